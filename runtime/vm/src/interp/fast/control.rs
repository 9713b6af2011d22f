//! Moves, jumps, environments, loop headers and the primitives that the prelude's loops are made of.

use super::super::{Flow, code_of, control, operands};
use crate::vm::Vm;
use abi::frame::Registers;
use objects::RArray;
use objects::site::SiteState;
use std::sync::atomic::Ordering;
use value::{Kind, Value};

macro_rules! always {
    ($($name:ident)*) => { $(
        /// The whole operation: it calls nothing.
        ///
        /// # Safety
        /// `pc` is an instruction of this operation in the running frame `fp`.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
            // SAFETY: by the caller.
            Some(unsafe { control::$name(vm, fp, pc) })
        }
    )* };
}
always! {
    nop load_nil load_true load_false load_undef load_self load_int load_lit move_
    jump jump_if jump_unless jump_nil jump_given
    enter_env get_env set_env
}

/// A turn that nobody interrupts and that does not make the loop hot.
///
/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn loop_header(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: the site is a loop site of the frame's code.
    unsafe {
        let o = operands::LoopHeader::read(pc);
        let code = code_of(fp);
        let SiteState::Loop(turns) = code.site(o.site) else { std::hint::unreachable_unchecked() };
        let next = turns.wrapping_add(1);
        if vm.head.interrupt.load(Ordering::Relaxed) != 0 || next >= vm.tier_thresholds.1 {
            return None;
        }
        *turns = next;
        Some((fp, pc.add(operands::LoopHeader::UNITS)))
    }
}

macro_rules! primitives {
    ($($(#[doc = $doc:literal])+ $name:ident $camel:ident |$first:ident, $second:ident| $value:expr;)*) => { $(
        $(#[doc = $doc])+
        ///
        /// # Safety
        /// `pc` is an instruction of this operation in the running frame `fp`.
        #[inline(always)]
        pub(in crate::interp) unsafe fn $name(_vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
            // SAFETY: verified operands; the compiler emits the operation with as many values as it takes.
            unsafe {
                let o = operands::$camel::read(pc);
                let ($first, $second) = (|| *fp.add(o.base), || *fp.add(o.base + 1));
                let value: Option<Value> = $value;
                fp.add(o.dst).write(value?);
                Some((fp, pc.add(operands::$camel::UNITS)))
            }
        }
    )* };
}
primitives! {
    /// Is it an immediate Integer?
    prim_is_fixnum PrimIsFixnum |a, _b| Some(Value::bool(a().is_fixnum()));
    /// The sum; immediate Integers have 63 bits, so that it fits a word.
    prim_integer_add PrimIntegerAdd |a, b| integers(a(), b()).and_then(|(a, b)| Value::fixnum(a + b));
    /// The difference.
    prim_integer_sub PrimIntegerSub |a, b| integers(a(), b()).and_then(|(a, b)| Value::fixnum(a - b));
    /// `a < b`
    prim_integer_lt PrimIntegerLt |a, b| integers(a(), b()).map(|(a, b)| Value::bool(a < b));
    /// `a <= b`
    prim_integer_le PrimIntegerLe |a, b| integers(a(), b()).map(|(a, b)| Value::bool(a <= b));
    /// Length of an Array.
    prim_array_size PrimArrayLength |a, _b| array_of(a()).map(|array| Value::small(array.len() as i64));
    /// Element of an Array.
    prim_array_get PrimArrayAt |a, b| array_of(a()).and_then(|array| Some(array.at(b().as_fixnum()?).unwrap_or(Value::NIL)));
    /// Appends to an Array that has room; the value.
    prim_array_push PrimArrayAppend |a, b| array_of(a()).filter(|array| !is_frozen(*array) && array.push_quickly(b())).map(|_| b());
}

/// An Array that is no ghost.
#[inline(always)]
fn array_of(value: Value) -> Option<RArray> {
    if value.header()?.kind() != Kind::Array {
        return None;
    }
    // SAFETY: its kind says so.
    Some(unsafe { RArray::unchecked(value) })
}

#[inline(always)]
fn is_frozen(array: RArray) -> bool {
    array.value().header().is_some_and(|header| header.is_frozen())
}

#[inline(always)]
fn integers(a: Value, b: Value) -> Option<(i64, i64)> {
    Some((a.as_fixnum()?, b.as_fixnum()?))
}
