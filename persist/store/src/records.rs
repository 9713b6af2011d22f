//! Reading records out of the log: copy, verify, lend.
//!
//! Invariant: a length is compared with the segment before memory is taken for it, and nothing is
//! believed before its checksum, id and epoch match what the table said.

use crate::error::{Result, StoreError};
use crate::group::{RECORD_HEADER, RecordHeader, decode_record};
use crate::log::{Log, Segment};
use crate::table::Entry;
use crate::types::{Oid, RecordView};
use std::sync::Arc;

/// One session's reader with its copy buffer.
#[derive(Debug)]
pub(crate) struct RecordReader {
    log: Arc<Log>,
    segments: Vec<Option<Arc<Segment>>>,
    buffer: Vec<u8>,
}

impl RecordReader {
    pub(crate) fn new(log: Arc<Log>) -> Self {
        Self { log, segments: Vec::new(), buffer: Vec::new() }
    }

    #[inline]
    fn segment(&mut self, number: u64) -> Result<&Segment> {
        let index = number as usize;
        if self.segments.get(index).is_none_or(Option::is_none) {
            let segment = self.log.segment(number)?;
            if self.segments.len() <= index {
                self.segments.resize(index + 1, None);
            }
            self.segments[index] = Some(segment);
        }
        Ok(self.segments[index].as_deref().expect("filled above"))
    }

    /// The record a table entry names.
    pub(crate) fn read(&mut self, oid: Oid, entry: Entry) -> Result<RecordView<'_>> {
        let location = entry.position;
        let corrupt = |reason: &str| StoreError::CorruptRecord { oid, location, reason: reason.to_string() };
        let (number, offset) = self.log.locate(location);
        let room = self.log.segment_size - offset;
        if room < RECORD_HEADER as u64 {
            return Err(corrupt("position at the end of a segment"));
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(RECORD_HEADER, 0);
        let segment = self.segment(number)?;
        segment.copy(offset, &mut buffer)?;
        let header = RecordHeader::decode(&buffer).ok_or_else(|| corrupt("record header"))?;
        if u64::from(header.length) > room || header.oid != oid || header.epoch != entry.epoch {
            return Err(corrupt("the table names another record"));
        }
        buffer.resize(header.length as usize, 0);
        segment.copy(offset, &mut buffer)?;
        self.buffer = buffer;
        let view = decode_record(&self.buffer).map_err(corrupt)?;
        // Decoded from the second copy: the bytes may have changed since the first one.
        if view.oid != oid || view.epoch != entry.epoch {
            return Err(corrupt("the record changed while it was read"));
        }
        Ok(view)
    }
}
