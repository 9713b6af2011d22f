//! What a library is installed from: the npm package, an archive, a folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha512};

use crate::{Library, image, tree};

/// The package that carries the whole library: name, version and checksum are pinned here only.
struct Package {
    name: &'static str,
    version: &'static str,
    /// SHA-512 of the archive; `npm view NAME@VERSION dist.integrity` gives it in base 64.
    sha512: &'static str,
}

const PACKAGE: Package = Package {
    name: "@ruby/4.0-wasm-wasi",
    version: "2.10.1",
    sha512: "39b2052a8e02c972455ad254d81467ae7bd6038619118f706045460a2559550d5f6743b1e0f26e5094f4f99ec5290def01523be7299d7649d8115d333c7283a7",
};

/// The WebAssembly build inside the package.
const MODULE: &str = "dist/ruby+stdlib.wasm";

/// Where a library comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The pinned npm package, fetched with `npm`, or `curl` where there is no npm.
    Npm,
    /// An archive (`.tar.gz`, `.tgz`) of what a folder may be.
    Archive(PathBuf),
    /// A CRuby source tree, an installation of CRuby or the unpacked npm package.
    Folder(PathBuf),
}

impl Source {
    /// The source at a path.
    pub fn at(path: PathBuf) -> Source {
        if path.is_dir() { Source::Folder(path) } else { Source::Archive(path) }
    }

    /// What tells one source from another one.
    pub(crate) fn identity(&self) -> String {
        match self {
            Source::Npm => format!("npm {} {}", PACKAGE.name, PACKAGE.version),
            Source::Archive(path) | Source::Folder(path) => format!("from {}", fs::canonicalize(path).unwrap_or_else(|_| path.clone()).display()),
        }
    }

    /// Reads the library; `work` is a folder for what is fetched and unpacked on the way.
    pub(crate) fn read(&self, work: &Path, tell: &mut dyn FnMut(&str)) -> Result<Library, String> {
        match self {
            Source::Npm => {
                tell(&format!("fetching {} {} (33 MB)", PACKAGE.name, PACKAGE.version));
                let archive = fetch(work)?;
                tell("checking it");
                check(&archive)?;
                read_archive(&archive, work, tell)
            }
            Source::Archive(path) => read_archive(path, work, tell),
            Source::Folder(path) => read_folder(path, tell),
        }
    }
}

/// Fetches the package's archive.
fn fetch(work: &Path) -> Result<PathBuf, String> {
    create(work)?;
    let archive = work.join("package.tgz");
    let stem = PACKAGE.name.trim_start_matches('@').replace('/', "-");
    let packed = work.join(format!("{stem}-{}.tgz", PACKAGE.version));
    let by_npm = run(Command::new("npm").args(["pack", "--silent", &format!("{}@{}", PACKAGE.name, PACKAGE.version)]).current_dir(work));
    let Err(npm) = by_npm.and_then(|()| fs::rename(packed, &archive).map_err(|error| error.to_string())) else { return Ok(archive) };
    let file = PACKAGE.name.rsplit('/').next().unwrap_or_default();
    let address = format!("https://registry.npmjs.org/{}/-/{file}-{}.tgz", PACKAGE.name, PACKAGE.version);
    run(Command::new("curl").args(["--fail", "--silent", "--show-error", "--location", &address, "--output"]).arg(&archive)).map_err(|curl| {
        format!("cannot fetch {}:\n  npm: {npm}\n  curl: {curl}\nFetch {address} elsewhere and name the file with --from.", PACKAGE.name)
    })?;
    Ok(archive)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().lines().next().map_or_else(|| output.status.to_string(), str::to_owned)),
    }
}

/// Is the archive what was pinned?
fn check(archive: &Path) -> Result<(), String> {
    let bytes = fs::read(archive).map_err(|error| format!("{}: {error}", archive.display()))?;
    let digest: String = Sha512::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    match digest == PACKAGE.sha512 {
        true => Ok(()),
        false => Err(format!("the checksum of {} {} is not the pinned one; nothing was installed", PACKAGE.name, PACKAGE.version)),
    }
}

fn read_archive(archive: &Path, work: &Path, tell: &mut dyn FnMut(&str)) -> Result<Library, String> {
    tell(&format!("unpacking {}", archive.file_name().unwrap_or_default().to_string_lossy()));
    let unpacked = work.join("unpacked");
    create(&unpacked)?;
    let failed = |error: io::Error| format!("{}: {error}", archive.display());
    let mut file = File::open(archive).map_err(failed)?;
    let mut magic = [0; 2];
    if file.read(&mut magic).map_err(failed)? < 2 || magic != [0x1f, 0x8b] {
        return Err(format!("{}: no archive compressed by gzip (.tar.gz, .tgz)", archive.display()));
    }
    let file = File::open(archive).map_err(failed)?;
    // Paths that lead out of the folder are left out by `unpack`.
    tar::Archive::new(flate2::read::GzDecoder::new(io::BufReader::new(file))).unpack(&unpacked).map_err(failed)?;
    // Archives hold one folder, or the tree itself.
    let folders = fs::read_dir(&unpacked).map_err(failed)?.flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    match folders.as_slice() {
        [folder] if folder.is_dir() => read_folder(folder, tell),
        _ => read_folder(&unpacked, tell),
    }
}

fn read_folder(folder: &Path, tell: &mut dyn FnMut(&str)) -> Result<Library, String> {
    let module = folder.join(MODULE);
    if !module.is_file() {
        return tree::read(folder, tell);
    }
    tell("reading the file system inside ruby+stdlib.wasm");
    let module = fs::read(&module).map_err(|error| format!("{}: {error}", module.display()))?;
    tree::from_image(image::read(&module)?)
}

fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}
