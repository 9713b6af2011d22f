//! A process that answers many requests, and what becomes of it.
//!
//! A request is a length (u32, little endian) and as many bytes; an answer is a status byte, a length and a text. Invariant:
//! whoever does not answer in time, or with what is no answer, is dead afterwards, and the next request starts another one.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::process::{self, Verdict};

/// What a worker may map: it must not take the machine down with it.
pub const ADDRESS_BYTES_MAX: u64 = 8 << 30;

/// Bytes of the end of stderr that are shown.
const STDERR_BYTES_SHOWN: usize = 2_000;

/// What came of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Answered {
        status: u8,
        text: String,
    },
    /// The process ended instead.
    Died {
        verdict: Verdict,
        stderr: String,
    },
    Hung,
}

/// How to start a worker, and the running one.
pub struct Worker {
    program: PathBuf,
    arguments: Vec<String>,
    /// Where stderr goes.
    stderr: PathBuf,
    limit: Duration,
    running: Option<Running>,
}

struct Running {
    child: Child,
    requests: ChildStdin,
    answers: Receiver<(u8, String)>,
}

impl Worker {
    /// A worker that is started by its first request. `stderr` names the file for what it says beside its answers.
    pub fn new(program: &Path, arguments: Vec<String>, stderr: PathBuf, limit: Duration) -> Self {
        Self { program: program.to_path_buf(), arguments, stderr, limit, running: None }
    }

    /// Sends a request and waits for what comes of it.
    pub fn ask(&mut self, request: &[u8]) -> io::Result<Outcome> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        // A worker that is gone has closed the pipe; its end is told below.
        drop(running.requests.write_all(&(request.len() as u32).to_le_bytes()).and_then(|()| running.requests.write_all(request)));
        match running.answers.recv_timeout(self.limit) {
            Ok((status, text)) => {
                self.running = Some(running);
                Ok(Outcome::Answered { status, text })
            }
            Err(RecvTimeoutError::Timeout) => {
                end(running)?;
                Ok(Outcome::Hung)
            }
            Err(RecvTimeoutError::Disconnected) => {
                let verdict = end(running)?;
                Ok(Outcome::Died { verdict, stderr: self.stderr_end() })
            }
        }
    }

    /// Ends the running process; the next request meets a fresh one.
    pub fn restart(&mut self) -> io::Result<()> {
        self.running.take().map_or(Ok(()), |running| end(running).map(|_| ()))
    }

    fn start(&self) -> io::Result<Running> {
        let stderr = File::create(&self.stderr)?;
        let mut command = process::limited(&self.program, Some(ADDRESS_BYTES_MAX));
        command.args(&self.arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).spawn()?;
        let requests = child.stdin.take().expect("stdin is piped");
        let mut output = child.stdout.take().expect("stdout is piped");
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            while let Ok(answer) = read_answer(&mut output) {
                if sender.send(answer).is_err() {
                    break;
                }
            }
        });
        Ok(Running { child, requests, answers })
    }

    fn stderr_end(&self) -> String {
        let bytes = fs::read(&self.stderr).unwrap_or_default();
        String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(STDERR_BYTES_SHOWN)..]).into_owned()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.restart());
    }
}

/// Time that a worker which closed its output has to end by itself, so that its own end is told.
const END_LIMIT: Duration = Duration::from_secs(5);

fn end(running: Running) -> io::Result<Verdict> {
    let Running { mut child, requests, answers } = running;
    drop(requests);
    // The channel is closed when the output is; a worker that still answers is in no hurry to go.
    let closed = answers.recv_timeout(Duration::ZERO) == Err(RecvTimeoutError::Disconnected);
    let mut waited = Duration::ZERO;
    while closed && waited < END_LIMIT && child.try_wait()?.is_none() {
        thread::sleep(Duration::from_millis(5));
        waited += Duration::from_millis(5);
    }
    // That it has ended already is the normal case.
    drop(child.kill());
    let status = child.wait()?;
    Ok(match (status.code(), status.signal()) {
        (Some(code), _) => Verdict::Exited(code),
        (None, signal) => Verdict::Signalled(signal.unwrap_or(0)),
    })
}

/// Bytes of an answer; more is noise.
const ANSWER_BYTES_MAX: usize = 1 << 20;

fn read_answer(output: &mut impl Read) -> io::Result<(u8, String)> {
    let mut head = [0; 5];
    output.read_exact(&mut head)?;
    let [status, length @ ..] = head;
    let length = u32::from_le_bytes(length) as usize;
    if length > ANSWER_BYTES_MAX {
        return Err(io::Error::other("no answer"));
    }
    let mut text = vec![0; length];
    output.read_exact(&mut text)?;
    Ok((status, String::from_utf8_lossy(&text).into_owned()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::{Outcome, Worker};
    use crate::process::Verdict;

    fn shell(name: &str, script: &str) -> Worker {
        let stderr = std::env::temp_dir().join(format!("ci-worker-{}-{name}", std::process::id()));
        Worker::new(Path::new("sh"), vec!["-c".into(), script.into()], stderr, Duration::from_millis(500))
    }

    #[test]
    fn answers_deaths_and_silence() {
        let answer = Outcome::Answered { status: b'k', text: "ab".into() };
        assert_eq!(shell("answer", r"printf 'k\2\0\0\0ab'; sleep 9").ask(b"x").unwrap(), answer);
        let died = Outcome::Died { verdict: Verdict::Exited(3), stderr: "oh\n".into() };
        let mut worker = shell("exit", "echo oh >&2; exit 3");
        assert_eq!(worker.ask(b"x").unwrap(), died);
        assert_eq!(worker.ask(b"x").unwrap(), died, "the next request has its own process");
        let killed = shell("signal", "kill -SEGV $$").ask(b"x").unwrap();
        assert!(matches!(killed, Outcome::Died { verdict: Verdict::Signalled(11), .. }));
        assert_eq!(shell("silence", "sleep 9").ask(b"x").unwrap(), Outcome::Hung);
    }
}
