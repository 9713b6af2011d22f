//! The standard library: it is installed for the tested binary, each of its files loads in a process of its own or fails for a reason
//! that stands in conformance/library/unloaded.txt, and the snippets of conformance/library print what CRuby prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::context::Context;
use crate::process::{self, Finished, Verdict};
use crate::snippets;
use crate::tally::Tally;

/// Limit of the installation, which may fetch 33 MB.
const INSTALL_LIMIT: Duration = Duration::from_secs(600);

/// Limit of a file.
const FILE_LIMIT: Duration = Duration::from_secs(60);

/// Files at a time.
const JOBS: usize = 2;

/// Why files do not load, a row a reason: `file NAME: reason`, or `error PART OF THE MESSAGE: reason` for all that fail so.
const UNLOADED: &str = "conformance/library/unloaded.txt";

/// The step.
pub fn check(context: &Context) -> Tally {
    let mut tally = Tally::default();
    // Another Ruby has a library of its own.
    if context.named_binary.is_some() {
        return tally;
    }
    match install(context) {
        Ok(Some(reason)) => tally.skip(format!("the standard library is not here and cannot be fetched:\n{reason}")),
        Err(fault) => tally.fail(fault),
        Ok(None) => {
            tally.pass();
            tally.add(load_files(context));
            tally.add(snippets::check_library(context));
        }
    }
    tally
}

/// Installs the library beside the folder of our binary, where it is found without being named. The result is the reason why it
/// cannot be fetched.
fn install(context: &Context) -> Result<Option<String>, String> {
    let mut command = Command::new(context.tool("maglev"));
    command.args(["library", "install", "--to"]).arg(&context.target);
    let finished = process::run(&mut command, INSTALL_LIMIT).map_err(|error| format!("maglev library install: {error}"))?;
    match finished.verdict {
        Verdict::Exited(0) => Ok(None),
        _ if finished.stderr.contains("cannot fetch") => Ok(Some(finished.stderr)),
        _ => Err(format!("maglev library install: {:?}\n{}", finished.verdict, finished.stderr)),
    }
}

/// A row of the list.
struct Reason {
    /// `file NAME` or `error TEXT`.
    cause: String,
    is_used: AtomicBool,
}

impl Reason {
    fn explains(&self, name: &str, error: &str) -> bool {
        let explains = match self.cause.split_once(' ') {
            Some(("file", file)) => file == name,
            Some(("error", text)) => error.contains(text),
            _ => false,
        };
        self.is_used.fetch_or(explains, Ordering::Relaxed);
        explains
    }
}

fn load_files(context: &Context) -> Tally {
    let mut tally = Tally::default();
    let text = fs::read_to_string(context.root.join(UNLOADED)).unwrap_or_default();
    let reasons: Vec<Reason> = reasons(&text).map(|cause| Reason { cause: cause.to_owned(), is_used: AtomicBool::new(false) }).collect();
    let files = files(&context.target.join("lib/ruby"));
    let next = AtomicUsize::new(0);
    let sum = Mutex::new(&mut tally);
    thread::scope(|scope| {
        for _ in 0..JOBS {
            scope.spawn(|| {
                while let Some(name) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let error = load(context, name, &files);
                    let is_known = error.as_ref().is_some_and(|error| reasons.iter().any(|reason| reason.explains(name, error)));
                    let mut sum = sum.lock().expect("no holder of this lock can panic");
                    match error {
                        None => sum.pass(),
                        Some(_) if is_known => sum.pass(),
                        Some(error) => sum.fail(format!("require \"{name}\": {error}")),
                    }
                }
            });
        }
    });
    let unused = reasons.iter().filter(|reason| !reason.is_used.load(Ordering::Relaxed));
    tally.judge(unused.map(|reason| format!("{UNLOADED}: nothing fails by `{}` any more, take it out", reason.cause)).collect());
    tally
}

/// The causes of the rows; lines that begin with `#` are remarks.
fn reasons(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(": ")).map(|(cause, _)| cause)
}

/// What `require` is given for each file of the library and for the main files of the bundled gems.
fn files(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let versions = fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect::<Vec<_>>()).unwrap_or_default();
    for library in versions.iter().filter(|path| path.join("bundled_gems.rb").is_file()) {
        add_files(library, library, usize::MAX, &mut names);
    }
    for gems in fs::read_dir(folder.join("gems")).into_iter().flatten().flatten() {
        for gem in fs::read_dir(gems.path().join("gems")).into_iter().flatten().flatten() {
            let library = gem.path().join("lib");
            add_files(&library, &library, 1, &mut names);
        }
    }
    names.sort();
    names
}

fn add_files(root: &Path, folder: &Path, depth: usize, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path: PathBuf = entry.path();
        // Templates are filled in before they are Ruby.
        if path.is_dir() && depth > 1 && path.file_name().is_some_and(|name| name != "templates") {
            add_files(root, &path, depth - 1, names);
        } else if path.extension().is_some_and(|extension| extension == "rb") {
            let name = path.strip_prefix(root).unwrap_or(&path).with_extension("");
            names.push(name.to_string_lossy().into_owned());
        }
    }
}

/// Requires one file, behind those it lies below (`net/http` before `net/http/header`), as parts rely on; the result is what went wrong.
fn load(context: &Context, name: &str, files: &[String]) -> Option<String> {
    let above = name.match_indices('/').map(|(at, _)| &name[..at]).filter(|above| files.iter().any(|file| file == above));
    let program: Vec<String> = above.chain([name]).map(|name| format!("require {name:?}")).collect();
    let mut command = Command::new(context.binary());
    command.args(["-e", &program.join("; ")]).env_remove("RUBYOPT").env("LC_ALL", "C.UTF-8");
    match process::run(&mut command, FILE_LIMIT) {
        Ok(Finished { verdict: Verdict::Exited(0), .. }) => None,
        Ok(finished) => Some(format!("{:?} {}", finished.verdict, finished.stderr.lines().take(2).collect::<Vec<_>>().join(" "))),
        Err(error) => Some(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Reason, reasons};
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn rows() {
        let text = "# why\nfile a/b: reads a terminal\nerror cannot load such file -- x: no native part\n";
        let causes: Vec<&str> = reasons(text).collect();
        assert_eq!(causes, ["file a/b", "error cannot load such file -- x"]);
        let row = |cause: &str| Reason { cause: cause.to_owned(), is_used: AtomicBool::new(false) };
        assert!(row(causes[0]).explains("a/b", "anything") && !row(causes[0]).explains("a", "a/b"));
        let by_error = row(causes[1]);
        assert!(!by_error.explains("a/b", "other") && !by_error.is_used.load(Ordering::Relaxed));
        assert!(by_error.explains("a/b", "e.rb:1: cannot load such file -- x (LoadError)") && by_error.is_used.load(Ordering::Relaxed));
    }
}
