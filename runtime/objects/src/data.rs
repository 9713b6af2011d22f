//! Objects with a native Rust part: regexps, matches, IO, methods, threads and the like.

use crate::shape::ShapeId;
use heap::{Heap, Tracer};
use std::any::Any;
use value::{Header, Kind, Value};

/// The native part of an object.
pub trait NativeData: Any {
    /// Reports the values it holds.
    fn trace(&self, tracer: &mut Tracer<'_>);
    /// Bytes held outside the heap, for the collector's pacing.
    fn size(&self) -> usize {
        size_of_val(self)
    }
}

#[repr(C)]
struct DataCell {
    header: Header,
    native: Box<dyn NativeData>,
}

/// View of an object with a native part.
#[derive(Clone, Copy)]
pub struct RData(Value);

/// Allocates an object around `native`. None when memory is out.
pub fn allocate(heap: &mut Heap, shape: ShapeId, native: Box<dyn NativeData>) -> Option<Value> {
    let cell = heap.allocate(size_of::<DataCell>())?;
    heap.note_malloc(native.size());
    // SAFETY: the cell has room for a DataCell.
    unsafe {
        cell.cast::<DataCell>().write(DataCell { header: Header::new(shape.0, Kind::Data), native });
        Some(Value::from_cell(cell))
    }
}

impl RData {
    /// The view of a value with a native part.
    pub fn new(value: Value) -> Option<RData> {
        value.is_kind(Kind::Data).then_some(RData(value))
    }

    /// As `get`, not bound to the view: the caller keeps the object alive and does not keep the
    /// reference while Ruby code runs.
    pub fn get_static<T: NativeData>(self) -> Option<&'static mut T> {
        // SAFETY: a Data cell; cells do not move.
        let any: &'static mut dyn Any = unsafe { &mut *(*(self.0.bits() as *mut DataCell)).native };
        any.downcast_mut()
    }

    fn native(&self) -> &mut dyn NativeData {
        // SAFETY: a Data cell. The VM lock lets one thread run at a time, and natives do not keep
        // the reference while they run Ruby code (rule of `get`).
        unsafe { &mut *(*(self.0.bits() as *mut DataCell)).native }
    }

    /// The native part when it is a `T`. Do not keep the reference while Ruby code runs.
    pub fn get<T: NativeData>(&self) -> Option<&mut T> {
        let any: &mut dyn Any = self.native();
        any.downcast_mut()
    }

    /// Replaces the native part.
    pub fn replace(&self, native: Box<dyn NativeData>) {
        // SAFETY: as in `native`.
        unsafe { (*(self.0.bits() as *mut DataCell)).native = native }
    }
}

/// # Safety
/// `cell` is a live DataCell.
pub(crate) unsafe fn trace_data(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: a Data cell.
    unsafe { (*cell.cast::<DataCell>()).native.trace(tracer) }
}

/// # Safety
/// `cell` is a dead DataCell.
pub(crate) unsafe fn drop_data(cell: *mut Header) {
    // SAFETY: dead, dropped once: the sweep frees the cell afterwards.
    unsafe { std::ptr::drop_in_place(&raw mut (*cell.cast::<DataCell>()).native) }
}
