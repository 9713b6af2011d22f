//! nil, true, false and main.

use macros::ruby_methods;
use vm::{RResult, Value, Vm};

/// Constants and the methods of main.
pub fn init(vm: &mut Vm) {
    vm.define_groups(&[Main::GROUP]);
    for name in ["public", "private", "include", "define_method", "using", "ruby2_keywords", "to_s", "inspect"] {
        let visibility = if matches!(name, "to_s" | "inspect") { objects::Visibility::Public } else { objects::Visibility::Private };
        move_to_singleton(vm, vm.main, &format!("main {name}"), name, visibility);
    }
    let core = vm.core;
    for class in [
        core.nil,
        core.true_,
        core.false_,
        core.integer,
        core.float,
        core.symbol,
        core.rational,
        core.complex,
        core.method,
        core.unbound_method,
        core.match_data,
        core.encoding,
    ] {
        vm.undefine_allocator(class);
        if let Some(singleton) = vm.singleton_class(class) {
            vm.add_method(singleton, vm::sym::NEW, objects::MethodBody::Undefined, objects::Visibility::Public);
        }
    }
}

/// Makes a native method of the object's class, defined under a name no program can write, a method of the object alone.
pub fn move_to_singleton(vm: &mut Vm, object: Value, hidden: &str, name: &str, visibility: objects::Visibility) {
    let (hidden, name) = (vm.intern(hidden), vm.intern(name));
    let class = vm.class_of(object);
    let Some(method) = vm.find_method(class, hidden) else { return };
    if let Some(singleton) = vm.singleton_class(object) {
        vm.add_method(singleton, name, method.body, visibility);
    }
    if let Some(owner) = vm::RClass::new(method.owner) {
        vm.remove_method(owner, hidden);
    }
}

struct Main;

#[ruby_methods("Object")]
impl Main {
    #[method("main public")]
    fn public(vm: &mut Vm, this: Value, names: &[Value]) -> RResult {
        forward(vm, this, "public", names)
    }

    #[method("main private")]
    fn private(vm: &mut Vm, this: Value, names: &[Value]) -> RResult {
        forward(vm, this, "private", names)
    }

    #[method("main include")]
    fn include(vm: &mut Vm, this: Value, modules: &[Value]) -> RResult {
        forward(vm, this, "include", modules)
    }

    #[method("main define_method")]
    fn define_method(vm: &mut Vm, this: Value, args: &[Value], block: vm::Block) -> RResult {
        let module = module_of_main(vm, this);
        let name = vm.intern("define_method");
        vm.call_with_block(module, name, args, block.word())
    }

    #[method("main ruby2_keywords")]
    fn ruby2_keywords(vm: &mut Vm, this: Value, names: &[Value]) -> RResult {
        forward(vm, this, "ruby2_keywords", names)
    }

    #[method("main using")]
    fn using(vm: &mut Vm, this: Value, module: Value) -> RResult {
        let top = vm.frame().filter(|frame| frame.receiver() == this && frame.method().is_none());
        let Some(frame) = top else { return Err(vm.runtime_error("main.using is permitted only at toplevel")) };
        let module = crate::module::check_used(vm, module)?;
        vm.use_refinements(frame, module);
        Ok(this)
    }

    #[method("main to_s", "main inspect")]
    fn to_s(_vm: &mut Vm, _this: Value) -> &'static str {
        "main"
    }
}

/// Hidden variable of the copy of main that a file loaded into a module runs as: the module.
const WRAPPER: &str = "wrapper ";

/// main for a file that is loaded into a module.
pub fn wrapped_main(vm: &mut Vm, module: Value) -> RResult {
    let main = vm.main;
    let copy = vm.send(main, "clone", &[])?;
    vm.send(copy, "extend", &[module])?;
    let name = vm.intern(WRAPPER);
    vm.set_hidden(copy, name, module);
    Ok(copy)
}

/// What `include` and its kin at the top level mean: Object, or the module that the file is loaded into.
fn module_of_main(vm: &mut Vm, this: Value) -> Value {
    let name = vm.intern(WRAPPER);
    vm.hidden(this, name).unwrap_or(vm.core.object)
}

/// `public` and kin at the top level; without names they mean the scope of the file.
fn forward(vm: &mut Vm, this: Value, name: &str, args: &[Value]) -> RResult {
    if args.is_empty() {
        let visibility = if name == "private" { objects::Visibility::Private } else { objects::Visibility::Public };
        if let Some(frame) = vm.frame() {
            frame.cref().visibility.set(visibility);
        }
        return Ok(Value::NIL);
    }
    let module = module_of_main(vm, this);
    vm.send(module, name, args)
}

/// Methods of nil.
pub struct Nil;

#[ruby_methods("NilClass")]
impl Nil {
    #[method("to_s")]
    fn to_s(vm: &mut Vm, _this: Value) -> Value {
        vm.frozen_string(b"", text::encoding::Encoding::US_ASCII)
    }

    #[method("to_a")]
    fn to_a(vm: &mut Vm, _this: Value) -> Value {
        vm.array(&[])
    }

    #[method("to_h")]
    fn to_h(vm: &mut Vm, _this: Value) -> Value {
        vm.new_hash().value()
    }

    #[method("to_i", effects = "pure")]
    fn to_i(_vm: &mut Vm, _this: Value) -> i64 {
        0
    }

    #[method("to_f", effects = "pure")]
    fn to_f(_vm: &mut Vm, _this: Value) -> f64 {
        0.0
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, _this: Value) -> Value {
        vm.str_ascii("nil")
    }

    #[method("nil?", effects = "pure")]
    fn is_nil(_vm: &mut Vm, _this: Value) -> bool {
        true
    }

    #[method("&", effects = "pure")]
    fn and(_vm: &mut Vm, _this: Value, _other: Value) -> bool {
        false
    }

    #[method("|", "^", effects = "pure")]
    fn or(_vm: &mut Vm, _this: Value, other: bool) -> bool {
        other
    }

    #[method("=~", effects = "pure")]
    fn match_(_vm: &mut Vm, _this: Value, _other: Value) -> Value {
        Value::NIL
    }

    #[method("===")]
    fn case_equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        vm.equal(this, other)
    }
}

/// Methods of true.
pub struct True;

#[ruby_methods("TrueClass")]
impl True {
    #[method("to_s", "inspect")]
    fn to_s(vm: &mut Vm, _this: Value) -> Value {
        vm.frozen_string(b"true", text::encoding::Encoding::US_ASCII)
    }

    #[method("&", effects = "pure")]
    fn and(_vm: &mut Vm, _this: Value, other: bool) -> bool {
        other
    }

    #[method("|", effects = "pure")]
    fn or(_vm: &mut Vm, _this: Value, _other: Value) -> bool {
        true
    }

    #[method("^", effects = "pure")]
    fn xor(_vm: &mut Vm, _this: Value, other: bool) -> bool {
        !other
    }

    #[method("!", effects = "pure")]
    fn not(_vm: &mut Vm, _this: Value) -> bool {
        false
    }

    #[method("===")]
    fn case_equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        vm.equal(this, other)
    }
}

/// Methods of false.
pub struct False;

#[ruby_methods("FalseClass")]
impl False {
    #[method("to_s", "inspect")]
    fn to_s(vm: &mut Vm, _this: Value) -> Value {
        vm.frozen_string(b"false", text::encoding::Encoding::US_ASCII)
    }

    #[method("&", effects = "pure")]
    fn and(_vm: &mut Vm, _this: Value, _other: Value) -> bool {
        false
    }

    #[method("|", "^", effects = "pure")]
    fn or(_vm: &mut Vm, _this: Value, other: bool) -> bool {
        other
    }

    #[method("===")]
    fn case_equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        vm.equal(this, other)
    }
}
