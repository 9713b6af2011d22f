//! Constants and class variables.

use crate::object::symbols;
use macros::ruby_methods;
use objects::class::Constant;
use text::Encoding;
use vm::{RArray, RClass, RResult, Symbol, Value, Vm, sym};

/// Constants and class variables.
pub struct Constants;

#[ruby_methods("Module")]
impl Constants {
    #[method("const_get")]
    fn get(vm: &mut Vm, this: RClass, name: Value, inherit: Option<bool>) -> RResult {
        let inherit = inherit.unwrap_or(true);
        let mut at = path_start(vm, this, name);
        let parts = const_path(vm, this, name)?;
        for (index, &part) in parts.iter().enumerate() {
            let found = if inherit { vm.find_constant(at, part, index == 0)? } else { vm.own_constant(at, part)? };
            let value = match found {
                Some(value) => value,
                None => vm.call(at.value(), sym::CONST_MISSING, &[Value::symbol(part)])?,
            };
            if index + 1 == parts.len() {
                return Ok(value);
            }
            at = match RClass::new(value) {
                Some(class) => class,
                None => {
                    let shown = vm.inspect_text(value)?;
                    return Err(vm.type_error(&format!("{shown} does not refer to class/module")));
                }
            };
        }
        Ok(at.value())
    }

    #[method("const_set")]
    fn set(vm: &mut Vm, this: RClass, name: Value, value: Value) -> RResult {
        let name = const_name(vm, this, name)?;
        vm.set_constant(this.value(), name, value)?;
        Ok(value)
    }

    #[method("const_defined?")]
    fn is_defined(vm: &mut Vm, this: RClass, name: Value, inherit: Option<bool>) -> RResult<bool> {
        let inherit = inherit.unwrap_or(true);
        let mut at = path_start(vm, this, name);
        let parts = const_path(vm, this, name)?;
        for (index, &part) in parts.iter().enumerate() {
            let defined = if inherit { vm.constant_is_defined(at, part, index == 0, false)? } else { vm.has_own_constant(at, part)? };
            if !defined || index + 1 == parts.len() {
                return Ok(defined);
            }
            let found = if inherit { vm.find_constant(at, part, index == 0)? } else { vm.own_constant(at, part)? };
            match found.and_then(RClass::new) {
                Some(class) => at = class,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    #[method("constants")]
    fn list(vm: &mut Vm, this: RClass, inherit: Option<bool>) -> RResult<RArray> {
        let mut names: Vec<Symbol> = Vec::new();
        for &ancestor in vm.constant_holders(this).iter() {
            let Some(class) = RClass::new(ancestor) else { continue };
            if ancestor == vm.core.object && this.value() != ancestor {
                break;
            }
            for (name, constant) in class.data().constants.iter() {
                if !constant.private && !names.contains(&name) {
                    names.push(name);
                }
            }
            if inherit == Some(false) {
                break;
            }
        }
        symbols(vm, names)
    }

    /// `Module.constants`: what the calling scope sees. With an argument, as the instance method on Module itself.
    #[singleton("constants")]
    fn visible(vm: &mut Vm, this: RClass, inherit: Option<bool>) -> RResult<RArray> {
        if inherit.is_some() || this.value() != vm.core.module {
            return Self::list(vm, this, inherit);
        }
        let mut names: Vec<Symbol> = Vec::new();
        let mut scope = vm.frame().map(|frame| frame.cref());
        let innermost = scope.map_or(vm.core.object, |cref| vm.lexical_module(cref));
        let mut holders = vm.roots.values(&[]);
        while let Some(cref) = scope {
            if cref.parent.is_some() && !cref.transparent {
                holders.push(cref.module.get());
            }
            scope = cref.parent;
        }
        holders.extend(vm.class_view(innermost).data().ancestors.iter().copied());
        holders.extend(vm.class_view(vm.core.object).data().ancestors.iter().copied());
        for class in holders.iter().copied().filter_map(RClass::new) {
            for (name, constant) in class.data().constants.iter() {
                if !constant.private && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        symbols(vm, names)
    }

    #[method("const_missing")]
    fn missing(vm: &mut Vm, this: Value, name: Value) -> RResult {
        let name = vm.to_name(name)?;
        let elsewhere = match (vm.missing_constant_hook, vm::RClass::new(this)) {
            (Some(hook), Some(module)) => hook(vm, module, name)?,
            _ => None,
        };
        let elsewhere = match elsewhere {
            None if this == vm.core.object => vm.original_constant(name)?,
            found => found,
        };
        elsewhere.ok_or_else(|| vm.uninitialized_constant(this, name))
    }

    #[method("const_source_location")]
    fn source_location(vm: &mut Vm, this: RClass, name: Value, inherit: Option<bool>) -> RResult {
        let inherit = inherit.unwrap_or(true);
        let parts = const_path(vm, this, name)?;
        let mut at = path_start(vm, this, name);
        for (index, &part) in parts.iter().enumerate() {
            let (object, start) = (vm.class_view(vm.core.object), at.value());
            let mut holders = if inherit { vm.constant_holders(at) } else { vm.roots.values(&[start]) };
            if inherit && index == 0 && at.is_module() {
                holders.extend(object.data().ancestors.iter().copied());
            }
            let holder = holders.iter().copied().filter_map(RClass::new).find(|class| class.data().constants.contains_key(&part));
            let Some(holder) = holder else { return Ok(Value::NIL) };
            if index + 1 == parts.len() {
                return Ok(match vm.constant_location(holder, part)? {
                    Some((file, line)) => {
                        let file = vm.str(&file);
                        vm.array(&[file, Value::small(i64::from(line))])
                    }
                    None => vm.array(&[]),
                });
            }
            let Some(value) = vm.own_constant(holder, part)? else { return Ok(Value::NIL) };
            at = RClass::new(value).ok_or_else(|| {
                let path: Vec<_> = parts.iter().map(|&part| vm.symbols.text(part).into_owned()).collect();
                vm.type_error(&format!("{} does not refer to class/module", path.join("::")))
            })?;
        }
        Ok(Value::NIL)
    }

    #[method("remove_const", private)]
    fn remove(vm: &mut Vm, this: RClass, name: Value) -> RResult {
        let name = const_name(vm, this, name)?;
        if let Some(hook) = vm.removal_hook {
            hook(vm, this, name)?;
        }
        if this.data().constants.get(&name).is_some_and(|constant| constant.deprecated) && vm.warns_category("deprecated") {
            let (text, owner) = (vm.symbols.text(name).into_owned(), vm.class_name_text(this));
            vm.warn_at_caller(&format!("constant {owner}::{text} is deprecated"))?;
        }
        match vm.remove_constant(this, name) {
            Some(value) if value.is_undef() => Ok(Value::NIL),
            Some(value) => Ok(value),
            None => {
                let (text, owner) = (vm.symbols.text(name).into_owned(), vm.class_name_text(this));
                let class = vm.core.name_error;
                Err(vm.raise_name_error(class, &format!("constant {owner}::{text} not defined"), this.value(), name))
            }
        }
    }

    #[method("private_constant")]
    fn private_constant(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<()> {
        change(vm, this, names, |constant| constant.private = true)
    }

    #[method("public_constant")]
    fn public_constant(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<()> {
        change(vm, this, names, |constant| constant.private = false)
    }

    #[method("deprecate_constant")]
    fn deprecate_constant(vm: &mut Vm, this: RClass, names: &[Value]) -> RResult<RClass> {
        change(vm, this, names, |constant| constant.deprecated = true)?;
        Ok(this)
    }

    #[method("autoload")]
    fn autoload(vm: &mut Vm, this: RClass, name: Value, path: Value) -> RResult<()> {
        let name = const_name(vm, this, name)?;
        let path = vm.to_path(path)?;
        if path.is_empty() {
            return Err(vm.argument_error("empty file name"));
        }
        if vm.is_frozen(this.value()) {
            return Err(vm.frozen_error(this.value()));
        }
        if this.data().constants.get(&name).is_some_and(|constant| constant.autoload.is_none()) {
            return Ok(());
        }
        let path = vm.frozen_copy(path);
        vm.set_autoload(this, name, path);
        vm.call(this.value(), sym::CONST_ADDED, &[Value::symbol(name)])?;
        Ok(())
    }

    #[method("autoload?")]
    fn autoload_path(vm: &mut Vm, this: RClass, name: Value, inherit: Option<bool>) -> RResult {
        let name = vm.to_name(name)?;
        let holders = if inherit == Some(false) { vm.roots.values(&[this.value()]) } else { vm.constant_holders(this) };
        match holders.iter().copied().filter_map(RClass::new).find(|class| class.data().constants.contains_key(&name)) {
            Some(holder) => Ok(vm.autoload_path(holder, name)?.unwrap_or(Value::NIL)),
            None => Ok(Value::NIL),
        }
    }

    #[method("class_variable_get")]
    fn class_variable_get(vm: &mut Vm, this: RClass, name: Value) -> RResult {
        let name = cvar_name(vm, this, name)?;
        match vm.class_variable_get(this, name)? {
            Some(value) => Ok(value),
            None => Err(no_class_variable(vm, this, name)),
        }
    }

    #[method("class_variable_set")]
    fn class_variable_set(vm: &mut Vm, this: RClass, name: Value, value: Value) -> RResult {
        let name = cvar_name(vm, this, name)?;
        vm.set_class_variable(this, name, value)?;
        Ok(value)
    }

    #[method("class_variable_defined?")]
    fn class_variable_defined(vm: &mut Vm, this: RClass, name: Value) -> RResult<bool> {
        let name = cvar_name(vm, this, name)?;
        vm.class_variable_is_defined(this, name)
    }

    #[method("class_variables")]
    fn class_variables(vm: &mut Vm, this: RClass, inherit: Option<bool>) -> RResult<RArray> {
        let mut names = Vec::new();
        for &ancestor in &this.data().ancestors.clone() {
            if inherit == Some(false) && ancestor != this.value() {
                continue;
            }
            let Some(class) = RClass::new(ancestor) else { continue };
            for &(name, _) in &class.data().class_variables {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        symbols(vm, names)
    }

    #[method("remove_class_variable")]
    fn remove_class_variable(vm: &mut Vm, this: RClass, name: Value) -> RResult {
        let mut this = this;
        let name = cvar_name(vm, this, name)?;
        if vm.is_frozen(this.value()) {
            return Err(vm.frozen_error(this.value()));
        }
        let variables = &mut this.data_mut().class_variables;
        match variables.iter().position(|&(other, _)| other == name) {
            Some(index) => Ok(variables.remove(index).1),
            None => {
                let (text, owner) = (vm.symbols.text(name).into_owned(), vm.class_name_text(this));
                let class = vm.core.name_error;
                Err(vm.raise_name_error(class, &format!("class variable {text} not defined for {owner}"), this.value(), name))
            }
        }
    }
}

fn no_class_variable(vm: &mut Vm, this: RClass, name: Symbol) -> vm::Raised {
    let (text, owner) = (vm.symbols.text(name).into_owned(), vm.class_name_text(this));
    let class = vm.core.name_error;
    vm.raise_name_error(class, &format!("uninitialized class variable {text} in {owner}"), this.value(), name)
}

fn change(vm: &mut Vm, this: RClass, names: &[Value], change: fn(&mut Constant)) -> RResult<()> {
    let mut this = this;
    for &name in names {
        let name = vm.to_name(name)?;
        match this.data_mut().constants.get_mut(&name) {
            Some(constant) => change(constant),
            None => {
                let (text, owner) = (vm.symbols.text(name).into_owned(), vm.class_name_text(this));
                let class = vm.core.name_error;
                return Err(vm.raise_name_error(class, &format!("constant {owner}::{text} not defined"), this.value(), name));
            }
        }
        // Sites that cached the value check visibility and deprecation again.
        let value = this.data().constants.get(&name).map_or(Value::NIL, |constant| constant.value);
        let flags = this.data().constants.get(&name).cloned();
        vm.set_constant_raw(this, name, value);
        if let Some(constant) = flags {
            this.data_mut().constants.insert(name, constant);
        }
    }
    Ok(())
}

pub(super) fn is_const_name(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut chars = text.chars();
    chars.next().is_some_and(begins_constant) && chars.all(|c| c == '_' || c.is_ascii_alphanumeric() || !c.is_ascii())
}

/// Upper case, or title case: letters that have a lower case and are not it.
fn begins_constant(first: char) -> bool {
    first.is_uppercase() || !first.is_lowercase() && first.to_lowercase().ne(std::iter::once(first))
}

/// Does a Symbol of any encoding name a constant? The letters are looked at as those of Unicode.
fn names_constant(vm: &Vm, name: Symbol) -> bool {
    let bytes = vm.symbols.bytes(name);
    let encoding = Encoding::from_index(vm.symbols.encoding(name)).unwrap_or(Encoding::UTF_8);
    if encoding == Encoding::UTF_8 || bytes.is_ascii() {
        return encoding.is_ascii_compatible() && is_const_name(bytes);
    }
    match text::transcode::transcode_strict(bytes, encoding, Encoding::UTF_8) {
        Ok(converted) => is_const_name(&converted),
        // Bytes without meaning may follow, but not begin.
        Err(_) => bytes[0].is_ascii_uppercase() && bytes.iter().all(|byte| *byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii()),
    }
}

fn wrong_const_name(vm: &mut Vm, this: RClass, name: Symbol) -> vm::Raised {
    let text = vm.symbols.text(name).into_owned();
    let class = vm.core.name_error;
    vm.raise_name_error(class, &format!("wrong constant name {text}"), this.value(), name)
}

fn const_name(vm: &mut Vm, this: RClass, name: Value) -> RResult<Symbol> {
    let name = vm.to_name(name)?;
    if names_constant(vm, name) { Ok(name) } else { Err(wrong_const_name(vm, this, name)) }
}

/// Parts of `"A::B"`; a leading `::` starts at Object.
fn const_path(vm: &mut Vm, this: RClass, name: Value) -> RResult<Vec<Symbol>> {
    let symbol = vm.to_name(name)?;
    if names_constant(vm, symbol) {
        return Ok(vec![symbol]);
    }
    let text = vm.symbols.text(symbol).into_owned();
    let trimmed = if name.is_symbol() { &text } else { text.strip_prefix("::").unwrap_or(&text) };
    let mut parts = Vec::new();
    for part in if name.is_symbol() { vec![trimmed] } else { trimmed.split("::").collect() } {
        if !is_const_name(part.as_bytes()) {
            return Err(wrong_const_name(vm, this, symbol));
        }
        parts.push(vm.intern(part));
    }
    Ok(parts)
}

/// Where a path begins: Object for `"::A"`.
fn path_start(vm: &mut Vm, this: RClass, name: Value) -> RClass {
    match vm::RString::new(name) {
        Some(text) if text.bytes().starts_with(b"::") => vm.class_view(vm.core.object),
        _ => this,
    }
}

fn cvar_name(vm: &mut Vm, this: RClass, name: Value) -> RResult<Symbol> {
    let symbol = vm.to_name(name)?;
    let bytes = vm.symbols.bytes(symbol);
    if bytes.starts_with(b"@@") && bytes.len() > 2 && !bytes[2].is_ascii_digit() {
        return Ok(symbol);
    }
    let text = vm.symbols.text(symbol).into_owned();
    let class = vm.core.name_error;
    let raised = vm.raise_name_error(class, &format!("'{text}' is not allowed as a class variable name"), this.value(), symbol);
    vm.set_error_name(name);
    Err(raised)
}
