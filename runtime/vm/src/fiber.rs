//! Fibers: stacks of their own, and switching between them.
//!
//! Each fiber has a VM stack and a native stack. `Execution` is everything that belongs to the running
//! one; a switch swaps it with the VM's. Invariant: the running fiber's execution stands in the VM itself, that of every
//! other one in its `FiberData`, so that the collector finds each stack exactly once.
//!
//! Any fiber may switch to any other: the native stacks are entered from the thread's own stack only (`run_from_root`), where a fiber
//! that switches goes back to and tells which one is next. Who resumed whom is noted in the fibers (`resumer`, `resumed`). A fiber that nobody can resume any more is freed without
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
    /// The running fiber, nil on the root stack until somebody asks for it.
    pub current: Value,
    pub yielder: YielderPointer,
    pub shared: Handover,
}

/// What belongs to all fibers of a thread.
pub(crate) struct Handover {
    /// The fiber of the thread's own stack, nil until somebody asks for it.
    pub root: Value,
    /// Waits for fibers that are not blocking, or nil.
    pub scheduler: Value,
    /// What is handed over.
    pub value: Value,
    /// What the fiber switched to raises.
    pub inject: Pending,
    /// What the fiber that ended leaves pending in the one that goes on.
    pub left: Pending,
}

impl Default for Handover {
    fn default() -> Self {
        Handover { root: Value::NIL, scheduler: Value::NIL, value: Value::NIL, inject: Pending::None, left: Pending::None }
    }
}

impl Handover {
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(self.root);
        tracer.value(self.scheduler);
        tracer.value(self.value);
        self.inject.trace(tracer);
        self.left.trace(tracer);
    }
}

impl Default for Fibers {
    fn default() -> Self {
        Fibers { current: Value::NIL, yielder: std::ptr::null(), shared: Handover::default() }
    }
}

impl Fibers {
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(self.current);
        self.shared.trace(tracer);
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
    /// The fiber that resumed it and waits for it, or nil.
    resumer: Value,
    /// The fiber that it resumed and waits for, or nil.
    resumed: Value,
    /// Does it wait in `Fiber.yield`, so that only `resume` may go on with it?
    yields: bool,
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
            resumer: Value::NIL,
            resumed: Value::NIL,
            yields: false,
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

    /// The fiber that it resumed and waits for, or nil.
    pub fn resumed(&self) -> Value {
        self.resumed
    }

    /// Does it wait in `Fiber.yield`?
    pub fn yields(&self) -> bool {
        self.yields
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
        for value in [self.body, self.storage, self.thread, self.resumer, self.resumed] {
            tracer.value(value);
        }
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
            self.fibers.shared.root = self.fibers.current;
        }
        self.fibers.current
    }

    /// Runs the fiber until it yields or ends; its value. FiberError when it cannot be resumed.
    pub fn fiber_resume(&mut self, fiber: Value, args: &[Value]) -> RResult {
        self.check_resumable(fiber)?;
        self.hand_over(fiber, args)?;
        self.run_until_yield(fiber)
    }

    /// Resumes a suspended fiber with something raised at its yield (an exception, or `Unwind` to end it).
    pub fn fiber_resume_with(&mut self, fiber: Value, pending: Pending) -> RResult {
        self.check_resumable(fiber)?;
        self.fibers.shared.inject = pending;
        self.run_until_yield(fiber)
    }

    /// Goes on in the fiber, which does not come back here by itself; what is passed when some fiber transfers to this one.
    pub fn fiber_transfer(&mut self, fiber: Value, args: &[Value]) -> RResult {
        self.check_transferable(fiber)?;
        self.hand_over(fiber, args)?;
        self.switch_to(fiber)
    }

    /// As `fiber_transfer`, with something raised there.
    pub fn fiber_transfer_with(&mut self, fiber: Value, pending: Pending) -> RResult {
        self.check_transferable(fiber)?;
        self.fibers.shared.inject = pending;
        self.switch_to(fiber)
    }

    /// What `resume` and `transfer` pass: the arguments of a fiber that starts, or one value.
    fn hand_over(&mut self, fiber: Value, args: &[Value]) -> RResult<()> {
        self.fibers.shared.value = match (self.fiber_data(fiber)?.status, args) {
            (FiberStatus::Created, _) => self.array(args),
            (_, []) => Value::NIL,
            (_, &[only]) => only,
            _ => self.array(args),
        };
        Ok(())
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

    fn check_own_thread(&mut self, fiber: Value) -> RResult<()> {
        let thread = self.fiber_data(fiber)?.thread;
        if thread != self.current_thread() && !thread.is_nil() {
            return Err(self.fiber_error("fiber called across threads"));
        }
        Ok(())
    }

    fn check_resumable(&mut self, fiber: Value) -> RResult<()> {
        if self.fiber_data(fiber)?.status == FiberStatus::Terminated {
            return Err(self.fiber_error("attempt to resume a terminated fiber"));
        }
        self.check_own_thread(fiber)?;
        let current = self.current_fiber();
        let data = self.fiber_data(fiber)?;
        let problem = match data.status {
            FiberStatus::Created if data.body.is_nil() => "uninitialized fiber",
            FiberStatus::Created => return self.check_native_stack(),
            _ if fiber == current => "attempt to resume the current fiber",
            _ if !data.resumer.is_nil() => "attempt to resume a resumed fiber (double resume)",
            _ if !data.resumed.is_nil() => "attempt to resume a resuming fiber",
            _ if !data.yields => "attempt to resume a transferring fiber",
            _ => return self.check_native_stack(),
        };
        Err(self.fiber_error(problem))
    }

    fn check_transferable(&mut self, fiber: Value) -> RResult<()> {
        let data = self.fiber_data(fiber)?;
        let problem = match data.status {
            FiberStatus::Created if data.body.is_nil() => "uninitialized fiber",
            _ if !data.resumed.is_nil() => "attempt to transfer to a resuming fiber",
            _ if data.yields => "attempt to transfer to a yielding fiber",
            FiberStatus::Terminated => "dead fiber called",
            _ => {
                self.check_own_thread(fiber)?;
                return self.check_native_stack();
            }
        };
        Err(self.fiber_error(problem))
    }

    fn run_until_yield(&mut self, fiber: Value) -> RResult {
        let current = self.current_fiber();
        self.fiber_data(current)?.resumed = fiber;
        self.fiber_data(fiber)?.resumer = current;
        self.switch_to(fiber)
    }

    /// The fiber that goes on when the running one gives up: who resumed it, or the one that the root waits for.
    fn take_resumer(&mut self, fiber: Value) -> RResult<Option<Value>> {
        let resumer = std::mem::replace(&mut self.fiber_data(fiber)?.resumer, Value::NIL);
        if resumer.is_nil() {
            return Ok(None);
        }
        self.fiber_data(resumer)?.resumed = Value::NIL;
        Ok(Some(resumer))
    }

    fn innermost_of_root(&mut self) -> RResult {
        let mut fiber = self.fibers.shared.root;
        loop {
            let resumed = self.fiber_data(fiber)?.resumed;
            if resumed.is_nil() {
                return Ok(fiber);
            }
            fiber = resumed;
        }
    }

    /// Goes on in the fiber; what is handed over when this one goes on.
    fn switch_to(&mut self, fiber: Value) -> RResult {
        let running = self.current_fiber();
        if fiber != running {
            self.enter(running, fiber)?;
        }
        match std::mem::take(&mut self.fibers.shared.left) {
            Pending::None => {}
            pending => {
                self.pending = pending;
                return Err(Raised);
            }
        }
        match std::mem::take(&mut self.fibers.shared.inject) {
            Pending::None => Ok(std::mem::replace(&mut self.fibers.shared.value, Value::NIL)),
            Pending::Exception(exception) => Err(self.raise_with_cause_set(exception)),
            pending => {
                self.pending = pending;
                Err(Raised)
            }
        }
    }

    /// Leaves the running fiber for another, until somebody switches back.
    fn enter(&mut self, running: Value, fiber: Value) -> RResult<()> {
        if self.fiber_data(fiber)?.execution.is_none() {
            self.make_stacks(fiber)?;
        }
        let data = self.fiber_data(running)?;
        if data.resumed.is_nil() {
            data.status = FiberStatus::Suspended;
        }
        let yielder = self.fibers.yielder;
        let mut execution = self.exchange_with(fiber)?;
        let mut result = Ok(());
        with_spilled_registers(&mut |top| {
            let Some(mut execution) = execution.take() else { return };
            execution.top = top;
            result = self.fiber_data(running).map(|data| data.execution = Some(execution));
            if yielder.is_null() {
                result = self.run_from_root();
            } else {
                // SAFETY: the yielder lives on this fiber's native stack as long as its body runs.
                unsafe { (*yielder).suspend(()) };
            }
        });
        result
    }

    /// Puts the fiber's execution into the VM and gives what was there.
    fn exchange_with(&mut self, fiber: Value) -> RResult<Option<Box<Execution>>> {
        let data = self.fiber_data(fiber)?;
        (data.status, data.yields) = (FiberStatus::Resumed, false);
        let mut execution = data.execution.take().expect("fibers that do not run have one");
        execution.top = std::ptr::null();
        self.swap_execution(&mut execution);
        Ok(Some(execution))
    }

    /// On the thread's own stack: enters the native stacks of fibers, one after the other, until the root is the one that goes on.
    fn run_from_root(&mut self) -> RResult<()> {
        while self.fibers.current != self.fibers.shared.root {
            let fiber = self.fibers.current;
            let mut native = self.fiber_data(fiber)?.native.take().expect("fibers other than the root have one");
            match native.resume(()) {
                CoroutineResult::Yield(()) => self.fiber_data(fiber)?.native = Some(native),
                CoroutineResult::Return(is_ok) => self.end_fiber(fiber, native, is_ok)?,
            }
        }
        Ok(())
    }

    /// The running fiber has come to its end: its stacks are free, and another one goes on, with what is left pending.
    fn end_fiber(&mut self, fiber: Value, native: Native, is_ok: bool) -> RResult<()> {
        let pending = std::mem::take(&mut self.pending);
        let next = match self.take_resumer(fiber)? {
            Some(resumer) => resumer,
            None => self.innermost_of_root()?,
        };
        if let Some(execution) = self.exchange_with(next)? {
            self.stack_pool.borrow_mut().give(execution.stack, native);
        }
        if !is_ok {
            self.fibers.shared.left = pending;
        }
        let data = self.fiber_data(fiber)?;
        data.status = FiberStatus::Terminated;
        data.body = Value::NIL;
        self.heap.forget_malloc(TOUCHED_BYTES);
        Ok(())
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
            // SAFETY: fibers run only inside `run_from_root` of the VM that made them.
            let vm = unsafe { Vm::from_opaque(vm) };
            vm.fibers.yielder = yielder;
            match vm.guarded("a fiber", Vm::run_fiber_body) {
                Ok(value) => {
                    vm.fibers.shared.value = value;
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
        let args = std::mem::replace(&mut self.fibers.shared.value, Value::NIL);
        let body = self.fiber_data(fiber).ok().and_then(|data| RProc::new(data.body));
        match (std::mem::take(&mut self.fibers.shared.inject), body) {
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
                self.fibers.shared.value = Value::NIL;
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
        let current = self.current_fiber();
        let Some(resumer) = self.take_resumer(current)? else {
            return Err(self.fiber_error("attempt to yield on a not resumed fiber"));
        };
        self.fiber_data(current)?.yields = true;
        self.fibers.shared.value = value;
        self.switch_to(resumer)
    }
}
