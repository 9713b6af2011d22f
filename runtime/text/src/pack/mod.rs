//! `Array#pack` and `String#unpack` templates.
//!
//! Invariant: no template reads outside the input; sizes are those of 64-bit Linux.
//! Source: CRuby 4.0 behaviour.

mod codec;
mod read;
mod write;

pub use read::{Unpacked, unpack};
pub use write::{PackArgs, pack};

use crate::error::{ErrorClass, TextError};

/// How often a directive repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    None,
    Star,
    Times(usize),
}

/// One directive of a template.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Directive {
    pub kind: u8,
    pub count: Count,
    pub native: bool,
    pub big_endian: bool,
}

impl Directive {
    /// Byte size, signedness and byte order of an integer directive.
    pub fn integer(&self) -> Option<(usize, bool, bool)> {
        let size = match self.kind {
            b'c' | b'C' => 1,
            b's' | b'S' | b'n' | b'v' => 2,
            b'l' | b'L' if self.native => 8,
            b'i' | b'I' | b'l' | b'L' | b'N' | b'V' => 4,
            b'q' | b'Q' | b'j' | b'J' => 8,
            _ => return None,
        };
        let signed = matches!(self.kind, b'c' | b's' | b'i' | b'l' | b'q' | b'j');
        Some((size, signed, self.big_endian || matches!(self.kind, b'n' | b'N')))
    }

    /// Byte size and byte order of a float directive.
    pub fn float(&self) -> Option<(usize, bool)> {
        match self.kind {
            b'f' | b'F' | b'e' => Some((4, false)),
            b'g' => Some((4, true)),
            b'd' | b'D' | b'E' => Some((8, false)),
            b'G' => Some((8, true)),
            _ => None,
        }
    }
}

/// Splits a template into directives.
pub(crate) fn parse(template: &[u8], verb: &str) -> Result<Vec<Directive>, TextError> {
    let mut out = Vec::new();
    let mut position = 0;
    while let Some(&kind) = template.get(position) {
        position += 1;
        if kind.is_ascii_whitespace() || kind == 0x0B {
            continue;
        }
        if kind == b'#' {
            position += template[position..].iter().position(|&byte| byte == b'\n').unwrap_or(template.len() - position);
            continue;
        }
        if !b"aAZbBhHcCsSiIlLqQjJnNvVUwmMuxX@eEfFdDgGpP".contains(&kind) {
            let message = format!("unknown {verb} directive '{}' in '{}'", shown_directive(kind), shown_template(template));
            return Err(TextError::argument(message));
        }
        let mut directive = Directive { kind, count: Count::None, native: false, big_endian: false };
        let mut little = false;
        while let Some(&modifier) = template.get(position) {
            let allowed: &str = match modifier {
                b'_' | b'!' => "sSiIlLqQjJ",
                b'<' | b'>' => "sSiIlLqQjJ",
                _ => break,
            };
            if !allowed.as_bytes().contains(&kind) {
                return Err(TextError::argument(format!("'{}' allowed only after types {allowed}", modifier as char)));
            }
            match modifier {
                b'<' => little = true,
                b'>' => directive.big_endian = true,
                _ => directive.native = true,
            }
            if little && directive.big_endian {
                return Err(TextError::new(ErrorClass::RangeError, "Can't use both '<' and '>'"));
            }
            position += 1;
        }
        let digits = template[position..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if template.get(position) == Some(&b'*') {
            directive.count = Count::Star;
            position += 1;
        } else if digits > 0 {
            let text = std::str::from_utf8(&template[position..position + digits]).unwrap_or("0");
            // A bound on what a template alone can make us allocate.
            let number = text.parse::<i32>().ok().and_then(|number| usize::try_from(number).ok());
            directive.count = Count::Times(number.ok_or_else(|| TextError::range("pack length too big"))?);
            position += digits;
        }
        out.push(directive);
    }
    Ok(out)
}

/// A directive that is none, for messages.
fn shown_directive(kind: u8) -> String {
    if kind.is_ascii_graphic() || kind == b' ' { char::from(kind).to_string() } else { format!("\\x{kind:02x}") }
}

/// The template for messages: as it is, or all escaped if anything in it cannot be printed.
fn shown_template(template: &[u8]) -> String {
    let text = std::str::from_utf8(template);
    if let Some(plain) = text.ok().filter(|text| !text.chars().any(char::is_control)) {
        return plain.to_string();
    }
    let escaped = |byte: u8, unicode: bool| match byte {
        0 => "\\0".to_string(),
        7 => "\\a".to_string(),
        8 => "\\b".to_string(),
        b'\t' => "\\t".to_string(),
        b'\n' => "\\n".to_string(),
        0x0b => "\\v".to_string(),
        0x0c => "\\f".to_string(),
        b'\r' => "\\r".to_string(),
        0x1b => "\\e".to_string(),
        0x7f => "\\c?".to_string(),
        b' '..=b'~' => char::from(byte).to_string(),
        _ if unicode => format!("\\u{byte:04X}"),
        _ => format!("\\x{byte:02X}"),
    };
    match text {
        Ok(text) => text
            .chars()
            .map(|c| u8::try_from(c).ok().filter(u8::is_ascii).map_or_else(|| format!("\\u{:04X}", c as u32), |byte| escaped(byte, true)))
            .collect(),
        Err(_) => template.iter().map(|&byte| escaped(byte, false)).collect(),
    }
}

#[cfg(test)]
mod tests;
