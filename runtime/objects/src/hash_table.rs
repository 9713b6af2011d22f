//! The insertion-ordered table inside a Hash: entries in order, an open-addressing index above 8.
//!
//! Key comparison may run Ruby code that changes the table, so a search is a cursor: `probe` gives the
//! next entry whose stored hash fits, the caller compares and goes on. All accesses are bounds-checked,
//! so a table that changed under a search gives a stale answer, never a wrong access.

use value::Value;

const LINEAR_MAX: usize = 8;
const EMPTY: u32 = u32::MAX;
const REMOVED: u32 = u32::MAX - 1;

/// Number of a key whose `hash` has not been asked yet (a persistent Hash is filled without running code). No key has it.
pub const UNKNOWN: u64 = u64::MAX;

/// One pair.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Hash number of the key.
    pub hash: u64,
    /// Key; undef when removed.
    pub key: Value,
    /// Value.
    pub value: Value,
}

/// The table.
#[derive(Clone, Default)]
pub struct HashTable {
    entries: Vec<Entry>,
    /// Entry numbers by hash; empty while the entries are few.
    index: Vec<u32>,
    live: usize,
    /// Entries before this are removed (`shift` queues).
    first: usize,
    /// Live entries whose number is `UNKNOWN`: they stand in no index.
    unknown: usize,
}

/// State of a search.
#[derive(Clone, Copy)]
pub struct Probe {
    hash: u64,
    step: usize,
}

fn mix(hash: u64) -> usize {
    (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize
}

impl HashTable {
    /// An empty table with room for `count` pairs.
    pub fn with_capacity(count: usize) -> HashTable {
        HashTable { entries: Vec::with_capacity(count), ..HashTable::default() }
    }

    /// Number of pairs.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.live
    }

    /// No pairs?
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Number of entry positions, removed ones included; iterate `0..positions()` with `entry`.
    #[inline(always)]
    pub fn positions(&self) -> usize {
        self.entries.len()
    }

    /// Live entry at a position.
    #[inline(always)]
    pub fn entry(&self, position: usize) -> Option<Entry> {
        self.entries.get(position).copied().filter(|entry| !entry.key.is_undef())
    }

    /// First live position at or behind `position`.
    pub fn next_position(&self, position: usize) -> Option<usize> {
        (position.max(self.first)..self.entries.len()).find(|&at| !self.entries[at].key.is_undef())
    }

    /// Live entries in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Entry> + '_ {
        self.entries[self.first.min(self.entries.len())..].iter().copied().filter(|entry| !entry.key.is_undef())
    }

    /// Starts a search.
    #[inline(always)]
    pub fn search(&self, hash: u64) -> Probe {
        Probe { hash, step: 0 }
    }

    /// Next position whose key may be equal.
    #[inline(always)]
    pub fn probe(&self, probe: &mut Probe) -> Option<usize> {
        if self.index.is_empty() {
            return self.probe_linear(probe);
        }
        let mask = self.index.len() - 1;
        while probe.step <= mask {
            let slot = mix(probe.hash).wrapping_add(probe.step) & mask;
            probe.step += 1;
            match self.index[slot] {
                EMPTY => return None,
                REMOVED => {}
                position => {
                    if self.entries.get(position as usize).is_some_and(|entry| entry.hash == probe.hash && !entry.key.is_undef()) {
                        return Some(position as usize);
                    }
                }
            }
        }
        None
    }

    /// Position of the very value `key`, whose hash number is `hash`.
    #[inline]
    pub fn find_identical(&self, hash: u64, key: Value) -> Option<usize> {
        if self.index.is_empty() {
            return self.entries.iter().position(|entry| entry.key == key);
        }
        let mut probe = self.search(hash);
        while let Some(position) = self.probe(&mut probe) {
            if self.entries[position].key == key {
                return Some(position);
            }
        }
        None
    }

    #[inline(always)]
    fn probe_linear(&self, probe: &mut Probe) -> Option<usize> {
        while let Some(entry) = self.entries.get(probe.step) {
            probe.step += 1;
            if entry.hash == probe.hash && !entry.key.is_undef() {
                return Some(probe.step - 1);
            }
        }
        None
    }

    /// Appends a pair whose key is known to be absent.
    pub fn insert_new(&mut self, hash: u64, key: Value, value: Value) {
        if self.entries.len() == self.entries.capacity() && self.live * 2 < self.entries.len() {
            self.compact();
        }
        self.entries.push(Entry { hash, key, value });
        self.live += 1;
        self.unknown += usize::from(hash == UNKNOWN);
        if self.index.is_empty() && self.entries.len() <= LINEAR_MAX {
            return;
        }
        if self.entries.len() * 4 > self.index.len() * 3 {
            self.rebuild_index();
        } else if hash != UNKNOWN {
            self.insert_index(hash, self.entries.len() - 1);
        }
    }

    /// Do keys stand here whose numbers have to be asked before any other key is looked for?
    #[inline(always)]
    pub fn has_unknown(&self) -> bool {
        self.unknown > 0
    }

    /// The first position with an unknown number.
    pub fn next_unknown(&self) -> Option<usize> {
        if self.unknown == 0 {
            return None;
        }
        self.entries.iter().position(|entry| entry.hash == UNKNOWN && !entry.key.is_undef())
    }

    /// Gives the key at a position its number, if it is `key` still and has none.
    pub fn set_number(&mut self, position: usize, key: Value, number: u64) {
        let fits = self.entry(position).is_some_and(|entry| entry.key == key && entry.hash == UNKNOWN);
        if !fits || number == UNKNOWN {
            return;
        }
        self.entries[position].hash = number;
        self.unknown -= 1;
        if !self.index.is_empty() {
            self.insert_index(number, position);
        }
    }

    /// Replaces the value at a live position.
    pub fn set_value(&mut self, position: usize, value: Value) {
        if let Some(entry) = self.entries.get_mut(position) {
            entry.value = value;
        }
    }

    /// Replaces the key at a live position by an equal one.
    pub fn set_key(&mut self, position: usize, key: Value) {
        if let Some(entry) = self.entries.get_mut(position) {
            entry.key = key;
        }
    }

    /// Removes the pair at a position and returns it.
    pub fn remove(&mut self, position: usize) -> Option<Entry> {
        let entry = self.entry(position)?;
        if entry.hash == UNKNOWN {
            self.unknown -= 1;
        } else if !self.index.is_empty() {
            self.remove_index(entry.hash, position);
        }
        self.entries[position].key = Value::UNDEF;
        self.entries[position].value = Value::NIL;
        self.live -= 1;
        if self.live == 0 {
            *self = HashTable { entries: std::mem::take(&mut self.entries), ..HashTable::default() };
            self.entries.clear();
        } else if position == self.first {
            self.first = self.next_position(position).unwrap_or(self.entries.len());
        }
        Some(entry)
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        *self = HashTable::default();
    }

    /// Forgets removed entries; positions change.
    pub fn compact(&mut self) {
        self.entries.retain(|entry| !entry.key.is_undef());
        self.first = 0;
        if !self.index.is_empty() {
            self.rebuild_index();
        }
    }

    fn rebuild_index(&mut self) {
        let size = (self.entries.len() * 2).next_power_of_two().max(16);
        self.index.clear();
        self.index.resize(size, EMPTY);
        for position in 0..self.entries.len() {
            if !self.entries[position].key.is_undef() && self.entries[position].hash != UNKNOWN {
                self.insert_index(self.entries[position].hash, position);
            }
        }
    }

    fn insert_index(&mut self, hash: u64, position: usize) {
        let mask = self.index.len() - 1;
        let mut slot = mix(hash) & mask;
        while self.index[slot] < REMOVED {
            slot = (slot + 1) & mask;
        }
        self.index[slot] = u32::try_from(position).expect("a table of 2^32 entries does not fit in memory");
    }

    fn remove_index(&mut self, hash: u64, position: usize) {
        let mask = self.index.len() - 1;
        for step in 0..=mask {
            let slot = mix(hash).wrapping_add(step) & mask;
            if self.index[slot] == EMPTY {
                return;
            }
            if self.index[slot] as usize == position {
                self.index[slot] = REMOVED;
                return;
            }
        }
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.index.capacity() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(table: &HashTable, key: i64) -> Option<usize> {
        let mut probe = table.search(key as u64 % 7);
        while let Some(position) = table.probe(&mut probe) {
            if table.entry(position).expect("live").key == Value::small(key) {
                return Some(position);
            }
        }
        None
    }

    #[test]
    fn keeps_order_and_finds_through_collisions_and_removals() {
        let mut table = HashTable::default();
        for key in 0..100 {
            table.insert_new(key as u64 % 7, Value::small(key), Value::small(key * 2));
        }
        for key in (0..100).step_by(3) {
            let position = find(&table, key).expect("present");
            assert_eq!(table.remove(position).map(|entry| entry.value), Some(Value::small(key * 2)));
        }
        for key in 0..100 {
            assert_eq!(find(&table, key).is_some(), key % 3 != 0, "{key}");
        }
        table.compact();
        let keys: Vec<_> = table.iter().map(|entry| entry.key.as_fixnum().expect("integer")).collect();
        assert_eq!(keys, (0..100).filter(|key| key % 3 != 0).collect::<Vec<_>>());
        assert!(find(&table, 50).is_some());
    }

    #[test]
    fn keys_without_a_number_are_found_once_they_have_one() {
        let mut table = HashTable::default();
        for key in 0..30 {
            table.insert_new(if key % 2 == 0 { UNKNOWN } else { key as u64 % 7 }, Value::small(key), Value::NIL);
        }
        assert!(find(&table, 4).is_none() && find(&table, 5).is_some());
        let first = table.next_unknown().expect("half of them");
        assert!(table.remove(first).is_some());
        while let Some(position) = table.next_unknown() {
            let key = table.entry(position).expect("live").key;
            table.set_number(position, key, key.as_fixnum().expect("integer") as u64 % 7);
        }
        assert!(!table.has_unknown());
        assert_eq!((0..30).filter(|&key| find(&table, key).is_some()).count(), 29);
        table.compact();
        assert!(find(&table, 28).is_some());
    }

    #[test]
    fn a_queue_does_not_grow_its_index_for_ever() {
        let mut table = HashTable::default();
        for key in 0..10_000i64 {
            table.insert_new(key as u64 % 7, Value::small(key), Value::NIL);
            if table.len() > 20 {
                let first = table.next_position(0).expect("not empty");
                table.remove(first);
            }
        }
        assert_eq!(table.len(), 20);
        assert!(table.positions() < 200, "{}", table.positions());
    }
}
