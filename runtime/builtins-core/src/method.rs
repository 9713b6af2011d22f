//! Method and UnboundMethod.

use crate::basic_object::pass;
use crate::procedure::{arity_of, compose, parameter_list};
use crate::signatures::Signature;
use heap::Tracer;
use macros::ruby_methods;
use objects::{CodeRef, MethodBody, MethodRef, NativeData, ProcBody};
use vm::external::Portable;
use vm::{ArgumentList, Block, Keywords, RArray, RClass, RProc, RResult, Symbol, Value, Vm, sym};

/// Native part of Method and UnboundMethod objects.
#[derive(Clone, Copy)]
pub struct MethodData {
    /// Receiver; undef when unbound.
    pub receiver: Value,
    /// Class it was looked up in.
    pub class: Value,
    /// The method.
    pub method: MethodRef,
    /// Name it was asked for by.
    pub name: Symbol,
    /// Stands for `method_missing` (from `respond_to_missing?`).
    pub missing: bool,
}

impl NativeData for MethodData {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(self.receiver);
        tracer.value(self.class);
        tracer.value(self.method.value());
    }
}

/// The native part of a Method or UnboundMethod.
pub fn method_data(vm: &Vm, value: Value) -> Option<MethodData> {
    objects::RData::new(value)?.read(&vm.heap).copied()
}

fn data_of(vm: &mut Vm, value: Value) -> RResult<MethodData> {
    Ok(*vm.native::<MethodData>(value, "Method")?)
}

/// An UnboundMethod.
pub fn new_unbound(vm: &mut Vm, class: RClass, method: MethodRef, name: Symbol) -> Value {
    let sort = vm.class_view(vm.core.unbound_method);
    vm.data(sort, Box::new(MethodData { receiver: Value::UNDEF, class: class.value(), method, name, missing: false }))
}

fn new_bound(vm: &mut Vm, receiver: Value, method: MethodRef, name: Symbol, missing: bool) -> Value {
    let sort = vm.class_view(vm.core.method);
    let class = vm.class_of(receiver).value();
    vm.data(sort, Box::new(MethodData { receiver, class, method, name, missing }))
}

/// Classes of this file.
pub fn init(vm: &mut Vm) {
    for class in [vm.core.method, vm.core.unbound_method] {
        vm.undefine_allocator(class);
    }
    vm.define_groups(&[Lookup::GROUP]);
    vm.define_portable(PORTABLE);
}

/// A Method is saved by name: receiver (or nothing), class it was looked up in, owner, own name, name asked for, stands for `method_missing`?
const PORTABLE: Portable = Portable {
    name: "Method",
    take_apart: |vm, value| {
        let Some(data) = method_data(vm, value) else { return Ok(None) };
        let own = Value::symbol(data.method.name);
        let parts = [data.receiver, data.class, data.method.owner, own, Value::symbol(data.name), Value::bool(data.missing)];
        Ok(RArray::new(vm.array(&parts)))
    },
    allocate: |vm, class| {
        let object = vm.class_view(vm.core.object);
        let Some(method) = vm.find_method(object, sym::INITIALIZE) else { return Err(vm.undefined_method_for_class(object, sym::INITIALIZE)) };
        let data = MethodData { receiver: Value::UNDEF, class: object.value(), method, name: sym::INITIALIZE, missing: false };
        Ok(vm.data(class, Box::new(data)))
    },
    put_together: |vm, value, parts| {
        let part = |index: usize| parts.get(index).unwrap_or(Value::NIL);
        let (Some(owner), Some(own), Some(name)) = (RClass::new(part(2)), part(3).as_symbol(), part(4).as_symbol()) else {
            return Err(vm.argument_error("no parts of a Method"));
        };
        let found = match owner.data().methods.get(&own).copied() {
            Some(method) => Some(method),
            None => vm.find_method(owner, own),
        };
        let Some(method) = found else { return Err(vm.undefined_method_for_class(owner, own)) };
        let data = MethodData { receiver: part(0), class: part(1), method, name, missing: part(5).truthy() };
        *vm.native::<MethodData>(value, "Method")? = data;
        Ok(())
    },
};

/// A copy for `dup` and `clone`.
pub fn copy(vm: &mut Vm, this: Value) -> RResult {
    let data = data_of(vm, this)?;
    let class = vm.real_class_of(this);
    Ok(vm.data(class, Box::new(data)))
}

/// `Object#method` and kin.
pub struct Lookup;

#[ruby_methods("Kernel")]
impl Lookup {
    #[method("method")]
    fn method(vm: &mut Vm, this: Value, name: Symbol) -> RResult {
        bound(vm, this, name, true)
    }

    #[method("public_method")]
    fn public_method(vm: &mut Vm, this: Value, name: Symbol) -> RResult {
        bound(vm, this, name, false)
    }

    #[method("singleton_method")]
    fn singleton_method(vm: &mut Vm, this: Value, name: Symbol) -> RResult {
        match singleton_entry(vm, this, name) {
            Some(method) => Ok(new_bound(vm, this, method, name, false)),
            None => {
                let (text, shown) = (vm.symbols.text(name).into_owned(), vm.inspect_text(this)?);
                let class = vm.core.name_error;
                Err(vm.raise_name_error(class, &format!("undefined singleton method '{text}' for {shown}"), this, name))
            }
        }
    }
}

/// A method of the singleton class or of the modules mixed into it.
fn singleton_entry(vm: &mut Vm, this: Value, name: Symbol) -> Option<MethodRef> {
    let singleton = vm.existing_singleton_class(this)?;
    let own = singleton.data().ancestors.clone().into_iter().filter_map(RClass::new).take_while(|class| *class == singleton || class.is_module());
    let found = own.filter_map(|class| class.data().methods.get(&name).copied()).next()?;
    match found.body {
        MethodBody::Undefined => None,
        MethodBody::Inherited => vm.find_method(singleton, name),
        _ => Some(found),
    }
}

fn bound(vm: &mut Vm, this: Value, name: Symbol, private: bool) -> RResult {
    let class = vm.class_of(this);
    if let Some(method) = vm.find_method_here(class, name).filter(|method| private || method.visibility == objects::Visibility::Public) {
        return Ok(new_bound(vm, this, method, name, false));
    }
    if vm.has_custom(class, sym::RESPOND_TO_MISSING)
        && vm.responds_to(this, name, private)?
        && let Some(method) = vm.find_method(class, sym::METHOD_MISSING)
    {
        return Ok(new_bound(vm, this, method, name, true));
    }
    Err(vm.undefined_method_for_class(class, name))
}

fn is_prelude(code: CodeRef) -> bool {
    code.file.starts_with("<internal:")
}

/// Does it stand for functions in C? Not what is a library in Ruby in CRuby as well.
fn is_like_native(code: CodeRef) -> bool {
    let name = code.file.strip_prefix("<internal:").and_then(|rest| rest.strip_suffix('>'));
    name.is_some_and(|name| !matches!(name, "rbconfig" | "did_you_mean" | "error_highlight" | "timeout" | "tmpdir"))
}

/// Arity of a method.
pub fn method_arity(vm: &mut Vm, method: MethodRef) -> i64 {
    let method = Vm::resolve_alias(method);
    match method.body {
        MethodBody::Ruby(code, _) if is_like_native(code) => Signature::of_prelude(vm, method, &code.function.params).arity(),
        MethodBody::Ruby(code, _) => arity_of(&code.function.params),
        MethodBody::Native(native) => Signature::of_native(vm, method, &native).arity(),
        MethodBody::Writer(_) | MethodBody::StructWriter(_) => 1,
        MethodBody::Proc(callable) => match RProc::new(callable) {
            Some(callable) => crate::procedure::proc_arity(vm, callable),
            None => -1,
        },
        _ => 0,
    }
}

/// `parameters` of a method.
pub fn parameters_of(vm: &mut Vm, method: MethodRef) -> RResult {
    let method = Vm::resolve_alias(method);
    match method.body {
        MethodBody::Ruby(code, _) if is_like_native(code) => Ok(Signature::of_prelude(vm, method, &code.function.params).parameters(vm)?.value()),
        MethodBody::Ruby(code, _) => parameter_list(vm, &code.function.params, true),
        MethodBody::Proc(callable) => match RProc::new(callable).map(RProc::body) {
            Some(ProcBody::Block { code, .. }) => parameter_list(vm, &code.function.params, true),
            _ => Ok(vm.array(&[])),
        },
        MethodBody::Native(native) => Ok(Signature::of_native(vm, method, &native).parameters(vm)?.value()),
        MethodBody::Writer(_) | MethodBody::StructWriter(_) => {
            let sort = vm.symbol("req");
            let pair = vm.array(&[sort]);
            Ok(vm.array(&[pair]))
        }
        _ => Ok(vm.array(&[])),
    }
}

fn data_parameters(vm: &mut Vm, data: MethodData) -> RResult {
    if !data.missing {
        return parameters_of(vm, data.method);
    }
    let rest = vm.symbol("rest");
    let pair = vm.array(&[rest]);
    Ok(vm.array(&[pair]))
}

/// Where a method was written, as `source_location` gives it.
pub fn location(vm: &mut Vm, method: MethodRef) -> Value {
    let code = match Vm::resolve_alias(method).body {
        MethodBody::Ruby(code, _) => code,
        MethodBody::Proc(callable) => match RProc::new(callable).map(RProc::body) {
            Some(ProcBody::Block { code, .. }) => code,
            _ => return Value::NIL,
        },
        _ => return Value::NIL,
    };
    let file = vm.str(&code.file);
    vm.array(&[file, Value::small(i64::from(code.function.line))])
}

fn call(vm: &mut Vm, data: MethodData, args: &[Value], keywords: Keywords, block: Block) -> RResult {
    if data.missing {
        let mut list = ArgumentList::from_slice(&vm.roots, args);
        list.insert(&vm.roots, 0, Value::symbol(data.name));
        // `method_missing` may have changed since.
        return vm.call_full(data.receiver, sym::METHOD_MISSING, &list, pass(keywords), block.word(), vm::send::CallMode::Any);
    }
    vm.call_method(data.method, data.receiver, args, pass(keywords), block.word())
}

fn same(vm: &mut Vm, a: &MethodData, b: &MethodData) -> bool {
    a.receiver == b.receiver && a.missing == b.missing && (!a.missing || a.name == b.name) && identity(vm, a.method) == identity(vm, b.method)
}

/// Names of builtin iterators that are one method in CRuby. In the prelude each has a body of its own, because
/// the enumerator it returns names the method that was called.
const TWINS: &[(&str, &str)] = &[
    ("collect", "map"),
    ("collect!", "map!"),
    ("collect_concat", "flat_map"),
    ("detect", "find"),
    ("filter", "select"),
    ("filter!", "select!"),
    ("find_all", "select"),
    ("enum_for", "to_enum"),
    ("yield_self", "then"),
    ("find_index", "index"),
    ("each_pair", "each"),
];

/// What tells methods apart: names of one native body stand for the same method.
fn identity(vm: &mut Vm, method: MethodRef) -> (u64, u64) {
    let method = Vm::resolve_alias(method);
    match method.body {
        MethodBody::Native(native) => (native.function as usize as u64, method.owner.bits()),
        MethodBody::Ruby(code, _) if is_prelude(code) => {
            let name = vm.symbols.text(method.name).into_owned();
            let twin = TWINS.iter().find(|row| row.0 == name).map(|row| vm.intern(row.1));
            let twin = twin.and_then(|twin| RClass::new(method.owner)?.data().methods.get(&twin).copied()).map(Vm::resolve_alias);
            let twin = twin.filter(|twin| matches!(twin.body, MethodBody::Ruby(code, _) if is_prelude(code)));
            (twin.unwrap_or(method).word(), 0)
        }
        // The same definition under another name is the same method.
        MethodBody::Ruby(code, _) => (code.word(), method.owner.bits()),
        _ => (method.word(), 0),
    }
}

fn describe(vm: &mut Vm, this: Value, data: MethodData) -> RResult<String> {
    let sort = vm.class_name_of(this);
    let resolved = Vm::resolve_alias(data.method);
    let owner = vm.class_view(resolved.owner);
    let name = vm.symbols.text(data.name).into_owned();
    let original = vm.symbols.text(resolved.name).into_owned();
    let shown = if original == name { name } else { format!("{name}({original})") };
    let place = if data.missing { Value::NIL } else { location(vm, data.method) };
    let place = match vm::RArray::new(place) {
        Some(pair) => {
            let file = vm.to_s_text(pair.get(0).unwrap_or(Value::NIL))?;
            let line = vm.to_s_text(pair.get(1).unwrap_or(Value::NIL))?;
            format!(" {file}:{line}")
        }
        None => String::new(),
    };
    let parameters = signature(vm, data)?;
    let attached = if data.missing { Some(data.receiver).filter(|receiver| !receiver.is_undef()) } else { owner.data().attached };
    let head = match attached {
        // A singleton method that a class inherits shows where it comes from.
        Some(attached) if !data.receiver.is_undef() && attached != data.receiver => {
            format!("{}({}).", vm.inspect_text(data.receiver)?, vm.inspect_text(attached)?)
        }
        Some(attached) if !data.receiver.is_undef() => format!("{}.", vm.inspect_text(attached)?),
        _ => {
            let class = match RClass::new(data.receiver) {
                _ if data.receiver.is_undef() => owner,
                // What `super_method` gave.
                _ if data.class != vm.class_of(data.receiver).value() => vm.class_view(data.class),
                Some(_) => vm.class_of(data.receiver),
                None => vm.real_class_of(data.receiver),
            };
            let (class_name, owner_name) = (vm.class_name_text(class), vm.class_name_text(owner));
            if class == owner || data.receiver.is_undef() { format!("{owner_name}#") } else { format!("{class_name}({owner_name})#") }
        }
    };
    Ok(format!("#<{sort}: {head}{shown}({parameters}){place}>"))
}

fn signature(vm: &mut Vm, data: MethodData) -> RResult<String> {
    let list = data_parameters(vm, data)?;
    let list = vm.array_view(list);
    let mut parts = Vec::new();
    for index in 0..list.len() {
        let pair = vm.array_view(list.get(index).unwrap_or(Value::NIL));
        let sort = vm.to_s_text(pair.get(0).unwrap_or(Value::NIL))?;
        let name = match pair.get(1) {
            Some(name) => vm.to_s_text(name)?,
            None => String::new(),
        };
        let fallback = if name.is_empty() { "_".to_string() } else { name.clone() };
        parts.push(match sort.as_str() {
            "req" => fallback,
            "opt" => format!("{fallback}=..."),
            "rest" => format!("*{}", name.trim_start_matches('*')),
            "keyreq" => format!("{name}:"),
            "key" => format!("{name}: ..."),
            "keyrest" => format!("**{}", name.trim_start_matches('*')),
            "nokey" => "**nil".to_string(),
            _ => format!("&{}", name.trim_start_matches('&')),
        });
    }
    // CRuby writes what has no name so that `(...)` comes out right where nothing stands before it.
    if parts == ["*", "**", "&"] {
        return Ok("...".to_string());
    }
    let last = parts.len().saturating_sub(1);
    let shown = parts.iter().enumerate().filter(|&(index, part)| index == 0 || part != "**");
    let shown: Vec<&str> = shown.map(|(index, part)| if index == last && part == "&" { "..." } else { part.as_str() }).collect();
    Ok(shown.join(", "))
}

/// What `super_method` gives. Aliases of a class's methods go on above their own place, those of a module's methods above
/// the module, and so do changes of visibility.
fn method_above(vm: &mut Vm, class: RClass, method: MethodRef) -> Option<MethodRef> {
    let resolved = method.resolved();
    let is_alias = method.name != resolved.name && !RClass::new(resolved.owner).is_some_and(RClass::is_module);
    let from = if is_alias { method } else { resolved };
    vm.find_above(class, from.owner, from.occurrence, resolved.name)
}

/// Methods of Method.
pub struct Methods;

#[ruby_methods("Method")]
impl Methods {
    #[method("call", "===", "[]")]
    fn call(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        let data = data_of(vm, this)?;
        call(vm, data, args, keywords, block)
    }

    #[method("to_proc")]
    fn to_proc(vm: &mut Vm, this: Value) -> RResult<RProc> {
        let data = data_of(vm, this)?;
        Ok(vm.proc_from(ProcBody::Method { receiver: data.receiver, method: data.method }, true))
    }

    #[method("receiver")]
    fn receiver(vm: &mut Vm, this: Value) -> RResult {
        Ok(data_of(vm, this)?.receiver)
    }

    #[method("name")]
    fn name(vm: &mut Vm, this: Value) -> RResult<Symbol> {
        Ok(data_of(vm, this)?.name)
    }

    #[method("original_name")]
    fn original_name(vm: &mut Vm, this: Value) -> RResult<Symbol> {
        Ok(Vm::resolve_alias(data_of(vm, this)?.method).name)
    }

    #[method("owner")]
    fn owner(vm: &mut Vm, this: Value) -> RResult {
        Ok(data_of(vm, this)?.method.owner)
    }

    #[method("arity")]
    fn arity(vm: &mut Vm, this: Value) -> RResult<i64> {
        let data = data_of(vm, this)?;
        Ok(if data.missing { -1 } else { method_arity(vm, data.method) })
    }

    #[method("parameters")]
    fn parameters(vm: &mut Vm, this: Value) -> RResult {
        let data = data_of(vm, this)?;
        data_parameters(vm, data)
    }

    #[method("source_location")]
    fn source_location(vm: &mut Vm, this: Value) -> RResult {
        let data = data_of(vm, this)?;
        Ok(if data.missing { Value::NIL } else { location(vm, data.method) })
    }

    #[method("unbind")]
    fn unbind(vm: &mut Vm, this: Value) -> RResult {
        let data = data_of(vm, this)?;
        let class = vm.class_view(data.class);
        let made = new_unbound(vm, class, data.method, data.name);
        vm.native::<MethodData>(made, "UnboundMethod")?.missing = data.missing;
        Ok(made)
    }

    #[method("super_method")]
    fn super_method(vm: &mut Vm, this: Value) -> RResult {
        let data = data_of(vm, this)?;
        let class = vm.class_of(data.receiver);
        match method_above(vm, class, data.method) {
            Some(method) => {
                let made = new_bound(vm, data.receiver, method, method.name, false);
                vm.native::<MethodData>(made, "Method")?.class = method.resolved().owner;
                Ok(made)
            }
            None => Ok(Value::NIL),
        }
    }

    #[method("==", "eql?")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        let data = data_of(vm, this)?;
        Ok(method_data(vm, other).is_some_and(|other| same(vm, &data, &other)))
    }

    #[method("hash", effects = "allocates")]
    fn hash(vm: &mut Vm, this: Value) -> RResult {
        let data = data_of(vm, this)?;
        let (body, owner) = identity(vm, data.method);
        let hash = vm.hash_word(body ^ owner.rotate_left(7) ^ data.receiver.bits());
        Ok(vm.int((hash >> 3) as i64))
    }

    #[method("inspect", "to_s")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        let data = data_of(vm, this)?;
        describe(vm, this, data)
    }

    #[method("curry")]
    fn curry(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        let callable = Self::to_proc(vm, this)?;
        let name = vm.intern("curry");
        vm.call(callable.value(), name, args)
    }

    #[method(">>")]
    fn then(vm: &mut Vm, this: Value, other: Value) -> RResult {
        compose(vm, this, other, other)
    }

    #[method("<<")]
    fn after(vm: &mut Vm, this: Value, other: Value) -> RResult {
        compose(vm, other, this, other)
    }
}

/// Methods of UnboundMethod.
pub struct UnboundMethods;

#[ruby_methods("UnboundMethod")]
impl UnboundMethods {
    #[method("bind")]
    fn bind(vm: &mut Vm, this: Value, receiver: Value) -> RResult {
        let data = data_of(vm, this)?;
        check_bindable(vm, data, receiver)?;
        Ok(new_bound(vm, receiver, data.method, data.name, false))
    }

    #[method("bind_call")]
    fn bind_call(vm: &mut Vm, this: Value, receiver: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        let data = data_of(vm, this)?;
        check_bindable(vm, data, receiver)?;
        call(vm, MethodData { receiver, ..data }, args, keywords, block)
    }

    #[method("name")]
    fn name(vm: &mut Vm, this: Value) -> RResult<Symbol> {
        Ok(data_of(vm, this)?.name)
    }

    #[method("original_name")]
    fn original_name(vm: &mut Vm, this: Value) -> RResult<Symbol> {
        Ok(Vm::resolve_alias(data_of(vm, this)?.method).name)
    }

    #[method("owner")]
    fn owner(vm: &mut Vm, this: Value) -> RResult {
        Ok(data_of(vm, this)?.method.owner)
    }

    #[method("arity")]
    fn arity(vm: &mut Vm, this: Value) -> RResult<i64> {
        let data = data_of(vm, this)?;
        Ok(if data.missing { -1 } else { method_arity(vm, data.method) })
    }

    #[method("parameters")]
    fn parameters(vm: &mut Vm, this: Value) -> RResult {
        let data = data_of(vm, this)?;
        data_parameters(vm, data)
    }

    #[method("source_location")]
    fn source_location(vm: &mut Vm, this: Value) -> RResult {
        let data = data_of(vm, this)?;
        Ok(if data.missing { Value::NIL } else { location(vm, data.method) })
    }

    #[method("super_method")]
    fn super_method(vm: &mut Vm, this: Value) -> RResult {
        let data = data_of(vm, this)?;
        let class = vm.class_view(data.class);
        match method_above(vm, class, data.method) {
            Some(method) => Ok(new_unbound(vm, class, method, method.name)),
            None => Ok(Value::NIL),
        }
    }

    #[method("==", "eql?")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        let data = data_of(vm, this)?;
        Ok(method_data(vm, other).is_some_and(|other| same(vm, &data, &other)))
    }

    #[method("hash", effects = "allocates")]
    fn hash(vm: &mut Vm, this: Value) -> RResult {
        Methods::hash(vm, this)
    }

    #[method("inspect", "to_s")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        let data = data_of(vm, this)?;
        describe(vm, this, data)
    }
}

fn check_bindable(vm: &mut Vm, data: MethodData, receiver: Value) -> RResult<()> {
    let owner = vm.class_view(data.method.owner);
    if owner.is_module() || vm.is_a(receiver, owner.value()) {
        return Ok(());
    }
    if owner.is_singleton() {
        return Err(vm.type_error("singleton method called for a different object"));
    }
    let name = vm.class_name_text(owner);
    Err(vm.type_error(&format!("bind argument must be an instance of {name}")))
}
