//! Reading operands at a pc: one struct an operation, generated from the table.

/// The operand kinds; apart, because some operations have the same names.
mod kind {
    pub(super) use bytecode::operand::{Base, Child, Count, Dst, Imm, Jump, Lit, Mod, Site, Src};
}

/// An operand kind as the interpreter reads it.
pub(super) trait Raw {
    /// What it reads as.
    type Out;
    /// Units.
    const UNITS: usize;
    /// Reads it.
    ///
    /// # Safety
    /// `at` has `UNITS` units of an instruction.
    unsafe fn read(at: *const u16) -> Self::Out;
}

macro_rules! small {
    ($($kind:ident)*) => { $(
        impl Raw for kind::$kind {
            type Out = usize;
            const UNITS: usize = 1;
            #[inline(always)]
            unsafe fn read(at: *const u16) -> usize {
                // SAFETY: by the caller.
                unsafe { *at as usize }
            }
        }
    )* };
}
small! { Dst Src Mod Base Count }

impl Raw for kind::Imm {
    type Out = i64;
    const UNITS: usize = 1;
    #[inline(always)]
    unsafe fn read(at: *const u16) -> i64 {
        // SAFETY: by the caller.
        unsafe { *at as i16 as i64 }
    }
}

macro_rules! wide {
    ($($kind:ident)*) => { $(
        impl Raw for kind::$kind {
            type Out = u32;
            const UNITS: usize = 2;
            #[inline(always)]
            unsafe fn read(at: *const u16) -> u32 {
                // SAFETY: by the caller.
                unsafe { at.cast::<u32>().read_unaligned() }
            }
        }
    )* };
}
wide! { Lit Site Child Jump }

macro_rules! define_operands {
    ($( $(#[doc = $doc:literal])+ $name:ident = $camel:ident { $($field:ident : $kind:ident),* $(,)? } [$($effect:ident),*];)*) => { $(
        #[doc = concat!("Operands of `", stringify!($name), "`.")]
        #[allow(dead_code, reason = "not every body needs every operand")]
        pub(super) struct $camel { $(pub(super) $field: <kind::$kind as Raw>::Out),* }
        impl $camel {
            /// Units of the instruction.
            #[allow(dead_code, reason = "calls share theirs, see `send`")]
            pub(super) const UNITS: usize = 1 $(+ <kind::$kind as Raw>::UNITS)*;
            /// # Safety
            /// `pc` is an instruction of this operation.
            #[inline(always)]
            #[allow(unused_mut, unused_variables, unused_assignments, dead_code, reason = "operations without operands")]
            pub(super) unsafe fn read(pc: *const u16) -> $camel {
                // SAFETY: by the caller.
                unsafe {
                    let mut at = pc.add(1);
                    $( let $field = <kind::$kind as Raw>::read(at); at = at.add(<kind::$kind as Raw>::UNITS); )*
                    $camel { $($field),* }
                }
            }
        }
    )* };
}
bytecode::for_each_op!(define_operands);

/// Address of the instruction at unit `target` of the code.
///
/// # Safety
/// `target` is a verified jump target of the frame's code.
#[inline(always)]
pub(super) unsafe fn jump_to(fp: abi::frame::Registers, target: u32) -> *const u16 {
    // SAFETY: by the caller.
    unsafe { super::code_of(fp).start.add(target as usize) }
}
