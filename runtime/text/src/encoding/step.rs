//! Character stepping: how long the character at a byte position is.
//!
//! Invariant: `Valid(n)` never reaches past the end of the slice and n >= 1.
//! Source: the encodings' own definitions, with the byte ranges CRuby accepts.

use super::table::Stepper;

/// The length of the character that starts at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CharLen {
    /// A well-formed character of this many bytes.
    Valid(usize),
    /// Not a character; this many bytes are certainly part of the fault.
    Invalid(usize),
    /// A well-formed beginning cut off by the end of the slice.
    Incomplete,
}

use CharLen::{Incomplete, Invalid, Valid};

/// Length of the character at the start of `bytes`, which is not empty.
pub(crate) fn step(stepper: Stepper, bytes: &[u8]) -> CharLen {
    let Some(&lead) = bytes.first() else { return Incomplete };
    match stepper {
        Stepper::Single => Valid(1),
        Stepper::Ascii => {
            if lead < 0x80 {
                Valid(1)
            } else {
                Invalid(1)
            }
        }
        Stepper::Utf8 => utf8(bytes),
        Stepper::Cesu8 => cesu8(bytes),
        Stepper::Utf16Be => utf16(bytes, |a, b| u16::from_be_bytes([a, b])),
        Stepper::Utf16Le => utf16(bytes, |a, b| u16::from_le_bytes([a, b])),
        Stepper::Utf32Be => utf32(bytes, u32::from_be_bytes),
        Stepper::Utf32Le => utf32(bytes, u32::from_le_bytes),
        _ if lead < 0x80 => Valid(1),
        Stepper::EucJp => match lead {
            0x8E => trail(bytes, 2, is_euc),
            0x8F => trail(bytes, 3, is_euc),
            0xA1..=0xFE => trail(bytes, 2, is_euc),
            _ => Invalid(1),
        },
        Stepper::Euc => match lead {
            0xA1..=0xFE => trail(bytes, 2, is_euc),
            0x80 => Valid(1),
            _ => Invalid(1),
        },
        Stepper::EucTw => match lead {
            0x8E => match bytes.get(1) {
                None => Incomplete,
                Some(0xA1..=0xB0) => trail(bytes, 4, is_euc),
                Some(_) => Invalid(1),
            },
            0xA1..=0xFE => trail(bytes, 2, is_euc),
            _ => Invalid(1),
        },
        Stepper::Sjis => match lead {
            0xA1..=0xDF => Valid(1),
            0x81..=0x9F | 0xE0..=0xFC => trail(bytes, 2, |b| matches!(b, 0x40..=0x7E | 0x80..=0xFC)),
            _ => Invalid(1),
        },
        Stepper::Big5 => match lead {
            0xA1..=0xFE => trail(bytes, 2, |b| matches!(b, 0x40..=0x7E | 0xA1..=0xFE)),
            _ => Invalid(1),
        },
        Stepper::Big5Wide => match lead {
            0x81..=0xFE => trail(bytes, 2, |b| matches!(b, 0x40..=0x7E | 0xA1..=0xFE)),
            _ => Invalid(1),
        },
        Stepper::Cp949 => match lead {
            0x81..=0xFE => trail(bytes, 2, |b| matches!(b, 0x41..=0x5A | 0x61..=0x7A | 0x81..=0xFE)),
            0x80 => Valid(1),
            _ => Invalid(1),
        },
        Stepper::Gbk => match lead {
            0x81..=0xFE => trail(bytes, 2, |b| matches!(b, 0x40..=0x7E | 0x80..=0xFE)),
            0x80 => Valid(1),
            _ => Invalid(1),
        },
        Stepper::Gb18030 => gb18030(bytes),
        Stepper::EmacsMule => match lead {
            0x81..=0x8F => trail(bytes, 2, |b| b >= 0xA0),
            0x90..=0x99 => trail(bytes, 3, |b| b >= 0xA0),
            0x9A..=0x9B => trail(bytes, 3, |b| b >= 0xA0),
            0x9C..=0x9D => trail(bytes, 4, |b| b >= 0xA0),
            _ => Invalid(1),
        },
    }
}

fn is_euc(byte: u8) -> bool {
    matches!(byte, 0xA1..=0xFE)
}

/// A lead byte followed by `len - 1` bytes that all satisfy `ok`.
fn trail(bytes: &[u8], len: usize, ok: fn(u8) -> bool) -> CharLen {
    for index in 1..len {
        match bytes.get(index) {
            None => return Incomplete,
            Some(&byte) if ok(byte) => {}
            Some(_) => return Invalid(index),
        }
    }
    Valid(len)
}

fn utf8(bytes: &[u8]) -> CharLen {
    let lead = bytes[0];
    let (len, low, high) = match lead {
        0x00..=0x7F => return Valid(1),
        0xC2..=0xDF => (2, 0x80, 0xBF),
        0xE0 => (3, 0xA0, 0xBF),
        0xED => (3, 0x80, 0x9F),
        0xE1..=0xEF => (3, 0x80, 0xBF),
        0xF0 => (4, 0x90, 0xBF),
        0xF1..=0xF3 => (4, 0x80, 0xBF),
        0xF4 => (4, 0x80, 0x8F),
        _ => return Invalid(1),
    };
    match bytes.get(1) {
        None => return Incomplete,
        Some(byte) if (low..=high).contains(byte) => {}
        Some(_) => return Invalid(1),
    }
    for index in 2..len {
        match bytes.get(index) {
            None => return Incomplete,
            Some(0x80..=0xBF) => {}
            Some(_) => return Invalid(index),
        }
    }
    Valid(len)
}

/// CESU-8: UTF-8 without four-byte forms; supplementary characters are two encoded surrogates.
fn cesu8(bytes: &[u8]) -> CharLen {
    if bytes[0] != 0xED || !matches!(bytes.get(1), Some(0xA0..=0xBF)) {
        return if bytes[0] >= 0xF0 { Invalid(1) } else { utf8(bytes) };
    }
    if !matches!(bytes.get(1), Some(0xA0..=0xAF)) {
        return Invalid(1);
    }
    let rest: [fn(u8) -> bool; 4] = [|b| matches!(b, 0x80..=0xBF), |b| b == 0xED, |b| matches!(b, 0xB0..=0xBF), |b| matches!(b, 0x80..=0xBF)];
    for (offset, ok) in rest.iter().enumerate() {
        match bytes.get(offset + 2) {
            None => return Incomplete,
            Some(&byte) if ok(byte) => {}
            Some(_) => return Invalid(1),
        }
    }
    Valid(6)
}

fn utf16(bytes: &[u8], unit: fn(u8, u8) -> u16) -> CharLen {
    let &[a, b, ..] = bytes else { return Incomplete };
    match unit(a, b) {
        0xD800..=0xDBFF => match bytes.get(2..4) {
            None => Incomplete,
            Some(low) if matches!(unit(low[0], low[1]), 0xDC00..=0xDFFF) => Valid(4),
            Some(_) => Invalid(2),
        },
        0xDC00..=0xDFFF => Invalid(2),
        _ => Valid(2),
    }
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> CharLen {
    let Some(word) = bytes.first_chunk::<4>() else { return Incomplete };
    if char::from_u32(unit(*word)).is_some() { Valid(4) } else { Invalid(4) }
}

fn gb18030(bytes: &[u8]) -> CharLen {
    if !matches!(bytes[0], 0x81..=0xFE) {
        return Invalid(1);
    }
    match bytes.get(1) {
        None => Incomplete,
        Some(0x40..=0x7E | 0x80..=0xFE) => Valid(2),
        Some(0x30..=0x39) => match bytes.get(2) {
            None => Incomplete,
            Some(0x81..=0xFE) => match bytes.get(3) {
                None => Incomplete,
                Some(0x30..=0x39) => Valid(4),
                Some(_) => Invalid(1),
            },
            Some(_) => Invalid(1),
        },
        Some(_) => Invalid(1),
    }
}
