//! Text of a unit, for `--dump=ir` and the goldens. Stable: no addresses are printed.

use crate::ops::Op;
use crate::unit::{Edge, Exit, Inst, Term, Unit, ValueId};
use std::fmt::Write;

/// The unit as text.
pub fn print(unit: &Unit) -> String {
    let mut out = String::new();
    for (index, frame) in unit.frames.iter().enumerate() {
        let name = String::from_utf8_lossy(&frame.code.function.name).into_owned();
        let _ = writeln!(out, "f{index} {:?} {name} +{} env {:?}", frame.code.function.kind, frame.offset, frame.env);
    }
    for (index, block) in unit.blocks.iter().enumerate() {
        let params: Vec<String> = block.params.iter().map(|&param| format!("{param}:{}", unit.ty(param))).collect();
        let _ = writeln!(out, "b{index}({}){}", params.join(", "), if block.cold { " cold" } else { "" });
        for inst in &block.insts {
            let _ = writeln!(out, "  {}", instruction(unit, inst));
        }
        let _ = writeln!(out, "  {}", terminator(&block.term));
    }
    for (index, exit) in unit.exits.iter().enumerate() {
        let _ = writeln!(out, "x{index} {}", exit_state(exit));
    }
    out
}

fn list(values: &[ValueId]) -> String {
    values.iter().map(ValueId::to_string).collect::<Vec<_>>().join(", ")
}

/// One instruction as text.
pub fn instruction(unit: &Unit, inst: &Inst) -> String {
    let mut out = String::new();
    if let Some(result) = inst.result {
        let _ = write!(out, "{result}:{} = ", unit.ty(result));
    }
    out.push_str(inst.op.info().name);
    match inst.op {
        Op::Const => out.push_str(&constant(inst.imm)),
        Op::ConstDouble => {
            let _ = write!(out, " {:?}", f64::from_bits(inst.imm));
        }
        Op::CallNative | Op::CallQuietNative | Op::CallOperator | Op::Jumped | Op::GuardRecord | Op::GuardWord => {}
        _ if inst.imm != 0 || inst.imm2 != 0 => {
            let _ = write!(out, " #{}", inst.imm as i64);
            if inst.imm2 != 0 {
                let _ = write!(out, ",{}", inst.imm2);
            }
        }
        _ => {}
    }
    if !inst.args.is_empty() {
        let _ = write!(out, " {}", list(&inst.args));
    }
    if let Some(exit) = inst.exit {
        let _ = write!(out, " -> {exit}");
    }
    out
}

/// Constants are shown as Ruby values; cells have no stable name.
fn constant(bits: u64) -> String {
    match bits {
        0x04 => " nil".into(),
        0x0c => " false".into(),
        0x14 => " true".into(),
        0x24 => " undef".into(),
        _ if bits & 1 == 1 => format!(" {}", bits as i64 >> 1),
        _ if bits & 0xff == 0x34 => " symbol".into(),
        _ if bits & 3 == 2 => " flonum".into(),
        _ => " cell".into(),
    }
}

fn edge(edge: &Edge) -> String {
    format!("{}({})", edge.target, list(&edge.args))
}

fn terminator(term: &Term) -> String {
    match term {
        Term::Open => "open".into(),
        Term::Jump(target) => format!("jump {}", edge(target)),
        Term::Branch { cond, yes, no } => format!("branch {cond} {} {}", edge(yes), edge(no)),
        Term::Return(value) => format!("return {value}"),
        Term::Leave(exit) => format!("leave {exit}"),
        Term::Unwind(exit) => format!("unwind {exit}"),
    }
}

fn exit_state(exit: &Exit) -> String {
    let frames = exit.frames.iter().map(|frame| {
        let registers: Vec<String> = frame.registers.iter().map(|(register, value)| format!("r{register}={value}")).collect();
        format!("{}@{}{{{}}}", frame.frame, frame.pc, registers.join(" "))
    });
    format!("{:?} {} {}", exit.kind, exit.reason, frames.collect::<Vec<_>>().join(" "))
}
