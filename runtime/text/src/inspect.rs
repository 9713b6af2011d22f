//! `String#inspect`, `Symbol#inspect`, `String#dump` and `String#undump`.
//!
//! Invariant: `inspect` gives text in the result encoding's repertoire: what cannot be shown there is escaped.
//! Source: CRuby 4.0 behaviour, table-checked.

use crate::encoding::{CharLen, Encoding, char_len, codepoint, encode_codepoint, step_len};
use crate::error::{ErrorClass, TextError};

/// The letter of a one-letter escape.
fn short_escape(value: u32) -> Option<u8> {
    Some(match value {
        0x0A => b'n',
        0x0D => b'r',
        0x09 => b't',
        0x0C => b'f',
        0x0B => b'v',
        0x08 => b'b',
        0x07 => b'a',
        0x1B => b'e',
        _ => return None,
    })
}

/// Whether Ruby shows the scalar as itself: assigned, not a control, not a line separator.
pub fn is_printable(character: char) -> bool {
    let value = character as u32;
    match value {
        0x20..=0x7E => true,
        0..=0x9F | 0x2028 | 0x2029 => false,
        // Formats, spaces and private use, which the standard library's debug form escapes.
        0xA0 | 0xAD | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x890..=0x891 | 0x8E2 | 0x1680 | 0x180E => true,
        0x2000..=0x200F | 0x202A..=0x202F | 0x205F..=0x2064 | 0x2066..=0x206F | 0x3000 | 0xFEFF => true,
        0xFFF9..=0xFFFB | 0x110BD | 0x110CD | 0x13430..=0x1343F | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A => true,
        0xE0001 | 0xE0020..=0xE007F | 0xE000..=0xF8FF | 0xF0000..=0xFFFFD | 0x100000..=0x10FFFD => true,
        _ => {
            // Only a string's first character is escaped for being a combining mark, hence the leading letter.
            let mut buffer = [b'a'; 5];
            let len = character.encode_utf8(&mut buffer[1..]).len();
            std::str::from_utf8(&buffer[..=len]).is_ok_and(|text| text.escape_debug().count() == 2)
        }
    }
}

fn is_shown(encoding: Encoding, result: Encoding, value: u32) -> bool {
    if (0x20..=0x7E).contains(&value) && (encoding.is_ascii_compatible() || encoding.is_unicode()) {
        return true;
    }
    if encoding != result || encoding == Encoding::BINARY || value < 0x80 {
        return false;
    }
    if encoding.is_unicode() { char::from_u32(value).is_some_and(is_printable) } else { value >= 0xA0 }
}

fn push_escape(encoding: Encoding, value: u32, out: &mut Vec<u8>) {
    let text = match (encoding.is_unicode(), value) {
        (true, 0..=0xFFFF) => format!("\\u{value:04X}"),
        (true, _) => format!("\\u{{{value:X}}}"),
        (false, 0..=0xFF) => format!("\\x{value:02X}"),
        (false, _) => format!("\\x{{{value:X}}}"),
    };
    out.extend_from_slice(text.as_bytes());
}

fn push_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.extend_from_slice(format!("\\x{byte:02X}").as_bytes());
    }
}

/// `String#inspect` with the quotes. `result` is the encoding of the answer (default internal or external).
pub fn inspect(encoding: Encoding, bytes: &[u8], result: Encoding) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    out.push(b'"');
    // A dummy encoding has no characters to speak of.
    let opaque = encoding.is_dummy();
    let mut position = 0;
    while position < bytes.len() {
        let len = step_len(encoding, bytes, position);
        let piece = &bytes[position..position + len];
        let valid = matches!(char_len(encoding, bytes, position), CharLen::Valid(_));
        let next = position + len;
        let value = match codepoint(encoding, bytes, position) {
            Ok((value, _)) if valid && !opaque => value,
            Ok((value, _)) if valid && let Some(letter) = short_escape(value) => {
                out.extend([b'\\', letter]);
                position = next;
                continue;
            }
            _ => {
                push_bytes(piece, &mut out);
                position = next;
                continue;
            }
        };
        let opens = || matches!(codepoint(encoding, bytes, next), Ok((0x24 | 0x40 | 0x7B, _)));
        match value {
            0x22 | 0x5C => out.extend([b'\\', value as u8]),
            0x23 if opens() => out.extend(b"\\#"),
            _ => match short_escape(value) {
                Some(letter) => out.extend([b'\\', letter]),
                None if value < 0x80 && is_shown(encoding, result, value) => out.push(value as u8),
                None if value == 0x7F && !encoding.is_unicode() => out.extend(b"\\x7F"),
                None if is_shown(encoding, result, value) => out.extend_from_slice(piece),
                None => push_escape(encoding, value, &mut out),
            },
        }
        position = next;
    }
    out.push(b'"');
    out
}

/// Text with everything escaped that is no printable ASCII, without quotes: what stands for an `inspect` in an encoding that
/// the result's cannot show.
pub fn escape(encoding: Encoding, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while position < bytes.len() {
        let len = step_len(encoding, bytes, position);
        match codepoint(encoding, bytes, position) {
            Ok((value @ 0x20..=0x7E, _)) => out.push(value as u8),
            Ok((value, _)) => match short_escape(value) {
                Some(letter) => out.extend([b'\\', letter]),
                None => push_escape(encoding, value, &mut out),
            },
            Err(_) => push_bytes(&bytes[position..position + len], &mut out),
        }
        position += len;
    }
    out
}

/// Whether a symbol's text prints without quotes.
pub fn is_simple_symbol(encoding: Encoding, bytes: &[u8]) -> bool {
    let operators: [&[u8]; 29] = [
        b"[]", b"[]=", b"+", b"-", b"*", b"/", b"%", b"**", b"!", b"!=", b"!~", b"==", b"===", b"=~", b"<=>", b"<", b"<=", b">", b">=", b"<<", b">>",
        b"+@", b"-@", b"~", b"`", b"&", b"|", b"^", b"$",
    ];
    if bytes != b"$" && operators.contains(&bytes) {
        return true;
    }
    match bytes {
        [b'@', b'@', rest @ ..] | [b'@', rest @ ..] => is_identifier(encoding, rest),
        [b'$', b'-', rest @ ..] => rest.len() == step_len(encoding, rest, 0) && is_word(encoding, rest),
        [b'$', rest @ ..] => is_global_rest(encoding, rest),
        _ => {
            let (body, suffix) = match bytes {
                [body @ .., b'?' | b'!'] => (body, true),
                [body @ .., b'='] => (body, true),
                _ => (bytes, false),
            };
            is_identifier(encoding, body) || (!suffix && is_identifier(encoding, bytes))
        }
    }
}

fn is_global_rest(encoding: Encoding, rest: &[u8]) -> bool {
    match rest {
        [one] if b"~*$?!@/\\;,.=:<>\"&`'+0_".contains(one) => true,
        [b'0'..=b'9', ..] => rest.iter().all(u8::is_ascii_digit) && (rest.len() == 1 || rest[0] != b'0'),
        _ => is_identifier(encoding, rest),
    }
}

fn is_word(encoding: Encoding, bytes: &[u8]) -> bool {
    let mut position = 0;
    while position < bytes.len() {
        let byte = bytes[position];
        let CharLen::Valid(len) = char_len(encoding, bytes, position) else { return false };
        if !(byte >= 0x80 || byte == b'_' || byte.is_ascii_alphanumeric()) {
            return false;
        }
        position += len;
    }
    !bytes.is_empty()
}

fn is_identifier(encoding: Encoding, bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|byte| !byte.is_ascii_digit()) && is_word(encoding, bytes)
}

/// `Symbol#inspect`, the colon included.
pub fn inspect_symbol(encoding: Encoding, bytes: &[u8], result: Encoding) -> Vec<u8> {
    let quoted = inspect(encoding, bytes, result);
    let plain = encoding.is_ascii_compatible()
        && is_simple_symbol(encoding, bytes)
        && (quoted.get(1..quoted.len() - 1) == Some(bytes) || matches!(bytes, [b'$', b'"' | b'\\']));
    let mut out = vec![b':'];
    out.extend_from_slice(if plain { bytes } else { &quoted });
    out
}

/// Whether a hash key `name:` needs quotes in `Hash#inspect`: only plain identifiers (with `?` or `!`) do not.
pub fn is_simple_hash_key(encoding: Encoding, bytes: &[u8], result: Encoding) -> bool {
    let body = match bytes {
        [body @ .., b'?' | b'!'] => body,
        _ => bytes,
    };
    let quoted = inspect(encoding, bytes, result);
    encoding.is_ascii_compatible() && is_identifier(encoding, body) && quoted.get(1..quoted.len() - 1) == Some(bytes)
}

/// `String#dump`.
pub fn dump(encoding: Encoding, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    out.push(b'"');
    let mut position = 0;
    while position < bytes.len() {
        let byte = bytes[position];
        let next = bytes.get(position + 1);
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'#' if matches!(next, Some(b'$' | b'@' | b'{')) => out.extend(b"\\#"),
            0x20..=0x7E => out.push(byte),
            _ => match (short_escape(byte.into()), char_len(encoding, bytes, position)) {
                (Some(letter), _) => out.extend([b'\\', letter]),
                (None, CharLen::Valid(len)) if len > 1 && encoding.is_utf8_layout() => {
                    let value = codepoint(encoding, bytes, position).map_or(0, |pair| pair.0);
                    push_escape(encoding, value, &mut out);
                    position += len;
                    continue;
                }
                _ => push_bytes(&[byte], &mut out),
            },
        }
        position += 1;
    }
    out.push(b'"');
    if !encoding.is_ascii_compatible() {
        out.extend_from_slice(format!(".dup.force_encoding(\"{}\")", encoding.name()).as_bytes());
    }
    out
}

fn undump_error(message: &str) -> TextError {
    TextError::new(ErrorClass::RuntimeError, message)
}

/// `String#undump`: the bytes and the encoding they now have.
pub fn undump(encoding: Encoding, bytes: &[u8]) -> Result<(Vec<u8>, Encoding), TextError> {
    if !encoding.is_ascii_compatible() {
        return Err(TextError::new(ErrorClass::CompatibilityError, format!("ASCII incompatible encoding: {}", encoding.name())));
    }
    if !bytes.is_ascii() {
        return Err(undump_error("non-ASCII character detected"));
    }
    if bytes.contains(&0) {
        return Err(undump_error("string contains null byte"));
    }
    let Some(mut rest) = bytes.strip_prefix(b"\"") else {
        return Err(undump_error("invalid dumped string; not wrapped with '\"' nor '\"...\".force_encoding(\"...\")' form"));
    };
    let (mut out, mut encoding, mut escapes) = (Vec::new(), encoding, Escapes::default());
    loop {
        match rest {
            [] => return Err(undump_error("unterminated dumped string")),
            [b'"', tail @ ..] => {
                if let Some(forced) = forced_encoding(tail)? {
                    encoding = forced;
                }
                break;
            }
            [b'\\', tail @ ..] => rest = undump_escape(tail, &mut out, &mut escapes)?,
            [byte, tail @ ..] => {
                out.push(*byte);
                rest = tail;
            }
        }
    }
    if escapes.unicode && encoding.is_ascii_compatible() && !encoding.is_unicode() {
        encoding = Encoding::UTF_8;
    }
    Ok((out, encoding))
}

/// The encoding named by a `.dup.force_encoding("X")` tail; `None` for an empty tail.
fn forced_encoding(tail: &[u8]) -> Result<Option<Encoding>, TextError> {
    if tail.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(tail).unwrap_or("");
    let text = text.strip_prefix(".dup").unwrap_or(text);
    let name = text.strip_prefix(".force_encoding(\"").and_then(|text| text.strip_suffix("\")"));
    match name {
        None => Err(undump_error("invalid dumped string; not wrapped with '\"' nor '\"...\".force_encoding(\"...\")' form")),
        Some(name) => match Encoding::find(name) {
            Some(encoding) => Ok(Some(encoding)),
            None => Err(undump_error("dumped string has unknown encoding name")),
        },
    }
}

/// Which escapes a dumped text has; only one sort may stand for characters outside of ASCII.
#[derive(Default)]
struct Escapes {
    unicode: bool,
    bytes: bool,
}

impl Escapes {
    fn check(&self) -> Result<(), TextError> {
        if self.unicode && self.bytes { Err(undump_error("hex escape and Unicode escape are mixed")) } else { Ok(()) }
    }
}

/// Reads one escape (after the backslash) and returns what follows.
fn undump_escape<'a>(tail: &'a [u8], out: &mut Vec<u8>, escapes: &mut Escapes) -> Result<&'a [u8], TextError> {
    let Some((&letter, rest)) = tail.split_first() else {
        return Err(undump_error("invalid escape"));
    };
    let plain = match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'f' => 0x0C,
        b'v' => 0x0B,
        b'b' => 0x08,
        b'a' => 0x07,
        b'e' => 0x1B,
        b'"' | b'\\' | b'#' => letter,
        b'x' => {
            let digits = rest.get(..2).filter(|pair| pair.iter().all(u8::is_ascii_hexdigit));
            let Some(digits) = digits else { return Err(undump_error("invalid hex escape")) };
            let byte = hex_value(digits) as u8;
            escapes.bytes |= !byte.is_ascii();
            escapes.check()?;
            out.push(byte);
            return Ok(&rest[2..]);
        }
        b'u' => {
            escapes.unicode = true;
            escapes.check()?;
            return undump_unicode(rest, out);
        }
        _ => {
            out.extend([b'\\', letter]);
            return Ok(rest);
        }
    };
    out.push(plain);
    Ok(rest)
}

fn hex_value(digits: &[u8]) -> u32 {
    digits.iter().fold(0u32, |value, &digit| value.saturating_mul(16).saturating_add((digit as char).to_digit(16).unwrap_or(0)))
}

fn undump_unicode<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], TextError> {
    let mut push = |digits: &[u8]| {
        let value = hex_value(digits);
        if value > 0x10FFFF {
            return Err(undump_error("invalid Unicode codepoint (too large)"));
        }
        if (0xD800..=0xDFFF).contains(&value) {
            return Err(undump_error("invalid Unicode codepoint"));
        }
        out.extend(encode_codepoint(Encoding::UTF_8, value)?);
        Ok(())
    };
    if let Some(list) = rest.strip_prefix(b"{") {
        let Some(end) = list.iter().position(|&byte| byte == b'}') else {
            return Err(undump_error("unterminated Unicode escape"));
        };
        for digits in list[..end].split(|&byte| byte == b' ').filter(|digits| !digits.is_empty()) {
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return Err(undump_error("invalid Unicode escape"));
            }
            push(digits)?;
        }
        return Ok(&list[end + 1..]);
    }
    match rest.get(..4) {
        Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => push(digits)?,
        _ => return Err(undump_error("invalid Unicode escape")),
    }
    Ok(&rest[4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_inspect_as_ruby_does() {
        let (utf8, ascii) = (Encoding::UTF_8, Encoding::US_ASCII);
        let table: [(Encoding, &[u8], Encoding, &str); 11] = [
            (utf8, b"a\"b\\c\n\t\x1B\0\x7F#", ascii, r##""a\"b\\c\n\t\e\u0000\u007F#""##),
            (utf8, b"#{x}#$x#@x# x", utf8, r##""\#{x}\#$x\#@x# x""##),
            (utf8, "é".as_bytes(), utf8, "\"é\""),
            (utf8, "é".as_bytes(), ascii, "\"\\u00E9\""),
            (utf8, "\u{1F600}".as_bytes(), ascii, "\"\\u{1F600}\""),
            (utf8, b"\xE3\x81", utf8, "\"\\xE3\\x81\""),
            (utf8, "\u{378}\u{301}a".as_bytes(), utf8, "\"\\u0378\u{301}a\""),
            (Encoding::UTF_16LE, b"\xE9\0a\0", utf8, "\"\\u00E9a\""),
            (Encoding::BINARY, b"\x80\x7F", utf8, "\"\\x80\\x7F\""),
            (Encoding::EUC_JP, b"\xA4\xA2", utf8, "\"\\x{A4A2}\""),
            (Encoding::UTF_16, b"\xFE\xFF\0a", utf8, "\"\\xFE\\xFF\\x00\\x61\""),
        ];
        for (encoding, bytes, result, expected) in table {
            assert_eq!(String::from_utf8_lossy(&inspect(encoding, bytes, result)), expected);
        }
    }

    #[test]
    fn symbols_inspect_as_ruby_does() {
        let plain = "a a? a! a= [] []= + ! != == === =~ !~ <=> @a @@a $a $1 $-w A A= +@ -@ ** ` $~ nil é é= $0 << A?";
        for name in plain.split(' ') {
            let text = inspect_symbol(Encoding::UTF_8, name.as_bytes(), Encoding::UTF_8);
            assert_eq!(String::from_utf8_lossy(&text), format!(":{name}"));
        }
        let quoted = "a?= = @1 $- 9a && || ~@ !@ $1a @a= a!= .. :: @ a==";
        for name in quoted.split(' ').chain([""]) {
            let text = inspect_symbol(Encoding::UTF_8, name.as_bytes(), Encoding::UTF_8);
            assert_eq!(String::from_utf8_lossy(&text), format!(":\"{name}\""));
        }
    }

    #[test]
    fn dump_and_undump() {
        assert_eq!(dump(Encoding::UTF_8, "é\0\x7F".as_bytes()), b"\"\\u00E9\\x00\\x7F\"");
        let wide = dump(Encoding::UTF_16LE, b"\xE9\0");
        assert_eq!(wide, b"\"\\xE9\\x00\".dup.force_encoding(\"UTF-16LE\")");
        assert_eq!(undump(Encoding::UTF_8, &wide), Ok((b"\xE9\0".to_vec(), Encoding::UTF_16LE)));
        let table =
            [("\"a", "unterminated dumped string"), ("\"\\x\"", "invalid hex escape"), ("\"\\u{110000}\"", "invalid Unicode codepoint (too large)")];
        for (text, message) in table {
            assert_eq!(undump(Encoding::UTF_8, text.as_bytes()).expect_err("bad").message, message);
        }
        assert_eq!(undump(Encoding::UTF_8, b"\"\\u{3042 3043}\\e\\s\""), Ok(("あぃ\x1B\\s".into(), Encoding::UTF_8)));
    }
}
