//! Waiting, waking, and what others send to a thread: exceptions and its end.

use super::{EVENT, Parker, TIMER, ThreadStatus, Watched};
use crate::raise::Pending;
use crate::vm::Vm;
use objects::RHash;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use value::{RResult, Raised, Value, sym};

/// What another thread sent.
#[derive(Clone, Copy, Debug)]
pub enum Interrupt {
    /// An exception to raise.
    Raise(Value),
    /// The end.
    Kill,
}

/// How a thread waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// Until somebody wakes it; a deadlock when all others wait so too.
    Deadly,
    /// Until somebody wakes it, a signal for instance.
    Forever,
    /// Until a time.
    Until(Instant),
}

/// When a mask of `handle_interrupt` lets something through.
#[derive(PartialEq, Eq)]
enum Timing {
    Immediate,
    OnBlocking,
    Never,
}

impl Vm {
    /// Runs what waits for a safepoint: finished compilations, other threads, signals, what was sent to this
    /// thread.
    #[cold]
    pub fn poll_interrupts(&mut self) -> RResult<()> {
        self.run_interrupts(false)
    }

    /// As `poll_interrupts`, when there is anything: for steps of natives that are short.
    #[inline(always)]
    pub fn check_interrupts(&mut self) -> RResult<()> {
        if self.head.interrupt.load(Ordering::Relaxed) == 0 { Ok(()) } else { self.poll_interrupts() }
    }

    /// As `poll_interrupts` where the thread is about to wait.
    pub fn poll_before_wait(&mut self) -> RResult<()> {
        self.run_interrupts(true)
    }

    fn run_interrupts(&mut self, waits: bool) -> RResult<()> {
        let bits = self.head.interrupt.swap(0, Ordering::AcqRel);
        self.with_compiler(|compiler, _| compiler.poll());
        self.run_safepoint_work();
        self.take_sample();
        if self.memory_short {
            // The rest waits for the next safepoint.
            self.head.interrupt.fetch_or(bits, Ordering::AcqRel);
            return Err(self.short_of_memory());
        }
        if self.failed_load.is_some() {
            self.head.interrupt.fetch_or(bits, Ordering::AcqRel);
            return self.check_loads();
        }
        if bits & TIMER != 0 && self.threads.lock.is_wanted() {
            self.give_way();
            self.head.interrupt.fetch_and(!TIMER, Ordering::AcqRel);
        }
        if self.threads.current == self.threads.main
            && let Some(handler) = self.interrupt_handler
        {
            handler(self)?;
        }
        self.deliver(waits)
    }

    /// Lets the threads run that wait for the lock.
    pub fn give_way(&mut self) {
        if self.threads.lock.is_wanted() {
            self.blocking(|| ());
        }
    }

    fn deliver(&mut self, waits: bool) -> RResult<()> {
        let me = self.threads.current;
        let mut index = 0;
        while let Some(interrupt) = self.thread_view(me).and_then(|data| data.pending.get(index).copied()) {
            let through = match self.timing(me, interrupt)? {
                Timing::Immediate => true,
                Timing::OnBlocking => waits,
                Timing::Never => false,
            };
            if !through {
                index += 1;
                continue;
            }
            let more = self.thread_change(me).is_some_and(|data| {
                data.pending.remove(index);
                !data.pending.is_empty()
            });
            if more {
                self.head.interrupt.fetch_or(EVENT, Ordering::AcqRel);
            }
            return Err(match interrupt {
                // The cause was settled by the sender.
                Interrupt::Raise(exception) => {
                    let exception = self.call(exception, sym::EXCEPTION, &[exception])?;
                    self.raise_with_cause_set(exception)
                }
                Interrupt::Kill => self.unwind_thread(),
            });
        }
        Ok(())
    }

    /// Ends the running thread.
    pub fn unwind_thread(&mut self) -> Raised {
        let me = self.threads.current;
        if let Some(data) = self.thread_change(me) {
            data.killed = true;
        }
        self.forget_kills(me);
        self.pending = Pending::Unwind(me);
        Raised
    }

    /// A thread that ends already is not ended once more, neither while it unwinds nor while it says what it failed of.
    pub(super) fn forget_kills(&mut self, thread: Value) {
        if let Some(data) = self.thread_change(thread) {
            data.pending.retain(|interrupt| !matches!(interrupt, Interrupt::Kill));
        }
    }

    fn timing(&mut self, thread: Value, interrupt: Interrupt) -> RResult<Timing> {
        let masks = self.roots.values(self.thread_view(thread).map_or(&[], |data| &data.masks));
        let class = match interrupt {
            Interrupt::Raise(exception) => self.class_of(exception),
            // The end counts as an Integer, as in CRuby: only a mask for Object holds it off.
            Interrupt::Kill => self.class_view(self.core.integer),
        };
        for mask in masks.iter().rev().filter_map(|&mask| RHash::new(mask)) {
            for &ancestor in self.roots.values(&class.data().ancestors).iter() {
                let Some(timing) = self.hash_get(mask, ancestor)?.and_then(Value::as_symbol) else { continue };
                return Ok(match &*self.symbols.text(timing) {
                    "never" => Timing::Never,
                    "on_blocking" => Timing::OnBlocking,
                    _ => Timing::Immediate,
                });
            }
        }
        Ok(Timing::Immediate)
    }

    /// Sends something to a thread that is alive.
    pub fn interrupt_thread(&mut self, thread: Value, interrupt: Interrupt) {
        if let Some(data) = self.thread_change(thread).filter(|data| data.is_alive()) {
            data.pending.push_back(interrupt);
            self.wake_thread(thread);
        }
    }

    /// Ends the wait that a thread is in, or its next one.
    pub fn wake_thread(&mut self, thread: Value) {
        if let Some(data) = self.thread_change(thread) {
            data.notified = true;
            data.parker.wake();
            if thread == self.threads.current {
                self.head.interrupt.fetch_or(EVENT, Ordering::AcqRel);
            }
        }
    }

    fn parker(&self) -> Option<Arc<Parker>> {
        self.thread_view(self.threads.current).map(|data| data.parker.clone())
    }

    /// Waits. Returns early for any reason; the caller looks again at what it waits for. What interrupts
    /// the thread is raised here.
    pub fn wait(&mut self, wait: Wait) -> RResult<()> {
        self.poll_before_wait()?;
        self.wait_masked(wait);
        self.poll_before_wait()
    }

    /// As `wait`, but nothing is raised.
    pub fn wait_masked(&mut self, wait: Wait) {
        let me = self.threads.current;
        let (Some(parker), Some(data)) = (self.parker(), self.thread_change(me)) else { return };
        let before = data.status;
        let timeout = match wait {
            Wait::Until(time) => Some(time.saturating_duration_since(Instant::now())),
            Wait::Deadly | Wait::Forever => None,
        };
        data.status = if timeout.is_some() { ThreadStatus::Sleeping } else { ThreadStatus::SleepingForever };
        data.deadly = wait == Wait::Deadly;
        if wait == Wait::Deadly {
            self.check_deadlock();
        }
        self.blocking(move || parker.park(timeout));
        if let Some(data) = self.thread_change(me) {
            (data.status, data.deadly, data.notified) = (before, false, false);
        }
    }

    /// Waits for a descriptor. False when the time has passed; what interrupts the thread is raised.
    pub fn wait_for_descriptor(&mut self, number: i32, events: u16, until: Option<Instant>) -> RResult<bool> {
        let mut wanted = vec![Watched { number, events, ready: 0 }];
        self.wait_for_descriptors(&mut wanted, until)
    }

    /// Waits for one of several descriptors and fills in which are ready.
    pub fn wait_for_descriptors(&mut self, wanted: &mut Vec<Watched>, until: Option<Instant>) -> RResult<bool> {
        loop {
            self.poll_before_wait()?;
            self.poll_once(wanted, until);
            self.poll_before_wait()?;
            if wanted.iter().any(|watched| watched.ready != 0) {
                return Ok(true);
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(false);
            }
        }
    }

    fn poll_once(&mut self, wanted: &mut Vec<Watched>, until: Option<Instant>) {
        let me = self.threads.current;
        let (Some(parker), Some(data)) = (self.parker(), self.thread_change(me)) else { return };
        let before = data.status;
        data.status = ThreadStatus::Sleeping;
        data.descriptor = wanted.first().map_or(-1, |watched| watched.number);
        let timeout = until.map(|until| until.saturating_duration_since(Instant::now()).min(Duration::from_secs(1 << 32)));
        let mut list = std::mem::take(wanted);
        let (list, _) = self.blocking(move || {
            parker.park_on(&mut list, timeout);
            (list, ())
        });
        *wanted = list;
        if let Some(data) = self.thread_change(me) {
            (data.status, data.descriptor, data.notified) = (before, -1, false);
        }
    }

    /// Raises `fatal` in the main thread when every thread waits for another one.
    pub(super) fn check_deadlock(&mut self) {
        if self.threads.ignore_deadlock {
            return;
        }
        let stuck = |data: &super::ThreadData| data.deadly && !data.notified && data.pending.is_empty();
        if !self.threads.live.iter().all(|&thread| self.thread_view(thread).is_none_or(&stuck)) {
            return;
        }
        let text = self.deadlock_text();
        let class = self.fatal_class();
        let message = self.str(&text);
        if let Ok(exception) = self.new_exception(class, message) {
            let main = self.threads.main;
            self.interrupt_thread(main, Interrupt::Raise(exception));
        }
    }

    fn deadlock_text(&mut self) -> String {
        let threads = self.roots.values(&self.threads.live);
        let (count, me, main) = (threads.len(), self.threads.current.bits(), self.threads.main.bits());
        let mut text = format!("No live threads left. Deadlock?\n{count} threads, {count} sleeps current:{me:#018x} main thread:{main:#018x}\n");
        for &thread in threads.iter() {
            let shown = self.thread_text(thread);
            let Some(data) = self.thread_view(thread) else { continue };
            text += &format!("* {shown}\n   rb_thread_t:{:#018x} native:{:#018x} int:0", thread.bits(), data.native_id);
            if !data.wanted.is_nil() {
                text += &format!(" mutex:{:#018x} cond:1", data.wanted.bits());
            }
            for joiner in &data.joiners {
                text += &format!("\n    depended by: tb_thread_id:{:#018x}", joiner.bits());
            }
            let places = self.thread_places(thread);
            let lines: Vec<String> = places.iter().flat_map(|places| places.iter()).map(|place| self.location_text(place)).collect();
            text += &format!("\n   {}\n", lines.join("\n   "));
        }
        text
    }
}
