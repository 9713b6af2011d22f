//! Finding methods, the global method cache, and forgetting what a definition made wrong.
//!
//! Call sites that cached a lookup are listed by method name; a definition clears just those, so no
//! version number is checked in hot code.

use crate::vm::Vm;
use heap::Liveness;
use objects::{CodeRef, Method, MethodBody, MethodRef, RClass, Visibility};
use std::cell::Cell;
use stdx::FastMap;
use value::{RResult, Symbol, Value, sym};

/// Method lookups remembered outside call sites.
#[derive(Default)]
pub struct MethodCaches {
    by_name: FastMap<Symbol, FastMap<u64, Option<MethodRef>>>,
    sites: FastMap<Symbol, Vec<(CodeRef, u32)>>,
    const_sites: FastMap<Symbol, Vec<(CodeRef, u32)>>,
    serial: u64,
    /// What lookups answer for a new visibility of an inherited method: by its entry and the method above it.
    inherited: FastMap<(MethodRef, MethodRef), MethodRef>,
    /// Methods as they are found where their owner stands among the ancestors once more.
    repeated: FastMap<(MethodRef, u32), MethodRef>,
    /// Last lookups, in front of `by_name`.
    recent: Recent,
    /// Definitions from now on are the program's: operators count as redefined.
    booted: bool,
}

/// A lookup, valid in its epoch.
#[derive(Clone, Copy)]
struct Lookup {
    class: u64,
    name: Symbol,
    epoch: u32,
    found: Option<MethodRef>,
}

/// The last lookups, each in the one place that class and name give.
struct Recent {
    epoch: u32,
    places: Box<[Lookup; Recent::PLACES]>,
}

impl Recent {
    const PLACES: usize = 512;
    const EMPTY: Lookup = Lookup { class: 0, name: sym::EMPTY, epoch: 0, found: None };

    #[inline(always)]
    fn place(class: u64, name: Symbol) -> usize {
        (class >> 4 ^ class >> 13 ^ u64::from(name.0).wrapping_mul(31)) as usize % Self::PLACES
    }

    #[inline(always)]
    fn find(&self, class: u64, name: Symbol) -> Option<Option<MethodRef>> {
        let lookup = &self.places[Self::place(class, name)];
        (lookup.class == class && lookup.name == name && lookup.epoch == self.epoch).then_some(lookup.found)
    }

    fn insert(&mut self, class: u64, name: Symbol, found: Option<MethodRef>) {
        self.places[Self::place(class, name)] = Lookup { class, name, epoch: self.epoch, found };
    }

    fn forget(&mut self) {
        self.epoch = self.epoch.checked_add(1).unwrap_or_else(|| {
            self.places.fill(Self::EMPTY);
            1
        });
    }
}

impl Default for Recent {
    fn default() -> Recent {
        Recent { epoch: 1, places: Box::new([Self::EMPTY; Self::PLACES]) }
    }
}

impl MethodCaches {
    /// What was found is found again: most of it was asked once, by a class that has just been made.
    pub(crate) fn forget_lookups(&mut self) {
        self.by_name = FastMap::default();
        self.recent.forget();
    }

    /// Forgets the methods that have died, and the sites that are gone or have forgotten theirs.
    pub(crate) fn forget_dead(&mut self, live: &Liveness<'_>) {
        for table in [&mut self.sites, &mut self.const_sites] {
            table.retain(|_, sites| {
                sites.retain(|&(code, site)| live.is_live(code.value()) && code.site_is_filled(site));
                !sites.is_empty()
            });
        }
        let is_live = |method: MethodRef| live.is_live(method.value());
        self.inherited.retain(|&(entry, above), found| is_live(entry) && is_live(above) && is_live(*found));
        self.repeated.retain(|&(method, _), found| is_live(method) && is_live(*found));
    }
}

/// Operators that the interpreter runs without lookup.
const BASIC_OPERATORS: &[Symbol] = &[
    sym::ADD,
    sym::SUB,
    sym::MUL,
    sym::DIV,
    sym::REM,
    sym::POW,
    sym::AND,
    sym::OR,
    sym::XOR,
    sym::SHL,
    sym::SHR,
    sym::LT,
    sym::LE,
    sym::GT,
    sym::GE,
    sym::EQ,
    sym::NEQ,
    sym::EQQ,
    sym::NOT,
    sym::NEG,
    sym::INDEX,
    sym::INDEX_SET,
];

impl Vm {
    /// Everything before this call defined the core; what follows is the program.
    pub fn finish_boot(&mut self) {
        let mut core = stdx::FastSet::default();
        self.shapes.each_class(&mut |class| {
            core.insert(class.bits());
            if let Some(attached) = RClass::new(class).and_then(|class| class.data().attached) {
                core.insert(attached.bits());
            }
        });
        // Modules have no instances and so no shapes: they are found by their names.
        let mut named = stdx::FastSet::default();
        let mut pending = vec![self.core.object];
        while let Some(outer) = pending.pop() {
            if let Some(outer) = RClass::new(outer).filter(|outer| named.insert(outer.value().bits())) {
                pending.extend(outer.data().constants.values().map(|constant| constant.value));
            }
        }
        core.extend(named);
        self.core_classes = core;
        self.redirections = crate::interp::Redirections::find(self);
        self.caches.booted = true;
    }

    /// Was the class there before the program started?
    pub fn is_core_class(&self, class: RClass) -> bool {
        let word = class.value().bits();
        self.core_classes.contains(&word)
    }

    /// Is the core still being defined?
    pub fn is_booting(&self) -> bool {
        !self.caches.booted
    }

    /// Defines a method; no hooks are called.
    pub fn add_method(&mut self, class: RClass, name: Symbol, body: MethodBody, visibility: Visibility) -> MethodRef {
        let visibility = match name {
            sym::INITIALIZE | sym::INITIALIZE_COPY | sym::INITIALIZE_CLONE | sym::INITIALIZE_DUP | sym::RESPOND_TO_MISSING => Visibility::Private,
            _ => visibility,
        };
        self.insert_method(class, name, body, visibility)
    }

    /// As `add_method`, but `initialize` and its kin may be public (module functions).
    pub fn insert_method(&mut self, mut class: RClass, name: Symbol, body: MethodBody, visibility: Visibility) -> MethodRef {
        self.caches.serial += 1;
        let method = self.new_method(Method {
            name,
            owner: class.value(),
            visibility,
            body,
            ruby2_keywords: Cell::new(false),
            is_aliased: Cell::new(false),
            serial: self.caches.serial,
            occurrence: 0,
        });
        match body {
            MethodBody::Ruby(code, _) => self.note_ivar_names(class, code),
            MethodBody::Reader(variable) | MethodBody::Writer(variable) if !class.data().ivar_names.contains(&variable) => {
                class.data_mut().ivar_names.push(variable)
            }
            _ => {}
        }
        let data = class.data_mut();
        data.methods.insert(name, method);
        if class.data().refined_class.is_some() {
            self.refined.note_refined(name);
        }
        self.method_changed(class, name);
        method
    }

    /// A method that stands in no table: what an alias goes to whose original is not there under its name.
    pub fn loose_method(&mut self, owner: RClass, name: Symbol, body: MethodBody) -> MethodRef {
        self.caches.serial += 1;
        let serial = self.caches.serial;
        self.new_method(Method {
            name,
            owner: owner.value(),
            visibility: Visibility::Public,
            body,
            ruby2_keywords: Cell::new(false),
            is_aliased: Cell::new(true),
            serial,
            occurrence: 0,
        })
    }

    /// A copy of a method with another owner, which stands in no table: what is defined by it shows its name.
    pub fn hidden_method(&mut self, class: RClass, source: MethodRef) -> MethodRef {
        self.caches.serial += 1;
        if let MethodBody::Ruby(code, _) = source.body {
            self.note_ivar_names(class, code);
        }
        self.new_method(Method {
            owner: class.value(),
            serial: self.caches.serial,
            ruby2_keywords: source.ruby2_keywords.clone(),
            is_aliased: Cell::new(true),
            ..*source
        })
    }

    fn note_ivar_names(&mut self, mut class: RClass, code: CodeRef) {
        for index in 0..code.function.ivar_names.len() {
            let function = code.function.clone();
            let name = self.symbols.intern_bytes(&function.ivar_names[index], text::encoding::Encoding::UTF_8.index());
            if !class.data().ivar_names.contains(&name) {
                class.data_mut().ivar_names.push(name);
            }
        }
    }

    /// Removes a method from a class's own table; false when it has none.
    pub fn remove_method(&mut self, mut class: RClass, name: Symbol) -> bool {
        let removed = class.data_mut().methods.remove(&name).is_some();
        self.method_changed(class, name);
        removed
    }

    /// The method that a call of `name` on an instance of `class` runs, visibility aside.
    pub fn find_method(&mut self, class: RClass, name: Symbol) -> Option<MethodRef> {
        let word = class.value().bits();
        if let Some(found) = self.caches.recent.find(word, name) {
            return found;
        }
        let known = self.caches.by_name.get(&name).and_then(|cache| cache.get(&word)).copied();
        let found = known.unwrap_or_else(|| {
            let found = self.search_ancestors(&class.data().ancestors, name);
            self.caches.by_name.entry(name).or_default().insert(word, found);
            found
        });
        self.caches.recent.insert(word, name, found);
        found
    }

    fn search_ancestors(&mut self, ancestors: &[Value], name: Symbol) -> Option<MethodRef> {
        let (index, found) =
            ancestors.iter().enumerate().find_map(|(index, &module)| Some((index, *RClass::new(module)?.data().methods.get(&name)?)))?;
        match found.body {
            MethodBody::Undefined => None,
            MethodBody::Inherited => {
                let above = self.search_ancestors(&ancestors[index + 1..], name)?;
                Some(self.inherited_as(found, above))
            }
            _ => Some(found),
        }
    }

    /// An alias of an inherited method with the visibility of the entry that stands for it.
    pub(crate) fn inherited_as(&mut self, entry: MethodRef, above: MethodRef) -> MethodRef {
        let target = above.resolved();
        if let Some(&known) = self.caches.inherited.get(&(entry, target)) {
            return known;
        }
        let made = self.new_method(Method {
            name: entry.name,
            owner: entry.owner,
            visibility: entry.visibility,
            body: MethodBody::Alias(target),
            ruby2_keywords: Cell::new(false),
            is_aliased: Cell::new(false),
            serial: entry.serial,
            occurrence: entry.occurrence,
        });
        self.caches.inherited.insert((entry, target), made);
        made
    }

    /// The method that `super` inside `method` runs for a receiver of `class`.
    pub fn find_super_method(&mut self, class: RClass, method: MethodRef) -> Option<MethodRef> {
        self.find_above(class, method.owner, method.occurrence, method.name)
    }

    /// A running method for its `super`: called by an alias of a class, it stands where its module stands from that class on.
    pub(crate) fn placed_method(&mut self, class: RClass, called: Option<MethodRef>, method: MethodRef) -> MethodRef {
        let Some(called) = called.filter(|called| *called != method && called.owner != method.owner) else { return method };
        let ancestors = &class.data().ancestors;
        let Some(from) = place_of(ancestors, called.owner, called.occurrence) else { return method };
        let before = ancestors[..from].iter().filter(|&&ancestor| ancestor == method.owner).count() as u32;
        if before == 0 { method } else { self.repeated(method, method.occurrence + before) }
    }

    /// The method of a name above the place where `owner` stands for that time (counted from 0).
    pub fn find_above(&mut self, class: RClass, owner: Value, occurrence: u32, name: Symbol) -> Option<MethodRef> {
        let data = class.data();
        if let Some(refined) = RClass::new(owner).and_then(|owner| owner.data().refined_class) {
            let position = data.ancestors.iter().position(|&module| module == refined)?;
            return self.search_ancestors(&data.ancestors[position..], name);
        }
        // A method of a module that the receiver does not have came by `bind`: it stands before the receiver's class.
        let above = match place_of(&data.ancestors, owner, occurrence) {
            Some(position) => position + 1,
            None if RClass::new(owner).is_some_and(RClass::is_module) => 0,
            None => return None,
        };
        let found = self.search_ancestors(&data.ancestors[above..], name)?;
        let before = data.ancestors[..above].iter().filter(|&&module| module == found.owner).count();
        Some(self.repeated(found, before as u32))
    }

    /// The entry for a method found at the place where its owner stands for that time.
    pub(crate) fn repeated(&mut self, method: MethodRef, occurrence: u32) -> MethodRef {
        if occurrence == method.occurrence {
            return method;
        }
        if let Some(&known) = self.caches.repeated.get(&(method, occurrence)) {
            return known;
        }
        // An alias runs another method of the same place.
        let body = match method.body {
            MethodBody::Alias(target) if target.owner == method.owner => MethodBody::Alias(self.repeated(target, occurrence)),
            body => body,
        };
        let made = self.new_method(Method {
            occurrence,
            body,
            ruby2_keywords: method.ruby2_keywords.clone(),
            is_aliased: method.is_aliased.clone(),
            ..*method
        });
        self.caches.repeated.insert((method, occurrence), made);
        made
    }

    /// Follows aliases to the method that holds the body.
    pub fn resolve_alias(method: MethodRef) -> MethodRef {
        method.resolved()
    }

    /// Notes that a call site cached a lookup of its name.
    pub(crate) fn note_cached_site(&mut self, name: Symbol, code: CodeRef, site: u32) {
        self.caches.sites.entry(name).or_default().push((code, site));
    }

    /// Notes that a constant site cached a value.
    pub(crate) fn note_cached_const(&mut self, name: Symbol, code: CodeRef, site: u32) {
        self.caches.const_sites.entry(name).or_default().push((code, site));
    }

    /// Method `name` may resolve differently in `class` and below.
    pub fn method_changed(&mut self, class: RClass, name: Symbol) {
        self.forget_method(name);
        if self.caches.booted && BASIC_OPERATORS.contains(&name) && self.has_basic_operators(class) {
            self.head.redefined = 1;
            if let Some(compiler) = &mut self.compiler {
                compiler.operators_changed();
            }
        }
    }

    fn has_basic_operators(&self, class: RClass) -> bool {
        // A refined operator counts as redefined: the fast paths know no lexical scopes.
        let class = class.data().refined_class.and_then(RClass::new).unwrap_or(class);
        let core = &self.core;
        [
            core.integer,
            core.float,
            core.string,
            core.array,
            core.hash,
            core.symbol,
            core.nil,
            core.true_,
            core.false_,
            core.numeric,
            core.comparable,
            core.object,
            core.kernel,
            core.basic_object,
            core.enumerable,
            core.range,
            core.regexp,
            core.class,
            core.module,
        ]
        .contains(&class.value())
            || self.class_view(core.integer).data().ancestors.contains(&class.value())
    }

    pub(crate) fn forget_method(&mut self, name: Symbol) {
        self.caches.by_name.remove(&name);
        self.caches.recent.forget();
        self.refined.forget(name);
        if let Some(sites) = self.caches.sites.remove(&name) {
            clear_sites(&sites);
        }
        if self.caches.booted
            && let Some(compiler) = &mut self.compiler
        {
            compiler.method_changed(name);
        }
    }

    /// All methods of a module may have come into `class` or moved there.
    pub(crate) fn methods_changed_by(&mut self, module: RClass, class: RClass) {
        // Who counts on ancestors does not ask for those of singletons.
        if class.data().attached.is_none() {
            self.forget_method(sym::H_ANCESTORS);
        }
        for &ancestor in self.roots.values(&module.data().ancestors).iter() {
            let Some(ancestor) = RClass::new(ancestor) else { continue };
            let names: Vec<Symbol> = ancestor.data().methods.keys().collect();
            for name in names {
                self.method_changed(class, name);
            }
        }
    }

    /// A constant changed: forget cached values of its name.
    pub(crate) fn constant_changed(&mut self, name: Symbol) {
        if let Some(sites) = self.caches.const_sites.remove(&name) {
            clear_sites(&sites);
        }
        if let Some(compiler) = &mut self.compiler {
            compiler.constant_changed(name);
        }
    }

    /// No inline cache and no compiled code knows a constant any more.
    pub(crate) fn forget_constants(&mut self) {
        let names: Vec<Symbol> = self.caches.const_sites.keys().copied().collect();
        for name in names {
            self.constant_changed(name);
        }
    }

    /// Does the value respond to a public (or with `private` any) method, `respond_to_missing?` included?
    pub fn responds_to(&mut self, value: Value, name: Symbol, private: bool) -> RResult<bool> {
        let class = self.class_of(value);
        if self.find_method(class, name).is_some_and(|method| method.is_responded(private)) {
            return Ok(true);
        }
        if !self.has_custom(class, sym::RESPOND_TO_MISSING) {
            return Ok(false);
        }
        let answer = self.call(value, sym::RESPOND_TO_MISSING, &[Value::symbol(name), Value::bool(private)])?;
        Ok(answer.truthy())
    }

    /// Is the method found for `class` another than the core's own?
    pub fn has_custom(&mut self, class: RClass, name: Symbol) -> bool {
        match self.find_method(class, name) {
            Some(method) => {
                !matches!(method.body, MethodBody::Native(_)) || ![self.core.kernel, self.core.basic_object, self.core.object].contains(&method.owner)
            }
            None => false,
        }
    }
}

/// Where a module stands among the ancestors for that time, or for the last one.
pub(crate) fn place_of(ancestors: &[Value], module: Value, occurrence: u32) -> Option<usize> {
    let places = ancestors.iter().enumerate().filter(|&(_, &ancestor)| ancestor == module);
    places.take(occurrence as usize + 1).last().map(|(place, _)| place)
}

fn clear_sites(sites: &[(CodeRef, u32)]) {
    for &(code, index) in sites {
        code.clear_site(index);
    }
}
