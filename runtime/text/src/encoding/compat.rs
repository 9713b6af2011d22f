//! Which encoding two operands can share (`Encoding.compatible?`).
//!
//! Invariant: the answer is one of the two operands' encodings.
//! Source: behaviour of CRuby's `rb_enc_compatible`.

use super::Encoding;
use crate::coderange::CodeRange;
use crate::error::{ErrorClass, TextError};

/// What the compatibility rules need to know of one operand.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    /// The operand's encoding.
    pub encoding: Encoding,
    /// Its contents' code range (of a string); a regexp or symbol gives what its text has.
    pub range: CodeRange,
    /// Whether it has no bytes.
    pub empty: bool,
    /// Whether it is a string; other objects (regexps, encodings) only bring an encoding.
    pub is_string: bool,
}

impl Operand {
    /// A string operand.
    pub fn string(encoding: Encoding, range: CodeRange, empty: bool) -> Self {
        Self { encoding, range, empty, is_string: true }
    }
}

/// The encoding both operands fit, or `None`.
pub fn compatible(first: Operand, second: Operand) -> Option<Encoding> {
    let (a, b) = (first.encoding, second.encoding);
    if a == b {
        return Some(a);
    }
    if second.is_string && second.empty {
        return Some(a);
    }
    if first.is_string && second.is_string && first.empty {
        let keep = a.is_ascii_compatible() && second.range == CodeRange::SevenBit;
        return Some(if keep { a } else { b });
    }
    if !a.is_ascii_compatible() || !b.is_ascii_compatible() {
        return None;
    }
    if !second.is_string && b == Encoding::US_ASCII {
        return Some(a);
    }
    if !first.is_string && a == Encoding::US_ASCII {
        return Some(b);
    }
    match (first.is_string, second.is_string) {
        (true, true) if second.range == CodeRange::SevenBit => Some(a),
        (true, true) if first.range == CodeRange::SevenBit => Some(b),
        (true, false) if first.range == CodeRange::SevenBit => Some(b),
        (false, true) if second.range == CodeRange::SevenBit => Some(a),
        _ => None,
    }
}

/// Like [`compatible`], with CRuby's `Encoding::CompatibilityError`.
pub fn compatible_or_error(first: Operand, second: Operand) -> Result<Encoding, TextError> {
    compatible(first, second).ok_or_else(|| {
        TextError::new(
            ErrorClass::CompatibilityError,
            format!("incompatible character encodings: {} and {}", first.encoding.inspect_name_plain(), second.encoding.inspect_name_plain()),
        )
    })
}

impl Encoding {
    /// The name as error messages show it: `BINARY (ASCII-8BIT)` for binary, else the name.
    pub fn inspect_name_plain(self) -> &'static str {
        if self == Self::BINARY { "BINARY (ASCII-8BIT)" } else { self.name() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_hold() {
        let (utf8, binary, ascii) = (Encoding::UTF_8, Encoding::BINARY, Encoding::US_ASCII);
        let table = [
            (Operand::string(utf8, CodeRange::SevenBit, false), Operand::string(binary, CodeRange::Valid, false), Some(binary)),
            (Operand::string(utf8, CodeRange::Valid, false), Operand::string(binary, CodeRange::Valid, false), None),
            (Operand::string(utf8, CodeRange::Valid, false), Operand::string(ascii, CodeRange::SevenBit, false), Some(utf8)),
            (Operand::string(ascii, CodeRange::SevenBit, true), Operand::string(utf8, CodeRange::Valid, false), Some(utf8)),
            (Operand::string(utf8, CodeRange::Valid, false), Operand::string(Encoding::UTF_16LE, CodeRange::Valid, true), Some(utf8)),
            (Operand::string(utf8, CodeRange::Valid, false), Operand::string(Encoding::UTF_16LE, CodeRange::Valid, false), None),
        ];
        for (first, second, expected) in table {
            assert_eq!(compatible(first, second), expected);
        }
    }
}
