//! Decimal numbers of any length, without a VM.
//!
//! Invariant: the digits of a finite number end in no zero, so that equal numbers have equal parts.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};
use std::cmp::Ordering;

/// A number: `digits * 10**scale`, or one of the special ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Decimal {
    NaN,
    Infinity { is_negative: bool },
    Zero { is_negative: bool },
    Finite(Finite),
}

/// A number that is neither zero nor special.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finite {
    pub is_negative: bool,
    digits: BigUint,
    /// How many decimal digits there are.
    count: i64,
    /// The power of ten of the last digit.
    scale: i64,
}

/// What happens to digits that there is no room for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    Up,
    Down,
    HalfUp,
    HalfDown,
    Ceiling,
    Floor,
    HalfEven,
}

/// Why an operation has no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// More digits than memory has room for.
    TooLong,
    /// Exponent beyond 64 bits.
    Overflow {
        is_negative: bool,
    },
    Underflow {
        is_negative: bool,
    },
}

/// The largest exponent, a multiple of the digits of a word in CRuby.
const EXPONENT_MAX: i64 = i64::MAX / 9 * 9;

/// The least power of ten of a last digit, with room for counts of digits below it.
const SCALE_MIN: i64 = i64::MIN + (1 << 33);

/// Digits of a result beyond which it is not even tried: no thread runs and nothing interrupts while numbers are multiplied.
pub const DIGITS_MAX: i64 = 1 << 23;

/// The power of ten with an exponent that is known to be moderate.
pub fn power_of_ten(exponent: i64) -> BigUint {
    BigUint::from(10u8).pow(u32::try_from(exponent).unwrap_or(0))
}

/// How many decimal digits a number has.
fn digit_count(number: &BigUint) -> i64 {
    let bits = number.bits() as f64;
    let guess = ((bits - 1.0) * std::f64::consts::LOG10_2) as i64;
    if bits <= 64.0 {
        return u64::try_from(number).map_or(0, |small| small.checked_ilog10().map_or(0, |log| i64::from(log) + 1));
    }
    // The guess is that of the least number of so many bits, so that at most one digit is missing.
    if *number >= power_of_ten(guess + 1) { guess + 2 } else { guess + 1 }
}

/// Takes the zeros off the end and tells how many there were.
fn strip_zeros(mut digits: BigUint) -> (BigUint, i64) {
    let mut stripped = 0;
    let bound = digits.trailing_zeros().unwrap_or(0) as i64;
    let mut step = bound;
    while step > 0 {
        let (quotient, rest) = digits.div_rem(&power_of_ten(step));
        if rest.is_zero() {
            digits = quotient;
            stripped += step;
            step = step.min(digits.trailing_zeros().unwrap_or(0) as i64);
        } else {
            step /= 2;
        }
    }
    (digits, stripped)
}

/// May a number of so many digits have this scale?
fn is_in_range(scale: i64, count: i64) -> bool {
    scale >= SCALE_MIN && scale.checked_add(count).is_some_and(|exponent| exponent <= EXPONENT_MAX)
}

impl Finite {
    /// The place of the decimal point from the first digit: `0.DIGITS * 10**exponent`.
    pub fn exponent(&self) -> i64 {
        self.scale.saturating_add(self.count)
    }

    /// How many digits there are.
    pub fn count(&self) -> i64 {
        self.count
    }

    /// The power of ten of the last digit.
    pub fn scale(&self) -> i64 {
        self.scale
    }

    /// The digits as a number.
    pub fn digits(&self) -> &BigUint {
        &self.digits
    }

    fn signed(&self) -> BigInt {
        let digits = BigInt::from(self.digits.clone());
        if self.is_negative { -digits } else { digits }
    }

    /// The signed digits as a number whose last digit has a lower power of ten.
    fn at_scale(&self, scale: i64) -> BigInt {
        self.signed() * BigInt::from(power_of_ten(self.scale - scale))
    }

    fn rounded(&self, drop: i64, rounding: Rounding) -> BigUint {
        if drop > self.count + 1 {
            return if rounding.goes_away(self.is_negative, Ordering::Less, false) { BigUint::one() } else { BigUint::zero() };
        }
        let unit = power_of_ten(drop);
        let (quotient, rest) = self.digits.div_rem(&unit);
        if rest.is_zero() {
            return quotient;
        }
        let half = (rest * 2u8).cmp(&unit);
        let is_up = rounding.goes_away(self.is_negative, half, quotient.is_odd());
        if is_up { quotient + 1u8 } else { quotient }
    }
}

impl Rounding {
    /// Does a number go away from zero whose dropped digits compare like this with a half of the last one kept?
    fn goes_away(self, is_negative: bool, half: Ordering, is_odd: bool) -> bool {
        match self {
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::HalfUp => half != Ordering::Less,
            Rounding::HalfDown => half == Ordering::Greater,
            Rounding::Ceiling => !is_negative,
            Rounding::Floor => is_negative,
            Rounding::HalfEven => half == Ordering::Greater || half == Ordering::Equal && is_odd,
        }
    }
}

/// A result, or why there is none.
pub type Outcome = Result<Decimal, Fault>;

impl Decimal {
    /// One.
    pub fn one() -> Decimal {
        Decimal::from_integer(&BigInt::one())
    }

    /// Plus zero.
    pub const ZERO: Decimal = Decimal::Zero { is_negative: false };

    /// `digits * 10**scale`, in its lowest form.
    pub fn new(is_negative: bool, digits: BigUint, scale: i64) -> Outcome {
        if digits.is_zero() {
            return Ok(Decimal::Zero { is_negative });
        }
        let (digits, stripped) = strip_zeros(digits);
        let count = digit_count(&digits);
        let is_below = scale < 0;
        let fitting = scale.checked_add(stripped).filter(|scale| is_in_range(*scale, count));
        match fitting {
            Some(scale) => Ok(Decimal::Finite(Finite { is_negative, digits, count, scale })),
            None if is_below => Err(Fault::Underflow { is_negative }),
            None => Err(Fault::Overflow { is_negative }),
        }
    }

    fn from_signed(number: BigInt, scale: i64) -> Outcome {
        let is_negative = number.sign() == num_bigint::Sign::Minus;
        Decimal::new(is_negative, number.into_parts().1, scale)
    }

    /// A whole number.
    pub fn from_integer(number: &BigInt) -> Decimal {
        Decimal::from_signed(number.clone(), 0).unwrap_or(Decimal::ZERO)
    }

    /// The number, when it is finite and not zero.
    pub fn finite(&self) -> Option<&Finite> {
        if let Decimal::Finite(finite) = self { Some(finite) } else { None }
    }

    /// Minus, for all but NaN.
    pub fn is_negative(&self) -> bool {
        match self {
            Decimal::NaN => false,
            Decimal::Infinity { is_negative } | Decimal::Zero { is_negative } => *is_negative,
            Decimal::Finite(finite) => finite.is_negative,
        }
    }

    pub fn is_zero(&self) -> bool {
        matches!(self, Decimal::Zero { .. })
    }

    pub fn is_infinite(&self) -> bool {
        matches!(self, Decimal::Infinity { .. })
    }

    /// Neither NaN nor infinite.
    pub fn is_finite(&self) -> bool {
        matches!(self, Decimal::Zero { .. } | Decimal::Finite(_))
    }

    /// The place of the decimal point from the first digit; 0 for zero and the special ones.
    pub fn exponent(&self) -> i64 {
        self.finite().map_or(0, Finite::exponent)
    }

    /// How many digits there are; 0 for zero and the special ones.
    pub fn count(&self) -> i64 {
        self.finite().map_or(0, Finite::count)
    }

    /// With another sign.
    pub fn with_sign(&self, is_negative: bool) -> Decimal {
        match self {
            Decimal::NaN => Decimal::NaN,
            Decimal::Infinity { .. } => Decimal::Infinity { is_negative },
            Decimal::Zero { .. } => Decimal::Zero { is_negative },
            Decimal::Finite(finite) => Decimal::Finite(Finite { is_negative, ..finite.clone() }),
        }
    }

    pub fn negated(&self) -> Decimal {
        self.with_sign(!self.is_negative())
    }

    pub fn abs(&self) -> Decimal {
        self.with_sign(false)
    }

    /// `self * 10**shift`.
    pub fn shifted(&self, shift: i64) -> Outcome {
        let Decimal::Finite(finite) = self else { return Ok(self.clone()) };
        let is_negative = finite.is_negative;
        match finite.scale.checked_add(shift).filter(|scale| is_in_range(*scale, finite.count)) {
            Some(scale) => Ok(Decimal::Finite(Finite { scale, ..finite.clone() })),
            None if shift < 0 => Err(Fault::Underflow { is_negative }),
            None => Err(Fault::Overflow { is_negative }),
        }
    }

    /// Digits of numbers as people count them: those before and those behind the decimal point.
    pub fn precision_and_scale(&self) -> (i64, i64) {
        let Decimal::Finite(finite) = self else { return (0, 0) };
        let scale = (-finite.scale).max(0);
        (finite.exponent().max(0) + scale, scale)
    }

    /// With at most so many digits; all of them for 0.
    pub fn limited(&self, digits: i64, rounding: Rounding) -> Outcome {
        match self {
            Decimal::Finite(finite) if digits > 0 && finite.count > digits => {
                let drop = finite.count - digits;
                Decimal::new(finite.is_negative, finite.rounded(drop, rounding), finite.scale + drop)
            }
            _ => Ok(self.clone()),
        }
    }

    /// With at most so many digits behind the decimal point; before it for negative ones.
    pub fn rounded(&self, places: i64, rounding: Rounding) -> Outcome {
        match self {
            Decimal::Finite(finite) if finite.scale < -places => {
                let drop = -places - finite.scale;
                Decimal::new(finite.is_negative, finite.rounded(drop, rounding), -places)
            }
            _ => Ok(self.clone()),
        }
    }

    /// What is behind the decimal point.
    pub fn fraction(&self) -> Outcome {
        match self {
            Decimal::Finite(finite) if finite.scale >= 0 => Ok(Decimal::Zero { is_negative: finite.is_negative }),
            Decimal::Finite(_) => self.sub(&self.rounded(0, Rounding::Down)?),
            _ => Ok(self.clone()),
        }
    }

    pub fn add(&self, other: &Decimal) -> Outcome {
        match (self, other) {
            (Decimal::NaN, _) | (_, Decimal::NaN) => Ok(Decimal::NaN),
            (Decimal::Infinity { is_negative: a }, Decimal::Infinity { is_negative: b }) if a != b => Ok(Decimal::NaN),
            (Decimal::Infinity { .. }, _) => Ok(self.clone()),
            (_, Decimal::Infinity { .. }) => Ok(other.clone()),
            (Decimal::Zero { is_negative: a }, Decimal::Zero { is_negative: b }) => Ok(Decimal::Zero { is_negative: *a && *b }),
            (Decimal::Zero { .. }, _) => Ok(other.clone()),
            (_, Decimal::Zero { .. }) => Ok(self.clone()),
            (Decimal::Finite(a), Decimal::Finite(b)) => {
                let scale = a.scale.min(b.scale);
                check_length(a.exponent().max(b.exponent()).checked_sub(scale))?;
                let sum = a.at_scale(scale) + b.at_scale(scale);
                Decimal::from_signed(sum, scale)
            }
        }
    }

    pub fn sub(&self, other: &Decimal) -> Outcome {
        self.add(&other.negated())
    }

    /// A number that makes the same sum of so many digits with another one, which may be much larger, and is no longer than need be.
    pub fn beside(&self, other: &Decimal, digits: i64) -> Decimal {
        let (Decimal::Finite(small), Decimal::Finite(large)) = (self, other) else { return self.clone() };
        let place = large.scale.min(large.exponent().saturating_sub(digits)).saturating_sub(3);
        if digits == 0 || small.exponent() >= place {
            return self.clone();
        }
        Decimal::new(small.is_negative, BigUint::one(), place).unwrap_or_else(|_| self.clone())
    }

    /// Logarithm to base ten of the magnitude, roughly.
    pub fn magnitude(&self) -> f64 {
        let Decimal::Finite(finite) = self else { return 0.0 };
        let dropped = (finite.count - 17).max(0);
        let first = (&finite.digits / power_of_ten(dropped)).to_f64().unwrap_or(1.0);
        first.log10() + dropped as f64 + finite.scale as f64
    }

    pub fn mul(&self, other: &Decimal) -> Outcome {
        let is_negative = self.is_negative() != other.is_negative();
        match (self, other) {
            (Decimal::NaN, _) | (_, Decimal::NaN) => Ok(Decimal::NaN),
            (Decimal::Infinity { .. }, Decimal::Zero { .. }) | (Decimal::Zero { .. }, Decimal::Infinity { .. }) => Ok(Decimal::NaN),
            (Decimal::Infinity { .. }, _) | (_, Decimal::Infinity { .. }) => Ok(Decimal::Infinity { is_negative }),
            (Decimal::Zero { .. }, _) | (_, Decimal::Zero { .. }) => Ok(Decimal::Zero { is_negative }),
            (Decimal::Finite(a), Decimal::Finite(b)) => {
                check_length(a.count.checked_add(b.count))?;
                let overflow = if a.scale < 0 { Fault::Underflow { is_negative } } else { Fault::Overflow { is_negative } };
                let scale = a.scale.checked_add(b.scale).ok_or(overflow)?;
                Decimal::new(is_negative, &a.digits * &b.digits, scale)
            }
        }
    }

    /// The quotient with so many digits. Both are finite and not zero.
    pub fn div(a: &Finite, b: &Finite, digits: i64, rounding: Rounding) -> Outcome {
        let is_negative = a.is_negative != b.is_negative;
        // At least one digit more than asked for, and one that tells whether there are more.
        let shift = (digits + 2 - (a.count - b.count)).max(0);
        check_length(a.count.checked_add(shift))?;
        let (quotient, rest) = (&a.digits * power_of_ten(shift)).div_rem(&b.digits);
        let quotient = quotient * 10u8 + u8::from(!rest.is_zero());
        let overflow = if a.scale < 0 { Fault::Underflow { is_negative } } else { Fault::Overflow { is_negative } };
        let scale = a.scale.checked_sub(b.scale).and_then(|scale| scale.checked_sub(shift + 1)).ok_or(overflow)?;
        Decimal::new(is_negative, quotient, scale)?.limited(digits, rounding)
    }

    /// The whole quotient towards zero, and what is left. Both are finite and not zero.
    pub fn div_rem(a: &Finite, b: &Finite) -> Result<(BigInt, Decimal), Fault> {
        if a.exponent() < b.exponent() {
            return Ok((BigInt::zero(), Decimal::Finite(a.clone())));
        }
        let scale = a.scale.min(b.scale);
        check_length(a.exponent().max(b.exponent()).checked_sub(scale))?;
        let (quotient, rest) = a.at_scale(scale).div_rem(&b.at_scale(scale));
        let is_negative = a.is_negative;
        Ok((quotient, Decimal::from_signed(rest, scale)?)).map(|(quotient, rest)| {
            let rest = if rest.is_zero() { rest.with_sign(is_negative) } else { rest };
            (quotient, rest)
        })
    }

    /// The whole number towards zero. The number is finite.
    pub fn to_integer(&self) -> Result<BigInt, Fault> {
        let Decimal::Finite(finite) = self else { return Ok(BigInt::zero()) };
        if finite.exponent() <= 0 {
            return Ok(BigInt::zero());
        }
        if finite.scale >= 0 {
            check_length(Some(finite.exponent()))?;
            return Ok(finite.at_scale(0));
        }
        Ok(finite.signed() / BigInt::from(power_of_ten(-finite.scale)))
    }

    /// How numbers compare; None with NaN.
    pub fn compare(&self, other: &Decimal) -> Option<Ordering> {
        if matches!(self, Decimal::NaN) || matches!(other, Decimal::NaN) {
            return None;
        }
        let rank = |number: &Decimal| match number {
            Decimal::Infinity { is_negative } => {
                if *is_negative {
                    -2
                } else {
                    2
                }
            }
            Decimal::Finite(finite) => {
                if finite.is_negative {
                    -1
                } else {
                    1
                }
            }
            _ => 0,
        };
        let (a, b) = match (self, other) {
            (Decimal::Finite(a), Decimal::Finite(b)) if a.is_negative == b.is_negative => (a, b),
            _ => return Some(rank(self).cmp(&rank(other))),
        };
        let magnitude = a.exponent().cmp(&b.exponent()).then_with(|| {
            let length = a.count.max(b.count);
            (&a.digits * power_of_ten(length - a.count)).cmp(&(&b.digits * power_of_ten(length - b.count)))
        });
        Some(if a.is_negative { magnitude.reverse() } else { magnitude })
    }
}

/// Is a result of so many digits small enough to be made?
fn check_length(digits: Option<i64>) -> Result<(), Fault> {
    if digits.is_some_and(|digits| digits <= DIGITS_MAX) { Ok(()) } else { Err(Fault::TooLong) }
}

#[cfg(test)]
mod tests {
    use super::{Decimal, Rounding, digit_count, strip_zeros};
    use num_bigint::{BigInt, BigUint};

    fn decimal(digits: i64, scale: i64) -> Decimal {
        Decimal::from_integer(&BigInt::from(digits)).shifted(scale).expect("small")
    }

    #[test]
    fn digits_are_counted() {
        for power in 1..200u32 {
            let number = BigUint::from(10u8).pow(power);
            assert_eq!(digit_count(&number), i64::from(power) + 1);
            assert_eq!(digit_count(&(number - 1u8)), i64::from(power));
        }
    }

    #[test]
    fn zeros_are_stripped() {
        for power in 0..100u32 {
            let number = BigUint::from(1024u32) * BigUint::from(10u8).pow(power);
            assert_eq!(strip_zeros(number), (BigUint::from(1024u32), i64::from(power)));
        }
    }

    #[test]
    fn rounding_looks_at_sign_and_ties() {
        let rows = [
            (25, Rounding::HalfEven, 2),
            (35, Rounding::HalfEven, 4),
            (25, Rounding::HalfUp, 3),
            (25, Rounding::HalfDown, 2),
            (-21, Rounding::Floor, -3),
            (-29, Rounding::Ceiling, -2),
            (21, Rounding::Up, 3),
            (-29, Rounding::Down, -2),
        ];
        for (number, rounding, expected) in rows {
            assert_eq!(decimal(number, -1).rounded(0, rounding), Ok(decimal(expected, 0)), "{number} {rounding:?}");
        }
    }

    #[test]
    fn quotients_know_of_their_rest() {
        let [one, three] = [decimal(1, 0), decimal(3, 0)];
        let (Some(one), Some(three)) = (one.finite(), three.finite()) else { panic!("finite") };
        assert_eq!(Decimal::div(one, three, 3, Rounding::Up), Ok(decimal(334, -3)));
        assert_eq!(Decimal::div(one, three, 3, Rounding::HalfUp), Ok(decimal(333, -3)));
    }
}
