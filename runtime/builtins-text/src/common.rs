//! What several rooms of this crate share: new Strings like an old one, encodings that fit, character
//! positions, Range arguments.
//!
//! Invariant: byte ranges given out lie within the String they were made for, as long as it is not changed.

use objects::RRange;
use regexp::Captures;
use text::CodeRange;
use text::encoding::{Operand, char_count, char_to_byte_offset, compatible_or_error};
use text::{Encoding, TextError};
use vm::{ArgumentList, RResult, RString, Value, Vm, sym};

/// The value or the exception of a text operation.
pub fn checked<T>(vm: &mut Vm, result: Result<T, TextError>) -> RResult<T> {
    result.map_err(|error| vm.raise_text_error(&error))
}

/// A new String with the bytes and the encoding of `like`.
pub fn made(vm: &mut Vm, like: RString, bytes: &[u8]) -> RResult {
    vm.try_string(bytes, like.encoding())
}

/// A plain String with the same content.
pub fn copy(vm: &mut Vm, this: RString) -> RResult {
    vm.try_string_copy(this)
}

/// The part `start..end` as a new String.
pub fn part(vm: &mut Vm, this: RString, start: usize, end: usize) -> RResult {
    made(vm, this, this.bytes().get(start..end).unwrap_or(&[]))
}

/// Replaces the content, keeping the encoding.
pub fn set_bytes(vm: &mut Vm, this: RString, bytes: &[u8]) -> RResult<()> {
    this.replace(bytes, this.encoding()).ok_or_else(|| vm.no_memory())
}

/// What a pure text change gives: the new String (a copy when nothing changed).
pub fn changed(vm: &mut Vm, this: RString, bytes: Option<Vec<u8>>) -> RResult {
    match bytes {
        Some(bytes) => made(vm, this, &bytes),
        None => copy(vm, this),
    }
}

/// What a change in place gives: the receiver, nil when nothing changed.
pub fn change(vm: &mut Vm, this: RString, bytes: Option<Vec<u8>>) -> RResult {
    match bytes {
        Some(bytes) => {
            set_bytes(vm, this, &bytes)?;
            Ok(this.value())
        }
        None => Ok(Value::NIL),
    }
}

/// A String as operand of the compatibility rules.
pub fn operand(string: RString) -> Operand {
    Operand::string(string.encoding(), string.code_range(), string.is_empty())
}

/// The encoding of both together; Encoding::CompatibilityError when there is none.
pub fn compatible(vm: &mut Vm, a: RString, b: RString) -> RResult<Encoding> {
    if a.encoding() == b.encoding() {
        return Ok(a.encoding());
    }
    let result = compatible_or_error(operand(a), operand(b));
    checked(vm, result)
}

/// Characters in a String.
pub fn char_length(string: RString) -> usize {
    char_count(string.encoding(), string.bytes(), string.code_range())
}

/// Is every character one byte?
pub fn is_single(string: RString) -> bool {
    string.encoding().is_single_byte() || string.encoding().is_ascii_compatible() && string.code_range() == CodeRange::SevenBit
}

/// The byte range of `length` characters from character `start` (negative from the end). None outside.
pub fn char_range(string: RString, start: i64, length: i64) -> Option<(usize, usize)> {
    if length < 0 {
        return None;
    }
    let start = if start < 0 { start.checked_add(char_length(string) as i64)? } else { start };
    let (start, length) = (usize::try_from(start).ok()?, length as usize);
    if is_single(string) {
        return (start <= string.len()).then(|| (start, start.saturating_add(length).min(string.len())));
    }
    let (encoding, range) = (string.encoding(), string.code_range());
    let from = char_to_byte_offset(encoding, string.bytes(), range, start)?;
    let rest = &string.bytes()[from..];
    let count = if length >= rest.len() { None } else { char_to_byte_offset(encoding, rest, range, length) };
    Some((from, count.map_or(string.len(), |count| from + count)))
}

/// Start and length that a Range means in something of `size` elements. None outside.
pub fn range_bounds(vm: &mut Vm, range: RRange, size: usize) -> RResult<Option<(i64, i64)>> {
    let size = size as i64;
    let low = if range.low().is_nil() { 0 } else { vm.to_i64(range.low())? };
    let high = if range.high().is_nil() { -1 } else { vm.to_i64(range.high())? };
    let exclusive = range.is_exclusive() && !range.high().is_nil();
    let low = if low < 0 { low + size } else { low };
    if low < 0 || low > size {
        return Ok(None);
    }
    let high = if high < 0 { high.saturating_add(size) } else { high };
    let end = if exclusive { high } else { high.saturating_add(1) };
    Ok(Some((low, end.saturating_sub(low).max(0))))
}

/// RangeError "X out of range".
pub fn out_of_range(vm: &mut Vm, range: RRange) -> vm::Raised {
    match vm.inspect_text(range.value()) {
        Ok(text) => vm.range_error(&format!("{text} out of range")),
        Err(raised) => raised,
    }
}

/// An enumerator whose size another method of the receiver tells.
pub fn sized_enumerator(vm: &mut Vm, this: Value, name: &str, counter: &str) -> RResult {
    let (name, counter) = (vm.symbol(name), vm.symbol(counter));
    let class = vm.class_at("Enumerator");
    let made = vm.allocate(vm.class_view(class))?;
    let size = vm.send(this, "method", &[counter])?;
    let (arguments, keywords) = (vm.array(&[]), vm.new_hash().value());
    vm.send(made, "__setup", &[this, name, arguments, keywords, size])
}

/// Calls `to_enum(name, args)` for methods that were given no block.
pub fn enumerator(vm: &mut Vm, this: Value, name: &str, args: &[Value]) -> RResult {
    let name = vm.symbol(name);
    let mut all = ArgumentList::from_slice(&vm.roots, args);
    all.insert(&vm.roots, 0, name);
    vm.send(this, "to_enum", &all)
}

/// Notes a match as `$~` where code can read it.
pub fn note_match(vm: &mut Vm, regexp: Value, subject: RString, captures: &Captures) {
    if vm.wants_last_match() {
        let found = vm.new_match(regexp, subject, captures.clone());
        vm.set_last_match(found);
    }
}

/// A frozen copy of the subject, so that blocks may change the original.
pub fn frozen_subject(vm: &mut Vm, this: RString) -> RResult<RString> {
    if vm.is_frozen(this.value()) && vm.class_of(this.value()).value() == vm.core.string {
        return Ok(this);
    }
    let copied = copy(vm, this)?;
    vm.freeze(copied);
    Ok(RString::new(copied).unwrap_or(this))
}

/// A pattern argument: Regexp or text.
#[derive(Clone, Copy)]
pub enum Pattern {
    /// A Regexp object.
    Regexp(Value),
    /// A String, taken literally.
    Text(RString),
}

impl Pattern {
    /// Takes an argument; TypeError for what is neither.
    pub fn of(vm: &mut Vm, value: Value) -> RResult<Pattern> {
        if Vm::is_regexp(value) {
            return Ok(Pattern::Regexp(value));
        }
        match vm.try_to_str(value)? {
            Some(text) => Ok(Pattern::Text(text)),
            None => Err(vm.wrong_type(value, "Regexp")),
        }
    }

    /// The first match at or after a byte position.
    pub fn find(self, vm: &mut Vm, subject: RString, from: usize) -> RResult<Option<Captures>> {
        match self {
            Pattern::Regexp(regexp) => vm.regexp_search(regexp, subject, from),
            Pattern::Text(text) => {
                let encoding = compatible(vm, subject, text)?;
                let found = text::search::index(encoding, subject.bytes(), text.bytes(), from);
                Ok(found.map(|start| Captures::of_range(start, start + text.len())))
            }
        }
    }

    /// The Regexp for MatchData: nil for text.
    pub fn regexp(self) -> Value {
        match self {
            Pattern::Regexp(regexp) => regexp,
            Pattern::Text(text) => text.value(),
        }
    }
}

/// A Regexp of a `match` argument: Strings are compiled.
pub fn to_regexp(vm: &mut Vm, value: Value) -> RResult {
    if Vm::is_regexp(value) {
        return Ok(value);
    }
    match vm.try_to_str(value)? {
        Some(text) => {
            let bytes = text.bytes().to_vec();
            vm.new_regexp(&bytes, 0, text.encoding())
        }
        None => Err(vm.wrong_type(value, "Regexp")),
    }
}

/// The Symbol of a String.
pub fn intern(vm: &mut Vm, string: RString) -> RResult {
    vm.symbol_of(string).map(Value::symbol)
}

/// Does a value compare by its own `==` with Strings (has `to_str`)?
pub fn responds_to_str(vm: &mut Vm, value: Value) -> RResult<bool> {
    let class = vm.class_of(value);
    if vm.has_custom(class, sym::RESPOND_TO) {
        return vm.ask_respond_to(value, sym::TO_STR);
    }
    vm.responds_to(value, sym::TO_STR, false)
}

/// The first character of a String.
pub fn text_of_char(vm: &mut Vm, string: RString) -> RResult<RString> {
    let end = text::encoding::step_len(string.encoding(), string.bytes(), 0);
    let made = part(vm, string, 0, end)?;
    Ok(RString::new(made).unwrap_or(string))
}
