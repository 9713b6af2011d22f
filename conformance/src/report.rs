//! Tables on stdout and the JSON file.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::run::{Counts, FileResult};
use crate::tags::{End, Surprise};

/// A file's result with what was unexpected in it.
pub struct Judged {
    pub result: FileResult,
    pub surprises: Vec<Surprise>,
    /// Tagged descriptions that the finished run did not meet.
    pub unmet: Vec<String>,
    /// Failing examples covered by a tag.
    pub known: usize,
}

/// Sum over all files.
pub fn total(files: &[Judged]) -> Counts {
    let mut sum = Counts::default();
    for file in files {
        sum.add(file.result.counts());
    }
    sum
}

/// Prints a line a folder (the first two levels of the path), or a line a file.
pub fn print_table(files: &[Judged], per_file: bool) {
    let mut rows: BTreeMap<String, Counts> = BTreeMap::new();
    for file in files {
        rows.entry(folder_of(&file.result.path)).or_default().add(file.result.counts());
    }
    let mut rows: Vec<(String, Counts)> = rows.into_iter().collect();
    if per_file {
        let mut lines: Vec<_> = files.iter().map(|file| (file.result.path.clone(), file.result.counts())).collect();
        lines.sort_by(|left, right| left.0.cmp(&right.0));
        print_rows("file", &lines);
        println!();
    }
    rows.push(("total".to_owned(), total(files)));
    print_rows("folder", &rows);
}

fn print_rows(title: &str, rows: &[(String, Counts)]) {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(title.len());
    println!(
        "{title:width$} {:>6} {:>9} {:>8} {:>8} {:>7} {:>8} {:>8} {:>5}",
        "files", "examples", "passing", "failing", "errors", "skipped", "crashed", "hung"
    );
    for (name, counts) in rows {
        println!(
            "{name:width$} {:>6} {:>9} {:>8} {:>8} {:>7} {:>8} {:>8} {:>5}",
            counts.files, counts.examples, counts.passing, counts.failing, counts.errors, counts.skipped, counts.crashed, counts.hung
        );
    }
}

fn folder_of(path: &str) -> String {
    let folders: Vec<&str> = path.split('/').collect();
    let depth = folders.len().saturating_sub(1).min(2);
    folders[..depth].join("/")
}

/// Prints the messages of all failing examples.
pub fn print_failures(files: &[Judged]) {
    for file in files {
        let bad: Vec<_> = file.result.record.examples.iter().filter(|example| example.outcome.is_bad()).collect();
        if bad.is_empty() && file.result.end == End::Finished {
            continue;
        }
        println!("\n{}", file.result.path);
        for example in bad {
            println!("  {}: {}", example.outcome.name(), example.description);
            for line in example.message.lines().take(6) {
                println!("      {line}");
            }
        }
        if file.result.end != End::Finished {
            println!("  end of the output:");
            let lines: Vec<&str> = file.result.output.lines().collect();
            for line in &lines[lines.len().saturating_sub(15)..] {
                println!("      {line}");
            }
        }
    }
}

/// Prints what differs from the tags; returns the number of differences.
pub fn print_surprises(files: &[Judged]) -> usize {
    let mut count = 0;
    for file in files {
        if file.surprises.is_empty() {
            continue;
        }
        println!("\n{}", file.result.path);
        for surprise in &file.surprises {
            count += 1;
            match surprise {
                Surprise::Failed { description, message } => {
                    println!("  failed without a tag: {description}");
                    println!("      {}", message.lines().next().unwrap_or_default());
                }
                Surprise::Passed(description) => println!("  passed in spite of its tag: {description}"),
                Surprise::Crashed(reason) => println!("  crashed: {reason}"),
                Surprise::Hung => println!("  hung"),
                Surprise::Ended => println!("  ran to its end in spite of its tag"),
            }
        }
    }
    count
}

/// The whole session as JSON.
pub fn json(files: &[Judged], binary: &str, switches: &[String], suite: &str) -> Value {
    let rows: Vec<Value> = files.iter().map(file_json).collect();
    let surprises: usize = files.iter().map(|file| file.surprises.len()).sum();
    let known: usize = files.iter().map(|file| file.known).sum();
    let mut total = counts_json(total(files));
    total["unexpected"] = json!(surprises);
    total["known_failures"] = json!(known);
    json!({ "binary": binary, "switches": switches, "spec": suite, "total": total, "files": rows })
}

fn counts_json(counts: Counts) -> Value {
    json!({
        "files": counts.files, "examples": counts.examples, "passing": counts.passing, "failing": counts.failing,
        "errors": counts.errors, "skipped": counts.skipped, "crashed": counts.crashed, "hung": counts.hung,
    })
}

fn file_json(file: &Judged) -> Value {
    let examples: Vec<Value> = file
        .result
        .record
        .examples
        .iter()
        .map(|example| {
            json!({
                "description": example.description, "outcome": example.outcome.name(), "message": example.message,
            })
        })
        .collect();
    let (end, reason) = match &file.result.end {
        End::Finished => ("finished", ""),
        End::Crashed(reason) => ("crashed", reason.as_str()),
        End::Hung => ("hung", ""),
    };
    let unexpected: Vec<String> = file
        .surprises
        .iter()
        .map(|surprise| match surprise {
            Surprise::Failed { description, .. } => format!("failed: {description}"),
            Surprise::Passed(description) => format!("passed: {description}"),
            Surprise::Crashed(reason) => format!("crashed: {reason}"),
            Surprise::Hung => "hung".to_owned(),
            Surprise::Ended => "ran to its end".to_owned(),
        })
        .collect();
    json!({
        "path": file.result.path, "counts": counts_json(file.result.counts()), "end": end, "reason": reason,
        "seconds": file.result.elapsed.as_secs_f64(), "summary_only": file.result.summary.is_some(),
        "unexpected": unexpected, "unmet_tags": file.unmet, "examples": examples,
    })
}
