//! From other objects to BigDecimal, and back.

use crate::decimal::{Decimal, Fault, Outcome};
use crate::format::Format;
use crate::modes;
use crate::number::{FLOAT_DIGITS, WORD_DIGITS, from_float, from_rational, give, make, of, receiver, to_integer, words};
use crate::parse::parse;
use builtins_numeric::number::{complex_of, rational_of};
use macros::ruby_methods;
use num_bigint::BigInt;
use objects::number::{float_of, integer_of};
use text::Encoding;
use vm::{Keywords, RResult, RString, Value, Vm};

/// Why something is no number.
enum Refusal {
    Argument(String),
    Type(String),
}

/// What `BigDecimal()` gives: a number, or why there is none, which `exception: false` turns into nil.
type Conversion = RResult<Result<Value, Refusal>>;

fn from_string(vm: &mut Vm, text: RString) -> Conversion {
    let bytes = c_string(vm, text)?;
    match parse(&bytes, true) {
        Some(outcome) => read(vm, outcome).map(Ok),
        None => Ok(Err(Refusal::Argument(format!("invalid value for BigDecimal(): \"{}\"", String::from_utf8_lossy(&bytes))))),
    }
}

/// What a text was read as. An exponent that is too small makes it zero without complaint.
fn read(vm: &mut Vm, outcome: Outcome) -> RResult {
    match outcome {
        Err(Fault::Underflow { is_negative }) => Ok(make(vm, Decimal::Zero { is_negative })),
        Err(Fault::Overflow { is_negative }) => {
            modes::complain(vm, modes::INFINITY, "exponent overflow")?;
            Ok(make(vm, Decimal::Infinity { is_negative }))
        }
        outcome => give(vm, outcome),
    }
}

/// The bytes of a text without zero bytes.
fn c_string(vm: &mut Vm, text: RString) -> RResult<Vec<u8>> {
    if text.bytes().contains(&0) {
        return Err(vm.argument_error("string contains null byte"));
    }
    vm.room_for(text.len())?;
    Ok(text.bytes().to_vec())
}

fn convert(vm: &mut Vm, value: Value, digits: Option<i64>) -> Conversion {
    if value.is_nil() || matches!(value, Value::TRUE | Value::FALSE) {
        let name = vm.conversion_name(value);
        return Ok(Err(Refusal::Type(format!("can't convert {name} into BigDecimal"))));
    }
    if let Some(number) = of(vm, value) {
        modes::check(vm, &number)?;
        return Ok(Ok(if digits.is_some() { make(vm, number) } else { value }));
    }
    if let Some(integer) = integer_of(value) {
        return give(vm, Ok(Decimal::from_integer(&integer))).map(Ok);
    }
    if let Some(float) = float_of(value) {
        return if float.is_finite() && float != 0.0 && digits.is_some_and(|digits| digits > FLOAT_DIGITS) {
            Ok(Err(Refusal::Argument("precision too large.".to_owned())))
        } else {
            give(vm, from_float(float, digits.unwrap_or(0))).map(Ok)
        };
    }
    if let Some(rational) = rational_of(vm, value) {
        let Some(digits) = digits else {
            return Ok(Err(Refusal::Argument("can't omit precision for a Rational.".to_owned())));
        };
        let number = from_rational(vm, &rational, digits)?;
        return give(vm, Ok(number)).map(Ok);
    }
    if let Some((real, imaginary)) = complex_of(vm, value) {
        if !vm.send(imaginary, "zero?", &[])?.truthy() {
            return Err(vm.argument_error("Unable to make a BigDecimal from non-zero imaginary number"));
        }
        return convert(vm, real, digits);
    }
    match vm.try_to_str(value)? {
        Some(text) => from_string(vm, text),
        None => {
            let class = vm.class_name_of(value);
            Ok(Err(Refusal::Type(format!("can't convert {class} into BigDecimal"))))
        }
    }
}

/// `Kernel#BigDecimal`.
pub struct Function;

#[ruby_methods("Kernel")]
impl Function {
    #[module_function("BigDecimal")]
    fn big_decimal(vm: &mut Vm, _this: Value, value: Value, digits: Option<Value>, keywords: Keywords) -> RResult {
        keywords.check(vm, &["exception"])?;
        let is_loud = keywords.wants_exception(vm)?;
        let digits = digits.map(|digits| vm.to_i64(digits)).transpose()?;
        let refusal = match digits {
            Some(..0) => Refusal::Argument("negative precision".to_owned()),
            _ => match convert(vm, value, digits)? {
                Ok(number) => return Ok(number),
                Err(refusal) => refusal,
            },
        };
        match refusal {
            _ if !is_loud => Ok(Value::NIL),
            Refusal::Argument(message) => Err(vm.argument_error(&message)),
            Refusal::Type(message) => Err(vm.type_error(&message)),
        }
    }
}

fn ratio(vm: &mut Vm, number: &Decimal) -> RResult<(BigInt, BigInt)> {
    let one = BigInt::from(1);
    match number.finite().filter(|finite| finite.scale() < 0) {
        None => Ok((to_integer(vm, number)?, one)),
        Some(finite) => {
            let digits = BigInt::from(finite.digits().clone());
            let numerator = if finite.is_negative { -digits } else { digits };
            match u32::try_from(-finite.scale()) {
                Ok(power) if power < 1 << 31 => Ok((numerator, BigInt::from(10u8).pow(power))),
                _ => Err(vm.no_memory()),
            }
        }
    }
}

fn split(vm: &mut Vm, number: &Decimal) -> RResult<Vec<u8>> {
    Ok(match number {
        Decimal::NaN => b"NaN".to_vec(),
        Decimal::Infinity { .. } => b"Infinity".to_vec(),
        Decimal::Zero { .. } => b"0".to_vec(),
        Decimal::Finite(finite) => {
            vm.room_for(finite.count() as usize)?;
            finite.digits().to_string().into_bytes()
        }
    })
}

fn text_of(vm: &mut Vm, number: &Decimal, format: Format) -> RResult<String> {
    vm.room_for(format.length(number).saturating_mul(2))?;
    Ok(format.text(number))
}

/// Conversions.
pub struct Conversions;

#[ruby_methods("BigDecimal")]
impl Conversions {
    #[method("to_i", "to_int")]
    fn to_i(vm: &mut Vm, this: Value) -> RResult<BigInt> {
        let number = receiver(vm, this)?;
        to_integer(vm, &number)
    }

    #[method("to_f")]
    fn to_f(vm: &mut Vm, this: Value) -> RResult<f64> {
        let number = receiver(vm, this)?;
        let sign = if number.is_negative() { -1.0 } else { 1.0 };
        match &number {
            Decimal::NaN => Ok(f64::NAN),
            Decimal::Infinity { .. } => Ok(sign * f64::INFINITY),
            Decimal::Zero { .. } => Ok(sign * 0.0),
            Decimal::Finite(finite) => {
                // Beyond these the text itself would be read as such.
                let float = match finite.exponent() {
                    400.. => sign * f64::INFINITY,
                    ..-400 => sign * 0.0,
                    _ => Format::default().text(&number).parse().unwrap_or(f64::NAN),
                };
                let kind = if float == 0.0 { modes::UNDERFLOW } else { modes::OVERFLOW };
                if float == 0.0 || float.is_infinite() {
                    modes::complain(vm, kind, "BigDecimal to Float conversion")?;
                }
                Ok(float)
            }
        }
    }

    #[method("to_r")]
    fn to_r(vm: &mut Vm, this: Value) -> RResult {
        let number = receiver(vm, this)?;
        modes::must_be_finite(vm, &number)?;
        let (numerator, denominator) = ratio(vm, &number)?;
        let parts = [vm.big(numerator), vm.big(denominator)];
        let kernel = vm.core.kernel;
        vm.send(kernel, "Rational", &parts)
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value, format: Option<Value>) -> RResult {
        let number = receiver(vm, this)?;
        let format = match format {
            None => Format::default(),
            Some(value) => match RString::new(value) {
                Some(text) => Format::parse(&c_string(vm, text)?),
                None => match vm.to_i32(value)? {
                    ..1 => return Err(vm.argument_error("argument must be positive")),
                    group => Format { group: group as usize, ..Format::default() },
                },
            },
        };
        let text = text_of(vm, &number, format)?;
        vm.try_string(text.as_bytes(), Encoding::US_ASCII)
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult {
        let number = receiver(vm, this)?;
        let text = text_of(vm, &number, Format::default())?;
        vm.try_string(text.as_bytes(), Encoding::BINARY)
    }

    /// Sign, digits, base and exponent.
    #[method("split")]
    fn split(vm: &mut Vm, this: Value) -> RResult {
        let number = receiver(vm, this)?;
        let sign = match number {
            Decimal::NaN => 0,
            _ if number.is_negative() => -1,
            _ => 1,
        };
        let digits = split(vm, &number)?;
        let digits = vm.try_string(&digits, Encoding::BINARY)?;
        let exponent = vm.int(number.exponent());
        Ok(vm.array(&[Value::small(sign), digits, Value::small(10), exponent]))
    }

    #[method("exponent")]
    fn exponent(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(receiver(vm, this)?.exponent())
    }

    #[method("n_significant_digits")]
    fn count(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(receiver(vm, this)?.count())
    }

    #[method("precision")]
    fn precision(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(receiver(vm, this)?.precision_and_scale().0)
    }

    #[method("scale")]
    fn scale(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(receiver(vm, this)?.precision_and_scale().1)
    }

    #[method("precision_scale")]
    fn precision_and_scale(vm: &mut Vm, this: Value) -> RResult {
        let (precision, scale) = receiver(vm, this)?.precision_and_scale();
        let pair = [vm.int(precision), vm.int(scale)];
        Ok(vm.array(&pair))
    }

    /// For Marshal.
    #[method("_dump")]
    fn dump(vm: &mut Vm, this: Value, _level: Option<Value>) -> RResult {
        let number = receiver(vm, this)?;
        let text = format!("{}:{}", words(&number) * WORD_DIGITS, text_of(vm, &number, Format::default())?);
        vm.try_string(text.as_bytes(), Encoding::BINARY)
    }

    #[singleton("_load")]
    fn load(vm: &mut Vm, _this: Value, text: Value) -> RResult {
        let text = vm.to_str(text)?;
        let bytes = c_string(vm, text)?;
        let start = bytes.iter().position(|&byte| byte == b':').unwrap_or(bytes.len());
        if !bytes[..start].iter().all(u8::is_ascii_digit) {
            return Err(vm.type_error("load failed: invalid character in the marshaled string"));
        }
        let number = bytes.get(start + 1..).unwrap_or(&[]);
        match parse(number, true) {
            Some(outcome) => read(vm, outcome),
            None => {
                let shown = String::from_utf8_lossy(number).into_owned();
                Err(vm.argument_error(&format!("invalid value for BigDecimal(): \"{shown}\"")))
            }
        }
    }

    /// As much of a text as is a number, 0 for none.
    #[singleton("interpret_loosely")]
    fn interpret_loosely(vm: &mut Vm, _this: Value, text: Value) -> RResult {
        let text = vm.to_str(text)?;
        let bytes = c_string(vm, text)?;
        read(vm, parse(&bytes, false).unwrap_or(Ok(Decimal::ZERO)))
    }

    #[singleton("double_fig")]
    fn double_fig(_vm: &mut Vm, _this: Value) -> i64 {
        FLOAT_DIGITS
    }
}
