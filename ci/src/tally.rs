//! Counts of a step, and the messages of what failed.

use std::fmt;

/// Result of a step.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
    /// What failed or was left out, and why.
    pub notes: Vec<String>,
}

impl Tally {
    /// Counts a passed test.
    pub fn pass(&mut self) {
        self.passed += 1;
    }

    /// Counts a failed test and keeps its message.
    pub fn fail(&mut self, note: impl Into<String>) {
        self.failed += 1;
        self.notes.push(note.into());
    }

    /// Counts what could not run here.
    pub fn skip(&mut self, note: impl Into<String>) {
        self.skipped += 1;
        self.notes.push(note.into());
    }

    /// Counts one test with a list of faults.
    pub fn judge(&mut self, faults: Vec<String>) {
        if faults.is_empty() {
            self.pass();
        } else {
            self.fail(faults.join("\n"));
        }
    }

    /// Adds another step's counts and messages.
    pub fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.notes.extend(other.notes);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(formatter, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn the_line() {
        let mut tally = Tally::default();
        tally.pass();
        tally.judge(vec![]);
        assert_eq!(tally.to_string(), "2 passed, 0 failed");
        tally.skip("no network");
        tally.judge(vec!["a".into(), "b".into()]);
        assert_eq!(tally.to_string(), "2 passed, 1 failed, 1 skipped");
        assert_eq!(tally.notes, ["no network", "a\nb"]);
    }
}
