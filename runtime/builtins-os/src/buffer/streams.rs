//! Reading from and writing to descriptors, past the streams' own buffers.
//!
//! What the system refuses is the negative number of the error.

use super::memory::{change, check_writable, copied, data};
use super::part_of;
use crate::io::{copy_of_descriptor, open_io};
use crate::process::stream_of;
use macros::ruby_methods;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use vm::{RResult, Value, Vm};

/// What a transfer is about: a file, from which place in the buffer on, how many bytes at least.
struct Transfer {
    io: Value,
    file: File,
    offset: usize,
    least: usize,
    room: usize,
}

impl Transfer {
    fn new(vm: &mut Vm, this: Value, io: Value, writes: bool, length: Option<Value>, offset: Option<Value>) -> RResult<Transfer> {
        let size = data(vm, this)?.size;
        let (offset, least) = part_of(vm, size, offset, length)?;
        let io = stream_of(vm, io)?;
        let file = copy_of_descriptor(vm, io, writes)?.into();
        Ok(Transfer { io, file, offset, least, room: size - offset })
    }

    /// Runs `step` until the bytes have gone over, there are no more, or it fails.
    fn run(&self, vm: &mut Vm, events: u16, mut step: impl FnMut(&mut Vm, &File, usize, usize) -> RResult<std::io::Result<usize>>) -> RResult<i64> {
        let mut done = 0;
        loop {
            vm.wait_for_descriptor(self.file.as_raw_fd(), events, None)?;
            open_io(vm, self.io)?;
            match step(vm, &self.file, self.offset + done, self.room - done)? {
                Ok(0) => return Ok(done as i64),
                Ok(count) => done += count,
                Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EINTR)) => continue,
                Err(error) => return Ok(-i64::from(error.raw_os_error().unwrap_or(libc::EIO))),
            }
            if done >= self.least || done == self.room {
                return Ok(done as i64);
            }
        }
    }
}

fn place_of(vm: &mut Vm, from: Value) -> RResult<i64> {
    if !Vm::is_integer(from) {
        return Err(vm.type_error("not an Integer"));
    }
    vm.to_i64(from)
}

/// Streams.
pub struct Streams;

#[ruby_methods("IO::Buffer")]
impl Streams {
    /// `buffer.read(io, length = rest, offset = 0)`
    #[method("read")]
    fn read(vm: &mut Vm, this: Value, io: Value, length: Option<Value>, offset: Option<Value>) -> RResult<i64> {
        let transfer = Transfer::new(vm, this, io, false, length, offset)?;
        check_writable(vm, this)?;
        transfer.run(vm, crate::process::READABLE, |vm, mut file, at, room| change(vm, this, at, room, |bytes| file.read(bytes)))
    }

    /// `buffer.write(io, length = rest, offset = 0)`
    #[method("write")]
    fn write(vm: &mut Vm, this: Value, io: Value, length: Option<Value>, offset: Option<Value>) -> RResult<i64> {
        let transfer = Transfer::new(vm, this, io, true, length, offset)?;
        transfer.run(vm, crate::process::WRITABLE, |vm, mut file, at, room| {
            let bytes = copied(vm, this, at, room)?;
            Ok(file.write(&bytes))
        })
    }

    /// `buffer.pread(io, from, length = rest, offset = 0)`
    #[method("pread")]
    fn pread(vm: &mut Vm, this: Value, io: Value, from: Value, length: Option<Value>, offset: Option<Value>) -> RResult<i64> {
        let from = place_of(vm, from)?;
        let transfer = Transfer::new(vm, this, io, false, length, offset)?;
        check_writable(vm, this)?;
        let base = transfer.offset;
        transfer.run(vm, crate::process::READABLE, |vm, file, at, room| {
            let place = from.wrapping_add((at - base) as i64) as u64;
            change(vm, this, at, room, |bytes| file.read_at(bytes, place))
        })
    }

    /// `buffer.pwrite(io, from, length = rest, offset = 0)`
    #[method("pwrite")]
    fn pwrite(vm: &mut Vm, this: Value, io: Value, from: Value, length: Option<Value>, offset: Option<Value>) -> RResult<i64> {
        let from = place_of(vm, from)?;
        let transfer = Transfer::new(vm, this, io, true, length, offset)?;
        let base = transfer.offset;
        transfer.run(vm, crate::process::WRITABLE, |vm, file, at, room| {
            let bytes = copied(vm, this, at, room)?;
            let place = from.wrapping_add((at - base) as i64) as u64;
            Ok(file.write_at(&bytes, place))
        })
    }
}
