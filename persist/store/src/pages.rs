//! Table pages: which are free, which are retired, and when a retired one may be written again.
//!
//! A page born at b and replaced at r is read by snapshots s with b <= s < r only. It becomes free when
//! r <= durable epoch (new snapshots start there or later) and no session, checkpoint or pin holds such
//! an s: also below an old reader (interval reclamation).
//!
//! Invariant: callers hold the commit lock; the ledger in use is only read up to its counts, so a
//! process killed here changes nothing.

use crate::coord::{Coord, Ledger, RetiredPage, RingEntry, SLOTS, Word};
use crate::error::{Result, StoreError};
use crate::locks;
use crate::vfs::LockFile;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Reclaim when fewer free pages than this are left ...
const FREE_LOW: usize = 64;
/// ... and at least this many pages were retired since the last time.
const RETIRED_STEP: usize = 128;

/// Hands out pages for one commit.
pub(crate) struct PageAllocator<'a> {
    coord: &'a Coord,
    pub ledger: Ledger,
    pub high_water: u64,
}

impl<'a> PageAllocator<'a> {
    pub(crate) fn new(coord: &'a Coord, entry: &RingEntry) -> Self {
        Self { coord, ledger: entry.ledger, high_water: entry.version.high_water }
    }

    /// A page nobody reads: the last freed one, or one past the end.
    pub(crate) fn allocate(&mut self) -> Result<u32> {
        if self.ledger.free > 0 {
            self.ledger.free -= 1;
            let number = self.coord.free_page(self.ledger.select, self.ledger.free).load(Ordering::Relaxed);
            if number == 0 || number >= self.high_water {
                return Err(self.coord.damaged("free page list"));
            }
            return Ok(number as u32);
        }
        next_page(&mut self.high_water)
    }

    /// Writes pages this commit replaces behind the ledger's end; what does not fit is lost until the
    /// next recovery finds it unreachable.
    pub(crate) fn retire(&mut self, pages: &[(u32, u64)], epoch: u64) {
        let room = self.coord.ledger_entries() - self.ledger.retired;
        for &(number, born) in pages.iter().take(room) {
            self.coord.put_retired(self.ledger.select, self.ledger.retired, RetiredPage { number, born, retired: epoch });
            self.ledger.retired += 1;
        }
    }

    /// Moves what became free into the other ledger and continues there, when it is worth it.
    pub(crate) fn reclaim(&mut self, path: &Path, lock: &dyn LockFile, own_slot: usize) -> Result<()> {
        let kept = self.coord.load(Word::ReclaimKept) as usize;
        let worth = self.ledger.free < FREE_LOW && self.ledger.retired >= kept.saturating_mul(2).saturating_add(RETIRED_STEP);
        if !worth {
            return Ok(());
        }
        // Published first, slots read after: a session that takes a snapshot meanwhile sees this epoch
        // or a later one when it looks again.
        let durable = self.coord.load(Word::Durable);
        let pins = pins(self.coord, path, lock, own_slot)?;
        let (from, to, limit) = (self.ledger.select, 1 - self.ledger.select, self.coord.ledger_entries());
        let mut next = Ledger { select: to, free: 0, retired: 0 };
        let put_free = |next: &mut Ledger, number: u64| {
            if next.free < limit {
                self.coord.free_page(to, next.free).store(number, Ordering::Relaxed);
                next.free += 1;
            }
        };
        for index in 0..self.ledger.free {
            put_free(&mut next, self.coord.free_page(from, index).load(Ordering::Relaxed));
        }
        for index in (0..self.ledger.retired).rev() {
            let page = self.coord.get_retired(from, index);
            if page.retired <= durable && !is_pinned(&pins, page) {
                put_free(&mut next, u64::from(page.number));
            } else {
                self.coord.put_retired(to, next.retired, page);
                next.retired += 1;
            }
        }
        self.coord.store(Word::ReclaimKept, next.retired as u64);
        self.ledger = next;
        Ok(())
    }
}

/// The next page past the end of the table.
pub(crate) fn next_page(high_water: &mut u64) -> Result<u32> {
    let number =
        u32::try_from(*high_water).map_err(|_| StoreError::InvalidCommit { reason: "the table has 2^32 pages, the limit of the format".into() })?;
    *high_water += 1;
    Ok(number)
}

fn is_pinned(pins: &[u64], page: RetiredPage) -> bool {
    let first = pins.partition_point(|&pin| pin < page.born);
    pins.get(first).is_some_and(|&pin| pin < page.retired)
}

/// Every epoch somebody may read, sorted.
fn pins(coord: &Coord, path: &Path, lock: &dyn LockFile, own_slot: usize) -> Result<Vec<u64>> {
    let mut pins = Vec::new();
    let words = [coord.load(Word::CheckpointPin), coord.meta_pin(0).load(Ordering::SeqCst), coord.meta_pin(1).load(Ordering::SeqCst)];
    pins.extend(words.into_iter().filter_map(|pin| pin.checked_sub(1)));
    let used = (coord.load(Word::SlotsUsed) as usize).min(SLOTS);
    for slot in 0..used {
        let snapshot = coord.slot_snapshot(slot).load(Ordering::SeqCst);
        let Some(epoch) = snapshot.checked_sub(1) else {
            continue;
        };
        if slot == own_slot || locks::is_slot_live(path, lock, slot)? {
            pins.push(epoch);
        }
    }
    pins.sort_unstable();
    Ok(pins)
}

/// Processes of live sessions, other than the own, whose snapshots are older than an epoch.
pub(crate) fn slots_before(coord: &Coord, path: &Path, lock: &dyn LockFile, own_slot: usize, epoch: u64) -> Result<Vec<u32>> {
    let used = (coord.load(Word::SlotsUsed) as usize).min(SLOTS);
    let mut found = Vec::new();
    for slot in (0..used).filter(|&slot| slot != own_slot) {
        let snapshot = coord.slot_snapshot(slot).load(Ordering::SeqCst);
        if snapshot.checked_sub(1).is_some_and(|snapshot| snapshot < epoch) && locks::is_slot_live(path, lock, slot)? {
            found.push(coord.slot_owner(slot).load(Ordering::Relaxed) as u32);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_snapshots_inside_the_interval_pin() {
        let page = RetiredPage { number: 1, born: 5, retired: 9 };
        for (pins, pinned) in [(vec![], false), (vec![4], false), (vec![5], true), (vec![8], true), (vec![9], false), (vec![1, 20], false)] {
            assert_eq!(is_pinned(&pins, page), pinned, "{pins:?}");
        }
    }
}
