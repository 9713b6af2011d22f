//! Hash: access by key, comparison, conversion. Methods that yield stand in `prelude/core/hash.rb`.

mod access;
mod compare;
mod convert;
mod primitives;

use vm::define::MethodGroup;
use vm::{RHash, Vm};

/// All groups of Hash.
pub const GROUPS: &[MethodGroup] = &[
    access::Access::GROUP,
    access::Mutate::GROUP,
    compare::Compare::GROUP,
    convert::Convert::GROUP,
    convert::ConvertClass::GROUP,
    primitives::Primitives::GROUP,
];

/// A plain Hash with the same pairs and identity mode, without default.
pub fn copy_pairs(vm: &mut Vm, from: RHash) -> RHash {
    let copy = vm.new_hash();
    put_pairs(vm, from, copy);
    copy
}

/// Gives `to` the pairs and the identity mode of `from`.
pub fn put_pairs(vm: &mut Vm, from: RHash, to: RHash) {
    if from == to {
        return;
    }
    vm.heap.note_malloc(from.table(&vm.heap).size());
    let table = from.table(&vm.heap).clone();
    *to.table_mut(&mut vm.heap) = table;
    to.set_identity(from.is_identity());
}

/// An empty plain Hash with the same identity mode.
pub fn empty_like(vm: &mut Vm, hash: RHash) -> RHash {
    let made = vm.new_hash();
    made.set_identity(hash.is_identity());
    made
}
