//! The VM's lock: one thread runs Ruby at a time; those that wait get it in the order they came.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a thread runs before it is asked to let the next one run.
const SLICE: Duration = Duration::from_millis(10);

/// Something waits for the running thread: a signal, an exception, its end, finished machine code.
pub use abi::EVENT;
/// Bit of `head.interrupt`: another thread wants to run.
pub const TIMER: u32 = 2;

/// The lock. A thread that must not be kept waiting long asks the holder through the interrupt word.
#[derive(Default)]
pub struct Lock(Mutex<State>);

#[derive(Default)]
struct State {
    held: bool,
    queue: VecDeque<Arc<Seat>>,
}

/// A waiting thread.
#[derive(Default)]
struct Seat {
    granted: Mutex<bool>,
    signal: Condvar,
}

/// A panic while a lock was held has not left the state half changed: each change is one assignment.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lock {
    /// A lock that the calling thread holds.
    pub fn held() -> Lock {
        Lock(Mutex::new(State { held: true, queue: VecDeque::new() }))
    }

    /// Waits until the lock is ours.
    pub fn acquire(&self, interrupt: &AtomicU32) {
        let seat = {
            let mut state = guard(&self.0);
            if !state.held {
                state.held = true;
                return;
            }
            let seat = Arc::new(Seat::default());
            state.queue.push_back(seat.clone());
            seat
        };
        let mut granted = guard(&seat.granted);
        while !*granted {
            let (next, waited) = seat.signal.wait_timeout(granted, SLICE).unwrap_or_else(PoisonError::into_inner);
            granted = next;
            if waited.timed_out() && !*granted {
                interrupt.fetch_or(TIMER, Ordering::AcqRel);
            }
        }
    }

    /// Hands the lock to the thread that waits longest, if any.
    pub fn release(&self) {
        let next = {
            let mut state = guard(&self.0);
            let next = state.queue.pop_front();
            // With somebody waiting the lock stays held: it is his now.
            state.held = next.is_some();
            next
        };
        if let Some(seat) = next {
            *guard(&seat.granted) = true;
            seat.signal.notify_one();
        }
    }

    /// Does anybody wait?
    pub fn is_wanted(&self) -> bool {
        !guard(&self.0).queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Lock, TIMER};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

    #[test]
    fn one_at_a_time() {
        let (lock, inside, total) = (Arc::new(Lock::default()), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (lock, inside, total) = (lock.clone(), inside.clone(), total.clone());
                std::thread::spawn(move || {
                    let interrupt = AtomicU32::new(0);
                    for _ in 0..500 {
                        lock.acquire(&interrupt);
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        total.fetch_add(1, Ordering::SeqCst);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        lock.release();
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert_eq!(total.load(Ordering::SeqCst), 2000);
    }

    #[test]
    fn a_waiter_asks_the_holder() {
        let (lock, interrupt) = (Arc::new(Lock::held()), Arc::new(AtomicU32::new(0)));
        let (other, word) = (lock.clone(), interrupt.clone());
        let waiter = std::thread::spawn(move || other.acquire(&word));
        while interrupt.load(Ordering::Acquire) & TIMER == 0 {
            std::thread::yield_now();
        }
        assert!(lock.is_wanted());
        lock.release();
        waiter.join().expect("no panic");
    }
}
