//! The memory backend: a map of versions under one mutex. It is the oracle the other backends are
//! compared with, so it is written to be obviously right, not fast.
//!
//! Invariant: `versions[oid]` is sorted by epoch; a snapshot at E sees the last version <= E.

use crate::backend::{Backend, Caps, Session};
use crate::error::{Result, StoreError};
use crate::types::{
    Begin, Changes, CheckReport, CommitSet, Conflict, ConflictKind, Content, Durability, Epoch, Loaded, Oid, OidRange, Outcome, RecordView, Stats,
    Write,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Default)]
struct State {
    epoch: u64,
    next_oid: u64,
    versions: BTreeMap<Oid, Vec<(Epoch, Option<Content>)>>,
    changes: Vec<BTreeSet<Oid>>,
    tokens: BTreeMap<u128, Epoch>,
    sessions: u64,
    /// Object, session, exclusive?
    locks: Vec<(Oid, u64, bool)>,
}

impl State {
    /// Does another session's lock stand against one of this session?
    fn is_locked(&self, oid: Oid, number: u64, exclusive: bool) -> bool {
        self.locks.iter().any(|&(locked, owner, other)| locked == oid && owner != number && (exclusive || other))
    }

    fn version(&self, oid: Oid, at: Epoch) -> Option<(Epoch, Option<&Content>)> {
        let versions = self.versions.get(&oid)?;
        let (epoch, content) = versions.iter().rev().find(|(epoch, _)| *epoch <= at)?;
        Some((*epoch, content.as_ref()))
    }

    fn changed(&self, from: Epoch, until: Epoch, except: Option<Epoch>) -> Vec<Oid> {
        let mut all = BTreeSet::new();
        for epoch in from.0 + 1..=until.0 {
            if Some(Epoch(epoch)) != except {
                all.extend(self.changes[epoch as usize - 1].iter().copied());
            }
        }
        all.into_iter().collect()
    }
}

/// Objects in memory only.
#[derive(Clone, Default)]
pub struct MemoryBackend {
    state: Arc<Mutex<State>>,
}

impl MemoryBackend {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every live object at `epoch`, for comparison with another backend.
    #[must_use]
    pub fn contents_at(&self, epoch: Epoch) -> BTreeMap<Oid, (Epoch, Content)> {
        let state = lock(&self.state);
        let live = state.versions.keys().filter_map(|oid| {
            let (born, content) = state.version(*oid, epoch)?;
            Some((*oid, (born, content?.clone())))
        });
        live.collect()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Backend for MemoryBackend {
    fn caps(&self) -> Caps {
        Caps { object_bytes_max: u64::MAX, durable: false, writable: true }
    }

    fn session(&self) -> Result<Box<dyn Session>> {
        let mut state = lock(&self.state);
        state.sessions += 1;
        Ok(Box::new(MemorySession { state: Arc::clone(&self.state), number: state.sessions, snapshot: None, previous: None }))
    }

    fn check(&self) -> Result<CheckReport> {
        let epoch = Epoch(lock(&self.state).epoch);
        let objects = self.contents_at(epoch).len() as u64;
        Ok(CheckReport { epoch, objects, ..CheckReport::default() })
    }

    fn stats(&self) -> Result<Stats> {
        let epoch = Epoch(lock(&self.state).epoch);
        Ok(Stats { appended: epoch, durable: epoch, ..Stats::default() })
    }
}

struct MemorySession {
    state: Arc<Mutex<State>>,
    /// Owner of locks on objects.
    number: u64,
    snapshot: Option<Epoch>,
    previous: Option<Epoch>,
}

impl MemorySession {
    fn advance(&mut self, state: &State, except: Option<Epoch>) -> Begin {
        let epoch = Epoch(state.epoch);
        let changes = match self.previous {
            None => Changes::All,
            Some(previous) => Changes::Oids(state.changed(previous, epoch, except)),
        };
        self.snapshot = Some(epoch);
        self.previous = Some(epoch);
        Begin { epoch, changes }
    }
}

impl Session for MemorySession {
    fn begin(&mut self) -> Result<Begin> {
        let state = Arc::clone(&self.state);
        let state = lock(&state);
        Ok(self.advance(&state, None))
    }

    fn snapshot(&self) -> Option<Epoch> {
        self.snapshot
    }

    fn load(&mut self, oids: &[Oid], sink: &mut dyn FnMut(Loaded<'_>)) -> Result<()> {
        let snapshot = self.snapshot.ok_or(StoreError::NoSnapshot)?;
        let state = lock(&self.state);
        for &oid in oids {
            match state.version(oid, snapshot) {
                Some((epoch, Some(content))) => {
                    let refs: Vec<u8> = content.refs.iter().flat_map(|oid| oid.0.to_le_bytes()).collect();
                    sink(Loaded::Found(RecordView { oid, epoch, kind: content.kind, flags: content.flags, ref_bytes: &refs, body: &content.body }));
                }
                _ => sink(Loaded::Missing(oid)),
            }
        }
        Ok(())
    }

    fn alloc_oids(&mut self, count: u32) -> Result<OidRange> {
        let mut state = lock(&self.state);
        let start = state.next_oid.max(Oid::FIRST_FREE);
        state.next_oid = start + u64::from(count);
        Ok(start..state.next_oid)
    }

    fn commit(&mut self, set: &CommitSet, _durability: Durability) -> Result<Outcome> {
        let snapshot = self.snapshot.ok_or(StoreError::NoSnapshot)?;
        let shared = Arc::clone(&self.state);
        let mut state = lock(&shared);
        validate_set(set, state.next_oid)?;
        let current = |oid: Oid| state.version(oid, Epoch(state.epoch)).map(|(epoch, content)| (epoch, content.is_some()));
        let mut conflicts = find_conflicts(set, snapshot, |oid| Ok(current(oid)))?;
        if conflicts.is_empty() {
            let locked = set.writes.iter().filter(|write| state.is_locked(write.oid, self.number, true));
            let conflict = |write: &Write| {
                let mine = write.base.unwrap_or(snapshot);
                Conflict { oid: write.oid, kind: ConflictKind::Locked, mine, theirs: mine }
            };
            conflicts.extend(locked.map(conflict));
        }
        if !conflicts.is_empty() {
            return Ok(Outcome::Conflict(conflicts));
        }
        if set.writes.is_empty() {
            let begin = self.advance(&state, None);
            return Ok(Outcome::Done { epoch: begin.epoch, begin });
        }
        let epoch = Epoch(state.epoch + 1);
        state.epoch = epoch.0;
        state.changes.push(set.writes.iter().map(|write| write.oid).collect());
        for write in &set.writes {
            let versions = state.versions.entry(write.oid).or_default();
            versions.push((epoch, write.content.clone()));
        }
        if set.token != 0 {
            state.tokens.insert(set.token, epoch);
        }
        let begin = self.advance(&state, Some(epoch));
        Ok(Outcome::Done { epoch, begin })
    }

    fn sync(&mut self) -> Result<bool> {
        Ok(true)
    }

    fn resolve(&mut self, token: u128) -> Result<Option<Epoch>> {
        Ok(lock(&self.state).tokens.get(&token).copied())
    }

    fn lock_object(&mut self, oid: Oid, exclusive: bool) -> Result<bool> {
        let mut state = lock(&self.state);
        if state.is_locked(oid, self.number, exclusive) {
            return Ok(false);
        }
        state.locks.retain(|&(locked, owner, _)| (locked, owner) != (oid, self.number));
        state.locks.push((oid, self.number, exclusive));
        Ok(true)
    }

    fn unlock_object(&mut self, oid: Oid) -> Result<()> {
        lock(&self.state).locks.retain(|&(locked, owner, _)| (locked, owner) != (oid, self.number));
        Ok(())
    }

    fn abort(&mut self) {
        self.snapshot = None;
    }

    fn wait_changes(&mut self, limit: Duration) -> Result<bool> {
        let deadline = std::time::Instant::now() + limit;
        loop {
            if Some(Epoch(lock(&self.state).epoch)) > self.previous {
                return Ok(true);
            }
            if std::time::Instant::now() >= deadline {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for MemorySession {
    fn drop(&mut self) {
        lock(&self.state).locks.retain(|&(_, owner, _)| owner != self.number);
    }
}

/// Refuses sets no backend takes: repeated, reserved-zero or never allocated ids, too many references.
pub(crate) fn validate_set(set: &CommitSet, next_oid: u64) -> Result<()> {
    let limit = next_oid.max(Oid::FIRST_FREE);
    let mut seen: Vec<Oid> = set.writes.iter().map(|write| write.oid).collect();
    seen.sort_unstable();
    if let Some(pair) = seen.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(StoreError::InvalidCommit { reason: format!("{} is written twice", pair[0]) });
    }
    for write in &set.writes {
        if !write.oid.is_valid() || write.oid.0 >= limit {
            return Err(StoreError::InvalidOid { oid: write.oid, limit });
        }
        let Some(content) = &write.content else {
            continue;
        };
        if content.refs.len() >= 1 << 24 {
            let reason = format!("{} has {} references, the limit is {}", write.oid, content.refs.len(), (1 << 24) - 1);
            return Err(StoreError::InvalidCommit { reason });
        }
    }
    Ok(())
}

/// The conflict rule of every backend. `current` answers the newest version of an id: its epoch and
/// whether the object exists (false: removed at that epoch).
pub(crate) fn find_conflicts(
    set: &CommitSet,
    snapshot: Epoch,
    mut current: impl FnMut(Oid) -> Result<Option<(Epoch, bool)>>,
) -> Result<Vec<Conflict>> {
    let mut conflicts = Vec::new();
    for write in &set.writes {
        let found = current(write.oid)?;
        let theirs = found.map_or(Epoch(0), |(epoch, _)| epoch);
        let exists = found.is_some_and(|(_, exists)| exists);
        let kind = match write.base {
            _ if theirs > snapshot => Some(ConflictKind::WriteWrite),
            None if exists => Some(ConflictKind::Exists),
            Some(_) if !exists => Some(ConflictKind::Gone),
            Some(base) if base != theirs => Some(ConflictKind::WriteWrite),
            _ => None,
        };
        if let Some(kind) = kind {
            let mine = write.base.unwrap_or(snapshot);
            conflicts.push(Conflict { oid: write.oid, kind, mine, theirs });
        }
    }
    for &(oid, mine) in &set.reads {
        let theirs = current(oid)?.map_or(Epoch(0), |(epoch, _)| epoch);
        if theirs != mine {
            conflicts.push(Conflict { oid, kind: ConflictKind::ReadWrite, mine, theirs });
        }
    }
    Ok(conflicts)
}
