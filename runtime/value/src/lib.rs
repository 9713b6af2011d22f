//! One 64-bit word that holds every Ruby value; symbols and object headers.
