//! Operations on all bits of a buffer, with a mask that is repeated.

use super::memory::{Memory, change, copied, data};
use super::{make, raise};
use macros::ruby_methods;
use vm::{RResult, Value, Vm};

/// The mask's bytes; an empty one is none.
fn mask_of(vm: &mut Vm, mask: Value) -> RResult<Vec<u8>> {
    let size = data(vm, mask)?.size;
    if size == 0 {
        return Err(raise(vm, "MaskError", "Zero-length mask given!"));
    }
    copied(vm, mask, 0, size)
}

fn apply(bytes: &mut [u8], mask: &[u8], operation: fn(u8, u8) -> u8) {
    for (byte, &other) in bytes.iter_mut().zip(mask.iter().cycle()) {
        *byte = operation(*byte, other);
    }
}

/// A new buffer with the bytes after the operation.
fn combined(vm: &mut Vm, this: Value, mask: &[u8], operation: fn(u8, u8) -> u8) -> RResult {
    let size = data(vm, this)?.size;
    let mut bytes = copied(vm, this, 0, size)?;
    apply(&mut bytes, mask, operation);
    let class = vm.real_class_of(this);
    let made = make::fresh(vm, class, size)?;
    change(vm, made, 0, size, |place| place.copy_from_slice(&bytes))?;
    Ok(made)
}

/// The memory that a buffer lies in: its owner, and from where to where.
fn extent(vm: &mut Vm, buffer: Value) -> RResult<(Value, usize, usize)> {
    let this = data(vm, buffer)?;
    Ok(match this.memory {
        Memory::Part(root, start, ..) => (root, start, start + this.size),
        Memory::Text(text, from) => (text, from, from + this.size),
        _ => (buffer, 0, this.size),
    })
}

/// Changes the buffer in place.
fn change_by(vm: &mut Vm, this: Value, mask: Value, operation: fn(u8, u8) -> u8) -> RResult {
    let bytes = mask_of(vm, mask)?;
    super::memory::check_writable(vm, this)?;
    let ((ours, start, end), (theirs, from, to)) = (extent(vm, this)?, extent(vm, mask)?);
    if ours == theirs && start < to && from < end {
        return Err(raise(vm, "MaskError", "Mask overlaps source buffer!"));
    }
    let size = data(vm, this)?.size;
    change(vm, this, 0, size, |place| apply(place, &bytes, operation))?;
    Ok(this)
}

/// Operators.
pub struct Bits;

#[ruby_methods("IO::Buffer")]
impl Bits {
    #[method("&")]
    fn and(vm: &mut Vm, this: Value, mask: Value) -> RResult {
        let mask = mask_of(vm, mask)?;
        combined(vm, this, &mask, |a, b| a & b)
    }

    #[method("|")]
    fn or(vm: &mut Vm, this: Value, mask: Value) -> RResult {
        let mask = mask_of(vm, mask)?;
        combined(vm, this, &mask, |a, b| a | b)
    }

    #[method("^")]
    fn xor(vm: &mut Vm, this: Value, mask: Value) -> RResult {
        let mask = mask_of(vm, mask)?;
        combined(vm, this, &mask, |a, b| a ^ b)
    }

    #[method("~")]
    fn not(vm: &mut Vm, this: Value) -> RResult {
        combined(vm, this, &[0xff], |a, b| a ^ b)
    }

    #[method("and!")]
    fn and_in_place(vm: &mut Vm, this: Value, mask: Value) -> RResult {
        change_by(vm, this, mask, |a, b| a & b)
    }

    #[method("or!")]
    fn or_in_place(vm: &mut Vm, this: Value, mask: Value) -> RResult {
        change_by(vm, this, mask, |a, b| a | b)
    }

    #[method("xor!")]
    fn xor_in_place(vm: &mut Vm, this: Value, mask: Value) -> RResult {
        change_by(vm, this, mask, |a, b| a ^ b)
    }

    #[method("not!")]
    fn not_in_place(vm: &mut Vm, this: Value) -> RResult {
        let size = data(vm, this)?.size;
        change(vm, this, 0, size, |place| apply(place, &[0xff], |a, b| a ^ b))?;
        Ok(this)
    }
}
