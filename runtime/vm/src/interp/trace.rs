//! The operation that stands where something is reported while tracing is on.

use super::{Flow, code_of, exception, operands, save};
use crate::trace::Events;
use crate::vm::Vm;
use abi::frame::{Frame, Registers};
use bytecode::{CALL_SELF, Op};
use objects::{MethodBody, MethodRef};
use value::{Value, sym};

/// Reports what happens here, then does what stands here.
///
/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn trace(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: called with the running frame at a marked instruction; its operands are those of the
    // operation that stood here, which the function still has.
    unsafe {
        let code = code_of(fp);
        let at = code.pc_of(pc);
        let opcode = code.function.code[at as usize];
        let marks = vm.tracing.marks_at(code, at);
        save(vm, fp, pc);
        let Some(running) = Frame::at(fp) else { return super::finish(None) };
        let mut reported = Ok(());
        if marks.entry {
            reported = vm.trace_entry(running);
        }
        if marks.line && reported.is_ok() {
            reported = vm.trace_report(running, Events::LINE, running.line(), Value::NIL);
        }
        if marks.exit && reported.is_ok() {
            reported = vm.trace_exit(running, *fp.add(operands::Return::read(pc).src));
        }
        let called = if marks.call { builtin_callee(vm, fp, pc) } else { None };
        if let (Some((method, receiver)), true) = (called, reported.is_ok()) {
            reported = vm.trace_method(running, Events::C_CALL, Some(method), receiver, Value::NIL);
        }
        if reported.is_err() {
            return exception::unwind(vm, fp, pc);
        }
        let flow = super::step_as(vm, fp, pc, opcode);
        if let (Some((method, receiver)), false, true) = (called, flow.1.is_null(), flow.0 == fp) {
            let next = bytecode::Op::decode(&code.function.code, at as usize).map_or(0, |(_, next)| next);
            if code.pc_of(flow.1) as usize != next {
                return flow;
            }
            // Calls and operators name the register of their result first.
            let value = *fp.add(*pc.add(1) as usize);
            save(vm, fp, pc);
            if vm.trace_method(running, Events::C_RETURN, Some(method), receiver, value).is_err() {
                return exception::unwind(vm, fp, pc);
            }
        }
        flow
    }
}

/// The builtin method that a call or operator is about to run, and its receiver.
unsafe fn builtin_callee(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<(MethodRef, Value)> {
    // SAFETY: called with a live frame at a call or operator, whose operands are verified.
    unsafe {
        let frame = Frame::at(fp)?;
        let (op, _) = bytecode::Op::decode(&code_of(fp).function.code, code_of(fp).pc_of(pc) as usize)?;
        let (method, receiver) = match op {
            Op::SendSuper { .. } => {
                let class = vm.class_of(frame.receiver());
                (vm.find_super_under(frame.cref().refinements.get(), class, frame.method()?)?, frame.receiver())
            }
            Op::Send { base, .. } => named_callee(vm, frame, *fp.add(usize::from(base.0 + CALL_SELF)))?,
            _ if crate::trace::is_operator(&op) => named_callee(vm, frame, *fp.add(*pc.add(2) as usize))?,
            _ => return None,
        };
        let resolved = Vm::resolve_alias(method);
        // `new` runs `initialize` like code of the caller's.
        let allocates = resolved.name == sym::NEW && resolved.owner == vm.core.class;
        let builtin = matches!(resolved.body, MethodBody::Native(_) | MethodBody::Reader(_) | MethodBody::Writer(_));
        (builtin && !allocates).then_some((method, receiver))
    }
}

fn named_callee(vm: &mut Vm, frame: Frame, receiver: Value) -> Option<(MethodRef, Value)> {
    let name = crate::backtrace::site_name(frame)?;
    Some((vm.find_method_here(vm.class_of(receiver), name)?, receiver))
}

/// Reports that the builtin method at `pc` ended with what is pending.
///
/// # Safety
/// `fp` is the running frame and `pc` the instruction that failed.
pub(super) unsafe fn report_failed_call(vm: &mut Vm, fp: Registers, pc: *const u16) {
    // SAFETY: by the caller.
    unsafe {
        let code = code_of(fp);
        let Some(running) = Frame::at(fp).filter(|_| vm.tracing.marks_at(code, code.pc_of(pc)).call) else { return };
        if let Some((method, receiver)) = builtin_callee(vm, fp, pc) {
            let pending = std::mem::take(&mut vm.pending);
            let parked = vm.park(pending);
            if vm.trace_method(running, Events::C_RETURN, Some(method), receiver, Value::NIL).is_ok() {
                vm.unpark(parked);
            }
        }
    }
}
