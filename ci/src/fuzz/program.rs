//! Small Ruby programs from a grammar. They end (calls and loops burn fuel), and what they print depends on nothing but
//! themselves, so every tier and every mood of the collector must print the same.

use std::fmt::Write;

use super::numbers::Numbers;

/// What every program begins with. `cap` keeps values small; the names it uses are never redefined.
const HEAD: &str = include_str!("head.rb");

const INTEGERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "-5",
    "100",
    "2**30",
    "2**31",
    "2**61",
    "2**62",
    "-2**62",
    "4611686018427387903",
    "2**64",
    "-(2**70)",
    "0.5",
    "-0.0",
    "1e300",
    "Float::INFINITY",
    "3r",
    "2i",
];
const STRINGS: &[&str] =
    &["\"\"", "\"a\"", "\"abc\"", "\"h\\u00e9\"", "\"12\"", "\"x\" * 3", "\"\\xff\"", "\"a b c\"", "+\"mut\"", "\"%d-%s\"", "\"abc\".freeze"];
const ARRAYS: &[&str] =
    &["[]", "[1]", "[3, 1, 2]", "[1, \"a\", nil]", "[[1, 2], [3, 4]]", "(1..5).to_a", "%w[b a c]", "[1.5, 2]", "[:a, [:b, [:c]]]"];
const HASHES: &[&str] = &["{}", "{a: 1}", "{1 => 2, \"k\" => :v}", "{a: {b: 1}}", "Hash.new { |h, k| h[k] = k }", "Hash.new(5)"];
const OTHERS: &[&str] = &[
    "nil",
    "true",
    "false",
    ":sym",
    "Base.new",
    "Base.new(3, b: 4)",
    "Pair.new(1, 2)",
    "Point.new(x: 1, y: 2)",
    "(1..4)",
    "(1..6)",
    "Base",
    "->(q = 1, *) { q }",
];
const VARIABLES: &[&str] = &["v0", "v1", "v2", "v3"];
const OPERATORS: &[&str] = &["+", "-", "*", "/", "%", "<", "<=", ">", "==", "!=", "<=>", "&", "|", "^", "<<", "===", "=~", "**"];
const CALLS: &[&str] = &[
    "size",
    "to_s",
    "inspect",
    "first",
    "last",
    "reverse",
    "sort",
    "sum",
    "to_a",
    "hash.class",
    "dup",
    "frozen?",
    "freeze",
    "min",
    "max",
    "uniq",
    "flatten",
    "compact",
    "keys",
    "values",
    "succ",
    "upcase",
    "to_i",
    "to_f",
    "abs",
    "chars",
    "class",
    "a",
    "b",
    "x",
    "dyn_call",
    "nil?",
    "itself",
    "pop",
    "shift",
    "clear",
    "tally",
    "to_sym",
    "bytes",
    "invert",
    "to_h",
    "length",
    "floor",
    "divmod(3)",
    "push(1)",
    "index(1)",
    "include?(1)",
    "take(2)",
    "respond_to?(:dyn1)",
    "is_a?(Integer)",
    "ord",
    "even?",
    "-@",
    "!",
    "each_slice(2).to_a",
    "method(:to_s).arity",
    "instance_variables",
    "unknown_name(1, k: 2)",
    "sub(\"a\", \"b\")",
    "center(8, \"*\")",
    "send(:to_s)",
    "public_send(:size)",
    "then { _1 }",
    "with(x: 5)",
    "deconstruct",
];
const ITERATIONS: &[&str] = &[
    "each",
    "map",
    "select",
    "reject",
    "each_with_index",
    "sort_by",
    "group_by",
    "inject",
    "times",
    "each_pair",
    "find",
    "any?",
    "all?",
    "partition",
    "flat_map",
    "min_by",
    "sum",
    "upto(5)",
    "step(9, 4)",
    "each_slice(2)",
    "each_cons(2)",
    "map!",
    "select!",
    "delete_if",
    "each_char",
    "transform_values",
    "to_h",
    "then",
    "tap",
    "zip([1, 2])",
    "count",
    "take_while",
    "each_with_object([])",
    "reduce(1)",
    "cycle",
    "dyn_iter",
    "sort",
    "uniq",
    "filter_map",
    "instance_eval",
    "instance_exec(1)",
    "reverse_each",
    "each_entry",
    "sub!(/a/)",
    "gsub(/./)",
];
const PATTERNS: &[&str] = &[
    "Integer => n",
    "[a, *]",
    "[Integer, *r]",
    "{a:}",
    "{a: Integer => n, **r}",
    "nil",
    "String | Symbol",
    "[*, 1, *]",
    "1..",
    "x if x == 1",
    "Pair[x:, y:]",
    "Point(x:, y:)",
    "[]",
    "{}",
    "^v0",
    "_",
];
const REDEFINED: &[(&str, &str)] = &[
    ("Integer", "+"),
    ("Integer", "-"),
    ("Integer", "*"),
    ("Integer", "=="),
    ("Integer", ">"),
    ("Integer", "<=>"),
    ("Integer", "&"),
    ("Integer", "times"),
    ("Integer", "succ"),
    ("Float", "+"),
    ("String", "+"),
    ("String", "=="),
    ("String", "<<"),
    ("Array", "[]"),
    ("Array", "each"),
    ("Array", "<<"),
    ("Array", "size"),
    ("Hash", "[]"),
    ("Hash", "[]="),
    ("Symbol", "=="),
    ("NilClass", "nil?"),
    ("Base", "a"),
];

/// A program.
pub fn generate(numbers: &mut Numbers) -> String {
    let mut writer = Writer { numbers, out: HEAD.to_owned(), indent: 0, loops: 0, in_block: false, methods: 0 };
    for _ in 0..writer.numbers.below(3) {
        writer.class();
    }
    for _ in 0..=writer.numbers.below(4) {
        writer.method();
    }
    writer.line(format_args!("v0 = v1 = v2 = v3 = 1"));
    for _ in 0..=writer.numbers.below(6) {
        if writer.numbers.once_in(8) {
            writer.redefinition();
        }
        writer.test();
    }
    writer.out
}

struct Writer<'n> {
    numbers: &'n mut Numbers,
    out: String,
    indent: usize,
    /// Loops around the statement.
    loops: usize,
    in_block: bool,
    /// Methods `m0`, `m1`... that exist.
    methods: usize,
}

impl Writer<'_> {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.out, "{:1$}{text}", "", 2 * self.indent);
    }

    fn within(&mut self, head: std::fmt::Arguments<'_>, tail: &str, body: impl FnOnce(&mut Self)) {
        self.line(head);
        self.indent += 1;
        body(self);
        self.indent -= 1;
        self.line(format_args!("{tail}"));
    }

    fn class(&mut self) {
        let name = self.numbers.pick(&["Left", "Right", "Base", "Mixed"]);
        let head = if *name == *"Base" { "class Base".to_owned() } else { format!("class {name} < Base") };
        self.within(format_args!("{head}"), "end", |writer| {
            let value = writer.value();
            match writer.numbers.below(5) {
                0 => writer.line(format_args!("def to_s = super + \"!\"")),
                1 => writer.line(format_args!("def ==(other) = (tick; @a == other.a)")),
                2 => writer.line(format_args!("define_method(:dyn) {{ |q = 1, *r, k: 2, &blk| tick; [q, r, k, @a, blk&.call(q)] }}")),
                3 => writer.line(format_args!("def initialize(*) = (super; @c = {value}; @b = @c)")),
                _ => writer.line(format_args!("def hash = @a.hash; def eql?(other) = true; def dyn_iter = block_given? ? yield(@a, @b) : :none")),
            }
        });
        let (variable, value) = (self.variable(), self.numbers.below(9));
        self.line(format_args!("{variable} = {name}.new({value}) rescue 0"));
    }

    fn method(&mut self) {
        let parameters = self.numbers.pick(&[
            "v0 = 1, v1 = v0",
            "v0 = 1, *v1, v2: 3, **v3",
            "v0 = nil, v1 = [], &blk",
            "*v0, v1: 2, **",
            "v0 = 2, *v1, &blk",
            "v0 = {}, v3: v0",
        ]);
        let name = self.methods;
        self.within(format_args!("def m{name}({parameters})"), "end", |writer| {
            writer.line(format_args!("tick"));
            writer.line(format_args!("v0 ||= v1 ||= v2 ||= v3 ||= 0"));
            writer.body(2);
            if writer.numbers.once_in(3) {
                let value = writer.value();
                writer.line(format_args!("v3 = yield {value}, 2 if block_given?"));
            }
            let value = writer.value();
            writer.line(format_args!("{value}"));
        });
        self.methods += 1;
    }

    fn redefinition(&mut self) {
        let (class, name) = REDEFINED[self.numbers.below(REDEFINED.len())];
        let alias = format!("old_{}", self.numbers.below(1_000_000));
        let extra = self.numbers.pick(&["", "$seen = 1; ", "tick; "]);
        self.line(format_args!("class {class}; alias_method :{alias}, :{name}; def {name}(*rest, &blk) = ({extra}{alias}(*rest, &blk)); end"));
    }

    fn test(&mut self) {
        let times = [1, 1, 3, 40, 300][self.numbers.below(5)];
        self.within(format_args!("try do"), "end", |writer| {
            writer.line(format_args!("r = nil"));
            writer.loops += 1;
            writer.within(format_args!("i = 0; while i < {times}"), "end", |writer| {
                writer.line(format_args!("i = i.succ"));
                writer.body(3);
                let value = writer.value();
                writer.line(format_args!("r = {value}"));
            });
            writer.loops -= 1;
            writer.line(format_args!("[r, v0, v1, v2, v3]"));
        });
    }

    fn body(&mut self, depth: usize) {
        for _ in 0..=self.numbers.below(3) {
            self.statement(depth);
        }
    }

    fn statement(&mut self, depth: usize) {
        let variable = self.variable();
        let value = self.value();
        if depth == 0 {
            return self.line(format_args!("{variable} = {value}"));
        }
        match self.numbers.below(17) {
            0..=2 => self.line(format_args!("{variable} = {value}")),
            3 => self.operator_assignment(variable, &value),
            4 => self.within(format_args!("if {value}"), "end", |writer| {
                writer.body(depth - 1);
                writer.line(format_args!("else"));
                writer.body(depth - 1);
            }),
            5 if self.loops < 3 => self.bounded_loop(depth),
            6 | 7 => self.iteration(variable, depth),
            8 | 9 => self.protected(depth),
            10 => self.matching(&value, depth),
            11 => self.jump(&value),
            12 => {
                let array = self.numbers.pick(ARRAYS);
                self.line(format_args!("v0, (*v1, v2), v3 = {value}, *{array}"));
            }
            13 => self.line(format_args!("{variable} = eval({:?})", format!("v0 = {value}; [v0].size"))),
            14 => self.line(format_args!("{variable} = catch(:out) {{ |t| v1 = {value}; throw :out, v1 if v0; v1 }}")),
            15 => self.line(format_args!("{variable}.freeze; {variable} << {value}")),
            _ => self.call(variable),
        }
    }

    fn operator_assignment(&mut self, variable: &str, value: &str) {
        match self.numbers.below(5) {
            0 => self.line(format_args!("{variable} ||= {value}")),
            1 => self.line(format_args!("{variable} &&= {value}")),
            2 => {
                let index = self.numbers.below(4);
                self.line(format_args!("{variable}[{index}] ||= {value}"));
            }
            3 => self.line(format_args!("{variable}&.a = {value}")),
            _ => self.line(format_args!("{variable} = cap({variable} + {value})")),
        }
    }

    fn bounded_loop(&mut self, depth: usize) {
        let name = self.loops;
        let bound = self.numbers.below(12);
        self.loops += 1;
        let word = self.numbers.pick(&["while", "until"]);
        let test = if *word == *"while" { format!("l{name} < {bound}") } else { format!("l{name} >= {bound}") };
        self.within(format_args!("l{name} = 0; {word} {test}"), "end", |writer| {
            writer.line(format_args!("tick; l{name} = l{name}.succ"));
            writer.body(depth - 1);
        });
        self.loops -= 1;
    }

    fn iteration(&mut self, variable: &str, depth: usize) {
        let receiver = self.value();
        let call = self.numbers.pick(ITERATIONS);
        let parameters = self.numbers.pick(&["", "|e|", "|e, f|", "|e, (f, g), *h|", "|*e|", "|e = 1, k: 2|", "|v0|", "|e; v1|"]);
        let outer = std::mem::replace(&mut self.in_block, true);
        self.within(format_args!("{variable} = {receiver}.{call} do {parameters}"), "end", |writer| {
            writer.line(format_args!("tick"));
            writer.body(depth - 1);
            let value = writer.value();
            writer.line(format_args!("leaf({value})"));
        });
        self.in_block = outer;
    }

    fn protected(&mut self, depth: usize) {
        self.within(format_args!("begin"), "end", |writer| {
            writer.body(depth - 1);
            if writer.numbers.once_in(2) {
                let name =
                    writer.numbers.pick(&["=> e", "TypeError => e", "NoMethodError, ZeroDivisionError", "FrozenError => v1", "*[ArgumentError]"]);
                writer.line(format_args!("rescue {name}"));
                if writer.numbers.once_in(4) {
                    writer.line(format_args!("tick; retry"));
                }
                writer.body(depth - 1);
            }
            if writer.numbers.once_in(2) {
                writer.line(format_args!("ensure"));
                writer.body(depth - 1);
            }
        });
    }

    fn matching(&mut self, value: &str, depth: usize) {
        self.within(format_args!("case {value}"), "end", |writer| {
            for _ in 0..=writer.numbers.below(3) {
                let pattern = writer.numbers.pick(PATTERNS);
                writer.line(format_args!("in {pattern} then nil"));
                writer.body(depth - 1);
            }
            if writer.numbers.once_in(2) {
                writer.line(format_args!("else v0 = 1"));
            }
        });
    }

    fn jump(&mut self, value: &str) {
        let condition = self.value();
        match self.numbers.below(4) {
            0 => self.line(format_args!("next {value} if {condition}")),
            1 => self.line(format_args!("break {value} if {condition}")),
            2 if self.in_block => self.line(format_args!("(tick; redo) if {condition}.nil?")),
            _ => self.line(format_args!("raise ArgumentError, \"x\" if {condition}")),
        }
    }

    fn call(&mut self, variable: &str) {
        if self.methods == 0 {
            return self.line(format_args!("{variable} = nil"));
        }
        let name = self.numbers.below(self.methods);
        let (a, b) = (self.value(), format!("leaf({})", self.value()));
        let arguments = match self.numbers.below(6) {
            0 => String::new(),
            1 => a,
            2 => format!("*cap({a}), {b}"),
            3 => format!("{a}, v2: {b}"),
            4 => format!("*cap({a}), **{}", self.numbers.pick(HASHES)),
            _ => format!("{a}, &:{}", self.numbers.pick(&["to_s", "size", "succ", "nope"])),
        };
        let block = self.numbers.pick(&["", " { |e| tick; e }", " { |e, f| tick; break f }", " { tick; next v0 }", " { tick; v1 = it }"]);
        let block = if arguments.contains('&') { "" } else { block };
        self.line(format_args!("{variable} = m{name}({arguments}){block}"));
    }

    fn variable(&mut self) -> &'static str {
        VARIABLES[self.numbers.below(VARIABLES.len())]
    }

    /// An expression of small depth. Containers get leaves only: what shares its parts prints exponentially long.
    fn value(&mut self) -> String {
        match self.numbers.below(10) {
            0 => self.numbers.pick(INTEGERS).to_owned(),
            1 => self.literal(),
            2 | 3 => self.variable().to_owned(),
            4 | 5 => {
                let (left, operator, right) = (self.atom(), self.numbers.pick(OPERATORS), self.atom());
                // Powers of these grow without bounds, and so do shifts.
                let right = if matches!(operator, "**" | "<<") { self.numbers.pick(&["2", "0", "-1", "nil", "\"a\""]).to_owned() } else { right };
                let right = if operator == "*" { self.numbers.pick(&["2", "v0.to_s.size", "0.5", "3r", "\",\""]).to_owned() } else { right };
                format!("cap({left} {operator} {right})")
            }
            6 | 7 => {
                let (receiver, call) = (self.atom(), self.numbers.pick(CALLS));
                // An inspect of an inspect of ... doubles its backslashes each time.
                if matches!(call, "inspect" | "to_s" | "send(:to_s)") { format!("cap({receiver}.{call})") } else { format!("{receiver}.{call}") }
            }
            8 => {
                let (a, b) = (self.atom(), self.atom());
                match self.numbers.below(6) {
                    0 => format!("[leaf({a}), *cap({b})]"),
                    1 => format!("{{a: leaf({a}), leaf({b}) => 1}}"),
                    2 => format!("\"#{{leaf({a})}}-#{{leaf({b})}}\""),
                    3 => format!("({a} ? {b} : {a})"),
                    4 => format!("({a} && {b})"),
                    _ => format!("{a}[{b}]"),
                }
            }
            _ => format!("cap({})", self.atom()),
        }
    }

    fn literal(&mut self) -> String {
        let list = [INTEGERS, STRINGS, ARRAYS, HASHES, OTHERS][self.numbers.below(5)];
        self.numbers.pick(list).to_owned()
    }

    fn atom(&mut self) -> String {
        if self.numbers.once_in(2) { self.variable().to_owned() } else { format!("({})", self.literal()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Numbers, generate};

    #[test]
    fn a_seed_gives_the_same_program_and_another_one_another() {
        let program = |seed| generate(&mut Numbers::new(seed, 0));
        assert_eq!(program(1), program(1));
        assert_ne!(program(1), program(2));
    }
}
