//! Byte search aligned to characters, stripping, splitting and checksums.
//!
//! Invariant: an answer is always the start of a character. Source: CRuby 4.0 behaviour.

use memchr::memmem;

use crate::encoding::{Encoding, char_head, codepoint, is_boundary, step_len};

/// First occurrence of `needle` at or after byte `from`, at a character boundary.
pub fn index(encoding: Encoding, bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let mut start = from;
    if needle.is_empty() {
        return (start <= bytes.len()).then_some(start);
    }
    loop {
        let found = start + memmem::find(bytes.get(start..)?, needle)?;
        // UTF-8 and single bytes synchronise themselves; elsewhere a match may begin inside a character.
        if encoding.is_single_byte() || encoding.is_utf8_layout() || is_boundary(encoding, bytes, found) {
            return Some(found);
        }
        start = found + 1;
    }
}

/// Last occurrence of `needle` that starts at or before byte `from`, at a character boundary.
pub fn rindex(encoding: Encoding, bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let mut end = from.saturating_add(needle.len()).min(bytes.len());
    if needle.len() > bytes.len() {
        return None;
    }
    if needle.is_empty() {
        return Some(from.min(bytes.len()));
    }
    loop {
        let found = memmem::rfind(&bytes[..end], needle)?;
        if encoding.is_single_byte() || is_boundary(encoding, bytes, found) {
            return Some(found);
        }
        end = (found + needle.len()).checked_sub(1)?;
    }
}

/// Whether `bytes` ends with `suffix` and the suffix starts at a character boundary.
pub fn ends_with(encoding: Encoding, bytes: &[u8], suffix: &[u8]) -> bool {
    bytes.ends_with(suffix) && is_boundary(encoding, bytes, bytes.len() - suffix.len())
}

/// Whether `bytes` starts with `prefix` and the prefix ends at a character boundary.
pub fn starts_with(encoding: Encoding, bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.starts_with(prefix) && is_boundary(encoding, bytes, prefix.len())
}

fn is_space(value: u32) -> bool {
    matches!(value, 0x20 | 0x09..=0x0D)
}

/// Bytes of leading white space and NUL that `lstrip` removes.
pub fn lstrip_len(encoding: Encoding, bytes: &[u8]) -> usize {
    let mut position = 0;
    while let Ok((value, len)) = codepoint(encoding, bytes, position) {
        if !(is_space(value) || value == 0) {
            break;
        }
        position += len;
    }
    position
}

/// Length that remains when `rstrip` removes trailing white space and NUL.
pub fn rstrip_len(encoding: Encoding, bytes: &[u8]) -> usize {
    let mut end = bytes.len();
    while end > 0 {
        let head = char_head(encoding, &bytes[..end], end - 1);
        match codepoint(encoding, &bytes[..end], head) {
            Ok((value, len)) if head + len == end && (is_space(value) || value == 0) => end = head,
            _ => break,
        }
    }
    end
}

/// Length that remains when `chomp` without argument removes one line end.
pub fn chomp_len(encoding: Encoding, bytes: &[u8]) -> usize {
    let end = bytes.len();
    let unit = encoding.min_char_len();
    let value_before = |position: usize| {
        let start = position.checked_sub(unit)?;
        codepoint(encoding, &bytes[..position], start).ok().map(|pair| pair.0)
    };
    match value_before(end) {
        Some(0x0A) if value_before(end - unit) == Some(0x0D) => end - 2 * unit,
        Some(0x0A | 0x0D) => end - unit,
        _ => end,
    }
}

/// Byte ranges between separators. `limit` as in `String#split`: positive stops after that many pieces, 0 and
/// negative take all. Trailing empty pieces are kept; the caller drops them when the limit is 0.
pub fn split_string(encoding: Encoding, bytes: &[u8], separator: &[u8], limit: i64) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    while limit <= 0 || (out.len() as i64) < limit - 1 {
        let Some(found) = index(encoding, bytes, separator, start) else { break };
        out.push(start..found);
        start = found + separator.len();
    }
    out.push(start..bytes.len());
    out
}

/// Byte ranges of white-space separated words (`split` with a single space or nil).
pub fn split_awk(encoding: Encoding, bytes: &[u8], limit: i64) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let (mut position, mut start) = (0, None);
    while position < bytes.len() {
        let len = step_len(encoding, bytes, position);
        let space = codepoint(encoding, bytes, position).is_ok_and(|(value, _)| is_space(value));
        match (space, start) {
            (true, Some(begin)) => {
                out.push(begin..position);
                start = None;
            }
            (false, None) => {
                if limit > 0 && out.len() as i64 + 1 >= limit {
                    out.push(position..bytes.len());
                    return out;
                }
                start = Some(position);
            }
            _ => {}
        }
        position += len;
    }
    match start {
        Some(begin) => out.push(begin..bytes.len()),
        // A limit keeps the empty piece after trailing space.
        None if limit != 0 && !bytes.is_empty() => out.push(bytes.len()..bytes.len()),
        None => {}
    }
    out
}

/// Byte ranges of single characters, at most `limit` pieces when it is positive.
pub fn split_chars(encoding: Encoding, bytes: &[u8], limit: i64) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut position = 0;
    while position < bytes.len() {
        if limit > 0 && out.len() as i64 + 1 >= limit {
            out.push(position..bytes.len());
            return out;
        }
        let next = position + step_len(encoding, bytes, position);
        out.push(position..next);
        position = next;
    }
    if limit != 0 && !bytes.is_empty() {
        out.push(position..position);
    }
    out
}

/// Byte ranges of lines, separators included. An empty `separator` means paragraphs.
pub fn lines(encoding: Encoding, bytes: &[u8], separator: &[u8]) -> Vec<std::ops::Range<usize>> {
    let paragraph = separator.is_empty();
    let separator: &[u8] = if paragraph { b"\n\n" } else { separator };
    let mut out = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let Some(found) = index(encoding, bytes, separator, start) else {
            out.push(start..bytes.len());
            break;
        };
        let mut end = found + separator.len();
        while paragraph && bytes.get(end) == Some(&b'\n') {
            end += 1;
        }
        out.push(start..end);
        start = end;
    }
    out
}

/// `String#sum(bits)` for 0 < bits < 64; the caller handles wider sums.
pub fn sum(bytes: &[u8], bits: u32) -> u64 {
    let total: u64 = bytes.iter().map(|&byte| u64::from(byte)).sum();
    if bits == 0 || bits >= 64 { total } else { total & ((1 << bits) - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_respects_characters() {
        let sjis = Encoding::WINDOWS_31J;
        // The second byte of U+30BD is a backslash.
        assert_eq!(index(sjis, b"\x83\x5C\x5C", b"\x5C", 0), Some(2));
        assert_eq!(rindex(sjis, b"a\x83\x5C", b"\x5C", 3), None);
        assert_eq!(index(Encoding::UTF_8, b"hello", b"l", 3), Some(3));
        assert_eq!(rindex(Encoding::UTF_8, b"hello", b"l", 5), Some(3));
        assert_eq!(rindex(Encoding::UTF_8, b"hello", b"", 9), Some(5));
        assert!(!ends_with(sjis, b"\x83\x5C", b"\x5C"));
    }

    #[test]
    fn strips_and_splits() {
        let utf8 = Encoding::UTF_8;
        assert_eq!(lstrip_len(utf8, b"\0 \t a "), 4);
        assert_eq!(rstrip_len(utf8, b" a \0\n"), 2);
        assert_eq!(chomp_len(utf8, b"a\r\n"), 1);
        assert_eq!(chomp_len(Encoding::UTF_16LE, b"a\0\n\0"), 2);
        assert_eq!(split_awk(utf8, b" a  b ", 0), [1..2, 4..5]);
        assert_eq!(split_awk(utf8, b" a  b ", -1), [1..2, 4..5, 6..6]);
        assert_eq!(split_awk(utf8, b" a  b c", 2), [1..2, 4..7]);
        assert_eq!(split_string(utf8, b"a,b,,", b",", 0), [0..1, 2..3, 4..4, 5..5]);
        assert_eq!(split_chars(utf8, "aé".as_bytes(), 0), [0..1, 1..3]);
        assert_eq!(lines(utf8, b"a\n\n\nb\n", b""), [0..4, 4..6]);
    }
}
