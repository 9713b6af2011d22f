//! Errors and warnings of the parser in CRuby's words and layout.

use ruby_prism::ParseResult;

use crate::Options;

/// Why a source was not compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CompileError {
    /// SyntaxError with the full text of CRuby 4.0.
    Syntax(String),
    /// ArgumentError: the magic comment names no known encoding.
    Argument(String),
    /// LoadError: `-x` found no Ruby script.
    Load(String),
    /// The compiler has no rule for a node.
    NotImplemented {
        /// Name of the node's kind.
        node: &'static str,
        /// File of the node.
        file: String,
        /// Line of the node.
        line: i32,
    },
    /// The compiler broke its own rules; always a fault of this crate.
    Internal(String),
}

impl CompileError {
    /// A SyntaxError without a window of source.
    pub(crate) fn plain(file: &str, line: i32, message: &str) -> Self {
        Self::Syntax(format!("{file}:{line}: {message}"))
    }
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Syntax(text) | Self::Argument(text) | Self::Load(text) | Self::Internal(text) => {
                f.write_str(text)
            }
            Self::NotImplemented { node, file, line } => {
                write!(f, "{file}:{line}: {node} is not compiled")
            }
        }
    }
}

impl std::error::Error for CompileError {}

/// A warning of the parser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// Line it is about.
    pub line: i32,
    /// Text without file, line and "warning: ".
    pub message: String,
    /// Shown only with `-w`.
    pub verbose_only: bool,
}

/// The warnings of a parse.
pub(crate) fn warnings(result: &ParseResult<'_>, _options: &Options<'_>) -> Vec<Warning> {
    let warnings = result.warnings().map(|diagnostic| {
        let message = String::from_utf8_lossy(diagnostic.message()).into_owned();
        Warning { line: diagnostic.location().start_line(), verbose_only: false, message }
    });
    warnings.collect()
}

/// Refuses a source with syntax errors.
pub(crate) fn check(result: &ParseResult<'_>, options: &Options<'_>) -> Result<(), CompileError> {
    match result.errors().next() {
        None => Ok(()),
        Some(diagnostic) => {
            let message = String::from_utf8_lossy(diagnostic.message()).into_owned();
            Err(CompileError::plain(options.file, diagnostic.location().start_line(), &message))
        }
    }
}
