//! The calls of libyaml: a parser and an emitter that own their state.
//!
//! Invariants: what a parser reads from is known to libyaml during one call only; a state stays in its box, since libyaml is given
//! its address each time.

use crate::event::{ENCODINGS, Encoding, Event, Mark, Properties};
use libyaml_rs as y;
use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

/// Fills a buffer from its start with what comes next and tells how much; 0 at the end.
pub type Read<'a> = &'a mut dyn FnMut(&mut [u8]) -> usize;

/// Why a stream could not be parsed.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    pub problem: Option<String>,
    pub context: Option<String>,
    /// Where the problem is, in bytes, when it is one of reading.
    pub offset: u64,
    /// Where what went wrong began.
    pub mark: Mark,
    /// Was there no memory?
    pub is_memory: bool,
}

/// A parser of YAML.
pub struct Parser {
    state: Box<MaybeUninit<y::yaml_parser_t>>,
    /// The `Read` of the running call.
    source: Box<Cell<*mut c_void>>,
}

/// Which word of a parser's state begins the place that it has read to. The crate tells it to nobody, hence the test below and
/// the exact version in the manifest.
const MARK_WORD: usize = 28;

impl Parser {
    /// A parser of a stream in an encoding.
    pub fn new(encoding: Encoding) -> Parser {
        let mut state = Box::new(MaybeUninit::<y::yaml_parser_t>::uninit());
        let source = Box::new(Cell::new(null_mut()));
        let parser = state.as_mut_ptr();
        // SAFETY: the memory is that of a parser, initialised before anything else; the source lives as long as the parser.
        unsafe {
            let _ = y::yaml_parser_initialize(parser);
            y::yaml_parser_set_encoding(parser, encoding_of(encoding));
            y::yaml_parser_set_input(parser, read_on, (&raw const *source).cast_mut().cast());
        }
        Parser { state, source }
    }

    /// The next step with the places where it begins and ends.
    pub fn next(&mut self, mut read: Read<'_>) -> Result<(Event, Mark, Mark), Failure> {
        let mut event = MaybeUninit::<y::yaml_event_t>::uninit();
        self.source.set((&raw mut read).cast());
        // SAFETY: the parser is initialised and `read` lives during the call; libyaml clears the event before it does anything.
        let (is_done, mut event) = unsafe {
            let is_done = y::yaml_parser_parse(self.state.as_mut_ptr(), event.as_mut_ptr()).ok;
            (is_done, event.assume_init())
        };
        self.source.set(null_mut());
        if !is_done {
            return Err(self.failure());
        }
        let (start, end) = (mark_of(event.start_mark), mark_of(event.end_mark));
        // SAFETY: libyaml filled the event; it is freed once.
        let copy = unsafe {
            let copy = event_of(&event);
            y::yaml_event_delete(&mut event);
            copy
        };
        Ok((copy, start, end))
    }

    fn failure(&self) -> Failure {
        // SAFETY: the parser is initialised, its texts are constants.
        unsafe {
            let parser = &*self.state.as_ptr();
            Failure {
                problem: text_of(parser.problem),
                context: text_of(parser.context),
                offset: parser.problem_offset,
                mark: mark_of(parser.context_mark),
                is_memory: parser.error == y::YAML_MEMORY_ERROR,
            }
        }
    }

    /// How far it has read.
    pub fn mark(&self) -> Mark {
        // SAFETY: the state is initialised and the words lie inside of it.
        let [index, line, column] = unsafe { self.state.as_ptr().cast::<u64>().add(MARK_WORD).cast::<[u64; 3]>().read() };
        Mark { index, line, column }
    }
}

impl Drop for Parser {
    fn drop(&mut self) {
        // SAFETY: the parser is initialised and not used again.
        unsafe { y::yaml_parser_delete(self.state.as_mut_ptr()) }
    }
}

/// libyaml asks for more.
unsafe fn read_on(source: *mut c_void, buffer: *mut u8, size: u64, count: *mut u64) -> i32 {
    // SAFETY: the source is that of the parser, set for the running call; the buffer has room for `size` bytes, which are
    // initialised before anybody can look at them.
    unsafe {
        let read = (*source.cast::<Cell<*mut c_void>>()).get().cast::<Read<'_>>();
        buffer.write_bytes(0, size as usize);
        *count = (*read)(std::slice::from_raw_parts_mut(buffer, size as usize)) as u64;
    }
    1
}

/// An emitter of YAML.
pub struct Emitter {
    state: Box<MaybeUninit<y::yaml_emitter_t>>,
    /// What libyaml has written, in the portions that it wrote.
    portions: Box<Cell<Vec<Vec<u8>>>>,
}

impl Emitter {
    /// An emitter that leaves characters outside of ASCII as they are.
    pub fn new() -> Emitter {
        let mut state = Box::new(MaybeUninit::<y::yaml_emitter_t>::uninit());
        let portions = Box::new(Cell::new(Vec::new()));
        let emitter = state.as_mut_ptr();
        // SAFETY: the memory is that of an emitter, initialised before anything else; the portions live as long as the emitter.
        unsafe {
            let _ = y::yaml_emitter_initialize(emitter);
            y::yaml_emitter_set_unicode(emitter, true);
            y::yaml_emitter_set_output(emitter, keep, (&raw const *portions).cast_mut().cast());
        }
        Emitter { state, portions }
    }

    /// Sets how it writes.
    pub fn set_style(&mut self, is_canonical: bool, indentation: i32, line_width: i32) {
        let emitter = self.state.as_mut_ptr();
        // SAFETY: the emitter is initialised.
        unsafe {
            y::yaml_emitter_set_canonical(emitter, is_canonical);
            y::yaml_emitter_set_indent(emitter, indentation);
            y::yaml_emitter_set_width(emitter, line_width);
        }
    }

    /// Takes the next step of a stream, or tells why it cannot be there.
    pub fn emit(&mut self, event: &Event) -> Result<(), String> {
        // SAFETY: the emitter is initialised and takes the event over.
        unsafe {
            let mut event = raw_event(event);
            let emitter = self.state.as_mut_ptr();
            if y::yaml_emitter_emit(emitter, &mut event).ok {
                return Ok(());
            }
            Err(text_of((&*emitter).problem).unwrap_or_default())
        }
    }

    /// What has been written since the last time, in portions.
    pub fn take_portions(&mut self) -> Vec<Vec<u8>> {
        self.portions.take()
    }
}

impl Drop for Emitter {
    fn drop(&mut self) {
        // SAFETY: the emitter is initialised and not used again.
        unsafe { y::yaml_emitter_delete(self.state.as_mut_ptr()) }
    }
}

/// libyaml has a portion to write.
unsafe fn keep(portions: *mut c_void, buffer: *mut u8, size: u64) -> i32 {
    // SAFETY: the portions are those of the emitter; the buffer has `size` bytes.
    unsafe {
        let portions = &*portions.cast::<Cell<Vec<Vec<u8>>>>();
        let mut list = portions.take();
        list.push(std::slice::from_raw_parts(buffer, size as usize).to_vec());
        portions.set(list);
    }
    1
}

/// libyaml's version.
pub const VERSION: [i64; 3] = [0, 2, 5];

fn encoding_of(encoding: Encoding) -> y::yaml_encoding_t {
    match encoding {
        Encoding::Any => y::YAML_ANY_ENCODING,
        Encoding::Utf8 => y::YAML_UTF8_ENCODING,
        Encoding::Utf16Le => y::YAML_UTF16LE_ENCODING,
        Encoding::Utf16Be => y::YAML_UTF16BE_ENCODING,
    }
}

fn mark_of(mark: y::yaml_mark_t) -> Mark {
    Mark { index: mark.index, line: mark.line, column: mark.column }
}

/// Null, or a text that ends in a zero byte.
unsafe fn text_of(text: *const c_char) -> Option<String> {
    // SAFETY: as the caller promises.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// Null, or bytes that end in a zero byte.
unsafe fn bytes_of(text: *const u8) -> Option<Vec<u8>> {
    // SAFETY: as the caller promises.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text.cast()) }.to_bytes().to_vec())
}

unsafe fn properties_of(anchor: *const u8, tag: *const u8) -> Properties {
    // SAFETY: the texts are those of an event.
    unsafe { Properties { anchor: bytes_of(anchor), tag: bytes_of(tag) } }
}

/// A copy of an event that libyaml has filled.
unsafe fn event_of(event: &y::yaml_event_t) -> Event {
    let data = &event.data;
    // SAFETY: the type tells which part of the union is filled, and its texts are valid.
    unsafe {
        match event.type_ {
            y::YAML_STREAM_START_EVENT => Event::StreamStart(ENCODINGS[data.stream_start.encoding as usize % ENCODINGS.len()]),
            y::YAML_STREAM_END_EVENT => Event::StreamEnd,
            y::YAML_DOCUMENT_START_EVENT => document_start_of(event),
            y::YAML_DOCUMENT_END_EVENT => Event::DocumentEnd { is_implicit: data.document_end.implicit },
            y::YAML_ALIAS_EVENT => Event::Alias(bytes_of(data.alias.anchor).unwrap_or_default()),
            y::YAML_SCALAR_EVENT => Event::Scalar {
                value: std::slice::from_raw_parts(data.scalar.value, data.scalar.length as usize).to_vec(),
                properties: properties_of(data.scalar.anchor, data.scalar.tag),
                is_plain_implicit: data.scalar.plain_implicit,
                is_quoted_implicit: data.scalar.quoted_implicit,
                style: data.scalar.style as i32,
            },
            y::YAML_SEQUENCE_START_EVENT => Event::SequenceStart {
                properties: properties_of(data.sequence_start.anchor, data.sequence_start.tag),
                is_implicit: data.sequence_start.implicit,
                style: data.sequence_start.style as i32,
            },
            y::YAML_SEQUENCE_END_EVENT => Event::SequenceEnd,
            y::YAML_MAPPING_START_EVENT => Event::MappingStart {
                properties: properties_of(data.mapping_start.anchor, data.mapping_start.tag),
                is_implicit: data.mapping_start.implicit,
                style: data.mapping_start.style as i32,
            },
            y::YAML_MAPPING_END_EVENT => Event::MappingEnd,
            _ => Event::Nothing,
        }
    }
}

unsafe fn document_start_of(event: &y::yaml_event_t) -> Event {
    // SAFETY: the event is one of this type; its pointers are null or valid, as libyaml filled them.
    unsafe {
        let data = &event.data.document_start;
        let mut tags = Vec::new();
        let mut next = data.tag_directives.start.cast_const();
        while next != data.tag_directives.end.cast_const() {
            tags.push((bytes_of((*next).handle).unwrap_or_default(), bytes_of((*next).prefix).unwrap_or_default()));
            next = next.add(1);
        }
        let version = data.version_directive.as_ref().map(|version| (version.major, version.minor));
        Event::DocumentStart { version, tags, is_implicit: data.implicit }
    }
}

/// Bytes up to a zero byte, as libyaml takes them.
struct Text(Option<CString>);

impl Text {
    fn new(bytes: Option<&[u8]>) -> Text {
        Text(bytes.map(|bytes| CString::new(bytes.split(|&byte| byte == 0).next().unwrap_or_default()).unwrap_or_default()))
    }

    fn pointer(&self) -> *const u8 {
        self.0.as_ref().map_or(null(), |text| text.as_ptr().cast())
    }
}

impl Properties {
    fn texts(&self) -> (Text, Text) {
        (Text::new(self.anchor.as_deref()), Text::new(self.tag.as_deref()))
    }
}

/// An event of libyaml's with copies of all texts; one of no kind where they are not UTF-8.
unsafe fn raw_event(event: &Event) -> y::yaml_event_t {
    let mut raw = MaybeUninit::<y::yaml_event_t>::zeroed();
    let out = raw.as_mut_ptr();
    // SAFETY: libyaml copies what it is given, and leaves an event that it refuses as it was.
    unsafe {
        match event {
            Event::StreamStart(encoding) => y::yaml_stream_start_event_initialize(out, encoding_of(*encoding)).ok,
            Event::StreamEnd => y::yaml_stream_end_event_initialize(out).ok,
            Event::DocumentStart { version, tags, is_implicit } => raw_document_start(out, *version, tags, *is_implicit),
            Event::DocumentEnd { is_implicit } => y::yaml_document_end_event_initialize(out, *is_implicit).ok,
            Event::Alias(anchor) => y::yaml_alias_event_initialize(out, Text::new(Some(anchor)).pointer()).ok,
            Event::Scalar { value, properties, is_plain_implicit, is_quoted_implicit, style } => {
                let (anchor, tag) = properties.texts();
                let Ok(length) = i32::try_from(value.len()) else { return raw.assume_init() };
                let style = scalar_style(*style);
                let (plain, quoted) = (*is_plain_implicit, *is_quoted_implicit);
                y::yaml_scalar_event_initialize(out, anchor.pointer(), tag.pointer(), value.as_ptr(), length, plain, quoted, style).ok
            }
            Event::SequenceStart { properties, is_implicit, style } => {
                let (anchor, tag) = properties.texts();
                y::yaml_sequence_start_event_initialize(out, anchor.pointer(), tag.pointer(), *is_implicit, sequence_style(*style)).ok
            }
            Event::SequenceEnd => y::yaml_sequence_end_event_initialize(out).ok,
            Event::MappingStart { properties, is_implicit, style } => {
                let (anchor, tag) = properties.texts();
                y::yaml_mapping_start_event_initialize(out, anchor.pointer(), tag.pointer(), *is_implicit, mapping_style(*style)).ok
            }
            Event::MappingEnd => y::yaml_mapping_end_event_initialize(out).ok,
            Event::Nothing => return raw.assume_init(),
        };
        raw.assume_init()
    }
}

unsafe fn raw_document_start(out: *mut y::yaml_event_t, version: Option<(i32, i32)>, tags: &[(Vec<u8>, Vec<u8>)], is_implicit: bool) -> bool {
    let texts: Vec<(Text, Text)> = tags.iter().map(|(handle, prefix)| (Text::new(Some(handle)), Text::new(Some(prefix)))).collect();
    // SAFETY: both structures are plain words and pointers, whose fields are set; libyaml copies them and the texts.
    unsafe {
        let mut directive = MaybeUninit::<y::yaml_version_directive_t>::zeroed().assume_init();
        let directive = match version {
            Some((major, minor)) => {
                (directive.major, directive.minor) = (major, minor);
                &raw mut directive
            }
            None => null_mut(),
        };
        let mut directives: Vec<y::yaml_tag_directive_t> = Vec::with_capacity(texts.len());
        for (handle, prefix) in &texts {
            let mut each = MaybeUninit::<y::yaml_tag_directive_t>::zeroed().assume_init();
            (each.handle, each.prefix) = (handle.pointer().cast_mut(), prefix.pointer().cast_mut());
            directives.push(each);
        }
        let range = directives.as_mut_ptr_range();
        y::yaml_document_start_event_initialize(out, directive, range.start, range.end, is_implicit).ok
    }
}

fn scalar_style(number: i32) -> y::yaml_scalar_style_t {
    match number {
        1 => y::YAML_PLAIN_SCALAR_STYLE,
        2 => y::YAML_SINGLE_QUOTED_SCALAR_STYLE,
        3 => y::YAML_DOUBLE_QUOTED_SCALAR_STYLE,
        4 => y::YAML_LITERAL_SCALAR_STYLE,
        5 => y::YAML_FOLDED_SCALAR_STYLE,
        _ => y::YAML_ANY_SCALAR_STYLE,
    }
}

fn sequence_style(number: i32) -> y::yaml_sequence_style_t {
    match number {
        1 => y::YAML_BLOCK_SEQUENCE_STYLE,
        2 => y::YAML_FLOW_SEQUENCE_STYLE,
        _ => y::YAML_ANY_SEQUENCE_STYLE,
    }
}

fn mapping_style(number: i32) -> y::yaml_mapping_style_t {
    match number {
        1 => y::YAML_BLOCK_MAPPING_STYLE,
        2 => y::YAML_FLOW_MAPPING_STYLE,
        _ => y::YAML_ANY_MAPPING_STYLE,
    }
}

#[cfg(test)]
mod tests {
    use super::{Emitter, Parser};
    use crate::event::{Encoding, Event, Mark};

    fn parse(source: &str) -> Vec<(Event, Mark)> {
        let mut parser = Parser::new(Encoding::Utf8);
        let mut rest = source.as_bytes();
        let mut events = Vec::new();
        loop {
            let mut read = |buffer: &mut [u8]| {
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                rest = &rest[count..];
                count
            };
            let (event, _, _) = parser.next(&mut read).expect("well formed");
            let is_last = event == Event::StreamEnd;
            events.push((event, parser.mark()));
            if is_last {
                return events;
            }
        }
    }

    #[test]
    fn marks_are_where_the_parser_has_read_to() {
        let places: Vec<(u64, u64, u64)> = parse("a: b\nc: d\n").iter().map(|(_, mark)| (mark.index, mark.line, mark.column)).collect();
        assert_eq!(places[3], (2, 0, 2), "behind the key's colon");
        assert_eq!(places[4], (5, 1, 0), "at the next line");
        assert_eq!(places.last(), Some(&(10, 2, 0)));
    }

    #[test]
    fn what_is_parsed_is_emitted() {
        let source = "%YAML 1.1\n%TAG ! tag:a,2000:\n---\n- &x [1, \"b\"]\n- *x\n- !foo {c: 'd'}\n";
        let mut emitter = Emitter::new();
        for (event, _) in parse(source) {
            assert_eq!(emitter.emit(&event), Ok(()));
        }
        let text = emitter.take_portions().concat();
        let again: Vec<Event> = parse(&String::from_utf8_lossy(&text)).into_iter().map(|(event, _)| event).collect();
        let once: Vec<Event> = parse(source).into_iter().map(|(event, _)| event).collect();
        assert_eq!(again.len(), once.len());
    }

    #[test]
    fn what_cannot_be_there_is_refused() {
        assert_eq!(Emitter::new().emit(&Event::SequenceEnd), Err("expected STREAM-START".to_owned()));
    }
}
