//! Encodings: a one-byte id over a static table, character stepping, codepoints, compatibility.
//!
//! Invariant: an `Encoding` always names an existing row; no function here panics on malformed bytes.
//! Source: CRuby 4.0 behaviour (`rb_enc_mbclen`, `rb_enc_compatible`).

mod codepoint;
mod compat;
mod step;
mod table;

pub use codepoint::{codepoint, encode_codepoint, encode_codepoint_into};
pub use compat::{Operand, compatible, compatible_or_error};
pub use step::CharLen;
pub(crate) use table::Stepper;

use crate::coderange::CodeRange;
use table::ROWS;

/// An encoding: an index into the static table, in the order of `Encoding.list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Encoding(u8);

impl Encoding {
    /// `Encoding::ASCII_8BIT`, bytes without meaning.
    pub const BINARY: Self = Self(0);
    /// `Encoding::UTF_8`
    pub const UTF_8: Self = Self(1);
    /// `Encoding::US_ASCII`
    pub const US_ASCII: Self = Self(2);
    /// `Encoding::UTF_16BE`
    pub const UTF_16BE: Self = Self(3);
    /// `Encoding::UTF_16LE`
    pub const UTF_16LE: Self = Self(4);
    /// `Encoding::UTF_32BE`
    pub const UTF_32BE: Self = Self(5);
    /// `Encoding::UTF_32LE`
    pub const UTF_32LE: Self = Self(6);
    /// `Encoding::UTF_16` (dummy)
    pub const UTF_16: Self = Self(7);
    /// `Encoding::UTF_32` (dummy)
    pub const UTF_32: Self = Self(8);
    /// `Encoding::EUC_JP`
    pub const EUC_JP: Self = Self(10);
    /// `Encoding::Windows_31J`
    pub const WINDOWS_31J: Self = Self(11);

    /// How many encodings there are; ids are `0..COUNT`.
    pub const COUNT: usize = ROWS.len();

    /// The encoding with table index `index`.
    pub fn from_index(index: u8) -> Option<Self> {
        ((index as usize) < ROWS.len()).then_some(Self(index))
    }

    /// The table index.
    pub fn index(self) -> u8 {
        self.0
    }

    /// All encodings in `Encoding.list` order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..ROWS.len() as u8).map(Self)
    }

    fn row(self) -> &'static table::Row {
        &ROWS[self.0 as usize]
    }

    pub(crate) fn stepper(self) -> Stepper {
        self.row().stepper
    }

    /// `Encoding#name` and `to_s`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Other names, without the four dynamic ones (locale, external, filesystem, internal).
    pub fn aliases(self) -> &'static [&'static str] {
        self.row().aliases
    }

    /// The text inside `#<Encoding:...>`, e.g. `BINARY (ASCII-8BIT)` or `UTF-7 (dummy)`.
    pub fn inspect_name(self) -> String {
        if self == Self::BINARY {
            return "BINARY (ASCII-8BIT)".to_owned();
        }
        let suffix = if self.is_dummy() { " (dummy)" } else { "" };
        format!("{}{suffix}", self.name())
    }

    /// Smallest character length in bytes.
    pub fn min_char_len(self) -> usize {
        self.row().min as usize
    }

    /// Largest character length in bytes.
    pub fn max_char_len(self) -> usize {
        self.row().max as usize
    }

    /// Whether bytes 0-127 mean ASCII.
    pub fn is_ascii_compatible(self) -> bool {
        self.row().ascii_compatible
    }

    /// `Encoding#dummy?`
    pub fn is_dummy(self) -> bool {
        self.row().dummy
    }

    /// Whether every character is one byte.
    pub fn is_single_byte(self) -> bool {
        self.row().max == 1
    }

    /// Whether codepoints are Unicode scalars (UTF-8, UTF-16, UTF-32 families).
    pub fn is_unicode(self) -> bool {
        matches!(self.stepper(), Stepper::Utf8 | Stepper::Cesu8 | Stepper::Utf16Be | Stepper::Utf16Le | Stepper::Utf32Be | Stepper::Utf32Le)
    }

    /// Whether the byte layout is UTF-8's.
    pub fn is_utf8_layout(self) -> bool {
        self.stepper() == Stepper::Utf8
    }

    /// The encoding whose name or alias is `name`, ignoring ASCII case. The four dynamic names are the caller's.
    pub fn find(name: &str) -> Option<Self> {
        Self::all()
            .find(|encoding| encoding.name().eq_ignore_ascii_case(name) || encoding.aliases().iter().any(|alias| alias.eq_ignore_ascii_case(name)))
    }
}

/// Length of the character at `position`. Past the end this is `Incomplete`.
pub fn char_len(encoding: Encoding, bytes: &[u8], position: usize) -> CharLen {
    match bytes.get(position..) {
        Some(rest) if !rest.is_empty() => step::step(encoding.stepper(), rest),
        _ => CharLen::Incomplete,
    }
}

/// Bytes to advance over the character at `position`, treating a malformed one as the minimum length.
/// Zero only at the end.
pub fn step_len(encoding: Encoding, bytes: &[u8], position: usize) -> usize {
    match char_len(encoding, bytes, position) {
        CharLen::Valid(len) => len,
        _ => encoding.min_char_len().min(bytes.len().saturating_sub(position)),
    }
}

/// The position after the character at `position`; `None` at the end.
pub fn next_char(encoding: Encoding, bytes: &[u8], position: usize) -> Option<usize> {
    (position < bytes.len()).then(|| position + step_len(encoding, bytes, position))
}

/// The start of the character that ends at or spans up to `position`; `None` at 0.
pub fn prev_char(encoding: Encoding, bytes: &[u8], position: usize) -> Option<usize> {
    let position = position.min(bytes.len());
    if position == 0 {
        return None;
    }
    Some(char_head(encoding, bytes, position - 1))
}

/// The start of the character that contains the byte at `position`.
pub fn char_head(encoding: Encoding, bytes: &[u8], position: usize) -> usize {
    if position >= bytes.len() {
        return bytes.len();
    }
    match encoding.stepper() {
        Stepper::Single | Stepper::Ascii => position,
        Stepper::Utf8 => utf8_head(encoding, bytes, position),
        Stepper::Utf32Be | Stepper::Utf32Le => position - position % 4,
        Stepper::Utf16Be | Stepper::Utf16Le => {
            let unit = position - position % 2;
            if unit >= 2 && char_len(encoding, bytes, unit - 2) == CharLen::Valid(4) { unit - 2 } else { unit }
        }
        _ => scan_head(encoding, bytes, position),
    }
}

fn utf8_head(encoding: Encoding, bytes: &[u8], position: usize) -> usize {
    let mut head = position;
    while head > 0 && position - head < 3 && bytes[head] & 0xC0 == 0x80 {
        head -= 1;
    }
    if head + step_len(encoding, bytes, head) > position { head } else { position }
}

/// Trail bytes of the CJK encodings look like leads: walk from the last byte that cannot be a trail.
fn scan_head(encoding: Encoding, bytes: &[u8], position: usize) -> usize {
    let mut start = position;
    while start > 0 && bytes[start - 1] >= 0x30 {
        start -= 1;
    }
    loop {
        let next = start + step_len(encoding, bytes, start);
        if next > position {
            return start;
        }
        start = next;
    }
}

/// Number of characters, malformed bytes counting one each (`String#length`).
pub fn char_count(encoding: Encoding, bytes: &[u8], range: CodeRange) -> usize {
    if encoding.is_single_byte() || (range == CodeRange::SevenBit && encoding.is_ascii_compatible()) {
        return bytes.len();
    }
    match encoding.stepper() {
        Stepper::Utf32Be | Stepper::Utf32Le => bytes.len().div_ceil(4),
        Stepper::Utf8 if range == CodeRange::Valid => utf8_count(bytes),
        _ => {
            let (mut count, mut position) = (0, 0);
            while let Some(next) = next_char(encoding, bytes, position) {
                position = next;
                count += 1;
            }
            count
        }
    }
}

/// Characters of well-formed UTF-8: bytes that are not continuation bytes, in chunks the compiler vectorises.
fn utf8_count(bytes: &[u8]) -> usize {
    bytes.chunks(STRIDE).map(|chunk| chunk.iter().map(|&byte| u8::from((byte as i8) >= -0x40)).sum::<u8>() as usize).sum()
}

/// Byte offset of character number `index`; `None` when there are fewer characters. `index` equal to the count
/// gives the length.
pub fn char_to_byte_offset(encoding: Encoding, bytes: &[u8], range: CodeRange, index: usize) -> Option<usize> {
    if encoding.is_single_byte() || (range == CodeRange::SevenBit && encoding.is_ascii_compatible()) {
        return (index <= bytes.len()).then_some(index);
    }
    if matches!(encoding.stepper(), Stepper::Utf32Be | Stepper::Utf32Le) {
        let offset = index.checked_mul(4)?;
        return if offset <= bytes.len() { Some(offset) } else { (offset - bytes.len() < 4).then_some(bytes.len()) };
    }
    if range == CodeRange::Valid && encoding.is_utf8_layout() {
        return utf8_offset(bytes, index);
    }
    let (mut left, mut position) = (index, 0);
    while left > 0 {
        position = next_char(encoding, bytes, position)?;
        left -= 1;
    }
    Some(position)
}

/// Bytes that are looked at together.
const STRIDE: usize = 192;

/// `char_to_byte_offset` in well-formed UTF-8.
fn utf8_offset(bytes: &[u8], index: usize) -> Option<usize> {
    let (mut left, mut start) = (index, 0);
    for stride in bytes.chunks_exact(STRIDE) {
        let count = utf8_count(stride);
        if count > left {
            break;
        }
        left -= count;
        start += STRIDE;
    }
    let rest = bytes[start..].iter().enumerate().filter(|&(_, &byte)| (byte as i8) >= -0x40).map(|(place, _)| start + place);
    let mut places = rest.chain([bytes.len()]);
    places.nth(left)
}

/// Number of characters before byte `offset` (which should be a boundary).
pub fn byte_to_char_index(encoding: Encoding, bytes: &[u8], range: CodeRange, offset: usize) -> usize {
    char_count(encoding, &bytes[..offset.min(bytes.len())], range)
}

/// Whether `offset` is the start of a character or the end.
pub fn is_boundary(encoding: Encoding, bytes: &[u8], offset: usize) -> bool {
    offset == bytes.len() || (offset < bytes.len() && char_head(encoding, bytes, offset) == offset)
}

/// The characters of `bytes` as sub-slices, malformed bytes as one-unit pieces.
pub fn chars(encoding: Encoding, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut position = 0;
    std::iter::from_fn(move || {
        let next = next_char(encoding, bytes, position)?;
        let piece = &bytes[position..next];
        position = next;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_indexed_as_short_ones_are() {
        let text = "aé€😀".repeat(100);
        let mut offsets: Vec<usize> = text.char_indices().map(|(offset, _)| offset).collect();
        offsets.push(text.len());
        for (index, &offset) in offsets.iter().enumerate() {
            assert_eq!(char_to_byte_offset(Encoding::UTF_8, text.as_bytes(), CodeRange::Valid, index), Some(offset), "{index}");
        }
        assert_eq!(char_to_byte_offset(Encoding::UTF_8, text.as_bytes(), CodeRange::Valid, offsets.len()), None);
    }

    #[test]
    fn constants_name_their_rows() {
        let rows = [
            (Encoding::BINARY, "ASCII-8BIT"),
            (Encoding::UTF_8, "UTF-8"),
            (Encoding::US_ASCII, "US-ASCII"),
            (Encoding::UTF_16BE, "UTF-16BE"),
            (Encoding::UTF_16LE, "UTF-16LE"),
            (Encoding::UTF_32BE, "UTF-32BE"),
            (Encoding::UTF_32LE, "UTF-32LE"),
            (Encoding::UTF_16, "UTF-16"),
            (Encoding::UTF_32, "UTF-32"),
            (Encoding::EUC_JP, "EUC-JP"),
            (Encoding::WINDOWS_31J, "Windows-31J"),
        ];
        for (encoding, name) in rows {
            assert_eq!(encoding.name(), name);
            assert_eq!(Encoding::find(&name.to_lowercase()), Some(encoding));
        }
        assert_eq!(Encoding::find("cp932"), Some(Encoding::WINDOWS_31J));
        assert_eq!(Encoding::find("nope"), None);
        assert_eq!(Encoding::BINARY.inspect_name(), "BINARY (ASCII-8BIT)");
    }

    #[test]
    fn steps_follow_the_encoding() {
        let table: [(&str, &[u8], CharLen); 12] = [
            ("UTF-8", b"\xE3\x81\x82", CharLen::Valid(3)),
            ("UTF-8", b"\xE3\x81", CharLen::Incomplete),
            ("UTF-8", b"\xE3a", CharLen::Invalid(1)),
            ("UTF-8", b"\xED\xA0\x80", CharLen::Invalid(1)),
            ("US-ASCII", b"\x80", CharLen::Invalid(1)),
            ("Shift_JIS", b"\x82\xA0", CharLen::Valid(2)),
            ("Shift_JIS", b"\xB1", CharLen::Valid(1)),
            ("EUC-JP", b"\x8F\xA1\xA1", CharLen::Valid(3)),
            ("UTF-16LE", b"\x3D\xD8\x00\xDE", CharLen::Valid(4)),
            ("UTF-16BE", b"\xDC\x00", CharLen::Invalid(2)),
            ("UTF-32LE", b"\x00\x00\x11\x00", CharLen::Invalid(4)),
            ("GB18030", b"\x81\x30\x81\x30", CharLen::Valid(4)),
        ];
        for (name, bytes, expected) in table {
            let encoding = Encoding::find(name).expect("known");
            assert_eq!(char_len(encoding, bytes, 0), expected, "{name} {bytes:?}");
        }
    }

    #[test]
    fn walking_back_mirrors_walking_forward() {
        for (name, bytes) in [
            ("UTF-8", "aéあ😀z".as_bytes()),
            ("UTF-8", b"\x80\xE3\x81a\xFF" as &[u8]),
            ("Windows-31J", b"a\x82\xA0\x83\x5Cb\xB1"),
            ("UTF-16LE", b"a\0\x3D\xD8\x00\xDEb\0"),
        ] {
            let encoding = Encoding::find(name).expect("known");
            let mut starts = vec![0];
            while let Some(next) = next_char(encoding, bytes, *starts.last().expect("never empty")) {
                starts.push(next);
            }
            for pair in starts.windows(2) {
                assert_eq!(prev_char(encoding, bytes, pair[1]), Some(pair[0]), "{name}");
            }
        }
    }
}
