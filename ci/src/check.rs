//! `cargo ci check`: the steps in their order, a line a step, and the sum.

use std::env;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use crate::context::Context;
use crate::tally::Tally;
use crate::{cargo_steps, fuzz, layers, library, methods, rooting, snippets, tidy, tools, unsafe_list};

/// A step: name, what it does, the function.
struct Step {
    name: &'static str,
    purpose: &'static str,
    run: fn(&Context) -> Tally,
}

/// In order: what is quick and local first, so that a slip is told at once.
const STEPS: &[Step] = &[
    Step { name: "layers", purpose: "crate graph against the floors", run: layers::check },
    Step { name: "unsafe", purpose: "unsafe only in listed files, each block with its reason", run: unsafe_list::check },
    Step { name: "tidy", purpose: "words, module docs, file sizes", run: tidy::check },
    Step { name: "fmt", purpose: "the tree is formatted as rustfmt.toml says", run: cargo_steps::format },
    Step { name: "clippy", purpose: "clippy without warnings, tests included", run: cargo_steps::clippy },
    Step { name: "rooting", purpose: "no values in collections that the collector does not see", run: rooting::check },
    Step { name: "build", purpose: "release build of maglev-ruby, conformance and perf", run: cargo_steps::build },
    Step { name: "test", purpose: "cargo test --workspace", run: cargo_steps::test },
    Step { name: "methods", purpose: "names and parameters of the core's methods against CRuby's", run: methods::check },
    Step { name: "snippets", purpose: "conformance/language under all switches", run: snippets::check },
    Step { name: "nasty", purpose: "conformance/nasty under all switches, with limits", run: snippets::check_nasty },
    Step { name: "persist", purpose: "conformance/persist: several processes on one repository", run: snippets::check_persist },
    Step { name: "library", purpose: "installs the standard library; each of its files loads or is listed", run: library::check },
    Step { name: "perf", purpose: "results of the benchmark programs", run: tools::perf },
    Step { name: "spec", purpose: "ruby/spec's language folder against the tags", run: tools::spec },
    Step { name: "examples", purpose: "the programs of examples/", run: tools::examples },
    Step { name: "fuzz", purpose: "a fixed number of random inputs, about 20 s", run: fuzz::check },
];

/// Lines of a failure that are shown.
const NOTE_LINES_MAX: usize = 30;

/// Runs the verb `check`.
pub fn run(arguments: Vec<String>) -> Result<ExitCode, String> {
    let mut only: Vec<String> = Vec::new();
    let mut skip: Vec<String> = Vec::new();
    let mut binary = env::var_os("MAGLEV_BINARY").filter(|value| !value.is_empty()).map(PathBuf::from);
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        let lexopt::Arg::Long(name) = argument else {
            return Err(argument.unexpected().to_string());
        };
        let name = name.to_owned();
        if name == "list" {
            for step in STEPS {
                println!("{:10} {}", step.name, step.purpose);
            }
            return Ok(ExitCode::SUCCESS);
        }
        let value = parser.value().map_err(|error| error.to_string())?.to_string_lossy().into_owned();
        match name.as_str() {
            "only" => only.push(known(value)?),
            "skip" => skip.push(known(value)?),
            "binary" => binary = Some(value.into()),
            other => return Err(format!("unknown option --{other}")),
        }
    }
    let context = Context::new(binary)?;
    let chosen = |step: &&Step| (only.is_empty() || only.iter().any(|name| name == step.name)) && !skip.iter().any(|name| name == step.name);
    let sum = run_steps(&context, STEPS.iter().filter(chosen));
    println!("{sum}");
    Ok(if sum.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn known(name: String) -> Result<String, String> {
    if STEPS.iter().any(|step| step.name == name) {
        return Ok(name);
    }
    let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
    Err(format!("no step `{name}`; there are: {}", names.join(", ")))
}

fn run_steps<'a>(context: &Context, steps: impl Iterator<Item = &'a Step>) -> Tally {
    let mut sum = Tally::default();
    for step in steps {
        println!("{:10} {} ...", step.name, step.purpose);
        // Shown at once, whatever reads us; a reader that went away is told by the prints that follow.
        let _ = std::io::stdout().flush();
        let started = Instant::now();
        let tally = (step.run)(context);
        for note in &tally.notes {
            let lines: Vec<&str> = note.lines().collect();
            for line in lines.iter().take(NOTE_LINES_MAX) {
                println!("    {line}");
            }
            if lines.len() > NOTE_LINES_MAX {
                println!("    ... {} more lines", lines.len() - NOTE_LINES_MAX);
            }
        }
        println!("{:10} {tally}   ({:.1} s)", step.name, started.elapsed().as_secs_f64());
        sum.add(tally);
    }
    sum
}
