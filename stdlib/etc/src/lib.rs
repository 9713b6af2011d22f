//! The native part of the library `etc`: settings of the system. Users and groups are Ruby (`stdlib/libraries/ruby/etc.rb`).
//!
//! Rooms: `numbers` what can be asked for, `sys` the calls.
//! Source: CRuby `ext/etc` 1.4.6 (behaviour), Linux.

mod numbers;
mod sys;

use builtins_os::{open_io, raise_io};
use macros::ruby_methods;
use text::Encoding;
use vm::{RResult, Value, Vm};

/// Defines the numbers and what is asked with them.
pub fn init(vm: &mut Vm) -> RResult<()> {
    let object = vm.core.object;
    let module = vm.define_module_under(object, "Etc");
    let module = vm.class_view(module);
    for (name, number) in numbers::NUMBERS {
        let (name, number) = (vm.intern(name), vm.int(i64::from(*number)));
        vm.set_constant_raw(module, name, number);
    }
    vm.define_groups(&[Settings::GROUP, Paths::GROUP]);
    Ok(())
}

/// A limit as a value, nil for none.
fn limit(vm: &mut Vm, result: std::io::Result<Option<i64>>, call: &str) -> RResult {
    match result {
        Ok(limit) => Ok(limit.map_or(Value::NIL, |limit| vm.int(limit))),
        Err(error) => Err(raise_io(vm, &error, call)),
    }
}

struct Settings;

#[ruby_methods("Etc")]
impl Settings {
    #[singleton("sysconf")]
    fn sysconf(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let number = vm.to_i32(number)?;
        limit(vm, sys::sysconf(number), "sysconf")
    }

    #[singleton("confstr")]
    fn confstr(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let number = vm.to_i32(number)?;
        match sys::confstr(number) {
            Ok(None) => Ok(Value::NIL),
            Ok(Some(text)) => vm.try_string(&text, Encoding::UTF_8),
            Err(error) => Err(raise_io(vm, &error, "confstr")),
        }
    }
}

struct Paths;

#[ruby_methods("IO")]
impl Paths {
    #[method("pathconf")]
    fn pathconf(vm: &mut Vm, this: Value, number: Value) -> RResult {
        let number = vm.to_i32(number)?;
        let descriptor = open_io(vm, this)?.descriptor(false);
        limit(vm, sys::fpathconf(descriptor, number), "fpathconf")
    }
}
