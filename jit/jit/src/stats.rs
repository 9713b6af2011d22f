//! What `--jit=stats` prints when the program ends: what compiling cost, which exits were taken, and what machine code left to
//! the interpreter and to natives, counted by machine code itself.

use crate::report;
use bytecode::Op;
use ir::{Inst, Unit};
use std::cell::Cell;
use std::time::{Duration, Instant};
use stdx::FastMap;

/// Rows of each table at most.
const ROWS_MAX: usize = 30;

/// A place where machine code calls what it has no form of its own for.
struct Counter {
    /// Boxed, because machine code has its address.
    count: Box<Cell<u64>>,
    what: String,
    place: String,
}

/// Counters of a program.
pub(crate) struct Stats {
    begun: Instant,
    counters: Vec<Counter>,
    exits: FastMap<&'static str, u64>,
    units: usize,
    bailouts: usize,
    invalidated: usize,
    /// Bytecode instructions of the units, those of inlined functions among them.
    instructions: usize,
    bytes: usize,
    largest: (usize, String),
    build: Duration,
    encode: Duration,
}

impl Stats {
    pub fn new() -> Stats {
        Stats {
            begun: Instant::now(),
            counters: Vec::new(),
            exits: FastMap::default(),
            units: 0,
            bailouts: 0,
            invalidated: 0,
            instructions: 0,
            bytes: 0,
            largest: (0, String::new()),
            build: Duration::ZERO,
            encode: Duration::ZERO,
        }
    }

    /// Notes a unit that was built and lowered.
    pub fn built(&mut self, unit: &Unit, time: Duration) {
        self.build += time;
        self.instructions += unit.frames.iter().map(|frame| instructions(&frame.code.function.code)).sum::<usize>();
    }

    /// Notes a unit whose machine code is in memory.
    pub fn installed(&mut self, label: &str, bytes: usize, time: Duration) {
        self.units += 1;
        self.bytes += bytes;
        self.encode += time;
        if bytes > self.largest.0 {
            self.largest = (bytes, label.to_string());
        }
    }

    /// Notes a unit that was given up.
    pub fn bailed_out(&mut self) {
        self.bailouts += 1;
    }

    /// Notes that a unit is no longer entered.
    pub fn invalidated(&mut self) {
        self.invalidated += 1;
    }

    /// Notes that an exit was taken.
    pub fn exited(&mut self, reason: &'static str) {
        *self.exits.entry(reason).or_default() += 1;
    }

    /// Address of the word that machine code counts up when it runs `inst` of a unit with this label.
    pub fn counter(&mut self, unit: &Unit, inst: &Inst, label: &str) -> usize {
        let count = Box::new(Cell::new(0));
        let address = count.as_ptr() as usize;
        self.counters.push(Counter { count, what: describe(unit, inst), place: label.to_string() });
        address
    }

    /// Prints everything.
    pub fn print(&self) {
        for line in self.lines() {
            report::line(&line);
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = self.costs();
        let exits = self.exits.iter().map(|(reason, &count)| (count, (*reason).to_string()));
        lines.extend(table("exits taken", exits.collect()));
        lines.extend(table("calls out of machine code", self.calls()));
        lines
    }

    /// What compiling took.
    fn costs(&self) -> Vec<String> {
        let seconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
        let each = |total: f64, count: usize| if count == 0 { 0.0 } else { total / count as f64 };
        let units = format!(
            "{} units of {} instructions compiled in {} on the program's thread and {} on the worker's, {:.1} us an instruction; the program ran for {}",
            self.units,
            self.instructions,
            seconds(self.build),
            seconds(self.encode),
            each((self.build + self.encode).as_secs_f64() * 1e6, self.instructions),
            seconds(self.begun.elapsed()),
        );
        let code = format!(
            "{} bytes of machine code, {:.0} an instruction, {} the largest ({}); {} given up, {} invalidated",
            self.bytes,
            each(self.bytes as f64, self.instructions),
            self.largest.0,
            self.largest.1,
            self.bailouts,
            self.invalidated,
        );
        vec![units, code]
    }

    /// Calls by what they do, each with the place that makes most of them.
    fn calls(&self) -> Vec<(u64, String)> {
        let mut left: FastMap<&str, (u64, u64, &str)> = FastMap::default();
        for counter in &self.counters {
            let row = left.entry(&counter.what).or_default();
            row.0 += counter.count.get();
            if counter.count.get() >= row.1 {
                (row.1, row.2) = (counter.count.get(), &counter.place);
            }
        }
        left.iter().filter(|(_, row)| row.0 > 0).map(|(what, row)| (row.0, format!("{what:<32} most in {}", row.2))).collect()
    }
}

/// The rows with the highest counts under a heading with their sum.
fn table(heading: &str, mut rows: Vec<(u64, String)>) -> Vec<String> {
    rows.sort_unstable_by(|a, b| b.cmp(a));
    let total = format!("{heading}: {}", rows.iter().map(|row| row.0).sum::<u64>());
    std::iter::once(total).chain(rows.iter().take(ROWS_MAX).map(|(count, text)| format!("{count:>14}  {text}"))).collect()
}

/// Instructions of a function.
fn instructions(code: &[u16]) -> usize {
    std::iter::successors(Some(0), |&at| Op::decode(code, at).map(|(_, next)| next)).take_while(|&at| at < code.len()).count()
}

/// Operation and instruction, with the name that a call has.
fn describe(unit: &Unit, inst: &Inst) -> String {
    let kind = inst.op.info().name;
    let Some(exit) = inst.exit else { return kind.to_string() };
    let Some(at) = unit.exits[exit.index()].frames.last() else { return kind.to_string() };
    let code = unit.frame(at.frame).code;
    let Some((op, _)) = Op::decode(&code.function.code, at.pc as usize) else { return kind.to_string() };
    let name = match op {
        Op::Send { site, .. } | Op::SendSuper { site, .. } => {
            code.call_view(site.0).map(|view| String::from_utf8_lossy(&view.site.name).into_owned())
        }
        _ => None,
    };
    format!("{kind} {} {}", op.opcode().info().name, name.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_summed_by_what_they_do_and_told_with_their_busiest_place() {
        let mut stats = Stats::new();
        for (what, place, count) in [("step index", "a", 3), ("step index", "b", 5), ("send send each", "a", 7), ("step add", "a", 0)] {
            stats.counters.push(Counter { count: Box::new(Cell::new(count)), what: what.to_string(), place: place.to_string() });
        }
        let lines = table("calls", stats.calls());
        assert_eq!(lines[0], "calls: 15");
        assert!(lines[1].ends_with("step index                       most in b") && lines[1].contains(" 8 "), "{lines:?}");
        assert_eq!(lines.len(), 3, "what never ran is not told");
    }

    #[test]
    fn exits_are_counted_by_reason() {
        let mut stats = Stats::new();
        for reason in ["shape", "overflow", "shape"] {
            stats.exited(reason);
        }
        let lines = stats.lines();
        let at = lines.iter().position(|line| line == "exits taken: 3");
        assert!(at.is_some_and(|at| lines[at + 1].ends_with("2  shape")), "{lines:?}");
    }
}
