//! Power cuts and kills at chosen steps of a recorded history, on the simulated disk.
//!
//! After every cut the store must open, be clean, hold exactly one prefix of the history that includes
//! every acknowledged synchronous commit, and take new commits. Seeds are fixed; a failure names step
//! and seed, which repeat it exactly.

mod common;

use common::{Random, body, commit, content, set};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use store::faulty::{Fault, SimDisk};
use store::{Backend, Content, Durability, Epoch, MemoryBackend, Oid, OpenOptions, Outcome, Repository, Session, StoreError, Write};

const REPOSITORY: &str = "/repo";

/// Log bytes between checkpoints in most histories.
const OFTEN: u64 = 24 << 10;

fn options(checkpoint_bytes: u64) -> OpenOptions {
    OpenOptions { segment_size: 32 << 10, checkpoint_bytes, background_sync: false, small_coordination: true, ..OpenOptions::default() }
}

fn open(disk: &SimDisk) -> store::Result<Repository> {
    open_with(disk, OFTEN)
}

fn open_with(disk: &SimDisk, checkpoint_bytes: u64) -> store::Result<Repository> {
    Repository::open_on(Arc::new(disk.clone()), Path::new(REPOSITORY), options(checkpoint_bytes))
}

/// A commit the client knows of: number of steps on the disk when it was told.
struct Acknowledged {
    step: usize,
    epoch: Epoch,
}

/// Runs commits of one session on disk and model; some asynchronous, some removals, several closes.
fn history(disk: &SimDisk, model: &MemoryBackend, seed: u64, commits: usize, checkpoint_bytes: u64) -> Vec<Acknowledged> {
    let mut random = Random(seed);
    let mut acknowledged = Vec::new();
    let mut shadow = model.session().expect("model session");
    shadow.begin().expect("begin");
    shadow.alloc_oids(20_000).expect("oids");
    let mut repository = open_with(disk, checkpoint_bytes).expect("open");
    let mut session = repository.session().expect("session");
    session.begin().expect("begin");
    session.alloc_oids(20_000).expect("oids");
    for _ in 0..commits {
        if !acknowledged.is_empty() && random.below(checkpoint_bytes >> 9) == 0 {
            drop(session);
            drop(repository);
            repository = open_with(disk, checkpoint_bytes).expect("reopen");
            session = repository.session().expect("session");
            session.begin().expect("begin");
        }
        let writes = random_writes(&mut random, &mut *session);
        let durability = if random.below(4) == 0 { Durability::Async } else { Durability::Sync };
        let outcome = session.commit(&set(writes.clone()), durability).expect("commit");
        let mirrored = shadow.commit(&set(writes), durability).expect("model commit");
        let (Outcome::Done { epoch, .. }, Outcome::Done { epoch: expected, .. }) = (outcome, mirrored) else {
            panic!("a single session met a conflict");
        };
        assert_eq!(epoch, expected);
        if durability == Durability::Sync {
            acknowledged.push(Acknowledged { step: disk.step_count(), epoch });
        }
    }
    acknowledged
}

fn random_writes(random: &mut Random, session: &mut dyn Session) -> Vec<Write> {
    let mut writes: BTreeMap<Oid, Write> = BTreeMap::new();
    // Some commits are larger than a segment.
    let count = match random.below(12) {
        0 => 40 + random.below(200),
        _ => random.below(5),
    };
    for _ in 0..=count {
        let oid = Oid(Oid::FIRST_FREE + random.below(20_000) * random.below(2) + random.below(40));
        let oid = Oid(oid.0.min(Oid::FIRST_FREE + 19_999));
        let base = session.read(oid).expect("read").map(|record| record.epoch);
        let new = content(&vec![random.next() as u8; random.below(700) as usize]);
        let content = (base.is_none() || random.below(6) != 0).then_some(Content { refs: vec![], ..new });
        writes.insert(oid, Write { oid, base, content });
    }
    writes.into_values().collect()
}

/// Everything a session sees.
fn contents(session: &mut dyn Session) -> BTreeMap<Oid, (Epoch, Content)> {
    let oids: Vec<Oid> = (Oid::FIRST_FREE..Oid::FIRST_FREE + 20_000).map(Oid).collect();
    let mut found = BTreeMap::new();
    session
        .load(&oids, &mut |loaded| {
            if let store::Loaded::Found(view) = loaded {
                let record = view.to_record();
                let content = Content { kind: record.kind, flags: record.flags, refs: record.refs, body: record.body };
                found.insert(record.oid, (record.epoch, content));
            }
        })
        .expect("load");
    found
}

fn verify(disk: &SimDisk, model: &MemoryBackend, least: Epoch, label: &str) {
    let repository = open(disk).unwrap_or_else(|error| panic!("{label}: {error}"));
    let mut session = repository.session().expect("session");
    let epoch = session.begin().expect("begin").epoch;
    assert!(epoch >= least, "{label}: epoch {epoch} lost acknowledged {least}");
    assert!(contents(&mut *session) == model.contents_at(epoch), "{label}: contents differ at epoch {epoch}");
    let report = repository.check().expect("check");
    assert!(report.is_clean(), "{label}: {:?}", report.problems);
    let new = session.alloc_oids(1).expect("oids").start;
    commit(&mut *session, vec![common::put(new, None, b"after the crash")]);
    assert!(body(&mut *session, new).is_some(), "{label}: new commit");
}

#[test]
fn power_cuts_keep_a_prefix_with_every_acknowledged_commit() {
    // The last history reuses table pages many times between two checkpoints.
    for (seed, commits, checkpoint_bytes) in [(11, 120, OFTEN), (12, 120, OFTEN), (13, 120, OFTEN), (14, 500, 300 << 10)] {
        println!("history seed {seed}");
        let (disk, model) = (SimDisk::new(), MemoryBackend::new());
        let acknowledged = history(&disk, &model, seed, commits, checkpoint_bytes);
        let mut random = Random(seed);
        let total = disk.step_count();
        for point in 0..130 {
            let steps = random.below(total as u64 + 1) as usize;
            let chance = if point % 5 < 2 { point % 5 } else { random.next() | 2 };
            let label = format!("history {seed}, step {steps} of {total}, chance {chance}");
            let least = acknowledged.iter().rev().find(|ack| ack.step <= steps).map_or(Epoch(0), |ack| ack.epoch);
            let crashed = disk.crash(steps, chance);
            if point % 4 == 0 {
                // A second cut inside the recovery of the first.
                let attempt = crashed.crash(crashed.step_count(), 0);
                let before = attempt.step_count();
                drop(open(&attempt).unwrap_or_else(|error| panic!("{label}: {error}")));
                let during = before + random.below((attempt.step_count() - before) as u64 + 1) as usize;
                verify(&attempt.crash(during, random.next() | 2), &model, least, &format!("{label}, then {during}"));
            }
            verify(&crashed, &model, least, &label);
        }
    }
}

#[test]
fn a_full_disk_refuses_the_commit_and_recovers() {
    for nth in 1..=6 {
        let (disk, model) = (SimDisk::new(), MemoryBackend::new());
        history(&disk, &model, 5, 20, OFTEN);
        let repository = open(&disk).expect("open");
        let mut session = repository.session().expect("session");
        let before = session.begin().expect("begin").epoch;
        let oid = session.alloc_oids(1).expect("oids").start;
        disk.inject(Some(Fault::Write { nth, errno: libc::ENOSPC }));
        let outcome = session.commit(&set(vec![common::put(oid, None, &[7; 900])]), Durability::Sync);
        disk.inject(None);
        match outcome {
            Ok(Outcome::Done { epoch, .. }) => {
                assert_eq!(epoch, Epoch(before.0 + 1), "write {nth}")
            }
            Err(StoreError::StoreFull { .. }) => {
                assert_eq!(session.snapshot(), Some(before));
                // A cut right now must not resurrect what was refused.
                let crashed = disk.crash(disk.step_count(), 0);
                let reopened = open(&crashed).expect("open");
                assert_eq!(reopened.session().expect("session").begin().expect("begin").epoch, before, "write {nth}");
                commit(&mut *session, vec![common::put(oid, None, b"again")]);
            }
            other => panic!("write {nth}: {other:?}"),
        }
        let report = repository.check().expect("check");
        assert!(report.is_clean(), "write {nth}: {:?}", report.problems);
    }
}

#[test]
fn a_failed_sync_is_never_trusted() {
    let (disk, model) = (SimDisk::new(), MemoryBackend::new());
    history(&disk, &model, 6, 10, OFTEN);
    let repository = open(&disk).expect("open");
    let mut session = repository.session().expect("session");
    let before = session.begin().expect("begin").epoch;
    disk.inject(Some(Fault::Sync { nth: 1, errno: libc::EIO }));
    let outcome = session.commit(&set(vec![common::put(9, None, b"x")]), Durability::Sync).expect("outcome");
    assert_eq!(outcome, Outcome::Unknown);
    disk.inject(None);
    let unresolved = session.resolve(55);
    assert!(matches!(unresolved, Err(StoreError::Poisoned { .. })), "{unresolved:?}");
    session.begin().expect("reads go on");
    let refused = session.commit(&set(vec![common::put(10, None, b"y")]), Durability::Sync);
    assert!(matches!(refused, Err(StoreError::Poisoned { durable, .. }) if durable == before), "{refused:?}");
    drop(session);
    drop(repository);
    for chance in [0, 1, 77] {
        verify_epoch(&disk.crash(disk.step_count(), chance), before);
    }
}

fn verify_epoch(disk: &SimDisk, before: Epoch) {
    let repository = open(disk).expect("open");
    let mut session = repository.session().expect("session");
    let epoch = session.begin().expect("begin").epoch;
    assert!(epoch == before || epoch.0 == before.0 + 1, "{epoch}");
    assert!(repository.check().expect("check").is_clean());
}

/// Pages freed below an old reader are reused; the reader still sees its version.
#[test]
fn an_old_reader_does_not_grow_the_table() {
    let disk = SimDisk::new();
    let repository = open(&disk).expect("open");
    let mut writer = repository.session().expect("session");
    let mut reader = repository.session().expect("session");
    writer.begin().expect("begin");
    let mut base = commit(&mut *writer, vec![common::put(9, None, b"old")]);
    reader.begin().expect("begin");
    let mut pages = 0;
    for round in 0..3000u32 {
        base = commit(&mut *writer, vec![common::put(9, Some(base.0), &round.to_le_bytes())]);
        if round == 1000 {
            pages = repository.stats().expect("stats").table_pages;
        }
    }
    assert_eq!(body(&mut *reader, 9).as_deref(), Some(&b"old"[..]));
    let grown = repository.stats().expect("stats").table_pages;
    assert!(grown <= pages + 64, "{pages} pages grew to {grown}");
}
