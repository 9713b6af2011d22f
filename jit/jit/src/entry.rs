//! The one place where an address becomes a function.

use abi::tier::MachineEntry;

/// The function at the entry of a finished unit.
pub(crate) fn machine_entry(entry: *const u8) -> MachineEntry {
    // SAFETY: `Memory::compile` made the code with the signature of `MachineEntry`, and code is not freed.
    unsafe { std::mem::transmute::<*const u8, MachineEntry>(entry) }
}
