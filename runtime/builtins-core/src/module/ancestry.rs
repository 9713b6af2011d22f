//! include, prepend, extend, ancestors, comparison of classes.

use super::check_module;
use macros::ruby_methods;
use vm::{RClass, RResult, Value, Vm, sym};

/// Ancestors.
pub struct Ancestry;

#[ruby_methods("Module")]
impl Ancestry {
    #[method("include")]
    fn include(vm: &mut Vm, this: RClass, modules: &[Value]) -> RResult<RClass> {
        mix_in(vm, this, modules, [sym::APPEND_FEATURES, sym::INCLUDED])
    }

    #[method("prepend")]
    fn prepend(vm: &mut Vm, this: RClass, modules: &[Value]) -> RResult<RClass> {
        mix_in(vm, this, modules, [sym::PREPEND_FEATURES, sym::PREPENDED])
    }

    #[method("append_features", private)]
    fn append_features(vm: &mut Vm, this: RClass, target: RClass) -> RResult<RClass> {
        check_module(vm, this.value())?;
        if vm.is_frozen(target.value()) {
            return Err(vm.frozen_error(target.value()));
        }
        check_cycle(vm, this, target, "include")?;
        vm.include_module(target, this);
        Ok(this)
    }

    #[method("prepend_features", private)]
    fn prepend_features(vm: &mut Vm, this: RClass, target: RClass) -> RResult<RClass> {
        check_module(vm, this.value())?;
        if vm.is_frozen(target.value()) {
            return Err(vm.frozen_error(target.value()));
        }
        check_cycle(vm, this, target, "prepend")?;
        vm.prepend_module(target, this);
        Ok(this)
    }

    #[method("extend_object", private)]
    fn extend_object(vm: &mut Vm, this: RClass, object: Value) -> RResult {
        check_module(vm, this.value())?;
        let singleton = vm.singleton_class_or_error(object)?;
        // The classes of nil, true and false are open.
        if object.is_cell() && vm.is_frozen(object) {
            return Err(vm.frozen_error(object));
        }
        let singleton = vm.class_view(singleton);
        vm.include_module(singleton, this);
        if let Some(hook) = vm.definition_hook {
            hook(vm, singleton, None);
        }
        Ok(object)
    }

    #[method("included", "extended", "prepended", "const_added", "method_added", "method_removed", "method_undefined", private)]
    fn hook(_vm: &mut Vm, _this: Value, _argument: Value) -> Value {
        Value::NIL
    }

    #[method("ancestors")]
    fn ancestors(vm: &mut Vm, this: RClass) -> Value {
        let list = vm.roots.values(&this.data().ancestors);
        vm.array(&list)
    }

    #[method("include?")]
    fn includes(vm: &mut Vm, this: RClass, module: Value) -> RResult<bool> {
        let module = check_module(vm, module)?;
        Ok(this != module && this.data().ancestors.contains(&module.value()))
    }

    #[method("included_modules")]
    fn included_modules(vm: &mut Vm, this: RClass) -> Value {
        let modules =
            this.data().ancestors.iter().copied().filter(|&module| module != this.value() && RClass::new(module).is_some_and(RClass::is_module));
        let list = vm.roots.root(Vec::from_iter(modules));
        vm.array(&list)
    }

    #[method("===", effects = "pure")]
    fn case_equal(vm: &mut Vm, this: RClass, value: Value) -> bool {
        vm.is_a(value, this.value())
    }

    #[method("==", effects = "pure")]
    fn equal(_vm: &mut Vm, this: Value, other: Value) -> bool {
        this == other
    }

    #[method("<")]
    fn less(vm: &mut Vm, this: RClass, other: Value) -> RResult {
        let other = compared(vm, other)?;
        Ok(if this == other { Value::FALSE } else { order(this, other).map_or(Value::NIL, Value::bool) })
    }

    #[method("<=")]
    fn less_or_equal(vm: &mut Vm, this: RClass, other: Value) -> RResult {
        let other = compared(vm, other)?;
        Ok(order(this, other).map_or(Value::NIL, Value::bool))
    }

    #[method(">")]
    fn greater(vm: &mut Vm, this: RClass, other: Value) -> RResult {
        let other = compared(vm, other)?;
        Ok(if this == other { Value::FALSE } else { order(other, this).map_or(Value::NIL, Value::bool) })
    }

    #[method(">=")]
    fn greater_or_equal(vm: &mut Vm, this: RClass, other: Value) -> RResult {
        let other = compared(vm, other)?;
        Ok(order(other, this).map_or(Value::NIL, Value::bool))
    }

    #[method("<=>")]
    fn compare(_vm: &mut Vm, this: RClass, other: Value) -> Value {
        match RClass::new(other) {
            Some(other) if other == this => Value::small(0),
            Some(other) => order(this, other).map_or(Value::NIL, |below| Value::small(if below { -1 } else { 1 })),
            None => Value::NIL,
        }
    }
}

fn compared(vm: &mut Vm, other: Value) -> RResult<RClass> {
    RClass::new(other).ok_or_else(|| vm.type_error("compared with non class/module"))
}

/// Is `a` below (or the same as) `b`? None when they are unrelated.
fn order(a: RClass, b: RClass) -> Option<bool> {
    if a.inherits(b) {
        Some(true)
    } else if b.inherits(a) {
        Some(false)
    } else {
        None
    }
}

fn mix_in(vm: &mut Vm, this: RClass, modules: &[Value], [feature, hook]: [vm::Symbol; 2]) -> RResult<RClass> {
    if modules.is_empty() {
        return Err(vm.argument_error("wrong number of arguments (given 0, expected 1+)"));
    }
    for &module in modules {
        if this.data().refined_class.is_some() {
            let name = if hook == sym::INCLUDED { "include" } else { "prepend" };
            return Err(vm.type_error(&format!("Refinement#{name} has been removed")));
        }
        if check_module(vm, module)?.data().refined_class.is_some() {
            let verb = if hook == sym::INCLUDED { "include" } else { "prepend" };
            return Err(vm.type_error(&format!("Cannot {verb} refinement")));
        }
    }
    if vm.is_frozen(this.value()) {
        return Err(vm.frozen_error(this.value()));
    }
    for &module in modules.iter().rev() {
        vm.call(module, feature, &[this.value()])?;
        vm.call(module, hook, &[this.value()])?;
    }
    Ok(this)
}

fn check_cycle(vm: &mut Vm, module: RClass, target: RClass, verb: &str) -> RResult<()> {
    if module == target || module.data().ancestors.contains(&target.value()) {
        return Err(vm.argument_error(&format!("cyclic {verb} detected")));
    }
    Ok(())
}
