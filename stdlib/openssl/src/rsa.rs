//! RSA: keys, and the operation with the private one. What surrounds the numbers is Ruby.

use crate::failure;
use getrandom::SysRng;
use macros::ruby_methods;
use num_bigint::{BigInt, Sign};
use rsa::hazmat::rsa_decrypt_and_check;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, PrivateKey};
use vm::{RArray, RResult, Value, Vm};

const ERROR: &str = "OpenSSL::PKey::PKeyError";

/// Largest modulus in bits.
const MOST_BITS: usize = 16384;

/// The number, in as many bits as it has, or in so many.
fn number(vm: &mut Vm, value: Value, bits: Option<u64>) -> RResult<BoxedUint> {
    let number = vm.to_bigint(value)?;
    let bits = bits.unwrap_or(number.bits().max(1)).max(number.bits());
    let (sign, bytes) = number.to_bytes_be();
    let made = u32::try_from(bits).ok().filter(|_| sign != Sign::Minus).and_then(|bits| BoxedUint::from_be_slice(&bytes, bits).ok());
    match made {
        Some(made) if bits as usize <= MOST_BITS => Ok(made),
        _ => Err(failure(vm, ERROR, "bad number in RSA key")),
    }
}

fn integer(vm: &mut Vm, number: &BoxedUint) -> Value {
    let number = BigInt::from_bytes_be(Sign::Plus, &number.to_be_bytes());
    vm.big(number)
}

/// Functions for RSA keys.
pub struct Rsa;

#[ruby_methods("OpenSSL::Native")]
impl Rsa {
    /// Modulus, exponents and primes of a new key.
    #[singleton("rsa_generate")]
    fn generate(vm: &mut Vm, _this: Value, bits: usize, exponent: Value) -> RResult<RArray> {
        if !(512..=MOST_BITS).contains(&bits) {
            return Err(failure(vm, ERROR, "EVP_PKEY_keygen: key size too small"));
        }
        let exponent = number(vm, exponent, None)?;
        let made = vm.blocking(|| PrivateKey::new_with_exp_unchecked(&mut SysRng, bits, exponent));
        let Ok(key) = made else { return Err(failure(vm, ERROR, "EVP_PKEY_keygen")) };
        let parts = vm.new_array();
        let primes = key.primes();
        let numbers = [key.n().as_ref(), key.e(), key.d(), &primes[0], &primes[1]];
        for part in numbers {
            let part = integer(vm, part);
            vm.push(parts, part)?;
        }
        Ok(parts)
    }

    /// A number to the power of the private exponent.
    #[singleton("rsa_private")]
    fn private(vm: &mut Vm, _this: Value, parts: RArray, value: Value) -> RResult {
        let parts = vm.roots.values(parts.as_slice(&vm.heap));
        let numbers = parts.iter().map(|&part| number(vm, part, None)).collect::<RResult<Vec<BoxedUint>>>()?;
        let [modulus, exponent, private, first, second] =
            <[BoxedUint; 5]>::try_from(numbers).map_err(|_| failure(vm, ERROR, "incomplete RSA key"))?;
        let key = PrivateKey::from_components_with_large_exponent(modulus, exponent, private, vec![first, second]);
        let Ok(key) = key else { return Err(failure(vm, ERROR, "invalid RSA key")) };
        let value = number(vm, value, Some(u64::from(key.n().as_ref().bits_precision())))?;
        match rsa_decrypt_and_check(&key, Some(&mut SysRng), &value) {
            Ok(result) => Ok(integer(vm, &result)),
            Err(_) => Err(failure(vm, ERROR, "data too large for modulus")),
        }
    }
}
