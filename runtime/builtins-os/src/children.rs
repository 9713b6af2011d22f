//! Child processes: waiting for them, `$?`, Process::Status.

use crate::errors::check;
use crate::process::READABLE;
use macros::ruby_methods;
use std::time::{Duration, Instant};
use vm::thread::Wait;
use vm::{RResult, Value, Vm, sym};

/// `$?` of the running thread.
pub fn last_status(vm: &mut Vm) -> Value {
    vm.thread_change(vm.current_thread()).map_or(Value::NIL, |data| data.last_status)
}

/// A Process::Status, which becomes `$?`.
pub fn new_status(vm: &mut Vm, pid: i32, status: i32) -> RResult {
    let made = status_of(vm, pid, status)?;
    if let Some(data) = vm.thread_change(vm.current_thread()) {
        data.last_status = made;
    }
    Ok(made)
}

fn status_of(vm: &mut Vm, pid: i32, status: i32) -> RResult {
    let class = vm.class_at("Process::Status");
    let class = vm.class_view(class);
    let instances = vm.instance_shape(class);
    let made = objects::object::allocate(&mut vm.heap, instances.shape, instances.inline).ok_or_else(|| vm.no_memory())?;
    vm.set_hidden(made, sym::H_VALUE, Value::small(i64::from(pid)));
    vm.set_hidden(made, sym::H_STATUS, Value::small(i64::from(status)));
    Ok(made)
}

/// Waits for a child and sets `$?`: to nil when somebody else has waited for it.
pub fn reap(vm: &mut Vm, pid: i32) -> RResult<()> {
    match wait_on(vm, pid, 0)? {
        Err(error) if error.raw_os_error() == Some(libc::ECHILD) => {
            if let Some(data) = vm.thread_change(vm.current_thread()) {
                data.last_status = Value::NIL;
            }
        }
        result => {
            if let Some((pid, status)) = check(vm, result, "")? {
                new_status(vm, pid, status)?;
            }
        }
    }
    Ok(())
}

/// `waitpid` that lets other threads run and can be interrupted.
pub fn wait_for_child(vm: &mut Vm, pid: i32, flags: i32) -> RResult<Option<(i32, i32)>> {
    if let Some(status) = wait_by_scheduler(vm, pid, flags)? {
        return Ok(status);
    }
    let result = wait_on(vm, pid, flags)?;
    check(vm, result, "")
}

/// What the running fiber's scheduler says, if it waits for children: process and status, or none.
fn wait_by_scheduler(vm: &mut Vm, pid: i32, flags: i32) -> RResult<Option<Option<(i32, i32)>>> {
    let Some(scheduler) = vm.current_scheduler()? else { return Ok(None) };
    let name = vm.intern("process_wait");
    let args = [Value::small(i64::from(pid)), Value::small(i64::from(flags))];
    let Some(status) = vm.call_if_responds(scheduler, name, &args)? else { return Ok(None) };
    if status.is_nil() {
        return Ok(Some(None));
    }
    let pid = vm.send(status, "pid", &[])?;
    Ok(Some(Some((vm.to_i32(pid)?, raw_status(vm, status)))))
}

fn wait_on(vm: &mut Vm, pid: i32, flags: i32) -> RResult<std::io::Result<Option<(i32, i32)>>> {
    let ended = if pid > 0 && flags & libc::WNOHANG == 0 { crate::sys::child_descriptor(pid) } else { None };
    let ended = ended.map(std::fs::File::from);
    let result = wait_until(vm, pid, flags, ended.as_ref());
    // A program that goes through the numbers in /proc/self/fd may have closed it.
    let _ = crate::io::release(ended);
    result
}

fn wait_until(vm: &mut Vm, pid: i32, flags: i32, ended: Option<&std::fs::File>) -> RResult<std::io::Result<Option<(i32, i32)>>> {
    let mut pause = 1;
    loop {
        match crate::sys::wait(pid, flags | libc::WNOHANG) {
            Ok(None) if flags & libc::WNOHANG == 0 => {}
            result => return Ok(result),
        }
        match ended {
            Some(ended) if flags & libc::WUNTRACED == 0 => {
                vm.wait_for_descriptor(std::os::fd::AsRawFd::as_raw_fd(ended), READABLE, None)?;
            }
            _ => {
                vm.wait(Wait::Until(Instant::now() + Duration::from_millis(pause)))?;
                pause = (pause * 2).min(20);
            }
        }
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

    #[method("stopsig")]
    fn stopsig(vm: &mut Vm, this: Value) -> Value {
        let status = raw_status(vm, this);
        if libc::WIFSTOPPED(status) { Value::small(i64::from(libc::WSTOPSIG(status))) } else { Value::NIL }
    }

    /// Waits as `Process.wait` does, for the status itself, and leaves `$?` alone.
    #[singleton("wait")]
    fn wait(vm: &mut Vm, _this: Value, pid: Option<i64>, flags: Option<i64>) -> RResult {
        match wait_on(vm, pid.unwrap_or(-1) as i32, flags.unwrap_or(0) as i32)? {
            Ok(Some((pid, status))) => status_of(vm, pid, status),
            Ok(None) => Ok(Value::NIL),
            Err(_) => status_of(vm, -1, 0),
        }
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
