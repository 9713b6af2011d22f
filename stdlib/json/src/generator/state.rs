//! JSON::Ext::Generator::State: the options.

use crate::Duplicates;
use heap::Tracer;
use macros::ruby_methods;
use objects::NativeData;
use text::Encoding;
use vm::{RHash, RResult, RString, Value, Vm, sym};

/// What `buffer_initial_length` says before anyone sets it. It has no effect.
const BUFFER_BYTES: i64 = 1024;

/// The texts between values, each a frozen String or nil for none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    Indent,
    Space,
    SpaceBefore,
    Object,
    Array,
}

/// Native part of a State.
#[derive(Clone)]
pub struct State {
    gaps: [Value; 5],
    /// Proc that makes something JSON has of what it has not; false without.
    pub as_json: Value,
    /// How deep arrays and objects may lie in each other; 0 for any depth.
    pub max_nesting: i64,
    pub depth: i64,
    buffer_initial_length: i64,
    pub allow_nan: bool,
    pub ascii_only: bool,
    pub script_safe: bool,
    pub strict: bool,
    pub duplicates: Duplicates,
}

impl Default for State {
    fn default() -> Self {
        State {
            gaps: [Value::NIL; 5],
            as_json: Value::FALSE,
            max_nesting: 100,
            depth: 0,
            buffer_initial_length: BUFFER_BYTES,
            allow_nan: false,
            ascii_only: false,
            script_safe: false,
            strict: false,
            duplicates: Duplicates::default(),
        }
    }
}

impl NativeData for State {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.gaps.iter().for_each(|&gap| tracer.value(gap));
        tracer.value(self.as_json);
    }
}

impl State {
    /// The bytes between values of a kind.
    pub fn gap(&self, gap: Gap) -> Option<RString> {
        RString::new(self.gaps[gap as usize])
    }

    fn set_gap(&mut self, vm: &mut Vm, gap: Gap, text: Value) -> RResult<()> {
        self.gaps[gap as usize] = match RString::new(text) {
            Some(text) if text.is_empty() => Value::NIL,
            Some(text) => vm.frozen_copy(text),
            None if text.truthy() => return Err(vm.wrong_type(text, "String")),
            None => Value::NIL,
        };
        Ok(())
    }

    fn set_as_json(&mut self, vm: &mut Vm, callable: Value) -> RResult<()> {
        self.as_json = if callable.truthy() { to_proc(vm, callable)? } else { Value::FALSE };
        Ok(())
    }

    /// Takes over the options that it knows.
    pub fn configure(&mut self, vm: &mut Vm, options: RHash) -> RResult<()> {
        for position in 0..options.table(&vm.heap).positions() {
            let Some(entry) = options.table(&vm.heap).entry(position) else { continue };
            if let Some(name) = entry.key.as_symbol() {
                let name = vm.symbols.text(name).into_owned();
                self.set(vm, &name, entry.value)?;
            }
        }
        Ok(())
    }

    fn set(&mut self, vm: &mut Vm, name: &str, value: Value) -> RResult<()> {
        match name {
            "indent" => self.set_gap(vm, Gap::Indent, value)?,
            "space" => self.set_gap(vm, Gap::Space, value)?,
            "space_before" => self.set_gap(vm, Gap::SpaceBefore, value)?,
            "object_nl" => self.set_gap(vm, Gap::Object, value)?,
            "array_nl" => self.set_gap(vm, Gap::Array, value)?,
            "as_json" => self.set_as_json(vm, value)?,
            "max_nesting" => self.max_nesting = number(value),
            "depth" => self.depth = number(value),
            "buffer_initial_length" => self.set_buffer_initial_length(value),
            "allow_nan" => self.allow_nan = value.truthy(),
            "ascii_only" => self.ascii_only = value.truthy(),
            "script_safe" | "escape_slash" => self.script_safe = value.truthy(),
            "strict" => self.strict = value.truthy(),
            "allow_duplicate_key" => self.duplicates = Duplicates::from_option(value),
            _ => {}
        }
        Ok(())
    }

    fn set_buffer_initial_length(&mut self, length: Value) {
        if let Some(length) = length.as_fixnum().filter(|&length| length > 0) {
            self.buffer_initial_length = length;
        }
    }
}

fn to_proc(vm: &mut Vm, callable: Value) -> RResult {
    let class = vm.core.proc_;
    if vm.is_a(callable, class) {
        return Ok(callable);
    }
    match vm.call_if_responds(callable, sym::TO_PROC, &[])? {
        Some(made) if vm.is_a(made, class) => Ok(made),
        _ => Err(vm.no_implicit_conversion(callable, "Proc")),
    }
}

/// An option that is a number, 0 for none.
fn number(value: Value) -> i64 {
    value.as_fixnum().unwrap_or(0)
}

/// The state of a State.
pub fn state(vm: &mut Vm, this: Value) -> RResult<&mut State> {
    vm.native(this, "JSON::Ext::Generator::State")
}

/// A Hash of options, None for nil; TypeError for others.
pub fn options_of(vm: &mut Vm, options: Value) -> RResult<Option<RHash>> {
    match RHash::new(options) {
        None if !options.is_nil() => Err(vm.wrong_type(options, "Hash")),
        hash => Ok(hash),
    }
}

/// A State of what was given for one: itself, a new one with a Hash of options, a new one.
pub fn from_state(vm: &mut Vm, class: Value, options: Value) -> RResult {
    if vm.is_a(options, class) {
        return Ok(options);
    }
    let arguments = if RHash::new(options).is_some() { &[options][..] } else { &[] };
    vm.send(class, "new", arguments)
}

/// Changes the state of a State that is not frozen.
fn change(vm: &mut Vm, this: Value, change: impl FnOnce(&mut State, &mut Vm) -> RResult<()>) -> RResult<()> {
    vm.check_frozen(this)?;
    // A copy, since conversions run the program's methods.
    let mut changed = state(vm, this)?.clone();
    change(&mut changed, vm)?;
    *state(vm, this)? = changed;
    Ok(())
}

fn gap(vm: &mut Vm, this: Value, gap: Gap) -> RResult {
    let text = state(vm, this)?.gap(gap);
    Ok(text.map_or_else(|| vm.frozen_string(b"", Encoding::UTF_8), RString::value))
}

/// Options with a value.
pub struct Accessors;

#[ruby_methods("JSON::Ext::Generator::State")]
impl Accessors {
    #[method("_configure", private)]
    fn configure(vm: &mut Vm, this: Value, options: Value) -> RResult {
        if let Some(options) = options_of(vm, options)? {
            change(vm, this, |state, vm| state.configure(vm, options))?;
        }
        Ok(this)
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let copy = state(vm, other)?.clone();
        change(vm, this, |state, _| {
            *state = copy;
            Ok(())
        })?;
        Ok(this)
    }

    #[method("indent")]
    fn indent(vm: &mut Vm, this: Value) -> RResult {
        gap(vm, this, Gap::Indent)
    }

    #[method("indent=")]
    fn set_indent(vm: &mut Vm, this: Value, text: Value) -> RResult<()> {
        set_gap(vm, this, Gap::Indent, text)
    }

    #[method("space")]
    fn space(vm: &mut Vm, this: Value) -> RResult {
        gap(vm, this, Gap::Space)
    }

    #[method("space=")]
    fn set_space(vm: &mut Vm, this: Value, text: Value) -> RResult<()> {
        set_gap(vm, this, Gap::Space, text)
    }

    #[method("space_before")]
    fn space_before(vm: &mut Vm, this: Value) -> RResult {
        gap(vm, this, Gap::SpaceBefore)
    }

    #[method("space_before=")]
    fn set_space_before(vm: &mut Vm, this: Value, text: Value) -> RResult<()> {
        set_gap(vm, this, Gap::SpaceBefore, text)
    }

    #[method("object_nl")]
    fn object_nl(vm: &mut Vm, this: Value) -> RResult {
        gap(vm, this, Gap::Object)
    }

    #[method("object_nl=")]
    fn set_object_nl(vm: &mut Vm, this: Value, text: Value) -> RResult<()> {
        set_gap(vm, this, Gap::Object, text)
    }

    #[method("array_nl")]
    fn array_nl(vm: &mut Vm, this: Value) -> RResult {
        gap(vm, this, Gap::Array)
    }

    #[method("array_nl=")]
    fn set_array_nl(vm: &mut Vm, this: Value, text: Value) -> RResult<()> {
        set_gap(vm, this, Gap::Array, text)
    }

    #[method("as_json")]
    fn as_json(vm: &mut Vm, this: Value) -> RResult {
        Ok(state(vm, this)?.as_json)
    }

    #[method("as_json=")]
    fn set_as_json(vm: &mut Vm, this: Value, callable: Value) -> RResult<()> {
        change(vm, this, |state, vm| state.set_as_json(vm, callable))
    }

    #[method("max_nesting")]
    fn max_nesting(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(state(vm, this)?.max_nesting)
    }

    #[method("max_nesting=")]
    fn set_max_nesting(vm: &mut Vm, this: Value, depth: Value) -> RResult<()> {
        set(vm, this, "max_nesting", depth)
    }

    #[method("depth")]
    fn depth(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(state(vm, this)?.depth)
    }

    #[method("depth=")]
    fn set_depth(vm: &mut Vm, this: Value, depth: Value) -> RResult<()> {
        set(vm, this, "depth", depth)
    }

    #[method("buffer_initial_length")]
    fn buffer_initial_length(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(state(vm, this)?.buffer_initial_length)
    }

    #[method("buffer_initial_length=")]
    fn set_buffer_initial_length(vm: &mut Vm, this: Value, length: Value) -> RResult<()> {
        set(vm, this, "buffer_initial_length", length)
    }
}

fn set_gap(vm: &mut Vm, this: Value, gap: Gap, text: Value) -> RResult<()> {
    vm.check_frozen(this)?;
    if RString::new(text).is_none() {
        return Err(vm.wrong_type(text, "String"));
    }
    change(vm, this, |state, vm| state.set_gap(vm, gap, text))
}

fn set(vm: &mut Vm, this: Value, name: &str, value: Value) -> RResult<()> {
    change(vm, this, |state, vm| state.set(vm, name, value))
}

/// Options that are on or off.
pub struct Switches;

#[ruby_methods("JSON::Ext::Generator::State")]
impl Switches {
    #[method("script_safe", "script_safe?", "escape_slash", "escape_slash?")]
    fn is_script_safe(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(state(vm, this)?.script_safe)
    }

    #[method("script_safe=", "escape_slash=")]
    fn set_script_safe(vm: &mut Vm, this: Value, on: Value) -> RResult<()> {
        set(vm, this, "script_safe", on)
    }

    #[method("strict", "strict?")]
    fn is_strict(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(state(vm, this)?.strict)
    }

    #[method("strict=")]
    fn set_strict(vm: &mut Vm, this: Value, on: Value) -> RResult<()> {
        set(vm, this, "strict", on)
    }

    #[method("check_circular?")]
    fn checks_circular(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(state(vm, this)?.max_nesting != 0)
    }

    #[method("allow_nan?")]
    fn allows_nan(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(state(vm, this)?.allow_nan)
    }

    #[method("allow_nan=")]
    fn set_allow_nan(vm: &mut Vm, this: Value, on: Value) -> RResult<()> {
        set(vm, this, "allow_nan", on)
    }

    #[method("ascii_only?")]
    fn is_ascii_only(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(state(vm, this)?.ascii_only)
    }

    #[method("ascii_only=")]
    fn set_ascii_only(vm: &mut Vm, this: Value, on: Value) -> RResult<()> {
        set(vm, this, "ascii_only", on)
    }

    /// nil for what nobody has decided.
    #[method("allow_duplicate_key?", private)]
    fn allows_duplicate_key(vm: &mut Vm, this: Value) -> RResult {
        Ok(match state(vm, this)?.duplicates {
            Duplicates::Deprecated => Value::NIL,
            Duplicates::Allowed => Value::TRUE,
            Duplicates::Refused => Value::FALSE,
        })
    }
}
