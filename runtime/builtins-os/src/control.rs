//! What programs ask the system of a descriptor (`IO#fcntl`) and of the process's groups.

use crate::errors::{check, raise_errno};
use crate::io::open_io;
use macros::ruby_methods;
use vm::{RResult, Raised, Value, Vm};

/// Commands of `fcntl` whose argument is a number.
const NUMBER_COMMANDS: &[i32] = &[
    libc::F_DUPFD,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_SETOWN,
    libc::F_GETOWN,
    libc::F_SETLEASE,
    libc::F_GETLEASE,
    libc::F_NOTIFY,
    libc::F_DUPFD_CLOEXEC,
    libc::F_SETPIPE_SZ,
    libc::F_GETPIPE_SZ,
    libc::F_ADD_SEALS,
    libc::F_GET_SEALS,
];

/// Commands that read or write a record behind a pointer.
const RECORD_COMMANDS: &[i32] = &[libc::F_GETLK, libc::F_SETLK, libc::F_SETLKW, libc::F_OFD_GETLK, libc::F_OFD_SETLK, libc::F_OFD_SETLKW];

/// `IO#fcntl`.
pub struct Control;

#[ruby_methods("IO")]
impl Control {
    /// `fcntl(command, argument = 0)`
    #[method("fcntl")]
    fn fcntl(vm: &mut Vm, this: Value, command: i64, argument: Option<Value>) -> RResult<i64> {
        let command = i32::try_from(command).unwrap_or(-1);
        let argument = match argument.unwrap_or(Value::NIL) {
            Value::NIL | Value::FALSE => 0,
            Value::TRUE => 1,
            text if vm::RString::new(text).is_some() => return Err(no_records(vm)),
            number => vm.to_i64(number)?,
        };
        let number = open_io(vm, this)?.fileno().unwrap_or(-1);
        if RECORD_COMMANDS.contains(&command) {
            return Err(no_records(vm));
        }
        if !NUMBER_COMMANDS.contains(&command) {
            return Err(raise_errno(vm, libc::EINVAL, ""));
        }
        let result = crate::sys::control(number, command, argument);
        check(vm, result, "").map(i64::from)
    }
}

fn no_records(vm: &mut Vm) -> Raised {
    let class = vm.core.not_implemented_error;
    vm.raise(class, "IO#fcntl with a record as its argument")
}

/// `Process.groups`.
pub struct Groups;

#[ruby_methods("Process")]
impl Groups {
    /// The supplementary groups.
    #[module_function("groups")]
    fn groups(vm: &mut Vm, _this: Value) -> RResult {
        let groups = rustix::process::getgroups().map_err(std::io::Error::from);
        let groups = check(vm, groups, "")?;
        let list = vm.new_array();
        for group in groups {
            vm.push(list, Value::small(i64::from(group.as_raw())))?;
        }
        Ok(list.value())
    }
}
