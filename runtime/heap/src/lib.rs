//! Memory for Ruby objects: non-moving size-classed blocks, sticky marks in two generations, lazy sweep.
//!
//! Invariant: a cell whose kind is `Free` holds nothing; every other cell is initialised, so that
//! any word found on a stack can be tested for being a reference.
#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "bump allocation inside blocks")]
pub mod alloc;
#[expect(unsafe_code, reason = "finds the heap of a cell through its block")]
pub mod barrier;
#[expect(unsafe_code, reason = "owns the memory of blocks")]
pub mod block;
#[expect(unsafe_code, reason = "looks at and frees cells of all blocks")]
mod collect;
pub mod external;
#[expect(unsafe_code, reason = "follows references and words that may be references")]
pub mod mark;
#[expect(unsafe_code, reason = "a list through what Rust code keeps")]
pub mod rooted;
#[expect(unsafe_code, reason = "reads registers and stacks")]
pub mod roots;

pub use alloc::{CellCounts, Heap, Hooks, SIZE_CLASSES, Stats, cell_bytes};
pub use barrier::{barrier_has_work, remember, write_barrier};
pub use collect::{Cause, Extent};
pub use external::ExternalSpace;
pub use mark::{Liveness, Tracer};
pub use rooted::{RootList, Rooted, RootedValues, Trace};
pub use roots::{RootSource, clear_stack_below, with_spilled_registers};
