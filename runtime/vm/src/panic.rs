//! What becomes of a Rust panic: the exception `fatal`, raised where the native code was entered.
//!
//! Every way from Ruby into Rust ends in a catch: native methods in `native`, operations in `interp::run`, helpers of machine
//! code, fibers and threads in `Vm::guarded`. So a panic passes Rust frames only, and no state but what those were changing;
//! who leaves a mark in the VM during a call takes it back in the second part of `Vm::always`. A panic inside a collection leaves
//! no heap to go on with and ends the process; so does one in a function that cannot unwind.

use crate::vm::Vm;
use std::cell::Cell;
use stdx::panic::{Panic, catch, end_process};
use value::{RResult, Raised, Value};

thread_local! {
    /// The VM that the thread runs.
    static RUNNING: Cell<*mut Vm> = const { Cell::new(std::ptr::null_mut()) };
}

/// The calling thread runs Ruby in this VM from now on, and catches what panics.
pub(crate) fn enter_vm(vm: &mut Vm) {
    stdx::panic::enter_thread();
    RUNNING.set(vm);
}

/// The entry of the native method `name`. The body often is a few instructions, so nothing is kept for the catch: who pushes a frame
/// takes it off again (`run_code`), and the VM is found through the thread.
#[inline(always)]
pub fn native(vm: &mut Vm, name: &'static str, body: impl FnOnce(&mut Vm) -> RResult) -> Option<Value> {
    match catch(|| body(vm)) {
        Ok(result) => result.ok(),
        Err(panic) => caught_in_native(name, panic),
    }
}

#[cold]
#[inline(never)]
fn caught_in_native(name: &'static str, panic: Panic) -> Option<Value> {
    // SAFETY: the panic left a native of this thread, which therefore holds the lock of the VM that it noted; the native's own
    // reference is not used any more.
    let vm = unsafe { &mut *RUNNING.get() };
    vm.raise_panic(name, panic);
    None
}

impl Vm {
    /// Raises `fatal` for a panic in `place`.
    #[cold]
    #[inline(never)]
    pub fn raise_panic(&mut self, place: &str, panic: Panic) -> Raised {
        let text = panic.text();
        if self.heap.is_collecting() {
            end_process(&format!("panic while collecting garbage: {text}"));
        }
        self.pending = crate::Pending::None;
        let class = self.fatal_class();
        self.raise(class, &format!("panic in {place}: {text}. This is a bug of maglev, please report it"))
    }

    /// Runs `body`, what `place` is about to do; a panic becomes `fatal`.
    pub fn guarded<T>(&mut self, place: &str, body: impl FnOnce(&mut Vm) -> RResult<T>) -> RResult<T> {
        let fp = self.head.fp;
        match catch(|| body(self)) {
            Ok(result) => result,
            Err(panic) => {
                self.head.fp = fp;
                Err(self.raise_panic(place, panic))
            }
        }
    }

    /// Runs `body` and then `after`, which takes back what stood in the VM for the time of `body`, be it that `body` panics.
    pub fn always<T, U>(&mut self, body: impl FnOnce(&mut Vm) -> T, after: impl FnOnce(&mut Vm) -> U) -> T {
        let result = catch(|| body(self));
        after(self);
        result.unwrap_or_else(|panic| panic.go_on())
    }

    /// Lets the compiler work. What panics in it is told; then nothing more is compiled, and what is compiled stays in use.
    pub(crate) fn with_compiler<T>(&mut self, work: impl FnOnce(&mut dyn abi::Compiler, &mut Vm) -> T) -> Option<T> {
        let mut compiler = self.compiler.take()?;
        let result = catch(|| work(compiler.as_mut(), self));
        self.compiler = Some(compiler);
        heap::clear_stack_below();
        result.map_err(|panic| self.stop_compiling(panic)).ok()
    }

    /// The program ends: the compiler reports what was asked for.
    pub fn finish_compiler(&mut self) {
        self.with_compiler(|compiler, _| compiler.finish());
    }

    #[cold]
    fn stop_compiling(&mut self, panic: Panic) {
        self.tier_thresholds = (u32::MAX, u32::MAX);
        eprintln!(
            "maglev-ruby: warning: panic in the compiler: {}. Nothing more is compiled. This is a bug of maglev, please report it",
            panic.text()
        );
    }
}
