//! Module Maglev and what classes answer about persistence.

use crate::space::{Space, SpaceSlot, space};
use crate::{class, transaction};
use macros::ruby_methods;
use std::path::PathBuf;
use vm::{Block, RClass, RResult, Symbol, Value, Vm, sym};

/// Defines module Maglev. Nothing is opened before a program touches persistence. `path` is `--store`.
pub fn init(vm: &mut Vm, path: Option<&str>) {
    let path = path.map(PathBuf::from).unwrap_or_else(default_path);
    let space = Space::new(path);
    vm.set_persistent_space(space.clone());
    vm.extension::<SpaceSlot>().0 = Some(space);
    let (maglev, standard) = (vm.core.maglev, vm.core.standard_error);
    let base = vm.define_class_under(maglev, "MaglevException", standard);
    for name in ["NotPersistableException", "OutsideOfTransactionException", "CommitFailedException", "StoreError"] {
        vm.define_class_under(maglev, name, base);
    }
    let object = vm.core.object;
    vm.define_class_under(object, "TransactionError", standard);
    vm.define_groups(&[Transactions::GROUP, Modes::GROUP, Classes::GROUP, Conflicts::GROUP, Errors::GROUP, Objects::GROUP]);
    vm.definition_hook = Some(definition);
}

/// `MAGLEV_STORE`, else a folder in the user's data folder.
fn default_path() -> PathBuf {
    if let Some(path) = std::env::var_os("MAGLEV_STORE").filter(|path| !path.is_empty()) {
        return PathBuf::from(path);
    }
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_else(|| PathBuf::from("."));
    data.unwrap_or_else(|| home.join(".local/share")).join("maglev/store")
}

/// A class was opened or a method defined.
fn definition(vm: &mut Vm, class: RClass, method: Option<Symbol>) {
    let Some(space) = vm.extension::<SpaceSlot>().0.clone() else { return };
    if !space.is_persistent_mode() {
        return;
    }
    match method {
        Some(name) => class::note_method(&space, class, name),
        None => class::mark(&space, vm, class, false),
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

    /// true, or CommitFailedException; then the changes are kept and `abort` starts over.
    #[singleton("commit_transaction", "commit")]
    fn commit(vm: &mut Vm, this: Value) -> RResult<bool> {
        let space = space(vm)?;
        Self::root(vm, this)?;
        transaction::commit(&space, vm)?;
        Ok(true)
    }

    #[singleton("abort_transaction", "abort")]
    fn abort(vm: &mut Vm, this: Value) -> RResult {
        let space = space(vm)?;
        Self::root(vm, this)?;
        transaction::abort(&space, vm)?;
        Ok(this)
    }

    #[singleton("begin_transaction")]
    fn begin(vm: &mut Vm, this: Value) -> RResult<()> {
        Self::abort(vm, this)?;
        Ok(())
    }

    #[singleton("needs_commit?")]
    fn needs_commit(vm: &mut Vm, _this: Value) -> RResult<bool> {
        let space = space(vm)?;
        Ok(space.with(|state| !state.dirty.is_empty()))
    }

    #[singleton("repository_path")]
    fn repository_path(vm: &mut Vm, _this: Value) -> RResult<String> {
        let space = space(vm)?;
        Ok(space.path().to_string_lossy().into_owned())
    }
}

/// `persistent` and `transient` blocks.
pub struct Modes;

#[ruby_methods("Maglev")]
impl Modes {
    #[singleton("persistent")]
    fn persistent(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        in_mode(vm, true, block)
    }

    #[singleton("transient")]
    fn transient(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        in_mode(vm, false, block)
    }

    #[singleton("persistent?")]
    fn is_persistent(vm: &mut Vm, _this: Value) -> RResult<bool> {
        Ok(space(vm)?.is_persistent_mode())
    }

    #[singleton("transient?")]
    fn is_transient(vm: &mut Vm, _this: Value) -> RResult<bool> {
        Ok(!space(vm)?.is_persistent_mode())
    }
}

fn in_mode(vm: &mut Vm, persistent: bool, block: Block) -> RResult {
    let space = space(vm)?;
    space.with(|state| state.modes.push(persistent));
    let result = block.call(vm, &[]);
    space.with(|state| state.modes.pop());
    result
}

/// Module's questions and controls.
pub struct Classes;

#[ruby_methods("Module")]
impl Classes {
    /// `Mod.maglev_persistable(methods = false)`
    #[method("maglev_persistable")]
    fn persistable(vm: &mut Vm, this: RClass, methods: Option<bool>) -> RResult<()> {
        if vm.is_core_class(this) {
            return Ok(());
        }
        let space = space(vm)?;
        class::mark(&space, vm, this, methods.unwrap_or(false));
        Ok(())
    }

    #[method("maglev_persistable?")]
    fn is_persistable(vm: &mut Vm, this: RClass) -> RResult<bool> {
        let space = space(vm)?;
        Ok(vm.is_core_class(this) || space.with(|state| state.classes.contains_key(&this.value().bits())))
    }
}

/// Conflicts of a failed commit.
pub struct Conflicts;

#[ruby_methods("Maglev::CommitFailedException")]
impl Conflicts {
    /// The objects that others changed too.
    #[method("transaction_conflicts", "conflicts")]
    fn conflicts(vm: &mut Vm, this: Value) -> Value {
        vm.hidden(this, sym::H_VALUE).unwrap_or_else(|| vm.array(&[]))
    }
}

/// The object that could not be committed.
pub struct Errors;

#[ruby_methods("TransactionError")]
impl Errors {
    #[method("object")]
    fn object(vm: &mut Vm, this: Value) -> Value {
        vm.hidden(this, sym::H_RECEIVER).unwrap_or(Value::NIL)
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
