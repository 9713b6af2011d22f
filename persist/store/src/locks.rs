//! Who may do what when: byte locks of the `lock` file, and the session slots they prove alive.
//!
//! ```text
//! byte 0 commit · 1 sync · 2 checkpoint · 3 collector and compaction · 4 open, recovery, close · 5 shared by read-only readers
//! byte 4096 + i: session slot i, held for the session's life
//! byte 2^44 + id: lock on an object, held by a session until it gives it back
//! ```
//!
//! Invariant: liveness is the kernel's answer about a byte, never a process id or a clock. The state a
//! lock guards stays valid when its holder dies, so taking over needs no repair.

use crate::coord::{Coord, SLOTS, Word};
use crate::error::{Result, StoreError};
use crate::sys;
use crate::types::Oid;
use crate::vfs::LockFile;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

pub(crate) const COMMIT: u64 = 0;
pub(crate) const SYNC: u64 = 1;
pub(crate) const CHECKPOINT: u64 = 2;
pub(crate) const KEEPER: u64 = 3;
pub(crate) const OPEN: u64 = 4;
pub(crate) const READERS: u64 = 5;
const SLOT_BYTES: u64 = 4096;
const OBJECT_BYTES: u64 = 1 << 44;
/// A dead waker costs a waiter at most this.
pub(crate) const NAP: Duration = Duration::from_millis(5);

/// Maps a failed lock call.
pub(crate) fn failed(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::io(path, "lock", error)
}

/// Waits for a byte by trying again; for the rare locks (open, checkpoint at close).
pub(crate) fn wait_polling(path: &Path, lock: &dyn LockFile, byte: u64, what: &'static str, limit: Duration, holder: &dyn Fn() -> u64) -> Result<()> {
    let start = Instant::now();
    loop {
        if lock.try_lock(byte, true).map_err(|error| failed(path, error))? {
            return Ok(());
        }
        if start.elapsed() >= limit {
            let waited_ms = start.elapsed().as_millis() as u64;
            return Err(StoreError::LockTimeout { what, holder: holder() as u32, waited_ms });
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// Takes the commit lock; waiters sleep on a futex the holder rings.
pub(crate) fn take_commit(path: &Path, lock: &dyn LockFile, coord: &Coord, limit: Duration) -> Result<()> {
    let start = Instant::now();
    let futex = coord.futex(Word::CommitFutex);
    for attempt in 0u32.. {
        let seen = futex.load(Ordering::SeqCst);
        if lock.try_lock(COMMIT, true).map_err(|error| failed(path, error))? {
            coord.holder(0).store(u64::from(std::process::id()), Ordering::Relaxed);
            return Ok(());
        }
        if attempt < 4 {
            std::thread::yield_now();
            continue;
        }
        if start.elapsed() >= limit {
            break;
        }
        coord.word(Word::CommitWaiters).fetch_add(1, Ordering::SeqCst);
        sys::futex_wait(futex, seen, NAP);
        coord.word(Word::CommitWaiters).fetch_sub(1, Ordering::SeqCst);
    }
    let holder = coord.holder(0).load(Ordering::Relaxed) as u32;
    Err(StoreError::LockTimeout { what: "commit", holder, waited_ms: start.elapsed().as_millis() as u64 })
}

/// Gives the commit lock back and wakes one waiter.
pub(crate) fn release_commit(path: &Path, lock: &dyn LockFile, coord: &Coord) -> Result<()> {
    lock.unlock(COMMIT).map_err(|error| failed(path, error))?;
    let futex = coord.futex(Word::CommitFutex);
    futex.fetch_add(1, Ordering::SeqCst);
    if coord.load(Word::CommitWaiters) > 0 {
        sys::futex_wake(futex, 1);
    }
    Ok(())
}

/// Takes a lock on an object without waiting.
pub(crate) fn try_object(path: &Path, lock: &dyn LockFile, oid: Oid, exclusive: bool) -> Result<bool> {
    lock.try_lock(OBJECT_BYTES + oid.0, exclusive).map_err(|error| failed(path, error))
}

/// Gives a lock on an object back.
pub(crate) fn release_object(path: &Path, lock: &dyn LockFile, oid: Oid) -> Result<()> {
    lock.unlock(OBJECT_BYTES + oid.0).map_err(|error| failed(path, error))
}

/// Has another session a lock on the object?
pub(crate) fn is_object_locked(path: &Path, lock: &dyn LockFile, oid: Oid) -> Result<bool> {
    let held = lock.held_by_other(OBJECT_BYTES + oid.0, 1).map_err(|error| failed(path, error))?;
    Ok(held.is_some())
}

/// Takes a free session slot for the life of `lock`.
pub(crate) fn take_slot(path: &Path, lock: &dyn LockFile, coord: &Coord) -> Result<usize> {
    for slot in 0..SLOTS {
        if lock.try_lock(SLOT_BYTES + slot as u64, true).map_err(|error| failed(path, error))? {
            coord.slot_snapshot(slot).store(0, Ordering::SeqCst);
            // What begins now reaches nothing that a collector has found to be out of reach.
            coord.slot_vote(slot).store(coord.load(Word::VoteRound), Ordering::SeqCst);
            coord.slot_owner(slot).store(u64::from(std::process::id()), Ordering::Relaxed);
            coord.word(Word::SlotsUsed).fetch_max(slot as u64 + 1, Ordering::SeqCst);
            return Ok(slot);
        }
    }
    Err(StoreError::TooManySessions { limit: SLOTS })
}

/// Whether any other open description holds a session slot.
pub(crate) fn others_alive(path: &Path, lock: &dyn LockFile) -> Result<bool> {
    let held = lock.held_by_other(SLOT_BYTES, SLOTS as u64).map_err(|error| failed(path, error))?;
    Ok(held.is_some())
}

/// Whether the owner of a slot, seen from another description, lives.
pub(crate) fn is_slot_live(path: &Path, lock: &dyn LockFile, slot: usize) -> Result<bool> {
    let held = lock.held_by_other(SLOT_BYTES + slot as u64, 1).map_err(|error| failed(path, error))?;
    Ok(held.is_some())
}
