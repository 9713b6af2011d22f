//! Case mapping: `upcase`, `downcase`, `capitalize`, `swapcase`, folding and case-insensitive comparison.
//!
//! Invariant: mapping is context-free, as CRuby's is (no final sigma). Malformed input is an `ArgumentError`.
//! Source: Unicode tables of the standard library; title case exceptions from SpecialCasing.txt.

use std::cmp::Ordering;

use crate::encoding::{Encoding, codepoint, encode_codepoint_into, step_len};
use crate::error::TextError;
use crate::transcode::{single_byte_to_unicode, unicode_to_single_byte};

/// Which mapping to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapping {
    /// `upcase`
    Up,
    /// `downcase`
    Down,
    /// `capitalize`
    Capitalize,
    /// `swapcase`
    Swap,
}

/// The options of the case methods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseOptions {
    /// `:ascii`
    pub ascii: bool,
    /// `:turkic`
    pub turkic: bool,
    /// `:fold` (downcase only)
    pub fold: bool,
}

impl CaseOptions {
    /// Reads the option symbols of a method. Wrong ones are an `ArgumentError`.
    pub fn parse(names: &[&[u8]], mapping: Mapping) -> Result<Self, TextError> {
        let mut options = Self::default();
        if names.len() > 2 {
            return Err(TextError::argument("too many options"));
        }
        let mut lithuanian = false;
        for (index, name) in names.iter().enumerate() {
            match *name {
                b"ascii" if names.len() == 1 => options.ascii = true,
                b"fold" if names.len() == 1 && mapping == Mapping::Down => options.fold = true,
                b"fold" if mapping != Mapping::Down => {
                    return Err(TextError::argument("option :fold only allowed for downcasing"));
                }
                b"ascii" | b"fold" => return Err(TextError::argument("too many options")),
                b"turkic" if !options.turkic => options.turkic = true,
                b"lithuanian" if !lithuanian => lithuanian = true,
                _ if index > 0 => return Err(TextError::argument("invalid second argument: use only one of these options")),
                _ => return Err(TextError::argument("invalid option")),
            }
        }
        Ok(options)
    }
}

/// Applies `mapping` to `bytes`; `None` when nothing changes.
pub fn map(encoding: Encoding, bytes: &[u8], mapping: Mapping, options: CaseOptions) -> Result<Option<Vec<u8>>, TextError> {
    let full = encoding.is_unicode() && !options.ascii;
    let ascii_bytes = encoding.is_ascii_compatible() && bytes.is_ascii() && !options.turkic;
    if ascii_bytes || !(full || maps_code_page(encoding, options)) {
        return map_ascii(encoding, bytes, mapping);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let (mut position, mut first) = (0, true);
    while position < bytes.len() {
        let Ok((value, len)) = codepoint(encoding, bytes, position) else {
            return Err(TextError::argument("input string invalid"));
        };
        let unicode = if full { Some(value) } else { single_byte_to_unicode(encoding, value as u8) };
        match unicode.and_then(char::from_u32) {
            Some(character) if full => {
                let mut buffer = Buffer::default();
                map_char(character, mapping, first, options, &mut buffer);
                for &mapped in buffer.as_slice() {
                    encode_codepoint_into(encoding, mapped as u32, &mut out)?;
                }
            }
            Some(character) => {
                let mut buffer = Buffer::default();
                map_char(character, mapping, first, options, &mut buffer);
                let byte = match buffer.as_slice() {
                    [one] => unicode_to_single_byte(encoding, *one as u32),
                    _ => None,
                };
                out.push(byte.unwrap_or(bytes[position]));
            }
            None => out.extend_from_slice(&bytes[position..position + len]),
        }
        position += len;
        first = false;
    }
    Ok((out != bytes).then_some(out))
}

/// Whether a single-byte encoding's letters beyond ASCII have case in CRuby.
fn maps_code_page(encoding: Encoding, options: CaseOptions) -> bool {
    let name = encoding.name();
    let windows = ["Windows-1250", "Windows-1251", "Windows-1252", "Windows-1253", "Windows-1254", "Windows-1257"];
    !options.ascii && (name.starts_with("ISO-8859-") || windows.contains(&name))
}

fn map_ascii(encoding: Encoding, bytes: &[u8], mapping: Mapping) -> Result<Option<Vec<u8>>, TextError> {
    let mut out = bytes.to_vec();
    let (mut position, mut first) = (0, true);
    while position < out.len() {
        let len = if encoding.is_single_byte() { 1 } else { step_len(encoding, bytes, position) };
        // In wide encodings the ASCII value sits in one of the bytes, so go through the codepoint.
        if len == 1 && encoding.is_ascii_compatible() {
            out[position] = ascii_byte(bytes[position], mapping, first);
        } else if let Ok((value @ 0..=0x7F, _)) = codepoint(encoding, bytes, position) {
            let mut piece = Vec::new();
            encode_codepoint_into(encoding, ascii_byte(value as u8, mapping, first).into(), &mut piece)?;
            out[position..position + len].copy_from_slice(&piece);
        }
        position += len;
        first = false;
    }
    Ok((out != bytes).then_some(out))
}

fn ascii_byte(byte: u8, mapping: Mapping, first: bool) -> u8 {
    match mapping {
        Mapping::Up => byte.to_ascii_uppercase(),
        Mapping::Down => byte.to_ascii_lowercase(),
        Mapping::Capitalize if first => byte.to_ascii_uppercase(),
        Mapping::Capitalize => byte.to_ascii_lowercase(),
        Mapping::Swap if byte.is_ascii_lowercase() => byte.to_ascii_uppercase(),
        Mapping::Swap => byte.to_ascii_lowercase(),
    }
}

/// Up to three scalars, what one character can map to.
#[derive(Default)]
struct Buffer {
    characters: [char; 4],
    len: usize,
}

impl Buffer {
    fn extend(&mut self, characters: impl Iterator<Item = char>) {
        for character in characters.take(4 - self.len) {
            self.characters[self.len] = character;
            self.len += 1;
        }
    }

    fn as_slice(&self) -> &[char] {
        &self.characters[..self.len]
    }
}

fn map_char(character: char, mapping: Mapping, first: bool, options: CaseOptions, out: &mut Buffer) {
    let up = |out: &mut Buffer| match character {
        'i' if options.turkic => out.extend(['İ'].into_iter()),
        _ => out.extend(character.to_uppercase()),
    };
    let down = |out: &mut Buffer| match character {
        'I' if options.turkic => out.extend(['ı'].into_iter()),
        'İ' if options.turkic => out.extend(['i'].into_iter()),
        _ if options.fold => fold(character, out),
        _ => out.extend(character.to_lowercase()),
    };
    match mapping {
        Mapping::Up => up(out),
        Mapping::Down => down(out),
        Mapping::Capitalize if first && character == 'i' && options.turkic => up(out),
        Mapping::Capitalize if first => title(character, out),
        Mapping::Capitalize => down(out),
        // Title-case digraphs swap to lower upper pairs.
        Mapping::Swap if matches!(character, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ') => {
            let pair = match character {
                'ǅ' => ['d', 'Ž'],
                'ǈ' => ['l', 'J'],
                'ǋ' => ['n', 'J'],
                _ => ['d', 'Z'],
            };
            out.extend(pair.into_iter());
        }
        Mapping::Swap if character.is_lowercase() => up(out),
        Mapping::Swap => down(out),
    }
}

/// Title case: the upper case except for digraphs, ligatures, Georgian and Greek with iota subscript.
fn title(character: char, out: &mut Buffer) {
    let value = character as u32;
    match value {
        0x1C4..=0x1C6 => out.extend(['ǅ'].into_iter()),
        0x1C7..=0x1C9 => out.extend(['ǈ'].into_iter()),
        0x1CA..=0x1CC => out.extend(['ǋ'].into_iter()),
        0x1F1..=0x1F3 => out.extend(['ǲ'].into_iter()),
        0x10D0..=0x10FF => out.extend([character].into_iter()),
        0x1F80..=0x1FAF => out.extend(char::from_u32(value | 8).into_iter()),
        0x1FB3 | 0x1FC3 | 0x1FF3 => out.extend(char::from_u32(value + 9).into_iter()),
        0x1FBC | 0x1FCC | 0x1FFC => out.extend([character].into_iter()),
        0x1FB2 | 0x1FB4 | 0x1FC2 | 0x1FC4 | 0x1FF2 | 0x1FF4 | 0x1FB7 | 0x1FC7 | 0x1FF7 => {
            // The upper form ends in a capital iota, which title case keeps as the combining one.
            let upper: Vec<char> = character.to_uppercase().collect();
            out.extend(upper.into_iter().map(|part| if part == 'Ι' { '\u{345}' } else { part }));
        }
        0xDF | 0x587 | 0xFB00..=0xFB06 | 0xFB13..=0xFB17 => {
            let mut upper = character.to_uppercase();
            out.extend(upper.next().into_iter());
            let rest: Vec<char> = upper.collect();
            out.extend(rest.into_iter().flat_map(char::to_lowercase));
        }
        _ => out.extend(character.to_uppercase()),
    }
}

/// Full case folding: lower case of the upper case, which also expands ß and the ligatures.
fn fold(character: char, out: &mut Buffer) {
    match character {
        'İ' => out.extend(character.to_lowercase()),
        'ẞ' => out.extend(['s', 's'].into_iter()),
        // Cherokee folds upwards.
        '\u{13A0}'..='\u{13F5}' => out.extend([character].into_iter()),
        '\u{13F8}'..='\u{13FD}' | '\u{AB70}'..='\u{ABBF}' => out.extend(character.to_uppercase()),
        _ => {
            let upper: Vec<char> = character.to_uppercase().collect();
            out.extend(upper.into_iter().flat_map(char::to_lowercase));
        }
    }
}

/// `String#casecmp` on bytes: ASCII letters compare equal, everything else by byte.
pub fn casecmp(a: &[u8], b: &[u8]) -> Ordering {
    let lower = |bytes: &[u8]| bytes.iter().map(u8::to_ascii_lowercase).collect::<Vec<_>>();
    if a.len().min(b.len()) < 64 {
        return a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase));
    }
    lower(a).cmp(&lower(b))
}

/// `String#casecmp?` for two strings of one encoding: equality under full case folding.
pub fn casecmp_folded(encoding: Encoding, a: &[u8], b: &[u8]) -> Result<bool, TextError> {
    let options = CaseOptions { fold: true, ..CaseOptions::default() };
    let folded_a = map(encoding, a, Mapping::Down, options)?;
    let folded_b = map(encoding, b, Mapping::Down, options)?;
    Ok(folded_a.as_deref().unwrap_or(a) == folded_b.as_deref().unwrap_or(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_as_ruby_does() {
        let (none, turkic) = (CaseOptions::default(), CaseOptions { turkic: true, ..CaseOptions::default() });
        let fold = CaseOptions { fold: true, ..CaseOptions::default() };
        let ascii = CaseOptions { ascii: true, ..CaseOptions::default() };
        let table = [
            ("ǆ", Mapping::Capitalize, none, "ǅ"),
            ("ß", Mapping::Up, none, "SS"),
            ("İ", Mapping::Down, none, "i\u{307}"),
            ("I", Mapping::Down, turkic, "ı"),
            ("i", Mapping::Up, turkic, "İ"),
            ("ß", Mapping::Down, fold, "ss"),
            ("ΑΣ", Mapping::Down, none, "ασ"),
            ("ﬀ", Mapping::Capitalize, none, "Ff"),
            ("ǆ", Mapping::Swap, none, "Ǆ"),
            ("ǅ", Mapping::Swap, none, "dŽ"),
            ("éa", Mapping::Up, ascii, "éA"),
            ("ŉ", Mapping::Up, none, "ʼN"),
            ("ΐ", Mapping::Swap, none, "\u{399}\u{308}\u{301}"),
            ("ª", Mapping::Up, none, "ª"),
            ("Iİ", Mapping::Swap, turkic, "ıi"),
            ("ᾳ", Mapping::Capitalize, none, "ᾼ"),
            ("ა", Mapping::Up, none, "Ა"),
            ("ა", Mapping::Capitalize, none, "ა"),
            ("hELLO wORLD", Mapping::Capitalize, none, "Hello world"),
        ];
        for (text, mapping, options, expected) in table {
            let mapped = map(Encoding::UTF_8, text.as_bytes(), mapping, options).expect("valid");
            let mapped = mapped.unwrap_or_else(|| text.into());
            assert_eq!(String::from_utf8_lossy(&mapped), expected, "{text} {mapping:?}");
        }
        let latin = Encoding::find("ISO-8859-1").expect("known");
        assert_eq!(map(latin, b"\xE9", Mapping::Up, none), Ok(Some(vec![0xC9])));
        assert_eq!(map(latin, b"\xFF", Mapping::Up, none), Ok(None));
        assert!(map(Encoding::UTF_8, b"\xFF", Mapping::Up, none).is_err());
        assert_eq!(casecmp_folded(Encoding::UTF_8, "ß".as_bytes(), b"SS"), Ok(true));
        assert_eq!(CaseOptions::parse(&[b"foo"], Mapping::Up).expect_err("bad").message, "invalid option");
    }
}
