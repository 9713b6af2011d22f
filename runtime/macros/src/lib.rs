//! Attributes that declare a builtin method beside its body.
