//! Ruby text of the core methods that yield.
