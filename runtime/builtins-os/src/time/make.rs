//! Making Times: from the clock, numbers, civil fields and texts; reading exact numbers and zones.

use super::civil::{DAY, Zone, days_from_civil, local_instant, with_summer};
use super::instant::{Instant, SECOND};
use super::{Placed, TimeData, data_of, new_time, place, system_zone, text_form, too_far, zone_object};
use macros::ruby_methods;
use num_bigint::BigInt;
use numeric::rational::Rational;
use objects::number::{float_of, integer_of};
use vm::{Keywords, RClass, RResult, RString, Value, Vm, sym};

/// Class methods and initialisation.
pub struct Makers;

#[ruby_methods("Time")]
impl Makers {
    #[singleton("now")]
    fn now(vm: &mut Vm, this: RClass, keywords: Keywords) -> RResult {
        keywords.check(vm, &["in"])?;
        let placed = shown_in(vm, this, clock(), keywords)?;
        new_time(vm, this, placed)
    }

    #[singleton("at")]
    fn at(vm: &mut Vm, this: RClass, time: Value, subsec: Option<Value>, unit: Option<Value>, keywords: Keywords) -> RResult {
        keywords.check(vm, &["in"])?;
        let other = objects::RData::new(time).and_then(|data| data.read::<TimeData>(&vm.heap)).cloned();
        if let (Some(other), None) = (other, subsec) {
            let placed = match keywords.get(vm, "in") {
                Some(zone) if !zone.is_nil() => zone_object::shown_by(vm, this, other.instant, zone)?,
                _ => zone_object::placed_beside(vm, time, other.zone, other.instant)?,
            };
            return new_time(vm, this, placed);
        }
        let mut instant = exact(vm, time, SECOND)?;
        if let Some(subsec) = subsec {
            let scale = unit_of(vm, unit)?;
            let more = exact(vm, subsec, scale)?;
            let Some(sum) = instant.plus(&more) else { return Err(too_far(vm)) };
            instant = sum;
        }
        let placed = shown_in(vm, this, instant, keywords)?;
        new_time(vm, this, placed)
    }

    #[singleton("utc", "gm")]
    fn utc(vm: &mut Vm, this: RClass, args: &[Value]) -> RResult {
        let placed = from_fields(vm, args, Zone::Utc)?;
        new_time(vm, this, placed)
    }

    #[singleton("local", "mktime")]
    fn local(vm: &mut Vm, this: RClass, args: &[Value]) -> RResult {
        let zone = system_zone::local(vm);
        let placed = from_fields(vm, args, zone)?;
        new_time(vm, this, placed)
    }

    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords) -> RResult {
        keywords.check(vm, &["in", "precision"])?;
        if args.len() > 7 {
            return Err(vm.arity_error(args.len(), 0, Some(7)));
        }
        let given = |zone: Option<Value>| zone.filter(|zone| !zone.is_nil());
        let (positional, keyword) = (given(args.get(6).copied()), given(keywords.get(vm, "in")));
        if positional.is_some() && keyword.is_some() {
            return Err(vm.argument_error("timezone argument given as positional and keyword arguments"));
        }
        let zone = positional.or(keyword);
        let class = vm.real_class_of(this);
        let placed = match args {
            [] => shown_in(vm, class, clock(), keywords)?,
            &[only] => match year_text(vm, only)? {
                Some(text) => text_form::parse(vm, class, text, zone, keywords)?,
                None => instant(vm, class, args, None, zone)?,
            },
            _ => instant(vm, class, &args[..args.len().min(6)], None, zone)?,
        };
        place(vm, this, placed)?;
        Ok(this)
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let data = data_of(vm, other)?;
        *vm.native::<TimeData>(this, "Time")? = data;
        Ok(this)
    }
}

/// A text given in place of a year.
fn year_text(vm: &mut Vm, year: Value) -> RResult<Option<RString>> {
    if integer_of(year).is_some() { Ok(None) } else { vm.try_to_str(year) }
}

/// The instant by the clock of the keyword `in`, else the system's.
fn shown_in(vm: &mut Vm, class: RClass, instant: Instant, keywords: Keywords) -> RResult<Placed> {
    match keywords.get(vm, "in") {
        Some(zone) if !zone.is_nil() => zone_object::shown_by(vm, class, instant, zone),
        _ => Ok(Placed::new(instant, system_zone::local(vm))),
    }
}

/// Nanoseconds of a unit by its name.
fn unit_of(vm: &mut Vm, unit: Option<Value>) -> RResult<i128> {
    let Some(unit) = unit else { return Ok(1_000) };
    let name = unit.as_symbol().map(|symbol| vm.symbols.text(symbol).into_owned());
    match name.as_deref() {
        Some("millisecond") => Ok(1_000_000),
        Some("usec" | "microsecond") => Ok(1_000),
        Some("nsec" | "nanosecond") => Ok(1),
        _ => {
            let shown = vm.to_s_text(unit)?;
            Err(vm.argument_error(&format!("unexpected unit: {shown}")))
        }
    }
}

/// Now.
fn clock() -> Instant {
    Instant::from_nanos(match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    })
}

/// The exact product of a number and a scale in nanoseconds; TypeError unless it is an exact number.
pub fn exact(vm: &mut Vm, value: Value, scale: i128) -> RResult<Instant> {
    if let Some(number) = value.as_fixnum() {
        return Ok(Instant::from_nanos(i128::from(number) * scale));
    }
    let fraction = match exact_number(vm, value)? {
        Some(fraction) => fraction,
        None => {
            let class = vm.class_name_of(value);
            return Err(vm.type_error(&format!("can't convert {class} into an exact number")));
        }
    };
    match Instant::from_fraction(&fraction.mul(&Rational::whole(BigInt::from(scale)))) {
        Some(instant) => Ok(instant),
        None => Err(too_far(vm)),
    }
}

fn exact_number(vm: &mut Vm, value: Value) -> RResult<Option<Rational>> {
    if let Some(number) = integer_of(value) {
        return Ok(Some(Rational::whole(number)));
    }
    if let Some(number) = float_of(value) {
        if let Ok(number) = Rational::from_f64(number) {
            return Ok(Some(number));
        }
        let (class, text) = (vm.class_at("FloatDomainError"), vm.inspect_text(value)?);
        return Err(vm.raise(class, &text));
    }
    if vm.is_a(value, vm.core.rational) {
        return Ok(fraction_of(vm, value));
    }
    // A number has both ways; a String or nil has one of them only.
    let (to_r, to_int) = (vm.intern("to_r"), vm.intern("to_int"));
    let is_number = vm.responds_to(value, to_int, true)?;
    if is_number && let Some(converted) = vm.call_if_responds(value, to_r, &[])? {
        return Ok(if vm.is_a(converted, vm.core.rational) { fraction_of(vm, converted) } else { None });
    }
    let converted = if is_number { vm.call_if_responds(value, to_int, &[])? } else { None };
    Ok(converted.and_then(integer_of).map(Rational::whole))
}

fn fraction_of(vm: &Vm, value: Value) -> Option<Rational> {
    let part = |name| vm.hidden(value, name).and_then(integer_of);
    Rational::new(part(sym::H_NUMERATOR)?, part(sym::H_DENOMINATOR)?).ok()
}

/// What `utc` and `local` take: fields from the year down, or ten as `to_a` gives them.
pub fn from_fields(vm: &mut Vm, args: &[Value], zone: Zone) -> RResult<Placed> {
    let made = |vm: &mut Vm, fields: &[Value], micros: Option<Value>| {
        let civil = civil_instant(vm, fields, micros)?;
        meant(vm, &civil, zone.clone())
    };
    match *args {
        [second, minute, hour, day, month, year, _, _, is_summer, _] => {
            let placed = made(vm, &[year, month, day, hour, minute, second], None)?;
            Ok(in_season(vm, placed, is_summer.truthy()))
        }
        [] => Err(vm.arity_error(0, 1, Some(8))),
        _ if args.len() > 8 => Err(vm.arity_error(args.len(), 1, Some(8))),
        // The seventh of eight is no fraction, as the old parser of dates gave them.
        _ => made(vm, &args[..args.len().min(6)], args.get(6).copied().filter(|micros| args.len() == 7 && !micros.is_nil())),
    }
}

/// In the hour that a local clock shows twice, the instant in summer time or the other.
fn in_season(vm: &mut Vm, placed: Placed, is_summer: bool) -> Placed {
    let Zone::Local(number) = placed.zone else { return placed };
    let seconds = with_summer(system_zone::zone(vm, number), placed.instant.seconds(), is_summer);
    let instant = Instant::from_seconds(seconds).plus(&placed.instant.below_second());
    Placed { instant: instant.unwrap_or_default(), ..placed }
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
    if integer_of(value).is_none()
        && let Some(text) = vm.try_to_str(value)?
    {
        let name = text.to_text().to_ascii_lowercase();
        if let Some(index) = MONTHS.iter().position(|month| *month == name) {
            return Ok(index as i64 + 1);
        }
        return integer_field(vm, text.value());
    }
    integer_field(vm, value)
}

fn year_field(vm: &mut Vm, value: Value) -> RResult<i128> {
    if RString::new(value).is_some() {
        return integer_field(vm, value).map(i128::from);
    }
    let number = vm.to_int(value)?;
    integer_of(number).and_then(|year| i128::try_from(year).ok()).ok_or_else(|| too_far(vm))
}

/// The values that a field takes, the bits that CRuby keeps it in, and what is said of a number that fits there only.
struct Bounds {
    low: i64,
    high: i64,
    bits: u32,
    fault: &'static str,
}

impl Bounds {
    /// The field, the lowest when nil or missing.
    fn read(&self, vm: &mut Vm, given: Option<Value>) -> RResult<i64> {
        let Some(value) = given.filter(|value| !value.is_nil()) else { return Ok(self.low) };
        let number = integer_field(vm, value)?;
        match number {
            _ if number < 0 || number >> self.bits != 0 => Err(vm.argument_error("argument out of range")),
            _ if !(self.low..=self.high).contains(&number) => Err(vm.argument_error(self.fault)),
            _ => Ok(number),
        }
    }
}

/// Year, month, day, hour, minute, second as far as given, and microseconds, as an instant of UTC.
fn civil_instant(vm: &mut Vm, fields: &[Value], micros: Option<Value>) -> RResult<Instant> {
    let year = year_field(vm, fields[0])?;
    let month = match fields.get(1).filter(|month| !month.is_nil()) {
        Some(&month) => month_field(vm, month)?,
        None => 1,
    };
    if !(1..=12).contains(&month) {
        return Err(vm.argument_error("mon out of range"));
    }
    let day = Bounds { low: 1, high: 31, bits: 5, fault: "mday out of range" }.read(vm, fields.get(2).copied())?;
    let hour = Bounds { low: 0, high: 24, bits: 5, fault: "hour out of range" }.read(vm, fields.get(3).copied())?;
    let last_minute = if hour == 24 { 0 } else { 59 };
    let minute = Bounds { low: 0, high: last_minute, bits: 6, fault: "min out of range" }.read(vm, fields.get(4).copied())?;
    let second = second_field(vm, fields.get(5).copied(), micros)?;
    if second < Instant::default() || second.seconds() >= 64 {
        return Err(vm.argument_error("argument out of range"));
    }
    if second.seconds() > 60 || hour == 24 && second > Instant::default() {
        return Err(vm.argument_error("sec out of range"));
    }
    let date = Date { year, month: month as u8, day: day as u8 };
    date.at(vm, hour * 3600 + minute * 60, &second)
}

/// Seconds; microseconds take the place of their fraction.
fn second_field(vm: &mut Vm, second: Option<Value>, micros: Option<Value>) -> RResult<Instant> {
    let number = |vm: &mut Vm, value: Value, scale: i128| match RString::new(value) {
        Some(_) => integer_field(vm, value).map(|number| Instant::from_nanos(i128::from(number) * scale)),
        None => exact(vm, value, scale),
    };
    let second = match second.filter(|second| !second.is_nil()) {
        Some(second) => number(vm, second, SECOND)?,
        None => Instant::default(),
    };
    let Some(micros) = micros else { return Ok(second) };
    let below = number(vm, micros, 1_000)?;
    if below.seconds() != 0 {
        return Err(vm.argument_error("subsecx out of range"));
    }
    let whole = Instant::from_seconds(second.seconds());
    whole.plus(&below).ok_or_else(|| too_far(vm))
}

/// Fields by the clock of a zone argument, else the system's.
fn instant(vm: &mut Vm, class: RClass, fields: &[Value], micros: Option<Value>, zone: Option<Value>) -> RResult<Placed> {
    let civil = civil_instant(vm, fields, micros)?;
    meant_by(vm, class, &civil, zone)
}

/// The instant at which the clock of a zone argument, else the system's, shows a civil time.
pub fn meant_by(vm: &mut Vm, class: RClass, civil: &Instant, zone: Option<Value>) -> RResult<Placed> {
    if let Some(is_summer) = zone.and_then(|zone| season(vm, zone)) {
        let placed = meant_by(vm, class, civil, None)?;
        return Ok(in_season(vm, placed, is_summer));
    }
    let zone = match zone {
        None => system_zone::local(vm),
        Some(zone) => match zone_object::meant_by(vm, class, civil, zone)? {
            Ok(placed) => return Ok(placed),
            Err(zone) => zone,
        },
    };
    meant(vm, civil, zone)
}

/// Does a zone argument mean the system's zone in summer time, or not in it?
fn season(vm: &Vm, zone: Value) -> Option<bool> {
    match vm.symbols.text(zone.as_symbol()?).as_ref() {
        "dst" => Some(true),
        "std" => Some(false),
        _ => None,
    }
}

/// The same for a clock that is no object.
fn meant(vm: &mut Vm, civil: &Instant, zone: Zone) -> RResult<Placed> {
    let instant = match &zone {
        Zone::Utc => Some(civil.clone()),
        Zone::Fixed(offset) | Zone::Object { offset, .. } => civil.minus(&Instant::from_seconds(i128::from(*offset))),
        Zone::Exact(offset) => civil.minus(offset),
        Zone::Local(number) => {
            let seconds = local_instant(system_zone::zone(vm, *number), civil.seconds());
            Instant::from_seconds(seconds).plus(&civil.below_second())
        }
    };
    match instant {
        Some(instant) => Ok(Placed::new(instant, zone)),
        None => Err(too_far(vm)),
    }
}

/// Years that instants reach.
const FARTHEST_YEAR: u128 = 300_000_000_000_000_000_000;

/// A day of the calendar.
pub struct Date {
    /// Proleptic Gregorian year.
    pub year: i128,
    /// 1..=12
    pub month: u8,
    /// 1..=31
    pub day: u8,
}

impl Date {
    /// Seconds into the day, and a span behind them, as an instant of UTC.
    pub fn at(&self, vm: &mut Vm, seconds: i64, span: &Instant) -> RResult<Instant> {
        if self.year.unsigned_abs() > FARTHEST_YEAR {
            return Err(too_far(vm));
        }
        let days = days_from_civil(self.year, self.month, self.day);
        let start = Instant::from_seconds(days * i128::from(DAY) + i128::from(seconds));
        start.plus(span).ok_or_else(|| too_far(vm))
    }
}
