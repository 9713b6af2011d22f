//! The native parts of the library `digest`: what all digests share, the algorithms, Bubble Babble.
//!
//! Each feature is a function here: `digest.so` the module, `digest/md5.so` and its like an algorithm. Rooms: `instance` what any
//! digest can do over `update`, `finish` and `reset`; `base` digests in Rust; `bubble` Bubble Babble.
//! Source: CRuby `ext/digest` 3.2.1 (behaviour); the algorithms are RustCrypto's.
#![forbid(unsafe_code)]

mod base;
mod bubble;
mod instance;

use base::allocate;
use vm::{RResult, Value, Vm};

/// `digest.so`
pub fn init(vm: &mut Vm) -> RResult<()> {
    let object = vm.core.object;
    let digest = vm.define_module_under(object, "Digest");
    let instance = vm.define_module_under(digest, "Instance");
    let class = vm.define_class_under(digest, "Class", object);
    vm.include_module(vm.class_view(class), vm.class_view(instance));
    let base = vm.define_class_under(digest, "Base", class);
    vm.set_allocator(base, base::refuse);
    vm.define_groups(&[instance::Encoding::GROUP, instance::Instance::GROUP, instance::Class::GROUP, base::Base::GROUP]);
    Ok(())
}

/// `digest/md5.so`
pub fn init_md5(vm: &mut Vm) -> RResult<()> {
    define(vm, "MD5", allocate::<md5::Md5, 64>)
}

/// `digest/sha1.so`
pub fn init_sha1(vm: &mut Vm) -> RResult<()> {
    define(vm, "SHA1", allocate::<sha1::Sha1, 64>)
}

/// `digest/rmd160.so`
pub fn init_rmd160(vm: &mut Vm) -> RResult<()> {
    define(vm, "RMD160", allocate::<ripemd::Ripemd160, 64>)
}

/// `digest/sha2.so`
pub fn init_sha2(vm: &mut Vm) -> RResult<()> {
    define(vm, "SHA256", allocate::<sha2::Sha256, 64>)?;
    define(vm, "SHA384", allocate::<sha2::Sha384, 128>)?;
    define(vm, "SHA512", allocate::<sha2::Sha512, 128>)
}

/// `digest/bubblebabble.so`
pub fn init_bubblebabble(vm: &mut Vm) -> RResult<()> {
    require_digest(vm)?;
    vm.define_groups(&[bubble::Encoding::GROUP, bubble::Instance::GROUP, bubble::Class::GROUP]);
    Ok(())
}

fn define(vm: &mut Vm, name: &str, allocator: fn(&mut Vm, vm::RClass) -> RResult) -> RResult<()> {
    require_digest(vm)?;
    let (digest, base) = (vm.class_at("Digest"), vm.class_at("Digest::Base"));
    let class = vm.define_class_under(digest, name, base);
    vm.set_allocator(class, allocator);
    Ok(())
}

/// An algorithm may be required before what it stands on.
fn require_digest(vm: &mut Vm) -> RResult<Value> {
    let (main, name) = (vm.main, vm.str("digest"));
    vm.send(main, "require", &[name])
}
