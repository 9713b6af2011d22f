//! The error value of this crate: a Ruby exception class by name plus CRuby's exact message.
//!
//! Invariant: the message is complete, except [`NumericError::InvalidValue`], which needs the inspected input.

use std::fmt;

/// The Ruby exception class an error becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// `ArgumentError`
    ArgumentError,
    /// `RangeError`
    RangeError,
    /// `FloatDomainError`
    FloatDomainError,
    /// `ZeroDivisionError`
    ZeroDivisionError,
    /// `Math::DomainError`
    DomainError,
}

impl ErrorClass {
    /// The constant path of the class in Ruby.
    pub fn ruby_name(self) -> &'static str {
        match self {
            Self::ArgumentError => "ArgumentError",
            Self::RangeError => "RangeError",
            Self::FloatDomainError => "FloatDomainError",
            Self::ZeroDivisionError => "ZeroDivisionError",
            Self::DomainError => "Math::DomainError",
        }
    }
}

/// A failed numeric operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumericError {
    /// A class and its complete message.
    Raise {
        /// The exception class.
        class: ErrorClass,
        /// CRuby's message.
        message: String,
    },
    /// `ArgumentError`, `invalid value for <function>: <inspect of the input>`.
    InvalidValue {
        /// `Integer()`, `Float()` or `convert()`.
        function: &'static str,
    },
}

impl NumericError {
    /// An error of `class` with `message`.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self::Raise { class, message: message.into() }
    }

    /// An `ArgumentError`.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::ArgumentError, message)
    }

    /// `ZeroDivisionError: divided by 0`.
    pub fn zero_division() -> Self {
        Self::new(ErrorClass::ZeroDivisionError, "divided by 0")
    }

    /// `Math::DomainError` of the Math function `name`.
    pub fn domain(name: &str) -> Self {
        Self::new(ErrorClass::DomainError, format!("Numerical argument is out of domain - {name}"))
    }

    /// The exception class.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Raise { class, .. } => *class,
            Self::InvalidValue { .. } => ErrorClass::ArgumentError,
        }
    }

    /// The message; `inspected` is `String#inspect` of the input that was parsed.
    pub fn message(&self, inspected: &str) -> String {
        match self {
            Self::Raise { message, .. } => message.clone(),
            Self::InvalidValue { function } => format!("invalid value for {function}: {inspected}"),
        }
    }
}

impl fmt::Display for NumericError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.class().ruby_name(), self.message("(input)"))
    }
}

impl std::error::Error for NumericError {}
