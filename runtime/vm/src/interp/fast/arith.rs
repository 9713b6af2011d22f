//! Operators on immediate Integers and Floats, while no operator is redefined.

use super::super::operands::{self, jump_to};
use super::super::{Flow, call_site};
use crate::vm::Vm;
use abi::frame::Registers;
use objects::site::OperandBits;
use objects::{RArray, ShapeId};
use value::Value;

/// Both Integers and no operator redefined?
#[inline(always)]
fn both_fixnum(vm: &Vm, a: Value, b: Value) -> bool {
    a.bits() & b.bits() & 1 == 1 && vm.head.redefined == 0
}

/// Both immediate Floats and no operator redefined?
#[inline(always)]
fn both_flonum(vm: &Vm, a: Value, b: Value) -> Option<(f64, f64)> {
    if vm.head.redefined != 0 {
        return None;
    }
    Some((a.as_flonum()?, b.as_flonum()?))
}

/// The value of a tagged word that is known to be one.
#[inline(always)]
fn tagged(word: i64) -> Option<Value> {
    // SAFETY: a word with the low bit set is an Integer.
    unsafe { Value::from_bits(word as u64 | 1) }
}

#[inline(always)]
fn truth(truth: bool) -> Option<Value> {
    Some(Value::bool(truth))
}

#[inline(always)]
fn multiply(a: i64, b: i64) -> Option<Value> {
    tagged((a >> 1).checked_mul(b - 1)?)
}

#[inline(always)]
fn floor_div(a: i64, b: i64) -> Option<Value> {
    let (a, b) = (a >> 1, b >> 1);
    if b == 0 {
        return None;
    }
    let quotient = a / b;
    Value::fixnum(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
}

#[inline(always)]
fn floor_rem(a: i64, b: i64) -> Option<Value> {
    let (a, b) = (a >> 1, b >> 1);
    if b == 0 {
        return None;
    }
    let rest = a % b;
    Value::fixnum(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
}

#[inline(always)]
fn shift_left(a: i64, b: i64) -> Option<Value> {
    let (a, b) = (a >> 1, b >> 1);
    if (0..62).contains(&b) {
        let shifted = a << b;
        return if shifted >> b == a { Value::fixnum(shifted) } else { None };
    }
    if (-63..0).contains(&b) { Value::fixnum(a >> -b) } else { None }
}

#[inline(always)]
fn shift_right(a: i64, b: i64) -> Option<Value> {
    let (a, b) = (a >> 1, b >> 1);
    if (0..64).contains(&b) { Value::fixnum(a >> b.min(63)) } else { None }
}

macro_rules! binary {
    ($($name:ident $camel:ident |$a:ident, $b:ident| $integer:expr $(, float |$x:ident, $y:ident| $float:expr)?;)*) => { $(
        /// # Safety
        /// `pc` is an instruction of this operation in the running frame `fp`.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
            // SAFETY: operands are verified registers of the frame.
            unsafe {
                let o = operands::$camel::read(pc);
                let (left, right) = (*fp.add(o.a), *fp.add(o.b));
                let next = pc.add(operands::$camel::UNITS);
                if both_fixnum(vm, left, right) {
                    let ($a, $b) = (left.bits() as i64, right.bits() as i64);
                    let value: Option<Value> = $integer;
                    fp.add(o.dst).write(value?);
                    return Some((fp, next));
                }
                $(
                    if let Some(($x, $y)) = both_flonum(vm, left, right) {
                        let value: Option<Value> = $float;
                        fp.add(o.dst).write(value?);
                        call_site(fp, o.site).operands |= OperandBits::FLOAT;
                        return Some((fp, next));
                    }
                )?
                None
            }
        }
    )* };
}

binary! {
    add Add |a, b| a.checked_add(b - 1).and_then(tagged), float |x, y| Value::flonum(x + y);
    sub Sub |a, b| a.checked_sub(b - 1).and_then(tagged), float |x, y| Value::flonum(x - y);
    mul Mul |a, b| multiply(a, b), float |x, y| Value::flonum(x * y);
    div Div |a, b| floor_div(a, b), float |x, y| Value::flonum(x / y);
    rem Rem |a, b| floor_rem(a, b);
    and And |a, b| tagged(a & b);
    or Or |a, b| tagged(a | b);
    xor Xor |a, b| tagged(a ^ b);
    shr Shr |a, b| shift_right(a, b);
    lt Lt |a, b| truth(a < b), float |x, y| truth(x < y);
    le Le |a, b| truth(a <= b), float |x, y| truth(x <= y);
    gt Gt |a, b| truth(a > b), float |x, y| truth(x > y);
    ge Ge |a, b| truth(a >= b), float |x, y| truth(x >= y);
    eq Eq |a, b| truth(a == b);
    neq Neq |a, b| truth(a != b);
}

/// `<<` of Integers, or to a plain Array with room at a site that is known to append.
///
/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn shl(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: operands are verified registers of the frame; only Arrays have the shape.
    unsafe {
        let o = operands::Shl::read(pc);
        let (left, right) = (*fp.add(o.a), *fp.add(o.b));
        let value = if both_fixnum(vm, left, right) {
            shift_left(left.bits() as i64, right.bits() as i64)?
        } else {
            let open = vm.array_shapes.0;
            // The first append goes the slow way, which tells the compiler what the site does.
            let appends = vm.head.redefined == 0 && ShapeId(left.header()?.shape()) == open && call_site(fp, o.site).cache.shape == open;
            if !appends || !RArray::unchecked(left).push_quickly(right) {
                return None;
            }
            left
        };
        fp.add(o.dst).write(value);
        Some((fp, pc.add(operands::Shl::UNITS)))
    }
}

macro_rules! immediate {
    ($($name:ident $camel:ident $checked:ident)*) => { $(
        /// # Safety
        /// `pc` is an instruction of this operation in the running frame `fp`.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
            // SAFETY: verified operands.
            unsafe {
                let o = operands::$camel::read(pc);
                let a = *fp.add(o.a);
                if !a.is_fixnum() || vm.head.redefined != 0 {
                    return None;
                }
                let value = (a.bits() as i64).$checked(o.value << 1).and_then(tagged)?;
                fp.add(o.dst).write(value);
                Some((fp, pc.add(operands::$camel::UNITS)))
            }
        }
    )* };
}
immediate! { add_imm AddImm checked_add  sub_imm SubImm checked_sub }

macro_rules! fused {
    ($($name:ident $camel:ident $wanted:literal |$a:ident, $b:ident| $test:expr;)*) => { $(
        /// # Safety
        /// `pc` is an instruction of this operation in the running frame `fp`.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
            // SAFETY: verified operands and jump target.
            unsafe {
                let o = operands::$camel::read(pc);
                let (left, right) = (*fp.add(o.a), *fp.add(o.b));
                if !both_fixnum(vm, left, right) {
                    return None;
                }
                let ($a, $b) = (left.bits() as i64, right.bits() as i64);
                let truth: bool = $test;
                Some(if truth == $wanted { (fp, jump_to(fp, o.target)) } else { (fp, pc.add(operands::$camel::UNITS)) })
            }
        }
    )* };
}
fused! {
    jump_lt JumpLt true |a, b| a < b;
    jump_le JumpLe true |a, b| a <= b;
    jump_gt JumpGt true |a, b| a > b;
    jump_ge JumpGe true |a, b| a >= b;
    jump_eq JumpEq true |a, b| a == b;
    jump_not_lt JumpNotLt false |a, b| a < b;
    jump_not_le JumpNotLe false |a, b| a <= b;
    jump_not_gt JumpNotGt false |a, b| a > b;
    jump_not_ge JumpNotGe false |a, b| a >= b;
    jump_not_eq JumpNotEq false |a, b| a == b;
}

/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn not(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::Not::read(pc);
        let a = *fp.add(o.a);
        if vm.head.redefined != 0 || a.bits() & 7 == 0 {
            return None;
        }
        fp.add(o.dst).write(Value::bool(!a.truthy()));
        Some((fp, pc.add(operands::Not::UNITS)))
    }
}

/// Immediates are equal when they are the same; a Float may equal an Integer.
///
/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn case_eq(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::CaseEq::read(pc);
        let (pattern, value) = (*fp.add(o.pattern), *fp.add(o.value));
        let simple = |value: Value| value.bits() & 7 != 0 && !value.is_flonum();
        if vm.head.redefined != 0 || !simple(pattern) || !simple(value) {
            return None;
        }
        fp.add(o.dst).write(Value::bool(pattern == value));
        Some((fp, pc.add(operands::CaseEq::UNITS)))
    }
}
