//! Isolation of Ractors: which constants, globals, class variables and variables of classes a Ractor other than
//! the main one may use (CRuby: variable.c). Nothing is checked until the first Ractor starts.

use crate::vm::Vm;
use objects::method::InstanceShape;
use objects::{RClass, RObject, ShapeId};
use stdx::FastMap;
use value::{Kind, RResult, Raised, Symbol, Value};

/// Hidden variable of a Ractor's thread group: the Ractor.
const RACTOR: &str = "ractor";
/// Hidden variable of objects that were found shareable.
const SHAREABLE: &str = "shareable";

/// Globals that each Ractor has for itself or that are safe to read.
const LOCAL_GLOBALS: &[&str] = &[
    "$@", "$!", "$/", "$-0", "$_", "$stdin", "$stdout", "$>", "$stderr", "$-i", "$$", "$?", "$~", "$&", "$`", "$'", "$+", "$-p", "$-l", "$-a", "$VERBOSE",
    "$-v", "$-w", "$-W", "$DEBUG", "$-d",
];

impl Vm {
    /// The first Ractor is about to start: inline caches forget what they hold without the checks.
    pub fn begin_isolation(&mut self) {
        if std::mem::replace(&mut self.isolated, true) {
            return;
        }
        let mut classes = Vec::new();
        self.each_value(&mut |value| classes.extend(RClass::new(value)));
        let mut twins = FastMap::default();
        for mut class in classes {
            let shape = self.twin_shape(&mut twins, ShapeId::of(class.value()));
            if let Some(header) = class.value().header() {
                header.set_shape(shape.0);
            }
            // Classes and modules made from now on have no shape either that a cache knows.
            let makes_modules = class.data().ancestors.contains(&self.core.module);
            if let Some(instances) = class.data().instances.filter(|_| makes_modules) {
                let shape = self.twin_shape(&mut twins, instances.shape);
                class.data_mut().instances = Some(InstanceShape { shape, ..instances });
            }
        }
        self.forget_constants();
    }

    /// Another shape of the same class and layout.
    fn twin_shape(&mut self, twins: &mut FastMap<u32, ShapeId>, shape: ShapeId) -> ShapeId {
        if let Some(&twin) = twins.get(&shape.0) {
            return twin;
        }
        let open = self.shapes.new_shape(self.shapes.class(shape), self.shapes.layout_id(shape));
        let twin = if self.shapes.is_frozen(shape) { self.shapes.frozen(open) } else { open };
        twins.insert(shape.0, twin);
        twin
    }

    /// Are variables of this object read and written under checks, so that no inline cache may hold them?
    #[inline]
    pub(crate) fn is_isolated(&self, object: Value) -> bool {
        self.isolated && RClass::new(object).is_some()
    }

    /// Does the program's code run in a Ractor other than the main one? The runtime's own Ruby code is trusted.
    fn in_ractor(&mut self) -> bool {
        if !self.isolated {
            return false;
        }
        let group = self.thread_view(self.current_thread()).map_or(Value::NIL, |thread| thread.group);
        let name = self.intern(RACTOR);
        self.hidden(group, name).is_some() && self.frame().is_some_and(|frame| !frame.code().file.starts_with("<internal:"))
    }

    /// Is it known without a look at its parts that all Ractors may use this value?
    fn is_known_shareable(&mut self, value: Value) -> bool {
        if !value.is_cell() || RClass::new(value).is_some() {
            return true;
        }
        if !self.is_frozen(value) {
            return false;
        }
        let name = self.intern(SHAREABLE);
        value.is_kind(Kind::String) && self.all_slots(value).is_empty() || self.hidden(value, name).is_some()
    }

    fn is_shareable(&mut self, value: Value) -> RResult<bool> {
        if self.is_known_shareable(value) {
            return Ok(true);
        }
        let (ractor, question) = (self.class_at("Ractor"), self.intern("shareable?"));
        let shareable = self.call(ractor, question, &[value])?.truthy();
        if shareable && self.is_frozen(value) && RObject::new(value).is_some() {
            let name = self.intern(SHAREABLE);
            self.set_hidden(value, name, Value::TRUE);
        }
        Ok(shareable)
    }

    /// May an inline cache keep the value of a constant?
    pub(crate) fn may_cache_constant(&mut self, name: Symbol, value: Value) -> bool {
        !self.is_assigned_in_autoload(name) && (!self.isolated || self.is_known_shareable(value))
    }

    /// IsolationError when the running Ractor must not see this constant.
    pub(crate) fn check_constant_read(&mut self, module: RClass, name: Symbol, value: Value) -> RResult<()> {
        if !self.in_ractor() || self.is_shareable(value)? {
            return Ok(());
        }
        let (name, module) = (self.symbols.text(name).into_owned(), self.class_name_text(module));
        Err(self.isolation_error(&format!("can not access non-shareable objects in constant {module}::{name} by non-main Ractor.")))
    }

    /// IsolationError when the running Ractor must not set a constant to this value.
    pub(crate) fn check_constant_write(&mut self, value: Value) -> RResult<()> {
        if !self.in_ractor() || self.is_shareable(value)? {
            return Ok(());
        }
        Err(self.isolation_error("can not set constants with non-shareable objects by non-main Ractors"))
    }

    /// IsolationError when the running Ractor must not use this global.
    pub(crate) fn check_global(&mut self, name: Symbol) -> RResult<()> {
        if !self.in_ractor() || LOCAL_GLOBALS.contains(&&*self.symbols.text(name)) {
            return Ok(());
        }
        let name = self.symbols.text(name).into_owned();
        Err(self.isolation_error(&format!("can not access global variable {name} from non-main Ractor")))
    }

    /// IsolationError when the running Ractor must not use class variables.
    pub(crate) fn check_class_variable(&mut self, module: RClass, name: Symbol) -> RResult<()> {
        if !self.in_ractor() {
            return Ok(());
        }
        let (name, module) = (self.symbols.text(name).into_owned(), self.class_name_text(module));
        Err(self.isolation_error(&format!("can not access class variables from non-main Ractors ({name} from {module})")))
    }

    /// An instance variable; IsolationError when it is a class's and the running Ractor must not see its value.
    pub fn ivar_read(&mut self, object: Value, name: Symbol) -> RResult {
        let value = self.ivar_get(object, name).unwrap_or(Value::NIL);
        if self.is_isolated(object) && self.in_ractor() && !self.is_shareable(value)? {
            let (name, object) = (self.symbols.text(name).into_owned(), self.class_name_text(self.class_view(object)));
            return Err(self.isolation_error(&format!("can not get unshareable values from instance variables of classes/modules from non-main Ractors ({name} from {object})")));
        }
        Ok(value)
    }

    /// Sets an instance variable; IsolationError when it is a class's and a Ractor other than the main one runs.
    pub fn ivar_write(&mut self, object: Value, name: Symbol, value: Value) -> RResult<()> {
        if self.is_isolated(object) && self.in_ractor() {
            return Err(self.isolation_error("can not set instance variables of classes/modules by non-main Ractors"));
        }
        self.ivar_set(object, name, value)
    }

    #[cold]
    fn isolation_error(&mut self, message: &str) -> Raised {
        let class = self.class_at("Ractor::IsolationError");
        let message = self.str(message);
        match self.new_exception(class, message) {
            Ok(exception) => self.raise_exception(exception),
            Err(raised) => raised,
        }
    }
}
