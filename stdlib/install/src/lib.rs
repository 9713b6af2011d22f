//! The standard library's Ruby files: where they are installed, which sources they come from, how they get there.
//!
//! Rooms: `command` the command line, `layout` folders of an installation, `source` fetching and recognising what is given,
//! `image` the file system inside the WebAssembly build of Ruby, `tree` a CRuby source tree or installation, `place` writing.
//! The files are a dependency that is used unmodified; this crate knows nothing of the VM.
#![forbid(unsafe_code)]

pub mod command;
mod image;
pub mod layout;
mod place;
mod source;
mod tree;

pub use layout::{API_VERSION, Layout};
pub use source::Source;

use std::path::{Path, PathBuf};

/// Grows when the same source is installed differently, so that an installation of before is renewed.
const REVISION: u32 = 1;

/// A file to install: its path below the prefix (`lib/ruby/4.0.0/set.rb`) and what is in it.
struct Entry {
    path: PathBuf,
    content: Content,
}

enum Content {
    Bytes(Vec<u8>),
    File(PathBuf),
}

/// Files of one source, with the version of Ruby that they belong to.
struct Library {
    version: String,
    entries: Vec<Entry>,
}

/// How an installation ended.
pub enum Outcome {
    /// The files have been written; their number.
    Installed(usize),
    /// What was asked for is there.
    Present,
}

/// Installs the library of a source below the prefix. `tell` gets a line for each step.
pub fn install(source: &Source, prefix: &Path, again: bool, tell: &mut dyn FnMut(&str)) -> Result<Outcome, String> {
    let layout = Layout::new(prefix);
    let identity = format!("{}, revision {REVISION}", source.identity());
    if !again && layout.installed().is_some_and(|installed| installed == identity) {
        return Ok(Outcome::Present);
    }
    let work = place::WorkFolder::new(prefix)?;
    let library = source.read(&work.path().join("source"), tell)?;
    if !library.version.starts_with(layout::VERSION_PREFIX) {
        return Err(format!("this is the library of Ruby {}, and Ruby {}x is needed", library.version, layout::VERSION_PREFIX));
    }
    tell(&format!("writing {} files of Ruby {} to {}", library.entries.len(), library.version, prefix.display()));
    place::write(&library, &work, &layout, &identity)?;
    Ok(Outcome::Installed(library.entries.len()))
}
