//! Fibers: stacks of their own, and switching between them.
//!
//! Each fiber has a VM stack and a native stack. `Execution` is everything that belongs to the running
//! one; a switch swaps it with the VM's. Invariants: the executions of suspended fibers stand in their
//! `FiberData`, those of resumers in `Fibers::chain`, the running one in the VM itself, so that the
//! collector finds each stack exactly once. A fiber that nobody can resume any more is freed without
//! unwinding: Rust values on its native stack are leaked, not dropped.
//!
//! Threads are fibers resumed by a scheduler on the root stack (`thread_switch`); a fiber inside a thread
//! that has to wait suspends itself and all its resumers.

use crate::raise::Pending;
use crate::stack::{NativeStack, VmStack};
use crate::vm::Vm;
use abi::Registers;
use corosensei::stack::{DefaultStack, Stack};
use corosensei::{Coroutine, CoroutineResult, Yielder};
use heap::{Tracer, with_spilled_registers};
use objects::env::EnvWords;
use objects::{NativeData, RArray, RProc};
use value::{RResult, Raised, Symbol, Value};

/// Bytes of a fiber's VM stack; pages appear when touched.
const VM_STACK_BYTES: usize = 1 << 20;
/// Bytes of a fiber's native stack.
const NATIVE_STACK_BYTES: usize = 1 << 20;

/// Why a fiber suspends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// `Fiber.yield`
    Yield,
    /// Its thread lets others run.
    Thread,
}

type Native = Coroutine<(), Signal, bool, DefaultStack>;

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

/// The part of the VM's state that each fiber has its own of.
struct Execution {
    stack: VmStack,
    native: NativeStack,
    fp: Registers,
    stack_limit: Registers,
    native_limit: usize,
    errinfo: Value,
    recursion: Vec<(Symbol, Value, Value)>,
    stepping: Registers,
    last_eval_env: Option<EnvWords>,
    fiber: Value,
    yielder: *const Yielder<(), Signal>,
    /// Lowest native stack address in use while it does not run.
    top: *const u64,
}

impl Execution {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(self.errinfo);
        tracer.value(self.fiber);
        for &(_, a, b) in &self.recursion {
            tracer.value(a);
            tracer.value(b);
        }
        self.stack.trace(tracer, self.fp);
        if !self.top.is_null() {
            // SAFETY: `top` was the stack pointer at the switch, below the base of the same live stack.
            unsafe { tracer.words(self.top, self.native.base() as *const u64) };
        }
    }
}

/// Fibers of a VM.
pub(crate) struct Fibers {
    /// Executions of those that resumed the running fiber, the root first.
    chain: Vec<Execution>,
    /// The running fiber, nil on the root stack until somebody asks for it.
    current: Value,
    yielder: *const Yielder<(), Signal>,
    /// What is handed over.
    value: Value,
    /// What the fiber switched to raises.
    inject: Pending,
    scheduler: Option<fn(&mut Vm) -> RResult<()>>,
}

impl Default for Fibers {
    fn default() -> Self {
        Fibers { chain: Vec::new(), current: Value::NIL, yielder: std::ptr::null(), value: Value::NIL, inject: Pending::None, scheduler: None }
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
    /// Fiber storage: a Hash or nil.
    pub storage: Value,
    status: FiberStatus,
    /// Resumed by the scheduler as the first fiber of a thread.
    pub is_thread: bool,
    native: Option<Native>,
    execution: Option<Execution>,
}

impl FiberData {
    /// A fiber that will run the Proc; nil for one that is not initialised.
    pub fn new(body: Value) -> FiberData {
        FiberData { body, storage: Value::NIL, status: FiberStatus::Created, is_thread: false, native: None, execution: None }
    }

    /// Where it stands.
    pub fn status(&self) -> FiberStatus {
        self.status
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
    fn swap_execution(&mut self, other: &mut Execution) {
        use std::mem::swap;
        swap(&mut self.stack, &mut other.stack);
        swap(&mut self.native, &mut other.native);
        swap(&mut self.head.fp, &mut other.fp);
        swap(&mut self.head.stack_limit, &mut other.stack_limit);
        swap(&mut self.head.native_limit, &mut other.native_limit);
        swap(&mut self.errinfo, &mut other.errinfo);
        swap(&mut self.recursion, &mut other.recursion);
        swap(&mut self.stepping, &mut other.stepping);
        swap(&mut self.last_eval_env, &mut other.last_eval_env);
        swap(&mut self.fibers.current, &mut other.fiber);
        swap(&mut self.fibers.yielder, &mut other.yielder);
    }

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
            let mut data = FiberData::new(Value::NIL);
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
        }
        Ok(())
    }

    fn check_resumable(&mut self, fiber: Value) -> RResult<()> {
        let data = self.fiber_data(fiber)?;
        match data.status {
            FiberStatus::Resumed if fiber == self.fibers.current => Err(self.fiber_error("attempt to resume the current fiber")),
            FiberStatus::Resumed => Err(self.fiber_error("attempt to resume a resumed fiber (double resume)")),
            FiberStatus::Terminated => Err(self.fiber_error("attempt to resume a terminated fiber")),
            FiberStatus::Created if data.body.is_nil() => Err(self.fiber_error("uninitialized fiber")),
            FiberStatus::Created | FiberStatus::Suspended => self.check_native_stack(),
        }
    }

    fn run_until_yield(&mut self, fiber: Value) -> RResult {
        loop {
            match self.switch_into(fiber)? {
                CoroutineResult::Yield(Signal::Thread) => {
                    if self.fiber_data(fiber)?.is_thread {
                        self.fiber_data(fiber)?.status = FiberStatus::Suspended;
                        return Ok(Value::NIL);
                    }
                    if let Err(Raised) = self.thread_switch() {
                        self.fibers.inject = std::mem::take(&mut self.pending);
                    }
                }
                CoroutineResult::Yield(Signal::Yield) => {
                    self.fiber_data(fiber)?.status = FiberStatus::Suspended;
                    return Ok(std::mem::replace(&mut self.fibers.value, Value::NIL));
                }
                CoroutineResult::Return(is_ok) => {
                    let data = self.fiber_data(fiber)?;
                    data.status = FiberStatus::Terminated;
                    data.native = None;
                    data.execution = None;
                    data.body = Value::NIL;
                    return if is_ok { Ok(std::mem::replace(&mut self.fibers.value, Value::NIL)) } else { Err(Raised) };
                }
            }
        }
    }

    fn switch_into(&mut self, fiber: Value) -> RResult<CoroutineResult<Signal, bool>> {
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
        data.execution = Some(Execution {
            fp: std::ptr::null_mut(),
            stack_limit: stack.limit(),
            native_limit: bounds.limit(),
            stack,
            native: bounds,
            errinfo: Value::NIL,
            recursion: Vec::new(),
            stepping: std::ptr::null_mut(),
            last_eval_env: None,
            fiber,
            yielder: std::ptr::null(),
            top: std::ptr::null(),
        });
        data.native = Some(Coroutine::with_stack(native, move |yielder: &Yielder<(), Signal>, ()| {
            // SAFETY: fibers run only inside `switch_into` of the VM that made them.
            let vm = unsafe { Vm::from_opaque(vm) };
            vm.fibers.yielder = yielder;
            vm.run_fiber_body()
        }));
        Ok(())
    }

    /// The whole life of a fiber, on its own stack. True when it ended with a value, false when something is pending.
    fn run_fiber_body(&mut self) -> bool {
        let fiber = self.fibers.current;
        let args = std::mem::replace(&mut self.fibers.value, Value::NIL);
        let body = self.fiber_data(fiber).ok().and_then(|data| RProc::new(data.body));
        let result = match (std::mem::take(&mut self.fibers.inject), body) {
            (Pending::None, Some(body)) => {
                let list: Vec<Value> = RArray::new(args).map_or(Vec::new(), |list| list.as_slice().to_vec());
                // The Array keeps the arguments alive; the stack of this frame holds it.
                let result = self.call_proc(body, &list, crate::PassedKeywords::None, crate::send::BlockContext::default());
                std::hint::black_box(args);
                result
            }
            (pending, _) => {
                self.pending = pending;
                Err(Raised)
            }
        };
        match result {
            Ok(value) => {
                self.fibers.value = value;
                true
            }
            Err(Raised) => self.end_with_pending(),
        }
    }

    /// Jumps cannot leave a fiber: they become exceptions.
    fn end_with_pending(&mut self) -> bool {
        match std::mem::take(&mut self.pending) {
            Pending::Unwind(_) => {
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
        let fiber = self.fibers.current;
        if self.fibers.yielder.is_null() || self.fiber_data(fiber)?.is_thread {
            return Err(self.fiber_error("attempt to yield on a not resumed fiber"));
        }
        self.fibers.value = value;
        self.suspend(Signal::Yield)?;
        Ok(std::mem::replace(&mut self.fibers.value, Value::NIL))
    }

    fn suspend(&mut self, signal: Signal) -> RResult<()> {
        let yielder = self.fibers.yielder;
        with_spilled_registers(&mut |top| {
            if let Some(resumer) = self.fibers.chain.last_mut() {
                // Read back by `switch_into`, which swaps the executions.
                resumer.top = top;
            }
            // SAFETY: the yielder lives on this fiber's native stack as long as its body runs.
            unsafe { (*yielder).suspend(signal) };
        });
        match std::mem::take(&mut self.fibers.inject) {
            Pending::None => Ok(()),
            pending => {
                self.pending = pending;
                Err(Raised)
            }
        }
    }

    /// Installs what lets other threads run; called on the root stack only.
    pub fn set_scheduler(&mut self, scheduler: fn(&mut Vm) -> RResult<()>) {
        self.fibers.scheduler = Some(scheduler);
    }

    /// Lets other threads run, if there are any.
    pub fn thread_switch(&mut self) -> RResult<()> {
        if !self.fibers.yielder.is_null() {
            return self.suspend(Signal::Thread);
        }
        match self.fibers.scheduler {
            Some(scheduler) => scheduler(self),
            None => Ok(()),
        }
    }
}
