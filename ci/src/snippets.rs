//! Snippets: programs NAME.rb with the recorded stdout NAME.out beside it, in the folders conformance/language (what the
//! language does), conformance/nasty (what must not bring a process down), conformance/library (with the installed library) and
//! conformance/persist (several processes on one repository; each program runs in an empty folder of its own, with a repository in it).
//!
//! A snippet runs under every row of its folder's matrix, and must print the same: tiers, exits and the collector's mood
//! may not show. In its first lines `# exit: N` names the exit code (0 otherwise), `# instead of SWITCH: OTHER` a milder switch
//! for a program that would take minutes under a row, and `# with SWITCH` a switch of ours that it needs in every row. A test is one snippet under one row.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::context::Context;
use crate::process::{self, Finished, Verdict};
use crate::tally::Tally;

/// A row of the matrix.
struct Row {
    switches: &'static [&'static str],
    /// Every how many snippets run.
    step: usize,
    limit: Duration,
}

/// A folder of snippets and how they run.
struct Corpus {
    folder: &'static str,
    matrix: &'static [Row],
    /// Does each program run in an empty folder of its own, with a repository there?
    own_folder: bool,
    /// What a process may map, if that is limited: a program that asks for everything must not get the machine down.
    address_bytes_max: Option<u64>,
}

const LANGUAGE: Corpus = Corpus {
    folder: "conformance/language",
    matrix: &[
        Row { switches: &[], step: 1, limit: Duration::from_secs(60) },
        Row { switches: &["--jit=off"], step: 1, limit: Duration::from_secs(60) },
        Row { switches: &["--jit=threshold:1"], step: 1, limit: Duration::from_secs(60) },
        Row { switches: &["--jit=threshold:1,tier:1"], step: 2, limit: Duration::from_secs(60) },
        Row { switches: &["--jit=sync"], step: 2, limit: Duration::from_secs(60) },
        Row { switches: &["--jit=exit-every:7"], step: 1, limit: Duration::from_secs(60) },
        Row { switches: &["--gc=stress:50,verify"], step: 1, limit: Duration::from_secs(120) },
        Row { switches: &["--gc=stress:1"], step: 1, limit: Duration::from_secs(120) },
    ],
    own_folder: false,
    address_bytes_max: None,
};

const NASTY: Corpus = Corpus {
    folder: "conformance/nasty",
    matrix: &[
        Row { switches: &[], step: 1, limit: Duration::from_secs(60) },
        Row { switches: &["--jit=off"], step: 1, limit: Duration::from_secs(60) },
        Row { switches: &["--jit=threshold:1"], step: 1, limit: Duration::from_secs(60) },
        Row { switches: &["--gc=stress:101,verify"], step: 1, limit: Duration::from_secs(60) },
    ],
    own_folder: false,
    // Stacks, code and heap are reserved address by address long before they are used.
    address_bytes_max: Some(8 << 30),
};

const LIBRARY: Corpus = Corpus {
    folder: "conformance/library",
    matrix: &[
        Row { switches: &[], step: 1, limit: Duration::from_secs(120) },
        Row { switches: &["--jit=threshold:1"], step: 1, limit: Duration::from_secs(240) },
    ],
    own_folder: false,
    address_bytes_max: None,
};

const PERSIST: Corpus = Corpus {
    folder: "conformance/persist",
    matrix: &[
        Row { switches: &[], step: 1, limit: Duration::from_secs(120) },
        Row { switches: &["--jit=threshold:1"], step: 1, limit: Duration::from_secs(120) },
        Row { switches: &["--gc=stress:53,verify"], step: 1, limit: Duration::from_secs(120) },
    ],
    own_folder: true,
    address_bytes_max: None,
};

/// Snippets at a time.
const JOBS: usize = 2;

/// Lines at the top in which `# exit: N` may stand.
const HEAD_LINES: usize = 5;

struct Snippet {
    path: PathBuf,
    name: String,
    /// `None` when nothing is recorded yet.
    expected: Option<String>,
    exit_code: i32,
    /// A switch of the matrix and what the snippet runs with instead.
    milder: Option<(String, String)>,
    /// A switch of ours that the snippet needs in every row. No other Ruby can run it.
    needed: Option<String>,
}

impl Snippet {
    /// The row's switches as they are for this snippet.
    fn switches<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = &'a str> {
        let of_row = row.switches.iter().map(|switch| match &self.milder {
            Some((harsh, other)) if harsh == switch => other,
            _ => *switch,
        });
        of_row.chain(self.needed.as_deref())
    }
}

/// The step `snippets`.
pub fn check(context: &Context) -> Tally {
    check_corpus(context, &LANGUAGE)
}

/// The step `nasty`.
pub fn check_nasty(context: &Context) -> Tally {
    check_corpus(context, &NASTY)
}

/// The snippets of the step `library`.
pub fn check_library(context: &Context) -> Tally {
    check_corpus(context, &LIBRARY)
}

/// The step `persist`. No other Ruby has persistent objects.
pub fn check_persist(context: &Context) -> Tally {
    if context.named_binary.is_some() { Tally::default() } else { check_corpus(context, &PERSIST) }
}

fn check_corpus(context: &Context, corpus: &Corpus) -> Tally {
    let mut tally = Tally::default();
    let snippets = match load(&context.root.join(corpus.folder)) {
        Ok(snippets) => snippets,
        Err(message) => {
            tally.fail(message);
            return tally;
        }
    };
    // A foreign Ruby does not know our switches.
    let rows = if context.named_binary.is_some() { &corpus.matrix[..1] } else { corpus.matrix };
    for row in rows {
        let ours = |snippet: &&Snippet| context.named_binary.is_none() || snippet.needed.is_none();
        let chosen: Vec<&Snippet> = snippets.iter().filter(ours).step_by(row.step).collect();
        tally.add(run_row(context, corpus, row, &chosen));
    }
    tally
}

fn load(folder: &Path) -> Result<Vec<Snippet>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rb"));
    paths.sort();
    paths.into_iter().map(snippet).collect()
}

fn snippet(path: PathBuf) -> Result<Snippet, String> {
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let exit_code = exit_code(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let expected = fs::read_to_string(path.with_extension("out")).ok();
    let milder = milder(&text);
    let needed = needed(&text);
    Ok(Snippet { path, name, expected, exit_code, milder, needed })
}

fn exit_code(text: &str) -> Result<i32, String> {
    let line = text.lines().take(HEAD_LINES).find_map(|line| line.strip_prefix("# exit:"));
    line.map_or(Ok(0), |code| code.trim().parse().map_err(|_| format!("`# exit:{code}`: expected a number")))
}

fn milder(text: &str) -> Option<(String, String)> {
    let line = text.lines().take(HEAD_LINES).find_map(|line| line.strip_prefix("# instead of "))?;
    let (harsh, other) = line.split_once(": ")?;
    Some((harsh.to_owned(), other.split(' ').next().unwrap_or(other).to_owned()))
}

fn needed(text: &str) -> Option<String> {
    let line = text.lines().take(HEAD_LINES).find_map(|line| line.strip_prefix("# with "))?;
    Some(line.split(' ').next().unwrap_or(line).to_owned())
}

fn run_row(context: &Context, corpus: &Corpus, row: &Row, snippets: &[&Snippet]) -> Tally {
    let binary = context.binary();
    let next = AtomicUsize::new(0);
    let sum = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..JOBS {
            scope.spawn(|| {
                while let Some(snippet) = snippets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut command = process::limited(&binary, corpus.address_bytes_max);
                    command.env_remove("RUBYOPT");
                    if corpus.own_folder {
                        // The processes that the program starts get the switches too.
                        command.env("RUBYOPT", snippet.switches(row).collect::<Vec<_>>().join(" "));
                    } else {
                        command.args(snippet.switches(row));
                    }
                    let folder = corpus.own_folder.then(|| context.target.join("ci-persist").join(&snippet.name));
                    let fault = fault(command, snippet, folder.as_deref(), row.limit);
                    let mut sum = sum.lock().expect("no holder of this lock can panic");
                    match fault {
                        None => sum.pass(),
                        Some(fault) => sum.fail(format!("{} {}: {fault}", snippet.name, row.switches.join(" "))),
                    }
                }
            });
        }
    });
    sum.into_inner().expect("no holder of this lock can panic")
}

/// Runs a snippet in its folder, by its bare name, so that no path gets into its output; or in an empty folder, with a repository.
fn start(mut command: Command, snippet: &Snippet, folder: Option<&Path>, limit: Duration) -> std::io::Result<Finished> {
    match folder {
        Some(folder) => {
            drop(fs::remove_dir_all(folder));
            fs::create_dir_all(folder)?;
            command.arg(&snippet.path).current_dir(folder).env("MAGLEV_STORE", folder.join("store"));
        }
        None => {
            let file_name = snippet.path.file_name().unwrap_or_default();
            command.arg(file_name).current_dir(snippet.path.parent().unwrap_or(Path::new(".")));
        }
    }
    command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    process::run(&mut command, limit)
}

fn fault(command: Command, snippet: &Snippet, folder: Option<&Path>, limit: Duration) -> Option<String> {
    let Some(expected) = &snippet.expected else {
        return Some("no .out file; record it with `cargo ci bless`".to_owned());
    };
    let finished = match start(command, snippet, folder, limit) {
        Ok(finished) => finished,
        Err(error) => return Some(error.to_string()),
    };
    let stderr: Vec<&str> = finished.stderr.lines().take(5).collect();
    if finished.stdout != *expected {
        let difference = difference(expected, &finished.stdout);
        return Some(format!("{difference} ({:?})\n{}", finished.verdict, stderr.join("\n")));
    }
    if finished.verdict == Verdict::Exited(snippet.exit_code) {
        return None;
    }
    Some(format!("ended with {:?}, expected exit code {}\n{}", finished.verdict, snippet.exit_code, stderr.join("\n")))
}

/// The first line that differs.
fn difference(expected: &str, actual: &str) -> String {
    let mut actual_lines = actual.lines();
    for (index, line) in expected.lines().enumerate() {
        match actual_lines.next() {
            Some(other) if other == line => {}
            Some(other) => return format!("line {} is `{other}`, expected `{line}`", index + 1),
            None => return format!("ends before line {}, expected `{line}`", index + 1),
        }
    }
    match actual_lines.next() {
        Some(line) => format!("has one line more than expected: `{line}`"),
        None => "differs in the end of its last line".to_owned(),
    }
}

/// Runs the verb `bless`: rewrites the `.out` files from a reference Ruby.
pub fn bless(arguments: Vec<String>) -> Result<ExitCode, String> {
    let mut reference = "ruby".to_owned();
    let mut names: Vec<String> = Vec::new();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        match argument {
            lexopt::Arg::Long("reference") => {
                reference = parser.value().map_err(|error| error.to_string())?.to_string_lossy().into_owned();
            }
            lexopt::Arg::Value(name) => names.push(name.to_string_lossy().into_owned()),
            _ => return Err(argument.unexpected().to_string()),
        }
    }
    let words: Vec<&str> = reference.split_whitespace().collect();
    let (program, switches) = words.split_first().ok_or("--reference: no command")?;
    let context = Context::new(None)?;
    let mut snippets = Vec::new();
    for corpus in [&LANGUAGE, &NASTY, &LIBRARY] {
        snippets.extend(load(&context.root.join(corpus.folder))?);
    }
    if let Some(unknown) = names.iter().find(|name| !snippets.iter().any(|snippet| snippet.name == **name)) {
        return Err(format!("no snippet `{unknown}` in conformance/language, conformance/nasty or conformance/library"));
    }
    let mut failed = 0;
    snippets.retain(|snippet| snippet.needed.is_none() && (names.is_empty() || names.contains(&snippet.name)));
    for snippet in &snippets {
        let mut command = Command::new(program);
        command.args(switches).env_remove("RUBYOPT");
        let finished = start(command, snippet, None, Duration::from_secs(120)).map_err(|error| format!("{program}: {error}"))?;
        if finished.verdict != Verdict::Exited(snippet.exit_code) {
            failed += 1;
            println!("{}: {:?}, not recorded\n{}", snippet.name, finished.verdict, finished.stderr);
            continue;
        }
        if snippet.expected.as_deref() != Some(&finished.stdout) {
            let path = snippet.path.with_extension("out");
            fs::write(&path, &finished.stdout).map_err(|error| format!("{}: {error}", path.display()))?;
            println!("{}: recorded", snippet.name);
        }
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

#[cfg(test)]
mod tests {
    use super::{difference, exit_code, milder, needed};

    #[test]
    fn a_snippet_may_name_a_milder_switch() {
        let text = "# A topic.\n# instead of --gc=stress:1: --gc=stress:9 (why)\n";
        assert_eq!(milder(text), Some(("--gc=stress:1".to_owned(), "--gc=stress:9".to_owned())));
        assert_eq!(milder("puts 1\n"), None);
        assert_eq!(needed("# A topic.\n# with --gc=limit:20000000 (why)\n"), Some("--gc=limit:20000000".to_owned()));
        assert_eq!(needed("puts 1\n"), None);
    }

    #[test]
    fn heads() {
        assert_eq!(exit_code("# A topic.\n# exit: 3\nputs 1\n"), Ok(3));
        assert_eq!(exit_code("puts 1\n"), Ok(0));
        assert!(exit_code("# exit: soon\n").is_err());
    }

    #[test]
    fn differences() {
        let rows = [
            ("a\nb\n", "a\nc\n", "line 2 is `c`, expected `b`"),
            ("a\nb\n", "a\n", "ends before line 2, expected `b`"),
            ("a\n", "a\nb\n", "has one line more than expected: `b`"),
            ("a\n", "a", "differs in the end of its last line"),
        ];
        for (expected, actual, message) in rows {
            assert_eq!(difference(expected, actual), message);
        }
    }
}
