//! A second engine for patterns without backtracking features: its time is linear in the text, whatever the pattern.
//!
//! Invariant: it finds what the backtracking engine finds, captures included, or (where it is not exact) the same place to begin
//! at. So `pattern` takes only what both read alike, and `suits` says for which texts that holds.

mod class;
mod pattern;

pub(crate) use pattern::Parsed;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use regex_automata::meta::{Config, Regex};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::{Anchored, Input};
use text::CodeRange;

use crate::regex::Captures;

/// Bytes that a program may take, so that counted repetitions of counted repetitions stay with the other engine.
const PROGRAM_LIMIT: usize = 128 << 10;

/// Groups whose places fit on the stack during a search, the whole match included.
const SMALL_GROUPS: usize = 16;

/// What searches of the other engine may cost, in bytes of text, before a program is made.
const PATIENCE: usize = 32 << 10;

/// What a search costs besides its text.
const COST_OF_SEARCH: usize = 64;

/// The program of a pattern, which is made once it is worth while.
#[derive(Default)]
pub(crate) struct Later {
    work: AtomicUsize,
    is_asked_first: OnceLock<bool>,
    program: OnceLock<Option<Box<Linear>>>,
}

impl Later {
    /// Is the program asked before the other engine is? That one does not count, and sometimes does not end, loops whose body may
    /// be empty.
    pub fn is_asked_first(&self, parse: impl FnOnce() -> Option<Parsed>) -> bool {
        *self.is_asked_first.get_or_init(|| parse().is_some_and(|parsed| !parsed.is_exact))
    }

    /// Is it known that there is none?
    pub fn is_none(&self) -> bool {
        self.program.get().is_some_and(Option::is_none)
    }

    /// The program after a search of so many bytes more, if there is one by then.
    pub fn after(&self, bytes: usize, make: impl FnOnce() -> Option<Linear>) -> Option<&Linear> {
        if let Some(made) = self.program.get() {
            return made.as_deref();
        }
        let cost = COST_OF_SEARCH.saturating_add(bytes);
        let before = self.work.fetch_add(cost, Ordering::Relaxed);
        if before.saturating_add(cost) < PATIENCE { None } else { self.now(make) }
    }

    /// The program, made now if need be.
    pub fn now(&self, make: impl FnOnce() -> Option<Linear>) -> Option<&Linear> {
        self.program.get_or_init(|| make().map(Box::new)).as_deref()
    }
}

/// A pattern compiled for linear matching.
pub(crate) struct Linear {
    regex: Regex,
    /// Does it tell the ends and captures of a match, and not only where it begins?
    pub is_exact: bool,
    /// What the pattern means beyond ASCII is known to the other engine only.
    is_ascii_only: bool,
    /// A `^` of it may stand behind the last newline, where Ruby sees no line.
    may_begin_last_line: bool,
}

impl Linear {
    /// The program of a pattern; None where it would be too large.
    pub fn new(parsed: &Parsed) -> Option<Linear> {
        let config = Config::new().nfa_size_limit(Some(PROGRAM_LIMIT)).onepass_size_limit(Some(PROGRAM_LIMIT));
        let regex = Regex::builder().configure(config).build_from_hir(&parsed.hir).ok()?;
        let Parsed { is_exact, is_ascii_only, may_begin_last_line, .. } = *parsed;
        Some(Linear { regex, is_exact, is_ascii_only, may_begin_last_line })
    }

    /// Does it find in this text, which is UTF-8 or ASCII, what the other engine finds?
    pub fn suits(&self, bytes: &[u8], range: CodeRange) -> bool {
        (range == CodeRange::SevenBit || !self.is_ascii_only) && !(self.may_begin_last_line && bytes.ends_with(b"\n"))
    }

    /// Is there no group beside the whole match?
    pub fn has_one_group(&self) -> bool {
        self.regex.captures_len() == 1
    }

    /// The first match that starts at `from` or, unless it is anchored there, behind it.
    pub fn search(&self, bytes: &[u8], from: usize, anchored: Anchored) -> Option<Captures> {
        let input = Input::new(bytes).range(from..).anchored(anchored);
        let count = self.regex.captures_len();
        if count == 1 {
            return self.regex.search(&input).map(|found| Captures::of_range(found.start(), found.end()));
        }
        let (mut few, mut many) = ([None; 2 * SMALL_GROUPS], Vec::new());
        let slots = match few.get_mut(..2 * count) {
            Some(slots) => slots,
            None => {
                many.resize(2 * count, None);
                &mut many[..]
            }
        };
        self.regex.search_slots(&input, slots)?;
        let place = |slot: Option<NonMaxUsize>| slot.map(NonMaxUsize::get);
        Some(Captures::of_groups(slots.chunks_exact(2).map(|pair| place(pair[0]).zip(place(pair[1]))).collect()))
    }

    /// Where the first match begins.
    pub fn start(&self, bytes: &[u8], from: usize, anchored: Anchored) -> Option<usize> {
        self.regex.search(&Input::new(bytes).range(from..).anchored(anchored)).map(|found| found.start())
    }

    /// Is there a match at or behind `from`?
    pub fn is_match(&self, bytes: &[u8], from: usize) -> bool {
        self.regex.is_match(Input::new(bytes).range(from..))
    }
}
