//! Builtin methods (os).
