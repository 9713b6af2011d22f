//! Constants: lexical and inherited lookup, assignment.

use crate::vm::Vm;
use heap::RootedValues;
use objects::class::Constant;
use objects::{CrefRef, RClass};
use value::{RResult, Raised, Symbol, Value, sym};

/// Names that the original had at the top level. Here module Maglev has them, and the top level gets them where a program names one that it does
/// not define: a program's own `IdentitySet` or `LockError` never meets ours.
const ORIGINAL: [&str; 10] =
    ["GStore", "IdentitySet", "LockError", "ObjectLog", "ObjectLogEntry", "RCCounter", "RCHash", "RCIdentityBag", "RCQueue", "TransactionError"];

impl Vm {
    /// Is a constant one of the original's top level?
    pub(crate) fn is_original(&self, outer: RClass, name: Symbol) -> bool {
        outer.value() == self.core.maglev && ORIGINAL.contains(&&*self.symbols.text(name))
    }

    /// The original's class of a name that the top level does not have. From now on it has it.
    pub fn original_constant(&mut self, name: Symbol) -> RResult<Option<Value>> {
        let (maglev, object) = (self.class_view(self.core.maglev), self.class_view(self.core.object));
        if !self.is_original(maglev, name) {
            return Ok(None);
        }
        let found = self.own_constant(maglev, name)?;
        if let Some(found) = found {
            self.set_constant_raw(object, name, found);
        }
        Ok(found)
    }

    /// Where a class with a name is found: below Maglev, when it is one of the original.
    pub fn path_of(&mut self, class: RClass) -> String {
        let name = self.class_name_text(class);
        let below = format!("Maglev::{name}");
        if ORIGINAL.contains(&name.split("::").next().unwrap_or(&name)) && self.class_at(&below) == class.value() { below } else { name }
    }

    /// A constant from a lexical scope: the enclosing classes, then the ancestors of the innermost one,
    /// then `const_missing`.
    pub fn constant_lexical(&mut self, cref: CrefRef, name: Symbol) -> RResult {
        if let Some(value) = self.find_constant_lexical(cref, name)? {
            return Ok(value);
        }
        let module = self.lexical_module(cref);
        if !self.has_own_const_missing(module)
            && let Some(value) = self.original_constant(name)?
        {
            return Ok(value);
        }
        self.call(module, sym::CONST_MISSING, &[Value::symbol(name)])
    }

    /// The same without `const_missing`.
    pub fn find_constant_lexical(&mut self, cref: CrefRef, name: Symbol) -> RResult<Option<Value>> {
        let mut scope = Some(cref);
        while let Some(at) = scope {
            // The outermost scope is Object: it comes last, with the ancestors.
            if at.parent.is_some()
                && !at.transparent
                && let Some(module) = RClass::new(at.module.get())
                && let Some(value) = self.own_constant(module, name)?
            {
                return Ok(Some(value));
            }
            scope = at.parent;
        }
        let module = self.lexical_module(cref);
        let module = self.class_view(module);
        self.find_constant(module, name, true)
    }

    /// The class or module that constants of this scope are defined in.
    pub fn lexical_module(&self, cref: CrefRef) -> Value {
        self.lexical_scope(cref).module.get()
    }

    /// The innermost scope that constants are defined in.
    pub(crate) fn lexical_scope(&self, cref: CrefRef) -> CrefRef {
        let mut scope = cref;
        while scope.transparent {
            match scope.parent {
                Some(parent) => scope = parent,
                None => break,
            }
        }
        scope
    }

    /// A constant of the module itself, running its autoload.
    pub fn own_constant(&mut self, module: RClass, name: Symbol) -> RResult<Option<Value>> {
        let Some(constant) = module.data().constants.get(&name) else { return Ok(None) };
        let (value, autoload) = (constant.value, constant.autoload);
        if constant.deprecated {
            self.warn_deprecated_constant(module, name)?;
        }
        let found = match autoload {
            None => Some(value),
            Some(path) => self.load_constant(module, name, path)?,
        };
        if let Some(value) = found {
            self.check_constant_read(module, name, value)?;
        }
        Ok(found)
    }

    /// The constant at a path like `A::B`, if it is there by now: nothing is loaded.
    pub fn loaded_constant(&mut self, path: &str) -> Option<Value> {
        let mut at = self.core.object;
        for part in path.split("::") {
            let name = self.intern(part);
            let constant = RClass::new(at)?.data().constants.get(&name).map(|constant| constant.value)?;
            at = Some(constant).filter(|constant| !constant.is_undef())?;
        }
        Some(at)
    }

    /// The class or module at a path like `A::B`: constants of Object, then of each module named, inherited ones left out.
    pub fn class_at_path(&mut self, path: Symbol) -> RResult<RClass> {
        let bytes = self.symbols.bytes(path).to_vec();
        let encoding = self.symbols.encoding(path);
        let mut module = self.class_view(self.core.object);
        let mut start = 0;
        loop {
            let length = bytes[start..].windows(2).position(|pair| pair == b"::").unwrap_or(bytes.len() - start);
            let end = start + length;
            let name = self.symbols.intern_bytes(&bytes[start..end], encoding);
            let Some(found) = self.own_constant(module, name)? else {
                let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(end + 2)]).into_owned();
                return Err(self.argument_error(&format!("undefined class/module {shown}")));
            };
            module = match RClass::new(found) {
                Some(found) => found,
                None => {
                    let shown = self.symbols.text(path).into_owned();
                    return Err(self.type_error(&format!("{shown} does not refer to class/module")));
                }
            };
            if end == bytes.len() {
                return Ok(module);
            }
            start = end + 2;
        }
    }

    fn warn_deprecated_constant(&mut self, module: RClass, name: Symbol) -> RResult<()> {
        if !self.warns_category("deprecated") {
            return Ok(());
        }
        let name = self.symbols.text(name).into_owned();
        let full = if module.value() == self.core.object { format!("::{name}") } else { format!("{}::{name}", self.class_name_text(module)) };
        self.warn_at_caller(&format!("constant {full} is deprecated"))
    }

    /// The modules whose constants this one has, first found first: its own hide those of modules that are prepended to it.
    pub fn constant_holders(&self, module: RClass) -> RootedValues {
        let mut holders = module.data().ancestors.to_vec();
        if let Some(own) = holders.iter().position(|&ancestor| ancestor == module.value()) {
            holders[..=own].rotate_right(1);
        }
        self.roots.root(holders)
    }

    /// A constant of the module or its ancestors; modules look into Object too when `object` is set.
    pub fn find_constant(&mut self, module: RClass, name: Symbol, object: bool) -> RResult<Option<Value>> {
        for &ancestor in self.constant_holders(module).iter() {
            if ancestor == self.core.object && !object && module.value() != self.core.object {
                continue;
            }
            let Some(ancestor) = RClass::new(ancestor) else { continue };
            if let Some(value) = self.own_constant(ancestor, name)? {
                return Ok(Some(value));
            }
        }
        if object && (module.is_module()) {
            let object = self.core.object;
            return self.find_constant(self.class_view(object), name, true);
        }
        Ok(None)
    }

    /// `scope::Name`: public constants of the scope and its ancestors.
    pub fn constant_scoped(&mut self, scope: Value, name: Symbol) -> RResult {
        let Some(module) = RClass::new(scope) else {
            let text = self.inspect_text(scope)?;
            return Err(self.type_error(&format!("{text} is not a class/module")));
        };
        if self.private_constant_owner(module, name).is_some() {
            return self.refuse_private_constant(module, name);
        }
        match self.find_constant(module, name, module.value() == self.core.object)? {
            // The file of an autoload may have made it private.
            Some(_) if self.private_constant_owner(module, name).is_some() => self.refuse_private_constant(module, name),
            Some(value) => Ok(value),
            None => self.call(scope, sym::CONST_MISSING, &[Value::symbol(name)]),
        }
    }

    /// Does the program say what happens to constants that the module does not have?
    fn has_own_const_missing(&mut self, module: Value) -> bool {
        let missing = self.find_method(self.class_of(module), sym::CONST_MISSING);
        missing.is_some_and(|method| method.owner != self.core.module)
    }

    /// What `scope::Name` comes to when the constant is private.
    fn refuse_private_constant(&mut self, module: RClass, name: Symbol) -> RResult {
        if self.has_own_const_missing(module.value()) {
            return self.call(module.value(), sym::CONST_MISSING, &[Value::symbol(name)]);
        }
        Err(self.private_constant_error(module, name))
    }

    /// The ancestor whose private constant this name is.
    fn private_constant_owner(&self, module: RClass, name: Symbol) -> Option<RClass> {
        let found = self.constant_holders(module).iter().find_map(|&ancestor| {
            let ancestor = RClass::new(ancestor)?;
            Some((ancestor, ancestor.data().constants.get(&name)?.private))
        });
        found.filter(|(_, private)| *private).map(|(owner, _)| owner)
    }

    /// NameError for a private constant that is named from outside.
    pub(crate) fn private_constant_error(&mut self, module: RClass, name: Symbol) -> Raised {
        let owner = self.private_constant_owner(module, name).unwrap_or(module);
        let text = self.symbols.text(name).into_owned();
        let full = self.class_name_text(owner);
        let class = self.core.name_error;
        self.raise_name_error(class, &format!("private constant {full}::{text} referenced"), owner.value(), name)
    }

    /// NameError for a constant that is not there (`const_missing`'s default).
    #[cold]
    pub fn uninitialized_constant(&mut self, module: Value, name: Symbol) -> Raised {
        let text = self.symbols.text(name).into_owned();
        let message = match RClass::new(module) {
            Some(class) if class.real().value() != self.core.object || class.data().attached.is_some_and(|object| RClass::new(object).is_some()) => {
                match self.shown_module(module) {
                    Ok(shown) => format!("uninitialized constant {shown}::{text}"),
                    Err(raised) => return raised,
                }
            }
            _ => format!("uninitialized constant {text}"),
        };
        let class = self.core.name_error;
        self.raise_name_error(class, &message, module, name)
    }

    /// What the program calls a module: its `name`, else its `inspect`.
    fn shown_module(&mut self, module: Value) -> RResult<String> {
        let name = self.intern("name");
        let shown = self.call(module, name, &[])?;
        match objects::RString::new(shown) {
            Some(text) => Ok(text.to_text()),
            None => self.inspect_text(module),
        }
    }

    /// `Name = value` in a module: warns when it replaces one, names classes, calls `const_added`.
    pub fn set_constant(&mut self, module: Value, name: Symbol, value: Value) -> RResult<()> {
        let Some(mut view) = RClass::new(module) else {
            let text = self.inspect_text(module)?;
            return Err(self.type_error(&format!("{text} is not a class/module")));
        };
        self.check_frozen_module(view)?;
        self.check_constant_write(value)?;
        let old = view.data().constants.get(&name).cloned();
        if let Some(old) = old.as_ref().filter(|old| old.autoload.is_none()) {
            self.warn_reassigned(view, name, old)?;
        }
        let location = self.frame().map(|frame| (frame.code().file.clone(), frame.line()));
        let kept_back = match old.as_ref().and_then(|old| old.autoload) {
            Some(path) => self.assign_in_autoload(view, name, path, value, location.as_ref())?,
            None => false,
        };
        if !kept_back {
            let data = view.data_mut();
            let private = old.as_ref().is_some_and(|old| old.private);
            data.constants.insert(name, Constant { value, private, deprecated: false, autoload: None, location });
        }
        self.constant_changed(name);
        if let Some(class) = RClass::new(value) {
            self.give_name(class, view, name);
        }
        if !self.is_booting() {
            self.call(module, sym::CONST_ADDED, &[Value::symbol(name)])?;
        }
        Ok(())
    }

    fn check_frozen_module(&mut self, module: RClass) -> RResult<()> {
        if self.is_frozen(module.value()) { Err(self.frozen_error(module.value())) } else { Ok(()) }
    }

    fn warn_reassigned(&mut self, module: RClass, name: Symbol, old: &Constant) -> RResult<()> {
        let text = self.symbols.text(name).into_owned();
        let full = if module.value() == self.core.object { text.clone() } else { format!("{}::{text}", self.class_name_text(module)) };
        self.warn_at_caller(&format!("already initialized constant {full}"))?;
        if let Some((file, line)) = &old.location {
            self.warn_text(&format!("{file}:{line}: warning: previous definition of {text} was here\n"))?;
        }
        Ok(())
    }

    /// Removes a constant and returns its value.
    pub fn remove_constant(&mut self, mut module: RClass, name: Symbol) -> Option<Value> {
        let removed = module.data_mut().constants.remove(&name)?;
        self.remove_assigned(module, name);
        self.constant_changed(name);
        Some(removed.value)
    }
}
