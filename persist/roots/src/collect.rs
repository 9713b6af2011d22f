//! The vote that a collector of the repository asks each session for: which objects that it takes for garbage the session has in memory.
//!
//! Invariant: a session votes when a transaction has begun, so that what it has in memory is of the new snapshot, or was let go of by it.

use crate::space::Space;
use vm::Vm;

/// Votes if a collector waits for it. What only dead objects refer to is freed first, so that it is not named.
pub fn vote(space: &Space, vm: &mut Vm) {
    // What a nested transaction goes back to is known to its records only.
    if space.with(|state| !state.levels.is_empty()) {
        return;
    }
    // A list that cannot be read gets no vote, and the collector removes nothing.
    let Some(Ok(Some(garbage))) = space.try_session(|session| session.garbage()) else { return };
    vm.collect_garbage();
    let kept = space.with(|state| garbage.into_iter().filter(|oid| state.by_oid.contains_key(&oid.0)).collect::<Vec<_>>());
    let _ = space.try_session(|session| session.vote(&kept));
}
