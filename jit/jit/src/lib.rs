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
//!
//! No step can end the program: a panic in one, or memory that the system refuses, gives the unit up, and its code goes on in
//! the interpreter (`contained`, `arena`).
#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "gives out pages for machine code")]
mod arena;
#[expect(unsafe_code, reason = "turns the address of finished code into a function")]
mod entry;
mod leave;
mod memory;
mod policy;
mod report;
mod stats;
mod worker;

use abi::tier::Compiler;

/// Runs a step of a compilation; a panic in it is its error. What the step has half done must not be used again.
pub(crate) fn contained<T>(step: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    stdx::panic::catch(step).unwrap_or_else(|panic| Err(format!("panic: {}", panic.text())))
}

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

/// How much work a unit is worth. There is one pipeline; the tiers differ in what is inlined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tier {
    /// What got warm: quickly.
    First,
    /// What stays hot: with everything.
    Second,
}

impl Tier {
    /// The tier with this number, from 1 on.
    pub fn from_number(number: u64) -> Option<Tier> {
        [Self::First, Self::Second].get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
    }

    fn limits(self) -> ir::Limits {
        match self {
            Self::First => ir::Limits::FIRST,
            Self::Second => ir::Limits::FULL,
        }
    }
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

/// A step of a compilation that fails: for tests of what happens then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failing {
    /// A panic while the unit is built.
    Build,
    /// A panic while it is lowered.
    Lower,
    /// A panic while machine code is made of it, on the worker too.
    Encode,
    /// There is no memory for its code.
    Define,
}

impl Failing {
    /// The step with this number, from 1 on.
    pub fn from_number(number: u64) -> Option<Failing> {
        [Self::Build, Self::Lower, Self::Encode, Self::Define].get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
    }
}

/// Settings.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// When.
    pub mode: Mode,
    /// Every n-th guard fails always: for tests.
    pub exit_every: Option<u32>,
    /// Every other compilation fails in this step: for tests.
    pub failing: Option<Failing>,
    /// Write `/tmp/perf-PID.map`.
    pub perfmap: bool,
    /// A line for each compilation, bailout, recompilation and invalidation.
    pub trace: bool,
    /// What compiling cost and what machine code left to others, when the program ends.
    pub stats: bool,
    /// Dumps.
    pub dump: Dump,
    /// Compile only functions whose label contains this.
    pub only: Option<String>,
    /// Compile on the thread that asks.
    pub synchronous: bool,
    /// Compile by the settings of this tier only.
    pub only_tier: Option<Tier>,
}

impl Options {
    /// Is everything as users have it? Not where runs are to be repeatable or looked at.
    fn is_usual(&self) -> bool {
        self.mode == Mode::Default && self.exit_every.is_none() && self.dump == Dump::default()
    }

    /// Is machine code made while Ruby goes on?
    fn in_background(&self) -> bool {
        self.is_usual() && !self.synchronous
    }

    /// What code is compiled as first. With a threshold, forced exits or dumps that is the best at once.
    fn first_tier(&self) -> Tier {
        self.only_tier.unwrap_or(if self.is_usual() { Tier::First } else { Tier::Second })
    }
}

/// A compiler for `Vm::set_compiler`; None when it is off or this machine is not supported.
pub fn compiler(options: Options) -> Option<Box<dyn Compiler>> {
    if options.mode == Mode::Off {
        return None;
    }
    policy::Policy::new(options).map(|policy| Box::new(policy) as Box<dyn Compiler>)
}
