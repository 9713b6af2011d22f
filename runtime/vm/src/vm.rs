//! The VM: all state of one Ruby program.

use crate::core::{self, Core};
use crate::lookup::MethodCaches;
use crate::raise::Pending;
use crate::stack::{NativeStack, VmStack};
use crate::thread::EVENT;
use abi::{Compiler, VmHead};
use heap::{Heap, Liveness, RootSource, Tracer};
use objects::{CodeRef, CrefRef, OpaqueVm, ShapeId, ShapeTable};
use std::any::Any;
use std::sync::atomic::Ordering;
use stdx::FastMap;
use text::encoding::Encoding;
use value::{Symbol, SymbolTable, Value};

/// Settings that the command line makes.
#[derive(Clone, Debug)]
pub struct Options {
    /// `$VERBOSE`: Some(false) by default, None for -W0.
    pub verbose: Option<bool>,
    /// `$DEBUG`
    pub debug: bool,
    /// Collect at every n-th allocation (0 = off).
    pub gc_stress: usize,
    /// Bytes the object heap may take (0 = no limit).
    pub heap_limit: usize,
    /// Bytes of the VM stack.
    pub stack_bytes: usize,
    /// Default for `# frozen_string_literal`.
    pub frozen_string_literal: Option<bool>,
    /// Limit of backtrace lines printed, None without.
    pub backtrace_limit: Option<usize>,
    /// Errors about frozen literals tell where those were written.
    pub debug_literals: bool,
    /// Print the bytecode of everything that is compiled.
    pub dump_bytecode: bool,
    /// Suggestions for misspelt names in reports.
    pub did_you_mean: bool,
    /// Marked source lines in reports.
    pub error_highlight: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            verbose: Some(false),
            debug: false,
            gc_stress: 0,
            heap_limit: 0,
            stack_bytes: 8 << 20,
            frozen_string_literal: None,
            backtrace_limit: None,
            debug_literals: false,
            dump_bytecode: false,
            did_you_mean: true,
            error_highlight: true,
        }
    }
}

/// State of a crate above the VM, found by its type; traced with the roots.
pub trait Extension: Any {
    /// Reports the values it holds.
    fn trace(&self, tracer: &mut Tracer<'_>);
    /// Marking is done: forget what is dead.
    fn after_mark(&mut self, _live: &Liveness<'_>) {}
    /// Work that a collection left for the next safepoint (finalizers).
    fn at_safepoint(&self) -> Option<fn(&mut Vm)> {
        None
    }
}

/// A virtual machine.
#[repr(C)]
pub struct Vm {
    /// First words, known to machine code.
    pub head: VmHead,
    /// What is on its way up the stack.
    pub pending: Pending,
    /// Memory.
    pub heap: Heap,
    /// Symbols.
    pub symbols: SymbolTable,
    /// Shapes.
    pub shapes: ShapeTable,
    /// Well-known classes.
    pub core: Core,
    /// Settings.
    pub options: Options,
    /// `$!`
    pub errinfo: Value,
    /// `self` of the top level.
    pub main: Value,
    /// Lexical scope of the top level.
    pub top_cref: Option<CrefRef>,
    pub(crate) stack: VmStack,
    pub(crate) native: NativeStack,
    pub(crate) caches: MethodCaches,
    /// Codes, methods and scopes that are alive, and what is remembered about them.
    pub(crate) internals: crate::internals::Internals,
    pub(crate) globals: crate::global::Globals,
    pub(crate) allocators: Vec<crate::class::NativeAllocator>,
    pub(crate) primitives: FastMap<Symbol, crate::define::MethodDef>,
    /// Natives that lead to other methods.
    pub(crate) redirections: crate::interp::Redirections,
    pub(crate) compiler: Option<Box<dyn Compiler>>,
    pub(crate) sampler: Option<Box<crate::profile::Sampler>>,
    pub(crate) tier_thresholds: (u32, u32),
    /// Frame whose instruction machine code runs through a helper: its failures are handed back.
    pub(crate) stepping: abi::Registers,
    /// Where the registers end of a callee whose parameters are being bound above the running frame; null otherwise.
    pub(crate) binding: abi::Registers,
    /// Frame whose loop machine code took over from an interpreter that waits for it: its exits go on there.
    pub(crate) taken_over: abi::Registers,
    /// Where that interpreter goes on: innermost frame, and whether something is pending.
    pub(crate) resume: Option<(abi::Registers, bool)>,
    extensions: Vec<Box<dyn Extension>>,
    /// The native part of an object whose cell is being allocated.
    pub(crate) native_in_making: Option<Box<dyn objects::NativeData>>,
    /// Values that live as long as the VM (constants of builtins).
    pub(crate) pinned: Vec<Value>,
    /// What natives of the running fiber keep in memory of their own.
    pub roots: heap::RootList,
    pub(crate) object_ids: crate::equality::ObjectIds,
    pub(crate) frozen_strings: crate::intern::FrozenStrings,
    pub(crate) default_encodings: crate::encoding::DefaultEncodings,
    pub(crate) hash_seed: u64,
    /// Blocks to run at exit, last first.
    pub at_exit: Vec<Value>,
    /// Code of the main script, for backtrace labels.
    pub(crate) main_code: Option<CodeRef>,
    /// Name of the script, for reports without a place.
    pub program: Option<String>,
    /// Categories of warnings that are on.
    pub warning_categories: std::collections::HashSet<&'static str>,
    /// Runs at safepoints when `head.interrupt` is set.
    pub interrupt_handler: Option<fn(&mut Vm) -> value::RResult<()>>,
    /// Owner of persistent objects.
    pub(crate) space: Option<std::rc::Rc<dyn crate::external::PersistentSpace>>,
    /// Shapes of persistent classes in cells with less room for inline slots, by the usual shape and the room.
    pub(crate) narrow_shapes: stdx::FastMap<(u32, u32), objects::ShapeId>,
    /// Why an object could not be loaded that a native looked at.
    pub(crate) failed_load: Option<Value>,
    /// Why a library that is being set up cannot have one of its classes.
    pub(crate) clash: Option<String>,
    /// The heap draws on its reserve: the next safepoint raises NoMemoryError.
    pub(crate) memory_short: bool,
    /// Open and frozen shape of class Array's instances.
    pub(crate) array_shapes: (ShapeId, ShapeId),
    /// The same of class String.
    pub(crate) string_shapes: (ShapeId, ShapeId),
    /// Shape of literal Ranges.
    pub(crate) range_shape: ShapeId,
    /// How the call was written that `method_missing` stands for (for its message).
    pub missing_mode: crate::send::CallMode,
    /// Told of opened classes and (with a name) defined methods.
    pub definition_hook: Option<fn(&mut Vm, objects::RClass, Option<Symbol>)>,
    /// Called before `remove_const`; may forbid it.
    pub removal_hook: Option<fn(&mut Vm, objects::RClass, Symbol) -> value::RResult<()>>,
    /// Sorts of objects with a native part that are saved as values.
    pub portables: Vec<crate::external::Portable>,
    /// Looks elsewhere for a constant that is not there, before NameError.
    pub missing_constant_hook: Option<fn(&mut Vm, objects::RClass, Symbol) -> value::RResult<Option<Value>>>,
    /// Classes of the core, by address.
    pub(crate) core_classes: stdx::FastSet<u64>,
    /// Features of the runtime's own libraries by the classes that they define.
    pub(crate) library_classes: stdx::FastMap<u64, &'static str>,
    /// Encoding objects by number, made by the text builtins.
    pub encodings: Vec<Value>,
    /// Forks between the start of the program and this process.
    pub fork_count: u32,
    /// The Binding that the text about to run is evaluated in, until its variables are in there.
    pub(crate) eval_holder: Option<Value>,
    /// Values under inspection, against endless recursion: (method, object, other object).
    pub(crate) recursion: Vec<(Symbol, Value, Value)>,
    pub(crate) fibers: crate::fiber::Fibers,
    pub(crate) stack_pool: crate::fiber::SharedStackPool,
    /// Tags that running `catch` calls of this fiber wait for.
    pub catch_tags: Vec<Value>,
    /// `Thread#[]` of the running fiber: a Hash or nil.
    pub locals: Value,
    /// `Fiber[]` of the running fiber: a Hash or nil.
    pub storage: Value,
    /// `$~` and `$_` around the block that the running fiber or thread began with.
    pub(crate) root: crate::execution::RootSpecials,
    /// Threads and the lock.
    pub threads: crate::thread::Threads,
    /// For what recurses deeper than a thread's or fiber's own stack allows, once it was needed.
    pub(crate) deep_stack: Option<corosensei::stack::DefaultStack>,
    /// Patterns compiled when their literals were loaded, until the literals are used first.
    pub(crate) checked_patterns: FastMap<crate::matching::PatternKey, regexp::Regex>,
    /// Has a Hash been flagged as keywords by a `ruby2_keywords` method?
    pub(crate) keyword_hashes: bool,
    /// Has a Ractor been started, so that uses of what Ractors must not share are checked?
    pub(crate) isolated: bool,
    /// Makes a Ractor's own standard stream of the global of that name.
    pub stream_hook: Option<fn(&mut Vm, Symbol) -> Option<Value>>,
    /// The class Ractor, once one has been started.
    pub(crate) ractor_class: Option<Value>,
    /// Files that are being loaded for constants.
    pub(crate) autoloads: Vec<crate::autoload::Autoload>,
    /// What `require` finds without a file.
    pub libraries: &'static [crate::library::Library],
    /// What the library coverage counts.
    pub coverage: crate::coverage::Coverage,
    /// Files of ours that run with files of gems.
    pub adapters: &'static [crate::library::Adapter],
    /// Tells what `require` would do with a path.
    pub feature_hook: Option<fn(&mut Vm, Value) -> value::RResult<crate::autoload::FeatureState>>,
    /// Ends the program when the last thread is not the one that started it (a child made by `fork`).
    pub exit_hook: Option<fn(&mut Vm, bool) -> i32>,
    pub(crate) refined: crate::refinement::RefinedLookups,
    pub(crate) tracing: crate::trace::Tracing,
    /// Methods reported for ignoring a block, by serial number.
    pub(crate) unused_block_methods: stdx::FastSet<u64>,
    /// Makes the Binding that `set_trace_func` is given.
    pub trace_binding: Option<fn(&mut Vm, abi::frame::Frame) -> value::RResult>,
    /// The Binding of the main script, until it has the script's variables.
    pub toplevel: Option<Value>,
}

impl Vm {
    /// A VM with the core classes and no methods. Boxed, because heap and roots refer to its address.
    pub fn new(options: Options) -> Result<Box<Vm>, String> {
        let stack = VmStack::reserve(options.stack_bytes)?;
        let native = NativeStack::of_this_thread();
        let mut vm = Box::new(Vm {
            head: VmHead {
                interrupt: Default::default(),
                redefined: 0,
                fp: std::ptr::null_mut(),
                stack_limit: stack.limit(),
                native_limit: native.limit(),
                activation: 1,
            },
            pending: Pending::None,
            heap: Heap::new(objects::kinds::HOOKS),
            symbols: SymbolTable::new(Encoding::US_ASCII.index(), Encoding::UTF_8.index()),
            shapes: ShapeTable::default(),
            core: Core::EMPTY,
            errinfo: Value::NIL,
            main: Value::NIL,
            top_cref: None,
            stack,
            native,
            caches: MethodCaches::default(),
            internals: Default::default(),
            globals: Default::default(),
            allocators: Vec::new(),
            primitives: FastMap::default(),
            redirections: Default::default(),
            compiler: None,
            sampler: None,
            tier_thresholds: (u32::MAX, u32::MAX),
            stepping: std::ptr::null_mut(),
            binding: std::ptr::null_mut(),
            taken_over: std::ptr::null_mut(),
            resume: None,
            extensions: Vec::new(),
            native_in_making: None,
            pinned: Vec::new(),
            roots: heap::RootList::default(),
            object_ids: Default::default(),
            frozen_strings: Default::default(),
            default_encodings: Default::default(),
            hash_seed: std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), 0u64),
            recursion: Vec::new(),
            fibers: Default::default(),
            stack_pool: Default::default(),
            refined: Default::default(),
            tracing: Default::default(),
            unused_block_methods: Default::default(),
            trace_binding: None,
            toplevel: None,
            at_exit: Vec::new(),
            main_code: None,
            program: None,
            warning_categories: ["experimental"].into_iter().collect(),
            interrupt_handler: None,
            space: None,
            narrow_shapes: stdx::FastMap::default(),
            failed_load: None,
            clash: None,
            memory_short: false,
            array_shapes: (ShapeId::NONE, ShapeId::NONE),
            string_shapes: (ShapeId::NONE, ShapeId::NONE),
            range_shape: ShapeId::NONE,
            missing_mode: crate::send::CallMode::Any,
            definition_hook: None,
            removal_hook: None,
            portables: Vec::new(),
            missing_constant_hook: None,
            core_classes: Default::default(),
            library_classes: Default::default(),
            encodings: Vec::new(),
            fork_count: 0,
            eval_holder: None,
            catch_tags: Vec::new(),
            locals: Value::NIL,
            storage: Value::NIL,
            root: Default::default(),
            threads: Default::default(),
            deep_stack: None,
            checked_patterns: FastMap::default(),
            keyword_hashes: false,
            isolated: false,
            stream_hook: None,
            ractor_class: None,
            autoloads: Vec::new(),
            libraries: &[],
            adapters: &[],
            coverage: crate::coverage::Coverage::default(),
            feature_hook: None,
            exit_hook: None,
            options,
        });
        crate::panic::enter_vm(&mut vm);
        let roots: *mut Vm = &mut *vm;
        // SAFETY: the VM is boxed and owns the heap, so it outlives the heap's last allocation.
        unsafe { vm.heap.set_roots(roots) };
        vm.heap.set_limit(vm.options.heap_limit);
        vm.make_core();
        vm.heap.set_stress(vm.options.gc_stress);
        Ok(vm)
    }

    fn make_core(&mut self) {
        self.make_first_classes();
        crate::global::define_match_globals(self);
        core::define_rest(self);
        for (shape, class) in [
            (ShapeId::FIXNUM, self.core.integer),
            (ShapeId::FLONUM, self.core.float),
            (ShapeId::NIL, self.core.nil),
            (ShapeId::TRUE, self.core.true_),
            (ShapeId::FALSE, self.core.false_),
            (ShapeId::SYMBOL, self.core.symbol),
        ] {
            self.shapes.set_immediate(shape, class);
        }
        self.finish_core_classes();
        self.class_first_singletons();
        let shapes = |vm: &mut Vm, class| {
            let open = vm.instance_shape(vm.class_view(class)).shape;
            (open, vm.shapes.frozen(open))
        };
        self.array_shapes = shapes(self, self.core.array);
        self.string_shapes = shapes(self, self.core.string);
        self.range_shape = shapes(self, self.core.range).1;
        let object = self.class_view(self.core.object);
        self.main = self.allocate(object).unwrap_or(Value::NIL);
        self.make_main_thread();
    }

    /// The pointer handed to natives and machine code.
    pub fn as_opaque(&mut self) -> *mut OpaqueVm {
        std::ptr::from_mut(self).cast()
    }

    /// The VM behind the pointer that natives and machine code get.
    ///
    /// # Safety
    /// `opaque` was got from `as_opaque` of a live VM, and the caller runs under its lock.
    pub unsafe fn from_opaque<'a>(opaque: *mut OpaqueVm) -> &'a mut Vm {
        // SAFETY: by the caller.
        unsafe { &mut *opaque.cast::<Vm>() }
    }

    /// Installs a compiler.
    pub fn set_compiler(&mut self, compiler: Box<dyn Compiler>) {
        self.tier_thresholds = compiler.thresholds();
        self.compiler = Some(compiler);
    }

    /// The state of type `T`, made on first use.
    pub fn extension<T: Extension + Default>(&mut self) -> &mut T {
        let position = self.extensions.iter().position(|extension| (extension.as_ref() as &dyn Any).is::<T>());
        let position = position.unwrap_or_else(|| {
            self.extensions.push(Box::<T>::default());
            self.extensions.len() - 1
        });
        let extension: &mut dyn Any = self.extensions[position].as_mut();
        extension.downcast_mut().expect("found by its type")
    }

    /// Runs what collections left for a safepoint.
    pub(crate) fn run_safepoint_work(&mut self) {
        let work: Vec<fn(&mut Vm)> = self.extensions.iter().filter_map(|extension| extension.at_safepoint()).collect();
        for run in work {
            run(self);
        }
    }

    /// Keeps a value alive as long as the VM.
    pub fn pin(&mut self, value: Value) -> Value {
        if value.is_cell() {
            self.pinned.push(value);
        }
        value
    }

    /// Runs a collection of everything now.
    pub fn collect_garbage(&mut self) {
        self.heap.collect();
    }

    /// Runs a collection of what was allocated since the last one.
    pub fn collect_young(&mut self) {
        self.heap.collect_extent(heap::Extent::Minor);
    }
}

impl RootSource for Vm {
    fn trace_roots(&mut self, tracer: &mut Tracer<'_>, top: *const u64) {
        self.pending.trace(tracer);
        tracer.value(self.errinfo);
        tracer.value(self.main);
        if let Some(failure) = self.failed_load {
            tracer.value(failure);
        }
        self.shapes.each_class(&mut |class| tracer.value(class));
        self.globals.trace(tracer);
        if let Some(native) = &self.native_in_making {
            native.trace(tracer);
        }
        tracer.values(&self.pinned);
        self.roots.trace(tracer);
        tracer.values(&self.at_exit);
        tracer.values(&self.encodings);
        for &(_, a, b) in &self.recursion {
            tracer.value(a);
            tracer.value(b);
        }
        tracer.values(&[self.top_cref.map(CrefRef::value), self.main_code.map(CodeRef::value)].map(|root| root.unwrap_or(Value::NIL)));
        for extension in &self.extensions {
            extension.trace(tracer);
        }
        self.fibers.trace(tracer);
        self.threads.trace(tracer);
        for running in &self.autoloads {
            running.trace(tracer);
        }
        tracer.values(&self.catch_tags);
        tracer.value(self.locals);
        tracer.value(self.storage);
        self.root.trace(tracer);
        self.tracing.trace(tracer);
        self.stack.trace(tracer, self.head.fp, self.binding);
        self.native.trace_from(tracer, top);
    }

    fn trace_shapes(&mut self, tracer: &mut Tracer<'_>, shapes: &[u32]) {
        for &shape in shapes {
            tracer.value(self.shapes.class(ShapeId(shape)));
        }
    }

    fn memory_is_short(&mut self) {
        self.memory_short = true;
        self.head.interrupt.fetch_or(EVENT, Ordering::AcqRel);
    }

    fn step_was_allocated(&mut self) {
        self.note_allocations();
        self.head.interrupt.fetch_or(EVENT, Ordering::AcqRel);
    }

    fn after_mark(&mut self, live: &Liveness<'_>) {
        self.object_ids.after_mark(live);
        self.frozen_strings.after_mark(live);
        self.forget_dead_code(live);
        self.stack_pool.borrow_mut().trim();
        for extension in &mut self.extensions {
            extension.after_mark(live);
            if extension.at_safepoint().is_some() {
                self.head.interrupt.store(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }
}
