//! Numbers without a VM: big integers, float printing, parsing, random.
#![forbid(unsafe_code)]

pub mod big;
pub mod complex;
pub mod error;
pub mod float_print;
pub mod math;
pub mod parse;
pub mod random;
pub mod rational;
pub mod round;

pub use big::BigInt;
pub use error::{ErrorClass, NumericError};
pub mod twister;
