//! Zones that the program describes by objects: `utc_to_local` and `local_to_utc` say where the clock stands.
//!
//! What such an object is asked about is a `Time::tm`, a time in UTC with the fields of one. The Time keeps the object in a
//! hidden variable, where the name of a loaded Time's zone stands as well.

use super::civil::{DAY, Zone, ZoneFault, days_from_civil, parse_zone};
use super::instant::{Instant, SECOND};
use super::make::{exact, from_fields};
use super::{Placed, TimeData, data_of, new_time, show, too_far};
use macros::ruby_methods;
use objects::RData;
use vm::{RClass, RResult, RString, Raised, Value, Vm};

/// The class of what zone objects are given.
pub const TIME_LIKE: &str = "Time::tm";
/// Hidden variable of a Time: the zone object, or the name of the zone.
const ZONE: &str = "zone name ";

/// Methods of `Time::tm` that are its own.
pub struct TimeLikes;

#[ruby_methods("Time::tm")]
impl TimeLikes {
    #[singleton("from_time")]
    fn from_time(vm: &mut Vm, this: RClass, time: Value) -> RResult {
        let shown = data_of(vm, time)?;
        let civil = civil_instant(vm, shown);
        new_time(vm, this, Placed::new(civil, Zone::Utc))
    }

    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        let placed = from_fields(vm, args, Zone::Utc)?;
        super::place(vm, this, placed)?;
        Ok(this)
    }

    #[method("to_time")]
    fn to_time(vm: &mut Vm, this: Value) -> RResult {
        let instant = data_of(vm, this)?.instant;
        new_time(vm, vm.class_view(vm.core.time), Placed::new(instant, Zone::Utc))
    }

    #[method("utc")]
    fn utc(_vm: &mut Vm, this: Value) -> Value {
        this
    }
}

/// Makes the class `Time::tm`, which no constant of the program leads to.
pub fn define_time_like(vm: &mut Vm) {
    let (time, object) = (vm.core.time, vm.core.object);
    vm.define_class_under(time, "tm", object);
    let name = vm.intern("tm");
    if let Some(constant) = vm.class_view(time).data_mut().constants.get_mut(&name) {
        constant.private = true;
    }
}

/// The zone object or name that a Time keeps.
pub fn kept(vm: &mut Vm, time: Value) -> Option<Value> {
    let name = vm.intern(ZONE);
    vm.hidden(time, name).filter(|zone| !zone.is_nil())
}

/// Keeps a zone object or name; nil forgets it.
pub fn keep(vm: &mut Vm, time: Value, zone: Value) {
    if !zone.is_nil() || kept(vm, time).is_some() {
        let name = vm.intern(ZONE);
        vm.set_hidden(time, name, zone);
    }
}

/// What a zone argument is.
enum Meaning {
    Clock(Zone),
    Object(Value),
}

fn meaning_of(vm: &mut Vm, class: RClass, zone: Value) -> RResult<Meaning> {
    if let Some(text) = vm.try_to_str(zone)? {
        let shown = text.to_text();
        if !text.encoding().is_ascii_compatible() || shown.contains('\0') {
            return Err(vm.argument_error("string contains null byte"));
        }
        return match parse_zone(&shown) {
            Ok(zone) => Ok(Meaning::Clock(zone)),
            Err(ZoneFault::Range) => Err(vm.argument_error("utc_offset out of range")),
            Err(ZoneFault::Form) => named(vm, class, zone)?.map(Meaning::Object).ok_or_else(|| form_error(vm, &shown)),
        };
    }
    if vm.is_a(zone, vm.core.numeric) { offset_of(vm, zone).map(Meaning::Clock) } else { Ok(Meaning::Object(zone)) }
}

/// The object that the class finds for a name.
pub fn named(vm: &mut Vm, class: RClass, name: Value) -> RResult<Option<Value>> {
    let find = vm.intern("find_timezone");
    Ok(vm.call_if_responds(class.value(), find, &[name])?.filter(|zone| !zone.is_nil()))
}

fn form_error(vm: &mut Vm, text: &str) -> Raised {
    vm.argument_error(&format!("\"+HH:MM\", \"-HH:MM\", \"UTC\" or \"A\"..\"I\",\"K\"..\"Z\" expected for utc_offset: {text}"))
}

/// A number of seconds east of UTC.
fn offset_of(vm: &mut Vm, zone: Value) -> RResult<Zone> {
    let offset = exact(vm, zone, SECOND)?;
    if offset.negated().max(offset.clone()) >= Instant::from_seconds(i128::from(DAY)) {
        return Err(vm.argument_error("utc_offset out of range"));
    }
    let is_whole = offset == Instant::from_seconds(offset.seconds());
    Ok(if is_whole { Zone::Fixed(offset.seconds() as i32) } else { Zone::Exact(Box::new(offset)) })
}

/// The instant as a zone argument's clock shows it.
pub fn shown_by(vm: &mut Vm, class: RClass, instant: Instant, zone: Value) -> RResult<Placed> {
    match meaning_of(vm, class, zone)? {
        Meaning::Clock(zone) => Ok(Placed::new(instant, zone)),
        Meaning::Object(object) => match shown_by_object(vm, object, &instant)? {
            Some(placed) => Ok(placed),
            None => offset_of(vm, object).map(|zone| Placed::new(instant, zone)),
        },
    }
}

/// The instant as a zone object shows it; None where the object has no `utc_to_local`.
pub fn shown_by_object(vm: &mut Vm, object: Value, instant: &Instant) -> RResult<Option<Placed>> {
    let Some((time_like, answer)) = asked(vm, object, "utc_to_local", instant)? else { return Ok(None) };
    let local = match time_data(vm, answer) {
        Some(data) => civil_instant(vm, data),
        None if objects::number::integer_of(answer).is_some() => exact(vm, answer, SECOND)?,
        None => civil_fields(vm, answer)?,
    };
    placed(vm, object, time_like, instant.clone(), &local).map(Some)
}

/// The instant at which a zone argument's clock shows a civil time, given as the instant of that time in UTC. `None` for
/// the clocks that are no objects.
pub fn meant_by(vm: &mut Vm, class: RClass, civil: &Instant, zone: Value) -> RResult<Result<Placed, Zone>> {
    let object = match meaning_of(vm, class, zone)? {
        Meaning::Clock(zone) => return Ok(Err(zone)),
        Meaning::Object(object) => object,
    };
    let Some((time_like, utc)) = asked(vm, object, "local_to_utc", civil)? else { return offset_of(vm, object).map(Err) };
    let seconds = match time_data(vm, utc) {
        Some(data) => data.instant.seconds(),
        None => {
            let name = vm.intern("to_i");
            let number = vm.call(utc, name, &[])?;
            exact(vm, number, SECOND)?.seconds()
        }
    };
    let whole = Instant::from_seconds(seconds);
    let Some(instant) = whole.plus(&civil.below_second()) else { return Err(too_far(vm)) };
    placed(vm, object, time_like, instant, civil).map(Ok)
}

/// The instant shown by the clock that a Time has: its object is asked again.
pub fn placed_beside(vm: &mut Vm, time: Value, zone: Zone, instant: Instant) -> RResult<Placed> {
    let object = kept(vm, time).unwrap_or(Value::NIL);
    if matches!(zone, Zone::Object { .. })
        && let Some(placed) = shown_by_object(vm, object, &instant)?
    {
        return Ok(placed);
    }
    Ok(Placed { instant, zone, object })
}

/// Calls a method of a zone object with an instant, without what is below its second: what was given, and the answer; None
/// where it has no such method.
fn asked(vm: &mut Vm, object: Value, method: &str, instant: &Instant) -> RResult<Option<(Value, Value)>> {
    let time_like = time_like(vm, instant)?;
    let method = vm.intern(method);
    Ok(vm.call_if_responds(object, method, &[time_like])?.map(|answer| (time_like, answer)))
}

fn time_like(vm: &mut Vm, instant: &Instant) -> RResult {
    let class = vm.class_at(TIME_LIKE);
    new_time(vm, vm.class_view(class), Placed::new(Instant::from_seconds(instant.seconds()), Zone::Utc))
}

fn time_data(vm: &mut Vm, value: Value) -> Option<TimeData> {
    RData::new(value).and_then(|data| data.read::<TimeData>(&vm.heap)).cloned()
}

/// What a Time shows, as the instant of that time in UTC.
fn civil_instant(vm: &mut Vm, data: TimeData) -> Instant {
    let shown = show(vm, data);
    let shift = Instant::from_seconds(i128::from(shown.offset));
    shown.instant.plus(&shift).unwrap_or_default()
}

/// The civil time that an object with the methods of one names.
fn civil_fields(vm: &mut Vm, answer: Value) -> RResult<Instant> {
    let mut fields = [0i64; 6];
    for (field, name) in fields.iter_mut().zip(["year", "mon", "mday", "hour", "min", "sec"]) {
        let value = vm.send(answer, name, &[])?;
        *field = vm.to_i64(value)?;
    }
    let [year, month, day, hour, minute, second] = fields;
    let days = days_from_civil(i128::from(year), month.clamp(1, 12) as u8, day.clamp(1, 31) as u8);
    Ok(Instant::from_seconds(days * i128::from(DAY) + i128::from(hour) * 3600 + i128::from(minute) * 60 + i128::from(second)))
}

/// The instant with the offset that a civil time is away from it.
fn placed(vm: &mut Vm, object: Value, time_like: Value, instant: Instant, civil: &Instant) -> RResult<Placed> {
    let offset = civil.seconds() - instant.seconds();
    if offset.abs() >= i128::from(DAY) {
        return Err(vm.argument_error("utc_offset out of range"));
    }
    let method = vm.intern("dst?");
    let is_summer = vm.call_if_responds(object, method, &[time_like])?.is_some_and(Value::truthy);
    Ok(Placed { instant, zone: Zone::Object { offset: offset as i32, is_summer }, object })
}

/// What `%Z` shows for a zone object: its `abbr`, `strftime` or `name`.
pub fn abbreviation(vm: &mut Vm, object: Value, instant: &Instant) -> RResult<Option<String>> {
    let answer = match asked(vm, object, "abbr", instant)? {
        Some((_, answer)) => Some(answer),
        None => described(vm, object, instant)?,
    };
    match answer.filter(|answer| !answer.is_nil()) {
        Some(answer) => Ok(Some(vm.to_str(answer)?.to_text())),
        None => Ok(None),
    }
}

fn described(vm: &mut Vm, object: Value, instant: &Instant) -> RResult<Option<Value>> {
    let time_like = time_like(vm, instant)?;
    let (format, strftime, name) = (vm.str_ascii("%Z"), vm.intern("strftime"), vm.intern("name"));
    match vm.call_if_responds(object, strftime, &[format, time_like])? {
        Some(answer) => Ok(Some(answer)),
        None => vm.call_if_responds(object, name, &[]),
    }
}

/// The name by which a Time's zone is dumped.
pub fn dumped_name(vm: &mut Vm, time: Value) -> RResult<Option<Value>> {
    match kept(vm, time) {
        Some(object) if RString::new(object).is_none() => vm.send(object, "name", &[]).map(Some),
        name => Ok(name),
    }
}
