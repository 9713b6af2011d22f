//! Objects that become others: two that change places, and instances that go over to another class. Whoever holds one sees what it is now.
//!
//! Invariant: cells stay where they are and keep their ids; what changes is their content, which fits as that of a loaded ghost does.

use crate::decode::Parts;
use crate::space::Space;
use objects::{RArray, RClass};
use value::{Kind, Value};
use vm::{RResult, Vm};

/// Exchanges what two objects of one sort are.
pub fn exchange(space: &Space, vm: &mut Vm, one: Value, other: Value) -> RResult<()> {
    let (kind, other_kind) = (changeable(vm, one)?, changeable(vm, other)?);
    if kind != other_kind {
        let (first, second) = (vm.any_to_s(one), vm.any_to_s(other));
        return Err(vm.argument_error(&format!("{first} and {second} are of different sorts and cannot become each other")));
    }
    let (first, second) = (Parts::of(vm, one)?, Parts::of(vm, other)?);
    second.put_into(vm, one, kind)?;
    note_change(space, one);
    first.put_into(vm, other, kind)?;
    note_change(space, other);
    Ok(())
}

/// Makes plain objects instances of another class; their variables stay.
pub fn change_class(space: &Space, vm: &mut Vm, objects: RArray, class: RClass) -> RResult<()> {
    for index in 0..objects.len() {
        let Some(object) = objects.get(index) else { break };
        if changeable(vm, object)? != Kind::Object {
            let shown = vm.any_to_s(object);
            return Err(vm.argument_error(&format!("{shown} cannot become an instance of another class")));
        }
        let parts = Parts::of(vm, object)?.with_class(class);
        parts.put_into(vm, object, Kind::Object)?;
        note_change(space, object);
        vm.poll_interrupts()?;
    }
    Ok(())
}

/// The sort of an object that may change its content as a whole.
fn changeable(vm: &mut Vm, object: Value) -> RResult<Kind> {
    vm.load(object)?;
    let is_single = object.header().is_some() && vm.class_of(object).is_singleton();
    match object.kind().filter(|_| !is_single) {
        Some(kind @ (Kind::Object | Kind::String | Kind::Array | Kind::Hash)) => {
            vm.check_frozen(object)?;
            Ok(kind)
        }
        _ => {
            let shown = vm.any_to_s(object);
            Err(vm.argument_error(&format!("{shown} cannot become another object")))
        }
    }
}

fn note_change(space: &Space, object: Value) {
    if space.entry(object).is_some() {
        space.set_dirty(object);
    }
}
