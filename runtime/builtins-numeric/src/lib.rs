//! Builtin methods of numbers: Integer, Float, Numeric.
#![forbid(unsafe_code)]

mod float;
mod integer;
mod number;
mod numeric;
mod rational;

use vm::Vm;

/// Defines everything of this crate.
pub fn init(vm: &mut Vm) {
    let core = vm.core;
    vm.define_class_under(core.math, "DomainError", core.argument_error);
    vm.define_groups(&[
        numeric::Numerics::GROUP,
        integer::Operators::GROUP,
        integer::Integers::GROUP,
        float::Operators::GROUP,
        float::Floats::GROUP,
        rational::Operators::GROUP,
        rational::Rationals::GROUP,
        rational::Conversions::GROUP,
    ]);
    float::init(vm);
}
