//! Rational, `Kernel#Rational`, `to_r` of nil.
//!
//! Source: CRuby `rational.c`.

use crate::number::{self, Operation, checked, digit_count, half_mode, rational_of, rational_value};
use macros::ruby_methods;
use num_traits::{Signed, Zero};
use numeric::rational::Rational;
use numeric::round::Rounding;
use vm::{Keywords, RResult, RString, Value, Vm, sym};

/// Operators of Rational.
pub struct Operators;

#[ruby_methods("Rational")]
impl Operators {
    #[method("+")]
    fn add(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::Add, this, other)
    }

    #[method("-")]
    fn sub(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::Sub, this, other)
    }

    #[method("*")]
    fn mul(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::Mul, this, other)
    }

    #[method("/", "quo")]
    fn div(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::Div, this, other)
    }

    #[method("%", "modulo")]
    fn modulo(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::Modulo, this, other)
    }

    #[method("divmod")]
    fn divmod(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::divmod(vm, this, other)
    }

    #[method("fdiv")]
    fn fdiv(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::fdiv(vm, this, other)
    }

    #[method("**")]
    fn power(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::power(vm, this, other)
    }

    #[method("-@")]
    fn negate(vm: &mut Vm, this: Value) -> Value {
        let negated = fraction(vm, this).neg();
        rational_value(vm, negated)
    }

    #[method("==")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        number::equal(vm, this, other)
    }

    #[method("<=>")]
    fn compare(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::compare(vm, this, other)
    }

    #[method("coerce")]
    fn coerce(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if Vm::is_integer(other) {
            let other = vm.rational_from(other, Value::small(1));
            return Ok(vm.array(&[other, this]));
        }
        if objects::number::float_of(other).is_some() {
            let float = fraction(vm, this).to_f64();
            let float = vm.float(float);
            return Ok(vm.array(&[other, float]));
        }
        if rational_of(vm, other).is_some() {
            return Ok(vm.array(&[other, this]));
        }
        if let Some((real, imaginary)) = number::complex_of(vm, other) {
            if number::is_exact_zero(vm, imaginary) {
                let exact = vm.call(real, sym::TO_R, &[])?;
                return Ok(vm.array(&[exact, this]));
            }
            let this = vm.complex_from(this, Value::small(0));
            return Ok(vm.array(&[other, this]));
        }
        let (theirs, ours) = (vm.class_name_of(other), vm.class_name_of(this));
        Err(vm.type_error(&format!("{theirs} can't be coerced into {ours}")))
    }
}

/// Everything else of Rational.
pub struct Rationals;

#[ruby_methods("Rational")]
impl Rationals {
    #[method("numerator")]
    fn numerator(vm: &mut Vm, this: Value) -> Value {
        vm.hidden(this, sym::H_NUMERATOR).unwrap_or(Value::NIL)
    }

    #[method("denominator")]
    fn denominator(vm: &mut Vm, this: Value) -> Value {
        vm.hidden(this, sym::H_DENOMINATOR).unwrap_or(Value::NIL)
    }

    #[method("hash")]
    fn hash(vm: &mut Vm, this: Value) -> Value {
        let text = fraction_text(vm, this);
        let hash = vm.hash_bytes(text.as_bytes());
        vm.int((hash >> 1) as i64)
    }

    #[method("eql?")]
    fn eql(vm: &mut Vm, this: Value, other: Value) -> bool {
        rational_of(vm, other).is_some_and(|other| other == fraction(vm, this))
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> Value {
        let text = fraction_text(vm, this);
        vm.str_ascii(&text)
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> Value {
        let text = format!("({})", fraction_text(vm, this));
        vm.str_ascii(&text)
    }

    #[method("to_i")]
    fn to_i(vm: &mut Vm, this: Value) -> Value {
        let number = fraction(vm, this).to_integer(Rounding::Truncate);
        vm.big(number)
    }

    #[method("to_f")]
    fn to_f(vm: &mut Vm, this: Value) -> f64 {
        fraction(vm, this).to_f64()
    }

    #[method("to_r", effects = "pure")]
    fn to_r(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    /// The parts, for Marshal.
    #[method("marshal_dump", private)]
    fn marshal_dump(vm: &mut Vm, this: Value) -> Value {
        let part = |vm: &mut Vm, name| vm.hidden(this, name).unwrap_or(Value::NIL);
        let parts = [part(vm, sym::H_NUMERATOR), part(vm, sym::H_DENOMINATOR)];
        vm.array(&parts)
    }

    #[method("rationalize")]
    fn rationalize(vm: &mut Vm, this: Value, tolerance: Option<Value>) -> RResult {
        let Some(tolerance) = tolerance else { return Ok(this) };
        let tolerance = self::tolerance(vm, tolerance)?;
        let simple = fraction(vm, this).rationalize(&tolerance);
        Ok(rational_value(vm, simple))
    }

    #[method("zero?")]
    fn is_zero(vm: &mut Vm, this: Value) -> bool {
        fraction(vm, this).numerator().is_zero()
    }

    #[method("positive?")]
    fn is_positive(vm: &mut Vm, this: Value) -> bool {
        fraction(vm, this).numerator().is_positive()
    }

    #[method("negative?")]
    fn is_negative(vm: &mut Vm, this: Value) -> bool {
        fraction(vm, this).numerator().is_negative()
    }

    #[method("abs", "magnitude")]
    fn abs(vm: &mut Vm, this: Value) -> Value {
        let fraction = fraction(vm, this);
        if !fraction.numerator().is_negative() {
            return this;
        }
        rational_value(vm, fraction.neg())
    }

    #[method("floor")]
    fn floor(vm: &mut Vm, this: Value, digits: Option<Value>) -> RResult {
        round(vm, this, digits, Rounding::Floor)
    }

    #[method("ceil")]
    fn ceil(vm: &mut Vm, this: Value, digits: Option<Value>) -> RResult {
        round(vm, this, digits, Rounding::Ceil)
    }

    #[method("truncate")]
    fn truncate(vm: &mut Vm, this: Value, digits: Option<Value>) -> RResult {
        round(vm, this, digits, Rounding::Truncate)
    }

    #[method("round")]
    fn round(vm: &mut Vm, this: Value, digits: Option<Value>, keywords: Keywords) -> RResult {
        let half = half_mode(vm, keywords)?;
        round(vm, this, digits, Rounding::Nearest(half))
    }
}

/// `nil` as number.
pub struct Nils;

#[ruby_methods("NilClass")]
impl Nils {
    #[method("to_r")]
    fn to_r(vm: &mut Vm, _this: Value) -> Value {
        vm.rational_from(Value::small(0), Value::small(1))
    }

    #[method("rationalize")]
    fn rationalize(vm: &mut Vm, _this: Value, _tolerance: Option<Value>) -> Value {
        vm.rational_from(Value::small(0), Value::small(1))
    }

    #[method("to_c")]
    fn to_c(vm: &mut Vm, _this: Value) -> Value {
        vm.complex_from(Value::small(0), Value::small(0))
    }
}

/// `Kernel#Rational`.
pub struct Conversions;

#[ruby_methods("Kernel")]
impl Conversions {
    #[module_function("Rational")]
    fn rational(vm: &mut Vm, _this: Value, numerator: Value, denominator: Option<Value>, keywords: Keywords) -> RResult {
        keywords.check(vm, &["exception"])?;
        for text in [Some(numerator), denominator].into_iter().flatten().filter_map(RString::new) {
            vm.check_ascii_compatible(text)?;
        }
        if keywords.wants_exception(vm)? {
            return convert(vm, numerator, denominator);
        }
        let standard = vm.core.standard_error;
        vm.rescue(standard, |vm| convert(vm, numerator, denominator), |_, _| Ok(Value::NIL))
    }
}

/// The parts of the receiver.
fn fraction(vm: &Vm, this: Value) -> Rational {
    rational_of(vm, this).unwrap_or_else(|| Rational::whole(num_bigint::BigInt::zero()))
}

fn fraction_text(vm: &Vm, this: Value) -> String {
    let fraction = fraction(vm, this);
    format!("{}/{}", fraction.numerator(), fraction.denominator())
}

fn round(vm: &mut Vm, this: Value, digits: Option<Value>, rounding: Rounding) -> RResult {
    let fraction = fraction(vm, this);
    let Some(digits) = digits else { return Ok(vm.big(fraction.to_integer(rounding))) };
    if !Vm::is_integer(digits) {
        return Err(vm.type_error("not an integer"));
    }
    let count = digit_count(vm, Some(digits))?;
    let rounded = fraction.round_digits(count as i32, rounding);
    if count < 1 {
        return Ok(vm.big(rounded.to_integer(Rounding::Truncate)));
    }
    Ok(rational_value(vm, rounded))
}

/// The argument of `rationalize`: its magnitude, exact.
pub fn tolerance(vm: &mut Vm, value: Value) -> RResult<Rational> {
    let value = vm.send(value, "abs", &[])?;
    let exact = vm.call(value, sym::TO_R, &[])?;
    match rational_of(vm, exact) {
        Some(exact) => Ok(exact),
        None => Err(vm.no_implicit_conversion(value, "Rational")),
    }
}

/// An argument of `Rational()` as far as it is read without `to_r`: Strings, Floats, and by `to_int` what lacks `to_r`.
fn part(vm: &mut Vm, value: Value) -> RResult {
    if value.is_nil() {
        return Err(vm.type_error("can't convert nil into Rational"));
    }
    let value = match number::complex_of(vm, value) {
        Some((real, imaginary)) if number::is_exact_zero(vm, imaginary) => real,
        _ => value,
    };
    if Vm::is_integer(value) || rational_of(vm, value).is_some() {
        return Ok(value);
    }
    if objects::number::float_of(value).is_some() {
        return vm.call(value, sym::TO_R, &[]);
    }
    if let Some(text) = RString::new(value) {
        return match numeric::parse::rational_strict(text.bytes()) {
            Ok(fraction) => Ok(rational_value(vm, fraction)),
            Err(error) => {
                let shown = vm.inspect_text(value)?;
                let class = vm.class_at(error.class().ruby_name());
                Err(vm.raise(class, &error.message(&shown)))
            }
        };
    }
    if vm.responds_to(value, sym::TO_R, false)? {
        return Ok(value);
    }
    // What `to_int` raises is not told.
    let exception = vm.core.exception;
    let integer = vm.rescue(exception, |vm| vm.call_if_responds(value, sym::TO_INT, &[]), |_, _| Ok(None))?;
    Ok(integer.filter(|&integer| Vm::is_integer(integer)).unwrap_or(value))
}

fn to_rational(vm: &mut Vm, value: Value) -> RResult {
    if Vm::is_integer(value) {
        return Ok(vm.rational_from(value, Value::small(1)));
    }
    if rational_of(vm, value).is_some() {
        return Ok(value);
    }
    let class = vm.core.rational;
    vm.convert_strictly(value, sym::TO_R, class)
}

/// One of two arguments as a number.
fn numeric_part(vm: &mut Vm, value: Value) -> RResult {
    let numeric = vm.core.numeric;
    if vm.is_a(value, numeric) {
        return Ok(value);
    }
    if !vm.responds_to(value, sym::TO_R, false)? {
        return Err(vm.type_error("not an integer"));
    }
    to_rational(vm, value)
}

fn convert(vm: &mut Vm, numerator: Value, denominator: Option<Value>) -> RResult {
    if let Some(made) = crate::small_rational::quotient(vm, numerator, denominator.unwrap_or(Value::small(1))) {
        return Ok(made);
    }
    let top = part(vm, numerator)?;
    let Some(denominator) = denominator else { return to_rational(vm, top) };
    let bottom = part(vm, denominator)?;
    let (top, bottom) = (numeric_part(vm, top)?, numeric_part(vm, bottom)?);
    let (a, b) = (number::Number::of(vm, top), number::Number::of(vm, bottom));
    if let (Some(a), Some(b)) = (a.into_rational(), b.into_rational()) {
        let fraction = checked(vm, a.div(&b))?;
        return Ok(rational_value(vm, fraction));
    }
    let exception = vm.core.exception;
    let top = vm.rescue(exception, |vm| to_rational(vm, top), |_, _| Ok(top))?;
    // What is no Rational stays as it is when nothing is to be divided.
    if bottom == Value::small(1) && number::Number::of(vm, top).into_rational().is_none() && number::complex_of(vm, top).is_none() {
        return Ok(top);
    }
    vm.call(top, sym::DIV, &[bottom])
}
