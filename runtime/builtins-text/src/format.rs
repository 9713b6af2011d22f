//! `format`, `sprintf`, `String#%`: asks the VM what the text crate's renderer wants to know.
//!
//! Source: CRuby `sprintf.c`.

use crate::common::text_of_char;
use macros::ruby_methods;
use num_bigint::BigInt;
use num_traits::Signed;
use numeric::rational::Rational;
use numeric::round::{Half, Rounding};
use text::format::{Digits, FloatArg, FormatArgs};
use text::{Encoding, TextError};
use value::Kind;
use vm::{RArray, RHash, RResult, RString, Raised, Value, Vm, sym};

/// `Kernel#format`.
pub struct Formatting;

#[ruby_methods("Kernel")]
impl Formatting {
    #[module_function("format", "sprintf")]
    fn format(vm: &mut Vm, _this: Value, args: &[Value]) -> RResult {
        let Some((&template, rest)) = args.split_first() else { return Err(vm.argument_error("too few arguments")) };
        let template = vm.to_str(template)?;
        let rest = vm.array(rest);
        let rest = vm.array_view(rest);
        format(vm, template, rest)
    }
}

/// What stops the renderer.
pub enum Stop {
    /// An exception is pending.
    Raised(Raised),
    /// A fault of the template.
    Text(TextError),
}

impl From<TextError> for Stop {
    fn from(error: TextError) -> Stop {
        Stop::Text(error)
    }
}

impl From<Raised> for Stop {
    fn from(raised: Raised) -> Stop {
        Stop::Raised(raised)
    }
}

struct Arguments<'a> {
    vm: &'a mut Vm,
    list: RArray,
    /// Takes part in the encoding of the result.
    result: RString,
}

impl Arguments<'_> {
    /// Text of an argument; the result's encoding has to fit it.
    fn text(&mut self, text: RString) -> Result<Vec<u8>, Stop> {
        let encoding = crate::common::compatible(self.vm, self.result, text)?;
        if encoding != self.result.encoding() {
            self.result.set_encoding(encoding);
        }
        if !text.is_ascii_only() {
            self.result.push_bytes(text.bytes()).ok_or_else(|| self.vm.no_memory())?;
        }
        Ok(text.bytes().to_vec())
    }
}

impl FormatArgs for Arguments<'_> {
    type Value = Value;
    type Error = Stop;

    fn positional(&mut self, index: usize) -> Option<Value> {
        self.list.get(index)
    }

    fn named(&mut self, name: &[u8], shown: &str) -> Result<Option<Value>, Stop> {
        let hash = match (self.list.len(), self.list.get(0)) {
            (1, Some(only)) => match RHash::new(only) {
                Some(hash) => Some(hash),
                None => self.vm.try_to_hash(only)?,
            },
            _ => None,
        };
        let Some(hash) = hash else { return Err(self.vm.argument_error("one hash required").into()) };
        let key = Value::symbol(self.vm.symbols.intern_bytes(name, Encoding::UTF_8.index()));
        if let Some(value) = self.vm.hash_get(hash, key)? {
            return Ok(Some(value));
        }
        let value = self.vm.call(hash.value(), sym::DEFAULT, &[key])?;
        if !value.is_nil() {
            return Ok(Some(value));
        }
        Err(self.vm.key_error(&format!("key{shown} not found"), hash.value(), key).into())
    }

    fn to_width(&mut self, value: &Value) -> Result<i64, Stop> {
        Ok(self.vm.to_i64(*value)?)
    }

    fn to_integer(&mut self, value: &Value, radix: u32) -> Result<Digits, Stop> {
        let integer = match objects::number::float_of(*value) {
            Some(float) => self.vm.float_to_integer(float)?,
            None if Vm::is_integer(*value) => *value,
            None => {
                let main = self.vm.main;
                self.vm.send(main, "Integer", &[*value])?
            }
        };
        let number = objects::number::integer_of(integer).unwrap_or_default();
        Ok(Digits { negative: number.is_negative(), magnitude: number.magnitude().to_str_radix(radix) })
    }

    fn to_float(&mut self, value: &Value, fixed: Option<usize>) -> Result<FloatArg, Stop> {
        if let (Some(digits), Some(exact)) = (fixed, exact(self.vm, *value)) {
            return Ok(fixed_text(&exact, digits));
        }
        if let Some(float) = objects::number::float_of(*value) {
            return Ok(FloatArg::Double(float));
        }
        let main = self.vm.main;
        let float = self.vm.send(main, "Float", &[*value])?;
        Ok(FloatArg::Double(objects::number::float_of(float).unwrap_or(f64::NAN)))
    }

    fn to_s(&mut self, value: &Value) -> Result<Vec<u8>, Stop> {
        let text = self.vm.to_s(*value)?;
        self.text(text)
    }

    fn inspect(&mut self, value: &Value) -> Result<Vec<u8>, Stop> {
        let text = self.vm.inspect(*value)?;
        self.text(text)
    }

    fn to_char(&mut self, value: &Value) -> Result<Vec<u8>, Stop> {
        if let Some(text) = self.vm.try_to_str(*value)? {
            let character = text_of_char(self.vm, text)?;
            return self.text(character);
        }
        if value.is_nil() {
            return Err(self.vm.type_error("no implicit conversion from nil to integer").into());
        }
        let code = self.vm.to_i64(*value)?;
        if i32::try_from(code).is_err() {
            let size = if code < 0 { "small" } else { "big" };
            return Err(self.vm.range_error(&format!("integer {code} too {size} to convert to 'int'")).into());
        }
        let encoding = match u8::try_from(code) {
            Ok(0x80..) if self.result.encoding() == Encoding::US_ASCII => Encoding::BINARY,
            _ => self.result.encoding(),
        };
        let Ok(code) = u32::try_from(code) else { return Err(self.vm.argument_error("invalid character").into()) };
        match text::encoding::encode_codepoint(encoding, code) {
            Ok(bytes) => {
                let character = self.vm.string(&bytes, encoding);
                self.text(RString::new(character).expect("just made"))
            }
            Err(_) if encoding.is_single_byte() => Err(self.vm.range_error(&format!("{code} out of char range")).into()),
            Err(_) => Err(self.vm.argument_error("invalid character").into()),
        }
    }

    fn finished(&mut self, count: usize) -> Result<(), Stop> {
        Ok(check_unused(self.vm, self.list, count)?)
    }
}

/// More arguments than the template uses: an error with `-d`, a warning with `-w`. One Hash is for names.
fn check_unused(vm: &mut Vm, list: RArray, used: usize) -> RResult<()> {
    let names = list.len() == 1 && list.get(0).and_then(RHash::new).is_some();
    if used >= list.len() || names {
        return Ok(());
    }
    const MESSAGE: &str = "too many arguments for format string";
    if vm.options.debug {
        return Err(vm.argument_error(MESSAGE));
    }
    if vm.options.verbose == Some(true) { vm.warn_at_caller(MESSAGE) } else { Ok(()) }
}

/// An Integer or Rational as fraction.
fn exact(vm: &Vm, value: Value) -> Option<Rational> {
    if let Some(number) = objects::number::integer_of(value) {
        return Some(Rational::whole(number));
    }
    if !value.is_kind(Kind::Object) || vm.real_class_of(value).value() != vm.core.rational {
        return None;
    }
    let numerator = objects::number::integer_of(vm.hidden(value, sym::H_NUMERATOR)?)?;
    let denominator = objects::number::integer_of(vm.hidden(value, sym::H_DENOMINATOR)?)?;
    Rational::new(numerator, denominator).ok()
}

fn fixed_text(exact: &Rational, digits: usize) -> FloatArg {
    let negative = exact.numerator().is_negative();
    let scale = BigInt::from(10).pow(digits as u32);
    let scaled = exact.mul(&Rational::whole(scale)).to_integer(Rounding::Nearest(Half::Up));
    let mut text = scaled.magnitude().to_string();
    if digits > 0 {
        if text.len() <= digits {
            text = format!("{}{text}", "0".repeat(digits + 1 - text.len()));
        }
        text.insert(text.len() - digits, '.');
    }
    FloatArg::Fixed { negative, text }
}

/// The rendered template.
pub fn format(vm: &mut Vm, template: RString, list: RArray) -> RResult {
    let source = template.bytes().to_vec();
    let result = vm.new_string(b"", template.encoding());
    if !source.is_ascii() {
        result.push_bytes(&source).ok_or_else(|| vm.no_memory())?;
    }
    let mut arguments = Arguments { vm, list, result };
    match text::format::format(&source, template.encoding(), &mut arguments) {
        Ok(bytes) => vm.try_string(&bytes, result.encoding()),
        Err(Stop::Raised(raised)) => Err(raised),
        Err(Stop::Text(error)) => Err(vm.raise_text_error(&error)),
    }
}
