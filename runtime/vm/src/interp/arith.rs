//! Operators: Integer and Float inline, anything else a call.

use super::operands::{self, jump_to};
use super::{Flow, call_site, exception, save};
use crate::vm::Vm;
use abi::frame::Registers;
use objects::site::OperandBits;
use value::{Value, sym};

/// Goes on behind the instruction with a result, or unwinds.
#[inline(always)]
pub(super) unsafe fn store(vm: &mut Vm, fp: Registers, pc: *const u16, dst: usize, units: usize, result: Option<Value>) -> Flow {
    match result {
        // SAFETY: dst is a register of the frame.
        Some(value) => unsafe {
            fp.add(dst).write(value);
            (fp, pc.add(units))
        },
        // SAFETY: called with the running frame and instruction.
        None => unsafe { exception::unwind(vm, fp, pc) },
    }
}

/// Both Integers and no operator redefined?
#[inline(always)]
fn both_fixnum(vm: &Vm, a: Value, b: Value) -> bool {
    a.bits() & b.bits() & 1 == 1 && vm.head.redefined == 0
}

/// The arithmetic operators, for the shared slow path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Other,
}

/// The result for Float operands (at least one Float, the other Float or Integer).
#[inline(always)]
fn float_result(vm: &mut Vm, op: Binary, a: f64, b: f64) -> Option<Value> {
    Some(match op {
        Binary::Add => vm.float(a + b),
        Binary::Sub => vm.float(a - b),
        Binary::Mul => vm.float(a * b),
        Binary::Div => vm.float(a / b),
        Binary::Lt => Value::bool(a < b),
        Binary::Le => Value::bool(a <= b),
        Binary::Gt => Value::bool(a > b),
        Binary::Ge => Value::bool(a >= b),
        Binary::Eq => Value::bool(a == b),
        Binary::Rem | Binary::Other => return None,
    })
}

/// A Float operand, or an Integer exact as one.
fn float_operand(value: Value) -> Option<f64> {
    match value.as_fixnum() {
        Some(number) if number.unsigned_abs() < 1 << 53 => Some(number as f64),
        Some(_) => None,
        None => objects::number::float_of(value),
    }
}

/// Anything but two small Integers: Floats here, the rest by a call. Returns None when pending.
#[cold]
#[inline(never)]
unsafe fn binary_slow(vm: &mut Vm, fp: Registers, pc: *const u16, op: Binary, a: Value, b: Value, site: u32) -> Option<Value> {
    // SAFETY: called from the bodies below with their frame and instruction.
    let state = unsafe { call_site(fp, site) };
    if vm.head.redefined == 0 && !(a.is_fixnum() && b.is_fixnum()) {
        if let (Some(x), Some(y)) = (float_operand(a), float_operand(b)) {
            if let Some(result) = float_result(vm, op, x, y) {
                state.operands |= OperandBits::FLOAT;
                return Some(result);
            }
        }
    }
    state.operands |= if a.is_fixnum() && b.is_fixnum() { OperandBits::OVERFLOW } else { OperandBits::OTHER };
    let name = state.name;
    // SAFETY: as above.
    unsafe { save(vm, fp, pc) };
    vm.note_receiver(fp, site, a);
    vm.call(a, name, &[b]).ok()
}

macro_rules! arithmetic {
    ($($(#[doc = $doc:literal])* $name:ident $camel:ident $op:ident |$a:ident, $b:ident| $fast:expr;)*) => { $(
        $(#[doc = $doc])*
        /// # Safety
        /// Called by the dispatcher.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: operands are verified registers of the frame.
            unsafe {
                let o = operands::$camel::read(pc);
                let (left, right) = (*fp.add(o.a), *fp.add(o.b));
                if both_fixnum(vm, left, right) {
                    let ($a, $b) = (left.bits() as i64, right.bits() as i64);
                    let fast: Option<Value> = $fast;
                    if let Some(value) = fast {
                        fp.add(o.dst).write(value);
                        return (fp, pc.add(operands::$camel::UNITS));
                    }
                }
                let result = binary_slow(vm, fp, pc, Binary::$op, left, right, o.site);
                store(vm, fp, pc, o.dst, operands::$camel::UNITS, result)
            }
        }
    )* };
}

/// The value of a tagged word that is known to be one.
#[inline(always)]
fn tagged(word: i64) -> Option<Value> {
    // SAFETY: a word with the low bit set is an Integer.
    unsafe { Value::from_bits(word as u64 | 1) }
}

#[inline(always)]
fn bool_value(truth: bool) -> Option<Value> {
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

arithmetic! {
    add Add Add |a, b| a.checked_add(b - 1).and_then(tagged);
    sub Sub Sub |a, b| a.checked_sub(b - 1).and_then(tagged);
    mul Mul Mul |a, b| multiply(a, b);
    div Div Div |a, b| floor_div(a, b);
    rem Rem Rem |a, b| floor_rem(a, b);
    pow Pow Other |_a, _b| None;
    and And Other |a, b| tagged(a & b);
    or Or Other |a, b| tagged(a | b);
    xor Xor Other |a, b| tagged(a ^ b);
    shl Shl Other |a, b| shift_left(a, b);
    shr Shr Other |a, b| shift_right(a, b);
    lt Lt Lt |a, b| bool_value(a < b);
    le Le Le |a, b| bool_value(a <= b);
    gt Gt Gt |a, b| bool_value(a > b);
    ge Ge Ge |a, b| bool_value(a >= b);
    eq Eq Eq |a, b| bool_value(a == b);
}

/// `!=`: by `==` when `!=` is the core's.
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn neq(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::Neq::read(pc);
        let (a, b) = (*fp.add(o.a), *fp.add(o.b));
        if both_fixnum(vm, a, b) {
            fp.add(o.dst).write(Value::bool(a != b));
            return (fp, pc.add(operands::Neq::UNITS));
        }
        let result = binary_slow(vm, fp, pc, Binary::Other, a, b, o.site);
        store(vm, fp, pc, o.dst, operands::Neq::UNITS, result)
    }
}

/// `pattern === value`
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn case_eq(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::CaseEq::read(pc);
        let (pattern, value) = (*fp.add(o.pattern), *fp.add(o.value));
        if vm.head.redefined == 0 && pattern.bits() & 7 != 0 && !pattern.is_flonum() && (value.is_fixnum() || value.kind().is_none() && !value.is_flonum()) {
            fp.add(o.dst).write(Value::bool(pattern == value));
            return (fp, pc.add(operands::CaseEq::UNITS));
        }
        let result = case_eq_slow(vm, fp, pc, pattern, value, o.site);
        store(vm, fp, pc, o.dst, operands::CaseEq::UNITS, result)
    }
}

#[inline(never)]
unsafe fn case_eq_slow(vm: &mut Vm, fp: Registers, pc: *const u16, pattern: Value, value: Value, site: u32) -> Option<Value> {
    // SAFETY: called with the running frame and instruction.
    unsafe {
        save(vm, fp, pc);
        call_site(fp, site).operands |= OperandBits::OTHER;
    }
    vm.note_receiver(fp, site, pattern);
    // The truth is what counts, so that a program sees the same in every tier.
    vm.call(pattern, sym::EQQ, &[value]).ok()
}

/// Any of a splatted list `===` the value.
///
/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn case_eq_any(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::CaseEqAny::read(pc);
        save(vm, fp, pc);
        let result = any_matches(vm, *fp.add(o.patterns), *fp.add(o.value));
        store(vm, fp, pc, o.dst, operands::CaseEqAny::UNITS, result)
    }
}

fn any_matches(vm: &mut Vm, patterns: Value, value: Value) -> Option<Value> {
    let list = objects::RArray::new(patterns)?;
    let mut index = 0;
    while let Some(pattern) = list.get(index) {
        index += 1;
        let fits = if value.is_undef() { pattern.truthy() } else { vm.case_equal(pattern, value).ok()? };
        if fits {
            return Some(Value::TRUE);
        }
    }
    Some(Value::FALSE)
}

macro_rules! immediate {
    ($($name:ident $camel:ident $checked:ident $op:ident)*) => { $(
        /// Integer plus or minus a small constant.
        ///
        /// # Safety
        /// Called by the dispatcher.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: verified operands.
            unsafe {
                let o = operands::$camel::read(pc);
                let a = *fp.add(o.a);
                if a.is_fixnum() && vm.head.redefined == 0 {
                    if let Some(value) = (a.bits() as i64).$checked(o.value << 1).and_then(tagged) {
                        fp.add(o.dst).write(value);
                        return (fp, pc.add(operands::$camel::UNITS));
                    }
                }
                let result = binary_slow(vm, fp, pc, Binary::$op, a, Value::small(o.value), o.site);
                store(vm, fp, pc, o.dst, operands::$camel::UNITS, result)
            }
        }
    )* };
}
immediate! { add_imm AddImm checked_add Add  sub_imm SubImm checked_sub Sub }

macro_rules! fused {
    ($($name:ident $camel:ident $op:ident $wanted:literal |$a:ident, $b:ident| $test:expr;)*) => { $(
        /// Fused comparison and jump.
        ///
        /// # Safety
        /// Called by the dispatcher.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: verified operands and jump target.
            unsafe {
                let o = operands::$camel::read(pc);
                let (left, right) = (*fp.add(o.a), *fp.add(o.b));
                let truth = if both_fixnum(vm, left, right) {
                    let ($a, $b) = (left.bits() as i64, right.bits() as i64);
                    $test
                } else {
                    match binary_slow(vm, fp, pc, Binary::$op, left, right, o.site) {
                        Some(value) => value.truthy(),
                        None => return exception::unwind(vm, fp, pc),
                    }
                };
                if truth == $wanted { (fp, jump_to(fp, o.target)) } else { (fp, pc.add(operands::$camel::UNITS)) }
            }
        }
    )* };
}
fused! {
    jump_lt JumpLt Lt true |a, b| a < b;
    jump_le JumpLe Le true |a, b| a <= b;
    jump_gt JumpGt Gt true |a, b| a > b;
    jump_ge JumpGe Ge true |a, b| a >= b;
    jump_eq JumpEq Eq true |a, b| a == b;
    jump_not_lt JumpNotLt Lt false |a, b| a < b;
    jump_not_le JumpNotLe Le false |a, b| a <= b;
    jump_not_gt JumpNotGt Gt false |a, b| a > b;
    jump_not_ge JumpNotGe Ge false |a, b| a >= b;
    jump_not_eq JumpNotEq Eq false |a, b| a == b;
}

/// Unary minus.
///
/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn neg(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::Neg::read(pc);
        let a = *fp.add(o.a);
        let fast = if vm.head.redefined != 0 { None } else { a.as_fixnum().and_then(|number| Value::fixnum(-number)) };
        let result = match fast {
            Some(value) => Some(value),
            None => unary_slow(vm, fp, pc, a, o.site),
        };
        store(vm, fp, pc, o.dst, operands::Neg::UNITS, result)
    }
}

/// `!`
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn not(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::Not::read(pc);
        let a = *fp.add(o.a);
        if vm.head.redefined == 0 && a.bits() & 7 != 0 {
            fp.add(o.dst).write(Value::bool(!a.truthy()));
            return (fp, pc.add(operands::Not::UNITS));
        }
        let result = unary_slow(vm, fp, pc, a, o.site);
        store(vm, fp, pc, o.dst, operands::Not::UNITS, result)
    }
}

#[inline(never)]
unsafe fn unary_slow(vm: &mut Vm, fp: Registers, pc: *const u16, a: Value, site: u32) -> Option<Value> {
    // SAFETY: called with the running frame and instruction.
    let name = unsafe {
        save(vm, fp, pc);
        let state = call_site(fp, site);
        state.operands |= OperandBits::OTHER;
        state.name
    };
    vm.note_receiver(fp, site, a);
    vm.call(a, name, &[]).ok()
}

/// `a[b]`: Array by Integer and Hash inline.
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn index(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::Index::read(pc);
        let (a, b) = (*fp.add(o.a), *fp.add(o.b));
        if let (Some(array), Some(at)) = (objects::RArray::new(a), b.as_fixnum()) {
            if vm.head.redefined == 0 && vm.is_plain_array(a) {
                fp.add(o.dst).write(array.at(at).unwrap_or(Value::NIL));
                return (fp, pc.add(operands::Index::UNITS));
            }
        }
        let result = index_slow(vm, fp, pc, a, b, o.site);
        store(vm, fp, pc, o.dst, operands::Index::UNITS, result)
    }
}

#[inline(never)]
unsafe fn index_slow(vm: &mut Vm, fp: Registers, pc: *const u16, a: Value, b: Value, site: u32) -> Option<Value> {
    // SAFETY: called with the running frame and instruction.
    unsafe {
        save(vm, fp, pc);
        let state = call_site(fp, site);
        state.operands |= OperandBits::OTHER;
        vm.note_receiver(fp, site, a);
        if let Some(hash) = objects::RHash::new(a).filter(|_| vm.head.redefined == 0 && vm.is_plain_hash(a)) {
            return vm.hash_fetch_default(hash, b).ok();
        }
        let name = state.name;
        vm.call(a, name, &[b]).ok()
    }
}

/// `a[b] = value`
///
/// # Safety
/// Called by the dispatcher.
#[inline(always)]
pub(in crate::interp) unsafe fn index_set(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::IndexSet::read(pc);
        let (a, b, value) = (*fp.add(o.a), *fp.add(o.b), *fp.add(o.value));
        if let (Some(array), Some(at)) = (objects::RArray::new(a), b.as_fixnum()) {
            if vm.head.redefined == 0 && at >= 0 && (at as usize) < array.len() && vm.is_plain_open_array(a) && array.set(at as usize, value).is_some() {
                return (fp, pc.add(operands::IndexSet::UNITS));
            }
        }
        match index_set_slow(vm, fp, pc, a, b, value, o.site) {
            Some(_) => (fp, pc.add(operands::IndexSet::UNITS)),
            None => exception::unwind(vm, fp, pc),
        }
    }
}

#[inline(never)]
unsafe fn index_set_slow(vm: &mut Vm, fp: Registers, pc: *const u16, a: Value, b: Value, value: Value, site: u32) -> Option<Value> {
    // SAFETY: called with the running frame and instruction.
    unsafe {
        save(vm, fp, pc);
        let state = call_site(fp, site);
        state.operands |= OperandBits::OTHER;
        vm.note_receiver(fp, site, a);
        if let Some(hash) = objects::RHash::new(a).filter(|_| vm.head.redefined == 0 && vm.is_plain_hash(a) && !vm.is_frozen(a)) {
            return vm.hash_store(hash, b, value).ok().map(|()| value);
        }
        let name = state.name;
        vm.call(a, name, &[b, value]).ok()
    }
}
