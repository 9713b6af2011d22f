//! The write barrier: one bit test on every store of a reference into a heap cell.
//!
//! Two bits make it work: a persistent object is told to its owner before its first change, and an old object is
//! remembered, so that the next minor collection looks at what it refers to.

use crate::block::Block;
use value::{GcByte, Header};

/// Call before changing anything in `cell`, with no allocation in between. Costs one bit test unless the object is old or persistent.
#[inline(always)]
pub fn write_barrier(cell: &Header) {
    if cell.gc() & GcByte::BARRIER != 0 {
        slow(cell);
    }
}

/// Would the barrier do more than look? For paths that leave such stores to others.
#[inline(always)]
pub fn barrier_has_work(cell: &Header) -> bool {
    cell.gc() & GcByte::BARRIER != 0
}

/// The collector's half of the barrier, for changes that are none of the object's content (its shape).
pub fn remember(cell: &Header) {
    if cell.gc() & GcByte::OLD != 0 {
        cell.set_gc(cell.gc() & !GcByte::OLD);
        let cell = std::ptr::from_ref(cell).cast_mut();
        // SAFETY: every cell lies in a block, whose heap outlives its cells.
        unsafe { (*(*Block::of(cell)).heap()).remember(cell) };
    }
}

#[cold]
fn slow(cell: &Header) {
    remember(cell);
    if cell.gc() & GcByte::CLEAN == 0 {
        return;
    }
    let cell = std::ptr::from_ref(cell).cast_mut();
    // SAFETY: every cell lies in a block, whose heap outlives its cells.
    let heap = unsafe { &mut *(*Block::of(cell)).heap() };
    if let Some(external) = heap.external() {
        external.before_store(cell);
        // What the owner did may have been a collection.
        // SAFETY: the cell that the caller holds.
        remember(unsafe { &*cell });
    }
}

/// The fault function of every block: hands a ghost to the external space.
///
/// # Safety
/// `cell` is a cell of a live heap.
pub unsafe extern "C" fn fault(cell: *mut Header) {
    // SAFETY: as above.
    let heap = unsafe { &mut *(*Block::of(cell)).heap() };
    if let Some(external) = heap.external() {
        external.fault(cell);
    }
}
