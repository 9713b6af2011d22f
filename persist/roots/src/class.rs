//! Classes and modules in the repository: name, ancestry, constants, methods as source.

use crate::decode::{read, value_of};
use crate::encode::{Collected, class_field, field_of};
use crate::space::{ClassEntry, Space};
use bytecode::FunctionKind;
use codec::{BodyReader, BodyWriter, Field};
use objects::{MethodBody, MethodRef, RClass, Visibility};
use store::Record;
use value::{Symbol, Value};
use vm::{RResult, Vm};

/// Marks a class or module persistable; with `methods` all it has now are saved too.
pub fn mark(space: &Space, vm: &mut Vm, class: RClass, methods: bool) {
    let names = |class: RClass| class.data().method_order.clone();
    let own = if methods { names(class) } else { Vec::new() };
    let singleton = vm.existing_singleton_class(class.value()).filter(|_| methods).map(names).unwrap_or_default();
    space.with(|state| {
        let entry: &mut ClassEntry = state.classes.entry(class.value().bits()).or_default();
        entry.methods.extend(own);
        entry.singleton_methods.extend(singleton);
    });
    vm.pin(class.value());
    if space.entry(class.value()).is_some() {
        space.set_dirty(class.value());
    }
}

/// A method was defined in persistent mode.
pub fn note_method(space: &Space, class: RClass, name: Symbol) {
    let attached = class.data().attached.and_then(RClass::new);
    let holder = attached.unwrap_or(class);
    let known = space.with(|state| match state.classes.get_mut(&holder.value().bits()) {
        Some(entry) => {
            let set = if attached.is_some() { &mut entry.singleton_methods } else { &mut entry.methods };
            set.insert(name);
            true
        }
        None => false,
    });
    if known && space.entry(holder.value()).is_some() {
        space.set_dirty(holder.value());
    }
}

/// Writes a class.
pub fn encode(space: &Space, vm: &mut Vm, object: Value, writer: &mut BodyWriter, collected: &mut Collected) -> RResult<()> {
    let class = vm.class_view(object);
    if class.data().name.is_none() {
        return Err(crate::encode::not_persistable(vm, object, "it has no name"));
    }
    writer.bytes(vm.class_name_text(class).as_bytes());
    writer.number(u64::from(class.is_module()));
    let above = match class.data().superclass.and_then(RClass::new) {
        Some(above) => class_field(space, vm, above.real(), object, collected)?,
        None => Field::Nil,
    };
    writer.field(&above);
    let includes = class.data().includes.clone();
    writer.number(includes.len() as u64);
    for module in includes {
        let module = vm.class_view(module);
        let field = class_field(space, vm, module, object, collected)?;
        writer.field(&field);
    }
    encode_constants(space, vm, class, writer, collected)?;
    let entry = space.with(|state| state.classes.get(&object.bits()).cloned()).unwrap_or_default();
    let methods = source_methods(class, &entry.methods);
    let singleton = vm.existing_singleton_class(object).map(|singleton| source_methods(singleton, &entry.singleton_methods)).unwrap_or_default();
    writer.number((methods.len() + singleton.len()) as u64);
    for (list, singleton) in [(methods, 0), (singleton, 1)] {
        for (name, method) in list {
            encode_method(vm, name, method, singleton, writer);
        }
    }
    Ok(())
}

fn encode_constants(space: &Space, vm: &mut Vm, class: RClass, writer: &mut BodyWriter, collected: &mut Collected) -> RResult<()> {
    let constants: Vec<(Symbol, Value)> = class.data().constant_order.iter().filter_map(|name| Some((*name, class.data().constants.get(name)?.value))).collect();
    let saved: Vec<_> = constants.into_iter().filter(|&(_, value)| !value.is_undef() && RClass::new(value).is_none_or(|inner| space.with(|state| state.classes.contains_key(&inner.value().bits())))).collect();
    writer.number(saved.len() as u64);
    for (name, value) in saved {
        let field = field_of(space, vm, value, class.value(), collected)?;
        writer.bytes(vm.symbols.bytes(name));
        writer.field(&field);
    }
    Ok(())
}

/// Methods of the class to save, in order of definition; those without source (procs, natives) stay.
fn source_methods(class: RClass, wanted: &stdx::FastSet<Symbol>) -> Vec<(Symbol, MethodRef)> {
    let listed = class.data().method_order.iter().filter(|name| wanted.contains(name));
    let found = listed.filter_map(|name| Some((*name, *class.data().methods.get(name)?)));
    found.filter(|(_, method)| matches!(method.body, MethodBody::Ruby(..) | MethodBody::Reader(_) | MethodBody::Writer(_) | MethodBody::Alias(_) | MethodBody::Inherited)).collect()
}

fn encode_method(vm: &mut Vm, name: Symbol, method: MethodRef, singleton: u64, writer: &mut BodyWriter) {
    writer.bytes(vm.symbols.bytes(name));
    writer.number(singleton);
    writer.number(match method.visibility {
        Visibility::Public => 0,
        Visibility::Protected => 1,
        Visibility::Private => 2,
    });
    match method.body {
        MethodBody::Reader(variable) => {
            writer.number(1);
            writer.bytes(vm.symbols.bytes(variable));
        }
        MethodBody::Writer(variable) => {
            writer.number(2);
            writer.bytes(vm.symbols.bytes(variable));
        }
        MethodBody::Alias(target) => {
            writer.number(3);
            writer.bytes(vm.symbols.bytes(target.name));
        }
        MethodBody::Inherited => {
            writer.number(3);
            writer.bytes(vm.symbols.bytes(name));
        }
        MethodBody::Ruby(code, _) => {
            let (start, end) = code.function.source_range;
            let source = code.source.as_ref().and_then(|source| source.get(start as usize..end as usize)).unwrap_or_default();
            writer.number(if code.function.kind == FunctionKind::Method { 0 } else { 4 });
            writer.bytes(source);
            writer.bytes(code.file.as_bytes());
            writer.number(code.function.line.max(1) as u64);
        }
        _ => writer.number(4),
    }
}

/// The class of a record: the program's own of that name, else a new one, with what the record says.
pub fn materialise(space: &Space, vm: &mut Vm, record: &Record) -> RResult {
    let mut reader = BodyReader::new(&record.refs, &record.body);
    let name = String::from_utf8_lossy(read(vm, record.oid, reader.bytes())?).into_owned();
    let is_module = read(vm, record.oid, reader.number())? == 1;
    let above = read(vm, record.oid, reader.field())?;
    let class = match existing(vm, &name) {
        Some(class) => class,
        None => make(space, vm, &name, is_module, &above)?,
    };
    space.register(class.value(), record.oid, Some(record.epoch));
    mark(space, vm, class, false);
    space.with(|state| state.dirty.retain(|&dirty| dirty != class.value()));
    for _ in 0..read(vm, record.oid, reader.count())? {
        let field = read(vm, record.oid, reader.field())?;
        let module = value_of(space, vm, &field)?;
        if let Some(module) = RClass::new(module) {
            vm.include_module(class, module);
        }
    }
    read_constants(space, vm, class, record, &mut reader)?;
    for _ in 0..read(vm, record.oid, reader.count())? {
        read_method(space, vm, class, record, &mut reader)?;
    }
    space.register(class.value(), record.oid, Some(record.epoch));
    space.set_clean(class.value());
    Ok(class.value())
}

fn existing(vm: &mut Vm, name: &str) -> Option<RClass> {
    let mut at = vm.core.object;
    for part in name.split("::") {
        let part = vm.intern(part);
        at = RClass::new(at)?.data().constants.get(&part)?.value;
    }
    RClass::new(at)
}

fn make(space: &Space, vm: &mut Vm, name: &str, is_module: bool, above: &Field) -> RResult<RClass> {
    let (outer, last) = match name.rsplit_once("::") {
        Some((outer, last)) => (existing(vm, outer).ok_or_else(|| vm.runtime_error(&format!("stored class {name}: {outer} is not defined")))?, last),
        None => (vm.class_view(vm.core.object), name),
    };
    let class = if is_module {
        vm.new_module()
    } else {
        let above = value_of(space, vm, above)?;
        let above = vm.class_view(if RClass::new(above).is_some() { above } else { vm.core.object });
        vm.new_class(above)
    };
    let last = vm.intern(last);
    vm.set_constant_raw(outer, last, class.value());
    vm.give_name(class, outer, last);
    Ok(class)
}

fn read_constants(space: &Space, vm: &mut Vm, class: RClass, record: &Record, reader: &mut BodyReader<'_>) -> RResult<()> {
    for _ in 0..read(vm, record.oid, reader.count())? {
        let name = String::from_utf8_lossy(read(vm, record.oid, reader.bytes())?).into_owned();
        let field = read(vm, record.oid, reader.field())?;
        let value = value_of(space, vm, &field)?;
        let name = vm.intern(&name);
        if !class.data().constants.contains_key(&name) {
            vm.set_constant_raw(class, name, value);
        }
    }
    Ok(())
}

/// Defines a stored method unless the program has one of the name (which shadows it).
fn read_method(space: &Space, vm: &mut Vm, class: RClass, record: &Record, reader: &mut BodyReader<'_>) -> RResult<()> {
    let name = String::from_utf8_lossy(read(vm, record.oid, reader.bytes())?).into_owned();
    let name = vm.intern(&name);
    let singleton = read(vm, record.oid, reader.number())? == 1;
    let visibility = match read(vm, record.oid, reader.number())? {
        0 => Visibility::Public,
        1 => Visibility::Protected,
        _ => Visibility::Private,
    };
    let kind = read(vm, record.oid, reader.number())?;
    let target = if singleton { vm.singleton_class(class.value()).unwrap_or(class) } else { class };
    let shadowed = target.data().methods.contains_key(&name);
    space.with(|state| {
        let entry = state.classes.entry(class.value().bits()).or_default();
        if singleton { entry.singleton_methods.insert(name) } else { entry.methods.insert(name) };
    });
    if kind == 4 {
        return Ok(());
    }
    let text = read(vm, record.oid, reader.bytes())?.to_vec();
    if kind == 0 {
        let file = String::from_utf8_lossy(read(vm, record.oid, reader.bytes())?).into_owned();
        let line = read(vm, record.oid, reader.number())? as i32;
        if !shadowed {
            vm.define_from_source(class, &text, &file, line)?;
            if let Some(method) = target.data().methods.get(&name).copied() {
                vm.add_method(target, name, method.body, visibility);
            }
        }
        return Ok(());
    }
    let other = vm.symbols.intern_bytes(&text, 1);
    if shadowed {
        return Ok(());
    }
    let body = match kind {
        1 => MethodBody::Reader(other),
        2 => MethodBody::Writer(other),
        _ if other == name => MethodBody::Inherited,
        _ => match vm.find_method(target, other) {
            Some(method) => MethodBody::Alias(Vm::resolve_alias(method)),
            None => return Ok(()),
        },
    };
    vm.add_method(target, name, body, visibility);
    Ok(())
}
