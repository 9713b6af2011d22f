//! Assembles the code of one function: labels, line table, catches, interned literals and sites.
//!
//! Invariant: until `finish`, every `Jump` operand and catch bound holds a label number; `finish`
//! replaces all of them by unit indexes in one walk over the code, so no patch list is kept.

use std::collections::HashMap;

use crate::effects::Effects;
use crate::function::{Catch, CatchKind, Function, LineEntry, Literal, SiteKind};
use crate::operand::{Jump, Lit, OperandKind, Site};
use crate::ops::{OPS, Op};

/// A place in the code, bound once; may be used before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(u32);

impl Label {
    /// The label as operand of a jump instruction.
    pub fn jump(self) -> Jump {
        Jump(self.0)
    }
}

struct LabelledCatch {
    start: Label,
    end: Label,
    handler: Label,
    kind: CatchKind,
    register: u16,
}

/// The tables of a function under construction.
#[derive(Default)]
pub struct Builder {
    code: Vec<u16>,
    labels: Vec<Option<u32>>,
    literals: Vec<Literal>,
    literal_index: HashMap<Vec<u8>, u32>,
    sites: Vec<SiteKind>,
    children: Vec<std::sync::Arc<Function>>,
    catches: Vec<LabelledCatch>,
    lines: Vec<LineEntry>,
    line: i32,
    reachable: bool,
}

/// What `finish` leaves: the tables that go into a `Function`.
pub struct Assembled {
    /// Code with resolved jumps.
    pub code: Vec<u16>,
    /// Literals.
    pub literals: Vec<Literal>,
    /// Sites.
    pub sites: Vec<SiteKind>,
    /// Child functions.
    pub children: Vec<std::sync::Arc<Function>>,
    /// Catches, inner first; empty ranges are dropped.
    pub catches: Vec<Catch>,
    /// Line table.
    pub lines: Vec<LineEntry>,
}

impl Builder {
    /// An empty function whose first line is `line`.
    pub fn new(line: i32) -> Self {
        Self { line, reachable: true, ..Self::default() }
    }

    /// Number of units emitted so far.
    pub fn position(&self) -> usize {
        self.code.len()
    }

    /// False directly behind an instruction that never goes on, until a label is bound.
    pub fn is_reachable(&self) -> bool {
        self.reachable
    }

    /// A new, unbound label.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label((self.labels.len() - 1) as u32)
    }

    /// Binds `label` here.
    pub fn bind(&mut self, label: Label) {
        let slot = &mut self.labels[label.0 as usize];
        debug_assert!(slot.is_none(), "a label is bound once");
        *slot = Some(self.code.len() as u32);
        self.reachable = true;
    }

    /// Binds a label that is only a range bound: it does not make the code reachable again.
    pub fn mark(&mut self) -> Label {
        let reachable = self.reachable;
        let label = self.label();
        self.bind(label);
        self.reachable = reachable;
        label
    }

    /// Sets the source line of the instructions that follow.
    pub fn set_line(&mut self, line: i32) {
        self.line = line;
    }

    /// The current source line.
    pub fn line(&self) -> i32 {
        self.line
    }

    /// Appends an instruction.
    pub fn emit(&mut self, op: Op) {
        if self.lines.last().is_none_or(|entry| entry.line != self.line) {
            self.lines.push(LineEntry { pc: self.code.len() as u32, line: self.line });
        }
        op.encode(&mut self.code);
        if op.opcode().effects().has(Effects::ends) {
            self.reachable = false;
        }
    }

    /// Index of `literal`; equal literals share one (floats by bits).
    pub fn literal(&mut self, literal: Literal) -> Lit {
        let mut key = Vec::new();
        literal_key(&literal, &mut key);
        let next = self.literals.len() as u32;
        let index = *self.literal_index.entry(key).or_insert(next);
        if index == next {
            self.literals.push(literal);
        }
        Lit(index)
    }

    /// Index of a literal that shares with none.
    pub fn own_literal(&mut self, literal: Literal) -> Lit {
        self.literals.push(literal);
        Lit(self.literals.len() as u32 - 1)
    }

    /// Index of a new site. Sites are never shared: each has its own inline cache.
    pub fn site(&mut self, site: SiteKind) -> Site {
        self.sites.push(site);
        Site((self.sites.len() - 1) as u32)
    }

    /// Adds a child function.
    pub fn child(&mut self, function: Function) -> u32 {
        self.children.push(std::sync::Arc::new(function));
        (self.children.len() - 1) as u32
    }

    /// Adds a handler for `start..end`. Inner ranges must be added before outer ones.
    pub fn catch(&mut self, start: Label, end: Label, handler: Label, kind: CatchKind, register: u16) {
        self.catches.push(LabelledCatch { start, end, handler, kind, register });
    }

    /// Resolves labels and gives out the tables.
    pub fn finish(mut self) -> Assembled {
        let labels = &self.labels;
        let target = |label: u32| labels[label as usize].expect("every used label is bound");
        resolve_jumps(&mut self.code, &target);
        let catches = self
            .catches
            .iter()
            .map(|c| Catch { start: target(c.start.0), end: target(c.end.0), handler: target(c.handler.0), kind: c.kind, register: c.register })
            .filter(|c| c.start < c.end)
            .collect();
        Assembled { code: self.code, literals: self.literals, sites: self.sites, children: self.children, catches, lines: self.lines }
    }
}

fn resolve_jumps(code: &mut [u16], target: &dyn Fn(u32) -> u32) {
    let mut at = 0;
    while at < code.len() {
        let row = &OPS[code[at] as usize];
        at += 1;
        for (_, kind) in row.operands {
            if *kind == OperandKind::Jump {
                let label = u32::from(code[at]) | u32::from(code[at + 1]) << 16;
                let unit = target(label);
                code[at] = unit as u16;
                code[at + 1] = (unit >> 16) as u16;
            }
            at += kind.units();
        }
    }
}

/// A byte string that is equal exactly for interchangeable literals.
fn literal_key(literal: &Literal, key: &mut Vec<u8>) {
    match literal {
        Literal::Nil => key.push(b'n'),
        Literal::True => key.push(b't'),
        Literal::False => key.push(b'f'),
        Literal::Int(value) => tagged(key, b'i', &value.to_le_bytes()),
        Literal::BigInt(digits) => tagged(key, b'I', digits.as_bytes()),
        Literal::Float(value) => tagged(key, b'd', &value.to_bits().to_le_bytes()),
        Literal::Rational(a, b) => pair_key(key, b'r', a, b),
        Literal::Imaginary(a) => {
            key.push(b'c');
            literal_key(a, key);
        }
        Literal::Str(bytes, encoding) => {
            tagged(key, b's', bytes);
            tagged(key, b'e', encoding.as_bytes());
        }
        Literal::Symbol(bytes, encoding) => {
            tagged(key, b':', bytes);
            tagged(key, b'e', encoding.as_bytes());
        }
        Literal::Regexp(bytes, flags, encoding) => {
            tagged(key, b'/', bytes);
            key.extend_from_slice(&flags.0.to_le_bytes());
            tagged(key, b'e', encoding.as_bytes());
        }
        Literal::Range(a, b, exclusive) => pair_key(key, if *exclusive { b'x' } else { b'.' }, a, b),
        Literal::Array(items) => {
            tagged(key, b'a', &(items.len() as u64).to_le_bytes());
            items.iter().for_each(|item| literal_key(item, key));
        }
    }
}

fn pair_key(key: &mut Vec<u8>, tag: u8, a: &Literal, b: &Literal) {
    key.push(tag);
    literal_key(a, key);
    literal_key(b, key);
}

fn tagged(key: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    key.push(tag);
    key.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    key.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operand::{Dst, Src};

    #[test]
    fn jumps_resolve_forwards_and_backwards() {
        let mut b = Builder::new(1);
        let (top, end) = (b.label(), b.label());
        b.bind(top);
        b.emit(Op::JumpNil { src: Src(0), target: end.jump() });
        b.emit(Op::Jump { target: top.jump() });
        b.bind(end);
        b.emit(Op::Return { src: Src(0) });
        let code = b.finish().code;
        let (first, next) = Op::decode(&code, 0).unwrap();
        assert_eq!(first, Op::JumpNil { src: Src(0), target: Jump(7) });
        assert_eq!(Op::decode(&code, next).unwrap().0, Op::Jump { target: Jump(0) });
    }

    #[test]
    fn equal_literals_share_but_signed_zeros_do_not() {
        let mut b = Builder::new(1);
        assert_eq!(b.literal(Literal::Int(5)), b.literal(Literal::Int(5)));
        assert_ne!(b.literal(Literal::Float(0.0)), b.literal(Literal::Float(-0.0)));
        assert_eq!(b.literal(Literal::Float(f64::NAN)), b.literal(Literal::Float(f64::NAN)));
    }

    #[test]
    fn lines_change_only_with_the_line() {
        let mut b = Builder::new(3);
        b.emit(Op::LoadNil { dst: Dst(0) });
        b.emit(Op::LoadNil { dst: Dst(0) });
        b.set_line(4);
        b.emit(Op::LoadNil { dst: Dst(0) });
        assert_eq!(b.finish().lines, [LineEntry { pc: 0, line: 3 }, LineEntry { pc: 4, line: 4 }]);
    }
}
