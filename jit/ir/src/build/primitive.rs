//! Operations of the prelude's Ruby code: their forms (`forms`), or calls of their natives. The prelude
//! calls them with operands of the right kind, which is checked here all the same: a wrong one leaves.

use super::{Bailout, Builder, Stop};
use crate::forms::PrimitiveForm;
use crate::ops::{Compare, Op as Ir, Repr};
use crate::types::{Kinds, Type};
use crate::unit::{ExitKind, ValueId};
use bytecode::Effects;
use value::{Symbol, Value};

impl Builder<'_> {
    pub(super) fn primitive(&mut self, pc: u32, next: u32, dst: u16, name: u32, base: u16, count: u16) -> Result<(), Stop> {
        let literal = *self.ctx().code.literals.get(name as usize).ok_or(Bailout::Malformed)?;
        let name = literal.as_symbol().map(|name| self.runtime.text(name)).unwrap_or_default();
        let args = (base..base + count).map(|register| self.reg(register)).collect::<Result<Vec<ValueId>, Stop>>()?;
        if self.is_generic(pc) {
            return self.step(pc, next);
        }
        let Some(form) = PrimitiveForm::of("Primitive", &name, args.len()) else {
            return self.other_primitive(pc, next, dst, base, count, literal.as_symbol());
        };
        let done = match form {
            PrimitiveForm::ArraySet => self.primitive_set(pc, dst, &args)?,
            PrimitiveForm::RangeLow | PrimitiveForm::RangeHigh | PrimitiveForm::RangeIsExclusive => {
                return self.range_part((pc, next), dst, form, args[0], (base, count, literal.as_symbol()));
            }
            PrimitiveForm::Less => self.primitive_compare(pc, dst, args[0], args[1], Compare::Less)?,
            PrimitiveForm::LessEqual => self.primitive_compare(pc, dst, args[0], args[1], Compare::LessEqual)?,
            PrimitiveForm::Add => self.primitive_arithmetic(pc, dst, args[0], args[1], Ir::IntegerAdd)?,
            PrimitiveForm::Sub => self.primitive_arithmetic(pc, dst, args[0], args[1], Ir::IntegerSub)?,
            PrimitiveForm::IsFixnum => self.primitive_kind(dst, args[0], Kinds::INTEGER),
            PrimitiveForm::IsSame => self.primitive_same(dst, args[0], args[1]),
            PrimitiveForm::ArraySize => self.primitive_size(pc, dst, args[0])?,
            PrimitiveForm::ArrayGet => self.primitive_get(pc, dst, args[0], args[1])?,
            PrimitiveForm::ArrayPush => self.primitive_push(pc, dst, args[0], args[1])?,
            PrimitiveForm::Pack => self.primitive_pack(dst, args[0]),
        };
        if done { Ok(()) } else { self.other_primitive(pc, next, dst, base, count, literal.as_symbol()) }
    }

    /// A primitive without form, or whose operands do not fit it.
    fn other_primitive(&mut self, pc: u32, next: u32, dst: u16, base: u16, count: u16, name: Option<Symbol>) -> Result<(), Stop> {
        let found = name.and_then(|name| self.runtime.primitive(name));
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

    /// A part of a Range that was made here, or of any.
    fn range_part(
        &mut self,
        (pc, next): (u32, u32),
        dst: u16,
        form: PrimitiveForm,
        range: ValueId,
        (base, count, name): (u16, u16, Option<Symbol>),
    ) -> Result<(), Stop> {
        if let Some(&(low, high, exclusive)) = self.state.ranges.get(&range) {
            match form {
                PrimitiveForm::RangeLow => self.set_reg(dst, low),
                PrimitiveForm::RangeHigh => self.set_reg(dst, high),
                _ => self.set_constant(dst, Value::bool(exclusive)),
            }
            return Ok(());
        }
        let cond = self.value(Ir::IsRange, &[range], 0, 0, None, Type::COND);
        let read = |builder: &mut Self| {
            if form == PrimitiveForm::RangeIsExclusive {
                let exclusive = builder.value(Ir::RangeIsExclusive, &[range], 0, 0, None, Type::COND);
                builder.set_cond(dst, exclusive);
            } else {
                let end = builder.value(Ir::RangeEnd, &[range], u64::from(form == PrimitiveForm::RangeHigh), 0, None, Type::ANY);
                builder.set_reg(dst, end);
            }
            Ok(())
        };
        self.either(cond, next, read, |builder| builder.other_primitive(pc, next, dst, base, count, name))
    }

    fn primitive_same(&mut self, dst: u16, a: ValueId, b: ValueId) -> bool {
        let words = self.unit.ty(a).repr == Repr::Word && self.unit.ty(b).repr == Repr::Word;
        if !words || self.kinds(a).is(Kinds::FLONUM) {
            return false;
        }
        let cond = self.value(Ir::Same, &[a, b], 0, 0, None, Type::COND);
        self.set_cond(dst, cond);
        true
    }

    fn primitive_size(&mut self, pc: u32, dst: u16, array: ValueId) -> Result<bool, Stop> {
        let length = match self.state.lists.get(&array).map(Vec::len) {
            Some(known) => self.integer(known as i64),
            None if self.array_operand(pc, array)? => self.value(Ir::ArrayLength, &[array], 0, 0, None, Type::word(Kinds::INTEGER)),
            None => return Ok(false),
        };
        self.set_reg(dst, length);
        Ok(true)
    }

    fn primitive_get(&mut self, pc: u32, dst: u16, array: ValueId, index: ValueId) -> Result<bool, Stop> {
        if !self.array_operand(pc, array)? {
            return Ok(false);
        }
        self.guard_integer(index, pc)?;
        let value = self.value(Ir::ArrayGet, &[array, index], 0, 0, None, Type::ANY);
        self.set_reg(dst, value);
        Ok(true)
    }

    fn primitive_set(&mut self, pc: u32, dst: u16, args: &[ValueId]) -> Result<bool, Stop> {
        let &[array, index, value] = args else { return Ok(false) };
        if !self.kinds(array).may_be(Kinds::CELL) || self.unit.ty(index).repr != Repr::Word {
            return Ok(false);
        }
        let open = self.runtime.array_shapes().0;
        self.guard_shape(array, open, pc)?;
        self.guard_integer(index, pc)?;
        let value = self.word(value);
        self.store_element(pc, array, index, value)?;
        self.set_reg(dst, value);
        Ok(true)
    }

    fn primitive_push(&mut self, pc: u32, dst: u16, array: ValueId, element: ValueId) -> Result<bool, Stop> {
        if !self.kinds(array).may_be(Kinds::CELL) {
            return Ok(false);
        }
        // The prelude's own Arrays are plain ones.
        let open = self.runtime.array_shapes().0;
        self.guard_shape(array, open, pc)?;
        let element = self.word(element);
        self.array_push(array, element, pc)?;
        self.set_reg(dst, element);
        Ok(true)
    }

    fn primitive_pack(&mut self, dst: u16, array: ValueId) -> bool {
        let packed = match self.state.lists.get(&array).map(Vec::as_slice) {
            None => return false,
            Some(&[]) => self.nil(),
            Some(&[element]) => element,
            Some(_) => array,
        };
        self.set_reg(dst, packed);
        true
    }

    /// Calls the primitive's native. None of those that get here looks at its caller's block.
    #[expect(clippy::too_many_arguments, reason = "the parts of one instruction")]
    fn native_primitive(&mut self, pc: u32, next: u32, dst: u16, base: u16, count: u16, function: u64, effects: Effects) -> Result<(), Stop> {
        let registers: Vec<u16> = (base..base + count).collect();
        self.flush(&registers)?;
        self.exits.clear();
        let exit = self.exit(pc, ExitKind::Quiet, "primitive")?;
        self.publish(exit, true);
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

    /// Is the operand an Array, of whatever class? What may be one is expected to be.
    fn array_operand(&mut self, pc: u32, array: ValueId) -> Result<bool, Stop> {
        if !self.kinds(array).may_be(Kinds::CELL) {
            return Ok(false);
        }
        self.guard_list(array, pc)?;
        Ok(true)
    }

    fn primitive_compare(&mut self, pc: u32, dst: u16, a: ValueId, b: ValueId, compare: Compare) -> Result<bool, Stop> {
        self.guard_integer(a, pc)?;
        self.guard_integer(b, pc)?;
        let cond = self.value(Ir::IntegerCompare, &[a, b], compare as u64, 0, None, Type::COND);
        self.set_cond(dst, cond);
        Ok(true)
    }

    fn primitive_arithmetic(&mut self, pc: u32, dst: u16, a: ValueId, b: ValueId, op: Ir) -> Result<bool, Stop> {
        self.guard_integer(a, pc)?;
        self.guard_integer(b, pc)?;
        let exit = self.exit(pc, ExitKind::Guard, "overflow")?;
        let result = self.value(op, &[a, b], 0, 0, Some(exit), Type::word(Kinds::INTEGER));
        self.set_reg(dst, result);
        Ok(true)
    }

    fn primitive_kind(&mut self, dst: u16, value: ValueId, wanted: Kinds) -> bool {
        let kinds = self.kinds(value);
        if self.unit.ty(value).repr != Repr::Word || !kinds.may_be(wanted) {
            self.set_constant(dst, Value::FALSE);
        } else if kinds.is(wanted) {
            self.set_constant(dst, Value::TRUE);
        } else {
            let cond = self.value(Ir::IsKinds, &[value], u64::from(wanted.0), 0, None, Type::COND);
            self.set_cond(dst, cond);
        }
        true
    }
}
