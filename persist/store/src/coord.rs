//! The `coord` file: what live sessions share. Mapped by every process, never synced, made anew by the
//! first session after none was alive.
//!
//! ```text
//! word    0  magic · 1 format · 2,3 uuid · 4 boot id · 5 ring entries · 6 ledger entries · 7 checksum
//!        16  appended epoch            64  log prepared (zeroed) up to
//!        24  durable epoch             72  checkpoint pin, 73,74 epochs of meta slots (all + 1, 0 none)
//!        25  log durable up to         75  log position and 76 epoch of the last checkpoint
//!        32  sync futex                80  last holders of the commit, sync, checkpoint, open locks
//!        40  commit futex, 41 waiters  88  session slots ever used
//!        42  turn: who goes first and until when (turn.rs)
//!        48  next object id            96  retired pages the last reclamation had to keep
//!        56  poisoned                 104..108  what collector and compaction tell the sessions
//!       512  4096 session slots of 8 words: owner's process id, snapshot epoch + 1, round it voted in
//!     33280  ring: entries of 16 words, entry of epoch e at e % entries
//!         .. 2 ledgers: L free page numbers, then L retired pages (number, born, retired)
//!
//! ring entry: 0 epoch (written last) · 1 group position · 2 log end · 3 chain · 4 root · 5 depth
//!             6 ledger in use · 7 high water · 8 free pages · 9 retired pages · 10,11 token
//!             12 xxh3-64 of words 1 to 11 and the epoch · 13 process that committed
//! ```
//!
//! Invariant: the state after commit e is ring entry e and what it counts. A commit on its way writes
//! only where entry e does not look (log behind its end, free table pages, ledger behind its counts or
//! the other ledger) and becomes real by one store to `appended`; a process killed anywhere before that
//! store leaves nothing to repair.

use crate::error::{Result, StoreError};
use crate::map::SharedWords;
use crate::meta::Version;
use crate::table::PageRef;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering, fence};

/// Session slots of a repository.
pub(crate) const SLOTS: usize = 4096;
const MAGIC: u64 = u64::from_le_bytes(*b"MGLVCORD");
const FORMAT: u64 = 2;
/// An epoch that moved or has no entry this often is damage, not a race.
const SETTLE_ATTEMPTS: u32 = 100_000;
const SLOT_BASE: usize = 512;
const SLOT_WORDS: usize = 8;
const RING_BASE: usize = SLOT_BASE + SLOTS * SLOT_WORDS;
const RING_WORDS: usize = 16;

/// Words before the ring.
pub(crate) const HEAD_WORDS: usize = RING_BASE;

/// Words with a meaning of their own.
#[derive(Clone, Copy)]
#[repr(usize)]
pub(crate) enum Word {
    Appended = 16,
    Durable = 24,
    DurableLog = 25,
    SyncFutex = 32,
    CommitFutex = 40,
    CommitWaiters = 41,
    Turn = 42,
    NextOid = 48,
    Poisoned = 56,
    Prepared = 64,
    CheckpointPin = 72,
    MetaPin = 73,
    CheckpointLog = 75,
    CheckpointEpoch = 76,
    Holders = 80,
    SlotsUsed = 88,
    ReclaimKept = 96,
    /// Not 0: some session took a lock on an object.
    ObjectLocks = 104,
    /// Epoch of the last commit that removed garbage.
    Collected = 105,
    /// Round of the collector that waits for votes, 0 for none; and the last one that there was.
    VoteRound = 106,
    LastRound = 107,
    /// How often segments were deleted.
    SegmentsGone = 108,
}

/// Sizes chosen when the file is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Geometry {
    pub ring_entries: usize,
    pub ledger_entries: usize,
}

impl Geometry {
    /// What repositories use: 64 Ki commits of history, 1 Mi free and retired pages; sparse on disk.
    pub(crate) const FULL: Self = Self { ring_entries: 1 << 16, ledger_entries: 1 << 20 };
    /// For simulations, small enough to overrun.
    pub(crate) const SMALL: Self = Self { ring_entries: 64, ledger_entries: 512 };

    pub(crate) fn words(self) -> usize {
        RING_BASE + self.ring_entries * RING_WORDS + 2 * self.ledger_entries * 4
    }
}

/// A ring entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct RingEntry {
    pub version: Version,
    pub group: u64,
    pub ledger: Ledger,
    pub token: u128,
    /// Who committed, for people: 0 when that is not known.
    pub process: u32,
}

/// Which ledger is in use and how far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Ledger {
    pub select: usize,
    pub free: usize,
    pub retired: usize,
}

/// A replaced table page: readable by snapshots in `born..retired`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RetiredPage {
    pub number: u32,
    pub born: u64,
    pub retired: u64,
}

/// The mapped coordination file.
#[derive(Debug)]
pub(crate) struct Coord {
    path: PathBuf,
    words: SharedWords,
    geometry: Geometry,
}

impl Coord {
    /// Fills fresh zeroed words; the caller publishes the file by renaming it.
    pub(crate) fn init(path: &Path, words: SharedWords, geometry: Geometry, uuid: u128, boot: u64) -> Self {
        let coord = Self { path: path.to_path_buf(), words, geometry };
        let header = [MAGIC, FORMAT, uuid as u64, (uuid >> 64) as u64, boot, geometry.ring_entries as u64, geometry.ledger_entries as u64];
        for (index, value) in header.into_iter().enumerate() {
            coord.words.word(index).store(value, Ordering::Relaxed);
        }
        let checksum = coord.header_checksum();
        coord.words.word(7).store(checksum, Ordering::Release);
        coord
    }

    /// Checks mapped words against this repository and boot.
    pub(crate) fn attach(path: &Path, words: SharedWords, geometry: Geometry, uuid: u128, boot: u64) -> Result<Self> {
        let coord = Self { path: path.to_path_buf(), words, geometry };
        let header: Vec<u64> = (0..8).map(|index| coord.words.word(index).load(Ordering::Acquire)).collect();
        let expected = [MAGIC, FORMAT, uuid as u64, (uuid >> 64) as u64, boot, geometry.ring_entries as u64, geometry.ledger_entries as u64];
        if header[..7] != expected || header[7] != coord.header_checksum() {
            return Err(coord.damaged("header"));
        }
        Ok(coord)
    }

    fn header_checksum(&self) -> u64 {
        let bytes: Vec<u8> = (0..7).flat_map(|index| self.words.word(index).load(Ordering::Relaxed).to_le_bytes()).collect();
        xxhash_rust::xxh3::xxh3_64(&bytes)
    }

    pub(crate) fn damaged(&self, what: &str) -> StoreError {
        StoreError::corrupt(&self.path, 0, format!("coordination {what}"))
    }

    #[inline]
    pub(crate) fn word(&self, word: Word) -> &AtomicU64 {
        self.words.word(word as usize)
    }

    #[inline]
    pub(crate) fn load(&self, word: Word) -> u64 {
        self.word(word).load(Ordering::SeqCst)
    }

    pub(crate) fn store(&self, word: Word, value: u64) {
        self.word(word).store(value, Ordering::SeqCst);
    }

    pub(crate) fn futex(&self, word: Word) -> &std::sync::atomic::AtomicU32 {
        self.words.futex(word as usize)
    }

    /// The word that names the last holder of lock `which` (0 commit, 1 sync, 2 checkpoint, 3 open).
    pub(crate) fn holder(&self, which: usize) -> &AtomicU64 {
        self.words.word(Word::Holders as usize + which)
    }

    /// Epoch + 1 that meta slot `slot` names, 0 for none.
    pub(crate) fn meta_pin(&self, slot: usize) -> &AtomicU64 {
        self.words.word(Word::MetaPin as usize + slot)
    }

    pub(crate) fn slot_owner(&self, slot: usize) -> &AtomicU64 {
        self.words.word(SLOT_BASE + slot * SLOT_WORDS)
    }

    pub(crate) fn slot_snapshot(&self, slot: usize) -> &AtomicU64 {
        self.words.word(SLOT_BASE + slot * SLOT_WORDS + 1)
    }

    /// The collector's round that the slot's session agreed to; `u64::MAX` agrees to all.
    pub(crate) fn slot_vote(&self, slot: usize) -> &AtomicU64 {
        self.words.word(SLOT_BASE + slot * SLOT_WORDS + 2)
    }

    fn ring(&self, epoch: u64, field: usize) -> &AtomicU64 {
        let entry = (epoch % self.geometry.ring_entries as u64) as usize;
        self.words.word(RING_BASE + entry * RING_WORDS + field)
    }

    /// Writes the entry of a commit that is not published yet.
    pub(crate) fn put_ring(&self, entry: &RingEntry) {
        let epoch = entry.version.epoch;
        self.ring(epoch, 0).store(u64::MAX, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let version = &entry.version;
        let fields = [
            entry.group,
            version.log_end,
            version.chain,
            version.root.to_word(),
            u64::from(version.depth),
            entry.ledger.select as u64,
            version.high_water,
            entry.ledger.free as u64,
            entry.ledger.retired as u64,
            entry.token as u64,
            (entry.token >> 64) as u64,
        ];
        for (index, value) in fields.into_iter().enumerate() {
            self.ring(epoch, index + 1).store(value, Ordering::Relaxed);
        }
        self.ring(epoch, 12).store(ring_checksum(epoch, &fields), Ordering::Relaxed);
        self.ring(epoch, 13).store(u64::from(entry.process), Ordering::Relaxed);
        self.ring(epoch, 0).store(epoch, Ordering::Release);
    }

    /// Makes sure that there is room for all that a commit may write here: its ring entry, and both ledgers with `more` pages.
    pub(crate) fn reserve(&self, epoch: u64, ledger: Ledger, more: usize) -> Result<()> {
        let limit = self.geometry.ledger_entries;
        let entry = (epoch % self.geometry.ring_entries as u64) as usize;
        let pages = (ledger.free + ledger.retired + more).min(limit);
        let retired = 3 * (ledger.retired + more).min(limit);
        let stretches = [
            (0, RING_BASE),
            (RING_BASE + entry * RING_WORDS, RING_WORDS),
            (self.ledger_base(0), pages),
            (self.ledger_base(0) + limit, retired),
            (self.ledger_base(1), pages),
            (self.ledger_base(1) + limit, retired),
        ];
        for (start, count) in stretches {
            self.words.reserve(start, count).map_err(|error| StoreError::io(&self.path, "make room", error))?;
        }
        Ok(())
    }

    /// Entry of an epoch; `None` once a later commit took its place.
    pub(crate) fn get_ring(&self, epoch: u64) -> Result<Option<RingEntry>> {
        if self.ring(epoch, 0).load(Ordering::Acquire) != epoch {
            return Ok(None);
        }
        let mut fields = [0; 11];
        for (index, field) in fields.iter_mut().enumerate() {
            *field = self.ring(epoch, index + 1).load(Ordering::Relaxed);
        }
        let checksum = self.ring(epoch, 12).load(Ordering::Relaxed);
        let process = self.ring(epoch, 13).load(Ordering::Relaxed) as u32;
        fence(Ordering::SeqCst);
        if self.ring(epoch, 0).load(Ordering::Relaxed) != epoch {
            return Ok(None);
        }
        let [group, log_end, chain, root, depth, select, high_water, free, retired, token_low, token_high] = fields;
        let depth = u32::try_from(depth).unwrap_or(u32::MAX);
        let version = Version { epoch, log_end, chain, root: PageRef::from_word(root), depth, high_water };
        let ledger = Ledger { select: select as usize, free: free as usize, retired: retired as usize };
        let limit = self.geometry.ledger_entries;
        let in_bounds = version.is_sane() && ledger.select <= 1 && ledger.free <= limit && ledger.retired <= limit;
        if !in_bounds || checksum != ring_checksum(epoch, &fields) {
            return Err(self.damaged("ring entry"));
        }
        let token = u128::from(token_low) | u128::from(token_high) << 64;
        Ok(Some(RingEntry { version, group, ledger, token, process }))
    }

    fn ledger_base(&self, select: usize) -> usize {
        RING_BASE + self.geometry.ring_entries * RING_WORDS + select * self.geometry.ledger_entries * 4
    }

    /// Commits the ring remembers.
    pub(crate) fn ring_entries(&self) -> usize {
        self.geometry.ring_entries
    }

    /// Entries each ledger takes.
    pub(crate) fn ledger_entries(&self) -> usize {
        self.geometry.ledger_entries
    }

    /// Word of free page `index` of a ledger.
    pub(crate) fn free_page(&self, select: usize, index: usize) -> &AtomicU64 {
        self.words.word(self.ledger_base(select) + index)
    }

    fn retired_word(&self, select: usize, index: usize, field: usize) -> &AtomicU64 {
        self.words.word(self.ledger_base(select) + self.geometry.ledger_entries + index * 3 + field)
    }

    pub(crate) fn put_retired(&self, select: usize, index: usize, page: RetiredPage) {
        self.retired_word(select, index, 0).store(u64::from(page.number), Ordering::Relaxed);
        self.retired_word(select, index, 1).store(page.born, Ordering::Relaxed);
        self.retired_word(select, index, 2).store(page.retired, Ordering::Relaxed);
    }

    pub(crate) fn get_retired(&self, select: usize, index: usize) -> RetiredPage {
        RetiredPage {
            number: self.retired_word(select, index, 0).load(Ordering::Relaxed) as u32,
            born: self.retired_word(select, index, 1).load(Ordering::Relaxed),
            retired: self.retired_word(select, index, 2).load(Ordering::Relaxed),
        }
    }

    /// Entry of the epoch `word` names at some moment during the call, together with a stable reading of
    /// it: `claim` is told the epoch before it is read again.
    pub(crate) fn settle(&self, word: Word, claim: &dyn Fn(u64)) -> Result<RingEntry> {
        for attempt in 0..SETTLE_ATTEMPTS {
            let epoch = self.load(word);
            claim(epoch);
            fence(Ordering::SeqCst);
            if self.load(word) == epoch
                && let Some(entry) = self.get_ring(epoch)?
            {
                return Ok(entry);
            }
            if attempt > 100 {
                std::thread::yield_now();
            }
        }
        Err(self.damaged("epoch without a ring entry"))
    }

    /// Whether a version that this process has seen belongs to this history: somebody may have put an older one in its place.
    pub(crate) fn has_seen(&self, version: &Version) -> Result<bool> {
        if self.load(Word::Appended) < version.epoch {
            return Ok(false);
        }
        Ok(self.get_ring(version.epoch)?.is_none_or(|entry| entry.version.chain == version.chain))
    }

    /// Entry of the newest ordered commit; only stable for the holder of the commit lock.
    pub(crate) fn newest(&self) -> Result<RingEntry> {
        self.get_ring(self.load(Word::Appended))?.ok_or_else(|| self.damaged("newest ring entry"))
    }
}

fn ring_checksum(epoch: u64, fields: &[u64; 11]) -> u64 {
    let mut bytes = [0; 96];
    for (chunk, value) in bytes.chunks_exact_mut(8).zip(fields.iter().chain([&epoch])) {
        chunk.copy_from_slice(&value.to_le_bytes());
    }
    xxhash_rust::xxh3::xxh3_64(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn small() -> Coord {
        let words: Arc<[AtomicU64]> = (0..Geometry::SMALL.words()).map(|_| AtomicU64::new(0)).collect();
        Coord::init(Path::new("coord"), SharedWords::heap(words), Geometry::SMALL, 9, 1)
    }

    #[test]
    fn ring_entries_round_trip_until_overrun() {
        let coord = small();
        let mut entry = RingEntry { group: 4096, token: 5 << 64 | 1, ..RingEntry::default() };
        entry.version.epoch = 3;
        entry.version.log_end = 8192;
        coord.put_ring(&entry);
        assert_eq!(coord.get_ring(3).expect("sane"), Some(entry));
        entry.version.epoch = 3 + Geometry::SMALL.ring_entries as u64;
        coord.put_ring(&entry);
        assert_eq!(coord.get_ring(3).expect("sane"), None);
    }

    #[test]
    fn nonsense_in_the_ring_is_an_error() {
        let coord = small();
        let mut entry = RingEntry::default();
        entry.version.epoch = 1;
        entry.version.depth = 77;
        coord.put_ring(&entry);
        assert!(coord.get_ring(1).is_err());
    }
}
