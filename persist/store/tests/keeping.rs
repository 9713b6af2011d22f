//! Collector and compaction: what nothing leads to goes, segments of garbage go, nobody who reads or commits meanwhile notices.

mod common;

use common::{Random, Scratch, body, commit, put, set, small_options};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::faulty::SimDisk;
use store::{Backend, ConflictKind, Content, Durability, Epoch, Mode, Oid, OpenOptions, Outcome, Repository, Session, Vfs, Write, salvage};

const NOW: Duration = Duration::ZERO;
const ROOT: u64 = 1;

fn open(path: &Path) -> Repository {
    Repository::open(path, small_options()).expect("open")
}

fn begun(repository: &Repository) -> Box<dyn Session> {
    let mut session = repository.session().expect("session");
    session.begin().expect("begin");
    session
}

/// A write that refers to other objects.
fn node(oid: u64, base: Option<Epoch>, refs: &[u64], byte: u8) -> Write {
    let content = Content { kind: 1, flags: 0, refs: refs.iter().map(|&oid| Oid(oid)).collect(), body: vec![byte; 300] };
    Write { oid: Oid(oid), base, content: Some(content) }
}

/// Bytes that the segments take on the disk.
fn segment_bytes(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let files = fs::read_dir(path.join("seg")).expect("list");
    files.map(|file| file.expect("entry").metadata().expect("metadata").blocks() * 512).sum()
}

/// The root leads to `count` objects, all of which are written `times` over. The first of their ids.
fn filled(repository: &Repository, count: u64, times: u8) -> u64 {
    let mut session = begun(repository);
    let first = session.alloc_oids(count as u32).expect("ids").start;
    let all: Vec<u64> = (first..first + count).collect();
    let mut base = None;
    for byte in 0..times {
        let mut writes = vec![node(ROOT, base, &all, byte)];
        writes.extend(all.iter().map(|&oid| node(oid, base, &[], byte)));
        base = Some(commit(&mut *session, writes));
    }
    first
}

fn assert_filled(session: &mut dyn Session, first: u64, count: u64, byte: u8) {
    for oid in first..first + count {
        assert_eq!(body(session, oid), Some(vec![byte; 300]), "object {oid}");
    }
}

#[test]
fn updates_leave_no_garbage_behind() {
    let scratch = Scratch::new("compact");
    let path = scratch.join("repo");
    let repository = open(&path);
    let first = filled(&repository, 2000, 4);
    let live = 2000 * 336 + 2000 * 8;
    assert!(segment_bytes(&path) > 3 * live);
    let mut other = begun(&repository);
    let report = repository.compact(NOW, &mut |_| ()).expect("compact");
    assert!(report.segments > 20 && report.waits_for.is_empty(), "{report:?}");
    assert!(segment_bytes(&path) * 10 <= live * 13, "{} bytes for {live}", segment_bytes(&path));
    assert_filled(&mut *other, first, 2000, 3);
    // Copies are no changes: no conflict, nothing to load again.
    assert_eq!(other.begin().expect("begin").changes, store::Changes::Oids(Vec::new()));
    commit(&mut *other, vec![node(first, Some(Epoch(4)), &[], 9)]);
    assert!(repository.check().expect("check").is_clean());
    drop((other, repository));
    let repository = open(&path);
    let mut session = begun(&repository);
    assert_filled(&mut *session, first + 1, 1999, 3);
    assert_eq!(body(&mut *session, first), Some(vec![9; 300]));
    let report = repository.check().expect("check");
    assert!(report.is_clean() && report.objects == 2001, "{report:?}");
    let reader = Repository::open(&path, OpenOptions { read_only: true, ..small_options() }).expect("open read-only");
    assert!(reader.check().expect("check").is_clean());
    let saved = salvage(&path, &scratch.join("saved"), &mut |_| ()).expect("salvage");
    assert_eq!((saved.objects, saved.problems.len()), (2001, 0), "{saved:?}");
    // There is nothing left to do.
    drop(reader);
    assert_eq!(repository.compact(NOW, &mut |_| ()).expect("compact").segments, 0);
}

#[test]
fn a_small_repository_shrinks_too() {
    let scratch = Scratch::new("shrink");
    let path = scratch.join("repo");
    let repository = Repository::open(&path, OpenOptions::default()).expect("open");
    let first = filled(&repository, 500, 40);
    let before = segment_bytes(&path);
    repository.compact(NOW, &mut |_| ()).expect("compact");
    assert!(segment_bytes(&path) * 4 < before, "{} of {before}", segment_bytes(&path));
    assert_filled(&mut *begun(&repository), first, 500, 39);
    assert!(repository.check().expect("check").is_clean());
}

#[test]
fn old_snapshots_and_read_only_readers_are_waited_for() {
    let scratch = Scratch::new("readers");
    let path = scratch.join("repo");
    let repository = open(&path);
    let first = filled(&repository, 400, 2);
    let mut old = begun(&repository);
    let mut writer = begun(&repository);
    let update = (first..first + 400).map(|oid| node(oid, Some(Epoch(2)), &[], 7)).collect();
    commit(&mut *writer, update);
    let before = segment_bytes(&path);
    let report = repository.compact(NOW, &mut |_| ()).expect("compact");
    // Of the first version everything is dead, but the old session reads the second.
    assert_eq!(report.waits_for, [std::process::id(); 2]);
    assert_filled(&mut *old, first, 400, 1);
    old.begin().expect("begin");
    drop(writer);
    let reader = Repository::open(&path, OpenOptions { read_only: true, ..small_options() }).expect("open read-only");
    assert_eq!(repository.compact(NOW, &mut |_| ()).expect("compact").waits_for, [0]);
    assert_filled(&mut *begun(&reader), first, 400, 7);
    drop(reader);
    let report = repository.compact(NOW, &mut |_| ()).expect("compact");
    assert!(report.segments > 0 && segment_bytes(&path) < before, "{report:?}");
    assert_filled(&mut *old, first, 400, 7);
    assert!(repository.check().expect("check").is_clean());
}

#[test]
fn what_nothing_leads_to_is_removed_unless_somebody_has_it() {
    let scratch = Scratch::new("collect");
    let path = scratch.join("repo");
    let repository = open(&path);
    let first = filled(&repository, 10, 1);
    let [a, b, c, d] = [first, first + 1, first + 2, first + 3];
    let mut writer = begun(&repository);
    // a leads to b, c to d; then the root leads to neither a nor c.
    let at = commit(&mut *writer, vec![node(a, Some(Epoch(1)), &[b], 2), node(c, Some(Epoch(1)), &[d], 2)]);
    let rest: Vec<u64> = (first + 4..first + 10).collect();
    let mut holder = begun(&repository);
    let at = commit(&mut *writer, vec![node(ROOT, Some(Epoch(1)), &rest, (at.0 % 256) as u8)]);
    // Nobody has voted.
    let report = repository.collect(NOW, &mut |_| ()).expect("collect");
    assert_eq!((report.objects, report.removed, report.waits_for.len()), (7, 0, 2), "{report:?}");
    // The holder has c, and so d; it began before, which is no vote yet.
    let votes = std::thread::spawn(move || {
        for (session, kept) in [(&mut writer, vec![]), (&mut holder, vec![Oid(c)])] {
            while session.garbage().expect("garbage").is_none() {
                session.begin().expect("begin");
                std::thread::sleep(Duration::from_millis(1));
            }
            session.vote(&kept).expect("vote");
            assert!(session.garbage().expect("garbage").is_none());
        }
        (writer, holder)
    });
    let report = repository.collect(Duration::from_secs(20), &mut |_| ()).expect("collect");
    assert_eq!((report.removed, report.kept, report.waits_for.len()), (2, 2, 0), "{report:?}");
    let (mut writer, holder) = votes.join().expect("votes");
    writer.begin().expect("begin");
    assert_eq!([a, b].map(|oid| body(&mut *writer, oid)), [None, None]);
    assert_eq!([c, d].map(|oid| body(&mut *writer, oid).is_some()), [true, true]);
    assert!(repository.check().expect("check").is_clean());
    commit(&mut *writer, vec![node(ROOT, Some(at), &[c], 1)]);
    drop((writer, holder, repository));
    let repository = open(&path);
    assert_eq!(repository.collect(NOW, &mut |_| ()).expect("collect").removed, 6);
    assert!(repository.check().expect("check").is_clean());
    assert_eq!(repository.collect(NOW, &mut |_| ()).expect("collect").removed, 0);
}

/// A transaction that began before the removal and never told of the object.
#[test]
fn a_reference_to_what_was_removed_conflicts() {
    let scratch = Scratch::new("dangling");
    let repository = open(&scratch.join("repo"));
    let first = filled(&repository, 3, 1);
    let mut writer = begun(&repository);
    commit(&mut *writer, vec![node(ROOT, Some(Epoch(1)), &[first], 2)]);
    writer.keeps_nothing();
    let mut late = begun(&repository);
    late.keeps_nothing();
    assert_eq!(repository.collect(NOW, &mut |_| ()).expect("collect").removed, 2);
    let own = late.alloc_oids(1).expect("ids").start;
    let outcome = late.commit(&set(vec![node(own, None, &[first, first + 1], 3)]), Durability::Sync).expect("commit");
    let Outcome::Conflict(conflicts) = outcome else { panic!("{outcome:?}") };
    assert_eq!(conflicts.iter().map(|conflict| (conflict.oid.0, conflict.kind)).collect::<Vec<_>>(), [(first + 1, ConflictKind::Gone)]);
    commit(&mut *late, vec![node(own, None, &[first], 3)]);
}

/// Sessions that store references and let others go, votes in between, the collector all the time: nothing that is reached is gone.
#[test]
fn nothing_that_is_reached_is_removed() {
    let scratch = Scratch::new("race");
    let path = scratch.join("repo");
    let repository = open(&path);
    let mut session = begun(&repository);
    commit(&mut *session, (0..4).map(|lane| node(ROOT + lane, None, &[], 0)).collect());
    drop(session);
    let is_done = std::sync::atomic::AtomicBool::new(false);
    let (repository, is_done) = (&repository, &is_done);
    let removed = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|lane| scope.spawn(move || churn(repository, lane))).collect();
        let keeper = scope.spawn(move || {
            let mut removed = 0;
            while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                removed += repository.collect(Duration::from_secs(1), &mut |_| ()).expect("collect").removed;
                repository.compact(Duration::from_millis(50), &mut |_| ()).expect("compact");
            }
            removed
        });
        workers.into_iter().for_each(|worker| worker.join().expect("worker"));
        is_done.store(true, std::sync::atomic::Ordering::Relaxed);
        keeper.join().expect("keeper")
    });
    assert!(removed > 100, "{removed} removed");
    let report = repository.check().expect("check");
    assert!(report.is_clean(), "{:?}", report.problems);
}

/// One session: a lane leads to some objects; they are dropped and taken up again from memory.
fn churn(repository: &Repository, lane: u64) {
    let mut session = begun(repository);
    let mut random = Random(lane);
    // What the session has in memory: objects that it let go of, with the versions that it knows.
    let mut memory: Vec<(u64, Epoch)> = Vec::new();
    let mut shown: Vec<(u64, Epoch)> = Vec::new();
    let mut base = Epoch(1);
    for _ in 0..400 {
        if let Some(garbage) = session.garbage().expect("garbage") {
            let kept: Vec<Oid> = memory.iter().map(|&(oid, _)| Oid(oid)).filter(|oid| garbage.contains(oid)).collect();
            session.vote(&kept).expect("vote");
        }
        let own = session.alloc_oids(1).expect("ids").start;
        let mut next = shown.clone();
        if random.below(3) == 0 {
            memory.append(&mut next);
        }
        if random.below(2) == 0 && !memory.is_empty() {
            next.push(memory.swap_remove(random.below(memory.len() as u64) as usize));
        }
        memory.truncate(8);
        let refs: Vec<u64> = next.iter().map(|&(oid, _)| oid).chain([own]).collect();
        base = commit(&mut *session, vec![node(ROOT + lane, Some(base), &refs, 1), node(own, None, &[], 2)]);
        next.push((own, base));
        shown = next;
        for &(oid, epoch) in &shown {
            let record = session.read(Oid(oid)).expect("read").unwrap_or_else(|| panic!("object {oid} is gone"));
            assert_eq!(record.epoch, epoch);
        }
    }
}

/// An older backup gets what was written, removed and brought back since, and nothing else.
#[test]
fn a_backup_is_brought_up_to_date() {
    let scratch = Scratch::new("update");
    let (path, copy) = (scratch.join("repo"), scratch.join("copy"));
    let repository = open(&path);
    let first = filled(&repository, 300, 2);
    let mut writer = begun(&repository);
    // The first ten are out of reach when the backup is made.
    let all: Vec<u64> = (first..first + 300).collect();
    let at = commit(&mut *writer, vec![node(ROOT, Some(Epoch(2)), &all[10..], 5)]);
    writer.keeps_nothing();
    assert_eq!(repository.backup_to(&copy, &mut |_| ()).expect("backup").objects, 291);
    let new = writer.alloc_oids(1).expect("ids").start;
    let refs: Vec<u64> = all[5..250].iter().copied().chain([new]).collect();
    commit(&mut *writer, vec![node(ROOT, Some(at), &refs, 6), node(first + 50, Some(Epoch(2)), &[first], 7), node(new, None, &[], 8)]);
    assert_eq!(repository.collect(NOW, &mut |_| ()).expect("collect").removed, 54);
    for objects in [3 + 6, 0] {
        let report = repository.update_backup(&copy, &mut |_| ()).expect("update");
        assert_eq!((report.objects, report.missing.len()), (objects, 0), "{report:?}");
        let backup = Repository::open(&copy, small_options()).expect("open");
        assert!(backup.check().expect("check").is_clean());
        let (mut there, mut here) = (begun(&backup), begun(&repository));
        for oid in [ROOT].into_iter().chain(first..=new) {
            assert_eq!(body(&mut *there, oid), body(&mut *here, oid), "object {oid}");
        }
    }
    let other = open(&scratch.join("other"));
    assert!(matches!(other.update_backup(&copy, &mut |_| ()), Err(store::StoreError::NotARepository { .. })));
    assert!(matches!(repository.update_backup(&path, &mut |_| ()), Err(store::StoreError::NotARepository { .. })));
}

fn sim_options() -> OpenOptions {
    OpenOptions { segment_size: 32 << 10, checkpoint_bytes: 24 << 10, background_sync: false, small_coordination: true, ..OpenOptions::default() }
}

/// The power goes at any step of collections and compactions: what can be reached is there in its last durable version.
#[test]
fn power_cuts_while_keeping_cost_nothing() {
    let disk = SimDisk::new();
    let path = Path::new("/repo");
    let repository = Repository::open_on(Arc::new(disk.clone()), path, sim_options()).expect("open");
    let mut session = begun(&repository);
    session.keeps_nothing();
    let first = session.alloc_oids(60).expect("ids").start;
    let mut random = Random(3);
    // By round: steps done when it was durable.
    let (mut base, mut versions, mut rounds) = (None, vec![None; 60], Vec::new());
    for round in 0..30u8 {
        let chosen: Vec<u64> = (0..60).filter(|_| round == 0 || random.below(3) == 0).collect();
        let all: Vec<u64> = (first..first + 60 - u64::from(round)).collect();
        let mut writes = vec![node(ROOT, base, &all, round)];
        writes.extend(
            chosen.iter().filter(|&&index| index < 60 - u64::from(round)).map(|&index| node(first + index, versions[index as usize], &[], round)),
        );
        let epoch = commit(&mut *session, writes.clone());
        base = Some(epoch);
        writes.iter().skip(1).for_each(|write| versions[(write.oid.0 - first) as usize] = Some(epoch));
        rounds.push((disk.step_count(), versions.clone(), all.len()));
        if round % 2 == 1 {
            repository.collect(NOW, &mut |_| ()).expect("collect");
        }
        if round % 3 == 2 {
            repository.compact(NOW, &mut |_| ()).expect("compact");
            session.begin().expect("begin");
        }
    }
    let total = disk.step_count();
    for point in 0..600 {
        let steps = random.below(total as u64 + 1) as usize;
        let chance = if point % 5 < 2 { point % 5 } else { random.next() | 2 };
        let label = format!("step {steps} of {total}, chance {chance}");
        let crashed = disk.crash(steps, chance);
        let repository = Repository::open_on(Arc::new(crashed), path, sim_options()).unwrap_or_else(|error| panic!("{label}: {error}"));
        let mut session = begun(&repository);
        let Some(round) = body(&mut *session, ROOT).map(|body| body[0]) else {
            assert!(rounds[0].0 > steps, "{label}: nothing is there");
            continue;
        };
        let least = rounds.iter().filter(|(step, ..)| *step <= steps).count();
        assert!(usize::from(round) + 1 >= least, "{label}: round {round} where {least} were durable");
        let (_, versions, live) = &rounds[usize::from(round)];
        for index in 0..*live {
            let record = session.read(Oid(first + index as u64)).expect("read");
            assert_eq!(record.map(|record| record.epoch), versions[index], "{label}: object {index}");
        }
        let report = repository.check().expect("check");
        assert!(report.is_clean(), "{label}: {:?}", report.problems);
        session.keeps_nothing();
        repository.collect(NOW, &mut |_| ()).expect("collect");
        repository.compact(NOW, &mut |_| ()).expect("compact");
        assert!(repository.check().expect("check").is_clean(), "{label}: after keeping");
    }
}

/// A process was killed between writing a group and making it real, and the next group does not stand behind it, since it does not fit or
/// begins a new segment: what was left is no commit.
#[test]
fn what_a_killed_committer_left_at_the_end_of_a_segment_is_no_commit() {
    let path = Path::new("/repo");
    let segment = Path::new("/repo/seg/00000000");
    let options = OpenOptions { segment_size: 256 << 10, ..sim_options() };
    let open_on = |disk: &SimDisk| Repository::open_on(Arc::new(disk.clone()), path, options.clone()).expect("open");
    for compacts in [false, true] {
        let disk = SimDisk::new();
        let repository = open_on(&disk);
        let mut session = begun(&repository);
        session.keeps_nothing();
        let base = commit(&mut *session, vec![put(7, None, &[1; 100_000])]);
        commit(&mut *session, vec![put(7, Some(base.0), &[1; 100_000])]);
        let at = repository.stats().expect("stats").log_bytes;
        // The same commit on a copy of the machine gives the bytes that the killed one left.
        let copy = disk.crash(disk.step_count(), 0);
        let copied = open_on(&copy);
        commit(&mut *begun(&copied), vec![put(8, None, &[2; 100])]);
        let mut left = vec![0; 512];
        copy.open(segment, Mode::Read).expect("segment").read_at(at, &mut left).expect("read");
        assert_eq!(&left[..4], b"MGLG");
        disk.open(segment, Mode::Write).expect("segment").write_at(at, &left).expect("write");
        if compacts {
            assert_eq!(repository.compact(NOW, &mut |_| ()).expect("compact").waits_for.len(), 1);
            session.begin().expect("begin");
        }
        commit(&mut *session, vec![put(9, None, &[3; 200_000])]);
        commit(&mut *session, vec![put(10, None, &[4; 100])]);
        let crashed = open_on(&disk.crash(disk.step_count(), 0));
        let mut session = begun(&crashed);
        assert_eq!([8, 9, 10].map(|oid| body(&mut *session, oid).is_some()), [false, true, true], "compacts: {compacts}");
        assert!(crashed.check().expect("check").is_clean());
    }
}

/// The repository as it was behind each commit, as far back as compaction left it.
#[test]
fn the_past_can_be_looked_at() {
    let scratch = Scratch::new("past");
    let path = scratch.join("repo");
    let repository = open(&path);
    let first = filled(&repository, 300, 5);
    let history = repository.history().expect("history");
    assert_eq!(history.iter().map(|commit| commit.epoch.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(history.iter().all(|commit| commit.written == 301 && commit.removed == 0 && commit.seconds > 0 && commit.bytes > 90_000), "{history:?}");
    let mut newest = begun(&repository);
    for epoch in 1..=5 {
        let mut past = repository.session_at(Epoch(epoch)).expect("session");
        assert_eq!(past.begin().expect("begin").epoch, Epoch(epoch));
        assert_filled(&mut *past, first, 300, epoch as u8 - 1);
        assert!(matches!(past.commit(&set(vec![put(9, None, b"x")]), Durability::Sync), Err(store::StoreError::ReadOnly { .. })));
    }
    assert_eq!(repository.session_at(Epoch(0)).expect("session").read(Oid(first)).expect("read"), None);
    assert!(matches!(repository.session_at(Epoch(6)), Err(store::StoreError::NoHistory { .. })));
    newest.keeps_nothing();
    // Who looks at the past keeps it.
    let mut past = repository.session_at(Epoch(2)).expect("session");
    assert_eq!(repository.compact(NOW, &mut |_| ()).expect("compact").waits_for.len(), 1);
    assert_filled(&mut *past, first, 300, 1);
    drop(past);
    newest.begin().expect("begin");
    assert!(repository.compact(NOW, &mut |_| ()).expect("compact").segments > 0);
    assert!(matches!(repository.session_at(Epoch(2)), Err(store::StoreError::NoHistory { .. })));
    newest.begin().expect("begin");
    let from = repository.history().expect("history").first().map_or(u64::MAX, |commit| commit.epoch.0);
    let epoch = commit(&mut *newest, vec![put(first, Some(5), &[9; 300])]);
    assert!(from > 2);
    assert_filled(&mut *repository.session_at(Epoch(epoch.0 - 1)).expect("session"), first, 300, 4);
    assert_filled(&mut *repository.session_at(epoch).expect("session"), first + 1, 299, 4);
}
