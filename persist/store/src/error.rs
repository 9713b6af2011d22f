//! One error for everything the store refuses; each message names path, value and limit.
//!
//! Invariant: no variant stands for two situations a user would treat differently.

use crate::types::{Epoch, Oid};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Result of a store operation.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Everything that can go wrong, in the user's terms.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory does not exist and creation was not asked for.
    NotFound { path: PathBuf },
    /// The path exists but holds something else.
    NotARepository { path: PathBuf, reason: String },
    /// A file starts with foreign bytes.
    WrongMagic { path: PathBuf, found: [u8; 8] },
    /// Written by a newer program.
    NewerFormat { path: PathBuf, found: u32, supported: u32 },
    /// A file is shorter than the repository says.
    Truncated { path: PathBuf, length: u64, expected: u64 },
    /// A file is missing.
    MissingFile { path: PathBuf },
    /// A file was deleted or replaced while it was open.
    FileGone { path: PathBuf },
    /// The files are not those any more that this process worked with, although they have the names.
    FilesChanged { path: PathBuf },
    /// Nothing is known any more of what the repository was after this commit.
    NoHistory { wanted: Epoch, from: Epoch, until: Epoch },
    /// A checksum or a rule of the format does not hold.
    Corrupt { path: PathBuf, offset: u64, reason: String },
    /// One object's record is damaged.
    CorruptRecord { oid: Oid, location: u64, reason: String },
    /// The log has a damaged stretch before commits known to be durable.
    DamagedLog { path: PathBuf, from: u64, until: u64 },
    /// A write was asked of a read-only repository.
    ReadOnly { path: PathBuf },
    /// The directory or a file cannot be used with this user's rights.
    AccessDenied { path: PathBuf, source: io::Error },
    /// No space left, or quota used up.
    StoreFull { path: PathBuf, source: io::Error },
    /// An object is larger than a log segment takes.
    ObjectTooLarge { bytes: u64, limit: u64 },
    /// The commit set itself is wrong.
    InvalidCommit { reason: String },
    /// An id outside the allocated or representable range.
    InvalidOid { oid: Oid, limit: u64 },
    /// A lock did not become free in time.
    LockTimeout { what: &'static str, holder: u32, waited_ms: u64 },
    /// Processes use the repository.
    InUse { path: PathBuf },
    /// All session slots are taken by live sessions.
    TooManySessions { limit: usize },
    /// An earlier sync failed: nothing above `durable` can be promised until the repository is reopened.
    Poisoned { path: PathBuf, durable: Epoch },
    /// The session was inherited over `fork`; only the parent may use it.
    ForkedSession { parent: u32 },
    /// The operation needs a snapshot; call `begin` first.
    NoSnapshot,
    /// Any other failure of the operating system.
    Io { path: PathBuf, operation: &'static str, source: io::Error },
}

impl StoreError {
    /// Sorts an operating system error into the variants users care about.
    pub(crate) fn io(path: &Path, operation: &'static str, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.raw_os_error() {
            Some(libc::ENOSPC | libc::EDQUOT) => Self::StoreFull { path, source },
            Some(libc::EACCES | libc::EPERM | libc::EROFS) => Self::AccessDenied { path, source },
            _ => Self::Io { path, operation, source },
        }
    }

    /// Shorthand for [`StoreError::Corrupt`].
    pub(crate) fn corrupt(path: &Path, offset: u64, reason: impl Into<String>) -> Self {
        Self::Corrupt { path: path.to_path_buf(), offset, reason: reason.into() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { path } => write!(f, "{}: no repository there", path.display()),
            Self::NotARepository { path, reason } => {
                write!(f, "{}: not a repository: {reason}", path.display())
            }
            Self::WrongMagic { path, found } => {
                write!(f, "{}: wrong magic {found:02x?}", path.display())
            }
            Self::NewerFormat { path, found, supported } => {
                write!(f, "{}: format {found} is newer than {supported}, the newest this program knows", path.display())
            }
            Self::Truncated { path, length, expected } => write!(f, "{}: truncated: {length} bytes where {expected} belong", path.display()),
            Self::MissingFile { path } => write!(f, "{}: file is missing", path.display()),
            Self::FileGone { path } => {
                write!(f, "{}: deleted or replaced while open; nothing was written, start again to use what is there now", path.display())
            }
            Self::FilesChanged { path } => {
                write!(f, "{}: its files were copied over while open; nothing was written, start again to use what is there now", path.display())
            }
            Self::NoHistory { wanted, from, until } => {
                write!(f, "commit {wanted} cannot be looked at: the repository remembers commits {from} to {until}")
            }
            Self::Corrupt { path, offset, reason } => {
                write!(f, "{}: corrupt at byte {offset}: {reason}", path.display())
            }
            Self::CorruptRecord { oid, location, reason } => {
                write!(f, "object {oid}: corrupt record at log byte {location}: {reason}")
            }
            Self::DamagedLog { path, from, until } => {
                write!(f, "{}: log bytes {from}..{until} are damaged below durable commits; opened read-write it would lose them", path.display())
            }
            Self::ReadOnly { path } => write!(f, "{}: opened read-only", path.display()),
            Self::AccessDenied { path, source } => write!(f, "{}: {source}", path.display()),
            Self::StoreFull { path, source } => {
                write!(f, "{}: no space for the store: {source}", path.display())
            }
            Self::ObjectTooLarge { bytes, limit } => {
                write!(f, "an object of {bytes} bytes is larger than the limit of {limit} bytes")
            }
            Self::InvalidCommit { reason } => write!(f, "invalid commit: {reason}"),
            Self::InvalidOid { oid, limit } => {
                write!(f, "object id {oid} was never allocated (ids end before {limit})")
            }
            Self::LockTimeout { what, holder, waited_ms } => write!(f, "waited {waited_ms} ms for the {what} lock, last taken by process {holder}"),
            Self::InUse { path } => write!(f, "{}: other processes use it; end them and try again", path.display()),
            Self::TooManySessions { limit } => write!(f, "all {limit} session slots are in use"),
            Self::Poisoned { path, durable } => {
                write!(f, "{}: a disk sync failed; commits after epoch {durable} are unknown until it is reopened", path.display())
            }
            Self::ForkedSession { parent } => {
                write!(f, "this session belongs to process {parent}; open a new one after fork")
            }
            Self::NoSnapshot => write!(f, "the session has no snapshot; begin one first"),
            Self::Io { path, operation, source } => {
                write!(f, "{}: {operation}: {source}", path.display())
            }
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::AccessDenied { source, .. } | Self::StoreFull { source, .. } | Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
