//! require, require_relative, load, autoload; `$LOAD_PATH` and `$LOADED_FEATURES`.

use super::features::{add_file, folders, is_feature, is_loaded, is_provided};
use super::gems::{begin_gems, require_missing};
use super::libraries;
use crate::singletons::{move_to_singleton, wrapped_main};
use compile::{Options, SourceKind};
use macros::ruby_methods;
use std::path::{Path, PathBuf};
use vm::autoload::FeatureState;
use vm::library::Moment;
use vm::{RResult, Raised, Symbol, Value, Vm, sym};

/// Loading functions.
pub struct Load;

#[ruby_methods("Kernel")]
impl Load {
    /// `require(name)`: true when the file was loaded now, false when it was before.
    #[module_function("require")]
    pub fn require(vm: &mut Vm, _this: Value, name: Value) -> RResult<bool> {
        let name = vm.to_path(name)?.to_text();
        if begin_gems(vm, &name) {
            return require_missing(vm, &name);
        }
        if vm.running_ractor().is_some() {
            return require_in_main_ractor(vm, &name);
        }
        if let Some(library) = libraries::find(vm, &name) {
            return libraries::require(vm, library);
        }
        if is_provided(vm, &name, is_explicit(&expanded_home(&name), &name))? {
            return Ok(false);
        }
        if let Some(path) = find_feature(vm, &name)? {
            return require_file(vm, &path);
        }
        match libraries::find_behind(vm, &name) {
            Some(library) => libraries::require(vm, library),
            // A feature that a program entered without an extension counts where there is no file.
            None if is_feature(vm, &name)? => Ok(false),
            None => require_missing(vm, &name),
        }
    }

    #[module_function("require_relative")]
    fn require_relative(vm: &mut Vm, _this: Value, name: Value) -> RResult<bool> {
        let name = vm.to_path(name)?.to_text();
        let Some(frame) = vm.frame() else { return Err(load_error(vm, "cannot infer basepath", &name)) };
        let file = frame.code().file.clone();
        let base = real_path(vm, &file);
        // The root has no folder above it.
        let base = base.parent().map_or(base.clone(), Path::to_path_buf);
        let path = absolute(&base.join(&name));
        match with_extension(&path) {
            Some(path) if vm.running_ractor().is_some() => require_in_main_ractor(vm, &path.to_string_lossy()),
            Some(path) => require_file(vm, &path),
            None => {
                let shown = path.to_string_lossy().into_owned();
                Err(load_error(vm, &format!("cannot load such file -- {shown}"), &shown))
            }
        }
    }

    /// `load(file, wrap = false)`: runs the file again each time.
    #[module_function("load")]
    fn load(vm: &mut Vm, _this: Value, name: Value, wrap: Option<Value>) -> RResult<bool> {
        let name = vm.to_path(name)?.to_text();
        let path = expanded_home(&name);
        let found = match is_explicit(&path, &name) {
            true => Some(absolute(&path)),
            false => folders(vm)?.find(&name, |path| path.is_file().then(|| path.to_path_buf())),
        };
        // What the load path does not have may stand in the current folder.
        match found.or(Some(path)).filter(|path| path.is_file()) {
            Some(path) => run_file(vm, &path, wrap.unwrap_or(Value::FALSE)).map(|()| true),
            None => Err(load_error(vm, &format!("cannot load such file -- {name}"), &name)),
        }
    }

    #[module_function("autoload")]
    fn autoload(vm: &mut Vm, _this: Value, name: Value, path: Value) -> RResult {
        let module = innermost_class(vm);
        vm.send(module, "autoload", &[name, path])
    }

    #[module_function("autoload?")]
    fn autoload_path(vm: &mut Vm, _this: Value, name: Value, inherit: Option<Value>) -> RResult {
        let module = innermost_class(vm);
        let given = if inherit.is_some() { 2 } else { 1 };
        vm.send(module, "autoload?", &[name, inherit.unwrap_or(Value::NIL)][..given])
    }
}

/// The innermost class around the caller, be it opened by a block; for a singleton class what it is made from.
fn innermost_class(vm: &mut Vm) -> Value {
    let mut module = vm.frame().map_or(vm.core.object, |frame| match frame.cref().definee.get() {
        Value::UNDEF => vm.real_class_of(frame.receiver()).value(),
        definee if frame.cref().transparent => definee,
        _ => frame.cref().module.get(),
    });
    while let Some(class) = vm::RClass::new(module).filter(|class| class.is_singleton()) {
        module = class.data().superclass.unwrap_or(vm.core.object);
    }
    module
}

/// The real path of a file whose code is running, which is known while it is being required.
fn real_path(vm: &mut Vm, file: &str) -> PathBuf {
    let path = Path::new(file);
    let running = vm.extension::<Loading>().running.iter().rev().find(|entry| entry.path == path);
    running.map(|entry| entry.real.clone()).unwrap_or_else(|| std::fs::canonicalize(path).unwrap_or_else(|_| absolute(path)))
}

/// Files are run by the main Ractor, whichever asks for them.
fn require_in_main_ractor(vm: &mut Vm, name: &str) -> RResult<bool> {
    let (ractor, name) = (vm.class_at("Ractor"), vm.str(name));
    Ok(vm.send(ractor, "_require", &[name])?.truthy())
}

/// LoadError with its path.
pub fn load_error(vm: &mut Vm, message: &str, path: &str) -> Raised {
    let class = vm.core.load_error;
    let message = vm.str(message);
    match vm.new_exception(class, message) {
        Ok(exception) => {
            let path = vm.str(path);
            vm.set_hidden(exception, sym::H_PATH, path);
            let ivar = vm.intern("@path");
            vm.set_hidden(exception, ivar, path);
            vm.raise_exception(exception)
        }
        Err(raised) => raised,
    }
}

/// The path without `.` and `..` parts, from the current folder.
pub fn absolute(path: &Path) -> PathBuf {
    let full = if path.is_absolute() { path.to_path_buf() } else { std::env::current_dir().unwrap_or_default().join(path) };
    let mut clean = PathBuf::new();
    for part in full.components() {
        match part {
            std::path::Component::ParentDir => {
                clean.pop();
            }
            std::path::Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}

fn with_extension(path: &Path) -> Option<PathBuf> {
    if path.extension().is_some_and(|extension| extension == "rb") {
        return path.is_file().then(|| path.to_path_buf());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".rb");
    let candidate = PathBuf::from(name);
    candidate.is_file().then_some(candidate)
}

/// `~/x` with the home folder.
pub fn expanded_home(name: &str) -> PathBuf {
    let home = name.strip_prefix("~/").and_then(|rest| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(rest)));
    home.unwrap_or_else(|| PathBuf::from(name))
}

/// Does the name say where the file is, so that the load path is not searched?
fn is_explicit(path: &Path, name: &str) -> bool {
    path.is_absolute() || name.starts_with("./") || name.starts_with("../")
}

fn find_feature(vm: &mut Vm, name: &str) -> RResult<Option<PathBuf>> {
    let path = expanded_home(name);
    if is_explicit(&path, name) {
        return Ok(with_extension(&absolute(&path)));
    }
    Ok(folders(vm)?.find(name, with_extension))
}

/// What `require` of this name would do, for `autoload`.
fn feature_state(vm: &mut Vm, name: Value) -> RResult<FeatureState> {
    let name = vm.to_path(name)?.to_text();
    if is_provided(vm, &name, is_explicit(&expanded_home(&name), &name))? || is_feature(vm, &name)? {
        return Ok(FeatureState::Provided);
    }
    if vm.extension::<Loading>().running.is_empty() {
        return Ok(FeatureState::Missing);
    }
    let Some(path) = find_feature(vm, &name)? else { return Ok(FeatureState::Missing) };
    let real = std::fs::canonicalize(&path).unwrap_or(path);
    let running = vm.extension::<Loading>().running.iter().find(|entry| entry.real == real);
    Ok(running.map_or(FeatureState::Missing, |entry| FeatureState::Loading(entry.path.clone())))
}

fn require_file(vm: &mut Vm, path: &Path) -> RResult<bool> {
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let text = path.to_string_lossy();
    loop {
        if is_loaded(vm, &text, &real)? {
            return Ok(false);
        }
        let lock = vm.extension::<Loading>().running.iter().find(|entry| entry.real == real).map(|entry| entry.lock);
        let Some(lock) = lock else { break };
        if vm.mutex_is_owned(lock)? {
            if vm.options.verbose == Some(true) {
                vm.warn_at_caller(&format!("loading in progress, circular require considered harmful - {}", path.display()))?;
            }
            return Ok(false);
        }
        // Another thread loads the file: when it is done (or was lost in `fork`), the file is loaded or ours to load.
        vm.mutex_lock(lock)?;
        vm.extension::<Loading>().running.retain(|other| other.lock != lock);
        vm.mutex_unlock(lock)?;
    }
    let class = vm.class_at("Thread::Mutex");
    let lock = vm.allocate(vm.class_view(class))?;
    vm.mutex_lock(lock)?;
    vm.extension::<Loading>().running.push(LoadingFile { path: path.to_path_buf(), real: real.clone(), lock });
    let mut result = run_file(vm, path, Value::FALSE);
    if result.is_ok() {
        result = add_file(vm, &text, real);
    }
    vm.extension::<Loading>().running.retain(|other| other.lock != lock);
    let pending = std::mem::take(&mut vm.pending);
    vm.mutex_unlock(lock)?;
    vm.pending = pending;
    result.map(|()| true)
}

/// A file that is being required.
struct LoadingFile {
    path: PathBuf,
    real: PathBuf,
    /// Mutex that the loader holds.
    lock: Value,
}

/// Files that are being required.
#[derive(Default)]
struct Loading {
    running: Vec<LoadingFile>,
}

impl vm::vm::Extension for Loading {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        for entry in &self.running {
            tracer.value(entry.lock);
        }
    }
}

/// Runs a file at the top level, or with `wrap` inside an anonymous or given module; with the adapter that it may have.
pub fn run_file(vm: &mut Vm, path: &Path, wrap: Value) -> RResult<()> {
    let shown = path.to_string_lossy();
    let Some(adapter) = vm.adapters.iter().find(|adapter| adapter.fits(&shown)) else { return run_own_file(vm, path, wrap) };
    if adapter.moment == Moment::After {
        run_own_file(vm, path, wrap)?;
    }
    run_text(vm, &format!("<internal:adapters/{}/{}>", adapter.gem, adapter.file), adapter.text.as_bytes(), wrap)?;
    if adapter.moment == Moment::Before { run_own_file(vm, path, wrap) } else { Ok(()) }
}

fn run_own_file(vm: &mut Vm, path: &Path, wrap: Value) -> RResult<()> {
    let shown = path.to_string_lossy();
    let source = match std::fs::read(path) {
        Ok(source) => source,
        Err(error) => return Err(load_error(vm, &format!("cannot load such file -- {shown} ({error})"), &shown)),
    };
    run_text(vm, &shown, &source, wrap)
}

fn run_text(vm: &mut Vm, shown: &str, source: &[u8], wrap: Value) -> RResult<()> {
    let frozen = vm.options.frozen_string_literal;
    let coverage = vm.coverage.wanted();
    let options = Options { frozen_string_literal: frozen, coverage, ..Options::new(shown, SourceKind::Required) };
    let mut compiled = vm.compile(source, &options)?;
    if let Some(probes) = compiled.probes.take() {
        vm.coverage.enter(shown, source, 1, probes);
    }
    let main = vm.main;
    vm.trace_compiled(None, main)?;
    if !wrap.truthy() {
        let cref = vm.file_scope();
        vm.run_top(compiled, source, cref)?;
        return Ok(());
    }
    let module = if vm::RClass::new(wrap).is_some() { wrap } else { vm.new_module().value() };
    let outer = vm.file_scope();
    let cref = vm.class_cref(Some(outer), module);
    cref.visibility.set(objects::Visibility::Private);
    let copy = wrapped_main(vm, module)?;
    vm.run_top_as(copy, compiled, source, cref)?;
    Ok(())
}

/// What `require` of the name would load: kind and path.
fn resolve(vm: &mut Vm, name: &str) -> RResult<Option<(&'static str, String)>> {
    if let Some(library) = libraries::find(vm, name) {
        return Ok((!library.is_core).then(|| ("rb", library.features[0].to_string())));
    }
    if let Some(path) = find_feature(vm, name)? {
        return Ok(Some(("rb", path.to_string_lossy().into_owned())));
    }
    let library = libraries::find_behind(vm, name).filter(|library| !library.is_core);
    Ok(library.map(|library| (if library.is_spare { "rb" } else { "so" }, library.features[0].to_string())))
}

struct LoadPath;

#[ruby_methods("Array")]
impl LoadPath {
    /// What `require(name)` would load, as `[:rb, path]` or `[:so, path]`, or nil.
    #[method("$LOAD_PATH resolve_feature_path")]
    fn resolve_feature_path(vm: &mut Vm, _this: Value, name: Value) -> RResult {
        let name = vm.to_path(name)?.to_text();
        let Some((kind, path)) = resolve(vm, &name)? else { return Ok(Value::NIL) };
        let (kind, path) = (vm.symbol(kind), vm.str(&path));
        Ok(vm.array(&[kind, path]))
    }
}

/// Defines the globals.
pub fn init(vm: &mut Vm) {
    vm.feature_hook = Some(feature_state);
    for (name, aliases) in [("$LOAD_PATH", &["$:", "$-I"][..]), ("$LOADED_FEATURES", &["$\""][..])] {
        let list = vm.new_array().value();
        let symbol = vm.intern(name);
        vm.define_checked_global(name, list, vm::global::refuse);
        for alias in aliases {
            let alias: Symbol = vm.intern(alias);
            vm.alias_global(alias, symbol);
        }
        if name == "$LOAD_PATH" {
            vm.define_groups(&[LoadPath::GROUP]);
            move_to_singleton(vm, list, "$LOAD_PATH resolve_feature_path", "resolve_feature_path", objects::Visibility::Public);
        }
    }
    for library in vm.libraries.iter().filter(|library| library.is_core) {
        if libraries::enter(vm, library).is_err() {
            return;
        }
    }
}
