//! Values and texts in a buffer.

use super::memory::{change, check_writable, copied, data, read};
use super::{check_part, count, count_or, offset_of, part_of};
use macros::ruby_methods;
use text::encoding::Encoding;
use vm::{Block, RArray, RResult, RString, Value, Vm};

/// How a number is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unsigned,
    Signed,
    Float,
}

/// A type that programs name: `:u16` is little-endian, `:U16` big-endian.
#[derive(Clone, Copy)]
struct Type {
    kind: Kind,
    size: usize,
    big_endian: bool,
}

impl Type {
    fn named(name: &[u8]) -> Option<Type> {
        let (&letter, digits) = name.split_first()?;
        let kind = match letter.to_ascii_lowercase() {
            b'u' => Kind::Unsigned,
            b's' => Kind::Signed,
            b'f' => Kind::Float,
            _ => return None,
        };
        let big_endian = letter.is_ascii_uppercase();
        let size = match digits {
            b"8" if kind != Kind::Float && big_endian => 1,
            b"16" if kind != Kind::Float => 2,
            b"32" => 4,
            b"64" => 8,
            b"128" if kind != Kind::Float => 16,
            _ => return None,
        };
        Some(Type { kind, size, big_endian })
    }

    fn of(vm: &mut Vm, value: Value) -> RResult<Type> {
        let Some(name) = value.as_symbol() else { return Err(vm.wrong_type(value, "Symbol")) };
        Type::named(vm.symbols.bytes(name)).ok_or_else(|| vm.argument_error("Invalid type name!"))
    }

    /// The bits that the bytes stand for.
    fn bits(self, bytes: &[u8]) -> u128 {
        let mut word = [0; 16];
        word[..self.size].copy_from_slice(bytes);
        if self.big_endian {
            word[..self.size].reverse();
        }
        u128::from_le_bytes(word)
    }

    fn bytes(self, bits: u128) -> [u8; 16] {
        let mut word = bits.to_le_bytes();
        if self.big_endian {
            word[..self.size].reverse();
        }
        word
    }

    fn value(self, vm: &mut Vm, bits: u128) -> Value {
        let spare = 128 - 8 * self.size as u32;
        match (self.kind, self.size) {
            (Kind::Float, 4) => vm.float(f64::from(f32::from_bits(bits as u32))),
            (Kind::Float, _) => vm.float(f64::from_bits(bits as u64)),
            (Kind::Signed, _) => vm.big(((bits << spare) as i128 >> spare).into()),
            (Kind::Unsigned, _) => vm.big(bits.into()),
        }
    }

    /// The bits of a number; too large ones of fewer than 32 bits are cut.
    fn bits_of(self, vm: &mut Vm, value: Value) -> RResult<u128> {
        match (self.kind, self.size) {
            (Kind::Float, 4) => Ok(u128::from((vm.to_f64(value)? as f32).to_bits())),
            (Kind::Float, _) => Ok(u128::from(vm.to_f64(value)?.to_bits())),
            (_, 16) => self.widest_bits(vm, value),
            (_, 8) => self.wide_bits(vm, value),
            (Kind::Signed, _) => Ok(vm.to_i32(value)? as u128),
            (Kind::Unsigned, _) => {
                let number = vm.to_i64(value)?;
                if !(i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&number) {
                    let size = if number < 0 { "small" } else { "big" };
                    return Err(vm.range_error(&format!("integer {number} too {size} to convert to 'unsigned int'")));
                }
                Ok(number as u128)
            }
        }
    }

    /// Numbers of 128 bits are not converted: they have to be Integers of the type's range.
    fn widest_bits(self, vm: &mut Vm, value: Value) -> RResult<u128> {
        if !Vm::is_integer(value) {
            return Err(vm.type_error("not an integer"));
        }
        let number = vm.to_bigint(value)?;
        match (self.kind, i128::try_from(&number), u128::try_from(&number)) {
            (Kind::Signed, Ok(number), _) => Ok(number as u128),
            (Kind::Unsigned, _, Ok(number)) => Ok(number),
            (Kind::Signed, ..) => Err(vm.range_error("bignum too big to convert into 'signed 128-bit integer'")),
            _ if number.sign() == num_bigint::Sign::Minus => Err(vm.range_error("negative integer cannot be converted to unsigned 128-bit integer")),
            _ => Err(vm.range_error("bignum too big to convert into 'unsigned 128-bit integer'")),
        }
    }

    fn wide_bits(self, vm: &mut Vm, value: Value) -> RResult<u128> {
        let number = vm.to_bigint(value)?;
        let (signed, unsigned) = (i64::try_from(&number), u64::try_from(&number));
        match (self.kind, signed, unsigned) {
            (_, Ok(number), _) => Ok(number as u128),
            (Kind::Unsigned, _, Ok(number)) => Ok(u128::from(number)),
            (Kind::Unsigned, ..) => Err(vm.range_error("bignum too big to convert into 'unsigned long long'")),
            _ => Err(vm.range_error("bignum too big to convert into 'long long'")),
        }
    }
}

/// Raises unless a value of the type fits behind the offset.
fn check_type(vm: &mut Vm, this: Value, kind: Type, offset: usize) -> RResult<()> {
    let size = data(vm, this)?.size;
    if offset.checked_add(kind.size).is_none_or(|end| end > size) {
        return Err(vm.argument_error(&format!("Type extends beyond end of buffer! (offset={offset} > size={size})")));
    }
    Ok(())
}

fn get(vm: &mut Vm, this: Value, kind: Type, offset: usize) -> RResult {
    check_type(vm, this, kind, offset)?;
    let bits = read(vm, this, offset, kind.size, |bytes| kind.bits(bytes))?;
    Ok(kind.value(vm, bits))
}

fn set(vm: &mut Vm, this: Value, kind: Type, offset: usize, value: Value) -> RResult<usize> {
    check_type(vm, this, kind, offset)?;
    let bytes = kind.bytes(kind.bits_of(vm, value)?);
    // The conversion may have run code that changed the buffer.
    check_type(vm, this, kind, offset)?;
    change(vm, this, offset, kind.size, |place| place.copy_from_slice(&bytes[..kind.size]))?;
    Ok(offset + kind.size)
}

fn types_of(vm: &mut Vm, types: Value) -> RResult<Vec<Type>> {
    let Some(list) = RArray::new(types) else { return Err(vm.argument_error("Argument buffer_types should be an array!")) };
    let mut found = Vec::with_capacity(list.len());
    let mut index = 0;
    while let Some(name) = list.get(index) {
        index += 1;
        found.push(Type::of(vm, name)?);
    }
    Ok(found)
}

/// Offset and how many values of a size there are behind it, or as many as are asked for.
fn run_of(vm: &mut Vm, this: Value, size: usize, offset: Option<Value>, times: Option<Value>) -> RResult<(usize, usize)> {
    let total = data(vm, this)?.size;
    let offset = count_or(vm, offset, "Offset", 0)?;
    if let Some(times) = times.filter(|times| !times.is_nil()) {
        return Ok((offset, count(vm, times, "Count")?));
    }
    if offset > total {
        return Err(vm.argument_error("The given offset is bigger than the buffer size!"));
    }
    Ok((offset, (total - offset) / size))
}

/// Numbers of all kinds.
pub struct Access;

#[ruby_methods("IO::Buffer")]
impl Access {
    /// `IO::Buffer.size_of(type)`, `IO::Buffer.size_of([types])`
    #[singleton("size_of")]
    fn size_of(vm: &mut Vm, _this: Value, types: Value) -> RResult<usize> {
        if RArray::new(types).is_some() {
            return Ok(types_of(vm, types)?.iter().map(|kind| kind.size).sum());
        }
        Ok(Type::of(vm, types)?.size)
    }

    #[method("get_value")]
    fn get_value(vm: &mut Vm, this: Value, kind: Value, offset: Value) -> RResult {
        let offset = count(vm, offset, "Offset")?;
        let kind = Type::of(vm, kind)?;
        get(vm, this, kind, offset)
    }

    #[method("get_values")]
    fn get_values(vm: &mut Vm, this: Value, types: Value, offset: Value) -> RResult<RArray> {
        let mut offset = count(vm, offset, "Offset")?;
        let list = vm.new_array();
        for kind in types_of(vm, types)? {
            let value = get(vm, this, kind, offset)?;
            vm.push(list, value)?;
            offset += kind.size;
        }
        Ok(list)
    }

    /// Gives the offset behind the value.
    #[method("set_value")]
    fn set_value(vm: &mut Vm, this: Value, kind: Value, offset: Value, value: Value) -> RResult<usize> {
        check_writable(vm, this)?;
        let offset = count(vm, offset, "Offset")?;
        let kind = Type::of(vm, kind)?;
        set(vm, this, kind, offset, value)
    }

    #[method("set_values")]
    fn set_values(vm: &mut Vm, this: Value, types: Value, offset: Value, values: Value) -> RResult<usize> {
        if RArray::new(types).is_none() {
            return Err(vm.argument_error("Argument buffer_types should be an array!"));
        }
        let mut offset = count(vm, offset, "Offset")?;
        let Some(values) = RArray::new(values) else { return Err(vm.argument_error("Argument values should be an array!")) };
        let types = types_of(vm, types)?;
        if types.len() != values.len() {
            return Err(vm.argument_error("Argument buffer_types and values should have the same length!"));
        }
        check_writable(vm, this)?;
        for (index, kind) in types.into_iter().enumerate() {
            offset = set(vm, this, kind, offset, values.get(index).unwrap_or(Value::NIL))?;
        }
        Ok(offset)
    }

    /// `buffer.each(type, offset = 0, count = all) { |offset, value| ... }`
    #[method("each")]
    fn each(vm: &mut Vm, this: Value, kind: Value, offset: Option<Value>, times: Option<Value>, block: Block) -> RResult {
        if !block.is_some() {
            let name = vm.symbol("each");
            let args = [Some(name), Some(kind), offset, times];
            let args: heap::Rooted<Vec<Value>> = vm.roots.root(args.into_iter().flatten().collect());
            return vm.send(this, "to_enum", &args);
        }
        let kind = Type::of(vm, kind)?;
        let (mut offset, times) = run_of(vm, this, kind.size, offset, times)?;
        for _ in 0..times {
            let value = get(vm, this, kind, offset)?;
            let place = vm.int(offset as i64);
            block.call(vm, &[place, value])?;
            offset += kind.size;
        }
        Ok(this)
    }

    #[method("each_byte")]
    fn each_byte(vm: &mut Vm, this: Value, offset: Option<Value>, times: Option<Value>, block: Block) -> RResult {
        if !block.is_some() {
            let name = vm.symbol("each_byte");
            let args: heap::Rooted<Vec<Value>> = vm.roots.root([Some(name), offset, times].into_iter().flatten().collect());
            return vm.send(this, "to_enum", &args);
        }
        let byte = Type { kind: Kind::Unsigned, size: 1, big_endian: true };
        let (offset, times) = run_of(vm, this, 1, offset, times)?;
        for at in 0..times {
            let value = get(vm, this, byte, offset.saturating_add(at))?;
            block.call(vm, &[value])?;
        }
        Ok(this)
    }

    #[method("values")]
    fn values(vm: &mut Vm, this: Value, kind: Value, offset: Option<Value>, times: Option<Value>) -> RResult<RArray> {
        let kind = Type::of(vm, kind)?;
        let (mut offset, times) = run_of(vm, this, kind.size, offset, times)?;
        let list = vm.new_array();
        for _ in 0..times {
            let value = get(vm, this, kind, offset)?;
            vm.push(list, value)?;
            offset += kind.size;
        }
        Ok(list)
    }
}

/// The part of a source of `size` bytes to copy: its offset and length.
fn source_part(vm: &mut Vm, size: usize, length: Option<Value>, offset: Option<Value>) -> RResult<(usize, usize)> {
    let length = match length.filter(|length| !length.is_nil()) {
        Some(length) => Some(count(vm, length, "Length")?),
        None => None,
    };
    let offset = count_or(vm, offset, "Offset", 0)?;
    if offset > size {
        return Err(vm.argument_error("The given source offset is bigger than the source itself!"));
    }
    Ok((offset, length.unwrap_or(size - offset)))
}

/// Copies bytes to an offset; how many.
fn put(vm: &mut Vm, this: Value, offset: usize, bytes: &[u8]) -> RResult<usize> {
    check_writable(vm, this)?;
    let size = data(vm, this)?.size;
    check_part(vm, size, offset, bytes.len())?;
    change(vm, this, offset, bytes.len(), |place| place.copy_from_slice(bytes))?;
    Ok(bytes.len())
}

/// Raises unless the source has the bytes that are asked for.
fn check_source(vm: &mut Vm, size: usize, offset: usize, length: usize) -> RResult<()> {
    if offset.checked_add(length).is_none_or(|end| end > size) {
        return Err(vm.argument_error("The computed source range exceeds the size of the source buffer!"));
    }
    Ok(())
}

/// The encoding that an argument names, BINARY where there is none of that name.
fn encoding_of(vm: &mut Vm, encoding: Value) -> RResult<Encoding> {
    if let Some(encoding) = vm.encoding_in(encoding) {
        return Ok(encoding);
    }
    let name = vm.to_str(encoding)?.to_text();
    Ok(vm.find_encoding(&name).unwrap_or(Encoding::BINARY))
}

/// Texts and other buffers.
pub struct Texts;

#[ruby_methods("IO::Buffer")]
impl Texts {
    /// `buffer.get_string(offset = 0, length = rest, encoding = BINARY)`
    #[method("get_string")]
    fn get_string(vm: &mut Vm, this: Value, offset: Option<Value>, length: Option<Value>, encoding: Option<Value>) -> RResult {
        let size = data(vm, this)?.size;
        let (offset, length) = part_of(vm, size, offset, length)?;
        let encoding = encoding.map_or(Ok(Encoding::BINARY), |encoding| encoding_of(vm, encoding))?;
        vm.room_for(length)?;
        let bytes = copied(vm, this, offset, length)?;
        Ok(vm.string(&bytes, encoding))
    }

    /// `buffer.set_string(string, offset = 0, length = all, source_offset = 0)`
    #[method("set_string")]
    fn set_string(vm: &mut Vm, this: Value, text: RString, offset: Option<Value>, length: Option<Value>, from: Option<Value>) -> RResult<usize> {
        let offset = offset_of(vm, offset)?;
        let (from, length) = source_part(vm, text.len(), length, from)?;
        check_writable(vm, this)?;
        let size = data(vm, this)?.size;
        check_part(vm, size, offset, length)?;
        check_source(vm, text.len(), from, length)?;
        let bytes = text.bytes()[from..from + length].to_vec();
        put(vm, this, offset, &bytes)
    }

    /// `buffer.copy(source, offset = 0, length = all, source_offset = 0)`
    #[method("copy")]
    fn copy(vm: &mut Vm, this: Value, source: Value, offset: Option<Value>, length: Option<Value>, from: Option<Value>) -> RResult<usize> {
        let source_size = data(vm, source)?.size;
        let offset = offset_of(vm, offset)?;
        let (from, length) = source_part(vm, source_size, length, from)?;
        check_writable(vm, this)?;
        let size = data(vm, this)?.size;
        check_part(vm, size, offset, length)?;
        check_source(vm, source_size, from, length)?;
        let bytes = copied(vm, source, from, length)?;
        put(vm, this, offset, &bytes)
    }

    /// `buffer.clear(value = 0, offset = 0, length = rest)`
    #[method("clear")]
    fn clear(vm: &mut Vm, this: Value, value: Option<Value>, offset: Option<Value>, length: Option<Value>) -> RResult {
        let byte = value.map_or(Ok(0), |value| vm.to_i64(value))? as u8;
        let size = data(vm, this)?.size;
        let (offset, length) = part_of(vm, size, offset, length)?;
        change(vm, this, offset, length, |place| place.fill(byte))?;
        Ok(this)
    }

    /// By size, then by bytes.
    #[method("<=>")]
    fn compare(vm: &mut Vm, this: Value, other: Value) -> RResult<i64> {
        let (ours, theirs) = (data(vm, this)?.size, data(vm, other)?.size);
        let bytes = copied(vm, this, 0, ours)?;
        let order = read(vm, other, 0, theirs, |others| ours.cmp(&theirs).then_with(|| bytes[..].cmp(others)))?;
        Ok(order as i64)
    }
}
