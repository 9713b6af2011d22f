//! The library `bigdecimal`: decimal numbers of any length, and functions of them.
//!
//! Rooms: `decimal` the numbers themselves, `functions` roots and series, `parse` and `format` numbers as text (these know no VM);
//! `number` the objects, `modes` the settings, `arithmetic`, `rounding`, `powers` and `convert` the methods.
//! Source: bigdecimal 4.0.1 (behaviour).
#![forbid(unsafe_code)]

mod arithmetic;
mod convert;
mod decimal;
mod format;
mod functions;
mod modes;
mod number;
mod parse;
mod powers;
mod rounding;

use decimal::Decimal;
use vm::{RResult, Value, Vm};

const VERSION: &str = "4.0.1";

const NUMBERS: [(&str, i64); 22] = [
    ("BASE", 1_000_000_000),
    ("EXCEPTION_ALL", modes::ALL),
    ("EXCEPTION_NaN", modes::NAN),
    ("EXCEPTION_INFINITY", modes::INFINITY),
    ("EXCEPTION_UNDERFLOW", modes::UNDERFLOW),
    ("EXCEPTION_OVERFLOW", modes::OVERFLOW),
    ("EXCEPTION_ZERODIVIDE", modes::ZERO_DIVIDE),
    ("ROUND_MODE", modes::ROUND_MODE),
    ("ROUND_UP", 1),
    ("ROUND_DOWN", 2),
    ("ROUND_HALF_UP", 3),
    ("ROUND_HALF_DOWN", 4),
    ("ROUND_CEILING", 5),
    ("ROUND_FLOOR", 6),
    ("ROUND_HALF_EVEN", 7),
    ("SIGN_POSITIVE_ZERO", 1),
    ("SIGN_NEGATIVE_ZERO", -1),
    ("SIGN_POSITIVE_FINITE", 2),
    ("SIGN_NEGATIVE_FINITE", -2),
    ("SIGN_POSITIVE_INFINITE", 3),
    ("SIGN_NEGATIVE_INFINITE", -3),
    ("SIGN_NaN", 0),
];

fn set_constant(vm: &mut Vm, class: Value, name: &str, value: Value) {
    let (class, name) = (vm.class_view(class), vm.intern(name));
    vm.set_constant_raw(class, name, value);
}

/// Defines BigDecimal, and BigMath with `exp` and `log`.
pub fn init(vm: &mut Vm) -> RResult<()> {
    let (object, numeric) = (vm.core.object, vm.core.numeric);
    let class = vm.define_class_under(object, "BigDecimal", numeric);
    vm.undefine_allocator(class);
    vm.define_module_under(object, "BigMath");
    let version = vm.frozen_string(VERSION.as_bytes(), text::Encoding::US_ASCII);
    set_constant(vm, class, "VERSION", version);
    for (name, number) in NUMBERS {
        set_constant(vm, class, name, Value::small(number));
    }
    for (name, number) in [("INFINITY", Decimal::Infinity { is_negative: false }), ("NAN", Decimal::NaN)] {
        let number = number::make(vm, number);
        set_constant(vm, class, name, number);
    }
    vm.define_groups(&[
        modes::Modes::GROUP,
        convert::Function::GROUP,
        convert::Conversions::GROUP,
        arithmetic::Operators::GROUP,
        arithmetic::Comparing::GROUP,
        rounding::Places::GROUP,
        powers::Powers::GROUP,
        powers::Functions::GROUP,
    ]);
    Ok(())
}

/// Defines what `bigdecimal/math` adds to BigMath in Rust.
pub fn init_math(vm: &mut Vm) -> RResult<()> {
    let (main, library) = (vm.main, vm.str("bigdecimal"));
    vm.send(main, "require", &[library])?;
    vm.define_groups(&[powers::MoreFunctions::GROUP]);
    Ok(())
}
