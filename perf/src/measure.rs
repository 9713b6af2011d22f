//! Runs the programs on the Rubies, alternately, and keeps what each process said.
//!
//! Invariant: within a program the order is A B A B ..., so that a slow moment of the machine meets all of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::counters::Counters;
use crate::options::{Mode, Options};
use crate::process;
use crate::rubies::Ruby;
use crate::stats::{self, Phases};

/// A benchmark program.
#[derive(Debug, Clone)]
pub struct Program {
    pub name: String,
    pub path: PathBuf,
}

/// What one Ruby did with one program, over all rounds.
#[derive(Debug, Default, Clone)]
pub struct Outcome {
    /// Times of the iterations, a list a round.
    pub rounds: Vec<Vec<f64>>,
    /// Operations of an iteration, for the small programs.
    pub operations: Option<u64>,
    pub memory_bytes: u64,
    /// Both counters, summed over the rounds.
    pub counts: Option<(u64, u64)>,
    /// Set when a process failed or its result was wrong.
    pub failure: Option<String>,
}

impl Outcome {
    /// Median over the rounds of steady time, warm-up and first iteration; `None` when it failed.
    pub fn phases(&self) -> Option<Phases> {
        if self.failure.is_some() {
            return None;
        }
        let rounds: Vec<Phases> = self.rounds.iter().filter_map(|round| stats::phases(round)).collect();
        let middle = |part: fn(&Phases) -> f64| stats::median(&rounds.iter().map(part).collect::<Vec<_>>());
        Some(Phases { steady: middle(|phases| phases.steady)?, warm_up: middle(|phases| phases.warm_up)?, first: middle(|phases| phases.first)? })
    }

    /// How much the steady times of the rounds differ.
    pub fn spread(&self) -> f64 {
        let steady: Vec<f64> = self.rounds.iter().filter_map(|round| stats::phases(round)).map(|p| p.steady).collect();
        stats::spread(&steady)
    }
}

/// Times of `-e 'puts 1'`, in seconds.
#[derive(Debug, Clone, Default)]
pub struct StartUp {
    pub times: Vec<f64>,
    pub memory_bytes: u64,
    pub failure: Option<String>,
}

/// Number of starts measured.
const STARTS: usize = 10;

/// Measures the start of every Ruby, alternately.
pub fn start_up(rubies: &[Ruby], limit: Duration) -> Vec<StartUp> {
    let mut starts = vec![StartUp::default(); rubies.len()];
    for _ in 0..STARTS {
        for (ruby, start) in rubies.iter().zip(&mut starts) {
            let mut words = ruby.command.clone();
            words.extend(["-e".to_owned(), "puts 1".to_owned()]);
            match process::run(&words, limit) {
                Ok(finished) if finished.status.success() && finished.stdout == "1\n" => {
                    start.times.push(finished.elapsed.as_secs_f64());
                    start.memory_bytes = start.memory_bytes.max(finished.memory_bytes);
                }
                Ok(finished) => start.failure = Some(finished.complaint()),
                Err(error) => start.failure = Some(error.to_string()),
            }
        }
    }
    starts
}

/// Runs one program on all Rubies for all rounds; the outcomes are in the order of `rubies`.
pub fn program(program: &Program, rubies: &[Ruby], harness: &Path, options: &Options, counters: &mut Option<Counters>) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::default(); rubies.len()];
    let rounds = if options.mode == Mode::Check { 1 } else { options.rounds };
    for _ in 0..rounds {
        for (ruby, outcome) in rubies.iter().zip(&mut outcomes) {
            if outcome.failure.is_none() {
                one_round(program, ruby, harness, options, counters, outcome);
            }
        }
    }
    outcomes
}

fn one_round(program: &Program, ruby: &Ruby, harness: &Path, options: &Options, counters: &mut Option<Counters>, outcome: &mut Outcome) {
    let (seconds, least, most) = match options.mode {
        Mode::Check => (0.0, 1, 1),
        Mode::Measure => (options.budget.as_secs_f64(), 2, 10_000),
    };
    let mut words = ruby.command.clone();
    words.push(harness.to_string_lossy().into_owned());
    words.push(program.path.to_string_lossy().into_owned());
    words.extend([seconds.to_string(), least.to_string(), most.to_string()]);
    let mut read = || counters.as_mut().and_then(|counters| counters.read().ok());
    let before = read();
    let finished = process::run(&words, options.timeout);
    let after = read();
    let finished = match finished {
        Ok(finished) => finished,
        Err(error) => {
            outcome.failure = Some(error.to_string());
            return;
        }
    };
    if let (Some(before), Some(after)) = (before, after) {
        let (first, second) = outcome.counts.unwrap_or_default();
        outcome.counts = Some((first + after.0.wrapping_sub(before.0), second + after.1.wrapping_sub(before.1)));
    }
    outcome.memory_bytes = outcome.memory_bytes.max(finished.memory_bytes);
    match read_output(&finished.stdout) {
        Ok((iterations, operations)) if finished.status.success() => {
            outcome.rounds.push(iterations);
            outcome.operations = operations;
        }
        Ok(_) => outcome.failure = Some(finished.complaint()),
        Err(message) if finished.status.success() => outcome.failure = Some(message),
        Err(_) => outcome.failure = Some(finished.complaint()),
    }
}

/// Reads the harness's lines: the iterations' times and the operations of each.
fn read_output(text: &str) -> Result<(Vec<f64>, Option<u64>), String> {
    let mut iterations = Vec::new();
    let mut operations = None;
    let mut result = None;
    for line in text.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "iteration" => {
                let time: f64 = rest.parse().map_err(|_| format!("`{line}`: no time"))?;
                if !time.is_finite() || time < 0.0 {
                    return Err(format!("`{line}`: not a possible time"));
                }
                iterations.push(time);
            }
            "operations" => operations = Some(rest.parse().map_err(|_| format!("`{line}`: no count"))?),
            "result" => result = Some(rest),
            _ => return Err(format!("unexpected output `{}`", line.chars().take(100).collect::<String>())),
        }
    }
    match result {
        Some("ok") if !iterations.is_empty() => Ok((iterations, operations)),
        Some(other) => Err(format!("wrong result: {}", other.trim_start_matches("wrong "))),
        None => Err("ended without a result".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::read_output;

    #[test]
    fn reads_the_harness() {
        let text = "iteration 0.5\niteration 0.25\noperations 1000\nresult ok\n";
        assert_eq!(read_output(text), Ok((vec![0.5, 0.25], Some(1000))));
    }

    #[test]
    fn failures_are_told() {
        let rows = [
            ("iteration 1\n", "without a result"),
            ("iteration 1\nresult wrong 5\n", "wrong result: 5"),
            ("iteration x\n", "no time"),
            ("iteration NaN\n", "not a possible time"),
            ("hello\n", "unexpected output `hello`"),
        ];
        for (text, expected) in rows {
            let message = read_output(text).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
