//! The methods that match: a pattern here or further on, one character, one byte, an Integer.

use crate::scanner::{Mode, part, place, scan, state};
use macros::ruby_methods;
use numeric::parse::Integer;
use text::encoding::step_len;
use vm::{Keywords, RResult, Value, Vm};

const HERE: Mode = Mode { searches: false, advances: false, gives_text: false };
const AHEAD: Mode = Mode { searches: true, ..HERE };

/// Methods that match.
pub struct Scanning;

#[ruby_methods("StringScanner")]
impl Scanning {
    #[method("scan")]
    fn scan(vm: &mut Vm, this: Value, pattern: Value) -> RResult {
        scan(vm, this, pattern, Mode { advances: true, gives_text: true, ..HERE })
    }

    #[method("match?")]
    fn match_length(vm: &mut Vm, this: Value, pattern: Value) -> RResult {
        scan(vm, this, pattern, HERE)
    }

    #[method("skip")]
    fn skip(vm: &mut Vm, this: Value, pattern: Value) -> RResult {
        scan(vm, this, pattern, Mode { advances: true, ..HERE })
    }

    #[method("check")]
    fn check(vm: &mut Vm, this: Value, pattern: Value) -> RResult {
        scan(vm, this, pattern, Mode { gives_text: true, ..HERE })
    }

    #[method("scan_full")]
    fn scan_full(vm: &mut Vm, this: Value, pattern: Value, advances: bool, gives_text: bool) -> RResult {
        scan(vm, this, pattern, Mode { advances, gives_text, ..HERE })
    }

    #[method("scan_until")]
    fn scan_until(vm: &mut Vm, this: Value, pattern: Value) -> RResult {
        scan(vm, this, pattern, Mode { advances: true, gives_text: true, ..AHEAD })
    }

    #[method("exist?")]
    fn exist(vm: &mut Vm, this: Value, pattern: Value) -> RResult {
        scan(vm, this, pattern, AHEAD)
    }

    #[method("skip_until")]
    fn skip_until(vm: &mut Vm, this: Value, pattern: Value) -> RResult {
        scan(vm, this, pattern, Mode { advances: true, ..AHEAD })
    }

    #[method("check_until")]
    fn check_until(vm: &mut Vm, this: Value, pattern: Value) -> RResult {
        scan(vm, this, pattern, Mode { gives_text: true, ..AHEAD })
    }

    #[method("search_full")]
    fn search_full(vm: &mut Vm, this: Value, pattern: Value, advances: bool, gives_text: bool) -> RResult {
        scan(vm, this, pattern, Mode { advances, gives_text, ..AHEAD })
    }

    #[method("getch")]
    fn getch(vm: &mut Vm, this: Value) -> RResult {
        let (text, at) = place(vm, this)?;
        take(vm, this, step_len(text.encoding(), text.bytes(), at))
    }

    #[method("get_byte")]
    fn get_byte(vm: &mut Vm, this: Value) -> RResult {
        take(vm, this, 1)
    }

    /// The next byte as a number.
    #[method("scan_byte")]
    fn scan_byte(vm: &mut Vm, this: Value) -> RResult {
        let (text, at) = place(vm, this)?;
        let byte = text.bytes().get(at).copied();
        let scanner = state(vm, this)?;
        scanner.forget_match();
        Ok(byte.map_or(Value::NIL, |byte| {
            scanner.take(1);
            Value::small(i64::from(byte))
        }))
    }

    #[method("scan_integer")]
    fn scan_integer(vm: &mut Vm, this: Value, keywords: Keywords) -> RResult {
        keywords.check(vm, &["base"])?;
        match keywords.get(vm, "base") {
            None => integer(vm, this, 10),
            Some(base) if base == Value::small(10) || base == Value::small(16) => integer(vm, this, base.as_fixnum().unwrap_or(10)),
            Some(base) => {
                let base = vm.inspect_text(base)?;
                Err(vm.argument_error(&format!("Unsupported integer base: {base}, expected 10 or 16")))
            }
        }
    }

    #[method("scan_base10_integer", private)]
    fn scan_base10_integer(vm: &mut Vm, this: Value) -> RResult {
        integer(vm, this, 10)
    }

    #[method("scan_base16_integer", private)]
    fn scan_base16_integer(vm: &mut Vm, this: Value) -> RResult {
        integer(vm, this, 16)
    }
}

/// Takes some bytes as they are; nil at the end.
fn take(vm: &mut Vm, this: Value, length: usize) -> RResult {
    let (text, at) = place(vm, this)?;
    let scanner = state(vm, this)?;
    scanner.forget_match();
    if at >= text.len() {
        return Ok(Value::NIL);
    }
    scanner.take(length);
    part(vm, text, at, at + length)
}

/// Takes an Integer in base 10 or 16; nil when there is none.
fn integer(vm: &mut Vm, this: Value, base: i64) -> RResult {
    let (text, at) = place(vm, this)?;
    state(vm, this)?.forget_match();
    vm.check_ascii_compatible(text)?;
    let rest = text.bytes().get(at..).unwrap_or(&[]);
    let Some(length) = integer_length(rest, base) else { return Ok(Value::NIL) };
    let number = numeric::parse::integer(&rest[..length], base);
    state(vm, this)?.take(length);
    match number {
        Ok(Integer::Small(number)) => Ok(vm.int(number)),
        Ok(Integer::Big(number)) => Ok(vm.big(number)),
        Err(error) => Err(vm.raise_numeric_error(&error)),
    }
}

/// Bytes of the sign, `0x` and digits at the start; None without a digit.
fn integer_length(bytes: &[u8], base: i64) -> Option<usize> {
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let is_digit = |byte: &u8| if base == 16 { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
    let has_prefix = base == 16 && bytes[sign..].starts_with(b"0x") && bytes.get(sign + 2).is_some_and(is_digit);
    let start = sign + if has_prefix { 2 } else { 0 };
    let digits = bytes[start..].iter().take_while(|byte| is_digit(byte)).count();
    (digits > 0).then_some(start + digits)
}
