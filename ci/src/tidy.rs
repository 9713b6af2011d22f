//! Habits that a machine can check: leftovers, module docs, file sizes, reasons of dependencies, what lies on top. One test a rule.

use std::fs;

use crate::context::Context;
use crate::source::{self, SourceFile, code_of};
use crate::tally::Tally;

/// Calls and attributes that are no part of finished code.
const BANNED_CODE: &[&str] = &["dbg!(", "todo!(", "unimplemented!(", "#[ignore"];

/// Words of unfinished work, in comments too. In two parts, so that this file does not contain them.
const BANNED_WORDS: &[&str] = &[concat!("FIX", "ME"), concat!("TO", "DO")];

/// Most lines of a file.
const LINES_MAX: usize = 1_500;

/// Files of the root folder, besides those that begin with a dot.
const TOP_FILES: &[&str] = &["Cargo.lock", "Cargo.toml", "README.md", "rustfmt.toml"];

/// The step.
pub fn check(context: &Context) -> Tally {
    let mut tally = Tally::default();
    let files = match source::rust_files(&context.root) {
        Ok(files) => files,
        Err(message) => {
            tally.fail(message);
            return tally;
        }
    };
    for rule in [banned_code, banned_words, module_doc, length] {
        tally.judge(files.iter().flat_map(rule).collect());
    }
    let read = |path: &str| fs::read_to_string(context.root.join(path)).unwrap_or_default();
    tally.judge(dependencies(&read("Cargo.toml"), &read("docs/dependencies.md")));
    let entries = fs::read_dir(&context.root).into_iter().flatten().flatten().filter(|entry| entry.path().is_file());
    tally.judge(stray_files(entries.map(|entry| entry.file_name().to_string_lossy().into_owned())));
    tally
}

/// Files that nobody expects in the root folder: a program that was tried there left them.
fn stray_files(names: impl Iterator<Item = String>) -> Vec<String> {
    names.filter(|name| !name.starts_with('.') && !TOP_FILES.contains(&name.as_str())).map(|name| format!("{name}: a stray file")).collect()
}

/// Libraries of the root manifest without a row in docs/dependencies.md.
fn dependencies(manifest: &str, document: &str) -> Vec<String> {
    let section = manifest.lines().skip_while(|line| *line != "[workspace.dependencies]").skip(1);
    let rows = section.take_while(|line| !line.starts_with('['));
    let libraries = rows.filter(|line| !line.starts_with('#') && !line.contains("path =")).filter_map(|line| line.split_once(" = "));
    let undocumented = libraries.filter(|(name, _)| !document.contains(&format!("`{name}`")));
    undocumented.map(|(name, _)| format!("{name}: no row in docs/dependencies.md")).collect()
}

fn banned_code(file: &SourceFile) -> Vec<String> {
    if !BANNED_CODE.iter().any(|banned| file.text.contains(banned)) {
        return Vec::new();
    }
    let code = code_of(&file.text);
    let lines = code.lines().enumerate();
    lines
        .flat_map(|(index, line)| BANNED_CODE.iter().filter(|banned| line.contains(**banned)).map(move |banned| (index, banned)))
        .map(|(index, banned)| format!("{}:{}: {banned}", file.path, index + 1))
        .collect()
}

fn banned_words(file: &SourceFile) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    let faulty = lines.filter(|(_, line)| BANNED_WORDS.iter().any(|word| source::has_word(line, word)));
    faulty.map(|(index, line)| format!("{}:{}: {}", file.path, index + 1, line.trim())).collect()
}

fn module_doc(file: &SourceFile) -> Vec<String> {
    let documented = file.text.trim_start().starts_with("//!");
    if documented { Vec::new() } else { vec![format!("{}: does not begin with //! module doc", file.path)] }
}

fn length(file: &SourceFile) -> Vec<String> {
    let count = file.text.lines().count();
    if count <= LINES_MAX { Vec::new() } else { vec![format!("{}: {count} lines, at most {LINES_MAX}", file.path)] }
}

#[cfg(test)]
mod tests {
    use super::{banned_code, banned_words, dependencies, length, module_doc, stray_files};
    use crate::source::SourceFile;

    fn file(text: &str) -> SourceFile {
        SourceFile { path: "a.rs".into(), text: text.into() }
    }

    #[test]
    fn each_library_has_its_row() {
        let manifest = "[workspace.dependencies]\n# ours\nvm = { path = \"vm\" }\nlibc = \"1\"\nsyn = \"2\"\n\n[profile.dev]\nx = 1\n";
        assert_eq!(dependencies(manifest, "| `libc` | calls |"), ["syn: no row in docs/dependencies.md"]);
    }

    #[test]
    fn what_lies_on_top_is_known() {
        let names = ["README.md", ".gitignore", "left.txt"].map(str::to_string);
        assert_eq!(stray_files(names.into_iter()), ["left.txt: a stray file"]);
    }

    #[test]
    fn rules() {
        assert_eq!(banned_code(&file("fn f() {\n    dbg!(1);\n}")), ["a.rs:2: dbg!("]);
        assert!(banned_code(&file("// dbg!(1)\nlet x = \"todo!()\";")).is_empty());
        assert_eq!(banned_words(&file(concat!("// TO", "DO: x"))).len(), 1);
        assert!(banned_words(&file("// mastodon, a methodology")).is_empty());
        assert!(module_doc(&file("//! Doc.\n")).is_empty());
        assert_eq!(module_doc(&file("fn f() {}")).len(), 1);
        assert_eq!(length(&file(&"x\n".repeat(1501))).len(), 1);
    }
}
