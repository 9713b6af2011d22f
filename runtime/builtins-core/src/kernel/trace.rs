//! trace_var and untrace_var.

use macros::ruby_methods;
use vm::{Block, RResult, Symbol, Value, Vm};

/// Hooks of globals.
pub struct Traces;

#[ruby_methods("Kernel")]
impl Traces {
    /// `trace_var(name, callable = block)`: called with each value assigned; nil takes the hooks away.
    #[module_function("trace_var")]
    fn trace_var(vm: &mut Vm, this: Value, name: Symbol, action: Option<Value>, block: Block) -> RResult {
        let action = match action {
            Some(Value::NIL) => return Self::untrace_var(vm, this, name, None),
            Some(action) => action,
            None => match block.to_proc(vm)? {
                Some(block) => block.value(),
                None => return Err(vm.argument_error("tried to create Proc object without a block")),
            },
        };
        vm.trace_global(name, action);
        Ok(Value::NIL)
    }

    /// The hooks that were taken away; nil when the one asked for is not there.
    #[module_function("untrace_var")]
    fn untrace_var(vm: &mut Vm, _this: Value, name: Symbol, action: Option<Value>) -> RResult {
        if !vm.global_defined(name) {
            let text = vm.symbols.text(name).into_owned();
            let (class, receiver) = (vm.core.name_error, vm.main);
            return Err(vm.raise_name_error(class, &format!("undefined global variable {text}"), receiver, name));
        }
        let removed = vm.untrace_global(name, action);
        match action {
            Some(_) if removed.is_empty() => Ok(Value::NIL),
            _ => Ok(vm.array(&removed)),
        }
    }
}
