//! The digests by name, and OpenSSL::Digest.

use digest::DynDigest;
use heap::Tracer;
use macros::ruby_methods;
use objects::{NativeData, RData};
use text::Encoding;
use vm::{RArray, RClass, RResult, RString, Value, Vm};

/// A digest that there is.
pub struct Algorithm {
    /// Its name as OpenSSL shows it.
    pub name: &'static str,
    /// Other names, and its number as an ASN.1 object.
    aliases: &'static [&'static str],
    /// Bytes that it takes at a time.
    pub block_bytes: usize,
    pub make: fn() -> Box<dyn DynDigest>,
}

fn make<Kind: DynDigest + Default + 'static>() -> Box<dyn DynDigest> {
    Box::<Kind>::default()
}

const ALGORITHMS: [Algorithm; 15] = [
    Algorithm { name: "MD5", aliases: &["RSA-MD5", "SSL3-MD5", "1.2.840.113549.2.5"], block_bytes: 64, make: make::<md5::Md5> },
    Algorithm {
        name: "RIPEMD160",
        aliases: &["RIPEMD-160", "RIPEMD", "RMD160", "RSA-RIPEMD160", "1.3.36.3.2.1"],
        block_bytes: 64,
        make: make::<ripemd::Ripemd160>,
    },
    Algorithm { name: "SHA1", aliases: &["SHA-1", "SSL3-SHA1", "RSA-SHA1", "1.3.14.3.2.26"], block_bytes: 64, make: make::<sha1::Sha1> },
    Algorithm {
        name: "SHA224",
        aliases: &["SHA-224", "SHA2-224", "RSA-SHA224", "2.16.840.1.101.3.4.2.4"],
        block_bytes: 64,
        make: make::<sha2::Sha224>,
    },
    Algorithm {
        name: "SHA256",
        aliases: &["SHA-256", "SHA2-256", "RSA-SHA256", "2.16.840.1.101.3.4.2.1"],
        block_bytes: 64,
        make: make::<sha2::Sha256>,
    },
    Algorithm {
        name: "SHA384",
        aliases: &["SHA-384", "SHA2-384", "RSA-SHA384", "2.16.840.1.101.3.4.2.2"],
        block_bytes: 128,
        make: make::<sha2::Sha384>,
    },
    Algorithm {
        name: "SHA512",
        aliases: &["SHA-512", "SHA2-512", "RSA-SHA512", "2.16.840.1.101.3.4.2.3"],
        block_bytes: 128,
        make: make::<sha2::Sha512>,
    },
    Algorithm {
        name: "SHA512-224",
        aliases: &["SHA-512/224", "SHA2-512/224", "RSA-SHA512/224", "2.16.840.1.101.3.4.2.5"],
        block_bytes: 128,
        make: make::<sha2::Sha512_224>,
    },
    Algorithm {
        name: "SHA512-256",
        aliases: &["SHA-512/256", "SHA2-512/256", "RSA-SHA512/256", "2.16.840.1.101.3.4.2.6"],
        block_bytes: 128,
        make: make::<sha2::Sha512_256>,
    },
    Algorithm { name: "SHA3-224", aliases: &["2.16.840.1.101.3.4.2.7"], block_bytes: 144, make: make::<sha3::Sha3_224> },
    Algorithm { name: "SHA3-256", aliases: &["2.16.840.1.101.3.4.2.8"], block_bytes: 136, make: make::<sha3::Sha3_256> },
    Algorithm { name: "SHA3-384", aliases: &["2.16.840.1.101.3.4.2.9"], block_bytes: 104, make: make::<sha3::Sha3_384> },
    Algorithm { name: "SHA3-512", aliases: &["2.16.840.1.101.3.4.2.10"], block_bytes: 72, make: make::<sha3::Sha3_512> },
    Algorithm { name: "BLAKE2b512", aliases: &["BLAKE2B-512", "1.3.6.1.4.1.1722.12.2.1.16"], block_bytes: 128, make: make::<blake2::Blake2b512> },
    Algorithm { name: "BLAKE2s256", aliases: &["BLAKE2S-256", "1.3.6.1.4.1.1722.12.2.2.8"], block_bytes: 64, make: make::<blake2::Blake2s256> },
];

/// The algorithm of this name, in any case.
pub fn find(name: &str) -> Option<&'static Algorithm> {
    let is_named = |row: &&Algorithm| row.name.eq_ignore_ascii_case(name) || row.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name));
    ALGORITHMS.iter().find(is_named)
}

/// The algorithm that a name or a digest stands for.
pub fn algorithm(vm: &mut Vm, value: Value) -> RResult<&'static Algorithm> {
    if RData::new(value).is_some_and(RData::is::<Hasher>) {
        return Ok(hasher(vm, value)?.algorithm);
    }
    let name = vm.to_str(value)?.to_text();
    find(&name).ok_or_else(|| {
        let class = vm.class_at("OpenSSL::Digest::DigestError");
        let reason = format!("unsupported (Global default library context, Algorithm ({name} : 0), Properties (<null>))");
        vm.raise(class, &format!("unsupported digest algorithm: {name}: {reason}"))
    })
}

/// Native part of a digest.
pub struct Hasher {
    algorithm: &'static Algorithm,
    state: Box<dyn DynDigest>,
}

impl NativeData for Hasher {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

impl Hasher {
    fn new(algorithm: &'static Algorithm) -> Hasher {
        Hasher { algorithm, state: (algorithm.make)() }
    }
}

fn hasher(vm: &mut Vm, this: Value) -> RResult<&mut Hasher> {
    vm.native(this, "OpenSSL::Digest")
}

/// A digest, of some algorithm until `initialize` names one.
pub fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::new(Hasher::new(&ALGORITHMS[0]))))
}

/// Methods of OpenSSL::Digest.
pub struct Digest;

#[ruby_methods("OpenSSL::Digest")]
impl Digest {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, name: Value, text: Option<Value>) -> RResult {
        let algorithm = algorithm(vm, name)?;
        *hasher(vm, this)? = Hasher::new(algorithm);
        if let Some(text) = text.filter(|text| !text.is_nil()) {
            let text = vm.to_str(text)?;
            hasher(vm, this)?.state.update(text.bytes());
        }
        Ok(this)
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        vm.check_frozen(this)?;
        let theirs = hasher(vm, other)?;
        let (algorithm, state) = (theirs.algorithm, theirs.state.box_clone());
        *hasher(vm, this)? = Hasher { algorithm, state };
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

    #[method("finish", private)]
    fn finish(vm: &mut Vm, this: Value) -> RResult {
        let digest = hasher(vm, this)?.state.finalize_reset();
        Ok(vm.string(&digest, Encoding::BINARY))
    }

    #[method("name")]
    fn name(vm: &mut Vm, this: Value) -> RResult<String> {
        Ok(hasher(vm, this)?.algorithm.name.to_owned())
    }

    #[method("digest_length")]
    fn digest_length(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(hasher(vm, this)?.state.output_size())
    }

    #[method("block_length")]
    fn block_length(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(hasher(vm, this)?.algorithm.block_bytes)
    }

    /// Names of all algorithms.
    #[singleton("digests")]
    fn digests(vm: &mut Vm, _this: Value) -> RResult<RArray> {
        let names = vm.new_array();
        for row in &ALGORITHMS {
            let name = vm.str(row.name);
            vm.push(names, name)?;
        }
        Ok(names)
    }
}
