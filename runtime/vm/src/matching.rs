//! Regexp and MatchData as the language needs them: literals, `=~`, `$~` and its parts.

use crate::vm::Vm;
use heap::Tracer;
use objects::{NativeData, RData, RString};
use regexp::{Captures, Options, Regex, RegexError, Retries};
use std::rc::Rc;
use std::time::{Duration, Instant};
use text::encoding::Encoding;
use value::{RResult, Raised, Value};

/// Native part of a Regexp.
pub struct RegexpData {
    /// The pattern; None until `initialize` ran.
    pub regex: Option<Rc<Regex>>,
    /// What the engine says of a literal that Ruby takes and the engine does not.
    pub refused: Option<Box<str>>,
}

/// What a literal's pattern is compiled from: source, flags, encoding.
pub(crate) type PatternKey = (Box<[u8]>, u16, Encoding);

impl NativeData for RegexpData {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
    fn size(&self) -> usize {
        // As measured: the engine's code grows with the source.
        self.regex.as_ref().map_or(0, |regex| 1024 + 10 * regex.source().len())
    }
}

/// About what the first attempt of a match takes that does not come to an end.
const FIRST_ATTEMPT: Duration = Duration::from_millis(50);

/// `Regexp.timeout`: seconds that a match may take.
#[derive(Default)]
pub struct MatchTimeout(pub Option<f64>);

impl crate::vm::Extension for MatchTimeout {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

/// Native part of a MatchData.
#[derive(Clone)]
pub struct MatchInfo {
    /// The Regexp (nil for matches of plain strings).
    pub regexp: Value,
    /// Frozen copy of the subject.
    pub subject: Value,
    /// Byte ranges of the groups.
    pub captures: Captures,
}

impl NativeData for MatchInfo {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(self.regexp);
        tracer.value(self.subject);
    }
}

impl Vm {
    /// The object of a regexp literal. Loading its file checked it, so that a fault here is a limit of the engine: the Regexp
    /// raises where it is used.
    pub(crate) fn regexp_literal(&mut self, source: &[u8], flags: u16, encoding: Encoding) -> Value {
        let checked = self.checked_patterns.remove(&(source.into(), flags, encoding));
        let made = checked.map_or_else(|| self.make_pattern(source, i64::from(flags), encoding), Ok);
        let (regex, refused) = match made {
            Ok(regex) => (Some(Rc::new(regex)), None),
            Err(error) => (None, Some(error.message().into())),
        };
        let class = self.class_view(self.core.regexp);
        let regexp = self.data(class, Box::new(RegexpData { regex, refused }));
        self.freeze(regexp)
    }

    /// Compiles a pattern; `source` may lie in a String, since nothing is allocated meanwhile.
    pub fn make_pattern(&mut self, source: &[u8], flags: i64, encoding: Encoding) -> Result<Regex, RegexError> {
        let made = self.deeply(|| Regex::new(source, Options::from_bits(flags), encoding));
        made.unwrap_or_else(|| Err(RegexError::Exhausted("failed to allocate memory".to_string())))
    }

    /// A new Regexp; RegexpError for a bad pattern.
    pub fn new_regexp(&mut self, source: &[u8], flags: i64, encoding: Encoding) -> RResult {
        match self.make_pattern(source, flags, encoding) {
            Ok(regex) => {
                self.warn_about_pattern(&regex)?;
                let class = self.class_view(self.core.regexp);
                Ok(self.data(class, Box::new(RegexpData { regex: Some(Rc::new(regex)), refused: None })))
            }
            Err(error) => Err(self.raise_regex_error(&error)),
        }
    }

    /// Tells CRuby's warnings about a pattern that was just compiled.
    pub fn warn_about_pattern(&mut self, regex: &Regex) -> RResult<()> {
        regex.warnings().iter().try_for_each(|warning| self.warn_at_caller(warning))
    }

    /// Warns of `/n` against a String in another encoding.
    pub fn warn_historical(&mut self, regex: &Regex, subject: RString) -> RResult<()> {
        if !regex.options().no_encoding || !regex.is_historical(subject.encoding(), subject.code_range()) {
            return Ok(());
        }
        self.warn_at_caller(&format!("historical binary regexp match /.../n against {} string", subject.encoding().name()))
    }

    /// RegexpError and the like.
    #[cold]
    pub fn raise_regex_error(&mut self, error: &RegexError) -> Raised {
        let class = match error {
            RegexError::Syntax(..) => self.core.regexp_error,
            RegexError::BrokenString(..) => self.core.argument_error,
            RegexError::Incompatible(..) => self.class_at("Encoding::CompatibilityError"),
            RegexError::Exhausted(..) => self.core.regexp_error,
            RegexError::Impatient => self.class_at("Regexp::TimeoutError"),
        };
        self.raise(class, error.message())
    }

    /// The pattern of a Regexp object; TypeError for others.
    pub fn regex_of(&mut self, value: Value) -> RResult<Rc<Regex>> {
        match RData::new(value).and_then(|data| data.read::<RegexpData>(&self.heap)) {
            Some(RegexpData { regex: Some(regex), .. }) => Ok(regex.clone()),
            Some(RegexpData { refused: Some(message), .. }) => {
                let message = message.clone();
                Err(self.not_implemented(&message))
            }
            Some(_) => Err(self.type_error("uninitialized Regexp")),
            None => Err(self.wrong_type(value, "Regexp")),
        }
    }

    /// Is it a Regexp object?
    pub fn is_regexp(value: Value) -> bool {
        RData::new(value).is_some_and(RData::is::<RegexpData>)
    }

    /// Searches a String from a byte position; sets nothing.
    pub fn regexp_search(&mut self, regexp: Value, subject: RString, from: usize) -> RResult<Option<Captures>> {
        let regex = self.regex_of(regexp)?;
        self.warn_historical(&regex, subject)?;
        self.with_patience(&regex, |retries| {
            let range = subject.code_range();
            regex.search(subject.bytes(), subject.encoding(), range, from, retries)
        })
    }

    /// A match that takes its time: between its attempts other threads run, and this one can be interrupted. With a timeout, of
    /// its own or `Regexp.timeout`, the last attempt takes what is left of it.
    pub fn with_patience<T>(&mut self, regex: &Regex, mut attempt: impl FnMut(Retries) -> Result<T, RegexError>) -> RResult<T> {
        let mut retries = Retries::FIRST;
        let mut began: Option<Instant> = None;
        loop {
            let started = began.map(|_| Instant::now());
            match attempt(retries) {
                Ok(found) => return Ok(found),
                Err(RegexError::Impatient) => {
                    self.poll_interrupts()?;
                    // The first attempt is short, and not measured.
                    let took = started.map_or(FIRST_ATTEMPT, |started| started.elapsed());
                    let elapsed = began.get_or_insert_with(|| Instant::now() - FIRST_ATTEMPT).elapsed();
                    let limit = regex.timeout().or(self.extension::<MatchTimeout>().0);
                    let factor = limit.map(|limit| (limit - elapsed.as_secs_f64()) / took.as_secs_f64().max(1e-3));
                    retries = match factor {
                        None => retries.more(),
                        Some(factor) if factor < 1.0 => return Err(self.raise_regex_error(&RegexError::Impatient)),
                        Some(factor) => retries.times(factor.min(4.0)),
                    };
                }
                Err(error) => return Err(self.raise_regex_error(&error)),
            }
        }
    }

    /// A MatchData of a match.
    pub fn new_match(&mut self, regexp: Value, subject: RString, captures: Captures) -> Value {
        let subject = if self.is_frozen(subject.value()) {
            subject.value()
        } else {
            let bytes = subject.bytes().to_vec();
            let copy = self.string(&bytes, subject.encoding());
            self.freeze(copy)
        };
        let class = self.class_view(self.core.match_data);
        self.data(class, Box::new(MatchInfo { regexp, subject, captures }))
    }

    /// `regexp =~ subject` from a byte position: sets `$~`, gives the MatchData.
    pub fn regexp_match(&mut self, regexp: Value, subject: RString, from: usize) -> RResult<Option<Value>> {
        match self.regexp_search(regexp, subject, from)? {
            Some(captures) => {
                let made = self.new_match(regexp, subject, captures);
                self.set_last_match(made);
                Ok(Some(made))
            }
            None => {
                self.set_last_match(Value::NIL);
                Ok(None)
            }
        }
    }

    /// Native part of a MatchData.
    pub fn match_info(&self, value: Value) -> Option<&MatchInfo> {
        RData::new(value)?.read(&self.heap)
    }

    /// Group `index` of a MatchData as a new String.
    pub fn match_group(&mut self, made: Value, index: usize) -> Option<Value> {
        let info = self.match_info(made)?;
        let (start, end) = info.captures.get(index)?;
        self.match_slice(made, start, end)
    }

    /// Bytes of the subject as a new String.
    pub fn match_slice(&mut self, made: Value, start: usize, end: usize) -> Option<Value> {
        let subject = RString::new(self.match_info(made)?.subject)?;
        let bytes = subject.bytes().get(start..end)?.to_vec();
        Some(self.string(&bytes, subject.encoding()))
    }

    /// `$1`.., `$&`, `` $` ``, `$'`, `$+` by the kinds of the `backref` operation.
    pub(crate) fn backref(&mut self, kind: i16) -> Value {
        let made = self.last_match();
        let Some(info) = self.match_info(made) else { return Value::NIL };
        let (start, end) = (info.captures.start(), info.captures.end());
        let length = RString::new(info.subject).map_or(0, RString::len);
        let part = match kind {
            -1 => self.match_slice(made, 0, start),
            -2 => self.match_slice(made, end, length),
            -3 => {
                let last = (1..info.captures.len()).rfind(|&index| info.captures.get(index).is_some());
                last.and_then(|index| self.match_group(made, index))
            }
            index => self.match_group(made, usize::try_from(index).unwrap_or(0)),
        };
        part.unwrap_or(Value::NIL)
    }
}
