//! Bubble Babble: bytes as words that can be spoken.

use crate::instance::binary;
use macros::ruby_methods;
use vm::{RResult, RString, Value, Vm};

fn encoded(vm: &mut Vm, digest: Value) -> RResult {
    let bytes = vm.to_str(digest)?;
    let words = boba::encode(bytes.bytes());
    Ok(binary(vm, words.as_bytes()))
}

/// Function of Digest.
pub struct Encoding;

#[ruby_methods("Digest")]
impl Encoding {
    #[module_function("bubblebabble")]
    fn bubblebabble(vm: &mut Vm, _this: Value, bytes: RString) -> RResult {
        encoded(vm, bytes.value())
    }
}

/// Method of digests.
pub struct Instance;

#[ruby_methods("Digest::Instance")]
impl Instance {
    #[method("bubblebabble")]
    fn bubblebabble(vm: &mut Vm, this: Value) -> RResult {
        let digest = vm.send(this, "digest", &[])?;
        encoded(vm, digest)
    }
}

/// Function of digest classes.
pub struct Class;

#[ruby_methods("Digest::Class")]
impl Class {
    #[singleton("bubblebabble")]
    fn bubblebabble(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        let digest = vm.send(this, "digest", args)?;
        encoded(vm, digest)
    }
}
