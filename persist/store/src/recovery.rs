//! Recovery: from the newest checkpoint forward through the log, when no session is alive.
//!
//! Invariant: it writes only pages the checkpoint does not reach, and then the *other* meta slot, so it
//! can be killed and run again. A torn tail is dropped. Below commits that are known to have been durable
//! nothing is dropped: damaged records cost their objects, a group that does not tell all of its changes any more is refused.

use crate::coord::{Coord, Ledger, RetiredPage, RingEntry, Word};
use crate::error::{Result, StoreError};
use crate::group::GroupHeader;
use crate::log::{Group, Log, SEGMENT_HEADER};
use crate::meta::{self, Meta, Version};
use crate::pages;
use crate::table::{Entry, PAGE_SIZE, TableEdit, TableFile, TableReader};
use crate::types::{Epoch, Oid};
use crate::vfs::VfsFile;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A stretch of zeros this long ends the search for groups behind the tail.
const ZEROS_END_SEARCH: u64 = 4 << 20;

/// Groups after a checkpoint, folded into the newest entry of each object.
pub(crate) struct Replay {
    pub entries: BTreeMap<Oid, Entry>,
    pub epoch: u64,
    pub log_end: u64,
    pub chain: u64,
    pub next_oid: u64,
    /// The log was on disk up to here: what is damaged below was whole.
    pub durable: u64,
}

impl Replay {
    pub(crate) fn new(version: &Version, next_oid: u64) -> Self {
        let &Version { epoch, log_end, chain, .. } = version;
        Self { entries: BTreeMap::new(), epoch, log_end, chain, next_oid, durable: log_end }
    }

    /// Everything that the log has. `durable_before` is how far it is known to have been on disk.
    pub(crate) fn whole(version: &Version, next_oid: u64, log: &Log, durable_before: u64) -> Result<Self> {
        let mut replay = Self::new(version, next_oid);
        replay.durable = durable_before;
        loop {
            replay.advance(log, &mut |_| ())?;
            let end = replay.log_end;
            let proven = first_proof(log, end)?.unwrap_or(0).max(durable_before);
            if proven <= end {
                return Ok(replay);
            }
            if proven <= replay.durable {
                let path = log.path(log.locate(end.saturating_sub(1)).0);
                return Err(StoreError::DamagedLog { path, from: end, until: proven });
            }
            replay.durable = proven;
        }
    }

    /// Follows the chain as far as it is whole; `changed` hears of every object.
    pub(crate) fn advance(&mut self, log: &Log, changed: &mut dyn FnMut(Oid)) -> Result<()> {
        let (mut end, mut chain) = (self.log_end, self.chain);
        let mut parts = Vec::new();
        while let Some(group) = self.next_group(log, end, chain)? {
            let position = group.header.position;
            let epoch = Epoch(group.header.epoch);
            parts.extend(group.changes.into_iter().map(|change| {
                let position = change.record.map_or(0, |offset| position + offset);
                (change.oid, Entry { position, epoch: change.written.unwrap_or(epoch) })
            }));
            end = position + group.header.length;
            chain = group.checksum;
            if group.header.is_part {
                // Nothing of a commit counts before its last group is there.
                continue;
            }
            for (oid, entry) in parts.drain(..) {
                self.entries.insert(oid, entry);
                changed(oid);
            }
            self.epoch = epoch.0;
            self.log_end = end;
            self.chain = chain;
            self.next_oid = self.next_oid.max(group.header.next_oid.min(Oid::MAX));
        }
        Ok(())
    }

    fn next_group(&self, log: &Log, end: u64, chain: u64) -> Result<Option<Group>> {
        match log.next_group(end, chain, self.epoch)? {
            None if end < self.durable => log.next_damaged(end, chain, self.epoch, self.durable),
            next => Ok(next),
        }
    }
}

/// State to continue from.
pub(crate) struct Recovered {
    version: Version,
    next_oid: u64,
    free: Vec<u32>,
    retired: Vec<RetiredPage>,
    slots: [u64; 2],
    checkpoint_epoch: u64,
    checkpoint_log: u64,
}

impl Recovered {
    /// Fills a new coordination file.
    pub(crate) fn publish(&self, coord: &Coord) -> Result<()> {
        let limit = coord.ledger_entries();
        let ledger = Ledger { select: 0, free: self.free.len().min(limit), retired: self.retired.len().min(limit) };
        coord.reserve(self.version.epoch, ledger, 0)?;
        for (index, &number) in self.free.iter().take(limit).enumerate() {
            coord.free_page(0, index).store(u64::from(number), Ordering::Relaxed);
        }
        for (index, &page) in self.retired.iter().take(limit).enumerate() {
            coord.put_retired(0, index, page);
        }
        coord.put_ring(&RingEntry { version: self.version, group: 0, ledger, token: 0, process: 0 });
        coord.store(Word::NextOid, self.next_oid);
        coord.store(Word::Prepared, self.version.log_end);
        coord.meta_pin(0).store(self.slots[0], Ordering::SeqCst);
        coord.meta_pin(1).store(self.slots[1], Ordering::SeqCst);
        coord.store(Word::CheckpointEpoch, self.checkpoint_epoch);
        coord.store(Word::CheckpointLog, self.checkpoint_log);
        coord.store(Word::DurableLog, self.version.log_end);
        coord.store(Word::Durable, self.version.epoch);
        coord.store(Word::Appended, self.version.epoch);
        Ok(())
    }
}

/// Replays the log over the newest checkpoint. `durable_before` is what an earlier coordination file of
/// this boot knew to be on disk.
pub(crate) fn run(
    log: &Arc<Log>,
    table: &Arc<TableFile>,
    meta_path: &Path,
    meta_file: &dyn VfsFile,
    newest: &Meta,
    other: Option<&Meta>,
    durable_before: u64,
) -> Result<Recovered> {
    check_segments(log, newest)?;
    let mut reader = TableReader::new(Arc::clone(table));
    let free = free_pages(table, &mut reader, &newest.version)?;
    let replay = Replay::whole(&newest.version, newest.next_oid, log, durable_before)?;
    let mut recovered = Recovered {
        version: newest.version,
        next_oid: replay.next_oid,
        free,
        retired: Vec::new(),
        slots: [0; 2],
        checkpoint_epoch: newest.version.epoch,
        checkpoint_log: newest.version.log_end,
    };
    recovered.slots[newest.slot()] = newest.version.epoch + 1;
    if let Some(other) = other {
        recovered.slots[other.slot()] = other.version.epoch + 1;
    }
    if replay.epoch != newest.version.epoch {
        log.sync(newest.version.log_end, replay.log_end)?;
        apply(table, &mut reader, &mut recovered, replay)?;
        table.sync()?;
        let next = Meta { sequence: newest.sequence + 1, version: recovered.version, next_oid: recovered.next_oid, ..newest.clone() };
        meta::write(meta_path, meta_file, &next)?;
        recovered.slots[next.slot()] = next.version.epoch + 1;
        recovered.checkpoint_epoch = next.version.epoch;
        recovered.checkpoint_log = next.version.log_end;
    }
    Ok(recovered)
}

/// Every segment that a checkpoint needs is there.
pub(crate) fn check_segments(log: &Log, meta: &Meta) -> Result<()> {
    let last = log.locate(meta.version.log_end.saturating_sub(1)).0;
    (0..=last).filter(|&number| !meta.gone.has(number)).try_for_each(|number| log.segment(number).map(drop))
}

/// Pages the checkpoint does not reach, highest first, so that low ones are reused first. Only inner
/// pages are read.
fn free_pages(table: &TableFile, reader: &mut TableReader, version: &Version) -> Result<Vec<u32>> {
    let bad = |reason: &str| StoreError::corrupt(&table.path, 0, reason);
    let mut used = vec![0u64; (version.high_water as usize).div_ceil(64)];
    let mut outside = false;
    if version.root.number != 0 {
        let mut mark = |page: crate::table::PageRef, _level: u32| {
            let bit = u64::from(page.number);
            if bit < version.high_water {
                used[page.number as usize / 64] |= 1 << (bit % 64);
            } else {
                outside = true;
            }
        };
        reader.walk(version.root, version.depth - 1, 0, &mut mark, &mut None)?;
    }
    if outside {
        return Err(bad("table page past the end of the table"));
    }
    let is_free = |&number: &u32| used[number as usize / 64] & 1 << (number % 64) == 0;
    Ok((1..version.high_water as u32).rev().filter(is_free).collect())
}

fn apply(table: &TableFile, reader: &mut TableReader, recovered: &mut Recovered, replay: Replay) -> Result<()> {
    let changes: Vec<(Oid, Entry)> = replay.entries.into_iter().collect();
    let mut high_water = recovered.version.high_water;
    let free = &mut recovered.free;
    let mut allocate = || free.pop().map_or_else(|| pages::next_page(&mut high_water), Ok);
    let mut edit = TableEdit::new(reader, &mut allocate, replay.epoch);
    let (root, depth) = edit.apply(&recovered.version, &changes)?;
    let (numbers, bytes, retired) = (edit.numbers, edit.bytes, edit.retired);
    debug_assert_eq!(bytes.len(), numbers.len() * PAGE_SIZE);
    table.reserve(high_water)?;
    table.write(&numbers, &bytes)?;
    recovered.retired.extend(retired.into_iter().map(|(number, born)| RetiredPage { number, born, retired: replay.epoch }));
    recovered.version = Version { epoch: replay.epoch, root, depth, log_end: replay.log_end, chain: replay.chain, high_water };
    Ok(())
}

/// How far the log was durable when the first whole group behind `end` was written that says more than `end`.
fn first_proof(log: &Log, end: u64) -> Result<Option<u64>> {
    let (first, offset) = log.locate(end);
    let mut number = first;
    let mut at = offset.max(SEGMENT_HEADER);
    while number == first || log.exists(number) {
        if number == first && !log.exists(number) {
            // The log filled its last segment exactly and the next one was never made.
            return Ok(None);
        }
        if let Some(found) = proof_in_segment(log, number, at, end)? {
            return Ok(Some(found.durable_hint));
        }
        number += 1;
        at = SEGMENT_HEADER;
    }
    Ok(None)
}

/// The first whole group of a segment, from `from` on, that was written when the log was durable beyond `end`.
pub(crate) fn proof_in_segment(log: &Log, number: u64, from: u64, end: u64) -> Result<Option<GroupHeader>> {
    let segment = log.segment(number)?;
    let mut block = vec![0; 64 << 10];
    let mut zeros = 0;
    let mut at = from;
    while at < log.segment_size && zeros < ZEROS_END_SEARCH {
        let length = block.len().min((log.segment_size - at) as usize);
        segment.copy(at, &mut block[..length])?;
        if block[..length].iter().all(|&byte| byte == 0) {
            zeros += length as u64;
            at += length as u64;
            continue;
        }
        zeros = 0;
        for start in (0..length).step_by(512) {
            if &block[start..start + 4] != b"MGLG" {
                continue;
            }
            let position = number * log.segment_size + at + start as u64;
            let header = log.group_at(position)?.map(|group| group.header);
            if header.is_some_and(|header| header.durable_hint > end) {
                return Ok(header);
            }
        }
        at += length as u64;
    }
    Ok(None)
}
