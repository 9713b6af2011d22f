//! Reads a Ruby pattern; gives up at whatever the two engines might take differently.
//!
//! Left out on purpose: look-around, atomic groups, back-references, calls, conditions, `\G`, `\K`, `\R`, `\X`, `\Z`, quantifiers
//! upon quantifiers. Where a loop ends whose body may be empty differs, and so do what is captured and which of several ends is
//! taken, but not whether and where a match begins: such a pattern is not exact.

use regex_syntax::hir::{Capture, Class, ClassUnicode, Dot, Hir, HirKind, Look, Repetition};

use super::class;
use crate::regex::Options;

/// Groups and classes nested deeper stay with the other engine.
const MAX_DEPTH: usize = 100;

/// Larger counts make large programs.
const MAX_COUNT: u32 = 1000;

/// A pattern that was read.
pub(crate) struct Parsed {
    pub hir: Hir,
    pub is_exact: bool,
    pub is_ascii_only: bool,
    pub may_begin_last_line: bool,
}

/// The options that hold at a place of the pattern.
#[derive(Clone, Copy)]
pub(super) struct Mode {
    pub ignorecase: bool,
    extended: bool,
    multiline: bool,
}

/// Where reading stands.
pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    has_names: bool,
    groups: u32,
    is_exact: bool,
    pub is_ascii_only: bool,
}

impl Parsed {
    /// Reads a pattern in UTF-8; None where the engines might differ. With names, other groups take no part.
    pub fn new(source: &[u8], options: Options, has_names: bool) -> Option<Parsed> {
        let mode = Mode { ignorecase: options.ignorecase, extended: options.extended, multiline: options.multiline };
        let text = std::str::from_utf8(source).ok()?;
        let mut parser = Parser { text, at: 0, depth: 0, has_names, groups: 0, is_exact: true, is_ascii_only: false };
        let hir = parser.alternatives(mode)?;
        if !parser.rest().is_empty() {
            return None;
        }
        let may_begin_last_line = begins_line_at_end(&hir, false);
        Some(Parsed { hir, is_exact: parser.is_exact, is_ascii_only: parser.is_ascii_only, may_begin_last_line })
    }
}

/// Has it a `^` with nothing behind it that must be some character? `consumes` says so of what comes behind all of it.
fn begins_line_at_end(hir: &Hir, consumes: bool) -> bool {
    match hir.kind() {
        HirKind::Look(look) => *look == Look::StartLF && !consumes,
        HirKind::Capture(capture) => begins_line_at_end(&capture.sub, consumes),
        HirKind::Repetition(repetition) => begins_line_at_end(&repetition.sub, consumes),
        HirKind::Alternation(parts) => parts.iter().any(|part| begins_line_at_end(part, consumes)),
        HirKind::Concat(parts) => parts
            .iter()
            .rev()
            .scan(consumes, |consumes, part| {
                let found = begins_line_at_end(part, *consumes);
                *consumes |= !may_be_empty(part);
                Some(found)
            })
            .any(|found| found),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) => false,
    }
}

fn may_be_empty(hir: &Hir) -> bool {
    hir.properties().minimum_len().is_none_or(|length| length == 0)
}

fn of_char(char: char) -> Hir {
    Hir::literal(char.encode_utf8(&mut [0; 4]).as_bytes())
}

fn of_class(class: ClassUnicode) -> Hir {
    Hir::class(Class::Unicode(class))
}

impl<'a> Parser<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let char = self.rest().chars().next()?;
        self.at += char.len_utf8();
        Some(char)
    }

    pub(super) fn take_if(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    pub(super) fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Everything up to the end of the group or of the pattern.
    fn alternatives(&mut self, mode: Mode) -> Option<Hir> {
        self.enter()?;
        let mut parts = vec![self.sequence(mode)?];
        while self.take_if("|") {
            parts.push(self.sequence(mode)?);
        }
        self.leave();
        Some(Hir::alternation(parts))
    }

    fn sequence(&mut self, mode: Mode) -> Option<Hir> {
        let mut parts = Vec::new();
        loop {
            self.skip_space(mode);
            if matches!(self.rest().chars().next(), None | Some('|' | ')')) {
                return Some(Hir::concat(parts));
            }
            if let Some(changed) = self.isolated_options(mode) {
                // They hold to the end of the group, alternatives and all.
                parts.push(self.alternatives(changed)?);
                continue;
            }
            let atom = self.atom(mode)?;
            parts.push(self.quantified(atom, mode)?);
        }
    }

    /// In extended mode spaces and comments mean nothing.
    fn skip_space(&mut self, mode: Mode) {
        if !mode.extended {
            return;
        }
        loop {
            let rest = self.rest();
            match rest.chars().next() {
                Some(' ' | '\t'..='\r') => self.advance(1),
                Some('#') => self.advance(rest.find('\n').map_or(rest.len(), |end| end + 1)),
                _ => return,
            }
        }
    }

    fn atom(&mut self, mode: Mode) -> Option<Hir> {
        match self.next()? {
            '(' => self.group(mode),
            '[' => self.class(mode).map(of_class),
            '.' => Some(Hir::dot(if mode.multiline { Dot::AnyChar } else { Dot::AnyCharExceptLF })),
            '^' => Some(Hir::look(Look::StartLF)),
            '$' => Some(Hir::look(Look::EndLF)),
            '\\' => self.escape(mode),
            '*' | '+' | '?' => None,
            '{' if bounds(&self.text[self.at - 1..]).is_some() => None,
            char => self.literal(char, mode),
        }
    }

    fn literal(&mut self, char: char, mode: Mode) -> Option<Hir> {
        if !mode.ignorecase {
            return Some(of_char(char));
        }
        self.is_ascii_only = true;
        let mut both = class::set(&[(char, char)]);
        class::fold_ascii(&mut both);
        match char {
            _ if char.is_ascii() => Some(of_class(both)),
            // A letter whose other case is not in ASCII either.
            'À'..='Þ' | 'à'..='þ' => Some(Hir::fail()),
            _ => None,
        }
    }

    fn escape(&mut self, mode: Mode) -> Option<Hir> {
        let letter = self.next()?;
        if let Some(set) = class::of_escape(letter) {
            return Some(of_class(set));
        }
        match letter {
            'A' => Some(Hir::look(Look::Start)),
            'z' => Some(Hir::look(Look::End)),
            'b' | 'B' => {
                self.is_ascii_only = true;
                Some(Hir::look(if letter == 'b' { Look::WordAscii } else { Look::WordAsciiNegate }))
            }
            'p' | 'P' => self.property(letter == 'P', mode).map(of_class),
            _ => {
                let char = self.escaped_char(letter)?;
                self.literal(char, mode)
            }
        }
    }

    /// The character that an escape stands for; its letter is read.
    pub(super) fn escaped_char(&mut self, letter: char) -> Option<char> {
        match letter {
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'f' => Some('\x0c'),
            'v' => Some('\x0b'),
            'a' => Some('\x07'),
            'e' => Some('\x1b'),
            'x' => self.number(2).filter(char::is_ascii),
            'u' => self.number(4),
            _ => (letter.is_ascii_punctuation() || letter == ' ').then_some(letter),
        }
    }

    /// A character by so many hexadecimal digits.
    fn number(&mut self, digits: usize) -> Option<char> {
        let text = self.rest().get(..digits)?;
        let value = u32::from_str_radix(text, 16).ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        self.advance(digits);
        char::from_u32(value)
    }

    fn group(&mut self, mode: Mode) -> Option<Hir> {
        let (captures, inner) = match self.rest().strip_prefix('?') {
            None => (!self.has_names, mode),
            Some(rest) if rest.starts_with(':') => {
                self.advance(2);
                (false, mode)
            }
            Some(rest) if rest.starts_with('<') || rest.starts_with('\'') => {
                self.name()?;
                (true, mode)
            }
            Some(_) => (false, self.options(mode, ':')?),
        };
        if captures {
            self.groups += 1;
        }
        let index = self.groups;
        let sub = Box::new(self.alternatives(inner)?);
        self.take_if(")").then_some(())?;
        Some(if captures { Hir::capture(Capture { index, name: None, sub }) } else { *sub })
    }

    /// `?<name>` or `?'name'`.
    fn name(&mut self) -> Option<()> {
        let close = if self.rest().starts_with("?<") { '>' } else { '\'' };
        let name = &self.rest()[2..];
        let length = name.find(close)?;
        name.starts_with(|first: char| first.is_alphabetic() || first == '_').then_some(())?;
        self.advance(2 + length + 1);
        Some(())
    }

    /// `(?imx-imx)`, if it stands here.
    fn isolated_options(&mut self, mode: Mode) -> Option<Mode> {
        let before = self.at;
        let changed = if self.take_if("(") { self.options(mode, ')') } else { None };
        if changed.is_none() {
            self.at = before;
        }
        changed
    }

    /// `?imx-imx` and what ends it.
    fn options(&mut self, mut mode: Mode, end: char) -> Option<Mode> {
        self.take_if("?").then_some(())?;
        let mut on = true;
        loop {
            match self.next()? {
                'i' => mode.ignorecase = on,
                'm' => mode.multiline = on,
                'x' => mode.extended = on,
                '-' if on => on = false,
                other => return (other == end).then_some(mode),
            }
        }
    }

    /// The atom with the quantifier behind it, if there is one.
    fn quantified(&mut self, atom: Hir, mode: Mode) -> Option<Hir> {
        self.skip_space(mode);
        let Some((length, min, max)) = bounds(self.rest()) else { return Some(atom) };
        let is_interval = self.rest().starts_with('{');
        self.advance(length);
        let lazy = self.take_if("?");
        self.skip_space(mode);
        let is_fixed = is_interval && lazy && max == Some(min);
        if is_fixed || self.rest().starts_with('+') || bounds(self.rest()).is_some() {
            return None;
        }
        let is_sound = max.is_none_or(|max| max >= min && (1..=MAX_COUNT).contains(&max)) && min <= MAX_COUNT;
        if !is_sound {
            return None;
        }
        self.is_exact &= max == Some(1) || !may_be_empty(&atom);
        Some(Hir::repetition(Repetition { min, max, greedy: !lazy, sub: Box::new(atom) }))
    }
}

/// Length and bounds of the quantifier at the start of the text.
fn bounds(text: &str) -> Option<(usize, u32, Option<u32>)> {
    match text.chars().next()? {
        '*' => return Some((1, 0, None)),
        '+' => return Some((1, 1, None)),
        '?' => return Some((1, 0, Some(1))),
        '{' => {}
        _ => return None,
    }
    let end = text.find('}')?;
    let body = &text[1..end];
    let number = |digits: &str| digits.parse::<u32>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let (min, max) = match body.split_once(',') {
        None => (number(body)?, Some(number(body)?)),
        Some(("", max)) => (0, Some(number(max)?)),
        Some((min, "")) => (number(min)?, None),
        Some((min, max)) => (number(min)?, Some(number(max)?)),
    };
    Some((end + 1, min, max))
}
