//! `require` of libraries that are rows of the runtime's table.

use super::features::{features, is_feature};
use compile::{Options, SourceKind};
use vm::library::Library;
use vm::{RResult, Vm};

/// The library that `require` of the name means before it looks for a file.
pub fn find(vm: &Vm, name: &str) -> Option<&'static Library> {
    vm.libraries.iter().find(|library| !library.is_spare && library.is_named(name, ".rb"))
}

/// The library that it means where there is no file.
pub fn find_behind(vm: &Vm, name: &str) -> Option<&'static Library> {
    vm.libraries.iter().find(|library| library.is_named(name, if library.is_spare { ".rb" } else { ".so" }))
}

/// Loads a library; false when it was before.
pub fn require(vm: &mut Vm, library: &'static Library) -> RResult<bool> {
    if is_feature(vm, library.features[0])? {
        return Ok(false);
    }
    enter(vm, library)?;
    let before = vm.top_constant_names();
    let result = run(vm, library);
    vm.note_library_classes(&before, library.features[0]);
    if result.is_err() {
        leave(vm, library)?;
    }
    result.map(|()| true)
}

/// Enters a library among the features.
pub fn enter(vm: &mut Vm, library: &Library) -> RResult<()> {
    let features = features(vm)?;
    library.features.iter().try_for_each(|feature| {
        let feature = vm.str(feature);
        vm.push(features, feature)
    })
}

/// Takes a library that failed out of the features, so that the next `require` tries again.
fn leave(vm: &mut Vm, library: &Library) -> RResult<()> {
    let features = features(vm)?;
    for feature in library.features {
        let feature = vm.str(feature);
        if let Some(index) = (0..features.len()).find(|&index| features.get(index).is_some_and(|other| vm.strings_equal(other, feature))) {
            features.remove(index);
        }
    }
    Ok(())
}

fn run(vm: &mut Vm, library: &Library) -> RResult<()> {
    if let Some(init) = library.init {
        let result = vm.guarded("the setup of a library", init);
        // Where a class could not be had, what follows may have failed in any way.
        vm.check_clash()?;
        result?;
    }
    let Some(text) = library.ruby else { return Ok(()) };
    let file = format!("<internal:{}>", library.features[0].trim_end_matches(".rb").trim_end_matches(".so"));
    let options = Options { frozen_string_literal: Some(true), primitives: true, ..Options::new(&file, SourceKind::Required) };
    let compiled = vm.compile(text.as_bytes(), &options)?;
    let cref = vm.top_scope();
    let object = vm.core.object;
    let cref = if cref.visibility.get() == objects::Visibility::Public { cref } else { vm.class_cref(None, object) };
    vm.run_top(compiled, text.as_bytes(), cref)?;
    Ok(())
}
