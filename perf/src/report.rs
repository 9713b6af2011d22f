//! The table on stdout, the JSON file and the bar chart.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::counters::{Counters, Kind};
use crate::measure::{Outcome, Program, StartUp};
use crate::rubies::Ruby;
use crate::stats;

/// Spread of the rounds above which a row is marked as noisy.
const NOISY_SPREAD: f64 = 0.10;

/// Everything that was measured.
pub struct Report {
    pub rubies: Vec<Ruby>,
    pub start_up: Vec<StartUp>,
    /// Outcomes in the order of `rubies`.
    pub programs: Vec<(Program, Vec<Outcome>)>,
    pub counters: Option<Kind>,
    /// Load of the machine before the run, and its number of processors.
    pub load: Option<(f64, usize)>,
}

impl Report {
    /// Programs and Rubies that failed.
    pub fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for (program, outcomes) in &self.programs {
            for (ruby, outcome) in self.rubies.iter().zip(outcomes) {
                if let Some(failure) = &outcome.failure {
                    failures.push(format!("{} on {}: {failure}", program.name, ruby.name));
                }
            }
        }
        for (ruby, start) in self.rubies.iter().zip(&self.start_up) {
            if let Some(failure) = &start.failure {
                failures.push(format!("start-up of {}: {failure}", ruby.name));
            }
        }
        failures
    }

    /// Ratio of the peer's steady time to ours, a value a program that both ran.
    pub fn ratios(&self, peer: usize) -> Vec<f64> {
        self.programs.iter().filter_map(|(_, outcomes)| ratio(outcomes, peer)).collect()
    }

    /// Prints the tables.
    pub fn print(&self) {
        for ruby in &self.rubies {
            println!("{:8} {}   (`{}`)", ruby.name, ruby.description, ruby.command.join(" "));
        }
        if let Some((load, processors)) = self.load {
            println!("load {load:.2} on {processors} processors before the run");
        }
        self.print_times();
        self.print_means();
        self.print_start_up();
        if let Some(kind) = self.counters {
            self.print_counters(kind);
        }
        self.print_noise();
    }

    fn print_times(&self) {
        let width = self.programs.iter().map(|(program, _)| program.name.len()).max().unwrap_or(0).max(7);
        let mut head = format!("\n{:width$}", "program");
        for (index, ruby) in self.rubies.iter().enumerate() {
            head += &format!(" | {:>9} {:>9} {:>7}", ruby.name, "warm-up", "MiB");
            if index > 0 {
                head += &format!(" {:>7}", "ratio");
            }
        }
        println!("{head}");
        for (program, outcomes) in &self.programs {
            let mut line = format!("{:width$}", program.name);
            for (index, outcome) in outcomes.iter().enumerate() {
                line += &match outcome.phases() {
                    Some(phases) => format!(
                        " | {:>9} {:>9} {:>7.1}",
                        steady_text(phases.steady, outcome),
                        milliseconds(phases.warm_up),
                        mebibytes(outcome.memory_bytes)
                    ),
                    None => format!(" | {:>9} {:>9} {:>7}", "FAILED", "-", "-"),
                };
                if index > 0 {
                    let ratio = ratio(outcomes, index);
                    line += &ratio.map_or_else(|| format!(" {:>7}", "-"), |ratio| format!(" {ratio:>6.2}x"));
                }
            }
            println!("{line}");
        }
    }

    fn print_means(&self) {
        println!();
        for (index, ruby) in self.rubies.iter().enumerate().skip(1) {
            let ratios = self.ratios(index);
            if let Some(mean) = stats::geometric_mean(&ratios) {
                println!("geometric mean against {}: {mean:.2}x over {} programs", ruby.name, ratios.len());
            }
        }
    }

    fn print_start_up(&self) {
        if self.start_up.is_empty() {
            return;
        }
        println!("\n{:8} {:>10} {:>10} {:>8}   start-up of -e 'puts 1'", "", "min", "median", "MiB");
        for (ruby, start) in self.rubies.iter().zip(&self.start_up) {
            let least = start.times.iter().copied().fold(f64::INFINITY, f64::min);
            match stats::median(&start.times) {
                Some(median) if start.failure.is_none() => {
                    println!("{:8} {:>10} {:>10} {:>8.1}", ruby.name, milliseconds(least), milliseconds(median), mebibytes(start.memory_bytes))
                }
                _ => println!("{:8} {:>10}", ruby.name, "FAILED"),
            }
        }
    }

    fn print_counters(&self, kind: Kind) {
        let (first, second) = Counters::titles(kind);
        println!("\ncounters over the whole processes, an iteration: {first} / {second}");
        if kind == Kind::Software {
            println!("(this machine gives no hardware counters; software events instead)");
        }
        for (program, outcomes) in &self.programs {
            let mut line = format!("{:20}", program.name);
            for (ruby, outcome) in self.rubies.iter().zip(outcomes) {
                let iterations: usize = outcome.rounds.iter().map(Vec::len).sum();
                if let (Some((first, second)), 1..) = (outcome.counts, iterations) {
                    let each = |count: u64| count / iterations as u64;
                    line += &format!(" | {} {:>14} {:>12}", ruby.name, each(first), each(second));
                }
            }
            println!("{line}");
        }
    }

    fn print_noise(&self) {
        let mut noisy = Vec::new();
        for (program, outcomes) in &self.programs {
            for (ruby, outcome) in self.rubies.iter().zip(outcomes) {
                if outcome.spread() > NOISY_SPREAD {
                    noisy.push(format!("{} on {} ({:.0} %)", program.name, ruby.name, outcome.spread() * 100.0));
                }
            }
        }
        if !noisy.is_empty() {
            println!("\n~ rounds differ by more than {:.0} %: {}", NOISY_SPREAD * 100.0, noisy.join(", "));
        }
        if let Some((load, _)) = self.load.filter(|(load, processors)| *load > *processors as f64 * 0.75) {
            println!("\nthe machine was busy before the run (load {load:.2}): take no ratio from this table");
        }
    }

    /// The whole report as JSON; times in seconds, memory in bytes.
    pub fn json(&self) -> Value {
        let rubies: Vec<Value> = self
            .rubies
            .iter()
            .enumerate()
            .map(|(index, ruby)| {
                let start = self.start_up.get(index);
                json!({
                    "name": ruby.name, "command": ruby.command, "description": ruby.description,
                    "start_up_seconds": start.map(|start| &start.times),
                    "start_up_memory_bytes": start.map(|start| start.memory_bytes),
                    "geometric_mean_ratio": if index == 0 { None } else { stats::geometric_mean(&self.ratios(index)) },
                })
            })
            .collect();
        let programs: Vec<Value> = self
            .programs
            .iter()
            .map(|(program, outcomes)| {
                let results: serde_json::Map<String, Value> =
                    self.rubies.iter().enumerate().map(|(index, ruby)| (ruby.name.clone(), outcome_json(outcomes, index))).collect();
                json!({ "name": program.name, "results": results })
            })
            .collect();
        let counters = self.counters.map(Counters::titles).map(|(first, second)| [first, second]);
        json!({ "rubies": rubies, "programs": programs, "counters": counters, "load": self.load.map(|load| load.0) })
    }

    /// A bar a program and peer, on a logarithmic scale around 1.
    pub fn svg(&self) -> String {
        const COLOURS: [&str; 4] = ["#4878a8", "#b05048", "#5a9a60", "#9068a8"];
        let peers: Vec<usize> = (1..self.rubies.len()).collect();
        let row = 8 + 12 * peers.len();
        let height = 50 + row * self.programs.len();
        let (left, right) = (150.0, 760.0);
        let centre = (left + right) / 2.0;
        // From 1/16 to 16.
        let position = |ratio: f64| centre + (right - left) / 8.0 * ratio.clamp(1.0 / 16.0, 16.0).log2();
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"830\" height=\"{height}\" font-family=\"sans-serif\" \
             font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        let mut push = |line: String| text.push_str(&(line + "\n"));
        for (slot, &peer) in peers.iter().enumerate() {
            let x = 150 + 160 * slot;
            let colour = COLOURS[slot % COLOURS.len()];
            push(format!("<rect x=\"{x}\" y=\"8\" width=\"10\" height=\"10\" fill=\"{colour}\"/>"));
            push(format!("<text x=\"{}\" y=\"17\">times {}'s speed</text>", x + 15, escape(&self.rubies[peer].name)));
        }
        for power in -4i32..=4 {
            let x = position(2f64.powi(power));
            push(format!("<line x1=\"{x}\" y1=\"40\" x2=\"{x}\" y2=\"{height}\" stroke=\"#ddd\"/>"));
            push(format!("<text x=\"{x}\" y=\"36\" text-anchor=\"middle\">{}</text>", 2f64.powi(power)));
        }
        for (index, (program, outcomes)) in self.programs.iter().enumerate() {
            let top = 46 + row * index;
            push(format!("<text x=\"8\" y=\"{}\">{}</text>", top + 10, escape(&program.name)));
            for (slot, &peer) in peers.iter().enumerate() {
                let Some(ratio) = ratio(outcomes, peer) else { continue };
                let (from, to) = (centre.min(position(ratio)), centre.max(position(ratio)));
                let y = top + 12 * slot;
                push(format!(
                    "<rect x=\"{from:.1}\" y=\"{y}\" width=\"{:.1}\" height=\"10\" fill=\"{}\"/>",
                    to - from,
                    COLOURS[slot % COLOURS.len()]
                ));
                push(format!("<text x=\"775\" y=\"{}\">{ratio:.2}</text>", y + 9));
            }
        }
        let _ = writeln!(text, "</svg>");
        text
    }
}

fn ratio(outcomes: &[Outcome], peer: usize) -> Option<f64> {
    let ours = outcomes.first()?.phases()?.steady;
    let theirs = outcomes.get(peer)?.phases()?.steady;
    (ours > 0.0).then(|| theirs / ours)
}

fn outcome_json(outcomes: &[Outcome], index: usize) -> Value {
    let outcome = &outcomes[index];
    let phases = outcome.phases();
    json!({
        "steady_seconds": phases.map(|phases| phases.steady),
        "warm_up_seconds": phases.map(|phases| phases.warm_up),
        "first_seconds": phases.map(|phases| phases.first),
        "operations": outcome.operations,
        "spread": outcome.spread(),
        "memory_bytes": outcome.memory_bytes,
        "ratio": if index == 0 { None } else { ratio(outcomes, index) },
        "counters": outcome.counts.map(|(first, second)| [first, second]),
        "rounds": outcome.rounds,
        "failure": outcome.failure,
    })
}

/// Steady time of an iteration, or of an operation for the small programs.
fn steady_text(steady: f64, outcome: &Outcome) -> String {
    let mark = if outcome.spread() > NOISY_SPREAD { "~" } else { "" };
    match outcome.operations {
        Some(operations @ 1..) => format!("{mark}{:.1}ns", steady * 1e9 / operations as f64),
        _ => format!("{mark}{}", milliseconds(steady)),
    }
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.1}ms", seconds * 1e3)
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
