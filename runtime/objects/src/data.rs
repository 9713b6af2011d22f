//! Objects with a native Rust part: regexps, matches, IO, methods, threads and the like.

use crate::shape::ShapeId;
use heap::{Heap, Tracer, write_barrier};
use std::any::{Any, TypeId};
use std::cell::RefCell;
use value::{Header, Kind, Value};

/// The native part of an object.
pub trait NativeData: Any {
    /// Reports the values it holds.
    fn trace(&self, tracer: &mut Tracer<'_>);
    /// Bytes held outside the heap, for the collector's pacing.
    fn size(&self) -> usize {
        size_of_val(self)
    }
    /// The state as bytes, for a part that another process can have; None for what lives in this process only.
    fn save(&self) -> Option<Vec<u8>> {
        None
    }
    /// Takes a saved state over; false when the bytes are none.
    fn restore(&mut self, _state: &[u8]) -> bool {
        false
    }
}

/// A part that the collector itself changes, where the heap is borrowed already.
impl<T: NativeData> NativeData for RefCell<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.borrow().trace(tracer);
    }

    fn size(&self) -> usize {
        self.borrow().size()
    }
}

#[repr(C)]
struct DataCell {
    header: Header,
    /// Of the native part, where comparing it costs no call.
    sort: TypeId,
    native: Box<dyn NativeData>,
}

/// View of an object with a native part.
#[derive(Clone, Copy)]
pub struct RData(Value);

/// Allocates an object around what `native` gives, which is asked for when there is a cell, so that it can be traced until then. None
/// when memory is out.
pub fn allocate(heap: &mut Heap, shape: ShapeId, native: impl FnOnce() -> Box<dyn NativeData>) -> Option<Value> {
    let cell = heap.allocate(size_of::<DataCell>())?;
    let native = native();
    heap.note_malloc(native.size());
    let sort = sort_of(&*native);
    // SAFETY: the cell has room for a DataCell.
    unsafe {
        cell.cast::<DataCell>().write(DataCell { header: Header::new(shape.0, Kind::Data), sort, native });
        Some(Value::from_cell(cell))
    }
}

fn sort_of(native: &dyn NativeData) -> TypeId {
    let native: &dyn Any = native;
    native.type_id()
}

impl RData {
    /// The view of a value with a native part.
    #[inline]
    pub fn new(value: Value) -> Option<RData> {
        value.is_kind(Kind::Data).then_some(RData(value))
    }

    #[inline(always)]
    fn cell(self) -> *mut DataCell {
        self.0.bits() as *mut DataCell
    }

    /// Is the native part a `T`?
    #[inline]
    pub fn is<T: NativeData>(self) -> bool {
        // SAFETY: a Data cell.
        unsafe { (*self.cell()).sort == TypeId::of::<T>() }
    }

    /// The native part when it is a `T`, for reading. The borrow of the heap ends before anything is allocated and before Ruby
    /// code runs.
    #[inline]
    pub fn read<T: NativeData>(self, _heap: &Heap) -> Option<&T> {
        // SAFETY: a Data cell, which does not move, with a native part of this type. Changes need the heap mutably, so there are none
        // during the borrow.
        self.is::<T>().then(|| unsafe { &*std::ptr::from_ref(&*(*self.cell()).native).cast::<T>() })
    }

    /// The native part when it is a `T`, for changes. Nobody else looks at any native part during the borrow.
    #[inline]
    pub fn change<T: NativeData>(self, _heap: &mut Heap) -> Option<&mut T> {
        // SAFETY: a Data cell, which does not move, with a native part of this type. The heap is borrowed mutably: this is the only
        // reference to a native part.
        self.is::<T>().then(|| unsafe {
            write_barrier(&(*self.cell()).header);
            &mut *std::ptr::from_mut(&mut *(*self.cell()).native).cast::<T>()
        })
    }

    /// The native part's state as bytes, if another process can have it.
    pub fn save(self, _heap: &Heap) -> Option<Vec<u8>> {
        // SAFETY: as in `read`.
        unsafe { (*self.cell()).native.save() }
    }

    /// Gives the native part a saved state; false when the bytes are none.
    pub fn restore(self, _heap: &mut Heap, state: &[u8]) -> bool {
        // SAFETY: as in `change`.
        unsafe {
            write_barrier(&(*self.cell()).header);
            (*self.cell()).native.restore(state)
        }
    }

    /// Replaces the native part.
    pub fn replace(self, _heap: &mut Heap, native: Box<dyn NativeData>) {
        // SAFETY: as in `change`.
        unsafe {
            write_barrier(&(*self.cell()).header);
            (*self.cell()).sort = sort_of(&*native);
            (*self.cell()).native = native;
        }
    }
}

/// # Safety
/// `cell` is a live DataCell.
pub(crate) unsafe fn trace_data(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: a Data cell.
    unsafe {
        let native = &(*cell.cast::<DataCell>()).native;
        tracer.outside(native.size());
        native.trace(tracer);
    }
}

/// # Safety
/// `cell` is a dead DataCell.
pub(crate) unsafe fn drop_data(cell: *mut Header) {
    // SAFETY: dead, dropped once: the sweep frees the cell afterwards.
    unsafe { std::ptr::drop_in_place(&raw mut (*cell.cast::<DataCell>()).native) }
}
