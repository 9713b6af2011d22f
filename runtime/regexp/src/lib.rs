//! Ruby regular expressions over Onigmo-compatible `onig`, and over `regex-automata` where both find the same; no VM.
#![forbid(unsafe_code)]

mod encodings;
pub mod error;
mod linear;
mod regex;
pub mod source;
mod translate;

pub use error::RegexError;
pub use regex::{Captures, Options, Regex, Retries};
