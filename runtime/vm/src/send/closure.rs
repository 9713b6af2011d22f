//! Blocks and procs: calling them, making Procs of stack records, moving environments to the heap.

use super::{BindMode, FrameStart};
use crate::arguments::PassedKeywords;
use crate::raise::Pending;
use crate::vm::{Extension, Vm};
use abi::frame::{Frame, FrameFlags, Registers};
use bytecode::FunctionKind;
use heap::Tracer;
use objects::env::{self, EnvWords};
use objects::{BlockWord, CodeRef, Cref, CrefRef, MethodRef, ProcBody, RProc, ShapeId, Visibility};
use std::cell::Cell;
use value::{RResult, Symbol, Value};

/// What a call of a block changes about its surroundings.
#[derive(Clone, Copy, Default)]
pub struct BlockContext {
    /// self, when not the captured one (`instance_eval`, `define_method`).
    pub receiver: Option<Value>,
    /// Lexical scope, when not the captured one.
    pub cref: Option<CrefRef>,
    /// Method that the frame belongs to (`define_method`).
    pub method: Option<MethodRef>,
    /// Run as a lambda.
    pub lambda: bool,
    /// The block passed to the block.
    pub block: Option<BlockWord>,
}

/// How many Procs of Symbols are kept.
const SYMBOL_PROCS: usize = 64;

/// Procs of Symbols by the Symbol's number, so that `to_proc` gives the same object again (`rb_sym_to_proc` of CRuby's
/// `proc.c`).
#[derive(Default)]
struct SymbolProcs(Vec<Option<RProc>>);

impl Extension for SymbolProcs {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        for made in self.0.iter().flatten() {
            tracer.value(made.value());
        }
    }
}

impl Vm {
    /// Calls a block with plain arguments; LocalJumpError when there is none.
    #[inline(always)]
    pub fn call_block(&mut self, block: BlockWord, args: &[Value]) -> RResult {
        self.call_block_with(block, args, PassedKeywords::None, BlockContext::default())
    }

    /// Calls a block.
    pub fn call_block_with(&mut self, block: BlockWord, args: &[Value], keywords: PassedKeywords<'_>, context: BlockContext) -> RResult {
        if let Some(record) = block.record() {
            let (code, home) = read_record(record);
            if code.function.kind == FunctionKind::SymbolBlock && (args.len() != 1 || !keywords.is_empty() || context.block.is_some()) {
                return self.call_by_symbol(code.name, Some(home.cref()), args, keywords, context.block.unwrap_or(BlockWord::NONE));
            }
            let start = self.block_start(code, home, context);
            let mode = if context.lambda { BindMode::Strict } else { BindMode::Proc };
            return self.run_code(&start, args, keywords, mode);
        }
        match block.value().and_then(RProc::new) {
            Some(callable) => self.call_proc(callable, args, keywords, context),
            None => Err(self.local_jump_error("no block given (yield)", "noreason", Value::NIL)),
        }
    }

    /// The start of a frame for a block record.
    pub(crate) fn block_start(&self, code: CodeRef, home: Frame, context: BlockContext) -> FrameStart {
        FrameStart {
            receiver: context.receiver.unwrap_or(home.receiver()),
            block: context.block.unwrap_or(BlockWord::NONE),
            method: context.method.or(home.called_method()),
            code,
            env: home.env(),
            cref: context.cref.unwrap_or(home.cref()),
            flags: if context.lambda { FrameFlags::LAMBDA } else { 0 },
        }
    }

    /// Calls a Proc.
    pub fn call_proc(&mut self, callable: RProc, args: &[Value], keywords: PassedKeywords<'_>, context: BlockContext) -> RResult {
        let block = context.block.unwrap_or(BlockWord::NONE);
        match callable.body() {
            ProcBody::Block { code, receiver, env, cref, method } => {
                let lambda = context.lambda || callable.is_lambda();
                let start = FrameStart {
                    receiver: context.receiver.unwrap_or(receiver),
                    block,
                    method: context.method.or(method),
                    code,
                    env,
                    cref: context.cref.unwrap_or(cref),
                    flags: if lambda { FrameFlags::LAMBDA } else { 0 },
                };
                let mode = if lambda { BindMode::Strict } else { BindMode::Proc };
                if callable.is_ruby2_keywords() && !keywords.is_empty() {
                    // As for methods: the keywords become a flagged Hash behind the arguments.
                    let hash = keywords.to_fresh_hash(self)?;
                    self.flag_keyword_hash(hash);
                    let list = self.arguments_with(args, hash.value());
                    return self.run_code(&start, &list, PassedKeywords::None, mode);
                }
                self.run_code(&start, args, keywords, mode)
            }
            ProcBody::Symbol(name, cref) => self.call_by_symbol(name, cref, args, keywords, block),
            ProcBody::Method { receiver, method } => self.call_method(method, receiver, args, keywords, block),
            ProcBody::Native { function, data, .. } => {
                let native =
                    objects::NativeMethod { function, required: 0, maximum: None, effects: objects::method::Effects::any, takes_keywords: false };
                self.call_native_with(&native, data, args, keywords, block)
            }
        }
    }

    /// The lambda of `name.to_proc`: the same object as last time, unless too many others were made meanwhile.
    pub fn plain_symbol_proc(&mut self, name: Symbol) -> RProc {
        let slot = name.0 as usize % SYMBOL_PROCS;
        let kept = &self.extension::<SymbolProcs>().0;
        if let Some(made) = kept.get(slot).copied().flatten().filter(|made| matches!(made.body(), ProcBody::Symbol(of, _) if of == name)) {
            return made;
        }
        let made = self.proc_from(ProcBody::Symbol(name, None), true);
        let kept = &mut self.extension::<SymbolProcs>().0;
        kept.resize(SYMBOL_PROCS, None);
        kept[slot] = Some(made);
        made
    }

    /// The lambda of `&:name` in code of that scope, whose refinements it keeps.
    pub(crate) fn symbol_proc(&mut self, name: Symbol, scope: CrefRef) -> RProc {
        match scope.refinements.get() {
            Some(_) => self.proc_from(ProcBody::Symbol(name, Some(scope)), true),
            None => self.plain_symbol_proc(name),
        }
    }

    /// Calls the method of a Symbol's block: the first argument receives it.
    fn call_by_symbol(&mut self, name: Symbol, cref: Option<CrefRef>, args: &[Value], keywords: PassedKeywords<'_>, block: BlockWord) -> RResult {
        let Some((&receiver, rest)) = args.split_first() else { return Err(self.argument_error("no receiver given")) };
        let links = cref.and_then(|cref| cref.refinements.get()).filter(|_| self.may_be_refined(name));
        let class = self.class_of(receiver);
        let refined = links.and_then(|links| self.find_method_under(links, class, name));
        match refined.filter(|method| method.visibility == Visibility::Public) {
            Some(method) => self.call_method(method, receiver, rest, keywords, block),
            None => self.call_full(receiver, name, rest, keywords, block, super::CallMode::Public),
        }
    }

    /// Does the block take two or more values apart, and is it no lambda? Then key and value may be passed
    /// as two values instead of a pair.
    pub fn block_takes_pair(&self, block: BlockWord) -> bool {
        let code = match block.record() {
            Some(record) => read_record(record).0,
            None => match block.value().and_then(RProc::new) {
                Some(callable) if !callable.is_lambda() => match callable.body() {
                    ProcBody::Block { code, .. } => code,
                    _ => return false,
                },
                _ => return false,
            },
        };
        let params = &code.function.params;
        params.required + params.post >= 2
    }

    /// Makes a Proc of a block: stack records are copied and their environments move to the heap.
    pub fn block_to_proc(&mut self, block: BlockWord) -> RResult<RProc> {
        if let Some(record) = block.record() {
            let (code, home) = read_record(record);
            return self.proc_of_record(code, home, false);
        }
        match block.value().and_then(RProc::new) {
            Some(callable) => Ok(callable),
            None => Err(self.argument_error("tried to create Proc object without a block")),
        }
    }

    /// A Proc of child code in its home frame (`lambda` literals and block records).
    pub(crate) fn proc_of_record(&mut self, code: CodeRef, home: Frame, is_lambda: bool) -> RResult<RProc> {
        if code.function.kind == FunctionKind::SymbolBlock {
            return Ok(self.symbol_proc(code.name, home.cref()));
        }
        let env = self.promote(home.env())?;
        let body = ProcBody::Block { code, receiver: home.receiver(), env, cref: home.cref(), method: home.called_method() };
        Ok(self.proc_from(body, is_lambda))
    }

    /// Moves an environment and those around it to the heap; returns the words to use.
    pub(crate) fn promote(&mut self, words: EnvWords) -> RResult<EnvWords> {
        if words.is_null() {
            return Ok(words);
        }
        // SAFETY: `words` are a live environment's: forward, parent, info and slots are there. Cells do
        // not move, and the stack words stay until their frame ends.
        unsafe {
            let forward = *words as EnvWords;
            if env::in_heap(*forward.add(env::INFO)) {
                return Ok(forward);
            }
            let info = *forward.add(env::INFO);
            let parent = self.promote(*forward.add(env::PARENT) as EnvWords)?;
            let block = self.lasting_block(BlockWord(*forward.add(env::BLOCK)))?;
            let made = env::allocate(&mut self.heap, ShapeId::NONE, env::slot_count(info) as u16, info).ok_or_else(|| self.no_memory())?;
            let target = made.words();
            *target.add(env::PARENT) = parent as u64;
            *target.add(env::SELF) = *forward.add(env::SELF);
            *target.add(env::BLOCK) = block.0;
            *target.add(env::METHOD) = *forward.add(env::METHOD);
            for slot in 0..env::slot_count(info) {
                *target.add(env::SLOTS + slot) = *forward.add(env::SLOTS + slot);
            }
            *forward.add(env::FORWARD) = target as u64;
            Ok(target)
        }
    }

    /// A block word that stays valid after the call that passed it.
    pub(crate) fn lasting_block(&mut self, block: BlockWord) -> RResult<BlockWord> {
        match block.record() {
            Some(_) => Ok(BlockWord::from_value(self.block_to_proc(block)?.value())),
            None => Ok(block),
        }
    }

    /// Runs a block with another self and lexical scope for `def` (`instance_eval`, `class_eval`).
    pub fn call_block_on(&mut self, block: BlockWord, receiver: Value, definee: Value, args: &[Value]) -> RResult {
        self.call_block_on_with(block, receiver, definee, args, PassedKeywords::None)
    }

    /// A lexical scope that defines methods elsewhere but finds constants as `parent` does. `instance_eval` (definee undef)
    /// of a block is common, so its scope is kept.
    pub fn eval_cref(&mut self, parent: CrefRef, definee: Value) -> CrefRef {
        if let Some(kept) = parent.instance_eval.get().filter(|_| definee.is_undef()) {
            kept.visibility.set(Visibility::Public);
            kept.module_function.set(false);
            kept.refinements.set(parent.refinements.get());
            kept.replaced.set(None);
            return kept;
        }
        let cref = self.new_scope(Cref {
            parent: Some(parent),
            module: parent.module.clone(),
            definee: Cell::new(definee),
            visibility: Cell::new(Visibility::Public),
            module_function: Cell::new(false),
            transparent: true,
            refinements: parent.refinements.clone(),
            replaced: Cell::new(None),
            instance_eval: Cell::new(None),
        });
        if definee.is_undef() {
            parent.instance_eval.set(Some(cref));
        }
        cref
    }

    /// `break` out of the call that got a block, seen from a native that ran the block: not ours, so
    /// natives just pass it on. This tells whether something is pending at all.
    pub fn is_pending(&self) -> bool {
        !matches!(self.pending, Pending::None)
    }
}

/// Code and home frame of a block record.
pub(crate) fn read_record(record: *const u64) -> (CodeRef, Frame) {
    // SAFETY: records are two words on the VM stack, written by the send that passes the block, whose
    // frame lives as long as the call.
    unsafe {
        let code = CodeRef::from_word(*record);
        let home = Frame::at(*record.add(1) as Registers).expect("a block record names its home frame");
        (code, home)
    }
}

impl Vm {
    /// As `call_block_on` with keywords (`instance_exec`, `class_exec`).
    pub fn call_block_on_with(&mut self, block: BlockWord, receiver: Value, definee: Value, args: &[Value], keywords: PassedKeywords<'_>) -> RResult {
        let surrounding = self.cref_of_block(block);
        let cref = surrounding.map(|parent| self.eval_cref(parent, definee));
        let context = BlockContext { receiver: Some(receiver), cref, ..BlockContext::default() };
        self.call_block_with(block, args, keywords, context)
    }

    fn cref_of_block(&self, block: BlockWord) -> Option<CrefRef> {
        match block.record() {
            Some(record) => Some(read_record(record).1.cref()),
            None => match block.value().and_then(RProc::new).map(RProc::body) {
                Some(ProcBody::Block { cref, .. }) => Some(cref),
                _ => None,
            },
        }
    }

    /// The lexical scope for `instance_eval` (definee undef) and `class_eval` of text: constants are looked up in the
    /// definee too, or in the receiver's class while there is no singleton class.
    pub fn eval_cref_for(&mut self, parent: CrefRef, receiver: Value, definee: Value) -> CrefRef {
        if !definee.is_undef() {
            return self.class_cref(Some(parent), definee);
        }
        let class = self.class_of(receiver).value();
        let cref = self.class_cref(Some(parent), class);
        cref.definee.set(Value::UNDEF);
        cref
    }
}
