//! The house: which crate may import which. Source: docs/architecture.md, "The house".
//!
//! A crate imports from floors below it. Inside a floor only the edges listed as `beside` exist; `never` takes edges
//! away that the floors would allow. Invariant: an edge that follows from no row fails, and so does a crate without one.

use serde_json::Value;

use crate::context::Context;
use crate::tally::Tally;

/// A crate's place.
struct Room {
    name: &'static str,
    /// Folder below the root.
    folder: &'static str,
    floor: u8,
    /// Crates of the same floor, or above, that it may import all the same.
    beside: &'static [&'static str],
    /// Crates below that it must not import.
    never: &'static [&'static str],
}

const fn room(name: &'static str, folder: &'static str, floor: u8) -> Room {
    Room { name, folder, floor, beside: &[], never: &[] }
}

const TIERS: &[&str] = &["jit", "clif", "opt", "ir"];
const TIERS_AND_STORE: &[&str] = &["jit", "clif", "opt", "ir", "store", "codec"];

const HOUSE: &[Room] = &[
    room("stdx", "runtime/stdx", 0),
    room("macros", "runtime/macros", 0),
    // Files only: nothing of the VM.
    room("install", "stdlib/install", 0),
    room("value", "runtime/value", 1),
    // The three text-like crates know no VM, hence no Value.
    Room { never: &["value"], ..room("text", "runtime/text", 1) },
    Room { never: &["value"], ..room("numeric", "runtime/numeric", 1) },
    Room { beside: &["text"], never: &["value"], ..room("regexp", "runtime/regexp", 1) },
    // Bytes only: nothing of Ruby.
    room("store", "persist/store", 1),
    Room { never: &["store"], ..room("heap", "runtime/heap", 2) },
    // The opcode table knows no Values.
    Room { never: &["value", "text", "numeric", "regexp", "store"], ..room("bytecode", "runtime/bytecode", 2) },
    Room { never: &["store"], ..room("objects", "runtime/objects", 3) },
    Room { never: &["store", "heap"], ..room("compile", "runtime/compile", 3) },
    Room { never: &["store"], ..room("abi", "runtime/abi", 4) },
    Room { never: &["store"], ..room("vm", "runtime/vm", 5) },
    Room { never: &["store"], ..room("ir", "jit/ir", 5) },
    Room { beside: &["ir"], never: &["store"], ..room("opt", "jit/opt", 5) },
    Room { beside: &["ir", "opt"], never: &["store"], ..room("clif", "jit/clif", 5) },
    Room { beside: &["ir", "opt", "clif"], never: &["store"], ..room("jit", "jit/jit", 5) },
    room("codec", "persist/codec", 5),
    Room { never: TIERS_AND_STORE, ..room("builtins-core", "runtime/builtins-core", 6) },
    Room { never: TIERS_AND_STORE, ..room("builtins-collections", "runtime/builtins-collections", 6) },
    Room { never: TIERS_AND_STORE, ..room("builtins-text", "runtime/builtins-text", 6) },
    Room { never: TIERS_AND_STORE, ..room("builtins-numeric", "runtime/builtins-numeric", 6) },
    Room { never: TIERS_AND_STORE, ..room("builtins-os", "runtime/builtins-os", 6) },
    Room { never: TIERS, ..room("roots", "persist/roots", 6) },
    room("prelude", "prelude", 6),
    Room { never: TIERS_AND_STORE, ..room("stdlib-bigdecimal", "stdlib/bigdecimal", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-strscan", "stdlib/strscan", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-console", "stdlib/console", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-coverage", "stdlib/coverage", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-digest", "stdlib/digest", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-etc", "stdlib/etc", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-fcntl", "stdlib/fcntl", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-json", "stdlib/json", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-objspace", "stdlib/objspace", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-openssl", "stdlib/openssl", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-prism", "stdlib/prism", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-psych", "stdlib/psych", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-socket", "stdlib/socket", 7) },
    Room { never: TIERS_AND_STORE, ..room("stdlib-zlib", "stdlib/zlib", 7) },
    room("libraries", "stdlib/libraries", 8),
    room("adapters", "stdlib/adapters", 8),
    Room { never: TIERS_AND_STORE, ..room("profile", "runtime/profile", 8) },
    room("cli", "runtime/cli", 9),
];

/// They start the binary and import nothing of ours.
const TOOLS: &[(&str, &str)] = &[("conformance", "conformance"), ("perf", "perf"), ("ci", "ci")];

/// A crate as cargo sees it: name, folder, our crates that it imports (in any kind of dependency).
#[derive(Debug)]
struct Crate {
    name: String,
    folder: String,
    imports: Vec<String>,
}

/// The step: one test a crate.
pub fn check(context: &Context) -> Tally {
    let mut tally = Tally::default();
    match graph(context) {
        Ok(crates) => {
            for each in &crates {
                tally.judge(faults(each));
            }
            tally.judge(missing(&crates));
        }
        Err(message) => tally.fail(message),
    }
    tally
}

fn graph(context: &Context) -> Result<Vec<Crate>, String> {
    let mut command = context.cargo();
    command.args(["metadata", "--format-version", "1", "--no-deps"]);
    let output = command.output().map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let packages = metadata["packages"].as_array().ok_or("cargo metadata: no packages")?;
    Ok(packages.iter().map(|package| crate_of(package, root)).collect())
}

fn crate_of(package: &Value, root: &str) -> Crate {
    let manifest = package["manifest_path"].as_str().unwrap_or_default();
    let folder = manifest.trim_end_matches("/Cargo.toml");
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ours = dependencies.iter().filter(|dependency| dependency["path"].is_string());
    Crate {
        name: package["name"].as_str().unwrap_or_default().to_owned(),
        folder: folder.strip_prefix(root).unwrap_or(folder).trim_start_matches('/').to_owned(),
        imports: ours.filter_map(|dependency| dependency["name"].as_str()).map(str::to_owned).collect(),
    }
}

fn find(name: &str) -> Option<&'static Room> {
    HOUSE.iter().find(|room| room.name == name)
}

fn faults(each: &Crate) -> Vec<String> {
    if let Some((name, folder)) = TOOLS.iter().find(|(name, _)| *name == each.name) {
        let mut faults: Vec<String> = each.imports.iter().map(|import| format!("{name} -> {import}: a tool imports none of our crates")).collect();
        if each.folder != *folder {
            faults.push(format!("{name} is in {}, expected {folder}", each.folder));
        }
        return faults;
    }
    let Some(room) = find(&each.name) else {
        return vec![format!("crate {} ({}) has no row in ci/src/layers.rs", each.name, each.folder)];
    };
    let mut faults = Vec::new();
    if each.folder != room.folder {
        faults.push(format!("{} is in {}, expected {}", room.name, each.folder, room.folder));
    }
    for import in &each.imports {
        let edge = format!("{} -> {import}", room.name);
        match find(import) {
            None => faults.push(format!("{edge}: no row for {import} in ci/src/layers.rs")),
            Some(other) if room.never.contains(&other.name) => faults.push(format!("{edge}: never")),
            Some(other) if other.floor < room.floor || room.beside.contains(&other.name) => {}
            Some(other) => faults.push(format!("{edge}: floor {} is not below floor {}", other.floor, room.floor)),
        }
    }
    faults
}

fn missing(crates: &[Crate]) -> Vec<String> {
    let names = HOUSE.iter().map(|room| room.name).chain(TOOLS.iter().map(|(name, _)| *name));
    let absent = names.filter(|name| !crates.iter().any(|each| each.name == *name));
    absent.map(|name| format!("ci/src/layers.rs has a row for {name}, which is no crate")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Crate, HOUSE, faults, find};

    fn fault_count(name: &str, imports: &[&str]) -> usize {
        let folder = find(name).map_or(name, |room| room.folder).to_owned();
        let imports = imports.iter().map(|import| (*import).to_owned()).collect();
        faults(&Crate { name: name.to_owned(), folder, imports }).len()
    }

    #[test]
    fn edges() {
        let rows: [(&str, &[&str], usize); 13] = [
            ("vm", &["abi", "objects", "compile", "stdx"], 0),
            ("vm", &["prelude"], 1),
            ("vm", &["jit"], 1),
            ("vm", &["codec", "roots", "store"], 3),
            ("builtins-core", &["builtins-text"], 1),
            ("builtins-core", &["vm", "text", "macros"], 0),
            ("bytecode", &["value", "heap"], 2),
            ("jit", &["clif", "opt", "ir", "abi"], 0),
            ("ir", &["clif", "vm"], 2),
            ("store", &["value"], 1),
            ("cli", &["vm", "jit", "roots", "builtins-os"], 0),
            ("perf", &["stdx"], 1),
            ("unknown", &[], 1),
        ];
        for (name, imports, expected) in rows {
            assert_eq!(fault_count(name, imports), expected, "{name} -> {imports:?}");
        }
    }

    #[test]
    fn rows_name_rooms() {
        for room in HOUSE {
            for other in room.beside.iter().chain(room.never) {
                assert!(find(other).is_some(), "{} names {other}", room.name);
            }
        }
    }
}
