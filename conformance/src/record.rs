//! The results of one spec file, read from the recorder's lines or from mspec's summary line.
//!
//! Invariant: a record that stops half-way is a normal input; what was written before the stop counts, and the
//! example that was running is named.

/// How an example ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pass,
    /// mspec's `skip`: counted and shown, neither passing nor failing.
    Skip,
    /// An expectation was not met.
    Fail,
    /// Any other exception.
    Error,
    /// The process ended or was killed inside it.
    Interrupted,
}

impl Outcome {
    /// Whether a tag may stand for it.
    pub fn is_bad(self) -> bool {
        matches!(self, Outcome::Fail | Outcome::Error | Outcome::Interrupted)
    }

    /// Name in the JSON report.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Skip => "skip",
            Outcome::Fail => "fail",
            Outcome::Error => "error",
            Outcome::Interrupted => "interrupted",
        }
    }
}

/// Whether a result belongs to an example or to the code around the examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Example,
    /// Loading the file, `before :all`, `after :all`.
    Outside,
}

/// One example (or one exception outside every example).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    pub description: String,
    pub outcome: Outcome,
    pub message: String,
    pub place: Place,
}

/// What a run wrote.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Record {
    pub started: bool,
    pub finished: bool,
    pub examples: Vec<Example>,
}

impl Record {
    /// Reads the recorder's lines. `spec_root` is cut out of descriptions, so that tags hold no machine's paths.
    pub fn parse(bytes: &[u8], spec_root: &str) -> Record {
        let text = String::from_utf8_lossy(bytes);
        let mut record = Record::default();
        let mut running: Option<String> = None;
        for line in text.lines() {
            let mut fields = line.split('\t').map(unescape);
            let event = fields.next().unwrap_or_default();
            let description = relative(&fields.next().unwrap_or_default(), spec_root);
            let message = fields.next().unwrap_or_default();
            let (outcome, place) = match event.as_str() {
                "start" => {
                    record.started = true;
                    continue;
                }
                "finish" => {
                    record.finished = true;
                    continue;
                }
                "begin" => {
                    running = Some(description);
                    continue;
                }
                "pass" => (Outcome::Pass, Place::Example),
                "skip" => (Outcome::Skip, Place::Example),
                "fail" => (Outcome::Fail, Place::Example),
                "error" => (Outcome::Error, Place::Example),
                "outside" => (Outcome::Error, Place::Outside),
                // A torn last line.
                _ => continue,
            };
            if place == Place::Example {
                running = None;
            }
            record.examples.push(Example { description, outcome, message, place });
        }
        if let Some(description) = running {
            let message = "the process ended inside this example".to_owned();
            record.examples.push(Example { description, outcome: Outcome::Interrupted, message, place: Place::Example });
        }
        record
    }

    /// Number of examples with `outcome`.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.examples.iter().filter(|example| example.outcome == outcome).count()
    }

    /// Number of examples, without the exceptions outside them.
    pub fn example_count(&self) -> usize {
        self.examples.iter().filter(|example| example.place == Place::Example).count()
    }
}

fn relative(description: &str, spec_root: &str) -> String {
    let description =
        if spec_root.is_empty() { description.to_owned() } else { description.replace(&format!("{}/", spec_root.trim_end_matches('/')), "") };
    description.replace('\n', " ")
}

fn unescape(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some(other) => text.push(other),
            None => text.push('\\'),
        }
    }
    text
}

/// Counts of mspec's last line: `1 file, 20 examples, 42 expectations, 1 failure, 0 errors, 0 tagged`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    pub examples: usize,
    pub failures: usize,
    pub errors: usize,
}

impl Summary {
    /// Finds the summary line in mspec's output.
    pub fn parse(output: &str) -> Option<Summary> {
        output.lines().rev().find_map(|line| {
            let mut summary = Summary::default();
            let mut seen = 0;
            for part in line.trim().split(", ") {
                let (number, noun) = part.split_once(' ')?;
                let number: usize = number.parse().ok()?;
                match noun {
                    "example" | "examples" => summary.examples = number,
                    "failure" | "failures" => summary.failures = number,
                    "error" | "errors" => summary.errors = number,
                    _ => continue,
                }
                seen += 1;
            }
            (seen == 3).then_some(summary)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Place, Record, Summary};

    #[test]
    fn a_whole_record() {
        let text = "start\truby\nbegin\tA is\npass\tA is\nbegin\tA\\tb\nfail\tA\\tb\tExpected 1\\nto equal 2\noutside\tAn \
                    exception occurred during: loading /s/language/x_spec.rb\tNameError: y\nfinish\n";
        let record = Record::parse(text.as_bytes(), "/s");
        assert!(record.started && record.finished);
        let rows: Vec<_> = record.examples.iter().map(|e| (e.description.as_str(), e.outcome, e.place)).collect();
        assert_eq!(
            rows,
            [
                ("A is", Outcome::Pass, Place::Example),
                ("A\tb", Outcome::Fail, Place::Example),
                ("An exception occurred during: loading language/x_spec.rb", Outcome::Error, Place::Outside),
            ]
        );
        assert_eq!(record.examples[1].message, "Expected 1\nto equal 2");
        assert_eq!(record.example_count(), 2);
    }

    #[test]
    fn a_torn_record_names_the_running_example() {
        let record = Record::parse(b"start\tr\nbegin\tA\npass\tA\nbegin\tB dies\nfai", "");
        assert!(!record.finished);
        assert_eq!(record.examples.len(), 2);
        assert_eq!(record.examples[1].outcome, Outcome::Interrupted);
        assert_eq!(record.examples[1].description, "B dies");
    }

    #[test]
    fn summary_line() {
        let output = "ruby 3.1\n..F\n\nFinished in 0.1 seconds\n\n1 file, 3 examples, 9 expectations, 1 failure, 0 errors, 0 tagged\n";
        assert_eq!(Summary::parse(output), Some(Summary { examples: 3, failures: 1, errors: 0 }));
        assert_eq!(Summary::parse("no summary"), None);
    }
}
