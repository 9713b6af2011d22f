//! Control flow of a bytecode function, as far as normal execution goes: handlers are reached by the
//! interpreter only.

use bytecode::liveness::{self, Liveness, RegisterSet};
use bytecode::operand::OperandKind;
use bytecode::{Effects, Function, Op};
use stdx::FastMap;

/// A run of instructions entered at its start only.
pub(super) struct CfgBlock {
    /// Index of the first instruction.
    pub first: usize,
    /// Index behind the last.
    pub end: usize,
    /// Blocks that may follow.
    pub successors: Vec<usize>,
}

/// The function's instructions and blocks.
pub(super) struct Cfg {
    /// Does it call, other than by operators?
    pub calls: bool,
    /// pc, operation, next pc.
    pub ops: Vec<(u32, Op, u32)>,
    /// Blocks by ascending pc.
    pub blocks: Vec<CfgBlock>,
    block_of: FastMap<u32, usize>,
    liveness: Liveness,
    nothing: RegisterSet,
}

/// Does control never go on behind the operation?
pub(super) fn ends(op: &Op) -> bool {
    op.opcode().effects().has(Effects::ends)
}

impl Cfg {
    /// Analyses a function.
    pub fn new(function: &Function) -> Cfg {
        let mut ops = Vec::new();
        let mut at = 0;
        while let Some((op, next)) = Op::decode(&function.code, at) {
            ops.push((at as u32, op, next as u32));
            at = next;
        }
        let mut leaders: Vec<u32> = vec![0];
        for (_, op, next) in &ops {
            let mut jumps = false;
            each_target(op, &mut |target| {
                leaders.push(target);
                jumps = true;
            });
            if jumps || ends(op) {
                leaders.push(*next);
            }
            if let Op::LoopHeader { .. } = op {
                leaders.push(next - 3);
            }
        }
        leaders.sort_unstable();
        leaders.dedup();
        let index_of = |pc: u32| ops.binary_search_by_key(&pc, |op| op.0).ok();
        let starts: Vec<usize> = leaders.iter().filter_map(|&pc| index_of(pc)).collect();
        let block_of: FastMap<u32, usize> = starts.iter().enumerate().map(|(block, &first)| (ops[first].0, block)).collect();
        let mut blocks = Vec::new();
        for (block, &first) in starts.iter().enumerate() {
            let end = starts.get(block + 1).copied().unwrap_or(ops.len());
            let mut successors = Vec::new();
            let last = &ops[end - 1];
            each_target(&last.1, &mut |target| successors.extend(block_of.get(&target)));
            if !ends(&last.1) {
                successors.extend(block_of.get(&last.2));
            }
            blocks.push(CfgBlock { first, end, successors });
        }
        let calls = ops.iter().any(|(_, op, _)| matches!(op, Op::Send { .. } | Op::SendSuper { .. } | Op::Yield { .. }));
        Cfg { calls, ops, blocks, block_of, liveness: liveness::analyze(function), nothing: RegisterSet::new(function.registers) }
    }

    /// Block that starts at `pc`.
    pub fn block_at(&self, pc: u32) -> Option<usize> {
        self.block_of.get(&pc).copied()
    }

    /// First pc of a block.
    pub fn start(&self, block: usize) -> u32 {
        self.ops[self.blocks[block].first].0
    }

    /// Registers live in front of `pc`.
    pub fn live(&self, pc: u32) -> &RegisterSet {
        self.liveness.before(pc).unwrap_or(&self.nothing)
    }

    /// Blocks reached from `entry`, in reverse postorder.
    pub fn order(&self, entry: usize) -> Vec<usize> {
        let mut seen = vec![false; self.blocks.len()];
        let mut order = Vec::new();
        let mut stack = vec![(entry, 0)];
        seen[entry] = true;
        while let Some((block, next)) = stack.pop() {
            match self.blocks[block].successors.get(next) {
                Some(&target) => {
                    stack.push((block, next + 1));
                    if !std::mem::replace(&mut seen[target], true) {
                        stack.push((target, 0));
                    }
                }
                None => order.push(block),
            }
        }
        order.reverse();
        order
    }

    /// Registers written by the blocks of the loops with this header; `position` numbers the blocks in
    /// reverse postorder.
    pub fn written_in_loop(&self, function: &Function, header: usize, order: &[usize], position: &[usize]) -> Vec<u16> {
        let mut inside = vec![false; self.blocks.len()];
        inside[header] = true;
        let mut work: Vec<usize> =
            order.iter().copied().filter(|&block| self.blocks[block].successors.contains(&header) && position[block] >= position[header]).collect();
        while let Some(block) = work.pop() {
            if std::mem::replace(&mut inside[block], true) {
                continue;
            }
            work.extend(order.iter().copied().filter(|&other| self.blocks[other].successors.contains(&block)));
        }
        let mut written = Vec::new();
        for &block in order.iter().filter(|&&block| inside[block]) {
            for (_, op, _) in &self.ops[self.blocks[block].first..self.blocks[block].end] {
                written.extend(bytecode::run::access(function, op).defines);
                if let (Op::SetEnv { depth, slot, .. }, Some(layout)) = (op, function.env)
                    && depth.0 == 0
                {
                    written.push(layout.base + bytecode::function::ENV_HEADER + slot.0);
                }
            }
        }
        written.sort_unstable();
        written.dedup();
        written
    }
}

fn each_target(op: &Op, visit: &mut dyn FnMut(u32)) {
    op.each_operand(&mut |_, operand| {
        if operand.kind == OperandKind::Jump {
            visit(operand.value as u32);
        }
    });
}
