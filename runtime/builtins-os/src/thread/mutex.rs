//! Thread::Mutex and Thread::ConditionVariable.

use heap::{Heap, Tracer};
use macros::ruby_methods;
use objects::{NativeData, RData};
use std::time::Instant;
use vm::thread::{MutexData, WaitLine};
use vm::{RClass, RResult, Value, Vm};

pub fn allocate_mutex(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::new(MutexData::default())))
}

pub fn allocate_condition(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::new(ConditionData::default())))
}

/// Mutex; `synchronize` is in the prelude.
pub struct Mutexes;

#[ruby_methods("Thread::Mutex")]
impl Mutexes {
    #[method("lock")]
    fn lock(vm: &mut Vm, this: Value) -> RResult {
        if vm.threads.in_trap && vm.current_thread() == vm.main_thread() {
            return Err(vm.thread_error("can't be called from trap context"));
        }
        vm.mutex_lock(this)?;
        Ok(this)
    }

    #[method("try_lock")]
    fn try_lock(vm: &mut Vm, this: Value) -> RResult<bool> {
        vm.mutex_try_lock(this)
    }

    #[method("unlock")]
    fn unlock(vm: &mut Vm, this: Value) -> RResult {
        vm.mutex_unlock(this)?;
        Ok(this)
    }

    #[method("locked?")]
    fn is_locked(vm: &mut Vm, this: Value) -> RResult<bool> {
        vm.mutex_is_locked(this)
    }

    #[method("owned?")]
    fn is_owned(vm: &mut Vm, this: Value) -> RResult<bool> {
        vm.mutex_is_owned(this)
    }

    /// Gives the mutex back and sleeps; seconds slept, nil when the time was over.
    #[method("sleep")]
    fn sleep(vm: &mut Vm, this: Value, timeout: Option<Value>) -> RResult {
        let seconds = match timeout.filter(|timeout| !timeout.is_nil()) {
            Some(timeout) => Some(super::interval(vm, timeout)?),
            None => None,
        };
        let start = Instant::now();
        let woken = vm.mutex_sleep(this, seconds.map(super::after))?;
        let slept = start.elapsed().as_secs_f64().round() as i64;
        Ok(if woken { Value::small(slept) } else { Value::NIL })
    }
}

/// Native part of a ConditionVariable.
#[derive(Default)]
pub struct ConditionData(WaitLine);

impl NativeData for ConditionData {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }

    /// Who waits is of this process.
    fn save(&self) -> Option<Vec<u8>> {
        Some(Vec::new())
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        state.is_empty()
    }
}

fn line(heap: &mut Heap, condition: Value) -> Option<&mut WaitLine> {
    RData::new(condition)?.change::<ConditionData>(heap).map(|data| &mut data.0)
}

/// ConditionVariable.
pub struct Conditions;

#[ruby_methods("Thread::ConditionVariable")]
impl Conditions {
    /// `condition.wait(mutex, timeout = nil)`: sleeps by the mutex's own `sleep`.
    #[method("wait")]
    fn wait(vm: &mut Vm, this: Value, mutex: Value, timeout: Option<Value>) -> RResult {
        vm.native::<ConditionData>(this, "Thread::ConditionVariable")?;
        let me = vm.waiter()?;
        if let Some(line) = line(&mut vm.heap, this) {
            line.join(me);
        }
        let result = vm.send(mutex, "sleep", &[timeout.unwrap_or(Value::NIL)]);
        let left = line(&mut vm.heap, this).is_none_or(|line| line.leave(me));
        if !left && result.is_err() {
            // The signal that reached this thread belongs to the next one.
            vm.pass_on(this, line);
        }
        result
    }

    #[method("signal")]
    fn signal(vm: &mut Vm, this: Value) -> RResult {
        vm.native::<ConditionData>(this, "Thread::ConditionVariable")?;
        vm.wake_next(this, line)?;
        Ok(this)
    }

    #[method("broadcast")]
    fn broadcast(vm: &mut Vm, this: Value) -> RResult {
        vm.native::<ConditionData>(this, "Thread::ConditionVariable")?;
        vm.wake_all(this, line)?;
        Ok(this)
    }

    #[method("marshal_dump")]
    fn dump(vm: &mut Vm, this: Value) -> RResult {
        let name = vm.class_name_of(this);
        Err(vm.type_error(&format!("can't dump {name}")))
    }
}
