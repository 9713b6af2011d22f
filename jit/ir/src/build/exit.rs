//! Exit states and guards.

use super::state::ArrayFact;
use super::{Bailout, Builder, CtxBlock, Stop};
use crate::ops::Op as Ir;
use crate::types::{Kinds, Type};
use crate::unit::{EnvMode, Exit, ExitFrame, ExitId, ExitKind, ValueId};
use objects::ShapeId;

impl Builder<'_> {
    /// The state in front of the instruction at `pc` of the innermost frame.
    pub(super) fn exit(&mut self, pc: u32, kind: ExitKind, reason: &'static str) -> Result<ExitId, Stop> {
        let key = (self.level(), pc << 1 | u32::from(kind == ExitKind::Quiet));
        if let Some(&(block, exit)) = self.exits.get(&key)
            && block == self.block.index()
        {
            return Ok(exit);
        }
        let top = self.level();
        let mut frames = Vec::with_capacity(top + 1);
        // What looks at variables in registers has the instruction run again by the interpreter.
        let mut handles = self.keeps_in_registers(top);
        for level in 0..=top {
            let frame = self.exit_frame(level, if level == top { pc } else { self.stack[level].call.0 }, level == top)?;
            let ctx = &self.stack[level];
            let covered = ctx.code.function.catches.iter().any(|catch| (catch.start..catch.end).contains(&frame.pc));
            handles |= covered || matches!(ctx.env, EnvMode::Memory | EnvMode::Opened);
            frames.push(frame);
        }
        self.unit.exits.push(Exit { frames, kind, reason, handles });
        let exit = ExitId(self.unit.exits.len() as u32 - 1);
        self.exits.insert(key, (self.block.index(), exit));
        Ok(exit)
    }

    /// Makes the frames of an exit state visible before a call, whose callee is the next running frame or has none.
    pub(super) fn publish(&mut self, exit: ExitId, running: bool) {
        let shown = self.state.shown as u64;
        self.effect(Ir::Publish, &[], u64::from(!running), shown, Some(exit));
        self.state.shown = self.state.frames.len();
    }

    /// Are variables in registers that the frame at `level`, or the block that it was given, can name?
    fn keeps_in_registers(&self, level: usize) -> bool {
        let ctx = &self.stack[level];
        let of_block = matches!(ctx.block, CtxBlock::Record { home, .. } if self.keeps_in_registers(home));
        of_block
            || ctx.env_open && matches!(ctx.env, EnvMode::Virtual | EnvMode::Opened)
            || ctx.home.is_some_and(|home| self.keeps_in_registers(home))
    }

    fn exit_frame(&self, level: usize, pc: u32, innermost: bool) -> Result<ExitFrame, Stop> {
        let ctx = &self.stack[level];
        let vars = &self.state.frames[level];
        let (_, area_first, area_last) = ctx.call;
        let mut registers = Vec::new();
        for register in ctx.cfg.live(pc).iter() {
            if !innermost && (area_first..=area_last).contains(&register) {
                continue;
            }
            let value = vars.regs[usize::from(register)].ok_or(Bailout::NoValue)?;
            if vars.mem[usize::from(register)] != Some(value) {
                registers.push((register, value));
            }
        }
        if ctx.env_open {
            for register in self.slots(level) {
                let value = vars.regs[usize::from(register)].ok_or(Bailout::NoValue)?;
                if ctx.env == EnvMode::Virtual || vars.mem[usize::from(register)] != Some(value) {
                    registers.push((register, value));
                }
            }
        }
        Ok(ExitFrame { frame: ctx.frame, pc, registers, env_open: ctx.env_open })
    }

    /// Leaves unless the value is an immediate Integer.
    pub(super) fn guard_integer(&mut self, value: ValueId, pc: u32) -> Result<(), Stop> {
        let kinds = self.kinds(value);
        if kinds.is(Kinds::INTEGER) {
            return Ok(());
        }
        let exit = self.exit(pc, ExitKind::Guard, "integer")?;
        self.effect(Ir::GuardInteger, &[value], 0, 0, Some(exit));
        self.narrow(value, Kinds::INTEGER);
        Ok(())
    }

    /// The unboxed form of a Float; leaves when it is none.
    pub(super) fn unbox_float(&mut self, value: ValueId, pc: u32) -> Result<ValueId, Stop> {
        self.unbox(Ir::UnboxFloat, value, pc)
    }

    /// A number as unboxed Float; leaves when it is none.
    pub(super) fn unbox_number(&mut self, value: ValueId, pc: u32) -> Result<ValueId, Stop> {
        let kinds = self.kinds(value);
        if kinds.is(Kinds::INTEGER) {
            return Ok(match self.consts.get(&value) {
                Some(&bits) => self.double_constant((bits as i64 >> 1) as f64),
                None => self.value(Ir::IntegerToFloat, &[value], 0, 0, None, Type::DOUBLE),
            });
        }
        let op = if kinds.may_be(Kinds::INTEGER) { Ir::UnboxNumber } else { Ir::UnboxFloat };
        self.unbox(op, value, pc)
    }

    fn unbox(&mut self, op: Ir, value: ValueId, pc: u32) -> Result<ValueId, Stop> {
        if self.unit.ty(value).repr == crate::ops::Repr::Double {
            return Ok(value);
        }
        if let Some(&known) = self.state.unboxed.get(&value) {
            return Ok(known);
        }
        let exit = self.exit(pc, ExitKind::Guard, "float")?;
        let double = self.value(op, &[value], 0, 0, Some(exit), Type::DOUBLE);
        if op == Ir::UnboxFloat {
            self.narrow(value, Kinds::FLOAT);
            self.state.unboxed.insert(value, double);
            self.state.boxed.insert(double, value);
        }
        Ok(double)
    }

    /// Immediate kinds that a shape stands for.
    pub(super) fn immediate_kinds(shape: ShapeId) -> Option<Kinds> {
        Some(match shape {
            ShapeId::FIXNUM => Kinds::INTEGER,
            ShapeId::FLONUM => Kinds::FLONUM,
            ShapeId::NIL => Kinds::NIL,
            ShapeId::TRUE => Kinds::TRUE,
            ShapeId::FALSE => Kinds::FALSE,
            ShapeId::SYMBOL => Kinds::SYMBOL,
            _ => return None,
        })
    }

    /// Leaves unless the value has the shape.
    pub(super) fn guard_shape(&mut self, value: ValueId, shape: ShapeId, pc: u32) -> Result<(), Stop> {
        match Self::immediate_kinds(shape) {
            Some(Kinds::INTEGER) => return self.guard_integer(value, pc),
            Some(kinds) => {
                if !self.kinds(value).is(kinds) {
                    let exit = self.exit(pc, ExitKind::Guard, "kind")?;
                    self.effect(Ir::GuardKinds, &[value], u64::from(kinds.0), 0, Some(exit));
                    self.narrow(value, kinds);
                }
                return Ok(());
            }
            None => {}
        }
        if self.shape_of(value) == Some(shape) {
            return Ok(());
        }
        let exit = self.exit(pc, ExitKind::Guard, "shape")?;
        let cell = self.kinds(value).is(Kinds::CELL);
        self.effect(Ir::GuardShape, &[value], u64::from(shape.0), u64::from(cell), Some(exit));
        self.narrow(value, Kinds::CELL);
        self.state.shapes.insert(value, shape);
        Ok(())
    }

    /// Leaves unless the value is an Array of class Array itself.
    pub(super) fn guard_array(&mut self, value: ValueId, pc: u32) -> Result<(), Stop> {
        if self.is_array(value) {
            return Ok(());
        }
        let (open, frozen) = self.runtime.array_shapes();
        let exit = self.exit(pc, ExitKind::Guard, "array")?;
        self.effect(Ir::GuardArray, &[value], u64::from(open.0), u64::from(frozen.0), Some(exit));
        self.narrow(value, Kinds::CELL);
        self.state.arrays.insert(value, ArrayFact::Plain);
        Ok(())
    }

    /// Leaves unless the value is laid out as an Array.
    pub(super) fn guard_list(&mut self, value: ValueId, pc: u32) -> Result<(), Stop> {
        if self.is_list(value) {
            return Ok(());
        }
        let exit = self.exit(pc, ExitKind::Guard, "array")?;
        self.effect(Ir::GuardList, &[value], 0, 0, Some(exit));
        self.narrow(value, Kinds::CELL);
        self.state.arrays.insert(value, ArrayFact::List);
        Ok(())
    }

    /// Is the value known to be an Array of class Array itself, open or frozen?
    pub(super) fn is_array(&self, value: ValueId) -> bool {
        let (open, frozen) = self.runtime.array_shapes();
        self.shape_of(value).is_some_and(|shape| shape == open || shape == frozen) || self.state.arrays.get(&value) == Some(&ArrayFact::Plain)
    }

    /// Is the value known to be laid out as an Array?
    pub(super) fn is_list(&self, value: ValueId) -> bool {
        self.state.arrays.contains_key(&value) || self.is_array(value)
    }

    /// Leaves when the unit was invalidated by what a call did; `next` is the instruction behind.
    pub(super) fn check_valid(&mut self, next: u32) -> Result<(), Stop> {
        self.exits.clear();
        let exit = self.exit(next, ExitKind::Quiet, "invalidated")?;
        self.effect(Ir::CheckValid, &[], 0, 0, Some(exit));
        Ok(())
    }
}
