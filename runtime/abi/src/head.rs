//! The first words of the VM, at fixed offsets for machine code.

use crate::frame::Registers;

/// Head of the VM structure.
#[repr(C)]
pub struct VmHead {
    /// Non-zero: look for interrupts (signals, thread switch) at the next safepoint.
    pub interrupt: std::sync::atomic::AtomicU32,
    /// Non-zero: an operator of a core class was redefined; operators must be looked up.
    pub redefined: u32,
    /// Frame of the running Ruby code, set before anything that may look at frames.
    pub fp: Registers,
    /// A frame's registers must end below this.
    pub stack_limit: Registers,
    /// Native stack must stay above this.
    pub native_limit: usize,
    /// Last activation id given out.
    pub activation: u64,
}
