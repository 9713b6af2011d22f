//! Compilation policy, code memory, exits and invalidation: the `Compiler` that a VM is given.
//!
//! A function is compiled when it was called often, a loop when it turned often, from the feedback at
//! that time, by one pipeline with everything on. An exit that is taken again and again has the
//! unit compiled anew with what the interpreter learned meanwhile; the second time at the same place
//! that instruction is compiled without speculation. A code that is compiled too often stays in
//! the interpreter, so speculation never goes to and fro.
//!
//! Building and lowering a unit looks at the VM and so runs on the thread that asks; register allocation
//! and encoding, two thirds of the work, run on a worker thread (`worker`).
#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "turns the address of finished code into a function")]
mod entry;
mod memory;
mod policy;
mod report;
mod worker;

use abi::tier::Compiler;

/// When machine code is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// Never.
    Off,
    /// After so many calls of a function or turns of a loop.
    Threshold(u32),
    /// After the usual numbers.
    #[default]
    Default,
}

/// What is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Dump {
    /// Units after optimisation.
    pub ir: bool,
    /// Cranelift's functions.
    pub clif: bool,
    /// Machine code.
    pub asm: bool,
    /// Exits when they are taken.
    pub deopt: bool,
}

/// Settings.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// When.
    pub mode: Mode,
    /// Every n-th guard fails always: for tests.
    pub exit_every: Option<u32>,
    /// Write `/tmp/perf-PID.map`.
    pub perfmap: bool,
    /// A line for each compilation, bailout, recompilation and invalidation.
    pub trace: bool,
    /// Dumps.
    pub dump: Dump,
    /// Compile only functions whose label contains this.
    pub only: Option<String>,
    /// Compile on the thread that asks.
    pub synchronous: bool,
}

impl Options {
    /// Is machine code made while Ruby goes on? Not where runs are to be repeatable or looked at.
    fn in_background(&self) -> bool {
        self.mode == Mode::Default && self.exit_every.is_none() && self.dump == Dump::default() && !self.synchronous
    }
}

/// A compiler for `Vm::set_compiler`; None when it is off or this machine is not supported.
pub fn compiler(options: Options) -> Option<Box<dyn Compiler>> {
    if options.mode == Mode::Off {
        return None;
    }
    policy::Policy::new(options).map(|policy| Box::new(policy) as Box<dyn Compiler>)
}
