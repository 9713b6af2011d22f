//! The `table` file: a copy-on-write radix tree from object id to location and version.
//!
//! ```text
//! page 0: magic "MGLVTABL", 16 16 uuid, 48 4 crc32c of bytes 0..48     every other page, 4096 bytes:
//!    0  4  crc32c of bytes 4..4096      leaf (level 0): 252 entries of 16 bytes from offset 64
//!    4  4  level                           0  8  flags u16 << 48 | record position / 8
//!    8  8  first object id of the page     8  8  version epoch
//!   16  8  epoch that wrote the page    inner: 504 entries of 8 bytes from offset 64
//!   24  8  uuid tag                        0  4  page number (0: none)   4  4  crc32c of that page
//! ```
//!
//! Depth d holds 252 * 504^(d-1) ids. Invariant: a page reachable from any root that a snapshot or a
//! checkpoint may use is never written; a parent names its child's checksum, so a lost or misdirected
//! write is found when the page is first used. Everything here is derived from the log.

use crate::bytes::{put_u32, put_u64, u32_at, u64_at};
use crate::error::{Result, StoreError};
use crate::map::Window;
use crate::meta::Version;
use crate::types::{Epoch, Oid};
use crate::vfs::VfsFile;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a page.
pub(crate) const PAGE_SIZE: usize = 4096;
const PAGE_HEADER: usize = 64;
/// Entries of a leaf.
pub(crate) const LEAF_ENTRIES: u64 = 252;
/// Entries of an inner page.
pub(crate) const INNER_ENTRIES: u64 = 504;
/// Deepest tree of the format.
pub(crate) const DEPTH_MAX: u32 = 5;
const WINDOW_PAGES: u64 = 4096;
const MAGIC: &[u8; 8] = b"MGLVTABL";
const LOCATION_MASK: u64 = (1 << 48) - 1;

/// Number and checksum of a page; number 0 is no page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct PageRef {
    pub number: u32,
    pub crc: u32,
}

impl PageRef {
    pub(crate) fn to_word(self) -> u64 {
        u64::from(self.number) | u64::from(self.crc) << 32
    }

    pub(crate) fn from_word(word: u64) -> Self {
        Self { number: word as u32, crc: (word >> 32) as u32 }
    }
}

/// What the table knows of one object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    /// Log position of the record; 0 when the object was removed.
    pub position: u64,
    /// Commit that wrote or removed it.
    pub epoch: Epoch,
}

impl Entry {
    fn decode(location: u64, epoch: u64) -> Option<Self> {
        (epoch != 0).then(|| Self { position: (location & LOCATION_MASK) * 8, epoch: Epoch(epoch) })
    }
}

/// Ids below a node of this level (0 = leaf).
#[inline]
pub(crate) fn span(level: u32) -> u64 {
    SPANS.get(level as usize).copied().unwrap_or(u64::MAX)
}

const SPANS: [u64; DEPTH_MAX as usize] = {
    let mut spans = [LEAF_ENTRIES; DEPTH_MAX as usize];
    let mut level = 1;
    while level < spans.len() {
        spans[level] = spans[level - 1] * INNER_ENTRIES;
        level += 1;
    }
    spans
};

/// Smallest depth that holds `oid`.
pub(crate) fn depth_for(oid: Oid) -> u32 {
    (1..=DEPTH_MAX).find(|depth| oid.0 < span(depth - 1)).unwrap_or(DEPTH_MAX)
}

/// The open table file.
#[derive(Debug)]
pub(crate) struct TableFile {
    pub path: PathBuf,
    pub uuid_tag: u64,
    file: Arc<dyn VfsFile>,
    length: AtomicU64,
    windows: Mutex<Vec<Option<Arc<Window>>>>,
}

impl TableFile {
    /// Writes page 0 of a new table.
    pub(crate) fn create(path: &Path, file: &dyn VfsFile, uuid: u128) -> Result<()> {
        let mut page = vec![0; PAGE_SIZE];
        page[..8].copy_from_slice(MAGIC);
        page[16..32].copy_from_slice(&uuid.to_le_bytes());
        let crc = crc32c::crc32c(&page[..48]);
        put_u32(&mut page, 48, crc);
        let prepare = || {
            file.write_at(0, &page)?;
            file.sync()
        };
        prepare().map_err(|error| StoreError::io(path, "create", error))
    }

    /// Checks page 0 of an opened table.
    pub(crate) fn open(path: &Path, file: Arc<dyn VfsFile>, uuid: u128, uuid_tag: u64) -> Result<Self> {
        let length = file.length().map_err(|error| StoreError::io(path, "read length", error))?;
        if length < PAGE_SIZE as u64 {
            return Err(StoreError::Truncated { path: path.to_path_buf(), length, expected: PAGE_SIZE as u64 });
        }
        let mut header = [0; 52];
        file.read_at(0, &mut header).map_err(|error| StoreError::io(path, "read", error))?;
        if &header[..8] != MAGIC {
            let mut found = [0; 8];
            found.copy_from_slice(&header[..8]);
            return Err(StoreError::WrongMagic { path: path.to_path_buf(), found });
        }
        if crc32c::crc32c(&header[..48]) != u32_at(&header, 48) || header[16..32] != uuid.to_le_bytes() {
            return Err(StoreError::corrupt(path, 0, "table header"));
        }
        let path = path.to_path_buf();
        Ok(Self { path, uuid_tag, file, length: AtomicU64::new(length), windows: Mutex::new(Vec::new()) })
    }

    /// Makes room for pages below `pages`, in whole windows so that a mapping never ends early.
    pub(crate) fn reserve(&self, pages: u64) -> Result<()> {
        let wanted = pages.next_multiple_of(WINDOW_PAGES) * PAGE_SIZE as u64;
        if self.length.load(Ordering::Relaxed) >= wanted {
            return Ok(());
        }
        let grow = || {
            let length = self.file.length()?;
            if length < wanted {
                self.file.set_len(wanted)?;
            }
            Ok(length.max(wanted))
        };
        let length = grow().map_err(|error| StoreError::io(&self.path, "grow", error))?;
        self.length.store(length, Ordering::Relaxed);
        Ok(())
    }

    fn window(&self, index: usize) -> Option<Arc<Window>> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Some(window)) = windows.get(index) {
            return Some(Arc::clone(window));
        }
        let bytes = WINDOW_PAGES * PAGE_SIZE as u64;
        let window = Arc::new(self.file.map(index as u64 * bytes, bytes as usize)?);
        if windows.len() <= index {
            windows.resize(index + 1, None);
        }
        windows[index] = Some(Arc::clone(&window));
        Some(window)
    }

    /// Writes pages, joining neighbours into one call. `bytes` holds the page of `numbers[i]` at `i`.
    pub(crate) fn write(&self, numbers: &[u32], bytes: &[u8]) -> Result<()> {
        let mut start = 0;
        while start < numbers.len() {
            let mut end = start + 1;
            while end < numbers.len() && numbers[end] == numbers[end - 1].wrapping_add(1) {
                end += 1;
            }
            let offset = u64::from(numbers[start]) * PAGE_SIZE as u64;
            self.file.write_at(offset, &bytes[start * PAGE_SIZE..end * PAGE_SIZE]).map_err(|error| StoreError::io(&self.path, "write", error))?;
            start = end;
        }
        Ok(())
    }

    pub(crate) fn file(&self) -> &dyn VfsFile {
        &*self.file
    }

    pub(crate) fn sync(&self) -> Result<()> {
        self.file.sync().map_err(|error| StoreError::io(&self.path, "sync", error))
    }
}

/// One session's way into the table: mapped windows and which pages it has verified already.
#[derive(Debug)]
pub(crate) struct TableReader {
    table: Arc<TableFile>,
    windows: Vec<Option<Arc<Window>>>,
    verified: Vec<u32>,
}

impl TableReader {
    pub(crate) fn new(table: Arc<TableFile>) -> Self {
        Self { table, windows: Vec::new(), verified: Vec::new() }
    }

    fn bad(&self, number: u32, reason: &str) -> StoreError {
        StoreError::corrupt(&self.table.path, u64::from(number) * PAGE_SIZE as u64, format!("table page {number}: {reason}"))
    }

    #[inline]
    fn window(&mut self, number: u32) -> Option<&Window> {
        let index = (u64::from(number) / WINDOW_PAGES) as usize;
        if self.windows.get(index).is_none_or(Option::is_none) {
            let window = self.table.window(index)?;
            if self.windows.len() <= index {
                self.windows.resize(index + 1, None);
            }
            self.windows[index] = Some(window);
        }
        self.windows[index].as_deref()
    }

    fn offset_in_window(number: u32) -> usize {
        (u64::from(number) % WINDOW_PAGES) as usize * PAGE_SIZE
    }

    fn word(&mut self, number: u32, offset: usize) -> Result<u64> {
        let at = Self::offset_in_window(number) + offset;
        if let Some(word) = self.window(number).and_then(|window| window.word(at)) {
            return Ok(word);
        }
        let mut raw = [0; 8];
        self.table
            .file
            .read_at(u64::from(number) * PAGE_SIZE as u64 + offset as u64, &mut raw)
            .map_err(|error| StoreError::io(&self.table.path, "read", error))?;
        Ok(u64::from_le_bytes(raw))
    }

    /// Copies a page and checks it against its parent's word and its place in the tree.
    pub(crate) fn page(&mut self, page: PageRef, level: u32, base: u64, out: &mut [u8]) -> Result<()> {
        let at = Self::offset_in_window(page.number);
        let copied = self.window(page.number).is_some_and(|window| window.copy(at, out));
        if !copied {
            let offset = u64::from(page.number) * PAGE_SIZE as u64;
            self.table.file.read_at(offset, out).map_err(|error| StoreError::io(&self.table.path, "read", error))?;
        }
        if crc32c::crc32c(&out[4..]) != page.crc || u32_at(out, 0) != page.crc {
            return Err(self.bad(page.number, "checksum differs from its parent's"));
        }
        if u32_at(out, 4) != level || u64_at(out, 8) != base || u64_at(out, 24) != self.table.uuid_tag {
            return Err(self.bad(page.number, "belongs to another place"));
        }
        Ok(())
    }

    #[inline]
    fn verify(&mut self, page: PageRef, level: u32, base: u64) -> Result<()> {
        let index = page.number as usize;
        if page.crc != 0 && self.verified.get(index) == Some(&page.crc) {
            return Ok(());
        }
        let mut copy = [0; PAGE_SIZE];
        self.page(page, level, base, &mut copy)?;
        if self.verified.len() <= index {
            self.verified.resize(index + 1, 0);
        }
        self.verified[index] = page.crc;
        Ok(())
    }

    /// Newest entry of `oid` in a version; a removed object has one with position 0.
    pub(crate) fn lookup(&mut self, version: &Version, oid: Oid) -> Result<Option<Entry>> {
        if version.root.number == 0 || oid.0 >= span(version.depth - 1) {
            return Ok(None);
        }
        let mut page = version.root;
        let mut base = 0;
        for level in (1..version.depth).rev() {
            self.verify(page, level, base)?;
            let child = (oid.0 - base) / span(level - 1);
            page = PageRef::from_word(self.word(page.number, PAGE_HEADER + child as usize * 8)?);
            base += child * span(level - 1);
            if page.number == 0 {
                return Ok(None);
            }
        }
        self.verify(page, 0, base)?;
        let at = PAGE_HEADER + (oid.0 - base) as usize * 16;
        Ok(Entry::decode(self.word(page.number, at)?, self.word(page.number, at + 8)?))
    }

    /// Calls `visit` for every page below and including `page`, parents first; leaves' contents are read
    /// only when `entries` asks for them.
    pub(crate) fn walk(
        &mut self,
        page: PageRef,
        level: u32,
        base: u64,
        visit: &mut dyn FnMut(PageRef, u32),
        entries: &mut Option<&mut dyn FnMut(Oid, Entry)>,
    ) -> Result<()> {
        visit(page, level);
        if level == 0 && entries.is_none() {
            return Ok(());
        }
        let mut copy = vec![0; PAGE_SIZE];
        self.page(page, level, base, &mut copy)?;
        if level > 0 {
            for child in 0..INNER_ENTRIES {
                let below = PageRef::from_word(u64_at(&copy, PAGE_HEADER + child as usize * 8));
                if below.number != 0 {
                    self.walk(below, level - 1, base + child * span(level - 1), visit, entries)?;
                }
            }
        } else if let Some(sink) = entries {
            for index in 0..LEAF_ENTRIES {
                let at = PAGE_HEADER + index as usize * 16;
                if let Some(entry) = Entry::decode(u64_at(&copy, at), u64_at(&copy, at + 8)) {
                    sink(Oid(base + index), entry);
                }
            }
        }
        Ok(())
    }
}

/// One copy-on-write change of the table: new pages to write, old ones to retire.
pub(crate) struct TableEdit<'a> {
    reader: &'a mut TableReader,
    allocate: &'a mut dyn FnMut() -> Result<u32>,
    epoch: u64,
    /// How many of the first new pages only made the tree deeper.
    grown: usize,
    /// New page numbers; page `i` stands in `bytes` at `i * PAGE_SIZE`.
    pub numbers: Vec<u32>,
    pub bytes: Vec<u8>,
    /// Replaced pages with the epoch that wrote them.
    pub retired: Vec<(u32, u64)>,
}

impl<'a> TableEdit<'a> {
    pub(crate) fn new(reader: &'a mut TableReader, allocate: &'a mut dyn FnMut() -> Result<u32>, epoch: u64) -> Self {
        Self { reader, allocate, epoch, grown: 0, numbers: Vec::new(), bytes: Vec::new(), retired: Vec::new() }
    }

    /// Applies entries sorted by id to a version; returns the new root and depth.
    pub(crate) fn apply(&mut self, version: &Version, changes: &[(Oid, Entry)]) -> Result<(PageRef, u32)> {
        let Some(&(largest, _)) = changes.last() else {
            return Ok((version.root, version.depth));
        };
        let depth = version.depth.max(depth_for(largest));
        let mut root = version.root;
        if root.number != 0 {
            for level in version.depth..depth {
                let mut page = vec![0; PAGE_SIZE];
                put_u64(&mut page, PAGE_HEADER, root.to_word());
                root = self.finish(page, level, 0)?;
            }
            self.grown = self.numbers.len();
        }
        Ok((self.node(root, depth - 1, 0, changes)?, depth))
    }

    fn node(&mut self, old: PageRef, level: u32, base: u64, changes: &[(Oid, Entry)]) -> Result<PageRef> {
        let mut page = vec![0; PAGE_SIZE];
        if old.number != 0 {
            self.fetch(old, level, base, &mut page)?;
        }
        if level == 0 {
            for &(oid, entry) in changes {
                let at = PAGE_HEADER + (oid.0 - base) as usize * 16;
                put_u64(&mut page, at, entry.position / 8);
                put_u64(&mut page, at + 8, entry.epoch.0);
            }
            return self.finish(page, level, base);
        }
        let below = span(level - 1);
        for part in changes.chunk_by(|a, b| (a.0.0 - base) / below == (b.0.0 - base) / below) {
            let child = (part[0].0.0 - base) / below;
            let at = PAGE_HEADER + child as usize * 8;
            let old = PageRef::from_word(u64_at(&page, at));
            let new = self.node(old, level - 1, base + child * below, part)?;
            put_u64(&mut page, at, new.to_word());
        }
        self.finish(page, level, base)
    }

    fn fetch(&mut self, old: PageRef, level: u32, base: u64, page: &mut [u8]) -> Result<()> {
        // Growing the tree makes pages that this same edit copies once more: they are not on disk yet.
        if let Some(index) = self.numbers[..self.grown].iter().position(|&number| number == old.number) {
            page.copy_from_slice(&self.bytes[index * PAGE_SIZE..(index + 1) * PAGE_SIZE]);
        } else {
            self.reader.page(old, level, base, page)?;
        }
        self.retired.push((old.number, u64_at(page, 16)));
        Ok(())
    }

    fn finish(&mut self, mut page: Vec<u8>, level: u32, base: u64) -> Result<PageRef> {
        put_u32(&mut page, 4, level);
        put_u64(&mut page, 8, base);
        put_u64(&mut page, 16, self.epoch);
        put_u64(&mut page, 24, self.reader.table.uuid_tag);
        let crc = crc32c::crc32c(&page[4..]);
        put_u32(&mut page, 0, crc);
        let number = (self.allocate)()?;
        self.numbers.push(number);
        self.bytes.extend_from_slice(&page);
        Ok(PageRef { number, crc })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_hold_what_they_say() {
        assert_eq!(depth_for(Oid(251)), 1);
        assert_eq!(depth_for(Oid(252)), 2);
        assert_eq!(span(1), 252 * 504);
        assert_eq!(depth_for(Oid(Oid::MAX)), DEPTH_MAX);
        assert!(Oid::MAX < span(DEPTH_MAX - 1));
    }

    #[test]
    fn page_refs_round_trip() {
        let page = PageRef { number: 7, crc: 0xdead_beef };
        assert_eq!(PageRef::from_word(page.to_word()), page);
    }
}
