//! Methods, lexical scopes and the words that stand for blocks.
//!
//! They are cells that live as long as something leads to them; frames hold plain words, which the collector finds, and
//! caches forget what has died.

use crate::code::CodeRef;
use crate::internal::{self, internal_reference};
use crate::shape::ShapeId;
pub use bytecode::Effects;
use heap::Tracer;
use std::cell::Cell;
use value::{Header, Kind, Symbol, Value};

/// Who may call a method.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Visibility {
    /// Anybody.
    #[default]
    Public,
    /// Receivers of the owner's kind only.
    Protected,
    /// Without explicit receiver only.
    Private,
}

/// The VM as natives are handed it; only the vm crate knows what it is.
#[repr(C)]
pub struct OpaqueVm {
    _private: [u8; 0],
}

/// Entry of a native method: VM, receiver, arguments, `argument_word`, block. 0 means raised.
pub type NativeFunction = unsafe extern "sysv64" fn(*mut OpaqueVm, Value, *const Value, u64, BlockWord) -> Option<Value>;

/// Bit of the argument word: the last argument is a Hash of keywords.
pub const ARGUMENT_KEYWORDS: u64 = 1 << 32;
/// Bit of the argument word: private methods may be called (for `send`-like natives).
pub const ARGUMENT_PRIVATE_OK: u64 = 1 << 33;

/// A native method as its declaration gives it.
#[derive(Clone, Copy)]
pub struct NativeMethod {
    /// Entry.
    pub function: NativeFunction,
    /// Least number of arguments.
    pub required: u16,
    /// Most number of arguments, None without limit.
    pub maximum: Option<u16>,
    /// Effects as declared, see `Effects`.
    pub effects: Effects,
    /// Does it take keywords?
    pub takes_keywords: bool,
}

/// What a method does.
#[derive(Clone, Copy)]
pub enum MethodBody {
    /// Ruby code with the lexical scope of its definition.
    Ruby(CodeRef, CrefRef),
    /// Native code.
    Native(NativeMethod),
    /// `attr_reader` of the variable.
    Reader(Symbol),
    /// `attr_writer` of the variable.
    Writer(Symbol),
    /// `define_method` with a Proc.
    Proc(Value),
    /// `alias`: runs another method.
    Alias(MethodRef),
    /// A new visibility for an inherited method: runs whatever stands above under the name. Lookups answer with an alias of
    /// that instead.
    Inherited,
    /// `undef`: lookup ends here without result.
    Undefined,
    /// Member of a Struct class by number.
    StructReader(u32),
    /// Setter of a Struct member by number.
    StructWriter(u32),
}

/// A method of a class.
pub struct Method {
    /// Name it was defined by.
    pub name: Symbol,
    /// Class or module whose table it stands in.
    pub owner: Value,
    /// Who may call it.
    pub visibility: Visibility,
    /// What it does.
    pub body: MethodBody,
    /// Passes the last Hash on as keywords (`ruby2_keywords`).
    pub ruby2_keywords: Cell<bool>,
    /// Does it live on under another name, so that redefining it loses nothing?
    pub is_aliased: Cell<bool>,
    /// Number for dependency lists.
    pub serial: u64,
    /// How often the owner stands among the ancestors before the place that this entry was found at. `super` goes on
    /// from there; other lookups never give more than 0.
    pub occurrence: u32,
}

impl Method {
    /// Does `respond_to?` count it? Private and protected ones only when asked, natives that are not implemented never.
    pub fn is_responded(&self, private: bool) -> bool {
        let is_absent = match self.body {
            MethodBody::Native(native) => native.effects.has(Effects::absent),
            MethodBody::Alias(target) => !target.is_responded(true),
            _ => false,
        };
        !is_absent && (private || self.visibility == Visibility::Public)
    }
}

internal_reference!(
    /// Reference to a method.
    MethodRef => Method, Kind::Method
);

impl MethodRef {
    /// Follows aliases to the method that holds the body.
    #[inline]
    pub fn resolved(self) -> MethodRef {
        let mut method = self;
        while let MethodBody::Alias(target) = method.body {
            method = target;
        }
        method
    }

    /// The method of a frame's word.
    ///
    /// # Safety
    /// `word` is 0 or was got from `word`.
    #[inline(always)]
    pub unsafe fn from_word(word: u64) -> Option<MethodRef> {
        std::ptr::NonNull::new(word as *mut Method).map(MethodRef)
    }
}

/// A lexical scope: the chain of class bodies around a piece of code ("cref" in CRuby).
pub struct Cref {
    /// Scope around this one.
    pub parent: Option<CrefRef>,
    /// Class or module for constants and class variables.
    pub module: Cell<Value>,
    /// Where `def` defines; the same but for instance_eval and class_eval. Undef: in the singleton class of self, which is
    /// made when something is defined.
    pub definee: Cell<Value>,
    /// Visibility of methods defined from now on.
    pub visibility: Cell<Visibility>,
    /// `module_function` without arguments is in force.
    pub module_function: Cell<bool>,
    /// Made by `eval`-like methods: skipped when constants are looked up.
    pub transparent: bool,
    /// Refinements in force, innermost first; None in code that uses none.
    pub refinements: Cell<Option<RefinementsRef>>,
    /// The scope that took the place of this one at a `using`: Bindings go on there.
    pub replaced: Cell<Option<CrefRef>>,
    /// The scope of blocks from here that `instance_eval` runs.
    pub instance_eval: Cell<Option<CrefRef>>,
}

impl Cref {
    /// The scope of code that nothing is around, in which constants and methods are those of `module`.
    pub fn top(module: Value) -> Cref {
        Cref {
            parent: None,
            module: Cell::new(module),
            definee: Cell::new(module),
            visibility: Cell::new(Visibility::Public),
            module_function: Cell::new(false),
            transparent: false,
            refinements: Cell::new(None),
            replaced: Cell::new(None),
            instance_eval: Cell::new(None),
        }
    }
}

/// A link of the refinements in force in a lexical scope: what one `using` or `refine` activated.
pub struct Refinements {
    /// What was activated before.
    pub parent: Option<RefinementsRef>,
    /// Module that was used, or whose `refine` block this is.
    pub module: Value,
    /// Pairs of refined class and refinement, strongest first. None: all refinements of `module`,
    /// later ones too, as inside its `refine` blocks.
    pub pairs: Option<Box<[(Value, Value)]>>,
}

internal_reference!(
    /// Reference to a link of activated refinements.
    RefinementsRef => Refinements, Kind::Refinements
);

internal_reference!(
    /// Reference to a lexical scope.
    CrefRef => Cref, Kind::Scope
);

impl std::fmt::Debug for MethodRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "method{}", self.serial)
    }
}

impl std::fmt::Debug for CrefRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "scope{:#x}", self.word())
    }
}

impl CrefRef {
    /// The scope of a frame's word.
    ///
    /// # Safety
    /// `word` was got from `word`.
    #[inline(always)]
    pub unsafe fn from_word(word: u64) -> CrefRef {
        // SAFETY: a word of a CrefRef is not 0.
        CrefRef(unsafe { std::ptr::NonNull::new_unchecked(word as *mut Cref) })
    }
}

/// # Safety
/// `cell` is a live cell of a Method.
pub(crate) unsafe fn trace_method(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: by the caller.
    let method = unsafe { &*internal::content::<Method>(cell) };
    tracer.value(method.owner);
    match method.body {
        MethodBody::Proc(value) => tracer.value(value),
        MethodBody::Alias(target) => tracer.value(target.value()),
        MethodBody::Ruby(code, cref) => tracer.values(&[code.value(), cref.value()]),
        MethodBody::Native(_)
        | MethodBody::Reader(_)
        | MethodBody::Writer(_)
        | MethodBody::Inherited
        | MethodBody::Undefined
        | MethodBody::StructReader(_)
        | MethodBody::StructWriter(_) => {}
    }
}

/// # Safety
/// `cell` is a live cell of a Cref.
pub(crate) unsafe fn trace_scope(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: by the caller.
    let scope = unsafe { &*internal::content::<Cref>(cell) };
    // Its Cells are changed in place.
    tracer.unguarded();
    tracer.value(scope.module.get());
    tracer.value(scope.definee.get());
    for around in [scope.parent, scope.replaced.get(), scope.instance_eval.get()].into_iter().flatten() {
        tracer.value(around.value());
    }
    if let Some(links) = scope.refinements.get() {
        tracer.value(links.value());
    }
}

/// # Safety
/// `cell` is a live cell of a link of refinements.
pub(crate) unsafe fn trace_refinements(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: by the caller.
    let link = unsafe { &*internal::content::<Refinements>(cell) };
    tracer.value(link.module);
    if let Some(parent) = link.parent {
        tracer.value(parent.value());
    }
    for &(class, refinement) in link.pairs.iter().flatten() {
        tracer.values(&[class, refinement]);
    }
}

/// # Safety
/// `cell` is a dead cell of a link of refinements, dropped once.
pub(crate) unsafe fn drop_refinements(cell: *mut Header) {
    // SAFETY: by the caller.
    unsafe { internal::content::<Refinements>(cell).drop_in_place() }
}

/// The block that a frame or native was given: nil, a Proc, or a record on the VM stack.
///
/// A record is two registers of the calling frame, `[code word, address of the calling frame]`; it is
/// valid during the call only. `Vm::block_to_proc` makes a Proc of it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct BlockWord(pub u64);

impl BlockWord {
    /// No block.
    pub const NONE: BlockWord = BlockWord(Value::NIL.bits());
    /// Tag of a record's address; reads as an immediate Float, so that scans skip it.
    pub const RECORD_TAG: u64 = 6;

    /// The word of a Proc or nil.
    pub fn from_value(value: Value) -> BlockWord {
        BlockWord(value.bits())
    }

    /// The word of a record at `address`.
    #[inline(always)]
    pub fn from_record(address: *const u64) -> BlockWord {
        BlockWord(address as u64 | Self::RECORD_TAG)
    }

    /// Is there a block?
    #[inline(always)]
    pub fn is_some(self) -> bool {
        self != Self::NONE
    }

    /// Address of the record, if it is one.
    #[inline(always)]
    pub fn record(self) -> Option<*const u64> {
        (self.0 & 7 == Self::RECORD_TAG).then_some((self.0 & !7) as *const u64)
    }

    /// The Proc or nil, if it is no record.
    pub fn value(self) -> Option<Value> {
        if self.record().is_some() {
            return None;
        }
        // SAFETY: a block word that is no record is the word of a Value.
        unsafe { Value::from_bits(self.0) }
    }
}

/// Shape of a class's instances and how many slots they hold, for allocation.
#[derive(Clone, Copy)]
pub struct InstanceShape {
    /// Open shape.
    pub shape: ShapeId,
    /// Inline slots.
    pub inline: u32,
}
