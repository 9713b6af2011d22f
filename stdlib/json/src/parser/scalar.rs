//! Strings and numbers.

use super::Decimal;
use super::document::Parser;
use numeric::parse::Integer;
use text::Encoding;
use vm::{RResult, Vm};

/// Digits of an Integer that always fit 63 bits.
const SMALL_DIGITS: usize = 18;

/// Bytes that end or interrupt the plain part of a string.
const STOPS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

const UNCLOSED: &str = "unexpected end of input, expected closing \"";

/// Where a string stands in the source.
struct Extent {
    start: usize,
    end: usize,
    has_escapes: bool,
}

impl<'a> Parser<'a> {
    /// A string whose quote was read.
    pub(super) fn string(&mut self, vm: &mut Vm) -> RResult {
        let extent = self.extent(vm)?;
        match extent.has_escapes {
            true => {
                let text = self.unescaped(vm, &extent)?;
                self.made_string(vm, &text)
            }
            false => self.made_string(vm, &self.bytes[extent.start..extent.end]),
        }
    }

    fn made_string(&self, vm: &mut Vm, text: &[u8]) -> RResult {
        if self.settings.freeze { Ok(vm.frozen_string(text, Encoding::UTF_8)) } else { vm.try_string(text, Encoding::UTF_8) }
    }

    /// A key whose quote was read.
    pub(super) fn key_text(&mut self, vm: &mut Vm) -> RResult {
        let extent = self.extent(vm)?;
        if !extent.has_escapes {
            let bytes: &'a [u8] = self.bytes;
            return self.known_key(vm, &bytes[extent.start..extent.end]);
        }
        let text = self.unescaped(vm, &extent)?;
        self.made_key(vm, &text)
    }

    /// Finds the closing quote and goes behind it.
    fn extent(&mut self, vm: &mut Vm) -> RResult<Extent> {
        let (start, mut has_escapes) = (self.at, false);
        loop {
            let plain = self.bytes[self.at..].iter().position(|&byte| STOPS[usize::from(byte)]);
            self.at = plain.map_or(self.bytes.len(), |length| self.at + length);
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Extent { start, end: self.at - 1, has_escapes });
                }
                Some(b'\\') if self.at + 1 < self.bytes.len() => {
                    has_escapes = true;
                    self.at += 2;
                }
                // A backslash at the end hides what comes behind it.
                Some(b'\\') => return Err(self.fault(vm, self.at + 2, UNCLOSED)),
                None => return Err(self.fault(vm, self.at, UNCLOSED)),
                Some(_) if self.settings.allow_control_characters => self.at += 1,
                Some(_) => return Err(self.fault_showing(vm, self.at, "invalid ASCII control character in string: ")),
            }
        }
    }

    fn unescaped(&self, vm: &mut Vm, extent: &Extent) -> RResult<Vec<u8>> {
        let mut out = Vec::with_capacity(extent.end - extent.start);
        let mut at = extent.start;
        while let Some(plain) = memchr::memchr(b'\\', &self.bytes[at..extent.end]) {
            out.extend_from_slice(&self.bytes[at..at + plain]);
            at = self.escape(vm, at + plain, extent.end, &mut out)?;
        }
        out.extend_from_slice(&self.bytes[at..extent.end]);
        Ok(out)
    }

    /// Takes the escape at a backslash; answers where it ends.
    fn escape(&self, vm: &mut Vm, at: usize, end: usize, out: &mut Vec<u8>) -> RResult<usize> {
        let byte = self.bytes[at + 1];
        let plain = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.unicode(vm, at, end, out),
            0..0x20 if self.settings.allow_control_characters => {
                out.extend([b'\\', byte]);
                return Ok(at + 2);
            }
            b'\n' => return Err(self.fault_showing(vm, at, "Invalid unescaped newline character (\\n) in string: ")),
            0..0x20 => return Err(self.fault_showing(vm, at, "invalid ASCII control character in string: ")),
            _ => return Err(self.fault_showing(vm, at, "invalid escape character in string: ")),
        };
        out.push(plain);
        Ok(at + 2)
    }

    /// Takes `\uXXXX`, or two of them that make one character.
    fn unicode(&self, vm: &mut Vm, at: usize, end: usize, out: &mut Vec<u8>) -> RResult<usize> {
        let unit = self.unit(vm, at, end)?;
        if !(0xd800..0xdc00).contains(&unit) {
            push_unit(out, unit);
            return Ok(at + 6);
        }
        let second = at + 6;
        if second + 6 > end || !self.bytes[second..].starts_with(b"\\u") {
            return Err(self.fault_showing(vm, at, "incomplete surrogate pair at "));
        }
        let low = self.unit(vm, second, end)?;
        if !(0xdc00..0xe000).contains(&low) {
            return Err(self.fault_showing(vm, at, "invalid surrogate pair at "));
        }
        push_unit(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        Ok(second + 6)
    }

    /// The number of `\uXXXX`.
    fn unit(&self, vm: &mut Vm, at: usize, end: usize) -> RResult<u32> {
        let digits = self.bytes[..end].get(at + 2..at + 6);
        let unit = digits.and_then(|digits| digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?)));
        unit.ok_or_else(|| self.fault_showing(vm, at, "incomplete unicode character escape sequence at "))
    }

    /// A number, or what JSON does not have.
    pub(super) fn number(&mut self, vm: &mut Vm) -> RResult {
        let start = self.at;
        let sign = usize::from(self.bytes[start] == b'-');
        if sign == 1 && self.bytes[start + 1..].starts_with(b"Infinity") {
            return self.not_a_number(vm, "-Infinity", f64::NEG_INFINITY);
        }
        let digits = self.digits(start + sign);
        let whole_end = start + sign + digits;
        if digits == 0 || digits > 1 && self.bytes[start + sign] == b'0' {
            return Err(self.fault_showing(vm, start, "invalid number: "));
        }
        let Some(end) = self.fraction(whole_end) else { return Err(self.fault_showing(vm, start, "invalid number: ")) };
        self.at = end;
        let text = &self.bytes[start..end];
        if end > whole_end { self.decimal(vm, text) } else { integer(vm, text) }
    }

    /// How many digits stand there.
    fn digits(&self, at: usize) -> usize {
        self.bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Where fraction and exponent end that may stand there; None when one has no digits.
    fn fraction(&self, mut at: usize) -> Option<usize> {
        if self.bytes.get(at) == Some(&b'.') {
            let digits = self.digits(at + 1);
            at += 1 + digits;
            if digits == 0 {
                return None;
            }
        }
        if let Some(b'e' | b'E') = self.bytes.get(at) {
            let sign = usize::from(matches!(self.bytes.get(at + 1), Some(b'+' | b'-')));
            let digits = self.digits(at + 1 + sign);
            at += 1 + sign + digits;
            if digits == 0 {
                return None;
            }
        }
        Some(at)
    }

    fn decimal(&self, vm: &mut Vm, text: &[u8]) -> RResult {
        match self.settings.decimal {
            Decimal::Float => {
                let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
                Ok(vm.float(number.unwrap_or(f64::NAN)))
            }
            Decimal::Made(maker, method) => {
                let text = vm.string(text, Encoding::UTF_8);
                vm.call(maker, method, &[text])
            }
        }
    }
}

fn integer(vm: &mut Vm, text: &[u8]) -> RResult {
    let (is_negative, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    if digits.len() <= SMALL_DIGITS {
        let number = digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
        return Ok(vm.int(if is_negative { -number } else { number }));
    }
    match numeric::parse::integer(text, 10) {
        Ok(Integer::Small(number)) => Ok(vm.int(number)),
        Ok(Integer::Big(number)) => Ok(vm.big(number)),
        Err(error) => Err(vm.raise_numeric_error(&error)),
    }
}

/// Appends a character in UTF-8, or a surrogate that stands alone as if it were one.
fn push_unit(out: &mut Vec<u8>, unit: u32) {
    match char::from_u32(unit) {
        Some(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend([0xe0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3f) as u8, 0x80 | (unit & 0x3f) as u8]),
    }
}
