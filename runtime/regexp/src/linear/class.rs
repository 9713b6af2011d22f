//! Character classes: brackets, ranges, set operations, names.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::pattern::{Mode, Parser};

/// An item between brackets.
enum Item {
    Char(char),
    Set(ClassUnicode),
}

/// A set of ranges.
pub(super) fn set(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|&(start, end)| ClassUnicodeRange::new(start, end)))
}

/// The set, or what is not in it.
fn negated_if(negated: bool, mut set: ClassUnicode) -> ClassUnicode {
    if negated {
        set.negate();
    }
    set
}

/// The set of an escape as `\d`; None for other letters.
pub(super) fn of_escape(letter: char) -> Option<ClassUnicode> {
    let ranges: &[(char, char)] = match letter.to_ascii_lowercase() {
        'd' => &[('0', '9')],
        'h' => &[('0', '9'), ('a', 'f'), ('A', 'F')],
        's' => &[('\t', '\r'), (' ', ' ')],
        'w' => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        _ => return None,
    };
    Some(negated_if(letter.is_ascii_uppercase(), set(ranges)))
}

/// The ASCII part of a class with a name.
fn named(name: &str) -> Option<ClassUnicode> {
    Some(set(match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        "xdigit" => &[('0', '9'), ('a', 'f'), ('A', 'F')],
        _ => return None,
    }))
}

/// Adds the other case of each ASCII letter.
pub(super) fn fold_ascii(set: &mut ClassUnicode) {
    let letters = |first: char, last: char| ClassUnicode::new([ClassUnicodeRange::new(first, last)]);
    for (from, to, distance) in [(letters('a', 'z'), 'A', 'a'), (letters('A', 'Z'), 'a', 'A')] {
        let mut part = set.clone();
        part.intersect(&from);
        let shift = |letter: char| char::from(letter as u8 - distance as u8 + to as u8);
        let ranges: Vec<_> = part.iter().map(|range| ClassUnicodeRange::new(shift(range.start()), shift(range.end()))).collect();
        set.union(&ClassUnicode::new(ranges));
    }
}

impl Parser<'_> {
    /// What stands between brackets; the opening one is read.
    pub(super) fn class(&mut self, mode: Mode) -> Option<ClassUnicode> {
        let negated = self.take_if("^");
        // A bracket that comes first is sometimes a character and sometimes an end.
        if self.rest().starts_with(']') {
            return None;
        }
        let mut left: Option<ClassUnicode> = None;
        let mut current = ClassUnicode::empty();
        loop {
            if self.take_if("]") {
                break;
            }
            if self.take_if("&&") {
                let mut before = std::mem::replace(&mut current, ClassUnicode::empty());
                if let Some(left) = &left {
                    before.intersect(left);
                }
                left = Some(before);
                continue;
            }
            current.union(&self.part(mode)?);
        }
        if let Some(left) = left {
            if mode.ignorecase {
                return None;
            }
            current.intersect(&left);
        }
        if mode.ignorecase {
            self.is_ascii_only = true;
            fold_ascii(&mut current);
        }
        Some(negated_if(negated, current))
    }

    /// One character, range, nested class or name.
    fn part(&mut self, mode: Mode) -> Option<ClassUnicode> {
        let first = match self.item(mode)? {
            Item::Set(set) => return (!self.rest().starts_with('-') || self.rest().starts_with("-]")).then_some(set),
            Item::Char(first) => first,
        };
        if !self.rest().starts_with('-') || self.rest().starts_with("-]") {
            return Some(set(&[(first, first)]));
        }
        self.take_if("-");
        let Item::Char(last) = self.item(mode)? else { return None };
        let ends_here = !self.rest().starts_with('-') || self.rest().starts_with("-]");
        (first <= last && first != '-' && last != '-' && ends_here).then(|| set(&[(first, last)]))
    }

    fn item(&mut self, mode: Mode) -> Option<Item> {
        if self.rest().starts_with("[:") {
            return self.bracketed(mode).map(Item::Set);
        }
        match self.next()? {
            '[' if mode.ignorecase && self.rest().starts_with('^') => None,
            '[' => {
                self.enter()?;
                let inner = self.class(mode);
                self.leave();
                inner.map(Item::Set)
            }
            '\\' => self.class_escape(mode),
            char => Some(Item::Char(char)),
        }
    }

    fn class_escape(&mut self, mode: Mode) -> Option<Item> {
        let letter = self.next()?;
        if let Some(set) = of_escape(letter) {
            return Some(Item::Set(set));
        }
        match letter {
            'p' | 'P' => self.property(letter == 'P', mode).map(Item::Set),
            'b' => Some(Item::Char('\x08')),
            _ => self.escaped_char(letter).map(Item::Char),
        }
    }

    /// `[:name:]` or `[:^name:]`: beyond ASCII only the other engine knows what it has.
    fn bracketed(&mut self, mode: Mode) -> Option<ClassUnicode> {
        self.take_if("[:");
        let negated = self.take_if("^");
        let end = self.rest().find(":]")?;
        let name = &self.rest()[..end];
        self.advance(end + 2);
        self.of_name(name, negated, mode)
    }

    /// `{name}` or `{^name}` behind `\p`; what is punctuation depends on the way of writing it.
    pub(super) fn property(&mut self, is_opposite: bool, mode: Mode) -> Option<ClassUnicode> {
        self.take_if("{").then_some(())?;
        let negated = self.take_if("^") != is_opposite;
        let end = self.rest().find('}')?;
        let name = self.rest()[..end].to_ascii_lowercase();
        self.advance(end + 1);
        if name == "punct" { None } else { self.of_name(&name, negated, mode) }
    }

    fn of_name(&mut self, name: &str, negated: bool, mode: Mode) -> Option<ClassUnicode> {
        self.is_ascii_only = true;
        let has_case = mode.ignorecase && matches!(name, "upper" | "lower");
        if has_case { None } else { named(name).map(|set| negated_if(negated, set)) }
    }
}
