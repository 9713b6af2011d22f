//! `Kernel#format`: directives parsed and rendered; objects are converted through [`FormatArgs`].
//!
//! Invariant: directives are handled left to right, so errors come in CRuby's order.
//! Source: CRuby 4.0 behaviour, table-checked.

mod number;
mod parse;

use crate::encoding::{Encoding, chars};
use crate::error::{ErrorClass, TextError};
use parse::{Directive, Parser, Reference};

/// An integer argument in the radix asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digits {
    /// Whether the number is below zero.
    pub negative: bool,
    /// The magnitude's digits, lower case, without leading zeros (`"0"` for zero).
    pub magnitude: String,
}

/// A float argument.
#[derive(Clone, Debug, PartialEq)]
pub enum FloatArg {
    /// A double.
    Double(f64),
    /// An exact number (Integer or Rational under `%f`), already rounded: digits of the magnitude with exactly
    /// the asked number of fraction digits.
    Fixed {
        /// Whether the number is below zero.
        negative: bool,
        /// For example `"0.333333"`, or `"3"` for no fraction digits.
        text: String,
    },
}

/// How `format` asks the VM about its arguments.
pub trait FormatArgs {
    /// An argument object.
    type Value;
    /// What conversion raises; format's own faults convert into it.
    type Error: From<TextError>;
    /// Argument number `index` (from 0, the format string not counted).
    fn positional(&mut self, index: usize) -> Option<Self::Value>;
    /// The value under `name` in the hash argument (its default included); `None` when the key is missing. Raises
    /// "one hash required" when the arguments are not one hash. `shown` is the reference as the template has it.
    fn named(&mut self, name: &[u8], shown: &str) -> Result<Option<Self::Value>, Self::Error>;
    /// A `*` width or precision.
    fn to_width(&mut self, value: &Self::Value) -> Result<i64, Self::Error>;
    /// The argument of `%d %b %o %x` in `radix`.
    fn to_integer(&mut self, value: &Self::Value, radix: u32) -> Result<Digits, Self::Error>;
    /// The argument of `%f` (`fixed`: fraction digits wanted) and `%e %g %a` (`None`, always a double).
    fn to_float(&mut self, value: &Self::Value, fixed: Option<usize>) -> Result<FloatArg, Self::Error>;
    /// The argument of `%s`.
    fn to_s(&mut self, value: &Self::Value) -> Result<Vec<u8>, Self::Error>;
    /// The argument of `%p`.
    fn inspect(&mut self, value: &Self::Value) -> Result<Vec<u8>, Self::Error>;
    /// The character of `%c`: of an integer its character ("invalid character" when there is none), of a string its
    /// first character.
    fn to_char(&mut self, value: &Self::Value) -> Result<Vec<u8>, Self::Error>;
    /// The template took the first `count` arguments, one by one: what to say when there are more.
    fn finished(&mut self, _count: usize) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn argument_error(message: String) -> TextError {
    TextError::argument(message)
}

/// Fields up to this size find room without a question.
const FIELD_SMALL: usize = 1 << 20;

/// Copies of a field that may exist at a time.
const FIELD_COPIES: usize = 5;

/// What kind of reference was used before, since kinds must not mix.
enum Used {
    None,
    Unnumbered(usize),
    Numbered,
    Named,
}

struct Renderer<'a, A: FormatArgs> {
    arguments: &'a mut A,
    encoding: Encoding,
    used: Used,
    out: Vec<u8>,
}

/// Renders `format` (in `encoding`) with `arguments`; the answer's bytes, in the encoding of the format unless
/// arguments widen it.
pub fn format<A: FormatArgs>(format: &[u8], encoding: Encoding, arguments: &mut A) -> Result<Vec<u8>, A::Error> {
    let mut renderer = Renderer { arguments, encoding, used: Used::None, out: Vec::with_capacity(format.len() + 16) };
    let mut parser = Parser::new(format);
    while let Some(text) = parser.literal() {
        renderer.out.extend_from_slice(text);
        if parser.at_end() {
            break;
        }
        let mut width_of = |reference| renderer.star(reference);
        let directive = parser.directive(&mut width_of)?;
        check_room(&directive)?;
        renderer.render(&directive)?;
    }
    match renderer.used {
        Used::None => renderer.arguments.finished(0)?,
        Used::Unnumbered(count) => renderer.arguments.finished(count)?,
        Used::Numbered | Used::Named => {}
    }
    Ok(renderer.out)
}

/// Refuses a width or precision there is no memory for; the pieces of a field are copied a few times on their way.
fn check_room(directive: &Directive) -> Result<(), TextError> {
    // The precision of a text only cuts it.
    let digits = if matches!(directive.kind, b's' | b'p' | b'c') { 0 } else { directive.precision.unwrap_or(0) };
    let size = directive.width.unwrap_or(0).max(digits);
    let wanted = size.saturating_mul(FIELD_COPIES).min(isize::MAX as usize);
    if size > FIELD_SMALL && Vec::<u8>::new().try_reserve_exact(wanted).is_err() {
        return Err(TextError::new(ErrorClass::NoMemoryError, "failed to allocate memory"));
    }
    Ok(())
}

impl<A: FormatArgs> Renderer<'_, A> {
    fn star(&mut self, reference: Reference) -> Result<i64, A::Error> {
        let value = self.fetch(&reference)?;
        self.arguments.to_width(&value)
    }

    fn fetch(&mut self, reference: &Reference) -> Result<A::Value, A::Error> {
        let too_few = || A::Error::from(argument_error("too few arguments".to_owned()));
        match reference {
            Reference::Next => {
                let index = match self.used {
                    Used::None => 0,
                    Used::Unnumbered(count) => count,
                    Used::Numbered => return Err(argument_error("unnumbered(1) mixed with numbered".to_owned()).into()),
                    Used::Named => return Err(argument_error("unnumbered(1) mixed with named".to_owned()).into()),
                };
                self.used = Used::Unnumbered(index + 1);
                self.arguments.positional(index).ok_or_else(too_few)
            }
            Reference::Numbered(number) => {
                match self.used {
                    Used::Unnumbered(count) => {
                        let message = format!("numbered({number}) after unnumbered({count})");
                        return Err(argument_error(message).into());
                    }
                    Used::Named => return Err(argument_error(format!("numbered({number}) after named")).into()),
                    _ => self.used = Used::Numbered,
                }
                self.arguments.positional(number - 1).ok_or_else(too_few)
            }
            Reference::Named { name, braces } => {
                let (open, close) = if *braces { ('{', '}') } else { ('<', '>') };
                let shown = format!("{open}{}{close}", String::from_utf8_lossy(name));
                match self.used {
                    Used::Unnumbered(count) => {
                        return Err(argument_error(format!("named{shown} after unnumbered({count})")).into());
                    }
                    Used::Numbered => return Err(argument_error(format!("named{shown} after numbered")).into()),
                    _ => self.used = Used::Named,
                }
                let missing = || TextError::new(ErrorClass::KeyError, format!("key{shown} not found"));
                self.arguments.named(name, &shown)?.ok_or_else(|| missing().into())
            }
        }
    }

    fn render(&mut self, directive: &Directive) -> Result<(), A::Error> {
        if directive.kind == b'%' {
            self.out.push(b'%');
            return Ok(());
        }
        let value = self.fetch(&directive.reference)?;
        match directive.kind {
            b's' | b'p' => {
                let text = if directive.kind == b's' { self.arguments.to_s(&value)? } else { self.arguments.inspect(&value)? };
                self.text(directive, &text, directive.precision);
            }
            b'c' => {
                let text = self.arguments.to_char(&value)?;
                self.text(directive, &text, None);
            }
            b'd' | b'i' | b'u' | b'b' | b'B' | b'o' | b'x' | b'X' => {
                let radix = number::radix(directive.kind);
                let digits = self.arguments.to_integer(&value, radix)?;
                number::integer(directive, &digits, &mut self.out);
            }
            _ => {
                let fixed = (directive.kind == b'f').then(|| directive.precision.unwrap_or(6));
                match self.arguments.to_float(&value, fixed)? {
                    FloatArg::Double(number) => number::double(directive, number, &mut self.out),
                    FloatArg::Fixed { negative, text } => number::signed(directive, negative, "", &text, &mut self.out),
                }
            }
        }
        Ok(())
    }

    /// A string cut to `limit` characters and padded to the width in characters.
    fn text(&mut self, directive: &Directive, text: &[u8], limit: Option<usize>) {
        let mut count = 0;
        let mut end = 0;
        for character in chars(self.encoding, text).take(limit.unwrap_or(usize::MAX)) {
            count += 1;
            end += character.len();
        }
        let fill = directive.width.unwrap_or(0).saturating_sub(count);
        if !directive.minus {
            self.out.resize(self.out.len() + fill, b' ');
        }
        self.out.extend_from_slice(&text[..end]);
        if directive.minus {
            self.out.resize(self.out.len() + fill, b' ');
        }
    }
}

#[cfg(test)]
mod tests;
