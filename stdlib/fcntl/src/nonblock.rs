//! The native part of `io/nonblock`: whether calls on a descriptor fail rather than wait.

use builtins_os::{copy_of_descriptor, raise_for_stream};
use macros::ruby_methods;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use vm::{RResult, Value, Vm};

/// Methods of IO.
pub struct Nonblock;

#[ruby_methods("IO")]
impl Nonblock {
    #[method("nonblock?")]
    fn is_nonblocking(vm: &mut Vm, this: Value) -> RResult<bool> {
        // A copy shares the flags of the file.
        let copy = copy_of_descriptor(vm, this, false)?;
        let flags = fcntl_getfl(&copy).map_err(|error| raise_for_stream(vm, this, &error.into()))?;
        Ok(flags.contains(OFlags::NONBLOCK))
    }

    #[method("nonblock=")]
    fn set_nonblocking(vm: &mut Vm, this: Value, value: Value) -> RResult {
        let copy = copy_of_descriptor(vm, this, false)?;
        let set = fcntl_getfl(&copy).and_then(|mut flags| {
            flags.set(OFlags::NONBLOCK, value.truthy());
            fcntl_setfl(&copy, flags)
        });
        set.map_err(|error| raise_for_stream(vm, this, &error.into()))?;
        Ok(value)
    }
}
