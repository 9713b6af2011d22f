//! A commit on its way: what it writes, and what the session becomes when it happens.
//!
//! Invariant: nothing of the session changes before `confirm`. A commit that is dropped before (a conflict, a full disk, an object
//! that cannot be saved, an exception) has never been: its new objects have no id, the changed ones are as changed as before.

use crate::class;
use crate::encode;
use crate::space::Space;
use codec::RecordKind;
use stdx::FastMap;
use store::{CommitSet, Content, Epoch, Oid, Write};
use value::Value;
use vm::{RResult, Vm};

/// Ids asked for at a time.
const IDS: u32 = 64;

/// A commit that did not happen yet.
pub struct PendingCommit<'a> {
    pub(crate) space: &'a Space,
    /// Ids of the new objects, by address.
    fresh: FastMap<u64, Oid>,
    /// By position in `State::committing`: the position of the object that it was reached from.
    parents: Vec<u32>,
    current: usize,
    ids: std::ops::Range<u64>,
    writes: Vec<Write>,
}

impl<'a> PendingCommit<'a> {
    /// Encodes the changed objects and everything new that they reach. Runs no code of the program.
    pub fn encode(space: &'a Space, vm: &mut Vm) -> RResult<PendingCommit<'a>> {
        let mut pending = PendingCommit { space, fresh: FastMap::default(), parents: Vec::new(), current: 0, ids: 0..0, writes: Vec::new() };
        let count = space.with(|state| {
            state.committing = state.dirty.as_slice().to_vec();
            state.committing.len()
        });
        pending.parents = (0..count as u32).collect();
        if let Some(write) = class::encode_registry(vm, &mut pending)? {
            pending.writes.push(write);
        }
        while let Some(object) = pending.object(pending.current) {
            let content = encode::encode(vm, object, &mut pending)?;
            if !pending.is_stored(vm, object, &content)? {
                pending.write(object, content);
            }
            pending.current += 1;
        }
        Ok(pending)
    }

    fn object(&self, position: usize) -> Option<Value> {
        self.space.with(|state| state.committing.get(position).copied())
    }

    /// Does the repository have this already? Whoever looks at a native part may change it, so that it is among the changed objects.
    fn is_stored(&self, vm: &mut Vm, object: Value, content: &Content) -> RResult<bool> {
        let entry = self.space.entry(object).filter(|entry| entry.base.is_some());
        let Some(entry) = entry.filter(|_| content.kind == RecordKind::Native as u8) else { return Ok(false) };
        let stored = self.space.session(vm, |session| session.read(entry.oid))?;
        Ok(stored.is_some_and(|stored| {
            (stored.kind, stored.flags, &stored.refs, &stored.body) == (content.kind, content.flags, &content.refs, &content.body)
        }))
    }

    fn write(&mut self, object: Value, content: Content) {
        let entry = self.space.entry(object);
        let known = self.fresh.get(&object.bits()).map(|&oid| (oid, None));
        if let Some((oid, base)) = entry.map(|entry| (entry.oid, entry.base)).or(known) {
            self.writes.push(Write { oid, base, content: Some(content) });
        }
    }

    /// Id of an object; a new one gets an id and is going to be encoded.
    pub fn id_of(&mut self, vm: &mut Vm, object: Value) -> RResult<Oid> {
        let known = self.space.entry(object).map(|entry| entry.oid);
        if let Some(oid) = known.or_else(|| self.fresh.get(&object.bits()).copied()) {
            return Ok(oid);
        }
        if self.ids.is_empty() {
            self.ids = self.space.session(vm, |session| session.alloc_oids(IDS))?;
        }
        let Some(id) = self.ids.next() else { return Err(vm.runtime_error("the repository gave no object ids")) };
        self.fresh.insert(object.bits(), Oid(id));
        self.parents.push(self.current as u32);
        self.space.with(|state| state.committing.push(object));
        Ok(Oid(id))
    }

    /// The objects from a changed one to the one that is being encoded.
    pub fn path(&self) -> Vec<Value> {
        let mut position = self.current;
        let mut path = Vec::new();
        while let Some(object) = self.object(position) {
            path.push(object);
            match self.parents.get(position) {
                Some(&parent) if (parent as usize) < position => position = parent as usize,
                _ => break,
            }
        }
        path.reverse();
        path
    }

    /// Nothing to write?
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// What the store is given.
    pub fn take_set(&mut self, token: u128) -> CommitSet {
        CommitSet { writes: std::mem::take(&mut self.writes), reads: Vec::new(), token }
    }

    /// The commit happened.
    pub fn confirm(self, epoch: Epoch) {
        let space = self.space;
        let objects = space.with(|state| {
            state.dirty = Default::default();
            let objects = std::mem::take(&mut state.committing);
            state.classes.confirm(&objects, epoch);
            objects
        });
        for object in objects {
            let oid = self.fresh.get(&object.bits()).copied().or_else(|| space.entry(object).map(|entry| entry.oid));
            if let Some(oid) = oid {
                space.register(object, oid, Some(epoch));
                space.set_clean(object);
            }
        }
    }
}

impl Drop for PendingCommit<'_> {
    fn drop(&mut self) {
        self.space.with(|state| state.committing.clear());
    }
}
