//! Finds the project's folder, the binary, ruby/spec and mspec, and the spec files that were asked for.
//!
//! Invariant: nothing here writes; what is missing gives a message that says what was tried.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::options::{Options, Sample};

/// Folders of ruby/spec and mspec.
#[derive(Debug, Clone)]
pub struct Suite {
    pub spec: PathBuf,
    pub mspec: PathBuf,
}

/// Root of the project: the manifest's grandparent while run by cargo, else the nearest folder with our crates.
pub fn project_root() -> Result<PathBuf, String> {
    if let Some(folder) = env::var_os("CARGO_MANIFEST_DIR") {
        let root = Path::new(&folder).parent().map(Path::to_path_buf);
        return root.ok_or_else(|| "CARGO_MANIFEST_DIR has no parent".to_owned());
    }
    let start = env::current_dir().map_err(|error| format!("current folder: {error}"))?;
    let found = start.ancestors().find(|folder| folder.join("conformance/mspec/recorder.mspec").exists());
    found.map(Path::to_path_buf).ok_or_else(|| "run this inside the project's folder".to_owned())
}

/// Folder for what is fetched and for scratch files (ignored by git).
pub fn work_folder(root: &Path) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(|target| root.join(target));
    target.unwrap_or_else(|| root.join("target")).join("conformance")
}

/// The Ruby to test: the one named, or our release build, which cargo brings up to date.
pub fn binary(options: &Options, root: &Path) -> Result<PathBuf, String> {
    if let Some(binary) = &options.binary {
        return find_program(binary).ok_or_else(|| format!("--binary {}: no such program", binary.display()));
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--package", "cli"])
        .current_dir(root)
        .status()
        .map_err(|error| format!("cargo build of maglev-ruby: {error}"))?;
    if !status.success() {
        return Err("cargo build --release --package cli failed; or name a Ruby with --binary".to_owned());
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
    let binary = target.join("release/maglev-ruby");
    fs::canonicalize(&binary).map_err(|error| format!("{}: {error}", binary.display()))
}

/// A path, or a name looked up in PATH.
fn find_program(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        return std::path::absolute(program).ok().filter(|path| path.is_file());
    }
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// ruby/spec and mspec as the options say; `None` when no place was named.
pub fn named_suite(options: &Options) -> Result<Option<Suite>, String> {
    let Some(folder) = &options.spec else { return Ok(None) };
    let folder = fs::canonicalize(folder).map_err(|error| format!("--spec {}: {error}", folder.display()))?;
    suite_in(&folder, options.mspec.as_deref()).map(Some)
}

/// Tries the layouts in use: a checkout of ruby/spec, CRuby's `spec/ruby` beside `spec/mspec`, CRuby's tree.
pub fn suite_in(folder: &Path, mspec: Option<&Path>) -> Result<Suite, String> {
    let layouts = [folder.to_path_buf(), folder.join("ruby"), folder.join("spec/ruby"), folder.join("spec")];
    let spec = layouts.into_iter().find(|spec| spec.join("language").is_dir() && spec.join("spec_helper.rb").is_file());
    let spec = spec.ok_or_else(|| format!("--spec {}: no ruby/spec there (tried it, ruby, spec/ruby and spec for language/)", folder.display()))?;
    let beside = spec.parent().unwrap_or(&spec);
    let tried = match mspec {
        Some(mspec) => vec![mspec.to_path_buf()],
        None => vec![spec.join("mspec"), beside.join("mspec"), beside.join("spec/mspec"), folder.join("mspec")],
    };
    let found = tried.iter().find(|mspec| mspec.join("bin/mspec-run").is_file());
    match found.and_then(|mspec| fs::canonicalize(mspec).ok()) {
        Some(mspec) => Ok(Suite { spec, mspec }),
        None => Err(format!("no mspec (bin/mspec-run) in {tried:?}; name it with --mspec DIR")),
    }
}

/// The spec files below the paths, relative to ruby/spec, sorted, each once.
pub fn files(suite: &Suite, paths: &[String], sample: Option<Sample>) -> Result<Vec<String>, String> {
    let mut files = Vec::new();
    for path in paths {
        let relative = path.trim_end_matches('/');
        let candidates = [relative.to_owned(), format!("{relative}.rb"), format!("{relative}_spec.rb")];
        let found = candidates.iter().map(|name| suite.spec.join(name)).find(|path| path.exists());
        let found = found.ok_or_else(|| format!("{path}: no such folder or file in {}", suite.spec.display()))?;
        let count = files.len();
        collect(&found, &mut files).map_err(|error| format!("{}: {error}", found.display()))?;
        if files.len() == count {
            return Err(format!("{path}: holds no *_spec.rb"));
        }
    }
    let mut names: Vec<String> = files.iter().map(|file| file.strip_prefix(&suite.spec).unwrap_or(file).to_string_lossy().into_owned()).collect();
    names.sort();
    names.dedup();
    if let Some(Sample { first, step }) = sample {
        names = names.into_iter().skip(first - 1).step_by(step).collect();
    }
    Ok(names)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?.path();
        if entry.is_dir() {
            collect(&entry, files)?;
        } else if entry.to_string_lossy().ends_with("_spec.rb") {
            files.push(entry);
        }
    }
    Ok(())
}
