//! IO.

mod argument_files;
mod class;
mod copy;
mod data;
mod encodings;
mod kernel;
mod open;
mod read;
mod reading;
mod wait;
mod write;

pub use data::{IoData, Mode, flush_all, io_data, open_io, release, second_file};
pub use open::{Opening, adopt_descriptor, opening};
pub use write::writable;

use crate::file_name::FileName;
use std::os::fd::{AsFd, OwnedFd};
use vm::{RResult, RString, Raised, Symbol, Value, Vm, sym};

/// Classes, standard streams and globals.
pub fn init(vm: &mut Vm) {
    let io = vm.core.io;
    vm.set_allocator(io, data::allocate);
    for (name, value) in [("SEEK_SET", 0), ("SEEK_CUR", 1), ("SEEK_END", 2), ("READABLE", 1), ("PRIORITY", 2), ("WRITABLE", 4)] {
        let name = vm.intern(name);
        vm.set_constant_raw(vm.class_view(io), name, Value::small(value));
    }
    for name in ["WaitReadable", "WaitWritable"] {
        vm.define_module_under(io, name);
    }
    define_wait_errors(vm);
    vm.define_class_under(io, "TimeoutError", vm.core.io_error);
    vm.define_groups(&[
        data::State::GROUP,
        encodings::Encodings::GROUP,
        open::Open::GROUP,
        read::Read::GROUP,
        write::Write::GROUP,
        wait::Wait::GROUP,
        class::Files::GROUP,
        kernel::Output::GROUP,
        kernel::Input::GROUP,
    ]);
    standard_streams(vm);
    argument_files::init(vm);
}

/// A descriptor of a stream's own file, the one that it writes to or the one that it reads from.
pub fn copy_of_descriptor(vm: &mut Vm, io: Value, writes: bool) -> RResult<OwnedFd> {
    let number = open_io(vm, io)?.descriptor(writes);
    crate::sys::copy_of(number, 0).map_err(|error| raise_for_stream(vm, io, &error))
}

/// A system error about a stream, with its path.
pub fn raise_for_stream(vm: &mut Vm, io: Value, error: &std::io::Error) -> Raised {
    match io_data(vm, io).map(|data| data.path.as_ref().map(FileName::to_path_buf)) {
        Ok(path) => crate::errors::raise_io(vm, error, &path.unwrap_or_default().to_string_lossy()),
        Err(raised) => raised,
    }
}

/// IO::EAGAINWaitReadable and kin: Errno classes that tell what to wait for.
fn define_wait_errors(vm: &mut Vm) {
    let io = vm.core.io;
    for error in ["EAGAIN", "EINPROGRESS"] {
        let above = vm.class_at(&format!("Errno::{error}"));
        for wait in ["WaitReadable", "WaitWritable"] {
            let module = vm.class_at(&format!("IO::{wait}"));
            let class = vm.define_class_under(io, &format!("{error}{wait}"), above);
            vm.include_module(vm.class_view(class), vm.class_view(module));
            if error == "EAGAIN" {
                let name = vm.intern(&format!("EWOULDBLOCK{wait}"));
                vm.set_constant_raw(vm.class_view(io), name, class);
            }
        }
    }
}

/// An IO of standard input, output or error.
fn standard_stream(vm: &mut Vm, number: i32) -> Value {
    let (path, descriptor, mode) = match number {
        0 => ("<STDIN>", std::io::stdin().as_fd().try_clone_to_owned(), Mode::READ),
        1 => ("<STDOUT>", std::io::stdout().as_fd().try_clone_to_owned(), Mode::WRITE),
        _ => ("<STDERR>", std::io::stderr().as_fd().try_clone_to_owned(), Mode::WRITE),
    };
    let mut data = IoData::new(descriptor.ok(), Mode(mode), Some(path.into()));
    data.number = Some(number);
    data.sync = number == 2;
    data.is_standard = true;
    let class = vm.class_view(vm.core.io);
    vm.data(class, Box::new(data))
}

/// Gives a standard stream, as the program found it, another file.
pub fn replace_standard(vm: &mut Vm, number: usize, file: std::fs::File) -> RResult<()> {
    crate::process::redirect_standard(vm, number as i32, &file)?;
    let stream = vm.extension::<data::Unwritten>().standard.get(number).copied();
    if let Some(stream) = stream {
        io_data(vm, stream)?.file = Some(file);
    }
    Ok(())
}

/// A Ractor's own stream of the descriptor that a global stands for.
fn ractor_stream(vm: &mut Vm, global: Symbol) -> Option<Value> {
    let number = [sym::STDIN_G, sym::STDOUT_G, sym::STDERR_G].iter().position(|&name| name == global)?;
    Some(standard_stream(vm, number as i32))
}

fn standard_streams(vm: &mut Vm) {
    let object = vm.class_view(vm.core.object);
    vm.stream_hook = Some(ractor_stream);
    for (constant, global, number) in [("STDIN", "$stdin", 0), ("STDOUT", "$stdout", 1), ("STDERR", "$stderr", 2)] {
        let value = standard_stream(vm, number);
        let constant = vm.intern(constant);
        vm.set_constant_raw(object, constant, value);
        vm.extension::<data::Unwritten>().standard.push(value);
        vm.define_checked_global(global, value, if number == 0 { |_, _, value| Ok(value) } else { output_stream });
    }
    let out = vm.intern("$>");
    vm.alias_global(out, sym::STDOUT_G);
    let newline = vm.frozen_string(b"\n", text::encoding::Encoding::UTF_8);
    vm.define_checked_global("$/", newline, record_separator);
    vm.define_checked_global("$,", Value::NIL, separator);
    vm.define_checked_global("$\\", Value::NIL, separator);
    vm.define_checked_global("$;", Value::NIL, field_separator);
    let (separator, field, short) = (vm.intern("$-0"), vm.intern("$-F"), vm.intern("$/"));
    vm.alias_global(separator, short);
    let semicolon = vm.intern("$;");
    vm.alias_global(field, semicolon);
}

/// Check of `$,` and `$\`: a String, deprecated, or nil.
fn separator(vm: &mut Vm, name: Symbol, value: Value) -> RResult {
    let text = vm.symbols.text(name).into_owned();
    if !value.is_nil() && RString::new(value).is_none() {
        return Err(vm.type_error(&format!("value of {text} must be String")));
    }
    warn_separator(vm, &text, value)
}

/// Check of `$/`: as `separator`; what is stored is frozen.
fn record_separator(vm: &mut Vm, name: Symbol, value: Value) -> RResult {
    let value = separator(vm, name, value)?;
    match RString::new(value) {
        Some(text) if !vm.is_frozen(value) || vm.real_class_of(value).value() != vm.core.string => {
            let copy = vm.new_string(text.bytes(), text.encoding());
            Ok(vm.freeze(copy.value()))
        }
        _ => Ok(value),
    }
}

/// Check of `$;`: a String or Regexp, deprecated, or nil.
fn field_separator(vm: &mut Vm, name: Symbol, value: Value) -> RResult {
    let text = vm.symbols.text(name).into_owned();
    if !value.is_nil() && RString::new(value).is_none() && !vm.is_a(value, vm.core.regexp) {
        return Err(vm.type_error(&format!("value of {text} must be String or Regexp")));
    }
    warn_separator(vm, &text, value)
}

fn warn_separator(vm: &mut Vm, text: &str, value: Value) -> RResult {
    if !value.is_nil() && vm.warns_category("deprecated") {
        vm.warn_at_caller(&format!("non-nil '{text}' is deprecated"))?;
    }
    Ok(value)
}

/// Check of `$stdout`, `$stderr` and their aliases.
fn output_stream(vm: &mut Vm, name: Symbol, value: Value) -> RResult {
    if !vm.responds_to(value, sym::WRITE, false)? {
        let (text, class) = (vm.symbols.text(name).into_owned(), vm.class_name_of(value));
        return Err(vm.type_error(&format!("{text} must have write method, {class} given")));
    }
    Ok(value)
}
