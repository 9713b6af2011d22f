//! Strings as bytes and encoding; no VM.
#![forbid(unsafe_code)]

pub mod coderange;
pub mod encoding;
pub mod error;

pub use coderange::CodeRange;
pub use encoding::Encoding;
pub use error::{ErrorClass, TextError};
