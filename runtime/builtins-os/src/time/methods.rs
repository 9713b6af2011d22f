//! Instance methods of Time.

use super::civil::{Zone, offset_text};
use super::fields::{integer, moved, number, zone_value};
use super::instant::{Instant, saved};
use super::{Placed, Shown, data_of, new_time, place, shown_of, system_zone, too_far, year_text, zone_object};
use macros::ruby_methods;
use numeric::round::Rounding;
use vm::{RArray, RResult, RString, Value, Vm, sym};

/// Time.
pub struct Times;

macro_rules! weekday {
    ($vm:ident, $this:ident, $number:literal) => {
        Ok(shown_of($vm, $this)?.civil.weekday == $number)
    };
}

#[ruby_methods("Time")]
impl Times {
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

    #[method("utc", "gmtime")]
    fn utc(vm: &mut Vm, this: Value) -> RResult {
        if data_of(vm, this)?.zone == Zone::Utc {
            return Ok(this);
        }
        vm.check_frozen(this)?;
        let instant = data_of(vm, this)?.instant;
        place(vm, this, Placed::new(instant, Zone::Utc))?;
        Ok(this)
    }

    #[method("localtime")]
    fn localtime(vm: &mut Vm, this: Value, zone: Option<Value>) -> RResult {
        let placed = in_zone(vm, this, zone)?;
        if data_of(vm, this)?.zone != placed.zone {
            vm.check_frozen(this)?;
        }
        place(vm, this, placed)?;
        Ok(this)
    }

    #[method("getutc", "getgm")]
    fn getutc(vm: &mut Vm, this: Value) -> RResult {
        let placed = Placed::new(data_of(vm, this)?.instant, Zone::Utc);
        new_time(vm, vm.real_class_of(this), placed)
    }

    #[method("getlocal")]
    fn getlocal(vm: &mut Vm, this: Value, zone: Option<Value>) -> RResult {
        let placed = in_zone(vm, this, zone)?;
        new_time(vm, vm.real_class_of(this), placed)
    }

    #[method("<=>")]
    fn compare(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if !vm.is_a(other, vm.core.time) {
            return compare_reversed(vm, this, other);
        }
        let order = data_of(vm, this)?.instant.cmp(&data_of(vm, other)?.instant);
        Ok(Value::small(order as i64))
    }

    #[method("eql?")]
    fn is_eql(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        Ok(vm.is_a(other, vm.core.time) && data_of(vm, this)?.instant == data_of(vm, other)?.instant)
    }

    #[method("hash")]
    fn hash(vm: &mut Vm, this: Value) -> RResult<i64> {
        let instant = data_of(vm, this)?.instant;
        let mut bytes = instant.nanos().to_le_bytes().to_vec();
        if let Some(rest) = instant.rest() {
            saved::put(&mut bytes, rest);
        }
        Ok((vm.hash_bytes(&bytes) >> 2) as i64)
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
            count => format!(".{}", shown.digits(count)),
        };
        let zone = if shown.is_utc { "Z".to_string() } else { offset_text(shown.offset, ":", false) };
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
        let subsec = number(vm, shown.instant.below_second().to_seconds());
        let zone = zone_value(vm, this, shown.zone);
        let year = integer(vm, civil.year);
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
    fn round(vm: &mut Vm, this: Value, digits: Option<i64>) -> RResult {
        cut(vm, this, digits, Instant::nearest)
    }

    #[method("floor")]
    fn floor(vm: &mut Vm, this: Value, digits: Option<i64>) -> RResult {
        cut(vm, this, digits, |instant, digits| instant.rounded(digits, Rounding::Floor))
    }

    #[method("ceil")]
    fn ceil(vm: &mut Vm, this: Value, digits: Option<i64>) -> RResult {
        cut(vm, this, digits, |instant, digits| instant.rounded(digits, Rounding::Ceil))
    }
}

/// The instant by another clock: the given one, else its own if that is local or an object's, else the system's.
fn in_zone(vm: &mut Vm, this: Value, zone: Option<Value>) -> RResult<Placed> {
    let data = data_of(vm, this)?;
    let class = vm.real_class_of(this);
    match zone.filter(|zone| !zone.is_nil()) {
        Some(zone) => zone_object::shown_by(vm, class, data.instant, zone),
        None if matches!(data.zone, Zone::Object { .. } | Zone::Local(_)) => {
            Ok(Placed { object: zone_object::kept(vm, this).unwrap_or(Value::NIL), instant: data.instant, zone: data.zone })
        }
        None => Ok(Placed::new(data.instant, system_zone::local(vm))),
    }
}

/// Digits of seconds that are kept; what is exact has fewer than a million.
const MOST_DIGITS: i64 = 1_000_000;

fn cut(vm: &mut Vm, this: Value, digits: Option<i64>, change: fn(&Instant, u32) -> Option<Instant>) -> RResult {
    let digits = digits.unwrap_or(0);
    if digits < 0 {
        return Err(vm.argument_error("negative ndigits given"));
    }
    let instant = data_of(vm, this)?.instant;
    let Some(changed) = change(&instant, digits.min(MOST_DIGITS) as u32) else { return Err(too_far(vm)) };
    let Some(by) = changed.minus(&instant) else { return Err(too_far(vm)) };
    moved(vm, this, &by)
}

fn format_time(vm: &mut Vm, this: Value, format: RString) -> RResult {
    let mut shown = shown_of(vm, this)?;
    let encoding = format.encoding();
    let mut pattern = format.bytes().to_vec();
    if let Some(object) = zone_object::kept(vm, this).filter(|_| shown.zone.is_none() && pattern.contains(&b'Z')) {
        shown.zone = zone_object::abbreviation(vm, object, &shown.instant)?;
    }
    if shown.instant.rest().is_some() {
        pattern = with_exact_fractions(&shown, &pattern);
    }
    if i32::try_from(shown.civil.year).is_err() {
        pattern = with_far_year(&shown, &pattern);
    }
    if shown.offset <= -10 * 3600 {
        pattern = with_far_offset(&shown, &pattern);
    }
    match strftime::bytes::strftime(&shown, &pattern) {
        Ok(bytes) => vm.try_string(&bytes, encoding),
        Err(strftime::Error::InvalidFormatString) => {
            let text = format.to_text();
            Err(vm.argument_error(&format!("invalid format: {text}")))
        }
        Err(error) => Err(vm.argument_error(&error.to_string())),
    }
}

/// The format with those directives filled in that `text` has one for, by their letter, flags and width.
fn with_filled(format: &[u8], mut text: impl FnMut(u8, &[u8], Option<usize>) -> Option<String>) -> Vec<u8> {
    let mut filled = Vec::with_capacity(format.len());
    let mut rest = format;
    while let Some(start) = rest.iter().position(|&byte| byte == b'%') {
        let directive = &rest[start..];
        let flags = directive[1..].iter().take_while(|byte| b"-^#_0:".contains(byte)).count();
        let width = directive[1 + flags..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let end = (2 + flags + width).min(directive.len());
        let digits = &directive[1 + flags..1 + flags + width];
        let count = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).filter(|&count| count < 65_536);
        filled.extend(&rest[..start]);
        match text(directive[end - 1], &directive[1..=flags], count).filter(|_| width == 0 || count.is_some()) {
            Some(text) => filled.extend(text.bytes()),
            None => filled.extend(&directive[..end]),
        }
        rest = &directive[end..];
    }
    filled.extend(rest);
    filled
}

/// The format with its `%N` and `%L` filled in, which may ask for digits below nanoseconds.
fn with_exact_fractions(shown: &Shown, format: &[u8]) -> Vec<u8> {
    with_filled(format, |letter, _, count| match letter {
        b'N' => Some(shown.digits(count.unwrap_or(9))),
        b'L' => Some(shown.digits(count.unwrap_or(3))),
        _ => None,
    })
}

/// The format with its `%z` filled in: the formatter takes two digits of hours west of UTC for one.
fn with_far_offset(shown: &Shown, format: &[u8]) -> Vec<u8> {
    let east = Shown { offset: -shown.offset, ..shown.clone() };
    with_filled(format, |letter, flags, count| {
        let flags = String::from_utf8_lossy(flags);
        let width = count.map_or(String::new(), |count| count.to_string());
        let text = strftime::bytes::strftime(&east, format!("%{flags}{width}z").as_bytes()).ok().filter(|_| letter == b'z')?;
        Some(String::from_utf8_lossy(&text).replace('+', "-"))
    })
}

/// The format with what shows a year of more than 32 bits filled in. What is left of it is shown by a year of the same calendar.
fn with_far_year(shown: &Shown, format: &[u8]) -> Vec<u8> {
    let year = shown.civil.year;
    let near = |format: &str| {
        strftime::bytes::strftime(shown, format.as_bytes()).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
    };
    with_filled(format, |letter, flags, count| {
        let padded = |number: i128| padded(number, flags, count);
        match letter {
            b'Y' => Some(padded(year)),
            b'C' => Some(padded(year.div_euclid(100))),
            b'G' => Some(padded(year + shown.week_year_ahead())),
            b's' => Some(padded(shown.instant.seconds())),
            b'F' => Some(filled_up(format!("{year}-{:02}-{:02}", shown.civil.month, shown.civil.day), flags, count)),
            b'c' => Some(filled_up(format!("{}{year}", near("%a %b %e %H:%M:%S ")), flags, count)),
            b'v' => Some(filled_up(format!("{}{year}", near("%e-%^b-")), flags, count)),
            _ => None,
        }
    })
}

/// A number in a field of `width`, filled up with zeros unless a flag says otherwise.
fn padded(number: i128, flags: &[u8], width: Option<usize>) -> String {
    let width = width.filter(|_| !flags.contains(&b'-')).unwrap_or(0);
    if flags.contains(&b'_') { format!("{number:width$}") } else { format!("{number:0width$}") }
}

/// A text of several fields in one of `width`, filled up with spaces unless a flag asks for zeros.
fn filled_up(text: String, flags: &[u8], width: Option<usize>) -> String {
    let missing = width.unwrap_or(0).saturating_sub(text.len());
    let fill = if flags.contains(&b'0') { "0" } else { " " };
    fill.repeat(missing) + &text
}

/// What an object of another kind says of a time, turned round; nil where that asks the time again.
fn compare_reversed(vm: &mut Vm, time: Value, other: Value) -> RResult {
    let said = vm.guard_recursion(sym::CMP, time, other, |vm| vm.call(other, sym::CMP, &[time]))?;
    let Some(said) = said.filter(|said| !said.is_nil()) else { return Ok(Value::NIL) };
    let order = vm.comparison_result(said, other, time)?;
    Ok(Value::small(-(order as i64)))
}
