//! The native part of the library `objspace`: how large objects are and what they refer to.
//!
//! Source: CRuby `ext/objspace` (behaviour). Sizes are those of this heap: the cell, and what the object keeps outside of it.
#![forbid(unsafe_code)]

use macros::ruby_methods;
use value::Kind;
use vm::{RClass, RHash, RResult, Value, Vm};

/// Defines the functions of ObjectSpace that the library adds.
pub fn init(vm: &mut Vm) -> RResult<()> {
    vm.define_groups(&[Functions::GROUP]);
    Ok(())
}

/// Functions of ObjectSpace.
pub struct Functions;

#[ruby_methods("ObjectSpace")]
impl Functions {
    /// Bytes of an object; 0 for what needs no memory of its own.
    #[module_function("memsize_of")]
    fn memsize_of(vm: &mut Vm, _this: Value, object: Value) -> usize {
        vm.heap.size_of(object)
    }

    /// Bytes of all objects, or of those of a class.
    #[module_function("memsize_of_all")]
    fn memsize_of_all(vm: &mut Vm, _this: Value, class: Option<Value>) -> RResult<usize> {
        let class = class.filter(|class| !class.is_nil());
        if class.is_some_and(|class| RClass::new(class).is_none()) {
            return Err(vm.type_error("class or module required"));
        }
        let mut sum = 0;
        for &value in vm.all_values().iter() {
            if class.is_none_or(|class| is_visible(value) && vm.is_a(value, class)) {
                sum += vm.heap.size_of(value);
            }
        }
        Ok(sum)
    }

    /// Bytes by kind of object.
    #[module_function("count_objects_size")]
    fn count_objects_size(vm: &mut Vm, _this: Value, hash: Option<Value>) -> RResult<RHash> {
        let hash = match hash {
            Some(hash) => RHash::new(hash).ok_or_else(|| vm.type_error("non-hash given"))?,
            None => vm.new_hash(),
        };
        let mut sizes = [0_usize; KINDS.len()];
        for &value in vm.all_values().iter() {
            let row = KINDS.iter().position(|(kinds, _)| value.kind().is_some_and(|kind| kinds.contains(&kind)));
            sizes[row.unwrap_or(KINDS.len() - 1)] += vm.heap.size_of(value);
        }
        let names = KINDS.iter().map(|&(_, name)| name).chain(["TOTAL"]);
        let total = sizes.iter().sum();
        for (name, size) in names.zip(sizes.into_iter().chain([total])).filter(|&(_, size)| size > 0) {
            let (name, size) = (vm.symbol(name), vm.int(size as i64));
            vm.hash_set(hash, name, size)?;
        }
        Ok(hash)
    }

    /// The objects that one refers to, its class first; nil for what refers to nothing.
    #[module_function("reachable_objects_from")]
    fn reachable_objects_from(vm: &mut Vm, _this: Value, object: Value) -> RResult {
        if !object.is_cell() || object.is_symbol() {
            return Ok(Value::NIL);
        }
        let class = vm.real_class_of(object).value();
        let references = vm.heap.references_of(object);
        let found = vm.array_view_of(&[class]);
        for reference in references {
            let Some(value) = vm.heap.value_at(reference).filter(|&value| is_visible(value)) else { continue };
            if !found.as_slice(&vm.heap).contains(&value) {
                vm.push(found, value)?;
            }
        }
        Ok(found.value())
    }
}

/// Is it an object that Ruby sees?
fn is_visible(value: Value) -> bool {
    value.kind().is_some_and(|kind| !kind.is_internal())
}

/// Names of the sums with the kinds that they are of; the last row takes the rest.
const KINDS: &[(&[Kind], &str)] = &[
    (&[Kind::Object], "T_OBJECT"),
    (&[Kind::Class], "T_CLASS"),
    (&[Kind::Float], "T_FLOAT"),
    (&[Kind::String], "T_STRING"),
    (&[Kind::Array], "T_ARRAY"),
    (&[Kind::Hash], "T_HASH"),
    (&[Kind::Range], "T_STRUCT"),
    (&[Kind::Bignum], "T_BIGNUM"),
    (&[Kind::Data, Kind::Proc], "T_DATA"),
    (&[], "T_IMEMO"),
];
