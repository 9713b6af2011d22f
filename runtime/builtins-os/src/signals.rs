//! Signals: names, trap, Ctrl-C as Interrupt.
//!
//! The handler only notes the number and asks the VM for an interrupt; what Ruby code does about it
//! runs at the next safepoint. This flag is the one static of the runtime.

use macros::ruby_methods;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, AtomicU64, Ordering};
use vm::signal_names::SIGNALS;
use vm::{Block, Pending, RHash, RResult, RString, Raised, Value, Vm, sym};

/// Signals that arrived and were not handled yet, a bit each.
static ARRIVED: AtomicU64 = AtomicU64::new(0);
/// The interrupt word of the VM that handles signals.
static INTERRUPT: AtomicPtr<AtomicU32> = AtomicPtr::new(std::ptr::null_mut());

/// Number of a signal given by name or number.
pub fn signal_number(vm: &mut Vm, signal: Value) -> RResult<i64> {
    match given_signal(vm, signal)? {
        Given::Number(number) => Ok(number),
        Given::Name(name) if name.starts_with('-') => Err(vm.argument_error(&format!("negative signal name: {name}"))),
        Given::Name(name) => number_named(vm, &name),
    }
}

/// The number of a signal to send; below zero for one that goes to a process group.
pub fn signal_to_send(vm: &mut Vm, signal: Value) -> RResult<i64> {
    match given_signal(vm, signal)? {
        Given::Number(number) => Ok(number),
        Given::Name(name) => match name.strip_prefix('-') {
            Some(name) => number_named(vm, name).map(|number| -number),
            None => number_named(vm, &name),
        },
    }
}

enum Given {
    Number(i64),
    Name(String),
}

fn given_signal(vm: &mut Vm, signal: Value) -> RResult<Given> {
    if let Some(number) = signal.as_fixnum() {
        return Ok(Given::Number(number));
    }
    if let Some(symbol) = signal.as_symbol() {
        return Ok(Given::Name(vm.symbols.text(symbol).into_owned()));
    }
    match vm.try_to_str(signal)? {
        Some(text) => Ok(Given::Name(text.to_text())),
        None => {
            let name = vm.class_name_of(signal);
            Err(vm.argument_error(&format!("bad signal type {name}")))
        }
    }
}

fn number_named(vm: &mut Vm, name: &str) -> RResult<i64> {
    let short = name.strip_prefix("SIG").unwrap_or(name);
    match SIGNALS.iter().find(|row| row.0 == short) {
        Some(row) => Ok(row.1),
        None => Err(vm.argument_error(&format!("unsupported signal 'SIG{short}'"))),
    }
}

/// Descriptor by which the main thread is woken.
static WAKE: AtomicI32 = AtomicI32::new(-1);

/// What is done about a signal that a program trapped.
#[derive(Clone, Copy)]
enum Trap {
    /// Its default action, under the name that the next `trap` returns.
    Default(&'static str),
    /// Nothing; `nil` was given rather than a name.
    Ignored { by_nil: bool },
    /// SystemExit is raised.
    Exit,
    /// A text is evaluated at the top level, or an object called with the number.
    Handler(Value),
}

/// Traps by number.
#[derive(Default)]
struct Traps(std::collections::BTreeMap<i64, Trap>);

impl vm::vm::Extension for Traps {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        for trap in self.0.values() {
            if let Trap::Handler(handler) = trap {
                tracer.value(*handler);
            }
        }
    }
}

/// Lets Ctrl-C raise Interrupt and defines trap.
pub fn init(vm: &mut Vm) {
    vm.define_groups(&[Signals::GROUP, KernelTraps::GROUP]);
    vm.interrupt_handler = Some(handle);
    INTERRUPT.store(std::ptr::from_mut(&mut vm.head.interrupt), Ordering::Release);
    follow_main_thread(vm);
    crate::sys::catch_signal(2, note);
    for &number in RAISING {
        crate::sys::catch_unless_ignored(number as i32, note);
    }
}

/// Signals that raise SignalException when nothing is trapped: HUP, USR1, USR2, ALRM, TERM.
const RAISING: &[i64] = &[1, 10, 12, 14, 15];

/// The main thread is another one: signals wake that one.
pub fn follow_main_thread(vm: &Vm) {
    WAKE.store(vm.wake_descriptor(), Ordering::Release);
}

/// Notes a signal; async-signal-safe.
extern "C" fn note(number: i32) {
    ARRIVED.fetch_or(1 << number, Ordering::AcqRel);
    crate::sys::raise_flag(INTERRUPT.load(Ordering::Acquire));
    crate::sys::wake(WAKE.load(Ordering::Acquire));
}

fn handle(vm: &mut Vm) -> RResult<()> {
    let arrived = ARRIVED.swap(0, Ordering::AcqRel);
    for number in 0..64 {
        if arrived & 1 << number != 0 {
            handle_one(vm, number)?;
        }
    }
    Ok(())
}

fn handle_one(vm: &mut Vm, number: i64) -> RResult<()> {
    match vm.extension::<Traps>().0.get(&number).copied() {
        Some(Trap::Handler(handler)) => return run_handler(vm, handler, number),
        Some(Trap::Exit) => return Err(raise_exit(vm)),
        _ => {}
    }
    if number == 2 {
        let class = vm.core.interrupt;
        let message = vm.str("");
        let exception = vm.call(class, sym::NEW, &[message])?;
        return Err(vm.raise_exception(exception));
    }
    let class = vm.core.signal_exception;
    let exception = vm.call(class, sym::NEW, &[Value::small(number)])?;
    vm.pending = Pending::None;
    vm.raise_exception(exception);
    Err(Raised)
}

fn run_handler(vm: &mut Vm, handler: Value, number: i64) -> RResult<()> {
    let before = std::mem::replace(&mut vm.threads.in_trap, true);
    let run = |vm: &mut Vm| match RString::new(handler) {
        Some(_) => {
            let (name, object) = (vm.intern("TOPLEVEL_BINDING"), vm.class_view(vm.core.object));
            let binding = vm.own_constant(object, name)?.unwrap_or(Value::NIL);
            vm.send(binding, "eval", &[handler])
        }
        None => vm.call(handler, sym::CALL, &[Value::small(number)]),
    };
    vm.always(run, |vm| vm.threads.in_trap = before).map(|_| ())
}

fn raise_exit(vm: &mut Vm) -> Raised {
    let (class, message) = (vm.core.system_exit, vm.str("exit"));
    match vm.call(class, sym::NEW, &[message]) {
        Ok(exception) => vm.raise_exception(exception),
        Err(raised) => raised,
    }
}

/// Runs what was trapped for the end of the program, once.
pub fn run_exit_trap(vm: &mut Vm) -> RResult<()> {
    match vm.extension::<Traps>().0.remove(&0) {
        Some(Trap::Handler(handler)) => run_handler(vm, handler, 0),
        Some(Trap::Exit) => Err(raise_exit(vm)),
        _ => Ok(()),
    }
}

/// Signal.
pub struct Signals;

#[ruby_methods("Signal")]
impl Signals {
    #[module_function("list")]
    fn list(vm: &mut Vm, _this: Value) -> RResult<RHash> {
        let hash = vm.new_hash();
        for &(name, number) in SIGNALS {
            let name = vm.str(name);
            vm.hash_set(hash, name, Value::small(number))?;
        }
        Ok(hash)
    }

    #[module_function("signame")]
    fn signame(vm: &mut Vm, _this: Value, number: i64) -> Value {
        match SIGNALS.iter().find(|row| row.1 == number) {
            Some(row) => vm.str(row.0),
            None => Value::NIL,
        }
    }

    #[module_function("trap")]
    fn trap(vm: &mut Vm, _this: Value, signal: Value, command: Option<Value>, block: Block) -> RResult {
        set_trap(vm, signal, command, block)
    }
}

/// Kernel#trap.
pub struct KernelTraps;

#[ruby_methods("Kernel")]
impl KernelTraps {
    #[module_function("trap")]
    fn trap(vm: &mut Vm, _this: Value, signal: Value, command: Option<Value>, block: Block) -> RResult {
        set_trap(vm, signal, command, block)
    }
}

fn set_trap(vm: &mut Vm, signal: Value, command: Option<Value>, block: Block) -> RResult {
    let number = signal_number(vm, signal)?;
    if !(0..64).contains(&number) {
        return Err(vm.argument_error(&format!("invalid signal number ({number})")));
    }
    if [4, 8, 9, 11, 19, 26].contains(&number) {
        let name = SIGNALS.iter().find(|row| row.1 == number).map_or("", |row| row.0);
        return Err(vm.argument_error(&if [9, 19].contains(&number) {
            format!("Invalid argument - SIG{name}")
        } else {
            format!("can't trap reserved signal: SIG{name}")
        }));
    }
    let mut handler = match command {
        Some(command) => command,
        None => match block.to_proc(vm)? {
            Some(block) => block.value(),
            None => return Err(vm.argument_error("tried to create Proc object without a block")),
        },
    };
    if vm::RProc::new(handler).is_some() && vm.running_ractor().is_some() {
        let ractor = vm.class_at("Ractor");
        handler = vm.send(ractor, "__isolated", &[handler])?;
    }
    let text = match handler.as_symbol() {
        Some(symbol) => Some(vm.symbols.text(symbol).into_owned()),
        None => RString::new(handler).map(RString::to_text),
    };
    let trap = match text.as_deref() {
        None if handler.is_nil() => Trap::Ignored { by_nil: true },
        Some("" | "IGNORE" | "SIG_IGN") => Trap::Ignored { by_nil: false },
        Some("DEFAULT" | "SIG_DFL") => Trap::Default("DEFAULT"),
        Some("SYSTEM_DEFAULT") => Trap::Default("SYSTEM_DEFAULT"),
        Some("EXIT") => Trap::Exit,
        _ => Trap::Handler(handler),
    };
    if number != 0 {
        install(number, trap);
    }
    let old = vm.extension::<Traps>().0.insert(number, trap);
    Ok(match old {
        Some(Trap::Handler(handler)) => handler,
        Some(Trap::Exit) => vm.str("EXIT"),
        Some(Trap::Ignored { by_nil: true }) => Value::NIL,
        _ if number == 0 => Value::NIL,
        Some(Trap::Ignored { .. }) => vm.str("IGNORE"),
        Some(Trap::Default(name)) => vm.str(name),
        None => vm.str("DEFAULT"),
    })
}

/// Tells the system what to do about a signal.
fn install(number: i64, trap: Trap) {
    match trap {
        Trap::Ignored { .. } => crate::sys::ignore_signal(number as i32),
        Trap::Default("DEFAULT") if number == 2 || RAISING.contains(&number) => crate::sys::catch_signal(number as i32, note),
        Trap::Default(_) => crate::sys::default_signal(number as i32),
        Trap::Exit | Trap::Handler(_) => crate::sys::catch_signal(number as i32, note),
    }
}
