//! ARGF: its class, the globals over it and the count of lines. The methods that read are Ruby (`prelude/core/argument_files.rb`,
//! `argument_reading.rb`).
//!
//! `$.` is the number of the line read last by anybody. ARGF counts over its files; reading its current file directly counts too.

use super::read::LineOptions;
use super::write::{print_to, puts_to};
use macros::ruby_methods;
use vm::{Keywords, RResult, Value, Vm, sym};

/// Lines read.
#[derive(Default)]
pub struct LineCount {
    /// The stream that ARGF reads at the moment.
    stream: Option<Value>,
    /// Will ARGF read its next line there, should there be one?
    is_current: bool,
    /// Lines that ARGF has read.
    argument_lines: i64,
    /// What `$.` answers.
    last: i64,
}

impl vm::vm::Extension for LineCount {
    fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        if let Some(stream) = self.stream {
            tracer.value(stream);
        }
    }
}

impl LineCount {
    /// A stream has read its line of that number.
    pub fn has_read(&mut self, stream: Value, number: i64) {
        self.last = if self.stream == Some(stream) {
            self.argument_lines += 1;
            self.argument_lines
        } else {
            number
        };
    }

    /// A stream goes back to its start, behind which it has read so many lines.
    pub fn rewinds(&mut self, stream: Value, lines: i64) {
        if self.stream == Some(stream) {
            self.argument_lines -= lines;
        }
    }
}

/// Defines ARGF, `$<`, `$FILENAME` and `$.`.
pub fn init(vm: &mut Vm) {
    let (object, maglev) = (vm.core.object, vm.core.object);
    let maglev = vm.define_module_under(maglev, "Maglev");
    let class = vm.define_class_under(maglev, "ArgumentFiles", object);
    let name = vm.frozen_string(b"ARGF.class", text::encoding::Encoding::US_ASCII);
    vm.class_view(class).data_mut().name = Some(name);
    vm.define_groups(&[Primitives::GROUP, Output::GROUP]);
    let Ok(files) = vm.call(class, sym::NEW, &[]) else { return };
    let constant = vm.intern("ARGF");
    let object = vm.class_view(object);
    vm.set_constant_raw(object, constant, files);
    vm.pin(files);
    vm.define_checked_global("$<", files, vm::global::refuse);
    vm.define_global("$FILENAME", |vm, _| on_files(vm, "filename", &[]), |vm, name, value| vm::global::refuse(vm, name, value).map(|_| ()));
    vm.define_global("$-i", |vm, _| on_files(vm, "inplace_mode", &[]), |vm, _, value| on_files(vm, "inplace_mode=", &[value]).map(|_| ()));
    vm.define_global("$.", |vm, _| Ok(Value::small(vm.extension::<LineCount>().last)), set_line);
}

fn set_line(vm: &mut Vm, _name: vm::Symbol, value: Value) -> RResult<()> {
    let number = i64::from(vm.to_i32(value)?);
    let count = vm.extension::<LineCount>();
    count.last = number;
    count.argument_lines = number;
    Ok(())
}

/// Calls a method of ARGF.
pub fn on_files(vm: &mut Vm, method: &str, args: &[Value]) -> RResult {
    let files = vm.global_get(sym::ARGF_G)?;
    vm.send(files, method, args)
}

/// The next line of ARGF where its Ruby code would do nothing but read it: of a plain file, out of the buffer. None asks
/// for that code.
pub fn buffered_line(vm: &mut Vm, args: &[Value], keywords: Keywords) -> RResult<Option<Value>> {
    let count = vm.extension::<LineCount>();
    let Some(stream) = count.stream.filter(|_| count.is_current) else { return Ok(None) };
    if args.len() > 1 || args.iter().any(|&separator| vm::RString::new(separator).is_none()) {
        return Ok(None);
    }
    let options = LineOptions::read(vm, args, keywords)?;
    if !super::read::has_line(vm, stream, &options) || !reads_as_built(vm, stream)? {
        return Ok(None);
    }
    super::read::gets(vm, stream, &options).map(Some)
}

/// Is every method between ARGF and the buffer of its stream the runtime's own, and the stream the one to read?
fn reads_as_built(vm: &mut Vm, stream: Value) -> RResult<bool> {
    let class = vm.class_of(stream).value();
    if class != vm.core.file && class != vm.core.io {
        return Ok(false);
    }
    if class == vm.core.io && !is_given_stdin(vm, stream)? {
        return Ok(false);
    }
    let files = vm.global_get(sym::ARGF_G)?;
    Ok(is_built_in(vm, files) && is_built_in(vm, stream))
}

/// Does standard input serve because no files are named?
fn is_given_stdin(vm: &mut Vm, stream: Value) -> RResult<bool> {
    let names = vm.global_get(sym::ARGV_G)?;
    let unnamed = vm::RArray::new(names).is_some_and(|names| names.is_empty());
    Ok(unnamed && vm.global_get(sym::STDIN_G)? == stream)
}

/// Is its `gets` the one that the runtime defines?
fn is_built_in(vm: &mut Vm, receiver: Value) -> bool {
    let class = vm.class_of(receiver);
    let Some(method) = vm.find_method(class, sym::GETS) else { return false };
    match method.body {
        objects::MethodBody::Native(..) => true,
        objects::MethodBody::Ruby(code, _) => code.file.starts_with("<internal:"),
        _ => false,
    }
}

/// Operations of the prelude.
pub struct Primitives;

#[ruby_methods("Primitive")]
impl Primitives {
    #[method("is_io")]
    fn is_io(vm: &mut Vm, _this: Value, value: Value) -> bool {
        vm.is_a(value, vm.core.io)
    }

    /// The path as a String: of a String or of what answers `to_path`.
    #[method("to_path")]
    fn to_path(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        Ok(vm.to_path(value)?.value())
    }

    #[method("argument_lines")]
    fn argument_lines(vm: &mut Vm, _this: Value) -> i64 {
        vm.extension::<LineCount>().argument_lines
    }

    #[method("set_argument_lines")]
    fn set_argument_lines(vm: &mut Vm, _this: Value, number: i64) {
        vm.extension::<LineCount>().argument_lines = number;
    }

    #[method("set_argument_stream")]
    fn set_argument_stream(vm: &mut Vm, _this: Value, stream: Value) {
        let count = vm.extension::<LineCount>();
        count.stream = Some(stream);
        count.is_current = true;
    }

    #[method("leave_argument_stream")]
    fn leave_argument_stream(vm: &mut Vm, _this: Value) {
        vm.extension::<LineCount>().is_current = false;
    }
}

/// Writing to the file that is edited in place.
pub struct Output;

#[ruby_methods("Maglev::ArgumentFiles")]
impl Output {
    #[method("puts")]
    fn puts(vm: &mut Vm, this: Value, values: &[Value]) -> RResult<()> {
        puts_to(vm, this, values)
    }

    #[method("print")]
    fn print(vm: &mut Vm, this: Value, values: &[Value]) -> RResult<()> {
        print_to(vm, this, values)
    }

    #[method("printf")]
    fn printf(vm: &mut Vm, this: Value, args: &[Value]) -> RResult<()> {
        if !args.is_empty() {
            let main = vm.main;
            let text = vm.send(main, "format", args)?;
            vm.call(this, sym::WRITE, &[text])?;
        }
        Ok(())
    }

    #[method("putc")]
    fn putc(vm: &mut Vm, this: Value, what: Value) -> RResult {
        let stream = vm.send(this, "to_write_io", &[])?;
        vm.send(stream, "putc", &[what])
    }
}
