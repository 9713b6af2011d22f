//! The Rubies that take part: ours first, then the peers that work on this machine.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::options::{Mode, Options, Peers};
use crate::process;

/// One participant.
#[derive(Debug, Clone)]
pub struct Ruby {
    pub name: String,
    /// Program and switches.
    pub command: Vec<String>,
    /// What `RUBY_DESCRIPTION` says.
    pub description: String,
}

/// Time for `puts RUBY_DESCRIPTION`.
const PROBE_LIMIT: Duration = Duration::from_secs(30);

/// Finds the participants; the first is ours. Peers of the machine that do not work are left out, named ones are errors.
pub fn find(options: &Options, root: &Path) -> Result<Vec<Ruby>, String> {
    let mut command = vec![binary(options, root)?.to_string_lossy().into_owned()];
    command.extend(options.switches.iter().cloned());
    let mut rubies = vec![probe("maglev", command)?];
    if options.mode == Mode::Check {
        return Ok(rubies);
    }
    if options.peers == Peers::Installed {
        for (name, switches) in [("ruby", None), ("yjit", Some("--yjit"))] {
            let command = ["ruby"].into_iter().chain(switches).map(str::to_owned).collect();
            match probe(name, command) {
                Ok(ruby) if switches.is_none() || ruby.description.contains("YJIT") => rubies.push(ruby),
                Ok(_) => eprintln!("perf: {name}: this `ruby` accepts --yjit but does not turn it on, left out"),
                Err(error) => eprintln!("perf: {error}, left out"),
            }
        }
    }
    for (name, command) in &options.rubies {
        rubies.push(probe(name, command.clone())?);
    }
    Ok(rubies)
}

fn probe(name: &str, command: Vec<String>) -> Result<Ruby, String> {
    let mut words = command.clone();
    words.extend(["-e".to_owned(), "puts RUBY_DESCRIPTION".to_owned()]);
    let shown = command.join(" ");
    let finished = process::run(&words, PROBE_LIMIT).map_err(|error| format!("{name} (`{shown}`): {error}"))?;
    if !finished.status.success() {
        return Err(format!("{name} (`{shown}`): {}", finished.complaint()));
    }
    Ok(Ruby { name: name.to_owned(), command, description: finished.stdout.trim().to_owned() })
}

/// Our Ruby: the one named, or the release build, which cargo brings up to date.
fn binary(options: &Options, root: &Path) -> Result<PathBuf, String> {
    if let Some(binary) = &options.binary {
        return Ok(binary.clone());
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--release", "--package", "cli"]).current_dir(root);
    let status = command.status().map_err(|error| format!("cargo build of maglev-ruby: {error}"))?;
    if !status.success() {
        return Err("cargo build --release --package cli failed; or name a Ruby with --binary".to_owned());
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
    Ok(target.join("release/maglev-ruby"))
}
