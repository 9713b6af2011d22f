//! Where bytes are read from: a String, or an object with `getbyte` and `read`.

use super::responds;
use vm::{RResult, RString, Raised, Value, Vm};

/// What is read from.
pub enum Source {
    /// A copy of a String's bytes and the place of the next one.
    Bytes(Vec<u8>, usize),
    /// An object like an IO.
    Stream(Value),
}

/// Tells an IO that binary data pass through it.
pub fn set_binary(vm: &mut Vm, io: Value) -> RResult<()> {
    if responds(vm, io, "binmode")? {
        vm.send(io, "binmode", &[])?;
    }
    Ok(())
}

fn too_short(vm: &mut Vm) -> Raised {
    vm.argument_error("marshal data too short")
}

impl Source {
    /// The source of `Marshal.load`'s argument.
    pub fn new(vm: &mut Vm, value: Value) -> RResult<Source> {
        if let Some(text) = vm.try_to_str(value)? {
            return Ok(Source::Bytes(text.bytes().to_vec(), 0));
        }
        if !responds(vm, value, "getbyte")? || !responds(vm, value, "read")? {
            return Err(vm.type_error("instance of IO needed"));
        }
        set_binary(vm, value)?;
        Ok(Source::Stream(value))
    }

    /// The next byte.
    pub fn byte(&mut self, vm: &mut Vm) -> RResult<u8> {
        match self {
            Source::Bytes(bytes, position) => {
                let byte = bytes.get(*position).copied().ok_or_else(|| too_short(vm))?;
                *position += 1;
                Ok(byte)
            }
            Source::Stream(io) => {
                let byte = vm.send(*io, "getbyte", &[])?;
                if byte.is_nil() {
                    let class = vm.class_at("EOFError");
                    return Err(vm.raise(class, "end of file reached"));
                }
                Ok(vm.to_i64(byte)? as u8)
            }
        }
    }

    /// The next `count` bytes.
    fn take(&mut self, vm: &mut Vm, count: usize) -> RResult<Vec<u8>> {
        match self {
            Source::Bytes(bytes, position) => {
                let end = position.checked_add(count).filter(|&end| end <= bytes.len()).ok_or_else(|| too_short(vm))?;
                let taken = bytes[*position..end].to_vec();
                *position = end;
                Ok(taken)
            }
            Source::Stream(_) if count == 0 => Ok(Vec::new()),
            Source::Stream(io) => {
                let count_value = vm.int(count as i64);
                let read = vm.send(*io, "read", &[count_value])?;
                match RString::new(read).filter(|read| read.len() == count) {
                    Some(read) => Ok(read.bytes().to_vec()),
                    None => Err(too_short(vm)),
                }
            }
        }
    }

    /// A number in the short form: one byte for small ones, else a count of bytes and the bytes, lowest first.
    pub fn number(&mut self, vm: &mut Vm) -> RResult<i64> {
        let first = self.byte(vm)? as i8;
        let count = match first {
            0 => return Ok(0),
            5.. => return Ok(i64::from(first) - 5),
            ..=-5 => return Ok(i64::from(first) + 5),
            _ => first.unsigned_abs(),
        };
        let mut number = if first < 0 { -1i64 << (8 * count) } else { 0 };
        for place in 0..count {
            number |= i64::from(self.byte(vm)?) << (8 * place);
        }
        Ok(number)
    }

    /// A number of things to come.
    pub fn count(&mut self, vm: &mut Vm, fault: &str) -> RResult<usize> {
        let number = self.number(vm)?;
        usize::try_from(number).map_err(|_| vm.argument_error(fault))
    }

    /// Bytes with their number before them.
    pub fn bytes(&mut self, vm: &mut Vm) -> RResult<Vec<u8>> {
        let count = self.count(vm, "negative string size (or size too big)")?;
        self.take(vm, count)
    }

    /// Bytes of a big number: their count is given in pairs.
    pub fn pairs(&mut self, vm: &mut Vm) -> RResult<Vec<u8>> {
        let count = self.count(vm, "marshal data too short")?;
        self.take(vm, count.saturating_mul(2))
    }
}
