//! Thread, Thread::Mutex, Thread::Queue, Thread::SizedQueue, Thread::ConditionVariable.

mod class;
mod locals;
mod mutex;
mod queue;

pub use class::sleep_until_woken;
pub use locals::{check_storage, copied, key_of};
use std::time::{Duration, Instant};
use vm::{RClass, RResult, RString, Value, Vm};

/// Classes and methods.
pub fn init(vm: &mut Vm) {
    let (thread, object) = (vm.core.thread, vm.core.object);
    vm.define_portable(queue::PORTABLE);
    vm.set_allocator(thread, |vm, class| Ok(vm.data(class, Box::new(vm::thread::ThreadData::new()))));
    for (name, allocator) in [
        ("Mutex", mutex::allocate_mutex as fn(&mut Vm, RClass) -> RResult),
        ("ConditionVariable", mutex::allocate_condition),
        ("Queue", queue::allocate),
        ("SizedQueue", queue::allocate),
    ] {
        let above = if name == "SizedQueue" { vm.class_at("Thread::Queue") } else { object };
        let class = vm.define_class_under(thread, name, above);
        vm.set_allocator(class, allocator);
        let name = vm.intern(name);
        vm.set_constant_raw(vm.class_view(object), name, class);
    }
    vm.define_groups(&[
        class::Threads::GROUP,
        class::Life::GROUP,
        class::Flags::GROUP,
        class::Primitives::GROUP,
        locals::Locals::GROUP,
        mutex::Mutexes::GROUP,
        mutex::Conditions::GROUP,
        queue::Queues::GROUP,
        queue::SizedQueues::GROUP,
    ]);
}

/// Seconds after which nobody waits any more.
const FAR: f64 = 1e9;

/// The time `seconds` from now; far ahead for what no clock reaches.
pub fn after(seconds: f64) -> Instant {
    let seconds = if seconds.is_nan() { FAR } else { seconds.clamp(0.0, FAR) };
    Instant::now() + Duration::from_secs_f64(seconds)
}

/// A timeout argument: None for none or nil, TypeError for what is no number.
fn timeout(vm: &mut Vm, value: Option<Value>) -> RResult<Option<f64>> {
    match value.filter(|value| !value.is_nil()) {
        None => Ok(None),
        Some(value) if RString::new(value).is_some() => Err(vm.type_error("no implicit conversion of String into Float")),
        Some(Value::TRUE) => Err(vm.type_error("no implicit conversion of true into Float")),
        Some(Value::FALSE) => Err(vm.type_error("no implicit conversion of false into Float")),
        Some(value) => vm.to_f64(value).map(Some),
    }
}

/// How long a `sleep` argument says; errors as CRuby's for what is no time.
pub fn interval(vm: &mut Vm, value: Value) -> RResult<f64> {
    let number = vm.core.numeric;
    if !vm.is_a(value, number) {
        let divmod = vm.intern("divmod");
        if RString::new(value).is_some() || value.is_nil() || !vm.responds_to(value, divmod, false)? {
            let name = vm.class_name_of(value);
            return Err(vm.type_error(&format!("can't convert {name} into time interval")));
        }
        let pair = vm.send(value, "divmod", &[Value::small(1)])?;
        let pair = vm.to_ary(pair)?;
        let whole = pair.get(0).unwrap_or(Value::NIL);
        let part = pair.get(1).unwrap_or(Value::NIL);
        let seconds = vm.to_i64(whole)? as f64 + vm.to_f64(part)?;
        return not_negative(vm, seconds);
    }
    let seconds = vm.to_f64(value)?;
    not_negative(vm, seconds)
}

fn not_negative(vm: &mut Vm, seconds: f64) -> RResult<f64> {
    if seconds.is_nan() {
        return Err(vm.range_error("NaN out of Time range"));
    }
    if seconds < 0.0 {
        return Err(vm.argument_error("time interval must not be negative"));
    }
    Ok(seconds)
}
