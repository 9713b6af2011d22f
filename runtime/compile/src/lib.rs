//! Prism syntax trees to bytecode.
