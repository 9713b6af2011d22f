//! Code ranges: whether bytes are all ASCII, well-formed, or broken; and scrubbing of broken ones.
//!
//! Invariant: `SevenBit` is only answered for ASCII-compatible encodings.
//! Source: CRuby `rb_enc_str_coderange`, `String#scrub`.

use crate::encoding::{CharLen, Encoding, Stepper, char_len};

/// What a scan of a string's bytes found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeRange {
    /// Only ASCII, in an ASCII-compatible encoding.
    SevenBit,
    /// Well-formed, with characters outside ASCII.
    Valid,
    /// Some byte belongs to no character.
    Broken,
}

impl CodeRange {
    /// The code range of two pieces put together (both in one encoding, each cut at a character boundary).
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::SevenBit, Self::SevenBit) => Self::SevenBit,
            // Two broken halves may complete each other, so only a rescan knows; broken is the safe answer.
            (Self::Broken, _) | (_, Self::Broken) => Self::Broken,
            _ => Self::Valid,
        }
    }
}

/// Scans `bytes` in `encoding`.
pub fn scan(encoding: Encoding, bytes: &[u8]) -> CodeRange {
    if encoding.is_ascii_compatible() && bytes.is_ascii() {
        return CodeRange::SevenBit;
    }
    match encoding.stepper() {
        Stepper::Single => CodeRange::Valid,
        Stepper::Ascii => CodeRange::Broken,
        Stepper::Utf8 => {
            if std::str::from_utf8(bytes).is_ok() {
                CodeRange::Valid
            } else {
                CodeRange::Broken
            }
        }
        _ => {
            let mut position = 0;
            while position < bytes.len() {
                let CharLen::Valid(len) = char_len(encoding, bytes, position) else { return CodeRange::Broken };
                position += len;
            }
            CodeRange::Valid
        }
    }
}

/// The malformed stretches of `bytes` as byte ranges, grouped as `String#scrub` replaces them.
pub fn broken_ranges(encoding: Encoding, bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut position = 0;
    while position < bytes.len() {
        let fault = match char_len(encoding, bytes, position) {
            CharLen::Valid(len) => {
                position += len;
                continue;
            }
            CharLen::Invalid(len) => len.clamp(1, bytes.len() - position),
            CharLen::Incomplete => bytes.len() - position,
        };
        found.push(position..position + fault);
        position += fault;
    }
    found
}

/// The default replacement of `String#scrub` in `encoding`.
pub fn default_replacement(encoding: Encoding) -> Vec<u8> {
    if encoding.is_unicode() {
        let mut out = Vec::new();
        crate::encoding::encode_codepoint_into(encoding, 0xFFFD, &mut out).expect("U+FFFD is a scalar");
        out
    } else {
        b"?".to_vec()
    }
}

/// `bytes` with every malformed stretch replaced by what `replace` gives for it.
pub fn scrub<E>(encoding: Encoding, bytes: &[u8], mut replace: impl FnMut(&[u8]) -> Result<Vec<u8>, E>) -> Result<Vec<u8>, E> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    for range in broken_ranges(encoding, bytes) {
        out.extend_from_slice(&bytes[copied..range.start]);
        out.extend(replace(&bytes[range.clone()])?);
        copied = range.end;
    }
    out.extend_from_slice(&bytes[copied..]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scan_classifies() {
        assert_eq!(scan(Encoding::UTF_8, b"abc"), CodeRange::SevenBit);
        assert_eq!(scan(Encoding::UTF_8, "é".as_bytes()), CodeRange::Valid);
        assert_eq!(scan(Encoding::UTF_8, b"\xFF"), CodeRange::Broken);
        assert_eq!(scan(Encoding::BINARY, b"\xFF"), CodeRange::Valid);
        assert_eq!(scan(Encoding::UTF_16LE, b"a\0"), CodeRange::Valid);
        assert_eq!(scan(Encoding::UTF_16LE, b"a"), CodeRange::Broken);
    }

    #[test]
    fn scrub_groups_as_ruby_does() {
        let table: [(&[u8], &str); 4] = [(b"a\xFF\xFEb", "a??b"), (b"\xE3\x81", "?"), (b"\xE3\x81a", "?a"), (b"\xF0\x9F\x98\xE3\x81\x82", "?あ")];
        for (bytes, expected) in table {
            let scrubbed = scrub(Encoding::UTF_8, bytes, |_| Ok::<_, ()>(b"?".to_vec())).expect("infallible");
            assert_eq!(String::from_utf8(scrubbed).expect("scrubbed"), expected);
        }
    }
}
