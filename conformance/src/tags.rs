//! Recorded known failures: `conformance/tags/<path of the spec>.txt`.
//!
//! A line is `fails:DESCRIPTION` or `fails(REASON):DESCRIPTION`, the shape of mspec's own tags; `crashes:` and `hangs:`
//! (with an optional reason) stand for the whole file. Lines that start with `#` and empty lines are kept out.
//! Invariant: a tag is a promise that something fails; when it does not, the comparison reports it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::record::{Outcome, Record};

/// The tags of one spec file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tags {
    /// Description to reason.
    pub fails: BTreeMap<String, Option<String>>,
    pub crashes: Option<Option<String>>,
    pub hangs: Option<Option<String>>,
}

/// How the process of a spec file ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// mspec ran to its end.
    Finished,
    /// It died before that: signal, abort, exit in the middle, memory limit.
    Crashed(String),
    /// It was killed at the time limit.
    Hung,
}

/// A difference between tags and results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Surprise {
    /// Failed without a tag.
    Failed {
        description: String,
        message: String,
    },
    /// Passed in spite of its tag.
    Passed(String),
    Crashed(String),
    Hung,
    /// The file is tagged `crashes:` or `hangs:`, and ran to its end.
    Ended,
}

impl Tags {
    /// File of the tags of `spec` (a path relative to ruby/spec).
    pub fn path(root: &Path, spec: &str) -> PathBuf {
        root.join(format!("{}.txt", spec.trim_end_matches(".rb")))
    }

    /// Reads the tags of `spec`; a missing file is no tags.
    pub fn load(root: &Path, spec: &str) -> Result<Tags, String> {
        let path = Tags::path(root, spec);
        match fs::read_to_string(&path) {
            Ok(text) => Tags::parse(&text).map_err(|error| format!("{}: {error}", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Tags::default()),
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
    }

    fn parse(text: &str) -> Result<Tags, String> {
        let mut tags = Tags::default();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = || format!("line {}: expected fails:, crashes: or hangs:, found `{line}`", index + 1);
            let (kind, reason, description) = split(line).ok_or_else(wrong)?;
            match kind {
                "fails" => {
                    tags.fails.insert(description.to_owned(), reason);
                }
                "crashes" => tags.crashes = Some(reason),
                "hangs" => tags.hangs = Some(reason),
                _ => return Err(wrong()),
            }
        }
        Ok(tags)
    }

    fn print(&self) -> String {
        let mut text = String::new();
        let mut line = |kind: &str, reason: &Option<String>, description: &str| {
            let reason = reason.as_ref().map(|reason| format!("({reason})")).unwrap_or_default();
            text.push_str(&format!("{kind}{reason}:{description}\n"));
        };
        if let Some(reason) = &self.crashes {
            line("crashes", reason, "");
        }
        if let Some(reason) = &self.hangs {
            line("hangs", reason, "");
        }
        for (description, reason) in &self.fails {
            line("fails", reason, description);
        }
        text
    }

    /// The tags that describe what happened, keeping the reasons of those that stay.
    pub fn updated(&self, record: &Record, end: &End) -> Tags {
        let mut tags = Tags::default();
        for (description, outcome) in merged(record) {
            if outcome.is_bad() {
                tags.fails.insert(description.to_owned(), self.fails.get(description).cloned().flatten());
            }
        }
        match end {
            End::Finished => {}
            End::Crashed(_) => tags.crashes = Some(self.crashes.clone().flatten()),
            End::Hung => tags.hangs = Some(self.hangs.clone().flatten()),
        }
        if *end != End::Finished {
            // Examples behind the stop did not run: what is known of them stays.
            let seen: BTreeSet<_> = merged(record).into_keys().collect();
            let unseen = self.fails.iter().filter(|(description, _)| !seen.contains(description.as_str()));
            tags.fails.extend(unseen.map(|(description, reason)| (description.clone(), reason.clone())));
        }
        tags
    }

    /// Writes the tags of `spec`, or removes the file when there are none.
    pub fn save(&self, root: &Path, spec: &str) -> io::Result<()> {
        let path = Tags::path(root, spec);
        if *self == Tags::default() {
            return match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, self.print())
    }

    /// What differs between the tags and a run.
    pub fn compare(&self, record: &Record, end: &End) -> Vec<Surprise> {
        let mut surprises = Vec::new();
        let results = merged(record);
        for (&description, &outcome) in &results {
            let tagged = self.fails.contains_key(description);
            if tagged && outcome == Outcome::Pass {
                surprises.push(Surprise::Passed(description.to_owned()));
            }
            let stopped_as_tagged = outcome == Outcome::Interrupted && (self.crashes.is_some() || self.hangs.is_some());
            if !tagged && outcome.is_bad() && !stopped_as_tagged {
                let example = record.examples.iter().find(|e| e.description == description && e.outcome.is_bad());
                let message = example.map(|example| example.message.clone()).unwrap_or_default();
                surprises.push(Surprise::Failed { description: description.to_owned(), message });
            }
        }
        // Crash and hang are one another's neighbours on a loaded machine, so either tag covers both.
        let stop_tagged = self.crashes.is_some() || self.hangs.is_some();
        match end {
            End::Crashed(reason) if !stop_tagged => surprises.push(Surprise::Crashed(reason.clone())),
            End::Hung if !stop_tagged => surprises.push(Surprise::Hung),
            End::Finished if stop_tagged => surprises.push(Surprise::Ended),
            _ => {}
        }
        surprises
    }

    /// Tagged descriptions that a finished run did not meet (another version of ruby/spec, or a guard).
    pub fn unmet<'a>(&'a self, record: &'a Record) -> impl Iterator<Item = &'a str> {
        let seen: BTreeSet<_> = merged(record).into_keys().collect();
        self.fails.keys().map(String::as_str).filter(move |description| !seen.contains(description))
    }
}

/// One outcome a description: the worst, because ruby/spec uses some descriptions twice.
fn merged(record: &Record) -> BTreeMap<&str, Outcome> {
    let rank = |outcome: Outcome| match outcome {
        Outcome::Skip => 0,
        Outcome::Pass => 1,
        Outcome::Fail => 2,
        Outcome::Error => 3,
        Outcome::Interrupted => 4,
    };
    let mut results: BTreeMap<&str, Outcome> = BTreeMap::new();
    for example in &record.examples {
        let entry = results.entry(&example.description).or_insert(example.outcome);
        if rank(example.outcome) > rank(*entry) {
            *entry = example.outcome;
        }
    }
    results
}

/// `fails(reason):description` in three parts.
fn split(line: &str) -> Option<(&str, Option<String>, &str)> {
    let end = line.find(['(', ':'])?;
    let (kind, rest) = line.split_at(end);
    if let Some(rest) = rest.strip_prefix(':') {
        return Some((kind, None, rest));
    }
    let (reason, description) = rest.strip_prefix('(')?.split_once("):")?;
    Some((kind, Some(reason.to_owned()), description))
}

#[cfg(test)]
mod tests {
    use super::{End, Surprise, Tags};
    use crate::record::Record;

    fn record(lines: &str) -> Record {
        Record::parse(lines.as_bytes(), "")
    }

    #[test]
    fn prints_what_it_reads() {
        let text = "crashes(stack):\nfails:A (b): c\nfails(refinements):Module#refine works\n";
        let tags = Tags::parse(text).unwrap();
        assert_eq!(tags.print(), text);
        assert!(Tags::parse("nonsense").is_err());
        assert!(Tags::parse("passes:x").is_err());
        assert_eq!(Tags::parse("# words\n\n").unwrap(), Tags::default());
    }

    #[test]
    fn compares() {
        let tags = Tags::parse("fails:A\nfails:B\n").unwrap();
        let run = record("start\tr\npass\tA\nfail\tB\tm\nerror\tC\tn\nfinish\n");
        let surprises = tags.compare(&run, &End::Finished);
        let failed = Surprise::Failed { description: "C".into(), message: "n".into() };
        assert_eq!(surprises, [Surprise::Passed("A".into()), failed]);
        let rewritten = tags.updated(&run, &End::Finished);
        assert_eq!(rewritten.print(), "fails:B\nfails:C\n");
        assert!(rewritten.compare(&run, &End::Finished).is_empty());
    }

    #[test]
    fn a_description_used_twice_fails_when_one_fails() {
        let tags = Tags::parse("fails:A\n").unwrap();
        assert!(tags.compare(&record("pass\tA\nfail\tA\tm\npass\tA\nfinish\n"), &End::Finished).is_empty());
    }

    #[test]
    fn stops_are_tagged_for_the_file() {
        let run = record("start\tr\nbegin\tA\n");
        let crash = End::Crashed("SIGSEGV".into());
        assert_eq!(Tags::default().compare(&run, &crash).len(), 2);
        let tags = Tags::parse("crashes:\n").unwrap();
        assert!(tags.compare(&run, &crash).is_empty());
        assert_eq!(tags.compare(&record("finish\n"), &End::Finished), [Surprise::Ended]);
    }
}
