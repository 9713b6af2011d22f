//! The thread that makes machine code while Ruby goes on.
//!
//! It gets Cranelift's functions and gives them back compiled; it sees neither the VM nor the heap. A
//! `fork` does not take it along: in the child what was on its way is lost and a new one is started.

use crate::memory::Lowered;
use crate::policy::UnitNumber;
use abi::Waker;
use cranelift_codegen::isa::OwnedTargetIsa;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// A unit on its way: its number and its function.
struct Job {
    unit: UnitNumber,
    lowered: Lowered,
}

/// A unit that came back.
pub(crate) struct Done {
    /// Number of the unit.
    pub unit: UnitNumber,
    /// Its code, or why there is none.
    pub result: Result<Lowered, String>,
}

/// The running thread.
struct Running {
    jobs: Sender<Job>,
    done: Receiver<Done>,
    thread: JoinHandle<()>,
    process: u32,
}

/// Units on their way at most: what gets hot while so many wait has to get hot again, so that a program that makes code for ever
/// does not run ahead of the compiler.
const WAITING_MAX: usize = 64;

/// The worker, started with the first unit.
#[derive(Default)]
pub(crate) struct Worker {
    running: Option<Running>,
    waiting: usize,
}

impl Worker {
    /// Hands a unit over; gives it back when no thread can be started.
    pub fn submit(&mut self, unit: UnitNumber, lowered: Lowered, isa: &OwnedTargetIsa, waker: impl FnOnce() -> Waker) -> Result<(), Lowered> {
        if self.running.is_none() {
            self.running = start(isa.clone(), waker());
        }
        let Some(running) = &self.running else { return Err(lowered) };
        running.jobs.send(Job { unit, lowered }).map_err(|unsent| unsent.0.lowered)?;
        self.waiting += 1;
        Ok(())
    }

    /// Are so many units on their way that there should be no more?
    pub fn is_busy(&self) -> bool {
        self.waiting >= WAITING_MAX
    }

    /// A unit that is finished, if any.
    pub fn finished(&mut self) -> Option<Done> {
        let done = self.running.as_ref()?.done.try_recv().ok()?;
        self.waiting -= 1;
        Some(done)
    }

    /// Was the thread lost in a `fork`? Then it is forgotten, with all that it was given.
    pub fn lost(&mut self) -> bool {
        if self.running.as_ref().is_none_or(|running| running.process == std::process::id()) {
            return false;
        }
        // The thread is not in this process, so there is nothing to wait for, and the channels may be in the middle of something.
        std::mem::forget(self.running.take());
        self.waiting = 0;
        true
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.lost() {
            return;
        }
        if let Some(Running { jobs, thread, .. }) = self.running.take() {
            // Without a sender the thread ends; it holds the VM's waker, so it must be gone before the VM is.
            drop(jobs);
            let _ = thread.join();
        }
    }
}

fn start(isa: OwnedTargetIsa, waker: Waker) -> Option<Running> {
    let (jobs, inbox) = channel::<Job>();
    let (outbox, done) = channel::<Done>();
    let work = move || {
        stdx::panic::enter_thread();
        for Job { unit, mut lowered } in inbox {
            let result = lowered.compile(&isa).map(|()| lowered);
            if outbox.send(Done { unit, result }).is_err() {
                return;
            }
            waker.wake();
        }
    };
    let thread = std::thread::Builder::new().name("jit".to_string()).spawn(work).ok()?;
    Some(Running { jobs, done, thread, process: std::process::id() })
}
