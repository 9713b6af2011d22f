//! A thread's life: start, its block, its end; and the end of all of them.

use super::{Interrupt, ThreadState, ThreadStatus, VM_STACK_BYTES, Wait};
use crate::PassedKeywords;
use crate::arguments::ArgumentList;
use crate::execution::Execution;
use crate::raise::Pending;
use crate::send::BlockContext;
use crate::stack::{NativeStack, VmStack};
use crate::trace::Events;
use crate::vm::Vm;
use objects::{RArray, RHash, RProc, RString};
use std::sync::Arc;
use std::time::{Duration, Instant};
use value::{RResult, Raised, Value, sym};

impl Vm {
    /// Starts a Thread whose body and arguments are set.
    pub fn start_thread(&mut self, thread: Value) -> RResult<()> {
        let Ok(stack) = VmStack::reserve(VM_STACK_BYTES) else { return Err(self.no_more_threads()) };
        let storage = self.copied_storage()?;
        let current = self.threads.current;
        let (group, ractor, priority, masks) = match self.thread_view(current) {
            Some(own) => (own.group, own.ractor, own.priority, self.roots.values(&own.masks)),
            None => (Value::NIL, None, 0, self.roots.values(&[])),
        };
        let report = self.threads.report_on_exception;
        let body = self.thread_view(thread).and_then(|data| RProc::new(data.body));
        let place = body.map_or(String::new(), |body| self.proc_place(body));
        let Some(data) = self.thread_change(thread) else { return Ok(()) };
        data.state = ThreadState::new(Execution::new(stack, NativeStack::between(0, 0), Value::NIL, storage));
        data.ractor = ractor;
        (data.group, data.priority, data.masks, data.report, data.place) = (group, priority, masks.to_vec(), report, place);
        data.status = ThreadStatus::Running;
        self.threads.live.push(thread);
        if self.spawn_native(thread) {
            return Ok(());
        }
        self.threads.live.retain(|&other| other != thread);
        if let Some(data) = self.thread_change(thread) {
            data.status = ThreadStatus::Dead;
            data.state = ThreadState::empty();
        }
        Err(self.no_more_threads())
    }

    fn no_more_threads(&mut self) -> Raised {
        self.thread_error("can't create Thread: Resource temporarily unavailable")
    }

    /// File and line of a block.
    pub fn proc_source(&self, body: RProc) -> Option<(Arc<str>, i32)> {
        match body.body() {
            objects::ProcBody::Block { code, .. } => Some((code.file.clone(), code.function.line)),
            _ => None,
        }
    }

    /// `file:line` of a block.
    pub fn proc_place(&self, body: RProc) -> String {
        self.proc_source(body).map_or(String::new(), |(file, line)| format!("{file}:{line}"))
    }

    /// A copy of the running fiber's storage, for a new fiber or thread.
    pub fn copied_storage(&mut self) -> RResult {
        let Some(storage) = RHash::new(self.storage) else { return Ok(Value::NIL) };
        Ok(PassedKeywords::Hash { hash: storage, fresh: false }.to_fresh_hash(self)?.value())
    }

    /// Runs the block; on the thread's own stacks.
    pub(super) fn run_thread(&mut self, thread: Value) {
        let result = match self.poll_interrupts() {
            Ok(()) => {
                self.trace_thread(Events::THREAD_BEGIN);
                let result = self.guarded("a thread", |vm| vm.ensure(|vm| vm.run_thread_block(thread), Vm::close_scheduler));
                self.trace_thread(Events::THREAD_END);
                result
            }
            Err(raised) => Err(raised),
        };
        let mut passed_on = Value::NIL;
        let outcome = match result {
            Ok(value) => (value, Value::NIL),
            Err(Raised) => {
                self.forget_kills(thread);
                let exception = self.thread_failure();
                passed_on = self.report_failure(thread, exception);
                (Value::NIL, exception)
            }
        };
        if self.threads.main == thread {
            self.end_process(outcome.1, passed_on);
        }
        self.end_thread(thread, outcome, passed_on);
    }

    #[inline(never)]
    fn run_thread_block(&mut self, thread: Value) -> RResult {
        let data = self.thread_data(thread)?;
        let (body, args, keywords) = (data.body, data.args, data.keywords);
        let Some(body) = RProc::new(body) else { return Ok(Value::NIL) };
        let args = RArray::new(args).map_or(&[][..], |list| list.as_slice(&self.heap));
        let args = ArgumentList::from_slice(&self.roots, args);
        let keywords = match RHash::new(keywords) {
            Some(hash) => PassedKeywords::Hash { hash, fresh: true },
            None => PassedKeywords::None,
        };
        // The Thread keeps block and arguments alive.
        self.set_root(body);
        self.call_proc(body, &args, keywords, BlockContext::default())
    }

    /// What ended the thread: an exception, or nil when it was told to end.
    fn thread_failure(&mut self) -> Value {
        match std::mem::take(&mut self.pending) {
            Pending::Break { value, .. } => {
                self.local_jump_error("break from proc-closure", "break", value);
            }
            Pending::Return { value, .. } => {
                self.local_jump_error("unexpected return", "return", value);
            }
            Pending::Throw { tag, .. } => {
                let class = self.core.uncaught_throw_error;
                if let Ok(text) = self.inspect_text(tag) {
                    self.raise(class, &format!("uncaught throw {text}"));
                }
            }
            pending => self.pending = pending,
        }
        self.take_exception().unwrap_or_else(|| {
            self.pending = Pending::None;
            Value::NIL
        })
    }

    /// Reports what ended a thread; what is to be raised in the main thread, or nil.
    fn report_failure(&mut self, thread: Value, exception: Value) -> Value {
        if exception.is_nil() || self.is_a(exception, self.core.system_exit) {
            return exception;
        }
        let Some(data) = self.thread_view(thread) else { return Value::NIL };
        let aborts = data.abort;
        if data.report && self.threads.main != thread {
            let mut text = format!("{} terminated with exception (report_on_exception is true):\n", self.thread_text(thread));
            let full = self.call(exception, sym::FULL_MESSAGE, &[]);
            text += &full.ok().and_then(RString::new).map(RString::to_text).unwrap_or_default();
            if !text.ends_with('\n') {
                text.push('\n');
            }
            let message = self.str(&text);
            let written = self.global_get(sym::STDERR_G).and_then(|stderr| self.call(stderr, sym::WRITE, &[message]));
            if written.is_err() {
                self.pending = Pending::None;
            }
        }
        if aborts || self.threads.abort_on_exception || self.options.debug { exception } else { Value::NIL }
    }

    fn end_thread(&mut self, thread: Value, (value, exception): (Value, Value), passed_on: Value) {
        let Some(data) = self.thread_change(thread) else { return };
        data.value = value;
        data.exception = exception;
        data.status = ThreadStatus::Dead;
        data.group = Value::NIL;
        let ractor = data.ractor;
        data.body = Value::NIL;
        data.args = Value::NIL;
        data.keywords = Value::NIL;
        data.pending.clear();
        let (held, joiners) = (std::mem::take(&mut data.held), std::mem::take(&mut data.joiners));
        let (held, joiners) = (self.roots.root(held), self.roots.root(joiners));
        self.threads.live.retain(|&other| other != thread);
        held.iter().for_each(|&mutex| self.abandon_mutex(mutex));
        for &joiner in joiners.iter() {
            if self.wake(joiner, thread).is_err() {
                self.pending = Pending::None;
            }
        }
        let main = self.threads.main;
        if !passed_on.is_nil() {
            let responsible = self.ractor_thread(ractor).unwrap_or(main);
            self.interrupt_thread(responsible, Interrupt::Raise(passed_on));
        }
        if self.threads.ending {
            self.wake_thread(main);
        }
        self.check_deadlock();
    }

    /// The thread is the main thread of a process made by `fork`: its end is the process's.
    fn end_process(&mut self, exception: Value, passed_on: Value) {
        let exception = if passed_on.is_nil() { exception } else { passed_on };
        if !exception.is_nil() {
            self.pending = Pending::Exception(exception);
        }
        let code = self.exit_hook.map_or(1, |hook| hook(self, !exception.is_nil()));
        std::process::exit(code);
    }

    /// Ends all threads but the main one, which runs, and waits for their `ensure` clauses.
    pub fn end_threads(&mut self) {
        let me = self.threads.current;
        self.threads.ending = true;
        for &thread in self.roots.values(&self.threads.live).iter() {
            if thread != me {
                self.interrupt_thread(thread, Interrupt::Kill);
            }
        }
        while self.threads.live.iter().any(|&thread| thread != me && self.thread_view(thread).is_some_and(|data| !data.in_long_call)) {
            self.wait_masked(Wait::Until(Instant::now() + Duration::from_secs(1)));
            if let Some(data) = self.thread_change(me) {
                data.pending.clear();
            }
        }
    }

    /// `#<Thread:0x... file:line run>`
    pub fn thread_text(&mut self, thread: Value) -> String {
        let mut text = self.any_to_s(thread);
        text.pop();
        let Some(data) = self.thread_view(thread) else { return text };
        if let Some(name) = RString::new(data.name) {
            text += &format!("@{}", name.to_text());
        }
        if !data.place.is_empty() && !data.place.starts_with("<internal:") {
            text += &format!(" {}", data.place);
        }
        let status = match data.status {
            ThreadStatus::Running | ThreadStatus::Unborn => {
                if data.killed {
                    "aborting"
                } else {
                    "run"
                }
            }
            ThreadStatus::Sleeping => "sleep",
            ThreadStatus::SleepingForever => "sleep_forever",
            ThreadStatus::Dead => "dead",
        };
        text + &format!(" {status}>")
    }
}
