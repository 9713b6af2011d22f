//! Reading records out of the log: copy, verify, lend.
//!
//! Invariant: a length is compared with the segment before memory is taken for it, and nothing is
//! believed before its checksum, id and epoch match what the table said.

use crate::error::{Result, StoreError};
use crate::group::{RECORD_HEADER, decode_record};
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

    /// Starts bringing a record into the cache: several of these in a row overlap, reads do not.
    #[inline]
    pub(crate) fn touch(&mut self, entry: Entry) {
        let (number, offset) = self.log.locate(entry.position);
        if let Some(Some(segment)) = self.segments.get(number as usize) {
            segment.touch(offset);
        }
    }

    /// The bytes of the record that a table entry names, verified.
    pub(crate) fn raw(&mut self, oid: Oid, entry: Entry) -> Result<Vec<u8>> {
        let view = self.read(oid, entry)?;
        let length = RECORD_HEADER + view.ref_bytes.len() + view.body.len();
        Ok(self.buffer[..length].to_vec())
    }

    /// The length of the record that a table entry names, not verified.
    pub(crate) fn length(&mut self, entry: Entry) -> Result<u64> {
        let (number, offset) = self.log.locate(entry.position);
        Ok(self.segment(number)?.word(offset)? >> 32)
    }

    /// Lets go of segments that are gone.
    pub(crate) fn forget_segments(&mut self) {
        self.segments.clear();
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
        let segment = self.segment(number)?;
        let length = (segment.word(offset)? >> 32) as usize;
        if length < RECORD_HEADER || length as u64 > room {
            return Err(corrupt("record length"));
        }
        if buffer.len() < length {
            buffer.resize(length, 0);
        }
        segment.copy(offset, &mut buffer[..length])?;
        self.buffer = buffer;
        let view = decode_record(&self.buffer[..length]).map_err(corrupt)?;
        if view.oid != oid || view.epoch != entry.epoch {
            return Err(corrupt("the table names another record"));
        }
        Ok(view)
    }
}
