//! Thread#[] (of the running fiber) and thread variables (of the thread).

use macros::ruby_methods;
use vm::{Block, RArray, RHash, RResult, Value, Vm, sym};

/// The Symbol of a key; TypeError for what is neither Symbol nor String.
pub fn key_of(vm: &mut Vm, key: Value) -> RResult {
    if key.as_symbol().is_some() {
        return Ok(key);
    }
    if let Some(text) = vm.try_to_str(key)? {
        return vm.send(text.value(), "to_sym", &[]);
    }
    let shown = vm.inspect_text(key)?;
    Err(vm.type_error(&format!("{shown} is not a symbol nor a string")))
}

fn check_change(vm: &mut Vm, thread: Value) -> RResult<()> {
    if vm.is_frozen(thread) {
        let class = vm.core.frozen_error;
        return Err(vm.raise(class, "can't modify frozen thread locals"));
    }
    Ok(())
}

fn found(vm: &mut Vm, hash: Value, key: Value) -> RResult<Option<Value>> {
    let key = key_of(vm, key)?;
    match RHash::new(hash) {
        Some(hash) => vm.hash_get(hash, key),
        None => Ok(None),
    }
}

/// Sets or, with nil, deletes.
fn changed(vm: &mut Vm, hash: Value, key: Value, value: Value) -> RResult {
    let key = key_of(vm, key)?;
    let hash = match RHash::new(hash) {
        Some(hash) => hash,
        None if value.is_nil() => return Ok(hash),
        None => vm.new_hash(),
    };
    if value.is_nil() {
        vm.hash_delete(hash, key)?;
    } else {
        vm.hash_set(hash, key, value)?;
    }
    Ok(hash.value())
}

fn keys(vm: &mut Vm, hash: Value) -> RResult<RArray> {
    let list = vm.new_array();
    let Some(hash) = RHash::new(hash) else { return Ok(list) };
    for position in 0..hash.table(&vm.heap).positions() {
        if let Some(entry) = hash.table(&vm.heap).entry(position) {
            vm.push(list, entry.key)?;
        }
    }
    Ok(list)
}

/// Locals.
pub struct Locals;

#[ruby_methods("Thread")]
impl Locals {
    #[method("[]")]
    fn get(vm: &mut Vm, this: Value, key: Value) -> RResult {
        let locals = vm.thread_locals(this)?;
        Ok(found(vm, locals, key)?.unwrap_or(Value::NIL))
    }

    #[method("[]=")]
    fn set(vm: &mut Vm, this: Value, key: Value, value: Value) -> RResult {
        check_change(vm, this)?;
        let locals = vm.thread_locals(this)?;
        let locals = changed(vm, locals, key, value)?;
        vm.set_thread_locals(this, locals)?;
        Ok(value)
    }

    #[method("key?")]
    fn has_key(vm: &mut Vm, this: Value, key: Value) -> RResult<bool> {
        let locals = vm.thread_locals(this)?;
        Ok(found(vm, locals, key)?.is_some())
    }

    #[method("keys")]
    fn keys(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let locals = vm.thread_locals(this)?;
        keys(vm, locals)
    }

    #[method("fetch")]
    fn fetch(vm: &mut Vm, this: Value, key: Value, default: Option<Value>, block: Block) -> RResult {
        if default.is_some() && block.is_some() {
            vm.warn_at_caller("block supersedes default value argument")?;
        }
        let locals = vm.thread_locals(this)?;
        if let Some(value) = found(vm, locals, key)? {
            return Ok(value);
        }
        if block.is_some() {
            return block.call(vm, &[key]);
        }
        match default {
            Some(default) => Ok(default),
            None => {
                let symbol = key_of(vm, key)?;
                let shown = vm.inspect_text(symbol)?;
                Err(vm.key_error(&format!("key not found: {shown}"), this, symbol))
            }
        }
    }

    #[method("thread_variable_get")]
    fn variable(vm: &mut Vm, this: Value, key: Value) -> RResult {
        let variables = vm.thread_data(this)?.variables;
        Ok(found(vm, variables, key)?.unwrap_or(Value::NIL))
    }

    #[method("thread_variable_set")]
    fn set_variable(vm: &mut Vm, this: Value, key: Value, value: Value) -> RResult {
        check_change(vm, this)?;
        let variables = vm.thread_data(this)?.variables;
        let variables = changed(vm, variables, key, value)?;
        vm.thread_data(this)?.variables = variables;
        Ok(value)
    }

    #[method("thread_variable?")]
    fn has_variable(vm: &mut Vm, this: Value, key: Value) -> RResult<bool> {
        let variables = vm.thread_data(this)?.variables;
        Ok(found(vm, variables, key)?.is_some())
    }

    #[method("thread_variables")]
    fn variables(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let variables = vm.thread_data(this)?.variables;
        keys(vm, variables)
    }
}

/// Storage of fibers: keys are Symbols.
fn storage_key(vm: &mut Vm, key: Value) -> RResult<()> {
    if key.as_symbol().is_some() {
        return Ok(());
    }
    let shown = vm.class_name_of(key);
    Err(vm.type_error(&format!("wrong argument type {shown} (expected Symbol)")))
}

/// A Hash that may become a fiber's storage.
pub fn check_storage(vm: &mut Vm, storage: Value) -> RResult<()> {
    let Some(hash) = RHash::new(storage) else { return Err(vm.type_error("storage must be a hash")) };
    if vm.is_frozen(storage) {
        let class = vm.core.frozen_error;
        return Err(vm.raise(class, "storage must not be frozen"));
    }
    for position in 0..hash.table(&vm.heap).positions() {
        if let Some(entry) = hash.table(&vm.heap).entry(position) {
            storage_key(vm, entry.key)?;
        }
    }
    Ok(())
}

/// A copy of a storage Hash; nil of nil.
pub fn copied(vm: &mut Vm, storage: Value) -> RResult {
    if storage.is_nil() { Ok(storage) } else { vm.call(storage, sym::DUP, &[]) }
}
