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
        if is_integer || self.shape_of(value) == Some(self.runtime.string_shape()) {
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

    fn set_string(&mut self, dst: u16, string: ValueId) {
        let shape = self.runtime.string_shape();
        self.state.shapes.insert(string, shape);
        self.set_reg(dst, string);
    }
}
