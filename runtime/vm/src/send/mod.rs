//! Calling methods, blocks and procs from native code.

mod bind;
mod closure;
mod dispatch;

pub(crate) use bind::BindMode;
pub use closure::BlockContext;
pub(crate) use closure::read_record;
pub use dispatch::CallMode;

use std::sync::atomic::Ordering;

use crate::define::{ArgPointer, SafeNative};
use crate::vm::Vm;
use abi::frame::{self, FrameFlags, Registers};
use bytecode::FunctionKind;
use objects::env::EnvWords;
use objects::method::{ARGUMENT_KEYWORDS, NativeMethod};
use objects::{BlockWord, CodeRef, CrefRef, MethodRef, NativeFunction};
use value::{RResult, Raised, Value};

/// The machine entry of a native method.
pub fn native_function(entry: SafeNative) -> NativeFunction {
    // SAFETY: both are `extern "sysv64"` with the same five words: a reference to the VM is its address,
    // and ArgPointer is transparent.
    unsafe { std::mem::transmute::<SafeNative, NativeFunction>(entry) }
}

/// Arguments at an address that the VM passed to a native; valid during the call.
#[inline(always)]
pub(crate) fn argument_slice(first: *const Value, count: usize) -> &'static [Value] {
    if count == 0 {
        return &[];
    }
    // SAFETY: ArgPointers are only made by the VM, for arguments that stay until the native returns.
    unsafe { std::slice::from_raw_parts(first, count) }
}

/// What a new frame starts with.
pub(crate) struct FrameStart {
    pub receiver: Value,
    pub block: BlockWord,
    pub method: Option<MethodRef>,
    pub code: CodeRef,
    pub env: EnvWords,
    pub cref: CrefRef,
    pub flags: u64,
}

/// Writes a frame's header at `fp`, linked to the running frame.
///
/// # Safety
/// `fp` leaves room for the header below it and lies on the VM stack.
#[inline(always)]
pub(crate) unsafe fn write_header(vm: &Vm, fp: Registers, start: &FrameStart) {
    // SAFETY: by the caller.
    unsafe {
        let words = fp.cast::<u64>();
        *words.offset(frame::SELF) = start.receiver.bits();
        *words.offset(frame::BLOCK) = start.block.0;
        *words.offset(frame::METHOD) = start.method.map_or(0, MethodRef::word);
        *words.offset(frame::CODE) = start.code.word();
        *words.offset(frame::ENV) = start.env as u64;
        *words.offset(frame::CREF) = start.cref.word();
        *words.offset(frame::PC) = start.code.start as u64;
        *words.offset(frame::LINK) = vm.head.fp as u64 | start.flags;
    }
}

/// Sets registers `from..to` of a frame to nil.
///
/// # Safety
/// The registers lie in the frame.
#[inline(always)]
pub(crate) unsafe fn clear_registers(fp: Registers, from: usize, to: usize) {
    for index in from..to {
        // SAFETY: by the caller.
        unsafe { fp.add(index).write(Value::NIL) };
    }
}

impl Vm {
    /// Runs a native method.
    #[inline(always)]
    pub(crate) fn run_native(&mut self, native: &NativeMethod, receiver: Value, args: &[Value], keywords: bool, block: BlockWord) -> RResult {
        let argc = args.len() as u64 | if keywords { ARGUMENT_KEYWORDS } else { 0 };
        let vm = self.as_opaque();
        // SAFETY: the function was made by `native_function`; the arguments stay during the call.
        let result = unsafe { (native.function)(vm, receiver, args.as_ptr(), argc, block) };
        result.ok_or(Raised)
    }

    /// Runs a native entry of the prelude's primitives.
    #[inline(always)]
    pub(crate) fn run_primitive(&mut self, entry: SafeNative, args: &[Value], block: BlockWord) -> RResult {
        entry(self, Value::NIL, ArgPointer::new(args.as_ptr()), args.len() as u64, block).ok_or(Raised)
    }

    /// Pushes an entry frame above the running one; its registers are not set yet.
    pub(crate) fn push_entry(&mut self, start: &FrameStart) -> RResult<Registers> {
        self.check_native_stack()?;
        // SAFETY: bounds are compared as addresses before anything is written.
        unsafe {
            let fp = self.stack_top().add(bytecode::FRAME_HEADER as usize);
            if fp.add(start.code.registers as usize) >= self.head.stack_limit {
                return Err(self.stack_error());
            }
            write_header(self, fp, start);
            self.head.fp = fp;
            Ok(fp)
        }
    }

    /// Takes an entry frame off again after a failure before it ran.
    pub(crate) fn pop_entry(&mut self) {
        if let Some(frame) = self.frame() {
            self.head.fp = frame.caller().map_or(std::ptr::null_mut(), |caller| caller.registers());
        }
    }

    /// Pushes a frame for `code`, binds the arguments and runs it to its end.
    pub(crate) fn run_code(&mut self, start: &FrameStart, args: &[Value], keywords: crate::PassedKeywords<'_>, mode: BindMode) -> RResult {
        let start = FrameStart { flags: start.flags | FrameFlags::ENTRY, ..*start };
        let fp = self.push_entry(&start)?;
        if let Some(count) = simple_count(start.code, args.len(), mode).filter(|_| keywords.is_empty()) {
            // SAFETY: the frame has at least as many registers as parameters and locals.
            unsafe {
                std::ptr::copy(args.as_ptr(), fp, count);
                clear_registers(fp, count, start.code.locals_end as usize);
            }
        } else if let Err(raised) = self.guarded("the binding of arguments", |vm| vm.bind(fp, start.code, args, keywords, mode)) {
            self.pop_entry();
            return Err(raised);
        }
        if let Err(raised) = self.poll_at_entry(start.code) {
            self.pop_entry();
            return Err(raised);
        }
        self.run_frame(fp, start.code)
    }

    /// A native may call a block for ever that calls nothing itself, so what natives call begins as a turn of a loop does; the prelude's own
    /// methods are not interrupted between their steps. The frame is there already and holds its arguments.
    fn poll_at_entry(&mut self, code: CodeRef) -> RResult<()> {
        if self.head.interrupt.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        let is_spared = code.function.kind == FunctionKind::Method && code.file.starts_with("<internal:");
        if is_spared { Ok(()) } else { self.poll_interrupts() }
    }

    /// Runs a pushed entry frame, in machine code when there is some.
    pub(crate) fn run_frame(&mut self, fp: Registers, code: CodeRef) -> RResult {
        crate::interp::enter(self, fp, code).ok_or(Raised)
    }
}

/// How many of the arguments, from the first, are the parameters as they stand; None where more has to be done. A block takes no notice of
/// those that are too many, and where it is given several none of them is taken apart.
#[inline(always)]
fn simple_count(code: CodeRef, given: usize, mode: BindMode) -> Option<usize> {
    if mode == BindMode::Proc {
        let count = code.yield_argc as usize;
        (code.yield_argc != u16::MAX && given >= count).then_some(count)
    } else {
        (given == code.simple_argc as usize).then_some(given)
    }
}
