//! The words of the store: object ids, epochs, records, commit sets and their outcomes.
//!
//! Invariant: nothing here knows a file, a mapping or Ruby; every backend speaks these types.

use std::fmt;
use std::ops::Range;

/// Identity of one persistent object. 0 is no object; ids below [`Oid::FIRST_FREE`] are well known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Oid(pub u64);

impl Oid {
    /// First id that [`crate::Session::alloc_oids`] hands out; smaller ones are reserved names.
    pub const FIRST_FREE: u64 = 4096;
    /// Largest id of the format: a table of depth 5.
    pub const MAX: u64 = (1 << 43) - 1;

    /// Whether the id can name an object at all.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.0 != 0 && self.0 <= Self::MAX
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Number of a commit: the first commit of a repository is 1, 0 is the empty repository.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One stored version of an object, copied out and verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The object.
    pub oid: Oid,
    /// The commit that wrote this version.
    pub epoch: Epoch,
    /// Content kind; the store only carries it.
    pub kind: u8,
    /// Content flags; the store only carries them.
    pub flags: u32,
    /// Objects this one refers to, in the order the writer gave.
    pub refs: Vec<Oid>,
    /// Opaque content.
    pub body: Vec<u8>,
}

/// A record lent to a `load` callback: references and body live in the session's buffer.
#[derive(Clone, Copy, Debug)]
pub struct RecordView<'a> {
    /// The object.
    pub oid: Oid,
    /// The commit that wrote this version.
    pub epoch: Epoch,
    /// Content kind.
    pub kind: u8,
    /// Content flags.
    pub flags: u32,
    /// References as little-endian u64, 8 bytes each; see [`RecordView::refs`].
    pub ref_bytes: &'a [u8],
    /// Opaque content.
    pub body: &'a [u8],
}

impl RecordView<'_> {
    /// The references in order.
    pub fn refs(&self) -> impl ExactSizeIterator<Item = Oid> + '_ {
        self.ref_bytes.chunks_exact(8).map(|b| Oid(crate::bytes::u64_at(b, 0)))
    }

    /// An owned copy.
    #[must_use]
    pub fn to_record(&self) -> Record {
        Record { oid: self.oid, epoch: self.epoch, kind: self.kind, flags: self.flags, refs: self.refs().collect(), body: self.body.to_vec() }
    }
}

/// Answer of `load` for one id.
#[derive(Clone, Copy, Debug)]
pub enum Loaded<'a> {
    /// The version the snapshot sees.
    Found(RecordView<'a>),
    /// The snapshot holds no such object.
    Missing(Oid),
}

/// New content of one object.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Content {
    /// Content kind.
    pub kind: u8,
    /// Content flags.
    pub flags: u32,
    /// References; at most 2^24 - 1.
    pub refs: Vec<Oid>,
    /// Opaque bytes.
    pub body: Vec<u8>,
}

/// One object of a commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Write {
    /// The object; allocated by the session or reserved.
    pub oid: Oid,
    /// Version the new content was derived from; `None` says the object is new.
    pub base: Option<Epoch>,
    /// New content; `None` removes the object.
    pub content: Option<Content>,
}

/// Everything one transaction wants to make durable.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CommitSet {
    /// Written objects, each id at most once, in any order.
    pub writes: Vec<Write>,
    /// Versions that must still be current (serializable transactions); empty for plain snapshot isolation.
    pub reads: Vec<(Oid, Epoch)>,
    /// Name of the commit for [`crate::Session::resolve`]; 0 is no name.
    pub token: u128,
}

/// When `commit` may return.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Durability {
    /// After the commit reached the disk.
    #[default]
    Sync,
    /// The same, but the sync waits up to about 10 ms for other commits to come along.
    Group,
    /// After the commit is ordered; it reaches the disk within about 10 ms, in order.
    Async,
    /// After the commit is ordered; it reaches the disk with the next one that waits for it, or when the repository is closed.
    Memory,
}

/// Why an object stands in a conflict report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConflictKind {
    /// Another commit wrote an object this one writes.
    WriteWrite,
    /// Another commit wrote an object this one read.
    ReadWrite,
    /// The object is said to be new but exists.
    Exists,
    /// The object is said to exist but does not.
    Gone,
    /// Another session has a lock on the object.
    Locked,
}

/// One entry of a conflict report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// The object both sides touched.
    pub oid: Oid,
    /// How they collide.
    pub kind: ConflictKind,
    /// Version this transaction worked from.
    pub mine: Epoch,
    /// Version that is current; the epoch names the other commit.
    pub theirs: Epoch,
}

/// What happened to a commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Committed; the session's snapshot moved to `begin.epoch` (at least `epoch`).
    Done {
        /// Epoch of this commit.
        epoch: Epoch,
        /// The new snapshot and what *other* commits changed on the way to it.
        begin: Begin,
    },
    /// Nothing was written; the snapshot is as before.
    Conflict(Vec<Conflict>),
    /// The disk failed while the commit was on its way; `resolve` after reopening tells the truth.
    Unknown,
}

/// Objects changed between two snapshots.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Changes {
    /// Exactly these, sorted, without repetition.
    Oids(Vec<Oid>),
    /// Anything may have changed (first snapshot, or too far behind the change lists).
    All,
}

/// A new snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Begin {
    /// Newest commit the snapshot sees.
    pub epoch: Epoch,
    /// What changed since this session's previous snapshot.
    pub changes: Changes,
}

/// Result of a full check.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CheckReport {
    /// Epoch that was checked.
    pub epoch: Epoch,
    /// Live objects.
    pub objects: u64,
    /// Bytes of their records.
    pub record_bytes: u64,
    /// Table pages reached.
    pub table_pages: u64,
    /// Log groups verified.
    pub groups: u64,
    /// Findings in words; empty means clean.
    pub problems: Vec<String>,
}

impl CheckReport {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Figures for people and monitoring.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Newest ordered commit.
    pub appended: Epoch,
    /// Newest durable commit.
    pub durable: Epoch,
    /// Epoch of the last checkpoint.
    pub checkpoint: Epoch,
    /// Bytes of log in use.
    pub log_bytes: u64,
    /// Table pages ever used (4 KiB each).
    pub table_pages: u64,
    /// Table pages ready for reuse.
    pub free_pages: u64,
    /// Superseded table pages some snapshot may still read.
    pub retired_pages: u64,
    /// Live session slots, the repository handles' own included.
    pub sessions: u64,
}

/// A range of fresh ids.
pub type OidRange = Range<u64>;
