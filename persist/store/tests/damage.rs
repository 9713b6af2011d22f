//! Directories that are foreign, newer, cut, read-only or damaged: each gets its own error, nothing is
//! overwritten, and no byte of a file can make the store panic or answer wrongly.

mod common;

use common::{Random, Scratch, commit, content, put, small_options};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::faulty::SimDisk;
use store::{Backend, Oid, OpenOptions, Repository, StoreError, Write};

/// A closed repository with some hundred objects over several segments.
fn filled(path: &Path) {
    let repository = Repository::open(path, small_options()).expect("create");
    fill(&repository);
}

fn fill(repository: &Repository) {
    let mut session = repository.session().expect("session");
    session.begin().expect("begin");
    let oids = session.alloc_oids(400).expect("oids");
    for chunk in oids.collect::<Vec<_>>().chunks(20) {
        commit(&mut *session, chunk.iter().map(|&oid| put(oid, None, &[oid as u8; 300])).collect());
    }
}

fn open(path: &Path) -> store::Result<Repository> {
    Repository::open(path, small_options())
}

/// All bytes of all files below a directory.
fn image(path: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(path).expect("list") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            files.extend(image(&path));
        } else if path.file_name().is_some_and(|name| name != "coord") {
            files.insert(path.clone(), fs::read(&path).expect("read"));
        }
    }
    files
}

/// Opening fails in the way `accept` describes and changes no file.
fn refused(path: &Path, what: &str, accept: fn(&StoreError) -> bool) {
    let before = image(path);
    match open(path) {
        Ok(_) => panic!("{what}: opened"),
        Err(error) => {
            assert!(accept(&error), "{what}: {error:?}");
            assert!(!error.to_string().is_empty());
        }
    }
    assert!(before == image(path), "{what}: files changed");
}

fn patch(path: &Path, offset: usize, bytes: &[u8]) {
    let mut all = fs::read(path).expect("read");
    all[offset..offset + bytes.len()].copy_from_slice(bytes);
    fs::write(path, all).expect("write");
}

#[test]
fn foreign_and_absent_directories_are_refused() {
    let scratch = Scratch::new("foreign");
    let absent = scratch.join("absent");
    let never_create = OpenOptions { create: false, ..small_options() };
    assert!(matches!(Repository::open(&absent, never_create.clone()), Err(StoreError::NotFound { .. })));
    assert!(!absent.exists());
    let file = scratch.join("file");
    fs::write(&file, b"x").expect("write");
    assert!(matches!(open(&file), Err(StoreError::NotARepository { .. })));
    let foreign = scratch.join("foreign");
    fs::create_dir(&foreign).expect("create");
    assert!(matches!(Repository::open(&foreign, never_create), Err(StoreError::NotFound { .. })));
    fs::write(foreign.join("photos.tar"), b"x").expect("write");
    refused(&foreign, "foreign files", |error| matches!(error, StoreError::NotARepository { .. }));
}

/// What is done to a repository, how, and which error it must give.
type Case = (&'static str, fn(&Path), fn(&StoreError) -> bool);

#[test]
fn damaged_files_are_named() {
    let scratch = Scratch::new("named");
    let cases: &[Case] = &[
        ("no meta", |path| fs::remove_file(path.join("meta")).expect("remove"), |error| matches!(error, StoreError::NotARepository { .. })),
        ("no lock", |path| fs::remove_file(path.join("lock")).expect("remove"), |error| matches!(error, StoreError::MissingFile { .. })),
        ("no segment", |path| fs::remove_file(path.join("seg/00000001")).expect("remove"), |error| matches!(error, StoreError::MissingFile { .. })),
        ("no table", |path| fs::remove_file(path.join("table")).expect("remove"), |error| matches!(error, StoreError::MissingFile { .. })),
        ("empty meta", |path| fs::write(path.join("meta"), b"").expect("write"), |error| matches!(error, StoreError::Truncated { length: 0, .. })),
        (
            "foreign meta",
            |path| fs::write(path.join("meta"), vec![b'x'; 8192]).expect("write"),
            |error| matches!(error, StoreError::WrongMagic { .. }),
        ),
        (
            "short segment",
            |path| fs::write(path.join("seg/00000001"), vec![0; 5000]).expect("write"),
            |error| matches!(error, StoreError::Truncated { length: 5000, .. }),
        ),
        ("foreign segment", |path| patch(&path.join("seg/00000001"), 0, b"ELF"), |error| matches!(error, StoreError::WrongMagic { .. })),
        (
            "swapped segments",
            |path| fs::write(path.join("seg/00000001"), fs::read(path.join("seg/00000000")).expect("read")).expect("write"),
            |error| matches!(error, StoreError::Corrupt { .. }),
        ),
        ("short table", |path| fs::write(path.join("table"), b"MGLV").expect("write"), |error| matches!(error, StoreError::Truncated { .. })),
        ("foreign table", |path| patch(&path.join("table"), 0, b"SQLite"), |error| matches!(error, StoreError::WrongMagic { .. })),
        ("newer meta", newer_meta, |error| matches!(error, StoreError::NewerFormat { found: 9, supported: 3, .. })),
    ];
    for (index, (what, harm, accept)) in cases.iter().enumerate() {
        let path = scratch.join(&index.to_string());
        filled(&path);
        harm(&path);
        refused(&path, what, *accept);
    }
}

fn newer_meta(path: &Path) {
    let meta = path.join("meta");
    let mut all = fs::read(&meta).expect("read");
    for slot in all.chunks_mut(4096) {
        slot[8] = 9;
        let crc = crc32c::crc32c(&slot[..4092]);
        slot[4092..].copy_from_slice(&crc.to_le_bytes());
    }
    fs::write(meta, all).expect("write");
}

#[test]
fn a_directory_without_write_access_opens_read_only() {
    let scratch = Scratch::new("access");
    let path = scratch.join("repo");
    filled(&path);
    let set_mode = |directory: u32, file: u32| {
        for name in ["meta", "lock", "table", "coord", "seg/00000000"] {
            fs::set_permissions(path.join(name), fs::Permissions::from_mode(file)).expect("mode");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(directory)).expect("mode");
    };
    set_mode(0o500, 0o400);
    let before = image(&path);
    // Root passes every permission check; then only the read-only half can be tested.
    if fs::OpenOptions::new().write(true).open(path.join("meta")).is_err() {
        refused(&path, "no access", |error| matches!(error, StoreError::AccessDenied { .. }));
    }
    let reader = Repository::open(&path, OpenOptions { read_only: true, ..small_options() }).expect("open read-only");
    let mut session = reader.session().expect("session");
    session.begin().expect("begin");
    assert!(session.read(Oid(Oid::FIRST_FREE)).expect("read").is_some());
    assert!(reader.check().expect("check").is_clean());
    assert!(before == image(&path), "a read-only reader wrote");
    set_mode(0o700, 0o600);
}

#[test]
fn a_symbolic_link_in_place_of_a_file_is_refused() {
    let scratch = Scratch::new("links");
    let path = scratch.join("repo");
    filled(&path);
    fs::rename(path.join("table"), scratch.join("elsewhere")).expect("rename");
    std::os::unix::fs::symlink(scratch.join("elsewhere"), path.join("table")).expect("link");
    refused(&path, "link", |error| matches!(error, StoreError::Io { .. }));
}

/// Below commits that were durable a damaged record costs its object, wherever the damage stands; a damaged change list is refused. The same
/// damage at the very end is a torn tail.
#[test]
fn damage_in_the_middle_of_the_log_costs_one_object() {
    let disk = SimDisk::new();
    let path = Path::new("/repo");
    let options = || OpenOptions { background_sync: false, small_coordination: true, ..small_options() };
    let repository = Repository::open_on(Arc::new(disk.clone()), path, options()).expect("open");
    let mut session = repository.session().expect("session");
    session.begin().expect("begin");
    for first in [1, 3, 5, 7, 9] {
        commit(&mut *session, vec![put(first, None, &[9; 100]), put(first + 1, None, &[9; 100])]);
    }
    // Group, byte, and what is found: the last commit, and the object that cannot be read.
    let damaged = |byte: u64, group: u64| {
        let crashed = disk.crash(disk.step_count(), 0);
        assert!(crashed.flip(Path::new("/repo/seg/00000000"), 4096 + group * 512 + byte, 1));
        crashed
    };
    let record = |number: u64| 104 + number * 144;
    for (byte, lost) in [(record(0) + 60, Some(5)), (record(0) + 4, Some(5)), (record(0) + 8, Some(5)), (record(1) + 60, Some(6)), (512 - 12, None)] {
        for read_only in [true, false] {
            let options = OpenOptions { read_only, create: !read_only, ..options() };
            let repository = Repository::open_on(Arc::new(damaged(byte, 2)), path, options).expect("open");
            let mut session = repository.session().expect("session");
            assert_eq!(session.begin().expect("begin").epoch.0, 5);
            for oid in 1..=10 {
                let read = session.read(Oid(oid));
                assert_eq!(read.is_err(), Some(oid) == lost, "byte {byte}, object {oid}");
                assert!(read.is_err() || read.is_ok_and(|record| record.is_some_and(|record| record.body == [9; 100])));
            }
            let report = repository.check().expect("check");
            assert_eq!(report.problems.len(), if lost.is_some() { 2 } else { 1 }, "{report:?}");
        }
    }
    // Header and change list: the records tell what they told.
    for (group, byte) in (2..=4).flat_map(|group| (0..98).map(move |byte| (group, byte))) {
        let is_last = group == 4;
        let repository = Repository::open_on(Arc::new(damaged(byte, group)), path, options()).unwrap_or_else(|error| panic!("byte {byte}: {error}"));
        let mut session = repository.session().expect("session");
        let epoch = session.begin().expect("begin").epoch.0;
        assert_eq!(epoch, if is_last { 4 } else { 5 }, "group {group}, byte {byte}");
        for oid in 1..=2 * epoch {
            assert_eq!(common::body(&mut *session, oid).as_deref(), Some(&[9; 100][..]), "group {group}, byte {byte}, object {oid}");
        }
        let next = session.alloc_oids(1).expect("ids").start;
        assert!(next < Oid::FIRST_FREE + 100, "byte {byte}: ids go on at {next}");
        commit(&mut *session, vec![put(next, None, b"goes on")]);
        let problems = repository.check().expect("check").problems;
        assert_eq!(problems.len(), usize::from(!is_last), "group {group}, byte {byte}: {problems:?}");
    }
    // With a record gone as well nobody knows what else is missing.
    let twice = damaged(97, 2);
    assert!(twice.flip(Path::new("/repo/seg/00000000"), 4096 + 2 * 512 + record(0) + 60, 1));
    let opened = Repository::open_on(Arc::new(twice), path, options());
    assert!(matches!(&opened, Err(StoreError::DamagedLog { from: 5120, .. })), "{:?}", opened.err());
    let torn = Repository::open_on(Arc::new(damaged(record(0) + 60, 4)), path, options()).expect("torn tail");
    assert_eq!(torn.session().expect("session").begin().expect("begin").epoch.0, 4);
}

/// Flips bits all over every file: each read gives an error or the right bytes.
#[test]
fn flipped_bits_give_errors_or_correct_data() {
    let clean = SimDisk::new();
    let path = Path::new("/repo");
    let options = || OpenOptions { background_sync: false, small_coordination: true, ..small_options() };
    {
        let repository = Repository::open_on(Arc::new(clean.clone()), path, options()).expect("open");
        fill(&repository);
    }
    let seed = 99;
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut found = 0;
    for round in 0..900 {
        let disk = clean.crash(clean.step_count(), 0);
        let files: Vec<_> = disk.files().into_iter().filter(|(_, length)| *length > 0).collect();
        let (file, length) = &files[round % files.len()];
        // Half of the flips near the start of the file, where its structure is.
        let reach = if round % 2 == 0 { *length } else { (*length).min(12 << 10) };
        let (offset, mask) = (random.below(reach), 1 << random.below(8));
        assert!(disk.flip(file, offset, mask));
        let label = format!("{} byte {offset} mask {mask:#x}", file.display());
        found += u32::from(!reads_right(&disk, path, options(), &label));
    }
    assert!(found > 50, "only {found} flips were noticed");
}

/// Whether everything was read correctly; an error is false, a wrong answer panics.
fn reads_right(disk: &SimDisk, path: &Path, options: OpenOptions, label: &str) -> bool {
    let Ok(repository) = Repository::open_on(Arc::new(disk.clone()), path, options) else {
        return false;
    };
    let mut session = repository.session().expect("session");
    session.begin().expect("begin");
    let mut right = true;
    for oid in Oid::FIRST_FREE..Oid::FIRST_FREE + 400 {
        match session.read(Oid(oid)) {
            Ok(Some(record)) => {
                assert_eq!(record.body, vec![oid as u8; 300], "{label}: object {oid}")
            }
            Ok(None) => panic!("{label}: object {oid} vanished"),
            Err(_) => right = false,
        }
    }
    let clean = repository.check().expect("check").is_clean();
    assert!(right || !clean, "{label}: the check missed a damaged object");
    // Writing over a damaged store either works or is refused; it must not panic.
    let new = Write { oid: Oid(7), base: None, content: Some(content(b"x")) };
    let _ = session.commit(&common::set(vec![new]), store::Durability::Sync);
    right
}

/// Flips bits of the shared memory under a live session: errors or correct data; the log is untouched.
#[test]
fn flipped_shared_memory_never_reaches_the_data() {
    let scratch = Scratch::new("coord");
    let path = scratch.join("repo");
    filled(&path);
    let mut random = Random(7);
    for round in 0..120u64 {
        let repository = open(&path).unwrap_or_else(|error| panic!("round {round}: {error}"));
        let mut session = repository.session().expect("session");
        session.begin().expect("begin");
        let coord = fs::OpenOptions::new().read(true).write(true).open(path.join("coord")).expect("coord");
        // The hot words, the first slots, the ring's entries in use.
        let spans = [(0, 104), (512, 600), (33280, 33280 + 64 * 16)];
        let (from, until) = spans[round as usize % 3];
        let offset = (from + random.below(until - from)) * 8 + random.below(8);
        let mut byte = [0];
        std::os::unix::fs::FileExt::read_exact_at(&coord, &mut byte, offset).expect("read");
        byte[0] ^= 1 << random.below(8);
        std::os::unix::fs::FileExt::write_all_at(&coord, &byte, offset).expect("write");
        let _ = session.begin();
        for oid in Oid::FIRST_FREE..Oid::FIRST_FREE + 20 {
            if let Ok(found) = session.read(Oid(oid)) {
                assert_eq!(found.expect("there").body, vec![oid as u8; 300], "coord byte {offset}");
            }
        }
        let _ = session.commit(&common::set(vec![put(8, None, b"x")]), store::Durability::Sync);
        let _ = repository.stats();
    }
    let repository = open(&path).expect("reopen");
    let report = repository.check().expect("check");
    assert!(report.is_clean(), "{:?}", report.problems);
    assert!(report.objects >= 400);
}
