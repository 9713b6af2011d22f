//! Layouts of heap objects with safe views and tracing.
