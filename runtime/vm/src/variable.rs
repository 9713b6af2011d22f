//! Instance variables, hidden ones, struct members, class variables.

use crate::vm::Vm;
use heap::Rooted;
use objects::{RArray, RClass, RObject, ShapeId};
use value::{RResult, Symbol, Value};

/// Hidden variable of Struct and Data classes: the names of their members.
pub const STRUCT_MEMBERS: &str = "members ";

impl Vm {
    /// Value of an instance variable, None when not set.
    pub fn ivar_get(&self, object: Value, name: Symbol) -> Option<Value> {
        let view = RObject::new(object)?;
        let layout = self.shapes.layout(ShapeId::of(object));
        view.get(layout.find(name)?, layout.inline())
    }

    /// Sets an instance variable; FrozenError when the object is frozen.
    pub fn ivar_set(&mut self, object: Value, name: Symbol, value: Value) -> RResult<()> {
        if self.is_frozen(object) {
            return Err(self.frozen_error(object));
        }
        self.set_hidden(object, name, value);
        Ok(())
    }

    /// Removes an instance variable and returns its value.
    pub fn ivar_remove(&mut self, object: Value, name: Symbol) -> RResult<Option<Value>> {
        if self.is_frozen(object) {
            return Err(self.frozen_error(object));
        }
        let old = self.ivar_get(object, name);
        if old.is_some() {
            self.set_hidden(object, name, Value::UNDEF);
        }
        Ok(old)
    }

    /// Names of the instance variables that are set (hidden ones left out).
    pub fn ivar_names(&self, object: Value) -> Vec<Symbol> {
        let Some(view) = RObject::new(object) else { return Vec::new() };
        let layout = self.shapes.layout(ShapeId::of(object));
        let set = layout.names().iter().enumerate().filter(|&(index, _)| view.get(index as u32, layout.inline()).is_some());
        set.map(|(_, &name)| name).filter(|&name| self.symbols.bytes(name).starts_with(b"@")).collect()
    }

    /// All slots that are set, hidden ones too: for copying and persistence.
    pub fn all_slots(&self, object: Value) -> Rooted<Vec<(Symbol, Value)>> {
        let mut slots = self.roots.root(Vec::new());
        if let Some(view) = RObject::new(object) {
            let layout = self.shapes.layout(ShapeId::of(object));
            slots.extend(layout.names().iter().enumerate().filter_map(|(index, &name)| Some((name, view.get(index as u32, layout.inline())?))));
        }
        slots
    }

    /// Copies the instance variables of `from` to `to` (`dup`, `clone`).
    pub fn copy_ivars(&mut self, from: Value, to: Value) {
        for &(name, value) in self.all_slots(from).iter() {
            self.set_hidden(to, name, value);
        }
    }

    /// A hidden variable: state of objects that Ruby code cannot name.
    pub fn hidden(&self, object: Value, name: Symbol) -> Option<Value> {
        self.ivar_get(object, name)
    }

    /// Sets a slot whether or not the object is frozen.
    pub fn set_hidden(&mut self, object: Value, name: Symbol, value: Value) {
        let Some(view) = RObject::new(object) else { return };
        let shape = ShapeId::of(object);
        let index = self.shapes.index_for(shape, name);
        view.set(index, self.shapes.layout(shape).inline(), value);
    }

    /// Names of the members of a class below Struct or Data.
    pub fn struct_members(&mut self, class: RClass) -> Option<RArray> {
        let name = self.intern(STRUCT_MEMBERS);
        let mut scope = Some(class);
        while let Some(at) = scope {
            if let Some(members) = self.hidden(at.value(), name) {
                return RArray::new(members);
            }
            scope = at.data().superclass.and_then(RClass::new);
        }
        None
    }

    /// Struct member `index`.
    pub fn struct_get(&self, object: Value, index: u32) -> Value {
        let inline = self.shapes.layout(ShapeId::of(object)).inline();
        RObject::new(object).and_then(|view| view.get(index, inline)).unwrap_or(Value::NIL)
    }

    /// The same as `struct_set` for an object that may be frozen already: a copy that is being filled.
    pub fn replace_member(&mut self, object: Value, index: u32, value: Value) {
        let inline = self.shapes.layout(ShapeId::of(object)).inline();
        if let Some(view) = RObject::new(object) {
            view.set(index, inline, value);
        }
    }

    /// Sets struct member `index`.
    pub fn struct_set(&mut self, object: Value, index: u32, value: Value) -> RResult<()> {
        self.check_frozen(object)?;
        self.replace_member(object, index, value);
        Ok(())
    }

    /// Value of a class variable of the module or its ancestors; RuntimeError when it is overtaken.
    pub fn class_variable_get(&mut self, module: RClass, name: Symbol) -> RResult<Option<Value>> {
        let owner = self.class_variable_holder(module, name)?;
        Ok(owner.and_then(|owner| find(owner, name)))
    }

    /// Is there a class variable of this name?
    pub fn class_variable_is_defined(&mut self, module: RClass, name: Symbol) -> RResult<bool> {
        self.check_class_variable(module, name)?;
        Ok(outermost(module, name).is_some())
    }

    /// The ancestor that has a class variable, the outermost one as in CRuby; RuntimeError when that one got it
    /// after a nearer one had its own.
    fn class_variable_holder(&mut self, module: RClass, name: Symbol) -> RResult<Option<RClass>> {
        self.check_class_variable(module, name)?;
        let start = module.data().attached.and_then(RClass::new).filter(|_| module.is_singleton()).unwrap_or(module);
        let front = holders(&start, name).next();
        let target = outermost(module, name);
        let (Some(front), Some(target)) = (front, target) else { return Ok(target) };
        if front == target {
            return Ok(Some(target));
        }
        let (name, front, target) = (self.symbols.text(name).into_owned(), self.class_name_text(front), self.class_name_text(target));
        Err(self.runtime_error(&format!("class variable {name} of {front} is overtaken by {target}")))
    }

    /// Sets a class variable where it is defined, else on the module itself.
    pub fn set_class_variable(&mut self, module: RClass, name: Symbol, value: Value) -> RResult<()> {
        let mut owner = self.class_variable_holder(module, name)?.unwrap_or(module);
        if self.is_frozen(owner.value()) {
            return Err(self.frozen_error(owner.value()));
        }
        let variables = &mut owner.data_mut().class_variables;
        match variables.iter_mut().find(|(other, _)| *other == name) {
            Some(entry) => entry.1 = value,
            None => variables.push((name, value)),
        }
        Ok(())
    }

    /// The class whose class variables code in this lexical scope means; None at the top level.
    pub(crate) fn class_variable_scope(&self, cref: objects::CrefRef) -> Option<RClass> {
        let mut scope = Some(cref);
        while let Some(cref) = scope {
            let class = RClass::new(cref.module.get());
            if let Some(class) =
                class.filter(|class| !cref.transparent && !class.is_singleton() && !cref.definee.get().is_undef() && cref.parent.is_some())
            {
                return Some(class);
            }
            scope = cref.parent;
        }
        None
    }
}

/// The ancestors of a module that have a class variable, the nearest first.
fn holders(module: &RClass, name: Symbol) -> impl DoubleEndedIterator<Item = RClass> {
    module.data().ancestors.iter().copied().filter_map(RClass::new).filter(move |&class| find(class, name).is_some())
}

/// The outermost ancestor that has a class variable; for a singleton class also among those of its object.
fn outermost(module: RClass, name: Symbol) -> Option<RClass> {
    let attached = module.data().attached.and_then(RClass::new);
    attached.and_then(|attached| holders(&attached, name).next_back()).or_else(|| holders(&module, name).next_back())
}

fn find(class: RClass, name: Symbol) -> Option<Value> {
    class.data().class_variables.iter().find(|(other, _)| *other == name).map(|&(_, value)| value)
}
