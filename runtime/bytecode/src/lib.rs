//! The register bytecode: one table of operations and everything made from it. Knows no Values.
#![forbid(unsafe_code)]

pub mod builder;
pub mod disas;
pub mod effects;
pub mod function;
pub mod image;
pub mod liveness;
pub mod operand;
pub mod ops;
pub mod run;
pub mod verify;

pub use builder::{Builder, Label};
pub use effects::Effects;
pub use function::*;
pub use ops::{OPS, Op, Opcode};
