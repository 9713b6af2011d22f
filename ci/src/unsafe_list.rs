//! Where `unsafe` may stand, and that each block says why it is sound.
//!
//! Invariant: the list is exact. A file with `unsafe` outside it fails, and so does an entry that covers none.

use crate::context::Context;
use crate::source::{self, SourceFile, code_of, has_word};
use crate::tally::Tally;

/// Files, or folders with a slash at the end, and what they need it for. A new line here wants a review.
const ALLOWED: &[(&str, &str)] = &[
    ("runtime/value/src/tag.rs", "the only bit cast of a Value"),
    ("runtime/value/src/header.rs", "reads the header behind a heap pointer"),
    ("runtime/heap/src/block.rs", "cells of a block"),
    ("runtime/heap/src/alloc.rs", "bump allocation"),
    ("runtime/heap/src/collect.rs", "blocks between marking and sweeping"),
    ("runtime/heap/src/mark.rs", "conservative marking"),
    ("runtime/heap/src/barrier.rs", "the write barrier's bit"),
    ("runtime/heap/src/rooted.rs", "the list of what Rust code keeps"),
    ("runtime/heap/src/roots.rs", "native stacks and registered roots"),
    ("runtime/objects/src/", "layouts behind safe views"),
    ("runtime/abi/src/frame.rs", "frames on the VM stack"),
    ("runtime/abi/src/tier.rs", "entry into compiled code"),
    ("runtime/abi/src/waker.rs", "the interrupt word, from another thread"),
    ("runtime/vm/src/stack.rs", "guarded stack memory"),
    ("runtime/vm/src/fiber.rs", "switches and scans the stacks of fibers"),
    ("runtime/vm/src/thread/switch.rs", "shares the VM between native threads under its lock"),
    ("runtime/vm/src/panic.rs", "the VM of the thread that panicked"),
    ("runtime/vm/src/frames.rs", "walks frames"),
    ("runtime/vm/src/vm.rs", "the pointer handed to native code"),
    ("runtime/vm/src/interp/", "registers, instruction words and call-site data of the running frame"),
    ("runtime/vm/src/send/", "native calls and argument windows"),
    ("runtime/vm/src/external.rs", "hands the VM to the owner of persistent objects"),
    ("runtime/vm/src/machine.rs", "helpers that machine code calls"),
    ("runtime/builtins-os/src/sys.rs", "system calls that no safe crate offers"),
    ("stdlib/prism/src/raw.rs", "calls of the parser that its crate does not declare"),
    ("stdlib/psych/src/raw.rs", "calls of libyaml"),
    ("stdlib/socket/src/sys.rs", "system calls with addresses and options as bytes"),
    ("stdlib/etc/src/sys.rs", "asks the system for settings by number"),
    ("stdlib/zlib/src/raw.rs", "calls of zlib"),
    ("jit/jit/src/arena.rs", "pages for machine code"),
    ("jit/jit/src/entry.rs", "enters compiled code"),
    ("jit/jit/src/leave.rs", "tests lend words of their own as frames"),
    ("persist/store/src/map.rs", "mapped pages"),
    ("persist/store/src/sigbus.rs", "handles SIGBUS of mapped files that are cut"),
    ("persist/store/src/sys.rs", "file locks"),
];

/// Lines above a block in which its `SAFETY:` must stand.
const REASON_LINES: usize = 8;

/// The step: one test a file that contains `unsafe`, and one for the list itself.
pub fn check(context: &Context) -> Tally {
    let mut tally = Tally::default();
    let files = match source::rust_files(&context.root) {
        Ok(files) => files,
        Err(message) => {
            tally.fail(message);
            return tally;
        }
    };
    let mut used = vec![false; ALLOWED.len()];
    for file in &files {
        let lines = unsafe_lines(&file.text);
        if lines.is_empty() {
            continue;
        }
        let mut faults = unexplained(file, &lines);
        match ALLOWED.iter().position(|(entry, _)| covers(entry, &file.path)) {
            Some(index) => used[index] = true,
            None => faults.push(format!("{}:{}: unsafe, but not in ci/src/unsafe_list.rs", file.path, lines[0].number)),
        }
        tally.judge(faults);
    }
    let unused = ALLOWED.iter().zip(used).filter(|(_, used)| !used);
    tally.judge(unused.map(|((entry, _), _)| format!("{entry}: listed in ci/src/unsafe_list.rs without need")).collect());
    tally
}

fn covers(entry: &str, path: &str) -> bool {
    if entry.ends_with('/') { path.starts_with(entry) } else { path == entry }
}

/// A line with `unsafe` in its code.
struct UnsafeLine {
    /// From 1.
    number: usize,
    /// Whether it opens a block or implements an unsafe trait, and so needs a reason.
    needs_reason: bool,
}

fn unsafe_lines(text: &str) -> Vec<UnsafeLine> {
    if !text.contains("unsafe") {
        return Vec::new();
    }
    let code = code_of(text);
    let lines = code.lines().enumerate().filter(|(_, line)| has_word(line, "unsafe"));
    lines
        .map(|(index, line)| {
            let needs_reason = line.match_indices("unsafe").any(|(start, word)| {
                let rest = line[start + word.len()..].trim_start();
                rest.starts_with('{') || rest.is_empty() || rest.starts_with("impl")
            });
            UnsafeLine { number: index + 1, needs_reason }
        })
        .collect()
}

fn unexplained(file: &SourceFile, lines: &[UnsafeLine]) -> Vec<String> {
    let text: Vec<&str> = file.text.lines().collect();
    let explained = |line: &UnsafeLine| {
        let first = line.number.saturating_sub(REASON_LINES + 1);
        text[first..line.number].iter().any(|line| line.contains("SAFETY:"))
    };
    let faulty = lines.iter().filter(|line| line.needs_reason && !explained(line));
    faulty.map(|line| format!("{}:{}: unsafe without a SAFETY: reason above it", file.path, line.number)).collect()
}

#[cfg(test)]
mod tests {
    use super::{covers, unexplained, unsafe_lines};
    use crate::source::SourceFile;

    fn fault_count(text: &str) -> usize {
        let file = SourceFile { path: "a.rs".into(), text: text.into() };
        unexplained(&file, &unsafe_lines(text)).len()
    }

    #[test]
    fn reasons() {
        let rows = [
            ("// SAFETY: live\nunsafe { x() }", 0),
            ("unsafe { x() }", 1),
            ("unsafe fn x() {}", 0),
            ("unsafe impl Send for X {}", 1),
            ("// unsafe {\n\"unsafe {\"", 0),
            ("let x = unsafe\n{ y() };", 1),
            ("#![deny(unsafe_code)]", 0),
            ("// SAFETY: far\n\n\n\n\n\n\n\n\n\nunsafe { x() }", 1),
        ];
        for (text, expected) in rows {
            assert_eq!(fault_count(text), expected, "{text}");
        }
    }

    #[test]
    fn entries() {
        assert!(covers("a/b/", "a/b/c.rs"));
        assert!(covers("a/b.rs", "a/b.rs"));
        assert!(!covers("a/b.rs", "a/b.rs/c"));
    }
}
