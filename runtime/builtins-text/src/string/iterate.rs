//! String: its characters, bytes, lines and so on, one by one or as Array.
//!
//! Source: CRuby `string.c` (`rb_str_each_*`, `rb_str_upto_each`).

use super::basic::pieces;
use super::change::chomp_length;
use crate::common::{checked, enumerator, frozen_subject, part, sized_enumerator};
use macros::ruby_methods;
use std::ops::Range;
use text::encoding::Encoding;
use unicode_segmentation::UnicodeSegmentation;
use vm::{Block, Keywords, RResult, RString, Value, Vm, sym};

/// Iterators.
pub struct Iteration;

#[ruby_methods("String")]
impl Iteration {
    #[method("chars")]
    fn chars(vm: &mut Vm, this: RString, block: Block) -> RResult {
        let ranges = char_ranges(vm, this)?;
        give(vm, this, &ranges, block)
    }

    #[method("each_char")]
    fn each_char(vm: &mut Vm, this: RString, block: Block) -> RResult {
        if !block.is_some() {
            return sized_enumerator(vm, this.value(), "each_char", "size");
        }
        let ranges = char_ranges(vm, this)?;
        give(vm, this, &ranges, block)
    }

    #[method("bytes")]
    fn bytes(vm: &mut Vm, this: RString, block: Block) -> RResult {
        if block.is_some() {
            return each_byte(vm, this, block);
        }
        let list = vm.new_array_with_capacity(this.len())?;
        for &byte in this.bytes() {
            vm.push(list, Value::small(i64::from(byte)))?;
        }
        Ok(list.value())
    }

    #[method("each_byte")]
    fn each_byte(vm: &mut Vm, this: RString, block: Block) -> RResult {
        if !block.is_some() {
            return sized_enumerator(vm, this.value(), "each_byte", "bytesize");
        }
        each_byte(vm, this, block)
    }

    #[method("codepoints")]
    fn codepoints(vm: &mut Vm, this: RString, block: Block) -> RResult {
        each_codepoint(vm, this, block)
    }

    #[method("each_codepoint")]
    fn each_codepoint(vm: &mut Vm, this: RString, block: Block) -> RResult {
        if !block.is_some() {
            return sized_enumerator(vm, this.value(), "each_codepoint", "size");
        }
        each_codepoint(vm, this, block)
    }

    #[method("grapheme_clusters")]
    fn grapheme_clusters(vm: &mut Vm, this: RString, block: Block) -> RResult {
        let ranges = grapheme_ranges(vm, this)?;
        give(vm, this, &ranges, block)
    }

    #[method("each_grapheme_cluster")]
    fn each_grapheme_cluster(vm: &mut Vm, this: RString, block: Block) -> RResult {
        if !block.is_some() {
            return enumerator(vm, this.value(), "each_grapheme_cluster", &[]);
        }
        let ranges = grapheme_ranges(vm, this)?;
        give(vm, this, &ranges, block)
    }

    #[method("lines")]
    fn lines(vm: &mut Vm, this: RString, separator: Option<Value>, keywords: Keywords, block: Block) -> RResult {
        let ranges = line_ranges(vm, this, separator, keywords)?;
        give(vm, this, &ranges, block)
    }

    #[method("each_line")]
    fn each_line(vm: &mut Vm, this: RString, separator: Option<Value>, keywords: Keywords, block: Block) -> RResult {
        if !block.is_some() {
            return vm.enumerator(this.value(), "each_line", separator.as_slice(), keywords);
        }
        let ranges = line_ranges(vm, this, separator, keywords)?;
        give(vm, this, &ranges, block)
    }

    /// `str.upto(last, exclusive = false) { |str| }`
    #[method("upto")]
    fn upto(vm: &mut Vm, this: RString, last: Value, exclusive: Option<bool>, block: Block) -> RResult {
        if !block.is_some() {
            let given = if exclusive.is_some() { 2 } else { 1 };
            return enumerator(vm, this.value(), "upto", &[last, Value::bool(exclusive == Some(true))][..given]);
        }
        let last = vm.to_str(last)?;
        upto(vm, this, last, exclusive.unwrap_or(false), block)?;
        Ok(this.value())
    }
}

/// Gives each piece to the block, or all as an Array.
fn give(vm: &mut Vm, this: RString, ranges: &[Range<usize>], block: Block) -> RResult {
    if !block.is_some() {
        return Ok(pieces(vm, this, ranges)?.value());
    }
    let subject = frozen_subject(vm, this)?;
    for range in ranges {
        let piece = part(vm, subject, range.start, range.end)?;
        block.call(vm, &[piece])?;
    }
    Ok(this.value())
}

fn char_ranges(vm: &mut Vm, this: RString) -> RResult<Vec<Range<usize>>> {
    vm.room_for(this.len().saturating_mul(size_of::<Range<usize>>()))?;
    let mut ranges = Vec::with_capacity(this.len());
    let mut start = 0;
    for piece in text::encoding::chars(this.encoding(), this.bytes()) {
        ranges.push(start..start + piece.len());
        start += piece.len();
    }
    Ok(ranges)
}

fn grapheme_ranges(vm: &mut Vm, this: RString) -> RResult<Vec<Range<usize>>> {
    vm.room_for(this.len().saturating_mul(2 * size_of::<Range<usize>>()))?;
    match std::str::from_utf8(this.bytes()) {
        Ok(source) if this.encoding().is_utf8_layout() => {
            Ok(source.grapheme_indices(true).map(|(start, cluster)| start..start + cluster.len()).collect())
        }
        _ if this.encoding().is_unicode() && !this.encoding().is_dummy() => Ok(clusters_between_faults(this.encoding(), this.bytes())),
        _ => char_ranges(vm, this),
    }
}

/// Clusters of the characters of any Unicode encoding; what is no character stands for itself.
fn clusters_between_faults(encoding: Encoding, bytes: &[u8]) -> Vec<Range<usize>> {
    let (mut ranges, mut start) = (Vec::new(), 0);
    // The characters since the last fault, and where each of them ends.
    let (mut run, mut ends) = (String::new(), Vec::new());
    let flush = |run: &mut String, ends: &mut Vec<usize>, from: usize, ranges: &mut Vec<Range<usize>>| {
        let (mut begin, mut count) = (from, 0);
        for cluster in run.graphemes(true) {
            count += cluster.chars().count();
            let end = ends.get(count - 1).copied().unwrap_or(begin);
            ranges.push(begin..end);
            begin = end;
        }
        run.clear();
        ends.clear();
    };
    let mut position = 0;
    for piece in text::encoding::chars(encoding, bytes) {
        let end = position + piece.len();
        match text::encoding::codepoint(encoding, piece, 0).ok().and_then(|(code, _)| char::from_u32(code)) {
            Some(character) => {
                run.push(character);
                ends.push(end);
            }
            None => {
                flush(&mut run, &mut ends, start, &mut ranges);
                ranges.push(position..end);
                start = end;
            }
        }
        position = end;
    }
    flush(&mut run, &mut ends, start, &mut ranges);
    ranges
}

fn each_byte(vm: &mut Vm, this: RString, block: Block) -> RResult {
    let mut index = 0;
    while let Some(&byte) = this.bytes().get(index) {
        block.call(vm, &[Value::small(i64::from(byte))])?;
        index += 1;
    }
    Ok(this.value())
}

fn each_codepoint(vm: &mut Vm, this: RString, block: Block) -> RResult {
    let list = vm.new_array();
    let mut position = 0;
    while position < this.len() {
        let result = text::encoding::codepoint(this.encoding(), this.bytes(), position);
        let (code, length) = checked(vm, result)?;
        position += length;
        let code = Value::small(i64::from(code));
        if block.is_some() {
            block.call(vm, &[code])?;
        } else {
            vm.push(list, code)?;
        }
    }
    Ok(if block.is_some() { this.value() } else { list.value() })
}

fn line_ranges(vm: &mut Vm, this: RString, separator: Option<Value>, keywords: Keywords) -> RResult<Vec<Range<usize>>> {
    keywords.check(vm, &["chomp"])?;
    let chomp = keywords.get(vm, "chomp").is_some_and(Value::truthy);
    let separator = match separator {
        Some(separator) => separator,
        None => match vm.global_get(sym::RS_G)? {
            Value::NIL => vm.str("\n"),
            separator => separator,
        },
    };
    if separator.is_nil() {
        return Ok(std::iter::once(0..this.len()).filter(|range| !range.is_empty()).collect());
    }
    let separator = vm.to_str(separator)?.bytes().to_vec();
    if separator.is_empty() && this.encoding().is_ascii_compatible() {
        return Ok(paragraphs(this.bytes(), chomp));
    }
    let ranges = text::search::lines(this.encoding(), this.bytes(), &separator);
    if !chomp {
        return Ok(ranges);
    }
    let mut cut = Vec::with_capacity(ranges.len());
    for range in ranges {
        let line = part(vm, this, range.start, range.end)?;
        let length = RString::new(line).map_or(0, |line| chomp_length(line, &separator));
        cut.push(range.start..range.start + length);
    }
    Ok(cut)
}

/// Pieces that end with empty lines, of which they keep one; without their line ends if `chomp` is set. Line ends may be
/// CR and LF.
fn paragraphs(bytes: &[u8], chomp: bool) -> Vec<Range<usize>> {
    let line_end = |at: usize| match bytes.get(at..)? {
        [b'\n', ..] => Some(at + 1),
        [b'\r', b'\n', ..] => Some(at + 2),
        _ => None,
    };
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while start < bytes.len() {
        let Some(end) = (at..bytes.len()).find(|&at| line_end(at).is_some()) else {
            found.push(start..bytes.len());
            break;
        };
        let after = line_end(end).unwrap_or(end);
        let Some(kept) = line_end(after) else {
            at = after;
            continue;
        };
        found.push(start..if chomp { end } else { kept });
        start = kept;
        while let Some(further) = line_end(start) {
            start = further;
        }
        at = start;
    }
    found
}

fn upto(vm: &mut Vm, first: RString, last: RString, exclusive: bool, block: Block) -> RResult<()> {
    if let ([a], [b]) = (first.bytes(), last.bytes())
        && a.is_ascii()
        && b.is_ascii()
    {
        let end = if exclusive { *b } else { b.saturating_add(1) };
        let (start, encoding) = (*a, first.encoding());
        for byte in start..end {
            let text = vm.string(&[byte], encoding);
            block.call(vm, &[text])?;
        }
        return Ok(());
    }
    let digits = |text: RString| !text.is_empty() && text.len() <= 18 && text.bytes().iter().all(u8::is_ascii_digit);
    if digits(first) && digits(last) {
        return upto_number(vm, first, last, exclusive, block);
    }
    let order = super::basic::order(vm, first, last);
    if first.is_empty() && last.is_empty() || order.is_gt() || exclusive && order.is_eq() {
        return Ok(());
    }
    let mut current = crate::common::copy(vm, first)?;
    let length = crate::common::char_length(last);
    let end = last.bytes().to_vec();
    // The String after the last one ends the series, too: "az".succ jumps over "b".
    loop {
        let Some(text) = RString::new(current) else { return Ok(()) };
        let at_end = text.bytes() == end;
        if at_end && exclusive || crate::common::char_length(text) > length {
            return Ok(());
        }
        let next = text::succ::succ(text.encoding(), text.bytes());
        let is_empty = next.is_empty();
        let encoding = text.encoding();
        block.call(vm, &[current])?;
        if at_end || is_empty {
            return Ok(());
        }
        current = vm.string(&next, encoding);
    }
}

fn upto_number(vm: &mut Vm, first: RString, last: RString, exclusive: bool, block: Block) -> RResult<()> {
    let number = |text: RString| text.to_text().parse::<u64>().unwrap_or(0);
    let width = first.len();
    let (start, end) = (number(first), number(last));
    let end = if exclusive { end } else { end + 1 };
    if width > last.len() {
        return Ok(());
    }
    for current in start..end {
        let text = vm.str_ascii(&format!("{current:0width$}"));
        block.call(vm, &[text])?;
    }
    Ok(())
}
