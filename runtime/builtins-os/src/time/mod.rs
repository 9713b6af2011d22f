//! Time: an instant with a zone to show it in.
//!
//! Invariant: the instant is exact, nanoseconds since the epoch and a fraction below where there is one.
//! Behaviour after CRuby's Time; zone data come from the system through `jiff`.

mod civil;
mod dump;
mod fields;
mod instant;
mod make;
mod methods;
mod system_zone;
mod text_form;
mod zone_object;

use civil::{Civil, Zone, civil_of, local_info, offset_text};
use heap::Tracer;
use instant::{Instant, SECOND, saved};
use num_bigint::BigInt;
use numeric::rational::Rational;
use numeric::round::Rounding;
use objects::{NativeData, RData};
use vm::define::MethodGroup;
use vm::{RClass, RResult, RString, Value, Vm};

/// Native part of a Time.
#[derive(Clone, Default)]
pub(crate) struct TimeData {
    /// Since the epoch.
    instant: Instant,
    zone: Zone,
    is_initialized: bool,
}

/// Saved zones, by their first byte.
const SAVED_UTC: u8 = 0;
const SAVED_LOCAL: u8 = 1;
const SAVED_FIXED: u8 = 2;
const SAVED_EXACT: u8 = 3;
const SAVED_OBJECT: u8 = 4;
const SAVED_OBJECT_SUMMER: u8 = 5;

impl NativeData for TimeData {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    /// Nanoseconds in 16 bytes, then the zone and its offset in 5 (a local time is local wherever it is read); fractions
    /// behind that: the seconds of an exact offset, then what the instant has below a nanosecond.
    fn save(&self) -> Option<Vec<u8>> {
        let (zone, offset) = match &self.zone {
            Zone::Utc => (SAVED_UTC, 0),
            Zone::Local(_) => (SAVED_LOCAL, 0),
            Zone::Fixed(offset) => (SAVED_FIXED, *offset),
            Zone::Exact(_) => (SAVED_EXACT, 0),
            Zone::Object { offset, is_summer: false } => (SAVED_OBJECT, *offset),
            Zone::Object { offset, is_summer: true } => (SAVED_OBJECT_SUMMER, *offset),
        };
        let mut state = self.instant.nanos().to_le_bytes().to_vec();
        state.push(zone);
        state.extend(offset.to_le_bytes());
        if let Zone::Exact(offset) = &self.zone {
            saved::put(&mut state, &offset.to_fraction());
        }
        if let Some(rest) = self.instant.rest() {
            saved::put(&mut state, rest);
        }
        Some(state)
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Some(restored) = restored(state) else { return false };
        *self = restored;
        true
    }
}

fn restored(state: &[u8]) -> Option<TimeData> {
    let (nanos, rest) = state.split_first_chunk()?;
    let ([zone, offset @ ..], mut rest) = rest.split_first_chunk::<5>()?;
    let offset = i32::from_le_bytes(*offset);
    let zone = match *zone {
        SAVED_UTC => Zone::Utc,
        SAVED_LOCAL => Zone::Local(system_zone::CURRENT),
        SAVED_FIXED => Zone::Fixed(offset),
        SAVED_EXACT => Zone::Exact(Box::new(Instant::from_fraction(&saved::take(&mut rest)?)?)),
        SAVED_OBJECT | SAVED_OBJECT_SUMMER => Zone::Object { offset, is_summer: *zone == SAVED_OBJECT_SUMMER },
        _ => return None,
    };
    let mut instant = Instant::from_nanos(i128::from_le_bytes(*nanos));
    if !rest.is_empty() {
        instant = instant.plus(&Instant::from_fraction(&saved::take(&mut rest)?)?)?;
    }
    rest.is_empty().then_some(TimeData { instant, zone, is_initialized: true })
}

/// A Time to be made: the instant, the clock it is shown in, and the program's zone object or nil.
struct Placed {
    instant: Instant,
    zone: Zone,
    object: Value,
}

impl Placed {
    fn new(instant: Instant, zone: Zone) -> Placed {
        Placed { instant, zone, object: Value::NIL }
    }
}

/// Methods and allocator.
pub fn init(vm: &mut Vm) {
    let (time, comparable) = (vm.core.time, vm.core.comparable);
    zone_object::define_time_like(vm);
    for class in [time, vm.class_at(zone_object::TIME_LIKE)] {
        vm.set_allocator(class, |vm, class| Ok(vm.data(class, Box::new(TimeData::default()))));
    }
    vm.include_module(vm.class_view(time), vm.class_view(comparable));
    vm.define_groups(&[
        make::Makers::GROUP,
        fields::Fields::GROUP,
        methods::Times::GROUP,
        dump::Dumps::GROUP,
        MethodGroup { class: zone_object::TIME_LIKE, ..fields::Fields::GROUP },
        zone_object::TimeLikes::GROUP,
    ]);
}

/// Everything a Time shows.
#[derive(Clone)]
struct Shown {
    civil: Civil,
    instant: Instant,
    /// East of UTC, to the nearest second.
    offset: i32,
    /// Abbreviation, if the zone has one.
    zone: Option<String>,
    is_utc: bool,
    is_summer: bool,
}

impl strftime::Time for Shown {
    fn year(&self) -> i32 {
        i32::try_from(self.civil.year).unwrap_or_else(|_| self.near_year())
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
        self.instant.nanosecond()
    }
    fn day_of_week(&self) -> u8 {
        self.civil.weekday
    }
    fn day_of_year(&self) -> u16 {
        self.civil.day_of_year
    }
    fn to_int(&self) -> i64 {
        self.instant.seconds().clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
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
    /// A year with the same days of the week.
    fn near_year(&self) -> i32 {
        2000 + self.civil.year.rem_euclid(400) as i32
    }

    /// By how many years the week's year is ahead of the calendar's: -1, 0 or 1.
    fn week_year_ahead(&self) -> i128 {
        let from_thursday = i32::from(self.civil.day_of_year) + 3 - i32::from(self.civil.weekday + 6) % 7;
        let year = self.near_year();
        let days = if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) { 366 } else { 365 };
        match from_thursday {
            ..=0 => -1,
            day if day > days => 1,
            _ => 0,
        }
    }

    /// `2026-11-23 09:40:00`, then `fraction`, then the offset.
    fn text(&self, fraction: &str, offset: &str) -> String {
        let Civil { month, day, hour, minute, second, .. } = self.civil;
        let offset = if self.is_utc { "UTC" } else { offset };
        format!("{}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction} {offset}", year_text(self.civil.year))
    }

    /// As `to_s` shows it.
    fn to_s(&self) -> String {
        self.text("", &offset_text(self.offset, "", false))
    }

    /// As `inspect` shows it.
    fn inspect(&self) -> String {
        let below = self.instant.below_second();
        let fraction = match below.rest() {
            Some(_) => format!(" {}", below.to_seconds()),
            None if below.nanos() == 0 => String::new(),
            None => format!(".{:09}", below.nanos()).trim_end_matches('0').to_string(),
        };
        self.text(&fraction, &offset_text(self.offset, "", true))
    }

    /// The first digits of the fraction of the second.
    fn digits(&self, count: usize) -> String {
        let below = self.instant.below_second();
        let Some(rest) = below.rest() else { return format!("{:0<count$.count$}", format!("{:09}", below.nanos())) };
        let more = count.saturating_sub(9);
        let finer = rest.mul(&Rational::whole(BigInt::from(10).pow(more as u32))).to_integer(Rounding::Floor).to_string();
        format!("{:.count$}", format!("{:09}{finer:0>more$}", below.nanos()))
    }
}

fn year_text(year: i128) -> String {
    if year < 0 { format!("-{:04}", -year) } else { format!("{year:04}") }
}

fn data_of(vm: &mut Vm, this: Value) -> RResult<TimeData> {
    // Read only: a saved Time that was only looked at has not changed.
    let data = match RData::new(this).and_then(|data| data.read::<TimeData>(&vm.heap)) {
        Some(data) => data.clone(),
        None => vm.native::<TimeData>(this, "Time")?.clone(),
    };
    if !data.is_initialized {
        return Err(vm.type_error("uninitialized Time"));
    }
    Ok(data)
}

fn show(vm: &mut Vm, data: TimeData) -> Shown {
    let seconds = data.instant.seconds();
    let is_utc = data.zone == Zone::Utc;
    let (offset, zone, is_summer) = match data.zone {
        Zone::Utc => (0, Some("UTC".to_string()), false),
        Zone::Fixed(offset) => (offset, None, false),
        Zone::Object { offset, is_summer } => (offset, None, is_summer),
        Zone::Local(number) => {
            let (offset, name, is_summer) = local_info(system_zone::zone(vm, number), seconds);
            (offset, Some(name), is_summer)
        }
        Zone::Exact(offset) => {
            let civil = civil_of(data.instant.plus(&offset).map_or(seconds, |local| local.seconds()));
            let offset = offset.nearest(0).map_or(0, |offset| offset.seconds() as i32);
            return Shown { civil, instant: data.instant, offset, zone: None, is_utc: false, is_summer: false };
        }
    };
    let civil = civil_of(seconds + i128::from(offset));
    Shown { civil, instant: data.instant, offset, zone, is_utc, is_summer }
}

fn shown_of(vm: &mut Vm, this: Value) -> RResult<Shown> {
    let data = data_of(vm, this)?;
    let mut shown = show(vm, data);
    if shown.zone.is_none() {
        shown.zone = zone_object::kept(vm, this).and_then(RString::new).map(RString::to_text);
    }
    Ok(shown)
}

/// A new Time.
fn new_time(vm: &mut Vm, class: RClass, placed: Placed) -> RResult {
    let made = vm.allocate(class)?;
    place(vm, made, placed)?;
    Ok(made)
}

/// Gives a Time its content.
fn place(vm: &mut Vm, time: Value, Placed { instant, zone, object }: Placed) -> RResult<()> {
    *vm.native::<TimeData>(time, "Time")? = TimeData { instant, zone, is_initialized: true };
    zone_object::keep(vm, time, object);
    Ok(())
}

/// Seconds and nanoseconds of a Time or an exact number.
pub fn seconds_of(vm: &mut Vm, value: Value) -> RResult<(i64, u32)> {
    let data = RData::new(value).and_then(|data| data.read::<TimeData>(&vm.heap)).cloned();
    let instant = match data {
        Some(data) => data.instant,
        None => make::exact(vm, value, SECOND)?,
    };
    let seconds = i64::try_from(instant.seconds()).map_err(|_| too_far(vm))?;
    Ok((seconds, instant.nanosecond()))
}

fn too_far(vm: &mut Vm) -> vm::Raised {
    vm.range_error("out of Time range")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(above: i64, below: i64) -> Instant {
        let fraction = Rational::new(BigInt::from(above), BigInt::from(below)).expect("a fraction");
        Instant::from_fraction(&fraction).expect("near enough")
    }

    #[test]
    fn a_saved_time_is_restored_with_its_zone_and_nothing_else_is() {
        let mut restored = TimeData::default();
        let exact = Zone::Exact(Box::new(fraction(5_000_000_000, 3)));
        let zones = [Zone::Utc, Zone::Local(system_zone::CURRENT), Zone::Fixed(-3600), exact, Zone::Object { offset: 7, is_summer: true }];
        let instants = [Instant::default(), Instant::from_nanos(-1), Instant::from_nanos(1_700_000_000_123_456_789), fraction(-1, 3)];
        for zone in zones {
            for instant in instants.clone() {
                let saved = TimeData { instant: instant.clone(), zone: zone.clone(), is_initialized: true }.save().expect("a Time can be saved");
                assert!(restored.restore(&saved));
                assert_eq!((&restored.instant, &restored.zone, restored.is_initialized), (&instant, &zone, true));
                assert!(!restored.restore(&saved[1..]) && !restored.restore(&[saved.as_slice(), &[0]].concat()));
            }
        }
        assert!(!restored.restore(&[&[0; 16][..], &[9, 0, 0, 0, 0]].concat()));
    }

    #[test]
    fn a_time_saved_before_there_were_fractions_is_read() {
        let mut restored = TimeData::default();
        assert!(restored.restore(&[&5i128.to_le_bytes()[..], &[SAVED_FIXED, 60, 0, 0, 0]].concat()));
        assert_eq!((restored.instant, restored.zone), (Instant::from_nanos(5), Zone::Fixed(60)));
    }
}
