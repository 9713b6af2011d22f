//! Helpers of the store's tests: scratch directories, a small generator, short ways to build commits.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::{Path, PathBuf};
use store::{CommitSet, Content, Durability, Epoch, Oid, OpenOptions, Outcome, Session, Write};

/// A directory removed when the test ends.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("store-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("scratch directory");
        Self(path)
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Small segments keep tests quick and cross segment boundaries.
pub fn small_options() -> OpenOptions {
    OpenOptions { segment_size: 64 << 10, ..OpenOptions::default() }
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

pub fn content(body: &[u8]) -> Content {
    Content { kind: 1, flags: 2, refs: vec![Oid(1)], body: body.to_vec() }
}

pub fn put(oid: u64, base: Option<u64>, body: &[u8]) -> Write {
    Write { oid: Oid(oid), base: base.map(Epoch), content: Some(content(body)) }
}

pub fn set(writes: Vec<Write>) -> CommitSet {
    CommitSet { writes, ..CommitSet::default() }
}

pub fn done(outcome: Outcome) -> Epoch {
    match outcome {
        Outcome::Done { epoch, .. } => epoch,
        other => panic!("commit did not happen: {other:?}"),
    }
}

pub fn commit(session: &mut dyn Session, writes: Vec<Write>) -> Epoch {
    done(session.commit(&set(writes), Durability::Sync).expect("commit"))
}

pub fn body(session: &mut dyn Session, oid: u64) -> Option<Vec<u8>> {
    session.read(Oid(oid)).expect("read").map(|record| record.body)
}
