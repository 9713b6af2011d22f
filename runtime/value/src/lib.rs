//! One 64-bit word that holds every Ruby value; symbols and object headers.
#![deny(unsafe_code)]

pub mod header;
pub mod symbol;
#[expect(unsafe_code, reason = "the only place that turns words into values")]
pub mod tag;

pub use header::{BLOCK_SIZE, FaultFunction, GcByte, Header, Kind};
pub use symbol::{Symbol, SymbolTable, sym};
pub use tag::{FLONUM_ZERO, RResult, Raised, Value};
