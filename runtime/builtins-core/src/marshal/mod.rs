//! Marshal: objects to bytes and back, format 4.8.
//!
//! `dump` and `load` walk object graphs, `names` finds classes by their paths, `state` knows which hidden variables of
//! builtin objects stand in the bytes. Invariant: bytes are never trusted. Whatever they hold, loading makes whole
//! objects or raises.

mod dump;
mod load;
mod names;
mod source;
mod state;

use macros::ruby_methods;
use vm::{Keywords, RResult, Value, Vm};

/// First two bytes of every dump.
const VERSION: [u8; 2] = [4, 8];

/// Marshal.
pub struct Marshal;

#[ruby_methods("Marshal")]
impl Marshal {
    /// `Marshal.dump(object, io = nil, limit = -1)`
    #[module_function("dump")]
    fn dump(vm: &mut Vm, _this: Value, args: &[Value]) -> RResult {
        let (object, io, limit) = match *args {
            [object] => (object, None, None),
            [object, limit] if Vm::is_integer(limit) => (object, None, Some(limit)),
            [object, io] => (object, Some(io), None),
            [object, io, limit] => (object, Some(io), Some(limit).filter(|limit| !limit.is_nil())),
            _ => return Err(vm.arity_error(args.len(), 1, Some(3))),
        };
        let limit = match limit {
            Some(limit) => vm.to_i64(limit)?,
            None => -1,
        };
        let Some(io) = io else {
            let bytes = dump::dump(vm, object, limit)?;
            return vm.try_string(&bytes, text::Encoding::BINARY);
        };
        if !responds(vm, io, "write")? {
            return Err(vm.type_error("instance of IO needed"));
        }
        source::set_binary(vm, io)?;
        let bytes = dump::dump(vm, object, limit)?;
        let bytes = vm.try_string(&bytes, text::Encoding::BINARY)?;
        vm.send(io, "write", &[bytes])?;
        Ok(io)
    }

    /// `Marshal.load(source, proc = nil, freeze: false)`
    #[module_function("load", "restore")]
    fn load(vm: &mut Vm, _this: Value, source: Value, callable: Option<Value>, keywords: Keywords) -> RResult {
        keywords.check(vm, &["freeze"])?;
        let freeze = keywords.get(vm, "freeze").is_some_and(Value::truthy);
        let callable = callable.filter(|callable| !callable.is_nil());
        let source = source::Source::new(vm, source)?;
        load::load(vm, source, callable, freeze)
    }
}

/// Does the object have a method of any visibility, or says that it does?
fn responds(vm: &mut Vm, object: Value, name: &str) -> RResult<bool> {
    let name = vm.intern(name);
    let class = vm.class_of(object);
    if vm.has_custom(class, vm::sym::RESPOND_TO) {
        return vm.ask_respond_to(object, name);
    }
    vm.responds_to(object, name, true)
}

/// Constants of the module.
pub fn init(vm: &mut Vm) {
    let module = vm.class_view(vm.core.marshal);
    for (name, number) in [("MAJOR_VERSION", VERSION[0]), ("MINOR_VERSION", VERSION[1])] {
        let name = vm.intern(name);
        vm.set_constant_raw(module, name, Value::small(i64::from(number)));
    }
}
