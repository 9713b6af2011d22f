//! Trees of files in which a library stands: CRuby's sources, an installation, the image of the WebAssembly build.

use std::fs;
use std::path::{Path, PathBuf};

use crate::layout::API_VERSION;
use crate::{Content, Entry, Library};

/// Reads a CRuby source tree or an installation.
pub fn read(folder: &Path, tell: &mut dyn FnMut(&str)) -> Result<Library, String> {
    if folder.join("include/ruby/version.h").is_file() && folder.join("lib").is_dir() {
        return from_sources(folder, tell);
    }
    let prefixes = [folder.to_path_buf(), folder.join("usr"), folder.join("usr/local")];
    match prefixes.iter().find(|prefix| library_of(prefix).is_dir()) {
        Some(prefix) => from_installation(prefix),
        None => Err(format!("{}: no CRuby source tree, no installation of Ruby {API_VERSION} and no npm package", folder.display())),
    }
}

fn library_of(prefix: &Path) -> PathBuf {
    prefix.join("lib/ruby").join(API_VERSION)
}

/// What is installed below a prefix.
fn from_installation(prefix: &Path) -> Result<Library, String> {
    let mut entries = Vec::new();
    for part in ["bin", "lib/ruby"] {
        add_folder(&prefix.join(part), Path::new(part), &mut entries)?;
    }
    finish(entries)
}

/// The image of the WebAssembly build: an installation, whose prefix is a folder of the image.
pub fn from_image(files: Vec<Entry>) -> Result<Library, String> {
    let mark = Path::new("lib/ruby").join(API_VERSION).join("bundled_gems.rb");
    let known = files.iter().find(|entry| entry.path.ends_with(&mark));
    let known = known.ok_or_else(|| format!("the image has no library of Ruby {API_VERSION}"))?;
    let prefix = known.path.ancestors().nth(mark.components().count()).unwrap_or(Path::new("")).to_path_buf();
    let below = files.into_iter().filter_map(|entry| Some(Entry { path: entry.path.strip_prefix(&prefix).ok()?.to_path_buf(), ..entry }));
    finish(below.collect())
}

/// Keeps what is Ruby's own and says which version it is.
fn finish(mut entries: Vec<Entry>) -> Result<Library, String> {
    let config = entries.iter().find(|entry| is_below_library(&entry.path, 2) && entry.path.ends_with("rbconfig.rb"));
    let version = config.and_then(|entry| version_of(&entry.content)).ok_or("no rbconfig.rb tells the version of this library")?;
    // The folder of an architecture holds its rbconfig.rb and machine code.
    let arch = config.and_then(|entry| entry.path.parent()).map(Path::to_path_buf).unwrap_or_default();
    entries.retain(|entry| is_wanted(&entry.path) && !entry.path.starts_with(&arch));
    for (name, version) in OWN_GEMS {
        let folder = Path::new("lib/ruby/gems").join(API_VERSION).join("specifications/default");
        let prefix = format!("{name}-");
        if !entries.iter().any(|entry| entry.path.parent() == Some(&folder) && entry.path.file_name().is_some_and(|file| starts_with(file, &prefix)))
        {
            entries
                .push(Entry { path: folder.join(format!("{name}-{version}.gemspec")), content: Content::Bytes(specification(name, version).into()) });
        }
    }
    Ok(Library { version, entries })
}

/// Default gems of Ruby 4.0 whose native part belongs to the runtime and that a build without it leaves out. Other gems depend on them.
const OWN_GEMS: &[(&str, &str)] = &[("io-console", "0.8.2")];

fn specification(name: &str, version: &str) -> String {
    format!(
        "Gem::Specification.new do |s|\n  s.name = {name:?}\n  s.version = {version:?}\n  s.authors = [\"maglev\"]\n  \
         s.summary = \"Native part of the runtime\"\n  s.files = []\nend\n"
    )
}

fn starts_with(name: &std::ffi::OsStr, prefix: &str) -> bool {
    name.to_string_lossy().starts_with(prefix)
}

/// Does the path have this number of parts behind the library's folder?
fn is_below_library(path: &Path, parts: usize) -> bool {
    path.strip_prefix(library_of(Path::new(""))).is_ok_and(|rest| rest.components().count() == parts)
}

fn is_wanted(path: &Path) -> bool {
    // Machine code of another Ruby, and the archives that gems were installed from.
    let is_other = path.extension().is_some_and(|extension| matches!(extension.to_str(), Some("so" | "a" | "o" | "bundle" | "gem")));
    let is_program = path.starts_with("bin") && path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with("ruby"));
    (is_program || path.starts_with("lib/ruby")) && !is_other
}

fn version_of(config: &Content) -> Option<String> {
    let text = match config {
        Content::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Content::File(path) => fs::read_to_string(path).ok()?,
    };
    let field = |name: &str| {
        let line = text.lines().find(|line| line.contains(&format!("CONFIG[\"{name}\"] = ")))?;
        line.split('"').nth(3).map(str::to_owned)
    };
    Some(format!("{}.{}.{}", field("MAJOR")?, field("MINOR")?, field("TEENY")?))
}

/// CRuby's sources: `lib`, the Ruby files of the extensions, and the bundled gems where the tree has them unpacked.
fn from_sources(folder: &Path, tell: &mut dyn FnMut(&str)) -> Result<Library, String> {
    let version = version_of_sources(folder).ok_or("include/ruby/version.h does not tell the version")?;
    let library = library_of(Path::new(""));
    let gems = Path::new("lib/ruby/gems").join(API_VERSION);
    let mut entries = Vec::new();
    add_folder(&folder.join("lib"), &library, &mut entries)?;
    for extension in children(&folder.join("ext"))?.iter().filter(|path| !path.ends_with("-test-") && !path.ends_with("win32")) {
        add_extension(extension, &library, &mut entries)?;
    }
    let bundled = folder.join(".bundle");
    if bundled.join("gems").is_dir() {
        add_folder(&bundled.join("gems"), &gems.join("gems"), &mut entries)?;
        add_folder(&bundled.join("specifications"), &gems.join("specifications"), &mut entries)?;
    } else {
        tell("this tree has no unpacked gems: csv, irb, minitest, rake and the other bundled gems stay away");
    }
    // The gemspecs among the sources are programs that read the tree around them; an installation has what they come to.
    tell("a source tree has no specifications of the default gems: `gem \"json\"` and the like find none");
    entries.retain(|entry| is_wanted(&entry.path) && !(entry.path.starts_with(&library) && is_specification(&entry.path)));
    Ok(Library { version, entries })
}

fn version_of_sources(folder: &Path) -> Option<String> {
    let (api, own) = (fs::read_to_string(folder.join("include/ruby/version.h")).ok()?, fs::read_to_string(folder.join("version.h")).ok()?);
    let number = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with("#define") && line.split_whitespace().nth(1) == Some(name))?;
        line.split_whitespace().nth(2).map(str::to_owned)
    };
    let (major, minor) = (number(&api, "RUBY_API_VERSION_MAJOR")?, number(&api, "RUBY_API_VERSION_MINOR")?);
    Some(format!("{major}.{minor}.{}", number(&own, "RUBY_VERSION_TEENY")?))
}

fn is_specification(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gemspec")
}

/// The folder `lib` of an extension and of those below it: that of `ext/digest/sha2` belongs to `digest`.
fn add_extension(folder: &Path, target: &Path, entries: &mut Vec<Entry>) -> Result<(), String> {
    let below = target.join(folder.file_name().unwrap_or_default());
    for path in children(folder)?.into_iter().filter(|path| path.is_dir() && !path.is_symlink()) {
        match path.file_name().is_some_and(|name| name == "lib") {
            true => add_folder(&path, target, entries)?,
            false => add_extension(&path, &below, entries)?,
        }
    }
    Ok(())
}

/// All files below a folder, under their paths below the target.
fn add_folder(folder: &Path, target: &Path, entries: &mut Vec<Entry>) -> Result<(), String> {
    for path in children(folder)? {
        let place = target.join(path.file_name().unwrap_or_default());
        match path.is_dir() {
            true if path.is_symlink() => {}
            true => add_folder(&path, &place, entries)?,
            false => entries.push(Entry { path: place, content: Content::File(path) }),
        }
    }
    Ok(())
}

/// What a folder holds, in order; nothing where there is no such folder.
fn children(folder: &Path) -> Result<Vec<PathBuf>, String> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let listed = fs::read_dir(folder).and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>());
    let mut paths = listed.map_err(|error| format!("{}: {error}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::read;
    use std::fs;
    use std::path::{Path, PathBuf};

    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("maglev-tree-{name}-{}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn paths(root: &Path) -> (String, Vec<String>) {
        let library = read(root, &mut |_| {}).unwrap();
        let mut paths: Vec<String> = library.entries.iter().map(|entry| entry.path.to_string_lossy().into_owned()).collect();
        paths.sort();
        fs::remove_dir_all(root).unwrap();
        (library.version, paths)
    }

    #[test]
    fn sources() {
        let root = folder(
            "sources",
            &[
                ("include/ruby/version.h", "#define RUBY_API_VERSION_MAJOR 4\n#define RUBY_API_VERSION_MINOR 0\n"),
                ("version.h", "# define OTHER\n#define RUBY_VERSION_TEENY 5\n"),
                ("lib/set.rb", ""),
                ("lib/set.gemspec", ""),
                ("ext/digest/lib/digest.rb", ""),
                ("ext/digest/sha2/lib/sha2.rb", ""),
                ("ext/io/console/lib/console/size.rb", ""),
                (".bundle/gems/rake-13/lib/rake.rb", ""),
                (".bundle/specifications/rake-13.gemspec", ""),
            ],
        );
        let (version, paths) = paths(&root);
        assert_eq!(version, "4.0.5");
        let library = ["digest.rb", "digest/sha2.rb", "io/console/size.rb", "set.rb"].map(|path| format!("lib/ruby/4.0.0/{path}"));
        let gems = ["gems/rake-13/lib/rake.rb", "specifications/rake-13.gemspec"].map(|path| format!("lib/ruby/gems/4.0.0/{path}"));
        assert_eq!(paths, [library.as_slice(), &gems].concat());
    }

    #[test]
    fn an_installation() {
        let config = "  CONFIG[\"MAJOR\"] = \"4\"\n  CONFIG[\"MINOR\"] = \"0\"\n  CONFIG[\"TEENY\"] = \"2\"\n";
        let arch = "lib/ruby/4.0.0/x86_64-linux";
        let (rbconfig, object) = (format!("{arch}/rbconfig.rb"), format!("{arch}/etc.so"));
        let files = [(rbconfig.as_str(), config), (&object, ""), ("lib/ruby/4.0.0/set.rb", ""), ("bin/ruby", ""), ("bin/rake", "")];
        let (version, paths) = paths(&folder("installation", &files));
        assert_eq!(version, "4.0.2");
        let own = "lib/ruby/gems/4.0.0/specifications/default/io-console-0.8.2.gemspec";
        assert_eq!(paths, ["bin/rake", "lib/ruby/4.0.0/set.rb", own]);
        assert!(read(Path::new("/nowhere"), &mut |_| {}).is_err());
    }
}
