//! Inputs that try to exhaust the compiler: deep nesting and very large constructs.

use compile::{CompileError, Options, SourceKind, compile};

/// Compiles on the stack that callers give: 16 MB. True when it compiles.
fn compiles(source: String) -> bool {
    let run = move || match compile(source.as_bytes(), &Options::new("t.rb", SourceKind::Main)) {
        Ok(compiled) => {
            bytecode::verify::verify(&compiled.function).unwrap();
            true
        }
        Err(CompileError::Syntax(text)) => {
            assert!(text.contains("nest") || text.contains("too many"), "{}", &text[..text.len().min(300)]);
            false
        }
        Err(error) => panic!("{error}"),
    };
    std::thread::Builder::new().stack_size(16 << 20).spawn(run).unwrap().join().unwrap()
}

#[test]
fn deep_nesting_is_refused_not_fatal() {
    for depth in [2_000, 9_000, 100_000] {
        let shallow = depth == 2_000;
        let cases = [
            "1".to_string() + &"+1".repeat(depth),
            "a".to_string() + &".b".repeat(depth),
            "a".to_string() + &" && a".repeat(depth),
            "a".to_string() + &" rescue a".repeat(depth),
            "if a\n1\n".to_string() + &"elsif a\n2\n".repeat(depth) + "end",
            "x = ".repeat(depth) + "1",
            "!".repeat(depth) + "a",
            "a".to_string() + &" { }.b".repeat(depth),
            "a".to_string() + &"[0]".repeat(depth),
            "begin\n1\n".to_string() + &"rescue A\n2\n".repeat(depth) + "end",
            "case 1\n".to_string() + &"in 1 then 2\n".repeat(depth) + "end",
            "case 1\nin ".to_string() + &"1 | ".repeat(depth) + "2 then 3\nend",
            "A".to_string() + &"::A".repeat(depth),
            "\"a\" ".repeat(depth),
        ];
        for source in cases {
            let start = source[..source.len().min(20)].to_string();
            let done = compiles(source);
            assert!(done || !shallow, "{start} at {depth}");
        }
    }
}

#[test]
fn deep_brackets_do_not_overflow() {
    for depth in [500, 5_000, 15_000] {
        for (open, close) in [("[", "]"), ("(", ")"), ("a(", ")"), ("a { ", " }"), ("->{", "}"), ("\"#{", "}\""), ("p(a: ", ")")] {
            let done = compiles(open.repeat(depth) + "1" + &close.repeat(depth));
            assert!(done || depth > 500, "{open} at {depth}");
        }
        for (open, close) in [("if a\n", "\nend"), ("while a\n", "\nend"), ("begin\n", "\nensure\n1\nend"), ("def a\n", "\nend")] {
            let done = compiles(open.repeat(depth) + "1" + &close.repeat(depth));
            assert!(done || depth > 500, "{open} at {depth}");
        }
    }
}

#[test]
fn large_literals() {
    assert!(compiles(format!("[{}]", "a,".repeat(100_000))));
    assert!(compiles(format!("x = {{{}}}", (0..50_000).map(|i| format!("k{i}: a,")).collect::<String>())));
    assert!(compiles(format!("\"{}\"", "#{a} ".repeat(30_000))));
    assert!(!compiles(format!("f({})", "a,".repeat(70_000) + "1")));
    assert!(compiles(format!("f({})", "a,".repeat(20_000) + "1")));
    compiles((0..70_000).map(|i| format!("v{i} = 1\n")).collect());
    compiles((0..70_000).map(|i| format!("v{i} = 1\n")).collect::<String>() + "binding");
    compiles(format!("{} = x", (0..70_000).map(|i| format!("v{i}, ")).collect::<String>()));
    compiles(format!("def f({}) = 1", (0..70_000).map(|i| format!("a{i}, ")).collect::<String>() + "b"));
    compiles(format!("a => [{}]", (0..70_000).map(|i| format!("v{i}, ")).collect::<String>() + "b"));
    compiles(format!("for {} in a; end", (0..70_000).map(|i| format!("v{i}, ")).collect::<String>() + "b"));
    compiles(format!("f({})", (0..70_000).map(|i| format!("v{i}: 1, ")).collect::<String>() + "b: 1"));
}

#[test]
fn nested_ensure_bodies_do_not_explode() {
    assert!(compiles("begin\nensure\n".repeat(8) + "a\n" + &"end\n".repeat(8)));
    assert!(!compiles("begin\nensure\n".repeat(60) + "a\n" + &"end\n".repeat(60)));
}
