//! Decimal numbers as text.

use crate::decimal::{Decimal, Finite};

/// How a number is written.
#[derive(Clone, Copy, Default)]
pub struct Format {
    /// As `123.45` rather than `0.12345e3`?
    pub is_plain: bool,
    /// What stands before a number that is not negative.
    pub plus: Option<char>,
    /// How many digits stand together; 0 for all.
    pub group: usize,
}

impl Format {
    /// From a text like `+5F`.
    pub fn parse(text: &[u8]) -> Format {
        let plus = text.first().map(|&byte| char::from(byte)).filter(|sign| matches!(sign, ' ' | '+'));
        let mut format = Format { plus, ..Format::default() };
        for &byte in &text[usize::from(plus.is_some())..] {
            match byte {
                b'0'..=b'9' => format.group = format.group.saturating_mul(10).saturating_add(usize::from(byte - b'0')),
                b' ' | b'\t'..=b'\r' => {}
                _ => {
                    format.is_plain = matches!(byte, b'F' | b'f');
                    break;
                }
            }
        }
        format
    }

    /// The number's text.
    pub fn text(self, number: &Decimal) -> String {
        let body = match number {
            Decimal::NaN => return "NaN".to_owned(),
            Decimal::Infinity { .. } => "Infinity".to_owned(),
            Decimal::Zero { .. } => "0.0".to_owned(),
            Decimal::Finite(finite) if self.is_plain => self.plain(finite),
            Decimal::Finite(finite) => format!("0.{}e{}", self.grouped(&finite.digits().to_string()), finite.exponent()),
        };
        let sign = if number.is_negative() { Some('-') } else { self.plus };
        sign.into_iter().chain(body.chars()).collect()
    }

    fn plain(self, number: &Finite) -> String {
        let (mut whole, mut fraction) = (number.digits().to_string(), String::new());
        if number.scale() >= 0 {
            whole.extend(std::iter::repeat_n('0', number.scale() as usize));
        } else if number.exponent() > 0 {
            fraction = whole.split_off(number.exponent() as usize);
        } else {
            fraction.extend(std::iter::repeat_n('0', number.exponent().unsigned_abs() as usize));
            fraction.push_str(&whole);
            whole = "0".to_owned();
        }
        if fraction.is_empty() {
            fraction.push('0');
        }
        // Groups are counted from the decimal point.
        let head = if self.group == 0 { 0 } else { whole.len() % self.group };
        let (first, rest) = whole.split_at(head);
        let separator = if head > 0 && !rest.is_empty() { " " } else { "" };
        format!("{first}{separator}{}.{}", self.grouped(rest), self.grouped(&fraction))
    }

    fn grouped(self, digits: &str) -> String {
        if self.group == 0 {
            return digits.to_owned();
        }
        let mut grouped = String::with_capacity(digits.len() + digits.len() / self.group);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && index % self.group == 0 {
                grouped.push(' ');
            }
            grouped.push(digit);
        }
        grouped
    }

    /// At least how long the text is.
    pub fn length(self, number: &Decimal) -> usize {
        let digits = number.count().unsigned_abs();
        let shift = if self.is_plain { number.exponent().unsigned_abs() } else { 0 };
        usize::try_from(digits.saturating_add(shift)).unwrap_or(usize::MAX)
    }
}
