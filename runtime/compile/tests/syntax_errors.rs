//! Texts of syntax errors: recorded from CRuby 4.0.5 (`eval(source, nil, "x.rb", line)`).

use compile::{CompileError, Options, SourceKind, compile};

fn message(source: &[u8], line: i32) -> String {
    let options = Options { line, ..Options::new("x.rb", SourceKind::Eval) };
    match compile(source, &options) {
        Ok(_) => "OK".into(),
        Err(CompileError::Syntax(text) | CompileError::Argument(text)) => text,
        Err(error) => panic!("{error}"),
    }
}

/// Source, first line, text.
const CASES: &[(&[u8], i32, &str)] = &[
    (b"foo(", 1, "x.rb:1: syntax error found\n> 1 | foo(\n    |     ^ unexpected end-of-input; expected a `)` to close the arguments\n"),
    (b"1 +", 1, "x.rb:1: syntax errors found\n> 1 | 1 +\n    |    ^ unexpected end-of-input, assuming it is closing the parent top level context\n    |    ^ unexpected end-of-input; expected an expression after the operator\n"),
    (b"def f; end; end", 1, "x.rb:1: syntax error found\n> 1 | def f; end; end\n    |             ^~~ unexpected 'end', ignoring it\n"),
    (b"a = 1\nb = 2\nc = )\nd = 4\ne = 5\nf=6", 1, "x.rb:3: syntax errors found\n  1 | a = 1\n  2 | b = 2\n> 3 | c = )\n    |   ^ expected an expression after `=`\n    |     ^ unexpected ')', ignoring it\n    |     ^ unexpected ')', expecting end-of-input\n  4 | d = 4\n  5 | e = 5\n"),
    (b"x = 1\n\n\n\n\n\n\n\nfoo(\n", 1, "x.rb:9: syntax error found\n  7 | \n  8 | \n> 9 | foo(\n    |     ^ unexpected end-of-input; expected a `)` to close the arguments\n"),
    (b") ; ]", 1, "x.rb:1: syntax errors found\n> 1 | ) ; ]\n    | ^ unexpected ')', ignoring it\n    |     ^ unexpected ']', ignoring it\n"),
    (b"a=1\na=1\na=1\na=1\na=1\na=1\na=1\na=1\na=1\na=1\na=1\na=1\n)\nb=2\nb=2\nb=2\nb=2\nb=2\nb=2\nb=2\nb=2\nb=2\nb=2\n", 1, "x.rb:13: syntax error found\n  11 | a=1\n  12 | a=1\n> 13 | )\n     | ^ unexpected ')', ignoring it\n  14 | b=2\n  15 | b=2\n"),
    (b"class foo; end", 1, "x.rb:1: syntax errors found\n> 1 | class foo; end\n    |       ^~~ unexpected constant path after `class`; class/module name must be CONSTANT\n    |       ^~~ unexpected constant path after `class`; class/module name must be CONSTANT\n"),
    (b"1 = 2; 3 = 4", 1, "x.rb:1: syntax errors found\n> 1 | 1 = 2; 3 = 4\n    |   ^ unexpected '='; target cannot be written\n    |     ^ unexpected integer, expecting end-of-input\n    |          ^ unexpected '='; target cannot be written\n    |            ^ unexpected integer, expecting end-of-input\n"),
    (b"def f\n if true\n end\n", 1, "x.rb:3: syntax errors found\n> 1 | def f\n    | ^~~ expected an `end` to close the `def` statement\n  2 |  if true\n> 3 |  end\n    |     ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"x = 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy' + )", 1, "x.rb:1: syntax errors found\n> 1 | ... )\n    |     ^ unexpected ')', ignoring it\n    |     ^ unexpected ')', expecting end-of-input\n    |     ^ unexpected ')'; expected an expression after the operator\n"),
    (b"y = )          'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'", 1, "x.rb:1: syntax errors found\n> 1 | y = )          'xxxxxxxxxxxxxxxxxxx ...\n    |   ^ expected an expression after `=`\n    |     ^ unexpected ')', ignoring it\n    |     ^ unexpected ')', expecting end-of-input\n"),
    (b"break", 1, "x.rb:1: syntax error found\n> 1 | break\n    | ^~~~~ Invalid break\n"),
    (b"return 1; class A; return; end", 1, "x.rb:1: syntax error found\n> 1 | return 1; class A; return; end\n    |                    ^~~~~~ Invalid return in class/module body\n"),
    (b"@1", 1, "x.rb:1: syntax errors found\n> 1 | @1\n    | ^ '@1' is not allowed as an instance variable name\n    |  ^ unexpected integer, expecting end-of-input\n"),
    (b"$-", 1, "x.rb:1: syntax error found\n> 1 | $-\n    | ^~ '$-' is not allowed as a global variable name\n"),
    (b"a\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\n)\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\n]\n", 1, "x.rb:31: syntax errors found\n  29 | a\n  30 | a\n> 31 | )\n     | ^ unexpected ')', ignoring it\n  32 | b\n  33 | b\n  ~~~~~~\n  60 | b\n  61 | b\n> 62 | ]\n     | ^ unexpected ']', ignoring it\n"),
    (b"retry", 1, "x.rb:1: syntax error found\n> 1 | retry\n    | ^~~~~ Invalid retry without rescue\n"),
    (b"\xff = 1", 1, "x.rb:1: syntax errors found\nx.rb:1: invalid multibyte character 0xFF\nx.rb:1: unexpected '=', ignoring it"),
    (b"\xc3\xa9 = )", 1, "x.rb:1: syntax errors found\n> 1 | é = )\n    |   ^ expected an expression after `=`\n    |     ^ unexpected ')', ignoring it\n    |     ^ unexpected ')', expecting end-of-input\n"),
    (b"# encoding: foobar\n1", 1, "x.rb:1: unknown or invalid encoding in the magic comment\n> 1 | # encoding: foobar\n    |             ^~~~~~\n  2 | 1\n"),
    (b"def f; A = 1; end", 1, "x.rb:1: syntax error found\n> 1 | def f; A = 1; end\n    |        ^~~~~ dynamic constant assignment\n"),
    (b"a b c d)", 1, "x.rb:1: syntax errors found\n> 1 | a b c d)\n    |        ^ unexpected ')', ignoring it\n    |        ^ unexpected ')', expecting end-of-input\n"),
    (b"1\n2\n)", 98, "x.rb:100: syntax error found\n   98 | 1\n   99 | 2\n> 100 | )\n      | ^ unexpected ')', ignoring it\n"),
    (b"1\n2\n)\n)", -1, "x.rb:1: syntax errors found\n  -1 | 1\n  0 | 2\n> 1 | )\n    | ^ unexpected ')', ignoring it\n> 2 | )\n    | ^ unexpected ')', ignoring it\n"),
    (b"1\n1\n1\n1\n1\n1\n1\n1\n)\n2\n3\n4\n", 1, "x.rb:9: syntax error found\n  7 | 1\n  8 | 1\n> 9 | )\n    | ^ unexpected ')', ignoring it\n  10 | 2\n  11 | 3\n"),
    (b"a = (\n1\n2\n\n\n3]\n", 1, "x.rb:6: syntax errors found\n  4 | \n  5 | \n> 6 | 3]\n    |  ^ unexpected ']', ignoring it\n    |  ^ unexpected ']', expecting end-of-input\n    |  ^ expected a matching `)`\n    |  ^ unexpected ']', ignoring it\n    |  ^ unexpected ']', expecting end-of-input\n"),
    (b"def f\n  x = '\xc3\xa9'; ) \xc3\xa9\nend", 1, "x.rb:2: syntax error found\n  1 | def f\n> 2 |   x = 'é'; ) é\n    |            ^ unexpected ')', ignoring it\n  3 | end\n"),
    (b"foo(1,\n  2,\n  class; end)\n3\n", 1, "x.rb:3: syntax errors found\n  1 | foo(1,\n  2 |   2,\n> 3 |   class; end)\n    |   ^~~~~ unexpected constant path after `class`; class/module name must be CONSTANT\n    |   ^~~~~ unexpected constant path after `class`; class/module name must be CONSTANT\n    |   ^~~~~ unexpected constant path after `class`; class/module name must be CONSTANT\n  4 | 3\n"),
    (b"# encoding: ascii-8bit\nx = '\xff'; )", 1, "x.rb:2: syntax error found\nx.rb:2: unexpected ')', ignoring it"),
    (b"x = \"\xc3\xa9\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\" )", 1, "x.rb:1: syntax errors found\n> 1 | ... )\n    |     ^ unexpected ')', ignoring it\n    |     ^ unexpected ')', expecting end-of-input\n"),
    (b"'\xff' ; )\n\n\n\n]", 1, "x.rb:1: syntax errors found\nx.rb:1: invalid multibyte character 0xFF\nx.rb:1: unexpected ')', ignoring it\nx.rb:5: unexpected ']', ignoring it"),
    (b"@a = 1\n1\n2\n3\n4\n)\n6\n7\n8\n)\n", 1, "x.rb:6: syntax errors found\n   4 | 3\n   5 | 4\n>  6 | )\n     | ^ unexpected ')', ignoring it\n   7 | 6\n   8 | 7\n   9 | 8\n> 10 | )\n     | ^ unexpected ')', ignoring it\n"),
    (b"\n\n)\n\n\n)\n\n\n\n)\n\n\n\n\n)", 1, "x.rb:3: syntax errors found\n   1 | \n   2 | \n>  3 | )\n     | ^ unexpected ')', ignoring it\n   4 | \n   5 | \n>  6 | )\n     | ^ unexpected ')', ignoring it\n   7 | \n   8 | \n   9 | \n> 10 | )\n     | ^ unexpected ')', ignoring it\n  11 | \n  12 | \n  13 | \n  14 | \n> 15 | )\n     | ^ unexpected ')', ignoring it\n"),
    (b"if true\n  foo(\nend\n", 1, "x.rb:3: syntax error found\n  1 | if true\n  2 |   foo(\n> 3 | end\n    | ^~~ unexpected 'end'; expected a `)` to close the arguments\n"),
    (b"x = %w(a b\n c", 1, "x.rb:1: syntax error found\n> 1 | x = %w(a b\n    |     ^~~ unterminated list; expected a closing delimiter for the `%w`\n  2 |  c\n"),
    (b"<<A\nfoo\n", 1, "x.rb:1: syntax error found\n> 1 | <<A\n    |   ^ unterminated heredoc; can't find string \"A\" anywhere before EOF\n  2 | foo\n"),
    (b"def a(x, x); end", 1, "x.rb:1: syntax error found\n> 1 | def a(x, x); end\n    |          ^ duplicated argument name\n"),
    (b"alias $a b", 1, "x.rb:1: syntax error found\n> 1 | alias $a b\n    |          ^ invalid argument being passed to `alias`; expected a bare word, symbol, constant, or global variable\n"),
    (b"proc { |a, a| }", 1, "x.rb:1: syntax error found\n> 1 | proc { |a, a| }\n    |            ^ duplicated argument name\n"),
    (b"{a: 1, b: 2", 1, "x.rb:1: syntax error found\n> 1 | {a: 1, b: 2\n    | ^ expected a `}` to close the hash literal\n"),
    (b"'abc", 1, "x.rb:1: syntax error found\n> 1 | 'abc\n    | ^ unterminated string meets end of file\n"),
    (b"", 1, "OK"),
    (b"def m\n  yield\nend\nclass X; yield; end", 1, "x.rb:4: Invalid yield"),
    (b"redo", 1, "x.rb:1: syntax error found\n> 1 | redo\n    | ^~~~ Invalid redo\n"),
    (b"next", 1, "x.rb:1: syntax error found\n> 1 | next\n    | ^~~~ Invalid next\n"),
    (b"def x; class Y; end; end", 1, "x.rb:1: syntax error found\n> 1 | def x; class Y; end; end\n    |        ^~~~~ unexpected class definition in method body\n"),
    (b"foo = 1; foo&.bar, x = 1", 1, "x.rb:1: syntax error found\n> 1 | foo = 1; foo&.bar, x = 1\n    |          ^~~~~~~~ &. inside multiple assignment destination\n"),
    (b"self = 1", 1, "x.rb:1: syntax error found\n> 1 | self = 1\n    |      ^ Can't change the value of self\n"),
    (b"_1 = 3; proc { _1; proc { _1 } }", 1, "x.rb:1: syntax errors found\n> 1 | _1 = 3; proc { _1; proc { _1 } }\n    | ^~ _1 is reserved for numbered parameters\n    |                           ^~ numbered parameter is already used in outer block\n"),
    (b"a => {b:, b:}", 1, "x.rb:1: syntax errors found\n> 1 | a => {b:, b:}\n    |           ^ duplicated variable name\n    |           ^~ duplicated key name\n"),
    (b"x = 5 5", 1, "x.rb:1: syntax error found\n> 1 | x = 5 5\n    |       ^ unexpected integer, expecting end-of-input\n"),
    (b"unless a; elsif b; end", 1, "x.rb:1: syntax errors found\n> 1 | unless a; elsif b; end\n    | ^~~~~~ expected an `end` to close the conditional clause\n    |           ^~~~~ unexpected 'elsif', ignoring it\n    |           ^~~~~ unexpected 'elsif', expecting end-of-input\n    |                    ^~~ unexpected 'end', ignoring it\n"),
    (b"f {", 1, "x.rb:1: syntax errors found\n> 1 | f {\n    |   ^ expected a block beginning with `{` to end with `}`\n    |    ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"f do\n1", 1, "x.rb:2: syntax errors found\n> 1 | f do\n    |   ^~ expected a block beginning with `do` to end with `end`\n> 2 | 1\n    |  ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"class A\n", 1, "x.rb:1: syntax errors found\n> 1 | class A\n    | ^~~~~ expected an `end` to close the `class` statement\n    |        ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"module A\n  x", 1, "x.rb:2: syntax errors found\n> 1 | module A\n    | ^~~~~~ expected an `end` to close the `module` statement\n> 2 |   x\n    |    ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"while x\n", 1, "x.rb:1: syntax errors found\n> 1 | while x\n    | ^~~~~ expected an `end` to close the `while` statement\n    |        ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"if x\n y\nelse\n z\n", 1, "x.rb:4: syntax errors found\n> 1 | if x\n    | ^~ expected an `end` to close the `else` clause\n  2 |  y\n  3 | else\n> 4 |  z\n    |   ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"case x\nwhen 1\n", 1, "x.rb:2: syntax errors found\n> 1 | case x\n    | ^~~~ expected an `end` to close the `case` statement\n> 2 | when 1\n    |       ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"case x\nin 1\n", 1, "x.rb:2: syntax errors found\n> 1 | case x\n    | ^~~~ expected an `end` to close the `case` statement\n> 2 | in 1\n    |     ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"begin\n x\nrescue\n", 1, "x.rb:3: syntax errors found\n> 1 | begin\n    | ^~~~~ expected an `end` to close the `begin` statement\n  2 |  x\n> 3 | rescue\n    |       ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"[1, 2", 1, "x.rb:1: syntax error found\n> 1 | [1, 2\n    |      ^ unexpected end-of-input; expected a `]` to close the array\n"),
    (b"(1", 1, "x.rb:1: syntax errors found\n> 1 | (1\n    |   ^ expected a matching `)`\n    |   ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"->{ 1", 1, "x.rb:1: syntax errors found\n> 1 | ->{ 1\n    |   ^ expected a lambda block beginning with `{` to end with `}`\n    |      ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"-> do 1", 1, "x.rb:1: syntax errors found\n> 1 | -> do 1\n    | ^~ expected a lambda block beginning with `do` to end with `end`\n    |        ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"f(1\n2)", 1, "x.rb:2: syntax errors found\n  1 | f(1\n> 2 | 2)\n    | ^ unexpected integer, expecting end-of-input\n    | ^ unexpected integer; expected a `)` to close the arguments\n    |  ^ unexpected ')', ignoring it\n    |  ^ unexpected ')', expecting end-of-input\n"),
    (b"x = [1\n", 1, "x.rb:2: syntax errors found\n> 1 | x = [1\n    |       ^ unexpected end-of-input; expected a `]` to close the array\n    |       ^ unexpected end-of-input, assuming it is closing the parent top level context\n> 2 | \n    | ^ expected an expression for the array element\n\n    | ^ unexpected end-of-input; expected a `,` separator for the array elements\n"),
    (b"def f(a", 1, "x.rb:1: syntax errors found\n> 1 | def f(a\n    | ^~~ expected an `end` to close the `def` statement\n    |        ^ unexpected end-of-input, assuming it is closing the parent top level context\n    |        ^ unexpected end-of-input; expected a `)` to close the parameters\n"),
    (b"\"a#{1", 1, "x.rb:1: syntax errors found\n> 1 | \"a#{1\n    | ^ unterminated string; expected a closing delimiter for the interpolated string\n    |      ^ expected a `}` to close the embedded expression\n    |      ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"/abc", 1, "x.rb:1: syntax error found\n> 1 | /abc\n    | ^ unterminated regexp meets end of file; expected a closing delimiter\n"),
    (b":\"a", 1, "x.rb:1: syntax error found\n> 1 | :\"a\n    |    ^ unterminated symbol; expected a closing delimiter for the interpolated symbol\n"),
    (b"%w(a", 1, "x.rb:1: syntax error found\n> 1 | %w(a\n    | ^~~ unterminated list; expected a closing delimiter for the `%w`\n"),
    (b"`ls", 1, "x.rb:1: syntax error found\n> 1 | `ls\n    | ^ expected a closing delimiter for the `%x` or backtick string\n"),
    (b"foo[1", 1, "x.rb:1: syntax error found\n> 1 | foo[1\n    |      ^ expected a matching `]`\n"),
    (b"BEGIN { 1", 1, "x.rb:1: syntax errors found\n> 1 | BEGIN { 1\n    |       ^ expected a `}` to close the `BEGIN` statement\n    |          ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"f { |a", 1, "x.rb:1: syntax errors found\n> 1 | f { |a\n    |   ^ expected a block beginning with `{` to end with `}`\n    |       ^ unexpected end-of-input, assuming it is closing the parent top level context\n    |       ^ expected the block parameters to end with `|`\n"),
    (b"if x then", 1, "x.rb:1: syntax errors found\n> 1 | if x then\n    | ^~ expected an `end` to close the conditional clause\n    |          ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"def f = ", 1, "x.rb:1: syntax errors found\n> 1 | def f = \n    |       ^ could not parse the endless method body\n    |         ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"for a in b\n", 1, "x.rb:1: syntax errors found\n> 1 | for a in b\n    | ^~~ expected an `end` to close the `for` loop\n    |           ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"until x", 1, "x.rb:1: syntax errors found\n> 1 | until x\n    | ^~~~~ expected an `end` to close the `until` statement\n    |        ^ unexpected end-of-input, assuming it is closing the parent top level context\n    |        ^ expected a predicate expression for the `until` statement\n"),
    (b"unless x", 1, "x.rb:1: syntax errors found\n> 1 | unless x\n    | ^~~~~~ expected an `end` to close the conditional clause\n    |         ^ unexpected end-of-input, assuming it is closing the parent top level context\n    |         ^ expected `then` or `;` or '\\n'\n"),
    (b"class << self\n x", 1, "x.rb:2: syntax errors found\n> 1 | class << self\n    | ^~~~~ expected an `end` to close the `class` statement\n> 2 |  x\n    |   ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"a ? b", 1, "x.rb:1: syntax errors found\n> 1 | a ? b\n    |      ^ unexpected end-of-input, assuming it is closing the parent ternary expression\n    |      ^ expected an expression after `:` in the ternary operator\n    |      ^ expected a `:` after the true expression of a ternary operator\n"),
    (b"f {\n  g {\n }\n\n\nx\n", 1, "x.rb:6: syntax errors found\n> 1 | f {\n    |   ^ expected a block beginning with `{` to end with `}`\n  2 |   g {\n  3 |  }\n  4 | \n  5 | \n> 6 | x\n    |  ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
    (b"class A\n  def b\n    if c\n  end\nend\n", 1, "x.rb:5: syntax errors found\n> 1 | class A\n    | ^~~~~ expected an `end` to close the `class` statement\n  2 |   def b\n  3 |     if c\n  4 |   end\n> 5 | end\n    |    ^ unexpected end-of-input, assuming it is closing the parent top level context\n"),
];

#[test]
fn texts() {
    let mut wrong = Vec::new();
    for (source, line, text) in CASES {
        let got = message(source, *line);
        if got != *text {
            wrong.push(format!("{}\n--- expected\n{text}\n--- got\n{got}", source.escape_ascii()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
