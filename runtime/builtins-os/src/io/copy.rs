//! `IO.copy_stream`: from and to streams, paths and objects that read or write.

use super::class::open_path;
use super::data::{IoData, fill, io_data};
use super::read::readable;
use super::write::writable;
use crate::errors::check;
use text::encoding::Encoding;
use vm::{Keywords, RResult, RString, Value, Vm, sym};

/// Bytes that are copied at a time.
const PIECE: usize = 16 * 1024;

/// Where the bytes come from.
enum Source {
    /// A stream, at its position.
    Stream(Value),
    /// A stream, at a place of its file, whose position stays as it is.
    Placed(Value, u64),
    /// An object with `readpartial` or `read`.
    Object(Value, &'static str),
}

/// Copies until the end or so many bytes; their number.
pub fn copy_stream(vm: &mut Vm, from: Value, to: Value, length: Option<Value>, offset: Option<Value>) -> RResult<i64> {
    let given = |value: Option<Value>| value.filter(|value| !value.is_nil());
    let mut left = match given(length) {
        Some(length) => {
            let length = vm.to_i64(length)?;
            usize::try_from(length).map_err(|_| vm.argument_error(&format!("negative length {length} given")))?
        }
        None => usize::MAX,
    };
    let offset = given(offset).map(|offset| vm.to_i64(offset)).transpose()?;
    let (from, to) = (stream_of(vm, from)?, stream_of(vm, to)?);
    let (mut source, opened) = source(vm, from, offset)?;
    let (target, made) = target(vm, to)?;
    let mut copied = 0;
    while left > 0 {
        let Some(piece) = read_piece(vm, &mut source, left.min(PIECE))? else { break };
        let written = vm.call(target, sym::WRITE, &[piece.value()])?;
        let written = vm.to_i64(written)?;
        left = left.saturating_sub(usize::try_from(written).unwrap_or(0));
        copied += written;
        if is_stream(target) {
            vm.call(target, sym::FLUSH, &[])?;
        }
    }
    for stream in [opened.then_some(from_stream(&source)), made.then_some(target)].into_iter().flatten() {
        vm.call(stream, sym::CLOSE, &[])?;
    }
    Ok(copied)
}

fn is_stream(value: Value) -> bool {
    objects::RData::new(value).is_some_and(objects::RData::is::<IoData>)
}

/// The stream that a file by a name stands for (`to_io`), else the value itself.
fn stream_of(vm: &mut Vm, value: Value) -> RResult {
    if is_stream(value) || !is_path(vm, value)? {
        return Ok(value);
    }
    let io = vm.call_if_responds(value, sym::TO_IO, &[])?;
    Ok(io.filter(|&io| is_stream(io)).unwrap_or(value))
}

/// Is it the name of a file, or has it one?
fn is_path(vm: &mut Vm, value: Value) -> RResult<bool> {
    Ok(RString::new(value).is_some() || vm.responds_to(value, sym::TO_PATH, false)?)
}

fn stream_over(vm: &mut Vm, path: Value, mode: &str) -> RResult {
    let data = open_path(vm, path, Keywords::NONE, mode)?;
    Ok(vm.data(vm.class_view(vm.core.io), Box::new(data)))
}

/// The source, and whether it was opened for this.
fn source(vm: &mut Vm, from: Value, offset: Option<i64>) -> RResult<(Source, bool)> {
    let (stream, opened) = match is_stream(from) {
        true => (from, false),
        false if is_path(vm, from)? => (stream_over(vm, from, "rb")?, true),
        false => {
            if offset.is_some() {
                return Err(vm.argument_error("cannot specify src_offset for non-IO"));
            }
            let partial = vm.intern("readpartial");
            let method = if vm.responds_to(from, partial, false)? { "readpartial" } else { "read" };
            return Ok((Source::Object(from, method), false));
        }
    };
    readable(vm, stream)?;
    let source = match offset {
        Some(offset) => Source::Placed(stream, u64::try_from(offset).map_err(|_| crate::errors::raise_errno(vm, libc::EINVAL, ""))?),
        None => Source::Stream(stream),
    };
    Ok((source, opened))
}

fn from_stream(source: &Source) -> Value {
    match *source {
        Source::Stream(stream) | Source::Placed(stream, _) | Source::Object(stream, _) => stream,
    }
}

/// The target, and whether it was opened for this.
fn target(vm: &mut Vm, to: Value) -> RResult<(Value, bool)> {
    if !is_stream(to) && is_path(vm, to)? {
        return Ok((stream_over(vm, to, "wb")?, true));
    }
    if is_stream(to) {
        writable(vm, to)?;
    }
    Ok((to, false))
}

/// The next bytes; None at the end.
fn read_piece(vm: &mut Vm, source: &mut Source, count: usize) -> RResult<Option<RString>> {
    let bytes = match source {
        Source::Object(object, method) => return ask(vm, *object, method, count),
        Source::Placed(stream, offset) => {
            let mut bytes = vec![0; count];
            let read = readable(vm, *stream)?.file.as_ref().map(|file| std::os::unix::fs::FileExt::read_at(file, &mut bytes, *offset));
            let found = check(vm, read.unwrap_or(Ok(0)), "")?;
            bytes.truncate(found);
            *offset += found as u64;
            bytes
        }
        Source::Stream(stream) => {
            if io_data(vm, *stream)?.buffered().is_empty() && !fill(vm, *stream)? {
                return Ok(None);
            }
            io_data(vm, *stream)?.take(count)
        }
    };
    Ok(if bytes.is_empty() { None } else { Some(vm.new_string(&bytes, Encoding::BINARY)) })
}

/// What an object reads into the buffer that it is given; EOFError from `readpartial` is the end, and so is nothing from `read`.
fn ask(vm: &mut Vm, object: Value, method: &str, count: usize) -> RResult<Option<RString>> {
    let buffer = vm.new_string(b"", Encoding::BINARY);
    let eof = vm.core.eof_error;
    match (vm.send(object, method, &[Value::small(count as i64), buffer.value()]), vm.pending) {
        (Err(_), vm::Pending::Exception(exception)) if method == "readpartial" && vm.is_a(exception, eof) => {
            vm.pending = vm::Pending::None;
            Ok(None)
        }
        (Err(raised), _) => Err(raised),
        (Ok(_), _) => Ok(Some(buffer).filter(|buffer| method == "readpartial" || !buffer.bytes().is_empty())),
    }
}
