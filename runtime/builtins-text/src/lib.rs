//! Builtin methods (text).
#![forbid(unsafe_code)]

use vm::Vm;

/// Defines everything of this crate.
pub fn init(_vm: &mut Vm) {}
