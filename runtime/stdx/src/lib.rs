//! Foundations with no Ruby knowledge: typed ids, hashing, checked byte reads, indented dumps.
