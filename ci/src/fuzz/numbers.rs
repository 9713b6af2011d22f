//! Numbers from a seed: the same seed gives the same inputs on every machine (splitmix64).

/// A sequence of numbers.
pub struct Numbers(u64);

impl Numbers {
    /// The sequence of the `index`-th input of a run.
    pub fn new(seed: u64, index: u64) -> Self {
        let mut numbers = Self(seed ^ index.wrapping_mul(0xD134_2543_DE82_EF95));
        numbers.word();
        numbers
    }

    /// The next 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ word >> 31
    }

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.word() % limit as u64) as usize
    }

    /// True once in `count` times.
    pub fn once_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// One of `items`, which are not none.
    pub fn pick<'i, T: ?Sized>(&mut self, items: &[&'i T]) -> &'i T {
        items[self.below(items.len())]
    }

    /// A part of `0..length`.
    pub fn span(&mut self, length: usize) -> std::ops::Range<usize> {
        let (a, b) = (self.below(length + 1), self.below(length + 1));
        a.min(b)..a.max(b)
    }
}

#[cfg(test)]
mod tests {
    use super::Numbers;

    #[test]
    fn a_seed_and_an_index_fix_the_sequence() {
        let three = |seed, index| {
            let mut numbers = Numbers::new(seed, index);
            [numbers.word(), numbers.word(), numbers.word()]
        };
        assert_eq!(three(1, 2), three(1, 2));
        assert_ne!(three(1, 2), three(1, 3));
        assert_ne!(three(1, 2), three(2, 2));
    }
}
