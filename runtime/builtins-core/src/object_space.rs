//! ObjectSpace and GC.

use macros::ruby_methods;
use value::{Kind, Value as V};
use vm::{Block, Keywords, RClass, RResult, Value, Vm};

/// ObjectSpace.
pub struct Spaces;

#[ruby_methods("ObjectSpace")]
impl Spaces {
    /// `ObjectSpace.each_object(class) { |object| ... } -> count`
    #[module_function("each_object")]
    fn each_object(vm: &mut Vm, _this: Value, class: Option<RClass>, block: Block) -> RResult<i64> {
        let found = vm.new_array();
        let mut cells = Vec::new();
        vm.each_value(&mut |value| cells.push(value));
        for value in cells {
            if !is_visible(vm, value) || class.is_some_and(|class| !vm.is_a(value, class.value())) {
                continue;
            }
            vm.push(found, value)?;
        }
        for index in 0..found.len() {
            block.call(vm, &[found.get(index).unwrap_or(Value::NIL)])?;
        }
        Ok(found.len() as i64)
    }

    #[module_function("garbage_collect")]
    fn garbage_collect(vm: &mut Vm, _this: Value, _keywords: Keywords) {
        vm.collect_garbage();
    }

    #[module_function("count_objects")]
    fn count_objects(vm: &mut Vm, _this: Value) -> RResult {
        let mut total = 0;
        vm.each_value(&mut |_| total += 1);
        let hash = vm.new_hash();
        let key = vm.symbol("TOTAL");
        vm.hash_set(hash, key, Value::small(total))?;
        Ok(hash.value())
    }

    #[module_function("_id2ref")]
    fn id2ref(vm: &mut Vm, _this: Value, id: i64) -> RResult {
        match vm.object_by_id(id) {
            Some(value) => Ok(value),
            None if id == 8 => Ok(Value::NIL),
            None if id == 20 => Ok(Value::TRUE),
            None if id == 0 => Ok(Value::FALSE),
            None if id & 1 == 1 => Ok(V::small(id >> 1)),
            None => Err(vm.range_error(&format!("{id:#x} is not an id value"))),
        }
    }
}

/// Cells that Ruby code may see.
fn is_visible(vm: &Vm, value: Value) -> bool {
    match value.kind() {
        Some(Kind::Env) | None => false,
        Some(Kind::Class) => RClass::new(value).is_some_and(|class| !class.is_singleton()),
        Some(Kind::Data) => vm.real_class_of(value).value() != vm.core.object,
        Some(_) => true,
    }
}

/// GC.
pub struct Collector;

#[ruby_methods("GC")]
impl Collector {
    #[module_function("start", "garbage_collect")]
    fn start(vm: &mut Vm, _this: Value, _keywords: Keywords) {
        vm.collect_garbage();
    }

    #[module_function("enable")]
    fn enable(vm: &mut Vm, _this: Value) -> bool {
        vm.heap.set_disabled(false)
    }

    #[module_function("disable")]
    fn disable(vm: &mut Vm, _this: Value) -> bool {
        vm.heap.set_disabled(true)
    }

    #[module_function("count")]
    fn count(vm: &mut Vm, _this: Value) -> usize {
        vm.heap.stats().count
    }

    #[module_function("stress")]
    fn stress(vm: &mut Vm, _this: Value) -> bool {
        vm.options.gc_stress > 0
    }

    #[module_function("stress=")]
    fn set_stress(vm: &mut Vm, _this: Value, on: bool) -> bool {
        vm.options.gc_stress = usize::from(on);
        vm.heap.set_stress(usize::from(on));
        on
    }

    #[module_function("compact")]
    fn compact(vm: &mut Vm, _this: Value) -> RResult {
        Err(vm.not_implemented("GC.compact"))
    }

    /// `GC.stat` or `GC.stat(key)`
    #[module_function("stat")]
    fn stat(vm: &mut Vm, _this: Value, key: Option<Value>) -> RResult {
        let stats = vm.heap.stats();
        let hash = vm.new_hash();
        for (name, number) in [
            ("count", stats.count),
            ("heap_live_bytes", stats.live_bytes),
            ("heap_bytes", stats.heap_bytes),
            ("time", (stats.time_ns / 1_000_000) as usize),
            ("total_allocated_bytes", stats.allocated_bytes),
        ] {
            let name = vm.symbol(name);
            vm.hash_set(hash, name, Value::small(number as i64))?;
        }
        match key.filter(|key| key.is_symbol()) {
            Some(key) => match vm.hash_get(hash, key)? {
                Some(value) => Ok(value),
                None => {
                    let shown = vm.to_s_text(key)?;
                    Err(vm.argument_error(&format!("unknown key: {shown}")))
                }
            },
            None => Ok(hash.value()),
        }
    }
}
