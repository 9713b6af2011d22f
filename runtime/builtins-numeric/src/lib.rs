//! Builtin methods (numeric).
