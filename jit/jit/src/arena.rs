//! Memory for machine code: one reservation, from which each unit gets pages of its own, so that code never moves and what a
//! unit leaves behind is used again.
//!
//! Pages are writable while a unit is put into them and executable ever after, never both. What the system refuses (no room,
//! no memory, too many mappings) is the error of the unit that asked: nothing here panics. Knows no units.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};

/// What pages may be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Access {
    None,
    Write,
    Execute,
}

/// Changes the access to the pages of a range: the system's call, but for tests.
type Protect = fn(*mut u8, usize, Access) -> Result<()>;

/// Pages with the code of one unit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pages {
    start: usize,
    bytes: usize,
}

impl Pages {
    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// The reservation.
pub(crate) struct Arena {
    base: *mut u8,
    bytes: usize,
    page: usize,
    /// From here on nothing was given out yet.
    used: usize,
    /// Pages that came back, by their start: their lengths. Neighbours are one.
    free: BTreeMap<usize, usize>,
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
        Ok(Arena { base: base.cast(), bytes, page, used: 0, free: BTreeMap::new(), protect })
    }

    /// Puts code into pages of its own, patched by `patch`, which is told their address, and makes them executable.
    pub fn place(&mut self, code: &[u8], patch: impl FnOnce(&mut [u8], *const u8) -> std::result::Result<(), String>) -> Result<Pages> {
        let pages = self.take(code.len())?;
        match self.fill(&pages, code, patch) {
            Ok(()) => Ok(pages),
            Err(error) => {
                self.give_back(pages);
                Err(error)
            }
        }
    }

    /// Address of the code.
    pub fn address(&self, pages: &Pages) -> *const u8 {
        self.base.wrapping_add(pages.start)
    }

    /// Takes pages back whose code nobody runs any more.
    pub fn give_back(&mut self, pages: Pages) {
        // What the system refuses stays readable, or keeps its memory: it is only used again when it can be made writable.
        let _ = (self.protect)(self.base.wrapping_add(pages.start), pages.bytes, Access::None);
        let Pages { mut start, mut bytes } = pages;
        if let Some((&before, &length)) = self.free.range(..start).next_back().filter(|&(&before, &length)| before + length == start) {
            self.free.remove(&before);
            (start, bytes) = (before, length + bytes);
        }
        if let Some(length) = self.free.remove(&(start + bytes)) {
            bytes += length;
        }
        self.free.insert(start, bytes);
    }

    /// Pages for so many bytes: the first free ones with room, or new ones.
    fn take(&mut self, bytes: usize) -> Result<Pages> {
        let full = || Error::new(ErrorKind::OutOfMemory, "the reservation is used up");
        let bytes = bytes.checked_next_multiple_of(self.page).ok_or_else(full)?;
        if let Some((start, length)) = self.free.iter().map(|(&start, &length)| (start, length)).find(|&(_, length)| length >= bytes) {
            self.free.remove(&start);
            if length > bytes {
                self.free.insert(start + bytes, length - bytes);
            }
            return Ok(Pages { start, bytes });
        }
        let end = self.used.checked_add(bytes).filter(|&end| end <= self.bytes).ok_or_else(full)?;
        let start = std::mem::replace(&mut self.used, end);
        Ok(Pages { start, bytes })
    }

    fn fill(&self, pages: &Pages, code: &[u8], patch: impl FnOnce(&mut [u8], *const u8) -> std::result::Result<(), String>) -> Result<()> {
        let start = self.base.wrapping_add(pages.start);
        (self.protect)(start, pages.bytes, Access::Write)?;
        // SAFETY: the pages are the unit's, writable from now on, and nobody else looks at them.
        let place = unsafe { std::slice::from_raw_parts_mut(start, code.len()) };
        place.copy_from_slice(code);
        patch(place, start).map_err(Error::other)?;
        (self.protect)(start, pages.bytes, Access::Execute)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: the reservation is the arena's own, and its owner, the compiler, ends with the VM: no code runs any more.
        unsafe { libc::munmap(self.base.cast(), self.bytes) };
    }
}

/// The system's calls. Pages that nobody uses give their memory back.
fn protect(at: *mut u8, bytes: usize, access: Access) -> Result<()> {
    let flags = match access {
        Access::None => libc::PROT_NONE,
        Access::Write => libc::PROT_READ | libc::PROT_WRITE,
        Access::Execute => libc::PROT_READ | libc::PROT_EXEC,
    };
    // SAFETY: the arena passes pages of its own reservation.
    let result = unsafe {
        if access == Access::None {
            libc::madvise(at.cast(), bytes, libc::MADV_DONTNEED);
        }
        libc::mprotect(at.cast(), bytes, flags)
    };
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: usize = 64;
    const PAGE: usize = 4096;

    impl Arena {
        fn with(protect: Protect) -> Arena {
            let mut arena = Arena::reserve(PAGES * PAGE).expect("a few pages can be reserved");
            arena.protect = protect;
            arena
        }

        fn put(&mut self, bytes: usize) -> Result<Pages> {
            self.place(&vec![0xc3; bytes], |_, _| Ok(()))
        }
    }

    /// What the system says when a process has too many mappings.
    fn refused() -> Error {
        Error::from_raw_os_error(libc::ENOMEM)
    }

    #[test]
    fn each_unit_has_pages_of_its_own() {
        let mut arena = Arena::with(protect);
        let (first, second, third) = (arena.put(100).unwrap(), arena.put(5000).unwrap(), arena.put(1).unwrap());
        assert_eq!([&first, &second, &third].map(|pages| (pages.start, pages.bytes)), [(0, PAGE), (PAGE, 2 * PAGE), (3 * PAGE, PAGE)]);
        // SAFETY: finished code is readable; the byte is the instruction `ret`.
        assert_eq!(unsafe { arena.address(&second).read() }, 0xc3);
    }

    #[test]
    fn pages_that_came_back_are_used_again_and_grow_together() {
        let mut arena = Arena::with(protect);
        let [first, second, third, _last] = [1, PAGE + 1, 1, 1].map(|bytes| arena.put(bytes).unwrap());
        arena.give_back(third);
        arena.give_back(first);
        arena.give_back(second);
        assert_eq!(arena.free, BTreeMap::from([(0, 4 * PAGE)]));
        let again = arena.put(3 * PAGE).unwrap();
        assert_eq!((again.start, again.bytes, &arena.free), (0, 3 * PAGE, &BTreeMap::from([(3 * PAGE, PAGE)])));
        assert_eq!((arena.put(PAGE).unwrap().start, arena.free.len()), (3 * PAGE, 0));
        assert_eq!(arena.put(1).unwrap().start, 5 * PAGE);
    }

    #[test]
    fn the_address_is_known_when_code_is_patched() {
        let mut arena = Arena::with(protect);
        let mut told = std::ptr::null();
        let patch = |code: &mut [u8], at: *const u8| {
            told = at;
            code[1] = 7;
            Ok(())
        };
        let pages = arena.place(&[1, 2, 3], patch).unwrap();
        assert_eq!(told, arena.address(&pages));
        // SAFETY: finished code is readable.
        assert_eq!(unsafe { std::slice::from_raw_parts(told, 3) }, [1, 7, 3]);
        assert!(arena.place(&[1], |_, _| Err("no form".to_string())).is_err());
        assert_eq!(arena.put(1).unwrap().start, PAGE);
    }

    #[test]
    fn a_full_reservation_is_an_error() {
        let mut arena = Arena::with(protect);
        assert!(arena.put((PAGES - 1) * PAGE).is_ok());
        assert_eq!(arena.put(2 * PAGE).unwrap_err().kind(), ErrorKind::OutOfMemory);
        assert!(arena.take(usize::MAX).is_err());
        assert!(arena.put(PAGE).is_ok());
    }

    #[test]
    fn what_the_system_refuses_is_an_error_and_costs_no_pages() {
        for refused_access in [Access::Write, Access::Execute] {
            let mut arena = Arena::with(protect);
            arena.protect = if refused_access == Access::Write {
                |at, bytes, access| if access == Access::Write { Err(refused()) } else { protect(at, bytes, access) }
            } else {
                |at, bytes, access| if access == Access::Execute { Err(refused()) } else { protect(at, bytes, access) }
            };
            assert_eq!(arena.put(8).unwrap_err().raw_os_error(), Some(libc::ENOMEM));
            arena.protect = protect;
            assert_eq!(arena.put(8).unwrap().start, 0);
        }
    }
}
