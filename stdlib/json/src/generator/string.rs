//! The text of a string: what is escaped.

/// Which characters are escaped besides those that must be.
#[derive(Clone, Copy)]
pub struct Escapes {
    /// All that are not ASCII.
    pub ascii_only: bool,
    /// What would end a `<script>` element or a line of JavaScript.
    pub script_safe: bool,
}

/// Appends a string in quotes. `text` is UTF-8.
pub fn quote(out: &mut Vec<u8>, text: &str, escapes: Escapes) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut plain = 0;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if is_plain(byte, escapes) {
            at += 1;
            continue;
        }
        let character = text[at..].chars().next().unwrap_or('\0');
        if byte < 0x80 || must_escape(character, escapes) {
            out.extend_from_slice(&bytes[plain..at]);
            escape(out, character);
            plain = at + character.len_utf8();
        }
        at += character.len_utf8();
    }
    out.extend_from_slice(&bytes[plain..]);
    out.push(b'"');
}

/// Is a byte certainly one that stands for itself?
#[inline]
fn is_plain(byte: u8, escapes: Escapes) -> bool {
    match byte {
        b'"' | b'\\' | 0..0x20 => false,
        b'/' => !escapes.script_safe,
        0x80.. => !(escapes.ascii_only || escapes.script_safe && byte == 0xe2),
        _ => true,
    }
}

/// Is a character beyond ASCII escaped?
fn must_escape(character: char, escapes: Escapes) -> bool {
    escapes.ascii_only || escapes.script_safe && matches!(character, '\u{2028}' | '\u{2029}')
}

fn escape(out: &mut Vec<u8>, character: char) {
    let short = match character {
        '"' | '\\' | '/' => character as u8,
        '\x08' => b'b',
        '\x0c' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        _ => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
            return;
        }
    };
    out.extend([b'\\', short]);
}
