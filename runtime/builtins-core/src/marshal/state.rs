//! Hidden variables of builtin objects that stand in dumps under names without `@`.
//!
//! Invariant: what a dump says about a hidden variable is taken over only if it is of the kind that the methods of
//! the class expect.

use super::dump::Dumper;
use objects::RArray;
use vm::{RClass, RResult, Rooted, Symbol, Value, Vm, sym};

/// What a hidden variable may hold.
#[derive(Clone, Copy)]
enum Content {
    Any,
    Integer,
    Symbol,
    Array,
    Flag,
}

/// A row: class, name in the dump, hidden name, content, whether it stands there when it is not set.
struct Row(&'static str, &'static str, Symbol, Content, bool);

/// Rows that belong to all exceptions come first, then those of the classes.
const ROWS: &[Row] = &[
    Row("Exception", "mesg", sym::H_MESSAGE, Content::Any, true),
    Row("Exception", "bt", sym::H_BACKTRACE, Content::Array, true),
    Row("NameError", "name", sym::H_NAME, Content::Symbol, true),
    Row("NoMethodError", "args", sym::H_ARGS, Content::Array, true),
    Row("KeyError", "receiver", sym::H_RECEIVER, Content::Any, false),
    Row("NoMatchingPatternKeyError", "matchee", sym::H_RECEIVER, Content::Any, false),
    Row("KeyError", "key", sym::H_KEY, Content::Any, false),
    Row("NoMatchingPatternKeyError", "key", sym::H_KEY, Content::Any, false),
    Row("SystemCallError", "errno", sym::H_ERRNO, Content::Integer, false),
    Row("SystemExit", "status", sym::H_STATUS, Content::Integer, false),
    Row("SignalException", "signo", sym::H_SIGNO, Content::Integer, false),
    Row("UncaughtThrowError", "tag", sym::H_TAG, Content::Any, false),
    Row("UncaughtThrowError", "value", sym::H_VALUE, Content::Any, false),
    Row("StopIteration", "result", sym::H_RESULT, Content::Any, false),
    Row("LocalJumpError", "@exit_value", sym::H_VALUE, Content::Any, false),
    Row("LocalJumpError", "@reason", sym::H_REASON, Content::Symbol, false),
    Row("Process::Status", "status", sym::H_STATUS, Content::Integer, false),
    Row("Process::Status", "pid", sym::H_VALUE, Content::Integer, false),
];

impl Content {
    fn fits(self, value: Value) -> bool {
        match self {
            Content::Any => true,
            Content::Integer => value.as_fixnum().is_some(),
            Content::Symbol => value.is_symbol(),
            Content::Array => RArray::new(value).is_some(),
            Content::Flag => value == Value::TRUE,
        }
    }
}

/// The row about NoMethodError's flag; its hidden name has no fixed number.
fn flag_row(vm: &mut Vm) -> Row {
    Row("NoMethodError", "private_call?", vm.intern(vm::raise::PRIVATE_CALL), Content::Flag, false)
}

fn belongs(vm: &mut Vm, row: &Row, class: RClass) -> bool {
    let owner = vm.class_at(row.0);
    class.inherits(vm.class_view(owner))
}

/// Is the object's whole hidden state told by the rows?
pub fn has_rows(vm: &mut Vm, class: RClass) -> bool {
    let exception = vm.class_view(vm.core.exception);
    let status = vm.class_at("Process::Status");
    class.inherits(exception) || class.value() == status
}

/// Names and values of an object with rows, in the order of a dump.
pub fn pairs_of(vm: &mut Vm, dumper: &mut Dumper, object: Value) -> RResult<Rooted<Vec<(Symbol, Value)>>> {
    let class = vm.real_class_of(object);
    let mut pairs = vm.roots.root(Vec::new());
    let flag = flag_row(vm);
    let is_exception = class.inherits(vm.class_view(vm.core.exception));
    for row in ROWS {
        if !belongs(vm, row, class) {
            continue;
        }
        let value = match row.2 {
            sym::H_BACKTRACE => Some(vm.backtrace_of(object)),
            name => vm.hidden(object, name),
        };
        if value.is_none() && !row.4 {
            continue;
        }
        let name = vm.intern(row.1);
        pairs.push((name, value.unwrap_or(Value::NIL)));
        if row.2 == sym::H_ARGS {
            let name = vm.intern(flag.1);
            pairs.push((name, Value::bool(vm.hidden(object, flag.2) == Some(Value::TRUE))));
        }
    }
    for name in vm.ivar_names(object) {
        pairs.push((name, vm.ivar_get(object, name).unwrap_or(Value::NIL)));
    }
    if is_exception {
        let backtrace = pairs[1].1;
        let raised = vm.hidden(object, sym::H_LOCATIONS).is_some_and(|locations| !locations.is_nil());
        if let Some(cause) = vm.hidden(object, sym::H_CAUSE).filter(|cause| !cause.is_nil()) {
            pairs.push((sym::K_CAUSE, cause));
        }
        if raised && !backtrace.is_nil() {
            let name = vm.intern("bt_locations");
            pairs.push((name, backtrace));
        }
    }
    for &(_, value) in pairs.iter() {
        dumper.hold(vm, value)?;
    }
    Ok(pairs)
}

/// Takes over what a dump says under a name without `@`; what does not fit is left out.
pub fn set_pair(vm: &mut Vm, object: Value, name: Symbol, value: Value) {
    let class = vm.real_class_of(object);
    let text = vm.symbols.text(name).into_owned();
    if name == sym::K_CAUSE && vm.is_a(object, vm.core.exception) && vm.is_a(value, vm.core.exception) {
        vm.set_hidden(object, sym::H_CAUSE, value);
        return;
    }
    let flag = flag_row(vm);
    for row in ROWS.iter().chain(std::iter::once(&flag)) {
        if row.1 != text || !belongs(vm, row, class) || !row.3.fits(value) {
            continue;
        }
        if row.2 == sym::H_MESSAGE && value.is_nil() {
            continue;
        }
        vm.set_hidden(object, row.2, value);
        if row.2 == sym::H_BACKTRACE {
            vm.set_hidden(object, sym::H_LOCATIONS, Value::NIL);
        }
    }
}
