//! Classes and modules in the repository.
//!
//! What is saved of a class is an image of its own, apart from the class that the program uses: what the repository has, and the
//! changes that were made in persistent mode and wait for a commit. A program's transient definitions shadow the image
//! in this process and never get into it. The registry names the classes, so that constants can be loaded.

mod image;
mod load;
mod registry;
mod singleton;
mod source;
mod watch;

pub use image::{Image, encode};
pub use load::{adopt_core, allocate, autoload, has_constant, load_constant, materialise, refresh_stale};
pub use registry::encode as encode_registry;
pub use singleton::{apply as apply_singleton, decode as decode_singleton, encode as encode_singleton, note as note_singleton, owner_of};
pub use source::{block_text, decode_scope, decode_scopes, encode_scope, encode_scopes, make_templates};
pub use watch::{
    Saved, is_below_transient, mark_as, mark_chosen, note_core_method, note_opening, note_transient_method, refuses_instances, set_instances, stage,
    switch_mode, watch,
};

use heap::Trace;
use image::{Change, apply};
use registry::Registry;
use std::collections::hash_map::Entry;

use stdx::{FastMap, FastSet};
use store::{Changes, Epoch};
use value::Value;
use vm::RClass;

/// What is saved of a class.
pub struct ClassEntry {
    /// The class.
    class: Value,
    /// What the repository has.
    stored: Image,
    /// Changes made in persistent mode since.
    staged: Vec<Change>,
    /// Another session committed a newer version.
    is_stale: bool,
}

impl ClassEntry {
    fn new(class: Value) -> ClassEntry {
        ClassEntry { class, stored: Image::default(), staged: Vec::new(), is_stale: false }
    }

    /// What a commit writes.
    fn current(&self) -> Image {
        let mut image = self.stored.clone();
        apply(&mut image, &self.staged);
        image
    }
}

/// Classes that may be saved.
#[derive(Default)]
pub struct Classes {
    marked: FastMap<u64, ClassEntry>,
    /// Those of them that had no id when they were last looked at.
    unsettled: Vec<Value>,
    has_stale: bool,
    /// While some thread is in persistent mode: what classes were when it began.
    watched: Option<FastMap<u64, Image>>,
    registry: Registry,
    /// Serials of the methods of single objects that are saved.
    singleton_methods: FastSet<u64>,
    /// Classes whose own methods are natives: where to get them from.
    templates: Option<[Value; 2]>,
}

impl Classes {
    /// May instances of the class be saved?
    pub fn is_marked(&self, class: RClass) -> bool {
        self.marked.contains_key(&class.value().bits())
    }

    /// Instances of the class may be saved from now on.
    fn mark(&mut self, class: Value) {
        if let Entry::Vacant(entry) = self.marked.entry(class.bits()) {
            entry.insert(ClassEntry::new(class));
            self.unsettled.push(class);
        }
    }

    /// The commit that wrote these objects happened.
    pub fn confirm(&mut self, objects: &[Value], epoch: Epoch) {
        for object in objects {
            if let Some(entry) = self.marked.get_mut(&object.bits()) {
                entry.stored = entry.current();
                entry.staged.clear();
            }
        }
        self.registry.confirm(epoch);
    }

    /// What the repository has of a class is to be looked up again.
    pub fn forget(&mut self, class: Value) {
        if let Some(entry) = self.marked.get_mut(&class.bits()) {
            entry.is_stale = true;
            self.has_stale = true;
        }
    }

    /// Others committed.
    pub fn registry_changed(&mut self, changes: &Changes) {
        self.registry.note_changes(changes);
    }

    /// Reports the values held.
    pub fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        for entry in self.marked.values() {
            tracer.value(entry.class);
            entry.stored.trace(tracer);
            entry.staged.iter().for_each(|change| change.trace(tracer));
        }
        for image in self.watched.iter().flat_map(|watched| watched.values()) {
            image.trace(tracer);
        }
        self.registry.trace(tracer);
        tracer.values(&self.unsettled);
        self.templates.iter().flatten().for_each(|&template| tracer.value(template));
    }
}
