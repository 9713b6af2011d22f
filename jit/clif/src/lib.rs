//! IR to Cranelift IR.
