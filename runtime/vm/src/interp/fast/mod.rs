//! The operations with a fast path, and their handlers.
//!
//! A fast path is a function from (frame, pc) to `Some` next (frame, pc), or `None` when the operation's
//! body has to do it; it calls nothing that is not inlined, so its handler needs no stack frame. Bodies
//! try it first, so that every dispatcher takes the same ways.
#![cfg_attr(not(threaded), allow(dead_code, reason = "only handlers try the paths of operations whose bodies are as short"))]

mod arith;
mod control;
mod index;
mod send;
mod variable;

pub(super) use arith::*;
pub(super) use control::*;
pub(super) use index::*;
pub(super) use send::*;
pub(super) use variable::*;

macro_rules! fast_handlers {
    ($($name:ident $camel:ident)*) => {
        #[cfg(threaded)]
        mod handlers {
            use super::super::{HANDLERS, threaded::whole};
            use super::super::fast as paths;
            use crate::vm::Vm;
            use abi::frame::Registers;
            $(
                pub(super) unsafe extern "sysv64-unwind" fn $name(vm: *mut Vm, fp: Registers, pc: *const u16) -> u64 {
                    // SAFETY: the dispatcher passes a live VM, frame and instruction.
                    unsafe {
                        match paths::$name(&mut *vm, fp, pc) {
                            Some((fp, pc)) => HANDLERS.get_unchecked(*pc as usize)(vm, fp, pc),
                            None => whole::$name(vm, fp, pc),
                        }
                    }
                }
            )*
        }

        /// All handlers by opcode.
        #[cfg(threaded)]
        pub(super) const fn handlers() -> [super::threaded::Handler; super::threaded::COUNT] {
            let mut table = super::threaded::WHOLE;
            $( table[bytecode::Opcode::$camel as usize] = handlers::$name; )*
            table
        }
    };
}

fast_handlers! {
    nop Nop  load_nil LoadNil  load_true LoadTrue  load_false LoadFalse  load_undef LoadUndef  load_self LoadSelf
    load_int LoadInt  load_lit LoadLit  move_ Move
    jump Jump  jump_if JumpIf  jump_unless JumpUnless  jump_nil JumpNil  jump_given JumpGiven
    loop_header LoopHeader  enter_env EnterEnv  get_env GetEnv  set_env SetEnv
    prim_is_fixnum PrimIsFixnum  prim_integer_add PrimIntegerAdd  prim_integer_sub PrimIntegerSub  prim_integer_lt PrimIntegerLt
    prim_integer_le PrimIntegerLe  prim_array_size PrimArrayLength  prim_array_get PrimArrayAt  prim_array_push PrimArrayAppend
    add Add  sub Sub  mul Mul  div Div  rem Rem  and And  or Or  xor Xor  shl Shl  shr Shr
    lt Lt  le Le  gt Gt  ge Ge  eq Eq  neq Neq  add_imm AddImm  sub_imm SubImm  not Not  case_eq CaseEq
    jump_lt JumpLt  jump_le JumpLe  jump_gt JumpGt  jump_ge JumpGe  jump_eq JumpEq
    jump_not_lt JumpNotLt  jump_not_le JumpNotLe  jump_not_gt JumpNotGt  jump_not_ge JumpNotGe  jump_not_eq JumpNotEq
    index Index  index_set IndexSet
    get_ivar GetIvar  set_ivar SetIvar  get_const GetConst
    send Send  yield_ Yield  return_ Return
}
