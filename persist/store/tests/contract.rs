//! The contract every backend keeps: each case runs on the memory model and on the embedded store.

mod common;

use common::{Random, Scratch, body, commit, content, done, put, set, small_options};
use std::time::Duration;
use store::{Backend, Changes, CommitSet, ConflictKind, Durability, Epoch, MemoryBackend, Oid, Outcome, Repository, StoreError, Write};

/// Runs a case on every backend.
fn on_each(name: &str, case: fn(&dyn Backend)) {
    case(&MemoryBackend::new());
    let scratch = Scratch::new(name);
    let repository = Repository::open(scratch.join("repo"), small_options()).expect("open");
    case(&repository);
    let report = repository.check().expect("check");
    assert!(report.is_clean(), "{:?}", report.problems);
}

#[test]
fn a_commit_is_read_back() {
    on_each("read-back", |backend| {
        let mut session = backend.session().expect("session");
        assert!(matches!(session.read(Oid(1)), Err(StoreError::NoSnapshot)));
        assert_eq!(session.begin().expect("begin").changes, Changes::All);
        let oid = session.alloc_oids(3).expect("oids").start;
        assert!(oid >= Oid::FIRST_FREE);
        let epoch = commit(&mut *session, vec![put(oid + 1, None, b"two"), put(oid, None, b"one")]);
        assert_eq!(session.snapshot(), Some(epoch));
        let record = session.read(Oid(oid)).expect("read").expect("there");
        assert_eq!((record.epoch, record.kind, record.flags, record.refs, record.body), (epoch, 1, 2, vec![Oid(1)], b"one".to_vec()));
        assert_eq!(body(&mut *session, oid + 1).as_deref(), Some(&b"two"[..]));
        assert_eq!(body(&mut *session, oid + 2), None);
        assert_eq!(body(&mut *session, u64::MAX), None);
    });
}

#[test]
fn locks_keep_writers_out() {
    on_each("locks", |backend| {
        let mut first = backend.session().expect("session");
        let mut second = backend.session().expect("session");
        first.begin().expect("begin");
        let oid = Oid(first.alloc_oids(2).expect("oids").start);
        let base = commit(&mut *first, vec![put(oid.0, None, b"one"), put(oid.0 + 1, None, b"free")]);
        second.begin().expect("begin");
        assert!(first.lock_object(oid, false).expect("lock") && second.lock_object(oid, false).expect("lock"));
        assert!(!first.lock_object(oid, true).expect("lock"));
        second.unlock_object(oid).expect("unlock");
        assert!(first.lock_object(oid, true).expect("lock") && !second.lock_object(oid, false).expect("lock"));
        let change = set(vec![put(oid.0, Some(base.0), b"two")]);
        match second.commit(&change, Durability::Sync).expect("commit") {
            Outcome::Conflict(conflicts) => assert_eq!((conflicts[0].oid, conflicts[0].kind), (oid, ConflictKind::Locked)),
            other => panic!("{other:?}"),
        }
        commit(&mut *second, vec![put(oid.0 + 1, Some(base.0), b"other")]);
        // A session that ends gives its locks back.
        drop(first);
        assert!(second.lock_object(oid, true).expect("lock"));
        done(second.commit(&change, Durability::Sync).expect("commit"));
    });
}

#[test]
fn a_commit_may_be_larger_than_a_segment() {
    on_each("large", |backend| {
        let mut session = backend.session().expect("session");
        let mut other = backend.session().expect("session");
        session.begin().expect("begin");
        other.begin().expect("begin");
        let oid = session.alloc_oids(1000).expect("oids").start;
        let text = |index: u64| vec![index as u8; 1000 + index as usize % 500];
        let writes: Vec<Write> = (0..1000).map(|index| put(oid + index, None, &text(index))).collect();
        let all: Vec<Oid> = writes.iter().map(|write| write.oid).collect();
        let mut large = set(writes);
        large.token = 77;
        let epoch = done(session.commit(&large, Durability::Sync).expect("commit"));
        assert_eq!(session.resolve(77).expect("resolve"), Some(epoch));
        assert_eq!(other.begin().expect("begin").changes, Changes::Oids(all));
        for index in [0, 1, 499, 998, 999] {
            assert_eq!(body(&mut *other, oid + index), Some(text(index)));
        }
        // Small commits follow it, and one object of the size of a segment is refused without a trace.
        commit(&mut *other, vec![put(oid, Some(epoch.0), b"small")]);
        assert_eq!(body(&mut *other, oid + 999), Some(text(999)));
    });
}

#[test]
fn an_object_larger_than_a_segment_is_refused() {
    let scratch = Scratch::new("object");
    let repository = Repository::open(scratch.join("repo"), small_options()).expect("open");
    let mut session = repository.session().expect("session");
    session.begin().expect("begin");
    let oid = session.alloc_oids(2).expect("oids").start;
    let writes = vec![put(oid, None, b"small"), put(oid + 1, None, &vec![1; 64 << 10])];
    let refused = session.commit(&set(writes), Durability::Sync);
    assert!(matches!(refused, Err(StoreError::ObjectTooLarge { .. })), "{refused:?}");
    assert_eq!(body(&mut *session, oid), None);
    let largest = repository.caps().object_bytes_max as usize - 100;
    commit(&mut *session, vec![put(oid, None, &vec![2; largest])]);
    assert_eq!(body(&mut *session, oid).map(|body| body.len()), Some(largest));
    assert!(repository.check().expect("check").is_clean());
}

#[test]
fn snapshots_do_not_move() {
    on_each("snapshots", |backend| {
        let mut writer = backend.session().expect("session");
        let mut reader = backend.session().expect("session");
        writer.begin().expect("begin");
        let oid = writer.alloc_oids(1).expect("oids").start;
        let mut base = commit(&mut *writer, vec![put(oid, None, b"0")]);
        reader.begin().expect("begin");
        for round in 1..200u32 {
            base = commit(&mut *writer, vec![put(oid, Some(base.0), round.to_string().as_bytes())]);
        }
        assert_eq!(body(&mut *reader, oid).as_deref(), Some(&b"0"[..]));
        let begin = reader.begin().expect("begin");
        assert_eq!(begin.changes, Changes::Oids(vec![Oid(oid)]));
        assert_eq!(body(&mut *reader, oid).as_deref(), Some(&b"199"[..]));
        assert_eq!(reader.begin().expect("begin").changes, Changes::Oids(vec![]));
    });
}

#[test]
fn the_first_committer_wins() {
    on_each("conflicts", |backend| {
        let mut a = backend.session().expect("session");
        let mut b = backend.session().expect("session");
        a.begin().expect("begin");
        let oid = a.alloc_oids(2).expect("oids").start;
        let first = commit(&mut *a, vec![put(oid, None, b"x"), put(oid + 1, None, b"y")]);
        b.begin().expect("begin");
        let second = commit(&mut *a, vec![put(oid, Some(first.0), b"a")]);
        let outcome = b.commit(&set(vec![put(oid, Some(first.0), b"b"), put(oid + 1, Some(first.0), b"b")]), Durability::Sync);
        let Ok(Outcome::Conflict(conflicts)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(conflicts.len(), 1);
        assert_eq!((conflicts[0].oid, conflicts[0].kind), (Oid(oid), ConflictKind::WriteWrite));
        assert_eq!((conflicts[0].mine, conflicts[0].theirs), (first, second));
        assert_eq!(b.snapshot(), Some(first));
        assert_eq!(body(&mut *b, oid).as_deref(), Some(&b"x"[..]));
        // Disjoint writes pass, and the outcome tells what the other one did.
        let outcome = b.commit(&set(vec![put(oid + 1, Some(first.0), b"b")]), Durability::Sync).expect("commit");
        let Outcome::Done { begin, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(begin.changes, Changes::Oids(vec![Oid(oid)]));
        assert_eq!(body(&mut *b, oid).as_deref(), Some(&b"a"[..]));
    });
}

#[test]
fn stale_reads_conflict_when_asked() {
    on_each("reads", |backend| {
        let mut a = backend.session().expect("session");
        let mut b = backend.session().expect("session");
        a.begin().expect("begin");
        let oid = a.alloc_oids(2).expect("oids").start;
        let first = commit(&mut *a, vec![put(oid, None, b"x"), put(oid + 1, None, b"y")]);
        b.begin().expect("begin");
        commit(&mut *a, vec![put(oid, Some(first.0), b"z")]);
        let skewed = CommitSet { writes: vec![put(oid + 1, Some(first.0), b"w")], reads: vec![(Oid(oid), first)], token: 0 };
        let outcome = b.commit(&skewed, Durability::Sync).expect("commit");
        assert!(matches!(&outcome, Outcome::Conflict(list) if list[0].kind == ConflictKind::ReadWrite), "{outcome:?}");
        b.begin().expect("begin");
        let read_only = CommitSet { reads: vec![(Oid(oid + 1), first)], ..CommitSet::default() };
        assert!(matches!(b.commit(&read_only, Durability::Sync), Ok(Outcome::Done { .. })));
    });
}

#[test]
fn removed_objects_are_gone_and_conflict() {
    on_each("remove", |backend| {
        let mut a = backend.session().expect("session");
        let mut b = backend.session().expect("session");
        a.begin().expect("begin");
        let oid = a.alloc_oids(1).expect("oids").start;
        let first = commit(&mut *a, vec![put(oid, None, b"x")]);
        b.begin().expect("begin");
        commit(&mut *a, vec![Write { oid: Oid(oid), base: Some(first), content: None }]);
        assert_eq!(body(&mut *a, oid), None);
        assert_eq!(body(&mut *b, oid).as_deref(), Some(&b"x"[..]));
        let outcome = b.commit(&set(vec![put(oid, Some(first.0), b"b")]), Durability::Sync).expect("commit");
        assert!(matches!(outcome, Outcome::Conflict(_)), "{outcome:?}");
        b.begin().expect("begin");
        let outcome = b.commit(&set(vec![put(oid, Some(first.0), b"b")]), Durability::Sync).expect("commit");
        assert!(matches!(&outcome, Outcome::Conflict(list) if list[0].kind == ConflictKind::Gone), "{outcome:?}");
    });
}

#[test]
fn bad_commit_sets_are_refused() {
    on_each("bad-sets", |backend| {
        let mut session = backend.session().expect("session");
        session.begin().expect("begin");
        let never = set(vec![put(1 << 30, None, b"x")]);
        assert!(matches!(session.commit(&never, Durability::Sync), Err(StoreError::InvalidOid { .. })));
        let zero = set(vec![put(0, None, b"x")]);
        assert!(matches!(session.commit(&zero, Durability::Sync), Err(StoreError::InvalidOid { .. })));
        let twice = set(vec![put(7, None, b"x"), put(7, None, b"y")]);
        assert!(matches!(session.commit(&twice, Durability::Sync), Err(StoreError::InvalidCommit { .. })));
        commit(&mut *session, vec![put(7, None, b"reserved ids may be written")]);
        let again = session.commit(&set(vec![put(7, None, b"x")]), Durability::Sync).expect("commit");
        assert!(matches!(&again, Outcome::Conflict(list) if list[0].kind == ConflictKind::Exists), "{again:?}");
        let empty = session.commit(&CommitSet::default(), Durability::Sync).expect("commit");
        assert_eq!(done(empty), Epoch(1));
    });
}

#[test]
fn tokens_name_commits() {
    on_each("tokens", |backend| {
        let mut session = backend.session().expect("session");
        session.begin().expect("begin");
        let oid = session.alloc_oids(1).expect("oids").start;
        let named = CommitSet { token: 77 << 80 | 5, ..set(vec![put(oid, None, b"x")]) };
        let epoch = done(session.commit(&named, Durability::Sync).expect("commit"));
        assert_eq!(session.resolve(77 << 80 | 5).expect("resolve"), Some(epoch));
        assert_eq!(session.resolve(78).expect("resolve"), None);
    });
}

#[test]
fn waiting_ends_with_a_commit_or_the_limit() {
    on_each("wait", |backend| {
        let mut a = backend.session().expect("session");
        let mut b = backend.session().expect("session");
        a.begin().expect("begin");
        b.begin().expect("begin");
        assert!(!b.wait_changes(Duration::from_millis(3)).expect("wait"));
        commit(&mut *a, vec![put(9, None, b"x")]);
        assert!(b.wait_changes(Duration::from_secs(5)).expect("wait"));
    });
}

#[test]
fn asynchronous_commits_are_seen_by_their_session() {
    on_each("async", |backend| {
        let mut session = backend.session().expect("session");
        session.begin().expect("begin");
        let oid = session.alloc_oids(1).expect("oids").start;
        let mut base = None;
        for round in 0..100u64 {
            let outcome = session.commit(&set(vec![put(oid, base, &round.to_le_bytes())]), Durability::Async).expect("commit");
            base = Some(done(outcome).0);
            assert_eq!(body(&mut *session, oid), Some(round.to_le_bytes().to_vec()));
        }
    });
}

/// Two objects kept equal by racing writers are never seen different.
#[test]
fn snapshots_are_consistent_under_races() {
    on_each("races", |backend| {
        let mut setup = backend.session().expect("session");
        setup.begin().expect("begin");
        let oid = setup.alloc_oids(2).expect("oids").start;
        commit(&mut *setup, vec![put(oid, None, b"0"), put(oid + 1, None, b"0")]);
        std::thread::scope(|scope| {
            for writer in 0..2u64 {
                scope.spawn(move || {
                    let mut session = backend.session().expect("session");
                    for round in 0..150u64 {
                        session.begin().expect("begin");
                        let base = session.read(Oid(oid)).expect("read").expect("there").epoch.0;
                        let text = format!("{writer}-{round}");
                        let writes = vec![put(oid, Some(base), text.as_bytes()), put(oid + 1, Some(base), text.as_bytes())];
                        session.commit(&set(writes), Durability::Async).expect("commit");
                    }
                });
            }
            scope.spawn(|| {
                let mut session = backend.session().expect("session");
                for _ in 0..2000 {
                    session.begin().expect("begin");
                    assert_eq!(body(&mut *session, oid), body(&mut *session, oid + 1));
                }
            });
        });
    });
}

/// Random histories give the same answers on both backends.
#[test]
fn random_histories_match_the_model() {
    let scratch = Scratch::new("histories");
    for seed in 1..=8u64 {
        let model = MemoryBackend::new();
        let embedded = Repository::open(scratch.join(&seed.to_string()), small_options()).expect("open");
        let mut random = Random(seed);
        let mut pairs: Vec<_> = (0..3).map(|_| (model.session().expect("session"), embedded.session().expect("session"))).collect();
        for (a, b) in &mut pairs {
            assert_eq!(a.begin().expect("begin"), b.begin().expect("begin"));
            assert_eq!(a.alloc_oids(300).expect("oids"), b.alloc_oids(300).expect("oids"));
        }
        for step in 0..300 {
            let (a, b) = &mut pairs[random.below(3) as usize];
            if random.below(4) == 0 {
                assert_eq!(a.begin().expect("begin"), b.begin().expect("begin"), "seed {seed} step {step}");
            }
            let mut writes: Vec<Write> = Vec::new();
            for _ in 0..random.below(6) {
                let oid = Oid(Oid::FIRST_FREE + random.below(900));
                if writes.iter().any(|write| write.oid == oid) {
                    continue;
                }
                let seen = a.read(oid).expect("read");
                assert_eq!(seen, b.read(oid).expect("read"), "seed {seed} step {step}");
                let new = (random.below(8) != 0).then(|| content(&vec![step as u8; random.below(900) as usize]));
                let base = seen.map(|record| record.epoch);
                if base.is_some() || new.is_some() {
                    writes.push(Write { oid, base, content: new });
                }
            }
            let (x, y) = (a.commit(&set(writes.clone()), Durability::Sync), b.commit(&set(writes), Durability::Sync));
            assert_eq!(x.expect("commit"), y.expect("commit"), "seed {seed} step {step}");
        }
        let report = embedded.check().expect("check");
        assert!(report.is_clean(), "seed {seed}: {:?}", report.problems);
        assert_eq!(report.objects as usize, model.contents_at(report.epoch).len());
    }
}
