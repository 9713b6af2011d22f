//! Roots, exponentials, logarithms and the like, to any number of digits.
//!
//! All work on binary fixed-point numbers of `Fixed::bits` bits behind the point, with more digits than the result has; the
//! caller rounds. Sources: the series of the functions, with arguments reduced by their addition theorems.

use crate::decimal::{Decimal, Fault, Finite, Outcome, Rounding, power_of_ten};
use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Digits that are calculated beyond those of the result.
const GUARD_DIGITS: i64 = 20;

/// A precision, as bits behind the binary point.
#[derive(Clone, Copy)]
struct Fixed {
    bits: u64,
}

impl Fixed {
    /// Room for so many decimal digits behind the point.
    fn of_digits(digits: i64) -> Fixed {
        Fixed { bits: (digits.max(0) as f64 * std::f64::consts::LOG2_10) as u64 + 32 }
    }

    fn one(self) -> BigInt {
        BigInt::one() << self.bits
    }

    fn mul(self, a: &BigInt, b: &BigInt) -> BigInt {
        (a * b) >> self.bits
    }

    fn div(self, a: &BigInt, b: &BigInt) -> BigInt {
        (a << self.bits) / b
    }

    fn sqrt(self, a: &BigInt) -> BigInt {
        (a << self.bits).sqrt()
    }

    /// A number as far as it fits.
    fn of(self, number: &Finite) -> BigInt {
        let digits = BigInt::from(number.digits().clone()) << self.bits;
        let unsigned = if number.scale() >= 0 {
            digits * BigInt::from(power_of_ten(number.scale()))
        } else if number.exponent() < -(self.bits as i64) {
            BigInt::zero()
        } else {
            digits / BigInt::from(power_of_ten(-number.scale()))
        };
        if number.is_negative { -unsigned } else { unsigned }
    }

    /// With so many digits behind the decimal point, times a power of ten.
    fn decimal(self, number: &BigInt, digits: i64, power: i64) -> Outcome {
        let scaled: BigInt = (number * BigInt::from(power_of_ten(digits))) >> self.bits;
        Decimal::new(scaled.is_negative(), scaled.into_parts().1, power - digits)
    }

    /// The sum of a series whose terms follow from the ones before.
    fn series(self, first: BigInt, mut next: impl FnMut(&BigInt, u64) -> BigInt) -> BigInt {
        let (mut sum, mut term, mut index) = (first.clone(), first, 1);
        while !term.is_zero() && term != BigInt::from(-1) {
            term = next(&term, index);
            sum += &term;
            index += 1;
        }
        sum
    }

    /// `atanh(1 / n)`, or `atan(1 / n)` with alternating signs.
    fn arc_of_inverse(self, n: u32, is_alternating: bool) -> BigInt {
        let mut power = self.one() / n;
        let (mut sum, mut odd) = (power.clone(), 1u64);
        while !power.is_zero() {
            power /= n * n;
            odd += 2;
            if is_alternating && odd % 4 == 3 {
                sum -= &power / odd;
            } else {
                sum += &power / odd;
            }
        }
        sum
    }

    fn log_of_ten(self) -> BigInt {
        self.arc_of_inverse(3, false) * 6 + self.arc_of_inverse(9, false) * 2
    }

    fn pi(self) -> BigInt {
        self.arc_of_inverse(5, true) * 16 - self.arc_of_inverse(239, true) * 4
    }

    /// How often an argument is halved before its series is summed up.
    fn halvings(self) -> u32 {
        (self.bits as f64).sqrt() as u32 / 2 + 2
    }

    /// e to a small power.
    fn exp(self, number: &BigInt) -> BigInt {
        let halvings = self.halvings();
        let wide = Fixed { bits: self.bits + 2 * u64::from(halvings) };
        let reduced = number << halvings;
        let mut result = wide.series(wide.one(), |term, index| wide.mul(term, &reduced) / index);
        for _ in 0..halvings {
            result = wide.mul(&result, &result);
        }
        result >> (wide.bits - self.bits)
    }

    /// Logarithm of a positive number.
    fn log(self, number: &BigInt) -> BigInt {
        const ROOTS: u32 = 8;
        let wide = Fixed { bits: self.bits + 2 * u64::from(ROOTS) };
        let mut root = number << (wide.bits - self.bits);
        for _ in 0..ROOTS {
            root = wide.sqrt(&root);
        }
        let ratio = wide.div(&(&root - wide.one()), &(&root + wide.one()));
        (wide.odd_series(ratio, false) << (ROOTS + 1)) >> (wide.bits - self.bits)
    }

    /// `x + x**3 / 3 + x**5 / 5 + ...`, or the same with alternating signs.
    fn odd_series(self, x: BigInt, is_alternating: bool) -> BigInt {
        let square = if is_alternating { -self.mul(&x, &x) } else { self.mul(&x, &x) };
        let (mut sum, mut power, mut odd) = (x.clone(), x, 1u64);
        while !power.is_zero() && power != BigInt::from(-1) {
            power = self.mul(&power, &square);
            odd += 2;
            sum += &power / odd;
        }
        sum
    }

    fn sin(self, x: &BigInt) -> BigInt {
        let square = -self.mul(x, x);
        self.series(x.clone(), |term, index| self.mul(term, &square) / (2 * index * (2 * index + 1)))
    }

    fn cos(self, x: &BigInt) -> BigInt {
        let square = -self.mul(x, x);
        self.series(self.one(), |term, index| self.mul(term, &square) / ((2 * index - 1) * 2 * index))
    }

    fn atan(self, x: &BigInt) -> BigInt {
        const HALVINGS: u32 = 8;
        let mut x = x.clone();
        for _ in 0..HALVINGS {
            let length = self.sqrt(&(self.one() + self.mul(&x, &x)));
            x = self.div(&x, &(self.one() + length));
        }
        self.odd_series(x, true) << HALVINGS
    }
}

/// Square root of a positive number with so many digits.
pub fn sqrt(number: &Finite, digits: i64, rounding: Rounding) -> Outcome {
    let mut shift = (2 * (digits + 2) - number.count()).max(0);
    if (number.scale() - shift).is_odd() {
        shift += 1;
    }
    let square = number.digits() * power_of_ten(shift);
    let root = square.sqrt();
    let is_exact = &root * &root == square;
    let digits_and_rest = root * 10u8 + u8::from(!is_exact);
    Decimal::new(false, digits_and_rest, (number.scale() - shift) / 2 - 1)?.limited(digits, rounding)
}

/// e to the power of a number whose exponent is below 21.
pub fn exp(number: &Finite, digits: i64) -> Outcome {
    let fixed = Fixed::of_digits(digits + GUARD_DIGITS + number.exponent().max(0));
    let x = fixed.of(number);
    let log_of_ten = fixed.log_of_ten();
    let half: BigInt = &log_of_ten >> 1;
    let power = (&x + half).div_floor(&log_of_ten);
    let reduced = x - &power * &log_of_ten;
    let overflow = if number.is_negative { Fault::Underflow { is_negative: false } } else { Fault::Overflow { is_negative: false } };
    let power = power.to_i64().ok_or(overflow)?;
    fixed.decimal(&fixed.exp(&reduced), digits + GUARD_DIGITS, power)
}

/// Logarithm of a positive number that is not one.
pub fn log(number: &Finite, digits: i64) -> Outcome {
    // Near one, as many digits more as the number begins with nines or zeros.
    let is_near_one = (0..=1).contains(&number.exponent());
    let distance = if is_near_one { Decimal::Finite(number.clone()).sub(&Decimal::one())? } else { Decimal::one() };
    let lost = (-distance.exponent()).max(0);
    let digits_behind = digits + GUARD_DIGITS + lost;
    let fixed = Fixed::of_digits(digits_behind + 20);
    // The number as a fraction between one tenth and ten, times a power of ten that is none near one.
    let power = if lost > 0 || number.exponent() == 1 { 0 } else { number.exponent() };
    let Decimal::Finite(fraction) = Decimal::Finite(number.clone()).shifted(-power)? else { return Ok(Decimal::ZERO) };
    let log = fixed.log(&fixed.of(&fraction)) + fixed.log_of_ten() * power;
    fixed.decimal(&log, digits_behind, 0)
}

/// Pi with so many digits, and some more.
pub fn pi(digits: i64) -> Outcome {
    let fixed = Fixed::of_digits(digits + GUARD_DIGITS);
    fixed.decimal(&fixed.pi(), digits + GUARD_DIGITS, 0)
}

/// Sine, or cosine, with so many digits.
pub fn sin_or_cos(number: &Finite, digits: i64, is_cosine: bool) -> Outcome {
    let mut behind = digits + GUARD_DIGITS + (-number.exponent()).max(0);
    loop {
        let fixed = Fixed::of_digits(behind + number.exponent().max(0));
        let x = fixed.of(number);
        let quarter: BigInt = fixed.pi() >> 1;
        let half: BigInt = &quarter >> 1;
        let turns = (&x + half).div_floor(&quarter);
        let rest = x - &turns * &quarter;
        let quadrant = (turns + u8::from(is_cosine)).mod_floor(&BigInt::from(4)).to_u8().unwrap_or(0);
        let value = if quadrant % 2 == 0 { fixed.sin(&rest) } else { fixed.cos(&rest) };
        let result = fixed.decimal(&if quadrant >= 2 { -value } else { value }, behind, 0)?;
        // A multiple of a quarter turn leaves fewer digits than are asked for.
        if result.exponent() + behind >= digits + GUARD_DIGITS / 2 && !result.is_zero() {
            return Ok(result);
        }
        behind += behind / 2 + GUARD_DIGITS;
    }
}

/// Arc tangent with so many digits.
pub fn atan(number: &Finite, digits: i64) -> Outcome {
    let behind = digits + GUARD_DIGITS + number.exponent().abs();
    let fixed = Fixed::of_digits(behind);
    let is_large = number.exponent() > 0;
    let x = fixed.of(number).abs();
    let angle = if is_large { (fixed.pi() >> 1) - fixed.atan(&fixed.div(&fixed.one(), &x)) } else { fixed.atan(&x) };
    fixed.decimal(&if number.is_negative { -angle } else { angle }, behind, 0)
}

/// A number to a whole power, rounded to so many digits after each step.
pub fn power(base: &Decimal, exponent: &BigUint, digits: i64, rounding: Rounding) -> Outcome {
    let mut result = Decimal::one();
    for bit in (0..exponent.bits()).rev() {
        result = result.mul(&result)?.limited(digits, rounding)?;
        if exponent.bit(bit) {
            result = result.mul(base)?.limited(digits, rounding)?;
        }
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::{atan, exp, log, pi, sin_or_cos, sqrt};
    use crate::decimal::{Decimal, Outcome, Rounding};
    use num_bigint::BigInt;

    fn number(digits: i64, scale: i64) -> Decimal {
        Decimal::from_integer(&BigInt::from(digits)).shifted(scale).expect("small")
    }

    fn digits(outcome: Outcome) -> (String, i64) {
        let rounded = outcome.and_then(|number| number.limited(20, Rounding::HalfUp)).expect("in range");
        (rounded.finite().map_or(String::new(), |finite| finite.digits().to_string()), rounded.exponent())
    }

    #[test]
    fn known_values() {
        let [one, two, tiny, large] = [number(1, 0), number(2, 0), number(1, -30), number(100_001, 0)];
        let [one, two, tiny, large] = [&one, &two, &tiny, &large].map(|number| number.finite().expect("finite"));
        assert_eq!(digits(pi(20)), ("31415926535897932385".into(), 1));
        assert_eq!(digits(exp(one, 20)), ("27182818284590452354".into(), 1));
        assert_eq!(digits(log(two, 20)), ("69314718055994530942".into(), 0));
        assert_eq!(digits(sqrt(two, 20, Rounding::HalfUp)), ("14142135623730950488".into(), 1));
        assert_eq!(digits(sin_or_cos(tiny, 20, false)).1, -29);
        assert_eq!(digits(sin_or_cos(one, 20, true)), ("54030230586813971740".trim_end_matches('0').into(), 0));
        assert_eq!(digits(atan(one, 20)), ("78539816339744830962".into(), 0));
        assert_eq!(digits(atan(large, 20)).1, 1);
    }
}
