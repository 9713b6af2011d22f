//! What `--trace=jit`, the dumps and the profiler's map print.

use std::fs::OpenOptions;
use std::io::Write;

/// A line on stderr.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stderr(), "jit: {text}");
}

/// A dump with a heading on stderr.
pub(crate) fn dump(heading: &str, text: &str) {
    let _ = writeln!(std::io::stderr(), "== {heading}\n{text}");
}

/// A line of the map that `perf` reads.
pub(crate) fn perfmap(entry: *const u8, bytes: usize, name: &str) {
    let path = format!("/tmp/perf-{}.map", std::process::id());
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(path) {
        let _ = writeln!(file, "{:x} {bytes:x} {name}", entry as usize);
    }
}
