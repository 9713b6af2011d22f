//! Checkpoints: make the table of one durable epoch safe on disk and name it in `meta`.
//!
//! Invariant: the epoch is pinned before its table is synced and stays pinned through the meta slot that
//! names it; commits go on meanwhile. Killed at any step, the other slot is as valid as before.

use crate::coord::Word;
use crate::error::{Result, StoreError};
use crate::locks;
use crate::meta::{self, Meta};
use crate::repository::Store;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Makes a checkpoint of the newest durable epoch; false when another process is at it, nothing
/// happened since the last one, or a read-only reader depends on it.
pub(crate) fn run(store: &Store, wait: bool) -> Result<bool> {
    with_lock(store, wait, &mut || {
        let newest = newest_meta(store)?;
        if has_readers(store)? || store.coord.load(Word::Durable) <= newest.version.epoch {
            return Ok(false);
        }
        write(store, newest).map(|_| true)
    })
}

/// Says in both slots that the segments are gone, into which no version from `epoch` on leads; false when a read-only reader depends on
/// an older one.
pub(crate) fn give_up(store: &Store, segments: &[u64], epoch: u64) -> Result<bool> {
    with_lock(store, true, &mut || {
        let mut newest = newest_meta(store)?;
        if has_readers(store)? {
            return Ok(false);
        }
        segments.iter().for_each(|&number| newest.gone.add(number));
        newest.history = newest.history.max(epoch);
        let newest = write(store, newest)?;
        write(store, newest).map(|_| true)
    })
}

fn with_lock(store: &Store, wait: bool, body: &mut dyn FnMut() -> Result<bool>) -> Result<bool> {
    let _gate = store.checkpoint_gate.lock().unwrap_or_else(PoisonError::into_inner);
    let lock = &*store.anchor;
    let holder = || store.coord.holder(2).load(Ordering::Relaxed);
    if wait {
        locks::wait_polling(&store.lock_path, lock, locks::CHECKPOINT, "checkpoint", Duration::from_secs(5), &holder)?;
    } else if !lock.try_lock(locks::CHECKPOINT, true).map_err(|error| locks::failed(&store.lock_path, error))? {
        return Ok(false);
    }
    store.coord.holder(2).store(u64::from(std::process::id()), Ordering::Relaxed);
    let done = body();
    store.coord.store(Word::CheckpointPin, 0);
    lock.unlock(locks::CHECKPOINT).map_err(|error| locks::failed(&store.lock_path, error))?;
    done
}

/// Whether enough log has gathered since the last checkpoint.
pub(crate) fn is_due(store: &Store, log_end: u64) -> bool {
    log_end.saturating_sub(store.coord.load(Word::CheckpointLog)) >= store.options.checkpoint_bytes
}

/// The newest slot, with both pinned.
fn newest_meta(store: &Store) -> Result<Meta> {
    let coord = &store.coord;
    let (newest, other) = meta::read(&store.meta_path, &*store.meta_file)?;
    if newest.version.epoch < coord.load(Word::CheckpointEpoch) {
        return Err(StoreError::FilesChanged { path: store.path.clone() });
    }
    // A checkpoint killed after its meta write has left only its pin to protect the slot: renew both
    // before the pin moves.
    coord.meta_pin(newest.slot()).store(newest.version.epoch + 1, Ordering::SeqCst);
    if let Some(other) = other {
        coord.meta_pin(other.slot()).store(other.version.epoch + 1, Ordering::SeqCst);
    }
    Ok(newest)
}

fn has_readers(store: &Store) -> Result<bool> {
    let readers = store.anchor.held_by_other(locks::READERS, 1).map_err(|error| locks::failed(&store.lock_path, error))?;
    Ok(readers.is_some())
}

/// Writes the newest durable version into the slot behind `newest`.
fn write(store: &Store, newest: Meta) -> Result<Meta> {
    let coord = &store.coord;
    let version = coord.settle(Word::Durable, &|epoch| coord.store(Word::CheckpointPin, epoch.saturating_add(1)))?.version;
    store.table.sync()?;
    let next_oid = coord.load(Word::NextOid);
    let next = Meta { sequence: newest.sequence + 1, version, next_oid, ..newest };
    meta::write(&store.meta_path, &*store.meta_file, &next)?;
    coord.meta_pin(next.slot()).store(version.epoch + 1, Ordering::SeqCst);
    coord.store(Word::CheckpointEpoch, version.epoch);
    coord.store(Word::CheckpointLog, version.log_end);
    Ok(next)
}
