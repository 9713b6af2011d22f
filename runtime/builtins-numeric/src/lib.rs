//! Builtin methods of numbers: Integer, Float, Numeric, Rational, Complex, Math, Random.
#![forbid(unsafe_code)]

mod complex;
mod float;
mod integer;
mod math;
pub mod number;
mod numeric;
mod random;
mod rational;
mod small_rational;

use vm::Vm;

/// Defines everything of this crate.
pub fn init(vm: &mut Vm) {
    let core = vm.core;
    vm.define_class_under(core.math, "DomainError", core.argument_error);
    vm.define_module_under(core.random, "Formatter");
    vm.define_groups(&[
        numeric::Numerics::GROUP,
        integer::Operators::GROUP,
        integer::Integers::GROUP,
        float::Operators::GROUP,
        float::Floats::GROUP,
        rational::Operators::GROUP,
        rational::Rationals::GROUP,
        rational::Conversions::GROUP,
        rational::Nils::GROUP,
        complex::Operators::GROUP,
        complex::Complexes::GROUP,
        complex::Conversions::GROUP,
        math::Maths::GROUP,
        random::Randoms::GROUP,
        random::Functions::GROUP,
        random::Formatter::GROUP,
    ]);
    float::init(vm);
    complex::init(vm);
    math::init(vm);
    random::init(vm);
}
