//! State of the function being compiled: registers as a stack, variables, and the jump contexts.
//!
//! Registers: parameters, then uncaptured locals, then the environment, then temporaries. A
//! temporary is taken at `next` and given back by resetting `next`; `max` remembers the height.

use std::collections::{HashMap, HashSet};

use bytecode::{Builder, ENV_SLOT_LINE, EnvLayout, FunctionKind, Label, Local, MatchFault, Op, Params, Place};

use crate::jump::Context;

/// A note to write: at `from`, why the pattern fails, then on to `fail`.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) from: Label,
    pub(crate) fail: Label,
    pub(crate) reason: MatchFault,
    pub(crate) left: u16,
    pub(crate) right: u16,
}

/// One function under construction.
pub(crate) struct Frame<'pr> {
    pub(crate) b: Builder,
    pub(crate) kind: FunctionKind,
    pub(crate) name: Vec<u8>,
    pub(crate) line: i32,
    pub(crate) source_range: (u32, u32),
    pub(crate) params: Params,
    pub(crate) variables: HashMap<Vec<u8>, Place>,
    pub(crate) locals: Vec<Local>,
    /// Environment slots of captured parameters, by register.
    pub(crate) param_slots: HashMap<u16, u16>,
    /// Prism does not count this function as a scope (`for`, `END`, `/o`).
    pub(crate) transparent: bool,
    pub(crate) env: Option<EnvLayout>,
    pub(crate) method_depth: u16,
    pub(crate) specials: bool,
    pub(crate) locals_end: u16,
    pub(crate) contexts: Vec<Context<'pr>>,
    pub(crate) ivars: Vec<Vec<u8>>,
    /// Target of `redo` in a block.
    pub(crate) redo: Option<Label>,
    /// The lines that were probed.
    pub(crate) covered_lines: HashSet<i32>,
    /// Notes of why a lone pattern fails, written behind it.
    pub(crate) faults: Vec<Fault>,
    next: u32,
    max: u32,
}

impl<'pr> Frame<'pr> {
    /// An empty function.
    pub(crate) fn new(kind: FunctionKind, name: Vec<u8>, line: i32, source_range: (u32, u32)) -> Self {
        Self {
            b: Builder::new(line),
            kind,
            name,
            line,
            source_range,
            params: Params::default(),
            variables: HashMap::new(),
            locals: Vec::new(),
            param_slots: HashMap::new(),
            transparent: false,
            env: None,
            method_depth: 0,
            specials: false,
            locals_end: 0,
            contexts: Vec::new(),
            ivars: Vec::new(),
            redo: None,
            covered_lines: HashSet::new(),
            faults: Vec::new(),
            next: 0,
            max: 0,
        }
    }

    /// Takes `count` registers in a row and gives the first.
    pub(crate) fn take(&mut self, count: usize) -> u16 {
        let first = self.next;
        self.next = self.next.saturating_add(count as u32);
        self.max = self.max.max(self.next);
        first.min(u32::from(u16::MAX)) as u16
    }

    /// Takes one register.
    pub(crate) fn temp(&mut self) -> u16 {
        self.take(1)
    }

    /// The first free register.
    pub(crate) fn top(&self) -> u16 {
        self.next.min(u32::from(u16::MAX)) as u16
    }

    /// Gives back every register from `mark` on.
    pub(crate) fn release(&mut self, mark: u16) {
        self.next = u32::from(mark);
    }

    /// Registers used in all, or None when there are too many for the coding.
    pub(crate) fn registers(&self) -> Option<u16> {
        u16::try_from(self.max).ok().filter(|&n| n < u16::MAX)
    }

    /// Appends an instruction, unless it cannot be reached.
    pub(crate) fn emit(&mut self, op: Op) {
        if self.b.is_reachable() {
            self.b.emit(op);
        }
    }

    /// First environment slot that is free for variables.
    pub(crate) fn first_slot(&self) -> u16 {
        if self.specials && self.method_depth == 0 { ENV_SLOT_LINE + 1 } else { 0 }
    }
}
