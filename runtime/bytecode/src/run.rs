//! Registers that an instruction takes beyond its single operands: runs, call areas, environments.

use crate::function::{BLOCK_RECORD, CALL_BLOCK, CALL_SELF, CallFlags, CallSite, ENV_HEADER, FRAME_HEADER, Function, SiteKind};
use crate::ops::Op;
use std::ops::Range;

/// What stands at an instruction's `Base` operand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Run {
    /// No such operand.
    None,
    /// Values that it reads.
    Read(Range<usize>),
    /// Values that it writes.
    Written(Range<usize>),
    /// The frame's environment, which is memory and no registers.
    Environment(Range<usize>),
    /// The area of a call, from `base` on through the site.
    Call {
        /// First register.
        base: u16,
        /// Index of the site.
        site: u32,
    },
}

/// The run of an operation.
pub fn run(op: &Op) -> Run {
    let from = |base: u16, count: usize| usize::from(base)..usize::from(base) + count;
    match *op {
        Op::Array { base, count, .. }
        | Op::Concat { base, count, .. }
        | Op::Regexp { base, count, .. }
        | Op::PrimIsFixnum { base, count, .. }
        | Op::PrimIntegerAdd { base, count, .. }
        | Op::PrimIntegerSub { base, count, .. }
        | Op::PrimIntegerLt { base, count, .. }
        | Op::PrimIntegerLe { base, count, .. }
        | Op::PrimArrayLength { base, count, .. }
        | Op::PrimArrayAt { base, count, .. }
        | Op::PrimArrayAppend { base, count, .. }
        | Op::Primitive { base, count, .. } => Run::Read(from(base.0, count.0.into())),
        Op::Hash { base, count, .. } => Run::Read(from(base.0, 2 * usize::from(count.0))),
        Op::Expand { base, pre, splat, post, .. } => Run::Written(from(base.0, usize::from(pre.0) + usize::from(splat.0 != 0) + usize::from(post.0))),
        Op::EnterEnv { base, slots } => Run::Environment(from(base.0, usize::from(ENV_HEADER) + usize::from(slots.0))),
        Op::Send { base, site, .. } | Op::SendSuper { base, site, .. } | Op::Yield { base, site, .. } => Run::Call { base: base.0, site: site.0 },
        _ => Run::None,
    }
}

/// Values of a call behind the area's header.
pub fn area_values(call: &CallSite) -> usize {
    usize::from(call.argc) + call.keywords.len() + usize::from(call.flags.has(CallFlags::KW_HASH))
}

/// Registers that an instruction reads and writes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Access {
    /// Registers read.
    pub uses: Vec<u16>,
    /// Registers written.
    pub defines: Vec<u16>,
}

/// What `op` of a verified `function` reads and writes, call areas through the site included.
pub fn access(function: &Function, op: &Op) -> Access {
    let mut access = Access::default();
    op.each_operand(&mut |_, operand| {
        let register = operand.value as u16;
        match operand.kind {
            crate::operand::OperandKind::Dst => access.defines.push(register),
            crate::operand::OperandKind::Src | crate::operand::OperandKind::Mod => access.uses.push(register),
            _ => {}
        }
    });
    let registers = |run: Range<usize>| run.map(|register| register as u16);
    match run(op) {
        Run::None | Run::Environment(_) => {}
        Run::Read(run) => access.uses.extend(registers(run)),
        Run::Written(run) => access.defines.extend(registers(run)),
        Run::Call { base, site } => call_access(function, op, base, site, &mut access),
    }
    access
}

fn call_access(function: &Function, op: &Op, base: u16, site: u32, access: &mut Access) {
    let Some(SiteKind::Call(call)) = function.sites.get(site as usize) else {
        return;
    };
    if !matches!(op, Op::Yield { .. }) {
        access.uses.push(base + CALL_SELF);
    }
    if call.flags.has(CallFlags::BLOCK_PASS) {
        access.uses.push(base + CALL_BLOCK);
    }
    let first = base + FRAME_HEADER;
    let values = area_values(call) as u16;
    access.uses.extend(first..first + values);
    // The callee's frame overwrites the area; the block's record is written by the call.
    access.defines.extend(base..first + values);
    if call.block.is_some() {
        access.defines.extend(call.block_record..call.block_record + BLOCK_RECORD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operand::OperandKind;
    use crate::ops::OPS;

    /// An operation of each row, all operands 1.
    fn all() -> impl Iterator<Item = Op> {
        (0..OPS.len()).map(|number| {
            let mut code = vec![number as u16];
            code.extend([1u16; 16]);
            Op::decode(&code, 0).expect("each row decodes").0
        })
    }

    #[test]
    fn whoever_has_a_base_has_a_run() {
        for op in all() {
            let info = &OPS[op.opcode() as usize];
            let based = info.operands.iter().any(|(_, kind)| *kind == OperandKind::Base);
            assert_eq!(based, run(&op) != Run::None, "{}", info.name);
        }
    }

    #[test]
    fn runs_are_read_and_written() {
        use crate::operand::{Base, Count, Dst, Imm, Src};
        let function = crate::verify::tests::function(&[], 9);
        let hash = Op::Hash { dst: Dst(0), base: Base(2), count: Count(2) };
        assert_eq!(access(&function, &hash), Access { uses: vec![2, 3, 4, 5], defines: vec![0] });
        let expand = Op::Expand { base: Base(3), src: Src(1), pre: Count(1), splat: Imm(1), post: Count(1) };
        assert_eq!(access(&function, &expand), Access { uses: vec![1], defines: vec![3, 4, 5] });
    }
}
