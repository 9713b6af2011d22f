//! Whole files: IO.read, IO.write, IO.readlines, IO.foreach, IO.copy_stream.

use super::data::{IoData, Mode, io_data};
use super::open::opening;
use super::read::{LineOptions, fill_to, gets, read_all, string_of};
use crate::errors::{check, raise_errno};
use crate::file_name::FileName;
use macros::ruby_methods;
use std::io::{Seek as _, SeekFrom};
use vm::{Block, Keywords, RArray, RResult, Value, Vm, sym};

/// Whole files.
pub struct Files;

pub fn open_path(vm: &mut Vm, path: Value, keywords: Keywords, default_mode: &str) -> RResult<IoData> {
    let path = FileName::of(vm.to_path(path)?);
    if let Some(given) = keywords.get(vm, "open_args").filter(|given| !given.is_nil()) {
        let given = vm.to_ary(given)?;
        let how = given_opening(vm, given)?;
        return how.open(vm, &path);
    }
    let mode = match keywords.get(vm, "mode") {
        Some(_) => None,
        None => Some(vm.str(default_mode)),
    };
    let how = opening(vm, mode, None, keywords)?;
    how.open(vm, &path)
}

/// `open_args: [mode, permission, options]`
fn given_opening(vm: &mut Vm, given: RArray) -> RResult<super::open::Opening> {
    let mut given = vm.roots.values(given.as_slice(&vm.heap));
    let options = given.last().copied().and_then(vm::RHash::new);
    if options.is_some() {
        given.pop();
    }
    opening(vm, given.first().copied(), given.get(1).copied(), Keywords::new(options))
}

#[ruby_methods("IO")]
impl Files {
    /// `IO.read(path, length = nil, offset = 0, **options)`
    #[singleton("read")]
    fn read(vm: &mut Vm, _this: Value, path: Value, length: Option<Value>, offset: Option<Value>, keywords: Keywords) -> RResult {
        with_open(vm, path, keywords, "r", |vm, io| read_part(vm, io, length, offset))
    }

    #[singleton("binread")]
    fn binread(vm: &mut Vm, _this: Value, path: Value, length: Option<Value>, offset: Option<Value>) -> RResult {
        if let Some(offset) = offset.filter(|offset| !offset.is_nil())
            && vm.to_i64(offset)? < 0
        {
            let path = FileName::of(vm.to_path(path)?);
            return Err(raise_errno(vm, libc::EINVAL, &path.to_string()));
        }
        with_open(vm, path, Keywords::new(None), "rb", |vm, io| read_part(vm, io, length, offset))
    }

    /// `IO.write(path, data, offset = nil, **options)`
    #[singleton("write")]
    fn write(vm: &mut Vm, _this: Value, path: Value, content: Value, offset: Option<Value>, keywords: Keywords) -> RResult<i64> {
        write_file(vm, path, content, offset, keywords, "")
    }

    #[singleton("binwrite")]
    fn binwrite(vm: &mut Vm, _this: Value, path: Value, content: Value, offset: Option<Value>, keywords: Keywords) -> RResult<i64> {
        write_file(vm, path, content, offset, keywords, "b")
    }

    #[singleton("readlines")]
    fn readlines(vm: &mut Vm, _this: Value, path: Value, args: &[Value], keywords: Keywords) -> RResult<RArray> {
        let (lines, rest) = split_options(vm, args, keywords)?;
        if lines.limit == Some(0) {
            return Err(vm.argument_error("invalid limit: 0 for readlines"));
        }
        let list = vm.new_array();
        with_open(vm, path, rest, "r", |vm, io| {
            loop {
                let line = gets(vm, io, &lines)?;
                if line.is_nil() {
                    return Ok(list);
                }
                vm.push(list, line)?;
            }
        })
    }

    #[singleton("foreach")]
    fn foreach(vm: &mut Vm, this: Value, path: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        if !block.is_some() {
            let mut all = vm.roots.values(&[path]);
            all.extend(args.iter().copied());
            return vm.enumerator(this, "foreach", &all, keywords);
        }
        let (lines, rest) = split_options(vm, args, keywords)?;
        if lines.limit == Some(0) {
            return Err(vm.argument_error("invalid limit: 0 for foreach"));
        }
        with_open(vm, path, rest, "r", |vm, io| {
            loop {
                let line = gets(vm, io, &lines)?;
                vm.set_last_line(line);
                if line.is_nil() {
                    return Ok(Value::NIL);
                }
                block.call(vm, &[line])?;
            }
        })
    }

    /// `IO.copy_stream(from, to, length = nil, offset = nil) -> bytes`
    #[singleton("copy_stream")]
    fn copy_stream(vm: &mut Vm, _this: Value, from: Value, to: Value, length: Option<Value>, offset: Option<Value>) -> RResult<i64> {
        super::copy::copy_stream(vm, from, to, length, offset)
    }
}

/// Runs `work` with an IO over a path and closes it.
fn with_open<T>(vm: &mut Vm, path: Value, keywords: Keywords, mode: &str, work: impl FnOnce(&mut Vm, Value) -> RResult<T>) -> RResult<T> {
    let data = open_path(vm, path, keywords, mode)?;
    let class = vm.class_view(vm.core.io);
    let io = vm.data(class, Box::new(data));
    let result = work(vm, io);
    if let Some(data) = objects::RData::new(io).and_then(|data| data.change::<IoData>(&mut vm.heap)) {
        data.file = None;
    }
    result
}

fn read_part(vm: &mut Vm, io: Value, length: Option<Value>, offset: Option<Value>) -> RResult {
    super::read::readable(vm, io)?;
    if let Some(offset) = offset.filter(|offset| !offset.is_nil()) {
        let offset = vm.to_i64(offset)?;
        let Ok(offset) = u64::try_from(offset) else { return Err(vm.argument_error(&format!("negative offset {offset} given"))) };
        let result = io_data(vm, io)?.file.as_mut().map_or(Ok(0), |file| file.seek(SeekFrom::Start(offset)));
        check(vm, result, "")?;
    }
    match length.filter(|length| !length.is_nil()) {
        Some(length) => {
            let length = vm.to_i64(length)?;
            let Ok(length) = usize::try_from(length) else { return Err(vm.argument_error(&format!("negative length {length} given"))) };
            fill_to(vm, io, length)?;
            let bytes = io_data(vm, io)?.take(length);
            if bytes.is_empty() && length > 0 {
                return Ok(Value::NIL);
            }
            Ok(vm.string(&bytes, text::encoding::Encoding::BINARY))
        }
        None => {
            let bytes = read_all(vm, io)?;
            string_of(vm, io, &bytes)
        }
    }
}

fn write_file(vm: &mut Vm, path: Value, content: Value, offset: Option<Value>, keywords: Keywords, suffix: &str) -> RResult<i64> {
    let offset = offset.filter(|offset| !offset.is_nil());
    let names_mode = keywords.get(vm, "mode").or_else(|| keywords.get(vm, "open_args")).is_some_and(|mode| !mode.is_nil());
    let data = if offset.is_some() && !names_mode {
        let path = FileName::of(vm.to_path(path)?);
        let how = opening(vm, None, None, keywords)?;
        let how = super::open::Opening { mode: Mode(Mode::WRITE), flags: libc::O_WRONLY | libc::O_CREAT, ..how };
        how.open(vm, &path)?
    } else {
        open_path(vm, path, keywords, &format!("w{suffix}"))?
    };
    let io = vm.data(vm.class_view(vm.core.io), Box::new(data));
    super::write::writable(vm, io)?;
    if let Some(offset) = offset {
        let offset = vm.to_i64(offset)?;
        let result = io_data(vm, io)?.file.as_mut().map_or(Ok(0), |file| file.seek(SeekFrom::Start(offset as u64)));
        check(vm, result, "")?;
    }
    let written = vm.call(io, sym::WRITE, &[content])?;
    vm.call(io, sym::CLOSE, &[])?;
    vm.to_i64(written)
}

/// Line options and the keywords that are about opening.
fn split_options(vm: &mut Vm, args: &[Value], keywords: Keywords) -> RResult<(LineOptions, Keywords)> {
    let Some(hash) = keywords.hash() else { return Ok((LineOptions::read(vm, args, keywords)?, keywords)) };
    let (chomp, rest) = (vm.new_hash(), vm.new_hash());
    let key = vm.symbol("chomp");
    for position in 0..hash.table(&vm.heap).positions() {
        if let Some(entry) = hash.table(&vm.heap).entry(position) {
            vm.hash_set(if entry.key == key { chomp } else { rest }, entry.key, entry.value)?;
        }
    }
    Ok((LineOptions::read(vm, args, Keywords::new(Some(chomp)))?, Keywords::new(Some(rest))))
}
