//! Runs a command under a time limit with its output captured. Invariant: its whole process group is dead at return.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Exited(i32),
    Signalled(i32),
    TimedOut,
}

/// What a process left.
#[derive(Debug)]
pub struct Finished {
    pub verdict: Verdict,
    pub stdout: String,
    pub stderr: String,
}

/// Bytes of stdout and stderr kept each.
const OUTPUT_BYTES_MAX: u64 = 4 << 20;

/// A command that runs `program`, mapping at most `address_bytes_max` if there is such a limit. The limit is set by a shell
/// that gives way to the program: between fork and exec we may not run code of our own.
pub fn limited(program: &Path, address_bytes_max: Option<u64>) -> Command {
    let Some(bytes) = address_bytes_max else {
        return Command::new(program);
    };
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -v {} && exec \"$0\" \"$@\"", bytes / 1024)).arg(program);
    command
}

/// Runs `command` with nothing on its stdin. Output goes through unnamed files, so that a full pipe cannot stop it.
pub fn run(command: &mut Command, limit: Duration) -> io::Result<Finished> {
    let mut stdout = unnamed_file()?;
    let mut stderr = unnamed_file()?;
    command.stdin(Stdio::null()).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?).process_group(0);
    let started = Instant::now();
    let mut child = command.spawn()?;
    let mut pause = Duration::from_micros(500);
    let verdict = loop {
        if let Some(status) = child.try_wait()? {
            kill_group(child.id());
            break match (status.code(), status.signal()) {
                (Some(code), _) => Verdict::Exited(code),
                (None, signal) => Verdict::Signalled(signal.unwrap_or(0)),
            };
        }
        if started.elapsed() > limit {
            kill_group(child.id());
            child.wait()?;
            break Verdict::TimedOut;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    Ok(Finished { verdict, stdout: text(&mut stdout)?, stderr: text(&mut stderr)? })
}

fn unnamed_file() -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let folder = std::env::temp_dir();
    let file = rustix::fs::open(&folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR)?;
    Ok(File::from(file))
}

fn text(file: &mut File) -> io::Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(OUTPUT_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// That the group may be empty already is the normal case.
fn kill_group(leader: u32) {
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;
    use std::time::Duration;

    use super::{Verdict, limited, run};

    #[test]
    fn verdicts_and_output() {
        let shell = |text: &str, limit: u64| run(Command::new("sh").arg("-c").arg(text), Duration::from_millis(limit)).unwrap();
        let finished = shell("echo a; echo b >&2; exit 4", 20_000);
        assert_eq!((finished.verdict, finished.stdout.as_str(), finished.stderr.as_str()), (Verdict::Exited(4), "a\n", "b\n"));
        assert_eq!(shell("kill -9 $$", 20_000).verdict, Verdict::Signalled(9));
        let mut command = limited(Path::new("sh"), Some(512 << 20));
        let finished = run(command.args(["-c", "ulimit -v; echo $1", "sh", "a b"]), Duration::from_secs(20)).unwrap();
        assert_eq!(finished.stdout, "524288\na b\n");
        assert_eq!(shell("sleep 60", 100).verdict, Verdict::TimedOut);
    }
}
