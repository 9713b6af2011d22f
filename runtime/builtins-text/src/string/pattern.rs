//! String with patterns: `sub`, `gsub`, `scan`, `match`, `partition`, `split`.
//!
//! Invariant: blocks run on a frozen copy of the subject, `$~` is set before each call and is the last
//! match afterwards.
//! Source: CRuby `string.c` (`rb_str_sub_bang`, `str_gsub`, `rb_pat_search`, `rb_str_split_m`), `re.c`
//! (`rb_reg_regsub`).

use crate::common::{self, Pattern, copy, enumerator, frozen_subject, note_match, part, to_regexp};
use macros::ruby_methods;
use regexp::Captures;
use text::CodeRange;
use text::encoding::step_len;
use vm::{ArgumentList, Block, RHash, RResult, RString, Value, Vm, sym};

/// Methods with patterns.
pub struct Patterns;

#[ruby_methods("String")]
impl Patterns {
    #[method("sub")]
    fn sub(vm: &mut Vm, this: RString, pattern: Value, replacement: Option<Value>, block: Block) -> RResult {
        match substitute(vm, this, pattern, replacement, block, false)? {
            Some(result) => Ok(result.value()),
            None => copy(vm, this),
        }
    }

    #[method("sub!")]
    fn sub_in_place(vm: &mut Vm, this: RString, pattern: Value, replacement: Option<Value>, block: Block) -> RResult {
        vm.check_frozen(this.value())?;
        let result = substitute(vm, this, pattern, replacement, block, false)?;
        store(vm, this, result)
    }

    #[method("gsub")]
    fn gsub(vm: &mut Vm, this: RString, pattern: Value, replacement: Option<Value>, block: Block) -> RResult {
        if replacement.is_none() && !block.is_some() {
            return enumerator(vm, this.value(), "gsub", &[pattern]);
        }
        match substitute(vm, this, pattern, replacement, block, true)? {
            Some(result) => Ok(result.value()),
            None => copy(vm, this),
        }
    }

    #[method("gsub!")]
    fn gsub_in_place(vm: &mut Vm, this: RString, pattern: Value, replacement: Option<Value>, block: Block) -> RResult {
        if replacement.is_none() && !block.is_some() {
            return enumerator(vm, this.value(), "gsub!", &[pattern]);
        }
        vm.check_frozen(this.value())?;
        let result = substitute(vm, this, pattern, replacement, block, true)?;
        store(vm, this, result)
    }

    #[method("scan")]
    fn scan(vm: &mut Vm, this: RString, pattern: Value, block: Block) -> RResult {
        let pattern = Pattern::of(vm, pattern)?;
        let subject = frozen_subject(vm, this)?;
        let list = vm.new_array();
        let mut from = 0;
        let mut last = None;
        while let Some(captures) = find_from(vm, pattern, subject, from)? {
            from = after_match(subject, &captures);
            let item = scanned(vm, subject, &captures)?;
            if block.is_some() {
                note_match(vm, pattern.regexp(), subject, &captures);
                block.call(vm, &[item])?;
                check_unmodified(vm, this, subject)?;
            } else {
                vm.push(list, item)?;
            }
            last = Some(captures);
        }
        note_last(vm, pattern, subject, last);
        Ok(if block.is_some() { this.value() } else { list.value() })
    }

    #[method("=~")]
    fn matches(vm: &mut Vm, this: RString, other: Value) -> RResult {
        if RString::new(other).is_some() {
            return Err(vm.type_error("type mismatch: String given"));
        }
        if Vm::is_regexp(other) {
            return crate::regexp::match_position(vm, other, this);
        }
        vm.call(other, sym::MATCH, &[this.value()])
    }

    #[method("match")]
    fn match_data(vm: &mut Vm, this: RString, args: &[Value], block: Block) -> RResult {
        let Some((&pattern, rest)) = args.split_first() else { return Err(vm.arity_error(0, 1, Some(2))) };
        let regexp = to_regexp(vm, pattern)?;
        let mut all = ArgumentList::from_slice(&vm.roots, rest);
        all.insert(&vm.roots, 0, this.value());
        let found = vm.call(regexp, sym::MATCH_M, &all)?;
        if found.is_nil() || !block.is_some() { Ok(found) } else { block.call(vm, &[found]) }
    }

    #[method("match?")]
    fn is_match(vm: &mut Vm, this: RString, pattern: Value, from: Option<i64>) -> RResult<bool> {
        let regexp = to_regexp(vm, pattern)?;
        crate::regexp::is_match(vm, regexp, this.value(), from)
    }

    #[method("partition")]
    fn partition(vm: &mut Vm, this: RString, pattern: Value) -> RResult {
        let found = if Vm::is_regexp(pattern) {
            vm.regexp_match(pattern, this, 0)?.and_then(|found| vm.match_info(found)).map(|info| (info.captures.start(), info.captures.end()))
        } else {
            let text = separator(vm, pattern)?;
            Pattern::Text(text).find(vm, this, 0)?.map(|captures| (captures.start(), captures.end()))
        };
        match found {
            Some((start, end)) => three_parts(vm, this, start, end),
            None => {
                let (whole, empty, other) = (copy(vm, this)?, part(vm, this, 0, 0)?, part(vm, this, 0, 0)?);
                Ok(vm.array(&[whole, empty, other]))
            }
        }
    }

    #[method("rpartition")]
    fn rpartition(vm: &mut Vm, this: RString, pattern: Value) -> RResult {
        let found = if Vm::is_regexp(pattern) {
            let regex = vm.regex_of(pattern)?;
            let found =
                vm.with_patience(&regex, |retries| regex.search_backward(this.bytes(), this.encoding(), this.code_range(), this.len(), retries))?;
            note_last(vm, Pattern::Regexp(pattern), this, found.clone());
            found.map(|captures| (captures.start(), captures.end()))
        } else {
            let text = separator(vm, pattern)?;
            let encoding = common::compatible(vm, this, text)?;
            text::search::rindex(encoding, this.bytes(), text.bytes(), this.len()).map(|start| (start, start + text.len()))
        };
        match found {
            Some((start, end)) => three_parts(vm, this, start, end),
            None => {
                let (empty, other, whole) = (part(vm, this, 0, 0)?, part(vm, this, 0, 0)?, copy(vm, this)?);
                Ok(vm.array(&[empty, other, whole]))
            }
        }
    }

    #[method("split")]
    fn split(vm: &mut Vm, this: RString, pattern: Option<Value>, limit: Option<i64>, block: Block) -> RResult {
        let limit = limit.unwrap_or(0);
        if i32::try_from(limit).is_err() {
            let side = if limit < 0 { "small" } else { "big" };
            return Err(vm.range_error(&format!("integer {limit} too {side} to convert to 'int'")));
        }
        let pattern = match pattern.unwrap_or(Value::NIL) {
            Value::NIL => vm.global_get(sym::FS_G)?,
            pattern => pattern,
        };
        let subject = frozen_subject(vm, this)?;
        if limit != 1 {
            refuse_broken(vm, subject)?;
            if let Some(text) = RString::new(pattern) {
                refuse_broken(vm, text)?;
            }
        }
        let mut ranges = split_ranges(vm, subject, pattern, limit)?;
        if limit == 0 {
            while ranges.last().is_some_and(|range| range.is_empty()) {
                ranges.pop();
            }
        }
        if !block.is_some() {
            return Ok(super::basic::pieces(vm, subject, &ranges)?.value());
        }
        for range in ranges {
            let piece = part(vm, subject, range.start, range.end)?;
            let before = (this.bytes().as_ptr(), this.len());
            block.call(vm, &[piece])?;
            if before != (this.bytes().as_ptr(), this.len()) {
                return Err(vm.runtime_error("string modified"));
            }
        }
        Ok(this.value())
    }
}

/// Text that is cut by what it means has to be whole.
fn refuse_broken(vm: &mut Vm, text: RString) -> RResult<()> {
    if text.code_range() != CodeRange::Broken {
        return Ok(());
    }
    let message = format!("invalid byte sequence in {}", text.encoding().name());
    Err(vm.argument_error(&message))
}

fn separator(vm: &mut Vm, pattern: Value) -> RResult<RString> {
    match vm.try_to_str(pattern)? {
        Some(text) => Ok(text),
        None => {
            let name = vm.class_name_of(pattern);
            Err(vm.type_error(&format!("type mismatch: {name} given")))
        }
    }
}

fn three_parts(vm: &mut Vm, this: RString, start: usize, end: usize) -> RResult {
    let before = part(vm, this, 0, start)?;
    let middle = part(vm, this, start, end)?;
    let after = part(vm, this, end, this.len())?;
    Ok(vm.array(&[before, middle, after]))
}

fn find_from(vm: &mut Vm, pattern: Pattern, subject: RString, from: usize) -> RResult<Option<Captures>> {
    if from > subject.len() {
        return Ok(None);
    }
    pattern.find(vm, subject, from)
}

/// Where the search goes on: behind the match, one character further when it was empty.
fn after_match(subject: RString, captures: &Captures) -> usize {
    let end = captures.end();
    if captures.start() == end { end + step_len(subject.encoding(), subject.bytes(), end).max(1) } else { end }
}

/// `$~` after a method that may have called blocks.
fn note_last(vm: &mut Vm, pattern: Pattern, subject: RString, last: Option<Captures>) {
    match last {
        Some(captures) => note_match(vm, pattern.regexp(), subject, &captures),
        None => vm.set_last_match(Value::NIL),
    }
}

/// What `scan` gives for a match: its text, or its groups.
fn scanned(vm: &mut Vm, subject: RString, captures: &Captures) -> RResult {
    if captures.len() <= 1 {
        return part(vm, subject, captures.start(), captures.end());
    }
    let groups = vm.new_array();
    for index in 1..captures.len() {
        let group = match captures.get(index) {
            Some((start, end)) => part(vm, subject, start, end)?,
            None => Value::NIL,
        };
        vm.push(groups, group)?;
    }
    Ok(groups.value())
}

fn store(vm: &mut Vm, this: RString, result: Option<RString>) -> RResult {
    match result {
        Some(result) => {
            super::basic::replace(vm, this, result)?;
            Ok(this.value())
        }
        None => Ok(Value::NIL),
    }
}

/// How matches are replaced.
enum Replacement {
    Text(RString),
    Hash(RHash),
    Block(Block),
}

/// The text with the first match or all matches replaced; None without a match.
fn substitute(vm: &mut Vm, this: RString, pattern: Value, replacement: Option<Value>, block: Block, all: bool) -> RResult<Option<RString>> {
    let replacement = match replacement {
        Some(value) => match RHash::new(value) {
            Some(hash) => Replacement::Hash(hash),
            None => match vm.try_to_str(value)? {
                Some(text) => Replacement::Text(text),
                None => match vm.try_to_hash(value)? {
                    Some(hash) => Replacement::Hash(hash),
                    None => return Err(vm.no_implicit_conversion(value, "String")),
                },
            },
        },
        None if block.is_some() => Replacement::Block(block),
        None => return Err(vm.arity_error(1, 2, Some(2))),
    };
    let pattern = Pattern::of(vm, pattern)?;
    let Some(mut captures) = pattern.find(vm, this, 0)? else {
        vm.set_last_match(Value::NIL);
        return Ok(None);
    };
    let subject = if matches!(replacement, Replacement::Text(_)) && !vm.wants_last_match() { this } else { frozen_subject(vm, this)? };
    let result = vm.new_string(b"", subject.encoding());
    let mut copied = 0;
    loop {
        push(vm, result, subject, copied, captures.start())?;
        replace_one(vm, result, subject, pattern, &captures, &replacement)?;
        check_unmodified(vm, this, subject)?;
        copied = captures.end();
        if !all {
            break;
        }
        let next = after_match(subject, &captures);
        match find_from(vm, pattern, subject, next)? {
            Some(found) => {
                // An empty match steps over a character, which stays.
                captures = found;
            }
            None => break,
        }
    }
    push(vm, result, subject, copied, subject.len())?;
    note_last(vm, pattern, subject, Some(captures));
    Ok(Some(result))
}

/// Refuses to go on when a block changed the length of the String it works on.
fn check_unmodified(vm: &mut Vm, this: RString, subject: RString) -> RResult<()> {
    if this.len() == subject.len() {
        return Ok(());
    }
    Err(vm.runtime_error("string modified"))
}

fn push(vm: &mut Vm, result: RString, subject: RString, start: usize, end: usize) -> RResult<()> {
    let bytes = subject.bytes().get(start..end).unwrap_or(&[]).to_vec();
    if bytes.is_empty() {
        return Ok(());
    }
    if result.encoding() == subject.encoding() {
        return result.push_bytes(&bytes).ok_or_else(|| vm.no_memory());
    }
    let piece = vm.new_string(&bytes, subject.encoding());
    vm.append_string(result, piece)
}

fn replace_one(vm: &mut Vm, result: RString, subject: RString, pattern: Pattern, captures: &Captures, replacement: &Replacement) -> RResult<()> {
    match *replacement {
        Replacement::Text(text) => {
            if !text.bytes().contains(&b'\\') {
                return vm.append_string(result, text);
            }
            let bytes = expand(vm, text, subject, pattern, captures)?;
            let piece = vm.new_string(&bytes, text.encoding());
            if piece.code_range() != text::CodeRange::SevenBit && text.is_ascii_only() {
                piece.set_encoding(subject.encoding());
            }
            vm.append_string(result, piece)
        }
        Replacement::Hash(hash) => {
            let key = part(vm, subject, captures.start(), captures.end())?;
            let value = vm.call(hash.value(), sym::INDEX, &[key])?;
            let text = vm.to_s(value)?;
            vm.append_string(result, text)
        }
        Replacement::Block(block) => {
            let key = part(vm, subject, captures.start(), captures.end())?;
            note_match(vm, pattern.regexp(), subject, captures);
            let value = block.call(vm, &[key])?;
            let text = vm.to_s(value)?;
            vm.append_string(result, text)
        }
    }
}

/// The replacement text with `\1`, `\k<name>`, `\&`, `` \` ``, `\'` and `\\` filled in.
fn expand(vm: &mut Vm, text: RString, subject: RString, pattern: Pattern, captures: &Captures) -> RResult<Vec<u8>> {
    let template = text.bytes().to_vec();
    let bytes = subject.bytes();
    let mut out = Vec::with_capacity(template.len());
    let group = |out: &mut Vec<u8>, index: usize| {
        if let Some((start, end)) = captures.get(index) {
            out.extend_from_slice(&bytes[start..end]);
        }
    };
    let has_names = match pattern {
        Pattern::Regexp(regexp) => !vm.regex_of(regexp)?.names().is_empty(),
        Pattern::Text(_) => false,
    };
    let mut position = 0;
    while let Some(&byte) = template.get(position) {
        position += 1;
        let next = template.get(position).copied();
        if byte != b'\\' || next.is_none() {
            out.push(byte);
            continue;
        }
        position += 1;
        match next.unwrap_or(b'\\') {
            b'0' => group(&mut out, 0),
            // Groups without a name have no number where others have names.
            b'1'..=b'9' if has_names => {}
            digit @ b'1'..=b'9' => group(&mut out, usize::from(digit - b'0')),
            b'&' => group(&mut out, 0),
            b'+' => {
                let last = (1..captures.len()).rfind(|&index| captures.get(index).is_some());
                if let Some(last) = last {
                    group(&mut out, last);
                }
            }
            b'`' => out.extend_from_slice(&bytes[..captures.start()]),
            b'\'' => out.extend_from_slice(&bytes[captures.end()..]),
            b'\\' => out.push(b'\\'),
            b'k' if template.get(position) == Some(&b'<') => {
                let rest = &template[position + 1..];
                let Some(length) = rest.iter().position(|&byte| byte == b'>') else {
                    out.extend_from_slice(b"\\k");
                    continue;
                };
                let name = &rest[..length];
                position += length + 2;
                if let Some(index) = named_group(vm, pattern, name, captures)? {
                    group(&mut out, index)
                }
            }
            other => out.extend_from_slice(&[b'\\', other]),
        }
    }
    Ok(out)
}

fn named_group(vm: &mut Vm, pattern: Pattern, name: &[u8], captures: &Captures) -> RResult<Option<usize>> {
    if let Pattern::Regexp(regexp) = pattern {
        let regex = vm.regex_of(regexp)?;
        if let Some(index) = regex.name_to_group(name, captures) {
            return Ok(Some(index));
        }
        if let Some(index) = std::str::from_utf8(name).ok().and_then(|digits| digits.parse().ok()) {
            return Ok(Some(index));
        }
    }
    let name = String::from_utf8_lossy(name).into_owned();
    Err(vm.index_error(&format!("undefined group name reference: {name}")))
}

/// The byte ranges of the pieces, the empty ones at the end included.
fn split_ranges(vm: &mut Vm, subject: RString, pattern: Value, limit: i64) -> RResult<Vec<std::ops::Range<usize>>> {
    let encoding = subject.encoding();
    if subject.is_empty() {
        return Ok(Vec::new());
    }
    if limit == 1 {
        return Ok(std::iter::once(0..subject.len()).collect());
    }
    if pattern.is_nil() {
        return Ok(text::search::split_awk(encoding, subject.bytes(), limit));
    }
    if Vm::is_regexp(pattern) {
        return split_by_regexp(vm, subject, pattern, limit);
    }
    let text = match vm.try_to_str(pattern)? {
        Some(text) => text,
        None => return Err(vm.wrong_type(pattern, "Regexp")),
    };
    let encoding = common::compatible(vm, subject, text)?;
    if text.bytes() == b" " {
        return Ok(text::search::split_awk(encoding, subject.bytes(), limit));
    }
    if text.is_empty() {
        return Ok(text::search::split_chars(encoding, subject.bytes(), limit));
    }
    Ok(text::search::split_string(encoding, subject.bytes(), text.bytes(), limit))
}

fn split_by_regexp(vm: &mut Vm, subject: RString, regexp: Value, limit: i64) -> RResult<Vec<std::ops::Range<usize>>> {
    let regex = vm.regex_of(regexp)?;
    if regex.source().is_empty() && regex.group_count() == 0 {
        return Ok(text::search::split_chars(subject.encoding(), subject.bytes(), limit));
    }
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    let (mut begin, mut from, mut count) = (0, 0, 1);
    let (encoding, length) = (subject.encoding(), subject.len());
    let mut after_empty = false;
    while from <= length && (limit <= 0 || count < limit) {
        let Some(captures) = vm.regexp_search(regexp, subject, from)? else { break };
        let (start, end) = (captures.start(), captures.end());
        if from == end && start == end {
            if length == 0 {
                break;
            }
            if !after_empty {
                // An empty match where the search began: look one character further for the next one.
                let step = step_len(encoding, subject.bytes(), from).max(1);
                from += step;
                after_empty = true;
                continue;
            }
            let step = step_len(encoding, subject.bytes(), begin).max(1);
            if begin + step > length {
                break;
            }
            push_piece(&mut ranges, begin..begin + step, &captures);
            begin = from;
        } else {
            push_piece(&mut ranges, begin..start, &captures);
            begin = end;
            from = end;
        }
        after_empty = false;
        count += 1;
    }
    ranges.push(begin..length);
    Ok(ranges)
}

/// A piece, followed by the groups of the separator.
fn push_piece(ranges: &mut Vec<std::ops::Range<usize>>, piece: std::ops::Range<usize>, captures: &Captures) {
    ranges.push(piece);
    for index in 1..captures.len() {
        if let Some((start, end)) = captures.get(index) {
            ranges.push(start..end);
        }
    }
}
