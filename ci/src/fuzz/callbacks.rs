//! Programs for the driver in which a core method is called while its receiver, its arguments or its block act against it:
//! `hostile.rb` says how; here it is decided who does what.

use super::expression::{Calls, Method};
use super::numbers::Numbers;

/// Switches of the workers. An input names one in its first line; most name the first.
pub const ROWS: &[&str] = &["", "--jit=threshold:1", "--gc=stress:7,verify", "--gc=stress:23"];

/// What programs are about: values with content, `o` and `y` in them if they can hold something.
const INSTANCES: &[&str] = &[
    "[o, 3, \"b\", o, 1]",
    "[3, 1, 2, 5, 4]",
    "[[o, 1], [2, y]]",
    "[\"b\" * 30, \"a\", :c]",
    "Array.new(300) { it.to_s * 9 }",
    "[1.5, o, 2r]",
    "{o => 1, b: o, 3 => y}",
    "{a: 1, \"b\" => [2]}",
    "Hash.new { |h, k| h[k] = o }.merge!(1 => 2)",
    "Array.new(100) { [it, \"v\" * it] }.to_h",
    "{o => o}.compare_by_identity",
    "+\"abc def\\u3042abc\"",
    "+\"\"",
    "(\"long text, \" * 30)",
    "\"by\\xFFtes\".b",
    "\"ab\".encode(\"UTF-16LE\")",
    "Set[o, 1, \"b\"]",
    "Set.new(1..40)",
    "Struct.new(:a, :b).new(o, [1])",
    "Struct.new(:a, :b, keyword_init: true).new(a: o, b: y)",
    "Data.define(:a, :b).new(a: o, b: y)",
    "(o..o)",
    "(1..6)",
    "(\"a\"..\"e\")",
    "(1..)",
    "1.step(20, 3)",
    "[o, 2, 3].each",
    "[4, o, 3].each_with_index",
    "[o, 1].each_slice(2)",
    "{o => 1}.each",
    "Enumerator.new { |e| e << o << 2; tick; e << y }",
    "[o, 1, 2].lazy.map { |e| tick; e }",
    "([1, o].each + [y])",
    "Enumerator::Product.new([1, o], [2, y])",
    "Enumerator::Yielder.new { |e| tick; e }",
    "Enumerator::Chain.new([o], y)",
    "\"xabc\".match(/(?<n>b)(c)?/)",
    "StringIO.new(+\"line one\\nline two\\nlast\")",
    "StringIO.new",
    "File.open(\"text\")",
    "File.open(\"text\", \"r+\")",
    "File.open(\"written\", \"w+\")",
    "(r, w = IO.pipe; w << \"abc\\nde\\n\"; w.close; r)",
    "(r, w = IO.pipe; $kept = r; w)",
    "Dir.new(\".\")",
    "Thread::Queue.new([o, 1, y])",
    "Thread::SizedQueue.new(3)",
    "Thread::Mutex.new",
    "proc { |a, *b, k: 1, &c| tick; a }",
    "->(a = o, *) { tick; a }",
    "[o, 2].method(:push)",
    "[1].method(:map).unbind",
    "proc { tick; 1 } >> o.method(:hash)",
    "Time.at(1_700_000_000)",
    "ObjectSpace::WeakMap.new.tap { it[o] = y }",
    "ObjectSpace::WeakKeyMap.new.tap { it[\"k\"] = o }",
    "Random.new(3)",
    "Fiber.new { |a| Fiber.yield a; y }",
    "Exception.new(o)",
    "KeyError.new(o, receiver: y, key: o)",
    "binding",
    "Object.new.tap { it.instance_variable_set(:@a, o) }",
    "Class.new(Array).new([o, 1])",
    "Class.new(String).new(\"sub\")",
    "Class.new(Hash).new.merge!(1 => o)",
    "/a(?<n>b)?/",
    ":sym",
    "7",
    "2**70",
    "1.5",
    "1/3r",
    "2i",
    "nil",
    "Class.new { include Comparable; def <=>(other) = (tick; other <=> 1) }.new",
    "Class.new { include Enumerable; def each = (tick; yield 1; yield [2, 3]; yield \"c\") }.new",
    "Class.new { def a = 1 }",
    "Module.new",
    "o",
    "Thread.new { 1 }",
    "Thread::ConditionVariable.new",
    "ENV.to_h",
    "ObjectSpace.each_object(Class)",
    "\"a-b\".each_char",
    "\"text\".each_grapheme_cluster",
    "File.stat(\"text\")",
    "[o, 1].to_enum(:each_cons, 2) { o }",
    "Refinement",
    "TracePoint.new(:call) { }",
];

/// Modules, whose own methods are called.
const MODULES: &[&str] = &[
    "Array",
    "Hash",
    "String",
    "Symbol",
    "Integer",
    "Float",
    "Rational",
    "Complex",
    "Range",
    "Set",
    "Struct",
    "Struct.new(:a, :b)",
    "Data",
    "Data.define(:a)",
    "Proc",
    "Method",
    "Time",
    "Regexp",
    "MatchData",
    "IO",
    "File",
    "Dir",
    "FileTest",
    "File::Stat",
    "StringIO",
    "Kernel",
    "Math",
    "Marshal",
    "Random",
    "ObjectSpace",
    "ObjectSpace::WeakMap",
    "GC",
    "Comparable",
    "Enumerable",
    "Enumerator",
    "Enumerator::Lazy",
    "Enumerator::Chain",
    "Enumerator::Product",
    "Thread",
    "Thread::Queue",
    "Thread::SizedQueue",
    "Fiber",
    "Exception",
    "KeyError",
    "NameError",
    "NoMethodError",
    "FrozenError",
    "SystemCallError",
    "Encoding",
    "Class",
    "Module",
    "Warning",
    "Binding",
    "Signal",
    "Process",
    "ENV",
    "TracePoint",
];

/// Names that `calls` shuns for the sake of modules and threads, and that are the point here.
const WANTED: &[&str] = &[
    "clear",
    "replace",
    "delete",
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
    "rehash",
    "pop",
    "shift",
    "freeze",
    "join",
    "select",
    "read",
    "gets",
    "readline",
    "readlines",
    "value",
    "exception",
    "instance_variable_set",
    "remove_instance_variable",
    "extend",
    "define_singleton_method",
    "instance_exec",
    "include",
    "prepend",
    "define_method",
    "alias_method",
    "remove_method",
    "undef_method",
    "const_set",
    "attr_accessor",
    "class_variable_set",
    "test",
    "raise",
    "local_variable_set",
    "send",
    "public_send",
];

/// Receivers that wait, or that end others, under names that are harmless elsewhere.
const WAITING: &[&str] = &["Thread", "ObjectSpace.each_object", "binding"];

/// Conversions and the like; most are of use to many methods.
const NAMES: &[&str] = &[
    "to_str",
    "to_s",
    "inspect",
    "to_path",
    "to_sym",
    "to_ary",
    "to_a",
    "to_int",
    "to_i",
    "to_f",
    "to_r",
    "to_c",
    "to_hash",
    "to_h",
    "to_proc",
    "to_io",
    "hash",
    "eql?",
    "==",
    "===",
    "<=>",
    "=~",
    "coerce",
    "+",
    "-",
    "*",
    "/",
    "<",
    ">",
    "succ",
    "each",
    "call",
    "begin",
    "end",
    "exclude_end?",
    "size",
    "length",
    "rand",
    "write",
    "read",
    "exception",
    "message",
    "backtrace",
    "respond_to?",
    "respond_to_missing?",
    "method_missing",
    "is_a?",
    "class",
    "frozen?",
    "marshal_dump",
    "_dump",
    "deconstruct",
    "deconstruct_keys",
    "key?",
    "divmod",
    "utc_to_local",
    "local_to_utc",
    "step",
];

/// Sets of names that belong together; the first one fits most methods.
const KINDS: &[&str] = &[
    ANYTHING,
    ANYTHING,
    ANYTHING,
    ANYTHING,
    ANYTHING,
    ANYTHING,
    ANYTHING,
    ANYTHING,
    "to_str to_s",
    "to_int to_i to_f",
    "to_ary to_a each",
    "to_hash to_h",
    "hash eql? ==",
    "<=> == succ",
    "coerce + - <=>",
    "to_path to_str",
    "to_proc call",
    "to_io read write",
    "each to_enum size",
    "respond_to? method_missing",
    "=== == =~",
    "begin end exclude_end?",
    "to_r to_f to_int coerce",
    "inspect to_s message",
];

/// What can be taken for anything.
const ANYTHING: &str = "to_str to_int to_ary to_hash to_proc to_path to_sym to_io to_f to_r hash eql? == === <=> coerce each call size begin end exclude_end? + - * < > succ exception";

/// What x may have of its own that natives call.
const TURNED: &[&str] = &[
    "each",
    "size",
    "length",
    "hash",
    "==",
    "eql?",
    "<=>",
    "to_s",
    "inspect",
    "to_str",
    "to_ary",
    "to_a",
    "to_hash",
    "initialize_copy",
    "initialize_clone",
    "initialize_dup",
    "[]",
    "[]=",
    "<<",
    "default",
    "call",
    "read",
    "write",
    "respond_to?",
    "respond_to_missing?",
    "begin",
    "end",
    "succ",
    "coerce",
    "key?",
    "include?",
    "dup",
    "to_proc",
    "close",
    "method_missing",
    "each_pair",
    "yield",
];

/// What they do to their target, `§`.
const ACTS: &[&str] = &[
    "§.clear",
    "§.clear; churn",
    "§.replace([1])",
    "§.replace(\"z\")",
    "§.replace({1 => 2})",
    "§.replace(\"z\" * 3_000)",
    "§ << \"long\" * 50",
    "§ << 1",
    "§.concat(§)",
    "§.push(*1..200)",
    "200.times { §[it] = it }",
    "§.freeze",
    "§.rehash",
    "§.compare_by_identity",
    "§.delete(§.first)",
    "§.delete(1)",
    "§.shift; §.shift",
    "§.pop",
    "§.pop; churn",
    "§.slice!(1..)",
    "§.close",
    "§.close; churn",
    "§.close_write",
    "§.close_read",
    "§.truncate(0)",
    "§.string = +\"\"",
    "§.rewind",
    "§.seek(100_000)",
    "§.reopen(\"text\")",
    "§.ungetc(\"u\" * 9000)",
    "§.read",
    "§.gets",
    "§.force_encoding(\"UTF-16LE\")",
    "§.force_encoding(\"BINARY\")",
    "§.setbyte(0, 255)",
    "§[5_000] = 1",
    "§[0] = nil",
    "§[:new] = §",
    "§.sort! { tick; -1 }",
    "§.reverse!",
    "§.shuffle!",
    "§.uniq!",
    "§.compact!",
    "§.fill(nil)",
    "§.add(Object.new)",
    "§.reset",
    "§.next",
    "§.peek",
    "§.resume",
    "§.kill",
    "§.__send__(:initialize)",
    "§.__send__(:initialize, 3)",
    "§.__send__(:initialize, \"q\")",
    "§.__send__(:initialize, [1])",
    "§.__send__(:initialize_copy, §.class.new)",
    "§.__send__(:initialize_copy, §.dup)",
    "§.instance_variable_set(:@v, 1)",
    "9.times { |i| §.instance_variable_set(:\"@v#{i}\", i) }",
    "§.remove_instance_variable(:@a)",
    "§.singleton_class.class_eval { def to_s = 1 }",
    "§.extend(Comparable)",
    "§.each { break }",
    "§.each { |*e| tick; §.clear }",
    "§.a = 1",
    "§.encode!(\"UTF-16\")",
    "§.upcase!",
    "§.insert(0, \"i\" * 100)",
    "§.prepend(\"p\" * 100)",
    "§.default = 1",
    "§.default_proc = proc { tick; 1 }",
    "§.transform_values!(&:to_s)",
    "§.keep_if { false }",
    "§.delete_if { true }",
    "§.instance_variables.each { §.remove_instance_variable(it) }",
    "§.sync = true",
    "§.set_encoding(\"UTF-16LE:UTF-8\")",
    "§.binmode",
    "§.ungetbyte(\"b\" * 100)",
    "§.pos = 3",
    "§.localtime(\"+09:00\")",
    "§.lock",
    "§.seed",
    "§.garbage",
    "$~ = nil",
    "\"q\" =~ /(q)/",
];

/// What they do that is about nothing in particular.
const OUTER_ACTS: &[&str] = &[
    "GC.start",
    "churn",
    "Thread.pass",
    "Fiber.yield(1)",
    "raise \"x\"",
    "raise StopIteration",
    "raise IndexError",
    "throw :out",
    "(x.__send__(*$call))",
    "Thread.new { churn }.join",
    "Fiber.new { churn; 1 }.resume",
    "throw :none",
];

/// Arguments that do nothing.
const PLAIN: &[&str] = &[
    "0",
    "1",
    "2",
    "-1",
    "100",
    "nil",
    "true",
    "\"a\"",
    "\"b\"",
    "\"\"",
    ":a",
    "1.5",
    "(0..2)",
    "(1..)",
    "[1, 2]",
    "[y]",
    "{a: 1}",
    "/a/",
    "/./",
    "\"text\"",
    "\"r+\"",
    "x",
    "x",
    "y",
    "y",
    "String",
    "Array",
    "2**64",
    "[x]",
    "[[1, o]]",
    "proc { |*a| tick; a.first }",
    "Set[1]",
    "[o, o]",
    "{o => o}",
    "(o..o)",
    "[1].each",
    "l",
];

/// The expression for the names of a receiver's methods.
pub fn names_expression(receiver: &str) -> String {
    super::expression::names_expression(&format!("o = 1; y = []; l = []; {receiver}"), "[]")
}

/// Receivers whose methods are wanted.
pub fn receivers() -> impl Iterator<Item = &'static str> {
    INSTANCES.iter().chain(MODULES).copied()
}

/// Whether a method may be called of a receiver, though `calls` shuns its name.
pub fn wanted(receiver: &str, name: &str) -> bool {
    WANTED.contains(&name) && !MODULES.contains(&receiver) && !WAITING.iter().any(|waiting| receiver.starts_with(waiting))
}

/// A program.
pub fn program(calls: &Calls, numbers: &mut Numbers) -> String {
    let (receiver, methods) = calls.receiver(numbers);
    let mut writer = Writer { methods, numbers, module: MODULES.contains(&receiver) };
    let row = ROWS[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 3][writer.numbers.below(20)]];
    let (o, y) = (writer.hostile(), writer.numbers.pick(INSTANCES));
    let mut lines = vec![format!("# {row}"), "o = x = y = l = nil".into(), format!("o = {o}"), format!("y = {y}"), format!("x = {receiver}")];
    if writer.numbers.once_in(5) {
        lines.push(format!("turn(x, %i[{} {}]) {{ {} }}", writer.numbers.pick(TURNED), writer.numbers.pick(TURNED), writer.act()));
    }
    for _ in 0..=writer.numbers.below(3) {
        lines.extend(writer.call());
    }
    lines.push("probe(x); probe(y); probe(l)".into());
    lines.join("\n")
}

/// Named arguments.
const NAMED: &[&str] =
    &[", **o", ", a: o", ", chomp: o", ", in: o", ", exception: false", ", random: o", ", capacity: o", ", by: o", ", timeout: 0", ", encoding: o"];

struct Writer<'n> {
    /// What x can do.
    methods: &'n [Method],
    /// Whether x is a module: initialized again, it would be lost for all programs behind this one.
    module: bool,
    numbers: &'n mut Numbers,
}

impl<'n> Writer<'n> {
    /// The lines of a call of x.
    fn call(&mut self) -> [String; 3] {
        let Method { name, arity, .. } = self.method();
        let arguments = self.arguments(*arity).join(", ");
        let named = if self.numbers.once_in(12) { self.numbers.pick(NAMED) } else { "" };
        let call = format!("x.__send__(:{name:?}, *l{named}{}", self.block());
        let around = match self.numbers.below(6) {
            0 => format!("in_fiber {{ {call} }}"),
            1 => format!("beside(-> {{ {} }}) {{ {call} }}", self.act()),
            _ => format!("catch(:out) {{ {call} }}"),
        };
        [format!("l = [{arguments}]"), format!("$call = [:{name:?}, *l]"), format!("({around}) rescue 0")]
    }

    /// A method of x; seldom one that all objects have.
    fn method(&mut self) -> &'n Method {
        let method = &self.methods[self.numbers.below(self.methods.len())];
        if method.common && !self.numbers.once_in(12) { self.own_method().unwrap_or(method) } else { method }
    }

    fn own_method(&mut self) -> Option<&'n Method> {
        let own: Vec<&Method> = self.methods.iter().filter(|method| !method.common).collect();
        (!own.is_empty()).then(|| own[self.numbers.below(own.len())])
    }

    fn arguments(&mut self, arity: i64) -> Vec<String> {
        let least = if arity < 0 { -arity - 1 } else { arity } as usize;
        let extra = if arity < 0 { self.numbers.below(3) } else { 0 };
        (0..least + extra).map(|_| self.argument()).collect()
    }

    fn argument(&mut self) -> String {
        match self.numbers.below(5) {
            0 => self.numbers.pick(PLAIN).to_owned(),
            1 => "o".to_owned(),
            2 => format!("[{}, 1, o]", self.hostile()),
            _ => self.hostile(),
        }
    }

    fn hostile(&mut self) -> String {
        let names = if self.numbers.once_in(5) {
            format!("{} {}", self.numbers.pick(NAMES), self.numbers.pick(NAMES))
        } else {
            self.numbers.pick(KINDS).to_owned()
        };
        let start = self.numbers.pick(&["", "", ", 2", ", 3"]);
        format!("hostile(%i[{names}]{start}) {{ {} }}", self.act())
    }

    fn act(&mut self) -> String {
        if self.numbers.once_in(6) {
            return self.numbers.pick(OUTER_ACTS).to_owned();
        }
        let target = self.numbers.pick(&["x", "x", "x", "x", "y", "l"]);
        let act = if *target == *"x" { self.fitting_act() } else { self.numbers.pick(ACTS) };
        format!("({}) rescue 0", act.replace('§', target))
    }

    /// What can be done to x.
    fn fitting_act(&mut self) -> &'static str {
        let methods = self.methods;
        let fits = |act: &&&str| {
            let name = act.split_once("§.").map(|(_, rest)| rest.split([' ', '(', ';', '.']).next().unwrap_or_default());
            name.is_none_or(|name| name == "__send__" && !self.module || methods.iter().any(|method| method.name == name && !method.common))
        };
        let fitting: Vec<&&str> = ACTS.iter().filter(fits).collect();
        fitting[self.numbers.below(fitting.len())]
    }

    /// The rest of a call behind its arguments.
    fn block(&mut self) -> String {
        let answer = self.numbers.pick(&["a.first", "nil", "true", "1", "a", "o", "\"s\"", "-1", "break 1", "next a.last", "x"]);
        match self.numbers.below(5) {
            0 | 1 => ")".into(),
            2 => format!(") {{ |*a| tick; {answer} }}"),
            3 => format!(", &hostile(%i[to_proc call]) {{ {} }})", self.act()),
            _ => format!(") {{ |*a| tick; {}; {answer} }}", self.act()),
        }
    }
}
