//! Between interpreter and compiler: who asks for what.
//!
//! Machine code is entered by `extern "sysv64" fn(vm, fp) -> word` with the frame already pushed; it
//! returns the frame's result, or 0 when something is pending in the VM. Entered at a loop header it
//! takes over the frame and returns its result just the same.

use objects::{CodeRef, OpaqueVm};
use value::{Symbol, Value};

/// Entry of machine code.
pub type MachineEntry = unsafe extern "sysv64" fn(*mut OpaqueVm, crate::Registers) -> Option<Value>;

/// What got hot.
#[derive(Clone, Copy, Debug)]
pub enum TierRequest {
    /// A function by its calls.
    Call,
    /// The loop whose header is at this unit.
    Loop(u32),
}

/// A compiler; the VM works without one.
pub trait Compiler {
    /// Calls before a function is compiled, and turns before a loop is.
    fn thresholds(&self) -> (u32, u32);
    /// A function or loop is hot. May return an entry to use now.
    fn request(&mut self, vm: *mut OpaqueVm, code: CodeRef, request: TierRequest) -> Option<MachineEntry>;
    /// Methods named `name` may resolve differently: code that relied on them must not run again.
    fn method_changed(&mut self, name: Symbol);
    /// A constant named `name` changed.
    fn constant_changed(&mut self, name: Symbol);
    /// Reports the values that machine code refers to.
    fn trace(&self, visit: &mut dyn FnMut(Value));
}
