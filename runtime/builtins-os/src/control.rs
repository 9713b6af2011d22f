//! What programs ask or tell the system of a descriptor: `IO#fcntl`, `IO#advise`.

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

    /// `advise(advice, offset = 0, length = 0)`
    #[method("advise")]
    fn advise(vm: &mut Vm, this: Value, advice: Value, offset: Option<Value>, length: Option<Value>) -> RResult<()> {
        let Some(name) = advice.as_symbol() else { return Err(vm.wrong_type(advice, "Symbol")) };
        let mut numbers = [0, 0];
        for (number, given) in numbers.iter_mut().zip([offset, length]) {
            *number = given.filter(|given| !given.is_nil()).map_or(Ok(0), |given| vm.to_i64(given))?;
        }
        let name = vm.symbols.text(name).into_owned();
        open_io(vm, this)?;
        let Some(&(_, advice)) = ADVICE.iter().find(|row| row.0 == name) else {
            let (class, shown) = (vm.core.not_implemented_error, vm.inspect_text(advice)?);
            return Err(vm.raise(class, &format!("Unsupported advice: {shown}")));
        };
        let [offset, length] = numbers.map(|number| u64::try_from(number).unwrap_or(0));
        let data = open_io(vm, this)?;
        let told = data.file.as_ref().map(|file| rustix::fs::fadvise(file, offset, std::num::NonZeroU64::new(length), advice));
        check(vm, told.unwrap_or(Ok(())).map_err(std::io::Error::from), "")
    }
}

const ADVICE: &[(&str, rustix::fs::Advice)] = &[
    ("normal", rustix::fs::Advice::Normal),
    ("sequential", rustix::fs::Advice::Sequential),
    ("random", rustix::fs::Advice::Random),
    ("willneed", rustix::fs::Advice::WillNeed),
    ("dontneed", rustix::fs::Advice::DontNeed),
    ("noreuse", rustix::fs::Advice::NoReuse),
];

fn no_records(vm: &mut Vm) -> Raised {
    let class = vm.core.not_implemented_error;
    vm.raise(class, "IO#fcntl with a record as its argument")
}
