//! Host functions that verify signatures, with a memo: verification is a pure function, so its results may be kept.

use crate::abi::{array, bytes, packed, result, Global};
use crate::ecdsa::{compressed, recover, uncompressed, Refused};
use hashbrown::HashMap;
use schnorrkel::{PublicKey, Signature};
use sp_crypto_hashing::blake2_256;
use std::hash::BuildHasherDefault;

/// What an entry of the memo is about.
#[derive(Clone, Copy)]
pub enum Algorithm {
    Sr25519 = 0,
    Sr25519Old = 1,
    Ed25519 = 2,
    Ecdsa = 3,
    EcdsaPrehashed = 4,
}

type Memo = HashMap<sp_core::H256, bool, BuildHasherDefault<crate::nodes::Truncated>>;

/// Two generations: when the younger is full, the older is dropped. So it holds at most twice this number.
const GENERATION: usize = 1 << 16;

static MEMO: Global<[Memo; 2]> = Global::new(Default::default);

fn digest(algorithm: Algorithm, signature: &[u8], message: &[u8], public: &[u8]) -> sp_core::H256 {
    // The parts before the message have fixed lengths for each algorithm.
    let mut input = Vec::with_capacity(128 + message.len());
    input.push(algorithm as u8);
    input.extend_from_slice(signature);
    input.extend_from_slice(public);
    input.extend_from_slice(message);
    sp_core::H256(blake2_256(&input))
}

/// Enters a result that is known, such as that of a signature just made.
pub fn remember(algorithm: Algorithm, signature: &[u8], message: &[u8], public: &[u8], valid: bool) {
    keep(digest(algorithm, signature, message, public), valid);
}

fn keep(key: sp_core::H256, valid: bool) {
    let memo = MEMO.get();
    if memo[0].len() >= GENERATION {
        memo.swap(0, 1);
        memo[0].clear();
    }
    memo[0].insert(key, valid);
}

fn memoised(algorithm: Algorithm, signature: &[u8], message: &[u8], public: &[u8], verify: impl FnOnce() -> bool) -> u32 {
    let key = digest(algorithm, signature, message, public);
    let memo = MEMO.get();
    if let Some(valid) = memo[0].get(&key).or_else(|| memo[1].get(&key)) {
        return (*valid).into();
    }
    let valid = verify();
    keep(key, valid);
    valid.into()
}

/// Forgets all results: for measuring.
#[no_mangle]
extern "C" fn forget_signatures() {
    *MEMO.get() = Default::default();
}

#[no_mangle]
extern "C" fn ext_crypto_sr25519_verify_version_2(signature: u32, message: u32, length: u32, public: u32) -> u32 {
    let (signature, message, public) = (array::<64>(signature), bytes(message, length), array::<32>(public));
    memoised(Algorithm::Sr25519, signature, message, public, || {
        let parts = Signature::from_bytes(signature).ok().zip(PublicKey::from_bytes(public).ok());
        parts.is_some_and(|(signature, public)| public.verify_simple(b"substrate", message, &signature).is_ok())
    })
}

/// Also takes signatures of schnorrkel before its audit, which lack the marker bit.
#[no_mangle]
extern "C" fn ext_crypto_sr25519_verify_version_1(signature: u32, message: u32, length: u32, public: u32) -> u32 {
    let (signature, message, public) = (array::<64>(signature), bytes(message, length), array::<32>(public));
    memoised(Algorithm::Sr25519Old, signature, message, public, || {
        PublicKey::from_bytes(public)
            .is_ok_and(|public| public.verify_simple_preaudit_deprecated(b"substrate", message, signature).is_ok())
    })
}

/// By ZIP 215, as Substrate verifies.
#[no_mangle]
extern "C" fn ext_crypto_ed25519_verify_version_1(signature: u32, message: u32, length: u32, public: u32) -> u32 {
    let (signature, message, public) = (array::<64>(signature), bytes(message, length), array::<32>(public));
    memoised(Algorithm::Ed25519, signature, message, public, || {
        ed25519_zebra::VerificationKey::try_from(*public)
            .is_ok_and(|public| public.verify(&ed25519_zebra::Signature::from(*signature), message).is_ok())
    })
}

#[no_mangle]
extern "C" fn ext_crypto_ecdsa_verify_version_2(signature: u32, message: u32, length: u32, public: u32) -> u32 {
    let (signature, message, public) = (array::<65>(signature), bytes(message, length), array::<33>(public));
    memoised(Algorithm::Ecdsa, signature, message, public, || {
        recover(signature, &blake2_256(message)).is_ok_and(|key| compressed(&key) == *public)
    })
}

#[no_mangle]
extern "C" fn ext_crypto_ecdsa_verify_prehashed_version_1(signature: u32, digest: u32, public: u32) -> u32 {
    let (signature, digest, public) = (array::<65>(signature), array::<32>(digest), array::<33>(public));
    memoised(Algorithm::EcdsaPrehashed, signature, digest, public, || {
        recover(signature, digest).is_ok_and(|key| compressed(&key) == *public)
    })
}

/// SCALE of a result: the key, or sp-io's EcdsaVerifyError.
fn give_key<const N: usize>(key: Result<[u8; N], Refused>) -> u64 {
    let buffer = result();
    match key {
        Ok(key) => {
            buffer.push(0);
            buffer.extend_from_slice(&key);
        }
        Err(refused) => buffer.extend_from_slice(&[1, refused as u8]),
    }
    packed()
}

#[no_mangle]
extern "C" fn ext_crypto_secp256k1_ecdsa_recover_version_2(signature: u32, digest: u32) -> u64 {
    give_key(recover(array(signature), array(digest)).map(|key| uncompressed(&key)))
}

#[no_mangle]
extern "C" fn ext_crypto_secp256k1_ecdsa_recover_compressed_version_2(signature: u32, digest: u32) -> u64 {
    give_key(recover(array(signature), array(digest)).map(|key| compressed(&key)))
}
