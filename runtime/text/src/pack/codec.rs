//! The textual codings of pack: base64, uuencode and quoted-printable.

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Three bytes as four six-bit numbers.
fn sextets(group: &[u8]) -> [u8; 4] {
    let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
    let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    [18, 12, 6, 0].map(|shift| (bits >> shift & 0x3F) as u8)
}

/// Base64 of one line, without line end.
pub(super) fn base64_line(bytes: &[u8], out: &mut Vec<u8>) {
    for group in bytes.chunks(3) {
        let codes = sextets(group).map(|code| BASE64[code as usize]);
        out.extend_from_slice(&codes[..group.len() + 1]);
        out.resize(out.len() + 3 - group.len(), b'=');
    }
}

/// One uuencoded line with its length mark and line end.
pub(super) fn uu_line(bytes: &[u8], out: &mut Vec<u8>) {
    let letter = |code: u8| if code == 0 { b'`' } else { code + 0x20 };
    out.push(letter(bytes.len() as u8));
    for group in bytes.chunks(3) {
        out.extend(sextets(group).map(letter));
    }
    out.push(b'\n');
}

/// Lenient base64: other characters are skipped, padding ends it.
pub(super) fn decode_base64(bytes: &[u8]) -> Vec<u8> {
    let (mut bits, mut held, mut out) = (0u32, 0, Vec::with_capacity(bytes.len() * 3 / 4));
    for &byte in bytes.iter().take_while(|&&byte| byte != b'=') {
        let Some(code) = BASE64.iter().position(|&letter| letter == byte) else { continue };
        bits = bits << 6 | code as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

/// Strict base64: `None` for anything not canonical.
pub(super) fn decode_base64_strict(bytes: &[u8]) -> Option<Vec<u8>> {
    let decoded = decode_base64(bytes);
    let mut again = Vec::new();
    base64_line(&decoded, &mut again);
    (again == bytes).then_some(decoded)
}

/// Uuencoded text.
pub(super) fn decode_uu(bytes: &[u8]) -> (Vec<u8>, usize) {
    let (mut out, mut position) = (Vec::new(), 0);
    while let Some(&mark @ 0x21..=0x60) = bytes.get(position) {
        let len = usize::from((mark - 0x20) & 0x3F);
        position += 1;
        let end = bytes[position..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |end| position + end);
        let mut line = Vec::new();
        for group in bytes[position..end].chunks(4) {
            let code = |index: usize| u32::from(group.get(index).map_or(0, |byte| byte.wrapping_sub(0x20) & 0x3F));
            let bits = code(0) << 18 | code(1) << 12 | code(2) << 6 | code(3);
            line.extend([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
        }
        line.truncate(len);
        out.extend(line);
        position = (end + 1).min(bytes.len());
    }
    (out, position)
}

/// Quoted-printable with soft breaks after `limit` columns.
pub(super) fn quoted_printable(bytes: &[u8], limit: usize, out: &mut Vec<u8>) {
    let (mut column, mut previous) = (0, None);
    for &byte in bytes {
        let plain = matches!(byte, b' '..=b'<' | b'>'..=b'~' | b'\t');
        if byte == b'\n' {
            // White space before a line end would be lost.
            if matches!(previous, Some(b' ' | b'\t')) {
                out.extend_from_slice(b"=\n");
            }
            out.push(byte);
            column = 0;
        } else {
            if plain {
                out.push(byte);
                column += 1;
            } else {
                out.extend_from_slice(format!("={byte:02X}").as_bytes());
                column += 3;
            }
            if column > limit {
                out.extend_from_slice(b"=\n");
                column = 0;
            }
        }
        previous = Some(byte);
    }
    if column > 0 {
        out.extend_from_slice(b"=\n");
    }
}

/// Decodes quoted-printable; a malformed escape and the rest stand as they are.
pub(super) fn decode_quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    loop {
        match rest {
            [] => return out,
            [b'=', b'\n', tail @ ..] | [b'=', b'\r', b'\n', tail @ ..] => rest = tail,
            [b'=', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: &u8| (*byte as char).to_digit(16).unwrap_or(0) as u8;
                out.push(digit(high) << 4 | digit(low));
                rest = tail;
            }
            [b'=', ..] => {
                out.extend_from_slice(rest);
                return out;
            }
            [byte, tail @ ..] => {
                out.push(*byte);
                rest = tail;
            }
        }
    }
}
