//! Optimisation passes over the IR.
#![forbid(unsafe_code)]

mod dce;
mod pass;

pub use pass::optimize;
