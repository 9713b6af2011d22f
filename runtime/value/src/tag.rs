//! The bit layout of a value and the only conversions between words and values.
//!
//! ```text
//! ...xxx1   Integer of 63 bits, 2n+1
//! ...xx10   Float whose exponent is in the common range (CRuby's "flonum"), rotated by 3
//! ...x000   pointer to a heap cell (never null)
//! 0x04 nil  0x0c false  0x14 true  0x24 undef  id<<8|0x34 Symbol
//! ```
//! 0 is no Value, so `Option<Value>` and `Result<Value, Raised>` are one register.

use crate::header::{BLOCK_SIZE, FaultFunction, Header, Kind};
use crate::symbol::Symbol;
use std::num::NonZeroU64;

/// A Ruby value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(NonZeroU64);

/// Marker that something is pending in the VM (exception, break, throw); the detail is in the VM.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Raised;

/// Result of everything that can raise.
pub type RResult<T = Value> = Result<T, Raised>;

const SYMBOL_TAG: u64 = 0x34;
pub const FLONUM_ZERO: u64 = 0x8000_0000_0000_0002;

impl Value {
    /// nil
    pub const NIL: Value = Value::constant(0x04);
    /// false
    pub const FALSE: Value = Value::constant(0x0c);
    /// true
    pub const TRUE: Value = Value::constant(0x14);
    /// Argument not given, slot not set; never visible to Ruby.
    pub const UNDEF: Value = Value::constant(0x24);
    /// Smallest immediate Integer.
    pub const FIXNUM_MIN: i64 = -(1 << 62);
    /// Largest immediate Integer.
    pub const FIXNUM_MAX: i64 = (1 << 62) - 1;

    #[inline(always)]
    const fn constant(bits: u64) -> Value {
        match NonZeroU64::new(bits) {
            Some(word) => Value(word),
            None => panic!("0 is no Value"),
        }
    }

    /// The word as it is.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0.get()
    }

    /// The value of a word; None for 0.
    ///
    /// # Safety
    /// `bits` is 0 or the word of a value: if its low three bits are 0 it points to a live cell.
    #[inline(always)]
    pub const unsafe fn from_bits(bits: u64) -> Option<Value> {
        match NonZeroU64::new(bits) {
            Some(word) => Some(Value(word)),
            None => None,
        }
    }

    /// The value of a heap cell.
    ///
    /// # Safety
    /// `cell` points to a live, initialised cell of the heap.
    #[inline(always)]
    pub unsafe fn from_cell(cell: *const Header) -> Value {
        debug_assert!(!cell.is_null() && cell as u64 & 7 == 0);
        // SAFETY: a cell address is not null (caller).
        Value(unsafe { NonZeroU64::new_unchecked(cell as u64) })
    }

    /// An Integer when `n` fits in 63 bits.
    #[inline(always)]
    pub const fn fixnum(n: i64) -> Option<Value> {
        if n >= Self::FIXNUM_MIN && n <= Self::FIXNUM_MAX { Some(Self::small(n)) } else { None }
    }

    /// An Integer that is known to fit; wraps otherwise (asserted in debug builds).
    #[inline(always)]
    pub const fn small(n: i64) -> Value {
        debug_assert!(n >= Self::FIXNUM_MIN && n <= Self::FIXNUM_MAX);
        Self::constant((n as u64) << 1 | 1)
    }

    /// true or false.
    #[inline(always)]
    pub const fn bool(truth: bool) -> Value {
        if truth { Self::TRUE } else { Self::FALSE }
    }

    /// A Symbol.
    #[inline(always)]
    pub const fn symbol(symbol: Symbol) -> Value {
        Self::constant((symbol.0 as u64) << 8 | SYMBOL_TAG)
    }

    /// A Float when its exponent is in the immediate range.
    #[inline(always)]
    pub fn flonum(number: f64) -> Option<Value> {
        let bits = number.to_bits();
        let exponent_top = bits >> 60 & 7;
        if bits != 0x3000_0000_0000_0000 && (exponent_top == 3 || exponent_top == 4) {
            return NonZeroU64::new(bits.rotate_left(3) & !3 | 2).map(Value);
        }
        if bits == 0 { Some(Self::constant(FLONUM_ZERO)) } else { None }
    }

    /// Neither nil nor false.
    #[inline(always)]
    pub const fn truthy(self) -> bool {
        self.bits() & !8 != 4
    }

    /// nil?
    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.bits() == 4
    }

    /// Is it the undef marker?
    #[inline(always)]
    pub const fn is_undef(self) -> bool {
        self.bits() == 0x24
    }

    /// Is it an immediate Integer?
    #[inline(always)]
    pub const fn is_fixnum(self) -> bool {
        self.bits() & 1 == 1
    }

    /// The immediate Integer.
    #[inline(always)]
    pub const fn as_fixnum(self) -> Option<i64> {
        if self.is_fixnum() { Some(self.bits() as i64 >> 1) } else { None }
    }

    /// Is it an immediate Float?
    #[inline(always)]
    pub const fn is_flonum(self) -> bool {
        self.bits() & 3 == 2
    }

    /// The immediate Float.
    #[inline(always)]
    pub fn as_flonum(self) -> Option<f64> {
        if !self.is_flonum() {
            return None;
        }
        let bits = self.bits();
        if bits == FLONUM_ZERO {
            return Some(0.0);
        }
        // The two low exponent bits that the tag replaced follow from the top one.
        let restored = (2 - (bits >> 63)) | bits & !3;
        Some(f64::from_bits(restored.rotate_right(3)))
    }

    /// Is it a Symbol?
    #[inline(always)]
    pub const fn is_symbol(self) -> bool {
        self.bits() & 0xff == SYMBOL_TAG
    }

    /// The Symbol.
    #[inline(always)]
    pub const fn as_symbol(self) -> Option<Symbol> {
        Self::symbol_of(self.bits())
    }

    /// The Symbol with this word.
    #[inline(always)]
    pub const fn symbol_of(bits: u64) -> Option<Symbol> {
        if bits & 0xff == SYMBOL_TAG { Some(Symbol((bits >> 8) as u32)) } else { None }
    }

    /// Is it a heap cell?
    #[inline(always)]
    pub const fn is_cell(self) -> bool {
        self.bits() & 7 == 0
    }

    /// The heap cell.
    #[inline(always)]
    pub const fn as_cell(self) -> Option<*mut Header> {
        if self.is_cell() { Some(self.bits() as *mut Header) } else { None }
    }

    /// The cell's header, if it is a cell.
    #[inline(always)]
    pub fn header(&self) -> Option<&Header> {
        // SAFETY: a Value that is a cell points to a live cell, which starts with a Header; header
        // fields are only changed through Cells.
        self.as_cell().map(|cell| unsafe { &*cell })
    }

    /// Kind of the cell, loading it first when it is a ghost; None for immediates.
    #[inline(always)]
    pub fn kind(self) -> Option<Kind> {
        match self.header()?.kind() {
            Kind::Ghost => Some(self.load_ghost()),
            kind => Some(kind),
        }
    }

    #[cold]
    fn load_ghost(self) -> Kind {
        let cell = self.bits() as *mut Header;
        let block = (self.bits() as usize & !(BLOCK_SIZE - 1)) as *const FaultFunction;
        // SAFETY: ghosts are cells; every cell's block starts with its fault function (header.rs).
        unsafe {
            (*block)(cell);
            (*cell).kind()
        }
    }

    /// Is it a cell of this kind?
    #[inline(always)]
    pub fn is_kind(self, kind: Kind) -> bool {
        self.kind() == Some(kind)
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Value::NIL => f.write_str("nil"),
            Value::TRUE => f.write_str("true"),
            Value::FALSE => f.write_str("false"),
            Value::UNDEF => f.write_str("undef"),
            _ => {
                if let Some(n) = self.as_fixnum() {
                    write!(f, "{n}")
                } else if let Some(x) = self.as_flonum() {
                    write!(f, "{x:?}")
                } else if let Some(s) = self.as_symbol() {
                    write!(f, "{s:?}")
                } else {
                    write!(f, "{:?}@{:#x}", self.kind(), self.bits())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_keep_their_value_at_the_edges() {
        for n in [0, 1, -1, 42, Value::FIXNUM_MAX, Value::FIXNUM_MIN] {
            assert_eq!(Value::fixnum(n).and_then(Value::as_fixnum), Some(n));
        }
        assert_eq!(Value::fixnum(Value::FIXNUM_MAX + 1), None);
        assert_eq!(Value::fixnum(Value::FIXNUM_MIN - 1), None);
    }

    #[test]
    fn floats_keep_their_bits_or_are_refused() {
        for x in [0.0, 1.0, -1.0, 0.1, 3.5e10, -2.5e-10, 1e60, 1e-60] {
            let value = Value::flonum(x).expect("in range");
            assert_eq!(value.as_flonum().map(f64::to_bits), Some(x.to_bits()));
        }
        for x in [-0.0, f64::NAN, f64::INFINITY, 1e300, 1e-300, f64::MIN_POSITIVE] {
            assert_eq!(Value::flonum(x), None, "{x}");
        }
    }

    #[test]
    fn only_nil_and_false_are_falsy() {
        assert!(!Value::NIL.truthy() && !Value::FALSE.truthy());
        assert!(Value::TRUE.truthy() && Value::small(0).truthy() && Value::UNDEF.truthy());
        assert!(Value::symbol(Symbol(0)).truthy());
    }

    #[test]
    fn optional_values_are_one_word() {
        assert_eq!(size_of::<Option<Value>>(), 8);
        assert_eq!(size_of::<RResult>(), 8);
    }
}
