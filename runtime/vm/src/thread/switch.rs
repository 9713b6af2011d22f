//! Handing the VM from thread to thread: the one place that leaves and enters the lock.
//!
//! The state of the thread that ran last stays in the VM until another one takes the lock: who comes
//! back unchallenged exchanges nothing.

use super::{EVENT, ThreadData, ThreadState};
use crate::stack::NativeStack;
use crate::vm::Vm;
use heap::with_spilled_registers;
use std::mem::swap;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU32, Ordering};
use value::Value;

/// What a new native thread is given.
struct Start {
    vm: *mut Vm,
    thread: Value,
}

// SAFETY: the thread touches both under the VM's lock only, and the VM lives as long as the process.
unsafe impl Send for Start {}

/// A descriptor number for poll(2), which tolerates closed ones.
pub(super) fn borrowed<'a>(number: i32) -> BorrowedFd<'a> {
    // SAFETY: used for the length of a poll, which reports a number that is not open instead of failing.
    unsafe { BorrowedFd::borrow_raw(number.max(0)) }
}

impl Vm {
    fn swap_thread(&mut self, state: &mut ThreadState) {
        self.swap_execution(&mut state.execution);
        swap(&mut self.fibers.shared, &mut state.fibers);
    }

    /// Runs something that may wait without the lock. It must touch neither the VM nor Ruby's memory.
    /// The caller lets interrupts run afterwards.
    #[inline(never)]
    pub fn blocking<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let lock = self.threads.lock.clone();
        let me = self.threads.current;
        // Others change the VM meanwhile: it is reached through this pointer, about which the compiler
        // knows nothing.
        let vm: *mut Vm = std::hint::black_box(std::ptr::from_mut(self));
        let (mut work, mut result) = (Some(work), None);
        with_spilled_registers(&mut |top| {
            let Some(work) = work.take() else { return };
            // SAFETY: the lock is held here and again after `acquire`; in between nothing is touched but the
            // interrupt word, which is atomic.
            unsafe {
                note_top(&mut *vm, me, top);
                let interrupt: *const AtomicU32 = &raw const (*vm).head.interrupt;
                lock.release();
                // A panic goes on when the lock is ours again.
                result = Some(stdx::panic::catch(work));
                lock.acquire(&*interrupt);
                (*vm).resume_thread(me);
            }
        });
        std::hint::black_box(vm);
        result.expect("ran above").unwrap_or_else(|panic| panic.go_on())
    }

    /// As `blocking` for a call that nothing interrupts: the end of the program does not wait for it.
    pub fn blocking_for_long<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let me = self.threads.current;
        if let Some(data) = self.thread_change(me) {
            data.in_long_call = true;
        }
        let result = self.blocking(work);
        if let Some(data) = self.thread_change(me) {
            data.in_long_call = false;
        }
        result
    }

    /// Exchanges the VM's state with the one that a thread keeps.
    fn swap_with(&mut self, thread: Value) {
        let Some(data) = self.thread_change(thread) else { return };
        let mut state = std::mem::replace(&mut data.state, ThreadState::empty());
        self.swap_thread(&mut state);
        if let Some(data) = self.thread_change(thread) {
            data.state = state;
        }
    }

    /// The lock was taken: makes this thread's state the VM's.
    fn resume_thread(&mut self, me: Value) {
        let last = self.threads.current;
        if last != me {
            self.swap_with(last);
            self.swap_with(me);
            self.threads.current = me;
        }
        if let Some(data) = self.thread_change(me) {
            data.top = std::ptr::null();
            if !data.pending.is_empty() || me == self.threads.main {
                self.head.interrupt.fetch_or(EVENT, Ordering::AcqRel);
            }
        }
    }

    /// Lets a new native thread run the Thread; false when the system gives none.
    pub(super) fn spawn_native(&mut self, thread: Value) -> bool {
        let start = Start { vm: std::ptr::from_mut(self), thread };
        let lock = self.threads.lock.clone();
        let builder = std::thread::Builder::new().stack_size(super::NATIVE_BYTES);
        let spawned = builder.spawn(move || {
            let start = start;
            // SAFETY: the interrupt word is atomic; everything else is touched under the lock.
            let vm = unsafe {
                lock.acquire(&(*start.vm).head.interrupt);
                &mut *std::hint::black_box(start.vm)
            };
            crate::panic::enter_vm(vm);
            if let Err(panic) = stdx::panic::catch(|| vm.enter_native(start.thread)) {
                stdx::panic::end_process(&format!("panic at the end of a thread: {}", panic.text()));
            }
            let lock = vm.threads.lock.clone();
            lock.release();
        });
        spawned.is_ok()
    }

    /// The life of a native thread, under the lock.
    #[inline(never)]
    fn enter_native(&mut self, thread: Value) {
        let Some(data) = self.thread_change(thread) else { return };
        data.state.execution.native = NativeStack::of_this_thread();
        data.state.execution.native_limit = data.state.execution.native.limit();
        data.native_id = i64::from(rustix::thread::gettid().as_raw_nonzero().get());
        self.resume_thread(thread);
        self.run_thread(thread);
        // The dead state leaves the VM; who takes the lock next brings his own.
        let mut dead = ThreadState::empty();
        self.swap_thread(&mut dead);
        // `Thread#[]` answers after the end too.
        if let Some(data) = self.thread_change(thread) {
            data.state.execution.locals = dead.execution.locals;
        }
        self.threads.current = Value::NIL;
    }
}

fn note_top(vm: &mut Vm, me: Value, top: *const u64) {
    if let Some(data) = vm.thread_change(me) {
        data.top = top;
    }
}

impl ThreadData {
    /// Reports the stacks; those of the running thread are the VM's own.
    pub(super) fn trace_state(&self, tracer: &mut heap::Tracer<'_>) {
        self.state.trace(tracer);
        self.state.execution.native.trace_from(tracer, self.top);
    }
}
