//! Operators: what their fast paths decline is a Float operation or a call.

use super::operands::{self, jump_to};
use super::{Flow, call_site, exception, fast, save};
use crate::vm::Vm;
use abi::frame::Registers;
use objects::site::OperandBits;
use value::Value;

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
    /// `**`
    Pow,
    /// `<<`
    Append,
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
        // Other powers of negative numbers are Complex.
        Binary::Pow if a >= 0.0 => vm.float(a.powf(b)),
        Binary::Rem | Binary::Pow | Binary::Append | Binary::Other => return None,
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
    // SAFETY: called from the bodies below with their frame and instruction. A Float outside the immediate range is allocated, so
    // the frame is saved whatever the operands are.
    let state = unsafe {
        save(vm, fp, pc);
        call_site(fp, site)
    };
    if vm.head.redefined == 0
        && !(a.is_fixnum() && b.is_fixnum())
        && let (Some(x), Some(y)) = (float_operand(a), float_operand(b))
        && let Some(result) = float_result(vm, op, x, y)
    {
        state.operands |= OperandBits::FLOAT;
        return Some(result);
    }
    state.operands |= if a.is_fixnum() && b.is_fixnum() { OperandBits::OVERFLOW } else { OperandBits::OTHER };
    if op == Binary::Append && vm.head.redefined == 0 && vm.is_plain_open_array(a) {
        vm.note_receiver(fp, site, a);
        let array = objects::RArray::new(a)?;
        return vm.push(array, b).ok().map(|()| a);
    }
    vm.call_operator(fp, site, a, &[b])
}

macro_rules! arithmetic {
    ($($name:ident $camel:ident $op:ident;)*) => { $(
        /// See the instruction table.
        ///
        /// # Safety
        /// Called by the dispatcher.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: operands are verified registers of the frame.
            unsafe {
                if let Some(flow) = fast::$name(vm, fp, pc) {
                    return flow;
                }
                let o = operands::$camel::read(pc);
                let result = binary_slow(vm, fp, pc, Binary::$op, *fp.add(o.a), *fp.add(o.b), o.site);
                store(vm, fp, pc, o.dst, operands::$camel::UNITS, result)
            }
        }
    )* };
}

arithmetic! {
    add Add Add;
    sub Sub Sub;
    mul Mul Mul;
    div Div Div;
    rem Rem Rem;
    and And Other;
    or Or Other;
    xor Xor Other;
    shl Shl Append;
    shr Shr Other;
    lt Lt Lt;
    le Le Le;
    gt Gt Gt;
    ge Ge Ge;
    eq Eq Eq;
    neq Neq Other;
}

/// `**`
///
/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn pow(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::Pow::read(pc);
        let result = binary_slow(vm, fp, pc, Binary::Pow, *fp.add(o.a), *fp.add(o.b), o.site);
        store(vm, fp, pc, o.dst, operands::Pow::UNITS, result)
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
        if let Some(flow) = fast::case_eq(vm, fp, pc) {
            return flow;
        }
        let o = operands::CaseEq::read(pc);
        let result = case_eq_slow(vm, fp, pc, *fp.add(o.pattern), *fp.add(o.value), o.site);
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
    // The truth is what counts, so that a program sees the same in every tier.
    vm.call_operator(fp, site, pattern, &[value])
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
    ($($name:ident $camel:ident $op:ident)*) => { $(
        /// Integer plus or minus a small constant.
        ///
        /// # Safety
        /// Called by the dispatcher.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: verified operands.
            unsafe {
                if let Some(flow) = fast::$name(vm, fp, pc) {
                    return flow;
                }
                let o = operands::$camel::read(pc);
                let result = binary_slow(vm, fp, pc, Binary::$op, *fp.add(o.a), Value::small(o.value), o.site);
                store(vm, fp, pc, o.dst, operands::$camel::UNITS, result)
            }
        }
    )* };
}
immediate! { add_imm AddImm Add  sub_imm SubImm Sub }

macro_rules! fused {
    ($($name:ident $camel:ident $op:ident $wanted:literal;)*) => { $(
        /// Fused comparison and jump.
        ///
        /// # Safety
        /// Called by the dispatcher.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: verified operands and jump target.
            unsafe {
                if let Some(flow) = fast::$name(vm, fp, pc) {
                    return flow;
                }
                let o = operands::$camel::read(pc);
                match binary_slow(vm, fp, pc, Binary::$op, *fp.add(o.a), *fp.add(o.b), o.site) {
                    Some(value) if value.truthy() == $wanted => (fp, jump_to(fp, o.target)),
                    Some(_) => (fp, pc.add(operands::$camel::UNITS)),
                    None => exception::unwind(vm, fp, pc),
                }
            }
        }
    )* };
}
fused! {
    jump_lt JumpLt Lt true;
    jump_le JumpLe Le true;
    jump_gt JumpGt Gt true;
    jump_ge JumpGe Ge true;
    jump_eq JumpEq Eq true;
    jump_not_lt JumpNotLt Lt false;
    jump_not_le JumpNotLe Le false;
    jump_not_gt JumpNotGt Gt false;
    jump_not_ge JumpNotGe Ge false;
    jump_not_eq JumpNotEq Eq false;
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
        let negated = || a.as_fixnum().map_or_else(|| a.as_flonum().and_then(|number| Value::flonum(-number)), |number| Value::fixnum(-number));
        let fast = if vm.head.redefined != 0 { None } else { negated() };
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
        if let Some(flow) = fast::not(vm, fp, pc) {
            return flow;
        }
        let o = operands::Not::read(pc);
        let result = unary_slow(vm, fp, pc, *fp.add(o.a), o.site);
        store(vm, fp, pc, o.dst, operands::Not::UNITS, result)
    }
}

#[inline(never)]
unsafe fn unary_slow(vm: &mut Vm, fp: Registers, pc: *const u16, a: Value, site: u32) -> Option<Value> {
    // SAFETY: called with the running frame and instruction.
    unsafe {
        save(vm, fp, pc);
        call_site(fp, site).operands |= OperandBits::OTHER;
    }
    vm.call_operator(fp, site, a, &[])
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
        if let Some(flow) = fast::index(vm, fp, pc) {
            return flow;
        }
        let result = index_slow(vm, fp, pc, *fp.add(o.a), *fp.add(o.b), o.site);
        store(vm, fp, pc, o.dst, operands::Index::UNITS, result)
    }
}

#[inline(never)]
unsafe fn index_slow(vm: &mut Vm, fp: Registers, pc: *const u16, a: Value, b: Value, site: u32) -> Option<Value> {
    // SAFETY: called with the running frame and instruction.
    unsafe {
        save(vm, fp, pc);
        call_site(fp, site).operands |= OperandBits::OTHER;
        if vm.head.redefined == 0 {
            if let (Some(number), Some(bit)) = (a.as_fixnum(), b.as_fixnum()) {
                vm.note_receiver(fp, site, a);
                return Some(Value::small(if bit < 0 { 0 } else { number >> bit.min(63) & 1 }));
            }
            if let Some(hash) = objects::RHash::new(a).filter(|_| vm.is_plain_hash(a)) {
                vm.note_receiver(fp, site, a);
                return vm.hash_fetch_default(hash, b).ok();
            }
        }
        vm.call_operator(fp, site, a, &[b])
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
        if let Some(flow) = fast::index_set(vm, fp, pc) {
            return flow;
        }
        match index_set_slow(vm, fp, pc, *fp.add(o.a), *fp.add(o.b), *fp.add(o.value), o.site) {
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
        call_site(fp, site).operands |= OperandBits::OTHER;
        if let Some(hash) = objects::RHash::new(a).filter(|_| vm.head.redefined == 0 && vm.is_plain_hash(a) && !vm.is_frozen(a)) {
            vm.note_receiver(fp, site, a);
            return vm.hash_store(hash, b, value).ok().map(|()| value);
        }
        vm.call_operator(fp, site, a, &[b, value])
    }
}
