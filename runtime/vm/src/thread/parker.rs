//! Where a thread waits and how others wake it, for waits with and without descriptors.
//!
//! A wake-up is never lost: it is noted in `woken` before anybody is signalled, and a wait that finds it
//! noted returns at once. Callers look at what they wait for again after each wait.

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// A thread's waiting place.
#[derive(Default)]
pub struct Parker {
    woken: Mutex<bool>,
    signal: Condvar,
    /// Made when the thread first waits for a descriptor; from then on all its waits poll.
    event: OnceLock<OwnedFd>,
}

impl Parker {
    /// A parker that can be woken from a signal handler by a write to `event_number`.
    pub fn with_event() -> Parker {
        let parker = Parker::default();
        parker.event();
        parker
    }

    fn event(&self) -> Option<&OwnedFd> {
        if self.event.get().is_none() {
            let made = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).ok()?;
            // Only the thread itself makes its event.
            let _already = self.event.set(made);
        }
        self.event.get()
    }

    /// Number of the event's descriptor, -1 without.
    pub fn event_number(&self) -> i32 {
        self.event.get().map_or(-1, AsRawFd::as_raw_fd)
    }

    /// Ends the wait that runs, or else the next one.
    pub fn wake(&self) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.signal.notify_one();
        if let Some(event) = self.event.get() {
            // A full counter means that a wake-up is noted already.
            let _full = rustix::io::write(event, &1u64.to_ne_bytes());
        }
    }

    fn take_woken(&self) -> bool {
        std::mem::take(&mut *self.woken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits to be woken, at most for the time given.
    pub fn park(&self, timeout: Option<Duration>) {
        if self.event.get().is_some() {
            self.park_on(&mut [], timeout);
            return;
        }
        let woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut woken = match timeout {
            None => self.signal.wait_while(woken, |woken| !*woken).unwrap_or_else(PoisonError::into_inner),
            Some(timeout) => self.signal.wait_timeout_while(woken, timeout, |woken| !*woken).unwrap_or_else(PoisonError::into_inner).0,
        };
        *woken = false;
    }

    /// Waits to be woken or for one of the descriptors; fills in which are ready (0 = not).
    pub fn park_on(&self, wanted: &mut [Watched], timeout: Option<Duration>) {
        let event = self.event();
        let timeout = if self.take_woken() { Some(Duration::ZERO) } else { timeout };
        let timeout = timeout.map(|timeout| Timespec { tv_sec: timeout.as_secs().min(1 << 40) as i64, tv_nsec: i64::from(timeout.subsec_nanos()) });
        let mut list: Vec<PollFd<'_>> = Vec::with_capacity(wanted.len() + 1);
        for watched in wanted.iter() {
            list.push(PollFd::from_borrowed_fd(watched.descriptor(), PollFlags::from_bits_retain(watched.events)));
        }
        if let Some(event) = event {
            list.push(PollFd::new(event, PollFlags::IN));
        }
        // EINTR counts as being woken: a signal came.
        let polled = poll(&mut list, timeout.as_ref());
        let ready: Vec<u16> = list.iter().map(|entry| if polled.is_ok() { entry.revents().bits() } else { 0 }).collect();
        for (watched, ready) in wanted.iter_mut().zip(ready) {
            watched.ready = ready;
        }
        if let Some(event) = event {
            let mut count = [0u8; 8];
            let _nothing = rustix::io::read(event, &mut count);
        }
        self.take_woken();
    }
}

/// A descriptor that a wait looks at.
pub struct Watched {
    /// Its number.
    pub number: i32,
    /// Wanted poll(2) events.
    pub events: u16,
    /// What was found.
    pub ready: u16,
}

impl Watched {
    fn descriptor(&self) -> BorrowedFd<'_> {
        super::switch::borrowed(self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::{Parker, Watched};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    #[test]
    fn a_wake_up_before_the_wait_counts() {
        for parker in [Parker::default(), Parker::with_event()] {
            parker.wake();
            let start = Instant::now();
            parker.park(Some(Duration::from_secs(20)));
            assert!(start.elapsed() < Duration::from_secs(10));
            parker.park(Some(Duration::from_millis(1)));
        }
    }

    #[test]
    fn woken_while_waiting() {
        let parker = Arc::new(Parker::default());
        let other = parker.clone();
        let waiter = std::thread::spawn(move || other.park(None));
        parker.wake();
        waiter.join().expect("no panic");
    }

    #[test]
    fn a_descriptor_ends_the_wait() {
        let parker = Parker::with_event();
        let ready = rustix::event::eventfd(1, rustix::event::EventfdFlags::CLOEXEC).expect("eventfd");
        let number = std::os::fd::AsRawFd::as_raw_fd(&ready);
        let mut wanted = [Watched { number, events: 1, ready: 0 }];
        parker.park_on(&mut wanted, None);
        assert_eq!(wanted[0].ready & 1, 1);
    }
}
