//! The register bytecode: one table of operations and everything made from it. Knows no Values.
#![forbid(unsafe_code)]

pub mod function;
pub mod operand;
pub mod ops;

pub use function::*;
pub use ops::{OPS, Op, Opcode};
