//! The native part of the library `openssl`: digests, ciphers, keys and connections. Numbers, ASN.1, certificates and sockets are
//! Ruby over it (`stdlib/libraries/ruby/openssl*.rb`).
//!
//! Rooms: `hash` digests, `mac` codes with a key and derived keys, `modes` ciphers at work, `cipher` OpenSSL::Cipher, `rsa`, `curve` and
//! `edwards` the arithmetic of keys, `tls` connections. The algorithms are RustCrypto's, the protocol is rustls'.
//! Source: CRuby `ext/openssl` 4.0.0 over OpenSSL 3.0 (behaviour).
#![forbid(unsafe_code)]

mod cipher;
mod curve;
mod edwards;
mod hash;
mod mac;
mod modes;
mod rsa;
mod tls;

use macros::ruby_methods;
use text::Encoding;
use vm::{RResult, Raised, Value, Vm};

/// Defines what is native of OpenSSL.
pub fn init(vm: &mut Vm) -> RResult<()> {
    let (main, name) = (vm.main, vm.str("digest"));
    vm.send(main, "require", &[name])?;
    let (object, standard_error) = (vm.core.object, vm.core.standard_error);
    let module = vm.define_module_under(object, "OpenSSL");
    let error = vm.define_class_under(module, "OpenSSLError", standard_error);
    let native = vm.define_module_under(module, "Native");
    let base = vm.class_at("Digest::Class");
    let digest = vm.define_class_under(module, "Digest", base);
    let cipher = vm.define_class_under(module, "Cipher", object);
    let cipher_error = vm.define_class_under(cipher, "CipherError", error);
    let hmac = vm.define_class_under(module, "HMAC", object);
    let derivation = vm.define_module_under(module, "KDF");
    let keys = vm.define_module_under(module, "PKey");
    let sockets = vm.define_module_under(module, "SSL");
    for (outer, name, above) in [
        (digest, "DigestError", error),
        (cipher, "AuthTagError", cipher_error),
        (module, "HMACError", error),
        (derivation, "KDFError", error),
        (keys, "PKeyError", error),
        (sockets, "SSLError", error),
    ] {
        vm.define_class_under(outer, name, above);
    }
    let connection = vm.define_class_under(native, "Connection", object);
    for (class, allocate) in [
        (digest, hash::allocate as fn(&mut Vm, vm::RClass) -> RResult),
        (cipher, cipher::allocate),
        (hmac, mac::allocate),
        (connection, tls::allocate),
    ] {
        vm.set_allocator(class, allocate);
    }
    vm.define_groups(&[
        hash::Digest::GROUP,
        mac::Hmac::GROUP,
        mac::Derivation::GROUP,
        cipher::Setup::GROUP,
        cipher::Facts::GROUP,
        cipher::Work::GROUP,
        rsa::Rsa::GROUP,
        curve::Curves::GROUP,
        edwards::Edwards::GROUP,
        tls::Connecting::GROUP,
        tls::Traffic::GROUP,
        Basics::GROUP,
    ]);
    Ok(())
}

/// An exception of a class below OpenSSL.
fn failure(vm: &mut Vm, class: &str, message: &str) -> Raised {
    let class = vm.class_at(class);
    vm.raise(class, message)
}

/// A copy of the bytes of a String.
fn bytes_of(vm: &mut Vm, value: Value) -> RResult<Vec<u8>> {
    let text = vm.to_str(value)?;
    vm.room_for(text.len())?;
    Ok(text.bytes().to_vec())
}

/// A number of bytes for which there is room.
fn length(vm: &mut Vm, value: Value) -> RResult<usize> {
    let bytes = vm.to_i64(value)?;
    let Ok(bytes) = usize::try_from(bytes) else { return Err(vm.argument_error("negative string size (or size too big)")) };
    vm.room_for(bytes)?;
    Ok(bytes)
}

struct Basics;

#[ruby_methods("OpenSSL::Native")]
impl Basics {
    /// Bytes that nobody can foretell.
    #[singleton("random")]
    fn random(vm: &mut Vm, _this: Value, count: Value) -> RResult {
        let mut bytes = vec![0; length(vm, count)?];
        if getrandom::fill(&mut bytes).is_err() {
            return Err(failure(vm, "OpenSSL::OpenSSLError", "the system gives no random bytes"));
        }
        vm.try_string(&bytes, Encoding::BINARY)
    }

    /// Are two Strings of the same length equal? Takes as long wherever they differ.
    #[singleton("equal?")]
    fn is_equal(vm: &mut Vm, _this: Value, first: Value, second: Value) -> RResult<bool> {
        use subtle::ConstantTimeEq;
        let (first, second) = (vm.to_str(first)?, vm.to_str(second)?);
        if first.len() != second.len() {
            return Err(vm.argument_error("inputs must be of equal length"));
        }
        Ok(first.bytes().ct_eq(second.bytes()).into())
    }
}
