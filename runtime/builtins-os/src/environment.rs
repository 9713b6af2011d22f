//! ENV.

use macros::ruby_methods;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use vm::{Block, RArray, RHash, RResult, RString, Value, Vm};

/// Makes ENV and its methods. The rest (each, map, select...) is Ruby over these in the prelude of
/// Enumerable.
pub fn init(vm: &mut Vm) {
    let object = vm.class_view(vm.core.object);
    let Ok(environment) = vm.allocate(object) else { return };
    let Some(singleton) = vm.singleton_class(environment) else { return };
    let holder = vm.define_module_under(vm.core.maglev, "Environment");
    vm.define_groups(&[Environment::GROUP]);
    let enumerable = vm.class_view(vm.core.enumerable);
    vm.include_module(singleton, enumerable);
    vm.include_module(singleton, vm.class_view(holder));
    let name = vm.intern("ENV");
    vm.set_constant_raw(object, name, environment);
}

/// Methods of ENV.
pub struct Environment;

fn name_of(vm: &mut Vm, value: Value) -> RResult<OsString> {
    let text = text_for(vm, value, "name")?;
    Ok(OsString::from_vec(text.bytes().to_vec()))
}

/// A text that the environment takes as a name or a value.
fn text_for(vm: &mut Vm, value: Value, role: &str) -> RResult<RString> {
    let text = vm.to_str(value)?;
    let encoding = text.encoding();
    if !encoding.is_ascii_compatible() {
        return Err(vm.argument_error(&format!("bad environment variable {role}: ASCII incompatible encoding: {}", encoding.name())));
    }
    if text.bytes().contains(&0) {
        return Err(vm.argument_error(&format!("bad environment variable {role}: contains null byte")));
    }
    Ok(text)
}

/// Is there nothing that could be set under the name?
fn is_impossible(name: &OsStr) -> bool {
    name.is_empty() || name.as_bytes().contains(&b'=')
}

fn get(vm: &mut Vm, name: &OsStr) -> Option<Value> {
    if is_impossible(name) {
        return None;
    }
    let value = std::env::var_os(name)?;
    Some(text_of(vm, &value))
}

/// A name or value as the program sees it: in the locale's encoding, or in `Encoding.default_internal` where it can be converted.
fn text_of(vm: &mut Vm, bytes: &OsStr) -> Value {
    let locale = text::encoding::Encoding::UTF_8;
    let converted =
        vm.default_internal().and_then(|internal| Some((text::transcode::transcode_strict(bytes.as_bytes(), locale, internal).ok()?, internal)));
    let text = match converted {
        Some((converted, internal)) => vm.string(&converted, internal),
        None => vm.string(bytes.as_bytes(), locale),
    };
    vm.freeze(text)
}

fn pairs(vm: &mut Vm) -> RResult<RHash> {
    let hash = vm.new_hash();
    for (name, value) in std::env::vars_os() {
        let (name, value) = (text_of(vm, &name), text_of(vm, &value));
        vm.hash_set(hash, name, value)?;
    }
    Ok(hash)
}

/// Sets or (nil) removes a variable. The VM runs one thread at a time, so nobody reads meanwhile.
fn set(vm: &mut Vm, name: Value, value: Value) -> RResult<()> {
    let shown = name;
    let name = name_of(vm, name)?;
    if is_impossible(&name) {
        if value.is_nil() {
            return Ok(());
        }
        let shown = vm.to_s_text(shown)?;
        return Err(crate::errors::raise_errno(vm, libc::EINVAL, &format!("setenv({shown})")));
    }
    if value.is_nil() {
        crate::sys::set_variable(&name, None);
        return Ok(());
    }
    let text = text_for(vm, value, "value")?;
    crate::sys::set_variable(&name, Some(text.bytes()));
    Ok(())
}

#[ruby_methods("Maglev::Environment")]
impl Environment {
    #[method("[]")]
    fn get(vm: &mut Vm, _this: Value, name: Value) -> RResult {
        let name = name_of(vm, name)?;
        Ok(get(vm, &name).unwrap_or(Value::NIL))
    }

    #[method("fetch")]
    fn fetch(vm: &mut Vm, this: Value, name: Value, default: Option<Value>, block: Block) -> RResult {
        if block.is_some() && default.is_some() {
            vm.warn_at_caller("block supersedes default value argument")?;
        }
        let text = name_of(vm, name)?;
        if let Some(value) = get(vm, &text) {
            return Ok(value);
        }
        if block.is_some() {
            return block.call(vm, &[name]);
        }
        match default {
            Some(default) => Ok(default),
            None => {
                let shown = vm.inspect_text(name)?;
                Err(vm.key_error(&format!("key not found: {shown}"), this, name))
            }
        }
    }

    #[method("[]=", "store")]
    fn set(vm: &mut Vm, _this: Value, name: Value, value: Value) -> RResult {
        set(vm, name, value)?;
        Ok(value)
    }

    #[method("delete")]
    fn delete(vm: &mut Vm, _this: Value, name: Value, block: Block) -> RResult {
        let text = name_of(vm, name)?;
        match get(vm, &text) {
            Some(value) => {
                crate::sys::set_variable(&text, None);
                Ok(value)
            }
            None if block.is_some() => block.call(vm, &[name]),
            None => Ok(Value::NIL),
        }
    }

    #[method("key?", "include?", "has_key?", "member?")]
    fn has_key(vm: &mut Vm, _this: Value, name: Value) -> RResult<bool> {
        let name = name_of(vm, name)?;
        Ok(get(vm, &name).is_some())
    }

    #[method("to_h", "to_hash")]
    fn to_h(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        let hash = pairs(vm)?;
        if !block.is_some() {
            return Ok(hash.value());
        }
        let name = vm.intern("to_h");
        vm.call_with_block(hash.value(), name, &[], block.word())
    }

    #[method("keys")]
    fn keys(vm: &mut Vm, _this: Value) -> RResult<RArray> {
        let hash = pairs(vm)?;
        let list = vm.new_array();
        for position in 0..hash.table(&vm.heap).positions() {
            if let Some(entry) = hash.table(&vm.heap).entry(position) {
                vm.push(list, entry.key)?;
            }
        }
        Ok(list)
    }

    #[method("values")]
    fn values(vm: &mut Vm, _this: Value) -> RResult<RArray> {
        let hash = pairs(vm)?;
        let list = vm.new_array();
        for position in 0..hash.table(&vm.heap).positions() {
            if let Some(entry) = hash.table(&vm.heap).entry(position) {
                vm.push(list, entry.value)?;
            }
        }
        Ok(list)
    }

    #[method("size", "length")]
    fn size(_vm: &mut Vm, _this: Value) -> usize {
        std::env::vars_os().count()
    }

    #[method("empty?")]
    fn is_empty(_vm: &mut Vm, _this: Value) -> bool {
        std::env::vars_os().next().is_none()
    }

    #[method("replace")]
    fn replace(vm: &mut Vm, this: Value, other: RHash) -> RResult {
        let old = pairs(vm)?;
        update(vm, other)?;
        for position in 0..old.table(&vm.heap).positions() {
            if let Some(entry) = old.table(&vm.heap).entry(position)
                && vm.hash_get(other, entry.key)?.is_none()
            {
                set(vm, entry.key, Value::NIL)?;
            }
        }
        Ok(this)
    }

    #[method("clear")]
    fn clear(vm: &mut Vm, this: Value) -> RResult {
        let old = pairs(vm)?;
        for position in 0..old.table(&vm.heap).positions() {
            if let Some(entry) = old.table(&vm.heap).entry(position) {
                set(vm, entry.key, Value::NIL)?;
            }
        }
        Ok(this)
    }

    #[method("freeze")]
    fn freeze(vm: &mut Vm, _this: Value) -> RResult {
        Err(vm.type_error("cannot freeze ENV"))
    }

    #[method("to_s")]
    fn to_s(_vm: &mut Vm, _this: Value) -> &'static str {
        "ENV"
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, _this: Value) -> RResult<RString> {
        let hash = pairs(vm)?;
        vm.inspect(hash.value())
    }
}

fn update(vm: &mut Vm, other: RHash) -> RResult<()> {
    for position in 0..other.table(&vm.heap).positions() {
        if let Some(entry) = other.table(&vm.heap).entry(position) {
            set(vm, entry.key, entry.value)?;
        }
    }
    Ok(())
}
