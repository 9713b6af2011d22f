//! What Thread and Fiber need of exceptions and backtraces.

use crate::exception::make_exception;
use crate::kernel::location_object;
use macros::ruby_methods;
use vm::{Block, Keywords, RArray, RHash, RResult, Value, Vm, sym};

/// Operations of the prelude.
pub struct Primitives;

#[ruby_methods("Primitive")]
impl Primitives {
    /// The exception that `raise` with these arguments means.
    #[method("make_exception")]
    fn make(vm: &mut Vm, _this: Value, args: RArray, keywords: RHash) -> RResult {
        let keywords = Keywords::new((!keywords.is_empty()).then_some(keywords));
        let given = keywords.get(vm, "cause");
        let exception = if args.is_empty() {
            if given.is_some() {
                return Err(vm.argument_error("only cause is given with no arguments"));
            }
            let class = vm.core.runtime_error;
            let message = vm.str("");
            vm.new_exception(class, message)?
        } else {
            make_exception(vm, &vm.roots.values(args.as_slice(&vm.heap)), keywords)?
        };
        let cause = match given {
            None => vm.errinfo,
            Some(cause) => checked_cause(vm, exception, cause)?,
        };
        if vm.is_frozen(exception) {
            let copy = vm.call(exception, sym::DUP, &[])?;
            vm.set_hidden(copy, sym::H_CAUSE, cause);
            return Ok(copy);
        }
        vm.set_hidden(exception, sym::H_CAUSE, if cause == exception { Value::NIL } else { cause });
        Ok(exception)
    }

    /// Thread::Backtrace::Location objects of what a thread runs; nil when it ended.
    #[method("thread_locations")]
    fn locations(vm: &mut Vm, _this: Value, thread: Value) -> RResult {
        if !vm.thread_data(thread)?.is_alive() {
            return Ok(Value::NIL);
        }
        let list = vm.new_array();
        for &place in vm.thread_places(thread)?.iter() {
            let value = location_object(vm, place);
            vm.push(list, value)?;
        }
        Ok(list.value())
    }
}

fn checked_cause(vm: &mut Vm, exception: Value, cause: Value) -> RResult {
    if cause.is_nil() || cause == exception {
        return Ok(Value::NIL);
    }
    if !vm.is_a(cause, vm.core.exception) {
        return Err(vm.type_error("exception object expected"));
    }
    let mut at = cause;
    while !at.is_nil() {
        if at == exception {
            return Err(vm.argument_error("circular causes"));
        }
        at = vm.hidden(at, sym::H_CAUSE).unwrap_or(Value::NIL);
    }
    Ok(cause)
}

/// Thread.each_caller_location.
pub struct Callers;

#[ruby_methods("Thread")]
impl Callers {
    #[singleton("each_caller_location")]
    fn each(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult<()> {
        keywords.check(vm, &[])?;
        if !block.is_some() {
            return Err(vm.local_jump_error("no block given", "noreason", Value::NIL));
        }
        let from = if args.is_empty() { &[Value::small(1)] } else { args };
        let main = vm.main;
        let list = vm.send(main, "caller_locations", from)?;
        let Some(list) = RArray::new(list) else { return Ok(()) };
        let mut index = 0;
        while let Some(location) = list.get(index) {
            index += 1;
            block.call(vm, &[location])?;
        }
        Ok(())
    }
}
