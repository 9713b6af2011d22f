//! The descriptors that a child process gets: what the redirections of `spawn` and its relatives name.

use crate::errors::check;
use crate::io::{open_io, second_file};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use vm::{Keywords, RArray, RResult, RString, Value, Vm};

/// The descriptor number that a key of the options stands for.
pub fn stream_number(vm: &mut Vm, key: Value) -> RResult<i64> {
    match key.as_fixnum() {
        Some(number) => Ok(number),
        None => Ok(i64::from(open_io(vm, key)?.fileno().unwrap_or(-1))),
    }
}

/// What a standard stream of the child is connected with.
pub fn redirection(vm: &mut Vm, target: Value, writing: bool) -> RResult<Stdio> {
    Ok(match descriptor(vm, target, writing)? {
        Some(descriptor) => descriptor.into(),
        None => Stdio::null(),
    })
}

/// The descriptor that the child is to have; None to close it.
pub fn descriptor(vm: &mut Vm, target: Value, writing: bool) -> RResult<Option<OwnedFd>> {
    if let Some(symbol) = target.as_symbol() {
        let name = vm.symbols.text(symbol).into_owned();
        return match name.as_str() {
            "close" => Ok(None),
            "in" => numbered(vm, 0),
            "out" => numbered(vm, 1),
            "err" => numbered(vm, 2),
            _ => Err(vm.argument_error(&format!("wrong exec redirect symbol: {name}"))),
        };
    }
    if let Some(number) = target.as_fixnum() {
        return numbered(vm, number);
    }
    let (path, mode) = match RArray::new(target) {
        Some(pair) if pair.get(0).and_then(Value::as_symbol).is_some() => return descriptor(vm, pair.get(1).unwrap_or(Value::NIL), writing),
        Some(pair) => (pair.get(0).unwrap_or(Value::NIL), pair.get(1)),
        None => (target, None),
    };
    if RString::new(path).is_none() {
        return Ok(Some(second_file(vm, path, "")?.into()));
    }
    let mode = match mode {
        Some(mode) => mode,
        None => vm.str(if writing { "w" } else { "r" }),
    };
    let how = crate::io::opening(vm, Some(mode), None, Keywords::new(None))?;
    let path = vm.to_path(path)?.to_text();
    let mut data = how.open(vm, &path)?;
    Ok(data.file.take().map(OwnedFd::from))
}

fn numbered(vm: &mut Vm, number: i64) -> RResult<Option<OwnedFd>> {
    let copy = crate::sys::copy_of(number as i32, 0);
    check(vm, copy, "dup2").map(Some)
}
