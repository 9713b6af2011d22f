//! `Array#pack`.

use super::{Count, Directive, codec, parse};
use crate::Encoding;
use crate::encoding::encode_codepoint_into;
use crate::error::TextError;

/// How `pack` asks the VM about its items.
pub trait PackArgs {
    /// What conversion raises; pack's own faults convert into it.
    type Error: From<TextError>;
    /// How many items are left.
    fn remaining(&self) -> usize;
    /// The next item's low 64 bits, two's complement (`to_int` applied). Only called while items remain.
    fn next_integer(&mut self) -> Result<u64, Self::Error>;
    /// The next item as a double.
    fn next_float(&mut self) -> Result<f64, Self::Error>;
    /// The next item as a string's bytes (`to_str`); nil gives an empty string where `nil_allowed`.
    fn next_bytes(&mut self, nil_allowed: bool) -> Result<Vec<u8>, Self::Error>;
    /// The next item's `to_s` bytes (for `M`).
    fn next_to_s(&mut self) -> Result<Vec<u8>, Self::Error>;
    /// The address of the next item's bytes, of which there have to be `least`; nil gives 0.
    fn next_pointer(&mut self, least: usize) -> Result<u64, Self::Error>;
    /// The next integer's magnitude, big-endian; negative ones raise "can't compress negative numbers".
    fn next_magnitude(&mut self) -> Result<Vec<u8>, Self::Error>;
}

/// Packs `arguments` by `template`, appending to `out` (empty or the `buffer:`); answers the encoding of the result.
pub fn pack<A: PackArgs>(template: &[u8], arguments: &mut A, out: &mut Vec<u8>) -> Result<Encoding, A::Error> {
    let directives = parse(template, "pack")?;
    let mut encoding = match directives.first() {
        Some(first) if first.kind == b'U' => Encoding::UTF_8,
        _ => Encoding::US_ASCII,
    };
    for directive in &directives {
        if !matches!(directive.kind, b'm' | b'M' | b'u' | b'U') && encoding != Encoding::UTF_8 {
            encoding = Encoding::BINARY;
        }
        write_one(directive, arguments, out)?;
    }
    Ok(encoding)
}

fn need<A: PackArgs>(arguments: &A) -> Result<(), A::Error> {
    if arguments.remaining() == 0 { Err(TextError::argument("too few arguments").into()) } else { Ok(()) }
}

fn write_one<A: PackArgs>(directive: &Directive, arguments: &mut A, out: &mut Vec<u8>) -> Result<(), A::Error> {
    match directive.kind {
        b'a' | b'A' | b'Z' | b'b' | b'B' | b'h' | b'H' => {
            need(arguments)?;
            let bytes = arguments.next_bytes(true)?;
            write_string(directive, &bytes, out);
            return Ok(());
        }
        b'm' | b'u' | b'M' => {
            need(arguments)?;
            return write_coded(directive, arguments, out);
        }
        b'x' | b'X' | b'@' => return move_cursor(directive, out).map_err(Into::into),
        b'P' => {
            need(arguments)?;
            let least = if let Count::Times(least) = directive.count { least } else { 0 };
            out.extend(arguments.next_pointer(least)?.to_le_bytes());
            return Ok(());
        }
        _ => {}
    }
    let times = match directive.count {
        Count::None => 1,
        Count::Star => arguments.remaining(),
        Count::Times(times) => times,
    };
    for _ in 0..times {
        need(arguments)?;
        if let Some((size, _, big_endian)) = directive.integer() {
            let bits = arguments.next_integer()?;
            if big_endian { out.extend_from_slice(&bits.to_be_bytes()[8 - size..]) } else { out.extend_from_slice(&bits.to_le_bytes()[..size]) }
        } else if let Some((size, big_endian)) = directive.float() {
            let value = arguments.next_float()?;
            match (size, big_endian) {
                (4, false) => out.extend((value as f32).to_le_bytes()),
                (4, true) => out.extend((value as f32).to_be_bytes()),
                (_, false) => out.extend(value.to_le_bytes()),
                (_, true) => out.extend(value.to_be_bytes()),
            }
        } else if directive.kind == b'p' {
            out.extend(arguments.next_pointer(0)?.to_le_bytes());
        } else if directive.kind == b'U' {
            let value = arguments.next_integer()?;
            let value = u32::try_from(value).ok().filter(|value| *value < 0x8000_0000);
            let value = value.ok_or_else(|| TextError::range("pack(U): value out of range"))?;
            push_utf8(value, out);
        } else {
            push_ber(&arguments.next_magnitude()?, out);
        }
    }
    Ok(())
}

/// UTF-8 by the old six-byte scheme for what is no scalar (`U` checks nothing).
fn push_utf8(value: u32, out: &mut Vec<u8>) {
    if encode_codepoint_into(Encoding::UTF_8, value, out).is_ok() {
        return;
    }
    let (len, lead) = match value {
        0..=0xFFFF => (3, 0xE0),
        0x1_0000..=0x1F_FFFF => (4, 0xF0),
        0x20_0000..=0x3FF_FFFF => (5, 0xF8),
        _ => (6, 0xFC),
    };
    out.push(lead | (value >> (6 * (len - 1))) as u8);
    out.extend((0..len - 1).rev().map(|index| 0x80 | (value >> (6 * index) & 0x3F) as u8));
}

/// Base-128 with continuation bits, from a big-endian magnitude.
fn push_ber(magnitude: &[u8], out: &mut Vec<u8>) {
    let (mut groups, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for &byte in magnitude.iter().rev() {
        bits |= u32::from(byte) << held;
        held += 8;
        while held >= 7 {
            groups.push((bits & 0x7F) as u8);
            bits >>= 7;
            held -= 7;
        }
    }
    groups.push(bits as u8);
    while groups.len() > 1 && groups.last() == Some(&0) {
        groups.pop();
    }
    let last = groups.len() - 1;
    out.extend(groups.iter().rev().enumerate().map(|(index, &group)| if index < last { group | 0x80 } else { group }));
}

fn write_string(directive: &Directive, bytes: &[u8], out: &mut Vec<u8>) {
    let kind = directive.kind;
    if matches!(kind, b'a' | b'A' | b'Z') {
        let len = match directive.count {
            Count::None => 1,
            Count::Star => bytes.len() + usize::from(kind == b'Z'),
            Count::Times(times) => times,
        };
        let fill = if kind == b'A' { b' ' } else { 0 };
        let end = out.len() + len;
        out.extend_from_slice(&bytes[..bytes.len().min(len)]);
        out.resize(end, fill);
        return;
    }
    let per_byte = if matches!(kind, b'b' | b'B') { 8 } else { 2 };
    let width = 8 / per_byte;
    let wanted = match directive.count {
        Count::None => 1,
        Count::Star => bytes.len(),
        Count::Times(times) => times,
    };
    let used = &bytes[..bytes.len().min(wanted)];
    for group in used.chunks(per_byte) {
        let mut byte = 0u8;
        for (index, &letter) in group.iter().enumerate() {
            let value = match (width, letter.is_ascii_alphabetic()) {
                (1, _) => letter & 1,
                (_, true) => (letter.to_ascii_uppercase() - b'A' + 10) & 15,
                _ => letter & 15,
            };
            let low_first = matches!(kind, b'b' | b'h');
            let place = if low_first { index } else { per_byte - 1 - index };
            byte |= value << (place * width);
        }
        out.push(byte);
    }
    let missing = wanted.div_ceil(per_byte) - used.len().div_ceil(per_byte);
    out.resize(out.len() + missing, 0);
}

fn write_coded<A: PackArgs>(directive: &Directive, arguments: &mut A, out: &mut Vec<u8>) -> Result<(), A::Error> {
    if directive.kind == b'M' {
        let limit = match directive.count {
            Count::Times(times) if times > 1 => times,
            _ => 72,
        };
        let bytes = arguments.next_to_s()?;
        codec::quoted_printable(&bytes, limit, out);
        return Ok(());
    }
    let bytes = arguments.next_bytes(false)?;
    if directive.kind == b'm' && directive.count == Count::Times(0) {
        codec::base64_line(&bytes, out);
        return Ok(());
    }
    let line = match directive.count {
        Count::Times(times) if times > 2 && directive.kind == b'u' => (times / 3 * 3).min(63),
        Count::Times(times) if times > 2 => times / 3 * 3,
        _ => 45,
    };
    for piece in bytes.chunks(line) {
        if directive.kind == b'm' {
            codec::base64_line(piece, out);
            out.push(b'\n');
        } else {
            codec::uu_line(piece, out);
        }
    }
    Ok(())
}

fn move_cursor(directive: &Directive, out: &mut Vec<u8>) -> Result<(), TextError> {
    let count = match directive.count {
        Count::None => 1,
        Count::Star => 0,
        Count::Times(times) => times,
    };
    match directive.kind {
        b'x' => out.resize(out.len().saturating_add(count), 0),
        b'X' => {
            let end = out.len().checked_sub(count).ok_or_else(|| TextError::argument("X outside of string"))?;
            out.truncate(end);
        }
        _ => out.resize(count, 0),
    }
    Ok(())
}
