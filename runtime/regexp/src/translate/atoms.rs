//! What a quantifier repeats: the parts of a pattern while it is translated.
//!
//! Ruby repeats anchors and look-arounds, the engine refuses to; inside an atomic group, which changes nothing about them, it does not.
//! Source: CRuby 4.0 behaviour.

use std::ops::Range;

/// How often a part is repeated, as far as nested operators are told about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Repeat {
    Optional,
    Star,
    Plus,
    LazyOptional,
    LazyStar,
    LazyPlus,
}

/// What becomes of an operator on top of another one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nested {
    /// Nothing: the engine keeps both.
    Kept,
    /// The outer one says nothing new.
    Redundant,
    /// One operator that means both.
    Becomes(&'static str),
}

impl Repeat {
    pub(super) fn of_bounds(least: u32, most: Option<u32>, lazy: bool) -> Option<Repeat> {
        Some(match (least, most, lazy) {
            (0, Some(1), false) => Repeat::Optional,
            (0, None, false) => Repeat::Star,
            (1, None, false) => Repeat::Plus,
            (0, Some(1), true) => Repeat::LazyOptional,
            (0, None, true) => Repeat::LazyStar,
            (1, None, true) => Repeat::LazyPlus,
            _ => return None,
        })
    }

    fn text(self) -> &'static str {
        match self {
            Repeat::Optional => "?",
            Repeat::Star => "*",
            Repeat::Plus => "+",
            Repeat::LazyOptional => "??",
            Repeat::LazyStar => "*?",
            Repeat::LazyPlus => "+?",
        }
    }

    fn with_outer(self, outer: Repeat) -> Nested {
        use Repeat::{LazyOptional, LazyPlus, LazyStar, Optional, Plus, Star};
        match (self, outer) {
            (Optional, LazyPlus) | (Plus, LazyOptional) | (LazyPlus, Optional | Star | Plus) => Nested::Kept,
            (Optional, Star | Plus) | (Plus, Optional | Star) => Nested::Becomes("*"),
            (Optional, LazyOptional) => Nested::Becomes("??"),
            (Optional | LazyPlus, LazyStar) | (LazyOptional, Star | Plus | LazyStar | LazyPlus) | (LazyPlus, LazyOptional) => Nested::Becomes("*?"),
            (Star, LazyOptional | LazyStar) | (Plus, LazyStar) => Nested::Becomes("+ and ??"),
            (Optional, Optional)
            | (Star, _)
            | (Plus, Plus | LazyPlus)
            | (LazyOptional, Optional | LazyOptional)
            | (LazyStar, _)
            | (LazyPlus, LazyPlus) => Nested::Redundant,
        }
    }

    /// CRuby's warning about `self` repeated by `outer`, and what both are together.
    pub(super) fn nest(self, outer: Repeat) -> (Option<String>, Option<Repeat>) {
        match self.with_outer(outer) {
            Nested::Kept => (None, None),
            Nested::Redundant => (Some(format!("regular expression has redundant nested repeat operator '{}'", self.text())), Some(self)),
            Nested::Becomes(text) => {
                let warning =
                    format!("nested repeat operator '{}' and '{}' was replaced with '{text}' in regular expression", self.text(), outer.text());
                let together = [Repeat::Optional, Repeat::Star, Repeat::Plus, Repeat::LazyOptional, Repeat::LazyStar]
                    .into_iter()
                    .find(|repeat| repeat.text() == text);
                (Some(warning), together)
            }
        }
    }
}

/// What a group is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// `(?:`: its content may itself be what is repeated.
    Plain,
    /// Captures, atomic groups, conditions, groups with options: the engine repeats them whatever they hold.
    Closed,
    /// Look-around.
    Assertion,
    /// `(?~`
    Absent,
}

/// One part of a pattern, as it stands in the translation.
#[derive(Clone, Default)]
pub(super) struct Atom {
    /// The assertions that keep the engine from repeating it.
    assertions: Vec<Range<usize>>,
    /// The operator that it ends with.
    repeat: Option<Repeat>,
    /// Number of characters that it matches, if that is one number and it captures nothing.
    width: Option<usize>,
}

impl Atom {
    /// Something of so many characters.
    pub(super) fn of_width(width: Option<usize>) -> Atom {
        Atom { width, ..Atom::default() }
    }

    /// An anchor or look-around that stands in the given place.
    pub(super) fn assertion(place: Range<usize>) -> Atom {
        Atom { assertions: vec![place], repeat: None, width: Some(0) }
    }
}

/// A group that is open, or the pattern itself.
pub(super) struct Group {
    pub(super) sort: Sort,
    /// Where it starts in the translation.
    pub(super) start: usize,
    /// Parts of the current alternative, and the last of them.
    parts: usize,
    last: Option<Atom>,
    width: Option<usize>,
    /// Alternatives before the current one: their number, the assertions that are all of one, the width they share.
    alternatives: usize,
    assertions: Vec<Range<usize>>,
    shared_width: Option<usize>,
}

impl Group {
    pub(super) fn new(sort: Sort, start: usize) -> Group {
        Group { sort, start, parts: 0, last: None, width: Some(0), alternatives: 0, assertions: Vec::new(), shared_width: None }
    }

    /// Adds a part to the current alternative.
    pub(super) fn push(&mut self, atom: Atom) {
        self.parts += 1;
        self.width = self.width.zip(atom.width).map(|(before, width)| before + width);
        self.last = Some(atom);
    }

    /// The rest of the group is something that the engine repeats.
    pub(super) fn close_rest(&mut self) {
        self.parts += 2;
        self.width = None;
        self.last = None;
    }

    /// `|`
    pub(super) fn end_alternative(&mut self) {
        if self.parts == 1 {
            self.assertions.extend(self.last.take().into_iter().flat_map(|atom| atom.assertions));
        }
        self.shared_width = if self.alternatives == 0 { self.width } else { self.shared_width.filter(|_| self.shared_width == self.width) };
        self.alternatives += 1;
        (self.parts, self.last, self.width) = (0, None, Some(0));
    }

    /// What the closed group is for the one around it. `end` is where it ends in the translation.
    pub(super) fn into_atom(mut self, end: usize) -> Atom {
        let repeat = self.last.as_ref().filter(|_| self.parts == 1 && self.alternatives == 0).and_then(|atom| atom.repeat);
        self.end_alternative();
        match self.sort {
            Sort::Plain => Atom { assertions: self.assertions, repeat, width: self.shared_width },
            Sort::Assertion => Atom::assertion(self.start..end),
            Sort::Closed | Sort::Absent => Atom::default(),
        }
    }

    /// Width of the whole group, which is about to be closed.
    pub(super) fn total_width(&self) -> Option<usize> {
        self.width.filter(|_| self.alternatives == 0 || self.shared_width == self.width)
    }

    /// Repeats the last part: gives the places to put into atomic groups, last one first, and CRuby's warning.
    pub(super) fn repeat(&mut self, repeat: Option<Repeat>) -> (Vec<Range<usize>>, Option<String>) {
        self.width = None;
        let Some(last) = &mut self.last else { return (Vec::new(), None) };
        let mut places = std::mem::take(&mut last.assertions);
        places.reverse();
        let (warning, together) = match (last.repeat, repeat) {
            (Some(inner), Some(outer)) => inner.nest(outer),
            _ => (None, repeat),
        };
        (last.repeat, last.width) = (together, None);
        (places, warning)
    }
}
