//! Foundations with no Ruby knowledge: hash maps with one hasher, typed ids, small collections, panics that are caught.
#![forbid(unsafe_code)]

pub mod id;
pub mod map;
pub mod panic;
pub mod seldom;

pub use map::{FastMap, FastSet, HashTable, hash_of};
pub use seldom::{Empty, Seldom};
