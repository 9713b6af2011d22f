//! Runs one process to its end under a time limit and says what it used.
//!
//! Invariant: the child is reaped before `run` returns, and is killed only while it is not yet reaped, so that its id
//! cannot mean another process.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use wait4::Wait4;

/// What a process left.
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub elapsed: Duration,
    /// Peak resident memory.
    pub memory_bytes: u64,
    pub timed_out: bool,
}

impl Finished {
    /// The end of stderr, or the exit status when it is silent.
    pub fn complaint(&self) -> String {
        if self.timed_out {
            return format!("killed after {:.0} s", self.elapsed.as_secs_f64());
        }
        let line = self.stderr.lines().find(|line| !line.trim().is_empty());
        match line {
            Some(line) => format!("{}: {}", self.status, line.chars().take(200).collect::<String>()),
            None => self.status.to_string(),
        }
    }
}

/// Runs `words` (program and arguments).
pub fn run(words: &[String], limit: Duration) -> io::Result<Finished> {
    let (program, arguments) = words.split_first().ok_or_else(|| io::Error::other("empty command"))?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    command.env_remove("RUBYOPT");
    let started = Instant::now();
    let mut child = command.spawn()?;
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or_else(|| io::Error::other("no process id"))?;

    let (send_ended, ended) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        let late = matches!(ended.recv_timeout(limit), Err(mpsc::RecvTimeoutError::Timeout));
        if late {
            // That it ended in this very moment is no error: it is not reaped yet.
            let _ = rustix::process::kill_process_group(pid, Signal::KILL);
        }
        late
    });
    // Waits without reaping, so that the watchdog's process id stays good.
    let waited = rustix::process::waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    let elapsed = started.elapsed();
    drop(send_ended);
    let timed_out = watchdog.join().expect("the watchdog has no way to panic");
    let used = child.wait4()?;
    waited?;
    let text = |reader: thread::JoinHandle<String>| reader.join().expect("a reader has no way to panic");
    Ok(Finished { status: used.status, stdout: text(stdout), stderr: text(stderr), elapsed, memory_bytes: used.rusage.maxrss, timed_out })
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // A pipe that breaks ends the text, as the end of the process does.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::run;

    fn shell(text: &str, limit: Duration) -> super::Finished {
        run(&["sh".into(), "-c".into(), text.into()], limit).unwrap()
    }

    #[test]
    fn output_memory_and_status() {
        let finished = shell("echo out; echo err >&2; exit 3", Duration::from_secs(20));
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("out\n", "err\n"));
        assert_eq!(finished.status.code(), Some(3));
        assert!(finished.memory_bytes > 100_000);
        assert!(finished.complaint().contains("err"));
    }

    #[test]
    fn a_late_process_is_killed() {
        let finished = shell("sleep 30", Duration::from_millis(200));
        assert!(finished.timed_out);
        assert!(finished.complaint().contains("killed"));
    }
}
