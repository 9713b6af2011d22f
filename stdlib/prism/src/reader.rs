//! Reads the bytes of an answer. They come from the parser itself: behind their end everything reads as zero.

use num_bigint::{BigInt, BigUint, Sign};

/// The bytes that are left.
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A range of the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Range {
    pub start: u32,
    pub length: u32,
}

impl Range {
    /// Where it ends.
    pub fn end(self) -> u32 {
        self.start + self.length
    }

    /// As the library's Ruby files keep it until it is looked at.
    pub fn packed(self) -> i64 {
        i64::from(self.start) << 32 | i64::from(self.length)
    }
}

impl<'a> Reader<'a> {
    /// From the start.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// One byte.
    pub fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    /// Bytes that were read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// So many bytes, or what is left.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let part = &rest[..count.min(rest.len())];
        self.at += count;
        part
    }

    /// Bytes anywhere in the answer.
    pub fn slice(&self, start: usize, length: usize) -> &'a [u8] {
        self.bytes.get(start..start.saturating_add(length)).unwrap_or(&[])
    }

    /// Four bytes anywhere in the answer.
    pub fn word_at(&self, at: usize) -> u32 {
        self.slice(at, 4).try_into().map_or(0, u32::from_ne_bytes)
    }

    /// A number of seven bits a byte, the lowest first.
    pub fn number(&mut self) -> u32 {
        let (mut number, mut shift) = (0_u64, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 || shift > 28 {
                return number as u32;
            }
        }
    }

    /// A length or an index.
    pub fn count(&mut self) -> usize {
        self.number() as usize
    }

    /// A number whose lowest bit is its sign.
    pub fn signed(&mut self) -> i32 {
        let number = self.number();
        (number >> 1) as i32 ^ -((number & 1) as i32)
    }

    /// Start and length.
    pub fn range(&mut self) -> Range {
        Range { start: self.number(), length: self.number() }
    }

    /// A range behind a byte that says whether there is one.
    pub fn optional_range(&mut self) -> Option<Range> {
        (self.byte() != 0).then(|| self.range())
    }

    /// Bytes behind their length.
    pub fn text(&mut self) -> &'a [u8] {
        let length = self.count();
        self.bytes(length)
    }

    /// An integer of any size.
    pub fn integer(&mut self) -> BigInt {
        let sign = if self.byte() != 0 { Sign::Minus } else { Sign::Plus };
        let words = (0..self.count()).map(|_| self.number()).collect();
        BigInt::from_biguint(sign, BigUint::new(words))
    }

    /// A Float.
    pub fn double(&mut self) -> f64 {
        self.bytes(8).try_into().map_or(0.0, f64::from_ne_bytes)
    }

    /// Four bytes.
    pub fn word(&mut self) -> u32 {
        let word = self.word_at(self.at);
        self.at += 4;
        word
    }
}

#[cfg(test)]
mod tests {
    use super::Reader;

    #[test]
    fn numbers_are_read_seven_bits_at_a_time() {
        let mut reader = Reader::new(&[5, 0x80 | 44, 2, 3, 4]);
        assert_eq!((reader.number(), reader.number()), (5, 300));
        assert_eq!((reader.signed(), reader.signed()), (-2, 2));
    }

    #[test]
    fn there_is_nothing_behind_the_end() {
        let mut reader = Reader::new(&[7]);
        assert_eq!((reader.bytes(3), reader.number(), reader.word()), (&[7][..], 0, 0));
    }
}
