//! Regexp literals of compiled code: one that is no pattern is a SyntaxError of the whole source. The compiler knows no
//! regular expressions, so that this happens here, behind it.

use crate::vm::Vm;
use bytecode::{Function, Literal, Op};
use regexp::{Options, Regex};
use text::encoding::Encoding;
use value::{RResult, sym};

/// CRuby differs: its engine repeats anchors and look-arounds, ours does not. Such a literal fails where it is used, and
/// does not take the whole source with it.
const OWN_LIMIT: &str = "target of repeat operator is invalid";

impl Vm {
    /// Raises for the first literal in a function, or in those inside it, that is no pattern.
    pub(crate) fn check_patterns(&mut self, function: &Function) -> RResult<()> {
        for (index, literal) in function.literals.iter().enumerate() {
            let Literal::Regexp(source, flags, encoding) = literal else { continue };
            let encoding = Encoding::find(encoding).unwrap_or(Encoding::UTF_8);
            if let Err(error) = Regex::new(source, Options::from_bits(i64::from(flags.0)), encoding) {
                if error.message().starts_with(OWN_LIMIT) {
                    continue;
                }
                let message = format!("{}:{}: {}", function.file, line_of(function, index), error.message());
                let (class, path) = (self.core.syntax_error, self.str(&function.file));
                let message = self.str(&message);
                let exception = self.new_exception(class, message)?;
                self.set_hidden(exception, sym::H_PATH, path);
                return Err(self.raise_exception(exception));
            }
        }
        function.children.iter().try_for_each(|child| self.check_patterns(child))
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
