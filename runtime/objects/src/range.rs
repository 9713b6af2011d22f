//! Range. Frozen unless it is of a subclass.

use crate::shape::ShapeId;
use heap::{Heap, Tracer, write_barrier};
use value::{Header, Kind, Value};

#[repr(C)]
struct RangeCell {
    header: Header,
    low: Value,
    high: Value,
    exclusive: bool,
}

/// Bytes before the low end.
pub const LOW_OFFSET: usize = std::mem::offset_of!(RangeCell, low);
/// Bytes before the high end.
pub const HIGH_OFFSET: usize = std::mem::offset_of!(RangeCell, high);
/// Bytes before the exclusive flag.
pub const EXCLUSIVE_OFFSET: usize = std::mem::offset_of!(RangeCell, exclusive);

/// View of a Range.
#[derive(Clone, Copy)]
pub struct RRange(Value);

/// Allocates a Range. None when memory is out.
pub fn allocate(heap: &mut Heap, shape: ShapeId, low: Value, high: Value, exclusive: bool) -> Option<Value> {
    let cell = heap.allocate(size_of::<RangeCell>())?;
    // SAFETY: the cell has room for a RangeCell.
    unsafe {
        cell.cast::<RangeCell>().write(RangeCell { header: Header::new(shape.0, Kind::Range), low, high, exclusive });
        Some(Value::from_cell(cell))
    }
}

/// Bytes of the cell of a frozen Range, and its words, those of the ends without them.
pub fn image(shape: ShapeId, exclusive: bool) -> (usize, [u64; size_of::<RangeCell>() / 8]) {
    let header = Header::new(shape.0, Kind::Range);
    header.set_flags(Header::FROZEN);
    // SAFETY: the header is two words.
    let header = unsafe { std::mem::transmute::<Header, [u64; 2]>(header) };
    (size_of::<RangeCell>(), [header[0], header[1], 0, 0, u64::from(exclusive)])
}

impl RRange {
    /// The view of a value that is a Range.
    pub fn new(value: Value) -> Option<RRange> {
        value.is_kind(Kind::Range).then_some(RRange(value))
    }

    /// The value.
    pub fn value(self) -> Value {
        self.0
    }

    fn cell(self) -> *mut RangeCell {
        self.0.bits() as *mut RangeCell
    }

    /// `begin`
    pub fn low(self) -> Value {
        // SAFETY: a Range cell.
        unsafe { (*self.cell()).low }
    }

    /// `end`
    pub fn high(self) -> Value {
        // SAFETY: a Range cell.
        unsafe { (*self.cell()).high }
    }

    /// `exclude_end?`
    pub fn is_exclusive(self) -> bool {
        // SAFETY: a Range cell.
        unsafe { (*self.cell()).exclusive }
    }

    /// Sets all parts (`initialize`).
    pub fn set(self, low: Value, high: Value, exclusive: bool) {
        // SAFETY: a Range cell.
        unsafe {
            let cell = &mut *self.cell();
            write_barrier(&cell.header);
            cell.low = low;
            cell.high = high;
            cell.exclusive = exclusive;
        }
    }
}

/// # Safety
/// `cell` is a live RangeCell.
pub(crate) unsafe fn trace_range(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: a Range cell.
    unsafe {
        let range = &*cell.cast::<RangeCell>();
        tracer.value(range.low);
        tracer.value(range.high);
    }
}
