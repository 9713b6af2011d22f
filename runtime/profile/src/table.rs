//! The table for the terminal: methods and lines, by what they took themselves and with all that they called.

use crate::{method_name, short, shown, subject, totals};
use std::collections::{BTreeMap, BTreeSet};
use vm::profile::Profile;

/// Rows of each part.
const ROWS: usize = 20;

/// What a method or line took.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it was innermost.
    pub own: u64,
    /// Where it was anywhere on the stack.
    pub total: u64,
}

/// Rows by name, the largest own part first.
pub type Rows = Vec<(String, Row)>;

/// The methods.
pub fn methods(profile: &Profile) -> Rows {
    rows(profile, &|at| method_name(&profile.places[at as usize]))
}

/// The lines.
pub fn lines(profile: &Profile) -> Rows {
    rows(profile, &|at| {
        let place = &profile.places[at as usize];
        format!("{}:{} {}", short(&place.file), place.line, place.label)
    })
}

fn rows(profile: &Profile, name: &dyn Fn(u32) -> String) -> Rows {
    let names: Vec<String> = (0..profile.places.len() as u32).map(name).collect();
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for (stack, weight) in &profile.stacks {
        let met: BTreeSet<&str> = stack.iter().map(|&at| names[at as usize].as_str()).collect();
        for name in met {
            rows.entry(name).or_default().total += weight.amount;
        }
        if let Some(&last) = stack.last() {
            rows.entry(&names[last as usize]).or_default().own += weight.amount;
        }
    }
    let mut rows: Rows = rows.into_iter().map(|(name, row)| (name.to_string(), row)).collect();
    rows.sort_by(|a, b| (b.1.own, b.1.total, &a.0).cmp(&(a.1.own, a.1.total, &b.0)));
    rows
}

/// One line of what the profile is about.
pub fn headline(profile: &Profile) -> String {
    let (amount, samples) = totals(profile);
    format!("{} of {}, {samples} samples, {:.2} s", shown(profile.measure, amount), subject(profile.measure), profile.duration.as_secs_f64())
}

/// The whole table.
pub fn text(profile: &Profile) -> String {
    let all = totals(profile).0.max(1);
    let mut text = format!("profile: {}\n", headline(profile));
    for (title, rows) in [("method", methods(profile)), ("line", lines(profile))] {
        text.push_str(&format!("    self   total  {title}\n"));
        let share = |part: u64| 100.0 * part as f64 / all as f64;
        for (name, row) in rows.iter().filter(|(_, row)| row.own > 0).take(ROWS) {
            text.push_str(&format!("{:7.1}% {:6.1}%  {name}\n", share(row.own), share(row.total)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recursion_counts_once_and_the_innermost_place_owns() {
        let profile = crate::tests::small();
        let by_name: BTreeMap<String, Row> = methods(&profile).into_iter().collect();
        assert_eq!(by_name["A#a (lib/a.rb:2)"], Row { own: 400_000_000, total: 1_300_000_000 });
        assert_eq!(by_name["<main> (lib/a.rb:1)"], Row { own: 100_000_000, total: 1_400_000_000 });
        assert_eq!(by_name["Array#sort"], Row { own: 900_000_000, total: 900_000_000 });
        assert_eq!(lines(&profile)[1].0, "lib/a.rb:3 A#a");
    }

    #[test]
    fn the_table_says_what_it_is_of() {
        let text = text(&crate::tests::small());
        assert!(
            text.starts_with("profile: 1.40 s of wall time, 14 samples, 1.50 s\n    self   total  method\n   64.3%   64.3%  Array#sort\n"),
            "{text}"
        );
    }
}
