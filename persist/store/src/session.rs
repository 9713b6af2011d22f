//! A session of the embedded store: one snapshot, reads through it, object ids.
//!
//! Taking a snapshot: read the visible epoch, publish it in the own slot, fence, read it again and
//! repeat if it moved. Whoever reclaims pages reads the visible epoch first and the slots after, so
//! either it sees this slot or this session sees an epoch that needs none of those pages.
//!
//! Invariant: while `snapshot` is held the slot names it, and nothing it can reach is written.

use crate::backend::Session;
use crate::coord::{RingEntry, Word};
use crate::error::{Result, StoreError};
use crate::group::GroupBuilder;
use crate::locks::{self, NAP};
use crate::meta::Version;
use crate::records::RecordReader;
use crate::repository::Store;
use crate::sync;
use crate::sys;
use crate::table::TableReader;
use crate::types::{Begin, Changes, CommitSet, Durability, Epoch, Loaded, Oid, OidRange, Outcome};
use crate::vfs::{LockFile, Mode};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Objects looked up together, so that the memory accesses for their records overlap.
const LOAD_BATCH: usize = 32;

/// A session; see [`crate::Session`] for what each operation promises.
pub(crate) struct StoreSession {
    pub(crate) store: Arc<Store>,
    pub(crate) lock: Box<dyn LockFile>,
    pub(crate) slot: usize,
    pub(crate) table: TableReader,
    pub(crate) records: RecordReader,
    /// The groups of a commit on its way.
    pub(crate) builders: Vec<GroupBuilder>,
    pub(crate) snapshot: Option<Version>,
    previous: Option<Version>,
    /// Asynchronous committers see their own, not yet durable commits.
    pub(crate) reads_appended: bool,
    /// Commits lost since the last one that succeeded.
    pub(crate) losses: u32,
    /// How often segments were deleted when this session looked last.
    segments_gone: u64,
    /// Word of the turn this session has, 0 for none.
    pub(crate) turn: u64,
}

impl StoreSession {
    pub(crate) fn new(store: Arc<Store>) -> Result<Self> {
        store.check_process()?;
        let lock = store.vfs.open_lock(&store.lock_path, Mode::Write).map_err(|error| StoreError::io(&store.lock_path, "open", error))?;
        let slot = locks::take_slot(&store.lock_path, &*lock, &store.coord)?;
        let table = store.reader();
        let records = RecordReader::new(Arc::clone(&store.log));
        Ok(Self {
            store,
            lock,
            slot,
            table,
            records,
            builders: Vec::new(),
            snapshot: None,
            previous: None,
            reads_appended: false,
            losses: 0,
            segments_gone: 0,
            turn: 0,
        })
    }

    fn newest(&self) -> Word {
        if self.reads_appended { Word::Appended } else { Word::Durable }
    }

    /// Moves the slot to the newest epoch this session may see.
    pub(crate) fn pin_newest(&mut self) -> Result<Version> {
        let coord = &self.store.coord;
        let slot = coord.slot_snapshot(self.slot);
        let pin = |epoch: u64| slot.store(epoch.saturating_add(1), Ordering::SeqCst);
        Ok(coord.settle(self.newest(), &pin)?.version)
    }

    /// New snapshot plus changes since the previous one, those of commit `except` left out.
    pub(crate) fn advance(&mut self, except: Option<u64>) -> Result<Begin> {
        // Until the new one is settled the slot protects no snapshot.
        self.snapshot = None;
        self.forget_removed();
        let version = self.pin_newest()?;
        self.check_history()?;
        self.snapshot = Some(version);
        let changes = match self.previous {
            None => Changes::All,
            Some(previous) => self.changes_between(previous.epoch, version.epoch, except)?,
        };
        self.previous = Some(version);
        Ok(Begin { epoch: Epoch(version.epoch), changes })
    }

    /// Refuses a history that what this session has seen is not part of.
    pub(crate) fn check_history(&self) -> Result<()> {
        self.previous.map_or(Ok(()), |previous| self.store.check_history(&previous))
    }

    pub(crate) fn need_snapshot(&self) -> Result<Version> {
        match self.snapshot {
            Some(version) => Ok(version),
            // A begin that failed left none, and the reason is worth more.
            None => self.check_history().and(Err(StoreError::NoSnapshot)),
        }
    }

    /// Closes segments that a compaction has deleted.
    fn forget_removed(&mut self) {
        let times = self.store.coord.load(Word::SegmentsGone);
        if self.segments_gone != times {
            self.segments_gone = times;
            self.records.forget_segments();
            self.store.log.forget_removed();
        }
    }

    fn changes_between(&self, from: u64, until: u64, except: Option<u64>) -> Result<Changes> {
        let mut oids = Vec::new();
        for epoch in from + 1..=until {
            if Some(epoch) == except {
                continue;
            }
            let Some(RingEntry { group, .. }) = self.store.coord.get_ring(epoch)? else {
                return Ok(Changes::All);
            };
            if group == 0 {
                return Ok(Changes::All);
            }
            match self.store.log.changes_at(group) {
                Ok(changes) => oids.extend(changes.into_iter().map(|(oid, _)| oid)),
                // A damaged change list, or one that a compaction deleted, leaves the records what they are.
                Err(StoreError::Corrupt { .. } | StoreError::MissingFile { .. }) => return Ok(Changes::All),
                Err(error) => return Err(error),
            }
        }
        oids.sort_unstable();
        oids.dedup();
        Ok(Changes::Oids(oids))
    }
}

impl Session for StoreSession {
    fn begin(&mut self) -> Result<Begin> {
        self.store.check_process()?;
        self.take_turn()?;
        match self.snapshot {
            // Nothing new, and the slot still names the snapshot.
            Some(version) if self.store.coord.load(self.newest()) == version.epoch && self.previous == Some(version) => {
                Ok(Begin { epoch: Epoch(version.epoch), changes: Changes::Oids(Vec::new()) })
            }
            _ => self.advance(None),
        }
    }

    fn snapshot(&self) -> Option<Epoch> {
        self.snapshot.map(|version| Epoch(version.epoch))
    }

    fn load(&mut self, oids: &[Oid], sink: &mut dyn FnMut(Loaded<'_>)) -> Result<()> {
        let version = self.need_snapshot()?;
        let mut entries = Vec::with_capacity(oids.len().min(LOAD_BATCH));
        for batch in oids.chunks(LOAD_BATCH) {
            entries.clear();
            entries.extend(batch.iter().map(|&oid| self.table.lookup(&version, oid)));
            if batch.len() > 1 {
                for entry in entries.iter().flatten().flatten() {
                    self.records.touch(*entry);
                }
            }
            for (&oid, entry) in batch.iter().zip(entries.drain(..)) {
                match entry? {
                    Some(entry) if entry.position != 0 => sink(Loaded::Found(self.records.read(oid, entry)?)),
                    _ => sink(Loaded::Missing(oid)),
                }
            }
        }
        Ok(())
    }

    fn alloc_oids(&mut self, count: u32) -> Result<OidRange> {
        self.store.check_process()?;
        let start = self.store.coord.word(Word::NextOid).fetch_add(u64::from(count), Ordering::SeqCst);
        let end = start.saturating_add(u64::from(count));
        if end > Oid::MAX {
            return Err(StoreError::InvalidOid { oid: Oid(end), limit: Oid::MAX });
        }
        Ok(start..end)
    }

    fn commit(&mut self, set: &CommitSet, durability: Durability) -> Result<Outcome> {
        self.store.check_process()?;
        self.run_commit(set, durability)
    }

    fn committer(&mut self, epoch: Epoch) -> Result<Option<u32>> {
        let entry = self.store.coord.get_ring(epoch.0)?;
        Ok(entry.map(|entry| entry.process).filter(|&process| process != 0))
    }

    fn sync(&mut self) -> Result<bool> {
        self.store.check_process()?;
        sync::sync_all(&self.store, &*self.lock)
    }

    fn resolve(&mut self, token: u128) -> Result<Option<Epoch>> {
        let store = &self.store;
        // Only what is durable is the truth, so settle what is on its way first.
        let settled = sync::sync_all(store, &*self.lock)?;
        let log_end = if settled { store.coord.newest()?.version.log_end } else { store.coord.load(Word::DurableLog) };
        let found = crate::check::find_token(&store.log, log_end, token)?;
        if found.is_none() && !settled {
            let durable = Epoch(store.coord.load(Word::Durable));
            return Err(StoreError::Poisoned { path: store.path.clone(), durable });
        }
        Ok(found)
    }

    fn lock_object(&mut self, oid: Oid, exclusive: bool) -> Result<bool> {
        self.store.check_process()?;
        self.store.coord.store(Word::ObjectLocks, 1);
        locks::try_object(&self.store.lock_path, &*self.lock, oid, exclusive)
    }

    fn unlock_object(&mut self, oid: Oid) -> Result<()> {
        self.store.check_process()?;
        locks::release_object(&self.store.lock_path, &*self.lock, oid)
    }

    fn garbage(&mut self) -> Result<Option<Vec<Oid>>> {
        match self.store.coord.load(Word::VoteRound) {
            0 => Ok(None),
            _ => self.read_garbage(),
        }
    }

    fn vote(&mut self, kept: &[Oid]) -> Result<()> {
        self.write_vote(kept)
    }

    fn keeps_nothing(&mut self) {
        self.store.coord.slot_vote(self.slot).store(u64::MAX, Ordering::SeqCst);
    }

    fn abort(&mut self) {
        self.snapshot = None;
        self.store.coord.slot_snapshot(self.slot).store(0, Ordering::SeqCst);
    }

    fn wait_changes(&mut self, limit: Duration) -> Result<bool> {
        let deadline = Instant::now() + limit;
        let futex = self.store.coord.futex(Word::SyncFutex);
        loop {
            let seen = futex.load(Ordering::SeqCst);
            if Some(self.store.coord.load(self.newest())) > self.previous.map(|version| version.epoch) {
                return Ok(true);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            sys::futex_wait(futex, seen, left.min(NAP));
        }
    }
}

impl Drop for StoreSession {
    fn drop(&mut self) {
        if self.store.check_process().is_ok() {
            self.give_turn();
            self.store.coord.slot_snapshot(self.slot).store(0, Ordering::SeqCst);
        }
    }
}
