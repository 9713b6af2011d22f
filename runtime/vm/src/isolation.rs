//! Isolation of Ractors: which constants, globals, class variables and variables of classes a Ractor other than
//! the main one may use (CRuby: variable.c). Nothing is checked until the first Ractor starts.

use crate::vm::Vm;
use heap::RootedValues;
use objects::method::InstanceShape;
use objects::{ProcBody, RArray, RClass, REnv, RHash, RObject, RProc, RRange, RString, ShapeId};
use stdx::FastMap;
use value::{Kind, RResult, Raised, Symbol, Value, sym};

/// Globals that each Ractor has for itself or that are safe to read.
const LOCAL_GLOBALS: &[&str] = &[
    "$@", "$!", "$/", "$-0", "$_", "$stdin", "$stdout", "$>", "$stderr", "$-i", "$$", "$?", "$~", "$&", "$`", "$'", "$+", "$-p", "$-l", "$-a",
    "$VERBOSE", "$-v", "$-w", "$-W", "$DEBUG", "$-d",
];

impl Vm {
    /// The first Ractor is about to start: inline caches forget what they hold without the checks.
    pub fn begin_isolation(&mut self) {
        if std::mem::replace(&mut self.isolated, true) {
            return;
        }
        let ractor = self.class_at("Ractor");
        self.ractor_class = Some(ractor);
        let mut twins = FastMap::default();
        for mut class in self.all_values().iter().copied().filter_map(RClass::new) {
            let shape = self.twin_shape(&mut twins, ShapeId::of(class.value()));
            if let Some(header) = class.value().header() {
                heap::remember(header);
                header.set_shape(shape.0);
            }
            // Classes, modules and Ractors made from now on have no shape either that a cache knows.
            let ancestors = &class.data().ancestors;
            let makes_shared = ancestors.contains(&self.core.module) || ancestors.contains(&ractor);
            if let Some(instances) = class.data().instances.filter(|_| makes_shared) {
                let shape = self.twin_shape(&mut twins, instances.shape);
                class.data_mut().instances = Some(InstanceShape { shape, ..instances });
            }
        }
        self.forget_constants();
        self.forget_method(sym::H_RACTOR);
    }

    /// Another shape of the same class and layout.
    fn twin_shape(&mut self, twins: &mut FastMap<u32, ShapeId>, shape: ShapeId) -> ShapeId {
        if let Some(&twin) = twins.get(&shape.0) {
            return twin;
        }
        let class = self.shapes.class(shape);
        let open = self.shapes.new_shape_sharing(class, self.class_view(class).data().lifetime, shape);
        let twin = if self.shapes.is_frozen(shape) { self.shapes.frozen(open) } else { open };
        twins.insert(shape.0, twin);
        twin
    }

    /// Are variables of this object read and written under checks, so that no inline cache may hold them?
    #[inline]
    pub(crate) fn is_isolated(&self, object: Value) -> bool {
        self.isolated && (RClass::new(object).is_some() || self.is_ractor(object))
    }

    /// Ractors are the objects that all of them share without being frozen.
    fn is_ractor(&self, object: Value) -> bool {
        object.is_kind(Kind::Object) && self.ractor_class.is_some_and(|ractor| self.is_a(object, ractor))
    }

    /// The running Ractor's own standard stream of this name, made when it is first used; None in the main Ractor.
    pub(crate) fn ractor_stream(&mut self, name: Symbol) -> Option<Value> {
        let ractor = self.running_ractor().filter(|_| [sym::STDIN_G, sym::STDOUT_G, sym::STDERR_G].contains(&name))?;
        if let Some(stream) = self.hidden(ractor, name) {
            return Some(stream);
        }
        let stream = self.stream_hook?(self, name)?;
        self.set_hidden(ractor, name, stream);
        Some(stream)
    }

    /// Sets the running Ractor's own standard stream of this name; false in the main Ractor.
    pub(crate) fn set_ractor_stream(&mut self, name: Symbol, stream: Value) -> bool {
        if self.ractor_stream(name).is_none() {
            return false;
        }
        if let Some(ractor) = self.running_ractor() {
            self.set_hidden(ractor, name, stream);
        }
        true
    }

    /// The first thread of a Ractor; None for the main one.
    pub(crate) fn ractor_thread(&mut self, ractor: Option<Value>) -> Option<Value> {
        self.hidden(ractor?, sym::H_THREAD)
    }

    /// The Ractor that runs when it is not the main one.
    pub fn running_ractor(&self) -> Option<Value> {
        if self.isolated { self.thread_view(self.current_thread())?.ractor } else { None }
    }

    /// Does the program's code run in a Ractor other than the main one? The runtime's own Ruby code is trusted.
    pub fn in_ractor(&mut self) -> bool {
        self.running_ractor().is_some() && self.frame().is_some_and(|frame| !frame.code().file.starts_with("<internal:"))
    }

    /// Is it known without a look at its parts that all Ractors may use this value?
    fn is_known_shareable(&mut self, value: Value) -> bool {
        if !value.is_cell() || RClass::new(value).is_some() {
            return true;
        }
        if !self.is_frozen(value) {
            return false;
        }
        value.is_kind(Kind::String) && self.all_slots(value).is_empty() || self.hidden(value, sym::H_SHAREABLE).is_some()
    }

    /// May all Ractors use this value? None when it holds more than Strings, Arrays, Hashes and Ranges.
    pub fn known_shareable(&mut self, value: Value) -> Option<bool> {
        let (mut waiting, mut seen, mut all_known) = (self.roots.values(&[value]), FastMap::default(), true);
        while let Some(at) = waiting.pop() {
            if self.is_shareable_alone(at) {
                continue;
            }
            let builtin = at.is_kind(Kind::String) || at.is_kind(Kind::Array) || at.is_kind(Kind::Hash) || at.is_kind(Kind::Range);
            if builtin && !self.is_frozen(at) {
                return Some(false);
            }
            if !builtin || !self.has_no_slots(at) {
                all_known &= self.is_frozen(at) && self.hidden(at, sym::H_SHAREABLE).is_some();
            } else if seen.insert(at.bits(), ()).is_none() {
                self.add_parts(at, &mut waiting);
            }
        }
        all_known.then_some(true)
    }

    /// The same for the parts of an Array or Hash that has no variables.
    pub fn has_shareable_parts(&mut self, value: Value) -> bool {
        let mut waiting = self.roots.values(&[]);
        self.add_parts(value, &mut waiting);
        self.has_no_slots(value) && waiting.iter().all(|&part| self.is_shareable_alone(part) || self.known_shareable(part) == Some(true))
    }

    /// Is it shareable whatever it holds?
    fn is_shareable_alone(&self, value: Value) -> bool {
        !value.is_cell() || matches!(value.kind(), Some(Kind::Class | Kind::Float | Kind::Bignum))
    }

    /// Adds what an Array, Hash or Range holds.
    fn add_parts(&self, value: Value, found: &mut RootedValues) {
        if let Some(list) = RArray::new(value) {
            found.extend(list.as_slice(&self.heap).iter().copied());
        } else if let Some(hash) = RHash::new(value) {
            found.extend(hash.table(&self.heap).iter().flat_map(|entry| [entry.key, entry.value]));
            found.extend([hash.default(), hash.default_proc()]);
        } else if let Some(range) = RRange::new(value) {
            found.extend([range.low(), range.high()]);
        }
    }

    fn has_no_slots(&self, value: Value) -> bool {
        self.shapes.layout(ShapeId::of(value)).names().is_empty()
    }

    /// The text of a String that is nothing else: of class String, without methods and variables of its own.
    pub fn plain_text(&self, value: Value) -> Option<RString> {
        RString::new(value).filter(|_| self.class_of(value).value() == self.core.string && self.has_no_slots(value))
    }

    /// May all Ractors use this value?
    pub fn is_shareable(&mut self, value: Value) -> RResult<bool> {
        if self.is_known_shareable(value) {
            return Ok(true);
        }
        let (ractor, question) = (self.class_at("Ractor"), self.intern("shareable?"));
        let shareable = self.call(ractor, question, &[value])?.truthy();
        if shareable && self.is_frozen(value) && RObject::new(value).is_some() {
            self.set_hidden(value, sym::H_SHAREABLE, Value::TRUE);
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

    /// An instance variable; IsolationError when it is a class's or a Ractor's and the running Ractor must not see it.
    pub fn ivar_read(&mut self, object: Value, name: Symbol) -> RResult {
        self.check_shared_object(object)?;
        let value = self.ivar_get(object, name).unwrap_or(Value::NIL);
        if self.is_isolated(object) && self.in_ractor() && !self.is_shareable(value)? {
            let (name, object) = (self.symbols.text(name).into_owned(), self.class_name_text(self.class_view(object)));
            return Err(self.isolation_error(&format!(
                "can not get unshareable values from instance variables of classes/modules from non-main Ractors ({name} from {object})"
            )));
        }
        Ok(value)
    }

    /// IsolationError when a Ractor other than the main one is about to use variables of a Ractor.
    fn check_shared_object(&mut self, object: Value) -> RResult<()> {
        if self.is_isolated(object) && RClass::new(object).is_none() && self.in_ractor() {
            return Err(self.isolation_error("can not access instance variables of shareable objects from non-main Ractors"));
        }
        Ok(())
    }

    /// Sets an instance variable; IsolationError when it is a class's or a Ractor's and another than the main Ractor runs.
    pub fn ivar_write(&mut self, object: Value, name: Symbol, value: Value) -> RResult<()> {
        self.check_shared_object(object)?;
        if self.is_isolated(object) && self.in_ractor() {
            return Err(self.isolation_error("can not set instance variables of classes/modules by non-main Ractors"));
        }
        self.ivar_set(object, name, value)
    }

    /// Cuts a Proc off from what is around it: it keeps copies of the variables, which no text evaluated in it can
    /// name, and has no block to yield to.
    pub fn isolate_proc(&mut self, callable: RProc, receiver: Value) -> RResult<()> {
        let ProcBody::Block { code, env, cref, method, .. } = callable.body() else { return Ok(()) };
        let mut inner: Option<REnv> = None;
        let mut at = env;
        while !at.is_null() {
            let Some(original) = crate::frames::heap_env(at) else { break };
            let copy = original.copy(&mut self.heap).ok_or_else(|| self.no_memory())?;
            crate::frames::link_env(copy, std::ptr::null_mut(), receiver, method);
            match inner {
                Some(inner) => crate::frames::set_outermost_parent(inner.words(), copy.words()),
                // The innermost one holds the others.
                None => {
                    copy.freeze();
                    callable.set_body(ProcBody::Block { code, receiver, env: copy.words(), cref, method });
                }
            }
            inner = Some(copy);
            at = crate::frames::parent_env(at);
        }
        if inner.is_none() {
            callable.set_body(ProcBody::Block { code, receiver, env, cref, method });
        }
        self.set_hidden(callable.value(), sym::H_ISOLATED, Value::TRUE);
        Ok(())
    }

    /// Was the Proc cut off from what is around it?
    pub(crate) fn is_isolated_proc(&mut self, callable: RProc) -> bool {
        self.hidden(callable.value(), sym::H_ISOLATED).is_some()
    }

    /// A copy of a Proc becomes the body of a method: all Ractors may call an isolated one, another only the one that
    /// runs now.
    pub fn note_defining_ractor(&mut self, original: RProc, copy: RProc) {
        let (name, value) = if self.is_isolated_proc(original) {
            (sym::H_ISOLATED, Value::TRUE)
        } else if let Some(ractor) = self.running_ractor() {
            (sym::H_RACTOR, ractor)
        } else {
            return;
        };
        self.set_hidden(copy.value(), name, value);
    }

    /// RuntimeError when the running Ractor must not call a method with this body.
    pub(crate) fn check_defined_proc(&mut self, body: RProc) -> RResult<()> {
        if !self.isolated || self.is_isolated_proc(body) || matches!(body.body(), ProcBody::Block { code, .. } if code.file.starts_with("<internal:"))
        {
            return Ok(());
        }
        if self.hidden(body.value(), sym::H_RACTOR) == self.running_ractor() {
            return Ok(());
        }
        let class = self.core.runtime_error;
        Err(self.raise(class, "defined with an un-shareable Proc in a different Ractor"))
    }

    /// Has a Ractor been started?
    pub fn has_ractors(&self) -> bool {
        self.isolated
    }

    /// IsolationError in Ractors other than the main one.
    pub fn main_ractor_only(&mut self, message: &str) -> RResult<()> {
        if self.in_ractor() { Err(self.isolation_error(message)) } else { Ok(()) }
    }

    /// The threads of the running Ractor.
    pub fn ractor_threads(&mut self) -> RootedValues {
        let mut threads = self.roots.values(self.live_threads());
        if self.isolated {
            let running = self.running_ractor();
            threads.update(|threads| threads.retain(|&thread| self.thread_view(thread).and_then(|data| data.ractor) == running));
        }
        threads
    }

    /// The first thread of the running Ractor.
    pub fn main_thread_of_ractor(&mut self) -> Value {
        let ractor = self.running_ractor();
        self.ractor_thread(ractor).unwrap_or(self.main_thread())
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
