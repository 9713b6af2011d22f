//! Ruby regular expressions over Onigmo-compatible `onig`; no VM.
#![forbid(unsafe_code)]

mod encodings;
pub mod error;
mod regex;
pub mod source;
mod translate;

pub use error::RegexError;
pub use regex::{Captures, Options, Regex, Retries};
