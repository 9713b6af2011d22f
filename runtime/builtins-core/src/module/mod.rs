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
pub use refinement::{RefinementMethods, Refining, check_used, init};
pub use reflection::Reflection;

use vm::{RClass, RResult, Value, Vm};

/// TypeError unless the value is a module (not a class).
pub fn check_module(vm: &mut Vm, value: Value) -> RResult<RClass> {
    match RClass::new(value).filter(|module| module.is_module()) {
        Some(module) => Ok(module),
        None => Err(vm.wrong_type(value, "Module")),
    }
}
