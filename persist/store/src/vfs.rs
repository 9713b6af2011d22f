//! All file access of the store behind one trait, so that a simulator can stand in for the disk.
//!
//! Invariant: nothing else in this crate opens, writes, syncs, renames or locks a file. Symbolic
//! links are refused at the last path component, descriptors are close-on-exec.

use crate::map::{SharedWords, Window};
use crate::sys;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// How a file is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Existing, reading only.
    Read,
    /// Existing, reading and writing.
    Write,
    /// Reading and writing, created (mode 0600) when absent.
    Create,
}

/// A file system.
pub trait Vfs: Send + Sync + fmt::Debug {
    /// Opens a regular file.
    ///
    /// # Errors
    /// As the operating system reports.
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn VfsFile>>;
    /// Creates a directory with mode 0700; an existing one is fine.
    ///
    /// # Errors
    /// As the operating system reports.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Names in a directory.
    ///
    /// # Errors
    /// As the operating system reports.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
    /// Replaces `to` by `from`.
    ///
    /// # Errors
    /// As the operating system reports.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Deletes a file; one that is not there is fine.
    ///
    /// # Errors
    /// As the operating system reports.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes creations, renames and removals in a directory durable.
    ///
    /// # Errors
    /// As the operating system reports.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// A new open file description of the lock file.
    ///
    /// # Errors
    /// As the operating system reports.
    fn open_lock(&self, path: &Path, mode: Mode) -> io::Result<Box<dyn LockFile>>;
    /// Maps the coordination file with `words` words, new and zeroed when `create`.
    ///
    /// # Errors
    /// As the operating system reports; an existing file of another size is an error.
    fn shared_words(&self, path: &Path, words: usize, create: bool) -> io::Result<SharedWords>;
    /// A number that changes with every boot of the machine.
    fn boot_id(&self) -> u64;
    /// 128 unpredictable bits for a new repository's identity.
    ///
    /// # Errors
    /// As the operating system reports.
    fn fresh_uuid(&self) -> io::Result<u128>;
}

/// An open file; all offsets are absolute, so that threads can share it.
pub trait VfsFile: Send + Sync + fmt::Debug {
    /// Fills `out` from `offset`.
    ///
    /// # Errors
    /// `UnexpectedEof` when the file ends before.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;
    /// Writes everything at `offset`.
    ///
    /// # Errors
    /// As the operating system reports; part may have been written.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Makes everything written so far durable.
    ///
    /// # Errors
    /// After an error nothing about earlier writes is known.
    fn sync(&self) -> io::Result<()>;
    /// Length in bytes.
    ///
    /// # Errors
    /// As the operating system reports.
    fn length(&self) -> io::Result<u64>;
    /// Length of the file if it still has a name: one that was deleted or replaced takes writes that nobody will ever read.
    ///
    /// # Errors
    /// As the operating system reports.
    fn named_length(&self) -> io::Result<Option<u64>>;
    /// Changes the length; new bytes read as zero.
    ///
    /// # Errors
    /// As the operating system reports.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Gives the disk's room for everything back; the bytes read as zero or as they were.
    ///
    /// # Errors
    /// As the operating system reports.
    fn discard(&self) -> io::Result<()>;
    /// A read-only mapping, or `None` when the stretch has to be read with `read_at`.
    fn map(&self, offset: u64, len: usize) -> Option<Window>;
}

/// One open description of the lock file; dropping it frees its bytes, also when the process dies.
pub trait LockFile: Send + Sync + fmt::Debug {
    /// Takes a byte without waiting.
    ///
    /// # Errors
    /// As the operating system reports; a taken byte is `Ok(false)`.
    fn try_lock(&self, byte: u64, exclusive: bool) -> io::Result<bool>;
    /// Gives a byte back.
    ///
    /// # Errors
    /// As the operating system reports.
    fn unlock(&self, byte: u64) -> io::Result<()>;
    /// Has the file a name still?
    ///
    /// # Errors
    /// As the operating system reports.
    fn is_named(&self) -> io::Result<bool>;
    /// First stretch in `start..start + len` another description holds.
    ///
    /// # Errors
    /// As the operating system reports.
    fn held_by_other(&self, start: u64, len: u64) -> io::Result<Option<(u64, u64)>>;
}

/// The real thing.
#[derive(Clone, Copy, Default, Debug)]
pub struct OsVfs;

fn open_file(path: &Path, mode: Mode) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(mode != Mode::Read).create(mode == Mode::Create);
    let file = options.mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok(file)
}

impl Vfs for OsVfs {
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn VfsFile>> {
        Ok(Arc::new(OsFile(open_file(path, mode)?)))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            other => other,
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        fs::read_dir(path)?.map(name).collect()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn open_lock(&self, path: &Path, mode: Mode) -> io::Result<Box<dyn LockFile>> {
        Ok(Box::new(OsFile(open_file(path, mode)?)))
    }

    fn shared_words(&self, path: &Path, words: usize, create: bool) -> io::Result<SharedWords> {
        let file = open_file(path, if create { Mode::Create } else { Mode::Write })?;
        if create {
            file.set_len(0)?;
            file.set_len(words as u64 * 8)?;
        }
        let length = file.metadata()?.len();
        if length != words as u64 * 8 {
            let message = format!("{length} bytes where {} belong", words * 8);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        SharedWords::mapped(&file, words)
    }

    fn boot_id(&self) -> u64 {
        let text = fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        xxhash_rust::xxh3::xxh3_64(&text)
    }

    fn fresh_uuid(&self) -> io::Result<u128> {
        use std::io::Read;
        let mut raw = [0; 16];
        File::open("/dev/urandom")?.read_exact(&mut raw)?;
        Ok(u128::from_le_bytes(raw))
    }
}

#[derive(Debug)]
struct OsFile(File);

impl VfsFile for OsFile {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn named_length(&self) -> io::Result<Option<u64>> {
        let metadata = self.0.metadata()?;
        Ok((metadata.nlink() > 0).then_some(metadata.len()))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn discard(&self) -> io::Result<()> {
        sys::discard(&self.0, self.length()?)
    }

    fn map(&self, offset: u64, len: usize) -> Option<Window> {
        if self.length().ok()? < offset + len as u64 {
            return None;
        }
        Window::new(&self.0, offset, len).ok()
    }
}

impl LockFile for OsFile {
    fn is_named(&self) -> io::Result<bool> {
        Ok(self.0.metadata()?.nlink() > 0)
    }

    fn try_lock(&self, byte: u64, exclusive: bool) -> io::Result<bool> {
        sys::try_lock(&self.0, byte, exclusive)
    }

    fn unlock(&self, byte: u64) -> io::Result<()> {
        sys::unlock(&self.0, byte)
    }

    fn held_by_other(&self, start: u64, len: u64) -> io::Result<Option<(u64, u64)>> {
        sys::held_by_other(&self.0, start, len)
    }
}
