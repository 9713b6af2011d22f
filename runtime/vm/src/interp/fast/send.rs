//! Calls of simple Ruby methods and blocks, readers and writers, returns.

use super::super::send::{CALL_UNITS, Callee, link_frame, overflows};
use super::super::{Flow, call_site, operands, word};
use crate::vm::Vm;
use abi::frame::{self, FrameFlags, Registers};
use bytecode::{CALL_BLOCK, CALL_SELF, FRAME_HEADER};
use heap::barrier_has_work;
use objects::site::{CallKind, CallState};
use objects::{BlockWord, CodeRef, MethodRef, RObject, ShapeId};
use std::sync::atomic::Ordering;
use value::Value;

/// Counts a call that stays in the interpreter; None when it makes the code hot, there is machine code, or somebody
/// wants a safepoint.
#[inline(always)]
fn count_quickly(vm: &Vm, code: CodeRef) -> Option<()> {
    let calls = code.calls.get().wrapping_add(1);
    if calls == vm.tier_thresholds.0 || !code.entry.get().is_null() || vm.head.interrupt.load(Ordering::Relaxed) != 0 {
        return None;
    }
    code.calls.set(calls);
    Some(())
}

/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn send(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: operands are verified: the call area lies in the frame.
    unsafe {
        let o = operands::Send::read(pc);
        let state = call_site(fp, o.site);
        let receiver = *fp.add(o.base + CALL_SELF as usize);
        if ShapeId::of(receiver) != state.cache.shape {
            return None;
        }
        match state.cache.kind {
            CallKind::Simple => call_simple(vm, fp, pc, o.base, state),
            CallKind::Reader => {
                let value = *RObject::inline_slot(receiver, state.cache.slot, state.cache.instance.0)?;
                fp.add(o.dst).write(if value.is_undef() { Value::NIL } else { value });
                Some((fp, pc.add(CALL_UNITS)))
            }
            CallKind::Writer => {
                let slot = RObject::inline_slot(receiver, state.cache.slot, state.cache.instance.0)?;
                if barrier_has_work(receiver.header()?) {
                    return None;
                }
                let value = *fp.add(o.base + FRAME_HEADER as usize);
                *slot = value;
                fp.add(o.dst).write(value);
                Some((fp, pc.add(CALL_UNITS)))
            }
            CallKind::Native
            | CallKind::ProcCall
            | CallKind::Defined
            | CallKind::New
            | CallKind::Allocate
            | CallKind::Direct
            | CallKind::Splat
            | CallKind::General
            | CallKind::Empty => None,
        }
    }
}

/// Pushes the frame of a Ruby method whose parameters take the arguments as they are.
#[inline(always)]
unsafe fn call_simple(vm: &mut Vm, fp: Registers, pc: *const u16, base: usize, state: &CallState) -> Option<Flow> {
    // SAFETY: called by `send` with a hit.
    unsafe {
        let callee = fp.add(base + FRAME_HEADER as usize);
        let code = CodeRef::from_word(state.cache.code);
        if overflows(vm, callee, code) {
            return None;
        }
        count_quickly(vm, code)?;
        *fp.cast::<u64>().add(base + CALL_BLOCK as usize) = BlockWord::NONE.0;
        *fp.cast::<u64>().offset(frame::PC) = pc as u64;
        let method = state.cache.method.map_or(0, MethodRef::word);
        link_frame(fp, callee, &Callee { method, code, env: 0, cref: state.cache.cref, flags: 0 });
        crate::send::clear_registers(callee, state.argc as usize, code.locals_end as usize);
        Some((callee, code.start))
    }
}

/// A block record whose parameters take the arguments as they are.
///
/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn yield_(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: by the caller.
    unsafe {
        if call_site(fp, operands::Yield::read(pc).site).site.depth != 0 {
            return None;
        }
        let (callee, code) = push_block(vm, fp, pc, BlockWord(word(fp, frame::BLOCK)))?;
        count_quickly(vm, code)?;
        Some((callee, code.start))
    }
}

/// Pushes the frame of the literal block that a simple `yield` runs; None when it is not simple.
///
/// # Safety
/// `pc` is a `yield` of the running frame `fp`, whose method's block is `block`.
#[inline(always)]
pub(in crate::interp) unsafe fn push_block(vm: &mut Vm, fp: Registers, pc: *const u16, block: BlockWord) -> Option<(Registers, CodeRef)> {
    // SAFETY: verified operands; records name their home frame.
    unsafe {
        let o = operands::Yield::read(pc);
        let state = call_site(fp, o.site);
        let record = block.record().filter(|_| state.plain)?;
        let code = CodeRef::from_word(*record);
        let callee = fp.add(o.base + FRAME_HEADER as usize);
        if code.yield_argc > state.argc || state.argc > code.yield_max || overflows(vm, callee, code) {
            return None;
        }
        // What is too much is forgotten.
        enter_block(fp, pc, callee, record, code.yield_argc as usize);
        Some((callee, code))
    }
}

/// Writes the frame of a literal block over its first parameters, `count` of them.
///
/// # Safety
/// `pc` is a `yield` of the running frame `fp`, the frame at `callee` fits on the stack, and `record` is the block's.
#[inline(always)]
pub(in crate::interp) unsafe fn enter_block(fp: Registers, pc: *const u16, callee: Registers, record: *const u64, count: usize) {
    // SAFETY: by the caller; records name their home frame.
    unsafe {
        let code = CodeRef::from_word(*record);
        let home = *record.add(1) as *const u64;
        *callee.cast::<u64>().offset(frame::SELF) = *home.offset(frame::SELF);
        *callee.cast::<u64>().offset(frame::BLOCK) = BlockWord::NONE.0;
        *fp.cast::<u64>().offset(frame::PC) = pc as u64;
        let env = *home.offset(frame::ENV);
        let env = if env == 0 { 0 } else { *(env as *const u64) };
        link_frame(fp, callee, &Callee { method: *home.offset(frame::METHOD), code, env, cref: *home.offset(frame::CREF), flags: 0 });
        crate::send::clear_registers(callee, count, code.locals_end as usize);
    }
}

/// A return to Ruby code.
///
/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn return_(_vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: verified operands; the link names the calling frame, which waits at a call.
    unsafe {
        let link = word(fp, frame::LINK);
        if link & FrameFlags::ENTRY != 0 {
            return None;
        }
        let value = if link & FrameFlags::CONSTRUCTOR != 0 { *fp.offset(frame::SELF) } else { *fp.add(operands::Return::read(pc).src) };
        let caller = (link & !FrameFlags::MASK) as Registers;
        let pc = word(caller, frame::PC) as *const u16;
        caller.add(*pc.add(1) as usize).write(value);
        Some((caller, pc.add(CALL_UNITS)))
    }
}
