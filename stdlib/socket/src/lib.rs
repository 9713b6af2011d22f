//! The native part of the library `socket`: system calls, name services and constants. What sockets and addresses do with them is
//! Ruby (`stdlib/libraries/ruby/socket*.rb`).
//!
//! Rooms: `sys` the system calls, `natives` what BasicSocket is made of, `names` hosts and interfaces, `constants` the numbers.
//! Source: CRuby `ext/socket` (behaviour), Linux.

mod constants;
mod names;
mod natives;
mod sys;

use vm::{RResult, Vm};

/// Defines the classes of sockets, and Socket's constants.
pub fn init(vm: &mut Vm) -> RResult<()> {
    let (object, io) = (vm.core.object, vm.core.io);
    let basic = vm.define_class_under(object, "BasicSocket", io);
    let socket = vm.define_class_under(object, "Socket", basic);
    let errors = vm.define_class_under(object, "SocketError", vm.core.standard_error);
    vm.define_class_under(socket, "ResolutionError", errors);
    let constants = vm.define_module_under(socket, "Constants");
    for (name, number) in constants::NUMBERS {
        let (name, number) = (vm.intern(name), vm.int(*number));
        for module in [socket, constants] {
            vm.set_constant_raw(vm.class_view(module), name, number);
        }
    }
    vm.define_groups(&[
        natives::Making::GROUP,
        natives::Addresses::GROUP,
        natives::Options::GROUP,
        natives::Lookup::GROUP,
        natives::Messages::GROUP,
        names::Names::GROUP,
    ]);
    Ok(())
}
