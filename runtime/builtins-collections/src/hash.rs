use vm::define::MethodGroup;
pub const GROUPS: &[MethodGroup] = &[];
