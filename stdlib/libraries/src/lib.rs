//! The table of the libraries that are part of the runtime: those in Ruby (`ruby/`), and the native parts of those whose Ruby
//! files are installed, each in a crate of its own.
//!
//! A library is one row: the features that `require` finds it by, what defines it, its text. Invariant: a row costs nothing
//! before it is required.
#![forbid(unsafe_code)]

use vm::library::Library;

macro_rules! text {
    ($($name:literal),*) => {
        concat!($(include_str!(concat!("../ruby/", $name, ".rb"))),*)
    };
}

/// All libraries.
pub const LIBRARIES: &[Library] = &[
    Library::core(&["enumerator.so"]),
    Library::core(&["thread.rb"]),
    Library::core(&["fiber.so"]),
    Library::core(&["rational.so"]),
    Library::core(&["complex.so"]),
    Library::core(&["pathname.so"]),
    Library::core(&["ruby2_keywords.rb"]),
    Library::core(&["set.rb"]),
    Library::built_in(&["monitor.rb", "monitor.so"]),
    Library::ruby(&["continuation.so"], text!("continuation")),
    Library::ruby(&["date_core.so"], text!("date_core", "date_calendar", "date_format", "date_strptime", "date_parse")),
    Library { init: Some(stdlib_bigdecimal::init), ..Library::ruby(&["bigdecimal.rb", "bigdecimal.so"], text!("bigdecimal")) },
    Library { init: Some(stdlib_bigdecimal::init_math), ..Library::ruby(&["bigdecimal/math.rb"], text!("bigdecimal_math")) },
    Library::ruby(&["bigdecimal/util.rb"], text!("bigdecimal_util")),
    Library { init: Some(stdlib_coverage::init), ..Library::ruby(&["coverage.so"], text!("coverage")) },
    Library { init: Some(stdlib_console::init), ..Library::ruby(&["io/console.so"], text!("console")) },
    Library::spare(&["io/console/size.rb"], text!("console_size")),
    Library::built_in(&["io/wait.so"]),
    Library::ruby(&["rbconfig.rb"], text!("rbconfig")),
    Library::ruby(&["rbconfig/sizeof.so"], text!("rbconfig_sizeof")),
    Library::ruby(&["did_you_mean.rb"], text!("did_you_mean")),
    Library::ruby(&["error_highlight.rb"], text!("error_highlight")),
    Library { init: Some(stdlib_etc::init), ..Library::ruby(&["etc.so"], text!("etc")) },
    Library::ruby(&["pathname.rb"], text!("pathname")),
    Library::ruby(&["maglev/console.rb"], text!("prompt")),
    Library::ruby(&["maglev/debugger.rb"], text!("debugger")),
    Library::ruby(&["maglev/gprof.rb"], text!("gprof")),
    Library::ruby(&["maglev/gstore.rb"], text!("gstore")),
    Library::ruby(&["maglev/identityset.rb"], text!("identity_set")),
    Library::ruby(&["maglev/objectlog.rb"], text!("object_log")),
    Library::ruby(&["maglev/rccounter.rb", "maglev/rchash.rb", "maglev/rcidentitybag.rb", "maglev/rcqueue.rb"], text!("reduced_conflict")),
    Library::ruby(&["maglev/repository.rb"], text!("repository")),
    Library::ruby(&["ractor.rb"], text!("ractor")),
    Library::ruby(&["stringio.so"], text!("stringio")),
    Library::spare(&["timeout.rb"], text!("timeout")),
    Library::spare(&["tmpdir.rb"], text!("tmpdir")),
    Library::native(&["digest.so"], stdlib_digest::init),
    Library::native(&["digest/bubblebabble.so"], stdlib_digest::init_bubblebabble),
    Library::native(&["digest/md5.so"], stdlib_digest::init_md5),
    Library::native(&["digest/rmd160.so"], stdlib_digest::init_rmd160),
    Library::native(&["digest/sha1.so"], stdlib_digest::init_sha1),
    Library::native(&["digest/sha2.so"], stdlib_digest::init_sha2),
    Library { init: Some(stdlib_fcntl::init_nonblock), ..Library::ruby(&["io/nonblock.so"], text!("io_nonblock")) },
    Library::native(&["fcntl.so"], stdlib_fcntl::init),
    Library::native(&["json/ext/generator.so"], stdlib_json::generator::init),
    Library::native(&["json/ext/parser.so"], stdlib_json::parser::init),
    Library {
        init: Some(stdlib_openssl::init),
        ..Library::ruby(
            &["openssl.so"],
            text!("openssl", "openssl_asn1", "openssl_pkey", "openssl_rsa", "openssl_ec", "openssl_x509", "openssl_store", "openssl_ssl"),
        )
    },
    Library { init: Some(stdlib_objspace::init), ..Library::ruby(&["objspace.so"], text!("objspace")) },
    Library { init: Some(stdlib_prism::init), ..Library::ruby(&["prism/prism.so"], text!("prism")) },
    Library::native(&["psych.so"], stdlib_psych::init),
    Library::ruby(&["ripper.so"], text!("ripper", "ripper_states", "ripper_tokens")),
    Library::ruby(&["ripper/events.so"], text!("ripper_events")),
    Library {
        init: Some(stdlib_socket::init),
        ..Library::ruby(
            &["socket.rb", "socket.so"],
            text!("socket_basic", "socket_addrinfo", "socket_option", "socket", "socket_tcp", "socket_udp", "socket_unix"),
        )
    },
    Library::native(&["strscan.so"], stdlib_strscan::init),
    Library { init: Some(stdlib_zlib::init), ..Library::ruby(&["zlib.so"], text!("zlib")) },
];

#[cfg(test)]
mod tests {
    use super::LIBRARIES;

    #[test]
    fn a_feature_names_one_library() {
        let mut features: Vec<&str> = LIBRARIES.iter().flat_map(|library| library.features).copied().collect();
        let count = features.len();
        features.sort_unstable();
        features.dedup();
        assert_eq!(features.len(), count);
    }

    #[test]
    fn each_feature_has_an_extension_of_files() {
        let odd = LIBRARIES.iter().flat_map(|library| library.features).find(|feature| !feature.ends_with(".rb") && !feature.ends_with(".so"));
        assert_eq!(odd, None);
    }
}
