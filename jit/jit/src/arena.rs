//! Memory for machine code: one reservation, used from its start on, so that code never moves and calls between units
//! reach. Code is not freed: a frame may still return into an invalid unit.
//!
//! Pages are writable while a unit is put into them and executable ever after, never both. What the system refuses (no room,
//! no memory, too many mappings) is the error of the unit that asked: nothing here panics. Knows no units.

use cranelift_jit::{BranchProtection, JITMemoryKind, JITMemoryProvider};
use cranelift_module::{ModuleError, ModuleResult};
use std::io::{Error, ErrorKind, Result};

/// What pages may be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Access {
    Write,
    Execute,
}

/// Changes the access to the pages of a range: the system's call, but for tests.
type Protect = fn(*mut u8, usize, Access) -> Result<()>;

/// The reservation. Executable up to `sealed`, writable from there to `open`, inaccessible behind.
pub(crate) struct Arena {
    base: *mut u8,
    bytes: usize,
    page: usize,
    sealed: usize,
    used: usize,
    open: usize,
    protect: Protect,
}

// SAFETY: the memory belongs to the arena alone, whichever thread that is moved to.
unsafe impl Send for Arena {}

impl Arena {
    /// Reserves addresses.
    pub fn reserve(bytes: usize) -> Result<Arena> {
        // SAFETY: new pages at an address of the system's choice touch nothing that exists.
        let base =
            unsafe { libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(Error::last_os_error());
        }
        // SAFETY: asks for a number.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page = usize::try_from(page).map_err(|_| Error::last_os_error())?;
        Ok(Arena { base: base.cast(), bytes, page, sealed: 0, used: 0, open: 0, protect })
    }

    /// The address of byte `at`.
    fn address(&self, at: usize) -> *mut u8 {
        self.base.wrapping_add(at)
    }

    /// Makes the pages up to byte `end` writable.
    fn open_up_to(&mut self, end: usize) -> Result<()> {
        let end = end.next_multiple_of(self.page);
        if end > self.open {
            (self.protect)(self.address(self.open), end - self.open, Access::Write)?;
            self.open = end;
        }
        Ok(())
    }

    /// Makes what was written executable. Behind it a new page begins.
    fn seal(&mut self) -> Result<()> {
        if self.open > self.sealed {
            (self.protect)(self.address(self.sealed), self.open - self.sealed, Access::Execute)?;
            (self.sealed, self.used) = (self.open, self.open);
        }
        Ok(())
    }
}

impl JITMemoryProvider for Arena {
    fn allocate(&mut self, size: usize, align: u64, kind: JITMemoryKind) -> Result<*mut u8> {
        if !matches!(kind, JITMemoryKind::Executable) {
            return Err(Error::new(ErrorKind::Unsupported, "units have no data of their own"));
        }
        let start = usize::try_from(align).ok().and_then(|align| self.used.checked_next_multiple_of(align));
        let end = start.and_then(|start| start.checked_add(size)).filter(|&end| end <= self.bytes);
        let (Some(start), Some(end)) = (start, end) else { return Err(Error::new(ErrorKind::OutOfMemory, "the reservation is used up")) };
        self.open_up_to(end)?;
        self.used = end;
        Ok(self.address(start))
    }

    unsafe fn free_memory(&mut self) {
        // SAFETY: by the caller nothing refers to the code any more; the reservation is the arena's own.
        unsafe { libc::munmap(self.base.cast(), self.bytes) };
        *self = Arena { base: std::ptr::null_mut(), bytes: 0, sealed: 0, used: 0, open: 0, ..*self };
    }

    fn finalize(&mut self, _: BranchProtection) -> ModuleResult<()> {
        self.seal().map_err(|error| ModuleError::Allocation { err: error })
    }
}

/// The system's call.
fn protect(at: *mut u8, bytes: usize, access: Access) -> Result<()> {
    let flags = match access {
        Access::Write => libc::PROT_READ | libc::PROT_WRITE,
        Access::Execute => libc::PROT_READ | libc::PROT_EXEC,
    };
    // SAFETY: the arena passes pages of its own reservation.
    if unsafe { libc::mprotect(at.cast(), bytes, flags) } == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: usize = 64;

    fn arena(protect: Protect) -> Arena {
        let arena = Arena::reserve(PAGES * 4096).expect("a few pages can be reserved");
        Arena { protect, ..arena }
    }

    fn code(arena: &mut Arena, size: usize) -> Result<*mut u8> {
        arena.allocate(size, 16, JITMemoryKind::Executable)
    }

    /// What the system says when a process has too many mappings.
    fn refused() -> Error {
        Error::from_raw_os_error(libc::ENOMEM)
    }

    #[test]
    fn units_follow_each_other() {
        let mut arena = arena(protect);
        let (first, second) = (code(&mut arena, 100).unwrap(), code(&mut arena, 5000).unwrap());
        assert_eq!(second as usize - first as usize, 112);
        // SAFETY: the bytes were just given out, and are writable before they are finished.
        unsafe { first.write_bytes(0xc3, 100) };
        arena.finalize(BranchProtection::None).unwrap();
        let third = code(&mut arena, 1).unwrap();
        assert_eq!(third as usize - first as usize, 2 * arena.page);
        // SAFETY: the finished byte is readable, and is the instruction `ret`.
        assert_eq!(unsafe { first.read() }, 0xc3);
    }

    #[test]
    fn a_full_reservation_is_an_error() {
        let mut arena = arena(protect);
        assert!(code(&mut arena, (PAGES - 1) * 4096).is_ok());
        assert_eq!(code(&mut arena, 8192).unwrap_err().kind(), ErrorKind::OutOfMemory);
        assert_eq!(code(&mut arena, usize::MAX).unwrap_err().kind(), ErrorKind::OutOfMemory);
        assert!(code(&mut arena, 4096).is_ok());
        assert_eq!(arena.allocate(8, 8, JITMemoryKind::ReadOnly).unwrap_err().kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn refused_pages_are_an_error() {
        let mut arena = arena(|_, _, _| Err(refused()));
        assert_eq!(code(&mut arena, 8).unwrap_err().raw_os_error(), Some(libc::ENOMEM));
        assert_eq!((arena.used, arena.open), (0, 0));
    }

    #[test]
    fn what_could_not_be_finished_is_finished_later() {
        let mut arena = arena(|at, bytes, access| if access == Access::Execute { Err(refused()) } else { protect(at, bytes, access) });
        code(&mut arena, 8).unwrap();
        assert!(matches!(arena.finalize(BranchProtection::None), Err(ModuleError::Allocation { .. })));
        assert_eq!(arena.sealed, 0);
        arena.protect = protect;
        arena.finalize(BranchProtection::None).unwrap();
        assert_eq!(arena.sealed, arena.page);
    }
}
