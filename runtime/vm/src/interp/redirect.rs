//! Calls that stand for another call: a Proc's `call`, `send` and its kin, `method_missing`, yields to a Symbol's Proc.
//!
//! Run as the natives that they are they would nest interpreters; here the frame that they lead to is
//! pushed as if the site had called it.

use super::send::{CALL_UNITS, Callee, Passed, link_frame, native_call, overflows, stack_overflow, start_frame};
use super::{Flow, call_site, operands, save, word};
use crate::send::CallMode;
use crate::vm::Vm;
use abi::frame::{self, FrameFlags, Registers};
use bytecode::{CallFlags, FRAME_HEADER, FunctionKind};
use objects::site::CallState;
use objects::{BlockWord, CodeRef, CrefRef, MethodBody, MethodRef, ProcBody, RArray, RClass, RProc, Visibility};
use value::{Symbol, Value, sym};

/// Natives that only lead to another method; found when the core is complete.
#[derive(Default)]
pub(crate) struct Redirections {
    proc_call: usize,
    send: Vec<(usize, CallMode)>,
}

impl Redirections {
    /// Looks the natives up.
    pub(crate) fn find(vm: &Vm) -> Redirections {
        let (kernel, basic_object) = (vm.class_view(vm.core.kernel), vm.class_view(vm.core.basic_object));
        let proc_class = vm.class_view(vm.core.proc_);
        let rows =
            [(kernel, sym::SEND, CallMode::Any), (basic_object, sym::DUNDER_SEND, CallMode::Any), (kernel, sym::PUBLIC_SEND, CallMode::Public)];
        let send = rows.into_iter().filter_map(|(class, name, mode)| Some((own_native(class, name)?, mode))).collect();
        Redirections { proc_call: own_native(proc_class, sym::CALL).unwrap_or(0), send }
    }

    /// Is the method a Proc's `call`?
    pub(super) fn is_proc_call(&self, method: MethodRef) -> bool {
        native_address(method).is_some_and(|address| address == self.proc_call)
    }

    /// How `send` or one of its kin calls; None for other methods.
    fn send_mode(&self, method: MethodRef) -> Option<CallMode> {
        let address = native_address(method)?;
        self.send.iter().find(|row| row.0 == address).map(|row| row.1)
    }
}

fn own_native(class: RClass, name: Symbol) -> Option<usize> {
    native_address(*class.data().methods.get(&name)?)
}

fn native_address(method: MethodRef) -> Option<usize> {
    match Vm::resolve_alias(method).body {
        MethodBody::Native(native) => Some(native.function as usize),
        _ => None,
    }
}

/// `callable.call(...)`: pushes the block's frame when its parameters take the arguments as they are.
///
/// # Safety
/// `pc` is a call in the running frame `fp` whose cache holds a Proc's `call` for the receiver.
#[inline(never)]
pub(super) unsafe fn call_proc(vm: &mut Vm, fp: Registers, pc: *const u16, receiver: Value, state: &CallState) -> Flow {
    // SAFETY: the call area lies in the frame; the block's registers are checked against the stack.
    unsafe {
        let o = operands::Send::read(pc);
        let target = fp.add(o.base + FRAME_HEADER as usize);
        match push_proc(vm, fp, pc, target, RProc::new(receiver), Passing::Values(usize::from(state.argc)), None) {
            Some(code) => start_frame(vm, fp, pc, target, code),
            None => native_call(vm, fp, pc, o.dst, target, receiver, state),
        }
    }
}

/// Runs a method that `define_method` made of a block: the cache says that the parameters take the arguments.
///
/// # Safety
/// As for `call_proc`, with a hit of kind `Defined`.
#[inline(never)]
pub(super) unsafe fn call_defined(vm: &mut Vm, fp: Registers, pc: *const u16, receiver: Value, state: &CallState) -> Flow {
    // SAFETY: as in `call_proc`.
    unsafe {
        if vm.isolated {
            return super::send::send_slow(vm, fp, pc);
        }
        let o = operands::Send::read(pc);
        let target = fp.add(o.base + FRAME_HEADER as usize);
        let pushed = state.cache.method.and_then(|method| {
            let MethodBody::Proc(callable) = method.resolved().body else { return None };
            push_proc(vm, fp, pc, target, RProc::new(callable), Passing::Values(usize::from(state.argc)), Some((receiver, method)))
        });
        match pushed {
            Some(code) => start_frame(vm, fp, pc, target, code),
            None => stack_overflow(vm, fp, pc),
        }
    }
}

/// What a `yield` passes.
#[derive(Clone, Copy)]
enum Passing {
    /// So many values, which stand in the block's first registers.
    Values(usize),
    /// The elements of an Array, which stands there.
    List(RArray),
}

impl Passing {
    /// What the running frame's `yield` with its arguments from `target` on passes; None for keywords.
    unsafe fn of(vm: &Vm, target: Registers, state: &CallState) -> Option<Passing> {
        if state.plain {
            return Some(Passing::Values(usize::from(state.argc)));
        }
        let flags = state.site.flags;
        if !flags.has(CallFlags::SPLAT) || flags.has(CallFlags::KW_HASH) || !state.keywords.is_empty() {
            return None;
        }
        // SAFETY: the call area lies in the frame.
        let list = RArray::new(unsafe { *target })?;
        let last = list.len().checked_sub(1).and_then(|last| list.get(last));
        // One flagged by `ruby2_keywords` stands for keywords.
        (!last.is_some_and(|last| vm.is_keyword_hash(last))).then_some(Passing::List(list))
    }

    fn len(self) -> usize {
        match self {
            Passing::Values(count) => count,
            Passing::List(list) => list.len(),
        }
    }

    /// Writes the values into the registers from `target` on, as many as are wanted at most; how many there are.
    unsafe fn write(self, target: Registers, wanted: usize) -> usize {
        match self {
            Passing::Values(count) => count.min(wanted),
            // SAFETY: the registers of the parameters lie in the frame.
            Passing::List(list) => unsafe { write_elements(target, list, wanted) },
        }
    }
}

/// Writes the first elements of an Array into registers; how many.
unsafe fn write_elements(target: Registers, list: RArray, wanted: usize) -> usize {
    let count = list.len().min(wanted);
    for index in 0..count {
        if let Some(element) = list.get(index) {
            // SAFETY: by the caller.
            unsafe { target.add(index).write(element) };
        }
    }
    count
}

/// Pushes the frame of the block that a `yield` of values or of an Array's elements runs: a literal one or a Proc. None when it takes more
/// than plain values, or what is passed has to be asked for its elements.
///
/// # Safety
/// `pc` is a `yield` of the running frame `fp`, whose method's block is `block`.
pub(super) unsafe fn push_any_block(vm: &mut Vm, fp: Registers, pc: *const u16, block: BlockWord) -> Option<(Registers, CodeRef)> {
    // SAFETY: verified operands; the block's registers are checked against the stack.
    unsafe {
        let o = operands::Yield::read(pc);
        let state = call_site(fp, o.site);
        let target = fp.add(o.base + FRAME_HEADER as usize);
        let passing = Passing::of(vm, target, state)?;
        let Some(record) = block.record() else {
            let callable = block.value().and_then(RProc::new)?;
            return push_proc(vm, fp, pc, target, Some(callable), passing, None).map(|code| (target, code));
        };
        let code = CodeRef::from_word(*record);
        if overflows(vm, target, code) {
            return None;
        }
        let count = adjust(vm, (fp, pc), target, passing, code)?;
        super::fast::enter_block(fp, pc, target, record, count);
        Some((target, code))
    }
}

/// Pushes the frame of a Proc over its arguments, which stand from `target` on, when its parameters take them as they
/// are; its code. As the body of a method it runs for the receiver and as the method given.
unsafe fn push_proc(
    vm: &mut Vm,
    fp: Registers,
    pc: *const u16,
    target: Registers,
    callable: Option<RProc>,
    passing: Passing,
    defined: Option<(Value, MethodRef)>,
) -> Option<CodeRef> {
    let ProcBody::Block { code, receiver, env, cref, method } = callable.map(RProc::body)? else { return None };
    let (receiver, method) = defined.map_or((receiver, method), |(receiver, method)| (receiver, Some(method)));
    let lambda = defined.is_some() || callable.is_some_and(RProc::is_lambda);
    // SAFETY: the arguments lie in the frame; the block's registers are checked against the stack.
    unsafe {
        if overflows(vm, target, code) {
            return None;
        }
        let count = match lambda {
            true if passing.len() == usize::from(code.simple_argc) => passing.write(target, passing.len()),
            true => return None,
            false => adjust(vm, (fp, pc), target, passing, code)?,
        };
        *target.cast::<u64>().offset(frame::SELF) = receiver.bits();
        *target.cast::<u64>().offset(frame::BLOCK) = BlockWord::NONE.0;
        *fp.cast::<u64>().offset(frame::PC) = pc as u64;
        let env = if env.is_null() { 0 } else { *env };
        let flags = if lambda { FrameFlags::LAMBDA } else { 0 };
        link_frame(fp, target, &Callee { method: method.map_or(0, MethodRef::word), code, env, cref: cref.word(), flags });
        crate::send::clear_registers(target, count, code.locals_end as usize);
    }
    Some(code)
}

/// Makes parameters of what a yield passes: one Array goes apart where there are several, what is missing is nil, what is too much is
/// forgotten, and `|*values|` gets an Array. Their number; None as for `push_any_block`.
unsafe fn adjust(vm: &mut Vm, (fp, pc): (Registers, *const u16), target: Registers, passing: Passing, code: CodeRef) -> Option<usize> {
    let params = &code.function.params;
    // SAFETY: the arguments and the parameters lie in the registers of the block's frame.
    unsafe {
        if code.takes_list {
            // It is allocated.
            save(vm, fp, pc);
            let list = match passing {
                Passing::Values(count) => vm.array(std::slice::from_raw_parts(target, count)),
                Passing::List(list) => vm.part_of_array(list, 0..list.len()),
            };
            target.write(list);
            return Some(1);
        }
        if !params.is_simple() || code.function.kind == FunctionKind::SymbolBlock {
            return None;
        }
        let wanted = usize::from(params.required);
        let mut given = passing.write(target, wanted.max(1));
        if passing.len() == 1 && (wanted > 1 || wanted == 1 && params.excess_comma) {
            match RArray::new(*target) {
                Some(array) => given = write_elements(target, array, wanted),
                // It may have `to_ary`.
                None if (*target).is_cell() => return None,
                None => {}
            }
        }
        for index in given..wanted {
            target.add(index).write(Value::NIL);
        }
        Some(wanted)
    }
}

const _: () = assert!(CALL_UNITS == operands::Send::UNITS);

/// What a call through `send` calls: takes the name off the arguments. None when `method` is no `send`, or what it
/// leads to is left to the native (a wrong name, a refined one, a missing or hidden method).
pub(super) unsafe fn behind_send(vm: &mut Vm, fp: Registers, method: MethodRef, receiver: Value, passed: &mut Passed) -> Option<MethodRef> {
    let mode = vm.redirections.send_mode(method)?;
    let name = passed.args.first()?.as_symbol()?;
    // SAFETY: every frame has a lexical scope.
    let links = unsafe { CrefRef::from_word(word(fp, frame::CREF)) }.refinements.get();
    if links.is_some() && vm.may_be_refined(name) {
        return None;
    }
    let class = vm.class_of(receiver);
    let found = vm.find_method(class, name)?;
    // Protected methods are not reached by `public_send`, whoever calls it: the native says so.
    let allowed = mode == CallMode::Any || found.visibility == Visibility::Public;
    if !allowed || vm.redirections.send_mode(found).is_some() {
        return None;
    }
    passed.args.remove(0);
    Some(found)
}

/// What a yield to a Symbol's block calls, and on what: takes the receiver off the arguments. None when the
/// block is another one, or the call is left to the block (refined, missing and hidden methods).
pub(super) fn behind_symbol(vm: &mut Vm, block: BlockWord, passed: &mut Passed) -> Option<(MethodRef, Value)> {
    let (name, cref) = match block.record() {
        Some(record) => {
            let (code, home) = crate::send::read_record(record);
            (code.function.kind == FunctionKind::SymbolBlock).then(|| (code.name, Some(home.cref())))?
        }
        None => match block.value().and_then(RProc::new)?.body() {
            ProcBody::Symbol(name, cref) => (name, cref),
            _ => return None,
        },
    };
    if cref.is_some_and(|cref| cref.refinements.get().is_some()) {
        return None;
    }
    let receiver = *passed.args.first()?;
    let class = vm.class_of(receiver);
    let method = vm.find_method(class, name).filter(|method| method.visibility == Visibility::Public)?;
    passed.args.remove(0);
    Some((method, receiver))
}

/// The program's `method_missing` for a call that found nothing: puts the name in front of the arguments.
/// None when there is none, or it is no plain Ruby method.
pub(super) fn missing_handler(vm: &mut Vm, receiver: Value, name: Symbol, mode: CallMode, passed: &mut Passed) -> Option<MethodRef> {
    let class = vm.class_of(receiver);
    let handler = vm.find_method(class, sym::METHOD_MISSING)?;
    let plain = matches!(Vm::resolve_alias(handler).body, MethodBody::Ruby(..));
    if !plain {
        return None;
    }
    vm.missing_mode = mode;
    passed.args.insert(&vm.roots, 0, Value::symbol(name));
    Some(handler)
}
