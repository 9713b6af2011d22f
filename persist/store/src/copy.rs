//! Copies of a repository: everything that can be reached from the well-known objects at one moment, in a new repository. This is the
//! backup, made while others work, and the compaction: what nobody can reach stays behind, as do old versions.
//!
//! Invariant: a copy has its name when it is complete and on the disk; before, it lies beside it under another.

use crate::backend::{Backend, Session};
use crate::error::{Result, StoreError};
use crate::locks;
use crate::oids::OidSet;
use crate::repository::{OpenOptions, Repository};
use crate::sys;
use crate::types::{CommitSet, Content, Durability, Epoch, Loaded, Oid, Outcome, Record, Write};
use crate::vfs::{LockFile, Mode, OsVfs, Vfs};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes of records that are committed at a time.
const BATCH_BYTES: usize = 8 << 20;
/// Objects that are read at a time.
const BATCH_OBJECTS: usize = 4096;

/// Longest wait for a process that is just opening or closing.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a copy holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CopyReport {
    /// The commit of the original that it shows.
    pub epoch: Epoch,
    /// Objects.
    pub objects: u64,
    /// Bytes of their records.
    pub record_bytes: u64,
    /// References to objects that are not there.
    pub missing: Vec<Oid>,
}

impl Repository {
    /// Makes a copy in the folder `path`, which must not hold anything. `progress` hears how many objects are copied.
    ///
    /// # Errors
    /// When the folder is taken, an object cannot be read or there is no space; then there is no copy.
    pub fn backup_to(&self, path: &Path, progress: &mut dyn FnMut(u64)) -> Result<CopyReport> {
        let mut report = CopyReport::default();
        into_new(path, &mut |target| {
            report = copy(self, target, progress)?;
            Ok(())
        })?;
        self.note_backup(path, report.epoch)?;
        Ok(report)
    }
}

/// A new repository in the folder `path`, which must not hold anything: it has its name when `fill` is done.
pub(crate) fn into_new(path: &Path, fill: &mut dyn FnMut(&Repository) -> Result<()>) -> Result<()> {
    if std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) || path.is_file() {
        return Err(StoreError::NotARepository { path: path.to_path_buf(), reason: "something is there already".to_string() });
    }
    let partial = beside(path, "partial");
    drop(std::fs::remove_dir_all(&partial));
    let filled = Repository::open(&partial, OpenOptions::default()).and_then(|target| fill(&target));
    let renamed = filled.and_then(|()| rename(&partial, path));
    if renamed.is_err() {
        drop(std::fs::remove_dir_all(&partial));
    }
    renamed
}

/// A session of a repository that is being filled.
pub(crate) fn new_session(target: &Repository) -> Result<Box<dyn Session>> {
    let mut session = target.session()?;
    session.begin()?;
    Ok(session)
}

impl Repository {
    /// Hands over every object that can be reached, with the bytes that it takes; the commit that they are of.
    ///
    /// # Errors
    /// At the first object that cannot be read.
    pub fn each_object(&self, body: &mut dyn FnMut(&Record, u64)) -> Result<Epoch> {
        let mut session = self.session()?;
        let epoch = session.begin()?.epoch;
        each_reachable(&mut *session, &mut Vec::new(), &mut |record| {
            body(&record, size_of(&record));
            Ok(())
        })?;
        Ok(epoch)
    }
}

/// Makes a repository in the folder `path`, which must not hold anything, of the records that `next` gives; the number of objects.
///
/// # Errors
/// Those of `next`; when the folder is taken or there is no space. Then there is no repository.
pub fn build(path: &Path, next: &mut dyn FnMut() -> Result<Option<Record>>, progress: &mut dyn FnMut(u64)) -> Result<u64> {
    let mut objects = 0;
    into_new(path, &mut |target| {
        let mut session = new_session(target)?;
        let mut batch = Batch::default();
        while let Some(record) = next()? {
            objects += 1;
            batch.add(record);
            if batch.is_full() {
                batch.commit(&mut *session, Durability::Async)?;
                progress(objects);
            }
        }
        batch.commit(&mut *session, Durability::Sync)
    })?;
    Ok(objects)
}

/// The path with a word behind its last name.
pub(crate) fn beside(path: &Path, word: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(word);
    path.with_file_name(name)
}

/// Gives a folder its name.
fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(|error| StoreError::io(to, "rename to", error))?;
    sync_folder(to)
}

/// The name is on the disk afterwards.
fn sync_folder(path: &Path) -> Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(parent).and_then(|folder| folder.sync_all()).map_err(|error| StoreError::io(parent, "sync", error))
}

/// A copy of `source` takes the place of the repository in `path`, which no process uses and which may be damaged.
///
/// # Errors
/// When a process uses it, an object is damaged or there is no space for the copy; then nothing has changed.
pub fn replace(path: &Path, source: &Repository, progress: &mut dyn FnMut(u64)) -> Result<CopyReport> {
    let _held = hold_closed(path)?;
    let (fresh, report) = copy_beside(path, source, progress)?;
    take_place(&fresh, path)?;
    Ok(report)
}

/// Deletes the repository in `path`, which no process uses: it is gone at once, its files soon after.
///
/// # Errors
/// When there is none, a process uses it, or the operating system refuses.
pub fn destroy(path: &Path) -> Result<()> {
    if !path.join("meta").is_file() || !path.join("seg").is_dir() {
        return Err(StoreError::NotFound { path: path.to_path_buf() });
    }
    let _held = hold_closed(path)?;
    let gone = beside(path, "gone");
    drop(std::fs::remove_dir_all(&gone));
    rename(path, &gone)?;
    std::fs::remove_dir_all(&gone).map_err(|error| StoreError::io(&gone, "remove", error))
}

/// Nobody opens the repository, which nobody uses, as long as the lock is kept. One without a lock file is no repository any more.
fn hold_closed(path: &Path) -> Result<Option<Box<dyn LockFile>>> {
    let lock_path = path.join("lock");
    let Ok(lock) = OsVfs.open_lock(&lock_path, Mode::Write) else { return Ok(None) };
    locks::wait_polling(&lock_path, &*lock, locks::OPEN, "open", PATIENCE, &|| 0)?;
    if locks::others_alive(&lock_path, &*lock)? {
        return Err(StoreError::InUse { path: path.to_path_buf() });
    }
    Ok(Some(lock))
}

fn copy_beside(path: &Path, source: &Repository, progress: &mut dyn FnMut(u64)) -> Result<(PathBuf, CopyReport)> {
    let fresh = beside(path, "fresh");
    drop(std::fs::remove_dir_all(&fresh));
    let report = source.backup_to(&fresh, progress)?;
    Ok((fresh, report))
}

/// One folder takes the place of another, which is deleted: in one step, so that there is a repository at any time.
fn take_place(fresh: &Path, path: &Path) -> Result<()> {
    sys::exchange(fresh, path).map_err(|error| StoreError::io(path, "exchange", error))?;
    sync_folder(path)?;
    std::fs::remove_dir_all(fresh).map_err(|error| StoreError::io(fresh, "remove", error))
}

/// Copies what can be reached in the newest version.
fn copy(from: &Repository, to: &Repository, progress: &mut dyn FnMut(u64)) -> Result<CopyReport> {
    let mut source = from.session()?;
    let mut target = new_session(to)?;
    let mut report = CopyReport { epoch: source.begin()?.epoch, ..CopyReport::default() };
    let mut batch = Batch::default();
    let mut missing = Vec::new();
    each_reachable(&mut *source, &mut missing, &mut |record| {
        report.objects += 1;
        report.record_bytes += size_of(&record);
        batch.add(record);
        if batch.is_full() {
            batch.commit(&mut *target, Durability::Async)?;
            progress(report.objects);
        }
        Ok(())
    })?;
    report.missing = missing;
    batch.commit(&mut *target, Durability::Sync)?;
    progress(report.objects);
    Ok(report)
}

/// Bytes of a record in the log.
pub(crate) fn size_of(record: &Record) -> u64 {
    32 + 8 * record.refs.len() as u64 + record.body.len() as u64
}

/// Hands over every object that can be reached from the well-known ones in the session's snapshot, each once.
fn each_reachable(source: &mut dyn Session, missing: &mut Vec<Oid>, body: &mut dyn FnMut(Record) -> Result<()>) -> Result<()> {
    source.keeps_nothing();
    let mut pending: Vec<Oid> = (1..Oid::FIRST_FREE).map(Oid).collect();
    let mut seen = OidSet::default();
    for &oid in &pending {
        seen.insert(oid);
    }
    while !pending.is_empty() {
        let wanted = pending.split_off(pending.len().saturating_sub(BATCH_OBJECTS));
        let mut records = Vec::new();
        source.load(&wanted, &mut |loaded| match loaded {
            Loaded::Found(view) => records.push(view.to_record()),
            Loaded::Missing(oid) if oid.0 >= Oid::FIRST_FREE => missing.push(oid),
            Loaded::Missing(_) => {}
        })?;
        for record in records {
            pending.extend(record.refs.iter().copied().filter(|&oid| seen.insert(oid)));
            body(record)?;
        }
    }
    Ok(())
}

/// Objects that are committed together.
#[derive(Default)]
pub(crate) struct Batch {
    writes: Vec<Write>,
    bytes: usize,
    last: u64,
}

impl Batch {
    pub(crate) fn is_full(&self) -> bool {
        self.bytes >= BATCH_BYTES
    }

    pub(crate) fn add(&mut self, record: Record) {
        self.bytes += record.body.len() + 8 * record.refs.len();
        self.last = self.last.max(record.oid.0);
        let content = Content { kind: record.kind, flags: record.flags, refs: record.refs, body: record.body };
        self.writes.push(Write { oid: record.oid, base: None, content: Some(content) });
    }

    /// Commits under the ids that the objects have in the original.
    pub(crate) fn commit(&mut self, target: &mut dyn Session, durability: Durability) -> Result<()> {
        while target.alloc_oids(1)?.start <= self.last {
            target.alloc_oids(u32::try_from(self.last).unwrap_or(u32::MAX))?;
        }
        self.bytes = 0;
        let set = CommitSet { writes: std::mem::take(&mut self.writes), ..CommitSet::default() };
        match target.commit(&set, durability)? {
            Outcome::Done { .. } => Ok(()),
            Outcome::Conflict(_) | Outcome::Unknown => Err(StoreError::InvalidCommit { reason: "the copy could not be written".to_string() }),
        }
    }
}
