//! The register bytecode: one table of opcodes and everything made from it.
