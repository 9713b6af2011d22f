//! The Oniguruma encoding that steps through each Ruby encoding.
//!
//! Invariant: only addresses of the library's static tables are taken; nothing is read or written here.

use onig_sys::OnigEncoding;
use text::Encoding;

/// The Oniguruma table for `encoding`; encodings it lacks fall back to bytes.
pub(crate) fn onig_encoding(encoding: Encoding) -> OnigEncoding {
    if encoding.is_utf8_layout() {
        return &raw mut onig_sys::OnigEncodingUTF8;
    }
    match encoding.name() {
        "UTF-16BE" | "UTF-16" => &raw mut onig_sys::OnigEncodingUTF16_BE,
        "UTF-16LE" => &raw mut onig_sys::OnigEncodingUTF16_LE,
        "UTF-32BE" | "UTF-32" => &raw mut onig_sys::OnigEncodingUTF32_BE,
        "UTF-32LE" => &raw mut onig_sys::OnigEncodingUTF32_LE,
        "EUC-JP" | "eucJP-ms" | "CP51932" | "EUC-JIS-2004" => &raw mut onig_sys::OnigEncodingEUC_JP,
        "EUC-TW" => &raw mut onig_sys::OnigEncodingEUC_TW,
        "EUC-KR" | "CP949" => &raw mut onig_sys::OnigEncodingEUC_KR,
        "GB2312" | "GB12345" => &raw mut onig_sys::OnigEncodingEUC_CN,
        "Shift_JIS" | "Windows-31J" | "MacJapanese" | "SJIS-DoCoMo" | "SJIS-KDDI" | "SJIS-SoftBank" => &raw mut onig_sys::OnigEncodingSJIS,
        "Big5" | "CP950" | "CP951" | "Big5-HKSCS" | "Big5-UAO" => &raw mut onig_sys::OnigEncodingBIG5,
        "GB18030" | "GBK" => &raw mut onig_sys::OnigEncodingGB18030,
        "KOI8-R" => &raw mut onig_sys::OnigEncodingKOI8_R,
        "Windows-1251" => &raw mut onig_sys::OnigEncodingCP1251,
        "ISO-8859-1" | "Windows-1252" => &raw mut onig_sys::OnigEncodingISO_8859_1,
        "ISO-8859-2" => &raw mut onig_sys::OnigEncodingISO_8859_2,
        "ISO-8859-3" => &raw mut onig_sys::OnigEncodingISO_8859_3,
        "ISO-8859-4" => &raw mut onig_sys::OnigEncodingISO_8859_4,
        "ISO-8859-5" => &raw mut onig_sys::OnigEncodingISO_8859_5,
        "ISO-8859-6" => &raw mut onig_sys::OnigEncodingISO_8859_6,
        "ISO-8859-7" => &raw mut onig_sys::OnigEncodingISO_8859_7,
        "ISO-8859-8" => &raw mut onig_sys::OnigEncodingISO_8859_8,
        "ISO-8859-9" => &raw mut onig_sys::OnigEncodingISO_8859_9,
        "ISO-8859-10" => &raw mut onig_sys::OnigEncodingISO_8859_10,
        "ISO-8859-11" => &raw mut onig_sys::OnigEncodingISO_8859_11,
        "ISO-8859-13" => &raw mut onig_sys::OnigEncodingISO_8859_13,
        "ISO-8859-14" => &raw mut onig_sys::OnigEncodingISO_8859_14,
        "ISO-8859-15" => &raw mut onig_sys::OnigEncodingISO_8859_15,
        "ISO-8859-16" => &raw mut onig_sys::OnigEncodingISO_8859_16,
        _ => &raw mut onig_sys::OnigEncodingASCII,
    }
}
