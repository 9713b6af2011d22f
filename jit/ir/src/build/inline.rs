//! Inlining of methods and blocks: the callee's function is walked in place, on a frame that exists
//! only in exit states.

use super::call::CallSite;
use super::state::Vars;
use super::{Bailout, Builder, Ctx, CtxBlock, EXTENT_MAX, Stop};
use crate::ops::Op as Ir;
use crate::types::{Kinds, Type};
use crate::unit::{EnvMode, FrameBlock, FrameId, FrameInfo, Outer, ValueId};
use abi::{FrameFlags, Surroundings};
use bytecode::{FRAME_HEADER, FunctionKind, Op, SiteKind};
use objects::{CodeRef, CrefRef, MethodRef};

/// How much is inlined. Sizes are those of bytecode, in its units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Most frames on top of each other.
    depth: usize,
    /// Largest method.
    method: u32,
    /// Largest iterator that takes a literal block, and block.
    block: u32,
    /// Most of everything that is inlined in a unit where a loop turns.
    turning: u32,
    /// The same where calls follow each other but once, so that each call more costs more to compile than it saves.
    straight: u32,
    /// Methods only that call nothing themselves.
    leaves: bool,
}

impl Limits {
    /// For what got warm: iterators with their blocks, and small methods that call nothing.
    pub const FIRST: Limits = Limits { depth: 4, method: 30, block: 400, turning: 600, straight: 60, leaves: true };
    /// For what stays hot.
    pub const FULL: Limits = Limits { depth: 9, method: 160, block: 700, turning: 2000, straight: 600, leaves: false };
}

/// What is pushed for an inlined activation.
struct Inlined<'a> {
    code: CodeRef,
    method: Option<Surroundings>,
    receiver: ValueId,
    block: CtxBlock,
    home: Option<usize>,
    outer: Option<Outer>,
    args: &'a [ValueId],
    flags: u64,
    result: Option<ValueId>,
}

impl Builder<'_> {
    /// Is inlining this function here worth it?
    pub(super) fn may_inline(&mut self, code: CodeRef, with_block: bool, at: CallSite) -> bool {
        let fits = self.fits(self.limits, code, with_block, at);
        self.unit.reduced |= !fits && self.fits(Limits::FULL, code, with_block, at);
        fits && (!with_block || code.function.kind.is_closure() || !self.makes_proc_of_block(code))
    }

    fn fits(&mut self, limits: Limits, code: CodeRef, with_block: bool, at: CallSite) -> bool {
        let units = code.function.code.len() as u32;
        let limit = if with_block { limits.block } else { limits.method };
        let recursive = self.stack.iter().filter(|ctx| ctx.code == code).count();
        // A recursive method that passes blocks is not worth it: the iterator that takes them is inlined at the first level only.
        let passes_blocks = code.function.children.iter().any(|child| child.kind.is_closure());
        let recursion_max = if units <= 60 && !passes_blocks { 2 } else { 0 };
        let extent = self.ctx().offset + u32::from(at.base + FRAME_HEADER) + code.registers;
        units <= limit
            && (!limits.leaves || with_block || !self.cfg(code).calls)
            && self.stack.len() < limits.depth
            && self.unit.inlined + units <= if self.turns() { limits.turning } else { limits.straight }
            && recursive <= recursion_max
            && extent <= EXTENT_MAX
    }

    /// Does what is built here run in a loop?
    fn turns(&self) -> bool {
        let has_loop = |code: CodeRef| code.function.sites.iter().any(|site| matches!(site, SiteKind::Loop));
        self.unit.entry_pc > 0 || self.stack.iter().any(|ctx| has_loop(ctx.code))
    }

    /// Does the function turn the block that it is given into a Proc?
    fn makes_proc_of_block(&mut self, code: CodeRef) -> bool {
        let cfg = self.cfg(code);
        cfg.ops.iter().any(|(_, op, _)| matches!(op, Op::BlockParam { .. } | Op::MethodBlock { .. }))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a call")]
    pub(super) fn inline_method(
        &mut self,
        at: CallSite,
        code: CodeRef,
        cref: CrefRef,
        method: MethodRef,
        receiver: ValueId,
        args: &[ValueId],
        block: CtxBlock,
    ) -> Result<(), Stop> {
        let method = Some(Surroundings { method: Some(method), cref });
        self.inline(at, &Inlined { code, method, receiver, block, home: None, outer: None, args, flags: 0, result: None })
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a call")]
    pub(super) fn inline_constructor(
        &mut self,
        at: CallSite,
        code: CodeRef,
        cref: CrefRef,
        method: MethodRef,
        object: ValueId,
        args: &[ValueId],
        block: CtxBlock,
    ) -> Result<(), Stop> {
        let method = Some(Surroundings { method: Some(method), cref });
        self.inline(
            at,
            &Inlined { code, method, receiver: object, block, home: None, outer: None, args, flags: FrameFlags::CONSTRUCTOR, result: Some(object) },
        )
    }

    /// Inlines a method that `define_method` made of a block in the environment with the words `env`.
    pub(super) fn inline_defined(
        &mut self,
        at: CallSite,
        block: &abi::DefinedBlock,
        method: MethodRef,
        receiver: ValueId,
        args: &[ValueId],
    ) -> Result<(), Stop> {
        let method = Some(Surroundings { method: Some(method), cref: block.cref });
        let outer = Some(Outer::Env(block.env));
        self.inline(
            at,
            &Inlined { code: block.code, method, receiver, block: CtxBlock::None, home: None, outer, args, flags: FrameFlags::LAMBDA, result: None },
        )
    }

    pub(super) fn inline_block(&mut self, at: CallSite, code: CodeRef, home: usize, args: &[ValueId]) -> Result<(), Stop> {
        let (method, receiver) = (self.stack[home].method, self.stack[home].receiver);
        self.inline(at, &Inlined { code, method, receiver, block: CtxBlock::None, home: Some(home), outer: None, args, flags: 0, result: None })
    }

    /// Inlines the block of a frame outside of the unit.
    pub(super) fn inline_outer_block(
        &mut self,
        at: CallSite,
        code: CodeRef,
        home: ValueId,
        method: Surroundings,
        args: &[ValueId],
    ) -> Result<(), Stop> {
        let receiver = self.value(Ir::Load, &[home], (abi::frame::SELF * 8) as u64, 0, None, Type::ANY);
        self.inline(
            at,
            &Inlined {
                code,
                method: Some(method),
                receiver,
                block: CtxBlock::None,
                home: None,
                outer: Some(Outer::Home(home)),
                args,
                flags: 0,
                result: None,
            },
        )
    }

    /// The arguments of a block call as the block's parameters take them; None when that takes more than
    /// moving values.
    pub(super) fn block_arguments(&mut self, at: CallSite, code: CodeRef, mut args: Vec<ValueId>) -> Result<Option<Vec<ValueId>>, Stop> {
        let pc = at.pc;
        let params = &code.function.params;
        if params.is_rest_only() && !params.block {
            self.pass(at.base, &args);
            return Ok(Some(vec![self.array_of(at.base + FRAME_HEADER, &args)]));
        }
        let symbol = code.function.kind == FunctionKind::SymbolBlock;
        if !params.is_simple() || symbol && args.len() != 1 {
            return Ok(None);
        }
        let (wanted, comma) = (usize::from(params.required), params.excess_comma);
        if args.len() == 1 && (wanted > 1 || wanted == 1 && comma) {
            let list = self.word(args[0]);
            if self.kinds(list).may_be(Kinds::CELL) {
                let open = self.runtime.array_shapes().0;
                self.guard_shape(list, open, pc)?;
                args = (0..wanted as i64)
                    .map(|index| {
                        let index = self.integer(index);
                        self.value(Ir::ArrayGet, &[list, index], 0, 0, None, Type::ANY)
                    })
                    .collect();
            }
        }
        args.truncate(wanted);
        let nil = self.nil();
        args.resize(wanted, nil);
        Ok(Some(args))
    }

    fn inline(&mut self, at: CallSite, callee: &Inlined<'_>) -> Result<(), Stop> {
        let code = callee.code;
        let function = code.function.clone();
        let level = self.level();
        let path = self.path_of(at.pc, code);
        let offset = self.ctx().offset + u32::from(at.base + FRAME_HEADER);
        self.unit.extent = self.unit.extent.max(offset + code.registers);
        self.unit.inlined += function.code.len() as u32;
        let env = match function.env {
            None => EnvMode::None,
            Some(_) if function.specials || code.looked_at.get() || self.memo.memory_env.contains(&path) => EnvMode::Memory,
            Some(_) => EnvMode::Virtual,
        };
        let block = match callee.block {
            CtxBlock::Record { home, code } => FrameBlock::Record { home: self.stack[home].frame, code, register: self.record_register(at.pc)? },
            _ => FrameBlock::None,
        };
        let frame = FrameId(self.unit.frames.len() as u32);
        self.unit.frames.push(FrameInfo {
            parent: Some(self.ctx().frame),
            home: callee.home.map(|home| self.stack[home].frame),
            outer: callee.outer,
            offset,
            code,
            method: callee.method,
            receiver: Some(callee.receiver),
            block,
            env,
            flags: callee.flags,
        });
        self.forget_memory_from(at.base)?;
        let area_last = self.area_last(at)?;
        self.stack[level].call = (at.pc, at.base, area_last);
        let mut vars = Vars::new(code.registers);
        self.bind_inlined(&mut vars, callee);
        let cfg = self.cfg(code);
        self.stack.push(Ctx {
            frame,
            code,
            cfg,
            path,
            receiver: callee.receiver,
            method: callee.method,
            block: callee.block,
            home: callee.home,
            outer: callee.outer,
            env,
            env_open: false,
            offset,
            call: (0, 0, 0),
            dst: at.dst,
            result: callee.result,
            returns: Vec::new(),
        });
        self.state.frames.push(vars);
        if code.looked_at.get() {
            self.needs_memory(self.level());
        }
        self.walk(0)?;
        let ctx = self.stack.pop().ok_or(Bailout::Malformed)?;
        if ctx.returns.is_empty() {
            self.dead = true;
            return Ok(());
        }
        self.merge(ctx.returns, at.next)
    }

    fn bind_inlined(&mut self, vars: &mut Vars, callee: &Inlined<'_>) {
        let code = callee.code;
        for (register, &arg) in callee.args.iter().enumerate() {
            vars.regs[register] = Some(arg);
        }
        let nil = self.nil();
        for register in callee.args.len()..usize::from(code.locals_end) {
            vars.regs[register] = Some(nil);
        }
    }

    fn path_of(&self, pc: u32, code: CodeRef) -> u64 {
        let mut hash = self.ctx().path;
        for part in [u64::from(pc), u64::from(code.id)] {
            hash = (hash.rotate_left(5) ^ part).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
        hash
    }

    pub(super) fn call_of(&self, pc: u32) -> Result<bytecode::CallSite, Stop> {
        let function = &self.ctx().code.function;
        let (op, _) = Op::decode(&function.code, pc as usize).ok_or(Bailout::Malformed)?;
        let site = match op {
            Op::Send { site, .. } | Op::SendSuper { site, .. } | Op::Yield { site, .. } => site,
            _ => return Err(Bailout::Malformed.into()),
        };
        match function.sites.get(site.0 as usize) {
            Some(bytecode::SiteKind::Call(call)) => Ok(call.clone()),
            _ => Err(Bailout::Malformed.into()),
        }
    }

    pub(super) fn record_register(&self, pc: u32) -> Result<u16, Stop> {
        Ok(self.call_of(pc)?.block_record)
    }

    fn area_last(&self, at: CallSite) -> Result<u16, Stop> {
        let call = self.call_of(at.pc)?;
        Ok(at.base + FRAME_HEADER + (call.argc + call.keywords.len() as u16).max(1) - 1)
    }
}
