//! require, require_relative, load, autoload; `$LOAD_PATH` and `$LOADED_FEATURES`.

use compile::{Options, SourceKind};
use macros::ruby_methods;
use std::path::{Path, PathBuf};
use vm::{RArray, RResult, Raised, Symbol, Value, Vm, sym};

/// Loading functions.
pub struct Load;

#[ruby_methods("Kernel")]
impl Load {
    /// `require(name)`: true when the file was loaded now, false when it was before.
    #[module_function("require")]
    fn require(vm: &mut Vm, _this: Value, name: Value) -> RResult<bool> {
        let name = vm.to_path(name)?.to_text();
        if BUILT_IN.contains(&name.trim_end_matches(".rb").trim_end_matches(".so")) {
            return provide(vm, &name);
        }
        if let Some(&(_, file, source)) = vm.libraries.iter().find(|(feature, ..)| *feature == name.trim_end_matches(".rb").trim_end_matches(".so")) {
            return require_library(vm, &name, file, source);
        }
        match find_feature(vm, &name)? {
            Some(path) => require_file(vm, &path),
            None => Err(load_error(vm, &format!("cannot load such file -- {name}"), &name)),
        }
    }

    #[module_function("require_relative")]
    fn require_relative(vm: &mut Vm, _this: Value, name: Value) -> RResult<bool> {
        let name = vm.to_path(name)?.to_text();
        let Some(frame) = vm.frame() else { return Err(load_error(vm, "cannot infer basepath", &name)) };
        let file = frame.code().file.clone();
        let base = std::fs::canonicalize(&*file).ok().and_then(|path| path.parent().map(Path::to_path_buf));
        let base = base.or_else(|| Path::new(&*file).parent().map(Path::to_path_buf)).unwrap_or_default();
        let path = absolute(&base.join(&name));
        match with_extension(&path) {
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
        let path = Path::new(&name);
        let direct = path.is_absolute() || name.starts_with("./") || name.starts_with("../");
        let listed = if direct { None } else { find_in_load_path(vm, &name)? };
        let found = listed.or_else(|| path.is_file().then(|| if direct { absolute(path) } else { path.to_path_buf() }));
        match found {
            Some(path) => run_file(vm, &path, wrap.unwrap_or(Value::FALSE)).map(|()| true),
            None => Err(load_error(vm, &format!("cannot load such file -- {name}"), &name)),
        }
    }

    #[module_function("autoload")]
    fn autoload(vm: &mut Vm, this: Value, name: Value, path: Value) -> RResult {
        let module = match vm.frame() {
            Some(frame) => vm.lexical_module(frame.cref()),
            None => this,
        };
        vm.send(module, "autoload", &[name, path])
    }
}

/// Libraries that CRuby has as files and that are part of this runtime.
const BUILT_IN: &[&str] = &["enumerator", "thread", "fiber", "rational", "complex", "set", "ruby2_keywords", "etc", "rbconfig"];

fn provide(vm: &mut Vm, name: &str) -> RResult<bool> {
    let features = features(vm)?;
    let text = vm.str(&format!("{}.rb", name.trim_end_matches(".rb").trim_end_matches(".so")));
    for index in 0..features.len() {
        if features.get(index).is_some_and(|feature| vm.strings_equal(feature, text)) {
            return Ok(false);
        }
    }
    vm.push(features, text)?;
    Ok(true)
}

/// Runs a library that comes with the runtime, the first time.
fn require_library(vm: &mut Vm, name: &str, file: &str, source: &str) -> RResult<bool> {
    if !provide(vm, name)? {
        return Ok(false);
    }
    let options = Options { frozen_string_literal: Some(true), ..Options::new(file, SourceKind::Required) };
    let compiled = vm.compile(source.as_bytes(), &options)?;
    let cref = vm.top_scope();
    let object = vm.core.object;
    let cref = if cref.visibility.get() == objects::Visibility::Public { cref } else { vm.class_cref(None, object) };
    vm.run_top(compiled, source.as_bytes(), cref)?;
    Ok(true)
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

fn list_global(vm: &mut Vm, name: &str) -> RResult<RArray> {
    let name = vm.intern(name);
    let value = vm.global_get(name)?;
    vm.to_ary(value)
}

fn features(vm: &mut Vm) -> RResult<RArray> {
    list_global(vm, "$LOADED_FEATURES")
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
    if path.extension().is_some_and(|extension| extension == "rb") && path.is_file() {
        return Some(path.to_path_buf());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".rb");
    let candidate = PathBuf::from(name);
    candidate.is_file().then_some(candidate)
}

fn find_feature(vm: &mut Vm, name: &str) -> RResult<Option<PathBuf>> {
    let home = name.strip_prefix("~/").and_then(|rest| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(rest)));
    let path = home.unwrap_or_else(|| PathBuf::from(name));
    if path.is_absolute() || name.starts_with("./") || name.starts_with("../") {
        return Ok(with_extension(&absolute(&path)));
    }
    search_load_path(vm, name)
}

fn search_load_path(vm: &mut Vm, name: &str) -> RResult<Option<PathBuf>> {
    let folders = list_global(vm, "$LOAD_PATH")?;
    let mut index = 0;
    while let Some(folder) = folders.get(index) {
        index += 1;
        let folder = vm.to_path(folder)?.to_text();
        let base = absolute(&PathBuf::from(folder).join(name));
        if let Some(path) = with_extension(&base) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The file of exactly this name in a folder of the load path.
fn find_in_load_path(vm: &mut Vm, name: &str) -> RResult<Option<PathBuf>> {
    let folders = list_global(vm, "$LOAD_PATH")?;
    let mut index = 0;
    while let Some(folder) = folders.get(index) {
        index += 1;
        let folder = vm.to_path(folder)?.to_text();
        let path = absolute(&PathBuf::from(folder).join(name));
        if path.is_file() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn require_file(vm: &mut Vm, path: &Path) -> RResult<bool> {
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let text = vm.str(&real.to_string_lossy());
    let features = features(vm)?;
    for index in 0..features.len() {
        if features.get(index).is_some_and(|feature| vm.strings_equal(feature, text)) {
            return Ok(false);
        }
    }
    if vm.extension::<Loading>().0.contains(&real) {
        return Ok(false);
    }
    vm.extension::<Loading>().0.push(real.clone());
    let result = run_file(vm, &real, Value::FALSE);
    vm.extension::<Loading>().0.retain(|other| *other != real);
    result?;
    let features = self::features(vm)?;
    vm.push(features, text)?;
    Ok(true)
}

/// Files that are being required, against circles.
#[derive(Default)]
struct Loading(Vec<PathBuf>);

impl vm::vm::Extension for Loading {
    fn trace(&self, _tracer: &mut heap::Tracer<'_>) {}
}

/// Runs a file at the top level, or with `wrap` inside an anonymous or given module.
pub fn run_file(vm: &mut Vm, path: &Path, wrap: Value) -> RResult<()> {
    let shown = path.to_string_lossy().into_owned();
    let source = match std::fs::read(path) {
        Ok(source) => source,
        Err(error) => return Err(load_error(vm, &format!("cannot load such file -- {shown} ({error})"), &shown)),
    };
    let frozen = vm.options.frozen_string_literal;
    let options = Options { frozen_string_literal: frozen, ..Options::new(&shown, SourceKind::Required) };
    let compiled = vm.compile(&source, &options)?;
    if !wrap.truthy() {
        let cref = vm.file_scope();
        vm.run_top(compiled, &source, cref)?;
        return Ok(());
    }
    // The file's methods are the module's; a copy of main that has them is self.
    let module = if vm::RClass::new(wrap).is_some() { wrap } else { vm.new_module().value() };
    let outer = vm.file_scope();
    let cref = vm.class_cref(Some(outer), module);
    cref.visibility.set(objects::Visibility::Private);
    let main = vm.main;
    let receiver = vm.send(main, "clone", &[])?;
    vm.call(module, sym::EXTEND_OBJECT, &[receiver])?;
    vm.run_top_as(receiver, compiled, &source, cref)?;
    Ok(())
}

/// Defines the globals.
pub fn init(vm: &mut Vm) {
    for (name, aliases) in [("$LOAD_PATH", &["$:", "$-I"][..]), ("$LOADED_FEATURES", &["$\""][..])] {
        let list = vm.new_array().value();
        let symbol = vm.intern(name);
        vm.define_checked_global(name, list, vm::global::refuse);
        for alias in aliases {
            let alias: Symbol = vm.intern(alias);
            vm.alias_global(alias, symbol);
        }
    }
}
