//! The folders of an installation, as CRuby arranges them, and where ours is looked for.

use std::path::{Path, PathBuf};

/// Version in the names of folders: libraries of all 4.0 fit.
pub const API_VERSION: &str = "4.0.0";

/// What the version of a library begins with.
pub(crate) const VERSION_PREFIX: &str = "4.0.";

/// The file that an installation leaves in the library's folder: it names the source.
const MARK: &str = ".maglev-library";

/// An installation below a prefix.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Folder that holds `bin` and `lib`.
    pub prefix: PathBuf,
}

impl Layout {
    /// The installation below this prefix, be it there or not.
    pub fn new(prefix: &Path) -> Layout {
        Layout { prefix: prefix.to_path_buf() }
    }

    /// The installation that a program uses: what MAGLEV_LIBRARY names, what stands beside the binary's folder, or the
    /// user's own.
    pub fn find(executable: &Path) -> Layout {
        if let Some(prefix) = std::env::var_os("MAGLEV_LIBRARY").filter(|prefix| !prefix.is_empty()) {
            return Layout::new(Path::new(&prefix));
        }
        let beside = executable.parent().and_then(Path::parent).map(Layout::new);
        beside.filter(Layout::is_installed).unwrap_or_else(Layout::of_user)
    }

    /// `maglev/library` in the user's data folder.
    pub fn of_user() -> Layout {
        let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
        let data = folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/share")));
        Layout { prefix: data.unwrap_or_else(std::env::temp_dir).join("maglev/library") }
    }

    /// Folder of the library's files.
    pub fn library(&self) -> PathBuf {
        self.prefix.join("lib/ruby").join(API_VERSION)
    }

    /// Is there a library, of whatever source?
    pub fn is_installed(&self) -> bool {
        self.library().join("bundled_gems.rb").is_file()
    }

    /// The source that was installed here.
    pub fn installed(&self) -> Option<String> {
        std::fs::read_to_string(self.library().join(MARK)).ok()
    }

    pub(crate) fn mark_below(folder: &Path) -> PathBuf {
        Layout::new(folder).library().join(MARK)
    }
}

/// Names of the libraries, by the first part of what is required: those that an installation brings.
const NAMES: &[&str] = &[
    "English",
    "abbrev",
    "base64",
    "benchmark",
    "bundled_gems",
    "bundler",
    "cgi",
    "coverage",
    "csv",
    "date",
    "delegate",
    "digest",
    "drb",
    "erb",
    "fileutils",
    "find",
    "forwardable",
    "getoptlong",
    "io",
    "ipaddr",
    "irb",
    "json",
    "logger",
    "matrix",
    "minitest",
    "mkmf",
    "mutex_m",
    "net",
    "objspace",
    "observer",
    "open-uri",
    "open3",
    "openssl",
    "optionparser",
    "optparse",
    "ostruct",
    "power_assert",
    "pp",
    "prettyprint",
    "prime",
    "prism",
    "pstore",
    "psych",
    "rake",
    "random",
    "rdoc",
    "readline",
    "reline",
    "resolv",
    "resolv-replace",
    "rexml",
    "rinda",
    "ripper",
    "rss",
    "rubygems",
    "securerandom",
    "shellwords",
    "singleton",
    "socket",
    "syntax_suggest",
    "tempfile",
    "test",
    "time",
    "tsort",
    "typeprof",
    "un",
    "unicode_normalize",
    "uri",
    "weakref",
    "yaml",
];

/// Does an installation bring what this name requires?
pub fn has_library(feature: &str) -> bool {
    let first = feature.split('/').next().unwrap_or(feature);
    NAMES.contains(&first.strip_suffix(".rb").unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::{Layout, has_library};
    use std::path::Path;

    #[test]
    fn names() {
        for name in ["json", "json/add/core", "set.rb/x", "open3.rb"] {
            assert_eq!(has_library(name), !name.starts_with("set"), "{name}");
        }
        assert!(!has_library("/tmp/json") && !has_library("jsonx"));
    }

    #[test]
    fn the_library_folder_carries_the_version() {
        assert_eq!(Layout::new(Path::new("/p")).library(), Path::new("/p/lib/ruby/4.0.0"));
    }
}
