//! `cargo ci`: the project's own checks.
//!
//! Rooms: `check` the steps and their order, `context` paths and processes, `tally` counting; a room a step:
//! `layers`, `unsafe_list`, `tidy`, `rooting`, `cargo_steps`, `methods`, `snippets`, `library`, `tools`, `fuzz`. Invariant: the last line of `cargo ci check` is
//! `N passed, N failed` (and `, N skipped` when there are), and the exit code is non-zero when anything failed.

mod cargo_steps;
mod check;
mod context;
mod fuzz;
mod layers;
mod library;
mod methods;
mod process;
mod rooting;
mod snippets;
mod source;
mod tally;
mod tidy;
mod tools;
mod unsafe_list;

use std::env;
use std::process::ExitCode;

const HELP: &str = "\
cargo ci: the project's own checks

USAGE
    cargo ci check [--only STEP]... [--skip STEP]... [--list] [--binary PATH]
    cargo ci bless [--reference COMMAND] [NAME]...
    cargo ci fuzz [TARGET]... [--seconds N] [--inputs N] [--seed N] [--binary PATH] [--print N] [--list]

check  runs all tests: layers, unsafe list, tidy, rooting, build, unit tests, the list of the core's methods, language snippets and nasty programs under their
       matrix of switches, the standard library (installed beside the build), benchmark programs (results only), ruby/spec's language folder against the tags, examples,
       a short run of the fuzzer that is the same each time.
       --only STEP     only this step; may be repeated
       --skip STEP     all but this step; may be repeated
       --list          print the steps and stop
       --binary PATH   test this Ruby instead of our release build (snippets then run without our switches)
                       [env MAGLEV_BINARY]
       The last line is `N passed, N failed`, with `, N skipped` behind it when something could not run here.

bless  rewrites the recorded expectations (.out) of conformance/language, conformance/nasty and conformance/library by running the snippets
       (all, or those named) on a reference Ruby.
       --reference COMMAND   the Ruby to ask, split at spaces   [default: ruby]

fuzz   feeds random inputs to all targets, or those named: no signal, panic or hang, the same under all switches. Prints
       its seed and, made small, what failed; that is also kept in target/fuzz. First run the step `build` of check.
       --seconds N     time for all targets together   [default: 60, unless --inputs is given]
       --inputs N      inputs of each target
       --seed N        an input depends on the seed and its number   [default: from the clock]
       --binary PATH   test this maglev-ruby instead of our release build
       --print N       print the first N inputs and stop
       --list          print the targets and stop

EXIT CODE   0 nothing failed   1 something failed   2 wrong arguments
";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let result = match arguments.next().as_deref() {
        Some("check") => check::run(arguments.collect()),
        Some("bless") => snippets::bless(arguments.collect()),
        Some("fuzz") => fuzz::run(arguments.collect()),
        Some("-h" | "--help" | "help") => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Some(other) => Err(format!("unknown verb `{other}`: expected check, bless or fuzz")),
        None => Err("no verb: expected check, bless or fuzz".to_owned()),
    };
    result.unwrap_or_else(|message| {
        eprintln!("ci: {message}\nTry `cargo ci --help`.");
        ExitCode::from(2)
    })
}
