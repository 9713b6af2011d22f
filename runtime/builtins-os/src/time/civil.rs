//! Calendar arithmetic on days and seconds, zones, and the text forms of offsets.
//!
//! Invariant: an instant is counted since the epoch (UTC, no leap seconds); civil fields are derived
//! from it and an offset. Algorithm for days: the era method of Hinnant, "chrono-compatible low-level date algorithms".

use super::instant::Instant;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// The calendar repeats itself after so many years and days.
const CYCLE_YEARS: i128 = 400;
const CYCLE_DAYS: i128 = 146_097;

/// Which clock a Time shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Zone {
    /// UTC.
    #[default]
    Utc,
    /// The system's zone, by the number that it has in `system_zone`.
    Local(u32),
    /// Seconds east of UTC.
    Fixed(i32),
    /// An offset with a part of a second.
    Exact(Box<Instant>),
    /// What an object of the program said for this instant; the Time's hidden variable holds the object.
    Object {
        /// Seconds east of UTC.
        offset: i32,
        /// In summer time?
        is_summer: bool,
    },
}

/// Civil fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Civil {
    /// Proleptic Gregorian year.
    pub year: i128,
    /// 1..=12
    pub month: u8,
    /// 1..=31
    pub day: u8,
    /// 0..=23
    pub hour: u8,
    /// 0..=59
    pub minute: u8,
    /// 0..=60
    pub second: u8,
    /// 0 is Sunday.
    pub weekday: u8,
    /// 1..=366
    pub day_of_year: u16,
}

/// Days from the epoch to a date.
pub fn days_from_civil(year: i128, month: u8, day: u8) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(CYCLE_YEARS);
    let of_era = year.rem_euclid(CYCLE_YEARS) as i64;
    let from_march = (i64::from(month) + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + i64::from(day) - 1;
    era * CYCLE_DAYS + i128::from(of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Civil fields of seconds since the epoch, as UTC.
pub fn civil_of(seconds: i128) -> Civil {
    let (days, rest) = (seconds.div_euclid(i128::from(DAY)), seconds.rem_euclid(i128::from(DAY)) as i64);
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(CYCLE_DAYS), shifted.rem_euclid(CYCLE_DAYS) as i64);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * from_march + 2) / 5 + 1) as u8;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 } as u8;
    let year = era * CYCLE_YEARS + i128::from(year_of_era + i64::from(month <= 2));
    Civil {
        year,
        month,
        day,
        hour: (rest / 3600) as u8,
        minute: (rest / 60 % 60) as u8,
        second: (rest % 60) as u8,
        weekday: (days + 4).rem_euclid(7) as u8,
        day_of_year: (days - days_from_civil(year, 1, 1) + 1) as u16,
    }
}

/// Offset, abbreviation and daylight saving of the system's zone at an instant. Instants before the zone library's years get the
/// offset of its first one, those behind them that of the same day of the calendar.
pub fn local_info(zone: &TimeZone, seconds: i128) -> (i32, String, bool) {
    let (first, last) = (i128::from(Timestamp::MIN.as_second() + DAY), i128::from(Timestamp::MAX.as_second() - DAY));
    let cycle = CYCLE_DAYS * i128::from(DAY);
    let beyond = (seconds - last).max(0);
    let seconds = (seconds - (beyond + cycle - 1) / cycle * cycle).max(first) as i64;
    let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    let info = zone.to_offset_info(at);
    (info.offset().seconds(), info.abbreviation().to_string(), info.dst().is_dst())
}

/// The instant (seconds) at which the zone shows a civil time given as if it were UTC. In a gap the offset
/// before it counts, in an overlap the second instant.
pub fn local_instant(zone: &TimeZone, civil: i128) -> i128 {
    let day = i128::from(DAY);
    let before = i128::from(local_info(zone, civil - day).0);
    let first = civil - before;
    let after = i128::from(local_info(zone, civil + day).0);
    let second = civil - after;
    // In a repeated hour both are right: the second is meant, as by the C library.
    if i128::from(local_info(zone, second).0) == after { second } else { first }
}

/// Of the instants that the zone shows with the same civil time as this one the one that is summer time or not, as wanted; of equals the
/// first one where summer time is wanted, else the last one.
pub fn with_summer(zone: &TimeZone, seconds: i128, wanted: bool) -> i128 {
    let day = i128::from(DAY);
    let offset = local_info(zone, seconds).0;
    let civil = seconds + i128::from(offset);
    let others = [seconds - day, seconds + day].map(|near| civil - i128::from(local_info(zone, near).0));
    let shown = others.into_iter().chain([seconds]).filter_map(|instant| {
        let (offset, _, is_summer) = local_info(zone, instant);
        let order = if wanted { -instant } else { instant };
        (instant + i128::from(offset) == civil).then_some((is_summer == wanted, order, instant))
    });
    shown.max().map_or(seconds, |(_, _, instant)| instant)
}

/// Why a zone text is none.
#[derive(Debug, PartialEq, Eq)]
pub enum ZoneFault {
    /// Not of a known form.
    Form,
    /// Too far from UTC.
    Range,
}

/// Reads `UTC`, `Z`, `+09:00`, a military letter and the like.
pub fn parse_zone(text: &str) -> Result<Zone, ZoneFault> {
    if text == "Z" || text.eq_ignore_ascii_case("UTC") {
        return Ok(Zone::Utc);
    }
    if let [letter] = text.as_bytes() {
        let hours = match letter {
            b'A'..=b'I' => i32::from(letter - b'A') + 1,
            b'K'..=b'M' => i32::from(letter - b'K') + 10,
            b'N'..=b'Y' => -(i32::from(letter - b'N') + 1),
            _ => return Err(ZoneFault::Form),
        };
        return Ok(Zone::Fixed(hours * 3600));
    }
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(ZoneFault::Form),
    };
    let bytes = rest.as_bytes();
    let digits: Vec<u8> = match bytes.len() {
        2 | 4 | 6 => bytes.to_vec(),
        5 if bytes[2] == b':' => [&bytes[..2], &bytes[3..]].concat(),
        8 if bytes[2] == b':' && bytes[5] == b':' => [&bytes[..2], &bytes[3..5], &bytes[6..]].concat(),
        _ => return Err(ZoneFault::Form),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(ZoneFault::Form);
    }
    let pair = |index: usize| digits.get(index..index + 2).map_or(0, |two| i32::from(two[0] - b'0') * 10 + i32::from(two[1] - b'0'));
    let (hours, minutes, seconds) = (pair(0), pair(2), pair(4));
    if minutes > 59 || seconds > 59 {
        return Err(ZoneFault::Form);
    }
    if hours > 23 {
        return Err(ZoneFault::Range);
    }
    if sign < 0 && hours + minutes + seconds == 0 {
        return Ok(Zone::Utc);
    }
    Ok(Zone::Fixed(sign * (hours * 3600 + minutes * 60 + seconds)))
}

/// `+0900`, or with a colon `+09:00`; seconds where they are wanted and there are some.
pub fn offset_text(offset: i32, colon: &str, seconds: bool) -> String {
    let (sign, rest) = (if offset < 0 { '-' } else { '+' }, offset.abs());
    let base = format!("{sign}{:02}{colon}{:02}", rest / 3600, rest / 60 % 60);
    if !seconds || rest % 60 == 0 { base } else { format!("{base}{colon}{:02}", rest % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_back() {
        for (year, month, day, days) in [(1970, 1, 1, 0), (2000, 2, 29, 11_016), (1969, 12, 31, -1), (0, 3, 1, -719_468), (-1, 1, 1, -719_893)] {
            assert_eq!(days_from_civil(year, month, day), days, "{year}-{month}-{day}");
            let civil = civil_of(days * i128::from(DAY) + 3_661);
            assert_eq!((civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second), (year, month, day, 1, 1, 1));
        }
    }

    #[test]
    fn zones() {
        let rows = [
            ("UTC", Ok(Zone::Utc)),
            ("utc", Ok(Zone::Utc)),
            ("-00:00", Ok(Zone::Utc)),
            ("-00", Ok(Zone::Utc)),
            ("+09:00", Ok(Zone::Fixed(32_400))),
            ("-0130", Ok(Zone::Fixed(-5_400))),
            ("A", Ok(Zone::Fixed(3_600))),
            ("Y", Ok(Zone::Fixed(-43_200))),
            ("J", Err(ZoneFault::Form)),
            ("+24:00", Err(ZoneFault::Range)),
            ("+23:60", Err(ZoneFault::Form)),
            ("foo", Err(ZoneFault::Form)),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_zone(text), expected, "{text}");
        }
    }
}
