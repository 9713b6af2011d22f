//! Classes and modules: tables of methods, constants and class variables.

use crate::method::{InstanceShape, MethodRef};
use crate::name_table::NameTable;
use crate::shape::{Lifetime, ShapeId};
use heap::{Heap, Tracer, write_barrier};
use stdx::Seldom;
use value::{Header, Kind, Symbol, Value};

/// What instances of a class are, for `allocate`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Allocator {
    /// Plain objects.
    Object,
    /// `allocate` is undefined (Integer, Symbol, nil...).
    None,
    /// Cells of this kind, made by the VM.
    Kind(Kind),
    /// A native function registered by a builtins crate, by number, that makes cells of another kind than plain objects.
    Native(u32),
    /// The same for one that makes plain objects.
    NativeObject(u32),
}

/// A constant.
#[derive(Clone)]
pub struct Constant {
    /// Value; undef for an autoload that has not run.
    pub value: Value,
    /// `private_constant`
    pub private: bool,
    /// `deprecate_constant`
    pub deprecated: bool,
    /// Path to require at first use.
    pub autoload: Option<Value>,
    /// Where it was set.
    pub location: Option<(std::sync::Arc<str>, i32)>,
}

/// Content of a class or module.
pub struct ClassData {
    /// Full name, once it has one.
    pub name: Option<Value>,
    /// Superclass (classes; None for BasicObject and modules).
    pub superclass: Option<Value>,
    /// Module rather than class?
    pub is_module: bool,
    /// Object this is the singleton class of.
    pub attached: Option<Value>,
    /// Whether it may die: then its superclass and modules know it weakly.
    pub lifetime: Lifetime,
    /// Methods in order of definition.
    pub methods: NameTable<MethodRef>,
    /// Constants in order of definition.
    pub constants: Seldom<NameTable<Constant>>,
    /// Class variables in order.
    pub class_variables: Seldom<Vec<(Symbol, Value)>>,
    /// Modules included directly, last included first.
    pub includes: Seldom<Vec<Value>>,
    /// Modules prepended directly, last prepended first.
    pub prepends: Seldom<Vec<Value>>,
    /// The part of the ancestors that came by `include`, without what classes above had already then. It is kept, since what comes in
    /// later depends on the order.
    pub included: Seldom<Vec<Value>>,
    /// Linearised ancestors, self included. Lookup goes through it in order.
    pub ancestors: Box<[Value]>,
    /// Direct subclasses and, for modules, the classes that include it (for rebuilding ancestors).
    pub descendants: Seldom<Vec<Value>>,
    /// Shape of instances, once one was made.
    pub instances: Option<InstanceShape>,
    /// Instance variable names seen in method bodies (sizes instances).
    pub ivar_names: Seldom<Vec<Symbol>>,
    /// How instances are made.
    pub allocator: Allocator,
    /// Set while `inherited` has not been told yet.
    pub lexical_parent: Option<Value>,
    /// Refinements of this module: (class, refinement module).
    pub refinements: Seldom<Vec<(Value, Value)>>,
    /// Class refined by this module, if it is a refinement.
    pub refined_class: Option<Value>,
    /// Temporary name given by set_temporary_name, or permanent?
    pub has_permanent_name: bool,
}

#[repr(C)]
struct ClassCell {
    header: Header,
    data: *mut ClassData,
}

/// View of a class or module.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RClass(Value);

/// Allocates a class or module. None when memory is out.
pub fn allocate(heap: &mut Heap, shape: ShapeId, superclass: Option<Value>, is_module: bool) -> Option<RClass> {
    let cell = heap.allocate(size_of::<ClassCell>())?;
    let data = Box::new(ClassData {
        name: None,
        superclass,
        is_module,
        attached: None,
        lifetime: Lifetime::Lasting,
        methods: NameTable::default(),
        constants: Seldom::default(),
        class_variables: Seldom::default(),
        includes: Seldom::default(),
        prepends: Seldom::default(),
        included: Seldom::default(),
        ancestors: Box::default(),
        descendants: Seldom::default(),
        instances: None,
        ivar_names: Seldom::default(),
        allocator: Allocator::Object,
        lexical_parent: None,
        refinements: Seldom::default(),
        refined_class: None,
        has_permanent_name: false,
    });
    // SAFETY: the cell has room for a ClassCell.
    unsafe {
        cell.cast::<ClassCell>().write(ClassCell { header: Header::new(shape.0, Kind::Class), data: Box::into_raw(data) });
        Some(RClass(Value::from_cell(cell)))
    }
}

impl RClass {
    /// The view of a value that is a class or module.
    #[inline(always)]
    pub fn new(value: Value) -> Option<RClass> {
        value.is_kind(Kind::Class).then_some(RClass(value))
    }

    /// The value.
    #[inline(always)]
    pub fn value(self) -> Value {
        self.0
    }

    /// The content, for reading. Do not keep the reference while Ruby code runs.
    #[inline(always)]
    pub fn data(&self) -> &ClassData {
        // SAFETY: a Class cell owns its data.
        unsafe { &*(*(self.0.bits() as *mut ClassCell)).data }
    }

    /// The content, for changes. The same rule.
    #[inline(always)]
    pub fn data_mut(&mut self) -> &mut ClassData {
        // SAFETY: as above; the view is borrowed mutably.
        unsafe {
            let cell = self.0.bits() as *mut ClassCell;
            write_barrier(&(*cell).header);
            &mut *(*cell).data
        }
    }

    /// Keeps the descendants of which this is true, as the collector does: no reference comes in, so no barrier is told.
    pub fn retain_descendants(self, keep: &dyn Fn(Value) -> bool) {
        // SAFETY: as above; the collector runs alone.
        let descendants = unsafe { &mut (*(*(self.0.bits() as *mut ClassCell)).data).descendants };
        descendants.retain(|&below| keep(below));
    }

    /// Is it a singleton class?
    pub fn is_singleton(self) -> bool {
        self.data().attached.is_some()
    }

    /// Is it a module?
    pub fn is_module(self) -> bool {
        self.data().is_module
    }

    /// The class itself or, for singleton classes, the first class above that is none.
    pub fn real(self) -> RClass {
        let mut class = self;
        while class.data().attached.is_some() {
            match class.data().superclass.and_then(RClass::new) {
                Some(superclass) => class = superclass,
                None => break,
            }
        }
        class
    }

    /// Is `other` among the ancestors (itself included)?
    #[inline]
    pub fn inherits(self, other: RClass) -> bool {
        self == other || self.data().ancestors.contains(&other.0)
    }
}

/// # Safety
/// `cell` is a live ClassCell.
pub(crate) unsafe fn trace_class(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // `data_mut` gives references that may outlive an allocation, which can make an old cell of it.
    tracer.unguarded();
    // SAFETY: a Class cell.
    let data = unsafe { &*(*cell.cast::<ClassCell>()).data };
    for &value in data.name.iter().chain(&data.superclass).chain(&data.attached).chain(&data.lexical_parent).chain(&data.refined_class) {
        tracer.value(value);
    }
    tracer.values(&data.ancestors);
    for list in [&data.includes, &data.prepends] {
        tracer.values(list);
    }
    for &below in &data.descendants {
        if RClass::new(below).is_some_and(|below| below.data().lifetime == Lifetime::Lasting) {
            tracer.value(below);
        }
    }
    for method in data.methods.values() {
        tracer.value(method.value());
    }
    for constant in data.constants.values() {
        tracer.value(constant.value);
        if let Some(path) = constant.autoload {
            tracer.value(path);
        }
    }
    for &(_, value) in &data.class_variables {
        tracer.value(value);
    }
    for &(class, module) in &data.refinements {
        tracer.value(class);
        tracer.value(module);
    }
}

/// # Safety
/// `cell` is a dead ClassCell.
pub(crate) unsafe fn drop_class(cell: *mut Header) {
    // SAFETY: the data was made by Box::into_raw.
    unsafe { drop(Box::from_raw((*cell.cast::<ClassCell>()).data)) }
}
