//! The native part of the library `psych`: from YAML to events and back. Its Ruby files make objects of the events.
//!
//! Rooms: `raw` the calls of libyaml, `event` what a stream is made of, `parser` and `emitter` the two directions, `visitors` what
//! making objects asks of the VM.
//! Source: CRuby `ext/psych` 5.3.1 (behaviour); libyaml 0.2.5.

mod emitter;
mod event;
mod parser;
mod raw;
mod visitors;

use text::{CodeRange, Encoding};
use vm::{RResult, RString, Value, Vm};

/// Defines the native part of Psych.
pub fn init(vm: &mut Vm) -> RResult<()> {
    let object = vm.core.object;
    let psych = vm.define_module_under(object, "Psych");
    let handler = vm.define_class_under(psych, "Handler", object);
    let emitter = vm.define_class_under(psych, "Emitter", handler);
    vm.set_allocator(emitter, emitter::allocate);
    let parser = vm.define_class_under(psych, "Parser", object);
    vm.set_allocator(parser, parser::allocate);
    let constants = vm.class_view(parser);
    for (name, encoding) in ["ANY", "UTF8", "UTF16LE", "UTF16BE"].into_iter().zip(event::ENCODINGS) {
        let (name, number) = (vm.intern(name), vm.int(encoding as i64));
        vm.set_constant_raw(constants, name, number);
    }
    vm.define_class_under(psych, "ClassLoader", object);
    let visitors = vm.define_module_under(psych, "Visitors");
    let visitor = vm.define_class_under(visitors, "Visitor", object);
    vm.define_class_under(visitors, "ToRuby", visitor);
    vm.define_class_under(visitors, "YAMLTree", visitor);
    let (main, errors) = (vm.main, vm.str("psych/syntax_error"));
    vm.send(main, "require", &[errors])?;
    vm.define_groups(&[
        parser::Parsing::GROUP,
        emitter::Stream::GROUP,
        emitter::Style::GROUP,
        visitors::Library::GROUP,
        visitors::ClassLoader::GROUP,
        visitors::ToRuby::GROUP,
    ]);
    Ok(())
}

/// The bytes of a text in another encoding, or as they are where it cannot be converted.
fn exported(text: RString, target: Encoding) -> Vec<u8> {
    let source = text.encoding();
    let is_plain = source.is_ascii_compatible() && text.code_range() == CodeRange::SevenBit;
    if source == target || source == Encoding::BINARY || is_plain {
        return text.bytes().to_vec();
    }
    text::transcode::transcode_strict(text.bytes(), source, target).unwrap_or_else(|_| text.bytes().to_vec())
}

/// A String of UTF-8 in the program's internal encoding, if it has one and can be converted.
fn string(vm: &mut Vm, bytes: &[u8]) -> RResult {
    let Some(internal) = vm.default_internal() else { return vm.try_string(bytes, Encoding::UTF_8) };
    match text::transcode::transcode_strict(bytes, Encoding::UTF_8, internal) {
        Ok(bytes) => vm.try_string(&bytes, internal),
        Err(_) => vm.try_string(bytes, Encoding::UTF_8),
    }
}

/// nil for none.
fn string_or_nil(vm: &mut Vm, bytes: Option<&[u8]>) -> RResult {
    bytes.map_or(Ok(Value::NIL), |bytes| string(vm, bytes))
}
