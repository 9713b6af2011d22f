//! Fibers: stacks of their own, and switching between them.
//!
//! Each fiber has a VM stack and a native stack. `Execution` is everything that belongs to the running
//! one; a switch swaps it with the VM's. Invariants: the executions of suspended fibers stand in their
//! `FiberData`, those of resumers in `Fibers::chain`, the running one in the VM itself, so that the
//! collector finds each stack exactly once. A fiber that nobody can resume any more is freed without
//! unwinding: Rust values on its native stack are leaked, not dropped.
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
use value::{RResult, Raised, Value};

/// Bytes of a fiber's VM stack; pages appear when touched.
const VM_STACK_BYTES: usize = 1 << 20;
/// Bytes of a fiber's native stack.
const NATIVE_STACK_BYTES: usize = 1 << 20;

type Native = Coroutine<(), (), bool, DefaultStack>;

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
    pub chain: Vec<Execution>,
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
    /// `file:line` of the block.
    pub place: String,
    native: Option<Native>,
    execution: Option<Execution>,
}

impl FiberData {
    /// A fiber that will run the Proc; nil for one that is not initialised.
    pub fn new(body: Value, thread: Value) -> FiberData {
        FiberData { body, storage: Value::NIL, thread, status: FiberStatus::Created, blocking: false, killed: false, place: String::new(), native: None, execution: None }
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
        tracer.value(self.body);
        tracer.value(self.storage);
        tracer.value(self.thread);
        if let Some(execution) = &self.execution {
            execution.trace(tracer);
        }
    }

    fn size(&self) -> usize {
        32 * 1024
    }
}

impl Drop for FiberData {
    fn drop(&mut self) {
        if let Some(native) = self.native.as_mut().filter(|native| native.started() && !native.done()) {
            // SAFETY: nobody can resume the fiber any more. Values on its stack are leaked, which Rust allows;
            // nothing outside refers to the stack: blocks that left it are Procs with heap environments.
            unsafe { native.force_reset() };
        }
    }
}

impl Vm {
    /// FiberError.
    #[cold]
    pub fn fiber_error(&mut self, message: &str) -> Raised {
        let class = self.core.fiber_error;
        self.raise(class, message)
    }

    fn fiber_data(&mut self, fiber: Value) -> RResult<&'static mut FiberData> {
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
        if data.status != FiberStatus::Terminated && data.thread != self.current_thread() && !data.thread.is_nil() {
            return Err(self.fiber_error("fiber called across threads"));
        }
        match data.status {
            FiberStatus::Resumed if fiber == self.fibers.current => Err(self.fiber_error("attempt to resume the current fiber")),
            FiberStatus::Resumed if data.body.is_nil() => Err(self.fiber_error("attempt to resume a resuming fiber")),
            FiberStatus::Resumed => Err(self.fiber_error("attempt to resume a resumed fiber (double resume)")),
            FiberStatus::Terminated => Err(self.fiber_error("attempt to resume a terminated fiber")),
            FiberStatus::Created if data.body.is_nil() => Err(self.fiber_error("uninitialized fiber")),
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
                let data = self.fiber_data(fiber)?;
                data.status = FiberStatus::Terminated;
                data.native = None;
                let ended = data.execution.take();
                data.body = Value::NIL;
                if is_ok {
                    return Ok(std::mem::replace(&mut self.fibers.value, Value::NIL));
                }
                self.pending = ended.map_or(Pending::None, |execution| execution.pending);
                Err(Raised)
            }
        }
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

    fn make_stacks(&mut self, fiber: Value) -> RResult<()> {
        let (stack, native) = match (VmStack::reserve(VM_STACK_BYTES), DefaultStack::new(NATIVE_STACK_BYTES)) {
            (Ok(stack), Ok(native)) => (stack, native),
            _ => return Err(self.fiber_error("can't set a guard page: Cannot allocate memory")),
        };
        let bounds = NativeStack::between(native.limit().get(), native.base().get());
        let vm = self.as_opaque();
        let data = self.fiber_data(fiber)?;
        data.execution = Some(Execution::new(stack, bounds, fiber, data.storage));
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
