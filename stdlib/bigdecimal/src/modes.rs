//! How results are rounded, how long they may be, and which of them are errors: settings of each fiber.

use crate::decimal::{Decimal, Fault, Outcome, Rounding};
use macros::ruby_methods;
use vm::{Block, RHash, RResult, Value, Vm};

/// Numbers of what may be an error.
pub const INFINITY: i64 = 1;
pub const NAN: i64 = 2;
pub const UNDERFLOW: i64 = 4;
pub const OVERFLOW: i64 = 1;
pub const ZERO_DIVIDE: i64 = 16;
pub const ALL: i64 = 255;

/// Number of the rounding mode among the settings.
pub const ROUND_MODE: i64 = 256;

/// Rounding modes in the order of their numbers, from 1.
pub const MODES: [Rounding; 7] =
    [Rounding::Up, Rounding::Down, Rounding::HalfUp, Rounding::HalfDown, Rounding::Ceiling, Rounding::Floor, Rounding::HalfEven];

const MODE_NAMES: [(&str, Rounding); 11] = [
    ("up", Rounding::Up),
    ("down", Rounding::Down),
    ("truncate", Rounding::Down),
    ("half_up", Rounding::HalfUp),
    ("default", Rounding::HalfUp),
    ("half_down", Rounding::HalfDown),
    ("half_even", Rounding::HalfEven),
    ("banker", Rounding::HalfEven),
    ("ceiling", Rounding::Ceiling),
    ("ceil", Rounding::Ceiling),
    ("floor", Rounding::Floor),
];

/// Where a setting lies among the variables of the fiber, and what it is at first.
struct Setting {
    name: &'static str,
    default: i64,
}

const EXCEPTIONS: Setting = Setting { name: "BigDecimal.exception_mode", default: 0 };
const ROUNDING: Setting = Setting { name: "BigDecimal.rounding_mode", default: 3 };
const LIMIT: Setting = Setting { name: "BigDecimal.precision_limit", default: 0 };

impl Setting {
    fn get(&self, vm: &mut Vm) -> RResult<i64> {
        let (thread, name) = (vm.current_thread(), vm.intern(self.name));
        let locals = vm.thread_locals(thread)?;
        let found = RHash::new(locals).and_then(|locals| vm.hash_get_symbol(locals, name));
        Ok(found.and_then(Value::as_fixnum).unwrap_or(self.default))
    }

    fn set(&self, vm: &mut Vm, number: i64) -> RResult<()> {
        let (thread, name) = (vm.current_thread(), vm.symbol(self.name));
        vm.send(thread, "[]=", &[name, Value::small(number)])?;
        Ok(())
    }

    /// Runs a block and sets back what it has changed.
    fn around(&self, vm: &mut Vm, block: Block) -> RResult {
        let before = self.get(vm)?;
        let result = block.call(vm, &[Value::NIL]);
        self.set(vm, before)?;
        result
    }
}

/// The rounding mode.
pub fn rounding(vm: &mut Vm) -> RResult<Rounding> {
    let number = ROUNDING.get(vm)?;
    Ok(MODES.get(number as usize - 1).copied().unwrap_or(Rounding::HalfUp))
}

/// How many digits results may have; 0 for any number.
pub fn limit(vm: &mut Vm) -> RResult<i64> {
    LIMIT.get(vm)
}

/// The rounding mode that a value names or numbers.
pub fn rounding_of(vm: &mut Vm, value: Value) -> RResult<Rounding> {
    let mode = match value.as_symbol() {
        Some(name) => {
            let name = vm.symbols.text(name);
            MODE_NAMES.iter().find(|row| row.0 == name).map(|row| row.1)
        }
        None => usize::try_from(vm.to_i64(value)?).ok().and_then(|number| MODES.get(number.wrapping_sub(1)).copied()),
    };
    mode.map_or_else(|| invalid_mode(vm, value), Ok)
}

/// The rounding mode of the keyword `half`; nil for the fiber's.
pub fn rounding_of_half(vm: &mut Vm, value: Value) -> RResult<Rounding> {
    if value.is_nil() {
        return rounding(vm);
    }
    let name = match value.as_symbol() {
        Some(name) => vm.symbols.text(name).into_owned(),
        None => match vm.try_to_str(value)? {
            Some(text) => text.to_text(),
            None => return invalid_mode(vm, value),
        },
    };
    match name.to_ascii_lowercase().as_str() {
        "up" => Ok(Rounding::HalfUp),
        "down" => Ok(Rounding::HalfDown),
        "even" => Ok(Rounding::HalfEven),
        _ => invalid_mode(vm, value),
    }
}

fn invalid_mode(vm: &mut Vm, value: Value) -> RResult<Rounding> {
    let shown = vm.to_s_text(value)?;
    Err(vm.argument_error(&format!("invalid rounding mode ({shown})")))
}

/// FloatDomainError, if the setting says so.
pub fn complain(vm: &mut Vm, kind: i64, message: &str) -> RResult<()> {
    if EXCEPTIONS.get(vm)? & kind == 0 {
        return Ok(());
    }
    Err(domain_error(vm, message))
}

/// FloatDomainError.
pub fn domain_error(vm: &mut Vm, message: &str) -> vm::Raised {
    let class = vm.core.float_domain_error;
    vm.raise(class, message)
}

/// What a special number is called in errors.
fn special(number: &Decimal) -> Option<(i64, &'static str)> {
    match number {
        Decimal::NaN => Some((NAN, "Computation results in 'NaN' (Not a Number)")),
        Decimal::Infinity { is_negative: false } => Some((INFINITY, "Computation results in 'Infinity'")),
        Decimal::Infinity { is_negative: true } => Some((INFINITY, "Computation results in '-Infinity'")),
        _ => None,
    }
}

/// FloatDomainError for a special number, if the setting says so.
pub fn check(vm: &mut Vm, number: &Decimal) -> RResult<()> {
    special(number).map_or(Ok(()), |(kind, message)| complain(vm, kind, message))
}

/// FloatDomainError for a special number, whatever the settings.
pub fn must_be_finite(vm: &mut Vm, number: &Decimal) -> RResult<()> {
    special(number).map_or(Ok(()), |(_, message)| Err(domain_error(vm, message)))
}

/// The error that the operands of an operation give rise to before its result does.
pub fn check_operation(vm: &mut Vm, operands: [&Decimal; 2], result: &Decimal) -> RResult<()> {
    if operands.iter().all(|operand| operand.is_finite()) {
        return Ok(());
    }
    match result {
        Decimal::NaN => complain(vm, NAN, "Computation results to 'NaN'"),
        Decimal::Infinity { is_negative: false } => complain(vm, INFINITY, "Computation results to 'Infinity'"),
        _ => complain(vm, INFINITY, "Computation results to '-Infinity'"),
    }
}

/// The result, or what stands for one that is too large or too small.
pub fn settle(vm: &mut Vm, outcome: Outcome) -> RResult<Decimal> {
    match outcome {
        Ok(number) => Ok(number),
        Err(Fault::TooLong) => Err(vm.no_memory()),
        Err(Fault::Overflow { is_negative }) => {
            complain(vm, OVERFLOW, "Exponent overflow")?;
            Ok(Decimal::Infinity { is_negative })
        }
        Err(Fault::Underflow { is_negative }) => {
            complain(vm, UNDERFLOW, "Exponent underflow")?;
            Ok(Decimal::Zero { is_negative })
        }
    }
}

/// Settings as methods of BigDecimal.
pub struct Modes;

#[ruby_methods("BigDecimal")]
impl Modes {
    #[singleton("mode")]
    fn mode(vm: &mut Vm, _this: Value, which: Value, value: Option<Value>) -> RResult<i64> {
        let which = i64::from(vm.to_i32(which)?);
        let value = value.unwrap_or(Value::NIL);
        if which & ALL != 0 {
            let mut mode = EXCEPTIONS.get(vm)?;
            match value {
                Value::NIL => return Ok(mode),
                Value::TRUE => mode |= which & (INFINITY | NAN | UNDERFLOW | ZERO_DIVIDE),
                Value::FALSE => mode &= !(which & (INFINITY | NAN | UNDERFLOW | ZERO_DIVIDE)),
                _ => return Err(vm.argument_error("second argument must be true or false")),
            }
            EXCEPTIONS.set(vm, mode)?;
            return Ok(mode);
        }
        if which != ROUND_MODE {
            return Err(vm.type_error("first argument for BigDecimal.mode invalid"));
        }
        if !value.is_nil() {
            let mode = rounding_of(vm, value)?;
            let number = MODES.iter().position(|&other| other == mode).unwrap_or(0) as i64 + 1;
            ROUNDING.set(vm, number)?;
        }
        ROUNDING.get(vm)
    }

    #[singleton("limit")]
    fn limit(vm: &mut Vm, _this: Value, digits: Option<Value>) -> RResult<i64> {
        let before = LIMIT.get(vm)?;
        if let Some(digits) = digits.filter(|digits| !digits.is_nil()) {
            let digits = vm.to_i32(digits)?;
            if digits < 0 {
                return Err(vm.argument_error("argument must be positive"));
            }
            LIMIT.set(vm, digits.into())?;
        }
        Ok(before)
    }

    #[singleton("save_exception_mode")]
    fn save_exception_mode(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        EXCEPTIONS.around(vm, block)
    }

    #[singleton("save_rounding_mode")]
    fn save_rounding_mode(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        ROUNDING.around(vm, block)
    }

    #[singleton("save_limit")]
    fn save_limit(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        LIMIT.around(vm, block)
    }
}
