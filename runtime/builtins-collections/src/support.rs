//! What several collection classes share: the part of a sequence that a Range means, building text of
//! elements, tests for methods that nobody redefined.

use objects::MethodBody;
use text::encoding::Encoding;
use vm::{RArray, RRange, RResult, RString, Symbol, Value, Vm};

/// What to do with a Range that starts outside of the sequence.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// Nothing is meant.
    Nothing,
    /// RangeError for a start before the sequence only; neither start nor end are cut.
    Extend,
}

/// Start and length of the part of `length` elements that a Range means.
pub fn range_part(vm: &mut Vm, range: RRange, length: usize, outside: Outside) -> RResult<Option<(usize, usize)>> {
    let total = length as i64;
    let low = if range.low().is_nil() { 0 } else { vm.to_i64(range.low())? };
    let (high, open) = if range.high().is_nil() { (-1, false) } else { (vm.to_i64(range.high())?, range.is_exclusive()) };
    let start = if low < 0 { low.saturating_add(total) } else { low };
    if start < 0 || outside != Outside::Extend && start > total {
        if outside == Outside::Nothing {
            return Ok(None);
        }
        let text = vm.inspect_text(range.value())?;
        return Err(vm.range_error(&format!("{text} out of range")));
    }
    let mut end = if high < 0 { high.saturating_add(total) } else { high };
    if !open {
        end = end.saturating_add(1);
    }
    if outside != Outside::Extend {
        end = end.min(total);
    }
    Ok(Some((start as usize, (end.saturating_sub(start)).max(0) as usize)))
}

/// Is the method of the value's class still the core's own?
pub fn is_native(vm: &mut Vm, value: Value, name: Symbol) -> bool {
    let class = vm.class_of(value);
    vm.find_method(class, name).is_some_and(|method| matches!(method.body, MethodBody::Native(_)))
}

/// Appends bytes that fit the String.
pub fn push_bytes(vm: &mut Vm, target: RString, bytes: &[u8]) -> RResult<()> {
    target.push_bytes(bytes).ok_or_else(|| vm.no_memory())
}

/// A String that takes the encoding of what is appended and goes beyond ASCII.
pub fn text_buffer(vm: &mut Vm, start: &str) -> RString {
    let encoding = if start.is_ascii() { Encoding::US_ASCII } else { Encoding::UTF_8 };
    vm.new_string(start.as_bytes(), encoding)
}

/// Appends text made by `text::inspect` for the result's encoding.
pub fn append_shown(vm: &mut Vm, target: RString, shown: &[u8], encoding: Encoding) -> RResult<()> {
    if shown.is_ascii() {
        return push_bytes(vm, target, shown);
    }
    let text = vm.new_string(shown, encoding);
    vm.append_string(target, text)
}

/// Appends the `inspect` of a value.
pub fn append_inspect(vm: &mut Vm, target: RString, value: Value) -> RResult<()> {
    let text = vm.inspect(value)?;
    vm.append_string(target, text)
}

/// Mixes a hash number into another.
pub fn mix(seed: u64, number: u64) -> u64 {
    let mixed = (seed.rotate_left(5) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95);
    mixed ^ mixed >> 32
}

/// A hash number as the Integer that `hash` gives.
pub fn hash_result(vm: &mut Vm, number: u64) -> Value {
    vm.int((number >> 2) as i64)
}

/// The pair of a two-element Array argument; None for anything else.
pub fn pair_of(vm: &Vm, array: RArray) -> Option<(Value, Value)> {
    match *array.as_slice(&vm.heap) {
        [key, value] => Some((key, value)),
        _ => None,
    }
}

/// A machine integer, or the argument error for a negative one.
pub fn count_of(vm: &mut Vm, value: Value, message: &str) -> RResult<usize> {
    let number = vm.to_i64(value)?;
    usize::try_from(number).map_err(|_| vm.argument_error(message))
}
