//! MatchData.
//!
//! Source: CRuby `re.c` (`match_*`).

use crate::common::{out_of_range, range_bounds};
use macros::ruby_methods;
use text::encoding::byte_to_char_index;
use vm::matching::MatchInfo;
use vm::{Keywords, RArray, RHash, RRange, RResult, RString, Value, Vm, sym};

/// Methods of MatchData.
pub struct Matches;

#[ruby_methods("MatchData")]
impl Matches {
    #[method("regexp")]
    fn regexp(vm: &mut Vm, this: Value) -> RResult {
        let regexp = info(vm, this)?.regexp;
        match RString::new(regexp) {
            Some(text) => {
                let bytes = regexp::source::escape(text.bytes(), text.encoding());
                vm.new_regexp(&bytes, 0, text.encoding())
            }
            None => Ok(regexp),
        }
    }

    #[method("string")]
    fn string(vm: &mut Vm, this: Value) -> RResult {
        Ok(info(vm, this)?.subject)
    }

    #[method("names")]
    fn names(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let regexp = info(vm, this)?.regexp;
        if !Vm::is_regexp(regexp) {
            return Ok(vm.new_array());
        }
        let regex = vm.regex_of(regexp)?;
        crate::symbol::names(vm, regex.names(), regex.encoding())
    }

    #[method("size", "length")]
    fn size(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(info(vm, this)?.captures.len())
    }

    #[method("to_a")]
    fn to_a(vm: &mut Vm, this: Value) -> RResult<RArray> {
        groups(vm, this, 0)
    }

    #[method("captures", "deconstruct")]
    fn captures(vm: &mut Vm, this: Value) -> RResult<RArray> {
        groups(vm, this, 1)
    }

    #[method("named_captures")]
    fn named_captures(vm: &mut Vm, this: Value, keywords: Keywords) -> RResult<RHash> {
        keywords.check(vm, &["symbolize_names"])?;
        let symbols = keywords.get(vm, "symbolize_names").is_some_and(Value::truthy);
        let hash = vm.new_hash();
        for name in names(vm, this)? {
            let value = named(vm, this, &name)?.unwrap_or(Value::NIL);
            let key = name_value(vm, this, &name, symbols)?;
            vm.hash_set(hash, key, value)?;
        }
        Ok(hash)
    }

    #[method("deconstruct_keys")]
    fn deconstruct_keys(vm: &mut Vm, this: Value, keys: Value) -> RResult<RHash> {
        let hash = vm.new_hash();
        if keys.is_nil() {
            for name in names(vm, this)? {
                let value = named(vm, this, &name)?.unwrap_or(Value::NIL);
                let key = name_value(vm, this, &name, true)?;
                vm.hash_set(hash, key, value)?;
            }
            return Ok(hash);
        }
        let Some(keys) = RArray::new(keys) else {
            let name = vm.class_name_of(keys);
            return Err(vm.type_error(&format!("wrong argument type {name} (expected Array)")));
        };
        if keys.len() > names(vm, this)?.len() {
            return Ok(hash);
        }
        for &key in vm.roots.values(keys.as_slice(&vm.heap)).iter() {
            let Some(name) = key.as_symbol() else { return Err(vm.wrong_type(key, "Symbol")) };
            let name = vm.symbols.bytes(name).to_vec();
            if !names(vm, this)?.contains(&name) {
                break;
            }
            let value = named(vm, this, &name)?.unwrap_or(Value::NIL);
            vm.hash_set(hash, key, value)?;
        }
        Ok(hash)
    }

    #[method("[]")]
    fn get(vm: &mut Vm, this: Value, index: Value, length: Option<Value>) -> RResult {
        if let Some(length) = length {
            let all = groups(vm, this, 0)?;
            return vm.call(all.value(), sym::INDEX, &[index, length]);
        }
        if RRange::new(index).is_some() {
            let all = groups(vm, this, 0)?;
            return vm.call(all.value(), sym::INDEX, &[index]);
        }
        group(vm, this, index)
    }

    #[method("values_at")]
    fn values_at(vm: &mut Vm, this: Value, indices: &[Value]) -> RResult<RArray> {
        let list = vm.new_array();
        for &index in indices {
            if let Some(range) = RRange::new(index) {
                let size = info(vm, this)?.captures.len();
                let Some((start, length)) = range_bounds(vm, range, size)? else { return Err(out_of_range(vm, range)) };
                for number in start..start + length {
                    let value = vm.match_group(this, number as usize).unwrap_or(Value::NIL);
                    vm.push(list, value)?;
                }
                continue;
            }
            let value = group(vm, this, index)?;
            vm.push(list, value)?;
        }
        Ok(list)
    }

    #[method("pre_match")]
    fn pre_match(vm: &mut Vm, this: Value) -> RResult {
        let end = info(vm, this)?.captures.start();
        Ok(vm.match_slice(this, 0, end).unwrap_or(Value::NIL))
    }

    #[method("post_match")]
    fn post_match(vm: &mut Vm, this: Value) -> RResult {
        let info = info(vm, this)?;
        let (start, length) = (info.captures.end(), RString::new(info.subject).map_or(0, RString::len));
        Ok(vm.match_slice(this, start, length).unwrap_or(Value::NIL))
    }

    #[method("begin")]
    fn begin(vm: &mut Vm, this: Value, index: Value) -> RResult {
        Ok(range_of(vm, this, index)?.map_or(Value::NIL, |(start, _)| position(vm, this, start)))
    }

    #[method("end")]
    fn end(vm: &mut Vm, this: Value, index: Value) -> RResult {
        Ok(range_of(vm, this, index)?.map_or(Value::NIL, |(_, end)| position(vm, this, end)))
    }

    #[method("offset")]
    fn offset(vm: &mut Vm, this: Value, index: Value) -> RResult {
        let (start, end) = match range_of(vm, this, index)? {
            Some((start, end)) => (position(vm, this, start), position(vm, this, end)),
            None => (Value::NIL, Value::NIL),
        };
        Ok(vm.array(&[start, end]))
    }

    #[method("bytebegin")]
    fn bytebegin(vm: &mut Vm, this: Value, index: Value) -> RResult {
        Ok(range_of(vm, this, index)?.map_or(Value::NIL, |(start, _)| Value::small(start as i64)))
    }

    #[method("byteend")]
    fn byteend(vm: &mut Vm, this: Value, index: Value) -> RResult {
        Ok(range_of(vm, this, index)?.map_or(Value::NIL, |(_, end)| Value::small(end as i64)))
    }

    #[method("byteoffset")]
    fn byteoffset(vm: &mut Vm, this: Value, index: Value) -> RResult {
        let (start, end) = match range_of(vm, this, index)? {
            Some((start, end)) => (Value::small(start as i64), Value::small(end as i64)),
            None => (Value::NIL, Value::NIL),
        };
        Ok(vm.array(&[start, end]))
    }

    #[method("match")]
    fn match_text(vm: &mut Vm, this: Value, index: Value) -> RResult {
        match range_of(vm, this, index)? {
            Some((start, end)) => Ok(vm.match_slice(this, start, end).unwrap_or(Value::NIL)),
            None => Ok(Value::NIL),
        }
    }

    #[method("match_length")]
    fn match_length(vm: &mut Vm, this: Value, index: Value) -> RResult {
        match range_of(vm, this, index)? {
            Some((start, end)) => {
                let text = vm.match_slice(this, start, end).and_then(RString::new);
                Ok(Value::small(text.map_or(0, crate::common::char_length) as i64))
            }
            None => Ok(Value::NIL),
        }
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> Value {
        match vm.match_group(this, 0) {
            Some(text) => text,
            None => vm.str(""),
        }
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult {
        let class = vm.class_name_of(this);
        let count = info(vm, this)?.captures.len();
        let result = vm.result_encoding();
        let shown = vm.new_string(format!("#<{class}").as_bytes(), result);
        let labels = group_labels(vm, this)?;
        for index in 0..count {
            let mut label = b" ".to_vec();
            if index > 0 {
                match labels.get(index).and_then(Option::as_ref) {
                    Some(name) => label.extend_from_slice(name),
                    None => label.extend_from_slice(index.to_string().as_bytes()),
                }
                label.push(b':');
            }
            shown.push_bytes(&label).ok_or_else(|| vm.no_memory())?;
            let value = vm.match_group(this, index).unwrap_or(Value::NIL);
            let text = vm.inspect(value)?;
            vm.append_string(shown, text)?;
        }
        shown.push_bytes(b">").ok_or_else(|| vm.no_memory())?;
        Ok(shown.value())
    }

    #[method("==", "eql?")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        let Some(theirs) = vm.match_info(other).cloned() else { return Ok(false) };
        let ours = info(vm, this)?;
        let (same, subject, regexp) = (ours.captures == theirs.captures, ours.subject, ours.regexp);
        Ok(same && vm.equal(subject, theirs.subject)? && vm.equal(regexp, theirs.regexp)?)
    }

    #[method("hash")]
    fn hash(vm: &mut Vm, this: Value) -> RResult {
        let info = info(vm, this)?;
        let (subject, start, regexp) = (info.subject, info.captures.start() as u64, info.regexp);
        let hash = vm.hash_of(subject)? ^ vm.hash_word(start) ^ vm.hash_of(regexp)?;
        Ok(vm.int(hash as i64 >> 1))
    }
}

fn info(vm: &mut Vm, this: Value) -> RResult<&MatchInfo> {
    if vm.match_info(this).is_none() {
        return Err(vm.wrong_type(this, "MatchData"));
    }
    Ok(vm.match_info(this).expect("just looked at"))
}

fn groups(vm: &mut Vm, this: Value, from: usize) -> RResult<RArray> {
    let count = info(vm, this)?.captures.len();
    let list = vm.new_array();
    for index in from..count {
        let value = vm.match_group(this, index).unwrap_or(Value::NIL);
        vm.push(list, value)?;
    }
    Ok(list)
}

fn names(vm: &mut Vm, this: Value) -> RResult<Vec<Vec<u8>>> {
    let regexp = info(vm, this)?.regexp;
    if !Vm::is_regexp(regexp) {
        return Ok(Vec::new());
    }
    Ok(vm.regex_of(regexp)?.names().iter().map(|(name, _)| name.clone()).collect())
}

/// The name of each group by its number.
fn group_labels(vm: &mut Vm, this: Value) -> RResult<Vec<Option<Vec<u8>>>> {
    let info = info(vm, this)?;
    let (mut labels, regexp) = (vec![None; info.captures.len()], info.regexp);
    if Vm::is_regexp(regexp) {
        for (name, numbers) in vm.regex_of(regexp)?.names() {
            for &number in numbers {
                if let Some(label) = labels.get_mut(number) {
                    *label = Some(name.clone());
                }
            }
        }
    }
    Ok(labels)
}

fn name_value(vm: &mut Vm, this: Value, name: &[u8], symbol: bool) -> RResult {
    let regexp = info(vm, this)?.regexp;
    let encoding = if Vm::is_regexp(regexp) { vm.regex_of(regexp)?.encoding() } else { text::Encoding::UTF_8 };
    if symbol {
        return Ok(Value::symbol(vm.symbols.intern_bytes(name, encoding.index())));
    }
    Ok(vm.string(name, encoding))
}

fn named(vm: &mut Vm, this: Value, name: &[u8]) -> RResult<Option<Value>> {
    let regexp = info(vm, this)?.regexp;
    let regex = vm.regex_of(regexp)?;
    let Some(index) = regex.name_to_group(name, &info(vm, this)?.captures) else { return Ok(None) };
    Ok(vm.match_group(this, index))
}

/// The number of a group given by number or name: None outside, IndexError for unknown names.
pub fn group_number(vm: &mut Vm, this: Value, index: Value) -> RResult<Option<usize>> {
    let name = match index.as_symbol() {
        Some(name) => Some(vm.symbols.bytes(name).to_vec()),
        None => RString::new(index).map(|name| name.bytes().to_vec()),
    };
    let about = info(vm, this)?;
    let (regexp, count) = (about.regexp, about.captures.len() as i64);
    if let Some(name) = name {
        let regex = if Vm::is_regexp(regexp) { Some(vm.regex_of(regexp)?) } else { None };
        let captures = &info(vm, this)?.captures;
        let found = regex.and_then(|regex| regex.name_to_group(&name, captures));
        return match found {
            Some(number) => Ok(Some(number)),
            None => Err(vm.index_error(&format!("undefined group name reference: {}", String::from_utf8_lossy(&name)))),
        };
    }
    let number = vm.to_i64(index)?;
    let number = if number < 0 { number + count } else { number };
    Ok(usize::try_from(number).ok().filter(|&number| number < count as usize))
}

/// The text of a group given by number or name.
pub fn group(vm: &mut Vm, this: Value, index: Value) -> RResult {
    match group_number(vm, this, index)? {
        Some(number) => Ok(vm.match_group(this, number).unwrap_or(Value::NIL)),
        None => Ok(Value::NIL),
    }
}

/// The byte range of a group; IndexError when there is no such group.
fn range_of(vm: &mut Vm, this: Value, index: Value) -> RResult<Option<(usize, usize)>> {
    if let Some(number) = index.as_fixnum() {
        let count = info(vm, this)?.captures.len() as i64;
        if number < 0 || number >= count {
            return Err(vm.index_error(&format!("index {number} out of matches")));
        }
    }
    match group_number(vm, this, index)? {
        Some(number) => Ok(info(vm, this)?.captures.get(number)),
        None => {
            let shown = vm.to_s_text(index)?;
            Err(vm.index_error(&format!("index {shown} out of matches")))
        }
    }
}

/// Character position of a byte position of the subject.
fn position(vm: &Vm, this: Value, at: usize) -> Value {
    let Some(subject) = vm.match_info(this).and_then(|info| RString::new(info.subject)) else { return Value::NIL };
    Value::small(byte_to_char_index(subject.encoding(), subject.bytes(), subject.code_range(), at) as i64)
}
