//! Ruby regular expressions over Onigmo-compatible `onig`; no VM.
