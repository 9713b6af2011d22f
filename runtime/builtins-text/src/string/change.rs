//! String: changes of the whole text, each as new String and in place (`upcase`, `upcase!`).
//!
//! Source: CRuby `string.c`.

use crate::common::{change, changed, char_length, checked, compatible, is_single};
use macros::ruby_methods;
use text::case::{CaseOptions, Mapping};
use text::encoding::{CharLen, char_len};
use text::tr::CharSet;
use text::{CodeRange, Encoding};
use vm::{Block, RResult, RString, Value, Vm, sym};

/// The pairs.
pub struct Changes;

#[ruby_methods("String")]
impl Changes {
    #[method("upcase")]
    fn upcase(vm: &mut Vm, this: RString, args: &[Value]) -> RResult {
        let bytes = case(vm, this, args, Mapping::Up)?;
        changed(vm, this, bytes)
    }

    #[method("upcase!")]
    fn upcase_in_place(vm: &mut Vm, this: RString, args: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = case(vm, this, args, Mapping::Up)?;
        change(vm, this, bytes)
    }

    #[method("downcase")]
    fn downcase(vm: &mut Vm, this: RString, args: &[Value]) -> RResult {
        let bytes = case(vm, this, args, Mapping::Down)?;
        changed(vm, this, bytes)
    }

    #[method("downcase!")]
    fn downcase_in_place(vm: &mut Vm, this: RString, args: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = case(vm, this, args, Mapping::Down)?;
        change(vm, this, bytes)
    }

    #[method("capitalize")]
    fn capitalize(vm: &mut Vm, this: RString, args: &[Value]) -> RResult {
        let bytes = case(vm, this, args, Mapping::Capitalize)?;
        changed(vm, this, bytes)
    }

    #[method("capitalize!")]
    fn capitalize_in_place(vm: &mut Vm, this: RString, args: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = case(vm, this, args, Mapping::Capitalize)?;
        change(vm, this, bytes)
    }

    #[method("swapcase")]
    fn swapcase(vm: &mut Vm, this: RString, args: &[Value]) -> RResult {
        let bytes = case(vm, this, args, Mapping::Swap)?;
        changed(vm, this, bytes)
    }

    #[method("swapcase!")]
    fn swapcase_in_place(vm: &mut Vm, this: RString, args: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = case(vm, this, args, Mapping::Swap)?;
        change(vm, this, bytes)
    }

    #[method("strip")]
    fn strip(vm: &mut Vm, this: RString, chars: &[Value]) -> RResult {
        let bytes = strip(vm, this, chars, true, true)?;
        changed(vm, this, bytes)
    }

    #[method("strip!")]
    fn strip_in_place(vm: &mut Vm, this: RString, chars: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = strip(vm, this, chars, true, true)?;
        change(vm, this, bytes)
    }

    #[method("lstrip")]
    fn lstrip(vm: &mut Vm, this: RString, chars: &[Value]) -> RResult {
        let bytes = strip(vm, this, chars, true, false)?;
        changed(vm, this, bytes)
    }

    #[method("lstrip!")]
    fn lstrip_in_place(vm: &mut Vm, this: RString, chars: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = strip(vm, this, chars, true, false)?;
        change(vm, this, bytes)
    }

    #[method("rstrip")]
    fn rstrip(vm: &mut Vm, this: RString, chars: &[Value]) -> RResult {
        let bytes = strip(vm, this, chars, false, true)?;
        changed(vm, this, bytes)
    }

    #[method("rstrip!")]
    fn rstrip_in_place(vm: &mut Vm, this: RString, chars: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = strip(vm, this, chars, false, true)?;
        change(vm, this, bytes)
    }

    #[method("chomp")]
    fn chomp(vm: &mut Vm, this: RString, separator: Option<Value>) -> RResult {
        let bytes = chomp(vm, this, separator)?;
        changed(vm, this, bytes)
    }

    #[method("chomp!")]
    fn chomp_in_place(vm: &mut Vm, this: RString, separator: Option<Value>) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = chomp(vm, this, separator)?;
        // What was asked for its text may have frozen the receiver.
        vm.check_frozen(this.value())?;
        change(vm, this, bytes)
    }

    #[method("chop")]
    fn chop(vm: &mut Vm, this: RString) -> RResult {
        let bytes = chop(vm, this)?;
        changed(vm, this, bytes)
    }

    #[method("chop!")]
    fn chop_in_place(vm: &mut Vm, this: RString) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = chop(vm, this)?;
        change(vm, this, bytes)
    }

    #[method("squeeze")]
    fn squeeze(vm: &mut Vm, this: RString, sets: &[Value]) -> RResult {
        let bytes = squeeze(vm, this, sets)?;
        changed(vm, this, bytes)
    }

    #[method("squeeze!")]
    fn squeeze_in_place(vm: &mut Vm, this: RString, sets: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = squeeze(vm, this, sets)?;
        change(vm, this, bytes)
    }

    #[method("delete")]
    fn delete(vm: &mut Vm, this: RString, sets: &[Value]) -> RResult {
        let bytes = delete(vm, this, sets)?;
        changed(vm, this, bytes)
    }

    #[method("delete!")]
    fn delete_in_place(vm: &mut Vm, this: RString, sets: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = delete(vm, this, sets)?;
        change(vm, this, bytes)
    }

    #[method("tr")]
    fn tr(vm: &mut Vm, this: RString, from: RString, to: RString) -> RResult {
        let bytes = translate(vm, this, from, to, false)?;
        changed(vm, this, bytes)
    }

    #[method("tr!")]
    fn tr_in_place(vm: &mut Vm, this: RString, from: RString, to: RString) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = translate(vm, this, from, to, false)?;
        change(vm, this, bytes)
    }

    #[method("tr_s")]
    fn tr_s(vm: &mut Vm, this: RString, from: RString, to: RString) -> RResult {
        let bytes = translate(vm, this, from, to, true)?;
        changed(vm, this, bytes)
    }

    #[method("tr_s!")]
    fn tr_s_in_place(vm: &mut Vm, this: RString, from: RString, to: RString) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = translate(vm, this, from, to, true)?;
        change(vm, this, bytes)
    }

    #[method("unicode_normalize")]
    fn unicode_normalize(vm: &mut Vm, this: RString, form: Option<Value>) -> RResult {
        let bytes = normalize(vm, this, form)?;
        changed(vm, this, bytes)
    }

    #[method("unicode_normalize!")]
    fn unicode_normalize_in_place(vm: &mut Vm, this: RString, form: Option<Value>) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = normalize(vm, this, form)?;
        change(vm, this, bytes)?;
        Ok(this.value())
    }
}

/// Changes that come alone.
pub struct Others;

#[ruby_methods("String")]
impl Others {
    #[method("count")]
    fn count(vm: &mut Vm, this: RString, sets: &[Value]) -> RResult<usize> {
        if sets.is_empty() {
            return Err(vm.arity_error(0, 1, None));
        }
        Ok(char_set(vm, this, sets)?.count(this.bytes()))
    }

    #[method("unicode_normalized?")]
    fn is_normalized(vm: &mut Vm, this: RString, form: Option<Value>) -> RResult<bool> {
        Ok(normalize(vm, this, form)?.is_none())
    }

    #[method("center")]
    fn center(vm: &mut Vm, this: RString, width: i64, pad: Option<RString>) -> RResult {
        justify(vm, this, width, pad, |missing| (missing / 2, missing - missing / 2))
    }

    #[method("ljust")]
    fn ljust(vm: &mut Vm, this: RString, width: i64, pad: Option<RString>) -> RResult {
        justify(vm, this, width, pad, |missing| (0, missing))
    }

    #[method("rjust")]
    fn rjust(vm: &mut Vm, this: RString, width: i64, pad: Option<RString>) -> RResult {
        justify(vm, this, width, pad, |missing| (missing, 0))
    }

    #[method("scrub")]
    fn scrub(vm: &mut Vm, this: RString, replacement: Option<Value>, block: Block) -> RResult {
        let bytes = scrub(vm, this, replacement, block)?;
        changed(vm, this, bytes)
    }

    #[method("scrub!")]
    fn scrub_in_place(vm: &mut Vm, this: RString, replacement: Option<Value>, block: Block) -> RResult {
        if this.code_range() != text::CodeRange::Broken {
            return Ok(this.value());
        }
        vm.check_frozen(this.value())?;
        let bytes = scrub(vm, this, replacement, block)?;
        change(vm, this, bytes)?;
        Ok(this.value())
    }
}

fn case(vm: &mut Vm, this: RString, args: &[Value], mapping: Mapping) -> RResult<Option<Vec<u8>>> {
    let mut names = Vec::with_capacity(args.len());
    for &name in args {
        match name.as_symbol() {
            Some(name) => names.push(vm.symbols.bytes(name).to_vec()),
            None => return Err(vm.wrong_type(name, "Symbol")),
        }
    }
    let names: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
    let options = checked(vm, CaseOptions::parse(&names, mapping))?;
    room_to_change(vm, this)?;
    checked(vm, text::case::map(this.encoding(), this.bytes(), mapping, options))
}

fn strip(vm: &mut Vm, this: RString, chars: &[Value], left: bool, right: bool) -> RResult<Option<Vec<u8>>> {
    let encoding = this.encoding();
    check_strippable(vm, this, left && chars.is_empty(), right)?;
    let bytes = this.bytes();
    if chars.is_empty() {
        let end = if right { text::search::rstrip_len(encoding, bytes) } else { bytes.len() };
        let start = if left { text::search::lstrip_len(encoding, bytes).min(end) } else { 0 };
        return Ok((start > 0 || end < bytes.len()).then(|| bytes[start..end].to_vec()));
    }
    let set = char_set(vm, this, chars)?;
    let pieces: Vec<&[u8]> = text::encoding::chars(encoding, this.bytes()).collect();
    let (mut first, mut last) = (0, pieces.len());
    while left && first < last && set.count(pieces[first]) > 0 {
        first += 1;
    }
    while right && last > first && set.count(pieces[last - 1]) > 0 {
        last -= 1;
    }
    Ok((first > 0 || last < pieces.len()).then(|| pieces[first..last].concat()))
}

/// Spaces are looked for from the end in whole text of an encoding with characters only, and from the start up to a malformed one.
fn check_strippable(vm: &mut Vm, this: RString, left: bool, right: bool) -> RResult<()> {
    let encoding = this.encoding();
    if left && !this.is_empty() && !encoding.is_single_byte() {
        let start = text::search::lstrip_len(encoding, this.bytes());
        if start < this.len() && !matches!(char_len(encoding, this.bytes(), start), CharLen::Valid(_)) {
            return Err(vm.argument_error(&format!("invalid byte sequence in {}", encoding.name())));
        }
    }
    let message = match encoding {
        _ if !right => return Ok(()),
        _ if encoding.is_dummy() => format!("incompatible encoding with this operation: {}", encoding.name()),
        _ if this.code_range() == CodeRange::Broken => format!("invalid byte sequence in {}", encoding.name()),
        _ => return Ok(()),
    };
    let class = vm.class_at("Encoding::CompatibilityError");
    Err(vm.raise(class, &message))
}

fn chomp(vm: &mut Vm, this: RString, separator: Option<Value>) -> RResult<Option<Vec<u8>>> {
    let separator = match separator {
        Some(Value::NIL) => return Ok(None),
        Some(separator) => vm.to_str(separator)?.bytes().to_vec(),
        None => match vm.global_get(sym::RS_G)? {
            Value::NIL => b"\n".to_vec(),
            separator => vm.to_str(separator)?.bytes().to_vec(),
        },
    };
    let end = chomp_length(this, &separator);
    Ok((end < this.len()).then(|| this.bytes()[..end].to_vec()))
}

/// Length without one separator at the end; an empty separator takes all line ends.
pub fn chomp_length(this: RString, separator: &[u8]) -> usize {
    let (encoding, bytes) = (this.encoding(), this.bytes());
    if separator == b"\n" {
        return text::search::chomp_len(encoding, bytes);
    }
    if separator.is_empty() {
        let mut end = bytes.len();
        while end > 0 && bytes[end - 1] == b'\n' {
            end -= 1;
            if end > 0 && bytes[end - 1] == b'\r' {
                end -= 1;
            }
        }
        return end;
    }
    if text::search::ends_with(encoding, bytes, separator) { bytes.len() - separator.len() } else { bytes.len() }
}

fn chop(_vm: &mut Vm, this: RString) -> RResult<Option<Vec<u8>>> {
    let bytes = this.bytes();
    if bytes.is_empty() {
        return Ok(None);
    }
    let end = if bytes.ends_with(b"\r\n") { bytes.len() - 2 } else { text::encoding::prev_char(this.encoding(), bytes, bytes.len()).unwrap_or(0) };
    Ok(Some(bytes[..end].to_vec()))
}

/// The intersection of character sets given as arguments.
fn char_set(vm: &mut Vm, this: RString, sets: &[Value]) -> RResult<CharSet> {
    let mut texts = Vec::with_capacity(sets.len());
    let mut encoding = this.encoding();
    for &set in sets {
        let set = vm.to_str(set)?;
        encoding = compatible(vm, this, set)?;
        texts.push(set.bytes().to_vec());
    }
    let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
    checked(vm, CharSet::new(encoding, &texts))
}

/// Room for a changed copy of the bytes, which may have to grow once, and for the String that it becomes.
fn room_to_change(vm: &mut Vm, this: RString) -> RResult<()> {
    vm.room_for(this.len().saturating_mul(4))
}

fn squeeze(vm: &mut Vm, this: RString, sets: &[Value]) -> RResult<Option<Vec<u8>>> {
    room_to_change(vm, this)?;
    Ok(char_set(vm, this, sets)?.squeeze(this.bytes()))
}

fn delete(vm: &mut Vm, this: RString, sets: &[Value]) -> RResult<Option<Vec<u8>>> {
    if sets.is_empty() {
        return Err(vm.arity_error(0, 1, None));
    }
    room_to_change(vm, this)?;
    Ok(char_set(vm, this, sets)?.delete(this.bytes()))
}

fn translate(vm: &mut Vm, this: RString, from: RString, to: RString, squeeze: bool) -> RResult<Option<Vec<u8>>> {
    compatible(vm, this, from)?;
    let encoding = compatible(vm, this, to)?;
    room_to_change(vm, this)?;
    let result = text::tr::tr(encoding, this.bytes(), from.bytes(), to.bytes(), squeeze);
    checked(vm, result)
}

fn normalize(vm: &mut Vm, this: RString, form: Option<Value>) -> RResult<Option<Vec<u8>>> {
    use unicode_normalization::UnicodeNormalization;
    let form = match form.unwrap_or(Value::NIL) {
        Value::NIL => "nfc".to_string(),
        form => match form.as_symbol() {
            Some(name) => vm.symbols.text(name).into_owned(),
            None => vm.to_s_text(form)?,
        },
    };
    if this.encoding() == Encoding::US_ASCII {
        return Ok(None);
    }
    if this.encoding() != Encoding::UTF_8 {
        if !this.encoding().is_unicode() {
            let class = vm.class_at("Encoding::CompatibilityError");
            return Err(vm.raise(class, &format!("Unicode Normalization not appropriate for {}", this.encoding().name())));
        }
        return Err(vm.not_implemented("unicode_normalize of UTF-16 and UTF-32 Strings"));
    }
    let Ok(source) = std::str::from_utf8(this.bytes()) else { return Err(vm.argument_error("invalid byte sequence in UTF-8")) };
    let result: String = match form.as_str() {
        "nfc" => source.nfc().collect(),
        "nfd" => source.nfd().collect(),
        "nfkc" => source.nfkc().collect(),
        "nfkd" => source.nfkd().collect(),
        _ => return Err(vm.argument_error(&format!("Invalid normalization form {form}."))),
    };
    Ok((result != source).then(|| result.into_bytes()))
}

fn justify(vm: &mut Vm, this: RString, width: i64, pad: Option<RString>, split: fn(usize) -> (usize, usize)) -> RResult {
    let pad = match pad {
        Some(pad) => pad,
        None => vm.new_string(b" ", Encoding::US_ASCII),
    };
    let encoding = compatible(vm, this, pad)?;
    if pad.is_empty() {
        return Err(vm.argument_error("zero width padding"));
    }
    let length = char_length(this);
    let missing = usize::try_from(width).unwrap_or(0).saturating_sub(length);
    if missing == 0 {
        return crate::common::copy(vm, this);
    }
    if missing.checked_mul(pad.len()).and_then(|total| total.checked_add(this.len())).is_none_or(|total| total > 1 << 40) {
        return Err(vm.argument_error("argument too big"));
    }
    let (left, right) = split(missing);
    let mut bytes = Vec::new();
    if bytes.try_reserve_exact(missing * pad.len() + this.len()).is_err() {
        return Err(vm.no_memory());
    }
    append_padding(&mut bytes, pad, left);
    bytes.extend_from_slice(this.bytes());
    append_padding(&mut bytes, pad, right);
    vm.try_string(&bytes, encoding)
}

/// Appends `count` characters of repeated padding; the room for them is there.
fn append_padding(bytes: &mut Vec<u8>, pad: RString, count: usize) {
    if is_single(pad) {
        bytes.extend(pad.bytes().iter().copied().cycle().take(count));
        return;
    }
    let pieces: Vec<&[u8]> = text::encoding::chars(pad.encoding(), pad.bytes()).collect();
    for piece in pieces.into_iter().cycle().take(count) {
        bytes.extend_from_slice(piece);
    }
}

fn scrub(vm: &mut Vm, this: RString, replacement: Option<Value>, block: Block) -> RResult<Option<Vec<u8>>> {
    if this.code_range() != CodeRange::Broken {
        return Ok(None);
    }
    let encoding = this.encoding();
    let fixed = match replacement.filter(|value| !value.is_nil()) {
        Some(replacement) => {
            let replacement = vm.to_str(replacement)?;
            if replacement.code_range() == CodeRange::Broken {
                let shown = vm.inspect_text(replacement.value())?;
                return Err(vm.argument_error(&format!("replacement must be valid byte sequence '{}'", shown.trim_matches('"'))));
            }
            compatible(vm, this, replacement)?;
            Some(replacement.bytes().to_vec())
        }
        None if block.is_some() => None,
        None => Some(text::coderange::default_replacement(encoding)),
    };
    let bytes = this.bytes().to_vec();
    let result = text::coderange::scrub(encoding, &bytes, |broken| match &fixed {
        Some(fixed) => Ok(fixed.clone()),
        None => {
            let piece = vm.string(broken, encoding);
            let answer = block.call(vm, &[piece])?;
            Ok(vm.to_str(answer)?.bytes().to_vec())
        }
    })?;
    Ok(Some(result))
}
