//! Integer: operators, conversion, comparison.
//!
//! Source: CRuby `numeric.c`, `bignum.c`, `integer.rb`.

use crate::number::{self, Operation, checked, digit_count, half_mode};
use macros::ruby_methods;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use numeric::round::Rounding;
use text::Encoding;
use vm::{Keywords, RResult, Value, Vm, sym};

/// Operators of Integer.
pub struct Operators;

#[ruby_methods("Integer")]
impl Operators {
    #[method("+")]
    fn add(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::Add, this, other)
    }

    #[method("-")]
    fn sub(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::Sub, this, other)
    }

    #[method("*")]
    fn mul(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::Mul, this, other)
    }

    #[method("/")]
    fn div(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::Div, this, other)
    }

    #[method("%", "modulo")]
    fn modulo(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::Modulo, this, other)
    }

    #[method("remainder")]
    fn remainder(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::Remainder, this, other)
    }

    #[method("div")]
    fn floor_div(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::arithmetic(vm, Operation::FloorDiv, this, other)
    }

    #[method("divmod")]
    fn divmod(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::divmod(vm, this, other)
    }

    #[method("fdiv")]
    fn fdiv(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::fdiv(vm, this, other)
    }

    #[method("**")]
    fn power(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::power(vm, this, other)
    }

    /// `pow(exponent, modulus)`
    #[method("pow")]
    fn pow(vm: &mut Vm, this: Value, exponent: Value, modulus: Option<Value>) -> RResult {
        let Some(modulus) = modulus else { return number::power(vm, this, exponent) };
        let Some(exponent) = integer(exponent) else {
            return Err(vm.type_error("Integer#pow() 2nd argument not allowed unless a 1st argument is integer"));
        };
        if exponent.is_negative() {
            return Err(vm.range_error("Integer#pow() 1st argument cannot be negative when 2nd argument specified"));
        }
        let Some(modulus) = integer(modulus) else {
            return Err(vm.type_error("Integer#pow() 2nd argument not allowed unless all arguments are integers"));
        };
        let result = checked(vm, numeric::big::pow_mod(&receiver(this), &exponent, &modulus))?;
        Ok(vm.big(result))
    }

    #[method("-@")]
    fn negate(vm: &mut Vm, this: Value) -> Value {
        vm.big(-receiver(this))
    }

    #[method("~")]
    fn complement(vm: &mut Vm, this: Value) -> Value {
        match this.as_fixnum() {
            Some(number) => Value::small(!number),
            None => vm.big(!receiver(this)),
        }
    }

    #[method("&")]
    fn and(vm: &mut Vm, this: Value, other: Value) -> RResult {
        bitwise(vm, this, other, sym::AND, |a, b| a & b, |a, b| a & b)
    }

    #[method("|")]
    fn or(vm: &mut Vm, this: Value, other: Value) -> RResult {
        bitwise(vm, this, other, sym::OR, |a, b| a | b, |a, b| a | b)
    }

    #[method("^")]
    fn xor(vm: &mut Vm, this: Value, other: Value) -> RResult {
        bitwise(vm, this, other, sym::XOR, |a, b| a ^ b, |a, b| a ^ b)
    }

    #[method("<<")]
    fn shift_left(vm: &mut Vm, this: Value, count: Value) -> RResult {
        let count = vm.to_bigint(count)?;
        shift_room(vm, this, &count)?;
        let result = checked(vm, numeric::big::shift_left(&receiver(this), &count))?;
        Ok(vm.big(result))
    }

    #[method(">>")]
    fn shift_right(vm: &mut Vm, this: Value, count: Value) -> RResult {
        let count = vm.to_bigint(count)?;
        shift_room(vm, this, &-&count)?;
        let result = checked(vm, numeric::big::shift_right(&receiver(this), &count))?;
        Ok(vm.big(result))
    }

    /// `int[bit]`, `int[bit, count]`, `int[range]`
    #[method("[]")]
    fn bits(vm: &mut Vm, this: Value, index: Value, count: Option<Value>) -> RResult {
        if let Some(count) = count {
            let start = vm.to_bigint(index)?;
            let count = vm.to_bigint(count)?;
            return bit_field(vm, this, &start, Some(&count));
        }
        if let Some(range) = vm::RRange::new(index) {
            return bit_range(vm, this, range);
        }
        if let (Some(number), Some(bit)) = (this.as_fixnum(), index.as_fixnum()) {
            return Ok(Value::small(if bit < 0 { 0 } else { number >> bit.min(63) & 1 }));
        }
        let index = vm.to_bigint(index)?;
        Ok(Value::small(i64::from(numeric::big::bit(&receiver(this), &index))))
    }

    #[method("==", "===")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        number::equal(vm, this, other)
    }

    #[method("<=>")]
    fn compare(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::compare(vm, this, other)
    }

    #[method("<")]
    fn less(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::relation(vm, this, other, sym::LT, std::cmp::Ordering::is_lt)
    }

    #[method("<=")]
    fn less_equal(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::relation(vm, this, other, sym::LE, std::cmp::Ordering::is_le)
    }

    #[method(">")]
    fn greater(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::relation(vm, this, other, sym::GT, std::cmp::Ordering::is_gt)
    }

    #[method(">=")]
    fn greater_equal(vm: &mut Vm, this: Value, other: Value) -> RResult {
        number::relation(vm, this, other, sym::GE, std::cmp::Ordering::is_ge)
    }

    #[method("coerce")]
    fn coerce(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if Vm::is_integer(other) {
            return Ok(vm.array(&[other, this]));
        }
        let a = match vm.call_if_responds(other, sym::TO_F, &[])? {
            Some(float) if !other.is_nil() && !number::is_real(vm, other) && vm::RString::new(other).is_none() => vm.to_f64(float)?,
            _ => crate::float::coerce_float(vm, other)?,
        };
        let b = vm.to_f64(this)?;
        let (a, b) = (vm.float(a), vm.float(b));
        Ok(vm.array(&[a, b]))
    }
}

/// Everything else of Integer.
pub struct Integers;

#[ruby_methods("Integer")]
impl Integers {
    #[singleton("sqrt")]
    fn sqrt(vm: &mut Vm, _this: Value, number: Value) -> RResult {
        let number = vm.to_bigint(number)?;
        let root = checked(vm, numeric::big::isqrt(&number))?;
        Ok(vm.big(root))
    }

    #[singleton("try_convert")]
    fn try_convert(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        if Vm::is_integer(value) {
            return Ok(value);
        }
        match vm.call_if_responds(value, sym::TO_INT, &[])? {
            Some(result) if Vm::is_integer(result) || result.is_nil() => Ok(result),
            None => Ok(Value::NIL),
            Some(result) => {
                let (from, got) = (vm.class_name_of(value), vm.class_name_of(result));
                Err(vm.type_error(&format!("can't convert {from} to Integer ({from}#to_int gives {got})")))
            }
        }
    }

    #[method("to_s", "inspect")]
    fn to_s(vm: &mut Vm, this: Value, radix: Option<i64>) -> RResult {
        let text = match this.as_fixnum() {
            Some(small) => numeric::big::small_to_s(small, radix.unwrap_or(10)),
            None => numeric::big::to_s(&receiver(this), radix.unwrap_or(10)),
        };
        let text = checked(vm, text)?;
        Ok(vm.str_ascii(&text))
    }

    #[method("to_i", "to_int", "numerator", "ord", effects = "pure")]
    fn to_i(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    #[method("denominator", effects = "pure")]
    fn denominator(_vm: &mut Vm, _this: Value) -> Value {
        Value::small(1)
    }

    #[method("to_f")]
    fn to_f(vm: &mut Vm, this: Value) -> RResult {
        let number = vm.to_f64(this)?;
        Ok(vm.float(number))
    }

    #[method("to_r")]
    fn to_r(vm: &mut Vm, this: Value) -> Value {
        vm.rational_from(this, Value::small(1))
    }

    #[method("rationalize")]
    fn rationalize(vm: &mut Vm, this: Value, _tolerance: Option<Value>) -> Value {
        vm.rational_from(this, Value::small(1))
    }

    #[method("integer?", effects = "pure")]
    fn is_integer(_vm: &mut Vm, _this: Value) -> bool {
        true
    }

    #[method("zero?", effects = "pure")]
    fn is_zero(_vm: &mut Vm, this: Value) -> bool {
        this.as_fixnum() == Some(0)
    }

    #[method("even?", effects = "pure")]
    fn is_even(_vm: &mut Vm, this: Value) -> bool {
        is_even(this)
    }

    #[method("odd?", effects = "pure")]
    fn is_odd(_vm: &mut Vm, this: Value) -> bool {
        !is_even(this)
    }

    #[method("allbits?")]
    fn all_bits(vm: &mut Vm, this: Value, mask: BigInt) -> bool {
        let _ = vm;
        receiver(this) & &mask == mask
    }

    #[method("anybits?")]
    fn any_bits(_vm: &mut Vm, this: Value, mask: BigInt) -> bool {
        !(receiver(this) & mask).is_zero()
    }

    #[method("nobits?")]
    fn no_bits(_vm: &mut Vm, this: Value, mask: BigInt) -> bool {
        (receiver(this) & mask).is_zero()
    }

    #[method("abs", "magnitude")]
    fn abs(vm: &mut Vm, this: Value) -> Value {
        vm.big(receiver(this).abs())
    }

    #[method("succ", "next")]
    fn succ(vm: &mut Vm, this: Value) -> Value {
        match this.as_fixnum() {
            Some(small) => vm.int(small + 1),
            None => vm.big(receiver(this) + 1),
        }
    }

    #[method("pred")]
    fn pred(vm: &mut Vm, this: Value) -> Value {
        vm.big(receiver(this) - 1)
    }

    #[method("bit_length")]
    fn bit_length(vm: &mut Vm, this: Value) -> Value {
        vm.int(numeric::big::bit_length(&receiver(this)) as i64)
    }

    #[method("size")]
    fn size(_vm: &mut Vm, this: Value) -> i64 {
        match objects::number::bignum_of(&this) {
            Some(big) => big.bits().div_ceil(8).max(8) as i64,
            None => 8,
        }
    }

    #[method("digits")]
    fn digits(vm: &mut Vm, this: Value, base: Option<BigInt>) -> RResult {
        let base = base.unwrap_or_else(|| BigInt::from(10));
        let number = receiver(this);
        if base.is_negative() {
            return Err(vm.argument_error("negative radix"));
        }
        if base < BigInt::from(2) {
            return Err(vm.argument_error(&format!("invalid radix {base}")));
        }
        if number.is_negative() {
            let class = vm.class_at("Math::DomainError");
            return Err(vm.raise(class, "out of domain"));
        }
        let digits = checked(vm, numeric::big::digits(&number, &base))?;
        let array = vm.new_array();
        for digit in digits {
            let digit = vm.big(digit);
            vm.push(array, digit)?;
        }
        Ok(array.value())
    }

    #[method("chr")]
    fn chr(vm: &mut Vm, this: Value, encoding: Option<Value>) -> RResult {
        let Some(code) = this.as_fixnum().and_then(|number| u32::try_from(number).ok()) else {
            let out = if objects::number::bignum_of(&this).is_some() { "bignum".to_string() } else { receiver(this).to_string() };
            return Err(vm.range_error(&format!("{out} out of char range")));
        };
        let encoding = match encoding {
            Some(encoding) => vm.to_encoding(encoding)?,
            None if code < 0x80 => Encoding::US_ASCII,
            None if code < 0x100 => Encoding::BINARY,
            None => match vm.default_internal() {
                Some(encoding) => encoding,
                None => return Err(vm.range_error(&format!("{code} out of char range"))),
            },
        };
        match text::encoding::encode_codepoint(encoding, code) {
            Ok(bytes) => Ok(vm.string(&bytes, encoding)),
            Err(error) => Err(vm.raise_text_error(&error)),
        }
    }

    #[method("gcd")]
    fn gcd(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if let (Some(a), Some(b)) = (this.as_fixnum(), other.as_fixnum()) {
            return Ok(vm.int(num_integer::gcd(a, b)));
        }
        let other = exact(vm, other)?;
        Ok(vm.big(numeric::big::gcd(&receiver(this), &other)))
    }

    #[method("lcm")]
    fn lcm(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let other = exact(vm, other)?;
        Ok(vm.big(numeric::big::lcm(&receiver(this), &other)))
    }

    #[method("gcdlcm")]
    fn gcdlcm(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let other = exact(vm, other)?;
        let gcd = vm.big(numeric::big::gcd(&receiver(this), &other));
        let lcm = vm.big(numeric::big::lcm(&receiver(this), &other));
        Ok(vm.array(&[gcd, lcm]))
    }

    #[method("ceildiv")]
    fn ceildiv(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let negated = vm.call(this, sym::NEG, &[])?;
        let quotient = vm.send(negated, "div", &[other])?;
        vm.call(quotient, sym::NEG, &[])
    }

    #[method("floor")]
    fn floor(vm: &mut Vm, this: Value, digits: Option<Value>) -> RResult {
        round(vm, this, digits, Rounding::Floor)
    }

    #[method("ceil")]
    fn ceil(vm: &mut Vm, this: Value, digits: Option<Value>) -> RResult {
        round(vm, this, digits, Rounding::Ceil)
    }

    #[method("truncate")]
    fn truncate(vm: &mut Vm, this: Value, digits: Option<Value>) -> RResult {
        round(vm, this, digits, Rounding::Truncate)
    }

    #[method("round")]
    fn round(vm: &mut Vm, this: Value, digits: Option<Value>, keywords: Keywords) -> RResult {
        let half = half_mode(vm, keywords)?;
        round(vm, this, digits, Rounding::Nearest(half))
    }
}

/// The receiver as big number.
fn receiver(this: Value) -> BigInt {
    objects::number::integer_of(this).unwrap_or_default()
}

fn integer(value: Value) -> Option<BigInt> {
    objects::number::integer_of(value)
}

fn is_even(this: Value) -> bool {
    match objects::number::bignum_of(&this) {
        Some(big) => !big.bit(0),
        None => this.as_fixnum().is_some_and(|number| number & 1 == 0),
    }
}

fn exact(vm: &mut Vm, value: Value) -> RResult<BigInt> {
    integer(value).ok_or_else(|| vm.type_error("not an integer"))
}

/// Room for `this << count`; what is too wide for any machine is the shift's own error.
fn shift_room(vm: &mut Vm, this: Value, count: &BigInt) -> RResult<()> {
    let width = u32::try_from(count).map_or(0, u64::from);
    if this.is_fixnum() && width < 1024 {
        return Ok(());
    }
    vm.room_for(((receiver(this).bits() + width) / 8) as usize)
}

fn bitwise(vm: &mut Vm, this: Value, other: Value, name: vm::Symbol, small: fn(i64, i64) -> i64, big: fn(BigInt, BigInt) -> BigInt) -> RResult {
    if let (Some(a), Some(b)) = (this.as_fixnum(), other.as_fixnum()) {
        return Ok(vm.int(small(a, b)));
    }
    match integer(other) {
        Some(other) => Ok(vm.big(big(receiver(this), other))),
        None => {
            let Some((a, b)) = number::coerced(vm, this, other, true)? else { return Ok(Value::NIL) };
            match vm.call_if_responds(a, name, &[b])? {
                Some(result) => Ok(result),
                None => Err(number::coerce_failed(vm, this, other)),
            }
        }
    }
}

/// The bits from `start` on, as many as asked for.
fn bit_field(vm: &mut Vm, this: Value, start: &BigInt, count: Option<&BigInt>) -> RResult {
    let shifted = checked(vm, numeric::big::shift_right(&receiver(this), start))?;
    match count {
        Some(count) if !count.is_negative() => {
            let mask: BigInt = checked(vm, numeric::big::shift_left(&BigInt::from(1), count))? - 1;
            Ok(vm.big(shifted & mask))
        }
        _ => Ok(vm.big(shifted)),
    }
}

fn bit_range(vm: &mut Vm, this: Value, range: vm::RRange) -> RResult {
    if range.low().is_nil() {
        let high = vm.to_bigint(range.high())?;
        let end = if range.is_exclusive() { high } else { high + 1 };
        let mask: BigInt = checked(vm, numeric::big::shift_left(&BigInt::from(1), &end))? - 1;
        if (receiver(this) & mask).is_zero() {
            return Ok(Value::small(0));
        }
        return Err(vm.argument_error("The beginless range for Integer#[] results in infinity"));
    }
    let low = vm.to_bigint(range.low())?;
    if range.high().is_nil() {
        return bit_field(vm, this, &low, None);
    }
    let high = vm.to_bigint(range.high())?;
    if high < low {
        return bit_field(vm, this, &low, None);
    }
    let count = if range.is_exclusive() { &high - &low } else { &high - &low + 1 };
    bit_field(vm, this, &low, Some(&count))
}

fn round(vm: &mut Vm, this: Value, digits: Option<Value>, rounding: Rounding) -> RResult {
    let digits = digit_count(vm, digits)?;
    if digits >= 0 {
        return Ok(this);
    }
    Ok(vm.big(numeric::round::integer(&receiver(this), digits, rounding)))
}
