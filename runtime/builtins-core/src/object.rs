//! Object (as Kernel's public instance methods): identity, copying, variables, reflection.

use crate::basic_object::{method_name, pass, responds, send_any};
use macros::ruby_methods;
use objects::{MethodBody, Visibility};
use value::Kind;
use vm::class::address;
use vm::{Block, Keywords, RArray, RClass, RResult, Symbol, Value, Vm, sym};

/// Identity, comparison, copying.
pub struct Identity;

#[ruby_methods("Kernel")]
impl Identity {
    #[method("class", effects = "pure")]
    fn class(vm: &mut Vm, this: Value) -> RClass {
        vm.real_class_of(this)
    }

    #[method("singleton_class")]
    fn singleton_class(vm: &mut Vm, this: Value) -> RResult {
        let singleton = vm.singleton_class_or_error(this)?;
        if this.is_cell() && vm.is_frozen(this) && singleton != this {
            vm.freeze(singleton);
        }
        Ok(singleton)
    }

    #[method("frozen?", effects = "pure")]
    fn frozen(vm: &mut Vm, this: Value) -> bool {
        vm.is_frozen(this)
    }

    #[method("freeze")]
    fn freeze(vm: &mut Vm, this: Value) -> Value {
        if let Some(singleton) = vm.existing_singleton_class(this).filter(|singleton| singleton.value() != this) {
            vm.freeze(singleton.value());
        }
        vm.freeze(this)
    }

    #[method("nil?", effects = "pure")]
    fn is_nil(_vm: &mut Vm, this: Value) -> bool {
        this.is_nil()
    }

    #[method("===")]
    fn case_equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        if this == other { Ok(true) } else { vm.equal(this, other) }
    }

    #[method("!~")]
    fn not_match(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        Ok(!vm.call(this, sym::MATCH, &[other])?.truthy())
    }

    #[method("eql?", effects = "pure")]
    fn eql(_vm: &mut Vm, this: Value, other: Value) -> bool {
        this == other
    }

    #[method("<=>")]
    fn compare(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let same = this == other || vm.equal(this, other)?;
        Ok(if same { Value::small(0) } else { Value::NIL })
    }

    #[method("hash", effects = "allocates")]
    fn hash(vm: &mut Vm, this: Value) -> Value {
        let hash = match vm.builtin_hash(this) {
            Some(hash) => hash,
            None => {
                let id = vm.object_id(this);
                vm.hash_word(id.bits())
            }
        };
        vm.int(hash as i64)
    }

    #[method("object_id", effects = "allocates")]
    fn object_id(vm: &mut Vm, this: Value) -> Value {
        vm.object_id(this)
    }

    #[method("itself", effects = "pure")]
    fn itself(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    #[method("is_a?", "kind_of?", effects = "raises")]
    fn is_a(vm: &mut Vm, this: Value, class: RClass) -> bool {
        vm.is_a(this, class.value())
    }

    #[method("instance_of?", effects = "raises")]
    fn instance_of(vm: &mut Vm, this: Value, class: RClass) -> bool {
        vm.real_class_of(this) == class
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> String {
        if this == vm.main { "main".to_string() } else { vm.any_to_s(this) }
    }

    /// `#<Foo>` or `#<Foo @a=1, @b=2>` with the address.
    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult {
        if this == vm.main {
            return Ok(vm.str("main"));
        }
        let names = inspected_names(vm, this)?;
        if names.is_empty() {
            let text = vm.any_to_s(this);
            return Ok(vm.str(&text));
        }
        let head = format!("#<{}:{}", vm.class_name_of(this), address(this));
        let body = vm.guard_recursion(sym::INSPECT, this, Value::NIL, |vm| {
            let mut text = head.clone();
            for (index, &name) in names.iter().enumerate() {
                let value = vm.ivar_get(this, name).unwrap_or(Value::NIL);
                let shown = vm.inspect_text(value)?;
                let name = vm.symbols.text(name).into_owned();
                text.push_str(&format!("{} {name}={shown}", if index == 0 { "" } else { "," }));
            }
            text.push('>');
            Ok(text)
        })?;
        let text = body.unwrap_or_else(|| format!("{head} ...>"));
        Ok(vm.str(&text))
    }

    #[method("dup")]
    fn dup(vm: &mut Vm, this: Value) -> RResult {
        if this.kind().is_none() || matches!(this.kind(), Some(Kind::Float | Kind::Bignum)) {
            return Ok(this);
        }
        let copy = shallow_copy(vm, this)?;
        vm.call(copy, sym::INITIALIZE_DUP, &[this])?;
        Ok(copy)
    }

    #[method("clone")]
    fn clone(vm: &mut Vm, this: Value, keywords: Keywords) -> RResult {
        keywords.check(vm, &["freeze"])?;
        let freeze = keywords.get(vm, "freeze");
        if let Some(value) = freeze.filter(|value| ![Value::TRUE, Value::FALSE, Value::NIL].contains(value)) {
            let name = vm.class_name_of(value);
            return Err(vm.argument_error(&format!("unexpected value for freeze: {name}")));
        }
        if this.kind().is_none() || matches!(this.kind(), Some(Kind::Float | Kind::Bignum)) {
            if freeze == Some(Value::FALSE) {
                let name = vm.class_name_of(this);
                return Err(vm.argument_error(&format!("can't unfreeze {name}")));
            }
            return Ok(this);
        }
        let copy = shallow_copy(vm, this)?;
        copy_singleton(vm, this, copy)?;
        match freeze {
            Some(value) if !value.is_nil() => {
                let name = vm.intern("freeze");
                let options = vm.new_hash();
                vm.hash_set(options, Value::symbol(name), value)?;
                let keywords = vm::PassedKeywords::Hash { hash: options, fresh: true };
                vm.call_full(copy, sym::INITIALIZE_CLONE, &[this], keywords, vm::BlockWord::NONE, vm::send::CallMode::Any)?;
            }
            _ => {
                vm.call(copy, sym::INITIALIZE_CLONE, &[this])?;
            }
        }
        if freeze == Some(Value::TRUE) || freeze != Some(Value::FALSE) && vm.is_frozen(this) {
            vm.freeze(copy);
        }
        Ok(copy)
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if this != other {
            vm.check_frozen(this)?;
            if vm.real_class_of(this) != vm.real_class_of(other) {
                return Err(vm.type_error("initialize_copy should take same class object"));
            }
        }
        Ok(this)
    }

    #[method("initialize_dup", private)]
    fn initialize_dup(vm: &mut Vm, this: Value, other: Value) -> RResult {
        vm.call(this, sym::INITIALIZE_COPY, &[other])
    }

    #[method("initialize_clone", private)]
    fn initialize_clone(vm: &mut Vm, this: Value, other: Value, keywords: Keywords) -> RResult {
        keywords.check(vm, &["freeze"])?;
        vm.call(this, sym::INITIALIZE_COPY, &[other])
    }

    #[method("extend")]
    fn extend(vm: &mut Vm, this: Value, modules: &[Value]) -> RResult {
        if modules.is_empty() {
            return Err(vm.argument_error("wrong number of arguments (given 0, expected 1+)"));
        }
        for &module in modules.iter().rev() {
            if crate::module::check_module(vm, module)?.data().refined_class.is_some() {
                return Err(vm.type_error("Cannot extend object with refinement"));
            }
            vm.call(module, sym::EXTEND_OBJECT, &[this])?;
            vm.call(module, sym::EXTENDED, &[this])?;
        }
        Ok(this)
    }

    #[method("display")]
    fn display(vm: &mut Vm, this: Value, port: Option<Value>) -> RResult<()> {
        let port = match port {
            Some(port) => port,
            None => vm.global_get(sym::STDOUT_G)?,
        };
        vm.call(port, sym::WRITE, &[this])?;
        Ok(())
    }

    #[method("instance_variable_names")]
    fn variable_names(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let list = vm.new_array();
        for name in vm.ivar_names(this) {
            let text = vm.symbols.text(name).into_owned();
            let text = vm.str(&text);
            vm.push(list, text)?;
        }
        Ok(list)
    }
}

fn is_method_like(vm: &mut Vm, value: Value) -> bool {
    let class = vm.real_class_of(value).value();
    class == vm.core.unbound_method || class == vm.core.method
}

/// Variables that `inspect` shows: those named by `instance_variables_to_inspect` if it is defined.
fn inspected_names(vm: &mut Vm, this: Value) -> RResult<Vec<Symbol>> {
    let names = vm.ivar_names(this);
    let chosen = vm.intern("instance_variables_to_inspect");
    let class = vm.class_of(this);
    if names.is_empty() || vm.find_method(class, chosen).is_none() {
        return Ok(names);
    }
    let list = vm.call(this, chosen, &[])?;
    match RArray::new(list) {
        Some(list) => Ok(names.into_iter().filter(|&name| list.as_slice(&vm.heap).contains(&Value::symbol(name))).collect()),
        None if list.is_nil() => Ok(names),
        None => {
            let got = vm.class_name_of(list);
            Err(vm.type_error(&format!("Expected #instance_variables_to_inspect to return an Array or nil, but it returned {got}")))
        }
    }
}

/// A copy of the object's content and variables, without the singleton class.
fn shallow_copy(vm: &mut Vm, this: Value) -> RResult {
    let copy = copy_content(vm, this)?;
    vm.copy_ivars(this, copy);
    crate::object_space::copy_finalizers(vm, this, copy)?;
    Ok(copy)
}

/// A new object of the same class, with the native content of those that nobody can allocate.
fn copy_content(vm: &mut Vm, this: Value) -> RResult {
    if is_method_like(vm, this) {
        return crate::method::copy(vm, this);
    }
    if let Some(data) = objects::RData::new(this).and_then(|data| data.read::<vm::eval::BindingData>(&vm.heap)).cloned() {
        return Ok(crate::new_binding(vm, data));
    }
    let class = vm.real_class_of(this);
    if let Some(info) = vm.match_info(this).cloned() {
        return Ok(vm.data(class, Box::new(info)));
    }
    if class.data().allocator == objects::class::Allocator::None && !matches!(this.kind(), Some(Kind::Object | Kind::Proc)) {
        let name = vm.class_name_text(class);
        return Err(vm.type_error(&format!("allocator undefined for {name}")));
    }
    vm.allocate_copy(class, this)
}

/// Gives the copy the singleton methods of the original.
fn copy_singleton(vm: &mut Vm, this: Value, copy: Value) -> RResult<()> {
    let Some(original) = vm.existing_singleton_class(this) else { return Ok(()) };
    if this.is_kind(Kind::Class) {
        return Ok(());
    }
    let Some(mut target) = vm.singleton_class(copy) else { return Ok(()) };
    target.data_mut().constants = original.data().constants.clone();
    for (name, method) in original.data().methods.clone().iter() {
        vm.add_method(target, name, method.body, method.visibility);
    }
    for &module in original.data().includes.clone().iter().rev() {
        if let Some(module) = RClass::new(module) {
            vm.include_module(target, module);
        }
    }
    Ok(())
}

/// Instance variables.
pub struct Variables;

#[ruby_methods("Kernel")]
impl Variables {
    #[method("instance_variable_get")]
    fn get(vm: &mut Vm, this: Value, name: Value) -> RResult {
        let name = ivar_name(vm, this, name)?;
        vm.ivar_read(this, name)
    }

    #[method("instance_variable_set")]
    fn set(vm: &mut Vm, this: Value, name: Value, value: Value) -> RResult {
        let name = ivar_name(vm, this, name)?;
        vm.ivar_write(this, name, value)?;
        Ok(value)
    }

    #[method("instance_variable_defined?")]
    fn is_defined(vm: &mut Vm, this: Value, name: Value) -> RResult<bool> {
        let name = ivar_name(vm, this, name)?;
        Ok(vm.ivar_get(this, name).is_some())
    }

    #[method("remove_instance_variable")]
    fn remove(vm: &mut Vm, this: Value, name: Value) -> RResult {
        let name = ivar_name(vm, this, name)?;
        match vm.ivar_remove(this, name)? {
            Some(value) => Ok(value),
            None => {
                let text = vm.symbols.text(name).into_owned();
                let shown = vm.inspect_text(this)?;
                let class = vm.core.name_error;
                Err(vm.raise_name_error(class, &format!("instance variable {text} not defined for {shown}"), this, name))
            }
        }
    }

    #[method("instance_variables")]
    fn list(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let names = vm.ivar_names(this);
        symbols(vm, names)
    }
}

/// An Array of Symbols.
pub fn symbols(vm: &mut Vm, names: impl IntoIterator<Item = Symbol>) -> RResult<RArray> {
    let list = vm.new_array();
    for name in names {
        vm.push(list, Value::symbol(name))?;
    }
    Ok(list)
}

fn ivar_name(vm: &mut Vm, this: Value, name: Value) -> RResult<Symbol> {
    let symbol = vm.to_name(name)?;
    let bytes = vm.symbols.bytes(symbol);
    let fine = bytes.len() > 1
        && bytes[0] == b'@'
        && bytes[1] != b'@'
        && !bytes[1].is_ascii_digit()
        && bytes[1..].iter().all(|&b| b == b'_' || b.is_ascii_alphanumeric() || b >= 0x80);
    if fine {
        return Ok(symbol);
    }
    let text = vm.symbols.text(symbol).into_owned();
    let class = vm.core.name_error;
    let raised = vm.raise_name_error(class, &format!("'{text}' is not allowed as an instance variable name"), this, symbol);
    vm.set_error_name(name);
    Err(raised)
}

/// Calling and listing methods.
pub struct Methods;

#[ruby_methods("Kernel")]
impl Methods {
    #[method("send")]
    fn send(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        send_any(vm, this, args, keywords, block)
    }

    #[method("public_send")]
    fn public_send(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        let (name, rest) = method_name(vm, args)?;
        // Who calls does not count: a protected method is not public even for its own class.
        let class = vm.class_of(this);
        if let Some(method) = vm.find_method(class, name).filter(|method| method.visibility == Visibility::Protected) {
            return vm.call_missing(this, name, rest, pass(keywords), block.word(), vm::send::CallMode::Public, Some(method));
        }
        vm.call_here(this, name, rest, pass(keywords), block.word(), vm::send::CallMode::Public)
    }

    #[method("respond_to?")]
    fn respond_to(vm: &mut Vm, this: Value, name: Value, private: Option<bool>) -> RResult<bool> {
        let name = vm.to_name(name)?;
        let class = vm.class_of(this);
        if let Some(method) = vm.find_refined(class, name) {
            return Ok(private == Some(true) || method.visibility == Visibility::Public);
        }
        responds(vm, this, name, private.unwrap_or(false))
    }

    #[method("respond_to_missing?", private)]
    fn respond_to_missing(_vm: &mut Vm, _this: Value, _name: Value, _private: Value) -> bool {
        false
    }

    #[method("methods")]
    fn methods(vm: &mut Vm, this: Value, all: Option<bool>) -> RResult<RArray> {
        if all == Some(false) {
            return Self::singleton_methods(vm, this, Some(true));
        }
        let class = vm.class_of(this);
        list_methods(vm, class, true, &|visibility| visibility != Visibility::Private)
    }

    #[method("public_methods")]
    fn public_methods(vm: &mut Vm, this: Value, all: Option<bool>) -> RResult<RArray> {
        if all == Some(false) {
            return own_methods(vm, this, &|visibility| visibility == Visibility::Public);
        }
        let class = vm.class_of(this);
        list_methods(vm, class, true, &|visibility| visibility == Visibility::Public)
    }

    #[method("private_methods")]
    fn private_methods(vm: &mut Vm, this: Value, all: Option<bool>) -> RResult<RArray> {
        if all == Some(false) {
            return own_methods(vm, this, &|visibility| visibility == Visibility::Private);
        }
        let class = vm.class_of(this);
        list_methods(vm, class, true, &|visibility| visibility == Visibility::Private)
    }

    #[method("protected_methods")]
    fn protected_methods(vm: &mut Vm, this: Value, all: Option<bool>) -> RResult<RArray> {
        if all == Some(false) {
            return own_methods(vm, this, &|visibility| visibility == Visibility::Protected);
        }
        let class = vm.class_of(this);
        list_methods(vm, class, true, &|visibility| visibility == Visibility::Protected)
    }

    #[method("singleton_methods")]
    fn singleton_methods(vm: &mut Vm, this: Value, all: Option<bool>) -> RResult<RArray> {
        let Some(singleton) = vm.existing_singleton_class(this) else { return Ok(vm.new_array()) };
        let mut names = Vec::new();
        let ancestors = vm.roots.values(&singleton.data().ancestors);
        // What stands behind the singleton classes belongs to the real class, its prepended modules too.
        let real = ancestors.iter().filter_map(|&ancestor| RClass::new(ancestor)).find(|class| !class.is_singleton() && !class.is_module());
        let behind = real.map_or(0, |real| real.data().ancestors.len());
        for &ancestor in &ancestors[..ancestors.len() - behind.min(ancestors.len())] {
            let Some(class) = RClass::new(ancestor) else { continue };
            if all == Some(false) && ancestor != singleton.value() {
                break;
            }
            collect_names(class, &mut names, &|visibility| visibility != Visibility::Private);
        }
        symbols(vm, names.into_iter().filter_map(|(name, shown)| shown.then_some(name)))
    }

    #[method("define_singleton_method")]
    fn define_singleton_method(vm: &mut Vm, this: Value, name: Value, body: Option<Value>, block: Block) -> RResult {
        let class = vm.singleton_class_or_error(this)?;
        if vm.is_frozen(this) {
            return Err(vm.frozen_error(this));
        }
        let class = vm.class_view(class);
        let name = vm.to_name(name)?;
        crate::module::define_from(vm, class, name, body, block, Visibility::Public)
    }
}

/// Names of a class's methods with whether they are shown; the first entry of a name counts.
pub fn collect_names(class: RClass, names: &mut Vec<(Symbol, bool)>, wanted: &dyn Fn(Visibility) -> bool) {
    for (name, method) in class.data().methods.iter() {
        if !names.iter().any(|&(other, _)| other == name) {
            let shown = !matches!(method.body, MethodBody::Undefined) && wanted(method.visibility);
            names.push((name, shown));
        }
    }
}

/// Names of the methods of an object's singleton classes, their modules, and its class.
fn own_methods(vm: &mut Vm, this: Value, wanted: &dyn Fn(Visibility) -> bool) -> RResult<RArray> {
    let mut names = Vec::new();
    for class in vm.class_of(this).data().ancestors.clone().into_iter().filter_map(RClass::new) {
        collect_names(class, &mut names, wanted);
        if !class.is_singleton() && !class.is_module() {
            break;
        }
    }
    symbols(vm, names.into_iter().filter_map(|(name, shown)| shown.then_some(name)))
}

/// Names of the methods of a class and, with `all`, its ancestors.
pub fn list_methods(vm: &mut Vm, class: RClass, all: bool, wanted: &dyn Fn(Visibility) -> bool) -> RResult<RArray> {
    let mut names = Vec::new();
    for &ancestor in &class.data().ancestors.clone() {
        let Some(module) = RClass::new(ancestor) else { continue };
        collect_names(module, &mut names, wanted);
        if all && let Some(refined) = module.data().refined_class.and_then(RClass::new) {
            for &ancestor in &refined.data().ancestors.clone() {
                if let Some(module) = RClass::new(ancestor) {
                    collect_names(module, &mut names, wanted);
                }
            }
        }
        if !all && (module == class || !module.is_module() && !module.is_singleton()) {
            break;
        }
    }
    symbols(vm, names.into_iter().filter_map(|(name, shown)| shown.then_some(name)))
}
