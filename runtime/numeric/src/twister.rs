//! The Mersenne Twister MT19937, with its state in reach: `Marshal` and `Random#==` look at it.
//!
//! Source: Matsumoto and Nishimura, "Mersenne Twister" (1998), with their seeding of 2002.

/// Words of the state.
pub const STATE_WORDS: usize = 624;
/// Distance of the word that is mixed in.
const SHIFT: usize = 397;

/// State of a generator.
#[derive(Clone, Debug, PartialEq)]
pub struct Twister {
    words: Box<[u32; STATE_WORDS]>,
    /// The word that comes next; behind the last one all are made anew.
    next: usize,
}

impl Twister {
    /// A generator from one word.
    pub fn new(seed: u32) -> Twister {
        let mut words = Box::new([0; STATE_WORDS]);
        words[0] = seed;
        for at in 1..STATE_WORDS {
            words[at] = spread(words[at - 1]).wrapping_mul(1_812_433_253).wrapping_add(at as u32);
        }
        Twister { words, next: STATE_WORDS }
    }

    /// A generator from several words.
    pub fn with_key(key: &[u32]) -> Twister {
        let mut made = Twister::new(19_650_218);
        let words = &mut made.words;
        let mut at = 1;
        for step in 0..key.len().max(STATE_WORDS) {
            let from = step % key.len();
            words[at] = (words[at] ^ spread(words[at - 1]).wrapping_mul(1_664_525)).wrapping_add(key[from]).wrapping_add(from as u32);
            at = following(words, at);
        }
        for _ in 1..STATE_WORDS {
            words[at] = (words[at] ^ spread(words[at - 1]).wrapping_mul(1_566_083_941)).wrapping_sub(at as u32);
            at = following(words, at);
        }
        words[0] = 0x8000_0000;
        made
    }

    /// A generator with the given words, of which `left - 1` are still to come; `None` when that is impossible.
    pub fn with_state(words: [u32; STATE_WORDS], left: usize) -> Option<Twister> {
        (1..=STATE_WORDS).contains(&left).then(|| Twister { words: Box::new(words), next: STATE_WORDS + 1 - left })
    }

    /// The words of the state.
    pub fn words(&self) -> &[u32; STATE_WORDS] {
        &self.words
    }

    /// One more than the words that are still to come before all are made anew.
    pub fn left(&self) -> usize {
        STATE_WORDS + 1 - self.next
    }

    /// The next 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == STATE_WORDS {
            self.renew();
        }
        let mut word = self.words[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }

    fn renew(&mut self) {
        let words = &mut self.words;
        for at in 0..STATE_WORDS {
            let mixed = words[at] & 0x8000_0000 | words[(at + 1) % STATE_WORDS] & 0x7fff_ffff;
            let odd = if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
            words[at] = words[(at + SHIFT) % STATE_WORDS] ^ mixed >> 1 ^ odd;
        }
        self.next = 0;
    }
}

fn spread(word: u32) -> u32 {
    word ^ word >> 30
}

/// The place behind `at`; the last word goes over to the beginning.
fn following(words: &mut [u32; STATE_WORDS], at: usize) -> usize {
    if at + 1 < STATE_WORDS {
        return at + 1;
    }
    words[0] = words[STATE_WORDS - 1];
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_authors() {
        let mut made = Twister::with_key(&[0x123, 0x234, 0x345, 0x456]);
        assert_eq!([made.next_u32(), made.next_u32(), made.next_u32()], [1_067_595_299, 955_945_823, 477_289_528]);
        let mut made = Twister::new(5489);
        assert_eq!((0..10_000).map(|_| made.next_u32()).last(), Some(4_123_659_995));
    }

    #[test]
    fn a_state_goes_on() {
        let mut made = Twister::new(7);
        for _ in 0..1000 {
            made.next_u32();
        }
        let mut again = Twister::with_state(*made.words(), made.left()).expect("a state");
        assert_eq!(made, again);
        assert_eq!(made.next_u32(), again.next_u32());
    }
}
