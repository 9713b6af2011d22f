//! Libraries that are part of the runtime: what `require` finds without a file.
//!
//! They are rows of one table (`stdlib/libraries`), which the command line hands to the VM before the core is defined.
//! Invariant: nothing of a row runs before the program requires it.

use crate::vm::Vm;
use objects::RClass;
use stdx::FastSet;
use value::{RResult, Symbol, Value};

/// A library, or the native part of one whose Ruby files are installed.
pub struct Library {
    /// Its names in `$LOADED_FEATURES`, with the extensions that they have in CRuby: one with `.rb` stands before the files of
    /// the load path, one with `.so` behind them.
    pub features: &'static [&'static str],
    /// Does it give way to a file of the load path, because the installed library has it?
    pub is_spare: bool,
    /// Is it in the core, so that its features are there from the start?
    pub is_core: bool,
    /// Defines its native part.
    pub init: Option<fn(&mut Vm) -> RResult<()>>,
    /// The part in Ruby, which runs after `init`.
    pub ruby: Option<&'static str>,
}

/// When an adapter runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// Before the gem's file.
    Before,
    /// In its place.
    Instead,
    /// Behind it.
    After,
}

/// A file of ours that makes a gem's file work here, whose check of RUBY_ENGINE goes wrong.
pub struct Adapter {
    /// Name of the gem.
    pub gem: &'static str,
    /// The file, below the gem's folder of the load path.
    pub file: &'static str,
    /// The first version that it fits, and the first one that it does not fit any more.
    pub versions: (&'static str, &'static str),
    /// When it runs.
    pub moment: Moment,
    /// Its text.
    pub text: &'static str,
    /// What goes wrong without it.
    pub reason: &'static str,
}

impl Adapter {
    /// Is it for the file with this path? A path that names no version (`gems/NAME-VERSION/lib`) is that of any.
    pub fn fits(&self, path: &str) -> bool {
        let Some(folder) = path.strip_suffix(self.file).and_then(|folder| folder.strip_suffix('/')) else { return false };
        let Some((_, behind)) = folder.rsplit_once("/gems/") else { return true };
        match behind.split('/').next().unwrap_or("").rsplit_once('-') {
            Some((gem, version)) if starts_with_digit(version) => gem == self.gem && self.has_version(version),
            _ => true,
        }
    }

    fn has_version(&self, version: &str) -> bool {
        let [version, first, end] = [version, self.versions.0, self.versions.1].map(numbers);
        first <= version && version < end
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit())
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

impl Library {
    /// What the core does already.
    pub const fn core(features: &'static [&'static str]) -> Library {
        Library { features, is_spare: false, is_core: true, init: None, ruby: None }
    }

    /// What the core has, and CRuby only after `require`.
    pub const fn built_in(features: &'static [&'static str]) -> Library {
        Library { features, is_spare: false, is_core: false, init: None, ruby: None }
    }

    /// A library in Rust.
    pub const fn native(features: &'static [&'static str], init: fn(&mut Vm) -> RResult<()>) -> Library {
        Library { features, is_spare: false, is_core: false, init: Some(init), ruby: None }
    }

    /// A library in Ruby.
    pub const fn ruby(features: &'static [&'static str], text: &'static str) -> Library {
        Library { features, is_spare: false, is_core: false, init: None, ruby: Some(text) }
    }

    /// A library in Ruby for programs that run without the installed one.
    pub const fn spare(features: &'static [&'static str], text: &'static str) -> Library {
        Library { is_spare: true, ..Library::ruby(features, text) }
    }

    /// Does `require` of this name mean the feature of this library that has the extension?
    pub fn is_named(&self, name: &str, extension: &str) -> bool {
        self.features.iter().any(|feature| feature.strip_suffix(extension).is_some_and(|stem| name == *feature || name == stem))
    }
}

impl Vm {
    /// Names of the constants of the top level and of Maglev, those included that a file which is being loaded has assigned.
    pub fn top_constant_names(&mut self) -> FastSet<Symbol> {
        let (object, maglev) = (self.class_view(self.core.object), self.class_view(self.core.maglev));
        let constants = object.data().constants.iter().chain(maglev.data().constants.iter());
        let loaded = constants.filter(|(_, constant)| constant.autoload.is_none()).map(|(name, _)| name);
        loaded.chain(self.assigned_constants().map(|(name, _)| name)).collect()
    }

    /// A library was loaded, before which the top level had these constants: its classes are the runtime's, whatever process they are in.
    pub fn note_library_classes(&mut self, before: &FastSet<Symbol>, feature: &'static str) {
        let (object, maglev) = (self.class_view(self.core.object), self.class_view(self.core.maglev));
        let constants = object.data().constants.iter().chain(maglev.data().constants.iter());
        let found = constants.filter(|(name, constant)| !before.contains(name) || self.library_classes.contains_key(&constant.value.bits()));
        let assigned = self.assigned_constants().filter(|(name, _)| !before.contains(name)).map(|(_, value)| value);
        let found = self.roots.values(&found.map(|(_, constant)| constant.value).chain(assigned).collect::<Vec<Value>>());
        for class in found.iter().filter_map(|&value| RClass::new(value)) {
            self.note_library_class(class, feature);
        }
    }

    /// Notes a class and those inside of it.
    fn note_library_class(&mut self, class: RClass, feature: &'static str) {
        if self.is_core_class(class) {
            return;
        }
        self.library_classes.entry(class.value().bits()).or_insert(feature);
        self.pin(class.value());
        let inner = self.roots.values(&class.data().constants.iter().map(|(_, constant)| constant.value).collect::<Vec<Value>>());
        for inner in inner.iter().filter_map(|&value| RClass::new(value)) {
            if inner.data().lexical_parent == Some(class.value()) {
                self.note_library_class(inner, feature);
            }
        }
    }

    /// The feature of the runtime's own library that defines the class.
    pub fn library_of(&self, class: RClass) -> Option<&'static str> {
        self.library_classes.get(&class.value().bits()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Adapter, Moment};

    #[test]
    fn an_adapter_is_for_a_file_of_a_gem_in_some_versions() {
        let adapter = Adapter { gem: "a-b", file: "a/b.rb", versions: ("1.2", "2"), moment: Moment::Before, text: "", reason: "" };
        assert!(adapter.fits("/x/gems/a-b-1.10.0/lib/a/b.rb"));
        assert!(adapter.fits("/usr/lib/ruby/vendor_ruby/a/b.rb"));
        assert!(!adapter.fits("/x/gems/a-b-1.1/lib/a/b.rb"));
        assert!(!adapter.fits("/x/gems/a-b-2.0.0/lib/a/b.rb"));
        assert!(!adapter.fits("/x/gems/other-1.5/lib/a/b.rb"));
        assert!(!adapter.fits("/x/lib/aa/b.rb"));
    }
}
