//! The errors of compiling and matching.

use std::fmt;

/// A failed compilation or match; each variant names its Ruby class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegexError {
    /// `RegexpError` with its complete message.
    Syntax(String),
    /// `ArgumentError`: the subject string is malformed.
    BrokenString(String),
    /// `Encoding::CompatibilityError`
    Incompatible(String),
    /// `RegexpError`: the match ran out of its stack.
    Exhausted(String),
    /// The match tried as many paths as it was given (`Retries`); it may be tried again with more.
    Impatient,
}

impl RegexError {
    /// The message.
    pub fn message(&self) -> &str {
        match self {
            Self::Impatient => "regexp match timeout",
            Self::Syntax(text) | Self::BrokenString(text) | Self::Incompatible(text) | Self::Exhausted(text) => text,
        }
    }
}

impl fmt::Display for RegexError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.message())
    }
}

impl std::error::Error for RegexError {}
