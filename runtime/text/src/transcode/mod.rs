//! `String#encode`: conversion between encodings, with replacement and newline options.
//!
//! Invariant: conversion goes character by character through Unicode; the first fault decides the error.
//! Source: CRuby 4.0 behaviour; CJK tables from `encoding_rs`.

mod code_pages;
mod single;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use single::{single_byte_to_unicode, unicode_to_single_byte};

use crate::encoding::{CharLen, Encoding, char_len, codepoint, encode_codepoint_into};
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
}

/// A fault in conversion: the error and the parts `Encoding::UndefinedConversionError` exposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Class and message.
    pub error: TextError,
    /// The offending bytes in the source encoding.
    pub error_bytes: Vec<u8>,
    /// Bytes read past the fault.
    pub readagain_bytes: Vec<u8>,
    /// Whether the input ended inside a character.
    pub incomplete: bool,
}

impl From<TextError> for Fault {
    fn from(error: TextError) -> Self {
        Self { error, error_bytes: Vec::new(), readagain_bytes: Vec::new(), incomplete: false }
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

fn hex_quote(bytes: &[u8]) -> String {
    let body: String = bytes.iter().map(|byte| format!("\\x{byte:02X}")).collect();
    format!("\"{body}\"")
}

/// `Encoding::InvalidByteSequenceError` for the fault at the start of `rest`.
fn invalid_fault(encoding: Encoding, rest: &[u8]) -> (Fault, usize) {
    let (bad, again, incomplete) = match char_len(encoding, rest, 0) {
        CharLen::Incomplete => (rest.len(), 0, true),
        CharLen::Invalid(len) => {
            let len = len.clamp(1, rest.len());
            // A bad byte after a lead is reported as read again; a bad lead stands alone.
            let again = usize::from(encoding.is_utf8_layout() && matches!(rest[0], 0xC2..=0xF4) && rest.len() > len);
            (len, again, false)
        }
        CharLen::Valid(len) => (len, 0, false),
    };
    let bytes = hex_quote(&rest[..bad]);
    let message = if incomplete {
        format!("incomplete {bytes} on {}", encoding.name())
    } else if again > 0 {
        let next = rest[bad];
        let shown = if (0x20..0x7F).contains(&next) { format!("\"{}\"", next as char) } else { hex_quote(&[next]) };
        format!("{bytes} followed by {shown} on {}", encoding.name())
    } else {
        format!("{bytes} on {}", encoding.name())
    };
    let fault = Fault {
        error: TextError::new(ErrorClass::InvalidByteSequenceError, message),
        error_bytes: rest[..bad].to_vec(),
        readagain_bytes: rest[bad..bad + again].to_vec(),
        incomplete,
    };
    (fault, bad)
}

/// `Encoding::UndefinedConversionError` for a character the target lacks or the source gives no meaning.
fn undefined_fault(from: Encoding, to: Encoding, character: &[u8], unicode: Option<char>) -> Fault {
    let message = match unicode {
        Some(value) => {
            let value = value as u32;
            if from == Encoding::UTF_8 {
                format!("U+{value:04X} from UTF-8 to {}", to.name())
            } else {
                format!("U+{value:04X} to {} in conversion from {} to UTF-8 to {}", to.name(), from.name(), to.name())
            }
        }
        None if to == Encoding::UTF_8 || from == Encoding::BINARY && to == Encoding::US_ASCII => {
            format!("{} from {} to {}", hex_quote(character), from.name(), to.name())
        }
        None => format!("{} to UTF-8 in conversion from {} to UTF-8 to {}", hex_quote(character), from.name(), to.name()),
    };
    Fault {
        error: TextError::new(ErrorClass::UndefinedConversionError, message),
        error_bytes: character.to_vec(),
        readagain_bytes: Vec::new(),
        incomplete: false,
    }
}

fn default_replacement(to: Encoding) -> Vec<u8> {
    crate::coderange::default_replacement(to)
}

/// Converts `bytes` from one encoding to another. `fallback` is asked for undefined characters before `undef`
/// applies (the `fallback:` option); it gets the character in the source encoding and answers target bytes.
pub fn transcode(
    bytes: &[u8],
    from: Encoding,
    to: Encoding,
    options: &Options,
    fallback: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, Fault> {
    if from != to && !(is_convertible(from) && is_convertible(to)) {
        return Err(converter_not_found(from.name(), to.name()).into());
    }
    let prepared;
    let (source, from) = if is_stateful(from) && from != to {
        prepared = decode_stateful(bytes, from)?;
        (prepared.as_slice(), Encoding::UTF_8)
    } else {
        (bytes, from)
    };
    let (source, from) = resolve_mark(source, from);
    let mut out = Vec::with_capacity(source.len());
    if to == Encoding::UTF_16 || to == Encoding::UTF_32 {
        encode_codepoint_into(to, 0xFEFF, &mut out)?;
    }
    let mut sink = Sink { to, options, out, previous_cr: false };
    if options.xml == Some(Xml::Attr) {
        sink.put_ascii("\"");
    }
    let mut position = 0;
    while position < source.len() {
        let rest = &source[position..];
        match char_len(from, source, position) {
            CharLen::Valid(len) => {
                sink.convert(from, &rest[..len], fallback)?;
                position += len;
            }
            _ => {
                let (fault, skip) = invalid_fault(from, rest);
                sink.replace(&options.invalid, fault)?;
                position += skip;
            }
        }
    }
    sink.finish();
    if options.xml == Some(Xml::Attr) {
        sink.put_ascii("\"");
    }
    Ok(if is_stateful(to) { encode_stateful(&sink.out, to) } else { sink.out })
}

/// UTF-16 and UTF-32 with a byte order mark: the mark chooses the real encoding and is dropped.
fn resolve_mark(bytes: &[u8], from: Encoding) -> (&[u8], Encoding) {
    let pairs: [(&[u8], Encoding); 2] = match from {
        Encoding::UTF_16 => [(b"\xFE\xFF", Encoding::UTF_16BE), (b"\xFF\xFE", Encoding::UTF_16LE)],
        Encoding::UTF_32 => [(b"\0\0\xFE\xFF", Encoding::UTF_32BE), (b"\xFF\xFE\0\0", Encoding::UTF_32LE)],
        _ => return (bytes, from),
    };
    pairs.into_iter().find_map(|(mark, real)| bytes.strip_prefix(mark).map(|rest| (rest, real))).unwrap_or((bytes, from))
}

fn decode_stateful(bytes: &[u8], from: Encoding) -> Result<Vec<u8>, Fault> {
    let decoded = coder(from).and_then(|coder| coder.decode_without_bom_handling_and_without_replacement(bytes));
    decoded.map(|text| text.into_owned().into_bytes()).ok_or_else(|| invalid_fault(from, bytes).0)
}

/// The sink collects UTF-8 for stateful targets; here it gets its escapes.
fn encode_stateful(text: &[u8], to: Encoding) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    coder(to).map_or_else(Vec::new, |coder| coder.encode(&text).0.into_owned())
}

/// Where converted characters go.
struct Sink<'a> {
    to: Encoding,
    options: &'a Options,
    out: Vec<u8>,
    previous_cr: bool,
}

impl Sink<'_> {
    /// The encoding of `out`.
    fn stored(&self) -> Encoding {
        if is_stateful(self.to) { Encoding::UTF_8 } else { self.to }
    }

    fn put_ascii(&mut self, text: &str) {
        for character in text.chars() {
            from_unicode(self.stored(), character, &mut self.out);
        }
    }

    fn put(&mut self, character: char) -> bool {
        let before = self.out.len();
        let stored = self.stored();
        if stored != self.to {
            // Check that the stateful coder knows the character before keeping it as UTF-8.
            if !from_unicode(self.to, character, &mut self.out) {
                return false;
            }
            self.out.truncate(before);
        }
        from_unicode(stored, character, &mut self.out)
    }

    fn convert(&mut self, from: Encoding, character: &[u8], fallback: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>) -> Result<(), Fault> {
        let Some(unicode) = to_unicode(from, character) else {
            if from == self.to {
                self.out.extend_from_slice(character);
                return Ok(());
            }
            return self.undefined(from, character, None, fallback);
        };
        if self.newline(unicode) || self.escape(unicode) || self.put(unicode) {
            return Ok(());
        }
        if self.options.xml.is_some() {
            self.put_ascii(&format!("&#x{:X};", unicode as u32));
            return Ok(());
        }
        self.undefined(from, character, Some(unicode), fallback)
    }

    fn undefined(
        &mut self,
        from: Encoding,
        character: &[u8],
        unicode: Option<char>,
        fallback: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<(), Fault> {
        if let Some(bytes) = fallback(character) {
            self.out.extend(bytes);
            return Ok(());
        }
        self.replace(&self.options.undef, undefined_fault(from, self.to, character, unicode))
    }

    fn replace(&mut self, action: &OnFault, fault: Fault) -> Result<(), Fault> {
        match action {
            OnFault::Raise => Err(fault),
            OnFault::Replace(bytes) => {
                match bytes {
                    Some(bytes) => self.out.extend_from_slice(bytes),
                    None => self.out.extend(default_replacement(self.to)),
                }
                Ok(())
            }
        }
    }

    /// Handles line ends; true when the character is done with.
    fn newline(&mut self, character: char) -> bool {
        match (self.options.newline, character) {
            (Newline::Crlf, '\n') => self.put_ascii("\r\n"),
            (Newline::Cr, '\n') => self.put_ascii("\r"),
            (Newline::Universal, '\r') => {
                self.finish();
                self.previous_cr = true;
            }
            (Newline::Universal, '\n') => {
                self.previous_cr = false;
                self.put_ascii("\n");
            }
            _ => {
                self.finish();
                return false;
            }
        }
        true
    }

    /// Writes a held-back carriage return as a line feed.
    fn finish(&mut self) {
        if std::mem::take(&mut self.previous_cr) {
            self.put_ascii("\n");
        }
    }

    fn escape(&mut self, character: char) -> bool {
        let text = match (self.options.xml, character) {
            (None, _) => return false,
            (Some(_), '&') => "&amp;",
            (Some(_), '<') => "&lt;",
            (Some(_), '>') => "&gt;",
            (Some(Xml::Attr), '"') => "&quot;",
            _ => return false,
        };
        self.put_ascii(text);
        true
    }
}

/// Converts with errors and no fallback.
pub fn transcode_strict(bytes: &[u8], from: Encoding, to: Encoding) -> Result<Vec<u8>, Fault> {
    transcode(bytes, from, to, &Options::default(), &mut |_| None)
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
        let run = |bytes: &[u8], to, options: Options| transcode(bytes, Encoding::UTF_8, to, &options, &mut |_| None).expect("no fault");
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
