//! Codes over digests with a key: OpenSSL::HMAC, and the functions that derive keys with them.

use crate::hash::{Algorithm, algorithm};
use crate::{bytes_of, failure, length};
use digest::DynDigest;
use heap::Tracer;
use macros::ruby_methods;
use objects::NativeData;
use text::Encoding;
use vm::{RClass, RResult, RString, Value, Vm};

/// HMAC, RFC 2104: a digest within a digest, both of which begin with the key.
struct Mac {
    /// The inner digest behind the key, before any text.
    start: Box<dyn DynDigest>,
    inner: Box<dyn DynDigest>,
    /// The outer digest behind the key.
    outer: Box<dyn DynDigest>,
}

impl Mac {
    fn new(algorithm: &Algorithm, key: &[u8]) -> Mac {
        let mut block = vec![0; algorithm.block_bytes];
        if key.len() > block.len() {
            let mut digest = (algorithm.make)();
            digest.update(key);
            let short = digest.finalize();
            block[..short.len()].copy_from_slice(&short);
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let behind_key = |pad: u8| {
            let mut digest = (algorithm.make)();
            digest.update(&block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>());
            digest
        };
        let start = behind_key(0x36);
        Mac { inner: start.box_clone(), start, outer: behind_key(0x5c) }
    }

    fn update(&mut self, text: &[u8]) {
        self.inner.update(text);
    }

    fn reset(&mut self) {
        self.inner = self.start.box_clone();
    }

    /// The code of the text so far, which stays.
    fn code(&self) -> Box<[u8]> {
        let mut outer = self.outer.box_clone();
        outer.update(&self.inner.box_clone().finalize());
        outer.finalize()
    }

    /// The code of one text.
    fn code_of(&mut self, parts: &[&[u8]]) -> Box<[u8]> {
        self.reset();
        parts.iter().for_each(|part| self.update(part));
        self.code()
    }
}

/// Native part of an HMAC; None before `initialize`.
#[derive(Default)]
struct Part(Option<Mac>);

impl NativeData for Part {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

fn part(vm: &mut Vm, this: Value) -> RResult<&mut Part> {
    vm.native(this, "OpenSSL::HMAC")
}

fn mac(vm: &mut Vm, this: Value) -> RResult<&mut Mac> {
    if part(vm, this)?.0.is_none() {
        return Err(vm.runtime_error("HMAC is not initialized"));
    }
    Ok(part(vm, this)?.0.as_mut().expect("just looked at"))
}

/// An HMAC without a key yet.
pub fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::<Part>::default()))
}

/// Methods of OpenSSL::HMAC.
pub struct Hmac;

#[ruby_methods("OpenSSL::HMAC")]
impl Hmac {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, key: Value, digest: Value) -> RResult {
        let key = vm.to_str(key)?;
        let algorithm = algorithm(vm, digest)?;
        let made = Mac::new(algorithm, key.bytes());
        part(vm, this)?.0 = Some(made);
        Ok(this)
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        vm.check_frozen(this)?;
        let theirs = mac(vm, other)?;
        let copy = Mac { start: theirs.start.box_clone(), inner: theirs.inner.box_clone(), outer: theirs.outer.box_clone() };
        part(vm, this)?.0 = Some(copy);
        Ok(this)
    }

    #[method("update", "<<")]
    fn update(vm: &mut Vm, this: Value, text: RString) -> RResult {
        mac(vm, this)?.update(text.bytes());
        Ok(this)
    }

    #[method("reset")]
    fn reset(vm: &mut Vm, this: Value) -> RResult {
        mac(vm, this)?.reset();
        Ok(this)
    }

    #[method("digest")]
    fn digest(vm: &mut Vm, this: Value) -> RResult {
        let code = mac(vm, this)?.code();
        Ok(vm.string(&code, Encoding::BINARY))
    }

    #[method("hexdigest", "to_s", "inspect")]
    fn hexdigest(vm: &mut Vm, this: Value) -> RResult {
        let code = mac(vm, this)?.code();
        let text: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(vm.string(text.as_bytes(), Encoding::US_ASCII))
    }
}

const KDF_ERROR: &str = "OpenSSL::KDF::KDFError";

/// The parameters of scrypt, if they may be that.
fn scrypt_parameters(cost: i64, block: i64, lanes: i64) -> Option<scrypt::Params> {
    let logarithm = u8::try_from(cost.checked_ilog2()?).ok()?;
    let is_power = cost > 1 && cost.count_ones() == 1;
    scrypt::Params::new(logarithm, block.try_into().ok()?, lanes.try_into().ok()?).ok().filter(|_| is_power)
}

/// Functions that derive keys.
pub struct Derivation;

#[ruby_methods("OpenSSL::Native")]
impl Derivation {
    /// PBKDF2, RFC 8018.
    #[singleton("pbkdf2")]
    fn pbkdf2(vm: &mut Vm, _this: Value, password: Value, salt: Value, iterations: Value, size: Value, digest: Value) -> RResult {
        let (password, salt) = (bytes_of(vm, password)?, bytes_of(vm, salt)?);
        let (iterations, size) = (vm.to_i64(iterations)?, length(vm, size)?);
        let mut mac = Mac::new(algorithm(vm, digest)?, &password);
        if iterations < 1 {
            return Err(failure(vm, KDF_ERROR, "PKCS5_PBKDF2_HMAC: invalid iteration count"));
        }
        let mut key = Vec::new();
        for number in 1_u32.. {
            if key.len() >= size {
                break;
            }
            let mut last = mac.code_of(&[&salt, &number.to_be_bytes()]);
            let mut sum = last.clone();
            for turn in 1..iterations {
                if turn % 1024 == 0 {
                    vm.poll_interrupts()?;
                }
                last = mac.code_of(&[&last]);
                sum.iter_mut().zip(&last).for_each(|(sum, byte)| *sum ^= byte);
            }
            key.extend_from_slice(&sum);
        }
        vm.try_string(&key[..size], Encoding::BINARY)
    }

    /// HKDF, RFC 5869.
    #[singleton("hkdf")]
    fn hkdf(vm: &mut Vm, _this: Value, secret: Value, salt: Value, info: Value, size: Value, digest: Value) -> RResult {
        let (secret, salt, info) = (bytes_of(vm, secret)?, bytes_of(vm, salt)?, bytes_of(vm, info)?);
        let size = length(vm, size)?;
        let algorithm = algorithm(vm, digest)?;
        let extracted = Mac::new(algorithm, &salt).code_of(&[&secret]);
        if size > 255 * extracted.len() {
            return Err(failure(vm, KDF_ERROR, "EVP_PKEY_derive"));
        }
        let mut mac = Mac::new(algorithm, &extracted);
        let (mut key, mut last) = (Vec::new(), Box::<[u8]>::default());
        for number in 1_u8..=255 {
            if key.len() >= size {
                break;
            }
            last = mac.code_of(&[&last, &info, &[number]]);
            key.extend_from_slice(&last);
        }
        vm.try_string(&key[..size], Encoding::BINARY)
    }

    /// scrypt, RFC 7914.
    #[singleton("scrypt")]
    #[expect(clippy::too_many_arguments, reason = "the parameters of the function")]
    fn scrypt(vm: &mut Vm, _this: Value, password: Value, salt: Value, cost: i64, block: i64, lanes: i64, size: Value) -> RResult {
        let (password, salt) = (bytes_of(vm, password)?, bytes_of(vm, salt)?);
        let size = length(vm, size)?;
        let Some(parameters) = scrypt_parameters(cost, block, lanes) else { return Err(failure(vm, KDF_ERROR, "EVP_PBE_scrypt")) };
        let room = usize::try_from(cost).ok().and_then(|cost| cost.checked_mul(128)?.checked_mul(usize::try_from(block).ok()?));
        vm.room_for(room.unwrap_or(usize::MAX))?;
        let mut key = vec![0; size];
        // The crate makes no empty keys.
        if size > 0 && scrypt::scrypt(&password, &salt, &parameters, &mut key).is_err() {
            return Err(failure(vm, KDF_ERROR, "EVP_PBE_scrypt"));
        }
        vm.try_string(&key, Encoding::BINARY)
    }
}
