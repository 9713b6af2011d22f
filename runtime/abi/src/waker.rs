//! Asking a VM for a safepoint from another thread.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bit of the interrupt word: something waits for a safepoint.
pub const EVENT: u32 = 1;

/// Sets the interrupt word of a VM, so that it looks at its next safepoint who wants something.
pub struct Waker(NonNull<AtomicU32>);

// SAFETY: the word is atomic, and `new` demands that it outlives the waker.
unsafe impl Send for Waker {}

impl Waker {
    /// A waker for the VM with this interrupt word.
    ///
    /// # Safety
    /// The word outlives the waker.
    pub unsafe fn new(interrupt: &AtomicU32) -> Waker {
        Waker(NonNull::from(interrupt))
    }

    /// Asks for a safepoint.
    pub fn wake(&self) {
        // SAFETY: the word is alive (`new`).
        unsafe { self.0.as_ref() }.fetch_or(EVENT, Ordering::AcqRel);
    }
}
