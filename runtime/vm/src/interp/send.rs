//! Calls, yields, returns.
//!
//! A call of a simple Ruby method pushes a frame over the arguments, which already stand where the
//! callee's parameters go, and goes on in the callee: no native stack is used.

use super::arith::store;
use super::operands;
use super::{Flow, call_site, code_of, direct, exception, fast, finish, redirect, save, word};
use crate::arguments::{ArgumentList, PassedKeywords};
use crate::send::{BindMode, BlockContext, CallMode};
use crate::vm::Vm;
use abi::frame::{self, Frame, FrameFlags, Registers};
use abi::tier::{MachineEntry, Runtime};
use bytecode::{CALL_BLOCK, CALL_SELF, CallFlags, FRAME_HEADER, FunctionKind};
use objects::class::Allocator;
use objects::site::{CallCache, CallKind, CallState, POLYMORPHIC_MAX};
use objects::{BlockWord, CodeRef, CrefRef, MethodBody, MethodRef, NativeFunction, ProcBody, RArray, RClass, RHash, RObject, RProc, ShapeId};
use value::{RResult, Symbol, Value, sym};

/// Units of `send`, `send_super` and `yield_`: the same operands, so a return finds its way.
pub(super) const CALL_UNITS: usize = operands::Send::UNITS;
const _: () = assert!(operands::SendSuper::UNITS == CALL_UNITS && operands::Yield::UNITS == CALL_UNITS);

/// What a pushed frame is for.
pub(super) struct Callee {
    pub method: u64,
    pub code: CodeRef,
    pub env: u64,
    pub cref: u64,
    pub flags: u64,
}

/// Writes the header of a frame whose arguments stand from `fp` on; self and block words are set.
#[inline(always)]
pub(super) unsafe fn link_frame(caller: Registers, fp: Registers, callee: &Callee) {
    // SAFETY: the call area belongs to the caller's registers (verified).
    unsafe {
        let words = fp.cast::<u64>();
        *words.offset(frame::METHOD) = callee.method;
        *words.offset(frame::CODE) = callee.code.word();
        *words.offset(frame::ENV) = callee.env;
        *words.offset(frame::CREF) = callee.cref;
        *words.offset(frame::PC) = callee.code.start as u64;
        *words.offset(frame::LINK) = caller as u64 | callee.flags;
    }
}

/// Would a frame of `code` at `fp` leave the stack?
#[inline(always)]
pub(super) unsafe fn overflows(vm: &Vm, fp: Registers, code: CodeRef) -> bool {
    fp.wrapping_add(code.registers as usize) >= vm.head.stack_limit
}

/// Starts a linked frame whose parameters are bound: in machine code when there is some.
#[inline(always)]
pub(super) unsafe fn start_frame(vm: &mut Vm, caller: Registers, pc: *const u16, fp: Registers, code: CodeRef) -> Flow {
    if vm.head.interrupt.load(std::sync::atomic::Ordering::Relaxed) != 0 {
        // SAFETY: called with the running frame and a linked callee.
        return unsafe { start_after_poll(vm, caller, pc, fp, code) };
    }
    // SAFETY: as above.
    unsafe { start_now(vm, caller, pc, fp, code) }
}

#[inline(always)]
unsafe fn start_now(vm: &mut Vm, caller: Registers, pc: *const u16, fp: Registers, code: CodeRef) -> Flow {
    count_call(vm, code, fp);
    let entry = code.entry.get();
    if entry.is_null() {
        return (fp, code.start);
    }
    // SAFETY: called with the running frame and a linked callee.
    unsafe { start_machine_code(vm, caller, pc, fp, entry) }
}

/// Runs interrupts before a linked callee starts, so that recursion without loops can be interrupted. The
/// prelude's own calls are spared: its methods are not interrupted between their steps.
///
/// # Safety
/// `fp` is linked above `caller`, the running frame, and its parameters are bound.
#[cold]
#[inline(never)]
unsafe fn start_after_poll(vm: &mut Vm, caller: Registers, pc: *const u16, fp: Registers, code: CodeRef) -> Flow {
    // SAFETY: by the caller; the callee counts as running, so that frames pushed meanwhile lie above it.
    unsafe {
        if !code_of(caller).file.starts_with("<internal:") {
            vm.head.fp = fp;
            let result = vm.poll_interrupts();
            vm.head.fp = caller;
            if result.is_err() {
                return exception::unwind(vm, caller, pc);
            }
        }
        start_now(vm, caller, pc, fp, code)
    }
}

#[inline(never)]
unsafe fn start_machine_code(vm: &mut Vm, caller: Registers, pc: *const u16, fp: Registers, entry: *const u8) -> Flow {
    // SAFETY: as above; machine code runs the frame to its end and unlinks nothing, so the caller's
    // registers are as they were.
    unsafe {
        let result = run_machine_code(vm, fp, entry);
        vm.head.fp = caller;
        let flags = word(fp, frame::LINK) & FrameFlags::MASK;
        let result = if flags & FrameFlags::CONSTRUCTOR != 0 { result.map(|_| *fp.offset(frame::SELF)) } else { result };
        let dst = *pc.add(1) as usize;
        store(vm, caller, pc, dst, CALL_UNITS, result)
    }
}

/// Enters machine code for a pushed frame.
///
/// # Safety
/// `fp` is a pushed frame of the code that `entry` was made from.
pub(super) unsafe fn run_machine_code(vm: &mut Vm, fp: Registers, entry: *const u8) -> Option<Value> {
    // SAFETY: entries are made by the compiler with this signature (abi::tier).
    unsafe {
        let entry: MachineEntry = std::mem::transmute::<*const u8, MachineEntry>(entry);
        entry(vm.as_opaque(), fp)
    }
}

/// Counts a call, whose frame is pushed at `fp`, and asks the compiler when the code got hot.
#[inline(always)]
pub(crate) fn count_call(vm: &mut Vm, code: CodeRef, fp: Registers) {
    let calls = code.calls.get().wrapping_add(1);
    code.calls.set(calls);
    if calls == vm.tier_thresholds.0 {
        request_tier(vm, code, fp);
    }
}

#[cold]
#[inline(never)]
fn request_tier(vm: &mut Vm, code: CodeRef, fp: Registers) {
    // The compiler looks at the frame that is about to run.
    let running = std::mem::replace(&mut vm.head.fp, fp);
    vm.with_compiler(|compiler, vm| compiler.request(vm, code, abi::TierRequest::Call));
    vm.head.fp = running;
}

/// A call.
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn send(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: operands are verified: the call area lies in the frame.
    unsafe {
        let o = operands::Send::read(pc);
        let state = call_site(fp, o.site);
        let receiver = *fp.add(o.base + CALL_SELF as usize);
        let shape = ShapeId::of(receiver);
        if shape != state.cache.shape && !state.recall(shape) {
            return send_slow(vm, fp, pc);
        }
        let callee = fp.add(o.base + FRAME_HEADER as usize);
        match state.cache.kind {
            CallKind::Native => native_call(vm, fp, pc, o.dst, callee, receiver, state),
            CallKind::ProcCall => redirect::call_proc(vm, fp, pc, receiver, state),
            CallKind::Defined => redirect::call_defined(vm, fp, pc, receiver, state),
            CallKind::Simple => {
                let code = CodeRef::from_word(state.cache.code);
                if overflows(vm, callee, code) {
                    return stack_overflow(vm, fp, pc);
                }
                *fp.cast::<u64>().add(o.base + CALL_BLOCK as usize) = BlockWord::NONE.0;
                *fp.cast::<u64>().offset(frame::PC) = pc as u64;
                let method = state.cache.method.map_or(0, MethodRef::word);
                link_frame(fp, callee, &Callee { method, code, env: 0, cref: state.cache.cref, flags: 0 });
                crate::send::clear_registers(callee, state.argc as usize, code.locals_end as usize);
                start_frame(vm, fp, pc, callee, code)
            }
            CallKind::Direct => direct::call(vm, fp, pc, o.base, state),
            CallKind::Splat => direct::splat(vm, fp, pc, o.base, state),
            CallKind::Reader => {
                let inline = state.cache.instance.0;
                let value = RObject::new(receiver).and_then(|object| object.get(state.cache.slot, inline));
                fp.add(o.dst).write(value.unwrap_or(Value::NIL));
                (fp, pc.add(CALL_UNITS))
            }
            CallKind::Writer => {
                let value = *callee;
                if let Some(object) = RObject::new(receiver) {
                    object.set(state.cache.slot, state.cache.instance.0, value);
                }
                fp.add(o.dst).write(value);
                (fp, pc.add(CALL_UNITS))
            }
            CallKind::New => construct(vm, fp, pc, o.base, state),
            CallKind::Allocate => allocate(vm, fp, pc, o.dst, state),
            CallKind::General | CallKind::Empty => send_slow(vm, fp, pc),
        }
    }
}

#[inline(never)]
pub(super) unsafe fn native_call(
    vm: &mut Vm,
    fp: Registers,
    pc: *const u16,
    dst: usize,
    args: Registers,
    receiver: Value,
    state: &CallState,
) -> Flow {
    // SAFETY: called with the running frame; the cache's code is the function of a native method.
    unsafe {
        save(vm, fp, pc);
        let function = std::mem::transmute::<u64, NativeFunction>(state.cache.code);
        let result = function(vm.as_opaque(), receiver, args, u64::from(state.argc), BlockWord::NONE);
        vm.head.fp = fp;
        store(vm, fp, pc, dst, CALL_UNITS, result)
    }
}

/// `Class#new` with an `initialize` in Ruby: allocates and runs it in a constructor frame.
#[inline(never)]
unsafe fn construct(vm: &mut Vm, fp: Registers, pc: *const u16, base: usize, state: &CallState) -> Flow {
    // SAFETY: called with the running frame; the cache describes the class.
    unsafe {
        if !state.plain || CodeRef::from_word(state.cache.code).simple_argc != state.argc {
            return direct::construct(vm, fp, pc, base, state);
        }
        save(vm, fp, pc);
        let Some(object) = objects::object::allocate(&mut vm.heap, state.cache.instance, state.cache.slot) else {
            vm.no_memory();
            return exception::unwind(vm, fp, pc);
        };
        let code = CodeRef::from_word(state.cache.code);
        let callee = fp.add(base + FRAME_HEADER as usize);
        if overflows(vm, callee, code) {
            return stack_overflow(vm, fp, pc);
        }
        fp.add(base + CALL_SELF as usize).write(object);
        *fp.cast::<u64>().add(base + CALL_BLOCK as usize) = BlockWord::NONE.0;
        let method = state.cache.method.map_or(0, MethodRef::word);
        link_frame(fp, callee, &Callee { method, code, env: 0, cref: state.cache.cref, flags: FrameFlags::CONSTRUCTOR });
        crate::send::clear_registers(callee, state.argc as usize, code.locals_end as usize);
        start_frame(vm, fp, pc, callee, code)
    }
}

/// `Class#new` of objects that nothing initializes.
#[inline(never)]
unsafe fn allocate(vm: &mut Vm, fp: Registers, pc: *const u16, dst: usize, state: &CallState) -> Flow {
    // SAFETY: called with the running frame; the cache describes the class.
    unsafe {
        save(vm, fp, pc);
        let object = objects::object::allocate(&mut vm.heap, state.cache.instance, state.cache.slot);
        if object.is_none() {
            vm.no_memory();
        }
        store(vm, fp, pc, dst, CALL_UNITS, object)
    }
}

#[cold]
#[inline(never)]
pub(super) unsafe fn stack_overflow(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: called with the running frame and instruction.
    unsafe {
        save(vm, fp, pc);
        vm.stack_error();
        exception::unwind(vm, fp, pc)
    }
}

/// What a call site passes, taken out of the call area.
pub(super) struct Passed {
    pub args: ArgumentList,
    keywords: ArgumentList,
    keyword_hash: Option<RHash>,
    keyword_hash_fresh: bool,
    block: BlockWord,
}

impl Passed {
    fn keywords<'a>(&'a self, state: &'a CallState) -> PassedKeywords<'a> {
        if let Some(hash) = self.keyword_hash {
            return PassedKeywords::Hash { hash, fresh: self.keyword_hash_fresh };
        }
        if self.keywords.is_empty() { PassedKeywords::None } else { PassedKeywords::Named(&state.keywords, &self.keywords) }
    }
}

/// Reads the call area of a site.
unsafe fn passed(vm: &mut Vm, fp: Registers, base: usize, state: &CallState) -> RResult<Passed> {
    let flags = state.site.flags;
    // SAFETY: the verifier checked that the area lies in the frame.
    unsafe {
        let first = fp.add(base + FRAME_HEADER as usize);
        let block = site_block(vm, fp, base, state)?;
        let mut passed = Passed {
            args: ArgumentList::new(),
            keywords: ArgumentList::new(),
            keyword_hash: None,
            keyword_hash_fresh: flags.has(CallFlags::KW_FRESH),
            block,
        };
        let after = if flags.has(CallFlags::SPLAT) {
            if let Some(array) = RArray::new(*first) {
                passed.args = ArgumentList::from_slice(&vm.roots, array.as_slice(&vm.heap));
            }
            first.add(1)
        } else {
            passed.args = ArgumentList::from_slice(&vm.roots, std::slice::from_raw_parts(first, state.argc as usize));
            first.add(state.argc as usize)
        };
        if flags.has(CallFlags::KW_HASH) {
            passed.keyword_hash = if (*after).is_nil() { None } else { Some(vm.to_hash(*after)?) };
        } else if !state.keywords.is_empty() {
            passed.keywords = ArgumentList::from_slice(&vm.roots, std::slice::from_raw_parts(after, state.keywords.len()));
        } else if flags.has(CallFlags::SPLAT) {
            take_flagged_hash(vm, &mut passed);
        }
        Ok(passed)
    }
}

/// A splat that ends in a Hash flagged by `ruby2_keywords` passes it as keywords.
fn take_flagged_hash(vm: &Vm, passed: &mut Passed) {
    if let Some(&last) = passed.args.last()
        && vm.is_keyword_hash(last)
    {
        passed.keyword_hash = RHash::new(last);
        passed.keyword_hash_fresh = false;
        passed.args.pop();
    }
}

/// The block of a site: a record for a literal one, the converted value of `&value`, or none.
unsafe fn site_block(vm: &mut Vm, fp: Registers, base: usize, state: &CallState) -> RResult<BlockWord> {
    // SAFETY: record and value registers lie in the frame.
    unsafe {
        if let Some(child) = state.site.block {
            let code = vm.child(code_of(fp), child);
            let record = fp.cast::<u64>().add(state.site.block_record as usize);
            *record = code.word();
            *record.add(1) = fp as u64;
            return Ok(BlockWord::from_record(record));
        }
        if state.site.flags.has(CallFlags::BLOCK_PASS) {
            let value = *fp.add(base + CALL_BLOCK as usize);
            return vm.block_argument(value);
        }
        Ok(BlockWord::NONE)
    }
}

/// The general call: looks the method up, fills the cache, binds arguments.
#[inline(never)]
pub(super) unsafe fn send_slow(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: called by `send` with its frame and instruction.
    unsafe {
        save(vm, fp, pc);
        let o = operands::Send::read(pc);
        let state = call_site(fp, o.site);
        let receiver = *fp.add(o.base + CALL_SELF as usize);
        let Ok(mut passed) = passed(vm, fp, o.base, state) else { return exception::unwind(vm, fp, pc) };
        let flags = state.site.flags;
        let mode = if flags.has(CallFlags::VARIABLE_LIKE) {
            CallMode::Variable
        } else if flags.has(CallFlags::PRIVATE_OK) {
            CallMode::Any
        } else {
            CallMode::Public
        };
        let class = vm.class_of(receiver);
        let links = CrefRef::from_word(word(fp, frame::CREF)).refinements.get().filter(|_| vm.may_be_refined(state.name));
        let method = match links {
            Some(links) => {
                // Other code may share the site in another scope: nothing is cached.
                state.megamorphic = true;
                vm.find_method_under(links, class, state.name)
            }
            None if state.cache.shape == ShapeId::of(receiver) && matches!(state.cache.kind, CallKind::General | CallKind::Splat) => {
                state.cache.method
            }
            None => vm.find_method(class, state.name),
        };
        match method {
            Some(method) if vm.may_call(method, receiver, mode) => {
                if passed.block.is_some() && !state.block_checked && vm.warns_unused_blocks() {
                    state.block_checked = true;
                    if vm.warn_unused_block(method).is_err() {
                        return exception::unwind(vm, fp, pc);
                    }
                }
                if links.is_none() && (state.cache.shape != ShapeId::of(receiver) || state.cache.kind == CallKind::Empty) {
                    vm.fill_cache(code_of(fp), o.site, state, receiver, method);
                }
                let method = redirect::behind_send(vm, fp, method, receiver, &mut passed).unwrap_or(method);
                let called =
                    if vm.redirections.is_proc_call(method) { RProc::new(receiver).and_then(|called| proc_callee(called, state)) } else { None };
                if let Some((callee, own, mode)) = called {
                    return push_bound(vm, fp, pc, o.base, own, &passed, passed.keywords(state), callee, mode);
                }
                invoke(vm, fp, pc, o.base, method, receiver, &passed, state)
            }
            found => {
                if let Some(handler) = redirect::missing_handler(vm, receiver, state.name, mode, &mut passed) {
                    return invoke(vm, fp, pc, o.base, handler, receiver, &passed, state);
                }
                let keywords = passed.keywords(state);
                let result = vm.call_missing(receiver, state.name, &passed.args, keywords, passed.block, mode, found);
                store(vm, fp, pc, o.dst, CALL_UNITS, result.ok())
            }
        }
    }
}

/// Runs a method found for a call site; Ruby code is entered without using native stack.
#[expect(clippy::too_many_arguments, reason = "the parts of a call")]
unsafe fn invoke(
    vm: &mut Vm,
    fp: Registers,
    pc: *const u16,
    base: usize,
    method: MethodRef,
    receiver: Value,
    passed: &Passed,
    state: &CallState,
) -> Flow {
    // SAFETY: called with the running frame and instruction.
    unsafe {
        let keywords = passed.keywords(state);
        let resolved = Vm::resolve_alias(method);
        if let MethodBody::Ruby(code, cref) = resolved.body
            && (!resolved.ruby2_keywords.get() || keywords.is_empty())
        {
            let callee = Callee { method: method.word(), code, env: 0, cref: cref.word(), flags: 0 };
            return push_bound(vm, fp, pc, base, receiver, passed, keywords, callee, BindMode::Strict);
        }
        let result = vm.call_method(method, receiver, &passed.args, keywords, passed.block);
        vm.head.fp = fp;
        let dst = *pc.add(1) as usize;
        // `a.b = v` is v whatever the method gives.
        store(vm, fp, pc, dst, CALL_UNITS, result.ok())
    }
}

/// Pushes a frame over the call area and binds the arguments to its parameters.
#[expect(clippy::too_many_arguments, reason = "the parts of a call")]
unsafe fn push_bound(
    vm: &mut Vm,
    fp: Registers,
    pc: *const u16,
    base: usize,
    receiver: Value,
    passed: &Passed,
    keywords: PassedKeywords<'_>,
    callee: Callee,
    mode: BindMode,
) -> Flow {
    // SAFETY: called with the running frame and instruction.
    unsafe {
        let target = fp.add(base + FRAME_HEADER as usize);
        let code = callee.code;
        if overflows(vm, target, code) {
            return stack_overflow(vm, fp, pc);
        }
        let list = (code.takes_list && keywords.is_empty()).then(|| vm.array(&passed.args));
        *target.cast::<u64>().offset(frame::SELF) = receiver.bits();
        *target.cast::<u64>().offset(frame::BLOCK) = passed.block.0;
        link_frame(fp, target, &callee);
        let simple = mode != BindMode::Proc && keywords.is_empty() && passed.args.len() == code.simple_argc as usize;
        if let Some(list) = list {
            target.write(list);
            crate::send::clear_registers(target, 1, code.locals_end as usize);
        } else if simple {
            std::ptr::copy_nonoverlapping(passed.args.as_ptr(), target, passed.args.len());
            crate::send::clear_registers(target, passed.args.len(), code.locals_end as usize);
        } else {
            // Errors of binding show the callee's line, so its frame is the running one meanwhile.
            vm.head.fp = target;
            crate::send::clear_registers(target, 0, code.registers.min(u32::from(code.locals_end)) as usize);
            let bound = vm.bind(target, code, &passed.args, keywords, mode);
            vm.head.fp = fp;
            if bound.is_err() {
                return exception::unwind(vm, fp, pc);
            }
        }
        start_frame(vm, fp, pc, target, code)
    }
}

/// A call to the next method up the ancestry.
///
/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn send_super(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::SendSuper::read(pc);
        let state = call_site(fp, o.site);
        if let Some(flow) = direct::send_super(vm, fp, pc, o.base, state) {
            return flow;
        }
        save(vm, fp, pc);
        let Some(running) = Frame::at(fp) else { return finish(None) };
        let Ok(mut passed) = passed(vm, fp, o.base, state) else { return exception::unwind(vm, fp, pc) };
        if !passed.block.is_some() && state.site.block.is_none() && !state.site.flags.has(CallFlags::BLOCK_PASS) {
            passed.block = vm.method_block(running);
        }
        let receiver = running.receiver();
        let Some(method) = running.method() else {
            let class = vm.core.runtime_error;
            vm.raise(class, "super called outside of method");
            return exception::unwind(vm, fp, pc);
        };
        if matches!(method.body, MethodBody::Proc(_)) && state.site.flags.has(CallFlags::ZSUPER) {
            vm.runtime_error(
                "implicit argument passing of super from method defined by define_method() is not supported. Specify all arguments explicitly.",
            );
            return exception::unwind(vm, fp, pc);
        }
        let class = vm.class_of(receiver);
        let links = running.cref().refinements.get();
        let placed = vm.placed_method(class, running.called_method(), method);
        match vm.find_super_under(links, class, placed) {
            Some(above) => {
                if links.is_none() && !running.code().function.kind.is_closure() {
                    vm.fill_super(running, o.site, state, receiver, above);
                }
                invoke(vm, fp, pc, o.base, above, receiver, &passed, state)
            }
            None => {
                let keywords = passed.keywords(state);
                let result = match vm.check_super_receiver(receiver, method) {
                    Ok(()) => vm.call_missing(receiver, method.name, &passed.args, keywords, passed.block, CallMode::Super, None),
                    Err(raised) => Err(raised),
                };
                store(vm, fp, pc, o.dst, CALL_UNITS, result.ok())
            }
        }
    }
}

/// `yield`
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn yield_(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        if let Some(flow) = fast::yield_(vm, fp, pc) {
            return flow;
        }
        match push_yielded(vm, fp, pc) {
            Some((callee, code)) => start_frame(vm, fp, pc, callee, code),
            None => yield_slow(vm, fp, pc),
        }
    }
}

/// Pushes the frame of the block that a simple `yield` runs, which may be a Proc; None when it is not simple.
unsafe fn push_yielded(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<(Registers, CodeRef)> {
    // SAFETY: called with a `yield` of the running frame.
    unsafe {
        let depth = call_site(fp, operands::Yield::read(pc).site).site.depth;
        let block = if depth == 0 { BlockWord(word(fp, frame::BLOCK)) } else { vm.method_block(Frame::at(fp)?) };
        match fast::push_block(vm, fp, pc, block) {
            None => redirect::push_any_block(vm, fp, pc, block),
            pushed => pushed,
        }
    }
}

/// Yields to a block whose parameters take the arguments as they are, and runs it to its end: for machine code. None when the block is another one.
///
/// # Safety
/// `pc` is a `yield` of the innermost frame `fp`.
pub(crate) unsafe fn yield_simply(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Option<Value>> {
    // SAFETY: by the caller; the pushed frame is an entry frame, so its end ends the run.
    unsafe {
        let (callee, code) = push_yielded(vm, fp, pc)?;
        *callee.cast::<u64>().offset(frame::LINK) |= FrameFlags::ENTRY;
        vm.head.fp = callee;
        Some(super::enter(vm, callee, code))
    }
}

#[inline(never)]
unsafe fn yield_slow(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: called by `yield_`.
    unsafe {
        save(vm, fp, pc);
        let o = operands::Yield::read(pc);
        let state = call_site(fp, o.site);
        let Some(running) = Frame::at(fp) else { return finish(None) };
        let block = vm.method_block(running);
        let Ok(mut passed) = passed(vm, fp, o.base, state) else { return exception::unwind(vm, fp, pc) };
        if let Some((method, receiver)) = redirect::behind_symbol(vm, block, &mut passed) {
            return invoke(vm, fp, pc, o.base, method, receiver, &passed, state);
        }
        let keywords = passed.keywords(state);
        let literal = block.record().map(crate::send::read_record);
        if let Some((code, home)) = literal.filter(|(code, _)| code.function.kind != FunctionKind::SymbolBlock) {
            let callee =
                Callee { method: home.called_method().map_or(0, MethodRef::word), code, env: home.env() as u64, cref: home.cref().word(), flags: 0 };
            return push_bound(vm, fp, pc, o.base, home.receiver(), &passed, keywords, callee, BindMode::Proc);
        }
        if let Some((callee, receiver, mode)) = block.value().and_then(RProc::new).and_then(|called| proc_callee(called, state)) {
            return push_bound(vm, fp, pc, o.base, receiver, &passed, keywords, callee, mode);
        }
        let result = vm.call_block_with(block, &passed.args, keywords, BlockContext::default());
        vm.head.fp = fp;
        store(vm, fp, pc, o.dst, CALL_UNITS, result.ok())
    }
}

/// What runs when a Proc made of a block is called: the callee, its self and the rules for its arguments. None for other
/// Procs, and for those that flag keywords.
fn proc_callee(callable: RProc, state: &CallState) -> Option<(Callee, Value, BindMode)> {
    let ProcBody::Block { code, receiver, env, cref, method } = callable.body() else { return None };
    if callable.is_ruby2_keywords() {
        return None;
    }
    let (flags, mode) = match callable.is_lambda() {
        true if state.site.flags.has(CallFlags::SPLAT) => (FrameFlags::LAMBDA, BindMode::SplatLambda),
        true => (FrameFlags::LAMBDA, BindMode::Strict),
        false => (0, BindMode::Proc),
    };
    // SAFETY: a Proc's environment is in the heap; its first word is its address.
    let env = if env.is_null() { 0 } else { unsafe { *env } };
    Some((Callee { method: method.map_or(0, MethodRef::word), code, env, cref: cref.word(), flags }, receiver, mode))
}

/// Leaves the frame with a value.
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn return_(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands; the link names the calling frame, which waits at a call.
    unsafe {
        match fast::return_(vm, fp, pc) {
            Some(flow) => flow,
            None => leave(vm, fp, *fp.add(operands::Return::read(pc).src)),
        }
    }
}

/// Hands a frame's result to whoever called it.
#[inline(always)]
pub(super) unsafe fn leave(vm: &mut Vm, fp: Registers, value: Value) -> Flow {
    // SAFETY: called with the running frame.
    unsafe {
        let link = word(fp, frame::LINK);
        let caller = (link & !FrameFlags::MASK) as Registers;
        let value = if link & FrameFlags::CONSTRUCTOR != 0 { *fp.offset(frame::SELF) } else { value };
        if link & FrameFlags::ENTRY != 0 {
            vm.head.fp = caller;
            return finish(Some(value));
        }
        let pc = word(caller, frame::PC) as *const u16;
        caller.add(*pc.add(1) as usize).write(value);
        (caller, pc.add(CALL_UNITS))
    }
}

impl Vm {
    /// The block word of `&value`.
    pub(crate) fn block_argument(&mut self, value: Value) -> RResult<BlockWord> {
        if value.is_nil() || RProc::new(value).is_some() {
            return Ok(BlockWord::from_value(value));
        }
        if let Some(name) = value.as_symbol() {
            let made = match self.frame() {
                Some(frame) => self.symbol_proc(name, frame.cref()),
                None => self.plain_symbol_proc(name),
            };
            return Ok(BlockWord::from_value(made.value()));
        }
        let class = self.class_of(value);
        let converted = match self.find_refined(class, sym::TO_PROC) {
            Some(method) => Some(self.call_method(method, value, &[], PassedKeywords::None, BlockWord::NONE)?),
            None => self.call_if_responds(value, sym::TO_PROC, &[])?,
        };
        match converted {
            Some(result) if RProc::new(result).is_some() => Ok(BlockWord::from_value(result)),
            Some(result) => {
                let (from, got) = (self.conversion_name(value), self.class_name_of(result));
                Err(self.type_error(&format!("can't convert {from} to Proc ({from}#to_proc gives {got})")))
            }
            None => Err(self.no_implicit_conversion(value, "Proc")),
        }
    }

    /// Runs an operator that no fast path takes: by a call, under the refinements of the running code.
    pub(super) fn call_operator(&mut self, fp: Registers, site: u32, receiver: Value, args: &[Value]) -> Option<Value> {
        // SAFETY: called by operator bodies with their frame and site.
        let state = unsafe { call_site(fp, site) };
        if state.cache.shape == ShapeId::of(receiver) && state.cache.kind == CallKind::Native {
            // SAFETY: the cache's code is the function of a native method; the arguments stay during the call.
            let result = unsafe {
                std::mem::transmute::<u64, NativeFunction>(state.cache.code)(
                    self.as_opaque(),
                    receiver,
                    args.as_ptr(),
                    args.len() as u64,
                    BlockWord::NONE,
                )
            };
            self.head.fp = fp;
            return result;
        }
        let name = state.name;
        let class = self.class_of(receiver);
        if let Some(method) = self.find_refined(class, name) {
            // Neither the cache nor the compiler may take the site for an ordinary one.
            state.megamorphic = true;
            state.cache = CallCache::default();
            state.others.clear();
            return self.call_method(method, receiver, args, PassedKeywords::None, BlockWord::NONE).ok();
        }
        self.note_receiver(fp, site, receiver);
        self.call(receiver, name, args).ok()
    }

    /// Notes the receiver of an operator for the compiler.
    #[inline(always)]
    pub(super) fn note_receiver(&mut self, fp: Registers, site: u32, receiver: Value) {
        // SAFETY: called by operator bodies with their frame and site.
        if unsafe { call_site(fp, site) }.cache.shape != ShapeId::of(receiver) {
            self.note_other_receiver(fp, site, receiver);
        }
    }

    #[cold]
    fn note_other_receiver(&mut self, fp: Registers, site: u32, receiver: Value) {
        // SAFETY: called by `note_receiver` with its frame and site.
        let (code, state) = unsafe { (code_of(fp), call_site(fp, site)) };
        let class = self.class_of(receiver);
        if let Some(method) = self.find_method(class, state.name) {
            self.fill_cache(code, site, state, receiver, method);
        }
    }

    /// Remembers a lookup at a call site.
    pub(crate) fn fill_cache(&mut self, code: CodeRef, site: u32, state: &mut CallState, receiver: Value, method: MethodRef) {
        let cache = self.describe_call(state, receiver, method);
        if cache.kind != CallKind::Empty {
            self.remember(code, site, state, cache, state.name);
        }
    }

    /// Remembers what a `super` of the running method found.
    fn fill_super(&mut self, running: Frame, site: u32, state: &mut CallState, receiver: Value, above: MethodRef) {
        if state.super_method != running.called_method() {
            state.cache = CallCache::default();
            state.others.clear();
            state.super_method = running.called_method();
        }
        if let Some(cache) = direct::describe_super(state, receiver, above) {
            self.remember(running.code(), site, state, cache, above.name);
        }
    }

    /// Remembers a lookup of `name`; the old one moves to the list of others.
    fn remember(&mut self, code: CodeRef, site: u32, state: &mut CallState, cache: CallCache, name: Symbol) {
        if state.cache.kind != CallKind::Empty {
            let old = state.cache;
            state.others.retain(|other| other.shape != cache.shape && other.shape != old.shape);
            state.others.insert(0, old);
            if state.others.len() >= POLYMORPHIC_MAX {
                state.others.truncate(POLYMORPHIC_MAX - 1);
                state.megamorphic = true;
            }
        } else {
            self.note_cached_site(name, code, site);
        }
        if matches!(cache.kind, CallKind::New | CallKind::Allocate) {
            self.note_cached_site(sym::INITIALIZE, code, site);
        }
        state.cache = cache;
    }

    fn describe_call(&mut self, state: &CallState, receiver: Value, method: MethodRef) -> CallCache {
        let resolved = Vm::resolve_alias(method);
        let mut cache = CallCache { shape: ShapeId::of(receiver), kind: CallKind::General, method: Some(method), hits: 1, ..CallCache::default() };
        // Visibility is not checked on a hit, so only methods that every caller may call are described.
        let open = method.visibility == objects::Visibility::Public || state.site.flags.has(CallFlags::PRIVATE_OK);
        if !open {
            return CallCache { shape: ShapeId::NONE, kind: CallKind::Empty, ..cache };
        }
        if let MethodBody::Ruby(code, cref) = resolved.body
            && !resolved.ruby2_keywords.get()
        {
            let simple = state.plain && code.simple_argc == state.argc;
            let kind = match simple {
                true => CallKind::Simple,
                false if direct::is_direct(state, code) => CallKind::Direct,
                false if direct::is_splat(state, code) => CallKind::Splat,
                false => CallKind::General,
            };
            return CallCache { kind, code: code.word(), cref: cref.word(), ..cache };
        }
        let constructs = state.name == sym::NEW && resolved.owner == self.core.class && matches!(resolved.body, MethodBody::Native(_));
        if !state.plain {
            if constructs {
                self.describe_new(state, receiver, &mut cache);
            }
            return cache;
        }
        match resolved.body {
            MethodBody::Native(native) => {
                cache.kind = if self.redirections.is_proc_call(resolved) { CallKind::ProcCall } else { CallKind::Native };
                cache.method = Some(resolved);
                cache.code = native.function as usize as u64;
                if constructs {
                    self.describe_new(state, receiver, &mut cache);
                }
            }
            MethodBody::Reader(name) if state.argc == 0 && RObject::new(receiver).is_some() && !self.is_isolated(receiver) => {
                let index = self.shapes.index_for(ShapeId::of(receiver), name);
                self.describe_access(CallKind::Reader, index, &mut cache);
            }
            MethodBody::Writer(name)
                if state.argc == 1 && RObject::new(receiver).is_some() && !self.is_isolated(receiver) && !self.is_frozen(receiver) =>
            {
                let index = self.shapes.index_for(ShapeId::of(receiver), name);
                self.describe_access(CallKind::Writer, index, &mut cache);
            }
            MethodBody::StructReader(index) if state.argc == 0 && self.member_is_inline(cache.shape, index) => {
                self.describe_access(CallKind::Reader, index, &mut cache)
            }
            MethodBody::StructWriter(index) if state.argc == 1 && self.member_is_inline(cache.shape, index) && !self.is_frozen(receiver) => {
                self.describe_access(CallKind::Writer, index, &mut cache);
            }
            // Which Ractor may call it is checked at each call.
            MethodBody::Proc(callable) if !self.isolated => {
                let body = RProc::new(callable).map(RProc::body);
                if matches!(body, Some(ProcBody::Block { code, .. }) if code.simple_argc == state.argc) {
                    cache.kind = CallKind::Defined;
                }
            }
            _ => {}
        }
        cache
    }

    fn describe_access(&self, kind: CallKind, index: u32, cache: &mut CallCache) {
        cache.kind = kind;
        cache.slot = index;
        cache.instance = ShapeId(self.shapes.layout(cache.shape).inline());
    }

    fn describe_new(&mut self, state: &CallState, receiver: Value, cache: &mut CallCache) {
        let Some(class) = RClass::new(receiver).filter(|class| class.data().allocator == Allocator::Object && !class.is_singleton()) else { return };
        let Some(initialize) = self.find_method(class, sym::INITIALIZE) else { return };
        let (code, cref) = match initialize.body {
            MethodBody::Ruby(code, cref) => (code, cref),
            MethodBody::Native(_) if initialize.owner == self.core.basic_object && state.plain && state.argc == 0 => {
                let instances = self.instance_shape(class);
                *cache = CallCache { kind: CallKind::Allocate, instance: instances.shape, slot: instances.inline, ..*cache };
                return;
            }
            _ => return,
        };
        let simple = state.plain && code.simple_argc == state.argc;
        if !simple && !direct::is_direct(state, code) || initialize.ruby2_keywords.get() {
            return;
        }
        let instances = self.instance_shape(class);
        *cache = CallCache {
            kind: CallKind::New,
            method: Some(initialize),
            code: code.word(),
            cref: cref.word(),
            instance: instances.shape,
            slot: instances.inline,
            ..*cache
        };
    }
}
