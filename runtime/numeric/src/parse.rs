//! Reading numbers: `String#to_i`, `to_f`, `to_r`, `to_c`, `hex`, `oct`, and the strict `Integer()` family.
//!
//! Invariant: lenient readers never fail on content; strict ones accept only a whole number with surrounding space.
//! Source: CRuby 4.0 behaviour, table-checked.

mod fraction;
mod real;

pub use fraction::{Part, complex, complex_strict, rational, rational_strict};
pub use real::{float, float_strict};

use num_bigint::BigInt;

use crate::error::NumericError;

/// A parsed integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Integer {
    /// Fits 64 bits.
    Small(i64),
    /// Does not fit 64 bits.
    Big(BigInt),
}

impl Integer {
    /// The number as a big integer.
    pub fn into_big(self) -> BigInt {
        match self {
            Self::Small(value) => value.into(),
            Self::Big(value) => value,
        }
    }
}

impl From<BigInt> for Integer {
    fn from(value: BigInt) -> Self {
        i64::try_from(&value).map_or(Self::Big(value), Self::Small)
    }
}

/// Whether Ruby skips `byte` as white space around numbers.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

pub(crate) fn skip_space(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|&byte| !is_space(byte)).unwrap_or(bytes.len());
    &bytes[start..]
}

/// A sign and what follows.
pub(crate) fn split_sign(bytes: &[u8]) -> (bool, &[u8]) {
    match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    }
}

/// Radix letter of a `0x`-style prefix.
fn prefix_radix(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [b'0', letter, ..] => match letter.to_ascii_lowercase() {
            b'x' => Some(16),
            b'b' => Some(2),
            b'o' => Some(8),
            b'd' => Some(10),
            _ => None,
        },
        _ => None,
    }
}

/// Resolves a base argument and strips a matching prefix. Base 0 or a negative one lets the prefix choose.
fn strip_prefix(bytes: &[u8], base: i64) -> Result<(u32, &[u8]), NumericError> {
    let invalid = || NumericError::argument(format!("invalid radix {base}"));
    let default = match base {
        0 => 10,
        1 | -1 => return Err(invalid()),
        _ => u32::try_from(base.unsigned_abs()).ok().filter(|radix| *radix <= 36).ok_or_else(invalid)?,
    };
    match prefix_radix(bytes) {
        Some(radix) if base <= 0 || radix == default => Ok((radix, &bytes[2..])),
        // A leading zero means octal when the prefix chooses; the zero itself stays as a digit.
        None if base == 0 && bytes.first() == Some(&b'0') => Ok((8, bytes)),
        None if base < 0 && bytes.first() == Some(&b'0') => Ok((8, bytes)),
        _ => Ok((default, bytes)),
    }
}

/// The longest run of digits with single underscores between them, and what follows it.
fn digit_run(bytes: &[u8], radix: u32) -> (Vec<u8>, &[u8]) {
    let is_digit = |byte: u8| (byte as char).is_digit(radix);
    let (mut digits, mut position) = (Vec::new(), 0);
    while let Some(&byte) = bytes.get(position) {
        if is_digit(byte) {
            digits.push(byte);
            position += 1;
        } else if byte == b'_' && !digits.is_empty() && bytes.get(position + 1).is_some_and(|&next| is_digit(next)) {
            position += 1;
        } else {
            break;
        }
    }
    (digits, &bytes[position..])
}

fn build(negative: bool, digits: &[u8], radix: u32) -> Integer {
    let text = std::str::from_utf8(digits).unwrap_or("0");
    if let Ok(value) = i64::from_str_radix(text, radix) {
        return Integer::Small(if negative { -value } else { value });
    }
    let magnitude = crate::big::from_digits(digits, radix);
    Integer::from(if negative { -magnitude } else { magnitude })
}

/// `String#to_i(base)`: what can be read from the front, 0 when nothing. A base outside 0, 2..=36 is an
/// `ArgumentError`.
pub fn integer(bytes: &[u8], base: i64) -> Result<Integer, NumericError> {
    if base < 0 {
        return Err(NumericError::argument(format!("invalid radix {base}")));
    }
    lenient(bytes, base)
}

fn lenient(bytes: &[u8], base: i64) -> Result<Integer, NumericError> {
    let (negative, rest) = split_sign(skip_space(bytes));
    let (radix, rest) = strip_prefix(rest, base)?;
    let (digits, _) = digit_run(rest, radix);
    Ok(if digits.is_empty() { Integer::Small(0) } else { build(negative, &digits, radix) })
}

/// `Integer(string, base)`: the whole text must be a number. Base 0 lets a prefix choose.
pub fn integer_strict(bytes: &[u8], base: i64) -> Result<Integer, NumericError> {
    let fault = || NumericError::InvalidValue { function: "Integer()" };
    let (negative, rest) = split_sign(skip_space(bytes));
    let (radix, rest) = strip_prefix(rest, base)?;
    let (digits, rest) = digit_run(rest, radix);
    if digits.is_empty() || !skip_space(rest).is_empty() {
        return Err(fault());
    }
    Ok(build(negative, &digits, radix))
}

/// `String#hex`.
pub fn hex(bytes: &[u8]) -> Integer {
    lenient(bytes, 16).unwrap_or(Integer::Small(0))
}

/// `String#oct`: octal unless a prefix says otherwise.
pub fn oct(bytes: &[u8]) -> Integer {
    lenient(bytes, -8).unwrap_or(Integer::Small(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenient_integers() {
        let table: [(&str, i64, i64); 13] = [
            ("0x1f", 16, 31),
            ("0x1f", 10, 0),
            ("0b11", 0, 3),
            ("0_7", 0, 7),
            ("12abc", 10, 12),
            ("1_000__0", 10, 1000),
            (" \n+5", 10, 5),
            ("0x0x1", 16, 0),
            ("", 10, 0),
            ("-z", 36, -35),
            ("_1", 10, 0),
            ("1_", 10, 1),
            ("9223372036854775807", 10, i64::MAX),
        ];
        for (text, base, expected) in table {
            assert_eq!(integer(text.as_bytes(), base), Ok(Integer::Small(expected)), "{text:?} {base}");
        }
        assert!(integer(b"z", 1).is_err());
        assert!(integer(b"12", -8).is_err());
        for (text, expected) in [("0o17", 15), ("0x1f", 31), ("-0b11", -3), ("789", 7)] {
            assert_eq!(oct(text.as_bytes()), Integer::Small(expected), "{text}");
        }
        assert_eq!(hex(b"-0x1f"), Integer::Small(-31));
        assert_eq!(hex(b"0x"), Integer::Small(0));
    }

    #[test]
    fn strict_integers() {
        let good: [(&str, i64, i64); 10] = [
            ("0o17", 0, 15),
            (" 12 ", 0, 12),
            ("z", 36, 35),
            ("0x1f", 16, 31),
            ("-0x1f", 0, -31),
            ("12", -8, 10),
            ("0", 0, 0),
            ("00", 0, 0),
            ("0d9", 0, 9),
            ("0", 2, 0),
        ];
        for (text, base, expected) in good {
            assert_eq!(integer_strict(text.as_bytes(), base), Ok(Integer::Small(expected)), "{text:?} {base}");
        }
        for text in ["0x1G", "1__0", "", "0b12", "08", "1 2", "1\0", "- 1", "0_8", "0x_1", "_1", "1_", "0x"] {
            assert!(integer_strict(text.as_bytes(), 0).is_err(), "{text:?}");
        }
        assert_eq!(integer_strict(b"z", 37).expect_err("radix").message(""), "invalid radix 37");
    }
}
