//! From Ruby's regexp source to what Oniguruma compiles, and the table of groups.
//!
//! Differences handled: `\u` escapes, high `\x` escapes as raw characters, ASCII-only `\w \d \s` (Oniguruma's are
//! Unicode), the `a`, `d`, `u` options, escapes that mean nothing in Ruby but something in Oniguruma, repeated
//! assertions (`atoms`) and the extent of the absent operator.
//! Invariant: groups are numbered as Ruby numbers them: named ones only, as soon as there is a name.

mod atoms;
mod escape;

use atoms::{Atom, Group, Repeat, Sort};
use text::Encoding;
use text::encoding::{CharLen, char_len};

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
    /// CRuby's warnings about the pattern, without the pattern.
    pub warnings: Vec<String>,
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
    /// The open groups, one more than there are brackets: the first is the pattern.
    groups: Vec<Group>,
    class_depth: usize,
    warnings: Vec<String>,
}

#[derive(Clone, Copy)]
struct Mode {
    extended: bool,
    /// `(?u)`: escapes for classes mean Unicode's.
    unicode: bool,
    /// `(?a)`: so do not even the bracketed ones and the boundaries of words.
    ascii: bool,
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
        modes: vec![Mode { extended, unicode: false, ascii: false }],
        groups: vec![Group::new(Sort::Plain, 0)],
        class_depth: 0,
        warnings: Vec::new(),
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
        warnings: scanner.warnings,
    })
}

impl Scanner<'_> {
    fn rest(&self) -> &[u8] {
        &self.source[self.position.min(self.source.len())..]
    }

    fn mode(&self) -> Mode {
        self.modes.last().copied().unwrap_or(Mode { extended: false, unicode: false, ascii: false })
    }

    fn copy(&mut self, len: usize) {
        let end = (self.position + len).min(self.source.len());
        self.out.extend_from_slice(&self.source[self.position..end]);
        self.position = end;
    }

    /// Notes a part of the pattern, unless it stands in a class.
    fn note(&mut self, atom: Atom) {
        if self.class_depth == 0
            && let Some(group) = self.groups.last_mut()
        {
            group.push(atom);
        }
    }

    fn open(&mut self, sort: Sort, mode: Mode) {
        self.modes.push(mode);
        self.groups.push(Group::new(sort, self.out.len()));
    }

    /// A character that stands for itself.
    fn plain(&mut self, len: usize) {
        if let Some(literal) = &mut self.literal {
            literal.extend_from_slice(&self.source[self.position..self.position + len]);
        }
        self.copy(len);
        self.note(Atom::of_width(Some(1)));
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
            b'[' => return self.open_class(),
            b']' if self.class_depth > 0 => {
                self.class_depth -= 1;
                self.copy(1);
                self.note(Atom::of_width(Some(1)));
            }
            _ if self.class_depth > 0 => self.copy(1),
            b'(' => return self.open_group(),
            b')' => self.close_group(),
            b'#' if self.mode().extended => {
                let end = self.rest().iter().position(|&byte| byte == b'\n');
                self.copy(end.map_or(self.rest().len(), |end| end + 1));
            }
            b' ' | b'\t'..=b'\r' if self.mode().extended => self.copy(1),
            b'*' | b'+' | b'?' | b'{' => self.quantifier(),
            b'|' => {
                self.literal = None;
                self.copy(1);
                if let Some(group) = self.groups.last_mut() {
                    group.end_alternative();
                }
            }
            b'.' | b'^' | b'$' => {
                self.literal = None;
                let start = self.out.len();
                self.copy(1);
                self.note(if byte == b'.' { Atom::of_width(Some(1)) } else { Atom::assertion(start..start + 1) });
            }
            _ => self.plain(1),
        }
        Ok(())
    }

    fn open_class(&mut self) -> Result<(), String> {
        self.literal = None;
        if self.class_depth > 0 && self.rest().starts_with(b"[:") {
            self.bracketed_class();
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
        Ok(())
    }

    /// `[:name:]` in a class.
    fn bracketed_class(&mut self) {
        let end = self.rest().windows(2).position(|pair| pair == b":]").map_or(1, |end| end + 2);
        let text = self.rest()[..end].to_vec();
        let (negated, plain) = match text.strip_prefix(b"[:^") {
            Some(name) => (true, [b"[:", name].concat()),
            None => (false, text.clone()),
        };
        let addition: &[u8] = match plain.as_slice() {
            _ if self.mode().ascii && end > 1 => b"&&\\x00-\\x7F",
            b"[:word:]" => self.joiners(),
            _ => b"",
        };
        if addition.is_empty() {
            self.copy(end);
            return;
        }
        self.out.extend_from_slice(if negated { b"[^" } else { b"[" });
        self.out.extend_from_slice(&plain);
        self.out.extend_from_slice(addition);
        self.out.push(b']');
        self.position += end;
    }

    /// Characters that join words in Ruby and not in the engine: U+200C and U+200D.
    fn joiners(&self) -> &'static [u8] {
        if self.encoding == Encoding::UTF_8 { "\u{200C}\u{200D}".as_bytes() } else { b"" }
    }

    fn close_group(&mut self) {
        self.literal = None;
        if self.modes.len() > 1 {
            self.modes.pop();
        }
        self.copy(1);
        if self.groups.len() < 2 {
            return;
        }
        let Some(group) = self.groups.pop() else { return };
        if let (Sort::Absent, Some(width)) = (group.sort, group.total_width()) {
            self.absent(group.start, width);
        }
        let atom = group.into_atom(self.out.len());
        self.note(atom);
    }

    /// `(?~text)` of a text of so many characters, captures aside: what comes before the first place where it stands, and all but
    /// the last of its own characters. The engine's operator stops before it.
    fn absent(&mut self, start: usize, width: usize) {
        let Some(text) = self.out.get(start + 3..self.out.len().saturating_sub(1)).map(<[u8]>::to_vec) else { return };
        if width == 0 {
            return;
        }
        self.out.truncate(start);
        for part in [b"(?:(?:(?!", &text[..], b")(?m:.))*"] {
            self.out.extend_from_slice(part);
        }
        if width > 1 {
            for part in [b"(?:(?=", &text[..], format!(")(?m:.){{1,{}}})?", width - 1).as_bytes()] {
                self.out.extend_from_slice(part);
            }
        }
        self.out.push(b')');
    }

    /// Repeats the last part, or copies what only looks like an interval.
    fn quantifier(&mut self) {
        let Some((len, least, most)) = self.bounds() else { return self.plain(1) };
        self.literal = None;
        let is_interval = self.source[self.position] == b'{';
        let next = self.source.get(self.position + len);
        let lazy = next == Some(&b'?') && !(is_interval && most == Some(least));
        let possessive = next == Some(&b'+') && !is_interval;
        let repeat = Repeat::of_bounds(least, most, lazy).filter(|_| !possessive);
        if let Some(group) = self.groups.last_mut() {
            let (places, warning) = group.repeat(repeat);
            for place in places {
                self.out.insert(place.end, b')');
                self.out.splice(place.start..place.start, *b"(?>");
            }
            self.warnings.extend(warning);
        }
        self.copy(len + usize::from(lazy || possessive));
    }

    /// Length and bounds of the operator that stands here.
    fn bounds(&self) -> Option<(usize, u32, Option<u32>)> {
        let rest = self.rest();
        match rest.first()? {
            b'*' => return Some((1, 0, None)),
            b'+' => return Some((1, 1, None)),
            b'?' => return Some((1, 0, Some(1))),
            _ => {}
        }
        let body = rest.get(1..rest.iter().position(|&byte| byte == b'}')?)?;
        let text = std::str::from_utf8(body).ok()?;
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok())?;
        let (least, most) = match text.split_once(',') {
            None => (number(text)?, Some(number(text)?)),
            Some(("", most)) => (0, Some(number(most)?)),
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        Some((body.len() + 2, least, most))
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
                if !matches!(rest.get(3), Some(b'0'..=b'9' | b'+' | b'-' | b'<' | b'\'')) {
                    return Err("invalid conditional pattern".to_owned());
                }
                let end = rest.iter().position(|&byte| byte == b')').map_or(rest.len(), |end| end + 1);
                self.open(Sort::Closed, mode);
                self.copy(end);
            }
            [b'(', b'?', b'a'..=b'z' | b'-', ..] => return self.options(),
            [b'(', b'?', next, ..] => {
                let sort = match next {
                    b':' => Sort::Plain,
                    b'=' | b'!' | b'<' => Sort::Assertion,
                    b'~' => Sort::Absent,
                    _ => Sort::Closed,
                };
                self.open(sort, mode);
                self.copy(if sort == Sort::Closed { 2 } else { 3 });
            }
            _ => {
                self.plain += 1;
                self.open(Sort::Closed, mode);
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
            self.open(Sort::Closed, self.mode());
            self.copy(3);
            self.put_name(end);
            self.copy(1);
        } else {
            self.open(Sort::Closed, self.mode());
            self.copy(3);
        }
    }

    /// Copies a name of so many bytes. Ruby allows names that the engine refuses: another one stands for such.
    fn put_name(&mut self, length: usize) {
        match stand_in(&self.rest()[..length]) {
            Some(name) => {
                self.out.extend_from_slice(&name);
                self.position += length;
            }
            None => self.copy(length),
        }
    }

    /// `\k<name>` and `\g<name>` of a name that another one stands for; else nothing.
    fn named_call(&mut self) -> bool {
        let rest = self.rest();
        let close = match rest.get(2) {
            Some(b'<') => b'>',
            Some(b'\'') => b'\'',
            _ => return false,
        };
        let Some(end) = rest[3..].iter().position(|&byte| byte == close) else { return false };
        let name = &rest[3..3 + end];
        // In a back-reference a sign begins the level.
        let has_level = rest[1] == b'k' && name.iter().any(|byte| matches!(byte, b'+' | b'-'));
        if self.class_depth > 0 || has_level || stand_in(name).is_none() || !self.names.iter().any(|entry| entry.0 == name) {
            return false;
        }
        self.literal = None;
        self.copy(3);
        self.put_name(end);
        self.copy(1);
        self.note(Atom::of_width(None));
        true
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
                b'a' | b'd' | b'u' if !on => return Err("undefined group option".to_owned()),
                b'a' | b'd' | b'u' => (mode.unicode, mode.ascii) = (letter == b'u', letter == b'a'),
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
        if rest[end] == b':' {
            self.open(if kept.is_empty() { Sort::Plain } else { Sort::Closed }, mode);
        } else if let Some(group) = self.groups.last_mut() {
            group.close_rest();
        }
        self.out.extend_from_slice(b"(?");
        self.out.extend_from_slice(&kept);
        if rest[end] == b':' {
            self.out.push(b':');
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
}

/// The name that stands for one with characters that the engine allows in none.
fn stand_in(name: &[u8]) -> Option<Vec<u8>> {
    let is_odd = |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'_';
    let may_begin = !matches!(name.first(), None | Some(b'0'..=b'9' | b'-'));
    if !may_begin || name.contains(&b')') || !name.iter().any(is_odd) {
        return None;
    }
    let digits: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("_{digits}_").into_bytes())
}
