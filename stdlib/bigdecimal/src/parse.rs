//! Decimal numbers in text.

use crate::decimal::{DIGITS_MAX, Decimal, Fault, Outcome, power_of_ten};
use num_bigint::BigUint;
use num_traits::Zero;

const SPECIAL: [(&str, Decimal); 4] = [
    ("Infinity", Decimal::Infinity { is_negative: false }),
    ("+Infinity", Decimal::Infinity { is_negative: false }),
    ("-Infinity", Decimal::Infinity { is_negative: true }),
    ("NaN", Decimal::NaN),
];

/// A text that is being read.
struct Reader<'a> {
    rest: &'a [u8],
    /// Must all of it belong to the number?
    is_strict: bool,
    /// Has something been found that belongs to no number?
    is_broken: bool,
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

fn without_leading_space(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_space(byte)).unwrap_or(text.len());
    &text[start..]
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn take_any(&mut self, bytes: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| bytes.contains(byte))?;
        self.rest = &self.rest[1..];
        Some(byte)
    }

    /// Digits with single underscores between them; the first part may have one at its end.
    fn digits(&mut self, may_end_in_underscore: bool) -> Vec<u8> {
        let mut digits = Vec::new();
        while let Some(byte) = self.peek() {
            if byte == b'_' {
                let next = self.rest.get(1).copied();
                let goes_on = next.is_some_and(|next| next.is_ascii_digit());
                let may_end = may_end_in_underscore && next.is_none_or(is_space);
                if digits.is_empty() || !(goes_on || may_end) {
                    self.is_broken = true;
                    break;
                }
            } else if byte.is_ascii_digit() {
                digits.push(byte);
            } else {
                break;
            }
            self.rest = &self.rest[1..];
        }
        digits
    }

    /// Is there more behind what was read?
    fn goes_on(&self) -> bool {
        !(self.is_broken || self.is_strict && self.rest.is_empty())
    }

    /// The exponent's sign and digits; None when there is none.
    fn exponent(&mut self) -> Option<(bool, Vec<u8>)> {
        if !self.goes_on() || self.take_any(b"eEdD").is_none() {
            return None;
        }
        let is_negative = self.take_any(b"+-") == Some(b'-');
        Some((is_negative, self.digits(false)))
    }
}

/// Reads a number. What is no number is None in a strict reading, and as much as there is in a loose one.
pub fn parse(text: &[u8], is_strict: bool) -> Option<Outcome> {
    let text = without_leading_space(text);
    for (name, value) in SPECIAL {
        if text.strip_prefix(name.as_bytes()).is_some_and(|rest| without_leading_space(rest).is_empty()) {
            return Some(Ok(value));
        }
    }
    let mut reader = Reader { rest: text.strip_prefix(b"#").unwrap_or(text), is_strict, is_broken: false };
    let is_negative = reader.take_any(b"+-") == Some(b'-');
    let mut digits = reader.digits(true);
    let mut behind = 0;
    if reader.goes_on() && reader.take_any(b".").is_some() {
        let fraction = reader.digits(false);
        behind = fraction.len() as i64;
        digits.extend(fraction);
    }
    let exponent = reader.exponent();
    let lacks_digits = digits.is_empty() || exponent.as_ref().is_some_and(|(_, digits)| digits.is_empty());
    if is_strict && (reader.is_broken || lacks_digits || !without_leading_space(reader.rest).is_empty()) {
        return None;
    }
    Some(number(is_negative, &digits, behind, exponent))
}

/// Digits that are read at once; reading takes time by the square of their number.
const DIGITS_AT_ONCE: usize = 2000;

/// The number that digits make.
fn whole(digits: &[u8]) -> BigUint {
    if digits.len() <= DIGITS_AT_ONCE {
        return BigUint::parse_bytes(digits, 10).unwrap_or_default();
    }
    let (high, low) = digits.split_at(digits.len() / 2);
    whole(high) * power_of_ten(low.len() as i64) + whole(low)
}

fn number(is_negative: bool, digits: &[u8], behind: i64, exponent: Option<(bool, Vec<u8>)>) -> Outcome {
    if digits.len() as i64 > DIGITS_MAX {
        return Err(Fault::TooLong);
    }
    let digits = whole(digits);
    let (is_small, exponent) = exponent.unwrap_or_default();
    if digits.is_zero() {
        return Ok(Decimal::Zero { is_negative });
    }
    let exponent = exponent.iter().try_fold(0i64, |sum, digit| sum.checked_mul(10)?.checked_add(i64::from(digit - b'0')));
    let scale = exponent.and_then(|exponent| if is_small { -exponent } else { exponent }.checked_sub(behind));
    match scale {
        Some(scale) => Decimal::new(is_negative, digits, scale),
        None if is_small => Err(Fault::Underflow { is_negative }),
        None => Err(Fault::Overflow { is_negative }),
    }
}
