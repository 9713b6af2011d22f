//! The registry: persistent classes, and other constants of the top level, by full name. One record.

use super::Classes;
use crate::decode::{read, value_of};
use crate::encode::field_of;
use crate::pending::PendingCommit;
use crate::space::{REGISTRY, Space};
use codec::{BodyReader, BodyWriter, Field, RecordKind};
use std::collections::BTreeMap;
use store::{Changes, Content, Epoch, Write};
use value::Value;
use vm::{RResult, Vm};

/// What a name becomes.
#[derive(Clone, Copy)]
struct Staged {
    /// None: the name goes.
    value: Option<Value>,
    /// The program removed what the repository has, so that a class of the name is another one.
    replaces: bool,
}

/// Names and what they stand for.
#[derive(Default)]
pub struct Registry {
    is_loaded: bool,
    base: Option<Epoch>,
    names: BTreeMap<Vec<u8>, Field>,
    /// Changes that wait for a commit.
    staged: BTreeMap<Vec<u8>, Staged>,
    /// The names as the commit on its way writes them.
    written: Option<BTreeMap<Vec<u8>, Field>>,
}

impl Registry {
    /// Others committed: what is known is looked up again if they changed it.
    pub fn note_changes(&mut self, changes: &Changes) {
        self.is_loaded &= match changes {
            Changes::Oids(oids) => oids.binary_search(&REGISTRY).is_err(),
            Changes::All => false,
        };
    }

    /// The commit happened.
    pub fn confirm(&mut self, epoch: Epoch) {
        if let Some(names) = self.written.take() {
            self.names = names;
            self.staged.clear();
            self.base = Some(epoch);
        }
    }

    /// A name gets a value, or goes.
    pub fn stage(&mut self, name: Vec<u8>, value: Option<Value>) {
        let removed = self.staged.get(&name).is_some_and(|staged| staged.replaces);
        self.staged.insert(name, Staged { value, replaces: removed || value.is_none() });
    }

    /// A name stays what it is in the repository.
    pub fn unstage(&mut self, name: &[u8]) {
        self.staged.remove(name);
    }

    /// Reports the values held.
    pub fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        self.staged.values().filter_map(|staged| staged.value).for_each(|value| tracer.value(value));
    }
}

impl Classes {
    /// What a committed name stands for, unless it is going to be removed.
    fn named(&self, name: &[u8]) -> Option<Field> {
        let registry = &self.registry;
        if registry.staged.get(name).is_some_and(|staged| staged.replaces) {
            return None;
        }
        registry.names.get(name).cloned()
    }
}

/// Reads the registry unless the newest is known.
fn refresh(space: &Space, vm: &mut Vm) -> RResult<()> {
    if space.with(|state| state.classes.registry.is_loaded) {
        return Ok(());
    }
    let record = space.session(vm, |session| session.read(REGISTRY))?;
    let mut names = BTreeMap::new();
    if let Some(record) = &record {
        let mut reader = BodyReader::new(&record.refs, &record.body);
        for _ in 0..read(vm, REGISTRY, reader.count())? {
            let name = read(vm, REGISTRY, reader.bytes())?.to_vec();
            names.insert(name, read(vm, REGISTRY, reader.field())?);
        }
    }
    space.with(|state| {
        let registry = &mut state.classes.registry;
        registry.names = names;
        registry.base = record.map(|record| record.epoch);
        registry.is_loaded = true;
    });
    Ok(())
}

/// The names of the repository.
pub fn names(space: &Space, vm: &mut Vm) -> RResult<Vec<String>> {
    refresh(space, vm)?;
    Ok(space.with(|state| state.classes.registry.names.keys().map(|name| String::from_utf8_lossy(name).into_owned()).collect()))
}

/// What a name stands for in the repository.
pub fn find(space: &Space, vm: &mut Vm, name: &str) -> RResult<Option<Field>> {
    refresh(space, vm)?;
    Ok(space.with(|state| state.classes.named(name.as_bytes())))
}

/// The value of a name of the repository.
pub fn value(space: &Space, vm: &mut Vm, name: &str) -> RResult<Option<Value>> {
    match find(space, vm, name)? {
        Some(field) => value_of(space, vm, &field).map(Some),
        None => Ok(None),
    }
}

fn is_marked(space: &Space, value: Value) -> bool {
    vm::RClass::new(value).is_some_and(|class| space.with(|state| state.classes.is_marked(class)))
}

/// The registry as a commit writes it; None when nothing is staged.
pub fn encode(vm: &mut Vm, pending: &mut PendingCommit<'_>) -> RResult<Option<Write>> {
    let space = pending.space;
    space.with(|state| state.classes.registry.written = None);
    let staged = space.with(|state| state.classes.registry.staged.clone());
    if staged.is_empty() {
        return Ok(None);
    }
    refresh(space, vm)?;
    let mut names = space.with(|state| state.classes.registry.names.clone());
    for (name, Staged { value, .. }) in staged {
        match value {
            // Also a class of the core, which stands for itself everywhere else.
            Some(value) if is_marked(space, value) => names.insert(name, Field::Ref(pending.id_of(vm, value)?)),
            Some(value) => names.insert(name, field_of(vm, value, pending)?),
            None => names.remove(&name),
        };
    }
    if space.with(|state| state.classes.registry.names == names) {
        space.with(|state| state.classes.registry.staged.clear());
        return Ok(None);
    }
    let mut writer = BodyWriter::default();
    writer.number(names.len() as u64);
    for (name, field) in &names {
        writer.bytes(name);
        writer.field(field);
    }
    let (refs, body, _) = writer.finish();
    let base = space.with(|state| {
        state.classes.registry.written = Some(names);
        state.classes.registry.base
    });
    Ok(Some(Write { oid: REGISTRY, base, content: Some(Content { kind: RecordKind::Registry as u8, flags: 0, refs, body }) }))
}
