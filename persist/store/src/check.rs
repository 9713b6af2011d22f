//! The full check: every page, every record, every group of the log.
//!
//! Invariant: it reads a pinned version only and reports what it finds instead of stopping at it.

use crate::error::{Result, StoreError};
use crate::log::Log;
use crate::meta::{GoneSegments, Version};
use crate::records::RecordReader;
use crate::table::{Entry, PageRef, TableFile, TableReader};
use crate::types::{CheckReport, Epoch, Oid};
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::Arc;

/// Findings kept; more are counted by the last line.
const PROBLEMS_MAX: usize = 100;

fn note(report: &mut CheckReport, problem: String) {
    if report.problems.len() < PROBLEMS_MAX {
        report.problems.push(problem);
    }
}

/// Checks a version, with the entries of `overlay` over the table's.
pub(crate) fn run(
    log: &Arc<Log>,
    table: &Arc<TableFile>,
    version: &Version,
    gone: &GoneSegments,
    overlay: Option<&BTreeMap<Oid, Entry>>,
) -> Result<CheckReport> {
    let mut report = CheckReport { epoch: Epoch(version.epoch), ..CheckReport::default() };
    let mut entries = BTreeMap::new();
    check_table(table, version, &mut report, &mut entries);
    if let Some(overlay) = overlay {
        entries.extend(overlay.iter().map(|(oid, entry)| (*oid, *entry)));
    }
    let mut records = RecordReader::new(Arc::clone(log));
    let live = |oid: Oid| entries.get(&oid).is_some_and(|entry: &Entry| entry.position != 0);
    for (&oid, &entry) in entries.iter().filter(|(_, entry)| entry.position != 0) {
        match records.read(oid, entry) {
            Err(error) => note(&mut report, error.to_string()),
            Ok(view) => {
                report.objects += 1;
                report.record_bytes += 32 + view.ref_bytes.len() as u64 + view.body.len() as u64;
                if let Some(gone) = view.refs().find(|&to| to.0 >= Oid::FIRST_FREE && !live(to)) {
                    note(&mut report, format!("object {oid} refers to {gone}, which does not exist"));
                }
            }
        }
    }
    check_log(log, version, gone, &mut report);
    Ok(report)
}

fn check_table(table: &Arc<TableFile>, version: &Version, report: &mut CheckReport, entries: &mut BTreeMap<Oid, Entry>) {
    if version.root.number == 0 {
        return;
    }
    let mut reader = TableReader::new(Arc::clone(table));
    let mut seen = HashSet::new();
    let mut twice = None;
    let mut visit = |page: PageRef, _level: u32| {
        if !seen.insert(page.number) || u64::from(page.number) >= version.high_water {
            twice = Some(page.number);
        }
    };
    let mut collect = |oid: Oid, entry: Entry| {
        entries.insert(oid, entry);
    };
    let walked = reader.walk(version.root, version.depth - 1, 0, &mut visit, &mut Some(&mut collect));
    report.table_pages = seen.len() as u64;
    if let Err(error) = walked {
        note(report, error.to_string());
    }
    if let Some(number) = twice {
        note(report, format!("table page {number} is reached twice or lies past the end"));
    }
}

/// Where the log goes on at or behind `end`, over segments that are gone: position, checksum of the group before, and its epoch. `None`
/// when nothing is gone there.
pub(crate) fn skip_gone(log: &Log, gone: &GoneSegments, end: u64) -> Result<Option<(u64, u64, u64)>> {
    let (number, offset) = log.locate(end);
    // One that is gone may have its file still.
    let next = if offset <= crate::log::SEGMENT_HEADER || gone.has(number) { number } else { number + 1 };
    if !gone.has(next) {
        return Ok(None);
    }
    let here = (next..).find(|&number| !gone.has(number)).unwrap_or(next);
    let start = log.first_position(here);
    Ok(log.header_at(start)?.map(|(header, _)| (start, header.chain, header.epoch - 1)))
}

fn check_log(log: &Log, version: &Version, gone: &GoneSegments, report: &mut CheckReport) {
    let (mut end, mut chain, mut epoch) = (crate::log::SEGMENT_HEADER, 0, 0);
    while epoch < version.epoch {
        let mut next = if gone.has(log.locate(end).0) { Ok(None) } else { log.next_group(end, chain, epoch) };
        if matches!(next, Ok(None))
            && let Ok(Some(found)) = skip_gone(log, gone, end)
        {
            (end, chain, epoch) = found;
            next = log.next_group(end, chain, epoch);
        }
        if matches!(next, Ok(None)) {
            next = log.next_damaged(end, chain, epoch, version.log_end);
            if let Ok(Some(group)) = &next {
                note(report, format!("log: the group of epoch {} at byte {} is damaged", group.header.epoch, group.header.position));
            }
        }
        match next {
            Ok(Some(group)) => {
                report.groups += 1;
                end = group.header.position + group.header.length;
                chain = group.checksum;
                if !group.header.is_part {
                    epoch = group.header.epoch;
                }
            }
            Ok(None) => {
                note(report, format!("log: no valid group of epoch {} after byte {end}", epoch + 1));
                return;
            }
            Err(error) => {
                note(report, error.to_string());
                return;
            }
        }
    }
    if (end, chain) != (version.log_end, version.chain) {
        note(report, format!("log: epoch {epoch} ends at byte {end}, not at {}", version.log_end));
    }
}

/// Epoch of the commit with this token, searched through the whole log's headers.
pub(crate) fn find_token(log: &Log, log_end: u64, token: u128) -> Result<Option<Epoch>> {
    let mut position = crate::log::SEGMENT_HEADER;
    while position < log_end {
        let header = match log.header_at(position) {
            // A compaction has deleted it.
            Err(StoreError::MissingFile { .. }) => None,
            found => found?,
        };
        match header {
            Some((header, _)) => {
                if header.token == token && token != 0 && !header.is_part {
                    return Ok(Some(Epoch(header.epoch)));
                }
                position += header.length;
            }
            None => position = log.first_position(log.locate(position.saturating_sub(1)).0 + 1),
        }
    }
    Ok(None)
}
