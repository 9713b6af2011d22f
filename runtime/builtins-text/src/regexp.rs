//! Regexp.
//!
//! Invariant: an initialised Regexp is frozen; `allocate` gives one without pattern.
//! Source: CRuby `re.c`.

use crate::common::note_match;
use macros::ruby_methods;
use objects::{NativeData, RData};
use regexp::source::{self, UnionPart};
use std::rc::Rc;
use text::Encoding;
use vm::external::Portable;
use vm::matching::{MatchTimeout, RegexpData};
use vm::{Block, Keywords, RArray, RClass, RHash, RResult, RString, Value, Vm, sym};

/// Making Regexps.
pub struct Making;

#[ruby_methods("Regexp")]
impl Making {
    #[singleton("compile")]
    fn compile(vm: &mut Vm, this: RClass, args: &[Value], keywords: Keywords) -> RResult {
        let passed = match keywords.hash() {
            Some(hash) => vm::PassedKeywords::Hash { hash, fresh: false },
            None => vm::PassedKeywords::None,
        };
        vm.call_full(this.value(), sym::NEW, args, passed, vm::BlockWord::NONE, vm::send::CallMode::Any)
    }

    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, pattern: Value, options: Option<Value>, keywords: Keywords) -> RResult {
        keywords.check(vm, &["timeout"])?;
        vm.check_frozen(this)?;
        if vm.native::<RegexpData>(this, "Regexp")?.regex.is_some() {
            return Err(vm.type_error("already initialized regexp"));
        }
        let (bytes, flags, encoding) = if Vm::is_regexp(pattern) {
            let regex = vm.regex_of(pattern)?;
            if options.is_some() {
                vm.warn_at_caller("flags ignored")?;
            }
            (regex.source().to_vec(), bits(&regex), regex.encoding())
        } else {
            let text = vm.to_str(pattern)?;
            let flags = option_bits(vm, options)?;
            (text.bytes().to_vec(), flags, text.encoding())
        };
        let timeout = match keywords.get(vm, "timeout") {
            Some(seconds) => seconds_of(vm, seconds)?,
            None => None,
        };
        match vm.make_pattern(&bytes, flags, encoding) {
            Ok(regex) => {
                vm.warn_about_pattern(&regex)?;
                set_regex(vm, this, Rc::new(regex.with_timeout(timeout)))?;
            }
            Err(error) => return Err(vm.raise_regex_error(&error)),
        }
        Ok(this)
    }

    #[method("initialize_copy")]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let regex = vm.regex_of(other)?;
        set_regex(vm, this, regex)?;
        Ok(this)
    }

    #[singleton("escape", "quote")]
    fn escape(vm: &mut Vm, _this: Value, text: Value) -> RResult {
        let text = text_argument(vm, text)?;
        let bytes = source::escape(text.bytes(), text.encoding());
        let encoding = if text.is_ascii_only() { Encoding::US_ASCII } else { text.encoding() };
        Ok(vm.string(&bytes, encoding))
    }

    #[singleton("union")]
    fn union(vm: &mut Vm, _this: Value, patterns: &[Value]) -> RResult {
        let list = match patterns {
            [only] => vm.try_to_ary(*only)?,
            _ => None,
        };
        let parts = vm.new_array();
        // The Array may shrink meanwhile: what is gone is nil (`rb_reg_s_union`).
        for index in 0..list.map_or(patterns.len(), RArray::len) {
            let pattern = list.map_or_else(|| patterns[index], |list| list.get(index).unwrap_or(Value::NIL));
            let part = if Vm::is_regexp(pattern) { pattern } else { text_argument(vm, pattern)?.value() };
            vm.push(parts, part)?;
        }
        union(vm, parts)
    }

    #[singleton("last_match")]
    fn last_match(vm: &mut Vm, _this: Value, group: Option<Value>) -> RResult {
        let found = vm.last_match();
        match group {
            Some(group) if !found.is_nil() => crate::match_data::group(vm, found, group),
            _ => Ok(found),
        }
    }

    #[singleton("try_convert")]
    fn try_convert(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        if Vm::is_regexp(value) {
            return Ok(value);
        }
        let name = vm.intern("to_regexp");
        Ok(vm.call_if_responds(value, name, &[])?.unwrap_or(Value::NIL))
    }

    #[singleton("linear_time?")]
    fn is_linear(vm: &mut Vm, _this: Value, pattern: Value, _options: Option<Value>) -> RResult<bool> {
        let regexp = crate::common::to_regexp(vm, pattern)?;
        let regex = vm.regex_of(regexp)?;
        let text = String::from_utf8_lossy(regex.source()).into_owned();
        Ok(!text.contains("(?=")
            && !text.contains("(?!")
            && !text.contains("(?<=")
            && !text.contains("(?<!")
            && !text.contains("(?>")
            && !has_backreference(&text))
    }

    #[singleton("timeout")]
    fn timeout(vm: &mut Vm, _this: Value) -> Value {
        let seconds = vm.extension::<MatchTimeout>().0;
        seconds.map_or(Value::NIL, |seconds| vm.float(seconds))
    }

    #[singleton("timeout=")]
    fn set_timeout(vm: &mut Vm, _this: Value, seconds: Value) -> RResult {
        vm.extension::<MatchTimeout>().0 = seconds_of(vm, seconds)?;
        Ok(seconds)
    }
}

/// Matching and showing.
pub struct Matching;

#[ruby_methods("Regexp")]
impl Matching {
    #[method("match")]
    fn match_data(vm: &mut Vm, this: Value, text: Value, from: Option<i64>, block: Block) -> RResult {
        let Some((subject, start)) = subject_at(vm, text, from)? else {
            vm.set_last_match(Value::NIL);
            return Ok(Value::NIL);
        };
        match vm.regexp_match(this, subject, start)? {
            Some(found) if block.is_some() => block.call(vm, &[found]),
            Some(found) => Ok(found),
            None => Ok(Value::NIL),
        }
    }

    #[method("match?")]
    fn is_match(vm: &mut Vm, this: Value, text: Value, from: Option<i64>) -> RResult<bool> {
        is_match(vm, this, text, from)
    }

    #[method("=~")]
    fn matches(vm: &mut Vm, this: Value, text: Value) -> RResult {
        if text.is_nil() {
            vm.set_last_match(Value::NIL);
            return Ok(Value::NIL);
        }
        let subject = text_argument(vm, text)?;
        match_position(vm, this, subject)
    }

    #[method("===")]
    fn case_equal(vm: &mut Vm, this: Value, text: Value) -> RResult<bool> {
        let subject = match text.as_symbol() {
            Some(name) => Some(crate::symbol::text(vm, name)),
            None => vm.try_to_str(text)?,
        };
        match subject {
            Some(subject) => Ok(!match_position(vm, this, subject)?.is_nil()),
            None => {
                vm.set_last_match(Value::NIL);
                Ok(false)
            }
        }
    }

    #[method("~")]
    fn match_line(vm: &mut Vm, this: Value) -> RResult {
        match RString::new(vm.last_line()) {
            Some(line) => match_position(vm, this, line),
            None => {
                vm.set_last_match(Value::NIL);
                Ok(Value::NIL)
            }
        }
    }

    #[method("source")]
    fn source(vm: &mut Vm, this: Value) -> RResult {
        let regex = vm.regex_of(this)?;
        let bytes = regex.source().to_vec();
        Ok(vm.string(&bytes, regex.encoding()))
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> RResult {
        let regex = vm.regex_of(this)?;
        let bytes = source::to_s(regex.source(), regex.options(), regex.encoding());
        Ok(vm.string(&bytes, regex.encoding()))
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult {
        if RData::new(this).and_then(|data| data.read::<RegexpData>(&vm.heap)).is_some_and(|data| data.regex.is_none()) {
            let text = vm.any_to_s(this);
            return Ok(vm.str(&text));
        }
        let regex = vm.regex_of(this)?;
        let bytes = source::inspect(regex.source(), regex.options(), regex.encoding());
        let encoding = if bytes.is_ascii() { vm.result_encoding() } else { regex.encoding() };
        Ok(vm.string(&bytes, encoding))
    }

    #[method("options")]
    fn options(vm: &mut Vm, this: Value) -> RResult<i64> {
        let regex = vm.regex_of(this)?;
        Ok(bits(&regex))
    }

    #[method("casefold?")]
    fn is_casefold(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(vm.regex_of(this)?.options().ignorecase)
    }

    #[method("encoding")]
    fn encoding(vm: &mut Vm, this: Value) -> RResult {
        let data = RData::new(this).and_then(|data| data.read::<RegexpData>(&vm.heap));
        let encoding = match data.and_then(|data| data.regex.as_ref()) {
            Some(regex) => regex.encoding(),
            None => Encoding::BINARY,
        };
        Ok(vm.encoding_object(encoding))
    }

    #[method("fixed_encoding?")]
    fn is_fixed_encoding(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(vm.regex_of(this)?.is_fixed_encoding())
    }

    #[method("names")]
    fn names(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let regex = vm.regex_of(this)?;
        crate::symbol::names(vm, regex.names(), regex.encoding())
    }

    #[method("named_captures")]
    fn named_captures(vm: &mut Vm, this: Value) -> RResult<RHash> {
        let regex = vm.regex_of(this)?;
        let hash = vm.new_hash();
        for (name, groups) in regex.names() {
            let list = vm.new_array();
            for &group in groups {
                vm.push(list, Value::small(group as i64))?;
            }
            let name = vm.string(name, regex.encoding());
            vm.hash_set(hash, name, list.value())?;
        }
        Ok(hash)
    }

    #[method("timeout")]
    fn timeout(vm: &mut Vm, this: Value) -> RResult {
        let seconds = vm.regex_of(this)?.timeout();
        Ok(seconds.map_or(Value::NIL, |seconds| vm.float(seconds)))
    }

    #[method("==", "eql?")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        if !Vm::is_regexp(other) {
            return Ok(false);
        }
        let (a, b) = (vm.regex_of(this)?, vm.regex_of(other)?);
        Ok(a.source() == b.source() && bits(&a) == bits(&b) && a.encoding() == b.encoding())
    }

    #[method("hash")]
    fn hash(vm: &mut Vm, this: Value) -> RResult {
        let regex = vm.regex_of(this)?;
        let mut bytes = regex.source().to_vec();
        bytes.push(bits(&regex) as u8);
        let hash = vm.hash_bytes(&bytes);
        Ok(vm.int(hash as i64))
    }
}

/// Gives an uninitialised Regexp its pattern, whose memory counts.
/// A timeout in seconds; nil for none.
fn seconds_of(vm: &mut Vm, seconds: Value) -> RResult<Option<f64>> {
    if seconds.is_nil() {
        return Ok(None);
    }
    let number = vm.to_f64(seconds)?;
    if number <= 0.0 || number.is_nan() {
        let shown = vm.inspect_text(seconds)?;
        return Err(vm.argument_error(&format!("invalid timeout: {shown}")));
    }
    Ok(Some(number))
}

fn set_regex(vm: &mut Vm, this: Value, regex: Rc<regexp::Regex>) -> RResult<()> {
    let data = vm.native::<RegexpData>(this, "Regexp")?;
    data.regex = Some(regex);
    let bytes = data.size();
    vm.heap.note_malloc(bytes);
    Ok(())
}

fn bits(regex: &regexp::Regex) -> i64 {
    regex.options().bits() | if regex.is_fixed_encoding() { 16 } else { 0 } | if regex.options().no_encoding { 32 } else { 0 }
}

fn has_backreference(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && (pair[1].is_ascii_digit() && pair[1] != b'0' || pair[1] == b'k'))
}

/// The option bits of a `Regexp.new` argument.
fn option_bits(vm: &mut Vm, options: Option<Value>) -> RResult<i64> {
    let Some(options) = options else { return Ok(0) };
    if let Some(bits) = options.as_fixnum() {
        return Ok(bits);
    }
    if let Some(text) = RString::new(options) {
        let mut bits = 0;
        for &letter in text.bytes() {
            bits |= match letter {
                b'i' => 1,
                b'x' => 2,
                b'm' => 4,
                _ => {
                    let shown = text.to_text();
                    return Err(vm.argument_error(&format!("unknown regexp option: {shown}")));
                }
            };
        }
        return Ok(bits);
    }
    if !matches!(options, Value::NIL | Value::TRUE | Value::FALSE) {
        let shown = vm.inspect_text(options)?;
        vm.warn_at_caller(&format!("expected true or false as ignorecase: {shown}"))?;
    }
    Ok(i64::from(options.truthy()))
}

/// A String or Symbol argument.
fn text_argument(vm: &mut Vm, value: Value) -> RResult<RString> {
    match value.as_symbol() {
        Some(name) => Ok(crate::symbol::text(vm, name)),
        None => vm.to_str(value),
    }
}

/// Does the Regexp match from a character on? Leaves `$~` alone.
pub fn is_match(vm: &mut Vm, regexp: Value, text: Value, from: Option<i64>) -> RResult<bool> {
    let regex = vm.regex_of(regexp)?;
    let Some((subject, start)) = subject_at(vm, text, from)? else { return Ok(false) };
    vm.warn_historical(&regex, subject)?;
    vm.with_patience(&regex, |retries| regex.is_match(subject.bytes(), subject.encoding(), subject.code_range(), start, retries))
}

/// Subject and byte position for `match(text, from)`; None for nil and positions outside.
fn subject_at(vm: &mut Vm, text: Value, from: Option<i64>) -> RResult<Option<(RString, usize)>> {
    if text.is_nil() {
        return Ok(None);
    }
    let subject = text_argument(vm, text)?;
    Ok(crate::common::char_range(subject, from.unwrap_or(0), 0).map(|(start, _)| (subject, start)))
}

/// Character position of the first match, nil without one; sets `$~`.
pub fn match_position(vm: &mut Vm, regexp: Value, subject: RString) -> RResult {
    match vm.regexp_search(regexp, subject, 0)? {
        Some(captures) => {
            note_match(vm, regexp, subject, &captures);
            let at = text::encoding::byte_to_char_index(subject.encoding(), subject.bytes(), subject.code_range(), captures.start());
            Ok(Value::small(at as i64))
        }
        None => {
            vm.set_last_match(Value::NIL);
            Ok(Value::NIL)
        }
    }
}

fn union(vm: &mut Vm, parts: RArray) -> RResult {
    if let (1, Some(only)) = (parts.len(), parts.get(0))
        && Vm::is_regexp(only)
    {
        return Ok(only);
    }
    let mut encoding: Option<Encoding> = None;
    let mut pieces = Vec::new();
    let (mut texts, mut patterns) = (Vec::new(), Vec::new());
    let mut index = 0;
    while let Some(part) = parts.get(index) {
        index += 1;
        let (own, fixed) = match RString::new(part) {
            Some(text) => {
                texts.push(Some((text.bytes().to_vec(), text.encoding())));
                patterns.push(None);
                (text.encoding(), !text.is_ascii_only())
            }
            None => {
                texts.push(None);
                let regex = vm.regex_of(part)?;
                patterns.push(Some(regex.clone()));
                (regex.encoding(), regex.is_fixed_encoding())
            }
        };
        if fixed {
            if let Some(other) = encoding.filter(|&other| other != own) {
                return Err(vm.argument_error(&format!("incompatible encodings: {} and {}", other.name(), own.name())));
            }
            encoding = Some(own);
        }
    }
    for (text, pattern) in texts.iter().zip(&patterns) {
        match (text, pattern) {
            (Some((bytes, encoding)), _) => pieces.push(UnionPart::Text(bytes, *encoding)),
            (None, Some(regex)) => pieces.push(UnionPart::Pattern(regex)),
            (None, None) => {}
        }
    }
    let bytes = source::union(&pieces);
    let made = vm.new_regexp(&bytes, 0, encoding.unwrap_or(Encoding::US_ASCII))?;
    Ok(vm.freeze(made))
}

/// Operations of the prelude.
pub struct Primitives;

#[ruby_methods("Primitive")]
impl Primitives {
    /// `pattern === value`, as `grep` without a block asks it: a Regexp leaves `$~` alone.
    #[method("matches_quietly")]
    fn matches_quietly(vm: &mut Vm, _this: Value, pattern: Value, value: Value) -> RResult<bool> {
        let class = vm.class_of(pattern);
        let is_native = |method: &objects::MethodRef| matches!(method.resolved().body, objects::MethodBody::Native(_));
        let is_core = vm.find_method(class, sym::EQQ).filter(is_native).is_some_and(|method| method.owner == vm.core.regexp);
        if !is_core {
            return Ok(vm.call(pattern, sym::EQQ, &[value])?.truthy());
        }
        let subject = match value.as_symbol() {
            Some(name) => Some(crate::symbol::text(vm, name)),
            None => vm.try_to_str(value)?,
        };
        subject.map_or(Ok(false), |subject| is_match(vm, pattern, subject.value(), None))
    }
}

/// Constants, allocator and globals.
pub fn init(vm: &mut Vm) {
    vm.define_portable(PORTABLE);
    let class = vm.class_view(vm.core.regexp);
    for (name, bits) in [("IGNORECASE", 1), ("EXTENDED", 2), ("MULTILINE", 4), ("FIXEDENCODING", 16), ("NOENCODING", 32)] {
        let name = vm.intern(name);
        vm.set_constant_raw(class, name, Value::small(bits));
    }
    let (regexp, error) = (vm.core.regexp, vm.core.regexp_error);
    vm.define_class_under(regexp, "TimeoutError", error);
    vm.set_allocator(regexp, allocate);
}

fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::new(RegexpData { regex: None, refused: None })))
}

/// A Regexp is its source, its options and their encoding.
const PORTABLE: Portable = Portable {
    name: "Regexp",
    take_apart: |vm, regexp| {
        if !Vm::is_regexp(regexp) {
            return Ok(None);
        }
        let Ok(regex) = vm.regex_of(regexp) else {
            let _ = vm.take_exception();
            return Ok(None);
        };
        let options = regex.options();
        let bits = options.bits() | if regex.is_fixed_encoding() { 16 } else { 0 } | if options.no_encoding { 32 } else { 0 };
        let source = vm.string(regex.source(), Encoding::BINARY);
        let numbers = [source, Value::small(bits), Value::small(i64::from(regex.encoding().index()))];
        Ok(RArray::new(vm.array(&numbers)))
    },
    allocate,
    put_together: |vm, regexp, values| {
        let number = |index: usize| values.get(index).and_then(Value::as_fixnum).unwrap_or(0);
        let encoding = Encoding::from_index(number(2) as u8).unwrap_or(Encoding::BINARY);
        let source = values.get(0).unwrap_or(Value::NIL);
        vm.load(source)?;
        let source = RString::new(source).map(|source| source.bytes().to_vec()).unwrap_or_default();
        match vm.make_pattern(&source, number(1), encoding) {
            Ok(regex) => {
                vm.native::<RegexpData>(regexp, "Regexp")?.regex = Some(Rc::new(regex));
                Ok(())
            }
            Err(error) => Err(vm.raise_regex_error(&error)),
        }
    },
};
