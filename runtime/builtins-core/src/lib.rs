//! Builtin methods (core).
