//! Operators of BigDecimal, and comparing.

use crate::decimal::{Decimal, Outcome};
use crate::modes;
use crate::number::{coerce_digits, coerced, digits_of, give, operand, quotient, receiver, shortened, to_integer};
use builtins_numeric::number::{coerce_binary, coerced as coerced_pair, relation};
use macros::ruby_methods;
use num_bigint::BigInt;
use num_traits::One;
use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};
use vm::{RResult, Symbol, Value, Vm, sym};

/// A number and an operation on it.
type Operation = fn(&Decimal, &Decimal) -> Outcome;

/// An operation with numbers; with objects that are no real numbers, they are asked to `coerce`.
fn apply(vm: &mut Vm, this: Value, other: Value, name: &str, run: fn(&mut Vm, &Decimal, &Decimal) -> RResult<Decimal>) -> RResult {
    let number = receiver(vm, this)?;
    match coerced(vm, other, coerce_digits(&number, 0))? {
        Some(other) => {
            let result = run(vm, &number, &other)?;
            give(vm, Ok(result))
        }
        None => {
            let name = vm.intern(name);
            coerce_binary(vm, this, other, name)
        }
    }
}

fn sum(vm: &mut Vm, a: &Decimal, b: &Decimal, digits: i64, operation: Operation) -> RResult<Decimal> {
    for number in [a, b] {
        if *number == Decimal::NaN {
            return Ok(Decimal::NaN);
        }
    }
    let digits = if digits > 0 { digits } else { modes::limit(vm)? };
    let result = shortened(vm, operation(&a.beside(b, digits), &b.beside(a, digits)), digits)?;
    modes::check_operation(vm, [a, b], &result)?;
    Ok(result)
}

fn product(vm: &mut Vm, a: &Decimal, b: &Decimal, digits: i64) -> RResult<Decimal> {
    let result = shortened(vm, a.mul(b), digits)?;
    modes::check_operation(vm, [a, b], &result)?;
    Ok(result)
}

/// The whole quotient and what is left; both have no fraction to round.
struct Division {
    quotient: Decimal,
    rest: Decimal,
}

/// Divides towards minus infinity, or towards zero.
fn divide(vm: &mut Vm, a: &Decimal, b: &Decimal, is_floor: bool) -> RResult<Division> {
    let is_negative = a.is_negative() != b.is_negative();
    Ok(match (a, b) {
        (Decimal::NaN, _) | (_, Decimal::NaN) | (Decimal::Infinity { .. }, Decimal::Infinity { .. }) => {
            Division { quotient: Decimal::NaN, rest: Decimal::NaN }
        }
        (_, Decimal::Zero { .. }) => return Err(vm.zero_division()),
        (Decimal::Infinity { .. }, _) => Division { quotient: Decimal::Infinity { is_negative }, rest: Decimal::NaN },
        (Decimal::Zero { .. }, _) => Division { quotient: Decimal::ZERO, rest: a.clone() },
        (_, Decimal::Infinity { .. }) if is_floor && is_negative => Division { quotient: Decimal::one().negated(), rest: b.clone() },
        (_, Decimal::Infinity { .. }) => Division { quotient: Decimal::ZERO, rest: a.clone() },
        (Decimal::Finite(a), Decimal::Finite(divisor)) => {
            let (mut quotient, mut rest) = Decimal::div_rem(a, divisor).map_err(|_| vm.no_memory())?;
            if is_floor && is_negative && !rest.is_zero() {
                quotient -= BigInt::one();
                rest = modes::settle(vm, rest.add(b))?;
            }
            Division { quotient: Decimal::from_integer(&quotient), rest }
        }
    })
}

/// Divides by what may be no real number: then it is asked to `coerce`.
fn division(vm: &mut Vm, this: Value, other: Value, is_floor: bool) -> RResult<Option<Division>> {
    let number = receiver(vm, this)?;
    match coerced(vm, other, coerce_digits(&number, 0))? {
        Some(other) => divide(vm, &number, &other, is_floor).map(Some),
        None => Ok(None),
    }
}

fn floored(vm: &mut Vm, this: Value, other: Value) -> RResult {
    match division(vm, this, other, true)? {
        Some(division) => {
            modes::check(vm, &division.quotient)?;
            let quotient = to_integer(vm, &division.quotient)?;
            Ok(vm.big(quotient))
        }
        None => {
            let name = vm.intern("div");
            coerce_binary(vm, this, other, name)
        }
    }
}

fn modulo(vm: &mut Vm, this: Value, other: Value, name: &str, is_floor: bool) -> RResult {
    match division(vm, this, other, is_floor)? {
        Some(division) => give(vm, Ok(division.rest)),
        None => {
            let name = vm.intern(name);
            coerce_binary(vm, this, other, name)
        }
    }
}

/// How the number compares with a real number; None for other objects.
fn compare(vm: &mut Vm, this: Value, other: Value) -> RResult<Option<Option<Ordering>>> {
    let number = receiver(vm, this)?;
    Ok(coerced(vm, other, coerce_digits(&number, 0))?.map(|other| number.compare(&other)))
}

fn related(vm: &mut Vm, this: Value, other: Value, name: Symbol, fits: fn(Ordering) -> bool) -> RResult {
    match compare(vm, this, other)? {
        Some(order) => Ok(Value::bool(order.is_some_and(fits))),
        None => relation(vm, this, other, name, fits),
    }
}

/// Operators.
pub struct Operators;

#[ruby_methods("BigDecimal")]
impl Operators {
    #[method("+")]
    fn add(vm: &mut Vm, this: Value, other: Value) -> RResult {
        apply(vm, this, other, "+", |vm, a, b| sum(vm, a, b, 0, Decimal::add))
    }

    #[method("-")]
    fn subtract(vm: &mut Vm, this: Value, other: Value) -> RResult {
        apply(vm, this, other, "-", |vm, a, b| sum(vm, a, b, 0, Decimal::sub))
    }

    #[method("*")]
    fn multiply(vm: &mut Vm, this: Value, other: Value) -> RResult {
        apply(vm, this, other, "*", |vm, a, b| product(vm, a, b, 0))
    }

    #[method("/")]
    fn divide(vm: &mut Vm, this: Value, other: Value) -> RResult {
        apply(vm, this, other, "/", |vm, a, b| quotient(vm, a, b, 0))
    }

    #[method("quo")]
    fn quotient(vm: &mut Vm, this: Value, other: Value, digits: Option<Value>) -> RResult {
        let digits = digits.map_or(Ok(0), |digits| digits_of(vm, digits))?;
        if digits == 0 { Operators::divide(vm, this, other) } else { quotient_of(vm, this, other, digits) }
    }

    /// A whole number, or with so many digits.
    #[method("div")]
    fn div(vm: &mut Vm, this: Value, other: Value, digits: Option<Value>) -> RResult {
        match digits.filter(|digits| !digits.is_nil()) {
            None => floored(vm, this, other),
            Some(digits) => {
                let digits = digits_of(vm, digits)?;
                quotient_of(vm, this, other, digits)
            }
        }
    }

    #[method("%", "modulo")]
    fn modulo(vm: &mut Vm, this: Value, other: Value) -> RResult {
        modulo(vm, this, other, "%", true)
    }

    #[method("remainder")]
    fn remainder(vm: &mut Vm, this: Value, other: Value) -> RResult {
        modulo(vm, this, other, "remainder", false)
    }

    #[method("divmod")]
    fn divmod(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let Some(division) = division(vm, this, other, true)? else {
            let name = vm.intern("divmod");
            return coerce_binary(vm, this, other, name);
        };
        modes::check(vm, &division.quotient)?;
        let quotient = to_integer(vm, &division.quotient)?;
        let quotient = vm.big(quotient);
        let rest = give(vm, Ok(division.rest))?;
        Ok(vm.array(&[quotient, rest]))
    }

    #[method("add")]
    fn add_with_digits(vm: &mut Vm, this: Value, other: Value, digits: Value) -> RResult {
        sum_of(vm, this, other, digits, Decimal::add)
    }

    #[method("sub")]
    fn subtract_with_digits(vm: &mut Vm, this: Value, other: Value, digits: Value) -> RResult {
        sum_of(vm, this, other, digits, Decimal::sub)
    }

    #[method("mult")]
    fn multiply_with_digits(vm: &mut Vm, this: Value, other: Value, digits: Value) -> RResult {
        let digits = digits_of(vm, digits)?;
        let (number, other) = (receiver(vm, this)?, operand(vm, this, other, digits)?);
        let result = product(vm, &number, &other, digits)?;
        give(vm, Ok(result))
    }

    #[method("+@")]
    fn plus(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    #[method("-@")]
    fn minus(vm: &mut Vm, this: Value) -> RResult {
        let number = receiver(vm, this)?;
        give(vm, Ok(number.negated()))
    }

    #[method("abs")]
    fn abs(vm: &mut Vm, this: Value) -> RResult {
        let number = receiver(vm, this)?;
        give(vm, Ok(number.abs()))
    }

    #[method("coerce")]
    fn coerce(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let other = operand(vm, this, other, 0)?;
        let other = give(vm, Ok(other))?;
        Ok(vm.array(&[other, this]))
    }
}

fn quotient_of(vm: &mut Vm, this: Value, other: Value, digits: i64) -> RResult {
    let (number, other) = (receiver(vm, this)?, operand(vm, this, other, digits)?);
    let result = quotient(vm, &number, &other, digits)?;
    give(vm, Ok(result))
}

fn sum_of(vm: &mut Vm, this: Value, other: Value, digits: Value, operation: Operation) -> RResult {
    let digits = digits_of(vm, digits)?;
    let (number, other) = (receiver(vm, this)?, operand(vm, this, other, digits)?);
    let result = sum(vm, &number, &other, digits, operation)?;
    give(vm, Ok(result))
}

/// Comparing.
pub struct Comparing;

#[ruby_methods("BigDecimal")]
impl Comparing {
    #[method("<=>")]
    fn compare(vm: &mut Vm, this: Value, other: Value) -> RResult {
        match compare(vm, this, other)? {
            Some(order) => Ok(order.map_or(Value::NIL, |order| Value::small(order as i64))),
            None => match coerced_pair(vm, this, other, false)? {
                Some((a, b)) => vm.call(a, sym::CMP, &[b]),
                None => Ok(Value::NIL),
            },
        }
    }

    #[method("==", "===", "eql?")]
    fn is_equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        match compare(vm, this, other)? {
            Some(order) => Ok(order == Some(Ordering::Equal)),
            None => match coerced_pair(vm, this, other, false)? {
                Some((a, b)) => Ok(vm.call(a, sym::EQ, &[b])?.truthy()),
                None => Ok(false),
            },
        }
    }

    #[method("<")]
    fn is_less(vm: &mut Vm, this: Value, other: Value) -> RResult {
        related(vm, this, other, sym::LT, Ordering::is_lt)
    }

    #[method("<=")]
    fn is_at_most(vm: &mut Vm, this: Value, other: Value) -> RResult {
        related(vm, this, other, sym::LE, Ordering::is_le)
    }

    #[method(">")]
    fn is_greater(vm: &mut Vm, this: Value, other: Value) -> RResult {
        related(vm, this, other, sym::GT, Ordering::is_gt)
    }

    #[method(">=")]
    fn is_at_least(vm: &mut Vm, this: Value, other: Value) -> RResult {
        related(vm, this, other, sym::GE, Ordering::is_ge)
    }

    #[method("hash")]
    fn hash(vm: &mut Vm, this: Value) -> RResult<i64> {
        let mut hasher = DefaultHasher::new();
        receiver(vm, this)?.hash(&mut hasher);
        Ok(hasher.finish() as i64 >> 2)
    }

    #[method("zero?")]
    fn is_zero(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(receiver(vm, this)?.is_zero())
    }

    #[method("nonzero?")]
    fn nonzero(vm: &mut Vm, this: Value) -> RResult {
        Ok(if receiver(vm, this)?.is_zero() { Value::NIL } else { this })
    }

    #[method("nan?")]
    fn is_nan(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(receiver(vm, this)? == Decimal::NaN)
    }

    /// 1 or -1, nil for other numbers.
    #[method("infinite?")]
    fn infinite(vm: &mut Vm, this: Value) -> RResult {
        let number = receiver(vm, this)?;
        let sign = if number.is_negative() { -1 } else { 1 };
        Ok(if number.is_infinite() { Value::small(sign) } else { Value::NIL })
    }

    #[method("finite?")]
    fn is_finite(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(receiver(vm, this)?.is_finite())
    }

    /// One of the constants SIGN_*.
    #[method("sign")]
    fn sign(vm: &mut Vm, this: Value) -> RResult<i64> {
        let number = receiver(vm, this)?;
        let kind = match number {
            Decimal::NaN => 0,
            Decimal::Zero { .. } => 1,
            Decimal::Finite(_) => 2,
            Decimal::Infinity { .. } => 3,
        };
        Ok(if number.is_negative() { -kind } else { kind })
    }

    #[method("clone", "dup")]
    fn itself(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    /// `self * 10**shift`
    #[method("_decimal_shift")]
    fn shift(vm: &mut Vm, this: Value, shift: Value) -> RResult {
        let (number, shift) = (receiver(vm, this)?, vm.to_i64(shift)?);
        give(vm, number.shifted(shift))
    }
}
