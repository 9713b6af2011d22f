//! Digest::Base: digests whose state is in Rust.

use crate::instance::binary;
use digest::DynDigest;
use heap::Tracer;
use macros::ruby_methods;
use objects::{NativeData, RData};
use vm::{RClass, RResult, RString, Value, Vm};

/// Native part of a digest.
struct Hasher {
    state: Box<dyn DynDigest>,
    /// Bytes that the algorithm takes at a time.
    block_bytes: usize,
    /// Which algorithm it is.
    algorithm: std::any::TypeId,
}

impl NativeData for Hasher {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

/// A digest of the algorithm.
pub fn allocate<Algorithm: DynDigest + Default + 'static, const BLOCK_BYTES: usize>(vm: &mut Vm, class: RClass) -> RResult {
    let state = Box::<Algorithm>::default();
    Ok(vm.data(class, Box::new(Hasher { state, block_bytes: BLOCK_BYTES, algorithm: std::any::TypeId::of::<Algorithm>() })))
}

/// Allocator of Digest::Base itself and of classes that a program makes below it.
pub fn refuse(vm: &mut Vm, class: RClass) -> RResult {
    if class.value() == vm.class_at("Digest::Base") {
        let class = vm.core.not_implemented_error;
        return Err(vm.raise(class, "Digest::Base is an abstract class"));
    }
    Err(inherited(vm))
}

fn inherited(vm: &mut Vm) -> vm::Raised {
    vm.runtime_error("Digest::Base cannot be directly inherited in Ruby")
}

fn hasher(vm: &mut Vm, this: Value) -> RResult<&mut Hasher> {
    if !RData::new(this).is_some_and(RData::is::<Hasher>) {
        return Err(inherited(vm));
    }
    vm.native(this, "Digest::Base")
}

/// Methods of Digest::Base.
pub struct Base;

#[ruby_methods("Digest::Base")]
impl Base {
    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        vm.check_frozen(this)?;
        let theirs = hasher(vm, other)?;
        let (state, algorithm) = (theirs.state.box_clone(), theirs.algorithm);
        let ours = hasher(vm, this)?;
        if ours.algorithm != algorithm {
            return Err(vm.type_error("different algorithms"));
        }
        ours.state = state;
        Ok(this)
    }

    #[method("update", "<<")]
    fn update(vm: &mut Vm, this: Value, text: RString) -> RResult {
        hasher(vm, this)?.state.update(text.bytes());
        Ok(this)
    }

    #[method("reset")]
    fn reset(vm: &mut Vm, this: Value) -> RResult {
        hasher(vm, this)?.state.reset();
        Ok(this)
    }

    /// The digest; the state begins anew.
    #[method("finish", private)]
    fn finish(vm: &mut Vm, this: Value) -> RResult {
        let digest = hasher(vm, this)?.state.finalize_reset();
        Ok(binary(vm, &digest))
    }

    #[method("digest_length")]
    fn digest_length(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(hasher(vm, this)?.state.output_size())
    }

    #[method("block_length")]
    fn block_length(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(hasher(vm, this)?.block_bytes)
    }
}
