//! What a YAML stream is made of, as both parser and emitter know it.

/// How a stream is written; the numbers are libyaml's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// What the stream itself tells.
    Any = 0,
    Utf8 = 1,
    Utf16Le = 2,
    Utf16Be = 3,
}

/// Encodings by number.
pub const ENCODINGS: [Encoding; 4] = [Encoding::Any, Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be];

/// Name and tag of a node, in UTF-8.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Properties {
    pub anchor: Option<Vec<u8>>,
    pub tag: Option<Vec<u8>>,
}

/// One step of a stream. Styles are libyaml's numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    StreamStart(Encoding),
    StreamEnd,
    DocumentStart {
        version: Option<(i32, i32)>,
        /// Handles and prefixes.
        tags: Vec<(Vec<u8>, Vec<u8>)>,
        is_implicit: bool,
    },
    DocumentEnd {
        is_implicit: bool,
    },
    Alias(Vec<u8>),
    Scalar {
        value: Vec<u8>,
        properties: Properties,
        /// May the tag be left out in plain style, and in the others?
        is_plain_implicit: bool,
        is_quoted_implicit: bool,
        style: i32,
    },
    SequenceStart {
        properties: Properties,
        is_implicit: bool,
        style: i32,
    },
    SequenceEnd,
    MappingStart {
        properties: Properties,
        is_implicit: bool,
        style: i32,
    },
    MappingEnd,
    /// None at all.
    Nothing,
}

/// A place in a stream, counted from 0 in characters.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Mark {
    pub index: u64,
    pub line: u64,
    pub column: u64,
}
