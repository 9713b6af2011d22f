//! The memory behind a buffer.
//!
//! Invariant: nobody keeps a view of it over a call that may run Ruby code; who has a part of another buffer's memory finds it again
//! at each access, so that memory that was given up is noticed. A file's bytes are read and written in place of being mapped: other
//! processes see the same, and a file that is cut short ends no process.

use super::{flag, raise};
use heap::Tracer;
use objects::NativeData;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use vm::{RClass, RResult, RString, Raised, Value, Vm};

/// Where the bytes are.
pub enum Memory {
    /// Nowhere.
    None,
    /// Its own.
    Own(Vec<u8>),
    /// Those of a String from an offset on.
    Text(Value, usize),
    /// A file's from an offset on.
    File(File, u64),
    /// A part of another buffer's, from an offset on, of the memory with this number, once at this address.
    Part(Value, usize, u64, usize),
}

/// Native part of an IO::Buffer.
pub struct BufferData {
    /// Where the bytes are.
    pub memory: Memory,
    /// How many.
    pub size: usize,
    /// Bits of `flag`.
    pub flags: u32,
    /// Counts the memories that it gave up.
    pub number: u64,
}

impl NativeData for BufferData {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Memory::Text(value, _) | Memory::Part(value, ..) = self.memory {
            tracer.value(value);
        }
    }
}

impl BufferData {
    /// A buffer of the given memory.
    pub fn new(memory: Memory, size: usize, flags: u32) -> BufferData {
        BufferData { memory, size, flags, number: 0 }
    }

    /// Does it have any of these flags?
    pub fn has(&self, flags: u32) -> bool {
        self.flags & flags != 0
    }

    /// Is there no memory?
    pub fn is_null(&self) -> bool {
        matches!(self.memory, Memory::None)
    }

    /// Gives the memory up for another; parts of the old one are invalid from now on.
    pub fn put(&mut self, memory: Memory, size: usize, flags: u32) -> Memory {
        self.number += 1;
        (self.size, self.flags) = (size, flags);
        std::mem::replace(&mut self.memory, memory)
    }
}

/// `IO::Buffer.allocate`
pub fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::new(BufferData::new(Memory::None, 0, 0))))
}

/// The native part.
pub fn data(vm: &mut Vm, buffer: Value) -> RResult<&mut BufferData> {
    if objects::RData::new(buffer).is_none_or(|data| !data.is::<BufferData>()) {
        return Err(vm.wrong_type(buffer, "IO::Buffer"));
    }
    vm.native::<BufferData>(buffer, "IO::Buffer")
}

/// Zeroed bytes; AllocationError when there is no room.
pub fn zeroed(vm: &mut Vm, size: usize) -> RResult<Vec<u8>> {
    let mut bytes = Vec::new();
    if size > isize::MAX as usize / 2 || bytes.try_reserve_exact(size).is_err() {
        return Err(match size < super::PAGE_SIZE {
            true => raise(vm, "AllocationError", "Could not allocate buffer!"),
            false => crate::errors::raise_errno(vm, libc::ENOMEM, "io_buffer_map_memory:mmap"),
        });
    }
    vm.heap.note_malloc(size);
    bytes.resize(size, 0);
    Ok(bytes)
}

/// The buffer whose memory it is, and where in it.
fn home(vm: &mut Vm, buffer: Value) -> RResult<Option<(Value, usize)>> {
    let this = data(vm, buffer)?;
    let size = this.size;
    let Memory::Part(root, start, number, _) = this.memory else {
        let start = if let Memory::Text(_, from) = this.memory { from } else { 0 };
        return Ok(Some((buffer, start)));
    };
    let root_data = data(vm, root)?;
    let is_there = root_data.number == number && start + size <= root_data.size;
    Ok(is_there.then_some((root, start)))
}

/// Is the memory still there?
pub fn is_valid(vm: &mut Vm, buffer: Value) -> RResult<bool> {
    let Some((root, _)) = home(vm, buffer)? else { return Ok(false) };
    let size = data(vm, buffer)?.size;
    Ok(match data(vm, root)?.memory {
        Memory::Text(text, from) => RString::new(text).is_some_and(|text| from + size <= text.len()),
        Memory::None => root == buffer,
        _ => true,
    })
}

/// The same range of the memory itself, with its owner.
fn located(vm: &mut Vm, buffer: Value, problem: &str) -> RResult<(Value, usize)> {
    if !is_valid(vm, buffer)? {
        return Err(raise(vm, "InvalidatedError", problem));
    }
    Ok(home(vm, buffer)?.unwrap_or((buffer, 0)))
}

/// Looks at `length` bytes from `offset` on, which lie inside of the buffer.
pub fn read<T>(vm: &mut Vm, buffer: Value, offset: usize, length: usize, look: impl FnOnce(&[u8]) -> T) -> RResult<T> {
    let (root, start) = located(vm, buffer, "Buffer has been invalidated!")?;
    let range = start + offset..start + offset + length;
    match &data(vm, root)?.memory {
        Memory::None => Ok(look(&[])),
        Memory::Own(bytes) => Ok(look(&bytes[range])),
        &Memory::Text(text, _) => match RString::new(text) {
            Some(text) => Ok(look(&text.bytes()[range])),
            None => Err(invalid(vm)),
        },
        Memory::File(file, place) => {
            let mut bytes = vec![0; length];
            let result = file.read_exact_at(&mut bytes, place + range.start as u64);
            crate::errors::check(vm, cut_short(result), "")?;
            Ok(look(&bytes))
        }
        Memory::Part(..) => Err(invalid(vm)),
    }
}

/// Pages behind the end of a file that was cut short are zero.
fn cut_short(result: std::io::Result<()>) -> std::io::Result<()> {
    result.or_else(|error| if error.kind() == std::io::ErrorKind::UnexpectedEof { Ok(()) } else { Err(error) })
}

#[cold]
fn invalid(vm: &mut Vm) -> Raised {
    raise(vm, "InvalidatedError", "Buffer is invalid!")
}

/// Raises unless the buffer may be changed.
pub fn check_writable(vm: &mut Vm, buffer: Value) -> RResult<()> {
    let is_text_frozen = match home(vm, buffer)? {
        Some((root, _)) => match data(vm, root)?.memory {
            Memory::Text(text, _) => vm.is_frozen(text),
            _ => false,
        },
        None => false,
    };
    if is_text_frozen || data(vm, buffer)?.has(flag::READONLY) {
        return Err(raise(vm, "AccessError", "Buffer is not writable!"));
    }
    if !is_valid(vm, buffer)? {
        return Err(invalid(vm));
    }
    Ok(())
}

/// Changes `length` bytes from `offset` on, which lie inside of the buffer.
pub fn change<T>(vm: &mut Vm, buffer: Value, offset: usize, length: usize, change: impl FnOnce(&mut [u8]) -> T) -> RResult<T> {
    check_writable(vm, buffer)?;
    let (root, start) = located(vm, buffer, "Buffer is invalid!")?;
    let range = start + offset..start + offset + length;
    match &mut data(vm, root)?.memory {
        Memory::None => Ok(change(&mut [])),
        Memory::Own(bytes) => Ok(change(&mut bytes[range])),
        &mut Memory::Text(text, _) => match RString::new(text) {
            Some(mut text) => match text.bytes_mut() {
                Some(bytes) => Ok(change(&mut bytes[range])),
                None => Err(vm.no_memory()),
            },
            None => Err(invalid(vm)),
        },
        Memory::File(file, place) => {
            let mut bytes = vec![0; length];
            let place = *place + range.start as u64;
            let result = cut_short(file.read_exact_at(&mut bytes, place)).and_then(|()| {
                let answer = change(&mut bytes);
                file.write_all_at(&bytes, place).map(|()| answer)
            });
            crate::errors::check(vm, result, "")
        }
        Memory::Part(..) => Err(invalid(vm)),
    }
}

/// A copy of bytes.
pub fn copied(vm: &mut Vm, buffer: Value, offset: usize, length: usize) -> RResult<Vec<u8>> {
    read(vm, buffer, offset, length, <[u8]>::to_vec)
}

/// The address that the buffer shows: that of its first byte, 0 without memory.
pub fn address(vm: &mut Vm, buffer: Value) -> RResult<usize> {
    Ok(match &data(vm, buffer)?.memory {
        Memory::None => 0,
        Memory::Own(bytes) => bytes.as_ptr() as usize,
        &Memory::Text(text, from) => RString::new(text).map_or(0, |text| text.bytes().as_ptr() as usize + from),
        // There is none: pages are numbered by the descriptor.
        Memory::File(file, _) => (file.as_raw_fd() as usize) << 12,
        &Memory::Part(.., address) => address,
    })
}
