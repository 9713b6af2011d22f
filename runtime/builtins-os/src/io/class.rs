//! Whole files: IO.read, IO.write, IO.readlines, IO.foreach, IO.copy_stream.

use super::data::{IoData, Mode, io_data, open_io};
use super::open::opening;
use super::read::{LineOptions, fill_to, gets, read_all, string_of};
use crate::errors::check;
use crate::file_name::FileName;
use macros::ruby_methods;
use std::io::{Seek as _, SeekFrom};
use vm::{Block, Keywords, RArray, RResult, Value, Vm, sym};

/// Whole files.
pub struct Files;

fn open_path(vm: &mut Vm, path: Value, keywords: Keywords, default_mode: &str) -> RResult<IoData> {
    let path = FileName::of(vm.to_path(path)?);
    let mode = match keywords.get(vm, "mode") {
        Some(_) => None,
        None => Some(vm.str(default_mode)),
    };
    let how = opening(vm, mode, None, keywords)?;
    how.open(vm, &path)
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
        let is_io = |value: Value| objects::RData::new(value).is_some_and(objects::RData::is::<IoData>);
        let whole = offset.is_none_or(|offset| offset.is_nil());
        if is_io(from) && is_io(to) && whole {
            return copy_pieces(vm, from, to, length.filter(|length| !length.is_nil()));
        }
        let text = match is_io(from) {
            true => {
                open_io(vm, from)?;
                read_part(vm, from, length, offset)?
            }
            false if vm.responds_to(from, sym::READ, false)? => vm.call(from, sym::READ, &length.map_or(vec![], |length| vec![length]))?,
            false => with_open(vm, from, Keywords::new(None), "rb", |vm, io| read_part(vm, io, length, offset))?,
        };
        let Some(text) = vm::RString::new(text) else { return Ok(0) };
        if vm.responds_to(to, sym::WRITE, false)? {
            vm.call(to, sym::WRITE, &[text.value()])?;
            if is_io(to) {
                vm.call(to, sym::FLUSH, &[])?;
            }
        } else {
            let mut data = open_path(vm, to, Keywords::new(None), "wb")?;
            let result = data.write(text.bytes()).and_then(|()| data.flush());
            check(vm, result, "")?;
        }
        Ok(text.len() as i64)
    }
}

/// Copies between IOs piece by piece, so that what waits for an answer gets it.
fn copy_pieces(vm: &mut Vm, from: Value, to: Value, length: Option<Value>) -> RResult<i64> {
    const PIECE: usize = 16 * 1024;
    let mut left = match length {
        Some(length) => {
            let length = vm.to_i64(length)?;
            usize::try_from(length).map_err(|_| vm.argument_error(&format!("negative length {length} given")))?
        }
        None => usize::MAX,
    };
    super::read::readable(vm, from)?;
    super::write::writable(vm, to)?;
    let mut copied = 0;
    while left > 0 {
        if io_data(vm, from)?.buffered().is_empty() && !super::data::fill(vm, from)? {
            break;
        }
        let bytes = io_data(vm, from)?.take(left.min(PIECE));
        left -= bytes.len();
        copied += bytes.len() as i64;
        let piece = vm.string(&bytes, text::encoding::Encoding::BINARY);
        vm.call(to, sym::WRITE, &[piece])?;
        vm.call(to, sym::FLUSH, &[])?;
    }
    Ok(copied)
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
    let mut data = if offset.is_some() {
        let path = FileName::of(vm.to_path(path)?);
        let how = opening(vm, None, None, keywords)?;
        let how = super::open::Opening { mode: Mode(Mode::WRITE), flags: libc::O_WRONLY | libc::O_CREAT, ..how };
        how.open(vm, &path)?
    } else {
        open_path(vm, path, keywords, &format!("w{suffix}"))?
    };
    if let Some(offset) = offset {
        let offset = vm.to_i64(offset)?;
        let result = data.file.as_mut().map_or(Ok(0), |file| file.seek(SeekFrom::Start(offset as u64)));
        check(vm, result, "")?;
    }
    let text = vm.to_s(content)?;
    let result = data.write(text.bytes()).and_then(|()| data.flush());
    check(vm, result, "")?;
    Ok(text.len() as i64)
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
