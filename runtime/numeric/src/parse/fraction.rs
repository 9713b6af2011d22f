//! `String#to_r`, `to_c` and the strict `Rational()` and `Complex()` readers.
//!
//! Invariant: fractions are exact; a part of a complex number keeps the kind its spelling has.

use num_bigint::BigInt;
use num_traits::{One, Zero};

use super::{digit_run, skip_space, split_sign};
use crate::error::NumericError;
use crate::rational::Rational;

/// Exponents beyond this many digits would only exhaust memory.
const MAX_EXPONENT: i64 = 1_000_000;

/// One part of a complex number as it was spelled.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Plain digits.
    Integer(BigInt),
    /// With a point or exponent.
    Float(f64),
    /// With a slash.
    Rational(Rational),
}

/// An unsigned decimal such as `12.5e3`: exact value, length, and whether it had a point or exponent.
fn decimal(bytes: &[u8]) -> Option<(Rational, usize, bool)> {
    let (mut digits, rest) = digit_run(bytes, 10);
    let (mut rest, mut scale, mut inexact) = (rest, 0i64, false);
    if let [b'.', after @ ..] = rest {
        let (fraction, left) = digit_run(after, 10);
        if !fraction.is_empty() {
            scale -= fraction.len() as i64;
            digits.extend(fraction);
            (rest, inexact) = (left, true);
        }
    }
    if digits.is_empty() {
        return None;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let (negative, after) = split_sign(after);
        let (exponent, left) = digit_run(after, 10);
        if !exponent.is_empty() {
            let text = std::str::from_utf8(&exponent).unwrap_or("0");
            let value: i64 = text.parse().unwrap_or(MAX_EXPONENT).min(MAX_EXPONENT);
            scale += if negative { -value } else { value };
            (rest, inexact) = (left, true);
        }
    }
    let whole = crate::big::from_digits(&digits, 10);
    let power = BigInt::from(10).pow(u32::try_from(scale.unsigned_abs()).unwrap_or(u32::MAX));
    let value = if scale < 0 { Rational::new(whole, power).ok()? } else { Rational::whole(whole * power) };
    Some((value, bytes.len() - rest.len(), inexact))
}

/// A signed fraction at the start of `bytes`: value and length; `None` when there is no number.
fn fraction(bytes: &[u8]) -> Result<Option<(Rational, usize)>, NumericError> {
    let (negative, rest) = split_sign(bytes);
    let sign_len = bytes.len() - rest.len();
    let Some((mut value, mut len, _)) = decimal(rest) else { return Ok(None) };
    if let Some([b'/', below @ ..]) = rest.get(len..)
        && let Some((divisor, below_len, _)) = decimal(below)
    {
        value = value.div(&divisor)?;
        len += 1 + below_len;
    }
    let value = if negative { value.neg() } else { value };
    Ok(Some((value, sign_len + len)))
}

/// `String#to_r`: what can be read from the front, `0/1` when nothing. A zero denominator raises.
pub fn rational(bytes: &[u8]) -> Result<Rational, NumericError> {
    let read = fraction(skip_space(bytes))?;
    Ok(read.map_or_else(|| Rational::whole(BigInt::zero()), |pair| pair.0))
}

/// `Rational(string)`: the whole text must be a fraction.
pub fn rational_strict(bytes: &[u8]) -> Result<Rational, NumericError> {
    let fault = NumericError::InvalidValue { function: "convert()" };
    if bytes.contains(&0) {
        return Err(NumericError::argument("string contains null byte"));
    }
    let bytes = skip_space(bytes);
    match fraction(bytes)? {
        Some((value, len)) if skip_space(&bytes[len..]).is_empty() => Ok(value),
        _ => Err(fault),
    }
}

/// One unsigned part with its kind.
fn part(bytes: &[u8]) -> Option<(Part, usize)> {
    let (value, len, inexact) = decimal(bytes)?;
    if let Some([b'/', below @ ..]) = bytes.get(len..)
        && let Some((divisor, below_len, _)) = decimal(below)
        && let Ok(ratio) = value.div(&divisor)
    {
        return Some((Part::Rational(ratio), len + 1 + below_len));
    }
    if inexact {
        return Some((Part::Float(super::float(&bytes[..len])), len));
    }
    Some((Part::Integer(value.into_parts().0), len))
}

fn negate(part: Part, negative: bool) -> Part {
    match part {
        part if !negative => part,
        Part::Integer(value) => Part::Integer(-value),
        Part::Float(value) => Part::Float(-value),
        Part::Rational(value) => Part::Rational(value.neg()),
    }
}

/// The magnitude of a part as a double.
fn to_f64(part: &Part) -> f64 {
    match part {
        Part::Integer(value) => crate::big::to_f64(value),
        Part::Float(value) => *value,
        Part::Rational(value) => value.to_f64(),
    }
}

fn is_unit(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'i' | b'I' | b'j' | b'J'))
}

/// Reads real and imaginary parts; the length read tells whether all was used.
fn parts(bytes: &[u8]) -> (Part, Part, usize) {
    let zero = || Part::Integer(BigInt::zero());
    let (negative, rest) = split_sign(bytes);
    let signed = rest.len() < bytes.len();
    let Some((first, len)) = part(rest) else {
        // A bare unit counts as one: `i`, `-i`.
        if is_unit(rest) {
            let one = negate(Part::Integer(BigInt::one()), negative);
            return (zero(), one, bytes.len() - rest.len() + 1);
        }
        return (zero(), zero(), 0);
    };
    let first = negate(first, negative);
    let mut used = usize::from(signed) + len;
    let rest = &bytes[used..];
    if is_unit(rest) {
        return (zero(), first, used + 1);
    }
    if let [b'@', angle @ ..] = rest {
        let (negative, body) = split_sign(angle);
        if let Some((angle_part, len)) = part(body) {
            let angle_value = to_f64(&negate(angle_part, negative));
            let radius = to_f64(&first);
            used += 1 + (angle.len() - body.len()) + len;
            return (Part::Float(radius * angle_value.cos()), Part::Float(radius * angle_value.sin()), used);
        }
        return (first, zero(), used);
    }
    if let [sign @ (b'+' | b'-'), body @ ..] = rest {
        let negative = *sign == b'-';
        if is_unit(body) {
            return (first, negate(Part::Integer(BigInt::one()), negative), used + 2);
        }
        if let Some((imaginary, len)) = part(body)
            && is_unit(&body[len..])
        {
            return (first, negate(imaginary, negative), used + 2 + len);
        }
    }
    (first, zero(), used)
}

/// `String#to_c`: real and imaginary parts of what can be read from the front.
pub fn complex(bytes: &[u8]) -> (Part, Part) {
    let (real, imaginary, _) = parts(skip_space(bytes));
    (real, imaginary)
}

/// `Complex(string)`: the whole text must be a complex number.
pub fn complex_strict(bytes: &[u8]) -> Result<(Part, Part), NumericError> {
    if bytes.contains(&0) {
        return Err(NumericError::argument("string contains null byte"));
    }
    let bytes = skip_space(bytes);
    let (real, imaginary, used) = parts(bytes);
    if used == 0 || !skip_space(&bytes[used..]).is_empty() {
        return Err(NumericError::InvalidValue { function: "convert()" });
    }
    Ok((real, imaginary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions() {
        let table = [
            ("1/3", "1/3"),
            ("1.5/2", "3/4"),
            (" 0.75x", "3/4"),
            ("1e2", "100/1"),
            ("1_0/3", "10/3"),
            ("1e-2", "1/100"),
            ("1/2.5", "2/5"),
            ("1 / 3", "1/1"),
            ("+1", "1/1"),
            ("1.", "1/1"),
            (".5", "1/2"),
            ("x", "0/1"),
        ];
        for (text, expected) in table {
            assert_eq!(rational(text.as_bytes()).expect("finite").to_string(), expected, "{text:?}");
        }
        assert!(rational(b"3/0").is_err());
        assert!(rational_strict(b"1/3x").is_err());
    }

    #[test]
    fn complexes() {
        let int = |value: i64| Part::Integer(value.into());
        let table = [
            ("1+2i", int(1), int(2)),
            ("i", int(0), int(1)),
            ("-i", int(0), int(-1)),
            ("1.5e3i", int(0), Part::Float(1500.0)),
            ("1+i2", int(1), int(1)),
            ("1-2j", int(1), int(-2)),
            ("x", int(0), int(0)),
        ];
        for (text, real, imaginary) in table {
            assert_eq!(complex(text.as_bytes()), (real, imaginary), "{text:?}");
        }
        assert!(complex_strict(b"1+2").is_err());
        assert!(complex_strict(b"1+2ix").is_err());
    }
}
