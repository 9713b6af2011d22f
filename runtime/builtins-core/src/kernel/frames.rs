//! Functions that look at the calling frame: binding, eval, caller, local_variables.

use crate::basic_object::eval_string;
use crate::binding::{binding_data, new_binding};
use heap::{Rooted, Trace};
use macros::ruby_methods;
use objects::NativeData;
use vm::backtrace::{Location, Locations};
use vm::{RArray, RRange, RResult, Value, Vm};

/// Operations of the runtime's Ruby code on its callers.
pub struct FramePrimitives;

#[ruby_methods("Primitive")]
impl FramePrimitives {
    #[method("error_locals")]
    fn error_locals(vm: &mut Vm, _this: Value, exception: Value) -> Value {
        let names = vm.error_locals(exception);
        let names = vm.roots.root(Vec::from_iter(names.into_iter().map(Value::symbol)));
        vm.array(&names)
    }

    /// First line, first column, last line, last column, snippet and lines of the source at a place, or nil.
    #[method("error_spot")]
    fn error_spot(vm: &mut Vm, _this: Value, location: Value, point: Value, name: Value) -> RResult {
        let place = vm.native::<LocationData>(location, "Thread::Backtrace::Location")?.0;
        let point = point.as_symbol().map(|point| vm.symbols.text(point).into_owned());
        let wanted = if point.as_deref() == Some("args") { compile::Point::Arguments } else { compile::Point::Name };
        let definition = point.as_deref() == Some("definition") && place.native.is_none();
        let Some(spot) = vm.spot(&place, definition, wanted, name.as_symbol()) else { return Ok(Value::NIL) };
        let lines = vm.new_array();
        for line in vm.source_lines(&place) {
            let line = vm.str(&line);
            vm.push(lines, line)?;
        }
        let snippet = vm.str(&spot.snippet);
        let number = |number: i64| Value::small(number);
        let parts =
            [number(spot.first_line.into()), number(spot.first_column.into()), number(spot.last_line.into()), number(spot.last_column.into())];
        let found = vm.array(&parts);
        let found = vm.array_view(found);
        vm.push(found, snippet)?;
        vm.push(found, lines.value())?;
        Ok(found.value())
    }

    #[method("set_caller_last_line")]
    fn set_caller_last_line(vm: &mut Vm, _this: Value, line: Value) {
        vm.set_caller_last_line(line);
    }
}

/// Functions about frames.
pub struct Frames;

#[ruby_methods("Kernel")]
impl Frames {
    #[module_function("block_given?", effects = "looks_at_caller")]
    fn block_given(vm: &mut Vm, _this: Value) -> RResult<bool> {
        match vm.frame() {
            Some(frame) => Ok(vm.given_block(frame)?.is_some()),
            None => Ok(false),
        }
    }

    #[module_function("__method__", effects = "pure")]
    fn method_name(vm: &mut Vm, _this: Value) -> Value {
        vm.frame().and_then(|frame| frame.method()).map_or(Value::NIL, |method| Value::symbol(method.name))
    }

    #[module_function("__callee__", effects = "pure")]
    fn callee_name(vm: &mut Vm, _this: Value) -> Value {
        vm.frame().and_then(|frame| frame.called_method()).map_or(Value::NIL, |method| Value::symbol(method.name))
    }

    #[module_function("__dir__")]
    fn directory(vm: &mut Vm, _this: Value) -> RResult {
        let Some(frame) = vm.frame() else { return Ok(Value::NIL) };
        let file = frame.code().file.clone();
        if file.starts_with("(eval") || &*file == "-e" {
            return Ok(Value::NIL);
        }
        let path = std::fs::canonicalize(&*file).unwrap_or_else(|_| std::path::PathBuf::from(&*file));
        let folder = path.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(vm.str(if folder.is_empty() { "." } else { &folder }))
    }

    #[module_function("binding", effects = "looks_at_caller, allocates")]
    fn binding(vm: &mut Vm, _this: Value) -> RResult {
        let Some(frame) = vm.frame() else { return Err(vm.runtime_error("binding outside of Ruby code")) };
        let data = vm.binding_of(frame)?;
        Ok(new_binding(vm, data))
    }

    /// `eval(source, binding = nil, file = "(eval at ...)", line = 1)`
    #[module_function("eval", effects = "looks_at_caller, any")]
    fn eval(vm: &mut Vm, this: Value, source: Value, binding: Option<Value>, file: Option<Value>, line: Option<i64>) -> RResult {
        let Some(frame) = vm.frame() else { return Err(vm.runtime_error("eval outside of Ruby code")) };
        if binding.is_none_or(Value::is_nil) {
            vm.look_at(frame)?;
        }
        let source = vm.to_str(source)?;
        let file = match file.filter(|file| !file.is_nil()) {
            Some(file) => super::gems::shown_file(vm.to_str(file)?.to_text()),
            None => format!("(eval at {}:{})", frame.code().file, frame.line()),
        };
        let line = line.unwrap_or(1) as i32;
        match binding.filter(|binding| !binding.is_nil()) {
            Some(binding) => {
                let data = binding_data(vm, binding)?.clone();
                eval_string(vm, &data, Some(binding), source, &file, line)
            }
            None => {
                let mut data = vm.binding_of(frame)?;
                data.receiver = this;
                eval_string(vm, &data, None, source, &file, line)
            }
        }
    }

    #[module_function("local_variables", effects = "looks_at_caller, allocates")]
    fn local_variables(vm: &mut Vm, _this: Value) -> RResult<RArray> {
        let Some(frame) = vm.frame() else { return Ok(vm.new_array()) };
        let data = vm.binding_of(frame)?;
        crate::binding::variable_names(vm, &data)
    }

    #[module_function("caller")]
    fn caller(vm: &mut Vm, _this: Value, start: Option<Value>, length: Option<Value>) -> RResult {
        let Some(list) = selected(vm, start, length)? else { return Ok(Value::NIL) };
        let array = vm.new_array();
        for location in list.iter() {
            let text = vm.location_text(location);
            let text = vm.str(&text);
            vm.push(array, text)?;
        }
        Ok(array.value())
    }

    #[module_function("caller_locations")]
    fn caller_locations(vm: &mut Vm, _this: Value, start: Option<Value>, length: Option<Value>) -> RResult {
        let Some(list) = selected(vm, start, length)? else { return Ok(Value::NIL) };
        let array = vm.new_array();
        for &location in list.iter() {
            let value = location_object(vm, location);
            vm.push(array, value)?;
        }
        Ok(array.value())
    }
}

/// The places that `caller(start, length)` names; None when the start lies beyond the stack.
fn selected(vm: &mut Vm, start: Option<Value>, length: Option<Value>) -> RResult<Option<Rooted<Vec<Location>>>> {
    let mut list = vm.locations(0);
    // The frame that calls `caller` is left out by level 1; natives in front of it do not count.
    if list.first().is_some_and(|location| location.native.is_some()) {
        list.remove(0);
    }
    let (from, count) = match start.and_then(RRange::new) {
        Some(range) => {
            let from = if range.low().is_nil() { 0 } else { vm.to_i64(range.low())? };
            let size = list.len() as i64;
            let mut to = if range.high().is_nil() { size - 1 } else { vm.to_i64(range.high())? };
            if to < 0 {
                to += size;
            }
            (from, Some(to - from + i64::from(!range.is_exclusive())))
        }
        None => {
            let from = match start {
                Some(start) => vm.to_i64(start)?,
                None => 1,
            };
            let count = match length.filter(|length| !length.is_nil()) {
                Some(length) => Some(vm.to_i64(length)?),
                None => None,
            };
            (from, count)
        }
    };
    if from < 0 {
        return Err(vm.argument_error(&format!("negative level ({from})")));
    }
    if count.is_some_and(|count| count < 0) && start.and_then(RRange::new).is_none() {
        return Err(vm.argument_error(&format!("negative size ({})", count.unwrap_or(0))));
    }
    let from = from as usize;
    if from > list.len() && count != Some(0) {
        return Ok(None);
    }
    let count = count.map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(0));
    let places = list.iter().skip(from).take(count).copied().collect();
    Ok(Some(vm.roots.root(places)))
}

/// Native part of a Thread::Backtrace::Location.
pub struct LocationData(pub Location);

impl NativeData for LocationData {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        self.0.trace(tracer);
    }
}

/// A Thread::Backtrace::Location.
pub fn location_object(vm: &mut Vm, location: Location) -> Value {
    let class = vm.class_at("Thread::Backtrace::Location");
    let class = vm.class_view(class);
    vm.data(class, Box::new(LocationData(location)))
}

/// Captured places as an Array of Location objects, or nil.
pub fn location_objects(vm: &mut Vm, captured: Value) -> RResult {
    let data = objects::RData::new(captured).and_then(|data| data.read::<Locations>(&vm.heap));
    let Some(places) = data.map(|data| vm.roots.root(data.0.clone())) else { return Ok(Value::NIL) };
    let array = vm.new_array();
    for &location in places.iter() {
        let value = location_object(vm, location);
        vm.push(array, value)?;
    }
    Ok(array.value())
}

/// The places of an Array of Location objects, as an exception keeps them; None when something else is in it.
pub fn captured_of(vm: &mut Vm, list: RArray) -> Option<Value> {
    let mut places = Vec::new();
    for &item in list.as_slice(&vm.heap) {
        places.push(objects::RData::new(item)?.read::<LocationData>(&vm.heap)?.0);
    }
    if places.is_empty() {
        return None;
    }
    let class = vm.class_view(vm.core.object);
    Some(vm.data(class, Box::new(Locations(places))))
}

/// Methods of Thread::Backtrace::Location.
pub struct LocationMethods;

#[ruby_methods("Thread::Backtrace::Location")]
impl LocationMethods {
    #[method("path")]
    fn path(vm: &mut Vm, this: Value) -> RResult<String> {
        Ok(vm.native::<LocationData>(this, "Thread::Backtrace::Location")?.0.file().to_string())
    }

    #[method("absolute_path")]
    fn absolute_path(vm: &mut Vm, this: Value) -> RResult {
        let file = vm.native::<LocationData>(this, "Thread::Backtrace::Location")?.0.file();
        match std::fs::canonicalize(&*file) {
            Ok(path) => Ok(vm.str(&path.to_string_lossy())),
            Err(_) => Ok(Value::NIL),
        }
    }

    #[method("lineno")]
    fn lineno(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(vm.native::<LocationData>(this, "Thread::Backtrace::Location")?.0.line()))
    }

    #[method("label")]
    fn label(vm: &mut Vm, this: Value) -> RResult<String> {
        let location = vm.native::<LocationData>(this, "Thread::Backtrace::Location")?.0;
        Ok(vm.location_label(&location))
    }

    #[method("base_label")]
    fn base_label(vm: &mut Vm, this: Value) -> RResult<String> {
        let location = vm.native::<LocationData>(this, "Thread::Backtrace::Location")?.0;
        Ok(vm.location_base_label(&location))
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> RResult<String> {
        let location = vm.native::<LocationData>(this, "Thread::Backtrace::Location")?.0;
        Ok(vm.location_text(&location))
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult {
        let text = Self::to_s(vm, this)?;
        let text = vm.str(&text);
        Ok(vm.inspect(text)?.value())
    }
}
