//! Names and lists of methods.

use crate::method::new_unbound;
use crate::object::list_methods;
use macros::ruby_methods;
use objects::{MethodBody, Visibility};
use vm::{RArray, RClass, RResult, RootedValues, Symbol, Value, Vm};

/// Reflection.
pub struct Reflection;

#[ruby_methods("Module")]
impl Reflection {
    #[method("name")]
    fn name(_vm: &mut Vm, this: RClass) -> Value {
        if this.is_singleton() { Value::NIL } else { this.data().name.unwrap_or(Value::NIL) }
    }

    #[method("to_s", "inspect")]
    fn to_s(vm: &mut Vm, this: RClass) -> String {
        // A refinement's own name shows in messages only.
        vm.refinement_text(this).unwrap_or_else(|| vm.class_name_text(this))
    }

    #[method("set_temporary_name")]
    fn set_temporary_name(vm: &mut Vm, this: RClass, name: Value) -> RResult<RClass> {
        let mut this = this;
        if this.data().has_permanent_name {
            return Err(vm.runtime_error("can't change permanent name"));
        }
        if name.is_nil() {
            this.data_mut().name = None;
            rename_nested(vm, this, &mut vm.roots.values(&[this.value()]))?;
            return Ok(this);
        }
        let name = vm.to_str(name)?;
        if name.is_empty() {
            return Err(vm.argument_error("empty class/module name"));
        }
        if name.to_text().trim_start_matches("::").split("::").all(|part| super::constants::is_const_name(part.as_bytes())) {
            return Err(vm.argument_error("the temporary name must not be a constant path to avoid confusion"));
        }
        let copy = vm.frozen_copy(name);
        this.data_mut().name = Some(copy);
        rename_nested(vm, this, &mut vm.roots.values(&[this.value()]))?;
        Ok(this)
    }

    #[method("hash", effects = "allocates")]
    fn hash(vm: &mut Vm, this: Value) -> Value {
        let hash = vm.hash_word(this.bits());
        vm.int((hash >> 3) as i64)
    }

    #[method("instance_methods")]
    fn instance_methods(vm: &mut Vm, this: RClass, all: Option<bool>) -> RResult<RArray> {
        list_methods(vm, this, all.unwrap_or(true), &|visibility| visibility != Visibility::Private)
    }

    #[method("public_instance_methods")]
    fn public_instance_methods(vm: &mut Vm, this: RClass, all: Option<bool>) -> RResult<RArray> {
        list_methods(vm, this, all.unwrap_or(true), &|visibility| visibility == Visibility::Public)
    }

    #[method("private_instance_methods")]
    fn private_instance_methods(vm: &mut Vm, this: RClass, all: Option<bool>) -> RResult<RArray> {
        list_methods(vm, this, all.unwrap_or(true), &|visibility| visibility == Visibility::Private)
    }

    #[method("protected_instance_methods")]
    fn protected_instance_methods(vm: &mut Vm, this: RClass, all: Option<bool>) -> RResult<RArray> {
        list_methods(vm, this, all.unwrap_or(true), &|visibility| visibility == Visibility::Protected)
    }

    #[method("undefined_instance_methods")]
    fn undefined_instance_methods(vm: &mut Vm, this: RClass) -> RResult<RArray> {
        let names: Vec<Symbol> =
            this.data().methods.iter().filter(|(_, method)| matches!(method.body, MethodBody::Undefined)).map(|(name, _)| name).collect();
        crate::object::symbols(vm, names)
    }

    #[method("method_defined?")]
    fn method_defined(vm: &mut Vm, this: RClass, name: Symbol, inherit: Option<bool>) -> bool {
        has(vm, this, name, inherit, &|visibility| visibility != Visibility::Private)
    }

    #[method("public_method_defined?")]
    fn public_method_defined(vm: &mut Vm, this: RClass, name: Symbol, inherit: Option<bool>) -> bool {
        has(vm, this, name, inherit, &|visibility| visibility == Visibility::Public)
    }

    #[method("private_method_defined?")]
    fn private_method_defined(vm: &mut Vm, this: RClass, name: Symbol, inherit: Option<bool>) -> bool {
        has(vm, this, name, inherit, &|visibility| visibility == Visibility::Private)
    }

    #[method("protected_method_defined?")]
    fn protected_method_defined(vm: &mut Vm, this: RClass, name: Symbol, inherit: Option<bool>) -> bool {
        has(vm, this, name, inherit, &|visibility| visibility == Visibility::Protected)
    }

    #[method("instance_method")]
    fn instance_method(vm: &mut Vm, this: RClass, name: Symbol) -> RResult {
        match vm.find_refined(this, name).or_else(|| vm.method_for_change(this, name)) {
            Some(method) => Ok(new_unbound(vm, this, method, name)),
            None => Err(vm.undefined_method_for_class(this, name)),
        }
    }

    #[method("public_instance_method")]
    fn public_instance_method(vm: &mut Vm, this: RClass, name: Symbol) -> RResult {
        match vm.method_for_change(this, name) {
            Some(method) if method.visibility == Visibility::Public => Ok(new_unbound(vm, this, method, name)),
            _ => Err(vm.undefined_method_for_class(this, name)),
        }
    }

    #[method("singleton_class?")]
    fn is_singleton_class(_vm: &mut Vm, this: RClass) -> bool {
        this.is_singleton()
    }

    #[method("freeze")]
    fn freeze(vm: &mut Vm, this: Value) -> Value {
        vm.freeze(this)
    }

    #[singleton("nesting")]
    fn nesting(vm: &mut Vm, _this: Value) -> RResult<RArray> {
        let list = vm.new_array();
        let mut scope = vm.frame().map(|frame| frame.cref());
        while let Some(cref) = scope {
            if cref.parent.is_some() && !cref.transparent {
                vm.push(list, cref.module.get())?;
            }
            scope = cref.parent;
        }
        Ok(list)
    }
}

/// Classes and modules named after this one get its new name.
fn rename_nested(vm: &mut Vm, outer: RClass, done: &mut RootedValues) -> RResult<()> {
    let constants = vm.roots.root(Vec::from_iter(outer.data().constants.iter().map(|(name, constant)| (name, constant.value))));
    for &(name, value) in constants.iter() {
        // A module that is already below another one on the way keeps that name: modules may contain each other.
        let Some(mut inner) = RClass::new(value).filter(|inner| !inner.data().has_permanent_name && !done.contains(&inner.value())) else { continue };
        done.push(inner.value());
        if outer.data().name.is_none() {
            inner.data_mut().name = None;
            rename_nested(vm, inner, done)?;
            continue;
        }
        let text = format!("{}::{}", vm.class_name_text(outer), vm.symbols.text(name));
        let text = vm.new_string(text.as_bytes(), text::encoding::Encoding::UTF_8);
        let text = vm.frozen_copy(text);
        inner.data_mut().name = Some(text);
        rename_nested(vm, inner, done)?;
    }
    Ok(())
}

fn has(vm: &mut Vm, this: RClass, name: Symbol, inherit: Option<bool>, wanted: &dyn Fn(Visibility) -> bool) -> bool {
    let method = if inherit == Some(false) {
        this.data().methods.get(&name).copied().filter(|method| !matches!(method.body, MethodBody::Undefined))
    } else {
        vm.find_method(this, name)
    };
    method.is_some_and(|method| wanted(method.visibility))
}
