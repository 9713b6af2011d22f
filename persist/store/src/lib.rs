//! The embedded object store: bytes only, no Ruby.
