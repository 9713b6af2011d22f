//! Rationals whose parts are immediate Integers: their arithmetic without big integers.

use crate::number::Operation;
use value::Kind;
use vm::{Value, Vm, sym};

/// Numerator and positive denominator in lowest terms.
type Parts = (i128, i128);

/// `left operation right` for Rationals and Integers with immediate parts, one of them a Rational. None when it takes more.
pub fn arithmetic(vm: &mut Vm, operation: Operation, left: Value, right: Value) -> Option<Value> {
    if left.is_fixnum() && right.is_fixnum() {
        return None;
    }
    let ((a, b), (c, d)) = (parts(vm, left)?, parts(vm, right)?);
    let (numerator, denominator) = match operation {
        Operation::Add => (a * d + c * b, b * d),
        Operation::Sub => (a * d - c * b, b * d),
        Operation::Mul => (a * c, b * d),
        Operation::Div if c != 0 => (a * d, b * c),
        _ => return None,
    };
    reduced(vm, numerator, denominator)
}

/// `Rational(numerator, denominator)` of immediate Integers; None for other values and a zero denominator.
pub fn quotient(vm: &mut Vm, numerator: Value, denominator: Value) -> Option<Value> {
    let (numerator, denominator) = (numerator.as_fixnum()?, denominator.as_fixnum().filter(|&number| number != 0)?);
    reduced(vm, i128::from(numerator), i128::from(denominator))
}

fn parts(vm: &Vm, value: Value) -> Option<Parts> {
    if let Some(number) = value.as_fixnum() {
        return Some((i128::from(number), 1));
    }
    if !value.is_kind(Kind::Object) || vm.real_class_of(value).value() != vm.core.rational {
        return None;
    }
    let part = |name| Some(i128::from(vm.hidden(value, name)?.as_fixnum()?));
    Some((part(sym::H_NUMERATOR)?, part(sym::H_DENOMINATOR)?))
}

/// The Rational in lowest terms; None when a part is no immediate Integer.
fn reduced(vm: &mut Vm, numerator: i128, denominator: i128) -> Option<Value> {
    let divisor = num_integer::gcd(numerator, denominator) * denominator.signum();
    let part = |number: i128| Value::fixnum(i64::try_from(number / divisor).ok()?);
    let (numerator, denominator) = (part(numerator)?, part(denominator)?);
    Some(vm.rational_from(numerator, denominator))
}
