//! Handlers: finding where a pending exception, break, return or throw goes on.

use super::operands;
use super::{Flow, code_of, finish, save, send, word};
use crate::raise::Pending;
use crate::vm::Vm;
use abi::frame::{self, Frame, FrameFlags, Registers};
use bytecode::{Catch, CatchKind, MatchFault};
use objects::RArray;
use value::{RResult, Value, sym};

/// Goes on with what is pending after the instruction at `pc` failed in frame `fp`.
///
/// # Safety
/// `fp` is the running frame and `pc` its instruction.
#[cold]
#[inline(never)]
pub(crate) unsafe fn unwind(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: by the caller, and then frame by frame along the links; each caller waits at its pc.
    unsafe {
        if vm.stepping == fp {
            // Machine code ran this instruction: it hands the failure back itself.
            return finish(None);
        }
        if let Pending::Rerun = vm.pending {
            // Only machine code leaves anything in registers, and it would have taken this back.
            save(vm, fp, pc);
            vm.runtime_error("variables of a frame that is interpreted are missing: a fault of the compiler");
        }
        if vm.is_traced() {
            save(vm, fp, pc);
            super::trace::report_failed_call(vm, fp, pc);
        }
        let (mut fp, mut pc) = (fp, pc);
        loop {
            save(vm, fp, pc);
            if let Some(flow) = land(vm, fp, pc) {
                return flow;
            }
            if vm.is_traced()
                && let Some(ended) = Frame::at(fp)
            {
                vm.trace_unwound(ended);
            }
            let link = word(fp, frame::LINK);
            let caller = (link & !FrameFlags::MASK) as Registers;
            if link & FrameFlags::ENTRY != 0 {
                vm.head.fp = caller;
                return finish(None);
            }
            fp = caller;
            pc = word(caller, frame::PC) as *const u16;
        }
    }
}

/// Goes on with what is pending after frame `fp` ended with it (machine code unwound it).
///
/// # Safety
/// `fp` is the frame that ended.
pub(super) unsafe fn unwind_from_caller(vm: &mut Vm, fp: Registers) -> Flow {
    // SAFETY: by the caller.
    unsafe {
        let link = word(fp, frame::LINK);
        let caller = (link & !FrameFlags::MASK) as Registers;
        vm.head.fp = caller;
        if link & FrameFlags::ENTRY != 0 {
            return finish(None);
        }
        unwind(vm, caller, word(caller, frame::PC) as *const u16)
    }
}

/// Where the pending state goes on in this frame, if it does.
unsafe fn land(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: called with a live frame at an instruction.
    unsafe {
        let frame = Frame::at(fp)?;
        if let Pending::Break { activation, code, value } = vm.pending
            && frame.activation() == Some(activation)
            && super::control::passes_block(frame, code)
        {
            vm.pending = Pending::None;
            fp.add(*pc.add(1) as usize).write(value);
            return Some((fp, pc.add(send::CALL_UNITS)));
        }
        if let Some(handler) = find_handler(vm, fp, pc) {
            return Some(enter_handler(vm, fp, handler));
        }
        if let Pending::Return { activation, value } = vm.pending
            && frame.activation() == Some(activation)
        {
            vm.pending = Pending::None;
            if vm.is_traced() && vm.trace_exit(frame, value).is_err() {
                return None;
            }
            return Some(send::leave(vm, fp, value));
        }
        None
    }
}

unsafe fn find_handler(vm: &Vm, fp: Registers, pc: *const u16) -> Option<Catch> {
    // SAFETY: called with a live frame.
    let code = unsafe { code_of(fp) };
    let at = code.pc_of(pc);
    let rescues = matches!(vm.pending, Pending::Exception(_));
    code.function.catches.iter().find(|entry| entry.start <= at && at < entry.end && (rescues || entry.kind == CatchKind::Ensure)).copied()
}

unsafe fn enter_handler(vm: &mut Vm, fp: Registers, handler: Catch) -> Flow {
    let pending = std::mem::take(&mut vm.pending);
    if let Pending::Exception(exception) = pending {
        vm.errinfo = exception;
    }
    let value = vm.park(pending);
    if vm.is_traced() && handler.kind == CatchKind::Rescue {
        // A listener cannot stop the handler: what it raises is dropped.
        let told = vm.trace_exception(crate::trace::Events::RESCUE, value);
        if told.is_err() {
            vm.pending = Pending::None;
        }
    }
    // SAFETY: the handler's register and pc are verified.
    unsafe {
        fp.add(handler.register as usize).write(value);
        (fp, code_of(fp).start.add(handler.handler as usize))
    }
}

/// Finds the place in the frame `fp` (or its callers down to the innermost entry frame) where the
/// pending state goes on, and runs from there: how machine code hands failures to the interpreter.
///
/// # Safety
/// `fp` is the running frame and its saved pc the failed instruction.
pub unsafe fn resume_pending(vm: &mut Vm, fp: Registers) -> Option<Value> {
    // SAFETY: by the caller.
    unsafe {
        let pc = word(fp, frame::PC) as *const u16;
        let (fp, pc) = unwind(vm, fp, pc);
        if pc.is_null() { Value::from_bits(fp as u64) } else { super::run(vm, fp, pc) }
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn rescue_match(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::RescueMatch::read(pc);
        let result = vm.rescue_fits(*fp.add(o.exception), *fp.add(o.class)).map(Value::bool);
        super::arith::store(vm, fp, pc, o.dst, operands::RescueMatch::UNITS, result.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn rescue_match_any(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::RescueMatchAny::read(pc);
        let result = vm.rescue_fits_any(*fp.add(o.exception), *fp.add(o.classes)).map(Value::bool);
        super::arith::store(vm, fp, pc, o.dst, operands::RescueMatchAny::UNITS, result.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn get_errinfo(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        fp.add(operands::GetErrinfo::read(pc).dst).write(vm.errinfo);
        (fp, pc.add(operands::GetErrinfo::UNITS))
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn set_errinfo(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        vm.errinfo = *fp.add(operands::SetErrinfo::read(pc).src);
        (fp, pc.add(operands::SetErrinfo::UNITS))
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn rethrow(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let value = *fp.add(operands::Rethrow::read(pc).src);
        vm.unpark(value);
        unwind(vm, fp, pc)
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn no_match(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::NoMatch::read(pc);
        vm.raise_no_match(*fp.add(o.src), *fp.add(o.reason), *fp.add(o.left), *fp.add(o.right));
        unwind(vm, fp, pc)
    }
}

impl Vm {
    fn rescue_fits(&mut self, exception: Value, class: Value) -> RResult<bool> {
        if objects::RClass::new(class).is_none() {
            return Err(self.type_error("class or module required for rescue clause"));
        }
        Ok(self.call(class, sym::EQQ, &[exception])?.truthy())
    }

    fn rescue_fits_any(&mut self, exception: Value, classes: Value) -> RResult<bool> {
        let Some(list) = RArray::new(classes) else { return Ok(false) };
        let mut index = 0;
        while let Some(class) = list.get(index) {
            index += 1;
            if self.rescue_fits(exception, class)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn raise_no_match(&mut self, value: Value, reason: Value, left: Value, right: Value) {
        let Ok(mut text) = self.inspect_text(value) else { return };
        let fault = reason.as_fixnum().and_then(MatchFault::from_number);
        if let Some(fault) = fault {
            let Ok(explained) = self.fault_text(fault, left, right) else { return };
            text = format!("{text}: {explained}");
        }
        if fault != Some(MatchFault::Key) {
            let class = self.core.no_matching_pattern_error;
            self.raise(class, &text);
            return;
        }
        let class = self.core.no_matching_pattern_key_error;
        let message = self.str(&text);
        if let Ok(exception) = self.new_exception(class, message) {
            self.set_hidden(exception, sym::H_KEY, right);
            self.set_hidden(exception, sym::H_RECEIVER, left);
            self.raise_exception(exception);
        }
    }

    fn fault_text(&mut self, fault: MatchFault, left: Value, right: Value) -> RResult<String> {
        if fault == MatchFault::Guard {
            return Ok("guard clause does not return true".to_string());
        }
        if fault == MatchFault::Key {
            return Ok(format!("key not found: {}", self.inspect_text(right)?));
        }
        let shown = self.inspect_text(left)?;
        let given = RArray::new(left).map_or(0, RArray::len);
        let expected = right.as_fixnum().unwrap_or(0);
        Ok(match fault {
            MatchFault::Unequal => format!("{shown} === {} does not return true", self.inspect_text(right)?),
            MatchFault::NoDeconstruct => format!("{shown} does not respond to #deconstruct"),
            MatchFault::NoDeconstructKeys => format!("{shown} does not respond to #deconstruct_keys"),
            MatchFault::Length => format!("{shown} length mismatch (given {given}, expected {expected})"),
            MatchFault::MinimalLength => format!("{shown} length mismatch (given {given}, expected {expected}+)"),
            MatchFault::NotFound => format!("{shown} does not match to find pattern"),
            MatchFault::NotEmpty => format!("{shown} is not empty"),
            MatchFault::RestNotEmpty => format!("rest of {shown} is not empty"),
            MatchFault::Guard | MatchFault::Key => String::new(),
        })
    }
}
