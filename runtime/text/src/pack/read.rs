//! `String#unpack`.

use super::{Count, Directive, codec, parse};
use crate::Encoding;
use crate::error::TextError;

/// One unpacked item.
#[derive(Clone, Debug, PartialEq)]
pub enum Unpacked {
    /// A signed integer.
    Integer(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A BER integer wider than 64 bits: its magnitude, big-endian.
    Big(Vec<u8>),
    /// A float.
    Float(f64),
    /// A string with its encoding.
    Text(Vec<u8>, Encoding),
    /// A string by the address of its bytes, cut to so many of them.
    Pointer(u64, Option<usize>),
    /// Nothing left to read for a counted directive.
    Nil,
}

/// Unpacks `bytes` from byte `offset` on. `single` stops after the first item (`unpack1`).
pub fn unpack(template: &[u8], bytes: &[u8], offset: usize, single: bool) -> Result<Vec<Unpacked>, TextError> {
    if offset > bytes.len() {
        return Err(TextError::argument("offset outside of string"));
    }
    let mut reader = Reader { bytes, position: offset, start: offset, out: Vec::new() };
    for directive in &parse(template, "unpack")? {
        reader.read(directive)?;
        if single && !reader.out.is_empty() {
            reader.out.truncate(1);
            break;
        }
    }
    Ok(reader.out)
}

struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    start: usize,
    out: Vec<Unpacked>,
}

impl Reader<'_> {
    fn left(&self) -> usize {
        self.bytes.len() - self.position
    }

    fn take(&mut self, len: usize) -> &[u8] {
        let end = self.position + len.min(self.left());
        let piece = &self.bytes[self.position..end];
        self.position = end;
        piece
    }

    fn read(&mut self, directive: &Directive) -> Result<(), TextError> {
        match directive.kind {
            b'a' | b'A' | b'Z' => self.string(directive),
            b'b' | b'B' | b'h' | b'H' => self.digits(directive),
            b'm' | b'u' | b'M' => self.coded(directive)?,
            b'x' | b'X' | b'@' => self.seek(directive)?,
            b'U' => self.utf8(directive)?,
            b'w' => self.ber(directive),
            b'p' | b'P' => self.pointers(directive),
            _ => self.numbers(directive),
        }
        Ok(())
    }

    fn string(&mut self, directive: &Directive) {
        let len = match directive.count {
            Count::None => 1,
            Count::Star => self.left(),
            Count::Times(times) => times,
        };
        let star = directive.count == Count::Star;
        let piece = self.take(len).to_vec();
        let kept = match directive.kind {
            b'A' => piece.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(0, |last| last + 1),
            b'Z' => {
                let end = piece.iter().position(|&byte| byte == 0);
                if let (true, Some(end)) = (star, end) {
                    // With a star the terminator is eaten and what follows stays.
                    self.position -= piece.len() - end - 1;
                }
                end.unwrap_or(piece.len())
            }
            _ => piece.len(),
        };
        self.out.push(Unpacked::Text(piece[..kept].to_vec(), Encoding::BINARY));
    }

    fn digits(&mut self, directive: &Directive) {
        let per_byte = if matches!(directive.kind, b'b' | b'B') { 8 } else { 2 };
        let width = 8 / per_byte;
        let available = self.left().saturating_mul(per_byte);
        let count = match directive.count {
            Count::None => 1,
            Count::Star => available,
            Count::Times(times) => times,
        };
        let count = count.min(available);
        let low_first = matches!(directive.kind, b'b' | b'h');
        let piece = self.take(count.div_ceil(per_byte));
        let digit = |index: usize| {
            let place = index % per_byte;
            let place = if low_first { place } else { per_byte - 1 - place };
            let value = piece[index / per_byte] >> (place * width) & ((1u16 << width) - 1) as u8;
            b"0123456789abcdef"[value as usize]
        };
        let text: Vec<u8> = (0..count).map(digit).collect();
        self.out.push(Unpacked::Text(text, Encoding::US_ASCII));
    }

    fn coded(&mut self, directive: &Directive) -> Result<(), TextError> {
        let rest = &self.bytes[self.position..];
        let (decoded, used, encoding) = match directive.kind {
            b'm' if directive.count == Count::Times(0) => {
                let decoded = codec::decode_base64_strict(rest).ok_or_else(|| TextError::argument("invalid base64"))?;
                (decoded, rest.len(), Encoding::BINARY)
            }
            b'm' => (codec::decode_base64(rest), rest.len(), Encoding::BINARY),
            b'M' => (codec::decode_quoted_printable(rest), rest.len(), Encoding::BINARY),
            _ => {
                let (decoded, used) = codec::decode_uu(rest);
                (decoded, used, Encoding::BINARY)
            }
        };
        self.position += used;
        self.out.push(Unpacked::Text(decoded, encoding));
        Ok(())
    }

    fn seek(&mut self, directive: &Directive) -> Result<(), TextError> {
        let count = match directive.count {
            Count::None if directive.kind == b'@' => 0,
            Count::None => 1,
            Count::Star => self.left(),
            Count::Times(times) => times,
        };
        let outside = |kind: u8| TextError::argument(format!("{} outside of string", kind as char));
        let target = match directive.kind {
            b'x' => self.position.checked_add(count),
            b'X' => self.position.checked_sub(count),
            _ => self.start.checked_add(count),
        };
        self.position = target.filter(|&target| target <= self.bytes.len()).ok_or_else(|| outside(directive.kind))?;
        Ok(())
    }

    /// How many items a counted directive wants.
    fn times(directive: &Directive) -> usize {
        match directive.count {
            Count::None => 1,
            Count::Star => usize::MAX,
            Count::Times(times) => times,
        }
    }

    fn utf8(&mut self, directive: &Directive) -> Result<(), TextError> {
        let mut left = Self::times(directive);
        while left > 0 && self.left() > 0 {
            let rest = &self.bytes[self.position..];
            let (len, start) = match rest[0] {
                lead @ 0..=0x7F => (1, lead),
                lead @ 0xC0..=0xDF => (2, lead & 0x1F),
                lead @ 0xE0..=0xEF => (3, lead & 0x0F),
                lead @ 0xF0..=0xF7 => (4, lead & 0x07),
                lead @ 0xF8..=0xFB => (5, lead & 0x03),
                lead @ 0xFC..=0xFD => (6, lead & 0x01),
                _ => return Err(TextError::argument("malformed UTF-8 character")),
            };
            if rest.len() < len {
                let message = format!("malformed UTF-8 character (expected {len} bytes, given {} bytes)", rest.len());
                return Err(TextError::argument(message));
            }
            if !rest[1..len].iter().all(|byte| byte & 0xC0 == 0x80) {
                return Err(TextError::argument("malformed UTF-8 character"));
            }
            let value = rest[1..len].iter().fold(u64::from(start), |value, byte| value << 6 | u64::from(byte & 0x3F));
            self.out.push(Unpacked::Unsigned(value));
            self.position += len;
            left -= 1;
        }
        Ok(())
    }

    fn ber(&mut self, directive: &Directive) {
        let mut left = Self::times(directive);
        while left > 0 {
            let rest = &self.bytes[self.position..];
            let Some(end) = rest.iter().position(|byte| byte & 0x80 == 0) else { break };
            let groups = &rest[..=end];
            if groups.len() <= 9 {
                let value = groups.iter().fold(0u64, |value, byte| value << 7 | u64::from(byte & 0x7F));
                self.out.push(Unpacked::Unsigned(value));
            } else {
                self.out.push(Unpacked::Big(wide_ber(groups)));
            }
            self.position += end + 1;
            left -= 1;
        }
    }

    /// `P` counts the bytes of one string, `p` strings.
    fn pointers(&mut self, directive: &Directive) {
        let (mut left, cut) = match (directive.kind, directive.count) {
            (b'P', Count::Times(cut)) => (1, Some(cut)),
            (b'P', Count::None) => (1, Some(1)),
            (b'P', Count::Star) => (1, None),
            _ => (Self::times(directive), None),
        };
        while left > 0 && self.left() >= 8 {
            let address = bits(self.take(8), false);
            self.out.push(if address == 0 { Unpacked::Nil } else { Unpacked::Pointer(address, cut) });
            left -= 1;
        }
    }

    fn numbers(&mut self, directive: &Directive) {
        let size = directive.integer().map(|row| row.0).or(directive.float().map(|row| row.0)).unwrap_or(1);
        let mut left = Self::times(directive);
        while left > 0 && self.left() >= size {
            let piece = self.take(size).to_vec();
            let item = number(directive, &piece);
            self.out.push(item);
            left -= 1;
        }
        // A counted directive answers nil for what is missing.
        if directive.count != Count::Star {
            for _ in 0..left.min(1 << 24) {
                self.out.push(Unpacked::Nil);
            }
        }
    }
}

/// Big-endian magnitude of base-128 groups.
fn wide_ber(groups: &[u8]) -> Vec<u8> {
    let (mut out, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for group in groups.iter().rev() {
        bits |= u32::from(group & 0x7F) << held;
        held += 7;
        if held >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            held -= 8;
        }
    }
    out.push(bits as u8);
    out.reverse();
    out
}

fn number(directive: &Directive, piece: &[u8]) -> Unpacked {
    if let Some((size, big_endian)) = directive.float() {
        let bits = bits(piece, big_endian);
        let value = if size == 4 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) };
        return Unpacked::Float(value);
    }
    let (size, signed, big_endian) = directive.integer().unwrap_or((1, false, false));
    let value = bits(piece, big_endian);
    if !signed {
        return Unpacked::Unsigned(value);
    }
    let shift = 64 - size as u32 * 8;
    Unpacked::Integer((value << shift) as i64 >> shift)
}

fn bits(piece: &[u8], big_endian: bool) -> u64 {
    let join = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    if big_endian { piece.iter().fold(0, join) } else { piece.iter().rev().fold(0, join) }
}
