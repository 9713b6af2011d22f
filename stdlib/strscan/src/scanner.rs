//! What a scanner holds, and one match of a pattern at or behind its position.

use heap::Tracer;
use macros::ruby_methods;
use objects::NativeData;
use regexp::Captures;
use smallvec::SmallVec;
use text::CodeRange;
use text::encoding::{Operand, compatible_or_error, is_boundary};
use vm::{Keywords, RResult, RString, Value, Vm};

/// Native part of a StringScanner.
#[derive(Clone)]
pub struct Scanner {
    /// The text; nil before `initialize`.
    pub text: Value,
    /// Byte position. The text may have become shorter since.
    pub at: usize,
    /// Where the last match began to look.
    pub before: usize,
    /// Regexp of the last match, nil for text.
    pub pattern: Value,
    /// Has the last match succeeded?
    pub is_matched: bool,
    /// Ranges of the last match, counted from `base`.
    pub captures: Captures,
    /// Where the bytes began that the last match ran on.
    pub base: usize,
    /// Do anchors stand for the text's own start and lines?
    pub fixed_anchor: bool,
}

impl Default for Scanner {
    fn default() -> Self {
        let nil = Value::NIL;
        Scanner { text: nil, at: 0, before: 0, pattern: nil, is_matched: false, captures: Captures::default(), base: 0, fixed_anchor: false }
    }
}

impl NativeData for Scanner {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(self.text);
        tracer.value(self.pattern);
    }
}

impl Scanner {
    /// Forgets the last match.
    pub fn forget_match(&mut self) {
        self.is_matched = false;
        self.pattern = Value::NIL;
    }

    /// Notes a match of plain text from the position on and moves behind it.
    pub fn take(&mut self, length: usize) {
        self.note_text(0, length);
        self.at += length;
    }

    /// Notes a match of plain text, `start..end` behind the position.
    fn note_text(&mut self, start: usize, end: usize) {
        (self.before, self.base) = (self.at, self.at);
        (self.is_matched, self.pattern) = (true, Value::NIL);
        self.captures.set_range(start, end);
    }

    /// Byte range of a group of the last match in the text.
    pub fn group(&self, index: usize) -> Option<(usize, usize)> {
        let (start, end) = self.captures.get(index).filter(|_| self.is_matched)?;
        Some((self.base + start, self.base + end))
    }
}

/// Where a pattern is looked for, and what comes of finding it.
#[derive(Clone, Copy)]
pub struct Mode {
    /// Anywhere behind the position, or just there?
    pub searches: bool,
    /// Does the position move behind the match?
    pub advances: bool,
    /// Is the answer the text up to the end of the match, or its length?
    pub gives_text: bool,
}

/// The scanner's state; TypeError for other objects.
pub fn state(vm: &mut Vm, this: Value) -> RResult<&mut Scanner> {
    vm.native(this, "StringScanner")
}

/// The text; ArgumentError before `initialize`.
pub fn text(vm: &mut Vm, this: Value) -> RResult<RString> {
    let text = state(vm, this)?.text;
    RString::new(text).ok_or_else(|| vm.argument_error("uninitialized StringScanner object"))
}

/// The text and the position.
pub fn place(vm: &mut Vm, this: Value) -> RResult<(RString, usize)> {
    Ok((text(vm, this)?, state(vm, this)?.at))
}

/// The bytes `start..end` of the text, as far as it still has them: nil when it ends before.
pub fn part(vm: &mut Vm, text: RString, start: usize, end: usize) -> RResult {
    if start > text.len() {
        return Ok(Value::NIL);
    }
    let bytes = SmallVec::<[u8; 64]>::from_slice(&text.bytes()[start..end.min(text.len())]);
    vm.try_string(&bytes, text.encoding())
}

/// Looks for a pattern: nil, or what the mode asks for.
pub fn scan(vm: &mut Vm, this: Value, pattern: Value, mode: Mode) -> RResult {
    text(vm, this)?;
    state(vm, this)?.forget_match();
    let found = if Vm::is_regexp(pattern) { match_regexp(vm, this, pattern, mode)? } else { match_text(vm, this, pattern, mode)? };
    if !found {
        return Ok(Value::NIL);
    }
    let scanner = state(vm, this)?;
    let (start, end) = (scanner.at, scanner.base + scanner.captures.end());
    if mode.advances {
        scanner.at = end;
    }
    let text = text(vm, this)?;
    if mode.gives_text { part(vm, text, start, end) } else { Ok(Value::small((end - start) as i64)) }
}

fn match_regexp(vm: &mut Vm, this: Value, pattern: Value, mode: Mode) -> RResult<bool> {
    let regex = vm.regex_of(pattern)?;
    let (text, at) = place(vm, this)?;
    if at > text.len() {
        return Ok(false);
    }
    vm.warn_historical(&regex, text)?;
    let base = if state(vm, this)?.fixed_anchor { 0 } else { at };
    let found = vm.with_patience(&regex, |retries| {
        let (bytes, encoding, range) = (subject(&text, base, at), text.encoding(), text.code_range());
        if mode.searches {
            regex.search(bytes, encoding, range, at - base, retries)
        } else {
            regex.match_at(bytes, encoding, range, at - base, retries)
        }
    })?;
    let scanner = state(vm, this)?;
    scanner.pattern = pattern;
    scanner.is_matched = found.is_some();
    (scanner.before, scanner.base) = (at, base);
    scanner.captures = found.unwrap_or_default();
    Ok(scanner.is_matched)
}

/// The bytes that a match at `at` runs on. A position inside a character of an encoding whose trailing bytes may look like
/// leading ones makes other characters of the rest: it ends before the first that is none.
fn subject(text: &RString, base: usize, at: usize) -> &[u8] {
    let (bytes, encoding) = (text.bytes().get(base..).unwrap_or(&[]), text.encoding());
    let is_aligned = encoding.is_single_byte() || encoding.is_utf8_layout() || text.code_range() == CodeRange::SevenBit;
    if is_aligned || is_boundary(encoding, text.bytes(), at) {
        return bytes;
    }
    let broken = text::coderange::broken_ranges(encoding, &bytes[at - base..]);
    &bytes[..broken.first().map_or(bytes.len(), |range| at - base + range.start)]
}

fn match_text(vm: &mut Vm, this: Value, pattern: Value, mode: Mode) -> RResult<bool> {
    let pattern = vm.to_str(pattern)?;
    let (text, at) = place(vm, this)?;
    check_compatible(vm, text, pattern)?;
    let Some(rest) = text.bytes().get(at..) else { return Ok(false) };
    let start = match mode.searches {
        true => text::search::index(text.encoding(), rest, pattern.bytes(), 0),
        false => rest.starts_with(pattern.bytes()).then_some(0),
    };
    if let Some(start) = start {
        state(vm, this)?.note_text(start, start + pattern.len());
    }
    Ok(start.is_some())
}

fn check_compatible(vm: &mut Vm, text: RString, pattern: RString) -> RResult<()> {
    if text.encoding() == pattern.encoding() {
        return Ok(());
    }
    let [text, pattern] = [text, pattern].map(|string| Operand::string(string.encoding(), string.code_range(), string.is_empty()));
    compatible_or_error(text, pattern).map(|_| ()).map_err(|error| vm.raise_text_error(&error))
}

/// Making scanners.
pub struct Making;

#[ruby_methods("StringScanner")]
impl Making {
    /// Does nothing: it told whether the library was the one in C.
    #[singleton("must_C_version")]
    fn must_c_version(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    /// Options are a Hash or keywords; any other second argument, once `dup`, means nothing.
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, text: Value, options: Option<Value>) -> RResult {
        let keywords = Keywords::new(vm.try_to_hash(options.unwrap_or(Value::NIL))?);
        keywords.check(vm, &["fixed_anchor"])?;
        let fixed_anchor = keywords.get(vm, "fixed_anchor").is_some_and(Value::truthy);
        let text = vm.to_str(text)?.value();
        *state(vm, this)? = Scanner { text, fixed_anchor, ..Scanner::default() };
        Ok(this)
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let copy = state(vm, other)?.clone();
        *state(vm, this)? = copy;
        Ok(this)
    }
}
