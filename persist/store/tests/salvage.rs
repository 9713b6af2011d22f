//! A damaged repository gives what can be read of it, and says what is lost.

mod common;

use common::{Scratch, body, commit, put, small_options};
use std::fs;
use std::path::Path;
use store::{Backend, Oid, Repository, SalvageReport, StoreError, salvage};

const FIRST: u64 = Oid::FIRST_FREE;

/// A repository of 60 objects in commits of three, over several segments; every tenth is removed again.
fn filled(path: &Path) {
    let repository = Repository::open(path, small_options()).expect("open");
    let mut session = repository.session().expect("session");
    session.begin().expect("begin");
    session.alloc_oids(60).expect("ids");
    let mut versions = Vec::new();
    for first in (0..60).step_by(3) {
        let writes = (first..first + 3).map(|number| put(FIRST + number, None, &[number as u8; 3000])).collect();
        let epoch = commit(&mut *session, writes);
        versions.extend([epoch; 3]);
    }
    for number in (0..60).step_by(10) {
        let removed = store::Write { oid: Oid(FIRST + number), base: Some(versions[number as usize]), content: None };
        commit(&mut *session, vec![removed]);
    }
}

/// Salvages and counts what is right; nothing may be wrong.
fn saved(from: &Path, to: &Path) -> (usize, SalvageReport) {
    let report = salvage(from, to, &mut |_| ()).expect("salvage");
    let repository = Repository::open(to, small_options()).expect("open");
    let mut session = repository.session().expect("session");
    session.begin().expect("begin");
    let right = (0..60).filter(|&number| match body(&mut *session, FIRST + number) {
        Some(found) => {
            assert_eq!(found, vec![number as u8; 3000]);
            true
        }
        None => false,
    });
    (right.count(), report)
}

#[test]
fn what_can_be_read_is_saved() {
    let scratch = Scratch::new("salvage");
    let flip = |path: &Path, at: usize| {
        let mut bytes = fs::read(path).expect("read");
        bytes[at] ^= 4;
        fs::write(path, bytes).expect("write");
    };
    type Case = (&'static str, fn(&Path, &dyn Fn(&Path, usize)), usize, usize);
    let cases: &[Case] = &[
        ("whole", |_, _| (), 54, 0),
        ("record", |path, flip| flip(&path.join("seg/00000000"), 4096 + 4000), 53, 1),
        ("change list", |path, flip| flip(&path.join("seg/00000000"), 4096 + 96), 54, 0),
        (
            "no meta, table and lock",
            |path, _| ["meta", "table", "lock", "coord"].iter().for_each(|name| fs::remove_file(path.join(name)).expect("remove")),
            54,
            0,
        ),
        ("no second segment", |path, _| fs::remove_file(path.join("seg/00000001")).expect("remove"), 38, 2),
        ("short second segment", |path, _| fs::write(path.join("seg/00000001"), b"short").expect("write"), 38, 2),
    ];
    for (index, (what, harm, expected, problems)) in cases.iter().enumerate() {
        let (from, to) = (scratch.join(&format!("from{index}")), scratch.join(&format!("to{index}")));
        filled(&from);
        harm(&from, &flip);
        let (right, report) = saved(&from, &to);
        assert_eq!((right, report.problems.len()), (*expected, *problems), "{what}: {report:?}");
        assert_eq!(report.objects, right as u64, "{what}");
    }
    let from = scratch.join("from0");
    assert!(matches!(salvage(&from, &scratch.join("to0"), &mut |_| ()), Err(StoreError::NotARepository { .. })));
    assert!(matches!(salvage(&scratch.join("nowhere"), &scratch.join("new"), &mut |_| ()), Err(StoreError::NotFound { .. })));
    assert!(!scratch.join("new").exists());
}
