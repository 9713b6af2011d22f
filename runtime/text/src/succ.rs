//! `String#succ`.
//!
//! Invariant: the rightmost alphanumeric run is incremented with carry; without one, the rightmost character is.
//! Source: CRuby 4.0 behaviour, table-checked.

use crate::encoding::{CharLen, Encoding, char_len, codepoint, encode_codepoint, prev_char};

/// What incrementing one character gave.
enum Step {
    /// The next character, no carry.
    Found(Vec<u8>),
    /// Wrapped to the first of its kind; the carry goes to the left.
    Wrapped { character: Vec<u8>, carry: Vec<u8> },
    /// Not a character that can be incremented.
    NotChar,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Digit,
    Alpha,
}

fn kind(encoding: Encoding, value: u32) -> Option<Kind> {
    if let Ok(byte) = u8::try_from(value)
        && byte < 0x80
    {
        return match byte {
            b'0'..=b'9' => Some(Kind::Digit),
            b'a'..=b'z' | b'A'..=b'Z' => Some(Kind::Alpha),
            _ => None,
        };
    }
    if encoding.is_unicode() {
        return char::from_u32(value).is_some_and(char::is_alphabetic).then_some(Kind::Alpha);
    }
    (!encoding.is_single_byte() && value > 0xFF).then_some(Kind::Alpha)
}

/// The character `delta` codepoints away when it has the same byte length.
fn neighbour(encoding: Encoding, character: &[u8], delta: i64) -> Option<(Vec<u8>, u32)> {
    let (value, _) = codepoint(encoding, character, 0).ok()?;
    let value = u32::try_from(i64::from(value) + delta).ok()?;
    let bytes = encode_codepoint(encoding, value).ok()?;
    (bytes.len() == character.len()).then_some((bytes, value))
}

fn succ_alnum(encoding: Encoding, character: &[u8]) -> Step {
    let Ok((value, _)) = codepoint(encoding, character, 0) else { return Step::NotChar };
    let Some(wanted) = kind(encoding, value) else { return Step::NotChar };
    // One gap is stepped over, as between some letters of a script.
    for delta in 1..=2 {
        if let Some((next, number)) = neighbour(encoding, character, delta)
            && kind(encoding, number) == Some(wanted)
        {
            return Step::Found(next);
        }
    }
    let mut first = character.to_vec();
    let mut seen = 1;
    while let Some((previous, number)) = neighbour(encoding, &first, -1) {
        if kind(encoding, number) != Some(wanted) {
            break;
        }
        first = previous;
        seen += 1;
    }
    if seen == 1 {
        return Step::NotChar;
    }
    let carry = match wanted {
        Kind::Alpha => first.clone(),
        Kind::Digit => neighbour(encoding, &first, 1).map_or_else(|| first.clone(), |pair| pair.0),
    };
    Step::Wrapped { character: first, carry }
}

/// The next character of the same length, whatever it is.
fn succ_any(encoding: Encoding, character: &[u8]) -> Step {
    if let Some((next, _)) = neighbour(encoding, character, 1) {
        return Step::Found(next);
    }
    // Surrogates have no encoding: step over them.
    if encoding.is_unicode()
        && matches!(codepoint(encoding, character, 0), Ok((0xD7FF, _)))
        && let Ok(next) = encode_codepoint(encoding, 0xE000)
    {
        return Step::Found(next);
    }
    let mut bytes = character.to_vec();
    for index in (0..bytes.len()).rev() {
        let (next, overflow) = bytes[index].overflowing_add(1);
        bytes[index] = next;
        if overflow {
            continue;
        }
        if char_len(encoding, &bytes, 0) == CharLen::Valid(bytes.len()) {
            return Step::Found(bytes);
        }
    }
    let first = match (encoding.is_utf8_layout(), character.len()) {
        (true, 2) => vec![0xC2, 0x80],
        (true, 3) => vec![0xE0, 0xA0, 0x80],
        (true, 4) => vec![0xF0, 0x90, 0x80, 0x80],
        (_, len) => vec![0; len],
    };
    let carry = encode_codepoint(encoding, 1).unwrap_or_else(|_| vec![1]);
    Step::Wrapped { character: first, carry }
}

/// `String#succ`: the bytes of the next string in the same encoding.
pub fn succ(encoding: Encoding, bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    if out.is_empty() {
        return out;
    }
    if let Some(done) = succ_with(encoding, &mut out, true) {
        return done;
    }
    let mut out = bytes.to_vec();
    succ_with(encoding, &mut out, false).unwrap_or(out)
}

/// Increments from the right. `None` when nothing could be incremented.
fn succ_with(encoding: Encoding, out: &mut Vec<u8>, alnum_only: bool) -> Option<Vec<u8>> {
    let mut position = out.len();
    let mut last_alnum: Option<u8> = None;
    let mut after_gap = false;
    let mut carry_at: Option<(usize, Vec<u8>)> = None;
    while let Some(start) = prev_char(encoding, out, position) {
        position = start;
        if let (true, Some(last)) = (after_gap, last_alnum) {
            let here = out[start];
            let stop = (last.is_ascii_alphabetic() && here.is_ascii_digit()) || (last.is_ascii_digit() && here.is_ascii_alphabetic());
            if stop {
                break;
            }
        }
        let len = match char_len(encoding, out, start) {
            CharLen::Valid(len) => len,
            _ if alnum_only => continue,
            _ => 1,
        };
        let character = out[start..start + len].to_vec();
        let step = if alnum_only { succ_alnum(encoding, &character) } else { succ_any(encoding, &character) };
        match step {
            Step::NotChar => after_gap = true,
            Step::Found(next) => {
                out.splice(start..start + len, next);
                return Some(std::mem::take(out));
            }
            Step::Wrapped { character, carry } => {
                last_alnum = Some(out[start]);
                after_gap = false;
                out.splice(start..start + len, character);
                carry_at = Some((start, carry));
            }
        }
    }
    let (at, carry) = carry_at?;
    out.splice(at..at, carry);
    Some(std::mem::take(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_strings_as_ruby_does() {
        let table = [
            ("a", "b"),
            ("az", "ba"),
            ("zz", "aaa"),
            ("a9", "b0"),
            ("Az", "Ba"),
            ("Zz", "AAa"),
            ("-9", "-10"),
            ("9", "10"),
            ("1.9.9", "2.0.0"),
            ("", ""),
            ("<<koala>>", "<<koalb>>"),
            ("***", "**+"),
            ("1.9", "2.0"),
            ("zZ9", "aaA0"),
            ("あ", "\u{3043}"),
            ("ん", "\u{3094}"),
            ("z!", "aa!"),
            ("!", "\""),
            ("\u{10ffff}", "\u{1}\u{10000}"),
            ("é", "ê"),
            ("Zz!!", "AAa!!"),
            ("1z", "2a"),
            ("-", "."),
            ("a-9", "a-10"),
            ("9-z", "9-aa"),
            ("~", "\u{7f}"),
            ("\u{7f}", "\u{1}\u{0}"),
            ("あz", "\u{3043}a"),
        ];
        for (text, expected) in table {
            let next = succ(Encoding::UTF_8, text.as_bytes());
            assert_eq!(String::from_utf8_lossy(&next), expected, "{text:?}");
        }
        assert_eq!(succ(Encoding::BINARY, b"\xFF"), b"\x01\x00");
        assert_eq!(succ(Encoding::BINARY, b"a\xFF"), b"b\xFF");
        assert_eq!(succ(Encoding::BINARY, b"\xFF\xFF"), b"\x01\x00\x00");
    }
}
