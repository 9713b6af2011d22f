//! One hasher for all internal tables: fast, not resistant to attackers, never used for Ruby hashes
//! with untrusted String keys.

/// Hash map with the house hasher.
pub type FastMap<K, V> = std::collections::HashMap<K, V, rustc_hash::FxBuildHasher>;
/// Hash set with the house hasher.
pub type FastSet<K> = std::collections::HashSet<K, rustc_hash::FxBuildHasher>;
/// Hash table whose entries know their own keys: the caller hashes (with `hash_of`) and compares.
pub use hashbrown::HashTable;

/// What the house hasher gives for a value.
#[inline]
pub fn hash_of<T: std::hash::Hash + ?Sized>(value: &T) -> u64 {
    std::hash::BuildHasher::hash_one(&rustc_hash::FxBuildHasher, value)
}
