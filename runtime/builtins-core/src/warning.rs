//! Warning and Kernel#warn.

use macros::ruby_methods;
use vm::{Keywords, RResult, RString, Value, Vm, sym};

/// Categories that exist.
const CATEGORIES: &[&str] = &["deprecated", "experimental", "performance", "strict_unused_block"];

/// Warning.
pub struct Warnings;

#[ruby_methods("Warning")]
impl Warnings {
    #[singleton("[]")]
    fn get(vm: &mut Vm, _this: Value, category: Value) -> RResult<bool> {
        let name = category_name(vm, category)?;
        Ok(vm.warning_categories.contains(name))
    }

    #[singleton("[]=")]
    fn set(vm: &mut Vm, _this: Value, category: Value, on: bool) -> RResult<bool> {
        let name = category_name(vm, category)?;
        if on {
            vm.warning_categories.insert(name);
        } else {
            vm.warning_categories.remove(name);
        }
        Ok(on)
    }

    #[singleton("categories")]
    fn categories(vm: &mut Vm, _this: Value) -> RResult<vm::RArray> {
        let list = vm.new_array();
        for name in CATEGORIES {
            let name = vm.symbol(name);
            vm.push(list, name)?;
        }
        Ok(list)
    }

    /// Writes the message to `$stderr`.
    #[method("warn")]
    fn warn(vm: &mut Vm, _this: Value, message: Value, keywords: Keywords) -> RResult<()> {
        keywords.check(vm, &["category"])?;
        if RString::new(message).is_none() {
            return Err(vm.wrong_type(message, "String"));
        }
        if let Some(category) = keywords.get(vm, "category").filter(|category| !category.is_nil()) {
            let name = category_name(vm, category)?;
            if !vm.warning_categories.contains(name) {
                return Ok(());
            }
        }
        let stderr = vm.global_get(sym::STDERR_G)?;
        vm.call(stderr, sym::WRITE, &[message])?;
        Ok(())
    }
}

fn category_name(vm: &mut Vm, category: Value) -> RResult<&'static str> {
    let Some(symbol) = category.as_symbol() else { return Err(vm.wrong_type(category, "Symbol")) };
    let text = vm.symbols.text(symbol).into_owned();
    match CATEGORIES.iter().find(|&&name| name == text) {
        Some(name) => Ok(name),
        None => Err(vm.argument_error(&format!("unknown category: {text}"))),
    }
}

/// Warning answers to its own instance methods, as modules do that extend themselves.
pub fn init(vm: &mut Vm) {
    let warning = vm.class_view(vm.core.warning);
    if let Some(singleton) = vm.singleton_class(warning.value()) {
        vm.include_module(singleton, warning);
    }
}

/// Kernel#warn.
pub struct KernelWarn;

#[ruby_methods("Kernel")]
impl KernelWarn {
    /// `warn(*messages, uplevel: nil, category: nil)`
    #[module_function("warn")]
    fn warn(vm: &mut Vm, this: Value, messages: &[Value], keywords: Keywords) -> RResult<()> {
        keywords.check(vm, &["uplevel", "category"])?;
        let category = match keywords.get(vm, "category").filter(|category| !category.is_nil()) {
            Some(category) if !category.is_symbol() => Some(to_symbol(vm, category)?),
            other => other,
        };
        if let Some(category) = category {
            let name = category_name(vm, category)?;
            if !vm.warning_categories.contains(name) {
                return Ok(());
            }
        }
        let mut text = String::new();
        append(vm, messages, &mut text)?;
        if vm.options.verbose.is_none()
            || messages.is_empty()
            || text.is_empty() && messages.iter().all(|&message| vm::RArray::new(message).is_some())
        {
            return Ok(());
        }
        if let Some(level) = keywords.get(vm, "uplevel").filter(|level| !level.is_nil()) {
            text = format!("{}{text}", place(vm, level)?);
        }
        let message = vm.str(&text);
        let warning = vm.core.warning;
        if this == warning {
            let stderr = vm.global_get(sym::STDERR_G)?;
            vm.call(stderr, sym::WRITE, &[message])?;
            return Ok(());
        }
        let name = vm.intern("warn");
        if takes_one(vm, warning, name) {
            vm.call(warning, name, &[message])?;
            return Ok(());
        }
        let options = vm.new_hash();
        let key = vm.symbol("category");
        vm.hash_set(options, key, category.unwrap_or(Value::NIL))?;
        let keywords = vm::PassedKeywords::Hash { hash: options, fresh: true };
        vm.call_full(warning, name, &[message], keywords, vm::BlockWord::NONE, vm::send::CallMode::Any)?;
        Ok(())
    }
}

/// Is `Warning.warn` redefined with the message as its only parameter?
fn takes_one(vm: &mut Vm, warning: Value, name: vm::Symbol) -> bool {
    let class = vm.class_of(warning);
    match vm.find_method(class, name) {
        Some(method) if !matches!(Vm::resolve_alias(method).body, objects::MethodBody::Native(_)) => crate::method::method_arity(vm, method) == 1,
        _ => false,
    }
}

fn to_symbol(vm: &mut Vm, value: Value) -> RResult {
    let name = vm.intern("to_sym");
    match vm.call_if_responds(value, name, &[])? {
        Some(symbol) if symbol.is_symbol() => Ok(symbol),
        _ => Err(vm.no_implicit_conversion(value, "Symbol")),
    }
}

fn append(vm: &mut Vm, messages: &[Value], text: &mut String) -> RResult<()> {
    for &message in messages {
        if let Some(list) = vm::RArray::new(message) {
            for index in 0..list.len() {
                append(vm, &[list.get(index).unwrap_or(Value::NIL)], text)?;
            }
            continue;
        }
        text.push_str(&vm.to_s_text(message)?);
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    Ok(())
}

fn place(vm: &mut Vm, level: Value) -> RResult<String> {
    let level = vm.to_i64(level)?;
    let Ok(level) = usize::try_from(level) else { return Err(vm.argument_error(&format!("negative level ({level})"))) };
    // Builtins on the way count; `warn` itself, where it shows, is left out.
    let places = vm.locations(0);
    let is_warn = |location: &vm::backtrace::Location| location.native.is_some_and(|native| vm.symbols.bytes(native.name) == b"warn");
    let own = usize::from(places.first().is_some_and(is_warn));
    let found = places.get(level.saturating_add(own));
    Ok(match found {
        Some(location) => format!("{}:{}: warning: ", location.file(), location.line()),
        None => "warning: ".to_string(),
    })
}
