//! Functions of Zlib: checksums, and texts compressed at once.

use crate::deflate::deflate_text;
use crate::inflate::inflate_text;
use crate::raw::{self, Checksum};
use macros::ruby_methods;
use num_bigint::BigInt;
use vm::{Block, RResult, Value, Vm};

/// An `unsigned long`; negative numbers stand for their complement.
fn unsigned(vm: &mut Vm, value: Value) -> RResult<u64> {
    let integer = vm.to_int(value)?;
    if let Some(number) = integer.as_fixnum() {
        return Ok(number as u64);
    }
    let fits = |big: &BigInt| u64::try_from(big).or_else(|_| i64::try_from(big).map(|number| number as u64)).ok();
    let number = objects::number::bignum_of(&integer).and_then(fits);
    number.ok_or_else(|| vm.range_error("bignum too big to convert into 'unsigned long'"))
}

/// The checksum of a text or of what an IO has; without one the checksum of nothing.
fn checksum(vm: &mut Vm, text: Option<Value>, start: Option<Value>, empty: u64, sum: Checksum) -> RResult<usize> {
    const PART_BYTES: i64 = 8192;
    let text = text.filter(|text| !text.is_nil());
    let mut total = match start.filter(|start| !start.is_nil()) {
        Some(start) => unsigned(vm, start)? & u64::from(u32::MAX),
        None => empty,
    };
    let Some(text) = text else { return Ok(total as usize) };
    let io = vm.class_at("IO");
    if !vm.is_a(text, io) {
        let text = vm.to_str(text)?;
        return Ok(sum(total, text.bytes()) as usize);
    }
    loop {
        let part = vm.send(text, "read", &[Value::small(PART_BYTES)])?;
        if part.is_nil() {
            return Ok(total as usize);
        }
        let part = vm.to_str(part)?;
        total = sum(total, part.bytes());
    }
}

/// Functions of Zlib.
pub struct Functions;

#[ruby_methods("Zlib")]
impl Functions {
    #[singleton("zlib_version")]
    fn zlib_version(_vm: &mut Vm, _this: Value) -> String {
        raw::version()
    }

    #[singleton("crc32")]
    fn crc32(vm: &mut Vm, _this: Value, text: Option<Value>, start: Option<Value>) -> RResult<usize> {
        checksum(vm, text, start, 0, raw::crc32)
    }

    #[singleton("adler32")]
    fn adler32(vm: &mut Vm, _this: Value, text: Option<Value>, start: Option<Value>) -> RResult<usize> {
        checksum(vm, text, start, 1, raw::adler32)
    }

    #[singleton("crc32_combine")]
    fn crc32_combine(vm: &mut Vm, _this: Value, first: Value, second: Value, length: Value) -> RResult<usize> {
        let (first, second, length) = (unsigned(vm, first)?, unsigned(vm, second)?, vm.to_i64(length)?);
        Ok(raw::crc32_combine(first, second, length) as usize)
    }

    #[singleton("adler32_combine")]
    fn adler32_combine(vm: &mut Vm, _this: Value, first: Value, second: Value, length: Value) -> RResult<usize> {
        let (first, second, length) = (unsigned(vm, first)?, unsigned(vm, second)?, vm.to_i64(length)?);
        Ok(raw::adler32_combine(first, second, length) as usize)
    }

    /// The remainders of all bytes.
    #[singleton("crc_table")]
    fn crc_table(vm: &mut Vm, _this: Value) -> Value {
        const POLYNOMIAL: u32 = 0xedb8_8320;
        let remainder = |byte| (0..8).fold(byte, |rest: u32, _| if rest & 1 == 1 { rest >> 1 ^ POLYNOMIAL } else { rest >> 1 });
        let table: Vec<Value> = (0..256).map(|byte| Value::small(i64::from(remainder(byte)))).collect();
        vm.array(&table)
    }

    #[singleton("deflate")]
    fn deflate(vm: &mut Vm, _this: Value, text: Value, level: Option<Value>, block: Block) -> RResult {
        deflate_text(vm, text, level, block)
    }

    #[singleton("inflate")]
    fn inflate(vm: &mut Vm, _this: Value, text: Value, block: Block) -> RResult {
        inflate_text(vm, text, block)
    }
}
