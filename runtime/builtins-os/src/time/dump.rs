//! Times in dumps: `_dump` and `Time._load`.
//!
//! A dump is eight bytes, two little-endian words: a mark, UTC or not, year since 1900 (16 bits), month, day, hour; then
//! minute, second, microseconds. The fields are those of UTC. Years outside of the 16 bits continue behind the words.
//! What is finer than microseconds, the offset and the zone's name are variables of the String.

use super::civil::{SECOND, Zone, civil_of, days_from_civil};
use super::{data_of, new_time, shown_of};
use macros::ruby_methods;
use num_bigint::BigInt;
use text::encoding::Encoding;
use vm::{RClass, RResult, RString, Value, Vm};

/// Methods for Marshal.
pub struct Dumps;

const MARK: u32 = 1 << 31;
const IS_UTC: u32 = 1 << 30;
const FIRST_YEAR: i64 = 1900;
const LAST_YEAR: i64 = FIRST_YEAR + 0xffff;
/// Hidden variable: the name that the zone of a loaded Time had.
const ZONE_NAME: &str = "zone name ";
/// Variables of the String that are not the Time's own.
const OWN: [&str; 6] = ["offset", "zone", "nano_num", "nano_den", "submicro", "year"];

/// The name of the zone of a Time that was loaded.
pub fn zone_name(vm: &mut Vm, time: Value) -> Option<String> {
    let name = vm.intern(ZONE_NAME);
    vm.hidden(time, name).and_then(RString::new).map(RString::to_text)
}

#[ruby_methods("Time")]
impl Dumps {
    #[method("_dump", private)]
    fn dump(vm: &mut Vm, this: Value, _limit: &[Value]) -> RResult {
        let data = data_of(vm, this)?;
        let shown = shown_of(vm, this)?;
        let civil = civil_of(data.seconds());
        let year = civil.year.clamp(FIRST_YEAR, LAST_YEAR) - FIRST_YEAR;
        let is_utc = data.zone == Zone::Utc;
        let high = MARK
            | if is_utc { IS_UTC } else { 0 }
            | (year as u32) << 14
            | u32::from(civil.month - 1) << 10
            | u32::from(civil.day) << 5
            | u32::from(civil.hour);
        let nanoseconds = data.fraction();
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
        let finer = nanoseconds % 1000;
        if finer != 0 {
            set(vm, text, "nano_num", Value::small(i64::from(finer)));
            set(vm, text, "nano_den", Value::small(1));
            let digits = [(((finer / 100) << 4) | (finer / 10 % 10)) as u8, ((finer % 10) << 4) as u8];
            let digits = if digits[1] == 0 { &digits[..1] } else { &digits[..] };
            let digits = vm.string(digits, Encoding::BINARY);
            set(vm, text, "submicro", digits);
        }
        if !is_utc {
            set(vm, text, "offset", Value::small(i64::from(shown.offset)));
        }
        let zone = match shown.zone {
            Some(zone) => vm.str_ascii(&zone),
            None => Value::NIL,
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
            return new_time(vm, this, i128::from(high) * SECOND + i128::from(low) * 1000, Zone::Local);
        }
        let nanos = instant(vm, high, low, more)?;
        let finer = variable(vm, "nano_num").and_then(Value::as_fixnum).unwrap_or(0);
        let parts = variable(vm, "nano_den").and_then(Value::as_fixnum).filter(|&parts| parts != 0).unwrap_or(1);
        let nanos = nanos + i128::from(finer.div_euclid(parts));
        let zone = match variable(vm, "offset").and_then(Value::as_fixnum).and_then(|offset| i32::try_from(offset).ok()) {
            _ if high & IS_UTC != 0 => Zone::Utc,
            Some(offset) if offset.abs() < 86_400 => Zone::Fixed(offset),
            _ => Zone::Local,
        };
        let made = new_time(vm, this, nanos, zone)?;
        if let Some(name) = variable(vm, "zone").filter(|&name| RString::new(name).is_some() && zone != Zone::Utc) {
            set(vm, made, ZONE_NAME, name);
        }
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

/// Nanoseconds since the epoch, from the words and the year's continuation.
fn instant(vm: &mut Vm, high: u32, low: u32, more: &[u8]) -> RResult<i128> {
    let mut year = FIRST_YEAR + i64::from(high >> 14 & 0xffff);
    if let Some((&count, digits)) = more.split_first() {
        let count = usize::from(count.saturating_sub(5)).min(digits.len());
        let outside =
            i64::try_from(BigInt::from_bytes_le(num_bigint::Sign::Plus, &digits[..count])).ok().filter(|&years| years < i64::from(i32::MAX));
        let Some(outside) = outside else { return Err(vm.range_error("out of Time range")) };
        year = if year == FIRST_YEAR { year - outside } else { year + outside };
    }
    let (month, day) = ((high >> 10 & 15) as u8 + 1, (high >> 5 & 31) as u8);
    let days = days_from_civil(year, month, day);
    let seconds = days * 86_400 + i64::from(high & 31) * 3600 + i64::from(low >> 26 & 63) * 60 + i64::from(low >> 20 & 63);
    Ok(i128::from(seconds) * SECOND + i128::from(low & 0xf_ffff) * 1000)
}
