//! Instants and spans of time: whole nanoseconds and, where there is one, the exact rest below them.

use num_bigint::{BigInt, Sign};
use numeric::rational::Rational;
use numeric::round::Rounding;
use std::cmp::Ordering;

/// Nanoseconds of a second.
pub const SECOND: i128 = 1_000_000_000;
/// Leaves room for sums of instants, spans and offsets.
const FARTHEST: i128 = i128::MAX / 8;

/// A point in time counted from the epoch, or a span.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Instant {
    nanos: i128,
    /// Between none and one nanosecond, both excluded.
    rest: Option<Box<Rational>>,
}

impl Instant {
    /// Whole nanoseconds.
    pub const fn from_nanos(nanos: i128) -> Self {
        Instant { nanos, rest: None }
    }

    /// Whole seconds.
    pub const fn from_seconds(seconds: i128) -> Self {
        Instant::from_nanos(seconds * SECOND)
    }

    /// A fraction of nanoseconds; None when it is too far.
    pub fn from_fraction(nanos: &Rational) -> Option<Self> {
        let whole = nanos.to_integer(Rounding::Floor);
        let rest = nanos.sub(&Rational::whole(whole.clone()));
        let nanos = i128::try_from(whole).ok().filter(|nanos| nanos.abs() < FARTHEST)?;
        Some(Instant { nanos, rest: (rest.numerator().sign() != Sign::NoSign).then(|| Box::new(rest)) })
    }

    /// Whole nanoseconds, cut off towards the past.
    pub fn nanos(&self) -> i128 {
        self.nanos
    }

    /// What is left below a nanosecond.
    pub fn rest(&self) -> Option<&Rational> {
        self.rest.as_deref()
    }

    /// Nanoseconds as a fraction.
    pub fn to_fraction(&self) -> Rational {
        let whole = Rational::whole(BigInt::from(self.nanos));
        self.rest.as_ref().map_or(whole.clone(), |rest| whole.add(rest))
    }

    /// Seconds as a fraction.
    pub fn to_seconds(&self) -> Rational {
        self.to_fraction().div(&Rational::whole(BigInt::from(SECOND))).unwrap_or_else(|_| Rational::whole(BigInt::ZERO))
    }

    /// Seconds as the nearest Float.
    pub fn to_f64(&self) -> f64 {
        if self.rest.is_some() || self.nanos == 0 {
            return self.to_seconds().to_f64();
        }
        // More than 64 bits of the quotient, the last of which says whether something is left below them.
        let (size, second) = (self.nanos.unsigned_abs(), SECOND as u128);
        let shift = size.leading_zeros();
        let (quotient, rest) = ((size << shift) / second, (size << shift) % second);
        let nearest = (quotient | u128::from(rest != 0)) as f64 / 2f64.powi(shift as i32);
        if self.nanos < 0 { -nearest } else { nearest }
    }

    /// Whole seconds, cut off towards the past.
    pub fn seconds(&self) -> i128 {
        self.nanos.div_euclid(SECOND)
    }

    /// Nanoseconds behind the whole second.
    pub fn nanosecond(&self) -> u32 {
        self.nanos.rem_euclid(SECOND) as u32
    }

    /// What is behind the whole second.
    pub fn below_second(&self) -> Instant {
        Instant { nanos: self.nanos.rem_euclid(SECOND), rest: self.rest.clone() }
    }

    /// The sum; None when it is too far.
    pub fn plus(&self, other: &Instant) -> Option<Instant> {
        let nanos = self.nanos + other.nanos;
        if self.rest.is_none() && other.rest.is_none() {
            return (nanos.abs() < FARTHEST).then_some(Instant { nanos, rest: None });
        }
        Instant::from_fraction(&self.to_fraction().add(&other.to_fraction()))
    }

    /// The difference; None when it is too far.
    pub fn minus(&self, other: &Instant) -> Option<Instant> {
        self.plus(&other.negated())
    }

    /// The same span the other way.
    pub fn negated(&self) -> Instant {
        match &self.rest {
            None => Instant::from_nanos(-self.nanos),
            Some(rest) => {
                let one = Rational::whole(BigInt::from(1));
                Instant { nanos: -self.nanos - 1, rest: Some(Box::new(one.sub(rest))) }
            }
        }
    }

    /// The multiple of ten to the power of `-digits` seconds below or above.
    pub fn rounded(&self, digits: u32, rounding: Rounding) -> Option<Instant> {
        let unit = Rational::new(BigInt::from(SECOND), BigInt::from(10).pow(digits)).ok()?;
        let count = self.to_fraction().div(&unit).ok()?.to_integer(rounding);
        Instant::from_fraction(&Rational::whole(count).mul(&unit))
    }

    /// The nearest such multiple, the later one of two.
    pub fn nearest(&self, digits: u32) -> Option<Instant> {
        let half = Rational::new(BigInt::from(SECOND), BigInt::from(10).pow(digits) * 2).ok()?;
        self.plus(&Instant::from_fraction(&half)?)?.rounded(digits, Rounding::Floor)
    }
}

impl PartialOrd for Instant {
    fn partial_cmp(&self, other: &Instant) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Instant {
    fn cmp(&self, other: &Instant) -> Ordering {
        self.nanos.cmp(&other.nanos).then_with(|| match (&self.rest, &other.rest) {
            (Some(one), Some(two)) => one.compare(two),
            (one, two) => one.is_some().cmp(&two.is_some()),
        })
    }
}

/// Fractions in saved objects: numerator and denominator, each with the number of its bytes in front.
pub mod saved {
    use super::{BigInt, Rational};

    /// Appends a fraction.
    pub fn put(state: &mut Vec<u8>, fraction: &Rational) {
        for part in [fraction.numerator(), fraction.denominator()] {
            let bytes = part.to_signed_bytes_le();
            state.extend((bytes.len() as u32).to_le_bytes());
            state.extend(bytes);
        }
    }

    /// Takes a fraction from the front.
    pub fn take(state: &mut &[u8]) -> Option<Rational> {
        let numerator = take_integer(state)?;
        let denominator = take_integer(state)?;
        Rational::new(numerator, denominator).ok()
    }

    fn take_integer(state: &mut &[u8]) -> Option<BigInt> {
        let (length, rest) = state.split_first_chunk::<4>()?;
        let (bytes, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        *state = rest;
        Some(BigInt::from_signed_bytes_le(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(above: i64, below: i64) -> Instant {
        let fraction = Rational::new(BigInt::from(above), BigInt::from(below)).expect("a fraction");
        Instant::from_fraction(&fraction).expect("near enough")
    }

    #[test]
    fn fractions_stay_exact() {
        let third = instant(1, 3);
        assert_eq!(third.plus(&third).and_then(|sum| sum.plus(&third)), Some(Instant::from_nanos(1)));
        assert_eq!(third.negated(), instant(-1, 3));
        assert_eq!(instant(-1, 3).nanos(), -1);
        assert_eq!(third.minus(&third), Some(Instant::default()));
    }

    #[test]
    fn order() {
        assert!(instant(1, 3) > Instant::default() && instant(1, 3) < instant(1, 2) && instant(4, 3) > instant(1, 2));
        assert!(instant(-1, 3) < Instant::default());
    }

    #[test]
    fn rounding() {
        let half = Instant::from_nanos(1_500_000_000);
        assert_eq!(half.rounded(0, Rounding::Ceil), Some(Instant::from_seconds(2)));
        assert_eq!(half.rounded(0, Rounding::Floor), Some(Instant::from_seconds(1)));
        assert_eq!((half.nearest(0), half.negated().nearest(0)), (Some(Instant::from_seconds(2)), Some(Instant::from_seconds(-1))));
        assert_eq!(half.rounded(30, Rounding::Floor), Some(half));
    }
}
