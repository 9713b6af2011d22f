//! IO::Buffer: memory with a fixed layout, as streams read and write it.
//!
//! Source: CRuby 4.0 `io_buffer.c`, by its behaviour.

mod access;
mod bits;
mod make;
mod memory;
mod shown;
mod streams;

use vm::{RResult, Raised, Value, Vm};

/// Size of a page.
const PAGE_SIZE: usize = 4096;
/// Size of a buffer that is made without one.
const DEFAULT_SIZE: usize = 16 * PAGE_SIZE;

/// What a buffer's memory is, in bits that programs see.
pub mod flag {
    /// Memory of somebody else.
    pub const EXTERNAL: u32 = 1;
    /// Small memory of its own.
    pub const INTERNAL: u32 = 2;
    /// Whole pages.
    pub const MAPPED: u32 = 4;
    /// Other processes see changes.
    pub const SHARED: u32 = 8;
    /// May not be moved now.
    pub const LOCKED: u32 = 32;
    /// A file's bytes, whose changes the file does not see.
    pub const PRIVATE: u32 = 64;
    /// May not be changed.
    pub const READONLY: u32 = 128;
    /// The bytes of a file.
    pub const FILE: u32 = 256;
}

/// Class, constants, methods.
pub fn init(vm: &mut Vm) {
    let (io, object) = (vm.core.io, vm.core.object);
    let class = vm.define_class_under(io, "Buffer", object);
    let comparable = vm.class_view(vm.core.comparable);
    vm.include_module(vm.class_view(class), comparable);
    vm.set_allocator(class, memory::allocate);
    let (runtime_error, argument_error) = (vm.class_at("RuntimeError"), vm.class_at("ArgumentError"));
    for (name, above) in [
        ("LockedError", runtime_error),
        ("AllocationError", runtime_error),
        ("AccessError", runtime_error),
        ("InvalidatedError", runtime_error),
        ("MaskError", argument_error),
    ] {
        vm.define_class_under(class, name, above);
    }
    let sizes = [("PAGE_SIZE", PAGE_SIZE as u32), ("DEFAULT_SIZE", DEFAULT_SIZE as u32)];
    let flags = [
        ("EXTERNAL", flag::EXTERNAL),
        ("INTERNAL", flag::INTERNAL),
        ("MAPPED", flag::MAPPED),
        ("SHARED", flag::SHARED),
        ("LOCKED", flag::LOCKED),
        ("PRIVATE", flag::PRIVATE),
        ("READONLY", flag::READONLY),
    ];
    let orders = [("LITTLE_ENDIAN", 4), ("BIG_ENDIAN", 8), ("HOST_ENDIAN", 4), ("NETWORK_ENDIAN", 8)];
    for (name, value) in sizes.into_iter().chain(flags).chain(orders) {
        let name = vm.intern(name);
        vm.set_constant_raw(vm.class_view(class), name, Value::small(i64::from(value)));
    }
    vm.define_groups(&[
        make::Making::GROUP,
        make::State::GROUP,
        access::Access::GROUP,
        access::Texts::GROUP,
        bits::Bits::GROUP,
        shown::Shown::GROUP,
        streams::Streams::GROUP,
    ]);
}

/// An error of one of the classes below IO::Buffer.
#[cold]
fn raise(vm: &mut Vm, class: &str, message: &str) -> Raised {
    let class = vm.class_at(&format!("IO::Buffer::{class}"));
    vm.raise(class, message)
}

/// An Integer that is not negative; `what` names it in the error.
fn count(vm: &mut Vm, value: Value, what: &str) -> RResult<usize> {
    if !Vm::is_integer(value) {
        return Err(vm.type_error("not an Integer"));
    }
    let number = vm.to_bigint(value)?;
    if number.sign() == num_bigint::Sign::Minus {
        return Err(vm.argument_error(&format!("{what} can't be negative!")));
    }
    usize::try_from(&number).map_err(|_| vm.range_error("bignum too big to convert into 'unsigned long long'"))
}

/// The same, or what stands for an argument that is missing or nil.
fn count_or(vm: &mut Vm, value: Option<Value>, what: &str, default: usize) -> RResult<usize> {
    match value.filter(|value| !value.is_nil()) {
        Some(value) => count(vm, value, what),
        None => Ok(default),
    }
}

/// An offset, zero where it is missing.
fn offset_of(vm: &mut Vm, value: Option<Value>) -> RResult<usize> {
    value.map_or(Ok(0), |value| count(vm, value, "Offset"))
}

/// Offset and length of a part of `size` bytes; without length all that is left.
fn part_of(vm: &mut Vm, size: usize, offset: Option<Value>, length: Option<Value>) -> RResult<(usize, usize)> {
    let offset = count_or(vm, offset, "Offset", 0)?;
    let length = match length.filter(|length| !length.is_nil()) {
        Some(length) => count(vm, length, "Length")?,
        None if offset > size => return Err(vm.argument_error("The given offset is bigger than the buffer size!")),
        None => size - offset,
    };
    check_part(vm, size, offset, length)?;
    Ok((offset, length))
}

fn check_part(vm: &mut Vm, size: usize, offset: usize, length: usize) -> RResult<()> {
    if offset.checked_add(length).is_none_or(|end| end > size) {
        return Err(vm.argument_error("Specified offset+length is bigger than the buffer size!"));
    }
    Ok(())
}
