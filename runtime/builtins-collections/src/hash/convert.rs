//! Text, Arrays and class methods.

use super::access::pair;
use super::put_pairs;
use crate::support::{append_inspect, append_shown, pair_of, push_bytes, text_buffer};
use macros::ruby_methods;
use text::encoding::Encoding;
use vm::{RArray, RClass, RHash, RResult, RString, Value, Vm, sym};

/// Conversions.
pub struct Convert;
/// Methods of the class.
pub struct ConvertClass;

/// The key with what stands between it and the value.
fn append_key(vm: &mut Vm, out: RString, key: Value) -> RResult<()> {
    let Some(name) = key.as_symbol() else {
        append_inspect(vm, out, key)?;
        return push_bytes(vm, out, b" => ");
    };
    let bytes = vm.symbols.bytes(name).to_vec();
    let encoding = Encoding::from_index(vm.symbols.encoding(name)).unwrap_or(Encoding::UTF_8);
    let result = vm.result_encoding();
    let is_simple = text::inspect::is_simple_hash_key(encoding, &bytes, result);
    let shown = if is_simple { bytes } else { text::inspect::inspect(encoding, &bytes, result) };
    append_shown(vm, out, &shown, result)?;
    push_bytes(vm, out, b": ")
}

fn append_pairs(vm: &mut Vm, out: RString, hash: RHash) -> RResult<()> {
    let (mut at, mut first) = (0, true);
    while let Some(position) = hash.table(&vm.heap).next_position(at) {
        at = position + 1;
        let Some(entry) = hash.table(&vm.heap).entry(position) else { continue };
        if !first {
            push_bytes(vm, out, b", ")?;
        }
        first = false;
        append_key(vm, out, entry.key)?;
        append_inspect(vm, out, entry.value)?;
    }
    Ok(())
}

/// Appends a pair to a flat list.
fn push_pair(vm: &mut Vm, list: RArray, hash: RHash) -> RResult<()> {
    for position in 0..hash.table(&vm.heap).positions() {
        if let Some(entry) = hash.table(&vm.heap).entry(position) {
            vm.push(list, entry.key)?;
            vm.push(list, entry.value)?;
        }
    }
    Ok(())
}

#[ruby_methods("Hash")]
impl Convert {
    /// `hash.inspect`
    #[method("inspect", "to_s")]
    fn inspect(vm: &mut Vm, this: RHash) -> RResult<RString> {
        if this.is_empty() {
            return Ok(vm.new_string(b"{}", Encoding::US_ASCII));
        }
        let text = vm.guard_recursion(sym::INSPECT, this.value(), Value::NIL, |vm| {
            let out = text_buffer(vm, "{");
            append_pairs(vm, out, this)?;
            push_bytes(vm, out, b"}")?;
            Ok(out)
        })?;
        Ok(text.unwrap_or_else(|| text_buffer(vm, "{...}")))
    }

    /// `hash.to_a`
    #[method("to_a", effects = "allocates")]
    fn to_a(vm: &mut Vm, this: RHash) -> RResult<RArray> {
        let result = vm.new_array_with_capacity(this.len())?;
        for position in 0..this.table(&vm.heap).positions() {
            if let Some(entry) = this.table(&vm.heap).entry(position) {
                let both = pair(vm, entry.key, entry.value);
                vm.push(result, both)?;
            }
        }
        Ok(result)
    }

    /// `hash.to_hash`
    #[method("to_hash", effects = "pure")]
    fn to_hash(_vm: &mut Vm, this: RHash) -> RHash {
        this
    }

    /// `hash.flatten(depth = 1)`
    #[method("flatten")]
    fn flatten(vm: &mut Vm, this: RHash, depth: Option<i64>) -> RResult {
        let depth = depth.unwrap_or(1);
        if depth == 0 {
            return Convert::to_a(vm, this).map(RArray::value);
        }
        let list = vm.new_array();
        push_pair(vm, list, this)?;
        if depth == 1 {
            return Ok(list.value());
        }
        let levels = if depth < 0 { Value::small(-1) } else { Value::small(depth - 1) };
        vm.send(list.value(), "flatten", &[levels])
    }

    /// `hash.deconstruct_keys(keys)`
    #[method("deconstruct_keys", effects = "pure")]
    fn deconstruct_keys(_vm: &mut Vm, this: RHash, _keys: Value) -> RHash {
        this
    }
}

/// Fills a Hash from a list of pairs.
fn fill_from_pairs(vm: &mut Vm, hash: RHash, list: RArray) -> RResult<()> {
    let mut index = 0;
    while let Some(element) = list.get(index) {
        let Some(both) = vm.try_to_ary(element)? else {
            let name = vm.class_name_of(element);
            return Err(vm.argument_error(&format!("wrong element type {name} at {index} (expected array)")));
        };
        index += 1;
        let (key, value) = match *both.as_slice(&vm.heap) {
            [key] => (key, Value::NIL),
            [key, value] => (key, value),
            _ => return Err(vm.argument_error(&format!("invalid number of elements ({} for 1..2)", both.len()))),
        };
        vm.hash_store(hash, key, value)?;
    }
    Ok(())
}

#[ruby_methods("Hash")]
impl ConvertClass {
    /// `Hash[hash]`, `Hash[pairs]`, `Hash[key, value, ...]`
    #[singleton("[]")]
    fn literal(vm: &mut Vm, class: RClass, values: &[Value]) -> RResult {
        let made = vm.allocate(class)?;
        let Some(hash) = RHash::new(made) else { return Ok(made) };
        if let [only] = *values {
            if let Some(other) = vm.try_to_hash(only)? {
                put_pairs(vm, other, hash);
                if hash.is_identity() {
                    hash.set_identity(false);
                    vm.hash_rehash(hash)?;
                }
                return Ok(made);
            }
            if let Some(list) = vm.try_to_ary(only)? {
                fill_from_pairs(vm, hash, list)?;
                return Ok(made);
            }
        }
        if !values.len().is_multiple_of(2) {
            return Err(vm.argument_error("odd number of arguments for Hash"));
        }
        for both in values.chunks_exact(2) {
            vm.hash_store(hash, both[0], both[1])?;
        }
        Ok(made)
    }

    /// `Hash.try_convert(value)`
    #[singleton("try_convert")]
    fn try_convert(vm: &mut Vm, _class: Value, value: Value) -> RResult {
        Ok(vm.try_to_hash(value)?.map_or(Value::NIL, RHash::value))
    }

    /// `Hash.ruby2_keywords_hash?(hash)`
    #[singleton("ruby2_keywords_hash?")]
    fn is_keywords(vm: &mut Vm, _class: Value, hash: RHash) -> bool {
        vm.is_keyword_hash(hash.value())
    }

    /// `Hash.ruby2_keywords_hash(hash)`: a copy that is passed on as keywords.
    #[singleton("ruby2_keywords_hash")]
    fn to_keywords(vm: &mut Vm, _class: Value, hash: RHash) -> RResult<RHash> {
        let copy = vm.send(hash.value(), "dup", &[])?;
        let copy = vm.to_hash(copy)?;
        vm.flag_keyword_hash(copy);
        Ok(copy)
    }
}

/// Stores the pair that an element of `to_h` is; TypeError or ArgumentError when it is none. `index` is -1
/// where messages name no position.
pub fn store_pair(vm: &mut Vm, hash: RHash, element: Value, index: i64) -> RResult<()> {
    let at = if index < 0 { String::new() } else { format!(" at {index}") };
    let Some(both) = vm.try_to_ary(element)? else {
        let name = vm.class_name_of(element);
        return Err(vm.type_error(&format!("wrong element type {name}{at} (expected array)")));
    };
    match pair_of(vm, both) {
        Some((key, value)) => vm.hash_store(hash, key, value),
        None if index < 0 => Err(vm.argument_error(&format!("element has wrong array length (expected 2, was {})", both.len()))),
        None => Err(vm.argument_error(&format!("wrong array length at {index} (expected 2, was {})", both.len()))),
    }
}
