//! System calls that no safe crate offers.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Takes over a descriptor number that the program was given (`IO.for_fd`).
pub fn adopt(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: fcntl only asks; a number that is open becomes owned by the new IO object, as
    // `IO.for_fd` says. Two IO objects over one number close it twice, which the system refuses.
    unsafe { (libc::fcntl(number, libc::F_GETFD) != -1).then(|| OwnedFd::from_raw_fd(number)) }
}

/// The flags that an open descriptor was opened with.
pub fn opened_with(number: RawFd) -> Option<i32> {
    // SAFETY: fcntl only asks.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFL) };
    (flags != -1).then_some(flags)
}

/// `fcntl` with a command whose argument is a number.
pub fn control(number: RawFd, command: i32, argument: i64) -> std::io::Result<i32> {
    // SAFETY: the caller passes such commands only, so that the argument is no address.
    let result = unsafe { libc::fcntl(number, command, argument) };
    if result < 0 { Err(std::io::Error::last_os_error()) } else { Ok(result) }
}

/// `fork`: 0 in the child.
pub fn fork() -> std::io::Result<i32> {
    // SAFETY: the VM runs Ruby code on one thread at a time; the child goes on with that thread only.
    let pid = unsafe { libc::fork() };
    if pid < 0 { Err(std::io::Error::last_os_error()) } else { Ok(pid) }
}

/// `waitpid`: pid and status, None when nothing is to report.
pub fn wait(pid: i32, flags: i32) -> std::io::Result<Option<(i32, i32)>> {
    let mut status = 0;
    loop {
        // SAFETY: writes the status to a local.
        let found = unsafe { libc::waitpid(pid, &mut status, flags) };
        match found {
            0 => return Ok(None),
            -1 => {
                let error = std::io::Error::last_os_error();
                if error.kind() != std::io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            pid => return Ok(Some((pid, status))),
        }
    }
}

/// `umask`
pub fn umask(mask: u32) -> u32 {
    // SAFETY: changes a process attribute and returns the old one.
    unsafe { libc::umask(mask as libc::mode_t) as u32 }
}

/// `kill`
pub fn kill(pid: i32, signal: i32) -> std::io::Result<()> {
    // SAFETY: sends a signal; no memory is involved.
    if unsafe { libc::kill(pid, signal) } == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

/// Seconds of a clock and nanoseconds behind.
pub fn clock(id: i32) -> std::io::Result<(i64, i64)> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes to a local.
    if unsafe { libc::clock_gettime(id, &mut time) } == 0 { Ok((time.tv_sec, time.tv_nsec)) } else { Err(std::io::Error::last_os_error()) }
}

/// The step of a clock, as seconds and nanoseconds behind.
pub fn clock_step(id: i32) -> std::io::Result<(i64, i64)> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes to a local.
    if unsafe { libc::clock_getres(id, &mut time) } == 0 { Ok((time.tv_sec, time.tv_nsec)) } else { Err(std::io::Error::last_os_error()) }
}

/// User, system, children user, children system seconds.
pub fn times() -> [f64; 4] {
    let usage = |who| {
        // SAFETY: writes to a local that zeroes are valid for.
        unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            libc::getrusage(who, &mut usage);
            let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
            (seconds(usage.ru_utime), seconds(usage.ru_stime))
        }
    };
    let (own, children) = (usage(libc::RUSAGE_SELF), usage(libc::RUSAGE_CHILDREN));
    [own.0, own.1, children.0, children.1]
}

/// Sets or removes an environment variable.
pub fn set_variable(name: &std::ffi::OsStr, value: Option<&[u8]>) {
    use std::os::unix::ffi::OsStrExt;
    // SAFETY: Ruby code, the only reader and writer of the environment in this process, runs on one
    // thread at a time under the VM lock.
    unsafe {
        match value {
            Some(value) => std::env::set_var(name, std::ffi::OsStr::from_bytes(value)),
            None => std::env::remove_var(name),
        }
    }
}

/// Makes descriptor `number` refer to what `file` refers to.
pub fn redirect(file: &std::fs::File, number: RawFd) -> std::io::Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: dup2 replaces a descriptor of this process; both numbers are plain integers.
    if unsafe { libc::dup2(file.as_raw_fd(), number) } < 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

/// Writes as much as there is room for, without waiting; WouldBlock when there is none.
pub fn write_now(mut file: &std::fs::File, bytes: &[u8]) -> std::io::Result<usize> {
    use std::io::Write;
    use std::os::fd::AsRawFd;
    let number = file.as_raw_fd();
    // SAFETY: reads and sets flags of a descriptor that the reference keeps open.
    let before = unsafe { libc::fcntl(number, libc::F_GETFL) };
    if before < 0 {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: as above.
    unsafe { libc::fcntl(number, libc::F_SETFL, before | libc::O_NONBLOCK) };
    let result = file.write(bytes);
    // SAFETY: as above. Other writers of this descriptor wait as they did before.
    unsafe { libc::fcntl(number, libc::F_SETFL, before) };
    result
}

/// Lets a signal run `handler`, without ending system calls.
pub fn catch_signal(number: i32, handler: extern "C" fn(i32)) {
    set_action(number, handler as *const () as usize);
}

/// Sets the handler unless the process was started with the signal ignored (`nohup`).
pub fn catch_unless_ignored(number: i32, handler: extern "C" fn(i32)) {
    // SAFETY: asks for the action of a signal; the struct is plain data.
    let is_ignored = unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(number, std::ptr::null(), &mut old);
        old.sa_sigaction == libc::SIG_IGN
    };
    if !is_ignored {
        catch_signal(number, handler);
    }
}

/// Sends a signal to the calling thread; it has been handled when this returns.
pub fn signal_self(number: i32) -> std::io::Result<()> {
    // SAFETY: takes a number only.
    match unsafe { libc::raise(number) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Keeps signals away from the calling thread, so that they interrupt the thread that runs Ruby code.
pub fn block_signals() {
    // SAFETY: changes the mask of this thread only; the set is plain data.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, std::ptr::null_mut());
    }
}

/// Ignores a signal.
pub fn ignore_signal(number: i32) {
    set_action(number, libc::SIG_IGN);
}

/// Gives a signal its default action.
pub fn default_signal(number: i32) {
    set_action(number, libc::SIG_DFL);
}

fn set_action(number: i32, action: usize) {
    // SAFETY: the handlers given are async-signal-safe: they change atomics only.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = action;
        libc::sigaction(number, &new, std::ptr::null_mut());
    }
}

/// Sets the interrupt word of a VM.
pub fn raise_flag(flag: *mut std::sync::atomic::AtomicU32) {
    if !flag.is_null() {
        // SAFETY: the word belongs to the boxed VM that registered it, which lives as long as the process
        // handles signals.
        unsafe { (*flag).fetch_or(1, std::sync::atomic::Ordering::AcqRel) };
    }
}

/// Writes to the event of the main thread; async-signal-safe.
pub fn wake(event: RawFd) {
    if event >= 0 {
        // SAFETY: write is async-signal-safe; the event stays open as long as the process handles signals.
        // errno belongs to what the signal interrupted.
        unsafe {
            let before = *libc::__errno_location();
            libc::write(event, std::ptr::from_ref(&1u64).cast(), 8);
            *libc::__errno_location() = before;
        }
    }
}

/// A descriptor that becomes readable when the child ends; None when the system has none.
pub fn child_descriptor(pid: i32) -> Option<OwnedFd> {
    // SAFETY: pidfd_open takes plain numbers; the new descriptor is owned by the result.
    unsafe {
        let number = libc::syscall(libc::SYS_pidfd_open, pid, 0);
        (number >= 0).then(|| OwnedFd::from_raw_fd(number as RawFd))
    }
}

/// A copy of a descriptor, numbered from `least` on, that programs started later do not get.
pub fn copy_of(number: RawFd, least: RawFd) -> std::io::Result<OwnedFd> {
    // SAFETY: a duplicate is a new descriptor, owned by the result alone.
    unsafe {
        let copy = libc::fcntl(number, libc::F_DUPFD_CLOEXEC, least);
        if copy == -1 { Err(std::io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(copy)) }
    }
}

/// What the process of a command does to itself before the program runs.
#[derive(Default)]
pub struct ChildSetup {
    /// Process group: 0 for one of its own.
    pub group: Option<i32>,
    /// Resources with soft and hard limits.
    pub limits: Vec<(u32, u64, u64)>,
    /// File mode creation mask.
    pub mask: Option<u32>,
    /// Are descriptors beyond the standard ones closed that are not redirected?
    pub closes_others: bool,
    /// Descriptors by number; those without one are closed.
    pub connected: Vec<(RawFd, Option<OwnedFd>)>,
    /// Numbers that become copies of descriptors of the child's own.
    pub copied: Vec<(RawFd, RawFd)>,
}

impl ChildSetup {
    fn is_empty(&self) -> bool {
        self.group.is_none()
            && self.limits.is_empty()
            && self.mask.is_none()
            && !self.closes_others
            && self.connected.is_empty()
            && self.copied.is_empty()
    }

    /// Runs in the child: system calls only, nothing is allocated.
    fn apply(&self) -> std::io::Result<()> {
        let done = |result: i32| if result == -1 { Err(std::io::Error::last_os_error()) } else { Ok(()) };
        // SAFETY: system calls on numbers and locals; all may be made between fork and exec.
        unsafe {
            if let Some(group) = self.group {
                done(libc::setpgid(0, group))?;
            }
            for &(resource, soft, hard) in &self.limits {
                done(libc::setrlimit(resource, &libc::rlimit { rlim_cur: soft, rlim_max: hard }))?;
            }
            if let Some(mask) = self.mask {
                libc::umask(mask as libc::mode_t);
            }
            if self.closes_others {
                done(libc::close_range(3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC as i32))?;
            }
            for (number, source) in &self.connected {
                match source {
                    Some(source) => done(libc::dup2(source.as_raw_fd(), *number))?,
                    // Nothing is lost when it is not open.
                    None => {
                        libc::close(*number);
                    }
                }
            }
            for &(number, source) in &self.copied {
                done(libc::dup2(source, number))?;
            }
        }
        Ok(())
    }
}

/// Lets a command's process set itself up.
pub fn prepare_child(command: &mut std::process::Command, mut setup: ChildSetup) {
    if setup.is_empty() {
        return;
    }
    // No copy may lie at a number that is given away before its own turn comes.
    let last = setup.connected.iter().map(|&(number, _)| number).max().unwrap_or(2);
    for (_, source) in &mut setup.connected {
        *source = source.take().and_then(|source| copy_of(source.as_raw_fd(), last + 1).ok());
    }
    // Free numbers are taken here too, so that starting the process does not use them for itself.
    let kept: Vec<OwnedFd> = setup.connected.iter().filter_map(|(number, source)| copy_of(source.as_ref()?.as_raw_fd(), *number).ok()).collect();
    let apply = move || {
        let _kept = &kept;
        setup.apply()
    };
    // SAFETY: the closure allocates nothing and calls only what may be called between fork and exec.
    unsafe { std::os::unix::process::CommandExt::pre_exec(command, apply) };
}

/// Soft and hard limit of a resource.
pub fn limits(resource: u32) -> std::io::Result<(u64, u64)> {
    let mut found = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes to a local.
    if unsafe { libc::getrlimit(resource, &mut found) } == 0 { Ok((found.rlim_cur, found.rlim_max)) } else { Err(std::io::Error::last_os_error()) }
}

/// Sets both.
pub fn set_limits(resource: u32, soft: u64, hard: u64) -> std::io::Result<()> {
    // SAFETY: reads a local.
    let result = unsafe { libc::setrlimit(resource, &libc::rlimit { rlim_cur: soft, rlim_max: hard }) };
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

/// Lets the process of a command begin with `fork`, so that `execvp` runs it: that gives what is no program to the shell.
pub fn start_by_fork(command: &mut std::process::Command) {
    // SAFETY: the closure does nothing.
    unsafe { std::os::unix::process::CommandExt::pre_exec(command, || Ok(())) };
}

/// Are there children that were not waited for?
pub fn has_children() -> bool {
    // SAFETY: asks only: WNOWAIT leaves the child as it is; the answer goes to a local.
    unsafe {
        let mut found: libc::siginfo_t = std::mem::zeroed();
        libc::waitid(libc::P_ALL, 0, &mut found, libc::WEXITED | libc::WNOHANG | libc::WNOWAIT) == 0
    }
}

/// Would reading or writing return at once? Asks without waiting; true when it cannot be asked.
pub fn is_ready(number: RawFd, events: u16) -> bool {
    let mut entry = libc::pollfd { fd: number, events: events as i16, revents: 0 };
    // SAFETY: one entry in a local; a number that is not open is reported, not touched.
    unsafe { libc::poll(&mut entry, 1, 0) != 0 }
}

/// Sets real, effective and saved user of the process; -1 leaves one as it is.
pub fn set_users(real: u32, effective: u32, saved: u32) -> std::io::Result<()> {
    // SAFETY: changes attributes of the process.
    done(unsafe { libc::setresuid(real, effective, saved) })
}

/// Sets real, effective and saved group of the process; -1 leaves one as it is.
pub fn set_groups(real: u32, effective: u32, saved: u32) -> std::io::Result<()> {
    // SAFETY: changes attributes of the process.
    done(unsafe { libc::setresgid(real, effective, saved) })
}

/// `setuid`: all three for the superuser, else the effective user.
pub fn set_user(user: u32) -> std::io::Result<()> {
    // SAFETY: changes attributes of the process.
    done(unsafe { libc::setuid(user) })
}

/// `setgid`: all three for the superuser, else the effective group.
pub fn set_group(group: u32) -> std::io::Result<()> {
    // SAFETY: changes attributes of the process.
    done(unsafe { libc::setgid(group) })
}

/// `setreuid`
pub fn set_real_and_effective_user(real: u32, effective: u32) -> std::io::Result<()> {
    // SAFETY: changes attributes of the process.
    done(unsafe { libc::setreuid(real, effective) })
}

/// `setregid`
pub fn set_real_and_effective_group(real: u32, effective: u32) -> std::io::Result<()> {
    // SAFETY: changes attributes of the process.
    done(unsafe { libc::setregid(real, effective) })
}

/// Sets the supplementary groups.
pub fn set_supplementary_groups(groups: &[u32]) -> std::io::Result<()> {
    // SAFETY: reads the slice.
    done(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) })
}

/// Sets the supplementary groups to those of a user and one more.
pub fn use_groups_of(user: &std::ffi::CStr, group: u32) -> std::io::Result<()> {
    // SAFETY: reads the name.
    done(unsafe { libc::initgroups(user.as_ptr(), group) })
}

/// Ends the process at once, with nothing written and nobody told.
pub fn end_now(status: i32) -> ! {
    // SAFETY: does not return.
    unsafe { libc::_exit(status) }
}

fn done(result: i32) -> std::io::Result<()> {
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}
