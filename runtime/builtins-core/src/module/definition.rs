//! define_method, attr_*, visibility, alias, remove, undef, module_function, class_eval.

use crate::basic_object::eval_on;
use crate::method::method_data;
use macros::ruby_methods;
use objects::{CrefRef, MethodBody, Visibility};
use vm::{Block, RArray, RClass, RProc, RResult, Symbol, Value, Vm, sym};

/// Defining methods.
pub struct Definition;

#[ruby_methods("Module")]
impl Definition {
    #[method("define_method")]
    fn define_method(vm: &mut Vm, this: RClass, name: Value, body: Option<Value>, block: Block) -> RResult {
        let name = vm.to_name(name)?;
        let scope = scope_of(vm, this);
        let is_function = scope.is_some_and(|cref| cref.module_function.get());
        let visibility = match scope {
            Some(_) if is_function => Visibility::Private,
            Some(cref) => cref.visibility.get(),
            None => Visibility::Public,
        };
        let result = define_from(vm, this, name, body, block, visibility)?;
        if is_function && let Some(method) = this.data().methods.get(&name).copied() {
            vm.define_module_function(this.value(), name, Vm::resolve_alias(method).body)?;
        }
        Ok(result)
    }

    /// `attr(*names)`, or the old form `attr(name, writable)`.
    #[method("attr")]
    fn attr(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<RArray> {
        match *names {
            [name, flag @ (Value::TRUE | Value::FALSE)] => {
                if vm.options.verbose == Some(true) {
                    vm.warn_at_caller("optional boolean argument is obsoleted")?;
                }
                attributes(vm, this, &[name], true, flag == Value::TRUE)
            }
            _ => attributes(vm, this, names, true, false),
        }
    }

    #[method("attr_reader")]
    fn attr_reader(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<RArray> {
        attributes(vm, this, names, true, false)
    }

    #[method("attr_writer")]
    fn attr_writer(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<RArray> {
        attributes(vm, this, names, false, true)
    }

    #[method("attr_accessor")]
    fn attr_accessor(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<RArray> {
        attributes(vm, this, names, true, true)
    }

    #[method("public", private)]
    fn public(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult {
        change_visibility(vm, this, names, Visibility::Public)
    }

    #[method("private", private)]
    fn private(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult {
        change_visibility(vm, this, names, Visibility::Private)
    }

    #[method("protected", private)]
    fn protected(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult {
        change_visibility(vm, this, names, Visibility::Protected)
    }

    #[method("module_function", private)]
    fn module_function(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult {
        if !this.is_module() {
            return Err(vm.type_error("module_function must be called for modules"));
        }
        if names.is_empty() {
            if let Some(cref) = scope_of(vm, this) {
                cref.module_function.set(true);
            }
            warn_inside_method(vm, "module_function")?;
            return Ok(Value::NIL);
        }
        for name in listed(vm, names)? {
            let Some(method) = vm.method_for_change(this, name) else { return Err(vm.undefined_method_for_class(this, name)) };
            let body = Vm::resolve_alias(method).body;
            vm.define_module_function(this.value(), name, body)?;
            set_visibility(vm, this, name, Visibility::Private)?;
        }
        Ok(result_of(vm, names))
    }

    #[method("public_class_method")]
    fn public_class_method(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<()> {
        class_methods(vm, this, names, Visibility::Public)
    }

    #[method("private_class_method")]
    fn private_class_method(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<()> {
        class_methods(vm, this, names, Visibility::Private)
    }

    #[method("alias_method")]
    fn alias_method(vm: &mut Vm, this: RClass, new_name: Symbol, old_name: Symbol) -> RResult<Symbol> {
        vm.alias_method(this, new_name, old_name)?;
        Ok(new_name)
    }

    #[method("remove_method")]
    fn remove_method(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<RClass> {
        for &name in names {
            let name = vm.to_name(name)?;
            if vm.is_frozen(this.value()) {
                return Err(vm.frozen_error(this.value()));
            }
            vm.warn_of_danger(this, name, "removing")?;
            let known = this.data().methods.get(&name).is_some_and(|method| !matches!(method.body, MethodBody::Undefined));
            if !known || !vm.remove_method(this, name) {
                let (text, owner) = (vm.symbols.text(name).into_owned(), vm.class_name_text(this));
                let class = vm.core.name_error;
                return Err(vm.raise_name_error(class, &format!("method '{text}' not defined in {owner}"), this.value(), name));
            }
            vm.method_hook(this, name, sym::METHOD_REMOVED, sym::SINGLETON_METHOD_REMOVED)?;
        }
        Ok(this)
    }

    #[method("undef_method")]
    fn undef_method(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<RClass> {
        for &name in names {
            let name = vm.to_name(name)?;
            vm.undef_method(this, name)?;
        }
        Ok(this)
    }

    #[method("class_eval", "module_eval", effects = "looks_at_caller, any")]
    fn class_eval(vm: &mut Vm, this: Value, args: &[Value], block: Block) -> RResult {
        eval_on(vm, this, this, args, block, "class_eval")
    }

    #[method("class_exec", "module_exec")]
    fn class_exec(vm: &mut Vm, this: Value, args: &[Value], keywords: vm::Keywords, block: Block) -> RResult {
        if !block.is_some() {
            return Err(vm.local_jump_error("no block given (yield)", "noreason", Value::NIL));
        }
        vm.call_block_on_with(block.word(), this, this, args, crate::basic_object::pass(keywords))
    }

    #[method("ruby2_keywords", private)]
    fn ruby2_keywords(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<()> {
        if names.is_empty() {
            return Err(vm.arity_error(0, 1, None));
        }
        for &name in names {
            let name = vm.to_name(name)?;
            let text = vm.symbols.text(name).into_owned();
            let Some(&method) = this.data().methods.get(&name) else {
                if vm.find_method(this, name).is_none() {
                    return Err(vm.undefined_method_for_class(this, name));
                }
                vm.warn_at_caller(&format!("Skipping set of ruby2_keywords flag for {text} (can only set in method defining module)"))?;
                continue;
            };
            let method = Vm::resolve_alias(method);
            let params = match method.body {
                MethodBody::Ruby(code, _) => Some(code),
                MethodBody::Proc(callable) => match RProc::new(callable).map(RProc::body) {
                    Some(objects::ProcBody::Block { code, .. }) => Some(code),
                    _ => None,
                },
                _ => None,
            };
            match params {
                Some(code) if crate::procedure::accepts_flag(&code.function.params) => method.ruby2_keywords.set(true),
                Some(_) => vm.warn_at_caller(&format!(
                    "Skipping set of ruby2_keywords flag for {text} (method accepts keywords or post arguments or method does not accept argument splat)"
                ))?,
                None => vm.warn_at_caller(&format!("Skipping set of ruby2_keywords flag for {text} (method not defined in Ruby)"))?,
            }
            vm.method_changed(this, name);
        }
        Ok(())
    }
}

/// The lexical scope of the caller when its class body is the receiver's.
fn scope_of(vm: &Vm, this: RClass) -> Option<CrefRef> {
    let frame = vm.frame()?;
    let cref = frame.cref();
    let direct = frame.receiver() == this.value() && Vm::is_in_body(frame);
    (direct && cref.definee.get() == this.value()).then_some(cref)
}

/// `define_method` with a Proc, Method, UnboundMethod or block.
pub fn define_from(vm: &mut Vm, class: RClass, name: Symbol, body: Option<Value>, block: Block, visibility: Visibility) -> RResult {
    let body = match body {
        Some(value) => match RProc::new(value) {
            Some(_) => proc_body(vm, value)?,
            None => match method_data(vm, value) {
                Some(data) => {
                    let owner = vm.class_view(data.method.owner);
                    if !owner.is_module() && !class.inherits(owner) {
                        let text = vm.class_name_text(owner);
                        let message = if owner.is_singleton() {
                            "can't bind singleton method to a different class".to_string()
                        } else {
                            format!("bind argument must be a subclass of {text}")
                        };
                        return Err(vm.type_error(&message));
                    }
                    // A copy with an owner of its own, so that `super` goes on above the new place, under the original name.
                    let source = Vm::resolve_alias(data.method);
                    if source.name == name { source.body } else { MethodBody::Alias(vm.hidden_method(class, source)) }
                }
                None => return Err(vm.wrong_type(value, "Proc/Method/UnboundMethod")),
            },
        },
        None => match block.to_proc(vm)? {
            Some(made) => proc_body(vm, made.value())?,
            None => return Err(vm.argument_error("tried to create Proc object without a block")),
        },
    };
    vm.define_method_on(class, name, body, visibility)?;
    Ok(Value::symbol(name))
}

/// A Proc as method body: a copy that is a lambda.
fn proc_body(vm: &mut Vm, value: Value) -> RResult<MethodBody> {
    let Some(callable) = RProc::new(value) else { return Err(vm.wrong_type(value, "Proc")) };
    let copy = vm.proc_from(callable.body(), true);
    vm.note_defining_ractor(callable, copy);
    Ok(MethodBody::Proc(copy.value()))
}

fn attributes(vm: &mut Vm, this: RClass, names: &[Value], reader: bool, writer: bool) -> RResult<RArray> {
    let visibility = scope_of(vm, this).map_or(Visibility::Public, |cref| cref.visibility.get());
    let list = vm.new_array();
    for &name in names {
        let name = vm.to_name(name)?;
        let text = vm.symbols.text(name).into_owned();
        let is_name = |c: char| c == '_' || c.is_alphanumeric() || !c.is_ascii();
        if text.starts_with(|c: char| c.is_ascii_digit()) || text.is_empty() || !text.chars().all(is_name) {
            let class = vm.core.name_error;
            return Err(vm.raise_name_error(class, &format!("invalid attribute name '{text}'"), this.value(), name));
        }
        let variable = vm.intern(&format!("@{text}"));
        if reader {
            vm.define_method_on(this, name, MethodBody::Reader(variable), visibility)?;
            vm.push(list, Value::symbol(name))?;
        }
        if writer {
            let setter = vm.intern(&format!("{text}="));
            vm.define_method_on(this, setter, MethodBody::Writer(variable), visibility)?;
            vm.push(list, Value::symbol(setter))?;
        }
    }
    Ok(list)
}

/// Names given one by one or in one Array.
fn listed(vm: &mut Vm, names: &[Value]) -> RResult<Vec<Symbol>> {
    let [single] = *names else { return names.iter().map(|&name| vm.to_name(name)).collect() };
    let Some(list) = RArray::new(single) else { return Ok(vec![vm.to_name(single)?]) };
    // Conversions may change the Array: what stands in it counts when its turn comes.
    let mut found = Vec::new();
    while let Some(name) = list.get(found.len()) {
        found.push(vm.to_name(name)?);
    }
    Ok(found)
}

/// What visibility methods return: nothing, the one argument, or all.
fn result_of(vm: &mut Vm, names: &[Value]) -> Value {
    match *names {
        [] => Value::NIL,
        [single] => single,
        _ => vm.array(names),
    }
}

fn change_visibility(vm: &mut Vm, this: RClass, names: &[Value], visibility: Visibility) -> RResult {
    if names.is_empty() {
        if let Some(cref) = scope_of(vm, this) {
            cref.visibility.set(visibility);
            cref.module_function.set(false);
        }
        let name = match visibility {
            Visibility::Public => "public",
            Visibility::Private => "private",
            Visibility::Protected => "protected",
        };
        warn_inside_method(vm, name)?;
        return Ok(Value::NIL);
    }
    for name in listed(vm, names)? {
        set_visibility(vm, this, name, visibility)?;
    }
    Ok(result_of(vm, names))
}

/// Without names these hold for the body they stand in, of which a method has none.
fn warn_inside_method(vm: &mut Vm, name: &str) -> RResult<()> {
    if vm.frame().is_none_or(Vm::is_in_body) {
        return Ok(());
    }
    vm.warn_at_caller(&format!("calling {name} without arguments inside a method may not have the intended effect"))
}

/// Gives a method of the class, or a copy of an inherited one, another visibility.
pub fn set_visibility(vm: &mut Vm, class: RClass, name: Symbol, visibility: Visibility) -> RResult<()> {
    if vm.is_frozen(class.value()) {
        return Err(vm.frozen_error(class.value()));
    }
    // What is prepended to the class keeps its visibility: the search starts at the class itself.
    let own = class.data().ancestors.iter().position(|&ancestor| ancestor == class.value()).unwrap_or(0);
    let found = class.data().ancestors[own..].iter().filter_map(|&ancestor| RClass::new(ancestor)?.data().methods.get(&name).copied()).next();
    let found = found.filter(|method| {
        !matches!(method.body, MethodBody::Undefined) && (method.owner == class.value() || !matches!(method.body, MethodBody::Inherited))
    });
    let Some(method) = found.or_else(|| vm.method_for_change(class, name)) else { return Err(vm.undefined_method_for_class(class, name)) };
    if method.visibility == visibility {
        return Ok(());
    }
    let is_own = method.owner == class.value();
    let body = if is_own { method.body } else { MethodBody::Inherited };
    let changed = vm.add_method(class, name, body, visibility);
    changed.ruby2_keywords.set(method.ruby2_keywords.get());
    changed.is_aliased.set(is_own && method.is_aliased.get());
    if is_own {
        return Ok(());
    }
    vm.method_hook(class, name, sym::METHOD_ADDED, sym::SINGLETON_METHOD_ADDED)
}

fn class_methods(vm: &mut Vm, this: RClass, names: &[Value], visibility: Visibility) -> RResult<()> {
    let singleton = vm.singleton_class_or_error(this.value())?;
    let singleton = vm.class_view(singleton);
    for name in listed(vm, names)? {
        set_visibility(vm, singleton, name, visibility)?;
    }
    Ok(())
}
