//! Threads: native ones, of which the holder of the VM's lock runs Ruby.
//!
//! `Threads` is the VM's list, `ThreadData` the native part of a Thread object. What a thread does when it
//! waits is in `interrupt.rs`, its start and end in `run.rs`, the exchange of states in `switch.rs`.

mod interrupt;
mod lock;
mod mutex;
mod parker;
mod run;
mod scheduler;
#[expect(unsafe_code, reason = "shares the VM between native threads under its lock")]
mod switch;

use crate::execution::Execution;
use crate::fiber::Handover;
use crate::vm::Vm;
use heap::Tracer;
use objects::NativeData;
use std::collections::VecDeque;
use std::sync::Arc;
use value::{RResult, Raised, Value};

pub use interrupt::{Interrupt, Wait};
pub use lock::{EVENT, Lock, TIMER};
pub use mutex::{LineOf, MutexData, WaitLine};
pub use parker::{Parker, Watched};

/// Bytes of a thread's VM stack; pages appear when touched.
const VM_STACK_BYTES: usize = 1 << 20;
/// Bytes of a thread's native stack.
const NATIVE_BYTES: usize = 2 << 20;

/// Where a thread stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThreadStatus {
    /// Not initialised.
    Unborn,
    /// Runs or wants to.
    Running,
    /// Waits for a time or a descriptor.
    Sleeping,
    /// Waits to be woken.
    SleepingForever,
    /// Ended.
    Dead,
}

/// Everything of a thread that stands in the VM while it runs.
pub(crate) struct ThreadState {
    execution: Execution,
    fibers: Handover,
}

impl ThreadState {
    fn new(execution: Execution) -> ThreadState {
        ThreadState { execution, fibers: Handover::default() }
    }

    fn empty() -> ThreadState {
        ThreadState::new(Execution::empty())
    }

    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.execution.trace(tracer);
        self.fibers.trace(tracer);
    }
}

/// Native part of a Thread.
pub struct ThreadData {
    /// Where it stands.
    pub status: ThreadStatus,
    /// Was it told to end?
    pub killed: bool,
    /// What its block returned.
    pub value: Value,
    /// What ended it, nil for a usual end.
    pub exception: Value,
    /// The Proc it runs.
    pub body: Value,
    /// Arguments of the Proc: an Array.
    pub args: Value,
    /// Keywords of the Proc: a Hash or nil.
    pub keywords: Value,
    /// `thread_variable_get`: a Hash or nil.
    pub variables: Value,
    /// A String or nil.
    pub name: Value,
    /// ThreadGroup, nil when dead.
    pub group: Value,
    /// The Ractor it belongs to; None for the main one.
    pub ractor: Option<Value>,
    /// A hint that nobody follows.
    pub priority: i64,
    /// Report what ends it?
    pub report: bool,
    /// Does what ends it end the program?
    pub abort: bool,
    /// `file:line` of the block.
    pub place: String,
    /// Number of the native thread.
    pub native_id: i64,
    /// Process::Status of the child that it waited for last.
    pub last_status: Value,
    /// What waits to be raised in it.
    pub pending: VecDeque<Interrupt>,
    /// Hashes of `handle_interrupt`, the innermost last.
    pub masks: Vec<Value>,
    /// Threads that wait for its end.
    pub joiners: Vec<Value>,
    /// Locked mutexes.
    pub held: Vec<Value>,
    /// Mutex that it waits for, or nil.
    pub wanted: Value,
    /// Was it woken by `wakeup` or `run`?
    pub wakeup: bool,
    /// Woken since it last went to sleep?
    notified: bool,
    /// Would its sleep be a deadlock if all others slept?
    deadly: bool,
    /// Is it in a system call that nothing interrupts?
    in_long_call: bool,
    /// Descriptor it waits for, -1 when none.
    pub descriptor: i32,
    parker: Arc<Parker>,
    state: ThreadState,
    /// Stack pointer at the place where it left the lock; null while it runs.
    top: *const u64,
}

impl ThreadData {
    /// A Thread that is not initialised.
    pub fn new() -> ThreadData {
        ThreadData {
            status: ThreadStatus::Unborn,
            killed: false,
            value: Value::NIL,
            exception: Value::NIL,
            body: Value::NIL,
            args: Value::NIL,
            keywords: Value::NIL,
            variables: Value::NIL,
            name: Value::NIL,
            group: Value::NIL,
            ractor: None,
            priority: 0,
            report: true,
            abort: false,
            place: String::new(),
            native_id: 0,
            last_status: Value::NIL,
            pending: VecDeque::new(),
            masks: Vec::new(),
            joiners: Vec::new(),
            held: Vec::new(),
            wanted: Value::NIL,
            wakeup: false,
            notified: false,
            deadly: false,
            in_long_call: false,
            descriptor: -1,
            parker: Arc::default(),
            state: ThreadState::empty(),
            top: std::ptr::null(),
        }
    }

    /// Does it run or wait?
    pub fn is_alive(&self) -> bool {
        !matches!(self.status, ThreadStatus::Unborn | ThreadStatus::Dead)
    }
}

impl Default for ThreadData {
    fn default() -> Self {
        ThreadData::new()
    }
}

impl NativeData for ThreadData {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // Stacks are looked at as words, of which other ones may count the next time.
        tracer.unguarded();
        let single =
            [self.value, self.exception, self.body, self.args, self.keywords, self.variables, self.name, self.group, self.last_status, self.wanted];
        tracer.values(&single);
        tracer.values(self.ractor.as_slice());
        for list in [&self.masks, &self.joiners, &self.held] {
            tracer.values(list);
        }
        for interrupt in &self.pending {
            if let Interrupt::Raise(exception) = *interrupt {
                tracer.value(exception);
            }
        }
        self.trace_state(tracer);
    }
}

/// The VM's threads.
pub struct Threads {
    lock: Arc<Lock>,
    /// Whose state stands in the VM.
    current: Value,
    /// The one that ends the program.
    main: Value,
    /// All that run or wait, in the order they started.
    live: Vec<Value>,
    /// The main thread waits for the others to end.
    ending: bool,
    /// `Thread.abort_on_exception`
    pub abort_on_exception: bool,
    /// `Thread.report_on_exception`
    pub report_on_exception: bool,
    /// `Thread.ignore_deadlock`
    pub ignore_deadlock: bool,
    /// Does a trap handler run?
    pub in_trap: bool,
    /// Class `fatal`, made when it is first needed.
    fatal: Value,
}

impl Default for Threads {
    fn default() -> Self {
        Threads {
            lock: Arc::new(Lock::held()),
            current: Value::NIL,
            main: Value::NIL,
            live: Vec::new(),
            ending: false,
            abort_on_exception: false,
            report_on_exception: true,
            ignore_deadlock: false,
            in_trap: false,
            fatal: Value::NIL,
        }
    }
}

impl Threads {
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.values(&self.live);
        tracer.values(&[self.current, self.main, self.fatal]);
    }
}

impl Vm {
    /// The Thread object of the thread that builds the VM.
    pub(crate) fn make_main_thread(&mut self) {
        let mut data = ThreadData::new();
        data.status = ThreadStatus::Running;
        data.parker = Arc::new(Parker::with_event());
        data.native_id = i64::from(rustix::thread::gettid().as_raw_nonzero().get());
        let class = self.class_view(self.core.thread);
        let main = self.data(class, Box::new(data));
        self.threads.current = main;
        self.threads.main = main;
        self.threads.live.push(main);
    }

    /// The class of errors that end the program whatever is rescued.
    pub(crate) fn fatal_class(&mut self) -> Value {
        if self.threads.fatal.is_nil() {
            let exception = self.class_view(self.core.exception);
            let mut made = self.new_class(exception);
            // It has a name but no constant: programs cannot rescue it by chance.
            let name = self.frozen_string(b"fatal", text::encoding::Encoding::US_ASCII);
            made.data_mut().name = Some(name);
            made.data_mut().has_permanent_name = true;
            let made = made.value();
            self.threads.fatal = made;
        }
        self.threads.fatal
    }

    /// The native part of a Thread, None for anything else.
    pub fn thread_view(&self, thread: Value) -> Option<&ThreadData> {
        objects::RData::new(thread)?.read(&self.heap)
    }

    /// The same, for changes.
    pub fn thread_change(&mut self, thread: Value) -> Option<&mut ThreadData> {
        objects::RData::new(thread)?.change(&mut self.heap)
    }

    /// The native part of an initialised Thread.
    pub fn thread_data(&mut self, thread: Value) -> RResult<&mut ThreadData> {
        if self.native::<ThreadData>(thread, "Thread")?.status != ThreadStatus::Unborn {
            return self.native(thread, "Thread");
        }
        let class = self.core.thread_error;
        let name = self.class_name_of(thread);
        Err(self.raise(class, &format!("uninitialized thread - check '{name}#initialize'")))
    }

    /// The running thread.
    pub fn current_thread(&self) -> Value {
        self.threads.current
    }

    /// The main thread.
    pub fn main_thread(&self) -> Value {
        self.threads.main
    }

    /// All that run or wait.
    pub fn live_threads(&self) -> &[Value] {
        &self.threads.live
    }

    /// ThreadError.
    #[cold]
    pub fn thread_error(&mut self, message: &str) -> Raised {
        let class = self.core.thread_error;
        self.raise(class, message)
    }

    /// `Thread#[]` of any thread: the Hash of its running fiber, or nil.
    pub fn thread_locals(&mut self, thread: Value) -> RResult {
        if thread == self.threads.current {
            return Ok(self.locals);
        }
        Ok(self.thread_data(thread)?.state.execution.locals)
    }

    /// Sets the Hash behind `Thread#[]`.
    pub fn set_thread_locals(&mut self, thread: Value, locals: Value) -> RResult<()> {
        if thread == self.threads.current {
            self.locals = locals;
        } else {
            self.thread_data(thread)?.state.execution.locals = locals;
        }
        Ok(())
    }

    /// The places that another thread runs, innermost first.
    pub fn thread_places(&mut self, thread: Value) -> RResult<heap::Rooted<Vec<crate::backtrace::Location>>> {
        if thread == self.threads.current {
            return Ok(self.locations(0));
        }
        let other = self.thread_data(thread)?.state.execution.fp;
        let own = std::mem::replace(&mut self.head.fp, other);
        Ok(self.always(|vm| vm.locations(0), |vm| vm.head.fp = own))
    }

    /// `fork` made this process: only the calling thread lives on.
    pub fn after_fork(&mut self) {
        self.fork_count += 1;
        let me = self.threads.current;
        for &thread in self.roots.root(std::mem::take(&mut self.threads.live)).iter() {
            if let Some(data) = self.thread_change(thread).filter(|_| thread != me) {
                data.status = ThreadStatus::Dead;
                data.pending.clear();
                data.group = Value::NIL;
            }
        }
        self.threads.live.push(me);
        self.threads.main = me;
        self.threads.ending = false;
        // The lock of the parent may have been in use by a thread that does not exist here.
        let old = std::mem::replace(&mut self.threads.lock, Arc::new(Lock::held()));
        std::mem::forget(old);
        if let Some(data) = self.thread_change(me) {
            let old = std::mem::replace(&mut data.parker, Arc::new(Parker::with_event()));
            std::mem::forget(old);
            data.native_id = i64::from(rustix::thread::gettid().as_raw_nonzero().get());
        }
    }

    /// Descriptor by which a signal handler wakes the main thread.
    pub fn wake_descriptor(&self) -> i32 {
        self.thread_view(self.threads.main).map_or(-1, |data| data.parker.event_number())
    }
}
