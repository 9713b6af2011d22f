//! Native methods of the core that have a form in IR.

use super::call::CallSite;
use super::{Builder, Stop};
use crate::ops::{Compare, Op as Ir, Repr};
use crate::types::{Kinds, Type};
use crate::unit::{ExitKind, ValueId};
use objects::MethodRef;
use value::Value;

impl Builder<'_> {
    /// Builds the call when the method is known; the receiver's shape was checked.
    pub(super) fn intrinsic(&mut self, at: CallSite, method: MethodRef, receiver: ValueId, args: &[ValueId]) -> Result<bool, Stop> {
        if self.is_generic(at.pc) {
            return Ok(false);
        }
        let (owner, name) = (self.runtime.owner_name(method), self.runtime.text(method.name));
        match (owner.as_str(), name.as_str(), args) {
            ("Array", "size" | "length", []) if self.state.lists.contains_key(&receiver) => {
                let length = self.integer(self.state.lists[&receiver].len() as i64);
                self.set_reg(at.dst, length);
            }
            ("Array", "size" | "length", []) if self.is_array(receiver) => {
                let length = self.value(Ir::ArrayLength, &[receiver], 0, 0, None, Type::word(Kinds::INTEGER));
                self.set_reg(at.dst, length);
            }
            ("Array", "empty?", []) if self.is_array(receiver) => {
                let length = self.value(Ir::ArrayLength, &[receiver], 0, 0, None, Type::word(Kinds::INTEGER));
                let zero = self.integer(0);
                let cond = self.value(Ir::IntegerCompare, &[length, zero], Compare::Equal as u64, 0, None, Type::COND);
                self.set_cond(at.dst, cond);
            }
            ("Array", "<<" | "push" | "append", &[element]) if self.shape_of(receiver) == Some(self.runtime.array_shapes().0) => {
                let element = self.word(element);
                self.array_push(receiver, element, at.pc)?;
                self.set_reg(at.dst, receiver);
            }
            ("Array", "[]" | "at", &[index]) if self.is_array(receiver) && self.kinds(index).is(Kinds::INTEGER) => {
                let value = self.value(Ir::ArrayGet, &[receiver, index], 0, 0, None, Type::ANY);
                self.set_reg(at.dst, value);
            }
            ("Array", "first", []) if self.is_array(receiver) => self.element(at, receiver, 0),
            ("Array", "last", []) if self.is_array(receiver) => self.element(at, receiver, -1),
            ("Integer", _, _) if self.kinds(receiver).is(Kinds::INTEGER) => return self.integer_method(at, &name, receiver, args),
            ("Float", _, _) if self.shape_of(receiver).is_none() && self.kinds(receiver).is(Kinds::FLOAT) => return self.float_method(at, &name, receiver, args),
            ("Kernel" | "NilClass", "nil?", []) => {
                let nil = self.kinds(receiver).is(Kinds::NIL);
                self.set_constant(at.dst, Value::bool(nil));
            }
            ("BasicObject" | "Kernel", "equal?", &[other]) if self.unit.ty(other).repr == Repr::Word && !self.kinds(receiver).may_be(Kinds::FLONUM) => {
                let same = self.value(Ir::Same, &[receiver, other], 0, 0, None, Type::COND);
                self.set_cond(at.dst, same);
            }
            ("Kernel", "respond_to?", &[name]) => return Ok(self.respond_to(at, receiver, name)),
            ("Kernel", "block_given?", []) => return Ok(self.plain_block_given(at)),
            ("Kernel", "itself", []) => self.set_reg(at.dst, receiver),
            ("BasicObject", "initialize", []) => self.set_constant(at.dst, Value::NIL),
            ("Math", "sqrt", &[number]) => return self.square_root(at, number),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `block_given?` where the block is known, or stands in the root's header.
    fn plain_block_given(&mut self, at: CallSite) -> bool {
        match self.block_given() {
            Some(given) => self.set_constant(at.dst, Value::bool(given)),
            None if self.level() == 0 && !self.ctx().code.function.kind.is_closure() => {
                let given = self.root_block_given();
                self.set_cond(at.dst, given);
            }
            None => return false,
        }
        true
    }

    /// The answer of `respond_to?` for a literal name, when the methods alone decide.
    fn respond_to(&mut self, at: CallSite, receiver: ValueId, name: ValueId) -> bool {
        let name = self.consts.get(&name).and_then(|&bits| Value::symbol_of(bits));
        let (Some(name), Some(shape), false) = (name, self.shape_of(receiver), self.is_refined()) else { return false };
        let Some(answer) = self.runtime.responds(shape, name) else { return false };
        self.unit.dependencies.methods.extend([name, value::sym::RESPOND_TO_MISSING]);
        self.set_constant(at.dst, Value::bool(answer));
        true
    }

    /// Are refinements in force in the innermost frame?
    fn is_refined(&self) -> bool {
        let cref = self.ctx().method.map_or_else(|| self.runtime.header_word(abi::frame::CREF), |(_, cref)| cref);
        self.runtime.is_refined(cref)
    }

    fn is_array(&self, value: ValueId) -> bool {
        let (open, frozen) = self.runtime.array_shapes();
        self.shape_of(value).is_some_and(|shape| shape == open || shape == frozen)
    }

    fn element(&mut self, at: CallSite, array: ValueId, index: i64) {
        let index = self.integer(index);
        let value = self.value(Ir::ArrayGet, &[array, index], 0, 0, None, Type::ANY);
        self.set_reg(at.dst, value);
    }

    fn integer_method(&mut self, at: CallSite, name: &str, receiver: ValueId, args: &[ValueId]) -> Result<bool, Stop> {
        let zero = self.integer(0);
        let compare = match (name, args) {
            ("to_i" | "to_int" | "floor" | "ceil" | "round" | "truncate", []) => {
                self.set_reg(at.dst, receiver);
                return Ok(true);
            }
            ("to_f", []) => {
                let number = self.unbox_number(receiver, at.pc)?;
                self.set_reg(at.dst, number);
                return Ok(true);
            }
            ("succ" | "next", []) => {
                let one = self.integer(1);
                let exit = self.exit(at.pc, ExitKind::Guard, "overflow")?;
                let result = self.value(Ir::IntegerAdd, &[receiver, one], 0, 0, Some(exit), Type::word(Kinds::INTEGER));
                self.set_reg(at.dst, result);
                return Ok(true);
            }
            ("even?" | "odd?", []) => {
                let one = self.integer(1);
                let bit = self.value(Ir::IntegerAnd, &[receiver, one], 0, 0, None, Type::word(Kinds::INTEGER));
                let wanted = if name == "even?" { Compare::Equal } else { Compare::NotEqual };
                let cond = self.value(Ir::IntegerCompare, &[bit, zero], wanted as u64, 0, None, Type::COND);
                self.set_cond(at.dst, cond);
                return Ok(true);
            }
            ("zero?", []) => Compare::Equal,
            ("positive?", []) => Compare::Greater,
            ("negative?", []) => Compare::Less,
            _ => return Ok(false),
        };
        let cond = self.value(Ir::IntegerCompare, &[receiver, zero], compare as u64, 0, None, Type::COND);
        self.set_cond(at.dst, cond);
        Ok(true)
    }

    fn float_method(&mut self, at: CallSite, name: &str, receiver: ValueId, args: &[ValueId]) -> Result<bool, Stop> {
        let x = self.unbox_float(receiver, at.pc)?;
        let result = match (name, args) {
            ("to_f", []) => x,
            ("abs" | "magnitude", []) => self.value(Ir::FloatAbs, &[x], 0, 0, None, Type::DOUBLE),
            ("to_i" | "to_int" | "truncate", []) => {
                let exit = self.exit(at.pc, ExitKind::Guard, "range")?;
                self.value(Ir::FloatToInteger, &[x], 0, 0, Some(exit), Type::word(Kinds::INTEGER))
            }
            _ => return Ok(false),
        };
        self.set_reg(at.dst, result);
        Ok(true)
    }

    fn square_root(&mut self, at: CallSite, number: ValueId) -> Result<bool, Stop> {
        let known = self.unit.ty(number).repr == Repr::Double || self.kinds(number).is(Kinds::INTEGER) || self.state.unboxed.contains_key(&number);
        let kinds = self.kinds(number);
        if !known && kinds.may_be(Kinds(!(Kinds::FLOAT.0 | Kinds::INTEGER.0))) && kinds != Kinds::ANY {
            return Ok(false);
        }
        let x = self.unbox_number(number, at.pc)?;
        let exit = self.exit(at.pc, ExitKind::Guard, "domain")?;
        let root = self.value(Ir::FloatSqrt, &[x], 0, 0, Some(exit), Type::DOUBLE);
        self.set_reg(at.dst, root);
        Ok(true)
    }

}
