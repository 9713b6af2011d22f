//! What an operation does besides computing: one vocabulary for the rows of the bytecode, those of the intermediate
//! representation and the declarations of natives.
//!
//! Memory is told apart by classes, so that a reader keeps what it knows of one class while another is written.
//! Whatever runs Ruby code may have done anything afterwards: `calls_ruby` needs no classes beside it.

/// A set of effects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Effects(u32);

macro_rules! define_effects {
    ($( $(#[doc = $doc:literal])+ $name:ident = $bits:expr; )*) => {
        #[allow(non_upper_case_globals, reason = "written in the tables as they print")]
        impl Effects {
            $( $(#[doc = $doc])+ pub const $name: Effects = Effects($bits); )*
        }
    };
}

define_effects! {
    /// Nothing, or reading what never changes.
    pure = 0;
    /// Makes cells, so that the collector may run.
    allocates = 1;
    /// Raises, or leaves something pending otherwise.
    raises = 1 << 1;
    /// Runs Ruby code: blocks, conversions, operators, hooks.
    calls_ruby = 1 << 2;
    /// Machine code may leave here, so the instruction has an exit state.
    exits = 1 << 3;
    /// Control never goes on with the next instruction.
    ends = 1 << 4;
    /// Looks at variables or the block of the frame that runs it, beyond its operands. Of natives it is a forecast that
    /// saves a detour: what looks without saying so is found out when it asks (`Vm::look_at`).
    looks_at_caller = 1 << 5;
    /// Is handed the caller's block.
    takes_block = 1 << 6;
    /// Nothing but saying that it is missing: `respond_to?` answers false.
    absent = 1 << 7;
    /// Reads the frame's registers in memory.
    reads_frame = 1 << 8;
    /// Writes them, or words of the header.
    writes_frame = 1 << 9;
    /// Reads slots of environments in memory.
    reads_variables = 1 << 10;
    /// Writes them.
    writes_variables = 1 << 11;
    /// Reads objects' instance variables.
    reads_ivars = 1 << 12;
    /// Writes them.
    writes_ivars = 1 << 13;
    /// Reads elements and lengths of Arrays.
    reads_arrays = 1 << 14;
    /// Writes them.
    writes_arrays = 1 << 15;
    /// Reads shapes of objects: class, layout, frozenness.
    reads_shapes = 1 << 16;
    /// Changes them.
    writes_shapes = 1 << 17;
    /// Reads other state: Strings, Hashes, globals, tables of the VM.
    reads_other = 1 << 18;
    /// Writes it.
    writes_other = 1 << 19;
    /// Writes objects of any class.
    writes = Self::writes_ivars.0 | Self::writes_arrays.0 | Self::writes_shapes.0 | Self::writes_other.0;
    /// Writes the receiver, of whatever class.
    writes_self = Self::writes.0;
    /// Anything, but for what says of itself that it looks at its caller: for what declares nothing.
    any = Self::allocates.0 | Self::raises.0 | Self::calls_ruby.0;
}

impl Effects {
    /// Both sets.
    #[must_use]
    pub const fn and(self, other: Effects) -> Effects {
        Effects(self.0 | other.0)
    }

    /// Is any effect of `other` among these?
    pub const fn has(self, other: Effects) -> bool {
        self.0 & other.0 != 0
    }

    /// May objects be other ones afterwards, or may Ruby code have run?
    pub const fn changes_objects(self) -> bool {
        self.has(Effects::calls_ruby.and(Effects::writes))
    }

    /// Is nothing lost when the operation is left out and nobody wants its result?
    pub const fn may_be_left_out(self) -> bool {
        let kept = Effects::raises.and(Effects::calls_ruby).and(Effects::exits).and(Effects::ends).and(Effects::writes);
        !self.has(kept.and(Effects::writes_frame).and(Effects::writes_variables))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept() {
        for effect in [
            Effects::raises,
            Effects::calls_ruby,
            Effects::exits,
            Effects::writes_frame,
            Effects::writes_variables,
            Effects::writes_other,
            Effects::writes_arrays,
        ] {
            assert!(!effect.may_be_left_out(), "{effect:?}");
        }
        assert!(Effects::allocates.and(Effects::reads_arrays).and(Effects::reads_frame).may_be_left_out());
        assert!(Effects::any.changes_objects() && Effects::writes_shapes.changes_objects());
        assert!(!Effects::allocates.and(Effects::writes_frame).and(Effects::raises).changes_objects());
    }
}
