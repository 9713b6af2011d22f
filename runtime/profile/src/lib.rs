//! What is made of a finished profile: a table, a flame graph for a browser, and files for speedscope and pprof.
//!
//! Each form has a file; `File` chooses one by the name's ending. Nothing here knows how samples are taken (`vm::profile`).
#![forbid(unsafe_code)]

mod flame;
mod pprof;
mod speedscope;
pub mod table;

use std::path::{Path, PathBuf};
use vm::profile::{Measure, Place, Profile};

/// A file to write a profile into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    path: PathBuf,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Speedscope,
    Pprof,
}

impl File {
    /// The file of this name, whose ending says what is written; None for an ending that says nothing.
    pub fn named(path: &str) -> Option<File> {
        let endings = [(".html", Form::Html), (".json", Form::Speedscope), (".pb.gz", Form::Pprof)];
        endings.into_iter().find(|(ending, _)| path.ends_with(ending)).map(|(_, form)| File { path: path.into(), form })
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the profile of the program called `program`. An error is text for people.
    pub fn write(&self, profile: &Profile, program: &str) -> Result<(), String> {
        let bytes = match self.form {
            Form::Html => flame::page(profile, program),
            Form::Speedscope => speedscope::document(profile, program),
            Form::Pprof => pprof::message(profile),
        }?;
        std::fs::write(&self.path, bytes).map_err(|error| format!("{}: {error}", self.path.display()))
    }
}

/// The method or block that a place lies in, as people tell them apart: by label and file, where there is one.
fn method_name(place: &Place) -> String {
    match place.defined {
        Some(line) => format!("{} ({}:{line})", place.label, short(&place.file)),
        None => place.label.clone(),
    }
}

/// The last two parts of a path, which is what tells files apart most often.
fn short(file: &str) -> &str {
    let mut slashes = file.rmatch_indices('/').map(|(at, _)| at);
    slashes.next();
    slashes.next().map_or(file, |at| &file[at + 1..])
}

/// An amount for people: `1.25 s`, `310 ms`, `12.5 MB`.
fn shown(measure: Measure, amount: u64) -> String {
    let units: &[(u64, &str)] = match measure {
        Measure::Wall | Measure::Cpu => &[(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")],
        Measure::Allocations => &[(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")],
    };
    let &(size, unit) = units.iter().find(|(size, _)| amount >= *size).unwrap_or(&units[units.len() - 1]);
    format!("{:.2} {unit}", amount as f64 / size as f64)
}

/// What the samples are of.
fn subject(measure: Measure) -> &'static str {
    match measure {
        Measure::Wall => "wall time",
        Measure::Cpu => "processor time",
        Measure::Allocations => "allocated bytes",
    }
}

/// Sum of all weights, and number of samples.
fn totals(profile: &Profile) -> (u64, u64) {
    profile.stacks.iter().fold((0, 0), |(amount, samples), (_, weight)| (amount + weight.amount, samples + weight.samples))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;
    use vm::profile::Weight;

    /// `main` calls `A#a`, which calls itself and `Array#sort`.
    pub(crate) fn small() -> Profile {
        let file: Arc<str> = "/home/someone/app/lib/a.rb".into();
        let place = |label: &str, line, defined| Place { label: label.into(), file: file.clone(), line, defined };
        Profile {
            measure: Measure::Wall,
            interval: Duration::from_millis(1),
            duration: Duration::from_millis(1_500),
            places: vec![place("<main>", 20, Some(1)), place("A#a", 3, Some(2)), place("A#a", 4, Some(2)), place("Array#sort", 4, None)],
            stacks: vec![
                (Box::from([0]), Weight { samples: 1, amount: 100_000_000 }),
                (Box::from([0, 1]), Weight { samples: 4, amount: 400_000_000 }),
                (Box::from([0, 1, 2, 3]), Weight { samples: 9, amount: 900_000_000 }),
            ],
        }
    }

    #[test]
    fn endings_choose_the_form() {
        assert_eq!(File::named("a/b.html").map(|file| file.form), Some(Form::Html));
        assert_eq!(File::named("b.json").map(|file| file.form), Some(Form::Speedscope));
        assert_eq!(File::named("b.pb.gz").map(|file| file.form), Some(Form::Pprof));
        assert_eq!(File::named("b.svg"), None);
    }

    #[test]
    fn amounts_have_units() {
        assert_eq!(shown(Measure::Wall, 1_250_000_000), "1.25 s");
        assert_eq!(shown(Measure::Cpu, 310_500), "310.50 us");
        assert_eq!(shown(Measure::Allocations, 3 << 19), "1.50 MB");
        assert_eq!(shown(Measure::Wall, 7), "0.01 us");
        assert_eq!(short("/home/someone/app/lib/a.rb"), "lib/a.rb");
        assert_eq!(short("a.rb"), "a.rb");
    }
}
