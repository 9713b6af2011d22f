//! Refinements: activating them in a lexical scope and finding methods under them.
//!
//! A lexical scope holds a chain of links, one for each `using` or `refine` in force. Call sites in
//! scopes without links pay nothing; in scopes with links, sites whose name is the name of a refined method
//! anywhere are never cached but looked up here, through a cache by (name, links, class).

use crate::vm::Vm;
use abi::frame::Frame;
use heap::Rooted;
use objects::method::{Refinements, RefinementsRef};
use objects::{Cref, CrefRef, MethodBody, MethodRef, RClass};
use smallvec::SmallVec;
use stdx::{FastMap, FastSet};
use value::{RResult, Symbol, Value};

/// Lookups under refinements.
#[derive(Default)]
pub(crate) struct RefinedLookups {
    /// Names of methods that some refinement defines.
    names: FastSet<Symbol>,
    /// Methods found by name, then by links and class.
    found: FastMap<Symbol, FastMap<(u64, u64), Option<MethodRef>>>,
}

impl RefinedLookups {
    pub(crate) fn forget(&mut self, name: Symbol) {
        self.found.remove(&name);
    }

    pub(crate) fn forget_found(&mut self) {
        self.found = FastMap::default();
    }

    pub(crate) fn note_refined(&mut self, name: Symbol) {
        self.names.insert(name);
    }
}

/// Refinements that come before the ancestor at `start`: those of the module at `position`, strongest
/// first.
struct Group {
    start: usize,
    position: usize,
    refinements: SmallVec<[Value; 4]>,
}

impl Vm {
    /// The refinement of `class` in `module`, made when missing.
    pub fn refinement_for(&mut self, mut module: RClass, class: RClass) -> RClass {
        if let Some(&(_, existing)) = module.data().refinements.iter().find(|(refined, _)| *refined == class.value()) {
            return self.class_view(existing);
        }
        let shape = self.instance_shape(self.class_view(self.core.refinement)).shape;
        let made = objects::class::allocate(&mut self.heap, shape, None, true);
        let mut made = made.unwrap_or_else(|| self.out_of_memory());
        self.note_class(made);
        made.data_mut().refined_class = Some(class.value());
        made.data_mut().lexical_parent = Some(module.value());
        self.rebuild_ancestors(made);
        module.data_mut().refinements.push((class.value(), made.value()));
        made
    }

    /// The lexical scope of a `refine` block: all refinements of the module are in force in it.
    pub fn refine_cref(&mut self, around: CrefRef, module: RClass, refinement: RClass) -> CrefRef {
        let cref = self.eval_cref(around, refinement.value());
        let parent = around.refinements.get();
        cref.refinements.set(Some(self.new_refinements(Refinements { parent, module: module.value(), pairs: None })));
        cref
    }

    /// Activates the refinements of a module and of its ancestors in the rest of the frame's scope.
    pub fn use_refinements(&mut self, frame: Frame, module: RClass) {
        let pairs = self.refinements_of(module.value());
        for &(_, refinement) in pairs.iter() {
            // What sites and machine code learned about these names holds no longer.
            let names: Vec<Symbol> = self.class_view(refinement).data().methods.keys().collect();
            for name in names {
                self.forget_method(name);
            }
        }
        let old = frame.cref();
        let link = Refinements { parent: old.refinements.get(), module: module.value(), pairs: Some(Box::from(&pairs[..])) };
        // Methods defined so far keep the old scope.
        let link = self.new_refinements(link);
        let cref = self.new_scope(Cref { refinements: std::cell::Cell::new(Some(link)), ..copy_of(&old) });
        old.replaced.set(Some(cref));
        self.replace_scope(frame, old, cref);
    }

    /// Gives the new scope to the frame and to those around whose variables it has, when it evaluates a text there.
    fn replace_scope(&mut self, frame: Frame, old: CrefRef, new: CrefRef) {
        let (receiver, method) = (frame.receiver(), frame.method());
        let mut at = Some(frame);
        while let Some(frame) = at {
            if frame.cref() == old && frame.receiver() == receiver && frame.method() == method {
                frame.set_cref(new);
            }
            at = frame.caller();
        }
    }

    /// The copy of a Ruby method for `import_methods`: it sees the refinements of its new owner.
    pub fn imported_body(&mut self, body: MethodBody, refinement: RClass) -> Option<MethodBody> {
        let MethodBody::Ruby(code, cref) = body else { return None };
        if code.file.starts_with("<internal:") {
            return None;
        }
        let module = refinement.data().lexical_parent?;
        let link = Refinements { parent: cref.refinements.get(), module, pairs: None };
        let link = self.new_refinements(link);
        let cref = self.new_scope(Cref { refinements: std::cell::Cell::new(Some(link)), ..copy_of(&cref) });
        // Code of its own: call sites of the original were cached without these refinements.
        let code = self.load_function(code.function.clone(), code.parent, code.source.clone());
        Some(MethodBody::Ruby(code, cref))
    }

    /// Modules whose refinements are in force in a scope, the first activated first; true for the one whose `refine` block the scope is in.
    pub fn refining_modules(&self, scope: CrefRef) -> Vec<(Value, bool)> {
        let mut modules = Vec::new();
        let mut link = scope.refinements.get();
        while let Some(at) = link {
            modules.push((at.module, at.pairs.is_none()));
            link = at.parent;
        }
        modules.reverse();
        modules
    }

    /// The scope with the refinements of modules in force, as `refining_modules` tells them.
    pub fn scope_under(&mut self, scope: CrefRef, modules: &[(Value, bool)]) -> CrefRef {
        let mut parent = None;
        for &(module, is_own) in modules {
            let pairs = if is_own { None } else { Some(Box::from(&self.refinements_of(module)[..])) };
            parent = Some(self.new_refinements(Refinements { parent, module, pairs }));
        }
        self.new_scope(Cref { refinements: std::cell::Cell::new(parent), ..copy_of(&scope) })
    }

    /// The refinements of a module and of its ancestors, strongest first.
    fn refinements_of(&mut self, module: Value) -> Rooted<Vec<(Value, Value)>> {
        let mut pairs = self.roots.root(Vec::new());
        for &ancestor in &self.class_view(module).data().ancestors {
            if let Some(ancestor) = RClass::new(ancestor) {
                pairs.extend(ancestor.data().refinements.iter().rev().copied());
            }
        }
        pairs
    }

    /// Links in force where the running Ruby code stands.
    #[inline]
    pub(crate) fn active_refinements(&self) -> Option<RefinementsRef> {
        self.frame().and_then(|frame| frame.cref().refinements.get())
    }

    /// Refinements that `using` put in force where the running Ruby code stands, with their modules: by
    /// classes in the order in which they were first refined, the newest first.
    pub fn used_refinements(&self) -> Rooted<Vec<(Value, Value)>> {
        let mut links = Vec::new();
        let mut link = self.active_refinements();
        while let Some(at) = link {
            links.push(at);
            link = at.parent;
        }
        let mut classes: Vec<(Value, Vec<(Value, Value)>)> = Vec::new();
        for link in links.iter().rev().filter(|link| link.pairs.is_some()) {
            for (class, refinement) in pairs_of(link).into_iter().rev() {
                let module = RClass::new(refinement).and_then(|refinement| refinement.data().lexical_parent).unwrap_or(link.module);
                match classes.iter_mut().find(|(known, _)| *known == class) {
                    Some((_, list)) => list.insert(0, (module, refinement)),
                    None => classes.push((class, vec![(module, refinement)])),
                }
            }
        }
        self.roots.root(classes.into_iter().flat_map(|(_, list)| list).collect())
    }

    /// Can a call of this name under these links reach a refined method?
    #[inline]
    pub(crate) fn may_be_refined(&self, name: Symbol) -> bool {
        self.refined.names.contains(&name)
    }

    /// The method that a call in the running code reaches, when refinements of the name are in force there.
    pub fn find_refined(&mut self, class: RClass, name: Symbol) -> Option<MethodRef> {
        let links = self.active_refinements()?;
        if self.may_be_refined(name) { self.find_method_under(links, class, name) } else { None }
    }

    /// The method that a call in the running code reaches: under the refinements in force there.
    pub fn find_method_here(&mut self, class: RClass, name: Symbol) -> Option<MethodRef> {
        match self.active_refinements() {
            Some(links) if self.may_be_refined(name) => self.find_method_under(links, class, name),
            _ => self.find_method(class, name),
        }
    }

    /// The method that a call of `name` on an instance of `class` runs under refinements.
    pub(crate) fn find_method_under(&mut self, links: RefinementsRef, class: RClass, name: Symbol) -> Option<MethodRef> {
        let key = (links.word(), class.value().bits());
        if let Some(found) = self.refined.found.get(&name).and_then(|cache| cache.get(&key)) {
            return *found;
        }
        let ancestors = self.roots.values(&class.data().ancestors);
        let groups = groups_of(links, &ancestors, 0);
        let found = search(self, &ancestors, 0, &groups, name);
        self.refined.found.entry(name).or_default().insert(key, found);
        found
    }

    /// The method that `super` in `method` runs under the links of the calling code.
    pub(crate) fn find_super_under(&mut self, links: Option<RefinementsRef>, class: RClass, method: MethodRef) -> Option<MethodRef> {
        let refined = RClass::new(method.owner).and_then(|owner| owner.data().refined_class);
        let Some(refined) = refined else {
            let Some(links) = links.filter(|_| self.may_be_refined(method.name)) else { return self.find_super_method(class, method) };
            let ancestors = self.roots.values(&class.data().ancestors);
            let from = crate::lookup::place_of(&ancestors, method.owner, method.occurrence)? + 1;
            let found = search(self, &ancestors, from, &groups_of(links, &ancestors, from), method.name)?;
            let before = ancestors[..from].iter().filter(|&&ancestor| ancestor == found.owner).count();
            return Some(self.repeated(found, before as u32));
        };
        let ancestors = self.roots.values(&class.data().ancestors);
        let position = ancestors.iter().position(|&ancestor| ancestor == refined)?;
        let from = group_start(&ancestors, position);
        let mut groups = links.map(|links| groups_of(links, &ancestors, from)).unwrap_or_default();
        for group in groups.iter_mut().filter(|group| group.position == position) {
            // Refinements of the same class that were activated before this one come next.
            let passed = group.refinements.iter().position(|&refinement| refinement == method.owner);
            group.refinements.drain(..passed.map_or(0, |passed| passed + 1));
        }
        search(self, &ancestors, from, &groups, method.name)
    }

    /// Calls a method under the refinements in force in the running Ruby code (`send` and its kin).
    pub fn call_here(
        &mut self,
        receiver: Value,
        name: Symbol,
        args: &[Value],
        keywords: crate::PassedKeywords<'_>,
        block: objects::BlockWord,
        mode: crate::send::CallMode,
    ) -> RResult {
        let class = self.class_of(receiver);
        match self.find_refined(class, name) {
            Some(method) if self.may_call(method, receiver, mode) => self.call_method(method, receiver, args, keywords, block),
            _ => self.call_full(receiver, name, args, keywords, block, mode),
        }
    }
}

pub(crate) fn copy_of(cref: &Cref) -> Cref {
    Cref {
        parent: cref.parent,
        module: cref.module.clone(),
        definee: cref.definee.clone(),
        visibility: cref.visibility.clone(),
        module_function: cref.module_function.clone(),
        transparent: cref.transparent,
        refinements: cref.refinements.clone(),
        replaced: std::cell::Cell::new(None),
        instance_eval: std::cell::Cell::new(None),
    }
}

/// Refined classes and refinements of one link, strongest first.
fn pairs_of(link: &Refinements) -> Vec<(Value, Value)> {
    match &link.pairs {
        Some(pairs) => pairs.to_vec(),
        None => RClass::new(link.module).map(|module| module.data().refinements.iter().rev().copied().collect()).unwrap_or_default(),
    }
}

/// Refinements in force for each ancestor, in the order in which lookup from `from` on meets them.
fn groups_of(links: RefinementsRef, ancestors: &[Value], from: usize) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut link = Some(links);
    while let Some(at) = link {
        for (class, refinement) in pairs_of(&at) {
            let Some(position) = ancestors.iter().position(|&ancestor| ancestor == class) else { continue };
            match groups.iter_mut().find(|group| group.position == position) {
                Some(group) if group.refinements.contains(&refinement) => {}
                Some(group) => group.refinements.push(refinement),
                None => groups.push(Group { start: group_start(ancestors, position), position, refinements: SmallVec::from_slice(&[refinement]) }),
            }
        }
        link = at.parent;
    }
    groups.retain(|group| group.start >= from);
    // Where a refined module is prepended to a refined class, the class's refinements come first.
    groups.sort_by_key(|group| (group.start, std::cmp::Reverse(group.position)));
    groups
}

/// First of the modules prepended to the module at `position`: its refinements come before them.
fn group_start(ancestors: &[Value], position: usize) -> usize {
    let Some(class) = RClass::new(ancestors[position]) else { return position };
    let mut prepended: Vec<Value> = Vec::new();
    for &module in &class.data().prepends {
        prepended.extend(RClass::new(module).map(|module| module.data().ancestors.clone()).unwrap_or_default());
    }
    let mut start = position;
    while start > 0 && prepended.contains(&ancestors[start - 1]) {
        start -= 1;
    }
    start
}

fn search(vm: &mut Vm, ancestors: &[Value], from: usize, groups: &[Group], name: Symbol) -> Option<MethodRef> {
    let own = |module: Value| RClass::new(module).and_then(|module| module.data().methods.get(&name).copied());
    for (index, &ancestor) in ancestors.iter().enumerate().skip(from) {
        let refined = groups.iter().filter(|group| group.start == index).flat_map(|group| group.refinements.iter());
        let found = refined.copied().find_map(|refinement| own(refinement).filter(|method| !matches!(method.body, MethodBody::Undefined)));
        let Some(method) = found.or_else(|| own(ancestor)) else { continue };
        return match method.body {
            MethodBody::Undefined => None,
            MethodBody::Inherited => {
                // An entry of a refinement stands for the class's own method, one of the class for what is above.
                let next = if found.is_some() { index } else { index + 1 };
                let above = search(vm, ancestors, next, if found.is_some() { &[] } else { groups }, name)?;
                Some(vm.inherited_as(method, above))
            }
            _ => Some(method),
        };
    }
    None
}
