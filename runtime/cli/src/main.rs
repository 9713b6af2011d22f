//! The command `maglev-ruby`.
#![forbid(unsafe_code)]

mod faults;
mod flags;
mod installation;
mod profiling;
mod report;
mod script;
mod wire;

use flags::{Request, Settings};
use std::process::ExitCode;

/// Native stack of the thread that runs Ruby code: natives and nested runs use it, pages appear when touched.
const STACK_BYTES: usize = 64 << 20;

fn main() -> ExitCode {
    let switches: Vec<String> = ["RUBYOPT", "MAGLEV_OPTS"].into_iter().filter_map(|name| std::env::var(name).ok()).collect();
    let request = flags::read(std::env::args_os().skip(1).collect(), (!switches.is_empty()).then(|| switches.join(" ")));
    let settings = match request {
        Ok(Request::Run(settings)) => settings,
        Ok(Request::Print(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Ok(Request::InstallLibrary(arguments)) => return install::command::main(std::iter::once("install".into()).chain(arguments)),
        Err(message) => {
            eprintln!("maglev-ruby: {message}");
            return ExitCode::FAILURE;
        }
    };
    // The runner ends the process: after a `fork` nobody waits for it, and threads that still wait do not hold it up.
    let runner =
        std::thread::Builder::new().name("main".to_string()).stack_size(STACK_BYTES).spawn(move || std::process::exit(run_caught(&settings)));
    builtins_os::block_signals();
    match runner.map(std::thread::JoinHandle::join) {
        Ok(_) => ExitCode::from(70),
        Err(error) => {
            eprintln!("maglev-ruby: cannot start the main thread: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run_caught(settings: &Settings) -> i32 {
    let wanted = |name: &str| settings.panic.iter().any(|item| item == name);
    stdx::panic::install_hook(wanted("trace"), wanted("exit"));
    stdx::panic::enter_thread();
    stdx::panic::catch(|| run(settings)).unwrap_or_else(|panic| stdx::panic::end_process(&format!("panic: {}", panic.text())))
}

fn run(settings: &Settings) -> i32 {
    for folder in &settings.folders {
        if let Err(error) = std::env::set_current_dir(folder) {
            eprintln!("maglev-ruby: Can't chdir to {folder} ({error}) (fatal)");
            return 1;
        }
    }
    if settings.show_version {
        println!("{}", flags::version());
    }
    let script = match script::find(settings) {
        Ok(script) => script,
        Err(message) => {
            eprintln!("maglev-ruby: {message}");
            return 1;
        }
    };
    let mut vm = match wire::build(settings) {
        Ok(vm) => vm,
        Err(message) => {
            eprintln!("maglev-ruby: {message}");
            return 1;
        }
    };
    if let Some(profiling) = &settings.profiling
        && let Err(message) = profiling::start(&mut vm, profiling, &script.name)
    {
        eprintln!("maglev-ruby: {message}");
        return 1;
    }
    let outcome = script::run(&mut vm, settings, &script);
    // The VM's memory goes with the process.
    let code = report::finish(&mut vm, outcome.is_err());
    roots::close(&mut vm);
    std::mem::forget(vm);
    code
}
