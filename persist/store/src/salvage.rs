//! What can be read of a damaged repository, in a new one: every object of which the log has a whole record in its newest version,
//! whether anything leads to it or not. It reads the segments alone, so that meta, table and lock may be gone.
//!
//! Invariant: nothing is guessed. An object whose newest record cannot be read is reported, not replaced by an older version.

use crate::copy::{self, Batch};
use crate::error::{Result, StoreError};
use crate::group::GroupHeader;
use crate::log::{Log, SEGMENT_HEADER};
use crate::meta::{self, GoneSegments, Version};
use crate::records::RecordReader;
use crate::recovery::{Replay, proof_in_segment};
use crate::repository::Repository;
use crate::types::{Durability, Epoch, Oid};
use crate::vfs::{Mode, OsVfs, Vfs};
use std::path::Path;
use std::sync::Arc;

/// What was saved and what was not.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SalvageReport {
    /// Newest commit that was found.
    pub epoch: Epoch,
    /// Objects that were saved.
    pub objects: u64,
    /// Bytes of their records.
    pub record_bytes: u64,
    /// Findings in words: objects that cannot be read, stretches of the log that say nothing.
    pub problems: Vec<String>,
}

/// Makes a repository in the folder `to`, which must not hold anything, of what can be read in `from`. `progress` hears how many objects
/// are saved.
///
/// # Errors
/// When there is no segment, the folder is taken or there is no space; then there is no copy.
pub fn salvage(from: &Path, to: &Path, progress: &mut dyn FnMut(u64)) -> Result<SalvageReport> {
    let vfs: Arc<dyn Vfs> = Arc::new(OsVfs);
    let numbers = segments(&*vfs, from)?;
    let log = Arc::new(Log::found(vfs, from, &numbers)?);
    let mut report = SalvageReport::default();
    let gone = gone_segments(&OsVfs, from);
    let replay = follow(&log, *numbers.last().unwrap_or(&0), &gone, &mut report.problems);
    report.problems.dedup();
    report.epoch = Epoch(replay.epoch);
    copy::into_new(to, &mut |target| save(&log, &replay, target, &mut report, progress))?;
    Ok(report)
}

/// Numbers of the segments that are there, ascending.
fn segments(vfs: &dyn Vfs, repository: &Path) -> Result<Vec<u64>> {
    let folder = repository.join("seg");
    let names = vfs.list(&folder).map_err(|_| StoreError::NotFound { path: folder.clone() })?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| name.parse().ok()).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Segments that a compaction deleted, as far as meta can be read.
fn gone_segments(vfs: &dyn Vfs, repository: &Path) -> GoneSegments {
    let path = repository.join("meta");
    let found = vfs.open(&path, Mode::Read).ok().and_then(|file| meta::read(&path, &*file).ok());
    found.map_or_else(GoneSegments::default, |(newest, _)| newest.gone)
}

/// Follows the log from its start, and over what is damaged to the next group that proves that it belongs to it.
fn follow(log: &Log, last: u64, gone: &GoneSegments, problems: &mut Vec<String>) -> Replay {
    let mut replay = Replay::new(&Version { log_end: SEGMENT_HEADER, ..Version::default() }, Oid::FIRST_FREE);
    loop {
        let here = log.locate(replay.log_end).0;
        if !gone.has(here)
            && let Err(error) = replay.advance(log, &mut |_| ())
        {
            problems.push(error.to_string());
        }
        let Some(next) = next_proof(log, replay.log_end, last, gone, problems) else { return replay };
        if next.durable_hint > replay.durable {
            // What stands before it was on the disk, so its damaged groups count.
            replay.durable = next.durable_hint;
            continue;
        }
        let segments = log.locate(replay.log_end).0..=log.locate(next.position).0;
        if !segments.clone().any(|number| gone.has(number)) {
            let (end, from, until) = (replay.log_end, replay.epoch + 1, next.epoch - 1);
            problems.push(format!("log bytes {end}..{} are damaged: commits {from} to {until} are lost", next.position));
        }
        (replay.log_end, replay.chain, replay.epoch) = (next.position, next.chain, next.epoch - 1);
    }
}

fn next_proof(log: &Log, end: u64, last: u64, gone: &GoneSegments, problems: &mut Vec<String>) -> Option<GroupHeader> {
    let (first, offset) = log.locate(end);
    for number in (first..=last).filter(|&number| !gone.has(number)) {
        let from = if number == first { offset.max(SEGMENT_HEADER) } else { SEGMENT_HEADER };
        match proof_in_segment(log, number, from, end) {
            Ok(None) => {}
            Ok(found) => return found,
            Err(error) => problems.push(error.to_string()),
        }
    }
    None
}

/// Copies the newest records of all objects.
fn save(log: &Arc<Log>, replay: &Replay, to: &Repository, report: &mut SalvageReport, progress: &mut dyn FnMut(u64)) -> Result<()> {
    let mut target = copy::new_session(to)?;
    let mut records = RecordReader::new(Arc::clone(log));
    let mut batch = Batch::default();
    for (&oid, &entry) in replay.entries.iter().filter(|(_, entry)| entry.position != 0) {
        match records.read(oid, entry) {
            Ok(view) => {
                let record = view.to_record();
                report.objects += 1;
                report.record_bytes += copy::size_of(&record);
                batch.add(record);
            }
            Err(error) => report.problems.push(error.to_string()),
        }
        if batch.is_full() {
            batch.commit(&mut *target, Durability::Async)?;
            progress(report.objects);
        }
    }
    batch.commit(&mut *target, Durability::Sync)
}
