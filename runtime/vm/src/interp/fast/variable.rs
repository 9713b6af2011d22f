//! Instance variables and constants that the site's cache knows.

use super::super::variable::{const_site, ivar_site};
use super::super::{Flow, operands, word};
use crate::vm::Vm;
use abi::frame::{self, Registers};
use heap::barrier_has_work;
use objects::site::IvarState;
use objects::{CrefRef, RObject};
use value::Value;

/// The inline slot of self that the site's cache names.
///
/// # Safety
/// `site` is an instance variable site of the running frame.
#[inline(always)]
unsafe fn slot(receiver: Value, state: &IvarState) -> Option<*mut Value> {
    let header = receiver.header()?;
    if header.shape() != state.shape.0 {
        return None;
    }
    // SAFETY: the cache was filled for this shape; ghosts have a shape of their own.
    unsafe { RObject::inline_slot(receiver, state.index, state.inline) }
}

/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn get_ivar(_vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: verified operands; self is a Value.
    unsafe {
        let o = operands::GetIvar::read(pc);
        let value = *slot(*fp.offset(frame::SELF), ivar_site(fp, o.site))?;
        fp.add(o.dst).write(if value.is_undef() { Value::NIL } else { value });
        Some((fp, pc.add(operands::GetIvar::UNITS)))
    }
}

/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn set_ivar(_vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: verified operands; self is a Value.
    unsafe {
        let o = operands::SetIvar::read(pc);
        let receiver = *fp.offset(frame::SELF);
        let slot = slot(receiver, ivar_site(fp, o.site))?;
        if barrier_has_work(receiver.header()?) {
            return None;
        }
        *slot = *fp.add(o.src);
        Some((fp, pc.add(operands::SetIvar::UNITS)))
    }
}

/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn get_const(_vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::GetConst::read(pc);
        let state = const_site(fp, o.site);
        if state.value.is_undef() || state.cref.map_or(0, CrefRef::word) != word(fp, frame::CREF) {
            return None;
        }
        fp.add(o.dst).write(state.value);
        Some((fp, pc.add(operands::GetConst::UNITS)))
    }
}
