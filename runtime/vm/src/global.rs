//! Global variables: plain ones, ones with code behind them, aliases.

use crate::vm::Vm;
use heap::{RootedValues, Tracer};
use stdx::FastMap;
use value::{RResult, Symbol, Value};

/// Reads a special global.
pub type GlobalReader = fn(&mut Vm, Symbol) -> RResult;
/// Writes a special global.
pub type GlobalWriter = fn(&mut Vm, Symbol, Value) -> RResult<()>;

/// Makes the value to store of the one that is assigned, or raises.
pub type GlobalCheck = fn(&mut Vm, Symbol, Value) -> RResult;

#[derive(Clone, Copy)]
enum Global {
    Plain(Value),
    Special {
        read: GlobalReader,
        write: GlobalWriter,
    },
    /// A value that assignments change through a check only.
    Checked {
        value: Value,
        check: GlobalCheck,
    },
    Alias(Symbol),
}

/// The table of globals.
#[derive(Default)]
pub struct Globals {
    table: FastMap<Symbol, Global>,
    order: Vec<Symbol>,
    /// Hooks of `trace_var`, newest last.
    hooks: FastMap<Symbol, Vec<Value>>,
    /// Name that the last assignment of a special global used, an alias maybe.
    written: Option<Symbol>,
}

impl Globals {
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        for global in self.table.values() {
            if let Global::Plain(value) | Global::Checked { value, .. } = global {
                tracer.value(*value);
            }
        }
        for hooks in self.hooks.values() {
            tracer.values(hooks);
        }
    }

    fn resolve(&self, name: Symbol) -> Symbol {
        match self.table.get(&name) {
            Some(Global::Alias(target)) => *target,
            _ => name,
        }
    }

    fn insert(&mut self, name: Symbol, global: Global) {
        if self.table.insert(name, global).is_none() {
            self.order.push(name);
        }
    }
}

impl Vm {
    /// `$name`
    pub fn global_get(&mut self, name: Symbol) -> RResult {
        let name = self.globals.resolve(name);
        match self.globals.table.get(&name).copied() {
            Some(Global::Plain(value)) => Ok(value),
            Some(Global::Checked { value, .. }) => Ok(self.ractor_stream(name).unwrap_or(value)),
            Some(Global::Special { read, .. }) => read(self, name),
            _ => {
                if self.options.verbose == Some(true) {
                    let text = self.symbols.text(name).into_owned();
                    self.warn_at_caller(&format!("global variable '{text}' not initialized"))?;
                }
                Ok(Value::NIL)
            }
        }
    }

    /// `$name = value`
    pub fn global_set(&mut self, name: Symbol, value: Value) -> RResult<()> {
        let written = name;
        let name = self.globals.resolve(name);
        match self.globals.table.get(&name).copied() {
            Some(Global::Special { write, .. }) => {
                self.globals.written = Some(written);
                write(self, name, value)?;
            }
            Some(Global::Checked { check, .. }) => {
                let value = check(self, written, value)?;
                if !self.set_ractor_stream(name, value) {
                    self.globals.insert(name, Global::Checked { value, check });
                }
            }
            _ => self.globals.insert(name, Global::Plain(value)),
        }
        if self.globals.hooks.is_empty() { Ok(()) } else { self.run_global_hooks(name, value) }
    }

    #[cold]
    fn run_global_hooks(&mut self, name: Symbol, value: Value) -> RResult<()> {
        let hooks = self.roots.values(self.globals.hooks.get(&name).map_or(&[], |hooks| hooks));
        for &hook in hooks.iter().rev() {
            if objects::RString::new(hook).is_some() {
                self.send(self.main, "eval", &[hook])?;
            } else {
                self.call(hook, value::sym::CALL, &[value])?;
            }
        }
        Ok(())
    }

    /// Adds a hook that is called with each value assigned to the global.
    pub fn trace_global(&mut self, name: Symbol, hook: Value) {
        let name = self.globals.resolve(name);
        if !self.globals.table.contains_key(&name) {
            self.globals.insert(name, Global::Plain(Value::NIL));
        }
        self.globals.hooks.entry(name).or_default().push(hook);
    }

    /// Takes one hook or all of them away and returns them, newest first.
    pub fn untrace_global(&mut self, name: Symbol, hook: Option<Value>) -> RootedValues {
        let name = self.globals.resolve(name);
        let Some(hooks) = self.globals.hooks.get_mut(&name) else { return self.roots.values(&[]) };
        let mut taken = self.roots.root(Vec::from_iter(hooks.extract_if(.., |other| hook.is_none_or(|hook| hook == *other))));
        if hooks.is_empty() {
            self.globals.hooks.remove(&name);
        }
        taken.update(|taken| taken.reverse());
        taken
    }

    /// Was the global ever assigned, or is it special?
    pub fn global_defined(&self, name: Symbol) -> bool {
        self.globals.table.contains_key(&self.globals.resolve(name))
    }

    /// Names of all globals.
    pub fn global_names(&self) -> &[Symbol] {
        &self.globals.order
    }

    /// Defines a global with code behind it.
    pub fn define_global(&mut self, name: &str, read: GlobalReader, write: GlobalWriter) {
        let name = self.intern(name);
        self.globals.insert(name, Global::Special { read, write });
    }

    /// Defines a global whose assignments are checked.
    pub fn define_checked_global(&mut self, name: &str, value: Value, check: GlobalCheck) {
        let name = self.intern(name);
        self.globals.insert(name, Global::Checked { value, check });
    }

    /// Sets a global as the runtime does: unchecked.
    pub fn global_store(&mut self, name: Symbol, value: Value) {
        let name = self.globals.resolve(name);
        match self.globals.table.get(&name).copied() {
            Some(Global::Checked { check, .. }) => self.globals.insert(name, Global::Checked { value, check }),
            _ => self.globals.insert(name, Global::Plain(value)),
        }
    }

    /// `alias $new $old`
    pub fn alias_global(&mut self, new_name: Symbol, old_name: Symbol) {
        let target = self.globals.resolve(old_name);
        self.globals.insert(new_name, Global::Alias(target));
    }
}

/// Writer of globals that cannot be assigned: NameError.
pub fn read_only(vm: &mut Vm, name: Symbol, value: Value) -> RResult<()> {
    let name = vm.globals.written.unwrap_or(name);
    refuse(vm, name, value).map(|_| ())
}

/// Check of globals that only the runtime sets: NameError.
pub fn refuse(vm: &mut Vm, name: Symbol, _value: Value) -> RResult {
    let text = vm.symbols.text(name).into_owned();
    let class = vm.core.name_error;
    let receiver = vm.main;
    Err(vm.raise_name_error(class, &format!("{text} is a read-only variable"), receiver, name))
}

/// The globals of the last match, for aliases of them.
pub(crate) fn define_match_globals(vm: &mut Vm) {
    vm.define_global(
        "$~",
        |vm, _| Ok(vm.last_match()),
        |vm, _, value| {
            if !value.is_nil() && !vm.is_a(value, vm.core.match_data) {
                return Err(vm.wrong_type(value, "MatchData"));
            }
            vm.set_last_match(value);
            Ok(())
        },
    );
    vm.define_global(
        "$_",
        |vm, _| Ok(vm.last_line()),
        |vm, _, value| {
            vm.set_last_line(value);
            Ok(())
        },
    );
    vm.define_global("$&", |vm, _| Ok(vm.backref(0)), read_only);
    vm.define_global("$`", |vm, _| Ok(vm.backref(-1)), read_only);
    vm.define_global("$'", |vm, _| Ok(vm.backref(-2)), read_only);
    vm.define_global("$+", |vm, _| Ok(vm.backref(-3)), read_only);
}
