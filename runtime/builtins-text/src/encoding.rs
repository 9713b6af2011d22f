//! Encoding and its errors.
//!
//! Source: CRuby `encoding.c`, `transcode.c`.

use crate::common::operand;
use macros::ruby_methods;
use text::Encoding;
use text::encoding::{Operand, compatible};
use vm::{RResult, RString, Value, Vm};

/// Methods of Encoding.
pub struct Encodings;

#[ruby_methods("Encoding")]
impl Encodings {
    #[singleton("list")]
    fn list(vm: &mut Vm, _this: Value) -> RResult {
        let list = vm.new_array();
        for encoding in Encoding::all() {
            let object = vm.encoding_object(encoding);
            vm.push(list, object)?;
        }
        Ok(list.value())
    }

    #[singleton("name_list")]
    fn name_list(vm: &mut Vm, _this: Value) -> RResult {
        let list = vm.new_array();
        for encoding in Encoding::all() {
            for name in std::iter::once(encoding.name()).chain(encoding.aliases().iter().copied()) {
                let name = vm.str_ascii(name);
                vm.push(list, name)?;
            }
        }
        for name in ["locale", "external", "filesystem", "internal"] {
            let name = vm.str_ascii(name);
            vm.push(list, name)?;
        }
        Ok(list.value())
    }

    #[singleton("aliases")]
    fn aliases(vm: &mut Vm, _this: Value) -> RResult {
        let hash = vm.new_hash();
        for encoding in Encoding::all() {
            for name in encoding.aliases() {
                let (name, target) = (vm.str_ascii(name), vm.str_ascii(encoding.name()));
                vm.hash_set(hash, name, target)?;
            }
        }
        let external = vm.default_external();
        for name in ["locale", "external", "filesystem"] {
            let (name, target) = (vm.str_ascii(name), vm.str_ascii(external.name()));
            vm.hash_set(hash, name, target)?;
        }
        Ok(hash.value())
    }

    #[singleton("find")]
    fn find(vm: &mut Vm, _this: Value, name: Value) -> RResult {
        if let Some(name) = RString::new(name)
            && name.bytes().eq_ignore_ascii_case(b"internal")
            && vm.default_internal().is_none()
        {
            return Ok(Value::NIL);
        }
        let name = match name.as_symbol() {
            Some(name) => crate::symbol::text(vm, name).value(),
            None => name,
        };
        let encoding = vm.to_encoding(name)?;
        Ok(vm.encoding_object(encoding))
    }

    #[singleton("compatible?")]
    fn compatible(vm: &mut Vm, _this: Value, a: Value, b: Value) -> RResult {
        let (Some(first), Some(second)) = (operand_of(vm, a)?, operand_of(vm, b)?) else { return Ok(Value::NIL) };
        Ok(match compatible(first, second) {
            Some(encoding) => vm.encoding_object(encoding),
            None => Value::NIL,
        })
    }

    #[singleton("default_external")]
    fn default_external(vm: &mut Vm, _this: Value) -> Value {
        let encoding = vm.default_external();
        vm.encoding_object(encoding)
    }

    #[singleton("default_external=")]
    fn set_default_external(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        if value.is_nil() {
            return Err(vm.argument_error("default external can not be nil"));
        }
        let encoding = vm.to_encoding(value)?;
        vm.set_default_external(encoding);
        Ok(value)
    }

    #[singleton("default_internal")]
    fn default_internal(vm: &mut Vm, _this: Value) -> Value {
        match vm.default_internal() {
            Some(encoding) => vm.encoding_object(encoding),
            None => Value::NIL,
        }
    }

    #[singleton("default_internal=")]
    fn set_default_internal(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        let encoding = if value.is_nil() { None } else { Some(vm.to_encoding(value)?) };
        vm.set_default_internal(encoding);
        Ok(value)
    }

    #[singleton("locale_charmap")]
    fn locale_charmap(vm: &mut Vm, _this: Value) -> Value {
        vm.str_ascii("UTF-8")
    }

    #[method("name", "to_s")]
    fn name(vm: &mut Vm, this: Value) -> RResult {
        let encoding = own(vm, this)?;
        Ok(vm.str_ascii(encoding.name()))
    }

    /// The name, for Marshal.
    #[method("_dump")]
    fn dump(vm: &mut Vm, this: Value, _limit: &[Value]) -> RResult {
        Self::name(vm, this)
    }

    /// What `_dump` gave; Marshal finds the encoding by it.
    #[singleton("_load")]
    fn load(vm: &mut Vm, _this: Value, name: Value) -> RResult {
        match RString::new(name).and_then(|name| vm.find_encoding(&name.to_text())) {
            Some(encoding) => Ok(vm.encoding_object(encoding)),
            None => Ok(name),
        }
    }

    #[method("names")]
    fn names(vm: &mut Vm, this: Value) -> RResult {
        let encoding = own(vm, this)?;
        let list = vm.new_array();
        let mut names: Vec<&str> = std::iter::once(encoding.name()).chain(encoding.aliases().iter().copied()).collect();
        if vm.default_external() == encoding {
            names.extend(["locale", "external", "filesystem"]);
        }
        if vm.default_internal() == Some(encoding) {
            names.push("internal");
        }
        for name in names {
            let name = vm.str_ascii(name);
            vm.push(list, name)?;
        }
        Ok(list.value())
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult {
        let encoding = own(vm, this)?;
        Ok(vm.str_ascii(&format!("#<Encoding:{}>", encoding.inspect_name())))
    }

    #[method("dummy?")]
    fn is_dummy(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(own(vm, this)?.is_dummy())
    }

    #[method("ascii_compatible?")]
    fn is_ascii_compatible(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(own(vm, this)?.is_ascii_compatible())
    }
}

/// Parts of a conversion error.
pub struct Undefined;

#[ruby_methods("Encoding::UndefinedConversionError")]
impl Undefined {
    #[method("source_encoding")]
    fn source(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "source_encoding ")
    }

    #[method("destination_encoding")]
    fn destination(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "destination_encoding ")
    }

    #[method("source_encoding_name")]
    fn source_name(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "source_encoding_name ")
    }

    #[method("destination_encoding_name")]
    fn destination_name(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "destination_encoding_name ")
    }

    #[method("error_char")]
    fn error_char(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "error_char ")
    }
}

/// Parts of a conversion error for malformed bytes.
pub struct Invalid;

#[ruby_methods("Encoding::InvalidByteSequenceError")]
impl Invalid {
    #[method("source_encoding")]
    fn source(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "source_encoding ")
    }

    #[method("destination_encoding")]
    fn destination(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "destination_encoding ")
    }

    #[method("source_encoding_name")]
    fn source_name(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "source_encoding_name ")
    }

    #[method("destination_encoding_name")]
    fn destination_name(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "destination_encoding_name ")
    }

    #[method("error_bytes")]
    fn error_bytes(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "error_bytes ")
    }

    #[method("readagain_bytes")]
    fn readagain_bytes(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "readagain_bytes ")
    }

    #[method("incomplete_input?")]
    fn is_incomplete(vm: &mut Vm, this: Value) -> Value {
        hidden(vm, this, "incomplete_input ")
    }
}

fn hidden(vm: &mut Vm, this: Value, name: &str) -> Value {
    let name = vm.intern(name);
    vm.hidden(this, name).unwrap_or(Value::NIL)
}

fn own(vm: &mut Vm, this: Value) -> RResult<Encoding> {
    vm.encoding_in(this).ok_or_else(|| vm.wrong_type(this, "Encoding"))
}

fn operand_of(vm: &mut Vm, value: Value) -> RResult<Option<Operand>> {
    if let Some(string) = RString::new(value) {
        return Ok(Some(operand(string)));
    }
    if let Some(name) = value.as_symbol() {
        let text = crate::symbol::text(vm, name);
        return Ok(Some(Operand { is_string: false, ..operand(text) }));
    }
    let encoding = match vm.encoding_in(value) {
        Some(encoding) => encoding,
        None if Vm::is_regexp(value) => vm.regex_of(value)?.encoding(),
        None => return Ok(None),
    };
    Ok(Some(Operand { encoding, range: text::CodeRange::Valid, empty: false, is_string: false }))
}

/// Error classes, which the declarations refer to.
pub fn define_classes(vm: &mut Vm) {
    let (class, error) = (vm.core.encoding, vm.core.encoding_error);
    for name in ["CompatibilityError", "UndefinedConversionError", "InvalidByteSequenceError", "ConverterNotFoundError"] {
        vm.define_class_under(class, name, error);
    }
}

/// Objects and their constants: `Encoding::UTF_8` and so on.
pub fn init(vm: &mut Vm) {
    vm.make_encodings();
    let class = vm.class_view(vm.core.encoding);
    for encoding in Encoding::all() {
        let object = vm.encoding_object(encoding);
        for name in std::iter::once(encoding.name()).chain(encoding.aliases().iter().copied()) {
            for name in constant_names(name) {
                let name = vm.intern(&name);
                vm.set_constant_raw(class, name, object);
            }
        }
    }
    let (name, version) = (vm.intern("UNICODE_VERSION"), vm.frozen_string(b"17.0.0", Encoding::US_ASCII));
    vm.set_constant_raw(class, name, version);
}

/// The constants that a name gives: as it is with a capital, and all capitals.
fn constant_names(name: &str) -> Vec<String> {
    let plain = name.replace(|character: char| !character.is_ascii_alphanumeric(), "_");
    let first = plain.chars().next().unwrap_or(' ');
    let mut names = Vec::new();
    if first.is_ascii_uppercase() {
        names.push(plain.clone());
    } else if first.is_ascii_lowercase() {
        let mut capital = plain.clone();
        capital[..1].make_ascii_uppercase();
        names.push(capital);
    }
    let upper = plain.to_ascii_uppercase();
    if first.is_ascii_alphabetic() && !names.contains(&upper) {
        names.push(upper);
    }
    names
}
