//! Several processes on one repository, killed with SIGKILL at random moments.
//!
//! The test starts itself as worker processes (an environment variable says so). A worker appends the
//! commit it is about to make and each acknowledgement to its own journal file; the parent kills, then
//! reopens, checks and compares.

mod common;

use common::{Random, Scratch, done, put, set, small_options};
use std::fs::{self, OpenOptions as FileOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use store::{Backend, Durability, Oid, Outcome, Repository, StoreError};

const WORKER: &str = "MAGLEV_STORE_TEST_WORKER";
/// One shared counter object; every worker also writes objects of its own.
const COUNTER: u64 = 100;
/// Objects that a large commit adds.
const LARGE: u64 = 100;

/// Not a test of its own: the body of a worker process, entered only with the environment variable.
#[test]
fn worker() {
    let Ok(arguments) = std::env::var(WORKER) else {
        return;
    };
    let (directory, id) = arguments.split_once('|').expect("directory|id");
    work(Path::new(directory), id.parse().expect("id"));
}

fn options() -> store::OpenOptions {
    store::OpenOptions { checkpoint_bytes: 256 << 10, ..small_options() }
}

/// Increments the shared counter and writes an own object in one commit, until killed.
fn work(directory: &Path, id: u64) {
    let repository = Repository::open(directory.join("repo"), options()).expect("worker opens");
    let mut session = repository.session().expect("session");
    let mut journal = FileOptions::new().create(true).append(true).open(directory.join(format!("journal-{id}"))).expect("journal");
    let mut random = Random(id);
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        session.begin().expect("begin");
        let counter = session.read(Oid(COUNTER)).expect("read").expect("counter");
        let value = u64::from_le_bytes(counter.body.as_slice().try_into().expect("8 bytes"));
        let own = session.alloc_oids(1).expect("oids").start;
        let body = vec![id as u8; random.below(2000) as usize];
        let mut writes = vec![put(COUNTER, Some(counter.epoch.0), &(value + 1).to_le_bytes()), put(own, None, &body)];
        if random.below(20) == 0 {
            // Larger than a segment.
            let more = session.alloc_oids(LARGE as u32).expect("oids");
            writes.extend(more.map(|oid| put(oid, None, &vec![id as u8; 1500])));
        }
        if random.below(25) == 0 {
            // In the middle of everything, beside the others' compactions, and killed as well.
            match repository.compact(Duration::ZERO, &mut |_| ()) {
                Ok(_) | Err(StoreError::InUse { .. }) => {}
                Err(error) => panic!("compact: {error}"),
            }
        }
        let mut commit = set(writes);
        commit.token = u128::from(own);
        let durability = if random.below(5) == 0 { Durability::Async } else { Durability::Sync };
        match session.commit(&commit, durability).expect("commit") {
            Outcome::Done { epoch, .. } if durability == Durability::Sync => {
                writeln!(journal, "{} {own} {}", epoch.0, body.len()).expect("journal");
            }
            Outcome::Done { .. } | Outcome::Conflict(_) => {}
            Outcome::Unknown => panic!("unknown outcome without a disk failure"),
        }
    }
}

fn start(directory: &Path, id: u64) -> Child {
    let program = std::env::current_exe().expect("own path");
    Command::new(program)
        .args(["--exact", "worker", "--nocapture", "--test-threads=1"])
        .env(WORKER, format!("{}|{id}", directory.display()))
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("worker starts")
}

/// Acknowledged commits of all workers: epoch, own object, length.
fn acknowledged(directory: &Path) -> Vec<(u64, u64, usize)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory).expect("list") {
        let path = entry.expect("entry").path();
        if !path.file_name().expect("name").to_string_lossy().starts_with("journal-") {
            continue;
        }
        let text = fs::read_to_string(path).expect("journal");
        // A kill may cut the last line; an acknowledgement counts once its line is whole.
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let fields: Vec<u64> = line.split_whitespace().map(|field| field.parse().expect("number")).collect();
            all.push((fields[0], fields[1], fields[2] as usize));
        }
    }
    all
}

fn verify(directory: &Path) -> u64 {
    let repository = Repository::open(directory.join("repo"), options()).expect("reopen");
    let report = repository.check().expect("check");
    assert!(report.is_clean(), "{:?}", report.problems);
    let mut session = repository.session().expect("session");
    let epoch = session.begin().expect("begin").epoch;
    for (at, own, length) in acknowledged(directory) {
        assert!(at <= epoch.0, "acknowledged epoch {at} is beyond {epoch}");
        let record = session.read(Oid(own)).expect("read").unwrap_or_else(|| panic!("commit {at} lost object {own}"));
        assert_eq!((record.epoch.0, record.body.len()), (at, length));
    }
    if let Some(&(at, own, _)) = acknowledged(directory).last() {
        // The group with the name may be in a segment that is gone.
        assert!(session.resolve(u128::from(own)).expect("resolve").is_none_or(|epoch| epoch == store::Epoch(at)));
    }
    let counter = session.read(Oid(COUNTER)).expect("read").expect("counter");
    let value = u64::from_le_bytes(counter.body.as_slice().try_into().expect("8 bytes"));
    // Every commit increments the counter and adds one object, a large one a hundred more: a lost update or half a commit
    // would show.
    assert_eq!((report.objects - 1 - value) % LARGE, 0);
    assert!(report.objects > value);
    // Compactions take epochs, too.
    assert!(value < epoch.0);
    value
}

#[test]
fn killed_processes_lose_nothing_acknowledged() {
    if std::env::var(WORKER).is_ok() {
        return;
    }
    let scratch = Scratch::new("processes");
    {
        let repository = Repository::open(scratch.join("repo"), options()).expect("create");
        let mut session = repository.session().expect("session");
        session.begin().expect("begin");
        done(session.commit(&set(vec![put(COUNTER, None, &0u64.to_le_bytes())]), Durability::Sync).expect("commit"));
    }
    let seed = 4242;
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut next = 0;
    let mut previous = 0;
    for round in 0..5 {
        let mut workers: Vec<Child> = (0..4).map(|id| start(scratch.path(), next + id)).collect();
        next += 4;
        // Single kills while the others go on, each replaced; then all at once.
        for _ in 0..6 {
            std::thread::sleep(Duration::from_millis(40 + random.below(120)));
            let victim = random.below(4) as usize;
            workers[victim].kill().expect("kill");
            workers[victim].wait().expect("reap");
            workers[victim] = start(scratch.path(), next);
            next += 1;
        }
        std::thread::sleep(Duration::from_millis(100 + random.below(100)));
        for worker in &mut workers {
            assert!(worker.try_wait().expect("state").is_none(), "a worker ended by itself");
            worker.kill().expect("kill");
        }
        for worker in &mut workers {
            worker.wait().expect("reap");
        }
        let value = verify(scratch.path());
        assert!(value > previous, "round {round} committed nothing");
        previous = value;
    }
    println!("{previous} commits, {} acknowledged", acknowledged(scratch.path()).len());
}

#[test]
fn a_read_only_reader_follows_a_writer() {
    let scratch = Scratch::new("reader");
    let path = scratch.join("repo");
    let writer = Repository::open(&path, options()).expect("open");
    let mut session = writer.session().expect("session");
    session.begin().expect("begin");
    let mut base = common::commit(&mut *session, vec![put(7, None, b"0")]);
    let reader = Repository::open(&path, store::OpenOptions { read_only: true, ..options() }).expect("open read-only");
    let mut view = reader.session().expect("session");
    view.begin().expect("begin");
    for round in 1..600u32 {
        base = common::commit(&mut *session, vec![put(7, Some(base.0), &round.to_le_bytes())]);
    }
    assert_eq!(common::body(&mut *view, 7).as_deref(), Some(&b"0"[..]));
    assert_eq!(view.begin().expect("begin").changes, store::Changes::Oids(vec![Oid(7)]));
    assert_eq!(common::body(&mut *view, 7), Some(599u32.to_le_bytes().to_vec()));
    let refused = view.commit(&set(vec![put(8, None, b"x")]), Durability::Sync);
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
    assert!(reader.check().expect("check").is_clean());
}

/// A holder that does not move is named after the timeout, and a syncer is not waited for; nothing is stolen, and both can go on later.
#[test]
fn a_stopped_lock_holder_is_named() {
    if std::env::var(WORKER).is_ok() {
        return;
    }
    let scratch = Scratch::new("stopped");
    let options = store::OpenOptions { lock_timeout: Duration::from_millis(60), ..options() };
    let repository = Repository::open(scratch.join("repo"), options).expect("open");
    let mut session = repository.session().expect("session");
    session.begin().expect("begin");
    // The commit lock is byte 0 of the lock file; hold it as a stopped process would.
    let vfs = store::OsVfs;
    let lock = store::Vfs::open_lock(&vfs, &scratch.join("repo").join("lock"), store::Mode::Write).expect("lock");
    assert!(lock.try_lock(0, true).expect("free"));
    let refused = session.commit(&set(vec![put(7, None, b"x")]), Durability::Sync);
    assert!(matches!(refused, Err(StoreError::LockTimeout { what: "commit", .. })), "{refused:?}");
    lock.unlock(0).expect("unlock");
    common::commit(&mut *session, vec![put(7, None, b"x")]);
    // A syncer that hangs is not waited for.
    assert!(lock.try_lock(1, true).expect("free"));
    let mut waiting = set(vec![put(8, None, b"y")]);
    waiting.token = 9;
    let outcome = session.commit(&waiting, Durability::Sync).expect("outcome");
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    lock.unlock(1).expect("unlock");
    assert!(session.resolve(9).expect("resolve").is_some());
}

/// Two sessions that write the same object at the same time: the loser's next snapshot has what the winner wrote, and a session
/// that lost often goes first.
#[test]
fn who_loses_is_not_lost() {
    if std::env::var(WORKER).is_ok() {
        return;
    }
    let scratch = Scratch::new("turn");
    let path = scratch.join("repo");
    let repository = Repository::open(&path, options()).expect("open");
    let mut session = repository.session().expect("session");
    session.begin().expect("begin");
    common::commit(&mut *session, vec![put(7, None, &0u64.to_le_bytes())]);
    let worst = |rounds: u64| {
        let mut session = repository.session().expect("session");
        let mut worst = 0;
        for _ in 0..rounds {
            let mut losses = 0;
            loop {
                session.begin().expect("begin");
                let counter = session.read(Oid(7)).expect("read").expect("counter");
                let value = u64::from_le_bytes(counter.body.as_slice().try_into().expect("8 bytes"));
                let write = put(7, Some(counter.epoch.0), &(value + 1).to_le_bytes());
                match session.commit(&set(vec![write]), Durability::Sync).expect("commit") {
                    Outcome::Done { .. } => break,
                    _ => losses += 1,
                }
            }
            worst = worst.max(losses);
        }
        worst
    };
    let worst = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| worst(100))).collect();
        threads.into_iter().map(|thread| thread.join().expect("thread")).max()
    });
    assert!(worst < Some(20), "{worst:?} losses in a row");
    session.begin().expect("begin");
    assert_eq!(common::body(&mut *session, 7), Some(400u64.to_le_bytes().to_vec()));
}
