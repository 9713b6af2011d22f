//! The native part of the library `io/console`: modes of terminals, their size and their queues. What runs blocks or only writes
//! sequences for the terminal is Ruby over it (`stdlib/libraries/ruby/console.rb`).
//!
//! Rooms: `mode` IO::ConsoleMode, `terminal` methods of IO.
//! Source: CRuby `ext/io/console` 0.8.2 (behaviour).
#![forbid(unsafe_code)]

mod mode;
mod terminal;

use vm::{RResult, Vm};

/// Defines IO::ConsoleMode and methods of IO.
pub fn init(vm: &mut Vm) -> RResult<()> {
    let (object, io) = (vm.core.object, vm.core.io);
    let class = vm.define_class_under(io, "ConsoleMode", object);
    vm.set_allocator(class, |vm, class| Ok(vm.data(class, Box::<mode::Mode>::default())));
    let (name, version) = (vm.intern("VERSION"), vm.frozen_string(b"0.8.2", text::Encoding::BINARY));
    vm.set_constant_raw(vm.class_view(class), name, version);
    vm.define_groups(&[mode::Modes::GROUP, terminal::Terminal::GROUP]);
    Ok(())
}
