//! Powers, roots and logarithms as methods of BigDecimal and functions of BigMath.

use crate::decimal::{DIGITS_MAX, Decimal, Outcome};
use crate::functions;
use crate::modes;
use crate::number::{FLOAT_DIGITS, coerced, give, quotient, receiver};
use macros::ruby_methods;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::ToPrimitive;
use objects::number::integer_of;
use std::cmp::Ordering;
use vm::{RResult, Value, Vm};

/// Digits that intermediate results have beyond those of the result.
const EXTRA_DIGITS: i64 = 16;

/// A count of digits for a function; ArgumentError for less than the least one.
fn digits_for(vm: &mut Vm, value: Value, function: &str, least: i64) -> RResult<i64> {
    let to_int = vm.intern("to_int");
    if integer_of(value).is_none() && !vm.responds_to(value, to_int, false)? {
        let class = vm.class_name_of(value);
        return Err(vm.type_error(&format!("no implicit conversion of {class} into Integer")));
    }
    let digits = vm.to_i64(value)?;
    let refused = if least == 0 { "Negative" } else { "Zero or negative" };
    if digits < least { Err(vm.argument_error(&format!("{refused} precision for {function}"))) } else { Ok(digits) }
}

/// The number that an argument stands for; ArgumentError for what is no real number.
fn argument(vm: &mut Vm, value: Value, digits: i64) -> RResult<Decimal> {
    match coerced(vm, value, digits.max(2 * FLOAT_DIGITS))? {
        Some(number) => Ok(number),
        None => {
            let shown = vm.inspect_text(value)?;
            Err(vm.argument_error(&format!("{shown} can't be coerced into BigDecimal")))
        }
    }
}

fn nan(vm: &mut Vm) -> RResult<Decimal> {
    modes::complain(vm, modes::NAN, "Computation results in 'NaN'")?;
    Ok(Decimal::NaN)
}

fn infinity(vm: &mut Vm) -> RResult<Decimal> {
    modes::complain(vm, modes::INFINITY, "Computation results in 'Infinity'")?;
    Ok(Decimal::Infinity { is_negative: false })
}

fn underflow(vm: &mut Vm) -> RResult<Decimal> {
    modes::complain(vm, modes::UNDERFLOW, "Exponent underflow")?;
    Ok(Decimal::ZERO)
}

/// Math::DomainError.
fn domain_error(vm: &mut Vm, message: &str) -> vm::Raised {
    let class = vm.class_at("Math::DomainError");
    vm.raise(class, message)
}

/// With so many digits, rounded as the fiber does.
fn rounded(vm: &mut Vm, outcome: Outcome, digits: i64) -> RResult<Decimal> {
    let number = modes::settle(vm, outcome)?;
    let rounding = modes::rounding(vm)?;
    modes::settle(vm, number.limited(digits, rounding))
}

fn exp(vm: &mut Vm, x: &Decimal, digits: i64) -> RResult<Decimal> {
    match x {
        Decimal::NaN => nan(vm),
        Decimal::Infinity { is_negative: true } => Ok(Decimal::ZERO),
        Decimal::Infinity { is_negative: false } => infinity(vm),
        Decimal::Zero { .. } => Ok(Decimal::one()),
        Decimal::Finite(number) if number.exponent() >= 21 => {
            if number.is_negative {
                underflow(vm)
            } else {
                infinity(vm)
            }
        }
        Decimal::Finite(number) => rounded(vm, functions::exp(number, digits), digits),
    }
}

fn log(vm: &mut Vm, x: &Decimal, digits: i64) -> RResult<Decimal> {
    match x {
        Decimal::NaN => nan(vm),
        Decimal::Zero { .. } => Ok(infinity(vm)?.negated()),
        _ if x.is_negative() => Err(domain_error(vm, "Negative argument for log")),
        Decimal::Infinity { .. } => infinity(vm),
        Decimal::Finite(_) if *x == Decimal::one() => Ok(Decimal::ZERO),
        Decimal::Finite(number) => rounded(vm, functions::log(number, digits), digits),
    }
}

fn sqrt(vm: &mut Vm, x: &Decimal, digits: i64) -> RResult<Decimal> {
    match x {
        Decimal::Infinity { is_negative: false } => return infinity(vm),
        Decimal::NaN => return Err(modes::domain_error(vm, "sqrt of 'NaN'(Not a Number)")),
        Decimal::Zero { .. } => return Ok(x.clone()),
        _ if x.is_negative() => return Err(modes::domain_error(vm, "sqrt of negative value")),
        _ => {}
    }
    let Decimal::Finite(number) = x else { return Ok(Decimal::NaN) };
    let digits = match digits {
        0 => {
            let (digits, limit) = (number.count() + FLOAT_DIGITS, modes::limit(vm)?);
            if limit > 0 { digits.min(limit) } else { digits }
        }
        digits => digits,
    };
    let rounding = modes::rounding(vm)?;
    modes::settle(vm, functions::sqrt(number, digits, rounding))
}

/// Is the number whole and odd?
fn is_odd(number: &Decimal) -> bool {
    match number {
        Decimal::Finite(finite) => finite.scale() == 0 && finite.digits().is_odd(),
        _ => false,
    }
}

fn is_whole(number: &Decimal) -> bool {
    number.finite().is_some_and(|finite| finite.scale() >= 0)
}

/// `x ** y` for an infinite y.
fn power_of_infinity(vm: &mut Vm, x: &Decimal, is_negative: bool) -> RResult<Decimal> {
    let size = x.abs().compare(&Decimal::one()).unwrap_or(Ordering::Equal);
    match (x.is_negative() && !x.is_zero(), size) {
        (true, Ordering::Greater) if is_negative => Ok(Decimal::ZERO),
        (true, Ordering::Less) if !is_negative => Ok(Decimal::ZERO),
        (true, _) => Err(domain_error(vm, "Result undefined for negative base raised to infinite power")),
        (false, Ordering::Equal) => Ok(Decimal::one()),
        (false, size) => {
            if (size == Ordering::Greater) != is_negative {
                infinity(vm)
            } else {
                Ok(Decimal::ZERO)
            }
        }
    }
}

fn power(vm: &mut Vm, x: &Decimal, y: &Decimal, digits: i64) -> RResult<Decimal> {
    if *x == Decimal::NaN || *y == Decimal::NaN {
        return nan(vm);
    }
    match y {
        Decimal::Zero { .. } => return Ok(Decimal::one()),
        Decimal::Infinity { is_negative } => return power_of_infinity(vm, x, *is_negative),
        _ => {}
    }
    let is_minus = x.is_negative() && is_odd(y);
    match x {
        Decimal::Infinity { .. } if y.is_negative() => return Ok(Decimal::Zero { is_negative: is_minus }),
        Decimal::Zero { .. } if !y.is_negative() => return Ok(Decimal::ZERO),
        Decimal::Zero { .. } => return Ok(infinity(vm)?.with_sign(is_minus)),
        _ if x.is_negative() && !is_whole(y) => return Err(domain_error(vm, "Computation results in complex number")),
        _ => {}
    }
    let result = positive_power(vm, &x.abs(), y, digits)?;
    Ok(if is_minus { result.negated() } else { result })
}

/// `x ** y` for a positive x and a finite y that is not zero.
fn positive_power(vm: &mut Vm, x: &Decimal, y: &Decimal, digits: i64) -> RResult<Decimal> {
    if *x == Decimal::one() {
        return Ok(Decimal::one());
    }
    if x.is_infinite() {
        return infinity(vm);
    }
    let limit = modes::limit(vm)?;
    if is_whole(y) && digits == 0 && limit == 0 {
        return exact_power(vm, x, y);
    }
    let wanted = match digits {
        0 => {
            let wanted = x.count().max(y.count()).max(FLOAT_DIGITS) + FLOAT_DIGITS;
            if limit > 0 { wanted.min(limit) } else { wanted }
        }
        digits => digits,
    };
    if y.is_negative() {
        let inverse = positive_power(vm, x, &y.negated(), wanted + EXTRA_DIGITS)?;
        return match inverse {
            Decimal::Infinity { .. } => Ok(Decimal::ZERO),
            Decimal::Zero { .. } => infinity(vm),
            _ => quotient(vm, &Decimal::one(), &inverse, wanted),
        };
    }
    approximate_power(vm, x, y, wanted)
}

fn exact_power(vm: &mut Vm, x: &Decimal, y: &Decimal) -> RResult<Decimal> {
    if x.magnitude().abs() * 10f64.powf(y.magnitude()) >= i64::MAX as f64 {
        return if (x.exponent() > 0) != y.is_negative() { infinity(vm) } else { Ok(Decimal::ZERO) };
    }
    let exponent = y.abs().to_integer().map_err(|_| vm.no_memory())?;
    let size = BigInt::from(x.count()) * &exponent;
    if size > BigInt::from(DIGITS_MAX) {
        return Err(vm.no_memory());
    }
    vm.room_for(size.to_usize().unwrap_or(usize::MAX))?;
    let rounding = modes::rounding(vm)?;
    let result = modes::settle(vm, functions::power(x, exponent.magnitude(), 0, rounding))?;
    if y.is_negative() { quotient(vm, &Decimal::one(), &result, 0) } else { Ok(result) }
}

/// By squaring for a moderate whole exponent, else through the logarithm.
fn approximate_power(vm: &mut Vm, x: &Decimal, y: &Decimal, digits: i64) -> RResult<Decimal> {
    let guarded = digits + EXTRA_DIGITS + y.exponent().max(0);
    if is_whole(y) && y.exponent() < 30 {
        let exponent = y.to_integer().map_err(|_| vm.no_memory())?;
        let rounding = modes::rounding(vm)?;
        return rounded(vm, functions::power(x, exponent.magnitude(), guarded, rounding), digits);
    }
    let Decimal::Finite(base) = x else { return infinity(vm) };
    let magnitude = y.exponent().max(0) + base.exponent().unsigned_abs().max(1).ilog10() as i64 + 2;
    let product = functions::log(base, guarded + magnitude).and_then(|log| log.mul(y));
    let product = modes::settle(vm, product)?;
    exp(vm, &product, digits)
}

/// `x.power(y)` of objects.
fn power_of(vm: &mut Vm, this: Value, exponent: Value, digits: i64) -> RResult {
    let number = receiver(vm, this)?;
    let digits_of_rational = if digits > 0 { digits } else { number.count() };
    let exponent = argument(vm, exponent, digits_of_rational)?;
    let result = power(vm, &number, &exponent, digits)?;
    give(vm, Ok(result))
}

/// Powers and roots.
pub struct Powers;

#[ruby_methods("BigDecimal")]
impl Powers {
    #[method("**")]
    fn to_power(vm: &mut Vm, this: Value, exponent: Value) -> RResult {
        if exponent.is_nil() {
            return Err(vm.type_error("wrong argument type NilClass"));
        }
        if coerced(vm, exponent, 2 * FLOAT_DIGITS)?.is_some() {
            return power_of(vm, this, exponent, 0);
        }
        let pair = vm.send(exponent, "coerce", &[this])?;
        let pair = vm.to_ary(pair)?;
        let [base, exponent] = [0, 1].map(|index| pair.get(index).unwrap_or(Value::NIL));
        vm.send(base, "**", &[exponent])
    }

    #[method("power")]
    fn power(vm: &mut Vm, this: Value, exponent: Value, digits: Option<Value>) -> RResult {
        let digits = digits.map_or(Ok(0), |digits| digits_for(vm, digits, "power", 0))?;
        power_of(vm, this, exponent, digits)
    }

    #[method("sqrt")]
    fn sqrt(vm: &mut Vm, this: Value, digits: Value) -> RResult {
        let digits = digits_for(vm, digits, "sqrt", 0)?;
        let number = receiver(vm, this)?;
        let root = sqrt(vm, &number, digits)?;
        give(vm, Ok(root))
    }
}

/// A function of a number, for a number of digits.
fn apply(vm: &mut Vm, x: Value, digits: Value, name: &str, run: fn(&mut Vm, &Decimal, i64) -> RResult<Decimal>) -> RResult {
    let digits = digits_for(vm, digits, name, 1)?;
    let x = argument(vm, x, digits)?;
    let result = run(vm, &x, digits)?;
    give(vm, Ok(result))
}

/// Functions that `bigdecimal` itself has.
pub struct Functions;

#[ruby_methods("BigMath")]
impl Functions {
    #[module_function("exp")]
    fn exp(vm: &mut Vm, _this: Value, x: Value, digits: Value) -> RResult {
        apply(vm, x, digits, "exp", exp)
    }

    #[module_function("log")]
    fn log(vm: &mut Vm, _this: Value, x: Value, digits: Value) -> RResult {
        digits_for(vm, digits, "log", 1)?;
        if vm.is_a(x, vm.core.complex) {
            return Err(domain_error(vm, "Complex argument for BigMath.log"));
        }
        apply(vm, x, digits, "log", log)
    }
}

fn angle_function(vm: &mut Vm, x: &Decimal, digits: i64, is_cosine: bool) -> RResult<Decimal> {
    match x {
        Decimal::NaN | Decimal::Infinity { .. } => nan(vm),
        Decimal::Zero { .. } => Ok(if is_cosine { Decimal::one() } else { Decimal::ZERO }),
        Decimal::Finite(number) => rounded(vm, functions::sin_or_cos(number, digits, is_cosine), digits),
    }
}

fn atan(vm: &mut Vm, x: &Decimal, digits: i64) -> RResult<Decimal> {
    match x {
        Decimal::NaN => nan(vm),
        Decimal::Zero { .. } => Ok(x.clone()),
        Decimal::Infinity { is_negative } => {
            let half = functions::pi(digits).and_then(|pi| pi.mul(&Decimal::new(false, 5u8.into(), -1)?));
            rounded(vm, half.map(|half| half.with_sign(*is_negative)), digits)
        }
        Decimal::Finite(number) => rounded(vm, functions::atan(number, digits), digits),
    }
}

/// Functions that `bigdecimal/math` adds, the ground of those in Ruby.
pub struct MoreFunctions;

#[ruby_methods("BigMath")]
impl MoreFunctions {
    #[module_function("sqrt")]
    fn sqrt(vm: &mut Vm, _this: Value, x: Value, digits: Value) -> RResult {
        apply(vm, x, digits, "sqrt", sqrt)
    }

    #[module_function("sin")]
    fn sin(vm: &mut Vm, _this: Value, x: Value, digits: Value) -> RResult {
        apply(vm, x, digits, "sin", |vm, x, digits| angle_function(vm, x, digits, false))
    }

    #[module_function("cos")]
    fn cos(vm: &mut Vm, _this: Value, x: Value, digits: Value) -> RResult {
        apply(vm, x, digits, "cos", |vm, x, digits| angle_function(vm, x, digits, true))
    }

    #[module_function("atan")]
    fn atan(vm: &mut Vm, _this: Value, x: Value, digits: Value) -> RResult {
        apply(vm, x, digits, "atan", atan)
    }

    #[module_function("PI")]
    fn pi(vm: &mut Vm, _this: Value, digits: Value) -> RResult {
        let digits = digits_for(vm, digits, "PI", 1)?;
        let pi = rounded(vm, functions::pi(digits), digits)?;
        give(vm, Ok(pi))
    }

    #[module_function("E")]
    fn e(vm: &mut Vm, _this: Value, digits: Value) -> RResult {
        let digits = digits_for(vm, digits, "E", 1)?;
        let e = exp(vm, &Decimal::one(), digits)?;
        give(vm, Ok(e))
    }
}
