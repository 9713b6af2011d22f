//! Each bytecode operation to IR. What has no form of its own is stepped: its registers are written
//! back and the interpreter's body for it runs.

use super::{Bailout, Builder, Stop};
use crate::ops::Op as Ir;
use crate::types::{Kinds, Type};
use crate::unit::{ExitKind, Term, ValueId};
use bytecode::{Effects, FunctionKind, Op};
use value::Value;

/// Truth of a condition that is known while compiling.
enum Truth {
    Known(bool),
    Open(ValueId),
}

impl Builder<'_> {
    /// Builds one instruction.
    pub(super) fn op(&mut self, pc: u32, op: Op, next: u32) -> Result<(), Stop> {
        match op {
            Op::Nop {} => Ok(()),
            Op::LoadNil { dst } => self.load(dst.0, Value::NIL),
            Op::LoadTrue { dst } => self.load(dst.0, Value::TRUE),
            Op::LoadFalse { dst } => self.load(dst.0, Value::FALSE),
            Op::LoadUndef { dst } => self.load(dst.0, Value::UNDEF),
            Op::LoadInt { dst, value } => self.load(dst.0, Value::small(i64::from(value.0))),
            Op::LoadLit { dst, lit } => self.load_literal(dst.0, lit.0),
            Op::LoadSelf { dst } => {
                let receiver = self.ctx().receiver;
                self.set_reg(dst.0, receiver);
                Ok(())
            }
            Op::Move { dst, src } => {
                let value = self.reg(src.0)?;
                self.set_reg(dst.0, value);
                Ok(())
            }
            Op::EnterEnv { base, slots } => self.enter_env(pc, base.0, slots.0),
            Op::GetEnv { dst, depth, slot } => self.get_env(dst.0, depth.0, slot.0),
            Op::SetEnv { depth, slot, src } => self.set_env(depth.0, slot.0, src.0),
            Op::GetIvar { dst, site } => self.get_ivar(pc, next, dst.0, site.0),
            Op::SetIvar { site, src } => self.set_ivar(pc, next, site.0, src.0),
            Op::GetConst { dst, site } => self.get_const(pc, dst.0, site.0, None),
            Op::GetConstTop { dst, site } => self.get_const_scoped(pc, dst.0, site.0, None),
            Op::GetConstFrom { dst, scope, site } => self.get_const_scoped(pc, dst.0, site.0, Some(scope.0)),
            Op::LoopHeader { .. } => {
                let exit = self.exit(pc, ExitKind::Quiet, "interrupt")?;
                self.effect(Ir::Poll, &[], 0, 0, Some(exit));
                Ok(())
            }
            Op::Return { src } => self.return_(src.0),
            Op::ReturnOuter { src, depth } => self.return_outer(pc, src.0, depth.0),
            Op::Break { src } => self.break_(pc, src.0),
            Op::Rethrow { .. } | Op::NoMatch { .. } | Op::ReturnBody { .. } => self.leave(pc, "raises"),
            Op::Send { dst, base, site } => self.send(pc, next, dst.0, base.0, site.0),
            Op::Yield { dst, base, site } => self.yield_(pc, next, dst.0, base.0, site.0),
            Op::SendSuper { dst, site, .. } => {
                let view = self.ctx().code.call_view(site.0).ok_or(Bailout::Malformed)?;
                if self.super_call(pc, next, &op, &view)? {
                    return Ok(());
                }
                self.generic_call(pc, next, &op, dst.0)
            }
            Op::Primitive { dst, name, base, count }
            | Op::PrimIsFixnum { dst, name, base, count }
            | Op::PrimIntegerAdd { dst, name, base, count }
            | Op::PrimIntegerSub { dst, name, base, count }
            | Op::PrimIntegerLt { dst, name, base, count }
            | Op::PrimIntegerLe { dst, name, base, count }
            | Op::PrimArrayLength { dst, name, base, count }
            | Op::PrimArrayAt { dst, name, base, count }
            | Op::PrimArrayAppend { dst, name, base, count } => self.primitive(pc, next, dst.0, name.0, base.0, count.0),
            Op::Array { dst, base, count } => self.new_array(dst.0, base.0, count.0),
            Op::Range { dst, low, high, exclusive } => self.range(pc, next, dst.0, (low.0, high.0), exclusive.0 == 1),
            Op::Str { dst, lit } if self.runtime.copies_literals() => self.new_string(dst.0, lit.0, false),
            Op::StrChilled { dst, lit } if self.runtime.copies_literals() => self.new_string(dst.0, lit.0, true),
            Op::Interp { dst, src, site } => self.interp(pc, next, dst.0, src.0, site.0),
            Op::Concat { dst, base, count } => self.concat(pc, dst.0, base.0, count.0),
            Op::Spread { dst, src } if !self.is_generic(pc) => self.spread(pc, dst.0, src.0),
            Op::Deconstruct { dst, src } => self.deconstruct(pc, next, dst.0, src.0),
            Op::ArraySize { dst, array } if !self.is_generic(pc) => self.size_of_matched(pc, dst.0, array.0),
            Op::ArrayGet { dst, array, index } if !self.is_generic(pc) => self.element_of_matched(pc, dst.0, array.0, i64::from(index.0)),
            Op::Expand { base, src, pre, splat, post } => self.expand(pc, next, base.0, src.0, pre.0, (splat.0, post.0)),
            Op::Defined { dst, kind, .. } if kind.0 == bytecode::function::DefinedKind::Yield as i16 => self.defined_yield(pc, next, dst.0),
            Op::BlockParam { dst, .. } | Op::MethodBlock { dst, .. } => self.method_block(pc, next, dst.0),
            _ => match self.jump_op(pc, &op, next)? {
                true => Ok(()),
                false => self.operator(pc, &op, next),
            },
        }
    }

    fn load(&mut self, dst: u16, value: Value) -> Result<(), Stop> {
        let value = self.constant_value(value);
        self.set_reg(dst, value);
        Ok(())
    }

    fn load_literal(&mut self, dst: u16, index: u32) -> Result<(), Stop> {
        let value = *self.ctx().code.literals.get(index as usize).ok_or(Bailout::Malformed)?;
        match objects::number::float_of(value) {
            Some(number) => {
                let double = self.double_constant(number);
                let word = self.constant_value(value);
                self.state.boxed.insert(double, word);
                self.set_reg(dst, double);
                Ok(())
            }
            None => self.load(dst, value),
        }
    }

    /// Jumps; false when the operation is none.
    fn jump_op(&mut self, pc: u32, op: &Op, next: u32) -> Result<bool, Stop> {
        match *op {
            Op::Jump { target } => self.goto(target.0)?,
            Op::JumpIf { cond, target } => {
                let truth = self.truth(cond.0)?;
                self.jump_on(truth, target.0, next)?;
            }
            Op::JumpUnless { cond, target } => {
                let truth = self.truth(cond.0)?;
                self.jump_on(truth, next, target.0)?;
            }
            Op::JumpNil { src, target } => {
                let truth = self.is_constant(src.0, Value::NIL)?;
                self.jump_on(truth, target.0, next)?;
            }
            Op::JumpGiven { src, target } => {
                let truth = self.is_constant(src.0, Value::UNDEF)?;
                self.jump_on(truth, next, target.0)?;
            }
            _ => return self.compare_jump(pc, op, next),
        }
        Ok(true)
    }

    fn jump_on(&mut self, truth: Truth, yes: u32, no: u32) -> Result<(), Stop> {
        match truth {
            Truth::Known(true) => self.goto(yes),
            Truth::Known(false) => self.goto(no),
            Truth::Open(cond) => self.branch(cond, yes, no),
        }
    }

    fn truth(&mut self, register: u16) -> Result<Truth, Stop> {
        let value = self.reg(register)?;
        let kinds = self.kinds(value);
        let falsy = Kinds::NIL.join(Kinds::FALSE);
        if !kinds.may_be(falsy) {
            return Ok(Truth::Known(true));
        }
        if kinds.is(falsy) {
            return Ok(Truth::Known(false));
        }
        Ok(Truth::Open(self.truthy(value)))
    }

    /// Condition of a word.
    pub(super) fn truthy(&mut self, value: ValueId) -> ValueId {
        if let Some((Ir::BoolWord, args, _)) = self.defs.get(&value) {
            return args[0];
        }
        self.value(Ir::Truthy, &[value], 0, 0, None, Type::COND)
    }

    fn is_constant(&mut self, register: u16, constant: Value) -> Result<Truth, Stop> {
        let value = self.reg(register)?;
        let (kinds, wanted) = (self.kinds(value), Kinds::of(constant));
        if !kinds.may_be(wanted) {
            return Ok(Truth::Known(false));
        }
        if kinds.is(wanted) {
            return Ok(Truth::Known(true));
        }
        Ok(Truth::Open(self.value(Ir::IsWord, &[value], constant.bits(), 0, None, Type::COND)))
    }

    /// Writes registers that the interpreter will read into the frame.
    pub(super) fn flush(&mut self, registers: &[u16]) -> Result<(), Stop> {
        let offset = self.ctx().offset;
        for &register in registers {
            let value = self.reg(register)?;
            let vars = self.state.frames.last().ok_or(Bailout::Malformed)?;
            if vars.mem[usize::from(register)] == Some(value) {
                continue;
            }
            let word = self.word(value);
            self.effect(Ir::StoreFrame, &[word], u64::from(offset) + u64::from(register), 0, None);
            let vars = self.state.frames.last_mut().ok_or(Bailout::Malformed)?;
            vars.mem[usize::from(register)] = Some(value);
        }
        Ok(())
    }

    /// Takes the registers that the interpreter wrote.
    fn reload(&mut self, registers: &[u16]) {
        let offset = self.ctx().offset;
        for &register in registers {
            let value = self.value(Ir::LoadFrame, &[], u64::from(offset) + u64::from(register), 0, None, Type::ANY);
            self.set_reg(register, value);
            if let Some(place) = self.state.frames.last_mut().and_then(|vars| vars.mem.get_mut(usize::from(register))) {
                *place = Some(value);
            }
        }
    }

    /// Has the interpreter run the instruction: gives where it goes on, and the registers that it wrote.
    fn step_raw(&mut self, pc: u32) -> Result<(ValueId, Vec<u16>), Stop> {
        let (op, _) = Op::decode(&self.ctx().code.function.code, pc as usize).ok_or(Bailout::Malformed)?;
        let access = bytecode::run::access(&self.ctx().code.function, &op);
        let effects = op.opcode().effects();
        if effects.has(Effects::looks_at_caller) {
            self.needs_memory(self.level());
        }
        self.flush(&access.uses)?;
        self.exits.clear();
        let exit = self.exit(pc, ExitKind::Quiet, op.opcode().info().name)?;
        self.publish(exit, true);
        let kind = if effects.has(Effects::calls_ruby) { Ir::Step } else { Ir::StepQuietly };
        let result = self.value(kind, &[], 0, 0, Some(exit), Type::RAW);
        self.state.forget(effects, |_| true);
        self.exits.clear();
        Ok((result, access.defines))
    }

    /// Lets the interpreter run the instruction, which does not jump.
    pub(super) fn step(&mut self, pc: u32, next: u32) -> Result<(), Stop> {
        let (op, _) = Op::decode(&self.ctx().code.function.code, pc as usize).ok_or(Bailout::Malformed)?;
        let (_, defines) = self.step_raw(pc)?;
        self.reload(&defines);
        if op.opcode().effects().has(Effects::calls_ruby) { self.check_valid(next) } else { Ok(()) }
    }

    /// Lets the interpreter run a comparison with jump.
    pub(super) fn step_jump(&mut self, pc: u32, target: u32, next: u32) -> Result<(), Stop> {
        let (result, _) = self.step_raw(pc)?;
        let behind = self.ctx().code.start as u64 + 2 * u64::from(next);
        let cond = self.value(Ir::Jumped, &[result], behind, 0, None, Type::COND);
        self.branch_checked(cond, target, next)
    }

    /// A branch by the result of a call: both ways leave when the call made the unit invalid.
    pub(super) fn branch_checked(&mut self, cond: ValueId, yes_pc: u32, no_pc: u32) -> Result<(), Stop> {
        let (yes, no) = self.split(cond);
        let state = self.state.clone();
        for (block, pc) in [(yes, yes_pc), (no, no_pc)] {
            self.block = block;
            self.state = state.clone();
            self.dead = false;
            self.check_valid(pc)?;
            self.goto(pc)?;
        }
        Ok(())
    }

    fn return_(&mut self, src: u16) -> Result<(), Stop> {
        let value = self.reg(src)?;
        self.return_from(self.level(), value)
    }

    /// Leaves the frame at `level` and those above it with a value.
    pub(super) fn return_from(&mut self, level: usize, value: ValueId) -> Result<(), Stop> {
        if level == 0 {
            let word = self.word(value);
            self.end(Term::Return(word));
            return Ok(());
        }
        let mut state = std::mem::take(&mut self.state);
        state.frames.truncate(level);
        state.shown = state.shown.min(level);
        let ctx = &mut self.stack[level];
        let value = ctx.result.unwrap_or(value);
        let vars = state.frames.last_mut().ok_or(Bailout::Malformed)?;
        vars.regs[usize::from(ctx.dst)] = Some(value);
        ctx.returns.push((self.block, state));
        self.dead = true;
        Ok(())
    }

    /// Must a frame from `level` up run an `ensure` when it is left from its current place?
    fn passes_ensure(&self, pc: u32, level: usize) -> bool {
        (level..self.stack.len()).any(|at| {
            let ctx = &self.stack[at];
            let pc = if at == self.level() { pc } else { ctx.call.0 };
            ctx.code
                .function
                .catches
                .iter()
                .any(|catch| catch.kind == bytecode::function::CatchKind::Ensure && (catch.start..catch.end).contains(&pc))
        })
    }

    fn return_outer(&mut self, pc: u32, src: u16, depth: u16) -> Result<(), Stop> {
        let mut level = self.level();
        for _ in 0..depth {
            match self.stack[level].home {
                _ if self.is_lambda(level) => break,
                Some(home) => level = home,
                None => return self.leave(pc, "return"),
            }
        }
        if self.stack[level].code.function.kind != FunctionKind::Method && !self.is_lambda(level) || self.passes_ensure(pc, level) {
            return self.leave(pc, "return");
        }
        let value = self.reg(src)?;
        self.return_from(level, value)
    }

    /// Is the frame at this level an inlined one that `return` leaves, though it runs a block?
    fn is_lambda(&self, level: usize) -> bool {
        self.unit.frame(self.stack[level].frame).flags & abi::FrameFlags::LAMBDA != 0
    }

    fn break_(&mut self, pc: u32, src: u16) -> Result<(), Stop> {
        let Some(home) = self.ctx().home else { return self.leave(pc, "break") };
        if self.passes_ensure(pc, home + 1) {
            return self.leave(pc, "break");
        }
        let value = self.reg(src)?;
        self.return_from(home + 1, value)
    }

    fn defined_yield(&mut self, pc: u32, next: u32, dst: u16) -> Result<(), Stop> {
        if let Some(given) = self.block_given() {
            return self.load(dst, if given { Value::TRUE } else { Value::NIL });
        }
        if self.ctx().code.function.kind.is_closure() {
            return self.step(pc, next);
        }
        let cond = self.root_block_given();
        let (yes, no) = (self.constant_value(Value::TRUE), self.nil());
        let value = self.value(Ir::Select, &[cond, yes, no], 0, 0, None, Type::word(Kinds::TRUE.join(Kinds::NIL)));
        self.set_reg(dst, value);
        Ok(())
    }

    /// Was the method-level frame given a block? None when only the root's header knows.
    pub(super) fn block_given(&self) -> Option<bool> {
        let mut level = self.level();
        for _ in 0..self.ctx().code.function.method_depth {
            level = self.stack[level].home?;
        }
        match self.stack[level].block {
            super::CtxBlock::Record { .. } | super::CtxBlock::Outer { .. } => Some(true),
            super::CtxBlock::None => Some(false),
            super::CtxBlock::Unknown => None,
        }
    }

    pub(super) fn root_block_given(&mut self) -> ValueId {
        let word = self.value(Ir::LoadFrame, &[], abi::frame::BLOCK as u64, 0, None, Type::ANY);
        let none = self.value(Ir::IsWord, &[word], Value::NIL.bits(), 0, None, Type::COND);
        self.value(Ir::Not, &[none], 0, 0, None, Type::COND)
    }
}
