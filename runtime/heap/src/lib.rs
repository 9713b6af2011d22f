//! Memory for Ruby objects: size-classed blocks, marking, lazy sweep.
