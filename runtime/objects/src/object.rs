//! Plain objects and the instance variable slots of all cells.
//!
//! ```text
//! 0  Header (slots: pointer to the overflow SlotVector or 0)
//! 16 inline slots (Kind::Object only); 0x24 (undef) = not set
//! ```

use crate::shape::ShapeId;
use heap::block::Block;
use heap::{Heap, Tracer, write_barrier};
use value::{Header, Kind, Value};

/// Bytes before the first inline slot.
pub const SLOTS_OFFSET: usize = 16;
/// Most slots inside a cell.
pub const INLINE_MAX: u32 = 64;

/// Overflow slots. Machine code reads them by the address of the first and their number.
#[repr(C)]
#[derive(Default)]
struct SlotVector {
    first: usize,
    length: usize,
    values: Vec<Value>,
}

/// Bytes from a cell's overflow slots to the address of the first.
pub const OVERFLOW_FIRST_OFFSET: usize = std::mem::offset_of!(SlotVector, first);
/// Bytes from a cell's overflow slots to their number.
pub const OVERFLOW_LENGTH_OFFSET: usize = std::mem::offset_of!(SlotVector, length);

impl SlotVector {
    fn change(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        change(&mut self.values);
        (self.first, self.length) = (self.values.as_ptr() as usize, self.values.len());
    }
}

/// A cell whose slots can be read and written; any kind.
#[derive(Clone, Copy)]
pub struct RObject(Value);

/// Allocates a plain object with `inline` slots, all unset. None when memory is out.
pub fn allocate(heap: &mut Heap, shape: ShapeId, inline: u32) -> Option<Value> {
    let cell = heap.allocate(SLOTS_OFFSET + 8 * inline as usize)?;
    // SAFETY: the cell has room for the header and `inline` slots.
    unsafe {
        cell.write(Header::new(shape.0, Kind::Object));
        let slots = cell.cast::<u8>().add(SLOTS_OFFSET).cast::<Value>();
        // The whole cell is filled: tracing reads every word of it.
        let words = ((*Block::of(cell)).cell_size() - SLOTS_OFFSET) / 8;
        for index in 0..words {
            slots.add(index).write(Value::UNDEF);
        }
        Some(Value::from_cell(cell))
    }
}

/// How many inline slots the cell of a plain object, or of a ghost of one, has room for.
pub fn inline_room(object: Value) -> u32 {
    let Some(header) = object.header() else { return 0 };
    let cell = std::ptr::from_ref(header).cast_mut();
    // SAFETY: the header of an object stands at the start of its cell, which lies in a block.
    let bytes = unsafe { (*Block::of(cell)).cell_size() };
    ((bytes - SLOTS_OFFSET) / 8) as u32
}

impl RObject {
    /// The cell of a value.
    pub fn new(value: Value) -> Option<RObject> {
        value.kind().filter(|&kind| kind != Kind::Ghost).map(|_| RObject(value))
    }

    fn inline_slots(self, inline: u32) -> Option<*mut Value> {
        let header = self.0.header()?;
        if header.kind() != Kind::Object || inline == 0 {
            return None;
        }
        // SAFETY: cells of Kind::Object have their layout's inline slots behind the header.
        Some(unsafe { std::ptr::from_ref(header).cast_mut().cast::<u8>().add(SLOTS_OFFSET).cast() })
    }

    /// Slot `index` of those that lie outside the cell.
    fn overflow_slot(self, index: usize) -> Option<Value> {
        let word = self.0.header()?.slots();
        // SAFETY: the word is 0 or a Box<SlotVector> owned by the cell, looked at within this function.
        if word == 0 { None } else { unsafe { &*(word as *const SlotVector) }.values.get(index).copied() }
    }

    /// Changes the slots that lie outside the cell, if there are any.
    fn change_overflow(self, change: impl FnOnce(&mut Vec<Value>)) {
        let word = self.0.header().map_or(0, Header::slots);
        if word != 0 {
            // SAFETY: as above; the closures of this file look at the slots in no other way.
            unsafe { &mut *(word as *mut SlotVector) }.change(change);
        }
    }

    /// Slot `index`, None when not set; `inline` is the layout's inline count.
    #[inline]
    pub fn get(self, index: u32, inline: u32) -> Option<Value> {
        let value = match self.inline_slots(inline) {
            // SAFETY: index < inline slots of the cell.
            Some(slots) if index < inline => unsafe { *slots.add(index as usize) },
            Some(_) => self.overflow_slot((index - inline) as usize)?,
            None => self.overflow_slot(index as usize)?,
        };
        (!value.is_undef()).then_some(value)
    }

    /// Slot `index` of a cell whose shape says that it has `inline` slots inside; None when it does not stand there.
    ///
    /// # Safety
    /// The value is a cell of a shape whose layout has `inline` inline slots, no ghost.
    #[inline(always)]
    pub unsafe fn inline_slot(value: Value, index: u32, inline: u32) -> Option<*mut Value> {
        let header = value.header()?;
        if header.kind() != Kind::Object || index >= inline {
            return None;
        }
        // SAFETY: cells of Kind::Object have their layout's inline slots behind the header.
        Some(unsafe { std::ptr::from_ref(header).cast_mut().cast::<u8>().add(SLOTS_OFFSET).cast::<Value>().add(index as usize) })
    }

    /// Sets slot `index` (undef removes it).
    #[inline]
    pub fn set(self, index: u32, inline: u32, value: Value) {
        let Some(header) = self.0.header() else { return };
        write_barrier(header);
        match self.inline_slots(inline) {
            // SAFETY: index < inline slots of the cell.
            Some(slots) if index < inline => unsafe { *slots.add(index as usize) = value },
            Some(_) => self.set_overflow((index - inline) as usize, value),
            None => self.set_overflow(index as usize, value),
        }
    }

    /// Sets slot `index` of those outside of the cell.
    pub fn set_outside(self, index: usize, value: Value) {
        if let Some(header) = self.0.header() {
            write_barrier(header);
            self.set_overflow(index, value);
        }
    }

    /// Unsets every slot.
    pub fn clear_slots(self) {
        self.change_overflow(Vec::clear);
        let Some(header) = self.0.header().filter(|header| header.kind() == Kind::Object) else { return };
        let cell = std::ptr::from_ref(header).cast_mut();
        // SAFETY: cells of Kind::Object hold values in every word behind the header.
        unsafe {
            let words = ((*Block::of(cell)).cell_size() - SLOTS_OFFSET) / 8;
            let slots = cell.cast::<u8>().add(SLOTS_OFFSET).cast::<Value>();
            for index in 0..words {
                slots.add(index).write(Value::UNDEF);
            }
        }
    }

    #[cold]
    fn set_overflow(self, index: usize, value: Value) {
        let Some(header) = self.0.header() else { return };
        if header.slots() == 0 {
            header.set_slots(Box::into_raw(Box::<SlotVector>::default()) as u64);
        }
        self.change_overflow(|slots| {
            if slots.len() <= index {
                slots.resize(index + 1, Value::UNDEF);
            }
            slots[index] = value;
        });
    }
}

/// Reports the slots of a cell; `size` is the cell's size for `Kind::Object`, else 0.
///
/// # Safety
/// `cell` is a live cell.
pub unsafe fn trace_slots(cell: *mut Header, cell_size: usize, tracer: &mut Tracer<'_>) {
    // SAFETY: a live cell; `allocate` filled every word of it with values.
    unsafe {
        let word = (*cell).slots();
        if word != 0 {
            let values = &(*(word as *const SlotVector)).values;
            tracer.outside(8 * values.capacity());
            tracer.values(values);
        }
        if cell_size > SLOTS_OFFSET {
            let slots = cell.cast::<u8>().add(SLOTS_OFFSET).cast::<u64>();
            for index in 0..(cell_size - SLOTS_OFFSET) / 8 {
                if let Some(value) = Value::from_bits(*slots.add(index)) {
                    tracer.value(value);
                }
            }
        }
    }
}

/// Releases the overflow slots of a dead cell.
///
/// # Safety
/// `cell` is dead and not used again.
pub unsafe fn drop_slots(cell: *mut Header) {
    // SAFETY: the word is 0 or the Box made in set_overflow.
    unsafe {
        let word = (*cell).slots();
        if word != 0 {
            drop(Box::from_raw(word as *mut SlotVector));
        }
    }
}
