//! TracePoint and set_trace_func.

use crate::binding::new_binding;
use macros::ruby_methods;
use objects::{CodeRef, MethodBody, MethodRef, NativeData, ProcBody};
use vm::trace::{Events, Listener, Occurrence};
use vm::{Block, Keywords, RClass, RProc, RResult, Symbol, Value, Vm};

/// What a TracePoint object holds.
struct PointData {
    callback: Value,
    events: Events,
}

impl NativeData for PointData {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        tracer.value(self.callback);
    }
}

/// The class.
pub fn init(vm: &mut Vm) {
    let object = vm.core.object;
    let class = vm.define_class_under(object, "TracePoint", object);
    vm.undefine_allocator(class);
    vm.define_groups(&[Points::GROUP, TraceFunction::GROUP]);
    vm.trace_binding = Some(|vm, frame| {
        let data = vm.binding_of(frame)?;
        Ok(new_binding(vm, data))
    });
}

struct TraceFunction;

#[ruby_methods("Kernel")]
impl TraceFunction {
    #[module_function("set_trace_func")]
    fn set_trace_func(vm: &mut Vm, _this: Value, callable: Value) -> RResult {
        if callable.is_nil() {
            vm.trace_stop(Value::NIL);
            return Ok(Value::NIL);
        }
        if RProc::new(callable).is_none() {
            return Err(vm.type_error("trace_func needs to be Proc"));
        }
        let events = Events(
            Events::LINE.0
                | Events::CLASS.0
                | Events::END.0
                | Events::CALL.0
                | Events::RETURN.0
                | Events::C_CALL.0
                | Events::C_RETURN.0
                | Events::RAISE.0,
        );
        let ractor = vm.running_ractor();
        vm.trace_start(Listener { point: Value::NIL, callback: callable, events, target: None, target_line: None, thread: None, ractor });
        Ok(callable)
    }
}

struct Points;

#[ruby_methods("TracePoint")]
impl Points {
    #[singleton("new")]
    fn new(vm: &mut Vm, this: RClass, names: &[Value], block: Block) -> RResult {
        let mut events = Events(0);
        for &name in names {
            events.0 |= event_named(vm, name)?.0;
        }
        if names.is_empty() {
            events = Events::ALL;
        }
        let Some(callback) = block.to_proc(vm)? else { return Err(vm.argument_error("must be called with a block")) };
        Ok(vm.data(this, Box::new(PointData { callback: callback.value(), events })))
    }

    #[singleton("trace")]
    fn trace(vm: &mut Vm, this: RClass, names: &[Value], block: Block) -> RResult {
        let point = Self::new(vm, this, names, block)?;
        start(vm, point, None, None, None)?;
        Ok(point)
    }

    /// Events are reported again while the block runs inside a listener.
    #[singleton("allow_reentry")]
    fn allow_reentry(vm: &mut Vm, _this: Value, block: Block) -> RResult {
        if !block.is_some() {
            return Err(vm.argument_error("no block given"));
        }
        let Some(current) = vm.trace_reentry() else { return Err(vm.runtime_error("No need to allow reentrance.")) };
        let result = block.call(vm, &[]);
        vm.trace_reentry_end(current);
        result
    }

    #[singleton("stat")]
    fn stat(vm: &mut Vm, _this: Value) -> Value {
        vm.new_hash().value()
    }

    #[method("enable")]
    fn enable(vm: &mut Vm, this: Value, keywords: Keywords, block: Block) -> RResult {
        keywords.check(vm, &["target", "target_line", "target_thread"])?;
        let was = vm.trace_enabled(this);
        let target = keywords.get(vm, "target").filter(|target| !target.is_nil());
        let line = keywords.get(vm, "target_line").filter(|line| !line.is_nil());
        let line = match line {
            Some(line) => Some(vm.to_i64(line)? as i32),
            None => None,
        };
        let target = match target {
            Some(target) => Some(target_code(vm, this, target, line)?),
            None if line.is_some() => return Err(vm.argument_error("only target_line is specified")),
            None => None,
        };
        if was && (target.is_some() || vm.trace_is_targeted(this)) {
            return Err(vm.argument_error("can't nest-enable a targeting TracePoint"));
        }
        let thread = match keywords.get(vm, "target_thread") {
            Some(Value::NIL) => None,
            Some(thread) if vm.is_a(thread, vm.core.thread) => Some(thread),
            Some(other) => return Err(vm.wrong_type(other, "VM/thread")),
            // For the time of a block the thread that runs it is meant.
            None => (block.is_some() && target.is_none()).then(|| vm.current_thread()),
        };
        start(vm, this, target, line, thread)?;
        if !block.is_some() {
            return Ok(Value::bool(was));
        }
        let result = block.call(vm, &[]);
        if !was {
            vm.trace_stop(this);
        }
        result
    }

    #[method("disable")]
    fn disable(vm: &mut Vm, this: Value, block: Block) -> RResult {
        data_of(vm, this)?;
        if block.is_some() && vm.trace_is_targeted(this) {
            return Err(vm.argument_error("can't disable a targeting TracePoint in a block"));
        }
        let stopped = vm.trace_stop(this);
        if !block.is_some() {
            return Ok(Value::bool(stopped.is_some()));
        }
        let mut stopped = vm.roots.root(stopped);
        let result = block.call(vm, &[]);
        if let Some(listener) = stopped.update(Option::take) {
            vm.trace_start(listener);
        }
        result
    }

    #[method("enabled?")]
    fn is_enabled(vm: &mut Vm, this: Value) -> bool {
        vm.trace_enabled(this)
    }

    #[method("event")]
    fn event(vm: &mut Vm, this: Value) -> RResult {
        let event = current(vm, this)?.event;
        Ok(vm.symbol(event.name()))
    }

    #[method("path")]
    fn path(vm: &mut Vm, this: Value) -> RResult {
        let at = current(vm, this)?;
        Ok(if at.frame.is_some() { vm.str(&at.path) } else { Value::NIL })
    }

    #[method("lineno")]
    fn lineno(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(current(vm, this)?.line))
    }

    #[method("method_id")]
    fn method_id(vm: &mut Vm, this: Value) -> RResult {
        let method = current(vm, this)?.method;
        Ok(method.map_or(Value::NIL, |method| Value::symbol(Vm::resolve_alias(method).name)))
    }

    #[method("callee_id")]
    fn callee_id(vm: &mut Vm, this: Value) -> RResult {
        let at = current(vm, this)?;
        let name = at.callee.or_else(|| at.method.map(|method| method.name));
        Ok(name.map_or(Value::NIL, Value::symbol))
    }

    #[method("defined_class")]
    fn defined_class(vm: &mut Vm, this: Value) -> RResult {
        let method = current(vm, this)?.method;
        Ok(method.map_or(Value::NIL, |method| Vm::resolve_alias(method).owner))
    }

    #[method("self")]
    fn receiver(vm: &mut Vm, this: Value) -> RResult {
        Ok(current(vm, this)?.receiver)
    }

    #[method("binding")]
    fn binding(vm: &mut Vm, this: Value) -> RResult {
        let at = current(vm, this)?;
        if is_builtin(at.event) {
            return Ok(Value::NIL);
        }
        let Some(frame) = at.frame else { return Ok(Value::NIL) };
        let data = vm.binding_of(frame)?;
        Ok(new_binding(vm, data))
    }

    #[method("parameters")]
    fn parameters(vm: &mut Vm, this: Value) -> RResult {
        let at = current(vm, this)?;
        match (at.event, at.method, at.frame) {
            (Events::CALL | Events::RETURN | Events::C_CALL | Events::C_RETURN, Some(method), _) => crate::method::parameters_of(vm, method),
            (Events::B_CALL | Events::B_RETURN, _, Some(frame)) => {
                let function = &frame.code().function;
                let lambda = frame.flags() & abi::FrameFlags::LAMBDA != 0 || function.kind == bytecode::FunctionKind::Lambda;
                crate::procedure::parameter_list(vm, &function.params, lambda)
            }
            (_, _, None) => Ok(Value::NIL),
            _ => Err(vm.runtime_error("not supported by this event")),
        }
    }

    #[method("return_value")]
    fn return_value(vm: &mut Vm, this: Value) -> RResult {
        value_of(vm, this, &[Events::RETURN, Events::C_RETURN, Events::B_RETURN])
    }

    #[method("raised_exception")]
    fn raised_exception(vm: &mut Vm, this: Value) -> RResult {
        value_of(vm, this, &[Events::RAISE, Events::RESCUE])
    }

    #[method("eval_script")]
    fn eval_script(vm: &mut Vm, this: Value) -> RResult {
        value_of(vm, this, &[Events::SCRIPT_COMPILED])
    }

    /// There are no instruction sequences to show.
    #[method("instruction_sequence")]
    fn instruction_sequence(vm: &mut Vm, this: Value) -> RResult {
        value_of(vm, this, &[])
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        let Some(at) = vm.trace_occurrence(this).cloned() else {
            return Ok(if vm.trace_enabled(this) { "#<TracePoint:enabled>" } else { "#<TracePoint:disabled>" }.to_string());
        };
        let (event, path, line) = (at.event.name(), &at.path, at.line);
        if at.frame.is_none() {
            return Ok(format!("#<TracePoint:{event} {}>", vm.inspect_text(at.receiver)?));
        }
        let named = [Events::CALL, Events::RETURN, Events::C_CALL, Events::C_RETURN].contains(&at.event);
        Ok(match at.method.filter(|_| named) {
            Some(method) => format!("#<TracePoint:{event} '{}' {path}:{line}>", vm.symbols.text(method.name)),
            None => format!("#<TracePoint:{event} {path}:{line}>"),
        })
    }
}

fn data_of(vm: &mut Vm, this: Value) -> RResult<PointData> {
    match objects::RData::new(this).and_then(|data| data.read::<PointData>(&vm.heap)) {
        Some(data) => Ok(PointData { ..*data }),
        None => Err(vm.wrong_type(this, "tracepoint")),
    }
}

fn current(vm: &mut Vm, this: Value) -> RResult<Occurrence> {
    match vm.trace_occurrence(this).cloned() {
        Some(occurrence) => Ok(occurrence),
        None => Err(vm.runtime_error("access from outside")),
    }
}

fn is_builtin(event: Events) -> bool {
    event == Events::C_CALL || event == Events::C_RETURN
}

fn value_of(vm: &mut Vm, this: Value, events: &[Events]) -> RResult {
    let at = current(vm, this)?;
    if events.contains(&at.event) { Ok(at.value) } else { Err(vm.runtime_error("not supported by this event")) }
}

fn event_named(vm: &mut Vm, name: Value) -> RResult<Events> {
    let symbol = match name.as_symbol() {
        Some(symbol) => symbol,
        None => converted_name(vm, name)?,
    };
    let text = vm.symbols.text(symbol).into_owned();
    match Events::NAMES.iter().find(|(known, _)| *known == text) {
        Some((_, event)) => Ok(*event),
        None => Err(vm.argument_error(&format!("unknown event: {text}"))),
    }
}

fn converted_name(vm: &mut Vm, name: Value) -> RResult<Symbol> {
    let to_sym = vm.intern("to_sym");
    let converted = match vm.call_if_responds(name, to_sym, &[])? {
        Some(converted) => converted,
        None => return Err(vm.no_implicit_conversion(name, "Symbol")),
    };
    match converted.as_symbol() {
        Some(symbol) => Ok(symbol),
        None => {
            let (from, got) = (vm.class_name_of(name), vm.class_name_of(converted));
            Err(vm.type_error(&format!("can't convert {from} to Symbol ({from}#to_sym gives {got})")))
        }
    }
}

fn start(vm: &mut Vm, point: Value, target: Option<CodeRef>, target_line: Option<i32>, thread: Option<Value>) -> RResult<()> {
    let data = data_of(vm, point)?;
    let ractor = vm.running_ractor();
    vm.trace_start(Listener { point, callback: data.callback, events: data.events, target, target_line, thread, ractor });
    Ok(())
}

/// The code that `target:` names, which must be able to trigger the events.
fn target_code(vm: &mut Vm, this: Value, target: Value, line: Option<i32>) -> RResult<CodeRef> {
    let events = data_of(vm, this)?.events;
    if line.is_some() && !events.has(Events::LINE) {
        return Err(vm.argument_error("target_line is specified, but line event is not specified"));
    }
    let body = match RProc::new(target).map(RProc::body) {
        Some(ProcBody::Block { code, .. }) => Some((code, Events(Events::B_CALL.0 | Events::B_RETURN.0))),
        Some(_) => None,
        None => match crate::method::method_data(vm, target).map(|data| code_of_method(data.method)) {
            Some(code) => code.map(|code| (code, Events(Events::CALL.0 | Events::RETURN.0 | Events::B_CALL.0 | Events::B_RETURN.0))),
            None => return Err(vm.argument_error("specified target is not supported")),
        },
    };
    let Some((code, own)) = body else { return Err(vm.argument_error("specified target is not supported")) };
    let always = Events(Events::LINE.0 | Events::C_CALL.0 | Events::C_RETURN.0 | Events::RAISE.0 | Events::CLASS.0 | Events::END.0);
    if !events.has(Events(own.0 | always.0)) {
        return Err(vm.argument_error("can not enable any hooks"));
    }
    if line.is_some_and(|line| !has_line(&code.function, line)) {
        return Err(vm.argument_error("can not enable any hooks"));
    }
    Ok(code)
}

/// Does code of the function or its blocks stand on the line?
fn has_line(function: &bytecode::Function, line: i32) -> bool {
    function.lines.iter().any(|entry| entry.line == line) || function.children.iter().any(|child| has_line(child, line))
}

fn code_of_method(method: MethodRef) -> Option<CodeRef> {
    match Vm::resolve_alias(method).body {
        MethodBody::Ruby(code, _) => Some(code),
        MethodBody::Proc(callable) => match RProc::new(callable).map(RProc::body) {
            Some(ProcBody::Block { code, .. }) => Some(code),
            _ => None,
        },
        _ => None,
    }
}
