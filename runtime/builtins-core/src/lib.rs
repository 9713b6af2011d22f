//! Builtin methods: Kernel, Object, Module, Class, Proc, Method, Binding, Exception, nil, true, false.
#![forbid(unsafe_code)]

mod basic_object;
mod binding;
mod collector;
mod exception;
mod isolation;
mod kernel;
mod marshal;
mod method;
mod module;
mod object;
mod object_space;
mod procedure;
mod signatures;
mod singletons;
mod threads;
mod tracepoint;
mod warning;
mod weak_map;

pub use binding::new_binding;
pub use kernel::{absolute, announce_gems, define_line_methods, set_library_hint};
pub use object_space::run_all_finalizers;

use vm::Vm;

/// Defines everything of this crate.
pub fn init(vm: &mut Vm) {
    vm.define_groups(&[
        basic_object::BasicObject::GROUP,
        object::Identity::GROUP,
        object::Variables::GROUP,
        object::Methods::GROUP,
        kernel::Control::GROUP,
        kernel::Exits::GROUP,
        kernel::Convert::GROUP,
        kernel::Load::GROUP,
        kernel::Frames::GROUP,
        kernel::Traces::GROUP,
        kernel::FramePrimitives::GROUP,
        module::Ancestry::GROUP,
        module::Constants::GROUP,
        module::Definition::GROUP,
        module::Reflection::GROUP,
        module::Refining::GROUP,
        module::RefinementMethods::GROUP,
        module::Classes::GROUP,
        module::Modules::GROUP,
        exception::Exceptions::GROUP,
        exception::NameErrors::GROUP,
        exception::NoMethodErrors::GROUP,
        exception::KeyErrors::GROUP,
        exception::FrozenErrors::GROUP,
        exception::StopIterations::GROUP,
        exception::LocalJumpErrors::GROUP,
        exception::SystemExits::GROUP,
        exception::UncaughtThrows::GROUP,
        exception::NoMatchingKeys::GROUP,
        exception::LoadErrors::GROUP,
        exception::SyntaxErrors::GROUP,
        exception::SystemCalls::GROUP,
        exception::Signals::GROUP,
        exception::Interrupts::GROUP,
        procedure::Procs::GROUP,
        isolation::IsolationPrimitives::GROUP,
        method::Methods::GROUP,
        method::UnboundMethods::GROUP,
        binding::Bindings::GROUP,
        singletons::Nil::GROUP,
        singletons::True::GROUP,
        singletons::False::GROUP,
        object_space::Spaces::GROUP,
        collector::Collector::GROUP,
        warning::Warnings::GROUP,
        warning::KernelWarn::GROUP,
        threads::Primitives::GROUP,
        threads::Callers::GROUP,
        marshal::Marshal::GROUP,
    ]);
    exception::init(vm);
    kernel::init(vm);
    module::init(vm);
    tracepoint::init(vm);
    singletons::init(vm);
    method::init(vm);
    weak_map::init(vm);
    collector::init(vm);
    warning::init(vm);
    marshal::init(vm);
}
