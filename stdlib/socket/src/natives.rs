//! What BasicSocket's methods in Ruby are made of. Calls that would wait let other threads run, or answer nil where the caller
//! does not want to wait.

use crate::sys::{self, Control, Message};
use builtins_os::{Mode, io_data, open_io, raise_io};
use macros::ruby_methods;
use std::fs::File;
use std::io::{Error, ErrorKind};
use std::os::fd::{OwnedFd, RawFd};
use text::Encoding;
use vm::{RArray, RClass, RResult, RString, Value, Vm};

const READABLE: u16 = libc::POLLIN as u16;
const WRITABLE: u16 = libc::POLLOUT as u16;

/// Where classes and sockets keep whether names of hosts are not looked up.
const NO_REVERSE_LOOKUP: &str = "do_not_reverse_lookup ";

/// Makes an IO that of a socket.
fn adopt(vm: &mut Vm, socket: Value, descriptor: OwnedFd) -> RResult<()> {
    let data = io_data(vm, socket)?;
    data.file = Some(File::from(descriptor));
    data.mode = Mode(Mode::READ | Mode::WRITE | Mode::BINARY);
    data.external = Some(Encoding::BINARY);
    data.is_initialized = true;
    data.sync = true;
    data.is_socket = true;
    let (class, name) = (vm.class_at("BasicSocket"), vm.intern(NO_REVERSE_LOOKUP));
    let value = vm.hidden(class, name).unwrap_or(Value::TRUE);
    vm.set_hidden(socket, name, value);
    Ok(())
}

/// A socket of a class around a descriptor.
fn make(vm: &mut Vm, class: Value, descriptor: OwnedFd) -> RResult {
    let Some(class) = RClass::new(class) else { return Err(vm.wrong_type(class, "Class")) };
    let socket = vm.allocate(class)?;
    adopt(vm, socket, descriptor)?;
    Ok(socket)
}

fn descriptor(vm: &mut Vm, socket: Value) -> RResult<RawFd> {
    Ok(open_io(vm, socket)?.descriptor(false))
}

fn check<T>(vm: &mut Vm, result: std::io::Result<T>, what: &str) -> RResult<T> {
    result.map_err(|error| raise_io(vm, &error, what))
}

/// Runs a call until it need not wait; None when it would have to and the caller does not want that.
fn patiently<T>(vm: &mut Vm, socket: Value, events: u16, waits: bool, what: &str, call: impl Fn(RawFd) -> std::io::Result<T>) -> RResult<Option<T>> {
    loop {
        let number = descriptor(vm, socket)?;
        match call(number) {
            Err(error) if error.kind() == ErrorKind::WouldBlock && !waits => return Ok(None),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                vm.wait_for_descriptor(number, events, None)?;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => vm.poll_interrupts()?,
            result => return check(vm, result, what).map(Some),
        }
    }
}

fn bytes(vm: &mut Vm, bytes: &[u8]) -> RResult {
    vm.try_string(bytes, Encoding::BINARY)
}

/// A size of a buffer; ArgumentError for a negative one.
fn size(vm: &mut Vm, value: Value) -> RResult<usize> {
    let size = vm.to_i64(value)?;
    let Ok(size) = usize::try_from(size) else { return Err(vm.argument_error("negative length")) };
    vm.room_for(size)?;
    Ok(size)
}

/// Level, type and data of each entry.
fn controls_of(vm: &mut Vm, list: RArray) -> RResult<Vec<Control>> {
    let list = vm.roots.values(list.as_slice(&vm.heap));
    let mut controls = Vec::with_capacity(list.len());
    for &entry in list.iter() {
        let entry = vm.to_ary(entry)?;
        let [level, kind, data] = [0, 1, 2].map(|index| entry.get(index).unwrap_or(Value::NIL));
        let (level, kind, data) = (vm.to_i32(level)?, vm.to_i32(kind)?, vm.to_str(data)?);
        controls.push(Control { level, kind, data: data.bytes().to_vec() });
    }
    Ok(controls)
}

/// Bytes, address, flags, and level, type and data of each control.
fn message_parts(vm: &mut Vm, message: &Message) -> RResult {
    let controls = vm.new_array();
    for control in &message.controls {
        let parts = [vm.int(control.level.into()), vm.int(control.kind.into()), bytes(vm, &control.data)?];
        let parts = vm.array(&parts);
        vm.push(controls, parts)?;
    }
    let parts = [bytes(vm, &message.bytes)?, bytes(vm, &message.address)?, vm.int(message.flags.into()), controls.value()];
    Ok(vm.array(&parts))
}

/// Making sockets.
pub struct Making;

#[ruby_methods("BasicSocket")]
impl Making {
    #[method("__open", private)]
    fn open(vm: &mut Vm, this: Value, family: i64, kind: i64, protocol: i64) -> RResult {
        let made = sys::socket(family as i32, kind as i32, protocol as i32);
        let made = check(vm, made, "socket(2)")?;
        adopt(vm, this, made)?;
        Ok(this)
    }

    #[singleton("__pair", private)]
    fn pair(vm: &mut Vm, class: Value, family: i64, kind: i64, protocol: i64) -> RResult {
        let pair = sys::pair(family as i32, kind as i32, protocol as i32);
        let [first, second] = check(vm, pair, "socketpair(2)")?;
        let pair = [make(vm, class, first)?, make(vm, class, second)?];
        Ok(vm.array(&pair))
    }

    /// A socket around a descriptor that the program has the number of.
    #[singleton("for_fd")]
    fn for_descriptor(vm: &mut Vm, class: Value, number: Value) -> RResult {
        let number = vm.to_i32(number)?;
        let prepared = sys::is_socket(number).and_then(|()| sys::set_nonblocking(number));
        check(vm, prepared, "")?;
        let descriptor = sys::received_descriptor(number);
        make(vm, class, descriptor)
    }

    /// The next connection, as a socket of a class, and where it comes from.
    #[method("__accept", private)]
    fn accept(vm: &mut Vm, this: Value, class: Value, waits: bool) -> RResult {
        let Some((descriptor, address)) = patiently(vm, this, READABLE, waits, "accept(2)", sys::accept)? else { return Ok(Value::NIL) };
        let socket = if class.is_nil() { vm.int(std::os::fd::IntoRawFd::into_raw_fd(descriptor).into()) } else { make(vm, class, descriptor)? };
        let address = bytes(vm, &address)?;
        Ok(vm.array(&[socket, address]))
    }
}

/// Addresses of sockets.
pub struct Addresses;

#[ruby_methods("BasicSocket")]
impl Addresses {
    /// True when it is connected, nil when that takes longer than until the time given, or than the caller waits.
    #[method("__connect", private)]
    fn connect(vm: &mut Vm, this: Value, address: RString, what: RString, waits: bool, seconds: Value) -> RResult {
        let (address, what) = (address.bytes().to_vec(), what.to_text());
        let number = descriptor(vm, this)?;
        match sys::connect(number, &address) {
            Ok(()) => return Ok(Value::TRUE),
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EINTR | libc::EAGAIN)) => {}
            Err(error) => return Err(raise_io(vm, &error, &what)),
        }
        if !waits {
            return Ok(Value::NIL);
        }
        let until = if seconds.is_nil() { None } else { Some(vm.to_f64(seconds)?) };
        let until = until.map(|seconds| std::time::Instant::now() + std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default());
        if !vm.wait_for_descriptor(number, WRITABLE, until)? {
            return Ok(Value::NIL);
        }
        let number = descriptor(vm, this)?;
        let state = sys::option(number, libc::SOL_SOCKET, libc::SO_ERROR, 4);
        let state = check(vm, state, &what)?;
        match state.try_into().map(i32::from_ne_bytes) {
            Ok(0) | Err(_) => Ok(Value::TRUE),
            Ok(number) => Err(raise_io(vm, &Error::from_raw_os_error(number), &what)),
        }
    }

    #[method("__bind", private)]
    fn bind(vm: &mut Vm, this: Value, address: RString, what: RString) -> RResult<i64> {
        let number = descriptor(vm, this)?;
        let bound = sys::bind(number, address.bytes());
        check(vm, bound, &what.to_text())?;
        Ok(0)
    }

    #[method("__listen", private)]
    fn listen(vm: &mut Vm, this: Value, backlog: Value) -> RResult<i64> {
        let (number, backlog) = (descriptor(vm, this)?, vm.to_i32(backlog)?);
        check(vm, sys::listen(number, backlog), "listen(2)")?;
        Ok(0)
    }

    #[method("getsockname")]
    fn local(vm: &mut Vm, this: Value) -> RResult {
        let number = descriptor(vm, this)?;
        let address = check(vm, sys::local_address(number), "getsockname(2)")?;
        bytes(vm, &address)
    }

    #[method("getpeername")]
    fn remote(vm: &mut Vm, this: Value) -> RResult {
        let number = descriptor(vm, this)?;
        let address = check(vm, sys::remote_address(number), "getpeername(2)")?;
        bytes(vm, &address)
    }
}

/// Options and directions.
pub struct Options;

#[ruby_methods("BasicSocket")]
impl Options {
    #[method("__getsockopt", private)]
    fn option(vm: &mut Vm, this: Value, level: i64, name: i64, room: i64) -> RResult {
        let number = descriptor(vm, this)?;
        let value = sys::option(number, level as i32, name as i32, room as usize);
        let value = check(vm, value, "getsockopt(2)")?;
        bytes(vm, &value)
    }

    #[method("__setsockopt", private)]
    fn set_option(vm: &mut Vm, this: Value, level: i64, name: i64, value: RString) -> RResult<i64> {
        let number = descriptor(vm, this)?;
        let set = sys::set_option(number, level as i32, name as i32, value.bytes());
        check(vm, set, "setsockopt(2)")?;
        Ok(0)
    }

    #[method("__shutdown", private)]
    fn shutdown(vm: &mut Vm, this: Value, how: i64) -> RResult<i64> {
        let number = descriptor(vm, this)?;
        check(vm, sys::shutdown(number, how as i32), "shutdown(2)")?;
        Ok(0)
    }

    /// Ends one direction; true when the other one has ended before.
    #[method("__end", private)]
    fn end(vm: &mut Vm, this: Value, writing: bool) -> RResult<bool> {
        let data = open_io(vm, this)?;
        let (own, other, how) = if writing { (Mode::WRITE, Mode::READ, libc::SHUT_WR) } else { (Mode::READ, Mode::WRITE, libc::SHUT_RD) };
        let (has_other, was_open) = (data.mode.has(other), data.mode.has(own));
        if !has_other {
            return Ok(true);
        }
        data.mode.0 &= !own;
        let number = data.descriptor(false);
        if was_open {
            // The other end may have gone already, which ends both directions.
            let _ = sys::shutdown(number, how);
        }
        Ok(false)
    }

    /// Has anything been read ahead for `gets` and its like?
    #[method("__buffered?", private)]
    fn is_buffered(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(!open_io(vm, this)?.buffered().is_empty())
    }
}

/// Whether `addr` and its like leave the names of hosts alone: a setting of the class that each socket begins with.
pub struct Lookup;

#[ruby_methods("BasicSocket")]
impl Lookup {
    #[singleton("do_not_reverse_lookup")]
    fn class_setting(vm: &mut Vm, _this: Value) -> Value {
        let (class, name) = (vm.class_at("BasicSocket"), vm.intern(NO_REVERSE_LOOKUP));
        vm.hidden(class, name).unwrap_or(Value::TRUE)
    }

    #[singleton("do_not_reverse_lookup=")]
    fn set_class_setting(vm: &mut Vm, _this: Value, value: Value) -> Value {
        let (class, name) = (vm.class_at("BasicSocket"), vm.intern(NO_REVERSE_LOOKUP));
        vm.set_hidden(class, name, Value::bool(value.truthy()));
        value
    }

    #[method("do_not_reverse_lookup")]
    fn setting(vm: &mut Vm, this: Value) -> RResult {
        open_io(vm, this)?;
        let name = vm.intern(NO_REVERSE_LOOKUP);
        Ok(vm.hidden(this, name).unwrap_or(Value::TRUE))
    }

    #[method("do_not_reverse_lookup=")]
    fn set_setting(vm: &mut Vm, this: Value, value: Value) -> RResult {
        open_io(vm, this)?;
        let name = vm.intern(NO_REVERSE_LOOKUP);
        vm.set_hidden(this, name, Value::bool(value.truthy()));
        Ok(value)
    }
}

/// Messages.
pub struct Messages;

#[ruby_methods("BasicSocket")]
impl Messages {
    /// How many bytes were taken.
    #[method("__send", private)]
    #[expect(clippy::too_many_arguments, reason = "the parts of a message")]
    fn send(vm: &mut Vm, this: Value, message: RString, flags: i64, address: RString, controls: RArray, what: RString, waits: bool) -> RResult {
        vm.room_for(message.len())?;
        let (message, address, what) = (message.bytes().to_vec(), address.bytes().to_vec(), what.to_text());
        let controls = controls_of(vm, controls)?;
        let call = |number| sys::send(number, &message, flags as i32, &address, &controls);
        let count = patiently(vm, this, WRITABLE, waits, &what, call)?;
        Ok(count.map_or(Value::NIL, |count| Value::small(count as i64)))
    }

    /// Bytes, address, flags and control data.
    #[method("__receive", private)]
    fn receive(vm: &mut Vm, this: Value, length: Value, flags: i64, control_length: Value, what: RString, waits: bool) -> RResult {
        let (length, control_length, what) = (size(vm, length)?, size(vm, control_length)?, what.to_text());
        let call = |number| sys::receive(number, length, flags as i32, control_length);
        match patiently(vm, this, READABLE, waits, &what, call)? {
            Some(message) => message_parts(vm, &message),
            None => Ok(Value::NIL),
        }
    }
}
