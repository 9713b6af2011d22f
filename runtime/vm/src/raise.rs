//! Raising: what is pending, making exceptions, the messages of the VM's own errors.

use crate::vm::Vm;
use heap::Tracer;
use objects::{CodeRef, NativeData, RString};
use value::{RResult, Raised, Symbol, Value, sym};

/// What travels up the stack.
#[derive(Clone, Copy, Debug, Default)]
pub enum Pending {
    /// Nothing.
    #[default]
    None,
    /// An exception.
    Exception(Value),
    /// `break` of block `code` out of the call made by the activation.
    Break { activation: u64, code: CodeRef, value: Value },
    /// `return` from the activation.
    Return { activation: u64, value: Value },
    /// `throw`
    Throw { tag: Value, value: Value },
    /// The fiber or thread is being ended.
    Unwind(Value),
    /// Something looks at variables that machine code keeps in registers: it leaves, and the interpreter runs its instruction
    /// again from the start. No handler runs on the way, since no Ruby frame lies between.
    Rerun,
}

impl Pending {
    /// Reports the values.
    pub fn trace(&self, tracer: &mut Tracer<'_>) {
        match *self {
            Pending::None | Pending::Rerun => {}
            Pending::Exception(value) | Pending::Break { value, .. } | Pending::Return { value, .. } | Pending::Unwind(value) => tracer.value(value),
            Pending::Throw { tag, value } => {
                tracer.value(tag);
                tracer.value(value);
            }
        }
    }
}

/// Hidden variable of a NoMethodError: the call had no receiver.
pub const PRIVATE_CALL: &str = "private call ";

/// A pending state parked in a register while an ensure clause runs.
pub(crate) struct Parked(pub Pending);

impl NativeData for Parked {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }
}

/// Hidden variable of a String that may not change for a while.
const LOCKED: &str = "locked ";

impl Vm {
    /// Raises a new exception of `class` with a message.
    #[cold]
    pub fn raise(&mut self, class: Value, message: &str) -> Raised {
        let message = self.str(message);
        match self.new_exception(class, message) {
            Ok(exception) => self.raise_exception(exception),
            Err(raised) => raised,
        }
    }

    /// A new exception of a builtin class, made without calling `new`.
    pub fn new_exception(&mut self, class: Value, message: Value) -> RResult {
        let exception = self.allocate(self.class_view(class))?;
        self.set_hidden(exception, sym::H_MESSAGE, message);
        Ok(exception)
    }

    /// Raises an exception object: gives it a backtrace and the cause `$!` unless it has them.
    #[cold]
    pub fn raise_exception(&mut self, exception: Value) -> Raised {
        // A native that complains about a ghost does so because it could not be loaded.
        let exception = self.failed_load.take().unwrap_or(exception);
        if self.hidden(exception, sym::H_CAUSE).is_none() && !self.is_frozen(exception) {
            let cause = if self.errinfo == exception { Value::NIL } else { self.errinfo };
            self.set_hidden(exception, sym::H_CAUSE, cause);
        }
        self.raise_with_cause_set(exception)
    }

    /// Raises an exception object whose cause is settled.
    #[cold]
    pub fn raise_with_cause_set(&mut self, exception: Value) -> Raised {
        if self.hidden(exception, sym::H_BACKTRACE).is_none()
            && self.hidden(exception, sym::H_LOCATIONS).is_none()
            && !self.is_frozen(exception)
            && let Err(raised) = self.give_backtrace(exception)
        {
            return raised;
        }
        if self.is_traced()
            && let Err(raised) = self.trace_exception(crate::trace::Events::RAISE, exception)
        {
            return raised;
        }
        self.pending = Pending::Exception(exception);
        Raised
    }

    /// Notes where an exception is raised. A `backtrace` or `set_backtrace` of the program's is asked and told.
    fn give_backtrace(&mut self, exception: Value) -> RResult<()> {
        let locations = self.capture_backtrace();
        let class = self.class_of(exception);
        let is_own = |vm: &mut Vm, name| vm.find_method(class, name).is_some_and(|method| method.owner != vm.core.exception);
        if is_own(self, sym::BACKTRACE) && !self.call(exception, sym::BACKTRACE, &[])?.is_nil() {
            return Ok(());
        }
        self.set_hidden(exception, sym::H_LOCATIONS, locations);
        if is_own(self, sym::SET_BACKTRACE) {
            let lines = self.backtrace_array(locations);
            self.call(exception, sym::SET_BACKTRACE, &[lines])?;
            self.set_hidden(exception, sym::H_LOCATIONS, locations);
        }
        Ok(())
    }

    /// Takes the pending exception away, if it is one.
    pub fn take_exception(&mut self) -> Option<Value> {
        match self.pending {
            Pending::Exception(exception) => {
                self.pending = Pending::None;
                Some(exception)
            }
            _ => None,
        }
    }

    /// Runs `body`; an exception of `class` (or below) is caught and given to `rescue`.
    pub fn rescue<T>(
        &mut self,
        class: Value,
        body: impl FnOnce(&mut Vm) -> RResult<T>,
        rescue: impl FnOnce(&mut Vm, Value) -> RResult<T>,
    ) -> RResult<T> {
        match body(self) {
            Ok(result) => Ok(result),
            Err(raised) => match self.pending {
                Pending::Exception(exception) if self.is_a(exception, class) => {
                    self.pending = Pending::None;
                    rescue(self, exception)
                }
                _ => Err(raised),
            },
        }
    }

    /// Runs `body` and then `ensure` whatever happens.
    pub fn ensure<T>(&mut self, body: impl FnOnce(&mut Vm) -> RResult<T>, ensure: impl FnOnce(&mut Vm) -> RResult<()>) -> RResult<T> {
        let result = self.guarded("a native method", body);
        let parked = std::mem::take(&mut self.pending);
        let holder = self.park(parked);
        ensure(self)?;
        if result.is_err() {
            self.unpark(holder);
        }
        result
    }

    /// A value that holds a pending state for `unpark`.
    pub(crate) fn park(&mut self, pending: Pending) -> Value {
        match pending {
            Pending::Exception(exception) => exception,
            Pending::None => Value::NIL,
            other => {
                let class = self.class_view(self.core.object);
                self.data(class, Box::new(Parked(other)))
            }
        }
    }

    /// Makes what `park` returned pending again.
    pub(crate) fn unpark(&mut self, value: Value) -> Raised {
        self.pending = match objects::RData::new(value).and_then(|data| data.read::<Parked>(&self.heap)) {
            Some(Parked(pending)) => *pending,
            None => Pending::Exception(value),
        };
        Raised
    }

    /// ArgumentError.
    #[cold]
    pub fn argument_error(&mut self, message: &str) -> Raised {
        let class = self.core.argument_error;
        self.raise(class, message)
    }

    /// TypeError.
    #[cold]
    pub fn type_error(&mut self, message: &str) -> Raised {
        let class = self.core.type_error;
        self.raise(class, message)
    }

    /// RangeError.
    #[cold]
    pub fn range_error(&mut self, message: &str) -> Raised {
        let class = self.core.range_error;
        self.raise(class, message)
    }

    /// IndexError.
    #[cold]
    pub fn index_error(&mut self, message: &str) -> Raised {
        let class = self.core.index_error;
        self.raise(class, message)
    }

    /// RuntimeError.
    #[cold]
    pub fn runtime_error(&mut self, message: &str) -> Raised {
        let class = self.core.runtime_error;
        self.raise(class, message)
    }

    /// NotImplementedError that names what is missing.
    #[cold]
    pub fn not_implemented(&mut self, what: &str) -> Raised {
        let class = self.core.not_implemented_error;
        self.raise(class, &format!("{what} is not implemented in maglev"))
    }

    /// ZeroDivisionError.
    #[cold]
    pub fn zero_division(&mut self) -> Raised {
        let class = self.core.zero_division_error;
        self.raise(class, "divided by 0")
    }

    /// TypeError "wrong argument type X (expected Y)".
    #[cold]
    pub fn wrong_type(&mut self, value: Value, expected: &str) -> Raised {
        let found = self.conversion_name(value);
        self.type_error(&format!("wrong argument type {found} (expected {expected})"))
    }

    /// ArgumentError for a wrong number of arguments.
    #[cold]
    pub fn arity_error(&mut self, given: usize, required: usize, maximum: Option<usize>) -> Raised {
        let expected = match maximum {
            Some(maximum) if maximum == required => format!("{required}"),
            Some(maximum) => format!("{required}..{maximum}"),
            None => format!("{required}+"),
        };
        self.argument_error(&format!("wrong number of arguments (given {given}, expected {expected})"))
    }

    /// ArgumentError for keywords that a method does not know.
    #[cold]
    pub fn unknown_keywords(&mut self, keys: &[Value]) -> Raised {
        let mut list = Vec::new();
        for &key in keys {
            match self.inspect_text(key) {
                Ok(text) => list.push(text),
                Err(raised) => return raised,
            }
        }
        let plural = if keys.len() == 1 { "" } else { "s" };
        self.argument_error(&format!("unknown keyword{plural}: {}", list.join(", ")))
    }

    /// FrozenError for a change of a frozen object.
    #[cold]
    pub fn frozen_error(&mut self, value: Value) -> Raised {
        let class_name = self.class_name_of(value);
        // An `inspect` that changes the object gets here again.
        let text = match self.guard_recursion(sym::FROZEN_P, value, Value::NIL, |vm| vm.inspect_text(value)) {
            Ok(text) => text.unwrap_or_else(|| " ...".to_string()),
            Err(raised) => return raised,
        };
        let class = self.core.frozen_error;
        let place = self.literal_place(value).map(|place| format!(", created at {place}")).unwrap_or_default();
        let message = self.str(&format!("can't modify frozen {class_name}: {text}{place}"));
        match self.new_exception(class, message) {
            Ok(exception) => {
                self.set_hidden(exception, sym::H_RECEIVER, value);
                self.raise_exception(exception)
            }
            Err(raised) => raised,
        }
    }

    /// Forbids changes of a String until `unlock_string`. A lock is seen where a chilled literal is.
    pub fn lock_string(&mut self, string: RString) -> RResult<()> {
        self.check_frozen(string.value())?;
        let name = self.intern(LOCKED);
        self.set_hidden(string.value(), name, Value::TRUE);
        string.set_chilled(true);
        Ok(())
    }

    /// Allows changes again.
    pub fn unlock_string(&mut self, string: RString) -> RResult<()> {
        if !self.is_locked(string) {
            let class = self.core.runtime_error;
            return Err(self.raise(class, "temporal unlocking already unlocked string"));
        }
        let name = self.intern(LOCKED);
        self.set_hidden(string.value(), name, Value::UNDEF);
        string.set_chilled(false);
        Ok(())
    }

    fn is_locked(&mut self, string: RString) -> bool {
        let name = self.intern(LOCKED);
        self.hidden(string.value(), name).is_some()
    }

    /// FrozenError unless the value may be changed. Warns for chilled string literals.
    #[inline(always)]
    pub fn check_frozen(&mut self, value: Value) -> RResult<()> {
        match value.header() {
            Some(header) if header.flags() & (value::Header::FROZEN | value::Header::CHILLED) == 0 => Ok(()),
            _ => self.check_frozen_slow(value),
        }
    }

    #[cold]
    fn check_frozen_slow(&mut self, value: Value) -> RResult<()> {
        if self.is_frozen(value) {
            return Err(self.frozen_error(value));
        }
        if let Some(string) = RString::new(value) {
            if self.is_locked(string) {
                let class = self.core.runtime_error;
                return Err(self.raise(class, "can't modify string; temporarily locked"));
            }
            string.set_chilled(false);
            if self.warns_category("deprecated") {
                match self.literal_place(value) {
                    Some(place) => {
                        self.warn_at_caller("literal string will be frozen in the future")?;
                        self.warn_text(&format!("{place}: info: the string was created here\n"))?;
                    }
                    None => self.warn_at_caller(
                        "literal string will be frozen in the future (run with --debug-frozen-string-literal for more information)",
                    )?,
                }
            }
        }
        Ok(())
    }

    /// NameError or NoMethodError with name and receiver.
    #[cold]
    pub fn raise_name_error(&mut self, class: Value, message: &str, receiver: Value, name: Symbol) -> Raised {
        let message = self.str(message);
        match self.new_exception(class, message) {
            Ok(exception) => {
                self.set_hidden(exception, sym::H_NAME, Value::symbol(name));
                self.set_hidden(exception, sym::H_RECEIVER, receiver);
                self.raise_exception(exception)
            }
            Err(raised) => raised,
        }
    }

    /// The pending NameError's `name` is what the caller gave, be it a String.
    pub fn set_error_name(&mut self, name: Value) {
        if let Pending::Exception(exception) = self.pending {
            self.set_hidden(exception, sym::H_NAME, name);
        }
    }

    /// KeyError with receiver and key.
    #[cold]
    pub fn key_error(&mut self, message: &str, receiver: Value, key: Value) -> Raised {
        let class = self.core.key_error;
        let message = self.str(message);
        match self.new_exception(class, message) {
            Ok(exception) => {
                self.set_hidden(exception, sym::H_RECEIVER, receiver);
                self.set_hidden(exception, sym::H_KEY, key);
                self.raise_exception(exception)
            }
            Err(raised) => raised,
        }
    }

    /// FrozenError, RangeError and the like from a text crate's error.
    #[cold]
    pub fn raise_text_error(&mut self, error: &text::TextError) -> Raised {
        let class = self.class_at(error.class.ruby_name());
        self.raise(class, &error.message)
    }

    /// ZeroDivisionError, RangeError and the like from the numeric crate's error.
    #[cold]
    pub fn raise_numeric_error(&mut self, error: &numeric::NumericError) -> Raised {
        let class = self.class_at(error.class().ruby_name());
        self.raise(class, &error.message(""))
    }

    /// The class at a constant path, StandardError when there is none.
    pub fn class_at(&mut self, path: &str) -> Value {
        self.loaded_constant(path).unwrap_or(self.core.standard_error)
    }

    /// LocalJumpError.
    #[cold]
    pub fn local_jump_error(&mut self, message: &str, reason: &str, value: Value) -> Raised {
        let class = self.core.local_jump_error;
        let message = self.str(message);
        match self.new_exception(class, message) {
            Ok(exception) => {
                let reason = self.symbol(reason);
                self.set_hidden(exception, sym::H_REASON, reason);
                self.set_hidden(exception, sym::H_VALUE, value);
                self.raise_exception(exception)
            }
            Err(raised) => raised,
        }
    }

    /// SystemStackError when the native stack is nearly used up.
    #[inline(always)]
    pub fn check_native_stack(&mut self) -> RResult<()> {
        if crate::stack::native_position() > self.head.native_limit { Ok(()) } else { Err(self.stack_error()) }
    }

    /// SystemStackError.
    #[cold]
    pub fn stack_error(&mut self) -> Raised {
        let class = self.core.system_stack_error;
        self.raise(class, "stack level too deep")
    }
}
