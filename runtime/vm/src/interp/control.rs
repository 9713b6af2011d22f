//! Moves, literals, jumps, loops, environments.

use super::operands::{self, jump_to};
use super::{Flow, code_of, exception, fast, finish, literal, save, send, word};
use crate::vm::Vm;
use abi::frame::{self, Frame, FrameFlags, Registers};
use bytecode::FunctionKind;
use objects::env;
use objects::site::SiteState;
use value::Value;

macro_rules! loads {
    ($($name:ident $camel:ident |$vm:ident, $fp:ident, $o:ident| $value:expr;)*) => { $(
        /// See the instruction table.
        ///
        /// # Safety
        /// Called by the dispatcher.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name($vm: &mut Vm, $fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: operands are verified registers and literals of the frame.
            unsafe {
                let $o = operands::$camel::read(pc);
                let value = $value;
                $fp.add($o.dst).write(value);
                ($fp, pc.add(operands::$camel::UNITS))
            }
        }
    )* };
}

loads! {
    load_nil LoadNil |_vm, fp, o| Value::NIL;
    load_true LoadTrue |_vm, fp, o| Value::TRUE;
    load_false LoadFalse |_vm, fp, o| Value::FALSE;
    load_undef LoadUndef |_vm, fp, o| Value::UNDEF;
    load_self LoadSelf |_vm, fp, o| *fp.offset(frame::SELF);
    load_int LoadInt |_vm, fp, o| Value::small(o.value);
    load_lit LoadLit |_vm, fp, o| literal(fp, o.lit);
    move_ Move |_vm, fp, o| *fp.add(o.src);
}

/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn nop(_vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: an instruction follows (verified).
    unsafe { (fp, pc.add(operands::Nop::UNITS)) }
}

/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn cover(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: an instruction follows (verified).
    unsafe {
        let o = operands::Cover::read(pc);
        vm.coverage.pass(o.high << 16 | o.low);
        (fp, pc.add(operands::Cover::UNITS))
    }
}

/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn jump(_vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified target.
    unsafe { (fp, jump_to(fp, operands::Jump::read(pc).target)) }
}

macro_rules! conditional {
    ($($name:ident $camel:ident $register:ident |$value:ident| $test:expr;)*) => { $(
        /// See the instruction table.
        ///
        /// # Safety
        /// Called by the dispatcher.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(_vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: verified operands and target.
            unsafe {
                let o = operands::$camel::read(pc);
                let $value = *fp.add(o.$register);
                if $test { (fp, jump_to(fp, o.target)) } else { (fp, pc.add(operands::$camel::UNITS)) }
            }
        }
    )* };
}

conditional! {
    jump_if JumpIf cond |value| value.truthy();
    jump_unless JumpUnless cond |value| !value.truthy();
    jump_nil JumpNil src |value| value.is_nil();
    jump_given JumpGiven src |value| !value.is_undef();
}

/// Loop header: polls and counts; may go on in machine code, which ends the frame.
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn loop_header(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: the site is a loop site of the frame's code.
    unsafe {
        let o = operands::LoopHeader::read(pc);
        let code = code_of(fp);
        let SiteState::Loop(turns) = code.site(o.site) else { std::hint::unreachable_unchecked() };
        if vm.head.interrupt.load(std::sync::atomic::Ordering::Relaxed) != 0 {
            save(vm, fp, pc);
            if vm.poll_interrupts().is_err() {
                return exception::unwind(vm, fp, pc);
            }
            // Machine code comes here to be interrupted, or waits to be entered.
            *turns = vm.tier_thresholds.1 - 1;
        }
        *turns = turns.wrapping_add(1);
        if *turns >= vm.tier_thresholds.1 {
            *turns = 0;
            return hot_loop(vm, fp, pc);
        }
        (fp, pc.add(operands::LoopHeader::UNITS))
    }
}

/// Asks the compiler for an entry at this loop and enters it.
#[cold]
#[inline(never)]
unsafe fn hot_loop(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: called with the running frame; an entry at a loop header takes the frame over and returns
    // its result (abi::tier).
    unsafe {
        save(vm, fp, pc);
        let code = code_of(fp);
        let entry = vm.with_compiler(|compiler, vm| compiler.request(vm, code, abi::TierRequest::Loop(code.pc_of(pc))));
        match entry.flatten() {
            Some(entry) => {
                let before = std::mem::replace(&mut vm.taken_over, fp);
                let result = entry(vm.as_opaque(), fp);
                vm.taken_over = before;
                if let Some((inner, pending)) = vm.resume.take() {
                    // A side exit: this interpreter goes on, so that loops do not pile up native frames.
                    vm.head.fp = inner;
                    let pc = word(inner, frame::PC) as *const u16;
                    return if pending { exception::unwind(vm, inner, pc) } else { (inner, pc) };
                }
                vm.head.fp = fp;
                match result {
                    Some(value) => send::leave(vm, fp, value),
                    None => exception::unwind_from_caller(vm, fp),
                }
            }
            None => (fp, pc.add(operands::LoopHeader::UNITS)),
        }
    }
}

/// Opens the frame's environment.
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn enter_env(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: the registers from base on belong to the environment (verified).
    unsafe {
        let o = operands::EnterEnv::read(pc);
        let words = fp.cast::<u64>().add(o.base);
        vm.head.activation += 1;
        let lambda = if word(fp, frame::LINK) & FrameFlags::LAMBDA != 0 { env::IS_LAMBDA } else { 0 };
        *words.add(env::FORWARD) = words as u64;
        *words.add(env::PARENT) = word(fp, frame::ENV);
        *words.add(env::SELF) = word(fp, frame::SELF);
        *words.add(env::BLOCK) = word(fp, frame::BLOCK);
        *words.add(env::METHOD) = word(fp, frame::METHOD);
        *words.add(env::INFO) = env::info(vm.head.activation, o.slots as u16, lambda);
        for slot in 0..o.slots {
            *words.add(env::SLOTS + slot) = Value::NIL.bits();
        }
        *fp.cast::<u64>().offset(frame::ENV) = words as u64;
        (fp, pc.add(operands::EnterEnv::UNITS))
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn publish_env(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands; the frame's environment was opened by the instruction before.
    unsafe {
        save(vm, fp, pc);
        let Some(running) = Frame::at(fp) else { return exception::unwind(vm, fp, pc) };
        match vm.publish_env(running) {
            Ok(()) => (fp, pc.add(operands::PublishEnv::UNITS)),
            Err(_) => exception::unwind(vm, fp, pc),
        }
    }
}

/// Address of a slot of the environment `depth` scopes up.
#[inline(always)]
unsafe fn env_slot(fp: Registers, depth: usize, slot: usize) -> *mut Value {
    // SAFETY: the compiler emits depths and slots that exist; forward words are followed at each step.
    unsafe {
        let mut words = *(word(fp, frame::ENV) as *const u64) as *mut u64;
        for _ in 0..depth {
            words = *(*words.add(env::PARENT) as *const u64) as *mut u64;
        }
        words.add(env::SLOTS + slot).cast()
    }
}

/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn get_env(_vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::GetEnv::read(pc);
        fp.add(o.dst).write(*env_slot(fp, o.depth, o.slot));
        (fp, pc.add(operands::GetEnv::UNITS))
    }
}

/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn set_env(_vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::SetEnv::read(pc);
        env_slot(fp, o.depth, o.slot).write(*fp.add(o.src));
        (fp, pc.add(operands::SetEnv::UNITS))
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn block_param(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::BlockParam::read(pc);
        let block = Frame::at(fp).map_or(objects::BlockWord::NONE, Frame::block);
        let result = vm.block_value(block);
        super::arith::store(vm, fp, pc, o.dst, operands::BlockParam::UNITS, result.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn method_block(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::MethodBlock::read(pc);
        let block = Frame::at(fp).map_or(objects::BlockWord::NONE, |running| vm.method_block(running));
        let result = vm.block_value(block);
        super::arith::store(vm, fp, pc, o.dst, operands::MethodBlock::UNITS, result.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn lambda(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::Lambda::read(pc);
        let code = vm.child(code_of(fp), o.child);
        let Some(running) = Frame::at(fp) else { return finish(None) };
        let result = vm.proc_of_record(code, running, true).map(objects::RProc::value);
        super::arith::store(vm, fp, pc, o.dst, operands::Lambda::UNITS, result.ok())
    }
}

/// `return` inside a block: leaves the method, or the lambda in between.
///
/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn return_outer(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands; environments along the lexical chain are live.
    unsafe {
        save(vm, fp, pc);
        let o = operands::ReturnOuter::read(pc);
        let value = *fp.add(o.src);
        if word(fp, frame::LINK) & FrameFlags::LAMBDA != 0 {
            return send::leave(vm, fp, value);
        }
        let Some(running) = Frame::at(fp) else { return finish(None) };
        let mut words = running.env();
        let own = usize::from(running.owns_env());
        let mut target = None;
        for level in 0..o.depth + own {
            if words.is_null() {
                break;
            }
            let info = *words.add(env::INFO);
            let is_own = own == 1 && level == 0;
            if !is_own {
                target = Some(env::activation(info));
                if env::is_lambda(info) {
                    break;
                }
            }
            let parent = *words.add(env::PARENT) as *const u64;
            words = if parent.is_null() { std::ptr::null_mut() } else { *parent as *mut u64 };
        }
        let left = target.and_then(|activation| vm.frame_of_activation(activation)).filter(|left| may_return_from(running, *left));
        match left
            .and_then(|left| if left.code().function.kind == FunctionKind::SingletonClass { target_around(vm, left) } else { left.activation() })
        {
            Some(activation) => vm.pending = crate::Pending::Return { activation, value },
            None => {
                vm.local_jump_error("unexpected return", "return", value);
            }
        }
        exception::unwind(vm, fp, pc)
    }
}

/// May a `return` inside a block of the frame `left` leave that? Not the bodies of classes, and evaluated text does not end the
/// program from within a block.
fn may_return_from(running: Frame, left: Frame) -> bool {
    match left.code().function.kind {
        FunctionKind::Class | FunctionKind::Module => false,
        FunctionKind::Top => {
            let mut around = Some(running.code());
            let (mut evaluated, mut in_block) = (false, false);
            while let Some(code) = around.filter(|code| code.function.kind.is_closure()) {
                evaluated |= code.function.kind == FunctionKind::Eval;
                in_block |= code.function.kind == FunctionKind::Block;
                around = code.parent;
            }
            !(evaluated && in_block)
        }
        _ => true,
    }
}

/// What a `return` leaves that leaves the body of `class << x`: the method around it.
fn target_around(vm: &Vm, body: Frame) -> Option<u64> {
    let mut body = body;
    loop {
        let activation = body.caller().and_then(return_target)?;
        let target = vm.frame_of_activation(activation)?;
        match target.code().function.kind {
            FunctionKind::SingletonClass => body = target,
            FunctionKind::Class | FunctionKind::Module | FunctionKind::Top => return None,
            _ => return Some(activation),
        }
    }
}

/// `return` in the body of `class << x`: leaves the method that runs the body.
///
/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn return_body(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::ReturnBody::read(pc);
        let value = *fp.add(o.src);
        match Frame::at(fp).and_then(|body| target_around(vm, body)) {
            Some(activation) => vm.pending = crate::Pending::Return { activation, value },
            None => {
                vm.local_jump_error("unexpected return", "return", value);
            }
        }
        exception::unwind(vm, fp, pc)
    }
}

/// The activation that `return` in `frame` leaves: that of a lambda or the method.
fn return_target(frame: Frame) -> Option<u64> {
    if !frame.code().function.kind.is_closure() {
        return frame.activation();
    }
    let mut words = frame.env();
    let mut target = None;
    while !words.is_null() {
        // SAFETY: environments along the lexical chain of a running frame are live.
        let (info, parent) = unsafe { (*words.add(env::INFO), *words.add(env::PARENT) as *const u64) };
        target = Some(env::activation(info));
        if env::is_lambda(info) {
            break;
        }
        // SAFETY: as above; the parent's first word leads to where it lies now.
        words = if parent.is_null() { std::ptr::null_mut() } else { unsafe { *parent as *mut u64 } };
    }
    target
}

/// `break` of a block: ends the call the block was given to.
///
/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn break_(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands; the environment around a block is live.
    unsafe {
        save(vm, fp, pc);
        let value = *fp.add(operands::Break::read(pc).src);
        if word(fp, frame::LINK) & FrameFlags::LAMBDA != 0 {
            return send::leave(vm, fp, value);
        }
        let Some(running) = Frame::at(fp) else { return finish(None) };
        let mut words = running.env();
        if running.owns_env() && !words.is_null() {
            let parent = *words.add(env::PARENT) as *const u64;
            words = if parent.is_null() { std::ptr::null_mut() } else { *parent as *mut u64 };
        }
        let activation = if words.is_null() { 0 } else { env::activation(*words.add(env::INFO)) };
        let code = running.code();
        let waits = vm.frame_of_activation(activation).is_some_and(|home| passes_block(home, code));
        if waits {
            vm.pending = crate::Pending::Break { activation, code, value };
        } else {
            vm.local_jump_error("break from proc-closure", "break", value);
        }
        exception::unwind(vm, fp, pc)
    }
}

/// Is the frame at a call that passes `code` as its literal block?
pub(super) fn passes_block(home: Frame, code: objects::CodeRef) -> bool {
    crate::backtrace::literal_block(home) == Some(code)
}

macro_rules! quick_primitives {
    ($($name:ident)*) => { $(
        /// `primitive`, by its fast path if that does it.
        ///
        /// # Safety
        /// Called by the dispatcher.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: by the caller; the operands are those of `primitive`.
            unsafe { fast::$name(vm, fp, pc).unwrap_or_else(|| primitive(vm, fp, pc)) }
        }
    )* };
}
quick_primitives! {
    prim_is_fixnum prim_integer_add prim_integer_sub prim_integer_lt prim_integer_le prim_array_size prim_array_get prim_array_push
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn primitive(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::Primitive::read(pc);
        let name = literal(fp, o.name);
        let found = name.as_symbol().and_then(|name| vm.primitives.get(&name).map(|def| def.entry));
        let args = std::slice::from_raw_parts(fp.add(o.base), o.count);
        let result = match found {
            Some(entry) => {
                let block = Frame::at(fp).map_or(objects::BlockWord::NONE, Frame::block);
                vm.run_primitive(entry, args, block)
            }
            None => {
                let text = name.as_symbol().map(|name| vm.symbols.text(name).into_owned()).unwrap_or_default();
                Err(vm.not_implemented(&format!("Primitive.{text}")))
            }
        };
        super::arith::store(vm, fp, pc, o.dst, operands::Primitive::UNITS, result.ok())
    }
}

impl Vm {
    /// A block word as Proc or nil; replaces the frame's record, so that the Proc keeps its identity.
    pub(crate) fn block_value(&mut self, block: objects::BlockWord) -> value::RResult {
        if !block.is_some() {
            return Ok(Value::NIL);
        }
        let made = self.block_to_proc(block)?.value();
        if let Some(frame) = self.frame().filter(|frame| frame.block() == block) {
            frame.set_block(objects::BlockWord::from_value(made));
        }
        Ok(made)
    }
}
