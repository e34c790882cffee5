//! secp256k1: recovery as libsecp256k1 does it (k256's own refuses signatures with a high s, which nodes accept).

use crate::abi::{fail, orfail};
use k256::ecdsa::{RecoveryId, Signature, SigningKey};
use k256::elliptic_curve::bigint::{CheckedAdd, Encoding};
use k256::elliptic_curve::ops::{LinearCombination, Reduce};
use k256::elliptic_curve::point::DecompressPoint;
use k256::elliptic_curve::sec1::ToEncodedPoint;
use k256::elliptic_curve::PrimeField;
use k256::{AffinePoint, ProjectivePoint, Scalar, U256};

/// sp-io's EcdsaVerifyError, in SCALE order.
#[derive(Clone, Copy, PartialEq)]
pub enum Refused {
    BadRS = 0,
    BadV = 1,
    BadSignature = 2,
}

fn scalar(bytes: &[u8]) -> Option<Scalar> {
    let bytes: [u8; 32] = bytes.try_into().expect("32 bytes");
    Scalar::from_repr(bytes.into()).into()
}

/// The public key whose secret made the signature (r, s, recovery id; 27 more is fine) of a digest.
pub fn recover(signature: &[u8; 65], digest: &[u8; 32]) -> Result<AffinePoint, Refused> {
    let id = if signature[64] > 26 { signature[64] - 27 } else { signature[64] };
    let id = RecoveryId::from_byte(id).ok_or(Refused::BadV)?;
    let r = scalar(&signature[..32]).ok_or(Refused::BadRS)?;
    let s = scalar(&signature[32..64]).ok_or(Refused::BadRS)?;
    let invert: Option<Scalar> = r.invert().into();
    let inverse = invert.ok_or(Refused::BadSignature)?;
    if bool::from(s.is_zero()) {
        return Err(Refused::BadSignature);
    }
    let mut x = U256::from_be_slice(&signature[..32]);
    if id.is_x_reduced() {
        let order = U256::from_be_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        let sum: Option<U256> = x.checked_add(&order).into();
        x = sum.ok_or(Refused::BadSignature)?;
    }
    let x = x.to_be_bytes();
    let point: Option<AffinePoint> = AffinePoint::decompress(&x.into(), u8::from(id.is_y_odd()).into()).into();
    let point = ProjectivePoint::from(point.ok_or(Refused::BadSignature)?);
    let z = <Scalar as Reduce<U256>>::reduce_bytes(&(*digest).into());
    let key = ProjectivePoint::lincomb(&ProjectivePoint::GENERATOR, &(-(inverse * z)), &point, &(inverse * s));
    if key == ProjectivePoint::IDENTITY {
        return Err(Refused::BadSignature);
    }
    Ok(key.to_affine())
}

pub fn compressed(key: &AffinePoint) -> [u8; 33] {
    key.to_encoded_point(true).as_bytes().try_into().expect("33 bytes")
}

pub fn uncompressed(key: &AffinePoint) -> [u8; 64] {
    key.to_encoded_point(false).as_bytes()[1..].try_into().expect("64 bytes")
}

pub fn public(secret: &[u8; 32]) -> [u8; 33] {
    let key = orfail(SigningKey::from_slice(secret), "not a secp256k1 secret");
    key.verifying_key().to_encoded_point(true).as_bytes().try_into().expect("33 bytes")
}

/// Nonce by RFC 6979 and a low s, as libsecp256k1 signs.
pub fn sign(secret: &[u8; 32], digest: &[u8; 32]) -> [u8; 65] {
    let key = orfail(SigningKey::from_slice(secret), "not a secp256k1 secret");
    let (signature, id): (Signature, RecoveryId) = match key.sign_prehash_recoverable(digest) {
        Ok(signed) => signed,
        Err(_) => fail("secp256k1 cannot sign this digest"),
    };
    let mut bytes = [0; 65];
    bytes[..64].copy_from_slice(&signature.to_bytes());
    bytes[64] = id.to_byte();
    bytes
}
