//! Events for TracePoint and `set_trace_func`.
//!
//! While nothing listens, code runs as ever. The first listener puts the operation `trace` in the place of
//! instructions where something may happen, in all codes; it reports and then does what stood there. Codes loaded
//! meanwhile are marked as they come, machine code is not entered, and the last listener to go puts the
//! operations back.

use crate::vm::Vm;
use abi::frame::Frame;
use bytecode::{FunctionKind, Op};
use heap::{Trace, Tracer};
use objects::{CodeRef, MethodBody, MethodRef, RProc};
use std::sync::Arc;
use stdx::FastMap;
use text::encoding::Encoding;
use value::{RResult, Symbol, Value};

/// Kinds of events, as bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Events(pub u32);

impl Events {
    /// A line is about to run.
    pub const LINE: Events = Events(1);
    /// A class or module body starts.
    pub const CLASS: Events = Events(2);
    /// A class or module body ends.
    pub const END: Events = Events(4);
    /// A Ruby method starts.
    pub const CALL: Events = Events(8);
    /// A Ruby method ends.
    pub const RETURN: Events = Events(16);
    /// A builtin method starts.
    pub const C_CALL: Events = Events(32);
    /// A builtin method ends.
    pub const C_RETURN: Events = Events(64);
    /// An exception is raised.
    pub const RAISE: Events = Events(128);
    /// A block starts.
    pub const B_CALL: Events = Events(256);
    /// A block ends.
    pub const B_RETURN: Events = Events(512);
    /// A thread starts.
    pub const THREAD_BEGIN: Events = Events(1024);
    /// A thread ends.
    pub const THREAD_END: Events = Events(2048);
    /// Another fiber runs.
    pub const FIBER_SWITCH: Events = Events(4096);
    /// Source text was compiled.
    pub const SCRIPT_COMPILED: Events = Events(8192);
    /// A `rescue` clause is entered.
    pub const RESCUE: Events = Events(16384);
    /// Everything.
    pub const ALL: Events = Events(32767);

    /// Names of the events with their bits.
    pub const NAMES: &'static [(&'static str, Events)] = &[
        ("line", Self::LINE),
        ("class", Self::CLASS),
        ("end", Self::END),
        ("call", Self::CALL),
        ("return", Self::RETURN),
        ("c_call", Self::C_CALL),
        ("c_return", Self::C_RETURN),
        ("raise", Self::RAISE),
        ("b_call", Self::B_CALL),
        ("b_return", Self::B_RETURN),
        ("thread_begin", Self::THREAD_BEGIN),
        ("thread_end", Self::THREAD_END),
        ("fiber_switch", Self::FIBER_SWITCH),
        ("script_compiled", Self::SCRIPT_COMPILED),
        ("rescue", Self::RESCUE),
        ("a_call", Events(8 + 32 + 256)),
        ("a_return", Events(16 + 64 + 512)),
    ];

    /// Does it have one of these bits?
    pub fn has(self, other: Events) -> bool {
        self.0 & other.0 != 0
    }

    /// Name of a single event.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, event)| *event == self).map_or("line", |(name, _)| name)
    }
}

/// Who is told.
#[derive(Clone)]
pub struct Listener {
    /// TracePoint object, or nil for `set_trace_func`.
    pub point: Value,
    /// Proc to call.
    pub callback: Value,
    /// Events wanted.
    pub events: Events,
    /// The only code (with its blocks) to listen to.
    pub target: Option<CodeRef>,
    /// The only line.
    pub target_line: Option<i32>,
    /// The Ractor whose events are wanted; None for the main one.
    pub ractor: Option<Value>,
    /// The only thread.
    pub thread: Option<Value>,
}

/// What is being reported.
#[derive(Clone)]
pub struct Occurrence {
    /// TracePoint that is told.
    pub point: Value,
    /// Event.
    pub event: Events,
    /// File.
    pub path: Arc<str>,
    /// Line.
    pub line: i32,
    /// Method around or called.
    pub method: Option<MethodRef>,
    /// Name it was called by.
    pub callee: Option<Symbol>,
    /// self
    pub receiver: Value,
    /// Return value or exception.
    pub value: Value,
    /// Frame it happened in, while it is reported; None when a thread begins or ends.
    pub frame: Option<Frame>,
}

impl Trace for Listener {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.values(&[self.point, self.callback]);
        self.target.map(CodeRef::value).trace(tracer);
        self.ractor.trace(tracer);
        self.thread.trace(tracer);
    }
}

/// State of tracing.
#[derive(Default)]
pub struct Tracing {
    listeners: Vec<Listener>,
    current: Option<Occurrence>,
    /// A listener runs: nothing is reported.
    inside: bool,
    marks: FastMap<u32, FastMap<u32, Marks>>,
    thresholds: Option<(u32, u32)>,
}

/// What happens at a marked instruction.
#[derive(Clone, Copy, Default)]
pub(crate) struct Marks {
    pub entry: bool,
    pub line: bool,
    pub exit: bool,
    pub call: bool,
}

impl Tracing {
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        self.listeners.trace(tracer);
        if let Some(current) = &self.current {
            tracer.value(current.point);
            tracer.value(current.receiver);
            tracer.value(current.value);
            current.method.map(MethodRef::value).trace(tracer);
        }
    }

    pub(crate) fn marks_at(&self, code: CodeRef, at: u32) -> Marks {
        self.marks.get(&code.id).and_then(|marks| marks.get(&at)).copied().unwrap_or_default()
    }
}

impl Vm {
    /// Does anybody listen?
    #[inline(always)]
    pub(crate) fn is_traced(&self) -> bool {
        self.tracing.thresholds.is_some()
    }

    /// The event being reported to this TracePoint.
    pub fn trace_occurrence(&self, point: Value) -> Option<&Occurrence> {
        self.tracing.current.as_ref().filter(|current| current.point == point)
    }

    /// Is the TracePoint among the listeners?
    pub fn trace_enabled(&self, point: Value) -> bool {
        self.tracing.listeners.iter().any(|listener| listener.point == point)
    }

    /// Does the TracePoint listen to one code only?
    pub fn trace_is_targeted(&self, point: Value) -> bool {
        self.tracing.listeners.iter().any(|listener| listener.point == point && listener.target.is_some())
    }

    /// Adds a listener; a second one of the same TracePoint replaces the first.
    pub fn trace_start(&mut self, listener: Listener) {
        self.tracing.listeners.retain(|other| other.point != listener.point);
        // The newest is told first, those that listen everywhere before those of one code.
        let position = if listener.target.is_some() { self.tracing.listeners.iter().take_while(|other| other.target.is_none()).count() } else { 0 };
        self.tracing.listeners.insert(position, listener);
        if self.is_traced() {
            return;
        }
        self.tracing.thresholds = Some(self.tier_thresholds);
        self.tier_thresholds = (u32::MAX, u32::MAX);
        if let Some(compiler) = &mut self.compiler {
            compiler.operators_changed();
        }
        for &code in self.codes().iter() {
            code.entry.set(std::ptr::null());
            code.calls.set(0);
            self.mark_code(code);
        }
    }

    /// Removes the listener of a TracePoint (nil: that of `set_trace_func`); it comes back for `trace_start`.
    pub fn trace_stop(&mut self, point: Value) -> Option<Listener> {
        let position = self.tracing.listeners.iter().position(|listener| listener.point == point)?;
        let listener = self.tracing.listeners.remove(position);
        if self.tracing.listeners.is_empty() {
            if let Some(thresholds) = self.tracing.thresholds.take() {
                self.tier_thresholds = thresholds;
            }
            for code in self.codes().iter() {
                code.restore_units();
            }
            self.tracing.marks.clear();
        }
        Some(listener)
    }

    /// Runs a block with events reported again, inside a listener. False when no listener runs.
    pub fn trace_reentry(&mut self) -> Option<Occurrence> {
        if !self.tracing.inside {
            return None;
        }
        self.tracing.inside = false;
        self.tracing.current.take()
    }

    /// Ends what `trace_reentry` started.
    pub fn trace_reentry_end(&mut self, current: Occurrence) {
        self.tracing.inside = true;
        self.tracing.current = Some(current);
    }

    /// Marks the instructions of a code where something may be reported.
    pub(crate) fn mark_code(&mut self, code: CodeRef) {
        let internal = code.file.starts_with("<internal:");
        let function = &code.function;
        let mut marks: FastMap<u32, Marks> = FastMap::default();
        let (mut at, mut line) = (0, i32::MIN);
        let empty = matches!(Op::decode(&function.code, 0), Some((Op::LoadNil { .. }, next)) if matches!(Op::decode(&function.code, next), Some((Op::Return { .. }, _))));
        while let Some((op, next)) = Op::decode(&function.code, at) {
            let pc = at as u32;
            let here = function.line_at(pc);
            let silent = internal
                || empty
                || matches!(
                    op,
                    Op::EnterEnv { .. } | Op::PublishEnv {} | Op::Return { .. } | Op::JumpGiven { .. } | Op::Jump { .. } | Op::BlockParam { .. }
                );
            let mark = Marks {
                entry: at == 0,
                line: !silent && here != line,
                exit: matches!(op, Op::Return { .. }),
                call: (!internal || function.kind == FunctionKind::SymbolBlock)
                    && (matches!(op, Op::Send { .. } | Op::SendSuper { .. }) || is_operator(&op)),
            };
            if mark.line {
                line = here;
            }
            if mark.entry || mark.line || mark.exit || mark.call {
                marks.insert(pc, mark);
                code.set_unit(pc, bytecode::Opcode::Trace as u16);
            }
            at = next;
        }
        self.tracing.marks.insert(code.id, marks);
    }

    /// The event of a frame's start.
    pub(crate) fn trace_entry(&mut self, frame: Frame) -> RResult<()> {
        let code = frame.code();
        let (event, line) = (start_event(code), code.function.line);
        let Some(event) = event else { return Ok(()) };
        if code.file.starts_with("<internal:") {
            return if event == Events::CALL { self.trace_internal(frame, Events::C_CALL, Value::NIL) } else { Ok(()) };
        }
        if event == Events::B_CALL && is_defined_method(frame) {
            self.trace_report(frame, Events::CALL, line, Value::NIL)?;
        }
        self.trace_report(frame, event, line, Value::NIL)
    }

    /// The event of a frame's end.
    pub(crate) fn trace_exit(&mut self, frame: Frame, value: Value) -> RResult<()> {
        let code = frame.code();
        let event = match start_event(code) {
            Some(Events::CALL) => Events::RETURN,
            Some(Events::B_CALL) => Events::B_RETURN,
            Some(Events::CLASS) => Events::END,
            _ => return Ok(()),
        };
        if code.file.starts_with("<internal:") {
            return if event == Events::RETURN { self.trace_internal(frame, Events::C_RETURN, value) } else { Ok(()) };
        }
        self.trace_report(frame, event, frame.line(), value)?;
        if event == Events::B_RETURN && is_defined_method(frame) {
            self.trace_report(frame, Events::RETURN, frame.line(), value)?;
        }
        Ok(())
    }

    /// A frame ends without its own doing, while something is pending.
    #[cold]
    pub(crate) fn trace_unwound(&mut self, frame: Frame) {
        let pending = std::mem::take(&mut self.pending);
        let parked = self.park(pending);
        // What a listener raises here takes the place of what was pending.
        if self.trace_exit(frame, Value::NIL).is_ok() {
            self.unpark(parked);
        }
    }

    /// Methods of the runtime written in Ruby are builtin methods, at the place of their caller.
    fn trace_internal(&mut self, frame: Frame, event: Events, value: Value) -> RResult<()> {
        match Vm::visible_caller(frame) {
            Some(caller) => self.trace_method(caller, event, frame.method(), frame.receiver(), value),
            None => Ok(()),
        }
    }

    /// An event of the frame's own code.
    pub(crate) fn trace_report(&mut self, frame: Frame, event: Events, line: i32, value: Value) -> RResult<()> {
        let method = frame.method();
        let callee = method.and_then(|_| called_name(self.method_frame(frame).unwrap_or(frame)));
        let path = frame.code().file.clone();
        let occurrence = Occurrence { point: Value::NIL, event, path, line, method, callee, receiver: frame.receiver(), value, frame: Some(frame) };
        self.trace_tell(&occurrence)
    }

    /// A call or return of a builtin method, made by the code of `frame`.
    pub(crate) fn trace_method(&mut self, frame: Frame, event: Events, method: Option<MethodRef>, receiver: Value, value: Value) -> RResult<()> {
        if frame.code().function.kind == FunctionKind::SymbolBlock {
            return match Vm::visible_caller(frame) {
                Some(caller) => self.trace_method(caller, event, method, receiver, value),
                None => Ok(()),
            };
        }
        let (path, line) = (frame.code().file.clone(), frame.line());
        let callee = method.map(|method| method.name);
        self.trace_tell(&Occurrence { point: Value::NIL, event, path, line, method, callee, receiver, value, frame: Some(frame) })
    }

    /// An exception is about to be raised or rescued in the running code.
    #[cold]
    pub(crate) fn trace_exception(&mut self, event: Events, exception: Value) -> RResult<()> {
        let mut frame = self.frame();
        while let Some(at) = frame.filter(|at| at.code().file.starts_with("<internal:")) {
            frame = at.caller();
        }
        match frame {
            Some(frame) => self.trace_report(frame, event, frame.line(), exception),
            None => Ok(()),
        }
    }

    /// Text or a file was compiled on behalf of the running code; for texts with the text and its encoding.
    pub fn trace_compiled(&mut self, text: Option<(&[u8], Option<&str>)>, receiver: Value) -> RResult<()> {
        if !self.is_traced() {
            return Ok(());
        }
        let Some(frame) = self.frame() else { return Ok(()) };
        let text = match text {
            Some((text, encoding)) => {
                let encoding = encoding.and_then(Encoding::find).unwrap_or(Encoding::UTF_8);
                self.string(text, encoding)
            }
            None => Value::NIL,
        };
        let method = crate::backtrace::native_callee(frame).or(frame.method());
        let callee = method.map(|method| method.name);
        let occurrence = Occurrence {
            point: Value::NIL,
            event: Events::SCRIPT_COMPILED,
            path: frame.code().file.clone(),
            line: frame.line(),
            method,
            callee,
            receiver,
            value: text,
            frame: Some(frame),
        };
        self.trace_tell(&occurrence)
    }

    /// The running thread begins or ends. What a listener raises then is nobody's to rescue.
    pub(crate) fn trace_thread(&mut self, event: Events) {
        if !self.is_traced() {
            return;
        }
        let thread = self.current_thread();
        let pending = std::mem::take(&mut self.pending);
        let occurrence = Occurrence {
            point: Value::NIL,
            event,
            path: Arc::from(""),
            line: 0,
            method: None,
            callee: None,
            receiver: thread,
            value: Value::NIL,
            frame: None,
        };
        let _ = self.trace_tell(&occurrence);
        self.pending = pending;
    }

    fn trace_tell(&mut self, occurrence: &Occurrence) -> RResult<()> {
        if self.tracing.inside {
            return Ok(());
        }
        let wanted = |listener: &Listener| {
            listener.events.has(occurrence.event)
                && listener.target_line.is_none_or(|line| line == occurrence.line)
                && listener.thread.is_none_or(|thread| thread == self.current_thread())
                && within(occurrence.frame, listener.target)
        };
        let running = self.running_ractor();
        let told: Vec<Listener> = self.tracing.listeners.iter().filter(|listener| listener.ractor == running && wanted(listener)).cloned().collect();
        for listener in told {
            self.tracing.inside = true;
            self.tracing.current = Some(Occurrence { point: listener.point, ..occurrence.clone() });
            let errinfo = std::mem::replace(&mut self.errinfo, Value::NIL);
            let after = |vm: &mut Vm| {
                vm.errinfo = errinfo;
                vm.tracing.inside = false;
                vm.tracing.current = None;
            };
            self.always(|vm| vm.tell(&listener, occurrence), after)?;
        }
        Ok(())
    }

    fn tell(&mut self, listener: &Listener, occurrence: &Occurrence) -> RResult<()> {
        let Some(callback) = RProc::new(listener.callback) else { return Ok(()) };
        let block = objects::BlockWord::from_value(callback.value());
        if !listener.point.is_nil() {
            return self.call_block(block, &[listener.point]).map(|_| ());
        }
        let event = self.str(&occurrence.event.name().replace('_', "-"));
        let path = self.str(&occurrence.path);
        let name = occurrence.method.map_or(Value::NIL, |method| Value::symbol(method.name));
        let class = occurrence.method.map_or(Value::NIL, |method| method.owner);
        let binding = match self.trace_binding {
            Some(make) if !occurrence.event.has(Events(Events::C_CALL.0 | Events::C_RETURN.0)) => match occurrence.frame {
                Some(frame) => make(self, frame)?,
                None => Value::NIL,
            },
            _ => Value::NIL,
        };
        let line = Value::small(i64::from(occurrence.line));
        self.call_block(block, &[event, path, line, name, binding, class]).map(|_| ())
    }
}

/// An operator that gives its result in a register and names its receiver next.
pub(crate) fn is_operator(op: &Op) -> bool {
    matches!(
        op,
        Op::Add { .. }
            | Op::Sub { .. }
            | Op::Mul { .. }
            | Op::Div { .. }
            | Op::Rem { .. }
            | Op::Pow { .. }
            | Op::AddImm { .. }
            | Op::SubImm { .. }
            | Op::And { .. }
            | Op::Or { .. }
            | Op::Xor { .. }
            | Op::Shl { .. }
            | Op::Shr { .. }
            | Op::Lt { .. }
            | Op::Le { .. }
            | Op::Gt { .. }
            | Op::Ge { .. }
            | Op::Eq { .. }
            | Op::Neq { .. }
            | Op::Neg { .. }
            | Op::Not { .. }
            | Op::Index { .. }
    )
}

/// What the start of a code is.
fn start_event(code: CodeRef) -> Option<Events> {
    match code.function.kind {
        FunctionKind::Method => Some(Events::CALL),
        FunctionKind::Block | FunctionKind::Lambda => Some(Events::B_CALL),
        FunctionKind::Class | FunctionKind::Module | FunctionKind::SingletonClass => Some(Events::CLASS),
        FunctionKind::Top | FunctionKind::Eval | FunctionKind::SymbolBlock => None,
    }
}

/// Does the frame run a block that `define_method` made a method?
fn is_defined_method(frame: Frame) -> bool {
    let body = frame.method().map(|method| method.body);
    let Some(MethodBody::Proc(callable)) = body else { return false };
    matches!(RProc::new(callable).map(RProc::body), Some(objects::ProcBody::Block { code, .. }) if code == frame.code())
}

/// The name that the caller's instruction calls.
fn called_name(frame: Frame) -> Option<Symbol> {
    let name = frame.caller().filter(|caller| !caller.code().file.starts_with("<internal:")).and_then(crate::backtrace::site_name);
    name.or_else(|| frame.method().map(|method| method.name))
}

fn within(frame: Option<Frame>, target: Option<CodeRef>) -> bool {
    let Some(target) = target else { return true };
    let mut at = frame.map(|frame| frame.code());
    while let Some(code) = at {
        if code == target {
            return true;
        }
        at = code.parent.filter(|_| code.function.kind.is_closure());
    }
    false
}
