//! Buffers as text.

use super::memory::{address, data, is_valid, read};
use super::{count_or, flag, part_of};
use macros::ruby_methods;
use vm::{RResult, Value, Vm};

/// Bytes that `inspect` shows at most.
const SHOWN_MAX: usize = 256;
/// Bytes a line.
const WIDTH: usize = 16;

/// One line: the offset, the bytes, and the characters among them.
fn line(offset: usize, bytes: &[u8], width: usize) -> String {
    let digits: String = bytes.iter().map(|byte| format!(" {byte:02x}")).collect();
    let letter = |&byte: &u8| if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' };
    let letters: String = bytes.iter().map(letter).collect();
    let pad = " ".repeat((width - bytes.len()) * 3);
    format!("0x{offset:08x} {digits}{pad} {letters}")
}

fn lines(first: usize, bytes: &[u8], width: usize) -> Vec<String> {
    bytes.chunks(width).enumerate().map(|(index, chunk)| line(first + index * width, chunk, width)).collect()
}

fn summary(vm: &mut Vm, this: Value) -> RResult<String> {
    let (name, address, is_valid) = (vm.class_name_of(this), address(vm, this)?, is_valid(vm, this)?);
    let buffer = data(vm, this)?;
    let is_part = matches!(buffer.memory, super::memory::Memory::Part(..) | super::memory::Memory::Text(..));
    let words = [
        (buffer.is_null(), "NULL"),
        (buffer.has(flag::EXTERNAL), "EXTERNAL"),
        (buffer.has(flag::INTERNAL), "INTERNAL"),
        (buffer.has(flag::MAPPED), "MAPPED"),
        (buffer.has(flag::FILE), "FILE"),
        (buffer.has(flag::SHARED), "SHARED"),
        (buffer.has(flag::LOCKED), "LOCKED"),
        (buffer.has(flag::PRIVATE), "PRIVATE"),
        (buffer.has(flag::READONLY), "READONLY"),
        (is_part, "SLICE"),
        (!is_valid, "INVALID"),
    ];
    let words: String = words.iter().filter(|(holds, _)| *holds).map(|(_, word)| format!(" {word}")).collect();
    Ok(format!("#<{name} 0x{address:016x}+{}{words}>", buffer.size))
}

/// Text forms.
pub struct Shown;

#[ruby_methods("IO::Buffer")]
impl Shown {
    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> RResult<String> {
        summary(vm, this)
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        let mut text = summary(vm, this)?;
        let size = data(vm, this)?.size;
        if !is_valid(vm, this)? {
            return Ok(text);
        }
        for line in read(vm, this, 0, size.min(SHOWN_MAX), |bytes| lines(0, bytes, WIDTH))? {
            text += "\n";
            text += &line;
        }
        if size > SHOWN_MAX {
            text += &format!("\n(and {} more bytes not printed)", size - SHOWN_MAX);
        }
        Ok(text)
    }

    /// `buffer.hexdump(offset = 0, length = rest, width = 16)`
    #[method("hexdump")]
    fn hexdump(vm: &mut Vm, this: Value, offset: Option<Value>, length: Option<Value>, width: Option<Value>) -> RResult {
        let size = data(vm, this)?.size;
        let (offset, length) = part_of(vm, size, offset, length)?;
        let width = count_or(vm, width, "Width", WIDTH)?;
        if width == 0 {
            return Err(vm.argument_error("Width must be at least 1!"));
        }
        vm.room_for(width.saturating_mul(3))?;
        if data(vm, this)?.is_null() || !is_valid(vm, this)? {
            return Ok(Value::NIL);
        }
        let text = read(vm, this, offset, length, |bytes| lines(offset, bytes, width).join("\n"))?;
        Ok(vm.str(&text))
    }
}
