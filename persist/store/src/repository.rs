//! Opening, creating and closing a repository directory.
//!
//! Invariant: a directory that is not surely ours is never written; creation becomes real by renaming
//! `meta` into place, so a crash before leaves something the next creation completes. Opening and
//! closing are serialised by the open lock; the first one in rebuilds `coord`, the others attach.

use crate::backend::{Backend, Caps, Session};
use crate::check;
use crate::checkpoint;
use crate::coord::{Coord, Geometry, Word};
use crate::error::{Result, StoreError};
use crate::history::PastCommit;
use crate::locks;
use crate::log::{Log, SEGMENT_HEADER};
use crate::meta::{self, GoneSegments, Meta, Version};
use crate::readonly::Frozen;
use crate::recovery;
use crate::session::StoreSession;
use crate::sync;
use crate::table::{TableFile, TableReader};
use crate::types::{CheckReport, Epoch, Stats};
use crate::vfs::{LockFile, Mode, OsVfs, Vfs, VfsFile};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How a repository is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Create it when the directory is absent or empty.
    pub create: bool,
    /// Never write a byte; the snapshot follows other processes' commits at each `begin`.
    pub read_only: bool,
    /// Log segment size in bytes for a new repository: 16 KiB to 1 GiB, a multiple of 4 KiB.
    pub segment_size: u64,
    /// Log bytes after which a committing session makes a checkpoint.
    pub checkpoint_bytes: u64,
    /// How long to wait for a lock before naming its holder.
    pub lock_timeout: Duration,
    /// Whether a thread syncs asynchronous commits every 10 ms.
    pub background_sync: bool,
    /// Small shared structures, for simulations.
    pub small_coordination: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            create: true,
            read_only: false,
            segment_size: 64 << 20,
            checkpoint_bytes: 256 << 20,
            lock_timeout: Duration::from_secs(30),
            background_sync: true,
            small_coordination: false,
        }
    }
}

impl OpenOptions {
    fn geometry(&self) -> Geometry {
        if self.small_coordination { Geometry::SMALL } else { Geometry::FULL }
    }
}

/// Everything sessions of one repository share inside this process.
#[derive(Debug)]
pub(crate) struct Store {
    pub vfs: Arc<dyn Vfs>,
    pub path: PathBuf,
    pub lock_path: PathBuf,
    pub meta_path: PathBuf,
    pub meta_file: Arc<dyn VfsFile>,
    pub options: OpenOptions,
    pub log: Arc<Log>,
    pub table: Arc<TableFile>,
    pub coord: Coord,
    /// The handle's own lock description; its slot keeps `coord` alive between sessions.
    pub anchor: Box<dyn LockFile>,
    pub anchor_slot: usize,
    pub pid: u32,
    pub syncer_runs: AtomicBool,
    /// One checkpoint at a time in this process: the lock byte belongs to the anchor's description.
    pub checkpoint_gate: Mutex<()>,
}

enum Kind {
    Live(Arc<Store>),
    Frozen(Arc<Frozen>),
}

/// An open repository directory.
pub struct Repository {
    kind: Kind,
}

impl Repository {
    /// Opens, and if asked creates, the repository in directory `path`.
    ///
    /// # Errors
    /// Distinct ones for a missing, foreign, newer, truncated, damaged or inaccessible directory; none of
    /// them has changed anything in it.
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self> {
        Self::open_on(Arc::new(OsVfs), path.as_ref(), options)
    }

    /// The same over another file system.
    ///
    /// # Errors
    /// As [`Repository::open`].
    pub fn open_on(vfs: Arc<dyn Vfs>, path: &Path, options: OpenOptions) -> Result<Self> {
        if !crate::log::is_segment_size(options.segment_size) {
            let reason = format!("segment size {} is not a multiple of 4096 from 16384 to 1073741824", options.segment_size);
            return Err(StoreError::InvalidCommit { reason });
        }
        let names = inspect(&*vfs, path, &options)?;
        if options.read_only {
            if !has(&names, "meta") {
                return Err(StoreError::NotARepository { path: path.to_path_buf(), reason: "meta is missing".into() });
            }
            return Ok(Self { kind: Kind::Frozen(Arc::new(Frozen::open(vfs, path)?)) });
        }
        Ok(Self { kind: Kind::Live(open_live(vfs, path, options, &names)?) })
    }

    /// A session of this crate's own.
    pub(crate) fn plain_session(&self) -> Result<StoreSession> {
        match &self.kind {
            Kind::Frozen(frozen) => Err(StoreError::ReadOnly { path: frozen.path.clone() }),
            Kind::Live(store) => StoreSession::new(Arc::clone(store)),
        }
    }

    /// Makes a checkpoint now, so that the next recovery replays nothing.
    ///
    /// # Errors
    /// When read-only or the disk refuses.
    pub fn checkpoint(&self) -> Result<()> {
        match &self.kind {
            Kind::Frozen(frozen) => Err(StoreError::ReadOnly { path: frozen.path.clone() }),
            Kind::Live(store) => {
                sync::sync_all(store, &*store.anchor)?;
                checkpoint::run(store, true).map(drop)
            }
        }
    }
}

impl Backend for Repository {
    fn caps(&self) -> Caps {
        match &self.kind {
            Kind::Live(store) => Caps { object_bytes_max: store.log.segment_size - SEGMENT_HEADER - 1024, durable: true, writable: true },
            Kind::Frozen(_) => Caps { object_bytes_max: 0, durable: true, writable: false },
        }
    }

    fn session(&self) -> Result<Box<dyn Session>> {
        Ok(match &self.kind {
            Kind::Live(store) => Box::new(StoreSession::new(Arc::clone(store))?),
            Kind::Frozen(frozen) => Box::new(frozen.session()),
        })
    }

    fn history(&self) -> Result<Vec<PastCommit>> {
        self.read_history()
    }

    fn session_at(&self, epoch: Epoch) -> Result<Box<dyn Session>> {
        self.past_session(epoch)
    }

    fn check(&self) -> Result<CheckReport> {
        match &self.kind {
            Kind::Live(store) => {
                // A session of its own pins the snapshot the check walks.
                let mut session = StoreSession::new(Arc::clone(store))?;
                let version = session.pin_newest()?;
                let (meta, _) = meta::read(&store.meta_path, &*store.meta_file)?;
                check::run(&store.log, &store.table, &version, &meta.gone, None)
            }
            Kind::Frozen(frozen) => frozen.check(),
        }
    }

    fn stats(&self) -> Result<Stats> {
        match &self.kind {
            Kind::Frozen(frozen) => Ok(frozen.stats()),
            Kind::Live(store) => {
                let newest = store.coord.newest()?;
                let used = store.coord.load(Word::SlotsUsed) as usize;
                let mut sessions = 1;
                for slot in (0..used.min(crate::coord::SLOTS)).filter(|&slot| slot != store.anchor_slot) {
                    sessions += u64::from(locks::is_slot_live(&store.lock_path, &*store.anchor, slot)?);
                }
                Ok(Stats {
                    appended: Epoch(newest.version.epoch),
                    durable: Epoch(store.coord.load(Word::Durable)),
                    checkpoint: Epoch(store.coord.load(Word::CheckpointEpoch)),
                    log_bytes: newest.version.log_end,
                    table_pages: newest.version.high_water,
                    free_pages: newest.ledger.free as u64,
                    retired_pages: newest.ledger.retired as u64,
                    sessions,
                })
            }
        }
    }
}

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|found| found == name)
}

/// Lists the directory, creating it if that is wanted, and refuses what is not ours.
fn inspect(vfs: &dyn Vfs, path: &Path, options: &OpenOptions) -> Result<Vec<String>> {
    let names = match vfs.list(path) {
        Ok(names) => names,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if !options.create || options.read_only {
                return Err(StoreError::NotFound { path: path.to_path_buf() });
            }
            create_folder(vfs, path)?;
            Vec::new()
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            let reason = "it is not a directory".to_string();
            return Err(StoreError::NotARepository { path: path.to_path_buf(), reason });
        }
        Err(error) => return Err(StoreError::io(path, "list", error)),
    };
    if has(&names, "meta") {
        return Ok(names);
    }
    if names.is_empty() && !options.create {
        return Err(StoreError::NotFound { path: path.to_path_buf() });
    }
    let ours = ["lock", "seg", "table", "coord", "gc", "meta.new", "coord.new"];
    if let Some(foreign) = names.iter().find(|name| !ours.contains(&name.as_str())) {
        let reason = format!("meta is missing and it holds {foreign}");
        return Err(StoreError::NotARepository { path: path.to_path_buf(), reason });
    }
    if !options.create {
        return Err(StoreError::MissingFile { path: path.join("meta") });
    }
    Ok(names)
}

/// Makes a directory with what is missing above it, and makes it last.
fn create_folder(vfs: &dyn Vfs, path: &Path) -> Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let created = match (vfs.create_dir(path), parent) {
        (Err(error), Some(parent)) if error.kind() == std::io::ErrorKind::NotFound => {
            create_folder(vfs, parent)?;
            vfs.create_dir(path)
        }
        (created, _) => created,
    };
    created.map_err(|error| StoreError::io(path, "create directory", error))?;
    match parent {
        Some(parent) => vfs.sync_dir(parent).map_err(|error| StoreError::io(parent, "sync directory", error)),
        None => Ok(()),
    }
}

fn open_live(vfs: Arc<dyn Vfs>, path: &Path, options: OpenOptions, names: &[String]) -> Result<Arc<Store>> {
    let lock_path = path.join("lock");
    if has(names, "meta") && !has(names, "lock") {
        // Without it two groups of processes could each believe to be alone.
        return Err(StoreError::MissingFile { path: lock_path });
    }
    let anchor = loop {
        let anchor = vfs.open_lock(&lock_path, Mode::Create).map_err(|error| StoreError::io(&lock_path, "open", error))?;
        locks::wait_polling(&lock_path, &*anchor, locks::OPEN, "open", options.lock_timeout, &|| 0)?;
        // A copy may have taken the repository's place meanwhile.
        if anchor.is_named().map_err(|error| locks::failed(&lock_path, error))? {
            break anchor;
        }
    };
    let opened = open_locked(vfs, path, lock_path.clone(), options, anchor);
    if let Ok(store) = &opened {
        store.anchor.unlock(locks::OPEN).map_err(|error| locks::failed(&lock_path, error))?;
    }
    opened
}

fn open_locked(vfs: Arc<dyn Vfs>, path: &Path, lock_path: PathBuf, options: OpenOptions, anchor: Box<dyn LockFile>) -> Result<Arc<Store>> {
    if !has(&inspect(&*vfs, path, &options)?, "meta") {
        create(&vfs, path, &options)?;
    }
    let meta_path = path.join("meta");
    let meta_file = vfs.open(&meta_path, Mode::Write).map_err(|error| StoreError::io(&meta_path, "open", error))?;
    let (newest, other) = meta::read(&meta_path, &*meta_file)?;
    let log = Arc::new(Log::new(Arc::clone(&vfs), path, newest.uuid, newest.segment_size, true));
    let table = Arc::new(open_table(&*vfs, path, &newest, log.uuid_tag(), Mode::Write)?);
    let coord = if locks::others_alive(&lock_path, &*anchor)? {
        attach(&*vfs, path, &options, newest.uuid)?
    } else {
        let durable_before = attach(&*vfs, path, &options, newest.uuid).map_or(0, |old| durable_log(&old));
        let (file, other) = (&*meta_file, other.as_ref());
        let recovered = recovery::run(&log, &table, &meta_path, file, &newest, other, durable_before)?;
        let fresh = || fresh_coord(&*vfs, path, options.geometry(), newest.uuid, &recovered);
        match fresh() {
            // Nobody uses the old one: its room is the new one's.
            Err(StoreError::StoreFull { .. }) => {
                remove_coord(&*vfs, path)?;
                fresh()?
            }
            made => made?,
        }
    };
    let anchor_slot = locks::take_slot(&lock_path, &*anchor, &coord)?;
    coord.slot_vote(anchor_slot).store(u64::MAX, Ordering::SeqCst);
    Ok(Arc::new(Store {
        vfs,
        path: path.to_path_buf(),
        lock_path,
        meta_path,
        meta_file,
        options,
        log,
        table,
        coord,
        anchor,
        anchor_slot,
        pid: std::process::id(),
        syncer_runs: AtomicBool::new(false),
        checkpoint_gate: Mutex::new(()),
    }))
}

/// Makes a coordination file that starts from what recovery found, and puts it in place.
fn fresh_coord(vfs: &dyn Vfs, path: &Path, geometry: Geometry, uuid: u128, recovered: &recovery::Recovered) -> Result<Coord> {
    let (fresh, target) = (path.join("coord.new"), path.join("coord"));
    let words = vfs.shared_words(&fresh, geometry.words(), true).map_err(|error| StoreError::io(&fresh, "create", error))?;
    words.reserve(0, crate::coord::HEAD_WORDS).map_err(|error| StoreError::io(&fresh, "make room", error))?;
    let coord = Coord::init(&target, words, geometry, uuid, vfs.boot_id());
    recovered.publish(&coord)?;
    vfs.rename(&fresh, &target).map_err(|error| StoreError::io(&fresh, "rename", error))?;
    Ok(coord)
}

fn remove_coord(vfs: &dyn Vfs, path: &Path) -> Result<()> {
    ["coord", "coord.new"]
        .iter()
        .map(|name| path.join(name))
        .try_for_each(|file| vfs.remove(&file).map_err(|error| StoreError::io(&file, "remove", error)))
}

/// End of what an abandoned coordination file of this boot knew to be on disk, if its ring agrees.
fn durable_log(old: &Coord) -> u64 {
    let entry = old.get_ring(old.load(Word::Durable)).ok().flatten();
    entry.map_or(0, |entry| entry.version.log_end)
}

/// Opens and checks the table file a meta belongs to.
pub(crate) fn open_table(vfs: &dyn Vfs, path: &Path, meta: &Meta, tag: u64, mode: Mode) -> Result<TableFile> {
    let table_path = path.join("table");
    let file = vfs.open(&table_path, mode).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::MissingFile { path: table_path.clone() },
        _ => StoreError::io(&table_path, "open", error),
    })?;
    TableFile::open(&table_path, file, meta.uuid, tag)
}

fn attach(vfs: &dyn Vfs, path: &Path, options: &OpenOptions, uuid: u128) -> Result<Coord> {
    let coord_path = path.join("coord");
    let geometry = options.geometry();
    let words = vfs.shared_words(&coord_path, geometry.words(), false).map_err(|error| StoreError::io(&coord_path, "map", error))?;
    Coord::attach(&coord_path, words, geometry, uuid, vfs.boot_id())
}

fn create(vfs: &Arc<dyn Vfs>, path: &Path, options: &OpenOptions) -> Result<()> {
    refuse_orphans(&**vfs, path)?;
    let uuid = vfs.fresh_uuid().map_err(|error| StoreError::io(path, "random", error))?;
    let segments = path.join("seg");
    vfs.create_dir(&segments).map_err(|error| StoreError::io(&segments, "create directory", error))?;
    let log = Log::new(Arc::clone(vfs), path, uuid, options.segment_size, true);
    log.create(0, true)?;
    let table_path = path.join("table");
    let table = vfs.open(&table_path, Mode::Create).map_err(|error| StoreError::io(&table_path, "create", error))?;
    TableFile::create(&table_path, &*table, uuid)?;
    let fresh = path.join("meta.new");
    let file = vfs.open(&fresh, Mode::Create).map_err(|error| StoreError::io(&fresh, "create", error))?;
    file.set_len(2 * meta::SLOT_SIZE as u64).map_err(|error| StoreError::io(&fresh, "grow", error))?;
    let version = Version { log_end: SEGMENT_HEADER, high_water: 1, ..Version::default() };
    let next_oid = crate::types::Oid::FIRST_FREE;
    let first = Meta { uuid, segment_size: options.segment_size, sequence: 0, version, next_oid, history: 0, gone: GoneSegments::default() };
    meta::write(&fresh, &*file, &first)?;
    let publish = || {
        vfs.sync_dir(path)?;
        vfs.rename(&fresh, &path.join("meta"))?;
        vfs.sync_dir(path)
    };
    publish().map_err(|error| StoreError::io(path, "publish meta", error))
}

/// A directory without `meta` may only be completed when its log holds nothing.
fn refuse_orphans(vfs: &dyn Vfs, path: &Path) -> Result<()> {
    let segments = match vfs.list(&path.join("seg")) {
        Ok(names) => names,
        Err(_) => return Ok(()),
    };
    let refuse = || StoreError::NotARepository { path: path.to_path_buf(), reason: "meta is missing but seg holds data".into() };
    for name in segments.iter().filter(|name| *name != "new") {
        let file = path.join("seg").join(name);
        let file = vfs.open(&file, Mode::Read).map_err(|error| StoreError::io(&file, "open", error))?;
        let mut start = [0; 512];
        let holds_data = file.read_at(SEGMENT_HEADER, &mut start).is_ok() && start.iter().any(|&byte| byte != 0);
        if name != "00000000" || holds_data {
            return Err(refuse());
        }
    }
    Ok(())
}

impl Store {
    pub(crate) fn reader(&self) -> TableReader {
        TableReader::new(Arc::clone(&self.table))
    }

    /// Refuses a history that a version seen before is not part of.
    pub(crate) fn check_history(&self, version: &Version) -> Result<()> {
        match self.coord.has_seen(version)? {
            true => Ok(()),
            false => Err(StoreError::FilesChanged { path: self.path.clone() }),
        }
    }

    /// Refuses a store inherited over `fork`.
    pub(crate) fn check_process(&self) -> Result<()> {
        if std::process::id() == self.pid { Ok(()) } else { Err(StoreError::ForkedSession { parent: self.pid }) }
    }

    /// The last one out makes a checkpoint; errors leave the log to be replayed.
    fn close(&self) -> Result<()> {
        if self.check_process().is_err() || self.coord.load(Word::Poisoned) != 0 {
            return Ok(());
        }
        locks::wait_polling(&self.lock_path, &*self.anchor, locks::OPEN, "open", Duration::from_secs(1), &|| 0)?;
        if self.coord.load(Word::Durable) < self.coord.load(Word::Appended) {
            sync::sync_all(self, &*self.anchor)?;
        }
        if !locks::others_alive(&self.lock_path, &*self.anchor)? {
            checkpoint::run(self, true)?;
        }
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Nothing acknowledged depends on this: what is not synced or checkpointed here is replayed.
        let _ = self.close();
        self.syncer_runs.store(false, Ordering::Relaxed);
    }
}
