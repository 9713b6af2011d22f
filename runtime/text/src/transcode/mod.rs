//! `String#encode`: conversion between encodings, with replacement and newline options.
//!
//! Invariant: conversion goes character by character through Unicode; the first fault decides the error.
//! Source: CRuby 4.0 behaviour; CJK tables from `encoding_rs`.

mod code_pages;
mod converter;
mod path;
mod single;
mod state;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use converter::{Converter, Failure, Limits, Outcome};
pub use path::{ascii_compatible_form, conversion_path};
pub use single::{single_byte_to_unicode, unicode_to_single_byte};

use crate::encoding::{Encoding, codepoint, encode_codepoint_into};
use crate::error::{ErrorClass, TextError};

/// What to do with bytes or characters that cannot be converted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnFault {
    /// Raise.
    #[default]
    Raise,
    /// Put the replacement (`None`: U+FFFD in Unicode encodings, `?` elsewhere); bytes in the target encoding.
    Replace(Option<Vec<u8>>),
}

/// Newline conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newline {
    /// Leave line ends alone.
    #[default]
    Keep,
    /// CRLF and CR become LF.
    Universal,
    /// The same, asked for by another name.
    Lf,
    /// LF becomes CRLF.
    Crlf,
    /// LF becomes CR.
    Cr,
}

/// XML escaping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Xml {
    /// `xml: :text`
    Text,
    /// `xml: :attr`, which also quotes the whole.
    Attr,
}

/// The options of `String#encode`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `invalid:`
    pub invalid: OnFault,
    /// `undef:`
    pub undef: OnFault,
    /// Newline options.
    pub newline: Newline,
    /// `xml:`; characters the target lacks become `&#xHEX;`.
    pub xml: Option<Xml>,
    /// Characters the target lacks become `&#xHEX;`.
    pub hex_references: bool,
}

/// A fault in conversion: the error and the parts `Encoding::UndefinedConversionError` exposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Class and message.
    pub error: TextError,
    /// The encodings of the step that failed.
    pub step: Option<(Encoding, Encoding)>,
    /// The offending bytes in the source encoding.
    pub error_bytes: Vec<u8>,
    /// Bytes read past the fault.
    pub readagain_bytes: Vec<u8>,
    /// Whether the input ended inside a character.
    pub incomplete: bool,
}

impl From<TextError> for Fault {
    fn from(error: TextError) -> Self {
        Self { error, step: None, error_bytes: Vec::new(), readagain_bytes: Vec::new(), incomplete: false }
    }
}

/// The `encoding_rs` coder of a multi-byte legacy encoding.
fn coder(encoding: Encoding) -> Option<&'static encoding_rs::Encoding> {
    Some(match encoding.name() {
        "EUC-JP" | "eucJP-ms" | "CP51932" | "EUC-JIS-2004" => encoding_rs::EUC_JP,
        "Shift_JIS" | "Windows-31J" | "MacJapanese" | "SJIS-DoCoMo" | "SJIS-KDDI" | "SJIS-SoftBank" => encoding_rs::SHIFT_JIS,
        "EUC-KR" | "CP949" => encoding_rs::EUC_KR,
        "Big5" | "CP950" | "CP951" | "Big5-HKSCS" | "Big5-UAO" => encoding_rs::BIG5,
        "GBK" | "GB2312" | "GB12345" => encoding_rs::GBK,
        "GB18030" => encoding_rs::GB18030,
        "ISO-2022-JP" | "CP50220" | "CP50221" => encoding_rs::ISO_2022_JP,
        _ => return None,
    })
}

/// Whether the encoding keeps shift state, so that characters have no meaning alone.
fn is_stateful(encoding: Encoding) -> bool {
    coder(encoding) == Some(encoding_rs::ISO_2022_JP)
}

/// Whether there is a conversion from and to `encoding`.
pub fn is_convertible(encoding: Encoding) -> bool {
    encoding == Encoding::BINARY || encoding == Encoding::US_ASCII || encoding.is_unicode() || coder(encoding).is_some() || single::has_page(encoding)
}

/// `Encoding::ConverterNotFoundError` for a pair of names.
pub fn converter_not_found(from: &str, to: &str) -> TextError {
    TextError::new(ErrorClass::ConverterNotFoundError, format!("code converter not found ({from} to {to})"))
}

/// The Unicode scalar of one well-formed character, if it has one.
fn to_unicode(encoding: Encoding, character: &[u8]) -> Option<char> {
    if encoding.is_unicode() {
        return codepoint(encoding, character, 0).ok().and_then(|pair| char::from_u32(pair.0));
    }
    if let ([byte @ 0..=0x7F], true) = (character, encoding.is_ascii_compatible()) {
        return Some(*byte as char);
    }
    if encoding.is_single_byte() {
        return single_byte_to_unicode(encoding, *character.first()?).and_then(char::from_u32);
    }
    let decoded = coder(encoding)?.decode_without_bom_handling_and_without_replacement(character)?;
    let mut characters = decoded.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// Appends `character` in the target encoding; false when it has no place there.
fn from_unicode(encoding: Encoding, character: char, out: &mut Vec<u8>) -> bool {
    if encoding.is_unicode() || (character.is_ascii() && encoding.is_ascii_compatible()) {
        return encode_codepoint_into(encoding, character as u32, out).is_ok();
    }
    if encoding.is_single_byte() && !is_stateful(encoding) {
        return unicode_to_single_byte(encoding, character as u32).is_some_and(|byte| {
            out.push(byte);
            true
        });
    }
    let Some(coder) = coder(encoding) else { return false };
    let mut buffer = [0; 4];
    let (bytes, _, unmappable) = coder.encode(character.encode_utf8(&mut buffer));
    if !unmappable {
        out.extend_from_slice(&bytes);
        return true;
    }
    let supplement = if matches!(encoding.name(), "EUC-JP" | "eucJP-ms") { SUPPLEMENT.get(&character) } else { None };
    out.extend(supplement.into_iter().flatten());
    supplement.is_some()
}

/// The characters of JIS X 0212 with their bytes in EUC-JP, which `encoding_rs` reads but does not write.
static SUPPLEMENT: LazyLock<HashMap<char, [u8; 3]>> = LazyLock::new(|| {
    let cells = (0xA1..=0xFE).flat_map(|row| (0xA1..=0xFE).map(move |cell| [0x8F, row, cell]));
    let mut found = HashMap::new();
    for bytes in cells {
        let decoded = encoding_rs::EUC_JP.decode_without_bom_handling_and_without_replacement(&bytes);
        if let Some(character) = decoded.and_then(|text| text.chars().next()) {
            found.entry(character).or_insert(bytes);
        }
    }
    found
});

/// Bytes as `String#dump` shows them.
fn quote(bytes: &[u8]) -> String {
    let mut shown = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => shown.extend(['\\', char::from(byte)]),
            b'\n' => shown.push_str("\\n"),
            b'\r' => shown.push_str("\\r"),
            b'\t' => shown.push_str("\\t"),
            0x0C => shown.push_str("\\f"),
            0x0B => shown.push_str("\\v"),
            0x08 => shown.push_str("\\b"),
            0x07 => shown.push_str("\\a"),
            0x1B => shown.push_str("\\e"),
            0x20..0x7F => shown.push(char::from(byte)),
            _ => shown.push_str(&format!("\\x{byte:02X}")),
        }
    }
    shown.push('"');
    shown
}

/// The error of a failure on the way through `path`.
pub fn fault_of(outcome: Outcome, failure: &Failure, path: &[Encoding]) -> Fault {
    let incomplete = outcome == Outcome::IncompleteInput;
    let class = match outcome {
        Outcome::UndefinedConversion => ErrorClass::UndefinedConversionError,
        _ => ErrorClass::InvalidByteSequenceError,
    };
    let message = if outcome == Outcome::UndefinedConversion { undefined_message(failure, path) } else { invalid_message(failure, incomplete) };
    Fault {
        error: TextError::new(class, message),
        step: Some(failure.step),
        error_bytes: failure.bytes.clone(),
        readagain_bytes: failure.again.clone(),
        incomplete,
    }
}

fn invalid_message(failure: &Failure, incomplete: bool) -> String {
    let (bytes, encoding) = (quote(&failure.bytes), failure.step.0.name());
    match (incomplete, &failure.again[..]) {
        (true, _) => format!("incomplete {bytes} on {encoding}"),
        (_, []) => format!("{bytes} on {encoding}"),
        (_, again) => format!("{bytes} followed by {} on {encoding}", quote(again)),
    }
}

fn undefined_message(failure: &Failure, path: &[Encoding]) -> String {
    let (from, to) = failure.step;
    let character = match codepoint(from, &failure.bytes, 0) {
        Ok((value, _)) if from == Encoding::UTF_8 => format!("U+{value:04X}"),
        _ => quote(&failure.bytes),
    };
    if path == [from, to] {
        return format!("{character} from {} to {}", from.name(), to.name());
    }
    let ways: String = path.iter().skip(1).map(|step| format!(" to {}", step.name())).collect();
    format!("{character} to {} in conversion from {}{ways}", to.name(), path.first().map_or("", |step| step.name()))
}

/// Asked for an undefined character, with its encoding, before `undef` applies (the `fallback:` option); answers target bytes.
pub type Fallback<'a> = dyn FnMut(&[u8], Encoding) -> Option<Vec<u8>> + 'a;

/// Converts `bytes` from one encoding to another.
pub fn transcode(bytes: &[u8], from: Encoding, to: Encoding, options: &Options, fallback: &mut Fallback<'_>) -> Result<Vec<u8>, Fault> {
    let mut converter = Converter::new((from != to).then_some((from, to)), options.clone())?;
    let mut out = Vec::with_capacity(bytes.len());
    let mut position = 0;
    loop {
        let limits = Limits { room: usize::MAX, partial: false, after_output: false };
        let (taken, outcome) = converter.convert(&bytes[position..], &mut out, limits);
        position += taken;
        let Some(failure) = converter.failure.take() else { return Ok(out) };
        let answer = if outcome == Outcome::UndefinedConversion { fallback(&failure.bytes, failure.step.0) } else { None };
        match answer {
            Some(answer) => converter.insert(&answer),
            None => return Err(fault_of(outcome, &failure, converter.path())),
        }
    }
}

/// Converts with errors and no fallback.
pub fn transcode_strict(bytes: &[u8], from: Encoding, to: Encoding) -> Result<Vec<u8>, Fault> {
    transcode(bytes, from, to, &Options::default(), &mut |_, _| None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Encoding {
        Encoding::find(name).expect("known")
    }

    #[test]
    fn round_trips() {
        let table: [(&str, &str, &[u8]); 8] = [
            ("UTF-16LE", "é😀", b"\xE9\0\x3D\xD8\x00\xDE"),
            ("ISO-8859-1", "é", b"\xE9"),
            ("IBM437", "é", b"\x82"),
            ("Shift_JIS", "あ", b"\x82\xA0"),
            ("EUC-JP", "あ", b"\xA4\xA2"),
            ("Windows-1251", "п", b"\xEF"),
            ("ISO-2022-JP", "あ", b"\x1B$B$\"\x1B(B"),
            ("UTF-16", "a", b"\xFE\xFF\0a"),
        ];
        for (name, text, bytes) in table {
            let encoded = transcode_strict(text.as_bytes(), Encoding::UTF_8, named(name));
            assert_eq!(encoded.as_deref(), Ok(bytes), "{name}");
            let decoded = transcode_strict(bytes, named(name), Encoding::UTF_8);
            assert_eq!(decoded.as_deref(), Ok(text.as_bytes()), "{name}");
        }
    }

    #[test]
    fn faults_have_ruby_s_messages() {
        let table: [(&[u8], &str, &str, &str); 8] = [
            (b"\xFF", "ASCII-8BIT", "UTF-8", "\"\\xFF\" from ASCII-8BIT to UTF-8"),
            ("€".as_bytes(), "UTF-8", "US-ASCII", "U+20AC from UTF-8 to US-ASCII"),
            (b"\xFF", "UTF-8", "UTF-16LE", "\"\\xFF\" on UTF-8"),
            (b"\xE3a", "UTF-8", "UTF-16LE", "\"\\xE3\" followed by \"a\" on UTF-8"),
            (b"\xE3\x81", "UTF-8", "UTF-16LE", "incomplete \"\\xE3\\x81\" on UTF-8"),
            (b"\xAC\x20", "UTF-16LE", "ISO-8859-1", "U+20AC to ISO-8859-1 in conversion from UTF-16LE to UTF-8 to ISO-8859-1"),
            (b"\x81", "Windows-1252", "UTF-8", "\"\\x81\" from Windows-1252 to UTF-8"),
            (b"a", "UTF-8", "Emacs-Mule", "code converter not found (UTF-8 to Emacs-Mule)"),
        ];
        for (bytes, from, to, message) in table {
            let fault = transcode_strict(bytes, named(from), named(to)).expect_err(message);
            assert_eq!(fault.error.message, message);
        }
    }

    #[test]
    fn options_apply() {
        let run = |bytes: &[u8], to, options: Options| transcode(bytes, Encoding::UTF_8, to, &options, &mut |_, _| None).expect("no fault");
        let replace = Options { undef: OnFault::Replace(None), invalid: OnFault::Replace(None), ..Options::default() };
        assert_eq!(run("a€\u{e9}".as_bytes(), named("ISO-8859-1"), replace), b"a?\xE9");
        let xml = Options { xml: Some(Xml::Attr), ..Options::default() };
        assert_eq!(run("<\"€".as_bytes(), Encoding::US_ASCII, xml), b"\"&lt;&quot;&#x20AC;\"");
        let universal = Options { newline: Newline::Universal, ..Options::default() };
        assert_eq!(run(b"a\r\nb\rc\n\r", Encoding::UTF_8, universal), b"a\nb\nc\n\n");
        let crlf = Options { newline: Newline::Crlf, ..Options::default() };
        assert_eq!(run(b"a\nb", Encoding::UTF_8, crlf), b"a\r\nb");
    }
}
