//! What a record holds.

/// Kind number of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum RecordKind {
    /// Plain object: class, then variables by name.
    Object = 1,
    /// String: class, encoding, bytes.
    String = 2,
    /// Array: class, elements.
    Array = 3,
    /// Hash: class, default, identity flag, pairs.
    Hash = 4,
    /// Range: class, ends, exclusive flag.
    Range = 5,
    /// Class or module: name, superclass, mixins, constants, methods as source.
    Class = 6,
    /// The registry: persistent classes by name.
    Registry = 7,
    /// Object with a native part: class, the part's state as bytes, variables by name.
    Native = 8,
    /// Object with a native part that is saved as values: class, name of the sort, values, variables by name.
    Parts = 9,
    /// Proc: class, source of its block, variables by name.
    Proc = 10,
    /// Variables that Procs share: the ones around, values.
    Variables = 11,
    /// Shared counter: 8 bytes.
    Counter = 12,
    /// Part of a large object's body. The object's record has the first part, behind whose references stand those to the others; their
    /// number is in the flags.
    Part = 13,
}

const KINDS: [RecordKind; 13] = [
    RecordKind::Object,
    RecordKind::String,
    RecordKind::Array,
    RecordKind::Hash,
    RecordKind::Range,
    RecordKind::Class,
    RecordKind::Registry,
    RecordKind::Native,
    RecordKind::Parts,
    RecordKind::Proc,
    RecordKind::Variables,
    RecordKind::Counter,
    RecordKind::Part,
];

impl RecordKind {
    /// The kind of a number.
    pub fn from_number(number: u8) -> Option<RecordKind> {
        KINDS.into_iter().find(|&kind| kind as u8 == number)
    }
}
