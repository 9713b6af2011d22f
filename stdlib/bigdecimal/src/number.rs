//! BigDecimal objects and the numbers that become such.

use crate::decimal::{Decimal, Finite, Outcome, Rounding};
use crate::modes;
use crate::parse::parse;
use builtins_numeric::number::{coerce_failed, rational_of};
use heap::Tracer;
use num_bigint::BigInt;
use numeric::rational::Rational;
use objects::number::{float_of, integer_of};
use objects::{NativeData, RData};
use vm::{RResult, Value, Vm};

/// Digits that every Float has.
pub const FLOAT_DIGITS: i64 = 16;

/// Digits that a word of CRuby's numbers holds. How exactly a Rational is taken depends on their number.
pub const WORD_DIGITS: i64 = 9;

/// Native part of a BigDecimal.
pub struct Number(pub Decimal);

impl NativeData for Number {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn size(&self) -> usize {
        size_of::<Number>() + self.0.finite().map_or(0, |finite| finite.digits().bits() as usize / 8)
    }
}

/// The number in a BigDecimal.
pub fn of(vm: &Vm, value: Value) -> Option<Decimal> {
    RData::new(value)?.read::<Number>(&vm.heap).map(|number| number.0.clone())
}

/// The receiver's number.
pub fn receiver(vm: &mut Vm, this: Value) -> RResult<Decimal> {
    Ok(vm.native::<Number>(this, "BigDecimal")?.0.clone())
}

/// A BigDecimal, unchecked.
pub fn make(vm: &mut Vm, number: Decimal) -> Value {
    let class = vm.class_at("BigDecimal");
    let class = vm.class_view(class);
    let made = vm.data(class, Box::new(Number(number)));
    vm.freeze(made)
}

/// A BigDecimal; FloatDomainError where the settings say so.
pub fn give(vm: &mut Vm, outcome: Outcome) -> RResult {
    let number = modes::settle(vm, outcome)?;
    modes::check(vm, &number)?;
    Ok(make(vm, number))
}

/// How many words CRuby's number has.
pub fn words(number: &Decimal) -> i64 {
    number.finite().map_or(1, |finite| ceiling(finite.exponent()) - finite.scale().div_euclid(WORD_DIGITS))
}

fn ceiling(digits: i64) -> i64 {
    -(-digits).div_euclid(WORD_DIGITS)
}

/// Digits that a Rational is taken with beside a number.
pub fn coerce_digits(number: &Decimal, digits: i64) -> i64 {
    let digits = if digits == 0 { words(number) * WORD_DIGITS } else { digits };
    digits.max(2 * FLOAT_DIGITS)
}

/// A Float with so many digits; with those that tell it from other Floats for 0.
pub fn from_float(number: f64, digits: i64) -> Outcome {
    let is_negative = number.is_sign_negative();
    if number.is_nan() {
        return Ok(Decimal::NaN);
    }
    if number.is_infinite() {
        return Ok(Decimal::Infinity { is_negative });
    }
    if number == 0.0 {
        return Ok(Decimal::Zero { is_negative });
    }
    let text = if digits > 0 {
        format!("{number:.*e}", digits as usize - 1)
    } else {
        let (digits, point) = numeric::float_print::shortest_digits(number);
        let sign = if is_negative { "-" } else { "" };
        format!("{sign}0.{}e{point}", &digits[..digits.len().min(FLOAT_DIGITS as usize)])
    };
    parse(text.as_bytes(), true).unwrap_or(Ok(Decimal::NaN))
}

/// A Rational with so many digits.
pub fn from_rational(vm: &mut Vm, number: &Rational, digits: i64) -> RResult<Decimal> {
    let [numerator, denominator] = [number.numerator(), number.denominator()].map(Decimal::from_integer);
    quotient(vm, &numerator, &denominator, digits)
}

/// The quotient with so many digits; as many as both numbers and a Float have for 0.
pub fn quotient(vm: &mut Vm, a: &Decimal, b: &Decimal, digits: i64) -> RResult<Decimal> {
    let rounding = modes::rounding(vm)?;
    let is_negative = a.is_negative() != b.is_negative();
    let special = match (a, b) {
        (Decimal::Finite(a), Decimal::Finite(b)) => {
            let digits = quotient_digits(vm, a, b, digits)?;
            return modes::settle(vm, Decimal::div(a, b, digits, rounding));
        }
        (Decimal::NaN, _) | (_, Decimal::NaN) | (Decimal::Infinity { .. }, Decimal::Infinity { .. }) => Decimal::NaN,
        (Decimal::Infinity { .. }, _) => Decimal::Infinity { is_negative },
        (_, Decimal::Infinity { .. }) => Decimal::Zero { is_negative },
        (Decimal::Zero { .. }, Decimal::Zero { .. }) => {
            modes::complain(vm, modes::NAN, "Computation results to 'NaN'")?;
            Decimal::NaN
        }
        (_, Decimal::Zero { .. }) => {
            modes::complain(vm, modes::ZERO_DIVIDE, "Divide by zero")?;
            Decimal::Infinity { is_negative }
        }
        _ => Decimal::Zero { is_negative },
    };
    modes::check_operation(vm, [a, b], &special)?;
    Ok(special)
}

fn quotient_digits(vm: &mut Vm, a: &Finite, b: &Finite, digits: i64) -> RResult<i64> {
    if digits > 0 {
        return Ok(digits);
    }
    let [a, b] = [a, b].map(|number| Decimal::Finite(number.clone()).precision_and_scale().0);
    let digits = (a.max(b) + FLOAT_DIGITS).max(2 * FLOAT_DIGITS);
    let limit = modes::limit(vm)?;
    Ok(if limit > 0 { digits.min(limit) } else { digits })
}

/// The number that a real number stands for, a Rational with so many digits; None for other objects.
pub fn coerced(vm: &mut Vm, value: Value, digits: i64) -> RResult<Option<Decimal>> {
    if let Some(number) = of(vm, value) {
        return Ok(Some(number));
    }
    if let Some(integer) = integer_of(value) {
        return Ok(Some(Decimal::from_integer(&integer)));
    }
    if let Some(float) = float_of(value) {
        let number = modes::settle(vm, from_float(float, 0))?;
        modes::check(vm, &number)?;
        return Ok(Some(number));
    }
    match rational_of(vm, value) {
        Some(rational) => from_rational(vm, &rational, digits).map(Some),
        None => Ok(None),
    }
}

/// The number that an operand stands for; TypeError for what is no real number.
pub fn operand(vm: &mut Vm, this: Value, value: Value, digits: i64) -> RResult<Decimal> {
    let number = receiver(vm, this)?;
    match coerced(vm, value, coerce_digits(&number, digits))? {
        Some(number) => Ok(number),
        None => Err(coerce_failed(vm, this, value)),
    }
}

/// An Integer.
pub fn to_integer(vm: &mut Vm, number: &Decimal) -> RResult<BigInt> {
    modes::must_be_finite(vm, number)?;
    number.to_integer().map_err(|_| vm.no_memory())
}

/// A count of digits; ArgumentError for a negative one.
pub fn digits_of(vm: &mut Vm, value: Value) -> RResult<i64> {
    let digits = vm.to_i64(value)?;
    if digits < 0 { Err(vm.argument_error("negative precision")) } else { Ok(digits) }
}

/// With as many digits as are asked for, or allowed when none are.
pub fn shortened(vm: &mut Vm, outcome: Outcome, digits: i64) -> RResult<Decimal> {
    let number = modes::settle(vm, outcome)?;
    let digits = if digits > 0 { digits } else { modes::limit(vm)? };
    let rounding: Rounding = modes::rounding(vm)?;
    modes::settle(vm, number.limited(digits, rounding))
}
