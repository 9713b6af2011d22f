//! Regexp source text: escaping, `to_s`, `inspect`, union.
//!
//! Invariant: the text given back compiles to the same regexp. Source: CRuby 4.0 behaviour, table-checked.

use text::Encoding;
use text::encoding::{CharLen, char_len, step_len};

use crate::regex::{Options, Regex};

/// `Regexp.escape`.
pub fn escape(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    let mut position = 0;
    while position < bytes.len() {
        let len = step_len(encoding, bytes, position);
        let byte = bytes[position];
        if len > 1 || byte >= 0x80 {
            out.extend_from_slice(&bytes[position..position + len]);
            position += len;
            continue;
        }
        match byte {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0x0C => out.extend_from_slice(b"\\f"),
            0x0B => out.extend_from_slice(b"\\v"),
            b'[' | b']' | b'{' | b'}' | b'(' | b')' | b'|' | b'-' | b'*' | b'.' | b'\\' | b'?' | b'+' | b'^' | b'$' | b' ' | b'#' => {
                out.extend([b'\\', byte])
            }
            _ => out.push(byte),
        }
        position += 1;
    }
    out
}

/// The source as shown between slashes: bare slashes escaped, unprintable bytes in hex.
pub fn escape_slashes(source: &[u8], encoding: Encoding) -> Vec<u8> {
    let mut out = Vec::with_capacity(source.len());
    let mut position = 0;
    while position < source.len() {
        let byte = source[position];
        if byte == b'\\' && position + 1 < source.len() {
            let len = 1 + step_len(encoding, source, position + 1);
            out.extend_from_slice(&source[position..position + len]);
            position += len;
            continue;
        }
        match (byte, char_len(encoding, source, position)) {
            (b'/', _) => out.extend_from_slice(b"\\/"),
            (0x80.., CharLen::Valid(len)) if encoding != Encoding::BINARY => {
                out.extend_from_slice(&source[position..position + len]);
                position += len;
                continue;
            }
            (0x20..=0x7E | b'\t'..=b'\r', _) => out.push(byte),
            _ => out.extend_from_slice(format!("\\x{byte:02X}").as_bytes()),
        }
        position += 1;
    }
    out
}

/// The letters of the set options, in Ruby's order m, i, x.
fn letters(options: Options, on: bool) -> String {
    [(options.multiline, 'm'), (options.ignorecase, 'i'), (options.extended, 'x')]
        .into_iter()
        .filter(|(set, _)| *set == on)
        .map(|pair| pair.1)
        .collect()
}

/// `Regexp#inspect`.
pub fn inspect(source: &[u8], options: Options, encoding: Encoding) -> Vec<u8> {
    let mut out = vec![b'/'];
    out.extend(escape_slashes(source, encoding));
    out.push(b'/');
    out.extend_from_slice(letters(options, true).as_bytes());
    if options.no_encoding {
        out.push(b'n');
    }
    out
}

/// `Regexp#to_s`: `(?-mix:source)`, folding a single option group that spans the whole source.
pub fn to_s(source: &[u8], options: Options, encoding: Encoding) -> Vec<u8> {
    let (source, options) = fold(source, options, encoding).unwrap_or((source, options));
    let off = letters(options, false);
    let dash = if off.is_empty() { "" } else { "-" };
    let mut out = format!("(?{}{dash}{off}:", letters(options, true)).into_bytes();
    out.extend(escape_slashes(source, encoding));
    out.push(b')');
    out
}

/// Unwraps `(?flags:body)` and `(?flags)body` when it is the whole source and the body stands alone.
fn fold(source: &[u8], options: Options, encoding: Encoding) -> Option<(&[u8], Options)> {
    let rest = source.strip_prefix(b"(?")?;
    let end = rest.iter().position(|&byte| byte == b':' || byte == b')')?;
    let (mut options, mut on) = (options, true);
    for letter in &rest[..end] {
        match letter {
            b'm' => options.multiline = on,
            b'i' => options.ignorecase = on,
            b'x' => options.extended = on,
            b'-' if on => on = false,
            _ => return None,
        }
    }
    // Options that are set alone hold to the end.
    let body = if rest[end] == b')' { &rest[end + 1..] } else { rest[end + 1..].strip_suffix(b")")? };
    Regex::new(body, options, encoding).ok()?;
    Some((body, options))
}

/// One operand of `Regexp.union`.
pub enum UnionPart<'a> {
    /// A string, to be escaped.
    Text(&'a [u8], Encoding),
    /// A regexp, embedded by its `to_s`.
    Pattern(&'a Regex),
}

/// The source of `Regexp.union(parts)`. A single regexp is the caller's to return as it is.
pub fn union(parts: &[UnionPart<'_>]) -> Vec<u8> {
    if parts.is_empty() {
        return b"(?!)".to_vec();
    }
    let pieces: Vec<Vec<u8>> = parts
        .iter()
        .map(|part| match part {
            UnionPart::Text(bytes, encoding) => escape(bytes, *encoding),
            UnionPart::Pattern(regex) => to_s(regex.source(), regex.options(), regex.encoding()),
        })
        .collect();
    pieces.join(&b'|')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(letters: &str) -> Options {
        Options { ignorecase: letters.contains('i'), extended: letters.contains('x'), multiline: letters.contains('m'), ..Options::default() }
    }

    #[test]
    fn texts_as_ruby_writes_them() {
        let to_s_table = [
            (".", "mix", "(?mix:.)"),
            ("(?i-mx:abc)", "", "(?i-mx:abc)"),
            ("(?i:abc)", "x", "(?ix-m:abc)"),
            ("a\\/b", "", "(?-mix:a\\/b)"),
            ("a/b", "", "(?-mix:a\\/b)"),
            ("(?ix-m:a)", "", "(?ix-m:a)"),
            ("(?mix:a)b", "", "(?-mix:(?mix:a)b)"),
        ];
        for (source, letters, expected) in to_s_table {
            let text = to_s(source.as_bytes(), options(letters), Encoding::UTF_8);
            assert_eq!(String::from_utf8_lossy(&text), expected);
        }
        let shown = inspect(b"a/b\x01\t\x1B", options("mi"), Encoding::UTF_8);
        assert_eq!(String::from_utf8_lossy(&shown), "/a\\/b\\x01\t\\x1B/mi");
        let escaped = escape("a b\n\t.*-[]{}()#\u{b}\u{c}\r é\0~/&".as_bytes(), Encoding::UTF_8);
        assert_eq!(String::from_utf8_lossy(&escaped), "a\\ b\\n\\t\\.\\*\\-\\[\\]\\{\\}\\(\\)\\#\\v\\f\\r\\ é\0~/&");
        let c = Regex::new(b"c", options("i"), Encoding::UTF_8).expect("c");
        let parts = [UnionPart::Text(b"a.b", Encoding::UTF_8), UnionPart::Pattern(&c)];
        assert_eq!(union(&parts), b"a\\.b|(?i-mx:c)");
        assert_eq!(union(&[]), b"(?!)");
    }
}
