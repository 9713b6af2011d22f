//! raise, catch and throw, lambda and proc, exit and at_exit.

use crate::exception::{make_exception, new_system_exit};
use macros::ruby_methods;
use vm::{Block, Keywords, Pending, RArray, RProc, RResult, Raised, Value, Vm, sym};

/// Control flow functions.
pub struct Control;

#[ruby_methods("Kernel")]
impl Control {
    /// `raise`, `raise message`, `raise class_or_exception, message, backtrace, cause: exception`.
    #[module_function("raise", "fail")]
    fn raise(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords) -> RResult {
        let exception = match args {
            [] if keywords.hash().is_none() => {
                let current = vm.errinfo;
                if !current.is_nil() {
                    return Err(vm.raise_with_cause_set(current));
                }
                let class = vm.core.runtime_error;
                let message = vm.str("");
                vm.new_exception(class, message)?
            }
            _ => make_exception(vm, args, keywords)?,
        };
        Err(raise_with_cause(vm, exception, keywords, args.is_empty())?)
    }

    /// `catch(tag = Object.new) { |tag| ... }`
    #[module_function("catch")]
    fn catch(vm: &mut Vm, _this: Value, tag: Option<Value>, block: Block) -> RResult {
        let tag = match tag {
            Some(tag) => tag,
            None => {
                let object = vm.class_view(vm.core.object);
                vm.allocate(object)?
            }
        };
        let handled = vm.errinfo;
        let depth = vm.catch_tags.len();
        vm.catch_tags.push(tag);
        let result = vm.always(|vm| block.call(vm, &[tag]), |vm| vm.catch_tags.truncate(depth));
        match (result, vm.pending) {
            (Err(_), Pending::Throw { tag: thrown, value }) if thrown == tag => {
                vm.pending = Pending::None;
                vm.errinfo = handled;
                Ok(value)
            }
            (result, _) => result,
        }
    }

    /// `throw tag, value = nil`. UncaughtThrowError when nobody catches the tag.
    #[module_function("throw")]
    fn throw(vm: &mut Vm, _this: Value, tag: Value, value: Option<Value>) -> RResult {
        let value = value.unwrap_or(Value::NIL);
        if vm.catch_tags.contains(&tag) {
            vm.pending = Pending::Throw { tag, value };
            return Err(Raised);
        }
        let text = vm.inspect_text(tag)?;
        let class = vm.core.uncaught_throw_error;
        let message = vm.str(&format!("uncaught throw {text}"));
        let exception = vm.new_exception(class, message)?;
        vm.set_hidden(exception, sym::H_TAG, tag);
        vm.set_hidden(exception, sym::H_VALUE, value);
        Err(vm.raise_exception(exception))
    }

    #[module_function("lambda")]
    fn lambda(vm: &mut Vm, _this: Value, block: Block) -> RResult<RProc> {
        if !block.is_some() {
            return Err(vm.argument_error("tried to create Proc object without a block"));
        }
        if block.word().record().is_some() {
            let made = block.to_proc(vm)?.expect("a block was given");
            made.set_lambda(true);
            return Ok(made);
        }
        let made = block.to_proc(vm)?.expect("a block was given");
        if !made.is_lambda() {
            return Err(vm.argument_error("the lambda method requires a literal block"));
        }
        Ok(made)
    }

    #[module_function("proc")]
    fn proc_(vm: &mut Vm, _this: Value, block: Block) -> RResult<RProc> {
        match block.to_proc(vm)? {
            Some(made) => Ok(made),
            None => Err(vm.argument_error("tried to create Proc object without a block")),
        }
    }

    /// `exit(status = true)`: raises SystemExit.
    #[module_function("exit")]
    fn exit(vm: &mut Vm, _this: Value, status: Option<Value>) -> RResult {
        let code = exit_status(vm, status.unwrap_or(Value::TRUE))?;
        Err(new_system_exit(vm, code, "exit")?)
    }

    /// `exit!(status = false)`: ends the process at once.
    #[module_function("exit!")]
    fn exit_now(vm: &mut Vm, _this: Value, status: Option<Value>) -> RResult {
        let code = exit_status(vm, status.unwrap_or(Value::FALSE))?;
        std::process::exit(code as i32)
    }

    /// `abort(message)`: prints it and exits with 1.
    #[module_function("abort")]
    fn abort(vm: &mut Vm, _this: Value, message: Option<Value>) -> RResult {
        match message {
            Some(message) => {
                let text = vm.to_str(message)?;
                let stderr = vm.global_get(sym::STDERR_G)?;
                vm.call(stderr, sym::PUTS, &[text.value()])?;
                Err(new_system_exit(vm, 1, &text.to_text())?)
            }
            None => {
                let current = vm.errinfo;
                if !current.is_nil() {
                    let text = vm.call(current, sym::FULL_MESSAGE, &[])?;
                    let stderr = vm.global_get(sym::STDERR_G)?;
                    vm.call(stderr, sym::WRITE, &[text])?;
                }
                Err(new_system_exit(vm, 1, "exit")?)
            }
        }
    }

    #[module_function("at_exit")]
    fn at_exit(vm: &mut Vm, _this: Value, block: Block) -> RResult<RProc> {
        match block.to_proc(vm)? {
            Some(made) => {
                vm.at_exit.push(made.value());
                Ok(made)
            }
            None => Err(vm.argument_error("called without a block")),
        }
    }

    #[module_function("global_variables")]
    fn global_variables(vm: &mut Vm, _this: Value) -> RResult<RArray> {
        vm.main_ractor_only("can not access global variables from non-main Ractors")?;
        let names = vm.global_names().to_vec();
        crate::object::symbols(vm, names)
    }
}

fn raise_with_cause(vm: &mut Vm, exception: Value, keywords: Keywords, bare: bool) -> RResult<Raised> {
    let Some(cause) = keywords.get(vm, "cause") else { return Ok(vm.raise_exception(exception)) };
    if bare {
        return Err(vm.argument_error("only cause is given with no arguments"));
    }
    if !cause.is_nil() && !vm.is_a(cause, vm.core.exception) {
        return Err(vm.type_error("exception object expected"));
    }
    let mut at = cause;
    while !at.is_nil() {
        if at == exception && at != cause {
            return Err(vm.argument_error("circular causes"));
        }
        at = vm.hidden(at, sym::H_CAUSE).unwrap_or(Value::NIL);
    }
    // `cause: nil` does not take away a cause that an earlier raise has set.
    if cause != exception && !(cause.is_nil() && vm.hidden(exception, sym::H_CAUSE).is_some()) {
        vm.set_hidden(exception, sym::H_CAUSE, cause);
    }
    Ok(vm.raise_with_cause_set(exception))
}

/// Number of an exit status: true 0, false 1, or an Integer.
pub fn exit_status(vm: &mut Vm, status: Value) -> RResult<i64> {
    match status {
        Value::TRUE => Ok(0),
        Value::FALSE => Ok(1),
        other => vm.to_i64(other),
    }
}

/// The functions of Kernel that end the process, as Process has them.
pub struct Exits;

#[ruby_methods("Process")]
impl Exits {
    #[singleton("exit")]
    fn exit(vm: &mut Vm, this: Value, status: Option<Value>) -> RResult {
        Control::exit(vm, this, status)
    }

    #[singleton("exit!")]
    fn exit_now(vm: &mut Vm, this: Value, status: Option<Value>) -> RResult {
        Control::exit_now(vm, this, status)
    }

    #[singleton("abort")]
    fn abort(vm: &mut Vm, this: Value, message: Option<Value>) -> RResult {
        Control::abort(vm, this, message)
    }
}
