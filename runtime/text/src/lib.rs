//! Strings as bytes and encoding; no VM.
