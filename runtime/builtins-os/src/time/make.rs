//! Making Times: from the clock, numbers, civil fields and texts; reading exact numbers and zones.

use super::civil::{SECOND, Zone, ZoneFault, days_from_civil, local_instant, parse_zone, with_summer};
use super::{SystemZone, TimeData, data_of, new_time};
use macros::ruby_methods;
use objects::number::integer_of;
use vm::{Keywords, RResult, RString, Raised, Value, Vm, sym};

/// Class methods and initialisation.
pub struct Makers;

#[ruby_methods("Time")]
impl Makers {
    #[singleton("now")]
    fn now(vm: &mut Vm, this: vm::RClass, keywords: Keywords) -> RResult {
        keywords.check(vm, &["in"])?;
        let zone = zone_keyword(vm, keywords)?.unwrap_or(Zone::Local);
        new_time(vm, this, clock(), zone)
    }

    #[singleton("at")]
    fn at(vm: &mut Vm, this: vm::RClass, time: Value, sub: Option<Value>, unit: Option<Value>, keywords: Keywords) -> RResult {
        keywords.check(vm, &["in"])?;
        let zone = zone_keyword(vm, keywords)?;
        if let (Some(other), None) = (objects::RData::new(time).and_then(|data| data.read::<TimeData>(&vm.heap).copied()), sub) {
            return new_time(vm, this, other.nanos, zone.unwrap_or(other.zone));
        }
        let mut nanos = exact(vm, time, SECOND)?;
        if let Some(sub) = sub {
            let name = match unit {
                None => "microsecond".to_string(),
                Some(unit) => match unit.as_symbol() {
                    Some(symbol) => vm.symbols.text(symbol).into_owned(),
                    None => vm.inspect_text(unit)?,
                },
            };
            let scale = match name.as_str() {
                "millisecond" => 1_000_000,
                "usec" | "microsecond" => 1_000,
                "nsec" | "nanosecond" => 1,
                _ => return Err(vm.argument_error(&format!("unexpected unit: {name}"))),
            };
            nanos += exact(vm, sub, scale)?;
        }
        new_time(vm, this, nanos, zone.unwrap_or(Zone::Local))
    }

    #[singleton("utc", "gm")]
    fn utc(vm: &mut Vm, this: vm::RClass, args: &[Value]) -> RResult {
        from_fields(vm, this, args, Zone::Utc)
    }

    #[singleton("local", "mktime")]
    fn local(vm: &mut Vm, this: vm::RClass, args: &[Value]) -> RResult {
        from_fields(vm, this, args, Zone::Local)
    }

    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords) -> RResult {
        keywords.check(vm, &["in", "precision"])?;
        if args.len() > 7 {
            return Err(vm.arity_error(args.len(), 0, Some(7)));
        }
        let mut zone = zone_keyword(vm, keywords)?;
        if let Some(&last) = args.get(6).filter(|last| !last.is_nil()) {
            if zone.is_some() {
                return Err(vm.argument_error("timezone argument given as positional and keyword arguments"));
            }
            zone = Some(zone_of(vm, last)?);
        }
        let (nanos, zone) = match args {
            [] => (clock(), zone.unwrap_or(Zone::Local)),
            &[only] if RString::new(only).is_some() => {
                let text = vm.to_str(only)?.to_text();
                parse_text(vm, &text, zone)?
            }
            _ => {
                let zone = zone.unwrap_or(Zone::Local);
                let fields = &args[..args.len().min(6)];
                (instant(vm, fields, None, zone)?, zone)
            }
        };
        *vm.native::<TimeData>(this, "Time")? = TimeData { nanos, zone, is_initialized: true };
        Ok(this)
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let data = data_of(vm, other)?;
        *vm.native::<TimeData>(this, "Time")? = data;
        Ok(this)
    }
}

/// Nanoseconds since the epoch, now.
fn clock() -> i128 {
    match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}

/// `value * scale`, cut off towards the past; TypeError unless it is an exact number.
pub fn exact(vm: &mut Vm, value: Value, scale: i128) -> RResult<i128> {
    let too_far = |vm: &mut Vm| vm.range_error("out of Time range");
    if let Some(number) = integer_of(value) {
        let scaled = i128::try_from(number).ok().and_then(|number| number.checked_mul(scale));
        return scaled.filter(|scaled| scaled.abs() < i128::MAX / 4).ok_or_else(|| too_far(vm));
    }
    if vm.is_a(value, vm.core.float) {
        let number = vm.to_f64(value)?;
        return match float_nanos(number, scale) {
            Some(nanos) => Ok(nanos),
            None if number.is_finite() => Err(too_far(vm)),
            None => {
                let class = vm.class_at("FloatDomainError");
                let text = vm.inspect_text(value)?;
                Err(vm.raise(class, &text))
            }
        };
    }
    if vm.is_a(value, vm.core.rational) {
        let part = |vm: &Vm, name| vm.hidden(value, name).and_then(integer_of).and_then(|number| i128::try_from(number).ok());
        let (Some(above), Some(below)) = (part(vm, sym::H_NUMERATOR), part(vm, sym::H_DENOMINATOR)) else { return Err(too_far(vm)) };
        let whole = above.div_euclid(below).checked_mul(scale);
        let rest = above.rem_euclid(below).checked_mul(scale).map(|rest| rest.div_euclid(below));
        return whole.zip(rest).and_then(|(whole, rest)| whole.checked_add(rest)).ok_or_else(|| too_far(vm));
    }
    if !value.is_nil() && RString::new(value).is_none() {
        let name = vm.intern("to_r");
        let class = vm.class_of(value);
        if vm.find_method(class, name).is_some() {
            let converted = vm.send(value, "to_r", &[])?;
            if vm.is_a(converted, vm.core.rational) {
                return exact(vm, converted, scale);
            }
        }
        let name = vm.intern("to_int");
        if vm.find_method(class, name).is_some() {
            let converted = vm.to_int(value)?;
            return exact(vm, converted, scale);
        }
    }
    let class = vm.class_name_of(value);
    Err(vm.type_error(&format!("can't convert {class} into an exact number")))
}

/// The exact product of a float and a scale, cut off towards the past; None when it is too large.
fn float_nanos(number: f64, scale: i128) -> Option<i128> {
    if !number.is_finite() || number.abs() > 1e18 {
        return None;
    }
    let whole = number.floor();
    let mut rest = number - whole;
    // The rest is below one and exact: its 53 bits become an integer over a power of two.
    let mut shift = 0u32;
    while rest.fract() != 0.0 && shift < 1100 {
        rest *= 2.0;
        shift += 1;
    }
    let scaled = if rest > 9.1e15 { 0 } else { (rest as i128 * scale).checked_shr(shift).unwrap_or(0) };
    (whole as i128).checked_mul(scale)?.checked_add(scaled)
}

fn zone_keyword(vm: &mut Vm, keywords: Keywords) -> RResult<Option<Zone>> {
    match keywords.get(vm, "in") {
        Some(zone) if !zone.is_nil() => zone_of(vm, zone).map(Some),
        _ => Ok(None),
    }
}

/// A zone argument.
pub fn zone_of(vm: &mut Vm, zone: Value) -> RResult<Zone> {
    if RString::new(zone).is_some() {
        let text = vm.to_str(zone)?.to_text();
        return parse_zone(&text).map_err(|fault| zone_error(vm, &text, &fault));
    }
    let seconds = exact(vm, zone, 1)?;
    if seconds.abs() >= 86_400 {
        return Err(vm.argument_error("utc_offset out of range"));
    }
    Ok(Zone::Fixed(seconds as i32))
}

fn zone_error(vm: &mut Vm, text: &str, fault: &ZoneFault) -> Raised {
    match fault {
        ZoneFault::Form => {
            vm.argument_error(&format!("\"+HH:MM\", \"-HH:MM\", \"UTC\" or \"A\"..\"I\",\"K\"..\"Z\" expected for utc_offset: {text}"))
        }
        ZoneFault::Range => vm.argument_error("utc_offset out of range"),
    }
}

fn from_fields(vm: &mut Vm, class: vm::RClass, args: &[Value], zone: Zone) -> RResult {
    let nanos = match *args {
        [second, minute, hour, day, month, year, _, _, is_summer, _] => {
            let nanos = instant(vm, &[year, month, day, hour, minute, second], None, zone)?;
            if zone == Zone::Local { in_season(vm, nanos, is_summer.truthy()) } else { nanos }
        }
        [] => return Err(vm.arity_error(0, 1, Some(8))),
        _ if args.len() > 8 => return Err(vm.arity_error(args.len(), 1, Some(8))),
        _ => instant(vm, &args[..args.len().min(6)], args.get(6).copied(), zone)?,
    };
    new_time(vm, class, nanos, zone)
}

/// In the hour that is shown twice, the instant in summer time or the other.
fn in_season(vm: &mut Vm, nanos: i128, is_summer: bool) -> i128 {
    let seconds = with_summer(SystemZone::current(vm), nanos.div_euclid(SECOND) as i64, is_summer);
    i128::from(seconds) * SECOND + nanos.rem_euclid(SECOND)
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn integer_field(vm: &mut Vm, value: Value) -> RResult<i64> {
    if RString::new(value).is_some() {
        let main = vm.main;
        let ten = Value::small(10);
        let number = vm.send(main, "Integer", &[value, ten])?;
        return vm.to_i64(number);
    }
    vm.to_i64(value)
}

fn month_field(vm: &mut Vm, value: Value) -> RResult<i64> {
    if RString::new(value).is_some() {
        let text = vm.to_str(value)?.to_text().to_ascii_lowercase();
        if let Some(index) = MONTHS.iter().position(|name| *name == text) {
            return Ok(index as i64 + 1);
        }
    }
    integer_field(vm, value)
}

/// A field between bounds, the default when nil or missing.
fn bounded(vm: &mut Vm, given: Option<Value>, default: i64, low: i64, high: i64, fault: &str) -> RResult<i64> {
    let Some(value) = given.filter(|value| !value.is_nil()) else { return Ok(default) };
    let number = integer_field(vm, value)?;
    if number < low {
        return Err(vm.argument_error("argument out of range"));
    }
    if number > high {
        return Err(vm.argument_error(fault));
    }
    Ok(number)
}

/// Year, month, day, hour, minute, second as far as given, and microseconds.
fn instant(vm: &mut Vm, fields: &[Value], micros: Option<Value>, zone: Zone) -> RResult<i128> {
    let year = integer_field(vm, fields[0])?;
    let month = match fields.get(1).filter(|month| !month.is_nil()) {
        Some(&month) => month_field(vm, month)?,
        None => 1,
    };
    if !(1..=12).contains(&month) {
        return Err(vm.argument_error("mon out of range"));
    }
    let day = bounded(vm, fields.get(2).copied(), 1, 1, 31, "argument out of range")?;
    let hour = bounded(vm, fields.get(3).copied(), 0, 0, 24, "hour out of range")?;
    let minute = bounded(vm, fields.get(4).copied(), 0, 0, if hour == 24 { 0 } else { 59 }, "min out of range")?;
    let mut nanos = match fields.get(5).filter(|second| !second.is_nil()) {
        None => 0,
        Some(&second) if RString::new(second).is_some() => i128::from(integer_field(vm, second)?) * SECOND,
        Some(&second) => exact(vm, second, SECOND)?,
    };
    if nanos < 0 {
        return Err(vm.argument_error("argument out of range"));
    }
    if nanos >= 61 * SECOND || hour == 24 && nanos > 0 {
        return Err(vm.argument_error("sec out of range"));
    }
    if let Some(micros) = micros.filter(|micros| !micros.is_nil()) {
        let micros = exact(vm, micros, 1_000)?;
        if !(0..SECOND).contains(&micros) {
            return Err(vm.argument_error("subsecx out of range"));
        }
        nanos += micros;
    }
    let date = Date { year, month: month as u8, day: day as u8 };
    date.at(vm, hour * 3600 + minute * 60, nanos, zone)
}

struct Date {
    year: i64,
    month: u8,
    day: u8,
}

impl Date {
    fn at(&self, vm: &mut Vm, seconds: i64, nanos: i128, zone: Zone) -> RResult<i128> {
        if self.year.unsigned_abs() > 70_000_000_000 {
            return Err(vm.range_error("out of Time range"));
        }
        let civil = days_from_civil(self.year, self.month, self.day) * 86_400 + seconds + nanos.div_euclid(SECOND) as i64;
        let instant = match zone {
            Zone::Utc => civil,
            Zone::Fixed(offset) => civil - i64::from(offset),
            Zone::Local => local_instant(SystemZone::current(vm), civil),
        };
        Ok(i128::from(instant) * SECOND + nanos.rem_euclid(SECOND))
    }
}

/// Takes `count` digits off the text.
fn digits(vm: &mut Vm, text: &mut &str, count: usize, name: &str, before: char) -> RResult<i64> {
    let width = text.bytes().take_while(u8::is_ascii_digit).count();
    if width != count {
        let shown: String = text.chars().take(10).collect();
        return Err(vm.argument_error(&format!("two digits {name} is expected after '{before}': {before}{shown}")));
    }
    let (number, rest) = text.split_at(count);
    *text = rest;
    Ok(number.parse().unwrap_or(0))
}

/// `Time.new("2026-11-23 09:40:00 +09:00")`
fn parse_text(vm: &mut Vm, text: &str, zone: Option<Zone>) -> RResult<(i128, Zone)> {
    let mut rest = text;
    let width = rest.bytes().take_while(u8::is_ascii_digit).count();
    if width == 0 {
        let shown = vm.str(text);
        let shown = vm.inspect_text(shown)?;
        return Err(vm.argument_error(&format!("can't parse: {shown}")));
    }
    if width < 4 {
        return Err(vm.argument_error(&format!("year must be 4 or more digits: {}", &rest[..width])));
    }
    let Ok(year) = rest[..width].parse::<i64>() else { return Err(vm.range_error("out of Time range")) };
    rest = &rest[width..];
    if rest.is_empty() {
        let zone = zone.unwrap_or(Zone::Local);
        return Ok((Date { year, month: 1, day: 1 }.at(vm, 0, 0, zone)?, zone));
    }
    let mut date = [0i64; 2];
    for (index, name) in ["mon", "mday"].iter().enumerate() {
        let Some(after) = rest.strip_prefix('-') else { return Err(vm.argument_error("no time information")) };
        rest = after;
        date[index] = digits(vm, &mut rest, 2, name, '-')?;
    }
    let Some(after) = rest.strip_prefix([' ', 'T']) else { return Err(vm.argument_error("no time information")) };
    rest = after;
    let clock_text = rest;
    let mut clock = [0i64; 3];
    for (index, name) in ["hour", "min", "sec"].iter().enumerate() {
        if index > 0 {
            let Some(after) = rest.strip_prefix(':') else {
                let shown = &clock_text[..clock_text.len() - rest.len()];
                return Err(vm.argument_error(&format!("missing {name} part: {shown}")));
            };
            rest = after;
        }
        clock[index] = digits(vm, &mut rest, 2, name, if index == 0 { ' ' } else { ':' })?;
    }
    let mut nanos = 0i128;
    if let Some(after) = rest.strip_prefix('.') {
        let width = after.bytes().take_while(u8::is_ascii_digit).count();
        if width == 0 {
            return Err(vm.argument_error(&format!("subsecond expected after dot: {clock_text}")));
        }
        let kept = &after[..width.min(9)];
        nanos = format!("{kept:0<9}").parse().unwrap_or(0);
        rest = &after[width..];
    }
    for (value, low, high, fault) in [
        (date[0], 1, 12, "mon out of range"),
        (date[1], 1, 31, "mday out of range"),
        (clock[0], 0, 24, "hour out of range"),
        (clock[1], 0, 59, "min out of range"),
        (clock[2], 0, 60, "sec out of range"),
    ] {
        if !(low..=high).contains(&value) {
            return Err(vm.argument_error(fault));
        }
    }
    let name = rest.trim_start_matches(' ');
    let zone = match (name, zone) {
        ("", zone) => zone.unwrap_or(Zone::Local),
        (_, Some(zone)) => zone,
        (name, None) => parse_zone(name).map_err(|fault| zone_error(vm, name, &fault))?,
    };
    let date = Date { year, month: date[0] as u8, day: date[1] as u8 };
    Ok((date.at(vm, clock[0] * 3600 + clock[1] * 60 + clock[2], nanos, zone)?, zone))
}
