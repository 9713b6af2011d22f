//! A file that is cut while it is mapped: reading behind its end raises SIGBUS, which ends the process unless somebody steps in.
//!
//! The handler puts a page of zeros where the file ended. Whoever read there finds a checksum that does not hold and reports damage.
//! Faults elsewhere go on to the handler that was there before.
//!
//! Guarantee to callers: a registered range may be read like memory whatever happens to its file. Only read-only mappings are registered:
//! zeros in place of what others write would be made up.

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Ranges that can be registered at a time; windows beyond are mapped unprotected.
const RANGES: usize = 4096;
const PAGE: usize = 4096;

static STARTS: [AtomicUsize; RANGES] = [const { AtomicUsize::new(0) }; RANGES];
static ENDS: [AtomicUsize; RANGES] = [const { AtomicUsize::new(0) }; RANGES];
/// No range stands at or behind this index.
static USED: AtomicUsize = AtomicUsize::new(0);
/// What handled SIGBUS before: a function, SIG_DFL or SIG_IGN.
static BEFORE: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);
static INSTALL: Once = Once::new();

/// Protects a mapping; gives the range's index.
pub(crate) fn register(start: usize, length: usize) -> Option<usize> {
    INSTALL.call_once(install);
    let index = (0..RANGES).find(|&index| {
        let slot = &STARTS[index];
        slot.compare_exchange(0, start, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    })?;
    ENDS[index].store(start + length, Ordering::SeqCst);
    USED.fetch_max(index + 1, Ordering::SeqCst);
    Some(index)
}

/// The mapping goes.
pub(crate) fn unregister(index: usize) {
    ENDS[index].store(0, Ordering::SeqCst);
    STARTS[index].store(0, Ordering::SeqCst);
}

fn is_registered(address: usize) -> bool {
    let used = USED.load(Ordering::SeqCst).min(RANGES);
    (0..used).any(|index| {
        let start = STARTS[index].load(Ordering::SeqCst);
        start != 0 && start <= address && address < ENDS[index].load(Ordering::SeqCst)
    })
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
    if is_registered(address) {
        // SAFETY: the page lies in a live read-only mapping of this crate, whose readers expect any bytes.
        let mapped =
            unsafe { libc::mmap(page as *mut libc::c_void, PAGE, libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED, -1, 0) };
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
