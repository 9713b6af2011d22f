//! Removes instructions whose results nobody uses and that do nothing else. Parameters of blocks are
//! used when some use is outside of their own loop of parameters.

use ir::{BlockId, Term, Unit, ValueId};

/// Runs the pass.
pub fn run(unit: &mut Unit) {
    let mut used = vec![false; unit.types.len()];
    let mut work: Vec<ValueId> = Vec::new();
    for block in &unit.blocks {
        for inst in block.insts.iter().filter(|inst| !removable(inst)) {
            work.extend(&inst.args);
            work.extend(inst.exit.iter().flat_map(|&exit| exit_values(unit, exit)));
            work.extend(inst.result);
        }
        match &block.term {
            Term::Branch { cond, .. } => work.push(*cond),
            Term::Return(value) => work.push(*value),
            Term::Leave(exit) | Term::Unwind(exit) => work.extend(exit_values(unit, *exit)),
            Term::Open | Term::Jump(_) => {}
        }
    }
    let sources = sources(unit);
    while let Some(value) = work.pop() {
        if !std::mem::replace(&mut used[value.index()], true) {
            work.extend(&sources[value.index()]);
        }
    }
    for block in &mut unit.blocks {
        block.insts.retain(|inst| !removable(inst) || inst.result.is_some_and(|result| used[result.index()]));
    }
    drop_parameters(unit, &used);
}

fn removable(inst: &ir::Inst) -> bool {
    inst.op.effects().may_be_left_out()
}

fn exit_values(unit: &Unit, exit: ir::ExitId) -> Vec<ValueId> {
    let frames = &unit.exits[exit.index()].frames;
    let registers = frames.iter().flat_map(|frame| frame.registers.iter().map(|(_, value)| *value));
    let receivers = frames.iter().flat_map(|frame| unit.frame(frame.frame).values());
    registers.chain(receivers).collect()
}

/// What each value is computed from.
fn sources(unit: &Unit) -> Vec<Vec<ValueId>> {
    let mut sources = vec![Vec::new(); unit.types.len()];
    for block in &unit.blocks {
        for inst in &block.insts {
            if let Some(result) = inst.result {
                sources[result.index()].extend(&inst.args);
            }
        }
    }
    for index in 0..unit.blocks.len() {
        for edge in unit.successors(BlockId(index as u32)) {
            for (&param, &arg) in unit.blocks[edge.target.index()].params.iter().zip(&edge.args) {
                sources[param.index()].push(arg);
            }
        }
    }
    sources
}

fn drop_parameters(unit: &mut Unit, used: &[bool]) {
    let keep: Vec<Vec<bool>> = unit.blocks.iter().map(|block| block.params.iter().map(|param| used[param.index()]).collect()).collect();
    for block in &mut unit.blocks {
        block.params.retain(|param| used[param.index()]);
        let edges: Vec<&mut ir::Edge> = match &mut block.term {
            Term::Jump(edge) => vec![edge],
            Term::Branch { yes, no, .. } => vec![yes, no],
            _ => Vec::new(),
        };
        for edge in edges {
            let mut position = 0;
            edge.args.retain(|_| {
                position += 1;
                keep[edge.target.index()][position - 1]
            });
        }
    }
}
