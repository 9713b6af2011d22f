//! Floats and Integers outside the immediate ranges. Frozen.

use crate::shape::ShapeId;
use heap::Heap;
use num_bigint::BigInt;
use value::{Header, Kind, Value};

#[repr(C)]
struct FloatCell {
    header: Header,
    number: f64,
}

#[repr(C)]
struct BignumCell {
    header: Header,
    number: *mut BigInt,
}

/// Bytes before the number of a Float cell.
pub const FLOAT_OFFSET: usize = std::mem::offset_of!(FloatCell, number);

/// A Float of any size; `shape` is Float's frozen shape.
#[inline]
pub fn new_float(heap: &mut Heap, shape: ShapeId, number: f64) -> Option<Value> {
    if let Some(value) = Value::flonum(number) {
        return Some(value);
    }
    let cell = heap.allocate(size_of::<FloatCell>())?;
    // SAFETY: the cell has room for a FloatCell.
    unsafe {
        cell.cast::<FloatCell>().write(FloatCell { header: Header::new(shape.0, Kind::Float), number });
        (*cell).set_flags(Header::FROZEN);
        Some(Value::from_cell(cell))
    }
}

/// The number of a Float of any size.
#[inline(always)]
pub fn float_of(value: Value) -> Option<f64> {
    if let Some(number) = value.as_flonum() {
        return Some(number);
    }
    if !value.is_kind(Kind::Float) {
        return None;
    }
    // SAFETY: the kind says it is a FloatCell.
    Some(unsafe { (*value.as_cell()?.cast::<FloatCell>()).number })
}

/// An Integer of any size, immediate when it fits; `shape` is Integer's frozen cell shape.
pub fn new_integer(heap: &mut Heap, shape: ShapeId, number: BigInt) -> Option<Value> {
    if let Some(value) = i64::try_from(&number).ok().and_then(Value::fixnum) {
        return Some(value);
    }
    let bytes = number.bits() as usize / 8;
    let cell = heap.allocate(size_of::<BignumCell>())?;
    heap.note_malloc(bytes);
    let number = Box::into_raw(Box::new(number));
    // SAFETY: the cell has room for a BignumCell.
    unsafe {
        cell.cast::<BignumCell>().write(BignumCell { header: Header::new(shape.0, Kind::Bignum), number });
        (*cell).set_flags(Header::FROZEN);
        Some(Value::from_cell(cell))
    }
}

/// The number of an Integer cell (not of immediates).
pub fn bignum_of(value: &Value) -> Option<&BigInt> {
    if !value.is_kind(Kind::Bignum) {
        return None;
    }
    // SAFETY: the kind says it is a BignumCell, whose number is never changed; the borrow of the
    // caller's Value keeps it on a scanned stack.
    Some(unsafe { &*(*value.as_cell()?.cast::<BignumCell>()).number })
}

/// The number of any Integer.
pub fn integer_of(value: Value) -> Option<BigInt> {
    match value.as_fixnum() {
        Some(n) => Some(BigInt::from(n)),
        None => bignum_of(&value).cloned(),
    }
}

/// Releases the number of a dead Bignum.
///
/// # Safety
/// `cell` is a dead BignumCell.
pub(crate) unsafe fn drop_bignum(cell: *mut Header) {
    // SAFETY: made by Box::into_raw in new_integer.
    unsafe { drop(Box::from_raw((*cell.cast::<BignumCell>()).number)) }
}
