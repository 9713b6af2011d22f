//! Where a scanner stands: the text, the position, what lies ahead.

use crate::scanner::{part, place, state, text};
use macros::ruby_methods;
use text::encoding::char_count;
use vm::{RResult, RString, Value, Vm};

/// Methods about text and position.
pub struct Position;

#[ruby_methods("StringScanner")]
impl Position {
    #[method("string")]
    fn string(vm: &mut Vm, this: Value) -> RResult<RString> {
        text(vm, this)
    }

    #[method("string=")]
    fn set_string(vm: &mut Vm, this: Value, text: RString) -> RResult {
        let scanner = state(vm, this)?;
        (scanner.text, scanner.at) = (text.value(), 0);
        scanner.forget_match();
        Ok(text.value())
    }

    #[method("<<", "concat")]
    fn append(vm: &mut Vm, this: Value, more: RString) -> RResult {
        let text = text(vm, this)?;
        vm.send(text.value(), "<<", &[more.value()])?;
        Ok(this)
    }

    #[method("pos", "pointer")]
    fn pos(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(place(vm, this)?.1)
    }

    #[method("charpos")]
    fn charpos(vm: &mut Vm, this: Value) -> RResult<usize> {
        let (text, at) = place(vm, this)?;
        Ok(char_count(text.encoding(), text.bytes().get(..at).unwrap_or(text.bytes()), text.code_range()))
    }

    #[method("pos=", "pointer=")]
    fn set_pos(vm: &mut Vm, this: Value, at: i64) -> RResult<i64> {
        let length = text(vm, this)?.len() as i64;
        let from_start = if at < 0 { at.saturating_add(length) } else { at };
        if !(0..=length).contains(&from_start) {
            return Err(vm.range_error("index out of range"));
        }
        state(vm, this)?.at = from_start as usize;
        Ok(from_start)
    }

    #[method("reset")]
    fn reset(vm: &mut Vm, this: Value) -> RResult {
        text(vm, this)?;
        move_to(vm, this, 0)
    }

    #[method("terminate")]
    fn terminate(vm: &mut Vm, this: Value) -> RResult {
        let end = text(vm, this)?.len();
        move_to(vm, this, end)
    }

    /// Back to where the last match began.
    #[method("unscan")]
    fn unscan(vm: &mut Vm, this: Value) -> RResult {
        text(vm, this)?;
        let scanner = state(vm, this)?;
        let before = scanner.before;
        if !scanner.is_matched {
            let class = vm.class_at("StringScanner::Error");
            return Err(vm.raise(class, "unscan failed: previous match record not exist"));
        }
        move_to(vm, this, before)
    }

    #[method("beginning_of_line?", "bol?")]
    fn is_beginning_of_line(vm: &mut Vm, this: Value) -> RResult {
        let (text, at) = place(vm, this)?;
        if at > text.len() {
            return Ok(Value::NIL);
        }
        Ok(Value::bool(at == 0 || text.bytes()[at - 1] == b'\n'))
    }

    #[method("eos?")]
    fn is_at_end(vm: &mut Vm, this: Value) -> RResult<bool> {
        let (text, at) = place(vm, this)?;
        Ok(at >= text.len())
    }

    #[method("rest?")]
    fn has_rest(vm: &mut Vm, this: Value) -> RResult<bool> {
        let (text, at) = place(vm, this)?;
        Ok(at < text.len())
    }

    #[method("rest")]
    fn rest(vm: &mut Vm, this: Value) -> RResult {
        let (text, at) = place(vm, this)?;
        part(vm, text, at.min(text.len()), text.len())
    }

    #[method("rest_size")]
    fn rest_size(vm: &mut Vm, this: Value) -> RResult<usize> {
        let (text, at) = place(vm, this)?;
        Ok(text.len().saturating_sub(at))
    }

    #[method("peek")]
    fn peek(vm: &mut Vm, this: Value, length: i64) -> RResult {
        let (text, at) = place(vm, this)?;
        if at >= text.len() {
            return part(vm, text, text.len(), text.len());
        }
        match usize::try_from(length) {
            Ok(length) => part(vm, text, at, at.saturating_add(length)),
            Err(_) => Err(vm.argument_error("negative string size (or size too big)")),
        }
    }

    #[method("peek_byte")]
    fn peek_byte(vm: &mut Vm, this: Value) -> RResult {
        let (text, at) = place(vm, this)?;
        Ok(text.bytes().get(at).map_or(Value::NIL, |&byte| Value::small(i64::from(byte))))
    }

    #[method("fixed_anchor?")]
    fn is_fixed_anchor(vm: &mut Vm, this: Value) -> RResult<bool> {
        text(vm, this)?;
        Ok(state(vm, this)?.fixed_anchor)
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult {
        let (class, scanner) = (vm.class_name_of(this), state(vm, this)?.clone());
        let shown = match RString::new(scanner.text) {
            None => format!("#<{class} (uninitialized)>"),
            Some(text) if scanner.at >= text.len() => format!("#<{class} fin>"),
            Some(text) => {
                let (at, length, (behind, ahead)) = (scanner.at, text.len(), around(text.bytes(), scanner.at));
                let (behind, ahead) = (dumped(vm, &behind)?, dumped(vm, &ahead)?);
                match at {
                    0 => format!("#<{class} 0/{length} @ {ahead}>"),
                    _ => format!("#<{class} {at}/{length} {behind} @ {ahead}>"),
                }
            }
        };
        Ok(vm.string(shown.as_bytes(), text::Encoding::BINARY))
    }
}

fn move_to(vm: &mut Vm, this: Value, at: usize) -> RResult {
    let scanner = state(vm, this)?;
    scanner.at = at;
    scanner.forget_match();
    Ok(this)
}

fn dumped(vm: &mut Vm, bytes: &[u8]) -> RResult<String> {
    let text = vm.string(bytes, text::Encoding::BINARY);
    let dumped = vm.send(text, "dump", &[])?;
    vm.to_s_text(dumped)
}

/// How many bytes on each side of the position `inspect` shows.
const SHOWN: usize = 5;

/// What `inspect` shows before and behind the position.
fn around(bytes: &[u8], at: usize) -> (Vec<u8>, Vec<u8>) {
    let (before, behind) = bytes.split_at(at);
    let behind = match behind.get(..SHOWN) {
        Some(start) if behind.len() > SHOWN => [start, b"..."].concat(),
        _ => behind.to_vec(),
    };
    match before.len().checked_sub(SHOWN) {
        Some(start) if start > 0 => ([b"...", &before[start..]].concat(), behind),
        _ => (before.to_vec(), behind),
    }
}
