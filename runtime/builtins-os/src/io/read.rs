//! Reading: read, gets, each_line, getc and kin.

use super::argument_files::LineCount;
use super::data::{IoData, Mode, fill, io_data, open_io};
use crate::errors::check;
use macros::ruby_methods;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::io::{Seek as _, SeekFrom};
use std::ops::Range;
use text::encoding::{Encoding, step_len};
use vm::{Block, Keywords, RArray, RResult, RString, Value, Vm, sym};

/// Most bytes of a character in any encoding.
const LONGEST_CHAR: usize = 4;

/// How lines are cut.
pub struct LineOptions {
    /// Separator; None reads all, empty means paragraphs.
    pub separator: Option<SmallVec<[u8; 8]>>,
    /// Most bytes of a line.
    pub limit: Option<usize>,
    /// Cut the separator off.
    pub chomp: bool,
}

impl LineOptions {
    /// Reads `(separator, limit, chomp:)` arguments. Other keywords are passed over, as CRuby does.
    pub fn read(vm: &mut Vm, args: &[Value], keywords: Keywords) -> RResult<LineOptions> {
        let chomp = keywords.get(vm, "chomp").is_some_and(Value::truthy);
        let (separator, limit) = match *args {
            [] => (None, None),
            [one] if one.is_nil() => (Some(one), None),
            [one] => match vm.try_to_str(one)? {
                Some(text) => (Some(text.value()), None),
                None => (None, Some(one)),
            },
            [separator, limit] => (Some(separator), Some(limit)),
            _ => return Err(vm.arity_error(args.len(), 0, Some(2))),
        };
        let separator = match separator {
            Some(value) if value.is_nil() => None,
            Some(value) => Some(SmallVec::from_slice(vm.to_str(value)?.bytes())),
            None => {
                let value = vm.global_get(sym::RS_G)?;
                RString::new(value).map(|text| SmallVec::from_slice(text.bytes()))
            }
        };
        let limit = match limit.filter(|limit| !limit.is_nil()) {
            Some(limit) => {
                let limit = vm.to_i64(limit)?;
                usize::try_from(limit).ok()
            }
            None => None,
        };
        Ok(LineOptions { separator, limit, chomp })
    }
}

/// An open IO that may be read; IOError otherwise.
pub fn readable(vm: &mut Vm, this: Value) -> RResult<&mut IoData> {
    let data = open_io(vm, this)?;
    if data.mode.has(Mode::READ) && data.file.is_some() {
        let (is_two_way, is_standard) = (data.write_file.is_some(), data.is_standard);
        if is_two_way {
            // The other end answers what it has got.
            super::data::flush(vm, this)?;
        } else if is_standard {
            flush_stdout(vm)?;
        }
        return io_data(vm, this);
    }
    let class = vm.core.io_error;
    Err(vm.raise(class, "not opened for reading"))
}

/// The exception of an operation that would have to wait.
pub fn would_block(vm: &mut Vm, class: &str, message: &str) -> vm::Raised {
    let class = vm.class_at(class);
    let message = vm.str(message);
    match vm.call(class, vm::sym::NEW, &[message]) {
        Ok(exception) => vm.raise_exception(exception),
        Err(raised) => raised,
    }
}

/// Prompts appear before the program waits for input.
fn flush_stdout(vm: &mut Vm) -> RResult<()> {
    let out = vm.global_get(sym::STDOUT_G)?;
    if objects::RData::new(out).is_some_and(objects::RData::is::<IoData>) {
        super::data::flush(vm, out)?;
    }
    Ok(())
}

/// All bytes up to the end of the file.
pub fn read_all(vm: &mut Vm, io: Value) -> RResult<Vec<u8>> {
    super::reading::as_characters(vm, io)?;
    while fill(vm, io)? {}
    if let Some((fault, (from, to))) = io_data(vm, io)?.take_fault() {
        return Err(vm.raise_fault(&fault, from, to));
    }
    let data = io_data(vm, io)?;
    let count = data.buffered().len();
    Ok(data.take(count))
}

/// A line that was claimed in the buffer of its stream.
struct Line {
    range: Range<usize>,
    /// Does it end where lines end, and not where the limit cut it? Those count as lines.
    is_whole: bool,
}

/// Claims the next line; None at the end of the file.
fn claim_line(vm: &mut Vm, io: Value, options: &LineOptions) -> RResult<Option<Line>> {
    if options.limit == Some(0) {
        return Ok(Some(Line { range: io_data(vm, io)?.claim(0), is_whole: false }));
    }
    let Some(separator) = &options.separator else { return claim_rest(vm, io, options.limit) };
    let paragraph = separator.is_empty();
    let default = vm.default_external();
    let encoding = io_data(vm, io)?.characters_encoding(default);
    let needle = in_encoding(if paragraph { b"\n\n" } else { separator }, encoding);
    if paragraph {
        skip_newlines(vm, io, &needle[..needle.len() / 2])?;
    }
    let end = find_end(vm, io, &needle, options.limit, encoding.min_char_len())?;
    let data = io_data(vm, io)?;
    let mut length = end.unwrap_or(data.buffered().len());
    if let Some(limit) = options.limit.filter(|&limit| limit < length) {
        length = char_end(data, default, limit);
    }
    if length == 0 {
        return Ok(None);
    }
    let mut range = data.claim(length);
    let line = data.claimed(range.clone());
    let is_terminated = line.ends_with(&needle);
    let is_whole = is_terminated || options.limit.is_none_or(|limit| length < limit);
    if options.chomp && is_terminated {
        let with_return = needle[..] == *b"\n" && line.ends_with(b"\r\n");
        range.end -= needle.len() + usize::from(with_return);
    }
    Ok(Some(Line { range, is_whole }))
}

/// A separator as it stands among characters of the encoding, if that has no ASCII.
fn in_encoding(separator: &[u8], encoding: Encoding) -> Cow<'_, [u8]> {
    if encoding.is_ascii_compatible() || !separator.is_ascii() {
        return Cow::Borrowed(separator);
    }
    text::transcode::transcode_strict(separator, Encoding::UTF_8, encoding).map_or(Cow::Borrowed(separator), Cow::Owned)
}

/// Reads ahead until the buffer holds a separator, and says where it ends; None when the file or the limit ends before.
fn find_end(vm: &mut Vm, io: Value, needle: &[u8], limit: Option<usize>, unit: usize) -> RResult<Option<usize>> {
    let mut searched = 0;
    loop {
        let buffered = io_data(vm, io)?.buffered();
        let found = match needle {
            &[byte] => memchr::memchr(byte, &buffered[searched..]),
            _ => memchr::memmem::find(&buffered[searched..], needle),
        };
        if let Some(at) = found {
            if (searched + at) % unit == 0 {
                return Ok(Some(searched + at + needle.len()));
            }
            searched += at + 1;
            continue;
        }
        if limit.is_some_and(|limit| buffered.len() >= limit + LONGEST_CHAR) {
            return Ok(None);
        }
        searched = buffered.len().saturating_sub(needle.len() - 1);
        if !fill(vm, io)? {
            return Ok(None);
        }
    }
}

/// Claims all there is, up to a limit.
fn claim_rest(vm: &mut Vm, io: Value, limit: Option<usize>) -> RResult<Option<Line>> {
    match limit {
        Some(limit) => fill_to(vm, io, limit + LONGEST_CHAR)?,
        None => while fill(vm, io)? {},
    }
    let default = vm.default_external();
    let data = io_data(vm, io)?;
    let mut length = data.buffered().len();
    if let Some(limit) = limit {
        length = char_end(data, default, limit.min(length));
    }
    Ok((length > 0).then(|| Line { range: data.claim(length), is_whole: limit.is_none_or(|limit| length < limit) }))
}

/// End of the character that the limit falls into.
fn char_end(data: &IoData, default: Encoding, limit: usize) -> usize {
    let bytes = data.buffered();
    let encoding = data.characters_encoding(default);
    let mut end = 0;
    while end < limit && end < bytes.len() {
        end += step_len(encoding, bytes, end).max(1);
    }
    end.min(bytes.len())
}

/// Reads ahead until the buffer holds so many bytes, or the file ends.
pub fn fill_to(vm: &mut Vm, io: Value, length: usize) -> RResult<()> {
    while io_data(vm, io)?.buffered().len() < length && fill(vm, io)? {}
    Ok(())
}

/// Reads ahead until the buffer holds a whole character, or the file ends.
fn fill_char(vm: &mut Vm, io: Value) -> RResult<()> {
    loop {
        let default = vm.default_external();
        let data = io_data(vm, io)?;
        let bytes = data.buffered();
        let encoding = data.characters_encoding(default);
        let whole = match bytes {
            [] => false,
            [first, ..] if encoding.is_single_byte() || encoding.is_ascii_compatible() && first.is_ascii() => true,
            _ => bytes.len() >= 4 || (2..=bytes.len()).contains(&step_len(encoding, bytes, 0)),
        };
        if whole || !fill(vm, io)? {
            return Ok(());
        }
    }
}

fn skip_newlines(vm: &mut Vm, io: Value, newline: &[u8]) -> RResult<()> {
    loop {
        fill_to(vm, io, newline.len())?;
        let data = io_data(vm, io)?;
        if !data.buffered().starts_with(newline) {
            return Ok(());
        }
        data.take(newline.len());
    }
}

/// A String of what was read.
pub fn string_of(vm: &mut Vm, io: Value, bytes: &[u8]) -> RResult {
    let encoding = encoding_of(vm, io)?;
    vm.try_string(bytes, encoding)
}

/// The encoding of the characters that are read.
fn encoding_of(vm: &mut Vm, io: Value) -> RResult<Encoding> {
    let default = vm.default_external();
    Ok(io_data(vm, io)?.characters_encoding(default))
}

/// A String of bytes that were claimed.
fn claimed_string(vm: &mut Vm, io: Value, range: Range<usize>) -> RResult {
    let encoding = encoding_of(vm, io)?;
    let made = vm.new_string(b"", encoding);
    let data = objects::RData::new(io).and_then(|data| data.read::<IoData>(&vm.heap));
    let pushed = data.map_or(Some(()), |data| made.push_bytes(data.claimed(range)));
    pushed.map(|()| made.value()).ok_or_else(|| vm.no_memory())
}

fn eof_error(vm: &mut Vm) -> vm::Raised {
    let class = vm.core.eof_error;
    vm.raise(class, "end of file reached")
}

/// The next line of an IO, or nil at the end; counts it (`$.`).
pub fn gets(vm: &mut Vm, this: Value, options: &LineOptions) -> RResult {
    readable(vm, this)?;
    super::reading::as_characters(vm, this)?;
    let Some(line) = claim_line(vm, this, options)? else { return Ok(Value::NIL) };
    let data = io_data(vm, this)?;
    if line.is_whole {
        data.line_number += 1;
        let number = data.line_number;
        vm.extension::<LineCount>().has_read(this, number);
    }
    let text = claimed_string(vm, this, line.range)?;
    if options.separator.as_ref().is_some_and(|separator| separator.is_empty()) {
        let encoding = encoding_of(vm, this)?;
        skip_newlines(vm, this, &in_encoding(b"\n", encoding))?;
    }
    Ok(text)
}

/// Has it a whole line in its buffer, so that reading that one asks nobody?
pub fn has_line(vm: &Vm, this: Value, options: &LineOptions) -> bool {
    let Some(data) = objects::RData::new(this).and_then(|data| data.read::<IoData>(&vm.heap)) else { return false };
    let Some(&[byte]) = options.separator.as_deref() else { return false };
    data.mode.has(Mode::READ) && data.file.is_some() && memchr::memchr(byte, data.buffered()).is_some()
}

/// Refuses what is no choice as the keyword `exception`.
pub fn check_choice(vm: &mut Vm, keywords: Keywords) -> RResult<()> {
    let Some(choice) = keywords.get(vm, "exception").filter(|&choice| choice != Value::TRUE && choice != Value::FALSE) else { return Ok(()) };
    let text = vm.inspect(choice)?.to_text();
    Err(vm.argument_error(&format!("expected true or false as exception: {text}")))
}

/// Refuses a length there is no memory for.
fn check_room(vm: &mut Vm, length: usize) -> RResult<()> {
    Vec::<u8>::new().try_reserve_exact(length).map_err(|_| vm.no_memory())
}

/// Reading.
pub struct Read;

#[ruby_methods("IO")]
impl Read {
    /// `io.read(length = nil, buffer = nil)`
    #[method("read")]
    fn read(vm: &mut Vm, this: Value, length: Option<Value>, buffer: Option<Value>) -> RResult {
        readable(vm, this)?;
        let result = match length.filter(|length| !length.is_nil()) {
            None => {
                let bytes = read_all(vm, this)?;
                let text = string_of(vm, this, &bytes)?;
                let encoding = encoding_of(vm, this)?;
                if let Some(buffer) = buffer.filter(|buffer| !buffer.is_nil()) {
                    into_buffer(vm, text, Some(buffer))?;
                    vm.to_str(buffer)?.set_encoding(encoding);
                    return Ok(buffer);
                }
                text
            }
            Some(length) => {
                let length = vm.to_i64(length)?;
                let Ok(length) = usize::try_from(length) else { return Err(vm.argument_error(&format!("negative length {length} given"))) };
                check_room(vm, length)?;
                super::reading::as_bytes(vm, this)?;
                let data = io_data(vm, this)?;
                data.is_ahead_unseen |= data.buffered().is_empty();
                fill_to(vm, this, length)?;
                let bytes = io_data(vm, this)?.take(length);
                if bytes.is_empty() && length > 0 { Value::NIL } else { vm.string(&bytes, Encoding::BINARY) }
            }
        };
        into_buffer(vm, result, buffer)
    }

    #[method("read_nonblock")]
    fn read_nonblock(vm: &mut Vm, this: Value, length: i64, buffer: Option<Value>, keywords: Keywords) -> RResult {
        keywords.check(vm, &["exception"])?;
        check_choice(vm, keywords)?;
        let Ok(length) = usize::try_from(length) else { return Err(vm.argument_error(&format!("negative length {length} given"))) };
        let data = readable(vm, this)?;
        let number = data.descriptor(false);
        if length > 0 && data.buffered().is_empty() && number >= 0 && !crate::sys::is_ready(number, crate::process::READABLE) {
            if keywords.get(vm, "exception") == Some(Value::FALSE) {
                return Ok(vm.symbol("wait_readable"));
            }
            return Err(would_block(vm, "IO::EAGAINWaitReadable", "read would block"));
        }
        Self::readpartial(vm, this, length, buffer, keywords)
    }

    /// As `readpartial`, past the buffer.
    #[method("sysread")]
    fn sysread(vm: &mut Vm, this: Value, length: usize, buffer: Option<Value>) -> RResult {
        if length == 0 {
            return nothing_read(vm, buffer);
        }
        readable(vm, this)?;
        if is_buffered(vm, this)? {
            let class = vm.core.io_error;
            return Err(vm.raise(class, "sysread for buffered IO"));
        }
        super::reading::as_bytes(vm, this)?;
        check_room(vm, length)?;
        let bytes = super::data::read_past_buffer(vm, this, length)?;
        if bytes.is_empty() {
            into_buffer(vm, Value::NIL, buffer)?;
            return Err(eof_error(vm));
        }
        let result = vm.string(&bytes, Encoding::BINARY);
        into_buffer(vm, result, buffer)
    }

    #[method("readpartial")]
    fn readpartial(vm: &mut Vm, this: Value, length: usize, buffer: Option<Value>, keywords: Keywords) -> RResult {
        readable(vm, this)?;
        super::reading::as_bytes(vm, this)?;
        let data = readable(vm, this)?;
        if length > 0 && data.buffered().is_empty() && !fill(vm, this)? {
            if keywords.get(vm, "exception") == Some(Value::FALSE) {
                return Ok(Value::NIL);
            }
            into_buffer(vm, Value::NIL, buffer)?;
            return Err(eof_error(vm));
        }
        let bytes = io_data(vm, this)?.take(length);
        let result = vm.string(&bytes, Encoding::BINARY);
        into_buffer(vm, result, buffer)
    }

    #[method("pread")]
    fn pread(vm: &mut Vm, this: Value, length: i64, offset: i64, buffer: Option<Value>) -> RResult {
        let Ok(length) = usize::try_from(length) else { return Err(vm.argument_error("negative string size (or size too big)")) };
        if length == 0 {
            return nothing_read(vm, buffer);
        }
        readable(vm, this)?;
        super::data::flush(vm, this)?;
        check_room(vm, length)?;
        let mut bytes = vec![0; length];
        let file = readable(vm, this)?.file.as_ref().expect("readable");
        let read = std::os::unix::fs::FileExt::read_at(file, &mut bytes, offset as u64);
        let count = check(vm, read, "")?;
        if count == 0 && length > 0 {
            return Err(eof_error(vm));
        }
        let result = vm.string(&bytes[..count], Encoding::BINARY);
        into_buffer(vm, result, buffer)
    }

    #[method("gets")]
    fn gets(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords) -> RResult {
        let options = LineOptions::read(vm, args, keywords)?;
        let line = gets(vm, this, &options)?;
        vm.set_last_line(line);
        Ok(line)
    }

    #[method("readline")]
    fn readline(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords) -> RResult {
        keywords.check(vm, &["chomp"])?;
        let line = Self::gets(vm, this, args, keywords)?;
        if line.is_nil() { Err(eof_error(vm)) } else { Ok(line) }
    }

    #[method("readlines", "to_a")]
    fn readlines(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords) -> RResult<RArray> {
        let options = LineOptions::read(vm, args, keywords)?;
        if options.limit == Some(0) {
            return Err(vm.argument_error("invalid limit: 0 for readlines"));
        }
        let list = vm.new_array();
        loop {
            let line = gets(vm, this, &options)?;
            if line.is_nil() {
                return Ok(list);
            }
            vm.push(list, line)?;
        }
    }

    #[method("each_line", "each")]
    fn each_line(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        if !block.is_some() {
            return vm.enumerator(this, "each_line", args, keywords);
        }
        let options = LineOptions::read(vm, args, keywords)?;
        if options.limit == Some(0) {
            return Err(vm.argument_error("invalid limit: 0 for each_line"));
        }
        loop {
            let line = gets(vm, this, &options)?;
            if line.is_nil() {
                return Ok(this);
            }
            block.call(vm, &[line])?;
        }
    }

    #[method("getc")]
    fn getc(vm: &mut Vm, this: Value) -> RResult {
        readable(vm, this)?;
        super::reading::as_characters(vm, this)?;
        fill_char(vm, this)?;
        let encoding = encoding_of(vm, this)?;
        let data = io_data(vm, this)?;
        if data.buffered().is_empty() {
            return Ok(Value::NIL);
        }
        let length = step_len(encoding, data.buffered(), 0).max(1);
        let range = data.claim(length);
        claimed_string(vm, this, range)
    }

    #[method("readchar")]
    fn readchar(vm: &mut Vm, this: Value) -> RResult {
        let char = Self::getc(vm, this)?;
        if char.is_nil() { Err(eof_error(vm)) } else { Ok(char) }
    }

    #[method("getbyte")]
    fn getbyte(vm: &mut Vm, this: Value) -> RResult {
        readable(vm, this)?;
        super::reading::as_bytes(vm, this)?;
        let data = readable(vm, this)?;
        data.is_ahead_unseen = false;
        if data.buffered().is_empty() && !fill(vm, this)? {
            return Ok(Value::NIL);
        }
        Ok(Value::small(i64::from(io_data(vm, this)?.take(1)[0])))
    }

    #[method("readbyte")]
    fn readbyte(vm: &mut Vm, this: Value) -> RResult {
        let byte = Self::getbyte(vm, this)?;
        if byte.is_nil() { Err(eof_error(vm)) } else { Ok(byte) }
    }

    #[method("each_char")]
    fn each_char(vm: &mut Vm, this: Value, block: Block) -> RResult {
        if !block.is_some() {
            return vm.enumerator(this, "each_char", &[], Keywords::NONE);
        }
        loop {
            let char = Self::getc(vm, this)?;
            if char.is_nil() {
                return Ok(this);
            }
            block.call(vm, &[char])?;
        }
    }

    #[method("each_byte")]
    fn each_byte(vm: &mut Vm, this: Value, block: Block) -> RResult {
        if !block.is_some() {
            return vm.enumerator(this, "each_byte", &[], Keywords::NONE);
        }
        loop {
            let byte = Self::getbyte(vm, this)?;
            if byte.is_nil() {
                return Ok(this);
            }
            block.call(vm, &[byte])?;
        }
    }

    #[method("each_codepoint")]
    fn each_codepoint(vm: &mut Vm, this: Value, block: Block) -> RResult {
        if !block.is_some() {
            return vm.enumerator(this, "each_codepoint", &[], Keywords::NONE);
        }
        loop {
            let char = Self::getc(vm, this)?;
            if char.is_nil() {
                return Ok(this);
            }
            let codepoint = vm.send(char, "ord", &[])?;
            block.call(vm, &[codepoint])?;
        }
    }

    #[method("ungetbyte")]
    fn ungetbyte(vm: &mut Vm, this: Value, what: Value) -> RResult<()> {
        readable(vm, this)?;
        if what.is_nil() {
            return Ok(());
        }
        match objects::number::integer_of(what) {
            Some(number) => {
                let byte = number.to_signed_bytes_le()[0];
                readable(vm, this)?.unread(&[byte]);
            }
            None => {
                let text = vm.to_str(what)?;
                readable(vm, this)?.unread(text.bytes());
            }
        }
        Ok(())
    }

    /// Puts a String back, or the character of a number.
    #[method("ungetc")]
    fn ungetc(vm: &mut Vm, this: Value, what: Value) -> RResult<()> {
        readable(vm, this)?;
        super::reading::as_characters(vm, this)?;
        let text = match what.as_fixnum() {
            Some(_) => {
                let encoding = encoding_of(vm, this)?;
                let encoding = vm.encoding_object(encoding);
                let character = vm.send(what, "chr", &[encoding])?;
                vm.to_str(character)?
            }
            None => vm.to_str(what)?,
        };
        readable(vm, this)?.unread(text.bytes());
        Ok(())
    }

    #[method("eof?", "eof")]
    fn is_eof(vm: &mut Vm, this: Value) -> RResult<bool> {
        let data = readable(vm, this)?;
        Ok(data.buffered().is_empty() && !fill(vm, this)?)
    }

    #[method("pos", "tell")]
    fn position(vm: &mut Vm, this: Value) -> RResult<i64> {
        open_io(vm, this)?;
        super::data::flush(vm, this)?;
        let data = open_io(vm, this)?;
        let ahead = data.read_ahead();
        let at = match data.file.as_mut() {
            Some(file) => file.stream_position(),
            None => Ok(0),
        };
        Ok(check(vm, at, "")? as i64 - ahead)
    }

    #[method("pos=")]
    fn set_position(vm: &mut Vm, this: Value, position: i64) -> RResult<i64> {
        seek_to(vm, this, SeekFrom::Start(position as u64))?;
        Ok(position)
    }

    #[method("rewind")]
    fn rewind(vm: &mut Vm, this: Value) -> RResult<i64> {
        seek_to(vm, this, SeekFrom::Start(0))?;
        let lines = std::mem::take(&mut io_data(vm, this)?.line_number);
        vm.extension::<LineCount>().rewinds(this, lines);
        Ok(0)
    }

    #[method("seek")]
    fn seek(vm: &mut Vm, this: Value, offset: i64, whence: Option<Value>) -> RResult<i64> {
        let to = place(vm, offset, whence)?;
        seek_to(vm, this, to)?;
        Ok(0)
    }

    /// As `seek`, past the buffers; the new position.
    #[method("sysseek")]
    fn sysseek(vm: &mut Vm, this: Value, offset: i64, whence: Option<Value>) -> RResult<i64> {
        let to = place(vm, offset, whence)?;
        let is_holding = open_io(vm, this)?.is_holding();
        if is_buffered(vm, this)? {
            let class = vm.core.io_error;
            return Err(vm.raise(class, "sysseek for buffered IO"));
        }
        if is_holding {
            vm.warn_at_caller("sysseek for buffered IO")?;
        }
        let at = open_io(vm, this)?.file.as_mut().map_or(Ok(0), |file| file.seek(to));
        check(vm, at, "").map(|at| at as i64)
    }
}

/// Has it read ahead, as far as the program can tell? What it cannot tell is given back to the system.
fn is_buffered(vm: &mut Vm, io: Value) -> RResult<bool> {
    let data = open_io(vm, io)?;
    if data.read_ahead() == 0 {
        return Ok(false);
    }
    let is_given_back = data.is_ahead_unseen && data.file.as_mut().is_some_and(|file| file.stream_position().is_ok());
    if is_given_back {
        let forgotten = data.forget_read_ahead();
        check(vm, forgotten, "")?;
    }
    Ok(!is_given_back)
}

/// What the arguments of `seek` name.
fn place(vm: &mut Vm, offset: i64, whence: Option<Value>) -> RResult<SeekFrom> {
    let whence = match whence {
        None => 0,
        Some(value) => match value.as_symbol().map(|name| vm.symbols.text(name).into_owned()).as_deref() {
            Some("SET") => 0,
            Some("CUR") => 1,
            Some("END") => 2,
            Some(other) => return Err(vm.argument_error(&format!("unknown whence: {other}"))),
            None => vm.to_i64(value)?,
        },
    };
    Ok(match whence {
        0 => SeekFrom::Start(u64::try_from(offset).map_err(|_| crate::errors::raise_errno(vm, libc::EINVAL, ""))?),
        1 => SeekFrom::Current(offset),
        _ => SeekFrom::End(offset),
    })
}

fn seek_to(vm: &mut Vm, this: Value, to: SeekFrom) -> RResult<()> {
    open_io(vm, this)?;
    super::data::flush(vm, this)?;
    let data = open_io(vm, this)?;
    if let SeekFrom::Current(_) = to {
        let forgotten = data.forget_read_ahead();
        check(vm, forgotten, "")?;
    } else {
        data.drop_read_ahead();
    }
    let result = match open_io(vm, this)?.file.as_mut() {
        Some(file) => file.seek(to).map(|_| ()),
        None => Ok(()),
    };
    check(vm, result, "")
}

/// What reading no bytes gives: the buffer as it is.
fn nothing_read(vm: &mut Vm, buffer: Option<Value>) -> RResult {
    match buffer.filter(|buffer| !buffer.is_nil()) {
        Some(buffer) => Ok(vm.to_str(buffer)?.value()),
        None => Ok(vm.string(b"", Encoding::BINARY)),
    }
}

/// Puts a result into the String given as buffer, if any.
fn into_buffer(vm: &mut Vm, result: Value, buffer: Option<Value>) -> RResult {
    let Some(buffer) = buffer.filter(|buffer| !buffer.is_nil()) else { return Ok(result) };
    let buffer = vm.to_str(buffer)?;
    vm.check_frozen(buffer.value())?;
    match RString::new(result) {
        Some(text) => {
            let bytes = text.bytes().to_vec();
            buffer.splice(0, buffer.len(), &bytes).ok_or_else(|| vm.no_memory())?;
            Ok(buffer.value())
        }
        None => {
            buffer.truncate(0);
            Ok(result)
        }
    }
}
