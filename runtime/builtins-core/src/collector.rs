//! GC: running the collector, its counters and settings.

use heap::{Cause, Extent};
use macros::ruby_methods;
use vm::{Keywords, RHash, RResult, Value, Vm};

/// Constants of GC.
pub fn init(vm: &mut Vm) {
    let gc = vm.class_view(vm.core.gc);
    let (constants, options) = (vm.intern("INTERNAL_CONSTANTS"), vm.intern("OPTS"));
    let sizes = vm.new_hash();
    for (name, number) in [("HEAP_COUNT", heap::SIZE_CLASSES.len()), ("SIZEOF_HEADER", size_of::<value::Header>()), ("BLOCK_SIZE", value::BLOCK_SIZE)]
    {
        let name = vm.symbol(name);
        if vm.hash_set(sizes, name, Value::small(number as i64)).is_err() {
            return;
        }
    }
    vm.freeze(sizes.value());
    vm.set_constant_raw(gc, constants, sizes.value());
    let list = vm.array(&[]);
    vm.freeze(list);
    vm.set_constant_raw(gc, options, list);
}

/// Switches of GC.
struct Switches {
    measures_time: bool,
    /// What `GC.stress = value` was given.
    stress: Value,
}

impl Default for Switches {
    fn default() -> Self {
        Switches { measures_time: true, stress: Value::FALSE }
    }
}

impl vm::vm::Extension for Switches {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        tracer.value(self.stress);
    }
}

/// A collection, for `GC.start` and its kin: a minor one for `full_mark: false`. The other keywords say how CRuby may save work.
pub fn collect(vm: &mut Vm, keywords: Keywords) -> RResult<()> {
    keywords.check(vm, &["full_mark", "immediate_mark", "immediate_sweep"])?;
    let whole = keywords.get(vm, "full_mark").is_none_or(Value::truthy);
    let was_disabled = vm.heap.set_disabled(false);
    if whole {
        vm.collect_garbage()
    } else {
        vm.collect_young()
    }
    vm.heap.set_disabled(was_disabled);
    vm.poll_interrupts()
}

/// GC.
pub struct Collector;

#[ruby_methods("GC")]
impl Collector {
    #[singleton("start")]
    fn start(vm: &mut Vm, _this: Value, keywords: Keywords) -> RResult<()> {
        collect(vm, keywords)
    }

    #[method("garbage_collect")]
    fn garbage_collect(vm: &mut Vm, _this: Value, keywords: Keywords) -> RResult<()> {
        collect(vm, keywords)
    }

    /// A collection, which finds damage by running into it.
    #[singleton("verify_internal_consistency")]
    fn verify_internal_consistency(vm: &mut Vm, _this: Value) {
        vm.collect_garbage();
    }

    #[singleton("enable")]
    fn enable(vm: &mut Vm, _this: Value) -> bool {
        vm.heap.set_disabled(false)
    }

    #[singleton("disable")]
    fn disable(vm: &mut Vm, _this: Value) -> bool {
        vm.heap.set_disabled(true)
    }

    #[singleton("count")]
    fn count(vm: &mut Vm, _this: Value) -> usize {
        vm.heap.stats().count
    }

    #[singleton("stress")]
    fn stress(vm: &mut Vm, _this: Value) -> Value {
        let given = vm.extension::<Switches>().stress;
        if given.truthy() { given } else { Value::bool(vm.options.gc_stress > 0) }
    }

    #[singleton("stress=")]
    fn set_stress(vm: &mut Vm, _this: Value, on: Value) -> Value {
        vm.extension::<Switches>().stress = on;
        vm.options.gc_stress = usize::from(on.truthy());
        vm.heap.set_stress(usize::from(on.truthy()));
        on
    }

    #[singleton("measure_total_time")]
    fn measure_total_time(vm: &mut Vm, _this: Value) -> bool {
        vm.extension::<Switches>().measures_time
    }

    #[singleton("measure_total_time=")]
    fn set_measure_total_time(vm: &mut Vm, _this: Value, on: Value) -> Value {
        vm.extension::<Switches>().measures_time = on.truthy();
        on
    }

    /// Nanoseconds spent collecting.
    #[singleton("total_time")]
    fn total_time(vm: &mut Vm, _this: Value) -> Value {
        let time = vm.heap.stats().time_ns;
        vm.int(time as i64)
    }

    #[singleton("compact", effects = "absent, raises")]
    fn compact(vm: &mut Vm, _this: Value) -> RResult {
        Err(vm.not_implemented("GC.compact"))
    }

    #[singleton("auto_compact", effects = "absent, raises")]
    fn auto_compact(vm: &mut Vm, _this: Value) -> RResult {
        Err(vm.not_implemented("GC.auto_compact"))
    }

    #[singleton("auto_compact=", effects = "absent, raises")]
    fn set_auto_compact(vm: &mut Vm, _this: Value, _on: Value) -> RResult {
        Err(vm.not_implemented("GC.auto_compact="))
    }

    /// `GC.config(settings = nil)`: may collections that nobody asked for be major ones?
    #[singleton("config")]
    fn config(vm: &mut Vm, _this: Value, given: Option<Value>) -> RResult<RHash> {
        let (implementation, full) = (vm.symbol("implementation"), vm.symbol("rgengc_allow_full_mark"));
        if let Some(given) = given.filter(|given| !given.is_nil()) {
            let Some(given) = RHash::new(given) else { return Err(vm.argument_error("ArgumentError")) };
            if vm.hash_get(given, implementation)?.is_some() {
                return Err(vm.argument_error("Attempting to set read-only key \"Implementation\""));
            }
            if let Some(allowed) = vm.hash_get(given, full)? {
                vm.heap.allow_major(allowed.truthy());
            }
        }
        let config = vm.new_hash();
        let (allowed, name) = (Value::bool(vm.heap.allows_major()), vm.str("maglev"));
        vm.hash_set(config, full, allowed)?;
        vm.hash_set(config, implementation, name)?;
        Ok(config)
    }

    /// `GC.latest_gc_info`, with a key or a Hash that is filled: how the last collection came about.
    #[singleton("latest_gc_info")]
    fn latest_gc_info(vm: &mut Vm, _this: Value, hash_or_key: Option<Value>) -> RResult {
        let facts = latest(vm);
        answer(vm, hash_or_key, &facts)
    }

    /// `GC.stat`, `GC.stat(key)` or `GC.stat(hash)`, which is filled.
    #[singleton("stat")]
    fn stat(vm: &mut Vm, _this: Value, key: Option<Value>) -> RResult {
        let facts: Vec<_> = counters(vm).into_iter().map(|(name, number)| (name, Fact::Number(number as i64))).collect();
        answer(vm, key, &facts)
    }
}

/// What is told of collections.
#[derive(Clone, Copy)]
enum Fact {
    Number(i64),
    Name(&'static str),
    Nil,
    False,
}

impl Fact {
    fn value(self, vm: &mut Vm) -> Value {
        match self {
            Fact::Number(number) => vm.int(number),
            Fact::Name(name) => vm.symbol(name),
            Fact::Nil => Value::NIL,
            Fact::False => Value::FALSE,
        }
    }
}

/// All facts as a Hash, those of a given one replaced, or one by its key.
fn answer(vm: &mut Vm, key: Option<Value>, facts: &[(&'static str, Fact)]) -> RResult {
    let key = key.filter(|key| !key.is_nil());
    let given = key.and_then(RHash::new);
    if key.is_some_and(|key| !key.is_symbol() && given.is_none()) {
        return Err(vm.type_error("non-hash or symbol given"));
    }
    let hash = given.unwrap_or_else(|| vm.new_hash());
    for &(name, fact) in facts {
        let (name, value) = (vm.symbol(name), fact.value(vm));
        vm.hash_set(hash, name, value)?;
    }
    let Some(key) = key.filter(|key| key.is_symbol()) else { return Ok(hash.value()) };
    match vm.hash_get(hash, key)? {
        Some(value) => Ok(value),
        None => {
            let shown = vm.to_s_text(key)?;
            Err(vm.argument_error(&format!("unknown key: {shown}")))
        }
    }
}

/// The facts of `GC.latest_gc_info`.
fn latest(vm: &Vm) -> Vec<(&'static str, Fact)> {
    let last = vm.heap.stats().last;
    let (by, major_by) = match last.map(|(_, cause)| cause) {
        None => ("none", "none"),
        Some(Cause::Asked) => ("method", "force"),
        Some(Cause::Stress) => ("stress", "stress"),
        Some(Cause::Young | Cause::Growth) => ("newobj", "oldgen"),
        Some(Cause::Outside) => ("malloc", "oldmalloc"),
    };
    let is_major = last.is_some_and(|(extent, _)| extent == Extent::Major);
    let major_by = if is_major { Fact::Name(major_by) } else { Fact::Nil };
    vec![
        ("major_by", major_by),
        ("need_major_by", Fact::Nil),
        ("gc_by", Fact::Name(by)),
        ("immediate_sweep", Fact::False),
        ("state", Fact::Name("none")),
    ]
}

/// The counters of `GC.stat`. Objects are counted by cells.
fn counters(vm: &mut Vm) -> Vec<(&'static str, usize)> {
    let cells = vm.heap.cell_counts();
    let stats = vm.heap.stats();
    let live = cells.total - cells.free;
    vec![
        ("count", stats.count),
        ("time", (stats.time_ns / 1_000_000) as usize),
        ("heap_allocated_pages", cells.blocks),
        ("heap_available_slots", cells.total),
        ("heap_live_slots", live),
        ("heap_free_slots", cells.free),
        ("heap_live_bytes", stats.live_bytes),
        ("heap_bytes", stats.heap_bytes),
        ("total_allocated_bytes", stats.allocated_bytes),
        ("total_allocated_objects", stats.freed_cells + live),
        ("total_freed_objects", stats.freed_cells),
        ("minor_gc_count", stats.minor_count),
        ("major_gc_count", stats.count - stats.minor_count),
        ("minor_gc_time", (stats.minor_time_ns / 1_000_000) as usize),
        ("malloc_live_bytes", stats.live_outside),
        ("remembered_objects", vm.heap.remembered_cells()),
    ]
}
