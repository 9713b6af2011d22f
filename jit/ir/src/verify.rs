//! The verifier. It checks, and says where not:
//! - every block reached has an end, and its edges pass values that fit the target's parameters;
//! - operands have the representations of the table, results too;
//! - definitions dominate uses, in exit states too;
//! - instructions that may leave have an exit state, and its frames form a chain from the root;
//! - in front of what may run Ruby code the frames become visible;
//! - calls that the interpreter makes find the variables of the blocks that they pass in memory.

use crate::ops::{Op, Repr};
use crate::print::instruction;
use crate::unit::{BlockId, Edge, EnvMode, Exit, ExitId, FrameBlock, FrameId, Inst, Term, Unit, ValueId};
use bytecode::{CallFlags, Effects, SiteKind};

/// Checks a unit; the error is for the developer.
pub fn verify(unit: &Unit) -> Result<(), String> {
    let order = reverse_postorder(unit);
    let dominators = dominators(unit, &order);
    let mut place: Vec<Option<(BlockId, usize)>> = vec![None; unit.types.len()];
    for &id in &order {
        let block = &unit.blocks[id.index()];
        let results = block.insts.iter().enumerate().filter_map(|(index, inst)| Some((inst.result?, index + 1)));
        for (value, at) in block.params.iter().map(|&param| (param, 0)).chain(results) {
            if place[value.index()].replace((id, at)).is_some() {
                return Err(format!("{value} is defined twice"));
            }
        }
    }
    let check = Check { unit, dominators: &dominators, place: &place };
    order.iter().try_for_each(|&id| check.block(id))
}

struct Check<'a> {
    unit: &'a Unit,
    dominators: &'a [Option<BlockId>],
    place: &'a [Option<(BlockId, usize)>],
}

impl Check<'_> {
    fn block(&self, id: BlockId) -> Result<(), String> {
        let block = &self.unit.blocks[id.index()];
        for (index, inst) in block.insts.iter().enumerate() {
            let shown = || format!("{id}: {}", instruction(self.unit, inst));
            let info = inst.op.info();
            if info.operands.len() != inst.args.len() {
                return Err(format!("{}: {} operands wanted", shown(), info.operands.len()));
            }
            for (&arg, &repr) in inst.args.iter().zip(info.operands) {
                if self.unit.ty(arg).repr != repr {
                    return Err(format!("{}: {arg} is no {repr:?}", shown()));
                }
                self.defined(arg, id, index).map_err(|error| format!("{}: {error}", shown()))?;
            }
            let result = inst.result.map_or(Repr::None, |result| self.unit.ty(result).repr);
            if result != info.result {
                return Err(format!("{}: result is {result:?}", shown()));
            }
            if inst.op.effects().has(Effects::exits) != inst.exit.is_some() {
                return Err(format!("{}: exit state {:?}", shown(), inst.exit));
            }
            if let Some(exit) = inst.exit {
                self.exit(exit, id, index).map_err(|error| format!("{}: {error}", shown()))?;
            }
            if inst.op.effects().has(Effects::calls_ruby) {
                let before = block.insts[..index].iter().rev().find(|before| !before.op.effects().may_be_left_out());
                let published = before.is_some_and(|before| before.op == Op::Publish && before.exit == inst.exit);
                if !published || !self.blocks_are_in_memory(inst) {
                    return Err(format!(
                        "{}: {}",
                        shown(),
                        if published { "a block that is passed on has variables in registers" } else { "its frames are not visible" }
                    ));
                }
            }
        }
        self.terminator(id, &block.term, block.insts.len())
    }

    fn terminator(&self, id: BlockId, term: &Term, at: usize) -> Result<(), String> {
        match term {
            Term::Open => Err(format!("{id} has no end")),
            Term::Jump(edge) => self.edge(edge, id, at),
            Term::Branch { cond, yes, no } => {
                self.defined(*cond, id, at)?;
                if self.unit.ty(*cond).repr != Repr::Cond {
                    return Err(format!("{id}: branches by {cond}, which is no condition"));
                }
                self.edge(yes, id, at)?;
                self.edge(no, id, at)
            }
            Term::Return(value) => {
                if self.unit.ty(*value).repr != Repr::Word {
                    return Err(format!("{id}: returns {value}, which is no word"));
                }
                self.defined(*value, id, at)
            }
            Term::Leave(exit) | Term::Unwind(exit) => self.exit(*exit, id, at),
        }
    }

    fn edge(&self, edge: &Edge, id: BlockId, at: usize) -> Result<(), String> {
        let params = &self.unit.blocks[edge.target.index()].params;
        if params.len() != edge.args.len() {
            return Err(format!("{id} -> {}: {} values for {} parameters", edge.target, edge.args.len(), params.len()));
        }
        for (&arg, &param) in edge.args.iter().zip(params) {
            if self.unit.ty(arg).repr != self.unit.ty(param).repr {
                return Err(format!("{id} -> {}: {arg} for {param}", edge.target));
            }
            self.defined(arg, id, at)?;
        }
        Ok(())
    }

    fn exit(&self, exit: ExitId, id: BlockId, at: usize) -> Result<(), String> {
        let frames = &self.unit.exits[exit.index()].frames;
        let mut parent = None;
        for state in frames {
            let info = self.unit.frame(state.frame);
            if info.parent != parent {
                return Err(format!("{exit}: {} does not follow {parent:?}", state.frame));
            }
            parent = Some(state.frame);
            for &(_, value) in &state.registers {
                if !matches!(self.unit.ty(value).repr, Repr::Word | Repr::Double) {
                    return Err(format!("{exit}: {value} cannot be written back"));
                }
                self.defined(value, id, at).map_err(|error| format!("{exit}: {error}"))?;
            }
            for value in info.values() {
                self.defined(value, id, at).map_err(|error| format!("{exit}: header {error}"))?;
            }
        }
        if frames.is_empty() { Err(format!("{exit} has no frame")) } else { Ok(()) }
    }

    /// Does the call instruction that the interpreter runs pass only blocks whose variables are in memory?
    fn blocks_are_in_memory(&self, inst: &Inst) -> bool {
        let (Op::Send, Some(exit)) = (inst.op, inst.exit) else { return true };
        let state = &self.unit.exits[exit.index()];
        let Some(at) = state.frames.last() else { return false };
        let frame = self.unit.frame(at.frame);
        let function = &frame.code.function;
        let Some((op, _)) = bytecode::Op::decode(&function.code, at.pc as usize) else { return false };
        let (bytecode::Op::Send { site, .. } | bytecode::Op::SendSuper { site, .. } | bytecode::Op::Yield { site, .. }) = op else { return false };
        let Some(SiteKind::Call(call)) = function.sites.get(site.0 as usize) else { return false };
        let hands_on = !matches!(op, bytecode::Op::Send { .. }) && call.block.is_none() && !call.flags.has(CallFlags::BLOCK_PASS);
        let own = call.block.is_none() || !self.keeps_in_registers(state, at.frame);
        let given = !hands_on || !matches!(frame.block, FrameBlock::Record { home, .. } if self.keeps_in_registers(state, home));
        own && given
    }

    /// Are variables of the frame, or of those around it, in registers?
    fn keeps_in_registers(&self, state: &Exit, id: FrameId) -> bool {
        let frame = self.unit.frame(id);
        let open = state.frames.iter().any(|at| at.frame == id && at.env_open);
        open && matches!(frame.env, EnvMode::Virtual | EnvMode::Opened) || frame.home.is_some_and(|home| self.keeps_in_registers(state, home))
    }

    fn defined(&self, value: ValueId, id: BlockId, at: usize) -> Result<(), String> {
        let Some((block, index)) = self.place[value.index()] else { return Err(format!("{value} is not defined")) };
        if block == id {
            return if index <= at { Ok(()) } else { Err(format!("{value} is defined later in {id}")) };
        }
        let mut at = id;
        while let Some(dominator) = self.dominators[at.index()] {
            if dominator == block {
                return Ok(());
            }
            if dominator == at {
                break;
            }
            at = dominator;
        }
        Err(format!("{value} of {block} does not dominate {id}"))
    }
}

/// Blocks reached from the entry, each before its successors but for back edges.
pub fn reverse_postorder(unit: &Unit) -> Vec<BlockId> {
    let mut seen = vec![false; unit.blocks.len()];
    let mut order = Vec::new();
    let mut stack = vec![(BlockId(0), 0)];
    seen[0] = true;
    while let Some((id, next)) = stack.pop() {
        match unit.successors(id).get(next).map(|edge| edge.target) {
            Some(target) => {
                stack.push((id, next + 1));
                if !std::mem::replace(&mut seen[target.index()], true) {
                    stack.push((target, 0));
                }
            }
            None => order.push(id),
        }
    }
    order.reverse();
    order
}

/// Immediate dominators by the iterative algorithm of Cooper, Harvey and Kennedy.
pub fn dominators(unit: &Unit, order: &[BlockId]) -> Vec<Option<BlockId>> {
    let mut number = vec![usize::MAX; unit.blocks.len()];
    for (index, id) in order.iter().enumerate() {
        number[id.index()] = index;
    }
    let mut predecessors = vec![Vec::new(); unit.blocks.len()];
    for &id in order {
        for edge in unit.successors(id) {
            predecessors[edge.target.index()].push(id);
        }
    }
    let mut result: Vec<Option<BlockId>> = vec![None; unit.blocks.len()];
    result[0] = Some(BlockId(0));
    let mut changed = true;
    while changed {
        changed = false;
        for &id in &order[1..] {
            let mut dominator: Option<BlockId> = None;
            for &pred in &predecessors[id.index()] {
                if result[pred.index()].is_none() {
                    continue;
                }
                dominator = Some(match dominator {
                    None => pred,
                    Some(other) => intersect(&result, &number, pred, other),
                });
            }
            if result[id.index()] != dominator {
                result[id.index()] = dominator;
                changed = true;
            }
        }
    }
    result
}

fn intersect(result: &[Option<BlockId>], number: &[usize], a: BlockId, b: BlockId) -> BlockId {
    let (mut a, mut b) = (a, b);
    while a != b {
        while number[a.index()] > number[b.index()] {
            a = result[a.index()].expect("processed blocks have a dominator");
        }
        while number[b.index()] > number[a.index()] {
            b = result[b.index()].expect("processed blocks have a dominator");
        }
    }
    a
}
