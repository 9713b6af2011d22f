//! Builtin methods (collections).
