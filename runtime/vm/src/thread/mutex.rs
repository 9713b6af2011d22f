//! Mutexes and lines of waiting threads.

use super::{ThreadData, Wait};
use crate::vm::Vm;
use heap::{Heap, Tracer};
use objects::{NativeData, RData};
use std::collections::VecDeque;
use std::time::Instant;
use value::{RResult, Raised, Value};

/// Threads that wait for something, first come first served.
#[derive(Default)]
pub struct WaitLine(VecDeque<Value>);

impl WaitLine {
    /// Reports the threads.
    pub fn trace(&self, tracer: &mut Tracer<'_>) {
        for &thread in &self.0 {
            tracer.value(thread);
        }
    }

    /// Number of waiting threads.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Does nobody wait?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a thread at the end.
    pub fn join(&mut self, thread: Value) {
        self.0.push_back(thread);
    }

    /// Takes a thread out; false when it was not in the line any more.
    pub fn leave(&mut self, thread: Value) -> bool {
        let at = self.0.iter().position(|&other| other == thread);
        at.is_some_and(|at| self.0.remove(at).is_some())
    }

    /// Takes the first thread out.
    pub fn take_first(&mut self) -> Option<Value> {
        self.0.pop_front()
    }
}

/// Finds the line in the object it belongs to.
pub type LineOf = fn(&mut Heap, Value) -> Option<&mut WaitLine>;

/// Native part of a Mutex.
pub struct MutexData {
    owner: Value,
    fiber: Value,
    line: WaitLine,
}

impl Default for MutexData {
    fn default() -> Self {
        MutexData { owner: Value::NIL, fiber: Value::NIL, line: WaitLine::default() }
    }
}

impl NativeData for MutexData {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.values(&[self.owner, self.fiber]);
        self.line.trace(tracer);
    }

    /// Who holds it and who waits is of this process: others get a free one, and loading it again changes nothing.
    fn save(&self) -> Option<Vec<u8>> {
        Some(Vec::new())
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        state.is_empty()
    }
}

fn mutex_line(heap: &mut Heap, mutex: Value) -> Option<&mut WaitLine> {
    RData::new(mutex)?.change::<MutexData>(heap).map(|data| &mut data.line)
}

impl Vm {
    /// Waits in the line of an object. A thread that is interrupted after its turn came passes the turn on.
    pub fn wait_in_line(&mut self, object: Value, line_of: LineOf, wait: Wait) -> RResult<()> {
        let me = self.waiter()?;
        if let Some(line) = line_of(&mut self.heap, object) {
            line.join(me);
        }
        let result = self.wait_for(object, wait);
        let left = line_of(&mut self.heap, object).is_none_or(|line| line.leave(me));
        if !left && result.is_err() {
            self.pass_on(object, line_of);
        }
        result
    }

    /// Whose turn came while something was raised wakes the next one.
    pub fn pass_on(&mut self, object: Value, line_of: LineOf) {
        let pending = std::mem::take(&mut self.pending);
        let _ = self.wake_next(object, line_of);
        self.pending = pending;
    }

    /// Wakes the first of the line of an object; false when nobody waits.
    pub fn wake_next(&mut self, object: Value, line_of: LineOf) -> RResult<bool> {
        match line_of(&mut self.heap, object).and_then(WaitLine::take_first) {
            Some(waiter) => self.wake(waiter, object).map(|()| true),
            None => Ok(false),
        }
    }

    /// Wakes all of the line of an object.
    pub fn wake_all(&mut self, object: Value, line_of: LineOf) -> RResult<()> {
        while self.wake_next(object, line_of)? {}
        Ok(())
    }

    fn mutex_data(&mut self, mutex: Value) -> RResult<&mut MutexData> {
        self.native::<MutexData>(mutex, "mutex")
    }

    fn own_data(&mut self) -> Option<&mut ThreadData> {
        self.thread_change(self.current_thread())
    }

    /// Takes the mutex if it is free.
    pub fn mutex_try_lock(&mut self, mutex: Value) -> RResult<bool> {
        let fiber = self.current_fiber();
        let me = self.current_thread();
        let data = self.mutex_data(mutex)?;
        if !data.owner.is_nil() {
            return Ok(false);
        }
        (data.owner, data.fiber) = (me, fiber);
        if let Some(own) = self.own_data() {
            own.held.push(mutex);
        }
        Ok(true)
    }

    /// Takes the mutex, waiting for it.
    pub fn mutex_lock(&mut self, mutex: Value) -> RResult<()> {
        while !self.mutex_try_lock(mutex)? {
            self.check_recursive_lock(mutex)?;
            let own = self.own_data();
            if let Some(own) = own {
                own.wanted = mutex;
            }
            let waited = self.wait_in_line(mutex, mutex_line, Wait::Deadly);
            if let Some(own) = self.own_data() {
                own.wanted = Value::NIL;
            }
            waited?;
        }
        Ok(())
    }

    fn check_recursive_lock(&mut self, mutex: Value) -> RResult<()> {
        if self.threads.in_trap && self.current_thread() == self.main_thread() {
            return Err(self.thread_error("can't be called from trap context"));
        }
        let fiber = self.current_fiber();
        let me = self.current_thread();
        let data = self.mutex_data(mutex)?;
        if data.fiber == fiber {
            return Err(self.thread_error("deadlock; recursive locking"));
        }
        if data.owner == me && self.current_scheduler()?.is_none() {
            return Err(self.thread_error("deadlock; lock already owned by another fiber belonging to the same thread"));
        }
        Ok(())
    }

    /// Takes the mutex whatever happens meanwhile.
    fn mutex_lock_masked(&mut self, mutex: Value) {
        let me = self.current_thread();
        while matches!(self.mutex_try_lock(mutex), Ok(false)) {
            if let Some(line) = mutex_line(&mut self.heap, mutex) {
                line.join(me);
            }
            self.wait_masked(Wait::Deadly);
            if let Some(line) = mutex_line(&mut self.heap, mutex) {
                line.leave(me);
            }
        }
    }

    /// Gives the mutex back. ThreadError when it is not this fiber's.
    pub fn mutex_unlock(&mut self, mutex: Value) -> RResult<()> {
        let fiber = self.current_fiber();
        let data = self.mutex_data(mutex)?;
        if data.owner.is_nil() {
            return Err(self.thread_error("Attempt to unlock a mutex which is not locked"));
        }
        if data.fiber != fiber {
            return Err(self.thread_error("Attempt to unlock a mutex which is locked by another thread/fiber"));
        }
        if let Some(own) = self.own_data() {
            own.held.retain(|&other| other != mutex);
        }
        let data = self.mutex_data(mutex)?;
        (data.owner, data.fiber) = (Value::NIL, Value::NIL);
        self.wake_next(mutex, mutex_line)?;
        Ok(())
    }

    /// The owner is gone: the next one may take the mutex.
    pub(super) fn abandon_mutex(&mut self, mutex: Value) {
        if let Ok(data) = self.mutex_data(mutex) {
            (data.owner, data.fiber) = (Value::NIL, Value::NIL);
            self.pass_on(mutex, mutex_line);
        }
    }

    /// Is it locked?
    pub fn mutex_is_locked(&mut self, mutex: Value) -> RResult<bool> {
        Ok(!self.mutex_data(mutex)?.owner.is_nil())
    }

    /// Does the running fiber have it?
    pub fn mutex_is_owned(&mut self, mutex: Value) -> RResult<bool> {
        let fiber = self.current_fiber();
        Ok(self.mutex_data(mutex)?.fiber == fiber)
    }

    /// Gives the mutex back, sleeps, takes it again. Was the thread woken before the time?
    pub fn mutex_sleep(&mut self, mutex: Value, until: Option<Instant>) -> RResult<bool> {
        self.mutex_unlock(mutex)?;
        let waited = self.wait_for(mutex, until.map_or(Wait::Deadly, Wait::Until));
        let pending = std::mem::take(&mut self.pending);
        let has_scheduler = self.current_scheduler()?.is_some();
        if has_scheduler {
            self.mutex_lock(mutex)?
        } else {
            self.mutex_lock_masked(mutex)
        }
        self.pending = pending;
        match waited {
            Ok(()) => Ok(until.is_none_or(|until| Instant::now() < until)),
            Err(Raised) => Err(Raised),
        }
    }
}
