//! Reading elements and parts.

use super::part;
use crate::support::{Outside, count_of, range_part};
use macros::ruby_methods;
use vm::{RArray, RRange, RResult, Value, Vm, sym};

/// Element access.
pub struct Access;

/// The part that `start, length` means; None outside of the Array or for a negative length.
fn clip(length: usize, start: i64, count: i64) -> Option<(usize, usize)> {
    let total = length as i64;
    let start = if start < 0 { start.checked_add(total)? } else { start };
    if start < 0 || start > total || count < 0 {
        return None;
    }
    Some((start as usize, count.min(total - start) as usize))
}

/// Does the part that a Range means start within the elements, and is it no longer than they are?
fn lies_inside(vm: &mut Vm, range: RRange, total: usize) -> RResult<bool> {
    match range_part(vm, range, total, Outside::Nothing)? {
        None => Ok(false),
        Some(_) => Ok(range_part(vm, range, total, Outside::Extend)?.is_some_and(|(_, count)| count <= total)),
    }
}

/// Elements that an ArithmeticSequence picks, by its range and step.
fn pick_steps(vm: &mut Vm, this: RArray, sequence: Value) -> RResult {
    let names = ["begin", "end", "step", "exclude_end?"];
    let mut parts = [Value::NIL; 4];
    for (part, name) in parts.iter_mut().zip(names) {
        *part = vm.send(sequence, name, &[])?;
    }
    let step = vm.to_i64(parts[2])?;
    let (low, high) = if step < 0 { (parts[1], parts[0]) } else { (parts[0], parts[1]) };
    let range = vm.range(low, high, parts[3].truthy() && step >= 0);
    let range = RRange::new(range).expect("just made");
    // Only a step of one may lie outside: that is a plain range.
    let strict = !(-1..=1).contains(&step);
    if strict && !lies_inside(vm, range, this.len())? {
        let text = vm.inspect_text(sequence)?;
        return Err(vm.range_error(&format!("{text} out of range")));
    }
    let Some((mut start, mut count)) = range_part(vm, range, this.len(), Outside::Nothing)? else { return Ok(Value::NIL) };
    if step < 0 && parts[3].truthy() && !low.is_nil() && count > 0 {
        (start, count) = (start + 1, count - 1);
    }
    let result = vm.new_array();
    let stride = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
    let mut offset = 0;
    while offset < count {
        let index = if step < 0 { start + count - 1 - offset } else { start + offset };
        vm.push(result, this.get(index).unwrap_or(Value::NIL))?;
        offset = offset.saturating_add(stride);
    }
    Ok(result.value())
}

#[ruby_methods("Array")]
impl Access {
    /// `ary[index]`, `ary[start, length]`, `ary[range]`
    #[method("[]", "slice", effects = "allocates, raises, calls_ruby")]
    pub fn index(vm: &mut Vm, this: RArray, index: Value, length: Option<Value>) -> RResult {
        if let Some(length) = length {
            let (start, count) = (vm.to_i64(index)?, vm.to_i64(length)?);
            return match clip(this.len(), start, count) {
                Some((start, count)) => part(vm, this, start, count).map(RArray::value),
                None => Ok(Value::NIL),
            };
        }
        if let Some(number) = index.as_fixnum() {
            return Ok(this.at(number).unwrap_or(Value::NIL));
        }
        if let Some(range) = RRange::new(index) {
            return match range_part(vm, range, this.len(), Outside::Nothing)? {
                Some((start, count)) => part(vm, this, start, count).map(RArray::value),
                None => Ok(Value::NIL),
            };
        }
        if index.kind() == Some(value::Kind::Object) {
            let sequence = vm.class_at("Enumerator::ArithmeticSequence");
            if vm.is_a(index, sequence) {
                return pick_steps(vm, this, index);
            }
        }
        let number = vm.to_i64(index)?;
        Ok(this.at(number).unwrap_or(Value::NIL))
    }

    /// `ary.at(index)`
    #[method("at", effects = "raises, calls_ruby")]
    fn at(_vm: &mut Vm, this: RArray, index: i64) -> Option<Value> {
        this.at(index)
    }

    /// `ary.dig(index, *rest)`
    #[method("dig")]
    fn dig(vm: &mut Vm, this: RArray, index: i64, rest: &[Value]) -> RResult {
        let found = this.at(index).unwrap_or(Value::NIL);
        dig_into(vm, found, rest)
    }

    /// `ary.length`
    #[method("length", "size", effects = "pure")]
    fn length(_vm: &mut Vm, this: RArray) -> usize {
        this.len()
    }

    /// `ary.empty?`
    #[method("empty?", effects = "pure")]
    fn is_empty(_vm: &mut Vm, this: RArray) -> bool {
        this.is_empty()
    }

    /// `ary.first`, `ary.first(n)`
    #[method("first", effects = "allocates, raises, calls_ruby")]
    fn first(vm: &mut Vm, this: RArray, count: Option<Value>) -> RResult {
        match count {
            None => Ok(this.get(0).unwrap_or(Value::NIL)),
            Some(count) => {
                let count = count_of(vm, count, "negative array size")?;
                part(vm, this, 0, count).map(RArray::value)
            }
        }
    }

    /// `ary.last`, `ary.last(n)`
    #[method("last", effects = "allocates, raises, calls_ruby")]
    fn last(vm: &mut Vm, this: RArray, count: Option<Value>) -> RResult {
        match count {
            None => Ok(this.at(-1).unwrap_or(Value::NIL)),
            Some(count) => {
                let count = count_of(vm, count, "negative array size")?.min(this.len());
                part(vm, this, this.len() - count, count).map(RArray::value)
            }
        }
    }

    /// `ary.take(n)`
    #[method("take", effects = "allocates, raises, calls_ruby")]
    fn take(vm: &mut Vm, this: RArray, count: Value) -> RResult<RArray> {
        let count = count_of(vm, count, "attempt to take negative size")?;
        part(vm, this, 0, count)
    }

    /// `ary.drop(n)`
    #[method("drop", effects = "allocates, raises, calls_ruby")]
    fn drop(vm: &mut Vm, this: RArray, count: Value) -> RResult<RArray> {
        let count = count_of(vm, count, "attempt to drop negative size")?;
        part(vm, this, count, this.len())
    }

    /// `ary.values_at(*indexes)`
    #[method("values_at", effects = "allocates, raises, calls_ruby")]
    fn values_at(vm: &mut Vm, this: RArray, selectors: &[Value]) -> RResult<RArray> {
        let result = vm.new_array();
        for &selector in selectors {
            match RRange::new(selector) {
                Some(range) => values_of_range(vm, this, range, result)?,
                None => {
                    let index = vm.to_i64(selector)?;
                    vm.push(result, this.at(index).unwrap_or(Value::NIL))?;
                }
            }
        }
        Ok(result)
    }
}

/// Appends the elements of a range, nil for those behind the end.
fn values_of_range(vm: &mut Vm, this: RArray, range: RRange, result: RArray) -> RResult<()> {
    let low = if range.low().is_nil() { 0 } else { vm.to_i64(range.low())? };
    let total = this.len() as i64;
    if low < -total {
        let text = vm.inspect_text(range.value())?;
        return Err(vm.range_error(&format!("{text} out of range")));
    }
    let start = if low < 0 { low + total } else { low };
    let high = if range.high().is_nil() { total - 1 } else { vm.to_i64(range.high())? };
    let end = if high < 0 { high + total } else { high }.saturating_add(i64::from(!range.is_exclusive() || range.high().is_nil()));
    for index in start as usize..end.max(0) as usize {
        vm.push(result, this.get(index).unwrap_or(Value::NIL))?;
    }
    Ok(())
}

/// The rest of a `dig`: nil ends it, everything else must respond to `dig`.
pub fn dig_into(vm: &mut Vm, found: Value, rest: &[Value]) -> RResult {
    if rest.is_empty() || found.is_nil() {
        return Ok(found);
    }
    let name = vm.intern("dig");
    if let Some(value) = vm.call_if_responds(found, name, rest)? {
        return Ok(value);
    }
    let class = vm.class_name_of(found);
    Err(vm.type_error(&format!("{class} does not have #dig method")))
}

/// Primitives that the prelude uses on Arrays and counters.
pub struct Primitives;

#[ruby_methods("Primitive")]
impl Primitives {
    /// Number of elements.
    #[method("array_size", effects = "pure")]
    fn array_size(_vm: &mut Vm, _this: Value, array: RArray) -> usize {
        array.len()
    }

    /// Element by index, nil outside.
    #[method("array_get", effects = "pure")]
    fn array_get(_vm: &mut Vm, _this: Value, array: RArray, index: i64) -> Option<Value> {
        array.at(index)
    }

    /// Sets an element of an Array that is not frozen.
    #[method("array_set", effects = "writes")]
    fn array_set(vm: &mut Vm, _this: Value, array: RArray, index: usize, value: Value) -> RResult {
        array.set(index, value).ok_or_else(|| vm.no_memory())?;
        Ok(value)
    }

    /// Appends to an Array that is not frozen.
    #[method("array_push", effects = "writes")]
    fn array_push(vm: &mut Vm, _this: Value, array: RArray, value: Value) -> RResult {
        vm.push(array, value)?;
        Ok(value)
    }

    /// A new Array of the elements with the indexes that another Array has.
    #[method("array_pick", effects = "allocates")]
    fn array_pick(vm: &mut Vm, _this: Value, values: RArray, indexes: RArray) -> RResult<RArray> {
        let picked = vm.new_array_with_capacity(indexes.len())?;
        for at in 0..indexes.len() {
            let index = indexes.get(at).and_then(Value::as_fixnum);
            vm.push(picked, index.and_then(|index| values.at(index)).unwrap_or(Value::NIL))?;
        }
        Ok(picked)
    }

    /// Cuts an Array to a length; it may be frozen by now, then FrozenError.
    #[method("array_truncate", effects = "writes, raises")]
    fn array_truncate(vm: &mut Vm, _this: Value, array: RArray, length: usize) -> RResult {
        vm.check_frozen(array.value())?;
        if length < array.len() {
            array.resize(length, Value::NIL).ok_or_else(|| vm.no_memory())?;
        }
        Ok(array.value())
    }

    /// Removes elements `from..to`.
    #[method("array_cut", effects = "writes, raises")]
    fn array_cut(vm: &mut Vm, _this: Value, array: RArray, from: usize, to: usize) -> RResult {
        let to = to.min(array.len());
        super::splice(vm, array, from.min(to), to, &[])?;
        Ok(array.value())
    }

    /// A new plain Array of elements `from..from + count`.
    #[method("array_part", effects = "allocates")]
    fn array_part(vm: &mut Vm, _this: Value, array: RArray, from: usize, count: usize) -> RResult<RArray> {
        part(vm, array, from, count)
    }

    /// A new Array of `count` nils.
    #[method("array_of_nils", effects = "allocates")]
    fn array_of_nils(vm: &mut Vm, _this: Value, count: usize) -> RResult<RArray> {
        let array = vm.new_array_with_capacity(count)?;
        array.resize(count, Value::NIL).ok_or_else(|| vm.no_memory())?;
        Ok(array)
    }

    /// Replaces the content of an Array.
    #[method("array_replace", effects = "writes, raises")]
    fn array_replace(vm: &mut Vm, _this: Value, array: RArray, other: RArray) -> RResult<RArray> {
        vm.check_frozen(array.value())?;
        super::replace(vm, array, other)?;
        Ok(array)
    }

    /// The one value that a block gets for several yielded ones.
    #[method("pack", effects = "pure")]
    fn pack(vm: &mut Vm, _this: Value, values: RArray) -> Value {
        match *values.as_slice(&vm.heap) {
            [] => Value::NIL,
            [value] => value,
            _ => values.value(),
        }
    }

    /// FrozenError unless the value may change.
    #[method("check_frozen", effects = "raises")]
    fn check_frozen(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        vm.check_frozen(value)?;
        Ok(value)
    }

    /// Is it an Array?
    #[method("is_array", effects = "pure")]
    fn is_array(_vm: &mut Vm, _this: Value, value: Value) -> bool {
        RArray::new(value).is_some()
    }

    /// The Array that `to_ary` gives, or nil.
    #[method("try_array")]
    fn try_array(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        Ok(vm.try_to_ary(value)?.map_or(Value::NIL, RArray::value))
    }

    /// The Array that `to_ary` gives, or TypeError.
    #[method("to_array")]
    fn to_array(_vm: &mut Vm, _this: Value, array: RArray) -> RArray {
        array
    }

    /// A machine integer by `to_int`.
    #[method("to_index")]
    fn to_index(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        let number = vm.to_i64(value)?;
        Ok(vm.int(number))
    }

    /// An Integer by `to_int`.
    #[method("to_integer")]
    fn to_integer(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        vm.to_int(value)
    }

    /// `dig` of what was found.
    #[method("dig")]
    fn dig(vm: &mut Vm, _this: Value, found: Value, rest: RArray) -> RResult {
        let rest = vm.roots.values(rest.as_slice(&vm.heap));
        dig_into(vm, found, &rest)
    }

    /// Does it respond to the method (private ones too)?
    #[method("responds")]
    fn responds(vm: &mut Vm, _this: Value, value: Value, name: vm::Symbol) -> RResult<bool> {
        vm.responds_to(value, name, true)
    }

    /// What `a <=> b` says: -1, 0, 1; ArgumentError when they do not compare.
    #[method("compare")]
    fn compare(vm: &mut Vm, _this: Value, a: Value, b: Value) -> RResult<i64> {
        Ok(vm.compare(a, b)? as i64)
    }

    /// What the result of a comparing block says.
    #[method("comparison")]
    fn comparison(vm: &mut Vm, _this: Value, result: Value, a: Value, b: Value) -> RResult<i64> {
        Ok(vm.comparison_result(result, a, b)? as i64)
    }

    /// A value of the object that programs cannot name.
    #[method("hidden_get", effects = "pure")]
    fn hidden_get(vm: &mut Vm, _this: Value, object: Value, name: vm::Symbol) -> Option<Value> {
        vm.hidden(object, name)
    }

    /// Sets a value of the object that programs cannot name.
    #[method("hidden_set", effects = "writes")]
    fn hidden_set(vm: &mut Vm, _this: Value, object: Value, name: vm::Symbol, value: Value) -> Value {
        vm.set_hidden(object, name, value);
        value
    }

    /// `name(self)` for a comparison that recurses: runs the block of the prelude method once a pair.
    #[method("is_integer", effects = "pure")]
    fn is_integer(_vm: &mut Vm, _this: Value, value: Value) -> bool {
        Vm::is_integer(value)
    }

    /// Is it an Integer inside the machine range?
    #[method("is_fixnum", effects = "pure")]
    fn is_fixnum(_vm: &mut Vm, _this: Value, value: Value) -> bool {
        value.is_fixnum()
    }

    /// Is it a Float?
    #[method("is_float", effects = "pure")]
    fn is_float(_vm: &mut Vm, _this: Value, value: Value) -> bool {
        objects::number::float_of(value).is_some()
    }

    /// Is it a String?
    #[method("is_string", effects = "pure")]
    fn is_string(_vm: &mut Vm, _this: Value, value: Value) -> bool {
        vm::RString::new(value).is_some()
    }

    /// Is it a Range?
    #[method("is_range", effects = "pure")]
    fn is_range(_vm: &mut Vm, _this: Value, value: Value) -> bool {
        RRange::new(value).is_some()
    }

    /// `a + b` of machine integers.
    #[method("integer_add", effects = "allocates")]
    fn integer_add(vm: &mut Vm, _this: Value, a: i64, b: i64) -> Value {
        match a.checked_add(b) {
            Some(sum) => vm.int(sum),
            None => vm.big(num_bigint::BigInt::from(a) + b),
        }
    }

    /// `a - b` of machine integers.
    #[method("integer_sub", effects = "allocates")]
    fn integer_sub(vm: &mut Vm, _this: Value, a: i64, b: i64) -> Value {
        match a.checked_sub(b) {
            Some(difference) => vm.int(difference),
            None => vm.big(num_bigint::BigInt::from(a) - b),
        }
    }

    /// `a < b` of machine integers.
    #[method("integer_lt", effects = "pure")]
    fn integer_lt(_vm: &mut Vm, _this: Value, a: i64, b: i64) -> bool {
        a < b
    }

    /// `a <= b` of machine integers.
    #[method("integer_le", effects = "pure")]
    fn integer_le(_vm: &mut Vm, _this: Value, a: i64, b: i64) -> bool {
        a <= b
    }

    /// Are the two the same object?
    #[method("same", effects = "pure")]
    fn same(_vm: &mut Vm, _this: Value, a: Value, b: Value) -> bool {
        a == b
    }

    /// `a == b`
    #[method("equal")]
    fn equal(vm: &mut Vm, _this: Value, a: Value, b: Value) -> RResult<bool> {
        vm.equal(a, b)
    }

    /// Name of the object's class.
    #[method("class_name", effects = "allocates")]
    fn class_name(vm: &mut Vm, _this: Value, value: Value) -> String {
        vm.class_name_of(value)
    }

    /// Class of the object, whatever it says itself.
    #[method("class_of", effects = "pure")]
    fn class_of(vm: &mut Vm, _this: Value, value: Value) -> Value {
        vm.real_class_of(value).value()
    }

    /// `inspect`, as a String.
    #[method("inspect")]
    fn inspect(vm: &mut Vm, _this: Value, value: Value) -> RResult<vm::RString> {
        vm.inspect(value)
    }

    /// `value <=> 0`-like number of a comparison, nil kept; for natives of other groups.
    #[method("cmp")]
    fn cmp(vm: &mut Vm, _this: Value, a: Value, b: Value) -> RResult {
        vm.call(a, sym::CMP, &[b])
    }

    /// "comparison of A with B failed".
    #[method("comparison_failed")]
    fn comparison_failed(vm: &mut Vm, _this: Value, a: Value, b: Value) -> RResult {
        Err(vm.comparison_failed(a, b))
    }
}
