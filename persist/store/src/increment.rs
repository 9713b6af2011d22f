//! A backup that is brought up to date: what was written or removed since goes into it in one commit, so that it shows the old state or the
//! new one whenever it is killed. Done again and again it is a standby.
//!
//! ```text
//! source     in the folder of a backup: the original's uuid and the commit that the backup shows, in text
//! ```
//!
//! Invariant: everything that the new state leads to is in the backup: also what nothing led to when it was made and something does now.

use crate::backend::Session;
use crate::copy::{CopyReport, new_session, size_of};
use crate::error::{Result, StoreError};
use crate::meta;
use crate::oids::OidSet;
use crate::repository::{OpenOptions, Repository};
use crate::session::StoreSession;
use crate::table::Entry;
use crate::types::{CommitSet, Content, Durability, Epoch, Oid, Outcome, Record, Write};
use std::path::Path;

const SOURCE: &str = "source";

impl Repository {
    /// Brings the backup of this repository in the folder `path` up to date. The report counts what was written.
    ///
    /// # Errors
    /// When there is no backup of this repository, an object cannot be read or there is no space; then the backup is what it was.
    pub fn update_backup(&self, path: &Path, progress: &mut dyn FnMut(u64)) -> Result<CopyReport> {
        let mut source = self.plain_session()?;
        source.keeps_nothing();
        let (uuid, since) = read_source(path)?;
        if uuid != source.uuid()? {
            return Err(StoreError::NotARepository { path: path.to_path_buf(), reason: "it is a backup of another repository".to_string() });
        }
        let backup = Repository::open(path, OpenOptions { create: false, ..OpenOptions::default() })?;
        let mut target = new_session(&backup)?;
        let epoch = source.begin()?.epoch;
        let mut update = Update { written: OidSet::default(), writes: Vec::new(), report: CopyReport { epoch, ..CopyReport::default() } };
        for (oid, entry) in source.entries_since(since)? {
            match entry.position {
                0 => update.remove(&mut *target, oid)?,
                _ => update.write(&mut source, &mut *target, oid)?,
            }
            progress(update.report.objects);
        }
        update.commit(&mut *target)?;
        note_source(path, uuid, epoch)?;
        Ok(update.report)
    }

    /// Notes in the folder of a backup what it is of.
    pub(crate) fn note_backup(&self, path: &Path, epoch: Epoch) -> Result<()> {
        match self.plain_session() {
            Ok(session) => note_source(path, session.uuid()?, epoch),
            // What is only read cannot be followed.
            Err(_) => Ok(()),
        }
    }
}

impl StoreSession {
    fn uuid(&self) -> Result<u128> {
        let (meta, _) = meta::read(&self.store.meta_path, &*self.store.meta_file)?;
        Ok(meta.uuid)
    }

    /// What was written or removed after commit `since`, as the snapshot has it.
    fn entries_since(&mut self, since: Epoch) -> Result<Vec<(Oid, Entry)>> {
        let version = self.need_snapshot()?;
        let mut entries = Vec::new();
        let mut collect = |oid: Oid, entry: Entry| {
            if entry.epoch > since {
                entries.push((oid, entry));
            }
        };
        if version.root.number != 0 {
            self.table.walk(version.root, version.depth - 1, 0, &mut |_, _| (), &mut Some(&mut collect))?;
        }
        Ok(entries)
    }
}

/// What changes in a backup.
struct Update {
    written: OidSet,
    writes: Vec<Write>,
    report: CopyReport,
}

impl Update {
    fn remove(&mut self, target: &mut dyn Session, oid: Oid) -> Result<()> {
        if let Some(old) = target.read(oid)? {
            self.writes.push(Write { oid, base: Some(old.epoch), content: None });
        }
        Ok(())
    }

    /// An object, and what it leads to that the backup does not have.
    fn write(&mut self, source: &mut dyn Session, target: &mut dyn Session, oid: Oid) -> Result<()> {
        let mut pending = vec![oid];
        while let Some(oid) = pending.pop() {
            if !self.written.insert(oid) {
                continue;
            }
            let Some(record) = source.read(oid)? else {
                self.report.missing.push(oid);
                continue;
            };
            let base = target.read(oid)?.map(|old| old.epoch);
            for &to in record.refs.iter().filter(|to| to.0 >= Oid::FIRST_FREE && !self.written.has(**to)) {
                if target.read(to)?.is_none() {
                    pending.push(to);
                }
            }
            self.report.objects += 1;
            self.report.record_bytes += size_of(&record);
            let Record { kind, flags, refs, body, .. } = record;
            self.writes.push(Write { oid, base, content: Some(Content { kind, flags, refs, body }) });
        }
        Ok(())
    }

    fn commit(&mut self, target: &mut dyn Session) -> Result<()> {
        let last = self.writes.iter().map(|write| write.oid.0).max().unwrap_or(0);
        while target.alloc_oids(1)?.start <= last {
            target.alloc_oids(u32::try_from(last).unwrap_or(u32::MAX))?;
        }
        let set = CommitSet { writes: std::mem::take(&mut self.writes), ..CommitSet::default() };
        match target.commit(&set, Durability::Sync)? {
            Outcome::Done { .. } => Ok(()),
            Outcome::Conflict(_) | Outcome::Unknown => Err(StoreError::InvalidCommit { reason: "somebody writes into the backup".to_string() }),
        }
    }
}

fn read_source(path: &Path) -> Result<(u128, Epoch)> {
    let foreign = || StoreError::NotARepository { path: path.to_path_buf(), reason: "it is no backup that can be brought up to date".to_string() };
    let text = std::fs::read_to_string(path.join(SOURCE)).map_err(|_| foreign())?;
    let mut words = text.split_whitespace();
    let uuid = words.next().and_then(|word| u128::from_str_radix(word, 16).ok());
    let epoch = words.next().and_then(|word| word.parse().ok());
    uuid.zip(epoch).map(|(uuid, epoch)| (uuid, Epoch(epoch))).ok_or_else(foreign)
}

fn note_source(path: &Path, uuid: u128, epoch: Epoch) -> Result<()> {
    let (fresh, named) = (path.join("source.new"), path.join(SOURCE));
    let write = || {
        std::fs::write(&fresh, format!("{uuid:032x} {}\n", epoch.0))?;
        std::fs::File::open(&fresh)?.sync_all()?;
        std::fs::rename(&fresh, &named)
    };
    write().map_err(|error| StoreError::io(&named, "write", error))
}
