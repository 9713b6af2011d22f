//! Foundations with no Ruby knowledge: hash maps with one hasher, typed ids.
#![forbid(unsafe_code)]

pub mod id;
pub mod map;

pub use map::{FastMap, FastSet};
