//! A commit: validate, write table pages and the group, publish with one store, wait for the disk.
//!
//! Everything that can fail comes before the group is written, and the group's last byte makes it
//! valid: an error means no recovery will ever find the commit. Between group and publication a kill
//! leaves a whole group nobody was told about; the next committer overwrites it, or recovery adopts it.
//!
//! Invariant: under the commit lock only bytes are written that the newest ring entry does not count.

use crate::checkpoint;
use crate::coord::{RingEntry, Word};
use crate::error::{Result, StoreError};
use crate::group::{Change, GroupBuilder, Seal};
use crate::locks;
use crate::log::SEGMENT_HEADER;
use crate::memory::{find_conflicts, validate_set};
use crate::meta::Version;
use crate::pages::PageAllocator;
use crate::session::StoreSession;
use crate::sync;
use crate::sys;
use crate::table::{DEPTH_MAX, Entry, TableEdit};
use crate::types::{Begin, Changes, CommitSet, Conflict, ConflictKind, Durability, Epoch, Oid, Outcome, Write};
use std::sync::Arc;

/// Zeroed ahead of the log's end, so that a sync needs no file metadata.
const PREPARE_BYTES: u64 = 1 << 20;

/// Most bytes that a write takes in a group.
fn size_of_write(write: &Write) -> u64 {
    let record = |content: &crate::types::Content| 40 + 8 * content.refs.len() as u64 + content.body.len() as u64;
    10 + write.content.as_ref().map_or(0, record)
}

/// What came of the locked part.
enum Locked {
    Conflict(Vec<Conflict>),
    Done(Version),
}

impl StoreSession {
    /// See [`crate::Session::commit`].
    pub(crate) fn run_commit(&mut self, set: &CommitSet, durability: Durability) -> Result<Outcome> {
        self.check_history()?;
        let snapshot = self.need_snapshot()?;
        let store = Arc::clone(&self.store);
        validate_set(set, store.coord.load(Word::NextOid))?;
        self.check_size(set)?;
        if set.writes.is_empty() && set.reads.is_empty() {
            let begin = self.advance(None)?;
            return Ok(Outcome::Done { epoch: begin.epoch, begin });
        }
        self.encode_parts(set);
        self.keep_ring_ahead()?;
        self.let_turn_pass();
        let version = match self.with_commit_lock(|session| session.locked_commit(set, snapshot.epoch))? {
            Locked::Conflict(conflicts) => return self.lost(conflicts),
            Locked::Done(version) => version,
        };
        self.give_turn();
        if !self.make_durable(version.epoch, durability)? {
            return Ok(Outcome::Unknown);
        }
        if checkpoint::is_due(&store, version.log_end) {
            // The commit stands whatever becomes of the checkpoint; the next one tries again.
            let _ = checkpoint::run(&store, false);
        }
        let epoch = Epoch(version.epoch);
        let except = (!set.writes.is_empty()).then_some(version.epoch);
        // The commit stands: damage met while looking at what others did must not read as its failure.
        let begin = self.advance(except).unwrap_or(Begin { epoch, changes: Changes::All });
        Ok(Outcome::Done { epoch, begin })
    }

    /// Does for a commit's way to the disk what was asked; false when the disk failed.
    fn make_durable(&mut self, epoch: u64, durability: Durability) -> Result<bool> {
        self.reads_appended |= matches!(durability, Durability::Async | Durability::Memory);
        if matches!(durability, Durability::Async | Durability::Group) {
            sync::ensure_background(&self.store);
        }
        match durability {
            Durability::Async | Durability::Memory => Ok(true),
            Durability::Sync => sync::wait_durable(&self.store, &*self.lock, epoch),
            Durability::Group => sync::wait_group(&self.store, &*self.lock, epoch),
        }
    }

    /// The next snapshot begins at what is durable, so it is worth having only once the winner's commit is: a loser that came
    /// back before would lose to the same commit again.
    fn lost(&mut self, conflicts: Vec<Conflict>) -> Result<Outcome> {
        self.note_loss();
        let winner = conflicts.iter().map(|conflict| conflict.theirs.0).max();
        if let Some(winner) = winner.filter(|_| !self.reads_appended) {
            sync::wait_durable(&self.store, &*self.lock, winner)?;
        }
        Ok(Outcome::Conflict(conflicts))
    }

    /// Bytes of records that a group may hold.
    pub(crate) fn group_room(&self) -> u64 {
        self.store.log.segment_size - SEGMENT_HEADER - 1024
    }

    fn check_size(&self, set: &CommitSet) -> Result<()> {
        let limit = self.group_room();
        match set.writes.iter().map(size_of_write).find(|&bytes| bytes > limit) {
            Some(bytes) => Err(StoreError::ObjectTooLarge { bytes, limit }),
            None => Ok(()),
        }
    }

    /// Encodes the writes, sorted by id, into as few groups as segments take.
    fn encode_parts(&mut self, set: &CommitSet) {
        let mut writes: Vec<&Write> = set.writes.iter().collect();
        writes.sort_unstable_by_key(|write| write.oid);
        let limit = self.group_room();
        let mut used = 0;
        let mut rest = writes.as_slice();
        while used == 0 || !rest.is_empty() {
            let mut bytes = 0;
            let fits = |write: &&&Write| {
                bytes += size_of_write(write);
                bytes <= limit
            };
            let count = rest.iter().take_while(fits).count();
            let (part, more) = rest.split_at(count);
            if used == self.builders.len() {
                self.builders.push(GroupBuilder::default());
            }
            self.builders[used].encode(part, set.token);
            used += 1;
            rest = more;
        }
        // Buffers of a large commit are not kept for the small ones that follow.
        self.builders.truncate(used);
    }

    /// The ring must not lap the durable epoch that snapshots start from.
    pub(crate) fn keep_ring_ahead(&self) -> Result<()> {
        let coord = &self.store.coord;
        let pending = coord.load(Word::Appended).saturating_sub(coord.load(Word::Durable));
        if pending as usize >= coord.ring_entries() / 2 {
            sync::sync_all(&self.store, &*self.lock)?;
        }
        Ok(())
    }

    fn locked_commit(&mut self, set: &CommitSet, snapshot: u64) -> Result<Locked> {
        let newest = self.writable_newest()?;
        self.check_history()?;
        let table = &mut self.table;
        let conflicts = find_conflicts(set, Epoch(snapshot), |oid| {
            let entry = table.lookup(&newest.version, oid)?;
            Ok(entry.map(|entry| (entry.epoch, entry.position != 0)))
        })?;
        let conflicts = if conflicts.is_empty() { self.find_locked(set, snapshot)? } else { conflicts };
        let conflicts = if conflicts.is_empty() { self.find_collected(set, snapshot, &newest.version)? } else { conflicts };
        if !conflicts.is_empty() {
            return Ok(Locked::Conflict(conflicts));
        }
        if set.writes.is_empty() {
            return Ok(Locked::Done(newest.version));
        }
        self.publish(&newest, newest.version.log_end, set.token).map(Locked::Done)
    }

    /// The state that a commit starts from, if it can be added to.
    pub(crate) fn writable_newest(&self) -> Result<RingEntry> {
        let store = &self.store;
        let coord = &store.coord;
        if coord.load(Word::Poisoned) != 0 {
            let durable = Epoch(coord.load(Word::Durable));
            return Err(StoreError::Poisoned { path: store.path.clone(), durable });
        }
        let newest = coord.newest()?;
        self.check_files(&newest.version)?;
        if newest.version.epoch - coord.load(Word::Durable).min(newest.version.epoch) >= coord.ring_entries() as u64 - 2 {
            let holder = coord.holder(1).load(std::sync::atomic::Ordering::Relaxed) as u32;
            return Err(StoreError::LockTimeout { what: "sync", holder, waited_ms: 0 });
        }
        Ok(newest)
    }

    /// Finds room for the encoded groups behind `end`, writes them and makes them real.
    pub(crate) fn publish(&mut self, newest: &RingEntry, mut end: u64, token: u128) -> Result<Version> {
        let mut positions = Vec::with_capacity(self.builders.len());
        for index in 0..self.builders.len() {
            let length = self.builders[index].bytes.len() as u64;
            let position = self.make_room(end, length)?;
            positions.push(position);
            end = position + length;
        }
        self.write_and_publish(newest, &positions, token)
    }

    /// Holds the commit lock while `body` runs.
    pub(crate) fn with_commit_lock<T>(&mut self, body: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let store = Arc::clone(&self.store);
        locks::take_commit(&store.lock_path, &*self.lock, &store.coord, store.options.lock_timeout)?;
        let done = body(self);
        locks::release_commit(&store.lock_path, &*self.lock, &store.coord)?;
        done
    }

    /// References to objects that were collected since the snapshot: the transaction that stores them has to begin anew.
    fn find_collected(&mut self, set: &CommitSet, snapshot: u64, newest: &Version) -> Result<Vec<Conflict>> {
        let mut conflicts = Vec::new();
        if self.store.coord.load(Word::Collected) <= snapshot {
            return Ok(conflicts);
        }
        let contents = set.writes.iter().filter_map(|write| write.content.as_ref());
        let mut refs: Vec<Oid> = contents.flat_map(|content| content.refs.iter().copied()).filter(|oid| oid.0 >= Oid::FIRST_FREE).collect();
        refs.sort_unstable();
        refs.dedup();
        let written: std::collections::HashSet<Oid> = set.writes.iter().map(|write| write.oid).collect();
        for oid in refs.into_iter().filter(|oid| !written.contains(oid)) {
            if let Some(entry) = self.table.lookup(newest, oid)?.filter(|entry| entry.position == 0) {
                conflicts.push(Conflict { oid, kind: ConflictKind::Gone, mine: Epoch(snapshot), theirs: entry.epoch });
            }
        }
        Ok(conflicts)
    }

    /// Written objects on which other sessions have locks.
    fn find_locked(&self, set: &CommitSet, snapshot: u64) -> Result<Vec<Conflict>> {
        let mut conflicts = Vec::new();
        if self.store.coord.load(Word::ObjectLocks) == 0 {
            return Ok(conflicts);
        }
        for write in &set.writes {
            if locks::is_object_locked(&self.store.lock_path, &*self.lock, write.oid)? {
                let mine = write.base.unwrap_or(Epoch(snapshot));
                conflicts.push(Conflict { oid: write.oid, kind: ConflictKind::Locked, mine, theirs: mine });
            }
        }
        Ok(conflicts)
    }

    /// Refuses to write where nobody will look: into files that were deleted, replaced or copied over since they were opened.
    fn check_files(&self, newest: &Version) -> Result<()> {
        let store = &self.store;
        for (path, file) in [(&store.meta_path, &*store.meta_file), (&store.table.path, store.table.file())] {
            let named = file.named_length().map_err(|error| StoreError::io(path, "look at", error))?;
            if named.is_none() {
                return Err(StoreError::FileGone { path: path.clone() });
            }
        }
        store.log.check_named(newest.log_end)?;
        if newest.epoch > 0 && !store.log.ends_with(newest.log_end, newest.chain)? {
            return Err(StoreError::FilesChanged { path: store.path.clone() });
        }
        Ok(())
    }

    /// Position for a group of `length` bytes behind `end`, in prepared space of an existing segment.
    fn make_room(&self, end: u64, length: u64) -> Result<u64> {
        let store = &self.store;
        let position = store.log.place(end, length);
        let (number, offset) = store.log.locate(position);
        if number != store.log.locate(end.saturating_sub(1)).0 {
            store.log.create(number, false)?;
            store.log.clear(end)?;
        }
        let prepared = store.coord.load(Word::Prepared);
        let segment_start = number * store.log.segment_size;
        let segment_end = segment_start + store.log.segment_size;
        let ready = if prepared <= segment_end { prepared.max(position) } else { position };
        if position + length > ready {
            let until = (segment_start + (offset + length).next_multiple_of(PREPARE_BYTES)).min(segment_end);
            // The group itself fills its own stretch.
            if position + length < until {
                store.log.zero(position + length, until)?;
            }
            store.coord.store(Word::Prepared, until);
        }
        Ok(position)
    }

    fn write_and_publish(&mut self, newest: &RingEntry, positions: &[u64], token: u128) -> Result<Version> {
        let store = Arc::clone(&self.store);
        let coord = &store.coord;
        let epoch = newest.version.epoch + 1;
        let count: usize = self.builders.iter().map(|group| group.changes.len()).sum();
        let replaced = (count + 1) * DEPTH_MAX as usize;
        let replaced = replaced.min(newest.version.high_water as usize);
        coord.reserve(epoch, newest.ledger, replaced)?;
        let mut pages = PageAllocator::new(coord, newest);
        pages.reclaim(&store.lock_path, &*self.lock, self.slot)?;
        let entry = |position: u64, change: &Change| Entry {
            position: change.record.map_or(0, |offset| position + offset),
            epoch: change.written.unwrap_or(Epoch(epoch)),
        };
        let mut changes: Vec<(Oid, Entry)> = Vec::with_capacity(count);
        for (group, &position) in self.builders.iter().zip(positions) {
            let placed = group.changes.iter();
            changes.extend(placed.map(|change| (change.oid, entry(position, change))));
        }
        let mut allocate = || pages.allocate();
        let mut edit = TableEdit::new(&mut self.table, &mut allocate, epoch);
        let (root, depth) = edit.apply(&newest.version, &changes)?;
        let (numbers, bytes, retired) = (edit.numbers, edit.bytes, edit.retired);
        store.table.reserve(pages.high_water)?;
        store.table.write(&numbers, &bytes)?;
        pages.retire(&retired, epoch);
        let (log_end, chain) = self.write_groups(&newest.version, positions)?;
        let version = Version { epoch, root, depth, log_end, chain, high_water: pages.high_water };
        coord.put_ring(&RingEntry { version, group: positions.first().copied().unwrap_or(0), ledger: pages.ledger, token, process: store.pid });
        coord.store(Word::Appended, epoch);
        Ok(version)
    }

    /// Writes the groups in order, the one that makes the commit real last; gives the log's end and its checksum.
    fn write_groups(&mut self, newest: &Version, positions: &[u64]) -> Result<(u64, u64)> {
        let (log, coord) = (&self.store.log, &self.store.coord);
        let (mut log_end, mut chain) = (newest.log_end, newest.chain);
        for (index, (group, &position)) in self.builders.iter_mut().zip(positions).enumerate() {
            chain = group.seal(&Seal {
                is_part: index + 1 < positions.len(),
                uuid_tag: log.uuid_tag(),
                position,
                epoch: newest.epoch + 1,
                chain,
                durable_hint: coord.load(Word::DurableLog),
                next_oid: coord.load(Word::NextOid),
                seconds: sys::wall_seconds(),
            });
            let (number, offset) = log.locate(position);
            log.segment(number)?.write(offset, &group.bytes)?;
            log_end = position + group.bytes.len() as u64;
        }
        Ok((log_end, chain))
    }
}
