//! Reading and setting pairs.

use super::{empty_like, put_pairs};
use macros::ruby_methods;
use objects::ProcBody;
use vm::{Block, Keywords, RArray, RHash, RProc, RResult, Value, Vm, sym};

/// Reading.
pub struct Access;
/// Changing.
pub struct Mutate;

/// A two-element Array.
pub fn pair(vm: &mut Vm, key: Value, value: Value) -> Value {
    vm.array(&[key, value])
}

#[ruby_methods("Hash")]
impl Access {
    /// `hash[key]`
    #[method("[]")]
    fn index(vm: &mut Vm, this: RHash, key: Value) -> RResult {
        vm.hash_fetch_default(this, key)
    }

    /// `hash.key?(key)`
    #[method("key?", "has_key?", "include?", "member?")]
    fn has_key(vm: &mut Vm, this: RHash, key: Value) -> RResult<bool> {
        Ok(vm.hash_find(this, key)?.is_some())
    }

    /// `hash.value?(value)`
    #[method("value?", "has_value?")]
    fn has_value(vm: &mut Vm, this: RHash, value: Value) -> RResult<bool> {
        Ok(position_of_value(vm, this, value)?.is_some())
    }

    /// `hash.key(value)`
    #[method("key")]
    fn key(vm: &mut Vm, this: RHash, value: Value) -> RResult {
        let position = position_of_value(vm, this, value)?;
        Ok(position.and_then(|at| this.table(&vm.heap).entry(at)).map_or(Value::NIL, |entry| entry.key))
    }

    /// `hash.assoc(key)`
    #[method("assoc")]
    fn assoc(vm: &mut Vm, this: RHash, key: Value) -> RResult {
        if let Some(entry) = vm.hash_find(this, key)?.and_then(|at| this.table(&vm.heap).entry(at)) {
            return Ok(pair(vm, entry.key, entry.value));
        }
        // Keys are compared by `==`, which finds `1.0` for `1`.
        let mut at = 0;
        while let Some(position) = this.table(&vm.heap).next_position(at) {
            at = position + 1;
            let Some(entry) = this.table(&vm.heap).entry(position) else { continue };
            if vm.equal(entry.key, key)? {
                return Ok(pair(vm, entry.key, entry.value));
            }
        }
        Ok(Value::NIL)
    }

    /// `hash.rassoc(value)`
    #[method("rassoc")]
    fn rassoc(vm: &mut Vm, this: RHash, value: Value) -> RResult {
        match position_of_value(vm, this, value)?.and_then(|at| this.table(&vm.heap).entry(at)) {
            Some(entry) => Ok(pair(vm, entry.key, entry.value)),
            None => Ok(Value::NIL),
        }
    }

    /// `hash.keys`
    #[method("keys", effects = "allocates")]
    fn keys(vm: &mut Vm, this: RHash) -> RResult<RArray> {
        let result = vm.new_array_with_capacity(this.len())?;
        let added = this.table(&vm.heap).iter().try_for_each(|entry| result.push(entry.key));
        added.map(|()| result).ok_or_else(|| vm.no_memory())
    }

    /// `hash.values`
    #[method("values", effects = "allocates")]
    fn values(vm: &mut Vm, this: RHash) -> RResult<RArray> {
        crate::array::values_of(vm, this)
    }

    /// `hash.values_at(*keys)`
    #[method("values_at")]
    fn values_at(vm: &mut Vm, this: RHash, keys: &[Value]) -> RResult<RArray> {
        let result = vm.new_array();
        for &key in keys {
            let value = vm.hash_fetch_default(this, key)?;
            vm.push(result, value)?;
        }
        Ok(result)
    }

    /// `hash.dig(key, *rest)`
    #[method("dig")]
    fn dig(vm: &mut Vm, this: RHash, key: Value, rest: &[Value]) -> RResult {
        let found = Self::index(vm, this, key)?;
        crate::array::dig_into(vm, found, rest)
    }

    /// `hash.length`
    #[method("length", "size", effects = "pure")]
    fn length(_vm: &mut Vm, this: RHash) -> usize {
        this.len()
    }

    /// `hash.empty?`
    #[method("empty?", effects = "pure")]
    fn is_empty(_vm: &mut Vm, this: RHash) -> bool {
        this.is_empty()
    }

    /// `hash.slice(*keys)`
    #[method("slice")]
    fn slice(vm: &mut Vm, this: RHash, keys: &[Value]) -> RResult<RHash> {
        let result = empty_like(vm, this);
        for &key in keys {
            if let Some(value) = vm.hash_get(this, key)? {
                vm.hash_store(result, key, value)?;
            }
        }
        Ok(result)
    }

    /// `hash.except(*keys)`
    #[method("except")]
    fn except(vm: &mut Vm, this: RHash, keys: &[Value]) -> RResult<RHash> {
        let result = super::copy_pairs(vm, this);
        for &key in keys {
            vm.hash_delete(result, key)?;
        }
        Ok(result)
    }

    /// `hash.compact`
    #[method("compact", effects = "allocates")]
    fn compact(vm: &mut Vm, this: RHash) -> RResult {
        let class = vm.real_class_of(this.value());
        let made = vm.allocate(class)?;
        if let Some(result) = RHash::new(made) {
            put_pairs(vm, this, result);
            result.set_default(this.default());
            result.set_default_proc(this.default_proc());
            remove_nil(vm, result);
        }
        Ok(made)
    }

    /// `hash.default(key = nil)`
    #[method("default")]
    fn default(vm: &mut Vm, this: RHash, key: Option<Value>) -> RResult {
        match (this.default_proc(), key) {
            (Value::NIL, _) => Ok(this.default()),
            (callable, Some(key)) => vm.call(callable, sym::CALL, &[this.value(), key]),
            (_, None) => Ok(Value::NIL),
        }
    }

    /// `hash.default_proc`
    #[method("default_proc", effects = "pure")]
    fn default_proc(_vm: &mut Vm, this: RHash) -> Value {
        this.default_proc()
    }

    /// `hash.compare_by_identity?`
    #[method("compare_by_identity?", effects = "pure")]
    fn is_identity(_vm: &mut Vm, this: RHash) -> bool {
        this.is_identity()
    }

    /// `hash.invert`
    #[method("invert")]
    fn invert(vm: &mut Vm, this: RHash) -> RResult<RHash> {
        let result = vm.new_hash();
        let mut at = 0;
        while let Some(position) = this.table(&vm.heap).next_position(at) {
            at = position + 1;
            let Some(entry) = this.table(&vm.heap).entry(position) else { continue };
            vm.hash_store(result, entry.value, entry.key)?;
        }
        Ok(result)
    }
}

fn position_of_value(vm: &mut Vm, this: RHash, value: Value) -> RResult<Option<usize>> {
    let mut at = 0;
    while let Some(position) = this.table(&vm.heap).next_position(at) {
        at = position + 1;
        let Some(entry) = this.table(&vm.heap).entry(position) else { continue };
        if vm.equal(entry.value, value)? {
            return Ok(Some(position));
        }
    }
    Ok(None)
}

/// Removes the pairs whose value is nil; false when there was none.
fn remove_nil(vm: &mut Vm, hash: RHash) -> bool {
    let mut removed = false;
    for position in 0..hash.table(&vm.heap).positions() {
        if hash.table(&vm.heap).entry(position).is_some_and(|entry| entry.value.is_nil()) {
            hash.table_mut(&mut vm.heap).remove(position);
            removed = true;
        }
    }
    removed
}

/// Arguments that a default proc takes must be two when it is a lambda.
fn check_default_proc(vm: &mut Vm, callable: RProc) -> RResult<()> {
    let ProcBody::Block { code, .. } = callable.body() else { return Ok(()) };
    let params = &code.function.params;
    let (least, most) = (params.required + params.post, params.required + params.post + params.optional);
    let fits = least <= 2 && (most >= 2 || params.rest);
    if !callable.is_lambda() || fits {
        return Ok(());
    }
    let arity = if params.rest || params.optional > 0 { -(i64::from(least) + 1) } else { i64::from(least) };
    let shown = if arity < 0 { -arity - 1 } else { arity };
    Err(vm.type_error(&format!("default_proc takes two arguments (2 for {shown})")))
}

#[ruby_methods("Hash")]
impl Mutate {
    /// `Hash.new(default = nil, capacity: 0) { |hash, key| ... }`
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: RHash, default: Option<Value>, keywords: Keywords, block: Block) -> RResult {
        keywords.check(vm, &["capacity"])?;
        vm.check_frozen(this.value())?;
        if let Some(capacity) = keywords.get(vm, "capacity") {
            vm.to_i64(capacity)?;
        }
        match block.to_proc(vm)? {
            Some(callable) => {
                if default.is_some() {
                    return Err(vm.arity_error(1, 0, Some(0)));
                }
                check_default_proc(vm, callable)?;
                this.set_default_proc(callable.value());
            }
            None => this.set_default(default.unwrap_or(Value::NIL)),
        }
        Ok(this.value())
    }

    /// `hash[key] = value`
    #[method("[]=", "store")]
    fn store(vm: &mut Vm, this: RHash, key: Value, value: Value) -> RResult {
        vm.check_frozen(this.value())?;
        vm.hash_store(this, key, value)?;
        Ok(value)
    }

    /// `hash.delete(key) { |key| ... }`
    #[method("delete")]
    fn delete(vm: &mut Vm, this: RHash, key: Value, block: Block) -> RResult {
        vm.check_frozen(this.value())?;
        match vm.hash_delete(this, key)? {
            Some(value) => Ok(value),
            None if block.is_some() => block.call(vm, &[key]),
            None => Ok(Value::NIL),
        }
    }

    /// `hash.clear`
    #[method("clear", effects = "writes_self, raises")]
    fn clear(vm: &mut Vm, this: RHash) -> RResult<RHash> {
        vm.check_frozen(this.value())?;
        if this.is_iterating() {
            for position in 0..this.table(&vm.heap).positions() {
                this.table_mut(&mut vm.heap).remove(position);
            }
        } else {
            this.table_mut(&mut vm.heap).clear();
        }
        Ok(this)
    }

    /// `hash.shift`
    #[method("shift", effects = "writes_self, allocates, raises")]
    fn shift(vm: &mut Vm, this: RHash) -> RResult {
        vm.check_frozen(this.value())?;
        let first = this.table(&vm.heap).next_position(0);
        match first.and_then(|position| this.table_mut(&mut vm.heap).remove(position)) {
            Some(entry) => Ok(pair(vm, entry.key, entry.value)),
            None => Ok(Value::NIL),
        }
    }

    /// `hash.compact!`
    #[method("compact!", effects = "writes_self, raises")]
    fn compact_in_place(vm: &mut Vm, this: RHash) -> RResult {
        vm.check_frozen(this.value())?;
        Ok(if remove_nil(vm, this) { this.value() } else { Value::NIL })
    }

    /// `hash.replace(other)`
    #[method("replace", "initialize_copy")]
    fn replace(vm: &mut Vm, this: RHash, other: Value) -> RResult<RHash> {
        vm.check_frozen(this.value())?;
        if this.is_iterating() {
            return Err(vm.runtime_error("can't replace hash during iteration"));
        }
        let other = vm.to_hash(other)?;
        put_pairs(vm, other, this);
        this.set_default(other.default());
        this.set_default_proc(other.default_proc());
        Ok(this)
    }

    /// `hash.default = value`
    #[method("default=", effects = "writes_self, raises")]
    fn set_default(vm: &mut Vm, this: RHash, value: Value) -> RResult {
        vm.check_frozen(this.value())?;
        this.set_default(value);
        this.set_default_proc(Value::NIL);
        Ok(value)
    }

    /// `hash.default_proc = callable`
    #[method("default_proc=")]
    fn set_default_proc(vm: &mut Vm, this: RHash, value: Value) -> RResult {
        vm.check_frozen(this.value())?;
        if !value.is_nil() {
            let converted = if RProc::new(value).is_some() { Some(value) } else { vm.call_if_responds(value, sym::TO_PROC, &[])? };
            let Some(callable) = converted.and_then(RProc::new) else {
                let name = vm.class_name_of(value);
                return Err(vm.type_error(&format!("wrong default_proc type {name} (expected Proc)")));
            };
            check_default_proc(vm, callable)?;
            this.set_default_proc(callable.value());
        } else {
            this.set_default_proc(Value::NIL);
        }
        this.set_default(Value::NIL);
        Ok(value)
    }

    /// `hash.compare_by_identity`
    #[method("compare_by_identity")]
    fn compare_by_identity(vm: &mut Vm, this: RHash) -> RResult<RHash> {
        if this.is_identity() {
            return Ok(this);
        }
        vm.check_frozen(this.value())?;
        if this.is_iterating() {
            return Err(vm.runtime_error("compare_by_identity during iteration"));
        }
        this.set_identity(true);
        vm.hash_rehash(this)?;
        Ok(this)
    }

    /// `hash.rehash`
    #[method("rehash")]
    fn rehash(vm: &mut Vm, this: RHash) -> RResult<RHash> {
        if this.is_iterating() {
            return Err(vm.runtime_error("rehash during iteration"));
        }
        vm.check_frozen(this.value())?;
        vm.hash_rehash(this)?;
        Ok(this)
    }

    /// `hash.freeze`
    #[method("freeze", effects = "writes_self")]
    fn freeze(vm: &mut Vm, this: Value) -> Value {
        vm.freeze(this)
    }
}
