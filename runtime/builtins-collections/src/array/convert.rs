//! Making Arrays and turning them into text and other classes.

use super::copy;
use crate::support::{append_inspect, push_bytes, text_buffer};
use macros::ruby_methods;
use text::encoding::Encoding;
use vm::{Block, RArray, RClass, RResult, RString, Value, Vm, sym};

/// Conversions.
pub struct Convert;
/// Methods of the class.
pub struct ConvertClass;

/// `ary.join(separator)`
pub fn join(vm: &mut Vm, array: RArray, separator: Value) -> RResult<RString> {
    if array.is_empty() {
        return Ok(vm.new_string(b"", Encoding::US_ASCII));
    }
    let separator = if separator.is_nil() { None } else { Some(vm.to_str(separator)?) };
    let out = vm.try_string_with_room(joined_size(array, separator), Encoding::US_ASCII)?;
    let mut first = true;
    join_into(vm, out, array, array.value(), separator, &mut first)?;
    Ok(out)
}

/// Bytes of the Strings of an Array with what stands between them: what they join to, unless other objects are among them.
fn joined_size(array: RArray, separator: Option<RString>) -> usize {
    let between = separator.map_or(0, RString::len).saturating_mul(array.len().saturating_sub(1));
    let texts = (0..array.len()).filter_map(|index| RString::new(array.get(index)?)).map(RString::len);
    texts.fold(between, usize::saturating_add)
}

/// `$,`, which is on its way out.
fn default_separator(vm: &mut Vm) -> RResult {
    let separator = vm.global_get(sym::OFS_G)?;
    if !separator.is_nil() && vm.warns_category("deprecated") {
        vm.warn_at_caller("$, is set to non-nil value")?;
    }
    Ok(separator)
}

/// `source` is what gave the Array: itself, or an object whose `to_ary` may give a new one each time.
fn join_into(vm: &mut Vm, out: RString, array: RArray, source: Value, separator: Option<RString>, first: &mut bool) -> RResult<()> {
    let name = vm.intern("join");
    let done = vm.guard_recursion(name, source, Value::NIL, |vm| {
        let mut index = 0;
        while let Some(element) = array.get(index) {
            index += 1;
            join_element(vm, out, element, separator, first)?;
        }
        Ok(())
    })?;
    match done {
        Some(()) => Ok(()),
        None => Err(vm.argument_error("recursive array join")),
    }
}

fn join_element(vm: &mut Vm, out: RString, element: Value, separator: Option<RString>, first: &mut bool) -> RResult<()> {
    if let Some(text) = RString::new(element) {
        return join_text(vm, out, text, separator, first);
    }
    if let Some(inner) = RArray::new(element) {
        return join_into(vm, out, inner, element, separator, first);
    }
    if element.kind().is_some() {
        if let Some(text) = vm.try_to_str(element)? {
            return join_text(vm, out, text, separator, first);
        }
        if let Some(inner) = vm.try_to_ary(element)? {
            return join_into(vm, out, inner, element, separator, first);
        }
    }
    let text = vm.to_s(element)?;
    join_text(vm, out, text, separator, first)
}

fn join_text(vm: &mut Vm, out: RString, text: RString, separator: Option<RString>, first: &mut bool) -> RResult<()> {
    if *first {
        *first = false;
        out.set_encoding(text.encoding());
    } else if let Some(separator) = separator {
        vm.append_string(out, separator)?;
    }
    vm.append_string(out, text)
}

#[ruby_methods("Array")]
impl Convert {
    /// `Array.new(size = 0, value = nil)`, `Array.new(array)`, `Array.new(size) { |index| ... }`
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: RArray, size: Option<Value>, value: Option<Value>, block: Block) -> RResult {
        vm.check_frozen(this.value())?;
        this.clear();
        let Some(size) = size else {
            if block.is_some() && vm.options.verbose == Some(true) {
                vm.warn_at_caller("given block not used")?;
            }
            return Ok(this.value());
        };
        if value.is_none()
            && !size.is_fixnum()
            && let Some(other) = vm.try_to_ary(size)?
        {
            super::replace(vm, this, other)?;
            return Ok(this.value());
        }
        let size = vm.to_i64(size)?;
        let Ok(size) = usize::try_from(size) else { return Err(vm.argument_error("negative array size")) };
        if size >= objects::array::LENGTH_MAX {
            return Err(vm.argument_error("array size too big"));
        }
        if !block.is_some() {
            this.resize(size, value.unwrap_or(Value::NIL)).ok_or_else(|| vm.no_memory())?;
            return Ok(this.value());
        }
        if value.is_some() {
            vm.warn_at_caller("block supersedes default value argument")?;
        }
        for index in 0..size {
            let element = block.call(vm, &[Value::small(index as i64)])?;
            this.set(index, element).ok_or_else(|| vm.no_memory())?;
        }
        Ok(this.value())
    }

    /// `ary.inspect`
    #[method("inspect", "to_s")]
    fn inspect(vm: &mut Vm, this: RArray) -> RResult<RString> {
        if this.is_empty() {
            return Ok(vm.new_string(b"[]", Encoding::US_ASCII));
        }
        let text = vm.guard_recursion(sym::INSPECT, this.value(), Value::NIL, |vm| {
            let out = text_buffer(vm, "[");
            let mut index = 0;
            while let Some(element) = this.get(index) {
                if index > 0 {
                    push_bytes(vm, out, b", ")?;
                }
                index += 1;
                append_inspect(vm, out, element)?;
            }
            push_bytes(vm, out, b"]")?;
            Ok(out)
        })?;
        Ok(text.unwrap_or_else(|| text_buffer(vm, "[...]")))
    }

    /// `ary.join(separator = $,)`
    #[method("join")]
    fn join(vm: &mut Vm, this: RArray, separator: Option<Value>) -> RResult<RString> {
        let separator = match separator.filter(|separator| !separator.is_nil()) {
            Some(separator) => separator,
            None => default_separator(vm)?,
        };
        join(vm, this, separator)
    }

    /// `ary.to_a`: self, or a plain Array for subclasses.
    #[method("to_a", effects = "allocates")]
    fn to_a(vm: &mut Vm, this: RArray) -> RResult<RArray> {
        if vm.real_class_of(this.value()).value() == vm.core.array { Ok(this) } else { copy(vm, this) }
    }

    /// `ary.entries` of Enumerable, which makes a copy.
    #[method("entries", effects = "allocates")]
    fn entries(vm: &mut Vm, this: RArray) -> RResult<RArray> {
        copy(vm, this)
    }

    /// `ary.to_ary`, `ary.deconstruct`
    #[method("to_ary", "deconstruct", effects = "pure")]
    fn to_ary(_vm: &mut Vm, this: RArray) -> RArray {
        this
    }
}

#[ruby_methods("Array")]
impl ConvertClass {
    /// `Array[*values]`
    #[singleton("[]")]
    fn literal(vm: &mut Vm, class: RClass, values: &[Value]) -> RResult {
        let made = vm.allocate(class)?;
        if let Some(array) = RArray::new(made) {
            super::extend(vm, array, values)?;
        }
        Ok(made)
    }

    /// `Array.try_convert(value)`
    #[singleton("try_convert")]
    fn try_convert(vm: &mut Vm, _class: Value, value: Value) -> RResult {
        Ok(vm.try_to_ary(value)?.map_or(Value::NIL, RArray::value))
    }
}
