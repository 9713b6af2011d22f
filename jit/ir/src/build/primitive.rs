//! Operations of the prelude's Ruby code that have a form in IR; the others are stepped.

use super::{Bailout, Builder, Stop};

impl Builder<'_> {
    pub(super) fn primitive(&mut self, pc: u32, next: u32, dst: u16, name: u32, base: u16, count: u16) -> Result<(), Stop> {
        let literal = *self.ctx().code.literals.get(name as usize).ok_or(Bailout::Malformed)?;
        let name = literal.as_symbol().map(|name| self.runtime.text(name)).unwrap_or_default();
        let _ = (dst, base, count, name);
        self.needs_memory_for_primitive();
        self.step(pc, next)
    }

    /// Primitives get the frame's block only; they do not look at variables.
    fn needs_memory_for_primitive(&mut self) {}
}
