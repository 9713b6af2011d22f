//! Commands that become processes: `[env,] command... [, options]` of spawn, system, exec and popen.

use crate::child_files::redirect;
use crate::errors::{check, raise_errno};
use crate::io::{IoData, Mode};
use crate::process::{flush_standard, fork_self};
use crate::sys::ChildSetup;
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use vm::{Block, Keywords, RArray, RHash, RResult, RString, Value, Vm};

/// A command with what its process is given.
pub struct Prepared {
    /// Program, arguments and environment.
    pub command: Command,
    /// What the process does to itself before.
    pub setup: ChildSetup,
    /// The command in messages.
    pub shown: String,
    /// `exception:` of `system`.
    pub exception: Option<bool>,
}

impl Prepared {
    /// Only `system` takes `exception:`.
    pub fn refuse_exception(&self, vm: &mut Vm) -> RResult<()> {
        if self.exception.is_some() { Err(vm.argument_error("exception option is not allowed")) } else { Ok(()) }
    }
}

/// Reads `[env,] command... [, options]`.
pub fn prepare(vm: &mut Vm, args: &[Value], keywords: Keywords) -> RResult<Prepared> {
    let mut words = vm.roots.values(args);
    let environment = match words.first() {
        Some(&first) => hash_of(vm, first)?,
        None => None,
    };
    if environment.is_some() {
        words.remove(0);
    }
    let mut options = keywords.hash();
    if let Some(&last) = words.last()
        && let Some(hash) = hash_of(vm, last)?
    {
        words.pop();
        options = Some(hash);
    }
    let (command, shown) = program(vm, &words)?;
    let mut prepared = Prepared { command, setup: ChildSetup::default(), shown, exception: None };
    if let Some(options) = options {
        apply_options(vm, options, &mut prepared, true)?;
    }
    if let Some(environment) = environment {
        apply_environment(vm, environment, &mut prepared.command)?;
    }
    Ok(prepared)
}

fn hash_of(vm: &mut Vm, value: Value) -> RResult<Option<RHash>> {
    if RHash::new(value).is_some() || RString::new(value).is_some() || RArray::new(value).is_some() {
        return Ok(RHash::new(value));
    }
    let name = vm.intern("to_hash");
    Ok(vm.call_if_responds(value, name, &[])?.and_then(RHash::new))
}

/// The program and its arguments: `[path, name]` and words, words, or one line.
fn program(vm: &mut Vm, words: &[Value]) -> RResult<(Command, String)> {
    let Some((&first, rest)) = words.split_first() else { return Err(vm.arity_error(0, 1, None)) };
    let mut command;
    let shown;
    let pair = if RString::new(first).is_some() { None } else { vm.try_to_ary(first)? };
    if let Some(pair) = pair {
        let (&[path, name], true) = (pair.as_slice(&vm.heap), pair.len() == 2) else { return Err(vm.argument_error("wrong first argument")) };
        let (path, name) = (system_text(vm, path)?, system_text(vm, name)?);
        command = Command::new(&path);
        command.arg0(name);
        shown = path.to_string_lossy().into_owned();
    } else {
        let text = system_text(vm, first)?;
        shown = text.to_string_lossy().into_owned();
        command = if rest.is_empty() { command_line(&text) } else { Command::new(&text) };
    }
    for &argument in rest {
        let argument = system_text(vm, argument)?;
        command.arg(argument);
    }
    Ok((command, shown))
}

/// A command line: words, or text for the shell.
fn command_line(text: &OsStr) -> Command {
    if needs_shell(&text.to_string_lossy()) {
        let mut command = Command::new("/bin/sh");
        command.arg0("sh").arg("-c").arg(text);
        return command;
    }
    let mut words = text.as_bytes().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(OsStr::from_bytes);
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// A String as the system is given it, byte by byte.
fn system_text(vm: &mut Vm, value: Value) -> RResult<OsString> {
    let text = vm.to_str(value)?;
    if text.bytes().contains(&0) {
        return Err(vm.argument_error("string contains null byte"));
    }
    Ok(OsString::from_vec(text.bytes().to_vec()))
}

/// Starts a command. A file without a first line that names its interpreter is a program of the shell's.
pub fn start(prepared: &mut Prepared) -> std::io::Result<Child> {
    crate::sys::prepare_child(&mut prepared.command, std::mem::take(&mut prepared.setup));
    match prepared.command.spawn() {
        Err(error) if error.raw_os_error() == Some(libc::ENOEXEC) => {
            crate::sys::start_by_fork(&mut prepared.command);
            prepared.command.spawn()
        }
        other => other.map_err(|error| not_found(&prepared.command, error)),
    }
}

/// What is no program is passed over where the program is looked for in PATH.
fn not_found(command: &Command, error: std::io::Error) -> std::io::Error {
    let is_looked_for = !command.get_program().as_bytes().contains(&b'/');
    if is_looked_for && error.raw_os_error() == Some(libc::EACCES) { std::io::Error::from_raw_os_error(libc::ENOENT) } else { error }
}

/// Puts the command in place of this process; returns when that fails.
pub fn become_command(prepared: &mut Prepared) -> std::io::Error {
    crate::sys::prepare_child(&mut prepared.command, std::mem::take(&mut prepared.setup));
    let error = prepared.command.exec();
    not_found(&prepared.command, error)
}

/// Words that only a shell understands.
const SHELL_WORDS: &[&str] = &[
    "!", ".", ":", "break", "case", "continue", "do", "done", "elif", "else", "esac", "eval", "exec", "exit", "export", "fi", "for", "if", "in",
    "readonly", "return", "set", "shift", "then", "times", "trap", "unset", "until", "while",
];

/// Does a command line need the shell, or is it words only?
fn needs_shell(text: &str) -> bool {
    let first = text.split_ascii_whitespace().next().unwrap_or("");
    text.contains(|c: char| "*?{}[]<>()~&|\\$;'`\"\n".contains(c))
        || first.contains('=')
        || first.starts_with('%')
        || text.split_ascii_whitespace().any(|word| word.starts_with('#'))
        || SHELL_WORDS.contains(&first)
}

fn apply_environment(vm: &mut Vm, environment: RHash, command: &mut Command) -> RResult<()> {
    for position in 0..environment.table(&vm.heap).positions() {
        let Some(entry) = environment.table(&vm.heap).entry(position) else { continue };
        let name = system_text(vm, entry.key)?;
        if name.as_bytes().contains(&b'=') {
            return Err(vm.argument_error(&format!("environment name contains a equal : {}", name.to_string_lossy())));
        }
        if entry.value.is_nil() {
            command.env_remove(name);
        } else {
            let value = system_text(vm, entry.value)?;
            command.env(name, value);
        }
    }
    Ok(())
}

/// Applies the options that are about the process; `strict` refuses all others.
fn apply_options(vm: &mut Vm, options: RHash, prepared: &mut Prepared, strict: bool) -> RResult<()> {
    for position in 0..options.table(&vm.heap).positions() {
        let Some(entry) = options.table(&vm.heap).entry(position) else { continue };
        if let Some(name) = entry.key.as_symbol() {
            let name = vm.symbols.text(name).into_owned();
            let known = matches!(name.as_str(), "in" | "out" | "err");
            if !known && (apply_option(vm, &name, entry.value, prepared)? || !strict) {
                continue;
            }
            if !known {
                return Err(vm.argument_error(&format!("wrong exec option symbol: {name}")));
            }
        }
        redirect(vm, entry.key, entry.value, &mut prepared.setup)?;
    }
    for &(number, source) in &prepared.setup.copied {
        let known = source <= 2 || prepared.setup.connected.iter().any(|&(connected, _)| connected == source);
        if !known && number != source {
            return Err(vm.argument_error(&format!("child fd {source} is not redirected")));
        }
    }
    Ok(())
}

/// Applies an option with a name; false when there is none of that name.
fn apply_option(vm: &mut Vm, name: &str, value: Value, prepared: &mut Prepared) -> RResult<bool> {
    match name {
        "chdir" => {
            let folder = vm.to_path(value)?.bytes().to_vec();
            let folder = OsString::from_vec(folder);
            if !std::path::Path::new(&folder).is_dir() {
                let missing = std::fs::metadata(&folder).err().and_then(|error| error.raw_os_error());
                return Err(raise_errno(vm, missing.unwrap_or(libc::ENOTDIR), &folder.to_string_lossy()));
            }
            prepared.command.current_dir(folder);
        }
        "umask" => prepared.setup.mask = Some(vm.to_i64(value)? as u32),
        "pgroup" => prepared.setup.group = process_group(vm, value)?,
        "unsetenv_others" => {
            if flag(vm, name, value)? {
                prepared.command.env_clear();
            }
        }
        "close_others" => prepared.setup.closes_others = flag(vm, name, value)?,
        "exception" => prepared.exception = Some(flag(vm, name, value)?),
        _ => {
            let Some(resource) = name.strip_prefix("rlimit_").and_then(crate::limits::resource_named) else { return Ok(false) };
            let (soft, hard) = crate::limits::limit_pair(vm, value)?;
            prepared.setup.limits.push((resource, soft, hard));
        }
    }
    Ok(true)
}

fn flag(vm: &mut Vm, name: &str, value: Value) -> RResult<bool> {
    match value {
        Value::TRUE => Ok(true),
        Value::FALSE | Value::NIL => Ok(false),
        other => {
            let shown = vm.inspect_text(other)?;
            Err(vm.argument_error(&format!("expected true or false as {name}: {shown}")))
        }
    }
}

/// `pgroup:`: a group of its own, another one, or this process's.
fn process_group(vm: &mut Vm, value: Value) -> RResult<Option<i32>> {
    match value {
        Value::NIL | Value::FALSE => Ok(None),
        Value::TRUE => Ok(Some(0)),
        _ => match vm.to_i64(value)? {
            group if group < 0 => Err(vm.argument_error(&format!("negative process group ID : {group}"))),
            group => Ok(Some(group as i32)),
        },
    }
}

/// The pipes between this process and the one of an `IO.popen`: what it reads and what it writes.
struct Pipes {
    /// Ends of the child for its standard input and output.
    child: [Option<OwnedFd>; 2],
    /// This process's ends: to write, to read.
    own: [Option<OwnedFd>; 2],
}

impl Pipes {
    fn new(vm: &mut Vm, mode: Mode) -> RResult<Pipes> {
        let mut pipes = Pipes { child: [None, None], own: [None, None] };
        if mode.has(Mode::WRITE) {
            let (reader, writer) = check(vm, std::io::pipe(), "")?;
            (pipes.child[0], pipes.own[0]) = (Some(reader.into()), Some(writer.into()));
        }
        if mode.has(Mode::READ) {
            let (reader, writer) = check(vm, std::io::pipe(), "")?;
            (pipes.child[1], pipes.own[1]) = (Some(writer.into()), Some(reader.into()));
        }
        Ok(pipes)
    }

    /// The IO over this process's ends.
    fn stream(self, how: &crate::io::Opening, pid: i32) -> IoData {
        let [writer, reader] = self.own;
        let mut data = how.stream(reader, None);
        data.is_initialized = true;
        data.process = Some(pid);
        data.sync = true;
        data.write_file = writer.map(std::fs::File::from);
        data
    }
}

/// The IO of `IO.popen`; None in the child of `IO.popen("-")`.
pub fn open_command(vm: &mut Vm, args: &[Value], keywords: Keywords) -> RResult<Option<IoData>> {
    let mut args = vm.roots.values(args);
    let mut words = vm.roots.values(&[]);
    if args.len() > 1
        && let Some(environment) = hash_of(vm, args[0])?
    {
        args.remove(0);
        words.push(environment.value());
    }
    let mut options = keywords.hash();
    if args.len() > 1
        && let Some(hash) = args.last().copied().and_then(RHash::new)
    {
        args.pop();
        options = Some(hash);
    }
    if args.is_empty() || args.len() > 2 {
        return Err(vm.arity_error(args.len(), 1, Some(2)));
    }
    let how = crate::io::opening(vm, args.get(1).copied(), None, Keywords::new(options))?;
    let command = args[0];
    match RArray::new(command) {
        Some(list) => words.extend(list.as_slice(&vm.heap).iter().copied()),
        None => words.push(vm.to_str(command)?.value()),
    }
    let forks = RString::new(command).is_some_and(|text| text.bytes() == b"-");
    let pipes = Pipes::new(vm, how.mode)?;
    if forks { fork_with(vm, pipes, &how) } else { start_with(vm, pipes, &how, &words, options).map(Some) }
}

/// `IO.popen("-")`: the child is a copy of this process.
fn fork_with(vm: &mut Vm, mut pipes: Pipes, how: &crate::io::Opening) -> RResult<Option<IoData>> {
    let pid = fork_self(vm)?;
    let child = std::mem::take(&mut pipes.child);
    if pid != 0 {
        drop(child);
        return Ok(Some(pipes.stream(how, pid)));
    }
    for (number, end) in child.into_iter().enumerate() {
        if let Some(end) = end {
            crate::io::replace_standard(vm, number, end.into())?;
        }
    }
    Ok(None)
}

fn start_with(vm: &mut Vm, mut pipes: Pipes, how: &crate::io::Opening, words: &[Value], options: Option<RHash>) -> RResult<IoData> {
    let mut prepared = prepare(vm, words, Keywords::NONE)?;
    for (number, end) in std::mem::take(&mut pipes.child).into_iter().enumerate() {
        if end.is_some() {
            prepared.setup.connected.push((number as i32, end));
        }
    }
    if let Some(options) = options {
        apply_options(vm, options, &mut prepared, false)?;
    }
    prepared.refuse_exception(vm)?;
    flush_standard(vm)?;
    let child = check(vm, start(&mut prepared), &prepared.shown)?;
    // The command still holds the pipe's write ends; the reader would wait for them.
    drop(prepared);
    Ok(pipes.stream(how, child.id() as i32))
}

/// The block of `IO.popen("-")` in the child, which ends with it.
pub fn run_in_child(vm: &mut Vm, block: Block) -> RResult {
    if !block.is_some() {
        return Ok(Value::NIL);
    }
    let failed = block.call(vm, &[Value::NIL]).is_err();
    let code = vm.exit_hook.map_or(0, |hook| hook(vm, failed));
    flush_standard(vm)?;
    std::process::exit(code)
}
