//! `$LOAD_PATH` and `$LOADED_FEATURES` as `require` looks at them: folders resolved, features indexed.
//!
//! Both are Arrays that programs change. Each look compares them word by word with what they were: folders are resolved once
//! and again when the list differs (or a relative entry has another working folder), features are indexed as they are added.

use super::load::absolute;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stdx::{FastMap, FastSet};
use vm::{RArray, RResult, RString, Value, Vm};

/// The folders of the load path, resolved.
#[derive(Default)]
pub struct Folders {
    list: Vec<String>,
    set: FastSet<String>,
}

impl Folders {
    /// Whether this is one of the folders.
    pub fn contains(&self, folder: &str) -> bool {
        self.set.contains(folder)
    }

    /// The first path that `fits` finds for a name in one of the folders.
    pub fn find(&self, name: &str, fits: fn(&Path) -> Option<PathBuf>) -> Option<PathBuf> {
        let has_dots = name.split('/').any(|part| matches!(part, "" | "." | ".."));
        self.list.iter().find_map(|folder| {
            let path = PathBuf::from(format!("{}/{name}", folder.trim_end_matches('/')));
            fits(&if has_dots { absolute(&path) } else { path })
        })
    }
}

/// What the folders depend on besides the entries.
#[derive(Default)]
enum Basis {
    #[default]
    Nothing,
    /// The working folder.
    WorkingFolder(PathBuf),
    /// Objects that are asked for their path, or the home folder.
    Anything,
}

#[derive(Default)]
struct SearchPath {
    entries: Vec<Value>,
    basis: Basis,
    folders: Arc<Folders>,
}

impl vm::vm::Extension for SearchPath {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        tracer.values(&self.entries);
    }
}

impl SearchPath {
    fn is_of(&self, entries: &[Value]) -> bool {
        let has_basis = match &self.basis {
            Basis::Nothing => true,
            Basis::WorkingFolder(folder) => std::env::current_dir().is_ok_and(|current| current == *folder),
            Basis::Anything => false,
        };
        has_basis && self.entries == entries
    }
}

/// The folders of `$LOAD_PATH`.
pub fn folders(vm: &mut Vm) -> RResult<Arc<Folders>> {
    let list = list_global(vm, "$LOAD_PATH")?;
    // Nothing is allocated before it is put back.
    let known = std::mem::take(vm.extension::<SearchPath>());
    let is_current = known.is_of(list.as_slice(&vm.heap));
    let folders = known.folders.clone();
    *vm.extension::<SearchPath>() = known;
    if is_current { Ok(folders) } else { resolve(vm, list) }
}

fn resolve(vm: &mut Vm, list: RArray) -> RResult<Arc<Folders>> {
    let mut folders = Folders::default();
    let mut basis = Basis::Nothing;
    let mut index = 0;
    while let Some(entry) = list.get(index) {
        index += 1;
        let text = vm.to_path(entry)?.to_text();
        if RString::new(entry).is_none() || text.starts_with('~') {
            basis = Basis::Anything;
        } else if !text.starts_with('/') && matches!(basis, Basis::Nothing) {
            basis = Basis::WorkingFolder(std::env::current_dir().unwrap_or_default());
        }
        let folder = absolute(&super::load::expanded_home(&text));
        let folder = std::fs::canonicalize(&folder).unwrap_or(folder).to_string_lossy().into_owned();
        folders.set.insert(folder.clone());
        folders.list.push(folder);
    }
    let (entries, folders) = (list.as_slice(&vm.heap).to_vec(), Arc::new(folders));
    *vm.extension::<SearchPath>() = SearchPath { entries, basis, folders: folders.clone() };
    Ok(folders)
}

/// The features, by their text and by the last part of it.
#[derive(Default)]
struct Features {
    entries: Vec<Value>,
    texts: FastSet<Arc<str>>,
    /// By the last part of the text, without `.rb`.
    by_name: FastMap<Box<str>, Vec<Arc<str>>>,
    /// Features that were loaded from files, by the file's real path.
    by_file: FastMap<PathBuf, Arc<str>>,
}

impl vm::vm::Extension for Features {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        tracer.values(&self.entries);
    }
}

impl Features {
    /// Brings the index to the state of the list; what was added costs itself only.
    fn follow(&mut self, list: &[Value]) {
        if !list.starts_with(&self.entries) {
            self.entries.clear();
            self.texts.clear();
            self.by_name.clear();
        }
        for &entry in &list[self.entries.len()..] {
            self.entries.push(entry);
            let Some(text) = RString::new(entry).map(RString::to_text) else { continue };
            let text: Arc<str> = text.into();
            if self.texts.insert(text.clone()) {
                self.by_name.entry(last_part(&text).into()).or_default().push(text);
            }
        }
    }

    /// Is a feature of this name loaded from one of the folders, or as the program entered it?
    fn provides(&self, short: &str, folders: Option<&Folders>) -> bool {
        let candidates = self.by_name.get(last_part(short)).map(Vec::as_slice).unwrap_or_default();
        candidates.iter().filter_map(|feature| feature.strip_suffix(".rb")).any(|feature| {
            let folder = || feature.strip_suffix(short)?.strip_suffix('/');
            feature == short || folders.is_some_and(|folders| folder().is_some_and(|folder| folders.contains(folder)))
        })
    }
}

fn last_part(feature: &str) -> &str {
    let name = feature.strip_suffix(".rb").unwrap_or(feature);
    name.rsplit('/').next().unwrap_or(name)
}

/// Asks the index, which has seen all changes of the list.
fn ask<T>(vm: &mut Vm, question: impl FnOnce(&Features) -> T) -> RResult<T> {
    let list = features(vm)?;
    // Nothing is allocated in the VM before it is put back.
    let mut index = std::mem::take(vm.extension::<Features>());
    index.follow(list.as_slice(&vm.heap));
    let answer = question(&index);
    *vm.extension::<Features>() = index;
    Ok(answer)
}

/// `$LOADED_FEATURES`.
pub fn features(vm: &mut Vm) -> RResult<RArray> {
    list_global(vm, "$LOADED_FEATURES")
}

fn list_global(vm: &mut Vm, name: &str) -> RResult<RArray> {
    let name = vm.intern(name);
    let value = vm.global_get(name)?;
    vm.to_ary(value)
}

/// Does the name stand among the features as it is?
pub fn is_feature(vm: &mut Vm, name: &str) -> RResult<bool> {
    ask(vm, |features| features.texts.contains(name))
}

/// Is a feature of this name loaded already from a folder of the load path, be it not the first that has it?
pub fn is_provided(vm: &mut Vm, name: &str, is_explicit: bool) -> RResult<bool> {
    let short = name.strip_suffix(".rb").unwrap_or(name);
    let folders = if is_explicit { None } else { Some(folders(vm)?) };
    ask(vm, |features| features.provides(short, folders.as_deref()))
}

/// Is the file among the features, by this name or by another one of the same file?
pub fn is_loaded(vm: &mut Vm, path: &str, real: &Path) -> RResult<bool> {
    ask(vm, |features| features.texts.contains(path) || features.by_file.get(real).is_some_and(|feature| features.texts.contains(feature)))
}

/// Enters a file that was loaded.
pub fn add_file(vm: &mut Vm, path: &str, real: PathBuf) -> RResult<()> {
    vm.extension::<Features>().by_file.insert(real, path.into());
    let (features, text) = (features(vm)?, vm.str(path));
    vm.push(features, text)
}
