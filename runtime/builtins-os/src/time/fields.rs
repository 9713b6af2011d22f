//! The methods that Time shares with what a zone object of the program is given (`Time::tm`).

use super::civil::Zone;
use super::instant::{Instant, SECOND};
use super::make::exact;
use super::{data_of, new_time, shown_of, too_far, zone_object};
use macros::ruby_methods;
use num_bigint::BigInt;
use numeric::rational::Rational;
use vm::{RArray, RResult, Value, Vm};

/// Fields, arithmetic and texts.
pub struct Fields;

#[ruby_methods("Time")]
impl Fields {
    #[method("to_i", "tv_sec")]
    fn to_i(vm: &mut Vm, this: Value) -> RResult {
        let seconds = data_of(vm, this)?.instant.seconds();
        Ok(integer(vm, seconds))
    }

    #[method("to_f")]
    fn to_f(vm: &mut Vm, this: Value) -> RResult<f64> {
        Ok(data_of(vm, this)?.instant.to_f64())
    }

    #[method("to_r")]
    fn to_r(vm: &mut Vm, this: Value) -> RResult {
        let seconds = data_of(vm, this)?.instant.to_seconds();
        Ok(rational(vm, seconds))
    }

    #[method("subsec")]
    fn subsec(vm: &mut Vm, this: Value) -> RResult {
        let below = data_of(vm, this)?.instant.below_second();
        Ok(number(vm, below.to_seconds()))
    }

    #[method("usec", "tv_usec")]
    fn usec(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(data_of(vm, this)?.instant.nanosecond() / 1000))
    }

    #[method("nsec", "tv_nsec")]
    fn nsec(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(data_of(vm, this)?.instant.nanosecond()))
    }

    #[method("year")]
    fn year(vm: &mut Vm, this: Value) -> RResult {
        let year = shown_of(vm, this)?.civil.year;
        Ok(integer(vm, year))
    }

    #[method("month", "mon")]
    fn month(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(shown_of(vm, this)?.civil.month))
    }

    #[method("day", "mday")]
    fn day(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(shown_of(vm, this)?.civil.day))
    }

    #[method("hour")]
    fn hour(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(shown_of(vm, this)?.civil.hour))
    }

    #[method("min")]
    fn min(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(shown_of(vm, this)?.civil.minute))
    }

    #[method("sec")]
    fn sec(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(shown_of(vm, this)?.civil.second))
    }

    #[method("zone")]
    fn zone(vm: &mut Vm, this: Value) -> RResult {
        let shown = shown_of(vm, this)?;
        Ok(zone_value(vm, this, shown.zone))
    }

    #[method("utc_offset", "gmt_offset", "gmtoff")]
    fn utc_offset(vm: &mut Vm, this: Value) -> RResult {
        if let Zone::Exact(offset) = data_of(vm, this)?.zone {
            return Ok(number(vm, offset.to_seconds()));
        }
        Ok(Value::small(i64::from(shown_of(vm, this)?.offset)))
    }

    #[method("utc?", "gmt?")]
    fn is_utc(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(data_of(vm, this)?.zone == Zone::Utc)
    }

    #[method("dst?", "isdst")]
    fn is_dst(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(shown_of(vm, this)?.is_summer)
    }

    #[method("+")]
    fn plus(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if vm.is_a(other, vm.core.time) {
            return Err(vm.type_error("time + time?"));
        }
        let by = exact(vm, other, SECOND)?;
        moved(vm, this, &by)
    }

    #[method("-")]
    fn minus(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if vm.is_a(other, vm.core.time) {
            let (minuend, subtrahend) = (data_of(vm, this)?.instant, data_of(vm, other)?.instant);
            let Some(difference) = minuend.minus(&subtrahend) else { return Err(too_far(vm)) };
            return Ok(vm.float(difference.to_seconds().to_f64()));
        }
        let by = exact(vm, other, SECOND)?;
        moved(vm, this, &by.negated())
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> RResult {
        let text = shown_of(vm, this)?.to_s();
        Ok(vm.str_ascii(&text))
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult {
        let text = shown_of(vm, this)?.inspect();
        Ok(vm.str_ascii(&text))
    }

    #[method("to_a")]
    fn to_a(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let shown = shown_of(vm, this)?;
        let civil = shown.civil;
        let list = vm.new_array();
        let numbers = [
            i128::from(civil.second),
            i128::from(civil.minute),
            i128::from(civil.hour),
            i128::from(civil.day),
            i128::from(civil.month),
            civil.year,
            i128::from(civil.weekday),
            i128::from(civil.day_of_year),
        ];
        for number in numbers {
            let number = integer(vm, number);
            vm.push(list, number)?;
        }
        vm.push(list, Value::bool(shown.is_summer))?;
        let zone = zone_value(vm, this, shown.zone);
        vm.push(list, zone)?;
        Ok(list)
    }
}

/// What `zone` answers: the abbreviation, or the program's object.
pub fn zone_value(vm: &mut Vm, this: Value, name: Option<String>) -> Value {
    match name {
        Some(name) => vm.str_ascii(&name),
        None => zone_object::kept(vm, this).unwrap_or(Value::NIL),
    }
}

/// A fraction as an Integer or a Rational.
pub fn number(vm: &mut Vm, fraction: Rational) -> Value {
    let is_whole = *fraction.denominator() == BigInt::from(1);
    if is_whole { integer(vm, fraction.into_parts().0) } else { rational(vm, fraction) }
}

fn rational(vm: &mut Vm, fraction: Rational) -> Value {
    let (above, below) = fraction.into_parts();
    let above = integer(vm, above);
    let below = integer(vm, below);
    vm.rational_from(above, below)
}

/// An Integer.
pub fn integer(vm: &mut Vm, number: impl Into<BigInt>) -> Value {
    vm.big(number.into())
}

/// A time that much later, shown by the same clock.
pub fn moved(vm: &mut Vm, this: Value, by: &Instant) -> RResult {
    let data = data_of(vm, this)?;
    let Some(instant) = data.instant.plus(by) else { return Err(too_far(vm)) };
    let time_like = vm.class_at(zone_object::TIME_LIKE);
    let class = if vm.is_a(this, time_like) { time_like } else { vm.core.time };
    let placed = zone_object::placed_beside(vm, this, data.zone, instant)?;
    new_time(vm, vm.class_view(class), placed)
}
