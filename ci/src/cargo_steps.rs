//! The steps that are cargo's work: the release build and the tests of the workspace.

use std::process::Stdio;

use crate::context::Context;
use crate::tally::Tally;

/// Builds what the later steps start. One test.
pub fn build(context: &Context) -> Tally {
    let mut tally = Tally::default();
    let mut command = context.cargo();
    command.args(["build", "--release", "--package", "conformance", "--package", "perf"]);
    if context.named_binary.is_none() {
        command.args(["--package", "cli"]);
    }
    // cargo's own progress belongs on the terminal.
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => tally.pass(),
        Ok(status) => tally.fail(format!("cargo build --release: {status}")),
        Err(error) => tally.fail(format!("cargo build --release: {error}")),
    }
    tally
}

/// `cargo fmt --check`: the tree is as rustfmt.toml says. One test.
pub fn format(context: &Context) -> Tally {
    judge(context, &["fmt", "--all", "--", "--check", "-l"], "files that `cargo fmt` would change")
}

/// clippy without a warning, tests included. One test.
pub fn clippy(context: &Context) -> Tally {
    judge(context, &["clippy", "--release", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"], "clippy has objections")
}

/// Runs a tool that is silent when it is content.
fn judge(context: &Context, arguments: &[&str], objection: &str) -> Tally {
    let mut tally = Tally::default();
    let mut command = context.cargo();
    match command.args(arguments).stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => tally.pass(),
        Ok(output) => {
            let told = [output.stdout, output.stderr].concat();
            tally.fail(format!("cargo {}: {objection}\n{}", arguments[0], String::from_utf8_lossy(&told).trim()));
        }
        Err(error) => tally.fail(format!("cargo {}: {error}", arguments[0])),
    }
    tally
}

/// `cargo test --workspace`, counting what libtest reports.
pub fn test(context: &Context) -> Tally {
    let mut tally = Tally::default();
    let mut command = context.cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            tally.fail(format!("cargo test: {error}"));
            return tally;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    tally.add(count(&text));
    if !output.status.success() && tally.failed == 0 {
        tally.fail(format!("cargo test: {} (a crate does not compile, or a test process died)", output.status));
    }
    tally
}

/// Sums the `test result:` lines and keeps the report of each failed test.
fn count(text: &str) -> Tally {
    let mut tally = Tally::default();
    let mut report: Vec<&str> = Vec::new();
    let mut in_failures = false;
    for line in text.lines() {
        if line == "failures:" {
            in_failures = true;
        }
        if let Some(result) = line.strip_prefix("test result:") {
            tally.passed += number_before(result, "passed");
            tally.failed += number_before(result, "failed");
            tally.skipped += number_before(result, "ignored");
            in_failures = false;
        }
        if in_failures {
            report.push(line);
        }
    }
    if !report.is_empty() {
        tally.notes.push(report.join("\n"));
    }
    tally
}

fn number_before(text: &str, word: &str) -> usize {
    let words: Vec<&str> = text.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
    let found = words.windows(2).find(|pair| pair[1] == word);
    found.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn sums_result_lines() {
        let text = "running 3 tests\ntest a ... ok\n\nfailures:\n\n---- b ----\nboom\n\nfailures:\n    b\n\n\
                    test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s\n\
                    test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n";
        let tally = count(text);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (7, 1, 1));
        assert!(tally.notes[0].contains("boom"));
    }
}
