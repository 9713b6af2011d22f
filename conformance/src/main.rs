//! `conformance`: runs ruby/spec with the real mspec on a Ruby binary and compares with recorded tags.
//!
//! Rooms: `options` the command line, `locate` and `fetch` the suite, `run` one file (over `process`), `record` its
//! results, `tags` known failures, `progress` and `report` what is shown. Invariant: a file that was asked for is in
//! the report, whatever became of its process.

mod fetch;
mod locate;
mod options;
mod process;
mod progress;
mod record;
mod report;
mod run;
mod tags;

use std::env;
use std::fs;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use options::{Command, Options};
use progress::Progress;
use report::Judged;
use run::{FileResult, Setup};
use tags::{End, Tags};

fn main() -> ExitCode {
    let options = match options::parse(env::args_os().skip(1).collect(), |name| env::var_os(name)) {
        Ok(Command::Run(options)) => *options,
        Ok(Command::Help) => {
            print!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("conformance: {message}\nTry --help.");
            return ExitCode::from(2);
        }
    };
    match session(&options) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("conformance: {message}");
            ExitCode::from(2)
        }
    }
}

fn session(options: &Options) -> Result<ExitCode, String> {
    let root = locate::project_root()?;
    let work = locate::work_folder(&root);
    let suite = match locate::named_suite(options)? {
        Some(suite) => suite,
        None => fetch::suite(&work)?,
    };
    let paths = locate::files(&suite, &options.paths, options.sample)?;
    let setup = Setup {
        binary: locate::binary(options, &root)?,
        switches: options.switches.clone(),
        recorder: root.join("conformance/mspec/recorder.mspec"),
        scratch: work.join(format!("run{}", std::process::id())),
        limits: process::Limits { time: options.timeout, memory_bytes: options.memory_bytes },
        formatter: options.formatter,
        suite,
    };
    eprintln!("conformance: {} files of {} on {}", paths.len(), setup.suite.spec.display(), setup.binary.display());
    let results = run_all(&setup, &paths, options.jobs)?;
    // What a killed file leaves may be read-only; it lies under target/ and harms nobody.
    drop(fs::remove_dir_all(&setup.scratch));

    // The packaged suite is older than the one that developers pass with --spec.
    let recorded = if options.spec.is_some() { "conformance/tags-head" } else { "conformance/tags" };
    let tag_root = options.tags.clone().unwrap_or_else(|| root.join(recorded));
    let mut files = Vec::new();
    for result in results {
        let mut tags = Tags::load(&tag_root, &result.path)?;
        if options.write_tags && result.summary.is_none() {
            tags = tags.updated(&result.record, &result.end);
            tags.save(&tag_root, &result.path).map_err(|error| format!("{}: {error}", tag_root.display()))?;
        }
        files.push(judge(result, &tags));
    }
    finish(options, &setup, &files)
}

/// Compares one result with its tags. With mspec's summary alone no example has a name, so only the counts speak.
fn judge(result: FileResult, tags: &Tags) -> Judged {
    if result.summary.is_some() {
        let counts = result.counts();
        let mut surprises = Vec::new();
        if counts.failing + counts.errors > tags.fails.len() {
            let description = format!("{} examples (mspec's summary line)", counts.failing + counts.errors);
            surprises.push(tags::Surprise::Failed { description, message: String::new() });
        }
        let known = (counts.failing + counts.errors).min(tags.fails.len());
        return Judged { result, surprises, unmet: Vec::new(), known };
    }
    let surprises = tags.compare(&result.record, &result.end);
    let finished = result.end == End::Finished;
    let unmet = if finished { tags.unmet(&result.record).map(str::to_owned).collect() } else { Vec::new() };
    let bad = result.record.examples.iter().filter(|example| example.outcome.is_bad());
    let known = bad.filter(|example| tags.fails.contains_key(&example.description)).count();
    Judged { result, surprises, unmet, known }
}

/// Runs the files, `jobs` at a time, and gives the results in the order of `paths`.
fn run_all(setup: &Setup, paths: &[String], jobs: usize) -> Result<Vec<FileResult>, String> {
    let next = AtomicUsize::new(0);
    let progress = Mutex::new(Progress::new(paths.len()));
    let results: Mutex<Vec<(usize, Result<FileResult, String>)>> = Mutex::new(Vec::new());
    let lock_message = "a worker never panics while it holds this lock";
    thread::scope(|scope| {
        for job in 0..jobs.min(paths.len()) {
            let (next, progress, results) = (&next, &progress, &results);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(index) else { break };
                    progress.lock().expect(lock_message).begin(path);
                    let result = run::run_file(setup, path, job);
                    if let Ok(result) = &result {
                        progress.lock().expect(lock_message).end(result);
                    }
                    results.lock().expect(lock_message).push((index, result));
                }
            });
        }
    });
    progress.lock().expect(lock_message).close();
    let mut results = results.into_inner().expect(lock_message);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn finish(options: &Options, setup: &Setup, files: &[Judged]) -> Result<ExitCode, String> {
    report::print_table(files, options.per_file);
    if options.failures {
        report::print_failures(files);
    }
    if let Some(path) = &options.json {
        let suite = setup.suite.spec.to_string_lossy();
        let value = report::json(files, &setup.binary.to_string_lossy(), &setup.switches, &suite);
        fs::write(path, format!("{value:#}\n")).map_err(|error| format!("--json {}: {error}", path.display()))?;
    }
    let summary_only = files.iter().filter(|file| file.result.summary.is_some()).count();
    if summary_only > 0 {
        println!("\n{summary_only} files: only mspec's summary line is known");
    }
    let unmet: usize = files.iter().map(|file| file.unmet.len()).sum();
    if unmet > 0 {
        println!("\n{unmet} tagged examples are not in these files (see unmet_tags in --json)");
    }
    let unexpected = report::print_surprises(files);
    let known: usize = files.iter().map(|file| file.known).sum();
    println!("\n{unexpected} unexpected, {known} known failures");
    Ok(if unexpected == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
