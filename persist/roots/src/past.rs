//! The repository as it was behind an earlier commit, for the length of a block.
//!
//! Invariant: objects are the same ones in the past as in the present, with the content of then: all plain ones are ghosts when the block
//! begins and again when it ends. Classes, and the variables of Procs in memory, stay those of the present. What is changed in the past is
//! dropped.

use crate::isolation::{self, News};
use crate::nested;
use crate::space::{Space, store_error};
use crate::transaction::{self, ghostify, invalidate};
use stdx::FastMap;
use store::{Begin, Changes, Epoch, Session};
use vm::{RResult, Vm};

/// What the session goes back to.
pub struct Present {
    pub session: Box<dyn Session>,
    news: Option<News>,
    reads: Option<FastMap<u64, Epoch>>,
}

impl Present {
    /// Reports the objects held.
    pub fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        self.news.iter().for_each(|news| news.trace(tracer));
    }
}

/// From now on objects are loaded as they were behind commit `epoch`.
pub fn enter(space: &Space, vm: &mut Vm, epoch: u64) -> RResult<()> {
    transaction::root(space, vm)?;
    if space.with(|state| state.past.is_some()) || transaction::has_changes(space, vm)? {
        let class = vm.class_at("Maglev::TransactionError");
        return Err(vm.raise(class, "the past is looked at between transactions; this one has changes"));
    }
    let backend = space.with(|state| state.backend.clone());
    let Some(past) = backend.map(|backend| backend.session_at(Epoch(epoch))) else { return Err(vm.runtime_error("no repository is open")) };
    let past = past.map_err(|error| store_error(vm, &error))?;
    space.with(|state| {
        let Some(session) = state.session.replace(past) else { return };
        state.past = Some(Present { session, news: state.news.take(), reads: state.reads.take() });
    });
    isolation::forget_content(space, vm);
    Ok(())
}

/// Back to the present.
pub fn leave(space: &Space, vm: &mut Vm) {
    let Some(Present { session, news, reads }) = space.with(|state| state.past.take()) else { return };
    let dirty = space.with(|state| std::mem::take(&mut state.dirty));
    let dirty = vm.roots.values(dirty.as_slice());
    space.with(|state| (state.session, state.reads) = (Some(session), reads));
    for &object in dirty.iter() {
        match space.entry(object).is_some_and(|entry| entry.base.is_some()) {
            true => ghostify(space, vm, object),
            false => nested::release(space, object),
        }
    }
    let epoch = space.try_session(|session| Ok(session.snapshot()));
    let epoch = epoch.and_then(Result::ok).flatten().unwrap_or_default();
    invalidate(space, vm, &Begin { epoch, changes: Changes::All });
    space.with(|state| state.news = news);
}
