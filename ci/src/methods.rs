//! The methods of the core classes against CRuby's: which there are, their visibility, arity and parameters.
//!
//! `conformance/methods/list.rb` prints them, `cruby-4.0.5.txt` is what it printed there, and `differences.txt` says what differs
//! and why. A difference that is not listed fails, and so does a row that nothing needs any more.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::context::Context;
use crate::process::{self, Verdict};
use crate::tally::Tally;

const FOLDER: &str = "conformance/methods";
const LIMIT: Duration = Duration::from_secs(60);
/// Stands for any text in a row of the differences.
const ANY: &str = "...";

/// The step.
pub fn check(context: &Context) -> Tally {
    let mut tally = Tally::default();
    match faults(context) {
        Ok(faults) => tally.judge(faults),
        Err(fault) => tally.fail(fault),
    }
    tally
}

fn faults(context: &Context) -> Result<Vec<String>, String> {
    let read = |name: &str| fs::read_to_string(context.root.join(FOLDER).join(name)).map_err(|error| format!("{FOLDER}/{name}: {error}"));
    let found = differences(&methods(&read("cruby-4.0.5.txt")?), &methods(&listed(context)?));
    let text = read("differences.txt")?;
    let known: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut faults: Vec<String> = found.iter().filter(|name| !known.iter().any(|row| fits(row, name))).cloned().collect();
    let unused = known.iter().filter(|row| !found.iter().any(|name| fits(row, name)));
    faults.extend(unused.map(|row| format!("{FOLDER}/differences.txt: nothing differs as `{row}` says")));
    Ok(faults)
}

fn listed(context: &Context) -> Result<String, String> {
    let mut command = Command::new(context.binary());
    // RubyGems defines more where the library is installed, and defers it.
    command.arg("--disable=gems").arg(context.root.join(FOLDER).join("list.rb"));
    let finished = process::run(&mut command, LIMIT).map_err(|error| format!("list.rb: {error}"))?;
    match finished.verdict {
        Verdict::Exited(0) => Ok(finished.stdout),
        _ => Err(format!("list.rb: {:?}\n{}", finished.verdict, finished.stderr)),
    }
}

/// Methods by their names, with what else the list says.
fn methods(list: &str) -> BTreeMap<&str, &str> {
    list.lines().map(|line| line.split_once(' ').unwrap_or((line, ""))).collect()
}

/// `-` what is missing, `+` what is here only, `~` what is otherwise.
fn differences(theirs: &BTreeMap<&str, &str>, ours: &BTreeMap<&str, &str>) -> BTreeSet<String> {
    let missing = theirs.keys().filter(|name| !ours.contains_key(*name)).map(|name| format!("-{name}"));
    let added = ours.keys().filter(|name| !theirs.contains_key(*name)).map(|name| format!("+{name}"));
    let other = theirs.iter().filter(|(name, rest)| ours.get(*name).is_some_and(|own| own != *rest)).map(|(name, _)| format!("~{name}"));
    missing.chain(added).chain(other).collect()
}

/// Does a row, in which dots stand for any text, fit the whole name?
fn fits(row: &str, name: &str) -> bool {
    let parts: Vec<&str> = row.split(ANY).collect();
    let &[first, ref middle @ .., last] = parts.as_slice() else { return row == name };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_fit_whole_names() {
        assert!(fits("-IO#ioctl", "-IO#ioctl") && !fits("-IO#ioctl", "-IO#ioctl=") && !fits("+IO#ioctl", "-IO#ioctl"));
        assert!(fits("-IO::Buffer...", "-IO::Buffer#size") && fits("+...#__...", "+Set#__keep") && !fits("+...#__...", "+Set#keep__"));
    }

    #[test]
    fn each_kind_of_difference_is_seen() {
        let theirs = methods("A#a 0\nA#b 1 _\nA#c -1 *");
        let ours = methods("A#a 0\nA#c 1 _\nA#d 0");
        let expected = ["+A#d", "-A#b", "~A#c"].map(String::from);
        assert_eq!(differences(&theirs, &ours), BTreeSet::from(expected));
    }
}
