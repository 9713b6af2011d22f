//! A file that is cut while it is mapped: reading behind its end raises SIGBUS, which ends the process unless somebody steps in.
//!
//! The handler puts a page of zeros where the file ended. Whoever read there finds a checksum that does not hold and reports damage.
//! Faults elsewhere go on to the handler that was there before.
//!
//! Guarantee to callers: a registered range may be used like memory whatever happens to its file. What stands in place of a lost page is
//! zeros of this process alone: readers of log and table find no checksum in them, those of the coordination file no newest commit.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Ranges that can be registered at a time; windows beyond are mapped unprotected.
const RANGES: usize = 4096;
const PAGE: usize = 4096;

static STARTS: [AtomicUsize; RANGES] = [const { AtomicUsize::new(0) }; RANGES];
static ENDS: [AtomicUsize; RANGES] = [const { AtomicUsize::new(0) }; RANGES];
static WRITABLE: [AtomicBool; RANGES] = [const { AtomicBool::new(false) }; RANGES];
/// No range stands at or behind this index.
static USED: AtomicUsize = AtomicUsize::new(0);
/// What handled SIGBUS before: a function, SIG_DFL or SIG_IGN.
static BEFORE: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);
static INSTALL: Once = Once::new();

/// Protects a mapping; gives the range's index.
pub(crate) fn register(start: usize, length: usize, writable: bool) -> Option<usize> {
    INSTALL.call_once(install);
    let index = (0..RANGES).find(|&index| {
        let slot = &STARTS[index];
        slot.compare_exchange(0, start, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    })?;
    WRITABLE[index].store(writable, Ordering::SeqCst);
    ENDS[index].store(start + length, Ordering::SeqCst);
    USED.fetch_max(index + 1, Ordering::SeqCst);
    Some(index)
}

/// The mapping goes.
pub(crate) fn unregister(index: usize) {
    ENDS[index].store(0, Ordering::SeqCst);
    STARTS[index].store(0, Ordering::SeqCst);
}

/// The protection of the range at an address, if there is one.
fn protection(address: usize) -> Option<libc::c_int> {
    let used = USED.load(Ordering::SeqCst).min(RANGES);
    let index = (0..used).find(|&index| {
        let start = STARTS[index].load(Ordering::SeqCst);
        start != 0 && start <= address && address < ENDS[index].load(Ordering::SeqCst)
    })?;
    let is_writable = WRITABLE[index].load(Ordering::SeqCst);
    Some(if is_writable { libc::PROT_READ | libc::PROT_WRITE } else { libc::PROT_READ })
}

fn install() {
    // SAFETY: both structures are valid and outlive the calls; the handler only does what signal handlers may.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        let mut before: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handle as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
        if libc::sigaction(libc::SIGBUS, &raw const action, &raw mut before) == 0 {
            BEFORE.store(before.sa_sigaction, Ordering::SeqCst);
        }
    }
}

extern "C" fn handle(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid `siginfo_t` for SIGBUS.
    let address = unsafe { (*info).si_addr() } as usize;
    let page = address & !(PAGE - 1);
    if let Some(protection) = protection(address) {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
        // SAFETY: the page lies in a live mapping of this crate, whose readers expect any bytes.
        let mapped = unsafe { libc::mmap(page as *mut libc::c_void, PAGE, protection, flags, -1, 0) };
        if mapped != libc::MAP_FAILED {
            return;
        }
    }
    pass_on(signal, info, context);
}

fn pass_on(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let before = BEFORE.load(Ordering::SeqCst);
    if before == libc::SIG_DFL || before == libc::SIG_IGN {
        // SAFETY: the default action is restored; the fault comes again and ends the process as it would have.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        return;
    }
    // SAFETY: `sigaction` gave this address as the handler installed before, which takes these arguments (or ignores the last two).
    unsafe {
        let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = std::mem::transmute(before as *const ());
        handler(signal, info, context);
    }
}
