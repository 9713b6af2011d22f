//! The state of a VM's session with its repository: identity map, changed objects, classes, modes.
//!
//! Rule: no borrow of `State` is held while the VM allocates or runs code, because the collector asks the
//! state for its roots.

use crate::class::Classes;
use crate::closure::{Outline, Wanted};
use crate::isolation::News;
use crate::nested;
use crate::parts::StoredParts;
use crate::past::Present;
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use stdx::{FastMap, FastSet};
use store::{Backend, Begin, Changes, Durability, Epoch, Oid, OpenOptions, Repository, Session, StoreError};
use value::{GcByte, Kind, Value};
use vm::external::PersistentSpace;
use vm::{RResult, Raised, Vm};

/// Object id of `Maglev::PERSISTENT_ROOT`.
pub const ROOT: Oid = Oid(1);
/// Object id of the registry: classes by name.
pub const REGISTRY: Oid = Oid(2);

/// What is known of an object in memory.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its id.
    pub oid: Oid,
    /// Version it was loaded from or committed as; None for a root that is not committed yet.
    pub base: Option<Epoch>,
}

/// Objects in the order they were listed, each once.
#[derive(Default)]
pub struct DirtySet {
    order: Vec<Value>,
    members: FastSet<u64>,
}

impl DirtySet {
    /// Lists an object.
    pub fn insert(&mut self, object: Value) {
        if self.members.insert(object.bits()) {
            self.order.push(object);
        }
    }

    /// Is the object listed?
    pub fn contains(&self, object: Value) -> bool {
        self.members.contains(&object.bits())
    }

    /// Strikes an object off.
    pub fn remove(&mut self, object: Value) {
        if self.members.remove(&object.bits()) {
            self.order.retain(|&other| other != object);
        }
    }

    /// The objects.
    pub fn as_slice(&self) -> &[Value] {
        &self.order
    }

    /// Nothing listed?
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

/// Session state.
#[derive(Default)]
pub struct State {
    pub(crate) backend: Option<Rc<dyn Backend>>,
    pub(crate) session: Option<Box<dyn Session>>,
    /// While the session reads an earlier state: what it goes back to.
    pub(crate) past: Option<Present>,
    /// The repository could be opened for reading only, since the disk was full.
    pub(crate) is_full: bool,
    /// Number of forks before the process that the session belongs to.
    pub(crate) forks: u32,
    /// Cell address by object id (weak).
    pub(crate) by_oid: FastMap<u64, u64>,
    /// Entry by cell address (weak).
    pub(crate) by_cell: FastMap<u64, Entry>,
    /// Environments of Procs in memory, by cell address (weak), with the slots that are saved.
    pub(crate) environments: FastMap<u64, Wanted>,
    /// Fingerprints of the records that the repository has of them (weak).
    pub(crate) fingerprints: FastMap<u64, u128>,
    /// Parts of large objects in memory, by object id.
    pub(crate) parts: FastMap<u64, StoredParts>,
    /// Collections of garbage that this process has done.
    pub(crate) collections: u64,
    /// What their saved variables held then (weak); not of those whose variables have to be looked into.
    pub(crate) outlines: FastMap<u64, Outline>,
    /// Changed objects of this transaction (strong).
    pub(crate) dirty: DirtySet,
    /// Nested transactions, the innermost last.
    pub(crate) levels: Vec<nested::Level>,
    /// Classes that are saved as nil, as their instances are.
    pub(crate) nil_classes: Vec<Value>,
    /// When a commit returns.
    pub(crate) durability: Durability,
    /// In serializable transactions: the objects that were read, with their versions.
    pub(crate) reads: Option<FastMap<u64, Epoch>>,
    /// When a program wants to know: what others changed.
    pub(crate) news: Option<News>,
    /// The transaction lost to another one in a way that only an abort ends.
    pub(crate) is_lost: bool,
    /// Locks of the session by object id; true for exclusive ones.
    pub(crate) locks: FastMap<u64, bool>,
    /// Locks on objects that have no id yet.
    pub(crate) early_locks: Vec<(Value, bool)>,
    /// Shared counters are changed beside the transaction.
    pub(crate) counters: Option<Box<dyn Session>>,
    /// Objects of the commit on its way (strong).
    pub(crate) committing: Vec<Value>,
    /// Classes that may be saved, and the registry.
    pub(crate) classes: Classes,
    /// Nesting of `Maglev.persistent` (true) and `transient` (false) blocks by thread.
    pub(crate) modes: FastMap<u64, Vec<bool>>,
    /// Are instances of the classes that are made now kept out of the repository?
    pub(crate) refuses_instances: bool,
    /// The mode of threads outside of such blocks.
    pub(crate) is_persistent: bool,
    pub(crate) root: Option<Value>,
    /// An empty Array for the values of a record that is being decoded.
    pub(crate) scratch: Option<Value>,
    /// Objects of the process that stand in records by name.
    pub(crate) named: Vec<(Value, &'static str)>,
}

impl State {
    /// Lists an object as changed.
    fn touch(&mut self, object: Value) {
        self.dirty.insert(object);
        if !self.parts.is_empty()
            && let Some(entry) = self.by_cell.get(&object.bits())
            && let Some(parts) = self.parts.get_mut(&entry.oid.0)
        {
            parts.touched.get_or_insert(self.collections);
        }
    }
}

/// The space of one VM.
pub struct Space {
    state: RefCell<State>,
    path: PathBuf,
    /// Was the repository named by the user, rather than being the usual one?
    pub(crate) is_named: bool,
}

impl Space {
    /// A space over the repository at `path`, opened when first needed.
    pub fn new(path: PathBuf, is_named: bool) -> Rc<Space> {
        Rc::new(Space { state: RefCell::new(State::default()), path, is_named })
    }

    /// Runs `body` with the state. No VM call inside.
    pub fn with<T>(&self, body: impl FnOnce(&mut State) -> T) -> T {
        body(&mut self.state.borrow_mut())
    }

    /// Where the repository lies.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Is a session open in this process?
    pub fn is_open(&self, vm: &Vm) -> bool {
        self.with(|state| state.session.is_some() && state.forks == vm.fork_count)
    }

    /// Opens repository and session when they are not open in this process yet.
    pub fn open(&self, vm: &mut Vm) -> RResult<()> {
        if self.is_open(vm) {
            return Ok(());
        }
        self.name_objects(vm);
        let start = std::time::Instant::now();
        let begin = loop {
            match self.try_open(vm.fork_count) {
                Ok(begin) => break begin,
                Err(StoreError::LockTimeout { .. }) if start.elapsed() < OPEN_PATIENCE => vm.poll_interrupts()?,
                Err(error) => return Err(store_error(vm, &error)),
            }
        };
        if let Some(begin) = begin {
            // What the parent had loaded is of its snapshot.
            crate::transaction::invalidate(self, vm, &begin);
        }
        crate::class::make_templates(self, vm)?;
        // Damage in there is told of where it is touched; it does not keep the rest away.
        if crate::class::adopt_core(self, vm).is_err() {
            let _ = vm.take_exception();
        }
        Ok(())
    }

    /// Objects that every process has its own of stand in records by name.
    fn name_objects(&self, vm: &mut Vm) {
        let mut named = vec![(vm.main, "main")];
        for name in ["ENV", "ARGF", "STDIN", "STDOUT", "STDERR"] {
            let symbol = vm.intern(name);
            let object = vm.class_view(vm.core.object);
            named.extend(object.data().constants.get(&symbol).map(|constant| (constant.value, name)));
        }
        self.with(|state| state.named = named);
    }

    /// The new snapshot when a session was inherited over `fork`.
    fn try_open(&self, forks: u32) -> Result<Option<Begin>, StoreError> {
        // A forked child must not use its parent's session: it forgets that and opens its own.
        let old = self.with(|state| (state.session.take(), state.past.take(), state.counters.take(), state.backend.take()));
        let is_forked = old.0.is_some();
        std::mem::forget(old);
        let (repository, is_full) = open_repository(&self.path)?;
        let begin = self.use_repository(repository)?;
        self.with(|state| (state.forks, state.is_full) = (forks, is_full));
        Ok(is_forked.then_some(Begin { changes: Changes::All, ..begin }))
    }

    fn use_repository(&self, repository: Repository) -> Result<Begin, StoreError> {
        let backend: Rc<dyn Backend> = Rc::new(repository);
        let mut session = backend.session()?;
        let begin = session.begin()?;
        self.with(|state| (state.backend, state.session) = (Some(backend), Some(session)));
        Ok(begin)
    }

    /// When the repository is open for reading only because the disk was full: is there room now?
    pub fn open_again(&self, vm: &mut Vm) -> RResult<()> {
        if !self.with(|state| state.is_full) {
            return Ok(());
        }
        let opened = open_for_writing(&self.path).and_then(|repository| self.use_repository(repository));
        let begin = opened.map_err(|error| store_error(vm, &error))?;
        self.with(|state| state.is_full = false);
        crate::transaction::invalidate(self, vm, &Begin { changes: Changes::All, ..begin });
        Ok(())
    }

    /// Uses the session; a store error becomes an exception.
    pub fn session<T>(&self, vm: &mut Vm, body: impl FnOnce(&mut dyn Session) -> Result<T, StoreError>) -> RResult<T> {
        self.open(vm)?;
        match self.try_session(body) {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => Err(store_error(vm, &error)),
            None => Err(vm.runtime_error("no repository is open")),
        }
    }

    /// Uses the session if it is open.
    pub fn try_session<T>(&self, body: impl FnOnce(&mut dyn Session) -> Result<T, StoreError>) -> Option<Result<T, StoreError>> {
        let mut state = self.state.borrow_mut();
        let session = state.session.as_deref_mut()?;
        Some(body(session))
    }

    /// The object with this id if it is in memory.
    pub fn known(&self, vm: &Vm, oid: Oid) -> Option<Value> {
        let word = self.with(|state| state.by_oid.get(&oid.0).copied())?;
        vm.heap.value_at(word as usize)
    }

    /// Id and version of an object.
    pub fn entry(&self, object: Value) -> Option<Entry> {
        object.header().filter(|header| header.gc() & GcByte::EXTERNAL != 0)?;
        self.with(|state| state.by_cell.get(&object.bits()).copied())
    }

    /// Notes an object's id and version.
    pub fn register(&self, object: Value, oid: Oid, base: Option<Epoch>) {
        if let Some(header) = object.header() {
            header.set_gc(header.gc() | GcByte::EXTERNAL);
        }
        self.with(|state| match state.by_cell.get_mut(&object.bits()) {
            Some(entry) if entry.oid == oid => entry.base = base,
            _ => {
                state.by_oid.insert(oid.0, object.bits());
                state.by_cell.insert(object.bits(), Entry { oid, base });
            }
        });
    }

    /// Forgets an object that could not be loaded.
    pub fn unregister(&self, object: Value) {
        self.with(|state| {
            if let Some(entry) = state.by_cell.remove(&object.bits()) {
                state.by_oid.remove(&entry.oid.0);
            }
        });
    }

    /// Marks an object as clean: the next store into it calls the barrier. What is saved of a class is kept apart from the class
    /// (class.rs), so that changes of it are not noted here.
    pub fn set_clean(&self, object: Value) {
        if let Some(header) = object.header() {
            let barrier = if header.kind() == Kind::Class { 0 } else { GcByte::CLEAN };
            header.set_gc(header.gc() & !GcByte::CLEAN | GcByte::EXTERNAL | barrier);
        }
    }

    /// Lists an object as changed.
    pub fn set_dirty(&self, object: Value) {
        if let Some(header) = object.header() {
            header.set_gc(header.gc() & !GcByte::CLEAN | GcByte::EXTERNAL);
        }
        self.with(|state| state.touch(object));
    }

    /// Is code that this thread defines now to be saved?
    pub fn is_persistent_mode(&self, vm: &Vm) -> bool {
        let thread = vm.current_thread().bits();
        self.with(|state| state.modes.get(&thread).and_then(|modes| modes.last().copied()).unwrap_or(state.is_persistent))
    }

    /// Is the class saved as nil?
    pub fn is_nil_class(&self, class: Value) -> bool {
        self.with(|state| state.nil_classes.contains(&class))
    }

    /// The name that stands for an object of this process.
    pub fn name_of(&self, object: Value) -> Option<&'static str> {
        self.with(|state| state.named.iter().find(|&&(named, _)| named == object).map(|&(_, name)| name))
    }
}

/// Waits for locks are cut into slices of this length, between which signals are looked at.
const LOCK_SLICE: std::time::Duration = std::time::Duration::from_millis(200);
const OPEN_PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

fn open_for_writing(path: &std::path::Path) -> Result<Repository, StoreError> {
    Repository::open(path, OpenOptions { lock_timeout: LOCK_SLICE, ..OpenOptions::default() })
}

/// For writing, or for reading only where writing is not allowed; and is that because the disk is full?
fn open_repository(path: &std::path::Path) -> Result<(Repository, bool), StoreError> {
    let reading = OpenOptions { read_only: true, create: false, ..OpenOptions::default() };
    match open_for_writing(path) {
        Err(error @ (StoreError::ReadOnly { .. } | StoreError::AccessDenied { .. } | StoreError::StoreFull { .. })) => {
            let is_full = matches!(error, StoreError::StoreFull { .. });
            Repository::open(path, reading).map(|repository| (repository, is_full)).map_err(|_| error)
        }
        opened => opened.map(|repository| (repository, false)),
    }
}

impl PersistentSpace for Space {
    fn before_store(&self, _vm: &mut Vm, object: Value) {
        self.set_dirty(object);
    }

    fn load(&self, vm: &mut Vm, object: Value) -> RResult<()> {
        crate::decode::load(self, vm, object)
    }

    fn id_of(&self, object: Value) -> Option<u64> {
        self.entry(object).filter(|entry| entry.base.is_some()).map(|entry| entry.oid.0)
    }

    fn object_of(&self, vm: &mut Vm, id: u64) -> RResult<Option<Value>> {
        self.open(vm)?;
        let oid = Oid(id);
        if let Some(known) = self.known(vm, oid) {
            return Ok(Some(known));
        }
        match self.session(vm, |session| session.read(oid))? {
            Some(_) => crate::decode::object(self, vm, oid).map(Some),
            None => Ok(None),
        }
    }

    fn fault_of(&self, is_object: &dyn Fn(u64) -> bool) -> Option<String> {
        self.with(|state| {
            let lost = state.by_cell.iter().find(|&(&word, _)| !is_object(word));
            let apart = state.by_oid.iter().find(|&(&oid, word)| state.by_cell.get(word).is_none_or(|entry| entry.oid.0 != oid));
            let lost = lost.map(|(word, entry)| format!("{} is known to stand at {word:#x}, where no object is", entry.oid));
            lost.or_else(|| apart.map(|(oid, word)| format!("object {oid} is known to stand at {word:#x}, which is known as another one")))
        })
    }

    fn after_mark(&self, is_live: &dyn Fn(u64) -> bool) {
        self.with(|state| {
            state.collections += 1;
            state.by_cell.retain(|&word, _| is_live(word));
            state.by_oid.retain(|_, &mut word| is_live(word));
            let State { parts, by_oid, .. } = state;
            parts.retain(|oid, _| by_oid.contains_key(oid));
            state.environments.retain(|&word, _| is_live(word));
            state.fingerprints.retain(|&word, _| is_live(word));
            state.outlines.retain(|&word, _| is_live(word));
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
        tracer.values(state.dirty.as_slice());
        tracer.values(&state.committing);
        tracer.values(&state.nil_classes);
        state.levels.iter().for_each(|level| level.trace(tracer));
        state.news.iter().for_each(|news| news.trace(tracer));
        state.past.iter().for_each(|present| present.trace(tracer));
        state.early_locks.iter().for_each(|&(object, _)| tracer.value(object));
        state.classes.trace(tracer);
        for &(named, _) in &state.named {
            tracer.value(named);
        }
        for value in state.root.into_iter().chain(state.scratch) {
            tracer.value(value);
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
