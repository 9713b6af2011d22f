//! Changing an Array in place.

use super::{append, extend, replace, splice};
use crate::support::{Outside, count_of, range_part};
use macros::ruby_methods;
use vm::{Block, RArray, RRange, RResult, Value, Vm};

/// Changes in place.
pub struct Mutate;

/// Replaces `count` elements from `start` on, filling up with nil before `start`.
fn assign(vm: &mut Vm, this: RArray, start: i64, count: i64, list: RArray) -> RResult<()> {
    let (from, end) = replaced(vm, this, start, count, list.len())?;
    this.splice(from, end, list.as_slice(&vm.heap)).ok_or_else(|| vm.no_memory())
}

/// The elements that `count` ones from `start` on are, for which `more` come; an Array that ends before them is filled up.
fn replaced(vm: &mut Vm, this: RArray, start: i64, count: i64, more: usize) -> RResult<(usize, usize)> {
    if count < 0 {
        return Err(vm.index_error(&format!("negative length ({count})")));
    }
    let total = this.len() as i64;
    let from = if start < 0 { start.saturating_add(total) } else { start };
    if from < 0 {
        return Err(vm.index_error(&format!("index {start} too small for array; minimum: {}", -total)));
    }
    let from = from as usize;
    check_size(vm, from.saturating_add(more), from as i64)?;
    if from > this.len() {
        this.resize(from, Value::NIL).ok_or_else(|| vm.no_memory())?;
    }
    Ok((from, from.saturating_add(count as usize).min(this.len())))
}

/// IndexError for sizes no Array can have.
fn check_size(vm: &mut Vm, size: usize, index: i64) -> RResult<()> {
    if size >= objects::array::LENGTH_MAX {
        return Err(vm.index_error(&format!("index {index} too big")));
    }
    Ok(())
}

/// Sets one element.
fn store(vm: &mut Vm, this: RArray, index: i64, value: Value) -> RResult<()> {
    let total = this.len() as i64;
    let at = if index < 0 { index.saturating_add(total) } else { index };
    if at < 0 {
        return Err(vm.index_error(&format!("index {index} too small for array; minimum: {}", -total)));
    }
    check_size(vm, at as usize, index)?;
    this.set(at as usize, value).ok_or_else(|| vm.no_memory())
}

/// Sets an element whose index has to be converted, which may freeze the Array.
#[cold]
fn index_set_converted(vm: &mut Vm, this: RArray, index: Value, value: Value) -> RResult<()> {
    let index = vm.to_i64(index)?;
    vm.check_frozen(this.value())?;
    store(vm, this, index, value)
}

#[ruby_methods("Array")]
impl Mutate {
    /// `ary[index] = value`, `ary[start, length] = value`, `ary[range] = value`
    #[method("[]=", effects = "writes_self, calls_ruby, raises")]
    pub fn index_set(vm: &mut Vm, this: RArray, index: Value, second: Value, third: Option<Value>) -> RResult {
        vm.check_frozen(this.value())?;
        if let Some(value) = third {
            let (start, count) = (vm.to_i64(index)?, vm.to_i64(second)?);
            let list = values_of(vm, value)?;
            vm.check_frozen(this.value())?;
            assign(vm, this, start, count, list)?;
            return Ok(value);
        }
        if let Some(range) = RRange::new(index) {
            let Some((start, count)) = range_part(vm, range, this.len(), Outside::Extend)? else { return Ok(second) };
            let list = values_of(vm, second)?;
            vm.check_frozen(this.value())?;
            assign(vm, this, start as i64, count as i64, list)?;
            return Ok(second);
        }
        match index.as_fixnum() {
            Some(index) => store(vm, this, index, second)?,
            None => index_set_converted(vm, this, index, second)?,
        }
        Ok(second)
    }

    /// `ary << value`
    #[method("<<", effects = "writes_self, raises")]
    fn append_one(vm: &mut Vm, this: RArray, value: Value) -> RResult<RArray> {
        vm.check_frozen(this.value())?;
        vm.push(this, value)?;
        Ok(this)
    }

    /// `ary.push(*values)`
    #[method("push", "append", effects = "writes_self, raises")]
    fn push(vm: &mut Vm, this: RArray, values: &[Value]) -> RResult<RArray> {
        vm.check_frozen(this.value())?;
        extend(vm, this, values)?;
        Ok(this)
    }

    /// `ary.pop`, `ary.pop(n)`
    #[method("pop", effects = "writes_self, allocates, raises, calls_ruby")]
    fn pop(vm: &mut Vm, this: RArray, count: Option<Value>) -> RResult {
        vm.check_frozen(this.value())?;
        let Some(count) = count else { return Ok(this.pop().unwrap_or(Value::NIL)) };
        let count = count_of(vm, count, "negative array size")?.min(this.len());
        let from = this.len() - count;
        let result = super::part(vm, this, from, count)?;
        this.resize(from, Value::NIL).ok_or_else(|| vm.no_memory())?;
        Ok(result.value())
    }

    /// `ary.shift`, `ary.shift(n)`
    #[method("shift", effects = "writes_self, allocates, raises, calls_ruby")]
    fn shift(vm: &mut Vm, this: RArray, count: Option<Value>) -> RResult {
        vm.check_frozen(this.value())?;
        let Some(count) = count else { return Ok(this.shift().unwrap_or(Value::NIL)) };
        let count = count_of(vm, count, "negative array size")?.min(this.len());
        let result = super::part(vm, this, 0, count)?;
        splice(vm, this, 0, count, &[])?;
        Ok(result.value())
    }

    /// `ary.unshift(*values)`
    #[method("unshift", "prepend", effects = "writes_self, raises")]
    fn unshift(vm: &mut Vm, this: RArray, values: &[Value]) -> RResult<RArray> {
        vm.check_frozen(this.value())?;
        splice(vm, this, 0, 0, values)?;
        Ok(this)
    }

    /// `ary.insert(index, *values)`
    #[method("insert", effects = "writes_self, raises, calls_ruby")]
    fn insert(vm: &mut Vm, this: RArray, index: i64, values: &[Value]) -> RResult<RArray> {
        vm.check_frozen(this.value())?;
        if values.is_empty() {
            return Ok(this);
        }
        let total = this.len() as i64;
        let at = if index < 0 { index + total + 1 } else { index };
        if at < 0 {
            return Err(vm.index_error(&format!("index {index} too small for array; minimum: -{}", total + 1)));
        }
        let (from, end) = replaced(vm, this, at, 0, values.len())?;
        splice(vm, this, from, end, values)?;
        Ok(this)
    }

    /// `ary.concat(*arrays)`
    #[method("concat", effects = "writes_self, raises, calls_ruby, allocates")]
    fn concat(vm: &mut Vm, this: RArray, arrays: &[Value]) -> RResult<RArray> {
        vm.check_frozen(this.value())?;
        let all = vm.new_array();
        for &other in arrays {
            let other = vm.to_ary(other)?;
            append(vm, all, other)?;
        }
        // A conversion may have frozen it.
        vm.check_frozen(this.value())?;
        append(vm, this, all)?;
        Ok(this)
    }

    /// `ary.replace(other)`
    #[method("replace", "initialize_copy", effects = "writes_self, raises, calls_ruby")]
    fn replace(vm: &mut Vm, this: RArray, other: Value) -> RResult<RArray> {
        vm.check_frozen(this.value())?;
        let other = vm.to_ary(other)?;
        vm.check_frozen(this.value())?;
        replace(vm, this, other)?;
        Ok(this)
    }

    /// `ary.clear`
    #[method("clear", effects = "writes_self, raises")]
    fn clear(vm: &mut Vm, this: RArray) -> RResult<RArray> {
        vm.check_frozen(this.value())?;
        this.clear();
        Ok(this)
    }

    /// `ary.delete_at(index)`
    #[method("delete_at", effects = "writes_self, raises, calls_ruby")]
    fn delete_at(vm: &mut Vm, this: RArray, index: i64) -> RResult<Option<Value>> {
        vm.check_frozen(this.value())?;
        let index = if index < 0 { index + this.len() as i64 } else { index };
        Ok(usize::try_from(index).ok().and_then(|index| this.remove(index)))
    }

    /// `ary.delete(value)`: the last of the equal elements, or the block's value.
    #[method("delete")]
    fn delete(vm: &mut Vm, this: RArray, value: Value, block: Block) -> RResult {
        let (mut kept, mut index) = (0, 0);
        let mut found = None;
        while let Some(element) = this.get(index) {
            index += 1;
            if vm.equal(element, value)? {
                found = Some(element);
                continue;
            }
            if kept + 1 != index {
                vm.check_frozen(this.value())?;
                if kept < this.len() {
                    this.set(kept, element).ok_or_else(|| vm.no_memory())?;
                }
            }
            kept += 1;
        }
        let Some(found) = found else {
            return if block.is_some() { block.call(vm, &[value]) } else { Ok(Value::NIL) };
        };
        vm.check_frozen(this.value())?;
        if kept < this.len() {
            this.resize(kept, Value::NIL).ok_or_else(|| vm.no_memory())?;
        }
        Ok(found)
    }

    /// `ary.slice!(index)`, `ary.slice!(start, length)`, `ary.slice!(range)`
    #[method("slice!", effects = "writes_self, raises, calls_ruby, allocates")]
    fn slice_out(vm: &mut Vm, this: RArray, index: Value, length: Option<Value>) -> RResult {
        vm.check_frozen(this.value())?;
        let bounds = match (length, RRange::new(index)) {
            (Some(length), _) => {
                let (start, count) = (vm.to_i64(index)?, vm.to_i64(length)?);
                let total = this.len() as i64;
                let start = if start < 0 { start.saturating_add(total) } else { start };
                (start >= 0 && start <= total && count >= 0).then(|| (start as usize, count.min(total - start) as usize))
            }
            (None, Some(range)) => range_part(vm, range, this.len(), Outside::Nothing)?,
            (None, None) => {
                let index = vm.to_i64(index)?;
                return Mutate::delete_at(vm, this, index).map(|found| found.unwrap_or(Value::NIL));
            }
        };
        let Some((start, count)) = bounds else { return Ok(Value::NIL) };
        let result = super::part(vm, this, start, count)?;
        splice(vm, this, start, start + count, &[])?;
        Ok(result.value())
    }

    /// `ary.compact!`
    #[method("compact!", effects = "writes_self, raises")]
    fn compact_in_place(vm: &mut Vm, this: RArray) -> RResult {
        vm.check_frozen(this.value())?;
        let elements = this.as_mut_slice(&mut vm.heap);
        let mut kept = 0;
        for index in 0..elements.len() {
            if !elements[index].is_nil() {
                elements[kept] = elements[index];
                kept += 1;
            }
        }
        if kept == this.len() {
            return Ok(Value::NIL);
        }
        this.resize(kept, Value::NIL).ok_or_else(|| vm.no_memory())?;
        Ok(this.value())
    }

    /// `ary.reverse!`
    #[method("reverse!", effects = "writes_self, raises")]
    fn reverse_in_place(vm: &mut Vm, this: RArray) -> RResult<RArray> {
        vm.check_frozen(this.value())?;
        this.as_mut_slice(&mut vm.heap).reverse();
        Ok(this)
    }

    /// `ary.rotate!(count = 1)`
    #[method("rotate!", effects = "writes_self, raises, calls_ruby")]
    fn rotate_in_place(vm: &mut Vm, this: RArray, count: Option<i64>) -> RResult<RArray> {
        vm.check_frozen(this.value())?;
        if !this.is_empty() {
            let by = count.unwrap_or(1).rem_euclid(this.len() as i64) as usize;
            this.as_mut_slice(&mut vm.heap).rotate_left(by);
        }
        Ok(this)
    }

    /// `ary.fill(value)`, with start and length or a Range, or with a block for the values.
    #[method("fill")]
    fn fill(vm: &mut Vm, this: RArray, args: &[Value], block: Block) -> RResult<RArray> {
        vm.check_frozen(this.value())?;
        let (least, most) = if block.is_some() { (0, 2) } else { (1, 3) };
        if args.len() < least || args.len() > most {
            return Err(vm.arity_error(args.len(), least, Some(most)));
        }
        let (start, count) = fill_bounds(vm, this, args.get(least).copied(), args.get(least + 1).copied())?;
        if count == 0 {
            return Ok(this);
        }
        if start.saturating_add(count) >= objects::array::LENGTH_MAX {
            return Err(vm.argument_error("argument too big"));
        }
        let end = start + count;
        if end > this.len() {
            this.resize(end, Value::NIL).ok_or_else(|| vm.no_memory())?;
        }
        for index in start..end {
            let value = if block.is_some() { block.call(vm, &[Value::small(index as i64)])? } else { args[0] };
            this.set(index, value).ok_or_else(|| vm.no_memory())?;
        }
        Ok(this)
    }

    /// `ary.freeze`
    #[method("freeze", effects = "writes_self")]
    fn freeze(vm: &mut Vm, this: Value) -> Value {
        vm.freeze(this)
    }
}

fn fill_bounds(vm: &mut Vm, this: RArray, start: Option<Value>, count: Option<Value>) -> RResult<(usize, usize)> {
    let length = this.len();
    let start = start.unwrap_or(Value::NIL);
    if let (Some(range), None) = (RRange::new(start), count) {
        return Ok(range_part(vm, range, length, Outside::Extend)?.unwrap_or((0, 0)));
    }
    let from = if start.is_nil() { 0 } else { vm.to_i64(start)? };
    let from = if from < 0 { (from.saturating_add(length as i64)).max(0) } else { from } as usize;
    match count.filter(|count| !count.is_nil()) {
        Some(count) => Ok((from, vm.to_i64(count)?.max(0) as usize)),
        None => Ok((from, length.saturating_sub(from))),
    }
}

/// What is assigned to a part: the elements of an Array, or the value alone.
fn values_of(vm: &mut Vm, value: Value) -> RResult<RArray> {
    match vm.try_to_ary(value)? {
        Some(list) => super::copy(vm, list),
        None => {
            let list = vm.new_array();
            vm.push(list, value)?;
            Ok(list)
        }
    }
}
