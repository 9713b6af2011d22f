//! The objects that an answer of the parser stands for.
//!
//! An answer is: tokens, if they are wanted; what is known about the source, with comments and diagnostics; the tree. The tree comes with
//! the children of each node before it, so that they wait on a stack and no depth of nesting matters.

use crate::kinds::{self, NODES};
use crate::raw::{self, Wanted};
use crate::reader::{Range, Reader};
use heap::RootedValues;
use text::Encoding;
use vm::{RResult, Symbol, Value, Vm};

/// Fields of a node behind source, number, range and flags, at most.
const FIELDS: usize = 12;

/// What comes before the tree of an answer: its header, of which nothing is asked.
const HEADER_BYTES: usize = 9;

/// The byte before the children of a node whose body could be read later, and the bytes behind it that say where it ends.
const LATER: u8 = 255;
const LATER_BYTES: usize = 8;

/// A token before its source is known.
struct Token {
    name: &'static str,
    range: Range,
    state: u32,
}

/// Makes the objects of one answer.
struct Builder<'a> {
    reader: Reader<'a>,
    prism: Value,
    /// The Prism::Source that all of them refer to.
    source: Value,
    encoding: Encoding,
    /// Are they frozen?
    freeze: bool,
    /// Method names that are called all the time.
    new: Symbol,
    /// The classes of nodes by number, as far as they were needed.
    classes: RootedValues,
    names: Vec<Option<Symbol>>,
    names_at: usize,
}

/// The result for what was wanted.
pub fn result(vm: &mut Vm, prism: Value, wanted: Wanted, text: Value, answer: &[u8], freeze: bool) -> RResult {
    let mut reader = Reader::new(answer);
    let tokens = if wanted.has_tokens() { joined(&read_tokens(&mut reader)) } else { Vec::new() };
    if wanted.has_tree() {
        reader.bytes(HEADER_BYTES);
    }
    let encoding = Encoding::find(&String::from_utf8_lossy(reader.text())).unwrap_or(Encoding::UTF_8);
    let classes = vm.roots.values(&vec![Value::NIL; NODES.len()]);
    let new = vm.intern("new");
    let mut builder = Builder { reader, prism, source: Value::NIL, encoding, freeze, new, classes, names: Vec::new(), names_at: 0 };
    builder.read_source(vm, text)?;
    let facts = builder.facts(vm)?;
    let found = vm.new_array();
    if wanted.has_tree() {
        let tree = builder.tree(vm)?;
        vm.push(found, tree)?;
    }
    if wanted.has_tokens() {
        let tokens = builder.tokens(vm, &tokens)?;
        vm.push(found, tokens)?;
    }
    let (name, value) = match wanted {
        Wanted::Tree => ("ParseResult", found.get(0).unwrap_or(Value::NIL)),
        Wanted::Tokens => ("LexResult", found.get(0).unwrap_or(Value::NIL)),
        Wanted::Both => ("ParseLexResult", builder.finished(vm, found.value())),
    };
    let [comments, magic_comments, data, errors, warnings] = facts;
    let source = builder.source;
    let result = builder.make(vm, name, &[value, comments, magic_comments, data, errors, warnings, source])?;
    if freeze {
        vm.send(source, "deep_freeze", &[])?;
    }
    Ok(builder.finished(vm, result))
}

fn read_tokens(reader: &mut Reader<'_>) -> Vec<Token> {
    let mut tokens = Vec::new();
    loop {
        let kind = reader.number();
        if kind == 0 {
            return tokens;
        }
        tokens.push(Token { name: kinds::known_token(raw::token_name(kind)), range: reader.range(), state: reader.number() });
    }
}

/// The tokens as the library knows them: the end of a line behind a comment belongs to the comment, and there are no separators without
/// text.
fn joined(tokens: &[Token]) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut is_open = false;
    for &Token { name, range, state } in tokens.iter().filter(|token| token.name != "WORDS_SEP" || token.range.length > 0) {
        match joined.last_mut().filter(|last| is_open && name.ends_with("NEWLINE") && last.range.end() == range.start) {
            Some(comment) => comment.range.length += range.length,
            None => joined.push(Token { name, range, state }),
        }
        is_open = name == "COMMENT";
    }
    joined
}

impl Builder<'_> {
    /// The source and where its lines begin.
    fn read_source(&mut self, vm: &mut Vm, text: Value) -> RResult<()> {
        let line = vm.int(i64::from(self.reader.signed()));
        let _checksum = self.reader.bytes(8);
        let offsets = vm.new_array();
        for _ in 0..self.reader.count() {
            vm.push(offsets, Value::small(i64::from(self.reader.number())))?;
        }
        let offsets = self.finished(vm, offsets.value());
        let text = vm.to_str(text)?.bytes().to_vec();
        let text = vm.try_string(&text, self.encoding)?;
        let class = self.class(vm, "Source")?;
        self.source = vm.send(class, "for", &[text, line, offsets])?;
        Ok(())
    }

    /// Comments, magic comments, the range behind `__END__`, errors and warnings.
    fn facts(&mut self, vm: &mut Vm) -> RResult<[Value; 5]> {
        let comments = self.list(vm, Self::comment)?;
        // Which node each comment belongs to is only known when that was asked for.
        for _ in 0..self.reader.count() {
            self.reader.number();
            for _ in 0..self.reader.count() {
                self.reader.number();
            }
        }
        let magic_comments = self.list(vm, Self::magic_comment)?;
        let data = match self.reader.optional_range() {
            Some(range) => self.location(vm, range)?,
            None => Value::NIL,
        };
        let errors = self.list(vm, |builder, vm| builder.diagnostic(vm, "ParseError", &["syntax", "argument", "load"]))?;
        let warnings = self.list(vm, |builder, vm| builder.diagnostic(vm, "ParseWarning", &["default", "verbose"]))?;
        let _can_go_on = self.reader.byte();
        Ok([comments, magic_comments, data, errors, warnings])
    }

    /// As many as a number says.
    fn list(&mut self, vm: &mut Vm, mut element: impl FnMut(&mut Self, &mut Vm) -> RResult) -> RResult {
        let list = vm.new_array();
        for _ in 0..self.reader.count() {
            let element = element(self, vm)?;
            vm.push(list, element)?;
        }
        Ok(self.finished(vm, list.value()))
    }

    fn comment(&mut self, vm: &mut Vm) -> RResult {
        let name = if self.reader.byte() == 0 { "InlineComment" } else { "EmbDocComment" };
        let range = self.reader.range();
        let location = self.location(vm, range)?;
        self.make(vm, name, &[location])
    }

    fn magic_comment(&mut self, vm: &mut Vm) -> RResult {
        let (key, value) = (self.reader.range(), self.reader.range());
        let (key, value) = (self.location(vm, key)?, self.location(vm, value)?);
        self.make(vm, "MagicComment", &[key, value])
    }

    fn diagnostic(&mut self, vm: &mut Vm, name: &str, levels: &[&str]) -> RResult {
        let kind = self.reader.count();
        let kind = vm.symbol(kinds::diagnostics().get(kind).unwrap_or(&"unknown"));
        let message = self.reader.text();
        let message = vm.try_string(message, self.encoding)?;
        let message = vm.freeze(message);
        let range = self.reader.range();
        let location = self.location(vm, range)?;
        let level = usize::from(self.reader.byte());
        let level = vm.symbol(levels.get(level).unwrap_or(&levels[0]));
        self.make(vm, name, &[kind, message, location, level])
    }

    /// Pairs of a token and the state of the lexer behind it.
    fn tokens(&mut self, vm: &mut Vm, tokens: &[Token]) -> RResult {
        let text = vm.send(self.source, "source", &[])?;
        let text = vm.to_str(text)?.bytes().to_vec();
        let class = self.class(vm, "Token")?;
        let list = vm.new_array();
        for token in tokens {
            let kind = vm.symbol(token.name);
            let start = token.range.start as usize;
            let slice = text.get(start..start + token.range.length as usize).unwrap_or(&[]);
            let slice = vm.try_string(slice, self.encoding)?;
            let slice = self.finished(vm, slice);
            let location = self.range_value(vm, token.range)?;
            let made = vm.call(class, self.new, &[self.source, kind, slice, location])?;
            let made = self.finished(vm, made);
            let pair = vm.array(&[made, Value::small(i64::from(token.state))]);
            let pair = self.finished(vm, pair);
            vm.push(list, pair)?;
        }
        Ok(self.finished(vm, list.value()))
    }

    /// The tree: each node takes its children from the stack and is put there itself.
    fn tree(&mut self, vm: &mut Vm) -> RResult {
        self.names_at = self.reader.word() as usize;
        self.names = vec![None; self.reader.count()];
        let stack = vm.new_array();
        while self.reader.position() < self.names_at {
            match self.reader.byte() {
                0 => vm.push(stack, Value::NIL)?,
                LATER => {
                    self.reader.bytes(LATER_BYTES);
                }
                number => {
                    let node = self.node(vm, usize::from(number) - 1, stack)?;
                    vm.push(stack, node)?;
                }
            }
        }
        Ok(stack.pop().unwrap_or(Value::NIL))
    }

    fn node(&mut self, vm: &mut Vm, number: usize, stack: vm::RArray) -> RResult {
        let (_, fields) = NODES[number.min(NODES.len() - 1)];
        let mut values = [Value::NIL; 4 + FIELDS];
        values[0] = self.source;
        values[1] = Value::small(i64::from(self.reader.number()));
        let range = self.reader.range();
        values[2] = self.range_value(vm, range)?;
        values[3] = Value::small(i64::from(self.reader.number()));
        let mut counts = [0; FIELDS];
        let mut count = 4;
        for field in fields.bytes() {
            match field {
                b'N' => counts[count - 4] = self.reader.count(),
                b'n' | b'x' => {}
                b'y' => drop(self.reader.range()),
                field => values[count] = self.field(vm, field)?,
            }
            count += usize::from(field != b'x' && field != b'y');
        }
        let length = count;
        for field in fields.bytes().rev() {
            count -= usize::from(field != b'x' && field != b'y');
            match field {
                b'N' => values[count] = self.take(vm, stack, counts[count - 4])?,
                b'n' => values[count] = stack.pop().unwrap_or(Value::NIL),
                b'x' => drop(stack.pop()),
                _ => {}
            }
        }
        let class = self.node_class(vm, number)?;
        let node = vm.call(class, self.new, &values[..length])?;
        Ok(self.finished(vm, node))
    }

    /// The last nodes of the stack.
    fn take(&mut self, vm: &mut Vm, stack: vm::RArray, count: usize) -> RResult {
        let length = stack.len();
        let start = length.saturating_sub(count);
        let nodes = vm.part_of_array(stack, start..length);
        for _ in start..length {
            stack.pop();
        }
        Ok(self.finished(vm, nodes))
    }

    /// A field that is no node.
    fn field(&mut self, vm: &mut Vm, field: u8) -> RResult {
        match field {
            b'l' => {
                let range = self.reader.range();
                self.range_value(vm, range)
            }
            b'o' => self.reader.optional_range().map_or(Ok(Value::NIL), |range| self.range_value(vm, range)),
            b'c' | b'C' => self.name(vm),
            b'k' => self.list(vm, Self::name),
            b's' => {
                let text = self.reader.text();
                let text = vm.try_string(text, self.encoding)?;
                Ok(vm.freeze(text))
            }
            b'i' => {
                let number = self.reader.integer();
                Ok(vm.big(number))
            }
            b'd' => {
                let number = self.reader.double();
                Ok(vm.float(number))
            }
            b'b' => Ok(Value::small(i64::from(self.reader.byte()))),
            _ => Ok(Value::small(i64::from(self.reader.number()))),
        }
    }

    /// The Symbol of a number in the list of names; nil for 0.
    fn name(&mut self, vm: &mut Vm) -> RResult {
        let Some(index) = self.reader.count().checked_sub(1) else { return Ok(Value::NIL) };
        if let Some(name) = self.names.get(index).copied().flatten() {
            return Ok(Value::symbol(name));
        }
        let entry = self.names_at + 8 * index;
        let (start, length) = (self.reader.word_at(entry) as usize, self.reader.word_at(entry + 4) as usize);
        let text = vm.new_string(self.reader.slice(start, length), self.encoding);
        let name = vm.symbol_of(text)?;
        if let Some(entry) = self.names.get_mut(index) {
            *entry = Some(name);
        }
        Ok(Value::symbol(name))
    }

    /// A range as nodes keep it: a number until somebody asks, unless they are frozen.
    fn range_value(&mut self, vm: &mut Vm, range: Range) -> RResult {
        if self.freeze { self.location(vm, range) } else { Ok(vm.int(range.packed())) }
    }

    fn location(&mut self, vm: &mut Vm, range: Range) -> RResult {
        let source = self.source;
        self.make(vm, "Location", &[source, Value::small(i64::from(range.start)), Value::small(i64::from(range.length))])
    }

    fn make(&mut self, vm: &mut Vm, name: &str, arguments: &[Value]) -> RResult {
        let class = self.class(vm, name)?;
        let made = vm.call(class, self.new, arguments)?;
        Ok(self.finished(vm, made))
    }

    fn finished(&self, vm: &mut Vm, value: Value) -> Value {
        if self.freeze { vm.freeze(value) } else { value }
    }

    fn class(&self, vm: &mut Vm, name: &str) -> RResult {
        let name = vm.intern(name);
        vm.constant_scoped(self.prism, name)
    }

    fn node_class(&mut self, vm: &mut Vm, number: usize) -> RResult {
        if self.classes[number].is_nil() {
            let class = self.class(vm, NODES[number].0)?;
            self.classes.set(number, class);
        }
        Ok(self.classes[number])
    }
}
