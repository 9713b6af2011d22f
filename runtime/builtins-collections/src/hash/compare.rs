//! `==`, `eql?`, `hash`, subset tests.

use crate::support::{hash_result, mix};
use macros::ruby_methods;
use vm::{RHash, RResult, Value, Vm, sym};

/// Comparing Hashes.
pub struct Compare;

/// Do all pairs of `few` stand in `many` with equal (`eql?` when strict) values?
fn contains(vm: &mut Vm, many: RHash, few: RHash, strict: bool) -> RResult<bool> {
    let mut at = 0;
    while let Some(position) = few.table(&vm.heap).next_position(at) {
        at = position + 1;
        let Some(entry) = few.table(&vm.heap).entry(position) else { continue };
        let Some(value) = vm.hash_get(many, entry.key)? else { return Ok(false) };
        let same = if strict { vm.eql(entry.value, value)? } else { vm.equal(entry.value, value)? };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

fn same(vm: &mut Vm, this: RHash, other: Value, strict: bool) -> RResult<bool> {
    let name = if strict { sym::EQL } else { sym::EQ };
    let Some(hash) = RHash::new(other) else {
        if other.kind().is_none() || !vm.responds_to(other, sym::TO_HASH, true)? {
            return Ok(false);
        }
        return Ok(vm.call(other, name, &[this.value()])?.truthy());
    };
    if this == hash {
        return Ok(true);
    }
    if this.len() != hash.len() || !this.is_empty() && this.is_identity() != hash.is_identity() {
        return Ok(false);
    }
    let answer = vm.guard_recursion(name, this.value(), other, |vm| contains(vm, hash, this, strict))?;
    Ok(answer.unwrap_or(true))
}

#[ruby_methods("Hash")]
impl Compare {
    /// `hash == other`
    #[method("==")]
    fn equal(vm: &mut Vm, this: RHash, other: Value) -> RResult<bool> {
        same(vm, this, other, false)
    }

    /// `hash.eql?(other)`
    #[method("eql?")]
    fn eql(vm: &mut Vm, this: RHash, other: Value) -> RResult<bool> {
        same(vm, this, other, true)
    }

    /// `hash.hash`: the order of the pairs does not count.
    #[method("hash")]
    fn hash(vm: &mut Vm, this: RHash) -> RResult {
        let mut number = this.len() as u64;
        let mut at = 0;
        while let Some(position) = this.table(&vm.heap).next_position(at) {
            at = position + 1;
            let Some(entry) = this.table(&vm.heap).entry(position) else { continue };
            let (key, value) = (vm.hash_of(entry.key)?, vm.hash_of(entry.value)?);
            number = number.wrapping_add(mix(mix(7, key), value));
        }
        Ok(hash_result(vm, number))
    }

    /// `hash <= other`
    #[method("<=")]
    fn subset(vm: &mut Vm, this: RHash, other: RHash) -> RResult<bool> {
        Ok(this.len() <= other.len() && contains(vm, other, this, false)?)
    }

    /// `hash < other`
    #[method("<")]
    fn proper_subset(vm: &mut Vm, this: RHash, other: RHash) -> RResult<bool> {
        Ok(this.len() < other.len() && contains(vm, other, this, false)?)
    }

    /// `hash >= other`
    #[method(">=")]
    fn superset(vm: &mut Vm, this: RHash, other: RHash) -> RResult<bool> {
        Ok(other.len() <= this.len() && contains(vm, this, other, false)?)
    }

    /// `hash > other`
    #[method(">")]
    fn proper_superset(vm: &mut Vm, this: RHash, other: RHash) -> RResult<bool> {
        Ok(other.len() < this.len() && contains(vm, this, other, false)?)
    }
}
