//! SSA intermediate representation for speculation: operations, types, units, the builder from
//! bytecode and feedback, the verifier and the printer.
#![deny(unsafe_code)]

pub mod build;
pub mod forms;
pub mod ops;
pub mod print;
pub mod types;
pub mod unit;
pub mod verify;

pub use build::{Bailout, Limits, Memo, build};
pub use bytecode::Effects;
pub use ops::{Compare, Op, Repr};
pub use types::{Kinds, Type};
pub use unit::{Block, BlockId, Edge, EnvMode, Exit, ExitId, ExitKind, FrameBlock, FrameId, Inst, Term, Unit, ValueId};
