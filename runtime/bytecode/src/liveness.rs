//! Live registers.
