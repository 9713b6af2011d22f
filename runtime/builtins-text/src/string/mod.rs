//! String.

pub mod basic;
pub mod change;
pub mod encode;
pub mod index;
pub mod iterate;
pub mod pattern;
