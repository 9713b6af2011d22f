//! Escapes: characters, classes, anchors.

use super::Scanner;
use super::atoms::Atom;
use text::Encoding;
use text::encoding::{CharLen, char_len, encode_codepoint_into};

/// Classes of characters by the names that the engine has for all encodings.
const CLASS_NAMES: &[&str] = &[
    "Alnum", "Alpha", "Blank", "Cntrl", "Digit", "Graph", "Lower", "Print", "Punct", "Space", "Upper", "XDigit", "ASCII", "Hiragana", "Katakana",
    "Han", "Latin", "Greek", "Cyrillic",
];

impl Scanner<'_> {
    pub(super) fn escape(&mut self) -> Result<(), String> {
        let Some(&letter) = self.source.get(self.position + 1) else {
            return Err("too short escape sequence".to_owned());
        };
        if letter >= 0x80 {
            let CharLen::Valid(len) = char_len(self.encoding, self.source, self.position + 1) else {
                return Err("invalid multibyte character".to_owned());
            };
            self.position += 1;
            self.non_ascii = true;
            self.plain(len);
            return Ok(());
        }
        match letter {
            b'u' => return self.unicode(),
            b'x' => return self.hex(),
            b'w' | b'd' | b's' | b'W' | b'D' | b'S' if !self.mode().unicode => self.class_escape(letter),
            b'w' | b'W' => self.word_escape(2),
            b'p' | b'P' if self.class_property() => {}
            b'k' | b'g' if self.named_call() => {}
            b'p' | b'P' if self.names_word() => self.word_escape(8 + usize::from(self.rest().starts_with(b"\\p{^"))),
            b'b' | b'B' if self.mode().ascii && self.class_depth == 0 => self.ascii_boundary(letter == b'b'),
            b'A' | b'Z' | b'z' | b'b' | b'B' | b'G' | b'K' if self.class_depth == 0 => {
                self.literal = None;
                let start = self.out.len();
                self.copy(2);
                self.note(Atom::assertion(start..start + 2));
            }
            // Letters that Oniguruma gives a meaning and Ruby does not.
            b'y' | b'Y' | b'N' | b'O' => {
                self.literal = None;
                self.out.push(letter);
                self.position += 2;
                self.note(Atom::of_width(Some(1)));
            }
            b'v' => {
                self.literal = None;
                self.out.extend_from_slice(b"\\x0B");
                self.position += 2;
                self.note(Atom::of_width(Some(1)));
            }
            _ if letter.is_ascii_alphanumeric() => {
                self.literal = None;
                self.copy(2);
                self.note(Atom::of_width(
                    matches!(letter, b'h' | b'H' | b'd' | b'D' | b's' | b'S' | b'n' | b't' | b'r' | b'f' | b'a' | b'e').then_some(1),
                ));
            }
            b'\n' => {
                self.literal = None;
                self.copy(2);
                self.note(Atom::of_width(Some(1)));
            }
            _ => {
                // Escaped punctuation is itself.
                if let Some(literal) = &mut self.literal {
                    literal.push(letter);
                }
                self.copy(2);
                self.note(Atom::of_width(Some(1)));
            }
        }
        Ok(())
    }

    /// `\p{name}` of a class that all encodings have: the engine knows some of their names in one spelling only.
    fn class_property(&mut self) -> bool {
        let rest = self.rest();
        let Some(body) = rest.get(2..).and_then(|rest| rest.strip_prefix(b"{")) else { return false };
        let Some(end) = body.iter().position(|&byte| byte == b'}') else { return false };
        let name = body[..end].strip_prefix(b"^").unwrap_or(&body[..end]);
        let compact: Vec<u8> = name.iter().copied().filter(|byte| !matches!(byte, b' ' | b'-' | b'_')).collect();
        let Some(known) = CLASS_NAMES.iter().find(|known| known.as_bytes().eq_ignore_ascii_case(&compact)) else { return false };
        let (length, start) = (name.len(), 3 + end - name.len());
        self.literal = None;
        self.copy(start);
        self.out.extend_from_slice(known.as_bytes());
        self.position += length;
        self.copy(1);
        self.note(Atom::of_width(Some(1)));
        true
    }

    fn class_escape(&mut self, letter: u8) {
        self.literal = None;
        let body: &[u8] = match letter.to_ascii_lowercase() {
            b'w' => b"a-zA-Z0-9_",
            b'd' => b"0-9",
            _ => b"\\t-\\r ",
        };
        let negated = letter.is_ascii_uppercase();
        // Inside a class the nested form keeps set operations apart.
        self.out.extend_from_slice(if negated { b"[^" } else { b"[" });
        self.out.extend_from_slice(body);
        self.out.push(b']');
        self.position += 2;
        self.note(Atom::of_width(Some(1)));
    }

    /// Does `\p{word}` or a negation of it stand here?
    fn names_word(&self) -> bool {
        let name = self.rest().get(2..).and_then(|rest| rest.strip_prefix(b"{")).unwrap_or(b"");
        let name = name.strip_prefix(b"^").unwrap_or(name);
        name.get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"word}"))
    }

    /// Unicode's characters of words, with those that join them.
    fn word_escape(&mut self, len: usize) {
        self.literal = None;
        let rest = self.rest();
        let negated = matches!(rest.get(1), Some(b'W' | b'P')) != rest.starts_with(b"\\p{^");
        let joiners = self.joiners();
        self.out.extend_from_slice(if negated { b"[^\\w" } else { b"[\\w" });
        self.out.extend_from_slice(joiners);
        self.out.push(b']');
        self.position += len;
        self.note(Atom::of_width(Some(1)));
    }

    /// `\b` or `\B` where words are made of ASCII only.
    fn ascii_boundary(&mut self, is_boundary: bool) {
        self.literal = None;
        let (same, other) = if is_boundary { ('!', '=') } else { ('=', '!') };
        self.out.extend_from_slice(format!("(?:(?<=[a-zA-Z0-9_])(?{same}[a-zA-Z0-9_])|(?<![a-zA-Z0-9_])(?{other}[a-zA-Z0-9_]))").as_bytes());
        self.position += 2;
        self.note(Atom::of_width(Some(0)));
    }

    fn push_scalar(&mut self, digits: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(digits).unwrap_or("");
        let value = u32::from_str_radix(text, 16).map_err(|_| "invalid Unicode range".to_owned())?;
        if char::from_u32(value).is_none() {
            return Err("invalid Unicode range".to_owned());
        }
        if value < 0x80 {
            self.literal = None;
            self.out.extend_from_slice(format!("\\x{value:02X}").as_bytes());
            self.note(Atom::of_width(Some(1)));
            return Ok(());
        }
        self.note(Atom::of_width(Some(1)));
        self.non_ascii = true;
        self.unicode_escape = true;
        let before = self.out.len();
        encode_codepoint_into(Encoding::UTF_8, value, &mut self.out).map_err(|error| error.message)?;
        if let Some(literal) = &mut self.literal {
            literal.extend_from_slice(&self.out[before..]);
        }
        Ok(())
    }

    fn unicode(&mut self) -> Result<(), String> {
        let rest = self.source[self.position + 2..].to_vec();
        if let Some(list) = rest.strip_prefix(b"{") {
            let Some(end) = list.iter().position(|&byte| byte == b'}') else {
                return Err("invalid Unicode list".to_owned());
            };
            let mut any = false;
            for digits in list[..end].split(u8::is_ascii_whitespace).filter(|digits| !digits.is_empty()) {
                if digits.len() > 6 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(if digits.len() > 6 { "invalid Unicode range" } else { "invalid Unicode list" }.to_owned());
                }
                self.push_scalar(digits)?;
                any = true;
            }
            if !any {
                return Err("invalid Unicode list".to_owned());
            }
            self.position += end + 4;
            return Ok(());
        }
        match rest.get(..4) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => {
                self.push_scalar(digits)?;
                self.position += 6;
                Ok(())
            }
            _ => Err("invalid Unicode escape".to_owned()),
        }
    }

    /// Value and source length of a `\xH` or `\xHH` at `at`.
    fn hex_at(&self, at: usize) -> Option<(u8, usize)> {
        let body = self.source.get(at..)?.strip_prefix(b"\\x")?;
        let len = body.iter().take(2).take_while(|byte| byte.is_ascii_hexdigit()).count();
        let text = std::str::from_utf8(body.get(..len)?).ok()?;
        Some((u8::from_str_radix(text, 16).ok()?, len + 2))
    }

    /// Low bytes stay escapes; high ones are collected into one raw character.
    fn hex(&mut self) -> Result<(), String> {
        let Some((first, len)) = self.hex_at(self.position) else {
            return Err("invalid hex escape".to_owned());
        };
        self.note(Atom::of_width(Some(1)));
        if first < 0x80 {
            self.literal = None;
            self.out.extend_from_slice(format!("\\x{first:02X}").as_bytes());
            self.position += len;
            return Ok(());
        }
        let (mut bytes, mut at) = (vec![first], self.position + len);
        loop {
            match char_len(self.encoding, &bytes, 0) {
                CharLen::Valid(_) => break,
                CharLen::Incomplete => match self.hex_at(at) {
                    Some((next, len)) => {
                        bytes.push(next);
                        at += len;
                    }
                    None => return Err("invalid multibyte escape".to_owned()),
                },
                CharLen::Invalid(_) => return Err("invalid multibyte escape".to_owned()),
            }
        }
        self.non_ascii = true;
        if let Some(literal) = &mut self.literal {
            literal.extend_from_slice(&bytes);
        }
        self.out.extend_from_slice(&bytes);
        self.position = at;
        Ok(())
    }
}
