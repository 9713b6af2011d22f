//! Rounding of floats and integers to decimal digits.
//!
//! Invariant: a float result is the double nearest to the decimal CRuby picks; integers are exact.
//! Source: CRuby `Float#round`, `#floor`, `#ceil`, `Integer#round` behaviour.

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};

use crate::big;
use crate::error::NumericError;

/// What to do with a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Away from zero (the default).
    Up,
    /// To the even neighbour.
    Even,
    /// Towards zero.
    Down,
}

impl Half {
    /// The mode named by `half:`; `None` for an unknown name.
    pub fn parse(name: &[u8]) -> Option<Self> {
        match name {
            b"up" => Some(Self::Up),
            b"even" => Some(Self::Even),
            b"down" => Some(Self::Down),
            _ => None,
        }
    }
}

/// Which decimal neighbour to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// `round(half:)`
    Nearest(Half),
    /// `floor`
    Floor,
    /// `ceil`
    Ceil,
    /// `truncate`
    Truncate,
}

/// A rounded number: an integer when no fraction digits were asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Rounded {
    /// Rounded to digits after the point.
    Float(f64),
    /// Rounded to an integer.
    Integer(BigInt),
}

/// Binary exponent as `frexp` gives it.
fn binary_exponent(value: f64) -> i32 {
    if value == 0.0 { 0 } else { libm::frexp(value).1 }
}

/// Whether `value` has no digit as far right as `ndigits`, so that rounding changes nothing.
fn is_exact_at(value: f64, ndigits: i64) -> bool {
    let exponent = binary_exponent(value);
    let reach = if exponent > 0 { exponent / 4 } else { exponent / 3 - 1 };
    ndigits >= i64::from(17 - reach)
}

/// Whether all digits of `value` stand right of `ndigits`.
fn is_below(value: f64, ndigits: i64) -> bool {
    let exponent = binary_exponent(value);
    ndigits < -i64::from(if exponent > 0 { exponent / 3 + 1 } else { exponent / 4 })
}

/// `value.round(ndigits)` and its relatives. NaN and infinities give themselves for positive `ndigits`, otherwise a
/// `FloatDomainError`.
pub fn float(value: f64, ndigits: i64, rounding: Rounding) -> Result<Rounded, NumericError> {
    if ndigits > 0 {
        return Ok(Rounded::Float(to_fraction(value, ndigits, rounding)));
    }
    let exact = big::from_f64(value)?;
    if ndigits == 0 {
        return Ok(Rounded::Integer(big::from_f64(to_whole(value, rounding))?));
    }
    // Floor and ceil of a fraction look past the point, so step to the neighbour integer first.
    let start = match rounding {
        Rounding::Floor => big::from_f64(value.floor())?,
        Rounding::Ceil => big::from_f64(value.ceil())?,
        _ => exact,
    };
    Ok(Rounded::Integer(integer(&start, ndigits, rounding)))
}

fn to_whole(value: f64, rounding: Rounding) -> f64 {
    match rounding {
        Rounding::Nearest(Half::Up) => value.round(),
        Rounding::Nearest(Half::Even) => value.round_ties_even(),
        Rounding::Nearest(Half::Down) => {
            let whole = value.round();
            if (value - value.trunc()).abs() == 0.5 { value.trunc() } else { whole }
        }
        Rounding::Floor => value.floor(),
        Rounding::Ceil => value.ceil(),
        Rounding::Truncate => value.trunc(),
    }
}

fn to_fraction(value: f64, ndigits: i64, rounding: Rounding) -> f64 {
    if !value.is_finite() || value == 0.0 || is_exact_at(value, ndigits) {
        return value;
    }
    let rounding = match rounding {
        Rounding::Truncate if value > 0.0 => Rounding::Floor,
        Rounding::Truncate => Rounding::Ceil,
        other => other,
    };
    let vanishes = match rounding {
        Rounding::Floor => value > 0.0,
        Rounding::Ceil => value < 0.0,
        _ => true,
    };
    if vanishes && is_below(value, ndigits) {
        return 0.0;
    }
    if ndigits > 14 {
        return exact_fraction(value, ndigits, rounding);
    }
    let scale = 10f64.powi(ndigits as i32);
    match rounding {
        Rounding::Nearest(Half::Up) => half_up(value, scale) / scale,
        Rounding::Nearest(Half::Down) => half_down(value, scale) / scale,
        Rounding::Nearest(Half::Even) => half_even(value, scale) / scale,
        Rounding::Ceil => {
            let scaled = (value * scale).ceil();
            let lower = (scaled - 1.0) / scale;
            if lower >= value { lower } else { scaled / scale }
        }
        _ => {
            let scaled = (value * scale).floor();
            let upper = (scaled + 1.0) / scale;
            if upper <= value { upper } else { scaled / scale }
        }
    }
}

/// The scaled neighbour, corrected where the multiplication lost the tie.
fn half_up(value: f64, scale: f64) -> f64 {
    let rounded = (value * scale).round();
    if value > 0.0 && (rounded + 0.5) / scale <= value {
        rounded + 1.0
    } else if value < 0.0 && (rounded - 0.5) / scale >= value {
        rounded - 1.0
    } else {
        rounded
    }
}

fn half_down(value: f64, scale: f64) -> f64 {
    let rounded = (value * scale).round();
    if value > 0.0 && (rounded - 0.5) / scale >= value {
        rounded - 1.0
    } else if value < 0.0 && (rounded + 0.5) / scale <= value {
        rounded + 1.0
    } else {
        rounded
    }
}

fn half_even(value: f64, scale: f64) -> f64 {
    let magnitude = value.abs();
    let scaled = magnitude * scale;
    let whole = scaled.floor();
    let tie = scaled - whole == 0.5;
    let rounded = if tie { whole + whole % 2.0 } else { half_up(magnitude, scale) };
    rounded.copysign(value)
}

/// Exact decimal rounding for digits beyond what a scaled double can hold.
fn exact_fraction(value: f64, ndigits: i64, rounding: Rounding) -> f64 {
    let (numerator, denominator) = crate::rational::float_parts(value);
    let scaled = numerator * BigInt::from(10).pow(ndigits.unsigned_abs().min(400) as u32);
    let rounded = divide(&scaled, &denominator, rounding);
    format!("{rounded}e-{ndigits}").parse().unwrap_or(value)
}

/// `numerator / denominator` (denominator positive) to an integer.
pub fn divide(numerator: &BigInt, denominator: &BigInt, rounding: Rounding) -> BigInt {
    let (floor, rest) = numerator.div_mod_floor(denominator);
    if rest.is_zero() {
        return floor;
    }
    let negative = numerator.is_negative();
    let up = match rounding {
        Rounding::Floor => false,
        Rounding::Ceil => true,
        Rounding::Truncate => negative,
        Rounding::Nearest(half) => match (&rest * 2u32).cmp(denominator) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => match half {
                Half::Up => !negative,
                Half::Down => negative,
                Half::Even => floor.is_odd(),
            },
        },
    };
    if up { floor + BigInt::one() } else { floor }
}

/// `value.round(ndigits)` of an integer; digits right of the point change nothing.
pub fn integer(value: &BigInt, ndigits: i64, rounding: Rounding) -> BigInt {
    if ndigits >= 0 {
        return value.clone();
    }
    let places = ndigits.unsigned_abs();
    // Far beyond the number's own digits only the sign decides; floor and ceil would need the whole power.
    let toward_zero = matches!(rounding, Rounding::Nearest(_) | Rounding::Truncate);
    if (toward_zero && places > value.bits() / 3 + 2) || places > 10_000_000 {
        return BigInt::zero();
    }
    let unit = BigInt::from(10).pow(places as u32);
    divide(value, &unit, rounding) * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_round_as_ruby_rounds() {
        let nearest = Rounding::Nearest(Half::Up);
        let table = [
            (2.675, 2, nearest, 2.68),
            (1.15, 1, nearest, 1.2),
            (1.005, 2, nearest, 1.01),
            (5.015, 2, nearest, 5.02),
            (1.25, 1, Rounding::Nearest(Half::Even), 1.2),
            (1.25, 1, Rounding::Nearest(Half::Down), 1.2),
            (0.1, 20, Rounding::Floor, 0.1),
            (-0.1, 1, Rounding::Floor, -0.1),
            (2.3, 1, Rounding::Floor, 2.3),
            (0.3, 1, Rounding::Ceil, 0.3),
            (1.1, 1, Rounding::Ceil, 1.1),
            (1.1, 16, Rounding::Floor, 1.1),
        ];
        for (value, ndigits, rounding, expected) in table {
            assert_eq!(float(value, ndigits, rounding), Ok(Rounded::Float(expected)), "{value} {ndigits}");
        }
        let whole = [(2.5, Half::Even, 2), (0.5, Half::Up, 1), (-2.5, Half::Up, -3), (2.5, Half::Down, 2)];
        for (value, half, expected) in whole {
            assert_eq!(float(value, 0, Rounding::Nearest(half)), Ok(Rounded::Integer(expected.into())));
        }
        assert_eq!(float(1234.567, -2, nearest), Ok(Rounded::Integer(1200.into())));
        assert!(float(f64::NAN, 0, nearest).is_err());
    }

    #[test]
    fn integers_round_as_ruby_rounds() {
        let table =
            [(15, Half::Even, 20), (25, Half::Even, 20), (25, Half::Down, 20), (25, Half::Up, 30), (-25, Half::Up, -30), (-25, Half::Down, -20)];
        for (value, half, expected) in table {
            assert_eq!(integer(&value.into(), -1, Rounding::Nearest(half)), expected.into());
        }
        assert_eq!(integer(&(-1).into(), -2, Rounding::Floor), (-100).into());
        assert_eq!(integer(&5.into(), i64::MIN, Rounding::Nearest(Half::Up)), 0.into());
    }
}
