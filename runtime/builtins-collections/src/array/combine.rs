//! New Arrays out of old ones: set operations, concatenation, flattening, transposing.

use super::{append, copy, part, replace};
use crate::support::hash_result;
use macros::ruby_methods;
use vm::{RArray, RHash, RResult, RString, RootedValues, Value, Vm};

/// Combining Arrays.
pub struct Combine;

/// A Hash whose keys are the elements; the value is the element itself (String keys are copied).
pub fn index_of_elements(vm: &mut Vm, array: RArray) -> RResult<RHash> {
    let seen = vm.new_hash();
    add_elements(vm, seen, array)?;
    Ok(seen)
}

fn add_elements(vm: &mut Vm, seen: RHash, array: RArray) -> RResult<()> {
    let mut index = 0;
    while let Some(element) = array.get(index) {
        index += 1;
        if vm.hash_find(seen, element)?.is_none() {
            vm.hash_store(seen, element, element)?;
        }
    }
    Ok(())
}

/// The values of a Hash as new Array.
pub fn values_of(vm: &mut Vm, hash: RHash) -> RResult<RArray> {
    let result = vm.new_array_with_capacity(hash.len())?;
    let added = hash.table(&vm.heap).iter().try_for_each(|entry| result.push(entry.value));
    added.map(|()| result).ok_or_else(|| vm.no_memory())
}

/// The elements that are (`wanted`) or are not in the Hash.
fn filter_by(vm: &mut Vm, array: RArray, seen: RHash, wanted: bool) -> RResult<RArray> {
    let result = vm.new_array();
    let mut index = 0;
    while let Some(element) = array.get(index) {
        index += 1;
        if vm.hash_find(seen, element)?.is_some() == wanted {
            vm.push(result, element)?;
        }
    }
    Ok(result)
}

fn difference(vm: &mut Vm, this: RArray, other: RArray) -> RResult<RArray> {
    let seen = index_of_elements(vm, other)?;
    filter_by(vm, this, seen, false)
}

fn intersection(vm: &mut Vm, this: RArray, other: RArray) -> RResult<RArray> {
    let seen = index_of_elements(vm, other)?;
    let both = filter_by(vm, this, seen, true)?;
    let unique = index_of_elements(vm, both)?;
    values_of(vm, unique)
}

fn union(vm: &mut Vm, this: RArray, others: &[Value]) -> RResult<RArray> {
    let seen = index_of_elements(vm, this)?;
    for &other in others {
        let other = vm.to_ary(other)?;
        add_elements(vm, seen, other)?;
    }
    values_of(vm, seen)
}

/// Copies elements into `out`, Arrays up to `depth` levels taken apart. `stack` holds the Arrays around.
fn flatten_into(vm: &mut Vm, out: RArray, array: RArray, depth: i64, stack: &mut RootedValues) -> RResult<bool> {
    if depth < 0 && stack.contains(&array.value()) {
        return Err(vm.argument_error("tried to flatten recursive array"));
    }
    vm.check_native_stack()?;
    stack.push(array.value());
    let mut changed = false;
    let mut index = 0;
    while let Some(element) = array.get(index) {
        index += 1;
        let inner = if depth == 0 { None } else { vm.try_to_ary(element)? };
        match inner {
            Some(inner) => {
                changed = true;
                flatten_into(vm, out, inner, depth - 1, stack)?;
            }
            None => vm.push(out, element)?,
        }
    }
    stack.pop();
    Ok(changed)
}

fn flatten(vm: &mut Vm, this: RArray, depth: Option<Value>) -> RResult<(RArray, bool)> {
    let depth = match depth.filter(|depth| !depth.is_nil()) {
        Some(depth) => vm.to_i64(depth)?,
        None => -1,
    };
    let out = vm.new_array();
    let changed = flatten_into(vm, out, this, depth, &mut vm.roots.values(&[]))?;
    Ok((out, changed))
}

#[ruby_methods("Array")]
impl Combine {
    /// `ary + other`
    #[method("+", effects = "allocates, raises, calls_ruby")]
    fn plus(vm: &mut Vm, this: RArray, other: RArray) -> RResult<RArray> {
        let result = vm.new_array_with_capacity(this.len() + other.len())?;
        append(vm, result, this)?;
        append(vm, result, other)?;
        Ok(result)
    }

    /// `ary * count`, `ary * separator`
    #[method("*", effects = "allocates, raises, calls_ruby")]
    fn times(vm: &mut Vm, this: RArray, by: Value) -> RResult {
        if let Some(separator) = vm.try_to_str(by)? {
            return super::convert::join(vm, this, separator.value()).map(RString::value);
        }
        let count = vm.to_i64(by)?;
        let Ok(count) = usize::try_from(count) else { return Err(vm.argument_error("negative argument")) };
        let fits = this.len().checked_mul(count).filter(|&size| size < objects::array::LENGTH_MAX);
        let Some(size) = fits else { return Err(vm.argument_error("argument too big")) };
        let result = vm.new_array_with_capacity(size)?;
        for _ in 0..if this.is_empty() { 0 } else { count } {
            append(vm, result, this)?;
        }
        Ok(result.value())
    }

    /// `ary - other`
    #[method("-")]
    fn minus(vm: &mut Vm, this: RArray, other: RArray) -> RResult<RArray> {
        difference(vm, this, other)
    }

    /// `ary & other`
    #[method("&")]
    fn and(vm: &mut Vm, this: RArray, other: RArray) -> RResult<RArray> {
        intersection(vm, this, other)
    }

    /// `ary | other`
    #[method("|")]
    fn or(vm: &mut Vm, this: RArray, other: RArray) -> RResult<RArray> {
        union(vm, this, &[other.value()])
    }

    /// `ary.union(*arrays)`
    #[method("union")]
    fn union(vm: &mut Vm, this: RArray, others: &[Value]) -> RResult<RArray> {
        union(vm, this, others)
    }

    /// `ary.difference(*arrays)`
    #[method("difference")]
    fn difference(vm: &mut Vm, this: RArray, others: &[Value]) -> RResult<RArray> {
        let mut result = copy(vm, this)?;
        for &other in others {
            let other = vm.to_ary(other)?;
            result = difference(vm, result, other)?;
        }
        Ok(result)
    }

    /// `ary.intersection(*arrays)`
    #[method("intersection")]
    fn intersection(vm: &mut Vm, this: RArray, others: &[Value]) -> RResult<RArray> {
        let unique = index_of_elements(vm, this)?;
        let mut result = values_of(vm, unique)?;
        for &other in others {
            let other = vm.to_ary(other)?;
            result = intersection(vm, result, other)?;
        }
        Ok(result)
    }

    /// `ary.intersect?(other)`
    #[method("intersect?")]
    fn intersects(vm: &mut Vm, this: RArray, other: RArray) -> RResult<bool> {
        let (few, many) = if this.len() > other.len() { (other, this) } else { (this, other) };
        let seen = index_of_elements(vm, few)?;
        let mut index = 0;
        while let Some(element) = many.get(index) {
            index += 1;
            if vm.hash_find(seen, element)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `ary.compact`
    #[method("compact", effects = "allocates")]
    fn compact(vm: &mut Vm, this: RArray) -> RResult<RArray> {
        let result = vm.new_array();
        let added = this.as_slice(&vm.heap).iter().filter(|value| !value.is_nil()).try_for_each(|&value| result.push(value));
        added.map(|()| result).ok_or_else(|| vm.no_memory())
    }

    /// `ary.flatten(depth = nil)`
    #[method("flatten")]
    fn flatten(vm: &mut Vm, this: RArray, depth: Option<Value>) -> RResult<RArray> {
        Ok(flatten(vm, this, depth)?.0)
    }

    /// `ary.flatten!(depth = nil)`: nil when nothing changed.
    #[method("flatten!")]
    fn flatten_in_place(vm: &mut Vm, this: RArray, depth: Option<Value>) -> RResult {
        vm.check_frozen(this.value())?;
        let (out, changed) = flatten(vm, this, depth)?;
        vm.check_frozen(this.value())?;
        replace(vm, this, out)?;
        Ok(if changed { this.value() } else { Value::NIL })
    }

    /// `ary.reverse`
    #[method("reverse", effects = "allocates")]
    fn reverse(vm: &mut Vm, this: RArray) -> RResult<RArray> {
        let result = copy(vm, this)?;
        result.as_mut_slice(&mut vm.heap).reverse();
        Ok(result)
    }

    /// `ary.rotate(count = 1)`
    #[method("rotate", effects = "allocates, raises, calls_ruby")]
    fn rotate(vm: &mut Vm, this: RArray, count: Option<i64>) -> RResult<RArray> {
        let result = copy(vm, this)?;
        if !result.is_empty() {
            let by = count.unwrap_or(1).rem_euclid(result.len() as i64) as usize;
            result.as_mut_slice(&mut vm.heap).rotate_left(by);
        }
        Ok(result)
    }

    /// `ary.transpose`
    #[method("transpose")]
    fn transpose(vm: &mut Vm, this: RArray) -> RResult<RArray> {
        let result = vm.new_array();
        let mut index = 0;
        let mut width = 0;
        while let Some(element) = this.get(index) {
            let column = vm.to_ary(element)?;
            if index == 0 {
                width = column.len();
                for _ in 0..width {
                    let row = vm.new_array();
                    vm.push(result, row.value())?;
                }
            }
            index += 1;
            if column.len() != width {
                return Err(vm.index_error(&format!("element size differs ({} should be {width})", column.len())));
            }
            for position in 0..width {
                let row = result.get(position).and_then(RArray::new);
                if let (Some(row), Some(value)) = (row, column.get(position)) {
                    vm.push(row, value)?;
                }
            }
        }
        Ok(result)
    }

    /// `ary.assoc(key)`
    #[method("assoc")]
    fn assoc(vm: &mut Vm, this: RArray, key: Value) -> RResult {
        let mut index = 0;
        while let Some(element) = this.get(index) {
            index += 1;
            let Some(pair) = vm.try_to_ary(element)? else { continue };
            if let Some(first) = pair.get(0)
                && vm.equal(first, key)?
            {
                return Ok(pair.value());
            }
        }
        Ok(Value::NIL)
    }

    /// `ary.rassoc(value)`
    #[method("rassoc")]
    fn rassoc(vm: &mut Vm, this: RArray, value: Value) -> RResult {
        let mut index = 0;
        while let Some(element) = this.get(index) {
            index += 1;
            let Some(pair) = vm.try_to_ary(element)? else { continue };
            if let Some(second) = pair.get(1)
                && vm.equal(second, value)?
            {
                return Ok(pair.value());
            }
        }
        Ok(Value::NIL)
    }
}

/// Primitives for the prelude.
pub struct Primitives;

#[ruby_methods("Primitive")]
impl Primitives {
    /// The elements without repetitions.
    #[method("array_uniq")]
    fn array_uniq(vm: &mut Vm, _this: Value, array: RArray) -> RResult<RArray> {
        let seen = index_of_elements(vm, array)?;
        values_of(vm, seen)
    }

    /// The elements whose keys (another Array) are the first of their kind.
    #[method("array_uniq_by")]
    fn array_uniq_by(vm: &mut Vm, _this: Value, array: RArray, keys: RArray) -> RResult<RArray> {
        let seen = vm.new_hash();
        let mut index = 0;
        while let (Some(element), Some(key)) = (array.get(index), keys.get(index)) {
            index += 1;
            if vm.hash_find(seen, key)?.is_none() {
                vm.hash_store(seen, key, element)?;
            }
        }
        values_of(vm, seen)
    }

    /// Appends all elements.
    #[method("array_concat", effects = "writes")]
    fn array_concat(vm: &mut Vm, _this: Value, array: RArray, other: RArray) -> RResult<RArray> {
        append(vm, array, other)?;
        Ok(array)
    }

    /// A copy as plain Array.
    #[method("array_copy", effects = "allocates")]
    fn array_copy(vm: &mut Vm, _this: Value, array: RArray) -> RResult<RArray> {
        part(vm, array, 0, array.len())
    }

    /// Removes the elements `from..to` and puts those of `other` there.
    #[method("array_splice", effects = "writes")]
    fn array_splice(vm: &mut Vm, _this: Value, array: RArray, from: usize, to: usize, other: RArray) -> RResult<RArray> {
        let end = to.min(array.len());
        array.splice(from.min(end), end, other.as_slice(&vm.heap)).ok_or_else(|| vm.no_memory())?;
        Ok(array)
    }

    /// The hash number of values, order counting.
    #[method("hash_of_values")]
    fn hash_of_values(vm: &mut Vm, _this: Value, array: RArray) -> RResult {
        let mut number = array.len() as u64;
        let mut index = 0;
        while let Some(element) = array.get(index) {
            index += 1;
            number = crate::support::mix(number, vm.hash_of(element)?);
        }
        Ok(hash_result(vm, number))
    }
}
