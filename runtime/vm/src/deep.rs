//! A large native stack for what recurses deeply and runs no Ruby: the parser, the compiler, the making of patterns.
//!
//! The stacks of fibers and threads are small. What runs on this one gets no VM: no collection can happen meanwhile, which would
//! have to look at two stacks.

use crate::stack::native_position;
use crate::vm::Vm;
use corosensei::on_stack;
use corosensei::stack::DefaultStack;

/// Bytes that `Vm::deeply` gives; the compiler's own limits rely on them.
const DEEP_BYTES: usize = 16 << 20;

impl Vm {
    /// Runs `work` with 16 MiB of native stack. None when there is no memory for them.
    pub fn deeply<T>(&mut self, work: impl FnOnce() -> T) -> Option<T> {
        if native_position().saturating_sub(self.head.native_limit) >= DEEP_BYTES {
            return Some(work());
        }
        let mut stack = self.deep_stack.take().or_else(|| DefaultStack::new(DEEP_BYTES).ok())?;
        let result = on_stack(&mut stack, work);
        self.deep_stack = Some(stack);
        Some(result)
    }
}
