//! The write barrier: one bit test on every store of a reference into a heap cell.

use crate::block::Block;
use value::{GcByte, Header};

/// Call before changing anything in `cell`. Costs one bit test unless the object is persistent.
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

#[cold]
fn slow(cell: &Header) {
    let cell = std::ptr::from_ref(cell).cast_mut();
    // SAFETY: every cell lies in a block, whose heap outlives its cells.
    let heap = unsafe { &mut *(*Block::of(cell)).heap() };
    if let Some(external) = heap.external() {
        external.before_store(cell);
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
