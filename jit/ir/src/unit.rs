//! A compilation unit: blocks of instructions over SSA values, the frames it stands for, the states
//! in which it may be left.
//!
//! Invariants (checked by `verify`): a value is defined once and its definition dominates its uses;
//! operands have the representations of the table; every edge passes as many values as its target
//! has parameters, of the same representation; exit states name values that are defined there.

use crate::ops::Op;
use crate::types::Type;
use abi::Surroundings;
use objects::{CodeRef, CrefRef, MethodRef, ShapeId};
use smallvec::SmallVec;
use value::{Symbol, Value};

stdx::define_id!(
    /// An SSA value.
    ValueId, "v"
);
stdx::define_id!(
    /// A block.
    BlockId, "b"
);
stdx::define_id!(
    /// An exit state.
    ExitId, "x"
);
stdx::define_id!(
    /// A frame of the unit: the root or an inlined activation.
    FrameId, "f"
);

/// Operands.
pub type Args = SmallVec<[ValueId; 3]>;

/// An instruction.
#[derive(Clone, Debug)]
pub struct Inst {
    /// What it does.
    pub op: Op,
    /// Operands.
    pub args: Args,
    /// First number, see the table.
    pub imm: u64,
    /// Second number.
    pub imm2: u64,
    /// Where it leaves to.
    pub exit: Option<ExitId>,
    /// Result, if it has one.
    pub result: Option<ValueId>,
}

/// A jump with the values for the target's parameters.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Where to.
    pub target: BlockId,
    /// Values.
    pub args: Vec<ValueId>,
}

/// End of a block.
#[derive(Clone, Debug)]
pub enum Term {
    /// Not built yet.
    Open,
    /// Goes on.
    Jump(Edge),
    /// Goes on by a condition.
    Branch {
        /// Condition.
        cond: ValueId,
        /// When it holds.
        yes: Edge,
        /// When not.
        no: Edge,
    },
    /// Leaves the root frame with a word.
    Return(ValueId),
    /// Leaves to the interpreter.
    Leave(ExitId),
    /// Something is pending; the operand-free end of a failed call.
    Unwind(ExitId),
}

/// A block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Parameters.
    pub params: Vec<ValueId>,
    /// Instructions.
    pub insts: Vec<Inst>,
    /// End.
    pub term: Term,
    /// Seldom run.
    pub cold: bool,
}

/// The block a frame was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameBlock {
    /// The root's: in its header.
    Root,
    /// None.
    None,
    /// A literal block of `home`, recorded in `register` of that frame.
    Record {
        /// Frame around the block.
        home: FrameId,
        /// Its code.
        code: CodeRef,
        /// First register of the record.
        register: u16,
    },
}

/// What is around a block whose home is not part of the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outer {
    /// The home frame at this address.
    Home(ValueId),
    /// The heap environment with these words; 0 for none. The unit keeps it alive.
    Env(u64),
}

/// How a frame's environment is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvMode {
    /// The function has none.
    None,
    /// Slots are SSA values; the environment is made when the unit is left.
    Virtual,
    /// As `Virtual`, but the frame has opened it already: only slots are written back.
    Opened,
    /// In memory.
    Memory,
}

/// What a frame's header gets when it becomes visible.
#[derive(Clone, Debug)]
pub struct FrameInfo {
    /// Frame that called it; None for the root.
    pub parent: Option<FrameId>,
    /// For inlined blocks the frame around.
    pub home: Option<FrameId>,
    /// Words from the root's register 0 to this frame's.
    pub offset: u32,
    /// Code.
    pub code: CodeRef,
    /// Method and lexical scope; None: those of the root.
    pub method: Option<Surroundings>,
    /// self; None for the root (its header has it).
    pub receiver: Option<ValueId>,
    /// For a block inlined into a unit that its home is not part of: what is around it.
    pub outer: Option<Outer>,
    /// Block.
    pub block: FrameBlock,
    /// Environment.
    pub env: EnvMode,
    /// Flags of the link.
    pub flags: u64,
}

impl FrameInfo {
    /// Values that the frame's header is made of.
    pub fn values(&self) -> impl Iterator<Item = ValueId> {
        let home = match self.outer {
            Some(Outer::Home(home)) => Some(home),
            _ => None,
        };
        self.receiver.into_iter().chain(home)
    }
}

/// State of one frame in an exit state.
#[derive(Clone, Debug, PartialEq)]
pub struct ExitFrame {
    /// Which.
    pub frame: FrameId,
    /// Instruction to go on at (innermost) or that waits for the frame above.
    pub pc: u32,
    /// Registers whose values are not in the frame yet.
    pub registers: Vec<(u16, ValueId)>,
    /// The environment was opened at this point (virtual ones have to be made).
    pub env_open: bool,
}

/// Why a unit is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitKind {
    /// A speculation failed, or a path was never seen: counts towards compiling again.
    Guard,
    /// Normal on rare occasions (interrupts, invalidation, unwinding): does not count.
    Quiet,
}

/// A state in which the unit may be left.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// Frames, root first.
    pub frames: Vec<ExitFrame>,
    /// Kind.
    pub kind: ExitKind,
    /// Short reason, for traces.
    pub reason: &'static str,
    /// Pending things can be handled by a frame here (else the unit returns 0 at once).
    pub handles: bool,
}

/// A Ruby method called by machine code.
#[derive(Clone, Copy)]
pub struct Target {
    /// Code.
    pub code: CodeRef,
    /// Lexical scope.
    pub cref: CrefRef,
    /// Method.
    pub method: Option<MethodRef>,
    /// Words of the heap environment around it; 0 for none.
    pub env: u64,
    /// Flags of the link.
    pub flags: u64,
    /// Literal block passed: its code, the offset of its home frame, and the record's register there.
    pub block: Option<(CodeRef, u32, u16)>,
}

/// What the unit relies on.
#[derive(Clone, Debug, Default)]
pub struct Dependencies {
    /// Method names that must resolve as they did.
    pub methods: Vec<Symbol>,
    /// Constant names.
    pub constants: Vec<Symbol>,
    /// The core's operators.
    pub operators: bool,
    /// Values that the code refers to.
    pub values: Vec<Value>,
}

/// A compilation unit.
#[derive(Clone)]
pub struct Unit {
    /// Root code.
    pub code: CodeRef,
    /// Entry: 0, or the loop header where a running frame is taken over.
    pub entry_pc: u32,
    /// Blocks; the first is the entry.
    pub blocks: Vec<Block>,
    /// Types of the values.
    pub types: Vec<Type>,
    /// Exit states.
    pub exits: Vec<Exit>,
    /// Frames, the root first.
    pub frames: Vec<FrameInfo>,
    /// Methods called.
    pub targets: Vec<Target>,
    /// What it relies on.
    pub dependencies: Dependencies,
    /// Words from the root's register 0 that its frames may take.
    pub extent: u32,
    /// Bytecode units inlined.
    pub inlined: u32,
    /// Was a call left that larger limits would have inlined?
    pub reduced: bool,
}

impl Unit {
    /// An empty unit.
    pub fn new(code: CodeRef, entry_pc: u32) -> Unit {
        Unit {
            code,
            entry_pc,
            blocks: Vec::new(),
            types: Vec::new(),
            exits: Vec::new(),
            frames: Vec::new(),
            targets: Vec::new(),
            dependencies: Dependencies::default(),
            extent: 0,
            inlined: 0,
            reduced: false,
        }
    }

    /// Everything in the heap that its machine code and its exits name, for what keeps it alive.
    pub fn references(&self) -> Vec<Value> {
        let frames = self.frames.iter().flat_map(|frame| frame.method.iter().flat_map(Surroundings::values).chain([frame.code.value()]));
        let targets = self.targets.iter().flat_map(|target| {
            let block = target.block.map(|(code, ..)| code.value());
            [target.code.value(), target.cref.value()].into_iter().chain(target.method.map(MethodRef::value)).chain(block)
        });
        let mut list: Vec<Value> = frames.chain(targets).chain(self.dependencies.values.iter().copied()).collect();
        list.sort_unstable_by_key(|value| value.bits());
        list.dedup();
        list
    }

    /// A new block.
    pub fn add_block(&mut self) -> BlockId {
        self.blocks.push(Block { params: Vec::new(), insts: Vec::new(), term: Term::Open, cold: false });
        BlockId(self.blocks.len() as u32 - 1)
    }

    /// A new value.
    pub fn add_value(&mut self, ty: Type) -> ValueId {
        self.types.push(ty);
        ValueId(self.types.len() as u32 - 1)
    }

    /// Type of a value.
    pub fn ty(&self, value: ValueId) -> Type {
        self.types[value.index()]
    }

    /// A block.
    pub fn block(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.index()]
    }

    /// A frame.
    pub fn frame(&self, id: FrameId) -> &FrameInfo {
        &self.frames[id.index()]
    }

    /// Edges out of a block.
    pub fn successors(&self, id: BlockId) -> Vec<&Edge> {
        match &self.blocks[id.index()].term {
            Term::Jump(edge) => vec![edge],
            Term::Branch { yes, no, .. } => vec![yes, no],
            _ => Vec::new(),
        }
    }
}

/// A call site's shape test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeTest {
    /// An immediate of these kinds.
    Kinds(crate::types::Kinds),
    /// A cell of this shape.
    Shape(ShapeId),
}
