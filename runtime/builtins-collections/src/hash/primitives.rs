//! Primitives for the prelude: positions, iterations, copies.

use super::access::pair;
use super::{copy_pairs, empty_like, put_pairs};
use macros::ruby_methods;
use vm::{Block, RHash, RResult, Value, Vm};

/// Operations of the prelude.
pub struct Primitives;

#[ruby_methods("Primitive")]
impl Primitives {
    /// What a Hash of double splats adds to an Array: itself in an Array, or nothing.
    #[method("hash_unless_empty", effects = "allocates")]
    fn unless_empty(vm: &mut Vm, _this: Value, hash: RHash) -> Value {
        let list = if hash.is_empty() { &[][..] } else { &[hash.value()] };
        vm.array(list)
    }

    /// Marks that an iteration runs.
    #[method("hash_begin", effects = "writes")]
    fn begin(_vm: &mut Vm, _this: Value, hash: RHash) {
        hash.begin_iteration();
    }

    /// Marks that it ended.
    #[method("hash_end", effects = "writes")]
    fn end(_vm: &mut Vm, _this: Value, hash: RHash) {
        hash.end_iteration();
    }

    /// First position in use at or behind `at`, nil at the end.
    #[method("hash_next", effects = "pure")]
    fn next(vm: &mut Vm, _this: Value, hash: RHash, at: usize) -> Value {
        hash.table(&vm.heap).next_position(at).map_or(Value::NIL, |position| Value::small(position as i64))
    }

    /// Key at a position.
    #[method("hash_key_at", effects = "pure")]
    fn key_at(vm: &mut Vm, _this: Value, hash: RHash, at: usize) -> Option<Value> {
        hash.table(&vm.heap).entry(at).map(|entry| entry.key)
    }

    /// Value at a position.
    #[method("hash_value_at", effects = "pure")]
    fn value_at(vm: &mut Vm, _this: Value, hash: RHash, at: usize) -> Option<Value> {
        hash.table(&vm.heap).entry(at).map(|entry| entry.value)
    }

    /// Key and value at a position as new Array.
    #[method("hash_pair_at", effects = "allocates")]
    fn pair_at(vm: &mut Vm, _this: Value, hash: RHash, at: usize) -> Value {
        match hash.table(&vm.heap).entry(at) {
            Some(entry) => pair(vm, entry.key, entry.value),
            None => Value::NIL,
        }
    }

    /// Sets the value at a position.
    #[method("hash_set_at", effects = "writes, raises")]
    fn set_at(vm: &mut Vm, _this: Value, hash: RHash, at: usize, value: Value) -> RResult {
        vm.check_frozen(hash.value())?;
        if hash.table(&vm.heap).entry(at).is_some() {
            hash.table_mut(&mut vm.heap).set_value(at, value);
        }
        Ok(value)
    }

    /// Removes the pair at a position.
    #[method("hash_remove_at", effects = "writes, raises")]
    fn remove_at(vm: &mut Vm, _this: Value, hash: RHash, at: usize) -> RResult<()> {
        vm.check_frozen(hash.value())?;
        hash.table_mut(&mut vm.heap).remove(at);
        Ok(())
    }

    /// Position of a key, or nil.
    #[method("hash_find")]
    fn find(vm: &mut Vm, _this: Value, hash: RHash, key: Value) -> RResult {
        Ok(vm.hash_find(hash, key)?.map_or(Value::NIL, |position| Value::small(position as i64)))
    }

    /// Value of a key, nil when absent.
    #[method("hash_get")]
    fn get(vm: &mut Vm, _this: Value, hash: RHash, key: Value) -> RResult<Option<Value>> {
        vm.hash_get(hash, key)
    }

    /// Sets a pair.
    #[method("hash_store")]
    fn store(vm: &mut Vm, _this: Value, hash: RHash, key: Value, value: Value) -> RResult {
        vm.check_frozen(hash.value())?;
        vm.hash_store(hash, key, value)?;
        Ok(value)
    }

    /// Removes a key; true when it was there.
    #[method("hash_delete")]
    fn delete(vm: &mut Vm, _this: Value, hash: RHash, key: Value) -> RResult<bool> {
        Ok(vm.hash_delete(hash, key)?.is_some())
    }

    /// Number of pairs.
    #[method("hash_size", effects = "pure")]
    fn size(_vm: &mut Vm, _this: Value, hash: RHash) -> usize {
        hash.len()
    }

    /// Keys as new Array.
    #[method("hash_keys", effects = "allocates")]
    fn keys(vm: &mut Vm, _this: Value, hash: RHash) -> RResult {
        let result = vm.new_array_with_capacity(hash.len())?;
        let added = hash.table(&vm.heap).iter().try_for_each(|entry| result.push(entry.key));
        added.map(|()| result.value()).ok_or_else(|| vm.no_memory())
    }

    /// A plain copy without default.
    #[method("hash_copy", effects = "allocates")]
    fn copy(vm: &mut Vm, _this: Value, hash: RHash) -> RHash {
        copy_pairs(vm, hash)
    }

    /// An empty Hash with the same identity mode.
    #[method("hash_empty_like", effects = "allocates")]
    fn empty_like(vm: &mut Vm, _this: Value, hash: RHash) -> RHash {
        empty_like(vm, hash)
    }

    /// Gives one Hash the pairs of another.
    #[method("hash_replace", effects = "writes")]
    fn replace(vm: &mut Vm, _this: Value, hash: RHash, other: RHash) -> RHash {
        put_pairs(vm, other, hash);
        hash
    }

    /// The Hash that `to_hash` gives, or TypeError.
    #[method("to_hash")]
    fn to_hash(_vm: &mut Vm, _this: Value, hash: RHash) -> RHash {
        hash
    }

    /// A plain Hash with pairs and default.
    #[method("hash_plain", effects = "allocates")]
    fn plain(vm: &mut Vm, _this: Value, hash: RHash) -> RHash {
        if vm.real_class_of(hash.value()).value() == vm.core.hash {
            return hash;
        }
        let copy = copy_pairs(vm, hash);
        copy.set_default(hash.default());
        copy.set_default_proc(hash.default_proc());
        copy
    }

    /// Stores the pair that an element of `to_h` is.
    #[method("hash_store_pair")]
    fn store_pair(vm: &mut Vm, _this: Value, hash: RHash, element: Value, index: i64) -> RResult<()> {
        super::convert::store_pair(vm, hash, element, index)
    }

    /// KeyError for an absent key.
    #[method("key_error")]
    fn key_error(vm: &mut Vm, _this: Value, receiver: Value, key: Value) -> RResult {
        let text = shortened(vm.inspect_text(key)?);
        Err(vm.key_error(&format!("key not found: {text}"), receiver, key))
    }

    /// Does the prelude method's block take key and value apart, so that no pair need be made?
    #[method("block_takes_pair", effects = "pure")]
    fn block_takes_pair(vm: &mut Vm, _this: Value, block: Block) -> bool {
        vm.block_takes_pair(block.word())
    }

    /// As `block_takes_pair`, also true for lambdas of two parameters (`map` lets them take a pair apart).
    #[method("block_or_lambda_takes_pair", effects = "allocates")]
    fn block_or_lambda_takes_pair(vm: &mut Vm, _this: Value, block: Block) -> RResult<bool> {
        if vm.block_takes_pair(block.word()) {
            return Ok(true);
        }
        if block.word().record().is_some() {
            return Ok(false);
        }
        let Some(callable) = block.to_proc(vm)? else { return Ok(false) };
        let objects::ProcBody::Block { code, .. } = callable.body() else { return Ok(false) };
        Ok(callable.is_lambda() && code.function.params.required == 2)
    }

    /// Is the prelude method's block a lambda that takes several values? Then values that came one by one are passed
    /// so, instead of an Array of them.
    #[method("block_spreads", effects = "pure")]
    fn block_spreads(_vm: &mut Vm, _this: Value, block: Block) -> bool {
        let callable = block.word().value().and_then(vm::RProc::new).filter(|callable| callable.is_lambda());
        let Some(objects::ProcBody::Block { code, .. }) = callable.map(vm::RProc::body) else { return false };
        let params = &code.function.params;
        let plain = params.required + params.optional + params.post;
        plain > 1 || params.rest && plain > 0
    }

    /// A Hash of the same class with the same pairs, default and instance variables.
    #[method("hash_dup", effects = "allocates")]
    fn dup(vm: &mut Vm, _this: Value, hash: RHash) -> RResult<RHash> {
        let copy = match vm.real_class_of(hash.value()) {
            class if class.value() == vm.core.hash => vm.new_hash(),
            class => vm.allocate(class).map(RHash::new)?.unwrap_or_else(|| vm.new_hash()),
        };
        put_pairs(vm, hash, copy);
        copy.set_default(hash.default());
        copy.set_default_proc(hash.default_proc());
        vm.copy_ivars(hash.value(), copy.value());
        Ok(copy)
    }

    /// Stores the pairs of another Hash; the prelude method's block decides about keys that are there.
    #[method("hash_merge")]
    fn merge(vm: &mut Vm, _this: Value, target: RHash, other: RHash, block: Block) -> RResult<()> {
        let mut at = 0;
        while let Some(position) = other.table(&vm.heap).next_position(at) {
            at = position + 1;
            let Some(entry) = other.table(&vm.heap).entry(position) else { continue };
            let mut value = entry.value;
            if block.is_some()
                && let Some(old) = vm.hash_get(target, entry.key)?
            {
                target.begin_iteration();
                value = vm.always(|vm| block.call(vm, &[entry.key, old, value]), |_| target.end_iteration())?;
                vm.check_frozen(target.value())?;
            }
            vm.hash_store(target, entry.key, value)?;
        }
        Ok(())
    }

    /// Is the Hash iterated over?
    #[method("hash_is_iterating", effects = "pure")]
    fn is_iterating(_vm: &mut Vm, _this: Value, hash: RHash) -> bool {
        hash.is_iterating()
    }

    /// Identity mode?
    #[method("hash_is_identity", effects = "pure")]
    fn is_identity(_vm: &mut Vm, _this: Value, hash: RHash) -> bool {
        hash.is_identity()
    }
}

/// A key's description for a message, which ends after 65 characters.
fn shortened(text: String) -> String {
    const LENGTH_MAX: usize = 65;
    if text.chars().count() <= LENGTH_MAX {
        return text;
    }
    text.chars().take(LENGTH_MAX - 3).chain("...".chars()).collect()
}
