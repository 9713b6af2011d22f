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

#[cfg(test)]
mod tests {
    use super::*;
    use bytecode::Function;
    use ir::unit::{Args, Edge, Exit, ExitFrame, FrameInfo};
    use ir::{EnvMode, ExitId, ExitKind, FrameBlock, FrameId, Inst, Op, Type};
    use objects::{Code, CodeRef};
    use std::sync::Arc;
    use value::Symbol;

    /// A unit of one block that can be left in one state.
    fn unit() -> Unit {
        // In a heap that nobody collects.
        let heap = Box::leak(Box::new(heap::Heap::new(objects::kinds::HOOKS)));
        let code = Code::new(1, Arc::new(Function::default()), Box::new([]), Box::new([]), None, Box::new([]), Symbol(0), None);
        let code = CodeRef::allocate(heap, code).expect("memory");
        let mut unit = Unit::new(code, 0);
        unit.add_block();
        unit.frames.push(FrameInfo {
            parent: None,
            home: None,
            offset: 0,
            code,
            method: None,
            receiver: None,
            outer: None,
            block: FrameBlock::Root,
            env: EnvMode::None,
            flags: 0,
        });
        unit.exits.push(Exit {
            frames: vec![ExitFrame { frame: FrameId(0), pc: 0, registers: Vec::new(), env_open: false }],
            kind: ExitKind::Quiet,
            reason: "test",
            handles: false,
        });
        unit
    }

    fn add(unit: &mut Unit, block: BlockId, op: Op, args: &[ValueId], ty: Option<Type>) -> Option<ValueId> {
        let result = ty.map(|ty| unit.add_value(ty));
        let exit = op.effects().has(ir::Effects::exits).then_some(ExitId(0));
        unit.block(block).insts.push(Inst { op, args: Args::from_slice(args), imm: 0, imm2: 0, exit, result });
        result
    }

    fn value(unit: &mut Unit, op: Op, args: &[ValueId], ty: Type) -> ValueId {
        add(unit, BlockId(0), op, args, Some(ty)).expect("it has a result")
    }

    fn left(unit: &Unit, block: usize) -> Vec<Op> {
        unit.blocks[block].insts.iter().map(|inst| inst.op).collect()
    }

    #[test]
    fn what_only_computes_goes_and_what_acts_stays() {
        let mut unit = unit();
        let read = value(&mut unit, Op::LoadFrame, &[], Type::ANY);
        let unused = value(&mut unit, Op::NewArray, &[], Type::ANY);
        value(&mut unit, Op::ArrayLength, &[unused], Type::ANY);
        value(&mut unit, Op::Send, &[], Type::ANY);
        add(&mut unit, BlockId(0), Op::StoreFrame, &[read], None);
        let number = value(&mut unit, Op::ConstDouble, &[], Type::DOUBLE);
        value(&mut unit, Op::BoxFloat, &[number], Type::ANY);
        let object = value(&mut unit, Op::NewObject, &[], Type::ANY);
        unit.block(BlockId(0)).term = Term::Return(object);
        run(&mut unit);
        assert_eq!(left(&unit, 0), [Op::LoadFrame, Op::Send, Op::StoreFrame, Op::NewObject]);
    }

    #[test]
    fn what_an_exit_state_writes_back_stays() {
        let mut unit = unit();
        let kept = value(&mut unit, Op::LoadFrame, &[], Type::ANY);
        value(&mut unit, Op::LoadFrame, &[], Type::ANY);
        unit.exits[0].frames[0].registers.push((1, kept));
        unit.block(BlockId(0)).term = Term::Leave(ExitId(0));
        run(&mut unit);
        assert_eq!(unit.blocks[0].insts.iter().filter_map(|inst| inst.result).collect::<Vec<_>>(), [kept]);
    }

    #[test]
    fn a_parameter_that_feeds_only_itself_goes() {
        let mut unit = unit();
        let first = value(&mut unit, Op::LoadFrame, &[], Type::ANY);
        let second = value(&mut unit, Op::LoadFrame, &[], Type::ANY);
        let header = unit.add_block();
        let (around, used) = (unit.add_value(Type::ANY), unit.add_value(Type::ANY));
        unit.block(header).params.extend([around, used]);
        let done = unit.add_block();
        unit.block(BlockId(0)).term = Term::Jump(Edge { target: header, args: vec![first, second] });
        let cond = add(&mut unit, header, Op::Truthy, &[used], Some(Type::COND)).expect("it has a result");
        let back = Edge { target: header, args: vec![around, used] };
        unit.block(header).term = Term::Branch { cond, yes: back, no: Edge { target: done, args: Vec::new() } };
        unit.block(done).term = Term::Return(used);
        run(&mut unit);
        assert_eq!(ir::verify::verify(&unit), Ok(()));
        assert_eq!(unit.blocks[1].params, [used]);
        assert_eq!(unit.blocks[0].insts.iter().filter_map(|inst| inst.result).collect::<Vec<_>>(), [second]);
    }
}
