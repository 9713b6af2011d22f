//! The command line of `maglev library`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::{Layout, Outcome, Source, install};

/// What `maglev library` says about itself.
pub const HELP: &str = "\
maglev library: the Ruby files of the standard library

USAGE
    maglev library install [--from PATH] [--to FOLDER] [--again]
    maglev library path
    maglev library adapters

install  fetches the library (npm package @ruby/4.0-wasm-wasi, checked against a pinned checksum) and installs it.
         --from PATH   a CRuby 4.0 source tree, an installation of it (its prefix), the npm package, or an archive
                       (.tar.gz, .tgz) of one of these
         --to FOLDER   the prefix to install below   [default: maglev/library in the user's data folder]
         --again       even when it is there
path     prints the prefix that is in use: MAGLEV_LIBRARY, the one beside the binary's folder, or the user's.
adapters lists the files of ours that run with files of gems which do not know this engine, and why.
";

/// Runs the words behind `maglev library`: steps go to standard error, the result to standard output.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let executable = std::env::current_exe().unwrap_or_default();
    match run(arguments, &executable, &mut |line| eprintln!("maglev library: {line}")) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("maglev library: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: impl IntoIterator<Item = OsString>, executable: &Path, tell: &mut dyn FnMut(&str)) -> Result<String, String> {
    let mut parser = lexopt::Parser::from_args(arguments);
    match parser.next().map_err(|error| error.to_string())? {
        Some(lexopt::Arg::Value(verb)) if verb == "install" => run_install(parser, executable, tell),
        Some(lexopt::Arg::Value(verb)) if verb == "path" => Ok(format!("{}\n", Layout::find(executable).prefix.display())),
        Some(lexopt::Arg::Long("help") | lexopt::Arg::Short('h')) | None => Ok(HELP.to_string()),
        Some(other) => Err(format!("{}: expected install or path", other.unexpected())),
    }
}

fn run_install(mut parser: lexopt::Parser, executable: &Path, tell: &mut dyn FnMut(&str)) -> Result<String, String> {
    let (mut source, mut prefix, mut again) = (Source::Npm, None, false);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        match argument {
            lexopt::Arg::Long("again") => again = true,
            lexopt::Arg::Long("from") => source = Source::at(existing(value(&mut parser)?)?),
            lexopt::Arg::Long("to") => prefix = Some(std::path::absolute(value(&mut parser)?).map_err(|error| error.to_string())?),
            other => return Err(other.unexpected().to_string()),
        }
    }
    // Where a program of ours looks, so that a second installation renews what is in use.
    let prefix = prefix.unwrap_or_else(|| Layout::find(executable).prefix);
    Ok(match install(&source, &prefix, again, tell)? {
        Outcome::Installed(_) => format!("The library is installed in {}\n", prefix.display()),
        Outcome::Present => format!("The library is there: {} (--again installs it once more)\n", prefix.display()),
    })
}

fn value(parser: &mut lexopt::Parser) -> Result<PathBuf, String> {
    parser.value().map(PathBuf::from).map_err(|error| error.to_string())
}

fn existing(path: PathBuf) -> Result<PathBuf, String> {
    match path.exists() {
        true => Ok(path),
        false => Err(format!("{}: no such file or folder", path.display())),
    }
}
