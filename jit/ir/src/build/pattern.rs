//! Array patterns: the elements of plain Arrays are read here, whatever else a pattern is matched against is asked by the interpreter.

use super::{Builder, Stop};
use crate::ops::Op as Ir;
use crate::types::{Kinds, Type};
use crate::unit::ValueId;
use value::sym;

impl Builder<'_> {
    /// What `deconstruct` gives: of a plain Array itself.
    pub(super) fn deconstruct(&mut self, pc: u32, next: u32, dst: u16, src: u16) -> Result<(), Stop> {
        let value = self.word_reg(src)?;
        let (open, frozen) = self.runtime.array_shapes();
        let method = self.runtime.method_of(open, sym::DECONSTRUCT);
        let is_native = |method: &objects::MethodRef| matches!(method.body, objects::MethodBody::Native(_));
        let is_plain = method.filter(is_native).is_some_and(|method| self.runtime.owner_name(method) == "Array");
        if !is_plain || !self.kinds(value).may_be(Kinds::CELL) || self.is_refined() || self.is_generic(pc) {
            return self.step(pc, next);
        }
        self.unit.dependencies.methods.push(sym::DECONSTRUCT);
        if self.is_array(value) {
            self.set_reg(dst, value);
            return Ok(());
        }
        let both = u64::from(open.0) | u64::from(frozen.0) << 32;
        let cond = self.value(Ir::IsShapes, &[value], both, both, None, Type::COND);
        let take = |builder: &mut Self| {
            builder.set_reg(dst, value);
            Ok(())
        };
        self.either(cond, next, take, |builder| builder.step(pc, next))
    }

    /// The Array that a pattern looks into: a plain one, as long as no other was seen here.
    fn matched_array(&mut self, pc: u32, array: u16) -> Result<ValueId, Stop> {
        let array = self.word_reg(array)?;
        self.guard_array(array, pc)?;
        Ok(array)
    }

    pub(super) fn size_of_matched(&mut self, pc: u32, dst: u16, array: u16) -> Result<(), Stop> {
        let array = self.matched_array(pc, array)?;
        let size = match self.state.lists.get(&array).map(Vec::len) {
            Some(known) => self.integer(known as i64),
            None => self.value(Ir::ArrayLength, &[array], 0, 0, None, Type::word(Kinds::INTEGER)),
        };
        self.set_reg(dst, size);
        Ok(())
    }

    pub(super) fn element_of_matched(&mut self, pc: u32, dst: u16, array: u16, index: i64) -> Result<(), Stop> {
        let array = self.matched_array(pc, array)?;
        let known = usize::try_from(index).ok().and_then(|index| self.state.lists.get(&array)?.get(index).copied());
        let element = match known {
            Some(element) => element,
            None => {
                let index = self.integer(index);
                self.value(Ir::ArrayGet, &[array, index], 0, 0, None, Type::ANY)
            }
        };
        self.set_reg(dst, element);
        Ok(())
    }
}
