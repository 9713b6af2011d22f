//! Methods and modules of a single object: saved behind its variables, as parts of an image.
//!
//! As of classes, only methods that were defined in persistent mode are saved; modules are those that the object is extended by.

use super::image::{self, Image, Key, Part};
use super::load::set_part;
use super::source;
use crate::encode::not_persistable;
use crate::pending::PendingCommit;
use crate::space::Space;
use codec::{BodyReader, BodyWriter};
use heap::Rooted;
use store::Oid;
use value::{Symbol, Value};
use vm::{RClass, RResult, Vm};

/// The object whose singleton class it is, unless that is a class itself.
pub fn owner_of(class: RClass) -> Option<Value> {
    class.data().attached.filter(|&object| class.is_singleton() && RClass::new(object).is_none())
}

/// A singleton class of an object has changed; a method that was defined in persistent mode is going to be saved.
pub fn note(space: &Space, vm: &mut Vm, class: RClass, method: Option<Symbol>) {
    let Some(object) = owner_of(class) else { return };
    if let Some(&method) = method.and_then(|name| class.data().methods.get(&name)).filter(|_| space.is_persistent_mode(vm)) {
        space.with(|state| state.classes.singleton_methods.insert(method.serial));
    }
    if space.entry(object).is_some() {
        space.set_dirty(object);
    }
}

/// Writes what an object has of its own, if anything.
pub fn encode(vm: &mut Vm, object: Value, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    let Some(singleton) = vm.existing_singleton_class(object) else { return Ok(()) };
    let data = singleton.data();
    if !data.constants.is_empty() || !data.class_variables.is_empty() || !data.prepends.is_empty() {
        let reason = "constants, class variables and prepended modules of its singleton class cannot be saved yet";
        return Err(not_persistable(vm, object, reason, pending));
    }
    let image = image_of(pending.space, vm, singleton);
    if image.iter().next().is_none() { Ok(()) } else { image::write(vm, &image, writer, pending) }
}

fn image_of(space: &Space, vm: &mut Vm, singleton: RClass) -> Rooted<Image> {
    let mut image = vm.roots.root(Image::default());
    if !singleton.data().includes.is_empty() {
        let modules = Part::Modules(singleton.data().includes.to_vec());
        image.update(|image| image.set(Key::Includes, modules));
    }
    for (name, &method) in singleton.data().methods.clone().iter() {
        if space.with(|state| state.classes.singleton_methods.contains(&method.serial)) {
            let method = source::method_of(vm, singleton, method);
            image.update(|image| image.set(Key::Method(name), Part::Method(method)));
        }
    }
    image
}

/// Reads what an object has of its own.
pub fn decode(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<Option<Rooted<Image>>> {
    if reader.is_at_end() { Ok(None) } else { image::decode(space, vm, oid, reader).map(Some) }
}

/// Gives an object what it had of its own.
pub fn apply(space: &Space, vm: &mut Vm, object: Value, image: &Image) -> RResult<()> {
    let Some(singleton) = vm.singleton_class(object) else { return Ok(()) };
    for (key, part) in image.iter() {
        set_part(space, vm, singleton, key, part)?;
        if let Key::Method(name) = key
            && let Some(&method) = singleton.data().methods.get(&name)
        {
            space.with(|state| state.classes.singleton_methods.insert(method.serial));
        }
    }
    Ok(())
}
