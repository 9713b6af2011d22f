//! Pattern matching on arrays and hashes.

use super::arith::store;
use super::operands;
use super::variable::name_of;
use super::{Flow, literal, save};
use crate::vm::Vm;
use abi::frame::Registers;
use objects::{RArray, RHash};
use value::{Kind, RResult, Symbol, Value, sym};

macro_rules! patterns {
    ($($name:ident $camel:ident |$vm:ident, $fp:ident, $o:ident| $result:expr;)*) => { $(
        /// # Safety
        /// Called by the dispatcher.
        pub(in crate::interp) unsafe fn $name($vm: &mut Vm, $fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: operands are verified registers and literals of the frame.
            unsafe {
                save($vm, $fp, pc);
                let $o = operands::$camel::read(pc);
                let result: RResult = $result;
                store($vm, $fp, pc, $o.dst, operands::$camel::UNITS, result.ok())
            }
        }
    )* };
}

patterns! {
    deconstruct Deconstruct |vm, fp, o| vm.deconstruct(*fp.add(o.src));
    deconstruct_keys DeconstructKeys |vm, fp, o| vm.deconstruct_keys(*fp.add(o.src), *fp.add(o.keys));
    hash_has_key HashHasKey |vm, fp, o| Ok(Value::bool(hash_symbol(vm, *fp.add(o.hash), literal(fp, o.key)).is_some()));
    hash_get HashGet |vm, fp, o| Ok(hash_symbol(vm, *fp.add(o.hash), literal(fp, o.key)).unwrap_or(Value::NIL));
    hash_except HashExcept |vm, fp, o| vm.hash_without(*fp.add(o.hash), literal(fp, o.keys));
    array_size ArraySize |vm, fp, o| vm.size_of(*fp.add(o.array));
    array_get ArrayGet |vm, fp, o| vm.element_of(*fp.add(o.array), o.index);
    array_slice ArraySlice |vm, fp, o| vm.slice_of(*fp.add(o.array), *fp.add(o.from), *fp.add(o.count));
}

fn hash_symbol(vm: &mut Vm, hash: Value, key: Value) -> Option<Value> {
    vm.hash_get_symbol(RHash::new(hash)?, name_of(key))
}

impl Vm {
    fn deconstruct(&mut self, value: Value) -> RResult {
        let class = self.class_of(value);
        if value.is_kind(Kind::Array) && self.core_method(class, sym::DECONSTRUCT, self.core.array) {
            return Ok(value);
        }
        let Some(result) = self.deconstruct_by(value, class, sym::DECONSTRUCT, &[])? else { return Ok(Value::NIL) };
        if result.is_kind(Kind::Array) { Ok(result) } else { Err(self.type_error("deconstruct must return Array")) }
    }

    fn deconstruct_keys(&mut self, value: Value, keys: Value) -> RResult {
        let class = self.class_of(value);
        if value.is_kind(Kind::Hash) && self.is_plain_hash(value) && self.core_method(class, sym::DECONSTRUCT_KEYS, self.core.hash) {
            return Ok(value);
        }
        let Some(result) = self.deconstruct_by(value, class, sym::DECONSTRUCT_KEYS, &[keys])? else { return Ok(Value::NIL) };
        if result.is_kind(Kind::Hash) { Ok(result) } else { Err(self.type_error("deconstruct_keys must return Hash")) }
    }

    /// Would a call here run the method that the core class itself came with?
    fn core_method(&mut self, class: objects::RClass, name: Symbol, owner: Value) -> bool {
        let is_native = |method: objects::MethodRef| matches!(method.resolved().body, objects::MethodBody::Native(_));
        self.find_method_here(class, name).is_none_or(|method| method.owner == owner && is_native(method))
    }

    /// Asks `respond_to?` and calls; None when the value does not respond.
    fn deconstruct_by(&mut self, value: Value, class: objects::RClass, name: Symbol, args: &[Value]) -> RResult<Option<Value>> {
        if let Some(method) = self.find_refined(class, name) {
            return self.call_method(method, value, args, crate::PassedKeywords::None, objects::BlockWord::NONE).map(Some);
        }
        let responds = if self.has_custom(class, sym::RESPOND_TO) {
            self.call(value, sym::RESPOND_TO, &[Value::symbol(name)])?.truthy()
        } else {
            self.responds_to(value, name, false)?
        };
        if responds { self.call(value, name, args).map(Some) } else { Ok(None) }
    }

    fn hash_without(&mut self, hash: Value, keys: Value) -> RResult {
        let (Some(hash), Some(keys)) = (RHash::new(hash), RArray::new(keys)) else { return Ok(Value::NIL) };
        let rest = self.new_hash();
        for position in 0..hash.table(&self.heap).positions() {
            let Some(entry) = hash.table(&self.heap).entry(position) else { continue };
            if !keys.as_slice(&self.heap).contains(&entry.key) {
                self.hash_store(rest, entry.key, entry.value)?;
            }
        }
        Ok(rest.value())
    }

    /// Does an Array of the program's own class answer `name` in its own way? Those are asked, others are read.
    fn answers_itself(&mut self, array: Value, name: Symbol) -> bool {
        let class = self.class_of(array);
        class.value() != self.core.array && array.is_kind(Kind::Array) && !self.core_method(class, name, self.core.array)
    }

    fn size_of(&mut self, array: Value) -> RResult {
        if self.answers_itself(array, sym::LENGTH) {
            return self.call(array, sym::LENGTH, &[]);
        }
        Ok(Value::small(RArray::new(array).map_or(0, RArray::len) as i64))
    }

    fn element_of(&mut self, array: Value, index: i64) -> RResult {
        if self.answers_itself(array, sym::INDEX) {
            let start = if index < 0 { RArray::new(array).map_or(0, RArray::len) as i64 } else { 0 };
            return self.call(array, sym::INDEX, &[Value::small(start + index)]);
        }
        Ok(RArray::new(array).and_then(|list| list.at(index)).unwrap_or(Value::NIL))
    }

    fn slice_of(&mut self, array: Value, from: Value, count: Value) -> RResult {
        if self.answers_itself(array, sym::INDEX) {
            return self.call(array, sym::INDEX, &[from, count]);
        }
        let (Some(list), Some(from), Some(count)) = (RArray::new(array), from.as_fixnum(), count.as_fixnum()) else { return Ok(Value::NIL) };
        let from = usize::try_from(from).unwrap_or(0).min(list.len());
        let end = from.saturating_add(usize::try_from(count).unwrap_or(0)).min(list.len());
        Ok(self.part_of_array(list, from..end))
    }
}
