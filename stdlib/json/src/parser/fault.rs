//! JSON::ParserError: what was found, and where.

use super::document::Parser;
use text::Encoding;
use vm::{Raised, Vm};

/// Bytes of the source that a message shows at most.
const SHOWN: usize = 32;

impl Parser<'_> {
    /// ParserError at a byte, with a message that ends in what stands there.
    #[cold]
    pub fn fault_showing(&self, vm: &mut Vm, at: usize, message: &str) -> Raised {
        let message = [message.as_bytes(), &self.fragment(at)].concat();
        self.raise(vm, at, &message)
    }

    /// ParserError at a byte.
    #[cold]
    pub fn fault(&self, vm: &mut Vm, at: usize, message: &str) -> Raised {
        self.raise(vm, at, message.as_bytes())
    }

    fn raise(&self, vm: &mut Vm, at: usize, message: &[u8]) -> Raised {
        let (line, column) = self.place(at);
        let message = [message, format!(" at line {line} column {column}").as_bytes()].concat();
        let (class, message) = (vm.class_at("JSON::ParserError"), vm.string(&message, Encoding::UTF_8));
        let exception = match vm.new_exception(class, message) {
            Ok(exception) => exception,
            Err(raised) => return raised,
        };
        for (name, number) in [("@line", line), ("@column", column)] {
            let (name, number) = (vm.intern(name), vm.int(number as i64));
            if let Err(raised) = vm.ivar_set(exception, name, number) {
                return raised;
            }
        }
        vm.raise_exception(exception)
    }

    /// Line and column of a byte.
    ///
    /// CRuby differs from what one would count: the line break in front of the line with the fault is not counted, one that is
    /// itself the fault is.
    pub fn place(&self, at: usize) -> (usize, usize) {
        let upto = &self.bytes[..(at + 1).min(self.bytes.len())];
        let breaks = upto.iter().filter(|&&byte| byte == b'\n').count();
        let line_start = upto.iter().rposition(|&byte| byte == b'\n').map_or(0, |index| index + 1);
        (breaks.max(1), at + 1 - line_start)
    }

    /// What stands at a byte, in quotes up to white space; as it is, up to a NUL, when there is white space.
    fn fragment(&self, at: usize) -> Vec<u8> {
        let Some(rest) = self.bytes.get(at..).filter(|rest| !rest.is_empty()) else { return b"EOF".to_vec() };
        let word = rest.iter().take(SHOWN).take_while(|byte| !matches!(byte, 0 | b'\n' | b' ' | b'\t' | b'\r')).count();
        if word == 0 {
            return rest.iter().copied().take_while(|&byte| byte != 0).collect();
        }
        // A character that may be cut off is left out.
        let mut end = word;
        while end > 0 && (0x80..0xc0).contains(&rest[end - 1]) {
            end -= 1;
        }
        if end > 0 && rest[end - 1] >= 0xc0 {
            end -= 1;
        }
        [b"'", &rest[..end], b"'"].concat()
    }
}
