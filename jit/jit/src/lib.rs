//! Compilation policy, code memory, entry, exit and invalidation.
