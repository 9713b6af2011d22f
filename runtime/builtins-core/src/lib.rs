//! Builtin methods: Kernel, Object, Module, Class, Proc, Method, Binding, Exception, nil, true, false.
#![forbid(unsafe_code)]
mod basic_object;
use vm::Vm;
pub fn init(vm: &mut Vm) { vm.define_groups(&[basic_object::BasicObject::GROUP]); }
