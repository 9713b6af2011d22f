//! The error value of this crate: a Ruby exception class by name plus CRuby's exact message.
//!
//! Invariant: the message is complete; whoever raises it adds nothing.

use std::fmt;

/// The Ruby exception class an error becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// `ArgumentError`
    ArgumentError,
    /// `RangeError`
    RangeError,
    /// `TypeError`
    TypeError,
    /// `KeyError`
    KeyError,
    /// `IndexError`
    IndexError,
    /// `RuntimeError`
    RuntimeError,
    /// `NoMemoryError`
    NoMemoryError,
    /// `Encoding::CompatibilityError`
    CompatibilityError,
    /// `Encoding::UndefinedConversionError`
    UndefinedConversionError,
    /// `Encoding::InvalidByteSequenceError`
    InvalidByteSequenceError,
    /// `Encoding::ConverterNotFoundError`
    ConverterNotFoundError,
}

impl ErrorClass {
    /// The constant path of the class in Ruby.
    pub fn ruby_name(self) -> &'static str {
        match self {
            Self::ArgumentError => "ArgumentError",
            Self::RangeError => "RangeError",
            Self::TypeError => "TypeError",
            Self::KeyError => "KeyError",
            Self::IndexError => "IndexError",
            Self::RuntimeError => "RuntimeError",
            Self::NoMemoryError => "NoMemoryError",
            Self::CompatibilityError => "Encoding::CompatibilityError",
            Self::UndefinedConversionError => "Encoding::UndefinedConversionError",
            Self::InvalidByteSequenceError => "Encoding::InvalidByteSequenceError",
            Self::ConverterNotFoundError => "Encoding::ConverterNotFoundError",
        }
    }
}

/// A failed text operation, ready to be raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// The exception class.
    pub class: ErrorClass,
    /// CRuby's message.
    pub message: String,
}

impl TextError {
    /// An error of `class` with `message`.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }

    /// An `ArgumentError`.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::ArgumentError, message)
    }

    /// A `RangeError`.
    pub fn range(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::RangeError, message)
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.class.ruby_name(), self.message)
    }
}

impl std::error::Error for TextError {}
