//! Float.
//!
//! Source: CRuby `numeric.c`, `rational.c` (conversions).

use crate::number::{self, Number, Operation, checked, digit_count, half_mode, rational_value};
use macros::ruby_methods;
use numeric::rational::Rational;
use numeric::round::{Rounded, Rounding};
use vm::{Keywords, RResult, RString, Value, Vm, sym};

/// Operators of Float.
pub struct Operators;

#[ruby_methods("Float")]
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

    #[method("/", "quo", "fdiv")]
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

    #[method("**")]
    fn power(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::power(vm, this, other)
    }

    #[method("-@")]
    fn negate(_vm: &mut Vm, this: f64) -> f64 {
        -this
    }

    #[method("==", "===")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        number::equal(vm, this, other)
    }

    #[method("eql?")]
    fn eql(_vm: &mut Vm, this: f64, other: Value) -> bool {
        objects::number::float_of(other) == Some(this)
    }

    #[method("hash")]
    fn hash(vm: &mut Vm, this: f64) -> Value {
        let number = vm.float(if this == 0.0 { 0.0 } else { this });
        let hash = vm.builtin_hash(number).unwrap_or_default();
        vm.int(hash as i64)
    }

    #[method("<=>")]
    fn compare(vm: &mut Vm, this: f64, other: Value) -> RResult {
        if this.is_infinite() && matches!(Number::of(vm, other), Number::Other) {
            let name = vm.intern("infinite?");
            if let Some(answer) = vm.call_if_responds(other, name, &[])? {
                let theirs = if answer.truthy() { vm.to_i64(answer)?.signum() } else { 0 };
                let ours = if this > 0.0 { 1 } else { -1 };
                return Ok(Value::small(if theirs == ours { 0 } else { ours }));
            }
        }
        let this = vm.float(this);
        number::compare(vm, this, other)
    }

    #[method("<")]
    fn less(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::relation(vm, this, other, sym::LT, std::cmp::Ordering::is_lt)
    }

    #[method("<=")]
    fn less_equal(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::relation(vm, this, other, sym::LE, std::cmp::Ordering::is_le)
    }

    #[method(">")]
    fn greater(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::relation(vm, this, other, sym::GT, std::cmp::Ordering::is_gt)
    }

    #[method(">=")]
    fn greater_equal(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::relation(vm, this, other, sym::GE, std::cmp::Ordering::is_ge)
    }

    #[method("coerce")]
    fn coerce(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let other = coerce_float(vm, other)?;
        let other = vm.float(other);
        Ok(vm.array(&[other, this]))
    }
}

/// Everything else of Float.
pub struct Floats;

#[ruby_methods("Float")]
impl Floats {
    #[method("to_s", "inspect")]
    fn to_s(vm: &mut Vm, this: f64) -> Value {
        vm.str_ascii(&numeric::float_print::to_s(this))
    }

    #[method("to_f", effects = "pure")]
    fn to_f(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    #[method("to_i", "to_int")]
    fn to_i(vm: &mut Vm, this: f64) -> RResult {
        vm.float_to_integer(this)
    }

    #[method("to_r")]
    fn to_r(vm: &mut Vm, this: f64) -> RResult {
        let exact = checked(vm, Rational::from_f64(this))?;
        Ok(rational_value(vm, exact))
    }

    #[method("rationalize")]
    fn rationalize(vm: &mut Vm, this: f64, tolerance: Option<Value>) -> RResult {
        let Some(tolerance) = tolerance else {
            let simple = checked(vm, numeric::rational::rationalize_float(this))?;
            return Ok(rational_value(vm, simple));
        };
        let tolerance = crate::rational::tolerance(vm, tolerance)?;
        // The bounds are Floats, as CRuby's are: this decides whether 0 lies between them.
        let reach = tolerance.to_f64().abs();
        let (low, high) = (checked(vm, Rational::from_f64(this - reach))?, checked(vm, Rational::from_f64(this + reach))?);
        let half = checked(vm, Rational::from_f64(0.5))?;
        let (middle, reach) = (low.add(&high).mul(&half), high.sub(&low).mul(&half));
        Ok(rational_value(vm, middle.rationalize(&reach)))
    }

    #[method("numerator")]
    fn numerator(vm: &mut Vm, this: f64) -> RResult {
        if !this.is_finite() {
            return Ok(vm.float(this));
        }
        let exact = checked(vm, Rational::from_f64(this))?;
        Ok(vm.big(exact.into_parts().0))
    }

    #[method("denominator")]
    fn denominator(vm: &mut Vm, this: f64) -> RResult {
        if !this.is_finite() {
            return Ok(Value::small(1));
        }
        let exact = checked(vm, Rational::from_f64(this))?;
        Ok(vm.big(exact.into_parts().1))
    }

    #[method("nan?", effects = "pure")]
    fn is_nan(_vm: &mut Vm, this: f64) -> bool {
        this.is_nan()
    }

    #[method("finite?", effects = "pure")]
    fn is_finite(_vm: &mut Vm, this: f64) -> bool {
        this.is_finite()
    }

    #[method("infinite?", effects = "pure")]
    fn is_infinite(_vm: &mut Vm, this: f64) -> Value {
        if !this.is_infinite() {
            return Value::NIL;
        }
        Value::small(if this > 0.0 { 1 } else { -1 })
    }

    #[method("zero?", effects = "pure")]
    fn is_zero(_vm: &mut Vm, this: f64) -> bool {
        this == 0.0
    }

    #[method("positive?", effects = "pure")]
    fn is_positive(_vm: &mut Vm, this: f64) -> bool {
        this > 0.0
    }

    #[method("negative?", effects = "pure")]
    fn is_negative(_vm: &mut Vm, this: f64) -> bool {
        this < 0.0
    }

    #[method("abs", "magnitude")]
    fn abs(_vm: &mut Vm, this: f64) -> f64 {
        this.abs()
    }

    #[method("arg", "angle", "phase")]
    fn arg(vm: &mut Vm, this: f64) -> Value {
        if this.is_nan() {
            return vm.float(this);
        }
        if this.is_sign_negative() { vm.float(std::f64::consts::PI) } else { Value::small(0) }
    }

    #[method("next_float")]
    fn next_float(_vm: &mut Vm, this: f64) -> f64 {
        numeric::float_print::next_float(this)
    }

    #[method("prev_float")]
    fn prev_float(_vm: &mut Vm, this: f64) -> f64 {
        numeric::float_print::prev_float(this)
    }

    #[method("floor")]
    fn floor(vm: &mut Vm, this: f64, digits: Option<Value>) -> RResult {
        round(vm, this, digits, Rounding::Floor)
    }

    #[method("ceil")]
    fn ceil(vm: &mut Vm, this: f64, digits: Option<Value>) -> RResult {
        round(vm, this, digits, Rounding::Ceil)
    }

    #[method("truncate")]
    fn truncate(vm: &mut Vm, this: f64, digits: Option<Value>) -> RResult {
        round(vm, this, digits, Rounding::Truncate)
    }

    #[method("round")]
    fn round(vm: &mut Vm, this: f64, digits: Option<Value>, keywords: Keywords) -> RResult {
        let half = half_mode(vm, keywords)?;
        round(vm, this, digits, Rounding::Nearest(half))
    }
}

fn round(vm: &mut Vm, this: f64, digits: Option<Value>, rounding: Rounding) -> RResult {
    let digits = digit_count(vm, digits)?;
    match checked(vm, numeric::round::float(this, digits, rounding))? {
        Rounded::Float(number) => Ok(vm.float(number)),
        Rounded::Integer(number) => Ok(vm.big(number)),
    }
}

/// `Float(value)` as `coerce` does it: numbers and numeric Strings.
pub fn coerce_float(vm: &mut Vm, value: Value) -> RResult<f64> {
    if let Some(text) = RString::new(value) {
        return match numeric::parse::float_strict(text.bytes()) {
            Ok(number) => Ok(number),
            Err(error) => {
                let shown = vm.inspect_text(value)?;
                let class = vm.class_at(error.class().ruby_name());
                Err(vm.raise(class, &error.message(&shown)))
            }
        };
    }
    vm.to_f64(value)
}

/// The constants of Float.
pub fn init(vm: &mut Vm) {
    let class = vm.class_view(vm.core.float);
    for (name, number) in [("INFINITY", f64::INFINITY), ("NAN", f64::NAN), ("EPSILON", f64::EPSILON), ("MAX", f64::MAX), ("MIN", f64::MIN_POSITIVE)] {
        let (name, number) = (vm.intern(name), vm.float(number));
        vm.set_constant_raw(class, name, number);
    }
    for (name, number) in
        [("DIG", 15), ("MANT_DIG", 53), ("RADIX", 2), ("MAX_EXP", 1024), ("MIN_EXP", -1021), ("MAX_10_EXP", 308), ("MIN_10_EXP", -307)]
    {
        let name = vm.intern(name);
        vm.set_constant_raw(class, name, Value::small(number));
    }
}
