//! Real numbers taken apart, and the arithmetic that Integer, Float and Rational share: the wider kind
//! wins, what is not a real number goes through `coerce`.
//!
//! Source: CRuby `numeric.c` (`do_coerce`, `rb_num_coerce_bin`, `flodivmod`).

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use numeric::rational::Rational;
use std::cmp::Ordering;
use value::Kind;
use vm::{RArray, RResult, Raised, Symbol, Value, Vm, sym};

/// A number taken apart.
#[derive(Clone, Debug)]
pub enum Number {
    /// An Integer of 64 bits.
    Small(i64),
    /// Another Integer.
    Big(BigInt),
    /// A Float.
    Float(f64),
    /// A Rational.
    Rational(Rational),
    /// Anything else.
    Other,
}

/// An operation with a common path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Modulo,
    /// `remainder`
    Remainder,
    /// `div`
    FloorDiv,
}

impl Operation {
    fn name(self, vm: &mut Vm) -> Symbol {
        match self {
            Operation::Add => sym::ADD,
            Operation::Sub => sym::SUB,
            Operation::Mul => sym::MUL,
            Operation::Div => sym::DIV,
            Operation::Modulo => sym::REM,
            Operation::Remainder => vm.intern("remainder"),
            Operation::FloorDiv => vm.intern("div"),
        }
    }
}

impl Number {
    /// Takes a value apart.
    pub fn of(vm: &Vm, value: Value) -> Number {
        if let Some(small) = value.as_fixnum() {
            return Number::Small(small);
        }
        if let Some(float) = objects::number::float_of(value) {
            return Number::Float(float);
        }
        if let Some(big) = objects::number::bignum_of(&value) {
            return Number::Big(big.clone());
        }
        rational_of(vm, value).map_or(Number::Other, Number::Rational)
    }

    /// The Integer, if it is one.
    pub fn into_integer(self) -> Option<BigInt> {
        match self {
            Number::Small(small) => Some(BigInt::from(small)),
            Number::Big(big) => Some(big),
            _ => None,
        }
    }

    /// As double; None for what is no real number.
    pub fn to_f64(&self) -> Option<f64> {
        match self {
            Number::Small(small) => Some(*small as f64),
            Number::Big(big) => Some(numeric::big::to_f64(big)),
            Number::Float(float) => Some(*float),
            Number::Rational(rational) => Some(rational.to_f64()),
            Number::Other => None,
        }
    }

    /// As exact fraction; None for Floats and others.
    pub fn into_rational(self) -> Option<Rational> {
        match self {
            Number::Rational(rational) => Some(rational),
            other => other.into_integer().map(Rational::whole),
        }
    }
}

/// The parts of a Rational object.
pub fn rational_of(vm: &Vm, value: Value) -> Option<Rational> {
    if !value.is_kind(Kind::Object) || vm.real_class_of(value).value() != vm.core.rational {
        return None;
    }
    let numerator = objects::number::integer_of(vm.hidden(value, sym::H_NUMERATOR)?)?;
    let denominator = objects::number::integer_of(vm.hidden(value, sym::H_DENOMINATOR)?)?;
    Rational::new(numerator, denominator).ok()
}

/// The parts of a Complex object.
pub fn complex_of(vm: &Vm, value: Value) -> Option<(Value, Value)> {
    if !value.is_kind(Kind::Object) || vm.real_class_of(value).value() != vm.core.complex {
        return None;
    }
    Some((vm.hidden(value, sym::H_REAL)?, vm.hidden(value, sym::H_IMAGINARY)?))
}

/// A Rational object.
pub fn rational_value(vm: &mut Vm, rational: Rational) -> Value {
    let (numerator, denominator) = rational.into_parts();
    let numerator = vm.big(numerator);
    let denominator = vm.big(denominator);
    vm.rational_from(numerator, denominator)
}

/// The value or the exception of a calculation.
pub fn checked<T>(vm: &mut Vm, result: Result<T, numeric::NumericError>) -> RResult<T> {
    result.map_err(|error| vm.raise_numeric_error(&error))
}

/// The Integer part of a Float; FloatDomainError for infinities and NaN.
pub fn float_integer(vm: &mut Vm, float: f64) -> RResult {
    vm.float_to_integer(float)
}

/// `a % b` of doubles, with the sign of `b`.
pub fn float_modulo(a: f64, b: f64) -> f64 {
    if b.is_nan() || b == 0.0 {
        return f64::NAN;
    }
    if b.is_infinite() && a.is_finite() {
        return if a == 0.0 || (a < 0.0) == (b < 0.0) { a } else { b };
    }
    let rest = a % b;
    if b * rest < 0.0 { rest + b } else { rest }
}

fn small(vm: &mut Vm, operation: Operation, a: i64, b: i64) -> RResult<Option<Value>> {
    let result = match operation {
        Operation::Add => a.checked_add(b),
        Operation::Sub => a.checked_sub(b),
        Operation::Mul => a.checked_mul(b),
        _ if b == 0 => return Err(vm.zero_division()),
        Operation::Div | Operation::FloorDiv => {
            a.checked_div(b).map(|quotient| if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
        }
        Operation::Modulo => {
            let rest = a.checked_rem(b).unwrap_or(0);
            Some(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
        }
        Operation::Remainder => Some(a.checked_rem(b).unwrap_or(0)),
    };
    Ok(result.map(|number| vm.int(number)))
}

fn big(vm: &mut Vm, operation: Operation, a: &BigInt, b: &BigInt) -> RResult {
    // Products are made in pieces that take a few times the room of the result.
    vm.room_for(((a.bits() + b.bits()) / 2) as usize)?;
    let result = match operation {
        Operation::Add => Ok(a + b),
        Operation::Sub => Ok(a - b),
        Operation::Mul => Ok(a * b),
        Operation::Div | Operation::FloorDiv => numeric::big::div(a, b),
        Operation::Modulo => numeric::big::modulo(a, b),
        Operation::Remainder => numeric::big::remainder(a, b),
    };
    let number = checked(vm, result)?;
    Ok(vm.big(number))
}

fn float(vm: &mut Vm, operation: Operation, a: f64, b: f64) -> RResult {
    Ok(match operation {
        Operation::Add => vm.float(a + b),
        Operation::Sub => vm.float(a - b),
        Operation::Mul => vm.float(a * b),
        Operation::Div => vm.float(a / b),
        Operation::Modulo if b == 0.0 => return Err(vm.zero_division()),
        Operation::Modulo => vm.float(float_modulo(a, b)),
        Operation::Remainder if b == 0.0 => return Err(vm.zero_division()),
        Operation::Remainder => vm.float(a % b),
        Operation::FloorDiv if b == 0.0 => return Err(vm.zero_division()),
        Operation::FloorDiv => return float_integer(vm, (a / b).floor()),
    })
}

fn rational(vm: &mut Vm, operation: Operation, a: &Rational, b: &Rational) -> RResult {
    use numeric::round::Rounding;
    let result = match operation {
        Operation::Add => a.add(b),
        Operation::Sub => a.sub(b),
        Operation::Mul => a.mul(b),
        Operation::Div => checked(vm, a.div(b))?,
        Operation::Modulo | Operation::Remainder => {
            let rounding = if operation == Operation::Modulo { Rounding::Floor } else { Rounding::Truncate };
            let quotient = checked(vm, a.div(b))?.to_integer(rounding);
            a.sub(&b.mul(&Rational::whole(quotient)))
        }
        Operation::FloorDiv => {
            let quotient = checked(vm, a.div(b))?.to_integer(Rounding::Floor);
            return Ok(vm.big(quotient));
        }
    };
    Ok(rational_value(vm, result))
}

/// An operation on two values, the first a real number.
pub fn arithmetic(vm: &mut Vm, operation: Operation, left: Value, right: Value) -> RResult {
    if let Some(value) = crate::small_rational::arithmetic(vm, operation, left, right) {
        return Ok(value);
    }
    let (a, b) = (Number::of(vm, left), Number::of(vm, right));
    match (a, b) {
        (Number::Small(a), Number::Small(b)) => match small(vm, operation, a, b)? {
            Some(value) => Ok(value),
            None => big(vm, operation, &BigInt::from(a), &BigInt::from(b)),
        },
        (_, Number::Other) | (Number::Other, _) => {
            let name = operation.name(vm);
            coerce_binary(vm, left, right, name)
        }
        (a, b) if matches!(a, Number::Float(_)) || matches!(b, Number::Float(_)) => {
            float(vm, operation, a.to_f64().unwrap_or(f64::NAN), b.to_f64().unwrap_or(f64::NAN))
        }
        (a, b) if matches!(a, Number::Rational(_)) || matches!(b, Number::Rational(_)) => match (a.into_rational(), b.into_rational()) {
            (Some(a), Some(b)) => rational(vm, operation, &a, &b),
            _ => Ok(Value::NIL),
        },
        (a, b) => match (a.into_integer(), b.into_integer()) {
            (Some(a), Some(b)) => big(vm, operation, &a, &b),
            _ => Ok(Value::NIL),
        },
    }
}

/// `[a.div(b), a % b]`
pub fn divmod(vm: &mut Vm, left: Value, right: Value) -> RResult {
    if let (Some(a), Some(b)) = (left.as_fixnum(), right.as_fixnum().filter(|&number| number != 0)) {
        let (quotient, rest) = num_integer::div_mod_floor(a, b);
        let quotient = vm.int(quotient);
        return Ok(vm.array(&[quotient, Value::small(rest)]));
    }
    let (a, b) = (Number::of(vm, left), Number::of(vm, right));
    if matches!(b, Number::Other) {
        return coerce_binary(vm, left, right, sym::DIVMOD);
    }
    if matches!(a, Number::Float(_)) || matches!(b, Number::Float(_)) {
        let (a, b) = (a.to_f64().unwrap_or(f64::NAN), b.to_f64().unwrap_or(f64::NAN));
        if b == 0.0 {
            return Err(vm.zero_division());
        }
        let rest = float_modulo(a, b);
        let quotient = if b.is_infinite() && a.is_finite() { if rest == a { 0.0 } else { -1.0 } } else { ((a - rest) / b).round() };
        let quotient = float_integer(vm, quotient)?;
        let rest = vm.float(rest);
        return Ok(vm.array(&[quotient, rest]));
    }
    let quotient = arithmetic(vm, Operation::FloorDiv, left, right)?;
    let rest = arithmetic(vm, Operation::Modulo, left, right)?;
    Ok(vm.array(&[quotient, rest]))
}

/// `a <=> b` of real numbers: None when one is something else, Some(None) with NaN.
pub fn order(vm: &Vm, left: Value, right: Value) -> Option<Option<Ordering>> {
    match (Number::of(vm, left), Number::of(vm, right)) {
        (Number::Other, _) | (_, Number::Other) => None,
        (Number::Small(a), Number::Small(b)) => Some(Some(a.cmp(&b))),
        (Number::Float(a), Number::Float(b)) => Some(a.partial_cmp(&b)),
        (Number::Rational(a), Number::Float(b)) => Some(a.to_f64().partial_cmp(&b)),
        (Number::Float(a), Number::Rational(b)) => Some(a.partial_cmp(&b.to_f64())),
        (Number::Float(a), b) => Some(numeric::big::cmp_f64(&b.into_integer()?, a).map(Ordering::reverse)),
        (a, Number::Float(b)) => Some(numeric::big::cmp_f64(&a.into_integer()?, b)),
        (a, b) => Some(Some(a.into_rational()?.compare(&b.into_rational()?))),
    }
}

/// `a == b` for a real `a`; others decide themselves.
pub fn equal(vm: &mut Vm, left: Value, right: Value) -> RResult<bool> {
    match order(vm, left, right) {
        Some(found) => Ok(found == Some(Ordering::Equal)),
        None => {
            let name = sym::EQ;
            let answer = vm.guard_recursion(name, left, right, |vm| vm.call(right, name, &[left]))?;
            Ok(answer.is_some_and(Value::truthy))
        }
    }
}

/// `a <=> b`
pub fn compare(vm: &mut Vm, left: Value, right: Value) -> RResult {
    match order(vm, left, right) {
        Some(found) => Ok(found.map_or(Value::NIL, |found| Value::small(found as i64))),
        None => match coerced(vm, left, right, false)? {
            Some((a, b)) => vm.call(a, sym::CMP, &[b]),
            None => Ok(Value::NIL),
        },
    }
}

/// `<`, `<=`, `>`, `>=`
pub fn relation(vm: &mut Vm, left: Value, right: Value, name: Symbol, fits: fn(Ordering) -> bool) -> RResult {
    if let Some(found) = order(vm, left, right) {
        return Ok(Value::bool(found.is_some_and(fits)));
    }
    if let Some((a, b)) = coerced(vm, left, right, false)? {
        let answer = vm.call(a, name, &[b])?;
        if !answer.is_nil() {
            return Ok(answer);
        }
    }
    Err(vm.comparison_failed(left, right))
}

/// `right.coerce(left)`; None when there is no `coerce` and `must` is false.
pub fn coerced(vm: &mut Vm, left: Value, right: Value, must: bool) -> RResult<Option<(Value, Value)>> {
    let Some(pair) = vm.call_if_responds(right, sym::COERCE, &[left])? else {
        return if must { Err(coerce_failed(vm, left, right)) } else { Ok(None) };
    };
    if pair.is_nil() && !must {
        return Ok(None);
    }
    match RArray::new(pair) {
        Some(pair) if pair.len() == 2 => Ok(pair.get(0).zip(pair.get(1))),
        _ => Err(vm.type_error("coerce must return [x, y]")),
    }
}

/// TypeError "X can't be coerced into Y".
#[cold]
pub fn coerce_failed(vm: &mut Vm, left: Value, right: Value) -> Raised {
    let shown = if right.kind().is_none() {
        match vm.inspect_text(right) {
            Ok(text) => text,
            Err(raised) => return raised,
        }
    } else {
        vm.class_name_of(right)
    };
    let target = vm.class_name_of(left);
    vm.type_error(&format!("{shown} can't be coerced into {target}"))
}

/// `left.name(right)` after `right.coerce(left)`.
pub fn coerce_binary(vm: &mut Vm, left: Value, right: Value, name: Symbol) -> RResult {
    match coerced(vm, left, right, true)? {
        Some((a, b)) => vm.call(a, name, &[b]),
        None => Ok(Value::NIL),
    }
}

/// `base ** exponent` of real numbers.
pub fn power(vm: &mut Vm, left: Value, right: Value) -> RResult {
    let exponent = right.as_fixnum().and_then(|exponent| u32::try_from(exponent).ok());
    if let Some(result) = exponent.and_then(|exponent| left.as_fixnum()?.checked_pow(exponent)) {
        return Ok(vm.int(result));
    }
    let (a, b) = (Number::of(vm, left), Number::of(vm, right));
    match (a, b) {
        (_, Number::Other) | (Number::Other, _) => coerce_binary(vm, left, right, sym::POW),
        (a @ (Number::Small(_) | Number::Big(_)), b @ (Number::Small(_) | Number::Big(_))) => match (a.into_integer(), b.into_integer()) {
            (Some(a), Some(b)) => integer_power(vm, &a, &b),
            _ => Ok(Value::NIL),
        },
        (Number::Rational(a), b @ (Number::Small(_) | Number::Big(_))) => {
            let exponent = b.into_integer().unwrap_or_default();
            rational_power(vm, &a, &exponent)
        }
        (a, Number::Rational(b)) if !matches!(a, Number::Float(_)) && b.denominator().is_one() => {
            let base = a.into_rational().unwrap_or_else(|| Rational::whole(BigInt::zero()));
            rational_power(vm, &base, b.numerator())
        }
        (Number::Rational(a), Number::Rational(b)) if a.numerator().is_zero() && b.numerator().is_negative() => Err(vm.zero_division()),
        (a, b) => float_power(vm, a.to_f64().unwrap_or(f64::NAN), b.to_f64().unwrap_or(f64::NAN)),
    }
}

fn integer_power(vm: &mut Vm, base: &BigInt, exponent: &BigInt) -> RResult {
    // 1 and -1 stay Integers whatever the exponent.
    if base.magnitude().is_one() {
        let negative = base.is_negative() && exponent.bit(0);
        return Ok(Value::small(if negative { -1 } else { 1 }));
    }
    if exponent.is_negative() {
        return rational_power(vm, &Rational::whole(base.clone()), exponent);
    }
    let result = checked(vm, numeric::big::pow(base, exponent))?;
    Ok(vm.big(result))
}

fn rational_power(vm: &mut Vm, base: &Rational, exponent: &BigInt) -> RResult {
    let result = checked(vm, base.pow(exponent))?;
    Ok(rational_value(vm, result))
}

/// `a ** b` of doubles; a negative base with a broken exponent gives a Complex.
pub fn float_power(vm: &mut Vm, a: f64, b: f64) -> RResult {
    if a < 0.0 && b.is_finite() && b != b.round() {
        return Ok(polar_pi(vm, (-a).powf(b), b));
    }
    Ok(vm.float(a.powf(b)))
}

/// The Complex with magnitude and an angle in half turns; multiples of a quarter turn are exact.
fn polar_pi(vm: &mut Vm, magnitude: f64, half_turns: f64) -> Value {
    let turn = half_turns.rem_euclid(2.0);
    let (cosine, sine) = match turn {
        0.0 => (1.0, 0.0),
        0.5 => (0.0, 1.0),
        1.0 => (-1.0, 0.0),
        1.5 => (0.0, -1.0),
        _ => ((std::f64::consts::PI * turn).cos(), (std::f64::consts::PI * turn).sin()),
    };
    let real = vm.float(magnitude * cosine);
    let imaginary = vm.float(magnitude * sine);
    vm.complex_from(real, imaginary)
}

/// `a.fdiv(b)`
pub fn fdiv(vm: &mut Vm, left: Value, right: Value) -> RResult {
    let (a, b) = (Number::of(vm, left), Number::of(vm, right));
    match (a, b) {
        (_, Number::Other) => {
            let quotient = coerce_binary(vm, left, right, sym::FDIV)?;
            let quotient = vm.to_f64(quotient)?;
            Ok(vm.float(quotient))
        }
        (Number::Small(a), Number::Small(b)) => Ok(vm.float(a as f64 / b as f64)),
        (a @ (Number::Small(_) | Number::Big(_)), b @ (Number::Small(_) | Number::Big(_))) => {
            let quotient = numeric::big::fdiv(&a.into_integer().unwrap_or_default(), &b.into_integer().unwrap_or_default());
            Ok(vm.float(quotient))
        }
        (a, b) => {
            let quotient = a.to_f64().unwrap_or(f64::NAN) / b.to_f64().unwrap_or(f64::NAN);
            Ok(vm.float(quotient))
        }
    }
}

/// Is the value a real number that is exactly zero?
pub fn is_exact_zero(vm: &Vm, value: Value) -> bool {
    match Number::of(vm, value) {
        Number::Small(number) => number == 0,
        Number::Rational(rational) => rational.numerator().is_zero(),
        _ => false,
    }
}

/// Is the value negative (the sign bit for Floats)?
pub fn is_negative(vm: &mut Vm, value: Value) -> RResult<bool> {
    Ok(match Number::of(vm, value) {
        Number::Small(number) => number < 0,
        Number::Big(number) => number.is_negative(),
        Number::Float(number) => number.is_sign_negative() && !number.is_nan(),
        Number::Rational(rational) => rational.numerator().is_negative(),
        Number::Other => vm.call(value, sym::LT, &[Value::small(0)])?.truthy(),
    })
}

/// A digit count argument, cut to what makes a difference.
pub fn digit_count(vm: &mut Vm, digits: Option<Value>) -> RResult<i64> {
    match digits {
        None => Ok(0),
        Some(Value::NIL) => vm.to_i64(Value::NIL),
        Some(digits) => {
            let digits = vm.to_int(digits)?;
            match objects::number::integer_of(digits).and_then(|number| number.to_i32()) {
                Some(number) => Ok(i64::from(number)),
                None => Err(vm.range_error("bignum too big to convert into 'int'")),
            }
        }
    }
}

/// The mode of `half:`.
pub fn half_mode(vm: &mut Vm, keywords: vm::Keywords) -> RResult<numeric::round::Half> {
    use numeric::round::Half;
    keywords.check(vm, &["half"])?;
    let Some(half) = keywords.get(vm, "half").filter(|value| !value.is_nil()) else { return Ok(Half::Up) };
    let name = match half.as_symbol() {
        Some(name) => vm.symbols.bytes(name).to_vec(),
        None => match vm.try_to_str(half)? {
            Some(text) => text.bytes().to_vec(),
            None => {
                let shown = vm.inspect_text(half)?;
                return Err(vm.argument_error(&format!("invalid rounding mode ({shown})")));
            }
        },
    };
    match Half::parse(&name) {
        Some(half) => Ok(half),
        None => Err(vm.argument_error(&format!("invalid rounding mode: {}", String::from_utf8_lossy(&name)))),
    }
}

/// Is it an Integer, Float or Rational?
pub fn is_real(vm: &Vm, value: Value) -> bool {
    !matches!(Number::of(vm, value), Number::Other)
}
