//! The native parts of the library `json`: `json/ext/parser` and `json/ext/generator`, as the unmodified Ruby files of json 2.18 ask
//! for them.
//!
//! Source: CRuby `ext/json` (behaviour), RFC 8259.
#![forbid(unsafe_code)]

pub mod generator;
pub mod parser;

use vm::{RResult, Value, Vm};

/// What happens when an object has a key twice.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Duplicates {
    /// The last one counts, with a warning for those who want to hear of what will change.
    #[default]
    Deprecated,
    /// The last one counts.
    Allowed,
    /// An error.
    Refused,
}

impl Duplicates {
    /// From the option `allow_duplicate_key`.
    fn from_option(value: Value) -> Duplicates {
        if value.truthy() { Duplicates::Allowed } else { Duplicates::Refused }
    }
}

/// Loads a Ruby file of the library.
fn require(vm: &mut Vm, name: &str) -> RResult<()> {
    let (main, name) = (vm.main, vm.str(name));
    vm.send(main, "require", &[name])?;
    Ok(())
}
