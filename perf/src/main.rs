//! `perf`: times the programs of perf/bench (or perf/micro) on maglev-ruby and on other Rubies.
//!
//! Rooms: `options` the command line, `rubies` who takes part, `process` one run, `measure` rounds and start-up,
//! `stats` the arithmetic, `counters` perf events, `report` table, JSON and chart. Invariant: a program that fails or
//! gives a wrong result is never part of a ratio, and makes the exit code 1.

mod counters;
mod measure;
mod options;
mod process;
mod report;
mod rubies;
mod stats;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use counters::Counters;
use measure::Program;
use options::{Command, Mode, Options, Suite};
use report::Report;

fn main() -> ExitCode {
    let command = options::parse(env::args_os().skip(1).collect(), env::var_os("MAGLEV_BINARY"));
    let result = match command {
        Ok(Command::Help) => {
            print!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Ok(Command::List(suite)) => list(suite),
        Ok(Command::Run(options)) => session(&options),
        Err(message) => Err(format!("{message}\nTry --help.")),
    };
    match result {
        Ok(code) => code,
        Err(message) => {
            eprintln!("perf: {message}");
            ExitCode::from(2)
        }
    }
}

fn list(suite: Suite) -> Result<ExitCode, String> {
    for program in programs(&project_root()?, suite)? {
        println!("{}", program.name);
    }
    Ok(ExitCode::SUCCESS)
}

fn session(options: &Options) -> Result<ExitCode, String> {
    let root = project_root()?;
    let programs = chosen(programs(&root, options.suite)?, &options.names)?;
    let rubies = rubies::find(options, &root)?;
    let harness = root.join("perf/harness.rb");
    let load = machine_load();
    let mut counters = if options.counters { Some(Counters::open()?) } else { None };
    let start_up = match options.mode {
        Mode::Measure => measure::start_up(&rubies, options.timeout),
        Mode::Check => Vec::new(),
    };
    let mut measured = Vec::new();
    for (index, program) in programs.iter().enumerate() {
        eprintln!("[{}/{}] {}", index + 1, programs.len(), program.name);
        let outcomes = measure::program(program, &rubies, &harness, options, &mut counters);
        measured.push((program.clone(), outcomes));
    }
    let counters = counters.map(|counters| counters.kind);
    let report = Report { rubies, start_up, programs: measured, counters, load };
    finish(options, &report)
}

fn finish(options: &Options, report: &Report) -> Result<ExitCode, String> {
    if options.mode == Mode::Measure {
        report.print();
    }
    if let Some(path) = &options.json {
        let text = format!("{:#}\n", report.json());
        fs::write(path, text).map_err(|error| format!("--json {}: {error}", path.display()))?;
    }
    if let Some(path) = &options.svg {
        fs::write(path, report.svg()).map_err(|error| format!("--svg {}: {error}", path.display()))?;
    }
    let failures = report.failures();
    for failure in &failures {
        println!("FAILED {failure}");
    }
    if options.mode == Mode::Check {
        println!("{} programs right, {} wrong", report.programs.len() - failures.len(), failures.len());
    }
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// All programs of a suite, by name.
fn programs(root: &Path, suite: Suite) -> Result<Vec<Program>, String> {
    let folder = root.join("perf").join(match suite {
        Suite::Bench => "bench",
        Suite::Micro => "micro",
    });
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut programs: Vec<Program> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rb"))
        .map(|path| Program { name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), path })
        .collect();
    programs.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(programs)
}

fn chosen(programs: Vec<Program>, names: &[String]) -> Result<Vec<Program>, String> {
    if names.is_empty() {
        return Ok(programs);
    }
    names
        .iter()
        .map(|name| {
            let found = programs.iter().find(|program| program.name == *name).cloned();
            let known = || programs.iter().map(|program| program.name.as_str()).collect::<Vec<_>>().join(", ");
            found.ok_or_else(|| format!("no program `{name}`; there are: {}", known()))
        })
        .collect()
}

/// Root of the project: the manifest's grandparent while run by cargo, else the nearest folder with the harness.
fn project_root() -> Result<PathBuf, String> {
    if let Some(folder) = env::var_os("CARGO_MANIFEST_DIR") {
        let root = Path::new(&folder).parent().map(Path::to_path_buf);
        return root.ok_or_else(|| "CARGO_MANIFEST_DIR has no parent".to_owned());
    }
    let start = env::current_dir().map_err(|error| format!("current folder: {error}"))?;
    let found = start.ancestors().find(|folder| folder.join("perf/harness.rb").exists());
    found.map(Path::to_path_buf).ok_or_else(|| "run this inside the project's folder".to_owned())
}

/// Load of the last minute and the number of processors.
fn machine_load() -> Option<(f64, usize)> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let load = text.split(' ').next()?.parse().ok()?;
    Some((load, thread::available_parallelism().ok()?.get()))
}
