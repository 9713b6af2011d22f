//! The interpreter.
//!
//! Each operation has one body, a function from (frame, pc) to the next (frame, pc). Release builds
//! wrap every body in a handler that ends in a sibling call to the next one ("threaded"); other builds
//! run a loop around a `match`. A null pc ends the run: the first word is then the result, 0 when
//! something is pending.
//!
//! What runs often has a fast path beside its body (`fast` lists them): it does the usual case without
//! any call, or declines. Its handler saves no registers, because what it declines is a sibling call too.

mod arith;
mod control;
mod define;
mod direct;
mod exception;
mod fast;
mod object;
mod operands;
mod pattern;
mod redirect;
mod send;
mod trace;
mod variable;

use crate::vm::Vm;
use abi::frame::{self, Registers};
use objects::CodeRef;
use objects::site::{CallState, SiteState};
use stdx::panic;
use value::Value;

/// Next frame and pc.
pub(crate) type Flow = (Registers, *const u16);

pub(crate) use exception::resume_pending;
pub(crate) use redirect::Redirections;
pub(crate) use send::yield_simply;

/// The flow that ends the run.
#[inline(always)]
pub(crate) fn finish(result: Option<Value>) -> Flow {
    (result.map_or(0, Value::bits) as Registers, std::ptr::null())
}

/// Runs a pushed entry frame to its end.
pub(crate) fn enter(vm: &mut Vm, fp: Registers, code: CodeRef) -> Option<Value> {
    send::count_call(vm, code, fp);
    let entry = code.entry.get();
    if !entry.is_null() {
        // SAFETY: `fp` is a pushed frame of this code.
        unsafe {
            let caller = (word(fp, frame::LINK) & !frame::FrameFlags::MASK) as Registers;
            let result = send::run_machine_code(vm, fp, entry);
            vm.head.fp = caller;
            return result;
        }
    }
    // SAFETY: as above; code starts with an instruction (verified when compiled).
    unsafe { run(vm, fp, code.start) }
}

/// Runs from `pc` in the frame until its innermost entry frame ends.
///
/// # Safety
/// `fp` is the innermost frame and `pc` an instruction of its code.
pub unsafe fn run(vm: &mut Vm, mut fp: Registers, mut pc: *const u16) -> Option<Value> {
    // SAFETY: by the caller; a finished flow carries 0 or a Value's word.
    unsafe {
        loop {
            match panic::catch(|| dispatch(vm, fp, pc)) {
                Ok(word) => return Value::from_bits(word),
                Err(panic) => (fp, pc) = recover(vm, panic),
            }
            if pc.is_null() {
                return Value::from_bits(fp as u64);
            }
        }
    }
}

/// Goes on with `fatal` at the instruction that panicked, which `Place` noted.
///
/// # Safety
/// The instruction's frame belongs to the run that caught the panic.
#[cold]
#[inline(never)]
unsafe fn recover(vm: &mut Vm, panic: panic::Panic) -> Flow {
    // SAFETY: by the caller.
    unsafe {
        let fp = vm.head.fp;
        vm.raise_panic("the interpreter", panic);
        exception::unwind(vm, fp, word(fp, frame::PC) as *const u16)
    }
}

/// The instruction that runs; dropped only when it panics, for `run` to know where.
struct Place {
    vm: *mut Vm,
    fp: Registers,
    pc: *const u16,
}

impl Place {
    #[inline(always)]
    fn passed(self) {
        std::mem::forget(self);
    }
}

impl Drop for Place {
    #[inline(always)]
    fn drop(&mut self) {
        note_place(self.vm, self.fp, self.pc);
    }
}

#[cold]
#[inline(never)]
extern "sysv64" fn note_place(vm: *mut Vm, fp: Registers, pc: *const u16) {
    // SAFETY: the frames above `fp` are given up; `fp` itself was live when its instruction began.
    unsafe { save(&mut *vm, fp, pc) };
}

/// Word `index` of a frame.
///
/// # Safety
/// `fp` is a live frame.
#[inline(always)]
unsafe fn word(fp: Registers, index: isize) -> u64 {
    // SAFETY: by the caller.
    unsafe { *fp.cast::<u64>().offset(index) }
}

/// The frame's code.
///
/// # Safety
/// `fp` is a live frame.
#[inline(always)]
unsafe fn code_of(fp: Registers) -> CodeRef {
    // SAFETY: every frame has a code word.
    unsafe { CodeRef::from_word(word(fp, frame::CODE)) }
}

/// Notes where the frame is, before anything that looks at frames or runs code.
///
/// # Safety
/// `fp` is a live frame and `pc` an instruction of its code.
#[inline(always)]
unsafe fn save(vm: &mut Vm, fp: Registers, pc: *const u16) {
    // SAFETY: by the caller.
    unsafe { *fp.cast::<u64>().offset(frame::PC) = pc as u64 };
    vm.head.fp = fp;
}

/// State of a call site of the running code.
///
/// # Safety
/// `site` is a call site of the frame's code (the verifier checked the kind).
#[inline(always)]
unsafe fn call_site<'a>(fp: Registers, site: u32) -> &'a mut CallState {
    // SAFETY: sites live as long as their code, which lives as long as the VM.
    unsafe {
        let code = code_of(fp);
        match (*std::ptr::from_ref(&code)).site(site) {
            SiteState::Call(state) => &mut *std::ptr::from_mut::<CallState>(state),
            _ => std::hint::unreachable_unchecked(),
        }
    }
}

/// A literal of the running code.
///
/// # Safety
/// `index` is below the number of literals.
#[inline(always)]
unsafe fn literal(fp: Registers, index: u32) -> Value {
    // SAFETY: verified.
    unsafe { *code_of(fp).literals.get_unchecked(index as usize) }
}

macro_rules! define_dispatch {
    ($( $(#[doc = $doc:literal])+ $name:ident = $camel:ident { $($field:ident : $kind:ident),* $(,)? } [$($effect:ident),*];)*) => {
        /// Runs the instruction at `pc` alone, for machine code.
        ///
        /// # Safety
        /// `fp` is the innermost frame and `pc` an instruction of its code.
        pub(crate) unsafe fn step(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: by the caller.
            unsafe {
                match panic::catch(|| step_as(vm, fp, pc, *pc)) {
                    Ok(flow) => flow,
                    Err(panic) => {
                        note_place(vm, fp, pc);
                        recover(vm, panic)
                    }
                }
            }
        }

        /// Runs the instruction at `pc` as if its operation were `opcode`.
        ///
        /// # Safety
        /// As `step`; the operands at `pc` are that operation's.
        unsafe fn step_as(vm: &mut Vm, fp: Registers, pc: *const u16, opcode: u16) -> Flow {
            $( #[allow(non_upper_case_globals, reason = "patterns named by the operations")] const $name: u16 = bytecode::Opcode::$camel as u16; )*
            // SAFETY: by the caller.
            unsafe {
                match opcode {
                    $( $name => body::$name(vm, fp, pc), )*
                    _ => unreachable!("opcodes are verified"),
                }
            }
        }

        mod body {
            pub(super) use super::arith::*;
            pub(super) use super::control::*;
            pub(super) use super::define::*;
            pub(super) use super::exception::*;
            pub(super) use super::object::*;
            pub(super) use super::pattern::*;
            pub(super) use super::send::*;
            pub(super) use super::trace::*;
            pub(super) use super::variable::*;
        }

        #[cfg(threaded)]
        mod threaded {
            use super::{Place, body};
            use crate::vm::Vm;
            use abi::frame::Registers;

            pub(super) type Handler = unsafe extern "sysv64-unwind" fn(*mut Vm, Registers, *const u16) -> u64;
            /// Number of operations.
            pub(super) const COUNT: usize = [$(bytecode::Opcode::$camel),*].len();

            /// Handlers that do the whole operation.
            pub(super) mod whole {
                use super::{Place, Registers, Vm, body};
                $(
                    pub(in crate::interp) unsafe extern "sysv64-unwind" fn $name(vm: *mut Vm, fp: Registers, pc: *const u16) -> u64 {
                        // SAFETY: the dispatcher passes a live VM, frame and instruction; opcodes are
                        // verified to be in the table.
                        unsafe {
                            let place = Place { vm, fp, pc };
                            let (fp, pc) = body::$name(&mut *vm, fp, pc);
                            place.passed();
                            if pc.is_null() {
                                return fp as u64;
                            }
                            super::super::HANDLERS.get_unchecked(*pc as usize)(vm, fp, pc)
                        }
                    }
                )*
            }

            /// Whole handlers by opcode; `fast` replaces those that have a fast path.
            pub(super) const WHOLE: [Handler; COUNT] = [$(whole::$name),*];
        }

        #[cfg(threaded)]
        static HANDLERS: [threaded::Handler; threaded::COUNT] = fast::handlers();

        #[cfg(threaded)]
        unsafe fn dispatch(vm: &mut Vm, fp: Registers, pc: *const u16) -> u64 {
            // SAFETY: by the caller of `run`.
            unsafe { HANDLERS.get_unchecked(*pc as usize)(vm, fp, pc) }
        }

        #[cfg(not(threaded))]
        unsafe fn dispatch(vm: &mut Vm, mut fp: Registers, mut pc: *const u16) -> u64 {
            $( #[allow(non_upper_case_globals, reason = "patterns named by the operations")] const $name: u16 = bytecode::Opcode::$camel as u16; )*
            // SAFETY: by the caller of `run`; each body returns a live frame and instruction.
            unsafe {
                while !pc.is_null() {
                    let place = Place { vm, fp, pc };
                    (fp, pc) = match *pc {
                        $( $name => body::$name(vm, fp, pc), )*
                        _ => unreachable!("opcodes are verified"),
                    };
                    place.passed();
                }
            }
            fp as u64
        }
    };
}

bytecode::for_each_op!(define_dispatch);
