//! The block a native was given.

use crate::vm::Vm;
use objects::{BlockWord, RProc};
use value::{RResult, Value};

/// A block, possibly none. Valid during the call; `to_proc` makes it last.
#[derive(Clone, Copy)]
pub struct Block(BlockWord);

impl Block {
    /// Around the word of the call.
    #[inline(always)]
    pub fn new(word: BlockWord) -> Block {
        Block(word)
    }

    /// No block.
    pub const NONE: Block = Block(BlockWord::NONE);

    /// The word, to pass the block on.
    #[inline(always)]
    pub fn word(self) -> BlockWord {
        self.0
    }

    /// Was a block given?
    #[inline(always)]
    pub fn is_some(self) -> bool {
        self.0.is_some()
    }

    /// A block that is this Proc.
    pub fn from_proc(callable: RProc) -> Block {
        Block(BlockWord::from_value(callable.value()))
    }

    /// Calls the block; LocalJumpError when there is none.
    #[inline(always)]
    pub fn call(self, vm: &mut Vm, args: &[Value]) -> RResult {
        vm.call_block(self.0, args)
    }

    /// The block as a Proc that outlives the call; None when there is no block.
    pub fn to_proc(self, vm: &mut Vm) -> RResult<Option<RProc>> {
        if !self.is_some() {
            return Ok(None);
        }
        vm.block_to_proc(self.0).map(Some)
    }

    /// The block as Proc, or nil.
    pub fn to_value(self, vm: &mut Vm) -> RResult {
        Ok(self.to_proc(vm)?.map_or(Value::NIL, RProc::value))
    }
}
