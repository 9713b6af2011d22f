//! Fiber: the Ruby class over the VM's stack switching.

use macros::ruby_methods;
use vm::fiber::{FiberData, FiberStatus};
use vm::{Block, Keywords, Pending, RClass, RResult, Value, Vm};

/// Class and methods.
pub fn init(vm: &mut Vm) {
    let fiber = vm.core.fiber;
    vm.set_allocator(fiber, allocate);
    vm.define_groups(&[Fibers::GROUP]);
}

fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::new(FiberData::new(Value::NIL))))
}

/// One value as it is, several as an Array, none as nil.
fn packed(vm: &mut Vm, args: &[Value]) -> Value {
    match *args {
        [] => Value::NIL,
        [only] => only,
        _ => vm.array(args),
    }
}

/// Methods of Fiber.
pub struct Fibers;

#[ruby_methods("Fiber")]
impl Fibers {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, keywords: Keywords, block: Block) -> RResult<()> {
        keywords.check(vm, &["blocking", "storage"])?;
        let Some(body) = block.to_proc(vm)? else { return Err(vm.argument_error("tried to create Proc object without a block")) };
        *vm.native::<FiberData>(this, "Fiber")? = FiberData::new(body.value());
        Ok(())
    }

    #[method("resume")]
    fn resume(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        vm.fiber_resume(this, args)
    }

    #[singleton("yield")]
    fn yield_(vm: &mut Vm, _this: Value, args: &[Value]) -> RResult {
        let value = packed(vm, args);
        vm.fiber_yield(value)
    }

    #[singleton("current")]
    fn current(vm: &mut Vm, _this: Value) -> Value {
        vm.current_fiber()
    }

    #[method("alive?")]
    fn is_alive(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(vm.native::<FiberData>(this, "Fiber")?.status() != FiberStatus::Terminated)
    }

    /// Raises inside the fiber, at its yield.
    #[method("raise")]
    fn raise(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        let data = vm.native::<FiberData>(this, "Fiber")?;
        if data.status() == FiberStatus::Created {
            return Err(vm.fiber_error("cannot raise exception on unborn fiber"));
        }
        let exception = match *args {
            [] => {
                let class = vm.core.runtime_error;
                let message = vm.str("unhandled exception");
                vm.new_exception(class, message)?
            }
            [text] if vm::RString::new(text).is_some() => {
                let class = vm.core.runtime_error;
                vm.new_exception(class, text)?
            }
            [first, ref rest @ ..] => vm.call(first, vm::sym::EXCEPTION, rest)?,
        };
        vm.fiber_resume_with(this, Pending::Exception(exception))
    }
}
