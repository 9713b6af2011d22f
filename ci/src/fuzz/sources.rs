//! Broken Ruby: programs of the corpus cut, spliced and sprinkled with words and bytes.

use std::fs;
use std::path::Path;

use super::numbers::Numbers;

/// Folders whose programs are taken.
const FOLDERS: &[&str] = &["conformance/language", "prelude/core", "examples"];

/// Lines of a corpus program that are taken at a time.
const LINES_MAX: usize = 60;

/// Bytes of an input.
const BYTES_MAX: usize = 16 << 10;

/// Words that change what the parser thinks it is in.
const WORDS: &[&str] = &[
    "begin",
    "rescue => e",
    "ensure",
    "end",
    "else",
    "elsif x",
    "retry",
    "redo",
    "next",
    "break 1",
    "return",
    "yield",
    "super",
    "super()",
    "def f(a, b = 1, *c, d:, e: 2, **f, &g)",
    "def self.x = 1",
    "class << self",
    "class A < B",
    "module M",
    "while x",
    "until x",
    "for a, (b, *c) in x",
    "case x",
    "when 1, *y",
    "in {a: Integer => b, **nil}",
    "in [*, 1, *]",
    "in ^x | ^(y)",
    "then",
    "do |a, (b, c), *d; e|",
    "{ |x|",
    "}",
    "->(x) {",
    "(",
    ")",
    "[",
    "]",
    "\"#{",
    "'",
    "`",
    "/x",
    "/o",
    "%w[",
    "%i(",
    "%q{",
    "<<~A\n",
    "<<-'B'\n",
    "A\n",
    "?",
    ":",
    "::",
    "&.",
    "*",
    "**",
    "&",
    "...",
    "..",
    "=>",
    "=~",
    "!~",
    "<=>",
    "&&=",
    "||=",
    "+=",
    "=",
    ",",
    ";",
    "\n",
    "@a",
    "@@a",
    "$a",
    "$~",
    "$1",
    "_1",
    "it",
    "A",
    "x",
    "x?",
    "x!",
    "x=",
    "self",
    "nil",
    "true",
    "__FILE__",
    "__LINE__",
    "__method__",
    "__ENCODING__",
    "BEGIN {",
    "END {",
    "alias a b",
    "alias $a $b",
    "undef a",
    "defined?(",
    "not",
    "and",
    "or",
    "if x",
    "unless x",
    "1",
    "1.5",
    "1r",
    "2i",
    "0x",
    "1e400",
    "9999999999999999999999",
    "?a",
    ":a",
    ":\"a\"",
    "\"\\u{110000}\"",
    "\"\\x\"",
    "# encoding: utf-16\n",
    "# frozen_string_literal: true\n",
    "__END__\n",
    "=begin\n",
    "=end\n",
    "\0",
    "\x04",
    "\u{7F}",
    "\u{E9}",
    "(a, b), c = 1",
    "a, *b = *c",
    "p(*a, **b, &c)",
    "x.(1)",
    "x[1] ||= 2",
    "x&.y += 1",
    "A::B = 1",
    "def f(...) = g(...)",
    "{a:, b:}",
    "\\\n",
];

/// The corpus, cut into lines.
pub struct Sources {
    programs: Vec<Vec<Vec<u8>>>,
}

impl Sources {
    /// Reads the corpus below the project's root.
    pub fn read(root: &Path) -> Result<Self, String> {
        let mut paths = Vec::new();
        for folder in FOLDERS {
            let folder = root.join(folder);
            let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            paths.extend(entries.flatten().map(|entry| entry.path()));
        }
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "rb"));
        // A seed means the same on every machine.
        paths.sort();
        let programs = paths.iter().map(|path| {
            let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(text.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect())
        });
        let programs: Vec<Vec<Vec<u8>>> = programs.collect::<Result<_, String>>()?;
        if programs.is_empty() { Err("there are no programs to start from".into()) } else { Ok(Self { programs }) }
    }

    /// A part of a program, as it is.
    pub fn part(&self, numbers: &mut Numbers) -> Vec<u8> {
        let program = &self.programs[numbers.below(self.programs.len())];
        let start = numbers.below(program.len().max(1));
        let end = (start + 1 + numbers.below(LINES_MAX)).min(program.len());
        let whole = numbers.once_in(3) && program.len() <= LINES_MAX * 4;
        if whole { program.concat() } else { program.get(start..end).unwrap_or_default().concat() }
    }

    /// A program, damaged.
    pub fn damaged(&self, numbers: &mut Numbers) -> Vec<u8> {
        let mut text = self.part(numbers);
        if numbers.once_in(3) {
            splice(&mut text, &self.part(numbers), numbers);
        }
        for _ in 0..numbers.below(6) {
            damage(&mut text, numbers);
        }
        text.truncate(BYTES_MAX);
        text
    }
}

fn splice(text: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    let at = numbers.below(text.len() + 1);
    let taken = other[numbers.span(other.len())].to_vec();
    text.splice(at..at, taken);
}

fn damage(text: &mut Vec<u8>, numbers: &mut Numbers) {
    let at = numbers.below(text.len() + 1);
    match numbers.below(9) {
        0..=2 => {
            let word = numbers.pick(WORDS).as_bytes();
            let spaced = [b" ", word, b" "].concat();
            text.splice(at..at, spaced);
        }
        3 => text.insert(at, numbers.word() as u8),
        4 if at < text.len() => text[at] = numbers.word() as u8,
        5 => drop(text.drain(near(at, text.len(), numbers))),
        6 => {
            let copy = text[near(at, text.len(), numbers)].to_vec();
            let to = numbers.below(text.len() + 1);
            text.splice(to..to, copy);
        }
        7 => repeat(text, at, numbers),
        _ => swap_words(text, numbers),
    }
}

/// A span that begins at `at` and is short.
fn near(at: usize, length: usize, numbers: &mut Numbers) -> std::ops::Range<usize> {
    at..(at + numbers.below(40)).min(length)
}

/// A word many times: what nests, nests deep.
fn repeat(text: &mut Vec<u8>, at: usize, numbers: &mut Numbers) {
    let word = numbers.pick(WORDS);
    let count = [2, 10, 100, 1_000][numbers.below(4)];
    text.splice(at..at, format!("{word} ").repeat(count).into_bytes());
}

fn swap_words(text: &mut Vec<u8>, numbers: &mut Numbers) {
    let mut words: Vec<Vec<u8>> = text.split_inclusive(|byte| !byte.is_ascii_alphanumeric()).map(<[u8]>::to_vec).collect();
    if words.len() < 2 {
        return;
    }
    let (a, b) = (numbers.below(words.len()), numbers.below(words.len()));
    words.swap(a, b);
    *text = words.concat();
}

#[cfg(test)]
mod tests {
    use super::{Numbers, Sources};

    #[test]
    fn damage_depends_on_the_numbers_only() {
        let lines = b"def a\n  1\nend\n".split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec);
        let sources = Sources { programs: vec![lines.collect()] };
        let inputs = |seed| (0..50).map(|index| sources.damaged(&mut Numbers::new(seed, index))).collect::<Vec<_>>();
        assert_eq!(inputs(1), inputs(1));
        assert_ne!(inputs(1), inputs(2));
        assert!(inputs(3).iter().all(|input| input.len() <= super::BYTES_MAX));
    }
}
