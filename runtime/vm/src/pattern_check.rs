//! Regexp literals of compiled code: one that is no pattern is a SyntaxError of the whole source. The compiler knows no
//! regular expressions, so that this happens here, behind it. What was compiled is kept for the literal's first use.

use crate::vm::Vm;
use bytecode::{Function, Literal, Op};
use text::encoding::Encoding;
use value::{RResult, Raised, sym};

/// CRuby differs: its engine repeats some parts that ours does not. Such a literal fails where it is used, and does not take
/// the whole source with it.
const OWN_LIMIT: &str = "target of repeat operator is invalid";

/// So many compiled patterns wait for their literals at most: code that is evaluated and never runs shall not fill the memory.
const WAITING: usize = 4096;

impl Vm {
    /// Raises for the first literal in a function, or in those inside it, that is no pattern.
    pub(crate) fn check_patterns(&mut self, function: &Function) -> RResult<()> {
        // Functions nest deeper than a fiber's native stack holds calls.
        let mut waiting = vec![function];
        while let Some(next) = waiting.pop() {
            self.check_patterns_of(next)?;
            waiting.extend(next.children.iter().rev().map(|child| &**child));
        }
        Ok(())
    }

    fn check_patterns_of(&mut self, function: &Function) -> RResult<()> {
        for (index, literal) in function.literals.iter().enumerate() {
            let Literal::Regexp(source, flags, encoding) = literal else { continue };
            let encoding = Encoding::find(encoding).unwrap_or(Encoding::UTF_8);
            let key = (Box::<[u8]>::from(&source[..]), flags.0, encoding);
            if self.checked_patterns.contains_key(&key) {
                continue;
            }
            match self.make_pattern(source, i64::from(flags.0), encoding) {
                Ok(regex) => {
                    for warning in regex.warnings() {
                        self.warn_text(&format!("{}:{}: warning: {warning}\n", function.file, line_of(function, index)))?;
                    }
                    if self.checked_patterns.len() >= WAITING {
                        self.checked_patterns.clear();
                    }
                    self.checked_patterns.insert(key, regex);
                }
                Err(error) if error.message().starts_with(OWN_LIMIT) => {}
                Err(error) => return Err(self.pattern_error(function, index, error.message())),
            }
        }
        Ok(())
    }

    /// SyntaxError for a literal.
    fn pattern_error(&mut self, function: &Function, literal: usize, message: &str) -> Raised {
        let message = format!("{}:{}: {message}", function.file, line_of(function, literal));
        let (class, path) = (self.core.syntax_error, self.str(&function.file));
        let message = self.str(&message);
        match self.new_exception(class, message) {
            Ok(exception) => {
                self.set_hidden(exception, sym::H_PATH, path);
                self.raise_exception(exception)
            }
            Err(raised) => raised,
        }
    }
}

/// Line of the instruction that loads a literal.
fn line_of(function: &Function, literal: usize) -> i32 {
    let mut pc = 0;
    while let Some((op, next)) = Op::decode(&function.code, pc) {
        if matches!(op, Op::LoadLit { lit, .. } if lit.0 as usize == literal) {
            return function.line_at(pc as u32);
        }
        pc = next;
    }
    function.line
}
