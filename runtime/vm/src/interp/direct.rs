//! Direct calls: of Ruby methods whose parameters can be bound in place.
//!
//! The arguments stand where the parameters go. What is left to do is known from the site and the code:
//! missing optional parameters, a rest Array, keywords in the order of the parameters, a literal block.

use super::arith::store;
use super::send::{CALL_UNITS, Callee, link_frame, overflows, send_slow, stack_overflow, start_frame};
use super::{Flow, code_of, exception, save, word};
use crate::vm::Vm;
use abi::frame::{self, FrameFlags, Registers};
use bytecode::{CALL_BLOCK, CALL_SELF, CallFlags, FRAME_HEADER, KeywordRest};
use objects::site::{CallCache, CallKind, CallState};
use objects::{BlockWord, CodeRef, MethodBody, MethodRef, NativeFunction, RArray, RProc, ShapeId};
use smallvec::SmallVec;
use value::{Symbol, Value};

/// Most keywords of a site.
const KEYWORDS_MAX: usize = 8;

/// Can calls of `code` from the site be bound in place?
pub(super) fn is_direct(state: &CallState, code: CodeRef) -> bool {
    let params = &code.function.params;
    let collects = collects_keywords(state, code);
    let argc = usize::from(state.argc) + usize::from(collects);
    let (least, most) = (usize::from(params.required), usize::from(params.required + params.optional));
    let special = CallFlags::SPLAT | CallFlags::KW_HASH;
    let known = collects || params.keyword_rest.is_some() || state.keywords.iter().all(|name| code.keyword_names.contains(name));
    let complete = params.keywords.iter().zip(&code.keyword_names).all(|(keyword, name)| !keyword.required || state.keywords.contains(name));
    state.site.flags.0 & special == 0
        && state.keywords.len() <= KEYWORDS_MAX
        && known
        && complete
        && params.post == 0
        && params.keyword_rest != KeywordRest::Refused
        && argc >= least
        && (argc <= most || params.rest)
}

/// Are the keywords of the site a last argument, a Hash, to the method, which takes none?
fn collects_keywords(state: &CallState, code: CodeRef) -> bool {
    !state.keywords.is_empty() && code.keyword_names.is_empty() && code.function.params.keyword_rest == KeywordRest::None
}

/// Does the site pass the elements of one Array (and maybe a Hash of keywords, or nil for none) to a method that has
/// positional parameters only?
pub(super) fn is_splat(state: &CallState, code: CodeRef) -> bool {
    let params = &code.function.params;
    let flags = state.site.flags;
    flags.has(CallFlags::SPLAT) && state.keywords.is_empty() && params.is_positional()
}

/// Binds the elements of the Array that a call passes and starts the frame.
///
/// # Safety
/// `pc` is a call in the running frame `fp` whose cache holds a splat call for this receiver.
#[inline(never)]
pub(super) unsafe fn splat(vm: &mut Vm, fp: Registers, pc: *const u16, base: usize, state: &CallState) -> Flow {
    // SAFETY: the call area lies in the frame; the callee's registers are checked against the stack.
    unsafe {
        let target = fp.add(base + FRAME_HEADER as usize);
        let code = CodeRef::from_word(state.cache.code);
        if overflows(vm, target, code) {
            return stack_overflow(vm, fp, pc);
        }
        save(vm, fp, pc);
        if state.site.flags.has(CallFlags::KW_HASH) && !(*target.add(1)).is_nil() {
            return send_slow(vm, fp, pc);
        }
        let Some(list) = RArray::new(*target).filter(|list| takes(vm, code, list.as_slice(&vm.heap))) else { return send_slow(vm, fp, pc) };
        let Some(block) = block_word(vm, fp, base, state) else { return send_slow(vm, fp, pc) };
        let params = &code.function.params;
        let most = usize::from(params.required + params.optional);
        let argc = list.len().min(most);
        let rest = params.rest.then(|| vm.part_of_array(list, argc..list.len()));
        std::ptr::copy_nonoverlapping(list.as_slice(&vm.heap).as_ptr(), target, argc);
        for index in argc..most {
            target.add(index).write(Value::UNDEF);
        }
        if let Some(rest) = rest {
            target.add(most).write(rest);
        }
        crate::send::clear_registers(target, most + usize::from(params.rest), code.locals_end as usize);
        start(vm, fp, pc, target, state, block, 0)
    }
}

/// Do the parameters take so many arguments, none of which stands for keywords?
fn takes(vm: &Vm, code: CodeRef, list: &[Value]) -> bool {
    let params = &code.function.params;
    let (least, most) = (usize::from(params.required), usize::from(params.required + params.optional));
    list.len() >= least && (list.len() <= most || params.rest) && !list.last().is_some_and(|&last| vm.is_keyword_hash(last))
}

/// Binds the arguments of a direct call and starts the frame.
///
/// # Safety
/// `pc` is a call in the running frame `fp` whose cache holds a direct call for this receiver.
#[inline(never)]
pub(super) unsafe fn call(vm: &mut Vm, fp: Registers, pc: *const u16, base: usize, state: &CallState) -> Flow {
    // SAFETY: the call area lies in the frame; the callee's registers are checked against the stack.
    unsafe {
        let target = fp.add(base + FRAME_HEADER as usize);
        let code = CodeRef::from_word(state.cache.code);
        if overflows(vm, target, code) {
            return stack_overflow(vm, fp, pc);
        }
        save(vm, fp, pc);
        let Some(block) = block_word(vm, fp, base, state) else { return send_slow(vm, fp, pc) };
        bind(vm, target, code, state);
        start(vm, fp, pc, target, state, block, 0)
    }
}

/// `Class#new` with an `initialize` whose parameters can be bound in place: allocates and runs it in a constructor frame.
///
/// # Safety
/// As for `call`; the cache describes the class.
#[inline(never)]
pub(super) unsafe fn construct(vm: &mut Vm, fp: Registers, pc: *const u16, base: usize, state: &CallState) -> Flow {
    // SAFETY: as in `call`; the new object stands in the call area, so it lives.
    unsafe {
        let target = fp.add(base + FRAME_HEADER as usize);
        let code = CodeRef::from_word(state.cache.code);
        if overflows(vm, target, code) {
            return stack_overflow(vm, fp, pc);
        }
        save(vm, fp, pc);
        let Some(block) = block_word(vm, fp, base, state) else { return send_slow(vm, fp, pc) };
        let Some(object) = objects::object::allocate(&mut vm.heap, state.cache.instance, state.cache.slot) else {
            vm.no_memory();
            return exception::unwind(vm, fp, pc);
        };
        fp.add(base + CALL_SELF as usize).write(object);
        bind(vm, target, code, state);
        start(vm, fp, pc, target, state, block, FrameFlags::CONSTRUCTOR)
    }
}

/// A `super` whose lookup is remembered for this receiver and running method; None when it has to be made in general.
///
/// # Safety
/// `pc` is a `super` in the running frame `fp`.
#[inline(never)]
pub(super) unsafe fn send_super(vm: &mut Vm, fp: Registers, pc: *const u16, base: usize, state: &mut CallState) -> Option<Flow> {
    // SAFETY: as in `call`; only supers of methods are remembered, whose block stands in their header.
    unsafe {
        let receiver = *fp.offset(frame::SELF);
        let shape = ShapeId::of(receiver);
        if word(fp, frame::METHOD) != state.super_method.map_or(0, MethodRef::word) || shape != state.cache.shape && !state.recall(shape) {
            return None;
        }
        let kind = state.cache.kind;
        let target = fp.add(base + FRAME_HEADER as usize);
        save(vm, fp, pc);
        let implicit = state.site.block.is_none() && !state.site.flags.has(CallFlags::BLOCK_PASS);
        let block = if implicit { BlockWord(word(fp, frame::BLOCK)) } else { block_word(vm, fp, base, state)? };
        if kind == CallKind::Native {
            let function = std::mem::transmute::<u64, NativeFunction>(state.cache.code);
            let result = function(vm.as_opaque(), receiver, target, u64::from(state.argc), block);
            vm.head.fp = fp;
            let dst = *pc.add(1) as usize;
            return Some(store(vm, fp, pc, dst, CALL_UNITS, result));
        }
        let code = CodeRef::from_word(state.cache.code);
        if overflows(vm, target, code) {
            return Some(stack_overflow(vm, fp, pc));
        }
        bind(vm, target, code, state);
        *target.offset(frame::SELF) = receiver;
        Some(start(vm, fp, pc, target, state, block, 0))
    }
}

/// What to remember of a `super` that was found; None when it has to be made in general each time.
pub(super) fn describe_super(state: &CallState, receiver: Value, above: MethodRef) -> Option<CallCache> {
    let resolved = Vm::resolve_alias(above);
    let special = CallFlags::SPLAT | CallFlags::KW_HASH;
    let cache = CallCache { shape: ShapeId::of(receiver), method: Some(above), hits: 1, ..CallCache::default() };
    match resolved.body {
        MethodBody::Ruby(code, cref) if !resolved.ruby2_keywords.get() && is_direct(state, code) => {
            Some(CallCache { kind: CallKind::Direct, code: code.word(), cref: cref.word(), ..cache })
        }
        MethodBody::Native(native) if state.keywords.is_empty() && state.site.flags.0 & special == 0 => {
            Some(CallCache { kind: CallKind::Native, code: native.function as usize as u64, ..cache })
        }
        _ => None,
    }
}

/// Links and starts the frame at `target`, whose self and parameters are bound.
#[inline(always)]
unsafe fn start(vm: &mut Vm, fp: Registers, pc: *const u16, target: Registers, state: &CallState, block: BlockWord, flags: u64) -> Flow {
    // SAFETY: by the callers: the cache describes the callee, whose registers are checked against the stack.
    unsafe {
        let code = CodeRef::from_word(state.cache.code);
        *target.cast::<u64>().offset(frame::BLOCK) = block.0;
        let method = state.cache.method.map_or(0, MethodRef::word);
        link_frame(fp, target, &Callee { method, code, env: 0, cref: state.cache.cref, flags });
        start_frame(vm, fp, pc, target, code)
    }
}

/// Binds the arguments and keywords, which stand from `target` on, to the parameters.
unsafe fn bind(vm: &mut Vm, target: Registers, code: CodeRef, state: &CallState) {
    let params = &code.function.params;
    // What is made for one parameter stands above the running frame while the next one is made.
    vm.binding = if params.rest || params.keyword_rest.is_some() { target.wrapping_add(code.registers as usize) } else { std::ptr::null_mut() };
    let mut argc = usize::from(state.argc);
    let mut keywords = [Value::UNDEF; KEYWORDS_MAX];
    // SAFETY: by the callers: the call area holds the keywords' values, the callee's registers are checked against the stack.
    unsafe {
        std::ptr::copy_nonoverlapping(target.add(argc), keywords.as_mut_ptr(), state.keywords.len());
        if collects_keywords(state, code) {
            // The values stand in the call area, so they live while the Hash is made.
            let hash = vm.hash_of_names(&state.keywords, &keywords);
            target.add(argc).write(hash);
            argc += 1;
        }
        let at = bind_positional(vm, target, code, argc);
        for (index, name) in code.keyword_names.iter().enumerate() {
            let given = state.keywords.iter().rposition(|other| other == name);
            target.add(at + index).write(given.map_or(Value::UNDEF, |given| keywords[given]));
        }
        let mut end = at + code.keyword_names.len();
        if code.function.params.keyword_rest.is_some() {
            let rest = keyword_rest(vm, code, state, &keywords);
            target.add(end).write(rest);
            end += 1;
        }
        crate::send::clear_registers(target, end, code.locals_end as usize);
    }
    vm.binding = std::ptr::null_mut();
}

/// The keywords that have no parameter of their own, in a Hash; nil for none when the parameter has no name.
fn keyword_rest(vm: &mut Vm, code: CodeRef, state: &CallState, values: &[Value]) -> Value {
    let others: SmallVec<[usize; KEYWORDS_MAX]> =
        (0..state.keywords.len()).filter(|&index| !code.keyword_names.contains(&state.keywords[index])).collect();
    if others.is_empty() && code.function.params.keyword_rest == KeywordRest::Anonymous {
        return Value::NIL;
    }
    let names: SmallVec<[Symbol; KEYWORDS_MAX]> = others.iter().map(|&index| state.keywords[index]).collect();
    let mut given = [Value::NIL; KEYWORDS_MAX];
    for (place, &index) in given.iter_mut().zip(&others) {
        *place = values[index];
    }
    vm.hash_of_names(&names, &given)
}

/// Completes the positional parameters; the number of the next register.
unsafe fn bind_positional(vm: &mut Vm, target: Registers, code: CodeRef, argc: usize) -> usize {
    let params = &code.function.params;
    let most = usize::from(params.required + params.optional);
    // SAFETY: called by `call`: the parameters are registers of the callee, checked against the stack.
    unsafe {
        for index in argc..most {
            target.add(index).write(Value::UNDEF);
        }
        if !params.rest {
            return most;
        }
        // The arguments are registers of the caller, so they live while the Array is made.
        let rest = vm.array(std::slice::from_raw_parts(target.add(most), argc.saturating_sub(most)));
        target.add(most).write(rest);
        most + 1
    }
}

/// The block that the site passes: the record of a literal one, the Proc of `&proc`, or none. None when the value
/// of `&value` has to be converted.
unsafe fn block_word(vm: &mut Vm, fp: Registers, base: usize, state: &CallState) -> Option<BlockWord> {
    // SAFETY: the registers of record and value lie in the frame.
    unsafe {
        if state.site.flags.has(CallFlags::BLOCK_PASS) {
            let value = *fp.add(base + CALL_BLOCK as usize);
            return if value.is_nil() { Some(BlockWord::NONE) } else { RProc::new(value).map(|callable| BlockWord::from_value(callable.value())) };
        }
        let Some(child) = state.site.block else { return Some(BlockWord::NONE) };
        let code = vm.child(code_of(fp), child);
        let record = fp.cast::<u64>().add(state.site.block_record as usize);
        *record = code.word();
        *record.add(1) = fp as u64;
        Some(BlockWord::from_record(record))
    }
}
