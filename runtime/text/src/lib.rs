//! Strings as bytes and encoding; no VM.
#![forbid(unsafe_code)]

pub mod case;
pub mod coderange;
pub mod encoding;
pub mod error;
pub mod format;
pub mod inspect;
pub mod pack;
pub mod search;
pub mod succ;
pub mod tr;
pub mod transcode;

pub use coderange::CodeRange;
pub use encoding::Encoding;
pub use error::{ErrorClass, TextError};
