//! Writing: everything into a folder of its own below the prefix, then unit by unit into place.
//!
//! A unit (the library's folder, the folder of a gem, a program) is renamed, or exchanged with the one that stands there,
//! in one step. The library comes last and holds the mark, so that an installation is there as a whole or not marked.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::layout::{API_VERSION, Layout};
use crate::{Content, Library};

/// Name of a work folder, before the number of its process.
const WORK: &str = ".installing-";

/// A folder below the prefix that is removed in the end.
pub struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Makes it, and the prefix; removes those of installers that were killed.
    pub fn new(prefix: &Path) -> Result<WorkFolder, String> {
        let path = prefix.join(format!("{WORK}{}", std::process::id()));
        fs::create_dir_all(&path).map_err(told(&path))?;
        for other in fs::read_dir(prefix).into_iter().flatten().flatten() {
            let name = other.file_name().to_string_lossy().into_owned();
            if name.strip_prefix(WORK).is_some_and(|process| !Path::new("/proc").join(process).exists()) {
                drop(fs::remove_dir_all(other.path()));
            }
        }
        Ok(WorkFolder(path))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What cannot be removed lies where the next installation does not look.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Writes the library's files and puts them into place.
pub fn write(library: &Library, work: &WorkFolder, layout: &Layout, identity: &str) -> Result<(), String> {
    let stage = work.path().join("stage");
    for entry in &library.entries {
        let target = stage.join(&entry.path);
        let folder = target.parent().unwrap_or(&stage);
        fs::create_dir_all(folder).map_err(told(folder))?;
        let written = match &entry.content {
            Content::Bytes(bytes) => fs::write(&target, bytes),
            Content::File(path) => fs::copy(path, &target).map(drop),
        };
        written.map_err(told(&target))?;
    }
    let mark = Layout::mark_below(&stage);
    fs::write(&mark, identity).map_err(told(&mark))?;
    for unit in units(&stage)? {
        exchange(&stage.join(&unit), &layout.prefix.join(&unit))?;
    }
    Ok(())
}

/// What is put into place as a whole, by its path below the prefix; the library is the last.
fn units(stage: &Path) -> Result<Vec<PathBuf>, String> {
    let gems = Path::new("lib/ruby/gems").join(API_VERSION);
    let mut units = Vec::new();
    for folder in [PathBuf::from("bin"), gems.join("gems"), gems.join("specifications"), gems.join("specifications/default"), gems.join("plugins")] {
        let folder_path = stage.join(&folder);
        if !folder_path.is_dir() {
            continue;
        }
        for child in fs::read_dir(&folder_path).map_err(told(&folder_path))? {
            let name = child.map_err(told(&folder_path))?.file_name();
            if name != "default" {
                units.push(folder.join(name));
            }
        }
    }
    units.push(Path::new("lib/ruby").join(API_VERSION));
    Ok(units)
}

/// Renames `new` to `target`; what stood there takes its place.
fn exchange(new: &Path, target: &Path) -> Result<(), String> {
    let folder = target.parent().unwrap_or(target);
    fs::create_dir_all(folder).map_err(told(folder))?;
    let moved = match renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE) {
        Err(rustix::io::Errno::NOENT) => renameat_with(CWD, new, CWD, target, RenameFlags::empty()),
        other => other,
    };
    moved.map_err(|error| told(target)(error.into()))
}

fn told(path: &Path) -> impl Fn(io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::{WorkFolder, write};
    use crate::{Content, Entry, Layout, Library};
    use std::fs;

    fn library(text: &str) -> Library {
        let entry = |path: &str| Entry { path: path.into(), content: Content::Bytes(text.into()) };
        let entries = ["bin/rake", "lib/ruby/4.0.0/bundled_gems.rb", "lib/ruby/gems/4.0.0/gems/a-1/lib/a.rb"].map(entry);
        Library { version: "4.0.5".to_string(), entries: entries.into() }
    }

    #[test]
    fn a_second_installation_keeps_what_others_put_beside() {
        let prefix = std::env::temp_dir().join(format!("maglev-place-{}", std::process::id()));
        let layout = Layout::new(&prefix);
        let own = prefix.join("lib/ruby/gems/4.0.0/gems/b-1/b.rb");
        // What a killed installer left, by a number that no process has.
        fs::create_dir_all(prefix.join(".installing-99999999/stage")).unwrap();
        for (round, text) in ["one", "two"].into_iter().enumerate() {
            let work = WorkFolder::new(&prefix).unwrap();
            write(&library(text), &work, &layout, text).unwrap();
            if round == 0 {
                fs::create_dir_all(own.parent().unwrap()).unwrap();
                fs::write(&own, "own").unwrap();
            }
        }
        assert_eq!(layout.installed().as_deref(), Some("two"));
        assert_eq!(fs::read_to_string(prefix.join("bin/rake")).unwrap(), "two");
        assert_eq!(fs::read_to_string(prefix.join("lib/ruby/gems/4.0.0/gems/a-1/lib/a.rb")).unwrap(), "two");
        assert!(own.is_file());
        let left = fs::read_dir(&prefix).unwrap().flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with('.')).count();
        assert_eq!(left, 0);
        fs::remove_dir_all(&prefix).unwrap();
    }
}
