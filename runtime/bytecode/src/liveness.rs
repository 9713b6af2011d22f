//! Live registers at each instruction: a backward data-flow analysis over the code.
//!
//! An instruction inside a catch range that may fail may go to its handler at any point, so what the handler needs
//! (but for the register it receives) is live throughout the range. Registers of the environment
//! are memory that others may reach; they are never reported.

use crate::effects::Effects;
use crate::function::{ENV_HEADER, Function};
use crate::operand::OperandKind;
use crate::ops::Op;
use crate::run::{Access, access};

/// A set of registers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RegisterSet {
    words: Vec<u64>,
}

impl RegisterSet {
    /// An empty set for registers below `registers`.
    pub fn new(registers: u16) -> Self {
        Self { words: vec![0; usize::from(registers).div_ceil(64)] }
    }

    /// Adds a register.
    pub fn insert(&mut self, register: u16) {
        self.words[usize::from(register) / 64] |= 1 << (register % 64);
    }

    /// Takes a register away.
    pub fn remove(&mut self, register: u16) {
        self.words[usize::from(register) / 64] &= !(1 << (register % 64));
    }

    /// True when the register is in the set.
    pub fn contains(&self, register: u16) -> bool {
        self.words.get(usize::from(register) / 64).is_some_and(|word| word >> (register % 64) & 1 == 1)
    }

    /// Adds all of `other`.
    pub fn union(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, more)| *word |= more);
    }

    /// The registers in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        let bits = self.words.iter().enumerate();
        bits.flat_map(|(i, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| (i * 64 + bit) as u16))
    }
}

/// Result of the analysis.
pub struct Liveness {
    starts: Vec<u32>,
    live: Vec<RegisterSet>,
}

impl Liveness {
    /// Registers live in front of the instruction at `pc`; None when no instruction starts there.
    pub fn before(&self, pc: u32) -> Option<&RegisterSet> {
        self.starts.binary_search(&pc).ok().map(|index| &self.live[index])
    }
}

/// The same in little memory, with parameters, locals and the registers of the environment, which keep what they hold to the end
/// of the frame: what a waiting frame needs.
pub struct LiveMap {
    starts: Box<[u32]>,
    /// Words for each instruction, a bit for each register.
    width: usize,
    bits: Box<[u64]>,
}

impl LiveMap {
    /// Calls `visit` with the registers that a frame needs which has come to the instruction at `pc`. False when no instruction
    /// starts there.
    pub fn each_before(&self, pc: u32, visit: &mut dyn FnMut(u16)) -> bool {
        let Ok(index) = self.starts.binary_search(&pc) else { return false };
        for (word, &bits) in self.bits[index * self.width..(index + 1) * self.width].iter().enumerate() {
            let mut rest = bits;
            while rest != 0 {
                visit((word * 64) as u16 + rest.trailing_zeros() as u16);
                rest &= rest - 1;
            }
        }
        true
    }
}

/// What frames of a verified function need, instruction by instruction.
pub fn live_map(function: &Function) -> LiveMap {
    let Liveness { starts, live } = analyze(function);
    let mut always = RegisterSet::new(function.registers);
    (0..function.locals_end.max(function.params.registers())).for_each(|register| always.insert(register));
    if let Some(env) = function.env {
        (env.base..env.base + ENV_HEADER + env.slots).for_each(|register| always.insert(register));
    }
    let width = always.words.len();
    let bits = live.iter().flat_map(|set| set.words.iter().zip(&always.words).map(|(word, always)| word | always)).collect();
    LiveMap { starts: starts.into(), width, bits }
}

struct Instruction {
    access: Access,
    successors: Vec<usize>,
    /// Index of each handler's instruction with the register it receives.
    handlers: Vec<(usize, u16)>,
}

/// Analyses a verified function.
pub fn analyze(function: &Function) -> Liveness {
    let (starts, instructions) = instructions(function);
    let mut live = vec![RegisterSet::new(function.registers); instructions.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for index in (0..instructions.len()).rev() {
            let set = transfer(function, &instructions[index], &live);
            if set != live[index] {
                live[index] = set;
                changed = true;
            }
        }
    }
    Liveness { starts, live }
}

fn transfer(function: &Function, instruction: &Instruction, live: &[RegisterSet]) -> RegisterSet {
    let mut set = RegisterSet::new(function.registers);
    for &successor in &instruction.successors {
        set.union(&live[successor]);
    }
    for &register in &instruction.access.defines {
        set.remove(register);
    }
    for &(handler, received) in &instruction.handlers {
        let had = set.contains(received);
        set.union(&live[handler]);
        if !had {
            set.remove(received);
        }
    }
    for &register in &instruction.access.uses {
        set.insert(register);
    }
    set
}

fn instructions(function: &Function) -> (Vec<u32>, Vec<Instruction>) {
    let mut decoded = Vec::new();
    let mut at = 0;
    while let Some((op, next)) = Op::decode(&function.code, at) {
        decoded.push((at as u32, op));
        at = next;
    }
    let starts: Vec<u32> = decoded.iter().map(|(start, _)| *start).collect();
    let index_of = |pc: u32| starts.binary_search(&pc).ok();
    let list = decoded.iter().enumerate().map(|(index, (pc, op))| {
        let mut successors = Vec::new();
        op.each_operand(&mut |_, operand| {
            if operand.kind == OperandKind::Jump {
                successors.extend(index_of(operand.value as u32));
            }
        });
        if !op.opcode().effects().has(Effects::ends) && index + 1 < starts.len() {
            successors.push(index + 1);
        }
        let fails = op.opcode().effects().has(Effects::raises);
        let handlers = function.catches.iter().filter(|catch| fails && (catch.start..catch.end).contains(pc));
        let handlers = handlers.filter_map(|catch| Some((index_of(catch.handler)?, catch.register))).collect();
        Instruction { access: access(function, op), successors, handlers }
    });
    let list = list.collect();
    (starts, list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_list_their_registers() {
        let mut set = RegisterSet::new(130);
        [0, 64, 129].iter().for_each(|&register| set.insert(register));
        set.remove(64);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 129]);
        assert!(set.contains(129) && !set.contains(64));
    }
}
