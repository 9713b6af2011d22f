//! Expressions for the driver: texts that builtins take apart (formats, patterns, numbers, encodings), and calls of any
//! method of the core with odd arguments.

use super::numbers::Numbers;

const ENCODINGS: &[&str] = &[
    "UTF-8",
    "US-ASCII",
    "ASCII-8BIT",
    "UTF-16LE",
    "UTF-16BE",
    "UTF-32LE",
    "UTF-32BE",
    "UTF-16",
    "UTF-32",
    "UTF-7",
    "EUC-JP",
    "Shift_JIS",
    "Windows-31J",
    "ISO-8859-1",
    "ISO-8859-15",
    "Windows-1252",
    "ISO-2022-JP",
    "GB18030",
    "Big5",
    "EUC-KR",
    "KOI8-R",
    "IBM437",
    "UTF8-MAC",
    "CESU-8",
    "nope",
    "locale",
    "external",
];

/// An expression with a random text in it.
pub fn text(numbers: &mut Numbers) -> String {
    match numbers.below(7) {
        0 => pack(numbers),
        1 => format_call(numbers),
        2 => regexp(numbers),
        3 => time(numbers),
        4 => number(numbers),
        5 => encoding(numbers),
        _ => string_call(numbers),
    }
}

/// A string literal of bytes.
fn literal(bytes: &[u8]) -> String {
    let escape = |&byte: &u8| match byte {
        b'"' | b'\\' | b'#' => format!("\\{}", char::from(byte)),
        0x20..=0x7E => char::from(byte).to_string(),
        _ => format!("\\x{byte:02X}"),
    };
    format!("\"{}\"", bytes.iter().map(escape).collect::<String>())
}

/// Characters of `alphabet` in any order, and a few bytes of any kind.
fn soup(alphabet: &str, length_max: usize, numbers: &mut Numbers) -> Vec<u8> {
    let characters: Vec<char> = alphabet.chars().collect();
    let mut bytes = Vec::new();
    for _ in 0..numbers.below(length_max + 1) {
        if numbers.once_in(40) {
            bytes.push(numbers.word() as u8);
        } else {
            let character = characters[numbers.below(characters.len())];
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    bytes
}

fn pack(numbers: &mut Numbers) -> String {
    let format = literal(&soup("aAbBcCdDeEfFgGhHiIjJlLmMnNpPqQsSuUvVwxXZ@ **__!<>0123459#\n", 12, numbers));
    if numbers.once_in(2) {
        let bytes = literal(&(0..numbers.below(24)).map(|_| numbers.word() as u8).collect::<Vec<_>>());
        let offset = numbers.pick(&["", ", offset: 3", ", offset: -1", ", offset: 100"]);
        return format!("{bytes}.b.unpack({format}{offset})");
    }
    let values: Vec<&str> = (0..numbers.below(8)).map(|_| numbers.pick(ARGUMENTS)).collect();
    let buffer = numbers.pick(&["", ", buffer: +\"abc\"", ", buffer: \"x\".freeze", ", buffer: 1"]);
    format!("[{}].pack({format}{buffer})", values.join(", "))
}

fn format_call(numbers: &mut Numbers) -> String {
    let mut text = Vec::new();
    for _ in 0..=numbers.below(3) {
        text.extend(soup("ab%", 2, numbers));
        text.push(b'%');
        text.extend(soup(" #+-0*123.$<>{}a", 6, numbers));
        text.extend(soup("diuoxXbBeEfgGaAcsp%", 2, numbers));
    }
    let values: Vec<&str> = (0..numbers.below(4)).map(|_| numbers.pick(ARGUMENTS)).collect();
    let last = numbers.pick(&["", "", "{a: 1}"]);
    format!("format({}, *[{}], {last})", literal(&text), values.join(", ")).replace(", )", ")")
}

fn regexp(numbers: &mut Numbers) -> String {
    let mut pattern = Vec::new();
    let parts = [
        "(?<n>",
        "(?:",
        "(?=",
        "(?!",
        "(?<=",
        "(?<!",
        "(?>",
        "(?~",
        "(?i)",
        "(?mix-m:",
        "\\k<n>",
        "\\g<n>",
        "\\g<0>",
        "\\1",
        "[[:alpha:]]",
        "[^a-b&&[c]]",
        "\\p{L}",
        "\\p{^Han}",
        "\\P{nope}",
        "{2,3}",
        "{,2}",
        "{99999}",
        "{0}",
        "\\x{1F}",
        "\\u00e9",
        "\\u{10FFFF}",
        "\\M-\\C-a",
        "\\R",
        "\\X",
        "\\K",
        "(?(1)a|b)",
        "(?#",
        "\\h",
        "\\b",
        "\\A",
        "\\z",
        "\\G",
        "*+",
        "*?",
        "++",
        "??",
    ];
    for _ in 0..=numbers.below(7) {
        match numbers.below(2) {
            0 => pattern.extend(numbers.pick(&parts).bytes()),
            _ => pattern.extend(soup("ab.c()[]|*+?^$\\-{}é1 ", 4, numbers)),
        }
    }
    let subject = literal(&soup("abcé1 \n", 10, numbers));
    let options = numbers.pick(&["", ", 1", ", \"mx\"", ", Regexp::FIXEDENCODING", ", Regexp::NOENCODING", ", nil"]);
    let call = numbers.pick(&[
        "match(s)&.to_a",
        "match(s, 2)",
        "=~ s",
        "source",
        "to_s",
        "inspect",
        "names",
        "named_captures",
        "then { s.gsub(it, \"<\\\\0\\\\k<n>\\\\1>\") }",
        "then { s.scan(it) }",
        "then { s.split(it, 3) }",
        "then { s.sub(it) { $~.pre_match } }",
        "then { s[it, 1] }",
        "then { s.rindex(it) }",
        "then { Regexp.union(it, \"a\") }",
        "then { s.partition(it) }",
        "== /a/",
        "match?(s.b)",
        "match(s.encode(\"UTF-16LE\"))",
        "then { s.each_line(chomp: true).grep(it) }",
        "then { s.start_with?(it) }",
        "then { Regexp.linear_time?(it) }",
    ]);
    format!("s = {subject}; Regexp.new({}{options}).{call}", literal(&pattern)).replace(".=", " =")
}

fn time(numbers: &mut Numbers) -> String {
    let format = literal(&soup("%%%%YCymBbdejHklMIpPSLNzZAuwGgVUWsntFDxXrRTvc+^#_-0:1239E O", 14, numbers));
    let at = numbers.pick(&["0", "1.5", "-1", "2**62", "10**20", "-10**15", "1/3r", "1_700_000_000, 999, :millisecond"]);
    match numbers.below(4) {
        0 => format!("Time.new({})", literal(&soup("2024-01-12T03:59:60.5 +09Z", 22, numbers))),
        1 => format!("Time.at({at}, in: {})", literal(&soup("+-0912:5UTCZA", 9, numbers))),
        2 => format!("Time.utc({}, {}, {}).strftime({format})", numbers.pick(ARGUMENTS), numbers.pick(ARGUMENTS), numbers.below(40)),
        _ => format!("Time.at({at}).utc.strftime({format})"),
    }
}

fn number(numbers: &mut Numbers) -> String {
    let text = literal(&soup("0011229._-+xXbBoOeEdDaAfFzpP irn/", 14, numbers));
    let base = numbers.pick(&["0", "2", "8", "10", "16", "36", "-8", "37", "1", "nil", "2**64"]);
    match numbers.below(9) {
        0 => format!("Integer({text}, {base})"),
        1 => format!("Float({text}, exception: false)"),
        2 => format!("Rational({text})"),
        3 => format!("Complex({text})"),
        4 => format!("{text}.to_i({base})"),
        5 => format!("[{text}.to_f, {text}.to_r, {text}.to_c, {text}.hex, {text}.oct]"),
        6 => format!("Float({text})"),
        7 => format!("{text}.succ"),
        _ => format!(
            "({}).{}",
            numbers.pick(ARGUMENTS),
            numbers.pick(&[
                "to_s(36)",
                "round(-400)",
                "round(400)",
                "digits(7)",
                "floor(2)",
                "rationalize(0.1)",
                "pow(3, 5)",
                "to_s(99)",
                "ceil(-20)",
                "**(-3)",
                "bit_length",
                "fdiv(7)",
                "divmod(0.3)"
            ])
        ),
    }
}

fn encoding(numbers: &mut Numbers) -> String {
    let bytes = literal(
        &(0..numbers.below(12)).map(|_| if numbers.once_in(2) { numbers.word() as u8 } else { b'a' + numbers.below(26) as u8 }).collect::<Vec<_>>(),
    );
    let (from, to) = (numbers.pick(ENCODINGS), numbers.pick(ENCODINGS));
    let start = format!("+{bytes}.force_encoding(\"{from}\")").replacen('+', "", 1);
    let call = numbers.pick(&[
        "inspect",
        "dump",
        "chars",
        "codepoints",
        "length",
        "reverse",
        "upcase",
        "capitalize",
        "swapcase",
        "valid_encoding?",
        "scrub",
        "scrub(\"?\")",
        "each_grapheme_cluster.to_a",
        "to_sym",
        "succ",
        "hash.class",
        "squeeze",
        "casecmp?(\"a\")",
        "unicode_normalize",
        "inspect.encoding",
        "ord",
        "chop",
        "chomp",
        "strip",
        "split(\"\")",
        "tr(\"a-z\", \"b\")",
        "center(20, \"\\u3042\")",
        "byteslice(1, 3)",
        "[1..]",
        "=~ /a/",
        "sub(/./, \"x\")",
        "lines",
        "unpack(\"U*\")",
        "encode(\"UTF-8\", invalid: :replace, undef: :replace)",
        "encode(\"UTF-8\", fallback: ->(c) { c.inspect })",
        "encode(xml: :attr)",
        "encode(universal_newline: true)",
        "insert(1, \"b\")",
        "to_i",
        "undump",
        "bytesplice(0, 1, \"ab\")",
        "each_line.to_a",
        "delete(\"a\")",
        "count(\"^a\")",
        "sum",
        "crypt(\"ab\")",
        "ljust(9)",
    ]);
    match numbers.below(3) {
        0 => format!("{start}.encode(\"{to}\").inspect"),
        1 => format!(
            "{start}.encode(\"{to}\", invalid: :replace, undef: :replace, replace: {})",
            numbers.pick(&["\"?\"", "\"\"", "\"\\u3042\"", "nil", "1"])
        ),
        _ => format!("{start}.{call}").replace(".=~", " =~"),
    }
}

fn string_call(numbers: &mut Numbers) -> String {
    let subject = literal(&soup("abcé\n \t%-^\\あ", 14, numbers));
    let set = literal(&soup("abc-z^\\é", 6, numbers));
    let other = literal(&soup("abé\\01k<>&`'", 6, numbers));
    match numbers.below(9) {
        0 => format!("{subject}.tr({set}, {other})"),
        1 => format!("{subject}.tr_s({set}, {other})"),
        2 => format!("[{subject}.delete({set}), {subject}.count({set}, {other}), {subject}.squeeze({set})]"),
        3 => format!("{subject}.gsub({other}, {other})"),
        4 => format!("{subject}.gsub(/[ab\\u00e9]/, {other})"),
        5 => format!("{subject}.each_line({other}).to_a + {subject}.split({other}, {})", numbers.pick(ARGUMENTS)),
        6 => format!("({subject} + {other}).insert({}, {other})", numbers.pick(ARGUMENTS)),
        7 => format!("({subject}.dup)[{}, {}] = {other}", numbers.pick(ARGUMENTS), numbers.pick(ARGUMENTS)),
        _ => format!("{subject}.unpack1({other}) rescue {subject}.to_sym.inspect"),
    }
}

/// Arguments for anything.
pub const ARGUMENTS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "3",
    "100",
    "2**31",
    "2**62",
    "2**63",
    "-2**63",
    "2**64",
    "-(2**64)",
    "10**40",
    "1.5",
    "-0.0",
    "1e308",
    "Float::NAN",
    "Float::INFINITY",
    "1/3r",
    "2i",
    "nil",
    "true",
    "false",
    "\"\"",
    "\"a\"",
    "\"abc\"",
    "\"\\xff\"",
    "\"a\".encode(\"UTF-16LE\")",
    "\"\\u3042\"",
    "\"b\\0c\"",
    "\"abc\".b",
    ":a",
    ":[]",
    "[]",
    "[1, 2]",
    "[[1, 2], [3]]",
    "[nil]",
    "[3, \"a\", :b]",
    "(a = [1]; a << a)",
    "{}",
    "{a: 1}",
    "{1 => 2}",
    "(h = {}; h[:h] = h)",
    "(1..3)",
    "(1...)",
    "(..3)",
    "(\"a\"..\"c\")",
    "(3..1)",
    "(0..2**62)",
    "/a/",
    "/(?<n>.)/",
    "Object.new",
    "BasicObject.new",
    "Class",
    "Class.new",
    "Module.new",
    "Comparable",
    "String",
    "Integer",
    "proc { |*a| tick; a }",
    "->(x) { tick; x }",
    "method(:tick)",
    "Struct.new(:a, :b).new(1, 2)",
    "Data.define(:a).new(a: 1)",
    "Time.at(0).utc",
    "Exception.new(\"x\")",
    "[1, 2].each",
    "(1..3).lazy",
    "Enumerator.new { |y| y << 1 }",
    "Random.new(1)",
    "Encoding::UTF_8",
    "Fiber.new { |x| Fiber.yield x }",
    "Thread.new { 1 }",
    "Mutex.new",
    "Queue.new",
    "\"abc\".match(/b/)",
    "binding",
    "ObjectSpace::WeakMap.new",
    "Set[1, 2]",
    "[1, 2].freeze",
    "\"fr\".freeze",
    "Enumerator::Yielder.new { |x| x }",
    "[1, 2].each_slice(2)",
    "1.step(9, 2)",
    "Proc.new { |x, y = 2, *z, k: 1, **o, &b| x }",
    "Kernel",
    "ENV",
    "main_like = Object.new",
    "Object.new.singleton_class",
    "[].method(:push).unbind",
    "Thread.current",
    "Dir",
    "Float::MAX",
    "TracePoint.new(:line) { }",
    "ObjectSpace",
    "GC",
    "Math",
    "Marshal",
    "Process",
    "Signal",
    "Ractor",
    "RubyVM",
    "Refinement",
    "Exception",
    "KeyError.new(\"k\", receiver: 1, key: 2)",
];

/// Methods that end the process, wait for the world, or change what the driver stands on.
const SHUNNED: &[&str] = &[
    "exit",
    "exit!",
    "abort",
    "fork",
    "exec",
    "system",
    "spawn",
    "`",
    "sleep",
    "kill",
    "trap",
    "gets",
    "readline",
    "readlines",
    "syscall",
    "daemon",
    "wait",
    "wait2",
    "waitall",
    "waitpid",
    "waitpid2",
    "detach",
    "stop",
    "join",
    "value",
    "pop",
    "shift",
    "deq",
    "setrlimit",
    "setsid",
    "setuid",
    "setgid",
    "chdir",
    "chroot",
    "rmdir",
    "unlink",
    "delete",
    "fchdir",
    "mkdir",
    "select",
    "read",
    "sysopen",
    "test",
    "clear",
    "replace",
    "define_method",
    "undef_method",
    "remove_method",
    "remove_const",
    "const_set",
    "prepend",
    "include",
    "alias_method",
    "attr_writer",
    "attr_accessor",
    "attr",
    "attr_reader",
    "private",
    "protected",
    "module_function",
    "refine",
    "freeze",
    "remove_class_variable",
    "ruby2_keywords",
    "private_constant",
    "private_class_method",
    "report_on_exception=",
    "abort_on_exception=",
    "priority=",
    "exception",
    "warmup",
    "egid=",
    "euid=",
    "uid=",
    "gid=",
    "groups=",
    "maxgroups=",
    "setpgid",
    "setpgrp",
    "setpriority",
    "setproctitle",
    "initgroups",
    "instance_eval",
    "class_eval",
    "module_eval",
    "instance_exec",
    "class_exec",
    "module_exec",
    "eval",
    "public",
    "default_internal=",
    "default_external=",
    "stress=",
    "disable",
    "pass",
    "set_trace_func",
    "autoload",
    "load",
    "open",
    "require",
    "require_relative",
    "undefine_finalizer",
    "_id2ref",
    "raise",
    "wakeup",
    "run",
    "exclusive",
    "receive",
    "lock",
    "terminate",
    "rehash",
    "update",
    "merge!",
    "filter!",
    "keep_if",
    "reject!",
    "delete_if",
    "select!",
    "compact!",
    "[]=",
    "store",
    "__send__",
    "send",
    "public_send",
    "method_missing",
    "new_seed",
    "srand",
    "putc",
    "allocate",
    "handle_interrupt",
    "extend",
    "define_singleton_method",
    "undef",
    "deprecate_constant",
    "public_constant",
    "public_class_method",
    "remove_instance_variable",
    "instance_variable_set",
    "class_variable_set",
    "enable",
];

/// An expression for the methods of `argument`, each as `name/arity/common`, so that calls need not be written down here; `common` is
/// an expression for the names to leave out.
pub fn names_expression(argument: &str, common: &str) -> String {
    format!(
        "x = ({argument}); k = Kernel; m = k.instance_method(:methods).bind_call(x) - {common} rescue []; \
         c = Object.instance_methods | Module.instance_methods; \
         m.map {{ \"#{{it}}/#{{k.instance_method(:method).bind_call(x, it).arity}}/#{{c.include?(it)}}\" }}.sort.join(\" \")"
    )
}

/// The names of the methods of one of ARGUMENTS. What every object has is asked of a plain one only.
pub fn argument_names_expression(argument: &str) -> String {
    names_expression(argument, if argument == PLAIN { "[]" } else { "Object.instance_methods" })
}

/// The argument that has nothing of its own.
const PLAIN: &str = "Object.new";

/// Receivers with the names of their methods.
#[derive(Default)]
pub struct Calls {
    receivers: Vec<(&'static str, Vec<Method>)>,
}

/// A method.
pub struct Method {
    pub name: String,
    /// As Ruby counts it.
    pub arity: i64,
    /// Whether all objects or all modules have it.
    pub common: bool,
}

impl Method {
    /// A word of the answer to a `names_expression`.
    fn read(word: &str) -> Option<Self> {
        let (word, common) = word.rsplit_once('/')?;
        let (name, arity) = word.rsplit_once('/')?;
        Some(Self { name: name.to_owned(), arity: arity.parse().ok()?, common: common == "true" })
    }
}

impl Calls {
    /// Keeps what may be called of `names`: what is not shunned, or `wanted` all the same.
    pub fn add(&mut self, receiver: &'static str, names: &str, wanted: impl Fn(&str) -> bool) {
        let methods = names.split_ascii_whitespace().filter_map(Method::read);
        // Names with two underscores belong to the prelude, which keeps its own rules.
        let shunned = |name: &str| SHUNNED.contains(&name) && !wanted(name);
        let names: Vec<Method> = methods.filter(|Method { name, .. }| !shunned(name) && name != "tick" && !name.starts_with("__")).collect();
        if !names.is_empty() {
            self.receivers.push((receiver, names));
        }
    }

    /// Whether there is nothing to call.
    pub fn is_empty(&self) -> bool {
        self.receivers.is_empty()
    }

    /// A receiver and its methods; there are some.
    pub fn receiver(&self, numbers: &mut Numbers) -> (&'static str, &[Method]) {
        let (receiver, names) = &self.receivers[numbers.below(self.receivers.len())];
        (receiver, names)
    }

    /// A call with any arguments.
    pub fn call(&self, numbers: &mut Numbers) -> String {
        let (receiver, names) = self.receiver(numbers);
        let Method { name, arity, .. } = &names[numbers.below(names.len())];
        let least = if *arity < 0 { -arity - 1 } else { *arity } as usize;
        let extra = if *arity < 0 || numbers.once_in(20) { numbers.below(3) } else { 0 };
        let mut arguments: Vec<String> = Vec::new();
        for _ in 0..least + extra {
            let alike = if numbers.once_in(4) { receiver } else { numbers.pick(ARGUMENTS) };
            arguments.push(if numbers.once_in(8) { "x".to_owned() } else { format!("({alike})") });
        }
        if numbers.once_in(12) {
            arguments.push(format!("*({})", numbers.pick(ARGUMENTS)));
        }
        if numbers.once_in(12) {
            arguments.push(
                numbers
                    .pick(&[
                        "**{a: 1}",
                        "exception: false",
                        "in: \"UTC\"",
                        "chomp: true",
                        "buffer: +\"\"",
                        "capacity: 2**62",
                        "by: 0",
                        "half: :even",
                        "random: Random.new(1)",
                    ])
                    .to_owned(),
            );
        }
        let block = numbers.pick(&[
            "",
            "",
            "",
            " { |*a| tick; a.first }",
            " { tick; nil }",
            " { tick; true }",
            " { tick; raise \"x\" }",
            " { tick; break 3 }",
            " { |a, b| tick; x.clear rescue x << 1; b }",
            " { tick; 2**62 }",
        ]);
        // By `__send__`, so that operators and writers need no form of their own.
        format!("x = ({receiver}); x.__send__(:{name:?}{}{}){block}", if arguments.is_empty() { "" } else { ", " }, arguments.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Calls, Numbers, literal, text};

    #[test]
    fn literals_are_printable() {
        assert_eq!(literal(b"a\"#\xFF\n"), r#""a\"\#\xFF\x0A""#);
        assert!((0..300).all(|index| text(&mut Numbers::new(1, index)).is_ascii()));
    }

    #[test]
    fn calls_shun_what_ends_the_process() {
        let mut calls = Calls::default();
        calls.add("1", "exit!/-1/false succ/0/false", |_| false);
        assert!((0..50).all(|index| calls.call(&mut Numbers::new(1, index)).contains(":\"succ\"")));
    }
}
