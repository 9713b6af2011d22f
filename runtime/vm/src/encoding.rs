//! Encoding objects and the default encodings.
//!
//! Invariant: there is one object for each encoding, made at start and kept for ever.

use crate::vm::Vm;
use heap::Tracer;
use objects::{NativeData, RData, RString};
use text::encoding::Encoding;
use value::{RResult, Value};

/// Native part of an Encoding object.
pub struct EncodingData(pub Encoding);

impl NativeData for EncodingData {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

/// The default encodings.
pub struct DefaultEncodings {
    /// `Encoding.default_external`
    pub external: Encoding,
    /// `Encoding.default_internal`
    pub internal: Option<Encoding>,
}

impl Default for DefaultEncodings {
    fn default() -> Self {
        DefaultEncodings { external: Encoding::UTF_8, internal: None }
    }
}

impl Vm {
    /// Makes the Encoding objects; called once at start.
    pub fn make_encodings(&mut self) {
        let class = self.class_view(self.core.encoding);
        for encoding in (0..=u8::MAX).map_while(Encoding::from_index) {
            let object = self.data(class, Box::new(EncodingData(encoding)));
            self.freeze(object);
            self.pin(object);
            self.encodings.push(object);
        }
    }

    /// The encoding of an Encoding object.
    pub fn encoding_in(&self, object: Value) -> Option<Encoding> {
        RData::new(object)?.read::<EncodingData>(&self.heap).map(|data| data.0)
    }

    /// The encoding that an argument names; ArgumentError when there is none of that name.
    pub fn to_encoding(&mut self, value: Value) -> RResult<Encoding> {
        if let Some(encoding) = self.encoding_in(value) {
            return Ok(encoding);
        }
        let name = match RString::new(value) {
            Some(name) => name,
            None => self.to_str(value)?,
        };
        let text = name.to_text();
        match self.find_encoding(&text) {
            Some(encoding) => Ok(encoding),
            None => Err(self.argument_error(&format!("unknown encoding name - {text}"))),
        }
    }

    /// The encoding with a name, the four changing ones (`external` and the like) included.
    pub fn find_encoding(&self, name: &str) -> Option<Encoding> {
        match name.to_ascii_lowercase().as_str() {
            "locale" => Some(Encoding::UTF_8),
            "external" | "filesystem" => Some(self.default_encodings.external),
            "internal" => self.default_encodings.internal,
            _ => Encoding::find(name),
        }
    }

    /// `Encoding.default_external`
    pub fn default_external(&self) -> Encoding {
        self.default_encodings.external
    }

    /// `Encoding.default_internal`
    pub fn default_internal(&self) -> Option<Encoding> {
        self.default_encodings.internal
    }

    /// The encoding of what `inspect` gives.
    pub fn result_encoding(&self) -> Encoding {
        let encoding = self.default_internal().unwrap_or(self.default_external());
        if encoding.is_ascii_compatible() { encoding } else { Encoding::US_ASCII }
    }

    /// Sets `Encoding.default_external`.
    pub fn set_default_external(&mut self, encoding: Encoding) {
        self.default_encodings.external = encoding;
    }

    /// Sets `Encoding.default_internal`.
    pub fn set_default_internal(&mut self, encoding: Option<Encoding>) {
        self.default_encodings.internal = encoding;
    }
}
