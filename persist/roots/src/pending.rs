//! A commit on its way: what it writes, and what the session becomes when it happens.
//!
//! Invariant: nothing of the session changes before `confirm`. A commit that is dropped before (a conflict, a full disk, an object
//! that cannot be saved, an exception) has never been: its new objects have no id, the changed ones are as changed as before.

use crate::class;
use crate::closure::{self, Wanted};
use crate::cuts::{self, CleanPart};
use crate::encode::{self, Encoded};
use crate::isolation;
use crate::parts::{self, Cutting, Split};
use crate::space::Space;
use codec::{RecordKind, fingerprint};
use stdx::{FastMap, FastSet};
use store::{CommitSet, Content, Epoch, Oid, Write};
use value::{Kind, Value};
use vm::{RResult, Vm};

/// Ids asked for at a time.
const IDS: u32 = 64;

/// How much of large collections is encoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What is not known to be stored already.
    Changes,
    /// Everything.
    Whole,
}

/// A commit that did not happen yet.
pub struct PendingCommit<'a> {
    pub(crate) space: &'a Space,
    extent: Extent,
    /// Ids of the new objects, by address.
    fresh: FastMap<u64, Oid>,
    /// By position in `State::committing`: the position of the object that it was reached from.
    parents: Vec<u32>,
    /// Position of the object that is being encoded.
    current: usize,
    /// Positions of environments, by address.
    positions: FastMap<u64, u32>,
    /// Those that are to be encoded, when it is known which of their variables are saved; each once.
    environments: Vec<u32>,
    queued: FastSet<u32>,
    /// Slots of environments that Procs of this commit name, by address.
    wanted: FastMap<u64, Wanted>,
    /// Fingerprints of the records of environments, by address.
    fingerprints: FastMap<u64, u128>,
    /// Addresses of the objects whose records stay what they are.
    unchanged: FastSet<u64>,
    ids: std::ops::Range<u64>,
    writes: Vec<Write>,
    /// Where among the writes an environment stands, by id.
    written: FastMap<u64, usize>,
    /// The parts of large objects, by id.
    parts: FastMap<u64, Cutting>,
    /// What is written of objects that have or had parts, by id.
    splits: FastMap<u64, Split>,
}

impl<'a> PendingCommit<'a> {
    /// Encodes the changed objects and everything new that they reach. Runs no code of the program.
    pub fn encode(space: &'a Space, vm: &mut Vm, extent: Extent) -> RResult<PendingCommit<'a>> {
        let mut pending = PendingCommit::new(space, vm);
        pending.extent = extent;
        if let Some(write) = class::encode_registry(vm, &mut pending)? {
            pending.writes.push(write);
        }
        let mut next = 0;
        loop {
            pending.current = next;
            match pending.object(next) {
                Some(object) if is_environment(object) => pending.queue(next as u32),
                Some(object) => pending.encode_object(vm, object)?,
                None => match pending.environments.pop() {
                    Some(position) => {
                        pending.queued.remove(&position);
                        pending.encode_environment(vm, position as usize)?;
                        continue;
                    }
                    None => return Ok(pending),
                },
            }
            next += 1;
        }
    }

    /// A commit of what is changed. Environments have no write barrier: each one is looked at.
    fn new(space: &'a Space, vm: &Vm) -> PendingCommit<'a> {
        let environments = closure::changed_environments(space, vm);
        let (first, count) = space.with(|state| {
            state.committing = state.dirty.as_slice().to_vec();
            let first = state.committing.len();
            state.committing.extend(environments.iter().copied());
            (first, state.committing.len())
        });
        let mut pending = PendingCommit::empty(space);
        pending.parents = (0..count as u32).collect();
        pending.positions.extend(environments.iter().zip(first as u32..).map(|(environment, position)| (environment.bits(), position)));
        pending
    }

    /// A commit of nothing.
    pub fn empty(space: &'a Space) -> PendingCommit<'a> {
        PendingCommit {
            space,
            extent: Extent::Whole,
            fresh: FastMap::default(),
            parents: Vec::new(),
            current: 0,
            positions: FastMap::default(),
            environments: Vec::new(),
            queued: FastSet::default(),
            wanted: FastMap::default(),
            fingerprints: FastMap::default(),
            unchanged: FastSet::default(),
            ids: 0..0,
            writes: Vec::new(),
            written: FastMap::default(),
            parts: FastMap::default(),
            splits: FastMap::default(),
        }
    }

    fn encode_object(&mut self, vm: &mut Vm, object: Value) -> RResult<()> {
        let Encoded { content, cutting } = encode::encode(vm, object, self)?;
        if content.kind == RecordKind::Variables as u8 {
            self.fingerprints.insert(object.bits(), fingerprint(&content.refs, &content.body));
        }
        if self.is_stored(vm, object, &content)? {
            self.unchanged.insert(object.bits());
        } else {
            self.write(object, content, cutting);
        }
        Ok(())
    }

    /// Encodes an environment, once more when another Proc was found that names more of its variables.
    fn encode_environment(&mut self, vm: &mut Vm, position: usize) -> RResult<()> {
        self.current = position;
        let Some(object) = self.object(position) else { return Ok(()) };
        self.unchanged.remove(&object.bits());
        self.encode_object(vm, object)
    }

    fn queue(&mut self, position: u32) {
        if self.queued.insert(position) {
            self.environments.push(position);
        }
    }

    /// A slot of an environment is going to be saved.
    pub fn want(&mut self, environment: Value, slot: usize) {
        let mut wanted = self.wanted_of(environment);
        if wanted.get(slot) == Some(&true) {
            return;
        }
        wanted.resize(wanted.len().max(slot + 1), false);
        wanted[slot] = true;
        self.wanted.insert(environment.bits(), wanted);
        match self.positions.get(&environment.bits()) {
            Some(&position) => self.queue(position),
            // One whose saved variables are unchanged so far.
            None if self.space.entry(environment).is_some() => self.add(environment),
            None => {}
        }
    }

    /// An object is going to be encoded.
    fn add(&mut self, object: Value) {
        let position = self.parents.len() as u32;
        self.parents.push(self.current as u32);
        self.space.with(|state| state.committing.push(object));
        if is_environment(object) {
            self.positions.insert(object.bits(), position);
        }
    }

    /// The slots of an environment that are saved.
    pub fn wanted_of(&self, environment: Value) -> Wanted {
        let known = || self.space.with(|state| state.environments.get(&environment.bits()).cloned());
        self.wanted.get(&environment.bits()).cloned().or_else(known).unwrap_or_default()
    }

    fn oid_of(&self, object: Value) -> Option<Oid> {
        self.fresh.get(&object.bits()).copied().or_else(|| self.space.entry(object).map(|entry| entry.oid))
    }

    fn object(&self, position: usize) -> Option<Value> {
        self.space.with(|state| state.committing.get(position).copied())
    }

    /// Does the repository have this already? Whoever looks at a native part may change it, so that it is among the changed objects.
    fn is_stored(&self, vm: &mut Vm, object: Value, content: &Content) -> RResult<bool> {
        if ![RecordKind::Native, RecordKind::Parts, RecordKind::Variables].iter().any(|&kind| kind as u8 == content.kind) {
            return Ok(false);
        }
        if let Some(known) = self.space.with(|state| state.fingerprints.get(&object.bits()).copied()) {
            return Ok(self.fingerprints.get(&object.bits()) == Some(&known));
        }
        let Some(entry) = self.space.entry(object).filter(|entry| entry.base.is_some()) else { return Ok(false) };
        let stored = self.space.session(vm, |session| session.read(entry.oid))?;
        Ok(stored.is_some_and(|stored| {
            (stored.kind, stored.flags, &stored.refs, &stored.body) == (content.kind, content.flags, &content.refs, &content.body)
        }))
    }

    fn write(&mut self, object: Value, content: Content, cutting: Cutting) {
        let entry = self.space.entry(object);
        let known = self.fresh.get(&object.bits()).map(|&oid| (oid, None));
        if let Some((oid, base)) = entry.map(|entry| (entry.oid, entry.base)).or(known) {
            // Only environments are encoded more than once.
            let is_first = content.kind != RecordKind::Variables as u8;
            let write = Write { oid, base, content: Some(content) };
            match (!is_first).then(|| self.written.get(&oid.0)).flatten() {
                Some(&index) => self.writes[index] = write,
                None => {
                    if !is_first {
                        self.written.insert(oid.0, self.writes.len());
                    }
                    self.writes.push(write);
                }
            }
            if !cutting.parts.is_empty() || self.space.with(|state| state.parts.contains_key(&oid.0)) {
                self.parts.insert(oid.0, cutting);
            }
        }
    }

    /// The parts of a large collection that need not be encoded.
    pub fn clean_parts(&self, vm: &Vm, object: Value) -> Vec<CleanPart> {
        match self.extent {
            Extent::Changes => cuts::clean_parts(self.space, vm, object),
            Extent::Whole => Vec::new(),
        }
    }

    /// Id of an object; a new one gets an id and is going to be encoded.
    pub fn id_of(&mut self, vm: &mut Vm, object: Value) -> RResult<Oid> {
        let known = self.space.entry(object).map(|entry| entry.oid);
        if let Some(oid) = known.or_else(|| self.fresh.get(&object.bits()).copied()) {
            return Ok(oid);
        }
        let oid = self.fresh_id(vm)?;
        self.fresh.insert(object.bits(), oid);
        self.add(object);
        Ok(oid)
    }

    fn fresh_id(&mut self, vm: &mut Vm) -> RResult<Oid> {
        if self.ids.is_empty() {
            self.ids = self.space.session(vm, |session| session.alloc_oids(IDS))?;
        }
        self.ids.next().map(Oid).ok_or_else(|| vm.runtime_error("the repository gave no object ids"))
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

    /// What the store is given: large objects in parts.
    pub fn take_set(&mut self, vm: &mut Vm, token: u128) -> RResult<CommitSet> {
        let mut writes = std::mem::take(&mut self.writes);
        for index in 0..writes.len() {
            let oid = writes[index].oid;
            let Some(cutting) = self.parts.remove(&oid.0) else { continue };
            let Some(content) = &mut writes[index].content else { continue };
            let mut split = parts::split(self.space, oid, content, &cutting, &mut || self.fresh_id(vm))?;
            writes.append(&mut split.writes);
            self.splits.insert(oid.0, split);
        }
        let written: FastSet<u64> = writes.iter().map(|write| write.oid.0).collect();
        let mut reads = isolation::reads(self.space);
        reads.retain(|(oid, _)| !written.contains(&oid.0));
        Ok(CommitSet { writes, reads, token })
    }

    /// Is it a part of an object that is written?
    pub fn is_part(&self, oid: Oid) -> bool {
        self.splits.values().any(|split| split.has_written(oid))
    }

    /// The objects with their records, for a nested transaction: new ones keep their ids and are listed as changed.
    pub fn into_images(mut self) -> Vec<(Value, Encoded)> {
        let space = self.space;
        let objects = space.with(|state| {
            state.environments.extend(self.wanted.iter().map(|(&word, wanted)| (word, wanted.clone())));
            state.committing.clone()
        });
        let mut contents: FastMap<u64, Content> = FastMap::default();
        contents.extend(std::mem::take(&mut self.writes).into_iter().filter_map(|write| Some((write.oid.0, write.content?))));
        let mut images = Vec::new();
        for object in objects {
            let Some(oid) = self.oid_of(object) else { continue };
            if space.entry(object).is_none() {
                space.register(object, oid, None);
                space.set_dirty(object);
            }
            let cutting = self.parts.remove(&oid.0).unwrap_or_default();
            images.extend(contents.remove(&oid.0).map(|content| (object, Encoded { content, cutting })));
        }
        images
    }

    /// The commit happened.
    pub fn confirm(mut self, epoch: Epoch) {
        let space = self.space;
        std::mem::take(&mut self.splits).into_iter().for_each(|(oid, split)| split.confirm(space, Oid(oid), epoch));
        let objects = space.with(|state| {
            state.dirty = Default::default();
            let objects = std::mem::take(&mut state.committing);
            state.classes.confirm(&objects, epoch);
            for environment in objects.iter().filter(|&&object| is_environment(object)) {
                state.environments.entry(environment.bits()).or_default();
            }
            state.fingerprints.extend(self.fingerprints.iter().map(|(&word, &fingerprint)| (word, fingerprint)));
            state.environments.extend(self.wanted.iter().map(|(&word, wanted)| (word, wanted.clone())));
            objects
        });
        space.with(|state| {
            state.by_oid.reserve(self.fresh.len());
            state.by_cell.reserve(self.fresh.len());
        });
        for &object in &objects {
            if let Some(oid) = self.oid_of(object) {
                if !self.unchanged.contains(&object.bits()) {
                    space.register(object, oid, Some(epoch));
                }
                space.set_clean(object);
            }
        }
        objects.iter().filter(|&&object| is_environment(object)).for_each(|&environment| closure::note_outline(space, environment));
    }
}

fn is_environment(object: Value) -> bool {
    object.header().is_some_and(|header| header.kind() == Kind::Env)
}

impl Drop for PendingCommit<'_> {
    fn drop(&mut self) {
        self.space.with(|state| state.committing.clear());
    }
}
