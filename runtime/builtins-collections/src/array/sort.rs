//! Sorting: a merge sort whose working copies are Arrays, because comparing may run Ruby code; Integers,
//! Floats and Strings that nobody gave another `<=>` are sorted at once.

use super::{copy, part, replace};
use crate::support::is_native;
use macros::ruby_methods;
use objects::number::float_of;
use std::cmp::Ordering;
use vm::{Block, RArray, RProc, RResult, RString, Value, Vm, sym};

/// Sorting.
pub struct Sort;
/// Sorting for the prelude.
pub struct SortPrimitives;

/// Runs of this length are sorted by insertion.
const RUN: usize = 8;

/// Sorts a plain Array that nobody else has.
pub fn sort(vm: &mut Vm, array: RArray, block: Block) -> RResult<()> {
    if array.len() < 2 || !block.is_some() && sort_plain(vm, array) {
        return Ok(());
    }
    merge_sort(vm, array, &mut |vm, a, b| {
        if !block.is_some() {
            return vm.compare(a, b);
        }
        let answer = block.call(vm, &[a, b])?;
        vm.comparison_result(answer, a, b)
    })
}

/// Sorts Arrays of one class with the core's own `<=>`; false when it is no such Array.
fn sort_plain(vm: &mut Vm, array: RArray) -> bool {
    let Some(first) = array.get(0) else { return true };
    if !is_native(vm, first, sym::CMP) {
        return false;
    }
    if array.as_slice(&vm.heap).iter().all(|value| value.is_fixnum()) {
        array.as_mut_slice(&mut vm.heap).sort_unstable_by_key(|value| value.as_fixnum());
        return true;
    }
    if array.as_slice(&vm.heap).iter().all(|&value| float_of(value).is_some_and(|number| !number.is_nan())) {
        let order = |a: &Value, b: &Value| float_of(*a).partial_cmp(&float_of(*b)).unwrap_or(Ordering::Equal);
        array.as_mut_slice(&mut vm.heap).sort_by(order);
        return true;
    }
    let string = vm.core.string;
    if array.as_slice(&vm.heap).iter().all(|&value| RString::new(value).is_some() && vm.class_of(value).value() == string) {
        let order = |a: &Value, b: &Value| match (RString::new(*a), RString::new(*b)) {
            (Some(a), Some(b)) => a.bytes().cmp(b.bytes()),
            _ => Ordering::Equal,
        };
        array.as_mut_slice(&mut vm.heap).sort_by(order);
        return true;
    }
    false
}

type Compare<'a> = &'a mut dyn FnMut(&mut Vm, Value, Value) -> RResult<Ordering>;

/// Merge sort of an Array that only this call changes.
fn merge_sort(vm: &mut Vm, array: RArray, compare: Compare<'_>) -> RResult<()> {
    let length = array.len();
    let mut start = 0;
    while start < length {
        insertion_sort(vm, array, start, (start + RUN).min(length), compare)?;
        start += RUN;
    }
    let (mut from, mut to) = (array, copy(vm, array)?);
    let mut width = RUN;
    while width < length {
        let mut start = 0;
        while start < length {
            let middle = (start + width).min(length);
            let end = (start + 2 * width).min(length);
            merge(vm, from, to, (start, middle, end), compare)?;
            start += 2 * width;
        }
        std::mem::swap(&mut from, &mut to);
        width *= 2;
    }
    if from != array {
        replace(vm, array, from)?;
    }
    Ok(())
}

fn element(array: RArray, index: usize) -> Value {
    array.get(index).unwrap_or(Value::NIL)
}

fn put(vm: &mut Vm, array: RArray, index: usize, value: Value) -> RResult<()> {
    array.set(index, value).ok_or_else(|| vm.no_memory())
}

fn insertion_sort(vm: &mut Vm, array: RArray, start: usize, end: usize, compare: Compare<'_>) -> RResult<()> {
    for index in start + 1..end {
        let value = element(array, index);
        let mut place = index;
        while place > start && compare(vm, element(array, place - 1), value)? == Ordering::Greater {
            let moved = element(array, place - 1);
            put(vm, array, place, moved)?;
            place -= 1;
        }
        put(vm, array, place, value)?;
    }
    Ok(())
}

fn merge(vm: &mut Vm, from: RArray, to: RArray, (start, middle, end): (usize, usize, usize), compare: Compare<'_>) -> RResult<()> {
    let (mut left, mut right) = (start, middle);
    for index in start..end {
        let take_left = left < middle && (right >= end || compare(vm, element(from, left), element(from, right))? != Ordering::Greater);
        let source = if take_left { &mut left } else { &mut right };
        let value = element(from, *source);
        *source += 1;
        put(vm, to, index, value)?;
    }
    Ok(())
}

#[ruby_methods("Array")]
impl Sort {
    /// `ary.sort`, `ary.sort { |a, b| ... }`
    #[method("sort")]
    fn sort(vm: &mut Vm, this: RArray, block: Block) -> RResult<RArray> {
        let result = copy(vm, this)?;
        sort(vm, result, block)?;
        Ok(result)
    }

    /// `ary.sort!`
    #[method("sort!")]
    fn sort_in_place(vm: &mut Vm, this: RArray, block: Block) -> RResult<RArray> {
        vm.check_frozen(this.value())?;
        let sorted = copy(vm, this)?;
        sort(vm, sorted, block)?;
        vm.check_frozen(this.value())?;
        replace(vm, this, sorted)?;
        Ok(this)
    }
}

#[ruby_methods("Primitive")]
impl SortPrimitives {
    /// The values in the order of their keys.
    #[method("array_sort_by")]
    fn array_sort_by(vm: &mut Vm, _this: Value, values: RArray, keys: RArray) -> RResult<RArray> {
        let length = values.len().min(keys.len());
        let order = vm.new_array_with_capacity(length)?;
        for index in 0..length {
            vm.push(order, Value::small(index as i64))?;
        }
        let key_of = |index: Value| index.as_fixnum().and_then(|index| keys.at(index)).unwrap_or(Value::NIL);
        if !sort_indexes(vm, order, keys) {
            merge_sort(vm, order, &mut |vm, a, b| {
                let (a, b) = (key_of(a), key_of(b));
                vm.compare(a, b)
            })?;
        }
        let result = vm.new_array_with_capacity(length)?;
        for index in 0..length {
            let position = order.get(index).and_then(Value::as_fixnum).unwrap_or(0);
            vm.push(result, values.at(position).unwrap_or(Value::NIL))?;
        }
        Ok(result)
    }

    /// A sorted copy, by the Proc `block` when there is one.
    #[method("array_sort_with")]
    fn array_sort(vm: &mut Vm, _this: Value, array: RArray, block: Value) -> RResult<RArray> {
        let result = part(vm, array, 0, array.len())?;
        sort(vm, result, RProc::new(block).map_or(Block::NONE, Block::from_proc))?;
        Ok(result)
    }
}

/// Sorts indexes by keys that are all Integers of the machine's range.
fn sort_indexes(vm: &mut Vm, order: RArray, keys: RArray) -> bool {
    let integers = keys.as_slice(&vm.heap).iter().all(|key| key.is_fixnum()) && keys.get(0).is_some_and(|key| is_native(vm, key, sym::CMP));
    if integers {
        let key_of = |index: &Value| index.as_fixnum().and_then(|index| keys.get(index as usize)).and_then(Value::as_fixnum);
        order.as_mut_slice(&mut vm.heap).sort_by_key(key_of);
    }
    integers
}
