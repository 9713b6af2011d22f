//! Ruby objects to records and back.
