//! Fiber: the Ruby class over the VM's stack switching.

use crate::thread::{check_storage, copied, key_of};
use macros::ruby_methods;
use vm::fiber::{FiberData, FiberStatus};

use vm::{ArgumentList, Block, Keywords, Pending, RClass, RHash, RResult, Raised, Value, Vm};

/// Class and methods.
pub fn init(vm: &mut Vm) {
    let fiber = vm.core.fiber;
    vm.set_allocator(fiber, allocate);
    vm.define_groups(&[Fibers::GROUP, Storage::GROUP, Primitives::GROUP]);
}

fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::new(FiberData::new(Value::NIL, Value::NIL))))
}

/// One value as it is, several as an Array, none as nil.
fn packed(vm: &mut Vm, args: &[Value]) -> Value {
    match *args {
        [] => Value::NIL,
        [only] => only,
        _ => vm.array(args),
    }
}

/// What a fiber is passed: one that starts takes keywords as such, for others they are a Hash.
fn passed(vm: &mut Vm, fiber: Value, args: &[Value], keywords: Keywords) -> RResult<ArgumentList> {
    let Some(hash) = keywords.hash() else { return Ok(ArgumentList::from_slice(&vm.roots, args)) };
    if vm.native::<FiberData>(fiber, "Fiber")?.status() == FiberStatus::Created {
        vm.flag_keyword_hash(hash);
    }
    Ok(vm.arguments_with(args, hash.value()))
}

/// Goes on in a suspended fiber with something raised there, in the way that it was left.
fn go_on_with(vm: &mut Vm, fiber: Value, pending: Pending) -> RResult {
    if vm.native::<FiberData>(fiber, "Fiber")?.yields() { vm.fiber_resume_with(fiber, pending) } else { vm.fiber_transfer_with(fiber, pending) }
}

/// Methods of Fiber.
pub struct Fibers;

#[ruby_methods("Fiber")]
impl Fibers {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, keywords: Keywords, block: Block) -> RResult<()> {
        keywords.check(vm, &["blocking", "storage"])?;
        if vm.native::<FiberData>(this, "Fiber")?.is_initialized() {
            return Err(vm.fiber_error("cannot initialize fiber twice"));
        }
        let Some(body) = block.to_proc(vm)? else { return Err(vm.argument_error("tried to create Proc object without a block")) };
        let storage = match keywords.get(vm, "storage") {
            None | Some(Value::TRUE) => vm.copied_storage()?,
            Some(Value::NIL) => Value::NIL,
            Some(given) => {
                check_storage(vm, given)?;
                copied(vm, given)?
            }
        };
        let thread = vm.current_thread();
        let mut data = FiberData::new(body.value(), thread);
        data.storage = storage;
        data.place = vm.proc_source(body);
        data.blocking = keywords.get(vm, "blocking").is_some_and(Value::truthy);
        *vm.native::<FiberData>(this, "Fiber")? = data;
        Ok(())
    }

    #[method("resume")]
    fn resume(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords) -> RResult {
        let args = passed(vm, this, args, keywords)?;
        vm.fiber_resume(this, &args)
    }

    #[method("transfer")]
    fn transfer(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords) -> RResult {
        let args = passed(vm, this, args, keywords)?;
        vm.fiber_transfer(this, &args)
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

    #[singleton("scheduler")]
    fn scheduler(vm: &mut Vm, _this: Value) -> Value {
        vm.scheduler()
    }

    /// The scheduler, where the running fiber uses it.
    #[singleton("current_scheduler")]
    fn current_scheduler(vm: &mut Vm, _this: Value) -> RResult {
        Ok(vm.current_scheduler()?.unwrap_or(Value::NIL))
    }

    #[singleton("set_scheduler")]
    fn set_scheduler(vm: &mut Vm, _this: Value, scheduler: Value) -> RResult {
        vm.set_scheduler(scheduler)?;
        Ok(scheduler)
    }

    /// Lets the scheduler run the block in a fiber.
    #[singleton("schedule")]
    fn schedule(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        let scheduler = vm.scheduler();
        if scheduler.is_nil() {
            let class = vm.core.runtime_error;
            return Err(vm.raise(class, "No scheduler is available!"));
        }
        let name = vm.intern("fiber");
        let list = match keywords.hash() {
            Some(hash) => vm.arguments_with(args, hash.value()),
            None => ArgumentList::from_slice(&vm.roots, args),
        };
        vm.call_with_block(scheduler, name, &list, block.word())
    }

    #[method("alive?")]
    fn is_alive(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(vm.native::<FiberData>(this, "Fiber")?.status() != FiberStatus::Terminated)
    }

    /// Ends the fiber; its `ensure` clauses run.
    #[method("kill")]
    fn kill(vm: &mut Vm, this: Value) -> RResult {
        let data = vm.native::<FiberData>(this, "Fiber")?;
        if std::mem::replace(&mut data.killed, true) {
            return Ok(Value::FALSE);
        }
        match data.status() {
            FiberStatus::Created => vm.fiber_discard(this)?,
            FiberStatus::Terminated => {}
            FiberStatus::Resumed => {
                // The running fiber, or one that waits for it: all up to that one end.
                if vm.native::<FiberData>(this, "Fiber")?.thread() != vm.current_thread() {
                    return Err(vm.fiber_error("fiber called across threads"));
                }
                vm.pending = Pending::Unwind(this);
                return Err(Raised);
            }
            FiberStatus::Suspended => {
                go_on_with(vm, this, Pending::Unwind(this))?;
            }
        }
        Ok(this)
    }

    #[method("blocking?")]
    fn is_blocking(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(vm.native::<FiberData>(this, "Fiber")?.blocking)
    }

    #[singleton("blocking?")]
    fn current_is_blocking(vm: &mut Vm, _this: Value) -> RResult {
        let fiber = vm.current_fiber();
        let blocking = vm.native::<FiberData>(fiber, "Fiber")?.blocking;
        Ok(if blocking { Value::small(1) } else { Value::FALSE })
    }

    #[method("inspect", "to_s")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        let mut text = vm.any_to_s(this);
        text.pop();
        let data = vm.native::<FiberData>(this, "Fiber")?;
        let status = match data.status() {
            FiberStatus::Created => "created",
            FiberStatus::Suspended => "suspended",
            FiberStatus::Resumed => "resumed",
            FiberStatus::Terminated => "terminated",
        };
        if let Some((file, line)) = &data.place {
            text += &format!(" {file}:{line}");
        }
        Ok(text + &format!(" ({status})>"))
    }
}

/// `Fiber[]` and the storage of the running fiber.
pub struct Storage;

fn check_own(vm: &mut Vm, fiber: Value) -> RResult<()> {
    if fiber == vm.current_fiber() {
        return Ok(());
    }
    Err(vm.argument_error("Fiber storage can only be accessed from the Fiber it belongs to"))
}

#[ruby_methods("Fiber")]
impl Storage {
    #[singleton("[]")]
    fn get(vm: &mut Vm, _this: Value, key: Value) -> RResult {
        let key = key_of(vm, key)?;
        match RHash::new(vm.storage) {
            Some(storage) => Ok(vm.hash_get(storage, key)?.unwrap_or(Value::NIL)),
            None => Ok(Value::NIL),
        }
    }

    #[singleton("[]=")]
    fn set(vm: &mut Vm, _this: Value, key: Value, value: Value) -> RResult {
        let key = key_of(vm, key)?;
        let storage = match RHash::new(vm.storage) {
            Some(storage) => storage,
            None if value.is_nil() => return Ok(value),
            None => vm.new_hash(),
        };
        vm.storage = storage.value();
        if value.is_nil() {
            vm.hash_delete(storage, key)?;
        } else {
            vm.hash_set(storage, key, value)?;
        }
        Ok(value)
    }

    #[method("storage")]
    fn storage(vm: &mut Vm, this: Value) -> RResult {
        check_own(vm, this)?;
        let storage = vm.storage;
        copied(vm, storage)
    }

    #[method("storage=")]
    fn set_storage(vm: &mut Vm, this: Value, storage: Value) -> RResult {
        if vm.warns_category("experimental") {
            vm.warn_at_caller("Fiber#storage= is experimental and may be removed in the future!")?;
        }
        check_own(vm, this)?;
        if !storage.is_nil() {
            check_storage(vm, storage)?;
        }
        vm.storage = copied(vm, storage)?;
        Ok(storage)
    }
}

/// Operations of the prelude.
pub struct Primitives;

#[ruby_methods("Primitive")]
impl Primitives {
    /// Makes the running fiber blocking or not; how it was before.
    #[method("fiber_blocking")]
    fn set_blocking(vm: &mut Vm, _this: Value, blocking: bool) -> RResult<bool> {
        let fiber = vm.current_fiber();
        Ok(std::mem::replace(&mut vm.native::<FiberData>(fiber, "Fiber")?.blocking, blocking))
    }

    /// Raises inside the fiber, at its yield.
    #[method("fiber_raise")]
    fn raise(vm: &mut Vm, _this: Value, fiber: Value, exception: Value) -> RResult {
        // A fiber that resumed others is where the innermost of them is.
        let mut innermost = fiber;
        loop {
            match vm.native::<FiberData>(innermost, "Fiber")?.resumed() {
                Value::NIL => break,
                resumed => innermost = resumed,
            }
        }
        let status = vm.native::<FiberData>(innermost, "Fiber")?.status();
        if innermost == vm.current_fiber() {
            return Err(vm.raise_with_cause_set(exception));
        }
        match status {
            FiberStatus::Created => Err(vm.fiber_error("cannot raise exception on unborn fiber")),
            FiberStatus::Suspended => go_on_with(vm, innermost, Pending::Exception(exception)),
            FiberStatus::Resumed | FiberStatus::Terminated => vm.fiber_resume_with(innermost, Pending::Exception(exception)),
        }
    }
}
