//! Binding.

use crate::basic_object::eval_string;
use crate::object::symbols;
use macros::ruby_methods;
use vm::eval::BindingData;
use vm::{RArray, RResult, Symbol, Value, Vm};

/// A Binding object.
pub fn new_binding(vm: &mut Vm, data: BindingData) -> Value {
    let class = vm.class_view(vm.core.binding);
    vm.data(class, Box::new(data))
}

/// The native part of a Binding; TypeError for others.
pub fn binding_data(vm: &mut Vm, value: Value) -> RResult<&mut BindingData> {
    if !objects::RData::new(value).is_some_and(objects::RData::is::<BindingData>) {
        return Err(vm.wrong_type(value, "binding"));
    }
    if vm.toplevel == Some(value) {
        vm.complete_toplevel(value)?;
    }
    vm.native(value, "binding")
}

/// Names of the variables, innermost first.
pub fn variable_names(vm: &mut Vm, data: &BindingData) -> RResult<RArray> {
    let mut names: Vec<Symbol> = Vec::new();
    for scope in data.open_scopes() {
        for &(name, _) in scope {
            let plain = vm.symbols.bytes(name).first().is_some_and(|&byte| byte == b'_' || byte.is_ascii_alphabetic() || byte >= 0x80);
            if plain && !is_numbered(vm.symbols.bytes(name)) && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    symbols(vm, names)
}

/// Methods of Binding.
pub struct Bindings;

#[ruby_methods("Binding")]
impl Bindings {
    #[method("eval")]
    fn eval(vm: &mut Vm, this: Value, source: Value, file: Option<Value>, line: Option<i64>) -> RResult {
        let source = vm.to_str(source)?;
        let file = match file.filter(|file| !file.is_nil()) {
            Some(file) => vm.to_str(file)?.to_text(),
            None => match vm.frame() {
                Some(frame) => format!("(eval at {}:{})", frame.code().file, frame.line()),
                None => "(eval)".to_string(),
            },
        };
        let data = binding_data(vm, this)?.clone();
        eval_string(vm, &data, Some(this), source, &file, line.unwrap_or(1) as i32)
    }

    #[method("local_variable_get")]
    fn get(vm: &mut Vm, this: Value, name: Value) -> RResult {
        let name = local_name(vm, this, name)?;
        let data = binding_data(vm, this)?.clone();
        match vm.binding_variable(&data, name).and_then(|(env, slot)| env.slot(slot as usize)) {
            Some(value) => Ok(value),
            None => {
                let (text, shown) = (vm.symbols.text(name).into_owned(), vm.any_to_s(this));
                let class = vm.core.name_error;
                Err(vm.raise_name_error(class, &format!("local variable '{text}' is not defined for {shown}"), this, name))
            }
        }
    }

    #[method("local_variable_set")]
    fn set(vm: &mut Vm, this: Value, name: Value, value: Value) -> RResult {
        let name = local_name(vm, this, name)?;
        let data = binding_data(vm, this)?.clone();
        match vm.binding_variable(&data, name) {
            Some((env, slot)) => {
                env.set_slot(slot as usize, value);
            }
            None => vm.binding_add_variable(this, name, value)?,
        }
        Ok(value)
    }

    #[method("local_variable_defined?")]
    fn is_defined(vm: &mut Vm, this: Value, name: Value) -> RResult<bool> {
        let name = local_name(vm, this, name)?;
        let data = binding_data(vm, this)?.clone();
        Ok(vm.binding_variable(&data, name).is_some())
    }

    #[method("local_variables")]
    fn list(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let data = binding_data(vm, this)?.clone();
        variable_names(vm, &data)
    }

    /// `[:_1, :_2]`, `[:it]` or nothing: the parameters that the block around has without declaring them.
    #[method("implicit_parameters")]
    fn implicit_parameters(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let data = binding_data(vm, this)?.clone();
        let names = implicit_names(vm, &data);
        symbols(vm, names)
    }

    #[method("implicit_parameter_defined?")]
    fn is_implicit_defined(vm: &mut Vm, this: Value, name: Value) -> RResult<bool> {
        let name = implicit_name(vm, this, name)?;
        let data = binding_data(vm, this)?.clone();
        Ok(implicit_names(vm, &data).contains(&name))
    }

    #[method("implicit_parameter_get")]
    fn implicit_get(vm: &mut Vm, this: Value, name: Value) -> RResult {
        let name = implicit_name(vm, this, name)?;
        let data = binding_data(vm, this)?.clone();
        if implicit_names(vm, &data).contains(&name) {
            let hidden = if vm.symbols.bytes(name) == b"it" { vm.intern("\0it") } else { name };
            if let Some(value) = vm.binding_variable(&data, hidden).and_then(|(env, slot)| env.slot(slot as usize)) {
                return Ok(value);
            }
        }
        let (text, shown) = (vm.symbols.text(name).into_owned(), vm.any_to_s(this));
        let class = vm.core.name_error;
        Err(vm.raise_name_error(class, &format!("implicit parameter '{text}' is not defined for {shown}"), this, name))
    }

    #[method("receiver")]
    fn receiver(vm: &mut Vm, this: Value) -> RResult {
        Ok(binding_data(vm, this)?.receiver)
    }

    #[method("source_location")]
    fn source_location(vm: &mut Vm, this: Value) -> RResult {
        let data = binding_data(vm, this)?;
        let (line, file) = (i64::from(data.line), data.file.clone());
        let file = vm.str(&file);
        Ok(vm.array(&[file, Value::small(line)]))
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let copy = binding_data(vm, other)?.clone();
        *binding_data(vm, this)? = copy;
        Ok(this)
    }
}

/// Implicit parameters of the innermost block.
fn implicit_names(vm: &mut Vm, data: &BindingData) -> Vec<Symbol> {
    match data.code.function.params.implicit {
        bytecode::ImplicitParams::None => Vec::new(),
        bytecode::ImplicitParams::It => vec![vm.intern("it")],
        bytecode::ImplicitParams::Numbered(count) => (1..=count).map(|number| vm.intern(&format!("_{number}"))).collect(),
    }
}

/// Is it the name of a numbered parameter?
fn is_numbered(name: &[u8]) -> bool {
    matches!(name, [b'_', b'1'..=b'9'])
}

fn implicit_name(vm: &mut Vm, this: Value, name: Value) -> RResult<Symbol> {
    let name = vm.to_name(name)?;
    if is_numbered(vm.symbols.bytes(name)) || vm.symbols.bytes(name) == b"it" {
        return Ok(name);
    }
    let text = vm.symbols.text(name).into_owned();
    let class = vm.core.name_error;
    Err(vm.raise_name_error(class, &format!("'{text}' is not an implicit parameter"), this, name))
}

fn local_name(vm: &mut Vm, this: Value, name: Value) -> RResult<Symbol> {
    let symbol = vm.to_name(name)?;
    if is_numbered(vm.symbols.bytes(symbol)) {
        let (text, class) = (vm.symbols.text(symbol).into_owned(), vm.core.name_error);
        return Err(vm.raise_name_error(class, &format!("numbered parameter '{text}' is not a local variable"), this, symbol));
    }
    let first = vm.symbols.bytes(symbol).first().copied().unwrap_or(b'$');
    if first == b'_' || first.is_ascii_lowercase() || first >= 0x80 {
        return Ok(symbol);
    }
    let (text, shown) = (vm.symbols.text(symbol).into_owned(), vm.any_to_s(this));
    let class = vm.core.name_error;
    Err(vm.raise_name_error(class, &format!("wrong local variable name '{text}' for {shown}"), this, symbol))
}
