//! `eval` text: variables of the scopes around, own variables, and the way to the method level.

use bytecode::operand::Count;
use bytecode::{FunctionKind, Op, Place};
use compile::{CompileError, MethodLevel, Options, ScopeInfo, SourceKind, compile};

fn scopes() -> Vec<ScopeInfo> {
    let scope = |name: &[u8], slot| ScopeInfo { names: vec![(name.to_vec(), slot)], closed: false };
    vec![scope(b"outer", 3), scope(b"inner", 5)]
}

fn ops(function: &bytecode::Function) -> Vec<Op> {
    let mut ops = Vec::new();
    let mut at = 0;
    while let Some((op, next)) = Op::decode(&function.code, at) {
        ops.push(op);
        at = next;
    }
    ops
}

#[test]
fn variables_are_found_by_depth() {
    let scopes = scopes();
    let level = MethodLevel { depth: 2, specials: true, in_method: true, params: None };
    let options = Options { scopes: &scopes, method_level: level, ..Options::new("(eval)", SourceKind::Eval) };
    let function = compile(b"mine = inner + outer; yield mine; p { outer }", &options).unwrap().function;
    assert_eq!(function.kind, FunctionKind::Eval);
    assert_eq!(function.method_depth, 2);
    assert!(function.specials);
    assert_eq!(function.locals[0].place, Place::Slot(0));
    let reads: Vec<(Count, Count)> = ops(&function)
        .into_iter()
        .filter_map(|op| match op {
            Op::GetEnv { depth, slot, .. } => Some((depth, slot)),
            _ => None,
        })
        .collect();
    assert_eq!(reads, [(Count(1), Count(5)), (Count(2), Count(3)), (Count(0), Count(0))]);
    let block = &function.children[0];
    assert_eq!(block.method_depth, 3);
    assert!(ops(block).iter().any(|op| matches!(op, Op::GetEnv { depth: Count(2), slot: Count(3), .. })));
}

#[test]
fn yield_needs_a_method() {
    let error = compile(b"yield", &Options::new("x.rb", SourceKind::Eval)).unwrap_err();
    assert_eq!(error, CompileError::Syntax("x.rb:1: Invalid yield".into()));
}

#[test]
fn data_and_warnings() {
    let source = b"if 'a'\nend\n__END__\nrest\n";
    let compiled = compile(source, &Options::new("x.rb", SourceKind::Main)).unwrap();
    assert_eq!(&source[compiled.data_offset.unwrap()..], b"rest\n");
    let texts: Vec<_> = compiled.warnings.iter().map(|w| (w.line, w.message.as_str(), w.verbose_only)).collect();
    assert_eq!(texts, [(1, "string literal in condition", false)]);
}
