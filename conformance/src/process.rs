//! Runs a command in a process group of its own, under a time limit and a memory limit.
//!
//! Invariant: when `run` returns, the whole group has been killed and the child reaped; output is bounded. Memory is
//! the resident size of the child and its descendants, read from /proc, because a Ruby reserves far more address space
//! than it uses and RLIMIT_AS would count that.

use std::fs;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of output kept: the end of it is what explains a failure.
const OUTPUT_BYTES_MAX: usize = 64 << 10;

/// How often a running child is looked at.
const POLL: Duration = Duration::from_millis(10);

/// Limits of one run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub time: Duration,
    pub memory_bytes: u64,
}

/// Why a run was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Exited(i32),
    Signalled(i32),
    TimedOut,
    OutOfMemory,
}

/// What a run left.
pub struct Finished {
    pub verdict: Verdict,
    /// The last bytes of stdout and stderr, in the order they were written.
    pub output: String,
    pub elapsed: Duration,
}

/// Runs `command` to its end or to a limit.
pub fn run(mut command: Command, limits: Limits) -> io::Result<Finished> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
    let started = Instant::now();
    let mut child = command.spawn()?;
    // `command` holds the pipe's writing end; without this the reader would never see the end.
    drop(command);
    let output = Collector::start(reader);
    let verdict = watch(&mut child, started, limits)?;
    let elapsed = started.elapsed();
    Ok(Finished { verdict, output: output.finish(), elapsed })
}

/// Waits for the child, and kills its group when it is over or a limit is.
fn watch(child: &mut Child, started: Instant, limits: Limits) -> io::Result<Verdict> {
    loop {
        if let Some(status) = child.try_wait()? {
            kill_group(child.id());
            return Ok(verdict_of(status));
        }
        let stop = if started.elapsed() >= limits.time {
            Some(Verdict::TimedOut)
        } else if resident_bytes(child.id()) > limits.memory_bytes {
            Some(Verdict::OutOfMemory)
        } else {
            None
        };
        if let Some(verdict) = stop {
            kill_group(child.id());
            child.wait()?;
            return Ok(verdict);
        }
        thread::sleep(POLL);
    }
}

fn verdict_of(status: ExitStatus) -> Verdict {
    match (status.code(), status.signal()) {
        (Some(code), _) => Verdict::Exited(code),
        (None, Some(signal)) => Verdict::Signalled(signal),
        (None, None) => Verdict::Signalled(0),
    }
}

/// Kills the group led by `leader`. That it may be empty already is the normal case.
fn kill_group(leader: u32) {
    if let Some(group) = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// Resident bytes of a process and its descendants; processes that vanish meanwhile count nothing.
fn resident_bytes(process: u32) -> u64 {
    let mut total = 0;
    let mut waiting = vec![process];
    while let Some(process) = waiting.pop() {
        let statm = fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
        let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
        total += pages * rustix::param::page_size() as u64;
        let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
        waiting.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
    }
    total
}

/// Reads a pipe on a thread and keeps its last bytes.
struct Collector {
    kept: Arc<Mutex<Vec<u8>>>,
    closed: mpsc::Receiver<()>,
}

impl Collector {
    fn start(mut reader: io::PipeReader) -> Collector {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (send_closed, closed) = mpsc::channel();
        let target = Arc::clone(&kept);
        thread::spawn(move || {
            let mut chunk = [0; 8192];
            while let Ok(count @ 1..) = reader.read(&mut chunk) {
                let mut kept = target.lock().expect("no holder of this lock can panic");
                kept.extend_from_slice(&chunk[..count]);
                let excess = kept.len().saturating_sub(OUTPUT_BYTES_MAX);
                kept.drain(..excess);
            }
            drop(send_closed);
        });
        Collector { kept, closed }
    }

    /// The text so far. A daemon that left the group may keep the pipe open, so the wait for its end is short.
    fn finish(self) -> String {
        let _ = self.closed.recv_timeout(Duration::from_secs(1));
        let kept = self.kept.lock().expect("no holder of this lock can panic");
        String::from_utf8_lossy(&kept).into_owned()
    }
}

/// Name of a signal, as in `SIGSEGV`.
pub fn signal_name(signal: i32) -> String {
    let names = [
        (1, "SIGHUP"),
        (2, "SIGINT"),
        (3, "SIGQUIT"),
        (4, "SIGILL"),
        (5, "SIGTRAP"),
        (6, "SIGABRT"),
        (7, "SIGBUS"),
        (8, "SIGFPE"),
        (9, "SIGKILL"),
        (11, "SIGSEGV"),
        (13, "SIGPIPE"),
        (14, "SIGALRM"),
        (15, "SIGTERM"),
    ];
    let name = names.iter().find(|(number, _)| *number == signal).map(|(_, name)| (*name).to_owned());
    name.unwrap_or_else(|| format!("signal {signal}"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{Limits, Verdict, run};

    fn shell(text: &str, seconds: u64, memory_bytes: u64) -> super::Finished {
        let mut command = Command::new("sh");
        command.arg("-c").arg(text);
        run(command, Limits { time: Duration::from_secs(seconds), memory_bytes }).unwrap()
    }

    #[test]
    fn verdicts() {
        let out = shell("echo a; echo b >&2; exit 3", 10, 1 << 30);
        assert_eq!(out.verdict, Verdict::Exited(3));
        assert_eq!(out.output, "a\nb\n");
        assert_eq!(shell("kill -SEGV $$", 10, 1 << 30).verdict, Verdict::Signalled(11));
        assert_eq!(shell("echo x; sleep 30 & sleep 30", 1, 1 << 30).verdict, Verdict::TimedOut);
        assert_eq!(shell("sleep 30", 20, 1).verdict, Verdict::OutOfMemory);
    }

    #[test]
    fn output_is_bounded() {
        let out = shell("yes | head -c 1000000; echo end", 10, 1 << 30);
        assert_eq!(out.output.len(), super::OUTPUT_BYTES_MAX);
        assert!(out.output.ends_with("end\n"));
    }
}
