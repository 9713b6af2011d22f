//! Ed25519 signatures and X25519 agreements, whose keys are 32 bytes.

use crate::{bytes_of, failure};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use macros::ruby_methods;
use text::Encoding;
use vm::{RResult, Value, Vm};
use x25519_dalek::{PublicKey, StaticSecret};

/// A key or a point.
fn key(vm: &mut Vm, value: Value) -> RResult<[u8; 32]> {
    let bytes = bytes_of(vm, value)?;
    <[u8; 32]>::try_from(bytes).map_err(|_| failure(vm, "OpenSSL::PKey::PKeyError", "EVP_PKEY_new_raw_private_key: invalid key length"))
}

/// Functions on keys.
pub struct Edwards;

#[ruby_methods("OpenSSL::Native")]
impl Edwards {
    #[singleton("ed25519_public")]
    fn ed25519_public(vm: &mut Vm, _this: Value, seed: Value) -> RResult {
        let public = SigningKey::from_bytes(&key(vm, seed)?).verifying_key();
        vm.try_string(public.as_bytes(), Encoding::BINARY)
    }

    #[singleton("ed25519_sign")]
    fn ed25519_sign(vm: &mut Vm, _this: Value, seed: Value, text: Value) -> RResult {
        let (signer, text) = (SigningKey::from_bytes(&key(vm, seed)?), bytes_of(vm, text)?);
        vm.try_string(&signer.sign(&text).to_bytes(), Encoding::BINARY)
    }

    #[singleton("ed25519_verify")]
    fn ed25519_verify(vm: &mut Vm, _this: Value, public: Value, text: Value, signature: Value) -> RResult<bool> {
        let (public, text, signature) = (key(vm, public)?, bytes_of(vm, text)?, bytes_of(vm, signature)?);
        let verified = VerifyingKey::from_bytes(&public).and_then(|public| public.verify(&text, &Signature::from_slice(&signature)?));
        Ok(verified.is_ok())
    }

    #[singleton("x25519_public")]
    fn x25519_public(vm: &mut Vm, _this: Value, private: Value) -> RResult {
        let public = PublicKey::from(&StaticSecret::from(key(vm, private)?));
        vm.try_string(public.as_bytes(), Encoding::BINARY)
    }

    #[singleton("x25519_derive")]
    fn x25519_derive(vm: &mut Vm, _this: Value, private: Value, public: Value) -> RResult {
        let (private, public) = (StaticSecret::from(key(vm, private)?), PublicKey::from(key(vm, public)?));
        let shared = private.diffie_hellman(&public);
        if !shared.was_contributory() {
            return Err(failure(vm, "OpenSSL::PKey::PKeyError", "EVP_PKEY_derive"));
        }
        vm.try_string(shared.as_bytes(), Encoding::BINARY)
    }
}
