//! Commit and abort.

use crate::encode::{Collected, encode};
use crate::space::{ROOT, Space, store_error};
use store::{Begin, Changes, CommitSet, Conflict, Durability, Outcome, Write};
use value::{Kind, Value};
use vm::{RResult, Raised, Vm, sym};

/// `Maglev::PERSISTENT_ROOT`: the Hash of the repository, made when it is new.
pub fn root(space: &Space, vm: &mut Vm) -> RResult {
    space.open(vm)?;
    if let Some(root) = space.with(|state| state.root) {
        return Ok(root);
    }
    let stored = space.session(vm, |session| session.read(ROOT))?;
    let root = match stored {
        Some(_) => crate::decode::object(space, vm, ROOT)?,
        None => {
            let hash = vm.new_hash().value();
            space.register(hash, ROOT, None);
            space.set_dirty(hash);
            hash
        }
    };
    space.with(|state| state.root = Some(root));
    Ok(root)
}

/// Commits the transaction. Err with CommitFailedException when others changed the same objects.
pub fn commit(space: &Space, vm: &mut Vm) -> RResult<()> {
    space.open(vm)?;
    let (writes, written) = collect(space, vm)?;
    if writes.is_empty() {
        return refresh(space, vm);
    }
    let set = CommitSet { writes, reads: Vec::new(), token: 0 };
    match space.session(vm, |session| session.commit(&set, Durability::Sync))? {
        Outcome::Done { epoch, begin } => {
            for &object in &written {
                if let Some(entry) = space.entry(object) {
                    space.register(object, entry.oid, Some(epoch));
                }
                space.set_clean(object);
            }
            space.with(|state| state.dirty.clear());
            invalidate(space, vm, &begin);
            std::hint::black_box(written);
            Ok(())
        }
        Outcome::Conflict(conflicts) => Err(conflict(space, vm, &conflicts)),
        Outcome::Unknown => {
            let class = vm.class_at("Maglev::StoreError");
            Err(vm.raise(class, "the disk failed during the commit; reopen the repository to see whether it happened"))
        }
    }
}

/// Encodes the dirty objects and everything new that they reach.
fn collect(space: &Space, vm: &mut Vm) -> RResult<(Vec<Write>, Vec<Value>)> {
    let mut pending: Vec<Value> = space.with(|state| state.dirty.clone());
    let fresh_from = pending.len();
    let mut collected = Collected { fresh: Vec::new(), ids: Vec::new() };
    let mut writes = Vec::new();
    let mut index = 0;
    while index < pending.len() {
        let object = pending[index];
        index += 1;
        let content = match encode(space, vm, object, &mut collected) {
            Ok(content) => content,
            Err(raised) => {
                forget_fresh(space, &pending[fresh_from..]);
                forget_fresh(space, &collected.fresh);
                return Err(raised);
            }
        };
        if let Some(entry) = space.entry(object) {
            writes.push(Write { oid: entry.oid, base: entry.base, content: Some(content) });
        }
        // New objects are reachable from dirty ones, which the state keeps alive.
        pending.append(&mut collected.fresh);
    }
    Ok((writes, pending))
}

/// Objects that got an id for a commit that did not happen lose it.
fn forget_fresh(space: &Space, objects: &[Value]) {
    space.with(|state| {
        for object in objects {
            if let Some(entry) = state.by_cell.remove(&object.bits()) {
                state.by_oid.remove(&entry.oid.0);
            }
        }
    });
}

/// Takes the newest snapshot when there was nothing to write.
fn refresh(space: &Space, vm: &mut Vm) -> RResult<()> {
    let begin = space.session(vm, |session| session.begin())?;
    invalidate(space, vm, &begin);
    Ok(())
}

/// Drops all changes and takes the newest snapshot.
pub fn abort(space: &Space, vm: &mut Vm) -> RResult<()> {
    space.open(vm)?;
    let dirty = space.with(|state| std::mem::take(&mut state.dirty));
    for &object in &dirty {
        match space.entry(object) {
            Some(entry) if entry.base.is_some() => ghostify(space, vm, object),
            Some(entry) if entry.oid == ROOT => {
                // The root was never committed: it is empty again.
                objects::kinds::empty(object);
                space.with(|state| state.dirty.push(object));
            }
            _ => forget_fresh(space, &[object]),
        }
    }
    let result = space.with(|state| {
        let session = state.session.as_deref_mut()?;
        session.abort();
        Some(session.begin())
    });
    match result {
        Some(Ok(begin)) => {
            adopt_root(space, vm)?;
            invalidate(space, vm, &begin);
            Ok(())
        }
        Some(Err(error)) => Err(store_error(vm, &error)),
        None => Err(vm.runtime_error("no repository is open")),
    }
}

/// Another session may have made the root meanwhile: then ours becomes a ghost of it.
fn adopt_root(space: &Space, vm: &mut Vm) -> RResult<()> {
    let Some(root) = space.with(|state| state.root) else { return Ok(()) };
    if space.entry(root).is_some_and(|entry| entry.base.is_some()) {
        return Ok(());
    }
    if let Some(record) = space.session(vm, |session| session.read(ROOT))? {
        space.with(|state| state.dirty.retain(|&dirty| dirty != root));
        space.register(root, ROOT, Some(record.epoch));
        ghostify(space, vm, root);
    }
    Ok(())
}

fn ghostify(space: &Space, vm: &mut Vm, object: Value) {
    if object.is_kind(Kind::Class) {
        space.set_clean(object);
        return;
    }
    if !Vm::is_ghost(object) {
        vm.make_ghost(object);
    }
}

/// Objects that others changed are loaded again when touched.
fn invalidate(space: &Space, vm: &mut Vm, begin: &Begin) {
    let words: Vec<u64> = space.with(|state| match &begin.changes {
        Changes::Oids(oids) => oids.iter().filter_map(|oid| state.by_oid.get(&oid.0).copied()).collect(),
        Changes::All => state.by_oid.values().copied().collect(),
    });
    let dirty = space.with(|state| state.dirty.clone());
    for word in words {
        if let Some(object) = vm.heap.value_at(word as usize).filter(|object| !dirty.contains(object)) {
            if space.entry(object).is_some_and(|entry| entry.base.is_some()) {
                ghostify(space, vm, object);
            }
        }
    }
}

fn conflict(space: &Space, vm: &mut Vm, conflicts: &[Conflict]) -> Raised {
    match new_conflict(space, vm, conflicts) {
        Ok(exception) => vm.raise_exception(exception),
        Err(raised) => raised,
    }
}

fn new_conflict(space: &Space, vm: &mut Vm, conflicts: &[Conflict]) -> RResult {
    let list = vm.new_array();
    for conflict in conflicts {
        if let Some(object) = space.known(vm, conflict.oid) {
            vm.push(list, object)?;
        }
    }
    let class = vm.class_at("Maglev::CommitFailedException");
    let plural = if conflicts.len() == 1 { "" } else { "s" };
    let message = vm.str(&format!("commit failed: {} object{plural} changed by other sessions", conflicts.len()));
    let exception = vm.new_exception(class, message)?;
    vm.set_hidden(exception, sym::H_VALUE, list.value());
    Ok(exception)
}
