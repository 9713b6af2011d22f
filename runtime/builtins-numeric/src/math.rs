//! Math.
//!
//! Source: CRuby `math.c`.

use crate::number::checked;
use macros::ruby_methods;
use vm::{RResult, Value, Vm};

/// Functions of Math.
pub struct Maths;

#[ruby_methods("Math")]
impl Maths {
    #[module_function("sin")]
    fn sin(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(x.sin()))
    }

    #[module_function("cos")]
    fn cos(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(x.cos()))
    }

    #[module_function("tan")]
    fn tan(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(x.tan()))
    }

    #[module_function("asin")]
    fn asin(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        if x.abs() > 1.0 {
            return Err(domain_error(vm, "asin"));
        }
        Ok(vm.float(x.asin()))
    }

    #[module_function("acos")]
    fn acos(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        if x.abs() > 1.0 {
            return Err(domain_error(vm, "acos"));
        }
        Ok(vm.float(x.acos()))
    }

    #[module_function("atan")]
    fn atan(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(x.atan()))
    }

    #[module_function("sinh")]
    fn sinh(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(x.sinh()))
    }

    #[module_function("cosh")]
    fn cosh(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(x.cosh()))
    }

    #[module_function("tanh")]
    fn tanh(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(x.tanh()))
    }

    #[module_function("asinh")]
    fn asinh(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(x.asinh()))
    }

    #[module_function("acosh")]
    fn acosh(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        if x < 1.0 {
            return Err(domain_error(vm, "acosh"));
        }
        Ok(vm.float(x.acosh()))
    }

    #[module_function("atanh")]
    fn atanh(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        if x.abs() > 1.0 {
            return Err(domain_error(vm, "atanh"));
        }
        Ok(vm.float(if x.abs() == 1.0 { f64::INFINITY.copysign(x) } else { x.atanh() }))
    }

    #[module_function("exp")]
    fn exp(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(x.exp()))
    }

    #[module_function("cbrt")]
    fn cbrt(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(numeric::math::cbrt(x)))
    }

    #[module_function("erf")]
    fn erf(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(numeric::math::erf(x)))
    }

    #[module_function("erfc")]
    fn erfc(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(numeric::math::erfc(x)))
    }

    #[module_function("log1p")]
    fn log1p(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        if x < -1.0 {
            return Err(domain_error(vm, "log1p"));
        }
        Ok(vm.float(x.ln_1p()))
    }

    #[module_function("expm1")]
    fn expm1(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        Ok(vm.float(x.exp_m1()))
    }

    #[module_function("sqrt")]
    fn sqrt(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let x = argument(vm, number)?;
        if x < 0.0 {
            return Err(domain_error(vm, "sqrt"));
        }
        Ok(vm.float(if x == 0.0 { 0.0 } else { x.sqrt() }))
    }

    #[module_function("atan2")]
    fn atan2(vm: &mut Vm, _this: Value, y: Value, x: Value) -> RResult {
        let (y, x) = (argument(vm, y)?, argument(vm, x)?);
        Ok(vm.float(y.atan2(x)))
    }

    #[module_function("hypot")]
    fn hypot(vm: &mut Vm, _this: Value, x: Value, y: Value) -> RResult {
        let (x, y) = (argument(vm, x)?, argument(vm, y)?);
        Ok(vm.float(x.hypot(y)))
    }

    #[module_function("ldexp")]
    fn ldexp(vm: &mut Vm, _this: Value, fraction: Value, exponent: i64) -> RResult {
        let fraction = argument(vm, fraction)?;
        Ok(vm.float(numeric::math::ldexp(fraction, exponent)))
    }

    #[module_function("frexp")]
    fn frexp(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let number = argument(vm, number)?;
        let (fraction, exponent) = numeric::math::frexp(number);
        let fraction = vm.float(fraction);
        Ok(vm.array(&[fraction, Value::small(i64::from(exponent))]))
    }

    #[module_function("gamma")]
    fn gamma(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let number = argument(vm, number)?;
        let result = checked(vm, numeric::math::gamma(number))?;
        Ok(vm.float(result))
    }

    #[module_function("lgamma")]
    fn lgamma(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let number = argument(vm, number)?;
        let (result, sign) = checked(vm, numeric::math::lgamma(number))?;
        let result = vm.float(result);
        Ok(vm.array(&[result, Value::small(i64::from(sign))]))
    }

    /// `log(number, base = e)`
    #[module_function("log")]
    fn log(vm: &mut Vm, _this: Value, number: Value, base: Option<Value>) -> RResult {
        let (mantissa, twos) = scaled(vm, number, "log")?;
        let result = mantissa.ln() + twos * std::f64::consts::LN_2;
        let Some(base) = base else { return Ok(vm.float(result)) };
        let (base_mantissa, base_twos) = scaled(vm, base, "log")?;
        if twos == 0.0 && base_twos == 0.0 && base_mantissa == 2.0 {
            return Ok(vm.float(mantissa.log2()));
        }
        let divisor = base_mantissa.ln() + base_twos * std::f64::consts::LN_2;
        Ok(vm.float(result / divisor))
    }

    #[module_function("log2")]
    fn log2(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let (mantissa, twos) = scaled(vm, number, "log2")?;
        Ok(vm.float(mantissa.log2() + twos))
    }

    #[module_function("log10")]
    fn log10(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let (mantissa, twos) = scaled(vm, number, "log10")?;
        Ok(vm.float(mantissa.log10() + twos * std::f64::consts::LOG10_2))
    }
}

/// A logarithm's argument as mantissa and power of two, so that large Integers do not overflow.
fn scaled(vm: &mut Vm, value: Value, name: &str) -> RResult<(f64, f64)> {
    let (number, twos) = match objects::number::bignum_of(&value) {
        Some(big) if big.bits() >= 1024 => {
            let shift = big.bits() - 53;
            (numeric::big::to_f64(&(big >> shift)), shift as f64)
        }
        _ => (argument(vm, value)?, 0.0),
    };
    if number < 0.0 {
        return Err(domain_error(vm, name));
    }
    Ok((number, twos))
}

/// A Math argument: a real number.
fn argument(vm: &mut Vm, value: Value) -> RResult<f64> {
    if value.is_kind(value::Kind::String) {
        return Err(vm.type_error("can't convert String into Float"));
    }
    vm.to_f64(value)
}

fn domain_error(vm: &mut Vm, name: &str) -> vm::Raised {
    vm.raise_numeric_error(&numeric::NumericError::domain(name))
}

/// PI and E.
pub fn init(vm: &mut Vm) {
    let module = vm.class_view(vm.core.math);
    for (name, number) in [("PI", std::f64::consts::PI), ("E", std::f64::consts::E)] {
        let (name, number) = (vm.intern(name), vm.float(number));
        vm.set_constant_raw(module, name, number);
    }
}
