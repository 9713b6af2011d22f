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
use crate::group::Seal;
use crate::locks;
use crate::log::SEGMENT_HEADER;
use crate::memory::{find_conflicts, validate_set};
use crate::meta::Version;
use crate::pages::PageAllocator;
use crate::session::StoreSession;
use crate::sync;
use crate::table::{DEPTH_MAX, Entry, TableEdit};
use crate::types::{Begin, Changes, CommitSet, Conflict, Durability, Epoch, Oid, Outcome};
use std::sync::Arc;

/// Zeroed ahead of the log's end, so that a sync needs no file metadata.
const PREPARE_BYTES: u64 = 1 << 20;

/// What came of the locked part.
enum Locked {
    Conflict(Vec<Conflict>),
    Done(Version),
}

impl StoreSession {
    /// See [`crate::Session::commit`].
    pub(crate) fn run_commit(
        &mut self,
        set: &CommitSet,
        durability: Durability,
    ) -> Result<Outcome> {
        let snapshot = self.snapshot.ok_or(StoreError::NoSnapshot)?;
        let store = Arc::clone(&self.store);
        validate_set(set, store.coord.load(Word::NextOid))?;
        self.check_size(set)?;
        if set.writes.is_empty() && set.reads.is_empty() {
            let begin = self.advance(None)?;
            return Ok(Outcome::Done {
                epoch: begin.epoch,
                begin,
            });
        }
        self.builder.encode(set);
        self.keep_ring_ahead()?;
        self.let_turn_pass();
        locks::take_commit(
            &store.lock_path,
            &*self.lock,
            &store.coord,
            store.options.lock_timeout,
        )?;
        let locked = self.locked_commit(set, snapshot.epoch);
        locks::release_commit(&store.lock_path, &*self.lock, &store.coord)?;
        let version = match locked? {
            Locked::Conflict(conflicts) => return self.lost(conflicts),
            Locked::Done(version) => version,
        };
        self.give_turn();
        match durability {
            Durability::Async => {
                self.reads_appended = true;
                sync::ensure_background(&store);
            }
            Durability::Sync => {
                if !sync::wait_durable(&store, &*self.lock, version.epoch)? {
                    return Ok(Outcome::Unknown);
                }
            }
        }
        if checkpoint::is_due(&store, version.log_end) {
            // The commit stands whatever becomes of the checkpoint; the next one tries again.
            let _ = checkpoint::run(&store, false);
        }
        let epoch = Epoch(version.epoch);
        let except = (!set.writes.is_empty()).then_some(version.epoch);
        // The commit stands: damage met while looking at what others did must not read as its failure.
        let begin = self.advance(except).unwrap_or(Begin {
            epoch,
            changes: Changes::All,
        });
        Ok(Outcome::Done { epoch, begin })
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

    fn check_size(&self, set: &CommitSet) -> Result<()> {
        let limit = self.store.log.segment_size - SEGMENT_HEADER;
        let record = |content: &crate::types::Content| {
            40 + 8 * content.refs.len() as u64 + content.body.len() as u64
        };
        let bytes = set
            .writes
            .iter()
            .map(|write| 10 + write.content.as_ref().map_or(0, record))
            .sum::<u64>()
            + 1024;
        if bytes > limit {
            Err(StoreError::CommitTooLarge { bytes, limit })
        } else {
            Ok(())
        }
    }

    /// The ring must not lap the durable epoch that snapshots start from.
    fn keep_ring_ahead(&self) -> Result<()> {
        let coord = &self.store.coord;
        let pending = coord
            .load(Word::Appended)
            .saturating_sub(coord.load(Word::Durable));
        if pending as usize >= coord.ring_entries() / 2 {
            sync::sync_all(&self.store, &*self.lock)?;
        }
        Ok(())
    }

    fn locked_commit(&mut self, set: &CommitSet, snapshot: u64) -> Result<Locked> {
        let store = Arc::clone(&self.store);
        let coord = &store.coord;
        if coord.load(Word::Poisoned) != 0 {
            let durable = Epoch(coord.load(Word::Durable));
            return Err(StoreError::Poisoned {
                path: store.path.clone(),
                durable,
            });
        }
        let newest = coord.newest()?;
        self.check_files(newest.version.log_end)?;
        if newest.version.epoch - coord.load(Word::Durable).min(newest.version.epoch)
            >= coord.ring_entries() as u64 - 2
        {
            let holder = coord.holder(1).load(std::sync::atomic::Ordering::Relaxed) as u32;
            return Err(StoreError::LockTimeout {
                what: "sync",
                holder,
                waited_ms: 0,
            });
        }
        let table = &mut self.table;
        let conflicts = find_conflicts(set, Epoch(snapshot), |oid| {
            let entry = table.lookup(&newest.version, oid)?;
            Ok(entry.map(|entry| (entry.epoch, entry.position != 0)))
        })?;
        if !conflicts.is_empty() {
            return Ok(Locked::Conflict(conflicts));
        }
        if set.writes.is_empty() {
            return Ok(Locked::Done(newest.version));
        }
        let position = self.make_room(&newest.version)?;
        self.write_and_publish(&newest, position, set.token)
            .map(Locked::Done)
    }

    /// Refuses to write where nobody will look: into files that were deleted or replaced since they were opened.
    fn check_files(&self, log_end: u64) -> Result<()> {
        let store = &self.store;
        for (path, file) in [
            (&store.meta_path, &*store.meta_file),
            (&store.table.path, store.table.file()),
        ] {
            let named = file
                .named_length()
                .map_err(|error| StoreError::io(path, "look at", error))?;
            if named.is_none() {
                return Err(StoreError::FileGone { path: path.clone() });
            }
        }
        store.log.check_named(log_end)
    }

    /// Position for the group in prepared space of an existing segment.
    fn make_room(&mut self, newest: &Version) -> Result<u64> {
        let store = &self.store;
        let length = self.builder.bytes.len() as u64;
        let position = store.log.place(newest.log_end, length);
        let (number, offset) = store.log.locate(position);
        if number != store.log.locate(newest.log_end.saturating_sub(1)).0 {
            store.log.create(number, false)?;
        }
        let prepared = store.coord.load(Word::Prepared);
        let segment_start = number * store.log.segment_size;
        let segment_end = segment_start + store.log.segment_size;
        let ready = if prepared <= segment_end {
            prepared.max(position)
        } else {
            position
        };
        if position + length > ready {
            let until = (segment_start + (offset + length).next_multiple_of(PREPARE_BYTES))
                .min(segment_end);
            // The group itself fills its own stretch.
            if position + length < until {
                store.log.zero(position + length, until)?;
            }
            store.coord.store(Word::Prepared, until);
        }
        Ok(position)
    }

    fn write_and_publish(
        &mut self,
        newest: &RingEntry,
        position: u64,
        token: u128,
    ) -> Result<Version> {
        let store = Arc::clone(&self.store);
        let coord = &store.coord;
        let epoch = newest.version.epoch + 1;
        let replaced = (self.builder.changes.len() + 1) * DEPTH_MAX as usize;
        let replaced = replaced.min(newest.version.high_water as usize);
        coord.reserve(epoch, newest.ledger, replaced)?;
        let mut pages = PageAllocator::new(coord, newest);
        pages.reclaim(&store.lock_path, &*self.lock, self.slot)?;
        let entry = |record: Option<u64>| Entry {
            position: record.map_or(0, |offset| position + offset),
            epoch: Epoch(epoch),
        };
        let changes: Vec<(Oid, Entry)> = self
            .builder
            .changes
            .iter()
            .map(|change| (change.oid, entry(change.record)))
            .collect();
        let mut allocate = || pages.allocate();
        let mut edit = TableEdit::new(&mut self.table, &mut allocate, epoch);
        let (root, depth) = edit.apply(&newest.version, &changes)?;
        let (numbers, bytes, retired) = (edit.numbers, edit.bytes, edit.retired);
        store.table.reserve(pages.high_water)?;
        store.table.write(&numbers, &bytes)?;
        let chain = self.builder.seal(&Seal {
            uuid_tag: store.log.uuid_tag(),
            position,
            epoch,
            chain: newest.version.chain,
            durable_hint: coord.load(Word::DurableLog),
            next_oid: coord.load(Word::NextOid),
        });
        pages.retire(&retired, epoch);
        let (number, offset) = store.log.locate(position);
        store
            .log
            .segment(number)?
            .write(offset, &self.builder.bytes)?;
        let log_end = position + self.builder.bytes.len() as u64;
        let version = Version {
            epoch,
            root,
            depth,
            log_end,
            chain,
            high_water: pages.high_water,
        };
        coord.put_ring(&RingEntry {
            version,
            group: position,
            ledger: pages.ledger,
            token,
        });
        coord.store(Word::Appended, epoch);
        Ok(version)
    }
}
