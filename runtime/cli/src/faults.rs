//! Methods that panic on purpose, for the tests of what becomes of panics (`--panic=methods`).

use heap::{Liveness, Tracer};
use macros::ruby_methods;
use std::cell::Cell;
use vm::vm::Extension;
use vm::{Block, RResult, Value, Vm, sym};

/// Defines them.
pub fn init(vm: &mut Vm) {
    vm.extension::<Ordered>();
    vm.define_groups(&[Faults::GROUP]);
}

/// Panics that come later.
#[derive(Default)]
struct Ordered {
    at_safepoint: Cell<bool>,
    in_collection: Cell<bool>,
}

impl Extension for Ordered {
    fn trace(&self, _tracer: &mut Tracer<'_>) {
        assert!(!self.in_collection.get(), "as ordered, in a collection");
    }

    fn after_mark(&mut self, _live: &Liveness<'_>) {}

    fn at_safepoint(&self) -> Option<fn(&mut Vm)> {
        self.at_safepoint.get().then_some(panic_now)
    }
}

fn panic_now(vm: &mut Vm) {
    vm.extension::<Ordered>().at_safepoint.set(false);
    panic!("as ordered, at a safepoint");
}

struct Faults;

#[ruby_methods("Kernel")]
impl Faults {
    /// `panic_here`, `panic_here { }`: panics, after the block.
    #[method("panic_here")]
    fn panic_here(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        if block.is_some() {
            block.call(vm, &[])?;
        }
        panic!("as ordered")
    }

    /// Panics by an index out of bounds.
    #[method("panic_by_index")]
    fn panic_by_index(_vm: &mut Vm, _this: Value, index: usize) -> i64 {
        [1, 2, 3][index]
    }

    /// `panic_in_inspect`: panics while the receiver is guarded against recursion, and what `ensure` runs comes after it.
    #[method("panic_in_inspect")]
    fn panic_in_inspect(vm: &mut Vm, this: Value, block: Block) -> RResult {
        let guarded = |vm: &mut Vm| vm.guard_recursion(sym::INSPECT, this, Value::NIL, |_| -> RResult { panic!("as ordered, in inspect") });
        let result = vm.ensure(guarded, |vm| block.call(vm, &[]).map(|_| ()))?;
        Ok(result.unwrap_or(Value::NIL))
    }

    /// Panics while other threads may run.
    #[method("panic_without_lock")]
    fn panic_without_lock(vm: &mut Vm, _this: Value) -> Value {
        vm.blocking(|| panic!("as ordered, without the lock"))
    }

    /// Panics at the next safepoint, in no native method.
    #[method("panic_soon")]
    fn panic_soon(vm: &mut Vm, _this: Value) {
        vm.extension::<Ordered>().at_safepoint.set(true);
        vm.head.interrupt.store(1, std::sync::atomic::Ordering::Relaxed);
    }

    /// Panics in the next collection, which the process does not survive.
    #[method("panic_in_collection")]
    fn panic_in_collection(vm: &mut Vm, _this: Value) {
        vm.extension::<Ordered>().in_collection.set(true);
    }
}
