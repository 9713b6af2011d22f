//! Builtin methods of the operating system: IO, File, Dir, Process, ENV, Time, Thread.
#![deny(unsafe_code)]

mod buffer;
mod child_files;
mod children;
mod clocks;
mod command;
mod control;
mod dir;
mod dir_stream;
mod environment;
mod errors;
mod fiber;
mod file;
mod file_name;
mod file_stat;
mod glob;
mod identity;
mod io;
mod limits;
mod process;
mod real_path;
mod sessions;
mod signals;
#[expect(unsafe_code, reason = "system calls that no safe crate offers")]
mod sys;
mod thread;
mod time;

use vm::Vm;

/// Defines everything of this crate.
pub fn init(vm: &mut Vm) {
    io::init(vm);
    buffer::init(vm);
    thread::init(vm);
    fiber::init(vm);
    file::init(vm);
    dir::init(vm);
    environment::init(vm);
    process::init(vm);
    identity::init(vm);
    sessions::init(vm);
    signals::init(vm);
    time::init(vm);
    vm.define_groups(&[control::Control::GROUP]);
}

pub use errors::raise_io;
pub use io::{IoData, Mode, copy_of_descriptor, flush_all, io_data, open_io, raise_for_stream};
pub use signals::run_exit_trap;
pub use sys::block_signals;

/// Shows other words in place of the command line (`ps`), as far as there is room. What cannot be shown is left out.
pub fn set_process_title(title: &[u8]) {
    // The memory of the command line is written through the file of this process's memory: nothing here refers to it.
    let area = std::fs::read_to_string("/proc/self/stat").ok().and_then(|stat| {
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(ARGUMENTS_FIELD);
        Some((fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?))
    });
    let Some((start, end)) = area.filter(|(start, end)| start < end) else { return };
    let mut words = title.to_vec();
    words.resize((end - start) as usize - 1, 0);
    words.push(0);
    if let Ok(memory) = std::fs::OpenOptions::new().write(true).open("/proc/self/mem") {
        let _ = std::os::unix::fs::FileExt::write_all_at(&memory, &words, start);
    }
}

/// Fields of /proc/self/stat between the program's name and the address of the command line.
const ARGUMENTS_FIELD: usize = 45;

/// Ends the process by a signal's default action, as programs do that were interrupted.
pub fn die_by_signal(number: i32) -> i32 {
    sys::default_signal(number);
    match sys::kill(std::process::id() as i32, number) {
        Ok(()) => 128 + number,
        Err(_) => 1,
    }
}
