//! Strings: literals, and what interpolation makes of values.

use super::{Bailout, Builder, Stop};
use crate::ops::Op as Ir;
use crate::types::{Kinds, Type};
use crate::unit::{ExitKind, ValueId};

impl Builder<'_> {
    /// A new String from a literal.
    pub(super) fn new_string(&mut self, dst: u16, literal: u32, chilled: bool) -> Result<(), Stop> {
        let literal = *self.ctx().code.literals.get(literal as usize).ok_or(Bailout::Malformed)?;
        let literal = self.constant_value(literal);
        let made = self.value(Ir::NewString, &[literal], u64::from(chilled), 0, None, Type::word(Kinds::CELL));
        self.set_string(dst, made);
        Ok(())
    }

    /// What interpolation joins: Strings as they are, and Integers while nobody redefined their `to_s`; the rest by the interpreter.
    pub(super) fn interp(&mut self, pc: u32, next: u32, dst: u16, src: u16, site: u32) -> Result<(), Stop> {
        let value = self.word_reg(src)?;
        let prints = self.joins_integers(site);
        let is_integer = prints && self.kinds(value).is(Kinds::INTEGER);
        if is_integer || self.shape_of(value) == Some(self.runtime.string_shapes().0) {
            self.set_reg(dst, value);
            return Ok(());
        }
        let cond = self.value(Ir::IsText, &[value], u64::from(prints), 0, None, Type::COND);
        let take = |builder: &mut Self| {
            builder.set_reg(dst, value);
            Ok(())
        };
        self.either(cond, next, take, |builder| builder.step(pc, next))
    }

    fn joins_integers(&mut self, site: u32) -> bool {
        let is_plain = self.ctx().code.called_name(site) == Some(value::sym::TO_S) && !self.is_refined();
        let joins = is_plain && self.runtime.joins_integers();
        if joins {
            self.unit.dependencies.methods.push(value::sym::TO_S);
        }
        joins
    }

    /// A new String of Strings and Integers in registers.
    pub(super) fn concat(&mut self, pc: u32, dst: u16, base: u16, count: u16) -> Result<(), Stop> {
        let registers: Vec<u16> = (base..base + count).collect();
        self.flush(&registers)?;
        let exit = self.exit(pc, ExitKind::Quiet, "concat")?;
        let at = u64::from(self.ctx().offset) + u64::from(base);
        let made = self.value(Ir::Concat, &[], at, u64::from(count), Some(exit), Type::word(Kinds::CELL));
        self.set_string(dst, made);
        Ok(())
    }

    /// `string[index]` where the site saw Strings: the character at an Integer of those that have ASCII only, the rest by a call.
    pub(super) fn character(&mut self, pc: u32, next: u32, dst: u16, (string, index): (ValueId, ValueId), site: u32) -> Result<(), Stop> {
        let (open, frozen) = self.runtime.string_shapes();
        if !self.kinds(index).may_be(Kinds::INTEGER) {
            return self.operator_value(pc, next, dst, string, index, site);
        }
        self.unit.dependencies.operators = true;
        let shapes = u64::from(open.0) | u64::from(frozen.0) << 32;
        let cond = self.value(Ir::IndexesAscii, &[string, index], shapes, 0, None, Type::COND);
        self.either(
            cond,
            next,
            |builder| {
                let made = builder.value(Ir::StringChar, &[string, index], u64::from(open.0), 0, None, Type::word(Kinds::CELL));
                builder.set_string(dst, made);
                Ok(())
            },
            |builder| builder.operator_value(pc, next, dst, string, index, site),
        )
    }

    /// `string << more` where the site saw Strings: where bytes are copied and nothing else here, the rest by a call.
    pub(super) fn append_text(&mut self, pc: u32, next: u32, dst: u16, (string, more): (ValueId, ValueId), site: u32) -> Result<(), Stop> {
        let shape = self.runtime.string_shapes().0;
        self.unit.dependencies.operators = true;
        self.guard_shape(string, shape, pc)?;
        let appended = self.value(Ir::StringAppend, &[string, more], 0, 0, None, Type::COND);
        self.either(
            appended,
            next,
            |builder| {
                builder.set_reg(dst, string);
                Ok(())
            },
            |builder| builder.operator_value(pc, next, dst, string, more, site),
        )
    }

    fn set_string(&mut self, dst: u16, string: ValueId) {
        let shape = self.runtime.string_shapes().0;
        self.state.shapes.insert(string, shape);
        self.set_reg(dst, string);
    }
}
