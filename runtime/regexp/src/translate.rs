//! From Ruby's regexp source to what Oniguruma compiles, and the table of groups.
//!
//! Differences handled: `\u` escapes, high `\x` escapes as raw characters, ASCII-only `\w \d \s` (Oniguruma's are
//! Unicode), the `a`, `d`, `u` options, and escapes that mean nothing in Ruby but something in Oniguruma.
//! Invariant: groups are numbered as Ruby numbers them: named ones only, as soon as there is a name.

use text::Encoding;
use text::encoding::{CharLen, char_len, encode_codepoint_into};

/// Patterns nested deeper are refused, so that the compiler's recursion stays within the native stack.
const MAX_DEPTH: usize = 1000;

/// A translated pattern.
pub(crate) struct Translation {
    pub pattern: Vec<u8>,
    /// Names in order of first appearance, each with its group numbers.
    pub names: Vec<(Vec<u8>, Vec<usize>)>,
    pub groups: usize,
    /// Whether the source names characters outside ASCII and so fixes its encoding.
    pub non_ascii: bool,
    /// Whether `\u` was used for a character outside ASCII, which fixes UTF-8.
    pub unicode_escape: bool,
    /// The bytes to look for when the pattern is nothing but literal characters.
    pub literal: Option<Vec<u8>>,
}

struct Scanner<'a> {
    source: &'a [u8],
    encoding: Encoding,
    position: usize,
    out: Vec<u8>,
    names: Vec<(Vec<u8>, Vec<usize>)>,
    named: usize,
    plain: usize,
    non_ascii: bool,
    unicode_escape: bool,
    literal: Option<Vec<u8>>,
    /// Extended and Unicode-class modes, one frame an open group.
    modes: Vec<Mode>,
    class_depth: usize,
}

#[derive(Clone, Copy)]
struct Mode {
    extended: bool,
    unicode: bool,
}

/// Translates `source`; the error is CRuby's message without the pattern.
pub(crate) fn translate(source: &[u8], encoding: Encoding, extended: bool) -> Result<Translation, String> {
    let mut scanner = Scanner {
        source,
        encoding,
        position: 0,
        out: Vec::with_capacity(source.len()),
        names: Vec::new(),
        named: 0,
        plain: 0,
        non_ascii: false,
        unicode_escape: false,
        literal: (!extended).then(Vec::new),
        modes: vec![Mode { extended, unicode: false }],
        class_depth: 0,
    };
    while scanner.position < source.len() {
        scanner.step()?;
    }
    Ok(Translation {
        pattern: scanner.out,
        groups: if scanner.named > 0 { scanner.named } else { scanner.plain },
        names: scanner.names,
        non_ascii: scanner.non_ascii,
        unicode_escape: scanner.unicode_escape,
        literal: scanner.literal,
    })
}

impl Scanner<'_> {
    fn rest(&self) -> &[u8] {
        &self.source[self.position.min(self.source.len())..]
    }

    fn mode(&self) -> Mode {
        self.modes.last().copied().unwrap_or(Mode { extended: false, unicode: false })
    }

    fn copy(&mut self, len: usize) {
        let end = (self.position + len).min(self.source.len());
        self.out.extend_from_slice(&self.source[self.position..end]);
        self.position = end;
    }

    /// A character that stands for itself.
    fn plain(&mut self, len: usize) {
        if let Some(literal) = &mut self.literal {
            literal.extend_from_slice(&self.source[self.position..self.position + len]);
        }
        self.copy(len);
    }

    fn step(&mut self) -> Result<(), String> {
        let byte = self.source[self.position];
        if byte >= 0x80 || !self.encoding.is_ascii_compatible() {
            let CharLen::Valid(len) = char_len(self.encoding, self.source, self.position) else {
                return Err("invalid multibyte character".to_owned());
            };
            self.non_ascii |= byte >= 0x80 || len > 1;
            self.plain(len);
            return Ok(());
        }
        match byte {
            b'\\' => return self.escape(),
            b'[' => {
                self.literal = None;
                if self.class_depth > 0 && self.rest().starts_with(b"[:") {
                    let end = self.rest().windows(2).position(|pair| pair == b":]");
                    self.copy(end.map_or(1, |end| end + 2));
                    return Ok(());
                }
                self.class_depth += 1;
                if self.class_depth > MAX_DEPTH {
                    return Err("too deep nest level".to_owned());
                }
                self.copy(1);
                if self.rest().starts_with(b"^") {
                    self.copy(1);
                }
                // A bracket right after the opening one is literal when another closes the class.
                if self.rest().starts_with(b"]") && self.rest()[1..].contains(&b']') {
                    self.out.extend_from_slice(b"\\]");
                    self.position += 1;
                }
            }
            b']' if self.class_depth > 0 => {
                self.class_depth -= 1;
                self.copy(1);
            }
            _ if self.class_depth > 0 => self.copy(1),
            b'(' => return self.open_group(),
            b')' => {
                self.literal = None;
                if self.modes.len() > 1 {
                    self.modes.pop();
                }
                self.copy(1);
            }
            b'#' if self.mode().extended => {
                let end = self.rest().iter().position(|&byte| byte == b'\n');
                self.copy(end.map_or(self.rest().len(), |end| end + 1));
            }
            b'.' | b'*' | b'+' | b'?' | b'{' | b'|' | b'^' | b'$' => {
                self.literal = None;
                self.copy(1);
            }
            _ => self.plain(1),
        }
        Ok(())
    }

    fn open_group(&mut self) -> Result<(), String> {
        self.literal = None;
        if self.rest().starts_with(b"(?#") {
            let mut skip = 3;
            while let Some(&byte) = self.rest().get(skip) {
                skip += if byte == b'\\' { 2 } else { 1 };
                if byte == b')' {
                    break;
                }
            }
            self.copy(skip);
            return Ok(());
        }
        if self.modes.len() > MAX_DEPTH {
            return Err("too deep nest level".to_owned());
        }
        let mode = self.mode();
        let rest = self.rest();
        match rest {
            [b'(', b'?', b'<', next, ..] if !matches!(next, b'=' | b'!') => self.name(b'>'),
            [b'(', b'?', b'\'', ..] => self.name(b'\''),
            [b'(', b'?', b'(', ..] => {
                // A condition `(?(1)` or `(?(<name>)` is copied whole; its bracket opens no group.
                let end = rest.iter().position(|&byte| byte == b')').map_or(rest.len(), |end| end + 1);
                self.modes.push(mode);
                self.copy(end);
            }
            [b'(', b'?', b'a'..=b'z' | b'-', ..] => return self.options(),
            [b'(', b'?', ..] => {
                self.modes.push(mode);
                self.copy(2);
            }
            _ => {
                self.plain += 1;
                self.modes.push(mode);
                self.copy(1);
            }
        }
        Ok(())
    }

    /// `(?<name>`: records the name and copies the opening.
    fn name(&mut self, close: u8) {
        let rest = self.rest();
        if let Some(end) = rest[3..].iter().position(|&byte| byte == close) {
            let name = rest[3..3 + end].to_vec();
            self.named += 1;
            match self.names.iter_mut().find(|entry| entry.0 == name) {
                Some(entry) => entry.1.push(self.named),
                None => self.names.push((name, vec![self.named])),
            }
            self.modes.push(self.mode());
            self.copy(end + 4);
        } else {
            self.modes.push(self.mode());
            self.copy(3);
        }
    }

    /// `(?imxadu-imx)` and `(?imxadu-imx:`.
    fn options(&mut self) -> Result<(), String> {
        let rest = self.rest().to_vec();
        let end = rest[2..].iter().position(|byte| matches!(byte, b':' | b')')).map_or(rest.len(), |end| end + 2);
        let letters = &rest[2..end];
        if !letters.iter().all(|letter| b"imxadu-".contains(letter)) || end == rest.len() {
            let known = letters.iter().all(|letter| b"imxadu-".contains(letter));
            return Err(if known { "end pattern in group" } else { "undefined group option" }.to_owned());
        }
        let outer = self.mode();
        let (mut mode, mut on) = (outer, true);
        let mut kept = Vec::new();
        for &letter in letters {
            match letter {
                b'-' => on = false,
                b'x' => mode.extended = on,
                b'u' => mode.unicode = true,
                b'a' | b'd' => mode.unicode = false,
                _ => {}
            }
            if !matches!(letter, b'a' | b'd' | b'u') {
                kept.push(letter);
            }
        }
        if kept == b"-" {
            kept.clear();
        }
        self.position += end + 1;
        self.out.extend_from_slice(b"(?");
        self.out.extend_from_slice(&kept);
        if rest[end] == b':' {
            self.out.push(b':');
            self.modes.push(mode);
        } else {
            if kept.is_empty() {
                self.out.push(b':');
            }
            self.out.push(b')');
            // The option holds to the end of the enclosing group.
            if let Some(current) = self.modes.last_mut() {
                *current = mode;
            }
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
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
            // Letters that Oniguruma gives a meaning and Ruby does not.
            b'y' | b'Y' | b'N' | b'O' => {
                self.literal = None;
                self.out.push(letter);
                self.position += 2;
            }
            b'v' => {
                self.literal = None;
                self.out.extend_from_slice(b"\\x0B");
                self.position += 2;
            }
            _ if letter.is_ascii_alphanumeric() => {
                self.literal = None;
                self.copy(2);
            }
            b'\n' => {
                self.literal = None;
                self.copy(2);
            }
            _ => {
                // Escaped punctuation is itself.
                if let Some(literal) = &mut self.literal {
                    literal.push(letter);
                }
                self.copy(2);
            }
        }
        Ok(())
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
            return Ok(());
        }
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
