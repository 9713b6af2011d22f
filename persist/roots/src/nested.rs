//! Nested transactions: what the changed objects were when a level began, as records in memory.
//!
//! Invariant: the new objects that a level's images refer to have ids and are listed as changed, so that a level that is dropped finds
//! them; a commit writes them, and an abort of everything makes them objects of this process again.

use crate::class;
use crate::closure;
use crate::encode::Encoded;
use crate::parts::Whole;
use crate::pending::{Extent, PendingCommit};
use crate::space::Space;
use crate::transaction::ghostify;
use objects::REnv;
use store::{Content, Epoch, Record};
use value::{GcByte, Kind, Value};
use vm::{RResult, Vm};

/// Levels of transactions, the outermost included.
const LEVELS_MAX: usize = 16;

/// A changed object and its record.
pub struct Image {
    object: Value,
    encoded: Encoded,
}

/// What a nested transaction found.
#[derive(Default)]
pub struct Level {
    images: Vec<Image>,
}

impl Level {
    /// Reports the objects held.
    pub fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        self.images.iter().for_each(|image| tracer.value(image.object));
    }
}

/// Begins a nested transaction.
pub fn begin(space: &Space, vm: &mut Vm) -> RResult<()> {
    space.open(vm)?;
    if space.with(|state| state.levels.len()) + 1 >= LEVELS_MAX {
        return Err(vm.runtime_error(&format!("more than {LEVELS_MAX} levels of nested transactions")));
    }
    class::stage(space, vm)?;
    let images = PendingCommit::encode(space, vm, Extent::Whole)?.into_images();
    let images = images.into_iter().map(|(object, encoded)| Image { object, encoded }).collect();
    space.with(|state| state.levels.push(Level { images }));
    Ok(())
}

/// Ends the innermost level: its changes are those of the level around it. False when there is none.
pub fn merge(space: &Space) -> bool {
    space.with(|state| state.levels.pop().is_some())
}

/// Drops what was changed in the innermost level. Definitions made in persistent mode stay. False when there is no level.
pub fn drop_level(space: &Space, vm: &mut Vm) -> RResult<bool> {
    let (changed, count) = space.with(|state| {
        let Some(level) = state.levels.last() else { return (Default::default(), None) };
        let count = level.images.len();
        (std::mem::take(&mut state.dirty), Some(count))
    });
    let Some(count) = count else { return Ok(false) };
    let changed = vm.roots.values(changed.as_slice());
    for &object in changed.iter() {
        let is_kept = space.with(|state| state.levels.last().is_some_and(|level| level.images.iter().any(|image| image.object == object)));
        match space.entry(object) {
            _ if is_kept => {}
            Some(entry) if entry.base.is_some() => ghostify(space, vm, object),
            _ => release(space, object),
        }
    }
    closure::reload_all(space, vm)?;
    for index in 0..count {
        restore(space, vm, index)?;
    }
    space.with(|state| state.levels.pop());
    Ok(true)
}

/// Gives an object the content it had when the level began.
fn restore(space: &Space, vm: &mut Vm, index: usize) -> RResult<()> {
    let image = space.with(|state| state.levels.last().and_then(|level| level.images.get(index)).map(|image| (image.object, image.encoded.clone())));
    let Some((object, Encoded { content, cutting })) = image else { return Ok(()) };
    let Some(entry) = space.entry(object) else { return Ok(()) };
    let Content { kind, flags, refs, body } = content;
    let record = Record { oid: entry.oid, epoch: entry.base.unwrap_or(Epoch(0)), kind, flags, refs, body };
    match object.header().map(|header| header.kind()) {
        // What a Proc runs does not change.
        Some(Kind::Class | Kind::Proc) => {}
        Some(Kind::Env) => {
            if let Some(environment) = REnv::new(object) {
                closure::restore(space, vm, environment, &record)?;
            }
        }
        _ => {
            vm.make_ghost(object);
            crate::decode::fill(space, vm, object, &Whole::of(record, cutting.parts))?;
        }
    }
    space.register(object, entry.oid, entry.base);
    space.set_dirty(object);
    Ok(())
}

/// An object that never got into the repository is one of this process only.
pub fn release(space: &Space, object: Value) {
    space.unregister(object);
    if let Some(header) = object.header() {
        header.set_gc(header.gc() & !(GcByte::EXTERNAL | GcByte::CLEAN));
    }
}
