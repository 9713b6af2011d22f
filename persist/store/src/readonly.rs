//! A repository opened without writing a byte: the newest checkpoint plus the log behind it, kept in
//! memory and followed at each `begin`.
//!
//! Invariant: a shared lock on the readers byte keeps live writers from making the checkpoints that
//! would free this reader's table pages. It may see a commit that a power cut still takes back, because
//! without `coord` it cannot know what is durable. It needs no `coord` and works in a read-only directory.

use crate::backend::Session;
use crate::check;
use crate::error::{Result, StoreError};
use crate::locks;
use crate::log::Log;
use crate::meta::{self, Meta, Version};
use crate::records::RecordReader;
use crate::recovery::{self, Replay};
use crate::repository::open_table;
use crate::table::{TableFile, TableReader};
use crate::types::{Begin, Changes, CheckReport, CommitSet, Durability, Epoch, Loaded, Oid, OidRange, Outcome, Stats};
use crate::vfs::{LockFile, Mode, Vfs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The files of a repository opened read-only.
#[derive(Debug)]
pub(crate) struct Frozen {
    pub path: PathBuf,
    log: Arc<Log>,
    table: Arc<TableFile>,
    meta: Meta,
    /// The log was on disk up to here.
    durable: u64,
    /// Holds the readers byte.
    _lock: Box<dyn LockFile>,
}

impl Frozen {
    pub(crate) fn open(vfs: Arc<dyn Vfs>, path: &Path) -> Result<Self> {
        let lock_path = path.join("lock");
        let lock = vfs.open_lock(&lock_path, Mode::Read).map_err(|error| StoreError::io(&lock_path, "open", error))?;
        if !lock.try_lock(locks::READERS, false).map_err(|error| locks::failed(&lock_path, error))? {
            return Err(StoreError::LockTimeout { what: "readers", holder: 0, waited_ms: 0 });
        }
        let meta_path = path.join("meta");
        let file = vfs.open(&meta_path, Mode::Read).map_err(|error| StoreError::io(&meta_path, "open", error))?;
        let (meta, _) = meta::read(&meta_path, &*file)?;
        let log = Arc::new(Log::new(Arc::clone(&vfs), path, meta.uuid, meta.segment_size, false));
        let table = Arc::new(open_table(&*vfs, path, &meta, log.uuid_tag(), Mode::Read)?);
        recovery::check_segments(&log, &meta)?;
        let durable = Replay::whole(&meta.version, meta.next_oid, &log, 0)?.durable;
        Ok(Self { path: path.to_path_buf(), log, table, meta, durable, _lock: lock })
    }

    pub(crate) fn session(self: &Arc<Self>) -> FrozenSession {
        FrozenSession {
            frozen: Arc::clone(self),
            table: TableReader::new(Arc::clone(&self.table)),
            records: RecordReader::new(Arc::clone(&self.log)),
            replay: Replay { durable: self.durable, ..Replay::new(&self.meta.version, self.meta.next_oid) },
            snapshot: None,
            begun: false,
        }
    }

    pub(crate) fn check(self: &Arc<Self>) -> Result<CheckReport> {
        let mut session = self.session();
        session.begin()?;
        let replay = &session.replay;
        let version = Version { epoch: replay.epoch, log_end: replay.log_end, chain: replay.chain, ..self.meta.version };
        check::run(&self.log, &self.table, &version, &self.meta.gone, Some(&replay.entries))
    }

    pub(crate) fn stats(&self) -> Stats {
        let epoch = Epoch(self.meta.version.epoch);
        Stats {
            appended: epoch,
            durable: epoch,
            checkpoint: epoch,
            log_bytes: self.meta.version.log_end,
            table_pages: self.meta.version.high_water,
            ..Stats::default()
        }
    }
}

/// A session that can only read.
pub(crate) struct FrozenSession {
    frozen: Arc<Frozen>,
    table: TableReader,
    records: RecordReader,
    replay: Replay,
    snapshot: Option<Epoch>,
    begun: bool,
}

impl FrozenSession {
    fn read_only<T>(&self) -> Result<T> {
        Err(StoreError::ReadOnly { path: self.frozen.path.clone() })
    }
}

impl Session for FrozenSession {
    fn begin(&mut self) -> Result<Begin> {
        let mut oids = Vec::new();
        self.replay.advance(&self.frozen.log, &mut |oid| oids.push(oid))?;
        oids.sort_unstable();
        oids.dedup();
        let epoch = Epoch(self.replay.epoch);
        let changes = if self.begun { Changes::Oids(oids) } else { Changes::All };
        self.begun = true;
        self.snapshot = Some(epoch);
        Ok(Begin { epoch, changes })
    }

    fn snapshot(&self) -> Option<Epoch> {
        self.snapshot
    }

    fn load(&mut self, oids: &[Oid], sink: &mut dyn FnMut(Loaded<'_>)) -> Result<()> {
        if self.snapshot.is_none() {
            return Err(StoreError::NoSnapshot);
        }
        for &oid in oids {
            let entry = match self.replay.entries.get(&oid) {
                Some(entry) => Some(*entry),
                None => self.table.lookup(&self.frozen.meta.version, oid)?,
            };
            match entry.filter(|entry| entry.position != 0) {
                Some(entry) => sink(Loaded::Found(self.records.read(oid, entry)?)),
                None => sink(Loaded::Missing(oid)),
            }
        }
        Ok(())
    }

    fn alloc_oids(&mut self, _count: u32) -> Result<OidRange> {
        self.read_only()
    }

    fn commit(&mut self, _set: &CommitSet, _durability: Durability) -> Result<Outcome> {
        self.read_only()
    }

    fn sync(&mut self) -> Result<bool> {
        Ok(true)
    }

    fn resolve(&mut self, token: u128) -> Result<Option<Epoch>> {
        check::find_token(&self.frozen.log, self.replay.log_end, token)
    }

    fn lock_object(&mut self, _oid: Oid, _exclusive: bool) -> Result<bool> {
        self.read_only()
    }

    fn unlock_object(&mut self, _oid: Oid) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {
        self.snapshot = None;
    }

    fn wait_changes(&mut self, limit: Duration) -> Result<bool> {
        let deadline = Instant::now() + limit;
        loop {
            let replay = &self.replay;
            if self.frozen.log.next_group(replay.log_end, replay.chain, replay.epoch)?.is_some() {
                return Ok(true);
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
