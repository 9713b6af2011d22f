//! What interpreter, JIT and helpers agree on: frames, call sites, tiers.
