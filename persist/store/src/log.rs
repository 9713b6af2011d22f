//! The log: `seg/N` files of one size, addressed by one position that counts bytes from segment 0.
//!
//! ```text
//! seg/00000000            seg/00000001
//! | header 4096 | groups .. zeros | header 4096 | groups .. zeros |
//! ^ position 0                    ^ position = segment size
//!
//! header: 0 8 magic "MGLVSEG1" · 8 4 format · 16 16 uuid · 32 8 N · 40 8 segment size · 48 4 crc32c
//! ```
//!
//! Invariant: published bytes are never written again; a file has its full length from its creation
//! on, so a mapping of it never ends early; groups do not cross segments.

use crate::bytes::{put_u32, put_u64, u32_at, u64_at};
use crate::error::{Result, StoreError};
use crate::group::{self, Change, GROUP_ALIGN, GROUP_HEADER, GroupHeader, TRAILER};
use crate::map::Window;
use crate::meta::FORMAT;
use crate::types::Oid;
use crate::vfs::{Mode, Vfs, VfsFile};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes at the start of a segment that hold no groups.
pub(crate) const SEGMENT_HEADER: u64 = 4096;
const MAGIC: &[u8; 8] = b"MGLVSEG1";

/// Sizes a segment may have: 16 KiB to 1 GiB, a multiple of 4 KiB.
pub(crate) fn is_segment_size(size: u64) -> bool {
    (16 << 10..=1 << 30).contains(&size) && size.is_multiple_of(4096)
}

/// One open segment file.
#[derive(Debug)]
pub(crate) struct Segment {
    pub path: PathBuf,
    file: Arc<dyn VfsFile>,
    window: Option<Window>,
    size: u64,
}

impl Segment {
    /// Copies bytes out of the segment; `offset` must be a multiple of 8.
    pub(crate) fn copy(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        if offset + out.len() as u64 > self.size {
            return Err(StoreError::corrupt(&self.path, offset, "reference past the end of the segment"));
        }
        if self.window.as_ref().is_some_and(|window| window.copy(offset as usize, out)) {
            return Ok(());
        }
        self.file.read_at(offset, out).map_err(|error| StoreError::io(&self.path, "read", error))
    }

    /// The word at a multiple of 8.
    pub(crate) fn word(&self, offset: u64) -> Result<u64> {
        if let Some(word) = self.window.as_ref().and_then(|window| window.word(offset as usize)) {
            return Ok(word);
        }
        let mut raw = [0; 8];
        self.copy(offset, &mut raw)?;
        Ok(u64::from_le_bytes(raw))
    }

    /// Reads the cache lines a small record covers, when mapped.
    #[inline]
    pub(crate) fn touch(&self, offset: u64) {
        if let Some(window) = &self.window {
            for line in 0..4 {
                std::hint::black_box(window.word(offset as usize + line * 64));
            }
        }
    }

    pub(crate) fn write(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_at(offset, bytes).map_err(|error| StoreError::io(&self.path, "write", error))
    }

    pub(crate) fn sync(&self) -> Result<()> {
        self.file.sync().map_err(|error| StoreError::io(&self.path, "sync", error))
    }
}

/// A complete, verified group.
pub(crate) struct Group {
    pub header: GroupHeader,
    pub changes: Vec<Change>,
    pub checksum: u64,
}

/// Changes and checksum of a group's bytes, if they are what is wanted.
type DecodeGroup = fn(&GroupHeader, &[u8]) -> Option<(Vec<Change>, u64)>;

/// All segments of a repository.
#[derive(Debug)]
pub(crate) struct Log {
    vfs: Arc<dyn Vfs>,
    directory: PathBuf,
    uuid: u128,
    pub segment_size: u64,
    writable: bool,
    open: Mutex<Vec<Option<Arc<Segment>>>>,
}

impl Log {
    pub(crate) fn new(vfs: Arc<dyn Vfs>, repository: &Path, uuid: u128, segment_size: u64, writable: bool) -> Self {
        let directory = repository.join("seg");
        Self { vfs, directory, uuid, segment_size, writable, open: Mutex::new(Vec::new()) }
    }

    /// The log of a repository of which only segments are known to be there: one of them says what stood in meta.
    pub(crate) fn found(vfs: Arc<dyn Vfs>, repository: &Path, numbers: &[u64]) -> Result<Self> {
        let mut log = Self::new(vfs, repository, 0, 0, false);
        for &number in numbers {
            let mut header = [0; SEGMENT_HEADER as usize];
            let read = log.vfs.open(&log.path(number), Mode::Read).and_then(|file| file.read_at(0, &mut header));
            let size = u64_at(&header, 40);
            if read.is_ok() && &header[..8] == MAGIC && crc32c::crc32c(&header[..48]) == u32_at(&header, 48) && is_segment_size(size) {
                let mut uuid = [0; 16];
                uuid.copy_from_slice(&header[16..32]);
                (log.uuid, log.segment_size) = (u128::from_le_bytes(uuid), size);
                return Ok(log);
            }
        }
        Err(StoreError::NotARepository { path: repository.to_path_buf(), reason: "no segment of a log is whole".to_string() })
    }

    /// Part of the uuid that stands in every group.
    pub(crate) fn uuid_tag(&self) -> u64 {
        self.uuid as u64 ^ (self.uuid >> 64) as u64
    }

    pub(crate) fn path(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{number:08}"))
    }

    fn header(&self, number: u64) -> [u8; SEGMENT_HEADER as usize] {
        let mut header = [0; SEGMENT_HEADER as usize];
        header[..8].copy_from_slice(MAGIC);
        put_u32(&mut header, 8, FORMAT);
        header[16..32].copy_from_slice(&self.uuid.to_le_bytes());
        put_u64(&mut header, 32, number);
        put_u64(&mut header, 40, self.segment_size);
        let crc = crc32c::crc32c(&header[..48]);
        put_u32(&mut header, 48, crc);
        header
    }

    /// The open segment `number`, opened on first use.
    pub(crate) fn segment(&self, number: u64) -> Result<Arc<Segment>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Some(segment)) = open.get(number as usize) {
            return Ok(Arc::clone(segment));
        }
        let segment = Arc::new(self.open_segment(number)?);
        if open.len() <= number as usize {
            open.resize(number as usize + 1, None);
        }
        open[number as usize] = Some(Arc::clone(&segment));
        Ok(segment)
    }

    fn open_segment(&self, number: u64) -> Result<Segment> {
        let path = self.path(number);
        let mode = if self.writable { Mode::Write } else { Mode::Read };
        let file = self.vfs.open(&path, mode).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::MissingFile { path: path.clone() },
            _ => StoreError::io(&path, "open", error),
        })?;
        let length = file.length().map_err(|error| StoreError::io(&path, "read length", error))?;
        if length < self.segment_size {
            return Err(StoreError::Truncated { path, length, expected: self.segment_size });
        }
        let mut header = [0; SEGMENT_HEADER as usize];
        file.read_at(0, &mut header).map_err(|error| StoreError::io(&path, "read", error))?;
        self.check_header(&path, number, &header)?;
        let window = file.map(0, self.segment_size as usize);
        Ok(Segment { path, file, window, size: self.segment_size })
    }

    fn check_header(&self, path: &Path, number: u64, header: &[u8]) -> Result<()> {
        if &header[..8] != MAGIC {
            let mut found = [0; 8];
            found.copy_from_slice(&header[..8]);
            return Err(StoreError::WrongMagic { path: path.to_path_buf(), found });
        }
        if crc32c::crc32c(&header[..48]) != u32_at(header, 48) {
            return Err(StoreError::corrupt(path, 0, "segment header checksum"));
        }
        let found = u32_at(header, 8);
        if found > FORMAT {
            return Err(StoreError::NewerFormat { path: path.to_path_buf(), found, supported: FORMAT });
        }
        let own = header[16..32] == self.uuid.to_le_bytes() && u64_at(header, 32) == number && u64_at(header, 40) == self.segment_size;
        if own { Ok(()) } else { Err(StoreError::corrupt(path, 16, "segment of another repository or place")) }
    }

    /// Whether the file of segment `number` is there.
    pub(crate) fn exists(&self, number: u64) -> bool {
        self.vfs.open(&self.path(number), Mode::Read).is_ok()
    }

    /// Refuses a newest segment that was deleted, replaced or cut while open.
    pub(crate) fn check_named(&self, end: u64) -> Result<()> {
        let segment = self.segment(self.locate(end.saturating_sub(1)).0)?;
        let length = segment
            .file
            .named_length()
            .map_err(|error| StoreError::io(&segment.path, "look at", error))?
            .ok_or_else(|| StoreError::FileGone { path: segment.path.clone() })?;
        if length < self.segment_size {
            return Err(StoreError::Truncated { path: segment.path.clone(), length, expected: self.segment_size });
        }
        Ok(())
    }

    /// Whether the log that ends at `end` still ends with the commit of this checksum.
    pub(crate) fn ends_with(&self, end: u64, chain: u64) -> Result<bool> {
        let mut found = [0; 8];
        self.read(end - TRAILER as u64, &mut found)?;
        Ok(u64::from_le_bytes(found) == chain)
    }

    /// Creates segment `number` durably; one left by a crash is taken over, its stale groups cannot
    /// pass the chain. `replace` puts a new one over it.
    pub(crate) fn create(&self, number: u64, replace: bool) -> Result<()> {
        if !replace && self.exists(number) {
            return self.segment(number).map(drop);
        }
        let fresh = self.directory.join("new");
        let file = self.vfs.open(&fresh, Mode::Create).map_err(|error| StoreError::io(&fresh, "create", error))?;
        let prepare = || {
            file.set_len(0)?;
            file.write_at(0, &self.header(number))?;
            file.set_len(self.segment_size)?;
            file.sync()?;
            self.vfs.rename(&fresh, &self.path(number))?;
            self.vfs.sync_dir(&self.directory)
        };
        prepare().map_err(|error| StoreError::io(&fresh, "prepare segment", error))?;
        self.segment(number).map(drop)
    }

    /// Deletes the file of a segment that nothing leads to, and gives its room back although processes have it open.
    pub(crate) fn remove(&self, number: u64) -> Result<()> {
        let path = self.path(number);
        let failed = |error| StoreError::io(&path, "remove", error);
        let file = match self.vfs.open(&path, Mode::Write) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            opened => opened.map_err(failed)?,
        };
        // Without its name first: nobody finds a segment without its bytes.
        self.vfs.remove(&path).map_err(failed)?;
        file.discard().map_err(failed)?;
        self.forget_removed();
        self.vfs.sync_dir(&self.directory).map_err(failed)
    }

    /// Closes segments whose files were deleted.
    pub(crate) fn forget_removed(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for slot in open.iter_mut() {
            let is_removed = |segment: &Arc<Segment>| matches!(segment.file.named_length(), Ok(None));
            slot.take_if(|segment| is_removed(segment));
        }
    }

    /// Segment and offset of a position.
    pub(crate) fn locate(&self, position: u64) -> (u64, u64) {
        (position / self.segment_size, position % self.segment_size)
    }

    /// Copies bytes at a position that is a multiple of 8.
    pub(crate) fn read(&self, position: u64, out: &mut [u8]) -> Result<()> {
        let (number, offset) = self.locate(position);
        self.segment(number)?.copy(offset, out)
    }

    /// First position of a segment where a group may stand.
    pub(crate) fn first_position(&self, number: u64) -> u64 {
        number * self.segment_size + SEGMENT_HEADER
    }

    /// Where a group of `length` bytes goes when the log ends at `end`.
    pub(crate) fn place(&self, end: u64, length: u64) -> u64 {
        let (number, offset) = self.locate(end);
        let fits = offset >= SEGMENT_HEADER && offset + length <= self.segment_size;
        match (fits, offset) {
            (true, _) => end,
            // A segment filled to its last byte ends where the next one's header begins.
            (false, 0) => self.first_position(number),
            (false, _) => self.first_position(number + 1),
        }
    }

    /// The header at a position, without looking at anything behind it.
    pub(crate) fn header_at(&self, position: u64) -> Result<Option<(GroupHeader, [u8; GROUP_HEADER])>> {
        let (number, offset) = self.locate(position);
        let room = self.segment_size - offset;
        if offset < SEGMENT_HEADER || room < GROUP_HEADER as u64 || !position.is_multiple_of(512) {
            return Ok(None);
        }
        let mut bytes = [0; GROUP_HEADER];
        self.segment(number)?.copy(offset, &mut bytes)?;
        Ok(GroupHeader::decode(&bytes, self.uuid_tag(), position, room).map(|header| (header, bytes)))
    }

    /// Ids changed by the commit whose first group stands at a position, removed ones flagged.
    pub(crate) fn changes_at(&self, position: u64) -> Result<Vec<(Oid, bool)>> {
        let (mut header, mut changes) = self.group_changes(position)?;
        while header.is_part {
            let end = header.position + header.length;
            let mut chain = [0; 8];
            self.read(end - TRAILER as u64, &mut chain)?;
            let chain = u64::from_le_bytes(chain);
            let follows = |next: &GroupHeader| next.chain == chain && next.epoch == header.epoch;
            let next = self.follower(end, &follows)?;
            let next = next.ok_or_else(|| {
                let (number, offset) = self.locate(end);
                StoreError::corrupt(&self.path(number), offset, "next part of a commit")
            })?;
            let (next, more) = self.group_changes(next)?;
            changes.extend(more);
            header = next;
        }
        Ok(changes)
    }

    /// Position of the header that follows `end`: there, or at the start of the next segment.
    fn follower(&self, end: u64, follows: &dyn Fn(&GroupHeader) -> bool) -> Result<Option<u64>> {
        let (number, offset) = self.locate(end);
        let next = if offset == 0 { number } else { number + 1 };
        let candidates = [(offset != 0).then_some(end), self.exists(next).then(|| self.first_position(next))];
        for position in candidates.into_iter().flatten() {
            if let Some((header, _)) = self.header_at(position)?
                && follows(&header)
            {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    /// A moved group changes nothing.
    fn group_changes(&self, position: u64) -> Result<(GroupHeader, Vec<(Oid, bool)>)> {
        let damaged = || StoreError::corrupt(&self.path(self.locate(position).0), self.locate(position).1, "change list");
        let (header, bytes) = self.header_at(position)?.ok_or_else(damaged)?;
        if header.is_moved {
            return Ok((header, Vec::new()));
        }
        let mut list = vec![0; header.list_length];
        self.read(position + GROUP_HEADER as u64, &mut list)?;
        let changes = header.change_list(&bytes, &list).ok_or_else(damaged)?;
        Ok((header, changes))
    }

    /// The complete group at a position, or `None` when there is no valid one.
    pub(crate) fn group_at(&self, position: u64) -> Result<Option<Group>> {
        self.decode_at(position, group::decode_group)
    }

    fn decode_at(&self, position: u64, decode: DecodeGroup) -> Result<Option<Group>> {
        let Some((header, _)) = self.header_at(position)? else {
            return Ok(None);
        };
        let mut bytes = vec![0; header.length as usize];
        self.read(position, &mut bytes)?;
        let decoded = decode(&header, &bytes);
        Ok(decoded.map(|(changes, checksum)| Group { header, changes, checksum }))
    }

    /// The group that follows `end` in the chain: there, or at the start of the next segment.
    pub(crate) fn next_group(&self, end: u64, chain: u64, epoch: u64) -> Result<Option<Group>> {
        self.next_decoded(end, chain, epoch, group::decode_group)
    }

    /// The group that follows `end` in a log that was on disk up to `durable`, although bytes of it were damaged since: what its change
    /// list or, when that is damaged, its records say. A record that cannot be read is told of by whoever reads it.
    pub(crate) fn next_damaged(&self, end: u64, chain: u64, epoch: u64, durable: u64) -> Result<Option<Group>> {
        let listed = self.next_decoded(end, chain, epoch, group::decode_damaged)?;
        let found = listed.filter(|group| group.header.position + group.header.length <= durable);
        let found = match found {
            None => self.next_rebuilt(end, epoch, durable)?,
            found => found,
        };
        let Some(mut group) = found else { return Ok(None) };
        let group_end = group.header.position + group.header.length;
        // The checksum and the kind may be what was damaged: the group behind tells of both.
        let follows = |next: &GroupHeader| (epoch + 1..=epoch + 2).contains(&next.epoch);
        if let Some(next) = self.follower(group_end, &follows)?
            && let Some((header, _)) = self.header_at(next)?
        {
            group.checksum = header.chain;
            group.header.is_part = header.epoch == group.header.epoch;
        }
        Ok(Some(group))
    }

    /// The group behind `end` whose header or change list is damaged, put together from its records.
    fn next_rebuilt(&self, end: u64, epoch: u64, durable: u64) -> Result<Option<Group>> {
        let (number, offset) = self.locate(end);
        let next = if offset == 0 { number } else { number + 1 };
        let starts = [(offset != 0).then_some(end), self.exists(next).then(|| self.first_position(next))];
        for start in starts.into_iter().flatten() {
            let limit = durable.min((self.locate(start).0 + 1) * self.segment_size);
            let mut bytes = vec![0; limit.saturating_sub(start) as usize];
            self.read(start, &mut bytes)?;
            // The trailer names the place where the group begins.
            let lengths = (GROUP_ALIGN as usize..=bytes.len()).step_by(GROUP_ALIGN as usize);
            let mut ends = lengths.filter(|&length| u64_at(&bytes, length - 8) == start);
            if let Some((header, changes, checksum)) = ends.find_map(|length| group::rebuild(&bytes[..length], start, epoch)) {
                return Ok(Some(Group { header, changes, checksum }));
            }
        }
        Ok(None)
    }

    fn next_decoded(&self, end: u64, chain: u64, epoch: u64, decode: DecodeGroup) -> Result<Option<Group>> {
        let (number, offset) = self.locate(end);
        let next = if offset == 0 { number } else { number + 1 };
        let follows = |group: &Group| group.header.chain == chain && group.header.epoch == epoch + 1;
        let here = if offset == 0 { None } else { self.decode_at(end, decode)?.filter(follows) };
        if here.is_some() || !self.exists(next) {
            return Ok(here);
        }
        Ok(self.decode_at(self.first_position(next), decode)?.filter(follows))
    }

    /// Nothing follows `end` in its segment: the group that a killed process may have left there must not be taken for the next one.
    pub(crate) fn clear(&self, end: u64) -> Result<()> {
        match self.locate(end).1 {
            0 => Ok(()),
            _ if self.header_at(end)?.is_none() => Ok(()),
            _ => self.zero(end, end + GROUP_ALIGN),
        }
    }

    /// Writes zeros from `from` up to `until` (same segment), so that later commits find allocated space.
    pub(crate) fn zero(&self, from: u64, until: u64) -> Result<()> {
        let (number, offset) = self.locate(from);
        let zeros = vec![0; (until - from) as usize];
        self.segment(number)?.write(offset, &zeros)
    }

    /// Syncs every segment that holds bytes of `from..until`.
    pub(crate) fn sync(&self, from: u64, until: u64) -> Result<()> {
        let last = self.locate(until.saturating_sub(1)).0;
        for number in self.locate(from).0.min(last)..=last {
            self.segment(number)?.sync()?;
        }
        Ok(())
    }
}
