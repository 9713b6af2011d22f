//! Array: what moves elements or compares them without a block. Methods that yield stand in
//! `prelude/core/array.rb`.

mod access;
mod combine;
pub use access::dig_into;
pub use combine::values_of;
mod compare;
mod convert;
mod mutate;
mod search;
mod sort;

use vm::define::MethodGroup;
use vm::{RArray, RResult, Value, Vm};

/// All groups of Array.
pub const GROUPS: &[MethodGroup] = &[
    access::Access::GROUP,
    access::Primitives::GROUP,
    combine::Combine::GROUP,
    combine::Primitives::GROUP,
    compare::Compare::GROUP,
    convert::Convert::GROUP,
    convert::ConvertClass::GROUP,
    mutate::Mutate::GROUP,
    search::Search::GROUP,
    search::Primitives::GROUP,
    sort::Sort::GROUP,
    sort::SortPrimitives::GROUP,
];

/// A new Array with a copy of a part of another.
pub fn part(vm: &mut Vm, array: RArray, start: usize, length: usize) -> RResult<RArray> {
    let end = start.saturating_add(length).min(array.len());
    let start = start.min(end);
    let copy = vm.new_array_with_capacity(end - start)?;
    match copy.extend(&array.as_slice(&vm.heap)[start..end]) {
        Some(()) => Ok(copy),
        None => Err(vm.no_memory()),
    }
}

/// A copy of the whole Array.
pub fn copy(vm: &mut Vm, array: RArray) -> RResult<RArray> {
    part(vm, array, 0, array.len())
}

/// Appends all elements of another Array.
pub fn append(vm: &mut Vm, array: RArray, other: RArray) -> RResult<()> {
    array.extend(other.as_slice(&vm.heap)).ok_or_else(|| vm.no_memory())
}

/// Appends values.
pub fn extend(vm: &mut Vm, array: RArray, values: &[Value]) -> RResult<()> {
    array.extend(values).ok_or_else(|| vm.no_memory())
}

/// Replaces elements `start..end`.
pub fn splice(vm: &mut Vm, array: RArray, start: usize, end: usize, values: &[Value]) -> RResult<()> {
    let length = array.len();
    let end = end.min(length);
    array.splice(start.min(end), end, values).ok_or_else(|| vm.no_memory())
}

/// Replaces the whole content.
pub fn replace(vm: &mut Vm, array: RArray, other: RArray) -> RResult<()> {
    if array == other {
        return Ok(());
    }
    let length = array.len();
    array.splice(0, length, other.as_slice(&vm.heap)).ok_or_else(|| vm.no_memory())
}
