//! Call sites: from what the cache saw to inlined bodies, direct calls, or the interpreter's own call.

use super::state::State;
use super::{Bailout, Builder, CtxBlock, Stop};
use crate::ops::Op as Ir;
use crate::types::{Kinds, Type};
use crate::unit::{BlockId, ExitKind, Target, ValueId};
use abi::FrameFlags;
use bytecode::{CALL_BLOCK, CALL_SELF, CallFlags, Effects, FRAME_HEADER, KeywordRest, Op};
use objects::site::{CallCache, CallKind};
use objects::{BlockWord, CallView, CodeRef, CrefRef, MethodBody, MethodRef};

/// The instruction and operands of a call.
#[derive(Clone, Copy)]
pub(super) struct CallSite {
    pub pc: u32,
    pub next: u32,
    pub dst: u16,
    pub base: u16,
}

impl Builder<'_> {
    pub(super) fn send(&mut self, pc: u32, next: u32, dst: u16, base: u16, site: u32) -> Result<(), Stop> {
        let view = self.ctx().code.call_view(site).ok_or(Bailout::Malformed)?;
        let op = Op::Send { dst: bytecode::operand::Dst(dst), base: bytecode::operand::Base(base), site: bytecode::operand::Site(site) };
        let at = CallSite { pc, next, dst, base };
        if self.is_generic(pc) || view.megamorphic {
            return self.generic_call(pc, next, &op, dst);
        }
        if view.cache.kind == CallKind::Empty {
            return self.leave(pc, "call never made");
        }
        if !view.plain {
            return self.send_with_block(at, &view, &op);
        }
        let mut candidates: Vec<CallCache> = std::iter::once(view.cache).chain(view.others.iter().copied()).collect();
        candidates.retain(|cache| cache.kind != CallKind::Empty);
        self.unit.dependencies.methods.push(view.name);
        self.dispatch(at, &view, &candidates, &op)
    }

    /// One case for each shape that was seen.
    fn dispatch(&mut self, at: CallSite, view: &CallView, candidates: &[CallCache], op: &Op) -> Result<(), Stop> {
        let receiver = self.word_reg(at.base + CALL_SELF)?;
        if let Some(shape) = self.shape_of(receiver)
            && let Some(cache) = candidates.iter().find(|cache| cache.shape == shape)
        {
            return self.run_cached(at, view, cache, receiver, op);
        }
        let mut ends: Vec<(BlockId, State)> = Vec::new();
        let (last, first) = candidates.split_last().ok_or(Bailout::Malformed)?;
        for cache in first {
            let cond = match Self::immediate_kinds(cache.shape) {
                Some(kinds) if !self.kinds(receiver).may_be(kinds) => continue,
                Some(kinds) => self.value(Ir::IsKinds, &[receiver], u64::from(kinds.0), 0, None, Type::COND),
                None => self.value(Ir::IsShape, &[receiver], u64::from(cache.shape.0), 0, None, Type::COND),
            };
            let (yes, no) = self.split(cond);
            let saved = self.state.clone();
            self.block = yes;
            self.exits.clear();
            match Self::immediate_kinds(cache.shape) {
                Some(kinds) => self.narrow(receiver, kinds),
                None => {
                    self.narrow(receiver, Kinds::CELL);
                    self.state.shapes.insert(receiver, cache.shape);
                }
            }
            self.run_cached(at, view, cache, receiver, op)?;
            if !self.dead {
                ends.push((self.block, std::mem::take(&mut self.state)));
            }
            self.block = no;
            self.state = saved;
            self.dead = false;
            self.exits.clear();
        }
        self.guard_shape(receiver, last.shape, at.pc)?;
        self.run_cached(at, view, last, receiver, op)?;
        if ends.is_empty() {
            return Ok(());
        }
        if !self.dead {
            ends.push((self.block, std::mem::take(&mut self.state)));
        }
        self.merge(ends, at.next)
    }

    /// The call on a receiver that has the cache's shape (checked here when it was not yet).
    fn run_cached(&mut self, at: CallSite, view: &CallView, cache: &CallCache, receiver: ValueId, op: &Op) -> Result<(), Stop> {
        self.guard_shape(receiver, cache.shape, at.pc)?;
        let args = self.arguments(at.base, view.argc)?;
        let Some(method) = cache.method else { return self.generic_call(at.pc, at.next, op, at.dst) };
        match cache.kind {
            CallKind::Simple => {
                let MethodBody::Ruby(code, cref) = resolve(method).body else { return Err(Bailout::Malformed.into()) };
                self.ruby_call(at, code, cref, method, receiver, &args, CtxBlock::None, op)
            }
            CallKind::ProcCall => self.generic_call(at.pc, at.next, op, at.dst),
            CallKind::Defined => self.defined_call(at, method, receiver, &args, op),
            CallKind::Native => self.native_call(at, view, method, receiver, &args, op),
            CallKind::Reader => match method_reader(method) {
                Some(name) if self.reader(at.dst, receiver, cache.shape, name) => Ok(()),
                _ => self.general_call(at, cache, method, receiver, &args, op),
            },
            CallKind::New => self.construct(at, cache, &args, &[], CtxBlock::None, op),
            CallKind::Allocate => {
                self.unit.dependencies.methods.push(value::sym::INITIALIZE);
                let object = self.new_object(at, cache)?;
                self.set_reg(at.dst, object);
                Ok(())
            }
            CallKind::Writer | CallKind::Direct | CallKind::Splat | CallKind::General => self.general_call(at, cache, method, receiver, &args, op),
            CallKind::Empty => self.leave(at.pc, "call never made"),
        }
    }

    fn arguments(&self, base: u16, argc: u16) -> Result<Vec<ValueId>, Stop> {
        let first = base + FRAME_HEADER;
        (first..first + argc).map(|register| self.reg(register)).collect()
    }

    fn general_call(&mut self, at: CallSite, cache: &CallCache, method: MethodRef, receiver: ValueId, args: &[ValueId], op: &Op) -> Result<(), Stop> {
        let resolved = resolve(method);
        match resolved.body {
            MethodBody::Writer(name) if args.len() == 1 && self.writer(at.dst, receiver, cache.shape, name, args[0]) => {
                return Ok(());
            }
            MethodBody::StructReader(index) if args.is_empty() && self.member(at.dst, receiver, cache.shape, index, None) => {
                return Ok(());
            }
            MethodBody::StructWriter(index) if args.len() == 1 && self.member(at.dst, receiver, cache.shape, index, Some(args[0])) => {
                return Ok(());
            }
            MethodBody::Ruby(code, cref) if !resolved.ruby2_keywords.get() => {
                if let Some(args) = self.bind_arguments(at, code, args, &[]) {
                    return self.ruby_call(at, code, cref, resolved, receiver, &args, CtxBlock::None, op);
                }
            }
            _ => {}
        }
        self.generic_call(at.pc, at.next, op, at.dst)
    }

    /// The values of a method's parameters for positional arguments and literal keywords; None when
    /// binding them takes Hashes, or fails. A rest Array is made of the arguments in the call area.
    fn bind_arguments(&mut self, at: CallSite, code: CodeRef, args: &[ValueId], keywords: &[(Vec<u8>, ValueId)]) -> Option<Vec<ValueId>> {
        let function = code.function.clone();
        let params = &function.params;
        let (least, most) = (usize::from(params.required), usize::from(params.required + params.optional));
        let plain = params.post == 0 && matches!(params.keyword_rest, KeywordRest::None | KeywordRest::Anonymous);
        let known = keywords.iter().all(|(name, _)| params.keywords.iter().any(|keyword| keyword.name == *name));
        let complete = params.keywords.iter().all(|keyword| !keyword.required || keywords.iter().any(|(name, _)| *name == keyword.name));
        if !plain || !known || !complete || args.len() < least || args.len() > most && !params.rest {
            return None;
        }
        let undef = self.constant_value(value::Value::UNDEF);
        let mut bound = args.to_vec();
        bound.resize(most, undef);
        if params.rest {
            self.pass(at.base, args);
            let rest = args.get(most..).unwrap_or_default();
            bound.push(self.array_of(at.base + FRAME_HEADER + most as u16, rest));
        }
        for keyword in &params.keywords {
            let given = keywords.iter().find(|(name, _)| *name == keyword.name);
            bound.push(given.map_or(undef, |(_, value)| *value));
        }
        if params.keyword_rest == KeywordRest::Anonymous {
            bound.push(self.nil());
        }
        Some(bound)
    }

    /// A call with the elements of one Array, of a method that takes a certain number of them. False when the
    /// interpreter has to make it.
    fn splat_call(&mut self, at: CallSite, view: &CallView, method: MethodRef, block: Option<CodeRef>, op: &Op) -> Result<bool, Stop> {
        let MethodBody::Ruby(code, cref) = method.body else { return Ok(false) };
        let params = &code.function.params;
        if !params.is_simple() || self.runtime.has_keyword_hashes() {
            return Ok(false);
        }
        let count = i64::from(params.required);
        let (receiver, list) = (self.word_reg(at.base + CALL_SELF)?, self.word_reg(at.base + FRAME_HEADER)?);
        self.unit.dependencies.methods.extend([view.name, value::sym::RUBY2_KEYWORDS]);
        self.guard_shape(receiver, view.cache.shape, at.pc)?;
        if view.site.flags.has(CallFlags::KW_HASH) {
            let keywords = self.word_reg(at.base + FRAME_HEADER + 1)?;
            if !self.kinds(keywords).is(Kinds::NIL) {
                let exit = self.exit(at.pc, ExitKind::Guard, "keywords")?;
                self.effect(Ir::GuardKinds, &[keywords], u64::from(Kinds::NIL.0), 0, Some(exit));
                self.narrow(keywords, Kinds::NIL);
            }
        }
        let home = self.level();
        let block = block.map_or(CtxBlock::None, |code| CtxBlock::Record { home, code });
        if let Some(args) = self.state.lists.get(&list).filter(|elements| elements.len() as i64 == count).cloned() {
            self.ruby_call(at, code, cref, method, receiver, &args, block, op)?;
            return Ok(true);
        }
        let open = self.runtime.array_shapes().0;
        self.guard_shape(list, open, at.pc)?;
        let length = self.value(Ir::ArrayLength, &[list], 0, 0, None, Type::word(Kinds::INTEGER));
        let exit = self.exit(at.pc, ExitKind::Guard, "splat")?;
        self.effect(Ir::GuardWord, &[length], value::Value::small(count).bits(), 0, Some(exit));
        let args: Vec<ValueId> = (0..count)
            .map(|index| {
                let index = self.integer(index);
                self.value(Ir::ArrayAt, &[list, index], 0, 0, None, Type::ANY)
            })
            .collect();
        self.ruby_call(at, code, cref, method, receiver, &args, block, op)?;
        Ok(true)
    }

    /// A call with a literal block (or with splat and the like, which the interpreter does).
    fn send_with_block(&mut self, at: CallSite, view: &CallView, op: &Op) -> Result<(), Stop> {
        let flags = view.site.flags;
        let special = CallFlags::SPLAT | CallFlags::KW_HASH;
        let passes = flags.has(CallFlags::BLOCK_PASS) && !self.kinds(self.reg(at.base + CALL_BLOCK)?).is(Kinds::NIL);
        let direct = flags.0 & special == 0 && !passes && view.others.is_empty();
        let block = view.site.block.map(|child| self.ctx().code.child(child));
        let callee = view.cache.method.map(resolve).filter(|method| view.others.is_empty() && !method.ruby2_keywords.get());
        if let (Some(method), None | Some(Some(_)), CallKind::Splat) = (callee, block, view.cache.kind)
            && !passes
            && self.splat_call(at, view, method, block.flatten(), op)?
        {
            return Ok(());
        }
        let method = callee.filter(|_| direct);
        if let (Some(method), None | Some(Some(_))) = (method, block)
            && let MethodBody::Ruby(code, cref) = method.body
        {
            let args = self.arguments(at.base, view.argc)?;
            let keywords = self.keywords(at, view)?;
            let home = self.level();
            let block = block.flatten().map_or(CtxBlock::None, |code| CtxBlock::Record { home, code });
            if view.cache.kind == CallKind::New {
                let receiver = self.word_reg(at.base + CALL_SELF)?;
                self.unit.dependencies.methods.push(view.name);
                self.guard_shape(receiver, view.cache.shape, at.pc)?;
                return self.construct(at, &view.cache, &args, &keywords, block, op);
            }
            if let Some(args) = self.bind_arguments(at, code, &args, &keywords) {
                let receiver = self.word_reg(at.base + CALL_SELF)?;
                self.unit.dependencies.methods.push(view.name);
                self.guard_shape(receiver, view.cache.shape, at.pc)?;
                return self.ruby_call(at, code, cref, method, receiver, &args, block, op);
            }
        }
        self.generic_call(at.pc, at.next, op, at.dst)
    }

    /// Names and values of the literal keywords of a call.
    fn keywords(&self, at: CallSite, view: &CallView) -> Result<Vec<(Vec<u8>, ValueId)>, Stop> {
        let first = at.base + FRAME_HEADER + view.argc;
        view.site.keywords.iter().zip(first..).map(|(name, register)| Ok((name.clone(), self.reg(register)?))).collect()
    }

    /// Lets the interpreter make the call: `send`, `super` or `yield`.
    pub(super) fn generic_call(&mut self, pc: u32, next: u32, op: &Op, dst: u16) -> Result<(), Stop> {
        self.call_as(pc, next, op, dst, (Ir::Send, 0, 0))
    }

    /// The call instruction as an operation with its two numbers.
    fn call_as(&mut self, pc: u32, next: u32, op: &Op, dst: u16, (kind, imm, imm2): (Ir, u64, u64)) -> Result<(), Stop> {
        self.write_out_for_callee(pc, op)?;
        let access = bytecode::run::access(&self.ctx().code.function, op);
        self.flush(&access.uses)?;
        self.exits.clear();
        let exit = self.exit(pc, ExitKind::Quiet, "call")?;
        self.publish(exit, true);
        let args = if kind == Ir::YieldAny { vec![self.block_word()?] } else { Vec::new() };
        let result = self.value(kind, &args, imm, imm2, Some(exit), Type::ANY);
        let vars = self.state.frames.last_mut().ok_or(Bailout::Malformed)?;
        for register in access.defines {
            vars.mem[usize::from(register)] = None;
        }
        self.after_call(op)?;
        self.set_reg(dst, result);
        self.check_valid(next)
    }

    /// Whoever is called by a call instruction finds in memory what the instruction lets it get at: the variables of a
    /// literal block, and those of the method's block, which `yield` runs and `super` hands on.
    fn write_out_for_callee(&mut self, pc: u32, op: &Op) -> Result<(), Stop> {
        let call = self.call_of(pc)?;
        let looks_at_caller = self.looks_at_caller(op)?;
        let reaches_block = match op {
            Op::Send { .. } => false,
            Op::SendSuper { .. } | Op::Yield { .. } => call.block.is_none() && !call.flags.has(CallFlags::BLOCK_PASS),
            _ => return Err(Bailout::Malformed.into()),
        };
        // Inside a block method and block are found through the environments around it, whatever is passed.
        let looks_out = !matches!(op, Op::Send { .. }) && self.ctx().code.function.kind.is_closure();
        if call.block.is_some() || looks_out || looks_at_caller {
            self.needs_memory(self.level());
        }
        if let (true, CtxBlock::Record { home, .. }) = (reaches_block, self.ctx().block) {
            self.needs_memory(home);
        }
        Ok(())
    }

    /// Is a native that is sure to look at its caller among what the site has called?
    fn looks_at_caller(&self, op: &Op) -> Result<bool, Stop> {
        let (Op::Send { site, .. } | Op::SendSuper { site, .. } | Op::Yield { site, .. }) = op else { return Ok(false) };
        let view = self.ctx().code.call_view(site.0).ok_or(Bailout::Malformed)?;
        let looks = |cache: &CallCache| matches!(cache.method.map(|method| resolve(method).body), Some(MethodBody::Native(native)) if native.effects.has(Effects::looks_at_caller));
        Ok(std::iter::once(&view.cache).chain(&view.others).any(looks))
    }

    /// Forgets the registers that a call's frame took.
    fn after_call(&mut self, op: &Op) -> Result<(), Stop> {
        let base = match *op {
            Op::Send { base, .. } | Op::SendSuper { base, .. } | Op::Yield { base, .. } => base.0,
            _ => 0,
        };
        self.forget_memory_from(base)
    }

    /// Frames pushed over the registers from `base` on overwrite them.
    pub(super) fn forget_memory_from(&mut self, base: u16) -> Result<(), Stop> {
        let vars = self.state.frames.last_mut().ok_or(Bailout::Malformed)?;
        for place in vars.mem.iter_mut().skip(usize::from(base)) {
            *place = None;
        }
        Ok(())
    }

    /// Writes arguments into the call area.
    pub(super) fn pass(&mut self, base: u16, args: &[ValueId]) {
        let first = u64::from(self.ctx().offset) + u64::from(base + FRAME_HEADER);
        for (index, &arg) in args.iter().enumerate() {
            let word = self.word(arg);
            self.effect(Ir::StoreFrame, &[word], first + index as u64, 0, None);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a call")]
    fn ruby_call(
        &mut self,
        at: CallSite,
        code: CodeRef,
        cref: CrefRef,
        method: MethodRef,
        receiver: ValueId,
        args: &[ValueId],
        block: CtxBlock,
        op: &Op,
    ) -> Result<(), Stop> {
        if self.may_inline(code, block != CtxBlock::None, at) {
            return self.inline_method(at, code, cref, method, receiver, args, block);
        }
        let block = self.block_target(at, block)?;
        self.direct_call(at, Target { code, cref, method: Some(method), env: 0, flags: 0, block }, receiver, args, false, op)
    }

    /// A `super` of a method that found Ruby code for all receivers so far. False when the interpreter has to make it.
    pub(super) fn super_call(&mut self, pc: u32, next: u32, op: &Op, view: &CallView) -> Result<bool, Stop> {
        let Op::SendSuper { dst, base, .. } = *op else { return Ok(false) };
        let at = CallSite { pc, next, dst: dst.0, base: base.0 };
        let receiver = self.ctx().receiver;
        let seen = self.shape_of(receiver).and_then(|shape| std::iter::once(&view.cache).chain(&view.others).find(|cache| cache.shape == shape));
        let Some(cache) = seen.or(view.others.is_empty().then_some(&view.cache)).filter(|cache| cache.kind == CallKind::Direct) else {
            return Ok(false);
        };
        let Some(MethodBody::Ruby(code, cref)) = cache.method.map(|method| resolve(method).body) else { return Ok(false) };
        let (Some(method), false) = (cache.method, self.is_generic(pc) || self.ctx().code.function.kind.is_closure()) else { return Ok(false) };
        let literal = match view.site.block {
            Some(child) => match self.ctx().code.child(child) {
                Some(code) => Some(CtxBlock::Record { home: self.level(), code }),
                None => return Ok(false),
            },
            None => None,
        };
        if view.site.flags.has(CallFlags::BLOCK_PASS) || !self.runs_method(pc, view.super_method)? {
            return Ok(false);
        }
        let block = match literal {
            Some(block) => block,
            None => match self.inherited_block(pc)? {
                Some(block) => block,
                None => return Ok(false),
            },
        };
        let args = self.arguments(at.base, view.argc)?;
        let keywords = self.keywords(at, view)?;
        let Some(args) = self.bind_arguments(at, code, &args, &keywords) else { return Ok(false) };
        self.unit.dependencies.methods.push(method.name);
        self.guard_shape(receiver, cache.shape, pc)?;
        self.ruby_call(at, code, cref, method, receiver, &args, block, op)?;
        Ok(true)
    }

    /// Does the innermost frame run the method with this word? Of the root's it is checked here.
    fn runs_method(&mut self, pc: u32, method: Option<MethodRef>) -> Result<bool, Stop> {
        let word = method.map_or(0, MethodRef::word);
        if let Some(around) = self.ctx().method {
            return Ok(around.method == method);
        }
        if self.runtime.header_word(abi::frame::METHOD) != word {
            return Ok(false);
        }
        let running = self.value(Ir::LoadFrame, &[], abi::frame::METHOD as u64, 0, None, Type::ANY);
        let exit = self.exit(pc, ExitKind::Guard, "method")?;
        self.effect(Ir::GuardWord, &[running], word, 0, Some(exit));
        self.unit.dependencies.values.extend(method.map(MethodRef::value));
        Ok(true)
    }

    /// The value of the method's block: nil, unless there is one, which the interpreter makes a Proc of.
    pub(super) fn method_block(&mut self, pc: u32, next: u32, dst: u16) -> Result<(), Stop> {
        if !self.is_generic(pc) && !self.ctx().code.function.kind.is_closure() && self.inherited_block(pc)? == Some(CtxBlock::None) {
            let nil = self.nil();
            self.set_reg(dst, nil);
            return Ok(());
        }
        self.step(pc, next)
    }

    /// The block that a `super` or `&` hands on, checked here to be none when only the root's header knows; None when it is one
    /// that a call cannot pass.
    fn inherited_block(&mut self, pc: u32) -> Result<Option<CtxBlock>, Stop> {
        match self.ctx().block {
            CtxBlock::None => Ok(Some(CtxBlock::None)),
            CtxBlock::Unknown if self.runtime.header_word(abi::frame::BLOCK) == BlockWord::NONE.0 => {
                let block = self.value(Ir::LoadFrame, &[], abi::frame::BLOCK as u64, 0, None, Type::ANY);
                let exit = self.exit(pc, ExitKind::Guard, "block")?;
                self.effect(Ir::GuardWord, &[block], BlockWord::NONE.0, 0, Some(exit));
                Ok(Some(CtxBlock::None))
            }
            _ => Ok(None),
        }
    }

    /// What a call of a target passes for a literal block, whose home has to be in memory.
    fn block_target(&mut self, at: CallSite, block: CtxBlock) -> Result<Option<(CodeRef, u32, u16)>, Stop> {
        let CtxBlock::Record { code, .. } = block else { return Ok(None) };
        self.needs_memory(self.level());
        Ok(Some((code, self.ctx().offset, self.record_register(at.pc)?)))
    }

    /// A call of a method that `define_method` made of a block.
    fn defined_call(&mut self, at: CallSite, method: MethodRef, receiver: ValueId, args: &[ValueId], op: &Op) -> Result<(), Stop> {
        let callable = match resolve(method).body {
            MethodBody::Proc(callable) => callable,
            _ => return Err(Bailout::Malformed.into()),
        };
        let Some(block) = self.runtime.defined_block(callable) else { return self.generic_call(at.pc, at.next, op, at.dst) };
        // The block's environment lives as long as the unit; which Ractors may run it is not checked here.
        self.constant_value(callable);
        self.unit.dependencies.methods.push(value::sym::H_RACTOR);
        if self.may_inline(block.code, false, at) {
            return self.inline_defined(at, &block, method, receiver, args);
        }
        let target = Target { code: block.code, cref: block.cref, method: Some(method), env: block.env, flags: FrameFlags::LAMBDA, block: None };
        self.direct_call(at, target, receiver, args, false, op)
    }

    /// A call of machine code or the interpreter, without the interpreter's call instruction.
    fn direct_call(&mut self, at: CallSite, target: Target, receiver: ValueId, args: &[ValueId], constructs: bool, op: &Op) -> Result<(), Stop> {
        self.pass(at.base, args);
        self.exits.clear();
        let exit = self.exit(at.pc, ExitKind::Quiet, "call")?;
        self.publish(exit, false);
        self.unit.targets.push(target);
        let index = self.unit.targets.len() as u64 - 1;
        let callee = u64::from(self.ctx().offset) + u64::from(at.base + FRAME_HEADER);
        let kind = if constructs { Ir::Construct } else { Ir::Call };
        let result = self.value(kind, &[receiver], index, callee, Some(exit), Type::ANY);
        self.after_call(op)?;
        self.set_reg(at.dst, if constructs { receiver } else { result });
        self.check_valid(at.next)
    }

    /// `new`: allocates, binds the arguments and runs `initialize`.
    fn construct(
        &mut self,
        at: CallSite,
        cache: &CallCache,
        args: &[ValueId],
        keywords: &[(Vec<u8>, ValueId)],
        block: CtxBlock,
        op: &Op,
    ) -> Result<(), Stop> {
        let Some(method) = cache.method else { return self.generic_call(at.pc, at.next, op, at.dst) };
        let MethodBody::Ruby(code, cref) = resolve(method).body else { return self.generic_call(at.pc, at.next, op, at.dst) };
        let Some(args) = self.bind_arguments(at, code, args, keywords) else { return self.generic_call(at.pc, at.next, op, at.dst) };
        self.unit.dependencies.methods.push(value::sym::INITIALIZE);
        let object = self.new_object(at, cache)?;
        if self.may_inline(code, block != CtxBlock::None, at) {
            return self.inline_constructor(at, code, cref, method, object, &args, block);
        }
        let block = self.block_target(at, block)?;
        self.direct_call(at, Target { code, cref, method: Some(method), env: 0, flags: 0, block }, object, &args, true, op)
    }

    /// An object of the class that the cache of a `new` describes.
    fn new_object(&mut self, at: CallSite, cache: &CallCache) -> Result<ValueId, Stop> {
        let exit = self.exit(at.pc, ExitKind::Quiet, "allocation")?;
        let object = self.value(Ir::NewObject, &[], u64::from(cache.instance.0), u64::from(cache.slot), Some(exit), Type::word(Kinds::CELL));
        self.state.shapes.insert(object, cache.instance);
        let nil = self.nil();
        for index in 0..cache.slot {
            self.state.ivars.insert((object, index), nil);
        }
        Ok(object)
    }

    fn native_call(&mut self, at: CallSite, view: &CallView, method: MethodRef, receiver: ValueId, args: &[ValueId], op: &Op) -> Result<(), Stop> {
        let resolved = resolve(method);
        let MethodBody::Native(native) = resolved.body else { return self.generic_call(at.pc, at.next, op, at.dst) };
        if self.intrinsic(at, resolved, receiver, args)? {
            return Ok(());
        }
        match self.ascii_size(at, resolved, receiver, args.len()) {
            Some(is_ascii) => self.either(
                is_ascii,
                at.next,
                |builder| {
                    let length = builder.value(Ir::StringLength, &[receiver], 0, 0, None, Type::word(Kinds::INTEGER));
                    builder.set_reg(at.dst, length);
                    Ok(())
                },
                |builder| builder.call_native(at, view, native, receiver, args, op),
            ),
            None => self.call_native(at, view, native, receiver, args, op),
        }
    }

    /// Calls a native method by its address.
    fn call_native(
        &mut self,
        at: CallSite,
        view: &CallView,
        native: objects::NativeMethod,
        receiver: ValueId,
        args: &[ValueId],
        op: &Op,
    ) -> Result<(), Stop> {
        if native.effects.has(Effects::looks_at_caller) {
            self.needs_memory(self.level());
        }
        self.pass(at.base, args);
        self.exits.clear();
        let exit = self.exit(at.pc, ExitKind::Quiet, "native")?;
        self.publish(exit, true);
        let first = u64::from(self.ctx().offset) + u64::from(at.base + FRAME_HEADER);
        let numbers = first << 16 | u64::from(view.argc);
        let quiet = !native.effects.changes_objects();
        let kind = if quiet { Ir::CallQuietNative } else { Ir::CallNative };
        let result = self.value(kind, &[receiver], native.function as usize as u64, numbers, Some(exit), Type::ANY);
        if quiet {
            self.exits.clear();
            self.forget_memory_from(at.base)?;
            self.set_reg(at.dst, result);
            return Ok(());
        }
        self.after_call(op)?;
        self.set_reg(at.dst, result);
        self.check_valid(at.next)
    }

    /// An operator on an object of the one shape that was seen: calls its method without the interpreter.
    /// None when the site saw something else.
    pub(super) fn operator_call(&mut self, pc: u32, next: u32, site: u32, receiver: ValueId, argument: ValueId) -> Result<Option<ValueId>, Stop> {
        let Some(view) = self.ctx().code.call_view(site) else { return Ok(None) };
        let usable = view.operands & objects::site::OperandBits::OTHER != 0 && view.others.is_empty() && !self.is_generic(pc);
        let Some(method) = view.cache.method.filter(|_| usable) else { return Ok(None) };
        let resolved = resolve(method);
        let (receiver, argument) = (self.word(receiver), self.word(argument));
        match (view.cache.kind, resolved.body) {
            (CallKind::Native, MethodBody::Native(native)) => {
                self.unit.dependencies.methods.push(view.name);
                self.guard_shape(receiver, view.cache.shape, pc)?;
                self.exits.clear();
                let exit = self.exit(pc, ExitKind::Quiet, "operator")?;
                self.publish(exit, true);
                Ok(Some(self.value(Ir::CallOperator, &[receiver, argument], native.function as usize as u64, 0, Some(exit), Type::ANY)))
            }
            (CallKind::Simple, MethodBody::Ruby(code, cref)) => {
                self.unit.dependencies.methods.push(view.name);
                self.guard_shape(receiver, view.cache.shape, pc)?;
                // The callee's frame stands behind the registers, as frames pushed by natives do.
                let callee = self.ctx().offset + self.ctx().code.registers + u32::from(FRAME_HEADER);
                self.effect(Ir::StoreFrame, &[argument], u64::from(callee), 0, None);
                self.unit.extent = self.unit.extent.max(callee + code.registers);
                self.exits.clear();
                let exit = self.exit(pc, ExitKind::Quiet, "operator")?;
                self.publish(exit, false);
                self.unit.targets.push(Target { code, cref, method: Some(resolved), env: 0, flags: 0, block: None });
                let index = self.unit.targets.len() as u64 - 1;
                let _ = next;
                Ok(Some(self.value(Ir::Call, &[receiver], index, u64::from(callee), Some(exit), Type::ANY)))
            }
            _ => Ok(None),
        }
    }

    /// The arguments of a `yield`, one by one; None when they are not known so.
    fn yielded(&mut self, base: u16, view: &CallView) -> Result<Option<Vec<ValueId>>, Stop> {
        if view.plain {
            return self.arguments(base, view.argc).map(Some);
        }
        let flags = view.site.flags;
        if !flags.has(CallFlags::SPLAT) || flags.has(CallFlags::KW_HASH) || !view.site.keywords.is_empty() || self.runtime.has_keyword_hashes() {
            return Ok(None);
        }
        let list = self.reg(base + FRAME_HEADER)?;
        let elements = self.state.lists.get(&list).cloned();
        if elements.is_some() {
            self.unit.dependencies.methods.push(value::sym::RUBY2_KEYWORDS);
        }
        Ok(elements)
    }

    pub(super) fn yield_(&mut self, pc: u32, next: u32, dst: u16, base: u16, site: u32) -> Result<(), Stop> {
        let view = self.ctx().code.call_view(site).ok_or(Bailout::Malformed)?;
        let op = Op::Yield { dst: bytecode::operand::Dst(dst), base: bytecode::operand::Base(base), site: bytecode::operand::Site(site) };
        let at = CallSite { pc, next, dst, base };
        let mut level = Some(self.level());
        for _ in 0..view.site.depth {
            level = level.and_then(|at| self.stack[at].home);
        }
        if let (Some(level), Some(args)) = (level, self.yielded(base, &view)?) {
            if let CtxBlock::Record { home, code } = self.stack[level].block {
                let args = args.clone();
                if let Some(args) = self.block_arguments(at, code, args)?
                    && self.may_inline(code, true, at)
                {
                    return self.inline_block(at, code, home, &args);
                }
            }
            if let CtxBlock::Outer { code, home, surroundings } = self.stack[level].block
                && let Some(args) = self.block_arguments(at, code, args)?
                && self.may_inline(code, true, at)
            {
                return self.inline_outer_block(at, code, home, surroundings, &args);
            }
        }
        if view.plain {
            let first = u64::from(self.ctx().offset) + u64::from(base + FRAME_HEADER);
            return self.call_as(pc, next, &op, dst, (Ir::YieldAny, u64::from(view.argc), first));
        }
        self.generic_call(pc, next, &op, dst)
    }

    /// The word of the block that the innermost frame yields to, whose header lies in memory.
    fn block_word(&mut self) -> Result<ValueId, Stop> {
        let function = self.ctx().code.function.clone();
        if !function.kind.is_closure() {
            let word = i64::from(self.ctx().offset) + abi::frame::BLOCK as i64;
            return Ok(self.value(Ir::LoadFrameRaw, &[], word as u64, 0, None, Type::RAW));
        }
        // As `Vm::method_env`: where the frame has no environment of its own, the first one is that around it.
        let hops = if function.env.is_some() { function.method_depth } else { function.method_depth.saturating_sub(1) };
        self.block_of_environment(hops)
    }
}

/// Follows aliases.
pub(super) fn resolve(method: MethodRef) -> MethodRef {
    method.resolved()
}

fn method_reader(method: MethodRef) -> Option<value::Symbol> {
    match resolve(method).body {
        MethodBody::Reader(name) => Some(name),
        _ => None,
    }
}
