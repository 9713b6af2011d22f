//! The system's zone, by the variable TZ. A Time by local clock remembers the zone of its making.

use super::civil::Zone;
use heap::Tracer;
use jiff::tz::TimeZone;
use std::ffi::OsString;
use vm::Vm;

/// In place of a zone's number: the one that counts when it is asked for.
pub const CURRENT: u32 = u32::MAX;

/// The zones that have counted, by the values of TZ.
#[derive(Default)]
struct SystemZones {
    known: Vec<(Option<OsString>, TimeZone)>,
    current: usize,
}

impl vm::vm::Extension for SystemZones {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

impl SystemZones {
    /// The place of the zone that TZ names now.
    fn update(&mut self) -> usize {
        let variable = std::env::var_os("TZ");
        if self.known.get(self.current).is_none_or(|(known, _)| *known != variable) {
            self.current = self.known.iter().position(|(known, _)| *known == variable).unwrap_or_else(|| {
                let zone = read(variable.as_ref());
                self.known.push((variable, zone));
                self.known.len() - 1
            });
        }
        self.current
    }
}

fn read(variable: Option<&OsString>) -> TimeZone {
    let Some(variable) = variable else { return TimeZone::system() };
    let text = variable.to_string_lossy();
    let name = text.strip_prefix(':').unwrap_or(&text);
    TimeZone::get(name).or_else(|_| TimeZone::posix(name)).unwrap_or(TimeZone::UTC)
}

/// The clock of the system's zone now.
pub fn local(vm: &mut Vm) -> Zone {
    Zone::Local(vm.extension::<SystemZones>().update() as u32)
}

/// The zone of a local clock.
pub fn zone(vm: &mut Vm, number: u32) -> &TimeZone {
    let zones = vm.extension::<SystemZones>();
    let place = if (number as usize) < zones.known.len() { number as usize } else { zones.update() };
    &zones.known[place].1
}
