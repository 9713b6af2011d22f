//! Autoload: constants that name a file to require at their first use.
//!
//! Such a constant has a path and no value. While a thread loads the file, what it assigns is seen by that
//! thread alone; the others wait and see it when the file has been loaded (the states are those of CRuby's
//! variable.c).

use crate::vm::Vm;
use objects::RClass;
use std::path::PathBuf;
use std::sync::Arc;
use value::{RResult, Symbol, Value};

/// Constants whose libraries belong to the runtime, and the libraries' names.
pub const ANNOUNCED: [(&str, &str); 4] =
    [("DidYouMean", "did_you_mean"), ("ErrorHighlight", "error_highlight"), ("Ractor", "ractor"), ("RbConfig", "rbconfig")];

/// What `require` would do with a name.
pub enum FeatureState {
    /// It would look for the file and run it.
    Missing,
    /// The file is being run now.
    Loading(PathBuf),
    /// It has been run.
    Provided,
}

/// A file that is being loaded for a constant.
pub(crate) struct Autoload {
    path: Value,
    /// Mutex that the loader holds.
    lock: Value,
    assigned: Vec<Assigned>,
}

/// A constant that the file has assigned so far.
struct Assigned {
    module: Value,
    name: Symbol,
    value: Value,
    location: Option<Location>,
}

/// File and line.
pub type Location = (Arc<str>, i32);

impl Autoload {
    pub(crate) fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        tracer.values(&[self.path, self.lock]);
        for constant in &self.assigned {
            tracer.values(&[constant.module, constant.value]);
        }
    }
}

impl Vm {
    /// Announces a constant whose file is loaded at its first use.
    pub fn set_autoload(&mut self, mut module: RClass, name: Symbol, path: Value) {
        let location = self.frame().map(|frame| (frame.code().file.clone(), frame.line()));
        let constant = objects::class::Constant { value: Value::UNDEF, private: false, deprecated: false, autoload: Some(path), location };
        module.data_mut().constants.insert(name, constant);
    }

    /// Constants of the top level and of Maglev that files which are being loaded have assigned so far.
    pub(crate) fn assigned_constants(&self) -> impl Iterator<Item = (Symbol, Value)> + '_ {
        let assigned = self.autoloads.iter().flat_map(|autoload| &autoload.assigned);
        assigned.filter(|constant| [self.core.object, self.core.maglev].contains(&constant.module)).map(|constant| (constant.name, constant.value))
    }

    /// The constant's value as a library sees it that defines natively: one that is announced counts when a file which is being loaded
    /// has assigned it, since it may be the library itself that was announced.
    pub(crate) fn defined_constant(&self, module: RClass, name: Symbol) -> Option<Value> {
        let constant = module.data().constants.get(&name)?;
        if constant.autoload.is_none() {
            return Some(constant.value);
        }
        let mut assigned = self.autoloads.iter().flat_map(|autoload| &autoload.assigned);
        assigned.find(|constant| constant.module == module.value() && constant.name == name).map(|constant| constant.value)
    }

    /// The value of an autoload constant, loading its file if that must be; None when there is no such constant
    /// for this thread (now).
    pub(crate) fn load_constant(&mut self, module: RClass, name: Symbol, path: Value) -> RResult<Option<Value>> {
        if let Some(index) = self.own_assigned(module, name)? {
            return Ok(Some(self.autoloads[index.0].assigned[index.1].value));
        }
        while let Some(lock) = self.autoload_lock(path) {
            if self.mutex_is_owned(lock)? {
                return Ok(None);
            }
            self.await_autoload(lock)?;
            match module.data().constants.get(&name) {
                None => return Ok(None),
                Some(constant) if constant.autoload.is_none() => return Ok(Some(constant.value)),
                Some(_) => {}
            }
        }
        match self.feature_state(path)? {
            FeatureState::Provided => Ok(None),
            FeatureState::Loading(file) if self.frame().is_some_and(|frame| *file == *frame.code().file) => Ok(None),
            _ => self.run_autoload(module, name, path),
        }
    }

    fn run_autoload(&mut self, module: RClass, name: Symbol, path: Value) -> RResult<Option<Value>> {
        if self.running_ractor().is_some() {
            let (ractor, constant) = (self.class_at("Ractor"), Value::symbol(name));
            return self.send(ractor, "__autoload", &[module.value(), constant]).map(Some);
        }
        let class = self.class_at("Thread::Mutex");
        let lock = self.allocate(self.class_view(class))?;
        self.mutex_lock(lock)?;
        self.autoloads.push(Autoload { path, lock, assigned: Vec::new() });
        let result = self.require_constant(module, name, path, lock);
        self.autoloads.retain(|other| other.lock != lock);
        let pending = std::mem::take(&mut self.pending);
        self.mutex_unlock(lock)?;
        self.pending = pending;
        result
    }

    /// Requires the file, then lets all threads see what it has assigned.
    fn require_constant(&mut self, module: RClass, name: Symbol, path: Value, lock: Value) -> RResult<Option<Value>> {
        let require = self.intern("require");
        let text = self.symbols.text(name).into_owned();
        // The program's own `require` may need the library that is being loaded.
        let is_announced = module.value() == self.core.object && ANNOUNCED.iter().any(|row| row.0 == text);
        let loader = if is_announced { self.core.kernel } else { self.main };
        let loaded = self.call(loader, require, &[path])?;
        if loaded.truthy() {
            let running = self.autoloads.iter_mut().find(|other| other.lock == lock);
            let assigned = running.map(|running| std::mem::take(&mut running.assigned)).unwrap_or_default();
            assigned.into_iter().for_each(|constant| self.publish_assigned(constant));
        }
        match module.data().constants.get(&name) {
            Some(constant) if constant.autoload.is_none() => Ok(Some(constant.value)),
            _ => {
                self.remove_constant(module, name);
                self.warn_not_defined(module, name, path)?;
                Ok(None)
            }
        }
    }

    fn publish_assigned(&mut self, assigned: Assigned) {
        let mut module = self.class_view(assigned.module);
        if let Some(constant) = module.data_mut().constants.get_mut(&assigned.name).filter(|constant| constant.autoload.is_some()) {
            (constant.value, constant.location, constant.autoload) = (assigned.value, assigned.location, None);
        }
        self.constant_changed(assigned.name);
    }

    fn warn_not_defined(&mut self, module: RClass, name: Symbol, path: Value) -> RResult<()> {
        if self.options.verbose != Some(true) {
            return Ok(());
        }
        let text = self.symbols.text(name).into_owned();
        let full = if module.value() == self.core.object { text } else { format!("{}::{text}", self.class_name_text(module)) };
        let path = objects::RString::new(path).map(|path| path.to_text()).unwrap_or_default();
        self.warn_at_caller(&format!("Expected {path} to define {full} but it didn't"))
    }

    /// Waits until the loader of a file is done.
    fn await_autoload(&mut self, lock: Value) -> RResult<()> {
        self.mutex_lock(lock)?;
        // A loader that was lost in `fork` has left its entry behind.
        self.autoloads.retain(|other| other.lock != lock);
        self.mutex_unlock(lock)
    }

    /// The mutex of a file that is being loaded for a constant.
    fn autoload_lock(&self, path: Value) -> Option<Value> {
        self.autoloads.iter().find(|other| self.strings_equal(other.path, path)).map(|other| other.lock)
    }

    /// Where the constant stands that this thread has assigned in a file it is still loading.
    fn own_assigned(&mut self, module: RClass, name: Symbol) -> RResult<Option<(usize, usize)>> {
        for index in 0..self.autoloads.len() {
            let running = &self.autoloads[index];
            let (lock, found) =
                (running.lock, running.assigned.iter().position(|constant| (constant.module, constant.name) == (module.value(), name)));
            if found.is_some() && self.mutex_is_owned(lock)? {
                return Ok(found.map(|found| (index, found)));
            }
        }
        Ok(None)
    }

    /// Is the constant seen by this thread alone, so that no inline cache may keep it?
    pub(crate) fn is_assigned_in_autoload(&self, name: Symbol) -> bool {
        self.autoloads.iter().any(|running| running.assigned.iter().any(|constant| constant.name == name))
    }

    /// Assigns an autoload constant. True when the value is kept back until the file is loaded.
    pub(crate) fn assign_in_autoload(
        &mut self,
        module: RClass,
        name: Symbol,
        path: Value,
        value: Value,
        location: Option<&Location>,
    ) -> RResult<bool> {
        let Some(lock) = self.autoload_lock(path) else { return Ok(false) };
        if !self.mutex_is_owned(lock)? {
            return Ok(false);
        }
        if let Some(running) = self.autoloads.iter_mut().find(|other| other.lock == lock) {
            running.assigned.retain(|constant| (constant.module, constant.name) != (module.value(), name));
            running.assigned.push(Assigned { module: module.value(), name, value, location: location.cloned() });
        }
        Ok(true)
    }

    /// Forgets what was assigned to a constant that is removed.
    pub(crate) fn remove_assigned(&mut self, module: RClass, name: Symbol) {
        for running in &mut self.autoloads {
            running.assigned.retain(|constant| (constant.module, constant.name) != (module.value(), name));
        }
    }

    /// The file that the use of a constant of this module would load for this thread: `Module#autoload?`.
    pub fn autoload_path(&mut self, module: RClass, name: Symbol) -> RResult<Option<Value>> {
        let Some(path) = module.data().constants.get(&name).and_then(|constant| constant.autoload) else { return Ok(None) };
        if self.own_assigned(module, name)?.is_some() {
            return Ok(None);
        }
        if let Some(lock) = self.autoload_lock(path)
            && !self.mutex_is_owned(lock)?
        {
            return Ok(Some(path));
        }
        Ok(matches!(self.feature_state(path)?, FeatureState::Missing).then_some(path))
    }

    /// Is the module's own constant there for this thread? Loads nothing.
    pub fn has_own_constant(&mut self, module: RClass, name: Symbol) -> RResult<bool> {
        match module.data().constants.get(&name) {
            None => Ok(false),
            Some(constant) if constant.autoload.is_none() => Ok(true),
            Some(_) => Ok(self.own_assigned(module, name)?.is_some() || self.autoload_path(module, name)?.is_some()),
        }
    }

    /// Where this thread sees the module's own constant set.
    pub fn constant_location(&mut self, module: RClass, name: Symbol) -> RResult<Option<Location>> {
        if let Some((index, found)) = self.own_assigned(module, name)? {
            return Ok(self.autoloads[index].assigned[found].location.clone());
        }
        Ok(module.data().constants.get(&name).and_then(|constant| constant.location.clone()))
    }

    fn feature_state(&mut self, path: Value) -> RResult<FeatureState> {
        match self.feature_hook {
            Some(hook) => hook(self, path),
            None => Ok(FeatureState::Missing),
        }
    }
}
