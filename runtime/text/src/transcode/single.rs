//! Single-byte encodings to and from Unicode.
//!
//! Invariant: the two functions are inverses on defined bytes.

use super::code_pages::{CODE_PAGES, CodePage};
use crate::encoding::Encoding;

fn page(encoding: Encoding) -> Option<&'static CodePage> {
    CODE_PAGES.iter().find(|page| page.name == encoding.name())
}

/// Whether the encoding has a table here.
pub(crate) fn has_page(encoding: Encoding) -> bool {
    page(encoding).is_some()
}

/// The Unicode scalar of a byte; `None` when the byte is undefined or the encoding has no table.
pub fn single_byte_to_unicode(encoding: Encoding, byte: u8) -> Option<u32> {
    if byte < 0x80 {
        return Some(byte.into());
    }
    let value = page(encoding)?.high[usize::from(byte - 0x80)];
    (value != 0).then_some(value.into())
}

/// The byte of a Unicode scalar, if the encoding has one.
pub fn unicode_to_single_byte(encoding: Encoding, value: u32) -> Option<u8> {
    if value < 0x80 {
        return Some(value as u8);
    }
    let index = page(encoding)?.high.iter().position(|&entry| u32::from(entry) == value)?;
    u8::try_from(index + 0x80).ok()
}
