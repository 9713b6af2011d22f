//! The steps that start our other tools and the examples.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::context::Context;
use crate::process::{self, Finished, Verdict};
use crate::tally::Tally;

/// Limit of a whole tool.
const TOOL_LIMIT: Duration = Duration::from_secs(600);

/// Limit of an example.
const EXAMPLE_LIMIT: Duration = Duration::from_secs(60);

/// Results of the benchmark programs, without times. One test a program.
pub fn perf(context: &Context) -> Tally {
    let mut tally = Tally::default();
    for suite in [&["--check"][..], &["--check", "--micro"]] {
        let mut command = Command::new(context.tool("perf"));
        command.args(suite).arg("--binary").arg(context.binary()).current_dir(&context.root);
        let Some(finished) = start(&mut tally, "perf", &mut command) else { continue };
        let summary = finished.stdout.lines().last().unwrap_or_default();
        let numbers: Vec<usize> = summary.split(' ').filter_map(|word| word.parse().ok()).collect();
        match (numbers.as_slice(), summary.contains("programs right")) {
            ([right, wrong], true) => {
                tally.passed += right;
                tally.failed += wrong;
                let failures = finished.stdout.lines().filter(|line| line.starts_with("FAILED"));
                tally.notes.extend(failures.map(str::to_owned));
            }
            _ => tally.fail(format!("perf {}: {:?}\n{}", suite.join(" "), finished.verdict, finished.stderr)),
        }
    }
    tally
}

/// The folder `language` of ruby/spec. Passing examples pass, tagged failures are skipped, surprises fail.
pub fn spec(context: &Context) -> Tally {
    let mut tally = Tally::default();
    let json = context.target.join("ci-spec.json");
    // A result of an earlier run must not speak for this one.
    drop(fs::remove_file(&json));
    let mut command = Command::new(context.tool("conformance"));
    command.arg("language").arg("--binary").arg(context.binary()).arg("--json").arg(&json).current_dir(&context.root);
    let Some(finished) = start(&mut tally, "conformance", &mut command) else { return tally };
    let value: Option<Value> = fs::read(&json).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(value) = value else {
        if finished.stderr.contains("cannot fetch") {
            tally.skip(format!("ruby/spec is not here and cannot be fetched (see --spec):\n{}", finished.stderr));
        } else {
            tally.fail(format!("conformance: {:?}\n{}", finished.verdict, finished.stderr));
        }
        return tally;
    };
    let number = |name: &str| value["total"][name].as_u64().unwrap_or(0) as usize;
    tally.passed += number("passing");
    tally.failed += number("unexpected");
    tally.skipped += number("known_failures") + number("skipped");
    if number("known_failures") > 0 {
        tally.notes.push(format!("{} examples fail as tagged (conformance/tags)", number("known_failures")));
    }
    if number("unexpected") > 0 {
        tally.notes.push(finished.stdout);
    }
    tally
}

/// Each program of examples/, in the short form that its switch `--short` selects.
pub fn examples(context: &Context) -> Tally {
    let mut tally = Tally::default();
    let Ok(entries) = fs::read_dir(context.root.join("examples")) else { return tally };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rb"));
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = context.target.join("ci-examples").join(&name);
        // Each run begins without a store of an earlier one.
        drop(fs::remove_dir_all(&folder));
        if let Err(error) = fs::create_dir_all(&folder) {
            tally.fail(format!("{}: {error}", folder.display()));
            continue;
        }
        let mut command = Command::new(context.binary());
        command.arg(&path).arg("--short").current_dir(&folder);
        match process::run(&mut command, EXAMPLE_LIMIT) {
            Ok(Finished { verdict: Verdict::Exited(0), .. }) => tally.pass(),
            Ok(finished) => {
                tally.fail(format!("examples/{name}: {:?}\n{}{}", finished.verdict, finished.stdout, finished.stderr));
            }
            Err(error) => tally.fail(format!("examples/{name}: {error}")),
        }
    }
    tally
}

fn start(tally: &mut Tally, name: &str, command: &mut Command) -> Option<Finished> {
    match process::run(command, TOOL_LIMIT) {
        Ok(finished) => Some(finished),
        Err(error) => {
            tally.fail(format!("{name}: {error} (run the step `build` first)"));
            None
        }
    }
}
