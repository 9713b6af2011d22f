//! The state of a VM's session with its repository: identity map, dirty list, classes.
//!
//! Rule: no borrow of `State` is held while the VM allocates or runs code, because the collector asks the
//! state for its roots.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use stdx::{FastMap, FastSet};
use store::{Backend, Epoch, Oid, OpenOptions, Repository, Session, StoreError};
use value::{GcByte, Symbol, Value};
use vm::external::PersistentSpace;
use vm::{RResult, Raised, Vm};

/// Object id of `Maglev::PERSISTENT_ROOT`.
pub const ROOT: Oid = Oid(1);

/// What is known of an object in memory.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its id.
    pub oid: Oid,
    /// Version it was loaded from or committed as; None before its first commit.
    pub base: Option<Epoch>,
}

/// What is known of a class that may be saved.
#[derive(Clone, Default)]
pub struct ClassEntry {
    /// Methods to save, by name.
    pub methods: FastSet<Symbol>,
    /// Class methods to save.
    pub singleton_methods: FastSet<Symbol>,
}

/// Session state.
#[derive(Default)]
pub struct State {
    pub(crate) backend: Option<Rc<dyn Backend>>,
    pub(crate) session: Option<Box<dyn Session>>,
    pub(crate) process: u32,
    /// Cell address by object id (weak).
    pub(crate) by_oid: FastMap<u64, u64>,
    /// Entry by cell address (weak).
    pub(crate) by_cell: FastMap<u64, Entry>,
    /// Changed or new objects of this transaction (strong).
    pub(crate) dirty: Vec<Value>,
    /// Classes marked persistable, by address.
    pub(crate) classes: FastMap<u64, ClassEntry>,
    /// Nesting of `Maglev.persistent` (true) and `transient` (false) blocks.
    pub(crate) modes: Vec<bool>,
    pub(crate) root: Option<Value>,
}

/// The space of one VM.
pub struct Space {
    state: RefCell<State>,
    path: PathBuf,
}

impl Space {
    /// A space over the repository at `path`, opened when first needed.
    pub fn new(path: PathBuf) -> Rc<Space> {
        Rc::new(Space { state: RefCell::new(State::default()), path })
    }

    /// Runs `body` with the state. No VM call inside.
    pub fn with<T>(&self, body: impl FnOnce(&mut State) -> T) -> T {
        body(&mut self.state.borrow_mut())
    }

    /// Where the repository lies.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Opens repository and session when they are not open in this process yet.
    pub fn open(&self, vm: &mut Vm) -> RResult<()> {
        let process = std::process::id();
        if self.with(|state| state.session.is_some() && state.process == process) {
            return Ok(());
        }
        match self.try_open(process) {
            Ok(()) => Ok(()),
            Err(error) => Err(store_error(vm, &error)),
        }
    }

    fn try_open(&self, process: u32) -> Result<(), StoreError> {
        // A forked child must not use its parent's session: it forgets that and opens its own.
        if let Some(old) = self.with(|state| (state.process != process).then(|| (state.session.take(), state.backend.take()))) {
            std::mem::forget(old);
        }
        let writable = Repository::open(&self.path, OpenOptions::default());
        let repository = match writable {
            Err(StoreError::ReadOnly { .. }) => Repository::open(&self.path, OpenOptions { read_only: true, create: false, ..OpenOptions::default() })?,
            other => other?,
        };
        let backend: Rc<dyn Backend> = Rc::new(repository);
        let mut session = backend.session()?;
        session.begin()?;
        self.with(|state| {
            state.backend = Some(backend);
            state.session = Some(session);
            state.process = process;
        });
        Ok(())
    }

    /// Uses the session; a store error becomes an exception.
    pub fn session<T>(&self, vm: &mut Vm, body: impl FnOnce(&mut dyn Session) -> Result<T, StoreError>) -> RResult<T> {
        self.open(vm)?;
        let result = {
            let mut state = self.state.borrow_mut();
            state.session.as_deref_mut().map(|session| body(session))
        };
        match result {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => Err(store_error(vm, &error)),
            None => Err(vm.runtime_error("no repository is open")),
        }
    }

    /// The object with this id if it is in memory.
    pub fn known(&self, vm: &Vm, oid: Oid) -> Option<Value> {
        let word = self.with(|state| state.by_oid.get(&oid.0).copied())?;
        vm.heap.value_at(word as usize)
    }

    /// Id and version of an object.
    pub fn entry(&self, object: Value) -> Option<Entry> {
        self.with(|state| state.by_cell.get(&object.bits()).copied())
    }

    /// Notes an object's id and version.
    pub fn register(&self, object: Value, oid: Oid, base: Option<Epoch>) {
        self.with(|state| {
            state.by_oid.insert(oid.0, object.bits());
            state.by_cell.insert(object.bits(), Entry { oid, base });
        });
    }

    /// Marks an object as clean: the next store into it calls the barrier.
    pub fn set_clean(&self, object: Value) {
        if let Some(header) = object.header() {
            header.set_gc(GcByte::EXTERNAL | GcByte::BARRIER);
        }
    }

    /// Lists an object as changed.
    pub fn set_dirty(&self, object: Value) {
        if let Some(header) = object.header() {
            header.set_gc(GcByte::EXTERNAL);
        }
        self.with(|state| {
            if !state.dirty.contains(&object) {
                state.dirty.push(object);
            }
        });
    }

    /// Is code defined now to be saved?
    pub fn is_persistent_mode(&self) -> bool {
        self.with(|state| state.modes.last().copied().unwrap_or(false))
    }
}

impl PersistentSpace for Space {
    fn before_store(&self, _vm: &mut Vm, object: Value) {
        self.set_dirty(object);
    }

    fn fault(&self, vm: &mut Vm, object: Value) {
        crate::decode::fault(self, vm, object);
    }

    fn after_mark(&self, is_live: &dyn Fn(u64) -> bool) {
        self.with(|state| {
            state.by_cell.retain(|&word, _| is_live(word));
            state.by_oid.retain(|_, &mut word| is_live(word));
        });
    }
}

/// The space as the VM keeps it.
#[derive(Default)]
pub struct SpaceSlot(pub Option<Rc<Space>>);

impl vm::vm::Extension for SpaceSlot {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        let Some(space) = &self.0 else { return };
        let state = space.state.borrow();
        tracer.values(&state.dirty);
        if let Some(root) = state.root {
            tracer.value(root);
        }
    }
}

/// The VM's space.
pub fn space(vm: &mut Vm) -> RResult<Rc<Space>> {
    match vm.extension::<SpaceSlot>().0.clone() {
        Some(space) => Ok(space),
        None => Err(vm.runtime_error("persistence is not set up")),
    }
}

/// A store error as exception with the store's message.
#[cold]
pub fn store_error(vm: &mut Vm, error: &StoreError) -> Raised {
    let class = vm.class_at("Maglev::StoreError");
    vm.raise(class, &error.to_string())
}
