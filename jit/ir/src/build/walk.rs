//! The walk over a function's blocks: joining states, opening and closing loops.

use super::cfg::{Cfg, ends};
use super::state::{State, Vars};
use super::{BLOCKS_MAX, Bailout, Builder, Ctx, CtxBlock, LoopMemo, Stop, Var};
use crate::ops::{Op as Ir, Repr};
use crate::types::{Kinds, Type};
use crate::unit::{BlockId, Edge, EnvMode, ExitKind, FrameBlock, FrameId, FrameInfo, Term, ValueId};
use abi::frame;
use std::rc::Rc;
use stdx::FastMap;

/// A loop that is being built.
struct Header {
    block: BlockId,
    vars: Vec<(Var, Type)>,
    state: State,
    key: (u64, u32),
}

/// Walk over one function.
pub(super) struct Body {
    incoming: Vec<Vec<(BlockId, State)>>,
    position: Vec<usize>,
    headers: FastMap<usize, Header>,
    current: usize,
}

impl Builder<'_> {
    /// Builds the root frame.
    pub(super) fn root(&mut self, entry_pc: u32) -> Result<(), Stop> {
        let code = self.unit.code;
        let function = code.function.clone();
        let path = u64::from(code.id) << 32 | u64::from(entry_pc);
        self.on_stack_env = entry_pc > 0 && self.runtime.env_is_on_stack();
        let opened = entry_pc > 0;
        let env = match function.env {
            None => EnvMode::None,
            Some(_) if function.specials || code.looked_at.get() || self.memo.memory_env.contains(&path) => EnvMode::Memory,
            Some(_) if opened && !self.on_stack_env => EnvMode::Memory,
            Some(_) if opened => EnvMode::Opened,
            Some(_) => EnvMode::Virtual,
        };
        self.unit.extent = code.registers;
        self.unit.frames.push(FrameInfo {
            parent: None,
            home: None,
            offset: 0,
            code,
            method: None,
            receiver: None,
            outer: None,
            block: FrameBlock::Root,
            env,
            flags: 0,
        });
        let receiver = self.load_frame(frame::SELF as i64);
        let cfg = self.cfg(code);
        self.stack.push(Ctx {
            frame: FrameId(0),
            code,
            cfg,
            path,
            receiver,
            method: None,
            block: CtxBlock::Unknown,
            home: None,
            outer: None,
            env,
            env_open: opened,
            offset: 0,
            call: (0, 0, 0),
            dst: 0,
            result: None,
            returns: Vec::new(),
        });
        self.state.frames.push(Vars::new(code.registers));
        self.state.shown = 1;
        if opened {
            self.take_over(entry_pc)?
        } else {
            self.enter_parameters()
        }
        self.walk(entry_pc)
    }

    fn load_frame(&mut self, word: i64) -> ValueId {
        self.value(Ir::LoadFrame, &[], word as u64, 0, None, Type::ANY)
    }

    fn enter_parameters(&mut self) {
        let code = self.unit.code;
        for register in 0..code.parameters_end {
            let value = self.load_frame(i64::from(register));
            self.know_in_memory(register, value);
        }
        let nil = self.nil();
        for register in code.parameters_end..code.locals_end {
            self.set_reg(register, nil);
        }
    }

    fn know_in_memory(&mut self, register: u16, value: ValueId) {
        self.set_reg(register, value);
        if let Some(place) = self.state.frames.last_mut().and_then(|vars| vars.mem.get_mut(usize::from(register))) {
            *place = Some(value);
        }
    }

    /// Loads the live registers of a running frame, speculating that numbers stay numbers.
    fn take_over(&mut self, pc: u32) -> Result<(), Stop> {
        let cfg = self.ctx().cfg.clone();
        let mut registers: Vec<u16> = cfg.live(pc).iter().collect();
        let layout = self.unit.code.function.env;
        if let (EnvMode::Opened, Some(layout)) = (self.ctx().env, layout) {
            let first = layout.base + bytecode::ENV_HEADER;
            registers.extend(first..first + layout.slots);
        }
        for &register in &registers {
            let value = self.load_frame(i64::from(register));
            self.know_in_memory(register, value);
        }
        if let (EnvMode::Opened, Some(layout)) = (self.ctx().env, layout) {
            let exit = self.exit(pc, ExitKind::Guard, "environment")?;
            self.effect(Ir::GuardOwnEnv, &[], u64::from(layout.base), 0, Some(exit));
            self.effect(Ir::TakeEnv, &[], u64::from(layout.base), 0, None);
        }
        self.take_over_block(pc)?;
        for &register in &registers {
            let kinds = self.runtime.register(register).map_or(Kinds::ANY, Kinds::of);
            let value = self.reg(register)?;
            if kinds == Kinds::INTEGER {
                self.guard_integer(value, pc)?;
            } else if kinds == Kinds::FLONUM {
                let double = self.unbox_float(value, pc)?;
                self.state.boxed.insert(double, value);
                self.set_reg(register, double);
                // The frame holds the same number as a word; only a new value must be written back.
                let vars = self.state.frames.last_mut().ok_or(Bailout::Malformed)?;
                vars.mem[usize::from(register)] = Some(double);
            }
        }
        Ok(())
    }

    /// A loop that runs in an iterator speculates on the block that the running frame was given.
    fn take_over_block(&mut self, pc: u32) -> Result<(), Stop> {
        if self.unit.code.function.kind.is_closure() || self.is_generic(pc) {
            return Ok(());
        }
        let Some(outer) = self.runtime.outer_block() else { return Ok(()) };
        let word = self.load_frame(frame::BLOCK as i64);
        let exit = self.exit(pc, ExitKind::Guard, "block")?;
        let home = self.value(Ir::GuardRecord, &[word], outer.code.word(), 0, Some(exit), Type::RAW);
        self.unit.dependencies.values.extend(outer.home.values().chain([outer.code.value()]));
        for (index, wanted) in [(frame::METHOD, outer.home.method_word()), (frame::CREF, outer.home.cref.word())] {
            let word = self.value(Ir::Load, &[home], (index * 8) as u64, 0, None, Type::ANY);
            self.effect(Ir::GuardWord, &[word], wanted, 0, Some(exit));
        }
        if let Some(root) = self.stack.first_mut() {
            root.block = CtxBlock::Outer { code: outer.code, home, surroundings: outer.home };
        }
        Ok(())
    }

    /// Walks the innermost frame's function from `entry_pc`; all its ends are then in `returns` (or
    /// the unit's).
    pub(super) fn walk(&mut self, entry_pc: u32) -> Result<(), Stop> {
        let cfg = self.ctx().cfg.clone();
        let entry = cfg.block_at(entry_pc).ok_or(Bailout::Malformed)?;
        let order = cfg.order(entry);
        let mut position = vec![usize::MAX; cfg.blocks.len()];
        for (index, &block) in order.iter().enumerate() {
            position[block] = index;
        }
        let mut incoming: Vec<Vec<(BlockId, State)>> = (0..cfg.blocks.len()).map(|_| Vec::new()).collect();
        incoming[entry].push((self.block, std::mem::take(&mut self.state)));
        self.bodies.push(Body { incoming, position: position.clone(), headers: FastMap::default(), current: 0 });
        for &block in &order {
            let body = self.bodies.last_mut().ok_or(Bailout::Malformed)?;
            body.current = position[block];
            let edges = std::mem::take(&mut body.incoming[block]);
            if edges.is_empty() {
                continue;
            }
            let pc = cfg.start(block);
            self.merge(edges, pc)?;
            let is_header = order.iter().any(|&from| position[from] >= position[block] && cfg.blocks[from].successors.contains(&block));
            if is_header {
                self.open_loop(&cfg, block, &order, &position)?;
            }
            self.run_block(&cfg, block)?;
        }
        self.bodies.pop();
        self.dead = true;
        Ok(())
    }

    fn run_block(&mut self, cfg: &Rc<Cfg>, block: usize) -> Result<(), Stop> {
        if self.unit.blocks.len() > BLOCKS_MAX {
            return Err(Bailout::TooLarge.into());
        }
        let range = cfg.blocks[block].first..cfg.blocks[block].end;
        for index in range {
            let (pc, op, next) = cfg.ops[index];
            self.exits.clear();
            self.op(pc, op, next)?;
            if self.dead {
                return Ok(());
            }
            let last = index + 1 == cfg.blocks[block].end;
            if last && !ends(&op) {
                self.goto(next)?;
            }
        }
        Ok(())
    }

    /// Goes on at `pc` from the current end.
    pub(super) fn goto(&mut self, pc: u32) -> Result<(), Stop> {
        let state = std::mem::take(&mut self.state);
        self.edge(pc, self.block, state)?;
        self.dead = true;
        Ok(())
    }

    /// Branches on a condition to two places of the innermost function.
    pub(super) fn branch(&mut self, cond: ValueId, yes_pc: u32, no_pc: u32) -> Result<(), Stop> {
        let (yes, no) = self.split(cond);
        let state = std::mem::take(&mut self.state);
        self.edge(yes_pc, yes, state.clone())?;
        self.edge(no_pc, no, state)?;
        self.dead = true;
        Ok(())
    }

    /// Ends the block by a branch to two new blocks.
    pub(super) fn split(&mut self, cond: ValueId) -> (BlockId, BlockId) {
        let (yes, no) = (self.unit.add_block(), self.unit.add_block());
        let to = |target| Edge { target, args: Vec::new() };
        self.unit.block(self.block).term = Term::Branch { cond, yes: to(yes), no: to(no) };
        (yes, no)
    }

    /// Does one thing or the other by a condition, and goes on at the instruction `next`, which is the next one for both.
    pub(super) fn either(
        &mut self,
        cond: ValueId,
        next: u32,
        yes: impl FnOnce(&mut Self) -> Result<(), Stop>,
        no: impl FnOnce(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let (yes_block, no_block) = self.split(cond);
        let before = self.state.clone();
        let mut ends = Vec::with_capacity(2);
        self.enter_branch(yes_block, None);
        yes(self)?;
        if !self.dead {
            ends.push((self.block, std::mem::take(&mut self.state)));
        }
        self.enter_branch(no_block, Some(before));
        no(self)?;
        if !self.dead {
            ends.push((self.block, std::mem::take(&mut self.state)));
        }
        if ends.is_empty() { Ok(()) } else { self.merge(ends, next) }
    }

    /// Goes on in a block behind a branch, with another state than the last one where that has changed since.
    pub(super) fn enter_branch(&mut self, block: BlockId, state: Option<State>) {
        self.block = block;
        self.dead = false;
        self.exits.clear();
        if let Some(state) = state {
            self.state = state;
        }
    }

    fn edge(&mut self, pc: u32, from: BlockId, state: State) -> Result<(), Stop> {
        let cfg = self.ctx().cfg.clone();
        let target = cfg.block_at(pc).ok_or(Bailout::Malformed)?;
        let body = self.bodies.last_mut().ok_or(Bailout::Malformed)?;
        if body.position[target] <= body.current {
            return self.close_loop(target, from, state);
        }
        body.incoming[target].push((from, state));
        Ok(())
    }

    /// Continues where several ends meet; `pc` says what is live in the innermost frame.
    pub(super) fn merge(&mut self, mut ends: Vec<(BlockId, State)>, pc: u32) -> Result<(), Stop> {
        self.dead = false;
        self.exits.clear();
        if ends.len() == 1 {
            (self.block, self.state) = ends.pop().ok_or(Bailout::Malformed)?;
            return Ok(());
        }
        let target = self.unit.add_block();
        let mut merged = ends[0].1.clone();
        for (_, other) in &ends[1..] {
            merged.meet_facts(other);
        }
        if ends.iter().any(|(_, state)| state.epoch != merged.epoch) {
            self.epoch += 1;
            merged.epoch = self.epoch;
        }
        let cfg = self.ctx().cfg.clone();
        let live = cfg.live(pc);
        let top = merged.frames.len() - 1;
        let mut edges: Vec<Vec<ValueId>> = vec![Vec::new(); ends.len()];
        for level in 0..=top {
            let slots = self.slots(level);
            for register in 0..merged.frames[level].regs.len() {
                let memory = merged.frames[level].mem[register];
                if ends.iter().any(|(_, state)| state.frames[level].mem[register] != memory) {
                    merged.frames[level].mem[register] = None;
                }
                let first = merged.frames[level].regs[register];
                if ends.iter().all(|(_, state)| state.frames[level].regs[register] == first) {
                    continue;
                }
                let wanted = level < top || live.contains(register as u16) || slots.contains(&(register as u16));
                let known = ends.iter().all(|(_, state)| state.frames[level].regs[register].is_some());
                if !wanted || !known {
                    merged.frames[level].regs[register] = None;
                    continue;
                }
                let param = self.join(target, &mut ends, level, register, &mut edges);
                merged.frames[level].regs[register] = Some(param);
            }
        }
        for ((block, _), args) in ends.iter().zip(edges) {
            self.unit.block(*block).term = Term::Jump(Edge { target, args });
        }
        self.block = target;
        self.state = merged;
        Ok(())
    }

    /// A parameter of `target` for a register whose values differ.
    fn join(&mut self, target: BlockId, ends: &mut [(BlockId, State)], level: usize, register: usize, edges: &mut [Vec<ValueId>]) -> ValueId {
        let values: Vec<ValueId> = ends.iter().filter_map(|(_, state)| state.frames[level].regs[register]).collect();
        let doubles: Vec<Option<ValueId>> = ends.iter().zip(&values).map(|((_, state), &value)| self.double_form(state, value)).collect();
        let any_double = values.iter().any(|&value| self.unit.ty(value).repr == Repr::Double);
        if any_double && doubles.iter().all(Option::is_some) {
            for (args, double) in edges.iter_mut().zip(doubles) {
                args.extend(double);
            }
            let param = self.unit.add_value(Type::DOUBLE);
            self.unit.block(target).params.push(param);
            return param;
        }
        let mut kinds = Kinds(0);
        for (index, &value) in values.iter().enumerate() {
            let state = std::mem::take(&mut ends[index].1);
            let word = self.at_end(ends[index].0, state, |builder| {
                let word = builder.word(value);
                kinds = kinds.join(builder.kinds(word));
                word
            });
            ends[index].1 = word.1;
            edges[index].push(word.0);
        }
        let param = self.unit.add_value(Type::word(kinds));
        self.unit.block(target).params.push(param);
        param
    }

    /// Adds instructions at the end of an open block.
    fn at_end<T>(&mut self, block: BlockId, state: State, body: impl FnOnce(&mut Self) -> T) -> (T, State) {
        let before = (self.block, std::mem::replace(&mut self.state, state));
        self.block = block;
        let result = body(self);
        self.block = before.0;
        (result, std::mem::replace(&mut self.state, before.1))
    }

    /// The unboxed form of a value, if it is known without work.
    fn double_form(&self, state: &State, value: ValueId) -> Option<ValueId> {
        if self.unit.ty(value).repr == Repr::Double { Some(value) } else { state.unboxed.get(&value).copied() }
    }

    /// Registers of the environment's slots of an active frame, when they are values.
    pub(super) fn slots(&self, level: usize) -> std::ops::Range<u16> {
        let Some(ctx) = self.stack.get(level) else { return 0..0 };
        match (ctx.env, ctx.code.function.env) {
            (EnvMode::Virtual | EnvMode::Opened, Some(layout)) => {
                let first = layout.base + bytecode::ENV_HEADER;
                first..first + layout.slots
            }
            _ => 0..0,
        }
    }

    fn type_in(&self, state: &State, value: ValueId) -> Type {
        let ty = self.unit.ty(value);
        match state.kinds.get(&value) {
            Some(kinds) => Type { kinds: ty.kinds.meet(*kinds), ..ty },
            None => ty,
        }
    }

    fn open_loop(&mut self, cfg: &Rc<Cfg>, block: usize, order: &[usize], position: &[usize]) -> Result<(), Stop> {
        self.state.lists.clear();
        let pc = cfg.start(block);
        let key = (self.ctx().path, pc);
        let level = self.level();
        let function = self.ctx().code.function.clone();
        let written = cfg.written_in_loop(&function, block, order, position);
        let slots = self.slots(level);
        let live = cfg.live(pc);
        let mut vars: Vec<Var> =
            written.into_iter().filter(|register| live.contains(*register) || slots.contains(register)).map(|register| (level, register)).collect();
        let memo = self.memo.loops.entry(key).or_default();
        vars.extend(memo.vars.keys().copied());
        vars.sort_unstable();
        vars.dedup();
        let types: Vec<Option<Type>> = vars.iter().map(|var| memo.vars.get(var).copied()).collect();
        let (clobbers, writes) = (memo.clobbers, memo.writes);
        let spilled: Vec<Var> = memo.spills.iter().copied().collect();
        let header = self.unit.add_block();
        let (mut args, mut params) = (Vec::new(), Vec::new());
        for (&(level, register), known) in vars.iter().zip(&types) {
            let Some(value) = self.state.frames[level].regs[usize::from(register)] else { continue };
            let (value, ty) = self.loop_entry_value(value, *known);
            args.push(value);
            params.push(((level, register), ty));
        }
        self.unit.block(self.block).term = Term::Jump(Edge { target: header, args });
        self.block = header;
        if clobbers {
            self.clobber();
        }
        if writes {
            self.state.ivars.clear();
        }
        for (level, register) in spilled {
            if let Some(vars) = self.state.frames.get_mut(level) {
                vars.mem[usize::from(register)] = None;
            }
        }
        self.epoch += 1;
        self.state.epoch = self.epoch;
        for &((level, register), ty) in &params {
            let param = self.unit.add_value(ty);
            self.unit.block(header).params.push(param);
            self.state.frames[level].regs[usize::from(register)] = Some(param);
        }
        let state = self.state.clone();
        let body = self.bodies.last_mut().ok_or(Bailout::Malformed)?;
        body.headers.insert(block, Header { block: header, vars: params, state, key });
        Ok(())
    }

    /// The value that enters a loop for a variable, in the representation that the loop keeps it in.
    fn loop_entry_value(&mut self, value: ValueId, known: Option<Type>) -> (ValueId, Type) {
        let ty = self.type_in(&self.state, value);
        let Some(known) = known else { return (value, ty) };
        if known.repr == Repr::Double {
            return match self.double_form(&self.state, value) {
                Some(double) => (double, known),
                None => (value, Type::word(known.kinds.join(ty.kinds))),
            };
        }
        (self.word(value), Type::word(known.kinds.join(ty.kinds)))
    }

    fn close_loop(&mut self, block: usize, from: BlockId, state: State) -> Result<(), Stop> {
        let body = self.bodies.last_mut().ok_or(Bailout::Malformed)?;
        let header = body.headers.remove(&block).ok_or(Bailout::Malformed)?;
        let (args, state) = self.at_end(from, state, |builder| builder.loop_values(&header));
        self.unit.block(from).term = Term::Jump(Edge { target: header.block, args: args? });
        self.check_loop(&header, &state, block)?;
        let body = self.bodies.last_mut().ok_or(Bailout::Malformed)?;
        body.headers.insert(block, header);
        Ok(())
    }

    fn loop_memo(&mut self, key: (u64, u32)) -> &mut LoopMemo {
        self.memo.changed = true;
        self.memo.loops.entry(key).or_default()
    }

    /// Values for the header's parameters; a value that does not fit widens the notes.
    fn loop_values(&mut self, header: &Header) -> Result<Vec<ValueId>, Stop> {
        let mut args = Vec::new();
        for &((level, register), ty) in &header.vars {
            let value = self.state.frames[level].regs[usize::from(register)].ok_or(Bailout::NoValue)?;
            if ty.repr == Repr::Double {
                match self.double_form(&self.state, value) {
                    Some(double) => args.push(double),
                    None => {
                        let widened = Type::word(ty.kinds.join(self.kinds(value)));
                        self.loop_memo(header.key).vars.insert((level, register), widened);
                        args.push(value);
                    }
                }
                continue;
            }
            let back = self.type_in(&self.state, value);
            let value = self.word(value);
            let kinds = self.kinds(value).join(back.kinds);
            if !kinds.is(ty.kinds) {
                let widened = Type::word(ty.kinds.join(kinds));
                self.loop_memo(header.key).vars.insert((level, register), widened);
            }
            args.push(value);
        }
        Ok(args)
    }

    /// Compares what the loop's end leaves with what its header assumed.
    fn check_loop(&mut self, header: &Header, state: &State, block: usize) -> Result<(), Stop> {
        let cfg = self.ctx().cfg.clone();
        let live = cfg.live(cfg.start(block));
        let top = header.state.frames.len() - 1;
        for level in 0..=top {
            let slots = self.slots(level);
            for register in 0..header.state.frames[level].regs.len() {
                let var = (level, register as u16);
                let (was, is) = (header.state.frames[level].mem[register], state.frames[level].mem[register]);
                if was.is_some() && was != is {
                    self.loop_memo(header.key).spills.insert(var);
                }
                let wanted = level < top || live.contains(var.1) || slots.contains(&var.1);
                if !wanted || header.vars.iter().any(|(known, _)| *known == var) {
                    continue;
                }
                if let (Some(was), Some(is)) = (header.state.frames[level].regs[register], state.frames[level].regs[register])
                    && was != is
                {
                    let ty = self.type_in(&header.state, was).join(self.type_in(state, is));
                    self.loop_memo(header.key).vars.insert(var, ty);
                }
            }
        }
        let lost_shape = header.state.shapes.iter().any(|(value, shape)| state.shapes.get(value) != Some(shape));
        if state.clobbers_since(header.state.epoch) || lost_shape {
            let known = self.memo.loops.get(&header.key).is_some_and(|memo| memo.clobbers);
            if !known && (lost_shape || !header.state.ivars.is_empty() || !header.state.shapes.is_empty()) {
                self.loop_memo(header.key).clobbers = true;
            }
        }
        if header.state.ivars.iter().any(|(place, value)| state.ivars.get(place) != Some(value)) {
            self.loop_memo(header.key).writes = true;
        }
        Ok(())
    }

    /// Leaves to the interpreter for good: a path that was never run.
    pub(super) fn leave(&mut self, pc: u32, reason: &'static str) -> Result<(), Stop> {
        let exit = self.exit(pc, ExitKind::Guard, reason)?;
        self.end(Term::Leave(exit));
        Ok(())
    }
}
