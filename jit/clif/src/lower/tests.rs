//! Each operation lowers to a function that Cranelift's verifier accepts; exits and environments write what they say.

use super::{Environment, lower, signature};
use ::ir::unit::{Args, Exit, ExitFrame, FrameInfo, Target};
use ::ir::{BlockId, EnvMode, ExitId, ExitKind, FrameBlock, FrameId, Inst, Op, Repr, Term, Type, Unit, ValueId};
use abi::helper::{HELPERS, HelperTable};
use bytecode::function::{CallSite, EnvLayout, Function, FunctionKind, SiteKind};
use bytecode::operand::{Base, Dst, Site, Src};
use cranelift_codegen::ir::{ExtFuncData, ExternalName, Function as Machine, UserExternalName, UserFuncName};
use cranelift_codegen::{isa, settings};
use cranelift_frontend::FunctionBuilderContext;
use heap::Heap;
use objects::{Code, CodeRef, Cref, CrefRef};
use std::sync::Arc;
use value::{Symbol, Value};

/// A heap that no test collects.
fn heap() -> &'static mut Heap {
    Box::leak(Box::new(Heap::new(objects::kinds::HOOKS)))
}

fn lasting(code: Code) -> CodeRef {
    CodeRef::allocate(heap(), code).expect("memory")
}

/// A unit of one frame, that may be left in one state; of a method with an environment of one slot in registers 2 to 8.
fn unit(env: EnvMode) -> Unit {
    let mut code = Vec::new();
    bytecode::Op::Send { dst: Dst(0), base: Base(0), site: Site(0) }.encode(&mut code);
    bytecode::Op::Return { src: Src(0) }.encode(&mut code);
    let layout = EnvLayout { base: 2, slots: 1 };
    let function = Function {
        kind: FunctionKind::Method,
        code,
        registers: 9,
        sites: vec![SiteKind::Call(CallSite::default())],
        env: (env != EnvMode::None).then_some(layout),
        ..Function::default()
    };
    let code = lasting(Code::new(1, Arc::new(function), Box::new([]), Box::new([]), None, Box::new([]), Symbol(0), None));
    let mut unit = Unit::new(code, 0);
    unit.add_block();
    unit.frames.push(FrameInfo {
        parent: None,
        home: None,
        offset: 0,
        code,
        method: None,
        receiver: None,
        outer: None,
        block: FrameBlock::Root,
        env,
        flags: 0,
    });
    let frame = ExitFrame { frame: FrameId(0), pc: 0, registers: Vec::new(), env_open: env != EnvMode::None };
    unit.exits.push(Exit { frames: vec![frame], kind: ExitKind::Quiet, reason: "test", handles: true });
    let cref = CrefRef::allocate(heap(), Cref::top(Value::NIL)).expect("memory");
    unit.targets.push(Target { code, cref, method: None, env: 0, flags: 0, block: None });
    unit
}

fn add(unit: &mut Unit, op: Op, args: &[ValueId], repr: Repr) -> Option<ValueId> {
    let ty = |repr| match repr {
        Repr::Double => Type::DOUBLE,
        Repr::Cond => Type::COND,
        Repr::Raw => Type::RAW,
        Repr::Word | Repr::None => Type::ANY,
    };
    let result = (repr != Repr::None).then(|| unit.add_value(ty(repr)));
    let exit = op.effects().has(::ir::Effects::exits).then_some(ExitId(0));
    if op.effects().has(::ir::Effects::calls_ruby) {
        add(unit, Op::Publish, &[], Repr::None);
    }
    unit.block(BlockId(0)).insts.push(Inst { op, args: Args::from_slice(args), imm: 0, imm2: 0, exit, result });
    result
}

/// A value of a representation.
fn operand(unit: &mut Unit, repr: Repr) -> ValueId {
    let made = match repr {
        Repr::Double => add(unit, Op::ConstDouble, &[], repr),
        Repr::Raw => add(unit, Op::FrameAddress, &[], repr),
        Repr::Cond => {
            let word = operand(unit, Repr::Word);
            add(unit, Op::Truthy, &[word], repr)
        }
        Repr::Word | Repr::None => add(unit, Op::LoadFrame, &[], Repr::Word),
    };
    made.expect("operands have results")
}

/// Text of the unit's function, once Cranelift has accepted it.
fn lowered(unit: &Unit) -> String {
    assert_eq!(::ir::verify::verify(unit), Ok(()));
    let helpers = HelperTable { addresses: [0x1000; HELPERS.len()] };
    let mut environment = Environment {
        helpers: &helpers,
        valid: 0x2000,
        heat: None,
        first_exit: 0,
        exit_every: 0,
        guards: 0,
        allocation_run: &|_| None,
        string_image: &|_, _| None,
        counter: None,
    };
    let mut function = Machine::with_name_signature(UserFuncName::user(0, 0), signature());
    let own = function.import_signature(signature());
    let name = function.declare_imported_user_function(UserExternalName { namespace: 0, index: 0 });
    let itself = function.import_function(ExtFuncData { name: ExternalName::user(name), signature: own, colocated: true, patchable: false });
    let isa = isa::lookup_by_name("x86_64").unwrap().finish(settings::Flags::new(settings::builder())).unwrap();
    lower(unit, &mut function, &mut FunctionBuilderContext::new(), &mut environment, itself, isa.frontend_config());
    if let Err(errors) = cranelift_codegen::verify_function(&function, &*isa) {
        panic!("{errors}\n{}", function.display());
    }
    function.display().to_string()
}

/// Lines with the part.
fn count(text: &str, part: &str) -> usize {
    text.lines().filter(|line| line.contains(part)).count()
}

macro_rules! list {
    ($( $(#[doc = $doc:literal])+ $name:ident = $camel:ident($($operand:ident),*) -> $result:ident [$($effect:ident),*]; )*) => {
        /// All operations.
        const ALL: &[Op] = &[$(Op::$camel),*];
    };
}
::ir::for_each_ir_op!(list);

#[test]
fn every_operation_lowers() {
    for &op in ALL {
        let mut unit = unit(EnvMode::None);
        let args: Vec<ValueId> = op.info().operands.iter().map(|&repr| operand(&mut unit, repr)).collect();
        add(&mut unit, op, &args, op.info().result);
        let result = operand(&mut unit, Repr::Word);
        unit.block(BlockId(0)).term = Term::Return(result);
        lowered(&unit);
    }
}

#[test]
fn a_guard_leaves_with_its_registers_written_back() {
    let mut unit = unit(EnvMode::None);
    let word = operand(&mut unit, Repr::Word);
    let double = operand(&mut unit, Repr::Double);
    unit.exits[0].frames[0].registers.extend([(5, word), (6, double)]);
    add(&mut unit, Op::GuardInteger, &[word], Repr::None);
    unit.block(BlockId(0)).term = Term::Return(word);
    let text = lowered(&unit);
    // Both registers, and the frame before the Float's cell is made.
    assert_eq!((count(&text, " store"), count(&text, "v1+40"), count(&text, "v1+48")), (3, 1, 1), "{text}");
}

#[test]
fn an_opened_environment_is_noted_as_in_registers() {
    let mut unit = unit(EnvMode::Opened);
    add(&mut unit, Op::TakeEnv, &[], Repr::None);
    unit.block(BlockId(0)).insts[0].imm = 2;
    unit.block(BlockId(0)).term = Term::Leave(ExitId(0));
    let text = lowered(&unit);
    assert_eq!((count(&text, "load.i64 notrap aligned v1+56"), count(&text, ", v1+56")), (1, 1), "{text}");
    assert_eq!((count(&text, " bor"), count(&text, " band")), (1, 0), "{text}");
}

#[test]
fn units_without_calls_check_no_stack() {
    let mut unit = unit(EnvMode::None);
    let word = operand(&mut unit, Repr::Word);
    unit.block(BlockId(0)).term = Term::Return(word);
    assert_eq!(count(&lowered(&unit), "get_stack_pointer"), 0);
    add(&mut unit, Op::Send, &[], Repr::Word);
    assert_eq!(count(&lowered(&unit), "get_stack_pointer"), 1);
}
