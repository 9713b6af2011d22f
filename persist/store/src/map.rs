//! Mapped memory as arrays of atomics: read-only windows over log and table, and the shared words of
//! the coordination file.
//!
//! Invariant: shared memory is only ever touched through relaxed or stronger atomics and copied out
//! before anybody looks at it, because another process may write it at any time; no `&[u8]` over a
//! mapping exists. Only `coord` is mapped writable. A file truncated under a live mapping reads as zeros
//! (sigbus.rs); lengths are checked when a window is made.

use std::fmt;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::sigbus;
use mmap_rs::{Mmap, MmapFlags, MmapMut, MmapOptions};

/// Room is made sure of in stretches of this size.
const CHUNK_BYTES: usize = 64 << 10;

fn map_error(error: mmap_rs::Error) -> io::Error {
    match error {
        mmap_rs::Error::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

/// A read-only view of a stretch of a file.
pub struct Window {
    map: Mmap,
    /// Number of the range that is protected against a shorter file.
    protected: Option<usize>,
}

impl Drop for Window {
    fn drop(&mut self) {
        if let Some(index) = self.protected {
            sigbus::unregister(index);
        }
    }
}

impl Window {
    /// Maps `len` bytes from `offset`, both page-aligned; the file must be at least that long.
    pub(crate) fn new(file: &File, offset: u64, len: usize) -> io::Result<Self> {
        let options = MmapOptions::new(len).map_err(map_error)?;
        // SAFETY: the mapping is read through atomics only (see the module's invariant), so writes by
        // other processes are races the memory model covers; nobody holds a plain reference into it.
        let options = unsafe { options.with_file(file, offset) };
        let flags = MmapFlags::SHARED | MmapFlags::RANDOM_ACCESS;
        let map = options.with_flags(flags).map().map_err(map_error)?;
        let protected = sigbus::register(map.as_ptr() as usize, map.size(), false);
        Ok(Self { map, protected })
    }

    fn words(&self) -> &[AtomicU64] {
        let count = self.map.size() / 8;
        // SAFETY: the mapping is page-aligned, `count * 8` bytes long, readable and lives as long as
        // `self`; `AtomicU64` loads are the only access (stores would fault, and none is made here).
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().cast::<AtomicU64>(), count) }
    }

    /// The little-endian word at a multiple of 8; `None` outside the window.
    #[inline]
    pub(crate) fn word(&self, offset: usize) -> Option<u64> {
        Some(u64::from_le(self.words().get(offset / 8)?.load(Ordering::Relaxed)))
    }

    /// Copies out from a multiple of 8; false when it does not lie inside the window.
    pub(crate) fn copy(&self, offset: usize, out: &mut [u8]) -> bool {
        let first = offset / 8;
        let Some(words) = self.words().get(first..first + out.len().div_ceil(8)) else {
            return false;
        };
        let mut chunks = out.chunks_exact_mut(8);
        let mut source = words.iter();
        for (chunk, word) in (&mut chunks).zip(&mut source) {
            chunk.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes());
        }
        let rest = chunks.into_remainder();
        if let Some(word) = source.next() {
            rest.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes()[..rest.len()]);
        }
        true
    }
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Window({} bytes)", self.map.size())
    }
}

enum Memory {
    Mapped(MmapMut),
    Heap(std::sync::Arc<[AtomicU64]>),
}

/// An array of shared 64-bit words: the coordination file, or plain memory in the simulator.
pub struct SharedWords {
    memory: Memory,
    /// Number of the range that is protected against a shorter file.
    protected: Option<usize>,
    file: Option<File>,
    /// By stretches of `CHUNK_BYTES`: is the disk known to have room for it?
    reserved: Box<[AtomicU64]>,
}

impl SharedWords {
    /// Maps `count` words of a file that is at least that long.
    pub(crate) fn mapped(file: &File, count: usize) -> io::Result<Self> {
        let options = MmapOptions::new(count * 8).map_err(map_error)?;
        // SAFETY: the mapping is used as an array of atomics only; other processes do the same.
        let options = unsafe { options.with_file(file, 0) };
        let map = options.with_flags(MmapFlags::SHARED).map_mut().map_err(map_error)?;
        let protected = sigbus::register(map.as_ptr() as usize, map.size(), true);
        Ok(Self {
            memory: Memory::Mapped(map),
            protected,
            file: Some(file.try_clone()?),
            reserved: (0..(count * 8).div_ceil(CHUNK_BYTES).div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
        })
    }

    /// Makes sure that the disk has room for `count` words from `start`: a store into a hole of a mapped file on a full disk would end
    /// the process.
    pub(crate) fn reserve(&self, start: usize, count: usize) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let end = (start + count).min(self.len()) * 8;
        for chunk in start * 8 / CHUNK_BYTES..end.div_ceil(CHUNK_BYTES) {
            let (word, bit) = (&self.reserved[chunk / 64], 1 << (chunk % 64));
            if word.load(Ordering::Relaxed) & bit == 0 {
                let bytes = CHUNK_BYTES.min(self.len() * 8 - chunk * CHUNK_BYTES);
                crate::sys::allocate(file, (chunk * CHUNK_BYTES) as u64, bytes as u64)?;
                word.fetch_or(bit, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// Words in this process, shared by clones of the `Arc`.
    pub(crate) fn heap(words: std::sync::Arc<[AtomicU64]>) -> Self {
        Self { memory: Memory::Heap(words), protected: None, file: None, reserved: Box::default() }
    }

    fn words(&self) -> &[AtomicU64] {
        match &self.memory {
            Memory::Heap(words) => words,
            // SAFETY: the mapping is page-aligned, readable, writable and lives as long as `self`;
            // all access in every process is atomic.
            Memory::Mapped(map) => unsafe { std::slice::from_raw_parts(map.as_ptr().cast::<AtomicU64>(), map.size() / 8) },
        }
    }

    /// Number of words.
    pub(crate) fn len(&self) -> usize {
        self.words().len()
    }

    /// Word `index`, which the caller has checked against the layout.
    #[inline]
    pub(crate) fn word(&self, index: usize) -> &AtomicU64 {
        &self.words()[index]
    }

    /// The low half of word `index` as a futex; such a word is never accessed as a whole.
    pub(crate) fn futex(&self, index: usize) -> &AtomicU32 {
        let word = self.word(index).as_ptr().cast::<u32>();
        // SAFETY: 4 aligned bytes inside a live word; by the layout of `coord`, futex words are only
        // accessed through this function, so no access of another size races with it.
        unsafe { AtomicU32::from_ptr(word) }
    }
}

impl Drop for SharedWords {
    fn drop(&mut self) {
        if let Some(index) = self.protected {
            sigbus::unregister(index);
        }
    }
}

impl fmt::Debug for SharedWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedWords({})", self.len())
    }
}
