//! zlib's errors as exceptions.

use libz_sys as z;
use vm::{Raised, Vm};

/// Number, class, and what zlib says about it when it has no more to say.
const ERRORS: [(i32, &str, &str); 7] = [
    (z::Z_STREAM_END, "StreamEnd", "stream end"),
    (z::Z_NEED_DICT, "NeedDict", "need dictionary"),
    (z::Z_STREAM_ERROR, "StreamError", "stream error"),
    (z::Z_DATA_ERROR, "DataError", "data error"),
    (z::Z_BUF_ERROR, "BufError", "buffer error"),
    (z::Z_VERSION_ERROR, "VersionError", "incompatible version"),
    (z::Z_MEM_ERROR, "MemError", "insufficient memory"),
];

/// Defines the classes below Zlib::Error.
pub fn define(vm: &mut Vm, module: vm::Value) {
    let standard_error = vm.core.standard_error;
    let error = vm.define_class_under(module, "Error", standard_error);
    for (_, name, _) in ERRORS {
        vm.define_class_under(module, name, error);
    }
    vm.define_class_under(module, "InProgressError", error);
}

/// The exception for a number.
pub fn failure(vm: &mut Vm, code: i32, message: Option<String>) -> Raised {
    let (class, text) = ERRORS.iter().find(|row| row.0 == code).map_or(("Error", "unknown zlib error"), |row| (row.1, row.2));
    let class = vm.class_at(&format!("Zlib::{class}"));
    vm.raise(class, message.as_deref().unwrap_or(text))
}
