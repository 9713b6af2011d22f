//! Kernel functions.

mod control;
mod convert;
mod features;
mod frames;
mod gems;
mod libraries;
mod lines;
mod load;
mod trace;

pub use control::{Control, Exits, exit_status};
pub use convert::Convert;
pub use frames::{FramePrimitives, Frames, LocationMethods, captured_of, location_object, location_objects};
pub use gems::{announce_gems, set_library_hint};
pub use lines::define_line_methods;
pub use load::{Load, absolute};
pub use trace::Traces;

use vm::{Value, Vm};

/// Globals of Kernel.
pub fn init(vm: &mut Vm) {
    load::init(vm);
    vm.define_global("$!", |vm, _| Ok(vm.errinfo), vm::global::read_only);
    vm.define_global(
        "$@",
        |vm, _| {
            Ok(if vm.errinfo.is_nil() {
                Value::NIL
            } else {
                let exception = vm.errinfo;
                vm.call(exception, vm::sym::BACKTRACE, &[])?
            })
        },
        |vm, _, value| {
            if vm.errinfo.is_nil() {
                return Err(vm.argument_error("$! not set"));
            }
            let exception = vm.errinfo;
            vm.call(exception, vm::sym::SET_BACKTRACE, &[value])?;
            Ok(())
        },
    );
    for name in ["$VERBOSE", "$-v", "$-w"] {
        vm.define_global(
            name,
            |vm, _| Ok(vm.options.verbose.map_or(Value::NIL, Value::bool)),
            |vm, _, value| {
                vm.options.verbose = if value.is_nil() { None } else { Some(value.truthy()) };
                Ok(())
            },
        );
    }
    vm.define_global(
        "$=",
        |vm, _| {
            vm.warn_at_caller("variable $= is no longer effective")?;
            Ok(Value::FALSE)
        },
        |vm, _, _| vm.warn_at_caller("variable $= is no longer effective; ignored"),
    );
    for name in ["$<", "$FILENAME"] {
        vm.define_checked_global(name, Value::NIL, vm::global::refuse);
    }
    vm.define_global("$-W", |vm, _| Ok(Value::small(vm.options.verbose.map_or(0, |verbose| 1 + i64::from(verbose)))), vm::global::read_only);
    for name in ["$DEBUG", "$-d"] {
        vm.define_global(
            name,
            |vm, _| Ok(Value::bool(vm.options.debug)),
            |vm, _, value| {
                vm.options.debug = value.truthy();
                Ok(())
            },
        );
    }
}
