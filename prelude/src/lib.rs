//! Ruby text of the core methods that yield, in load order.
#![forbid(unsafe_code)]

/// Name (`<internal:...>`, hidden from backtraces) and text of each file.
pub const FILES: &[(&str, &str)] = &[];
