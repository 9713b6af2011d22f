//! The command `maglev`: the standard library, repositories, and the programs that came with the library or with gems (`maglev irb`).
#![forbid(unsafe_code)]

mod browse;
mod repository;
mod transfer;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const HELP: &str = "\
maglev: a Ruby runtime whose objects outlive the process

USAGE
    maglev library ...           installs the standard library (`maglev library --help`)
    maglev PROGRAM [ARGUMENT]... runs a program of the library or of an installed gem: gem, bundle, irb, rake, erb, rdoc ...
    maglev-ruby ...              runs Ruby (`maglev-ruby --help`)
    maglev COMMAND ...           keeps the repository in --store FOLDER (or MAGLEV_STORE); --json prints one JSON object:
COMMANDS
";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        None => help(),
        Some(word) if word == "--help" || word == "-h" || word == "help" => help(),
        Some(word) if word == "library" => library(arguments.collect()),
        Some(word) if repository::COMMANDS.iter().any(|&(name, ..)| word == name) => repository::main(&word.to_string_lossy(), arguments),
        Some(name) => run_program(&name, arguments),
    }
}

/// `maglev library`, which is told here what only the runtime knows.
fn library(arguments: Vec<OsString>) -> ExitCode {
    if arguments.len() != 1 || arguments[0] != "adapters" {
        return install::command::main(arguments);
    }
    for adapter in adapters::ADAPTERS {
        let (first, end) = adapter.versions;
        println!("{} >= {first}, < {end}: {:?} {}\n    {}", adapter.gem, adapter.moment, adapter.file, adapter.reason);
    }
    ExitCode::SUCCESS
}

fn help() -> ExitCode {
    let commands: String =
        repository::COMMANDS.iter().map(|(name, arguments, text)| format!("        {:16} {text}\n", format!("{name} {arguments}"))).collect();
    print!("{}", HELP.replace("COMMANDS\n", &commands));
    ExitCode::SUCCESS
}

/// Becomes the Ruby that runs the program; returns only when that fails.
fn run_program(name: &OsString, arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let executable = std::env::current_exe().unwrap_or_default();
    let Some(program) = find_program(&executable, name) else {
        eprintln!("maglev: no program `{}`; `maglev library install` brings those of the library", name.to_string_lossy());
        return ExitCode::FAILURE;
    };
    let error = Command::new(executable.with_file_name("maglev-ruby")).arg(program).args(arguments).exec();
    eprintln!("maglev: maglev-ruby: {error}");
    ExitCode::FAILURE
}

/// A program's file: gems put theirs beside the binary, the library's stand below its prefix.
fn find_program(executable: &Path, name: &OsString) -> Option<PathBuf> {
    let is_name = Path::new(name).components().count() == 1 && !name.to_string_lossy().starts_with('-');
    let folders = [executable.parent()?.to_path_buf(), install::Layout::find(executable).prefix.join("bin")];
    folders.into_iter().map(|folder| folder.join(name)).find(|path| is_name && path != executable && is_ruby(path))
}

fn is_ruby(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|text| text.starts_with(b"#!") && text.split(|&byte| byte == b'\n').next().is_some_and(has_ruby))
}

fn has_ruby(line: &[u8]) -> bool {
    line.windows(4).any(|window| window == b"ruby")
}
