//! Elliptic curves over prime fields: points as SEC 1 writes them, scalars as bytes of the field's length.

use crate::{bytes_of, failure};
use macros::ruby_methods;
use text::Encoding;
use vm::{RResult, Value, Vm};

/// What is done on a curve. `None`: an argument is no point, or no scalar.
struct Curve {
    name: &'static str,
    /// The point that is so many times the generator.
    public: fn(&[u8]) -> Option<Vec<u8>>,
    /// A point, as whether it is wanted in its short form.
    point: fn(&[u8], bool) -> Option<Vec<u8>>,
    /// The sum of a point that is taken so many times and another.
    combine: fn(&[u8], &[u8], Option<&[u8]>) -> Option<Vec<u8>>,
    /// The two numbers of a signature, one after the other.
    sign: fn(&[u8], &[u8]) -> Option<Vec<u8>>,
    verify: fn(&[u8], &[u8], &[u8]) -> Option<bool>,
}

macro_rules! curve {
    ($name:literal, $curve:ident) => {
        Curve {
            name: $name,
            public: |private| {
                use $curve::elliptic_curve::sec1::ToSec1Point;
                Some($curve::SecretKey::from_slice(private).ok()?.public_key().to_sec1_point(false).as_bytes().to_vec())
            },
            point: |bytes, is_short| {
                use $curve::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
                let point = $curve::AffinePoint::from_sec1_bytes(bytes).ok()?;
                Some(point.to_sec1_point(is_short).as_bytes().to_vec())
            },
            combine: |point, times, other| {
                use $curve::elliptic_curve::ff::PrimeField;
                use $curve::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
                let read = |bytes| $curve::AffinePoint::from_sec1_bytes(bytes).map($curve::ProjectivePoint::from).ok();
                let times = Option::<$curve::Scalar>::from($curve::Scalar::from_repr(times.try_into().ok()?))?;
                let product = read(point)? * times;
                let sum = match other {
                    Some(other) => product + read(other)?,
                    None => product,
                };
                Some(sum.to_affine().to_sec1_point(false).as_bytes().to_vec())
            },
            sign: |private, hash| {
                use $curve::ecdsa::signature::hazmat::PrehashSigner;
                let key = $curve::ecdsa::SigningKey::from_slice(private).ok()?;
                let signature: $curve::ecdsa::Signature = key.sign_prehash(hash).ok()?;
                Some(signature.to_bytes().to_vec())
            },
            verify: |public, hash, signature| {
                use $curve::ecdsa::signature::hazmat::PrehashVerifier;
                let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(public).ok()?;
                let Ok(signature) = $curve::ecdsa::Signature::from_slice(signature) else { return Some(false) };
                Some(key.verify_prehash(hash, &signature).is_ok())
            },
        }
    };
}

const CURVES: [Curve; 3] = [curve!("prime256v1", p256), curve!("secp384r1", p384), curve!("secp521r1", p521)];

fn curve(vm: &mut Vm, name: Value) -> RResult<&'static Curve> {
    let name = vm.to_str(name)?.to_text();
    CURVES.iter().find(|curve| curve.name == name).ok_or_else(|| vm.not_implemented(&format!("the elliptic curve {name}")))
}

/// A result as a String, nil for none.
fn optional(vm: &mut Vm, bytes: Option<Vec<u8>>) -> RResult {
    bytes.map_or(Ok(Value::NIL), |bytes| vm.try_string(&bytes, Encoding::BINARY))
}

/// Functions on curves.
pub struct Curves;

#[ruby_methods("OpenSSL::Native")]
impl Curves {
    #[singleton("ec_public")]
    fn public(vm: &mut Vm, _this: Value, name: Value, private: Value) -> RResult {
        let (curve, private) = (curve(vm, name)?, bytes_of(vm, private)?);
        optional(vm, (curve.public)(&private))
    }

    #[singleton("ec_point")]
    fn point(vm: &mut Vm, _this: Value, name: Value, point: Value, is_short: Value) -> RResult {
        let (curve, point) = (curve(vm, name)?, bytes_of(vm, point)?);
        optional(vm, (curve.point)(&point, is_short.truthy()))
    }

    #[singleton("ec_combine")]
    fn combine(vm: &mut Vm, _this: Value, name: Value, point: Value, times: Value, other: Value) -> RResult {
        let (curve, point, times) = (curve(vm, name)?, bytes_of(vm, point)?, bytes_of(vm, times)?);
        let other = if other.is_nil() { None } else { Some(bytes_of(vm, other)?) };
        optional(vm, (curve.combine)(&point, &times, other.as_deref()))
    }

    #[singleton("ec_sign")]
    fn sign(vm: &mut Vm, _this: Value, name: Value, private: Value, hash: Value) -> RResult {
        let (curve, private, hash) = (curve(vm, name)?, bytes_of(vm, private)?, bytes_of(vm, hash)?);
        optional(vm, (curve.sign)(&private, &hash))
    }

    #[singleton("ec_verify")]
    fn verify(vm: &mut Vm, _this: Value, name: Value, public: Value, hash: Value, signature: Value) -> RResult<bool> {
        let (curve, public) = (curve(vm, name)?, bytes_of(vm, public)?);
        let (hash, signature) = (bytes_of(vm, hash)?, bytes_of(vm, signature)?);
        (curve.verify)(&public, &hash, &signature).ok_or_else(|| failure(vm, "OpenSSL::PKey::PKeyError", "invalid public key"))
    }
}
