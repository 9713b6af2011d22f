//! Array, Hash, Range, Struct, Data, Set, Enumerator: the parts that move elements or compare them.
//! Methods that yield are Ruby (crate `prelude`) over the primitives declared here.
#![deny(unsafe_code)]

mod array;
mod hash;
mod range;
mod structure;
mod support;

use vm::Vm;

/// Defines the methods of the collection classes.
pub fn init(vm: &mut Vm) {
    let enumerator = vm.core.enumerator;
    let object = vm.core.object;
    for name in ["Lazy", "Chain", "Product", "ArithmeticSequence"] {
        vm.define_class_under(enumerator, name, enumerator);
    }
    for name in ["Yielder", "Generator", "Producer"] {
        vm.define_class_under(enumerator, name, object);
    }
    structure::init(vm);
    for groups in [array::GROUPS, hash::GROUPS, range::GROUPS, structure::GROUPS] {
        vm.define_groups(groups);
    }
}
