//! Blocks: 64 KiB of cells of one size, or one large cell.
//!
//! ```text
//! 0    fault function (value::FaultFunction)      16  cell size u32, cell count u32
//! 8    heap that owns the block                   24  state bytes
//! 32   mark bitmap, 32 words                      320.. cells
//! ```

use crate::alloc::Heap;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use value::{BLOCK_SIZE, FaultFunction, Header, Kind};

/// Offset of the first cell; a multiple of 32, so cells are 16-aligned.
pub const FIRST_CELL: usize = 320;
const MARK_WORDS: usize = 32;

/// Head of a block.
#[repr(C)]
pub struct Block {
    fault: FaultFunction,
    heap: *mut Heap,
    cell_size: u32,
    cell_count: u32,
    needs_sweep: bool,
    bytes: usize,
    marks: [u64; MARK_WORDS],
}

const _: () = assert!(size_of::<Block>() <= FIRST_CELL);

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

    /// Sets the mark of a cell; false when it was set already.
    #[inline(always)]
    pub fn mark(&mut self, cell: *const Header) -> bool {
        let index = (cell as usize - std::ptr::from_ref(self) as usize - FIRST_CELL) / self.cell_size as usize;
        let word = &mut self.marks[index / 64];
        let bit = 1u64 << (index % 64);
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    /// Is the cell marked?
    pub fn is_marked(&self, cell: *const Header) -> bool {
        let index = (cell as usize - std::ptr::from_ref(self) as usize - FIRST_CELL) / self.cell_size as usize;
        self.marks[index / 64] & 1 << (index % 64) != 0
    }

    /// Clears all marks before a collection.
    pub fn clear_marks(&mut self) {
        self.marks = [0; MARK_WORDS];
    }

    /// Will the block be swept before it is allocated from?
    pub fn needs_sweep(&self) -> bool {
        self.needs_sweep
    }

    /// Notes that marks are complete and dead cells stand in the block.
    pub fn request_sweep(&mut self) {
        self.needs_sweep = true;
    }

    /// Frees the unmarked cells with `drop_cell` and returns the bytes freed.
    pub fn sweep(&mut self, drop_cell: unsafe fn(*mut Header)) -> usize {
        self.needs_sweep = false;
        let mut freed = 0;
        for index in 0..self.cell_count as usize {
            if self.marks[index / 64] & 1 << (index % 64) != 0 {
                continue;
            }
            let cell = self.cell(index);
            // SAFETY: the cell lies in the block; an unmarked cell after marking is unreachable.
            unsafe {
                if (*cell).kind() != Kind::Free {
                    drop_cell(cell);
                    cell.write(Header::new(0, Kind::Free));
                    freed += self.cell_size as usize;
                }
            }
        }
        freed
    }

    /// Next run of free cells at or behind cell `from`: (first, end).
    pub fn free_run(&self, from: usize) -> Option<(usize, usize)> {
        // SAFETY: cells below cell_count lie in the block and start with a header.
        let is_free = |index: &usize| unsafe { (*self.cell(*index)).kind() == Kind::Free };
        let count = self.cell_count as usize;
        let first = (from..count).find(is_free)?;
        let end = (first..count).find(|index| !is_free(index)).unwrap_or(count);
        Some((first, end))
    }
}
