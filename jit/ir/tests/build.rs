//! Units built from small bytecode functions with a runtime that knows nothing: what the builder makes of
//! control flow and types, as text, and that every unit verifies.

use abi::helper::HelperTable;
use abi::tier::{OuterBlock, Runtime};
use bytecode::function::{Function, FunctionKind, Params, SiteKind};
use bytecode::operand::{Base, Count, Dst, Imm, Jump, Lit, Site, Src};
use bytecode::{CallSite, Op};
use ir::build::Generic;
use objects::method::Effects;
use objects::site::{CallState, SiteState};
use objects::{Code, CodeRef, MethodRef, NativeFunction, ShapeId};
use std::sync::Arc;
use value::{Symbol, Value};

struct Nothing;

impl Runtime for Nothing {
    fn has_keyword_hashes(&self) -> bool {
        false
    }

    fn defined_block(&self, _callable: Value) -> Option<abi::DefinedBlock> {
        None
    }

    fn is_refined(&self, _cref: u64) -> bool {
        false
    }

    fn responds(&mut self, _shape: ShapeId, _name: Symbol) -> Option<bool> {
        None
    }

    fn helpers(&self) -> &'static HelperTable {
        unreachable!("building does not lower")
    }
    fn waker(&self) -> abi::Waker {
        unreachable!("building starts no thread")
    }
    fn operators_redefined(&self) -> bool {
        false
    }
    fn inherits(&self, _shape: ShapeId, _class: u64) -> Option<bool> {
        None
    }
    fn instance_shapes(&self, _class: u64) -> (ShapeId, ShapeId) {
        (ShapeId::NONE, ShapeId::NONE)
    }
    fn ivar_slot(&mut self, _shape: ShapeId, _name: Symbol) -> Option<(u32, u32)> {
        None
    }
    fn member_is_inline(&self, _shape: ShapeId, _index: u32) -> bool {
        false
    }
    fn copies_literals(&self) -> bool {
        true
    }
    fn string_shapes(&self) -> (ShapeId, ShapeId) {
        (ShapeId(102), ShapeId(103))
    }
    fn range_shape(&self) -> ShapeId {
        ShapeId(104)
    }
    fn makes_arrays(&mut self, _class: u64) -> bool {
        false
    }
    fn string_image(&self, _literal: u64, _chilled: bool) -> Option<objects::string::Image> {
        None
    }
    fn joins_integers(&mut self) -> bool {
        true
    }
    fn array_shapes(&self) -> (ShapeId, ShapeId) {
        (ShapeId(100), ShapeId(101))
    }
    fn is_plain_hash(&self, _shape: ShapeId) -> bool {
        false
    }
    fn shape_is_frozen(&self, _shape: ShapeId) -> bool {
        false
    }
    fn method_of(&mut self, _shape: ShapeId, _name: Symbol) -> Option<MethodRef> {
        None
    }
    fn owner_name(&self, _method: MethodRef) -> String {
        String::new()
    }
    fn text(&self, _name: Symbol) -> String {
        String::new()
    }
    fn register(&self, _index: u16) -> Option<Value> {
        None
    }
    fn header_word(&self, _index: isize) -> u64 {
        0
    }
    fn env_is_on_stack(&self) -> bool {
        false
    }
    fn outer_block(&self) -> Option<OuterBlock> {
        None
    }
    fn primitive(&self, _name: Symbol) -> Option<(NativeFunction, Effects)> {
        None
    }
    fn allocation_run(&self, _size: usize) -> Option<(usize, usize)> {
        None
    }
    fn label(&self, _code: CodeRef) -> String {
        String::new()
    }
}

/// A function with one required parameter, `sites` operator sites and the given operations.
fn code(registers: u16, ops: &[Op], literals: Vec<Value>, operands: u8) -> CodeRef {
    let mut units = Vec::new();
    ops.iter().for_each(|op| op.encode(&mut units));
    let call = CallSite { argc: 1, ..CallSite::default() };
    let function = Function {
        kind: FunctionKind::Method,
        name: b"f".to_vec(),
        file: Arc::from("test.rb"),
        line: 1,
        source_range: (0, 0),
        params: Params { required: 1, ..Params::default() },
        registers,
        locals_end: registers,
        locals: Vec::new(),
        env: None,
        method_depth: 0,
        specials: false,
        code: units,
        literals: Vec::new(),
        sites: vec![SiteKind::Call(call.clone())],
        children: Vec::new(),
        catches: Vec::new(),
        lines: Vec::new(),
        ivar_names: Vec::new(),
    };
    let site = SiteState::Call(Box::new(CallState { argc: 1, plain: true, operands, site: call, ..CallState::default() }));
    lasting(Code::new(1, Arc::new(function), literals.into(), Box::new([site]), None, Box::new([]), Symbol(0), None))
}

/// A code in a heap that no test collects.
fn lasting(code: Code) -> CodeRef {
    let heap = Box::leak(Box::new(heap::Heap::new(objects::kinds::HOOKS)));
    CodeRef::allocate(heap, code).expect("memory")
}

fn build(code: CodeRef) -> ir::Unit {
    let unit = ir::build(&mut Nothing, code, 0, &Generic::default(), ir::Limits::FULL).unwrap_or_else(|bailout| panic!("{:?}", bailout.text()));
    ir::verify::verify(&unit).unwrap_or_else(|error| panic!("{error}\n{}", ir::print::print(&unit)));
    unit
}

const SITE: Site = Site(0);

/// `i = 0; i += 1 while i < n; i`
fn counting_loop() -> CodeRef {
    let header = 3 + 3;
    let ops = [
        Op::LoadInt { dst: Dst(1), value: Imm(0) },
        Op::Jump { target: Jump(header + 6) },
        Op::AddImm { dst: Dst(1), a: Src(1), value: Imm(1), site: SITE },
        Op::JumpLt { a: Src(1), b: Src(0), target: Jump(header), site: SITE },
        Op::Return { src: Src(1) },
    ];
    code(2, &ops, Vec::new(), 0)
}

#[test]
fn a_loop_keeps_its_integer_and_guards_what_came_from_outside() {
    let text = ir::print::print(&build(counting_loop()));
    let wanted = "\
f0 Method f +0 env None
b0()
  v2:nil = word nil
  v3:int = word 0
  v6:int = word 1
  v0:any = load_frame #-1
  v1:any = load_frame
  jump b1(v3)
b1(v4:int)
  guard_integer v1 -> x0
  v5:cond = integer_compare v4, v1
  branch v5 b2() b3()
b2()
  v7:int = integer_add v4, v6 -> x1
  jump b1(v7)
b3()
  return v4
x0 Guard integer f0@12{r1=v4}
x1 Guard overflow f0@6{r1=v4}
";
    assert_eq!(text, wanted, "the limit alone is checked, and the loop's variable stays an Integer");
}

#[test]
fn a_float_loop_variable_is_unboxed_and_boxed_at_the_end() {
    let half = Value::flonum(0.5).expect("in range");
    let header = 3 + 4 + 3;
    let ops = [
        Op::LoadInt { dst: Dst(1), value: Imm(0) },
        Op::LoadLit { dst: Dst(2), lit: Lit(0) },
        Op::Jump { target: Jump(header + 6 + 6) },
        Op::Add { dst: Dst(2), a: Src(2), b: Src(2), site: SITE },
        Op::AddImm { dst: Dst(1), a: Src(1), value: Imm(1), site: SITE },
        Op::JumpLt { a: Src(1), b: Src(0), target: Jump(header), site: SITE },
        Op::Return { src: Src(2) },
    ];
    let text = ir::print::print(&build(code(3, &ops, vec![half], 0)));
    assert!(text.contains(":f64)"), "the accumulator is a parameter of machine type:\n{text}");
    assert_eq!(text.matches("box_float").count(), 1, "{text}");
    assert_eq!(text.matches("unbox").count(), 0, "{text}");
}

#[test]
fn a_variable_that_changes_its_type_in_a_loop_settles_on_both() {
    let header = 3 + 3;
    let ops = [
        Op::LoadInt { dst: Dst(1), value: Imm(0) },
        Op::Jump { target: Jump(header + 2) },
        Op::LoadNil { dst: Dst(1) },
        Op::JumpIf { cond: Src(0), target: Jump(header) },
        Op::Return { src: Src(1) },
    ];
    let text = ir::print::print(&build(code(2, &ops, Vec::new(), 0)));
    assert!(text.contains(":int|nil)"), "{text}");
}

#[test]
fn what_has_no_form_is_stepped_with_its_operands_written_back() {
    let ops = [Op::LoadInt { dst: Dst(1), value: Imm(7) }, Op::Hash { dst: Dst(2), base: Base(0), count: Count(1) }, Op::Return { src: Src(2) }];
    let text = ir::print::print(&build(code(3, &ops, Vec::new(), 0)));
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} missing:\n{text}"));
    assert!(at("store_frame #1") < at("publish") && at("publish") < at("= step") && at("= step") < at("check_valid"), "{text}");
}

#[test]
fn a_call_that_was_never_made_leaves_at_once() {
    let ops = [
        Op::LoadSelf { dst: Dst(8) },
        Op::JumpIf { cond: Src(0), target: Jump(2 + 4 + 2) },
        Op::Return { src: Src(0) },
        Op::Send { dst: Dst(0), base: Base(1), site: SITE },
        Op::Return { src: Src(0) },
    ];
    let mut ops = ops;
    ops[3] = Op::Send { dst: Dst(1), base: Base(1), site: SITE };
    let text = ir::print::print(&build(code(12, &ops, Vec::new(), 0)));
    assert!(text.contains("leave x"), "{text}");
    assert!(!text.contains("= send"), "{text}");
}

#[test]
fn the_verifier_names_a_use_that_is_not_dominated() {
    let mut unit = build(counting_loop());
    let last = unit.types.len() as u32 - 1;
    unit.blocks[0].term = ir::Term::Return(ir::ValueId(last));
    let error = ir::verify::verify(&unit).expect_err("the value is defined elsewhere");
    assert!(error.contains("is not defined") || error.contains("does not dominate") || error.contains("no word"), "{error}");
}

#[test]
fn the_verifier_wants_frames_visible_before_ruby_code_runs() {
    let ops = [Op::Hash { dst: Dst(1), base: Base(0), count: Count(0) }, Op::Return { src: Src(1) }];
    let mut unit = build(code(2, &ops, Vec::new(), 0));
    for block in &mut unit.blocks {
        block.insts.retain(|inst| inst.op != ir::Op::Publish);
    }
    let error = ir::verify::verify(&unit).expect_err("nothing shows the frames");
    assert!(error.contains("not visible"), "{error}");
}

/// A method with a captured variable that calls something with a literal block, in a unit that keeps the variable as `env` says.
fn passes_a_block(env: ir::EnvMode) -> ir::Unit {
    let base = Base(0);
    let ops = [Op::Send { dst: Dst(0), base, site: SITE }, Op::Return { src: Src(0) }];
    let mut units = Vec::new();
    ops.iter().for_each(|op| op.encode(&mut units));
    let call = CallSite { block: Some(0), ..CallSite::default() };
    let function = Function { kind: FunctionKind::Method, code: units, registers: 9, sites: vec![SiteKind::Call(call)], ..Function::default() };
    let code = lasting(Code::new(1, Arc::new(function), Box::new([]), Box::new([]), None, Box::new([]), Symbol(0), None));
    let mut unit = ir::Unit::new(code, 0);
    let block = unit.add_block();
    unit.frames.push(ir::unit::FrameInfo {
        parent: None,
        home: None,
        offset: 0,
        code,
        method: None,
        receiver: None,
        outer: None,
        block: ir::FrameBlock::Root,
        env,
        flags: 0,
    });
    let frame = ir::unit::ExitFrame { frame: ir::FrameId(0), pc: 0, registers: Vec::new(), env_open: true };
    unit.exits.push(ir::Exit { frames: vec![frame], kind: ir::ExitKind::Quiet, reason: "call", handles: true });
    let result = unit.add_value(ir::Type::ANY);
    for (op, result) in [(ir::Op::Publish, None), (ir::Op::Send, Some(result))] {
        unit.block(block).insts.push(ir::Inst { op, args: Default::default(), imm: 0, imm2: 0, exit: Some(ir::ExitId(0)), result });
    }
    unit.block(block).term = ir::Term::Return(result);
    unit
}

#[test]
fn the_verifier_wants_the_variables_of_a_block_in_memory() {
    assert_eq!(ir::verify::verify(&passes_a_block(ir::EnvMode::Memory)), Ok(()));
    for env in [ir::EnvMode::Virtual, ir::EnvMode::Opened] {
        let error = ir::verify::verify(&passes_a_block(env)).expect_err("the block would find nothing");
        assert!(error.contains("variables in registers"), "{error}");
    }
}
