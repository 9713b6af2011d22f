//! String: parts by position, text or pattern, reading and writing.
//!
//! Source: CRuby `string.c` (`rb_str_aref`, `rb_str_update`).

use crate::common::{self, Pattern, char_length, char_range, compatible, out_of_range, part, range_bounds};
use macros::ruby_methods;
use text::CodeRange;
use text::encoding::{byte_to_char_index, char_to_byte_offset, is_boundary};
use vm::{RRange, RResult, RString, Value, Vm};

/// Parts of a String.
pub struct Parts;

#[ruby_methods("String")]
impl Parts {
    #[method("[]", "slice")]
    fn get(vm: &mut Vm, this: RString, index: Value, length: Option<Value>) -> RResult {
        match locate(vm, this, index, length)? {
            Some(found) => part(vm, found.text, found.start, found.end),
            None => Ok(Value::NIL),
        }
    }

    #[method("[]=")]
    fn set(vm: &mut Vm, this: RString, args: &[Value]) -> RResult {
        let (index, length, value) = match *args {
            [index, value] => (index, None, value),
            [index, length, value] => (index, Some(length), value),
            _ => return Err(vm.arity_error(args.len(), 2, Some(3))),
        };
        vm.check_frozen(this.value())?;
        let is_looked_for = RRange::new(index).is_some() || RString::new(index).is_some() || Vm::is_regexp(index);
        if is_looked_for {
            let found = locate_for_change(vm, this, index, length)?;
            return set_found(vm, this, found, value);
        }
        if let Some(length) = length.and_then(Value::as_fixnum).filter(|&length| length < 0) {
            return Err(vm.index_error(&format!("negative length {length}")));
        }
        let text = vm.to_str(value)?;
        vm.check_frozen(this.value())?;
        let (start, end) = locate_for_change(vm, this, index, length)?;
        splice(vm, this, start, end, text)?;
        Ok(value)
    }

    #[method("slice!")]
    fn slice_in_place(vm: &mut Vm, this: RString, index: Value, length: Option<Value>) -> RResult {
        vm.check_frozen(this.value())?;
        match locate(vm, this, index, length)? {
            Some(found) => {
                let removed = part(vm, found.text, found.start, found.end)?;
                // What was converted on the way here may have shortened or frozen it.
                vm.check_frozen(this.value())?;
                let end = found.end.min(this.len());
                this.splice(found.start.min(end), end, b"").ok_or_else(|| vm.no_memory())?;
                Ok(removed)
            }
            None => Ok(Value::NIL),
        }
    }

    #[method("insert")]
    fn insert(vm: &mut Vm, this: RString, index: i64, other: RString) -> RResult {
        vm.check_frozen(this.value())?;
        let at = if index < 0 { index + 1 } else { index };
        let place = if index == -1 { Some((this.len(), this.len())) } else { char_range(this, at, 0) };
        let Some((place, _)) = place else { return Err(vm.index_error(&format!("index {index} out of string"))) };
        splice(vm, this, place, place, other)?;
        Ok(this.value())
    }

    #[method("byteslice")]
    fn byteslice(vm: &mut Vm, this: RString, index: Value, length: Option<i64>) -> RResult {
        match byte_span(vm, this, index, length)? {
            Some((start, end)) => part(vm, this, start, end),
            None => Ok(Value::NIL),
        }
    }

    #[method("bytesplice")]
    fn bytesplice(vm: &mut Vm, this: RString, args: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let (span, text, from) = match *args {
            [range, text] => (byte_range(vm, this, range, None)?, text, None),
            [range, text, from] if RRange::new(range).is_some() => (byte_range(vm, this, range, None)?, text, Some((from, None))),
            [start, length, text] => (byte_range(vm, this, start, Some(length))?, text, None),
            [start, length, text, from, from_length] => (byte_range(vm, this, start, Some(length))?, text, Some((from, Some(from_length)))),
            _ => {
                let message = format!("wrong number of arguments (given {}, expected 2, 3, or 5)", args.len());
                return Err(vm.argument_error(&message));
            }
        };
        let text = vm.to_str(text)?;
        let (from, to) = match from {
            Some((from, length)) => byte_range(vm, text, from, length)?,
            None => (0, text.len()),
        };
        let piece = part(vm, text, from, to)?;
        if let Some(piece) = RString::new(piece) {
            splice(vm, this, span.0, span.1, piece)?;
        }
        Ok(this.value())
    }

    #[method("getbyte")]
    fn getbyte(_vm: &mut Vm, this: RString, index: i64) -> Value {
        let at = if index < 0 { index + this.len() as i64 } else { index };
        usize::try_from(at).ok().and_then(|at| this.bytes().get(at).copied()).map_or(Value::NIL, |byte| Value::small(i64::from(byte)))
    }

    #[method("setbyte")]
    fn setbyte(vm: &mut Vm, this: RString, index: i64, byte: Value) -> RResult {
        vm.check_frozen(this.value())?;
        let low = match byte.as_fixnum() {
            Some(number) => number as u8,
            None => vm.to_bigint(byte)?.to_signed_bytes_le().first().copied().unwrap_or(0),
        };
        let at = if index < 0 { index + this.len() as i64 } else { index };
        let mut view = this;
        let Some(at) = usize::try_from(at).ok().filter(|&at| at < view.len()) else {
            return Err(vm.index_error(&format!("index {index} out of string")));
        };
        view.bytes_mut().ok_or_else(|| vm.no_memory())?[at] = low;
        Ok(byte)
    }

    #[method("index")]
    fn index(vm: &mut Vm, this: RString, pattern: Value, from: Option<i64>) -> RResult {
        let Some((start, _)) = char_range(this, from.unwrap_or(0), 0) else {
            if Vm::is_regexp(pattern) {
                vm.set_last_match(Value::NIL);
            }
            return Ok(Value::NIL);
        };
        let found = search(vm, this, pattern, start)?;
        Ok(char_position(this, found))
    }

    #[method("byteindex")]
    fn byteindex(vm: &mut Vm, this: RString, pattern: Value, from: Option<i64>) -> RResult {
        let from = from.unwrap_or(0);
        let start = if from < 0 { from + this.len() as i64 } else { from };
        let Some(start) = usize::try_from(start).ok().filter(|&start| start <= this.len()) else {
            if Vm::is_regexp(pattern) {
                vm.set_last_match(Value::NIL);
            }
            return Ok(Value::NIL);
        };
        check_boundary(vm, this, start)?;
        let found = search(vm, this, pattern, start)?;
        Ok(found.map_or(Value::NIL, |at| Value::small(at as i64)))
    }

    #[method("rindex")]
    fn rindex(vm: &mut Vm, this: RString, pattern: Value, from: Option<i64>) -> RResult {
        let count = char_length(this) as i64;
        let from = from.unwrap_or(count);
        let at = if from < 0 { from + count } else { from.min(count) };
        if at < 0 {
            if Vm::is_regexp(pattern) {
                vm.set_last_match(Value::NIL);
            }
            return Ok(Value::NIL);
        }
        let start = char_to_byte_offset(this.encoding(), this.bytes(), this.code_range(), at as usize).unwrap_or(this.len());
        let found = search_backward(vm, this, pattern, start)?;
        Ok(char_position(this, found))
    }

    #[method("byterindex")]
    fn byterindex(vm: &mut Vm, this: RString, pattern: Value, from: Option<i64>) -> RResult {
        let length = this.len() as i64;
        let from = from.unwrap_or(length);
        let at = if from < 0 { from + length } else { from.min(length) };
        if at < 0 {
            if Vm::is_regexp(pattern) {
                vm.set_last_match(Value::NIL);
            }
            return Ok(Value::NIL);
        }
        check_boundary(vm, this, at as usize)?;
        let found = search_backward(vm, this, pattern, at as usize)?;
        Ok(found.map_or(Value::NIL, |at| Value::small(at as i64)))
    }

    #[method("include?")]
    fn includes(vm: &mut Vm, this: RString, other: RString) -> RResult<bool> {
        let encoding = compatible(vm, this, other)?;
        Ok(text::search::index(encoding, this.bytes(), other.bytes(), 0).is_some())
    }

    #[method("start_with?")]
    fn starts_with(vm: &mut Vm, this: RString, prefixes: &[Value]) -> RResult<bool> {
        for &prefix in prefixes {
            if Vm::is_regexp(prefix) {
                let regex = vm.regex_of(prefix)?;
                let found = vm.with_patience(&regex, |retries| regex.match_at(this.bytes(), this.encoding(), this.code_range(), 0, retries));
                match found? {
                    Some(captures) => {
                        common::note_match(vm, prefix, this, &captures);
                        return Ok(true);
                    }
                    None => vm.set_last_match(Value::NIL),
                }
                continue;
            }
            let prefix = vm.to_str(prefix)?;
            let encoding = compatible(vm, this, prefix)?;
            if text::search::starts_with(encoding, this.bytes(), prefix.bytes()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[method("end_with?")]
    fn ends_with(vm: &mut Vm, this: RString, suffixes: &[Value]) -> RResult<bool> {
        for &suffix in suffixes {
            let suffix = vm.to_str(suffix)?;
            let encoding = compatible(vm, this, suffix)?;
            if text::search::ends_with(encoding, this.bytes(), suffix.bytes()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[method("delete_prefix")]
    fn delete_prefix(vm: &mut Vm, this: RString, prefix: RString) -> RResult {
        let length = prefix_length(vm, this, prefix)?;
        part(vm, this, length, this.len())
    }

    #[method("delete_prefix!")]
    fn delete_prefix_in_place(vm: &mut Vm, this: RString, prefix: RString) -> RResult {
        vm.check_frozen(this.value())?;
        let length = prefix_length(vm, this, prefix)?;
        if length == 0 {
            return Ok(Value::NIL);
        }
        this.splice(0, length, b"").ok_or_else(|| vm.no_memory())?;
        Ok(this.value())
    }

    #[method("delete_suffix")]
    fn delete_suffix(vm: &mut Vm, this: RString, suffix: RString) -> RResult {
        let length = suffix_length(vm, this, suffix)?;
        part(vm, this, 0, this.len() - length)
    }

    #[method("delete_suffix!")]
    fn delete_suffix_in_place(vm: &mut Vm, this: RString, suffix: RString) -> RResult {
        vm.check_frozen(this.value())?;
        let length = suffix_length(vm, this, suffix)?;
        if length == 0 {
            return Ok(Value::NIL);
        }
        this.truncate(this.len() - length);
        Ok(this.value())
    }
}

fn prefix_length(vm: &mut Vm, this: RString, prefix: RString) -> RResult<usize> {
    if prefix.code_range() == CodeRange::Broken {
        return Ok(0);
    }
    let encoding = compatible(vm, this, prefix)?;
    Ok(if text::search::starts_with(encoding, this.bytes(), prefix.bytes()) { prefix.len() } else { 0 })
}

fn suffix_length(vm: &mut Vm, this: RString, suffix: RString) -> RResult<usize> {
    if suffix.code_range() == CodeRange::Broken {
        return Ok(0);
    }
    let encoding = compatible(vm, this, suffix)?;
    Ok(if text::search::ends_with(encoding, this.bytes(), suffix.bytes()) { suffix.len() } else { 0 })
}

fn check_boundary(vm: &mut Vm, this: RString, at: usize) -> RResult<()> {
    if is_boundary(this.encoding(), this.bytes(), at) {
        return Ok(());
    }
    Err(vm.index_error(&format!("offset {at} does not land on character boundary")))
}

fn char_position(this: RString, found: Option<usize>) -> Value {
    match found {
        Some(at) => Value::small(byte_to_char_index(this.encoding(), this.bytes(), this.code_range(), at) as i64),
        None => Value::NIL,
    }
}

/// Byte position of the first match at or after a position; sets `$~` for a Regexp.
fn search(vm: &mut Vm, this: RString, pattern: Value, from: usize) -> RResult<Option<usize>> {
    if Vm::is_regexp(pattern) {
        let found = vm.regexp_match(pattern, this, from)?;
        return Ok(found.and_then(|found| vm.match_info(found)).map(|info| info.captures.start()));
    }
    let text = vm.to_str(pattern)?;
    Ok(Pattern::Text(text).find(vm, this, from)?.map(|captures| captures.start()))
}

fn search_backward(vm: &mut Vm, this: RString, pattern: Value, from: usize) -> RResult<Option<usize>> {
    if !Vm::is_regexp(pattern) {
        let text = vm.to_str(pattern)?;
        let encoding = compatible(vm, this, text)?;
        return Ok(text::search::rindex(encoding, this.bytes(), text.bytes(), from));
    }
    let regex = vm.regex_of(pattern)?;
    let found = vm.with_patience(&regex, |retries| regex.search_backward(this.bytes(), this.encoding(), this.code_range(), from, retries));
    match found? {
        Some(captures) => {
            common::note_match(vm, pattern, this, &captures);
            Ok(Some(captures.start()))
        }
        None => {
            vm.set_last_match(Value::NIL);
            Ok(None)
        }
    }
}

/// A byte range of a text: that of the String itself, or what a Regexp matched against.
struct Located {
    text: RString,
    start: usize,
    end: usize,
}

/// What the arguments of `[]` mean.
fn locate(vm: &mut Vm, this: RString, index: Value, length: Option<Value>) -> RResult<Option<Located>> {
    if Vm::is_regexp(index) {
        return locate_group(vm, this, index, length.unwrap_or(Value::small(0)));
    }
    let range = own_range(vm, this, index, length)?;
    Ok(range.map(|(start, end)| Located { text: this, start, end }))
}

/// The byte range that numbers, a Range or a text mean.
fn own_range(vm: &mut Vm, this: RString, index: Value, length: Option<Value>) -> RResult<Option<(usize, usize)>> {
    if let Some(length) = length {
        let (start, length) = (vm.to_i64(index)?, vm.to_i64(length)?);
        return Ok(char_range(this, start, length));
    }
    if let Some(at) = index.as_fixnum() {
        return Ok(char_range(this, at, 1).filter(|&(start, end)| start < end));
    }
    if let Some(range) = RRange::new(index) {
        let bounds = range_bounds(vm, range, char_length(this))?;
        return Ok(bounds.and_then(|(start, length)| char_range(this, start, length)));
    }
    if let Some(text) = RString::new(index) {
        let found = Pattern::Text(text).find(vm, this, 0)?;
        return Ok(found.map(|captures| (captures.start(), captures.end())));
    }
    let at = vm.to_i64(index)?;
    Ok(char_range(this, at, 1).filter(|&(start, end)| start < end))
}

/// A group of the first match, in the match's own copy of the String: asking for the group's number may change the String.
fn locate_group(vm: &mut Vm, this: RString, regexp: Value, group: Value) -> RResult<Option<Located>> {
    let Some(found) = vm.regexp_match(regexp, this, 0)? else { return Ok(None) };
    let Some(number) = crate::match_data::group_number(vm, found, group)? else { return Ok(None) };
    // Counted from the end, the groups end with the first one: the whole match is not among them.
    if number == 0 && group != Value::small(0) {
        return Ok(None);
    }
    Ok(vm.match_info(found).and_then(|info| {
        let (start, end) = info.captures.get(number)?;
        Some(Located { text: RString::new(info.subject)?, start, end })
    }))
}

/// The same for writing: what is outside raises.
fn locate_for_change(vm: &mut Vm, this: RString, index: Value, length: Option<Value>) -> RResult<(usize, usize)> {
    if let (Some(length), false) = (length, Vm::is_regexp(index)) {
        let (start, length) = (vm.to_i64(index)?, vm.to_i64(length)?);
        if length < 0 {
            return Err(vm.index_error(&format!("negative length {length}")));
        }
        return char_range(this, start, length).ok_or_else(|| vm.index_error(&format!("index {start} out of string")));
    }
    if let Some(found) = locate(vm, this, index, length)? {
        return Ok((found.start, found.end));
    }
    if let Some(range) = RRange::new(index) {
        return Err(out_of_range(vm, range));
    }
    if Vm::is_regexp(index) {
        let Some(group) = length else { return Err(vm.index_error("regexp not matched")) };
        let shown = vm.inspect_text(group)?;
        let matched = vm.last_match();
        if matched.is_nil() {
            return Err(vm.index_error("regexp not matched"));
        }
        let known = crate::match_data::group_number(vm, matched, group)?.is_some_and(|number| number > 0 || group == Value::small(0));
        return Err(vm.index_error(&if known { format!("regexp group {shown} not matched") } else { format!("index {shown} out of regexp") }));
    }
    if RString::new(index).is_some() {
        return Err(vm.index_error("string not matched"));
    }
    let at = vm.to_i64(index)?;
    if at >= 0 && char_range(this, at, 0).is_some() {
        return Ok((this.len(), this.len()));
    }
    Err(vm.index_error(&format!("index {at} out of string")))
}

/// Replaces a part that was found by a value, whose conversion may shorten the String.
fn set_found(vm: &mut Vm, this: RString, (start, end): (usize, usize), value: Value) -> RResult {
    let index = text::encoding::char_count(this.encoding(), &this.bytes()[..start], this.code_range());
    let text = vm.to_str(value)?;
    vm.check_frozen(this.value())?;
    if start > this.len() {
        return Err(vm.index_error(&format!("index {index} out of string")));
    }
    splice(vm, this, start, end.min(this.len()), text)?;
    Ok(value)
}

/// Replaces a byte range by another String.
pub fn splice(vm: &mut Vm, this: RString, start: usize, end: usize, text: RString) -> RResult<()> {
    let encoding = compatible(vm, this, text)?;
    // What was converted on the way here may have frozen it.
    vm.check_frozen(this.value())?;
    let bytes = text.bytes().to_vec();
    if start > end || end > this.len() {
        return Err(vm.runtime_error("string modified"));
    }
    this.splice(start, end, &bytes).ok_or_else(|| vm.no_memory())?;
    if encoding != this.encoding() {
        this.set_encoding(encoding);
    }
    Ok(())
}

/// The byte range of `byteslice` arguments.
fn byte_span(vm: &mut Vm, this: RString, index: Value, length: Option<i64>) -> RResult<Option<(usize, usize)>> {
    let size = this.len();
    // A place alone has to have a byte; a length may start at the end.
    let is_single = length.is_none() && RRange::new(index).is_none();
    let (start, length) = match (RRange::new(index), length) {
        (Some(range), None) => match range_bounds(vm, range, size)? {
            Some(bounds) => bounds,
            None => return Ok(None),
        },
        (_, length) => (vm.to_i64(index)?, length.unwrap_or(1)),
    };
    let from = if start < 0 { start + size as i64 } else { start };
    let Some(from) = usize::try_from(from).ok().filter(|&from| from <= size && length >= 0) else { return Ok(None) };
    if from == size && is_single {
        return Ok(None);
    }
    Ok(Some((from, from.saturating_add(length as usize).min(size))))
}

/// The byte range of `bytesplice` arguments; IndexError outside or within a character.
fn byte_range(vm: &mut Vm, this: RString, index: Value, length: Option<Value>) -> RResult<(usize, usize)> {
    if length.is_none() && RRange::new(index).is_none() {
        return Err(vm.wrong_type(index, "Range"));
    }
    let length = match length {
        Some(length) => Some(vm.to_i64(length)?),
        None => None,
    };
    if let Some(length) = length.filter(|&length| length < 0) {
        return Err(vm.index_error(&format!("negative length {length}")));
    }
    match byte_span(vm, this, index, length)? {
        Some((start, end)) => {
            check_boundary(vm, this, start)?;
            check_boundary(vm, this, end)?;
            Ok((start, end))
        }
        None => match RRange::new(index) {
            Some(range) => Err(out_of_range(vm, range)),
            None => {
                let at = vm.to_i64(index)?;
                Err(vm.index_error(&format!("index {at} out of string")))
            }
        },
    }
}
