//! Stored classes in this process: made, or joined with the program's own of the name, which shadows what is stored.

use super::image::{self, Image, Key, Part};
use super::{registry, source};
use crate::decode::{read, value_of};
use crate::space::Space;
use codec::{BodyReader, Field};
use store::{Oid, Record};
use value::{Symbol, Value};
use vm::{RClass, RResult, Vm};

/// An empty instance of a class whose instances are plain objects.
pub fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    if vm.struct_members(class).is_some() { vm.allocate(class) } else { vm.allocate_object(class) }
}

/// The class of a record.
pub fn materialise(space: &Space, vm: &mut Vm, record: &Record) -> RResult {
    let mut reader = BodyReader::new(&record.refs, &record.body);
    let name = String::from_utf8_lossy(read(vm, record.oid, reader.bytes())?).into_owned();
    let is_module = read(vm, record.oid, reader.number())? == 1;
    let above = read(vm, record.oid, reader.field())?;
    // Instances of a class that was replaced keep theirs, which no constant names any more.
    let is_current = !name.is_empty() && is_registered(space, vm, &name, record.oid);
    // A stored class that this one has replaced goes on as that of its instances, without the name.
    let named = existing(vm, &name).filter(|class| space.entry(class.value()).is_none_or(|entry| entry.oid == record.oid));
    let found = named.filter(|class| is_current && class.is_module() == is_module);
    // A constant of the program's that is something else stays.
    let is_current = is_current && (found.is_some() || named.is_none());
    let class = match found {
        Some(class) => same_superclass(space, vm, class, &above)?,
        None => make(space, vm, &name, is_module, &above)?,
    };
    if is_current && found.is_none() {
        set_name_constant(space, vm, class, &name);
    }
    let loaded = load_parts(space, vm, class, record, &mut reader);
    if loaded.is_err() {
        let name = if is_current { &name } else { "" };
        forget(space, vm, class, name, found.is_none());
    } else if found.is_none() && record.flags & 1 == 1 {
        vm.freeze(class.value());
    }
    loaded.map(|()| class.value())
}

/// Does the registry have the class of this id under the name? When it cannot be read, the name has to do.
fn is_registered(space: &Space, vm: &mut Vm, name: &str, oid: Oid) -> bool {
    match registry::find(space, vm, name) {
        Ok(field) => field == Some(Field::Ref(oid)),
        Err(_) => {
            let _ = vm.take_exception();
            true
        }
    }
}

fn set_name_constant(space: &Space, vm: &mut Vm, class: RClass, name: &str) {
    let (outer, last) = name.rsplit_once("::").unwrap_or(("", name));
    let outer = if outer.is_empty() { Some(vm.class_view(vm.core.object)) } else { existing(vm, outer) };
    if let Some(outer) = outer {
        let last = vm.intern(last);
        set_loaded(space, vm, outer, last, class.value());
    }
}

/// A constant of the repository comes into this process, which is no change in persistent mode.
fn set_loaded(space: &Space, vm: &mut Vm, outer: RClass, name: Symbol, value: Value) {
    vm.set_constant_raw(outer, name, value);
    space.with(|state| {
        if let Some(image) = state.classes.watched.as_mut().and_then(|watched| watched.get_mut(&outer.value().bits())) {
            image.set(Key::Constant(name), image::Part::Constant(value, false));
        }
    });
}

/// The program's class becomes the stored one with this id.
pub fn adopt(space: &Space, vm: &mut Vm, class: RClass, oid: Oid) -> RResult<()> {
    let Some(record) = space.session(vm, |session| session.read(oid))? else { return Ok(()) };
    let mut reader = BodyReader::new(&record.refs, &record.body);
    read(vm, oid, reader.bytes())?;
    read(vm, oid, reader.number())?;
    let above = read(vm, oid, reader.field())?;
    let class = same_superclass(space, vm, class, &above)?;
    let loaded = load_parts(space, vm, class, &record, &mut reader);
    if loaded.is_err() {
        forget(space, vm, class, "", false);
    }
    loaded
}

/// The program's class cannot be the stored one when they have different superclasses. Those without a name are made anew by each program
/// (`class A < Struct.new(:b)`).
fn same_superclass(space: &Space, vm: &mut Vm, class: RClass, above: &Field) -> RResult<RClass> {
    let stored = RClass::new(value_of(space, vm, above)?);
    let own = class.data().superclass.and_then(RClass::new).map(RClass::real);
    let (Some(stored), Some(own)) = (stored, own) else { return Ok(class) };
    if stored == own || !stored.data().has_permanent_name && !own.data().has_permanent_name {
        return Ok(class);
    }
    let (name, stored, own) = (vm.class_name_text(class), vm.class_name_text(stored), vm.class_name_text(own));
    let error = vm.class_at("Maglev::StoreError");
    Err(vm.raise(error, &format!("superclass mismatch for stored class {name}: {stored} in the repository, {own} here")))
}

fn load_parts(space: &Space, vm: &mut Vm, class: RClass, record: &Record, reader: &mut BodyReader<'_>) -> RResult<()> {
    // The parts may refer to the class itself.
    space.register(class.value(), record.oid, Some(record.epoch));
    space.with(|state| state.classes.mark(class.value()));
    vm.pin(class.value());
    let image = image::decode(space, vm, record.oid, reader)?;
    let before = space.with(|state| state.classes.marked.get(&class.value().bits()).map(|entry| entry.stored.clone())).unwrap_or_default();
    let before = vm.roots.root(before);
    make_live(space, vm, class, &before, &image)?;
    let is_watched = !vm.is_core_class(class) && space.with(|state| state.classes.watched.is_some());
    let watched = is_watched.then(|| image::of_class(vm, class));
    let is_staged = space.with(|state| {
        if let (Some(all), Some(watched)) = (&mut state.classes.watched, watched) {
            all.insert(class.value().bits(), watched);
        }
        let Some(entry) = state.classes.marked.get_mut(&class.value().bits()) else { return false };
        entry.staged.retain(|change| image.get(change.key) != change.part.as_ref());
        entry.stored = image.clone();
        entry.is_stale = false;
        !entry.staged.is_empty()
    });
    space.set_clean(class.value());
    if is_staged {
        space.set_dirty(class.value());
    } else {
        space.with(|state| state.dirty.remove(class.value()));
    }
    Ok(())
}

/// A class that could not be loaded was never here.
fn forget(space: &Space, vm: &mut Vm, class: RClass, name: &str, is_made: bool) {
    space.with(|state| {
        if let Some(entry) = state.by_cell.remove(&class.value().bits()) {
            state.by_oid.remove(&entry.oid.0);
        }
        state.dirty.remove(class.value());
        if is_made {
            state.classes.marked.remove(&class.value().bits());
        } else {
            state.classes.unsettled.push(class.value());
        }
    });
    let (outer, last) = name.rsplit_once("::").unwrap_or(("", name));
    let outer = if outer.is_empty() { Some(vm.class_view(vm.core.object)) } else { existing(vm, outer) };
    if let Some(outer) = outer.filter(|_| is_made && !name.is_empty()) {
        let last = vm.intern(last);
        vm.remove_constant(outer, last);
    }
}

/// Methods that are saved of classes of the core.
pub fn adopt_core(space: &Space, vm: &mut Vm) -> RResult<()> {
    for name in registry::names(space, vm)? {
        let Some(class) = existing(vm, &name).filter(|&class| vm.is_core_class(class)) else { continue };
        let Some(Field::Ref(oid)) = registry::find(space, vm, &name)? else { continue };
        if space.entry(class.value()).is_none() {
            adopt(space, vm, class, oid)?;
        }
    }
    Ok(())
}

/// Classes of which others committed newer versions.
pub fn refresh_stale(space: &Space, vm: &mut Vm) -> RResult<()> {
    if !space.with(|state| std::mem::take(&mut state.classes.has_stale)) {
        return Ok(());
    }
    let stale: Vec<Value> = space.with(|state| state.classes.marked.values().filter(|entry| entry.is_stale).map(|entry| entry.class).collect());
    for class in stale {
        let Some(entry) = space.entry(class) else { continue };
        if let Err(raised) = adopt(space, vm, vm.class_view(class), entry.oid) {
            space.with(|state| state.classes.has_stale = true);
            return Err(raised);
        }
    }
    Ok(())
}

/// The class that a constant path names in this process.
pub fn existing(vm: &mut Vm, name: &str) -> Option<RClass> {
    let mut at = vm.core.object;
    for part in name.split("::") {
        let part = vm.intern(part);
        at = RClass::new(at)?.data().constants.get(&part)?.value;
    }
    RClass::new(at)
}

fn make(space: &Space, vm: &mut Vm, name: &str, is_module: bool, above: &Field) -> RResult<RClass> {
    let (outer, last) = name.rsplit_once("::").unwrap_or(("", name));
    let outer = match outer {
        "" => vm.class_view(vm.core.object),
        outer => find_outer(space, vm, outer, name)?,
    };
    let class = if is_module {
        vm.new_module()
    } else {
        let above = value_of(space, vm, above)?;
        let Some(above) = RClass::new(above).filter(|above| !above.is_module()) else {
            let error = vm.class_at("Maglev::StoreError");
            return Err(vm.raise(error, &format!("the superclass of stored class {name} is no class")));
        };
        vm.new_class(above)
    };
    if !name.is_empty() {
        let last = vm.intern(last);
        vm.give_name(class, outer, last);
    }
    Ok(class)
}

fn find_outer(space: &Space, vm: &mut Vm, outer: &str, name: &str) -> RResult<RClass> {
    if let Some(found) = existing(vm, outer) {
        return Ok(found);
    }
    let stored = registry::value(space, vm, outer)?;
    match stored.and_then(RClass::new) {
        Some(found) => Ok(found),
        None => {
            let error = vm.class_at("Maglev::StoreError");
            Err(vm.raise(error, &format!("stored class {name}: {outer} is not defined")))
        }
    }
}

/// Defines the parts of the stored image in the class, unless the program has its own. `before` is what was defined of it earlier.
fn make_live(space: &Space, vm: &mut Vm, class: RClass, before: &Image, image: &Image) -> RResult<()> {
    for (key, part) in before.iter().filter(|&(key, _)| image.get(key).is_none()) {
        if image::part_of_class(vm, class, key).as_ref() == Some(part) {
            remove_part(vm, class, key);
        }
    }
    for (key, part) in image.iter() {
        let live = image::part_of_class(vm, class, key);
        let is_ours = live.is_none() || live.as_ref() == before.get(key);
        if live.as_ref() != Some(part) && (is_ours || matches!(part, Part::Modules(_))) {
            set_part(space, vm, class, key, part)?;
        }
    }
    Ok(())
}

fn remove_part(vm: &mut Vm, class: RClass, key: Key) {
    match key {
        Key::Method(name) => drop(vm.remove_method(class, name)),
        Key::Singleton(name) => {
            if let Some(singleton) = vm.singleton_class(class.value()) {
                vm.remove_method(singleton, name);
            }
        }
        Key::Constant(name) | Key::Autoload(name) => drop(vm.remove_constant(class, name)),
        Key::Slot(name) => vm.set_hidden(class.value(), name, Value::UNDEF),
        Key::Refined(word, name) => {
            if let Some(refined) = vm.heap.value_at(word as usize).and_then(RClass::new) {
                let refinement = vm.refinement_for(class, refined);
                vm.remove_method(refinement, name);
            }
        }
        Key::ClassVariable(_) | Key::Includes | Key::Prepends | Key::Extends => {}
    }
}

/// Defines a part of a class.
pub fn set_part(space: &Space, vm: &mut Vm, mut class: RClass, key: Key, part: &Part) -> RResult<()> {
    match (key, part) {
        (Key::Method(name), Part::Method(method)) => set_method(space, vm, class, name, method)?,
        (Key::Singleton(name), Part::Method(method)) => {
            if let Some(singleton) = vm.singleton_class(class.value()) {
                set_method(space, vm, singleton, name, method)?;
            }
        }
        (Key::Refined(word, name), Part::Method(method)) => {
            if let Some(refined) = vm.heap.value_at(word as usize).and_then(RClass::new) {
                let refinement = vm.refinement_for(class, refined);
                set_method(space, vm, refinement, name, method)?;
            }
        }
        (Key::Constant(name), &Part::Constant(value, private)) => {
            vm.set_constant_raw(class, name, value);
            if let Some(constant) = class.data_mut().constants.get_mut(&name) {
                constant.private = private;
            }
        }
        (Key::Autoload(name), &Part::Value(path)) if class.data().constants.get(&name).is_none() => {
            vm.load(path)?;
            vm.set_autoload(class, name, path);
        }
        (Key::ClassVariable(name), &Part::Value(value)) => {
            let variables = &mut class.data_mut().class_variables;
            match variables.iter_mut().find(|(other, _)| *other == name) {
                Some(entry) => entry.1 = value,
                None => variables.push((name, value)),
            }
        }
        (Key::Slot(name), &Part::Value(value)) => vm.set_hidden(class.value(), name, value),
        (_, Part::Modules(modules)) => mix_in(vm, class, key, modules),
        _ => {}
    }
    Ok(())
}

fn set_method(space: &Space, vm: &mut Vm, holder: RClass, name: Symbol, method: &source::Method) -> RResult<()> {
    let body = source::revive(space, vm, method, name)?;
    let made = vm.insert_method(holder, name, body, method.visibility());
    made.ruby2_keywords.set(method.passes_keywords());
    Ok(())
}

/// The list has the module included last first.
fn mix_in(vm: &mut Vm, class: RClass, key: Key, modules: &[Value]) {
    for module in modules.iter().rev().filter_map(|&module| RClass::new(module)) {
        match key {
            Key::Prepends => drop(vm.prepend_module(class, module)),
            Key::Extends => {
                if let Some(singleton) = vm.singleton_class(class.value()) {
                    vm.include_module(singleton, module);
                }
            }
            _ => drop(vm.include_module(class, module)),
        }
    }
}

/// The value of a constant that the program does not have: a stored class, or another constant of the registry. The scopes around `module` are
/// asked too.
pub fn autoload(space: &Space, vm: &mut Vm, module: RClass, name: Symbol) -> RResult<Option<Value>> {
    let may_open = space.is_open(vm) || space.is_named && space.path().join("meta").exists();
    if !may_open {
        return Ok(None);
    }
    let text = vm.symbols.text(name).into_owned();
    let mut scope = if module.value() == vm.core.object || !module.data().has_permanent_name { String::new() } else { vm.class_name_text(module) };
    loop {
        let path = if scope.is_empty() { text.clone() } else { format!("{scope}::{text}") };
        if let Some(value) = registry::value(space, vm, &path)? {
            if RClass::new(value).is_none() {
                set_loaded(space, vm, vm.class_view(vm.core.object), name, value);
            }
            return Ok(Some(value));
        }
        if scope.is_empty() {
            return Ok(None);
        }
        scope = scope.rsplit_once("::").map_or(String::new(), |(outer, _)| outer.to_owned());
    }
}

/// Has the repository this constant of a module?
pub fn has_constant(space: &Space, vm: &mut Vm, module: RClass, name: Symbol) -> RResult<bool> {
    let word = module.value().bits();
    let is_part = space.with(|state| state.classes.marked.get(&word).is_some_and(|entry| entry.stored.get(Key::Constant(name)).is_some()));
    let path = registered_path(vm, module, name);
    Ok(is_part || registry::find(space, vm, &path)?.is_some())
}

/// The name under which the registry has a constant of a module.
pub fn registered_path(vm: &Vm, module: RClass, name: Symbol) -> String {
    let text = vm.symbols.text(name);
    if module.value() == vm.core.object { text.into_owned() } else { format!("{}::{text}", vm.class_name_text(module)) }
}

/// Loads a constant that is going to be removed, so that it is seen to go.
pub fn load_constant(space: &Space, vm: &mut Vm, module: RClass, name: Symbol) -> RResult<()> {
    if module.data().constants.contains_key(&name) {
        return Ok(());
    }
    let path = registered_path(vm, module, name);
    if let Some(value) = registry::value(space, vm, &path)?.filter(|value| RClass::new(*value).is_none()) {
        set_loaded(space, vm, module, name, value);
    }
    Ok(())
}
