//! Environments: captured variables of an activation.
//!
//! An environment is `ENV_HEADER` words and its slots. It lies in the registers of its frame until
//! a closure outlives the call; then `promote` (in the VM) copies it into a cell and points the old
//! one's forward word at the copy. Code reaches slots through the forward word, so both work alike.
//!
//! ```text
//! 0 forward: address of the words to use (its own until promoted)
//! 1 parent:  address of the environment around it, or 0
//! 2 self     3 block word of the frame     4 method (MethodRef word) or 0
//! 5 info:    activation id << 18 | slots << 2 | 2 for a lambda | 1 when in the heap; the top bit when machine code keeps
//!            the slots in registers meanwhile
//! 6.. slots
//! ```

use crate::method::MethodRef;
use crate::shape::ShapeId;
use heap::{Heap, Tracer};
use std::sync::LazyLock;
use value::{Header, Kind, Value};

/// Word index of the forward address.
pub const FORWARD: usize = 0;
/// Word index of the parent.
pub const PARENT: usize = 1;
/// Word index of self.
pub const SELF: usize = 2;
/// Word index of the block word.
pub const BLOCK: usize = 3;
/// Word index of the method.
pub const METHOD: usize = 4;
/// Word index of the info word.
pub const INFO: usize = 5;
/// First slot.
pub const SLOTS: usize = bytecode::ENV_HEADER as usize;
/// Bytes of the cell before the words.
const WORDS_OFFSET: usize = 16;

/// Address of an environment's words, on a stack or in the heap.
pub type EnvWords = *mut u64;

/// An environment in the heap.
#[derive(Clone, Copy)]
pub struct REnv(Value);

/// Bit of the info word: the words lie in a cell.
pub const IN_HEAP: u64 = 1;
/// Bit of the info word: the activation is a lambda's, which takes `return`.
pub const IS_LAMBDA: u64 = 2;
/// Bit of the info word: machine code keeps the slots in registers, and what is in memory is old.
pub const IN_REGISTERS: u64 = 1 << 63;

/// Packs the info word; `bits` are `IN_HEAP` and `IS_LAMBDA`.
#[inline(always)]
pub fn info(activation: u64, slots: u16, bits: u64) -> u64 {
    activation << 18 | u64::from(slots) << 2 | bits
}

/// Activation id of an info word.
pub fn activation(info: u64) -> u64 {
    (info & !IN_REGISTERS) >> 18
}

/// Number of slots of an info word.
pub fn slot_count(info: u64) -> usize {
    (info >> 2 & 0xffff) as usize
}

/// Does the info word say that the words lie in a cell?
pub fn in_heap(info: u64) -> bool {
    info & IN_HEAP != 0
}

/// Does the info word say that machine code keeps the slots in registers?
pub fn in_registers(info: u64) -> bool {
    info & IN_REGISTERS != 0
}

/// The words that stand for every environment that machine code has not made at all.
static NOT_MADE: LazyLock<[u64; SLOTS]> = LazyLock::new(|| {
    let mut words = [0; SLOTS];
    words[BLOCK] = crate::BlockWord::NONE.0;
    words[SELF] = Value::NIL.bits();
    words[INFO] = IN_REGISTERS;
    words
});

/// What a frame's environment word is while the environment around it is nowhere but in registers: the address of a word
/// that leads to the environment that stands for all such.
pub fn not_made() -> u64 {
    static FORWARD_WORD: LazyLock<u64> = LazyLock::new(|| NOT_MADE.as_ptr() as u64);
    std::ptr::from_ref::<u64>(&FORWARD_WORD) as u64
}

/// Does the info word say that the activation is a lambda's?
pub fn is_lambda(info: u64) -> bool {
    info & IS_LAMBDA != 0
}

/// Allocates an environment in the heap, slots nil, with the activation and lambda bit of
/// `info_word`. None when memory is out.
pub fn allocate(heap: &mut Heap, shape: ShapeId, slots: u16, info_word: u64) -> Option<REnv> {
    let words = SLOTS + slots as usize;
    let cell = heap.allocate(WORDS_OFFSET + 8 * words)?;
    // SAFETY: the cell has room for the header and the words.
    unsafe {
        cell.write(Header::new(shape.0, Kind::Env));
        let at = cell.cast::<u64>().add(WORDS_OFFSET / 8);
        for index in 0..words {
            at.add(index).write(Value::NIL.bits());
        }
        at.add(FORWARD).write(at as u64);
        at.add(PARENT).write(0);
        at.add(METHOD).write(0);
        at.add(INFO).write(info(activation(info_word), slots, info_word & IS_LAMBDA | IN_HEAP));
        Some(REnv(Value::from_cell(cell)))
    }
}

impl REnv {
    /// The view of an environment cell.
    pub fn new(value: Value) -> Option<REnv> {
        value.is_kind(Kind::Env).then_some(REnv(value))
    }

    /// The environment whose words are at `words`, which lie in a cell.
    ///
    /// # Safety
    /// `words` was got from `words` of a live environment.
    pub unsafe fn from_words(words: EnvWords) -> REnv {
        // SAFETY: the words stand WORDS_OFFSET behind the cell's start.
        unsafe { REnv(Value::from_cell(words.cast::<u8>().sub(WORDS_OFFSET).cast())) }
    }

    /// The cell.
    pub fn value(self) -> Value {
        self.0
    }

    /// Address of the words.
    pub fn words(self) -> EnvWords {
        (self.0.bits() as usize + WORDS_OFFSET) as EnvWords
    }

    /// The info word.
    pub fn info(self) -> u64 {
        // SAFETY: the words of a live environment.
        unsafe { *self.words().add(INFO) }
    }

    /// Slot `index`.
    pub fn slot(self, index: usize) -> Option<Value> {
        // SAFETY: the info word gives the number of slots; slots hold values.
        unsafe {
            let words = self.words();
            (index < slot_count(*words.add(INFO))).then(|| Value::from_bits(*words.add(SLOTS + index)).unwrap_or(Value::NIL))
        }
    }

    /// Another environment with the same slots and activation, around which nothing stands yet.
    pub fn copy(self, heap: &mut Heap) -> Option<REnv> {
        let info = self.info();
        let header = self.0.header()?;
        let copy = allocate(heap, ShapeId(header.shape()), slot_count(info) as u16, info)?;
        for index in 0..slot_count(info) {
            copy.set_slot(index, self.slot(index).unwrap_or(Value::NIL));
        }
        Some(copy)
    }

    /// Marks the environment as that of an isolated Proc.
    pub fn freeze(self) {
        if let Some(header) = self.0.header() {
            header.set_flags(header.flags() | Header::FROZEN);
        }
    }

    /// Sets slot `index`; false when there is none.
    pub fn set_slot(self, index: usize, value: Value) -> bool {
        // SAFETY: as above.
        unsafe {
            let words = self.words();
            if index >= slot_count(*words.add(INFO)) {
                return false;
            }
            *words.add(SLOTS + index) = value.bits();
        }
        true
    }
}

/// # Safety
/// `cell` is a live environment cell.
pub(crate) unsafe fn trace_env(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: slots and self hold values; parent and block words are found as words (the parent is
    // an interior pointer, the block may be a stack record).
    unsafe {
        // Interpreter and machine code store into slots without a look at the cell.
        tracer.unguarded();
        let words = cell.cast::<u64>().add(WORDS_OFFSET / 8);
        tracer.word(*words.add(PARENT));
        tracer.word(*words.add(SELF));
        tracer.word(*words.add(BLOCK));
        if let Some(method) = MethodRef::from_word(*words.add(METHOD)) {
            tracer.value(method.value());
        }
        for index in 0..slot_count(*words.add(INFO)) {
            if let Some(value) = Value::from_bits(*words.add(SLOTS + index)) {
                tracer.value(value);
            }
        }
    }
}
