//! The past: commits that the log tells of, and the repository as it was behind one of them.
//!
//! The log is the history. Whoever looks at an old state puts it together from the groups up to there, which takes time and memory in
//! proportion to the log; nothing is kept for it. Compaction ends what can be looked at.
//!
//! Invariant: a session in the past holds its epoch as a snapshot, so that no segment is deleted below it.

use crate::backend::Session;
use crate::check;
use crate::error::{Result, StoreError};
use crate::log::{Group, Log, SEGMENT_HEADER};
use crate::meta::{self, GoneSegments};
use crate::repository::{Repository, Store};
use crate::session::StoreSession;
use crate::table::Entry;
use crate::types::{Begin, Changes, CommitSet, Durability, Epoch, Loaded, Oid, OidRange, Outcome};
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A commit of the past.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PastCommit {
    /// Its number.
    pub epoch: Epoch,
    /// When it happened, in seconds since 1970; 0 when that is not known.
    pub seconds: u32,
    /// Objects that it wrote.
    pub written: u64,
    /// Objects that it removed.
    pub removed: u64,
    /// Bytes that it took in the log.
    pub bytes: u64,
}

impl Repository {
    /// See [`crate::Backend::history`].
    pub(crate) fn read_history(&self) -> Result<Vec<PastCommit>> {
        let mut session = self.plain_session()?;
        session.keeps_nothing();
        let (gone, first, until) = session.hold(0)?;
        let mut commits: Vec<PastCommit> = Vec::new();
        each_group(&session.store.log, &gone, until, &mut |group| {
            let header = &group.header;
            if header.epoch < first || header.is_moved {
                return;
            }
            let removed = group.changes.iter().filter(|change| change.record.is_none()).count() as u64;
            let written = group.changes.len() as u64 - removed;
            match commits.last_mut().filter(|last| last.epoch.0 == header.epoch) {
                Some(last) => {
                    (last.written, last.removed, last.bytes) = (last.written + written, last.removed + removed, last.bytes + header.length);
                }
                None => commits.push(PastCommit { epoch: Epoch(header.epoch), seconds: header.seconds, written, removed, bytes: header.length }),
            }
        })?;
        Ok(commits)
    }

    /// See [`crate::Backend::session_at`].
    pub(crate) fn past_session(&self, epoch: Epoch) -> Result<Box<dyn Session>> {
        let mut session = self.plain_session()?;
        session.keeps_nothing();
        let (gone, from, until) = session.hold(epoch.0)?;
        if !(from..=until).contains(&epoch.0) {
            return Err(StoreError::NoHistory { wanted: epoch, from: Epoch(from), until: Epoch(until) });
        }
        let mut entries = HashMap::new();
        each_group(&session.store.log, &gone, epoch.0, &mut |group| {
            for change in &group.changes {
                let position = change.record.map_or(0, |offset| group.header.position + offset);
                entries.insert(change.oid, Entry { position, epoch: change.written.unwrap_or(Epoch(group.header.epoch)) });
            }
        })?;
        Ok(Box::new(PastSession { session, epoch, entries }))
    }
}

impl StoreSession {
    /// Keeps segments from being deleted that a version from `epoch` on leads into: segments that are gone, and the commits between
    /// which the log tells everything.
    fn hold(&mut self, epoch: u64) -> Result<(GoneSegments, u64, u64)> {
        let until = self.pin_newest()?.epoch;
        // Whoever deletes segments says so in meta after looking at the slots.
        self.store.coord.slot_snapshot(self.slot).store(epoch.saturating_add(1), Ordering::SeqCst);
        let Store { meta_path, meta_file, .. } = &*self.store;
        let (meta, _) = meta::read(meta_path, &**meta_file)?;
        Ok((meta.gone, meta.history, until))
    }
}

/// Hands over the groups of the commits up to an epoch that the log has, in order. Those of a commit that is not complete are left out.
fn each_group(log: &Log, gone: &GoneSegments, until: u64, body: &mut dyn FnMut(&Group)) -> Result<()> {
    let (mut end, mut chain, mut epoch) = (SEGMENT_HEADER, 0, 0);
    while epoch < until {
        let next = if gone.has(log.locate(end).0) { None } else { log.next_group(end, chain, epoch)? };
        let next = match next {
            None => match check::skip_gone(log, gone, end)? {
                Some((start, before, behind)) => log.next_group(start, before, behind)?,
                None => log.next_damaged(end, chain, epoch, u64::MAX)?,
            },
            next => next,
        };
        let damaged = || StoreError::corrupt(&log.path(log.locate(end).0), log.locate(end).1, "commit group");
        let group = next.ok_or_else(damaged)?;
        if group.header.epoch > until {
            return Ok(());
        }
        body(&group);
        (end, chain) = (group.header.position + group.header.length, group.checksum);
        epoch = if group.header.is_part { group.header.epoch - 1 } else { group.header.epoch };
    }
    Ok(())
}

/// A session in the past.
struct PastSession {
    session: StoreSession,
    epoch: Epoch,
    entries: HashMap<Oid, Entry>,
}

impl PastSession {
    fn read_only<T>(&self) -> Result<T> {
        Err(StoreError::ReadOnly { path: self.session.store.path.clone() })
    }
}

impl Session for PastSession {
    fn begin(&mut self) -> Result<Begin> {
        self.session.store.check_process()?;
        Ok(Begin { epoch: self.epoch, changes: Changes::Oids(Vec::new()) })
    }

    fn snapshot(&self) -> Option<Epoch> {
        Some(self.epoch)
    }

    fn load(&mut self, oids: &[Oid], sink: &mut dyn FnMut(Loaded<'_>)) -> Result<()> {
        for &oid in oids {
            match self.entries.get(&oid).filter(|entry| entry.position != 0) {
                Some(&entry) => sink(Loaded::Found(self.session.records.read(oid, entry)?)),
                None => sink(Loaded::Missing(oid)),
            }
        }
        Ok(())
    }

    fn alloc_oids(&mut self, _count: u32) -> Result<OidRange> {
        self.read_only()
    }

    fn commit(&mut self, _set: &CommitSet, _durability: Durability) -> Result<Outcome> {
        self.read_only()
    }

    fn sync(&mut self) -> Result<bool> {
        Ok(true)
    }

    fn resolve(&mut self, _token: u128) -> Result<Option<Epoch>> {
        Ok(None)
    }

    fn lock_object(&mut self, _oid: Oid, _exclusive: bool) -> Result<bool> {
        self.read_only()
    }

    fn unlock_object(&mut self, _oid: Oid) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}

    fn wait_changes(&mut self, _limit: Duration) -> Result<bool> {
        Ok(false)
    }
}
