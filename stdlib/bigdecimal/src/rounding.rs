//! Rounding of BigDecimals to places behind or before the decimal point.

use crate::decimal::{Decimal, Rounding};
use crate::modes;
use crate::number::{give, receiver, to_integer};
use macros::ruby_methods;
use vm::{Keywords, RResult, Value, Vm};

fn rounded(vm: &mut Vm, this: Value, places: i64, rounding: Rounding) -> RResult<Decimal> {
    let number = receiver(vm, this)?;
    modes::settle(vm, number.rounded(places, rounding))
}

/// An Integer without places, a BigDecimal with them.
fn to_places(vm: &mut Vm, this: Value, places: Option<Value>, rounding: Rounding) -> RResult {
    let digits = places.map_or(Ok(0), |places| vm.to_i32(places))?;
    let number = rounded(vm, this, digits.into(), rounding)?;
    modes::check(vm, &number)?;
    if places.is_some() {
        return give(vm, Ok(number));
    }
    let integer = to_integer(vm, &number)?;
    Ok(vm.big(integer))
}

/// Rounding.
pub struct Places;

#[ruby_methods("BigDecimal")]
impl Places {
    /// Without a mode, and with no place behind the decimal point, an Integer.
    #[method("round")]
    fn round(vm: &mut Vm, this: Value, places: Option<Value>, mode: Option<Value>, keywords: Keywords) -> RResult {
        let digits = places.map_or(Ok(0), |places| vm.to_i32(places))?;
        let rounding = match (keywords.hash(), mode) {
            (Some(_), _) => {
                let half = keywords.get(vm, "half").unwrap_or(Value::NIL);
                modes::rounding_of_half(vm, half)?
            }
            (None, Some(mode)) => modes::rounding_of(vm, mode)?,
            (None, None) => modes::rounding(vm)?,
        };
        let number = rounded(vm, this, digits.into(), rounding)?;
        if digits >= 1 || mode.is_some() || keywords.hash().is_some() {
            return give(vm, Ok(number));
        }
        modes::check(vm, &number)?;
        let integer = to_integer(vm, &number)?;
        Ok(vm.big(integer))
    }

    #[method("truncate")]
    fn truncate(vm: &mut Vm, this: Value, places: Option<Value>) -> RResult {
        to_places(vm, this, places, Rounding::Down)
    }

    #[method("floor")]
    fn floor(vm: &mut Vm, this: Value, places: Option<Value>) -> RResult {
        to_places(vm, this, places, Rounding::Floor)
    }

    #[method("ceil")]
    fn ceil(vm: &mut Vm, this: Value, places: Option<Value>) -> RResult {
        to_places(vm, this, places, Rounding::Ceiling)
    }

    #[method("fix")]
    fn fix(vm: &mut Vm, this: Value) -> RResult {
        let number = rounded(vm, this, 0, Rounding::Down)?;
        give(vm, Ok(number))
    }

    #[method("frac")]
    fn fraction(vm: &mut Vm, this: Value) -> RResult {
        let number = receiver(vm, this)?;
        give(vm, number.fraction())
    }
}
