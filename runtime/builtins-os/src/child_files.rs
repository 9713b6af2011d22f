//! The descriptors that a child process gets: what the redirections of `spawn` and its relatives name.

use crate::errors::check;
use crate::file_name::FileName;
use crate::io::{open_io, second_file};
use crate::sys::ChildSetup;
use std::os::fd::OwnedFd;
use vm::{Keywords, RArray, RResult, RString, Value, Vm};

/// Adds a redirection: `key => target`.
pub fn redirect(vm: &mut Vm, key: Value, target: Value, setup: &mut ChildSetup) -> RResult<()> {
    let mut numbers = Vec::new();
    match RArray::new(key) {
        Some(list) => {
            for &key in vm.roots.values(list.as_slice(&vm.heap)).iter() {
                numbers.push(stream_number(vm, key, "wrong exec redirect")?);
            }
        }
        None => numbers.push(stream_number(vm, key, "wrong exec option")?),
    }
    for (index, number) in numbers.iter().enumerate() {
        let known = setup.connected.iter().any(|(known, _)| known == number) || setup.copied.iter().any(|(known, _)| known == number);
        if known || numbers[..index].contains(number) {
            return Err(vm.argument_error(&format!("fd {number} specified twice")));
        }
    }
    if let Some(source) = child_stream(vm, target)? {
        setup.copied.extend(numbers.iter().map(|&number| (number, source)));
        return Ok(());
    }
    let writes = !numbers.is_empty() && numbers.iter().all(|number| matches!(number, 1 | 2));
    let opened = descriptor(vm, target, writes)?;
    for &number in &numbers {
        let copy = opened.as_ref().map(OwnedFd::try_clone).transpose();
        setup.connected.push((number, check(vm, copy, "")?));
    }
    Ok(())
}

/// The number of a stream: itself, a name or an IO.
fn stream_number(vm: &mut Vm, key: Value, otherwise: &str) -> RResult<i32> {
    let named = key.as_symbol().and_then(|name| ["in", "out", "err"].iter().position(|&known| vm.symbols.text(name) == known));
    if let Some(number) = named {
        return Ok(number as i32);
    }
    if key.as_fixnum().is_some() {
        return match vm.to_i64(key)? {
            number if number < 0 => Err(vm.argument_error("negative file descriptor")),
            number => Ok(number as i32),
        };
    }
    let io = if RString::new(key).is_some() || key.is_symbol() { None } else { vm.call_if_responds(key, vm::sym::TO_IO, &[])? };
    match io {
        Some(io) => Ok(open_io(vm, io)?.fileno().unwrap_or(-1)),
        None => Err(vm.argument_error(otherwise)),
    }
}

/// The stream of the child's own that `[:child, stream]` names.
fn child_stream(vm: &mut Vm, target: Value) -> RResult<Option<i32>> {
    let child = vm.symbol("child");
    let Some(pair) = RArray::new(target).filter(|pair| pair.len() == 2 && pair.get(0) == Some(child)) else { return Ok(None) };
    stream_number(vm, pair.get(1).unwrap_or(Value::NIL), "wrong exec redirect").map(Some)
}

/// The descriptor that the child is to have; None to close it.
fn descriptor(vm: &mut Vm, target: Value, writes: bool) -> RResult<Option<OwnedFd>> {
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
        return if number < 0 { Err(vm.argument_error("negative file descriptor")) } else { numbered(vm, number) };
    }
    if let Some(list) = RArray::new(target) {
        return open_file(vm, list.get(0).unwrap_or(Value::NIL), list.get(1), list.get(2)).map(Some);
    }
    if RString::new(target).is_some() {
        let mode = vm.str(if writes { "w" } else { "r" });
        return open_file(vm, target, Some(mode), None).map(Some);
    }
    if let Some(io) = vm.call_if_responds(target, vm::sym::TO_IO, &[])? {
        return Ok(Some(second_file(vm, io, "")?.into()));
    }
    if vm.call_if_responds(target, vm::sym::TO_PATH, &[])?.is_some() {
        let mode = vm.str(if writes { "w" } else { "r" });
        return open_file(vm, target, Some(mode), None).map(Some);
    }
    Err(vm.argument_error("wrong exec redirect action"))
}

/// Opens a file for the child.
fn open_file(vm: &mut Vm, path: Value, mode: Option<Value>, permission: Option<Value>) -> RResult<OwnedFd> {
    let path = FileName::of(vm.to_path(path)?);
    let mut how = crate::io::opening(vm, mode, permission, Keywords::NONE)?;
    if permission.is_none() {
        how.permission = 0o644;
    }
    how.open_file(vm, &path)
}

fn numbered(vm: &mut Vm, number: i64) -> RResult<Option<OwnedFd>> {
    let copy = crate::sys::copy_of(number as i32, 0);
    check(vm, copy, "dup2").map(Some)
}
