//! Process and Kernel's process functions.

use crate::child_files::{descriptor, redirection, stream_number};
use crate::children::{last_status, new_status, reap, wait_for_child};
use crate::errors::{check, raise_io};
use crate::io::{IoData, Mode, open_io};
use macros::ruby_methods;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use vm::thread::{Wait, Watched};
use vm::{Block, Keywords, Pending, RArray, RHash, RResult, RString, Value, Vm, sym};

/// Constants, classes, `$?` and `$$`.
pub fn init(vm: &mut Vm) {
    let (process, object) = (vm.core.process, vm.core.object);
    for (name, value) in [("WNOHANG", libc::WNOHANG), ("WUNTRACED", libc::WUNTRACED)] {
        let name = vm.intern(name);
        vm.set_constant_raw(vm.class_view(process), name, Value::small(i64::from(value)));
    }
    let status = vm.define_class_under(process, "Status", object);
    vm.undefine_allocator(status);
    crate::clocks::init(vm);
    vm.define_groups(&[Processes::GROUP, Commands::GROUP, Primitives::GROUP, crate::children::Statuses::GROUP]);
    vm.define_global("$?", |vm, _| Ok(last_status(vm)), vm::global::read_only);
    vm.define_global("$$", |_, _| Ok(Value::small(i64::from(std::process::id()))), vm::global::read_only);
}

/// A standard stream was reopened: its descriptor number follows.
pub fn redirect_standard(vm: &mut Vm, number: i32, file: &std::fs::File) -> RResult<()> {
    check(vm, crate::sys::redirect(file, number), "")
}

fn flush_standard(vm: &mut Vm) -> RResult<()> {
    for name in [sym::STDOUT_G, sym::STDERR_G] {
        let stream = vm.global_get(name)?;
        if let Some(data) = objects::RData::new(stream).and_then(|data| data.change::<IoData>(&mut vm.heap)) {
            let flushed = data.flush();
            check(vm, flushed, "")?;
        }
    }
    Ok(())
}

/// A command with its environment and options.
struct Prepared {
    /// `[:child, :out]` for standard error: it goes where the child's standard output goes.
    merges_error: bool,
    command: Command,
    shown: String,
    exception: bool,
}

/// Reads `[env,] command... [, options]`.
fn prepare(vm: &mut Vm, args: &[Value], keywords: Keywords) -> RResult<Prepared> {
    let (environment, args) = match args.split_first() {
        Some((&first, rest)) if RHash::new(first).is_some() => (RHash::new(first), rest),
        _ => (None, args),
    };
    let (options, args) = match args.split_last() {
        Some((&last, rest)) if RHash::new(last).is_some() => (RHash::new(last), rest),
        _ => (keywords.hash(), args),
    };
    let Some((&first, rest)) = args.split_first() else { return Err(vm.argument_error("wrong number of arguments (given 0, expected 1+)")) };
    // A stream of the child itself exists only in the child: the shell connects it, then becomes the program.
    let child_stream = options.and_then(|options| child_redirection(vm, options));
    let start = |program: &OsStr| match child_stream {
        Some(text) => {
            let mut command = Command::new("/bin/sh");
            command.arg("-c").arg(format!("exec \"$0\" \"$@\" {text}")).arg(program);
            command
        }
        None => Command::new(program),
    };
    let mut command;
    let shown;
    if let Some(pair) = RArray::new(first) {
        let program = system_text(vm, pair.get(0).unwrap_or(Value::NIL))?;
        command = start(&program);
        shown = program.to_string_lossy().into_owned();
    } else {
        let text = system_text(vm, first)?;
        shown = text.to_string_lossy().into_owned();
        if rest.is_empty() && needs_shell(&shown) {
            command = start(OsStr::new("/bin/sh"));
            std::os::unix::process::CommandExt::arg0(&mut command, "sh");
            command.arg("-c").arg(&text);
        } else if rest.is_empty() {
            let mut words = text.as_bytes().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(OsStr::from_bytes);
            command = start(words.next().unwrap_or_default());
            command.args(words);
        } else {
            command = start(&text);
        }
    }
    for &argument in rest {
        let argument = system_text(vm, argument)?;
        command.arg(argument);
    }
    if let Some(environment) = environment {
        apply_environment(vm, environment, &mut command)?;
    }
    let exception = apply_options(vm, options, &mut command)?;
    let merges_error = options.is_some_and(|options| merges_error(vm, options));
    Ok(Prepared { merges_error, command, shown, exception })
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
fn start(command: &mut Command) -> std::io::Result<Child> {
    match command.spawn() {
        Err(error) if error.raw_os_error() == Some(libc::ENOEXEC) => {
            crate::sys::start_by_fork(command);
            command.spawn()
        }
        other => other,
    }
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

/// Does standard error follow the child's own standard output?
fn merges_error(vm: &mut Vm, options: RHash) -> bool {
    let (err, child, out) = (vm.symbol("err"), vm.symbol("child"), vm.symbol("out"));
    (0..options.table(&vm.heap).positions()).filter_map(|position| options.table(&vm.heap).entry(position)).any(|entry| {
        let target = RArray::new(entry.value).map(|pair| (pair.get(0), pair.get(1)));
        (entry.key == err || entry.key == Value::small(2))
            && matches!(target, Some((Some(first), Some(second))) if first == child && (second == out || second == Value::small(1)))
    })
}

/// `err: [:child, :out]` or the other way round, as the shell writes it.
fn child_redirection(vm: &Vm, options: RHash) -> Option<&'static str> {
    let named = |value: Value, name: &str| value.as_symbol().is_some_and(|symbol| vm.symbols.text(symbol) == name);
    for position in 0..options.table(&vm.heap).positions() {
        let Some(entry) = options.table(&vm.heap).entry(position) else { continue };
        let Some(pair) = RArray::new(entry.value).filter(|pair| pair.get(0).is_some_and(|first| named(first, "child"))) else { continue };
        let target = pair.get(1).unwrap_or(Value::NIL);
        let from_err = named(entry.key, "err") || entry.key == Value::small(2);
        if from_err && (named(target, "out") || target == Value::small(1)) {
            return Some("2>&1");
        }
        let from_out = named(entry.key, "out") || entry.key == Value::small(1);
        if from_out && (named(target, "err") || target == Value::small(2)) {
            return Some("1>&2");
        }
    }
    None
}

fn apply_environment(vm: &mut Vm, environment: RHash, command: &mut Command) -> RResult<()> {
    for position in 0..environment.table(&vm.heap).positions() {
        let Some(entry) = environment.table(&vm.heap).entry(position) else { continue };
        let name = system_text(vm, entry.key)?;
        if entry.value.is_nil() {
            command.env_remove(name);
        } else {
            let value = system_text(vm, entry.value)?;
            command.env(name, value);
        }
    }
    Ok(())
}

fn apply_options(vm: &mut Vm, options: Option<RHash>, command: &mut Command) -> RResult<bool> {
    let Some(options) = options else { return Ok(false) };
    let mut exception = false;
    let mut passed = Vec::new();
    for position in 0..options.table(&vm.heap).positions() {
        let Some(entry) = options.table(&vm.heap).entry(position) else { continue };
        let names = match RArray::new(entry.key) {
            Some(list) => vm.roots.values(list.as_slice(&vm.heap)),
            None => vm.roots.values(&[entry.key]),
        };
        let child = vm.intern("child");
        if RArray::new(entry.value).and_then(|pair| pair.get(0)) == Some(Value::symbol(child)) {
            continue;
        }
        for &key in names.iter() {
            let name = match key.as_symbol() {
                Some(symbol) => vm.symbols.text(symbol).into_owned(),
                None => format!("{}", stream_number(vm, key)?),
            };
            match name.as_str() {
                "out" | "1" => {
                    command.stdout(redirection(vm, entry.value, true)?);
                }
                "err" | "2" => {
                    command.stderr(redirection(vm, entry.value, true)?);
                }
                "in" | "0" => {
                    command.stdin(redirection(vm, entry.value, false)?);
                }
                "chdir" => {
                    let folder = vm.to_path(entry.value)?.to_text();
                    command.current_dir(folder);
                }
                "exception" => {
                    exception = match entry.value {
                        Value::TRUE => true,
                        Value::FALSE | Value::NIL => false,
                        other => {
                            let shown = vm.inspect_text(other)?;
                            return Err(vm.argument_error(&format!("expected true or false as exception: {shown}")));
                        }
                    }
                }
                "unsetenv_others" if entry.value.truthy() => {
                    command.env_clear();
                }
                _ => {
                    if let Ok(number) = name.parse::<i32>() {
                        passed.push((number, descriptor(vm, entry.value, true)?));
                    }
                }
            }
        }
    }
    crate::sys::pass_descriptors(command, passed);
    Ok(exception)
}

/// The IO of `IO.popen`.
pub fn open_command(vm: &mut Vm, args: &[Value], keywords: Keywords) -> RResult<IoData> {
    let mut args = vm.roots.values(args);
    let mut environment = None;
    if args.first().is_some_and(|&first| RHash::new(first).is_some()) {
        environment = Some(args.remove(0));
    }
    if args.is_empty() {
        return Err(vm.arity_error(0, 1, None));
    }
    let mode = args.get(1).copied().filter(|mode| RString::new(*mode).is_some());
    let how = crate::io::opening(vm, mode, None, Keywords::new(None))?;
    let given = args.last().and_then(|&last| RHash::new(last)).filter(|_| args.len() > 1);
    let keywords = match given {
        Some(options) if keywords.hash().is_none() => Keywords::new(Some(options)),
        _ => keywords,
    };
    let mut words = vm.roots.root(Vec::from_iter(environment));
    match RArray::new(args[0]) {
        Some(list) => words.extend(list.as_slice(&vm.heap).iter().copied()),
        None => words.push(args[0]),
    }
    words.extend(args.iter().copied().skip(1).find(|&value| RHash::new(value).is_some()));
    let mut prepared = prepare(vm, &words, keywords)?;
    flush_standard(vm)?;
    let mut merged = None;
    if how.mode.has(Mode::READ) {
        if prepared.merges_error {
            let (reader, writer) = check(vm, std::io::pipe(), "")?;
            let second = check(vm, writer.try_clone(), "")?;
            prepared.command.stdout(writer).stderr(second);
            merged = Some(reader);
        } else {
            prepared.command.stdout(Stdio::piped());
        }
    }
    if how.mode.has(Mode::WRITE) {
        prepared.command.stdin(Stdio::piped());
    }
    let mut child = check(vm, start(&mut prepared.command), &prepared.shown)?;
    // The command still holds the pipe's write ends; the reader would wait for them.
    drop(prepared);
    let mut data = IoData::new(None, how.mode, None);
    data.is_initialized = true;
    data.process = Some(child.id() as i32);
    data.sync = true;
    data.external = how.external;
    data.file = match merged {
        Some(reader) => Some(std::fs::File::from(std::os::fd::OwnedFd::from(reader))),
        None => child.stdout.take().map(|pipe| std::fs::File::from(std::os::fd::OwnedFd::from(pipe))),
    };
    data.write_file = child.stdin.take().map(|pipe| std::fs::File::from(std::os::fd::OwnedFd::from(pipe)));
    Ok(data)
}

/// `IO.select`
pub fn select(vm: &mut Vm, readers: RArray, writers: RArray, wait: Option<f64>) -> RResult {
    let (ready_read, ready_write, errors) = (vm.new_array(), vm.new_array(), vm.new_array());
    let mut wanted = Vec::new();
    for (list, events) in [(readers, READABLE), (writers, WRITABLE)] {
        for index in 0..list.len() {
            let io = list.get(index).unwrap_or(Value::NIL);
            let stream = stream_of(vm, io)?;
            let data = open_io(vm, stream)?;
            let ready = events == READABLE && !data.buffered().is_empty();
            wanted.push(Watched { number: data.descriptor(events == WRITABLE), events, ready: 0 });
            if ready {
                vm.push(ready_read, io)?;
            }
        }
    }
    if ready_read.is_empty() {
        let until = wait.map(crate::thread::after);
        vm.wait_for_descriptors(&mut wanted, until)?;
        let mut all = vm.roots.values(readers.as_slice(&vm.heap));
        all.extend(writers.as_slice(&vm.heap).iter().copied());
        for (index, &io) in all.iter().enumerate() {
            if wanted.get(index).is_some_and(|watched| watched.ready != 0) {
                let list = if index < readers.len() { ready_read } else { ready_write };
                vm.push(list, io)?;
            }
        }
    }
    if ready_read.is_empty() && ready_write.is_empty() {
        return Ok(Value::NIL);
    }
    Ok(vm.array(&[ready_read.value(), ready_write.value(), errors.value()]))
}

/// The IO of an object that is one or has `to_io`.
fn stream_of(vm: &mut Vm, object: Value) -> RResult {
    if vm.is_a(object, vm.core.io) {
        return Ok(object);
    }
    match vm.call_if_responds(object, vm::sym::TO_IO, &[])? {
        Some(io) if vm.is_a(io, vm.core.io) => Ok(io),
        _ => Err(vm.no_implicit_conversion(object, "IO")),
    }
}

/// poll(2): data to read, the end of the file, an error.
pub const READABLE: u16 = 1;
/// poll(2): room to write.
pub const WRITABLE: u16 = 4;

/// Kernel's functions.
pub struct Commands;

#[ruby_methods("Kernel")]
impl Commands {
    #[module_function("`")]
    fn backtick(vm: &mut Vm, _this: Value, command: Value) -> RResult {
        let mut prepared = prepare(vm, &[command], Keywords::new(None))?;
        flush_standard(vm)?;
        prepared.command.stdin(Stdio::inherit()).stderr(Stdio::inherit()).stdout(Stdio::piped());
        let mut child = check(vm, start(&mut prepared.command), &prepared.shown)?;
        let pid = child.id() as i32;
        let mut output = Vec::new();
        if let Some(mut pipe) = child.stdout.take() {
            let mut chunk = [0; 16 * 1024];
            loop {
                vm.wait_for_descriptor(std::os::fd::AsRawFd::as_raw_fd(&pipe), READABLE, None)?;
                match check(vm, std::io::Read::read(&mut pipe, &mut chunk), &prepared.shown)? {
                    0 => break,
                    count => output.extend_from_slice(&chunk[..count]),
                }
            }
        }
        reap(vm, pid)?;
        let encoding = vm.default_external();
        Ok(vm.string(&output, encoding))
    }

    #[module_function("system")]
    fn system(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords) -> RResult {
        let mut prepared = prepare(vm, args, keywords)?;
        flush_standard(vm)?;
        match start(&mut prepared.command) {
            Ok(child) => {
                let Some((pid, raw)) = wait_for_child(vm, child.id() as i32, 0)? else { return Ok(Value::NIL) };
                new_status(vm, pid, raw)?;
                let status: std::process::ExitStatus = std::os::unix::process::ExitStatusExt::from_raw(raw);
                if prepared.exception && !status.success() {
                    return Err(vm.runtime_error(&format!("Command failed with exit {}: {}", status.code().unwrap_or(-1), prepared.shown)));
                }
                Ok(Value::bool(status.success()))
            }
            Err(error) if prepared.exception => Err(raise_io(vm, &error, &prepared.shown)),
            Err(_) => {
                new_status(vm, 0, 127 << 8)?;
                Ok(Value::NIL)
            }
        }
    }

    #[module_function("spawn")]
    fn spawn(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords) -> RResult<i64> {
        spawn_process(vm, args, keywords)
    }

    #[module_function("exec")]
    fn exec(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords) -> RResult {
        use std::os::unix::process::CommandExt;
        let mut prepared = prepare(vm, args, keywords)?;
        flush_standard(vm)?;
        let error = prepared.command.exec();
        Err(raise_io(vm, &error, &prepared.shown))
    }

    #[module_function("fork")]
    fn fork(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        fork_process(vm, block)
    }

    #[module_function("sleep")]
    fn sleep(vm: &mut Vm, _this: Value, seconds: Option<Value>) -> RResult<i64> {
        let start = Instant::now();
        let wait = match seconds.filter(|seconds| !seconds.is_nil()) {
            Some(seconds) => Wait::Until(crate::thread::after(crate::thread::interval(vm, seconds)?)),
            None => Wait::Forever,
        };
        crate::thread::sleep_until_woken(vm, wait)?;
        Ok(start.elapsed().as_secs_f64().round() as i64)
    }
}

fn spawn_process(vm: &mut Vm, args: &[Value], keywords: Keywords) -> RResult<i64> {
    let mut prepared = prepare(vm, args, keywords)?;
    flush_standard(vm)?;
    let child = check(vm, start(&mut prepared.command), &prepared.shown)?;
    Ok(i64::from(child.id()))
}

fn fork_process(vm: &mut Vm, block: Block) -> RResult {
    vm.main_ractor_only("can not fork from non-main Ractors")?;
    flush_standard(vm)?;
    let pid = check(vm, crate::sys::fork(), "")?;
    if pid != 0 {
        return Ok(Value::small(i64::from(pid)));
    }
    vm.after_fork();
    crate::signals::follow_main_thread(vm);
    if vm.has_ractors() {
        let ractor = vm.class_at("Ractor");
        vm.send(ractor, "__after_fork", &[])?;
    }
    if !block.is_some() {
        return Ok(Value::NIL);
    }
    // The child ends here: what is around the block belongs to the parent.
    let failed = block.call(vm, &[]).is_err();
    let astray = failed && refuse_jump(vm);
    let code = vm.exit_hook.map_or(i32::from(failed), |hook| hook(vm, failed));
    std::process::exit(code.max(i32::from(astray)))
}

/// A child that wants to leave its block for a place of the parent's says so; was it one?
fn refuse_jump(vm: &mut Vm) -> bool {
    let way = match vm.pending {
        Pending::Break { .. } => "break",
        Pending::Return { .. } => "return",
        Pending::Throw { .. } => "throw",
        Pending::Exception(_) | Pending::Unwind(_) | Pending::Rerun | Pending::None => return false,
    };
    vm.pending = Pending::None;
    if let Some(place) = vm.locations(0).into_iter().find(|location| location.native.is_none()) {
        eprintln!("{}:{}:in 'fork': unexpected {way}", place.file(), place.line());
    }
    true
}

/// Operations of the library `etc`.
pub struct Primitives;

#[ruby_methods("Primitive")]
impl Primitives {
    /// Processors this process may run on.
    #[method("processors")]
    fn processors(_vm: &mut Vm, _this: Value) -> i64 {
        std::thread::available_parallelism().map_or(1, |count| count.get() as i64)
    }

    /// What `uname` tells: system, node, release, version, machine.
    #[method("system_names")]
    fn system_names(vm: &mut Vm, _this: Value) -> Value {
        let names = rustix::system::uname();
        let parts = [names.sysname(), names.nodename(), names.release(), names.version(), names.machine()];
        let texts = parts.map(|part| vm.str(&part.to_string_lossy()));
        vm.array(&texts)
    }
}

/// Process.
pub struct Processes;

#[ruby_methods("Process")]
impl Processes {
    /// Other words for `ps` than the command line, without a change of `$0`.
    #[module_function("setproctitle")]
    fn set_title(vm: &mut Vm, _this: Value, title: Value) -> RResult {
        let text = vm.to_str(title)?;
        crate::set_process_title(text.bytes());
        Ok(title)
    }

    #[module_function("pid")]
    fn pid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from(std::process::id())
    }

    #[module_function("ppid")]
    fn ppid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from(std::os::unix::process::parent_id())
    }

    #[module_function("uid", "euid")]
    fn uid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from(rustix::process::getuid().as_raw())
    }

    #[module_function("gid", "egid")]
    fn gid(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from(rustix::process::getgid().as_raw())
    }

    #[module_function("times")]
    fn times(vm: &mut Vm, _this: Value) -> RResult {
        let list = vm.new_array();
        for seconds in crate::sys::times() {
            let seconds = vm.float(seconds);
            vm.push(list, seconds)?;
        }
        Ok(list.value())
    }

    #[module_function("wait", "waitpid")]
    fn wait(vm: &mut Vm, _this: Value, pid: Option<i64>, flags: Option<i64>) -> RResult {
        match wait_for_child(vm, pid.unwrap_or(-1) as i32, flags.unwrap_or(0) as i32)? {
            Some((pid, status)) => {
                new_status(vm, pid, status)?;
                Ok(Value::small(i64::from(pid)))
            }
            None => Ok(Value::NIL),
        }
    }

    #[module_function("wait2", "waitpid2")]
    fn wait2(vm: &mut Vm, _this: Value, pid: Option<i64>, flags: Option<i64>) -> RResult {
        match wait_for_child(vm, pid.unwrap_or(-1) as i32, flags.unwrap_or(0) as i32)? {
            Some((pid, status)) => {
                let status = new_status(vm, pid, status)?;
                Ok(vm.array(&[Value::small(i64::from(pid)), status]))
            }
            None => Ok(Value::NIL),
        }
    }

    #[module_function("waitall")]
    fn waitall(vm: &mut Vm, _this: Value) -> RResult<RArray> {
        let list = vm.new_array();
        // The last round finds no child any more; an interrupt is no reason to stop without it.
        while crate::sys::has_children() {
            let Some((pid, status)) = wait_for_child(vm, -1, 0)? else { break };
            let status = new_status(vm, pid, status)?;
            let pair = vm.array(&[Value::small(i64::from(pid)), status]);
            vm.push(list, pair)?;
        }
        Ok(list)
    }

    #[module_function("last_status")]
    fn last_status(vm: &mut Vm, _this: Value) -> Value {
        last_status(vm)
    }

    /// `Process.kill(signal, *pids)`
    #[module_function("kill")]
    fn kill(vm: &mut Vm, _this: Value, signal: Value, pids: &[Value]) -> RResult<i64> {
        let number = crate::signals::signal_number(vm, signal)?;
        for &pid in pids {
            let pid = vm.to_i64(pid)? as i32;
            // The own process: this thread, so that the handler has run when the signals are polled below.
            let own = number != 0 && pid == std::process::id() as i32;
            let sent = if own { crate::sys::signal_self(number as i32) } else { crate::sys::kill(pid, number as i32) };
            check(vm, sent, "")?;
        }
        vm.poll_interrupts()?;
        Ok(pids.len() as i64)
    }

    #[module_function("spawn")]
    fn spawn(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords) -> RResult<i64> {
        spawn_process(vm, args, keywords)
    }

    #[module_function("fork")]
    fn fork(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        fork_process(vm, block)
    }
}
