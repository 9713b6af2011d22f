//! What making objects of YAML asks of the VM: classes by name, and exceptions without their `initialize`.

use crate::raw;
use macros::ruby_methods;
use objects::RClass;
use vm::{RResult, RString, Value, Vm};

/// Functions of Psych.
pub struct Library;

#[ruby_methods("Psych")]
impl Library {
    #[singleton("libyaml_version")]
    fn libyaml_version(vm: &mut Vm, _this: Value) -> Value {
        let numbers = raw::VERSION.map(Value::small);
        vm.array(&numbers)
    }
}

/// Methods of Psych::ClassLoader.
pub struct ClassLoader;

#[ruby_methods("Psych::ClassLoader")]
impl ClassLoader {
    #[method("path2class", private)]
    fn class_at(vm: &mut Vm, _this: Value, path: RString) -> RResult<RClass> {
        if path.is_empty() || path.bytes()[0] == b'#' {
            let shown = path.to_text();
            return Err(vm.argument_error(&format!("can't retrieve anonymous class {shown}")));
        }
        let path = vm.to_name(path.value())?;
        vm.class_at_path(path)
    }
}

/// Methods of Psych::Visitors::ToRuby.
pub struct ToRuby;

#[ruby_methods("Psych::Visitors::ToRuby")]
impl ToRuby {
    #[method("build_exception", private)]
    fn build_exception(vm: &mut Vm, _this: Value, class: Value, message: Value) -> RResult {
        match RClass::new(class) {
            Some(_) => vm.new_exception(class, message),
            None => Err(vm.wrong_type(class, "Class")),
        }
    }
}
