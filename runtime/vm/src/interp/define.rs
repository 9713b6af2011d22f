//! Defining methods, classes and modules.

use super::arith::store;
use super::operands;
use super::variable::name_of;
use super::{Flow, code_of, exception, finish, literal, save, word};
use crate::PassedKeywords;
use crate::send::{BindMode, FrameStart};
use crate::vm::Vm;
use abi::frame::{self, Frame, Registers};
use objects::{BlockWord, CodeRef, Cref, CrefRef, MethodBody, RClass, Visibility};
use std::cell::Cell;
use value::{RResult, Symbol, Value, sym};

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn def_method(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::DefMethod::read(pc);
        let code = vm.child(code_of(fp), o.child);
        let cref = CrefRef::from_word(word(fp, frame::CREF));
        let result = vm.define_method(cref, name_of(literal(fp, o.name)), code);
        store(vm, fp, pc, o.dst, operands::DefMethod::UNITS, result.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn def_singleton(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::DefSingleton::read(pc);
        let code = vm.child(code_of(fp), o.child);
        let cref = CrefRef::from_word(word(fp, frame::CREF));
        let result = vm.define_singleton_method(cref, *fp.add(o.object), name_of(literal(fp, o.name)), code);
        store(vm, fp, pc, o.dst, operands::DefSingleton::UNITS, result.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn def_class(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::DefClass::read(pc);
        let code = vm.child(code_of(fp), o.child);
        let Some(running) = Frame::at(fp) else { return finish(None) };
        // Without a path the scope is that of the code, which may see its private constants.
        let scoped = *fp.add(o.scope) != vm.lexical_module(running.cref());
        let opened = vm.open_class(*fp.add(o.scope), *fp.add(o.superclass), name_of(literal(fp, o.name)), scoped);
        let result = opened.and_then(|class| vm.run_body(code, running, class));
        store(vm, fp, pc, o.dst, operands::DefClass::UNITS, result.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn def_module(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::DefModule::read(pc);
        let code = vm.child(code_of(fp), o.child);
        let Some(running) = Frame::at(fp) else { return finish(None) };
        let scoped = *fp.add(o.scope) != vm.lexical_module(running.cref());
        let opened = vm.open_module(*fp.add(o.scope), name_of(literal(fp, o.name)), scoped);
        let result = opened.and_then(|module| vm.run_body(code, running, module));
        store(vm, fp, pc, o.dst, operands::DefModule::UNITS, result.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn singleton_class(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::SingletonClass::read(pc);
        let code = vm.child(code_of(fp), o.child);
        let Some(running) = Frame::at(fp) else { return finish(None) };
        let opened = vm.singleton_class_or_error(*fp.add(o.object));
        let result = opened.and_then(|class| vm.run_body(code, running, class));
        store(vm, fp, pc, o.dst, operands::SingletonClass::UNITS, result.ok())
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn alias_method(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::AliasMethod::read(pc);
        let cref = CrefRef::from_word(word(fp, frame::CREF));
        let (new_name, old_name) = (name_of(*fp.add(o.new_name)), name_of(*fp.add(o.old_name)));
        let result = vm.definee_of(cref).and_then(|class| vm.alias_method(class, new_name, old_name));
        match result {
            Ok(()) => (fp, pc.add(operands::AliasMethod::UNITS)),
            Err(_) => exception::unwind(vm, fp, pc),
        }
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn alias_global(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        let o = operands::AliasGlobal::read(pc);
        save(vm, fp, pc);
        if vm.main_ractor_only("can not access global variables from non-main Ractors").is_err() {
            return exception::unwind(vm, fp, pc);
        }
        vm.alias_global(name_of(literal(fp, o.new_name)), name_of(literal(fp, o.old_name)));
        (fp, pc.add(operands::AliasGlobal::UNITS))
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn undef_method(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::UndefMethod::read(pc);
        let cref = CrefRef::from_word(word(fp, frame::CREF));
        let name = name_of(*fp.add(o.name));
        let result = vm.definee_of(cref).and_then(|class| vm.undef_method(class, name));
        match result {
            Ok(()) => (fp, pc.add(operands::UndefMethod::UNITS)),
            Err(_) => exception::unwind(vm, fp, pc),
        }
    }
}

/// Methods of the core whose redefinition `Warning[:performance]` tells of, by class.
const SPECIAL_METHODS: &[(&str, &str)] = &[
    ("Integer", "+ - * / % == === < <= > >= << >> [] size succ -@ & | <=>"),
    ("Float", "+ - * / % == === < <= > >= -@ hash <=>"),
    ("String", "+ * % == === << [] length size empty? succ =~ freeze -@ hash <=>"),
    ("Array", "+ - * == << [] []= length size empty? freeze max min hash & | <=> include? pack"),
    ("Hash", "== < <= > >= [] []= length size empty? freeze hash default"),
    ("Symbol", "== === [] length size empty? succ =~ <=>"),
    ("NilClass", "=== =~ & | nil?"),
    ("TrueClass", "=== & |"),
    ("FalseClass", "=== & |"),
    ("Regexp", "== === =~ hash"),
    ("Proc", "== === << [] hash call"),
];

impl Vm {
    /// The class that definitions in a scope go to; TypeError when there is none (`instance_eval` of numbers).
    fn definee_of(&mut self, cref: CrefRef) -> RResult<RClass> {
        if let Some(class) = RClass::new(cref.definee.get()) {
            return Ok(class);
        }
        let receiver = self.frame().map_or(Value::NIL, |frame| frame.receiver());
        let singleton = self.singleton_class_or_error(receiver)?;
        if !cref.transparent {
            cref.module.set(singleton);
        }
        Ok(self.class_view(singleton))
    }

    /// Where `class Name` and `Name = value` without a path define: TypeError where nothing can be defined.
    pub(in crate::interp) fn constant_base(&mut self, cref: CrefRef) -> RResult {
        let scope = self.lexical_scope(cref);
        if scope.definee.get().is_undef() { Ok(self.definee_of(scope)?.value()) } else { Ok(scope.module.get()) }
    }

    #[cold]
    fn no_singleton(&mut self) -> value::Raised {
        self.type_error("can't define singleton")
    }

    /// `def name` in a lexical scope.
    fn define_method(&mut self, cref: CrefRef, name: Symbol, code: CodeRef) -> RResult {
        let class = self.definee_of(cref)?;
        let in_body = self.frame().is_none_or(Vm::is_in_body);
        let module_function = in_body && cref.module_function.get();
        let visibility = match module_function {
            true => Visibility::Private,
            false if in_body => cref.visibility.get(),
            false => Visibility::Public,
        };
        self.define_method_on(class, name, MethodBody::Ruby(code, cref), visibility)?;
        if module_function {
            self.define_module_function(class.value(), name, MethodBody::Ruby(code, cref))?;
        }
        Ok(Value::symbol(name))
    }

    /// Does code of a class body run here? `private` and `module_function` without names hold for the body they stand
    /// in, not inside methods; but a block that a method gives to `Class.new` or `class_eval` is a body of its own.
    pub fn is_in_body(frame: abi::frame::Frame) -> bool {
        let Some(method) = frame.method() else { return true };
        let own = match Vm::resolve_alias(method).body {
            MethodBody::Ruby(_, cref) => cref,
            MethodBody::Proc(callable) => match objects::RProc::new(callable).map(objects::RProc::body) {
                Some(objects::ProcBody::Block { cref, .. }) => cref,
                _ => return false,
            },
            _ => return false,
        };
        own != frame.cref()
    }

    /// The public copy of a module function on the module itself.
    pub fn define_module_function(&mut self, module: Value, name: Symbol, body: MethodBody) -> RResult<()> {
        let singleton = self.singleton_class_or_error(module)?;
        let singleton = self.class_view(singleton);
        self.warn_of_redefinition(singleton, name, body)?;
        self.insert_method(singleton, name, body, Visibility::Public);
        self.method_hook(singleton, name, sym::METHOD_ADDED, sym::SINGLETON_METHOD_ADDED)
    }

    /// Defines a method and calls the hooks (`method_added`, `singleton_method_added`).
    pub fn define_method_on(&mut self, class: RClass, name: Symbol, body: MethodBody, visibility: Visibility) -> RResult<()> {
        if self.is_frozen(class.value()) {
            return Err(self.frozen_definition_error(class));
        }
        self.warn_of_redefinition(class, name, body)?;
        self.warn_of_lost_speed(class, name)?;
        if !matches!(body, MethodBody::Native(_)) {
            self.warn_of_danger(class, name, "redefining")?;
        }
        self.add_method(class, name, body, visibility);
        if let Some(hook) = self.definition_hook {
            hook(self, class, Some(name));
        }
        self.method_hook(class, name, sym::METHOD_ADDED, sym::SINGLETON_METHOD_ADDED)
    }

    /// With `-w`: a method of the class itself goes that has no other name.
    fn warn_of_redefinition(&mut self, class: RClass, name: Symbol, new: MethodBody) -> RResult<()> {
        if self.options.verbose != Some(true) || self.is_booting() {
            return Ok(());
        }
        let Some(&old) = class.data().methods.get(&name) else { return Ok(()) };
        if old.is_aliased.get() || matches!(old.body, MethodBody::Alias(_) | MethodBody::Inherited | MethodBody::Undefined) {
            return Ok(());
        }
        if matches!((old.body, new), (MethodBody::Ruby(before, _), MethodBody::Ruby(after, _)) if before == after) {
            return Ok(());
        }
        let shown = self.symbols.text(name).into_owned();
        let code = match old.body {
            MethodBody::Ruby(code, _) => Some(code),
            MethodBody::Proc(callable) => match objects::RProc::new(callable).map(objects::RProc::body) {
                Some(objects::ProcBody::Block { code, .. }) => Some(code),
                _ => None,
            },
            _ => None,
        };
        // Code of the runtime itself is nowhere that a program could look.
        let place = code.filter(|code| !code.file.starts_with("<internal:"));
        let place = place.map(|code| format!("\n{}:{}: warning: previous definition of {shown} was here", code.file, code.function.line));
        self.warn_at_caller(&format!("method redefined; discarding old {shown}{}", place.unwrap_or_default()))
    }

    /// With `Warning[:performance]`: a method is replaced that CRuby has instructions for.
    fn warn_of_lost_speed(&mut self, class: RClass, name: Symbol) -> RResult<()> {
        if self.is_booting() || !self.is_core_class(class) || !self.warns_category("performance") {
            return Ok(());
        }
        let (owner, text) = (self.class_name_text(class), self.symbols.text(name).into_owned());
        let own = class.data().methods.get(&name).is_some_and(|method| !matches!(method.body, MethodBody::Undefined));
        if own && SPECIAL_METHODS.iter().any(|&(class, names)| class == owner && names.split(' ').any(|name| name == text)) {
            self.warn_at_caller(&format!("Redefining '{owner}#{text}' disables interpreter and JIT optimizations"))?;
        }
        Ok(())
    }

    /// What everything else stands on is about to be replaced or taken away.
    pub fn warn_of_danger(&mut self, class: RClass, name: Symbol, what: &str) -> RResult<()> {
        if self.is_booting() || self.options.verbose.is_none() {
            return Ok(());
        }
        // The runtime's own libraries know what they do.
        if self.frame().is_some_and(|frame| frame.code().file.starts_with("<internal:")) {
            return Ok(());
        }
        let replaces = what == "redefining";
        let text = self.symbols.text(name).into_owned();
        match text.as_str() {
            "initialize" | "respond_to_missing?" | "method_missing" | "respond_to?" if replaces && class.value() == self.core.object => {
                self.warn_at_caller(&format!("redefining Object#{text} may cause infinite loop"))
            }
            "object_id" | "__id__" | "__send__" if !replaces || self.find_method(class, name).is_some() => {
                self.warn_at_caller(&format!("{what} '{text}' may cause serious problems"))
            }
            "initialize" if !replaces => self.warn_at_caller(&format!("{what} '{text}' may cause serious problems")),
            _ => Ok(()),
        }
    }

    /// FrozenError for a definition: a singleton class stands for its object.
    #[cold]
    fn frozen_definition_error(&mut self, class: RClass) -> value::Raised {
        let Some(object) = class.data().attached else { return self.frozen_error(class.value()) };
        self.frozen_error(object)
    }

    /// Calls a hook on the class, or the singleton one on the object of a singleton class.
    pub fn method_hook(&mut self, class: RClass, name: Symbol, hook: Symbol, singleton_hook: Symbol) -> RResult<()> {
        if self.is_booting() {
            return Ok(());
        }
        let name = Value::symbol(name);
        match class.data().attached {
            Some(object) => self.call(object, singleton_hook, &[name])?,
            None => self.call(class.value(), hook, &[name])?,
        };
        Ok(())
    }

    fn define_singleton_method(&mut self, cref: CrefRef, object: Value, name: Symbol, code: CodeRef) -> RResult {
        let class = self.singleton_class_or_error(object)?;
        let is_own_class = class == object;
        let class = self.class_view(class);
        // Methods of nil, true and false go to their classes, which are open.
        if !is_own_class && object.is_cell() && self.is_frozen(object) {
            return Err(self.frozen_definition_error(class));
        }
        self.define_method_on(class, name, MethodBody::Ruby(code, cref), Visibility::Public)?;
        Ok(Value::symbol(name))
    }

    /// The singleton class; TypeError for values that have none.
    pub fn singleton_class_or_error(&mut self, object: Value) -> RResult {
        match self.singleton_class(object) {
            Some(class) => Ok(class.value()),
            None => Err(self.no_singleton()),
        }
    }

    /// The class that `class scope::name < superclass` opens or makes.
    fn open_class(&mut self, scope: Value, superclass: Value, name: Symbol, scoped: bool) -> RResult {
        let Some(outer) = RClass::new(scope) else {
            let text = self.inspect_text(scope)?;
            return Err(self.type_error(&format!("{text} is not a class/module")));
        };
        if !superclass.is_undef() && RClass::new(superclass).is_none_or(|class| class.is_module()) {
            let what = self.class_name_of(superclass);
            return Err(self.type_error(&format!("superclass must be an instance of Class (given an instance of {what})")));
        }
        self.check_reopened(outer, scoped, name)?;
        if let Some(existing) = self.constant_for_opening(outer, name)? {
            return self.reopen_class(outer, existing, superclass, name);
        }
        let above = if superclass.is_undef() { self.core.object } else { superclass };
        let class = self.make_subclass(above)?;
        self.set_constant(scope, name, class)?;
        self.call(above, sym::INHERITED, &[class])?;
        Ok(class)
    }

    /// A new subclass, refusing what cannot be inherited from. `inherited` is the caller's business.
    pub fn make_subclass(&mut self, superclass: Value) -> RResult {
        let view = self.check_superclass(superclass)?;
        Ok(self.new_class(view).value())
    }

    /// TypeError for what no class can be made below.
    pub fn check_superclass(&mut self, superclass: Value) -> RResult<RClass> {
        let Some(view) = RClass::new(superclass).filter(|class| !class.is_module()) else {
            let what = self.class_name_of(superclass);
            return Err(self.type_error(&format!("superclass must be an instance of Class (given an instance of {what})")));
        };
        if view.is_singleton() {
            return Err(self.type_error("can't make subclass of singleton class"));
        }
        if superclass == self.core.class {
            return Err(self.type_error("can't make subclass of Class"));
        }
        if self.is_uninitialized(view) {
            return Err(self.type_error("can't inherit uninitialized class"));
        }
        Ok(view)
    }

    fn constant_for_opening(&mut self, outer: RClass, name: Symbol) -> RResult<Option<Value>> {
        self.own_constant(outer, name)
    }

    /// NameError when `class Outer::Name` names a private constant.
    fn check_reopened(&mut self, outer: RClass, scoped: bool, name: Symbol) -> RResult<()> {
        let private = outer.data().constants.get(&name).is_some_and(|constant| constant.private);
        if scoped && private { Err(self.private_constant_error(outer, name)) } else { Ok(()) }
    }

    /// TypeError for a constant that is opened as what it is not.
    fn not_reopened(&mut self, outer: RClass, name: Symbol, sort: &str) -> value::Raised {
        let text = self.symbols.text(name).into_owned();
        let place = outer.data().constants.get(&name).and_then(|constant| constant.location.clone());
        let place = place
            .map(|(file, line)| format!("\n{file}:{line}: previous definition of {text} was here"))
            .unwrap_or_else(|| format!("\n:: previous definition of {text} was here"));
        self.type_error(&format!("{text} is not a {sort}{place}"))
    }

    fn reopen_class(&mut self, outer: RClass, existing: Value, superclass: Value, name: Symbol) -> RResult {
        let text = self.symbols.text(name).into_owned();
        match RClass::new(existing) {
            Some(class) if !class.is_module() => {
                let above = class.data().superclass.map(|above| self.class_view(above).real().value());
                if !superclass.is_undef() && above != Some(superclass) {
                    return Err(self.type_error(&format!("superclass mismatch for class {text}")));
                }
                Ok(existing)
            }
            _ => Err(self.not_reopened(outer, name, "class")),
        }
    }

    /// The module that `module scope::name` opens or makes.
    fn open_module(&mut self, scope: Value, name: Symbol, scoped: bool) -> RResult {
        let Some(outer) = RClass::new(scope) else {
            let text = self.inspect_text(scope)?;
            return Err(self.type_error(&format!("{text} is not a class/module")));
        };
        self.check_reopened(outer, scoped, name)?;
        if let Some(existing) = self.constant_for_opening(outer, name)? {
            if RClass::new(existing).is_some_and(RClass::is_module) {
                return Ok(existing);
            }
            return Err(self.not_reopened(outer, name, "module"));
        }
        let module = self.new_module().value();
        self.set_constant(scope, name, module)?;
        Ok(module)
    }

    /// Runs the body of a class, module or singleton class.
    fn run_body(&mut self, code: CodeRef, running: Frame, class: Value) -> RResult {
        let cref = self.class_cref(Some(running.cref()), class);
        if let Some(view) = RClass::new(class) {
            if let Some(hook) = self.definition_hook.filter(|_| !view.is_singleton()) {
                hook(self, view, None);
            }
            self.note_body_ivars(view, code);
        }
        let start = FrameStart { receiver: class, block: BlockWord::NONE, method: None, code, env: std::ptr::null_mut(), cref, flags: 0 };
        self.run_code(&start, &[], PassedKeywords::None, BindMode::Strict)
    }

    /// Instance variables of all methods in the body are known before the first instance is made.
    fn note_body_ivars(&mut self, mut class: RClass, code: CodeRef) {
        for bytes in &code.function.ivar_names {
            let name = self.symbols.intern_bytes(bytes, text::encoding::Encoding::UTF_8.index());
            if !class.data().ivar_names.contains(&name) {
                class.data_mut().ivar_names.push(name);
            }
        }
    }

    /// The lexical scope of a class body.
    pub fn class_cref(&mut self, parent: Option<CrefRef>, class: Value) -> CrefRef {
        let refinements = Cell::new(parent.and_then(|parent| parent.refinements.get()));
        self.new_scope(Cref { parent, refinements, ..Cref::top(class) })
    }

    /// The body of a method for a copy of its class: constants and class variables are those of the copy. The caches of
    /// the code hold what the original found, so the copy has code of its own.
    pub fn body_for_copy(&mut self, body: MethodBody, original: Value, copy: Value) -> MethodBody {
        match body {
            MethodBody::Ruby(code, cref) if cref.module.get() == original => {
                let code = self.load_function(code.function.clone(), code.parent, code.source.clone());
                let cref = Cref { module: Cell::new(copy), definee: Cell::new(copy), ..crate::refinement::copy_of(&cref) };
                MethodBody::Ruby(code, self.new_scope(cref))
            }
            body => body,
        }
    }

    /// `alias_method`: NameError when there is no method of the old name.
    pub fn alias_method(&mut self, class: RClass, new_name: Symbol, old_name: Symbol) -> RResult<()> {
        if self.is_frozen(class.value()) {
            return Err(self.frozen_error(class.value()));
        }
        let Some(method) = self.find_refined(class, old_name).or_else(|| self.method_for_change(class, old_name)) else {
            return Err(self.undefined_method_for_class(class, old_name));
        };
        let target = Vm::resolve_alias(method);
        // First the mark: `alias x x` announces that `x` is going to be redefined.
        target.is_aliased.set(true);
        self.warn_of_redefinition(class, new_name, MethodBody::Alias(target))?;
        self.add_method(class, new_name, MethodBody::Alias(target), method.visibility);
        self.method_hook(class, new_name, sym::METHOD_ADDED, sym::SINGLETON_METHOD_ADDED)
    }

    /// A method that a class, or Object for modules, has: for alias, undef and visibility changes.
    pub fn method_for_change(&mut self, class: RClass, name: Symbol) -> Option<objects::MethodRef> {
        let found = self.find_method(class, name);
        if found.is_some() || !class.is_module() {
            return found;
        }
        if let Some(refined) = class.data().refined_class.and_then(RClass::new) {
            return self.method_for_change(refined, name);
        }
        let object = self.core.object;
        self.find_method(self.class_view(object), name)
    }

    /// NameError "undefined method 'x' for class 'Y'".
    #[cold]
    pub fn undefined_method_for_class(&mut self, class: RClass, name: Symbol) -> value::Raised {
        let text = self.symbols.text(name).into_owned();
        let sort = if class.is_module() { "module" } else { "class" };
        let owner = self.class_name_text(class);
        let error = self.core.name_error;
        self.raise_name_error(error, &format!("undefined method '{text}' for {sort} '{owner}'"), class.value(), name)
    }

    /// `undef name`
    pub fn undef_method(&mut self, class: RClass, name: Symbol) -> RResult<()> {
        if self.is_frozen(class.value()) {
            return Err(self.frozen_error(class.value()));
        }
        self.warn_of_danger(class, name, "undefining")?;
        if self.method_for_change(class, name).is_none() {
            // A class stands for its singleton class in the message.
            let shown = class.data().attached.and_then(RClass::new).unwrap_or(class);
            return Err(self.undefined_method_for_class(shown, name));
        }
        self.warn_of_lost_speed(class, name)?;
        self.add_method(class, name, MethodBody::Undefined, Visibility::Public);
        self.method_hook(class, name, sym::METHOD_UNDEFINED, sym::SINGLETON_METHOD_UNDEFINED)
    }
}
