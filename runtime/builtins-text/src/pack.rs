//! `Array#pack`, `String#unpack`.
//!
//! Source: CRuby `pack.c`, `pack.rb`.

use crate::format::Stop;
use macros::ruby_methods;
use num_bigint::BigInt;
use num_traits::Signed;
use text::pack::{PackArgs, Unpacked};
use vm::{Block, Keywords, RArray, RResult, RString, Value, Vm, sym};

/// Hidden variable of a String with packed pointers: the Strings that they point to.
const POINTED: &str = "pointed ";

/// `Array#pack`.
pub struct Packing;

#[ruby_methods("Array")]
impl Packing {
    #[method("pack")]
    fn pack(vm: &mut Vm, this: RArray, template: RString, keywords: Keywords) -> RResult {
        keywords.check(vm, &["buffer"])?;
        let buffer = keywords.get(vm, "buffer").filter(|value| !value.is_nil());
        let buffer = match buffer {
            Some(buffer) => match RString::new(buffer) {
                Some(buffer) => {
                    vm.check_frozen(buffer.value())?;
                    Some(buffer)
                }
                None => {
                    let name = vm.class_name_of(buffer);
                    return Err(vm.type_error(&format!("buffer must be String, not {name}")));
                }
            },
            None => None,
        };
        let template = template.bytes().to_vec();
        let mut out = buffer.map(|buffer| buffer.bytes().to_vec()).unwrap_or_default();
        let pointed = vm.new_array();
        let mut items = Items { vm, list: this, next: 0, pointed };
        match text::pack::pack(&template, &mut items, &mut out) {
            Ok(encoding) => {
                let packed = match buffer {
                    Some(buffer) => {
                        let own = buffer.encoding();
                        buffer.replace(&out, own).ok_or_else(|| vm.no_memory())?;
                        buffer.value()
                    }
                    None => vm.try_string(&out, encoding)?,
                };
                if !pointed.is_empty() {
                    let name = vm.intern(POINTED);
                    vm.set_hidden(packed, name, pointed.value());
                }
                Ok(packed)
            }
            Err(Stop::Raised(raised)) => Err(raised),
            Err(Stop::Text(error)) => Err(vm.raise_text_error(&error)),
        }
    }
}

struct Items<'a> {
    vm: &'a mut Vm,
    list: RArray,
    next: usize,
    /// Strings whose addresses were packed.
    pointed: RArray,
}

impl Items<'_> {
    fn take(&mut self) -> Value {
        self.next += 1;
        self.list.get(self.next - 1).unwrap_or(Value::NIL)
    }
}

impl PackArgs for Items<'_> {
    type Error = Stop;

    fn remaining(&self) -> usize {
        self.list.len().saturating_sub(self.next)
    }

    fn next_integer(&mut self) -> Result<u64, Stop> {
        let value = self.take();
        let number = self.vm.to_bigint(value)?;
        let mut bytes = number.to_signed_bytes_le();
        let fill = if number.is_negative() { 0xff } else { 0 };
        bytes.resize(8, fill);
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[..8]);
        Ok(u64::from_le_bytes(word))
    }

    fn next_float(&mut self) -> Result<f64, Stop> {
        let value = self.take();
        if !self.vm.is_a(value, self.vm.core.numeric) {
            let name = if value.is_nil() { "nil".to_string() } else { self.vm.class_name_of(value) };
            return Err(self.vm.type_error(&format!("can't convert {name} into Float")).into());
        }
        if self.vm.responds_to(value, sym::TO_F, true)? {
            return Ok(self.vm.to_f64(value)?);
        }
        let name = self.vm.class_name_of(value);
        Err(self.vm.type_error(&format!("can't convert {name} into Float")).into())
    }

    fn next_bytes(&mut self, nil_allowed: bool) -> Result<Vec<u8>, Stop> {
        let value = self.take();
        if nil_allowed && value.is_nil() {
            return Ok(Vec::new());
        }
        Ok(self.vm.to_str(value)?.bytes().to_vec())
    }

    fn next_to_s(&mut self) -> Result<Vec<u8>, Stop> {
        let value = self.take();
        Ok(self.vm.to_s(value)?.bytes().to_vec())
    }

    fn next_pointer(&mut self, least: usize) -> Result<u64, Stop> {
        let value = self.take();
        if value.is_nil() {
            return Ok(0);
        }
        let string = self.vm.to_str(value)?;
        if string.len() < least {
            let message = format!("too short buffer for P({} for {least})", string.len());
            return Err(self.vm.argument_error(&message).into());
        }
        self.vm.push(self.pointed, string.value())?;
        Ok(string.bytes().as_ptr() as u64)
    }

    fn next_magnitude(&mut self) -> Result<Vec<u8>, Stop> {
        let value = self.take();
        let number = self.vm.to_bigint(value)?;
        if number.is_negative() {
            return Err(self.vm.argument_error("can't compress negative numbers").into());
        }
        Ok(number.magnitude().to_bytes_be())
    }
}

/// `unpack` and `unpack1`.
pub fn unpack(vm: &mut Vm, this: RString, template: RString, keywords: Keywords, single: bool, block: Block) -> RResult {
    keywords.check(vm, &["offset"])?;
    let offset = match keywords.get(vm, "offset") {
        Some(offset) => vm.to_i64(offset)?,
        None => 0,
    };
    let Ok(offset) = usize::try_from(offset) else { return Err(vm.argument_error("offset can't be negative")) };
    let (template, bytes) = (template.bytes().to_vec(), this.bytes().to_vec());
    let items = match text::pack::unpack(&template, &bytes, offset, single) {
        Ok(items) => items,
        Err(error) => return Err(vm.raise_text_error(&error)),
    };
    let list = vm.new_array();
    for item in items {
        let value = unpacked(vm, this, item)?;
        if single {
            return Ok(value);
        }
        if block.is_some() {
            block.call(vm, &[value])?;
        } else {
            vm.push(list, value)?;
        }
    }
    Ok(if single || block.is_some() { Value::NIL } else { list.value() })
}

fn unpacked(vm: &mut Vm, this: RString, item: Unpacked) -> RResult {
    Ok(match item {
        Unpacked::Integer(number) => vm.int(number),
        Unpacked::Unsigned(number) => vm.big(BigInt::from(number)),
        Unpacked::Big(magnitude) => vm.big(BigInt::from_bytes_be(num_bigint::Sign::Plus, &magnitude)),
        Unpacked::Float(number) => vm.float(number),
        Unpacked::Text(bytes, encoding) => vm.string(&bytes, encoding),
        Unpacked::Pointer(address, cut) => return pointed_string(vm, this, address, cut),
        Unpacked::Nil => Value::NIL,
    })
}

/// The String at an address, which has to be one of those that were packed into `this`.
fn pointed_string(vm: &mut Vm, this: RString, address: u64, cut: Option<usize>) -> RResult {
    let name = vm.intern(POINTED);
    let Some(list) = vm.hidden(this.value(), name).and_then(RArray::new) else {
        return Err(vm.argument_error("no associated pointer"));
    };
    let strings = list.as_slice(&vm.heap).iter().filter_map(|&value| RString::new(value));
    let Some(found) = strings.into_iter().find(|string| string.bytes().as_ptr() as u64 == address) else {
        return Err(vm.argument_error("non associated pointer"));
    };
    let len = cut.unwrap_or(found.len()).min(found.len());
    Ok(vm.string(&found.bytes()[..len], found.encoding()))
}
