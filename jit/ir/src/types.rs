//! What is known about a value: its representation and the kinds of Ruby values it may be.

use crate::ops::Repr;
use std::fmt;
use value::Value;

/// A set of kinds of Ruby values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Kinds(pub u8);

impl Kinds {
    /// Immediate Integer.
    pub const INTEGER: Kinds = Kinds(1);
    /// Immediate Float.
    pub const FLONUM: Kinds = Kinds(2);
    /// nil
    pub const NIL: Kinds = Kinds(4);
    /// true
    pub const TRUE: Kinds = Kinds(8);
    /// false
    pub const FALSE: Kinds = Kinds(16);
    /// Symbol.
    pub const SYMBOL: Kinds = Kinds(32);
    /// Heap cell.
    pub const CELL: Kinds = Kinds(64);
    /// The marker of an argument not given.
    pub const UNDEF: Kinds = Kinds(128);
    /// true or false.
    pub const BOOL: Kinds = Kinds(8 | 16);
    /// Any Float.
    pub const FLOAT: Kinds = Kinds(2 | 64);
    /// Anything.
    pub const ANY: Kinds = Kinds(255);

    /// The kind of a value.
    pub fn of(value: Value) -> Kinds {
        match value {
            Value::NIL => Self::NIL,
            Value::TRUE => Self::TRUE,
            Value::FALSE => Self::FALSE,
            Value::UNDEF => Self::UNDEF,
            _ if value.is_fixnum() => Self::INTEGER,
            _ if value.is_flonum() => Self::FLONUM,
            _ if value.is_symbol() => Self::SYMBOL,
            _ => Self::CELL,
        }
    }

    /// Either set.
    pub fn join(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Both sets.
    pub fn meet(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }

    /// Is every kind in `other`?
    pub fn is(self, other: Kinds) -> bool {
        self.0 & !other.0 == 0
    }

    /// Is any kind in `other`?
    pub fn may_be(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 8] = ["int", "flo", "nil", "true", "false", "sym", "cell", "undef"];
        if *self == Self::ANY {
            return f.write_str("any");
        }
        let mut first = true;
        for (bit, name) in NAMES.iter().enumerate() {
            if self.0 >> bit & 1 == 1 {
                write!(f, "{}{name}", if first { "" } else { "|" })?;
                first = false;
            }
        }
        Ok(())
    }
}

/// Type of an SSA value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Type {
    /// Representation.
    pub repr: Repr,
    /// Kinds, for words (doubles are Floats).
    pub kinds: Kinds,
}

impl Type {
    /// Any Ruby value.
    pub const ANY: Type = Type { repr: Repr::Word, kinds: Kinds::ANY };
    /// An unboxed Float.
    pub const DOUBLE: Type = Type { repr: Repr::Double, kinds: Kinds::FLOAT };
    /// A condition.
    pub const COND: Type = Type { repr: Repr::Cond, kinds: Kinds::BOOL };
    /// Any other word.
    pub const RAW: Type = Type { repr: Repr::Raw, kinds: Kinds::ANY };

    /// A word of these kinds.
    pub fn word(kinds: Kinds) -> Type {
        Type { repr: Repr::Word, kinds }
    }

    /// The least type that covers both.
    pub fn join(self, other: Type) -> Type {
        if self.repr == other.repr {
            return Type { repr: self.repr, kinds: self.kinds.join(other.kinds) };
        }
        Type::word(self.kinds.join(other.kinds))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.repr {
            Repr::Word => write!(f, "{}", self.kinds),
            Repr::Double => f.write_str("f64"),
            Repr::Cond => f.write_str("cond"),
            Repr::Raw => f.write_str("raw"),
            Repr::None => f.write_str("none"),
        }
    }
}
