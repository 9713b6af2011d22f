//! Random numbers identical to CRuby's: MT19937 with array seeding and bit-mask retry for ranges.
//!
//! Invariant: the same seed gives the same sequence as CRuby for every method here.
//! Source: Matsumoto and Nishimura's MT19937; CRuby's drawing rules, checked against its output.

use crate::twister::Twister;
use num_bigint::{BigInt, Sign};
use num_traits::Zero;
use std::convert::Infallible;

/// One generator: its seed and the Mersenne Twister's state.
#[derive(Clone, Debug, PartialEq)]
pub struct Random {
    seed: BigInt,
    twister: Twister,
}

impl Random {
    /// A generator from any integer seed; the sign does not matter to the sequence.
    pub fn new(seed: BigInt) -> Self {
        let key = seed.magnitude().to_u32_digits();
        let twister = match key.as_slice() {
            [] => Twister::new(0),
            [word] => Twister::new(*word),
            // CRuby drops a top word of one, its guard against leading zeros.
            [words @ .., 1] => Twister::with_key(words),
            words => Twister::with_key(words),
        };
        Self { seed, twister }
    }

    /// A generator in the given state.
    pub fn with_twister(seed: BigInt, twister: Twister) -> Self {
        Self { seed, twister }
    }

    /// The state.
    pub fn twister(&self) -> &Twister {
        &self.twister
    }

    /// `Random#seed`.
    pub fn seed(&self) -> &BigInt {
        &self.seed
    }

    /// The next 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        self.twister.next_u32()
    }

    /// A double in `0.0...1.0` with 53 random bits.
    pub fn float(&mut self) -> f64 {
        certain(float(&mut || Ok(self.next_u32())))
    }

    /// A double in `0.0..1.0`, the end included (for inclusive float ranges).
    pub fn float_inclusive(&mut self) -> f64 {
        certain(float_inclusive(&mut || Ok(self.next_u32())))
    }

    /// An integer in `0..=limit`.
    pub fn limited(&mut self, limit: u64) -> u64 {
        certain(limited(&mut || Ok(self.next_u32()), limit))
    }

    /// An integer in `0...count`, as `rand(count)`; `None` when `count` is not positive.
    pub fn below(&mut self, count: &BigInt) -> Option<BigInt> {
        certain(below(&mut || Ok(self.next_u32()), count))
    }

    /// `count` random bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(count);
        while out.len() < count {
            let word = self.next_u32().to_le_bytes();
            out.extend_from_slice(&word[..(count - out.len()).min(4)]);
        }
        out
    }
}

fn certain<T>(drawn: Result<T, Infallible>) -> T {
    let Ok(value) = drawn;
    value
}

/// A source of 32 bits each, which may fail.
type Words<'a, E> = &'a mut dyn FnMut() -> Result<u32, E>;

/// A double in `0.0...1.0` with 53 random bits.
pub fn float<E>(next: Words<E>) -> Result<f64, E> {
    let high = f64::from(next()? >> 5);
    let low = f64::from(next()? >> 6);
    Ok((high * 67_108_864.0 + low) / 9_007_199_254_740_992.0)
}

/// A double in `0.0..1.0`, the end included.
pub fn float_inclusive<E>(next: Words<E>) -> Result<f64, E> {
    let high = u128::from(next()?);
    let low = u128::from(next()?);
    let bits = (high << 32 | low) * ((1u128 << 53) | 1);
    Ok((bits >> 64) as u64 as f64 / 9_007_199_254_740_992.0)
}

/// An integer in `0...count`; `None` when `count` is not positive.
pub fn below<E>(next: Words<E>, count: &BigInt) -> Result<Option<BigInt>, E> {
    if count.sign() != Sign::Plus {
        return Ok(None);
    }
    let limit = count - 1u32;
    if limit.is_zero() {
        return Ok(Some(limit));
    }
    Ok(Some(match u64::try_from(&limit) {
        Ok(small) => limited(next, small)?.into(),
        Err(_) => limited_big(next, &limit)?,
    }))
}

fn limited<E>(next: Words<E>, limit: u64) -> Result<u64, E> {
    if limit == 0 {
        return Ok(0);
    }
    let mask = u64::MAX >> limit.leading_zeros();
    if limit <= u64::from(u32::MAX) {
        loop {
            let value = u64::from(next()?) & mask;
            if value <= limit {
                return Ok(value);
            }
        }
    }
    'retry: loop {
        let mut value = 0;
        for shift in [32, 0] {
            value |= u64::from(next()?) << shift;
            value &= mask;
            if limit < value {
                continue 'retry;
            }
        }
        return Ok(value);
    }
}

/// An integer in `0..=limit` for a limit beyond 64 bits; negative limits count as their magnitude.
fn limited_big<E>(next: Words<E>, limit: &BigInt) -> Result<BigInt, E> {
    let words = limit.magnitude().to_u32_digits();
    'retry: loop {
        let (mut mask, mut on_boundary) = (0u32, true);
        let mut drawn = vec![0u32; words.len()];
        for index in (0..words.len()).rev() {
            let bound = words[index];
            mask = if mask != 0 { u32::MAX } else { u32::MAX.checked_shr(bound.leading_zeros()).unwrap_or(0) };
            if mask == 0 {
                continue;
            }
            let value = next()? & mask;
            if on_boundary && value > bound {
                continue 'retry;
            }
            on_boundary &= value == bound;
            drawn[index] = value;
        }
        return Ok(BigInt::from_slice(Sign::Plus, &drawn));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeded(text: &str) -> Random {
        Random::new(text.parse().expect("a number"))
    }

    #[test]
    fn sequences_equal_ruby() {
        let table = [
            ("4294967301", 69),
            ("30064771077", 923),
            ("18446744073709551621", 240),
            ("5", 867),
            ("1099511627783", 218),
            ("-42", 102),
            ("42", 102),
            ("18446744073709551616", 757),
        ];
        for (seed, expected) in table {
            assert_eq!(seeded(seed).limited(999), expected, "seed {seed}");
        }
        assert_eq!(seeded("42").limited((1 << 40) - 1), 441507790259);
        let big = seeded("42").below(&(BigInt::from(1) << 80)).expect("positive");
        assert_eq!(big.to_string(), "1040816887751417662669660");
        assert_eq!(seeded("42").float(), 0.3745401188473625);
        assert_eq!(seeded("42").float_inclusive() + 1.0, 1.3745401144950984);
        assert_eq!(seeded("3").bytes(7), b"j\x17\x01\x8D\x98\x06\x1B");
        assert_eq!(seeded("1267650600228229401496703217721").float(), 0.44487310994347073);
    }
}
