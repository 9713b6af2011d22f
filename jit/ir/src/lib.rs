//! SSA intermediate representation for speculation.
