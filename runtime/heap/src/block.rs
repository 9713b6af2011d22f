//! Blocks: 64 KiB of cells of one size, or one large cell.
//!
//! ```text
//! 0    fault function (value::FaultFunction)      16  cell size u32, cell count u32
//! 8    heap that owns the block                   24  state bytes, marked cells u32
//! 32   bytes of the block                         40  mark bitmap, a bit for each 16 bytes
//! 576.. cells
//! ```
//! Marks go by 16 bytes rather than by cells: where a mark stands follows from the address alone, so that marking
//! reads no block head. Heads lie 64 KiB apart, in the same few sets of a cache.

use crate::alloc::Heap;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use value::{BLOCK_SIZE, FaultFunction, Header, Kind};

/// Offset of the first cell; a multiple of 32, so cells are 16-aligned.
pub const FIRST_CELL: usize = 576;
/// Alignment of cells: the bytes that share a mark bit.
const GRANULE: usize = 16;
const MARK_WORDS: usize = BLOCK_SIZE / GRANULE / 64;

/// Cells whose headers are fetched while one is swept.
const AHEAD: usize = 6;

/// Fills freed cells under verification: no Value and no address.
const POISON: u8 = 0xdb;

/// Head of a block.
#[repr(C)]
pub struct Block {
    fault: FaultFunction,
    heap: *mut Heap,
    cell_size: u32,
    cell_count: u32,
    needs_sweep: bool,
    has_young: bool,
    live: u32,
    bytes: usize,
    marks: [u64; MARK_WORDS],
}

const _: () = assert!(size_of::<Block>() <= FIRST_CELL);

/// Asks for a cell's memory ahead of its use.
#[inline(always)]
pub(crate) fn prefetch(cell: *const Header) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: fetching has no effect a program can see, at any address.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(cell.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = cell;
}

fn layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes, BLOCK_SIZE).ok()
}

impl Block {
    /// Allocates a block of `bytes` for cells of `cell_size`; None when memory is out.
    pub fn allocate(heap: *mut Heap, fault: FaultFunction, cell_size: usize, bytes: usize) -> Option<*mut Block> {
        let layout = layout(bytes)?;
        // SAFETY: the layout's size is not 0; zeroed memory is a valid Block but for `fault`, which
        // is written before the block is used.
        unsafe {
            let block = alloc_zeroed(layout).cast::<Block>();
            if block.is_null() {
                return None;
            }
            block.write(Block {
                fault,
                heap,
                cell_size: cell_size as u32,
                cell_count: ((bytes - FIRST_CELL) / cell_size) as u32,
                needs_sweep: false,
                has_young: false,
                live: 0,
                bytes,
                marks: [0; MARK_WORDS],
            });
            Some(block)
        }
    }

    /// Gives the block's memory back.
    ///
    /// # Safety
    /// No cell of the block is used any more.
    pub unsafe fn free(block: *mut Block) {
        // SAFETY: allocated in `allocate` with the same layout.
        unsafe { dealloc(block.cast(), layout((*block).bytes).expect("layout was valid when allocated")) }
    }

    /// The block of a cell.
    #[inline(always)]
    pub fn of(cell: *const Header) -> *mut Block {
        (cell as usize & !(BLOCK_SIZE - 1)) as *mut Block
    }

    /// Bytes of the block.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Size of its cells.
    pub fn cell_size(&self) -> usize {
        self.cell_size as usize
    }

    /// Number of its cells.
    pub fn cell_count(&self) -> usize {
        self.cell_count as usize
    }

    /// Heap that owns the block.
    pub fn heap(&self) -> *mut Heap {
        self.heap
    }

    /// Cell number `index`.
    pub fn cell(&self, index: usize) -> *mut Header {
        debug_assert!(index <= self.cell_count as usize);
        (std::ptr::from_ref(self) as usize + FIRST_CELL + index * self.cell_size as usize) as *mut Header
    }

    /// Number of the cell that contains `address`, if any.
    pub fn index_of(&self, address: usize) -> Option<usize> {
        let offset = address.checked_sub(std::ptr::from_ref(self) as usize + FIRST_CELL)?;
        let index = offset / self.cell_size as usize;
        (index < self.cell_count as usize).then_some(index)
    }

    /// Word and bit of a cell's mark.
    #[inline(always)]
    fn mark_of(cell: *const Header) -> (usize, u64) {
        let granule = (cell as usize & (BLOCK_SIZE - 1)) / GRANULE;
        (granule / 64, 1 << (granule % 64))
    }

    /// Sets the mark of a cell; false when it was set already.
    #[inline(always)]
    pub fn mark(&mut self, cell: *const Header) -> bool {
        let (word, bit) = Self::mark_of(cell);
        let fresh = self.marks[word] & bit == 0;
        self.marks[word] |= bit;
        fresh
    }

    /// Is the cell marked?
    #[inline(always)]
    pub fn is_marked(&self, cell: *const Header) -> bool {
        let (word, bit) = Self::mark_of(cell);
        self.marks[word] & bit != 0
    }

    /// Counts the marked cells. By how many bytes are there more than the last time?
    pub fn count_live(&mut self) -> isize {
        let live: u32 = self.marks.iter().map(|word| word.count_ones()).sum();
        let before = std::mem::replace(&mut self.live, live);
        (live as isize - before as isize) * self.cell_size as isize
    }

    /// Bytes of the cells that were marked when they were last counted.
    pub fn live_bytes(&self) -> usize {
        self.live as usize * self.cell_size as usize
    }

    /// Is no cell marked?
    pub fn is_dead(&self) -> bool {
        self.marks.iter().all(|&word| word == 0)
    }

    /// Clears all marks before a major collection.
    pub fn clear_marks(&mut self) {
        self.marks = [0; MARK_WORDS];
    }

    /// Were cells handed out since the last collection?
    pub fn has_young(&self) -> bool {
        self.has_young
    }

    /// Notes that a cell is handed out.
    pub fn note_young(&mut self) {
        self.has_young = true;
    }

    /// Will the block be swept before it is allocated from?
    pub fn needs_sweep(&self) -> bool {
        self.needs_sweep
    }

    /// Notes that marks are complete and dead cells stand in the block.
    pub fn request_sweep(&mut self) {
        self.needs_sweep = true;
        self.has_young = false;
    }

    /// Frees the unmarked cells with `drop_cell` and returns the bytes freed. With `poison` their content is overwritten.
    pub fn sweep(&mut self, drop_cell: unsafe fn(*mut Header), poison: bool) -> usize {
        self.needs_sweep = false;
        let mut freed = 0;
        for index in 0..self.cell_count as usize {
            let cell = self.cell(index);
            prefetch(cell.wrapping_byte_add(AHEAD * self.cell_size as usize));
            if self.is_marked(cell) {
                continue;
            }
            // SAFETY: the cell lies in the block; an unmarked cell after marking is unreachable.
            unsafe {
                if (*cell).kind() != Kind::Free {
                    drop_cell(cell);
                    if poison {
                        cell.cast::<u8>().write_bytes(POISON, self.cell_size as usize);
                    }
                    cell.write(Header::new(0, Kind::Free));
                    freed += self.cell_size as usize;
                }
            }
        }
        freed
    }

    /// Next run of free cells at or behind cell `from`: (first, end). The block is swept, and from there on nothing was handed out
    /// since, so that what is not marked is free.
    pub fn free_run(&self, from: usize) -> Option<(usize, usize)> {
        let is_free = |index: &usize| !self.is_marked(self.cell(*index));
        let count = self.cell_count as usize;
        let first = (from..count).find(is_free)?;
        let end = (first..count).find(|index| !is_free(index)).unwrap_or(count);
        Some((first, end))
    }
}
