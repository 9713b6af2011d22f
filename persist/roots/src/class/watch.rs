//! What persistent mode changes: classes are compared with what they were when the mode began.
//!
//! Whatever way a definition is made (`def`, `define_method`, `attr_accessor`, `alias`, `include`, `const_set`, `undef`, `private`), it shows
//! in the class, so that no way can be forgotten. Definitions that a thread in transient mode makes meanwhile are taken along.

use super::image::{self, Change, Image, Key, Part, difference};
use super::load::{adopt, existing, registered_path};
use super::{registry, source};
use crate::space::Space;
use stdx::FastMap;
use value::{Symbol, Value, sym};
use vm::{RClass, RResult, Vm};

/// What of a class is to be saved that is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// Nothing: what comes is.
    Later,
    /// Its constants.
    Constants,
    /// Everything.
    All,
}

/// Marks a class or module persistable.
pub fn mark_as(space: &Space, vm: &mut Vm, class: RClass, saved: Saved) {
    let image = image::of_class(vm, class);
    let wanted = |key: Key| saved == Saved::All || saved == Saved::Constants && matches!(key, Key::Constant(_));
    let changes: Vec<Change> = difference(&Image::default(), &image).into_iter().filter(|change| wanted(change.key)).collect();
    mark_new(space, vm, class);
    space.with(|state| {
        if let Some(watched) = &mut state.classes.watched {
            watched.insert(class.value().bits(), image);
        }
    });
    add_changes(space, vm, class, changes);
}

/// Marks a class persistable with everything it has; of the modules mixed into it those that are chosen, which are marked too.
pub fn mark_chosen(space: &Space, vm: &mut Vm, class: RClass, choose: &mut dyn FnMut(&mut Vm, RClass) -> RResult<bool>) -> RResult<()> {
    let image = image::of_class(vm, class);
    let mut image = vm.roots.root(image);
    for key in [Key::Includes, Key::Prepends, Key::Extends] {
        let Some(Part::Modules(modules)) = image.get(key) else { continue };
        let modules = vm.roots.values(modules);
        let mut chosen = vm.roots.values(&[]);
        for module in modules.iter().filter_map(|&module| RClass::new(module)) {
            if choose(vm, module)? {
                chosen.push(module.value());
            }
        }
        for module in chosen.iter().filter_map(|&module| RClass::new(module)) {
            if !vm.is_core_class(module) && !space.with(|state| state.classes.is_marked(module)) {
                mark_chosen(space, vm, module, choose)?;
            }
        }
        image.update(|image| image.set(key, Part::Modules(chosen.to_vec())));
    }
    mark_new(space, vm, class);
    if settle_name(space, vm, class).is_err() {
        let _ = vm.take_exception();
    }
    add_changes(space, vm, class, difference(&Image::default(), &image));
    Ok(())
}

/// The module around a class that cannot be saved, which a stored class needs.
pub fn is_below_transient(space: &Space, vm: &Vm, class: RClass) -> Option<RClass> {
    let around = class.data().lexical_parent.and_then(RClass::new)?;
    let is_kept = vm.is_core_class(around) || space.with(|state| state.classes.is_marked(around));
    (!is_kept).then_some(around)
}

/// Are new instances of the class kept out of the repository?
pub fn refuses_instances(vm: &Vm, class: RClass) -> bool {
    vm.hidden(class.value(), sym::H_REFUSES_INSTANCES) == Some(Value::TRUE)
}

/// New instances of a persistable class may be saved from now on, or not.
pub fn set_instances(space: &Space, vm: &mut Vm, class: RClass, are_saved: bool) {
    vm.set_hidden(class.value(), sym::H_REFUSES_INSTANCES, Value::bool(!are_saved));
    let change = Change { key: Key::Slot(sym::H_REFUSES_INSTANCES), part: Some(Part::Value(Value::bool(!are_saved))) };
    add_changes(space, vm, class, vec![change]);
}

fn mark_new(space: &Space, vm: &mut Vm, class: RClass) {
    space.with(|state| state.classes.mark(class.value()));
    vm.pin(class.value());
}

/// Stages changes that the image of the class does not have yet, and marks what they bring along.
fn add_changes(space: &Space, vm: &mut Vm, class: RClass, changes: Vec<Change>) {
    for change in &changes {
        let made = vm.roots.values(&brought_along(class, change));
        for made in made.iter().filter_map(|&module| RClass::new(module)) {
            if !vm.is_core_class(made) && !space.with(|state| state.classes.is_marked(made)) {
                mark_as(space, vm, made, Saved::All);
            }
        }
    }
    let above = class.data().superclass.and_then(RClass::new).map(RClass::real);
    let above = above.filter(|&above| !above.data().has_permanent_name && !vm.is_core_class(above));
    if let Some(above) = above.filter(|&above| !space.with(|state| state.classes.is_marked(above))) {
        mark_as(space, vm, above, Saved::All);
    }
    let is_changed = space.with(|state| {
        let Some(entry) = state.classes.marked.get_mut(&class.value().bits()) else { return false };
        let current = entry.current();
        let news = changes.into_iter().filter(|change| current.get(change.key) != change.part.as_ref());
        entry.staged.extend(news);
        !entry.staged.is_empty()
    });
    if is_changed && space.entry(class.value()).is_some() {
        space.set_dirty(class.value());
    }
}

/// Classes that are saved with a part: those nested in the class, and modules that have no other name.
fn brought_along(class: RClass, change: &Change) -> Vec<Value> {
    match &change.part {
        Some(Part::Constant(value, _)) => {
            RClass::new(*value).filter(|inner| inner.data().lexical_parent == Some(class.value())).map(RClass::value).into_iter().collect()
        }
        Some(Part::Modules(modules)) => {
            modules.iter().copied().filter(|&module| RClass::new(module).is_some_and(|module| !module.data().has_permanent_name)).collect()
        }
        _ => Vec::new(),
    }
}

/// The mode of the running thread changes: Some(mode) begins a block of it, None ends the innermost one.
pub fn switch_mode(space: &Space, vm: &mut Vm, mode: Option<bool>) {
    note_changes(space, vm);
    let thread = vm.current_thread().bits();
    let is_on = space.with(|state| {
        let modes = state.modes.entry(thread).or_default();
        match mode {
            Some(mode) => modes.push(mode),
            None => drop(modes.pop()),
        }
        if modes.is_empty() {
            state.modes.remove(&thread);
        }
        state.is_persistent || state.modes.values().any(|modes| modes.last() == Some(&true))
    });
    let watched = is_on.then(|| watch_all(space, vm));
    space.with(|state| state.classes.watched = watched);
}

/// What is defined from now on is a change.
pub fn watch(space: &Space, vm: &mut Vm) {
    let watched = watch_all(space, vm);
    space.with(|state| state.classes.watched = Some(watched));
}

fn watch_all(space: &Space, vm: &mut Vm) -> FastMap<u64, Image> {
    let classes: Vec<Value> = space.with(|state| state.classes.marked.values().map(|entry| entry.class).collect());
    let own = classes.into_iter().filter(|&class| !vm.is_core_class(vm.class_view(class))).collect::<Vec<_>>();
    let mut watched: FastMap<u64, Image> = own.into_iter().map(|class| (class.bits(), image::of_class(vm, vm.class_view(class)))).collect();
    watched.insert(vm.core.object.bits(), top_constants(vm));
    watched
}

/// Constants of the top level.
fn top_constants(vm: &Vm) -> Image {
    let mut constants = Image::default();
    image::put_constants(&mut constants, vm.class_view(vm.core.object));
    constants
}

/// Stages what changed in persistent mode so far.
fn note_changes(space: &Space, vm: &mut Vm) {
    let Some(mut watched) = space.with(|state| state.classes.watched.take()) else { return };
    let object = vm.core.object.bits();
    let (before, after) = (watched.remove(&object).unwrap_or_default(), top_constants(vm));
    // The images stay where the collector sees them, as those of the classes now.
    space.with(|state| state.classes.watched = Some(FastMap::default()));
    for change in difference(&before, &after) {
        note_top_constant(space, vm, &change);
    }
    for (word, before) in watched {
        let Some(class) = space.with(|state| state.classes.marked.get(&word).map(|entry| entry.class)) else { continue };
        let class = vm.class_view(class);
        let now = image::of_class(vm, class);
        let changes = difference(&before, &now);
        unname_removed(space, vm, class, &changes);
        add_changes(space, vm, class, changes);
    }
    let watched = watch_all(space, vm);
    space.with(|state| state.classes.watched = Some(watched));
}

/// Classes whose constants are removed from a module are known by name no more.
fn unname_removed(space: &Space, vm: &mut Vm, class: RClass, changes: &[Change]) {
    for change in changes.iter().filter(|change| change.part.is_none()) {
        let Key::Constant(name) = change.key else { continue };
        let path = registered_path(vm, class, name);
        match registry::find(space, vm, &path) {
            Ok(Some(_)) => space.with(|state| state.classes.registry.stage(path.into_bytes(), None)),
            Ok(None) => {}
            Err(_) => drop(vm.take_exception()),
        }
    }
}

fn note_top_constant(space: &Space, vm: &mut Vm, change: &Change) {
    if let Key::Autoload(_) = change.key {
        // One that goes has been loaded, which is no change: others load it themselves.
        if change.part.is_some() {
            let object = vm.class_view(vm.core.object);
            mark_new(space, vm, object);
            if settle_name(space, vm, object).is_err() {
                let _ = vm.take_exception();
            }
            add_changes(space, vm, object, vec![change.clone()]);
        }
        return;
    }
    let Key::Constant(name) = change.key else { return };
    let name = vm.symbols.bytes(name).to_vec();
    match change.part {
        Some(Part::Constant(value, _)) => match RClass::new(value) {
            Some(class) if vm.is_core_class(class) || vm.library_of(class).is_some() || space.with(|state| state.classes.is_marked(class)) => {}
            Some(class) => mark_as(space, vm, class, Saved::All),
            None => space.with(|state| state.classes.registry.stage(name, Some(value))),
        },
        _ => space.with(|state| state.classes.registry.stage(name, None)),
    }
}

/// A class is opened in persistent mode, its body did not run yet.
pub fn note_opening(space: &Space, vm: &mut Vm, class: RClass) {
    if vm.is_core_class(class) {
        return;
    }
    if !space.with(|state| state.classes.is_marked(class)) {
        mark_as(space, vm, class, Saved::Later);
    }
    // What goes wrong here is tried again, and told, at the commit.
    if settle_name(space, vm, class).is_err() {
        let _ = vm.take_exception();
    }
}

/// A method was defined in persistent mode. Of classes of the core only such methods are saved.
pub fn note_core_method(space: &Space, vm: &mut Vm, class: RClass, name: Symbol) {
    let attached = class.data().attached.and_then(RClass::new);
    let holder = attached.unwrap_or(class);
    let Some(&method) = class.data().methods.get(&name).filter(|_| vm.is_core_class(holder)) else { return };
    let key = if attached.is_some() { Key::Singleton(name) } else { Key::Method(name) };
    let method = source::method_of(vm, holder, method);
    mark_new(space, vm, holder);
    if settle_name(space, vm, holder).is_err() {
        let _ = vm.take_exception();
    }
    add_changes(space, vm, holder, vec![Change { key, part: Some(Part::Method(method)) }]);
}

/// A method was defined in transient mode: while another thread is in persistent mode, it is none of its changes.
pub fn note_transient_method(space: &Space, vm: &mut Vm, class: RClass, name: Symbol) {
    let attached = class.data().attached.and_then(RClass::new);
    let holder = attached.unwrap_or(class);
    let is_watched = space.with(|state| state.classes.watched.as_ref().is_some_and(|watched| watched.contains_key(&holder.value().bits())));
    if !is_watched || vm.is_core_class(holder) {
        return;
    }
    let key = if attached.is_some() { Key::Singleton(name) } else { Key::Method(name) };
    let Some(part) = image::part_of_class(vm, holder, key) else { return };
    space.with(|state| {
        if let Some(image) = state.classes.watched.as_mut().and_then(|watched| watched.get_mut(&holder.value().bits())) {
            image.set(key, part);
        }
    });
}

/// Everything defined in persistent mode so far gets ready for a commit.
pub fn stage(space: &Space, vm: &mut Vm) -> RResult<()> {
    super::load::refresh_stale(space, vm)?;
    note_changes(space, vm);
    let classes = space.with(|state| {
        let by_cell = &state.by_cell;
        state.classes.unsettled.retain(|class| !by_cell.contains_key(&class.bits()));
        state.classes.unsettled.clone()
    });
    for class in classes {
        settle_name(space, vm, vm.class_view(class))?;
    }
    Ok(())
}

/// A class that the repository does not have gets into the registry; one that it has by this name becomes that one.
fn settle_name(space: &Space, vm: &mut Vm, class: RClass) -> RResult<()> {
    if !class.data().has_permanent_name || space.entry(class.value()).is_some() {
        return Ok(());
    }
    let name = vm.class_name_text(class);
    if existing(vm, &name) != Some(class) {
        return Ok(());
    }
    match registry::find(space, vm, &name)? {
        // The program has the stored class and made another one of the name.
        Some(codec::Field::Ref(oid)) if space.known(vm, oid).is_some_and(|known| known != class.value()) => {
            space.with(|state| {
                state.classes.registry.stage(name.clone().into_bytes(), None);
                state.classes.registry.stage(name.into_bytes(), Some(class.value()));
            });
            Ok(())
        }
        Some(codec::Field::Ref(oid)) => {
            space.with(|state| state.classes.registry.unstage(name.as_bytes()));
            adopt(space, vm, class, oid)
        }
        _ => {
            space.with(|state| state.classes.registry.stage(name.into_bytes(), Some(class.value())));
            Ok(())
        }
    }
}
