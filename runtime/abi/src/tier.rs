//! Between interpreter and compiler: who asks for what.
//!
//! Machine code is entered by `extern "sysv64" fn(vm, fp) -> word` with the frame already pushed; it
//! returns the frame's result, or 0 when something is pending in the VM. Entered at a loop header it
//! takes over the frame and returns its result just the same. It leaves `head.fp` undefined: whoever
//! entered it sets it again.

use crate::frame::FrameWords;
use crate::helper::HelperTable;
use objects::{CodeRef, CrefRef, MethodRef, OpaqueVm, ShapeId};
use value::{Symbol, Value};

/// Entry of machine code.
pub type MachineEntry = unsafe extern "sysv64" fn(*mut OpaqueVm, crate::Registers) -> Option<Value>;

/// What got hot.
#[derive(Clone, Copy, Debug)]
pub enum TierRequest {
    /// A function by its calls.
    Call,
    /// The loop whose header is at this unit.
    Loop(u32),
}

/// What a frame's header says about where its code stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// Method that runs.
    pub method: Option<MethodRef>,
    /// Lexical scope.
    pub cref: CrefRef,
}

impl Surroundings {
    /// The method's word in frames, 0 for none.
    pub fn method_word(&self) -> u64 {
        self.method.map_or(0, MethodRef::word)
    }

    /// The cells, for what keeps them alive.
    pub fn values(&self) -> impl Iterator<Item = Value> {
        self.method.map(MethodRef::value).into_iter().chain([self.cref.value()])
    }
}

/// A literal block and what its home frame says about it.
#[derive(Clone, Copy)]
pub struct OuterBlock {
    /// Code.
    pub code: CodeRef,
    /// Method and lexical scope of the home frame.
    pub home: Surroundings,
}

/// The block that a method made by `define_method` runs.
#[derive(Clone, Copy)]
pub struct DefinedBlock {
    /// Code.
    pub code: CodeRef,
    /// Lexical scope.
    pub cref: CrefRef,
    /// Words of the heap environment around the block; 0 for none.
    pub env: u64,
}

/// What the compiler asks the VM while it compiles. No answer runs Ruby code or collects garbage.
pub trait Runtime {
    /// The helper addresses.
    fn helpers(&self) -> &'static HelperTable;
    /// Was an operator of a core class redefined?
    fn operators_redefined(&self) -> bool;
    /// Are there Hashes flagged as keywords by `ruby2_keywords` methods? Machine code that counts on there being none
    /// depends on the method name `ruby2_keywords`.
    fn has_keyword_hashes(&self) -> bool;
    /// What a method runs that `define_method` made of this Proc; None for Procs that are no block, and once there are
    /// Ractors: code that relies on there being none depends on the method name "ractor ".
    fn defined_block(&self, callable: Value) -> Option<DefinedBlock>;
    /// Are refinements in force in the lexical scope with this word (as in a frame's header)?
    fn is_refined(&self, cref: u64) -> bool;
    /// What `respond_to?(name)` answers for objects of this shape as long as no method of that name and no
    /// `respond_to_missing?` changes; None when the program decides.
    fn responds(&mut self, shape: ShapeId, name: Symbol) -> Option<bool>;
    /// Are objects of this shape instances of the class or module with this word? None when it is none, and for the shapes of
    /// singletons. A "no" holds until the method name "ancestors " changes.
    fn inherits(&self, shape: ShapeId, class: u64) -> Option<bool>;
    /// Open and frozen shape of a class's own instances, as far as they are known.
    fn instance_shapes(&self, class: u64) -> (ShapeId, ShapeId);
    /// Index of an instance variable of objects of this shape, and how many variables lie in the cell (the others lie outside of it,
    /// see `objects::object`); None when that is not known.
    fn ivar_slot(&mut self, shape: ShapeId, name: Symbol) -> Option<(u32, u32)>;
    /// Does a Struct of this shape keep member `index` in its cell?
    fn member_is_inline(&self, shape: ShapeId, index: u32) -> bool;
    /// Are literals of Strings copied without a note of their places (`--debug-frozen-string-literal`)?
    fn copies_literals(&self) -> bool;
    /// Open and frozen shape of class String's instances.
    fn string_shapes(&self) -> (ShapeId, ShapeId);
    /// Shape of literal Ranges.
    fn range_shape(&self) -> ShapeId;
    /// Does `new` of the class with this word make plain Arrays? A "yes" holds until the method name `initialize` or `allocate` changes.
    fn makes_arrays(&mut self, class: u64) -> bool;
    /// What a new String with the bytes of a literal, given by its word, consists of.
    fn string_image(&self, literal: u64, chilled: bool) -> Option<objects::string::Image>;
    /// Is `to_s` of Integers the core's? A "yes" holds until the method name `to_s` changes.
    fn joins_integers(&mut self) -> bool;
    /// Open and frozen shape of class Array's instances.
    fn array_shapes(&self) -> (ShapeId, ShapeId);
    /// Is it the shape of class Hash's own instances?
    fn is_plain_hash(&self, shape: ShapeId) -> bool;
    /// Is it a frozen state of its class?
    fn shape_is_frozen(&self, shape: ShapeId) -> bool;
    /// The method that a public call of `name` on objects of `shape` runs, aliases followed.
    fn method_of(&mut self, shape: ShapeId, name: Symbol) -> Option<MethodRef>;
    /// Name of the class or module that owns a method.
    fn owner_name(&self, method: MethodRef) -> String;
    /// Text of a symbol.
    fn text(&self, name: Symbol) -> String;
    /// Register `index` of the running frame.
    fn register(&self, index: u16) -> Option<Value>;
    /// Header word `index` (negative) of the running frame.
    fn header_word(&self, index: isize) -> u64;
    /// Does the running frame own an environment that still lies on the stack?
    fn env_is_on_stack(&self) -> bool;
    /// The block that the running frame was given, when it is a literal one whose home has an environment.
    fn outer_block(&self) -> Option<OuterBlock>;
    /// Entry and effects of a primitive of the prelude.
    fn primitive(&self, name: Symbol) -> Option<(objects::NativeFunction, objects::method::Effects)>;
    /// Bytes from the VM's address to the allocation run (cursor, limit) of the cells that hold `size`
    /// bytes, and the real size of those cells; None when cells of that size have no runs.
    fn allocation_run(&self, size: usize) -> Option<(usize, usize)>;
    /// Asks this VM for a safepoint from another thread; lives at most as long as the VM's compiler.
    fn waker(&self) -> crate::Waker;
    /// "Class#name" or the like, for reports.
    fn label(&self, code: CodeRef) -> String;
}

/// A compiler; the VM works without one.
pub trait Compiler {
    /// Calls before a function is compiled, and turns before a loop is.
    fn thresholds(&self) -> (u32, u32);
    /// A function or loop is hot. May return an entry to use now; else there may be one after a later `poll`.
    fn request(&mut self, runtime: &mut dyn Runtime, code: CodeRef, request: TierRequest) -> Option<MachineEntry>;
    /// The unit with this exit was entered so often, or turned so often, that it is worth more work; its frame has done nothing yet.
    fn hot(&mut self, runtime: &mut dyn Runtime, exit: u64);
    /// At a safepoint: takes into use what was compiled meanwhile.
    fn poll(&mut self);
    /// Machine code leaves by this exit, and has stored what no constant says: writes the rest of the frames of the exit's state. Gives the word
    /// of the innermost one. `activation` is the number of the last environment.
    fn write_back(&mut self, exit: u64, words: &mut FrameWords, activation: &mut u64) -> isize;
    /// Machine code went back to the interpreter by this exit, whose frames are written.
    fn exited(&mut self, runtime: &mut dyn Runtime, exit: u64);
    /// The program ends: reports what was asked for.
    fn finish(&mut self);
    /// Methods named `name` may resolve differently: code that relied on them must not run again.
    fn method_changed(&mut self, name: Symbol);
    /// An operator of a core class was redefined.
    fn operators_changed(&mut self);
    /// A constant named `name` changed.
    fn constant_changed(&mut self, name: Symbol);
    /// The variables of frames of this code are looked at: code that keeps them in registers must not run again.
    fn looked_at(&mut self, code: CodeRef);
    /// Marking is done: forgets what was made for codes that have died.
    fn after_mark(&mut self, is_dead: &dyn Fn(CodeRef) -> bool);
}
