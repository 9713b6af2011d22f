//! Fibers: stacks of their own, and switching between them.
//!
//! Each fiber has a VM stack and a native stack. `Execution` is everything that belongs to the running
//! one; a switch swaps it with the VM's. Invariants: the executions of suspended fibers stand in their
//! `FiberData`, those of resumers in `Fibers::chain`, the running one in the VM itself, so that the
//! collector finds each stack exactly once. A fiber that nobody can resume any more is freed without
//! unwinding and runs nothing: Rust values on its native stack are leaked, not dropped. Its stacks, as those of a fiber that ended,
//! go to a pool for the next fibers; a fiber gets stacks when it is first resumed.
//!
//! Each thread has fibers of its own: a fiber is resumed only by the thread that made it.

use crate::arguments::ArgumentList;
use crate::execution::Execution;
use crate::raise::Pending;
use crate::stack::{NativeStack, VmStack};
use crate::vm::Vm;
use corosensei::stack::{DefaultStack, Stack};
use corosensei::{Coroutine, CoroutineResult, Yielder};
use heap::{Tracer, with_spilled_registers};
use objects::{NativeData, RArray, RProc};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use value::{RResult, Raised, Value};

/// Bytes of a fiber's VM stack; pages appear when touched.
const VM_STACK_BYTES: usize = 1 << 20;
/// Bytes of a fiber's native stack.
const NATIVE_STACK_BYTES: usize = 1 << 20;

/// What a started fiber counts for in the collector's pacing: the pages that its stacks touch.
const TOUCHED_BYTES: usize = 16 * 1024;
/// Stacks kept for the next fibers at most.
const IDLE_MAX: usize = 4096;

type Native = Coroutine<(), (), bool, DefaultStack>;

/// The two stacks of a fiber.
struct Stacks {
    frames: VmStack,
    native: DefaultStack,
}

/// Stacks that ended fibers left behind. Those that nobody took between two collections are given back to the system.
#[derive(Default)]
pub(crate) struct StackPool {
    idle: Vec<Stacks>,
    /// The least that lay idle at once since the last collection.
    unused: usize,
}

/// The pool as the VM and each started fiber hold it: a fiber that the sweep drops knows no VM.
pub(crate) type SharedStackPool = Rc<RefCell<StackPool>>;

impl StackPool {
    fn take(&mut self) -> Option<Stacks> {
        let stacks = match self.idle.pop() {
            Some(stacks) => stacks,
            None => Stacks { frames: VmStack::reserve(VM_STACK_BYTES).ok()?, native: DefaultStack::new(NATIVE_STACK_BYTES).ok()? },
        };
        self.unused = self.unused.min(self.idle.len());
        Some(stacks)
    }

    fn give(&mut self, frames: VmStack, native: Native) {
        if self.idle.len() < IDLE_MAX {
            self.idle.push(Stacks { frames, native: native.into_stack() });
        }
    }

    /// A collection ends.
    pub(crate) fn trim(&mut self) {
        self.idle.truncate(self.idle.len() - self.unused.min(self.idle.len()));
        self.unused = self.idle.len();
    }
}

/// Where the running fiber suspends itself; null on a thread's own stack.
pub(crate) type YielderPointer = *const Yielder<(), ()>;

/// Where a fiber stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FiberStatus {
    /// Not started.
    Created,
    /// Waits to be resumed.
    Suspended,
    /// Runs, or resumed another one that runs.
    Resumed,
    /// Ended.
    Terminated,
}

/// Fibers of the running thread.
pub(crate) struct Fibers {
    /// Executions of those that resumed the running fiber, the root first.
    #[expect(clippy::vec_box, reason = "they move between fibers by their address")]
    pub chain: Vec<Box<Execution>>,
    /// The running fiber, nil on the root stack until somebody asks for it.
    pub current: Value,
    pub yielder: YielderPointer,
    /// What is handed over.
    pub value: Value,
    /// What the fiber switched to raises.
    pub inject: Pending,
}

impl Default for Fibers {
    fn default() -> Self {
        Fibers { chain: Vec::new(), current: Value::NIL, yielder: std::ptr::null(), value: Value::NIL, inject: Pending::None }
    }
}

impl Fibers {
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        for execution in &self.chain {
            execution.trace(tracer);
        }
        tracer.value(self.current);
        tracer.value(self.value);
        self.inject.trace(tracer);
    }
}

/// Native part of a Fiber.
pub struct FiberData {
    body: Value,
    /// Storage it starts with: a Hash or nil.
    pub storage: Value,
    /// Thread that may resume it.
    thread: Value,
    status: FiberStatus,
    /// Was it made with `blocking: true`?
    pub blocking: bool,
    /// Was it told to end?
    pub killed: bool,
    /// File and line of the block.
    pub place: Option<(Arc<str>, i32)>,
    native: Option<Native>,
    execution: Option<Box<Execution>>,
    /// Where its stacks came from, once it has any.
    pool: Option<SharedStackPool>,
}

impl FiberData {
    /// A fiber that will run the Proc; nil for one that is not initialised.
    pub fn new(body: Value, thread: Value) -> FiberData {
        FiberData {
            body,
            storage: Value::NIL,
            thread,
            status: FiberStatus::Created,
            blocking: false,
            killed: false,
            place: None,
            native: None,
            execution: None,
            pool: None,
        }
    }

    /// Has it had a block, or is it a root fiber?
    pub fn is_initialized(&self) -> bool {
        self.status != FiberStatus::Created || !self.body.is_nil()
    }

    /// Where it stands.
    pub fn status(&self) -> FiberStatus {
        self.status
    }

    /// The thread that made it.
    pub fn thread(&self) -> Value {
        self.thread
    }

    /// The Proc it runs, nil for a root fiber.
    pub fn body(&self) -> Value {
        self.body
    }
}

impl NativeData for FiberData {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // Stacks are looked at as words, of which other ones may count the next time.
        tracer.unguarded();
        tracer.value(self.body);
        tracer.value(self.storage);
        tracer.value(self.thread);
        if let Some(execution) = &self.execution {
            execution.trace(tracer);
        }
    }
}

impl Drop for FiberData {
    fn drop(&mut self) {
        let (Some(mut native), Some(execution), Some(pool)) = (self.native.take(), self.execution.take(), self.pool.take()) else { return };
        if !native.done() {
            // SAFETY: nobody can resume the fiber any more. Values on its stack are leaked, which Rust allows;
            // nothing outside refers to the stack: blocks that left it are Procs with heap environments.
            unsafe { native.force_reset() };
        }
        pool.borrow_mut().give(execution.stack, native);
    }
}

impl Vm {
    /// FiberError.
    #[cold]
    pub fn fiber_error(&mut self, message: &str) -> Raised {
        let class = self.core.fiber_error;
        self.raise(class, message)
    }

    fn fiber_data(&mut self, fiber: Value) -> RResult<&mut FiberData> {
        self.native::<FiberData>(fiber, "Fiber")
    }

    /// The running fiber; the root gets its object here.
    pub fn current_fiber(&mut self) -> Value {
        if self.fibers.current.is_nil() {
            let class = self.class_view(self.core.fiber);
            let mut data = FiberData::new(Value::NIL, self.current_thread());
            data.blocking = true;
            data.status = FiberStatus::Resumed;
            self.fibers.current = self.data(class, Box::new(data));
        }
        self.fibers.current
    }

    /// Runs the fiber until it yields or ends; its value. FiberError when it cannot be resumed.
    pub fn fiber_resume(&mut self, fiber: Value, args: &[Value]) -> RResult {
        self.check_resumable(fiber)?;
        self.fibers.value = match (self.fiber_data(fiber)?.status, args) {
            (FiberStatus::Created, _) => self.array(args),
            (_, []) => Value::NIL,
            (_, &[only]) => only,
            _ => self.array(args),
        };
        self.run_until_yield(fiber)
    }

    /// Resumes a suspended fiber with something raised at its yield (an exception, or `Unwind` to end it).
    pub fn fiber_resume_with(&mut self, fiber: Value, pending: Pending) -> RResult {
        self.check_resumable(fiber)?;
        self.fibers.inject = pending;
        self.run_until_yield(fiber)
    }

    /// Ends a fiber that never started.
    pub fn fiber_discard(&mut self, fiber: Value) -> RResult<()> {
        let data = self.fiber_data(fiber)?;
        if data.status == FiberStatus::Created {
            data.status = FiberStatus::Terminated;
            data.body = Value::NIL;
        }
        Ok(())
    }

    fn check_resumable(&mut self, fiber: Value) -> RResult<()> {
        let data = self.fiber_data(fiber)?;
        let (status, thread, body) = (data.status, data.thread, data.body);
        if status != FiberStatus::Terminated && thread != self.current_thread() && !thread.is_nil() {
            return Err(self.fiber_error("fiber called across threads"));
        }
        match status {
            FiberStatus::Resumed if fiber == self.fibers.current => Err(self.fiber_error("attempt to resume the current fiber")),
            FiberStatus::Resumed if body.is_nil() => Err(self.fiber_error("attempt to resume a resuming fiber")),
            FiberStatus::Resumed => Err(self.fiber_error("attempt to resume a resumed fiber (double resume)")),
            FiberStatus::Terminated => Err(self.fiber_error("attempt to resume a terminated fiber")),
            FiberStatus::Created if body.is_nil() => Err(self.fiber_error("uninitialized fiber")),
            FiberStatus::Created | FiberStatus::Suspended => self.check_native_stack(),
        }
    }

    fn run_until_yield(&mut self, fiber: Value) -> RResult {
        match self.switch_into(fiber)? {
            CoroutineResult::Yield(()) => {
                self.fiber_data(fiber)?.status = FiberStatus::Suspended;
                Ok(std::mem::replace(&mut self.fibers.value, Value::NIL))
            }
            CoroutineResult::Return(is_ok) => {
                let pending = self.end_fiber(fiber)?;
                if is_ok {
                    return Ok(std::mem::replace(&mut self.fibers.value, Value::NIL));
                }
                self.pending = pending;
                Err(Raised)
            }
        }
    }

    /// The fiber has run to its end: its stacks are free. What it ended with, unless it ended with a value.
    fn end_fiber(&mut self, fiber: Value) -> RResult<Pending> {
        let data = self.fiber_data(fiber)?;
        data.status = FiberStatus::Terminated;
        data.body = Value::NIL;
        let (Some(native), Some(execution)) = (data.native.take(), data.execution.take()) else { return Ok(Pending::None) };
        let pending = execution.pending;
        self.stack_pool.borrow_mut().give(execution.stack, native);
        self.heap.forget_malloc(TOUCHED_BYTES);
        Ok(pending)
    }

    fn switch_into(&mut self, fiber: Value) -> RResult<CoroutineResult<(), bool>> {
        let data = self.fiber_data(fiber)?;
        if data.native.is_none() {
            self.make_stacks(fiber)?;
        }
        let data = self.fiber_data(fiber)?;
        data.status = FiberStatus::Resumed;
        let mut native = data.native.take().expect("made above");
        let mut execution = data.execution.take().expect("suspended fibers have one");
        execution.top = std::ptr::null();
        self.swap_execution(&mut execution);
        let mut result = None;
        let mut resumer = Some(execution);
        with_spilled_registers(&mut |top| {
            if let Some(mut resumer) = resumer.take() {
                resumer.top = top;
                self.fibers.chain.push(resumer);
                result = Some(native.resume(()));
            }
        });
        let mut execution = self.fibers.chain.pop().expect("pushed above");
        // `suspend` noted the fiber's stack pointer in the execution that goes to the fiber now.
        let top = std::mem::replace(&mut execution.top, std::ptr::null());
        self.swap_execution(&mut execution);
        execution.top = top;
        let data = self.fiber_data(fiber)?;
        data.native = Some(native);
        data.execution = Some(execution);
        Ok(result.expect("the closure runs once"))
    }

    /// Stacks from the pool, or those of forgotten fibers when the system gives none.
    fn find_stacks(&mut self) -> Option<Stacks> {
        let found = self.stack_pool.borrow_mut().take();
        if found.is_some() {
            return found;
        }
        self.collect_garbage();
        self.heap.finish_sweep();
        self.stack_pool.borrow_mut().take()
    }

    fn make_stacks(&mut self, fiber: Value) -> RResult<()> {
        let Some(Stacks { frames, native }) = self.find_stacks() else {
            return Err(self.fiber_error("can't set a guard page: Cannot allocate memory"));
        };
        self.heap.note_malloc(TOUCHED_BYTES);
        let bounds = NativeStack::between(native.limit().get(), native.base().get());
        let (vm, pool) = (self.as_opaque(), self.stack_pool.clone());
        let data = self.fiber_data(fiber)?;
        data.pool = Some(pool);
        data.execution = Some(Box::new(Execution::new(frames, bounds, fiber, data.storage)));
        data.native = Some(Coroutine::with_stack(native, move |yielder: &Yielder<(), ()>, ()| {
            // SAFETY: fibers run only inside `switch_into` of the VM that made them.
            let vm = unsafe { Vm::from_opaque(vm) };
            vm.fibers.yielder = yielder;
            match vm.guarded("a fiber", Vm::run_fiber_body) {
                Ok(value) => {
                    vm.fibers.value = value;
                    true
                }
                Err(Raised) => vm.end_with_pending(),
            }
        }));
        Ok(())
    }

    /// The whole life of a fiber, on its own stack.
    fn run_fiber_body(&mut self) -> RResult {
        let fiber = self.fibers.current;
        let args = std::mem::replace(&mut self.fibers.value, Value::NIL);
        let body = self.fiber_data(fiber).ok().and_then(|data| RProc::new(data.body));
        match (std::mem::take(&mut self.fibers.inject), body) {
            (Pending::None, Some(body)) => {
                let list = RArray::new(args).map_or(&[][..], |list| list.as_slice(&self.heap));
                let list = ArgumentList::from_slice(&self.roots, list);
                let (list, keywords) = match list.split_last() {
                    Some((&last, before)) if self.is_keyword_hash(last) => (before, objects::RHash::new(last)),
                    _ => (&list[..], None),
                };
                let keywords = keywords.map_or(crate::PassedKeywords::None, |hash| crate::PassedKeywords::Hash { hash, fresh: false });
                self.set_root(body);
                self.call_proc(body, list, keywords, crate::send::BlockContext::default())
            }
            (pending, _) => {
                self.pending = pending;
                Err(Raised)
            }
        }
    }

    /// Jumps cannot leave a fiber: they become exceptions. The end of the thread goes on in the resumer. True when the fiber ended with a
    /// value, false when something is pending.
    fn end_with_pending(&mut self) -> bool {
        match std::mem::take(&mut self.pending) {
            Pending::Unwind(ended) if ended == self.fibers.current => {
                self.fibers.value = Value::NIL;
                return true;
            }
            Pending::Break { value, .. } => {
                self.local_jump_error("break from proc-closure", "break", value);
            }
            Pending::Return { value, .. } => {
                self.local_jump_error("unexpected return", "return", value);
            }
            Pending::Throw { tag, .. } => {
                let class = self.core.uncaught_throw_error;
                match self.inspect_text(tag) {
                    Ok(text) => self.raise(class, &format!("uncaught throw {text}")),
                    Err(raised) => raised,
                };
            }
            pending => self.pending = pending,
        }
        false
    }

    /// `Fiber.yield`: gives the value to the resumer; returns what the next resume passes.
    pub fn fiber_yield(&mut self, value: Value) -> RResult {
        if self.fibers.yielder.is_null() {
            return Err(self.fiber_error("attempt to yield on a not resumed fiber"));
        }
        self.fibers.value = value;
        self.suspend()?;
        Ok(std::mem::replace(&mut self.fibers.value, Value::NIL))
    }

    fn suspend(&mut self) -> RResult<()> {
        let yielder = self.fibers.yielder;
        with_spilled_registers(&mut |top| {
            if let Some(resumer) = self.fibers.chain.last_mut() {
                // Read back by `switch_into`, which swaps the executions.
                resumer.top = top;
            }
            // SAFETY: the yielder lives on this fiber's native stack as long as its body runs.
            unsafe { (*yielder).suspend(()) };
        });
        match std::mem::take(&mut self.fibers.inject) {
            Pending::None => Ok(()),
            Pending::Exception(exception) => Err(self.raise_with_cause_set(exception)),
            pending => {
                self.pending = pending;
                Err(Raised)
            }
        }
    }
}
