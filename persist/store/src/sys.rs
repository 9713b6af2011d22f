//! The raw Linux calls std lacks: open-file-description byte locks and futexes.
//!
//! Invariant: every call passes kernel-owned structures by value or a reference that outlives it;
//! no pointer is kept. Source: fcntl_locking(2), futex(2).

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

/// A request for the bytes `start..start + len` of a lock file.
fn region(kind: i32, start: u64, len: u64) -> libc::flock {
    libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: start as libc::off_t,
        l_len: len as libc::off_t,
        l_pid: 0,
    }
}

fn fcntl(file: &File, command: i32, request: &mut libc::flock) -> io::Result<()> {
    loop {
        // SAFETY: the descriptor is open for as long as `file` is borrowed, and the kernel reads and
        // writes exactly one `flock` behind the exclusive reference.
        let status = unsafe { libc::fcntl(file.as_raw_fd(), command, std::ptr::from_mut(request)) };
        if status != -1 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Takes one byte without waiting; false when another open file description holds it.
pub(crate) fn try_lock(file: &File, byte: u64, exclusive: bool) -> io::Result<bool> {
    let kind = if exclusive { libc::F_WRLCK } else { libc::F_RDLCK };
    match fcntl(file, libc::F_OFD_SETLK, &mut region(kind, byte, 1)) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Gives one byte back.
pub(crate) fn unlock(file: &File, byte: u64) -> io::Result<()> {
    fcntl(file, libc::F_OFD_SETLK, &mut region(libc::F_UNLCK, byte, 1))
}

/// First byte in the range that some *other* open file description holds in any mode, with the
/// end of what it holds there.
pub(crate) fn held_by_other(file: &File, start: u64, len: u64) -> io::Result<Option<(u64, u64)>> {
    let mut request = region(libc::F_WRLCK, start, len);
    fcntl(file, libc::F_OFD_GETLK, &mut request)?;
    if i32::from(request.l_type) == libc::F_UNLCK {
        return Ok(None);
    }
    let first = request.l_start as u64;
    Ok(Some((first, first + request.l_len.max(1) as u64)))
}

/// Sleeps until the word is woken, differs from `expected`, or `limit` passed. Works across processes.
pub(crate) fn futex_wait(word: &AtomicU32, expected: u32, limit: Duration) {
    let timeout = libc::timespec { tv_sec: limit.as_secs() as libc::time_t, tv_nsec: libc::c_long::from(limit.subsec_nanos()) };
    // SAFETY: the word and the timeout outlive the call; spurious returns are the caller's normal case.
    let _ = unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, expected, std::ptr::from_ref(&timeout)) };
}

/// Wakes up to `count` sleepers of the word.
pub(crate) fn futex_wake(word: &AtomicU32, count: i32) {
    // SAFETY: the word outlives the call; the kernel only uses its address as a key.
    let _ = unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, count) };
}

/// Makes sure that the disk has room for a stretch of a file; file systems that cannot say so are believed.
pub(crate) fn allocate(file: &File, offset: u64, length: u64) -> io::Result<()> {
    loop {
        // SAFETY: the descriptor is open for as long as `file` is borrowed; the rest is passed by value.
        let status = unsafe { libc::fallocate(file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, offset as libc::off_t, length as libc::off_t) };
        if status != -1 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EOPNOTSUPP | libc::ENOSYS) => return Ok(()),
            _ => return Err(error),
        }
    }
}

/// Gives back the disk's room for a file's bytes; file systems that cannot do that keep it until the file is closed.
pub(crate) fn discard(file: &File, length: u64) -> io::Result<()> {
    let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
    loop {
        // SAFETY: the descriptor is open for as long as `file` is borrowed; the rest is passed by value.
        let status = unsafe { libc::fallocate(file.as_raw_fd(), mode, 0, length as libc::off_t) };
        if status != -1 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EOPNOTSUPP | libc::ENOSYS) => return Ok(()),
            _ => return Err(error),
        }
    }
}

/// Microseconds of a clock that all processes of this boot share and that nobody sets.
pub(crate) fn monotonic_micros() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes one `timespec` behind the exclusive reference.
    let _ = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, std::ptr::from_mut(&mut now)) };
    now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1_000
}

/// The time of day in seconds since 1970, for people: nothing is decided by it.
pub(crate) fn wall_seconds() -> u32 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| u32::try_from(now.as_secs()).unwrap_or(0))
}

/// Lets two paths change places in one step.
pub(crate) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    let name = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error));
    let (one, other) = (name(one)?, name(other)?);
    // SAFETY: both names end with a zero byte and outlive the call.
    let result = unsafe { libc::renameat2(libc::AT_FDCWD, one.as_ptr(), libc::AT_FDCWD, other.as_ptr(), libc::RENAME_EXCHANGE) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
