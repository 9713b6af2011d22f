//! Paths of classes and modules: from a class to the name that stands in a dump, and back.

use text::Encoding;
use vm::{RClass, RResult, RString, Symbol, Value, Vm};

/// The path of a class or module that a dump can name.
pub fn path_of(vm: &mut Vm, class: RClass) -> RResult<Symbol> {
    let named = class.data().name.and_then(RString::new);
    // The name of a constant inside of a class without a name begins with what stands for that one.
    let Some(name) = named.filter(|name| !name.bytes().starts_with(b"#")) else {
        let sort = if class.is_module() { "module" } else { "class" };
        let shown = vm.class_name_text(class);
        return Err(vm.type_error(&format!("can't dump anonymous {sort} {shown}")));
    };
    let path = vm.to_name(name.value())?;
    if vm.class_at_path(path)? != class {
        let shown = name.to_text();
        return Err(vm.argument_error(&format!("{shown} can't be referred to")));
    }
    Ok(path)
}

/// The class at a path; ArgumentError for a module.
pub fn find_class(vm: &mut Vm, path: Symbol) -> RResult<RClass> {
    let found = vm.class_at_path(path)?;
    if found.is_module() { Err(wrong_sort(vm, path, "class")) } else { Ok(found) }
}

/// The module at a path; ArgumentError for a class.
pub fn find_module(vm: &mut Vm, path: Symbol) -> RResult<RClass> {
    let found = vm.class_at_path(path)?;
    if found.is_module() { Ok(found) } else { Err(wrong_sort(vm, path, "module")) }
}

fn wrong_sort(vm: &mut Vm, path: Symbol, wanted: &str) -> vm::Raised {
    let shown = vm.symbols.text(path).into_owned();
    vm.argument_error(&format!("{shown} does not refer to {wanted}"))
}

/// What a pair of a name and a value says about an encoding: `E` false or true, or `encoding` with a name.
pub enum EncodingMark {
    /// The pair is about something else.
    None,
    /// An encoding that is not known here: the String stays as it is.
    Unknown,
    /// The encoding.
    Known(Encoding),
}

/// Reads a pair as a mark.
pub fn encoding_mark(vm: &mut Vm, name: Symbol, value: Value) -> EncodingMark {
    match vm.symbols.bytes(name) {
        b"E" if value == Value::FALSE => EncodingMark::Known(Encoding::US_ASCII),
        b"E" if value == Value::TRUE => EncodingMark::Known(Encoding::UTF_8),
        b"encoding" => match RString::new(value).and_then(|text| vm.find_encoding(&text.to_text())) {
            Some(encoding) => EncodingMark::Known(encoding),
            None => EncodingMark::Unknown,
        },
        _ => EncodingMark::None,
    }
}
