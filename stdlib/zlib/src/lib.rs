//! The native part of the library `zlib`: streams and checksums. Gzip files are Ruby over them (`stdlib/libraries/ruby/zlib.rb`).
//!
//! Rooms: `raw` the calls of zlib, `stream` what all streams do, `deflate` and `inflate` the two directions, `checksum` the functions
//! of Zlib, `errors` its exceptions. The C library itself, not a port: what `Zlib.deflate` gives is CRuby's, byte for byte.
//! Source: CRuby `ext/zlib` 3.2.2 (behaviour).

mod checksum;
mod deflate;
mod errors;
mod inflate;
mod raw;
mod stream;

use vm::{RResult, Vm};

const NUMBERS: [(&str, i32); 36] = [
    ("BINARY", 0),
    ("ASCII", 1),
    ("TEXT", 1),
    ("UNKNOWN", 2),
    ("NO_COMPRESSION", 0),
    ("BEST_SPEED", 1),
    ("BEST_COMPRESSION", 9),
    ("DEFAULT_COMPRESSION", -1),
    ("FILTERED", 1),
    ("HUFFMAN_ONLY", 2),
    ("RLE", 3),
    ("FIXED", 4),
    ("DEFAULT_STRATEGY", 0),
    ("MAX_WBITS", 15),
    ("DEF_MEM_LEVEL", 8),
    ("MAX_MEM_LEVEL", 9),
    ("NO_FLUSH", 0),
    ("SYNC_FLUSH", 2),
    ("FULL_FLUSH", 3),
    ("FINISH", 4),
    ("OS_CODE", 3),
    ("OS_MSDOS", 0),
    ("OS_AMIGA", 1),
    ("OS_VMS", 2),
    ("OS_UNIX", 3),
    ("OS_VMCMS", 4),
    ("OS_ATARI", 5),
    ("OS_OS2", 6),
    ("OS_MACOS", 7),
    ("OS_ZSYSTEM", 8),
    ("OS_CPM", 9),
    ("OS_TOPS20", 10),
    ("OS_WIN32", 11),
    ("OS_QDOS", 12),
    ("OS_RISCOS", 13),
    ("OS_UNKNOWN", 255),
];

/// Defines Zlib, but for gzip files.
pub fn init(vm: &mut Vm) -> RResult<()> {
    let object = vm.core.object;
    let module = vm.define_module_under(object, "Zlib");
    errors::define(vm, module);
    let stream = vm.define_class_under(module, "ZStream", object);
    vm.set_allocator(stream, |vm, class| {
        let name = vm.class_name_text(class);
        Err(vm.type_error(&format!("allocator undefined for {name}")))
    });
    for name in ["Deflate", "Inflate"] {
        let class = vm.define_class_under(module, name, stream);
        vm.set_allocator(class, stream::allocate);
    }
    let module = vm.class_view(module);
    for (name, number) in NUMBERS {
        let (name, number) = (vm.intern(name), vm.int(i64::from(number)));
        vm.set_constant_raw(module, name, number);
    }
    for (name, version) in [("VERSION", "3.2.2".to_owned()), ("ZLIB_VERSION", raw::version())] {
        let (name, version) = (vm.intern(name), vm.frozen_string(version.as_bytes(), text::Encoding::US_ASCII));
        vm.set_constant_raw(module, name, version);
    }
    vm.define_groups(&[stream::Common::GROUP, deflate::Deflate::GROUP, inflate::Inflate::GROUP, checksum::Functions::GROUP]);
    Ok(())
}
