//! Encodings with a state: escape sequences of ISO-2022-JP and its relatives, byte order marks.

use super::{from_unicode, to_unicode};
use crate::encoding::{CharLen, Encoding, char_len, encode_codepoint_into};
use std::ops::ControlFlow;

/// The character set that bytes are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Set {
    #[default]
    Ascii,
    Roman,
    Kanji,
    Kana,
}

/// What the start of some bytes is.
pub enum Unit {
    /// A character of so many bytes, with its bytes in the encoding without a state where it has none in Unicode.
    Char(usize, Result<char, Vec<u8>>),
    /// Bytes that only change the state.
    Shift(usize),
    /// No character: so many bytes are wrong, and so many more were looked at.
    Invalid(usize, usize),
    /// The beginning of something.
    Incomplete,
}

/// Reads characters of an encoding.
#[derive(Clone, Debug)]
pub struct Decoder {
    encoding: Encoding,
    /// The real encoding behind UTF-16 and UTF-32, once the mark was read.
    marked: Option<Encoding>,
    set: Set,
}

impl Decoder {
    /// At the start of a text.
    pub fn new(encoding: Encoding) -> Decoder {
        Decoder { encoding, marked: None, set: Set::Ascii }
    }

    /// Reads the start of `bytes`, which is not empty.
    pub fn read(&mut self, bytes: &[u8]) -> Unit {
        match self.encoding {
            Encoding::UTF_16 | Encoding::UTF_32 => self.read_marked(bytes),
            encoding if super::is_stateful(encoding) => self.read_escaped(bytes),
            encoding => read_plain(encoding, bytes),
        }
    }

    fn read_marked(&mut self, bytes: &[u8]) -> Unit {
        if let Some(real) = self.marked {
            return read_plain(real, bytes);
        }
        let marks: [(&[u8], Encoding); 2] = match self.encoding {
            Encoding::UTF_16 => [(b"\xFE\xFF", Encoding::UTF_16BE), (b"\xFF\xFE", Encoding::UTF_16LE)],
            _ => [(b"\0\0\xFE\xFF", Encoding::UTF_32BE), (b"\xFF\xFE\0\0", Encoding::UTF_32LE)],
        };
        let length = marks[0].0.len();
        if bytes.len() < length {
            return Unit::Incomplete;
        }
        match marks.into_iter().find(|(mark, _)| bytes.starts_with(mark)) {
            Some((_, real)) => {
                self.marked = Some(real);
                Unit::Shift(length)
            }
            None => Unit::Invalid(length, 0),
        }
    }

    fn read_escaped(&mut self, bytes: &[u8]) -> Unit {
        if bytes[0] == 0x1B {
            return match self.escape(bytes) {
                ControlFlow::Continue(()) => Unit::Shift(3),
                ControlFlow::Break(unit) => unit,
            };
        }
        match (self.set, bytes) {
            (Set::Ascii | Set::Roman, &[byte @ ..0x80, ..]) => Unit::Char(1, Ok(char::from(byte))),
            (Set::Kana, &[byte @ 0x21..=0x5F, ..]) => kana(byte | 0x80, 1),
            (Set::Ascii | Set::Roman | Set::Kana, &[byte @ 0xA1..=0xDF, ..]) if self.encoding.name() != "ISO-2022-JP" => kana(byte, 1),
            (Set::Kanji, &[byte @ (b'\n' | b'\r'), ..]) => Unit::Char(1, Ok(char::from(byte))),
            (Set::Kanji, &[0x21..=0x7E]) => Unit::Incomplete,
            (Set::Kanji, &[row @ 0x21..=0x7E, cell @ 0x21..=0x7E, ..]) => {
                let euc = [row | 0x80, cell | 0x80];
                Unit::Char(2, to_unicode(Encoding::EUC_JP, &euc).ok_or_else(|| euc.to_vec()))
            }
            (Set::Kanji, &[0x21..=0x7E, _, ..]) => Unit::Invalid(1, 1),
            _ => Unit::Invalid(1, 0),
        }
    }

    /// Takes an escape sequence of three bytes.
    fn escape(&mut self, bytes: &[u8]) -> ControlFlow<Unit> {
        self.set = match (bytes.get(1), bytes.get(2)) {
            (None, _) | (Some(b'(' | b'$'), None) => return ControlFlow::Break(Unit::Incomplete),
            (Some(b'('), Some(b'B')) => Set::Ascii,
            (Some(b'('), Some(b'J')) => Set::Roman,
            (Some(b'('), Some(b'I')) if self.encoding.name() != "ISO-2022-JP" => Set::Kana,
            (Some(b'$'), Some(b'B' | b'@')) => Set::Kanji,
            (Some(b'(' | b'$'), _) => return ControlFlow::Break(Unit::Invalid(2, 1)),
            _ => return ControlFlow::Break(Unit::Invalid(1, 1)),
        };
        ControlFlow::Continue(())
    }
}

fn kana(byte: u8, length: usize) -> Unit {
    let euc = [0x8E, byte];
    Unit::Char(length, to_unicode(Encoding::EUC_JP, &euc).ok_or_else(|| euc.to_vec()))
}

fn read_plain(encoding: Encoding, bytes: &[u8]) -> Unit {
    match char_len(encoding, bytes, 0) {
        CharLen::Valid(length) => Unit::Char(length, to_unicode(encoding, &bytes[..length]).ok_or_else(|| bytes[..length].to_vec())),
        CharLen::Incomplete => Unit::Incomplete,
        CharLen::Invalid(length) => {
            let unit = encoding.min_char_len();
            let length = length.clamp(1, bytes.len());
            // What begins well is refused by what follows, which is looked at again.
            let begins_well = char_len(encoding, &bytes[..length.min(bytes.len() - 1)], 0) == CharLen::Incomplete;
            let again = if begins_well && bytes.len() > length { unit.min(bytes.len() - length) } else { 0 };
            Unit::Invalid(length, again)
        }
    }
}

/// Writes characters in an encoding.
#[derive(Clone, Debug)]
pub struct Encoder {
    encoding: Encoding,
    has_mark: bool,
    set: Set,
}

impl Encoder {
    /// At the start of a text.
    pub fn new(encoding: Encoding) -> Encoder {
        Encoder { encoding, has_mark: false, set: Set::Ascii }
    }

    /// Appends a character; false when the encoding has no place for it.
    pub fn write(&mut self, character: char, out: &mut Vec<u8>) -> bool {
        match self.encoding {
            Encoding::UTF_16 | Encoding::UTF_32 => {
                if !std::mem::replace(&mut self.has_mark, true) && encode_codepoint_into(self.encoding, 0xFEFF, out).is_err() {
                    return false;
                }
                from_unicode(self.encoding, character, out)
            }
            encoding if super::is_stateful(encoding) => self.write_escaped(character, out),
            encoding => from_unicode(encoding, character, out),
        }
    }

    fn write_escaped(&mut self, character: char, out: &mut Vec<u8>) -> bool {
        let mut euc = Vec::new();
        if !from_unicode(Encoding::EUC_JP, character, &mut euc) {
            return false;
        }
        let (set, bytes) = match euc[..] {
            [byte] if byte.is_ascii() => (Set::Ascii, vec![byte]),
            [0x8E, byte] if self.encoding.name() == "CP50221" => (Set::Kana, vec![byte & 0x7F]),
            [0x8E, _] | [0x8F, ..] => return false,
            _ => (Set::Kanji, euc.iter().map(|byte| byte & 0x7F).collect()),
        };
        self.shift(set, out);
        out.extend(bytes);
        true
    }

    fn shift(&mut self, set: Set, out: &mut Vec<u8>) {
        if self.set != set {
            out.extend_from_slice(match set {
                Set::Ascii => b"\x1B(B",
                Set::Roman => b"\x1B(J",
                Set::Kanji => b"\x1B$B",
                Set::Kana => b"\x1B(I",
            });
            self.set = set;
        }
    }

    /// Ends the text: back to ASCII.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.shift(Set::Ascii, out);
    }
}
