//! Byte offsets that machine code uses, taken from the types themselves.

use crate::head::VmHead;
use std::mem::offset_of;

/// `VmHead::interrupt` from the VM's address (the head is the VM's first field).
pub const VM_INTERRUPT: i32 = offset_of!(VmHead, interrupt) as i32;
/// `VmHead::fp`
pub const VM_FP: i32 = offset_of!(VmHead, fp) as i32;
/// `VmHead::stack_limit`
pub const VM_STACK_LIMIT: i32 = offset_of!(VmHead, stack_limit) as i32;
/// `VmHead::native_limit`
pub const VM_NATIVE_LIMIT: i32 = offset_of!(VmHead, native_limit) as i32;
/// `VmHead::activation`
pub const VM_ACTIVATION: i32 = offset_of!(VmHead, activation) as i32;
/// Machine entry of a code.
pub const CODE_ENTRY: i32 = offset_of!(objects::Code, entry) as i32;
/// First instruction of a code.
pub const CODE_START: i32 = offset_of!(objects::Code, start) as i32;
/// Arguments of a `yield` that are a code's parameters as they are.
pub const CODE_YIELD_ARGC: i32 = offset_of!(objects::Code, yield_argc) as i32;
/// Most arguments of such a `yield`.
pub const CODE_YIELD_MAX: i32 = offset_of!(objects::Code, yield_max) as i32;
/// Shape in a cell's header.
pub const CELL_SHAPE: i32 = 0;
/// Kind byte in a cell's header.
pub const CELL_KIND: i32 = 4;
/// GC byte in a cell's header.
pub const CELL_GC: i32 = 5;
/// First inline slot of a plain object.
pub const OBJECT_SLOTS: i32 = objects::object::SLOTS_OFFSET as i32;
/// Variables outside of a cell: address of the slots, or 0.
pub const CELL_SLOTS: i32 = 8;
/// Address of the first of the slots outside of a cell.
pub const OVERFLOW_FIRST: i32 = objects::object::OVERFLOW_FIRST_OFFSET as i32;
/// Their number.
pub const OVERFLOW_LENGTH: i32 = objects::object::OVERFLOW_LENGTH_OFFSET as i32;
/// Element pointer of an Array.
pub const ARRAY_ELEMENTS: i32 = objects::array::ELEMENTS_OFFSET as i32;
/// Length of an Array.
pub const ARRAY_LENGTH: i32 = objects::array::LENGTH_OFFSET as i32;
/// Capacity of an Array.
pub const ARRAY_CAPACITY: i32 = objects::array::CAPACITY_OFFSET as i32;
/// Address of a String's bytes.
pub const STRING_BYTES: i32 = objects::string::BYTES_OFFSET as i32;
/// Number of a String's bytes.
pub const STRING_LENGTH: i32 = objects::string::LENGTH_OFFSET as i32;
/// Number of a String's encoding, a byte.
pub const STRING_ENCODING: i32 = objects::string::ENCODING_OFFSET as i32;
/// A String's known code range, 0 for none.
pub const STRING_RANGE: i32 = objects::string::RANGE_OFFSET as i32;
/// Flags in a cell's header.
pub const CELL_FLAGS: i32 = 6;
/// Number of a Float cell.
pub const FLOAT_NUMBER: i32 = objects::number::FLOAT_OFFSET as i32;
