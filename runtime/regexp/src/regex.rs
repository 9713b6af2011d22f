//! The compiled regexp: one program a target encoding, search, match and captures.
//!
//! Invariant: a program only ever sees a string of its own encoding whose bytes are well-formed.
//! Source: CRuby 4.0 behaviour (`rb_reg_prepare_enc`); engine Oniguruma.

use std::sync::{Arc, Mutex, PoisonError};

use memchr::memmem::Finder;
use onig::{EncodedBytes, MatchParam, RegexOptions, Region, SearchOptions, Syntax};
use regex_automata::Anchored;
use text::{CodeRange, Encoding};

use crate::encodings::onig_encoding;
use crate::error::RegexError;
use crate::linear::{Later, Linear, Parsed};
use crate::source;
use crate::translate::{Translation, translate};

/// Backtracking entries a match may keep on its heap-allocated stack.
const MATCH_STACK_LIMIT: u32 = 20_000_000;

/// In longer texts the linear engine finds the place only, since it takes long for the groups of long matches.
const LONG_TEXT: usize = 64 << 10;

/// How many paths a match may try before it asks whether to go on (`RegexError::Impatient`): the engine itself cannot be
/// interrupted. Each attempt begins anew and may take several times as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Retries(u32);

impl Retries {
    /// Where another engine may help: a millisecond.
    const FEW: Retries = Retries(50_000);

    /// Of the first attempt: less than a tenth of a second.
    pub const FIRST: Retries = Retries(5_000_000);

    /// Of the next attempt; 0, without an end, where the engine counts no further.
    pub fn more(self) -> Retries {
        Retries(self.0.checked_mul(4).unwrap_or(0))
    }

    /// So many times as much, with an end.
    pub fn times(self, factor: f64) -> Retries {
        Retries((f64::from(self.0) * factor).clamp(1.0, f64::from(u32::MAX)) as u32)
    }
}

/// The options of a regexp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// `i`
    pub ignorecase: bool,
    /// `x`
    pub extended: bool,
    /// `m`
    pub multiline: bool,
    /// The encoding was given by `u`, `e`, `s` (or `Regexp::FIXEDENCODING`).
    pub fixed_encoding: bool,
    /// `n`
    pub no_encoding: bool,
}

impl Options {
    /// From the `Regexp` constants' bits (IGNORECASE 1, EXTENDED 2, MULTILINE 4, FIXEDENCODING 16, NOENCODING 32).
    pub fn from_bits(bits: i64) -> Self {
        Self {
            ignorecase: bits & 1 != 0,
            extended: bits & 2 != 0,
            multiline: bits & 4 != 0,
            fixed_encoding: bits & 16 != 0,
            no_encoding: bits & 32 != 0,
        }
    }

    /// The three visible bits, 0..=7.
    pub fn bits(self) -> i64 {
        i64::from(self.ignorecase) | i64::from(self.extended) << 1 | i64::from(self.multiline) << 2
    }
}

/// The byte ranges of a match: group 0 is the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures {
    groups: Vec<Option<(usize, usize)>>,
}

impl Captures {
    /// A match of plain text: one group.
    pub fn of_range(start: usize, end: usize) -> Self {
        Captures { groups: vec![Some((start, end))] }
    }

    /// A match by its groups, the whole first.
    pub(crate) fn of_groups(groups: Vec<Option<(usize, usize)>>) -> Self {
        Captures { groups }
    }

    /// Becomes a match of plain text: the other groups that the match before had take no part.
    pub fn set_range(&mut self, start: usize, end: usize) {
        self.groups.fill(None);
        match self.groups.first_mut() {
            Some(whole) => *whole = Some((start, end)),
            None => self.groups.push(Some((start, end))),
        }
    }

    /// Begin and end of group `index`; `None` when it took no part or does not exist.
    pub fn get(&self, index: usize) -> Option<(usize, usize)> {
        self.groups.get(index).copied().flatten()
    }

    /// Number of groups, the whole match included.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there is no match in here.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Begin of the whole match.
    pub fn start(&self) -> usize {
        self.get(0).map_or(0, |pair| pair.0)
    }

    /// End of the whole match.
    pub fn end(&self) -> usize {
        self.get(0).map_or(0, |pair| pair.1)
    }

    /// All groups in order.
    pub fn groups(&self) -> &[Option<(usize, usize)>] {
        &self.groups
    }
}

/// A compiled regexp.
pub struct Regex {
    source: Vec<u8>,
    options: Options,
    encoding: Encoding,
    fixed: bool,
    names: Vec<(Vec<u8>, Vec<usize>)>,
    groups: usize,
    literal: Option<Finder<'static>>,
    linear: Later,
    warnings: Vec<String>,
    /// Seconds that a match may take.
    timeout: Option<f64>,
    /// The encoding `primary` was compiled for.
    primary_encoding: Encoding,
    primary: onig::Regex,
    others: Mutex<Vec<(Encoding, Arc<onig::Regex>)>>,
}

impl std::fmt::Debug for Regex {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&source::inspect(&self.source, self.options, self.encoding)))
    }
}

fn compile(pattern: &[u8], options: Options, encoding: Encoding) -> Result<onig::Regex, String> {
    let mut flags = RegexOptions::REGEX_OPTION_NONE;
    flags.set(RegexOptions::REGEX_OPTION_IGNORECASE, options.ignorecase);
    flags.set(RegexOptions::REGEX_OPTION_EXTEND, options.extended);
    flags.set(RegexOptions::REGEX_OPTION_MULTILINE, options.multiline);
    let bytes = EncodedBytes::from_parts(pattern, onig_encoding(encoding));
    onig::Regex::with_options_and_encoding(bytes, flags, Syntax::ruby()).map_err(|error| ruby_message(error.description()))
}

/// Oniguruma's words for a few faults that Ruby words differently.
fn ruby_message(message: &str) -> String {
    match message {
        "end pattern at escape" => "too short escape sequence".to_owned(),
        "end pattern in group" => "end pattern in group".to_owned(),
        "invalid backref number" | "invalid backref number/name" => "invalid backref number/name".to_owned(),
        other => other.to_owned(),
    }
}

impl Regex {
    /// The same pattern, whose matches may take so many seconds.
    pub fn with_timeout(self, seconds: Option<f64>) -> Regex {
        Regex { timeout: seconds, ..self }
    }

    /// Seconds that a match may take.
    pub fn timeout(&self) -> Option<f64> {
        self.timeout
    }

    /// Compiles Ruby regexp source. `encoding` is the source string's encoding.
    pub fn new(source: &[u8], options: Options, encoding: Encoding) -> Result<Self, RegexError> {
        let fault = |message: String| {
            let shown = source::escape_slashes(source, encoding);
            RegexError::Syntax(format!("{message}: /{}/", String::from_utf8_lossy(&shown)))
        };
        let base = match encoding {
            _ if options.no_encoding => Encoding::BINARY,
            Encoding::US_ASCII => Encoding::UTF_8,
            other => other,
        };
        // High bytes in a US-ASCII source make it binary; `\u` escapes make it UTF-8.
        let mut read_as = if encoding == Encoding::US_ASCII && !options.no_encoding { Encoding::UTF_8 } else { base };
        let translated: Translation = translate(source, read_as, options.extended).map_err(fault)?;
        if translated.unicode_escape {
            read_as = Encoding::UTF_8;
        }
        let fixed = options.fixed_encoding || translated.non_ascii;
        let reported = match (translated.non_ascii, options.fixed_encoding) {
            (true, _) => read_as,
            (false, true) => encoding,
            (false, false) if encoding.is_ascii_compatible() => Encoding::US_ASCII,
            (false, false) => encoding,
        };
        let warnings = match translated.warnings.as_slice() {
            [] => Vec::new(),
            list => {
                let shown = source::escape_slashes(source, encoding);
                list.iter().map(|warning| format!("{warning}: /{}/", String::from_utf8_lossy(&shown))).collect()
            }
        };
        let primary = compile(&translated.pattern, options, read_as).map_err(fault)?;
        let literal = translated
            .literal
            .filter(|bytes| !options.ignorecase && !bytes.is_empty() && read_as.is_ascii_compatible())
            .map(|bytes| Finder::new(&bytes).into_owned());
        Ok(Self {
            timeout: None,
            source: source.to_vec(),
            options,
            encoding: reported,
            fixed,
            names: translated.names,
            groups: translated.groups,
            literal,
            linear: Later::default(),
            warnings,
            primary_encoding: read_as,
            primary,
            others: Mutex::new(Vec::new()),
        })
    }

    /// `Regexp#source`.
    pub fn source(&self) -> &[u8] {
        &self.source
    }

    /// What CRuby warns of when it compiles the pattern.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Is a match of `/n` against such a string one that CRuby warns of?
    pub fn is_historical(&self, encoding: Encoding, range: CodeRange) -> bool {
        self.options.no_encoding && !self.fixed && encoding != Encoding::BINARY && range != CodeRange::SevenBit
    }

    /// The options it was built with.
    pub fn options(&self) -> Options {
        self.options
    }

    /// `Regexp#encoding`.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// `Regexp#fixed_encoding?`.
    pub fn is_fixed_encoding(&self) -> bool {
        self.fixed
    }

    /// Number of capture groups, without the whole match.
    pub fn group_count(&self) -> usize {
        self.groups
    }

    /// Names in order of first appearance, each with its group numbers (`named_captures`).
    pub fn names(&self) -> &[(Vec<u8>, Vec<usize>)] {
        &self.names
    }

    /// Group numbers of `name`; `None` when there is no such name.
    pub fn name_to_groups(&self, name: &[u8]) -> Option<&[usize]> {
        self.names.iter().find(|entry| entry.0 == name).map(|entry| entry.1.as_slice())
    }

    /// The group a name means after a match: the last of its groups that took part, else the last.
    pub fn name_to_group(&self, name: &[u8], captures: &Captures) -> Option<usize> {
        let groups = self.name_to_groups(name)?;
        groups.iter().rev().find(|&&group| captures.get(group).is_some()).or(groups.last()).copied()
    }

    /// The encoding a match against such a string runs in, or why it cannot.
    fn target(&self, encoding: Encoding, range: CodeRange) -> Result<Encoding, RegexError> {
        if range == CodeRange::Broken {
            return Err(RegexError::BrokenString(format!("invalid byte sequence in {}", encoding.name())));
        }
        let own = self.encoding;
        let seven_bit = range == CodeRange::SevenBit && encoding.is_ascii_compatible();
        let is_own = encoding == self.primary_encoding && (!self.fixed || encoding == own);
        if is_own || (seven_bit && self.primary_encoding.is_ascii_compatible()) {
            return Ok(self.primary_encoding);
        }
        let fits = if self.fixed { own == encoding } else { encoding.is_ascii_compatible() || own == encoding };
        if fits {
            return Ok(encoding);
        }
        Err(RegexError::Incompatible(format!(
            "incompatible encoding regexp match ({} regexp with {} string)",
            own.inspect_name_plain(),
            encoding.inspect_name_plain()
        )))
    }

    /// Runs `action` with the program for `target`, compiling it on first use.
    fn with_program<R>(&self, target: Encoding, action: impl FnOnce(&onig::Regex) -> Result<R, RegexError>) -> Result<R, RegexError> {
        if target == self.primary_encoding {
            return action(&self.primary);
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let known = others.iter().find(|entry| entry.0 == target).map(|entry| Arc::clone(&entry.1));
        let program = match known {
            Some(program) => program,
            None => {
                // Only ASCII patterns get here, and their translation is the same in every ASCII-compatible encoding.
                let translated = translate(&self.source, target, self.options.extended).map_err(RegexError::Syntax)?;
                let compiled = compile(&translated.pattern, self.options, target).map_err(RegexError::Syntax)?;
                let program = Arc::new(compiled);
                others.push((target, Arc::clone(&program)));
                program
            }
        };
        drop(others);
        action(&program)
    }

    /// Searches forward for a match that starts at a byte position in `from..=bytes.len()`. `range` must be the code
    /// range of all of `bytes`; `\G` is `from`.
    pub fn search(&self, bytes: &[u8], encoding: Encoding, range: CodeRange, from: usize, retries: Retries) -> Result<Option<Captures>, RegexError> {
        if from > bytes.len() {
            return Ok(None);
        }
        let target = self.target(encoding, range)?;
        if let (Some(finder), true) = (&self.literal, encoding.is_single_byte() || encoding.is_utf8_layout()) {
            return Ok(finder.find(&bytes[from..]).map(|offset| {
                let start = from + offset;
                Captures { groups: vec![Some((start, start + finder.needle().len()))] }
            }));
        }
        let subject = Subject { bytes, encoding, range };
        self.find(subject, (from, Anchored::No), target, retries)
    }

    /// The linear program's match where that pays and is the same, else that of the other engine. Where this one gives up it is
    /// helped on at least to the place where the match begins.
    fn find(&self, subject: Subject, place: (usize, Anchored), target: Encoding, retries: Retries) -> Result<Option<Captures>, RegexError> {
        let (from, anchored) = place;
        let is_search = anchored == Anchored::No;
        // At one place the other engine is quicker.
        if let Some(program) = self.linear_after(subject, is_search.then(|| subject.bytes.len() - from)) {
            return self.find_by_program(program, subject, place, target, retries);
        }
        let backtrack = |retries| match is_search {
            true => self.run(subject.bytes, target, (from, subject.bytes.len()), retries),
            false => self.run_at(subject.bytes, target, from, retries),
        };
        match self.with_little_patience(subject, retries, backtrack)? {
            Outcome::Done(found) => Ok(found),
            Outcome::Stuck(program) => self.find_by_program(program, subject, place, target, retries),
        }
    }

    fn find_by_program(
        &self,
        program: &Linear,
        subject: Subject,
        (from, anchored): (usize, Anchored),
        target: Encoding,
        retries: Retries,
    ) -> Result<Option<Captures>, RegexError> {
        let bytes = subject.bytes;
        if program.is_exact && (program.has_one_group() || bytes.len() - from <= LONG_TEXT) {
            return Ok(program.search(bytes, from, anchored));
        }
        let Some(start) = program.start(bytes, from, anchored) else { return Ok(None) };
        let patience = if program.is_exact { Retries::FEW } else { retries };
        match self.run_at(bytes, target, start, patience) {
            Err(RegexError::Impatient) if program.is_exact => Ok(program.search(bytes, start, Anchored::Yes)),
            other => other,
        }
    }

    /// The linear program if it is to be used for this text: once searching so many bytes more makes it worth while, or at once.
    fn linear_after(&self, subject: Subject, cost: Option<usize>) -> Option<&Linear> {
        let is_asked_first = self.linear.is_asked_first(|| self.parse_linear());
        let cost = if is_asked_first { usize::MAX } else { cost? };
        self.linear.after(cost, || self.make_linear()).filter(|program| subject.suits(program))
    }

    /// Runs the backtracking engine, not for long where there is a linear program for the text.
    fn with_little_patience<T>(
        &self,
        subject: Subject,
        retries: Retries,
        backtrack: impl Fn(Retries) -> Result<T, RegexError>,
    ) -> Result<Outcome<'_, T>, RegexError> {
        if !self.linear.is_none() {
            match backtrack(retries.min(Retries::FEW)) {
                Err(RegexError::Impatient) => {}
                other => return other.map(Outcome::Done),
            }
            if let Some(program) = self.linear.now(|| self.make_linear()).filter(|program| subject.suits(program)) {
                return Ok(Outcome::Stuck(program));
            }
        }
        backtrack(retries).map(Outcome::Done)
    }

    fn make_linear(&self) -> Option<Linear> {
        Linear::new(&self.parse_linear()?)
    }

    fn parse_linear(&self) -> Option<Parsed> {
        let is_utf8 = self.primary_encoding == Encoding::UTF_8 || self.source.is_ascii();
        if is_utf8 { Parsed::new(&self.source, self.options, !self.names.is_empty()) } else { None }
    }

    /// Searches backward for a match that starts at or before byte position `from` (`rindex`).
    pub fn search_backward(
        &self,
        bytes: &[u8],
        encoding: Encoding,
        range: CodeRange,
        from: usize,
        retries: Retries,
    ) -> Result<Option<Captures>, RegexError> {
        // `\G` is the place where a search begins, not each place that is tried.
        if self.source.windows(2).any(|pair| pair == b"\\G") {
            let target = self.target(encoding, range)?;
            return self.run(bytes, target, (from.min(bytes.len()), 0), retries);
        }
        // The engine's own backward search takes `from` for the end of the text as well: a match could not reach beyond.
        let mut at = Some(from.min(bytes.len()));
        while let Some(start) = at {
            let found = self.match_at(bytes, encoding, range, start, retries)?;
            if found.is_some() {
                return Ok(found);
            }
            at = text::encoding::prev_char(encoding, bytes, start);
        }
        Ok(None)
    }

    fn run(&self, bytes: &[u8], target: Encoding, (from, to): (usize, usize), retries: Retries) -> Result<Option<Captures>, RegexError> {
        self.with_program(target, |program| {
            let mut region = Region::new();
            let subject = EncodedBytes::from_parts(bytes, program.encoding());
            let found = program
                .search_with_param(subject, from, to, SearchOptions::SEARCH_OPTION_NONE, Some(&mut region), limits(retries))
                .map_err(|error| fault(&error))?;
            Ok(found.map(|_| self.captures(&region)))
        })
    }

    /// Matches at exactly byte position `at` (`StringScanner`, `\G`-style anchoring).
    pub fn match_at(&self, bytes: &[u8], encoding: Encoding, range: CodeRange, at: usize, retries: Retries) -> Result<Option<Captures>, RegexError> {
        if at > bytes.len() {
            return Ok(None);
        }
        let target = self.target(encoding, range)?;
        let subject = Subject { bytes, encoding, range };
        self.find(subject, (at, Anchored::Yes), target, retries)
    }

    fn run_at(&self, bytes: &[u8], target: Encoding, at: usize, retries: Retries) -> Result<Option<Captures>, RegexError> {
        self.with_program(target, |program| {
            let mut region = Region::new();
            let subject = EncodedBytes::from_parts(bytes, program.encoding());
            let found = program
                .match_with_param(subject, at, SearchOptions::SEARCH_OPTION_NONE, Some(&mut region), limits(retries))
                .map_err(|error| fault(&error))?;
            Ok(found.map(|_| self.captures(&region)))
        })
    }

    /// Whether there is a match at or after `from`, without captures (`match?`).
    pub fn is_match(&self, bytes: &[u8], encoding: Encoding, range: CodeRange, from: usize, retries: Retries) -> Result<bool, RegexError> {
        if from > bytes.len() {
            return Ok(false);
        }
        let target = self.target(encoding, range)?;
        if let (Some(finder), true) = (&self.literal, encoding.is_single_byte() || encoding.is_utf8_layout()) {
            return Ok(finder.find(&bytes[from..]).is_some());
        }
        let subject = Subject { bytes, encoding, range };
        if let Some(program) = self.linear_after(subject, Some(bytes.len() - from)) {
            return Ok(program.is_match(bytes, from));
        }
        match self.with_little_patience(subject, retries, |retries| self.run_test(bytes, target, from, retries))? {
            Outcome::Done(found) => Ok(found),
            Outcome::Stuck(program) => Ok(program.is_match(bytes, from)),
        }
    }

    fn run_test(&self, bytes: &[u8], target: Encoding, from: usize, retries: Retries) -> Result<bool, RegexError> {
        self.with_program(target, |program| {
            let subject = EncodedBytes::from_parts(bytes, program.encoding());
            program
                .search_with_param(subject, from, bytes.len(), SearchOptions::SEARCH_OPTION_NONE, None, limits(retries))
                .map(|found| found.is_some())
                .map_err(|error| fault(&error))
        })
    }

    fn captures(&self, region: &Region) -> Captures {
        // The engine may leave a group's begin behind its end, where a loop's last turn was empty.
        let place = |index| region.pos(index).map(|(start, end)| (start.min(end), end));
        Captures { groups: (0..=self.groups).map(place).collect() }
    }
}

/// What the backtracking engine came to.
enum Outcome<'a, T> {
    Done(T),
    /// It tried too many paths; the program tells more.
    Stuck(&'a Linear),
}

/// A text that is searched.
#[derive(Clone, Copy)]
struct Subject<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
    range: CodeRange,
}

impl Subject<'_> {
    fn suits(self, program: &Linear) -> bool {
        let is_readable = self.encoding == Encoding::UTF_8 || self.range == CodeRange::SevenBit && self.encoding.is_ascii_compatible();
        is_readable && program.suits(self.bytes, self.range)
    }
}

/// What a failed match means.
fn fault(error: &onig::Error) -> RegexError {
    match error.code() {
        onig_sys::ONIGERR_RETRY_LIMIT_IN_MATCH_OVER => RegexError::Impatient,
        _ => RegexError::Exhausted(error.description().to_owned()),
    }
}

/// Fresh match parameters with our limits.
fn limits(retries: Retries) -> MatchParam {
    let mut param = MatchParam::default();
    param.set_match_stack_limit(MATCH_STACK_LIMIT);
    param.set_retry_limit_in_match(retries.0);
    param
}

#[cfg(test)]
mod tests;
