//! What interpreter, JIT and helpers agree on: frames, the VM's head, the tier interface.
#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "reads and writes frame words on the VM stack")]
pub mod frame;
pub mod head;
pub mod helper;
pub mod offsets;
pub mod tier;
#[expect(unsafe_code, reason = "a pointer to the VM's interrupt word")]
mod waker;

pub use frame::{Frame, FrameFlags, Registers};
pub use head::VmHead;
pub use helper::{Helper, HelperTable};
pub use tier::{Compiler, DefinedBlock, Runtime, Surroundings, TierRequest};
pub use waker::{EVENT, Waker};
