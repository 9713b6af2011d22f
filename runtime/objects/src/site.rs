//! Inline caches: the mutable side of a function's sites.
//!
//! A cache remembers for one shape what a lookup gave. Redefinition clears the caches of the name;
//! nothing is checked in hot code (see the VM's `invalidate`).

use crate::code::Dead;
use crate::method::{CrefRef, MethodRef};
use crate::shape::ShapeId;
use bytecode::CallSite;
use value::{Symbol, Value};

/// Shapes that a call site remembers besides the current one, for the compiler's sake.
pub const POLYMORPHIC_MAX: usize = 4;

/// How a cached call is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CallKind {
    /// Nothing cached.
    Empty = 0,
    /// Ruby method whose parameters take the arguments as they are.
    Simple,
    /// Ruby method whose parameters can be bound in place, see `vm::interp::direct`.
    Direct,
    /// Ruby method with positional parameters, called with the elements of one Array.
    Splat,
    /// Native method; `code` is its function.
    Native,
    /// Native `call` of a Proc, whose block can be entered without it.
    ProcCall,
    /// Method that `define_method` made of a block whose parameters take the arguments as they are.
    Defined,
    /// Reads a variable or Struct member: `slot` is its index, `instance` the number of inline slots.
    Reader,
    /// Writes one, in the same way; the object is not frozen.
    Writer,
    /// The core's `new` on a class of plain objects whose `initialize` is a Ruby method with parameters that can be bound in place:
    /// `method` is that, `instance` and `slot` say what to allocate.
    New,
    /// The same where `initialize` is the core's, which does nothing.
    Allocate,
    /// Anything else: looked at by the general path.
    General,
}

/// One remembered lookup.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CallCache {
    /// Shape of the receiver.
    pub shape: ShapeId,
    /// How to run it.
    pub kind: CallKind,
    /// Instance variable index of a reader; inline slots of a new object.
    pub slot: u32,
    /// Shape of a new object.
    pub instance: ShapeId,
    /// Code of a Ruby method (CodeRef word), or address of a native one.
    pub code: u64,
    /// Lexical scope of a Ruby method (CrefRef word).
    pub cref: u64,
    /// The method found.
    pub method: Option<MethodRef>,
    /// Times that a profile saw this shape.
    pub hits: u32,
}

impl Default for CallCache {
    fn default() -> Self {
        CallCache { shape: ShapeId::NONE, kind: CallKind::Empty, slot: 0, instance: ShapeId::NONE, code: 0, cref: 0, method: None, hits: 0 }
    }
}

/// Runtime side of a call site.
#[derive(Default)]
#[repr(C)]
pub struct CallState {
    /// The lookup tried first.
    pub cache: CallCache,
    /// Positional arguments written at the site.
    pub argc: u16,
    /// Nothing but plain positional arguments: no block, splat or keywords.
    pub plain: bool,
    /// Operand kinds seen by an operator: bits of `OperandBits`.
    pub operands: u8,
    /// Method name.
    pub name: Symbol,
    /// Keyword names.
    pub keywords: Box<[Symbol]>,
    /// The compiler's description.
    pub site: CallSite,
    /// Other shapes seen, newest first.
    pub others: Vec<CallCache>,
    /// Too many shapes were seen.
    pub megamorphic: bool,
    /// Of a `super`: the running method for which the lookups hold.
    pub super_method: Option<MethodRef>,
    /// Nothing more to say about a block that is passed in vain.
    pub block_checked: bool,
}

impl CallState {
    /// Makes the lookup for another remembered shape the one tried first; false when it is not remembered.
    #[inline]
    pub fn recall(&mut self, shape: ShapeId) -> bool {
        match self.others.iter_mut().find(|other| other.shape == shape) {
            Some(other) => {
                std::mem::swap(&mut self.cache, other);
                true
            }
            None => false,
        }
    }
}

impl CallState {
    /// Forgets the lookups that lead to what has died.
    pub fn forget_dead(&mut self, dead: &Dead<'_>) {
        let is_dead = |cache: &CallCache| (dead.shape)(cache.shape) || cache.method.is_some_and(|method| (dead.cell)(method.value()));
        if is_dead(&self.cache) || self.super_method.is_some_and(|method| (dead.cell)(method.value())) {
            self.cache = CallCache::default();
            self.super_method = None;
        }
        self.others.retain(|other| !is_dead(other));
    }
}

/// What an operator's operands were.
pub struct OperandBits;

impl OperandBits {
    /// Both immediate Integers, and so the result.
    pub const INTEGER: u8 = 1;
    /// At least one Float, both numbers.
    pub const FLOAT: u8 = 2;
    /// Integers with a result outside the immediate range.
    pub const OVERFLOW: u8 = 4;
    /// Anything else.
    pub const OTHER: u8 = 8;
}

/// Runtime side of an instance variable site.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct IvarState {
    /// Shape of self.
    pub shape: ShapeId,
    /// Index in the layout.
    pub index: u32,
    /// Inline slots of the layout.
    pub inline: u32,
    /// The variable.
    pub name: Symbol,
    /// Other shapes seen, the latest first; NONE behind them.
    pub others: [ShapeId; IVAR_OTHERS],
    /// Still more were seen.
    pub megamorphic: bool,
}

/// Shapes that an instance variable site remembers besides the one it knows the place for.
const IVAR_OTHERS: usize = 3;

impl IvarState {
    /// A site that has seen nothing.
    pub fn new(name: Symbol) -> IvarState {
        IvarState { shape: ShapeId::NONE, index: 0, inline: 0, name, others: [ShapeId::NONE; IVAR_OTHERS], megamorphic: false }
    }

    /// Makes room for another shape than the one that is known.
    pub fn recede(&mut self, shape: ShapeId) {
        if self.shape == ShapeId::NONE || self.shape == shape {
            return;
        }
        let kept = self.others.into_iter().filter(|&other| other != shape && other != self.shape && other != ShapeId::NONE);
        let mut seen = std::iter::once(self.shape).chain(kept);
        self.others = std::array::from_fn(|_| seen.next().unwrap_or(ShapeId::NONE));
        self.megamorphic |= seen.next().is_some();
    }

    /// All shapes seen, the latest first.
    pub fn shapes(&self) -> impl Iterator<Item = ShapeId> + '_ {
        std::iter::once(self.shape).chain(self.others).filter(|&shape| shape != ShapeId::NONE)
    }

    /// Forgets shapes.
    pub fn forget(&mut self, is_dead: impl Fn(ShapeId) -> bool) {
        for shape in std::iter::once(&mut self.shape).chain(&mut self.others) {
            if is_dead(*shape) {
                *shape = ShapeId::NONE;
            }
        }
    }
}

/// Runtime side of a constant site.
#[derive(Clone, Copy)]
pub struct ConstState {
    /// The constant's value; undef when nothing is cached.
    pub value: Value,
    /// Lexical scope or (with scope operator) scope value it was found from.
    pub cref: Option<CrefRef>,
    /// Scope value of `A::B`.
    pub scope: Value,
    /// The constant.
    pub name: Symbol,
}

/// Runtime side of any site.
pub enum SiteState {
    /// Call or operator.
    Call(Box<CallState>),
    /// Instance variable.
    Ivar(IvarState),
    /// Constant.
    Const(ConstState),
    /// Loop header: turns counted.
    Loop(u32),
    /// Remembered value, undef before.
    Once(Value),
}

impl SiteState {
    /// Is anything remembered that a definition may make wrong?
    pub fn is_filled(&self) -> bool {
        match self {
            SiteState::Call(call) => call.cache.kind != CallKind::Empty || !call.others.is_empty(),
            SiteState::Ivar(ivar) => ivar.shape != ShapeId::NONE,
            SiteState::Const(constant) => !constant.value.is_undef(),
            SiteState::Loop(_) => false,
            SiteState::Once(value) => !value.is_undef(),
        }
    }

    /// Forgets what was looked up (not what a profile learned).
    pub fn clear(&mut self) {
        match self {
            SiteState::Call(call) => {
                call.cache = CallCache::default();
                call.others.clear();
            }
            SiteState::Ivar(ivar) => ivar.forget(|_| true),
            SiteState::Const(constant) => constant.value = Value::UNDEF,
            SiteState::Loop(_) | SiteState::Once(_) => {}
        }
    }
}
