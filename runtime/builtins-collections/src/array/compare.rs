//! `==`, `eql?`, `hash`, `<=>`.

use crate::support::{hash_result, mix};
use macros::ruby_methods;
use vm::{RArray, RResult, Value, Vm, sym};

/// Comparing Arrays.
pub struct Compare;

#[ruby_methods("Array")]
impl Compare {
    /// `ary == other`
    #[method("==")]
    fn equal(vm: &mut Vm, this: RArray, other: Value) -> RResult {
        if this.value() == other {
            return Ok(Value::TRUE);
        }
        let Some(array) = RArray::new(other) else {
            if other.kind().is_none() || !vm.responds_to(other, sym::TO_ARY, true)? {
                return Ok(Value::FALSE);
            }
            return vm.call(other, sym::EQ, &[this.value()]).map(|answer| Value::bool(answer.truthy()));
        };
        if this.len() != array.len() {
            return Ok(Value::FALSE);
        }
        let same = vm.guard_recursion(sym::EQ, this.value(), other, |vm| {
            let mut index = 0;
            while let (Some(a), Some(b)) = (this.get(index), array.get(index)) {
                index += 1;
                let identical = a == b && objects::number::float_of(a).is_none();
                if !identical && !vm.equal(a, b)? {
                    return Ok(false);
                }
            }
            Ok(this.len() == array.len())
        })?;
        Ok(Value::bool(same.unwrap_or(true)))
    }

    /// `ary.eql?(other)`
    #[method("eql?")]
    fn eql(vm: &mut Vm, this: RArray, other: Value) -> RResult<bool> {
        let Some(array) = RArray::new(other) else { return Ok(false) };
        if this == array {
            return Ok(true);
        }
        if this.len() != array.len() {
            return Ok(false);
        }
        let same = vm.guard_recursion(sym::EQL, this.value(), other, |vm| {
            let mut index = 0;
            while let (Some(a), Some(b)) = (this.get(index), array.get(index)) {
                index += 1;
                if !vm.eql(a, b)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        Ok(same.unwrap_or(true))
    }

    /// `ary.hash`
    #[method("hash")]
    fn hash(vm: &mut Vm, this: RArray) -> RResult {
        let mut number = mix(11, this.len() as u64);
        let mut index = 0;
        while let Some(element) = this.get(index) {
            index += 1;
            number = mix(number, vm.hash_of(element)?);
        }
        Ok(hash_result(vm, number))
    }

    /// `ary <=> other`
    #[method("<=>")]
    fn compare(vm: &mut Vm, this: RArray, other: Value) -> RResult {
        let Some(array) = vm.try_to_ary(other)? else { return Ok(Value::NIL) };
        if this == array {
            return Ok(Value::small(0));
        }
        let decided = vm.guard_recursion(sym::CMP, this.value(), array.value(), |vm| {
            let mut index = 0;
            while let (Some(a), Some(b)) = (this.get(index), array.get(index)) {
                index += 1;
                let result = vm.call(a, sym::CMP, &[b])?;
                if result != Value::small(0) {
                    return Ok(Some(result));
                }
            }
            Ok(None)
        })?;
        match decided {
            None => Ok(Value::NIL),
            Some(Some(result)) => Ok(result),
            Some(None) => Ok(Value::small(this.len().cmp(&array.len()) as i64)),
        }
    }
}
