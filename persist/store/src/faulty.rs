//! A disk in memory that remembers every step, to cut the power after any of them.
//!
//! Steps are recorded in order: write, change of length, name change, sync of a file or a directory.
//! [`SimDisk::crash`] builds a disk as it may be found after a power cut behind step n: everything a
//! later sync covered is there; of the rest any subset, writes torn at 512-byte sectors, names
//! independently of contents. Shared memory and locks do not survive.
//!
//! Invariant: a crash is a function of (steps, n, seed), so a failing case can be repeated.

use crate::map::SharedWords;
use crate::map::Window;
use crate::vfs::{LockFile, Mode, Vfs, VfsFile};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const SECTOR: usize = 512;

#[derive(Clone, Debug)]
enum Step {
    Write { file: usize, offset: u64, bytes: Arc<[u8]> },
    Length { file: usize, length: u64 },
    Sync { file: usize },
    Link { path: PathBuf, file: usize },
    Rename { from: PathBuf, to: PathBuf },
    Remove { path: PathBuf },
    Directory { path: PathBuf },
    SyncDirectory { path: PathBuf },
}

/// What an injected failure does to one operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The n-th write (from 1, counted from now) fails with this errno, half of it written.
    Write {
        /// Which one.
        nth: u64,
        /// Error number of the operating system.
        errno: i32,
    },
    /// The n-th file sync fails with this errno.
    Sync {
        /// Which one.
        nth: u64,
        /// Error number of the operating system.
        errno: i32,
    },
}

#[derive(Default, Debug)]
struct State {
    files: Vec<Vec<u8>>,
    names: BTreeMap<PathBuf, usize>,
    directories: Vec<PathBuf>,
    steps: Vec<Step>,
    words: BTreeMap<PathBuf, Arc<[AtomicU64]>>,
    locks: Vec<(u64, u64, bool)>,
    next_owner: u64,
    boot: u64,
    fault: Option<Fault>,
    writes: u64,
    syncs: u64,
}

/// The simulated machine: file system, shared memory and locks. Clones are the same machine.
#[derive(Clone, Default, Debug)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn missing() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

/// SplitMix64: the simulator's only source of chance.
fn scramble(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn put(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if file.len() < offset + bytes.len() {
        file.resize(offset + bytes.len(), 0);
    }
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
}

impl SimDisk {
    /// An empty machine with one directory, `/`.
    #[must_use]
    pub fn new() -> Self {
        let disk = Self::default();
        lock(&disk.state).directories.push(PathBuf::from("/"));
        disk
    }

    /// Steps recorded so far; the power can be cut after any number of them.
    #[must_use]
    pub fn step_count(&self) -> usize {
        lock(&self.state).steps.len()
    }

    /// Lets one coming operation fail.
    pub fn inject(&self, fault: Option<Fault>) {
        let mut state = lock(&self.state);
        state.fault = fault;
        state.writes = 0;
        state.syncs = 0;
    }

    /// The machine as it may come up after a power cut behind the first `steps` steps. `seed` 0 keeps
    /// everything written so far (a kill of all processes), 1 loses everything not synced, others choose
    /// for each unsynced sector and name.
    #[must_use]
    pub fn crash(&self, steps: usize, seed: u64) -> Self {
        let state = lock(&self.state);
        let steps = &state.steps[..steps.min(state.steps.len())];
        let mut chance = seed;
        let mut keep = |durable: bool| durable || seed == 0 || (seed != 1 && scramble(&mut chance) & 1 == 0);
        let mut next = State { boot: state.boot + 1, files: vec![Vec::new(); state.files.len()], ..State::default() };
        next.directories.push(PathBuf::from("/"));
        let synced = LastSyncs::of(steps);
        for (index, step) in steps.iter().enumerate() {
            let durable = synced.cover(step, index);
            next.redo(step, &mut || keep(durable));
        }
        next.steps = next.as_durable();
        Self { state: Arc::new(Mutex::new(next)) }
    }

    /// Flips bits of one byte of a file; false when the file has no such byte.
    pub fn flip(&self, path: &Path, offset: u64, mask: u8) -> bool {
        let mut state = lock(&self.state);
        let Some(&file) = state.names.get(path) else {
            return false;
        };
        let Some(byte) = state.files[file].get_mut(offset as usize) else {
            return false;
        };
        *byte ^= mask;
        true
    }

    /// Names and lengths of all files.
    #[must_use]
    pub fn files(&self) -> Vec<(PathBuf, u64)> {
        let state = lock(&self.state);
        state.names.iter().map(|(path, &file)| (path.clone(), state.files[file].len() as u64)).collect()
    }
}

/// Index of the last sync of each file and directory.
#[derive(Default)]
struct LastSyncs<'a> {
    files: BTreeMap<usize, usize>,
    directories: BTreeMap<&'a Path, usize>,
}

impl<'a> LastSyncs<'a> {
    fn of(steps: &'a [Step]) -> Self {
        let mut last = Self::default();
        for (index, step) in steps.iter().enumerate() {
            if let Step::Sync { file } = step {
                last.files.insert(*file, index);
            } else if let Step::SyncDirectory { path } = step {
                last.directories.insert(path, index);
            }
        }
        last
    }

    /// Whether a sync after step `index` made it durable.
    fn cover(&self, step: &Step, index: usize) -> bool {
        let last = match step {
            Step::Write { file, .. } | Step::Length { file, .. } => self.files.get(file),
            Step::Link { path, .. } | Step::Rename { to: path, .. } | Step::Remove { path } | Step::Directory { path } => {
                path.parent().and_then(|parent| self.directories.get(parent))
            }
            Step::Sync { .. } | Step::SyncDirectory { .. } => None,
        };
        last.is_some_and(|&last| last > index)
    }
}

impl State {
    /// Applies a step as far as `keep` lets it, asked once for a sector or a name.
    fn redo(&mut self, step: &Step, keep: &mut dyn FnMut() -> bool) {
        match step {
            Step::Write { file, offset, bytes } => {
                for (sector, chunk) in bytes.chunks(SECTOR).enumerate() {
                    if keep() {
                        put(&mut self.files[*file], *offset as usize + sector * SECTOR, chunk);
                    }
                }
            }
            Step::Length { file, length } => {
                if keep() {
                    self.files[*file].resize(*length as usize, 0);
                }
            }
            Step::Link { path, file } => {
                if keep() {
                    self.names.insert(path.clone(), *file);
                }
            }
            Step::Rename { from, to } => {
                if keep()
                    && let Some(file) = self.names.remove(from)
                {
                    self.names.insert(to.clone(), file);
                }
            }
            Step::Remove { path } => {
                if keep() {
                    self.names.remove(path);
                }
            }
            Step::Directory { path } => {
                if keep() {
                    self.directories.push(path.clone());
                }
            }
            Step::Sync { .. } | Step::SyncDirectory { .. } => {}
        }
    }

    /// Steps that lead to the present contents, all of them synced: what a fresh machine starts from.
    fn as_durable(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for path in self.directories.iter().skip(1) {
            steps.push(Step::Directory { path: path.clone() });
        }
        for (path, &file) in &self.names {
            steps.push(Step::Link { path: path.clone(), file });
            steps.push(Step::Write { file, offset: 0, bytes: self.files[file].as_slice().into() });
            steps.push(Step::Sync { file });
        }
        for path in &self.directories {
            steps.push(Step::SyncDirectory { path: path.clone() });
        }
        steps
    }

    fn fail(&mut self, is_sync: bool) -> io::Result<()> {
        let count = if is_sync { &mut self.syncs } else { &mut self.writes };
        *count += 1;
        match self.fault {
            Some(Fault::Write { nth, errno }) if !is_sync && nth == *count => Err(io::Error::from_raw_os_error(errno)),
            Some(Fault::Sync { nth, errno }) if is_sync && nth == *count => Err(io::Error::from_raw_os_error(errno)),
            _ => Ok(()),
        }
    }
}

impl Vfs for SimDisk {
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn VfsFile>> {
        let mut state = lock(&self.state);
        let file = match state.names.get(path) {
            Some(&file) => file,
            None if mode != Mode::Create => return Err(missing()),
            None => {
                let parent = path.parent().ok_or_else(missing)?;
                if !state.directories.iter().any(|known| known == parent) {
                    return Err(missing());
                }
                let file = state.files.len();
                state.files.push(Vec::new());
                state.names.insert(path.to_path_buf(), file);
                state.steps.push(Step::Link { path: path.to_path_buf(), file });
                file
            }
        };
        Ok(Arc::new(SimFile { disk: self.clone(), file }))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = lock(&self.state);
        if !state.directories.iter().any(|known| known == path) {
            state.directories.push(path.to_path_buf());
            state.steps.push(Step::Directory { path: path.to_path_buf() });
        }
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let state = lock(&self.state);
        if !state.directories.iter().any(|known| known == path) {
            return Err(missing());
        }
        let inside = |name: &&PathBuf| name.parent() == Some(path);
        let all = state.names.keys().filter(inside).chain(state.directories.iter().filter(inside));
        Ok(all.filter_map(|name| Some(name.file_name()?.to_string_lossy().into_owned())).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = lock(&self.state);
        if let Some(words) = state.words.remove(from) {
            state.words.insert(to.to_path_buf(), words);
            return Ok(());
        }
        let file = state.names.remove(from).ok_or_else(missing)?;
        state.names.insert(to.to_path_buf(), file);
        state.steps.push(Step::Rename { from: from.to_path_buf(), to: to.to_path_buf() });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.words.remove(path);
        if state.names.remove(path).is_some() {
            state.steps.push(Step::Remove { path: path.to_path_buf() });
        }
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        lock(&self.state).steps.push(Step::SyncDirectory { path: path.to_path_buf() });
        Ok(())
    }

    fn open_lock(&self, path: &Path, mode: Mode) -> io::Result<Box<dyn LockFile>> {
        self.open(path, mode)?;
        let mut state = lock(&self.state);
        state.next_owner += 1;
        Ok(Box::new(SimLock { disk: self.clone(), owner: state.next_owner }))
    }

    fn shared_words(&self, path: &Path, words: usize, create: bool) -> io::Result<SharedWords> {
        let mut state = lock(&self.state);
        if create {
            let fresh: Arc<[AtomicU64]> = (0..words).map(|_| AtomicU64::new(0)).collect();
            state.words.insert(path.to_path_buf(), fresh);
        }
        let found = state.words.get(path).filter(|found| found.len() == words).ok_or_else(missing)?;
        Ok(SharedWords::heap(Arc::clone(found)))
    }

    fn boot_id(&self) -> u64 {
        lock(&self.state).boot
    }

    fn fresh_uuid(&self) -> io::Result<u128> {
        let mut state = lock(&self.state);
        state.next_owner += 1;
        let mut seed = state.next_owner ^ state.boot << 32;
        Ok(u128::from(scramble(&mut seed)) << 64 | u128::from(scramble(&mut seed)))
    }
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    file: usize,
}

impl VfsFile for SimFile {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = lock(&self.disk.state);
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let bytes = state.files[self.file].get(start..).and_then(|rest| rest.get(..out.len()));
        out.copy_from_slice(bytes.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?);
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = lock(&self.disk.state);
        let failed = state.fail(false);
        let bytes = if failed.is_err() { &bytes[..bytes.len() / 2] } else { bytes };
        put(&mut state.files[self.file], offset as usize, bytes);
        state.steps.push(Step::Write { file: self.file, offset, bytes: bytes.into() });
        failed
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = lock(&self.disk.state);
        state.fail(true)?;
        state.steps.push(Step::Sync { file: self.file });
        Ok(())
    }

    fn named_length(&self) -> io::Result<Option<u64>> {
        let is_named = lock(&self.disk.state).names.values().any(|&file| file == self.file);
        self.length().map(|length| is_named.then_some(length))
    }

    fn length(&self) -> io::Result<u64> {
        Ok(lock(&self.disk.state).files[self.file].len() as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = lock(&self.disk.state);
        state.files[self.file].resize(len as usize, 0);
        state.steps.push(Step::Length { file: self.file, length: len });
        Ok(())
    }

    fn discard(&self) -> io::Result<()> {
        Ok(())
    }

    fn map(&self, _offset: u64, _len: usize) -> Option<Window> {
        None
    }
}

#[derive(Debug)]
struct SimLock {
    disk: SimDisk,
    owner: u64,
}

impl LockFile for SimLock {
    fn is_named(&self) -> io::Result<bool> {
        Ok(true)
    }

    fn try_lock(&self, byte: u64, exclusive: bool) -> io::Result<bool> {
        let mut state = lock(&self.disk.state);
        let clashes = |&(held, owner, other): &(u64, u64, bool)| held == byte && owner != self.owner && (exclusive || other);
        if state.locks.iter().any(clashes) {
            return Ok(false);
        }
        state.locks.retain(|&(held, owner, _)| (held, owner) != (byte, self.owner));
        state.locks.push((byte, self.owner, exclusive));
        Ok(true)
    }

    fn unlock(&self, byte: u64) -> io::Result<()> {
        lock(&self.disk.state).locks.retain(|&(held, owner, _)| (held, owner) != (byte, self.owner));
        Ok(())
    }

    fn held_by_other(&self, start: u64, len: u64) -> io::Result<Option<(u64, u64)>> {
        let state = lock(&self.disk.state);
        let held = state.locks.iter().find(|&&(byte, owner, _)| owner != self.owner && (start..start + len).contains(&byte));
        Ok(held.map(|&(byte, ..)| (byte, byte + 1)))
    }
}

impl Drop for SimLock {
    fn drop(&mut self) {
        lock(&self.disk.state).locks.retain(|&(_, owner, _)| owner != self.owner);
    }
}
