//! One hasher for all internal tables: fast, not resistant to attackers, never used for Ruby hashes
//! with untrusted String keys.

/// Hash map with the house hasher.
pub type FastMap<K, V> = std::collections::HashMap<K, V, rustc_hash::FxBuildHasher>;
/// Hash set with the house hasher.
pub type FastSet<K> = std::collections::HashSet<K, rustc_hash::FxBuildHasher>;
