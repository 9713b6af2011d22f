//! Counters of the kernel around child processes (`--counters`).
//!
//! A counter is opened on the calling thread with inheritance, so that it covers the processes that the thread starts;
//! a child's share is in the value once the child has ended. Where the machine has no hardware counters (most virtual
//! machines), software events stand in, and the report says so.

use std::io;

use perf_event::events::{Event, Hardware, Software};
use perf_event::{Builder, Counter};

/// Which events could be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Hardware,
    Software,
}

/// Two open counters.
pub struct Counters {
    pub kind: Kind,
    first: Counter,
    second: Counter,
}

impl Counters {
    /// Opens instructions and cycles, or else task clock (ns) and page faults.
    pub fn open() -> Result<Counters, String> {
        let hardware = || -> io::Result<_> { Ok((open(Hardware::INSTRUCTIONS)?, open(Hardware::CPU_CYCLES)?)) };
        let software = || -> io::Result<_> { Ok((open(Software::TASK_CLOCK)?, open(Software::PAGE_FAULTS)?)) };
        let (kind, opened) = match hardware() {
            Ok(opened) => (Kind::Hardware, Ok(opened)),
            Err(_) => (Kind::Software, software()),
        };
        let (mut first, mut second) = opened.map_err(|error| format!("--counters: perf_event_open: {error}"))?;
        let enabled = first.enable().and_then(|()| second.enable());
        enabled.map_err(|error| format!("--counters: {error}"))?;
        Ok(Counters { kind, first, second })
    }

    /// Both values so far.
    pub fn read(&mut self) -> io::Result<(u64, u64)> {
        Ok((self.first.read()?, self.second.read()?))
    }

    /// Column titles.
    pub fn titles(kind: Kind) -> (&'static str, &'static str) {
        match kind {
            Kind::Hardware => ("instructions", "cycles"),
            Kind::Software => ("task clock ns", "page faults"),
        }
    }
}

fn open(event: impl Into<Event>) -> io::Result<Counter> {
    let mut builder = Builder::new().kind(event);
    builder.inherit(true);
    builder.build()
}
