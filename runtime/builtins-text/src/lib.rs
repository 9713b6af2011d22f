//! Builtin methods (text).
