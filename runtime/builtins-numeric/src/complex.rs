//! Complex, `Kernel#Complex`, `to_c` of nil.
//!
//! Invariant: the parts are real numbers; arithmetic runs by the operators of the parts.
//! Source: CRuby `complex.c`.

use crate::number::{self, Number, complex_of, is_exact_zero, rational_value};
use macros::ruby_methods;
use numeric::parse::{self, Part};
use vm::{Keywords, RClass, RResult, RString, Symbol, Value, Vm, sym};

/// Making a Complex, and its operators.
pub struct Operators;

#[ruby_methods("Complex")]
impl Operators {
    #[singleton("rect", "rectangular")]
    fn rect(vm: &mut Vm, _this: RClass, real: Value, imaginary: Option<Value>) -> RResult {
        let real = real_part(vm, real)?;
        let imaginary = real_part(vm, imaginary.unwrap_or(Value::small(0)))?;
        Ok(vm.complex_from(real, imaginary))
    }

    #[singleton("polar")]
    fn polar(vm: &mut Vm, _this: RClass, magnitude: Value, angle: Option<Value>) -> RResult {
        let magnitude = real_part(vm, magnitude)?;
        let angle = real_part(vm, angle.unwrap_or(Value::small(0)))?;
        from_polar(vm, magnitude, angle)
    }

    #[method("+")]
    fn add(vm: &mut Vm, this: Value, other: Value) -> RResult {
        by_parts(vm, this, other, sym::ADD)
    }

    #[method("-")]
    fn sub(vm: &mut Vm, this: Value, other: Value) -> RResult {
        by_parts(vm, this, other, sym::SUB)
    }

    #[method("*")]
    fn mul(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        if let Some((c, d)) = complex_of(vm, other) {
            let (ac, bd) = (vm.call(a, sym::MUL, &[c])?, vm.call(b, sym::MUL, &[d])?);
            let (ad, bc) = (vm.call(a, sym::MUL, &[d])?, vm.call(b, sym::MUL, &[c])?);
            let real = vm.call(ac, sym::SUB, &[bd])?;
            let imaginary = vm.call(ad, sym::ADD, &[bc])?;
            return Ok(vm.complex_from(real, imaginary));
        }
        if is_real(vm, other)? {
            let real = vm.call(a, sym::MUL, &[other])?;
            let imaginary = vm.call(b, sym::MUL, &[other])?;
            return Ok(vm.complex_from(real, imaginary));
        }
        number::coerce_binary(vm, this, other, sym::MUL)
    }

    #[method("/", "quo")]
    fn div(vm: &mut Vm, this: Value, other: Value) -> RResult {
        divide(vm, this, other, sym::QUO)
    }

    #[method("fdiv")]
    fn fdiv(vm: &mut Vm, this: Value, other: Value) -> RResult {
        divide(vm, this, other, sym::FDIV)
    }

    #[method("**")]
    fn power(vm: &mut Vm, this: Value, other: Value) -> RResult {
        power(vm, this, other)
    }

    #[method("-@")]
    fn negate(vm: &mut Vm, this: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        let (a, b) = (vm.call(a, sym::NEG, &[])?, vm.call(b, sym::NEG, &[])?);
        Ok(vm.complex_from(a, b))
    }

    #[method("==")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        let (a, b) = parts(vm, this)?;
        if let Some((c, d)) = complex_of(vm, other) {
            return Ok(vm.equal(a, c)? && vm.equal(b, d)?);
        }
        if is_real(vm, other)? {
            return Ok(vm.equal(a, other)? && vm.equal(b, Value::small(0))?);
        }
        vm.equal(other, this)
    }

    #[method("<=>")]
    fn compare(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        if !vm.equal(b, Value::small(0))? {
            return Ok(Value::NIL);
        }
        if let Some((c, d)) = complex_of(vm, other) {
            return if vm.equal(d, Value::small(0))? { vm.call(a, sym::CMP, &[c]) } else { Ok(Value::NIL) };
        }
        if is_real(vm, other)? { vm.call(a, sym::CMP, &[other]) } else { Ok(Value::NIL) }
    }

    #[method("coerce")]
    fn coerce(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if complex_of(vm, other).is_some() {
            return Ok(vm.array(&[other, this]));
        }
        if is_real(vm, other)? {
            let other = vm.complex_from(other, Value::small(0));
            return Ok(vm.array(&[other, this]));
        }
        let (theirs, ours) = (vm.class_name_of(other), vm.class_name_of(this));
        Err(vm.type_error(&format!("{theirs} can't be coerced into {ours}")))
    }
}

/// Everything else of Complex.
pub struct Complexes;

#[ruby_methods("Complex")]
impl Complexes {
    #[method("real")]
    fn real(vm: &mut Vm, this: Value) -> RResult {
        Ok(parts(vm, this)?.0)
    }

    #[method("imaginary", "imag")]
    fn imaginary(vm: &mut Vm, this: Value) -> RResult {
        Ok(parts(vm, this)?.1)
    }

    #[method("rect", "rectangular")]
    fn rect(vm: &mut Vm, this: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        Ok(vm.array(&[a, b]))
    }

    #[method("abs", "magnitude")]
    fn abs(vm: &mut Vm, this: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        if is_exact_zero(vm, a) {
            return vm.send(b, "abs", &[]);
        }
        let (a, b) = float_parts(vm, this)?;
        Ok(vm.float(a.hypot(b)))
    }

    #[method("abs2")]
    fn abs2(vm: &mut Vm, this: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        let (a, b) = (vm.call(a, sym::MUL, &[a])?, vm.call(b, sym::MUL, &[b])?);
        vm.call(a, sym::ADD, &[b])
    }

    #[method("arg", "angle", "phase")]
    fn arg(vm: &mut Vm, this: Value) -> RResult<f64> {
        let (a, b) = float_parts(vm, this)?;
        Ok(b.atan2(a))
    }

    #[method("polar")]
    fn polar(vm: &mut Vm, this: Value) -> RResult {
        let (a, b) = float_parts(vm, this)?;
        let (magnitude, angle) = (vm.float(a.hypot(b)), vm.float(b.atan2(a)));
        Ok(vm.array(&[magnitude, angle]))
    }

    #[method("conjugate", "conj")]
    fn conjugate(vm: &mut Vm, this: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        let b = vm.call(b, sym::NEG, &[])?;
        Ok(vm.complex_from(a, b))
    }

    #[method("real?", effects = "pure")]
    fn is_real(_vm: &mut Vm, _this: Value) -> bool {
        false
    }

    #[method("finite?")]
    fn is_finite(vm: &mut Vm, this: Value) -> RResult<bool> {
        let (a, b) = parts(vm, this)?;
        Ok(vm.send(a, "finite?", &[])?.truthy() && vm.send(b, "finite?", &[])?.truthy())
    }

    #[method("infinite?")]
    fn infinite(vm: &mut Vm, this: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        let infinite = vm.send(a, "infinite?", &[])?.truthy() || vm.send(b, "infinite?", &[])?.truthy();
        Ok(if infinite { Value::small(1) } else { Value::NIL })
    }

    #[method("numerator")]
    fn numerator(vm: &mut Vm, this: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        let common = vm.send(this, "denominator", &[])?;
        let mut scaled = [a, b];
        for part in &mut scaled {
            let (top, bottom) = (vm.send(*part, "numerator", &[])?, vm.send(*part, "denominator", &[])?);
            let factor = vm.send(common, "div", &[bottom])?;
            *part = vm.call(top, sym::MUL, &[factor])?;
        }
        Ok(vm.complex_from(scaled[0], scaled[1]))
    }

    #[method("denominator")]
    fn denominator(vm: &mut Vm, this: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        let (a, b) = (vm.send(a, "denominator", &[])?, vm.send(b, "denominator", &[])?);
        vm.send(a, "lcm", &[b])
    }

    #[method("hash")]
    fn hash(vm: &mut Vm, this: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        let hash = vm.hash_of(a)?.rotate_left(7) ^ vm.hash_of(b)?;
        Ok(vm.int(hash as i64 >> 1))
    }

    #[method("eql?")]
    fn eql(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        let (a, b) = parts(vm, this)?;
        let Some((c, d)) = complex_of(vm, other) else { return Ok(false) };
        Ok(vm.class_of(a) == vm.class_of(c) && vm.class_of(b) == vm.class_of(d) && vm.equal(a, c)? && vm.equal(b, d)?)
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> RResult {
        let text = text(vm, this, sym::TO_S)?;
        Ok(vm.str_ascii(&text))
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult {
        let text = format!("({})", text(vm, this, sym::INSPECT)?);
        Ok(vm.str_ascii(&text))
    }

    #[method("to_c", effects = "pure")]
    fn to_c(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    #[method("to_i")]
    fn to_i(vm: &mut Vm, this: Value) -> RResult {
        convert(vm, this, sym::TO_I, "Integer")
    }

    #[method("to_f")]
    fn to_f(vm: &mut Vm, this: Value) -> RResult {
        convert(vm, this, sym::TO_F, "Float")
    }

    #[method("to_r")]
    fn to_r(vm: &mut Vm, this: Value) -> RResult {
        let (a, b) = parts(vm, this)?;
        if objects::number::float_of(b) == Some(0.0) {
            return vm.call(a, sym::TO_R, &[]);
        }
        convert(vm, this, sym::TO_R, "Rational")
    }

    /// The parts, for Marshal.
    #[method("marshal_dump", private)]
    fn marshal_dump(vm: &mut Vm, this: Value) -> Value {
        let part = |vm: &mut Vm, name| vm.hidden(this, name).unwrap_or(Value::NIL);
        let parts = [part(vm, sym::H_REAL), part(vm, sym::H_IMAGINARY)];
        vm.array(&parts)
    }

    #[method("rationalize")]
    fn rationalize(vm: &mut Vm, this: Value, tolerance: &[Value]) -> RResult {
        let (a, b) = parts(vm, this)?;
        if !is_exact_zero(vm, b) {
            let shown = vm.to_s_text(this)?;
            return Err(vm.range_error(&format!("can't convert {shown} into Rational")));
        }
        vm.send(a, "rationalize", tolerance)
    }
}

/// `Kernel#Complex`.
pub struct Conversions;

#[ruby_methods("Kernel")]
impl Conversions {
    #[module_function("Complex")]
    fn complex(vm: &mut Vm, _this: Value, real: Value, imaginary: Option<Value>, keywords: Keywords) -> RResult {
        keywords.check(vm, &["exception"])?;
        let raises = keywords.wants_exception(vm)?;
        make(vm, real, imaginary, raises)
    }
}

fn parts(vm: &mut Vm, this: Value) -> RResult<(Value, Value)> {
    complex_of(vm, this).ok_or_else(|| vm.wrong_type(this, "Complex"))
}

fn float_parts(vm: &mut Vm, this: Value) -> RResult<(f64, f64)> {
    let (a, b) = parts(vm, this)?;
    Ok((vm.to_f64(a)?, vm.to_f64(b)?))
}

/// A part has to be a real number.
fn real_part(vm: &mut Vm, value: Value) -> RResult {
    match complex_of(vm, value) {
        Some((real, imaginary)) if vm.equal(imaginary, Value::small(0))? => Ok(real),
        None if is_real(vm, value)? => Ok(value),
        _ => Err(vm.type_error("not a real")),
    }
}

/// Is it a real number: one of the core's, or a Numeric that says so?
fn is_real(vm: &mut Vm, value: Value) -> RResult<bool> {
    if number::is_real(vm, value) {
        return Ok(true);
    }
    let numeric = vm.core.numeric;
    Ok(vm.is_a(value, numeric) && complex_of(vm, value).is_none() && vm.send(value, "real?", &[])?.truthy())
}

fn from_polar(vm: &mut Vm, magnitude: Value, angle: Value) -> RResult {
    if is_exact_zero(vm, angle) {
        return Ok(vm.complex_from(magnitude, Value::small(0)));
    }
    let theta = vm.to_f64(angle)?;
    let (cosine, sine) = if theta == std::f64::consts::PI {
        (Value::small(-1), Value::small(0))
    } else if theta == std::f64::consts::FRAC_PI_2 {
        (vm.float(0.0), Value::small(1))
    } else {
        (vm.float(theta.cos()), vm.float(theta.sin()))
    };
    let real = vm.call(magnitude, sym::MUL, &[cosine])?;
    let imaginary = vm.call(magnitude, sym::MUL, &[sine])?;
    Ok(vm.complex_from(real, imaginary))
}

fn by_parts(vm: &mut Vm, this: Value, other: Value, name: Symbol) -> RResult {
    let (a, b) = parts(vm, this)?;
    if let Some((c, d)) = complex_of(vm, other) {
        let (real, imaginary) = (vm.call(a, name, &[c])?, vm.call(b, name, &[d])?);
        return Ok(vm.complex_from(real, imaginary));
    }
    if is_real(vm, other)? {
        let real = vm.call(a, name, &[other])?;
        return Ok(vm.complex_from(real, b));
    }
    number::coerce_binary(vm, this, other, name)
}

fn divide(vm: &mut Vm, this: Value, other: Value, by: Symbol) -> RResult {
    let (a, b) = parts(vm, this)?;
    if let Some((c, d)) = complex_of(vm, other) {
        let inexact = [a, b, c, d].into_iter().any(|part| matches!(Number::of(vm, part), Number::Float(_)));
        if inexact || by == sym::FDIV {
            return divide_floats(vm, [a, b, c, d]);
        }
        let conjugate = vm.send(other, "conjugate", &[])?;
        let product = vm.call(this, sym::MUL, &[conjugate])?;
        let scale = vm.send(other, "abs2", &[])?;
        return divide(vm, product, scale, by);
    }
    if is_real(vm, other)? {
        let (real, imaginary) = (vm.call(a, by, &[other])?, vm.call(b, by, &[other])?);
        let (real, imaginary) = (simplest(vm, real), simplest(vm, imaginary));
        return Ok(vm.complex_from(real, imaginary));
    }
    number::coerce_binary(vm, this, other, by)
}

/// A Rational that is whole becomes an Integer.
fn simplest(vm: &mut Vm, value: Value) -> Value {
    match number::rational_of(vm, value) {
        Some(fraction) if *fraction.denominator() == 1.into() => vm.big(fraction.into_parts().0),
        _ => value,
    }
}

/// Division of doubles by the larger part of the divisor (Smith 1962).
fn divide_floats(vm: &mut Vm, operands: [Value; 4]) -> RResult {
    let mut numbers = [0.0; 4];
    for (number, operand) in numbers.iter_mut().zip(operands) {
        *number = vm.to_f64(operand)?;
    }
    let [a, b, c, d] = numbers;
    let (real, imaginary) = if c.abs() >= d.abs() {
        let ratio = d / c;
        let scale = c * (1.0 + ratio * ratio);
        ((a + b * ratio) / scale, (b - a * ratio) / scale)
    } else {
        let ratio = c / d;
        let scale = d * (1.0 + ratio * ratio);
        ((a * ratio + b) / scale, (b * ratio - a) / scale)
    };
    let (real, imaginary) = (vm.float(real), vm.float(imaginary));
    Ok(vm.complex_from(real, imaginary))
}

fn power(vm: &mut Vm, this: Value, other: Value) -> RResult {
    let other = match complex_of(vm, other) {
        Some((c, d)) if is_exact_zero(vm, d) => c,
        _ => other,
    };
    if is_exact_zero(vm, other) {
        return Ok(vm.complex_from(Value::small(1), Value::small(0)));
    }
    if let Some(exponent) = other.as_fixnum() {
        return integer_power(vm, this, exponent);
    }
    let (a, b) = float_parts(vm, this)?;
    let (magnitude, angle) = (a.hypot(b), b.atan2(a));
    if complex_of(vm, other).is_some() {
        let (c, d) = float_parts(vm, other)?;
        if magnitude == 0.0 {
            return Ok(vm.complex_from(Value::small(0), Value::small(0)));
        }
        let size = (c * magnitude.ln() - d * angle).exp();
        let turn = angle * c + d * magnitude.ln();
        let (size, turn) = (vm.float(size), vm.float(turn));
        return from_polar(vm, size, turn);
    }
    if is_real(vm, other)? {
        let exponent = vm.to_f64(other)?;
        let (size, turn) = (vm.float(magnitude.powf(exponent)), vm.float(angle * exponent));
        return from_polar(vm, size, turn);
    }
    number::coerce_binary(vm, this, other, sym::POW)
}

fn integer_power(vm: &mut Vm, this: Value, exponent: i64) -> RResult {
    let mut left = exponent.unsigned_abs();
    let mut square = this;
    let mut result: Option<Value> = None;
    while left > 0 {
        if left & 1 == 1 {
            result = Some(match result {
                Some(result) => vm.call(result, sym::MUL, &[square])?,
                None => square,
            });
        }
        left >>= 1;
        if left > 0 {
            square = vm.call(square, sym::MUL, &[square])?;
        }
    }
    let result = result.unwrap_or(this);
    if exponent > 0 {
        return Ok(result);
    }
    let one = vm.complex_from(Value::small(1), Value::small(0));
    divide(vm, one, result, sym::QUO)
}

fn text(vm: &mut Vm, this: Value, name: Symbol) -> RResult<String> {
    let (a, b) = parts(vm, this)?;
    let real = vm.call(a, name, &[])?;
    let real = vm.to_s_text(real)?;
    let negative = number::is_negative(vm, b)?;
    let magnitude = vm.send(b, "abs", &[])?;
    let shown = vm.call(magnitude, name, &[])?;
    let shown = vm.to_s_text(shown)?;
    let finite = shown.ends_with(|last: char| last.is_ascii_digit());
    Ok(numeric::complex::to_s(&real, &shown, negative, finite))
}

fn convert(vm: &mut Vm, this: Value, name: Symbol, target: &str) -> RResult {
    let (a, b) = parts(vm, this)?;
    let inexact = objects::number::float_of(b).is_some();
    if !inexact && vm.equal(b, Value::small(0))? {
        return vm.call(a, name, &[]);
    }
    let shown = vm.to_s_text(this)?;
    Err(vm.range_error(&format!("can't convert {shown} into {target}")))
}

fn part_value(vm: &mut Vm, part: Part) -> Value {
    match part {
        Part::Integer(number) => vm.big(number),
        Part::Float(number) => vm.float(number),
        Part::Rational(fraction) => rational_value(vm, fraction),
    }
}

/// An argument of `Complex()`: Strings are read, what is real in truth is its real part.
fn component(vm: &mut Vm, value: Value) -> RResult {
    if value.is_nil() {
        return Err(vm.type_error("can't convert nil into Complex"));
    }
    let value = match RString::new(value) {
        Some(text) => read(vm, text)?,
        None => value,
    };
    match complex_of(vm, value) {
        Some((real, imaginary)) if is_exact_zero(vm, imaginary) => Ok(real),
        _ => Ok(value),
    }
}

fn read(vm: &mut Vm, text: RString) -> RResult {
    match parse::complex_strict(text.bytes()) {
        Ok((real, imaginary)) => {
            let (real, imaginary) = (part_value(vm, real), part_value(vm, imaginary));
            Ok(vm.complex_from(real, imaginary))
        }
        Err(error) => {
            let shown = vm.inspect_text(text.value())?;
            let class = vm.class_at(error.class().ruby_name());
            Err(vm.raise(class, &error.message(&shown)))
        }
    }
}

/// Runs a step of `Complex()`; None in place of its error when none is wanted.
fn step(vm: &mut Vm, raises: bool, body: impl FnOnce(&mut Vm) -> RResult) -> RResult<Option<Value>> {
    if raises {
        return body(vm).map(Some);
    }
    let exception = vm.core.exception;
    vm.rescue(exception, |vm| body(vm).map(Some), |_, _| Ok(None))
}

/// A Numeric that says of itself that it is not real.
fn is_unreal(vm: &mut Vm, value: Value) -> RResult<bool> {
    Ok(complex_of(vm, value).is_some() || !vm.send(value, "real?", &[])?.truthy())
}

/// `Complex()`. Without `raises`, nil is for what cannot be read or converted; parts that are not real are an error
/// even then, as in CRuby.
fn make(vm: &mut Vm, real: Value, imaginary: Option<Value>, raises: bool) -> RResult {
    for text in [Some(real), imaginary].into_iter().flatten().filter_map(RString::new) {
        vm.check_ascii_compatible(text)?;
    }
    let Some(first) = step(vm, raises, |vm| component(vm, real))? else { return Ok(Value::NIL) };
    let numeric = vm.core.numeric;
    let is_numeric = vm.is_a(first, numeric);
    let Some(imaginary) = imaginary else {
        if !is_numeric {
            let class = vm.core.complex;
            let made = step(vm, raises, |vm| vm.convert_strictly(first, sym::TO_C, class))?;
            return Ok(made.unwrap_or(Value::NIL));
        }
        let as_it_is = is_unreal(vm, first)?;
        // A Complex that was given is the result, even when its imaginary part is 0.
        return Ok(if as_it_is {
            first
        } else if complex_of(vm, real).is_some() {
            real
        } else {
            vm.complex_from(first, Value::small(0))
        });
    };
    let Some(second) = step(vm, raises, |vm| component(vm, imaginary))? else { return Ok(Value::NIL) };
    if complex_of(vm, first).is_some() && is_exact_zero(vm, second) {
        return Ok(first);
    }
    if is_numeric && vm.is_a(second, numeric) && (is_unreal(vm, first)? || is_unreal(vm, second)?) {
        let unit = vm.complex_from(Value::small(0), Value::small(1));
        let turned = vm.call(second, sym::MUL, &[unit])?;
        return vm.call(first, sym::ADD, &[turned]);
    }
    if !(raises || Vm::is_integer(second) || number::rational_of(vm, second).is_some() || objects::number::float_of(second).is_some()) {
        return Ok(Value::NIL);
    }
    let (first, second) = (real_part(vm, first)?, real_part(vm, second)?);
    Ok(vm.complex_from(first, second))
}

/// `Complex::I`; the operators of order that Complex lacks.
pub fn init(vm: &mut Vm) {
    let class = vm.class_view(vm.core.complex);
    let name = vm.intern("I");
    let unit = vm.complex_from(Value::small(0), Value::small(1));
    vm.set_constant_raw(class, name, unit);
    for name in [
        "%",
        "<",
        "<=",
        ">",
        ">=",
        "between?",
        "clamp",
        "div",
        "divmod",
        "floor",
        "ceil",
        "modulo",
        "remainder",
        "round",
        "step",
        "truncate",
        "i",
        "positive?",
        "negative?",
    ] {
        let name = vm.intern(name);
        vm.add_method(class, name, objects::MethodBody::Undefined, objects::Visibility::Public);
    }
}
