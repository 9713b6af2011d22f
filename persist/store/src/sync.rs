//! Durability: one process syncs for everybody who waits.
//!
//! Invariant: `durable` only grows, and only after a sync that began when the log already held the
//! commit. A failed sync is never retried: the kernel may have dropped the data and would report success.

use crate::coord::Word;
use crate::error::Result;
use crate::locks::{self, NAP};
use crate::repository::Store;
use crate::sys;
use crate::vfs::{LockFile, Mode};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// Age an asynchronous commit reaches at most before a sync begins.
const SYNC_INTERVAL: Duration = Duration::from_millis(10);
/// A commit that waits for the background's sync waits no longer than this.
const GROUP_PATIENCE: Duration = Duration::from_millis(30);
/// A syncer that has not finished after this is taken for stopped: whoever waits syncs beside it.
const SYNCER_PATIENCE: Duration = Duration::from_millis(200);
/// The background thread ends after this many intervals with nothing to do.
const IDLE_INTERVALS: u32 = 300;

/// Waits until commit `epoch` is durable, syncing if nobody else does; false when a sync failed.
///
/// The sync lock only keeps processes from doing the same work twice. A holder that was stopped (SIGSTOP, swapped out) must not
/// hold up everybody, so after a while others sync beside it: each open file is told of a failed write-back by itself.
pub(crate) fn wait_durable(store: &Store, lock: &dyn LockFile, epoch: u64) -> Result<bool> {
    let coord = &store.coord;
    let futex = coord.futex(Word::SyncFutex);
    let start = Instant::now();
    loop {
        let seen = futex.load(Ordering::SeqCst);
        if coord.load(Word::Durable) >= epoch {
            return Ok(true);
        }
        if coord.load(Word::Poisoned) != 0 {
            return Ok(false);
        }
        let locked = lock.try_lock(locks::SYNC, true).map_err(|error| locks::failed(&store.lock_path, error))?;
        if !locked && start.elapsed() < SYNCER_PATIENCE {
            sys::futex_wait(futex, seen, NAP);
            continue;
        }
        let synced = sync_as_holder(store, locked, epoch);
        if locked {
            lock.unlock(locks::SYNC).map_err(|error| locks::failed(&store.lock_path, error))?;
        }
        futex.fetch_add(1, Ordering::SeqCst);
        sys::futex_wake(futex, i32::MAX);
        if synced.is_err() {
            return Ok(false);
        }
    }
}

/// Waits until somebody's sync has made commit `epoch` durable; syncs when nobody does. False when a sync failed.
pub(crate) fn wait_group(store: &Store, lock: &dyn LockFile, epoch: u64) -> Result<bool> {
    let coord = &store.coord;
    let futex = coord.futex(Word::SyncFutex);
    let start = Instant::now();
    while start.elapsed() < GROUP_PATIENCE && coord.load(Word::Poisoned) == 0 {
        let seen = futex.load(Ordering::SeqCst);
        if coord.load(Word::Durable) >= epoch {
            return Ok(true);
        }
        sys::futex_wait(futex, seen, NAP);
    }
    wait_durable(store, lock, epoch)
}

fn sync_as_holder(store: &Store, locked: bool, epoch: u64) -> Result<()> {
    if locked {
        store.coord.holder(1).store(u64::from(std::process::id()), Ordering::Relaxed);
    }
    if store.coord.load(Word::Durable) >= epoch { Ok(()) } else { sync_appended(store) }
}

/// Makes everything ordered so far durable.
pub(crate) fn sync_all(store: &Store, lock: &dyn LockFile) -> Result<bool> {
    wait_durable(store, lock, store.coord.load(Word::Appended))
}

/// Syncs the log up to the newest commit.
fn sync_appended(store: &Store) -> Result<()> {
    let coord = &store.coord;
    if coord.load(Word::Poisoned) != 0 {
        return Ok(());
    }
    let newest = coord.settle(Word::Appended, &|_| ())?.version;
    if let Err(error) = store.log.sync(coord.load(Word::DurableLog), newest.log_end) {
        coord.store(Word::Poisoned, 1);
        return Err(error);
    }
    coord.word(Word::DurableLog).fetch_max(newest.log_end, Ordering::SeqCst);
    coord.word(Word::Durable).fetch_max(newest.epoch, Ordering::SeqCst);
    Ok(())
}

/// Starts the thread that syncs asynchronous commits, unless it runs.
pub(crate) fn ensure_background(store: &Arc<Store>) {
    if !store.options.background_sync || store.syncer_runs.swap(true, Ordering::Relaxed) {
        return;
    }
    let weak = Arc::downgrade(store);
    let spawned = std::thread::Builder::new().name("store-sync".into()).spawn(move || background(&weak));
    if spawned.is_err() {
        // The next synchronous commit or the close makes the commits durable instead.
        store.syncer_runs.store(false, Ordering::Relaxed);
    }
}

fn background(weak: &Weak<Store>) {
    let mut lock = None;
    let mut idle = 0;
    loop {
        std::thread::sleep(SYNC_INTERVAL);
        let Some(store) = weak.upgrade() else { return };
        if lock.is_none() {
            lock = store.vfs.open_lock(&store.lock_path, Mode::Write).ok();
        }
        let pending = store.coord.load(Word::Durable) < store.coord.load(Word::Appended);
        idle = if pending { 0 } else { idle + 1 };
        let synced = match &lock {
            Some(lock) if pending => sync_all(&store, &**lock).unwrap_or(false),
            Some(_) => true,
            None => false,
        };
        if !synced || idle > IDLE_INTERVALS {
            store.syncer_runs.store(false, Ordering::Relaxed);
            return;
        }
    }
}
