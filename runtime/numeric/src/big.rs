//! Big integers with Ruby's rules over `num_bigint`.
//!
//! Invariant: division floors; bit operations see infinite two's complement; no function allocates without bound.
//! Source: CRuby 4.0 behaviour of Integer.

use std::cmp::Ordering;

pub use num_bigint::{BigInt, Sign};
use num_integer::Integer as _;
use num_traits::{FromPrimitive, One, Signed, ToPrimitive, Zero};

use crate::error::{ErrorClass, NumericError};

/// Results wider than this many bits are refused, as CRuby refuses them.
const MAX_BITS: u64 = 32 * 1024 * 1024 * 64;
/// Bound on `bits * exponent` in powers.
const MAX_POW_BITS: u64 = 32 * 1024 * 1024;

/// `a.divmod(b)`: floored quotient and a remainder with the divisor's sign.
pub fn divmod(a: &BigInt, b: &BigInt) -> Result<(BigInt, BigInt), NumericError> {
    if b.is_zero() {
        return Err(NumericError::zero_division());
    }
    Ok(a.div_mod_floor(b))
}

/// `a / b`, floored.
pub fn div(a: &BigInt, b: &BigInt) -> Result<BigInt, NumericError> {
    divmod(a, b).map(|pair| pair.0)
}

/// `a % b`, with the sign of `b`.
pub fn modulo(a: &BigInt, b: &BigInt) -> Result<BigInt, NumericError> {
    divmod(a, b).map(|pair| pair.1)
}

/// `a.remainder(b)`, with the sign of `a`.
pub fn remainder(a: &BigInt, b: &BigInt) -> Result<BigInt, NumericError> {
    if b.is_zero() { Err(NumericError::zero_division()) } else { Ok(a % b) }
}

/// `base ** exponent` for an exponent that is not negative. Too large results are an `ArgumentError`.
pub fn pow(base: &BigInt, exponent: &BigInt) -> Result<BigInt, NumericError> {
    if exponent.is_zero() || base.is_one() {
        return Ok(BigInt::one());
    }
    if base.is_zero() {
        return Ok(BigInt::zero());
    }
    if *base == BigInt::from(-1) {
        return Ok(if exponent.is_odd() { BigInt::from(-1) } else { BigInt::one() });
    }
    let too_large = || NumericError::argument("exponent is too large");
    let count = exponent.to_u32().ok_or_else(too_large)?;
    if base.bits().saturating_mul(u64::from(count)) > MAX_POW_BITS.saturating_mul(32) {
        return Err(too_large());
    }
    Ok(base.pow(count))
}

/// `base.pow(exponent, modulus)`; the result has the sign of `modulus`.
pub fn pow_mod(base: &BigInt, exponent: &BigInt, modulus: &BigInt) -> Result<BigInt, NumericError> {
    if exponent.is_negative() {
        return Err(NumericError::new(ErrorClass::RangeError, "Integer#pow() 1st argument cannot be negative when 2nd argument specified"));
    }
    if modulus.is_zero() {
        return Err(NumericError::zero_division());
    }
    Ok(base.modpow(exponent, modulus))
}

/// `a << count`; a negative count shifts right. Enormous results are a `RangeError`.
pub fn shift_left(a: &BigInt, count: &BigInt) -> Result<BigInt, NumericError> {
    if count.is_negative() {
        return Ok(shift_down(a, &-count));
    }
    if a.is_zero() {
        return Ok(BigInt::zero());
    }
    match count.to_u64() {
        Some(width) if width.saturating_add(a.bits()) < MAX_BITS => Ok(a << width),
        _ => Err(NumericError::new(ErrorClass::RangeError, "shift width too big")),
    }
}

/// `a >> count`; a negative count shifts left.
pub fn shift_right(a: &BigInt, count: &BigInt) -> Result<BigInt, NumericError> {
    shift_left(a, &-count)
}

/// Floor shift by a count that is not negative.
fn shift_down(a: &BigInt, count: &BigInt) -> BigInt {
    match count.to_u64() {
        Some(width) => a >> width,
        None if a.is_negative() => BigInt::from(-1),
        None => BigInt::zero(),
    }
}

/// `a[index]`: the two's complement bit.
pub fn bit(a: &BigInt, index: &BigInt) -> bool {
    if index.is_negative() {
        return false;
    }
    match index.to_u64() {
        Some(position) => a.bit(position),
        None => a.is_negative(),
    }
}

/// `a.bit_length`.
pub fn bit_length(a: &BigInt) -> u64 {
    if a.is_negative() { (!a).bits() } else { a.bits() }
}

/// Digits that are read one by one; above, halves are read apart and put together.
const SHORT_DIGITS: usize = 1_000;

/// The number that ASCII digits of a radix stand for.
pub fn from_digits(digits: &[u8], radix: u32) -> BigInt {
    let read = |digits: &[u8]| BigInt::parse_bytes(digits, radix).unwrap_or_default();
    if digits.len() <= SHORT_DIGITS || radix.is_power_of_two() {
        return read(digits);
    }
    let mut parts: Vec<BigInt> = digits.rchunks(SHORT_DIGITS).map(read).collect();
    let mut weight = BigInt::from(radix).pow(SHORT_DIGITS as u32);
    while parts.len() > 1 {
        parts = parts.chunks(2).map(|pair| pair.get(1).map_or_else(|| pair[0].clone(), |high| high * &weight + &pair[0])).collect();
        if parts.len() > 1 {
            weight = &weight * &weight;
        }
    }
    parts.pop().unwrap_or_default()
}

/// `a.to_s(radix)`. A radix outside 2..=36 is an `ArgumentError`.
pub fn to_s(a: &BigInt, radix: i64) -> Result<String, NumericError> {
    match radix {
        2..=36 => Ok(a.to_str_radix(radix as u32)),
        _ => Err(NumericError::argument(format!("invalid radix {radix}"))),
    }
}

/// `value.to_s(radix)` of a small integer.
pub fn small_to_s(value: i64, radix: i64) -> Result<String, NumericError> {
    match radix {
        10 => Ok(value.to_string()),
        _ => to_s(&BigInt::from(value), radix),
    }
}

/// `f.to_i`: truncation. NaN and infinities are a `FloatDomainError`.
pub fn from_f64(value: f64) -> Result<BigInt, NumericError> {
    BigInt::from_f64(value.trunc()).ok_or_else(|| NumericError::new(ErrorClass::FloatDomainError, crate::float_print::to_s(value)))
}

/// The nearest double, ties to even; infinite when too large.
pub fn to_f64(a: &BigInt) -> f64 {
    let bits = a.bits();
    if bits <= 64 {
        let magnitude = a.magnitude().to_u64().unwrap_or(u64::MAX) as f64;
        return if a.is_negative() { -magnitude } else { magnitude };
    }
    if bits > 1024 {
        return if a.is_negative() { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    // Keep 64 bits and fold everything below into the lowest as a sticky bit: one rounding, done by the cast.
    let shift = bits - 64;
    let mut top = (a.magnitude() >> shift).to_u64().unwrap_or(u64::MAX);
    if a.magnitude().trailing_zeros().is_some_and(|zeros| zeros < shift) {
        top |= 1;
    }
    let magnitude = top as f64 * 2f64.powi(shift as i32);
    if a.is_negative() { -magnitude } else { magnitude }
}

/// Exact comparison with a double; `None` for NaN.
pub fn cmp_f64(a: &BigInt, value: f64) -> Option<Ordering> {
    if value.is_nan() {
        return None;
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = BigInt::from_f64(value.trunc())?;
    Some(a.cmp(&whole).then_with(|| 0.0f64.partial_cmp(&value.fract()).unwrap_or(Ordering::Equal)))
}

/// `a.fdiv(b)`: the double nearest to the exact quotient.
pub fn fdiv(a: &BigInt, b: &BigInt) -> f64 {
    if b.is_zero() {
        return to_f64(a) / 0.0;
    }
    crate::rational::ratio_to_f64(a, b)
}

/// `Integer.sqrt(a)`.
pub fn isqrt(a: &BigInt) -> Result<BigInt, NumericError> {
    if a.is_negative() { Err(NumericError::domain("\"isqrt\"")) } else { Ok(a.sqrt()) }
}

/// `a.gcd(b)`, never negative.
pub fn gcd(a: &BigInt, b: &BigInt) -> BigInt {
    a.gcd(b)
}

/// `a.lcm(b)`, never negative.
pub fn lcm(a: &BigInt, b: &BigInt) -> BigInt {
    a.lcm(b).abs()
}

/// `a.digits(base)`, lowest first.
pub fn digits(a: &BigInt, base: &BigInt) -> Result<Vec<BigInt>, NumericError> {
    if base.is_negative() {
        return Err(NumericError::argument("negative radix"));
    }
    if *base < BigInt::from(2) {
        return Err(NumericError::argument(format!("invalid radix {base}")));
    }
    if a.is_negative() {
        return Err(NumericError::new(ErrorClass::DomainError, "out of domain"));
    }
    if let Some(radix @ 2..=256) = base.to_u32() {
        return Ok(a.magnitude().to_radix_le(radix).into_iter().map(BigInt::from).collect());
    }
    let (mut rest, mut out) = (a.clone(), Vec::new());
    loop {
        let (quotient, digit) = rest.div_rem(base);
        out.push(digit);
        if quotient.is_zero() {
            return Ok(out);
        }
        rest = quotient;
    }
}

/// Sign and magnitude bytes, for hashing: equal numbers give equal bytes.
pub fn hash_bytes(a: &BigInt) -> Vec<u8> {
    a.to_signed_bytes_le()
}

/// The value as an `i64` when it fits.
pub fn to_i64(a: &BigInt) -> Option<i64> {
    a.to_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(text: &str) -> BigInt {
        text.parse().expect("a number")
    }

    #[test]
    fn long_digits_are_read_as_short_ones_are() {
        for (length, radix) in [(999, 10), (1_000, 10), (1_001, 10), (5_431, 10), (4_000, 36), (3_001, 7), (3_000, 16)] {
            let digits: Vec<u8> = (0..length).map(|place| b"0123456789abcdefghijklmnopqrstuvwxyz"[place * 7 % radix as usize]).collect();
            assert_eq!(Some(from_digits(&digits, radix)), BigInt::parse_bytes(&digits, radix), "{length} {radix}");
        }
    }

    #[test]
    fn division_floors() {
        for (a, b, quotient, rest) in [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1)] {
            assert_eq!(divmod(&a.into(), &b.into()), Ok((quotient.into(), rest.into())));
        }
        assert!(div(&1.into(), &0.into()).is_err());
        assert_eq!(remainder(&(-7).into(), &2.into()), Ok((-1).into()));
    }

    #[test]
    fn powers_and_shifts_follow_ruby() {
        assert_eq!(pow_mod(&3.into(), &5.into(), &(-7).into()), Ok((-2).into()));
        assert_eq!(pow_mod(&(-3).into(), &5.into(), &7.into()), Ok(2.into()));
        assert!(pow(&2.into(), &big("1099511627776")).is_err());
        assert_eq!(shift_left(&(-5).into(), &(-1).into()), Ok((-3).into()));
        assert_eq!(shift_right(&(-1).into(), &big("1180591620717411303424")), Ok((-1).into()));
        assert!(shift_left(&1.into(), &big("1180591620717411303424")).is_err());
        assert_eq!(bit_length(&(-256).into()), 8);
        assert_eq!(bit_length(&255.into()), 8);
    }

    #[test]
    fn doubles_round_to_nearest_even() {
        assert_eq!(to_f64(&big("9007199254740993")), 9007199254740992.0);
        assert_eq!(to_f64(&big("36893488147419107329")), 36893488147419111424.0);
        assert_eq!(to_f64(&(BigInt::one() << 1024)), f64::INFINITY);
        assert_eq!(cmp_f64(&big("18446744073709551616"), 18446744073709551616.0), Some(Ordering::Equal));
        assert_eq!(cmp_f64(&big("9007199254740993"), 9007199254740992.0), Some(Ordering::Greater));
        assert_eq!(cmp_f64(&big("1"), 1.5), Some(Ordering::Less));
        assert_eq!(cmp_f64(&big("-1"), -1.5), Some(Ordering::Greater));
        assert_eq!(fdiv(&(BigInt::one() << 70), &3.into()), 3.935305402391371e+20);
    }
}
