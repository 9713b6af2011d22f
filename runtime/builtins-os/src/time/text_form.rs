//! `Time.new("2026-11-23 09:40:00 +09:00")`: reading a time from a text.

use super::Placed;
use super::instant::{Instant, SECOND};
use super::make::{Date, meant_by};
use num_bigint::BigInt;
use numeric::rational::Rational;
use vm::{Keywords, RClass, RResult, RString, Value, Vm};

/// Digits of a second that are kept where nothing else is said.
const PRECISION: i64 = 9;

/// The text's parts, as far as it has them.
#[derive(Default)]
struct Parts {
    year: i128,
    month: Option<i64>,
    day: Option<i64>,
    clock: Option<[i64; 3]>,
    fraction: String,
}

/// The Time that a text names; `zone` counts where the text has none.
pub fn parse(vm: &mut Vm, class: RClass, text: RString, zone: Option<Value>, keywords: Keywords) -> RResult<Placed> {
    let precision = match keywords.get(vm, "precision").filter(|precision| !precision.is_nil()) {
        Some(precision) => vm.to_i64(precision)?,
        None if keywords.get(vm, "precision").is_some() => -1,
        None => PRECISION,
    };
    if !text.encoding().is_ascii_compatible() {
        return Err(vm.argument_error("time string should have ASCII compatible encoding"));
    }
    let source = text.to_text();
    if source.starts_with(is_space) || source.ends_with(is_space) {
        return Err(unreadable(vm, &source));
    }
    if source.contains('\0') {
        return Err(vm.argument_error("string contains null byte"));
    }
    let (parts, rest) = parts(vm, &source)?;
    let (name, behind) = rest.split_once(is_space).unwrap_or((rest, ""));
    if !behind.trim_start_matches(is_space).is_empty() {
        return Err(vm.argument_error(&format!("can't parse at: {}", behind.trim_start_matches(is_space))));
    }
    if name.is_empty() && parts.month.is_some() && parts.clock.is_none() {
        return Err(vm.argument_error("no time information"));
    }
    let civil = civil(vm, &parts, precision)?;
    let zone = if name.is_empty() { zone } else { Some(vm.str(name)) };
    meant_by(vm, class, &civil, zone)
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r')
}

fn unreadable(vm: &mut Vm, source: &str) -> vm::Raised {
    let shown = vm.str(source);
    match vm.inspect_text(shown) {
        Ok(shown) => vm.argument_error(&format!("can't parse: {shown}")),
        Err(raised) => raised,
    }
}

/// Takes the parts off the front; what follows is the zone.
fn parts<'a>(vm: &mut Vm, source: &'a str) -> RResult<(Parts, &'a str)> {
    let unsigned = source.strip_prefix(['-', '+']).unwrap_or(source);
    let width = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    if width == 0 {
        return Err(unreadable(vm, source));
    }
    let (year, mut rest) = source.split_at(source.len() - unsigned.len() + width);
    if width < 4 {
        return Err(vm.argument_error(&format!("year must be 4 or more digits: {year}")));
    }
    let Ok(year) = year.parse() else { return Err(super::too_far(vm)) };
    let mut parts = Parts { year, ..Parts::default() };
    if let Some(after) = rest.strip_prefix('-') {
        rest = after;
        parts.month = Some(digits(vm, &mut rest, "mon", "-")?);
        if let Some(after) = rest.strip_prefix('-') {
            rest = after;
            parts.day = Some(digits(vm, &mut rest, "mday", "-")?);
        }
    }
    let clock = rest.strip_prefix([' ', 'T']).filter(|clock| clock.starts_with(|first: char| first.is_ascii_digit()));
    if let Some(clock) = clock.filter(|_| parts.day.is_some()) {
        rest = clock;
        take_clock(vm, &mut parts, &mut rest)?;
    }
    Ok((parts, rest.trim_start_matches(is_space)))
}

/// Hour, minute, second and what follows the point.
fn take_clock(vm: &mut Vm, parts: &mut Parts, rest: &mut &str) -> RResult<()> {
    let source = *rest;
    let mut clock = [0i64; 3];
    for (index, name) in ["hour", "min", "sec"].into_iter().enumerate() {
        let before = if index == 0 { " " } else { ":" };
        if index > 0 {
            let Some(after) = rest.strip_prefix(before) else { return Err(part_missing(vm, source, rest, index)) };
            *rest = after;
        }
        clock[index] = digits(vm, rest, name, before)?;
    }
    parts.clock = Some(clock);
    if let Some(after) = rest.strip_prefix('.') {
        let width = after.bytes().take_while(u8::is_ascii_digit).count();
        if width == 0 {
            let shown = &source[..(source.len() - after.len() + 1).min(source.len())];
            return Err(vm.argument_error(&format!("subsecond expected after dot: {shown}")));
        }
        parts.fraction = after[..width].to_string();
        *rest = &after[width..];
    }
    Ok(())
}

fn part_missing(vm: &mut Vm, source: &str, rest: &str, index: usize) -> vm::Raised {
    let end = (source.len() - rest.len() + 1).min(source.len());
    let shown = source.get(..end).unwrap_or(source);
    let (before, missing) = [("", "hour"), ("hour", "min"), ("min", "sec")][index];
    match rest.starts_with('.') {
        true => vm.argument_error(&format!("fraction {before} is not supported: {shown}")),
        false => vm.argument_error(&format!("missing {missing} part: {shown}")),
    }
}

/// Takes two digits off the text.
fn digits(vm: &mut Vm, text: &mut &str, name: &str, before: &str) -> RResult<i64> {
    let width = text.bytes().take_while(u8::is_ascii_digit).count();
    if width != 2 {
        let shown: String = before.chars().chain(text.chars().take(10)).collect();
        let place = if name == "hour" { String::new() } else { format!(" after '{before}'") };
        return Err(vm.argument_error(&format!("two digits {name} is expected{place}: {shown}")));
    }
    let (number, rest) = text.split_at(2);
    *text = rest;
    Ok(number.parse().unwrap_or(0))
}

fn civil(vm: &mut Vm, parts: &Parts, precision: i64) -> RResult<Instant> {
    let (month, day) = (parts.month.unwrap_or(1), parts.day.unwrap_or(1));
    let [hour, minute, second] = parts.clock.unwrap_or_default();
    let is_end_of_day = hour == 24;
    for (value, low, high, fault) in [
        (month, 1, 12, "mon out of range"),
        (day, 1, 31, "mday out of range"),
        (hour, 0, 24, "hour out of range"),
        (minute, 0, if is_end_of_day { 0 } else { 59 }, "min out of range"),
        (second, 0, if is_end_of_day { 0 } else { 60 }, "sec out of range"),
    ] {
        if !(low..=high).contains(&value) {
            return Err(vm.argument_error(fault));
        }
    }
    let below = fraction(&parts.fraction, precision);
    let date = Date { year: parts.year, month: month as u8, day: day as u8 };
    date.at(vm, hour * 3600 + minute * 60 + second, &below)
}

/// The digits behind the point, the first `precision` of them, or all when that is negative.
fn fraction(digits: &str, precision: i64) -> Instant {
    let kept = usize::try_from(precision).map_or(digits, |count| &digits[..count.min(digits.len())]);
    let Some(above) = BigInt::parse_bytes(kept.as_bytes(), 10) else { return Instant::default() };
    let below = BigInt::from(10).pow(kept.len() as u32);
    Rational::new(above * SECOND, below).ok().and_then(|nanos| Instant::from_fraction(&nanos)).unwrap_or_default()
}
