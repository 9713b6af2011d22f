//! Measures the store on the disk under the given directory:
//! `cargo run --release -p store --example bench [directory]`.
//!
//! Prints durable commits per second with 1, 2 and 4 processes and 16 threads, asynchronous commits, bulk
//! commits and verified reads. Every figure is one run of about two seconds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use store::{Backend, CommitSet, Content, Durability, Epoch, Oid, OpenOptions, Outcome, Repository, Session, Write};

const WORKER: &str = "MAGLEV_STORE_BENCH_WORKER";
const RUN: Duration = Duration::from_secs(2);
const BODY: usize = 200;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn write(oid: u64, base: Option<Epoch>) -> Write {
    let content = Content { kind: 1, flags: 0, refs: vec![Oid(1), Oid(2)], body: vec![7; BODY] };
    Write { oid: Oid(oid), base, content: Some(content) }
}

fn commit(session: &mut dyn Session, writes: Vec<Write>, durability: Durability) -> Result<Epoch, Failure> {
    match session.commit(&CommitSet { writes, ..CommitSet::default() }, durability)? {
        Outcome::Done { epoch, .. } => Ok(epoch),
        other => Err(format!("{other:?}").into()),
    }
}

/// Commits one object after the other for `RUN`; latencies in microseconds, sorted.
fn commits(repository: &Repository, durability: Durability) -> Result<Vec<u32>, Failure> {
    let mut session = repository.session()?;
    session.begin()?;
    let oids: Vec<u64> = session.alloc_oids(1000)?.collect();
    let mut bases = vec![None; oids.len()];
    let mut latencies = Vec::new();
    let start = Instant::now();
    while start.elapsed() < RUN {
        let at = latencies.len() % oids.len();
        let before = Instant::now();
        bases[at] = Some(commit(&mut *session, vec![write(oids[at], bases[at])], durability)?);
        latencies.push(before.elapsed().as_micros() as u32);
    }
    latencies.sort_unstable();
    Ok(latencies)
}

fn report(name: &str, count: usize, latencies: Option<&[u32]>) {
    let rate = count as f64 / RUN.as_secs_f64();
    let detail = latencies
        .filter(|all| !all.is_empty())
        .map_or(String::new(), |all| format!("  p50 {} us, p99 {} us", all[all.len() / 2], all[all.len() * 99 / 100]));
    println!("{name:36} {rate:>10.0}/s{detail}");
}

fn processes(directory: &Path, count: usize, mode: &str) -> Result<usize, Failure> {
    let program = std::env::current_exe()?;
    let spawn = |_| Command::new(&program).arg(directory).env(WORKER, mode).stdout(std::process::Stdio::piped()).spawn();
    let children = (0..count).map(spawn).collect::<Result<Vec<_>, _>>()?;
    let mut total = 0;
    for child in children {
        let output = child.wait_with_output()?;
        total += String::from_utf8(output.stdout)?.trim().parse::<usize>()?;
    }
    Ok(total)
}

fn threads(repository: &Repository, count: usize) -> Result<usize, Failure> {
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..count).map(|_| scope.spawn(|| commits(repository, Durability::Sync))).collect();
        let counts = workers.into_iter().map(|worker| Ok(worker.join().map_err(|_| "worker panicked")??.len()));
        counts.sum::<Result<usize, Failure>>()
    })
}

fn bulk(session: &mut dyn Session) -> Result<Vec<u64>, Failure> {
    let mut oids = Vec::new();
    let mut spent = Duration::ZERO;
    for _ in 0..50 {
        let fresh = session.alloc_oids(10_000)?;
        oids.extend(fresh.clone());
        let set = CommitSet { writes: fresh.map(|oid| write(oid, None)).collect(), ..CommitSet::default() };
        let start = Instant::now();
        if !matches!(session.commit(&set, Durability::Sync)?, Outcome::Done { .. }) {
            return Err("bulk commit did not happen".into());
        }
        spent += start.elapsed();
    }
    println!("{:36} {:>10.0} records/s", "bulk, 10,000 a commit, durable", oids.len() as f64 / spent.as_secs_f64());
    Ok(oids)
}

fn reads(session: &mut dyn Session, oids: &[u64]) -> Result<(), Failure> {
    let (mut at, mut count, mut bytes) = (1u64, 0usize, 0usize);
    let start = Instant::now();
    while start.elapsed() < RUN {
        let batch: [Oid; 100] = std::array::from_fn(|_| {
            at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Oid(oids[(at >> 33) as usize % oids.len()])
        });
        session.load(&batch, &mut |loaded| {
            if let store::Loaded::Found(view) = loaded {
                bytes += view.body.len();
            }
        })?;
        count += batch.len();
    }
    if bytes != count * BODY {
        return Err("a read was short".into());
    }
    report("random verified reads, 500k objects", count, None);
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < RUN {
        session.begin()?;
        count += 1;
    }
    report("snapshots, nothing changed", count, None);
    Ok(())
}

fn main() -> Result<(), Failure> {
    let directory = std::env::args().nth(1).map_or_else(|| std::env::temp_dir().join("store-bench"), PathBuf::from);
    let path = directory.join("repo");
    if let Ok(mode) = std::env::var(WORKER) {
        let repository = Repository::open(&path, OpenOptions::default())?;
        let durability = if mode == "async" { Durability::Async } else { Durability::Sync };
        println!("{}", commits(&repository, durability)?.len());
        return Ok(());
    }
    if path.exists() {
        return Err(format!("{}: exists already", path.display()).into());
    }
    std::fs::create_dir_all(&directory)?;
    let repository = Repository::open(&path, OpenOptions::default())?;
    let one = commits(&repository, Durability::Sync)?;
    report("durable commits, 1 process", one.len(), Some(&one));
    for count in [2, 4] {
        report(&format!("durable commits, {count} processes"), processes(&directory, count, "sync")?, None);
    }
    report("durable commits, 16 threads", threads(&repository, 16)?, None);
    let unsynced = commits(&repository, Durability::Async)?;
    report("asynchronous commits, 1 process", unsynced.len(), Some(&unsynced));
    report("asynchronous commits, 4 processes", processes(&directory, 4, "async")?, None);
    let mut session = repository.session()?;
    session.begin()?;
    let oids = bulk(&mut *session)?;
    reads(&mut *session, &oids)?;
    println!("{:?}", repository.stats()?);
    drop(session);
    let start = Instant::now();
    drop(repository);
    println!("close with checkpoint: {:?}", start.elapsed());
    let start = Instant::now();
    let repository = Repository::open(&path, OpenOptions::default())?;
    println!("open: {:?}", start.elapsed());
    drop(repository);
    std::fs::remove_dir_all(&path)?;
    Ok(())
}
