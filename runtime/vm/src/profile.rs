//! The sampling profiler: which stacks the time, or the memory, went to.
//!
//! A ticking thread (or the collector, for memory) asks for a sample; the next safepoint takes it, in every tier alike. So a sample
//! stands where the program comes by next: a long native counts for the method that called it, an iteration of the prelude for the
//! block that it runs. What passed since the last sample is the sample's weight.

use crate::backtrace::Location;
use crate::vm::Vm;
use abi::Waker;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use stdx::FastMap;

/// What samples weigh.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// Nanoseconds that passed.
    Wall,
    /// Nanoseconds that the processor worked for the thread.
    Cpu,
    /// Bytes allocated, in the heap and outside.
    Allocations,
}

/// Bytes between two samples of allocations.
const ALLOCATION_STEP: u64 = 128 << 10;

/// A place on a stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// `Foo#bar`, `block in Foo#bar`, `<main>`.
    pub label: String,
    /// File of the code; that of the caller for a native method.
    pub file: Arc<str>,
    /// Line that runs.
    pub line: i32,
    /// Line where the method begins; None for a native one.
    pub defined: Option<i32>,
}

/// What was sampled of one stack.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Weight {
    /// Number of samples.
    pub samples: u64,
    /// Nanoseconds or bytes.
    pub amount: u64,
}

/// What was sampled.
#[derive(Debug)]
pub struct Profile {
    /// What the weights mean.
    pub measure: Measure,
    /// Time between two samples.
    pub interval: Duration,
    /// Time from the start to the end.
    pub duration: Duration,
    /// All places.
    pub places: Vec<Place>,
    /// Stacks as indexes of places, outermost first, by their weights.
    pub stacks: Vec<(Box<[u32]>, Weight)>,
}

/// Who gets a finished profile.
pub type Receiver = Box<dyn FnOnce(&Profile)>;

/// A running profiler.
pub struct Sampler {
    measure: Measure,
    interval: Duration,
    due: Arc<AtomicBool>,
    ticker: Option<Ticker>,
    process: u32,
    begin: Instant,
    /// What had passed at the last sample, and how much of it the collector took.
    last: u64,
    last_collecting: u64,
    places: Vec<Place>,
    /// Places by code, line and native method; codes and methods have numbers that are not used again.
    known: FastMap<(u32, i32, u64), u32>,
    stacks: FastMap<Box<[u32]>, Weight>,
    receiver: Receiver,
}

/// Line of the key of the collector's place, which no code has.
const COLLECTOR: (u32, i32, u64) = (u32::MAX, i32::MIN, 0);

impl Sampler {
    fn place(&mut self, key: (u32, i32, u64), make: impl FnOnce() -> Place) -> u32 {
        *self.known.entry(key).or_insert_with(|| {
            self.places.push(make());
            self.places.len() as u32 - 1
        })
    }

    fn location(&mut self, vm: &Vm, location: &Location) -> u32 {
        let native = location.native.map_or(0, |native| native.serial + 1);
        self.place((location.code.id, location.line(), native), || Place {
            label: vm.location_label(location),
            file: location.file(),
            line: location.line(),
            defined: location.native.is_none().then_some(location.code.function.line),
        })
    }

    fn add(&mut self, stack: Box<[u32]>, amount: u64) {
        let weight = self.stacks.entry(stack).or_default();
        weight.samples += 1;
        weight.amount += amount;
    }

    /// What has passed until now.
    fn passed(&self, vm: &Vm) -> u64 {
        match self.measure {
            Measure::Wall => self.begin.elapsed().as_nanos() as u64,
            Measure::Cpu => {
                let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
                time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
            }
            Measure::Allocations => vm.heap.allocated_bytes(),
        }
    }

    fn collecting(&self, vm: &Vm) -> u64 {
        if self.measure == Measure::Allocations { 0 } else { vm.heap.stats().time_ns }
    }

    /// Takes a sample of the running stack.
    fn sample(&mut self, vm: &mut Vm) {
        let (passed, collecting) = (self.passed(vm), self.collecting(vm));
        let amount = passed.saturating_sub(std::mem::replace(&mut self.last, passed));
        let collected = collecting.saturating_sub(std::mem::replace(&mut self.last_collecting, collecting)).min(amount);
        let locations = vm.locations(0);
        let mut stack: Vec<u32> = ran(&locations).iter().rev().map(|location| self.location(vm, location)).collect();
        stack.extend(vm.looping_block().map(|block| self.location(vm, &block)));
        self.add(stack.as_slice().into(), amount - collected);
        if collected > 0 {
            let collector = || Place { label: "(garbage collection)".to_string(), file: Arc::from("(maglev)"), line: 0, defined: None };
            stack.push(self.place(COLLECTOR, collector));
            self.add(stack.into(), collected);
        }
    }

    fn finish(self) {
        let mut stacks: Vec<(Box<[u32]>, Weight)> = self.stacks.into_iter().collect();
        stacks.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let duration = self.begin.elapsed();
        (self.receiver)(&Profile { measure: self.measure, interval: self.interval, duration, places: self.places, stacks });
    }
}

/// The stack without the method that is just being entered: it has not run yet. A block has, most likely, the last time.
fn ran(locations: &[Location]) -> &[Location] {
    match locations {
        [entered, rest @ ..] if !rest.is_empty() && entered.native.is_none() && entered.pc == 0 && !entered.code.function.kind.is_closure() => rest,
        _ => locations,
    }
}

/// The thread that asks for samples. It ends before the VM does.
struct Ticker {
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    process: u32,
}

impl Ticker {
    fn start(interval: Duration, due: Arc<AtomicBool>, waker: Waker) -> std::io::Result<Ticker> {
        let stopped = Arc::<AtomicBool>::default();
        let end = stopped.clone();
        let thread = std::thread::Builder::new().name("profile".to_string()).spawn(move || {
            while !end.load(Ordering::Relaxed) {
                std::thread::sleep(interval);
                due.store(true, Ordering::Release);
                waker.wake();
            }
        })?;
        Ok(Ticker { stopped, thread: Some(thread), process: std::process::id() })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // The child of a `fork` has no such thread.
        if let Some(thread) = self.thread.take().filter(|_| self.process == std::process::id()) {
            let _ended = thread.join();
        }
    }
}

impl Vm {
    /// Starts sampling; `receiver` is given the profile when the program ends.
    pub fn start_profile(&mut self, measure: Measure, interval: Duration, receiver: Receiver) -> std::io::Result<()> {
        let due = Arc::<AtomicBool>::default();
        let ticker = if measure == Measure::Allocations {
            self.heap.set_allocation_step(ALLOCATION_STEP);
            None
        } else {
            Some(Ticker::start(interval, due.clone(), abi::Runtime::waker(self))?)
        };
        let mut sampler = Sampler {
            measure,
            interval,
            due,
            ticker,
            process: std::process::id(),
            begin: Instant::now(),
            last: 0,
            last_collecting: 0,
            places: Vec::new(),
            known: FastMap::default(),
            stacks: FastMap::default(),
            receiver,
        };
        (sampler.last, sampler.last_collecting) = (sampler.passed(self), sampler.collecting(self));
        self.sampler = Some(Box::new(sampler));
        Ok(())
    }

    /// Takes the sample that is due, if one is.
    #[inline(always)]
    pub(crate) fn take_sample(&mut self) {
        if self.sampler.as_ref().is_some_and(|sampler| sampler.due.load(Ordering::Relaxed)) {
            self.take_due_sample();
        }
    }

    #[cold]
    fn take_due_sample(&mut self) {
        let Some(mut sampler) = self.sampler.take() else { return };
        sampler.due.store(false, Ordering::Relaxed);
        sampler.sample(self);
        self.sampler = Some(sampler);
    }

    /// So much was allocated that a sample is due.
    pub(crate) fn note_allocations(&mut self) {
        if let Some(sampler) = &self.sampler {
            sampler.due.store(true, Ordering::Relaxed);
        }
    }

    /// Ends sampling and hands the profile on.
    pub fn finish_profile(&mut self) {
        let Some(mut sampler) = self.sampler.take() else { return };
        self.heap.set_allocation_step(0);
        // A child of `fork` has its parent's samples.
        if sampler.process == std::process::id() {
            sampler.ticker = None;
            sampler.finish();
        }
    }
}
