//! The object store: durable, shared by any number of processes on one machine, no server.
//!
//! It keeps versions of byte records under 64-bit object ids and knows no Ruby. Several processes open
//! the same directory; each session holds a snapshot, commits are checked against what others committed
//! since (first committer wins), and a commit is one append to the log and one disk sync.
//!
//! ```text
//! repository directory, mode 0700                                  drawn in
//!   meta     two checkpoint slots                                  meta.rs
//!   seg/N    the log: commit groups of records; this *is* the data group.rs, log.rs
//!   table    object id -> place in the log, copy-on-write          table.rs, pages.rs
//!   coord    shared memory of live sessions, rebuilt at will       coord.rs
//!   lock     byte-range locks                                      locks.rs
//! ```
//!
//! A commit (commit.rs): validate under the commit lock, write new table pages into free space, append
//! the group, publish with one store, then wait until somebody synced the log (sync.rs). Sessions
//! (session.rs) read lock-free through a root page that nobody overwrites while their slot names it.
//! Recovery (recovery.rs) replays the log from the newest checkpoint (checkpoint.rs) when no session is
//! alive. The collector (collect.rs) removes what nothing leads to, compaction (compact.rs) segments that
//! are mostly garbage, both while others work. All file access goes through [`Vfs`], so that the simulator ([`faulty`]) can cut the power
//! after any write.
//!
//! Main invariant: the log alone decides; table and coord are derived from it and may be lost.

#![deny(unsafe_code)]

mod backend;
mod bytes;
mod check;
mod checkpoint;
mod collect;
mod commit;
mod compact;
mod coord;
mod copy;
mod error;
pub mod faulty;

mod group;
mod history;
mod increment;
mod locks;
mod log;
#[expect(unsafe_code, reason = "mapped memory shared between processes")]
mod map;
mod memory;
mod meta;
mod oids;
mod pages;
mod readonly;
mod records;
mod recovery;
mod repository;
mod salvage;
mod session;
#[expect(unsafe_code, reason = "handles a signal and maps a page")]
mod sigbus;
mod sync;
#[expect(unsafe_code, reason = "byte locks and futexes are raw system calls")]
mod sys;
mod table;
mod turn;
mod types;
mod vfs;

pub use backend::{Backend, Caps, Session};
pub use collect::CollectReport;
pub use compact::CompactReport;
pub use copy::{CopyReport, build, destroy, replace};
pub use error::{Result, StoreError};
pub use history::PastCommit;
pub use map::{SharedWords, Window};
pub use memory::MemoryBackend;
pub use repository::{OpenOptions, Repository};
pub use salvage::{SalvageReport, salvage};
pub use types::{
    Begin, Changes, CheckReport, CommitSet, Conflict, ConflictKind, Content, Durability, Epoch, Loaded, Oid, OidRange, Outcome, Record, RecordView,
    Stats, Write,
};
pub use vfs::{LockFile, Mode, OsVfs, Vfs, VfsFile};
