//! ObjectSpace::WeakMap and ObjectSpace::WeakKeyMap: maps that do not keep their objects alive.
//!
//! A map's native part lists its entries; the tracer is not shown the weak sides. Invariant: after each marking,
//! `WeakMaps` has taken out of every live map the entries whose weak side died, so that an entry
//! that a method sees is whole.

use heap::{Liveness, Tracer};
use macros::ruby_methods;
use objects::NativeData;
use std::cell::RefCell;
use stdx::FastMap;
use vm::{Block, RArray, RClass, RResult, Value, Vm};

/// Native part of a WeakMap: values by the identity of their key, oldest first.
#[derive(Default)]
struct WeakMap {
    entries: Vec<(Value, Value)>,
    index: FastMap<u64, usize>,
}

impl NativeData for WeakMap {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

impl WeakMap {
    fn get(&self, key: Value) -> Option<Value> {
        self.index.get(&key.bits()).map(|&at| self.entries[at].1)
    }

    fn set(&mut self, key: Value, value: Value) {
        match self.index.get(&key.bits()) {
            Some(&at) => self.entries[at].1 = value,
            None => {
                self.index.insert(key.bits(), self.entries.len());
                self.entries.push((key, value));
            }
        }
    }

    fn retain(&mut self, keep: &dyn Fn(Value, Value) -> bool) {
        self.entries.retain(|&(key, value)| keep(key, value));
        self.index = self.entries.iter().enumerate().map(|(at, (key, _))| (key.bits(), at)).collect();
    }
}

/// Native part of a WeakKeyMap: entries by the hash of their key. The values are held.
#[derive(Default)]
struct WeakKeyMap {
    entries: FastMap<u64, Vec<(Value, Value)>>,
}

impl NativeData for WeakKeyMap {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        for &(_, value) in self.entries.values().flatten() {
            tracer.value(value);
        }
    }
}

/// All maps, for clearing after a marking.
#[derive(Default)]
struct WeakMaps(Vec<Value>);

impl vm::vm::Extension for WeakMaps {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn after_mark(&mut self, live: &Liveness<'_>) {
        self.0.retain(|&map| live.is_live(map));
        for &map in &self.0 {
            let Some(data) = objects::RData::new(map) else { continue };
            if let Some(map) = data.read::<RefCell<WeakMap>>(live.heap()) {
                map.borrow_mut().retain(&|key, value| live.is_live(key) && live.is_live(value));
            } else if let Some(map) = data.read::<RefCell<WeakKeyMap>>(live.heap()) {
                map.borrow_mut().entries.retain(|_, list| {
                    list.retain(|&(key, _)| live.is_live(key));
                    !list.is_empty()
                });
            }
        }
    }
}

/// Classes of this file.
pub fn init(vm: &mut Vm) {
    let (space, object) = (vm.core.object_space, vm.core.object);
    let weak_map = vm.define_class_under(space, "WeakMap", object);
    vm.set_allocator(weak_map, |vm, class| Ok(register(vm, class, Box::<RefCell<WeakMap>>::default())));
    let enumerable = vm.class_view(vm.core.enumerable);
    vm.include_module(vm.class_view(weak_map), enumerable);
    let weak_key_map = vm.define_class_under(space, "WeakKeyMap", object);
    vm.set_allocator(weak_key_map, |vm, class| Ok(register(vm, class, Box::<RefCell<WeakKeyMap>>::default())));
    vm.define_groups(&[WeakMapMethods::GROUP, WeakKeyMapMethods::GROUP]);
}

fn register(vm: &mut Vm, class: RClass, native: Box<dyn NativeData>) -> Value {
    let map = vm.data(class, native);
    vm.extension::<WeakMaps>().0.push(map);
    map
}

fn weak_map(vm: &mut Vm, this: Value) -> RResult<&mut WeakMap> {
    Ok(vm.native::<RefCell<WeakMap>>(this, "ObjectSpace::WeakMap")?.get_mut())
}

/// The keys (or values) in an Array, which holds them while Ruby code runs.
fn listed(vm: &mut Vm, this: Value, pick: fn(&(Value, Value)) -> Value) -> RResult<RArray> {
    weak_map(vm, this)?;
    let map = objects::RData::new(this).and_then(|data| data.read::<RefCell<WeakMap>>(&vm.heap));
    let items = vm.roots.root(map.map_or(Vec::new(), |map| map.borrow().entries.iter().map(pick).collect()));
    let list = vm.array(&items);
    Ok(vm.array_view(list))
}

/// Calls the block with what `pick` makes of each entry that is still there.
fn each(vm: &mut Vm, this: Value, block: Block, call: fn(&mut Vm, Block, Value, Value) -> RResult) -> RResult {
    let keys = listed(vm, this, |entry| entry.0)?;
    if !block.is_some() && !keys.is_empty() {
        return Err(vm.local_jump_error("no block given", "noreason", Value::NIL));
    }
    for index in 0..keys.len() {
        let key = keys.get(index).unwrap_or(Value::NIL);
        if let Some(value) = weak_map(vm, this)?.get(key) {
            call(vm, block, key, value)?;
        }
    }
    Ok(this)
}

/// Methods of WeakMap.
pub struct WeakMapMethods;

#[ruby_methods("ObjectSpace::WeakMap")]
impl WeakMapMethods {
    #[method("[]")]
    fn get(vm: &mut Vm, this: Value, key: Value) -> RResult {
        Ok(weak_map(vm, this)?.get(key).unwrap_or(Value::NIL))
    }

    #[method("[]=")]
    fn set(vm: &mut Vm, this: Value, key: Value, value: Value) -> RResult {
        weak_map(vm, this)?.set(key, value);
        Ok(value)
    }

    /// `delete(key) { |key| ... }`: the value, or what the block says of an absent key.
    #[method("delete")]
    fn delete(vm: &mut Vm, this: Value, key: Value, block: Block) -> RResult {
        let map = weak_map(vm, this)?;
        match map.get(key) {
            Some(value) => {
                map.retain(&|other, _| other != key);
                Ok(value)
            }
            None if block.is_some() => block.call(vm, &[key]),
            None => Ok(Value::NIL),
        }
    }

    #[method("key?", "include?", "member?")]
    fn has_key(vm: &mut Vm, this: Value, key: Value) -> RResult<bool> {
        Ok(weak_map(vm, this)?.get(key).is_some())
    }

    #[method("size", "length")]
    fn size(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(weak_map(vm, this)?.entries.len())
    }

    #[method("keys")]
    fn keys(vm: &mut Vm, this: Value) -> RResult<RArray> {
        listed(vm, this, |entry| entry.0)
    }

    #[method("values")]
    fn values(vm: &mut Vm, this: Value) -> RResult<RArray> {
        listed(vm, this, |entry| entry.1)
    }

    #[method("each", "each_pair")]
    fn each(vm: &mut Vm, this: Value, block: Block) -> RResult {
        each(vm, this, block, |vm, block, key, value| block.call(vm, &[key, value]))
    }

    #[method("each_key")]
    fn each_key(vm: &mut Vm, this: Value, block: Block) -> RResult {
        each(vm, this, block, |vm, block, key, _| block.call(vm, &[key]))
    }

    #[method("each_value")]
    fn each_value(vm: &mut Vm, this: Value, block: Block) -> RResult {
        each(vm, this, block, |vm, block, _, value| block.call(vm, &[value]))
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        let head = vm.any_to_s(this);
        let (keys, values) = (listed(vm, this, |entry| entry.0)?, listed(vm, this, |entry| entry.1)?);
        let mut text = head.trim_end_matches('>').to_string();
        for index in 0..keys.len() {
            text.push_str(if index == 0 { ": " } else { ", " });
            let (key, value) = (keys.get(index).unwrap_or(Value::NIL), values.get(index).unwrap_or(Value::NIL));
            text.push_str(&format!("{} => {}", shown(vm, key)?, shown(vm, value)?));
        }
        text.push('>');
        Ok(text)
    }
}

/// Immediates by `inspect`, others by class and address: the map does not run their code.
fn shown(vm: &mut Vm, value: Value) -> RResult<String> {
    if value.is_cell() { Ok(vm.any_to_s(value)) } else { vm.inspect_text(value) }
}

fn weak_key_map(vm: &mut Vm, this: Value) -> RResult<&mut WeakKeyMap> {
    Ok(vm.native::<RefCell<WeakKeyMap>>(this, "ObjectSpace::WeakKeyMap")?.get_mut())
}

/// Hash of the key and the entry whose key is `eql?` to it.
fn find(vm: &mut Vm, this: Value, key: Value) -> RResult<(u64, Option<(Value, Value)>)> {
    let hash = vm.hash_of(key)?;
    weak_key_map(vm, this)?;
    let map = objects::RData::new(this).and_then(|data| data.read::<RefCell<WeakKeyMap>>(&vm.heap));
    let found = vm.roots.root(map.and_then(|map| map.borrow().entries.get(&hash).cloned()));
    for &(other, value) in found.iter().flatten() {
        if other == key || vm.eql(key, other)? {
            return Ok((hash, Some((other, value))));
        }
    }
    Ok((hash, None))
}

/// Methods of WeakKeyMap.
pub struct WeakKeyMapMethods;

#[ruby_methods("ObjectSpace::WeakKeyMap")]
impl WeakKeyMapMethods {
    #[method("[]")]
    fn get(vm: &mut Vm, this: Value, key: Value) -> RResult {
        Ok(find(vm, this, key)?.1.map_or(Value::NIL, |entry| entry.1))
    }

    #[method("[]=")]
    fn set(vm: &mut Vm, this: Value, key: Value, value: Value) -> RResult {
        if !key.is_cell() || key.is_symbol() || Vm::is_integer(key) || objects::number::float_of(key).is_some() {
            return Err(vm.argument_error("WeakKeyMap keys must be garbage collectable"));
        }
        let (hash, found) = find(vm, this, key)?;
        let list = weak_key_map(vm, this)?.entries.entry(hash).or_default();
        match found.and_then(|(other, _)| list.iter_mut().find(|entry| entry.0 == other)) {
            Some(entry) => entry.1 = value,
            None => list.push((key, value)),
        }
        Ok(value)
    }

    /// `delete(key) { |key| ... }`: the value, or what the block says of an absent key.
    #[method("delete")]
    fn delete(vm: &mut Vm, this: Value, key: Value, block: Block) -> RResult {
        let (hash, found) = find(vm, this, key)?;
        match found {
            Some((other, value)) => {
                if let Some(list) = weak_key_map(vm, this)?.entries.get_mut(&hash) {
                    list.retain(|entry| entry.0 != other);
                }
                Ok(value)
            }
            None if block.is_some() => block.call(vm, &[key]),
            None => Ok(Value::NIL),
        }
    }

    #[method("getkey")]
    fn getkey(vm: &mut Vm, this: Value, key: Value) -> RResult {
        Ok(find(vm, this, key)?.1.map_or(Value::NIL, |entry| entry.0))
    }

    #[method("key?")]
    fn has_key(vm: &mut Vm, this: Value, key: Value) -> RResult<bool> {
        Ok(find(vm, this, key)?.1.is_some())
    }

    #[method("clear")]
    fn clear(vm: &mut Vm, this: Value) -> RResult {
        weak_key_map(vm, this)?.entries.clear();
        Ok(this)
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        let size: usize = weak_key_map(vm, this)?.entries.values().map(Vec::len).sum();
        Ok(format!("{} size={size}>", vm.any_to_s(this).trim_end_matches('>')))
    }
}
