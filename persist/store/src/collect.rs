//! The collector: removes objects that nothing leads to, while others commit.
//!
//! It marks what can be reached from the well-known objects in one snapshot. The rest is garbage unless somebody still has it: each session
//! is asked for objects that it has in memory and votes when it begins its next snapshot; what it names, and what that leads to, is kept.
//! So is what commits since the snapshot lead to, looked at a last time under the commit lock that the removal is made under. A
//! transaction that began before a removal and stores a reference to what was removed conflicts with it.
//!
//! ```text
//! gc/garbage     ids that may be garbage: round, ids, xxh3-64 of both, 8 bytes each
//! gc/keep-SLOT   ids that a session has in memory, the same way; its slot's vote says that it is complete
//! ```
//!
//! Invariant: nothing that can be reached, or that a live session has, is removed. Killed at any step, what was removed is garbage, and the
//! next collector begins anew.

use crate::backend::Session;
use crate::bytes::u64_at;
use crate::coord::{SLOTS, Word};
use crate::error::{Result, StoreError};
use crate::group::GroupBuilder;
use crate::locks;
use crate::meta::Version;
use crate::oids::OidSet;
use crate::repository::{Repository, Store};
use crate::session::StoreSession;
use crate::sync;
use crate::table::Entry;
use crate::types::{Epoch, Loaded, Oid, Write};
use crate::vfs::Mode;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use xxhash_rust::xxh3::xxh3_64;

/// Objects that are read at a time.
const BATCH: usize = 4096;
/// Objects that are removed at a time, under the commit lock.
const REMOVED: usize = 16 << 10;
/// Between two looks at the votes.
const LOOK: Duration = Duration::from_millis(5);

/// What a collection did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CollectReport {
    /// The commit that was looked at.
    pub epoch: Epoch,
    /// Objects that can be reached.
    pub objects: u64,
    /// Objects that were removed.
    pub removed: u64,
    /// Objects that nothing leads to but that sessions have or that commits brought back meanwhile.
    pub kept: u64,
    /// Process ids of sessions that did not vote, so that nothing was removed; 0 stands for a reader that is not known.
    pub waits_for: Vec<u32>,
}

impl Repository {
    /// Removes objects that nothing leads to. Waits up to `patience` for the votes of sessions, which they give at their next commit or
    /// abort; `progress` hears how many objects are looked at.
    ///
    /// # Errors
    /// When read-only, another process is at it, or an object that can be reached is damaged: what it leads to is not known.
    pub fn collect(&self, patience: Duration, progress: &mut dyn FnMut(u64)) -> Result<CollectReport> {
        let mut session = self.keeper()?;
        let store = Arc::clone(&session.store);
        let mut report = CollectReport::default();
        if has_readers(&session)? {
            report.waits_for.push(0);
            return Ok(report);
        }
        let version = session.take_snapshot()?;
        report.epoch = Epoch(version.epoch);
        let found = session.find_garbage(&version, &mut report, progress)?;
        if found.is_empty() {
            return Ok(report);
        }
        let round = announce(&store, version.epoch, &found)?;
        let removed = session.remove_what_nobody_has(round, &version, &found, patience, &mut report);
        store.coord.store(Word::VoteRound, 0);
        forget_round(&store)?;
        removed?;
        Ok(report)
    }
}

fn has_readers(session: &StoreSession) -> Result<bool> {
    let readers = session.lock.held_by_other(locks::READERS, 1).map_err(|error| locks::failed(&session.store.lock_path, error))?;
    Ok(readers.is_some())
}

/// Objects that may be garbage, and how far commits have been followed that bring some back.
struct Garbage {
    oids: OidSet,
    followed: Version,
    kept: u64,
}

impl Garbage {
    /// Takes objects, and all that they lead to in the collector's snapshot, out of the garbage.
    fn keep(&mut self, session: &mut StoreSession, mut oids: Vec<Oid>) -> Result<()> {
        while let Some(oid) = oids.pop() {
            if !self.oids.remove(oid) {
                continue;
            }
            self.kept += 1;
            session.load(&[oid], &mut |loaded| {
                if let Loaded::Found(view) = loaded {
                    oids.extend(view.refs().filter(|&oid| self.oids.has(oid)));
                }
            })?;
        }
        Ok(())
    }

    /// Keeps what commits up to a version write and lead to.
    fn follow(&mut self, session: &mut StoreSession, until: &Version) -> Result<()> {
        let log = Arc::clone(&session.store.log);
        let (mut end, mut chain, mut epoch) = (self.followed.log_end, self.followed.chain, self.followed.epoch);
        while epoch < until.epoch {
            let group = log.next_group(end, chain, epoch)?;
            let group = group.ok_or_else(|| StoreError::corrupt(&log.path(log.locate(end).0), log.locate(end).1, "commit group"))?;
            let header = group.header;
            for change in group.changes.iter().filter(|change| change.written.is_none()) {
                let Some(offset) = change.record else { continue };
                let entry = Entry { position: header.position + offset, epoch: Epoch(header.epoch) };
                let mut wanted: Vec<Oid> = session.records.read(change.oid, entry)?.refs().collect();
                wanted.push(change.oid);
                self.keep(session, wanted)?;
            }
            (end, chain) = (header.position + header.length, group.checksum);
            epoch = if header.is_part { epoch } else { header.epoch };
        }
        self.followed = *until;
        Ok(())
    }
}

impl StoreSession {
    /// Moves the snapshot to the newest durable version.
    fn take_snapshot(&mut self) -> Result<Version> {
        let version = self.pin_newest()?;
        self.snapshot = Some(version);
        Ok(version)
    }

    /// What the snapshot has beside what can be reached.
    fn find_garbage(&mut self, version: &Version, report: &mut CollectReport, progress: &mut dyn FnMut(u64)) -> Result<Vec<(Oid, Epoch)>> {
        let mut marked = OidSet::default();
        let mut pending: Vec<Oid> = (1..Oid::FIRST_FREE).map(Oid).collect();
        while !pending.is_empty() {
            let batch = pending.split_off(pending.len().saturating_sub(BATCH));
            self.load(&batch, &mut |loaded| {
                if let Loaded::Found(view) = loaded {
                    report.objects += 1;
                    pending.extend(view.refs().filter(|&oid| oid.0 >= Oid::FIRST_FREE && marked.insert(oid)));
                }
            })?;
            progress(report.objects);
        }
        let entries = self.live_entries(version, &|_| true)?;
        let is_garbage = |&(oid, _): &(Oid, Entry)| oid.0 >= Oid::FIRST_FREE && !marked.has(oid);
        Ok(entries.into_iter().filter(is_garbage).map(|(oid, entry)| (oid, entry.epoch)).collect())
    }

    fn remove_what_nobody_has(
        &mut self,
        round: u64,
        version: &Version,
        found: &[(Oid, Epoch)],
        patience: Duration,
        report: &mut CollectReport,
    ) -> Result<()> {
        report.waits_for = self.wait_for_votes(round, patience)?;
        if !report.waits_for.is_empty() {
            return Ok(());
        }
        let mut garbage = Garbage { oids: OidSet::default(), followed: *version, kept: 0 };
        for &(oid, _) in found {
            garbage.oids.insert(oid);
        }
        for slot in 0..self.slots_used() {
            let path = keep_path(&self.store, slot);
            if let Some(ids) = read_ids(&self.store, &path, round)? {
                garbage.keep(self, ids.into_iter().skip(1).map(Oid).collect())?;
            }
        }
        for batch in found.chunks(REMOVED) {
            // Most of what is to be followed is followed before the lock is taken.
            let durable = self.store.coord.settle(Word::Durable, &|_| ())?.version;
            garbage.follow(self, &durable)?;
            report.removed += self.remove(batch, &mut garbage)?;
        }
        report.kept = garbage.kept;
        Ok(())
    }

    /// Removes those of the objects that are garbage still.
    fn remove(&mut self, objects: &[(Oid, Epoch)], garbage: &mut Garbage) -> Result<u64> {
        self.keep_ring_ahead()?;
        self.let_turn_pass();
        let (epoch, count) = self.with_commit_lock(|session| {
            let newest = session.writable_newest()?;
            garbage.follow(session, &newest.version)?;
            let is_removed = |&&(oid, _): &&(Oid, Epoch)| garbage.oids.has(oid);
            let writes: Vec<Write> = objects.iter().filter(is_removed).map(|&(oid, epoch)| Write { oid, base: Some(epoch), content: None }).collect();
            if writes.is_empty() {
                return Ok((newest.version.epoch, 0));
            }
            session.builders.resize_with(1, GroupBuilder::default);
            session.builders[0].encode(&writes.iter().collect::<Vec<_>>(), 0);
            // Whoever commits behind it has to see it.
            session.store.coord.store(Word::Collected, newest.version.epoch + 1);
            let version = session.publish(&newest, newest.version.log_end, 0)?;
            Ok((version.epoch, writes.len() as u64))
        })?;
        sync::wait_durable(&self.store, &*self.lock, epoch)?;
        Ok(count)
    }

    fn slots_used(&self) -> usize {
        (self.store.coord.load(Word::SlotsUsed) as usize).min(SLOTS)
    }

    /// Waits until all sessions have voted; the processes of those that had not after `patience`.
    fn wait_for_votes(&mut self, round: u64, patience: Duration) -> Result<Vec<u32>> {
        let start = Instant::now();
        loop {
            let mut missing = Vec::new();
            for slot in 0..self.slots_used() {
                let vote = self.store.coord.slot_vote(slot).load(Ordering::SeqCst);
                let has_voted = slot == self.slot || vote == round || vote == u64::MAX;
                if !has_voted && locks::is_slot_live(&self.store.lock_path, &*self.lock, slot)? {
                    missing.push(self.store.coord.slot_owner(slot).load(Ordering::Relaxed) as u32);
                }
            }
            if missing.is_empty() || start.elapsed() >= patience {
                return Ok(missing);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// See [`Session::garbage`].
    pub(crate) fn read_garbage(&self) -> Result<Option<Vec<Oid>>> {
        let coord = &self.store.coord;
        let round = coord.load(Word::VoteRound);
        let vote = coord.slot_vote(self.slot).load(Ordering::SeqCst);
        let Some(snapshot) = self.snapshot.filter(|_| round != 0 && vote != round && vote != u64::MAX) else { return Ok(None) };
        let ids = read_ids(&self.store, &garbage_path(&self.store), round)?;
        // What an older snapshot leads to is not known to be in memory yet.
        let ids = ids.filter(|ids| ids.first().is_some_and(|&epoch| epoch <= snapshot.epoch));
        Ok(ids.map(|ids| ids.into_iter().skip(1).map(Oid).collect()))
    }

    /// See [`Session::vote`].
    pub(crate) fn write_vote(&mut self, kept: &[Oid]) -> Result<()> {
        let round = self.store.coord.load(Word::VoteRound);
        if round != 0 {
            let ids: Vec<u64> = std::iter::once(0).chain(kept.iter().map(|oid| oid.0)).collect();
            write_ids(&self.store, &keep_path(&self.store, self.slot), round, &ids)?;
            self.store.coord.slot_vote(self.slot).store(round, Ordering::SeqCst);
        }
        Ok(())
    }
}

fn folder(store: &Store) -> PathBuf {
    store.path.join("gc")
}

fn garbage_path(store: &Store) -> PathBuf {
    folder(store).join("garbage")
}

fn keep_path(store: &Store, slot: usize) -> PathBuf {
    folder(store).join(format!("keep-{slot}"))
}

/// Asks all sessions about the objects; the number of the round.
fn announce(store: &Store, epoch: u64, found: &[(Oid, Epoch)]) -> Result<u64> {
    let path = folder(store);
    store.vfs.create_dir(&path).map_err(|error| StoreError::io(&path, "create directory", error))?;
    forget_round(store)?;
    let round = store.coord.word(Word::LastRound).fetch_add(1, Ordering::SeqCst) + 1;
    let ids: Vec<u64> = std::iter::once(epoch).chain(found.iter().map(|(oid, _)| oid.0)).collect();
    write_ids(store, &garbage_path(store), round, &ids)?;
    store.coord.store(Word::VoteRound, round);
    Ok(round)
}

/// Deletes what a round has written.
fn forget_round(store: &Store) -> Result<()> {
    let path = folder(store);
    let names = store.vfs.list(&path).unwrap_or_default();
    names.iter().map(|name| path.join(name)).try_for_each(|file| store.vfs.remove(&file).map_err(|error| StoreError::io(&file, "remove", error)))
}

/// Writes numbers to a file, which has its name when it is complete.
fn write_ids(store: &Store, path: &std::path::Path, round: u64, ids: &[u64]) -> Result<()> {
    let mut bytes: Vec<u8> = std::iter::once(&round).chain(ids).flat_map(|id| id.to_le_bytes()).collect();
    bytes.extend_from_slice(&xxh3_64(&bytes).to_le_bytes());
    let fresh = path.with_extension("new");
    let write = || {
        let file = store.vfs.open(&fresh, Mode::Create)?;
        file.set_len(0)?;
        file.write_at(0, &bytes)?;
        store.vfs.rename(&fresh, path)
    };
    write().map_err(|error| StoreError::io(path, "write", error))
}

/// The numbers of a file of this round; `None` when there is none.
fn read_ids(store: &Store, path: &std::path::Path, round: u64) -> Result<Option<Vec<u64>>> {
    let failed = |error| StoreError::io(path, "read", error);
    let file = match store.vfs.open(path, Mode::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = vec![0; file.length().map_err(failed)? as usize];
    file.read_at(0, &mut bytes).map_err(failed)?;
    let end = bytes.len().saturating_sub(8);
    let is_whole = bytes.len() >= 16 && bytes.len().is_multiple_of(8) && xxh3_64(&bytes[..end]) == u64_at(&bytes, end);
    if !is_whole {
        return Err(StoreError::corrupt(path, 0, "checksum"));
    }
    let mut numbers = bytes[..end].chunks_exact(8).map(|chunk| u64_at(chunk, 0));
    Ok((numbers.next() == Some(round)).then(|| numbers.collect()))
}
