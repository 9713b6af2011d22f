//! The core methods that yield, written in Ruby (`core/`) and compiled with the program (`build.rs`), and the text
//! of built-in libraries (`lib/`).
#![forbid(unsafe_code)]

use bytecode::Function;

macro_rules! files {
    ($($name:literal)*) => {
        /// Images of the files, in load order. Their names, `<internal:...>`, hide them from backtraces.
        const IMAGES: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".image")))),*];
    };
}

files! { "comparable" "kernel" "enumerable" "integer_iterators" "array" "hash" "range" "struct" "enumerator" "lazy" "set" "thread" "environment" "argument_files" "argument_reading" "pathname" }

/// The files' functions in load order; the error names the file that cannot be read.
pub fn functions() -> impl Iterator<Item = Result<Function, String>> {
    IMAGES.iter().map(|(name, image)| bytecode::image::read(image).map_err(|error| format!("<internal:{name}>: {error}")))
}

/// Libraries written in Ruby that `require` finds without a file: name and text. They are compiled on first use.
pub const LIBRARIES: &[(&str, &str)] = &[
    ("did_you_mean", include_str!("../lib/did_you_mean.rb")),
    ("error_highlight", include_str!("../lib/error_highlight.rb")),
    ("etc", include_str!("../lib/etc.rb")),
    ("pathname", include_str!("../lib/pathname.rb")),
    ("ractor", include_str!("../lib/ractor.rb")),
    ("stringio", include_str!("../lib/stringio.rb")),
    ("timeout", include_str!("../lib/timeout.rb")),
    ("tmpdir", include_str!("../lib/tmpdir.rb")),
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_file_has_an_image_that_verifies() {
        let files = std::fs::read_dir("core").unwrap().count();
        assert_eq!(super::functions().count(), files);
        for function in super::functions() {
            bytecode::verify::verify(&function.unwrap()).unwrap();
        }
    }
}
