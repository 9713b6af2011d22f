//! `--profile`: starts the sampler, and tells and writes what it found when the program has ended.

use profile::{File, table};
use std::time::Duration;
use vm::Vm;
use vm::profile::{Measure, Profile};

/// The file that is written when none is named.
const DEFAULT_FILE: &str = "maglev-profile.html";
const DEFAULT_INTERVAL: Duration = Duration::from_millis(1);
/// Shortest interval: below it the program mostly takes samples.
const INTERVAL_MIN: u64 = 50;

/// What `--profile` asks for.
#[derive(Clone, Debug)]
pub struct Profiling {
    measure: Measure,
    interval: Duration,
    files: Vec<File>,
}

impl Profiling {
    /// From the items behind `--profile=`.
    pub fn read(items: Option<&str>) -> Result<Profiling, String> {
        let mut read = Profiling { measure: Measure::Wall, interval: DEFAULT_INTERVAL, files: Vec::new() };
        for item in items.into_iter().flat_map(|items| items.split(',')) {
            match item {
                "wall" => read.measure = Measure::Wall,
                "cpu" => read.measure = Measure::Cpu,
                "alloc" => read.measure = Measure::Allocations,
                _ => match item.strip_prefix("every:") {
                    Some(number) => read.interval = interval(number)?,
                    None => read.files.push(file(item)?),
                },
            }
        }
        if read.files.is_empty() {
            read.files.push(file(DEFAULT_FILE)?);
        }
        Ok(read)
    }
}

fn interval(number: &str) -> Result<Duration, String> {
    match number.parse::<u64>() {
        Ok(microseconds) if microseconds >= INTERVAL_MIN => Ok(Duration::from_micros(microseconds)),
        _ => Err(format!("--profile=every:{number}: microseconds between two samples, {INTERVAL_MIN} at least")),
    }
}

/// `%p` in a name is the number of the process.
fn file(item: &str) -> Result<File, String> {
    let name = item.replace("%p", &std::process::id().to_string());
    let Some(file) = File::named(&name) else {
        return Err(format!(
            "--profile={item}: unknown item; known are wall, cpu, alloc, every:MICROSECONDS, and files that end in .html (flame graph), .json (speedscope) or .pb.gz (pprof)"
        ));
    };
    match file.path().parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        Some(folder) => Err(format!("--profile={item}: there is no folder {}", folder.display())),
        None => Ok(file),
    }
}

/// Starts sampling for `program`.
pub fn start(vm: &mut Vm, profiling: &Profiling, program: &str) -> Result<(), String> {
    let (files, program) = (profiling.files.clone(), program.to_string());
    let receiver = Box::new(move |profile: &Profile| finish(profile, &files, &program));
    vm.start_profile(profiling.measure, profiling.interval, receiver).map_err(|error| format!("--profile: no thread for it: {error}"))
}

fn finish(profile: &Profile, files: &[File], program: &str) {
    if profile.stacks.is_empty() {
        eprintln!("maglev-ruby: profile: no samples in {:.1} ms, and no file", profile.duration.as_secs_f64() * 1e3);
        return;
    }
    eprint!("{}", table::text(profile));
    for file in files {
        match file.write(profile, program) {
            Ok(()) => eprintln!("written: {}", file.path().display()),
            Err(message) => eprintln!("maglev-ruby: profile: {message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read() {
        let read = Profiling::read(Some("cpu,every:200,a.html,b-%p.json")).expect("good items");
        assert_eq!((read.measure, read.interval), (Measure::Cpu, Duration::from_micros(200)));
        assert_eq!(read.files[1].path().to_str(), Some(format!("b-{}.json", std::process::id()).as_str()));
        let read = Profiling::read(None).expect("no items");
        assert_eq!((read.measure, read.files[0].path().to_str()), (Measure::Wall, Some(DEFAULT_FILE)));
    }

    #[test]
    fn bad_items_are_told() {
        let refused = |items: &str| Profiling::read(Some(items)).expect_err("refused");
        assert!(refused("a.svg").starts_with("--profile=a.svg: unknown item; known are wall"));
        assert_eq!(refused("every:5"), "--profile=every:5: microseconds between two samples, 50 at least");
        assert_eq!(refused("/no such/folder/a.html"), "--profile=/no such/folder/a.html: there is no folder /no such/folder");
    }
}
