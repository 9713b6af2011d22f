//! Checks a compiled function before anything trusts it.
//!
//! Rules: every instruction decodes; registers, literals, sites and children exist and have the kind
//! that the operation wants; jumps and handlers lead to instruction starts; runs, call areas and the
//! environment lie inside the frame; the code does not run off its end; `enter_env` stands first
//! exactly in functions with an environment; catch ranges are not empty.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use crate::effects::Effects;
use crate::function::{BLOCK_RECORD, CallFlags, ENV_HEADER, FRAME_HEADER, Function, Literal, Params, Place, SiteKind};
use crate::operand::{AnyOperand, OperandKind};
use crate::ops::{OPS, Op, Opcode};
use crate::run::{Run, area_values, run};

/// What is wrong with a function, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Name of the function.
    pub function: String,
    /// Unit of the instruction, if the fault is in one.
    pub pc: Option<usize>,
    /// The broken rule.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pc {
            Some(pc) => write!(f, "{} at {pc}: {}", self.function, self.message),
            None => write!(f, "{}: {}", self.function, self.message),
        }
    }
}

impl std::error::Error for Fault {}

/// Checks the function and all its children.
///
/// # Errors
/// The first fault found.
pub fn verify(function: &Function) -> Result<(), Fault> {
    let mut verifier = Verifier { function, starts: HashSet::new(), pc: None };
    verifier.code()?;
    verifier.tables()?;
    function.children.iter().try_for_each(|child| verify(child))
}

struct Verifier<'f> {
    function: &'f Function,
    starts: HashSet<u32>,
    pc: Option<usize>,
}

type Checked = Result<(), Fault>;

impl Verifier<'_> {
    fn fault(&self, message: impl Into<String>) -> Checked {
        let name = String::from_utf8_lossy(&self.function.name);
        let function = format!("{:?} {name} ({}:{})", self.function.kind, self.function.file, self.function.line);
        Err(Fault { function, pc: self.pc, message: message.into() })
    }

    fn require(&self, holds: bool, message: &str) -> Checked {
        if holds { Ok(()) } else { self.fault(message) }
    }

    fn code(&mut self) -> Checked {
        let mut ops = Vec::new();
        let mut at = 0;
        while at < self.function.code.len() {
            self.pc = Some(at);
            let Some((op, next)) = Op::decode(&self.function.code, at) else {
                return self.fault("no instruction");
            };
            self.starts.insert(at as u32);
            ops.push((at, op));
            at = next;
        }
        for (at, op) in &ops {
            self.pc = Some(*at);
            self.operands(op)?;
            self.runs(op)?;
            self.literals(op)?;
            let first = *at == 0 && self.function.env.is_some();
            self.require(first == (op.opcode() == Opcode::EnterEnv), "enter_env stands first, with an environment")?;
        }
        let last = ops.last().map(|(_, op)| op.opcode());
        self.require(last.is_some_and(|opcode| opcode.effects().has(Effects::ends)), "the code runs off its end")
    }

    fn operands(&self, op: &Op) -> Checked {
        let mut result = Ok(());
        op.each_operand(&mut |name, operand| {
            if result.is_ok() {
                result = self.operand(op, name, operand);
            }
        });
        result
    }

    fn operand(&self, op: &Op, name: &str, operand: AnyOperand) -> Checked {
        let value = operand.value as usize;
        let holds = match operand.kind {
            OperandKind::Dst | OperandKind::Src | OperandKind::Mod => value < usize::from(self.function.registers),
            OperandKind::Base => value <= usize::from(self.function.registers),
            OperandKind::Imm | OperandKind::Count => true,
            OperandKind::Lit => value < self.function.literals.len(),
            OperandKind::Child => value < self.function.children.len(),
            OperandKind::Jump => self.starts.contains(&(value as u32)),
            OperandKind::Site => self.function.sites.get(value).is_some_and(|site| site_fits(op.opcode(), site)),
        };
        if holds {
            return Ok(());
        }
        self.fault(format!("{}: operand {name} = {value}", OPS[op.opcode() as usize].name))
    }

    fn run(&self, run: &Range<usize>, what: &str) -> Checked {
        self.require(run.end <= usize::from(self.function.registers), &format!("{what} leaves the frame"))
    }

    fn runs(&self, op: &Op) -> Checked {
        match run(op) {
            Run::None => Ok(()),
            Run::Read(values) => self.run(&values, "run"),
            Run::Written(values) => {
                let source = matches!(*op, Op::Expand { src, .. } if values.contains(&usize::from(src.0)));
                self.require(!source, "expand overlaps its source")?;
                self.run(&values, "run")
            }
            Run::Environment(words) => {
                let layout =
                    self.function.env.map(|env| usize::from(env.base)..usize::from(env.base) + usize::from(ENV_HEADER) + usize::from(env.slots));
                self.require(layout.as_ref() == Some(&words), "enter_env differs from the layout")?;
                self.run(&words, "environment")
            }
            Run::Call { base, site } => self.call(base, site),
        }
    }

    fn call(&self, base: u16, site: u32) -> Checked {
        let Some(SiteKind::Call(call)) = self.function.sites.get(site as usize) else {
            return self.fault("no call site");
        };
        let first = usize::from(base);
        self.run(&(first..first + usize::from(FRAME_HEADER) + area_values(call)), "call area")?;
        self.require(!call.flags.has(CallFlags::SPLAT) || call.argc == 1, "a splat call passes one Array")?;
        let keywords = call.keywords.is_empty() || !call.flags.has(CallFlags::KW_HASH | CallFlags::SPLAT);
        self.require(keywords, "literal keywords exclude a hash")?;
        let Some(block) = call.block else {
            return Ok(());
        };
        self.require((block as usize) < self.function.children.len(), "no such block")?;
        let record_end = usize::from(call.block_record) + usize::from(BLOCK_RECORD);
        self.require(record_end <= first, "the block's record is not below the area")
    }

    fn literals(&self, op: &Op) -> Checked {
        let name = match *op {
            Op::GetGlobal { name, .. }
            | Op::SetGlobal { name, .. }
            | Op::GetCvar { name, .. }
            | Op::SetCvar { name, .. }
            | Op::SetConst { name, .. }
            | Op::DefMethod { name, .. }
            | Op::DefSingleton { name, .. }
            | Op::DefClass { name, .. }
            | Op::DefModule { name, .. } => name,
            Op::Str { lit, .. } | Op::StrChilled { lit, .. } => {
                let string = matches!(self.function.literals.get(lit.0 as usize), Some(Literal::Str(..)));
                return self.require(string, "the literal is no String");
            }
            _ => return Ok(()),
        };
        let symbol = matches!(self.function.literals.get(name.0 as usize), Some(Literal::Symbol(..)));
        self.require(symbol, "the name is no Symbol")
    }

    fn tables(&mut self) -> Checked {
        self.pc = None;
        let function = self.function;
        let params = parameter_registers(&function.params);
        self.require(params <= usize::from(function.locals_end), "parameters end behind the locals")?;
        self.require(function.locals_end <= function.registers, "locals leave the frame")?;
        self.require(function.params.names.len() == params, "one name a parameter register")?;
        for local in &function.locals {
            let inside = match local.place {
                Place::Register(register) => register < function.locals_end,
                Place::Slot(slot) => function.env.is_some_and(|env| slot < env.slots),
            };
            self.require(inside, "a local has no place")?;
        }
        for catch in &function.catches {
            let units = function.code.len() as u32;
            let end = catch.end == units || self.starts.contains(&catch.end);
            let starts = self.starts.contains(&catch.start) && self.starts.contains(&catch.handler);
            self.require(starts && end && catch.start < catch.end, "a catch has no sane range")?;
            let outside = !(catch.start..catch.end).contains(&catch.handler);
            self.require(outside, "a handler protects itself")?;
            self.require(catch.register < function.registers, "a catch's register leaves the frame")?;
        }
        let ascending = function.lines.windows(2).all(|pair| pair[0].pc < pair[1].pc);
        self.require(ascending, "lines do not ascend")
    }
}

/// `Params::registers` of parameters that may be too many for any frame.
fn parameter_registers(params: &Params) -> usize {
    let counted = usize::from(params.required) + usize::from(params.optional) + usize::from(params.post);
    let single = [params.rest, params.keyword_rest.is_some(), params.block];
    counted + params.keywords.len() + single.into_iter().filter(|present| *present).count()
}

fn site_fits(opcode: Opcode, site: &SiteKind) -> bool {
    match opcode {
        Opcode::GetIvar | Opcode::SetIvar => matches!(site, SiteKind::Ivar(_)),
        Opcode::GetConst | Opcode::GetConstFrom | Opcode::GetConstTop => matches!(site, SiteKind::Const(_)),
        Opcode::LoopHeader => matches!(site, SiteKind::Loop),
        Opcode::Once | Opcode::AtExit => matches!(site, SiteKind::Once),
        _ => matches!(site, SiteKind::Call(_)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::builder::Builder;
    use crate::function::{CallSite, FunctionKind};
    use crate::operand::{Base, Dst, Jump, Site, Src};

    pub(crate) fn function(ops: &[Op], registers: u16) -> Function {
        let mut b = Builder::new(1);
        ops.iter().for_each(|op| b.emit(*op));
        // No labels: jump operands in `ops` are meant as written, so the code is taken unresolved.
        let mut code = Vec::new();
        ops.iter().for_each(|op| op.encode(&mut code));
        Function {
            kind: FunctionKind::Top,
            name: Vec::new(),
            file: "t.rb".into(),
            line: 1,
            source_range: (0, 0),
            params: Params::default(),
            registers,
            locals_end: 0,
            locals: Vec::new(),
            env: None,
            method_depth: 0,
            specials: false,
            code,
            literals: Vec::new(),
            sites: Vec::new(),
            children: Vec::new(),
            catches: Vec::new(),
            lines: Vec::new(),
            ivar_names: Vec::new(),
        }
    }

    #[test]
    fn accepts_what_is_right() {
        let ops = [Op::LoadNil { dst: Dst(0) }, Op::Return { src: Src(0) }];
        assert_eq!(verify(&function(&ops, 1)), Ok(()));
    }

    #[test]
    fn refuses_tables_beyond_any_frame() {
        let ops = [Op::LoadNil { dst: Dst(0) }, Op::Return { src: Src(0) }];
        let mut many = function(&ops, 1);
        many.params.required = u16::MAX;
        many.params.post = u16::MAX;
        assert!(verify(&many).unwrap_err().message.contains("parameters"));
        let send = Op::Send { dst: Dst(0), base: Base(0), site: Site(0) };
        let mut block = function(&[send, Op::Return { src: Src(0) }], FRAME_HEADER);
        block.children.push(std::sync::Arc::new(function(&ops, 1)));
        let call = CallSite { block: Some(0), block_record: u16::MAX, ..CallSite::default() };
        block.sites.push(SiteKind::Call(call));
        assert!(verify(&block).unwrap_err().message.contains("record"));
        let run = Op::PrimIsFixnum { dst: Dst(0), name: crate::operand::Lit(0), base: Base(0), count: crate::operand::Count(9) };
        let mut primitive = function(&[run, Op::Return { src: Src(0) }], 1);
        primitive.literals.push(Literal::Nil);
        assert!(verify(&primitive).unwrap_err().message.contains("leaves the frame"));
    }

    #[test]
    fn refuses_what_is_wrong() {
        let cases: [(&[Op], &str); 4] = [
            (&[Op::Return { src: Src(9) }], "operand src"),
            (&[Op::LoadNil { dst: Dst(0) }], "runs off"),
            (&[Op::Jump { target: Jump(1) }], "operand target"),
            (&[Op::EnterEnv { base: Base(0), slots: crate::operand::Count(0) }], "enter_env"),
        ];
        for (ops, message) in cases {
            let fault = verify(&function(ops, 1)).unwrap_err();
            assert!(fault.message.contains(message), "{fault}");
        }
    }
}
