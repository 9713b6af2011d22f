//! What the last match found: its text, its groups by number and name, what stands before and behind it.

use crate::scanner::{part, state, text};
use macros::ruby_methods;
use vm::{RArray, RHash, RResult, RString, Value, Vm};

/// Methods about the last match.
pub struct Groups;

#[ruby_methods("StringScanner")]
impl Groups {
    #[method("matched?")]
    fn is_matched(vm: &mut Vm, this: Value) -> RResult<bool> {
        text(vm, this)?;
        Ok(state(vm, this)?.is_matched)
    }

    #[method("matched")]
    fn matched(vm: &mut Vm, this: Value) -> RResult {
        group(vm, this, 0)
    }

    #[method("matched_size")]
    fn matched_size(vm: &mut Vm, this: Value) -> RResult {
        text(vm, this)?;
        let range = state(vm, this)?.group(0);
        Ok(range.map_or(Value::NIL, |(start, end)| Value::small((end - start) as i64)))
    }

    #[method("pre_match")]
    fn pre_match(vm: &mut Vm, this: Value) -> RResult {
        let text = text(vm, this)?;
        match state(vm, this)?.group(0) {
            Some((start, _)) => part(vm, text, 0, start),
            None => Ok(Value::NIL),
        }
    }

    #[method("post_match")]
    fn post_match(vm: &mut Vm, this: Value) -> RResult {
        let text = text(vm, this)?;
        match state(vm, this)?.group(0) {
            Some((_, end)) => part(vm, text, end, text.len()),
            None => Ok(Value::NIL),
        }
    }

    #[method("[]")]
    fn get(vm: &mut Vm, this: Value, index: Value) -> RResult {
        text(vm, this)?;
        if !state(vm, this)?.is_matched {
            return Ok(Value::NIL);
        }
        match number(vm, this, index)? {
            Some(number) => group(vm, this, number),
            None => Ok(Value::NIL),
        }
    }

    #[method("size")]
    fn size(vm: &mut Vm, this: Value) -> RResult {
        Ok(count(vm, this)?.map_or(Value::NIL, |count| Value::small(count as i64)))
    }

    #[method("captures")]
    fn captures(vm: &mut Vm, this: Value) -> RResult {
        let Some(count) = count(vm, this)? else { return Ok(Value::NIL) };
        let list = vm.new_array();
        for index in 1..count {
            let text = group(vm, this, index)?;
            vm.push(list, text)?;
        }
        Ok(list.value())
    }

    #[method("values_at")]
    fn values_at(vm: &mut Vm, this: Value, indices: &[Value]) -> RResult<Option<Value>> {
        if count(vm, this)?.is_none() {
            return Ok(None);
        }
        let list: RArray = vm.new_array();
        for &index in indices {
            let text = Groups::get(vm, this, index)?;
            vm.push(list, text)?;
        }
        Ok(Some(list.value()))
    }

    #[method("named_captures")]
    fn named_captures(vm: &mut Vm, this: Value) -> RResult<RHash> {
        text(vm, this)?;
        let (hash, pattern) = (vm.new_hash(), state(vm, this)?.pattern);
        if !Vm::is_regexp(pattern) {
            return Ok(hash);
        }
        let regex = vm.regex_of(pattern)?;
        for (name, _) in regex.names() {
            let number = regex.name_to_group(name, &state(vm, this)?.captures);
            let text = number.map_or(Ok(Value::NIL), |number| group(vm, this, number))?;
            let name = vm.string(name, regex.encoding());
            vm.hash_set(hash, name, text)?;
        }
        Ok(hash)
    }
}

/// Groups of the last match; None when it failed.
fn count(vm: &mut Vm, this: Value) -> RResult<Option<usize>> {
    text(vm, this)?;
    let scanner = state(vm, this)?;
    Ok(scanner.is_matched.then(|| scanner.captures.len()))
}

/// The text of a group, nil when it took no part.
fn group(vm: &mut Vm, this: Value, index: usize) -> RResult {
    let text = text(vm, this)?;
    match state(vm, this)?.group(index) {
        Some((start, end)) => part(vm, text, start, end),
        None => Ok(Value::NIL),
    }
}

/// The number of a group given by number or name: None outside, IndexError for unknown names.
fn number(vm: &mut Vm, this: Value, index: Value) -> RResult<Option<usize>> {
    let name = match index.as_symbol() {
        Some(name) => vm.symbols.bytes(name).to_vec(),
        None => match RString::new(index) {
            Some(name) => name.bytes().to_vec(),
            None => {
                let (number, count) = (vm.to_i64(index)?, state(vm, this)?.captures.len() as i64);
                let number = if number < 0 { number + count } else { number };
                return Ok(usize::try_from(number).ok().filter(|&number| number < count as usize));
            }
        },
    };
    let pattern = state(vm, this)?.pattern;
    let regex = if Vm::is_regexp(pattern) { Some(vm.regex_of(pattern)?) } else { None };
    let captures = &state(vm, this)?.captures;
    let found = regex.and_then(|regex| regex.name_to_group(&name, captures));
    found.map(Some).ok_or_else(|| vm.index_error(&format!("undefined group name reference: {}", String::from_utf8_lossy(&name))))
}
