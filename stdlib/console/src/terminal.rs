//! Methods of IO that ask the system about a terminal, or change it.

use crate::mode;
use builtins_os::{copy_of_descriptor, raise_for_stream};
use macros::ruby_methods;
use rustix::io::Result as Answer;
use rustix::termios::{self, OptionalActions, QueueSelector, Winsize};
use std::os::fd::OwnedFd;
use vm::{RResult, Value, Vm};

/// Asks about the terminal that a stream reads from or writes to; what the system says against it is raised.
fn ask<T>(vm: &mut Vm, stream: Value, writes: bool, question: impl FnOnce(&OwnedFd) -> Answer<T>) -> RResult<T> {
    let descriptor = copy_of_descriptor(vm, stream, writes)?;
    question(&descriptor).map_err(|error| raise_for_stream(vm, stream, &error.into()))
}

fn side(vm: &mut Vm, value: Value) -> RResult<u16> {
    if value.is_nil() { Ok(0) } else { Ok(vm.to_i64(value)? as u16) }
}

/// Methods of IO.
pub struct Terminal;

#[ruby_methods("IO")]
impl Terminal {
    #[method("console_mode")]
    fn console_mode(vm: &mut Vm, this: Value) -> RResult {
        let current = ask(vm, this, false, |terminal| termios::tcgetattr(terminal))?;
        Ok(mode::make(vm, current))
    }

    #[method("console_mode=")]
    fn set_console_mode(vm: &mut Vm, this: Value, mode: Value) -> RResult {
        let wanted = mode::termios(vm, mode)?.clone();
        ask(vm, this, false, |terminal| termios::tcsetattr(terminal, OptionalActions::Drain, &wanted))?;
        Ok(mode)
    }

    /// Rows and columns.
    #[method("winsize")]
    fn winsize(vm: &mut Vm, this: Value) -> RResult {
        let size = ask(vm, this, true, |terminal| termios::tcgetwinsize(terminal))?;
        Ok(vm.array(&[size.ws_row, size.ws_col].map(|side| Value::small(i64::from(side)))))
    }

    #[method("winsize=")]
    fn set_winsize(vm: &mut Vm, this: Value, size: Value) -> RResult {
        let list = vm.send(vm.main, "Array", &[size])?;
        let sides = vm::RArray::new(list).map(|list| vm.roots.values(list.as_slice(&vm.heap)));
        let sides = match sides {
            Some(sides) if matches!(sides.len(), 2 | 4) => sides,
            sides => {
                let count = sides.map_or(0, |sides| sides.len());
                return Err(vm.argument_error(&format!("wrong number of arguments (given {count}, expected 2 or 4)")));
            }
        };
        let mut numbers = [0; 4];
        for (number, &value) in numbers.iter_mut().zip(sides.iter()) {
            *number = side(vm, value)?;
        }
        let [ws_row, ws_col, ws_xpixel, ws_ypixel] = numbers;
        ask(vm, this, true, |terminal| termios::tcsetwinsize(terminal, Winsize { ws_row, ws_col, ws_xpixel, ws_ypixel }))?;
        Ok(this)
    }

    /// Forgets what was typed and not read.
    #[method("iflush")]
    fn iflush(vm: &mut Vm, this: Value) -> RResult {
        ask(vm, this, false, |terminal| termios::tcflush(terminal, QueueSelector::IFlush))?;
        Ok(this)
    }

    /// Forgets what was written and not shown.
    #[method("oflush")]
    fn oflush(vm: &mut Vm, this: Value) -> RResult {
        ask(vm, this, true, |terminal| termios::tcflush(terminal, QueueSelector::OFlush))?;
        Ok(this)
    }

    #[method("ioflush")]
    fn ioflush(vm: &mut Vm, this: Value) -> RResult {
        ask(vm, this, false, |terminal| termios::tcflush(terminal, QueueSelector::IOFlush))?;
        Ok(this)
    }

    /// Name of the terminal; nil for what is none.
    #[method("ttyname")]
    fn ttyname(vm: &mut Vm, this: Value) -> RResult {
        let descriptor = copy_of_descriptor(vm, this, false)?;
        if !termios::isatty(&descriptor) {
            return Ok(Value::NIL);
        }
        let name = ask(vm, this, false, |terminal| termios::ttyname(terminal, Vec::new()))?;
        Ok(vm.frozen_string(name.as_bytes(), text::Encoding::US_ASCII))
    }
}
