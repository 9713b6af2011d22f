//! Module and Class.

mod ancestry;
mod classes;
mod constants;
mod definition;
mod refinement;
mod reflection;

pub use ancestry::Ancestry;
pub use classes::{Classes, Modules};
pub use constants::Constants;
pub use definition::{Definition, define_from};
pub use refinement::{RefinementMethods, Refining, check_used};
pub use reflection::Reflection;

use vm::{RClass, RResult, Value, Vm};

/// TypeError unless the value is a module (not a class).
pub fn check_module(vm: &mut Vm, value: Value) -> RResult<RClass> {
    match RClass::new(value).filter(|module| module.is_module()) {
        Some(module) => Ok(module),
        None => Err(vm.wrong_type(value, "Module")),
    }
}

/// Class answers to nothing that mixes modules in or makes module functions.
pub fn init(vm: &mut Vm) {
    refinement::init(vm);
    let class = vm.class_view(vm.core.class);
    for name in ["append_features", "prepend_features", "extend_object", "module_function", "refine"] {
        let name = vm.intern(name);
        vm.add_method(class, name, objects::MethodBody::Undefined, objects::Visibility::Public);
    }
    // `BasicObject::BasicObject`: its subclasses find the name without Object among their ancestors.
    let basic_object = vm.core.basic_object;
    let name = vm.intern("BasicObject");
    vm.set_constant_raw(vm.class_view(basic_object), name, basic_object);
}
