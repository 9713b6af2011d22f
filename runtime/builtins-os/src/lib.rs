//! Builtin methods of the operating system: IO, File, Dir, Process, ENV, Time, Thread.
#![deny(unsafe_code)]

mod child_files;
mod children;
mod clocks;
mod dir;
mod dir_stream;
mod environment;
mod errors;
mod fiber;
mod file;
mod file_stat;
mod io;
mod process;
mod real_path;
mod signals;
#[expect(unsafe_code, reason = "system calls that no safe crate offers")]
mod sys;
mod thread;
mod time;

use vm::Vm;

/// Defines everything of this crate.
pub fn init(vm: &mut Vm) {
    io::init(vm);
    thread::init(vm);
    fiber::init(vm);
    file::init(vm);
    dir::init(vm);
    environment::init(vm);
    process::init(vm);
    signals::init(vm);
    time::init(vm);
}

pub use io::flush_all;
pub use signals::run_exit_trap;
pub use sys::block_signals;

/// Ends the process by a signal's default action, as programs do that were interrupted.
pub fn die_by_signal(number: i32) -> i32 {
    sys::default_signal(number);
    match sys::kill(std::process::id() as i32, number) {
        Ok(()) => 128 + number,
        Err(_) => 1,
    }
}
