//! Psych::Emitter: a handler that writes the events it is told about as YAML.

use crate::event::{ENCODINGS, Event, Properties};
use crate::exported;
use crate::raw;
use heap::Tracer;
use macros::ruby_methods;
use objects::{NativeData, RClass};
use text::Encoding;
use vm::{RArray, RResult, RString, Value, Vm};

/// Native part of a Psych::Emitter.
struct Emitter {
    raw: raw::Emitter,
    /// Where it writes.
    output: Value,
    settings: Settings,
}

/// How it writes, as libyaml has understood it.
#[derive(Clone, Copy)]
struct Settings {
    is_canonical: bool,
    indentation: i32,
    line_width: i32,
}

impl NativeData for Emitter {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(self.output);
    }
}

const INDENTATION: i32 = 2;
const LINE_WIDTH: i32 = 80;

impl Emitter {
    fn apply(&mut self, settings: Settings) {
        let indentation = if (2..10).contains(&settings.indentation) { settings.indentation } else { INDENTATION };
        self.settings = Settings { indentation, line_width: settings.line_width.max(-1), ..settings };
        self.raw.set_style(settings.is_canonical, settings.indentation, settings.line_width);
    }

    /// The width that libyaml settles on when the stream begins.
    fn settle(&mut self) {
        let width = &mut self.settings.line_width;
        if *width < 0 {
            *width = i32::MAX;
        } else if *width <= self.settings.indentation * 2 {
            *width = LINE_WIDTH;
        }
    }
}

/// Makes an emitter.
pub fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    let settings = Settings { is_canonical: false, indentation: INDENTATION, line_width: 0 };
    let mut emitter = Emitter { raw: raw::Emitter::new(), output: Value::NIL, settings };
    emitter.apply(settings);
    Ok(vm.data(class, Box::new(emitter)))
}

fn emitter(vm: &mut Vm, this: Value) -> RResult<&mut Emitter> {
    vm.native(this, "Psych::Emitter")
}

/// Takes the next event and writes what libyaml has ready.
fn emit(vm: &mut Vm, this: Value, event: &Event) -> RResult {
    let state = emitter(vm, this)?;
    let outcome = state.raw.emit(event);
    if matches!(event, Event::StreamStart(_)) && outcome.is_ok() {
        state.settle();
    }
    let (portions, output) = (state.raw.take_portions(), state.output);
    for portion in &portions {
        let text = vm.try_string(portion, Encoding::UTF_8)?;
        let count = vm.send(output, "write", &[text])?;
        if vm.to_i32(count)? == 0 {
            return Err(vm.runtime_error("write error"));
        }
    }
    outcome.map(|()| this).map_err(|problem| vm.runtime_error(&problem))
}

/// The bytes of a String in UTF-8; TypeError for another object.
fn text(vm: &mut Vm, value: Value) -> RResult<Vec<u8>> {
    match RString::new(value) {
        Some(text) => {
            vm.room_for(text.len())?;
            Ok(exported(text, Encoding::UTF_8))
        }
        None => Err(vm.wrong_type(value, "String")),
    }
}

/// The same of one that may hold no zero byte.
fn name(vm: &mut Vm, value: Value) -> RResult<Vec<u8>> {
    let name = text(vm, value)?;
    if name.contains(&0) { Err(vm.argument_error("string contains null byte")) } else { Ok(name) }
}

fn name_or_none(vm: &mut Vm, value: Value) -> RResult<Option<Vec<u8>>> {
    if value.is_nil() { Ok(None) } else { name(vm, value).map(Some) }
}

fn properties(vm: &mut Vm, anchor: Value, tag: Value) -> RResult<Properties> {
    Ok(Properties { anchor: name_or_none(vm, anchor)?, tag: name_or_none(vm, tag)? })
}

fn array(vm: &mut Vm, value: Value) -> RResult<RArray> {
    RArray::new(value).ok_or_else(|| vm.wrong_type(value, "Array"))
}

fn version(vm: &mut Vm, value: Value) -> RResult<Option<(i32, i32)>> {
    let numbers = array(vm, value)?;
    let numbers = numbers.as_slice(&vm.heap);
    let [major, minor] = [0, 1].map(|index| numbers.get(index).copied().unwrap_or(Value::NIL));
    if numbers.is_empty() { Ok(None) } else { Ok(Some((vm.to_i32(major)?, vm.to_i32(minor)?))) }
}

fn tags(vm: &mut Vm, value: Value) -> RResult<Vec<(Vec<u8>, Vec<u8>)>> {
    if !value.truthy() {
        return Ok(Vec::new());
    }
    let list = array(vm, value)?;
    let list = vm.roots.values(list.as_slice(&vm.heap));
    let mut tags = Vec::with_capacity(list.len());
    for &pair in list.iter() {
        let pair = array(vm, pair)?;
        let &[handle, prefix, ..] = pair.as_slice(&vm.heap) else { return Err(vm.runtime_error("tag tuple must be of length 2")) };
        let (handle, prefix) = (vm.to_str(handle)?.value(), vm.to_str(prefix)?.value());
        tags.push((name(vm, handle)?, name(vm, prefix)?));
    }
    Ok(tags)
}

/// What an emitter is told, as a handler.
pub struct Stream;

#[ruby_methods("Psych::Emitter")]
impl Stream {
    #[method("start_stream")]
    fn start_stream(vm: &mut Vm, this: Value, encoding: Value) -> RResult {
        let Some(number) = encoding.as_fixnum() else { return Err(vm.wrong_type(encoding, "Integer")) };
        let encoding = usize::try_from(number).ok().and_then(|number| ENCODINGS.get(number)).unwrap_or(&ENCODINGS[0]);
        emit(vm, this, &Event::StreamStart(*encoding))
    }

    #[method("end_stream")]
    fn end_stream(vm: &mut Vm, this: Value) -> RResult {
        emit(vm, this, &Event::StreamEnd)
    }

    #[method("start_document")]
    fn start_document(vm: &mut Vm, this: Value, version_numbers: Value, tag_pairs: Value, is_implicit: Value) -> RResult {
        let (version, tags) = (version(vm, version_numbers)?, tags(vm, tag_pairs)?);
        emit(vm, this, &Event::DocumentStart { version, tags, is_implicit: is_implicit.truthy() })
    }

    #[method("end_document")]
    fn end_document(vm: &mut Vm, this: Value, is_implicit: Value) -> RResult {
        emit(vm, this, &Event::DocumentEnd { is_implicit: is_implicit.truthy() })
    }

    #[method("scalar")]
    #[expect(clippy::too_many_arguments, reason = "the parts of a scalar, as handlers are told them")]
    fn scalar(vm: &mut Vm, this: Value, value: Value, anchor: Value, tag: Value, plain: Value, quoted: Value, style: Value) -> RResult {
        let (value, properties) = (text(vm, value)?, properties(vm, anchor, tag)?);
        let style = vm.to_i32(style)?;
        emit(vm, this, &Event::Scalar { value, properties, is_plain_implicit: plain.truthy(), is_quoted_implicit: quoted.truthy(), style })
    }

    #[method("start_sequence")]
    fn start_sequence(vm: &mut Vm, this: Value, anchor: Value, tag: Value, is_implicit: Value, style: Value) -> RResult {
        let (properties, style) = (properties(vm, anchor, tag)?, vm.to_i32(style)?);
        emit(vm, this, &Event::SequenceStart { properties, is_implicit: is_implicit.truthy(), style })
    }

    #[method("end_sequence")]
    fn end_sequence(vm: &mut Vm, this: Value) -> RResult {
        emit(vm, this, &Event::SequenceEnd)
    }

    #[method("start_mapping")]
    fn start_mapping(vm: &mut Vm, this: Value, anchor: Value, tag: Value, is_implicit: Value, style: Value) -> RResult {
        let (properties, style) = (properties(vm, anchor, tag)?, vm.to_i32(style)?);
        emit(vm, this, &Event::MappingStart { properties, is_implicit: is_implicit.truthy(), style })
    }

    #[method("end_mapping")]
    fn end_mapping(vm: &mut Vm, this: Value) -> RResult {
        emit(vm, this, &Event::MappingEnd)
    }

    #[method("alias")]
    fn alias(vm: &mut Vm, this: Value, anchor: Value) -> RResult {
        let anchor = name(vm, anchor)?;
        emit(vm, this, &Event::Alias(anchor))
    }
}

/// Making an emitter, and how it writes.
pub struct Style;

#[ruby_methods("Psych::Emitter")]
impl Style {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, output: Value, options: Option<Value>) -> RResult {
        let mut settings = emitter(vm, this)?.settings;
        if let Some(options) = options {
            let [width, indentation, canonical] =
                [vm.send(options, "line_width", &[])?, vm.send(options, "indentation", &[])?, vm.send(options, "canonical", &[])?];
            settings = Settings { is_canonical: canonical == Value::TRUE, indentation: vm.to_i32(indentation)?, line_width: vm.to_i32(width)? };
        }
        let state = emitter(vm, this)?;
        state.output = output;
        state.apply(settings);
        Ok(this)
    }

    #[method("canonical")]
    fn is_canonical(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(emitter(vm, this)?.settings.is_canonical)
    }

    #[method("canonical=")]
    fn set_canonical(vm: &mut Vm, this: Value, value: Value) -> RResult {
        let state = emitter(vm, this)?;
        state.apply(Settings { is_canonical: value == Value::TRUE, ..state.settings });
        Ok(value)
    }

    #[method("indentation")]
    fn indentation(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(emitter(vm, this)?.settings.indentation.into())
    }

    #[method("indentation=")]
    fn set_indentation(vm: &mut Vm, this: Value, value: Value) -> RResult {
        let indentation = vm.to_i32(value)?;
        let state = emitter(vm, this)?;
        state.apply(Settings { indentation, ..state.settings });
        Ok(value)
    }

    #[method("line_width")]
    fn line_width(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(emitter(vm, this)?.settings.line_width.into())
    }

    #[method("line_width=")]
    fn set_line_width(vm: &mut Vm, this: Value, value: Value) -> RResult {
        let line_width = vm.to_i32(value)?;
        let state = emitter(vm, this)?;
        state.apply(Settings { line_width, ..state.settings });
        Ok(value)
    }
}
