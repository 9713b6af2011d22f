//! Operators: Integers tagged, Floats unboxed, the rest by the interpreter or by a call.

use super::equality::{Answer, Known};
use super::{Builder, Stop};
use crate::forms::NativeForm;
use crate::ops::{Compare, Op as Ir, Repr};
use crate::types::{Kinds, Type};
use crate::unit::{ExitKind, ValueId};
use bytecode::{Effects, Op};
use objects::ShapeId;
use objects::site::{CallKind, OperandBits};
use value::Value;

/// Kinds whose `==` is identity.
pub(super) const PLAIN: Kinds = Kinds(Kinds::NIL.0 | Kinds::TRUE.0 | Kinds::FALSE.0 | Kinds::SYMBOL.0);

/// How an operator's operands are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Integer,
    Float,
    Step,
}

/// The parts of a binary operator.
struct Binary {
    dst: u16,
    a: ValueId,
    b: ValueId,
    site: u32,
}

/// A comparison fused with a jump: where to when it holds and when not, where the instruction jumps, and the next one.
#[derive(Clone, Copy)]
struct Jump {
    compare: Compare,
    yes: u32,
    no: u32,
    target: u32,
    next: u32,
}

impl Builder<'_> {
    /// Does the feedback ask for no speculation at this instruction?
    pub(super) fn is_generic(&self, pc: u32) -> bool {
        self.generic.contains(&(self.ctx().code.id, pc))
    }

    fn operands(&self, site: u32) -> u8 {
        self.ctx().code.call_view(site).map_or(OperandBits::OTHER, |view| view.operands)
    }

    fn is_float(&self, value: ValueId) -> bool {
        self.unit.ty(value).repr == Repr::Double || self.kinds(value).is(Kinds::FLONUM) || self.state.unboxed.contains_key(&value)
    }

    fn form(&self, pc: u32, a: ValueId, b: ValueId, site: u32) -> Form {
        let number = |value| self.is_float(value) || self.kinds(value).is(Kinds::INTEGER);
        if self.is_float(a) && number(b) || self.is_float(b) && number(a) {
            return Form::Float;
        }
        if self.is_generic(pc) {
            return Form::Step;
        }
        let bits = self.operands(site);
        if self.kinds(a).is(Kinds::INTEGER) && self.kinds(b).is(Kinds::INTEGER) {
            return if bits & OperandBits::OVERFLOW != 0 { Form::Step } else { Form::Integer };
        }
        if bits & OperandBits::OTHER != 0 {
            return Form::Step;
        }
        if bits & OperandBits::FLOAT != 0 || self.is_float(a) || self.is_float(b) {
            return Form::Float;
        }
        let never = |kinds: Kinds| !kinds.may_be(Kinds::INTEGER);
        if bits & OperandBits::OVERFLOW != 0 || never(self.kinds(a)) || never(self.kinds(b)) { Form::Step } else { Form::Integer }
    }

    /// Both operands unboxed. One of them is surely a Float, so two Integers are not taken for Floats.
    fn doubles(&mut self, a: ValueId, b: ValueId, pc: u32) -> Result<(ValueId, ValueId), Stop> {
        if self.is_float(a) {
            let x = self.unbox_float(a, pc)?;
            return Ok((x, self.unbox_number(b, pc)?));
        }
        if self.is_float(b) || self.kinds(a).is(Kinds::INTEGER) {
            let y = self.unbox_float(b, pc)?;
            return Ok((self.unbox_number(a, pc)?, y));
        }
        let x = self.unbox_float(a, pc)?;
        Ok((x, self.unbox_number(b, pc)?))
    }

    fn integers(&mut self, a: ValueId, b: ValueId, pc: u32) -> Result<(), Stop> {
        self.guard_integer(a, pc)?;
        self.guard_integer(b, pc)
    }

    fn binary(&mut self, dst: u16, a: u16, b: u16, site: u32) -> Result<Binary, Stop> {
        Ok(Binary { dst, a: self.reg(a)?, b: self.reg(b)?, site })
    }

    /// Operators that are no jumps; everything left is stepped.
    pub(super) fn operator(&mut self, pc: u32, op: &Op, next: u32) -> Result<(), Stop> {
        match *op {
            Op::Add { dst, a, b, site } => {
                let parts = self.binary(dst.0, a.0, b.0, site.0)?;
                self.arithmetic(pc, next, parts, Ir::IntegerAdd, Some(Ir::FloatAdd))
            }
            Op::Sub { dst, a, b, site } => {
                let parts = self.binary(dst.0, a.0, b.0, site.0)?;
                self.arithmetic(pc, next, parts, Ir::IntegerSub, Some(Ir::FloatSub))
            }
            Op::Mul { dst, a, b, site } => {
                let parts = self.binary(dst.0, a.0, b.0, site.0)?;
                self.arithmetic(pc, next, parts, Ir::IntegerMul, Some(Ir::FloatMul))
            }
            Op::Div { dst, a, b, site } => {
                let parts = self.binary(dst.0, a.0, b.0, site.0)?;
                self.arithmetic(pc, next, parts, Ir::IntegerDiv, Some(Ir::FloatDiv))
            }
            Op::Rem { dst, a, b, site } => {
                let parts = self.binary(dst.0, a.0, b.0, site.0)?;
                self.arithmetic(pc, next, parts, Ir::IntegerRem, Some(Ir::FloatRem))
            }
            Op::Pow { dst, a, b, site } => {
                let parts = self.binary(dst.0, a.0, b.0, site.0)?;
                match self.form(pc, parts.a, parts.b, site.0) {
                    Form::Float => self.float_arithmetic(pc, parts, Ir::FloatPow),
                    _ => self.operator_value(pc, next, dst.0, parts.a, parts.b, site.0),
                }
            }
            Op::AddImm { dst, a, value, site } => self.immediate(pc, next, dst.0, a.0, i64::from(value.0), site.0, (Ir::IntegerAdd, Ir::FloatAdd)),
            Op::SubImm { dst, a, value, site } => self.immediate(pc, next, dst.0, a.0, i64::from(value.0), site.0, (Ir::IntegerSub, Ir::FloatSub)),
            Op::And { dst, a, b, site } => self.bits(pc, next, dst.0, (a.0, b.0), site.0, Ir::IntegerAnd),
            Op::Or { dst, a, b, site } => self.bits(pc, next, dst.0, (a.0, b.0), site.0, Ir::IntegerOr),
            Op::Xor { dst, a, b, site } => self.bits(pc, next, dst.0, (a.0, b.0), site.0, Ir::IntegerXor),
            Op::Shr { dst, a, b, site } => self.bits(pc, next, dst.0, (a.0, b.0), site.0, Ir::IntegerShr),
            Op::Shl { dst, a, b, site } => self.shift_left(pc, next, dst.0, a.0, b.0, site.0),
            Op::Lt { dst, a, b, site } => self.compare_value(pc, next, dst.0, (a.0, b.0), site.0, Compare::Less),
            Op::Le { dst, a, b, site } => self.compare_value(pc, next, dst.0, (a.0, b.0), site.0, Compare::LessEqual),
            Op::Gt { dst, a, b, site } => self.compare_value(pc, next, dst.0, (a.0, b.0), site.0, Compare::Greater),
            Op::Ge { dst, a, b, site } => self.compare_value(pc, next, dst.0, (a.0, b.0), site.0, Compare::GreaterEqual),
            Op::Eq { dst, a, b, site } => self.compare_value(pc, next, dst.0, (a.0, b.0), site.0, Compare::Equal),
            Op::Neq { dst, a, b, site } => self.compare_value(pc, next, dst.0, (a.0, b.0), site.0, Compare::NotEqual),
            Op::Neg { dst, a, site } => self.negate(pc, next, dst.0, a.0, site.0),
            Op::Not { dst, a, site } => self.not(pc, next, dst.0, a.0, site.0),
            Op::CaseEq { dst, pattern, value, site } => self.case_eq(pc, next, dst.0, pattern.0, value.0, site.0),
            Op::Index { dst, a, b, site } => self.index(pc, next, dst.0, a.0, b.0, site.0),
            Op::IndexSet { a, b, value, site } => self.index_set(pc, next, a.0, b.0, value.0, site.0),
            _ => self.step(pc, next),
        }
    }

    fn arithmetic(&mut self, pc: u32, next: u32, parts: Binary, integer: Ir, float: Option<Ir>) -> Result<(), Stop> {
        let &Binary { dst, a, b, site } = &parts;
        match (self.form(pc, a, b, site), float) {
            (Form::Integer, _) => {
                let result = self.integer_op(integer, a, b, pc)?;
                self.set_reg(dst, result);
            }
            (Form::Float, Some(op)) => return self.float_arithmetic(pc, parts, op),
            _ => return self.operator_value(pc, next, dst, a, b, site),
        }
        Ok(())
    }

    fn float_arithmetic(&mut self, pc: u32, parts: Binary, op: Ir) -> Result<(), Stop> {
        let (x, y) = self.doubles(parts.a, parts.b, pc)?;
        self.unit.dependencies.operators = true;
        let exit = if op.effects().has(Effects::exits) { Some(self.exit(pc, ExitKind::Guard, "domain")?) } else { None };
        let result = self.value(op, &[x, y], 0, 0, exit, Type::DOUBLE);
        self.set_reg(parts.dst, result);
        Ok(())
    }

    /// An operator on something else than numbers.
    pub(super) fn operator_value(&mut self, pc: u32, next: u32, dst: u16, a: ValueId, b: ValueId, site: u32) -> Result<(), Stop> {
        match self.operator_call(pc, next, site, a, b)? {
            Some(result) => {
                self.set_reg(dst, result);
                self.check_valid(next)
            }
            None => self.step(pc, next),
        }
    }

    fn integer_op(&mut self, op: Ir, a: ValueId, b: ValueId, pc: u32) -> Result<ValueId, Stop> {
        self.integers(a, b, pc)?;
        self.unit.dependencies.operators = true;
        let exit = if op.effects().has(Effects::exits) { Some(self.exit(pc, ExitKind::Guard, "overflow")?) } else { None };
        Ok(self.value(op, &[a, b], 0, 0, exit, Type::word(Kinds::INTEGER)))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one instruction")]
    fn immediate(&mut self, pc: u32, next: u32, dst: u16, a: u16, number: i64, site: u32, ops: (Ir, Ir)) -> Result<(), Stop> {
        let a = self.reg(a)?;
        let b = self.integer(number);
        self.arithmetic(pc, next, Binary { dst, a, b, site }, ops.0, Some(ops.1))
    }

    fn bits(&mut self, pc: u32, next: u32, dst: u16, (a, b): (u16, u16), site: u32, op: Ir) -> Result<(), Stop> {
        let parts = self.binary(dst, a, b, site)?;
        if self.is_float(parts.a) || self.is_float(parts.b) {
            return self.step(pc, next);
        }
        self.arithmetic(pc, next, parts, op, None)
    }

    fn shift_left(&mut self, pc: u32, next: u32, dst: u16, a: u16, b: u16, site: u32) -> Result<(), Stop> {
        let view = self.ctx().code.call_view(site);
        let open = self.runtime.array_shapes().0;
        let appends = view.is_some_and(|view| view.operands & OperandBits::OTHER != 0 && view.cache.shape == open && view.others.is_empty());
        if appends && !self.is_generic(pc) {
            let (array, element) = (self.word_reg(a)?, self.word_reg(b)?);
            self.guard_shape(array, open, pc)?;
            self.unit.dependencies.operators = true;
            self.array_push(array, element, pc)?;
            self.set_reg(dst, array);
            return Ok(());
        }
        if self.only_strings(pc, site) {
            let (string, more) = (self.word_reg(a)?, self.word_reg(b)?);
            return self.append_text(pc, next, dst, (string, more), site);
        }
        let parts = self.binary(dst, a, b, site)?;
        match self.form(pc, parts.a, parts.b, site) {
            Form::Integer => {
                let result = self.integer_op(Ir::IntegerShl, parts.a, parts.b, pc)?;
                self.set_reg(dst, result);
                Ok(())
            }
            _ => self.operator_value(pc, next, dst, parts.a, parts.b, site),
        }
    }

    /// Kinds whose `==` is identity when both operands are known to be no cells or Floats.
    fn identity_compare(&self, a: ValueId, b: ValueId) -> bool {
        let either = |x: Kinds, y: Kinds| x.is(PLAIN) && y.is(PLAIN.join(Kinds::INTEGER));
        let (x, y) = (self.kinds(a), self.kinds(b));
        // The receiver decides: nil, true, false and Symbols compare by identity with anything.
        x.is(PLAIN) || either(y, x)
    }

    /// Condition of a comparison; None when it has to be stepped.
    fn compare(&mut self, pc: u32, a: ValueId, b: ValueId, site: u32, compare: Compare) -> Result<Option<ValueId>, Stop> {
        let equality = matches!(compare, Compare::Equal | Compare::NotEqual);
        if equality && self.unit.ty(a).repr == Repr::Word && self.unit.ty(b).repr == Repr::Word && self.identity_compare(a, b) {
            self.unit.dependencies.operators = true;
            let same = self.value(Ir::Same, &[a, b], 0, 0, None, Type::COND);
            return Ok(Some(if compare == Compare::Equal { same } else { self.value(Ir::Not, &[same], 0, 0, None, Type::COND) }));
        }
        if equality
            && !self.is_generic(pc)
            && let Some(cond) = self.compare_symbols(pc, a, b, site, compare)?
        {
            return Ok(Some(cond));
        }
        Ok(match self.form(pc, a, b, site) {
            Form::Integer => {
                self.integers(a, b, pc)?;
                self.unit.dependencies.operators = true;
                Some(self.value(Ir::IntegerCompare, &[a, b], compare as u64, 0, None, Type::COND))
            }
            Form::Float if compare != Compare::NotEqual => {
                let (x, y) = self.doubles(a, b, pc)?;
                self.unit.dependencies.operators = true;
                Some(self.value(Ir::FloatCompare, &[x, y], compare as u64, 0, None, Type::COND))
            }
            _ => None,
        })
    }

    /// `==` on a receiver that the site saw as nil, true, false or Symbol.
    fn compare_symbols(&mut self, pc: u32, a: ValueId, b: ValueId, site: u32, compare: Compare) -> Result<Option<ValueId>, Stop> {
        let Some(view) = self.ctx().code.call_view(site) else { return Ok(None) };
        if view.operands != OperandBits::OTHER || self.unit.ty(a).repr != Repr::Word {
            return Ok(None);
        }
        let mut kinds = Kinds(0);
        for cache in std::iter::once(&view.cache).chain(&view.others) {
            match Self::immediate_kinds(cache.shape) {
                Some(seen) if seen.is(PLAIN) => kinds = kinds.join(seen),
                _ => return Ok(None),
            }
        }
        let b = self.word(b);
        let exit = self.exit(pc, ExitKind::Guard, "kind")?;
        self.effect(Ir::GuardKinds, &[a], u64::from(kinds.0), 0, Some(exit));
        self.narrow(a, kinds);
        self.unit.dependencies.operators = true;
        let same = self.value(Ir::Same, &[a, b], 0, 0, None, Type::COND);
        Ok(Some(if compare == Compare::Equal { same } else { self.value(Ir::Not, &[same], 0, 0, None, Type::COND) }))
    }

    fn compare_value(&mut self, pc: u32, next: u32, dst: u16, (a, b): (u16, u16), site: u32, compare: Compare) -> Result<(), Stop> {
        let (a, b) = (self.reg(a)?, self.reg(b)?);
        match self.compare(pc, a, b, site, compare)? {
            Some(cond) => {
                let word = self.bool_word(cond);
                self.set_reg(dst, word);
                Ok(())
            }
            None if self.may_be_plain(a, compare) => {
                let (cond, same) = self.plain_and_same(a, b, compare);
                self.either(
                    cond,
                    next,
                    |builder| {
                        builder.set_cond(dst, same);
                        Ok(())
                    },
                    |builder| builder.compare_cells(pc, next, dst, (a, b), site, compare),
                )
            }
            None => self.compare_cells(pc, next, dst, (a, b), site, compare),
        }
    }

    /// A comparison of what is neither number nor plain: of Strings, or objects that are equal to themselves only, here; else a call.
    fn compare_cells(&mut self, pc: u32, next: u32, dst: u16, (a, b): (ValueId, ValueId), site: u32, compare: Compare) -> Result<(), Stop> {
        let Some(known) = self.known_equality(pc, a, b, site, compare) else { return self.operator_value(pc, next, dst, a, b, site) };
        self.either(
            known.holds,
            next,
            |builder| {
                let equal = builder.equality(known, a, b, compare);
                builder.set_cond(dst, equal);
                Ok(())
            },
            |builder| builder.operator_value(pc, next, dst, a, b, site),
        )
    }

    /// May this be an equality whose receiver compares by identity, nil, true, false or a Symbol?
    fn may_be_plain(&self, receiver: ValueId, compare: Compare) -> bool {
        let equality = matches!(compare, Compare::Equal | Compare::NotEqual);
        equality && self.unit.ty(receiver).repr == Repr::Word && self.kinds(receiver).may_be(PLAIN)
    }

    /// Conditions: whether the receiver compares by identity, and what the comparison gives then.
    fn plain_and_same(&mut self, a: ValueId, b: ValueId, compare: Compare) -> (ValueId, ValueId) {
        self.unit.dependencies.operators = true;
        let b = self.word(b);
        let cond = self.value(Ir::IsKinds, &[a], u64::from(PLAIN.0), 0, None, Type::COND);
        let same = self.value(Ir::Same, &[a, b], 0, 0, None, Type::COND);
        (cond, if compare == Compare::Equal { same } else { self.value(Ir::Not, &[same], 0, 0, None, Type::COND) })
    }

    /// Comparisons fused with jumps; false when the operation is none.
    pub(super) fn compare_jump(&mut self, pc: u32, op: &Op, next: u32) -> Result<bool, Stop> {
        let (compare, wanted, a, b, target, site) = match *op {
            Op::JumpLt { a, b, target, site } => (Compare::Less, true, a, b, target, site),
            Op::JumpLe { a, b, target, site } => (Compare::LessEqual, true, a, b, target, site),
            Op::JumpGt { a, b, target, site } => (Compare::Greater, true, a, b, target, site),
            Op::JumpGe { a, b, target, site } => (Compare::GreaterEqual, true, a, b, target, site),
            Op::JumpEq { a, b, target, site } => (Compare::Equal, true, a, b, target, site),
            Op::JumpNotLt { a, b, target, site } => (Compare::Less, false, a, b, target, site),
            Op::JumpNotLe { a, b, target, site } => (Compare::LessEqual, false, a, b, target, site),
            Op::JumpNotGt { a, b, target, site } => (Compare::Greater, false, a, b, target, site),
            Op::JumpNotGe { a, b, target, site } => (Compare::GreaterEqual, false, a, b, target, site),
            Op::JumpNotEq { a, b, target, site } => (Compare::Equal, false, a, b, target, site),
            _ => return Ok(false),
        };
        let (a, b) = (self.reg(a.0)?, self.reg(b.0)?);
        let (yes, no) = if wanted { (target.0, next) } else { (next, target.0) };
        let jump = Jump { compare, yes, no, target: target.0, next };
        match self.compare(pc, a, b, site.0, compare)? {
            Some(cond) => self.branch(cond, yes, no)?,
            None if self.may_be_plain(a, compare) => {
                let (plain, same) = self.plain_and_same(a, b, compare);
                let (plain_block, other) = self.split(plain);
                let before = self.state.clone();
                self.enter_branch(plain_block, None);
                self.branch(same, yes, no)?;
                self.enter_branch(other, Some(before));
                self.compare_jump_slowly(pc, (a, b), site.0, jump)?;
            }
            None => self.compare_jump_slowly(pc, (a, b), site.0, jump)?,
        }
        Ok(true)
    }

    /// A comparison with jump of what is neither number nor plain.
    fn compare_jump_slowly(&mut self, pc: u32, (a, b): (ValueId, ValueId), site: u32, jump: Jump) -> Result<(), Stop> {
        let Some(known) = self.known_equality(pc, a, b, site, jump.compare) else { return self.compare_jump_by_call(pc, (a, b), site, jump) };
        let (yes, no) = self.split(known.holds);
        let before = self.state.clone();
        self.enter_branch(yes, None);
        let equal = self.equality(known, a, b, jump.compare);
        self.branch(equal, jump.yes, jump.no)?;
        self.enter_branch(no, Some(before));
        self.compare_jump_by_call(pc, (a, b), site, jump)
    }

    /// A comparison with jump of what is known by its method only, or by nothing.
    fn compare_jump_by_call(&mut self, pc: u32, (a, b): (ValueId, ValueId), site: u32, jump: Jump) -> Result<(), Stop> {
        match self.operator_call(pc, jump.next, site, a, b)? {
            Some(result) => {
                let cond = self.truthy(result);
                self.branch_checked(cond, jump.yes, jump.no)
            }
            None => self.step_jump(pc, jump.target, jump.next),
        }
    }

    fn negate(&mut self, pc: u32, next: u32, dst: u16, a: u16, site: u32) -> Result<(), Stop> {
        let a = self.reg(a)?;
        let float = self.ctx().code.call_view(site).is_some_and(|view| view.cache.shape == ShapeId::FLONUM && view.others.is_empty());
        if self.is_float(a) || float && !self.is_generic(pc) {
            let x = self.unbox_float(a, pc)?;
            self.unit.dependencies.operators = true;
            let result = self.value(Ir::FloatNeg, &[x], 0, 0, None, Type::DOUBLE);
            self.set_reg(dst, result);
            return Ok(());
        }
        if self.is_generic(pc) || self.operands(site) != 0 {
            return self.step(pc, next);
        }
        let zero = self.integer(0);
        let result = self.integer_op(Ir::IntegerSub, zero, a, pc)?;
        self.set_reg(dst, result);
        Ok(())
    }

    fn not(&mut self, pc: u32, next: u32, dst: u16, a: u16, site: u32) -> Result<(), Stop> {
        let a = self.word_reg(a)?;
        if self.kinds(a).may_be(Kinds::CELL) {
            if self.is_generic(pc) || self.operands(site) != 0 {
                let cond = self.value(Ir::IsKinds, &[a], u64::from(!Kinds::CELL.0), 0, None, Type::COND);
                return self.either(cond, next, |builder| builder.opposite(dst, a), |builder| builder.step(pc, next));
            }
            let exit = self.exit(pc, ExitKind::Guard, "immediate")?;
            self.effect(Ir::GuardKinds, &[a], u64::from(!Kinds::CELL.0), 0, Some(exit));
            self.narrow(a, Kinds(!Kinds::CELL.0));
        }
        self.opposite(dst, a)
    }

    fn opposite(&mut self, dst: u16, a: ValueId) -> Result<(), Stop> {
        self.unit.dependencies.operators = true;
        let truth = self.truthy(a);
        let cond = self.value(Ir::Not, &[truth], 0, 0, None, Type::COND);
        self.set_cond(dst, cond);
        Ok(())
    }

    fn case_eq(&mut self, pc: u32, next: u32, dst: u16, pattern: u16, value: u16, site: u32) -> Result<(), Stop> {
        let (pattern, value) = (self.reg(pattern)?, self.reg(value)?);
        let simple = Kinds::INTEGER.join(Kinds::NIL).join(Kinds::BOOL).join(Kinds::SYMBOL);
        let words = self.unit.ty(pattern).repr == Repr::Word && self.unit.ty(value).repr == Repr::Word;
        if words && self.kinds(pattern).is(simple) && !self.is_generic(pc) && (self.kinds(value).is(simple) || self.operands(site) == 0) {
            if !self.kinds(value).is(simple) {
                let exit = self.exit(pc, ExitKind::Guard, "kind")?;
                self.effect(Ir::GuardKinds, &[value], u64::from(simple.0), 0, Some(exit));
                self.narrow(value, simple);
            }
            self.unit.dependencies.operators = true;
            let same = self.value(Ir::Same, &[pattern, value], 0, 0, None, Type::COND);
            let word = self.bool_word(same);
            self.set_reg(dst, word);
            return Ok(());
        }
        if !self.is_generic(pc) && self.class_pattern(pc, next, dst, (pattern, value), site)? {
            return Ok(());
        }
        match self.known_texts(pc, pattern, value, site) {
            Some(holds) => self.either(
                holds,
                next,
                |builder| {
                    let equal = builder.equality(Known { holds, answer: Answer::Texts }, pattern, value, Compare::Equal);
                    builder.set_cond(dst, equal);
                    Ok(())
                },
                |builder| builder.operator_value(pc, next, dst, pattern, value, site),
            ),
            None => self.operator_value(pc, next, dst, pattern, value, site),
        }
    }

    /// `Class === value` where the site has seen classes of one shape only; false for anything else.
    fn class_pattern(&mut self, pc: u32, next: u32, dst: u16, (pattern, value): (ValueId, ValueId), site: u32) -> Result<bool, Stop> {
        let Some(view) = self.ctx().code.call_view(site) else { return Ok(false) };
        let Some(method) = view.cache.method.filter(|_| view.others.is_empty() && view.cache.kind == CallKind::Native) else { return Ok(false) };
        let method = method.resolved();
        let (owner, name) = (self.runtime.owner_name(method), self.runtime.text(method.name));
        if NativeForm::of(&owner, &name, 1) != Some(NativeForm::HasInstance) || !self.consts.contains_key(&pattern) {
            return Ok(false);
        }
        self.unit.dependencies.methods.push(view.name);
        self.guard_shape(pattern, view.cache.shape, pc)?;
        self.instance(next, dst, value, pattern)
    }

    fn index(&mut self, pc: u32, next: u32, dst: u16, a: u16, b: u16, site: u32) -> Result<(), Stop> {
        let (a, b) = (self.word_reg(a)?, self.word_reg(b)?);
        let Some(view) = self.ctx().code.call_view(site) else { return self.step(pc, next) };
        if self.is_generic(pc) {
            return self.index_of_any(pc, next, dst, a, b);
        }
        if view.operands & OperandBits::OTHER != 0 {
            if !view.others.is_empty() {
                return self.index_of_any(pc, next, dst, a, b);
            }
            if self.runtime.is_plain_hash(view.cache.shape) {
                return self.hash_index(pc, next, dst, a, b, view.cache.shape);
            }
            if view.cache.shape == ShapeId::FIXNUM {
                return self.bit(pc, dst, a, b);
            }
            let (open, frozen) = self.runtime.string_shapes();
            if view.cache.shape == open || view.cache.shape == frozen {
                return self.character(pc, next, dst, (a, b), site);
            }
            return self.operator_value(pc, next, dst, a, b, site);
        }
        self.guard_array(a, pc)?;
        self.guard_integer(b, pc)?;
        self.array_element(dst, a, b)
    }

    fn array_element(&mut self, dst: u16, array: ValueId, index: ValueId) -> Result<(), Stop> {
        self.unit.dependencies.operators = true;
        let value = self.value(Ir::ArrayGet, &[array, index], 0, 0, None, Type::ANY);
        self.set_reg(dst, value);
        Ok(())
    }

    /// `a[b]` where different things were seen: elements of Arrays here, the rest by the interpreter.
    fn index_of_any(&mut self, pc: u32, next: u32, dst: u16, a: ValueId, b: ValueId) -> Result<(), Stop> {
        if !self.kinds(a).may_be(Kinds::CELL) || !self.kinds(b).may_be(Kinds::INTEGER) {
            return self.step(pc, next);
        }
        let (open, frozen) = self.runtime.array_shapes();
        let cond = self.value(Ir::IndexesArray, &[a, b], u64::from(open.0), u64::from(frozen.0), None, Type::COND);
        self.either(cond, next, |builder| builder.array_element(dst, a, b), |builder| builder.step(pc, next))
    }

    /// `integer[bit]`; leaves for bits beyond the word.
    fn bit(&mut self, pc: u32, dst: u16, number: ValueId, bit: ValueId) -> Result<(), Stop> {
        let shifted = self.integer_op(Ir::IntegerShr, number, bit, pc)?;
        let one = self.integer(1);
        let result = self.value(Ir::IntegerAnd, &[shifted, one], 0, 0, None, Type::word(Kinds::INTEGER));
        self.set_reg(dst, result);
        Ok(())
    }

    fn hash_index(&mut self, pc: u32, next: u32, dst: u16, hash: ValueId, key: ValueId, shape: ShapeId) -> Result<(), Stop> {
        self.guard_shape(hash, shape, pc)?;
        self.unit.dependencies.operators = true;
        self.exits.clear();
        let exit = self.exit(pc, ExitKind::Quiet, "hash")?;
        self.publish(exit, true);
        let value = self.value(Ir::HashGet, &[hash, key], 0, 0, Some(exit), Type::ANY);
        self.set_reg(dst, value);
        self.check_valid(next)
    }

    fn index_set(&mut self, pc: u32, next: u32, a: u16, b: u16, value: u16, site: u32) -> Result<(), Stop> {
        let (a, b, value) = (self.word_reg(a)?, self.word_reg(b)?, self.word_reg(value)?);
        let open = self.runtime.array_shapes().0;
        if let Some(shape) = self.written_hash(pc, site) {
            return self.hash_store(pc, next, shape, a, b, value);
        }
        if self.is_generic(pc) || self.operands(site) & OperandBits::OTHER != 0 {
            if !self.kinds(a).may_be(Kinds::CELL) || !self.kinds(b).may_be(Kinds::INTEGER) {
                return self.step(pc, next);
            }
            let cond = self.value(Ir::IndexesArray, &[a, b], u64::from(open.0), u64::from(open.0), None, Type::COND);
            return self.either(cond, next, |builder| builder.store_element(pc, a, b, value), |builder| builder.step(pc, next));
        }
        self.guard_shape(a, open, pc)?;
        self.guard_integer(b, pc)?;
        self.store_element(pc, a, b, value)
    }

    /// The shape of the Hashes that a store saw, and nothing else.
    fn written_hash(&self, pc: u32, site: u32) -> Option<ShapeId> {
        let view = self.ctx().code.call_view(site)?;
        let shape = view.cache.shape;
        let hashes = view.operands == OperandBits::OTHER && view.others.is_empty() && self.runtime.is_plain_hash(shape);
        (hashes && !self.runtime.shape_is_frozen(shape) && !self.is_generic(pc)).then_some(shape)
    }

    fn hash_store(&mut self, pc: u32, next: u32, shape: ShapeId, hash: ValueId, key: ValueId, value: ValueId) -> Result<(), Stop> {
        self.guard_shape(hash, shape, pc)?;
        self.unit.dependencies.operators = true;
        self.exits.clear();
        let exit = self.exit(pc, ExitKind::Quiet, "hash")?;
        self.publish(exit, true);
        self.effect(Ir::HashSet, &[hash, key, value], 0, 0, Some(exit));
        self.check_valid(next)
    }

    /// Writes an element of an open Array by an Integer.
    pub(super) fn store_element(&mut self, pc: u32, array: ValueId, index: ValueId, value: ValueId) -> Result<(), Stop> {
        self.unit.dependencies.operators = true;
        let exit = self.exit(pc, ExitKind::Quiet, "bounds")?;
        self.effect(Ir::ArraySet, &[array, index, value], 0, 0, Some(exit));
        Ok(())
    }

    /// Appends to an open Array.
    pub(super) fn array_push(&mut self, array: ValueId, element: ValueId, pc: u32) -> Result<(), Stop> {
        let exit = self.exit(pc, ExitKind::Quiet, "append")?;
        self.effect(Ir::ArrayPush, &[array, element], 0, 0, Some(exit));
        Ok(())
    }

    /// A condition as the register's value.
    pub(super) fn set_cond(&mut self, dst: u16, cond: ValueId) {
        let word = self.bool_word(cond);
        self.set_reg(dst, word);
    }

    /// The constant nil, true or false.
    pub(super) fn set_constant(&mut self, dst: u16, value: Value) {
        let value = self.constant_value(value);
        self.set_reg(dst, value);
    }
}
