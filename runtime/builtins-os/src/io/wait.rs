//! IO#wait and its kin: waiting for what a stream is ready for.

use super::data::open_io;
use super::read::readable;
use super::write::writable;
use crate::process::{READABLE, URGENT, WRITABLE};
use macros::ruby_methods;
use vm::thread::Watched;
use vm::{RResult, Value, Vm};

/// What `poll` reports besides what it was asked for: an error, the other end's hanging up.
const ENDED: u16 = 8 | 16;

/// What a call waits for.
struct Wanted {
    events: u16,
    timeout: Option<Value>,
    /// Is the answer the stream rather than the events?
    gives_stream: bool,
}

impl Wanted {
    /// From arguments that are modes and a timeout in any order.
    fn from_modes(vm: &mut Vm, args: &[Value]) -> RResult<Wanted> {
        let mut wanted = Wanted { events: 0, timeout: None, gives_stream: true };
        for &arg in args {
            match arg.as_symbol() {
                Some(mode) => wanted.events |= mode_events(vm, mode)?,
                None if wanted.timeout.is_some() => return Err(vm.argument_error("timeout given more than once")),
                None => wanted.timeout = Some(arg),
            }
        }
        if wanted.events == 0 {
            wanted.events = READABLE;
        }
        Ok(wanted)
    }

    /// From a number of events and a timeout.
    fn from_events(vm: &mut Vm, events: Value, timeout: Value) -> RResult<Wanted> {
        let number = vm.to_i64(events)?;
        if number <= 0 {
            return Err(vm.argument_error("Events must be positive integer!"));
        }
        let known = number as u16 & (READABLE | URGENT | WRITABLE);
        Ok(Wanted { events: known, timeout: Some(timeout), gives_stream: false })
    }
}

fn mode_events(vm: &mut Vm, mode: vm::Symbol) -> RResult<u16> {
    let mode = vm.symbols.text(mode).into_owned();
    match mode.as_str() {
        "r" | "read" | "readable" => Ok(READABLE),
        "w" | "write" | "writable" => Ok(WRITABLE),
        "rw" | "read_write" | "readable_writable" => Ok(READABLE | WRITABLE),
        _ => Err(vm.argument_error(&format!("unsupported mode: {mode}"))),
    }
}

/// Waits. Bytes that were read ahead are there at once.
fn wait(vm: &mut Vm, this: Value, wanted: Wanted) -> RResult {
    let data = open_io(vm, this)?;
    if wanted.events & READABLE != 0 && !data.buffered().is_empty() {
        return Ok(if wanted.gives_stream { Value::TRUE } else { Value::small(i64::from(READABLE)) });
    }
    let number = data.descriptor(wanted.events == WRITABLE);
    if let Some(scheduler) = vm.current_scheduler()? {
        let events = Value::small(i64::from(wanted.events));
        let ready = vm.send(scheduler, "io_wait", &[this, events, wanted.timeout.unwrap_or(Value::NIL)])?;
        return Ok(if !ready.truthy() {
            Value::NIL
        } else if wanted.gives_stream {
            this
        } else {
            ready
        });
    }
    let until = match wanted.timeout.filter(|timeout| !timeout.is_nil()) {
        Some(timeout) => Some(crate::thread::after(crate::thread::interval(vm, timeout)?)),
        None => None,
    };
    let mut watched = vec![Watched { number, events: wanted.events, ready: 0 }];
    vm.wait_for_descriptors(&mut watched, until)?;
    let reported = watched.first().map_or(0, |watched| watched.ready);
    // Who waits for the end of a stream learns of it by reading or writing.
    let ready = if reported & ENDED != 0 { reported | READABLE | WRITABLE } else { reported } & wanted.events;
    Ok(match ready {
        0 => Value::NIL,
        _ if wanted.gives_stream => this,
        _ => Value::small(i64::from(ready)),
    })
}

/// Methods of IO.
pub struct Wait;

#[ruby_methods("IO")]
impl Wait {
    /// `wait(events, timeout)` answers the events that came, `wait(timeout, mode, ...)` the stream.
    #[method("wait")]
    fn wait(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        let wanted = match *args {
            [events, timeout] if events.as_symbol().is_none() && timeout.as_symbol().is_none() => Wanted::from_events(vm, events, timeout)?,
            _ => Wanted::from_modes(vm, args)?,
        };
        wait(vm, this, wanted)
    }

    #[method("wait_readable")]
    fn wait_readable(vm: &mut Vm, this: Value, timeout: Option<Value>) -> RResult {
        readable(vm, this)?;
        wait(vm, this, Wanted { events: READABLE, timeout, gives_stream: true })
    }

    #[method("wait_writable")]
    fn wait_writable(vm: &mut Vm, this: Value, timeout: Option<Value>) -> RResult {
        writable(vm, this)?;
        wait(vm, this, Wanted { events: WRITABLE, timeout, gives_stream: true })
    }

    #[method("wait_priority")]
    fn wait_priority(vm: &mut Vm, this: Value, timeout: Option<Value>) -> RResult {
        if !readable(vm, this)?.buffered().is_empty() {
            return Ok(Value::TRUE);
        }
        wait(vm, this, Wanted { events: URGENT, timeout, gives_stream: true })
    }
}
