//! The sixteen bytes at the start of every heap cell.
//!
//! ```text
//! 0 u32 shape    class + instance variable layout + frozen, see objects::shape
//! 4 u8  kind     layout of the cell; 0 = free cell
//! 5 u8  gc       bits of GcByte
//! 6 u16 flags    kind-specific, low bit FROZEN
//! 8 u64 slots    overflow instance variable vector or 0
//! ```

use std::cell::Cell;

/// Layout of a heap cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Not allocated.
    Free = 0,
    /// Plain object with inline instance variables (also exceptions, structs, rationals).
    Object,
    /// Float outside the immediate range.
    Float,
    /// Integer outside the immediate range.
    Bignum,
    /// String.
    String,
    /// Array.
    Array,
    /// Hash.
    Hash,
    /// Range.
    Range,
    /// Proc or lambda.
    Proc,
    /// Class or module.
    Class,
    /// Environment of captured variables; never visible to Ruby.
    Env,
    /// Object with a native Rust part.
    Data,
    /// Persistent object that is not loaded yet; `Value::kind` loads it, so nobody else sees this.
    Ghost,
    /// Object that was moved to another Ractor: empty, and of no kind that builtins work on.
    Moved,
    /// Loaded function; like the kinds that follow never visible to Ruby.
    Code,
    /// Method.
    Method,
    /// Lexical scope.
    Scope,
    /// Link of the refinements in force in a scope.
    Refinements,
}

impl Kind {
    /// Of what the runtime is made of, and never visible to Ruby?
    pub fn is_internal(self) -> bool {
        matches!(self, Kind::Env | Kind::Code | Kind::Method | Kind::Scope | Kind::Refinements)
    }
}

const KINDS: [Kind; 18] = [
    Kind::Free,
    Kind::Object,
    Kind::Float,
    Kind::Bignum,
    Kind::String,
    Kind::Array,
    Kind::Hash,
    Kind::Range,
    Kind::Proc,
    Kind::Class,
    Kind::Env,
    Kind::Data,
    Kind::Ghost,
    Kind::Moved,
    Kind::Code,
    Kind::Method,
    Kind::Scope,
    Kind::Refinements,
];

/// Size and alignment of the heap's blocks. Every cell starts in the first 64 KiB of an aligned
/// block, and the block's first word is a `FaultFunction`.
pub const BLOCK_SIZE: usize = 64 * 1024;

/// Loads a ghost: after the call the cell has its real kind, shape and content.
pub type FaultFunction = unsafe extern "C" fn(cell: *mut Header);

/// Bits of the gc byte.
pub struct GcByte;

impl GcByte {
    /// The object is persistent and unchanged: its owner hears of the first change.
    pub const CLEAN: u8 = 1;
    /// The object has a finalizer or an object id to forget.
    pub const FINALIZE: u8 = 2;
    /// The object belongs to the external (persistent) space.
    pub const EXTERNAL: u8 = 4;
    /// The object survived a collection and was not changed since: what it refers to is old too.
    pub const OLD: u8 = 8;
    /// Before a change of an object with one of these bits the barrier is called.
    pub const BARRIER: u8 = GcByte::CLEAN | GcByte::OLD;
}

/// Header of a heap cell.
#[repr(C)]
pub struct Header {
    shape: Cell<u32>,
    kind: Cell<u8>,
    gc: Cell<u8>,
    flags: Cell<u16>,
    slots: Cell<u64>,
}

const _: () = assert!(size_of::<Header>() == 16);

impl Header {
    /// Flag: frozen (the shape says so too).
    pub const FROZEN: u16 = 1;
    /// Flag: chilled String literal.
    pub const CHILLED: u16 = 2;
    /// Flag: a String whose bytes are those of another one.
    pub const SHARED: u16 = 4;

    /// A header for a new cell.
    pub fn new(shape: u32, kind: Kind) -> Header {
        Header { shape: Cell::new(shape), kind: Cell::new(kind as u8), gc: Cell::new(0), flags: Cell::new(0), slots: Cell::new(0) }
    }

    /// Shape number.
    #[inline(always)]
    pub fn shape(&self) -> u32 {
        self.shape.get()
    }

    /// Changes the shape.
    #[inline(always)]
    pub fn set_shape(&self, shape: u32) {
        self.shape.set(shape);
    }

    /// Layout.
    #[inline(always)]
    pub fn kind(&self) -> Kind {
        KINDS.get(self.kind.get() as usize).copied().unwrap_or(Kind::Free)
    }

    /// The kind that a ghost has when it is loaded, or that a moved object had, from its flags.
    pub fn ghost_kind(flags: u16) -> Kind {
        KINDS.get((flags >> 8) as usize).copied().unwrap_or(Kind::Free)
    }

    /// Changes the layout number (ghosts becoming objects, cells becoming free).
    pub fn set_kind(&self, kind: Kind) {
        self.kind.set(kind as u8);
    }

    /// Makes a moved object of it, which remembers its kind for the collector.
    pub fn set_moved(&self) {
        self.set_flags(self.flags() & 0xff | u16::from(self.kind.get()) << 8);
        self.set_kind(Kind::Moved);
    }

    /// The gc byte.
    #[inline(always)]
    pub fn gc(&self) -> u8 {
        self.gc.get()
    }

    /// Replaces the gc byte.
    #[inline(always)]
    pub fn set_gc(&self, gc: u8) {
        self.gc.set(gc);
    }

    /// Kind-specific flags.
    #[inline(always)]
    pub fn flags(&self) -> u16 {
        self.flags.get()
    }

    /// Replaces the flags.
    #[inline(always)]
    pub fn set_flags(&self, flags: u16) {
        self.flags.set(flags);
    }

    /// Is the frozen flag set?
    #[inline(always)]
    pub fn is_frozen(&self) -> bool {
        self.flags.get() & Self::FROZEN != 0
    }

    /// Word of the overflow slot vector (0 = none).
    #[inline(always)]
    pub fn slots(&self) -> u64 {
        self.slots.get()
    }

    /// Replaces the word of the overflow slot vector.
    pub fn set_slots(&self, slots: u64) {
        self.slots.set(slots);
    }
}
