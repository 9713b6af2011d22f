//! Integer(), Float(), String(), Array(), Hash(), format.

use macros::ruby_methods;
use numeric::parse;
use value::Kind;
use vm::{Keywords, RResult, RString, Value, Vm, sym};

/// Conversion functions.
pub struct Convert;

#[ruby_methods("Kernel")]
impl Convert {
    /// `Integer(value, base = 0, exception: true)`
    #[module_function("Integer")]
    fn integer(vm: &mut Vm, _this: Value, value: Value, base: Option<Value>, keywords: Keywords) -> RResult {
        keywords.check(vm, &["exception"])?;
        quietly(vm, keywords, |vm| to_integer(vm, value, base.unwrap_or(Value::NIL)))
    }

    /// `Float(value, exception: true)`
    #[module_function("Float")]
    fn float(vm: &mut Vm, _this: Value, value: Value, keywords: Keywords) -> RResult {
        keywords.check(vm, &["exception"])?;
        quietly(vm, keywords, |vm| to_float(vm, value))
    }

    #[module_function("String")]
    fn string(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        if let Some(string) = vm.try_to_str(value)? {
            return Ok(string.value());
        }
        match vm.call_if_responds(value, sym::TO_S, &[])? {
            Some(result) if RString::new(result).is_some() => Ok(result),
            Some(result) => {
                let (from, got) = (vm.conversion_name(value), vm.class_name_of(result));
                Err(vm.type_error(&format!("can't convert {from} to String ({from}#to_s gives {got})")))
            }
            None => {
                let from = vm.conversion_name(value);
                Err(vm.type_error(&format!("can't convert {from} into String")))
            }
        }
    }

    #[module_function("Array")]
    fn array(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        if let Some(array) = vm.try_to_ary(value)? {
            return Ok(array.value());
        }
        Ok(vm.splat(value)?.value())
    }

    #[module_function("Hash")]
    fn hash(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        let empty = vm::RArray::new(value).is_some_and(vm::RArray::is_empty);
        if value.is_nil() || empty {
            return Ok(vm.new_hash().value());
        }
        match vm.try_to_hash(value)? {
            Some(hash) => Ok(hash.value()),
            None => {
                let from = vm.conversion_name(value);
                Err(vm.type_error(&format!("can't convert {from} into Hash")))
            }
        }
    }
}

/// With `exception: false` a failed conversion gives nil.
pub fn quietly(vm: &mut Vm, keywords: Keywords, body: impl FnOnce(&mut Vm) -> RResult) -> RResult {
    if keywords.wants_exception(vm)? {
        return body(vm);
    }
    let standard = vm.core.standard_error;
    vm.rescue(standard, body, |_, _| Ok(Value::NIL))
}

fn to_integer(vm: &mut Vm, value: Value, base: Value) -> RResult {
    let radix = if base.is_nil() { 0 } else { vm.to_i64(base)? };
    if let Some(string) = RString::new(value) {
        return parse_integer(vm, string, radix);
    }
    if !base.is_nil() {
        return match vm.try_to_str(value)? {
            Some(string) => parse_integer(vm, string, radix),
            None => Err(vm.argument_error("base specified for non string value")),
        };
    }
    if Vm::is_integer(value) {
        return Ok(value);
    }
    if let Some(number) = objects::number::float_of(value) {
        return vm.float_to_integer(number);
    }
    if value.is_nil() {
        return Err(vm.type_error("can't convert nil into Integer"));
    }
    if let Some(result) = vm.call_if_responds(value, sym::TO_INT, &[])?
        && Vm::is_integer(result)
    {
        return Ok(result);
    }
    if let Some(string) = vm.try_to_str(value)? {
        return parse_integer(vm, string, 0);
    }
    let from = vm.conversion_name(value);
    match vm.call_if_responds(value, sym::TO_I, &[])? {
        Some(result) if Vm::is_integer(result) => Ok(result),
        Some(result) => {
            let got = vm.class_name_of(result);
            Err(vm.type_error(&format!("can't convert {from} to Integer ({from}#to_i gives {got})")))
        }
        None => Err(vm.type_error(&format!("can't convert {from} into Integer"))),
    }
}

fn parse_integer(vm: &mut Vm, string: RString, base: i64) -> RResult {
    match parse::integer_strict(string.bytes(), base) {
        Ok(parse::Integer::Small(number)) => Ok(vm.int(number)),
        Ok(parse::Integer::Big(number)) => Ok(vm.big(number)),
        Err(error) => Err(numeric_error(vm, &error, string)?),
    }
}

/// The exception of a failed number parse.
pub fn numeric_error(vm: &mut Vm, error: &numeric::NumericError, input: RString) -> RResult<vm::Raised> {
    let shown = vm.inspect_text(input.value())?;
    let class = vm.class_at(error.class().ruby_name());
    Ok(vm.raise(class, &error.message(&shown)))
}

fn to_float(vm: &mut Vm, value: Value) -> RResult {
    if value.is_flonum() || value.is_kind(Kind::Float) {
        return Ok(value);
    }
    if let Some(string) = RString::new(value) {
        return match parse::float_strict(string.bytes()) {
            Ok(number) => Ok(vm.float(number)),
            Err(error) => Err(numeric_error(vm, &error, string)?),
        };
    }
    if value.is_nil() {
        return Err(vm.type_error("can't convert nil into Float"));
    }
    let numeric = vm.core.numeric;
    if vm.is_a(value, numeric) {
        let number = vm.to_f64(value)?;
        return Ok(vm.float(number));
    }
    let from = vm.conversion_name(value);
    match vm.call_if_responds(value, sym::TO_F, &[])? {
        Some(result) if objects::number::float_of(result).is_some() => Ok(result),
        Some(result) => {
            let got = vm.class_name_of(result);
            Err(vm.type_error(&format!("can't convert {from} to Float ({from}#to_f gives {got})")))
        }
        None => Err(vm.type_error(&format!("can't convert {from} into Float"))),
    }
}
