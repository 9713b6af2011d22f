//! Times in dumps: `_dump` and `Time._load`.
//!
//! A dump is eight bytes, two little-endian words: a mark, UTC or not, year since 1900 (16 bits), month, day, hour; then
//! minute, second, microseconds. The fields are those of UTC. Years outside of the 16 bits continue behind the words.
//! What is finer than microseconds, the offset and the zone's name are variables of the String.

use super::civil::{Zone, civil_of, days_from_civil};
use super::fields::integer;
use super::instant::{Instant, SECOND};
use super::{Placed, data_of, new_time, shown_of, system_zone, too_far, zone_object};
use macros::ruby_methods;
use num_bigint::BigInt;
use numeric::rational::Rational;
use objects::number::integer_of;
use text::encoding::Encoding;
use vm::{RClass, RResult, RString, Value, Vm};

/// Methods for Marshal.
pub struct Dumps;

const MARK: u32 = 1 << 31;
const IS_UTC: u32 = 1 << 30;
const FIRST_YEAR: i128 = 1900;
const LAST_YEAR: i128 = FIRST_YEAR + 0xffff;
/// Variables of the String that are not the Time's own.
const OWN: [&str; 6] = ["offset", "zone", "nano_num", "nano_den", "submicro", "year"];

#[ruby_methods("Time")]
impl Dumps {
    #[method("_dump", private)]
    fn dump(vm: &mut Vm, this: Value, _limit: &[Value]) -> RResult {
        let data = data_of(vm, this)?;
        let shown = shown_of(vm, this)?;
        let civil = civil_of(data.instant.seconds());
        let year = civil.year.clamp(FIRST_YEAR, LAST_YEAR) - FIRST_YEAR;
        let is_utc = data.zone == Zone::Utc;
        let high = MARK
            | if is_utc { IS_UTC } else { 0 }
            | (year as u32) << 14
            | u32::from(civil.month - 1) << 10
            | u32::from(civil.day) << 5
            | u32::from(civil.hour);
        let nanoseconds = data.instant.nanosecond();
        let low = u32::from(civil.minute) << 26 | u32::from(civil.second) << 20 | (nanoseconds / 1000);
        let mut bytes = [high.to_le_bytes(), low.to_le_bytes()].concat();
        let outside = if civil.year < FIRST_YEAR { FIRST_YEAR - civil.year } else { civil.year - LAST_YEAR };
        if outside > 0 && civil.year != LAST_YEAR {
            let more = BigInt::from(outside).to_bytes_le().1;
            bytes.push(more.len() as u8 + 5);
            bytes.extend(more);
        }
        let text = vm.string(&bytes, Encoding::BINARY);
        vm.copy_ivars(this, text);
        put_finer(vm, text, &data.instant);
        if !is_utc {
            set(vm, text, "offset", Value::small(i64::from(shown.offset)));
        }
        let zone = match shown.zone {
            Some(zone) => vm.str_ascii(&zone),
            None => zone_object::dumped_name(vm, this)?.unwrap_or(Value::NIL),
        };
        set(vm, text, "zone", zone);
        Ok(text)
    }

    #[singleton("_load", private)]
    fn load(vm: &mut Vm, this: RClass, text: RString) -> RResult {
        let bytes = text.bytes().to_vec();
        let Some((words, more)) = bytes.split_first_chunk::<8>() else { return Err(vm.type_error("marshaled time format differ")) };
        let word = |at: usize| u32::from_le_bytes([words[at], words[at + 1], words[at + 2], words[at + 3]]);
        let (high, low) = (word(0), word(4));
        let variable = |vm: &mut Vm, name: &str| {
            let name = vm.intern(name);
            vm.hidden(text.value(), name).filter(|value| !value.is_nil())
        };
        if high & MARK == 0 {
            // The old form: seconds and microseconds.
            let instant = Instant::from_nanos(i128::from(high) * SECOND + i128::from(low) * 1000);
            let zone = system_zone::local(vm);
            return new_time(vm, this, Placed::new(instant, zone));
        }
        let mut instant = instant(vm, high, low, more)?;
        let parts = [variable(vm, "nano_num"), variable(vm, "nano_den")].map(|part| part.and_then(integer_of));
        if let [Some(finer), Some(parts)] = parts
            && let Some(finer) = Rational::new(finer, parts).ok().and_then(|finer| Instant::from_fraction(&finer))
        {
            instant = instant.plus(&finer).ok_or_else(|| too_far(vm))?;
        }
        let zone = match variable(vm, "offset").and_then(Value::as_fixnum).and_then(|offset| i32::try_from(offset).ok()) {
            _ if high & IS_UTC != 0 => Zone::Utc,
            Some(offset) if offset.abs() < 86_400 => Zone::Fixed(offset),
            _ => system_zone::local(vm),
        };
        let name = variable(vm, "zone").filter(|&name| RString::new(name).is_some());
        let placed = match name.filter(|_| zone != Zone::Utc) {
            Some(name) => in_named_zone(vm, this, name, Placed { instant, zone, object: name })?,
            None => Placed::new(instant, zone),
        };
        let made = new_time(vm, this, placed)?;
        for &(name, value) in vm.all_slots(text.value()).iter() {
            let known = OWN.contains(&vm.symbols.text(name).as_ref());
            if !known && vm.symbols.bytes(name).starts_with(b"@") {
                vm.ivar_set(made, name, value)?;
            }
        }
        Ok(made)
    }
}

fn set(vm: &mut Vm, object: Value, name: &str, value: Value) {
    let name = vm.intern(name);
    vm.set_hidden(object, name, value);
}

/// In the zone that the class finds for the name, if it finds one without an error.
fn in_named_zone(vm: &mut Vm, class: RClass, name: Value, placed: Placed) -> RResult<Placed> {
    let error = vm.core.standard_error;
    let found = vm.rescue(error, |vm| zone_object::named(vm, class, name), |_, _| Ok(None))?;
    let Some(object) = found else { return Ok(placed) };
    Ok(zone_object::shown_by_object(vm, object, &placed.instant)?.unwrap_or(placed))
}

/// What is finer than microseconds: a fraction of nanoseconds, and its first digits for old readers.
fn put_finer(vm: &mut Vm, text: Value, instant: &Instant) {
    let micros = Instant::from_nanos(instant.nanos() - instant.nanos().rem_euclid(1_000));
    let Some(finer) = instant.minus(&micros).filter(|finer| *finer != Instant::default()) else { return };
    let (above, below) = finer.to_fraction().into_parts();
    let above = integer(vm, above);
    set(vm, text, "nano_num", above);
    let below = integer(vm, below);
    set(vm, text, "nano_den", below);
    let digits = finer.nanos();
    let bytes = [(((digits / 100) << 4) | (digits / 10 % 10)) as u8, ((digits % 10) << 4) as u8];
    let kept = if bytes[1] == 0 { &bytes[..1] } else { &bytes[..] };
    if digits != 0 {
        let digits = vm.string(kept, Encoding::BINARY);
        set(vm, text, "submicro", digits);
    }
}

/// The instant from the words and the year's continuation.
fn instant(vm: &mut Vm, high: u32, low: u32, more: &[u8]) -> RResult<Instant> {
    let mut year = FIRST_YEAR + i128::from(high >> 14 & 0xffff);
    if let Some((&count, digits)) = more.split_first() {
        let count = usize::from(count.saturating_sub(5)).min(digits.len());
        let outside = i128::try_from(BigInt::from_bytes_le(num_bigint::Sign::Plus, &digits[..count]));
        let Some(outside) = outside.ok().filter(|&years| years < i128::from(i64::MAX)) else { return Err(too_far(vm)) };
        year = if year == FIRST_YEAR { year - outside } else { year + outside };
    }
    let (month, day) = ((high >> 10 & 15) as u8 + 1, (high >> 5 & 31) as u8);
    let days = days_from_civil(year, month, day);
    let seconds = days * 86_400 + i128::from(high & 31) * 3600 + i128::from(low >> 26 & 63) * 60 + i128::from(low >> 20 & 63);
    Ok(Instant::from_nanos(seconds * SECOND + i128::from(low & 0xf_ffff) * 1000))
}
