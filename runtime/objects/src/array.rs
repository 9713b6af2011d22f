//! Array.
//!
//! ```text
//! 0  Header        16 pointer to the first element (may point into the cell)   24 length
//! 32 capacity from the first element   40 start of the allocation, or null   48 elements inside
//! ```
//! Few elements lie inside the cell, whose size is chosen for them; more, and what is appended beyond, in an allocation.
//! `shift` moves the first element forward, so queues are O(1) at both ends.

use crate::shape::ShapeId;
use heap::block::Block;
use heap::{Heap, Tracer, barrier_has_work, write_barrier};
use std::alloc::{Layout, alloc, dealloc};
use value::{Header, Kind, Value};

/// Elements for which an empty Array has room.
const ROOM: usize = 4;
/// Most elements inside a cell.
const ROOM_MAX: usize = 34;

#[repr(C)]
struct ArrayCell {
    header: Header,
    elements: *mut Value,
    length: usize,
    capacity: usize,
    allocation: *mut Value,
}

/// Bytes before the element pointer.
pub const ELEMENTS_OFFSET: usize = std::mem::offset_of!(ArrayCell, elements);
/// Bytes before the length.
pub const LENGTH_OFFSET: usize = std::mem::offset_of!(ArrayCell, length);
/// Bytes before the capacity.
pub const CAPACITY_OFFSET: usize = std::mem::offset_of!(ArrayCell, capacity);
/// Most elements an Array can have (CRuby's ARY_MAX_SIZE).
pub const LENGTH_MAX: usize = isize::MAX as usize / 8;

/// View of an Array.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RArray(Value);

/// Allocates an Array with a copy of `elements`. None when memory is out.
#[inline]
pub fn allocate(heap: &mut Heap, shape: ShapeId, elements: &[Value]) -> Option<Value> {
    let view = allocate_with_capacity(heap, shape, if elements.is_empty() { ROOM } else { elements.len() })?;
    // SAFETY: the Array has just been made, with room for the elements.
    unsafe {
        let cell = &mut *view.cell();
        std::ptr::copy_nonoverlapping(elements.as_ptr(), cell.elements, elements.len());
        cell.length = elements.len();
    }
    Some(view.0)
}

/// Allocates an empty Array with room for `capacity` elements. None when memory is out.
pub fn allocate_with_capacity(heap: &mut Heap, shape: ShapeId, capacity: usize) -> Option<RArray> {
    let bytes = heap::cell_bytes(size_of::<ArrayCell>() + 8 * if capacity > ROOM_MAX { ROOM } else { capacity });
    let cell = heap.allocate(bytes)?;
    let room = (bytes - size_of::<ArrayCell>()) / 8;
    let header = Header::new(shape.0, Kind::Array);
    // SAFETY: the cell has room for an ArrayCell and the elements behind it.
    let view = unsafe {
        let elements = cell.cast::<u8>().add(size_of::<ArrayCell>()).cast::<Value>();
        cell.cast::<ArrayCell>().write(ArrayCell { header, elements, length: 0, capacity: room, allocation: std::ptr::null_mut() });
        RArray(Value::from_cell(cell))
    };
    view.reserve(capacity)?;
    Some(view)
}

impl RArray {
    /// The view of a value that is an Array.
    #[inline(always)]
    pub fn new(value: Value) -> Option<RArray> {
        value.is_kind(Kind::Array).then_some(RArray(value))
    }

    /// The view of a value that is known to be an Array.
    ///
    /// # Safety
    /// It is one, and no ghost.
    #[inline(always)]
    pub unsafe fn unchecked(value: Value) -> RArray {
        RArray(value)
    }

    /// The value.
    #[inline(always)]
    pub fn value(self) -> Value {
        self.0
    }

    #[inline(always)]
    fn cell(self) -> *mut ArrayCell {
        self.0.bits() as *mut ArrayCell
    }

    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: an Array cell starts with its header.
        unsafe { &(*self.cell()).header }
    }

    /// Number of elements.
    #[inline(always)]
    pub fn len(self) -> usize {
        // SAFETY: an Array cell.
        unsafe { (*self.cell()).length }
    }

    /// No elements?
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The elements. The borrow of the heap ends before anything is allocated and before Ruby code runs.
    #[inline(always)]
    pub fn as_slice(self, _heap: &Heap) -> &[Value] {
        self.elements()
    }

    /// The elements for changes in place.
    pub fn as_mut_slice(self, _heap: &mut Heap) -> &mut [Value] {
        write_barrier(self.header());
        // SAFETY: pointer and length describe initialised elements; the heap is borrowed mutably, so nobody else looks at them.
        unsafe { std::slice::from_raw_parts_mut((*self.cell()).elements, (*self.cell()).length) }
    }

    /// The elements, within one function of this file.
    #[inline(always)]
    fn elements<'a>(self) -> &'a [Value] {
        // SAFETY: pointer and length describe initialised elements.
        unsafe { std::slice::from_raw_parts((*self.cell()).elements, (*self.cell()).length) }
    }

    /// Element `index`.
    #[inline(always)]
    pub fn get(self, index: usize) -> Option<Value> {
        // SAFETY: index is checked against the length.
        unsafe {
            let cell = self.cell();
            (index < (*cell).length).then(|| *(*cell).elements.add(index))
        }
    }

    /// Element `index` with negative indexes from the end.
    #[inline(always)]
    pub fn at(self, index: i64) -> Option<Value> {
        let index = if index < 0 { index.checked_add(self.len() as i64)? } else { index };
        self.get(usize::try_from(index).ok()?)
    }

    /// Sets element `index`, filling up with nil. None when memory is out.
    #[must_use = "None means that memory is out"]
    pub fn set(self, index: usize, value: Value) -> Option<()> {
        write_barrier(self.header());
        if index >= self.len() {
            self.resize(index.checked_add(1)?, Value::NIL)?;
        }
        // SAFETY: index < length now.
        unsafe { *(*self.cell()).elements.add(index) = value };
        Some(())
    }

    /// Sets an element that exists, unless the write barrier has work to do. Did it?
    #[inline(always)]
    pub fn set_quickly(self, index: usize, value: Value) -> bool {
        if index >= self.len() || barrier_has_work(self.header()) {
            return false;
        }
        // SAFETY: index < length.
        unsafe { *(*self.cell()).elements.add(index) = value };
        true
    }

    /// Appends if there is room, unless the write barrier has work to do. Did it?
    #[inline(always)]
    pub fn push_quickly(self, value: Value) -> bool {
        // SAFETY: the element behind the last lies within the capacity, which counts from the first element.
        unsafe {
            let cell = &mut *self.cell();
            if cell.length >= cell.capacity || barrier_has_work(&cell.header) {
                return false;
            }
            cell.elements.add(cell.length).write(value);
            cell.length += 1;
        }
        true
    }

    /// Appends. None when memory is out.
    #[inline(always)]
    #[must_use = "None means that memory is out"]
    pub fn push(self, value: Value) -> Option<()> {
        write_barrier(self.header());
        self.reserve(1)?;
        // SAFETY: room for one more was reserved.
        unsafe {
            let cell = &mut *self.cell();
            cell.elements.add(cell.length).write(value);
            cell.length += 1;
        }
        Some(())
    }

    /// Removes and returns the last element.
    pub fn pop(self) -> Option<Value> {
        write_barrier(self.header());
        // SAFETY: the length is checked; the element is initialised.
        unsafe {
            let cell = &mut *self.cell();
            cell.length = cell.length.checked_sub(1)?;
            Some(*cell.elements.add(cell.length))
        }
    }

    /// Removes and returns the first element in O(1).
    pub fn shift(self) -> Option<Value> {
        write_barrier(self.header());
        // SAFETY: the length is checked, and is at most the capacity.
        unsafe {
            let cell = &mut *self.cell();
            cell.length = cell.length.checked_sub(1)?;
            let first = *cell.elements;
            cell.elements = cell.elements.add(1);
            cell.capacity -= 1;
            Some(first)
        }
    }

    /// Appends several. `values` may be this Array's own elements. None when memory is out.
    #[must_use = "None means that memory is out"]
    pub fn extend(self, values: &[Value]) -> Option<()> {
        self.splice(self.len(), self.len(), values)
    }

    /// Replaces elements `start..end` by `values`, which may be this Array's own elements. None when
    /// memory is out.
    #[must_use = "None means that memory is out"]
    pub fn splice(self, start: usize, end: usize, values: &[Value]) -> Option<()> {
        let length = self.len();
        assert!(start <= end && end <= length, "{start}..{end} outside of {length}");
        write_barrier(self.header());
        let own = self.elements().as_ptr_range().contains(&values.as_ptr());
        let copy;
        let values = if own && !values.is_empty() {
            copy = values.to_vec();
            &copy
        } else {
            values
        };
        self.reserve(values.len().saturating_sub(end - start))?;
        // SAFETY: start and end lie in the Array, room for the result was reserved, `values` does
        // not overlap the elements.
        unsafe {
            let cell = &mut *self.cell();
            std::ptr::copy(cell.elements.add(end), cell.elements.add(start + values.len()), length - end);
            std::ptr::copy_nonoverlapping(values.as_ptr(), cell.elements.add(start), values.len());
            cell.length = length - (end - start) + values.len();
        }
        Some(())
    }

    /// Changes the length, filling up with `fill`. None when memory is out.
    #[must_use = "None means that memory is out"]
    pub fn resize(self, length: usize, fill: Value) -> Option<()> {
        write_barrier(self.header());
        let old = self.len();
        self.reserve(length.saturating_sub(old))?;
        // SAFETY: room for `length` was reserved; new elements are written before they count.
        unsafe {
            let cell = &mut *self.cell();
            for index in old..length {
                cell.elements.add(index).write(fill);
            }
            cell.length = length;
        }
        Some(())
    }

    /// Removes and returns element `index`.
    pub fn remove(self, index: usize) -> Option<Value> {
        let value = self.get(index)?;
        self.splice(index, index + 1, &[])?;
        Some(value)
    }

    /// Removes all elements and gives the memory back.
    pub fn clear(self) {
        write_barrier(self.header());
        // SAFETY: an Array cell; back to the room inside.
        unsafe {
            release(self.cell());
            let cell = &mut *self.cell();
            (cell.elements, cell.capacity) = room_inside(self.cell());
            cell.length = 0;
            cell.allocation = std::ptr::null_mut();
        }
    }

    /// Makes room for `more` elements. None when memory is out or the length is too large.
    #[inline(always)]
    #[must_use = "None means that memory is out"]
    pub fn reserve(self, more: usize) -> Option<()> {
        // SAFETY: an Array cell.
        let (length, capacity) = unsafe { ((*self.cell()).length, (*self.cell()).capacity) };
        if length.checked_add(more)? <= capacity { Some(()) } else { self.grow(length + more) }
    }

    #[cold]
    fn grow(self, needed: usize) -> Option<()> {
        if needed > LENGTH_MAX {
            return None;
        }
        // SAFETY: an Array cell; the elements are copied before the old allocation goes. The word in
        // front of the elements holds the allocation's size for `release`.
        unsafe {
            let cell = &mut *self.cell();
            if cell.allocation.is_null() && self.slides(needed) {
                return Some(());
            }
            let capacity = needed.max(cell.length.checked_mul(2)?).max(8);
            let layout = Layout::array::<Value>(capacity + 1).ok()?;
            let allocation = alloc(layout).cast::<Value>();
            if allocation.is_null() {
                return None;
            }
            allocation.cast::<usize>().write(capacity);
            let elements = allocation.add(1);
            std::ptr::copy_nonoverlapping(cell.elements, elements, cell.length);
            release(cell);
            cell.elements = elements;
            cell.capacity = capacity;
            cell.allocation = allocation;
            let heap = (*Block::of(&cell.header)).heap();
            (*heap).note_malloc(layout.size());
        }
        Some(())
    }
}

impl RArray {
    /// Moves elements that lie inside the cell back to its start, where they got forward by `shift`, if that makes room enough.
    ///
    /// # Safety
    /// There is no allocation.
    unsafe fn slides(self, needed: usize) -> bool {
        // SAFETY: an Array cell with its elements inside.
        unsafe {
            let (start, room) = room_inside(self.cell());
            let cell = &mut *self.cell();
            if needed > room {
                return false;
            }
            std::ptr::copy(cell.elements, start, cell.length);
            (cell.elements, cell.capacity) = (start, room);
            true
        }
    }
}

/// First place for elements inside a cell, and how many it holds.
///
/// # Safety
/// `cell` is a live ArrayCell.
unsafe fn room_inside(cell: *mut ArrayCell) -> (*mut Value, usize) {
    // SAFETY: cells lie in blocks, which know their size.
    unsafe {
        let bytes = (*Block::of(cell.cast())).cell_size() - size_of::<ArrayCell>();
        (cell.cast::<u8>().add(size_of::<ArrayCell>()).cast(), bytes / 8)
    }
}

/// Frees the allocation, if any.
///
/// # Safety
/// The elements are not used afterwards.
unsafe fn release(cell: *mut ArrayCell) {
    // SAFETY: a non-null allocation was made by `grow`, which wrote its capacity in front.
    unsafe {
        let allocation = (*cell).allocation;
        if !allocation.is_null() {
            let capacity = *allocation.cast::<usize>();
            dealloc(allocation.cast(), Layout::array::<Value>(capacity + 1).expect("layout was valid when allocated"));
        }
    }
}

/// # Safety
/// `cell` is a live ArrayCell.
pub(crate) unsafe fn trace_array(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: pointer and length describe initialised elements.
    unsafe {
        let array = &*cell.cast::<ArrayCell>();
        tracer.outside(if array.allocation.is_null() { 0 } else { 8 * array.capacity });
        tracer.values(std::slice::from_raw_parts(array.elements, array.length));
    }
}

/// # Safety
/// `cell` is a dead ArrayCell.
pub(crate) unsafe fn drop_array(cell: *mut Header) {
    // SAFETY: dead, so nobody uses the elements.
    unsafe { release(cell.cast()) }
}
