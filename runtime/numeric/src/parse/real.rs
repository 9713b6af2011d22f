//! Floats from text: decimal and hexadecimal, lenient and strict.
//!
//! Invariant: decimal text is rounded once, by the standard library's correctly rounding reader.

use super::{is_space, skip_space, split_sign};
use crate::error::NumericError;

/// Copies digits with single underscores between them; returns how many bytes were read.
fn copy_digits(bytes: &[u8], out: &mut String) -> usize {
    let (mut position, start) = (0, out.len());
    while let Some(&byte) = bytes.get(position) {
        match byte {
            b'0'..=b'9' => out.push(byte as char),
            b'_' if out.len() > start && bytes.get(position + 1).is_some_and(u8::is_ascii_digit) => {}
            _ => break,
        }
        position += 1;
    }
    position
}

/// Reads a decimal float at the start of `bytes` (after the sign): its value and length, or `None`.
/// A point needs a digit before or after; an exponent needs a digit.
fn decimal(bytes: &[u8]) -> Option<(f64, usize)> {
    let mut text = String::new();
    let mut position = copy_digits(bytes, &mut text);
    let whole = position > 0;
    if !whole {
        text.push('0');
    }
    if bytes.get(position) == Some(&b'.') {
        let mut fraction = String::new();
        let read = copy_digits(&bytes[position + 1..], &mut fraction);
        if read == 0 && !whole {
            return None;
        }
        // A bare point ends the number only before an exponent or the end; `1._5` stops before the point.
        text.push('.');
        text.push_str(if fraction.is_empty() { "0" } else { &fraction });
        position += 1 + read;
    } else if !whole {
        return None;
    }
    if matches!(bytes.get(position), Some(b'e' | b'E')) {
        let after = &bytes[position + 1..];
        let (negative, digits_at) = split_sign(after);
        let mut digits = String::new();
        let read = copy_digits(digits_at, &mut digits);
        if read > 0 {
            text.push('e');
            text.push_str(if negative { "-" } else { "" });
            text.push_str(&digits);
            position += 1 + (after.len() - digits_at.len()) + read;
        }
    }
    Some((text.parse().unwrap_or(0.0), position))
}

/// Reads a hexadecimal float body (after `0x`): value and length.
fn hexadecimal(bytes: &[u8]) -> Option<(f64, usize)> {
    let (mut position, mut mantissa, mut scale, mut sticky, mut seen) = (0, 0u64, 0i64, false, false);
    let mut in_fraction = false;
    while let Some(&byte) = bytes.get(position) {
        match (byte as char).to_digit(16) {
            Some(digit) => {
                seen = true;
                if mantissa >> 60 == 0 {
                    mantissa = mantissa << 4 | u64::from(digit);
                    scale -= if in_fraction { 4 } else { 0 };
                } else {
                    sticky |= digit != 0;
                    scale += if in_fraction { 0 } else { 4 };
                }
            }
            None if byte == b'_' && seen && bytes.get(position + 1).is_some_and(u8::is_ascii_hexdigit) => {}
            // Nothing need stand on one side of the point.
            None if byte == b'.' && !in_fraction && (seen || bytes.get(position + 1).is_some_and(u8::is_ascii_hexdigit)) => {
                in_fraction = true;
            }
            None => break,
        }
        position += 1;
    }
    if !seen {
        return None;
    }
    if matches!(bytes.get(position), Some(b'p' | b'P')) {
        let after = &bytes[position + 1..];
        let (negative, digits_at) = split_sign(after);
        let mut digits = String::new();
        let read = copy_digits(digits_at, &mut digits);
        if read > 0 {
            let exponent: i64 = digits.parse().unwrap_or(100_000).min(100_000);
            scale += if negative { -exponent } else { exponent };
            position += 1 + (after.len() - digits_at.len()) + read;
        }
    }
    let value = (mantissa | u64::from(sticky)) as f64;
    Some((libm::ldexp(value, scale.clamp(-100_000, 100_000) as i32), position))
}

/// `String#to_f`: what can be read from the front, 0.0 when nothing. Hexadecimal is read behind a minus sign only.
pub fn float(bytes: &[u8]) -> f64 {
    let (negative, rest) = split_sign(skip_space(bytes));
    let hex = rest.strip_prefix(b"0x").or_else(|| rest.strip_prefix(b"0X")).filter(|_| negative);
    let read = match hex {
        Some(body) => hexadecimal(body),
        None => decimal(rest),
    };
    match read {
        Some((value, _)) if negative && (value != 0.0 || hex.is_none()) => -value,
        Some((value, _)) => value,
        None => 0.0,
    }
}

/// `Float(string)`: the whole text must be a number.
pub fn float_strict(bytes: &[u8]) -> Result<f64, NumericError> {
    let fault = || NumericError::InvalidValue { function: "Float()" };
    if bytes.contains(&0) {
        return Err(NumericError::argument("string for Float contains null byte"));
    }
    let (negative, rest) = split_sign(skip_space(bytes));
    let read = match rest {
        [b'0', b'x' | b'X', body @ ..] => hexadecimal(body).map(|(value, len)| (value, len + 2)),
        _ => decimal(rest),
    };
    let (value, len) = read.ok_or_else(fault)?;
    if !rest[len..].iter().all(|&byte| is_space(byte)) {
        return Err(fault());
    }
    Ok(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenient_floats() {
        let table = [
            ("0x1A", 0.0),
            ("1.e5", 100000.0),
            (".5", 0.5),
            ("1__0", 1.0),
            ("1_0", 10.0),
            ("1e1000", f64::INFINITY),
            ("-.5e3", -500.0),
            ("0b1", 0.0),
            ("  1.5abc", 1.5),
            ("1e", 1.0),
            ("abc", 0.0),
        ];
        for (text, expected) in table {
            assert_eq!(float(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn strict_floats() {
        let good = [("0x1A", 26.0), ("1.", 1.0), (".5", 0.5), ("0x1.8p3", 12.0), ("  1.5  ", 1.5), ("1e5_0", 1e50)];
        for (text, expected) in good {
            assert_eq!(float_strict(text.as_bytes()), Ok(expected), "{text:?}");
        }
        let bad = ["1._5", "1e", "", "1 2", "1\0", "1_e5", "1e_5", "_1", "0x", "1.5f", "Infinity", "1__0", "."];
        for text in bad {
            assert!(float_strict(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
