//! Values in malloc memory lie in a `heap::Rooted`: no function that calls the VM keeps them in a collection of its own.
//!
//! Asks rustc for the MIR of the crates that hold values, where inferred types are written out. A named local whose type is an
//! owning collection of values (or of views, which are values) is a fault when a function that takes the VM is called
//! after it was filled and before it is handed on. MIR is text for people, so the patterns ask for as little of it as will do.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::context::Context;
use crate::source::has_word;
use crate::tally::Tally;

/// The crates whose code runs between the collector and Ruby code.
const CRATES: &[&str] = &["vm", "builtins-core", "builtins-collections", "builtins-text", "builtins-numeric", "builtins-os", "roots"];

/// Types that own what they hold in malloc memory.
const OWNERS: &[&str] = &["Vec", "VecDeque", "SmallVec", "HashMap", "HashSet", "BTreeMap", "IntoIter", "Drain"];

/// Values, views of them, and references to what the runtime is made of.
const VALUES: &[&str] =
    &["Value", "RArray", "RClass", "RHash", "RObject", "RProc", "RRange", "RString", "Pending", "CodeRef", "MethodRef", "CrefRef", "Location"];

/// Functions (as MIR names them) and locals that may, and why.
const ALLOWED: &[(&str, &str, &str)] = &[("rebuild_ancestors", "list", "classes that their own class data hold; nothing is allocated meanwhile")];

/// The step: one test a crate.
pub fn check(context: &Context) -> Tally {
    let mut tally = Tally::default();
    for name in CRATES {
        match mir_of(context, name) {
            Ok(text) => tally.judge(faults(name, &text)),
            Err(message) => tally.fail(message),
        }
    }
    tally
}

/// Compiles a crate without optimisation, in a folder apart, and returns its MIR.
fn mir_of(context: &Context, name: &str) -> Result<String, String> {
    let folder = context.target.join("mir");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let file = folder.join(format!("{name}.mir"));
    let mut command = context.cargo();
    command.args(["rustc", "--quiet", "--package", name, "--lib", "--", "-Awarnings"]).arg(format!("--emit=mir={}", file.display()));
    command.env("CARGO_TARGET_DIR", &folder).env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    command.stdin(Stdio::null());
    match command.output() {
        Ok(output) if output.status.success() => read(&file),
        Ok(output) => Err(format!("cargo rustc --package {name}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr))),
        Err(error) => Err(format!("cargo rustc: {error}")),
    }
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn faults(name: &str, text: &str) -> Vec<String> {
    let functions = functions(text);
    if functions.is_empty() {
        return vec![format!("{name}: rustc's MIR has no functions that can be read")];
    }
    functions.iter().flat_map(|function| function.faults(name)).collect()
}

/// A function of the MIR: its head without `fn`, its parameters and locals with their types, and its lines.
struct Function<'a> {
    head: &'a str,
    locals: Vec<(&'a str, &'a str)>,
    lines: Vec<&'a str>,
}

fn functions(text: &str) -> Vec<Function<'_>> {
    let mut found: Vec<Function<'_>> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("fn ") {
            found.push(Function { head: head.trim_end_matches(" {"), locals: parameters(head), lines: Vec::new() });
            inside = true;
        } else if line == "}" {
            inside = false;
        } else if let (true, Some(function)) = (inside, found.last_mut()) {
            let line = line.trim();
            function.locals.extend(declaration(line));
            function.lines.push(line);
        }
    }
    found
}

/// `_1: &mut Vm, _2: Value` of a head, whatever commas the types have.
fn parameters(head: &str) -> Vec<(&str, &str)> {
    let starts = head.match_indices('_').filter(|&(at, _)| head[..at].ends_with(['(', ' '])).map(|(at, _)| at);
    let typed = starts.filter_map(|start| head[start..].split_once(": ").filter(|(name, _)| is_local(name)));
    typed.map(|(name, rest)| (name, rest.split_once(", _").map_or(rest, |(kind, _)| kind).trim_end_matches([')', ' ']))).collect()
}

/// `let mut _3: Type;`
fn declaration(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("let ")?;
    rest.trim_start_matches("mut ").trim_end_matches(';').split_once(": ")
}

fn is_local(word: &str) -> bool {
    word.strip_prefix('_').is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Function<'_> {
    fn faults(&self, name: &str) -> Vec<String> {
        let held = self.lines.iter().filter_map(|line| self.held(line));
        let faulty = held.filter(|(variable, local, _)| !self.is_allowed(variable) && self.is_kept_over_call(local));
        faulty.map(|(variable, _, kind)| format!("{name}: {}: `{variable}: {kind}` is kept while the VM runs; use vm.roots", self.head)).collect()
    }

    fn is_allowed(&self, variable: &str) -> bool {
        ALLOWED.iter().any(|&(function, allowed, _)| allowed == variable && self.head.contains(&format!("{function}(")))
    }

    /// A line `debug NAME => _N;` of an owning collection of values: its name, local and type.
    fn held<'b>(&'b self, line: &'b str) -> Option<(&'b str, &'b str, &'b str)> {
        let (variable, local) = line.strip_prefix("debug ")?.trim_end_matches(';').split_once(" => ")?;
        let kind = self.type_of(local)?;
        let owns = OWNERS.iter().any(|owner| has_word(kind, owner)) && VALUES.iter().any(|value| has_word(kind, value));
        let elsewhere = ["Rooted<", "Iter<'_", "array::IntoIter", "fn(", "{closure"].iter().any(|part| kind.contains(part));
        (owns && !elsewhere && !kind.starts_with(['&', '*'])).then_some((variable, local, kind))
    }

    fn type_of(&self, local: &str) -> Option<&str> {
        self.locals.iter().find(|(name, _)| *name == local).map(|(_, kind)| *kind)
    }

    /// Is a function called with the VM between the first assignment to the local and its being handed on?
    fn is_kept_over_call(&self, local: &str) -> bool {
        let assignment = format!("{local} = ");
        let Some(start) = self.lines.iter().position(|line| line.starts_with(&assignment)) else { return false };
        let behind = &self.lines[start + 1..];
        let end = behind.iter().position(|line| hands_on(line, local)).unwrap_or(behind.len());
        behind[..end].iter().any(|line| self.calls_with_vm(line))
    }

    /// Is the line a call that gets the VM?
    fn calls_with_vm(&self, line: &str) -> bool {
        let Some((before, _)) = line.split_once(" -> [") else { return false };
        let Some((callee, operands)) = before.rsplit_once('(') else { return false };
        callee.contains(" = ") && words(operands).any(|word| self.type_of(word).is_some_and(is_vm))
    }
}

/// `&mut Vm`, by whatever path.
fn is_vm(kind: &str) -> bool {
    kind.strip_prefix("&mut ").is_some_and(|path| path.rsplit("::").next() == Some("Vm"))
}

/// Is the local moved in this line?
fn hands_on(line: &str, local: &str) -> bool {
    let moved = format!("move {local}");
    line.match_indices(&moved).any(|(at, word)| !line[at + word.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

/// Local names in a line.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).filter(|word| word.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::faults;

    const HEAD: &str = "fn demo::list(_1: &mut Vm, _2: vm::RArray) -> Result<(), Raised> {\n    debug vm => _1;\n";

    fn of(body: &str) -> Vec<String> {
        faults("demo", &format!("{HEAD}{body}}}\n"))
    }

    #[test]
    fn kept_over_a_call() {
        let body = "    let mut _3: std::vec::Vec<vm::Value>;\n    debug copy => _3;\n    bb0: {\n        _3 = slice::to_vec(copy _5) -> [return: bb1, unwind continue];\n    }\n    bb1: {\n        _6 = Vm::call(copy _1, move _7) -> [return: bb2, unwind: bb9];\n    }\n";
        assert_eq!(of(body).len(), 1, "{:?}", of(body));
        assert!(of(body)[0].contains("`copy: std::vec::Vec<vm::Value>`"));
    }

    #[test]
    fn handed_on_at_once() {
        let body = "    let mut _3: std::vec::Vec<vm::Value>;\n    debug copy => _3;\n    bb0: {\n        _3 = slice::to_vec(copy _5) -> [return: bb1, unwind continue];\n        _8 = RootList::root::<Vec<vm::Value>>(copy _9, move _3) -> [return: bb1, unwind continue];\n        _6 = Vm::call(copy _1, move _7) -> [return: bb2, unwind: bb9];\n    }\n";
        assert!(of(body).is_empty(), "{:?}", of(body));
    }

    #[test]
    fn other_types_and_calls_without_the_vm() {
        let names = "    let mut _3: std::vec::Vec<vm::Symbol>;\n    debug names => _3;\n    bb0: {\n        _3 = Vec::new() -> [return: bb1];\n        _6 = Vm::call(copy _1, move _7) -> [return: bb2];\n    }\n";
        assert!(of(names).is_empty());
        let quiet = "    let mut _3: std::vec::Vec<vm::Value>;\n    debug copy => _3;\n    bb0: {\n        _3 = Vec::new() -> [return: bb1];\n        _6 = Vec::<vm::Value>::len(copy _3) -> [return: bb2];\n    }\n";
        assert!(of(quiet).is_empty());
    }

    #[test]
    fn text_that_is_no_mir() {
        assert_eq!(faults("demo", "error").len(), 1);
    }
}
