//! Code: a loaded function, ready to run.
//!
//! A code is a cell that lives as long as something leads to it: a method, a Proc, a frame, a code inside of it. What its call
//! sites remember does not count: the VM clears the caches of what has died.

use crate::internal::{self, internal_reference};
use crate::method::MethodRef;
use crate::shape::ShapeId;
use crate::site::{CallCache, CallState, ConstState, IvarState, SiteState};
use bytecode::Function;
use bytecode::liveness::{LiveMap, live_map};
use heap::{Tracer, write_barrier};
use std::cell::{Cell, OnceCell, RefCell, UnsafeCell};
use std::ptr::NonNull;
use std::sync::Arc;
use value::{Header, Kind, Symbol, Value};

/// Units of the longest code whose frames are looked at exactly.
const ANALYSED_MAX: usize = 20_000;

/// A loaded function.
#[repr(C)]
pub struct Code {
    /// First unit of the code.
    pub start: *const u16,
    /// Entry of machine code, or null.
    pub entry: Cell<*const u8>,
    /// Registers of a frame.
    pub registers: u32,
    /// First register behind the parameters, and the first not set to nil at entry.
    pub parameters_end: u16,
    /// See `parameters_end`.
    pub locals_end: u16,
    /// Required parameters when the function takes nothing else; else `u16::MAX`.
    pub simple_argc: u16,
    /// As `simple_argc` for a `yield` to this block, which forgets arguments that are too many, and takes a lone Array apart where there is more
    /// than one parameter.
    pub yield_argc: u16,
    /// Most arguments of such a `yield`: a Symbol's block passes on those that are too many.
    pub yield_max: u16,
    /// All arguments come as one Array (`|*values|`), and there is no other parameter.
    pub takes_list: bool,
    /// A block marked by `Proc#ruby2_keywords`.
    pub ruby2_keywords: Cell<bool>,
    /// Calls counted so far.
    pub calls: Cell<u32>,
    /// The variables of its frames were looked at from outside while machine code kept them in registers: it keeps them in
    /// memory from now on.
    pub looked_at: Cell<bool>,
    /// Number of this code, for dumps and profiles.
    pub id: u32,
    /// The compiled function.
    pub function: Arc<Function>,
    /// The units that run: the function's, with other operations where tracing is on.
    units: Box<[Cell<u16>]>,
    /// Literal objects.
    pub literals: Box<[Value]>,
    /// Inline caches.
    sites: UnsafeCell<Box<[SiteState]>>,
    /// Codes of the children, made when first needed.
    children: Box<[OnceCell<CodeRef>]>,
    /// Code around this one, if any.
    pub parent: Option<CodeRef>,
    /// Names of the keyword parameters.
    pub keyword_names: Box<[Symbol]>,
    /// Method or class name.
    pub name: Symbol,
    /// Text the function was compiled from, for methods that become persistent.
    pub source: Option<Arc<[u8]>>,
    /// Was machine code ever made that runs frames of this code, from its start or in a loop?
    pub has_machine_code: Cell<bool>,
    /// What waiting frames need, made when the collector first meets one; none for what is too long.
    live: OnceCell<Option<LiveMap>>,
    /// Path that `__FILE__`-relative operations use.
    pub file: Arc<str>,
    /// What its machine code refers to.
    machine_values: RefCell<Vec<Value>>,
}

/// What a call site learned, copied for the compiler.
#[derive(Clone)]
pub struct CallView {
    /// The lookup tried first.
    pub cache: CallCache,
    /// Positional arguments.
    pub argc: u16,
    /// Nothing but plain positional arguments.
    pub plain: bool,
    /// Operand kinds seen by an operator.
    pub operands: u8,
    /// Method name.
    pub name: Symbol,
    /// The compiler's description.
    pub site: bytecode::CallSite,
    /// Other shapes seen.
    pub others: Vec<CallCache>,
    /// Too many shapes were seen.
    pub megamorphic: bool,
    /// Of a `super`: the running method for which the lookups hold.
    pub super_method: Option<MethodRef>,
}

internal_reference!(
    /// Reference to a code.
    CodeRef => Code, Kind::Code
);

impl CodeRef {
    /// The code of a frame's word.
    ///
    /// # Safety
    /// `word` was got from `word`.
    #[inline(always)]
    pub unsafe fn from_word(word: u64) -> CodeRef {
        // SAFETY: a word of a CodeRef is not 0.
        CodeRef(unsafe { NonNull::new_unchecked(word as *mut Code) })
    }

    /// Site `index`, for the interpreter.
    ///
    /// # Safety
    /// `index` is below the number of sites, and no other reference to the site is used meanwhile.
    #[inline(always)]
    #[expect(clippy::mut_from_ref, reason = "caches are changed through shared codes under the VM lock")]
    pub unsafe fn site(&self, index: u32) -> &mut SiteState {
        // SAFETY: by the caller.
        unsafe { (&mut *self.sites.get()).get_unchecked_mut(index as usize) }
    }

    /// Child `index`, which is made when it is asked for first.
    #[inline(always)]
    pub fn child(self, index: u32) -> Option<CodeRef> {
        self.children[index as usize].get().copied()
    }

    /// Gives it child `index`; the one that it has already stays.
    pub fn set_child(self, index: u32, child: CodeRef) -> CodeRef {
        self.before_change();
        *self.children[index as usize].get_or_init(|| child)
    }

    /// Call before a site gets a value that it keeps alive: a constant's, or that of `/#{}/o`.
    #[inline]
    pub fn before_change(self) {
        if let Some(header) = self.value().header() {
            write_barrier(header);
        }
    }

    /// Keeps what machine code of this code refers to as long as the code lives.
    pub fn keep_for_machine_code(self, values: Vec<Value>) {
        self.before_change();
        self.machine_values.borrow_mut().extend(values);
    }
}

impl std::fmt::Debug for CodeRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "code{}", self.id)
    }
}

impl Code {
    /// A code from its parts. `registers`, counts and `start` follow from the function.
    #[expect(clippy::too_many_arguments, reason = "the parts are made by one caller, the loader")]
    pub fn new(
        id: u32,
        function: Arc<Function>,
        literals: Box<[Value]>,
        sites: Box<[SiteState]>,
        parent: Option<CodeRef>,
        keyword_names: Box<[Symbol]>,
        name: Symbol,
        source: Option<Arc<[u8]>>,
    ) -> Code {
        let params = &function.params;
        let simple = params.is_simple();
        let units: Box<[Cell<u16>]> = function.code.iter().map(|&unit| Cell::new(unit)).collect();
        Code {
            start: units.as_ptr().cast(),
            units,
            entry: Cell::new(std::ptr::null()),
            registers: u32::from(function.registers),
            parameters_end: params.registers(),
            locals_end: function.locals_end.max(params.registers()),
            simple_argc: if simple { params.required } else { u16::MAX },
            yield_argc: if simple && !(params.required == 1 && params.excess_comma) { params.required } else { u16::MAX },
            yield_max: if function.kind == bytecode::FunctionKind::SymbolBlock { params.required } else { u16::MAX - 1 },
            takes_list: params.is_rest_only(),
            ruby2_keywords: Cell::new(false),
            calls: Cell::new(0),
            looked_at: Cell::new(false),
            id,
            literals,
            sites: UnsafeCell::new(sites),
            children: function.children.iter().map(|_| OnceCell::new()).collect(),
            parent,
            keyword_names,
            name,
            source,
            has_machine_code: Cell::new(false),
            live: OnceCell::new(),
            file: function.file.clone(),
            machine_values: RefCell::default(),
            function,
        }
    }

    /// Calls `visit` with the registers that a frame needs which waits at the instruction `pc`. False when that is not known, so
    /// that all count.
    pub fn each_live(&self, pc: u32, visit: &mut dyn FnMut(u16)) -> bool {
        let known = self.live.get_or_init(|| (self.function.code.len() <= ANALYSED_MAX).then(|| live_map(&self.function)));
        known.as_ref().is_some_and(|map| map.each_before(pc, visit))
    }

    /// Puts another operation at a unit.
    pub fn set_unit(&self, at: u32, opcode: u16) {
        if let Some(unit) = self.units.get(at as usize) {
            unit.set(opcode);
        }
    }

    /// Puts the function's own units back.
    pub fn restore_units(&self) {
        for (unit, &original) in self.units.iter().zip(&self.function.code) {
            unit.set(original);
        }
    }

    /// Calls `visit` with every site.
    pub fn each_site(&self, visit: &mut dyn FnMut(&mut SiteState)) {
        // SAFETY: under the VM lock; callers hold no reference to a site.
        for site in unsafe { (&mut *self.sites.get()).iter_mut() } {
            visit(site);
        }
    }

    /// Forgets what sites remember of shapes, methods and scopes that have died.
    pub fn forget_dead(&self, dead: &Dead<'_>) {
        self.each_site(&mut |site| match site {
            SiteState::Call(call) => call.forget_dead(dead),
            SiteState::Ivar(ivar) => ivar.forget(dead.shape),
            SiteState::Const(constant) if constant.cref.is_some_and(|cref| (dead.cell)(cref.value())) => {
                (constant.value, constant.cref) = (Value::UNDEF, None);
            }
            _ => {}
        });
    }

    /// Does site `index` remember a lookup?
    pub fn site_is_filled(&self, index: u32) -> bool {
        // SAFETY: as in `each_site`.
        unsafe { (&*self.sites.get()).get(index as usize) }.is_some_and(SiteState::is_filled)
    }

    /// Forgets what site `index` looked up.
    pub fn clear_site(&self, index: u32) {
        // SAFETY: under the VM lock; nobody holds a reference to a site while methods are defined.
        if let Some(site) = unsafe { (&mut *self.sites.get()).get_mut(index as usize) } {
            site.clear();
        }
    }

    fn call_state(&self, index: u32) -> Option<&CallState> {
        // SAFETY: under the VM lock; callers copy what they need at once.
        match unsafe { (&*self.sites.get()).get(index as usize)? } {
            SiteState::Call(state) => Some(state),
            _ => None,
        }
    }

    /// The method that call site `index` ran last, as far as its cache knows.
    pub fn cached_method(&self, index: u32) -> Option<MethodRef> {
        self.call_state(index)?.cache.method
    }

    /// The name that call site `index` calls.
    pub fn called_name(&self, index: u32) -> Option<Symbol> {
        self.call_state(index).map(|state| state.name)
    }

    /// Copy of what call or operator site `index` learned.
    pub fn call_view(&self, index: u32) -> Option<CallView> {
        self.call_state(index).map(|state| CallView {
            cache: state.cache,
            argc: state.argc,
            plain: state.plain,
            operands: state.operands,
            name: state.name,
            site: state.site.clone(),
            others: state.others.clone(),
            megamorphic: state.megamorphic,
            super_method: state.super_method,
        })
    }

    /// Copy of instance variable site `index`.
    pub fn ivar_view(&self, index: u32) -> Option<IvarState> {
        // SAFETY: as above.
        match unsafe { (&*self.sites.get()).get(index as usize)? } {
            SiteState::Ivar(state) => Some(*state),
            _ => None,
        }
    }

    /// Copy of constant site `index`.
    pub fn const_view(&self, index: u32) -> Option<ConstState> {
        // SAFETY: as above.
        match unsafe { (&*self.sites.get()).get(index as usize)? } {
            SiteState::Const(state) => Some(*state),
            _ => None,
        }
    }

    /// Number of sites.
    pub fn site_count(&self) -> usize {
        self.function.sites.len()
    }

    /// Index of the unit at an address of the code.
    pub fn pc_of(&self, address: *const u16) -> u32 {
        ((address as usize - self.start as usize) / 2) as u32
    }

    /// The method-level code around a closure (itself for methods and bodies).
    pub fn method_code(&self) -> &Code {
        let mut code = self;
        while code.function.kind.is_closure() {
            match &code.parent {
                Some(parent) => code = parent,
                None => break,
            }
        }
        code
    }
}

/// What a collection found dead, while its memory is still there.
pub struct Dead<'a> {
    /// Has the class of the shape died?
    pub shape: &'a dyn Fn(ShapeId) -> bool,
    /// Has the internal cell died?
    pub cell: &'a dyn Fn(Value) -> bool,
}

/// Reports the literals and cached constants of a code, the codes around and inside of it, and what its machine code needs.
///
/// # Safety
/// `cell` is a live cell of a Code.
pub(crate) unsafe fn trace_code(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: by the caller.
    let code = unsafe { &*internal::content::<Code>(cell) };
    tracer.values(&code.literals);
    tracer.values(&code.machine_values.borrow());
    for around in code.parent.iter().chain(code.children.iter().filter_map(OnceCell::get)) {
        tracer.value(around.value());
    }
    code.each_site(&mut |site| match site {
        SiteState::Const(constant) => {
            tracer.value(constant.value);
            tracer.value(constant.scope);
        }
        SiteState::Once(value) => tracer.value(*value),
        _ => {}
    });
}

/// # Safety
/// `cell` is a dead cell of a Code, dropped once.
pub(crate) unsafe fn drop_code(cell: *mut Header) {
    // SAFETY: by the caller.
    unsafe { internal::content::<Code>(cell).drop_in_place() }
}
