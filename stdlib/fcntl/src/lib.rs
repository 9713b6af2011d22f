//! Fcntl: the numbers that `IO#fcntl` and the opening of files take; and `io/nonblock`, one flag of them as methods.
//!
//! Source: CRuby `ext/fcntl` 1.3.0 (which names there are), the system's headers through `libc`.
#![forbid(unsafe_code)]

mod nonblock;

use libc::c_int;
use vm::{RResult, Vm};

const NUMBERS: [(&str, c_int); 25] = [
    ("F_DUPFD", libc::F_DUPFD),
    ("F_GETFD", libc::F_GETFD),
    ("F_GETLK", libc::F_GETLK),
    ("F_SETFD", libc::F_SETFD),
    ("F_GETFL", libc::F_GETFL),
    ("F_SETFL", libc::F_SETFL),
    ("F_SETLK", libc::F_SETLK),
    ("F_SETLKW", libc::F_SETLKW),
    ("FD_CLOEXEC", libc::FD_CLOEXEC),
    ("F_UNLCK", libc::F_UNLCK as c_int),
    ("F_RDLCK", libc::F_RDLCK as c_int),
    ("F_WRLCK", libc::F_WRLCK as c_int),
    ("F_SETPIPE_SZ", libc::F_SETPIPE_SZ),
    ("F_GETPIPE_SZ", libc::F_GETPIPE_SZ),
    ("O_CREAT", libc::O_CREAT),
    ("O_EXCL", libc::O_EXCL),
    ("O_NOCTTY", libc::O_NOCTTY),
    ("O_TRUNC", libc::O_TRUNC),
    ("O_APPEND", libc::O_APPEND),
    ("O_NONBLOCK", libc::O_NONBLOCK),
    ("O_NDELAY", libc::O_NDELAY),
    ("O_RDONLY", libc::O_RDONLY),
    ("O_RDWR", libc::O_RDWR),
    ("O_WRONLY", libc::O_WRONLY),
    ("O_ACCMODE", libc::O_ACCMODE),
];

/// Defines Fcntl.
pub fn init(vm: &mut Vm) -> RResult<()> {
    let object = vm.core.object;
    let module = vm.define_module_under(object, "Fcntl");
    let module = vm.class_view(module);
    for (name, number) in NUMBERS {
        let (name, number) = (vm.intern(name), vm.int(i64::from(number)));
        vm.set_constant_raw(module, name, number);
    }
    let (name, version) = (vm.intern("VERSION"), vm.string(b"1.3.0", text::Encoding::BINARY));
    vm.set_constant_raw(module, name, version);
    Ok(())
}

/// Defines what `io/nonblock` gives IO.
pub fn init_nonblock(vm: &mut Vm) -> RResult<()> {
    vm.define_groups(&[nonblock::Nonblock::GROUP]);
    Ok(())
}
