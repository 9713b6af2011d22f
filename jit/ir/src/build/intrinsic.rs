//! The forms of native methods of the core (`forms`).

use super::call::CallSite;
use super::{Builder, Stop};
use crate::forms::NativeForm;
use crate::ops::{Compare, Op as Ir, Repr};
use crate::types::{Kinds, Type};
use crate::unit::{ExitKind, ValueId};
use objects::{MethodRef, ShapeId};
use value::Value;

/// Shapes of what is no cell.
const IMMEDIATE_SHAPES: [ShapeId; 6] = [ShapeId::FIXNUM, ShapeId::FLONUM, ShapeId::NIL, ShapeId::TRUE, ShapeId::FALSE, ShapeId::SYMBOL];

impl Builder<'_> {
    /// Builds the call when the method is known; the receiver's shape was checked.
    pub(super) fn intrinsic(&mut self, at: CallSite, method: MethodRef, receiver: ValueId, args: &[ValueId]) -> Result<bool, Stop> {
        if self.is_generic(at.pc) {
            return Ok(false);
        }
        let (owner, name) = (self.runtime.owner_name(method), self.runtime.text(method.name));
        let Some(form) = NativeForm::of(&owner, &name, args.len()) else { return Ok(false) };
        match form {
            NativeForm::ArraySize => return Ok(self.array_size(at, receiver)),
            NativeForm::ArrayIsEmpty => return Ok(self.array_is_empty(at, receiver)),
            NativeForm::ArrayPush => return self.push_element(at, receiver, args[0]),
            NativeForm::ArrayPop => return Ok(self.pop_element(at, receiver)),
            NativeForm::StringLength | NativeForm::StringIsEmpty | NativeForm::StringByte | NativeForm::StringSetByte => {
                return self.string_method(at, form, receiver, args);
            }
            NativeForm::ArrayAt if self.kinds(args[0]).is(Kinds::INTEGER) => return Ok(self.element(at, receiver, args[0])),
            NativeForm::ArrayAt => return Ok(false),
            NativeForm::ArrayFirst | NativeForm::ArrayLast => {
                let index = self.integer(if form == NativeForm::ArrayFirst { 0 } else { -1 });
                return Ok(self.element(at, receiver, index));
            }
            // See `ascii_size`.
            NativeForm::StringSize => return Ok(false),
            NativeForm::IntegerItself
            | NativeForm::IntegerComplement
            | NativeForm::IntegerToFloat
            | NativeForm::IntegerSucc
            | NativeForm::IntegerPred
            | NativeForm::IntegerAbs
            | NativeForm::IntegerIsEven
            | NativeForm::IntegerIsOdd
            | NativeForm::IntegerIsZero
            | NativeForm::IntegerIsPositive
            | NativeForm::IntegerIsNegative => return self.integer_method(at, form, receiver),
            NativeForm::FloatItself | NativeForm::FloatAbs | NativeForm::FloatToInteger => return self.float_method(at, form, receiver),
            NativeForm::New => return self.filled_array(at, receiver, args[0]),
            NativeForm::IsNil => {
                let nil = self.kinds(receiver).is(Kinds::NIL);
                self.set_constant(at.dst, Value::bool(nil));
            }
            NativeForm::IsSame => return Ok(self.is_same(at, receiver, args[0])),
            NativeForm::IsInstance => return self.instance(at.next, at.dst, receiver, args[0]),
            NativeForm::HasInstance => return self.instance(at.next, at.dst, args[0], receiver),
            NativeForm::RespondsTo => return Ok(self.respond_to(at, receiver, args[0])),
            NativeForm::BlockGiven => return Ok(self.plain_block_given(at)),
            NativeForm::Itself => self.set_reg(at.dst, receiver),
            NativeForm::Initialize => self.set_constant(at.dst, Value::NIL),
            NativeForm::SquareRoot => return self.square_root(at, args[0]),
        }
        Ok(true)
    }

    /// Whether the call asks for a String's size and its characters are as many as its bytes; None for other calls.
    pub(super) fn ascii_size(&mut self, at: CallSite, method: MethodRef, receiver: ValueId, argc: usize) -> Option<ValueId> {
        let (owner, name) = (self.runtime.owner_name(method), self.runtime.text(method.name));
        if self.is_generic(at.pc) || NativeForm::of(&owner, &name, argc) != Some(NativeForm::StringSize) {
            return None;
        }
        Some(self.value(Ir::IsAscii, &[receiver], 0, 0, None, Type::COND))
    }

    /// Bytes of a String, whose layout follows from what defines the method.
    fn string_method(&mut self, at: CallSite, form: NativeForm, string: ValueId, args: &[ValueId]) -> Result<bool, Stop> {
        if args.iter().any(|&arg| self.unit.ty(arg).repr != Repr::Word || !self.kinds(arg).may_be(Kinds::INTEGER)) {
            return Ok(false);
        }
        for &arg in args {
            self.guard_integer(arg, at.pc)?;
        }
        match form {
            NativeForm::StringByte => {
                let ty = Type::word(Kinds::INTEGER.join(Kinds::NIL));
                let byte = self.value(Ir::StringByte, &[string, args[0]], 0, 0, None, ty);
                self.set_reg(at.dst, byte);
            }
            NativeForm::StringSetByte => {
                let exit = self.exit(at.pc, ExitKind::Quiet, "byte")?;
                self.effect(Ir::StringSetByte, &[string, args[0], args[1]], 0, 0, Some(exit));
                self.set_reg(at.dst, args[1]);
            }
            _ => {
                let length = self.value(Ir::StringLength, &[string], 0, 0, None, Type::word(Kinds::INTEGER));
                if form == NativeForm::StringLength {
                    self.set_reg(at.dst, length);
                } else {
                    let zero = self.integer(0);
                    let cond = self.value(Ir::IntegerCompare, &[length, zero], Compare::Equal as u64, 0, None, Type::COND);
                    self.set_cond(at.dst, cond);
                }
            }
        }
        Ok(true)
    }

    /// `Array.new(count)`.
    fn filled_array(&mut self, at: CallSite, class: ValueId, count: ValueId) -> Result<bool, Stop> {
        let Some(&class) = self.consts.get(&class) else { return Ok(false) };
        if !self.kinds(count).may_be(Kinds::INTEGER) || self.unit.ty(count).repr != Repr::Word || !self.runtime.makes_arrays(class) {
            return Ok(false);
        }
        self.unit.dependencies.methods.push(value::sym::INITIALIZE);
        self.guard_integer(count, at.pc)?;
        let exit = self.exit(at.pc, ExitKind::Quiet, "length")?;
        let made = self.value(Ir::ArrayFilled, &[count], 0, 0, Some(exit), Type::word(Kinds::CELL));
        let open = self.runtime.array_shapes().0;
        self.state.shapes.insert(made, open);
        self.set_reg(at.dst, made);
        Ok(true)
    }

    fn array_size(&mut self, at: CallSite, array: ValueId) -> bool {
        let length = match self.state.lists.get(&array).map(Vec::len) {
            Some(known) => self.integer(known as i64),
            None if self.is_array(array) => self.value(Ir::ArrayLength, &[array], 0, 0, None, Type::word(Kinds::INTEGER)),
            None => return false,
        };
        self.set_reg(at.dst, length);
        true
    }

    fn array_is_empty(&mut self, at: CallSite, array: ValueId) -> bool {
        if !self.is_array(array) {
            return false;
        }
        let length = self.value(Ir::ArrayLength, &[array], 0, 0, None, Type::word(Kinds::INTEGER));
        let zero = self.integer(0);
        let cond = self.value(Ir::IntegerCompare, &[length, zero], Compare::Equal as u64, 0, None, Type::COND);
        self.set_cond(at.dst, cond);
        true
    }

    fn push_element(&mut self, at: CallSite, array: ValueId, element: ValueId) -> Result<bool, Stop> {
        if self.shape_of(array) != Some(self.runtime.array_shapes().0) {
            return Ok(false);
        }
        let element = self.word(element);
        self.array_push(array, element, at.pc)?;
        self.set_reg(at.dst, array);
        Ok(true)
    }

    /// Is the value an instance of a class that is known? False when the class is not.
    pub(super) fn instance(&mut self, next: u32, dst: u16, value: ValueId, class: ValueId) -> Result<bool, Stop> {
        let Some(&word) = self.consts.get(&class) else { return Ok(false) };
        // Of any shape the answer is known when the word is a class's.
        if self.runtime.inherits(ShapeId::FIXNUM, word).is_none() {
            return Ok(false);
        }
        if self.unit.ty(value).repr == Repr::Double {
            let answer = self.runtime.inherits(ShapeId::FLONUM, word) == Some(true);
            self.answer(dst, answer);
        } else if let Some(answer) = self.shape_of(value).and_then(|shape| self.runtime.inherits(shape, word)) {
            self.answer(dst, answer);
        } else if self.kinds(value).may_be(Kinds(!Kinds::CELL.0)) {
            let immediate = self.value(Ir::IsKinds, &[value], u64::from(!Kinds::CELL.0), 0, None, Type::COND);
            let of_immediate = |builder: &mut Self| {
                builder.immediate_instance(dst, value, word);
                Ok(())
            };
            self.either(immediate, next, of_immediate, |builder| {
                builder.cell_instance(dst, value, class, word);
                Ok(())
            })?;
        } else {
            self.cell_instance(dst, value, class, word);
        }
        Ok(true)
    }

    /// An answer that holds as long as no ancestors change.
    fn answer(&mut self, dst: u16, answer: bool) {
        if !answer {
            self.unit.dependencies.methods.push(value::sym::H_ANCESTORS);
        }
        self.set_constant(dst, Value::bool(answer));
    }

    /// Is what is no cell an instance of the class?
    fn immediate_instance(&mut self, dst: u16, value: ValueId, class: u64) {
        let of_class = IMMEDIATE_SHAPES.into_iter().filter(|&shape| self.runtime.inherits(shape, class) == Some(true));
        let kinds = of_class.filter_map(Self::immediate_kinds).fold(Kinds(0), Kinds::join);
        if kinds.0 & self.kinds(value).0 == 0 {
            return self.answer(dst, false);
        }
        self.unit.dependencies.methods.push(value::sym::H_ANCESTORS);
        let cond = self.value(Ir::IsKinds, &[value], u64::from(kinds.0), 0, None, Type::COND);
        self.set_cond(dst, cond);
    }

    /// Is a cell an instance of the class? The class's own instances are told by their shapes.
    fn cell_instance(&mut self, dst: u16, value: ValueId, class: ValueId, word: u64) {
        let (open, frozen) = self.runtime.instance_shapes(word);
        let cond = self.value(Ir::IsInstance, &[value, class], u64::from(open.0), u64::from(frozen.0), None, Type::COND);
        self.set_cond(dst, cond);
    }

    fn pop_element(&mut self, at: CallSite, array: ValueId) -> bool {
        if self.shape_of(array) != Some(self.runtime.array_shapes().0) {
            return false;
        }
        let last = self.value(Ir::ArrayPop, &[array], 0, 0, None, Type::ANY);
        self.set_reg(at.dst, last);
        true
    }

    fn is_same(&mut self, at: CallSite, receiver: ValueId, other: ValueId) -> bool {
        if self.unit.ty(other).repr != Repr::Word || self.kinds(receiver).may_be(Kinds::FLONUM) {
            return false;
        }
        let same = self.value(Ir::Same, &[receiver, other], 0, 0, None, Type::COND);
        self.set_cond(at.dst, same);
        true
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
    pub(super) fn is_refined(&self) -> bool {
        let cref = self.ctx().method.map_or_else(|| self.runtime.header_word(abi::frame::CREF), |around| around.cref.word());
        self.runtime.is_refined(cref)
    }

    fn element(&mut self, at: CallSite, array: ValueId, index: ValueId) -> bool {
        if !self.is_array(array) {
            return false;
        }
        let value = self.value(Ir::ArrayGet, &[array, index], 0, 0, None, Type::ANY);
        self.set_reg(at.dst, value);
        true
    }

    fn integer_method(&mut self, at: CallSite, form: NativeForm, receiver: ValueId) -> Result<bool, Stop> {
        if !self.kinds(receiver).is(Kinds::INTEGER) {
            return Ok(false);
        }
        let one = self.integer(1);
        let (number, compare) = match form {
            NativeForm::IntegerItself => {
                self.set_reg(at.dst, receiver);
                return Ok(true);
            }
            NativeForm::IntegerComplement => {
                let ones = self.integer(-1);
                let result = self.value(Ir::IntegerXor, &[receiver, ones], 0, 0, None, Type::word(Kinds::INTEGER));
                self.set_reg(at.dst, result);
                return Ok(true);
            }
            NativeForm::IntegerToFloat => {
                let number = self.unbox_number(receiver, at.pc)?;
                self.set_reg(at.dst, number);
                return Ok(true);
            }
            NativeForm::IntegerSucc => {
                let exit = self.exit(at.pc, ExitKind::Guard, "overflow")?;
                let result = self.value(Ir::IntegerAdd, &[receiver, one], 0, 0, Some(exit), Type::word(Kinds::INTEGER));
                self.set_reg(at.dst, result);
                return Ok(true);
            }
            NativeForm::IntegerPred => {
                let exit = self.exit(at.pc, ExitKind::Guard, "overflow")?;
                let result = self.value(Ir::IntegerSub, &[receiver, one], 0, 0, Some(exit), Type::word(Kinds::INTEGER));
                self.set_reg(at.dst, result);
                return Ok(true);
            }
            NativeForm::IntegerAbs => {
                let zero = self.integer(0);
                let negative = self.value(Ir::IntegerCompare, &[receiver, zero], Compare::Less as u64, 0, None, Type::COND);
                let exit = self.exit(at.pc, ExitKind::Guard, "overflow")?;
                let opposite = self.value(Ir::IntegerSub, &[zero, receiver], 0, 0, Some(exit), Type::word(Kinds::INTEGER));
                let result = self.value(Ir::Select, &[negative, opposite, receiver], 0, 0, None, Type::word(Kinds::INTEGER));
                self.set_reg(at.dst, result);
                return Ok(true);
            }
            NativeForm::IntegerIsEven | NativeForm::IntegerIsOdd => {
                let bit = self.value(Ir::IntegerAnd, &[receiver, one], 0, 0, None, Type::word(Kinds::INTEGER));
                (bit, if form == NativeForm::IntegerIsEven { Compare::Equal } else { Compare::NotEqual })
            }
            NativeForm::IntegerIsZero => (receiver, Compare::Equal),
            NativeForm::IntegerIsPositive => (receiver, Compare::Greater),
            NativeForm::IntegerIsNegative => (receiver, Compare::Less),
            _ => return Ok(false),
        };
        let zero = self.integer(0);
        let cond = self.value(Ir::IntegerCompare, &[number, zero], compare as u64, 0, None, Type::COND);
        self.set_cond(at.dst, cond);
        Ok(true)
    }

    fn float_method(&mut self, at: CallSite, form: NativeForm, receiver: ValueId) -> Result<bool, Stop> {
        if self.shape_of(receiver).is_some() || !self.kinds(receiver).is(Kinds::FLOAT) {
            return Ok(false);
        }
        let x = self.unbox_float(receiver, at.pc)?;
        let result = match form {
            NativeForm::FloatAbs => self.value(Ir::FloatAbs, &[x], 0, 0, None, Type::DOUBLE),
            NativeForm::FloatToInteger => {
                let exit = self.exit(at.pc, ExitKind::Guard, "range")?;
                self.value(Ir::FloatToInteger, &[x], 0, 0, Some(exit), Type::word(Kinds::INTEGER))
            }
            _ => x,
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
