//! The image of a class: its parts by name, how two images differ, and the record.
//!
//! ```text
//! record: name (empty: none) · module? · superclass · count, then parts
//! part:   tag, name if the tag has one · content
//!         1 method, 2 class method: source.rs · 3 constant: private?, value · 4 class variable, 5 slot: value
//!         6 includes, 7 prepends, 8 extends: count, modules, the last included first
//!         10 autoload: path
//!         9 method of a refinement: the refined class, then source.rs
//! ```

use super::source::{self, Method};
use crate::decode::{next_value, read};
use crate::encode::{class_field, not_persistable, put};
use crate::pending::PendingCommit;
use crate::space::Space;
use codec::{BodyReader, BodyWriter, CorruptBody, Field};
use heap::Rooted;
use objects::RClass;
use stdx::FastMap;
use store::Oid;
use value::{Symbol, Value};
use vm::{RResult, Vm};

/// Which part of a class.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Key {
    /// Instance method.
    Method(Symbol),
    /// Class method.
    Singleton(Symbol),
    /// Constant.
    Constant(Symbol),
    /// `@@variable`
    ClassVariable(Symbol),
    /// Instance variable of the class, hidden ones included.
    Slot(Symbol),
    /// Modules included.
    Includes,
    /// Modules prepended.
    Prepends,
    /// Modules that the class is extended by.
    Extends,
    /// Constant whose file is loaded at its first use: the path.
    Autoload(Symbol),
    /// Method of the module's refinement of a class, which is named by its address.
    Refined(u64, Symbol),
}

/// A part.
#[derive(Clone, PartialEq)]
pub enum Part {
    /// A method.
    Method(Method),
    /// A constant: value, and is it private?
    Constant(Value, bool),
    /// Value of a variable.
    Value(Value),
    /// Modules.
    Modules(Vec<Value>),
}

impl Part {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        match self {
            Part::Method(method) => method.trace(tracer),
            Part::Constant(value, _) | Part::Value(value) => tracer.value(*value),
            Part::Modules(modules) => tracer.values(modules),
        }
    }
}

/// A part as it becomes; None when it goes.
#[derive(Clone)]
pub struct Change {
    /// Which.
    pub key: Key,
    /// What it becomes.
    pub part: Option<Part>,
}

impl Change {
    /// Reports the values held.
    pub fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        if let Some(part) = &self.part {
            part.trace(tracer);
        }
    }
}

/// Parts in the order they were made.
#[derive(Clone, Default)]
pub struct Image {
    order: Vec<Key>,
    parts: FastMap<Key, Part>,
}

impl Image {
    /// A part.
    pub fn get(&self, key: Key) -> Option<&Part> {
        self.parts.get(&key)
    }

    /// Sets a part.
    pub fn set(&mut self, key: Key, part: Part) {
        if self.parts.insert(key, part).is_none() {
            self.order.push(key);
        }
    }

    fn remove(&mut self, key: Key) {
        if self.parts.remove(&key).is_some() {
            self.order.retain(|&other| other != key);
        }
    }

    /// The parts in order.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &Part)> {
        self.order.iter().filter_map(|&key| Some((key, self.parts.get(&key)?)))
    }
}

impl heap::Trace for Image {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        self.parts.values().for_each(|part| part.trace(tracer));
    }
}

/// How to get from one image to another.
pub fn difference(before: &Image, after: &Image) -> Vec<Change> {
    let gone = before.order.iter().filter(|&&key| after.get(key).is_none()).map(|&key| Change { key, part: None });
    let other = after.iter().filter(|&(key, part)| before.get(key) != Some(part)).map(|(key, part)| Change { key, part: Some(part.clone()) });
    gone.chain(other).collect()
}

/// Makes changes.
pub fn apply(image: &mut Image, changes: &[Change]) {
    for change in changes {
        match &change.part {
            Some(part) => image.set(change.key, part.clone()),
            None => image.remove(change.key),
        }
    }
}

/// The image of what a class is for the program now.
pub fn of_class(vm: &mut Vm, class: RClass) -> Image {
    let mut image = Image::default();
    let modules = |list: &[Value]| Part::Modules(list.to_vec());
    if !class.data().prepends.is_empty() {
        image.set(Key::Prepends, modules(&class.data().prepends));
    }
    if !class.data().includes.is_empty() {
        image.set(Key::Includes, modules(&class.data().includes));
    }
    for &(name, value) in vm.all_slots(class.value()).iter() {
        image.set(Key::Slot(name), Part::Value(value));
    }
    for &(name, value) in &class.data().class_variables {
        image.set(Key::ClassVariable(name), Part::Value(value));
    }
    put_constants(&mut image, class);
    put_methods(vm, &mut image, class, class, Key::Method);
    if let Some(singleton) = vm.existing_singleton_class(class.value()) {
        if !singleton.data().includes.is_empty() {
            image.set(Key::Extends, modules(&singleton.data().includes));
        }
        put_methods(vm, &mut image, class, singleton, Key::Singleton);
    }
    for &(refined, refinement) in class.data().refinements.clone().iter() {
        put_methods(vm, &mut image, class, vm.class_view(refinement), |name| Key::Refined(refined.bits(), name));
    }
    image
}

/// Puts the constants of a class into its image.
pub fn put_constants(image: &mut Image, class: RClass) {
    for (name, constant) in class.data().constants.iter() {
        match constant.autoload {
            Some(path) => image.set(Key::Autoload(name), Part::Value(path)),
            None => image.set(Key::Constant(name), Part::Constant(constant.value, constant.private)),
        }
    }
}

/// The part of a class as it is now.
pub fn part_of_class(vm: &mut Vm, class: RClass, key: Key) -> Option<Part> {
    let modules = |list: &[Value]| (!list.is_empty()).then(|| Part::Modules(list.to_vec()));
    let singleton = vm.existing_singleton_class(class.value());
    match key {
        Key::Method(name) => own_method(vm, class, class, name),
        Key::Singleton(name) => own_method(vm, class, singleton?, name),
        Key::Constant(name) => {
            let constant = class.data().constants.get(&name).filter(|constant| constant.autoload.is_none());
            constant.map(|constant| Part::Constant(constant.value, constant.private))
        }
        Key::Autoload(name) => class.data().constants.get(&name).and_then(|constant| constant.autoload).map(Part::Value),
        Key::ClassVariable(name) => class.data().class_variables.iter().find(|(other, _)| *other == name).map(|&(_, value)| Part::Value(value)),
        Key::Slot(name) => vm.ivar_get(class.value(), name).map(Part::Value),
        Key::Includes => modules(&class.data().includes),
        Key::Prepends => modules(&class.data().prepends),
        Key::Extends => modules(&singleton?.data().includes),
        Key::Refined(word, name) => {
            let (_, refinement) = class.data().refinements.iter().copied().find(|(refined, _)| refined.bits() == word)?;
            own_method(vm, class, vm.class_view(refinement), name)
        }
    }
}

fn own_method(vm: &mut Vm, class: RClass, holder: RClass, name: Symbol) -> Option<Part> {
    let method = *holder.data().methods.get(&name)?;
    Some(Part::Method(source::method_of(vm, class, method)))
}

fn put_methods(vm: &mut Vm, image: &mut Image, class: RClass, holder: RClass, key: impl Fn(Symbol) -> Key) {
    for (name, &method) in holder.data().methods.clone().iter() {
        let method = source::method_of(vm, class, method);
        image.set(key(name), Part::Method(method));
    }
}

/// Writes a class.
pub fn encode(vm: &mut Vm, object: Value, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    let class = vm.class_view(object);
    if let Some(reason) = what_is_left_out(vm, class) {
        return Err(not_persistable(vm, object, reason, pending));
    }
    let current = pending.space.with(|state| state.classes.marked.get(&object.bits()).map(super::ClassEntry::current));
    let Some(image) = current else { return Err(not_persistable(vm, object, "it is a transient Ruby module/class", pending)) };
    let name = if class.data().has_permanent_name { vm.class_name_text(class) } else { String::new() };
    writer.bytes(name.as_bytes());
    writer.number(u64::from(class.is_module()));
    let above = match class.data().superclass.and_then(RClass::new) {
        Some(above) => class_field(vm, above.real(), pending)?,
        None => Field::Nil,
    };
    writer.field(&above);
    write(vm, &image, writer, pending)
}

/// Writes the parts.
pub fn write(vm: &mut Vm, image: &Image, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    writer.number(image.order.len() as u64);
    for (key, part) in image.iter() {
        write_key(vm, key, writer, pending)?;
        write_part(vm, part, writer, pending)?;
    }
    Ok(())
}

/// What a class has that an image does not hold. It must not get lost in silence.
fn what_is_left_out(vm: &Vm, class: RClass) -> Option<&'static str> {
    if vm.is_core_class(class) {
        return None;
    }
    let singleton = vm.existing_singleton_class(class.value())?;
    let data = singleton.data();
    let has_more = !data.constants.is_empty() || !data.class_variables.is_empty() || !data.prepends.is_empty();
    has_more.then_some("constants, class variables and prepended modules of its singleton class cannot be saved yet")
}

fn write_key(vm: &mut Vm, key: Key, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    let (tag, name) = match key {
        Key::Method(name) => (1, Some(name)),
        Key::Singleton(name) => (2, Some(name)),
        Key::Constant(name) => (3, Some(name)),
        Key::ClassVariable(name) => (4, Some(name)),
        Key::Slot(name) => (5, Some(name)),
        Key::Includes => (6, None),
        Key::Prepends => (7, None),
        Key::Extends => (8, None),
        Key::Refined(_, name) => (9, Some(name)),
        Key::Autoload(name) => (10, Some(name)),
    };
    writer.number(tag);
    if let Some(name) = name {
        writer.field(&Field::Symbol(vm.symbols.encoding(name), vm.symbols.bytes(name).to_vec()));
    }
    if let Key::Refined(word, _) = key
        && let Some(refined) = vm.heap.value_at(word as usize).and_then(RClass::new)
    {
        let field = class_field(vm, refined, pending)?;
        writer.field(&field);
    }
    Ok(())
}

fn write_part(vm: &mut Vm, part: &Part, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    match part {
        Part::Method(method) => source::encode(vm, method, writer, pending),
        Part::Constant(value, private) => {
            writer.number(u64::from(*private));
            put(vm, *value, writer, pending)
        }
        Part::Value(value) => put(vm, *value, writer, pending),
        Part::Modules(modules) => {
            writer.number(modules.len() as u64);
            for &module in modules {
                let field = class_field(vm, vm.class_view(module), pending)?;
                writer.field(&field);
            }
            Ok(())
        }
    }
}

/// Reads the parts of a record.
pub fn decode(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<Rooted<Image>> {
    let mut image = vm.roots.root(Image::default());
    for _ in 0..read(vm, oid, reader.count())? {
        let key = read_key(space, vm, oid, reader)?;
        let part = match key {
            Key::Method(_) | Key::Singleton(_) | Key::Refined(..) => Part::Method(source::decode(space, vm, oid, reader)?),
            Key::Constant(_) => {
                let private = read(vm, oid, reader.number())? == 1;
                Part::Constant(next_value(space, vm, oid, reader)?, private)
            }
            Key::ClassVariable(_) | Key::Slot(_) | Key::Autoload(_) => Part::Value(next_value(space, vm, oid, reader)?),
            Key::Includes | Key::Prepends | Key::Extends => Part::Modules(read_modules(space, vm, oid, reader)?),
        };
        image.update(|image| image.set(key, part));
    }
    Ok(image)
}

fn read_key(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<Key> {
    let tag = read(vm, oid, reader.number())?;
    match tag {
        6 => return Ok(Key::Includes),
        7 => return Ok(Key::Prepends),
        8 => return Ok(Key::Extends),
        _ => {}
    }
    let name = next_value(space, vm, oid, reader)?.as_symbol();
    if let Some(name) = name.filter(|_| tag == 9) {
        let refined = RClass::new(next_value(space, vm, oid, reader)?);
        let refined = read(vm, oid, refined.ok_or_else(|| CorruptBody("a refinement of no class".to_string())))?;
        vm.pin(refined.value());
        return Ok(Key::Refined(refined.value().bits(), name));
    }
    let key = name.and_then(|name| match tag {
        1 => Some(Key::Method(name)),
        2 => Some(Key::Singleton(name)),
        3 => Some(Key::Constant(name)),
        4 => Some(Key::ClassVariable(name)),
        5 => Some(Key::Slot(name)),
        10 => Some(Key::Autoload(name)),
        _ => None,
    });
    read(vm, oid, key.ok_or_else(|| CorruptBody(format!("unknown part {tag} of a class"))))
}

fn read_modules(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<Vec<Value>> {
    let mut modules = vm.roots.values(&[]);
    for _ in 0..read(vm, oid, reader.count())? {
        let module = next_value(space, vm, oid, reader)?;
        let module = RClass::new(module).ok_or_else(|| CorruptBody("a mixin is no module".to_string()));
        modules.push(read(vm, oid, module)?.value());
    }
    Ok(modules.to_vec())
}
