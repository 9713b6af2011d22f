//! Options and errors of conversions between encodings, as `encode`, IO and `Encoding::Converter` share them.

use crate::arguments::Keywords;
use crate::vm::Vm;
use text::ErrorClass;
use text::encoding::Encoding;
use text::transcode::{Fault, Newline, OnFault, Options, Xml};
use value::{RResult, Raised, Value};

/// Keywords that ask for another form of line ends.
const NEWLINES: &[(&str, Newline)] =
    &[("universal_newline", Newline::Universal), ("crlf_newline", Newline::Crlf), ("cr_newline", Newline::Cr), ("lf_newline", Newline::Lf)];

impl Vm {
    /// What the keywords say of a conversion to `to`.
    pub fn transcode_options(&mut self, keywords: Keywords, to: Encoding) -> RResult<Options> {
        let mut options = Options::default();
        if keywords.hash().is_none() {
            return Ok(options);
        }
        let replacement = self.replacement_option(keywords, to)?;
        for (name, what) in [("invalid", "invalid character"), ("undef", "undefined character")] {
            let Some(value) = keywords.get(self, name).filter(|value| !value.is_nil()) else { continue };
            if value != self.symbol("replace") {
                return Err(self.argument_error(&format!("unknown value for {what} option")));
            }
            let fault = OnFault::Replace(replacement.clone());
            if name == "invalid" { options.invalid = fault } else { options.undef = fault }
        }
        options.newline = self.newline_option(keywords)?;
        options.xml = match self.symbol_option(keywords, "xml").as_deref() {
            Some("text") => Some(Xml::Text),
            Some("attr") => Some(Xml::Attr),
            Some(other) => return Err(self.argument_error(&format!("unexpected value for xml option: {other}"))),
            None => None,
        };
        Ok(options)
    }

    fn symbol_option(&mut self, keywords: Keywords, name: &str) -> Option<String> {
        let value = keywords.get(self, name)?;
        value.as_symbol().map(|name| self.symbols.text(name).into_owned())
    }

    fn replacement_option(&mut self, keywords: Keywords, to: Encoding) -> RResult<Option<Vec<u8>>> {
        let Some(text) = keywords.get(self, "replace").filter(|value| !value.is_nil()) else { return Ok(None) };
        let text = self.to_str(text)?;
        let bytes = text.bytes().to_vec();
        let fits = text.is_ascii_only() && to.is_ascii_compatible() || text.encoding() == to;
        Ok(Some(if fits { bytes } else { text::transcode::transcode_strict(&bytes, text.encoding(), to).unwrap_or(bytes) }))
    }

    /// `newline: :crlf`, `crlf_newline: true` and the like.
    pub fn newline_option(&mut self, keywords: Keywords) -> RResult<Newline> {
        match self.symbol_option(keywords, "newline").as_deref() {
            Some("universal") => return Ok(Newline::Universal),
            Some("crlf") => return Ok(Newline::Crlf),
            Some("cr") => return Ok(Newline::Cr),
            Some("lf") => return Ok(Newline::Lf),
            Some(other) => return Err(self.argument_error(&format!("unexpected value for newline option: {other}"))),
            None => {}
        }
        let asked = NEWLINES.iter().rev().find(|(name, _)| keywords.get(self, name).is_some_and(Value::truthy));
        Ok(asked.map_or(Newline::Keep, |&(_, newline)| newline))
    }

    /// The names of the decorators that the keywords ask for by themselves.
    pub fn newline_decorators(&mut self, keywords: Keywords) -> Vec<&'static str> {
        NEWLINES.iter().map(|(name, _)| *name).filter(|name| keywords.get(self, name).is_some_and(Value::truthy)).collect()
    }

    /// The exception of a failed conversion, with its parts.
    pub fn conversion_error(&mut self, fault: &Fault, from: Encoding, to: Encoding) -> RResult {
        let class = self.class_at(fault.error.class.ruby_name());
        let message = self.str(&fault.error.message);
        let exception = self.new_exception(class, message)?;
        let (from, to) = fault.step.unwrap_or((from, to));
        let parts = [
            ("source_encoding ", self.encoding_object(from)),
            ("destination_encoding ", self.encoding_object(to)),
            ("source_encoding_name ", self.str_ascii(from.name())),
            ("destination_encoding_name ", self.str_ascii(to.name())),
            ("error_bytes ", self.string(&fault.error_bytes, Encoding::BINARY)),
            ("readagain_bytes ", self.string(&fault.readagain_bytes, Encoding::BINARY)),
            ("error_char ", self.string(&fault.error_bytes, from)),
            ("incomplete_input ", Value::bool(fault.incomplete)),
        ];
        for (name, value) in parts {
            let name = self.intern(name);
            self.set_hidden(exception, name, value);
        }
        Ok(exception)
    }

    /// Raises the exception of a failed conversion.
    #[cold]
    pub fn raise_fault(&mut self, fault: &Fault, from: Encoding, to: Encoding) -> Raised {
        if fault.error.class == ErrorClass::ConverterNotFoundError {
            return self.raise_text_error(&fault.error);
        }
        match self.conversion_error(fault, from, to) {
            Ok(exception) => self.raise_exception(exception),
            Err(raised) => raised,
        }
    }
}
