//! From bytecode and feedback to a unit.
//!
//! One forward walk over the control flow builds SSA, speculates, inlines and unboxes at once: at
//! each point the types of all registers are known, so each operation picks its best form. What a
//! walk cannot know is what a loop's end sends back to its header. It assumes the best (registers that
//! the loop does not write stay, types stay, memory is not clobbered), notes in the `Memo` where that
//! failed, and is run again; each round only widens the notes, so rounds end. The idea of walking again
//! instead of patching is from abstract interpretation; it keeps unboxed loop variables, inlined
//! blocks and load forwarding in one pass. The optimiser (crate opt) cleans up behind it.

mod arith;
mod call;
mod cfg;
mod env;
mod equality;
mod exit;
mod inline;
mod intrinsic;
mod object;
mod op;
mod pattern;
mod primitive;
mod state;
mod text;
mod walk;

use crate::ops::Op as Ir;
use crate::types::{Kinds, Type};
use crate::unit::{Args, BlockId, EnvMode, ExitId, FrameId, Inst, Outer, Term, Unit, ValueId};
use abi::Surroundings;
use abi::tier::Runtime;
use bytecode::Effects;
use cfg::Cfg;
use objects::{CodeRef, ShapeId};
use state::State;
use std::rc::Rc;
use stdx::{FastMap, FastSet};
use value::Value;

/// Most rounds before the builder gives up.
const ROUNDS_MAX: usize = 24;
/// Most words that a unit's frames may take behind the root's register 0.
const EXTENT_MAX: u32 = 2000;
/// Most blocks of a unit.
const BLOCKS_MAX: usize = 6000;

/// Why a unit was not built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bailout {
    /// An operator of a core class was redefined.
    Redefined,
    /// Loop types did not settle.
    Unsettled,
    /// The unit got too large.
    TooLarge,
    /// A register is used that has no value.
    NoValue,
    /// The bytecode is not what the builder expects.
    Malformed,
    /// The function leaves at once: nothing it does was ever run.
    Cold,
}

impl Bailout {
    /// Name and sentence.
    pub fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Redefined => ("redefined", "an operator of a core class was redefined"),
            Self::Unsettled => ("unsettled", "the types in a loop did not settle"),
            Self::TooLarge => ("too-large", "the unit would get too large"),
            Self::NoValue => ("no-value", "a register is used that has no value"),
            Self::Malformed => ("malformed", "the bytecode is not what the builder expects"),
            Self::Cold => ("cold", "the function leaves before it does anything"),
        }
    }
}

/// Ends a walk early.
pub(super) enum Stop {
    Bail(Bailout),
}

impl From<Bailout> for Stop {
    fn from(bailout: Bailout) -> Stop {
        Stop::Bail(bailout)
    }
}

/// A register of a frame on the stack of inlined frames.
type Var = (usize, u16);

/// What earlier rounds learned about a loop.
#[derive(Default)]
struct LoopMemo {
    /// Registers that change, with the types they take.
    vars: FastMap<Var, Type>,
    /// The loop may change shapes and variables of objects.
    clobbers: bool,
    /// The loop writes instance variables.
    writes: bool,
    /// Registers in memory that the loop overwrites.
    spills: FastSet<Var>,
}

/// What earlier rounds learned.
#[derive(Default)]
pub struct Memo {
    loops: FastMap<(u64, u32), LoopMemo>,
    /// Activations whose environment must lie in memory.
    memory_env: FastSet<u64>,
    changed: bool,
}

/// Instructions whose speculation failed before: compiled without any.
pub type Generic = FastSet<(u32, u32)>;

pub use inline::Limits;

/// The block of an active frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CtxBlock {
    Unknown,
    None,
    Record {
        home: usize,
        code: CodeRef,
    },
    /// The root's: a record of a frame outside, checked on entry.
    Outer {
        code: CodeRef,
        home: ValueId,
        surroundings: Surroundings,
    },
}

/// An active frame: the root or an inlined one.
struct Ctx {
    frame: FrameId,
    code: CodeRef,
    cfg: Rc<Cfg>,
    path: u64,
    receiver: ValueId,
    /// Method and lexical scope; None: those of the root.
    method: Option<Surroundings>,
    block: CtxBlock,
    home: Option<usize>,
    outer: Option<Outer>,
    env: EnvMode,
    env_open: bool,
    offset: u32,
    /// Call in this frame that the frame above came from: pc, first and last register of its area.
    call: (u32, u16, u16),
    /// Destination of the result in the frame below, and the value to give instead of the result.
    dst: u16,
    result: Option<ValueId>,
    /// Open ends at which the frame returned; the states are those of the frame below.
    returns: Vec<(BlockId, State)>,
}

/// One walk.
struct Builder<'a> {
    unit: Unit,
    runtime: &'a mut dyn Runtime,
    memo: &'a mut Memo,
    generic: &'a Generic,
    limits: Limits,
    cfgs: FastMap<u32, Rc<Cfg>>,
    stack: Vec<Ctx>,
    state: State,
    block: BlockId,
    dead: bool,
    epoch: u32,
    consts: FastMap<ValueId, u64>,
    words: FastMap<u64, ValueId>,
    defs: FastMap<ValueId, (Ir, Args, u64)>,
    exits: FastMap<(usize, u32), (usize, ExitId)>,
    on_stack_env: bool,
    bodies: Vec<walk::Body>,
}

/// Builds the unit of `code`, entered at unit `entry_pc` (a loop header) or at its start.
pub fn build(runtime: &mut dyn Runtime, code: CodeRef, entry_pc: u32, generic: &Generic, limits: Limits) -> Result<Unit, Bailout> {
    if runtime.operators_redefined() {
        return Err(Bailout::Redefined);
    }
    let mut memo = Memo::default();
    for _ in 0..ROUNDS_MAX {
        memo.changed = false;
        let mut builder = Builder::new(runtime, &mut memo, (generic, limits), code, entry_pc);
        match builder.root(entry_pc) {
            Ok(()) if !builder.memo.changed => return builder.finish(),
            Ok(()) => {}
            Err(Stop::Bail(bailout)) if !builder.memo.changed => return Err(bailout),
            Err(Stop::Bail(_)) => {}
        }
    }
    Err(Bailout::Unsettled)
}

impl<'a> Builder<'a> {
    fn new(runtime: &'a mut dyn Runtime, memo: &'a mut Memo, (generic, limits): (&'a Generic, Limits), code: CodeRef, entry_pc: u32) -> Builder<'a> {
        let mut unit = Unit::new(code, entry_pc);
        let block = unit.add_block();
        Builder {
            unit,
            runtime,
            memo,
            generic,
            limits,
            cfgs: FastMap::default(),
            stack: Vec::new(),
            state: State::default(),
            block,
            dead: false,
            epoch: 0,
            consts: FastMap::default(),
            words: FastMap::default(),
            defs: FastMap::default(),
            exits: FastMap::default(),
            on_stack_env: false,
            bodies: Vec::new(),
        }
    }

    fn finish(mut self) -> Result<Unit, Bailout> {
        let constants = std::mem::take(&mut self.words);
        let mut list: Vec<(u64, ValueId)> = constants.into_iter().collect();
        list.sort_unstable_by_key(|&(_, value)| value);
        let insts = list.into_iter().map(|(imm, value)| Inst { op: Ir::Const, args: Args::new(), imm, imm2: 0, exit: None, result: Some(value) });
        self.unit.blocks[0].insts.splice(0..0, insts);
        let entry = &self.unit.blocks[0];
        let leaves = entry.insts.iter().all(|inst| matches!(inst.op, Ir::Const | Ir::ConstDouble | Ir::LoadFrame));
        if leaves && matches!(entry.term, Term::Leave(_)) {
            return Err(Bailout::Cold);
        }
        Ok(self.unit)
    }

    fn cfg(&mut self, code: CodeRef) -> Rc<Cfg> {
        self.cfgs.entry(code.id).or_insert_with(|| Rc::new(Cfg::new(&code.function))).clone()
    }

    fn level(&self) -> usize {
        self.stack.len() - 1
    }

    fn ctx(&self) -> &Ctx {
        self.stack.last().expect("a frame is active while building")
    }

    /// Adds an instruction without result.
    fn effect(&mut self, op: Ir, args: &[ValueId], imm: u64, imm2: u64, exit: Option<ExitId>) {
        self.add(Inst { op, args: Args::from_slice(args), imm, imm2, exit, result: None });
    }

    /// Adds an instruction with a result.
    fn value(&mut self, op: Ir, args: &[ValueId], imm: u64, imm2: u64, exit: Option<ExitId>, ty: Type) -> ValueId {
        let result = self.unit.add_value(ty);
        let args = Args::from_slice(args);
        self.defs.insert(result, (op, args.clone(), imm));
        self.add(Inst { op, args, imm, imm2, exit, result: Some(result) });
        result
    }

    fn add(&mut self, inst: Inst) {
        let (effects, slot) = (inst.op.effects(), if inst.op == Ir::StoreOverflow { inst.imm2 as u32 } else { inst.imm as u32 });
        self.unit.block(self.block).insts.push(inst);
        // A variable in the same slot may be the same object's; those in other slots are not.
        self.state.forget(effects, |other| other == slot);
        if effects.has(Effects::calls_ruby) {
            self.clobber();
        }
    }

    /// The constant word; constants stand in the entry block.
    fn constant(&mut self, bits: u64, kinds: Kinds) -> ValueId {
        if let Some(&known) = self.words.get(&bits) {
            return known;
        }
        let value = self.unit.add_value(Type::word(kinds));
        self.words.insert(bits, value);
        self.consts.insert(value, bits);
        value
    }

    /// The constant of a value; cells are kept alive by the unit.
    fn constant_value(&mut self, value: Value) -> ValueId {
        if value.is_cell() {
            self.unit.dependencies.values.push(value);
        }
        self.constant(value.bits(), Kinds::of(value))
    }

    fn nil(&mut self) -> ValueId {
        self.constant_value(Value::NIL)
    }

    fn integer(&mut self, number: i64) -> ValueId {
        self.constant_value(Value::small(number))
    }

    fn double_constant(&mut self, number: f64) -> ValueId {
        self.value(Ir::ConstDouble, &[], number.to_bits(), 0, None, Type::DOUBLE)
    }

    /// Kinds of a value as known here.
    fn kinds(&self, value: ValueId) -> Kinds {
        let kinds = self.unit.ty(value).kinds;
        self.state.kinds.get(&value).map_or(kinds, |more| kinds.meet(*more))
    }

    fn narrow(&mut self, value: ValueId, kinds: Kinds) {
        let narrowed = self.kinds(value).meet(kinds);
        self.state.kinds.insert(value, narrowed);
    }

    fn clobber(&mut self) {
        self.epoch += 1;
        self.state.clobber(self.epoch);
        self.exits.clear();
    }

    /// Register of the innermost frame.
    fn reg(&self, register: u16) -> Result<ValueId, Stop> {
        let vars = self.state.frames.last().ok_or(Bailout::Malformed)?;
        vars.regs.get(usize::from(register)).copied().flatten().ok_or(Stop::Bail(Bailout::NoValue))
    }

    /// Register as a word.
    fn word_reg(&mut self, register: u16) -> Result<ValueId, Stop> {
        let value = self.reg(register)?;
        Ok(self.word(value))
    }

    fn set_reg(&mut self, register: u16, value: ValueId) {
        if let Some(vars) = self.state.frames.last_mut()
            && let Some(place) = vars.regs.get_mut(usize::from(register))
        {
            *place = Some(value);
        }
    }

    /// A value as a word.
    fn word(&mut self, value: ValueId) -> ValueId {
        use crate::ops::Repr;
        match self.unit.ty(value).repr {
            Repr::Double => {
                if let Some(&known) = self.state.boxed.get(&value) {
                    return known;
                }
                let word = self.value(Ir::BoxFloat, &[value], 0, 0, None, Type::word(Kinds::FLOAT));
                self.state.boxed.insert(value, word);
                self.state.unboxed.insert(word, value);
                word
            }
            Repr::Cond => self.bool_word(value),
            _ => value,
        }
    }

    fn bool_word(&mut self, cond: ValueId) -> ValueId {
        self.value(Ir::BoolWord, &[cond], 0, 0, None, Type::word(Kinds::BOOL))
    }

    fn shape_of(&self, value: ValueId) -> Option<ShapeId> {
        self.state.shapes.get(&value).copied()
    }

    fn end(&mut self, term: Term) {
        self.unit.block(self.block).term = term;
        self.dead = true;
    }
}
