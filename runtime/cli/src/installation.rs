//! Where the running Ruby and its library stand: the load path, RubyGems, what RbConfig is made from.

use crate::flags::Settings;
use install::{API_VERSION, Layout};
use macros::ruby_methods;
use std::path::PathBuf;
use vm::{RResult, Value, Vm};

/// Announces what the installation brings.
pub fn init(vm: &mut Vm, settings: &Settings) -> Result<(), String> {
    vm.define_groups(&[Installation::GROUP]);
    builtins_core::set_library_hint(vm, missing_library);
    if !settings.no_gems && layout().is_installed() {
        builtins_core::announce_gems(vm).map_err(|_| "Gem cannot be announced")?;
    }
    Ok(())
}

/// The folders at the end of `$LOAD_PATH`, as in CRuby.
pub fn load_path() -> Vec<String> {
    let ruby = layout().prefix.join("lib/ruby");
    let arch = crate::wire::platform();
    let mut folders = Vec::new();
    for kind in ["site_ruby", "vendor_ruby"] {
        let versioned = ruby.join(kind).join(API_VERSION);
        folders.extend([versioned.clone(), versioned.join(&arch), ruby.join(kind)]);
    }
    let library = ruby.join(API_VERSION);
    folders.extend([library.clone(), library.join(&arch)]);
    folders.into_iter().map(|folder| folder.to_string_lossy().into_owned()).collect()
}

fn executable() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| "maglev-ruby".into())
}

fn layout() -> Layout {
    Layout::find(&executable())
}

/// What LoadError says more of a library that would be there.
fn missing_library(name: &str) -> Option<String> {
    let is_missing = install::layout::has_library(name) && !layout().is_installed();
    is_missing.then(|| " (the standard library is not installed: run `maglev-ruby --install-library`)".to_string())
}

struct Installation;

#[ruby_methods("Primitive")]
impl Installation {
    /// Prefix, folder of the binary, name of the binary.
    #[method("installation")]
    fn installation(vm: &mut Vm, _this: Value) -> RResult {
        let executable = executable();
        let folder = executable.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
        let name = executable.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let parts = [layout().prefix.to_string_lossy().into_owned(), folder, name].map(|text| vm.str(&text));
        Ok(vm.array(&parts))
    }
}
