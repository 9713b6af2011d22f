//! Commit and abort.

use crate::class;
use crate::collect;
use crate::decode::DAMAGED;
use crate::isolation;
use crate::nested;
use crate::pending::{Extent, PendingCommit};
use crate::space::{ROOT, Space, store_error};
use objects::RArray;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};
use store::{Begin, Changes, Conflict, ConflictKind, Durability, Epoch, Oid, Outcome, StoreError};
use value::{Kind, Value};
use vm::{RResult, Raised, Vm, sym};

/// Longest wait for the commit lock.
const PATIENCE: Duration = Duration::from_secs(30);

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
pub fn commit(space: &Space, vm: &mut Vm, durability: Durability) -> RResult<()> {
    space.open(vm)?;
    space.open_again(vm)?;
    vm.check_loads()?;
    if space.with(|state| state.is_lost) {
        let class = vm.class_at("Maglev::CommitFailedException");
        return Err(vm.raise(class, "commit failed: objects were changed by other sessions; abort_transaction starts over"));
    }
    let start = Instant::now();
    loop {
        class::stage(space, vm)?;
        let pending = PendingCommit::encode(space, vm, Extent::Changes)?;
        if pending.is_empty() {
            return refresh(space, vm);
        }
        match try_commit(space, vm, pending, durability) {
            Some(done) => return done,
            // Somebody holds the lock for long. Signals and other threads get their turn, and may change what is committed.
            None if start.elapsed() < PATIENCE => vm.poll_interrupts()?,
            None => {
                let class = vm.class_at("Maglev::StoreError");
                return Err(vm.raise(class, "another process holds the commit lock and does not move; nothing was committed"));
            }
        }
    }
}

/// None when the commit lock could not be had; then nothing happened.
fn try_commit(space: &Space, vm: &mut Vm, mut pending: PendingCommit<'_>, durability: Durability) -> Option<RResult<()>> {
    let token = fresh_token();
    let set = match pending.take_set(vm, token) {
        Ok(set) => set,
        Err(raised) => return Some(Err(raised)),
    };
    match space.try_session(|session| session.commit(&set, durability))? {
        Err(StoreError::LockTimeout { what: "commit", .. }) => None,
        Err(error) => {
            drop(pending);
            Some(Err(store_error(vm, &error)))
        }
        Ok(outcome) => Some(finish(space, vm, pending, outcome, token)),
    }
}

fn finish(space: &Space, vm: &mut Vm, pending: PendingCommit<'_>, outcome: Outcome, token: u128) -> RResult<()> {
    match outcome {
        Outcome::Done { epoch, begin } => {
            pending.confirm(epoch);
            invalidate(space, vm, &begin);
            isolation::begin(space, vm);
            crate::locks::settle(space, vm)
        }
        Outcome::Conflict(mut conflicts) => {
            // The object of a part conflicts, too.
            conflicts.retain(|conflict| !pending.is_part(conflict.oid));
            drop(pending);
            Err(conflict(space, vm, &conflicts))
        }
        Outcome::Unknown => {
            let epoch = resolve(space, vm, token)?;
            pending.confirm(epoch);
            refresh(space, vm)
        }
    }
}

/// A name for a commit by which the log tells whether it happened.
fn fresh_token() -> u128 {
    let half = || u128::from(RandomState::new().hash_one(std::process::id()));
    half() << 64 | half() | 1
}

/// The disk failed while a commit was on its way: did it happen?
fn resolve(space: &Space, vm: &mut Vm, token: u128) -> RResult<Epoch> {
    match space.session(vm, |session| session.resolve(token))? {
        Some(epoch) => Ok(epoch),
        None => {
            let class = vm.class_at("Maglev::StoreError");
            Err(vm.raise(class, "the disk failed during the commit, which did not happen"))
        }
    }
}

/// Takes the newest snapshot when there was nothing to write.
fn refresh(space: &Space, vm: &mut Vm) -> RResult<()> {
    let begin = space.session(vm, |session| session.begin())?;
    invalidate(space, vm, &begin);
    isolation::begin(space, vm);
    Ok(())
}

/// Has the transaction changed anything?
pub fn has_changes(space: &Space, vm: &mut Vm) -> RResult<bool> {
    class::stage(space, vm)?;
    Ok(space.with(|state| !state.dirty.is_empty()) || crate::closure::is_any_changed(space, vm))
}

/// Drops all changes and takes the newest snapshot. Definitions made in persistent mode stay staged for the next commit.
pub fn abort(space: &Space, vm: &mut Vm) -> RResult<()> {
    space.open(vm)?;
    class::stage(space, vm)?;
    let dirty = space.with(|state| {
        state.levels.clear();
        state.is_lost = false;
        std::mem::take(&mut state.dirty)
    });
    let dirty = vm.roots.values(dirty.as_slice());
    for &object in dirty.iter() {
        match space.entry(object) {
            Some(entry) if entry.base.is_some() => ghostify(space, vm, object),
            Some(entry) if entry.oid == ROOT => {
                // The root was never committed: it is empty again.
                objects::kinds::empty(object);
                space.set_dirty(object);
            }
            _ => nested::release(space, object),
        }
    }
    let begin = space.session(vm, |session| {
        session.abort();
        session.begin()
    })?;
    adopt_root(space, vm)?;
    crate::closure::reload_all(space, vm)?;
    invalidate(space, vm, &begin);
    isolation::begin(space, vm);
    Ok(())
}

/// Another session may have made the root meanwhile: then ours becomes a ghost of it.
fn adopt_root(space: &Space, vm: &mut Vm) -> RResult<()> {
    let Some(root) = space.with(|state| state.root) else { return Ok(()) };
    if space.entry(root).is_some_and(|entry| entry.base.is_some()) {
        return Ok(());
    }
    if let Some(record) = space.session(vm, |session| session.read(ROOT))? {
        space.with(|state| state.dirty.remove(root));
        space.register(root, ROOT, Some(record.epoch));
        ghostify(space, vm, root);
    }
    Ok(())
}

/// Gives an object's content up until the next touch.
pub fn ghostify(space: &Space, vm: &mut Vm, object: Value) {
    let reloaded = match object.header().map(|header| header.kind()) {
        Some(Kind::Class) => {
            space.with(|state| state.classes.forget(object));
            Ok(())
        }
        Some(Kind::Env) => crate::closure::reload(space, vm, object),
        Some(Kind::Proc) => crate::decode::reload_variables(space, vm, object),
        _ => {
            vm.make_ghost(object);
            Ok(())
        }
    };
    // What cannot be read keeps its values here, and cannot be loaded elsewhere.
    if reloaded.is_err() {
        let _ = vm.take_exception();
    }
}

/// Objects that others changed are loaded again when touched.
pub fn invalidate(space: &Space, vm: &mut Vm, begin: &Begin) {
    let words: Vec<u64> = space.with(|state| match &begin.changes {
        Changes::Oids(oids) => oids.iter().filter_map(|oid| state.by_oid.get(&oid.0).copied()).collect(),
        Changes::All => state.by_oid.values().copied().collect(),
    });
    space.with(|state| state.classes.registry_changed(&begin.changes));
    isolation::note_changes(space, vm, &begin.changes, &words);
    replace_damaged(space, vm, &words);
    for word in words {
        let Some(object) = vm.heap.value_at(word as usize) else { continue };
        let is_dirty = space.with(|state| state.dirty.contains(object));
        let is_class = object.header().is_some_and(|header| header.kind() == Kind::Class);
        if (!is_dirty || is_class) && space.entry(object).is_some_and(|entry| entry.base.is_some()) {
            ghostify(space, vm, object);
        }
    }
    // The transaction has ended as it did: a class that cannot be loaded is told of by the next one.
    if class::refresh_stale(space, vm).and_then(|()| class::adopt_core(space, vm)).is_err() {
        let _ = vm.take_exception();
    }
    collect::vote(space, vm);
}

/// What could not even be told the kind of has a cell that fits no other kind. When others wrote it anew, all that refers to it is loaded
/// again and finds it in another cell.
fn replace_damaged(space: &Space, vm: &mut Vm, words: &[u64]) {
    let objects = words.iter().filter_map(|&word| vm.heap.value_at(word as usize));
    let damaged = objects.filter(|&object| space.entry(object).is_some_and(|entry| entry.base == Some(DAMAGED)));
    let damaged = vm.roots.root(Vec::from_iter(damaged));
    if !damaged.is_empty() {
        damaged.iter().for_each(|&object| space.unregister(object));
        isolation::forget_content(space, vm);
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
        let object = space.known(vm, conflict.oid).unwrap_or(Value::NIL);
        let kind = match conflict.kind {
            ConflictKind::WriteWrite => "write_write",
            ConflictKind::ReadWrite => "read_write",
            ConflictKind::Exists => "exists",
            ConflictKind::Gone => "gone",
            ConflictKind::Locked => "locked",
        };
        let process = space.session(vm, |session| session.committer(conflict.theirs))?;
        let process = process.map_or(Value::NIL, |process| vm.int(i64::from(process)));
        let (kind, mine, theirs) = (vm.symbol(kind), vm.int(conflict.mine.0 as i64), vm.int(conflict.theirs.0 as i64));
        let entry = vm.array(&[object, kind, mine, theirs, process]);
        vm.push(list, entry)?;
    }
    let class = vm.class_at("Maglev::CommitFailedException");
    let plural = if conflicts.len() == 1 { "" } else { "s" };
    let reason = if conflicts.iter().all(|conflict| conflict.kind == ConflictKind::Locked) { "locked" } else { "changed" };
    let message = vm.str(&format!("commit failed: {} object{plural} {reason} by other sessions", conflicts.len()));
    let exception = vm.new_exception(class, message)?;
    vm.set_hidden(exception, sym::H_VALUE, list.value());
    Ok(exception)
}

/// Takes the newest snapshot in the middle of a transaction: those of `parts` that others changed get the newest content and are given
/// back; None when others changed something else that this transaction changed too, which then can only be aborted.
pub fn refresh_parts(space: &Space, vm: &mut Vm, parts: RArray) -> RResult<Option<RArray>> {
    let begin = space.session(vm, |session| session.begin())?;
    let refreshed = vm.new_array();
    let changed: Vec<u64> = match &begin.changes {
        Changes::Oids(oids) => oids.iter().map(|oid| oid.0).collect(),
        Changes::All => space.with(|state| state.by_oid.keys().copied().collect()),
    };
    for oid in changed {
        let Some(object) = space.known(vm, Oid(oid)).filter(|&object| space.with(|state| state.dirty.contains(object))) else { continue };
        if !(0..parts.len()).any(|index| parts.get(index) == Some(object)) {
            space.with(|state| state.is_lost = true);
            return Ok(None);
        }
        space.with(|state| state.dirty.remove(object));
        ghostify(space, vm, object);
        vm.push(refreshed, object)?;
    }
    invalidate(space, vm, &begin);
    Ok(Some(refreshed))
}
