//! Persistent roots: the objects of a repository as Ruby objects, and module Maglev.
//!
//! Life of a persistent object: *ghost* (identity only; the first touch loads it), *clean* (its gc byte
//! has the barrier bit), *dirty* (the barrier was called once; listed for the next commit). New objects
//! become persistent when a commit finds them reachable from a dirty one.
#![forbid(unsafe_code)]

mod api;
mod class;
mod closure;
mod collect;
mod counters;
mod cuts;
mod decode;
mod encode;
mod exchange;
mod isolation;
mod locks;
mod nested;
mod parts;
mod past;
mod pending;
mod repository;
mod space;
mod transaction;

pub use api::{begin_persistent, close, init, repository_path};
