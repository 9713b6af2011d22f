//! Sets of object ids, a bit an id where ids are dense.
//!
//! Invariant: memory is taken for stretches that hold an id only, so that a damaged reference does not cost more than others.

use crate::types::Oid;
use std::collections::HashMap;

/// Ids of a stretch.
const STRETCH: u64 = 1 << 15;

/// A set of object ids.
#[derive(Default)]
pub(crate) struct OidSet {
    stretches: HashMap<u64, Box<[u64]>>,
}

impl OidSet {
    /// Adds an id; false when it was there.
    pub(crate) fn insert(&mut self, oid: Oid) -> bool {
        let stretch = self.stretches.entry(oid.0 / STRETCH).or_insert_with(|| vec![0; (STRETCH / 64) as usize].into());
        let (word, bit) = place(oid);
        let is_new = stretch[word] & bit == 0;
        stretch[word] |= bit;
        is_new
    }

    /// Takes an id out; false when it was not there.
    pub(crate) fn remove(&mut self, oid: Oid) -> bool {
        let was_there = self.has(oid);
        if let Some(stretch) = self.stretches.get_mut(&(oid.0 / STRETCH)).filter(|_| was_there) {
            let (word, bit) = place(oid);
            stretch[word] &= !bit;
        }
        was_there
    }

    /// Whether the id is there.
    pub(crate) fn has(&self, oid: Oid) -> bool {
        let (word, bit) = place(oid);
        self.stretches.get(&(oid.0 / STRETCH)).is_some_and(|stretch| stretch[word] & bit != 0)
    }
}

fn place(oid: Oid) -> (usize, u64) {
    let within = oid.0 % STRETCH;
    ((within / 64) as usize, 1 << (within % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_and_go() {
        let mut set = OidSet::default();
        for oid in [0, 63, 64, STRETCH, Oid::MAX].map(Oid) {
            assert!(!set.has(oid) && set.insert(oid) && !set.insert(oid) && set.has(oid));
            assert!(set.remove(oid) && !set.remove(oid));
        }
    }
}
