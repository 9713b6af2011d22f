//! `cargo ci fuzz`: random inputs, which must not bring a process down.
//!
//! Rooms: `target` what is fed and how its answers are judged; `sources`, `program`, `expression`, `callbacks` make inputs from `numbers`;
//! `worker` is a process that answers many inputs; `shrink` makes failing inputs small. Invariant: an input depends on the
//! seed and its index only. Each target first gets canaries, inputs that it must find fault with.

mod callbacks;
mod expression;
mod numbers;
mod program;
mod shrink;
mod sources;
mod target;
mod worker;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::context::Context;
use crate::tally::Tally;
use numbers::Numbers;
use target::{Judgement, TARGETS, Target, TargetRow};

/// Time for all targets together unless told otherwise.
const SECONDS: u64 = 60;

/// Seed of the step in `cargo ci check`: the same inputs each time.
const SMOKE_SEED: u64 = 1;

/// Time of a target in the step, many times what it takes. What does not run on a slow machine is skipped, not failed.
const SMOKE_TIME_MAX: Duration = Duration::from_secs(120);

/// Findings of a target after which it stops: more of them rarely say more.
const FINDINGS_MAX: usize = 5;

/// Bytes of an input that are shown.
const INPUT_BYTES_SHOWN: usize = 1_500;

/// Runs the verb.
pub fn run(arguments: Vec<String>) -> Result<ExitCode, String> {
    let mut chosen: Vec<&TargetRow> = Vec::new();
    let (mut seconds, mut inputs) = (None, None);
    let mut seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    let mut binary = None;
    let mut print = 0;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        match argument {
            lexopt::Arg::Value(name) => chosen.push(row(&name.to_string_lossy())?),
            lexopt::Arg::Long("list") => {
                TARGETS.iter().for_each(|row| println!("{:10} {}", row.name, row.purpose));
                return Ok(ExitCode::SUCCESS);
            }
            lexopt::Arg::Long("seconds") => seconds = Some(number(&mut parser, "--seconds")?),
            lexopt::Arg::Long("inputs") => inputs = Some(number(&mut parser, "--inputs")?),
            lexopt::Arg::Long("print") => print = number(&mut parser, "--print")?,
            lexopt::Arg::Long("seed") => seed = number(&mut parser, "--seed")?,
            lexopt::Arg::Long("binary") => binary = Some(PathBuf::from(parser.value().map_err(|error| error.to_string())?)),
            other => return Err(other.unexpected().to_string()),
        }
    }
    if chosen.is_empty() {
        chosen.extend(TARGETS);
    }
    let context = Context::new(binary)?;
    if print > 0 {
        print_inputs(&context, &chosen, seed, print)?;
        return Ok(ExitCode::SUCCESS);
    }
    // A number of inputs is an end by itself.
    let seconds = seconds.or(inputs.is_none().then_some(SECONDS));
    let time = seconds.map(|seconds| Duration::from_secs(seconds) / chosen.len() as u32);
    let plan = Plan { seed, time, inputs: Inputs::Each(inputs.unwrap_or(u64::MAX)), patient: false };
    let tally = run_targets(&context, &chosen, &plan);
    tally.notes.iter().for_each(|note| println!("{note}\n"));
    println!("{tally}");
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// When a run ends, and what it takes for a fault.
struct Plan {
    seed: u64,
    /// Time of a target.
    time: Option<Duration>,
    inputs: Inputs,
    /// Whether time may decide nothing: an input without an end, or too little time for all inputs, is skipped.
    patient: bool,
}

/// Inputs of a target.
enum Inputs {
    Each(u64),
    /// As its row says.
    Smoke,
}

/// The step: the first inputs of all targets. Two tests a target: its canaries, and that nothing was found.
pub fn check(context: &Context) -> Tally {
    let chosen: Vec<&TargetRow> = TARGETS.iter().collect();
    run_targets(context, &chosen, &Plan { seed: SMOKE_SEED, time: Some(SMOKE_TIME_MAX), inputs: Inputs::Smoke, patient: true })
}

fn row(name: &str) -> Result<&'static TargetRow, String> {
    let names: Vec<&str> = TARGETS.iter().map(|row| row.name).collect();
    TARGETS.iter().find(|row| row.name == name).ok_or_else(|| format!("no target `{name}`; there are: {}", names.join(", ")))
}

fn number(parser: &mut lexopt::Parser, option: &str) -> Result<u64, String> {
    let text = parser.value().map_err(|error| error.to_string())?.to_string_lossy().into_owned();
    text.parse().map_err(|_| format!("{option} {text}: expected a number of 0 or more"))
}

/// Shows what the targets would be fed with.
fn print_inputs(context: &Context, rows: &[&TargetRow], seed: u64, count: u64) -> Result<(), String> {
    let folder = context.target.join("fuzz");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for row in rows {
        let mut target = (row.make)(context, &folder)?;
        for index in 0..count {
            println!("{}", String::from_utf8_lossy(&target.generate(&mut Numbers::new(seed, index))));
        }
    }
    Ok(())
}

fn run_targets(context: &Context, rows: &[&TargetRow], plan: &Plan) -> Tally {
    let mut tally = Tally::default();
    let folder = context.target.join("fuzz");
    if let Err(error) = fs::create_dir_all(&folder) {
        tally.fail(format!("{}: {error}", folder.display()));
        return tally;
    }
    println!("    seed {}", plan.seed);
    for row in rows {
        match (row.make)(context, &folder) {
            Ok(mut target) => tally.add(run_target(row, target.as_mut(), plan, &folder)),
            Err(message) => tally.fail(format!("{}: {message}", row.name)),
        }
    }
    tally
}

fn run_target(row: &TargetRow, target: &mut dyn Target, plan: &Plan, folder: &Path) -> Tally {
    let name = row.name;
    let mut tally = Tally::default();
    tally.judge(missed_canaries(name, target));
    let deadline = plan.time.map(|time| Instant::now() + time);
    let inputs = match plan.inputs {
        Inputs::Each(count) => count,
        Inputs::Smoke => row.smoke_inputs,
    };
    let mut findings: Vec<String> = Vec::new();
    let mut index = 0;
    while index < inputs && findings.len() < FINDINGS_MAX && deadline.is_none_or(|deadline| Instant::now() < deadline) {
        let input = target.generate(&mut Numbers::new(plan.seed, index));
        match target.judge(&input) {
            Ok(Judgement::Fine) => {}
            Ok(Judgement::Hung(fault)) if plan.patient => tally.skip(format!("{name}, input {index}: {fault}")),
            Ok(Judgement::Fault(fault) | Judgement::Hung(fault)) => {
                findings.push(finding(name, target, &input, &fault, (plan.seed, index), folder));
            }
            Err(message) => findings.push(format!("{name}: {message}")),
        }
        index += 1;
        if index % 100 == 0 {
            print!("\r    {name}: {index} inputs, {} findings", findings.len());
            // Progress is for people; whoever does not read it misses nothing.
            let _ = std::io::stdout().flush();
        }
    }
    println!("\r    {name}: {index} inputs, {} findings", findings.len());
    if plan.patient && index < inputs && findings.len() < FINDINGS_MAX {
        tally.skip(format!("{name}: time for {index} of {inputs} inputs"));
    }
    tally.judge(findings);
    tally
}

fn missed_canaries(name: &str, target: &mut dyn Target) -> Vec<String> {
    let canaries = target.canaries();
    let missed = canaries.into_iter().filter_map(|canary| match target.judge(&canary) {
        Ok(Judgement::Fault(_)) => None,
        Ok(_) => Some(format!("{name}: found no fault with its canary:\n{}", shown(&canary))),
        Err(message) => Some(format!("{name}: canary: {message}")),
    });
    missed.collect()
}

/// The report of a failing input, made small and kept in a file.
fn finding(name: &str, target: &mut dyn Target, input: &[u8], fault: &str, (seed, index): (u64, u64), folder: &Path) -> String {
    let kind = kind(fault);
    println!("\r    {name}: input {index}: {kind}; shrinking ...");
    let mut fails_alike = |input: &[u8]| match target.judge(input) {
        Ok(Judgement::Fault(fault) | Judgement::Hung(fault)) => self::kind(&fault) == kind,
        Ok(Judgement::Fine) | Err(_) => false,
    };
    let again = fails_alike(input);
    let small = if again { shrink::shrink(input, &mut fails_alike) } else { input.to_vec() };
    let note = if again { "" } else { " (not again when fed alone: earlier inputs matter)" };
    let path = folder.join(format!("{name}-{seed}-{index}"));
    let kept = match fs::write(&path, &small) {
        Ok(()) => format!("kept in {}", path.display()),
        Err(error) => format!("cannot be kept: {}: {error}", path.display()),
    };
    format!("{name}, seed {seed}, input {index}{note}, {kept}\n{}\n{fault}", shown(&small))
}

/// What of a fault stays the same while its input shrinks: the first line up to numbers.
fn kind(fault: &str) -> String {
    fault.lines().next().unwrap_or_default().chars().take_while(|character| !character.is_ascii_digit()).collect()
}

fn shown(input: &[u8]) -> String {
    let end = input.len().min(INPUT_BYTES_SHOWN);
    let cut = if end < input.len() { "\n..." } else { "" };
    let text = String::from_utf8_lossy(&input[..end]);
    text.lines().map(|line| format!("  | {line}\n")).collect::<String>() + cut
}
