//! Process and Kernel's process functions.

use crate::children::{last_status, new_status, reap, wait_for_child};
use crate::command::{prepare, start};
use crate::errors::{check, raise_io};
use crate::io::{IoData, open_io};
use macros::ruby_methods;
use std::process::Stdio;
use std::time::Instant;
use vm::thread::{Wait, Watched};
use vm::{Block, Keywords, Pending, RArray, RResult, Value, Vm, sym};

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
    crate::limits::init(vm);
    vm.define_groups(&[Processes::GROUP, Commands::GROUP, Primitives::GROUP, crate::children::Statuses::GROUP, crate::limits::Limits::GROUP]);
    vm.define_global("$?", |vm, _| Ok(last_status(vm)), vm::global::read_only);
    vm.define_global("$$", |_, _| Ok(Value::small(i64::from(std::process::id()))), vm::global::read_only);
}

/// A standard stream was reopened: its descriptor number follows.
pub fn redirect_standard(vm: &mut Vm, number: i32, file: &std::fs::File) -> RResult<()> {
    check(vm, crate::sys::redirect(file, number), "")
}

/// What the standard streams have buffered is written before another process writes to them.
pub fn flush_standard(vm: &mut Vm) -> RResult<()> {
    for name in [sym::STDOUT_G, sym::STDERR_G] {
        let stream = vm.global_get(name)?;
        if let Some(data) = objects::RData::new(stream).and_then(|data| data.change::<IoData>(&mut vm.heap)) {
            let flushed = data.flush();
            check(vm, flushed, "")?;
        }
    }
    Ok(())
}

/// `IO.select` with what a scheduler says, if there is one that knows it.
pub fn select_by_scheduler(vm: &mut Vm, args: &[Value]) -> RResult<Option<Value>> {
    let Some(scheduler) = vm.current_scheduler()? else { return Ok(None) };
    let name = vm.intern("io_select");
    vm.call_if_responds(scheduler, name, args)
}

/// `IO.select`
pub fn select(vm: &mut Vm, [readers, writers, others]: [RArray; 3], wait: Option<f64>) -> RResult {
    let (ready_read, ready_write, exceptional) = (vm.new_array(), vm.new_array(), vm.new_array());
    let mut wanted = Vec::new();
    for (list, events) in [(readers, READABLE), (writers, WRITABLE), (others, URGENT)] {
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
        let lists = [(readers, ready_read), (writers, ready_write), (others, exceptional)];
        let all = lists.iter().flat_map(|&(list, ready)| list.as_slice(&vm.heap).iter().map(move |&io| (io, ready.value())));
        let all = vm.roots.root(all.collect::<Vec<_>>());
        for (&(io, ready), watched) in all.iter().zip(&wanted) {
            let counts = watched.ready != 0 && (watched.events != URGENT || watched.ready & URGENT != 0);
            if let Some(list) = RArray::new(ready).filter(|_| counts) {
                vm.push(list, io)?;
            }
        }
    }
    if ready_read.is_empty() && ready_write.is_empty() && exceptional.is_empty() {
        return Ok(Value::NIL);
    }
    Ok(vm.array(&[ready_read.value(), ready_write.value(), exceptional.value()]))
}

/// The IO of an object that is one or has `to_io`.
pub fn stream_of(vm: &mut Vm, object: Value) -> RResult {
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
/// poll(2): urgent data.
pub const URGENT: u16 = 2;
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
        let mut child = check(vm, start(&mut prepared), &prepared.shown)?;
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
        match start(&mut prepared) {
            Ok(child) => {
                let Some((pid, raw)) = wait_for_child(vm, child.id() as i32, 0)? else { return Ok(Value::NIL) };
                new_status(vm, pid, raw)?;
                let status: std::process::ExitStatus = std::os::unix::process::ExitStatusExt::from_raw(raw);
                if prepared.exception == Some(true) && !status.success() {
                    return Err(vm.runtime_error(&format!("Command failed with exit {}: {}", status.code().unwrap_or(-1), prepared.shown)));
                }
                Ok(Value::bool(status.success()))
            }
            Err(error) if prepared.exception == Some(true) => Err(raise_io(vm, &error, &prepared.shown)),
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
        let mut prepared = prepare(vm, args, keywords)?;
        prepared.refuse_exception(vm)?;
        flush_standard(vm)?;
        let error = crate::command::become_command(&mut prepared);
        Err(raise_io(vm, &error, &prepared.shown))
    }

    #[module_function("fork")]
    fn fork(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        fork_process(vm, block)
    }

    #[module_function("sleep")]
    fn sleep(vm: &mut Vm, _this: Value, seconds: Option<Value>) -> RResult<i64> {
        let start = Instant::now();
        if let Some(scheduler) = vm.current_scheduler()? {
            vm.send(scheduler, "kernel_sleep", seconds.as_slice())?;
            return Ok(start.elapsed().as_secs_f64().round() as i64);
        }
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
    prepared.refuse_exception(vm)?;
    flush_standard(vm)?;
    let started = start(&mut prepared);
    if started.is_err() {
        new_status(vm, 0, 127 << 8)?;
    }
    let child = check(vm, started, &prepared.shown)?;
    Ok(i64::from(child.id()))
}

/// Makes a copy of this process; 0 in the copy.
pub fn fork_self(vm: &mut Vm) -> RResult<i32> {
    vm.main_ractor_only("can not fork from non-main Ractors")?;
    flush_standard(vm)?;
    let pid = check(vm, crate::sys::fork(), "")?;
    if pid != 0 {
        return Ok(pid);
    }
    vm.after_fork();
    crate::signals::follow_main_thread(vm);
    if vm.has_ractors() {
        let ractor = vm.class_at("Ractor");
        vm.send(ractor, "__after_fork", &[])?;
    }
    Ok(0)
}

fn fork_process(vm: &mut Vm, block: Block) -> RResult {
    let process = vm.core.process;
    let pid = vm.send(process, "_fork", &[])?;
    if pid != Value::small(0) {
        return Ok(pid);
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
    if let Some(place) = vm.locations(0).iter().find(|location| location.native.is_none()).copied() {
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

    #[module_function("times")]
    fn times(vm: &mut Vm, _this: Value) -> RResult {
        let seconds = crate::sys::times().map(|seconds| vm.float(seconds));
        let class = vm.class_at("Process::Tms");
        vm.call(class, sym::NEW, &seconds)
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

    #[singleton("last_status")]
    fn last_status(vm: &mut Vm, _this: Value) -> Value {
        last_status(vm)
    }

    /// `Process.kill(signal, *pids)`
    #[module_function("kill")]
    fn kill(vm: &mut Vm, _this: Value, signal: Value, pids: &[Value]) -> RResult<i64> {
        let number = crate::signals::signal_to_send(vm, signal)?;
        for &pid in pids {
            let pid = vm.to_i64(pid)? as i32;
            // The own process: this thread, so that the handler has run when the signals are polled below.
            let own = number > 0 && pid == std::process::id() as i32;
            let sent = match own {
                true => crate::sys::signal_self(number as i32),
                // A signal below zero goes to the process's group.
                false if number < 0 => crate::sys::kill(-pid, -number as i32),
                false => crate::sys::kill(pid, number as i32),
            };
            check(vm, sent, "")?;
        }
        vm.poll_interrupts()?;
        Ok(pids.len() as i64)
    }

    #[singleton("spawn")]
    fn spawn(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords) -> RResult<i64> {
        spawn_process(vm, args, keywords)
    }

    #[singleton("exec")]
    fn exec(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords) -> RResult {
        Commands::exec(vm, this, args, keywords)
    }

    #[singleton("fork")]
    fn fork(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        fork_process(vm, block)
    }

    /// What `fork` calls, for programs that want to know of it.
    #[singleton("_fork")]
    fn raw_fork(vm: &mut Vm, _this: Value) -> RResult<i64> {
        fork_self(vm).map(i64::from)
    }

    /// The name that the script was started by, whatever `$0` is meanwhile.
    #[module_function("argv0")]
    fn started_as(vm: &mut Vm, _this: Value) -> RResult {
        let (process, name) = (vm.core.process, vm.intern("argv0 "));
        if let Some(known) = vm.hidden(process, name) {
            return Ok(known);
        }
        let program = vm.program.clone().unwrap_or_default();
        let text = vm.str(&program);
        vm.freeze(text);
        vm.set_hidden(process, name, text);
        Ok(text)
    }

    /// The program is ready for its work: what is left from its start is collected.
    #[module_function("warmup")]
    fn warmup(vm: &mut Vm, _this: Value) -> bool {
        vm.collect_garbage();
        true
    }
}
