use vm::define::MethodGroup;
pub const GROUPS: &[MethodGroup] = &[];
pub fn init(_vm: &mut vm::Vm) {}
