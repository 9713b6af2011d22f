//! Instance variables, constants, Arrays.

use super::{Bailout, Builder, Stop};
use crate::ops::Op as Ir;
use crate::types::{Kinds, Type};
use crate::unit::{ExitKind, ValueId};
use abi::frame;
use objects::ShapeId;
use objects::site::IvarState;
use value::Symbol;

impl Builder<'_> {
    /// Reads inline slot `index` of an object whose shape was checked.
    fn load_slot_of(&mut self, object: ValueId, index: u32) -> ValueId {
        if let Some(&known) = self.state.ivars.get(&(object, index)) {
            return known;
        }
        let value = self.value(Ir::LoadIvar, &[object], u64::from(index), 0, None, Type::ANY);
        self.state.ivars.insert((object, index), value);
        value
    }

    /// Writes inline slot `index` of an object whose shape was checked.
    fn store_slot_of(&mut self, object: ValueId, index: u32, value: ValueId) {
        let word = self.word(value);
        self.effect(Ir::StoreIvar, &[object, word], u64::from(index), 0, None);
        self.state.ivars.insert((object, index), value);
    }

    /// Writes variable `name` of an object whose shape was checked; None when it is not known where that lies, or the object is frozen.
    fn store_variable(&mut self, object: ValueId, shape: ShapeId, name: Symbol, value: ValueId) -> Option<()> {
        if self.runtime.shape_is_frozen(shape) {
            return None;
        }
        let (index, inline) = self.runtime.ivar_slot(shape, name)?;
        if index < inline {
            self.store_slot_of(object, index, value);
            return Some(());
        }
        let word = self.word(value);
        self.effect(Ir::StoreOverflow, &[object, word], u64::from(index - inline), u64::from(index), None);
        self.state.ivars.insert((object, index), value);
        Some(())
    }

    /// Reads variable `name` of an object whose shape was checked; None when it is not known where that lies.
    fn load_variable(&mut self, object: ValueId, shape: ShapeId, name: Symbol) -> Option<ValueId> {
        let (index, inline) = self.runtime.ivar_slot(shape, name)?;
        if index < inline {
            return Some(self.load_slot_of(object, index));
        }
        if let Some(&known) = self.state.ivars.get(&(object, index)) {
            return Some(known);
        }
        let value = self.value(Ir::LoadOverflow, &[object], u64::from(index - inline), 0, None, Type::ANY);
        self.state.ivars.insert((object, index), value);
        Some(value)
    }

    /// The shapes that a site's self has: the one that is known, or those that were seen.
    fn shapes_of_self(&mut self, receiver: ValueId, state: &IvarState) -> Vec<ShapeId> {
        let known = self.shape_of(receiver);
        known.map_or_else(|| state.shapes().collect(), |shape| vec![shape])
    }

    pub(super) fn get_ivar(&mut self, pc: u32, next: u32, dst: u16, site: u32) -> Result<(), Stop> {
        let state = self.ctx().code.ivar_view(site).ok_or(Bailout::Malformed)?;
        let receiver = self.ctx().receiver;
        let shapes = self.shapes_of_self(receiver, &state);
        if shapes.is_empty() && !self.is_generic(pc) {
            return self.leave(pc, "variable never read");
        }
        if let (&[shape], false) = (&shapes[..], self.is_generic(pc)) {
            if self.runtime.ivar_slot(shape, state.name).is_none() {
                return self.step(pc, next);
            }
            self.guard_shape(receiver, shape, pc)?;
        }
        self.each_shape(pc, next, receiver, &shapes, &mut |builder, shape| {
            let value = builder.load_variable(receiver, shape, state.name)?;
            builder.set_reg(dst, value);
            Some(())
        })
    }

    /// Does `body` for the shape that an object has, where `body` can; the rest is left to the interpreter.
    fn each_shape(
        &mut self,
        pc: u32,
        next: u32,
        object: ValueId,
        shapes: &[ShapeId],
        body: &mut dyn FnMut(&mut Self, ShapeId) -> Option<()>,
    ) -> Result<(), Stop> {
        let Some((&shape, rest)) = shapes.split_first() else { return self.step(pc, next) };
        if self.shape_of(object) == Some(shape) {
            return match body(self, shape) {
                Some(()) => Ok(()),
                None => self.step(pc, next),
            };
        }
        let cond = self.value(Ir::IsShape, &[object], u64::from(shape.0), 0, None, Type::COND);
        let (yes, no) = self.split(cond);
        let before = self.state.clone();
        self.enter_branch(yes, None);
        self.narrow(object, Kinds::CELL);
        self.state.shapes.insert(object, shape);
        if body(self, shape).is_none() {
            self.step(pc, next)?;
        }
        let end = (self.block, std::mem::take(&mut self.state));
        self.enter_branch(no, Some(before));
        self.each_shape(pc, next, object, rest, body)?;
        let other = (self.block, std::mem::take(&mut self.state));
        self.merge(vec![end, other], next)
    }

    pub(super) fn set_ivar(&mut self, pc: u32, next: u32, site: u32, src: u16) -> Result<(), Stop> {
        let state = self.ctx().code.ivar_view(site).ok_or(Bailout::Malformed)?;
        let receiver = self.ctx().receiver;
        let shapes = self.shapes_of_self(receiver, &state);
        if shapes.is_empty() && !self.is_generic(pc) {
            return self.leave(pc, "variable never written");
        }
        let value = self.reg(src)?;
        if let (&[shape], false) = (&shapes[..], self.is_generic(pc)) {
            if self.runtime.shape_is_frozen(shape) || self.runtime.ivar_slot(shape, state.name).is_none() {
                return self.step(pc, next);
            }
            self.guard_shape(receiver, shape, pc)?;
        }
        self.each_shape(pc, next, receiver, &shapes, &mut |builder, shape| builder.store_variable(receiver, shape, state.name, value))
    }

    /// Struct member on a receiver whose shape was checked; false when the object keeps it elsewhere.
    pub(super) fn member(&mut self, dst: u16, receiver: ValueId, shape: ShapeId, index: u32, value: Option<ValueId>) -> bool {
        if !self.runtime.member_is_inline(shape, index) || value.is_some() && self.runtime.shape_is_frozen(shape) {
            return false;
        }
        let result = match value {
            Some(value) => {
                self.store_slot_of(receiver, index, value);
                value
            }
            None => self.load_slot_of(receiver, index),
        };
        self.set_reg(dst, result);
        true
    }

    /// `attr_reader` on a receiver whose shape was checked; false when the object keeps it elsewhere.
    pub(super) fn reader(&mut self, dst: u16, receiver: ValueId, shape: ShapeId, name: Symbol) -> bool {
        let Some(value) = self.load_variable(receiver, shape, name) else { return false };
        self.set_reg(dst, value);
        true
    }

    /// `attr_writer` on a receiver whose shape was checked; false when the object keeps it elsewhere.
    pub(super) fn writer(&mut self, dst: u16, receiver: ValueId, shape: ShapeId, name: Symbol, value: ValueId) -> bool {
        let stored = self.store_variable(receiver, shape, name, value).is_some();
        if stored {
            self.set_reg(dst, value);
        }
        stored
    }

    /// A constant of the lexical scope; `None` scope register.
    pub(super) fn get_const(&mut self, pc: u32, dst: u16, site: u32, _scope: Option<u16>) -> Result<(), Stop> {
        let state = self.ctx().code.const_view(site).ok_or(Bailout::Malformed)?;
        let next = self.next_of(pc)?;
        if self.is_generic(pc) {
            return self.step(pc, next);
        }
        let Some(cref) = state.cref.filter(|_| !state.value.is_undef()) else { return self.leave(pc, "constant never read") };
        match self.ctx().method {
            Some(around) if around.cref != cref => return self.step(pc, next),
            Some(_) => {}
            None => {
                let own = self.value(Ir::LoadFrame, &[], frame::CREF as u64, 0, None, Type::ANY);
                let exit = self.exit(pc, ExitKind::Guard, "scope")?;
                self.effect(Ir::GuardWord, &[own], cref.word(), 0, Some(exit));
                self.unit.dependencies.values.push(cref.value());
            }
        }
        self.unit.dependencies.constants.push(state.name);
        self.set_constant(dst, state.value);
        Ok(())
    }

    /// `scope::Name` and `::Name`.
    pub(super) fn get_const_scoped(&mut self, pc: u32, dst: u16, site: u32, scope: Option<u16>) -> Result<(), Stop> {
        let state = self.ctx().code.const_view(site).ok_or(Bailout::Malformed)?;
        let next = self.next_of(pc)?;
        if self.is_generic(pc) {
            return self.step(pc, next);
        }
        if state.value.is_undef() {
            return self.leave(pc, "constant never read");
        }
        if let Some(scope) = scope {
            let scope = self.word_reg(scope)?;
            if self.consts.get(&scope) != Some(&state.scope.bits()) {
                let exit = self.exit(pc, ExitKind::Guard, "scope")?;
                self.unit.dependencies.values.push(state.scope);
                self.effect(Ir::GuardWord, &[scope], state.scope.bits(), 0, Some(exit));
            }
        }
        self.unit.dependencies.constants.push(state.name);
        self.set_constant(dst, state.value);
        Ok(())
    }

    fn next_of(&self, pc: u32) -> Result<u32, Stop> {
        let (_, next) = bytecode::Op::decode(&self.ctx().code.function.code, pc as usize).ok_or(Bailout::Malformed)?;
        Ok(next as u32)
    }

    pub(super) fn new_array(&mut self, dst: u16, base: u16, count: u16) -> Result<(), Stop> {
        let registers: Vec<u16> = (base..base + count).collect();
        self.flush(&registers)?;
        let elements = registers.iter().map(|&register| self.reg(register)).collect::<Result<Vec<ValueId>, Stop>>()?;
        let array = self.array_of(base, &elements);
        self.set_reg(dst, array);
        Ok(())
    }

    /// A Range of Integers, which may be endless; others are made by the interpreter, which asks whether the ends compare.
    pub(super) fn range(&mut self, pc: u32, next: u32, dst: u16, (low, high): (u16, u16), exclusive: bool) -> Result<(), Stop> {
        let (low, high) = (self.word_reg(low)?, self.word_reg(high)?);
        let endless = self.kinds(high).is(Kinds::NIL);
        let possible = self.kinds(low).may_be(Kinds::INTEGER) && (endless || self.kinds(high).may_be(Kinds::INTEGER));
        if !possible || self.is_generic(pc) {
            return self.step(pc, next);
        }
        self.guard_integer(low, pc)?;
        if !endless {
            self.guard_integer(high, pc)?;
        }
        let shape = self.runtime.range_shape();
        let made = self.value(Ir::NewRange, &[low, high], u64::from(exclusive), u64::from(shape.0), None, Type::word(Kinds::CELL));
        self.state.shapes.insert(made, shape);
        self.state.ranges.insert(made, (low, high, exclusive));
        self.set_reg(dst, made);
        Ok(())
    }

    /// A new Array of the elements, which stand in `count` registers in memory.
    pub(super) fn array_of(&mut self, base: u16, elements: &[ValueId]) -> ValueId {
        let count = elements.len() as u16;
        let at = u64::from(self.ctx().offset) + u64::from(base);
        let array = self.value(Ir::NewArray, &[], at, u64::from(count), None, Type::word(Kinds::CELL));
        let open = self.runtime.array_shapes().0;
        self.state.shapes.insert(array, open);
        self.state.lists.insert(array, elements.to_vec());
        array
    }

    /// `*value` of an Array as the arguments of a call: itself.
    pub(super) fn spread(&mut self, pc: u32, dst: u16, src: u16) -> Result<(), Stop> {
        let list = self.word_reg(src)?;
        let open = self.runtime.array_shapes().0;
        self.guard_shape(list, open, pc)?;
        self.set_reg(dst, list);
        Ok(())
    }

    /// Multiple assignment from one value: of an Array without splat the elements, the rest by the interpreter.
    pub(super) fn expand(&mut self, pc: u32, next: u32, base: u16, src: u16, count: u16, (splat, post): (i16, u16)) -> Result<(), Stop> {
        let source = self.word_reg(src)?;
        if splat == 1 || post > 0 || !self.kinds(source).may_be(Kinds::CELL) {
            return self.step(pc, next);
        }
        if let Some(elements) = self.state.lists.get(&source).cloned() {
            let nil = self.nil();
            for index in 0..count {
                self.set_reg(base + index, elements.get(usize::from(index)).copied().unwrap_or(nil));
            }
            return Ok(());
        }
        if self.is_generic(pc) {
            let cond = self.value(Ir::IsList, &[source], 0, 0, None, Type::COND);
            return self.either(cond, next, |builder| builder.take_elements(base, source, count), |builder| builder.step(pc, next));
        }
        self.guard_list(source, pc)?;
        self.take_elements(base, source, count)
    }

    /// The first elements of an Array, or nil, in registers from `base` on.
    fn take_elements(&mut self, base: u16, list: ValueId, count: u16) -> Result<(), Stop> {
        for index in 0..count {
            let at = self.integer(i64::from(index));
            let value = self.value(Ir::ArrayGet, &[list, at], 0, 0, None, Type::ANY);
            self.set_reg(base + index, value);
        }
        Ok(())
    }
}
