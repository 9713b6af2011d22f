//! Ending a program: at_exit blocks, the report of an uncaught exception, the exit code.

use vm::{Pending, RString, Value, Vm, sym};

/// Text of what is pending, for failures before a program runs.
pub fn pending_text(vm: &mut Vm) -> String {
    match vm.take_exception() {
        Some(exception) => full_text(vm, exception),
        None => format!("{:?}", vm.pending),
    }
}

fn full_text(vm: &mut Vm, exception: Value) -> String {
    match vm.call(exception, sym::FULL_MESSAGE, &[]) {
        Ok(text) => RString::new(text).map(RString::to_text).unwrap_or_default(),
        Err(_) => {
            vm.pending = Pending::None;
            let class = vm.class_name_of(exception);
            let message = vm.hidden(exception, sym::H_MESSAGE).and_then(RString::new).map(RString::to_text).unwrap_or_default();
            format!("{message} ({class})")
        }
    }
}

/// Runs the trap of EXIT and the at_exit blocks, reports what is uncaught, flushes, and gives the exit code.
pub fn finish(vm: &mut Vm, failed: bool) -> i32 {
    // What `$!` is in the blocks: the exception that ended the program or the last block.
    let mut current = if failed { exception_under_way(vm) } else { Value::NIL };
    let first = if failed { conclude(vm) } else { Exit::Code(0) };
    let mut code = first;
    vm.errinfo = current;
    if vm.close_scheduler().is_err() {
        current = exception_under_way(vm);
        code = conclude(vm).after(code);
    }
    if builtins_os::run_exit_trap(vm).is_err() {
        current = exception_under_way(vm);
        code = conclude(vm).after(code);
    }
    while let Some(block) = vm.at_exit.pop() {
        vm.errinfo = current;
        if vm.call(block, sym::CALL, &[]).is_ok() {
            continue;
        }
        current = exception_under_way(vm);
        let later = conclude(vm);
        if let Exit::Exception(later) = later {
            report(vm, later);
        }
        code = later.after(code);
    }
    vm.end_threads();
    if let Exit::Exception(exception) = first {
        report(vm, exception);
    }
    builtins_core::run_all_finalizers(vm);
    flush(vm);
    builtins_os::flush_all(vm);
    vm.finish_profile();
    vm.finish_compiler();
    match code {
        Exit::Code(code) => code,
        Exit::Exception(_) => 1,
        Exit::Signal(number) => {
            // As CRuby: the process dies by the signal, so that its parent knows.
            builtins_os::die_by_signal(number)
        }
    }
}

fn exception_under_way(vm: &Vm) -> Value {
    match vm.pending {
        Pending::Exception(exception) => exception,
        _ => Value::NIL,
    }
}

/// How the program ends.
#[derive(Clone, Copy)]
enum Exit {
    Code(i32),
    Exception(Value),
    Signal(i32),
}

impl Exit {
    /// How the program ends when this comes after `first`: later exceptions do not count when there was one.
    fn after(self, first: Exit) -> Exit {
        match (self, first) {
            (Exit::Exception(_), Exit::Exception(_)) => first,
            (Exit::Exception(_), _) => Exit::Code(1),
            (later, _) => later,
        }
    }
}

fn conclude(vm: &mut Vm) -> Exit {
    let exception = match vm.pending {
        Pending::Exception(exception) => exception,
        Pending::Throw { .. } | Pending::Break { .. } | Pending::Return { .. } | Pending::Unwind(_) | Pending::Rerun | Pending::None => {
            vm.pending = Pending::None;
            return Exit::Code(0);
        }
    };
    vm.pending = Pending::None;
    if vm.is_a(exception, vm.core.system_exit) {
        let status = vm.hidden(exception, sym::H_STATUS).and_then(Value::as_fixnum).unwrap_or(0);
        return Exit::Code((status & 0xff) as i32);
    }
    // SignalException, and Errno::EPIPE of standard output.
    let number = vm.hidden(exception, sym::H_SIGNO).and_then(Value::as_fixnum);
    if let Some(number) = number.or_else(|| vm.is_a(exception, vm.core.signal_exception).then_some(2)) {
        if number == 2 {
            report(vm, exception);
        }
        return Exit::Signal(number as i32);
    }
    Exit::Exception(exception)
}

fn report(vm: &mut Vm, exception: Value) {
    let mut text = full_text(vm, exception);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    flush(vm);
    let stderr = vm.global_get(sym::STDERR_G).unwrap_or(Value::NIL);
    let message = vm.str(&text);
    if vm.call(stderr, sym::WRITE, &[message]).is_err() {
        // Standard error may be closed too; then nobody wants to know.
        vm.pending = Pending::None;
        let _unread = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
    }
}

fn flush(vm: &mut Vm) {
    for name in [sym::STDOUT_G, sym::STDERR_G] {
        let flushed = vm.global_get(name).and_then(|stream| vm.call(stream, sym::FLUSH, &[]));
        if flushed.is_err() {
            vm.pending = Pending::None;
        }
    }
}
