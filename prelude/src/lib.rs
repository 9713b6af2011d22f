//! The core methods that yield, written in Ruby (`core/`) and compiled with the program (`build.rs`).
#![forbid(unsafe_code)]

use bytecode::Function;

macro_rules! files {
    ($($name:literal)*) => {
        /// Images of the files, in load order. Their names, `<internal:...>`, hide them from backtraces.
        const IMAGES: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".image")))),*];
    };
}

files! { "comparable" "kernel" "enumerable" "integer_iterators" "array" "hash" "range" "struct" "enumerator" "lazy" "set" "set_subclass" "thread" "environment" "argument_files" "argument_reading" "pathname" "transactions" "persistent_classes" }

/// The files' functions in load order; the error names the file that cannot be read.
pub fn functions() -> impl Iterator<Item = Result<Function, String>> {
    IMAGES.iter().map(|(name, image)| bytecode::image::read(image).map_err(|error| format!("<internal:{name}>: {error}")))
}

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
