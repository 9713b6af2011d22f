//! Moves, jumps, environments, loop headers and the primitives that the prelude's loops are made of.

use super::super::{Flow, code_of, control, literal, operands};
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

/// Primitives that the fast path knows; the numbers stand in the VM's table by symbol.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum QuickPrimitive {
    /// Not one of them.
    #[default]
    None,
    IsFixnum,
    IntegerAdd,
    IntegerSub,
    IntegerLt,
    IntegerLe,
    ArraySize,
    ArrayGet,
}

impl QuickPrimitive {
    /// The one with this name in the prelude.
    pub(crate) fn named(name: &str) -> QuickPrimitive {
        match name {
            "is_fixnum" => Self::IsFixnum,
            "integer_add" => Self::IntegerAdd,
            "integer_sub" => Self::IntegerSub,
            "integer_lt" => Self::IntegerLt,
            "integer_le" => Self::IntegerLe,
            "array_size" => Self::ArraySize,
            "array_get" => Self::ArrayGet,
            _ => Self::None,
        }
    }
}

/// Integer arithmetic and Array elements, for arguments of the expected kinds.
///
/// # Safety
/// `pc` is an instruction of this operation in the running frame `fp`.
#[inline(always)]
pub(in crate::interp) unsafe fn primitive(vm: &mut Vm, fp: Registers, pc: *const u16) -> Option<Flow> {
    // SAFETY: verified operands; the prelude passes each of these its number of arguments.
    unsafe {
        let o = operands::Primitive::read(pc);
        let name = literal(fp, o.name).as_symbol()?;
        let first = *fp.add(o.base);
        let value = match vm.quick_primitives.get(name.0 as usize)? {
            QuickPrimitive::None => return None,
            QuickPrimitive::IsFixnum => Value::bool(first.is_fixnum()),
            QuickPrimitive::ArraySize => Value::small(array_of(first)?.len() as i64),
            QuickPrimitive::ArrayGet => {
                let at = (*fp.add(o.base + 1)).as_fixnum()?;
                array_of(first)?.at(at).unwrap_or(Value::NIL)
            }
            quick => integer(*quick, first, *fp.add(o.base + 1))?,
        };
        fp.add(o.dst).write(value);
        Some((fp, pc.add(operands::Primitive::UNITS)))
    }
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
fn integer(quick: QuickPrimitive, a: Value, b: Value) -> Option<Value> {
    let (a, b) = (a.as_fixnum()?, b.as_fixnum()?);
    match quick {
        // Immediate Integers have 63 bits, so the sum fits a word.
        QuickPrimitive::IntegerAdd => Value::fixnum(a + b),
        QuickPrimitive::IntegerSub => Value::fixnum(a - b),
        QuickPrimitive::IntegerLt => Some(Value::bool(a < b)),
        QuickPrimitive::IntegerLe => Some(Value::bool(a <= b)),
        _ => None,
    }
}
