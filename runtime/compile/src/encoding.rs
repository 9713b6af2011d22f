//! The encoding of a source: its magic comment, by the names that CRuby prints.

/// Names that a magic comment may use, lower case, with the encoding's own name.
const NAMES: &[(&str, &str)] = &[
    ("utf-8", "UTF-8"),
    ("utf8", "UTF-8"),
    ("utf-8-unix", "UTF-8"),
    ("utf-8-mac", "UTF8-MAC"),
    ("utf8-mac", "UTF8-MAC"),
    ("utf-8-dos", "UTF-8"),
    ("us-ascii", "US-ASCII"),
    ("us-ascii-unix", "US-ASCII"),
    ("ascii", "US-ASCII"),
    ("ansi_x3.4-1968", "US-ASCII"),
    ("646", "US-ASCII"),
    ("ascii-8bit", "ASCII-8BIT"),
    ("binary", "ASCII-8BIT"),
    ("shift_jis", "Shift_JIS"),
    ("windows-31j", "Windows-31J"),
    ("cp932", "Windows-31J"),
    ("sjis", "Windows-31J"),
    ("cswindows31j", "Windows-31J"),
    ("pck", "Windows-31J"),
    ("euc-jp", "EUC-JP"),
    ("eucjp", "EUC-JP"),
    ("eucjp-ms", "eucJP-ms"),
    ("cp51932", "CP51932"),
    ("euc-kr", "EUC-KR"),
    ("euckr", "EUC-KR"),
    ("euc-tw", "EUC-TW"),
    ("gb2312", "GB2312"),
    ("gbk", "GBK"),
    ("cp936", "GBK"),
    ("gb18030", "GB18030"),
    ("big5", "Big5"),
    ("big5-hkscs", "Big5-HKSCS"),
    ("emacs-mule", "Emacs-Mule"),
    ("koi8-r", "KOI8-R"),
    ("cp878", "KOI8-R"),
    ("koi8-u", "KOI8-U"),
    ("iso-8859-1", "ISO-8859-1"),
    ("iso8859-1", "ISO-8859-1"),
    ("latin1", "ISO-8859-1"),
    ("iso-8859-2", "ISO-8859-2"),
    ("iso-8859-3", "ISO-8859-3"),
    ("iso-8859-4", "ISO-8859-4"),
    ("iso-8859-5", "ISO-8859-5"),
    ("iso-8859-6", "ISO-8859-6"),
    ("iso-8859-7", "ISO-8859-7"),
    ("iso-8859-8", "ISO-8859-8"),
    ("iso-8859-9", "ISO-8859-9"),
    ("iso-8859-10", "ISO-8859-10"),
    ("iso-8859-11", "ISO-8859-11"),
    ("iso-8859-13", "ISO-8859-13"),
    ("iso-8859-14", "ISO-8859-14"),
    ("iso-8859-15", "ISO-8859-15"),
    ("iso-8859-16", "ISO-8859-16"),
    ("windows-1250", "Windows-1250"),
    ("cp1250", "Windows-1250"),
    ("windows-1251", "Windows-1251"),
    ("cp1251", "Windows-1251"),
    ("windows-1252", "Windows-1252"),
    ("cp1252", "Windows-1252"),
    ("windows-1253", "Windows-1253"),
    ("windows-1254", "Windows-1254"),
    ("windows-1257", "Windows-1257"),
    ("windows-874", "Windows-874"),
    ("tis-620", "TIS-620"),
    ("ibm437", "IBM437"),
    ("cp437", "IBM437"),
    ("ibm850", "CP850"),
    ("cp850", "CP850"),
    ("ibm852", "IBM852"),
    ("cp852", "CP852"),
    ("ibm866", "IBM866"),
    ("cp866", "IBM866"),
    ("macroman", "macRoman"),
    ("maccyrillic", "macCyrillic"),
];

/// Encoding of the source, from its comment or `given`.
pub(crate) fn of_source(source: &[u8], given: Option<&str>) -> &'static str {
    let comment = first_comment(source).and_then(comment_value).and_then(|value| named(value));
    comment.or_else(|| given.and_then(named)).unwrap_or("UTF-8")
}

/// The comment that may name the encoding: the first token of line 1, or of line 2 behind a `#!` line.
fn first_comment(source: &[u8]) -> Option<&[u8]> {
    let mut rest = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    if rest.starts_with(b"#!") {
        let end = rest.iter().position(|&byte| byte == b'\n')?;
        rest = &rest[end + 1..];
    }
    let start = rest.iter().position(|byte| !b" \t\x0B\x0C\r".contains(byte))?;
    let rest = rest[start..].strip_prefix(b"#")?;
    Some(rest.split(|&byte| byte == b'\n').next().unwrap_or(rest))
}

/// The value behind `coding:` or `coding=` anywhere in a comment, so that the forms of Emacs and vim count.
fn comment_value(comment: &[u8]) -> Option<&str> {
    const KEY: &[u8] = b"coding";
    if let Some(inner) = between_marks(comment) {
        return inner.split(|&byte| byte == b';').find_map(|pair| {
            let colon = pair.iter().position(|&byte| byte == b':')?;
            let key = pair[..colon].trim_ascii();
            let named = key.eq_ignore_ascii_case(KEY) || key.eq_ignore_ascii_case(b"encoding");
            std::str::from_utf8(pair[colon + 1..].trim_ascii()).ok().filter(|_| named)
        });
    }
    let mut at = 0;
    while at + KEY.len() < comment.len() {
        if !comment[at..at + KEY.len()].eq_ignore_ascii_case(KEY) {
            at += 1;
            continue;
        }
        let rest = comment[at + KEY.len()..].trim_ascii_start();
        if let Some(value) = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"=")) {
            let value = value.trim_ascii_start();
            let end = value.iter().position(|&byte| !(byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
            return std::str::from_utf8(&value[..end.unwrap_or(value.len())]).ok();
        }
        at += KEY.len();
    }
    None
}

/// The text between Emacs's marks.
fn between_marks(comment: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = b"-*-";
    let find = |text: &[u8]| text.windows(MARK.len()).position(|window| window == MARK);
    let start = find(comment)? + MARK.len();
    let length = find(&comment[start..])?;
    Some(&comment[start..start + length])
}

/// The encoding with this name, in any case.
fn named(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    NAMES.iter().find(|(key, _)| *key == name).map(|(_, encoding)| *encoding)
}
