//! What every storage backend offers: the contract of the embedded store, the memory model and servers.
//!
//! Invariant: a caller cannot tell two backends apart except by speed and [`Caps`]; the contract tests
//! run the same cases against each.

use crate::error::{Result, StoreError};
use crate::history::PastCommit;
use crate::types::{Begin, CheckReport, CommitSet, Durability, Epoch, Loaded, Oid, OidRange, Outcome, Record, Stats};
use std::time::Duration;

/// What a backend can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caps {
    /// Largest object in bytes of its record.
    pub object_bytes_max: u64,
    /// Whether commits survive the process.
    pub durable: bool,
    /// Whether commits are possible at all.
    pub writable: bool,
}

/// A place that keeps objects.
pub trait Backend: Send + Sync {
    /// What it can do.
    fn caps(&self) -> Caps;

    /// A new session without a snapshot.
    ///
    /// # Errors
    /// When all session slots are taken or the repository cannot be reached.
    fn session(&self) -> Result<Box<dyn Session>>;

    /// The commits that can be looked at, the oldest first.
    ///
    /// # Errors
    /// When they cannot be read, or on a read-only store.
    fn history(&self) -> Result<Vec<PastCommit>> {
        Ok(Vec::new())
    }

    /// A session that reads what was there behind commit `epoch`, and can do nothing else.
    ///
    /// # Errors
    /// When that is not remembered, cannot be read, or the store is read-only.
    fn session_at(&self, epoch: Epoch) -> Result<Box<dyn Session>> {
        Err(StoreError::NoHistory { wanted: epoch, from: Epoch(0), until: Epoch(0) })
    }

    /// Verifies every live object and all structures that lead to it.
    ///
    /// # Errors
    /// Only when the check itself cannot run; findings are in the report.
    fn check(&self) -> Result<CheckReport>;

    /// Figures of the moment.
    ///
    /// # Errors
    /// When the shared state cannot be read.
    fn stats(&self) -> Result<Stats>;
}

/// One user of a backend: holds at most one snapshot.
pub trait Session: Send {
    /// Takes the newest snapshot and says what changed since the previous one, in one step.
    ///
    /// # Errors
    /// When shared state or a change list is damaged, or the session crossed a fork.
    fn begin(&mut self) -> Result<Begin>;

    /// The snapshot's epoch, if one is held.
    fn snapshot(&self) -> Option<Epoch>;

    /// Hands each object to `sink` in the order asked, verified.
    ///
    /// # Errors
    /// At the first damaged object; those before it have been delivered.
    fn load(&mut self, oids: &[Oid], sink: &mut dyn FnMut(Loaded<'_>)) -> Result<()>;

    /// One object, or `None` when the snapshot does not hold it.
    ///
    /// # Errors
    /// When its record or the path to it is damaged.
    fn read(&mut self, oid: Oid) -> Result<Option<Record>> {
        let mut found = None;
        self.load(&[oid], &mut |loaded| {
            if let Loaded::Found(view) = loaded {
                found = Some(view.to_record());
            }
        })?;
        Ok(found)
    }

    /// `count` fresh ids, never handed out twice while any session lives, never equal to a stored one.
    ///
    /// # Errors
    /// On a read-only store or when ids run out.
    fn alloc_oids(&mut self, count: u32) -> Result<OidRange>;

    /// Commits all writes or none.
    ///
    /// # Errors
    /// When nothing was written: bad commit set, no space, lock timeout. A conflict is an outcome.
    fn commit(&mut self, set: &CommitSet, durability: Durability) -> Result<Outcome>;

    /// The process that made a commit, while that is known.
    ///
    /// # Errors
    /// When shared state is damaged.
    fn committer(&mut self, _epoch: Epoch) -> Result<Option<u32>> {
        Ok(None)
    }

    /// Makes everything that was ordered so far durable; false when the disk failed.
    ///
    /// # Errors
    /// As the operating system reports.
    fn sync(&mut self) -> Result<bool>;

    /// Epoch of the commit with this token, if it happened.
    ///
    /// # Errors
    /// When the log cannot be read.
    fn resolve(&mut self, token: u128) -> Result<Option<Epoch>>;

    /// Takes a lock on an object, shared or exclusive, in place of one that the session has; false, without waiting, when another session's
    /// stands against it. Until it is given back or the session ends, no other session's commit may write the object.
    ///
    /// # Errors
    /// On a read-only store, or as the operating system reports.
    fn lock_object(&mut self, oid: Oid, exclusive: bool) -> Result<bool>;

    /// Gives the session's lock on an object back.
    ///
    /// # Errors
    /// As the operating system reports.
    fn unlock_object(&mut self, oid: Oid) -> Result<()>;

    /// Ids that a collector takes for garbage when it waits for this session's vote; objects that the session has in memory are to be named
    /// in the vote. Asked when a snapshot has begun.
    ///
    /// # Errors
    /// When the list cannot be read.
    fn garbage(&mut self) -> Result<Option<Vec<Oid>>> {
        Ok(None)
    }

    /// Votes: the collector keeps these, and what they lead to.
    ///
    /// # Errors
    /// When the vote cannot be written.
    fn vote(&mut self, _kept: &[Oid]) -> Result<()> {
        Ok(())
    }

    /// The session keeps no objects in memory from one snapshot to the next: collectors need not ask it.
    fn keeps_nothing(&mut self) {}

    /// Gives up the snapshot; the next `begin` still reports changes since it.
    fn abort(&mut self);

    /// Waits until a commit newer than the snapshot is visible; false after `limit`.
    ///
    /// # Errors
    /// When shared state cannot be read.
    fn wait_changes(&mut self, limit: Duration) -> Result<bool>;
}
