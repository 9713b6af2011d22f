//! Persistent roots, faulting, commit and the Maglev module.
