//! RubyGems, loaded when it is needed: by the constant Gem, by `gem`, and by a `require` that finds nothing.
//!
//! What it defines takes the place of `require` and `gem` here, so that it comes in once and the call is made again.

use super::load::{Load, load_error};
use macros::ruby_methods;
use vm::{RResult, Value, Vm};

/// What is done about names that are not found.
#[derive(Default)]
struct Missing {
    /// RubyGems is there and has not been loaded.
    has_gems: bool,
    /// Says more about the name of a library that is not there.
    hint: Option<fn(&str) -> Option<String>>,
}

impl vm::vm::Extension for Missing {
    fn trace(&self, _tracer: &mut heap::Tracer<'_>) {}
}

/// The library that is RubyGems.
const RUBYGEMS: &str = "rubygems";

/// Lets RubyGems be loaded when it is needed.
pub fn announce_gems(vm: &mut Vm) -> RResult<()> {
    vm.extension::<Missing>().has_gems = true;
    vm.define_groups(&[Gems::GROUP]);
    let (object, name, path) = (vm.core.object, vm.symbol("Gem"), vm.str(RUBYGEMS));
    vm.send(object, "autoload", &[name, path])?;
    Ok(())
}

/// Sets what says more about the name of a library that is not there.
pub fn set_library_hint(vm: &mut Vm, hint: fn(&str) -> Option<String>) {
    vm.extension::<Missing>().hint = Some(hint);
}

/// Must RubyGems be loaded before this? Its parts rely on the whole. When it is RubyGems itself, nothing waits for it from now on,
/// and its `gem` redefines none.
pub fn begin_gems(vm: &mut Vm, name: &str) -> bool {
    let Some(rest) = name.strip_prefix(RUBYGEMS) else { return false };
    if matches!(rest, "" | ".rb") && std::mem::take(&mut vm.extension::<Missing>().has_gems) {
        let (kernel, name) = (vm.class_view(vm.core.kernel), vm.intern("gem"));
        vm.remove_method(kernel, name);
    }
    rest.starts_with('/') && vm.extension::<Missing>().has_gems
}

/// `require` of a name that nothing was found for, or that RubyGems comes before.
pub fn require_missing(vm: &mut Vm, name: &str) -> RResult<bool> {
    if vm.extension::<Missing>().has_gems && load_gems(vm)? {
        let (main, name) = (vm.main, vm.str(name));
        return Ok(vm.send(main, "require", &[name])?.truthy());
    }
    let hint = vm.extension::<Missing>().hint.and_then(|hint| hint(name)).unwrap_or_default();
    Err(load_error(vm, &format!("cannot load such file -- {name}{hint}"), name))
}

/// Loads RubyGems; false when it is loaded.
fn load_gems(vm: &mut Vm) -> RResult<bool> {
    let (main, name) = (vm.main, vm.str(RUBYGEMS));
    Load::require(vm, main, name)
}

/// The name under which a source from a file is evaluated. RubyGems hides the frames of its `require` where it knows the engine.
pub fn shown_file(file: String) -> String {
    if file.ends_with("/rubygems/core_ext/kernel_require.rb") { format!("<internal:{file}>") } else { file }
}

struct Gems;

#[ruby_methods("Kernel")]
impl Gems {
    /// `gem(name, *requirements)`: loads RubyGems, whose own method it then is.
    #[method("gem", private)]
    fn gem(vm: &mut Vm, this: Value, arguments: &[Value]) -> RResult {
        let arguments = vm.roots.values(arguments);
        load_gems(vm)?;
        vm.send(this, "gem", &arguments)
    }
}
