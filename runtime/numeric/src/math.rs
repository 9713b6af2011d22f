//! The Math functions the standard library lacks or that have Ruby's own edge cases.
//!
//! Invariant: domain faults are errors, never NaN. Source: CRuby Math; values by `libm`.

use crate::error::NumericError;

/// `Math.gamma`. Negative integers and negative infinity are a domain error.
pub fn gamma(value: f64) -> Result<f64, NumericError> {
    if value == f64::NEG_INFINITY || (value < 0.0 && value.fract() == 0.0) {
        return Err(NumericError::domain("gamma"));
    }
    if value == 0.0 {
        return Ok(f64::INFINITY.copysign(value));
    }
    // Factorials up to 22! are exact doubles.
    if value.fract() == 0.0 && (1.0..=23.0).contains(&value) {
        return Ok((1..value as u64).map(|factor| factor as f64).product());
    }
    Ok(libm::tgamma(value))
}

/// `Math.lgamma`: the logarithm of the magnitude, and the sign. Negative infinity is a domain error.
pub fn lgamma(value: f64) -> Result<(f64, i32), NumericError> {
    if value == f64::NEG_INFINITY {
        return Err(NumericError::domain("lgamma"));
    }
    if value == f64::INFINITY {
        return Ok((value, 1));
    }
    if value == 0.0 {
        return Ok((f64::INFINITY, if value.is_sign_negative() { -1 } else { 1 }));
    }
    let (log, sign) = libm::lgamma_r(value);
    Ok((log, if sign < 0 { -1 } else { 1 }))
}

/// `Math.erf`.
pub fn erf(value: f64) -> f64 {
    libm::erf(value)
}

/// `Math.erfc`.
pub fn erfc(value: f64) -> f64 {
    libm::erfc(value)
}

/// `Math.cbrt`.
pub fn cbrt(value: f64) -> f64 {
    value.cbrt()
}

/// `Math.frexp`: fraction in 0.5...1 and exponent.
pub fn frexp(value: f64) -> (f64, i32) {
    libm::frexp(value)
}

/// `Math.ldexp`: `fraction * 2**exponent`.
pub fn ldexp(fraction: f64, exponent: i64) -> f64 {
    libm::ldexp(fraction, exponent.clamp(-5000, 5000) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_equal_ruby() {
        assert_eq!(gamma(5.0), Ok(24.0));
        assert_eq!(gamma(-0.0), Ok(f64::NEG_INFINITY));
        assert!(gamma(-1.0).is_err());
        assert_eq!(lgamma(0.0), Ok((f64::INFINITY, 1)));
        assert_eq!(lgamma(-1.0).map(|pair| pair.0), Ok(f64::INFINITY));
        assert_eq!(cbrt(-27.0), -3.0);
        assert!((erf(0.3) - 0.3286267594591274).abs() < 1e-15);
    }
}
