//! Making buffers, what they are, and giving their memory up.

use super::memory::{self, BufferData, Memory, data};
use super::{PAGE_SIZE, count, count_or, flag, offset_of, part_of, raise};
use crate::errors::{check, raise_errno};
use macros::ruby_methods;
use vm::vm::Extension;
use vm::{Block, RClass, RResult, RString, Value, Vm};

/// Has the program been told that buffers are experimental?
#[derive(Default)]
struct Told(bool);

impl Extension for Told {
    fn trace(&self, _tracer: &mut heap::Tracer<'_>) {}
}

fn tell(vm: &mut Vm) -> RResult<()> {
    let told = std::mem::replace(&mut vm.extension::<Told>().0, true);
    if !told && vm.warns_category("experimental") {
        vm.warn_at_caller("IO::Buffer is experimental and both the Ruby and C interface may change in the future!")?;
    }
    Ok(())
}

/// The kind of memory that is usual for a size.
fn usual_flags(size: usize) -> u32 {
    if size >= PAGE_SIZE { flag::MAPPED } else { flag::INTERNAL }
}

/// A new buffer of the class with zeroed memory.
pub fn fresh(vm: &mut Vm, class: RClass, size: usize) -> RResult {
    let memory = if size == 0 { Memory::None } else { Memory::Own(memory::zeroed(vm, size)?) };
    let flags = if size == 0 { 0 } else { usual_flags(size) };
    Ok(vm.data(class, Box::new(BufferData::new(memory, size, flags))))
}

/// A buffer over a String's bytes.
fn over_text(vm: &mut Vm, class: RClass, text: RString, flags: u32) -> Value {
    vm.data(class, Box::new(BufferData::new(Memory::Text(text.value(), 0), text.len(), flag::EXTERNAL | flags)))
}

/// Runs the block with a buffer over the String, which may not change by itself meanwhile.
fn lend(vm: &mut Vm, class: RClass, text: RString, block: Block) -> RResult {
    let frozen = vm.is_frozen(text.value());
    let buffer = over_text(vm, class, text, if frozen { flag::READONLY } else { 0 });
    if !frozen {
        vm.lock_string(text)?;
    }
    vm.ensure(
        |vm| block.call(vm, &[buffer]),
        |vm| {
            data(vm, buffer)?.put(Memory::None, 0, 0);
            if frozen { Ok(()) } else { vm.unlock_string(text) }
        },
    )
}

/// Making buffers.
pub struct Making;

#[ruby_methods("IO::Buffer")]
impl Making {
    /// `IO::Buffer.for(string)`, with a block for memory that may be changed.
    #[singleton("for")]
    fn of_string(vm: &mut Vm, this: RClass, text: RString, block: Block) -> RResult {
        if block.is_some() {
            return lend(vm, this, text, block);
        }
        let text = match vm.is_frozen(text.value()) {
            true => text.value(),
            false => {
                let copy = vm.string(text.bytes(), text.encoding());
                vm.freeze(copy)
            }
        };
        match RString::new(text) {
            Some(text) => Ok(over_text(vm, this, text, flag::READONLY)),
            None => Err(vm.wrong_type(text, "String")),
        }
    }

    /// `IO::Buffer.string(length) { |buffer| ... }`: the String that the block filled.
    #[singleton("string")]
    fn string(vm: &mut Vm, this: RClass, length: i64, block: Block) -> RResult {
        let Some(length) = usize::try_from(length).ok().filter(|&length| length < isize::MAX as usize / 2) else {
            return Err(vm.argument_error("negative string size (or size too big)"));
        };
        if !block.is_some() {
            return Err(vm.local_jump_error("no block given", "noreason", Value::NIL));
        }
        vm.room_for(length)?;
        let text = vm.new_string(&vec![0; length], text::encoding::Encoding::BINARY);
        lend(vm, this, text, block)?;
        Ok(text.value())
    }

    /// `IO::Buffer.map(file, size = file size, offset = 0, flags = 0)`
    #[singleton("map")]
    fn map(vm: &mut Vm, this: RClass, file: Value, size: Option<Value>, offset: Option<Value>, flags: Option<Value>) -> RResult {
        tell(vm)?;
        let opened = file_of(vm, file)?;
        let whole = opened.file.metadata();
        let whole = check(vm, whole, "")?.len() as usize;
        let size = match size.filter(|size| !size.is_nil()) {
            Some(size) => {
                let size = count(vm, size, "Size")?;
                if size == 0 {
                    return Err(vm.argument_error("Size can't be zero!"));
                }
                if size > whole {
                    return Err(vm.argument_error("Size can't be larger than file size!"));
                }
                Some(size)
            }
            None if whole == 0 => return Err(vm.argument_error("Invalid negative or zero file size!")),
            None => None,
        };
        let offset = offset_of(vm, offset)?;
        if offset >= whole || size.is_some_and(|size| size > whole - offset) {
            return Err(vm.argument_error("Offset too large!"));
        }
        let size = size.unwrap_or(whole - offset);
        let flags = count_or(vm, flags, "Flags", 0)? as u32;
        if offset % PAGE_SIZE != 0 {
            return Err(raise_errno(vm, libc::EINVAL, "io_buffer_map_file:mmap"));
        }
        let made = map_file(vm, opened, size, offset, flags)?;
        Ok(vm.data(this, Box::new(made)))
    }

    /// `IO::Buffer.new(size = DEFAULT_SIZE, flags = 0)`
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, size: Option<Value>, flags: Option<Value>) -> RResult<()> {
        tell(vm)?;
        let size = size.map_or(Ok(super::DEFAULT_SIZE), |size| count(vm, size, "Size"))?;
        let flags = flags.map_or(Ok(usual_flags(size)), |flags| count(vm, flags, "Flags").map(|flags| flags as u32))?;
        if size == 0 {
            data(vm, this)?.put(Memory::None, 0, 0);
            return Ok(());
        }
        if flags & (flag::INTERNAL | flag::MAPPED) == 0 {
            return Err(raise(vm, "AllocationError", "Could not allocate buffer!"));
        }
        let memory = if flags & flag::SHARED == 0 { Memory::Own(memory::zeroed(vm, size)?) } else { shared_memory(vm, size)? };
        data(vm, this)?.put(memory, size, flags);
        Ok(())
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let size = data(vm, other)?.size;
        let bytes = memory::copied(vm, other, 0, size)?;
        let memory = if size == 0 { Memory::None } else { Memory::Own(bytes) };
        data(vm, this)?.put(memory, size, if size == 0 { 0 } else { usual_flags(size) });
        Ok(this)
    }
}

/// Memory that child processes share: a file without a name.
fn shared_memory(vm: &mut Vm, size: usize) -> RResult<Memory> {
    let made = rustix::fs::memfd_create(c"buffer", rustix::fs::MemfdFlags::CLOEXEC).map(std::fs::File::from);
    let file = made.map_err(std::io::Error::from).and_then(|file| file.set_len(size as u64).map(|()| file));
    Ok(Memory::File(check(vm, file, "")?, 0))
}

/// A file of the program's with a descriptor of its own.
struct Opened {
    file: std::fs::File,
    is_writable: bool,
}

fn file_of(vm: &mut Vm, io: Value) -> RResult<Opened> {
    if !vm.is_a(io, vm.core.io) {
        let given = vm.class_name_of(io);
        return Err(vm.type_error(&format!("expected IO or #fileno, {given} given")));
    }
    let opened = crate::io::open_io(vm, io)?;
    let is_writable = opened.mode.has(crate::io::Mode::WRITE);
    let flushed = opened.flush();
    check(vm, flushed, "")?;
    let file = crate::io::copy_of_descriptor(vm, io, false)?.into();
    Ok(Opened { file, is_writable })
}

/// A private part is a copy; a shared one is the file itself.
fn map_file(vm: &mut Vm, Opened { file, is_writable }: Opened, size: usize, offset: usize, flags: u32) -> RResult<BufferData> {
    let private = flags & flag::PRIVATE != 0;
    let readonly = flags & flag::READONLY;
    if !private && readonly == 0 && !is_writable {
        return Err(raise_errno(vm, libc::EACCES, "io_buffer_map_file:mmap"));
    }
    if private {
        let mut bytes = memory::zeroed(vm, size)?;
        let result = std::os::unix::fs::FileExt::read_exact_at(&file, &mut bytes, offset as u64);
        check(vm, result, "")?;
        let flags = flag::MAPPED | flag::FILE | flag::PRIVATE | readonly;
        return Ok(BufferData::new(Memory::Own(bytes), size, flags));
    }
    let flags = flag::EXTERNAL | flag::MAPPED | flag::FILE | flag::SHARED | readonly;
    Ok(BufferData::new(Memory::File(file, offset as u64), size, flags))
}

/// What a buffer is.
pub struct State;

#[ruby_methods("IO::Buffer")]
impl State {
    #[method("size")]
    fn size(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(data(vm, this)?.size)
    }

    #[method("valid?")]
    fn is_valid(vm: &mut Vm, this: Value) -> RResult<bool> {
        memory::is_valid(vm, this)
    }

    #[method("null?")]
    fn is_null(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(data(vm, this)?.is_null())
    }

    #[method("empty?")]
    fn is_empty(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(data(vm, this)?.size == 0)
    }

    #[method("external?")]
    fn is_external(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(data(vm, this)?.has(flag::EXTERNAL))
    }

    #[method("internal?")]
    fn is_internal(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(data(vm, this)?.has(flag::INTERNAL))
    }

    #[method("mapped?")]
    fn is_mapped(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(data(vm, this)?.has(flag::MAPPED))
    }

    #[method("shared?")]
    fn is_shared(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(data(vm, this)?.has(flag::SHARED))
    }

    #[method("private?")]
    fn is_private(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(data(vm, this)?.has(flag::PRIVATE))
    }

    #[method("locked?")]
    fn is_locked(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(data(vm, this)?.has(flag::LOCKED))
    }

    #[method("readonly?")]
    fn is_readonly(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(data(vm, this)?.has(flag::READONLY))
    }

    /// Keeps the memory in its place while the block runs. A block that is left early leaves the lock behind, as in CRuby.
    #[method("locked")]
    fn locked(vm: &mut Vm, this: Value, block: Block) -> RResult {
        let buffer = data(vm, this)?;
        if buffer.has(flag::LOCKED) {
            return Err(raise(vm, "LockedError", "Buffer already locked!"));
        }
        buffer.flags |= flag::LOCKED;
        let result = block.call(vm, &[this])?;
        data(vm, this)?.flags &= !flag::LOCKED;
        Ok(result)
    }

    #[method("free")]
    fn free(vm: &mut Vm, this: Value) -> RResult {
        let buffer = data(vm, this)?;
        if buffer.has(flag::LOCKED) {
            return Err(raise(vm, "LockedError", "Buffer is locked!"));
        }
        if !buffer.is_null() {
            buffer.put(Memory::None, 0, 0);
        }
        Ok(this)
    }

    /// Another buffer with the memory, which this one gives up.
    #[method("transfer")]
    fn transfer(vm: &mut Vm, this: Value) -> RResult {
        let buffer = data(vm, this)?;
        if buffer.has(flag::LOCKED) {
            return Err(raise(vm, "LockedError", "Cannot transfer ownership of locked buffer!"));
        }
        let (size, flags) = (buffer.size, buffer.flags);
        let memory = buffer.put(Memory::None, 0, flags);
        let class = vm.real_class_of(this);
        Ok(vm.data(class, Box::new(BufferData::new(memory, size, flags))))
    }

    #[method("resize")]
    fn resize(vm: &mut Vm, this: Value, size: Value) -> RResult {
        let size = count(vm, size, "Size")?;
        let buffer = data(vm, this)?;
        if buffer.has(flag::LOCKED) {
            return Err(raise(vm, "LockedError", "Cannot resize locked buffer!"));
        }
        if buffer.has(flag::EXTERNAL) {
            return Err(raise(vm, "AccessError", "Cannot resize external buffer!"));
        }
        if size == 0 {
            buffer.put(Memory::None, 0, 0);
            return Ok(this);
        }
        let (old, flags) = (buffer.size, buffer.flags);
        let keeps = matches!(buffer.memory, Memory::Own(_)) && flags & (flag::INTERNAL | flag::MAPPED) != 0;
        let mut bytes = memory::zeroed(vm, size)?;
        let kept = memory::copied(vm, this, 0, old.min(size))?;
        bytes[..kept.len()].copy_from_slice(&kept);
        let flags = if keeps { flags } else { usual_flags(size) };
        // A part lies where it was as long as its memory only grows at the end.
        let number = data(vm, this)?.number;
        let buffer = data(vm, this)?;
        buffer.put(Memory::Own(bytes), size, flags);
        if keeps {
            buffer.number = number;
        }
        Ok(this)
    }

    /// A buffer over a part of the memory.
    #[method("slice")]
    fn slice(vm: &mut Vm, this: Value, offset: Option<Value>, length: Option<Value>) -> RResult {
        let size = data(vm, this)?.size;
        let (offset, length) = part_of(vm, size, offset, length)?;
        let buffer = data(vm, this)?;
        let flags = buffer.flags & flag::READONLY;
        let number = buffer.number;
        let part = match buffer.memory {
            Memory::Part(root, start, number, _) => Ok((root, start, number)),
            Memory::Text(text, from) => Err(Memory::Text(text, from + offset)),
            _ => Ok((this, 0, number)),
        };
        let address = memory::address(vm, this)? + offset;
        let memory = part.map_or_else(|text| text, |(root, start, number)| Memory::Part(root, start + offset, number, address));
        let class = vm.real_class_of(this);
        Ok(vm.data(class, Box::new(BufferData::new(memory, length, flags))))
    }
}
