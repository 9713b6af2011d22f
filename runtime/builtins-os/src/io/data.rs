//! The native part of an IO: descriptor, buffers, mode; closing and state methods.

use super::reading::Reading;
use crate::errors::{check, raise_errno, raise_io};
use crate::file_name::FileName;
use crate::process::{READABLE, WRITABLE};
use heap::Tracer;
use macros::ruby_methods;
use objects::NativeData;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::os::fd::{AsRawFd, OwnedFd};
use std::rc::Rc;
use text::encoding::Encoding;
use text::transcode::{Newline, Options};
use vm::{RClass, RResult, Value, Vm};

const READ_CHUNK: usize = 16 * 1024;
const WRITE_CHUNK: usize = 16 * 1024;

/// Access bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Mode(pub u32);

impl Mode {
    /// Reading.
    pub const READ: u32 = 1;
    /// Writing.
    pub const WRITE: u32 = 2;
    /// Writing at the end.
    pub const APPEND: u32 = 4;
    /// Bytes, no newline or encoding conversion.
    pub const BINARY: u32 = 8;
    /// Line ends are converted.
    pub const TEXT: u32 = 16;

    /// Are the bits set?
    pub fn has(self, bits: u32) -> bool {
        self.0 & bits == bits
    }
}

/// Native part of an IO.
pub struct IoData {
    /// Open file; None when closed or not opened yet.
    pub file: Option<File>,
    /// Second descriptor for writing (`popen`, `r+` pipes).
    pub write_file: Option<File>,
    /// Number shown by `fileno` when it differs from the descriptor's own (standard streams).
    pub number: Option<i32>,
    /// Access.
    pub mode: Mode,
    /// Path, if opened by one.
    pub path: Option<FileName>,
    /// Bytes read ahead and how many of them were taken.
    read_buffer: Vec<u8>,
    read_position: usize,
    write_buffer: Vec<u8>,
    /// Write through at once?
    pub sync: bool,
    /// Is what is read ahead the system's yet, as far as the program can tell? `read` of so many bytes reads no more.
    pub is_ahead_unseen: bool,
    /// Lines read.
    pub line_number: i64,
    /// External encoding, None for the default.
    pub external: Option<Encoding>,
    /// Internal encoding.
    pub internal: Option<Encoding>,
    /// Faults, line ends and replacements of conversions.
    pub conversion: Options,
    /// The conversion of what is read, while characters are read.
    pub reading: Option<Box<Reading>>,
    /// One of the three standard streams?
    pub is_standard: bool,
    /// Was it ever opened?
    pub is_initialized: bool,
    /// Child process of `popen`.
    pub process: Option<i32>,
    /// Close descriptor with the object?
    pub autoclose: bool,
    /// Is it a socket? Its directions are apart, and calls fail rather than wait.
    pub is_socket: bool,
    /// Seconds that reading and writing may wait each time.
    pub timeout: Option<f64>,
    /// Who sees to what is unwritten when the IO is forgotten; set while there is something.
    pub heir: Option<Unsent>,
}

impl NativeData for IoData {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
    fn size(&self) -> usize {
        size_of::<Self>() + self.buffered_bytes()
    }
}

impl Drop for IoData {
    fn drop(&mut self) {
        // A forgotten IO still writes what was buffered, as far as that goes without waiting: the sweep must not stop.
        if !self.write_buffer.is_empty()
            && let Some(file) = self.write_file.take().or_else(|| self.file.take())
        {
            let rest = Rest { bytes: std::mem::take(&mut self.write_buffer), file: Some(file), autoclose: self.autoclose };
            if let (Some(rest), Some(heir)) = (rest.send(), &self.heir) {
                heir.inherit(rest);
            }
        }
        for file in [self.file.take(), self.write_file.take()] {
            // Nobody is left to hear of a fault.
            let _ = give_up(file, self.autoclose);
        }
    }
}

impl IoData {
    /// An IO over a descriptor.
    pub fn new(descriptor: Option<OwnedFd>, mode: Mode, path: Option<FileName>) -> IoData {
        IoData {
            is_initialized: descriptor.is_some(),
            file: descriptor.map(File::from),
            write_file: None,
            number: None,
            mode,
            path,
            read_buffer: Vec::new(),
            read_position: 0,
            write_buffer: Vec::new(),
            sync: false,
            is_ahead_unseen: false,
            line_number: 0,
            external: None,
            internal: None,
            conversion: Options::default(),
            reading: None,
            is_standard: false,
            process: None,
            autoclose: true,
            is_socket: false,
            timeout: None,
            heir: None,
        }
    }

    /// Bytes of both buffers.
    fn buffered_bytes(&self) -> usize {
        self.read_buffer.capacity() + self.write_buffer.capacity()
    }

    /// Gives the buffers of a closed IO back; how many bytes those were.
    fn free_buffers(&mut self) -> usize {
        let bytes = self.buffered_bytes();
        (self.read_buffer, self.read_position, self.write_buffer) = (Vec::new(), 0, Vec::new());
        bytes
    }

    /// Bytes read ahead and not taken yet.
    pub fn buffered(&self) -> &[u8] {
        &self.read_buffer[self.read_position..]
    }

    /// Takes bytes from the read buffer.
    pub fn take(&mut self, count: usize) -> Vec<u8> {
        let range = self.claim(count);
        self.read_buffer[range].to_vec()
    }

    /// Takes bytes from the read buffer without copying them: `claimed` shows them until more is read.
    pub fn claim(&mut self, count: usize) -> Range<usize> {
        let start = self.read_position;
        self.read_position = (start + count).min(self.read_buffer.len());
        start..self.read_position
    }

    /// Bytes that were claimed.
    pub fn claimed(&self, range: Range<usize>) -> &[u8] {
        self.read_buffer.get(range).unwrap_or_default()
    }

    /// Puts bytes back in front of the read buffer.
    pub fn unread(&mut self, bytes: &[u8]) {
        self.read_buffer.splice(..self.read_position, bytes.iter().copied());
        self.read_position = 0;
    }

    /// Puts bytes that were read already behind what is buffered.
    pub fn unread_behind(&mut self, bytes: &[u8]) {
        self.read_buffer.extend_from_slice(bytes);
    }

    /// Number of the descriptor that is read from, or written to; -1 when closed.
    pub fn descriptor(&self, writes: bool) -> i32 {
        let (first, second) = if writes { (&self.write_file, &self.file) } else { (&self.file, &self.write_file) };
        first.as_ref().or(second.as_ref()).map_or(-1, AsRawFd::as_raw_fd)
    }

    /// The read buffer, to append to.
    pub fn read_buffer_mut(&mut self) -> &mut Vec<u8> {
        &mut self.read_buffer
    }

    /// Reads once, converted where that is asked for, without letting other threads run; false at the end of the file.
    /// `WouldBlock` says as well that what was read makes no character yet.
    pub fn fill_now(&mut self) -> std::io::Result<bool> {
        let Some(reading) = &mut self.reading else { return self.fill_bytes() };
        // The converted bytes step aside while the others are read.
        let raw = std::mem::take(&mut reading.raw);
        let mut converted = std::mem::replace(&mut self.read_buffer, raw);
        converted.drain(..std::mem::take(&mut self.read_position));
        let result = self.fill_bytes();
        let raw = std::mem::replace(&mut self.read_buffer, converted);
        if let Some(reading) = &mut self.reading {
            reading.raw = raw;
        }
        let is_end = !result?;
        match self.convert_read(is_end) {
            false if !is_end => Err(std::io::ErrorKind::WouldBlock.into()),
            has_more => Ok(has_more),
        }
    }

    /// Reads more bytes into the buffer.
    fn fill_bytes(&mut self) -> std::io::Result<bool> {
        let Some(file) = &mut self.file else { return Err(std::io::Error::from_raw_os_error(libc::EBADF)) };
        if self.read_position > 0 {
            self.read_buffer.drain(..self.read_position);
            self.read_position = 0;
        }
        let start = self.read_buffer.len();
        self.read_buffer.resize(start + READ_CHUNK, 0);
        let result = loop {
            match file.read(&mut self.read_buffer[start..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.read_buffer.truncate(start + *result.as_ref().unwrap_or(&0));
        Ok(result? > 0)
    }

    /// Bytes that were read from the file and not taken yet.
    pub fn read_ahead(&self) -> i64 {
        (self.buffered().len() + self.reading.as_ref().map_or(0, |reading| reading.raw.len())) as i64
    }

    /// Forgets read-ahead and puts the file position back to where the program thinks it is.
    pub fn forget_read_ahead(&mut self) -> std::io::Result<()> {
        let ahead = self.read_ahead();
        self.drop_read_ahead();
        if ahead > 0
            && let Some(file) = &mut self.file
        {
            file.seek(SeekFrom::Current(-ahead))?;
        }
        Ok(())
    }

    /// Forgets read-ahead; the file's position is set next.
    pub fn drop_read_ahead(&mut self) {
        self.reading = None;
        self.read_buffer.clear();
        self.read_position = 0;
    }

    /// What is written stands where the program has read to, in a file.
    fn prepare_write(&mut self) -> std::io::Result<()> {
        let is_apart = self.is_socket || self.is_standard || self.write_file.is_some();
        if is_apart || self.buffered().is_empty() { Ok(()) } else { self.forget_read_ahead() }
    }

    /// Appends to the write buffer; true when it is to be written out: full, or the stream unbuffered.
    pub fn append(&mut self, bytes: &[u8]) -> std::io::Result<bool> {
        self.prepare_write()?;
        self.write_buffer.extend_from_slice(bytes);
        Ok(self.sync || self.write_buffer.len() >= WRITE_CHUNK)
    }

    /// Does it keep back what was written?
    pub fn is_holding(&self) -> bool {
        !self.write_buffer.is_empty()
    }

    /// Takes the write buffer.
    fn take_written(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.write_buffer)
    }

    /// Writes as much as goes at once.
    fn write_some(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.write_file.as_mut().or(self.file.as_mut()) {
            Some(file) => file.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    /// Writes what there is room for, past the write buffer.
    pub fn write_now(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.prepare_write()?;
        match self.write_file.as_ref().or(self.file.as_ref()) {
            Some(file) => crate::sys::write_now(file, bytes),
            None => Ok(bytes.len()),
        }
    }

    /// Writes the write buffer.
    pub fn flush(&mut self) -> std::io::Result<()> {
        if self.write_buffer.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.write_buffer);
        match self.write_file.as_mut().or(self.file.as_mut()) {
            Some(file) => file.write_all(&bytes),
            None => Ok(()),
        }
    }

    /// Number of the descriptor.
    pub fn fileno(&self) -> Option<i32> {
        self.number.or_else(|| self.file.as_ref().or(self.write_file.as_ref()).map(AsRawFd::as_raw_fd))
    }

    /// Encoding of the characters that are read.
    pub fn characters_encoding(&self, default: Encoding) -> Encoding {
        self.reading.as_ref().map_or_else(|| self.read_encoding(default), |reading| reading.ends.1)
    }

    /// Encoding of the file that is read.
    pub fn read_encoding(&self, default: Encoding) -> Encoding {
        self.external.unwrap_or(default)
    }
}

/// Most bytes that a pipe with room is sure to take without waiting.
const PIPE_ROOM: usize = 4096;

/// Reads more into the buffer of an open IO, letting other threads run meanwhile; false at the end of the file.
pub fn fill(vm: &mut Vm, io: Value) -> RResult<bool> {
    loop {
        let data = open_io(vm, io)?;
        let number = data.descriptor(false);
        if number < 0 || data.is_socket || crate::sys::is_ready(number, READABLE) {
            let data = open_io(vm, io)?;
            let before = data.buffered_bytes();
            let result = data.fill_now();
            let grown = data.buffered_bytes().saturating_sub(before);
            vm.heap.note_malloc(grown);
            match result {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    let path = open_io(vm, io)?.path.as_ref().map(|path| format!("io_fread - {path}"));
                    return Err(raise_io(vm, &error, &path.unwrap_or_else(|| format!("io_fillbuf - fd:{number} "))));
                }
                Ok(has_more) => {
                    let fault = open_io(vm, io)?.next_fault();
                    return fault.map_or(Ok(has_more), |(fault, (from, to))| Err(vm.raise_fault(&fault, from, to)));
                }
            }
        }
        wait_as_told(vm, io, number, READABLE)?;
    }
}

/// Reads bytes from the file itself, letting other threads run meanwhile; none at the end of the file.
pub fn read_past_buffer(vm: &mut Vm, io: Value, length: usize) -> RResult<Vec<u8>> {
    let mut bytes = vec![0; length];
    loop {
        let number = open_io(vm, io)?.descriptor(false);
        if crate::sys::is_ready(number, READABLE) {
            let data = open_io(vm, io)?;
            match data.file.as_mut().map_or(Ok(0), |file| file.read(&mut bytes)) {
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::Interrupted) => {}
                read => {
                    bytes.truncate(check(vm, read, "")?);
                    return Ok(bytes);
                }
            }
        }
        wait_as_told(vm, io, number, READABLE)?;
    }
}

/// Waits for a descriptor of an IO, no longer than its `timeout` says.
pub fn wait_as_told(vm: &mut Vm, io: Value, number: i32, events: u16) -> RResult<()> {
    let timeout = io_data(vm, io)?.timeout;
    if let Some(scheduler) = vm.current_scheduler()? {
        let limit = timeout.map_or(Value::NIL, |timeout| vm.float(timeout));
        if vm.send(scheduler, "io_wait", &[io, Value::small(i64::from(events)), limit])?.truthy() {
            return Ok(());
        }
    } else if vm.wait_for_descriptor(number, events, timeout.map(crate::thread::after))? {
        return Ok(());
    }
    let class = vm.class_at("IO::TimeoutError");
    Err(vm.raise(class, "Blocking operation timed out!"))
}

/// Hidden variable: the timeout as the program gave it.
const TIMEOUT: &str = "timeout ";

/// What the end of the program has to see to.
#[derive(Default)]
pub struct Unwritten {
    /// The standard streams as the program found them.
    pub standard: Vec<Value>,
    /// Has any other stream kept back what was written to it?
    pub elsewhere: bool,
    /// What forgotten streams left.
    pub unsent: Unsent,
}

/// What a forgotten IO had not written yet.
struct Rest {
    bytes: Vec<u8>,
    file: Option<File>,
    autoclose: bool,
}

impl Rest {
    /// Writes as much as goes without waiting; what is left then. Faults have nobody to go to.
    fn send(mut self) -> Option<Rest> {
        let file = self.file.as_ref()?;
        let mut done = 0;
        while done < self.bytes.len() {
            match crate::sys::write_now(file, &self.bytes[done..]) {
                Ok(count) => done += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    self.bytes.drain(..done);
                    return Some(self);
                }
                Err(_) => return None,
            }
        }
        None
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        // Nobody is left to hear of a fault.
        let _ = give_up(self.file.take(), self.autoclose);
    }
}

/// So many forgotten streams wait for room at most; beyond, the oldest are closed.
const UNSENT_MAX: usize = 256;

/// What forgotten streams left, as the VM and the streams that hold something back share it.
#[derive(Clone, Default)]
pub struct Unsent(Rc<RefCell<VecDeque<Rest>>>);

impl Unsent {
    fn inherit(&self, rest: Rest) {
        let mut list = self.0.borrow_mut();
        if list.len() >= UNSENT_MAX {
            list.pop_front();
        }
        list.push_back(rest);
    }

    /// Tries again; what still finds no room stays.
    fn send(&self) {
        let waiting = std::mem::take(&mut *self.0.borrow_mut());
        waiting.into_iter().filter_map(Rest::send).for_each(|rest| self.inherit(rest));
    }
}

impl vm::vm::Extension for Unwritten {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        for &stream in &self.standard {
            tracer.value(stream);
        }
    }

    fn at_safepoint(&self) -> Option<fn(&mut Vm)> {
        (!self.unsent.0.borrow().is_empty()).then_some(|vm| vm.extension::<Unwritten>().unsent.clone().send())
    }
}

/// The program ends: what streams have buffered is written. Faults have nobody to go to.
pub fn flush_all(vm: &mut Vm) {
    let mut streams = vm.roots.values(&[]);
    let unwritten = vm.extension::<Unwritten>();
    streams.extend(unwritten.standard.iter().copied());
    unwritten.unsent.send();
    if unwritten.elsewhere {
        streams.extend(vm.all_values().iter().copied());
    }
    for &value in streams.iter() {
        if let Some(data) = objects::RData::new(value).and_then(|data| data.change::<IoData>(&mut vm.heap)) {
            let _lost = data.flush();
        }
    }
}

/// Writes the write buffer of an IO out, letting other threads run where the descriptor has no room.
pub fn flush(vm: &mut Vm, io: Value) -> RResult<()> {
    let alone = vm.live_threads().len() < 2;
    let data = io_data(vm, io)?;
    let is_socket = data.is_socket;
    if alone && !is_socket && data.timeout.is_none() {
        let result = data.flush();
        return check_written(vm, io, result, "");
    }
    let bytes = data.take_written();
    let mut done = 0;
    while done < bytes.len() {
        let data = open_io(vm, io)?;
        let number = data.descriptor(true);
        if number >= 0 && !is_socket && !crate::sys::is_ready(number, WRITABLE) {
            wait_as_told(vm, io, number, WRITABLE)?;
            continue;
        }
        let end = if is_socket { bytes.len() } else { bytes.len().min(done + PIPE_ROOM) };
        match data.write_some(&bytes[done..end]) {
            Ok(count) => done += count,
            Err(error) if is_socket && error.kind() == std::io::ErrorKind::WouldBlock => wait_as_told(vm, io, number, WRITABLE)?,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::Interrupted) => {}
            Err(error) => return check_written(vm, io, Err(error), ""),
        }
    }
    Ok(())
}

/// Gives what writing to an IO came to, or raises. A program whose standard output went away ends by SIGPIPE, as in CRuby, unless it
/// rescues the error.
pub fn check_written<T>(vm: &mut Vm, io: Value, result: std::io::Result<T>, what: &str) -> RResult<T> {
    let Err(error) = result else { return check(vm, result, what) };
    let is_output = io_data(vm, io).is_ok_and(|data| data.is_standard && data.fileno() == Some(libc::STDOUT_FILENO));
    let ends = is_output && error.raw_os_error() == Some(libc::EPIPE);
    let raised = raise_io(vm, &error, what);
    if let (true, vm::Pending::Exception(exception)) = (ends, vm.pending) {
        vm.set_hidden(exception, vm::sym::H_SIGNO, Value::small(i64::from(libc::SIGPIPE)));
    }
    Err(raised)
}

/// Closes a file. `IO.for_fd` gives a descriptor a second owner, so another one may have closed it before: EBADF.
pub fn release(file: Option<File>) -> std::io::Result<()> {
    let Some(file) = file else { return Ok(()) };
    match rustix::io::fcntl_getfd(&file) {
        Ok(_) => {
            let _: () = drop(file);
            Ok(())
        }
        Err(error) => {
            // The number belongs to nobody any more: only forget it.
            let _ = std::os::fd::IntoRawFd::into_raw_fd(file);
            Err(error.into())
        }
    }
}

/// Closes a file, unless its descriptor belongs to somebody else (`autoclose: false`).
fn give_up(file: Option<File>, autoclose: bool) -> std::io::Result<()> {
    if autoclose {
        return release(file);
    }
    let _number = file.map(std::os::fd::IntoRawFd::into_raw_fd);
    Ok(())
}

/// An IO is about to be closed: threads that wait for its descriptors get an IOError.
fn tell_waiting(vm: &mut Vm, io: Value) -> RResult<()> {
    let data = io_data(vm, io)?;
    let numbers = [data.descriptor(false), data.descriptor(true)];
    let me = vm.current_thread();
    for &thread in vm.roots.values(vm.live_threads()).iter() {
        let waits = vm.thread_view(thread).is_some_and(|data| data.descriptor >= 0 && numbers.contains(&data.descriptor));
        if waits && thread != me {
            let class = vm.core.io_error;
            let message = vm.str("stream closed in another thread");
            let exception = vm.new_exception(class, message)?;
            vm.interrupt_thread(thread, vm::thread::Interrupt::Raise(exception));
        }
    }
    Ok(())
}

/// An IO without file, for `IO.allocate` and `IO.new`.
pub fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::new(IoData::new(None, Mode::default(), None))))
}

/// A second descriptor of an open IO, whose bytes are written out before; EBADF when it has none.
pub fn second_file(vm: &mut Vm, io: Value, path: &str) -> RResult<File> {
    let source = open_io(vm, io)?;
    let flushed = source.flush();
    let copy = source.file.as_ref().or(source.write_file.as_ref()).map(File::try_clone);
    check(vm, flushed, "")?;
    match copy {
        Some(copy) => check(vm, copy, ""),
        None => Err(raise_errno(vm, libc::EBADF, path)),
    }
}

/// The native part of an IO object.
pub fn io_data(vm: &mut Vm, value: Value) -> RResult<&mut IoData> {
    vm.native::<IoData>(value, "IO")
}

/// The native part of an open IO; IOError otherwise.
pub fn open_io(vm: &mut Vm, value: Value) -> RResult<&mut IoData> {
    let data = io_data(vm, value)?;
    if data.file.is_some() || data.write_file.is_some() {
        return io_data(vm, value);
    }
    let message = if data.is_initialized { "closed stream" } else { "uninitialized stream" };
    let class = vm.core.io_error;
    Err(vm.raise(class, message))
}

/// State of an IO.
pub struct State;

#[ruby_methods("IO")]
impl State {
    #[method("close")]
    fn close(vm: &mut Vm, this: Value) -> RResult<()> {
        tell_waiting(vm, this)?;
        let flushed = flush(vm, this);
        let data = io_data(vm, this)?;
        let autoclose = data.autoclose;
        let closed = [data.file.take(), data.write_file.take()].map(|file| give_up(file, autoclose));
        let flushed = closed.into_iter().fold(flushed, |before, closed| before.and_then(|()| check(vm, closed, "")));
        let data = io_data(vm, this)?;
        let (freed, child) = (data.free_buffers(), data.process.take());
        vm.heap.forget_malloc(freed);
        if let Some(pid) = child {
            crate::children::reap(vm, pid)?;
        }
        flushed
    }

    #[method("close_read")]
    fn close_read(vm: &mut Vm, this: Value) -> RResult<()> {
        let data = io_data(vm, this)?;
        if data.write_file.is_some() {
            data.mode.0 &= !Mode::READ;
            let closed = release(data.file.take());
            return check(vm, closed, "");
        }
        if data.process.is_some() && !data.mode.has(Mode::READ) {
            return Ok(());
        }
        if data.mode.has(Mode::WRITE) && data.file.is_some() {
            let class = vm.core.io_error;
            return Err(vm.raise(class, "closing non-duplex IO for reading"));
        }
        Self::close(vm, this)
    }

    #[method("close_write")]
    fn close_write(vm: &mut Vm, this: Value) -> RResult<()> {
        let data = io_data(vm, this)?;
        if data.write_file.is_some() {
            let flushed = flush(vm, this);
            let data = io_data(vm, this)?;
            data.mode.0 &= !Mode::WRITE;
            let closed = release(data.write_file.take());
            return flushed.and_then(|()| check(vm, closed, ""));
        }
        if data.process.is_some() && !data.mode.has(Mode::WRITE) {
            return Ok(());
        }
        if data.mode.has(Mode::READ) && data.file.is_some() {
            let class = vm.core.io_error;
            return Err(vm.raise(class, "closing non-duplex IO for writing"));
        }
        Self::close(vm, this)
    }

    #[method("closed?")]
    fn is_closed(vm: &mut Vm, this: Value) -> RResult<bool> {
        let data = io_data(vm, this)?;
        Ok(data.file.is_none() && data.write_file.is_none())
    }

    #[method("fileno", "to_i")]
    fn fileno(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(open_io(vm, this)?.fileno().unwrap_or(-1)))
    }

    #[method("to_io")]
    fn to_io(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    #[method("sync")]
    fn sync(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(open_io(vm, this)?.sync)
    }

    #[method("sync=")]
    fn set_sync(vm: &mut Vm, this: Value, on: bool) -> RResult<bool> {
        let data = open_io(vm, this)?;
        data.sync = on;
        let flushed = data.flush();
        check(vm, flushed, "")?;
        Ok(on)
    }

    #[method("fsync", "fdatasync")]
    fn fsync(vm: &mut Vm, this: Value) -> RResult<i64> {
        let data = open_io(vm, this)?;
        let flushed = data.flush().and_then(|()| data.file.as_ref().map_or(Ok(()), File::sync_all));
        check(vm, flushed, "")?;
        Ok(0)
    }

    #[method("tty?", "isatty")]
    fn is_tty(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(open_io(vm, this)?.file.as_ref().is_some_and(std::io::IsTerminal::is_terminal))
    }

    #[method("pid")]
    fn pid(vm: &mut Vm, this: Value) -> RResult {
        Ok(open_io(vm, this)?.process.map_or(Value::NIL, |pid| Value::small(i64::from(pid))))
    }

    #[method("path", "to_path")]
    fn path(vm: &mut Vm, this: Value) -> RResult {
        match io_data(vm, this)?.path.clone() {
            Some(path) => Ok(path.value(vm)),
            None => Ok(Value::NIL),
        }
    }

    #[method("lineno")]
    fn line_number(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(super::read::readable(vm, this)?.line_number)
    }

    #[method("lineno=")]
    fn set_line_number(vm: &mut Vm, this: Value, number: Value) -> RResult {
        super::read::readable(vm, this)?;
        let count = vm.to_int(number)?;
        let count = vm.to_i64(count)?;
        if i32::try_from(count).is_err() {
            let side = if count < 0 { "small" } else { "big" };
            return Err(vm.range_error(&format!("integer {count} too {side} to convert to 'int'")));
        }
        io_data(vm, this)?.line_number = count;
        Ok(number)
    }

    #[method("binmode")]
    fn binmode(vm: &mut Vm, this: Value) -> RResult {
        let data = open_io(vm, this)?;
        data.mode.0 |= Mode::BINARY;
        data.external = Some(Encoding::BINARY);
        data.internal = None;
        data.conversion.newline = Newline::Keep;
        if let Some(reading) = data.reading.take() {
            data.unread_behind(&reading.raw);
        }
        Ok(this)
    }

    #[method("binmode?")]
    fn is_binmode(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(open_io(vm, this)?.mode.has(Mode::BINARY))
    }

    #[method("close_on_exec?")]
    fn close_on_exec(vm: &mut Vm, this: Value) -> RResult<bool> {
        let number = open_io(vm, this)?.fileno().unwrap_or(-1);
        let flags = crate::sys::control(number, libc::F_GETFD, 0);
        Ok(check(vm, flags, "")? & libc::FD_CLOEXEC != 0)
    }

    #[method("close_on_exec=")]
    fn set_close_on_exec(vm: &mut Vm, this: Value, closes: Value) -> RResult {
        let data = open_io(vm, this)?;
        let numbers = [data.fileno().unwrap_or(-1), data.descriptor(true)];
        for number in numbers {
            let done = crate::sys::control(number, libc::F_SETFD, i64::from(if closes.truthy() { libc::FD_CLOEXEC } else { 0 }));
            check(vm, done, "")?;
        }
        Ok(closes)
    }

    #[method("timeout")]
    fn timeout(vm: &mut Vm, this: Value) -> RResult {
        io_data(vm, this)?;
        let name = vm.intern(TIMEOUT);
        Ok(vm.hidden(this, name).unwrap_or(Value::NIL))
    }

    /// Seconds that reading and writing may wait each time; nil for ever.
    #[method("timeout=")]
    fn set_timeout(vm: &mut Vm, this: Value, seconds: Value) -> RResult {
        let timeout = if seconds.is_nil() { None } else { Some(crate::thread::interval(vm, seconds)?) };
        io_data(vm, this)?.timeout = timeout;
        let name = vm.intern(TIMEOUT);
        vm.set_hidden(this, name, seconds);
        Ok(seconds)
    }

    #[method("autoclose?")]
    fn autoclose(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(open_io(vm, this)?.autoclose)
    }

    #[method("autoclose=")]
    fn set_autoclose(vm: &mut Vm, this: Value, closes: Value) -> RResult {
        open_io(vm, this)?.autoclose = closes.truthy();
        Ok(closes)
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        let class = vm.class_name_of(this);
        let data = io_data(vm, this)?;
        if !data.is_initialized {
            return Ok(vm.any_to_s(this));
        }
        let path = data.path.as_ref().map(FileName::to_string);
        Ok(match (path, data.file.is_none() && data.write_file.is_none()) {
            (Some(path), true) => format!("#<{class}:{path} (closed)>"),
            (None, true) => format!("#<{class}:(closed)>"),
            (Some(path), false) => format!("#<{class}:{path}>"),
            (None, false) => format!("#<{class}:fd {}>", data.fileno().unwrap_or(-1)),
        })
    }
}
