//! Bodies of records: values as bytes and references, read back with every bound checked.
//!
//! A body is a sequence of fields. Small immutable values stand in place; every other object is a
//! reference, an index into the record's reference list. Deterministic: the same state gives the same bytes.
//!
//! ```text
//! tag u8, then: INT zigzag varint | FLOAT 8 bytes | BIG, SYMBOL, FROZEN_STRING: varint length, bytes
//! (symbols and strings: encoding u8 first) | REF varint index | REGEXP options u8, encoding u8, varint length, bytes
//! ```
//!
//! The body of a large collection is cut into parts at entries that their content chooses, so that a commit writes the parts that changed.
#![forbid(unsafe_code)]

mod body;
mod kind;

pub use body::{BodyReader, BodyWriter, CorruptBody, Field, Part, fingerprint};
pub use kind::RecordKind;
