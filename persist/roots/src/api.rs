//! Module Maglev and what classes answer about persistence.

use crate::space::{Space, SpaceSlot, space, store_error};
use crate::{class, counters, isolation, locks, nested, past, repository, transaction};
use macros::ruby_methods;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use store::Durability;
use vm::send::CallMode;
use vm::{Block, Keywords, PassedKeywords, RArray, RClass, RResult, RString, Symbol, Value, Vm, sym};

/// Defines module Maglev. Nothing is opened before a program touches persistence. `path` is `--store`.
pub fn init(vm: &mut Vm, path: Option<&str>) {
    let (path, is_named) = repository_path(path);
    let space = Space::new(path, is_named);
    vm.set_persistent_space(space.clone());
    vm.extension::<SpaceSlot>().0 = Some(space);
    let (maglev, standard) = (vm.core.maglev, vm.core.standard_error);
    let base = vm.define_class_under(maglev, "MaglevException", standard);
    for name in ["NotPersistableException", "OutsideOfTransactionException", "CommitFailedException", "StoreError"] {
        vm.define_class_under(maglev, name, base);
    }
    vm.define_class_under(maglev, "TransactionError", standard);
    vm.define_class_under(maglev, "LockError", standard);
    vm.define_module_under(maglev, "Unloaded");
    vm.define_groups(&[
        Unloaded::GROUP,
        Transactions::GROUP,
        Views::GROUP,
        Shared::GROUP,
        Modes::GROUP,
        Classes::GROUP,
        Conflicts::GROUP,
        Errors::GROUP,
        Objects::GROUP,
    ]);
    vm.definition_hook = Some(definition);
    vm.removal_hook = Some(removal);
    vm.missing_constant_hook = Some(missing_constant);
    let ghost = vm.class_at("Maglev::Unloaded");
    vm.set_ghost_class(ghost);
}

/// From now on every thread is in persistent mode, unless a block says otherwise.
pub fn begin_persistent(vm: &mut Vm) -> RResult<()> {
    let space = space(vm)?;
    space.open(vm)?;
    space.with(|state| state.is_persistent = true);
    class::watch(&space, vm);
    Ok(())
}

/// Ends the session. The last process that leaves makes a checkpoint, so that the next one to come finds nothing to replay.
pub fn close(vm: &mut Vm) {
    let Some(space) = vm.extension::<SpaceSlot>().0.clone() else { return };
    if space.is_open(vm) {
        drop(space.with(|state| (state.session.take(), state.past.take(), state.counters.take(), state.backend.take())));
    }
}

/// Where the repository lies, and did the user say so? `path` is `--store`. What a program does with its working directory must not move it.
pub fn repository_path(path: Option<&str>) -> (PathBuf, bool) {
    let named = path.map(PathBuf::from).or_else(named_path);
    let is_named = named.is_some();
    let path = named.unwrap_or_else(usual_path);
    (std::path::absolute(&path).unwrap_or(path), is_named)
}

fn named_path() -> Option<PathBuf> {
    std::env::var_os("MAGLEV_STORE").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// A folder in the user's data folder.
fn usual_path() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = set("HOME").unwrap_or_else(|| PathBuf::from("."));
    set("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share")).join("maglev/store")
}

/// A class was opened or a method defined.
fn definition(vm: &mut Vm, class: RClass, method: Option<Symbol>) {
    let Some(space) = vm.extension::<SpaceSlot>().0.clone() else { return };
    // The runtime's own libraries are there in every process.
    if vm.frame().is_some_and(|frame| frame.code().file.starts_with("<internal:")) {
        return;
    }
    if class::owner_of(class).is_some() {
        return class::note_singleton(&space, vm, class, method);
    }
    if !space.is_persistent_mode(vm) {
        if let Some(name) = method {
            class::note_transient_method(&space, vm, class, name);
        }
        return;
    }
    match method {
        None if class.is_singleton() => {}
        None => {
            let is_new = !space.with(|state| state.classes.is_marked(class));
            class::note_opening(&space, vm, class);
            if is_new && space.with(|state| state.refuses_instances) {
                class::set_instances(&space, vm, class, false);
            }
        }
        Some(name) => class::note_core_method(&space, vm, class, name),
    }
}

/// A constant is about to be removed: what the repository has goes in persistent mode only.
fn removal(vm: &mut Vm, module: RClass, name: Symbol) -> RResult<()> {
    let Some(space) = vm.extension::<SpaceSlot>().0.clone() else { return Ok(()) };
    if space.is_open(vm) && space.is_persistent_mode(vm) {
        return class::load_constant(&space, vm, module, name);
    }
    if space.is_open(vm) && class::has_constant(&space, vm, module, name)? {
        return Err(vm.type_error("cannot remove constant from persistent module in transient mode"));
    }
    Ok(())
}

/// A constant is not there.
fn missing_constant(vm: &mut Vm, module: RClass, name: Symbol) -> RResult<Option<Value>> {
    match vm.extension::<SpaceSlot>().0.clone() {
        Some(space) => class::autoload(&space, vm, module, name),
        None => Ok(None),
    }
}

/// Transactions and the root.
pub struct Transactions;

#[ruby_methods("Maglev")]
impl Transactions {
    /// `Maglev::PERSISTENT_ROOT` opens the repository when first used.
    #[singleton("const_missing")]
    fn const_missing(vm: &mut Vm, this: Value, name: Symbol) -> RResult {
        if vm.symbols.text(name) != "PERSISTENT_ROOT" {
            return Err(vm.uninitialized_constant(this, name));
        }
        let root = Self::root(vm, this)?;
        vm.set_constant_raw(vm.class_view(this), name, root);
        Ok(root)
    }

    #[singleton("root")]
    fn root(vm: &mut Vm, _this: Value) -> RResult {
        let space = space(vm)?;
        transaction::root(&space, vm)
    }

    #[singleton("[]")]
    fn get(vm: &mut Vm, this: Value, key: Value) -> RResult {
        let root = Self::root(vm, this)?;
        vm.call(root, sym::INDEX, &[key])
    }

    #[singleton("[]=")]
    fn set(vm: &mut Vm, this: Value, key: Value, value: Value) -> RResult {
        let root = Self::root(vm, this)?;
        vm.call(root, sym::INDEX_SET, &[key, value])?;
        Ok(value)
    }

    /// true, or CommitFailedException; then the changes are kept and `abort` starts over. nil stands for the session's durability.
    #[singleton("__commit")]
    fn commit(vm: &mut Vm, this: Value, durability: Value) -> RResult<bool> {
        let space = space(vm)?;
        Self::root(vm, this)?;
        let durability = if durability.is_nil() { space.with(|state| state.durability) } else { durability_of(vm, durability)? };
        transaction::commit(&space, vm, durability)?;
        Ok(true)
    }

    #[singleton("__abort")]
    fn abort(vm: &mut Vm, this: Value) -> RResult<()> {
        let space = space(vm)?;
        Self::root(vm, this)?;
        transaction::abort(&space, vm)
    }

    #[singleton("__begin_nested")]
    fn begin_nested(vm: &mut Vm, this: Value) -> RResult<()> {
        let space = space(vm)?;
        Self::root(vm, this)?;
        nested::begin(&space, vm)
    }

    /// Levels of nested transactions.
    #[singleton("__levels")]
    fn levels(vm: &mut Vm, _this: Value) -> RResult<i64> {
        Ok(space(vm)?.with(|state| state.levels.len() as i64))
    }

    #[singleton("__merge_level")]
    fn merge_level(vm: &mut Vm, _this: Value) -> RResult<bool> {
        Ok(nested::merge(&*space(vm)?))
    }

    #[singleton("__drop_level")]
    fn drop_level(vm: &mut Vm, _this: Value) -> RResult<bool> {
        let space = space(vm)?;
        nested::drop_level(&space, vm)
    }

    /// See `transaction::refresh_parts`.
    #[singleton("__refresh")]
    fn refresh(vm: &mut Vm, _this: Value, parts: RArray) -> RResult {
        let space = space(vm)?;
        Ok(transaction::refresh_parts(&space, vm, parts)?.map_or(Value::NIL, RArray::value))
    }

    /// The transaction can only be aborted.
    #[singleton("__lose")]
    fn lose(vm: &mut Vm, _this: Value) -> RResult<()> {
        space(vm)?.with(|state| state.is_lost = true);
        Ok(())
    }

    #[singleton("needs_commit?")]
    fn needs_commit(vm: &mut Vm, _this: Value) -> RResult<bool> {
        let space = space(vm)?;
        if !space.is_open(vm) {
            return Ok(false);
        }
        transaction::has_changes(&space, vm)
    }

    #[singleton("repository_path")]
    fn repository_path(vm: &mut Vm, _this: Value) -> RResult<String> {
        let space = space(vm)?;
        Ok(space.path().to_string_lossy().into_owned())
    }
}

/// The names of `Durability`.
const LEVELS: [(&str, Durability); 4] =
    [("sync", Durability::Sync), ("group", Durability::Group), ("async", Durability::Async), ("memory", Durability::Memory)];

fn durability_of(vm: &mut Vm, name: Value) -> RResult<Durability> {
    let text = name.as_symbol().map(|name| vm.symbols.text(name).to_string());
    match LEVELS.iter().find(|(known, _)| Some(*known) == text.as_deref()) {
        Some(&(_, level)) => Ok(level),
        None => {
            let shown = vm.inspect_text(name)?;
            Err(vm.argument_error(&format!("durability is :sync, :group, :async or :memory, not {shown}")))
        }
    }
}

/// When commits return, and what is seen of others.
pub struct Views;

#[ruby_methods("Maglev")]
impl Views {
    #[singleton("durability")]
    fn durability(vm: &mut Vm, _this: Value) -> RResult {
        let level = space(vm)?.with(|state| state.durability);
        let name = LEVELS.iter().find(|&&(_, known)| known == level).map_or("sync", |&(name, _)| name);
        Ok(vm.symbol(name))
    }

    #[singleton("durability=")]
    fn set_durability(vm: &mut Vm, _this: Value, name: Value) -> RResult {
        let level = durability_of(vm, name)?;
        space(vm)?.with(|state| state.durability = level);
        Ok(name)
    }

    /// Commits that returned before they were on the disk are there afterwards.
    #[singleton("sync")]
    fn sync(vm: &mut Vm, _this: Value) -> RResult<bool> {
        let space = space(vm)?;
        if space.session(vm, |session| session.sync())? {
            return Ok(true);
        }
        let class = vm.class_at("Maglev::StoreError");
        Err(vm.raise(class, "the disk failed; it is not known what of the last commits is on it"))
    }

    #[singleton("__serializable?")]
    fn is_serializable(vm: &mut Vm, _this: Value) -> RResult<bool> {
        Ok(space(vm)?.with(|state| state.reads.is_some()))
    }

    #[singleton("__set_serializable")]
    fn set_serializable(vm: &mut Vm, _this: Value, wanted: bool) -> RResult<()> {
        isolation::set_serializable(&*space(vm)?, wanted);
        Ok(())
    }

    /// The commit that the transaction sees everything up to.
    #[singleton("commit_number")]
    fn commit_number(vm: &mut Vm, this: Value) -> RResult<i64> {
        Transactions::root(vm, this)?;
        let epoch = space(vm)?.session(vm, |session| Ok(session.snapshot()))?;
        Ok(epoch.map_or(0, |epoch| epoch.0 as i64))
    }

    #[singleton("__enter_past")]
    fn enter_past(vm: &mut Vm, _this: Value, commit: i64) -> RResult<()> {
        let space = space(vm)?;
        past::enter(&space, vm, u64::try_from(commit).unwrap_or(u64::MAX))
    }

    #[singleton("__leave_past")]
    fn leave_past(vm: &mut Vm, _this: Value) -> RResult<()> {
        let space = space(vm)?;
        past::leave(&space, vm);
        Ok(())
    }

    /// The commits that can be looked at: number, seconds since 1970 or nil, objects written and removed, bytes.
    #[singleton("__history")]
    fn history(vm: &mut Vm, this: Value) -> RResult {
        Transactions::root(vm, this)?;
        let Some(backend) = space(vm)?.with(|state| state.backend.clone()) else { return Err(vm.runtime_error("no repository is open")) };
        let commits = backend.history().map_err(|error| store_error(vm, &error))?;
        let list = vm.new_array();
        for commit in commits {
            let numbers = [commit.epoch.0, u64::from(commit.seconds), commit.written, commit.removed, commit.bytes];
            let values = numbers.map(|number| vm.int(number as i64));
            let entry = vm.array(&values);
            vm.push(list, entry)?;
        }
        Ok(list.value())
    }

    /// Are there commits that the transaction does not see?
    #[singleton("__newer?")]
    fn is_newer(vm: &mut Vm, this: Value) -> RResult<bool> {
        Transactions::root(vm, this)?;
        let space = space(vm)?;
        space.session(vm, |session| session.wait_changes(std::time::Duration::ZERO))
    }

    /// The changed objects that have a hidden variable.
    #[singleton("__changed_with")]
    fn changed_with(vm: &mut Vm, _this: Value, name: Symbol) -> RResult {
        let changed = space(vm)?.with(|state| vm.roots.values(state.dirty.as_slice()));
        let list = vm.new_array();
        for &object in changed.iter() {
            if vm.hidden(object, name).is_some() {
                vm.push(list, object)?;
            }
        }
        Ok(list.value())
    }

    #[singleton("__follow")]
    fn follow(vm: &mut Vm, _this: Value, wanted: bool) -> RResult<()> {
        isolation::follow(&*space(vm)?, wanted);
        Ok(())
    }

    /// The objects that others changed and whether these are all; nil when nothing was changed.
    #[singleton("__news")]
    fn news(vm: &mut Vm, _this: Value) -> RResult {
        let Some((objects, is_all)) = isolation::take_news(&*space(vm)?, vm) else { return Ok(Value::NIL) };
        let list = vm.array(&objects);
        Ok(vm.array(&[list, Value::bool(is_all)]))
    }
}

/// Locks and counters.
pub struct Shared;

#[ruby_methods("Maglev")]
impl Shared {
    #[singleton("__lock")]
    fn lock(vm: &mut Vm, _this: Value, object: Value, exclusive: bool) -> RResult<bool> {
        let space = space(vm)?;
        locks::take(&space, vm, object, exclusive)
    }

    #[singleton("__unlock")]
    fn unlock(vm: &mut Vm, _this: Value, object: Value) -> RResult<()> {
        let space = space(vm)?;
        locks::release(&space, vm, object)
    }

    #[singleton("__unlock_all")]
    fn unlock_all(vm: &mut Vm, _this: Value) -> RResult<()> {
        let space = space(vm)?;
        locks::release_all(&space, vm)
    }

    #[singleton("__count")]
    fn count(vm: &mut Vm, _this: Value, number: i64, by: i64) -> RResult<i64> {
        let space = space(vm)?;
        counters::change(&space, vm, number, |value| value.wrapping_add(by))
    }

    #[singleton("__set_count")]
    fn set_count(vm: &mut Vm, _this: Value, number: i64, value: i64) -> RResult<i64> {
        let space = space(vm)?;
        counters::change(&space, vm, number, |_| value)
    }

    #[singleton("__set_nil_references")]
    fn set_nil_references(vm: &mut Vm, _this: Value, class: RClass, wanted: bool) -> RResult<()> {
        space(vm)?.with(|state| {
            state.nil_classes.retain(|&known| known != class.value());
            state.nil_classes.extend(wanted.then(|| class.value()));
        });
        Ok(())
    }

    #[singleton("__nil_references?")]
    fn has_nil_references(vm: &mut Vm, _this: Value, class: RClass) -> RResult<bool> {
        Ok(space(vm)?.is_nil_class(class.value()))
    }

    #[singleton("__exchange")]
    fn exchange(vm: &mut Vm, _this: Value, one: Value, other: Value) -> RResult<()> {
        let space = space(vm)?;
        crate::exchange::exchange(&space, vm, one, other)
    }

    #[singleton("__change_class")]
    fn change_class(vm: &mut Vm, _this: Value, objects: RArray, class: RClass) -> RResult<()> {
        let space = space(vm)?;
        crate::exchange::change_class(&space, vm, objects, class)
    }

    #[singleton("__instances")]
    fn instances(vm: &mut Vm, _this: Value, classes: RArray) -> RResult {
        let space = space(vm)?;
        repository::instances(&space, vm, classes)
    }

    #[singleton("__backup")]
    fn backup(vm: &mut Vm, _this: Value, path: RString) -> RResult<()> {
        let space = space(vm)?;
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(path.bytes()));
        repository::backup(&space, vm, &path)
    }

    /// Sessions of the repository, this one included.
    #[singleton("__sessions")]
    fn sessions(vm: &mut Vm, _this: Value) -> RResult<i64> {
        let space = space(vm)?;
        space.open(vm)?;
        let Some(backend) = space.with(|state| state.backend.clone()) else { return Ok(0) };
        match backend.stats() {
            Ok(stats) => Ok(stats.sessions as i64),
            Err(error) => Err(store_error(vm, &error)),
        }
    }
}

/// `persistent` and `transient` blocks.
pub struct Modes;

#[ruby_methods("Maglev")]
impl Modes {
    /// With false, instances of the classes that the block makes are not persistable.
    #[singleton("persistent")]
    fn persistent(vm: &mut Vm, _this: Value, instances: Option<bool>, block: Block) -> RResult {
        let space = space(vm)?;
        let before = space.with(|state| std::mem::replace(&mut state.refuses_instances, instances == Some(false)));
        let result = in_mode(vm, true, block);
        space.with(|state| state.refuses_instances = before);
        result
    }

    #[singleton("transient")]
    fn transient(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        in_mode(vm, false, block)
    }

    #[singleton("persistent?")]
    fn is_persistent(vm: &mut Vm, _this: Value) -> RResult<bool> {
        Ok(space(vm)?.is_persistent_mode(vm))
    }

    #[singleton("transient?")]
    fn is_transient(vm: &mut Vm, _this: Value) -> RResult<bool> {
        Ok(!space(vm)?.is_persistent_mode(vm))
    }
}

fn in_mode(vm: &mut Vm, persistent: bool, block: Block) -> RResult {
    let space = space(vm)?;
    if persistent {
        space.open(vm)?;
    }
    class::switch_mode(&space, vm, Some(persistent));
    let result = block.call(vm, &[]);
    class::switch_mode(&space, vm, None);
    result
}

/// Module's questions and controls.
pub struct Classes;

#[ruby_methods("Module")]
impl Classes {
    /// `Mod.maglev_persistable(methods = false) { |module| is_saved }`
    #[method("maglev_persistable")]
    fn persistable(vm: &mut Vm, this: RClass, methods: Option<bool>, block: Block) -> RResult<()> {
        if vm.is_core_class(this) {
            return Ok(());
        }
        let space = space(vm)?;
        if space.is_nil_class(this.value()) {
            let name = vm.class_name_text(this);
            return Err(vm.argument_error(&format!("references to {name} are saved as nil")));
        }
        space.open(vm)?;
        if let Some(around) = class::is_below_transient(&space, vm, this) {
            let name = vm.class_name_text(around);
            return Err(vm.argument_error(&format!("parent {name} is not yet persistable")));
        }
        if !methods.unwrap_or(false) {
            class::mark_as(&space, vm, this, class::Saved::Constants);
            return Ok(());
        }
        class::mark_chosen(&space, vm, this, &mut |vm, module| {
            if block.is_some() { block.call(vm, &[module.value()]).map(Value::truthy) } else { Ok(true) }
        })
    }

    #[method("maglev_instances_persistable?")]
    fn are_instances_persistable(vm: &mut Vm, this: RClass) -> bool {
        !class::refuses_instances(vm, this)
    }

    #[method("maglev_instances_persistable=")]
    fn set_instances_persistable(vm: &mut Vm, this: RClass, are_saved: Value) -> RResult {
        if !Self::is_persistable(vm, this)? {
            let (name, class) = (vm.class_name_text(this), vm.class_at("Maglev::NotPersistableException"));
            return Err(vm.raise(class, &format!("{name} is not persistable")));
        }
        let space = space(vm)?;
        class::set_instances(&space, vm, this, are_saved.truthy());
        Ok(are_saved)
    }

    #[method("maglev_persistable?")]
    fn is_persistable(vm: &mut Vm, this: RClass) -> RResult<bool> {
        let space = space(vm)?;
        Ok(vm.is_core_class(this) || space.with(|state| state.classes.is_marked(this)))
    }
}

/// Conflicts of a failed commit.
pub struct Conflicts;

#[ruby_methods("Maglev::CommitFailedException")]
impl Conflicts {
    /// Object, kind and both versions of each.
    #[method("__conflicts", private)]
    fn conflicts(vm: &mut Vm, this: Value) -> Value {
        vm.hidden(this, sym::H_VALUE).unwrap_or_else(|| vm.array(&[]))
    }
}

/// The object that could not be committed.
pub struct Errors;

#[ruby_methods("Maglev::TransactionError")]
impl Errors {
    #[method("object")]
    fn object(vm: &mut Vm, this: Value) -> Value {
        vm.hidden(this, sym::H_RECEIVER).unwrap_or(Value::NIL)
    }
}

/// The class of persistent objects that are not loaded. It has no other methods, so that all calls to such an object come here:
/// it is loaded and gets the call, or says why it cannot be loaded.
pub struct Unloaded;

#[ruby_methods("Maglev::Unloaded")]
impl Unloaded {
    #[method("method_missing")]
    fn method_missing(vm: &mut Vm, this: Value, name: Symbol, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        vm.load(this)?;
        let passed = match keywords.hash() {
            Some(hash) => PassedKeywords::Hash { hash, fresh: true },
            None => PassedKeywords::None,
        };
        vm.call_full(this, name, args, passed, block.word(), CallMode::Any)
    }
}

/// Questions to objects.
pub struct Objects;

#[ruby_methods("Kernel")]
impl Objects {
    #[method("committed?")]
    fn is_committed(vm: &mut Vm, this: Value) -> RResult<bool> {
        let space = space(vm)?;
        Ok(space.entry(this).is_some_and(|entry| entry.base.is_some()))
    }
}
