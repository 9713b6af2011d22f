//! The targets: what is fed with random inputs, and when an answer is a fault.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use super::callbacks;
use super::expression::{self, ARGUMENTS, Calls};
use super::numbers::Numbers;
use super::program;
use super::sources::Sources;
use super::worker::{ADDRESS_BYTES_MAX, Outcome, Worker};
use crate::context::Context;
use crate::process::{self, Finished, Verdict};

/// Something that takes inputs.
pub trait Target {
    /// Inputs that it must find fault with.
    fn canaries(&self) -> Vec<Vec<u8>>;
    /// The input that the numbers give.
    fn generate(&mut self, numbers: &mut Numbers) -> Vec<u8>;
    /// How the input was taken. The error is a failure of the fuzzer itself.
    fn judge(&mut self, input: &[u8]) -> Result<Judgement, String>;
}

/// How an input was taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Judgement {
    Fine,
    Fault(String),
    /// No end in the time there is: a fault too, unless the machine may be to blame.
    Hung(String),
}

/// A target by name.
pub struct TargetRow {
    pub name: &'static str,
    pub purpose: &'static str,
    /// Inputs in `cargo ci check`, where all targets together take about 20 s.
    pub smoke_inputs: u64,
    pub make: fn(&Context, &Path) -> Result<Box<dyn Target>, String>,
}

/// All targets.
pub const TARGETS: &[TargetRow] = &[
    TargetRow { name: "compile", purpose: "damaged sources: compiled code passes the verifier", smoke_inputs: 4000, make: make_compile },
    TargetRow { name: "verify", purpose: "damaged bytecode: what the verifier accepts can be analysed", smoke_inputs: 6000, make: make_verify },
    TargetRow { name: "run", purpose: "generated programs: the same under all tiers and moods of the collector", smoke_inputs: 60, make: make_run },
    TargetRow { name: "text", purpose: "formats, patterns, numbers and encodings: an answer or an exception", smoke_inputs: 10_000, make: make_text },
    TargetRow { name: "calls", purpose: "any core method with odd arguments: an answer or an exception", smoke_inputs: 2500, make: make_calls },
    TargetRow {
        name: "callbacks",
        purpose: "any core method whose arguments act against it meanwhile: an answer or an exception",
        smoke_inputs: 300,
        make: make_callbacks,
    },
];

/// Time for an answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// A panic becomes an exception, which an input may rescue.
const PANIC_EXITS: &str = "--panic=exit";

/// Exit code of a process that panicked.
const PANIC_EXIT: i32 = 70;

fn make_compile(context: &Context, folder: &Path) -> Result<Box<dyn Target>, String> {
    Ok(Box::new(Compiler { worker: compile_worker(context, folder, "compile")?, sources: Sources::read(&context.root)?, seeded: false }))
}

fn make_verify(context: &Context, folder: &Path) -> Result<Box<dyn Target>, String> {
    Ok(Box::new(Compiler { worker: compile_worker(context, folder, "verify")?, sources: Sources::read(&context.root)?, seeded: true }))
}

/// The example program of the crate `compile`, built with assertions and overflow checks.
fn compile_worker(context: &Context, folder: &Path, mode: &str) -> Result<Worker, String> {
    let mut command = context.cargo();
    command.args(["build", "--quiet", "--package", "compile", "--example", "fuzz_worker"]).stdin(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(format!("cargo build --example fuzz_worker: {status}")),
        Err(error) => return Err(format!("cargo build --example fuzz_worker: {error}")),
    }
    let program = context.target.join("debug/examples/fuzz_worker");
    Ok(Worker::new(&program, vec![mode.into()], folder.join(format!("{mode}.stderr")), ANSWER_LIMIT))
}

/// The targets `compile` and `verify`.
struct Compiler {
    worker: Worker,
    sources: Sources,
    /// Inputs begin with a seed of 8 bytes.
    seeded: bool,
}

impl Target for Compiler {
    fn canaries(&self) -> Vec<Vec<u8>> {
        let seed: &[u8] = if self.seeded { &[0; 8] } else { &[] };
        vec![[seed, b"# canary\na = 1\np a"].concat()]
    }

    fn generate(&mut self, numbers: &mut Numbers) -> Vec<u8> {
        if self.seeded {
            let seed = numbers.word().to_le_bytes();
            return [&seed[..], &self.sources.part(numbers)].concat();
        }
        self.sources.damaged(numbers)
    }

    fn judge(&mut self, input: &[u8]) -> Result<Judgement, String> {
        Ok(match self.worker.ask(input).map_err(|error| error.to_string())? {
            Outcome::Answered { status: b'!', text } => Judgement::Fault(text),
            Outcome::Answered { .. } => Judgement::Fine,
            Outcome::Died { verdict, stderr } => Judgement::Fault(format!("{verdict:?}\n{stderr}")),
            Outcome::Hung => Judgement::Hung("hangs".into()),
        })
    }
}

fn make_text(context: &Context, folder: &Path) -> Result<Box<dyn Target>, String> {
    Ok(Expressions::boxed(vec![("", driver(context, folder, "text", "")?)], Generator::Text))
}

fn make_calls(context: &Context, folder: &Path) -> Result<Box<dyn Target>, String> {
    let mut worker = driver(context, folder, "calls", "")?;
    let mut calls = Calls::default();
    for argument in ARGUMENTS {
        calls.add(argument, &names(&mut worker, &expression::argument_names_expression(argument))?, |_| false);
    }
    not_empty(&calls)?;
    Ok(Expressions::boxed(vec![("", worker)], Generator::Calls(calls)))
}

fn make_callbacks(context: &Context, folder: &Path) -> Result<Box<dyn Target>, String> {
    let mut workers = Vec::new();
    for switch in callbacks::ROWS {
        workers.push((*switch, driver(context, folder, "callbacks", switch)?));
    }
    let mut calls = Calls::default();
    for receiver in callbacks::receivers() {
        let names = names(&mut workers[0].1, &callbacks::names_expression(receiver))?;
        calls.add(receiver, &names, |name| callbacks::wanted(receiver, name));
    }
    not_empty(&calls)?;
    Ok(Expressions::boxed(workers, Generator::Callbacks(calls)))
}

/// What a worker answers to an expression for names; nothing if it does not like the receiver.
fn names(worker: &mut Worker, expression: &str) -> Result<String, String> {
    Ok(match worker.ask(expression.as_bytes()).map_err(|error| error.to_string())? {
        Outcome::Answered { status: b'k', text } => text.trim_matches('"').to_owned(),
        _ => String::new(),
    })
}

fn not_empty(calls: &Calls) -> Result<(), String> {
    if calls.is_empty() { Err("the driver named no methods".into()) } else { Ok(()) }
}

/// maglev-ruby with the driver script, which knows what the programs of all targets use.
fn driver(context: &Context, folder: &Path, name: &str, switch: &str) -> Result<Worker, String> {
    let script = folder.join("driver.rb");
    let text = concat!(include_str!("hostile.rb"), include_str!("driver.rb"));
    fs::write(&script, text).map_err(|error| format!("{}: {error}", script.display()))?;
    let files = folder.join("files");
    fs::create_dir_all(&files).map_err(|error| format!("{}: {error}", files.display()))?;
    let mut arguments = vec![PANIC_EXITS.into(), script.to_string_lossy().into_owned(), files.to_string_lossy().into_owned()];
    if !switch.is_empty() {
        arguments.insert(0, switch.into());
    }
    Ok(Worker::new(&context.binary(), arguments, folder.join(format!("{name}{switch}.stderr")), ANSWER_LIMIT))
}

/// The targets `text`, `calls` and `callbacks`.
struct Expressions {
    /// By switch; the first one unless an input says another one.
    workers: Vec<(&'static str, Worker)>,
    generator: Generator,
    asked: usize,
}

/// Where expressions come from.
enum Generator {
    Text,
    Calls(Calls),
    Callbacks(Calls),
}

impl Expressions {
    fn boxed(workers: Vec<(&'static str, Worker)>, generator: Generator) -> Box<dyn Target> {
        Box::new(Self { workers, generator, asked: 0 })
    }

    /// The worker whose switch stands in an input's first line.
    fn worker(&mut self, input: &[u8]) -> &mut Worker {
        let line = input.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let named = |(switch, _): &(&str, Worker)| line.strip_prefix(b"# ").is_some_and(|rest| rest == switch.as_bytes());
        let place = self.workers.iter().position(named).unwrap_or(0);
        &mut self.workers[place].1
    }
}

/// Inputs of a process: one that lives long has been changed by many.
const INPUTS_PER_PROCESS: usize = 400;

impl Target for Expressions {
    fn canaries(&self) -> Vec<Vec<u8>> {
        vec![
            b"Process.kill(:KILL, Process.pid); sleep 5".to_vec(),
            b"Process.exit!(70)".to_vec(),
            b"[1, 2.5].pack(\"Cd\"); Process.exit!(70)".to_vec(),
        ]
    }

    fn generate(&mut self, numbers: &mut Numbers) -> Vec<u8> {
        let text = match &self.generator {
            Generator::Text => expression::text(numbers),
            Generator::Calls(calls) => calls.call(numbers),
            Generator::Callbacks(calls) => callbacks::program(calls, numbers),
        };
        text.into_bytes()
    }

    fn judge(&mut self, input: &[u8]) -> Result<Judgement, String> {
        self.asked += 1;
        if self.asked.is_multiple_of(INPUTS_PER_PROCESS) {
            for (_, worker) in &mut self.workers {
                worker.restart().map_err(|error| error.to_string())?;
            }
        }
        Ok(match self.worker(input).ask(input).map_err(|error| error.to_string())? {
            Outcome::Answered { .. } => Judgement::Fine,
            // A Ruby program may end the process (the driver does so when it is slow), or change what the driver stands on so
            // that it ends with an exception.
            Outcome::Died { verdict: Verdict::Exited(code), stderr } if code != PANIC_EXIT && !stderr.contains("[FATAL]") => Judgement::Fine,
            Outcome::Died { verdict, stderr } => Judgement::Fault(format!("{verdict:?}\n{stderr}")),
            // The driver's own thread looks after slow expressions; it did not get to run either.
            Outcome::Hung => Judgement::Hung("hangs".into()),
        })
    }
}

fn make_run(context: &Context, folder: &Path) -> Result<Box<dyn Target>, String> {
    Ok(Box::new(Programs { binary: context.binary(), path: folder.join("program.rb") }))
}

/// The target `run`.
struct Programs {
    binary: PathBuf,
    /// Where the program stands while it runs.
    path: PathBuf,
}

/// Switches under which a program prints the same as under the first ones.
const ROWS: &[&str] = &["--jit=off", "--jit=sync", "--jit=threshold:1", "--jit=exit-every:7", "--gc=stress:23"];

/// Time of a program; it has fuel for much less.
const PROGRAM_LIMIT: Duration = Duration::from_secs(30);

impl Programs {
    fn run(&self, switch: &str) -> Result<Finished, String> {
        let mut command = process::limited(&self.binary, Some(ADDRESS_BYTES_MAX));
        command.args([PANIC_EXITS, switch]).arg(&self.path);
        process::run(&mut command, PROGRAM_LIMIT).map_err(|error| format!("{}: {error}", self.binary.display()))
    }
}

impl Target for Programs {
    fn canaries(&self) -> Vec<Vec<u8>> {
        vec![b"puts Process.pid".to_vec(), b"Process.kill(:KILL, Process.pid); sleep 5".to_vec(), b"Process.exit!(70)".to_vec()]
    }

    fn generate(&mut self, numbers: &mut Numbers) -> Vec<u8> {
        program::generate(numbers).into_bytes()
    }

    fn judge(&mut self, input: &[u8]) -> Result<Judgement, String> {
        fs::write(&self.path, input).map_err(|error| format!("{}: {error}", self.path.display()))?;
        let mut first: Option<Finished> = None;
        for switch in ROWS {
            let finished = self.run(switch)?;
            match finished.verdict {
                Verdict::Exited(code) if code != PANIC_EXIT && !finished.stderr.contains("[FATAL]") => {}
                Verdict::TimedOut => return Ok(Judgement::Hung(format!("{switch}: hangs"))),
                verdict => return Ok(Judgement::Fault(format!("{switch}: {verdict:?}\n{}", finished.stderr))),
            }
            let Some(first) = &first else {
                first = Some(finished);
                continue;
            };
            if first.verdict != finished.verdict || first.stdout != finished.stdout {
                return Ok(Judgement::Fault(difference(switch, first, &finished)));
            }
        }
        Ok(Judgement::Fine)
    }
}

fn difference(switch: &str, first: &Finished, other: &Finished) -> String {
    let (expected, got): (Vec<&str>, Vec<&str>) = (first.stdout.lines().collect(), other.stdout.lines().collect());
    let place = expected.iter().zip(&got).position(|(a, b)| a != b).unwrap_or(expected.len().min(got.len()));
    let line = |lines: &[&str]| lines.get(place).unwrap_or(&"(nothing)").to_string();
    let first_row = ROWS[0];
    format!("{switch}: differs from {first_row}\n{first_row} {:?}: {}\n{switch} {:?}: {}", first.verdict, line(&expected), other.verdict, line(&got))
}
