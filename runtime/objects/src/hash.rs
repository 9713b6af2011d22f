//! Hash: the ordered table with default and identity mode.

use crate::hash_table::{Entry, HashTable};
use crate::shape::ShapeId;
use heap::{Heap, Tracer, write_barrier};
use std::cell::Cell;
use value::{Header, Kind, Value};

#[repr(C)]
struct HashCell {
    header: Header,
    table: HashTable,
    default: Value,
    default_proc: Value,
    identity: bool,
    iterators: Cell<u32>,
}

/// View of a Hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RHash(Value);

/// Allocates an empty Hash. None when memory is out.
pub fn allocate(heap: &mut Heap, shape: ShapeId, capacity: usize) -> Option<RHash> {
    let cell = heap.allocate(size_of::<HashCell>())?;
    heap.note_malloc(capacity * size_of::<Entry>());
    // SAFETY: the cell has room for a HashCell.
    unsafe {
        cell.cast::<HashCell>().write(HashCell {
            header: Header::new(shape.0, Kind::Hash),
            table: HashTable::with_capacity(capacity),
            default: Value::NIL,
            default_proc: Value::NIL,
            identity: false,
            iterators: Cell::new(0),
        });
        Some(RHash(Value::from_cell(cell)))
    }
}

impl RHash {
    /// The view of a value that is a Hash.
    #[inline(always)]
    pub fn new(value: Value) -> Option<RHash> {
        value.is_kind(Kind::Hash).then_some(RHash(value))
    }

    /// The value.
    #[inline(always)]
    pub fn value(self) -> Value {
        self.0
    }

    /// The cell, within one function of this file.
    #[inline(always)]
    fn cell<'a>(self) -> &'a HashCell {
        // SAFETY: a Hash cell.
        unsafe { &*(self.0.bits() as *const HashCell) }
    }

    /// Runs the barrier and changes the cell.
    #[inline(always)]
    fn change<R>(self, change: impl FnOnce(&mut HashCell) -> R) -> R {
        write_barrier(&self.cell().header);
        // SAFETY: a Hash cell; the closures of this file look at it in no other way.
        change(unsafe { &mut *(self.0.bits() as *mut HashCell) })
    }

    /// The table, for reading. The borrow of the heap ends before anything is allocated and before Ruby code runs.
    #[inline(always)]
    pub fn table(self, _heap: &Heap) -> &HashTable {
        &self.cell().table
    }

    /// The table, for changes.
    pub fn table_mut(self, _heap: &mut Heap) -> &mut HashTable {
        write_barrier(&self.cell().header);
        // SAFETY: a Hash cell; the heap is borrowed mutably, so nobody else looks at the table.
        unsafe { &mut (*(self.0.bits() as *mut HashCell)).table }
    }

    /// Removes all pairs.
    pub fn clear(self) {
        self.change(|cell| cell.table.clear());
    }

    /// Gives a key its number; the Hash is the same as before.
    pub fn note_number(self, position: usize, key: Value, number: u64) {
        // SAFETY: a Hash cell; nothing of the program runs meanwhile, and the barrier has nothing to do with numbers.
        unsafe { (*(self.0.bits() as *mut HashCell)).table.set_number(position, key, number) }
    }

    /// Number of pairs.
    pub fn len(self) -> usize {
        self.cell().table.len()
    }

    /// No pairs?
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Default value.
    pub fn default(self) -> Value {
        self.cell().default
    }

    /// Sets the default value.
    pub fn set_default(self, value: Value) {
        self.change(|cell| cell.default = value);
    }

    /// Default proc or nil.
    pub fn default_proc(self) -> Value {
        self.cell().default_proc
    }

    /// Sets the default proc.
    pub fn set_default_proc(self, value: Value) {
        self.change(|cell| cell.default_proc = value);
    }

    /// Compares keys by identity?
    pub fn is_identity(self) -> bool {
        self.cell().identity
    }

    /// Sets the identity mode (the caller rehashes).
    pub fn set_identity(self, identity: bool) {
        self.change(|cell| cell.identity = identity);
    }

    /// Is somebody iterating? Then new keys are refused.
    pub fn is_iterating(self) -> bool {
        self.cell().iterators.get() > 0
    }

    /// An iteration begins.
    pub fn begin_iteration(self) {
        self.cell().iterators.set(self.cell().iterators.get().saturating_add(1));
    }

    /// An iteration ends.
    pub fn end_iteration(self) {
        self.cell().iterators.set(self.cell().iterators.get().saturating_sub(1));
    }
}

/// # Safety
/// `cell` is a live HashCell.
pub(crate) unsafe fn trace_hash(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: a Hash cell.
    unsafe {
        let hash = &*cell.cast::<HashCell>();
        tracer.outside(hash.table.size());
        tracer.value(hash.default);
        tracer.value(hash.default_proc);
        for entry in hash.table.iter() {
            tracer.value(entry.key);
            tracer.value(entry.value);
        }
    }
}

/// # Safety
/// `cell` is a dead HashCell.
pub(crate) unsafe fn drop_hash(cell: *mut Header) {
    // SAFETY: a dead cell is dropped once.
    unsafe { std::ptr::drop_in_place(&raw mut (*cell.cast::<HashCell>()).table) }
}
