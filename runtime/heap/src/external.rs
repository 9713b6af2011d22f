//! The hook by which persistent objects take part: who loads ghosts and who hears of stores.

use value::Header;

/// Owner of objects that live outside this process too.
pub trait ExternalSpace {
    /// A reference is about to be stored into `cell`, whose gc byte has the barrier bit. The
    /// implementation clears the bit when one call is enough.
    fn before_store(&mut self, cell: *mut Header);
    /// Loads a ghost: gives the cell its kind, shape and content.
    fn fault(&mut self, cell: *mut Header);
    /// What is wrong with its tables, if anything: all they name are cells. For verification.
    fn fault_of(&self, is_cell: &dyn Fn(*const Header) -> bool) -> Option<String>;
    /// Marking is done; `is_live` tells which cells stay.
    fn after_mark(&mut self, is_live: &dyn Fn(*const Header) -> bool);
}
