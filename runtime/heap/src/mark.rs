//! Marking: an explicit stack of cells, tracing by the objects crate's hook.

use crate::alloc::Heap;
use crate::block::Block;
use value::{BLOCK_SIZE, Header, Kind, Value};

/// Marks what it is shown.
pub struct Tracer<'heap> {
    heap: &'heap mut Heap,
    pending: Vec<*mut Header>,
}

/// Cells on their way from the stack to their tracing, whose memory is being fetched meanwhile.
const AHEAD: usize = 8;

impl<'heap> Tracer<'heap> {
    pub(crate) fn new(heap: &'heap mut Heap) -> Tracer<'heap> {
        Tracer { heap, pending: Vec::with_capacity(1024) }
    }

    /// Marks a value.
    #[inline(always)]
    pub fn value(&mut self, value: Value) {
        if let Some(cell) = value.as_cell() {
            self.cell(cell);
        }
    }

    /// Marks several values.
    pub fn values(&mut self, values: &[Value]) {
        for &value in values {
            self.value(value);
        }
    }

    /// Marks a cell.
    #[inline(always)]
    pub fn cell(&mut self, cell: *mut Header) {
        let block = Block::of(cell);
        // SAFETY: a traced reference is a live cell, which lies in a block.
        unsafe {
            debug_assert!((*cell).kind() != Kind::Free, "reference to a freed cell");
            if (*block).mark(cell) {
                self.pending.push(cell);
            }
        }
    }

    /// Marks the cell that a word points into, if it points into one.
    pub fn word(&mut self, word: u64) {
        if let Some(cell) = self.heap.cell_at(word as usize) {
            self.cell(cell);
        }
    }

    /// Marks what the words of a memory range may point to.
    ///
    /// # Safety
    /// `start..end` is readable and 8-aligned.
    pub unsafe fn words(&mut self, start: *const u64, end: *const u64) {
        let mut at = start;
        while at < end {
            // SAFETY: inside the range (caller). Volatile: stale stack words may be anything.
            let word = unsafe { at.read_volatile() };
            if word > BLOCK_SIZE as u64 {
                self.word(word);
            }
            // SAFETY: stays within or one past the range.
            at = unsafe { at.add(1) };
        }
    }

    /// Traces until nothing is pending.
    pub(crate) fn drain(&mut self) {
        let trace = self.heap.hooks().trace;
        let mut ahead = [std::ptr::null_mut::<Header>(); AHEAD];
        let mut waiting = 0;
        for place in (0..AHEAD).cycle() {
            let next = self.pending.pop().unwrap_or(std::ptr::null_mut());
            if !next.is_null() {
                prefetch(next);
                waiting += 1;
            }
            let cell = std::mem::replace(&mut ahead[place], next);
            if !cell.is_null() {
                waiting -= 1;
                // SAFETY: marked cells are initialised and stay allocated during marking.
                unsafe { trace(cell, self) };
            } else if waiting == 0 {
                return;
            }
        }
    }
}

/// Asks for a cell's memory ahead of its use.
#[inline(always)]
fn prefetch(cell: *const Header) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: fetching has no effect a program can see, at any address.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(cell.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = cell;
}

/// Answers after marking whether a cell stays.
pub struct Liveness<'heap> {
    pub(crate) heap: &'heap Heap,
}

impl Liveness<'_> {
    /// Will the value stay? Immediates always do.
    pub fn is_live(&self, value: Value) -> bool {
        match value.as_cell() {
            // SAFETY: the caller holds a reference that was live before this collection.
            Some(cell) => unsafe { (*Block::of(cell)).is_marked(cell) },
            None => true,
        }
    }

    /// Is the cell marked?
    pub fn is_marked(&self, cell: *const Header) -> bool {
        // SAFETY: cells given by `Heap::cell_at` lie in a block.
        unsafe { (*Block::of(cell)).is_marked(cell) }
    }

    /// The heap, for statistics.
    pub fn heap(&self) -> &Heap {
        self.heap
    }
}
