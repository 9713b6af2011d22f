//! The system's settings by number.

use libc::{c_int, c_long};
use std::io::{Error, Result};
use std::os::fd::RawFd;

/// Runs a call whose result -1 means that there is no limit, or that it failed when it set `errno`.
fn limit(call: impl FnOnce() -> c_long) -> Result<Option<i64>> {
    // SAFETY: `errno` of this thread.
    unsafe { *libc::__errno_location() = 0 };
    match call() {
        -1 => match Error::last_os_error().raw_os_error() {
            None | Some(0) => Ok(None),
            Some(number) => Err(Error::from_raw_os_error(number)),
        },
        value => Ok(Some(value)),
    }
}

/// A setting of the system, None for no limit.
pub fn sysconf(number: c_int) -> Result<Option<i64>> {
    // SAFETY: takes a number only.
    limit(|| unsafe { libc::sysconf(number) })
}

/// A setting of what a descriptor leads to, None for no limit.
pub fn fpathconf(descriptor: RawFd, number: c_int) -> Result<Option<i64>> {
    // SAFETY: takes numbers only.
    limit(|| unsafe { libc::fpathconf(descriptor, number) })
}

/// A setting that is a text, None for one without a value.
pub fn confstr(number: c_int) -> Result<Option<Vec<u8>>> {
    // SAFETY: with no room the call tells the size only.
    let size = limit(|| unsafe { libc::confstr(number, std::ptr::null_mut(), 0) as c_long })?;
    let size = match usize::try_from(size.unwrap_or(0)) {
        // What is no setting is told apart from one without a value by `errno`.
        Ok(0) => return if Error::last_os_error().raw_os_error() == Some(libc::EINVAL) { Err(Error::last_os_error()) } else { Ok(None) },
        Ok(size) => size,
        Err(_) => return Ok(None),
    };
    let mut text = vec![0_u8; size];
    // SAFETY: there is room for as many bytes as are named.
    let filled = unsafe { libc::confstr(number, text.as_mut_ptr().cast(), size) };
    // Without the zero at the end.
    text.truncate(filled.min(size).saturating_sub(1));
    Ok(Some(text))
}
