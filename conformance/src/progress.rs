//! What is shown on stderr while files run: one changing line on a terminal, a line a file elsewhere.

use std::io::{self, IsTerminal, Write};

use crate::run::{Counts, FileResult};
use crate::tags::End;

/// Progress of one session.
pub struct Progress {
    total: usize,
    done: usize,
    sum: Counts,
    terminal: bool,
}

impl Progress {
    /// Starts with no file done.
    pub fn new(total: usize) -> Progress {
        Progress { total, done: 0, sum: Counts::default(), terminal: io::stderr().is_terminal() }
    }

    /// A file begins; shown on a terminal only.
    pub fn begin(&self, path: &str) {
        if self.terminal {
            self.show(&format!("{}/{} files, {} passing, now {path}", self.done, self.total, self.sum.passing));
        }
    }

    /// A file is over.
    pub fn end(&mut self, result: &FileResult) {
        self.done += 1;
        let counts = result.counts();
        self.sum.add(counts);
        let end = match &result.end {
            End::Finished => String::new(),
            End::Crashed(reason) => format!(" CRASHED ({reason})"),
            End::Hung => " HUNG".to_owned(),
        };
        if self.terminal && end.is_empty() {
            return;
        }
        if self.terminal {
            self.show("");
        }
        eprintln!(
            "[{}/{}] {}: {}/{} passing, {:.1} s{end}; so far {}/{}",
            self.done,
            self.total,
            result.path,
            counts.passing,
            counts.examples,
            result.elapsed.as_secs_f64(),
            self.sum.passing,
            self.sum.examples,
        );
    }

    /// Clears the changing line.
    pub fn close(&self) {
        if self.terminal {
            self.show("");
        }
    }

    fn show(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        // A terminal that went away is no reason to stop.
        drop(write!(stderr, "\r\x1b[K{text}").and_then(|()| stderr.flush()));
    }
}
