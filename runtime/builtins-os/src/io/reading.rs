//! Reading as characters: conversion to another encoding and of line ends, byte order marks.

use super::data::{IoData, io_data};
use crate::io::Mode;
use text::encoding::Encoding;
use text::transcode::{Converter, Fault, Limits, Newline, Options, fault_of};
use vm::{RResult, Value, Vm};

/// What turns the bytes of a file into characters, as long as the program reads characters.
pub struct Reading {
    converter: Converter,
    /// Bytes of the file that are not converted yet.
    pub raw: Vec<u8>,
    /// What is told when the characters before are used up.
    failure: Option<Fault>,
    /// The encodings of the bytes and of the characters.
    pub ends: (Encoding, Encoding),
}

impl Reading {
    /// Converts what there is, to the end of `out`.
    fn convert(&mut self, out: &mut Vec<u8>, is_end: bool) {
        let limits = Limits { room: usize::MAX, partial: !is_end, after_output: false };
        let (taken, outcome) = self.converter.convert(&self.raw, out, limits);
        self.raw.drain(..taken);
        self.failure = self.converter.failure.take().map(|failure| fault_of(outcome, &failure, self.converter.path()));
    }
}

impl IoData {
    /// The conversion that reading characters asks for, if any.
    fn wanted_reading(&self, default: Encoding) -> Option<Reading> {
        let external = self.read_encoding(default);
        let internal = self.internal.filter(|&internal| internal != external && external != Encoding::BINARY);
        let newline = match self.conversion.newline {
            newline @ (Newline::Universal | Newline::Lf) => newline,
            _ => Newline::Keep,
        };
        if internal.is_none() && newline == Newline::Keep {
            return None;
        }
        let options = Options { newline, xml: None, ..self.conversion.clone() };
        let converter = Converter::new(internal.map(|internal| (external, internal)), options).ok()?;
        Some(Reading { converter, raw: Vec::new(), failure: None, ends: (external, internal.unwrap_or(external)) })
    }

    /// Moves what was read as bytes to the side that is not converted yet, when characters are read from now on.
    pub fn read_characters(&mut self, default: Encoding) {
        if self.reading.is_some() {
            return;
        }
        if let Some(mut reading) = self.wanted_reading(default) {
            reading.raw = self.take(self.buffered().len());
            self.reading = Some(Box::new(reading));
            self.convert_read(false);
        }
    }

    /// Converts bytes that were read; true when there are characters or a fault.
    pub fn convert_read(&mut self, is_end: bool) -> bool {
        let Some(mut reading) = self.reading.take() else { return false };
        let before = self.buffered().len();
        if reading.failure.is_none() && (is_end || !reading.raw.is_empty()) {
            reading.convert(self.read_buffer_mut(), is_end);
        }
        let (grown, failed) = (self.buffered().len() > before, reading.failure.is_some());
        self.reading = Some(reading);
        grown || failed && self.buffered().is_empty()
    }

    /// The fault that comes next, once the characters before it are used up.
    pub fn next_fault(&mut self) -> Option<(Fault, (Encoding, Encoding))> {
        if self.buffered().is_empty() { self.take_fault() } else { None }
    }

    /// The fault that comes behind the characters.
    pub fn take_fault(&mut self) -> Option<(Fault, (Encoding, Encoding))> {
        let reading = self.reading.as_mut()?;
        let ends = reading.ends;
        reading.failure.take().map(|fault| (fault, ends))
    }

    /// The encoding that a byte order mark at the start tells, which is taken away; None without one.
    pub fn take_mark(&mut self) -> std::io::Result<Option<Encoding>> {
        const MARKS: &[(&[u8], Encoding)] = &[
            (b"\xEF\xBB\xBF", Encoding::UTF_8),
            (b"\xFF\xFE\0\0", Encoding::UTF_32LE),
            (b"\xFF\xFE", Encoding::UTF_16LE),
            (b"\xFE\xFF", Encoding::UTF_16BE),
            (b"\0\0\xFE\xFF", Encoding::UTF_32BE),
        ];
        if !self.mode.has(Mode::READ) {
            return Ok(None);
        }
        if self.buffered().is_empty() {
            self.fill_now()?;
        }
        let found = MARKS.iter().find(|(mark, _)| self.buffered().starts_with(mark)).copied();
        if let Some((mark, _)) = found {
            self.claim(mark.len());
        }
        Ok(found.map(|(_, encoding)| encoding))
    }
}

/// Readies an IO for reading characters.
pub fn as_characters(vm: &mut Vm, io: Value) -> RResult<()> {
    let default = vm.default_external();
    let data = io_data(vm, io)?;
    data.is_ahead_unseen = false;
    data.read_characters(default);
    Ok(())
}

/// Readies an IO for reading bytes; IOError when characters were read ahead.
pub fn as_bytes(vm: &mut Vm, io: Value) -> RResult<()> {
    let data = io_data(vm, io)?;
    if data.reading.is_none() {
        return Ok(());
    }
    if !data.buffered().is_empty() {
        let class = vm.core.io_error;
        return Err(vm.raise(class, "byte oriented operation for character buffered IO"));
    }
    if let Some(reading) = data.reading.take() {
        data.unread(&reading.raw);
    }
    Ok(())
}
