//! Kernel's input and output functions.

use super::IoData;
use super::argument_files::buffered_line;
use super::open::{opening, with_block};
use super::write::{print_to, puts_to};
use macros::ruby_methods;
use objects::RData;
use vm::{Block, Keywords, RResult, Value, Vm, sym};

/// Output functions.
pub struct Output;

#[ruby_methods("Kernel")]
impl Output {
    #[module_function("puts")]
    fn puts(vm: &mut Vm, this: Value, values: &[Value]) -> RResult<()> {
        let out = vm.global_get(sym::STDOUT_G)?;
        // A stream without `puts` of its own gets here again as receiver.
        if this == out || vm.class_of(out).value() == vm.core.io {
            return puts_to(vm, out, values);
        }
        vm.call(out, sym::PUTS, values)?;
        Ok(())
    }

    #[module_function("print")]
    fn print(vm: &mut Vm, _this: Value, values: &[Value]) -> RResult<()> {
        let out = vm.global_get(sym::STDOUT_G)?;
        print_to(vm, out, values)
    }

    /// `p(*values)`: inspects; returns what it was given.
    #[module_function("p")]
    fn p(vm: &mut Vm, _this: Value, values: &[Value]) -> RResult {
        let out = vm.global_get(sym::STDOUT_G)?;
        for &value in values {
            let text = vm.inspect(value)?;
            let mut bytes = text.bytes().to_vec();
            bytes.push(b'\n');
            let line = vm.string(&bytes, text.encoding());
            vm.call(out, sym::WRITE, &[line])?;
        }
        // Standard output keeps its lines until there is reason to write them.
        let is_file = RData::new(out).and_then(|data| data.read::<IoData>(&vm.heap)).is_some_and(|data| !data.is_standard);
        if is_file && !values.is_empty() {
            super::data::flush(vm, out)?;
        }
        Ok(match *values {
            [] => Value::NIL,
            [value] => value,
            _ => vm.array(values),
        })
    }

    /// `pp(*values)`: brings in its library, which defines it anew; where that is not installed it is `p`.
    #[method("pp", private)]
    fn pretty_print(vm: &mut Vm, this: Value, values: &[Value]) -> RResult {
        let load_error = vm.core.load_error;
        let is_new = vm.rescue(
            load_error,
            |vm| {
                let (main, name) = (vm.main, vm.str("pp"));
                vm.send(main, "require", &[name])
            },
            |_vm, _error| Ok(Value::FALSE),
        )?;
        if is_new.truthy() { vm.send(this, "pp", values) } else { Self::p(vm, this, values) }
    }

    #[module_function("putc")]
    fn putc(vm: &mut Vm, _this: Value, what: Value) -> RResult {
        let out = vm.global_get(sym::STDOUT_G)?;
        vm.send(out, "putc", &[what])
    }

    #[module_function("printf")]
    fn printf(vm: &mut Vm, _this: Value, args: &[Value]) -> RResult<()> {
        let Some((&first, rest)) = args.split_first() else { return Ok(()) };
        let (target, args) = if vm::RString::new(first).is_some() { (vm.global_get(sym::STDOUT_G)?, args) } else { (first, rest) };
        let main = vm.main;
        let text = vm.send(main, "format", args)?;
        vm.call(target, sym::WRITE, &[text])?;
        Ok(())
    }
}

/// Input functions.
pub struct Input;

#[ruby_methods("Kernel")]
impl Input {
    /// `open(path, mode, permission, **options) { |io| ... }`
    #[module_function("open")]
    fn open(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        let Some(&first) = args.first() else { return Err(vm.arity_error(0, 1, Some(3))) };
        let to_open = vm.intern("to_open");
        if vm.responds_to(first, to_open, true)? {
            let passed = match keywords.hash() {
                Some(hash) => vm::PassedKeywords::Hash { hash, fresh: false },
                None => vm::PassedKeywords::None,
            };
            let made = vm.call_full(first, to_open, &args[1..], passed, vm::BlockWord::NONE, vm::send::CallMode::Any)?;
            return if block.is_some() { block.call(vm, &[made]) } else { Ok(made) };
        }
        if args.len() > 3 {
            return Err(vm.arity_error(args.len(), 1, Some(3)));
        }
        let path = crate::file_name::FileName::of(vm.to_path(first)?);
        let how = opening(vm, args.get(1).copied(), args.get(2).copied(), keywords)?;
        let data = how.open(vm, &path)?;
        let class = vm.class_view(vm.core.file);
        let io = vm.data(class, Box::new(data));
        with_block(vm, io, block)
    }

    #[module_function("gets")]
    fn gets(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords) -> RResult {
        let line = match buffered_line(vm, args, keywords)? {
            Some(line) => line,
            None => read_files(vm, "gets", args, keywords)?,
        };
        vm.set_last_line(line);
        Ok(line)
    }

    #[module_function("readline")]
    fn readline(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords) -> RResult {
        let line = read_files(vm, "readline", args, keywords)?;
        vm.set_last_line(line);
        Ok(line)
    }

    #[module_function("readlines")]
    fn readlines(vm: &mut Vm, _this: Value, args: &[Value], keywords: Keywords) -> RResult {
        read_files(vm, "readlines", args, keywords)
    }
}

/// Asks ARGF.
fn read_files(vm: &mut Vm, method: &str, args: &[Value], keywords: Keywords) -> RResult {
    let (files, method) = (vm.global_get(sym::ARGF_G)?, vm.intern(method));
    let passed = match keywords.hash() {
        Some(hash) => vm::PassedKeywords::Hash { hash, fresh: false },
        None => vm::PassedKeywords::None,
    };
    vm.call_full(files, method, args, passed, vm::BlockWord::NONE, vm::send::CallMode::Any)
}
