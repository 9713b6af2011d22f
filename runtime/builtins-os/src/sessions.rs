//! Process groups, sessions and priorities; daemons.

use crate::errors::check;
use crate::process::fork_self;
use macros::ruby_methods;
use rustix::process::Pid;
use vm::{RResult, Value, Vm};

/// What a priority is of, as `Process::PRIO_` constants name it.
const PRIORITIES: &[(&str, i64)] = &[("PRIO_PROCESS", 0), ("PRIO_PGRP", 1), ("PRIO_USER", 2)];

/// Constants and methods.
pub fn init(vm: &mut Vm) {
    let process = vm.class_view(vm.core.process);
    for &(name, number) in PRIORITIES {
        let name = vm.intern(name);
        vm.set_constant_raw(process, name, Value::small(number));
    }
    vm.define_groups(&[Sessions::GROUP]);
}

/// The process of a number; None is the running one.
fn pid(number: i64) -> std::io::Result<Option<Pid>> {
    let no_process = || std::io::Error::from_raw_os_error(libc::ESRCH);
    match i32::try_from(number).map_err(|_| no_process())? {
        0 => Ok(None),
        number if number > 0 => Ok(Pid::from_raw(number)),
        _ => Err(no_process()),
    }
}

fn told(vm: &mut Vm, found: std::io::Result<Pid>) -> RResult<i64> {
    check(vm, found, "").map(|pid| i64::from(pid.as_raw_nonzero().get()))
}

/// Groups, sessions, priorities.
pub struct Sessions;

#[ruby_methods("Process")]
impl Sessions {
    #[module_function("getpgrp")]
    fn own_group(_vm: &mut Vm, _this: Value) -> i64 {
        i64::from(rustix::process::getpgrp().as_raw_nonzero().get())
    }

    #[module_function("setpgrp")]
    fn lead_group(vm: &mut Vm, _this: Value) -> RResult<i64> {
        let done = rustix::process::setpgid(None, None).map_err(std::io::Error::from);
        check(vm, done, "").map(|()| 0)
    }

    #[module_function("getpgid")]
    fn group(vm: &mut Vm, _this: Value, of: i64) -> RResult<i64> {
        let found = pid(of).and_then(|of| Ok(rustix::process::getpgid(of)?));
        told(vm, found)
    }

    #[module_function("setpgid")]
    fn set_group(vm: &mut Vm, _this: Value, of: i64, group: i64) -> RResult<i64> {
        let done = pid(of).and_then(|of| Ok(rustix::process::setpgid(of, pid(group)?)?));
        check(vm, done, "").map(|()| 0)
    }

    #[module_function("getsid")]
    fn session(vm: &mut Vm, _this: Value, of: Option<i64>) -> RResult<i64> {
        let found = pid(of.unwrap_or(0)).and_then(|of| Ok(rustix::process::getsid(of)?));
        told(vm, found)
    }

    #[module_function("setsid")]
    fn lead_session(vm: &mut Vm, _this: Value) -> RResult<i64> {
        let found = rustix::process::setsid().map_err(std::io::Error::from);
        told(vm, found)
    }

    #[module_function("getpriority")]
    fn priority(vm: &mut Vm, _this: Value, kind: i64, of: i64) -> RResult<i64> {
        let found = match kind {
            0 => pid(of).and_then(|of| Ok(rustix::process::getpriority_process(of)?)),
            1 => pid(of).and_then(|of| Ok(rustix::process::getpriority_pgrp(of)?)),
            2 => rustix::process::getpriority_user(user(of)).map_err(std::io::Error::from),
            _ => Err(std::io::Error::from_raw_os_error(libc::EINVAL)),
        };
        check(vm, found, "").map(i64::from)
    }

    #[module_function("setpriority")]
    fn set_priority(vm: &mut Vm, _this: Value, kind: i64, of: i64, priority: i64) -> RResult<i64> {
        let priority = priority.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        let done = match kind {
            0 => pid(of).and_then(|of| Ok(rustix::process::setpriority_process(of, priority)?)),
            1 => pid(of).and_then(|of| Ok(rustix::process::setpriority_pgrp(of, priority)?)),
            2 => rustix::process::setpriority_user(user(of), priority).map_err(std::io::Error::from),
            _ => Err(std::io::Error::from_raw_os_error(libc::EINVAL)),
        };
        check(vm, done, "").map(|()| 0)
    }

    /// `Process.daemon(nochdir = nil, noclose = nil)`
    #[module_function("daemon")]
    fn daemon(vm: &mut Vm, _this: Value, stay: Option<Value>, keep: Option<Value>) -> RResult<i64> {
        let stay = flag(vm, stay, "nochdir")?;
        let keep = flag(vm, keep, "noclose")?;
        leave_parent(vm)?;
        let session = rustix::process::setsid().map_err(std::io::Error::from);
        check(vm, session, "")?;
        // Who leads a session could get a terminal again.
        leave_parent(vm)?;
        if !stay {
            check(vm, std::env::set_current_dir("/"), "")?;
        }
        if !keep && let Ok(null) = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null") {
            for number in 0..=2 {
                check(vm, crate::sys::redirect(&null, number), "")?;
            }
        }
        Ok(0)
    }
}

fn user(number: i64) -> rustix::process::Uid {
    rustix::process::Uid::from_raw(number as u32)
}

/// Goes on in a child; the parent ends without its `at_exit` blocks.
fn leave_parent(vm: &mut Vm) -> RResult<()> {
    if fork_self(vm)? != 0 {
        crate::sys::end_now(0);
    }
    Ok(())
}

fn flag(vm: &mut Vm, given: Option<Value>, name: &str) -> RResult<bool> {
    match given.unwrap_or(Value::NIL) {
        Value::NIL | Value::FALSE => Ok(false),
        Value::TRUE => Ok(true),
        other => {
            let shown = vm.inspect_text(other)?;
            Err(vm.argument_error(&format!("expected true or false as {name}: {shown}")))
        }
    }
}
