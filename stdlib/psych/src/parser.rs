//! Psych::Parser: hands the events of a stream to a handler.

use crate::event::{Encoding as StreamEncoding, Event, Mark, Properties};
use crate::raw::{Failure, Parser};
use crate::{exported, string, string_or_nil};
use heap::Tracer;
use macros::ruby_methods;
use objects::{NativeData, RClass};
use text::Encoding;
use vm::{RResult, Raised, Value, Vm};

/// Native part of a Psych::Parser.
#[derive(Default)]
struct Place {
    /// How far the running parse has read, or the last one.
    mark: Mark,
}

impl NativeData for Place {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

/// Makes a parser.
pub fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::<Place>::default()))
}

/// What is parsed.
enum Source {
    /// Text, of which the first bytes have been read.
    Text(Vec<u8>, usize),
    /// An object with `read`.
    Stream(Value),
}

impl Source {
    /// What a value means, and its encoding.
    fn of(vm: &mut Vm, value: Value) -> RResult<(Source, StreamEncoding)> {
        let read = vm.intern("read");
        if vm.responds_to(value, read, false)? {
            return Ok((Source::Stream(value), encoding_of_stream(vm, value)?));
        }
        let text = vm.to_str(value)?;
        vm.room_for(text.len())?;
        let encoding = match text.encoding() {
            encoding if encoding == Encoding::UTF_16LE => StreamEncoding::Utf16Le,
            encoding if encoding == Encoding::UTF_16BE => StreamEncoding::Utf16Be,
            _ => return Ok((Source::Text(exported(text, Encoding::UTF_8), 0), StreamEncoding::Utf8)),
        };
        Ok((Source::Text(text.bytes().to_vec(), 0), encoding))
    }

    /// Fills a buffer from its start with what comes next; 0 at the end.
    fn read(&mut self, vm: &mut Vm, buffer: &mut [u8]) -> RResult<usize> {
        match self {
            Source::Text(bytes, at) => {
                let count = take(&bytes[*at..], buffer);
                *at += count;
                Ok(count)
            }
            Source::Stream(stream) => {
                let size = vm.int(buffer.len() as i64);
                let portion = vm.send(*stream, "read", &[size])?;
                if portion.is_nil() {
                    return Ok(0);
                }
                Ok(take(vm.to_str(portion)?.bytes(), buffer))
            }
        }
    }
}

/// Copies as much as there is room for.
fn take(bytes: &[u8], buffer: &mut [u8]) -> usize {
    let count = bytes.len().min(buffer.len());
    buffer[..count].copy_from_slice(&bytes[..count]);
    count
}

fn encoding_of_stream(vm: &mut Vm, stream: Value) -> RResult<StreamEncoding> {
    let external = vm.send(stream, "external_encoding", &[])?;
    if external.is_nil() {
        return Ok(StreamEncoding::Any);
    }
    Ok(match vm.to_encoding(external)? {
        encoding if encoding == Encoding::UTF_8 || encoding == Encoding::US_ASCII => StreamEncoding::Utf8,
        encoding if encoding == Encoding::UTF_16LE => StreamEncoding::Utf16Le,
        encoding if encoding == Encoding::UTF_16BE => StreamEncoding::Utf16Be,
        _ => StreamEncoding::Any,
    })
}

/// The next event, whose place the handler is told, too. What `read` raises ends the parse.
fn next(vm: &mut Vm, parser: &mut Parser, source: &mut Source) -> RResult<Result<(Event, Mark, Mark), Failure>> {
    let mut raised: Option<Raised> = None;
    let outcome = parser.next(&mut |buffer| {
        if raised.is_some() {
            return 0;
        }
        source.read(vm, buffer).unwrap_or_else(|error| {
            raised = Some(error);
            0
        })
    });
    raised.map_or(Ok(outcome), Err)
}

/// Psych::SyntaxError with what libyaml says.
fn syntax_error(vm: &mut Vm, failure: &Failure, path: Value) -> Raised {
    if failure.is_memory {
        return vm.no_memory();
    }
    let [problem, context] = [&failure.problem, &failure.context].map(|text| text.as_ref().map_or(Value::NIL, |text| vm.str_ascii(text)));
    let [line, column, offset] = [failure.mark.line + 1, failure.mark.column + 1, failure.offset].map(|number| vm.int(number as i64));
    let class = vm.class_at("Psych::SyntaxError");
    match vm.send(class, "new", &[path, line, column, offset, problem, context]) {
        Ok(error) => vm.raise_exception(error),
        Err(raised) => raised,
    }
}

fn node(vm: &mut Vm, handler: Value, call: &str, properties: &Properties, is_implicit: bool, style: i32) -> RResult {
    let anchor = string_or_nil(vm, properties.anchor.as_deref())?;
    let tag = string_or_nil(vm, properties.tag.as_deref())?;
    vm.send(handler, call, &[anchor, tag, Value::bool(is_implicit), Value::small(i64::from(style))])
}

fn start_document(vm: &mut Vm, handler: Value, version: Option<(i32, i32)>, tags: &[(Vec<u8>, Vec<u8>)], is_implicit: bool) -> RResult {
    let version = match version {
        Some((major, minor)) => vm.array(&[major, minor].map(|number| Value::small(i64::from(number)))),
        None => vm.array(&[]),
    };
    let list = vm.new_array();
    for (name, prefix) in tags {
        let pair = [string(vm, name)?, string(vm, prefix)?];
        let pair = vm.array(&pair);
        vm.push(list, pair)?;
    }
    vm.send(handler, "start_document", &[version, list.value(), Value::bool(is_implicit)])
}

/// Tells the handler about an event.
fn tell(vm: &mut Vm, handler: Value, event: &Event) -> RResult {
    match event {
        Event::StreamStart(encoding) => vm.send(handler, "start_stream", &[Value::small(*encoding as i64)]),
        Event::StreamEnd => vm.send(handler, "end_stream", &[]),
        Event::DocumentStart { version, tags, is_implicit } => start_document(vm, handler, *version, tags, *is_implicit),
        Event::DocumentEnd { is_implicit } => vm.send(handler, "end_document", &[Value::bool(*is_implicit)]),
        Event::Alias(anchor) => {
            let anchor = string(vm, anchor)?;
            vm.send(handler, "alias", &[anchor])
        }
        Event::Scalar { value, properties, is_plain_implicit, is_quoted_implicit, style } => {
            let value = string(vm, value)?;
            let anchor = string_or_nil(vm, properties.anchor.as_deref())?;
            let tag = string_or_nil(vm, properties.tag.as_deref())?;
            let (plain, quoted) = (Value::bool(*is_plain_implicit), Value::bool(*is_quoted_implicit));
            vm.send(handler, "scalar", &[value, anchor, tag, plain, quoted, Value::small(i64::from(*style))])
        }
        Event::SequenceStart { properties, is_implicit, style } => node(vm, handler, "start_sequence", properties, *is_implicit, *style),
        Event::SequenceEnd => vm.send(handler, "end_sequence", &[]),
        Event::MappingStart { properties, is_implicit, style } => node(vm, handler, "start_mapping", properties, *is_implicit, *style),
        Event::MappingEnd => vm.send(handler, "end_mapping", &[]),
        Event::Nothing => vm.send(handler, "empty", &[]),
    }
}

fn place(vm: &mut Vm, this: Value) -> RResult<&mut Place> {
    vm.native(this, "Psych::Parser")
}

/// Methods of Psych::Parser.
pub struct Parsing;

#[ruby_methods("Psych::Parser")]
impl Parsing {
    #[method("_native_parse", private)]
    fn parse(vm: &mut Vm, this: Value, handler: Value, source: Value, path: Value) -> RResult {
        place(vm, this)?.mark = Mark::default();
        let (mut source, encoding) = Source::of(vm, source)?;
        let mut parser = Parser::new(encoding);
        loop {
            let (event, start, end) = match next(vm, &mut parser, &mut source)? {
                Ok(step) => step,
                Err(failure) => {
                    place(vm, this)?.mark = Mark::default();
                    return Err(syntax_error(vm, &failure, path));
                }
            };
            place(vm, this)?.mark = parser.mark();
            let location = [start.line, start.column, end.line, end.column].map(|number| Value::small(number as i64));
            vm.send(handler, "event_location", &location)?;
            tell(vm, handler, &event)?;
            if event == Event::StreamEnd {
                return Ok(this);
            }
        }
    }

    /// Index, line and column that the parser has read to.
    #[method("mark")]
    fn mark(vm: &mut Vm, this: Value) -> RResult {
        let Mark { index, line, column } = place(vm, this)?.mark;
        let class = vm.class_at("Psych::Parser::Mark");
        vm.send(class, "new", &[index, line, column].map(|number| Value::small(number as i64)))
    }
}
