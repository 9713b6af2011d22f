//! `Encoding::Converter`: a conversion that goes on piece by piece.
//!
//! Invariant: what was taken from the source is in the output, waits for room, or is held as the beginning of a character.
//! Source: CRuby 4.0 behaviour of `Encoding::Converter`.

use super::path::conversion_path;
use super::state::{Decoder, Encoder, Unit};
use super::{Newline, OnFault, Options, Xml, converter_not_found};
use crate::encoding::{Encoding, encode_codepoint_into};
use crate::error::TextError;
use std::collections::VecDeque;

/// How a piece of conversion ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Bytes that are no character.
    InvalidByteSequence,
    /// The source ended inside a character.
    IncompleteInput,
    /// A character that the next encoding lacks.
    UndefinedConversion,
    /// There is more than the room allows.
    DestinationBufferFull,
    /// Something was written, and the caller wanted to know.
    AfterOutput,
    /// All that is there was taken; more may come.
    SourceBufferEmpty,
    /// Everything is done.
    Finished,
}

impl Outcome {
    /// The Symbol that Ruby shows.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::InvalidByteSequence => "invalid_byte_sequence",
            Outcome::IncompleteInput => "incomplete_input",
            Outcome::UndefinedConversion => "undefined_conversion",
            Outcome::DestinationBufferFull => "destination_buffer_full",
            Outcome::AfterOutput => "after_output",
            Outcome::SourceBufferEmpty => "source_buffer_empty",
            Outcome::Finished => "finished",
        }
    }
}

/// Where a conversion failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The encodings of the step that failed.
    pub step: (Encoding, Encoding),
    /// The bytes that it could not convert.
    pub bytes: Vec<u8>,
    /// Bytes behind them that will be read again.
    pub again: Vec<u8>,
}

/// How much of a conversion to do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most bytes to write.
    pub room: usize,
    /// More of the source is to come.
    pub partial: bool,
    /// Stop when something was written.
    pub after_output: bool,
}

/// A conversion under way.
#[derive(Clone, Debug)]
pub struct Converter {
    path: Vec<Encoding>,
    options: Options,
    decoder: Option<Decoder>,
    encoder: Option<Encoder>,
    /// Bytes taken from the source that are not converted yet; the last `again` of them can be put back.
    held: Vec<u8>,
    again: usize,
    /// Converted, without room so far.
    waiting: VecDeque<u8>,
    has_return: bool,
    has_quote: bool,
    is_finished: bool,
    /// The last failure.
    pub failure: Option<Failure>,
}

impl Converter {
    /// Between two encodings, or (None) of bytes that are taken as they are.
    pub fn new(encodings: Option<(Encoding, Encoding)>, options: Options) -> Result<Converter, TextError> {
        let path = match encodings {
            Some((from, to)) => conversion_path(from, to).ok_or_else(|| converter_not_found(from.name(), to.name()))?,
            None => Vec::new(),
        };
        Ok(Converter {
            decoder: path.first().map(|&from| Decoder::new(from)),
            encoder: path.last().map(|&to| Encoder::new(to)),
            path,
            options,
            held: Vec::new(),
            again: 0,
            waiting: VecDeque::new(),
            has_return: false,
            has_quote: false,
            is_finished: false,
            failure: None,
        })
    }

    /// The encodings it goes through; empty for none.
    pub fn path(&self) -> &[Encoding] {
        &self.path
    }

    /// Its options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Sets the bytes, in the target encoding, that replace what cannot be converted.
    pub fn set_replacement(&mut self, bytes: &[u8]) {
        for fault in [&mut self.options.invalid, &mut self.options.undef] {
            if let OnFault::Replace(replacement) = fault {
                *replacement = Some(bytes.to_vec());
            }
        }
    }

    /// Puts bytes of the target encoding out, next.
    pub fn insert(&mut self, bytes: &[u8]) {
        self.waiting.extend(bytes);
    }

    /// Puts a text out, next.
    pub fn insert_text(&mut self, text: &str) {
        text.chars().for_each(|character| {
            self.put(character);
        });
    }

    /// Takes back bytes that would be read again, at most so many.
    pub fn put_back(&mut self, most: usize) -> Vec<u8> {
        let count = self.again.min(most).min(self.held.len());
        self.again -= count;
        self.held.split_off(self.held.len() - count)
    }

    /// Converts from `source` on; gives the number of bytes taken from it and how it ended.
    pub fn convert(&mut self, source: &[u8], out: &mut Vec<u8>, limits: Limits) -> (usize, Outcome) {
        self.failure = None;
        self.again = 0;
        let end = out.len().saturating_add(limits.room);
        let own = self.held.len();
        let mut input = std::mem::take(&mut self.held);
        input.extend_from_slice(source);
        let mut position = 0;
        let outcome = self.run(&input, &mut position, out, end, limits);
        let failed = self.failure.as_ref().map_or(0, |failure| failure.again.len());
        // What was looked at stays here, and so does the beginning of a character that goes on.
        let looked_at = match outcome {
            Outcome::SourceBufferEmpty => input.len(),
            Outcome::InvalidByteSequence => position + failed,
            _ => position,
        };
        self.held = input[position..looked_at.max(own).max(position)].to_vec();
        self.again = if outcome == Outcome::InvalidByteSequence { failed } else { 0 };
        (looked_at.max(own) - own, outcome)
    }

    fn run(&mut self, input: &[u8], position: &mut usize, out: &mut Vec<u8>, end: usize, limits: Limits) -> Outcome {
        loop {
            let before = out.len();
            self.drain(out, end);
            if !self.waiting.is_empty() {
                return Outcome::DestinationBufferFull;
            }
            if limits.after_output && out.len() > before {
                return Outcome::AfterOutput;
            }
            if *position >= input.len() {
                return self.at_end(out, end, limits);
            }
            match self.step(&input[*position..]) {
                Step::Taken(length) => *position += length,
                Step::Waits if limits.partial => return Outcome::SourceBufferEmpty,
                Step::Waits => {
                    let bytes = &input[*position..];
                    *position = input.len();
                    if !self.repair(OnFault::clone(&self.options.invalid)) {
                        self.fail_first(bytes, &[]);
                        return Outcome::IncompleteInput;
                    }
                }
                Step::Wrong(length, again) => {
                    let (bytes, rest) = input[*position..].split_at(length);
                    *position += length;
                    if !self.repair(OnFault::clone(&self.options.invalid)) {
                        self.fail_first(bytes, &rest[..again]);
                        return Outcome::InvalidByteSequence;
                    }
                }
                Step::Undefined(length, failure) => {
                    *position += length;
                    if !self.repair(OnFault::clone(&self.options.undef)) {
                        self.failure = Some(failure);
                        return Outcome::UndefinedConversion;
                    }
                }
            }
        }
    }

    fn drain(&mut self, out: &mut Vec<u8>, end: usize) {
        let count = self.waiting.len().min(end.saturating_sub(out.len()));
        out.extend(self.waiting.drain(..count));
    }

    /// The source is used up.
    fn at_end(&mut self, out: &mut Vec<u8>, end: usize, limits: Limits) -> Outcome {
        if limits.partial {
            return Outcome::SourceBufferEmpty;
        }
        if !std::mem::replace(&mut self.is_finished, true) {
            if std::mem::take(&mut self.has_return) {
                self.put('\n');
            }
            if self.options.xml == Some(Xml::Attr) {
                self.quote();
                self.put('"');
            }
            if let Some(encoder) = &mut self.encoder {
                let mut last = Vec::new();
                encoder.finish(&mut last);
                self.waiting.extend(last);
            }
            self.drain(out, end);
        }
        // More may come all the same: the state is that of a new text.
        self.is_finished = !self.waiting.is_empty();
        if self.waiting.is_empty() { Outcome::Finished } else { Outcome::DestinationBufferFull }
    }

    /// Converts what the input begins with.
    fn step(&mut self, input: &[u8]) -> Step {
        let Some(decoder) = &mut self.decoder else {
            let byte = input[0];
            let plain = byte.is_ascii() && (self.newline(char::from(byte)) || self.escape(char::from(byte)));
            if !plain {
                self.waiting.push_back(byte);
            }
            return Step::Taken(1);
        };
        match decoder.read(input) {
            Unit::Shift(length) => Step::Taken(length),
            Unit::Incomplete => Step::Waits,
            Unit::Invalid(length, again) => Step::Wrong(length, again),
            Unit::Char(length, Err(bytes)) => {
                let step = self.decoding_step();
                Step::Undefined(length, Failure { step, bytes, again: Vec::new() })
            }
            Unit::Char(length, Ok(character)) => {
                if self.newline(character) || self.escape(character) || self.put(character) {
                    return Step::Taken(length);
                }
                if self.options.xml.is_some() || self.options.hex_references {
                    format!("&#x{:X};", u32::from(character)).chars().for_each(|character| {
                        self.put(character);
                    });
                    return Step::Taken(length);
                }
                let (step, bytes) = self.encoding_step(character, &input[..length]);
                Step::Undefined(length, Failure { step, bytes, again: Vec::new() })
            }
        }
    }

    fn put(&mut self, character: char) -> bool {
        let Some(encoder) = &mut self.encoder else {
            self.waiting.extend(character.encode_utf8(&mut [0; 4]).bytes());
            return true;
        };
        let mut bytes = Vec::new();
        let has_place = encoder.write(character, &mut bytes);
        self.waiting.extend(bytes);
        has_place
    }

    /// Handles line ends; true when the character is done with.
    fn newline(&mut self, character: char) -> bool {
        match (self.options.newline, character) {
            (Newline::Crlf, '\n') => {
                self.put('\r');
                self.put('\n');
            }
            (Newline::Cr, '\n') => {
                self.put('\r');
            }
            (Newline::Universal | Newline::Lf, '\r') => {
                if std::mem::replace(&mut self.has_return, true) {
                    self.put('\n');
                }
            }
            (Newline::Universal | Newline::Lf, '\n') => {
                self.has_return = false;
                self.put('\n');
            }
            _ => {
                if std::mem::take(&mut self.has_return) {
                    self.put('\n');
                }
                return false;
            }
        }
        true
    }

    fn quote(&mut self) {
        if !std::mem::replace(&mut self.has_quote, true) {
            self.put('"');
        }
    }

    fn escape(&mut self, character: char) -> bool {
        let Some(xml) = self.options.xml else { return false };
        if xml == Xml::Attr {
            self.quote();
        }
        let text = match (xml, character) {
            (_, '&') => "&amp;",
            (_, '<') => "&lt;",
            (_, '>') => "&gt;",
            (Xml::Attr, '"') => "&quot;",
            (Xml::Attr, '\'') => "&apos;",
            _ => return false,
        };
        text.chars().for_each(|character| {
            self.put(character);
        });
        true
    }

    /// Puts a replacement out; false when faults are to be told.
    fn repair(&mut self, action: OnFault) -> bool {
        let OnFault::Replace(bytes) = action else { return false };
        let to = self.path.last().copied().unwrap_or(Encoding::BINARY);
        self.waiting.extend(bytes.unwrap_or_else(|| crate::coderange::default_replacement(to)));
        true
    }

    fn fail_first(&mut self, bytes: &[u8], again: &[u8]) {
        let step = match self.path[..] {
            [from, to, ..] => (from, to),
            _ => (Encoding::BINARY, Encoding::BINARY),
        };
        self.failure = Some(Failure { step, bytes: bytes.to_vec(), again: again.to_vec() });
    }

    /// The step whose table has no meaning for a character.
    fn decoding_step(&self) -> (Encoding, Encoding) {
        let at = self.path.iter().position(|&step| step == Encoding::UTF_8).filter(|&at| at > 0).unwrap_or(1);
        (self.path[at - 1], self.path[at])
    }

    /// The step that has no place for a character, with the character in its encoding.
    fn encoding_step(&self, character: char, source: &[u8]) -> ((Encoding, Encoding), Vec<u8>) {
        let last = self.path.len() - 1;
        let from = self.path.iter().position(|&step| step == Encoding::UTF_8).unwrap_or(0).min(last - 1);
        for at in from..last {
            let (mut bytes, mut next) = (Vec::new(), Vec::new());
            let is_unicode = self.path[at] == Encoding::UTF_8;
            let known = if is_unicode {
                encode_codepoint_into(Encoding::UTF_8, u32::from(character), &mut bytes).is_ok()
            } else {
                super::from_unicode(self.path[at], character, &mut bytes)
            };
            if !known || at + 1 < last && super::from_unicode(self.path[at + 1], character, &mut next) {
                continue;
            }
            return ((self.path[at], self.path[at + 1]), bytes);
        }
        ((self.path[last - 1], self.path[last]), source.to_vec())
    }
}

/// What became of the start of the input.
enum Step {
    /// So many bytes are done.
    Taken(usize),
    /// It is the beginning of a character.
    Waits,
    /// So many bytes are no character, and so many behind were looked at.
    Wrong(usize, usize),
    /// A character of so many bytes has no counterpart.
    Undefined(usize, Failure),
}
