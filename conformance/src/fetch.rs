//! Gets ruby/spec and mspec out of Debian's source package ruby3.1.
//!
//! apt does the download and checks the signature, with a configuration, lists and cache of its own under target/:
//! the machine's apt is neither read for `deb-src` lines nor changed, and no root rights are needed. Invariant: the
//! folder `suite` exists only when it is complete, since it is unpacked beside and then renamed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::locate::{self, Suite};

const PACKAGE: &str = "ruby3.1";
/// The Debian release that holds the package.
const RELEASE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The suite under `work`, fetched when it is not there yet.
pub fn suite(work: &Path) -> Result<Suite, String> {
    let unpacked = work.join("suite");
    if !unpacked.is_dir() {
        eprintln!("conformance: fetching Debian's source package {PACKAGE} into {}", work.display());
        let archive = download(work)?;
        unpack(&archive, work, &unpacked)?;
    }
    locate::suite_in(&unpacked, None)
}

/// Downloads the package's sources from the first mirror that answers; returns the upstream archive.
fn download(work: &Path) -> Result<PathBuf, String> {
    let folder = work.join("apt");
    for part in ["state/lists/partial", "cache/archives/partial", "download"] {
        let path = folder.join(part);
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let mut failures = Vec::new();
    for mirror in mirrors() {
        match download_from(&folder, &mirror) {
            Ok(archive) => return Ok(archive),
            Err(error) => failures.push(format!("{mirror}: {error}")),
        }
    }
    Err(format!("cannot fetch {PACKAGE} with apt; name a checkout with --spec DIR.\n{}", failures.join("\n")))
}

/// The machine's own Debian mirrors first, then Debian's.
fn mirrors() -> Vec<String> {
    let mut mirrors: Vec<String> = Vec::new();
    let mut command = Command::new("apt-get");
    command.args(["indextargets", "--format", "$(ORIGIN) $(CODENAME) $(REPO_URI)", "Created-By: Packages"]);
    if let Ok(output) = command.output() {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let prefix = format!("Debian {RELEASE} ");
        mirrors.extend(text.lines().filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned));
    }
    mirrors.push(MIRROR.to_owned());
    mirrors.dedup_by(|left, right| left.trim_end_matches('/') == right.trim_end_matches('/'));
    mirrors
}

fn download_from(folder: &Path, mirror: &str) -> Result<PathBuf, String> {
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).map(|()| path.clone()).map_err(|error| format!("{}: {error}", path.display()))
    };
    let signed = if Path::new(KEYRING).exists() { format!("[signed-by={KEYRING}] ") } else { String::new() };
    let sources = write("sources.list", format!("deb-src {signed}{mirror} {RELEASE} main\n"))?;
    let text = [
        // Hooks of the machine would touch the machine.
        "#clear APT::Update::Post-Invoke;".to_owned(),
        "#clear APT::Update::Post-Invoke-Success;".to_owned(),
        "#clear DPkg::Post-Invoke;".to_owned(),
        format!("Dir::State \"{}/state\";", folder.display()),
        format!("Dir::State::lists \"{}/state/lists\";", folder.display()),
        format!("Dir::Cache \"{}/cache\";", folder.display()),
        format!("Dir::Etc::sourcelist \"{}\";", sources.display()),
        "Dir::Etc::sourceparts \"-\";".to_owned(),
        // Without this a root apt changes to the user _apt, who may not write below target/.
        "APT::Sandbox::User \"\";".to_owned(),
        "Acquire::Languages \"none\";".to_owned(),
        "Acquire::Retries \"3\";".to_owned(),
    ];
    let configuration = write("apt.conf", text.join("\n") + "\n")?;
    let download = folder.join("download");
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.arg("-c").arg(&configuration).arg("-q").args(arguments).current_dir(&download);
        succeed(&mut command)
    };
    apt(&["update"])?;
    apt(&["source", "--download-only", "--only-source", PACKAGE])?;
    let archive = fs::read_dir(&download).map_err(|error| format!("{}: {error}", download.display()))?;
    let archive = archive.flatten().map(|entry| entry.path()).find(|path| path.to_string_lossy().contains(".orig.tar."));
    archive.ok_or_else(|| format!("apt-get source left no .orig.tar in {}", download.display()))
}

/// Unpacks spec/ruby and spec/mspec.
fn unpack(archive: &Path, work: &Path, unpacked: &Path) -> Result<(), String> {
    let partial = work.join("suite.partial");
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(|error| format!("{}: {error}", partial.display()))?;
    }
    fs::create_dir_all(&partial).map_err(|error| format!("{}: {error}", partial.display()))?;
    let mut command = Command::new("tar");
    command.arg("-xf").arg(archive).arg("-C").arg(&partial).args(["--strip-components=2", "--wildcards"]);
    command.args(["*/spec/ruby/*", "*/spec/mspec/*"]);
    succeed(&mut command)?;
    fs::rename(&partial, unpacked).map_err(|error| format!("{}: {error}", unpacked.display()))
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
}
