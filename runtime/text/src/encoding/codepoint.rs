//! Codepoints: reading the number of a character and building a character from a number.
//!
//! Invariant: for valid characters the two functions are inverses.
//! Source: CRuby `String#ord`, `Integer#chr`.

use super::{CharLen, Encoding, Stepper, char_len};
use crate::error::TextError;

/// The codepoint at `position` and its length. Malformed bytes are an `ArgumentError`.
pub fn codepoint(encoding: Encoding, bytes: &[u8], position: usize) -> Result<(u32, usize), TextError> {
    let CharLen::Valid(len) = char_len(encoding, bytes, position) else {
        return Err(if position >= bytes.len() {
            TextError::argument("empty string")
        } else {
            TextError::argument(format!("invalid byte sequence in {}", encoding.name()))
        });
    };
    Ok((decode(encoding, &bytes[position..position + len]), len))
}

/// The number of one well-formed character.
fn decode(encoding: Encoding, character: &[u8]) -> u32 {
    let pair = |high: u32, low: u32| 0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF);
    match encoding.stepper() {
        Stepper::Utf8 | Stepper::Cesu8 => match *character {
            [a, b, c, d, e, f] => pair(utf8_value(&[a, b, c]), utf8_value(&[d, e, f])),
            _ => utf8_value(character),
        },
        Stepper::Utf16Be => match *character {
            [a, b, c, d] => pair(u16::from_be_bytes([a, b]).into(), u16::from_be_bytes([c, d]).into()),
            _ => big_endian(character),
        },
        Stepper::Utf16Le => match *character {
            [a, b, c, d] => pair(u16::from_le_bytes([a, b]).into(), u16::from_le_bytes([c, d]).into()),
            [a, b] => u16::from_le_bytes([a, b]).into(),
            _ => 0,
        },
        Stepper::Utf32Le => character.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte)),
        _ => big_endian(character),
    }
}

fn big_endian(character: &[u8]) -> u32 {
    character.iter().fold(0, |value, &byte| value << 8 | u32::from(byte))
}

fn utf8_value(character: &[u8]) -> u32 {
    let lead = u32::from(character[0]);
    let start = match character.len() {
        1 => return lead,
        2 => lead & 0x1F,
        3 => lead & 0x0F,
        _ => lead & 0x07,
    };
    character[1..].iter().fold(start, |value, &byte| value << 6 | u32::from(byte & 0x3F))
}

/// The bytes of codepoint `value`. Values the encoding has no place for are a `RangeError`.
pub fn encode_codepoint(encoding: Encoding, value: u32) -> Result<Vec<u8>, TextError> {
    let mut out = Vec::with_capacity(4);
    encode_codepoint_into(encoding, value, &mut out)?;
    Ok(out)
}

/// Appends the bytes of codepoint `value` to `out`; on error `out` is unchanged.
pub fn encode_codepoint_into(encoding: Encoding, value: u32, out: &mut Vec<u8>) -> Result<(), TextError> {
    let invalid = || TextError::range(format!("invalid codepoint 0x{value:X} in {}", encoding.name()));
    let too_large = || TextError::range(format!("{value} out of char range"));
    if encoding.is_unicode() {
        let character = char::from_u32(value).ok_or_else(invalid)?;
        push_char(encoding, character, out);
        return Ok(());
    }
    if encoding.is_single_byte() {
        let byte = u8::try_from(value).map_err(|_| too_large())?;
        if encoding.stepper() == Stepper::Ascii && byte >= 0x80 {
            return Err(too_large());
        }
        out.push(byte);
        return Ok(());
    }
    let bytes = value.to_be_bytes();
    let skip = bytes.iter().position(|&byte| byte != 0).unwrap_or(3);
    let character = &bytes[skip..];
    if char_len(encoding, character, 0) != CharLen::Valid(character.len()) {
        return Err(if character.len() > encoding.max_char_len() { too_large() } else { invalid() });
    }
    out.extend_from_slice(character);
    Ok(())
}

/// Appends a Unicode scalar in a Unicode encoding.
pub(crate) fn push_char(encoding: Encoding, character: char, out: &mut Vec<u8>) {
    let mut units = [0u16; 2];
    match encoding.stepper() {
        Stepper::Utf16Be => character.encode_utf16(&mut units).iter().for_each(|unit| out.extend(unit.to_be_bytes())),
        Stepper::Utf16Le => character.encode_utf16(&mut units).iter().for_each(|unit| out.extend(unit.to_le_bytes())),
        Stepper::Utf32Be => out.extend((character as u32).to_be_bytes()),
        Stepper::Utf32Le => out.extend((character as u32).to_le_bytes()),
        Stepper::Cesu8 if character as u32 > 0xFFFF => {
            for &mut unit in character.encode_utf16(&mut units) {
                out.extend([0xE0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3F) as u8, 0x80 | (unit & 0x3F) as u8]);
            }
        }
        _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_characters_are_inverse() {
        for name in ["UTF-8", "CESU-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"] {
            let encoding = Encoding::find(name).expect("known");
            for value in [0, 0x41, 0xE9, 0x3042, 0xFFFF, 0x1F600, 0x10FFFF] {
                let bytes = encode_codepoint(encoding, value).expect("valid");
                assert_eq!(codepoint(encoding, &bytes, 0), Ok((value, bytes.len())), "{name} {value:x}");
            }
        }
        let error = encode_codepoint(Encoding::UTF_8, 0xD800).expect_err("surrogate");
        assert_eq!(error.message, "invalid codepoint 0xD800 in UTF-8");
        assert_eq!(encode_codepoint(Encoding::US_ASCII, 128).expect_err("high").message, "128 out of char range");
        assert_eq!(encode_codepoint(Encoding::WINDOWS_31J, 0x82A0), Ok(vec![0x82, 0xA0]));
    }
}
