//! Elements of plain Arrays, while no operator is redefined.

use super::super::Flow;
use super::super::operands;
use crate::vm::Vm;
use abi::frame::Registers;
use objects::{RArray, ShapeId};
use value::Value;

/// The Array, when it is one of class Array itself, by its shape alone: a ghost has another.
#[inline(always)]
fn plain_array(vm: &Vm, value: Value) -> Option<(RArray, ShapeId)> {
    let shape = ShapeId(value.header()?.shape());
    let (open, frozen) = vm.array_shapes;
    if vm.head.redefined != 0 || shape != open && shape != frozen {
        return None;
    }
    // SAFETY: only Arrays have these shapes.
    Some((unsafe { RArray::unchecked(value) }, shape))
}

/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn index(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::Index::read(pc);
        let at = (*fp.add(o.b)).as_fixnum()?;
        let (array, _) = plain_array(vm, *fp.add(o.a))?;
        fp.add(o.dst).write(array.at(at).unwrap_or(Value::NIL));
        Some((fp, pc.add(operands::Index::UNITS)))
    }
}

/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn index_set(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::IndexSet::read(pc);
        let at = usize::try_from((*fp.add(o.b)).as_fixnum()?).ok()?;
        let (array, shape) = plain_array(vm, *fp.add(o.a))?;
        if shape != vm.array_shapes.0 || !array.set_quickly(at, *fp.add(o.value)) {
            return None;
        }
        Some((fp, pc.add(operands::IndexSet::UNITS)))
    }
}
