//! What machine code calls: the helpers of `abi::helper`, and the VM's answers to the compiler.
//!
//! Machine code runs on the interpreter's frames. It leaves them in one of three ways: it returns a
//! result, it returns 0 with something pending that no handler of its frames can take, or it writes
//! its registers back and lets `exit` or `unwind` finish the activation in the interpreter.

use crate::interp;
use crate::raise::Pending;
use crate::vm::Vm;
use abi::frame::{self, FrameFlags, FrameWords, Registers};
use abi::helper::{HELPERS, HelperTable};
use abi::tier::{OuterBlock, Runtime};
use objects::class::Allocator;
use objects::method::Effects;
use objects::{CodeRef, MethodBody, MethodRef, NativeFunction, ProcBody, RArray, RClass, RHash, RObject, RString, ShapeId};
use value::{Header, Kind, Raised, Symbol, Value, sym};

/// Word of an optional value.
fn word_of(value: Option<Value>) -> u64 {
    value.map_or(0, Value::bits)
}

/// The value of a word that machine code holds.
///
/// # Safety
/// The word is a Value's.
unsafe fn value_of(word: u64) -> Value {
    // SAFETY: by the caller.
    unsafe { Value::from_bits(word).unwrap_or(Value::NIL) }
}

unsafe extern "sysv64" fn step(vm: &mut Vm, fp: Registers, pc: *const u16) -> u64 {
    // SAFETY: machine code passes the innermost frame and an instruction of its code.
    unsafe {
        vm.head.fp = fp;
        let before = std::mem::replace(&mut vm.stepping, fp);
        let (_, next) = interp::step(vm, fp, pc);
        vm.stepping = before;
        next as u64
    }
}

unsafe extern "sysv64" fn send(vm: &mut Vm, fp: Registers, pc: *const u16) -> u64 {
    // SAFETY: as for `step`; a pushed callee becomes an entry frame, so its end ends the run.
    unsafe {
        vm.head.fp = fp;
        let before = std::mem::replace(&mut vm.stepping, fp);
        let (callee, next) = interp::step(vm, fp, pc);
        vm.stepping = before;
        if next.is_null() {
            return 0;
        }
        if callee == fp {
            return (*fp.add(*pc.add(1) as usize)).bits();
        }
        *callee.cast::<u64>().offset(frame::LINK) |= FrameFlags::ENTRY;
        word_of(interp::run(vm, callee, next))
    }
}

unsafe extern "sysv64" fn yield_(vm: &mut Vm, fp: Registers, pc: *const u16) -> u64 {
    // SAFETY: as for `send`.
    unsafe {
        vm.head.fp = fp;
        let simple = vm.guarded("yield", |vm| Ok(interp::yield_simply(vm, fp, pc)));
        match simple {
            Ok(Some(result)) => word_of(result),
            Ok(None) => send(vm, fp, pc),
            Err(Raised) => 0,
        }
    }
}

unsafe extern "sysv64" fn run_linked(vm: &mut Vm, fp: Registers) -> u64 {
    // SAFETY: machine code linked the frame as an entry frame with all parameters set.
    unsafe {
        let code = CodeRef::from_word(*fp.cast::<u64>().offset(frame::CODE));
        vm.head.fp = fp;
        if fp.wrapping_add(code.registers as usize) >= vm.head.stack_limit {
            vm.head.fp = (*fp.cast::<u64>().offset(frame::LINK) & !FrameFlags::MASK) as Registers;
            vm.stack_error();
            return 0;
        }
        crate::send::clear_registers(fp, code.parameters_end as usize, code.locals_end as usize);
        word_of(interp::enter(vm, fp, code))
    }
}

/// Runs `body` with `root` as an entry frame, so that it ends when `root` does.
///
/// # Safety
/// `root` is a live frame.
unsafe fn as_entry(vm: &mut Vm, root: Registers, body: impl FnOnce(&mut Vm) -> Option<Value>) -> u64 {
    // SAFETY: the header words stay in place until something is pushed after this returns.
    unsafe {
        let link = root.cast::<u64>().offset(frame::LINK);
        let before = *link;
        *link = before | FrameFlags::ENTRY;
        let result = body(vm);
        *link = before;
        word_of(result)
    }
}

/// No exit.
const NO_EXIT: u64 = u64::MAX;

/// Writes the frames of an exit's state, and gives the innermost one.
///
/// # Safety
/// Machine code whose frame is `root` leaves by the exit, and has stored the values of the state.
unsafe fn write_back(vm: &mut Vm, root: Registers, number: u64) -> Registers {
    if number == NO_EXIT {
        return root;
    }
    let Vm { compiler, head, .. } = vm;
    let compiler = compiler.as_mut().expect("machine code is there as long as its compiler");
    // SAFETY: the states of a unit name words of its frames only, and what they refer to is alive while the unit runs.
    unsafe {
        let inner = compiler.write_back(number, &mut FrameWords::new(root), &mut head.activation);
        root.offset(inner)
    }
}

unsafe extern "sysv64" fn exit(vm: &mut Vm, root: Registers, number: u64) -> u64 {
    // SAFETY: by the protocol of exits.
    unsafe {
        let inner = write_back(vm, root, number);
        vm.head.fp = inner;
        vm.with_compiler(|compiler, vm| compiler.exited(vm, number));
        go_on(vm, inner, root)
    }
}

/// Interprets from the saved pc of frame `inner` until frame `root` ends.
///
/// # Safety
/// Machine code wrote the frames back up to `inner`, pcs included.
unsafe fn go_on(vm: &mut Vm, inner: Registers, root: Registers) -> u64 {
    if root == vm.taken_over {
        vm.resume = Some((inner, false));
        return 0;
    }
    // SAFETY: by the caller.
    unsafe {
        as_entry(vm, root, |vm| {
            let pc = *inner.cast::<u64>().offset(frame::PC) as *const u16;
            interp::run(vm, inner, pc)
        })
    }
}

unsafe extern "sysv64" fn unwind(vm: &mut Vm, root: Registers, number: u64) -> u64 {
    // SAFETY: as for `exit`; the saved pc is the instruction that failed.
    unsafe {
        let inner = write_back(vm, root, number);
        vm.head.fp = inner;
        if let Pending::Rerun = vm.pending {
            vm.pending = Pending::None;
            if let Some(frame) = vm.frame() {
                vm.keep_in_memory(frame);
            }
            return go_on(vm, inner, root);
        }
        if root == vm.taken_over {
            vm.resume = Some((inner, true));
            return 0;
        }
        as_entry(vm, root, |vm| interp::resume_pending(vm, inner))
    }
}

unsafe extern "sysv64" fn float_cell(vm: &mut Vm, number: f64) -> u64 {
    vm.float(number).bits()
}

unsafe extern "sysv64" fn object(vm: &mut Vm, shape: u64, inline: u64) -> u64 {
    match objects::object::allocate(&mut vm.heap, ShapeId(shape as u32), inline as u32) {
        Some(value) => value.bits(),
        None => {
            vm.no_memory();
            0
        }
    }
}

unsafe extern "sysv64" fn stack_overflow(vm: &mut Vm, fp: Registers) -> u64 {
    vm.head.fp = fp;
    vm.stack_error();
    0
}

unsafe extern "sysv64" fn interrupted(vm: &mut Vm, fp: Registers) -> u64 {
    // SAFETY: machine code passes its frame, with all registers set, before it has done anything.
    unsafe {
        vm.head.fp = fp;
        if vm.guarded("an interrupt", Vm::poll_interrupts).is_err() {
            vm.head.fp = (*fp.cast::<u64>().offset(frame::LINK) & !FrameFlags::MASK) as Registers;
            return 0;
        }
        exit(vm, fp, NO_EXIT)
    }
}

unsafe extern "sysv64" fn hot(vm: &mut Vm, fp: Registers, number: u64) -> u64 {
    // The compiler looks at the frame that is about to run.
    vm.head.fp = fp;
    vm.with_compiler(|compiler, vm| compiler.hot(vm, number));
    1
}

unsafe extern "sysv64" fn barrier(_vm: &mut Vm, cell: *const Header) -> u64 {
    // SAFETY: machine code passes a live cell.
    heap::write_barrier(unsafe { &*cell });
    1
}

unsafe extern "sysv64" fn array_push(vm: &mut Vm, array: u64, value: u64) -> u64 {
    // SAFETY: machine code passes values.
    let (array, value) = unsafe { (value_of(array), value_of(value)) };
    match RArray::new(array).map(|list| vm.guarded("Array#<<", |vm| vm.push(list, value))) {
        Some(Ok(())) => 1,
        _ => 0,
    }
}

unsafe extern "sysv64" fn array_set(vm: &mut Vm, array: u64, index: u64, value: u64) -> u64 {
    // SAFETY: machine code passes values.
    let (array, value) = unsafe { (value_of(array), value_of(value)) };
    match RArray::new(array).map(|list| vm.guarded("Array#[]=", |vm| list.set(index as usize, value).ok_or_else(|| vm.no_memory()))) {
        Some(Ok(())) => 1,
        _ => 0,
    }
}

unsafe extern "sysv64" fn array_new(vm: &mut Vm, first: *const Value, count: u64) -> u64 {
    // SAFETY: machine code passes a run of registers.
    let values = unsafe { std::slice::from_raw_parts(first, count as usize) };
    vm.array(values).bits()
}

unsafe extern "sysv64" fn array_filled(vm: &mut Vm, count: u64) -> u64 {
    let made = vm.new_array_with_capacity(count as usize).ok();
    let filled = made.filter(|array| count == 0 || array.set(count as usize - 1, Value::NIL).is_some());
    // Nothing is pending: the interpreter makes the call again.
    vm.pending = if filled.is_some() { std::mem::take(&mut vm.pending) } else { Pending::None };
    filled.map_or(0, |array| array.value().bits())
}

unsafe extern "sysv64" fn range(vm: &mut Vm, low: u64, high: u64, exclusive: u64) -> u64 {
    // SAFETY: machine code passes values.
    unsafe { vm.range(value_of(low), value_of(high), exclusive != 0).bits() }
}

unsafe extern "sysv64" fn string_new(vm: &mut Vm, literal: u64, chilled: u64) -> u64 {
    // SAFETY: machine code passes a literal.
    vm.copy_literal(unsafe { value_of(literal) }, chilled != 0).bits()
}

unsafe extern "sysv64" fn concat(vm: &mut Vm, first: *const Value, count: u64) -> u64 {
    // SAFETY: machine code passes a run of registers.
    let parts = unsafe { std::slice::from_raw_parts(first, count as usize) };
    word_of(vm.guarded("concat", |vm| vm.concat_strings(parts)).ok())
}

unsafe extern "sysv64" fn character(vm: &mut Vm, string: u64, index: u64) -> u64 {
    // SAFETY: machine code passes a String and the place of a byte in it.
    let string = RString::new(unsafe { value_of(string) });
    match string.and_then(|string| Some((*string.bytes().get(index as usize)?, string.encoding()))) {
        Some((byte, encoding)) => vm.new_string(&[byte], encoding).value().bits(),
        None => Value::NIL.bits(),
    }
}

unsafe extern "sysv64" fn string_equal(vm: &mut Vm, a: u64, b: u64) -> u64 {
    // SAFETY: machine code passes values.
    unsafe { u64::from(vm.strings_equal(value_of(a), value_of(b))) }
}

unsafe extern "sysv64" fn string_append(_vm: &mut Vm, string: u64, more: u64) -> u64 {
    // SAFETY: machine code passes values.
    let (string, more) = unsafe { (RString::new(value_of(string)), RString::new(value_of(more))) };
    match (string, more) {
        (Some(string), Some(more)) => u64::from(string.append_plainly(more)),
        _ => 0,
    }
}

unsafe extern "sysv64" fn overflow_set(_vm: &mut Vm, object: u64, index: u64, value: u64) -> u64 {
    // SAFETY: machine code passes values.
    let (object, value) = unsafe { (value_of(object), value_of(value)) };
    if let Some(object) = RObject::new(object) {
        object.set_outside(index as usize, value);
    }
    1
}

unsafe extern "sysv64" fn hash_get(vm: &mut Vm, hash: u64, key: u64) -> u64 {
    // SAFETY: machine code passes values.
    let (hash, key) = unsafe { (value_of(hash), value_of(key)) };
    match RHash::new(hash) {
        Some(hash) => word_of(vm.guarded("Hash#[]", |vm| vm.hash_fetch_default(hash, key)).ok()),
        None => Value::NIL.bits(),
    }
}

unsafe extern "sysv64" fn hash_set(vm: &mut Vm, hash: u64, key: u64, value: u64) -> u64 {
    // SAFETY: machine code passes values.
    let (hash, key, value) = unsafe { (value_of(hash), value_of(key), value_of(value)) };
    match RHash::new(hash).map(|hash| vm.guarded("Hash#[]=", |vm| vm.hash_store(hash, key, value))) {
        Some(Ok(())) => 1,
        _ => 0,
    }
}

unsafe extern "sysv64" fn is_instance(vm: &mut Vm, value: u64, class: u64) -> u64 {
    // SAFETY: machine code passes values.
    let (value, class) = unsafe { (value_of(value), value_of(class)) };
    u64::from(vm.is_a(value, class))
}

unsafe extern "sysv64" fn float_rem(_vm: &mut Vm, a: f64, b: f64) -> f64 {
    let rest = a % b;
    if b.is_infinite() && a.is_finite() {
        return if a == 0.0 || (a < 0.0) == (b < 0.0) { a } else { b };
    }
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
}

unsafe extern "sysv64" fn float_pow(_vm: &mut Vm, a: f64, b: f64) -> f64 {
    a.powf(b)
}

macro_rules! define_table {
    ($( $(#[doc = $doc:literal])+ $camel:ident = $name:ident($($arg:ident: $kind:ident),*) -> $result:ident; )*) => {
        fn helper_addresses() -> [usize; HELPERS.len()] {
            [$($name as *const () as usize),*]
        }
    };
}
abi::for_each_helper!(define_table);

static TABLE: std::sync::LazyLock<HelperTable> = std::sync::LazyLock::new(|| HelperTable { addresses: helper_addresses() });

impl Vm {
    /// Class of a shape, if the shape is in use.
    fn shape_class(&self, shape: ShapeId) -> Option<RClass> {
        RClass::new(self.shapes.class(shape))
    }
}

impl Runtime for Vm {
    fn helpers(&self) -> &'static HelperTable {
        &TABLE
    }

    fn operators_redefined(&self) -> bool {
        self.head.redefined != 0
    }

    fn has_keyword_hashes(&self) -> bool {
        self.keyword_hashes
    }

    fn defined_block(&self, callable: Value) -> Option<abi::DefinedBlock> {
        if self.isolated {
            return None;
        }
        let ProcBody::Block { code, env, cref, .. } = objects::RProc::new(callable)?.body() else { return None };
        // SAFETY: a Proc's environment is in the heap; its first word is its address.
        let env = if env.is_null() { 0 } else { unsafe { *env } };
        Some(abi::DefinedBlock { code, cref, env })
    }

    fn is_refined(&self, cref: u64) -> bool {
        // SAFETY: the compiler passes the words of frame headers and methods, which are scopes; those live as long as the VM.
        unsafe { objects::CrefRef::from_word(cref) }.refinements.get().is_some()
    }

    fn responds(&mut self, shape: ShapeId, name: Symbol) -> Option<bool> {
        let class = self.shape_class(shape)?;
        if self.find_method(class, name).is_some_and(|method| method.is_responded(false)) {
            return Some(true);
        }
        (!self.has_custom(class, value::sym::RESPOND_TO_MISSING)).then_some(false)
    }

    fn inherits(&self, shape: ShapeId, class: u64) -> Option<bool> {
        // SAFETY: the compiler passes the word of a constant that its unit keeps alive.
        let class = RClass::new(unsafe { Value::from_bits(class) }?)?;
        let own = self.shape_class(shape).filter(|own| own.data().attached.is_none())?;
        Some(own.inherits(class))
    }

    fn instance_shapes(&self, class: u64) -> (ShapeId, ShapeId) {
        // SAFETY: as for `inherits`.
        let class = unsafe { Value::from_bits(class) }.and_then(RClass::new);
        let open = class.and_then(|class| class.data().instances).map_or(ShapeId::NONE, |instances| instances.shape);
        (open, if open == ShapeId::NONE { open } else { self.shapes.frozen(open) })
    }

    fn ivar_slot(&mut self, shape: ShapeId, name: Symbol) -> Option<(u32, u32)> {
        let class = self.shape_class(shape)?;
        let inline = match class.real().data().allocator {
            Allocator::Object | Allocator::NativeObject(_) => self.shapes.layout(shape).inline(),
            // Ractors look at each use whether they may read a variable of a class.
            Allocator::Kind(kind) if kind != Kind::Object && !self.isolated => 0,
            Allocator::Native(_) if !self.isolated => 0,
            _ => return None,
        };
        Some((self.shapes.index_for(shape, name), inline))
    }

    fn member_is_inline(&self, shape: ShapeId, index: u32) -> bool {
        // Struct methods are found on Structs only, whose allocator makes plain objects.
        self.shape_class(shape).is_some() && index < self.shapes.layout(shape).inline()
    }

    fn copies_literals(&self) -> bool {
        !self.options.debug_literals
    }

    fn string_shapes(&self) -> (ShapeId, ShapeId) {
        self.string_shapes
    }

    fn range_shape(&self) -> ShapeId {
        self.range_shape
    }

    fn makes_arrays(&mut self, class: u64) -> bool {
        let array = self.core.array;
        let initialize = if class == array.bits() { self.find_method(self.class_view(array), sym::INITIALIZE) } else { None };
        initialize.is_some_and(|method| method.owner == array && matches!(method.resolved().body, MethodBody::Native(_)))
    }

    fn string_image(&self, literal: u64, chilled: bool) -> Option<objects::string::Image> {
        // SAFETY: the compiler passes a literal of a live code.
        let literal = unsafe { value_of(literal) };
        objects::string::Image::of(objects::RString::new(literal)?, self.string_shapes.0, chilled)
    }

    fn joins_integers(&mut self) -> bool {
        let class = self.class_view(self.core.integer);
        self.has_native_to_s(class)
    }

    fn array_shapes(&self) -> (ShapeId, ShapeId) {
        self.array_shapes
    }

    fn is_plain_hash(&self, shape: ShapeId) -> bool {
        self.shapes.class(shape) == self.core.hash
    }

    fn shape_is_frozen(&self, shape: ShapeId) -> bool {
        self.shapes.is_frozen(shape)
    }

    fn method_of(&mut self, shape: ShapeId, name: Symbol) -> Option<MethodRef> {
        let class = self.shape_class(shape)?;
        let method = self.find_method(class, name)?;
        (method.visibility == objects::Visibility::Public).then(|| Vm::resolve_alias(method))
    }

    fn owner_name(&self, method: MethodRef) -> String {
        RClass::new(method.owner).map(|owner| self.class_name_text(owner)).unwrap_or_default()
    }

    fn text(&self, name: Symbol) -> String {
        self.symbols.text(name).into_owned()
    }

    fn register(&self, index: u16) -> Option<Value> {
        let frame = self.frame()?;
        if u32::from(index) >= frame.code().registers {
            return None;
        }
        // SAFETY: the register belongs to the running frame; live registers hold values.
        unsafe { Value::from_bits(*frame.registers().cast::<u64>().add(index as usize)) }
    }

    fn header_word(&self, index: isize) -> u64 {
        match self.frame() {
            // SAFETY: a header word of the running frame.
            Some(frame) if (frame::LINK..0).contains(&index) => unsafe { *frame.registers().cast::<u64>().offset(index) },
            _ => 0,
        }
    }

    fn env_is_on_stack(&self) -> bool {
        self.frame().is_some_and(|frame| {
            let own = frame.owns_env();
            let Some(layout) = frame.code().function.env else { return false };
            // SAFETY: the environment's registers belong to the frame.
            own && frame.env() == unsafe { frame.registers().cast::<u64>().add(layout.base as usize) }
        })
    }

    fn outer_block(&self) -> Option<OuterBlock> {
        let (code, home) = crate::send::read_record(self.frame()?.block().record()?);
        home.code().function.env?;
        let surroundings = abi::Surroundings { method: home.called_method(), cref: home.cref() };
        (!home.env().is_null()).then_some(OuterBlock { code, home: surroundings })
    }

    fn primitive(&self, name: Symbol) -> Option<(NativeFunction, Effects)> {
        let def = self.primitives.get(&name)?;
        Some((crate::send::native_function(def.entry), def.effects))
    }

    fn allocation_run(&self, size: usize) -> Option<(usize, usize)> {
        let (offset, cell) = heap::Heap::run_offset(size)?;
        Some((std::mem::offset_of!(Vm, heap) + offset, cell))
    }

    fn waker(&self) -> abi::Waker {
        // SAFETY: the VM owns the compiler, so its interrupt word outlives the compiler's wakers.
        unsafe { abi::Waker::new(&self.head.interrupt) }
    }

    fn label(&self, code: CodeRef) -> String {
        let name = self.symbols.text(code.method_code().name).into_owned();
        let kind = if code.function.kind.is_closure() { "block in " } else { "" };
        format!("{kind}{} {}:{}", if name.is_empty() { "<main>" } else { &name }, code.file, code.function.line)
    }
}
