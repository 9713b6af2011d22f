//! Character sets of `tr`, `tr_s`, `delete`, `squeeze` and `count`.
//!
//! Invariant: all strings of one call share one encoding; characters are codepoints, malformed bytes stand apart.
//! Source: CRuby 4.0 behaviour, table-checked.

use crate::encoding::{Encoding, codepoint, encode_codepoint_into, step_len};
use crate::error::TextError;

/// Added to malformed bytes so that they never equal a codepoint.
const MALFORMED: u32 = 0x8000_0000;

/// Characters of `bytes` as numbers, with the byte range of each.
fn numbers(encoding: Encoding, bytes: &[u8]) -> impl Iterator<Item = (u32, std::ops::Range<usize>)> {
    let mut position = 0;
    std::iter::from_fn(move || {
        let &byte = bytes.get(position)?;
        let start = position;
        if byte < 0x80 && encoding.is_ascii_compatible() {
            position += 1;
            return Some((byte.into(), start..position));
        }
        position += step_len(encoding, bytes, position);
        let number = codepoint(encoding, bytes, start).map_or(MALFORMED | u32::from(byte), |pair| pair.0);
        Some((number, start..position))
    })
}

/// Parses the body of a set into inclusive ranges, in order.
fn ranges(encoding: Encoding, bytes: &[u8]) -> Result<Vec<(u32, u32)>, TextError> {
    let characters: Vec<(u32, _)> = numbers(encoding, bytes).collect();
    let value = |index: usize| characters.get(index).map(|pair| pair.0);
    let unescape = |index: usize| match (value(index), value(index + 1)) {
        (Some(0x5C), Some(next)) => Some((next, index + 2)),
        (Some(plain), _) => Some((plain, index + 1)),
        _ => None,
    };
    let (mut out, mut index) = (Vec::new(), 0);
    while let Some((low, next)) = unescape(index) {
        if value(next) == Some(0x2D)
            && let Some((high, after)) = unescape(next + 1)
        {
            if low > high {
                let show = |number| {
                    let mut text = Vec::new();
                    match encode_codepoint_into(encoding, number, &mut text) {
                        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
                        Err(_) => format!("\\x{:02X}", number & 0xFF),
                    }
                };
                return Err(TextError::argument(format!("invalid range \"{}-{}\" in string transliteration", show(low), show(high))));
            }
            out.push((low, high));
            index = after;
            continue;
        }
        out.push((low, low));
        index = next;
    }
    Ok(out)
}

/// Splits a leading `^` (only special when something follows).
fn split_negation(encoding: Encoding, bytes: &[u8]) -> (bool, &[u8]) {
    let mut characters = numbers(encoding, bytes);
    match (characters.next(), characters.next()) {
        (Some((0x5E, range)), Some(_)) => (true, &bytes[range.end..]),
        _ => (false, bytes),
    }
}

/// One or more intersected character sets, as `count`, `delete` and `squeeze` take them.
#[derive(Clone, Debug)]
pub struct CharSet {
    encoding: Encoding,
    parts: Vec<(bool, Vec<(u32, u32)>)>,
}

impl CharSet {
    /// The intersection of `sets`. A reversed range is an `ArgumentError`.
    pub fn new(encoding: Encoding, sets: &[&[u8]]) -> Result<Self, TextError> {
        let parts = sets
            .iter()
            .map(|set| {
                let (negated, body) = split_negation(encoding, set);
                Ok((negated, ranges(encoding, body)?))
            })
            .collect::<Result<_, TextError>>()?;
        Ok(Self { encoding, parts })
    }

    fn contains(&self, number: u32) -> bool {
        self.parts.iter().all(|(negated, ranges)| ranges.iter().any(|&(low, high)| (low..=high).contains(&number)) != *negated)
    }

    /// Membership of bytes 0-255, computed once a call.
    fn low_table(&self) -> [bool; 256] {
        std::array::from_fn(|number| self.contains(number as u32))
    }

    /// `String#count`.
    pub fn count(&self, bytes: &[u8]) -> usize {
        let low = self.low_table();
        if self.encoding.is_ascii_compatible() && bytes.is_ascii() {
            return bytes.iter().filter(|&&byte| low[usize::from(byte)]).count();
        }
        numbers(self.encoding, bytes).filter(|(number, _)| self.member(&low, *number)).count()
    }

    fn member(&self, low: &[bool; 256], number: u32) -> bool {
        low.get(number as usize).copied().unwrap_or_else(|| self.contains(number))
    }

    /// `String#delete`; `None` when nothing changes.
    pub fn delete(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let low = self.low_table();
        let mut out = Vec::with_capacity(bytes.len());
        for (number, range) in numbers(self.encoding, bytes) {
            if !self.member(&low, number) {
                out.extend_from_slice(&bytes[range]);
            }
        }
        (out.len() != bytes.len()).then_some(out)
    }

    /// `String#squeeze`; with no sets every character may be squeezed. `None` when nothing changes.
    pub fn squeeze(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let low = self.low_table();
        let mut out = Vec::with_capacity(bytes.len());
        let mut last = None;
        for (number, range) in numbers(self.encoding, bytes) {
            if last == Some(number) && self.member(&low, number) {
                continue;
            }
            last = Some(number);
            out.extend_from_slice(&bytes[range]);
        }
        (out.len() != bytes.len()).then_some(out)
    }
}

/// What a `tr` source set maps a character to.
struct Mapping {
    negated: bool,
    from: Vec<(u32, u32, u64)>,
    to: Vec<(u32, u32, u64)>,
    last: u32,
}

impl Mapping {
    fn new(encoding: Encoding, from: &[u8], to: &[u8]) -> Result<Self, TextError> {
        let (negated, body) = split_negation(encoding, from);
        let number = |ranges: Vec<(u32, u32)>| {
            let mut start = 0u64;
            ranges
                .into_iter()
                .map(|(low, high)| {
                    let row = (low, high, start);
                    start += u64::from(high - low) + 1;
                    row
                })
                .collect::<Vec<_>>()
        };
        let from = number(ranges(encoding, body)?);
        let to = number(ranges(encoding, to)?);
        let last = to.last().map_or(0, |row| row.1);
        Ok(Self { negated, from, to, last })
    }

    /// The replacement of `character`, or `None` when it stays.
    fn get(&self, character: u32) -> Option<u32> {
        // A character listed twice takes its last place.
        let row = self.from.iter().rev().find(|(low, high, _)| (*low..=*high).contains(&character));
        if self.negated {
            return row.is_none().then_some(self.last);
        }
        let (low, _, start) = row?;
        let index = start + u64::from(character - low);
        let target = self.to.iter().find(|(low, high, start)| (*start..=start + u64::from(high - low)).contains(&index));
        Some(target.map_or(self.last, |(low, _, start)| low + (index - start) as u32))
    }

    /// What ASCII characters become; None when some become others.
    fn ascii_table(&self) -> Option<[u8; 128]> {
        let mut table = std::array::from_fn(|byte| byte as u8);
        for (number, place) in table.iter_mut().enumerate() {
            if let Some(target) = self.get(number as u32) {
                *place = u8::try_from(target).ok().filter(u8::is_ascii)?;
            }
        }
        Some(table)
    }
}

/// `String#tr` (`squeeze` false) and `tr_s` (true). `None` when nothing changes. All three strings are in
/// `encoding`; an empty `to` deletes.
pub fn tr(encoding: Encoding, bytes: &[u8], from: &[u8], to: &[u8], squeeze: bool) -> Result<Option<Vec<u8>>, TextError> {
    if to.is_empty() {
        return Ok(CharSet::new(encoding, &[from])?.delete(bytes));
    }
    let mapping = Mapping::new(encoding, from, to)?;
    if !squeeze
        && encoding.is_ascii_compatible()
        && bytes.is_ascii()
        && let Some(table) = mapping.ascii_table()
    {
        let out: Vec<u8> = bytes.iter().map(|&byte| table[usize::from(byte)]).collect();
        return Ok((out != bytes).then_some(out));
    }
    let low: [Option<u32>; 256] = std::array::from_fn(|number| mapping.get(number as u32));
    let mut out = Vec::with_capacity(bytes.len());
    let (mut changed, mut last) = (false, None);
    for (number, range) in numbers(encoding, bytes) {
        let target = low.get(number as usize).copied().unwrap_or_else(|| mapping.get(number));
        let Some(target) = target else {
            last = None;
            out.extend_from_slice(&bytes[range]);
            continue;
        };
        changed |= target != number;
        if squeeze && last == Some(target) {
            changed = true;
            continue;
        }
        last = Some(target);
        if target & MALFORMED != 0 {
            out.push(target as u8);
        } else {
            encode_codepoint_into(encoding, target, &mut out)?;
        }
    }
    Ok(changed.then_some(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tr_as_ruby_does() {
        let table = [
            ("hello", "el", "ip", "hippo", "hipo"),
            ("hello", "a-y", "b-z", "ifmmp", "ifmp"),
            ("hello", "^l", "*", "**ll*", "*ll*"),
            ("hello", "elo", "", "h", "h"),
            ("hello", "a-e", "xy", "hyllo", "hyllo"),
            ("he-llo", "-e", "XY", "hYXllo", "hYXllo"),
            ("a\\b", "\\\\", "/", "a/b", "a/b"),
            ("hello", "^", "x", "hello", "hello"),
            ("h^llo", "h^", "xy", "xyllo", "xyllo"),
            ("あいう", "あ-う", "a-c", "acc", "ac"),
            ("hello", "l", "あ", "heああo", "heあo"),
            ("a-z", "a\\-z", "123", "123", "123"),
        ];
        for (text, from, to, plain, squeezed) in table {
            for (squeeze, expected) in [(false, plain), (true, squeezed)] {
                let answer = tr(Encoding::UTF_8, text.as_bytes(), from.as_bytes(), to.as_bytes(), squeeze);
                let answer = answer.expect("well-formed").unwrap_or_else(|| text.into());
                assert_eq!(String::from_utf8_lossy(&answer), expected, "{text} {from} {to}");
            }
        }
        let error = tr(Encoding::UTF_8, b"hello", b"z-a", b"x", false).expect_err("reversed");
        assert_eq!(error.message, "invalid range \"z-a\" in string transliteration");
    }

    #[test]
    fn sets_as_ruby_does() {
        let set = |sets: &[&[u8]]| CharSet::new(Encoding::UTF_8, sets).expect("well-formed");
        assert_eq!(set(&[b"l", b"lo"]).delete(b"hello").as_deref(), Some(b"heo" as &[u8]));
        assert_eq!(set(&[b"^l"]).delete(b"hello").as_deref(), Some(b"ll" as &[u8]));
        assert_eq!(set(&[]).squeeze(b"hello").as_deref(), Some(b"helo" as &[u8]));
        assert_eq!(set(&[b"a-b"]).squeeze(b"aabbcc").as_deref(), Some(b"abcc" as &[u8]));
        assert_eq!(set(&[b"lo", b"o"]).count(b"hello"), 1);
        assert_eq!(set(&[b""]).count(b"hello"), 0);
        assert_eq!(set(&[b"\\\\"]).count(b"he\\llo"), 1);
        assert_eq!(set(&[b"a^"]).count(b"ab^c"), 2);
    }
}
