//! Errors of the operating system as Errno exceptions.

use vm::{RResult, Raised, Value, Vm, sym};

/// Raises the Errno class of a system error, with what it was about.
#[cold]
pub fn raise_io(vm: &mut Vm, error: &std::io::Error, what: &str) -> Raised {
    raise_errno(vm, error.raw_os_error().unwrap_or(libc::EIO), what)
}

/// Raises the Errno class of a number.
#[cold]
pub fn raise_errno(vm: &mut Vm, number: i32, what: &str) -> Raised {
    match new_errno(vm, number, what) {
        Ok(exception) => vm.raise_exception(exception),
        Err(raised) => raised,
    }
}

/// The exception of a system error.
pub fn new_errno(vm: &mut Vm, number: i32, what: &str) -> RResult {
    let class = vm.core.system_call_error;
    let number = Value::small(i64::from(number));
    // "rb_sysopen - path" names the function of CRuby that fails, as its messages do.
    if let Some((function, path)) = what.split_once(" - ").filter(|(function, _)| function.contains("_")) {
        let (message, function) = (vm.str(path), vm.str(function));
        return vm.call(class, sym::NEW, &[message, number, function]);
    }
    let message = if what.is_empty() { Value::NIL } else { vm.str(what) };
    vm.call(class, sym::NEW, &[message, number])
}

/// Runs what makes descriptors. When there are none left, those of forgotten IOs are collected and it runs again.
pub fn with_room<T>(vm: &mut Vm, open: impl Fn() -> std::io::Result<T>) -> std::io::Result<T> {
    match open() {
        Err(error) if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) => {
            vm.collect_garbage();
            vm.heap.finish_sweep();
            open()
        }
        result => result,
    }
}

/// Gives a system result or raises.
pub fn check<T>(vm: &mut Vm, result: std::io::Result<T>, what: &str) -> RResult<T> {
    result.map_err(|error| raise_io(vm, &error, what))
}
