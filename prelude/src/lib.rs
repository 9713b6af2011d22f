//! Ruby text of the core methods that yield, in load order.
#![forbid(unsafe_code)]

macro_rules! files {
    ($($name:literal)*) => {
        /// Name (`<internal:...>`, hidden from backtraces) and text of each file.
        pub const FILES: &[(&str, &str)] = &[$((concat!("<internal:", $name, ">"), include_str!(concat!("../core/", $name, ".rb")))),*];
    };
}

files! { "comparable" "enumerable" "integer_iterators" "array" "hash" "range" "struct" "enumerator" "lazy" "set" }
