//! Exact fractions over big integers.
//!
//! Invariant: numerator and denominator share no factor and the denominator is positive.
//! Source: behaviour of CRuby's Rational and `Float#rationalize`.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::{BigInt, Sign};
use num_integer::Integer as _;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::big;
use crate::error::NumericError;
use crate::round::{self, Rounding};

/// A normalised fraction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rational {
    numerator: BigInt,
    denominator: BigInt,
}

impl Rational {
    /// `Rational(numerator, denominator)`; a zero denominator is a `ZeroDivisionError`.
    pub fn new(numerator: BigInt, denominator: BigInt) -> Result<Self, NumericError> {
        if denominator.is_zero() {
            return Err(NumericError::zero_division());
        }
        let divisor = numerator.gcd(&denominator);
        let divisor = if denominator.sign() == Sign::Minus { -divisor } else { divisor };
        Ok(Self { numerator: numerator / &divisor, denominator: denominator / divisor })
    }

    /// A whole number.
    pub fn whole(numerator: BigInt) -> Self {
        Self { numerator, denominator: BigInt::one() }
    }

    /// The numerator, which carries the sign.
    pub fn numerator(&self) -> &BigInt {
        &self.numerator
    }

    /// The positive denominator.
    pub fn denominator(&self) -> &BigInt {
        &self.denominator
    }

    /// The parts, numerator first.
    pub fn into_parts(self) -> (BigInt, BigInt) {
        (self.numerator, self.denominator)
    }

    fn build(numerator: BigInt, denominator: BigInt) -> Self {
        Self::new(numerator, denominator).expect("a product of nonzero denominators is not zero")
    }

    /// `self + other`.
    pub fn add(&self, other: &Self) -> Self {
        Self::build(&self.numerator * &other.denominator + &other.numerator * &self.denominator, &self.denominator * &other.denominator)
    }

    /// `self - other`.
    pub fn sub(&self, other: &Self) -> Self {
        self.add(&other.neg())
    }

    /// `-self`.
    pub fn neg(&self) -> Self {
        Self { numerator: -&self.numerator, denominator: self.denominator.clone() }
    }

    /// `self * other`.
    pub fn mul(&self, other: &Self) -> Self {
        Self::build(&self.numerator * &other.numerator, &self.denominator * &other.denominator)
    }

    /// `self / other`.
    pub fn div(&self, other: &Self) -> Result<Self, NumericError> {
        Self::new(&self.numerator * &other.denominator, &self.denominator * &other.numerator)
    }

    /// `self ** exponent` for an integer exponent.
    pub fn pow(&self, exponent: &BigInt) -> Result<Self, NumericError> {
        let magnitude = exponent.abs();
        let numerator = big::pow(&self.numerator, &magnitude)?;
        let denominator = big::pow(&self.denominator, &magnitude)?;
        if exponent.is_negative() { Self::new(denominator, numerator) } else { Self::new(numerator, denominator) }
    }

    /// `self <=> other`.
    pub fn compare(&self, other: &Self) -> Ordering {
        (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator))
    }

    /// `round`, `floor`, `ceil`, `truncate` to an integer.
    pub fn to_integer(&self, rounding: Rounding) -> BigInt {
        round::divide(&self.numerator, &self.denominator, rounding)
    }

    /// The same to `ndigits` decimal digits, as a fraction.
    pub fn round_digits(&self, ndigits: i32, rounding: Rounding) -> Self {
        let scale = BigInt::from(10).pow(ndigits.unsigned_abs());
        if ndigits >= 0 {
            Self::build(round::divide(&(&self.numerator * &scale), &self.denominator, rounding), scale)
        } else {
            Self::whole(round::divide(&self.numerator, &(&self.denominator * &scale), rounding) * scale)
        }
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        ratio_to_f64(&self.numerator, &self.denominator)
    }

    /// The exact value of a finite double (`Float#to_r`); NaN and infinities are a `FloatDomainError`.
    pub fn from_f64(value: f64) -> Result<Self, NumericError> {
        if !value.is_finite() {
            big::from_f64(value)?;
        }
        let (numerator, denominator) = float_parts(value);
        Ok(Self::build(numerator, denominator))
    }

    /// The simplest fraction within `self - tolerance .. self + tolerance` (`Rational#rationalize(tolerance)`).
    pub fn rationalize(&self, tolerance: &Self) -> Self {
        let tolerance = Self { numerator: tolerance.numerator.abs(), denominator: tolerance.denominator.clone() };
        simplest_between(&self.sub(&tolerance), &self.add(&tolerance))
    }
}

/// `Float#rationalize` without argument: the simplest fraction that reads back as `value` (finite).
pub fn rationalize_float(value: f64) -> Result<Rational, NumericError> {
    if value == 0.0 || !value.is_finite() {
        return Rational::from_f64(value);
    }
    if value < 0.0 {
        return Ok(rationalize_float(-value)?.neg());
    }
    let (mantissa, exponent) = mantissa_and_exponent(value);
    if exponent >= 0 {
        return Ok(Rational::whole(BigInt::from(mantissa) << exponent));
    }
    let double = BigInt::from(mantissa) * 2u32;
    let denominator = BigInt::one() << (1 - exponent);
    let low = Rational::build(&double - 1u32, denominator.clone());
    let high = Rational::build(double + 1u32, denominator);
    Ok(simplest_between(&low, &high))
}

/// The fraction with the smallest denominator between `low` and `high`, by continued fractions.
fn simplest_between(low: &Rational, high: &Rational) -> Rational {
    if low == high {
        return low.clone();
    }
    if low.numerator.is_negative() && high.numerator.is_positive() {
        return Rational::whole(BigInt::zero());
    }
    if low.numerator.is_negative() {
        return simplest_between(&high.neg(), &low.neg()).neg();
    }
    let (mut low, mut high) = (low.clone(), high.clone());
    let (mut p0, mut p1, mut q0, mut q1) = (BigInt::zero(), BigInt::one(), BigInt::one(), BigInt::zero());
    loop {
        let ceiling = low.to_integer(Rounding::Ceil);
        let whole = Rational::whole(ceiling.clone());
        if whole.compare(&high).is_lt() || (whole.compare(&high).is_eq() && low.denominator.is_one()) {
            return Rational::build(&ceiling * &p1 + &p0, ceiling * &q1 + &q0);
        }
        let step = ceiling - 1u32;
        let p2 = &step * &p1 + &p0;
        let q2 = &step * &q1 + &q0;
        (p0, p1, q0, q1) = (p1, p2, q1, q2);
        let step = Rational::whole(step);
        let (next_low, next_high) = (high.sub(&step), low.sub(&step));
        let one = Rational::whole(BigInt::one());
        match (one.div(&next_low), one.div(&next_high)) {
            (Ok(a), Ok(b)) => (low, high) = (a, b),
            _ => return Rational::build(p1, q1),
        }
    }
}

/// Mantissa and binary exponent of a finite positive double: `mantissa * 2**exponent`, 53 bits when normal.
fn mantissa_and_exponent(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let field = (bits >> 52 & 0x7FF) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if field == 0 { (fraction, -1074) } else { (fraction | 1 << 52, field - 1075) }
}

/// Numerator and power-of-two denominator of a finite double, not reduced.
pub(crate) fn float_parts(value: f64) -> (BigInt, BigInt) {
    let (mantissa, exponent) = mantissa_and_exponent(value.abs());
    let mantissa = BigInt::from(mantissa) * if value < 0.0 { -1 } else { 1 };
    if exponent >= 0 { (mantissa << exponent, BigInt::one()) } else { (mantissa, BigInt::one() << -exponent) }
}

/// `Float#to_r` parts, reduced; `value` must be finite.
pub fn float_to_ratio(value: f64) -> Result<(BigInt, BigInt), NumericError> {
    Ok(Rational::from_f64(value)?.into_parts())
}

/// The double nearest to `numerator / denominator` (denominator not zero).
pub fn ratio_to_f64(numerator: &BigInt, denominator: &BigInt) -> f64 {
    if numerator.is_zero() {
        return 0.0;
    }
    let negative = (numerator.sign() == Sign::Minus) != (denominator.sign() == Sign::Minus);
    let (a, b) = (numerator.magnitude(), denominator.magnitude());
    // Scale so that the quotient has at least 66 bits, then keep a sticky bit for the remainder.
    let shift = b.bits() as i64 - a.bits() as i64 + 66;
    let (quotient, rest) = if shift >= 0 { (a << shift).div_rem(b) } else { a.div_rem(&(b << -shift)) };
    let sticky = quotient << 1u32 | num_bigint::BigUint::from(u8::from(!rest.is_zero()));
    let magnitude = scale_down(&sticky, shift + 1);
    if negative { -magnitude } else { magnitude }
}

/// `value / 2**shift` rounded once, subnormals included.
fn scale_down(value: &num_bigint::BigUint, shift: i64) -> f64 {
    let bits = value.bits() as i64;
    let exponent = bits - 1 - shift;
    if exponent > 1023 {
        return f64::INFINITY;
    }
    if exponent < -1080 {
        return 0.0;
    }
    let keep = if exponent >= -1022 { 53 } else { (exponent + 1075).max(0) };
    let drop = (bits - keep).max(0);
    let kept = value >> drop as u64;
    let half = num_bigint::BigUint::one() << (drop.max(1) as u64 - 1);
    let rest = value - (&kept << drop as u64);
    let round_up = drop > 0 && (rest > half || (rest == half && kept.bit(0)));
    let kept = kept.to_u64().unwrap_or(0) + u64::from(round_up);
    libm::ldexp(kept as f64, (drop - shift) as i32)
}

impl fmt::Display for Rational {
    /// `Rational#to_s`: `1/3`, `2/1`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.numerator, self.denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::round::Half;

    fn ratio(a: i64, b: i64) -> Rational {
        Rational::new(a.into(), b.into()).expect("not zero")
    }

    #[test]
    fn arithmetic_stays_normalised() {
        assert_eq!(ratio(2, -4).to_string(), "-1/2");
        assert_eq!(ratio(1, 3).add(&ratio(1, 6)), ratio(1, 2));
        assert_eq!(ratio(2, 3).pow(&(-2).into()), Ok(ratio(9, 4)));
        assert!(ratio(0, 1).pow(&(-1).into()).is_err());
        assert_eq!(ratio(5, 2).to_integer(Rounding::Nearest(Half::Even)), 2.into());
        assert_eq!(ratio(-7, 2).to_integer(Rounding::Floor), (-4).into());
        assert_eq!(ratio(1, 3).to_f64(), 1.0 / 3.0);
        assert_eq!(ratio_to_f64(&1.into(), &(BigInt::one() << 1074)), 5e-324);
        assert_eq!(ratio_to_f64(&1.into(), &(BigInt::one() << 1076)), 0.0);
    }

    #[test]
    fn rationalize_finds_ruby_s_fractions() {
        for (value, expected) in [(0.1, "1/10"), (3.15, "63/20"), (-0.5, "-1/2"), (3.0, "3/1")] {
            assert_eq!(rationalize_float(value).expect("finite").to_string(), expected);
        }
        let near = Rational::from_f64(3.15).expect("finite").rationalize(&ratio(1, 100));
        assert_eq!(near, ratio(22, 7));
        assert_eq!(Rational::from_f64(0.1).expect("finite").to_string(), "3602879701896397/36028797018963968");
    }
}
