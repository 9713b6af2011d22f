//! Time: an instant with a zone to show it in.
//!
//! Invariant: the instant is whole nanoseconds since the epoch; finer fractions of arguments are cut off
//! towards the past. Behaviour after CRuby's Time; zone data come from the system through `jiff`.

mod civil;
mod dump;
mod make;
mod methods;

use civil::{Civil, SECOND, Zone, civil_of, local_info, offset_text};
use heap::Tracer;
use jiff::tz::TimeZone;
use objects::{NativeData, RData};
use std::ffi::OsString;
use vm::{RClass, RResult, Value, Vm};

/// Native part of a Time.
#[derive(Clone, Copy)]
pub(crate) struct TimeData {
    /// Nanoseconds since the epoch.
    nanos: i128,
    zone: Zone,
    is_initialized: bool,
}

/// Saved zones, by their first byte.
const SAVED_UTC: u8 = 0;
const SAVED_LOCAL: u8 = 1;
const SAVED_FIXED: u8 = 2;

impl NativeData for TimeData {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    /// Nanoseconds in 16 bytes, then the zone and its offset in 5; a local time is local wherever it is read.
    fn save(&self) -> Option<Vec<u8>> {
        let (zone, offset) = match self.zone {
            Zone::Utc => (SAVED_UTC, 0),
            Zone::Local => (SAVED_LOCAL, 0),
            Zone::Fixed(offset) => (SAVED_FIXED, offset),
        };
        let mut state = self.nanos.to_le_bytes().to_vec();
        state.push(zone);
        state.extend(offset.to_le_bytes());
        Some(state)
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Some((nanos, [zone, offset @ ..])) = state.split_first_chunk() else { return false };
        let Ok(offset) = <[u8; 4]>::try_from(offset).map(i32::from_le_bytes) else { return false };
        let zone = match *zone {
            SAVED_UTC => Zone::Utc,
            SAVED_LOCAL => Zone::Local,
            SAVED_FIXED => Zone::Fixed(offset),
            _ => return false,
        };
        *self = TimeData { nanos: i128::from_le_bytes(*nanos), zone, is_initialized: true };
        true
    }
}

impl TimeData {
    fn seconds(self) -> i64 {
        self.nanos.div_euclid(SECOND) as i64
    }

    fn fraction(self) -> u32 {
        self.nanos.rem_euclid(SECOND) as u32
    }
}

/// The system's zone as it was read for a value of the variable TZ.
struct SystemZone {
    variable: Option<OsString>,
    zone: TimeZone,
}

impl Default for SystemZone {
    fn default() -> Self {
        SystemZone { variable: std::env::var_os("TZ"), zone: TimeZone::system() }
    }
}

impl SystemZone {
    /// The zone, read again when TZ has changed.
    fn current(vm: &mut Vm) -> &TimeZone {
        let known = vm.extension::<SystemZone>();
        let variable = std::env::var_os("TZ");
        if known.variable != variable {
            let text = variable.as_ref().map(|text| text.to_string_lossy().into_owned());
            let name = text.as_deref().map(|text| text.strip_prefix(':').unwrap_or(text));
            known.zone = match name {
                None => TimeZone::system(),
                Some(name) => TimeZone::get(name).or_else(|_| TimeZone::posix(name)).unwrap_or(TimeZone::UTC),
            };
            known.variable = variable;
        }
        &known.zone
    }
}

impl vm::vm::Extension for SystemZone {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

/// Methods and allocator.
pub fn init(vm: &mut Vm) {
    let (time, comparable) = (vm.core.time, vm.core.comparable);
    vm.set_allocator(time, |vm, class| Ok(vm.data(class, Box::new(TimeData { nanos: 0, zone: Zone::Utc, is_initialized: false }))));
    vm.include_module(vm.class_view(time), vm.class_view(comparable));
    vm.define_groups(&[make::Makers::GROUP, methods::Times::GROUP, dump::Dumps::GROUP]);
}

/// Everything a Time shows.
struct Shown {
    civil: Civil,
    nanoseconds: u32,
    seconds: i64,
    offset: i32,
    /// Abbreviation, if the zone has one.
    zone: Option<String>,
    is_utc: bool,
    is_summer: bool,
}

impl strftime::Time for Shown {
    fn year(&self) -> i32 {
        self.civil.year.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
    }
    fn month(&self) -> u8 {
        self.civil.month
    }
    fn day(&self) -> u8 {
        self.civil.day
    }
    fn hour(&self) -> u8 {
        self.civil.hour
    }
    fn minute(&self) -> u8 {
        self.civil.minute
    }
    fn second(&self) -> u8 {
        self.civil.second
    }
    fn nanoseconds(&self) -> u32 {
        self.nanoseconds
    }
    fn day_of_week(&self) -> u8 {
        self.civil.weekday
    }
    fn day_of_year(&self) -> u16 {
        self.civil.day_of_year
    }
    fn to_int(&self) -> i64 {
        self.seconds
    }
    fn is_utc(&self) -> bool {
        self.is_utc
    }
    fn utc_offset(&self) -> i32 {
        self.offset
    }
    fn time_zone(&self) -> &str {
        self.zone.as_deref().unwrap_or("")
    }
}

impl Shown {
    /// `2026-11-23 09:40:00`, then `fraction`, then the offset.
    fn text(&self, fraction: &str) -> String {
        let Civil { month, day, hour, minute, second, .. } = self.civil;
        let offset = if self.is_utc { "UTC".to_string() } else { offset_text(self.offset, "") };
        format!("{}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction} {offset}", year_text(self.civil.year))
    }

    /// As `inspect` shows it.
    fn inspect(&self) -> String {
        let fraction = match self.nanoseconds {
            0 => String::new(),
            nanoseconds => format!(".{nanoseconds:09}").trim_end_matches('0').to_string(),
        };
        self.text(&fraction)
    }
}

fn year_text(year: i64) -> String {
    if year < 0 { format!("-{:04}", -year) } else { format!("{year:04}") }
}

fn data_of(vm: &mut Vm, this: Value) -> RResult<TimeData> {
    // Read only: a saved Time that was only looked at has not changed.
    let data = match RData::new(this).and_then(|data| data.read(&vm.heap)) {
        Some(&data) => data,
        None => *vm.native::<TimeData>(this, "Time")?,
    };
    if !data.is_initialized {
        return Err(vm.type_error("uninitialized Time"));
    }
    Ok(data)
}

fn show(vm: &mut Vm, data: TimeData) -> Shown {
    let seconds = data.seconds();
    let (offset, zone, is_summer) = match data.zone {
        Zone::Utc => (0, Some("UTC".to_string()), false),
        Zone::Fixed(offset) => (offset, None, false),
        Zone::Local => {
            let (offset, name, is_summer) = local_info(SystemZone::current(vm), seconds);
            (offset, Some(name), is_summer)
        }
    };
    let civil = civil_of(seconds.saturating_add(i64::from(offset)));
    Shown { civil, nanoseconds: data.fraction(), seconds, offset, zone, is_utc: data.zone == Zone::Utc, is_summer }
}

fn shown_of(vm: &mut Vm, this: Value) -> RResult<Shown> {
    let data = data_of(vm, this)?;
    let mut shown = show(vm, data);
    if let Zone::Fixed(_) = data.zone {
        shown.zone = dump::zone_name(vm, this);
    }
    Ok(shown)
}

/// A new Time; RangeError when its year is out of all bounds.
fn new_time(vm: &mut Vm, class: RClass, nanos: i128, zone: Zone) -> RResult {
    // Leaves room for offsets and for seconds as i64.
    if nanos.abs() > i128::from(i64::MAX / 4) * SECOND {
        return Err(vm.range_error("out of Time range"));
    }
    let made = vm.allocate(class)?;
    *vm.native::<TimeData>(made, "Time")? = TimeData { nanos, zone, is_initialized: true };
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_time_is_restored_with_its_zone_and_nothing_else_is() {
        let mut restored = TimeData { nanos: 0, zone: Zone::Utc, is_initialized: false };
        for zone in [Zone::Utc, Zone::Local, Zone::Fixed(-3600)] {
            for nanos in [0, -1, 1_700_000_000_123_456_789, i128::MIN] {
                let saved = TimeData { nanos, zone, is_initialized: true }.save().expect("a Time can be saved");
                assert!(restored.restore(&saved));
                assert_eq!((restored.nanos, restored.zone, restored.is_initialized), (nanos, zone, true));
            }
        }
        let saved = restored.save().expect("a Time can be saved");
        assert!(!restored.restore(&saved[1..]) && !restored.restore(&[saved.as_slice(), &[0]].concat()));
        assert!(!restored.restore(&[&saved[..16], &[9, 0, 0, 0, 0]].concat()));
    }
}
