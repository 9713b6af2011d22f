//! IR to Cranelift IR: one function a unit, `extern "sysv64" fn(vm, fp) -> word`.
#![deny(unsafe_code)]

mod lower;

pub use lower::{Environment, lower, signature};
