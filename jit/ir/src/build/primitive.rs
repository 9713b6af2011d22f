//! Operations of the prelude's Ruby code that have a form in IR; the others are stepped. The prelude
//! calls them with operands of the right kind, which is checked here all the same: a wrong one leaves.

use super::{Bailout, Builder, Stop};
use crate::ops::{Compare, Op as Ir, Repr};
use crate::types::{Kinds, Type};
use crate::unit::{ExitKind, ValueId};
use bytecode::Effects;
use value::Value;

impl Builder<'_> {
    pub(super) fn primitive(&mut self, pc: u32, next: u32, dst: u16, name: u32, base: u16, count: u16) -> Result<(), Stop> {
        let literal = *self.ctx().code.literals.get(name as usize).ok_or(Bailout::Malformed)?;
        let name = literal.as_symbol().map(|name| self.runtime.text(name)).unwrap_or_default();
        let args = (base..base + count).map(|register| self.reg(register)).collect::<Result<Vec<ValueId>, Stop>>()?;
        if self.is_generic(pc) {
            return self.step(pc, next);
        }
        match (name.as_str(), args.as_slice()) {
            ("integer_lt", &[a, b]) => self.primitive_compare(pc, dst, a, b, Compare::Less),
            ("integer_le", &[a, b]) => self.primitive_compare(pc, dst, a, b, Compare::LessEqual),
            ("integer_add", &[a, b]) => self.primitive_arithmetic(pc, dst, a, b, Ir::IntegerAdd),
            ("integer_sub", &[a, b]) => self.primitive_arithmetic(pc, dst, a, b, Ir::IntegerSub),
            ("is_fixnum", &[a]) => {
                self.primitive_kind(dst, a, Kinds::INTEGER);
                Ok(())
            }
            ("same", &[a, b]) if self.unit.ty(a).repr == Repr::Word && self.unit.ty(b).repr == Repr::Word && !self.kinds(a).is(Kinds::FLONUM) => {
                let cond = self.value(Ir::Same, &[a, b], 0, 0, None, Type::COND);
                self.set_cond(dst, cond);
                Ok(())
            }
            ("array_size", &[array]) if self.state.lists.contains_key(&array) => {
                let length = self.integer(self.state.lists[&array].len() as i64);
                self.set_reg(dst, length);
                Ok(())
            }
            ("pack", &[array]) if self.state.lists.contains_key(&array) => {
                let packed = match *self.state.lists[&array].as_slice() {
                    [] => self.nil(),
                    [element] => element,
                    _ => array,
                };
                self.set_reg(dst, packed);
                Ok(())
            }
            ("array_size", &[array]) => match self.array_operand(pc, array)? {
                true => {
                    let length = self.value(Ir::ArrayLength, &[array], 0, 0, None, Type::word(Kinds::INTEGER));
                    self.set_reg(dst, length);
                    Ok(())
                }
                false => self.step(pc, next),
            },
            ("array_get", &[array, index]) => match self.array_operand(pc, array)? {
                true => {
                    self.guard_integer(index, pc)?;
                    let value = self.value(Ir::ArrayGet, &[array, index], 0, 0, None, Type::ANY);
                    self.set_reg(dst, value);
                    Ok(())
                }
                false => self.step(pc, next),
            },
            ("array_push", &[array, element]) if self.is_open_array(array) => {
                let element = self.word(element);
                self.array_push(array, element, pc)?;
                self.set_reg(dst, element);
                Ok(())
            }
            _ => {
                let found = literal.as_symbol().and_then(|name| self.runtime.primitive(name));
                let Some((function, effects)) = found else { return self.step(pc, next) };
                // Machine code does not hand over the caller's block.
                if effects.has(Effects::takes_block) {
                    if effects.has(Effects::calls_ruby) {
                        self.needs_memory(self.level());
                    }
                    return self.step(pc, next);
                }
                self.native_primitive(pc, next, dst, base, count, function as usize as u64, effects)
            }
        }
    }

    /// Calls the primitive's native. None of those that get here looks at its caller's block.
    #[expect(clippy::too_many_arguments, reason = "the parts of one instruction")]
    fn native_primitive(&mut self, pc: u32, next: u32, dst: u16, base: u16, count: u16, function: u64, effects: Effects) -> Result<(), Stop> {
        let registers: Vec<u16> = (base..base + count).collect();
        self.flush(&registers)?;
        self.exits.clear();
        let exit = self.exit(pc, ExitKind::Quiet, "primitive")?;
        self.effect(Ir::Publish, &[], 0, 0, Some(exit));
        let receiver = self.nil();
        let first = u64::from(self.ctx().offset) + u64::from(base);
        let numbers = first << 16 | u64::from(count);
        let quiet = !effects.changes_objects();
        let op = if quiet { Ir::CallQuietNative } else { Ir::CallNative };
        let result = self.value(op, &[receiver], function, numbers, Some(exit), Type::ANY);
        self.exits.clear();
        self.set_reg(dst, result);
        if effects.has(Effects::calls_ruby) { self.check_valid(next) } else { Ok(()) }
    }

    fn is_open_array(&self, value: ValueId) -> bool {
        self.shape_of(value) == Some(self.runtime.array_shapes().0)
    }

    /// Is the operand an Array whose elements can be read in place? Arrays of unknown shape are expected to
    /// be open ones of class Array.
    fn array_operand(&mut self, pc: u32, array: ValueId) -> Result<bool, Stop> {
        let (open, frozen) = self.runtime.array_shapes();
        match self.shape_of(array) {
            Some(shape) => Ok(shape == open || shape == frozen),
            None if self.kinds(array).may_be(Kinds::CELL) => {
                self.guard_shape(array, open, pc)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn primitive_compare(&mut self, pc: u32, dst: u16, a: ValueId, b: ValueId, compare: Compare) -> Result<(), Stop> {
        self.guard_integer(a, pc)?;
        self.guard_integer(b, pc)?;
        let cond = self.value(Ir::IntegerCompare, &[a, b], compare as u64, 0, None, Type::COND);
        self.set_cond(dst, cond);
        Ok(())
    }

    fn primitive_arithmetic(&mut self, pc: u32, dst: u16, a: ValueId, b: ValueId, op: Ir) -> Result<(), Stop> {
        self.guard_integer(a, pc)?;
        self.guard_integer(b, pc)?;
        let exit = self.exit(pc, ExitKind::Guard, "overflow")?;
        let result = self.value(op, &[a, b], 0, 0, Some(exit), Type::word(Kinds::INTEGER));
        self.set_reg(dst, result);
        Ok(())
    }

    fn primitive_kind(&mut self, dst: u16, value: ValueId, wanted: Kinds) {
        let kinds = self.kinds(value);
        if self.unit.ty(value).repr != Repr::Word || !kinds.may_be(wanted) {
            self.set_constant(dst, Value::FALSE);
        } else if kinds.is(wanted) {
            self.set_constant(dst, Value::TRUE);
        } else {
            let cond = self.value(Ir::IsKinds, &[value], u64::from(wanted.0), 0, None, Type::COND);
            self.set_cond(dst, cond);
        }
    }
}
