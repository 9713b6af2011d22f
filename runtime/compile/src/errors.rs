//! Errors and warnings of the parser in CRuby's words and layout.

use ruby_prism::{Diagnostic, Location, ParseResult};

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
            Self::Syntax(text) | Self::Argument(text) | Self::Load(text) | Self::Internal(text) => f.write_str(text),
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
    /// Line it is about; 0 when it is about the file.
    pub line: i32,
    /// Text without file, line and "warning: ".
    pub message: String,
    /// Shown only with `-w`.
    pub verbose_only: bool,
}

/// Beginnings of the warnings that are shown without `-w`; all others need it.
const ALWAYS: &[&str] = &[
    "... at EOL",
    "found '= literal'",
    "found `= literal'",
    "END in method",
    "integer literal in flip-flop",
    "invalid character syntax",
    "string literal in",
    "regex literal in",
    "range literal in",
    "shebang line ending",
    "encountered \\r in middle",
];

fn is_verbose_only(message: &str) -> bool {
    let always = ALWAYS.iter().any(|beginning| message.starts_with(beginning))
        || message.contains(" is duplicated and overwritten on line ")
        || message.ends_with(" is too big for a number variable, always nil");
    !always
}

/// The warnings of a parse.
pub(crate) fn warnings(result: &ParseResult<'_>) -> Vec<Warning> {
    let warnings = result.warnings().map(|diagnostic| {
        let message = String::from_utf8_lossy(diagnostic.message()).into_owned();
        let verbose_only = is_verbose_only(&message);
        Warning { line: diagnostic.location().start_line(), message, verbose_only }
    });
    warnings.collect()
}

/// Refuses a source with syntax errors.
pub(crate) fn check(result: &ParseResult<'_>, options: &Options<'_>) -> Result<(), CompileError> {
    let diagnostics: Vec<Diagnostic<'_>> = result.errors().collect();
    let Some(head) = diagnostics.first() else {
        return Ok(());
    };
    let text = Text::new(result.source(), options.line);
    let message = String::from_utf8_lossy(head.message()).into_owned();
    let (file, line) = (options.file, head.location().start_line());
    if message == "no Ruby script found in input" {
        return Err(CompileError::Load(message));
    }
    if message == "unknown or invalid encoding in the magic comment" {
        let window = text.window(&[Spot::of(head, &text)], false);
        return Err(CompileError::Argument(format!("{file}:{line}: {message}\n{window}")));
    }
    let plural = if diagnostics.len() > 1 { "s" } else { "" };
    let header = format!("{file}:{line}: syntax error{plural} found\n");
    let readable = diagnostics.iter().all(|diagnostic| text.is_utf8_around(&diagnostic.location()));
    let body = if readable {
        let mut spots: Vec<Spot> = diagnostics.iter().map(|diagnostic| Spot::of(diagnostic, &text)).collect();
        // Of errors at one place the one that was found last stands first.
        spots.reverse();
        spots.sort_by_key(|spot| (spot.line, spot.start));
        text.window(&spots, true)
    } else {
        let lines = diagnostics.iter().map(|diagnostic| {
            let line = diagnostic.location().start_line();
            format!("{file}:{line}: {}", String::from_utf8_lossy(diagnostic.message()))
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    Err(CompileError::Syntax(header + &body))
}

/// Columns beyond which a line is cut, and bytes shown behind the last error of a line.
const CUT: usize = 30;

/// One error in the source.
struct Spot {
    line: i32,
    start: usize,
    end: usize,
    message: String,
}

impl Spot {
    fn of(diagnostic: &Diagnostic<'_>, text: &Text<'_>) -> Self {
        let location = diagnostic.location();
        let (line, start) = (location.start_line(), location.start_column() as usize);
        let end = if location.end_line() == line {
            location.end_column() as usize
        } else {
            text.line(line).map_or(start, |whole| whole.len().saturating_sub(1))
        };
        let end = if end <= start { start + 1 } else { end };
        Self { line, start, end, message: String::from_utf8_lossy(diagnostic.message()).into_owned() }
    }
}

/// The source by lines.
struct Text<'s> {
    source: &'s [u8],
    /// Offset of each line; the last may be the end of the source.
    offsets: Vec<usize>,
    first_line: i32,
    /// Numbers of the lines that are not valid UTF-8.
    broken: Vec<i32>,
}

/// Bytes of a message after which further errors are left out; only broken or hostile sources have so
/// many.
const MESSAGE_LIMIT: usize = 1 << 20;

impl<'s> Text<'s> {
    fn new(source: &'s [u8], first_line: i32) -> Self {
        let ends = source.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let offsets: Vec<usize> = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        let lines = source.split_inclusive(|&byte| byte == b'\n').zip(first_line..);
        let broken = lines.filter(|(line, _)| std::str::from_utf8(line).is_err());
        let broken = broken.map(|(_, number)| number).collect();
        Self { source, offsets, first_line, broken }
    }

    /// A line with its newline; None outside of the source.
    fn line(&self, line: i32) -> Option<&'s [u8]> {
        let index = usize::try_from(line.checked_sub(self.first_line)?).ok()?;
        let start = *self.offsets.get(index)?;
        let end = self.offsets.get(index + 1).copied().unwrap_or(self.source.len());
        self.source.get(start..end)
    }

    fn is_utf8_around(&self, location: &Location<'_>) -> bool {
        let (from, to) = (location.start_line().saturating_sub(2), location.end_line().saturating_add(2));
        let next = self.broken.partition_point(|&line| line < from);
        self.broken.get(next).is_none_or(|&line| line > to)
    }

    /// Line number behind the last line that can be shown.
    fn end_line(&self) -> i32 {
        let ends_with_newline = self.offsets.last() == Some(&self.source.len());
        self.first_line + self.offsets.len() as i32 - i32::from(ends_with_newline)
    }

    /// The lines around the errors with carets below.
    fn window(&self, spots: &[Spot], messages: bool) -> String {
        // A negative number takes one place more.
        let numbers = spots.iter().map(|spot| if spot.line < 0 { spot.line.unsigned_abs().saturating_mul(10) } else { spot.line.unsigned_abs() });
        let width = numbers.max().unwrap_or(1).to_string().len();
        let mut out = Window { text: self, width, out: String::new() };
        let mut last_line = self.first_line - 1;
        let mut shown_from = 0;
        for (index, spot) in spots.iter().enumerate() {
            if out.out.len() > MESSAGE_LIMIT {
                break;
            }
            out.lines_before(spot.line, last_line, index);
            if index == 0 || spot.line != last_line {
                shown_from = spot.start;
                let same = spots[index..].iter().take_while(|other| other.line == spot.line);
                let end = same.map(|other| other.end).max().unwrap_or(spot.end);
                out.line("> ", spot.line, spot.start, end);
            }
            out.carets(spot, shown_from, messages);
            last_line = spot.line;
            let next = spots.get(index + 1).map_or(self.end_line(), |next| next.line);
            for _ in 0..2 {
                if next - last_line > 1 {
                    last_line += 1;
                    out.line("  ", last_line, 0, 0);
                }
            }
        }
        out.out
    }
}

struct Window<'t, 's> {
    text: &'t Text<'s>,
    width: usize,
    out: String,
}

impl Window<'_, '_> {
    fn lines_before(&mut self, line: i32, last_line: i32, index: usize) {
        let gap = line - last_line;
        if gap > 2 {
            if index != 0 && gap > 3 {
                self.out.push_str("  ");
                self.out.push_str(&"~".repeat(self.width + 4));
                self.out.push('\n');
            }
            self.line("  ", line - 2, 0, 0);
        }
        if gap > 1 {
            self.line("  ", line - 1, 0, 0);
        }
    }

    /// One line of source; `end` is the column of the last error on it, 0 for a line around.
    fn line(&mut self, mark: &str, number: i32, start: usize, end: usize) {
        let line = self.text.line(number).unwrap_or_default();
        self.out.push_str(&format!("{mark}{number:width$} | ", width = self.width));
        let mut stop = line.len();
        let cut_end = end != 0 && line.len().saturating_sub(end) >= CUT;
        if cut_end {
            stop = whole_characters(line, end + CUT);
        }
        let from = if start >= CUT {
            self.out.push_str("... ");
            start
        } else {
            0
        };
        self.out.push_str(&String::from_utf8_lossy(line.get(from..stop).unwrap_or_default()));
        if cut_end {
            self.out.push_str(" ...\n");
        } else if !line.ends_with(b"\n") && !line.is_empty() {
            self.out.push('\n');
        }
    }

    fn carets(&mut self, spot: &Spot, shown_from: usize, messages: bool) {
        let line = self.text.line(spot.line).unwrap_or_default();
        if line.is_empty() {
            // CRuby ends the empty last line once for each error on it.
            self.out.push('\n');
        }
        self.out.push_str(&" ".repeat(self.width + 3));
        self.out.push_str("| ");
        let mut column = 0;
        if shown_from >= CUT {
            self.out.push_str("    ");
            column = shown_from;
        }
        while column < spot.start {
            self.out.push(' ');
            column += character_width(line, column);
        }
        self.out.push('^');
        column += character_width(line, column);
        while column < spot.end {
            self.out.push('~');
            column += character_width(line, column);
        }
        if messages {
            self.out.push(' ');
            self.out.push_str(&spot.message);
        }
        self.out.push('\n');
    }
}

/// Bytes of the UTF-8 character at `at`; 1 for anything else.
fn character_width(line: &[u8], at: usize) -> usize {
    let width = match line.get(at) {
        Some(0xC2..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xF4) => 4,
        _ => 1,
    };
    let character = line.get(at..at + width).unwrap_or_default();
    if std::str::from_utf8(character).is_ok() { width } else { 1 }
}

/// The largest character boundary up to `limit`.
fn whole_characters(line: &[u8], limit: usize) -> usize {
    let mut at = 0;
    while at < limit {
        let width = character_width(line, at);
        if at + width > limit {
            return at;
        }
        at += width;
    }
    at.min(line.len())
}
