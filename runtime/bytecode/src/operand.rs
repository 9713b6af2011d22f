//! Operand kinds: newtypes that encode, decode and print themselves.

use std::fmt;

/// One row of the instruction table, for disassembly and documentation.
pub struct OpInfo {
    /// Printed name.
    pub name: &'static str,
    /// Semantics in register notation.
    pub doc: &'static str,
    /// Field names and kinds in encoding order.
    pub operands: &'static [(&'static str, OperandKind)],
    /// What it does besides computing.
    pub effects: crate::effects::Effects,
}

/// Kind of an operand without its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperandKind {
    /// Register written.
    Dst,
    /// Register read.
    Src,
    /// Register read whose object is changed.
    Mod,
    /// First register of a run.
    Base,
    /// Signed number.
    Imm,
    /// Unsigned number.
    Count,
    /// Literal index.
    Lit,
    /// Site index.
    Site,
    /// Child function index.
    Child,
    /// Target unit index.
    Jump,
}

impl OperandKind {
    /// Units this operand takes in an instruction.
    pub const fn units(self) -> usize {
        match self {
            Self::Lit | Self::Site | Self::Child | Self::Jump => 2,
            _ => 1,
        }
    }
}

/// An operand with its kind erased into a value: for printers, verifiers and liveness.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnyOperand {
    /// The kind.
    pub kind: OperandKind,
    /// The value, sign-extended for `Imm`.
    pub value: i64,
}

/// How an operand is coded.
pub trait Operand: Copy {
    /// Reads the operand at `*at` and moves on.
    fn decode(code: &[u16], at: &mut usize) -> Option<Self>;
    /// Appends the operand.
    fn encode(self, code: &mut Vec<u16>);
    /// The operand as kind and value.
    fn any(self) -> AnyOperand;
}

macro_rules! small_operand {
    ($($(#[doc = $doc:literal])+ $name:ident($int:ty) prints $form:literal;)*) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        pub struct $name(pub $int);
        impl Operand for $name {
            fn decode(code: &[u16], at: &mut usize) -> Option<Self> {
                let unit = *code.get(*at)?;
                *at += 1;
                Some(Self(unit as $int))
            }
            fn encode(self, code: &mut Vec<u16>) { code.push(self.0 as u16); }
            fn any(self) -> AnyOperand { AnyOperand { kind: OperandKind::$name, value: i64::from(self.0) } }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, $form, self.0) }
        }
    )* };
}

macro_rules! wide_operand {
    ($($(#[doc = $doc:literal])+ $name:ident prints $form:literal;)*) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl Operand for $name {
            fn decode(code: &[u16], at: &mut usize) -> Option<Self> {
                let low = *code.get(*at)?;
                let high = *code.get(*at + 1)?;
                *at += 2;
                Some(Self(u32::from(low) | u32::from(high) << 16))
            }
            fn encode(self, code: &mut Vec<u16>) {
                code.push(self.0 as u16);
                code.push((self.0 >> 16) as u16);
            }
            fn any(self) -> AnyOperand { AnyOperand { kind: OperandKind::$name, value: i64::from(self.0) } }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, $form, self.0) }
        }
    )* };
}

small_operand! {
    /// A register that is written.
    Dst(u16) prints "r{}";
    /// A register that is read.
    Src(u16) prints "r{}";
    /// A register that is read and whose object changes.
    Mod(u16) prints "r{}";
    /// The first register of a run or call area.
    Base(u16) prints "r{}..";
    /// A signed number.
    Imm(i16) prints "{}";
    /// An unsigned number.
    Count(u16) prints "{}";
}

wide_operand! {
    /// Index of a literal.
    Lit prints "lit{}";
    /// Index of a site.
    Site prints "site{}";
    /// Index of a child function.
    Child prints "fn{}";
    /// Target of a jump, in units from the start of the function.
    Jump prints "@{}";
}
