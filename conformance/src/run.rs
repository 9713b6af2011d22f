//! Runs one spec file with the real mspec.
//!
//! The recorder writes a line an example into a file, so that a process that dies leaves what it did. When the
//! recorder could not even start (a very young Ruby), the file runs once more with mspec's dotted formatter, and the
//! counts come from its summary line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::locate::Suite;
use crate::options::Formatter;
use crate::process::{self, Finished, Limits, Verdict, signal_name};
use crate::record::{Outcome, Record, Summary};
use crate::tags::End;

/// What all files of a session share.
pub struct Setup {
    pub binary: PathBuf,
    pub switches: Vec<String>,
    pub suite: Suite,
    pub recorder: PathBuf,
    /// Scratch folder; each job has its own below it.
    pub scratch: PathBuf,
    pub limits: Limits,
    pub formatter: Formatter,
}

/// Numbers of a file or a folder.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub files: usize,
    pub examples: usize,
    pub passing: usize,
    pub failing: usize,
    pub errors: usize,
    pub skipped: usize,
    pub crashed: usize,
    pub hung: usize,
}

impl Counts {
    /// Adds another file or folder.
    pub fn add(&mut self, other: Counts) {
        self.files += other.files;
        self.examples += other.examples;
        self.passing += other.passing;
        self.failing += other.failing;
        self.errors += other.errors;
        self.skipped += other.skipped;
        self.crashed += other.crashed;
        self.hung += other.hung;
    }
}

/// Result of one file.
pub struct FileResult {
    pub path: String,
    pub record: Record,
    /// Set when only mspec's summary is known.
    pub summary: Option<Summary>,
    pub end: End,
    pub elapsed: Duration,
    /// The end of stdout and stderr.
    pub output: String,
}

impl FileResult {
    /// Its numbers. An exception outside every example is an error that is no example.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            files: 1,
            examples: self.record.example_count(),
            passing: self.record.count(Outcome::Pass),
            failing: self.record.count(Outcome::Fail),
            errors: self.record.count(Outcome::Error) + self.record.count(Outcome::Interrupted),
            skipped: self.record.count(Outcome::Skip),
            crashed: usize::from(matches!(self.end, End::Crashed(_))),
            hung: usize::from(self.end == End::Hung),
        };
        if let Some(summary) = self.summary {
            counts.examples = summary.examples;
            counts.failing = summary.failures;
            counts.errors = summary.errors;
            counts.passing = summary.examples.saturating_sub(summary.failures + summary.errors);
        }
        counts
    }
}

/// Runs `path` (relative to ruby/spec); `job` names the scratch folder.
pub fn run_file(setup: &Setup, path: &str, job: usize) -> Result<FileResult, String> {
    if setup.formatter == Formatter::Recorder {
        let result = run_with(setup, path, job, Formatter::Recorder)?;
        if result.record.started {
            return Ok(result);
        }
        let second = run_with(setup, path, job, Formatter::Summary)?;
        return Ok(if second.summary.is_some() { second } else { result });
    }
    run_with(setup, path, job, Formatter::Summary)
}

fn run_with(setup: &Setup, path: &str, job: usize, formatter: Formatter) -> Result<FileResult, String> {
    let scratch = setup.scratch.join(format!("job{job}"));
    let told = |error: std::io::Error| format!("{}: {error}", scratch.display());
    if scratch.exists() {
        make_writable(&scratch);
        fs::remove_dir_all(&scratch).map_err(told)?;
    }
    fs::create_dir_all(&scratch).map_err(told)?;
    let record_file = scratch.join("record");
    let command = command(setup, path, &scratch, &record_file, formatter);
    let finished = process::run(command, setup.limits).map_err(|error| format!("{}: {error}", setup.binary.display()))?;
    let bytes = fs::read(&record_file).unwrap_or_default();
    let record = Record::parse(&bytes, &setup.suite.spec.to_string_lossy());
    let summary = match formatter {
        Formatter::Recorder => None,
        Formatter::Summary => Summary::parse(&finished.output),
    };
    let complete = record.finished || summary.is_some();
    let end = end_of(&finished, complete, setup.limits);
    Ok(FileResult { path: path.to_owned(), record, summary, end, elapsed: finished.elapsed, output: finished.output })
}

fn command(setup: &Setup, path: &str, scratch: &Path, record_file: &Path, formatter: Formatter) -> Command {
    let mut command = Command::new(&setup.binary);
    command.args(&setup.switches).arg(setup.suite.mspec.join("bin/mspec-run"));
    match formatter {
        Formatter::Recorder => command.arg("-B").arg(&setup.recorder),
        Formatter::Summary => command.args(["-f", "dotted"]),
    };
    command
        .arg(setup.suite.spec.join(path))
        .current_dir(&setup.suite.spec)
        .env("MAGLEV_SPEC_RECORD", record_file)
        .env("RUBY_EXE", &setup.binary)
        .env("RUBY_FLAGS", setup.switches.join(" "))
        .env("SPEC_TEMP_DIR", scratch.join("tmp"))
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC");
    for name in ["RUBYOPT", "RUBYLIB", "GEM_HOME", "GEM_PATH", "BUNDLE_GEMFILE"] {
        command.env_remove(name);
    }
    command
}

/// A spec may leave folders without write permission behind.
fn make_writable(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    drop(fs::set_permissions(folder, fs::Permissions::from_mode(0o755)));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            make_writable(&entry.path());
        }
    }
}

fn end_of(finished: &Finished, complete: bool, limits: Limits) -> End {
    match finished.verdict {
        Verdict::TimedOut => End::Hung,
        Verdict::OutOfMemory => End::Crashed(format!("used more than {} MiB", limits.memory_bytes >> 20)),
        // mspec's own exit code is 0 or 1; the record says whether it came to its end.
        Verdict::Exited(_) if complete => End::Finished,
        Verdict::Exited(code) => End::Crashed(format!("exit code {code} before mspec's end{}", telling_line(&finished.output))),
        Verdict::Signalled(signal) => End::Crashed(format!("{}{}", signal_name(signal), telling_line(&finished.output))),
    }
}

/// The line that says most: an uncaught exception's (`FILE:LINE:in ...: MESSAGE (Class)`), else the last one.
fn telling_line(output: &str) -> String {
    let lines = || output.lines().map(str::trim).filter(|line| !line.is_empty());
    let uncaught = lines().rfind(|line| line.ends_with(')') && !line.starts_with("from ") && line.contains(": "));
    let line = uncaught.or_else(|| lines().next_back());
    line.map(|line| format!(": {}", line.chars().take(300).collect::<String>())).unwrap_or_default()
}
