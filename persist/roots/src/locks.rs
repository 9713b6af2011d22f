//! Locks on objects: of the session, beside its transactions, until it gives them back or ends.

use crate::space::{Space, store_error};
use store::Oid;
use value::Value;
use vm::{RResult, Vm};

/// Takes a lock without waiting; false when another session's stands against it. An object that is not in the repository yet is locked
/// when it gets there.
pub fn take(space: &Space, vm: &mut Vm, object: Value, is_exclusive: bool) -> RResult<bool> {
    space.open(vm)?;
    if object.header().is_none() || objects::number::float_of(object).is_some() || objects::number::bignum_of(&object).is_some() {
        let shown = vm.inspect_text(object)?;
        return Err(vm.argument_error(&format!("{shown} cannot be locked: it is a value, not an object")));
    }
    let Some(entry) = space.entry(object) else {
        space.with(|state| state.early_locks.push((object, is_exclusive)));
        return Ok(true);
    };
    let is_taken = space.session(vm, |session| session.lock_object(entry.oid, is_exclusive))?;
    if is_taken {
        space.with(|state| state.locks.insert(entry.oid.0, is_exclusive));
    }
    Ok(is_taken)
}

/// Gives a lock back.
pub fn release(space: &Space, vm: &mut Vm, object: Value) -> RResult<()> {
    space.with(|state| state.early_locks.retain(|&(locked, _)| locked != object));
    match space.entry(object) {
        Some(entry) if space.with(|state| state.locks.remove(&entry.oid.0)).is_some() => {
            space.session(vm, |session| session.unlock_object(entry.oid))
        }
        _ => Ok(()),
    }
}

/// Gives all locks of the session back.
pub fn release_all(space: &Space, vm: &mut Vm) -> RResult<()> {
    let locks = space.with(|state| {
        state.early_locks.clear();
        std::mem::take(&mut state.locks)
    });
    locks.keys().try_for_each(|&oid| space.session(vm, |session| session.unlock_object(Oid(oid))))
}

/// Locks on objects that a commit has just given ids are taken: nobody else knows these objects yet.
pub fn settle(space: &Space, vm: &mut Vm) -> RResult<()> {
    let settled: Vec<(Oid, bool)> = space.with(|state| {
        let by_cell = &state.by_cell;
        let found = |&(object, is_exclusive): &(Value, bool)| by_cell.get(&object.bits()).map(|entry| (entry.oid, is_exclusive));
        let settled: Vec<(Oid, bool)> = state.early_locks.iter().filter_map(found).collect();
        state.early_locks.retain(|&(object, _)| !by_cell.contains_key(&object.bits()));
        settled
    });
    for (oid, is_exclusive) in settled {
        match space.try_session(|session| session.lock_object(oid, is_exclusive)) {
            Some(Ok(true)) => drop(space.with(|state| state.locks.insert(oid.0, is_exclusive))),
            Some(Err(error)) => return Err(store_error(vm, &error)),
            _ => {}
        }
    }
    Ok(())
}
