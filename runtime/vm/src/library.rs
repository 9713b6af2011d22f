//! Libraries that are part of the runtime: what `require` finds without a file.
//!
//! They are rows of one table (`stdlib/libraries`), which the command line hands to the VM before the core is defined.
//! Invariant: nothing of a row runs before the program requires it.

use crate::vm::Vm;
use value::RResult;

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
