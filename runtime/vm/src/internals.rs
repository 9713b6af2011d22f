//! Codes, methods and lexical scopes: their cells, and what has to be forgotten when they die.
//!
//! Whoever runs or may run one leads to it: frames, Procs, method tables. Call sites, method caches and the compiler only
//! remember them, and forget after each marking what nothing else leads to.

use crate::vm::Vm;
use heap::{Liveness, Rooted};
use objects::code::Dead;
use objects::{Code, CodeRef, Cref, CrefRef, Method, MethodRef, RClass, Refinements, RefinementsRef};
use stdx::FastMap;
use value::{Symbol, Value};

/// Bytes that a code keeps outside of the heap, about: for itself, for each unit of its bytecode and for each site.
const FUNCTION_BYTES: usize = 1024;
const UNIT_BYTES: usize = 12;
const SITE_BYTES: usize = 256;

/// The internal cells that are alive. Nothing here keeps them so.
#[derive(Default)]
pub(crate) struct Internals {
    codes: Vec<CodeRef>,
    /// Methods and scopes.
    others: Vec<Value>,
    /// Classes and modules.
    classes: Vec<RClass>,
    /// Codes that stand for variables added to Bindings, by the code around and the name.
    variable_codes: FastMap<(CodeRef, Symbol), CodeRef>,
    code_ids: u32,
}

impl Internals {
    /// Number for a new code; none is given twice.
    pub(crate) fn next_code_id(&mut self) -> u32 {
        self.code_ids += 1;
        self.code_ids - 1
    }

    /// The code that names a variable added to Bindings, if it was made already.
    pub(crate) fn variable_code(&self, around: CodeRef, name: Symbol) -> Option<CodeRef> {
        self.variable_codes.get(&(around, name)).copied()
    }

    /// Remembers such a code.
    pub(crate) fn note_variable_code(&mut self, around: CodeRef, name: Symbol, code: CodeRef) {
        self.variable_codes.insert((around, name), code);
    }

    /// Notes a class or module.
    pub(crate) fn note_class(&mut self, class: RClass) {
        self.classes.push(class);
    }

    /// Forgets the classes and modules that have died, here and among the descendants of others; true when there were any.
    pub(crate) fn forget_dead_classes(&mut self, live: &Liveness<'_>) -> bool {
        let before = self.classes.len();
        self.classes.retain(|class| live.is_live(class.value()));
        if self.classes.len() == before {
            return false;
        }
        for class in self.classes.iter().filter(|class| !class.data().descendants.is_empty()) {
            class.retain_descendants(&|below| live.is_live(below));
        }
        true
    }

    /// Forgets the dead codes, methods and scopes; true when there were any.
    fn after_mark(&mut self, live: &Liveness<'_>) -> bool {
        let before = self.codes.len() + self.others.len();
        self.codes.retain(|code| live.is_live(code.value()));
        self.others.retain(|&cell| live.is_live(cell));
        self.variable_codes.retain(|(around, _), code| live.is_live(around.value()) && live.is_live(code.value()));
        self.codes.len() + self.others.len() < before
    }
}

impl Vm {
    /// A code as a cell. Its literals are rooted by the caller.
    pub(crate) fn new_code(&mut self, code: Code) -> CodeRef {
        self.heap.note_malloc(FUNCTION_BYTES + code.function.code.len() * UNIT_BYTES + code.function.sites.len() * SITE_BYTES);
        match CodeRef::allocate(&mut self.heap, code) {
            Some(code) => {
                self.internals.codes.push(code);
                code
            }
            None => self.out_of_memory(),
        }
    }

    /// A method as a cell.
    pub(crate) fn new_method(&mut self, method: Method) -> MethodRef {
        match MethodRef::allocate(&mut self.heap, method) {
            Some(method) => {
                self.internals.others.push(method.value());
                method
            }
            None => self.out_of_memory(),
        }
    }

    /// A lexical scope as a cell.
    pub(crate) fn new_scope(&mut self, scope: Cref) -> CrefRef {
        match CrefRef::allocate(&mut self.heap, scope) {
            Some(scope) => {
                self.internals.others.push(scope.value());
                scope
            }
            None => self.out_of_memory(),
        }
    }

    /// A link of refinements as a cell. Its pairs are rooted by the caller.
    pub(crate) fn new_refinements(&mut self, link: Refinements) -> RefinementsRef {
        match RefinementsRef::allocate(&mut self.heap, link) {
            Some(link) => link,
            None => self.out_of_memory(),
        }
    }

    /// Every code that is alive.
    pub(crate) fn codes(&self) -> Rooted<Vec<CodeRef>> {
        self.roots.root(self.internals.codes.clone())
    }

    /// Marking is done: forgets what is remembered of codes, methods, scopes and classes that have died.
    pub(crate) fn forget_dead_code(&mut self, live: &Liveness<'_>) {
        let classes_died = self.forget_dead_classes(live);
        self.caches.forget_lookups();
        self.refined.forget_found();
        if !self.internals.after_mark(live) && !classes_died {
            return;
        }
        if let Some(compiler) = &mut self.compiler {
            compiler.after_mark(&|code| !live.is_live(code.value()));
        }
        let dead = Dead { shape: &|shape| self.shapes.is_dead(shape), cell: &|cell| !live.is_live(cell) };
        for code in &self.internals.codes {
            code.forget_dead(&dead);
        }
        self.caches.forget_dead(live);
    }
}
