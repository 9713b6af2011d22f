//! Compaction while others work: what is live in a segment that is mostly garbage is copied to the end of the log, and the segment is deleted.
//!
//! A copy changes nothing: it has the epoch of its original, so that no session conflicts with it or loads anything again. A segment can go
//! when the newest durable version leads nowhere into it, both meta slots are at least as new, and nobody has an older snapshot.
//!
//! Invariant: killed at any step, every version that somebody may read is where its table says. Meta says first that a segment is gone.

use crate::checkpoint;
use crate::coord::Word;
use crate::error::{Result, StoreError};
use crate::group::{GROUP_HEADER, GroupBuilder, RECORD_HEADER};
use crate::locks;
use crate::meta::{self, Version};
use crate::pages;
use crate::repository::{Repository, Store};
use crate::session::StoreSession;
use crate::sync;
use crate::table::Entry;
use crate::types::Oid;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Bytes of records that are copied at a time, under the commit lock.
const BATCH_BYTES: u64 = 1 << 20;
/// A last segment with less garbage than this is not worth leaving.
const LEAST_GARBAGE: u64 = 64 << 10;
/// Between two looks at what others still read.
const LOOK: Duration = Duration::from_millis(20);

/// What a compaction did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CompactReport {
    /// Segments that were deleted.
    pub segments: u64,
    /// Bytes that were copied before.
    pub moved_bytes: u64,
    /// Process ids of sessions whose old snapshots keep segments from being deleted; 0 stands for a reader that is not known.
    pub waits_for: Vec<u32>,
}

impl Repository {
    /// Gives the room of records back that no version needs any more. Waits up to `patience` for sessions with old snapshots;
    /// `progress` hears how many bytes are copied.
    ///
    /// # Errors
    /// When read-only, another process is at it, or the disk refuses; what was done until then stands.
    pub fn compact(&self, patience: Duration, progress: &mut dyn FnMut(u64)) -> Result<CompactReport> {
        let mut session = self.keeper()?;
        let store = Arc::clone(&session.store);
        let mut report = CompactReport { segments: finish_removals(&store)?, ..CompactReport::default() };
        // What is dead already waits for older snapshots only, so that it can go although sessions that are idle have the newest.
        let version = session.pin_newest()?;
        let dead: Vec<u64> = session.usage(&version)?.iter().filter(|usage| usage.live == 0 && !usage.is_last).map(|usage| usage.number).collect();
        session.delete(dead, version.epoch, patience, &mut report)?;
        let version = session.pin_newest()?;
        let chosen: Vec<u64> = session.usage(&version)?.iter().filter(|usage| usage.is_worth()).map(|usage| usage.number).collect();
        if chosen.is_empty() {
            return Ok(report);
        }
        report.moved_bytes = session.empty(&version, &chosen, progress)?;
        sync::sync_all(&store, &*session.lock)?;
        let version = session.pin_newest()?;
        let empty = session.without_live(&version, &chosen)?;
        session.delete(empty, version.epoch, patience, &mut report)?;
        Ok(report)
    }
}

/// How much of a segment is live.
struct Usage {
    number: u64,
    live: u64,
    used: u64,
    is_last: bool,
}

impl Usage {
    /// Segments that are kept are at least four fifths live.
    fn is_worth(&self) -> bool {
        let garbage = self.used.saturating_sub(self.live);
        garbage * 5 >= self.used && (!self.is_last || garbage >= LEAST_GARBAGE)
    }
}

/// Deletes files that a compaction was killed over.
fn finish_removals(store: &Store) -> Result<u64> {
    let (meta, _) = meta::read(&store.meta_path, &*store.meta_file)?;
    let last = store.log.locate(meta.version.log_end).0;
    let mut count = 0;
    for number in (0..last).filter(|&number| meta.gone.has(number) && store.log.exists(number)) {
        store.log.remove(number)?;
        count += 1;
    }
    Ok(count)
}

impl StoreSession {
    /// How much of each segment is live in a version.
    fn usage(&mut self, version: &Version) -> Result<Vec<Usage>> {
        let log = Arc::clone(&self.store.log);
        let (meta, _) = meta::read(&self.store.meta_path, &*self.store.meta_file)?;
        let last = log.locate(version.log_end - 1).0;
        let mut live = vec![0; last as usize + 1];
        for (_, entry) in self.live_entries(version, &|_| true)? {
            if let Some(bytes) = live.get_mut(log.locate(entry.position).0 as usize) {
                *bytes += self.records.length(entry)?.next_multiple_of(8);
            }
        }
        let used = |number: u64| if number == last { log.locate(version.log_end - 1).1 } else { log.segment_size };
        let numbers = (0..=last).filter(|&number| !meta.gone.has(number));
        Ok(numbers.map(|number| Usage { number, live: live[number as usize], used: used(number), is_last: number == last }).collect())
    }

    /// Entries of a version whose records stand in segments that are wanted.
    pub(crate) fn live_entries(&mut self, version: &Version, is_wanted: &dyn Fn(u64) -> bool) -> Result<Vec<(Oid, Entry)>> {
        let mut entries = Vec::new();
        let log = Arc::clone(&self.store.log);
        let mut collect = |oid: Oid, entry: Entry| {
            if entry.position != 0 && is_wanted(log.locate(entry.position).0) {
                entries.push((oid, entry));
            }
        };
        if version.root.number != 0 {
            self.table.walk(version.root, version.depth - 1, 0, &mut |_, _| (), &mut Some(&mut collect))?;
        }
        Ok(entries)
    }

    /// Copies what is live in the segments to the end of the log. A damaged record stays, and its segment with it.
    fn empty(&mut self, version: &Version, chosen: &[u64], progress: &mut dyn FnMut(u64)) -> Result<u64> {
        let entries = self.live_entries(version, &|number| chosen.contains(&number))?;
        let mut leave = chosen.contains(&self.store.log.locate(version.log_end - 1).0);
        let room = self.group_room().min(BATCH_BYTES);
        let (mut batch, mut bytes, mut moved) = (Vec::new(), 0, 0);
        for (oid, entry) in entries {
            let Ok(record) = self.records.raw(oid, entry) else { continue };
            let size = record.len() as u64 + 16;
            if bytes + size > room && !batch.is_empty() {
                moved += self.move_records(std::mem::take(&mut batch), std::mem::take(&mut leave))?;
                bytes = 0;
                progress(moved);
            }
            bytes += size;
            batch.push((oid, entry, record));
        }
        if leave || !batch.is_empty() {
            moved += self.move_records(batch, leave)?;
        }
        Ok(moved)
    }

    /// Copies records to the end of the log, those whose objects still have the version that is given. With `leave` they begin a new
    /// segment, so that the last one can go, too. Gives the bytes that were written; they are on the disk afterwards.
    fn move_records(&mut self, records: Vec<(Oid, Entry, Vec<u8>)>, leave: bool) -> Result<u64> {
        self.keep_ring_ahead()?;
        self.let_turn_pass();
        let (epoch, bytes) = self.with_commit_lock(|session| {
            let newest = session.writable_newest()?;
            let mut current = Vec::with_capacity(records.len());
            for (oid, entry, bytes) in records {
                if session.table.lookup(&newest.version, oid)? == Some(entry) {
                    current.push((oid, entry.epoch, bytes));
                }
            }
            session.builders.resize_with(1, GroupBuilder::default);
            session.builders[0].encode_moved(&current);
            let log = &session.store.log;
            let mut end = newest.version.log_end;
            if leave {
                log.clear(end)?;
                end = (log.locate(end - 1).0 + 1) * log.segment_size;
            }
            let version = session.publish(&newest, end, 0)?;
            Ok((version.epoch, session.builders[0].bytes.len() as u64))
        })?;
        sync::wait_durable(&self.store, &*self.lock, epoch)?;
        Ok(bytes)
    }

    /// Those of the segments, the last one excepted, into which a version does not lead.
    fn without_live(&mut self, version: &Version, segments: &[u64]) -> Result<Vec<u64>> {
        let log = Arc::clone(&self.store.log);
        let last = log.locate(version.log_end - 1).0;
        let mut left: Vec<u64> = segments.iter().copied().filter(|&number| number < last).collect();
        let live = self.live_entries(version, &|number| segments.contains(&number))?;
        for (_, entry) in live {
            left.retain(|&number| number != log.locate(entry.position).0);
        }
        Ok(left)
    }

    /// Deletes segments into which no version from `epoch` on leads, when nobody has an older one.
    fn delete(&mut self, segments: Vec<u64>, epoch: u64, patience: Duration, report: &mut CompactReport) -> Result<()> {
        if segments.is_empty() {
            return Ok(());
        }
        let store = Arc::clone(&self.store);
        report.waits_for = self.wait_for_readers(epoch, patience)?;
        if !report.waits_for.is_empty() {
            return Ok(());
        }
        if !checkpoint::give_up(&store, &segments, epoch)? {
            report.waits_for.push(0);
            return Ok(());
        }
        store.coord.word(Word::SegmentsGone).fetch_add(1, Ordering::SeqCst);
        for number in segments {
            store.log.remove(number)?;
            report.segments += 1;
        }
        Ok(())
    }

    /// Waits until nobody reads a version older than `epoch`; who still does after `patience`.
    fn wait_for_readers(&mut self, epoch: u64, patience: Duration) -> Result<Vec<u32>> {
        let start = Instant::now();
        loop {
            let store = &self.store;
            let behind = pages::slots_before(&store.coord, &store.lock_path, &*self.lock, self.slot, epoch)?;
            if behind.is_empty() || start.elapsed() >= patience {
                return Ok(behind);
            }
            std::thread::sleep(LOOK);
        }
    }
}

impl Repository {
    /// A session for keeping the repository, of which there is one at a time.
    pub(crate) fn keeper(&self) -> Result<StoreSession> {
        let session = self.plain_session()?;
        let path = &session.store.lock_path;
        if session.lock.try_lock(locks::KEEPER, true).map_err(|error| locks::failed(path, error))? {
            session.store.coord.slot_vote(session.slot).store(u64::MAX, Ordering::SeqCst);
            return Ok(session);
        }
        Err(StoreError::InUse { path: session.store.path.clone() })
    }
}

/// A group of one record of this size fits a segment if the record did.
const _: () = assert!(GROUP_HEADER + 16 + RECORD_HEADER < 1024);
