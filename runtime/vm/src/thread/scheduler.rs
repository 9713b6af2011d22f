//! The fiber scheduler of a thread: an object of the program that is asked to wait where a fiber would make the thread wait.
//!
//! A fiber waits in the lines of locks and queues by itself; whoever would wake a thread tells the scheduler of the fiber's thread to go on
//! with it. Only fibers that are not blocking have a scheduler.

use super::Wait;
use crate::fiber::FiberData;
use crate::vm::Vm;
use objects::RData;
use std::time::Instant;
use value::{RResult, Value};

/// What a scheduler has to answer to, in the order that is checked.
const NEEDED: [&str; 4] = ["block", "unblock", "kernel_sleep", "io_wait"];

impl Vm {
    /// The running thread's scheduler, or nil.
    pub fn scheduler(&self) -> Value {
        self.fibers.shared.scheduler
    }

    /// The scheduler, if the running fiber uses it.
    pub fn current_scheduler(&mut self) -> RResult<Option<Value>> {
        let scheduler = self.fibers.shared.scheduler;
        if scheduler.is_nil() {
            return Ok(None);
        }
        let fiber = self.current_fiber();
        let is_blocking = self.native::<FiberData>(fiber, "Fiber")?.blocking;
        Ok((!is_blocking).then_some(scheduler))
    }

    /// Gives the thread another scheduler, after the one before has run to its end.
    pub fn set_scheduler(&mut self, scheduler: Value) -> RResult<()> {
        if !scheduler.is_nil() {
            for name in NEEDED {
                let method = self.intern(name);
                if !self.responds_to(scheduler, method, true)? {
                    return Err(self.argument_error(&format!("Scheduler must implement #{name}")));
                }
            }
        }
        self.close_scheduler()?;
        self.fibers.shared.scheduler = scheduler;
        Ok(())
    }

    /// Lets the scheduler run what it has and takes it away.
    pub fn close_scheduler(&mut self) -> RResult<()> {
        let scheduler = self.fibers.shared.scheduler;
        if scheduler.is_nil() {
            return Ok(());
        }
        let closed = self.ask_to_close(scheduler);
        self.fibers.shared.scheduler = Value::NIL;
        closed
    }

    fn ask_to_close(&mut self, scheduler: Value) -> RResult<()> {
        for name in ["scheduler_close", "close"] {
            let method = self.intern(name);
            if self.call_if_responds(scheduler, method, &[])?.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Who waits in a line: the running fiber where a scheduler waits for it, the thread elsewhere.
    pub fn waiter(&mut self) -> RResult<Value> {
        match self.current_scheduler()? {
            Some(_) => Ok(self.current_fiber()),
            None => Ok(self.current_thread()),
        }
    }

    /// Waits for somebody who wakes `waiter()`; `blocker` is what is waited for.
    pub fn wait_for(&mut self, blocker: Value, wait: Wait) -> RResult<()> {
        let Some(scheduler) = self.current_scheduler()? else { return self.wait(wait) };
        let timeout = match wait {
            Wait::Until(time) => self.float(time.saturating_duration_since(Instant::now()).as_secs_f64()),
            Wait::Deadly | Wait::Forever => Value::NIL,
        };
        self.send(scheduler, "block", &[blocker, timeout])?;
        Ok(())
    }

    /// Ends the wait of a `waiter()`.
    pub fn wake(&mut self, waiter: Value, blocker: Value) -> RResult<()> {
        let thread = RData::new(waiter).and_then(|data| data.read::<FiberData>(&self.heap)).map(FiberData::thread);
        let Some(thread) = thread else {
            self.wake_thread(waiter);
            return Ok(());
        };
        let scheduler = self.scheduler_of(thread);
        if !scheduler.is_nil() {
            self.send(scheduler, "unblock", &[blocker, waiter])?;
        }
        Ok(())
    }

    fn scheduler_of(&mut self, thread: Value) -> Value {
        if thread == self.current_thread() {
            return self.fibers.shared.scheduler;
        }
        self.thread_view(thread).map_or(Value::NIL, |data| data.state.fibers.scheduler)
    }
}
