//! The `meta` file: two slots of 4 KiB, written in turn by checkpoints; the newest valid slot wins.
//!
//! ```text
//! slot (offset 0 and 4096)
//!    0  8  magic "MGLVMETA"          56  8  table root: page u32, crc u32
//!    8  4  format                    64  4  table depth
//!   12  4  incompatible features     72  8  log position where replay begins
//!   16 16  uuid                      80  8  checksum of the group before it (chain)
//!   32  8  segment size, bytes       88  8  smallest object id never handed out
//!   40  8  sequence of this slot     96  8  table pages ever used
//!   48  8  epoch of the checkpoint  104  8  oldest epoch that the log tells everything of
//!                                   128 3072  segments that are gone, a bit each
//!                                  4092  4  crc32c of bytes 0..4092
//! ```
//!
//! Invariant: a slot is overwritten only while the other one is valid, and everything a slot names was
//! synced before the slot was written.

use crate::bytes::{put_u32, put_u64, u32_at, u64_at};
use crate::error::{Result, StoreError};
use crate::table::PageRef;
use crate::vfs::VfsFile;
use std::path::Path;

/// Size of one slot in bytes.
pub(crate) const SLOT_SIZE: usize = 4096;
/// Newest format this program reads and the one it writes. 2: commits of several groups. 3: objects in parts, moved records, segments that
/// are gone.
pub(crate) const FORMAT: u32 = 3;
const MAGIC: &[u8; 8] = b"MGLVMETA";

/// A committed state of the repository: what a snapshot, a checkpoint and the next commit start from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Version {
    pub epoch: u64,
    pub root: PageRef,
    pub depth: u32,
    /// Log position after the commit's group.
    pub log_end: u64,
    /// Checksum of the commit's group.
    pub chain: u64,
    /// Table pages ever used, the header page included.
    pub high_water: u64,
}

impl Version {
    /// Whether the values can be followed without leaving the format.
    pub(crate) fn is_sane(&self) -> bool {
        let rooted = self.root.number != 0;
        self.depth <= crate::table::DEPTH_MAX
            && rooted == (self.depth != 0)
            && self.high_water <= u64::from(u32::MAX)
            && self.log_end < 1 << 51
            && self.epoch < 1 << 56
    }
}

/// Bytes of the set of segments that are gone, and where it stands.
const GONE_BYTES: usize = 3072;
const GONE_AT: usize = 128;

/// Segments that nothing leads to any more; their files are deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct GoneSegments(Box<[u8; GONE_BYTES]>);

impl Default for GoneSegments {
    fn default() -> Self {
        Self(Box::new([0; GONE_BYTES]))
    }
}

impl GoneSegments {
    /// Whether the segment is among them.
    pub(crate) fn has(&self, number: u64) -> bool {
        let byte = usize::try_from(number / 8).ok().and_then(|byte| self.0.get(byte));
        byte.is_some_and(|byte| byte & 1 << (number % 8) != 0)
    }

    /// Adds a segment; one beyond the set's end stays.
    pub(crate) fn add(&mut self, number: u64) {
        if let Some(byte) = usize::try_from(number / 8).ok().and_then(|byte| self.0.get_mut(byte)) {
            *byte |= 1 << (number % 8);
        }
    }
}

/// One decoded slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Meta {
    pub uuid: u128,
    pub segment_size: u64,
    pub sequence: u64,
    pub version: Version,
    pub next_oid: u64,
    /// The log tells the state after each commit from this one on.
    pub history: u64,
    pub gone: GoneSegments,
}

impl Meta {
    /// Slot number this meta lives in.
    pub(crate) fn slot(&self) -> usize {
        (self.sequence % 2) as usize
    }

    fn encode(&self) -> [u8; SLOT_SIZE] {
        let mut slot = [0; SLOT_SIZE];
        slot[..8].copy_from_slice(MAGIC);
        put_u32(&mut slot, 8, FORMAT);
        slot[16..32].copy_from_slice(&self.uuid.to_le_bytes());
        put_u64(&mut slot, 32, self.segment_size);
        put_u64(&mut slot, 40, self.sequence);
        put_u64(&mut slot, 48, self.version.epoch);
        put_u64(&mut slot, 56, self.version.root.to_word());
        put_u32(&mut slot, 64, self.version.depth);
        put_u64(&mut slot, 72, self.version.log_end);
        put_u64(&mut slot, 80, self.version.chain);
        put_u64(&mut slot, 88, self.next_oid);
        put_u64(&mut slot, 96, self.version.high_water);
        put_u64(&mut slot, 104, self.history);
        slot[GONE_AT..GONE_AT + GONE_BYTES].copy_from_slice(&*self.gone.0);
        let crc = crc32c::crc32c(&slot[..SLOT_SIZE - 4]);
        put_u32(&mut slot, SLOT_SIZE - 4, crc);
        slot
    }

    fn decode(path: &Path, slot: &[u8], offset: u64) -> Result<Self> {
        if &slot[..8] != MAGIC {
            let mut found = [0; 8];
            found.copy_from_slice(&slot[..8]);
            return Err(StoreError::WrongMagic { path: path.to_path_buf(), found });
        }
        if crc32c::crc32c(&slot[..SLOT_SIZE - 4]) != u32_at(slot, SLOT_SIZE - 4) {
            return Err(StoreError::corrupt(path, offset, "meta slot checksum"));
        }
        let (found, features) = (u32_at(slot, 8), u32_at(slot, 12));
        if found > FORMAT || features != 0 {
            let found = found.max(FORMAT + 1);
            return Err(StoreError::NewerFormat { path: path.to_path_buf(), found, supported: FORMAT });
        }
        let mut uuid = [0; 16];
        uuid.copy_from_slice(&slot[16..32]);
        let mut gone = GoneSegments::default();
        gone.0.copy_from_slice(&slot[GONE_AT..GONE_AT + GONE_BYTES]);
        let meta = Self {
            uuid: u128::from_le_bytes(uuid),
            segment_size: u64_at(slot, 32),
            sequence: u64_at(slot, 40),
            version: Version {
                epoch: u64_at(slot, 48),
                root: PageRef::from_word(u64_at(slot, 56)),
                depth: u32_at(slot, 64),
                log_end: u64_at(slot, 72),
                chain: u64_at(slot, 80),
                high_water: u64_at(slot, 96),
            },
            next_oid: u64_at(slot, 88),
            history: u64_at(slot, 104),
            gone,
        };
        if !crate::log::is_segment_size(meta.segment_size) || !meta.version.is_sane() || meta.slot() as u64 * SLOT_SIZE as u64 != offset {
            return Err(StoreError::corrupt(path, offset, "meta slot values"));
        }
        Ok(meta)
    }
}

/// Reads both slots; the newest valid one and, if it is valid too, the other.
///
/// # Errors
/// When no slot is valid: the reason of the first slot, except that a newer format is always reported.
pub(crate) fn read(path: &Path, file: &dyn VfsFile) -> Result<(Meta, Option<Meta>)> {
    let length = file.length().map_err(|error| StoreError::io(path, "read length", error))?;
    let expected = 2 * SLOT_SIZE as u64;
    if length < expected {
        return Err(StoreError::Truncated { path: path.to_path_buf(), length, expected });
    }
    let mut bytes = [0; 2 * SLOT_SIZE];
    file.read_at(0, &mut bytes).map_err(|error| StoreError::io(path, "read", error))?;
    let first = Meta::decode(path, &bytes[..SLOT_SIZE], 0);
    let second = Meta::decode(path, &bytes[SLOT_SIZE..], SLOT_SIZE as u64);
    match (first, second) {
        (Err(error @ StoreError::NewerFormat { .. }), _) | (_, Err(error @ StoreError::NewerFormat { .. })) => Err(error),
        (Ok(a), Ok(b)) if a.uuid != b.uuid => Err(StoreError::corrupt(path, 0, "slots of two repositories")),
        (Ok(a), Ok(b)) if a.sequence > b.sequence => Ok((a, Some(b))),
        (Ok(a), Ok(b)) => Ok((b, Some(a))),
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok((one, None)),
        (Err(error), Err(_)) => Err(error),
    }
}

/// Writes one slot and syncs it.
///
/// # Errors
/// As the file reports; the other slot is still valid then.
pub(crate) fn write(path: &Path, file: &dyn VfsFile, meta: &Meta) -> Result<()> {
    let offset = meta.slot() * SLOT_SIZE;
    file.write_at(offset as u64, &meta.encode()).map_err(|error| StoreError::io(path, "write", error))?;
    file.sync().map_err(|error| StoreError::io(path, "sync", error))
}
