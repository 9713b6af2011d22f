//! The clocks of Process: those of the system by number, and those that CRuby makes from older calls, by name.

use crate::errors::check;
use macros::ruby_methods;
use std::io::Error;
use vm::{RResult, Value, Vm};

const SECOND_NS: i64 = 1_000_000_000;

/// The numbers of the system's clocks.
pub fn init(vm: &mut Vm) {
    let process = vm.core.process;
    for (name, number) in [
        ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
        ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
        ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
        ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
        ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
        ("CLOCK_REALTIME_COARSE", libc::CLOCK_REALTIME_COARSE),
        ("CLOCK_MONOTONIC_COARSE", libc::CLOCK_MONOTONIC_COARSE),
        ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
        ("CLOCK_REALTIME_ALARM", libc::CLOCK_REALTIME_ALARM),
        ("CLOCK_BOOTTIME_ALARM", libc::CLOCK_BOOTTIME_ALARM),
        ("CLOCK_TAI", libc::CLOCK_TAI),
    ] {
        let name = vm.intern(name);
        vm.set_constant_raw(vm.class_view(process), name, Value::small(i64::from(number)));
    }
    vm.define_groups(&[Clocks::GROUP]);
}

/// A clock that CRuby makes from a call with a coarser step: the system clock that it follows, and its step.
fn made_clock(name: &str) -> Option<(i32, i64)> {
    Some(match name {
        "GETTIMEOFDAY_BASED_CLOCK_REALTIME" => (libc::CLOCK_REALTIME, 1_000),
        "TIME_BASED_CLOCK_REALTIME" => (libc::CLOCK_REALTIME, SECOND_NS),
        "TIMES_BASED_CLOCK_MONOTONIC" => (libc::CLOCK_MONOTONIC, SECOND_NS / 100),
        "GETRUSAGE_BASED_CLOCK_PROCESS_CPUTIME_ID" | "CLOCK_BASED_CLOCK_PROCESS_CPUTIME_ID" => (libc::CLOCK_PROCESS_CPUTIME_ID, 1_000),
        "TIMES_BASED_CLOCK_PROCESS_CPUTIME_ID" => (libc::CLOCK_PROCESS_CPUTIME_ID, SECOND_NS / 100),
        _ => return None,
    })
}

/// Reads what is given for a clock: time or step, in seconds and nanoseconds behind.
fn read(vm: &mut Vm, clock: Value, call: &str, ask: fn(i32) -> std::io::Result<(i64, i64)>) -> RResult<(i64, i64)> {
    if let Some(symbol) = clock.as_symbol() {
        let name = vm.symbols.text(symbol).into_owned();
        let made = made_clock(&name).ok_or_else(|| Error::from_raw_os_error(libc::EINVAL));
        let (id, step) = check(vm, made, &format!("{call}(:{name})"))?;
        if call == "clock_getres" {
            return Ok((step / SECOND_NS, step % SECOND_NS));
        }
        let (seconds, nanoseconds) = check(vm, ask(id), call)?;
        return Ok((seconds, if step >= SECOND_NS { 0 } else { nanoseconds - nanoseconds % step }));
    }
    let id = vm.to_i32(clock)?;
    check(vm, ask(id), &format!("{call}({id})"))
}

/// A duration in the unit that is asked for.
fn in_unit(vm: &mut Vm, (seconds, nanoseconds): (i64, i64), unit: Option<Value>) -> RResult {
    let unit = unit.unwrap_or(Value::NIL);
    let name = match unit.as_symbol() {
        Some(symbol) => vm.symbols.text(symbol).into_owned(),
        None if unit == Value::NIL => "float_second".to_string(),
        None => vm.inspect_text(unit)?,
    };
    let total = i128::from(seconds) * i128::from(SECOND_NS) + i128::from(nanoseconds);
    Ok(match name.as_str() {
        "float_second" => vm.float(seconds as f64 + nanoseconds as f64 / 1e9),
        "float_millisecond" => vm.float(total as f64 / 1e6),
        "float_microsecond" => vm.float(total as f64 / 1e3),
        "second" => vm.int(seconds),
        "millisecond" => vm.int((total / 1_000_000) as i64),
        "microsecond" => vm.int((total / 1_000) as i64),
        "nanosecond" => vm.int(total as i64),
        _ => return Err(vm.argument_error(&format!("unexpected unit: {name}"))),
    })
}

/// How often a clock of that step ticks in a second.
fn ticks(vm: &mut Vm, (seconds, nanoseconds): (i64, i64)) -> Value {
    vm.float(1e9 / (seconds as f64 * 1e9 + nanoseconds as f64))
}

/// Time and step of a clock.
pub struct Clocks;

#[ruby_methods("Process")]
impl Clocks {
    #[module_function("clock_gettime")]
    fn clock_gettime(vm: &mut Vm, _this: Value, clock: Value, unit: Option<Value>) -> RResult {
        let time = read(vm, clock, "clock_gettime", crate::sys::clock)?;
        in_unit(vm, time, unit)
    }

    #[module_function("clock_getres")]
    fn clock_getres(vm: &mut Vm, _this: Value, clock: Value, unit: Option<Value>) -> RResult {
        let step = read(vm, clock, "clock_getres", crate::sys::clock_step)?;
        match unit.and_then(Value::as_symbol) {
            Some(symbol) if vm.symbols.text(symbol) == "hertz" => Ok(ticks(vm, step)),
            _ => in_unit(vm, step, unit),
        }
    }
}
