//! Instance methods of Time.

use super::civil::{SECOND, Zone, offset_text};
use super::make::{exact, zone_of};
use super::{TimeData, data_of, new_time, shown_of, year_text};
use macros::ruby_methods;
use num_bigint::BigInt;
use vm::{Keywords, RArray, RResult, RString, Value, Vm, sym};

/// Time.
pub struct Times;

macro_rules! weekday {
    ($vm:ident, $this:ident, $number:literal) => {
        Ok(shown_of($vm, $this)?.civil.weekday == $number)
    };
}

#[ruby_methods("Time")]
impl Times {
    #[method("to_i", "tv_sec")]
    fn to_i(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(data_of(vm, this)?.seconds())
    }

    #[method("to_f")]
    fn to_f(vm: &mut Vm, this: Value) -> RResult<f64> {
        let data = data_of(vm, this)?;
        Ok(data.nanos as f64 / 1e9)
    }

    #[method("to_r")]
    fn to_r(vm: &mut Vm, this: Value) -> RResult {
        let data = data_of(vm, this)?;
        Ok(rational(vm, data.nanos))
    }

    #[method("subsec")]
    fn subsec(vm: &mut Vm, this: Value) -> RResult {
        match data_of(vm, this)?.fraction() {
            0 => Ok(Value::small(0)),
            nanos => Ok(rational(vm, i128::from(nanos))),
        }
    }

    #[method("usec", "tv_usec")]
    fn usec(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(data_of(vm, this)?.fraction() / 1000))
    }

    #[method("nsec", "tv_nsec")]
    fn nsec(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(data_of(vm, this)?.fraction()))
    }

    #[method("year")]
    fn year(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(shown_of(vm, this)?.civil.year)
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

    #[method("wday")]
    fn wday(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(shown_of(vm, this)?.civil.weekday))
    }

    #[method("yday")]
    fn yday(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(shown_of(vm, this)?.civil.day_of_year))
    }

    #[method("sunday?")]
    fn is_sunday(vm: &mut Vm, this: Value) -> RResult<bool> {
        weekday!(vm, this, 0)
    }

    #[method("monday?")]
    fn is_monday(vm: &mut Vm, this: Value) -> RResult<bool> {
        weekday!(vm, this, 1)
    }

    #[method("tuesday?")]
    fn is_tuesday(vm: &mut Vm, this: Value) -> RResult<bool> {
        weekday!(vm, this, 2)
    }

    #[method("wednesday?")]
    fn is_wednesday(vm: &mut Vm, this: Value) -> RResult<bool> {
        weekday!(vm, this, 3)
    }

    #[method("thursday?")]
    fn is_thursday(vm: &mut Vm, this: Value) -> RResult<bool> {
        weekday!(vm, this, 4)
    }

    #[method("friday?")]
    fn is_friday(vm: &mut Vm, this: Value) -> RResult<bool> {
        weekday!(vm, this, 5)
    }

    #[method("saturday?")]
    fn is_saturday(vm: &mut Vm, this: Value) -> RResult<bool> {
        weekday!(vm, this, 6)
    }

    #[method("zone")]
    fn zone(vm: &mut Vm, this: Value) -> RResult {
        match shown_of(vm, this)?.zone {
            Some(name) => Ok(vm.str_ascii(&name)),
            None => Ok(Value::NIL),
        }
    }

    #[method("utc_offset", "gmt_offset", "gmtoff")]
    fn utc_offset(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(shown_of(vm, this)?.offset))
    }

    #[method("utc?", "gmt?")]
    fn is_utc(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(data_of(vm, this)?.zone == Zone::Utc)
    }

    #[method("dst?", "isdst")]
    fn is_dst(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(shown_of(vm, this)?.is_summer)
    }

    #[method("utc", "gmtime")]
    fn utc(vm: &mut Vm, this: Value) -> RResult {
        set_zone(vm, this, Zone::Utc)
    }

    #[method("localtime")]
    fn localtime(vm: &mut Vm, this: Value, zone: Option<Value>) -> RResult {
        let zone = zone_argument(vm, zone)?;
        set_zone(vm, this, zone)
    }

    #[method("getutc", "getgm")]
    fn getutc(vm: &mut Vm, this: Value) -> RResult {
        with_zone(vm, this, Zone::Utc)
    }

    #[method("getlocal")]
    fn getlocal(vm: &mut Vm, this: Value, zone: Option<Value>) -> RResult {
        let zone = zone_argument(vm, zone)?;
        with_zone(vm, this, zone)
    }

    #[method("+")]
    fn plus(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if vm.is_a(other, vm.core.time) {
            return Err(vm.type_error("time + time?"));
        }
        let nanos = exact(vm, other, SECOND)?;
        moved(vm, this, nanos)
    }

    #[method("-")]
    fn minus(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if vm.is_a(other, vm.core.time) {
            let difference = data_of(vm, this)?.nanos - data_of(vm, other)?.nanos;
            return Ok(vm.float(difference as f64 / 1e9));
        }
        let nanos = exact(vm, other, SECOND)?;
        moved(vm, this, -nanos)
    }

    #[method("<=>")]
    fn compare(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if !vm.is_a(other, vm.core.time) {
            return compare_reversed(vm, this, other);
        }
        let order = data_of(vm, this)?.nanos.cmp(&data_of(vm, other)?.nanos);
        Ok(Value::small(order as i64))
    }

    #[method("eql?")]
    fn is_eql(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        Ok(vm.is_a(other, vm.core.time) && data_of(vm, this)?.nanos == data_of(vm, other)?.nanos)
    }

    #[method("hash")]
    fn hash(vm: &mut Vm, this: Value) -> RResult<i64> {
        let nanos = data_of(vm, this)?.nanos;
        Ok((vm.hash_bytes(&nanos.to_le_bytes()) >> 2) as i64)
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> RResult {
        let text = shown_of(vm, this)?.text("");
        Ok(vm.str_ascii(&text))
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult {
        let text = shown_of(vm, this)?.inspect();
        Ok(vm.str_ascii(&text))
    }

    #[method("ctime", "asctime")]
    fn ctime(vm: &mut Vm, this: Value) -> RResult {
        let format = vm.new_string(b"%a %b %e %H:%M:%S %Y", text::encoding::Encoding::US_ASCII);
        format_time(vm, this, format)
    }

    #[method("strftime")]
    fn strftime(vm: &mut Vm, this: Value, format: RString) -> RResult {
        format_time(vm, this, format)
    }

    #[method("xmlschema", "iso8601")]
    fn xmlschema(vm: &mut Vm, this: Value, count: Option<usize>) -> RResult {
        let shown = shown_of(vm, this)?;
        let fraction = match count.unwrap_or(0) {
            0 => String::new(),
            count if count > 1000 => return Err(vm.argument_error("too many digits")),
            count => format!(".{:0<count$.count$}", format!("{:09}", shown.nanoseconds)),
        };
        let zone = if shown.is_utc { "Z".to_string() } else { offset_text(shown.offset, ":") };
        let civil = shown.civil;
        let text = format!(
            "{}-{:02}-{:02}T{:02}:{:02}:{:02}{fraction}{zone}",
            year_text(civil.year),
            civil.month,
            civil.day,
            civil.hour,
            civil.minute,
            civil.second
        );
        Ok(vm.str_ascii(&text))
    }

    #[method("to_a")]
    fn to_a(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let shown = shown_of(vm, this)?;
        let civil = shown.civil;
        let list = vm.new_array();
        let numbers = [
            i64::from(civil.second),
            i64::from(civil.minute),
            i64::from(civil.hour),
            i64::from(civil.day),
            i64::from(civil.month),
            civil.year,
            i64::from(civil.weekday),
            i64::from(civil.day_of_year),
        ];
        for number in numbers {
            let number = vm.int(number);
            vm.push(list, number)?;
        }
        vm.push(list, Value::bool(shown.is_summer))?;
        let zone = shown.zone.map_or(Value::NIL, |name| vm.str_ascii(&name));
        vm.push(list, zone)?;
        Ok(list)
    }

    #[method("deconstruct_keys")]
    fn deconstruct_keys(vm: &mut Vm, this: Value, keys: Value) -> RResult {
        let shown = shown_of(vm, this)?;
        let wanted = match RArray::new(keys) {
            Some(list) => Some(vm.roots.values(list.as_slice(&vm.heap))),
            None if keys.is_nil() => None,
            None => {
                let class = vm.class_name_of(keys);
                return Err(vm.type_error(&format!("wrong argument type {class} (expected Array or nil)")));
            }
        };
        let civil = shown.civil;
        let subsec = if shown.nanoseconds == 0 { Value::small(0) } else { rational(vm, i128::from(shown.nanoseconds)) };
        let zone = shown.zone.map_or(Value::NIL, |name| vm.str_ascii(&name));
        let year = vm.int(civil.year);
        let small = |number: u16| Value::small(i64::from(number));
        let rows = [
            ("year", year),
            ("month", small(civil.month.into())),
            ("day", small(civil.day.into())),
            ("yday", small(civil.day_of_year)),
            ("wday", small(civil.weekday.into())),
            ("hour", small(civil.hour.into())),
            ("min", small(civil.minute.into())),
            ("sec", small(civil.second.into())),
            ("subsec", subsec),
            ("dst", Value::bool(shown.is_summer)),
            ("zone", zone),
        ];
        let hash = vm.new_hash();
        for (name, value) in rows {
            let key = vm.symbol(name);
            if wanted.as_ref().is_none_or(|wanted| wanted.contains(&key)) {
                vm.hash_set(hash, key, value)?;
            }
        }
        Ok(hash.value())
    }

    #[method("round")]
    fn round(vm: &mut Vm, this: Value, digits: Option<i64>, _keywords: Keywords) -> RResult {
        cut(vm, this, digits, |rest, unit| if rest * 2 >= unit { unit - rest } else { -rest })
    }

    #[method("floor")]
    fn floor(vm: &mut Vm, this: Value, digits: Option<i64>) -> RResult {
        cut(vm, this, digits, |rest, _| -rest)
    }

    #[method("ceil")]
    fn ceil(vm: &mut Vm, this: Value, digits: Option<i64>) -> RResult {
        cut(vm, this, digits, |rest, unit| if rest == 0 { 0 } else { unit - rest })
    }
}

/// Nanoseconds as a Rational of seconds.
fn rational(vm: &mut Vm, nanos: i128) -> Value {
    let (mut a, mut b) = (nanos.abs(), SECOND);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let above = number(vm, nanos / a);
    let below = number(vm, SECOND / a);
    vm.rational_from(above, below)
}

fn number(vm: &mut Vm, number: i128) -> Value {
    match i64::try_from(number) {
        Ok(number) => vm.int(number),
        Err(_) => vm.big(BigInt::from(number)),
    }
}

fn zone_argument(vm: &mut Vm, zone: Option<Value>) -> RResult<Zone> {
    match zone.filter(|zone| !zone.is_nil()) {
        Some(zone) => zone_of(vm, zone),
        None => Ok(Zone::Local),
    }
}

fn set_zone(vm: &mut Vm, this: Value, zone: Zone) -> RResult {
    if data_of(vm, this)?.zone != zone {
        vm.check_frozen(this)?;
        vm.native::<TimeData>(this, "Time")?.zone = zone;
    }
    Ok(this)
}

fn with_zone(vm: &mut Vm, this: Value, zone: Zone) -> RResult {
    let data = data_of(vm, this)?;
    let class = vm.real_class_of(this);
    new_time(vm, class, data.nanos, zone)
}

fn moved(vm: &mut Vm, this: Value, by: i128) -> RResult {
    let data = data_of(vm, this)?;
    let class = vm.real_class_of(this);
    new_time(vm, class, data.nanos.saturating_add(by), data.zone)
}

fn cut(vm: &mut Vm, this: Value, digits: Option<i64>, change: fn(i128, i128) -> i128) -> RResult {
    let digits = digits.unwrap_or(0);
    if digits < 0 {
        return Err(vm.argument_error("negative ndigits given"));
    }
    let unit = 10i128.pow(9 - digits.min(9) as u32);
    let rest = data_of(vm, this)?.nanos.rem_euclid(unit);
    moved(vm, this, change(rest, unit))
}

fn format_time(vm: &mut Vm, this: Value, format: RString) -> RResult {
    let shown = shown_of(vm, this)?;
    let encoding = format.encoding();
    match strftime::bytes::strftime(&shown, format.bytes()) {
        Ok(bytes) => vm.try_string(&bytes, encoding),
        Err(strftime::Error::InvalidFormatString) => {
            let text = format.to_text();
            Err(vm.argument_error(&format!("invalid format: {text}")))
        }
        Err(error) => Err(vm.argument_error(&error.to_string())),
    }
}

/// What an object of another kind says of a time, turned round; nil where that asks the time again.
fn compare_reversed(vm: &mut Vm, time: Value, other: Value) -> RResult {
    let said = vm.guard_recursion(sym::CMP, time, other, |vm| vm.call(other, sym::CMP, &[time]))?;
    let Some(said) = said.filter(|said| !said.is_nil()) else { return Ok(Value::NIL) };
    let order = vm.comparison_result(said, other, time)?;
    Ok(Value::small(-(order as i64)))
}
