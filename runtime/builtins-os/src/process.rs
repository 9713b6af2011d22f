//! Process, Kernel's process functions, Signal.trap.

use crate::errors::{check, raise_errno, raise_io};
use crate::io::{IoData, Mode, open_io};
use macros::ruby_methods;
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use vm::{Block, Keywords, RArray, RHash, RResult, RString, Value, Vm, sym};

/// Constants, classes, `$?` and `$$`.
pub fn init(vm: &mut Vm) {
    let (process, object) = (vm.core.process, vm.core.object);
    for (name, value) in [
        ("CLOCK_REALTIME", libc::CLOCK_REALTIME), ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC), ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
        ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID), ("WNOHANG", libc::WNOHANG), ("WUNTRACED", libc::WUNTRACED),
    ] {
        let name = vm.intern(name);
        vm.set_constant_raw(vm.class_view(process), name, Value::small(i64::from(value)));
    }
    let status = vm.define_class_under(process, "Status", object);
    vm.undefine_allocator(status);
    vm.define_groups(&[Processes::GROUP, Commands::GROUP, Statuses::GROUP]);
    vm.define_global("$?", |vm, _| Ok(vm.extension::<LastStatus>().0.unwrap_or(Value::NIL)), vm::global::read_only);
    vm.define_global("$$", |_, _| Ok(Value::small(i64::from(std::process::id()))), vm::global::read_only);
}

/// `$?`
#[derive(Default)]
struct LastStatus(Option<Value>);

impl vm::vm::Extension for LastStatus {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        if let Some(status) = self.0 {
            tracer.value(status);
        }
    }
}

fn new_status(vm: &mut Vm, pid: i32, status: i32) -> RResult {
    let class = vm.class_at("Process::Status");
    let class = vm.class_view(class);
    let instances = vm.instance_shape(class);
    let made = objects::object::allocate(&mut vm.heap, instances.shape, instances.inline).ok_or_else(|| vm.no_memory())?;
    vm.set_hidden(made, sym::H_VALUE, Value::small(i64::from(pid)));
    vm.set_hidden(made, sym::H_STATUS, Value::small(i64::from(status)));
    vm.extension::<LastStatus>().0 = Some(made);
    Ok(made)
}

/// Waits for a child and sets `$?`.
pub fn reap(vm: &mut Vm, pid: i32) -> RResult<()> {
    if let Some((pid, status)) = check(vm, crate::sys::wait(pid, 0), "")? {
        new_status(vm, pid, status)?;
    }
    Ok(())
}

/// A standard stream was reopened: its descriptor number follows.
pub fn redirect_standard(vm: &mut Vm, number: i32, file: &std::fs::File) -> RResult<()> {
    check(vm, crate::sys::redirect(file, number), "")
}

fn flush_standard(vm: &mut Vm) -> RResult<()> {
    for name in [sym::STDOUT_G, sym::STDERR_G] {
        let stream = vm.global_get(name)?;
        if let Some(data) = objects::RData::new(stream).and_then(|data| data.get_static::<IoData>()) {
            let flushed = data.flush();
            check(vm, flushed, "")?;
        }
    }
    Ok(())
}

/// A command with its environment and options.
struct Prepared {
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
    let start = |program: &str| match child_stream {
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
        let program = vm.to_str(pair.get(0).unwrap_or(Value::NIL))?.to_text();
        command = start(&program);
        shown = program;
    } else {
        let text = vm.to_str(first)?.to_text();
        if text.contains('\0') {
            return Err(vm.argument_error("string contains null byte"));
        }
        let special = rest.is_empty() && text.contains(|c: char| "*?{}[]<>()~&|\\$;'`\"\n#=%".contains(c) || c.is_whitespace());
        if special {
            command = start("/bin/sh");
            command.arg("-c").arg(&text);
        } else {
            command = start(&text);
        }
        shown = text;
    }
    for &argument in rest {
        let argument = vm.to_str(argument)?.to_text();
        command.arg(argument);
    }
    if let Some(environment) = environment {
        apply_environment(vm, environment, &mut command)?;
    }
    let exception = apply_options(vm, options, &mut command)?;
    Ok(Prepared { command, shown, exception })
}

/// `err: [:child, :out]` or the other way round, as the shell writes it.
fn child_redirection(vm: &Vm, options: RHash) -> Option<&'static str> {
    let named = |value: Value, name: &str| value.as_symbol().is_some_and(|symbol| vm.symbols.text(symbol) == name);
    for position in 0..options.table().positions() {
        let Some(entry) = options.table().entry(position) else { continue };
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
    for position in 0..environment.table().positions() {
        let Some(entry) = environment.table().entry(position) else { continue };
        let name = vm.to_str(entry.key)?.to_text();
        if entry.value.is_nil() {
            command.env_remove(name);
        } else {
            let value = vm.to_str(entry.value)?.to_text();
            command.env(name, value);
        }
    }
    Ok(())
}

fn apply_options(vm: &mut Vm, options: Option<RHash>, command: &mut Command) -> RResult<bool> {
    let Some(options) = options else { return Ok(false) };
    let mut exception = false;
    for position in 0..options.table().positions() {
        let Some(entry) = options.table().entry(position) else { continue };
        let names = match RArray::new(entry.key) {
            Some(list) => list.as_slice().to_vec(),
            None => vec![entry.key],
        };
        let child = vm.intern("child");
        if RArray::new(entry.value).and_then(|pair| pair.get(0)) == Some(Value::symbol(child)) {
            continue;
        }
        for key in names {
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
                "exception" => exception = entry.value.truthy(),
                "unsetenv_others" if entry.value.truthy() => {
                    command.env_clear();
                }
                _ => {}
            }
        }
    }
    Ok(exception)
}

fn stream_number(vm: &mut Vm, key: Value) -> RResult<i64> {
    match key.as_fixnum() {
        Some(number) => Ok(number),
        None => Ok(i64::from(open_io(vm, key)?.fileno().unwrap_or(-1))),
    }
}

fn redirection(vm: &mut Vm, target: Value, writing: bool) -> RResult<Stdio> {
    if let Some(symbol) = target.as_symbol() {
        let name = vm.symbols.text(symbol).into_owned();
        return match name.as_str() {
            "close" => Ok(Stdio::null()),
            "out" => standard(vm, 1),
            "err" => standard(vm, 2),
            _ => Err(vm.argument_error(&format!("wrong exec redirect symbol: {name}"))),
        };
    }
    if let Some(number) = target.as_fixnum() {
        return standard(vm, number);
    }
    let (path, mode) = match RArray::new(target) {
        Some(pair) if pair.get(0).and_then(Value::as_symbol).is_some() => return redirection(vm, pair.get(1).unwrap_or(Value::NIL), writing),
        Some(pair) => (pair.get(0).unwrap_or(Value::NIL), pair.get(1)),
        None => (target, None),
    };
    if RString::new(path).is_none() {
        let data = open_io(vm, path)?;
        let flushed = data.flush();
        check(vm, flushed, "")?;
        let copy = data.file.as_ref().or(data.write_file.as_ref()).map(std::fs::File::try_clone);
        return match copy {
            Some(copy) => Ok(check(vm, copy, "")?.into()),
            None => Err(raise_errno(vm, libc::EBADF, "")),
        };
    }
    let mode = match mode {
        Some(mode) => mode,
        None => vm.str(if writing { "w" } else { "r" }),
    };
    let how = crate::io::opening(vm, Some(mode), None, Keywords::new(None))?;
    let path = vm.to_path(path)?.to_text();
    let mut data = how.open(vm, &path)?;
    Ok(data.file.take().expect("just opened").into())
}

fn standard(vm: &mut Vm, number: i64) -> RResult<Stdio> {
    let copy = match number {
        0 => std::io::stdin().as_fd().try_clone_to_owned(),
        1 => std::io::stdout().as_fd().try_clone_to_owned(),
        2 => std::io::stderr().as_fd().try_clone_to_owned(),
        _ => return Err(raise_errno(vm, libc::EBADF, "")),
    };
    Ok(check(vm, copy, "")?.into())
}

/// The IO of `IO.popen`.
pub fn open_command(vm: &mut Vm, args: &[Value], keywords: Keywords) -> RResult<IoData> {
    let mut args = args.to_vec();
    let mut environment = None;
    if args.first().is_some_and(|&first| RHash::new(first).is_some()) {
        environment = Some(args.remove(0));
    }
    if args.is_empty() {
        return Err(vm.arity_error(0, 1, None));
    }
    let mode = args.get(1).copied().filter(|mode| RString::new(*mode).is_some());
    let how = crate::io::opening(vm, mode, None, Keywords::new(None))?;
    let mut words: Vec<Value> = environment.into_iter().collect();
    match RArray::new(args[0]) {
        Some(list) => words.extend_from_slice(list.as_slice()),
        None => words.push(args[0]),
    }
    words.extend(args.iter().skip(1).find(|&&value| RHash::new(value).is_some()));
    let mut prepared = prepare(vm, &words, keywords)?;
    flush_standard(vm)?;
    if how.mode.has(Mode::READ) {
        prepared.command.stdout(Stdio::piped());
    }
    if how.mode.has(Mode::WRITE) {
        prepared.command.stdin(Stdio::piped());
    }
    let mut child = check(vm, prepared.command.spawn(), &prepared.shown)?;
    let mut data = IoData::new(None, how.mode, None);
    data.is_initialized = true;
    data.process = Some(child.id() as i32);
    data.sync = true;
    data.external = how.external;
    data.file = child.stdout.take().map(|pipe| std::fs::File::from(std::os::fd::OwnedFd::from(pipe)));
    data.write_file = child.stdin.take().map(|pipe| std::fs::File::from(std::os::fd::OwnedFd::from(pipe)));
    Ok(data)
}

/// `IO.select`
pub fn select(vm: &mut Vm, readers: RArray, writers: RArray, wait: Option<f64>) -> RResult {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let (ready_read, ready_write, errors) = (vm.new_array(), vm.new_array(), vm.new_array());
    for index in 0..readers.len() {
        let io = readers.get(index).unwrap_or(Value::NIL);
        if !open_io(vm, io)?.buffered().is_empty() {
            vm.push(ready_read, io)?;
        }
    }
    if ready_read.is_empty() {
        let mut files = Vec::new();
        for (list, flags) in [(readers, PollFlags::IN), (writers, PollFlags::OUT)] {
            for index in 0..list.len() {
                let data = open_io(vm, list.get(index).unwrap_or(Value::NIL))?;
                if let Some(file) = data.file.as_ref().or(data.write_file.as_ref()) {
                    files.push((file, flags));
                }
            }
        }
        let mut polled: Vec<PollFd<'_>> = files.iter().map(|(file, flags)| PollFd::new(*file, *flags)).collect();
        let timeout = wait.map(|seconds| Timespec { tv_sec: seconds as i64, tv_nsec: (seconds.fract() * 1e9) as i64 });
        check(vm, poll(&mut polled, timeout.as_ref()).map_err(std::io::Error::from), "")?;
        let ready: Vec<bool> = polled.iter().map(|entry| !entry.revents().is_empty()).collect();
        let all: Vec<Value> = readers.as_slice().iter().chain(writers.as_slice()).copied().collect();
        for (index, &io) in all.iter().enumerate() {
            if ready.get(index) == Some(&true) {
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

/// Kernel's functions.
pub struct Commands;

#[ruby_methods("Kernel")]
impl Commands {
    #[module_function("`")]
    fn backtick(vm: &mut Vm, _this: Value, command: Value) -> RResult {
        let mut prepared = prepare(vm, &[command], Keywords::new(None))?;
        flush_standard(vm)?;
        prepared.command.stdin(Stdio::inherit()).stderr(Stdio::inherit()).stdout(Stdio::piped());
        let child = check(vm, prepared.command.spawn(), &prepared.shown)?;
        let pid = child.id() as i32;
        let output = check(vm, child.wait_with_output(), &prepared.shown)?;
        new_status(vm, pid, std::os::unix::process::ExitStatusExt::into_raw(output.status))?;
        Ok(vm.string_from_bytes(&output.stdout))
    }

    #[module_function("system")]
    fn system(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords) -> RResult {
        let mut prepared = prepare(vm, args, keywords)?;
        flush_standard(vm)?;
        match prepared.command.spawn() {
            Ok(mut child) => {
                let pid = child.id() as i32;
                let status = check(vm, child.wait(), "")?;
                new_status(vm, pid, std::os::unix::process::ExitStatusExt::into_raw(status))?;
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
        let start = std::time::Instant::now();
        let wanted = match seconds.filter(|seconds| !seconds.is_nil()) {
            Some(seconds) => {
                if RString::new(seconds).is_some() {
                    let name = vm.class_name_of(seconds);
                    return Err(vm.type_error(&format!("can't convert {name} into time interval")));
                }
                let seconds = vm.to_f64(seconds)?;
                if seconds < 0.0 {
                    return Err(vm.argument_error("time interval must not be negative"));
                }
                seconds
            }
            None => f64::INFINITY,
        };
        loop {
            vm.poll_interrupts()?;
            let rest = wanted - start.elapsed().as_secs_f64();
            if rest <= 0.0 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_secs_f64(rest.min(0.05)));
        }
        Ok(start.elapsed().as_secs_f64().round() as i64)
    }
}

fn spawn_process(vm: &mut Vm, args: &[Value], keywords: Keywords) -> RResult<i64> {
    let mut prepared = prepare(vm, args, keywords)?;
    flush_standard(vm)?;
    let child = check(vm, prepared.command.spawn(), &prepared.shown)?;
    Ok(i64::from(child.id()))
}

fn fork_process(vm: &mut Vm, block: Block) -> RResult {
    flush_standard(vm)?;
    let pid = check(vm, crate::sys::fork(), "")?;
    if pid != 0 {
        return Ok(Value::small(i64::from(pid)));
    }
    if !block.is_some() {
        return Ok(Value::NIL);
    }
    block.call(vm, &[])?;
    let main = vm.main;
    vm.send(main, "exit", &[Value::small(0)])
}

/// Process.
pub struct Processes;

#[ruby_methods("Process")]
impl Processes {
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

    #[module_function("clock_gettime")]
    fn clock_gettime(vm: &mut Vm, _this: Value, clock: i64, unit: Option<Value>) -> RResult {
        let (seconds, nanoseconds) = check(vm, crate::sys::clock(clock as i32), "clock_gettime")?;
        let name = match unit.and_then(Value::as_symbol) {
            Some(symbol) => vm.symbols.text(symbol).into_owned(),
            None => "float_second".to_string(),
        };
        let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
        let float = seconds as f64 + nanoseconds as f64 / 1e9;
        Ok(match name.as_str() {
            "float_second" => vm.float(float),
            "float_millisecond" => vm.float(total as f64 / 1e6),
            "float_microsecond" => vm.float(total as f64 / 1e3),
            "second" => vm.int(seconds),
            "millisecond" => vm.int((total / 1_000_000) as i64),
            "microsecond" => vm.int((total / 1_000) as i64),
            "nanosecond" => vm.int(total as i64),
            _ => return Err(vm.argument_error(&format!("unexpected unit: {name}"))),
        })
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
        match check(vm, crate::sys::wait(pid.unwrap_or(-1) as i32, flags.unwrap_or(0) as i32), "")? {
            Some((pid, status)) => {
                new_status(vm, pid, status)?;
                Ok(Value::small(i64::from(pid)))
            }
            None => Ok(Value::NIL),
        }
    }

    #[module_function("wait2", "waitpid2")]
    fn wait2(vm: &mut Vm, _this: Value, pid: Option<i64>, flags: Option<i64>) -> RResult {
        match check(vm, crate::sys::wait(pid.unwrap_or(-1) as i32, flags.unwrap_or(0) as i32), "")? {
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
        while let Ok(Some((pid, status))) = crate::sys::wait(-1, 0) {
            let status = new_status(vm, pid, status)?;
            let pair = vm.array(&[Value::small(i64::from(pid)), status]);
            vm.push(list, pair)?;
        }
        Ok(list)
    }

    #[module_function("detach")]
    fn detach(vm: &mut Vm, _this: Value, _pid: i64) -> RResult {
        Err(vm.not_implemented("Process.detach"))
    }

    #[module_function("last_status")]
    fn last_status(vm: &mut Vm, _this: Value) -> Value {
        vm.extension::<LastStatus>().0.unwrap_or(Value::NIL)
    }

    /// `Process.kill(signal, *pids)`
    #[module_function("kill")]
    fn kill(vm: &mut Vm, _this: Value, signal: Value, pids: &[Value]) -> RResult<i64> {
        let number = crate::signals::signal_number(vm, signal)?;
        for &pid in pids {
            let pid = vm.to_i64(pid)? as i32;
            check(vm, crate::sys::kill(pid, number as i32), "")?;
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

    #[module_function("exit!")]
    fn exit_now(_vm: &mut Vm, _this: Value, status: Option<Value>) -> Value {
        let code = match status {
            None | Some(Value::FALSE) => 1,
            Some(Value::TRUE) => 0,
            Some(value) => value.as_fixnum().unwrap_or(1) as i32,
        };
        std::process::exit(if status.is_none() { 0 } else { code })
    }
}

/// Process::Status.
pub struct Statuses;

fn raw_status(vm: &Vm, this: Value) -> i32 {
    vm.hidden(this, sym::H_STATUS).and_then(Value::as_fixnum).unwrap_or(0) as i32
}

#[ruby_methods("Process::Status")]
impl Statuses {
    #[method("pid")]
    fn pid(vm: &mut Vm, this: Value) -> Value {
        vm.hidden(this, sym::H_VALUE).unwrap_or(Value::NIL)
    }

    #[method("to_i")]
    fn to_i(vm: &mut Vm, this: Value) -> i64 {
        i64::from(raw_status(vm, this))
    }

    #[method("exited?")]
    fn exited(vm: &mut Vm, this: Value) -> bool {
        libc::WIFEXITED(raw_status(vm, this))
    }

    #[method("exitstatus")]
    fn exitstatus(vm: &mut Vm, this: Value) -> Value {
        let status = raw_status(vm, this);
        if libc::WIFEXITED(status) { Value::small(i64::from(libc::WEXITSTATUS(status))) } else { Value::NIL }
    }

    #[method("success?")]
    fn success(vm: &mut Vm, this: Value) -> Value {
        let status = raw_status(vm, this);
        if libc::WIFEXITED(status) { Value::bool(libc::WEXITSTATUS(status) == 0) } else { Value::NIL }
    }

    #[method("signaled?")]
    fn signaled(vm: &mut Vm, this: Value) -> bool {
        libc::WIFSIGNALED(raw_status(vm, this))
    }

    #[method("termsig")]
    fn termsig(vm: &mut Vm, this: Value) -> Value {
        let status = raw_status(vm, this);
        if libc::WIFSIGNALED(status) { Value::small(i64::from(libc::WTERMSIG(status))) } else { Value::NIL }
    }

    #[method("stopped?")]
    fn stopped(vm: &mut Vm, this: Value) -> bool {
        libc::WIFSTOPPED(raw_status(vm, this))
    }

    #[method("coredump?")]
    fn coredump(vm: &mut Vm, this: Value) -> bool {
        libc::WCOREDUMP(raw_status(vm, this))
    }

    #[method("==")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> bool {
        let own = raw_status(vm, this);
        match other.as_fixnum() {
            Some(number) => number == i64::from(own),
            None => vm.hidden(other, sym::H_STATUS) == Some(Value::small(i64::from(own))),
        }
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> String {
        describe(vm, this)
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> String {
        format!("#<Process::Status: {}>", describe(vm, this))
    }
}

fn describe(vm: &Vm, this: Value) -> String {
    let pid = vm.hidden(this, sym::H_VALUE).and_then(Value::as_fixnum).unwrap_or(0);
    let status = raw_status(vm, this);
    if libc::WIFSIGNALED(status) {
        let number = i64::from(libc::WTERMSIG(status));
        let name = vm::signal_names::SIGNALS.iter().find(|row| row.1 == number).map_or("", |row| row.0);
        return format!("pid {pid} SIG{name} (signal {number})");
    }
    format!("pid {pid} exit {}", libc::WEXITSTATUS(status))
}
