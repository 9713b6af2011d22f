//! `maglev status`, `create`, `destroy`, `list`, `backup`, `restore`, `export`, `import`, `fsck`, `salvage`, `gc`, `compact` and `history`: the keeping of a repository. They read the store and know no Ruby.
//!
//! Invariant: what a command prints on stdout is its result, for people or, with `--json`, as one JSON object; progress and errors go to
//! stderr. Exit 0: done; 1: not done, and why; 2: the command line is wrong.

use crate::transfer;
use codec::{BodyReader, Field, RecordKind};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use store::{Backend, CopyReport, Oid, OpenOptions, Record, Repository, StoreError};

/// The commands with their arguments and what they do.
pub const COMMANDS: &[(&str, &str, &str)] = &[
    ("status", "", "says what the repository holds and who uses it; --watch says it again every second"),
    ("create", "", "makes an empty repository; programs do that by themselves"),
    ("destroy", "", "deletes a repository that no process uses; wants --force"),
    ("list", "", "says how many objects of which class there are, and what they take"),
    ("backup", "FOLDER", "copies what is committed to a new folder, while others work; --update brings an older backup up to date"),
    ("restore", "FOLDER", "makes a repository of a backup; --force replaces the one that is there"),
    ("export", "FILE", "writes what is committed as lines of JSON, an object a line, while others work"),
    ("import", "FILE", "makes a new repository of such a file"),
    ("fsck", "", "reads and checks everything; exit 1 when something is wrong"),
    ("salvage", "FOLDER", "makes a new repository of what can be read in a damaged one; exit 1 when something is lost"),
    ("gc", "", "removes objects that nothing leads to, while others work; --wait SECONDS for sessions to end their transactions (10)"),
    ("compact", "", "does that, and gives the room of garbage back; --wait SECONDS as before"),
    ("console", "", "a prompt on the repository, in Ruby"),
    ("browse", "", "shows roots, objects, classes and history as pages for a browser on this machine; --port NUMBER"),
    ("history", "", "the last 20 commits that `Maglev.at` can look at; --all of them"),
];

/// Silent until a command has taken this long.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long collector and compaction wait for others.
const WAIT: Duration = Duration::from_secs(10);
/// Commits that `history` shows.
const SHOWN: usize = 20;

/// What the command line says.
struct Request {
    path: PathBuf,
    folder: Option<PathBuf>,
    is_json: bool,
    is_forced: bool,
    is_watching: bool,
    wants_all: bool,
    is_update: bool,
    port: u16,
    /// How long to wait for others.
    wait: Duration,
}

/// Runs a command.
pub fn main(name: &str, arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let request = match read(name, arguments) {
        Ok(request) => request,
        Err(message) => {
            eprintln!("maglev {name}: {message}");
            return ExitCode::from(2);
        }
    };
    if request.is_watching {
        return watch(&request);
    }
    if name == "browse" {
        return browse(&request);
    }
    if name == "console" {
        return console(&request);
    }
    let result = match name {
        "status" => status(&request),
        "create" => create(&request),
        "destroy" => destroy(&request),
        "list" => list(&request),
        "backup" => backup(&request),
        "restore" => restore(&request),
        "export" => export(&request),
        "import" => import(&request),
        "fsck" => fsck(&request),
        "salvage" => salvage(&request),
        "gc" => gc(&request),
        "history" => history(&request),
        _ => compact(&request),
    };
    tell(name, &request, result)
}

fn tell(name: &str, request: &Request, answer: Answer) -> ExitCode {
    match answer {
        Ok((answer, code)) => {
            print(request, &answer);
            code
        }
        Err(message) => {
            eprintln!("maglev {name}: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Says the status every second, until it cannot be said or read any more.
fn watch(request: &Request) -> ExitCode {
    loop {
        let code = tell("status", request, status(request));
        if code != ExitCode::SUCCESS || std::io::stdout().write_all(if request.is_json { b"" } else { b"\n" }).is_err() {
            return code;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn read(name: &str, mut arguments: impl Iterator<Item = OsString>) -> Result<Request, String> {
    let (mut store, mut folder, mut is_json, mut is_forced, mut is_watching) = (None, None, false, false, false);
    let (mut wants_all, mut is_update, mut wait, mut port) = (false, false, WAIT, 0);
    while let Some(word) = arguments.next() {
        let text = word.to_string_lossy().into_owned();
        match text.as_str() {
            "--json" => is_json = true,
            "--force" if matches!(name, "restore" | "destroy") => is_forced = true,
            "--watch" if name == "status" => is_watching = true,
            "--all" if name == "history" => wants_all = true,
            "--update" if name == "backup" => is_update = true,
            "--port" if name == "browse" => {
                let number = arguments.next().and_then(|number| number.to_string_lossy().parse().ok());
                port = number.ok_or("--port wants a number below 65536")?;
            }
            "--wait" if matches!(name, "gc" | "compact") => {
                let seconds = arguments.next().and_then(|seconds| seconds.to_string_lossy().parse().ok());
                wait = Duration::try_from_secs_f64(seconds.ok_or("--wait wants seconds")?).map_err(|_| "--wait wants seconds")?;
            }
            "--store" => store = Some(arguments.next().ok_or("--store wants a folder")?.to_string_lossy().into_owned()),
            _ if text.starts_with("--store=") => store = Some(text["--store=".len()..].to_string()),
            _ if text.starts_with('-') => return Err(format!("unknown option {text}")),
            _ if takes_folder(name) && folder.is_none() => folder = Some(PathBuf::from(word)),
            _ => return Err(format!("{text}: one argument too many")),
        }
    }
    if takes_folder(name) && folder.is_none() {
        return Err("which folder? See `maglev help`".to_string());
    }
    Ok(Request { path: roots::repository_path(store.as_deref()).0, folder, is_json, is_forced, is_watching, wants_all, is_update, wait, port })
}

fn takes_folder(name: &str) -> bool {
    COMMANDS.iter().any(|&(known, arguments, _)| known == name && !arguments.is_empty())
}

type Answer = Result<(Value, ExitCode), String>;

fn done(answer: Value) -> Answer {
    Ok((answer, ExitCode::SUCCESS))
}

fn print(request: &Request, answer: &Value) {
    let text = if request.is_json { format!("{answer}\n") } else { lines(answer) };
    // A reader that has gone does not make the command fail.
    drop(std::io::stdout().write_all(text.as_bytes()));
}

/// The answer for people: a line a field, the items of a list below their name.
fn lines(answer: &Value) -> String {
    let mut text = String::new();
    for (name, value) in answer.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) => items.iter().for_each(|item| text += &format!("{name}: {}\n", item_text(item))),
            value => text += &format!("{}: {}\n", name.replace('_', " "), plain(value)),
        }
    }
    text
}

/// An item of a list: a text, or the fields of an object in a line, its name first.
fn item_text(item: &Value) -> String {
    let Some(fields) = item.as_object() else { return plain(item) };
    let (title, name) = fields
        .iter()
        .find(|(field, _)| matches!(field.as_str(), "class" | "commit"))
        .map_or(("", String::new()), |(field, value)| (field.as_str(), plain(value)));
    let numbers = fields.iter().filter(|(field, _)| *field != title).map(|(field, value)| format!("{} {field}", plain(value)));
    format!("{name:40} {}", numbers.collect::<Vec<_>>().join(", "))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// A repository that is there.
fn open(path: &Path) -> Result<Repository, String> {
    let options = OpenOptions { create: false, ..OpenOptions::default() };
    let reading = OpenOptions { read_only: true, ..options.clone() };
    let opened = match Repository::open(path, options) {
        Err(error @ (StoreError::ReadOnly { .. } | StoreError::AccessDenied { .. } | StoreError::StoreFull { .. })) => {
            Repository::open(path, reading).map_err(|_| error)
        }
        opened => opened,
    };
    opened.map_err(|error| advice(&error))
}

/// The error, and what to do about it.
fn advice(error: &StoreError) -> String {
    let hint = match error {
        StoreError::NotFound { .. } => "; --store or MAGLEV_STORE name another folder",
        StoreError::Corrupt { .. } | StoreError::Truncated { .. } | StoreError::MissingFile { .. } | StoreError::DamagedLog { .. } => {
            "; `maglev restore` puts a backup in its place, `maglev salvage` saves what can be read"
        }
        StoreError::StoreFull { .. } => "; make room and try again",
        StoreError::NewerFormat { .. } => "; use the version of maglev that wrote it",
        _ => "",
    };
    format!("{error}{hint}")
}

/// Shows how far a command is that takes long.
fn progress() -> impl FnMut(u64) {
    let mut shown = Instant::now();
    move |objects| {
        if shown.elapsed() >= PATIENCE {
            shown = Instant::now();
            eprintln!("{objects} objects ...");
        }
    }
}

fn status(request: &Request) -> Answer {
    let repository = open(&request.path)?;
    let stats = repository.stats().map_err(|error| advice(&error))?;
    let writable = repository.caps().writable;
    done(json!({
        "path": request.path.to_string_lossy(),
        "writable": writable,
        "commits": stats.appended.0,
        "durable": stats.durable.0,
        "checkpoint": stats.checkpoint.0,
        "log_bytes": stats.log_bytes,
        "disk_bytes": disk_bytes(&request.path),
        "sessions": stats.sessions.saturating_sub(u64::from(writable)),
    }))
}

fn create(request: &Request) -> Answer {
    if request.path.join("meta").exists() {
        return Err(format!("{}: a repository is there", request.path.display()));
    }
    Repository::open(&request.path, OpenOptions::default()).map_err(|error| advice(&error))?;
    done(json!({ "path": request.path.to_string_lossy() }))
}

fn destroy(request: &Request) -> Answer {
    if !request.is_forced {
        return Err(format!("{}: --force deletes it with all that is in it", request.path.display()));
    }
    store::destroy(&request.path).map_err(|error| advice(&error))?;
    done(json!({ "path": request.path.to_string_lossy() }))
}

/// Becomes a Ruby with a prompt; returns only when that fails.
fn console(request: &Request) -> ExitCode {
    let ruby = std::env::current_exe().unwrap_or_default().with_file_name("maglev-ruby");
    let words = ["-r", "maglev/console", "-e", "Maglev::Console.start"];
    let error = std::process::Command::new(&ruby).arg("--store").arg(&request.path).args(words).exec();
    eprintln!("maglev console: {}: {error}", ruby.display());
    ExitCode::FAILURE
}

fn browse(request: &Request) -> ExitCode {
    let served = open(&request.path).and_then(|repository| crate::browse::serve(&repository, request.port));
    if let Err(message) = served {
        eprintln!("maglev browse: {message}");
    }
    ExitCode::FAILURE
}

fn list(request: &Request) -> Answer {
    let (commit, count, rows) = class_rows(&open(&request.path)?, &mut progress())?;
    let rows: Vec<Value> = rows.iter().map(|(bytes, objects, class)| json!({"class": class, "objects": objects, "bytes": bytes})).collect();
    done(json!({ "path": request.path.to_string_lossy(), "commit": commit, "objects": count, "class": rows }))
}

/// The commit, how many objects it has, and their bytes and numbers by class, what takes most first.
pub fn class_rows(repository: &Repository, shown: &mut dyn FnMut(u64)) -> Result<(u64, u64, Vec<(u64, u64, String)>), String> {
    let mut classes: HashMap<Class, (u64, u64)> = HashMap::new();
    let mut names: HashMap<Oid, String> = HashMap::new();
    let mut count = 0;
    let walked = repository.each_object(&mut |record, bytes| {
        if record.kind == RecordKind::Class as u8 {
            let name = BodyReader::new(&record.refs, &record.body).bytes().map(|name| String::from_utf8_lossy(name).into_owned());
            names.insert(record.oid, name.unwrap_or_default());
        }
        let (objects, sum) = classes.entry(class_of(record)).or_default();
        (*objects, *sum) = (*objects + 1, *sum + bytes);
        count += 1;
        shown(count);
    });
    let commit = walked.map_err(|error| advice(&error))?;
    let name_of = |class: &Class| match class {
        Class::Named(name) => name.clone(),
        Class::Stored(oid) => names.get(oid).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| format!("class {oid}")),
    };
    let mut rows: Vec<(u64, u64, String)> = classes.iter().map(|(class, &(objects, bytes))| (bytes, objects, name_of(class))).collect();
    rows.sort_by(|one, other| other.0.cmp(&one.0).then(one.2.cmp(&other.2)));
    Ok((commit.0, count, rows))
}

/// The class of a record.
#[derive(PartialEq, Eq, Hash)]
enum Class {
    /// One of the core, of a library, or a part of the repository that is no object.
    Named(String),
    /// One of the repository.
    Stored(Oid),
}

fn class_of(record: &Record) -> Class {
    let part = match RecordKind::from_number(record.kind) {
        Some(RecordKind::Class) => "Class",
        Some(RecordKind::Registry) => "(names of classes)",
        Some(RecordKind::Variables) => "(variables of Procs)",
        Some(RecordKind::Counter) => "(shared counters)",
        Some(RecordKind::Part) => "(parts of large objects)",
        _ => match BodyReader::new(&record.refs, &record.body).field() {
            Ok(Field::Ref(oid)) => return Class::Stored(oid),
            // Those of libraries have the feature in front.
            Ok(Field::FrozenString(_, name)) => {
                let name = String::from_utf8_lossy(&name).into_owned();
                return Class::Named(name.rsplit(' ').next().unwrap_or(&name).to_string());
            }
            _ => "(damaged)",
        },
    };
    Class::Named(part.to_string())
}

/// Bytes that the files of a folder take on the disk.
fn disk_bytes(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => disk_bytes(&entry.path()),
            Ok(data) => data.blocks() * 512,
            Err(_) => 0,
        })
        .sum()
}

fn report(path: &Path, copied: &CopyReport) -> Answer {
    let code = if copied.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    let missing: Vec<String> = copied.missing.iter().map(|oid| format!("object {oid} is referred to and does not exist")).collect();
    let answer = json!({
        "path": path.to_string_lossy(),
        "commit": copied.epoch.0,
        "objects": copied.objects,
        "record_bytes": copied.record_bytes,
        "problem": missing,
    });
    Ok((answer, code))
}

fn backup(request: &Request) -> Answer {
    let folder = request.folder.as_deref().unwrap_or(Path::new(""));
    let source = open(&request.path)?;
    let copied = match request.is_update {
        true => source.update_backup(folder, &mut progress()),
        false => source.backup_to(folder, &mut progress()),
    };
    report(folder, &copied.map_err(|error| advice(&error))?)
}

fn restore(request: &Request) -> Answer {
    let folder = request.folder.as_deref().unwrap_or(Path::new(""));
    let backup = open(folder)?;
    if !std::fs::read_dir(&request.path).is_ok_and(|mut entries| entries.next().is_some()) {
        if let Some(parent) = request.path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
        }
        let copied = backup.backup_to(&request.path, &mut progress()).map_err(|error| advice(&error))?;
        return report(&request.path, &copied);
    }
    if !request.is_forced {
        return Err(format!("{}: a repository is there; --force replaces it", request.path.display()));
    }
    let copied = store::replace(&request.path, &backup, &mut progress()).map_err(|error| advice(&error))?;
    report(&request.path, &copied)
}

fn export(request: &Request) -> Answer {
    let path = request.folder.as_deref().unwrap_or(Path::new(""));
    let repository = open(&request.path)?;
    if path.exists() {
        return Err(format!("{}: something is there already", path.display()));
    }
    let partial = path.with_added_extension("partial");
    let written = write_lines(&repository, &partial).and_then(|counts| {
        std::fs::rename(&partial, path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(counts)
    });
    match written {
        Ok((commit, objects)) => done(json!({ "path": path.to_string_lossy(), "commit": commit, "objects": objects })),
        Err(error) => {
            drop(std::fs::remove_file(&partial));
            Err(error)
        }
    }
}

/// Writes the lines of an export; the commit that they are of, and how many objects there are.
fn write_lines(repository: &Repository, path: &Path) -> Result<(u64, u64), String> {
    let named = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).map_err(named)?);
    let mut shown = progress();
    let mut objects = 0;
    let mut written = writeln!(file, "{}", transfer::head());
    let commit = repository.each_object(&mut |record, _| {
        if written.is_ok() {
            written = writeln!(file, "{}", transfer::line_of(record));
        }
        objects += 1;
        shown(objects);
    });
    let commit = commit.map_err(|error| advice(&error))?;
    written.and_then(|()| writeln!(file, "{}", transfer::foot(objects))).map_err(named)?;
    file.into_inner().map_err(|error| named(error.into_error())).and_then(|file| file.sync_all().map_err(named))?;
    Ok((commit.0, objects))
}

fn import(request: &Request) -> Answer {
    let path = request.folder.as_deref().unwrap_or(Path::new(""));
    let named = |error: String| format!("{}: {error}", path.display());
    let file = std::fs::File::open(path).map_err(|error| named(error.to_string()))?;
    let mut lines = transfer::Lines::new(std::io::BufReader::new(file)).map_err(named)?;
    if let Some(parent) = request.path.parent() {
        std::fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
    }
    let mut reason = None;
    let mut next = || {
        lines.next_record().map_err(|error| {
            reason = Some(named(error.clone()));
            StoreError::InvalidCommit { reason: error }
        })
    };
    let built = store::build(&request.path, &mut next, &mut progress());
    let objects = built.map_err(|error| reason.unwrap_or_else(|| advice(&error)))?;
    done(json!({ "path": request.path.to_string_lossy(), "objects": objects }))
}

fn fsck(request: &Request) -> Answer {
    let repository = open(&request.path)?;
    let found = repository.check().map_err(|error| advice(&error))?;
    let answer = json!({
        "path": request.path.to_string_lossy(),
        "commit": found.epoch.0,
        "objects": found.objects,
        "record_bytes": found.record_bytes,
        "table_pages": found.table_pages,
        "groups": found.groups,
        "problem": found.problems,
    });
    Ok((answer, if found.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}

fn salvage(request: &Request) -> Answer {
    let folder = request.folder.as_deref().unwrap_or(Path::new(""));
    let saved = store::salvage(&request.path, folder, &mut progress()).map_err(|error| advice(&error))?;
    let code = if saved.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    let answer = json!({
        "path": folder.to_string_lossy(),
        "commit": saved.epoch.0,
        "objects": saved.objects,
        "record_bytes": saved.record_bytes,
        "problem": saved.problems,
    });
    Ok((answer, code))
}

/// What a command that others kept from finishing says about them.
fn waiting(waits_for: &[u32]) -> Vec<String> {
    let text = |&process: &u32| match process {
        0 => "a read-only process uses the repository".to_string(),
        _ => format!("process {process} has not ended its transaction; it does with its next commit or abort"),
    };
    waits_for.iter().map(text).collect()
}

fn exit_code(problems: &[String]) -> ExitCode {
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn gc(request: &Request) -> Answer {
    let collected = open(&request.path)?.collect(request.wait, &mut progress()).map_err(|error| advice(&error))?;
    let problems = waiting(&collected.waits_for);
    let code = exit_code(&problems);
    let answer = json!({
        "path": request.path.to_string_lossy(),
        "commit": collected.epoch.0,
        "objects": collected.objects,
        "removed": collected.removed,
        "kept": collected.kept,
        "problem": problems,
    });
    Ok((answer, code))
}

fn compact(request: &Request) -> Answer {
    let before = disk_bytes(&request.path);
    let repository = open(&request.path)?;
    let collected = repository.collect(request.wait, &mut progress()).map_err(|error| advice(&error))?;
    let compacted = repository.compact(request.wait, &mut progress()).map_err(|error| advice(&error))?;
    drop(repository);
    let mut problems = waiting(&collected.waits_for);
    problems.extend(waiting(&compacted.waits_for));
    problems.sort();
    problems.dedup();
    let code = exit_code(&problems);
    let answer = json!({
        "path": request.path.to_string_lossy(),
        "objects": collected.objects,
        "removed": collected.removed,
        "moved_bytes": compacted.moved_bytes,
        "disk_bytes_before": before,
        "disk_bytes": disk_bytes(&request.path),
        "problem": problems,
    });
    Ok((answer, code))
}

/// The commits that the repository remembers, the newest last.
fn history(request: &Request) -> Answer {
    let commits = open(&request.path)?.history().map_err(|error| advice(&error))?;
    let first = if request.wants_all { 0 } else { commits.len().saturating_sub(SHOWN) };
    let rows: Vec<Value> = commits[first..]
        .iter()
        .map(|commit| {
            let seconds = i64::from(commit.seconds);
            json!({ "commit": commit.epoch.0, "seconds": seconds, "written": commit.written, "removed": commit.removed, "bytes": commit.bytes })
        })
        .collect();
    done(json!({ "path": request.path.to_string_lossy(), "commits": commits.len(), "history": rows }))
}
