//! Module#refine and using; the class Refinement.

use super::check_module;
use macros::ruby_methods;
use objects::{MethodBody, ProcBody};
use vm::{Block, PassedKeywords, RClass, RProc, RResult, Value, Vm};

/// Refinements as modules make and use them.
pub struct Refining;

#[ruby_methods("Module")]
impl Refining {
    /// `refine(class) { definitions }`
    #[method("refine", private)]
    fn refine(vm: &mut Vm, this: RClass, class: Value, block: Block) -> RResult<RClass> {
        if !block.is_some() {
            return Err(vm.argument_error("no block given"));
        }
        let made = block.to_proc(vm)?.map(RProc::body);
        let Some(ProcBody::Block { cref, .. }) = made else {
            return Err(vm.argument_error("can't pass a Proc as a block to Module#refine"));
        };
        let Some(class) = RClass::new(class) else {
            let what = vm.class_name_of(class);
            return Err(vm.type_error(&format!("wrong argument type {what} (expected Class or Module)")));
        };
        let refinement = vm.refinement_for(this, class);
        let cref = vm.refine_cref(cref, this, refinement);
        let context = vm::send::BlockContext { receiver: Some(refinement.value()), cref: Some(cref), ..Default::default() };
        vm.call_block_with(block.word(), &[], PassedKeywords::None, context)?;
        Ok(refinement)
    }

    /// `using module` in a class or module body.
    #[method("using", private)]
    fn using(vm: &mut Vm, this: RClass, module: Value) -> RResult<RClass> {
        let frame = vm.frame();
        if frame.is_some_and(|frame| frame.method().is_some()) {
            return Err(vm.runtime_error("Module#using is not permitted in methods"));
        }
        let Some(frame) = frame.filter(|frame| frame.receiver() == this.value()) else {
            return Err(vm.runtime_error("Module#using is not called on self"));
        };
        let module = check_used(vm, module)?;
        vm.use_refinements(frame, module);
        Ok(this)
    }

    #[method("refinements")]
    fn refinements(vm: &mut Vm, this: RClass) -> Value {
        let list = vm.roots.root(Vec::from_iter(this.data().refinements.iter().map(|&(_, module)| module)));
        vm.array(&list)
    }

    #[singleton("used_modules")]
    fn used_modules(vm: &mut Vm, _this: Value) -> Value {
        let modules = vm.used_refinements();
        distinct(vm, modules.iter().map(|&(module, _)| module))
    }

    #[singleton("used_refinements")]
    fn used_refinements(vm: &mut Vm, _this: Value) -> Value {
        let refinements = vm.used_refinements();
        distinct(vm, refinements.iter().map(|&(_, refinement)| refinement))
    }
}

/// An Array of the values without repetitions.
fn distinct(vm: &mut Vm, values: impl Iterator<Item = Value>) -> Value {
    let mut list = vm.roots.values(&[]);
    for value in values {
        if !list.contains(&value) {
            list.push(value);
        }
    }
    vm.array(&list)
}

/// Takes away what refinements do not have.
pub fn init(vm: &mut Vm) {
    let refinement = vm.class_view(vm.core.refinement);
    for name in ["append_features", "prepend_features", "extend_object"] {
        let name = vm.intern(name);
        vm.add_method(refinement, name, MethodBody::Undefined, objects::Visibility::Public);
    }
    let class = vm.class_view(vm.core.class);
    let name = vm.intern("refine");
    vm.add_method(class, name, MethodBody::Undefined, objects::Visibility::Public);
}

/// Methods of refinements.
pub struct RefinementMethods;

#[ruby_methods("Refinement")]
impl RefinementMethods {
    #[method("target")]
    fn target(_vm: &mut Vm, this: RClass) -> Value {
        this.data().refined_class.unwrap_or(Value::NIL)
    }

    /// Copies the Ruby methods of modules into the refinement.
    #[method("import_methods", private)]
    fn import_methods(vm: &mut Vm, this: RClass, modules: &[Value]) -> RResult<RClass> {
        for &module in modules {
            let module = check_module(vm, module)?;
            if module.data().ancestors.len() > 1 {
                let name = vm.class_name_text(module);
                warn(vm, &format!("{name} has ancestors, but Refinement#import_methods doesn't import their methods"))?;
            }
        }
        for &module in modules {
            import(vm, this, vm.class_view(module))?;
        }
        Ok(this)
    }
}

fn import(vm: &mut Vm, this: RClass, module: RClass) -> RResult<()> {
    for (name, &method) in module.data().methods.clone().iter() {
        if matches!(method.body, MethodBody::Undefined) {
            continue;
        }
        let Some(body) = vm.imported_body(Vm::resolve_alias(method).body, this) else {
            let (owner, text) = (vm.class_name_text(module), vm.symbols.text(name).into_owned());
            return Err(vm.argument_error(&format!("Can't import method which is not defined with Ruby code: {owner}#{text}")));
        };
        vm.add_method(this, name, body, method.visibility);
    }
    Ok(())
}

fn warn(vm: &mut Vm, message: &str) -> RResult<()> {
    if vm.options.verbose.is_none() {
        return Ok(());
    }
    let place = vm.frame().map(|frame| format!("{}:{}: ", frame.code().file, frame.line())).unwrap_or_default();
    vm.warn_text(&format!("{place}warning: {message}\n"))
}

/// The module that `using` names; TypeError for classes and refinements.
pub fn check_used(vm: &mut Vm, value: Value) -> RResult<RClass> {
    let module = check_module(vm, value)?;
    if module.data().refined_class.is_some() {
        return Err(vm.argument_error("refinement module is not allowed"));
    }
    Ok(module)
}
