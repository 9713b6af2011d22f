//! The grammar of arrays and objects, without recursion: what is open lies on a list, and so do the values that they will hold.
//!
//! Invariant: `values` holds the elements of all open arrays and the keys and values of all open objects, those of the innermost
//! one last; so that each is made at once, with its size known.

use super::Settings;
use crate::Duplicates;
use heap::RootedValues;
use stdx::hash_of;
use text::Encoding;
use vm::{RHash, RResult, Raised, Value, Vm, sym};

/// Keys that are remembered, so that objects of one kind share them. Each has one place, so that no choice of keys makes
/// looking slow.
const KEY_PLACES: usize = 256;

/// Keys longer than this are not remembered.
const KEY_BYTES_MAX: usize = 48;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Array,
    Object,
}

/// An array or object whose end has not come yet.
#[derive(Clone, Copy)]
struct Open {
    kind: Kind,
    /// Where it begins in the source.
    start: usize,
    /// Where its content begins among the values.
    base: usize,
}

/// What follows something that was read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A value.
    Value,
    /// A comma or the end of what is open.
    Rest,
}

/// A source that is being read.
pub struct Parser<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) settings: Settings,
    values: RootedValues,
    open: Vec<Open>,
    /// Which key of the source lies in which place.
    key_texts: Vec<&'a [u8]>,
    keys: RootedValues,
}

impl<'a> Parser<'a> {
    /// At the start of a source.
    pub fn new(vm: &mut Vm, bytes: &'a [u8], settings: Settings) -> Parser<'a> {
        let (values, keys) = (vm.roots.values(&[]), vm.roots.values(&[]));
        Parser { bytes, at: 0, settings, values, open: Vec::new(), key_texts: Vec::new(), keys }
    }

    /// Reads the whole source.
    pub fn document(mut self, vm: &mut Vm) -> RResult {
        let mut next = Next::Value;
        while next == Next::Value || !self.open.is_empty() {
            next = match (next, self.open.last().copied()) {
                (Next::Rest, Some(open)) => self.rest(vm, open)?,
                _ => self.value(vm)?,
            };
        }
        self.skip_space(vm)?;
        if self.at < self.bytes.len() {
            return Err(self.fault_showing(vm, self.at, "unexpected token at end of stream "));
        }
        Ok(self.values.pop().unwrap_or(Value::NIL))
    }

    /// The byte at the position; 0 at the end.
    #[inline]
    pub(super) fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    /// Adds a value to what is open.
    pub(super) fn push(&mut self, vm: &mut Vm, value: Value) -> RResult<()> {
        let value = match self.settings.on_load {
            Some(callable) => vm.call(callable, sym::CALL, &[value])?,
            None => value,
        };
        self.values.push(value);
        Ok(())
    }

    fn value(&mut self, vm: &mut Vm) -> RResult<Next> {
        self.skip_space(vm)?;
        let value = match self.peek() {
            b'"' => {
                self.at += 1;
                self.string(vm)?
            }
            b'[' => return self.begin(vm, Kind::Array),
            b'{' => return self.begin(vm, Kind::Object),
            b'-' | b'0'..=b'9' => self.number(vm)?,
            b'n' => self.word(vm, "null", Value::NIL)?,
            b't' => self.word(vm, "true", Value::TRUE)?,
            b'f' => self.word(vm, "false", Value::FALSE)?,
            b'N' => self.not_a_number(vm, "NaN", f64::NAN)?,
            b'I' => self.not_a_number(vm, "Infinity", f64::INFINITY)?,
            0 => return Err(self.fault(vm, self.at, "unexpected end of input")),
            _ => return Err(self.fault_showing(vm, self.at, "unexpected character: ")),
        };
        self.push(vm, value)?;
        Ok(Next::Rest)
    }

    fn word(&mut self, vm: &mut Vm, word: &str, value: Value) -> RResult {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.fault_showing(vm, self.at, "unexpected token "));
        }
        self.at += word.len();
        Ok(value)
    }

    /// NaN and its like, which JSON does not have.
    pub(super) fn not_a_number(&mut self, vm: &mut Vm, word: &str, number: f64) -> RResult {
        if !self.settings.allow_nan {
            return Err(self.fault_showing(vm, self.at, "unexpected token "));
        }
        let number = vm.float(number);
        self.word(vm, word, number)
    }

    fn begin(&mut self, vm: &mut Vm, kind: Kind) -> RResult<Next> {
        let open = Open { kind, start: self.at, base: self.values.len() };
        self.at += 1;
        self.skip_space(vm)?;
        if self.peek() == kind.end() {
            return self.end(vm, open);
        }
        let depth = self.open.len() as i64 + 1;
        if self.settings.max_nesting != 0 && depth > self.settings.max_nesting {
            let class = vm.class_at("JSON::NestingError");
            return Err(vm.raise(class, &format!("nesting of {depth} is too deep")));
        }
        self.open.push(open);
        match kind {
            Kind::Array => Ok(Next::Value),
            Kind::Object => self.key(vm, &FIRST_KEY),
        }
    }

    /// What follows a value within what is open.
    fn rest(&mut self, vm: &mut Vm, open: Open) -> RResult<Next> {
        self.skip_space(vm)?;
        let byte = self.peek();
        if byte == b',' {
            self.at += 1;
            self.skip_space(vm)?;
            if !(self.settings.allow_trailing_comma && self.peek() == open.kind.end()) {
                return if open.kind == Kind::Array { Ok(Next::Value) } else { self.key(vm, &FURTHER_KEY) };
            }
        }
        if self.peek() == open.kind.end() {
            self.open.pop();
            return self.end(vm, open);
        }
        Err(match open.kind {
            Kind::Array => self.fault(vm, self.at, "expected ',' or ']' after array value"),
            Kind::Object => self.fault_showing(vm, self.at, "expected ',' or '}' after object value, got: "),
        })
    }

    /// A key and its colon.
    fn key(&mut self, vm: &mut Vm, messages: &KeyMessages) -> RResult<Next> {
        if self.peek() != b'"' {
            return Err(self.fault_showing(vm, self.at, messages.no_key));
        }
        self.at += 1;
        let key = self.key_text(vm)?;
        self.push(vm, key)?;
        self.skip_space(vm)?;
        if self.peek() != b':' {
            return Err(match messages.shows_colon {
                true => self.fault_showing(vm, self.at, "expected ':' after object key, got: "),
                false => self.fault(vm, self.at, "expected ':' after object key"),
            });
        }
        self.at += 1;
        Ok(Next::Value)
    }

    /// Makes what is complete of its values.
    fn end(&mut self, vm: &mut Vm, open: Open) -> RResult<Next> {
        self.at += 1;
        vm.check_interrupts()?;
        let made = match open.kind {
            Kind::Array => vm.array(&self.values[open.base..]),
            Kind::Object => self.object(vm, open)?,
        };
        self.values.truncate(open.base);
        if self.settings.freeze {
            vm.freeze(made);
        }
        self.push(vm, made)?;
        Ok(Next::Rest)
    }

    fn object(&mut self, vm: &mut Vm, open: Open) -> RResult {
        let count = (self.values.len() - open.base) / 2;
        let hash = vm.new_hash_for(count);
        for index in 0..count {
            let (key, value) = (self.values[open.base + 2 * index], self.values[open.base + 2 * index + 1]);
            vm.hash_set(hash, key, value)?;
        }
        if hash.len() < count && self.settings.duplicates != Duplicates::Allowed {
            self.duplicate(vm, open)?;
        }
        Ok(hash.value())
    }

    /// Tells of the first key that an object has twice.
    #[cold]
    fn duplicate(&mut self, vm: &mut Vm, open: Open) -> RResult<()> {
        let seen: RHash = vm.new_hash();
        let mut at = open.base;
        while vm.hash_get(seen, self.values[at])?.is_none() {
            vm.hash_set(seen, self.values[at], Value::TRUE)?;
            at += 2;
        }
        let key = self.values[at];
        let key = if key.as_symbol().is_some() { vm.to_s(key)?.value() } else { key };
        let key = vm.inspect_text(key)?;
        if self.settings.duplicates == Duplicates::Refused {
            return Err(self.fault(vm, open.start, &format!("duplicate key {key}")));
        }
        let (line, column) = self.place(open.start);
        let message = format!(
            "detected duplicate key {key} in JSON object. This will raise an error in json 3.0 unless enabled via `allow_duplicate_key: true` at line {line} column {column}"
        );
        let (json, message) = (vm.class_at("JSON"), vm.str(&message));
        // How many callers up the program may be: natives are none here.
        vm.send(json, "deprecation_warning", &[message, Value::small(2)])?;
        Ok(())
    }

    /// The key for plain text of the source.
    pub(super) fn known_key(&mut self, vm: &mut Vm, text: &'a [u8]) -> RResult {
        if text.len() > KEY_BYTES_MAX {
            return self.made_key(vm, text);
        }
        if self.key_texts.is_empty() {
            self.key_texts.resize(KEY_PLACES, b"");
            self.keys.extend([Value::NIL; KEY_PLACES]);
        }
        let place = hash_of(text) as usize % KEY_PLACES;
        if self.key_texts[place] == text && !self.keys[place].is_nil() {
            return Ok(self.keys[place]);
        }
        let key = self.made_key(vm, text)?;
        self.key_texts[place] = text;
        self.keys.set(place, key);
        Ok(key)
    }

    /// A key with this content.
    pub(super) fn made_key(&self, vm: &mut Vm, text: &[u8]) -> RResult {
        if self.settings.symbolize_names {
            let key = vm.new_string(text, Encoding::UTF_8);
            return vm.symbol_of(key).map(Value::symbol);
        }
        Ok(vm.frozen_string(text, Encoding::UTF_8))
    }

    /// Skips white space and comments.
    pub(super) fn skip_space(&mut self, vm: &mut Vm) -> RResult<()> {
        loop {
            match self.peek() {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'/' => self.skip_comment().map_err(|message| self.comment_fault(vm, message))?,
                _ => return Ok(()),
            }
        }
    }

    fn skip_comment(&mut self) -> Result<(), Option<&'static str>> {
        let rest = &self.bytes[self.at + 1..];
        match rest.first() {
            Some(b'/') => {
                self.at += 1 + memchr::memchr(b'\n', rest).map_or(rest.len(), |index| index + 1);
                Ok(())
            }
            Some(b'*') => {
                let end = memchr::memmem::find(&rest[1..], b"*/").ok_or(Some("unterminated comment, expected closing '*/'"))?;
                self.at += 4 + end;
                Ok(())
            }
            _ => Err(None),
        }
    }

    #[cold]
    fn comment_fault(&self, vm: &mut Vm, message: Option<&str>) -> Raised {
        match message {
            Some(message) => self.fault(vm, self.at, message),
            None => self.fault_showing(vm, self.at, "unexpected token "),
        }
    }
}

impl Kind {
    fn end(self) -> u8 {
        if self == Kind::Array { b']' } else { b'}' }
    }
}

/// How the faults of a key are worded.
struct KeyMessages {
    no_key: &'static str,
    shows_colon: bool,
}

const FIRST_KEY: KeyMessages = KeyMessages { no_key: "expected object key, got ", shows_colon: false };
const FURTHER_KEY: KeyMessages = KeyMessages { no_key: "expected object key, got: ", shows_colon: true };
