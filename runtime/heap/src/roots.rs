//! Roots: what the VM tells the collector, and the scan of native stacks.
//!
//! Native stacks and registers are scanned conservatively, interior pointers included, so Rust code
//! may hold `Value`s in locals. A `Value` in malloc memory is not found: it must be traced by a
//! `RootSource` or live in a heap object.

use crate::mark::{Liveness, Tracer};

/// Gives the collector its roots.
pub trait RootSource {
    /// Reports every root. The running native stack is in use from `top` on; the collector's own frames lie below.
    fn trace_roots(&mut self, tracer: &mut Tracer<'_>, top: *const u64);
    /// Reports what stands behind these shapes.
    fn trace_shapes(&mut self, _tracer: &mut Tracer<'_>, _shapes: &[u32]) {}
    /// Marking is done: clear weak references to what is dead.
    fn after_mark(&mut self, live: &Liveness<'_>);
    /// The heap's limit is reached and its reserve is being used. Called inside an allocation: note it and act later.
    fn memory_is_short(&mut self);
    /// As many bytes were allocated as `Heap::set_allocation_step` says. Called inside an allocation: note it and act later.
    fn step_was_allocated(&mut self) {}
}

/// Words of native stack that `clear_stack_below` overwrites.
const CLEARED: usize = 4096;

/// Overwrites what deep calls that have returned left on the native stack below: frames that come to lie there do not write all of
/// their memory, and a conservative scan would find old references in it. For the end of what is deep and rare.
#[inline(never)]
pub fn clear_stack_below() {
    let mut room = [0u64; CLEARED];
    std::hint::black_box(&mut room);
}

/// Runs `f` with the address of the stack top; the callee-saved registers stand above it, so that a
/// scan from there to the stack base sees everything.
#[inline(never)]
pub fn with_spilled_registers(f: &mut dyn FnMut(*const u64)) {
    let mut registers = [0u64; 6];
    // SAFETY: stores the callee-saved registers into the array and nothing else.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!(
            "mov [{0}], rbx", "mov [{0} + 8], rbp", "mov [{0} + 16], r12",
            "mov [{0} + 24], r13", "mov [{0} + 32], r14", "mov [{0} + 40], r15",
            in(reg) registers.as_mut_ptr(), options(nostack, preserves_flags)
        );
    }
    // SAFETY: as above, for the callee-saved registers of AAPCS64.
    #[cfg(target_arch = "aarch64")]
    let mut more = [0u64; 10];
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!(
            "stp x19, x20, [{0}]", "stp x21, x22, [{0}, #16]", "stp x23, x24, [{0}, #32]",
            "stp x25, x26, [{0}, #48]", "stp x27, x28, [{0}, #64]",
            in(reg) more.as_mut_ptr(), options(nostack, preserves_flags)
        );
    }
    f(std::hint::black_box(registers.as_ptr()));
    std::hint::black_box(&mut registers);
}
