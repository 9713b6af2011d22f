//! Builtin methods of the operating system: IO, File, Dir, Process, ENV, Time, Thread.
#![deny(unsafe_code)]

mod dir;
mod environment;
mod errors;
mod file;
mod io;
mod process;
mod signals;
#[expect(unsafe_code, reason = "system calls that no safe crate offers")]
mod sys;

use vm::Vm;

/// Defines everything of this crate.
pub fn init(vm: &mut Vm) {
    io::init(vm);
    file::init(vm);
    dir::init(vm);
    environment::init(vm);
    process::init(vm);
    signals::init(vm);
}
