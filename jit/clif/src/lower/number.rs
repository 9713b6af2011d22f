//! Integers, Floats, conditions, kinds.

use super::{Cold, Lowering, trusted};
use ::ir::{Compare, Inst, Kinds};
use abi::helper::Helper;
use abi::offsets;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I8, I64};
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData};
use value::{Kind, Value};

fn int_condition(number: u64) -> IntCC {
    match Compare::ALL[number as usize] {
        Compare::Less => IntCC::SignedLessThan,
        Compare::LessEqual => IntCC::SignedLessThanOrEqual,
        Compare::Greater => IntCC::SignedGreaterThan,
        Compare::GreaterEqual => IntCC::SignedGreaterThanOrEqual,
        Compare::Equal => IntCC::Equal,
        Compare::NotEqual => IntCC::NotEqual,
    }
}

fn float_condition(number: u64) -> FloatCC {
    match Compare::ALL[number as usize] {
        Compare::Less => FloatCC::LessThan,
        Compare::LessEqual => FloatCC::LessThanOrEqual,
        Compare::Greater => FloatCC::GreaterThan,
        Compare::GreaterEqual => FloatCC::GreaterThanOrEqual,
        Compare::Equal => FloatCC::Equal,
        Compare::NotEqual => FloatCC::NotEqual,
    }
}

/// The parts of a truncating division.
struct Division {
    divisor: ir::Value,
    quotient: ir::Value,
    rest: ir::Value,
    /// Must the quotient be one less, and the rest the divisor more, for the floor?
    adjust: ir::Value,
}

impl Lowering<'_, '_> {
    pub(super) fn guard_integer(&mut self, inst: &Inst) {
        self.guard_in(inst, Kinds::INTEGER);
    }

    pub(super) fn guard_kinds(&mut self, inst: &Inst) {
        self.guard_in(inst, Kinds(inst.imm as u8));
    }

    fn guard_in(&mut self, inst: &Inst, kinds: Kinds) {
        let value = self.get(inst.args[0]);
        let cond = self.kinds_condition(value, kinds);
        self.guard(cond, inst);
    }

    pub(super) fn guard_word(&mut self, inst: &Inst) {
        let cond = self.is_word(inst);
        self.guard(cond, inst);
    }

    pub(super) fn is_kinds(&mut self, inst: &Inst) -> ir::Value {
        let value = self.get(inst.args[0]);
        self.kinds_condition(value, Kinds(inst.imm as u8))
    }

    pub(super) fn unbox_float(&mut self, inst: &Inst) -> ir::Value {
        self.unbox(inst, false)
    }

    pub(super) fn unbox_number(&mut self, inst: &Inst) -> ir::Value {
        self.unbox(inst, true)
    }

    pub(super) fn box_float(&mut self, inst: &Inst) -> ir::Value {
        let number = self.get(inst.args[0]);
        self.boxed(number)
    }

    pub(super) fn truthy(&mut self, inst: &Inst) -> ir::Value {
        let value = self.get(inst.args[0]);
        let masked = self.builder.ins().band_imm_s(value, !8);
        self.builder.ins().icmp_imm_s(IntCC::NotEqual, masked, Value::NIL.bits() as i64)
    }

    pub(super) fn is_word(&mut self, inst: &Inst) -> ir::Value {
        let (value, wanted) = (self.get(inst.args[0]), self.bits(inst.imm));
        self.builder.ins().icmp(IntCC::Equal, value, wanted)
    }

    pub(super) fn same(&mut self, inst: &Inst) -> ir::Value {
        let (a, b) = self.pair(inst);
        self.builder.ins().icmp(IntCC::Equal, a, b)
    }

    pub(super) fn not(&mut self, inst: &Inst) -> ir::Value {
        let cond = self.get(inst.args[0]);
        self.builder.ins().icmp_imm_s(IntCC::Equal, cond, 0)
    }

    pub(super) fn bool_word(&mut self, inst: &Inst) -> ir::Value {
        let cond = self.get(inst.args[0]);
        let (yes, no) = (self.bits(Value::TRUE.bits()), self.bits(Value::FALSE.bits()));
        self.builder.ins().select(cond, yes, no)
    }

    pub(super) fn select(&mut self, inst: &Inst) -> ir::Value {
        let (cond, yes, no) = (self.get(inst.args[0]), self.get(inst.args[1]), self.get(inst.args[2]));
        self.builder.ins().select(cond, yes, no)
    }

    /// Both operands.
    fn pair(&mut self, inst: &Inst) -> (ir::Value, ir::Value) {
        (self.get(inst.args[0]), self.get(inst.args[1]))
    }

    fn kinds_condition(&mut self, value: ir::Value, kinds: Kinds) -> ir::Value {
        let cell = Kinds::CELL;
        if kinds.0 == !cell.0 {
            let tag = self.builder.ins().band_imm_s(value, 7);
            return self.builder.ins().icmp_imm_s(IntCC::NotEqual, tag, 0);
        }
        let mut result = None;
        for bit in 0..8 {
            let kind = Kinds(1 << bit);
            if !kind.is(kinds) {
                continue;
            }
            let cond = self.kind_condition(value, kind);
            result = Some(match result {
                Some(before) => self.builder.ins().bor(before, cond),
                None => cond,
            });
        }
        result.unwrap_or_else(|| self.builder.ins().iconst(I8, 0))
    }

    fn kind_condition(&mut self, value: ir::Value, kind: Kinds) -> ir::Value {
        let (mask, wanted) = match kind {
            Kinds::INTEGER => (1, 1),
            Kinds::FLONUM => (3, 2),
            Kinds::SYMBOL => (0xff, 0x34),
            Kinds::CELL => (7, 0),
            Kinds::NIL => (-1, Value::NIL.bits() as i64),
            Kinds::TRUE => (-1, Value::TRUE.bits() as i64),
            Kinds::FALSE => (-1, Value::FALSE.bits() as i64),
            _ => (-1, Value::UNDEF.bits() as i64),
        };
        let masked = if mask == -1 { value } else { self.builder.ins().band_imm_s(value, mask) };
        self.builder.ins().icmp_imm_s(IntCC::Equal, masked, wanted)
    }

    /// Integer word of an untagged number that fits.
    pub(super) fn tag(&mut self, number: ir::Value) -> ir::Value {
        let doubled = self.builder.ins().ishl_imm_s(number, 1);
        self.builder.ins().bor_imm_s(doubled, 1)
    }

    /// Integer word of an untagged number; leaves when it does not fit.
    fn tag_checked(&mut self, number: ir::Value, inst: &Inst) -> ir::Value {
        let (doubled, overflow) = self.builder.ins().sadd_overflow(number, number);
        self.guard_not(overflow, inst);
        self.builder.ins().bor_imm_s(doubled, 1)
    }

    /// Leaves when `cond` holds.
    fn guard_not(&mut self, cond: ir::Value, inst: &Inst) {
        let exit = inst.exit.expect("guards have exits (verified)");
        let target = self.cold(Cold::Leave(exit));
        let go = self.builder.create_block();
        self.environment.guards += 1;
        let forced = self.environment.exit_every > 0 && self.environment.guards.is_multiple_of(self.environment.exit_every);
        let cond = if forced { self.builder.ins().iconst(I8, 1) } else { cond };
        self.builder.ins().brif(cond, target, &[], go, &[]);
        self.builder.switch_to_block(go);
    }

    /// The operand less its tag bit.
    fn untag_bit(&mut self, value: ::ir::ValueId) -> ir::Value {
        match self.constant_of(value) {
            Some(bits) => self.bits(bits - 1),
            None => {
                let word = self.get(value);
                self.builder.ins().iadd_imm_s(word, -1)
            }
        }
    }

    /// The number of an Integer operand.
    fn number(&mut self, value: ::ir::ValueId) -> ir::Value {
        match self.constant_of(value) {
            Some(bits) => self.builder.ins().iconst(I64, bits as i64 >> 1),
            None => {
                let word = self.get(value);
                self.builder.ins().sshr_imm_s(word, 1)
            }
        }
    }

    pub(super) fn integer_to_float(&mut self, inst: &Inst) -> ir::Value {
        let number = self.number(inst.args[0]);
        self.builder.ins().fcvt_from_sint(F64, number)
    }

    pub(super) fn integer_add(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = (self.get(inst.args[0]), self.untag_bit(inst.args[1]));
        let (sum, overflow) = self.builder.ins().sadd_overflow(x, y);
        self.guard_not(overflow, inst);
        sum
    }

    pub(super) fn integer_sub(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = (self.get(inst.args[0]), self.untag_bit(inst.args[1]));
        let (difference, overflow) = self.builder.ins().ssub_overflow(x, y);
        self.guard_not(overflow, inst);
        difference
    }

    pub(super) fn integer_mul(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = (self.number(inst.args[0]), self.untag_bit(inst.args[1]));
        let (product, overflow) = self.builder.ins().smul_overflow(x, y);
        self.guard_not(overflow, inst);
        self.builder.ins().bor_imm_s(product, 1)
    }

    pub(super) fn integer_and(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = self.pair(inst);
        self.builder.ins().band(x, y)
    }

    pub(super) fn integer_or(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = self.pair(inst);
        self.builder.ins().bor(x, y)
    }

    pub(super) fn integer_xor(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = (self.get(inst.args[0]), self.untag_bit(inst.args[1]));
        self.builder.ins().bxor(x, y)
    }

    pub(super) fn integer_shl(&mut self, inst: &Inst) -> ir::Value {
        let (x, count) = (self.number(inst.args[0]), self.number(inst.args[1]));
        let fits = self.builder.ins().icmp_imm_s(IntCC::UnsignedLessThan, count, 62);
        self.guard(fits, inst);
        let shifted = self.builder.ins().ishl(x, count);
        let back = self.builder.ins().sshr(shifted, count);
        let same = self.builder.ins().icmp(IntCC::Equal, back, x);
        self.guard(same, inst);
        self.tag_checked(shifted, inst)
    }

    pub(super) fn integer_shr(&mut self, inst: &Inst) -> ir::Value {
        let (x, count) = (self.number(inst.args[0]), self.number(inst.args[1]));
        let fits = self.builder.ins().icmp_imm_s(IntCC::UnsignedLessThan, count, 64);
        self.guard(fits, inst);
        let shifted = self.builder.ins().sshr(x, count);
        self.tag(shifted)
    }

    pub(super) fn integer_compare(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = self.pair(inst);
        self.builder.ins().icmp(int_condition(inst.imm), x, y)
    }

    /// Does a division by this operand become shifts and masks?
    fn power_of_two(&self, value: ::ir::ValueId) -> Option<i64> {
        let known = self.constant_of(value).map(|bits| bits as i64 >> 1);
        known.filter(|number| *number > 0 && number & (number - 1) == 0)
    }

    pub(super) fn integer_div(&mut self, inst: &Inst) -> ir::Value {
        if let Some(power) = self.power_of_two(inst.args[1]) {
            let x = self.number(inst.args[0]);
            let shifted = self.builder.ins().sshr_imm_s(x, i64::from(power.trailing_zeros()));
            return self.tag(shifted);
        }
        let Division { quotient, adjust, .. } = self.divide(inst);
        let one = self.builder.ins().uextend(I64, adjust);
        let floor = self.builder.ins().isub(quotient, one);
        self.tag_checked(floor, inst)
    }

    pub(super) fn integer_rem(&mut self, inst: &Inst) -> ir::Value {
        if let Some(power) = self.power_of_two(inst.args[1]) {
            let x = self.number(inst.args[0]);
            let masked = self.builder.ins().band_imm_s(x, power - 1);
            return self.tag(masked);
        }
        let Division { divisor, rest, adjust, .. } = self.divide(inst);
        let moved = self.builder.ins().iadd(rest, divisor);
        let floor = self.builder.ins().select(adjust, moved, rest);
        self.tag(floor)
    }

    /// Truncating division; leaves on a zero divisor.
    fn divide(&mut self, inst: &Inst) -> Division {
        let x = self.number(inst.args[0]);
        let divisor = self.number(inst.args[1]);
        if self.constant_of(inst.args[1]).is_none_or(|bits| bits as i64 >> 1 == 0) {
            let usable = self.builder.ins().icmp_imm_s(IntCC::NotEqual, divisor, 0);
            self.guard(usable, inst);
        }
        let quotient = self.builder.ins().sdiv(x, divisor);
        let product = self.builder.ins().imul(quotient, divisor);
        let rest = self.builder.ins().isub(x, product);
        let inexact = self.builder.ins().icmp_imm_s(IntCC::NotEqual, rest, 0);
        let signs = self.builder.ins().bxor(rest, divisor);
        let opposite = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let adjust = self.builder.ins().band(inexact, opposite);
        Division { divisor, quotient, rest, adjust }
    }

    pub(super) fn float_add(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = self.pair(inst);
        self.builder.ins().fadd(x, y)
    }

    pub(super) fn float_sub(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = self.pair(inst);
        self.builder.ins().fsub(x, y)
    }

    pub(super) fn float_mul(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = self.pair(inst);
        self.builder.ins().fmul(x, y)
    }

    pub(super) fn float_div(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = self.pair(inst);
        self.builder.ins().fdiv(x, y)
    }

    pub(super) fn float_neg(&mut self, inst: &Inst) -> ir::Value {
        let x = self.get(inst.args[0]);
        self.builder.ins().fneg(x)
    }

    pub(super) fn float_abs(&mut self, inst: &Inst) -> ir::Value {
        let x = self.get(inst.args[0]);
        self.builder.ins().fabs(x)
    }

    pub(super) fn float_rem(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = self.pair(inst);
        let zero = self.builder.ins().f64const(0.0);
        let by_zero = self.builder.ins().fcmp(FloatCC::Equal, y, zero);
        self.guard_not(by_zero, inst);
        self.call_helper(Helper::FloatRem, &[x, y])
    }

    pub(super) fn float_pow(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = self.pair(inst);
        let zero = self.builder.ins().f64const(0.0);
        let real = self.builder.ins().fcmp(FloatCC::GreaterThanOrEqual, x, zero);
        self.guard(real, inst);
        self.call_helper(Helper::FloatPow, &[x, y])
    }

    pub(super) fn float_compare(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = self.pair(inst);
        self.builder.ins().fcmp(float_condition(inst.imm), x, y)
    }

    pub(super) fn float_sqrt(&mut self, inst: &Inst) -> ir::Value {
        let x = self.get(inst.args[0]);
        let zero = self.builder.ins().f64const(0.0);
        let negative = self.builder.ins().fcmp(FloatCC::LessThan, x, zero);
        self.guard_not(negative, inst);
        self.builder.ins().sqrt(x)
    }

    pub(super) fn float_to_integer(&mut self, inst: &Inst) -> ir::Value {
        let x = self.get(inst.args[0]);
        let edge = self.builder.ins().f64const(4e18);
        let size = self.builder.ins().fabs(x);
        let fits = self.builder.ins().fcmp(FloatCC::LessThan, size, edge);
        self.guard(fits, inst);
        let number = self.builder.ins().fcvt_to_sint_sat(I64, x);
        self.tag(number)
    }

    /// The number of a Float word (or, with `integers`, of an Integer).
    fn unbox(&mut self, inst: &Inst, integers: bool) -> ir::Value {
        let value = self.get(inst.args[0]);
        let (immediate, other, done) = (self.builder.create_block(), self.cold_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, F64);
        let is_flonum = self.kind_condition(value, Kinds::FLONUM);
        self.environment.guards += 1;
        let forced = self.environment.exit_every > 0 && self.environment.guards.is_multiple_of(self.environment.exit_every);
        let is_flonum = if forced { self.builder.ins().iconst(I8, 0) } else { is_flonum };
        self.builder.ins().brif(is_flonum, immediate, &[], other, &[]);
        self.builder.switch_to_block(immediate);
        let number = self.decode(value);
        self.builder.ins().jump(done, &[number.into()]);
        self.builder.switch_to_block(other);
        let exit = self.cold(Cold::Leave(inst.exit.expect("guards have exits (verified)")));
        if integers {
            let (convert, next) = (self.builder.create_block(), self.cold_block());
            let is_integer = self.kind_condition(value, Kinds::INTEGER);
            self.builder.ins().brif(is_integer, convert, &[], next, &[]);
            self.builder.switch_to_block(convert);
            let number = self.builder.ins().sshr_imm_s(value, 1);
            let number = self.builder.ins().fcvt_from_sint(F64, number);
            self.builder.ins().jump(done, &[number.into()]);
            self.builder.switch_to_block(next);
        }
        let (cell, float) = (self.cold_block(), self.cold_block());
        let is_cell = self.kind_condition(value, Kinds::CELL);
        self.builder.ins().brif(is_cell, cell, &[], exit, &[]);
        self.builder.switch_to_block(cell);
        let kind = self.builder.ins().load(I8, trusted(), value, offsets::CELL_KIND);
        let is_float = self.builder.ins().icmp_imm_s(IntCC::Equal, kind, Kind::Float as i64);
        self.builder.ins().brif(is_float, float, &[], exit, &[]);
        self.builder.switch_to_block(float);
        let number = self.builder.ins().load(F64, trusted(), value, offsets::FLOAT_NUMBER);
        self.builder.ins().jump(done, &[number.into()]);
        self.builder.switch_to_block(done);
        result
    }

    /// The number of an immediate Float.
    fn decode(&mut self, word: ir::Value) -> ir::Value {
        let top = self.builder.ins().ushr_imm_s(word, 63);
        let two = self.builder.ins().iconst(I64, 2);
        let low = self.builder.ins().isub(two, top);
        let cleared = self.builder.ins().band_imm_s(word, !3);
        let restored = self.builder.ins().bor(low, cleared);
        let bits = self.builder.ins().rotr_imm_s(restored, 3);
        let zero_word = self.bits(value::FLONUM_ZERO);
        let is_zero = self.builder.ins().icmp(IntCC::Equal, word, zero_word);
        let zero = self.builder.ins().iconst(I64, 0);
        let bits = self.builder.ins().select(is_zero, zero, bits);
        self.builder.ins().bitcast(F64, MemFlagsData::new(), bits)
    }

    /// The word of a Float.
    pub(super) fn boxed(&mut self, number: ir::Value) -> ir::Value {
        let bits = self.builder.ins().bitcast(I64, MemFlagsData::new(), number);
        let top = self.builder.ins().ushr_imm_s(bits, 60);
        let moved = self.builder.ins().iadd_imm_s(top, 1);
        let range = self.builder.ins().band_imm_s(moved, 6);
        let common = self.builder.ins().icmp_imm_s(IntCC::Equal, range, 4);
        let special = self.bits(0x3000_0000_0000_0000);
        let usable = self.builder.ins().icmp(IntCC::NotEqual, bits, special);
        let fits = self.builder.ins().band(common, usable);
        let (fast, slow, done) = (self.builder.create_block(), self.cold_block(), self.builder.create_block());
        let result = self.builder.append_block_param(done, I64);
        self.builder.ins().brif(fits, fast, &[], slow, &[]);
        self.builder.switch_to_block(fast);
        let rotated = self.builder.ins().rotl_imm_s(bits, 3);
        let cleared = self.builder.ins().band_imm_s(rotated, !3);
        let word = self.builder.ins().bor_imm_s(cleared, 2);
        self.builder.ins().jump(done, &[word.into()]);
        self.builder.switch_to_block(slow);
        let allocate = self.cold_block();
        let zero = self.bits(value::FLONUM_ZERO);
        self.builder.ins().brif(bits, allocate, &[], done, &[zero.into()]);
        self.builder.switch_to_block(allocate);
        self.note_frame();
        let cell = self.call_helper(Helper::Float, &[number]);
        self.builder.ins().jump(done, &[cell.into()]);
        self.builder.switch_to_block(done);
        result
    }
}
