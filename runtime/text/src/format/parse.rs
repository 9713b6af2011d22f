//! The directive grammar: flags, references, width, precision, conversion letter.

use super::argument_error;
use crate::error::TextError;

/// Which argument a directive takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    Next,
    /// From 1.
    Numbered(usize),
    Named {
        name: Vec<u8>,
        braces: bool,
    },
}

/// One parsed directive.
pub(super) struct Directive {
    pub reference: Reference,
    pub minus: bool,
    pub plus: bool,
    pub space: bool,
    pub zero: bool,
    pub sharp: bool,
    pub width: Option<usize>,
    pub precision: Option<usize>,
    pub kind: u8,
}

pub(super) struct Parser<'a> {
    rest: &'a [u8],
    started: bool,
}

impl<'a> Parser<'a> {
    pub fn new(format: &'a [u8]) -> Self {
        Self { rest: format, started: false }
    }

    /// The text up to the next `%` (which is consumed); `None` when all is read.
    pub fn literal(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() && !self.started {
            return None;
        }
        let end = memchr::memchr(b'%', self.rest);
        let text = &self.rest[..end.unwrap_or(self.rest.len())];
        self.rest = end.map_or(&[], |end| &self.rest[end + 1..]);
        self.started = end.is_some();
        Some(text)
    }

    /// Whether no directive follows the last literal.
    pub fn at_end(&self) -> bool {
        !self.started
    }

    fn number(&mut self, what: &str) -> Result<usize, TextError> {
        let len = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value = std::str::from_utf8(&self.rest[..len]).ok().and_then(|text| text.parse::<i32>().ok());
        self.rest = &self.rest[len..];
        if self.rest.is_empty() {
            return Err(argument_error("malformed format string - %*[0-9]".to_owned()));
        }
        value.and_then(|value| usize::try_from(value).ok()).ok_or_else(|| argument_error(format!("{what} too big")))
    }

    /// `*` or `*1$` (the star already consumed).
    fn star<E: From<TextError>>(&mut self, width_of: &mut impl FnMut(Reference) -> Result<i64, E>) -> Result<i64, E> {
        let len = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if len > 0 && self.rest.get(len) == Some(&b'$') {
            let number = self.number("width")?;
            self.rest = &self.rest[1..];
            if number == 0 {
                return Err(argument_error("invalid index - 0$".to_owned()).into());
            }
            return width_of(Reference::Numbered(number));
        }
        width_of(Reference::Next)
    }

    /// Parses one directive after its `%`.
    pub fn directive<E: From<TextError>>(&mut self, width_of: &mut impl FnMut(Reference) -> Result<i64, E>) -> Result<Directive, E> {
        let fault = |message: &str| -> E { argument_error(message.to_owned()).into() };
        if self.rest.is_empty() {
            return Err(fault("incomplete format specifier; use %% (double %) instead"));
        }
        let mut directive = Directive {
            reference: Reference::Next,
            minus: false,
            plus: false,
            space: false,
            zero: false,
            sharp: false,
            width: None,
            precision: None,
            kind: 0,
        };
        let mut any = false;
        loop {
            let Some((&byte, rest)) = self.rest.split_first() else {
                return Err(fault("malformed format string"));
            };
            match byte {
                b' ' | b'#' | b'+' | b'-' | b'0' => {
                    if directive.precision.is_some() {
                        return Err(fault("flag after precision"));
                    }
                    if directive.width.is_some() {
                        return Err(fault("flag after width"));
                    }
                    self.rest = rest;
                    match byte {
                        b' ' => directive.space = true,
                        b'#' => directive.sharp = true,
                        b'+' => directive.plus = true,
                        b'-' => directive.minus = true,
                        _ => directive.zero = true,
                    }
                }
                b'1'..=b'9' => {
                    let number = self.number("width")?;
                    if self.rest.first() == Some(&b'$') {
                        if directive.reference != Reference::Next {
                            return Err(argument_error(format!("value given twice - {number}$")).into());
                        }
                        self.rest = &self.rest[1..];
                        directive.reference = Reference::Numbered(number);
                    } else {
                        self.set_width::<E>(&mut directive, number)?;
                    }
                }
                b'*' => {
                    self.rest = rest;
                    let width = self.star(width_of)?;
                    directive.minus |= width < 0;
                    let number = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
                    if number > i32::MAX as usize {
                        return Err(fault("width too big"));
                    }
                    self.set_width::<E>(&mut directive, number)?;
                }
                b'.' => {
                    self.rest = rest;
                    if directive.precision.is_some() {
                        return Err(fault("precision given twice"));
                    }
                    directive.precision = match self.rest.first() {
                        Some(b'*') => {
                            self.rest = &self.rest[1..];
                            let value = self.star(width_of)?;
                            if value > i64::from(i32::MAX) {
                                return Err(fault("precision too big"));
                            }
                            usize::try_from(value).ok()
                        }
                        Some(b'0'..=b'9') => Some(self.number("precision")?),
                        _ => Some(0),
                    };
                }
                b'<' | b'{' => {
                    self.named::<E>(&mut directive, byte)?;
                    if byte == b'{' {
                        directive.kind = b's';
                        return Ok(directive);
                    }
                }
                b'%' if any => return Err(fault("invalid format character - %")),
                b'\n' | 0 => return Err(fault("malformed format string")),
                b'%' | b's' | b'p' | b'c' | b'd' | b'i' | b'u' | b'b' | b'B' | b'o' | b'x' | b'X' | b'f' | b'e' | b'E' | b'g' | b'G' | b'a'
                | b'A' => {
                    self.rest = rest;
                    directive.kind = byte;
                    return Ok(directive);
                }
                _ => {
                    let len = crate::encoding::step_len(crate::Encoding::UTF_8, self.rest, 0);
                    let shown = String::from_utf8_lossy(&self.rest[..len]).into_owned();
                    return Err(argument_error(format!("malformed format string - %{shown}")).into());
                }
            }
            any = true;
        }
    }

    fn set_width<E: From<TextError>>(&mut self, directive: &mut Directive, number: usize) -> Result<(), E> {
        let message = match (directive.width, directive.precision) {
            (Some(_), _) => "width given twice",
            (_, Some(_)) => "width after precision",
            _ => {
                directive.width = Some(number);
                return Ok(());
            }
        };
        Err(argument_error(message.to_owned()).into())
    }

    fn named<E: From<TextError>>(&mut self, directive: &mut Directive, open: u8) -> Result<(), E> {
        let close = if open == b'<' { b'>' } else { b'}' };
        let Some(end) = memchr::memchr(close, self.rest) else {
            return Err(argument_error("malformed name - unmatched parenthesis".to_owned()).into());
        };
        let name = self.rest[1..end].to_vec();
        self.rest = &self.rest[end + 1..];
        if let Reference::Named { name: first, .. } = &directive.reference {
            let (open, close) = (open as char, close as char);
            let message = format!("named{open}{}{close} after <{}>", String::from_utf8_lossy(&name), String::from_utf8_lossy(first));
            return Err(argument_error(message).into());
        }
        directive.reference = Reference::Named { name, braces: open == b'{' };
        Ok(())
    }
}
